// SPDX-License-Identifier: Apache-2.0
#include "core/audit/verifier.h"

#include "core/audit/people_rows.h"
#include "core/audit/request_replay.h"
#include "core/domain/policy.h"

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

constexpr int batchSize = 1000;

/// Checks sequence, chain and hashes of the seals against the bodies.
class SealChain
{
public:
    explicit SealChain(AuditFindings &findings)
        : m_findings(findings)
    {}

    void check(const AuditEvent &event, const Seal &seal)
    {
        const QString id = shownId(event.id.text());
        checkSequence(seal, id);
        if (seal.event != event.id) {
            m_findings.add(seal.sequence, id, u"Its seal is of another entry."_s);
        }
        const Digest leaf = leafHashOf(event.body);
        if (seal.leafHash != leaf) {
            m_findings.add(seal.sequence, id, u"Its body is not the one that was sealed: it was changed."_s);
        }
        // After a gap nothing is known of the one before; the gap is reported.
        const bool follows = !m_previous || seal.previousHash == *m_previous || seal.previousHash == m_storedPrevious;
        if (!follows) {
            m_findings.add(seal.sequence, id, u"It does not follow the entry before it: the chain is broken here."_s);
        }
        const Digest sealHash = sealHashOf(seal.sequence, seal.previousHash, leaf);
        const bool sound = seal.leafHash == leaf && seal.sealHash == sealHash;
        if (seal.leafHash == leaf && seal.sealHash != sealHash) {
            m_findings.add(seal.sequence, id, u"Its seal is not the one that was made: it was changed."_s);
        }
        // An unsound seal is reported once: the next may follow what it was or what it is now.
        m_previous = sealHash;
        m_storedPrevious = sound ? sealHash : seal.sealHash;
        m_expected = seal.sequence + 1;
    }

private:
    void checkSequence(const Seal &seal, const QString &id)
    {
        if (seal.sequence == m_expected) {
            return;
        }
        m_previous.reset();
        if (seal.sequence < m_expected) {
            m_findings.add(seal.sequence, id, u"Its place in the log is taken by an earlier entry."_s);
        } else if (seal.sequence == m_expected + 1) {
            m_findings.add(m_expected, {}, u"Entry %1 is missing."_s.arg(m_expected));
        } else {
            m_findings.add(m_expected, {},
                           u"The entries %1 to %2 are missing."_s.arg(QString::number(m_expected),
                                                                      QString::number(seal.sequence - 1)));
        }
    }

    AuditFindings &m_findings;
    qint64 m_expected = 1;
    std::optional<Digest> m_previous = Digest{}; ///< Computed; absent after a gap.
    Digest m_storedPrevious;
};

/// Who was enrolled at each place of the log: the directory of the statements that the log has spoken of so far.
class ReviewerReplay
{
public:
    ReviewerReplay(const WorkspaceId &workspace, const std::optional<Digest> &pinned, AuditFindings &findings)
        : m_workspace(workspace)
        , m_pinned(pinned)
        , m_findings(findings)
        , m_directory(ReviewerDirectory::build(workspace, {}, pinned))
    {}

    const ReviewerDirectory &directory() const { return m_directory; }
    const std::vector<AppliedPolicy> &policies() const { return m_policies; }
    const AppliedPolicy *policyInForce() const { return m_policies.empty() ? nullptr : &m_policies.back(); }

