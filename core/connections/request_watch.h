// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/engine/wait_end.h"

#include <QtCore/QHash>
#include <QtCore/QObject>
#include <QtCore/QTimer>

#include <functional>

namespace countersign {

/// Waits for the ends of any number of requests without blocking: looks at the workspace's changes every 75 ms and at
/// everything once a second, and lets due timers fire meanwhile. Rests when it watches nothing. Lives on the thread of
/// the engine.
class RequestWatch : public QObject
{
    Q_OBJECT
public:
    using Ended = std::function<void(const WaitEnd &end)>;

    /// \p keepPresent announces the seat; it is called about once a second while something is watched or kept alive.
    RequestWatch(Engine &engine, const Clock &clock, std::function<void()> keepPresent, QObject *parent = nullptr);

    /// Calls \p ended once, when \p id has come to its end: within this call if it has already (a policy decided).
    /// Returns whether that was so.
    bool watch(const RequestId &id, Ended ended);
    void forget(const RequestId &id);
    size_t watchedCount() const { return static_cast<size_t>(m_watched.size()); }

    /// While this is above zero the seat stays announced although nothing is watched: something was started and has not
    /// ended.
    void setRunning(int count);

    /// What the timer does. \p everything: do not ask first whether anything changed.
    void look(bool everything = false);

private:
    void settle(const RequestId &id, const WaitEnd &end);
    void adjustTimer();

    Engine &m_engine;
    const Clock &m_clock;
    std::function<void()> m_keepPresent;
    QHash<RequestId, Ended> m_watched;
    int m_running = 0;
    std::optional<std::chrono::milliseconds> m_lastFullLook;
    QTimer m_timer;
};

} // namespace countersign
