// SPDX-License-Identifier: Apache-2.0
#include "core/base/log.h"
#include "core/engine/engine_private.h"
#include "core/engine/votes.h"

#include <set>

using namespace Qt::Literals::StringLiterals;

namespace countersign {

namespace {

Error doesNotVerify(const QString &what)
{
    return {ErrorCode::NotAllowed, u"The decision does not verify, so nothing is done: %1"_s.arg(what), {}};
}

/// The quorum of the frozen policy was really reached: by distinct reviewers, each with a good signature on this
/// content.
Result<> checkQuorum(StoreReader &reader, const ReviewerDirectory &people, const WorkspaceId &workspace,
                     const VerifiedOutcome &outcome)
{
    if (outcome.round.policy.quorum <= 1 || !letsItHappen(outcome.decision.verdict)) {
        return {};
    }
    const Result<std::vector<Vote>> votes = loadVotes(reader, workspace, outcome.request.id);
    const Result<std::vector<StatementId>> undone = undoneVotes(reader, outcome.request.id);
    if (!votes || !undone) {
        return votes ? undone.error() : votes.error();
    }
    std::set<QString> agreeing;
    for (const Vote &vote : countingVotes(*votes, *undone, outcome.round.number)) {
        const Result<std::optional<Statement>> statement = reader.statement(vote.statement);
        if (!statement) {
            return statement.error();
        }
        if (*statement && vote.effectiveHash == outcome.decision.effectiveHash &&
            people.verifyCurrent(**statement, vote.reviewer)) {
            agreeing.insert(vote.reviewer.text());
        }
    }
    if (static_cast<int>(agreeing.size()) < outcome.round.policy.quorum) {
        return doesNotVerify(u"%1 of %2 approvals carry a valid signature."_s.arg(
            QString::number(agreeing.size()), QString::number(outcome.round.policy.quorum)));
    }
    return {};
}

} // namespace

Result<> Engine::Private::checkAgreesWithLog(StoreReader &reader, const Request &request) const
{
    const Result<std::vector<StoreReader::SealedEvent>> entries = reader.eventsAbout(request.id.text());
    if (!entries) {
        return entries.error();
    }
    std::optional<RequestFacts> last;
    for (const StoreReader::SealedEvent &entry : *entries) {
        const Result<EventFacts> facts = decodeEvent(entry.event.body);
        if (!facts || leafHashOf(entry.event.body) != entry.seal.leafHash) {
            return doesNotVerify(u"an entry of the log about it was changed."_s);
        }
        last = facts->request ? facts->request : last;
    }
    if (!last || *last != RequestFacts::of(request)) {
        return doesNotVerify(u"its row does not say what the log says: somebody altered the workspace."_s);
    }
    return {};
}

Result<VerifiedOutcome> Engine::Private::verifyOutcome(StoreReader &reader, const RequestId &id)
{
    const Result<Request> request = existing(reader, id);
    if (!request) {
        return request.error();
    }
    const Delivery delivery = request->state.delivery;
    if (request->state.lifecycle != Lifecycle::Decided || delivery == Delivery::Staged || delivery == Delivery::Held ||
        !request->decision) {
        return Error{ErrorCode::NotFound, u"Request %1 has no released decision."_s.arg(id.text()), {}};
    }
    if (const Result<> agrees = checkAgreesWithLog(reader, *request); !agrees) {
        return agrees.error();
    }
    const Result<ReviewerDirectory> people = directory(reader);
    if (!people) {
        return people.error();
    }
    if (!people->hasAdministrator()) {
        return doesNotVerify(u"this workspace has no administrator that this machine trusts."_s);
    }
    const Result<std::optional<Decision>> decision = reader.decision(*request->decision);
    const Result<std::optional<Round>> round = reader.round(id, request->round);
    if (!decision || !round) {
        return decision ? round.error() : decision.error();
    }
    if (!*decision || !*round || (*round)->contentErased || (*decision)->undone || (*decision)->request != id ||
        (*decision)->round != (*round)->number || request->verdict != (*decision)->verdict) {
        return doesNotVerify(u"its rows contradict each other."_s);
    }
    VerifiedOutcome outcome{*request, **round, **decision, {}, {}, {}};

    // The vote: signed by an enrolled reviewer, on exactly this content.
    const Result<std::optional<Statement>> voteStatement = reader.statement(outcome.decision.decidingVote);
    if (!voteStatement) {
        return voteStatement.error();
    }
    if (*voteStatement && (*voteStatement)->kind == "policy"_L1) {
        const RoundContent content = outcome.round.content;
        const Result<> byPolicy = verifyByPolicy(reader, outcome, content);
        return byPolicy ? Result<VerifiedOutcome>(std::move(outcome)) : Result<VerifiedOutcome>(byPolicy.error());
    }
    if (!*voteStatement || (*voteStatement)->kind != "vote"_L1) {
        return doesNotVerify(u"the vote is missing."_s);
    }
    const Result<Vote> vote = decodeVote(workspaceInfo->id, **voteStatement);
    if (!vote) {
        return doesNotVerify(vote.error().message);
    }
    outcome.vote = *vote;
    if (vote->statement != (*voteStatement)->id || vote->request != id || vote->round != outcome.round.number ||
        vote->verdict != outcome.decision.verdict) {
        return doesNotVerify(u"the vote speaks of another request, round or answer."_s);
    }
    // Always against the current key and enrolment: whether a decision was acted on before is written in a row that
    // anybody who can write the file may have edited.
    const Result<> signedVote = people->verifyCurrent(**voteStatement, vote->reviewer);
    if (!signedVote) {
        return doesNotVerify(signedVote.error().message);
    }
    if (payloadHash(workspaceInfo->id, outcome.round) != vote->payloadHash) {
        return doesNotVerify(u"the stored content is not what was signed."_s);
    }
    const Result<std::optional<ContentRow>> content = reader.content(vote->contentId);
    if (!content) {
        return content.error();
    }
    if (!*content || (*content)->commitment() != vote->contentCommitment) {
        return doesNotVerify(u"the reason or the values of the vote are not what was signed."_s);
    }
    Result<VoteContent> voteContent = decodeVoteContent((*content)->body);
    if (!voteContent) {
        return doesNotVerify(voteContent.error().message);
    }
    outcome.vote.content = std::move(*voteContent);
    const Digest effective =
        effectiveHash(vote->payloadHash, vote->verdict, outcome.round.content, outcome.vote.content);
    if (effective != vote->effectiveHash || effective != outcome.decision.effectiveHash) {
        return doesNotVerify(u"what would happen is not what was signed."_s);
    }

    // The release: the same reviewer let exactly this go.
    if (!outcome.decision.release) {
        return doesNotVerify(u"the reviewer has not released it."_s);
    }
    const Result<std::optional<Statement>> releaseStatement = reader.statement(*outcome.decision.release);
    if (!releaseStatement) {
        return releaseStatement.error();
    }
    if (!*releaseStatement || (*releaseStatement)->kind != "release"_L1) {
        return doesNotVerify(u"the reviewer's release is missing."_s);
    }
    const Result<ReleaseBody> release = decodeRelease((*releaseStatement)->body);
    if (!release) {
        return doesNotVerify(release.error().message);
    }
    if (release->workspace != workspaceInfo->id || release->request != id || release->decision != outcome.decision.id ||
        release->vote != vote->statement || release->effectiveHash != effective ||
        release->reviewer != vote->reviewer) {
        return doesNotVerify(u"the release speaks of another decision."_s);
    }
    const Result<> signedRelease = people->verifyCurrent(**releaseStatement, vote->reviewer);
    if (!signedRelease) {
        return doesNotVerify(signedRelease.error().message);
    }
    if (outcome.round.expiresAt && release->at > *outcome.round.expiresAt) {
        return doesNotVerify(u"it was released after its deadline."_s);
    }
    if (const Result<> quorum = checkQuorum(reader, *people, workspaceInfo->id, outcome); !quorum) {
        return quorum.error();
    }
    outcome.releaseToken = release->token;
    return outcome;
}

Result<VerifiedOutcome> Engine::verifiedOutcome(const RequestId &id)
{
    return d->verifyOutcome(m_parts.store, id);
}

Result<> Engine::verifyChangesRequested(const RequestId &id)
{
    const Result<Request> request = d->existing(m_parts.store, id);
    if (!request) {
        return request.error();
    }
    if (request->state.lifecycle != Lifecycle::ChangesRequested) {
        return Error{ErrorCode::WrongState, u"No changes are requested on request %1."_s.arg(id.text()), {}};
    }
    const Result<ReviewerDirectory> people = directory();
    const Result<std::vector<Vote>> votes = loadVotes(m_parts.store, d->workspaceInfo->id, id);
    if (!people || !votes) {
        return people ? votes.error() : people.error();
    }
    if (votes->empty() || votes->back().verdict != Verdict::RequestChanges || votes->back().round != request->round) {
        return doesNotVerify(u"there is no vote that asks for changes."_s);
    }
    const Vote &vote = votes->back();
    const Result<std::optional<Statement>> statement = m_parts.store.statement(vote.statement);
    const Result<std::optional<ContentRow>> content = m_parts.store.content(vote.contentId);
    if (!statement || !content) {
        return statement ? content.error() : statement.error();
    }
    if (!*content || (*content)->commitment() != vote.contentCommitment) {
        return doesNotVerify(u"the words of the vote are not what was signed."_s);
    }
    if (const Result<> good = people->verifyCurrent(**statement, vote.reviewer); !good) {
        return doesNotVerify(good.error().message);
    }
    return {};
}

Result<VerifiedOutcome> Engine::beginExecution(const RequestId &id, const RoundContent &aboutToRun)
{
    std::optional<VerifiedOutcome> begun;
    const Result<> done = m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        Result<VerifiedOutcome> outcome = d->verifyOutcome(writer, id);
        if (!outcome) {
            return outcome.error();
        }
        if (!letsItHappen(outcome->decision.verdict)) {
            return Error{ErrorCode::NotAllowed, u"Request %1 was not approved."_s.arg(id.text()), {}};
        }
        // Recomputed from what is about to run, never taken from the row.
        const Digest payload = payloadHash(d->workspaceInfo->id, id, outcome->round.number, intakeHash(aboutToRun),
                                           outcome->round.policy, outcome->round.expiresAt);
        if (payload != outcome->vote.payloadHash ||
            effectiveHash(payload, outcome->vote.verdict, aboutToRun, outcome->vote.content) !=
                outcome->vote.effectiveHash) {
            return Error{ErrorCode::ContentChanged,
                         u"What is about to run is not what was approved; nothing was started."_s,
                         {}};
        }
        if (!outcome->policyVersion.isEmpty()) {
            if (const Result<> says = d->verifyByPolicy(writer, *outcome, aboutToRun); !says) {
                return says;
            }
        }
        // The second question finds what the file has forgotten: a workspace put back to an earlier state.
        if (outcome->request.state.delivery != Delivery::Released ||
            m_parts.trust.isApprovalUsed(outcome->releaseToken)) {
            return Error{
                ErrorCode::AlreadyDecided, u"This approval was used before: an approval is good for one start."_s, {}};
        }
        if (const Result<> stepped = d->step(outcome->request, RequestEvent::BeginSending); !stepped) {
            return stepped;
        }
        const DeliveryAttempt attempt{d->newId(), outcome->decision.id, 0,     outcome->releaseToken, d->now(),
                                      {},         u"started"_s,         m_seat};
        EventFacts facts = d->facts(u"delivery.started"_s, outcome->request, d->seatActor());
        facts.effectiveHash = outcome->vote.effectiveHash;
        Result<> written = writer.saveSeat(d->ownSeat());
        written = written ? writer.insertDeliveryAttempt(attempt) : written;
        written = written ? writer.updateRequest(outcome->request) : written;
        written = written ? d->append(writer, facts) : written;
        begun = std::move(*outcome);
        return written;
    });
    if (!done) {
        if (done.error().code == ErrorCode::Conflict) {
            return Error{ErrorCode::AlreadyDecided,
                         u"This approval was used before: an approval is good for one start."_s, done.error().detail};
        }
        return done.error();
    }
    d->markUsed(begun->releaseToken);
    return std::move(*begun);
}