    /// Returns whose signature it bore, if it was good.
    std::optional<ReviewerId> apply(const AuditEntry &entry, const HeldRows &held)
    {
        if (!held.statement) {
            return {};
        }
        if (entry.facts.kind == "policy.applied"_L1) {
            return checkPolicy(entry, *held.statement);
        }
        return entry.facts.kind.startsWith("reviewer."_L1) ? enter(entry, *held.statement) : std::nullopt;
    }

private:
    std::optional<ReviewerId> enter(const AuditEntry &entry, const Statement &statement)
    {
        if (entry.facts.subject != statement.subject) {
            m_findings.add(entry, u"It speaks of another reviewer than the signed statement %1."_s.arg(
                                      shownId(statement.id.text())));
        }
        const bool seen = std::any_of(m_statements.begin(), m_statements.end(),
                                      [&](const Statement &one) { return one.id == statement.id; });
        if (seen) {
            m_findings.add(entry, u"It holds the statement %1 a second time."_s.arg(shownId(statement.id.text())));
            return {};
        }
        m_statements.push_back(statement);
        const ReviewerDirectory after = ReviewerDirectory::build(m_workspace, m_statements, m_pinned);
        for (const ReviewerDirectory::Refused &refused : after.refused()) {
            if (refused.statement == statement.id) {
                m_findings.add(entry, refused.why);
                m_statements.pop_back();
                return {};
            }
        }
        // A key that was retired earlier in the log must not sign again under an older id.
        const Reviewer *signer = m_directory.activeByKey(statement.keyId);
        const bool first = !m_directory.hasAdministrator();
        const bool byRecoveryCode = statement.kind == "rotate"_L1 && !wasEnrolled(statement.keyId);
        if (!first && !signer && !byRecoveryCode) {
            m_findings.add(entry, u"The statement %1 is signed by a key that was retired before."_s.arg(
                                      shownId(statement.id.text())));
            m_statements.pop_back();
            return {};
        }
        std::optional<ReviewerId> who;
        if (signer) {
            who = signer->id;
        } else {
            who = ReviewerId(statement.subject);
        }
        noteKeys(after);
        m_directory = after;
        return who;
    }

    std::optional<ReviewerId> checkPolicy(const AuditEntry &entry, const Statement &statement)
    {
        const Result<PolicyBody> body = decodePolicy(statement.body);
        const Reviewer *signer = m_directory.activeByKey(statement.keyId);
        if (!body || body->workspace != m_workspace || statement.subject != body->version) {
            m_findings.add(entry, u"Its policy statement %1 cannot be read as one of this workspace."_s.arg(
                                      shownId(statement.id.text())));
        } else if (!signer || !signer->administrator || !verifyStatement(statement, signer->key)) {
            m_findings.add(entry,
                           u"The policy %1 is not signed by an active administrator."_s.arg(shownId(body->version)));
        } else {
            checkOrder(entry, *body);
            m_policies.push_back({statement.id, *body});
            return signer->id;
        }
        return {};
    }

    /// The engine looks for policies under one subject, and takes the highest version for the newest.
    void checkOrder(const AuditEntry &entry, const PolicyBody &body)
    {
        const JsonValue *version = entry.facts.more.find("version");
        const int number = policyNumberOf(body.version).value_or(0);
        const int before = m_policies.empty() ? 0 : policyNumberOf(m_policies.back().body.version).value_or(0);
        if (entry.facts.subject != policyLogSubject() || !version || version->toString() != body.version) {
            m_findings.add(entry, u"It speaks of another policy than the signed statement."_s);
        } else if (number <= before) {
            m_findings.add(
                entry, u"It brings %1 into force after a newer one, or a second time."_s.arg(shownId(body.version)));
        }
    }

    bool wasEnrolled(const Digest &keyId) const
    {
        return std::find(m_keys.begin(), m_keys.end(), keyId) != m_keys.end();
    }

    void noteKeys(const ReviewerDirectory &directory)
    {
        for (const Reviewer &reviewer : directory.reviewers()) {
            if (const Digest key = reviewer.key.fingerprint(); !wasEnrolled(key)) {
                m_keys.push_back(key);
            }
        }
    }

    const WorkspaceId m_workspace;
    const std::optional<Digest> m_pinned;
    AuditFindings &m_findings;
    std::vector<Statement> m_statements;
    std::vector<Digest> m_keys;
    std::vector<AppliedPolicy> m_policies;
    ReviewerDirectory m_directory;
};

class Verifier
{
public:
    Verifier(AuditSource &source, const WorkspaceId &workspace, const std::optional<Digest> &pinned,
             const PolicyJudge &judge)
        : m_source(source)
        , m_workspace(workspace)
        , m_chain(m_findings)
        , m_heldRows(source, m_named, m_findings)
        , m_reviewers(workspace, pinned, m_findings)
        , m_requests(source, workspace, m_named, m_findings, judge)
    {}

