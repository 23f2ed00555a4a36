// SPDX-License-Identifier: Apache-2.0
#include "core/connections/cloudflare/session.h"

#include "core/base/log.h"
#include "core/base/run_aside.h"
#include "core/engine/workspace_threads.h"

namespace countersign::cloudflare {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto lasting = 5000ms; ///< A connection that held for so long starts the delays afresh.

Error unknownOutcome(const QString &why)
{
    return {ErrorCode::Unreachable, why, u"outcome unknown"_s};
}

} // namespace

CloudflareSession::CloudflareSession(Scheduler &scheduler, IdSource &ids, std::unique_ptr<Transport> transport,
                                     EndpointSource endpoint, QObject *parent)
    : QObject(parent)
    , m_scheduler(scheduler)
    , m_ids(ids)
    , m_transport(std::move(transport))
    , m_endpoint(std::move(endpoint))
    , m_delay(ids)
{
    connect(m_transport.get(), &Transport::opened, this, &CloudflareSession::becomeOpen);
    connect(m_transport.get(), &Transport::textReceived, this, &CloudflareSession::takeText);
    connect(m_transport.get(), &Transport::ended, this, &CloudflareSession::end);
}

CloudflareSession::~CloudflareSession() = default;

void CloudflareSession::start()
{
    if (!m_isRunning) {
        m_isRunning = true;
        open();
    }
}

void CloudflareSession::stop()
{
    m_isRunning = false;
    m_isOpen = false;
    ++m_try;
    m_transport->close();
    dropWaiting();
    failCalls();
}

void CloudflareSession::retryNow()
{
    if (!m_isOpen) {
        m_isRunning = true;
        m_delay.reset();
        open();
    }
}

void CloudflareSession::open()
{
    ++m_try;
    dropWaiting();
    const Result<Endpoint> endpoint = m_endpoint();
    if (!endpoint) {
        // A token file that is missing now may be there in a while.
        end({Ending::Next::TryAgain, endpoint.error().message, 0, 0});
        return;
    }
    m_transport->open(*endpoint);
}

void CloudflareSession::becomeOpen()
{
    m_isOpen = true;
    ++m_generation;
    m_openedAt = m_scheduler.clock().monotonic();
    Q_EMIT opened();
}

void CloudflareSession::end(const Ending &ending)
{
    const bool lasted = m_isOpen && m_scheduler.clock().monotonic() - m_openedAt >= lasting;
    m_isOpen = false;
    dropWaiting();
    const int thisTry = ++m_try;
    if (lasted) {
        m_delay.reset();
    }
    failCalls();
    if (!m_isRunning || thisTry != m_try) {
        return; // A reply to a call stopped or restarted it.
    }
    if (ending.next == Ending::Next::Stop) {
        m_isRunning = false;
        Q_EMIT ended(ending, -1);
        return;
    }
    const std::chrono::milliseconds delay = m_delay.next();
    m_scheduler.after(delay, this, [this, thisTry] {
        if (m_isRunning && thisTry == m_try) {
            open();
        }
    });
    Q_EMIT ended(ending, delay.count());
}

Result<> CloudflareSession::send(const ClientMessage &message)
{
    const QByteArray utf8 = encode(message);
    if (!m_isOpen) {
        return Error{ErrorCode::Unreachable, u"The agent is not connected: nothing was sent."_s, {}};
    }
    Q_EMIT frameSent(typeOf(message), utf8);
    return m_transport->sendText(utf8);
}

