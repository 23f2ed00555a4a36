// SPDX-License-Identifier: Apache-2.0
#include "core/audit/held_rows.h"

namespace countersign {

using namespace Qt::StringLiterals;

const ContentRow *HeldRows::content(const ContentId &id) const
{
    const auto found =
        std::find_if(contents.begin(), contents.end(), [&id](const ContentRow &row) { return row.id == id; });
    return found == contents.end() ? nullptr : &*found;
}

QString statementKindOf(const QString &eventKind)
{
    static const QHash<QString, QString> kinds{{u"vote.cast"_s, u"vote"_s},
                                               {u"decision.released"_s, u"release"_s},
                                               {u"decision.undone"_s, u"undo"_s},
                                               {u"reviewer.enrolled"_s, u"enrol"_s},
                                               {u"reviewer.disabled"_s, u"disable"_s},
                                               {u"reviewer.rotated"_s, u"rotate"_s},
                                               {u"policy.applied"_s, u"policy"_s},
                                               {u"decision.automatic"_s, u"policy"_s}};
    return kinds.value(eventKind);
}

Result<HeldRows> HeldRowsReader::read(const AuditEntry &entry)
{
    HeldRows rows;
    if (const Result<> read = readStatements(entry, rows); !read) {
        return read.error();
    }
    if (const Result<> read = readContents(entry, rows); !read) {
        return read.error();
    }
    if (entry.facts.kind == "content.erased"_L1) {
        noteErasure(entry);
    }
    return rows;
}

Result<> HeldRowsReader::readStatements(const AuditEntry &entry, HeldRows &rows)
{
    const QString kind = statementKindOf(entry.facts.kind);
    const size_t expected = kind.isEmpty() ? 0 : 1;
    if (entry.facts.statements.size() != expected) {
        m_findings.add(entry, expected == 0 ? u"It holds a signed statement, which entries of its kind do not have."_s
                                            : u"It does not hold exactly one signed statement."_s);
        rows.statementSound = false;
    }
    for (const HeldRow &held : entry.facts.statements) {
        const StatementId id(held.id);
        m_named.add(RowKind::Statement, held.id);
        Result<std::optional<Statement>> row = m_source.statement(id);
        if (!row) {
            return row.error();
        }
        QString wrong;
        if (!*row) {
            wrong = u"The signed statement %1 that it holds is gone."_s;
        } else if ((*row)->id != id || (*row)->digest() != held.digest) {
            wrong = u"The signed statement %1 that it holds was changed."_s;
        } else if (!kind.isEmpty() && (*row)->kind != kind) {
            wrong = u"The signed statement %1 that it holds is of another kind."_s;
        }
        if (!wrong.isEmpty()) {
            m_findings.add(entry, wrong.arg(shownId(held.id)));
            rows.statementSound = false;
        } else {
            rows.statement = std::move(**row);
        }
    }
    if (!rows.statementSound) {
        rows.statement.reset();
    }
    return {};
}

Result<> HeldRowsReader::readContents(const AuditEntry &entry, HeldRows &rows)
{
    for (const HeldRow &held : entry.facts.contents) {
        const ContentId id(held.id);
        m_named.add(RowKind::Content, held.id);
        Result<std::optional<ContentRow>> row = m_source.content(id);
        if (!row) {
            return row.error();
        }
        if (!*row) {
            if (!m_missing.contains(id)) {
                m_missing.insert(id, {entry.sequence, entry.facts.id.text()});
            }
        } else if ((*row)->id != id || (*row)->commitment() != held.digest) {
            m_findings.add(entry, u"The content %1 that it holds was changed."_s.arg(shownId(held.id)));
        } else {
            rows.contents.push_back(std::move(**row));
        }
    }
    return {};
}

void HeldRowsReader::noteErasure(const AuditEntry &entry)
{
    const JsonValue *content = entry.facts.more.find("content");
    if (!content || content->toString().isEmpty()) {
        m_findings.add(entry, u"It records an erasure without saying of what."_s);
        return;
    }
    m_erased.insert(ContentId(content->toString()), {entry.sequence, entry.facts.id.text()});
}

Result<int> HeldRowsReader::finish()
{
    int erased = 0;
    for (auto missing = m_missing.cbegin(); missing != m_missing.cend(); ++missing) {
        if (m_erased.contains(missing.key())) {
            ++erased;
        } else {
            m_findings.add(missing->sequence, missing->entry,
                           u"The content %1 that it holds is gone, and no entry records its erasure."_s.arg(
                               shownId(missing.key().text())));
        }
    }
    for (auto gone = m_erased.cbegin(); gone != m_erased.cend(); ++gone) {
        const Result<std::optional<ContentRow>> row = m_source.content(gone.key());
        if (!row) {
            return row.error();
        }
        if (*row) {
            m_findings.add(
                gone->sequence, gone->entry,
                u"It says that the content %1 was erased, but it is there."_s.arg(shownId(gone.key().text())));
        }
    }
    return erased;
}

} // namespace countersign
