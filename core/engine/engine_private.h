// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/audit/event_body.h"
#include "core/domain/hashes.h"
#include "core/domain/statements.h"
#include "core/engine/engine.h"
#include "core/engine/policy.h"

#include <map>

namespace countersign {

/// What the parts of the engine share: the current moment's facts, the verified directory, and the releases that wait
/// in memory for their time. Not for use outside core/engine.
struct Engine::Private {
    explicit Private(Engine &engine)
        : q(engine)
    {}

    Engine &q;
    std::optional<WorkspaceInfo> workspaceInfo;
    /// A release that waits for its time in memory, so that a program that only has the file finds none to use early.
    struct PreparedRelease {
        Decision decision;
        std::optional<Statement> statement; ///< Signed at the latest when the key is dropped.
    };
    std::map<QString, PreparedRelease> preparedReleases; ///< By decision id.
    /// Signs what waits, before the key goes: locking the window does not stop a release.
    void signPreparedReleases();
    std::vector<Statement> directoryStatements; ///< The cache's question …
    std::optional<Digest> directoryPin;
    std::optional<ReviewerDirectory> directoryCache; ///< … and its answer.
    std::optional<QByteArray> pinStamp;              ///< Of the trust file when it said …
    std::optional<Digest> stampedPin;                ///< … this.
    bool isTogether = false;
    std::vector<std::function<void()>> afterCommit; ///< Of together().
    std::optional<Timestamp> announcedAt;
    std::optional<Timestamp> startedAt;
    std::optional<Timestamp> lastWall;
    std::chrono::milliseconds lastMonotonic{0};

    Timestamp now() const { return q.m_parts.clock.now(); }
    Store &store() { return q.m_parts.store; }
    QString newId() { return q.m_parts.ids.nextId(); }
    Result<WorkspaceInfo> workspace();
    Result<ReviewerDirectory> directory(StoreReader &reader);
    Result<ReviewerDirectory> readDirectory(StoreReader &reader, const std::optional<Digest> &pinned);
    /// The administrator that this machine trusts.
    Result<std::optional<Digest>> pinnedAdministrator();

    Actor seatActor() const { return {QStringLiteral("seat"), q.m_seat.text(), {}}; }
    Actor reviewerActor() const;
    EventFacts facts(const QString &kind, const QString &subject, Actor actor);
    EventFacts facts(const QString &kind, const Request &request, Actor actor);
    Result<> append(StoreWriter &writer, const EventFacts &facts);

    /// The request of \p id, or NotFound with a sentence.
    Result<Request> existing(StoreReader &reader, const RequestId &id);
    /// The current round, checked against its hash. Damaged: it contradicts it.
    Result<Round> soundRound(StoreReader &reader, const Request &request);
    /// Moves \p request along the table and counts its revision up; writing it is the caller's.
    Result<> step(Request &request, RequestEvent event) const;
    Result<> settle(StoreWriter &writer, Request &request, const QString &note);
    /// Stores what was reported and its event.
    Result<> writeOutcome(StoreWriter &writer, const Request &request, Outcome outcome);
    ContentRow newContent(const QString &kind, QByteArray body);
    Seat ownSeat() const;
    bool isAlive(const Seat &seat) const;
    Result<> requireUnlocked() const;
    /// The unlocked reviewer as the directory has them now. NotAllowed: disabled, or their key was replaced.
    Result<Reviewer> currentReviewer(StoreReader &reader);
    /// \p statements about reviewers in the order in which the log holds on to them. NotAllowed: one that it holds on
    /// to is gone or changed; deleting a statement must not enrol anybody again.
    Result<std::vector<Statement>> inLogOrder(StoreReader &reader, std::vector<Statement> statements) const;
    /// The row says what the log's last entry about it says; a row edited by hand does not count.
    Result<> checkAgreesWithLog(StoreReader &reader, const Request &request) const;

    /// InvalidInput: what the reviewer made does not fit the asker's schema.
    Result<> checkFits(const DecideOrder &order);

    // engine_release.cpp
    Statement signRelease(const Decision &decision, Timestamp at);
    Result<> writeRelease(StoreWriter &writer, Request &request, Decision &decision, const Statement &release,
                          Actor actor);
    Result<> hold(StoreWriter &writer, Request &request, const Decision &decision);
    Result<> expire(StoreWriter &writer, Request &request);
    /// "The request was approved by R1 at …": who won, for the loser.
    Error alreadySettled(StoreReader &reader, const Request &request);

