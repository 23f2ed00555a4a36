// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/waiting.h"

#include <csignal>

namespace countersign::ctl {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto changePoll = 75ms;
constexpr auto fullLook = 1000ms;

WaitEnd ended(WaitEnd::Kind kind)
{
    WaitEnd end;
    end.kind = kind;
    return end;
}

WaitEnd failed(const Error &error)
{
    WaitEnd end = ended(WaitEnd::Kind::Failed);
    end.error = error;
    return end;
}

std::optional<WaitEnd> endOfDecided(Session &session, const Request &request)
{
    switch (request.state.delivery) {
    case Delivery::None:
    case Delivery::Staged:
    case Delivery::Held:
        return std::nullopt; // Not released: it can still be taken back.
    case Delivery::Unknown:
        return ended(WaitEnd::Kind::Unknown);
    case Delivery::Undeliverable:
        return ended(WaitEnd::Kind::Undeliverable);
    case Delivery::Released:
    case Delivery::Sending:
    case Delivery::Acknowledged:
        break;
    }
    Result<VerifiedOutcome> outcome = session.engine().verifiedOutcome(request.id);
    if (!outcome) {
        return failed(outcome.error());
    }
    WaitEnd end = ended(WaitEnd::Kind::Decided);
    end.outcome = *std::move(outcome);
    return end;
}

std::optional<WaitEnd> endOf(Session &session, const Request &request)
{
    switch (request.state.lifecycle) {
    case Lifecycle::Pending:
        return std::nullopt;
    case Lifecycle::ChangesRequested: {
        const Result<> signedWish = session.engine().verifyChangesRequested(request.id);
        return signedWish ? ended(WaitEnd::Kind::ChangesRequested) : failed(signedWish.error());
    }
    case Lifecycle::Expired:
        return ended(WaitEnd::Kind::Expired);
    case Lifecycle::Withdrawn:
        return ended(WaitEnd::Kind::Withdrawn);
    case Lifecycle::Superseded:
        return ended(WaitEnd::Kind::Superseded);
    case Lifecycle::Decided:
        break;
    }
    return endOfDecided(session, request);
}

bool endsWaiting(int signal)
{
    return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

} // namespace

std::optional<WaitEnd> endNow(Session &session, const RequestId &id)
{
    const Result<std::optional<Request>> request = session.store().request(id);
    if (!request) {
        // Somebody else is writing: the next look will do.
        return request.error().code == ErrorCode::Busy ? std::nullopt : std::optional(failed(request.error()));
    }
    if (!*request) {
        return failed(
            {ErrorCode::NotFound, u"There is no request %1 in this workspace."_s.arg(id.text().left(64)), {}});
    }
    std::optional<WaitEnd> end = endOf(session, **request);
    if (end && end->kind == WaitEnd::Kind::Failed && end->error.code == ErrorCode::NotAllowed) {
        // The rows were read one by one; another process may have moved the request on in between.
        const Result<std::optional<Request>> again = session.store().request(id);
        if (again && *again && (*again)->revision != (*request)->revision) {
            return std::nullopt;
        }
    }
    if (end && end->kind == WaitEnd::Kind::Failed && end->error.code == ErrorCode::Busy) {
        return std::nullopt;
    }
    return end;
}

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
                return failed(fresh.error());
            }
            session.keepPresent();
            const Result<int> fired = session.isReadOnly() ? 0 : session.engine().runDueTimers();
            if (!fired && fired.error().code != ErrorCode::Busy) {
                return failed(fired.error()); // Nothing can be recorded: an expiry would go unnoticed.
            }
        }
        if (session.store().changedElsewhere() || due) {
            lastLook = due ? now : lastLook;
            if (std::optional<WaitEnd> end = endNow(session, id)) {
                return *std::move(end);
            }
        }
        if (timeout && session.clock().monotonic() - start >= *timeout) {
            return ended(WaitEnd::Kind::TimedOut);
        }
        const std::optional<int> signal = process.nextSignal(changePoll);
        if (signal && endsWaiting(*signal)) {
            WaitEnd end = ended(WaitEnd::Kind::Interrupted);
            end.signal = *signal;
            return end;
        }
    }
}

} // namespace countersign::ctl
