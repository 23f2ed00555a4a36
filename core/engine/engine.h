// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/id_source.h"
#include "core/engine/engine_types.h"
#include "core/engine/trust_store.h"

#include <QtCore/QHash>

#include <memory>
#include <optional>

namespace countersign {

/// Friction of a tier (MODEL.md section 10).
struct TierRules {
    std::chrono::milliseconds armingDelay;
    std::chrono::milliseconds staging;
    bool seenMapMustBeComplete;
    bool asksCriticalValue;
    bool decidableFromCommandLine;
    bool inBulk;
};
const TierRules &rulesOf(Tier tier);

/// Requests in, decisions out: the only place where state changes. Synchronous; one thread; every change is one
/// transaction with its audit event. Borrows the parts for its whole life.
/// Errors besides those named: what the store returns.
class Engine
{
public:
    struct Parts {
        Store &store;
        const Clock &clock;
        IdSource &ids;
        const TrustStore &trust;
        QString location; ///< For the trust store: `sqlite:/absolute/path`.
        QString seatKind; ///< `window`, `serve`, `gate`, `command line`.
        /// What one agent may put before people (THREATS.md T8); beyond it submit() fails with Busy.
        int requestsPerMinute = 60;
        int openRequests = 1000;
    };
    explicit Engine(Parts parts);
    ~Engine();
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;

    const SeatId &seat() const { return m_seat; }
    Store &store() { return m_parts.store; }

    /// Runs \p work, in which every change is all or nothing by itself as ever, but all of them reach the disk
    /// together, once, at the end: also when \p work returns an error. What it did is certain only when this has
    /// succeeded, so nothing of it may leave the process before. Nested, it is a plain call.
    Result<> together(const std::function<Result<>()> &work);
    /// Calls \p then at once, or inside together() when all of it is on the disk. Not called when that fails.
    void whenCommitted(std::function<void()> then);

    // Asking
    /// Conflict: same key, other content. TooLarge/InvalidInput: breaks a limit. Busy: the agent's quota is used up.
    Result<Submitted> submit(const Submission &submission);
    /// The next round of the same request by its principal; earlier votes no longer count.
    Result<Submitted> revise(const RequestId &id, const Submission &submission);
    Result<> withdraw(const RequestId &id, const QString &reason, const QString &byAgent);
    Result<> reportOutcome(const RequestId &id, Outcome outcome);

    // Reviewing. These need the unlocked reviewer of this engine.
    void unlock(UnlockedReviewer reviewer); ///< Drops the one before.
    void lock();                            ///< Drops the key; staged decisions still go out in time.
    const Reviewer *unlockedReviewer() const;
    Result<Request> claim(const RequestId &id, std::chrono::milliseconds lease = std::chrono::minutes(5));
    Result<Request> releaseClaim(const RequestId &id);
    Result<Request> defer(const RequestId &id, Timestamp until);
    Result<Request> delegate(const RequestId &id, const QString &reviewerName);
    /// AlreadyDecided names who won; ContentChanged: another payload hash; NotAllowed: key, eligibility, tier;
    /// WrongState, Expired, Conflict (claimed by somebody else, stale revision).
    Result<Decided> decide(const DecideOrder &order);
    Result<Request> undo(const RequestId &id);
    Result<Request> release(const RequestId &id);

    // Acting on decisions: every signature is checked up to the pinned administrator, every hash recomputed.
    /// The released outcome of \p id. NotFound while there is none; NotAllowed (17) when something does not verify.
    Result<VerifiedOutcome> verifiedOutcome(const RequestId &id);
    /// That the wish for changes on \p id is signed by a reviewer: before its words go to the asker.
    Result<> verifyChangesRequested(const RequestId &id);
    /// Consumes the single-use token in the same transaction as "started". \p aboutToRun is the content that the
    /// executor holds: ContentChanged when it is not what was approved. AlreadyDecided: it was started before.
    Result<VerifiedOutcome> beginExecution(const RequestId &id, const RoundContent &aboutToRun);
    Result<> finishExecution(const RequestId &id, Outcome outcome);
    /// Records that the asker has the outcome; does nothing when it is recorded already.
    Result<> acknowledge(const RequestId &id);

