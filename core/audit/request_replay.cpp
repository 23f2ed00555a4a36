// SPDX-License-Identifier: Apache-2.0
#include "core/audit/request_replay.h"

#include "core/domain/hashes.h"

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

/// Which ways of the state table an entry may take. `Unchanged`: it may also leave the state as it is.
struct Ways {
    std::vector<RequestEvent> events;
    bool unchanged = false;
};

const QHash<QString, Ways> &waysOfKinds()
{
    using E = RequestEvent;
    static const QHash<QString, Ways> ways{{u"request.revised"_s, {{E::Revise}}},
                                           {u"request.claimed"_s, {{E::Claim}}},
                                           {u"request.claim-released"_s, {{}, true}},
                                           {u"request.deferred"_s, {{E::Defer}}},
                                           {u"request.delegated"_s, {{}, true}},
                                           {u"request.expired"_s, {{E::Expire}}},
                                           {u"request.withdrawn"_s, {{E::Withdraw}}},
                                           {u"request.superseded"_s, {{E::Supersede}}},
                                           {u"vote.cast"_s, {{E::Vote, E::Decide, E::RequestChanges}}},
                                           {u"decision.undone"_s, {{E::Undo}}},
                                           {u"decision.held"_s, {{E::Hold}}},
                                           {u"decision.released"_s, {{E::Release}}},
                                           {u"delivery.started"_s, {{E::BeginSending, E::SendAgain}}},
                                           {u"delivery.acknowledged"_s, {{E::Acknowledge}}},
                                           {u"delivery.unknown"_s, {{E::LoseContact}}},
                                           {u"delivery.undeliverable"_s, {{E::GiveUp}}},
                                           {u"outcome.reported"_s, {{}, true}},
                                           {u"feedback.given"_s, {{}, true}}};
    return ways;
}

bool speaksOfRequest(const QString &kind)
{
    return kind == "request.filed"_L1 || kind == "decision.automatic"_L1 || waysOfKinds().contains(kind);
}

/// These do not touch the request's row.
bool mayLackFacts(const QString &kind)
{
    return kind == "outcome.reported"_L1 || kind == "feedback.given"_L1;
}

bool isStep(const QString &kind, const RequestState &from, const RequestState &to)
{
    const Ways ways = waysOfKinds().value(kind);
    if (kind == "decision.automatic"_L1) {
        // Decided and released in one step.
        const Result<RequestState> decided = nextState(from, RequestEvent::Decide);
        const Result<RequestState> released = decided ? nextState(*decided, RequestEvent::Release) : decided;
        return released && *released == to;
    }
    return (ways.unchanged && from == to) || std::any_of(ways.events.begin(), ways.events.end(), [&](RequestEvent way) {
               const Result<RequestState> next = nextState(from, way);
               return next && *next == to;
           });
}

/// From here on no vote of the round counts any more.
bool isBeyondVotes(const RequestState &state)
{
    return !state.isOpen() && state.delivery != Delivery::Staged && state.delivery != Delivery::Held;
}

} // namespace

Result<std::optional<ReviewerId>> RequestReplay::apply(const AuditEntry &entry, const HeldRows &held,
                                                       const ReviewerDirectory &directory, const AppliedPolicy *inForce)
{
    const QString &kind = entry.facts.kind;
    if (!speaksOfRequest(kind)) {
        if (entry.facts.request) {
            m_findings.add(entry, u"It speaks of a request's state, which entries of its kind do not."_s);
        }
        return Signer();
    }
    Track *track = enter(entry);
    if (track && kind == "outcome.reported"_L1) {
        if (const Result<> checked = checkOutcome(entry, held, *track); !checked) {
            return checked.error();
        }
    }
    if (!track || !entry.facts.request) {
        return Signer();
    }
    Result<Signer> signer = Signer();
    checkExpectation(entry, *track);
    if (kind == "request.filed"_L1 || kind == "request.revised"_L1) {
        track->votes.clear();
        if (const Result<> checked = checkRound(entry, held, inForce, *track); !checked) {
            return checked.error();
        }
    } else if (kind == "vote.cast"_L1) {
        signer = checkVote(entry, held, directory, *track);
    } else if (kind == "decision.released"_L1) {
        signer = checkRelease(entry, held, directory, *track);
    } else if (kind == "decision.automatic"_L1) {
        if (const Result<> checked = checkAutomatic(entry, held, directory, inForce, *track); !checked) {
            return checked.error();
        }
    } else if (kind == "decision.undone"_L1) {
        signer = checkUndo(entry, held, directory, *track);
    }
    track->follow(entry, held, directory);
    if (isBeyondVotes(track->facts.state)) {
        std::vector<CountedVote>().swap(track->votes); // The history may be long: give the memory back.
    }
    return signer;
}

