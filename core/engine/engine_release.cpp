// SPDX-License-Identifier: Apache-2.0
#include "core/engine/engine_private.h"

#include <QtCore/QDateTime>

using namespace Qt::Literals::StringLiterals;

namespace countersign {

namespace {

QString clockTime(Timestamp time)
{
    return QDateTime::fromMSecsSinceEpoch(toUnixMs(time), Qt::UTC).toString(u"yyyy-MM-dd HH:mm 'UTC'"_s);
}

QString pastTense(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Approve:
        return u"approved"_s;
    case Verdict::ApproveEdited:
        return u"approved it as edited"_s;
    case Verdict::Reject:
        return u"rejected"_s;
    case Verdict::RequestChanges:
        return u"asked for changes"_s;
    case Verdict::Answer:
        return u"answered"_s;
    case Verdict::Decline:
        return u"declined"_s;
    case Verdict::Cancel:
        break;
    }
    return u"cancelled"_s;
}

} // namespace

Error Engine::Private::alreadySettled(StoreReader &reader, const Request &request)
{
    const QString since = request.settledAt ? u" at "_s + clockTime(*request.settledAt) : QString();
    switch (request.state.lifecycle) {
    case Lifecycle::Decided: {
        if (request.decision) {
            const Result<std::optional<Decision>> decision = reader.decision(*request.decision);
            if (decision && *decision) {
                return {
                    ErrorCode::AlreadyDecided,
                    u"%1 decided this request at %2 (%3): your answer was not recorded."_s.arg(
                        (*decision)->reviewerName, clockTime((*decision)->decidedAt), pastTense((*decision)->verdict)),
                    {}};
            }
        }
        return {ErrorCode::AlreadyDecided,
                u"This request was decided already%1: your answer was not recorded."_s.arg(since),
                {}};
    }
    case Lifecycle::Expired:
        return {ErrorCode::Expired, u"This request expired%1: your answer was not recorded."_s.arg(since), {}};
    case Lifecycle::Withdrawn:
        return {ErrorCode::WrongState,
                u"The asker withdrew this request%1: your answer was not recorded."_s.arg(since),
                {}};
    case Lifecycle::Superseded:
        return {ErrorCode::WrongState,
                u"This request was settled elsewhere%1: your answer was not recorded."_s.arg(since),
                {}};
    case Lifecycle::ChangesRequested:
        return {ErrorCode::WrongState, u"Changes were requested: the asker's next version must come first."_s, {}};
    case Lifecycle::Pending:
        break;
    }
    return {ErrorCode::WrongState, u"This request still waits."_s, {}};
}

Statement Engine::Private::signRelease(const Decision &decision, Timestamp at)
{
    Q_ASSERT(q.m_unlocked && workspaceInfo);
    const ReleaseBody body{workspaceInfo->id,
                           decision.request,
                           decision.id,
                           decision.decidingVote,
                           decision.effectiveHash,
                           QString::fromLatin1(q.m_parts.ids.randomBytes(32).toHex()),
                           q.m_unlocked->reviewer.id,
                           at};
    return signStatement(StatementId(newId()), u"release"_s, decision.request.text(), encodeBody(body),
                         q.m_unlocked->key);
}

void Engine::Private::signPreparedReleases()
{
    for (auto &[id, prepared] : preparedReleases) {
        if (!prepared.statement && q.m_unlocked && q.m_unlocked->reviewer.id == prepared.decision.reviewer) {
            prepared.statement = signRelease(prepared.decision, *prepared.decision.releaseAt);
        }
    }
}

Result<> Engine::Private::writeRelease(StoreWriter &writer, Request &request, Decision &decision,
                                       const Statement &release, Actor actor)
{
    if (const Result<> stepped = step(request, RequestEvent::Release); !stepped) {
        return stepped;
    }
    if (const Result<> settled = settle(writer, request, {}); !settled) {
        return settled;
    }
    decision.release = release.id;
    decision.releasedAt = now();
    EventFacts facts = this->facts(u"decision.released"_s, request, std::move(actor));
    facts.payloadHash = decision.payloadHash;
    facts.effectiveHash = decision.effectiveHash;
    facts.statements = {{release.id.text(), release.digest()}};
    Result<> written = writer.insertStatement(release);
    written = written ? writer.updateDecision(decision) : written;
    written = written ? writer.updateRequest(request) : written;
    written = written && request.expiresAt ? writer.removeTimers(request.id, u"expire"_s) : written;
    return written ? append(writer, facts) : written;
}

Result<> Engine::Private::hold(StoreWriter &writer, Request &request, const Decision &decision)
{
    if (request.decision != decision.id || request.state.delivery != Delivery::Staged) {
        return {};
    }
    if (const Result<> stepped = step(request, RequestEvent::Hold); !stepped) {
        return stepped;
    }
    if (const Result<> updated = writer.updateRequest(request); !updated) {
        return updated;
    }
    return append(writer, facts(u"decision.held"_s, request, seatActor()));
}

Result<> Engine::Private::expire(StoreWriter &writer, Request &request)
{
    if (const Result<> stepped = step(request, RequestEvent::Expire); !stepped) {
        return stepped;
    }
    if (const Result<> settled = settle(writer, request, u"Its deadline passed"_s); !settled) {
        return settled;
    }
    request.settledAt = now();
    Result<> written = writer.updateRequest(request);
    written = written ? writer.removeTimers(request.id, u"expire"_s) : written;
    return written ? append(writer, facts(u"request.expired"_s, request, seatActor())) : written;
}

