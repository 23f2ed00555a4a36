// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"

#include <atomic>

namespace countersign::test {

/// Stands still until the test moves it, from any thread. Starts now, so that other processes on the same workspace
/// agree about the day.
class SharedClock final : public Clock
{
public:
    SharedClock()
        : m_start(SystemClock().now())
    {}
    Timestamp now() const override { return m_start + std::chrono::milliseconds(m_passedMs.load()); }
    std::chrono::milliseconds monotonic() const override
    {
        return std::chrono::hours(1) + std::chrono::milliseconds(m_passedMs.load());
    }
    void advance(std::chrono::milliseconds step) { m_passedMs += step.count(); }

private:
    const Timestamp m_start;
    std::atomic<qint64> m_passedMs{0};
};

} // namespace countersign::test
