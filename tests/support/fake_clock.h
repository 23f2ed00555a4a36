// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"

namespace countersign {

/// A clock that stands still until the test moves it. Starts at 2026-11-24T09:00:00Z.
class FakeClock final : public Clock
{
public:
    static constexpr Timestamp defaultStart =
        std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + std::chrono::hours(9);

    explicit FakeClock(Timestamp start = defaultStart)
        : m_now(start)
    {}

    Timestamp now() const override { return m_now; }
    std::chrono::milliseconds monotonic() const override { return m_monotonic; }

    /// Time passes: both readings move.
    void advance(std::chrono::milliseconds step)
    {
        m_now += step;
        m_monotonic += step;
    }
    /// Somebody sets the clock: only the wall clock moves, either way.
    void stepWall(std::chrono::milliseconds step) { m_now += step; }

private:
    Timestamp m_now;
    std::chrono::milliseconds m_monotonic{1'000'000}; // Not zero, so that nobody takes it for "never".
};

} // namespace countersign
