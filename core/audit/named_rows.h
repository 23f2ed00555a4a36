// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/audit/audit_findings.h"
#include "core/audit/row_kind.h"

#include <QtCore/QSet>

#include <array>

namespace countersign {

/// The rows that the log speaks of, by their ids: about a hundred bytes for each.
class NamedRows
{
public:
    void add(RowKind kind, const QString &id) { known(kind).insert(id); }
    static QString ofRound(const RequestId &request, int number)
    {
        return request.text() + QLatin1Char('/') + QString::number(number);
    }
    /// Names every row of the workspace that is not among them. Forgets them.
    Result<> reportStrays(AuditSource &source, AuditFindings &findings);

private:
    QSet<QString> &known(RowKind kind) { return m_known.at(static_cast<size_t>(kind)); }

    std::array<QSet<QString>, std::size(allRowKinds)> m_known;
};

} // namespace countersign
