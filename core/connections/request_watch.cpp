// SPDX-License-Identifier: Apache-2.0
#include "core/connections/request_watch.h"

#include "core/base/log.h"

namespace countersign {

using namespace std::chrono_literals;

namespace {

constexpr auto changePoll = 75ms;
constexpr auto fullLook = 1000ms;

} // namespace

RequestWatch::RequestWatch(Engine &engine, const Clock &clock, std::function<void()> keepPresent, QObject *parent)
    : QObject(parent)
    , m_engine(engine)
    , m_clock(clock)
    , m_keepPresent(std::move(keepPresent))
{
    connect(&m_timer, &QTimer::timeout, this, [this] { look(); });
}

bool RequestWatch::watch(const RequestId &id, Ended ended)
{
    m_keepPresent();
    if (const std::optional<WaitEnd> end = endNow(m_engine, id)) {
        ended(*end);
        return true;
    }
    m_watched.insert(id, std::move(ended));
    adjustTimer();
    return false;
}

void RequestWatch::forget(const RequestId &id)
{
    m_watched.remove(id);
    adjustTimer();
}

void RequestWatch::setRunning(int count)
{
    m_running = count;
    adjustTimer();
}

void RequestWatch::adjustTimer()
{
    if (m_watched.isEmpty() && m_running == 0) {
        m_timer.stop();
    } else if (const auto pace = m_watched.isEmpty() ? fullLook : changePoll;
               !m_timer.isActive() || m_timer.intervalAsDuration() != pace) {
        m_timer.start(pace);
    }
}

void RequestWatch::look(bool everything)
{
    const auto now = m_clock.monotonic();
    const bool due = everything || !m_lastFullLook || now - *m_lastFullLook >= fullLook;
    if (due) {
        m_lastFullLook = now;
        m_keepPresent();
        const Result<int> fired = m_engine.runDueTimers();
        if (!fired && fired.error().code != ErrorCode::Busy) {
            // Nothing can be recorded: an expiry would go unnoticed, so nobody waits on.
            qCWarning(logAgents) << "waiting ends, because nothing can be recorded:" << fired.error().message;
            for (const RequestId &id : m_watched.keys()) {
                settle(id, WaitEnd::failed(fired.error()));
            }
            return;
        }
    }
    if (!m_engine.store().changedElsewhere() && !due) {
        return;
    }
    for (const RequestId &id : m_watched.keys()) {
        if (!m_watched.contains(id)) {
            continue; // The end of another one took it out.
        }
        if (const std::optional<WaitEnd> end = endNow(m_engine, id)) {
            settle(id, *end);
        }
    }
}

void RequestWatch::settle(const RequestId &id, const WaitEnd &end)
{
    const Ended ended = m_watched.take(id);
    adjustTimer();
    if (ended) {
        ended(end);
    }
}

} // namespace countersign
