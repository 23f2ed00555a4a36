// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/sqlite_reader.h"
#include "core/store/store_reading.h"

namespace countersign {

/// The writes of one transaction on one connection. Lives as long as the transaction does.
class SqliteWriter final : public StoreReading<StoreWriter, SqliteReader>
{
public:
    explicit SqliteWriter(SqliteConnection &connection)
        : StoreReading(connection)
        , m_connection(connection)
    {}

    /// The first write that failed. A transaction in which one did is never committed, whatever its work says.
    const std::optional<Error> &failure() const { return m_failure; }

    Result<> insertPrincipal(const Principal &principal) override;
    Result<> insertRequest(const Request &request) override;
    Result<> updateRequest(const Request &request) override;
    Result<> indexRequest(const RequestId &request, const QString &text) override;
    Result<> insertRound(const Round &round) override;
    Result<> insertContent(const ContentRow &content) override;
    Result<> insertStatement(const Statement &statement) override;
    Result<> insertDecision(const Decision &decision) override;
    Result<> updateDecision(const Decision &decision) override;
    Result<> insertOutcome(const Outcome &outcome) override;
    Result<> insertDeliveryAttempt(const DeliveryAttempt &attempt) override;
    Result<> updateDeliveryAttempt(const DeliveryAttempt &attempt) override;
    Result<> saveReviewer(const Reviewer &reviewer) override;
    Result<> insertPolicy(const PolicyVersion &policy) override;
    Result<> saveSeat(const Seat &seat) override;
    Result<> removeSeat(const SeatId &id) override;
    Result<> saveLease(const EngineLease &lease) override;
    Result<> saveConnection(const ConnectionRow &row) override;
    Result<> insertTimer(const Timer &timer) override;
    Result<> markTimerFired(const TimerId &id, Timestamp at) override;
    Result<> removeTimers(const RequestId &request, const QString &kind) override;
    Result<> saveDraft(const Draft &draft) override;
    Result<> removeDraft(const RequestId &request, const ReviewerId &reviewer) override;
    Result<> saveToolDefinition(const ToolDefinition &definition) override;
    Result<> insertFeedback(const Feedback &feedback) override;
    Result<> eraseContent(const ContentId &id) override;
    Result<qint64> appendEvent(const AuditEvent &event) override;
    Result<qint64> nextSettledSequence() override;

private:
    Result<> write(const QString &sql, const SqlValues &values);
    /// As write(), and \p otherwise when it changed no row.
    Result<> writeOne(const QString &sql, const SqlValues &values, ErrorCode code, const QString &otherwise);
    Result<> fail(Error error);

    SqliteConnection &m_connection;
    std::optional<Seal> m_lastSeal; ///< Within this transaction only: before it, another process may have appended.
    std::optional<Error> m_failure;
};

} // namespace countersign
