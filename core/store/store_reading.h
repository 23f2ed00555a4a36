// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/store.h"

#include <utility>

namespace countersign {

/// Answers every question of StoreReader with \p Reader, once for Store and once for StoreWriter: what is read inside
/// a transaction and outside of one is the same code.
template<typename Interface, typename Reader>
class StoreReading : public Interface
{
public:
    template<typename... Arguments>
    explicit StoreReading(Arguments &&...arguments)
        : m_reader(std::forward<Arguments>(arguments)...)
    {}

    Result<WorkspaceInfo> workspace() override { return m_reader.workspace(); }
    Result<std::optional<Request>> request(const RequestId &id) override { return m_reader.request(id); }
    Result<std::optional<Request>> requestByKey(const PrincipalId &principal, const QString &key) override
    {
        return m_reader.requestByKey(principal, key);
    }
    Result<std::optional<Principal>> principal(const PrincipalId &id) override { return m_reader.principal(id); }
    Result<std::optional<Principal>> principalByName(const QString &connection, const QString &osUser,
                                                     const QString &name) override
    {
        return m_reader.principalByName(connection, osUser, name);
    }
    Result<std::vector<Round>> rounds(const RequestId &id) override { return m_reader.rounds(id); }
    Result<std::optional<Round>> round(const RequestId &id, int number) override { return m_reader.round(id, number); }
    Result<std::vector<Statement>> statements(const QString &kind, const QString &subject) override
    {
        return m_reader.statements(kind, subject);
    }
    Result<std::vector<Statement>> statementsOfKind(const QString &kind) override
    {
        return m_reader.statementsOfKind(kind);
    }
    Result<std::optional<Statement>> statement(const StatementId &id) override { return m_reader.statement(id); }
    Result<std::optional<ContentRow>> content(const ContentId &id) override { return m_reader.content(id); }
    Result<std::optional<Decision>> decision(const DecisionId &id) override { return m_reader.decision(id); }
    Result<std::vector<Decision>> decisions(const RequestId &id) override { return m_reader.decisions(id); }
    Result<std::vector<Outcome>> outcomes(const RequestId &id) override { return m_reader.outcomes(id); }
    Result<std::vector<DeliveryAttempt>> deliveryAttempts(const DecisionId &id) override
    {
        return m_reader.deliveryAttempts(id);
    }
    Result<std::vector<DeliveryAttempt>> unfinishedAttempts(int limit) override
    {
        return m_reader.unfinishedAttempts(limit);
    }
    Result<std::vector<Reviewer>> reviewers() override { return m_reader.reviewers(); }
    Result<std::optional<PolicyVersion>> activePolicy() override { return m_reader.activePolicy(); }
    Result<std::vector<PolicyVersion>> policies() override { return m_reader.policies(); }
    Result<std::vector<Seat>> seats(Timestamp aliveSince) override { return m_reader.seats(aliveSince); }
    Result<std::optional<Seat>> seat(const SeatId &id) override { return m_reader.seat(id); }
    Result<std::optional<EngineLease>> lease() override { return m_reader.lease(); }
    Result<std::vector<Timer>> dueTimers(Timestamp now, int limit) override { return m_reader.dueTimers(now, limit); }
    Result<std::optional<Timestamp>> nextTimer() override { return m_reader.nextTimer(); }
    Result<std::vector<Decision>> stagedDecisions(int limit) override { return m_reader.stagedDecisions(limit); }
    Result<std::vector<ConnectionRow>> connections() override { return m_reader.connections(); }
    Result<std::vector<Request>> liveRequests(const QString &connection, int limit) override
    {
        return m_reader.liveRequests(connection, limit);
    }
    Result<QueuePage> findRequests(const QueueQuery &query, const QueueWindow &window) override
    {
        return m_reader.findRequests(query, window);
    }
    Result<QueueExtent> extent(const QueueQuery &query) override { return m_reader.extent(query); }
    Result<QueueCounts> counts(const ReviewerId &reviewer, Timestamp now) override
    {
        return m_reader.counts(reviewer, now);
    }
    Result<ChangeSet> changesSince(qint64 sequence) override { return m_reader.changesSince(sequence); }
    Result<int> openRequestCount(const PrincipalId &principal) override { return m_reader.openRequestCount(principal); }
    Result<int> requestCountSince(const PrincipalId &principal, Timestamp since) override
    {
        return m_reader.requestCountSince(principal, since);
    }
    Result<std::optional<Draft>> draft(const RequestId &request, const ReviewerId &reviewer) override
    {
        return m_reader.draft(request, reviewer);
    }
    Result<std::optional<ToolDefinition>> toolDefinition(const QString &connection, const QString &tool) override
    {
        return m_reader.toolDefinition(connection, tool);
    }
    Result<std::vector<StoreReader::SealedEvent>> events(qint64 fromSequence, int limit) override
    {
        return m_reader.events(fromSequence, limit);
    }
    Result<std::vector<StoreReader::SealedEvent>> eventsAbout(const QString &subject) override
    {
        return m_reader.eventsAbout(subject);
    }
    Result<std::optional<Seal>> lastSeal() override { return m_reader.lastSeal(); }
    Result<> eachRow(RowKind kind, const std::function<void(const QString &id)> &visit) override
    {
        return m_reader.eachRow(kind, visit);
    }
    Result<QStringList> strayRows() override { return m_reader.strayRows(); }
    Result<> readConsistently(const std::function<Result<>()> &work) override { return work(); }
    Result<ChangeMark> changeMark() override { return m_reader.changeMark(); }

protected:
    Reader m_reader;
};

} // namespace countersign
