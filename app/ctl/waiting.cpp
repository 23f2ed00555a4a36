// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/waiting.h"

#include <csignal>

namespace countersign::ctl {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto changePoll = 75ms;
constexpr auto fullLook = 1000ms;

bool endsWaiting(int signal)
{
    return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

} // namespace

WaitEnd waitForEnd(Session &session, ProcessState &process, const RequestId &id,
                   std::optional<std::chrono::milliseconds> timeout)
{
    process.watchSignals();
    const auto start = session.clock().monotonic();
    std::optional<std::chrono::milliseconds> lastLook;
    for (;;) {
        const auto now = session.clock().monotonic();
        const bool due = !lastLook || now - *lastLook >= fullLook;
        if (due) {
            if (const Result<> fresh = session.refresh(); !fresh) {
                return WaitEnd::failed(fresh.error());
            }
            session.keepPresent();
            const Result<int> fired = session.isReadOnly() ? 0 : session.engine().runDueTimers();
            if (!fired && fired.error().code != ErrorCode::Busy) {
                return WaitEnd::failed(fired.error()); // Nothing can be recorded: an expiry would go unnoticed.
            }
        }
        if (session.store().changedElsewhere() || due) {
            lastLook = due ? now : lastLook;
            if (std::optional<WaitEnd> end = endNow(session, id)) {
                return *std::move(end);
            }
        }
        if (timeout && session.clock().monotonic() - start >= *timeout) {
            return WaitEnd::of(WaitEnd::Kind::TimedOut);
        }
        const std::optional<int> signal = process.nextSignal(changePoll);
        if (signal && endsWaiting(*signal)) {
            WaitEnd end = WaitEnd::of(WaitEnd::Kind::Interrupted);
            end.signal = *signal;
            return end;
        }
    }
}

} // namespace countersign::ctl
