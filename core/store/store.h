// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/audit/row_kind.h"
#include "core/base/result.h"
#include "core/store/store_types.h"

#include <functional>

namespace countersign {

/// Reading the durable state. Absent things are an empty optional; errors are Storage, Damaged or Busy.
class StoreReader
{
public:
    virtual ~StoreReader() = default;

    virtual Result<WorkspaceInfo> workspace() = 0;
    virtual Result<std::optional<Request>> request(const RequestId &id) = 0;
    virtual Result<std::optional<Request>> requestByKey(const PrincipalId &principal,
                                                        const QString &idempotencyKey) = 0;
    virtual Result<std::optional<Principal>> principal(const PrincipalId &id) = 0;
    virtual Result<std::optional<Principal>> principalByName(const QString &connection, const QString &osUser,
                                                             const QString &name) = 0;
    /// Rounds in order with their content decoded. A content row that is gone leaves contentErased.
    virtual Result<std::vector<Round>> rounds(const RequestId &id) = 0;
    virtual Result<std::optional<Round>> round(const RequestId &id, int number) = 0;
    /// Statements of \p kind about \p subject in order of their ids (oldest first).
    virtual Result<std::vector<Statement>> statements(const QString &kind, const QString &subject) = 0;
    /// All statements of \p kind, oldest first; for enrolment and policies, which are few.
    virtual Result<std::vector<Statement>> statementsOfKind(const QString &kind) = 0;
    virtual Result<std::optional<Statement>> statement(const StatementId &id) = 0;
    virtual Result<std::optional<ContentRow>> content(const ContentId &id) = 0;
    virtual Result<std::optional<Decision>> decision(const DecisionId &id) = 0;
    virtual Result<std::vector<Decision>> decisions(const RequestId &id) = 0; ///< Undone ones too, oldest first.
    virtual Result<std::vector<Outcome>> outcomes(const RequestId &id) = 0;
    virtual Result<std::vector<DeliveryAttempt>> deliveryAttempts(const DecisionId &id) = 0; ///< Oldest first.
    virtual Result<std::vector<DeliveryAttempt>> unfinishedAttempts(int limit) = 0;          ///< Without finishedAt.

    virtual Result<std::vector<Reviewer>> reviewers() = 0; ///< The projection; the engine verifies it from statements.
    virtual Result<std::optional<PolicyVersion>> activePolicy() = 0;
    virtual Result<std::vector<PolicyVersion>> policies() = 0; ///< All, whether signed or not; for the verifier.
    virtual Result<std::vector<Seat>> seats(Timestamp aliveSince) = 0;
    virtual Result<std::optional<Seat>> seat(const SeatId &id) = 0;
    virtual Result<std::optional<EngineLease>> lease() = 0;
    virtual Result<std::vector<Timer>> dueTimers(Timestamp now, int limit) = 0;
    virtual Result<std::optional<Timestamp>> nextTimer() = 0;
    /// Decisions in delivery Staged, oldest first.
    virtual Result<std::vector<Decision>> stagedDecisions(int limit) = 0;
    virtual Result<std::vector<ConnectionRow>> connections() = 0; ///< By name, removed ones included.
    /// What a remote agent still waits for or may not have yet: requests of \p connection that are open, staged, held,
    /// released, sending or unknown. Oldest first.
    virtual Result<std::vector<Request>> liveRequests(const QString &connection, int limit) = 0;

    virtual Result<QueuePage> findRequests(const QueueQuery &query, const QueueWindow &window) = 0;
    virtual Result<QueueExtent> extent(const QueueQuery &query) = 0;
    virtual Result<QueueCounts> counts(const ReviewerId &reviewer, Timestamp now) = 0;
    virtual Result<ChangeSet> changesSince(qint64 sequence) = 0;
    virtual Result<int> openRequestCount(const PrincipalId &principal) = 0;
    virtual Result<int> requestCountSince(const PrincipalId &principal, Timestamp since) = 0;

    virtual Result<std::optional<Draft>> draft(const RequestId &request, const ReviewerId &reviewer) = 0;
    virtual Result<std::optional<ToolDefinition>> toolDefinition(const QString &connection, const QString &tool) = 0;

    /// Events with their seals, in sequence, from \p fromSequence on.
    struct SealedEvent {
        AuditEvent event;
        Seal seal;
    };
    virtual Result<std::vector<SealedEvent>> events(qint64 fromSequence, int limit) = 0;
    virtual Result<std::vector<SealedEvent>> eventsAbout(const QString &subject) = 0;
    virtual Result<std::optional<Seal>> lastSeal() = 0;
    /// Calls \p visit with the id of every row of \p kind; \p visit must not use the store. For the verifier.
    virtual Result<> eachRow(RowKind kind, const std::function<void(const QString &id)> &visit) = 0;
    /// Names of rows that break the log itself, at most 1000: events without a seal (`event e1`), seals without an
    /// event (`seal 17`). Slow; for the verifier.
    virtual Result<QStringList> strayRows() = 0;

