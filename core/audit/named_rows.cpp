// SPDX-License-Identifier: Apache-2.0
#include "core/audit/named_rows.h"

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

QString wordOf(RowKind kind)
{
    switch (kind) {
    case RowKind::Statement:
        return u"statement"_s;
    case RowKind::Content:
        return u"content"_s;
    case RowKind::Request:
        return u"request"_s;
    case RowKind::Round:
        return u"round"_s;
    case RowKind::Decision:
        return u"decision"_s;
    case RowKind::DeliveryAttempt:
        return u"delivery attempt"_s;
    case RowKind::Outcome:
        break;
    }
    return u"outcome"_s;
}

} // namespace

Result<> NamedRows::reportStrays(AuditSource &source, AuditFindings &findings)
{
    const QString why = u"No entry of the log speaks of it: it was put there by hand and counts for nothing."_s;
    for (const RowKind kind : allRowKinds) {
        QSet<QString> expected = std::move(known(kind));
        known(kind).clear();
        const Result<> read = source.eachRow(kind, [&](const QString &id) {
            // Removed when met, so that a second row of the same id is met as a stray one.
            if (!expected.remove(id)) {
                findings.addRow(wordOf(kind) + u' ' + shownId(id), why);
            }
        });
        if (!read) {
            return read;
        }
    }
    return {};
}

} // namespace countersign
