// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"

#include <functional>

class QObject;

namespace countersign {

/// Where delays come from: the event loop, or a test that lets time pass as it likes.
class Scheduler
{
public:
    virtual ~Scheduler() = default;
    virtual const Clock &clock() const = 0;
    /// Runs \p work on this thread after \p delay, unless \p context is gone by then.
    virtual void after(std::chrono::milliseconds delay, QObject *context, std::function<void()> work) = 0;
};

/// Qt's event loop of the thread it is used from.
class EventLoopScheduler final : public Scheduler
{
public:
    explicit EventLoopScheduler(const Clock &clock)
        : m_clock(clock)
    {}
    const Clock &clock() const override { return m_clock; }
    void after(std::chrono::milliseconds delay, QObject *context, std::function<void()> work) override;

private:
    const Clock &m_clock;
};

} // namespace countersign
