// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/credential_headers.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;

CredentialHeaders::CredentialHeaders(std::shared_ptr<Credentials> credentials)
    : m_credentials(std::move(credentials))
{}

void CredentialHeaders::headersFor(const QUrl &, Headers ready)
{
    m_credentials->fetch(this, [this, ready = std::move(ready)](const Result<Credentials::Signed> &known) {
        if (!known) {
            ready(known.error());
            return;
        }
        m_tokenNumber = known->tokenNumber;
        std::vector<HeaderPair> headers;
        for (const Secret &secret : known->secrets) {
            if (secret.place == Secret::Place::Header) {
                headers.emplace_back(secret.name, secret.value);
            }
        }
        ready(std::move(headers));
    });
}

void CredentialHeaders::refused(const QUrl &, const Challenge &challenge, Settled settled)
{
    if (challenge.attempt == 1 && m_tokenNumber > 0 && m_credentials->refuse(m_tokenNumber)) {
        settled(Result<>());
        return;
    }
    settled(Error{ErrorCode::NotAllowed,
                  challenge.status == 403
                      ? u"The server lets this connection in, but does not allow this (HTTP 403)."_s
                      : u"The server wants to know who you are (HTTP 401), and what the connection signs in with was "
                        "not accepted. Remove it and add it with the right --header, or sign in."_s,
                  {}});
}

} // namespace countersign::mcp
