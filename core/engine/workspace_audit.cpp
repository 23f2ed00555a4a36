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
    Result<std::vector<Statement>> statementsOfKind(const QString &kind) override
    {
        return m_store.statementsOfKind(kind);
    }
    Result<std::optional<ContentRow>> content(const ContentId &id) override { return m_store.content(id); }
    Result<std::optional<Request>> request(const RequestId &id) override { return m_store.request(id); }
    Result<std::vector<Round>> rounds(const RequestId &id) override { return m_store.rounds(id); }
    Result<std::vector<Decision>> decisions(const RequestId &id) override { return m_store.decisions(id); }
    Result<QStringList> strayRows() override { return m_store.strayRows(); }

private:
    StoreReader &m_store;
};

} // namespace

Result<AuditReport> verifyWorkspace(StoreReader &store, const std::optional<Digest> &pinnedAdministrator,
                                    const std::function<bool(qint64)> &keepGoing)
{
    StoreAuditSource source(store);
    return verifyAudit(source, pinnedAdministrator, keepGoing);
}

} // namespace countersign
