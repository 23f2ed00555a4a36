// SPDX-License-Identifier: Apache-2.0
#include "core/connections/signed_in_transport.h"

namespace countersign {

using namespace Qt::Literals::StringLiterals;

SignedInTransport::SignedInTransport(std::unique_ptr<Transport> inner, std::shared_ptr<Credentials> credentials,
                                     QObject *parent)
    : Transport(parent)
    , m_inner(std::move(inner))
    , m_credentials(std::move(credentials))
{
    connect(m_inner.get(), &Transport::opened, this, &Transport::opened);
    connect(m_inner.get(), &Transport::textReceived, this, &Transport::textReceived);
    connect(m_inner.get(), &Transport::binaryReceived, this, &Transport::binaryReceived);
    connect(m_inner.get(), &Transport::ended, this, &SignedInTransport::end);
}

void SignedInTransport::open(const Endpoint &endpoint)
{
    close();
    m_endpoint = endpoint;
    m_isSecondTry = false;
    connectNow();
}

void SignedInTransport::connectNow()
{
    m_credentials->fetch(this, [this, attempt = m_attempt](const Result<Credentials::Signed> &signedIn) {
        if (attempt != m_attempt) {
            return;
        }
        if (!signedIn) {
            ++m_attempt;
            // What is missing or does not answer now may be there in a while; what is refused stays so.
            const bool isFinal = signedIn.error().code == ErrorCode::NotAllowed;
            Q_EMIT ended({isFinal ? Ending::Next::Stop : Ending::Next::TryAgain, signedIn.error().message, 0, 0});
            return;
        }
        m_tokenNumber = signedIn->tokenNumber;
        m_inner->open(withSecrets(m_endpoint, signedIn->secrets));
    });
}

void SignedInTransport::end(const Ending &ending)
{
    const bool isRefused = ending.httpStatus == 401 || ending.httpStatus == 403;
    if (isRefused && !m_isSecondTry && m_credentials->refuse(m_tokenNumber)) {
        m_isSecondTry = true;
        connectNow();
        return;
    }
    ++m_attempt;
    Ending shown = ending;
    if (isRefused && m_isSecondTry) {
        shown.words += u" A new token was refused, too."_s;
    }
    Q_EMIT ended(shown);
}

Result<> SignedInTransport::sendText(const QByteArray &utf8)
{
    return m_inner->sendText(utf8);
}

void SignedInTransport::close()
{
    ++m_attempt;
    m_inner->close();
}

SignedInTranscripts::SignedInTranscripts(std::unique_ptr<TranscriptSource> inner,
                                         std::shared_ptr<Credentials> credentials, QObject *parent)
    : TranscriptSource(parent)
    , m_inner(std::move(inner))
    , m_credentials(std::move(credentials))
{
    connect(m_inner.get(), &TranscriptSource::fetched, this, &TranscriptSource::fetched);
    connect(m_inner.get(), &TranscriptSource::failed, this, [this](Failure failure, const QString &words) {
        if (failure == Failure::Refused && !m_isSecondTry && m_credentials->refuse(m_tokenNumber)) {
            m_isSecondTry = true;
            fetchNow();
            return;
        }
        Q_EMIT failed(failure, words);
    });
}

void SignedInTranscripts::fetch(const Endpoint &endpoint)
{
    cancel();
    m_endpoint = endpoint;
    m_isSecondTry = false;
    fetchNow();
}

void SignedInTranscripts::fetchNow()
{
    m_credentials->fetch(this, [this, attempt = m_attempt](const Result<Credentials::Signed> &signedIn) {
        if (attempt != m_attempt) {
            return;
        }
        if (!signedIn) {
            Q_EMIT failed(Failure::TryAgain, signedIn.error().message);
            return;
        }
        m_tokenNumber = signedIn->tokenNumber;
        m_inner->fetch(withSecrets(m_endpoint, signedIn->secrets));
    });
}

void SignedInTranscripts::cancel()
{
    ++m_attempt;
    m_inner->cancel();
}

} // namespace countersign
