// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/scheduler.h"
#include "core/connections/transport.h"

#include <memory>

class QWebSocket;

namespace countersign {

/// What a WebSocket of ours takes in and puts up with (THREATS.md T16, T17).
struct WebSocketLimits {
    qint64 messageBytes = 32 * 1024 * 1024;
    qint64 unsentBytes = 4 * 1024 * 1024;
    std::chrono::milliseconds upgrade{10'000};
    std::chrono::milliseconds ping{20'000};
    std::chrono::milliseconds dead{45'000};
};

/// A WebSocket: TLS with a verified certificate, plain only to this machine, no redirects, pings, bounded both ways.
class WebSocketTransport final : public Transport
{
    Q_OBJECT
public:
    /// \p scheduler outlives the transport.
    explicit WebSocketTransport(Scheduler &scheduler, WebSocketLimits limits = {}, QObject *parent = nullptr);
    ~WebSocketTransport() override;

    void open(const Endpoint &endpoint) override;
    Result<> sendText(const QByteArray &utf8) override;
    void close() override;

private:
    void listen(int attempt);
    void keepAlive(int attempt);
    void end(Ending ending);
    Ending refusal() const;

    Scheduler &m_scheduler;
    WebSocketLimits m_limits;
    std::unique_ptr<QWebSocket> m_socket;
    int m_attempt = 0; ///< Of open(): what belongs to an earlier one is dropped.
    bool m_isOpen = false;
    std::chrono::milliseconds m_heardAt{0};
};

/// May one connect to \p url at all? InvalidInput with a sentence: not `wss`, or `ws` to another machine.
Result<> checkAddress(const QUrl &url);

/// Does \p host name this machine and nothing else? Literal loopback addresses and `localhost`.
bool isLoopback(const QString &host);

} // namespace countersign
