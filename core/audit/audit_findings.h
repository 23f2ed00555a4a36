// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/audit/verifier.h"
#include "core/base/visible_text.h"

#include <algorithm>

namespace countersign {

/// One decoded entry of the log, while it is being checked.
struct AuditEntry {
    qint64 sequence = 0;
    const EventFacts &facts;
};

/// What is wrong so far, bounded.
class AuditFindings
{
public:
    void add(const AuditEntry &entry, const QString &what) { add(entry.sequence, entry.facts.id.text(), what); }
    void add(qint64 sequence, const QString &entry, const QString &what)
    {
        if (m_findings.size() < limit) {
            m_findings.push_back({sequence, entry, what});
        }
    }
    /// A row that no entry proves, such as `request r1`.
    void addRow(const QString &row, const QString &what) { add(0, row, what); }

    /// In sequence; rows that no entry proves come last.
    std::vector<AuditFinding> take()
    {
        const auto place = [](const AuditFinding &one) {
            return one.sequence == 0 ? std::numeric_limits<qint64>::max() : one.sequence;
        };
        std::stable_sort(m_findings.begin(), m_findings.end(),
                         [&place](const AuditFinding &left, const AuditFinding &right) {
                             if (left.sequence == 0 && right.sequence == 0) {
                                 return left.entry < right.entry;
                             }
                             return place(left) < place(right);
                         });
        return std::move(m_findings);
    }

private:
    static constexpr size_t limit = 1000;
    std::vector<AuditFinding> m_findings;
};

/// An id out of a row that may be forged, for a sentence.
inline QString shownId(const QString &id)
{
    return displayText(id).text;
}

} // namespace countersign
