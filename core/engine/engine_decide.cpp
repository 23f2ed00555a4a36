// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "core/base/log.h"
#include "core/engine/engine_private.h"
#include "core/engine/request_json.h"
#include "core/engine/schema_fit.h"
#include "core/engine/votes.h"

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign {

namespace {

Result<> checkOrderTexts(const DecideOrder &order)
{
    if (order.content.reason.toUtf8().size() > 64 * 1024) {
        return Error{ErrorCode::TooLarge, u"The reason is longer than 65536 bytes."_s, {}};
    }
    const auto needs = [&](const QByteArray &text, const QString &what) -> Result<> {
        if (text.isEmpty()) {
            return Error{ErrorCode::InvalidInput, u"The decision lacks its %1."_s.arg(what), {}};
        }
        const Result<JsonValue> value = readJson(text, JsonLimits::decisionPayload());
        if (!value) {
            return Error{value.error().code, u"The %1 cannot be sent: %2"_s.arg(what, value.error().message), {}};
        }
        return {};
    };
    if (order.verdict == Verdict::ApproveEdited) {
        if (const Result<> checked = needs(order.content.arguments, u"edited arguments"_s); !checked) {
            return checked;
        }
    }
    if (order.verdict == Verdict::Answer) {
        if (const Result<> checked = needs(order.content.answer, u"answer"_s); !checked) {
            return checked;
        }
    }
    if (order.verdict == Verdict::RequestChanges && order.content.reason.trimmed().isEmpty()) {
        return Error{ErrorCode::InvalidInput, u"Say which changes are wanted: the asker gets your words."_s, {}};
    }
    if (!order.content.metadata.isEmpty()) {
        const Result<JsonValue> metadata = readJson(order.content.metadata, JsonLimits::decisionPayload());
        if (!metadata || !metadata->isObject()) {
            return Error{ErrorCode::InvalidInput, u"The metadata must be one JSON object."_s, {}};
        }
    }
    return {};
}

/// Is this answer one that the asker can take and that this way of deciding may give?
Result<> checkAllowed(const DecideOrder &order, const Round &round, std::optional<bool> commandLine)
{
    const std::vector<Verdict> &allowed = round.content.allowed;
    if (!round.content.unreviewable.isEmpty() && letsItHappen(order.verdict)) {
        return Error{ErrorCode::NotAllowed,
                     u"This request cannot be reviewed, so it can only be rejected or declined: %1"_s.arg(
                         round.content.unreviewable),
                     {}};
    }
    if (std::find(allowed.begin(), allowed.end(), order.verdict) == allowed.end()) {
        return Error{ErrorCode::InvalidInput,
                     u"The asker of this request cannot take the answer “%1”."_s.arg(toText(order.verdict)),
                     {}};
    }
    const bool here = commandLine.value_or(rulesOf(round.policy.tier).decidableFromCommandLine);
    if (order.fromCommandLine && letsItHappen(order.verdict) && !here) {
        return Error{ErrorCode::NotAllowed,
                     commandLine ? u"The policy wants this tool to be decided in the window, where it can be read."_s
                                 : u"A request of the high tier is decided in the window, where it can be read."_s,
                     {}};
    }
    return {};
}

/// A rule that denies holds for what a reviewer writes, too.
Result<> checkEdited(const CompiledPolicy &policy, const Request &request, const Round &round, const DecideOrder &order)
{
    RoundContent edited = round.content;
    edited.arguments = order.content.arguments;
    const PolicyVerdict says = policy.evaluate({edited, request.agentName, request.connection});
    return says.action == PolicyAction::Deny
               ? Result<>(Error{ErrorCode::NotAllowed,
                                u"The policy of this workspace denies the arguments as edited: "_s + says.message,
                                {}})
               : Result<>();
}

HeldRow held(const Statement &statement)
{
    return {statement.id.text(), statement.digest()};
}

} // namespace

/// Outside the transaction: a schema may take its time. The payload hash, compared again inside, covers the schema.
Result<> Engine::Private::checkFits(const DecideOrder &order)
{
    if (order.verdict != Verdict::Answer && order.verdict != Verdict::ApproveEdited) {
        return {};
    }
    const Result<std::optional<Request>> request = store().request(order.request);
    if (!request || !*request) {
        return {}; // The decision says so itself.
    }
    const Result<std::optional<Round>> round = store().round(order.request, (*request)->round);
    if (!round || !*round || (*round)->payloadHash != order.payloadHash) {
        return {};
    }
    return fitsSchema(**round, order.verdict, order.content);
}

Result<Decided> Engine::decide(const DecideOrder &order)
{
    if (const Result<> unlocked = d->requireUnlocked(); !unlocked) {
        return unlocked.error();
    }
    if (const Result<> checked = checkOrderTexts(order); !checked) {
        return checked.error();
    }
    if (const Result<> fits = d->checkFits(order); !fits) {
        return fits.error();
    }
    Decided decided;
    bool staged = false;
    bool wroteSeat = false;
    const Result<> done = m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        const Timestamp now = d->now();
        Result<Request> found = d->existing(writer, order.request);
        if (!found) {
            return found.error();
        }
        Request &request = *found;
        if (request.state.lifecycle != Lifecycle::Pending) {
            return d->alreadySettled(writer, request);
        }
        if (request.expiresAt && *request.expiresAt <= now) {
            return Error{
                ErrorCode::Expired, u"The deadline of this request has passed: your answer was not recorded."_s, {}};
        }
        const Digest keyId = m_unlocked->key.publicKey().fingerprint();
        const Result<Reviewer> reviewer = d->currentReviewer(writer);
        if (!reviewer) {
            return reviewer.error();
        }
        const Result<Round> round = d->soundRound(writer, request);
        if (!round) {
            return round.error();
        }
        if (order.payloadHash != round->payloadHash) {
            return Error{ErrorCode::ContentChanged,
                         u"The request is not the one you saw: it changed meanwhile. Read it again."_s,
                         {}};
        }
        if (order.revision && *order.revision != request.revision) {
            return Error{ErrorCode::Conflict,
                         u"Something about this request changed while you read it. Look again, then decide."_s,
                         {}};
        }
        if (request.isClaimedAt(now) && request.claimedBy != reviewer->id) {
            return Error{
                ErrorCode::Conflict,
                u"%1 has claimed this request: ask them, or wait until the claim ends."_s.arg(request.claimedByName),
                {}};
        }
        const Result<std::optional<bool>> commandLine = d->checkFrozenPolicy(writer, request, *round, order.verdict);
        if (!commandLine) {
            return commandLine.error();
        }
        if (const Result<> allowed = checkAllowed(order, *round, *commandLine); !allowed) {
            return allowed;
        }
        if (order.verdict == Verdict::ApproveEdited && round->policy.version != builtinPolicyVersion()) {
            const Result<Private::SignedPolicy> frozen = d->policyOfRound(writer, round->policy.version);
            const Result<> edited =
                frozen ? checkEdited(*frozen->policy, request, *round, order) : Result<>(frozen.error());
            if (!edited) {
                return edited;
            }
        }
        // The vote.
        Vote vote;
        vote.statement = StatementId(d->newId());
        vote.request = request.id;
        vote.round = round->number;
        vote.payloadHash = round->payloadHash;
        vote.effectiveHash = effectiveHash(round->payloadHash, order.verdict, round->content, order.content);
        vote.verdict = order.verdict;
        vote.reasonCode = order.reasonCode;
        vote.shown = order.shown;
        vote.reviewer = reviewer->id;
        vote.reviewerName = reviewer->name;
        vote.keyId = keyId;
        vote.at = now;
        vote.content = order.content;
        const ContentRow content = d->newContent(u"vote"_s, encodeVoteContent(order.content));
        vote.contentId = content.id;
        vote.contentCommitment = content.commitment();
        Statement statement = signStatement(vote.statement, u"vote"_s, request.id.text(),
                                            encodeVote(d->workspaceInfo->id, vote), m_unlocked->key);
        statement.content = content.id;

        std::optional<Verdict> outcome = order.verdict;
        if (request.quorum > 1) {
            Result<std::vector<Vote>> votes = loadVotes(writer, d->workspaceInfo->id, request.id);
            const Result<std::vector<StatementId>> undone = undoneVotes(writer, request.id);
            if (!votes || !undone) {
                return votes ? undone.error() : votes.error();
            }
            votes->push_back(vote);
            outcome = outcomeOf(countingVotes(*votes, *undone, round->number), request.quorum);
        }
        const RequestEvent event = !outcome                              ? RequestEvent::Vote
                                   : *outcome == Verdict::RequestChanges ? RequestEvent::RequestChanges
                                                                         : RequestEvent::Decide;
        if (const Result<> stepped = d->step(request, event); !stepped) {
            return stepped;
        }
        std::optional<Decision> decision;
        if (event == RequestEvent::Decide) {
            decision = Decision{};
            decision->id = DecisionId(d->newId());
            decision->request = request.id;
            decision->round = round->number;
            decision->verdict = *outcome;
            decision->decidingVote = statement.id;
            decision->reviewer = reviewer->id;
            decision->reviewerName = reviewer->name;
            decision->payloadHash = vote.payloadHash;
            decision->effectiveHash = vote.effectiveHash;
            decision->decidedAt = now;
            decision->seat = m_seat;
            if (order.staging == Staging::Stage) {
                decision->releaseAt = now + rulesOf(round->policy.tier).staging;
                if (request.expiresAt) {
                    // The deadline binds the release (MODEL.md section 3): staging ends before it.
                    decision->releaseAt = std::max(now, std::min(*decision->releaseAt, *request.expiresAt - 250ms));
                }
            }
            request.decision = decision->id;
            request.verdict = *outcome;
            request.settledAt = now;
            request.deferredUntil.reset();
        }
        EventFacts facts = d->facts(u"vote.cast"_s, request, d->reviewerActor());
        facts.payloadHash = vote.payloadHash;
        facts.effectiveHash = vote.effectiveHash;
        facts.statements = {held(statement)};
        facts.contents = {{content.id.text(), vote.contentCommitment}};
        Result<> written = writer.insertContent(content);
        written = written ? writer.insertStatement(statement) : written;
        written = written && decision ? writer.insertDecision(*decision) : written;
        written = written ? writer.updateRequest(request) : written;
        written = written ? d->append(writer, facts) : written;
        if (written && decision && order.staging == Staging::ReleaseAtOnce) {
            const Statement release = d->signRelease(*decision, now);
            written = d->writeRelease(writer, request, *decision, release, d->reviewerActor());
        } else if (written && decision) {
            staged = true;
            // Others judge by this row whether the staging still has its owner.
            if (!d->announcedAt || *d->announcedAt + 5s < now) {
                written = writer.saveSeat(d->ownSeat());
                wroteSeat = true;
            }
        }
        decided = {request, decision};
        return written;
    });
    if (!done) {
        qCInfo(logEngine) << "decision on" << order.request.text() << "refused:" << toText(done.error().code);
        return done.error();
    }
    if (wroteSeat) {
        whenCommitted([this, at = d->now()] { d->announcedAt = at; });
    }
    if (staged) {
        d->preparedReleases.insert_or_assign(decided.decision->id.text(),
                                             Private::PreparedRelease{*decided.decision, {}});
    }
    return decided;
}

