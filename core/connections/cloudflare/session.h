// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/cloudflare/codec.h"
#include "core/connections/reconnect_delay.h"
#include "core/connections/scheduler.h"
#include "core/connections/transport.h"

#include <deque>
#include <map>
#include <memory>

namespace countersign::cloudflare {

/// One client of one agent over the years: connects, comes back, and correlates calls. Keeps no state of the agent.
class CloudflareSession final : public QObject
{
    Q_OBJECT
public:
    /// Asked before every try, so that a token of short life is read anew.
    using EndpointSource = std::function<Result<Endpoint>()>;
    /// The result, or Unreachable: nobody knows whether it was carried out; WrongState: the agent refused, in its own
    /// words.
    using Reply = std::function<void(const Result<JsonValue> &)>;

    static constexpr std::chrono::milliseconds callPatience{30'000};
    static constexpr size_t mostCalls = 500;
    /// Frames above this are decoded on another thread, so that a window on this one stays smooth. Frames are taken in
    /// the order in which they came all the same.
    static constexpr qsizetype decodedHere = 256 * 1024;

    CloudflareSession(Scheduler &scheduler, IdSource &ids, std::unique_ptr<Transport> transport,
                      EndpointSource endpoint, QObject *parent = nullptr);
    ~CloudflareSession() override;

    void start();
    void stop();
    void retryNow(); ///< Also after a final refusal.
    bool isOpen() const { return m_isOpen; }
    /// A frame arrived that is not taken yet: what is known may be out of date. caughtUp() follows, or the end.
    bool isBehind() const { return m_isDecoding; }
    /// When the frame that is being taken arrived, monotonic.
    std::chrono::milliseconds heardAt() const { return m_heardAt; }
    int generation() const { return m_generation; } ///< Grows with every connection.
    std::chrono::milliseconds openedAt() const { return m_openedAt; }

    QString newId() const { return m_ids.nextId(); }
    Result<> send(const ClientMessage &message);
    /// \p reply comes exactly once, unless this object goes first. \p onChunk makes it a streaming call, which has no
    /// time limit of its own.
    void call(const RpcRequest &request, Reply reply, std::function<void(const JsonValue &)> onChunk = {});

Q_SIGNALS:
    void opened();
    void received(const countersign::cloudflare::ServerMessage &message);
    void caughtUp();
    /// \p retryIn: until the next try; negative: there is none.
    void ended(const countersign::Ending &ending, qint64 retryInMs);
    void frameSent(const QString &type, const QByteArray &utf8);
    void frameReceived(const QString &type, const QByteArray &utf8);

private:
    struct Heard {
        QByteArray utf8;
        std::chrono::milliseconds at{0};
    };
    struct Call {
        Reply reply;
        std::function<void(const JsonValue &)> onChunk;
    };
    void open();
    void becomeOpen();
    void end(const Ending &ending);
    void takeText(const QByteArray &utf8);
    void takeWaiting();
    void decodeAside(const Heard &frame);
    void takeMessage(const ServerMessage &message, const Heard &frame);
    void dropWaiting();
    void takeResponse(const RpcResponse &response);
    void failCalls();

    Scheduler &m_scheduler;
    IdSource &m_ids;
    std::unique_ptr<Transport> m_transport;
    EndpointSource m_endpoint;
    ReconnectDelay m_delay;
    std::map<QString, Call> m_calls;
    std::chrono::milliseconds m_heardAt{0};
    std::deque<Heard> m_waiting; ///< Behind the one that is being decoded. The transport is held meanwhile.
    bool m_isDecoding = false;
    int m_decoding = 0; ///< What is decoded for an earlier one is dropped.
    bool m_isRunning = false;
    bool m_isOpen = false;
    int m_generation = 0;
    int m_try = 0; ///< What was planned for an earlier one is dropped.
    std::chrono::milliseconds m_openedAt{0};
};

} // namespace countersign::cloudflare