    Result<> take(const AuditSource::SealedEvent &sealed)
    {
        ++m_report.entries;
        m_chain.check(sealed.event, sealed.seal);
        const Result<EventFacts> facts = decodeEvent(sealed.event.body);
        if (!facts) {
            m_findings.add(sealed.seal.sequence, shownId(sealed.event.id.text()), facts.error().message);
            return {};
        }
        const AuditEntry entry{sealed.seal.sequence, *facts};
        checkColumns(entry, sealed.event);
        const Result<HeldRows> held = m_heldRows.read(entry);
        if (!held) {
            return held.error();
        }
        if (const std::optional<ReviewerId> signer = m_reviewers.apply(entry, *held)) {
            noteSignature(*signer);
        }
        const Result<std::optional<ReviewerId>> signer =
            m_requests.apply(entry, *held, m_reviewers.directory(), m_reviewers.policyInForce());
        if (!signer) {
            return signer.error();
        }
        if (*signer) {
            noteSignature(**signer);
        }
        return {};
    }

    Result<AuditReport> finish()
    {
        const Result<int> erased = m_heldRows.finish();
        if (!erased) {
            return erased.error();
        }
        m_report.erased = *erased;
        if (const Result<> done = m_requests.finish(); !done) {
            return done.error();
        }
        if (const Result<> done = checkOtherRows(); !done) {
            return done.error();
        }
        for (const Reviewer &reviewer : m_reviewers.directory().reviewers()) {
            if (m_signers.contains(reviewer.id)) {
                m_report.signers.push_back(reviewer);
            }
        }
        m_report.findings = m_findings.take();
        return std::move(m_report);
    }

private:
    void checkColumns(const AuditEntry &entry, const AuditEvent &event)
    {
        const EventFacts &facts = entry.facts;
        if (event.id != facts.id || event.kind != facts.kind || event.subject != facts.subject ||
            event.at != facts.at) {
            m_findings.add(entry.sequence, shownId(event.id.text()), u"Its row says something else than its body."_s);
        }
        if (facts.workspace != m_workspace) {
            m_findings.add(entry, u"It is of another workspace (%1)."_s.arg(shownId(facts.workspace.text())));
        }
        if (facts.kind == "workspace.created"_L1 && entry.sequence != 1) {
            m_findings.add(entry, u"A workspace begins only once, with the first entry."_s);
        }
    }

    void noteSignature(const ReviewerId &signer)
    {
        ++m_report.signatures;
        m_signers.insert(signer);
    }

    Result<> checkOtherRows()
    {
        if (const Result<> compared = compareReviewers(m_source, m_reviewers.directory(), m_findings); !compared) {
            return compared;
        }
        if (const Result<> compared = comparePolicies(m_source, m_reviewers.policies(), m_findings); !compared) {
            return compared;
        }
        if (const Result<> reported = m_named.reportStrays(m_source, m_findings); !reported) {
            return reported;
        }
        const Result<QStringList> stray = m_source.strayRows();
        if (!stray) {
            return stray.error();
        }
        for (const QString &row : *stray) {
            m_findings.addRow(shownId(row), u"An entry has exactly one seal: this one stands alone."_s);
        }
        return {};
    }

    AuditSource &m_source;
    const WorkspaceId m_workspace;
    AuditFindings m_findings;
    SealChain m_chain;
    NamedRows m_named;
    HeldRowsReader m_heldRows;
    ReviewerReplay m_reviewers;
    RequestReplay m_requests;
    QSet<ReviewerId> m_signers;
    AuditReport m_report;
};

} // namespace

Result<AuditReport> verifyAudit(AuditSource &source, const std::optional<Digest> &pinnedAdministrator,
                                const std::function<bool(qint64 done)> &keepGoing, const PolicyJudge &judge)
{
    const Result<WorkspaceId> workspace = source.workspace();
    if (!workspace) {
        return workspace.error();
    }
    Verifier verifier(source, *workspace, pinnedAdministrator, judge);
    qint64 from = 1;
    qint64 done = 0;
    while (true) {
        if (keepGoing && !keepGoing(done)) {
            return Error{ErrorCode::Cancelled, u"The verification was stopped after %1 entries."_s.arg(done), {}};
        }
        const Result<std::vector<AuditSource::SealedEvent>> batch = source.events(from, batchSize);
        if (!batch) {
            return batch.error();
        }
        if (batch->empty()) {
            break;
        }
        for (const AuditSource::SealedEvent &sealed : *batch) {
            if (const Result<> taken = verifier.take(sealed); !taken) {
                return taken.error();
            }
            from = std::max(from, sealed.seal.sequence);
        }
        done += static_cast<qint64>(batch->size());
        if (from == std::numeric_limits<qint64>::max()) {
            break;
        }
        ++from;
    }
    return verifier.finish();
}

} // namespace countersign
