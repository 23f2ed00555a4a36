// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/mcp/client_transport.h"

#include <QtCore/QUrl>

#include <functional>

namespace countersign::mcp {

/// What authenticates at one HTTP server. Asked before every request and told of every refusal. Used on the thread of
/// the transport, which it outlives; may answer at once or later, and answers each call exactly once.
class HttpAuthorization
{
public:
    /// What a server said when it refused.
    struct Challenge {
        int status = 401;           ///< 401 or 403.
        QByteArray wwwAuthenticate; ///< The header as received, several joined with ", "; empty: there was none.
        QByteArray usedHeader;      ///< The `Authorization` that was sent: another request may have replaced it since.
        int attempt = 1;            ///< How often this very message was refused by now.
    };
    using Headers = std::function<void(const Result<std::vector<HeaderPair>> &headers)>;
    using Settled = std::function<void(const Result<> &tryAgain)>;

    virtual ~HttpAuthorization() = default;
    /// The headers for the next request to \p server. An error: the request is not sent and fails with its message.
    virtual void headersFor(const QUrl &server, Headers ready) = 0;
    /// \p server refused. No error: try again with new headers. An error: the request fails with its message. The
    /// transport asks at most five times about one message.
    virtual void refused(const QUrl &server, const Challenge &challenge, Settled settled) = 0;
};

/// Fixed headers, as a person gave them: a token for a script, or none.
class FixedHeaders final : public HttpAuthorization
{
public:
    explicit FixedHeaders(std::vector<HeaderPair> headers = {})
        : m_headers(std::move(headers))
    {}
    void headersFor(const QUrl &server, Headers ready) override;
    void refused(const QUrl &server, const Challenge &challenge, Settled settled) override;

private:
    std::vector<HeaderPair> m_headers;
};

} // namespace countersign::mcp
