// SPDX-License-Identifier: Apache-2.0
// What a new round changed, marked on its rows.
#include "core/base/exact_text.h"
#include "ui/detail/counted.h"
#include "ui/detail/member_index.h"
#include "ui/detail/payload_rows.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QStringList>

#include <algorithm>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

QString trChanges(const char *text, int count = -1)
{
    return counted(QCoreApplication::translate("countersign::ui::PayloadRows", text, nullptr, count), count);
}

/// Walks values in the order of their rows: every value begins exactly one row.
class ChangeMarker
{
public:
    explicit ChangeMarker(PayloadRows &rows)
        : m_rows(rows.rows)
    {}

    void members(const JsonValue &now, const JsonValue *before)
    {
        for (size_t i = 0; i < now.items().size(); ++i) {
            const bool known = before && before->isArray() && i < before->items().size();
            value(now.items()[i], known ? &before->items()[i] : nullptr);
        }
        const MemberIndex then(before);
        for (const JsonValue::Member &member : now.members()) {
            value(member.value, then.find(member.key));
        }
    }

    void value(const JsonValue &now, const JsonValue *before)
    {
        while (m_next < m_rows.size() && !m_rows[m_next].startsValue) {
            ++m_next;
        }
        if (m_next >= m_rows.size()) {
            return;
        }
        PayloadRow &row = m_rows[m_next++];
        const bool nested = now.isArray() || now.isObject();
        if (!before) {
            mark(row, trChanges("new in this round"));
        } else if (before->kind() != now.kind() || (!nested && writeJson(*before) != writeJson(now))) {
            mark(row, trChanges("changed in this round"));
        } else if (nested) {
            const auto gone = removed(now, *before);
            if (gone > 0) {
                mark(row, trChanges("%n left out since the round before", gone));
            }
        }
        if (before || nested) {
            members(now, before);
        }
    }

private:
    static void mark(PayloadRow &row, const QString &words)
    {
        row.mark = PayloadRow::Mark::Changed;
        row.badges.insert(row.badges.begin(), {words, PayloadRow::Tone::Warn});
    }

    static int removed(const JsonValue &now, const JsonValue &before)
    {
        const auto items = static_cast<int>(before.items().size()) - static_cast<int>(now.items().size());
        const MemberIndex present(&now);
        return std::max(items, 0) +
               static_cast<int>(std::ranges::count_if(
                   before.members(), [&](const JsonValue::Member &member) { return !present.find(member.key); }));
    }

    std::vector<PayloadRow> &m_rows;
    size_t m_next = 0;
};

} // namespace

void markChanges(PayloadRows &rows, const JsonValue &before, const JsonValue &now)
{
    ChangeMarker marker(rows);
    if (!now.isObject() || now.members().empty() || !before.isObject()) {
        marker.value(now, &before);
        return;
    }
    marker.members(now, &before);
    QStringList gone;
    const MemberIndex present(&now);
    for (const JsonValue::Member &member : before.members()) {
        if (!present.find(member.key)) {
            gone.append(displayText(exactText(member.key)).text);
        }
    }
    if (!gone.isEmpty()) {
        PayloadRow row;
        row.text = gone.join(u", "_s);
        row.key = trChanges("left out");
        row.mark = PayloadRow::Mark::Changed;
        row.badges.push_back({trChanges("in the round before only"), PayloadRow::Tone::Warn});
        rows.rows.push_back(std::move(row));
    }
}

} // namespace countersign::ui