namespace {

Result<> requireOpen(const Request &request)
{
    if (!request.isOpen()) {
        return Error{ErrorCode::WrongState, u"Request %1 no longer waits for anybody."_s.arg(request.id.text()), {}};
    }
    return {};
}

} // namespace

Result<Request> Engine::claim(const RequestId &id, std::chrono::milliseconds lease)
{
    if (const Result<> unlocked = d->requireUnlocked(); !unlocked) {
        return unlocked.error();
    }
    std::optional<Request> claimed;
    const Result<> done = m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        if (const Result<Reviewer> current = d->currentReviewer(writer); !current) {
            return current.error();
        }
        Result<Request> request = d->existing(writer, id);
        if (!request) {
            return request.error();
        }
        const ReviewerId &me = m_unlocked->reviewer.id;
        if (request->isClaimedAt(d->now()) && request->claimedBy != me) {
            return Error{
                ErrorCode::Conflict, u"%1 has claimed this request already."_s.arg(request->claimedByName), {}};
        }
        if (const Result<> stepped = d->step(*request, RequestEvent::Claim); !stepped) {
            return stepped;
        }
        request->claimedBy = me;
        request->claimedByName = m_unlocked->reviewer.name;
        request->claimedUntil = d->now() + lease;
        claimed = *request;
        EventFacts facts = d->facts(u"request.claimed"_s, *request, d->reviewerActor());
        facts.more = JsonValue::object();
        facts.more.set("until", JsonValue::fromString(toRfc3339(*request->claimedUntil)));
        const Result<> written = writer.updateRequest(*request);
        return written ? d->append(writer, facts) : written;
    });
    return done ? Result<Request>(*claimed) : Result<Request>(done.error());
}

