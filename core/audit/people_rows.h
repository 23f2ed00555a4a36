// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/audit/audit_findings.h"

namespace countersign {

/// A policy that an administrator signed and an entry put into force.
struct AppliedPolicy {
    StatementId statement;
    PolicyBody body;
};

/// Compares the table of reviewers, which lists and filters read, with \p directory, which counts.
Result<> compareReviewers(AuditSource &source, const ReviewerDirectory &directory, AuditFindings &findings);
/// Compares the table of policies with those that were put into force.
Result<> comparePolicies(AuditSource &source, const std::vector<AppliedPolicy> &applied, AuditFindings &findings);

} // namespace countersign
