// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/scheduler.h"
#include "core/connections/transport.h"

#include <deque>
#include <memory>
#include <optional>

class QWebSocket;

namespace countersign {

/// What a WebSocket of ours takes in and puts up with (THREATS.md T16, T17).
struct WebSocketLimits {
    qint64 messageBytes = 32 * 1024 * 1024;
    qint64 unsentBytes = 4 * 1024 * 1024;
    // What one turn of the event loop hands on; the rest waits for the next turn, so that no peer keeps others waiting.
    int messagesPerTurn = 16;
    qint64 bytesPerTurn = 256 * 1024; ///< Or one message.
    // Of what waits here, before the socket is no longer read: then the peer waits, too.
    size_t messagesWaiting = 512;
    qint64 bytesWaiting = 1024 * 1024;       ///< Or one message.
    qint64 bytesPerSecond = 8 * 1024 * 1024; ///< On average; as much as four messages of full size at once.
    std::chrono::milliseconds upgrade{10'000};
    std::chrono::milliseconds ping{20'000};
    std::chrono::milliseconds dead{45'000};
};

/// A WebSocket: TLS with a verified certificate, plain only to this machine, no redirects, pings, bounded both ways
/// and in what it hands on at once.
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
    void hold(bool isHeld) override;
    std::optional<std::chrono::milliseconds> arrivedAt() const override { return m_arrivedAt; }

private:
    struct Arrived {
        QByteArray text;
        qsizetype bytes = 0;
        bool isBinary = false;
        std::chrono::milliseconds at{0};
    };
    void listen(int attempt);
    void take(Arrived message);
    void handOn();
    void planNextTurn();
    void holdBack();
    std::chrono::milliseconds debt();
    void keepAlive(int attempt);
    void end(Ending ending);
    Ending refusal() const;

    Scheduler &m_scheduler;
    WebSocketLimits m_limits;
    std::unique_ptr<QWebSocket> m_socket;
    int m_attempt = 0; ///< Of open(): what belongs to an earlier one is dropped.
    bool m_isOpen = false;
    std::chrono::milliseconds m_heardAt{0};
    std::deque<Arrived> m_waiting;
    std::optional<std::chrono::milliseconds> m_arrivedAt; ///< Of what is being handed on.
    qint64 m_waitingBytes = 0;
    int m_turnMessages = 0; ///< Handed on in this turn.
    qint64 m_turnBytes = 0;
    bool m_isTurnPlanned = false;
    bool m_isHeld = false;     ///< By whoever listens: nothing is handed on.
    bool m_isHeldBack = false; ///< The socket is not read.
    qint64 m_credit = 0;       ///< Bytes that may still be handed on; negative: not before it is paid back.
    std::chrono::milliseconds m_creditAt{0};
    std::optional<Ending> m_ending; ///< Comes when what arrived before it was handed on.
};

/// May one connect to \p url at all? InvalidInput with a sentence: not `wss`, or `ws` to another machine.
Result<> checkAddress(const QUrl &url);

/// Does \p host name this machine and nothing else? Literal loopback addresses and `localhost`.
bool isLoopback(const QString &host);

} // namespace countersign
