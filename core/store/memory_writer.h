// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/memory_state.h"
#include "core/store/store_reading.h"

namespace countersign {

/// The writes of one transaction on a state in memory, under the same conditions as in a file.
class MemoryWriter final : public StoreReading<StoreWriter, MemoryReader>
{
public:
    explicit MemoryWriter(MemoryState &state)
        : StoreReading(state)
        , m_state(state)
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
    Result<> conflict(const QString &detail);
    Result<> fail(Error error);
    bool startsAgain(const DeliveryAttempt &attempt) const;
    bool decidesAgain(const Decision &decision) const;

    MemoryState &m_state;
    std::optional<Error> m_failure;
};

} // namespace countersign