RequestReplay::Track *RequestReplay::enter(const AuditEntry &entry)
{
    const RequestId id(entry.facts.subject);
    if (id.isEmpty()) {
        m_findings.add(entry, u"It does not say which request it speaks of."_s);
        return nullptr;
    }
    if (!entry.facts.request && !mayLackFacts(entry.facts.kind)) {
        m_findings.add(entry, u"It does not say in which state it left the request."_s);
        return nullptr;
    }
    const auto known = m_tracks.find(id);
    if (entry.facts.kind == "request.filed"_L1) {
        const RequestFacts first;
        if (known != m_tracks.end()) {
            m_findings.add(entry, u"The request %1 was filed before."_s.arg(shownId(id.text())));
        } else if (*entry.facts.request != first) {
            m_findings.add(entry, u"A request begins pending, in revision 1 and round 1, but it says: %1."_s.arg(
                                      describeFacts(*entry.facts.request)));
        }
        m_named.add(RowKind::Request, id.text());
        return &m_tracks[id];
    }
    if (known == m_tracks.end()) {
        m_findings.add(entry, u"No entry before it says that the request %1 was filed."_s.arg(shownId(id.text())));
        return entry.facts.request ? &m_tracks[id] : nullptr;
    }
    if (entry.facts.request) {
        checkStep(entry, *known);
    }
    return &*known;
}

void RequestReplay::checkStep(const AuditEntry &entry, const Track &before)
{
    const RequestFacts &from = before.facts;
    const RequestFacts &to = *entry.facts.request;
    const int expectedRound = from.round + (entry.facts.kind == "request.revised"_L1 ? 1 : 0);
    if (!isStep(entry.facts.kind, from.state, to.state) || to.revision < from.revision || to.round != expectedRound) {
        m_findings.add(entry, u"“%1” does not lead from (%2) to (%3)."_s.arg(entry.facts.kind, describeFacts(from),
                                                                             describeFacts(to)));
    }
}

Result<std::optional<RequestReplay::SoundRound>> RequestReplay::soundRound(const RequestId &request, int number)
{
    Result<std::vector<Round>> rounds = m_source.rounds(request);
    if (!rounds) {
        return rounds.error();
    }
    const auto found = std::find_if(rounds->begin(), rounds->end(), [&](const Round &round) {
        return round.number == number && round.request == request;
    });
    if (found == rounds->end()) {
        return std::optional<SoundRound>();
    }
    SoundRound sound;
    sound.row = std::move(*found);
    Result<std::optional<ContentRow>> content = m_source.content(sound.row.contentId);
    if (!content) {
        return content.error();
    }
    sound.contentRow = std::move(*content);
    Digest intake = sound.row.intakeHash; // Of an erased content it is all there is; the entry holds it, too.
    if (sound.contentRow) {
        Result<RoundContent> decoded = decodeRoundContent(sound.contentRow->body);
        if (decoded) {
            intake = intakeHash(*decoded);
            sound.content = std::move(*decoded);
        }
    }
    sound.payloadHash = payloadHash(m_workspace, request, number, intake, sound.row.policy, sound.row.expiresAt);
    return std::optional(std::move(sound));
}

