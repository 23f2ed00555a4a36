// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"

#include <atomic>
#include <optional>

namespace countersign::test {

/// Stands still until the test moves it, from any thread. Starts now, so that other processes on the same workspace
/// agree about the day. Where the other side has the machine's clock it can be let run: then a test only skips waits.
class SharedClock final : public Clock
{
public:
    SharedClock()
        : m_start(SystemClock().now())
    {}
    Timestamp now() const override { return m_start + passed(); }
    std::chrono::milliseconds monotonic() const override { return std::chrono::hours(1) + passed(); }
    void advance(std::chrono::milliseconds step) { m_passedMs += step.count(); }
    /// From now on time passes by itself as well. Before other threads have the clock.
    void letRun() { m_runsSince = SystemClock().monotonic(); }

private:
    std::chrono::milliseconds passed() const
    {
        const std::chrono::milliseconds skipped(m_passedMs.load());
        return m_runsSince ? skipped + SystemClock().monotonic() - *m_runsSince : skipped;
    }

    std::optional<std::chrono::milliseconds> m_runsSince;
    const Timestamp m_start;
    std::atomic<qint64> m_passedMs{0};
};

} // namespace countersign::test
