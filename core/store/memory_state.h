// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/store.h"

#include <QtCore/QList>
#include <QtCore/QMap>
#include <QtCore/QSet>

#include <utility>

namespace countersign {

/// Everything a workspace in memory holds. Qt's containers share until they are written to, so that a copy for the
/// way back out of a transaction costs little.
struct MemoryState {
    WorkspaceInfo workspace;
    QMap<RequestId, Request> requests;
    QMap<RequestId, qint64> arrival; ///< Numbers from 1 in the order of insertion.
    QMap<RequestId, QString> texts;
    QMap<std::pair<RequestId, int>, Round> rounds; ///< Without their content, which stands in contents.
    QMap<ContentId, ContentRow> contents;
    QMap<StatementId, Statement> statements;
    QMap<PrincipalId, Principal> principals;
    QMap<DecisionId, Decision> decisions;
    QMap<QString, DeliveryAttempt> attempts;
    QSet<QString> startedAttempts;
    QMap<OutcomeId, Outcome> outcomes;
    QMap<QString, Feedback> feedback;
    QMap<ReviewerId, Reviewer> reviewers;
    QList<PolicyVersion> policies; ///< In the order of insertion.
    QMap<std::pair<QString, QString>, ToolDefinition> toolDefinitions;
    QMap<SeatId, Seat> seats;
    QMap<QString, ConnectionRow> connections; ///< By name.
    std::optional<EngineLease> lease;
    QMap<TimerId, Timer> timers;
    QMap<std::pair<RequestId, ReviewerId>, Draft> drafts;
    QList<StoreReader::SealedEvent> events; ///< Sequence n at index n − 1.
};

/// What StoreReader asks, answered from a MemoryState. Meant as the Reader of StoreReading.
class MemoryReader
{
public:
    explicit MemoryReader(const MemoryState &state)
        : m_state(state)
    {}

    Result<WorkspaceInfo> workspace() { return m_state.workspace; }
    Result<std::optional<Request>> request(const RequestId &id);
    Result<std::optional<Request>> requestByKey(const PrincipalId &principal, const QString &key);
    Result<std::optional<Principal>> principal(const PrincipalId &id);
    Result<std::optional<Principal>> principalByName(const QString &connection, const QString &osUser,
                                                     const QString &name);
    Result<std::vector<Round>> rounds(const RequestId &id);
    Result<std::optional<Round>> round(const RequestId &id, int number);
    Result<std::vector<Statement>> statements(const QString &kind, const QString &subject);
    Result<std::vector<Statement>> statementsOfKind(const QString &kind);
    Result<std::optional<Statement>> statement(const StatementId &id);
    Result<std::optional<ContentRow>> content(const ContentId &id);
    Result<std::optional<Decision>> decision(const DecisionId &id);
    Result<std::vector<Decision>> decisions(const RequestId &id);
    Result<std::vector<Outcome>> outcomes(const RequestId &id);
    Result<std::vector<DeliveryAttempt>> deliveryAttempts(const DecisionId &id);
    Result<std::vector<DeliveryAttempt>> unfinishedAttempts(int limit);
    Result<std::vector<Reviewer>> reviewers();
    Result<std::optional<PolicyVersion>> activePolicy();
    Result<std::vector<PolicyVersion>> policies();
    Result<std::vector<Seat>> seats(Timestamp aliveSince);
    Result<std::optional<Seat>> seat(const SeatId &id);
    Result<std::optional<EngineLease>> lease() { return m_state.lease; }
    Result<std::vector<Timer>> dueTimers(Timestamp now, int limit);
    Result<std::optional<Timestamp>> nextTimer();
    Result<std::vector<Decision>> stagedDecisions(int limit);
    Result<std::vector<ConnectionRow>> connections();
    Result<std::vector<Request>> liveRequests(const QString &connection, int limit);
    Result<std::optional<Draft>> draft(const RequestId &request, const ReviewerId &reviewer);
    Result<std::optional<ToolDefinition>> toolDefinition(const QString &connection, const QString &tool);
    Result<std::vector<StoreReader::SealedEvent>> events(qint64 fromSequence, int limit);
    Result<std::vector<StoreReader::SealedEvent>> eventsAbout(const QString &subject);
    Result<std::optional<Seal>> lastSeal();
    Result<> eachRow(RowKind kind, const std::function<void(const QString &id)> &visit);
    Result<QStringList> strayRows();
    Result<ChangeMark> changeMark();

    // Lists: memory_queue.cpp.
    Result<QueuePage> findRequests(const QueueQuery &query, const QueueWindow &window);
    Result<QueueExtent> extent(const QueueQuery &query);
    Result<QueueCounts> counts(const ReviewerId &reviewer, Timestamp now);
    Result<ChangeSet> changesSince(qint64 sequence);
    Result<int> openRequestCount(const PrincipalId &principal);
    Result<int> requestCountSince(const PrincipalId &principal, Timestamp since);

private:
    Round withContent(Round round) const;
    std::vector<QueueRow> listed(const QueueQuery &query) const;

    const MemoryState &m_state;
};

} // namespace countersign
