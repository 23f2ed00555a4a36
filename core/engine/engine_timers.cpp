// SPDX-License-Identifier: Apache-2.0
#include "core/base/log.h"
#include "core/engine/engine_private.h"

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign {

namespace {
constexpr int batch = 200;
constexpr auto tolerableStep = 30s;
} // namespace

Result<std::optional<Timestamp>> Engine::nextDue()
{
    Result<std::optional<Timestamp>> timer = m_parts.store.nextTimer();
    const Result<std::vector<Decision>> staged = m_parts.store.stagedDecisions(batch);
    if (!timer || !staged) {
        return timer ? Result<std::optional<Timestamp>>(staged.error()) : timer;
    }
    std::optional<Timestamp> next = *timer;
    for (const Decision &decision : *staged) {
        if (decision.seat == m_seat && decision.releaseAt && (!next || *decision.releaseAt < *next)) {
            next = decision.releaseAt;
        }
    }
    return next;
}

Result<int> Engine::runDueTimers()
{
    const Result<WorkspaceInfo> info = d->workspace();
    if (!info) {
        return info.error();
    }
    const Result<int> stepped = d->noteClockStep();
    if (!stepped) {
        return stepped;
    }
    int changes = *stepped;
    // What fell due at one moment waits for the disk once.
    const Result<> done = together([&]() -> Result<> {
        for (const auto &job : {&Private::releaseStaged, &Private::expireDue, &Private::settleAbandoned}) {
            const Result<int> made = (d.get()->*job)();
            if (!made) {
                return made.error();
            }
            changes += *made;
        }
        return {};
    });
    return done ? Result<int>(changes) : Result<int>(done.error());
}

Result<int> Engine::Private::noteClockStep()
{
    const Timestamp wall = now();
    const std::chrono::milliseconds monotonic = q.m_parts.clock.monotonic();
    const std::optional<Timestamp> before = std::exchange(lastWall, wall);
    const std::chrono::milliseconds monotonicBefore = std::exchange(lastMonotonic, monotonic);
    if (!before) {
        return 0;
    }
    const std::chrono::milliseconds stepped = (wall - *before) - (monotonic - monotonicBefore);
    if (std::chrono::abs(stepped) <= tolerableStep) {
        return 0;
    }
    qCWarning(logEngine) << "the clock was changed by" << stepped.count() << "ms";
    const Result<> written = store().transact([&](StoreWriter &writer) {
        EventFacts step = facts(u"clock.stepped"_s, QString(), seatActor());
        step.more = JsonValue::object();
        step.more.set("byMs", JsonValue::fromInteger(stepped.count()));
        return append(writer, step);
    });
    if (!written) {
        lastWall = before; // So that the next call finds the step again.
        lastMonotonic = monotonicBefore;
        return written.error();
    }
    return 1;
}

Result<int> Engine::Private::releaseStaged()
{
    const Result<std::vector<Decision>> staged = store().stagedDecisions(batch);
    if (!staged) {
        return staged.error();
    }
    if (staged->size() < static_cast<size_t>(batch)) {
        // Withdrawn, taken back or expired by another process: nothing to release any more.
        std::erase_if(preparedReleases, [&](const auto &prepared) {
            return std::none_of(staged->begin(), staged->end(),
                                [&](const Decision &decision) { return decision.id.text() == prepared.first; });
        });
    }
    int changes = 0;
    for (const Decision &decision : *staged) {
        const bool mine = decision.seat == q.m_seat;
        // The time that counts is the one in memory: the row could be edited to cut the undo short.
        const auto prepared = preparedReleases.find(decision.id.text());
        if (mine && prepared != preparedReleases.end() && *prepared->second.decision.releaseAt > now()) {
            continue;
        }
        if (!mine) {
            const Result<std::optional<Seat>> seat = store().seat(decision.seat);
            if (!seat) {
                return seat.error();
            }
            if (*seat && isAlive(**seat)) {
                continue;
            }
        }
        const Result<bool> moved = releaseOrHold(decision);
        if (!moved) {
            return moved.error();
        }
        changes += *moved ? 1 : 0;
    }
    return changes;
}

Result<bool> Engine::Private::releaseOrHold(const Decision &stagedDecision)
{
    signPreparedReleases();
    const auto prepared = preparedReleases.find(stagedDecision.id.text());
    const bool due =
        stagedDecision.seat == q.m_seat && prepared != preparedReleases.end() && prepared->second.statement.has_value();
    bool moved = false;
    const Result<> done = store().transact([&](StoreWriter &writer) -> Result<> {
        Result<Request> request = existing(writer, stagedDecision.request);
        Result<std::optional<Decision>> decision = writer.decision(stagedDecision.id);
        if (!request || !decision) {
            return request ? decision.error() : request.error();
        }
        if (!*decision || request->decision != stagedDecision.id || request->state.delivery != Delivery::Staged) {
            return {}; // Taken back or moved on meanwhile.
        }
        moved = true;
        if (request->expiresAt && *request->expiresAt < now()) {
            return expire(writer, *request);
        }
        if (!due) {
            return hold(writer, *request, **decision);
        }
        // Rights are checked when deciding and again now: somebody may have been disabled in between.
        const Result<ReviewerDirectory> people = directory(writer);
        if (!people) {
            return people.error();
        }
        if (!people->verifyCurrent(*prepared->second.statement, (*decision)->reviewer)) {
            return hold(writer, *request, **decision);
        }
        return writeRelease(writer, *request, **decision, *prepared->second.statement, seatActor());
    });
    if (!done) {
        return done.error();
    }
    if (due) {
        q.whenCommitted([this, decision = stagedDecision.id.text()] { preparedReleases.erase(decision); });
    }
    return moved;
}

Result<int> Engine::Private::expireDue()
{
    const Result<std::vector<Timer>> due = store().dueTimers(now(), batch);
    if (!due) {
        return due.error();
    }
    int changes = 0;
    for (const Timer &timer : *due) {
        if (timer.kind != "expire"_L1) {
            // No other kind exists yet; left in place it would fill the batch for ever.
            const Result<> skipped =
                store().transact([&](StoreWriter &writer) { return writer.markTimerFired(timer.id, now()); });
            if (!skipped) {
                return skipped.error();
            }
            continue;
        }
        const Result<> done = store().transact([&](StoreWriter &writer) -> Result<> {
            Result<Request> request = existing(writer, timer.request);
            if (!request && request.error().code == ErrorCode::NotFound) {
                // Only somebody who writes the file by hand makes such a row; it must not stop the others.
                return writer.markTimerFired(timer.id, now());
            }
            if (!request) {
                return request.error();
            }
            const bool undelivered = request->isOpen() || request->state.delivery == Delivery::Staged ||
                                     request->state.delivery == Delivery::Held;
            if (!undelivered || !request->expiresAt || *request->expiresAt > now()) {
                return writer.markTimerFired(timer.id, now());
            }
            ++changes;
            return expire(writer, *request);
        });
        if (!done) {
            return done.error();
        }
    }
    return changes;
}

/// Starts whose process is gone: nobody knows how they ended, and they are never repeated on their own.
Result<int> Engine::Private::settleAbandoned()
{
    const Result<std::vector<DeliveryAttempt>> open = store().unfinishedAttempts(batch);
    if (!open) {
        return open.error();
    }
    int changes = 0;
    for (const DeliveryAttempt &attempt : *open) {
        const Result<std::optional<Seat>> seat = store().seat(attempt.seat);
        if (!seat) {
            return seat.error();
        }
        if (attempt.seat == q.m_seat || (*seat && isAlive(**seat))) {
            continue;
        }
        const Result<> done = store().transact([&](StoreWriter &writer) -> Result<> {
            const Result<std::optional<Decision>> decision = writer.decision(attempt.decision);
            if (!decision) {
                return decision.error();
            }
            // Read again: it may have ended since the list was made.
            const Result<std::vector<DeliveryAttempt>> current = writer.deliveryAttempts(attempt.decision);
            if (!current) {
                return current.error();
            }
            const auto stored = std::find_if(current->begin(), current->end(),
                                             [&](const DeliveryAttempt &other) { return other.id == attempt.id; });
            if (stored == current->end() || stored->finishedAt) {
                return {};
            }
            DeliveryAttempt ended = *stored;
            ended.finishedAt = now();
            ended.result = u"unknown"_s;
            if (const Result<> updated = writer.updateDeliveryAttempt(ended); !updated || !*decision) {
                return updated;
            }
            Result<Request> request = existing(writer, (*decision)->request);
            if (!request) {
                return request.error();
            }
            if (request->state.delivery != Delivery::Sending) {
                return {};
            }
            if (const Result<> stepped = step(*request, RequestEvent::LoseContact); !stepped) {
                return stepped;
            }
            ++changes;
            request->settledNote = u"The process that had begun it ended before it could say what came of it: whether "
                                   "it was done is not known. Look where it would have been done before you ask for "
                                   "it again."_s;
            const Result<> written = writer.updateRequest(*request);
            return written ? append(writer, facts(u"delivery.unknown"_s, *request, seatActor())) : written;
        });
        if (!done) {
            return done.error();
        }
    }
    return changes;
}

} // namespace countersign
