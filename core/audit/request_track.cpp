// SPDX-License-Identifier: Apache-2.0
#include "core/audit/request_track.h"

#include "core/domain/statements.h"

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

constexpr auto tolerance = std::chrono::minutes(1);

QString moreText(const EventFacts &entry, const char *key)
{
    const JsonValue *value = entry.more.find(key);
    return value ? value->toString() : QString();
}

} // namespace

bool sameMoment(Timestamp row, Timestamp entry)
{
    return row >= entry - tolerance && row <= entry + tolerance;
}

MadeDecision *RequestTrack::decision(const QString &id)
{
    const auto found =
        std::find_if(decisions.begin(), decisions.end(), [&id](const MadeDecision &one) { return one.id == id; });
    return found == decisions.end() ? nullptr : &*found;
}

void RequestTrack::follow(const AuditEntry &entry, const HeldRows &held, const ReviewerDirectory &directory)
{
    if (entry.facts.kind == "request.filed"_L1) {
        principal = entry.facts.actor.id;
        filedAt = entry.facts.at;
    }
    followAttention(entry.facts, directory);
    followSettling(entry.facts);
    followDelivery(entry.facts, held);
    facts = *entry.facts.request;
    sequence = entry.sequence;
}

void RequestTrack::endClaim()
{
    claimedBy.clear();
    claimedByName.clear();
    claimedUntil.clear();
}

void RequestTrack::followAttention(const EventFacts &entry, const ReviewerDirectory &directory)
{
    if (entry.kind == "request.claimed"_L1) {
        const Reviewer *reviewer = directory.find(ReviewerId(entry.actor.id));
        claimedBy = entry.actor.id;
        claimedByName = reviewer ? reviewer->name : QString();
        claimedUntil = moreText(entry, "until");
    } else if (entry.kind == "request.claim-released"_L1) {
        endClaim();
    } else if (entry.kind == "request.deferred"_L1) {
        deferredUntil = moreText(entry, "until");
    } else if (entry.kind == "request.delegated"_L1) {
        delegatedTo = moreText(entry, "to");
        endClaim();
    }
}

void RequestTrack::followSettling(const EventFacts &entry)
{
    if (entry.kind == "decision.automatic"_L1) {
        settledAt = entry.at;
        deferredUntil.clear();
        endClaim();
    } else if (entry.kind == "vote.cast"_L1 && entry.request->state.lifecycle == Lifecycle::Decided) {
        settledAt = entry.at;
        deferredUntil.clear();
    } else if (entry.kind == "decision.undone"_L1) {
        settledAt.reset();
    } else if (entry.kind == "decision.released"_L1) {
        endClaim();
    } else if (entry.kind == "request.expired"_L1) {
        settledAt = entry.at;
        endClaim();
    } else if (entry.kind == "request.withdrawn"_L1 || entry.kind == "request.superseded"_L1) {
        settledAt = settledAt.value_or(entry.at); // Of a staged decision, when it was made.
        endClaim();
    }
}

void RequestTrack::followDelivery(const EventFacts &entry, const HeldRows &held)
{
    MadeDecision *made = decision(entry.request->decision);
    if (!made) {
        return;
    }
    if (entry.kind == "decision.released"_L1) {
        made->release = entry.statements.empty() ? QString() : entry.statements.front().id;
        made->releasedAt = entry.at;
        const Result<ReleaseBody> body =
            held.statement ? decodeRelease(held.statement->body) : Result<ReleaseBody>(Error{});
        made->token = body ? body->token : QString();
    } else if (entry.kind == "delivery.started"_L1) {
        // Sending again, after the peer was asked, takes up the same try: its token is good for one.
        made->attempts += facts.state.delivery == Delivery::Released ? 1 : 0;
    } else if (entry.kind == "delivery.acknowledged"_L1) {
        // What needs no start is taken and received in one step.
        made->attempts += facts.state.delivery == Delivery::Released ? 1 : 0;
        made->acknowledgedAt = entry.at;
    }
}

} // namespace countersign
