// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/credentials.h"
#include "core/connections/mcp/http_authorization.h"

namespace countersign::mcp {

/// The headers that a person gave a connection, read anew for every request. They go to its own server only.
class CredentialHeaders final : public QObject, public HttpAuthorization
{
public:
    /// Shared with the connection, which is told what is never to be shown.
    explicit CredentialHeaders(std::shared_ptr<Credentials> credentials);

    void headersFor(const QUrl &server, Headers ready) override;
    void refused(const QUrl &server, const Challenge &challenge, Settled settled) override;

private:
    std::shared_ptr<Credentials> m_credentials;
    int m_tokenNumber = 0;
};

} // namespace countersign::mcp