    // engine_timers.cpp: each returns how many changes it made.
    Result<int> noteClockStep();
    Result<int> releaseStaged();
    Result<bool> releaseOrHold(const Decision &stagedDecision);
    Result<int> expireDue();
    Result<int> settleAbandoned();

    // engine_policy.cpp
    /// A policy whose row is what an administrator signed.
    struct SignedPolicy {
        PolicyVersion row;
        Statement statement;
        std::shared_ptr<const CompiledPolicy> policy;
    };
    /// What was verified about people and policies. It stands until anybody may have changed one of them: whoever else
    /// commits to the workspace, this process itself, or the pin of this machine.
    struct Known {
        ChangeMark mark;
        std::optional<Digest> pinned;
        std::optional<ReviewerDirectory> people;
        std::optional<std::optional<SignedPolicy>> inForce;
        int notedWhenInForce = 0;
        std::map<QString, SignedPolicy> ofRounds; ///< By version; few.

        bool isOf(const ChangeMark &otherMark, const std::optional<Digest> &otherPin) const
        {
            return mark == otherMark && pinned == otherPin;
        }
    };
    std::optional<Known> known;
    /// What is known at \p mark, emptied if it was of another moment.
    Known &knownAt(const ChangeMark &mark, const std::optional<Digest> &pinned);
    /// What the log last put into force, signed by somebody who is an administrator now. Absent: there is none.
    /// NotAllowed: rows, log and signatures do not agree, or this machine knows a newer one.
    Result<std::optional<SignedPolicy>> policyInForce(StoreReader &reader);
    Result<std::optional<SignedPolicy>> readPolicyInForce(StoreReader &reader, int noted);
    /// The policy of a round that was filed under it, signed by an administrator of its time.
    Result<SignedPolicy> policyOfRound(StoreReader &reader, const QString &version);
    Result<SignedPolicy> readPolicyOfRound(StoreReader &reader, const QString &version);
    /// Row and statement of \p version agree with each other; the signer is not looked at.
    Result<SignedPolicy> matchingPolicy(StoreReader &reader, const QString &version);
    /// What the policy in force says to a new round.
    struct Judgement {
        PolicyVerdict verdict;
        std::optional<SignedPolicy> by; ///< Absent: the built-in rule.

        const ToolPolicy *tool(const QString &name) const { return by ? by->policy->policy().tool(name) : nullptr; }
    };
    /// Fills in the policy of \p round.
    Result<Judgement> judge(StoreReader &reader, const Request &request, Round &round);
    /// Decides a round just filed, where the policy does so itself.
    Result<> decideByPolicy(StoreWriter &writer, Request &request, const Round &round, const Judgement &judgement);
    /// Before a reviewer's decision counts: the round's policy is signed, says this tier, and does not deny. Returns
    /// what it says about the command line.
    Result<std::optional<bool>> checkFrozenPolicy(StoreReader &reader, const Request &request, const Round &round,
                                                  Verdict verdict);
    /// That the policy itself makes the decision in \p outcome about \p content. Fills in the rest of \p outcome.
    Result<> verifyByPolicy(StoreReader &reader, VerifiedOutcome &outcome, const RoundContent &content);
    std::map<QByteArray, std::shared_ptr<const CompiledPolicy>> compiledPolicies; ///< By hash of the file.

    // engine_verification.cpp
    void markUsed(const QString &releaseToken);
    Result<VerifiedOutcome> verifyOutcome(StoreReader &reader, const RequestId &id);

    // engine_delivery.cpp
    Result<VerifiedOutcome> outcomeFor(StoreReader &reader, const RequestId &id, const RoundContent &aboutToSend);
    Result<VerifiedOutcome>
    intend(const RequestId &id, const RoundContent &aboutToSend, RequestEvent event,
           const std::function<Result<>(StoreWriter &, const VerifiedOutcome &, qint64 epoch)> &attempt);
    Result<> changeAsServer(const RequestId &id, const std::function<Result<>(StoreWriter &, Request &)> &change);
    Result<> endAttempt(StoreWriter &writer, Request &request, RequestEvent event, const QString &kind,
                        const QString &result, const QString &note);
};

} // namespace countersign