    /// Runs \p work so that everything it reads here is of one moment, whatever others commit meanwhile. \p work does
    /// not write. May be nested; inside a transaction it is a plain call. Errors: what \p work returned, or Storage.
    virtual Result<> readConsistently(const std::function<Result<>()> &work) = 0;

    /// Changes whenever people or policies may have: when another connection commits anything, when this one writes or
    /// takes back such a statement or row. As long as it is the same, so is what was read about them.
    virtual Result<ChangeMark> changeMark() = 0;
};

/// Writing, inside one transaction only. Every method names what it needs to hold; Conflict otherwise, and the
/// transaction must then be given up.
class StoreWriter : public StoreReader
{
public:
    virtual Result<> insertPrincipal(const Principal &principal) = 0;
    virtual Result<> insertRequest(const Request &request) = 0; ///< Conflict: the id or (principal, key) exists.
    /// Writes the row if its stored revision is \p request.revision − 1. Conflict: it is not.
    virtual Result<> updateRequest(const Request &request) = 0;
    /// Stores the text by which full-text search finds \p request. Replaces what was there.
    virtual Result<> indexRequest(const RequestId &request, const QString &text) = 0;
    virtual Result<> insertRound(const Round &round) = 0; ///< The content row must have been inserted.
    virtual Result<> insertContent(const ContentRow &content) = 0;
    virtual Result<> insertStatement(const Statement &statement) = 0;
    virtual Result<> insertDecision(const Decision &decision) = 0;
    virtual Result<> updateDecision(const Decision &decision) = 0; ///< By id; NotFound.
    virtual Result<> insertOutcome(const Outcome &outcome) = 0;
    virtual Result<>
    insertDeliveryAttempt(const DeliveryAttempt &attempt) = 0; ///< Conflict: token or decision started before.
    virtual Result<> updateDeliveryAttempt(const DeliveryAttempt &attempt) = 0;
    virtual Result<> saveReviewer(const Reviewer &reviewer) = 0; ///< Inserts or replaces the projection.
    virtual Result<> insertPolicy(const PolicyVersion &policy) = 0;
    virtual Result<> saveSeat(const Seat &seat) = 0;
    virtual Result<> removeSeat(const SeatId &id) = 0;
    virtual Result<> saveLease(const EngineLease &lease) = 0;
    /// Inserts \p row or replaces the one with its id. Conflict: another one has its name.
    virtual Result<> saveConnection(const ConnectionRow &row) = 0;
    virtual Result<> insertTimer(const Timer &timer) = 0;
    virtual Result<> markTimerFired(const TimerId &id, Timestamp at) = 0;
    virtual Result<> removeTimers(const RequestId &request, const QString &kind) = 0;
    virtual Result<> saveDraft(const Draft &draft) = 0;
    virtual Result<> removeDraft(const RequestId &request, const ReviewerId &reviewer) = 0;
    virtual Result<> saveToolDefinition(const ToolDefinition &definition) = 0;
    virtual Result<> insertFeedback(const Feedback &feedback) = 0;
    virtual Result<> eraseContent(const ContentId &id) = 0; ///< Removes the row and its salt.
    /// The position that a request settled in this transaction takes in the history: one more than the last.
    virtual Result<qint64> nextSettledSequence() = 0;
    /// Appends the event and its seal; returns the seal's sequence.
    virtual Result<qint64> appendEvent(const AuditEvent &event) = 0;
};

/// Durable state behind the engine. Blocking and not thread-safe: used on the thread that opened it.
class Store : public StoreReader
{
public:
    using Work = std::function<Result<>(StoreWriter &)>;
    /// Runs \p work in one immediate transaction, committed (durably) when it succeeds and rolled back when it fails or
    /// when the commit fails. Errors: what \p work returned, or Busy, Storage, DiskFull, ReadOnly.
    virtual Result<> transact(const Work &work) = 0;
    /// Runs \p work, in which all transact() share one transaction that begins with the first of them: each is still
    /// all or nothing by itself, and what succeeded is committed at the end, durably, with one wait for the disk; also
    /// when \p work returns an error. Until then nothing that it did is certain. Nested, or without any transact(), it
    /// is a plain call. Errors: what \p work returned, or what the commit did; then nothing of it happened.
    virtual Result<> together(const std::function<Result<>()> &work) = 0;
    /// True when another connection has committed since the last call: the cheap poll of the change feed.
    virtual bool changedElsewhere() = 0;
    /// Asks the database to check its pages. Slow: on the reader thread, after the first paint.
    virtual Result<> quickCheck() = 0;
    /// A consistent copy into a new file of mode 0600. Conflict: \p path exists.
    virtual Result<> backup(const QString &path) = 0;
};

} // namespace countersign
