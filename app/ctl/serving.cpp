// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/serving.h"

#include "app/ctl/exit_code.h"
#include "core/base/visible_text.h"

#include <algorithm>
#include <csignal>

namespace countersign::ctl {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto leaseRenewal = 5000ms;
constexpr auto longestPause = 1000ms;
constexpr auto shortestPause = 20ms;

/// How long nothing is due.
std::chrono::milliseconds pauseUntilDue(Session &session)
{
    const Result<std::optional<Timestamp>> next = session.engine().nextDue();
    if (!next || !*next) {
        return longestPause;
    }
    return std::clamp<std::chrono::milliseconds>(**next - session.clock().now(), shortestPause, longestPause);
}

int serveOnce(Session &session, Console &console)
{
    const Result<bool> mine = session.engine().holdLease();
    if (!mine) {
        return console.fail(mine.error());
    }
    if (!*mine) {
        console.note(u"Another process serves this workspace: nothing was left to do."_s);
    }
    const Result<int> fired = *mine ? session.engine().runDueTimers() : 0;
    if (!fired) {
        return console.fail(fired.error());
    }
    console.json(
        JsonValue::object({{"lease", JsonValue::fromBool(*mine)}, {"changes", JsonValue::fromInteger(*fired)}}));
    console.line(QString::number(*fired) + u" things were due."_s);
    return ExitCode::Done;
}

} // namespace

int serve(Session &session, ProcessState &process, Console &console, Serving serving)
{
    process.watchSignals();
    session.keepPresent();
    if (serving == Serving::Once) {
        return serveOnce(session, console);
    }
    console.note(u"serving "_s + displayText(session.location().url).text);
    std::optional<std::chrono::milliseconds> renewedAt;
    bool mine = false;
    for (;;) {
        session.keepPresent();
        const auto now = session.clock().monotonic();
        if (!renewedAt || now - *renewedAt >= leaseRenewal) {
            const Result<bool> held = session.engine().holdLease();
            if (!held && held.error().code != ErrorCode::Busy) {
                return console.fail(held.error());
            }
            if (held && *held != mine) {
                console.note(*held ? u"this process holds the engine lease"_s
                                   : u"another process holds the engine lease; waiting for it"_s);
            }
            mine = held ? *held : mine;
            renewedAt = now;
        }
        if (mine) {
            const Result<int> fired = session.engine().runDueTimers();
            if (!fired && fired.error().code != ErrorCode::Busy) {
                return console.fail(fired.error());
            }
        }
        const std::optional<int> signal = process.nextSignal(mine ? pauseUntilDue(session) : longestPause);
        if (signal && *signal != SIGCHLD) {
            console.note(u"serving ended"_s);
            return ExitCode::Done;
        }
    }
}

} // namespace countersign::ctl