void CloudflareSession::call(const RpcRequest &request, Reply reply, std::function<void(const JsonValue &)> onChunk)
{
    if (m_calls.size() >= mostCalls) {
        reply(Error{ErrorCode::Busy, u"Too many calls of this agent are unanswered: nothing was sent."_s, {}});
        return;
    }
    const bool hasTimeLimit = !onChunk;
    m_calls.insert_or_assign(request.id, Call{std::move(reply), std::move(onChunk)});
    if (const Result<> sent = send(request); !sent) {
        // Sending may have ended the connection and with it every call, this one included.
        if (auto call = m_calls.extract(request.id); !call.empty()) {
            call.mapped().reply(sent.error());
        }
        return;
    }
    if (!hasTimeLimit) {
        return;
    }
    m_scheduler.after(callPatience, this, [this, id = request.id] {
        if (auto call = m_calls.extract(id); !call.empty()) {
            call.mapped().reply(unknownOutcome(u"The agent did not answer within %1 s."_s.arg(
                std::chrono::duration_cast<std::chrono::seconds>(callPatience).count())));
        }
    });
}

void CloudflareSession::takeText(const QByteArray &utf8)
{
    const Heard frame{utf8, m_transport->arrivedAt().value_or(m_scheduler.clock().monotonic())};
    if (m_isDecoding || utf8.size() > decodedHere) {
        m_waiting.push_back(frame);
        takeWaiting();
        return;
    }
    takeMessage(decode(utf8), frame);
}

void CloudflareSession::takeWaiting()
{
    const int decoding = m_decoding;
    while (decoding == m_decoding && !m_isDecoding && !m_waiting.empty()) {
        const Heard frame = std::move(m_waiting.front());
        m_waiting.pop_front();
        if (frame.utf8.size() > decodedHere) {
            decodeAside(frame);
        } else {
            takeMessage(decode(frame.utf8), frame);
        }
    }
    if (decoding == m_decoding) {
        m_transport->hold(m_isDecoding);
    }
}

void CloudflareSession::decodeAside(const Heard &frame)
{
    m_isDecoding = true;
    // Shared by the thread that makes it, this one, and the one that takes its many pieces apart again.
    using Decoded = std::shared_ptr<const ServerMessage>;
    const auto job = [utf8 = frame.utf8]() -> Decoded { return std::make_shared<const ServerMessage>(decode(utf8)); };
    whenDone(runAside(job), this, [this, frame, decoding = m_decoding](const Decoded &message) {
        if (decoding == m_decoding) {
            m_isDecoding = false;
            takeMessage(*message, frame);
        }
        QThreadPool::globalInstance()->start([message] { static_cast<void>(message); });
        if (decoding == m_decoding) {
            takeWaiting();
        }
        if (decoding == m_decoding && !m_isDecoding) {
            Q_EMIT caughtUp();
        }
    });
}

/// Of a connection that is gone: what is being decoded ends unheard.
void CloudflareSession::dropWaiting()
{
    ++m_decoding;
    m_isDecoding = false;
    m_waiting.clear();
}

void CloudflareSession::takeMessage(const ServerMessage &message, const Heard &frame)
{
    m_heardAt = frame.at;
    Q_EMIT frameReceived(typeOf(message), frame.utf8);
    if (const auto *passed = std::get_if<PassedOver>(&message)) {
        qCDebug(logAgents) << passed->why;
        return;
    }
    if (const auto *response = std::get_if<RpcResponse>(&message)) {
        takeResponse(*response);
        return;
    }
    Q_EMIT received(message);
}

void CloudflareSession::takeResponse(const RpcResponse &response)
{
    const auto known = m_calls.find(response.id);
    if (known == m_calls.end()) {
        return; // After its time, or of nobody here.
    }
    if (response.success && !response.done) {
        if (known->second.onChunk) {
            known->second.onChunk(response.result.value_or(JsonValue()));
        }
        return;
    }
    auto call = m_calls.extract(known);
    if (response.success) {
        call.mapped().reply(response.result.value_or(JsonValue()));
    } else {
        call.mapped().reply(Error{ErrorCode::WrongState, response.error.left(2000), u"refused by the agent"_s});
    }
}

void CloudflareSession::failCalls()
{
    const std::map<QString, Call> lost = std::exchange(m_calls, {});
    for (const auto &[id, call] : lost) {
        call.reply(unknownOutcome(u"The connection was lost before the agent answered."_s));
    }
}

} // namespace countersign::cloudflare
