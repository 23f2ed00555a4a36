// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/sqlite_connection.h"
#include "core/store/store.h"

namespace countersign {

/// What StoreReader asks, as SQL on one connection. Meant as the Reader of StoreReading.
class SqliteReader
{
public:
    explicit SqliteReader(SqliteConnection &connection)
        : m_connection(connection)
    {}

    Result<WorkspaceInfo> workspace();
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
    Result<std::optional<EngineLease>> lease();
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

    // Lists: sqlite_queue.cpp.
    Result<QueuePage> findRequests(const QueueQuery &query, const QueueWindow &window);
    Result<QueueExtent> extent(const QueueQuery &query);
    Result<QueueCounts> counts(const ReviewerId &reviewer, Timestamp now);
    Result<ChangeSet> changesSince(qint64 sequence);
    Result<int> openRequestCount(const PrincipalId &principal);
    Result<int> requestCountSince(const PrincipalId &principal, Timestamp since);

private:
    SqliteConnection &m_connection;
};

} // namespace countersign
