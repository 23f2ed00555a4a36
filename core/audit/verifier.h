// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/audit/event_body.h"
#include "core/audit/policy_judge.h"
#include "core/audit/reviewer_directory.h"
#include "core/audit/row_kind.h"
#include "core/domain/decision.h"

#include <functional>
#include <vector>

namespace countersign {

/// A policy as the table has it.
struct PolicyRow {
    QString version;
    QByteArray body;
    StatementId statement;
    Timestamp activeFrom;
};

/// A try to deliver as the table has it.
struct AttemptRow {
    QString id;
    QString token;
    QString result;
    bool finished = false;
};

/// Where the verifier reads. Implemented over a store by the engine and over bytes by tests; blocking, one thread.
/// Absent rows are an empty optional.
class AuditSource
{
public:
    struct SealedEvent {
        AuditEvent event;
        Seal seal;
    };
    virtual ~AuditSource() = default;
    virtual Result<WorkspaceId> workspace() = 0;
    virtual Result<std::vector<SealedEvent>> events(qint64 fromSequence, int limit) = 0;
    virtual Result<std::optional<Statement>> statement(const StatementId &id) = 0;
    virtual Result<std::optional<ContentRow>> content(const ContentId &id) = 0;
    virtual Result<std::optional<Request>> request(const RequestId &id) = 0;
    virtual Result<std::vector<Round>> rounds(const RequestId &id) = 0;
    virtual Result<std::vector<Decision>> decisions(const RequestId &id) = 0;
    virtual Result<std::vector<Outcome>> outcomes(const RequestId &id) = 0;
    virtual Result<std::vector<AttemptRow>> attempts(const DecisionId &id) = 0; ///< Oldest first.
    virtual Result<std::optional<Principal>> principal(const PrincipalId &id) = 0;
    virtual Result<std::vector<Reviewer>> reviewers() = 0;
    virtual Result<std::vector<PolicyRow>> policies() = 0;
    /// Calls \p visit with the id of every row of \p kind; \p visit does not read from here.
    virtual Result<> eachRow(RowKind kind, const std::function<void(const QString &id)> &visit) = 0;
    /// Names of rows that break the log itself (an event without a seal, a seal without an event), which must not
    /// exist.
    virtual Result<QStringList> strayRows() = 0;
};

/// One thing that is wrong.
struct AuditFinding {
    qint64 sequence = 0; ///< Of the entry; 0 when it is a row that no entry speaks of.
    QString entry;       ///< Event id, or the row's name.
    QString what;        ///< One sentence.
    friend bool operator==(const AuditFinding &, const AuditFinding &) = default;
};

struct AuditReport {
    qint64 entries = 0;
    int signatures = 0;                 ///< Checked and good.
    int erased = 0;                     ///< Contents erased by a recorded erasure.
    std::vector<AuditFinding> findings; ///< In sequence, at most 1000.
    std::vector<Reviewer> signers;      ///< Whose signatures were found.

    bool holds() const { return findings.empty(); }
    /// The first bad entry in sequence, for "entry 17 (ev…): …".
    const AuditFinding *first() const { return findings.empty() ? nullptr : &findings.front(); }
};

/// Recomputes everything from bodies and contents, never from stored hashes: seals and their chain, event columns
/// against bodies, statements and their signatures up to \p pinnedAdministrator, content commitments, payload and
/// effective hashes, the rows of each request, of its decisions, attempts and outcomes against the events about it,
/// reviewers and policies against signed statements, and rows that no event speaks of. \p source must not change
/// meanwhile. \p judge says what policies make of rounds; without it that is not compared. \p keepGoing is asked
/// between batches; false ends with Cancelled. Errors are of reading only.
Result<AuditReport> verifyAudit(AuditSource &source, const std::optional<Digest> &pinnedAdministrator,
                                const std::function<bool(qint64 done)> &keepGoing = {}, const PolicyJudge &judge = {});

} // namespace countersign
