// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/domain/reviewer.h"
#include "core/domain/statements.h"

#include <vector>

namespace countersign {

/// Who may sign what, derived from nothing but signed statements and the fingerprint of the first administrator's key,
/// which is pinned outside the database. Rows without a valid signature up that chain count for nothing.
class ReviewerDirectory
{
public:
    /// A statement that does not count, and why in one sentence.
    struct Refused {
        StatementId statement;
        QString why;
    };

    /// \p statements: all of the kinds enrol, disable and rotate, in the order of the log: ids follow clocks, which
    /// can be set back. Without \p pinnedAdministrator nobody
    /// is enrolled. The first enrolment counts only if it is an administrator's, is signed by its own key and that key
    /// has the pinned fingerprint.
    static ReviewerDirectory build(const WorkspaceId &workspace, const std::vector<Statement> &statements,
                                   const std::optional<Digest> &pinnedAdministrator);
    /// The key of the self-signed first enrolment with an administrator, if there is exactly one: what a first use
    /// pins.
    static std::optional<PublicKey> firstAdministratorKey(const WorkspaceId &workspace,
                                                          const std::vector<Statement> &statements);

    const std::vector<Reviewer> &reviewers() const { return m_reviewers; }
    const std::vector<Refused> &refused() const { return m_refused; }
    const Reviewer *find(const ReviewerId &id) const;
    const Reviewer *findByName(const QString &name) const;
    /// The active reviewer whose current key this is; null when there is none.
    const Reviewer *activeByKey(const Digest &keyId) const;
    bool hasAdministrator() const;

    /// Checks that \p statement is signed by \p reviewer with a key that was theirs at \p at and that they were active
    /// then. Error NotAllowed says what does not hold.
    Result<> verifyAsOf(const Statement &statement, const ReviewerId &reviewer, Timestamp at) const;
    /// Stricter: the key is their current one and they are active now. For whoever is about to act.
    Result<> verifyCurrent(const Statement &statement, const ReviewerId &reviewer) const;
    /// Checks a policy or similar: signed by a key that was an administrator's at \p at.
    Result<> verifyAdministrator(const Statement &statement, Timestamp at) const;

private:
    friend class ReviewerDirectoryBuilder;
    struct KeyPeriod {
        ReviewerId reviewer;
        PublicKey key;
        Timestamp from;
        std::optional<Timestamp> until;
    };
    std::vector<Reviewer> m_reviewers;
    std::vector<KeyPeriod> m_periods;
    std::vector<Refused> m_refused;
};

} // namespace countersign
