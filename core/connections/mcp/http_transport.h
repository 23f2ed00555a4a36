// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/mcp/client_transport.h"
#include "core/connections/mcp/http_authorization.h"
#include "core/connections/scheduler.h"

#include <memory>

namespace countersign::mcp {

/// What one HTTP server may take.
struct HttpLimits {
    qsizetype messageBytes = 64 * 1024 * 1024; ///< Of one body or one event.
    int managers = 40;                         ///< Of six connections each.
    int resumptions = 8;                       ///< Of one stream, without anything new on it.
    std::chrono::milliseconds shortestRetry{10};
    std::chrono::milliseconds longestRetry{60'000};
    std::chrono::milliseconds plainRetry{1000}; ///< When the server names none.
};

/// Streamable HTTP: a POST for every message, answers as JSON or as a stream of events, sessions, resumption. TLS is
/// verified; plain HTTP goes to this machine only; redirects to another origin are refused; no POST is ever repeated
/// unless the server certainly did not take it.
class StreamableHttpTransport final : public ClientTransport
{
    Q_OBJECT
public:
    /// \p scheduler and \p authorization outlive the transport.
    StreamableHttpTransport(QUrl endpoint, HttpAuthorization &authorization, Scheduler &scheduler,
                            HttpLimits limits = {}, QObject *parent = nullptr);
    ~StreamableHttpTransport() override;

    Result<> start() override; ///< InvalidInput: the address cannot be meant (checkMcpAddress()).
    void send(const OutgoingMessage &message) override;
    void abandon(const QString &id) override;
    void setProtocol(const QByteArray &version, bool hasSessions) override;
    void listen() override;
    void stop() override; ///< Ends the session at the server, where there is one.
    bool isHttp() const override { return true; }
    bool waitsForPerson() const override;

    const QUrl &endpoint() const { return m_endpoint; }

private:
    struct Private;
    friend struct Private;
    QUrl m_endpoint;
    std::unique_ptr<Private> d;
};

/// May an MCP server be at \p url? InvalidInput with a sentence: not `https` (or `http` to this machine), with a user's
/// name in it, or with a fragment.
Result<> checkMcpAddress(const QUrl &url);

} // namespace countersign::mcp