/// After the commit, so that a crash in between does not use up an approval that was never started.
void Engine::Private::markUsed(const QString &releaseToken)
{
    q.whenCommitted([this, releaseToken] {
        if (const Result<> marked = q.m_parts.trust.useApproval(releaseToken); !marked) {
            qCWarning(logEngine) << "a start is recorded in the workspace only:" << marked.error().detail;
        }
    });
}

Result<> Engine::finishExecution(const RequestId &id, Outcome outcome)
{
    // The end and how it ended are one change: a crash between them would leave an end that nobody can explain.
    return m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        Result<Request> request = d->existing(writer, id);
        if (!request) {
            return request.error();
        }
        if (!request->decision) {
            return Error{ErrorCode::WrongState, u"Request %1 was not started."_s.arg(id.text()), {}};
        }
        Result<std::vector<DeliveryAttempt>> attempts = writer.deliveryAttempts(*request->decision);
        if (!attempts) {
            return attempts.error();
        }
        if (attempts->empty()) {
            return Error{ErrorCode::WrongState, u"Request %1 was not started."_s.arg(id.text()), {}};
        }
        if (const Result<> stepped = d->step(*request, RequestEvent::Acknowledge); !stepped) {
            return stepped;
        }
        DeliveryAttempt attempt = attempts->back();
        attempt.finishedAt = d->now();
        attempt.result = u"acknowledged"_s;
        Result<std::optional<Decision>> decision = writer.decision(*request->decision);
        if (!decision) {
            return decision.error();
        }
        Result<> written = writer.updateDeliveryAttempt(attempt);
        if (written && *decision) {
            (*decision)->acknowledgedAt = d->now();
            written = writer.updateDecision(**decision);
        }
        written = written ? writer.updateRequest(*request) : written;
        written = written ? d->append(writer, d->facts(u"delivery.acknowledged"_s, *request, d->seatActor())) : written;
        return written ? d->writeOutcome(writer, *request, outcome) : written;
    });
}