Result<Request> Engine::releaseClaim(const RequestId &id)
{
    if (const Result<> unlocked = d->requireUnlocked(); !unlocked) {
        return unlocked.error();
    }
    std::optional<Request> freed;
    const Result<> done = m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        if (const Result<Reviewer> current = d->currentReviewer(writer); !current) {
            return current.error();
        }
        Result<Request> request = d->existing(writer, id);
        if (!request) {
            return request.error();
        }
        if (const Result<> open = requireOpen(*request); !open) {
            return open;
        }
        if (request->claimedBy != m_unlocked->reviewer.id) {
            return Error{ErrorCode::NotAllowed, u"You have not claimed this request."_s, {}};
        }
        request->claimedBy.reset();
        request->claimedByName.clear();
        request->claimedUntil.reset();
        ++request->revision;
        freed = *request;
        const Result<> written = writer.updateRequest(*request);
        return written ? d->append(writer, d->facts(u"request.claim-released"_s, *request, d->reviewerActor()))
                       : written;
    });
    return done ? Result<Request>(*freed) : Result<Request>(done.error());
}

Result<Request> Engine::defer(const RequestId &id, Timestamp until)
{
    if (const Result<> unlocked = d->requireUnlocked(); !unlocked) {
        return unlocked.error();
    }
    std::optional<Request> deferred;
    const Result<> done = m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        if (const Result<Reviewer> current = d->currentReviewer(writer); !current) {
            return current.error();
        }
        Result<Request> request = d->existing(writer, id);
        if (!request) {
            return request.error();
        }
        if (until <= d->now()) {
            return Error{ErrorCode::InvalidInput, u"A request is deferred to a time that is still to come."_s, {}};
        }
        if (request->expiresAt && until >= *request->expiresAt) {
            return Error{
                ErrorCode::InvalidInput, u"The request would expire before that time: choose an earlier one."_s, {}};
        }
        if (const Result<> stepped = d->step(*request, RequestEvent::Defer); !stepped) {
            return stepped;
        }
        request->deferredUntil = until;
        deferred = *request;
        EventFacts facts = d->facts(u"request.deferred"_s, *request, d->reviewerActor());
        facts.more = JsonValue::object();
        facts.more.set("until", JsonValue::fromString(toRfc3339(until)));
        const Result<> written = writer.updateRequest(*request);
        return written ? d->append(writer, facts) : written;
    });
    return done ? Result<Request>(*deferred) : Result<Request>(done.error());
}

