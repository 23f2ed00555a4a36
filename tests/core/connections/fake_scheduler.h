// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/scheduler.h"
#include "tests/support/fake_clock.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QPointer>

#include <algorithm>
#include <vector>

namespace countersign::test {

/// Time passes when the test says so; what falls due runs in order.
class FakeScheduler final : public Scheduler
{
public:
    explicit FakeScheduler(FakeClock &clock)
        : m_clock(clock)
    {}
    const Clock &clock() const override { return m_clock; }
    void after(std::chrono::milliseconds delay, QObject *context, std::function<void()> work) override
    {
        m_planned.push_back({m_clock.monotonic() + delay, m_count++, QPointer<QObject>(context), std::move(work)});
    }
    void advance(std::chrono::milliseconds step)
    {
        const std::chrono::milliseconds end = m_clock.monotonic() + step;
        for (;;) {
            QCoreApplication::sendPostedEvents();
            const auto next =
                std::min_element(m_planned.begin(), m_planned.end(), [](const Planned &a, const Planned &b) {
                    return std::pair(a.at, a.number) < std::pair(b.at, b.number);
                });
            if (next == m_planned.end() || next->at > end) {
                break;
            }
            Planned due = std::move(*next);
            m_planned.erase(next);
            m_clock.advance(std::max(due.at - m_clock.monotonic(), std::chrono::milliseconds(0)));
            if (due.context) {
                due.work();
            }
        }
        m_clock.advance(std::max(end - m_clock.monotonic(), std::chrono::milliseconds(0)));
        QCoreApplication::sendPostedEvents();
    }

private:
    struct Planned {
        std::chrono::milliseconds at;
        int number = 0;
        QPointer<QObject> context;
        std::function<void()> work;
    };
    FakeClock &m_clock;
    std::vector<Planned> m_planned;
    int m_count = 0;
};

} // namespace countersign::test
