// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/audit/audit_findings.h"
#include "core/audit/named_rows.h"

#include <QtCore/QHash>
#include <QtCore/QSet>

namespace countersign {

/// The rows that one entry holds on to, as far as they exist and are what it says.
struct HeldRows {
    std::optional<Statement> statement; ///< The one that its kind of entry must hold.
    bool statementSound = true;         ///< False: a finding says already what is wrong with it.
    std::vector<ContentRow> contents;

    const ContentRow *content(const ContentId &id) const;
};

/// The kind of statement that an entry of \p eventKind holds; empty when it holds none.
QString statementKindOf(const QString &eventKind);

/// Reads held rows and compares them with the digests in the entry. Contents may be erased by a later entry, so that
/// missing ones are judged at the end.
class HeldRowsReader
{
public:
    HeldRowsReader(AuditSource &source, NamedRows &named, AuditFindings &findings)
        : m_source(source)
        , m_named(named)
        , m_findings(findings)
    {}

    Result<HeldRows> read(const AuditEntry &entry);
    /// Reports what is gone without a recorded erasure, or there in spite of one. Returns how many were erased.
    Result<int> finish();

private:
    struct Missing {
        qint64 sequence = 0;
        QString entry;
    };
    Result<> readStatements(const AuditEntry &entry, HeldRows &rows);
    Result<> readContents(const AuditEntry &entry, HeldRows &rows);
    void noteErasure(const AuditEntry &entry);

    AuditSource &m_source;
    NamedRows &m_named;
    AuditFindings &m_findings;
    QHash<ContentId, Missing> m_missing;
    QHash<ContentId, Missing> m_erased;
};

} // namespace countersign