Result<Request> Engine::delegate(const RequestId &id, const QString &reviewerName)
{
    if (const Result<> unlocked = d->requireUnlocked(); !unlocked) {
        return unlocked.error();
    }
    std::optional<Request> delegated;
    const Result<> done = m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        if (const Result<Reviewer> current = d->currentReviewer(writer); !current) {
            return current.error();
        }
        Result<Request> request = d->existing(writer, id);
        if (!request) {
            return request.error();
        }
        if (const Result<> open = requireOpen(*request); !open) {
            return open;
        }
        const Result<ReviewerDirectory> people = d->directory(writer);
        if (!people) {
            return people.error();
        }
        const Reviewer *to = people->findByName(reviewerName);
        if (!to || !to->isActive()) {
            return Error{ErrorCode::NotFound, u"There is no active reviewer named %1."_s.arg(reviewerName), {}};
        }
        request->delegatedTo = to->id;
        request->claimedBy.reset();
        request->claimedByName.clear();
        request->claimedUntil.reset();
        ++request->revision;
        delegated = *request;
        EventFacts facts = d->facts(u"request.delegated"_s, *request, d->reviewerActor());
        facts.more = JsonValue::object();
        facts.more.set("to", JsonValue::fromString(to->id.text()));
        const Result<> written = writer.updateRequest(*request);
        return written ? d->append(writer, facts) : written;
    });
    return done ? Result<Request>(*delegated) : Result<Request>(done.error());
}

} // namespace countersign
