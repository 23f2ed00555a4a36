// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"

#include <atomic>

namespace countersign::desktop {

/// Stands still, so that pictures are the same every time; moved by whoever draws them. Any thread.
class PictureClock final : public Clock
{
public:
    Timestamp now() const override { return start + std::chrono::milliseconds(m_passedMs.load()); }
    std::chrono::milliseconds monotonic() const override
    {
        return std::chrono::hours(1) + std::chrono::milliseconds(m_passedMs.load());
    }
    void advance(std::chrono::milliseconds time) { m_passedMs += time.count(); }

private:
    static constexpr Timestamp start =
        std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) + std::chrono::hours(9) + std::chrono::minutes(41);
    std::atomic<qint64> m_passedMs{0};
};

} // namespace countersign::desktop