Result<> RequestReplay::checkRound(const AuditEntry &entry, const HeldRows &held, const AppliedPolicy *inForce,
                                   Track &track)
{
    const EventFacts &facts = entry.facts;
    const Result<std::optional<SoundRound>> read = soundRound(RequestId(facts.subject), facts.request->round);
    if (!read) {
        return read.error();
    }
    if (!*read) {
        m_findings.add(entry, u"The round %1 that it files is gone."_s.arg(facts.request->round));
        return {};
    }
    const SoundRound &round = **read;
    m_named.add(RowKind::Round, NamedRows::ofRound(round.row.request, round.row.number));
    if (!sameMoment(round.row.createdAt, facts.at)) {
        m_findings.add(entry, u"The round %1 says that it was filed at another time."_s.arg(round.row.number));
    }
    const bool isHeld = std::any_of(facts.contents.begin(), facts.contents.end(),
                                    [&](const HeldRow &row) { return row.id == round.row.contentId.text(); });
    if (!isHeld) {
        m_findings.add(entry, u"The round %1 names a content that the entry does not hold."_s.arg(round.row.number));
        return {};
    }
    if (round.contentRow && !held.content(round.row.contentId)) {
        return {}; // Changed: reported with the held rows.
    }
    if (round.contentRow && (round.contentRow->kind != "round"_L1 || !round.content)) {
        m_findings.add(entry, u"The content of round %1 cannot be read as such."_s.arg(round.row.number));
        return {};
    }
    if (round.content && !round.row.contentErased && round.row.content != *round.content) {
        m_findings.add(entry, u"The round %1 is read with another content than the log holds."_s.arg(round.row.number));
    }
    const Digest intake = round.content ? intakeHash(*round.content) : facts.intakeHash;
    if (intake != facts.intakeHash || intake != round.row.intakeHash) {
        m_findings.add(entry, u"The content of round %1 is not the one that was filed."_s.arg(round.row.number));
    }
    if (round.payloadHash != facts.payloadHash || round.payloadHash != round.row.payloadHash) {
        m_findings.add(entry,
                       u"What round %1 shows (content, tier, policy, quorum, deadline) is not what was filed."_s.arg(
                           round.row.number));
    }
    return checkPolicyOfRound(entry, round, inForce, track);
}

void RequestReplay::checkActor(const AuditEntry &entry, const Statement &statement)
{
    const Actor &actor = entry.facts.actor;
    const bool reviewerNeeded = entry.facts.kind == "vote.cast"_L1;
    if ((reviewerNeeded && actor.type != "reviewer"_L1) ||
        (actor.type == "reviewer"_L1 && actor.key != statement.keyId)) {
        m_findings.add(entry,
                       u"It names another actor than the signed statement %1."_s.arg(shownId(statement.id.text())));
    }
}

