// SPDX-License-Identifier: Apache-2.0
#include "core/store/memory_writer.h"

#include "core/store/queue_shelf.h"

#include <algorithm>

namespace countersign {

using namespace Qt::StringLiterals;

Result<> MemoryWriter::fail(Error error)
{
    if (!m_failure) {
        m_failure = error;
    }
    return error;
}

Result<> MemoryWriter::conflict(const QString &detail)
{
    return fail({ErrorCode::Conflict,
                 u"Nothing was written because the change contradicts what the workspace in memory already holds. "
                 "Load it again and retry."_s,
                 detail});
}

Result<> MemoryWriter::insertPrincipal(const Principal &principal)
{
    const bool taken =
        std::any_of(m_state.principals.cbegin(), m_state.principals.cend(), [&principal](const Principal &other) {
            return other.connection == principal.connection && other.osUser == principal.osUser &&
                   other.name == principal.name;
        });
    if (taken || m_state.principals.contains(principal.id)) {
        return conflict(u"principal"_s);
    }
    m_state.principals.insert(principal.id, principal);
    return {};
}

Result<> MemoryWriter::insertRequest(const Request &request)
{
    const Result<std::optional<Request>> sameKey = requestByKey(request.principal, request.idempotencyKey);
    if (m_state.requests.contains(request.id) || !m_state.principals.contains(request.principal) ||
        (sameKey && sameKey.value())) {
        return conflict(u"request"_s);
    }
    m_state.requests.insert(request.id, request);
    m_state.arrival.insert(request.id, m_state.arrival.size() + 1);
    return {};
}

Result<> MemoryWriter::updateRequest(const Request &request)
{
    const auto stored = m_state.requests.constFind(request.id);
    if (stored == m_state.requests.cend() || stored->revision != request.revision - 1) {
        return fail({ErrorCode::Conflict,
                     u"The request %1 was not changed because somebody else has changed it meanwhile. Load it again "
                     "and retry."_s.arg(request.id.text()),
                     {}});
    }
    m_state.requests.insert(request.id, request);
    return {};
}

Result<> MemoryWriter::indexRequest(const RequestId &request, const QString &text)
{
    if (!m_state.requests.contains(request)) {
        return conflict(u"text without request"_s);
    }
    m_state.texts.insert(request, text);
    return {};
}

Result<> MemoryWriter::insertRound(const Round &round)
{
    const bool contentTaken = std::any_of(m_state.rounds.cbegin(), m_state.rounds.cend(),
                                          [&round](const Round &other) { return other.contentId == round.contentId; });
    if (contentTaken || m_state.rounds.contains({round.request, round.number}) ||
        !m_state.contents.contains(round.contentId) || !m_state.requests.contains(round.request)) {
        return conflict(u"round"_s);
    }
    Round stored = round;
    stored.content = {};
    m_state.rounds.insert({round.request, round.number}, stored);
    return {};
}

Result<> MemoryWriter::insertContent(const ContentRow &content)
{
    if (m_state.contents.contains(content.id)) {
        return conflict(u"content"_s);
    }
    m_state.contents.insert(content.id, content);
    return {};
}

Result<> MemoryWriter::insertStatement(const Statement &statement)
{
    if (m_state.statements.contains(statement.id)) {
        return conflict(u"statement"_s);
    }
    m_state.statements.insert(statement.id, statement);
    return {};
}

bool MemoryWriter::decidesAgain(const Decision &decision) const
{
    return !decision.undone &&
           std::any_of(m_state.decisions.cbegin(), m_state.decisions.cend(), [&decision](const Decision &other) {
               return other.id != decision.id && !other.undone && other.request == decision.request &&
                      other.round == decision.round;
           });
}

Result<> MemoryWriter::insertDecision(const Decision &decision)
{
    if (m_state.decisions.contains(decision.id) || !m_state.requests.contains(decision.request) ||
        decidesAgain(decision)) {
        return conflict(u"decision"_s);
    }
    m_state.decisions.insert(decision.id, decision);
    return {};
}

Result<> MemoryWriter::updateDecision(const Decision &decision)
{
    if (!m_state.decisions.contains(decision.id)) {
        return fail({ErrorCode::NotFound,
                     u"The decision %1 was not changed because there is none of that id."_s.arg(decision.id.text()),
                     {}});
    }
    if (decidesAgain(decision)) {
        return conflict(u"decision"_s);
    }
    m_state.decisions.insert(decision.id, decision);
    return {};
}

Result<> MemoryWriter::insertOutcome(const Outcome &outcome)
{
    if (m_state.outcomes.contains(outcome.id) || !m_state.requests.contains(outcome.request)) {
        return conflict(u"outcome"_s);
    }
    m_state.outcomes.insert(outcome.id, outcome);
    return {};
}

bool MemoryWriter::startsAgain(const DeliveryAttempt &attempt) const
{
    return attempt.result == "started"_L1 &&
           std::any_of(m_state.attempts.cbegin(), m_state.attempts.cend(), [&](const DeliveryAttempt &other) {
               return other.id != attempt.id && m_state.startedAttempts.contains(other.id) &&
                      (other.decision == attempt.decision ||
                       (!attempt.token.isEmpty() && other.token == attempt.token));
           });
}

Result<> MemoryWriter::insertDeliveryAttempt(const DeliveryAttempt &attempt)
{
    if (m_state.attempts.contains(attempt.id) || !m_state.decisions.contains(attempt.decision) ||
        startsAgain(attempt)) {
        return conflict(u"delivery attempt"_s);
    }
    m_state.attempts.insert(attempt.id, attempt);
    if (attempt.result == "started"_L1) {
        m_state.startedAttempts.insert(attempt.id);
    }
    return {};
}

Result<> MemoryWriter::updateDeliveryAttempt(const DeliveryAttempt &attempt)
{
    if (!m_state.attempts.contains(attempt.id)) {
        return fail({ErrorCode::NotFound,
                     u"The delivery %1 was not changed because there is none of that id."_s.arg(attempt.id),
                     {}});
    }
    if (startsAgain(attempt)) {
        return conflict(u"delivery attempt"_s);
    }
    m_state.attempts.insert(attempt.id, attempt);
    if (attempt.result == "started"_L1) {
        m_state.startedAttempts.insert(attempt.id);
    }
    return {};
}

Result<> MemoryWriter::saveReviewer(const Reviewer &reviewer)
{
    m_state.reviewers.insert(reviewer.id, reviewer);
    return {};
}

Result<> MemoryWriter::insertPolicy(const PolicyVersion &policy)
{
    const bool taken = std::any_of(m_state.policies.cbegin(), m_state.policies.cend(),
                                   [&policy](const PolicyVersion &other) { return other.version == policy.version; });
    if (taken) {
        return conflict(u"policy"_s);
    }
    m_state.policies.append(policy);
    return {};
}

Result<> MemoryWriter::saveSeat(const Seat &seat)
{
    m_state.seats.insert(seat.id, seat);
    return {};
}

Result<> MemoryWriter::saveConnection(const ConnectionRow &row)
{
    const auto named = m_state.connections.constFind(row.name);
    if (named != m_state.connections.constEnd() && named->id != row.id) {
        return fail(
            {ErrorCode::Conflict, u"There is a connection named %1 already; choose another name."_s.arg(row.name), {}});
    }
    m_state.connections.removeIf([&](const auto &entry) { return entry.value().id == row.id; });
    m_state.connections.insert(row.name, row);
    return {};
}

Result<> MemoryWriter::removeSeat(const SeatId &id)
{
    m_state.seats.remove(id);
    return {};
}

Result<> MemoryWriter::saveLease(const EngineLease &lease)
{
    if (m_state.lease && lease.epoch < m_state.lease->epoch) {
        return fail(
            {ErrorCode::Conflict, u"The engine lease was not taken because somebody else has taken it since."_s, {}});
    }
    m_state.lease = lease;
    return {};
}

Result<> MemoryWriter::insertTimer(const Timer &timer)
{
    if (m_state.timers.contains(timer.id) || !m_state.requests.contains(timer.request)) {
        return conflict(u"timer"_s);
    }
    m_state.timers.insert(timer.id, timer);
    return {};
}

Result<> MemoryWriter::markTimerFired(const TimerId &id, Timestamp at)
{
    const auto timer = m_state.timers.find(id);
    if (timer == m_state.timers.end() || timer->firedAt) {
        return fail({ErrorCode::Conflict,
                     u"The timer %1 was not fired because it is gone or has fired before."_s.arg(id.text()),
                     {}});
    }
    timer->firedAt = at;
    return {};
}

Result<> MemoryWriter::removeTimers(const RequestId &request, const QString &kind)
{
    for (auto timer = m_state.timers.begin(); timer != m_state.timers.end();) {
        timer = timer->request == request && timer->kind == kind ? m_state.timers.erase(timer) : std::next(timer);
    }
    return {};
}

Result<> MemoryWriter::saveDraft(const Draft &draft)
{
    if (!m_state.requests.contains(draft.request)) {
        return conflict(u"draft"_s);
    }
    m_state.drafts.insert({draft.request, draft.reviewer}, draft);
    return {};
}

Result<> MemoryWriter::removeDraft(const RequestId &request, const ReviewerId &reviewer)
{
    m_state.drafts.remove({request, reviewer});
    return {};
}

Result<> MemoryWriter::saveToolDefinition(const ToolDefinition &definition)
{
    m_state.toolDefinitions.insert({definition.connection, definition.tool}, definition);
    return {};
}

Result<> MemoryWriter::insertFeedback(const Feedback &feedback)
{
    if (m_state.feedback.contains(feedback.id) || !m_state.requests.contains(feedback.request) || feedback.score < 1 ||
        feedback.score > 5) {
        return conflict(u"feedback"_s);
    }
    m_state.feedback.insert(feedback.id, feedback);
    return {};
}

Result<> MemoryWriter::eraseContent(const ContentId &id)
{
    if (m_state.contents.remove(id) == 0) {
        return fail({ErrorCode::NotFound, u"Nothing was erased because there is no content %1."_s.arg(id.text()), {}});
    }
    for (const Round &round : std::as_const(m_state.rounds)) {
        if (round.contentId == id) {
            m_state.texts.remove(round.request);
        }
    }
    return {};
}

Result<qint64> MemoryWriter::appendEvent(const AuditEvent &event)
{
    Seal seal;
    seal.sequence = m_state.events.size() + 1;
    seal.event = event.id;
    seal.leafHash = leafHashOf(event.body);
    seal.previousHash = m_state.events.isEmpty() ? Digest{} : m_state.events.last().seal.sealHash;
    seal.sealHash = sealHashOf(seal.sequence, seal.previousHash, seal.leafHash);
    m_state.events.append({event, seal});
    return seal.sequence;
}

Result<qint64> MemoryWriter::nextSettledSequence()
{
    qint64 greatest = 0;
    for (const Request &request : std::as_const(m_state.requests)) {
        greatest = qMax(greatest, request.isOpen() ? 0 : request.settledSequence);
    }
    return greatest + 1;
}

} // namespace countersign