Result<> Engine::acknowledge(const RequestId &id)
{
    const Result<Request> now = d->existing(m_parts.store, id);
    if (!now) {
        return now.error();
    }
    if (now->state.delivery != Delivery::Released) {
        return {};
    }
    return m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        const Result<VerifiedOutcome> outcome = d->verifyOutcome(writer, id);
        if (!outcome) {
            return outcome.error();
        }
        Request request = outcome->request;
        if (request.state.delivery != Delivery::Released) {
            return {};
        }
        if (const Result<> stepped = d->step(request, RequestEvent::Acknowledge); !stepped) {
            return stepped;
        }
        Decision decision = outcome->decision;
        decision.acknowledgedAt = d->now();
        const DeliveryAttempt attempt{d->newId(), decision.id,       0,     outcome->releaseToken, d->now(),
                                      d->now(),   u"acknowledged"_s, m_seat};
        EventFacts facts = d->facts(u"delivery.acknowledged"_s, request, d->seatActor());
        facts.effectiveHash = decision.effectiveHash;
        Result<> written = writer.insertDeliveryAttempt(attempt);
        written = written ? writer.updateDecision(decision) : written;
        written = written ? writer.updateRequest(request) : written;
        return written ? d->append(writer, facts) : written;
    });
}

} // namespace countersign