Result<RequestReplay::Signer> RequestReplay::checkVote(const AuditEntry &entry, const HeldRows &held,
                                                       const ReviewerDirectory &directory, Track &track)
{
    if (!held.statement) {
        return Signer(); // Reported already.
    }
    const Result<Vote> vote = decodeVote(m_workspace, *held.statement);
    if (!vote) {
        m_findings.add(entry, vote.error().message);
        return Signer();
    }
    const EventFacts &facts = entry.facts;
    checkActor(entry, *held.statement);
    if (vote->request.text() != facts.subject || vote->round != facts.request->round) {
        m_findings.add(entry, u"Its vote was signed for round %1 of the request %2."_s.arg(
                                  QString::number(vote->round), shownId(vote->request.text())));
        return Signer();
    }
    Signer signer;
    // The log's order says who could vote here, not the clock: it may have been set back.
    if (const Result<> signedWell = directory.verifyCurrent(*held.statement, vote->reviewer); signedWell) {
        signer = vote->reviewer;
    } else {
        m_findings.add(entry, signedWell.error().message);
    }
    const Result<std::optional<SoundRound>> round = soundRound(vote->request, vote->round);
    if (!round) {
        return round.error();
    }
    if (!*round) {
        m_findings.add(entry, u"The round %1 that it votes on is gone."_s.arg(vote->round));
        return signer;
    }
    if (vote->payloadHash != facts.payloadHash || vote->payloadHash != (*round)->payloadHash) {
        m_findings.add(entry, u"Its vote was signed for another content than round %1 has."_s.arg(vote->round));
    }
    if (vote->effectiveHash != facts.effectiveHash) {
        m_findings.add(entry, u"It names another effect than the one that the vote was signed for."_s);
    }
    if (const Result<> checked = checkVoteContent(entry, held, *vote); !checked) {
        return checked.error();
    }
    const ContentRow *content = held.content(vote->contentId);
    const Result<VoteContent> voteContent =
        content ? decodeVoteContent(content->body) : Result<VoteContent>(Error{ErrorCode::NotFound, {}, {}});
    if (voteContent && (*round)->content &&
        effectiveHash((*round)->payloadHash, vote->verdict, *(*round)->content, *voteContent) != vote->effectiveHash) {
        m_findings.add(entry, u"What its vote lets happen is not what the reviewer signed."_s);
    }
    if (!signer) {
        return signer;
    }
    const bool counted = std::any_of(track.votes.begin(), track.votes.end(),
                                     [&](const CountedVote &one) { return one.statement == vote->statement; });
    if (counted) {
        m_findings.add(entry, u"It counts the vote %1 a second time."_s.arg(shownId(vote->statement.text())));
    }
    std::erase_if(track.votes, [&](const CountedVote &one) { return one.reviewer == vote->reviewer; });
    track.votes.push_back({vote->statement, vote->reviewer, vote->effectiveHash});
    if (!facts.request->decision.isEmpty()) {
        track.decisions.emplace_back().id = facts.request->decision;
        if (const Result<> checked = checkDecision(entry, *vote, (*round)->row.policy, track); !checked) {
            return checked.error();
        }
    } else if (facts.request->state.lifecycle == Lifecycle::Decided) {
        m_findings.add(entry, u"It decides the request without naming a decision."_s);
    }
    return signer;
}

Result<> RequestReplay::checkVoteContent(const AuditEntry &entry, const HeldRows &held, const Vote &vote)
{
    const auto &contents = entry.facts.contents;
    const bool isHeld = std::any_of(contents.begin(), contents.end(), [&](const HeldRow &row) {
        return row.id == vote.contentId.text() && row.digest == vote.contentCommitment;
    });
    if (!isHeld) {
        m_findings.add(entry, u"It does not hold the content that its vote was signed with."_s);
        return {};
    }
    const ContentRow *content = held.content(vote.contentId);
    if (content && (content->kind != "vote"_L1 || !decodeVoteContent(content->body))) {
        m_findings.add(entry, u"The content of its vote cannot be read as such."_s);
    }
    return {};
}

Result<> RequestReplay::checkDecision(const AuditEntry &entry, const Vote &vote, const FrozenPolicy &policy,
                                      const Track &track)
{
    const Result<std::vector<Decision>> decisions = m_source.decisions(vote.request);
    if (!decisions) {
        return decisions.error();
    }
    const QString &id = entry.facts.request->decision;
    const auto found = std::find_if(decisions->begin(), decisions->end(),
                                    [&](const Decision &decision) { return decision.id.text() == id; });
    if (found == decisions->end()) {
        m_findings.add(entry, u"The decision %1 that it makes is gone."_s.arg(shownId(id)));
        return {};
    }
    const bool same = found->request == vote.request && found->round == vote.round && found->verdict == vote.verdict &&
                      found->decidingVote == vote.statement && found->reviewer == vote.reviewer &&
                      found->reviewerName == vote.reviewerName && found->payloadHash == vote.payloadHash &&
                      found->effectiveHash == vote.effectiveHash && found->decidedAt == vote.at &&
                      found->seat == entry.facts.seat;
    if (!same) {
        m_findings.add(entry, u"The row of decision %1 is not what its deciding vote says."_s.arg(shownId(id)));
    }
    // One vote per reviewer is kept, so that these are distinct people.
    const auto agreeing = std::count_if(track.votes.begin(), track.votes.end(), [&](const CountedVote &one) {
        return one.effectiveHash == vote.effectiveHash;
    });
    if (letsItHappen(vote.verdict) && agreeing < policy.quorum) {
        m_findings.add(entry, u"The decision %1 needs %2 reviewers who agree, but the log has %3."_s.arg(
                                  shownId(id), QString::number(policy.quorum), QString::number(agreeing)));
    }
    return {};
}

