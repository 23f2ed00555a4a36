// SPDX-License-Identifier: Apache-2.0
#include "core/audit/verifier.h"
#include "core/engine/engine.h"

namespace countersign {

namespace {

/// The verifier's view of a store.
class StoreAuditSource final : public AuditSource
{
public:
    explicit StoreAuditSource(StoreReader &store)
        : m_store(store)
    {}

    Result<WorkspaceId> workspace() override
    {
        const Result<WorkspaceInfo> info = m_store.workspace();
        return info ? Result<WorkspaceId>(info->id) : Result<WorkspaceId>(info.error());
    }
    Result<std::vector<SealedEvent>> events(qint64 fromSequence, int limit) override
    {
        Result<std::vector<StoreReader::SealedEvent>> stored = m_store.events(fromSequence, limit);
        if (!stored) {
            return stored.error();
        }
        std::vector<SealedEvent> events;
        events.reserve(stored->size());
        for (StoreReader::SealedEvent &sealed : *stored) {
            events.push_back({std::move(sealed.event), sealed.seal});
        }
        return events;
    }
    Result<std::optional<Statement>> statement(const StatementId &id) override { return m_store.statement(id); }
    Result<std::optional<ContentRow>> content(const ContentId &id) override { return m_store.content(id); }
    Result<std::optional<Request>> request(const RequestId &id) override { return m_store.request(id); }
    Result<std::vector<Round>> rounds(const RequestId &id) override { return m_store.rounds(id); }
    Result<std::vector<Decision>> decisions(const RequestId &id) override { return m_store.decisions(id); }
    Result<std::vector<Outcome>> outcomes(const RequestId &id) override { return m_store.outcomes(id); }
    Result<std::vector<AttemptRow>> attempts(const DecisionId &id) override
    {
        const Result<std::vector<DeliveryAttempt>> stored = m_store.deliveryAttempts(id);
        if (!stored) {
            return stored.error();
        }
        std::vector<AttemptRow> attempts;
        attempts.reserve(stored->size());
        for (const DeliveryAttempt &attempt : *stored) {
            attempts.push_back({attempt.id, attempt.token, attempt.result, attempt.finishedAt.has_value()});
        }
        return attempts;
    }
    Result<std::optional<Principal>> principal(const PrincipalId &id) override { return m_store.principal(id); }
    Result<std::vector<Reviewer>> reviewers() override { return m_store.reviewers(); }
    Result<std::vector<PolicyRow>> policies() override
    {
        const Result<std::vector<PolicyVersion>> stored = m_store.policies();
        if (!stored) {
            return stored.error();
        }
        std::vector<PolicyRow> policies;
        policies.reserve(stored->size());
        for (const PolicyVersion &policy : *stored) {
            policies.push_back({policy.version, policy.body, policy.statement, policy.activeFrom});
        }
        return policies;
    }
    Result<> eachRow(RowKind kind, const std::function<void(const QString &id)> &visit) override
    {
        return m_store.eachRow(kind, visit);
    }
    Result<QStringList> strayRows() override { return m_store.strayRows(); }

private:
    StoreReader &m_store;
};

} // namespace

Result<AuditReport> verifyWorkspace(StoreReader &store, const std::optional<Digest> &pinnedAdministrator,
                                    const std::function<bool(qint64)> &keepGoing)
{
    StoreAuditSource source(store);
    std::optional<AuditReport> report;
    // Entries and rows of one moment: others go on deciding meanwhile.
    const Result<> done = store.readConsistently([&]() -> Result<> {
        Result<AuditReport> verified = verifyAudit(source, pinnedAdministrator, keepGoing);
        if (!verified) {
            return verified.error();
        }
        report = std::move(*verified);
        return {};
    });
    return done ? Result<AuditReport>(std::move(*report)) : Result<AuditReport>(done.error());
}

} // namespace countersign
