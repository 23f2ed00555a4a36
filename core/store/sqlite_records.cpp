// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlite_records.h"

#include "core/domain/hashes.h"
#include "core/store/queue_shelf.h"

namespace countersign {

using namespace Qt::StringLiterals;

const QString requestColumns =
    u"r.id, r.revision, r.principal, r.agent_name, r.connection, r.pattern, r.tool_name, r.summary, r.agent_title, "
    "r.tier, r.quorum, r.idempotency_key, r.correlation, r.workflow_instance, r.workflow_step, r.parent_call, r.batch, "
    "r.round, r.lifecycle, r.delivery, r.created_at_ms, r.expires_at_ms, r.claimed_by, r.claimed_by_name, "
    "r.claimed_until_ms, r.deferred_until_ms, r.delegated_to, r.decision, r.verdict, r.settled_at_ms, "
    "r.settled_sequence, r.settled_note"_s;

const QString roundColumns =
    u"o.request, o.number, o.content, c.body, o.policy_version, o.policy_trace, o.tier, o.quorum, o.expires_at_ms, "
    "o.created_at_ms, o.intake_hash, o.payload_hash"_s;

const QString decisionColumns =
    u"d.id, d.request, d.round, d.verdict, d.deciding_vote, d.reviewer, d.reviewer_name, d.payload_hash, "
    "d.effective_hash, d.decided_at_ms, d.seat, d.release_at_ms, d.release, d.released_at_ms, d.acknowledged_at_ms, "
    "d.undone"_s;

const QString sealedEventColumns =
    u"e.id, e.kind, e.subject, e.at_ms, e.body, s.sequence, e.id, s.leaf_hash, s.previous_hash, s.seal_hash"_s;

const QString requestInsertColumns =
    u"id, principal, agent_name, connection, pattern, tool_name, idempotency_key, correlation, workflow_instance, "
    "workflow_step, parent_call, batch, created_at_ms, "
    "summary, agent_title, tier, quorum, round, lifecycle, delivery, expires_at_ms, claimed_by, claimed_by_name, "
    "claimed_until_ms, deferred_until_ms, delegated_to, decision, verdict, settled_at_ms, settled_sequence, "
    "settled_note, status, shelf, list_key, revision"_s;

Request readRequest(SqlRow &row)
{
    Request request;
    request.id = row.id<RequestId>();
    request.revision = row.number();
    request.principal = row.id<PrincipalId>();
    request.agentName = row.text();
    request.connection = row.text();
    request.pattern = row.word(patternFromText);
    request.toolName = row.text();
    request.summary = row.text();
    request.agentTitle = row.text();
    request.tier = row.word(tierFromText);
    request.quorum = row.number();
    request.idempotencyKey = row.text();
    request.correlation = row.bytes();
    request.parent.workflowInstance = row.text();
    request.parent.workflowStep = row.text();
    request.parent.parentCall = row.text();
    request.parent.batch = row.text();
    request.round = row.number();
    request.state.lifecycle = row.word(lifecycleFromText);
    request.state.delivery = row.word(deliveryFromText);
    request.createdAt = row.time();
    request.expiresAt = row.optionalTime();
    request.claimedBy = row.optionalId<ReviewerId>();
    request.claimedByName = row.text();
    request.claimedUntil = row.optionalTime();
    request.deferredUntil = row.optionalTime();
    request.delegatedTo = row.optionalId<ReviewerId>();
    request.decision = row.optionalId<DecisionId>();
    request.verdict = row.optionalWord(verdictFromText);
    request.settledAt = row.optionalTime();
    request.settledSequence = row.integer();
    request.settledNote = row.text();
    return request;
}

Round readRound(SqlRow &row)
{
    Round round;
    round.request = row.id<RequestId>();
    round.number = row.number();
    round.contentId = row.id<ContentId>();
    round.contentErased = row.isNull();
    const QByteArray body = row.bytes();
    if (!round.contentErased) {
        Result<RoundContent> content = decodeRoundContent(body);
        if (content) {
            round.content = std::move(content).value();
        } else {
            // Its hashes cannot match any more; the round stays readable so that the verifier can name it.
            round.content.unreviewable = u"The stored content was changed and cannot be read."_s;
        }
    }
    round.policy.version = row.text();
    round.policy.trace = row.text();
    round.policy.tier = row.word(tierFromText);
    round.policy.quorum = row.number();
    round.expiresAt = row.optionalTime();
    round.createdAt = row.time();
    round.intakeHash = row.digest();
    round.payloadHash = row.digest();
    return round;
}

Statement readStatement(SqlRow &row)
{
    Statement statement;
    statement.id = row.id<StatementId>();
    statement.kind = row.text();
    statement.subject = row.text();
    statement.body = row.bytes();
    statement.keyId = row.digest();
    statement.signature = row.bytes();
    statement.content = row.optionalId<ContentId>();
    return statement;
}

ContentRow readContent(SqlRow &row)
{
    ContentRow content;
    content.id = row.id<ContentId>();
    content.kind = row.text();
    content.salt = row.bytes();
    content.body = row.bytes();
    return content;
}

Principal readPrincipal(SqlRow &row)
{
    Principal principal;
    principal.id = row.id<PrincipalId>();
    principal.name = row.text();
    principal.connection = row.text();
    principal.osUser = row.text();
    principal.owner = row.optionalId<ReviewerId>();
    principal.createdAt = row.time();
    return principal;
}

Decision readDecision(SqlRow &row)
{
    Decision decision;
    decision.id = row.id<DecisionId>();
    decision.request = row.id<RequestId>();
    decision.round = row.number();
    decision.verdict = row.word(verdictFromText);
    decision.decidingVote = row.id<StatementId>();
    decision.reviewer = row.id<ReviewerId>();
    decision.reviewerName = row.text();
    decision.payloadHash = row.digest();
    decision.effectiveHash = row.digest();
    decision.decidedAt = row.time();
    decision.seat = row.id<SeatId>();
    decision.releaseAt = row.optionalTime();
    decision.release = row.optionalId<StatementId>();
    decision.releasedAt = row.optionalTime();
    decision.acknowledgedAt = row.optionalTime();
    decision.undone = row.flag();
    return decision;
}

Outcome readOutcome(SqlRow &row)
{
    Outcome outcome;
    outcome.id = row.id<OutcomeId>();
    outcome.request = row.id<RequestId>();
    outcome.decision = row.optionalId<DecisionId>();
    outcome.exitCode = row.optionalNumber();
    outcome.error = row.text();
    outcome.output = row.bytes();
    outcome.outputDigest = row.digest();
    outcome.note = row.text();
    outcome.at = row.time();
    return outcome;
}

DeliveryAttempt readDeliveryAttempt(SqlRow &row)
{
    DeliveryAttempt attempt;
    attempt.id = row.text();
    attempt.decision = row.id<DecisionId>();
    attempt.epoch = row.integer();
    attempt.token = row.text();
    attempt.intentAt = row.time();
    attempt.finishedAt = row.optionalTime();
    attempt.result = row.text();
    attempt.seat = row.id<SeatId>();
    return attempt;
}

PolicyVersion readPolicy(SqlRow &row)
{
    PolicyVersion policy;
    policy.version = row.text();
    policy.body = row.bytes();
    policy.statement = row.id<StatementId>();
    policy.activeFrom = row.time();
    return policy;
}

Seat readSeat(SqlRow &row)
{
    Seat seat;
    seat.id = row.id<SeatId>();
    seat.kind = row.text();
    seat.reviewer = row.optionalId<ReviewerId>();
    seat.processId = row.integer();
    seat.startedAt = row.time();
    seat.heartbeatAt = row.time();
    return seat;
}

EngineLease readLease(SqlRow &row)
{
    EngineLease lease;
    lease.holder = row.id<SeatId>();
    lease.epoch = row.integer();
    lease.until = row.time();
    return lease;
}

ConnectionRow readConnection(SqlRow &row)
{
    ConnectionRow connection;
    connection.id = row.text();
    connection.name = row.text();
    connection.kind = row.text();
    connection.settings = row.bytes();
    connection.createdAt = row.time();
    connection.removedAt = row.optionalTime();
    return connection;
}

Timer readTimer(SqlRow &row)
{
    Timer timer;
    timer.id = row.id<TimerId>();
    timer.kind = row.text();
    timer.request = row.id<RequestId>();
    timer.dueAt = row.time();
    timer.firedAt = row.optionalTime();
    return timer;
}

Draft readDraft(SqlRow &row)
{
    Draft draft;
    draft.request = row.id<RequestId>();
    draft.reviewer = row.id<ReviewerId>();
    draft.round = row.number();
    draft.body = row.bytes();
    draft.updatedAt = row.time();
    return draft;
}

ToolDefinition readToolDefinition(SqlRow &row)
{
    ToolDefinition definition;
    definition.connection = row.text();
    definition.tool = row.text();
    definition.hash = row.digest();
    definition.body = row.bytes();
    definition.seenAt = row.time();
    definition.approvedAt = row.optionalTime();
    return definition;
}

Seal readSeal(SqlRow &row)
{
    Seal seal;
    seal.sequence = row.integer();
    seal.event = row.id<EventId>();
    seal.leafHash = row.digest();
    seal.previousHash = row.digest();
    seal.sealHash = row.digest();
    return seal;
}

StoreReader::SealedEvent readSealedEvent(SqlRow &row)
{
    StoreReader::SealedEvent sealed;
    sealed.event.id = row.id<EventId>();
    sealed.event.kind = row.text();
    sealed.event.subject = row.text();
    sealed.event.at = row.time();
    sealed.event.body = row.bytes();
    sealed.seal = readSeal(row);
    return sealed;
}

SqlValues changeValues(const Request &request)
{
    return {sqlText(request.summary),
            sqlText(request.agentTitle),
            toText(request.tier),
            request.quorum,
            request.round,
            toText(request.state.lifecycle),
            toText(request.state.delivery),
            sqlTime(request.expiresAt),
            sqlId(request.claimedBy),
            sqlText(request.claimedByName),
            sqlTime(request.claimedUntil),
            sqlTime(request.deferredUntil),
            sqlId(request.delegatedTo),
            sqlId(request.decision),
            request.verdict ? SqlValue(toText(*request.verdict)) : SqlValue(),
            sqlTime(request.settledAt),
            request.settledSequence,
            sqlText(request.settledNote),
            storedStatus(request),
            static_cast<int>(shelfOf(request)),
            listKeyOf(request),
            request.revision};
}

SqlValues insertValues(const Request &request)
{
    return SqlValues{sqlId(request.id),
                     sqlId(request.principal),
                     sqlText(request.agentName),
                     sqlText(request.connection),
                     toText(request.pattern),
                     sqlText(request.toolName),
                     sqlText(request.idempotencyKey),
                     sqlBytes(request.correlation),
                     sqlText(request.parent.workflowInstance),
                     sqlText(request.parent.workflowStep),
                     sqlText(request.parent.parentCall),
                     sqlText(request.parent.batch),
                     sqlTime(request.createdAt)} +
           changeValues(request);
}

SqlValues insertValues(const Decision &decision)
{
    return {sqlId(decision.request),
            decision.round,
            toText(decision.verdict),
            sqlId(decision.decidingVote),
            sqlId(decision.reviewer),
            sqlText(decision.reviewerName),
            sqlBytes(decision.payloadHash.toByteArray()),
            sqlBytes(decision.effectiveHash.toByteArray()),
            sqlTime(decision.decidedAt),
            sqlId(decision.seat),
            sqlTime(decision.releaseAt),
            sqlId(decision.release),
            sqlTime(decision.releasedAt),
            sqlTime(decision.acknowledgedAt),
            decision.undone ? 1 : 0,
            sqlId(decision.id)};
}

} // namespace countersign
