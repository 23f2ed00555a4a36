// SPDX-License-Identifier: Apache-2.0
#include "core/connections/cloudflare/transcript_source.h"

#include "core/connections/web_socket_transport.h"

#include <QtCore/QUrlQuery>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkProxy>
#include <QtNetwork/QNetworkReply>
#include <QtNetwork/QNetworkRequest>
#include <QtNetwork/QSslConfiguration>

namespace countersign {

using namespace Qt::Literals::StringLiterals;

QUrl transcriptAddress(const QUrl &socket)
{
    QUrl address = socket;
    address.setScheme(socket.scheme() == "ws"_L1 ? u"http"_s : u"https"_s);
    QString path = socket.path(QUrl::FullyEncoded);
    while (path.endsWith(u'/')) {
        path.chop(1);
    }
    address.setPath(path + u"/get-messages"_s, QUrl::StrictMode);
    QUrlQuery query(socket);
    query.removeQueryItem(u"_pk"_s);
    address.setQuery(query.isEmpty() ? QString() : query.query(QUrl::FullyEncoded), QUrl::StrictMode);
    return address;
}

HttpTranscriptSource::HttpTranscriptSource(QObject *parent)
    : TranscriptSource(parent)
    , m_network(std::make_unique<QNetworkAccessManager>())
{}

HttpTranscriptSource::~HttpTranscriptSource()
{
    cancel();
}

void HttpTranscriptSource::cancel()
{
    if (QNetworkReply *reply = std::exchange(m_reply, nullptr)) {
        reply->disconnect(this);
        reply->abort();
        reply->deleteLater();
    }
}

void HttpTranscriptSource::fetch(const Endpoint &endpoint)
{
    cancel();
    QNetworkRequest request(transcriptAddress(endpoint.url));
    for (const auto &[name, value] : endpoint.headers) {
        request.setRawHeader(name, value);
    }
    request.setRawHeader("Accept", "application/json");
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::AuthenticationReuseAttribute, QNetworkRequest::Manual);
    request.setTransferTimeout(patienceMs);
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setProtocol(QSsl::TlsV1_2OrLater);
    tls.setPeerVerifyMode(QSslSocket::VerifyPeer);
    request.setSslConfiguration(tls);
    m_network->setProxy(isLoopback(endpoint.url.host()) ? QNetworkProxy(QNetworkProxy::NoProxy)
                                                        : QNetworkProxy(QNetworkProxy::DefaultProxy));
    QNetworkReply *reply = m_network->get(request);
    m_reply = reply;
    connect(reply, &QNetworkReply::downloadProgress, this, [reply](qint64 received) {
        if (received > mostBytes) {
            reply->abort();
        }
    });
    connect(reply, &QNetworkReply::finished, this, [this, reply] {
        if (reply == m_reply) {
            finish(reply);
        }
    });
}

void HttpTranscriptSource::finish(QNetworkReply *reply)
{
    m_reply = nullptr;
    reply->deleteLater();
    const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (status == 200 && reply->error() == QNetworkReply::NoError) {
        Q_EMIT fetched(reply->readAll());
    } else if (status == 401 || status == 403) {
        Q_EMIT failed(Failure::Refused, u"The agent's transcript is not given out (%1): it wants other credentials "
                                        "than the connection."_s.arg(status));
    } else if (status >= 300 && status < 500 && status != 408 && status != 429) {
        Q_EMIT failed(Failure::NoChat, {});
    } else if (status == 501) {
        Q_EMIT failed(Failure::NoChat, {});
    } else {
        Q_EMIT failed(Failure::TryAgain, u"The agent's transcript could not be read: %1."_s.arg(
                                             status > 0 ? QString::number(status) : reply->errorString().left(300)));
    }
}

} // namespace countersign
