// SPDX-License-Identifier: Apache-2.0
#include "core/audit/verifier.h"
#include "core/domain/summary.h"
#include "core/engine/engine.h"
#include "core/engine/policy.h"

#include <map>

using namespace Qt::Literals::StringLiterals;

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

/// Asks policies, each read once.
PolicyJudge policyJudge()
{
    using Known = std::map<QByteArray, std::shared_ptr<const CompiledPolicy>>;
    // Copies of a function share what it has read.
    return [known = std::make_shared<Known>()](const QByteArray &file, const RoundContent &content,
                                               const QString &agentName,
                                               const QString &connection) -> Result<PolicyFinding> {
        std::shared_ptr<const CompiledPolicy> &policy = (*known)[file];
        if (!policy) {
            Result<std::shared_ptr<const CompiledPolicy>> read = CompiledPolicy::read(file);
            if (!read) {
                return read.error();
            }
            policy = *std::move(read);
        }
        const PolicyVerdict verdict = policy->evaluate({content, agentName, connection});
        return PolicyFinding{policy->policy().name, verdict.tier, automaticVerdict(verdict.action, content),
                             summarize(content, agentName, policy->policy().tool(content.toolName))};
    };
}

Result<int> newestPolicyInLog(StoreReader &store)
{
    const Result<std::vector<StoreReader::SealedEvent>> entries = store.eventsAbout(policyLogSubject());
    if (!entries) {
        return entries.error();
    }
    int newest = 0;
    for (const StoreReader::SealedEvent &entry : *entries) {
        const Result<EventFacts> facts = decodeEvent(entry.event.body);
        const JsonValue *version = facts ? facts->more.find("version") : nullptr;
        newest = std::max(newest, version ? policyNumberOf(version->toString()).value_or(0) : 0);
    }
    return newest;
}

} // namespace

Result<AuditReport> verifyWorkspace(StoreReader &store, const std::optional<Digest> &pinnedAdministrator,
                                    const std::function<bool(qint64)> &keepGoing, int newestPolicyNoted)
{
    StoreAuditSource source(store);
    std::optional<AuditReport> report;
    // Entries and rows of one moment: others go on deciding meanwhile.
    const Result<> done = store.readConsistently([&]() -> Result<> {
        Result<AuditReport> verified = verifyAudit(source, pinnedAdministrator, keepGoing, policyJudge());
        if (!verified) {
            return verified.error();
        }
        report = std::move(*verified);
        const Result<int> newest = newestPolicyInLog(store);
        if (!newest) {
            return newest.error();
        }
        if (*newest < newestPolicyNoted) {
            report->findings.push_back({0, u"policy "_s + policyVersionOf(newestPolicyNoted),
                                        u"This machine has seen it in force, but the log does not know it: its end was "
                                        "cut off, or an older copy was put back."_s});
        }
        return {};
    });
    return done ? Result<AuditReport>(std::move(*report)) : Result<AuditReport>(done.error());
}

} // namespace countersign