    // Delivering to remote agents: for the holder of the engine lease; NotAllowed for anybody else. Each commits before
    // anything is sent or told, so that a crash at any moment leaves a delivery that is known or known to be unknown.
    /// Verifies the decision, consumes its single-use token and records the intent to send. \p aboutToSend is the
    /// content as the peer has it now: ContentChanged when it is not what was decided on. AlreadyDecided: it was
    /// started before.
    Result<VerifiedOutcome> startDelivery(const RequestId &id, const RoundContent &aboutToSend);
    /// The same once more for a delivery that is unknown, after the peer was asked and still waits.
    Result<VerifiedOutcome> repeatDelivery(const RequestId &id, const RoundContent &aboutToSend);
    /// The peer shows the decision. Does nothing when that is recorded already.
    Result<> confirmDelivery(const RequestId &id);
    /// Nobody knows whether the peer has it; \p whatToCheck is one sentence for people. From sending only.
    Result<> loseDelivery(const RequestId &id, const QString &whatToCheck);
    /// It cannot be delivered any more; \p why is one sentence for people.
    Result<> giveUpDelivery(const RequestId &id, const QString &why);
    /// It was settled elsewhere, or the peer went on without an answer; \p note is one sentence for people that says by
    /// whom or what. Any decision of ours that was not delivered lapses.
    Result<> supersede(const RequestId &id, const QString &note);

    // Time and presence
    /// Expiries, releases of this seat's staged decisions, holding those of dead seats, unfinished deliveries of dead
    /// seats to unknown. Returns how many changes it made. Each fires once, in order of due time.
    Result<int> runDueTimers();
    Result<std::optional<Timestamp>> nextDue();
    Result<> announce(); ///< Writes or refreshes this seat's presence row (every 5 s; alive for 15 s).
    Result<> leave();    ///< Holds this seat's staged decisions and removes its presence.
    Result<SeatPresence> presence();
    /// Takes or renews the engine lease for 15 s. False: somebody else holds it.
    Result<bool> holdLease();

    // People
    /// Conflict: the workspace has an administrator. Pins the key in the trust store.
    Result<FirstAdministrator> createFirstAdministrator(const QString &name, const QStringList &groups,
                                                        const SigningKey &key, bool confirmedInWindow);
    Result<Reviewer> enrol(const QString &name, const QStringList &groups, const PublicKey &key, bool administrator,
                           const SigningKey &by);
    Result<> disable(const QString &name, const SigningKey &by);
    /// \p by: the reviewer's own key, an administrator's, or the recovery key of the first administrator.
    Result<> rotate(const QString &name, const PublicKey &newKey, const SigningKey &by);
    /// The key that the recovery code stands for. InvalidInput: not such a code.
    static Result<SigningKey> recoveryKey(const QString &recoveryCode);
    /// From signed statements and the pin. Pins on first use when \p pinOnFirstUse and nothing is known.
    Result<ReviewerDirectory> directory();
    Result<std::optional<TrustPin>> trustPin();
    /// Pins the first administrator found if this machine has never seen the workspace. For openers with a person or a
    /// script behind them, before anything is filed.
    Result<> pinOnFirstUse();

    // Policies
    /// Puts \p file into force for what is filed from now on, signed by an administrator. InvalidInput: it is no
    /// policy; NotAllowed: the key is not an active administrator's.
    Result<PolicyRecord> applyPolicy(const QByteArray &file, const SigningKey &by);
    /// Every policy of the workspace in the order in which they came into force, each verified.
    Result<std::vector<PolicyRecord>> policies();

    // Drafts
    Result<> saveDraft(const RequestId &id, int round, const QByteArray &body);
    Result<std::optional<Draft>> draft(const RequestId &id);
    Result<> removeDraft(const RequestId &id);

private:
    Parts m_parts;
    SeatId m_seat;
    std::optional<UnlockedReviewer> m_unlocked;
    struct Private;
    std::unique_ptr<Private> d;
};

/// The public audit over a workspace: verifier plus the pin of this machine and the number of the newest policy that it
/// has seen (TrustStore::newestPolicyNoted()).
struct AuditReport;
Result<AuditReport> verifyWorkspace(StoreReader &store, const std::optional<Digest> &pinnedAdministrator,
                                    const std::function<bool(qint64)> &keepGoing = {}, int newestPolicyNoted = 0);

} // namespace countersign