Result<Request> Engine::release(const RequestId &id)
{
    if (const Result<> unlocked = d->requireUnlocked(); !unlocked) {
        return unlocked.error();
    }
    std::optional<Request> released;
    const Result<> done = m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        Result<Request> request = d->existing(writer, id);
        if (!request) {
            return request.error();
        }
        const bool waiting = request->state.delivery == Delivery::Staged || request->state.delivery == Delivery::Held;
        if (!request->decision || !waiting) {
            return Error{
                ErrorCode::WrongState, u"Request %1 has no decision that waits for its release."_s.arg(id.text()), {}};
        }
        Result<std::optional<Decision>> decision = writer.decision(*request->decision);
        if (!decision) {
            return decision.error();
        }
        if (!*decision) {
            return Error{
                ErrorCode::Damaged, u"The decision on request %1 is missing from the workspace."_s.arg(id.text()), {}};
        }
        if ((*decision)->reviewer != m_unlocked->reviewer.id) {
            return Error{ErrorCode::NotAllowed,
                         u"%1 decided this request: only they can release it."_s.arg((*decision)->reviewerName),
                         {}};
        }
        if (request->expiresAt && *request->expiresAt <= d->now()) {
            return Error{
                ErrorCode::Expired,
                u"The deadline of request %1 has passed: its decision can no longer be released."_s.arg(id.text()),
                {}};
        }
        const Result<ReviewerDirectory> people = d->directory(writer);
        const Result<Reviewer> current = d->currentReviewer(writer);
        const Result<std::optional<Statement>> vote = writer.statement((*decision)->decidingVote);
        if (!people || !current || !vote) {
            return !people ? people.error() : !current ? current.error() : vote.error();
        }
        if (!*vote || !people->verifyCurrent(**vote, m_unlocked->reviewer.id)) {
            return Error{ErrorCode::NotAllowed,
                         u"The decision on request %1 was signed with a key that was replaced since: take it back and "
                         "decide again."_s.arg(id.text()),
                         {}};
        }
        const Statement statement = d->signRelease(**decision, d->now());
        if (const Result<> written = d->writeRelease(writer, *request, **decision, statement, d->reviewerActor());
            !written) {
            return written;
        }
        released = *request;
        return {};
    });
    if (!done) {
        return done.error();
    }
    whenCommitted([this, decision = released->decision->text()] { d->preparedReleases.erase(decision); });
    return *released;
}

Result<Request> Engine::undo(const RequestId &id)
{
    if (const Result<> unlocked = d->requireUnlocked(); !unlocked) {
        return unlocked.error();
    }
    std::optional<Request> undone;
    QString decisionId;
    const Result<> done = m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        if (const Result<Reviewer> current = d->currentReviewer(writer); !current) {
            return current.error();
        }
        Result<Request> request = d->existing(writer, id);
        if (!request) {
            return request.error();
        }
        StatementId vote;
        std::optional<Decision> decision;
        if (request->decision) {
            const Result<std::optional<Decision>> stored = writer.decision(*request->decision);
            if (!stored) {
                return stored.error();
            }
            decision = *stored;
            vote = decision ? decision->decidingVote : StatementId();
        } else if (request->state.lifecycle == Lifecycle::ChangesRequested) {
            const Result<std::vector<Statement>> votes = writer.statements(u"vote"_s, id.text());
            if (!votes) {
                return votes.error();
            }
            vote = votes->empty() ? StatementId() : votes->back().id;
        }
        const Result<std::optional<Statement>> statement = writer.statement(vote);
        if (!statement) {
            return statement.error();
        }
        if (!*statement) {
            return Error{ErrorCode::WrongState, u"Request %1 has no decision to take back."_s.arg(id.text()), {}};
        }
        if ((*statement)->kind == "policy"_L1) {
            return Error{
                ErrorCode::WrongState,
                u"The policy decided request %1 and let it go at once: there is nothing to take back."_s.arg(id.text()),
                {}};
        }
        const Result<Vote> cast = decodeVote(d->workspaceInfo->id, **statement);
        if (!cast) {
            return cast.error();
        }
        if (cast->reviewer != m_unlocked->reviewer.id) {
            return Error{ErrorCode::NotAllowed,
                         u"%1 decided this request: only they can take it back."_s.arg(cast->reviewerName),
                         {}};
        }
        if (const Result<> stepped = d->step(*request, RequestEvent::Undo); !stepped) {
            return stepped;
        }
        const UndoBody body{d->workspaceInfo->id, id, vote, m_unlocked->reviewer.id, d->now()};
        const Statement undo =
            signStatement(StatementId(d->newId()), u"undo"_s, id.text(), encodeBody(body), m_unlocked->key);
        request->decision.reset();
        request->verdict.reset();
        request->settledAt.reset();
        EventFacts facts = d->facts(u"decision.undone"_s, *request, d->reviewerActor());
        facts.statements = {{undo.id.text(), undo.digest()}};
        Result<> written = writer.insertStatement(undo);
        if (written && decision) {
            decision->undone = true;
            decisionId = decision->id.text();
            written = writer.updateDecision(*decision);
        }
        written = written ? writer.updateRequest(*request) : written;
        undone = *request;
        return written ? d->append(writer, facts) : written;
    });
    if (!done) {
        return done.error();
    }
    whenCommitted([this, decisionId] { d->preparedReleases.erase(decisionId); });
    return *undone;
}

} // namespace countersign