Result<RequestReplay::Signer> RequestReplay::checkRelease(const AuditEntry &entry, const HeldRows &held,
                                                          const ReviewerDirectory &directory, const Track &track)
{
    if (!held.statement) {
        return Signer();
    }
    const EventFacts &facts = entry.facts;
    const Result<ReleaseBody> body = decodeRelease(held.statement->body);
    if (!body) {
        m_findings.add(entry, body.error().message);
        return Signer();
    }
    checkActor(entry, *held.statement);
    const auto vote = std::find_if(track.votes.begin(), track.votes.end(),
                                   [&](const CountedVote &one) { return one.statement == body->vote; });
    const bool same = body->workspace == m_workspace && body->request.text() == facts.subject &&
                      held.statement->subject == facts.subject && body->decision.text() == facts.request->decision &&
                      body->decision.text() == track.facts.decision && vote != track.votes.end() &&
                      vote->reviewer == body->reviewer && vote->effectiveHash == body->effectiveHash &&
                      body->effectiveHash == facts.effectiveHash;
    if (!same) {
        m_findings.add(entry, u"Its release was signed for something else than the decision %1."_s.arg(
                                  shownId(facts.request->decision)));
    }
    const Result<std::vector<Decision>> decisions = m_source.decisions(RequestId(facts.subject));
    if (!decisions) {
        return decisions.error();
    }
    const bool inRow = std::any_of(decisions->begin(), decisions->end(), [&](const Decision &one) {
        return one.id == body->decision && one.release == held.statement->id && one.decidingVote == body->vote &&
               one.effectiveHash == body->effectiveHash;
    });
    if (!inRow) {
        m_findings.add(entry, u"The row of decision %1 does not name this release of its deciding vote."_s.arg(
                                  shownId(body->decision.text())));
    }
    // It is signed together with the vote and published when the staging ends; the key may be replaced in between.
    const Result<> now = directory.verifyCurrent(*held.statement, body->reviewer);
    if (!now && !directory.verifyAsOf(*held.statement, body->reviewer, body->at)) {
        m_findings.add(entry, now.error().message);
        return Signer();
    }
    return Signer(body->reviewer);
}

Result<RequestReplay::Signer> RequestReplay::checkUndo(const AuditEntry &entry, const HeldRows &held,
                                                       const ReviewerDirectory &directory, Track &track)
{
    if (!held.statement) {
        return Signer();
    }
    const Result<UndoBody> body = decodeUndo(held.statement->body);
    if (!body) {
        m_findings.add(entry, body.error().message);
        return Signer();
    }
    checkActor(entry, *held.statement);
    const auto vote = std::find_if(track.votes.begin(), track.votes.end(),
                                   [&](const CountedVote &one) { return one.statement == body->vote; });
    if (body->workspace != m_workspace || body->request.text() != entry.facts.subject ||
        held.statement->subject != entry.facts.subject || vote == track.votes.end() ||
        vote->reviewer != body->reviewer) {
        m_findings.add(entry, u"Its undo was signed for something else than a vote of this round."_s);
        return Signer();
    }
    track.votes.erase(vote);
    if (MadeDecision *taken = track.decision(track.facts.decision)) {
        taken->undone = true;
    }
    if (const Result<> signedWell = directory.verifyCurrent(*held.statement, body->reviewer); !signedWell) {
        m_findings.add(entry, signedWell.error().message);
        return Signer();
    }
    return Signer(body->reviewer);
}

} // namespace countersign
