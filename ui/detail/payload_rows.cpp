// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/payload_rows.h"

#include "core/base/exact_text.h"
#include "ui/detail/counted.h"
#include "ui/detail/member_index.h"

#include <QtCore/QCoreApplication>

#include <algorithm>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

QString trRows(const char *text, int count = -1)
{
    return counted(QCoreApplication::translate("countersign::ui::PayloadRows", text, nullptr, count), count);
}

constexpr qsizetype proseLength = 200; ///< Longer text is shown in the payload font.
constexpr size_t collapseFrom = 4;     ///< Runs of at least this many lines collapse.

bool isBidiControl(char32_t c)
{
    return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/// "hidden direction mark made visible", or how many hidden characters there were.
void addHiddenBadge(PayloadRow &row, QStringView original, int count)
{
    if (count == 0) {
        return;
    }
    const QList<uint> characters = original.toUcs4();
    const auto marks = std::ranges::count_if(characters, [](uint c) { return isBidiControl(c); });
    if (marks == count) {
        row.badges.push_back({marks == 1 ? trRows("hidden direction mark made visible")
                                         : trRows("%n hidden direction mark(s) made visible", static_cast<int>(marks)),
                              PayloadRow::Tone::Bad});
    } else {
        row.badges.push_back({trRows("%n special character(s) made visible", count), PayloadRow::Tone::Bad});
    }
}

/// May stand in the window's own font. Its contextual forms would draw `->` as an arrow and `3x4` as a product, so
/// whatever is not plainly words goes into the payload font, which draws every character as itself.
bool isProse(const QString &text)
{
    const auto plain = [](QChar c) { return c.isLetterOrNumber() || QStringView(u" .,'-_@&()·").contains(c); };
    if (text.size() > proseLength || !std::ranges::all_of(text, plain)) {
        return false;
    }
    const bool digits = std::ranges::any_of(text, [](QChar c) { return c.isDigit(); });
    return !digits || !text.contains(u'x', Qt::CaseInsensitive);
}

bool looksLikeAnotherType(const QString &text)
{
    return text == "true"_L1 || text == "false"_L1 || text == "null"_L1 || isJsonNumber(text.toStdString());
}

PayloadRow collapsedRow(const QString &text, int depth, PayloadRow::Mark mark)
{
    PayloadRow row;
    row.depth = depth;
    row.kind = PayloadRow::Kind::Collapsed;
    row.mark = mark;
    row.text = text;
    row.startsValue = false;
    return row;
}

/// Splits visible text at its line breaks and adds a row for each line, collapsing runs.
class LineAdder
{
public:
    LineAdder(PayloadRows &rows, const PayloadRow &pattern)
        : m_rows(rows)
        , m_pattern(pattern)
    {}

    void add(const VisibleText &visible, bool numbered)
    {
        struct Line {
            qsizetype start;
            qsizetype length;
        };
        std::vector<Line> lines;
        for (qsizetype start = 0;;) {
            const qsizetype end = visible.text.indexOf(u'\n', start);
            lines.push_back({start, (end < 0 ? visible.text.size() : end) - start});
            if (end < 0) {
                break;
            }
            start = end + 1;
        }
        if (numbered && lines.size() > 1 && lines.back().length == 0) {
            lines.pop_back(); // The break at the end of a text file begins no line.
        }
        const QStringView all(visible.text);
        const auto textOf = [&](size_t i) { return all.mid(lines[i].start, lines[i].length); };
        size_t token = 0;
        for (size_t i = 0; i < lines.size();) {
            size_t run = 1;
            const bool blank = textOf(i).trimmed().isEmpty();
            while (i + run < lines.size() &&
                   (blank ? textOf(i + run).trimmed().isEmpty() : textOf(i + run) == textOf(i))) {
                ++run;
            }
            const bool collapses = run >= collapseFrom;
            if (collapses && blank) {
                PayloadRow row =
                    collapsedRow(trRows("⋯ %n blank line(s)", static_cast<int>(run)), m_pattern.depth, m_pattern.mark);
                takeKey(row);
                m_rows.rows.push_back(std::move(row));
                i += run;
            } else {
                addLine(visible, lines[i].start, lines[i].length, token, numbered ? static_cast<int>(i + 1) : 0);
                i += 1;
                if (collapses) {
                    m_rows.rows.push_back(
                        collapsedRow(trRows("⋯ the line above %n more time(s)", static_cast<int>(run - 1)),
                                     m_pattern.depth, m_pattern.mark));
                    i += run - 1;
                }
            }
            const qsizetype next = i < lines.size() ? lines[i].start : visible.text.size();
            while (token < visible.tokens.size() && visible.tokens[token].start < next) {
                ++token;
            }
        }
    }

private:
    void takeKey(PayloadRow &row)
    {
        if (m_first) {
            row.key = m_pattern.key;
            row.startsValue = m_pattern.startsValue;
            m_first = false;
        }
    }

    void addLine(const VisibleText &visible, qsizetype start, qsizetype length, size_t token, int number)
    {
        PayloadRow row = m_pattern;
        row.startsValue = false;
        row.key.clear();
        takeKey(row);
        if (number > 0) {
            row.key = QString::number(number);
        }
        row.text = visible.text.mid(start, length);
        for (; token < visible.tokens.size() && visible.tokens[token].start < start + length; ++token) {
            row.tokens.push_back({visible.tokens[token].start - start, visible.tokens[token].length});
        }
        m_rows.rows.push_back(std::move(row));
    }

    PayloadRows &m_rows;
    const PayloadRow &m_pattern;
    bool m_first = true;
};

void addText(PayloadRows &rows, PayloadRow row, const QString &original)
{
    const VisibleText visible = displayText(original, TextShape::Lines);
    const bool multiLine = visible.text.contains(u'\n');
    row.mono = multiLine || !(visible.tokens.empty() ? isProse(visible.text) : visible.text.size() <= proseLength);
    rows.hiddenCharacters += visible.replacedCount();
    rows.mixedScripts += visible.mixedScript ? 1 : 0;
    const size_t first = rows.rows.size();
    LineAdder(rows, row).add(visible, false);
    // Badges belong to the value: they stand at its first line, where the eye starts.
    PayloadRow &head = rows.rows[first];
    if (original.isEmpty()) {
        head.badges.push_back({trRows("empty text"), PayloadRow::Tone::Plain});
    } else if (looksLikeAnotherType(original)) {
        head.badges.push_back({trRows("text, not a value"), PayloadRow::Tone::Plain});
    } else if (!multiLine && (original.startsWith(u' ') || original.endsWith(u' '))) {
        head.badges.push_back({trRows("spaces at its ends"), PayloadRow::Tone::Warn});
    }
    addHiddenBadge(head, original, visible.replacedCount());
    if (visible.mixedScript) {
        head.badges.push_back({trRows("mixed script"), PayloadRow::Tone::Warn});
        head.note = mixedScriptExplanation(original);
    }
}

/// The name of a member, made visible; marks that it needs go to \p marks.
QString keyText(PayloadRows &rows, std::string_view key, PayloadRow &marks)
{
    const QString original = exactText(key);
    const VisibleText visible = displayText(original);
    rows.hiddenCharacters += visible.replacedCount();
    if (visible.replacedCount() > 0) {
        marks.badges.push_back(
            {trRows("%n special character(s) in its name", visible.replacedCount()), PayloadRow::Tone::Bad});
    }
    if (visible.mixedScript) {
        rows.mixedScripts += 1;
        marks.badges.push_back({trRows("mixed script in its name"), PayloadRow::Tone::Warn});
        marks.note = mixedScriptExplanation(original);
    }
    return visible.text.isEmpty() ? u"\"\""_s : visible.text;
}

void addMembers(PayloadRows &rows, const JsonValue &value, int depth, PayloadRow::Mark mark)
{
    if (value.isArray()) {
        for (size_t i = 0; i < value.items().size(); ++i) {
            addRows(rows, u"[%1]"_s.arg(i), value.items()[i], depth, mark);
        }
        return;
    }
    for (const JsonValue::Member &member : value.members()) {
        PayloadRow marks;
        const QString key = keyText(rows, member.key, marks);
        const size_t first = rows.rows.size();
        addRows(rows, key, member.value, depth, mark);
        PayloadRow &head = rows.rows[first];
        head.badges.insert(head.badges.begin(), marks.badges.begin(), marks.badges.end());
        if (!marks.note.isEmpty()) {
            head.note = head.note.isEmpty() ? marks.note : marks.note + u" · "_s + head.note;
        }
    }
}

} // namespace

void addRows(PayloadRows &rows, const QString &key, const JsonValue &value, int depth, PayloadRow::Mark mark)
{
    PayloadRow row;
    row.key = key;
    row.depth = depth;
    row.mark = mark;
    switch (value.kind()) {
    case JsonValue::Kind::String:
        addText(rows, std::move(row), value.toString());
        return;
    case JsonValue::Kind::Number: {
        const std::string_view text = value.numberText();
        row.kind = PayloadRow::Kind::Number;
        row.text = QString::fromLatin1(text.data(), static_cast<qsizetype>(text.size()));
        break;
    }
    case JsonValue::Kind::Boolean:
        row.kind = PayloadRow::Kind::Word;
        row.text = value.toBool() ? u"true"_s : u"false"_s;
        break;
    case JsonValue::Kind::Null:
        row.kind = PayloadRow::Kind::Word;
        row.text = u"null"_s;
        break;
    case JsonValue::Kind::Array:
        row.kind = PayloadRow::Kind::Container;
        row.text = value.items().empty() ? trRows("empty list")
                                         : trRows("list · %n item(s)", static_cast<int>(value.items().size()));
        break;
    case JsonValue::Kind::Object:
        row.kind = PayloadRow::Kind::Container;
        row.text = value.members().empty() ? trRows("empty object")
                                           : trRows("object · %n member(s)", static_cast<int>(value.members().size()));
        break;
    }
    rows.rows.push_back(std::move(row));
    addMembers(rows, value, depth + 1, mark);
}

void addOwnRow(PayloadRows &rows, const QString &key, const QString &ours, bool mono)
{
    PayloadRow row;
    row.key = key;
    row.text = ours;
    row.mono = mono;
    rows.rows.push_back(std::move(row));
}

PayloadRows rowsOf(const JsonValue &value)
{
    PayloadRows rows;
    const bool nested = (value.isObject() && !value.members().empty()) || (value.isArray() && !value.items().empty());
    if (nested) {
        addMembers(rows, value, 0, PayloadRow::Mark::None);
    } else {
        addRows(rows, trRows("value"), value);
    }
    return rows;
}

PayloadRows textRows(QByteArrayView utf8)
{
    PayloadRows rows;
    const VisibleText visible = displayBytes(utf8, TextShape::Lines);
    rows.hiddenCharacters = visible.replacedCount();
    rows.mixedScripts = visible.mixedScript ? 1 : 0;
    PayloadRow pattern;
    pattern.mono = true;
    pattern.startsValue = false;
    LineAdder(rows, pattern).add(visible, true);
    return rows;
}

namespace {

class Differ
{
public:
    void compare(const QString &path, const JsonValue &before, const JsonValue &after)
    {
        if (before == after && writeJson(before) == writeJson(after)) {
            ++m_same;
            return;
        }
        if (before.isObject() && after.isObject()) {
            compareMembers(path, before, after);
        } else if (before.isArray() && after.isArray()) {
            compareItems(path, before, after);
        } else {
            const QString key = path.isEmpty() ? trRows("value") : path;
            addRows(m_rows, key, before, 0, PayloadRow::Mark::Removed);
            addRows(m_rows, key, after, 0, PayloadRow::Mark::Added);
        }
    }

    PayloadRows take()
    {
        if (m_rows.rows.empty()) {
            addOwnRow(m_rows, {}, trRows("No difference: every value is the same."));
        } else if (m_same > 0) {
            m_rows.rows.push_back(collapsedRow(trRows("⋯ %n part(s) unchanged", m_same), 0, PayloadRow::Mark::None));
        }
        return std::move(m_rows);
    }

private:
    QString join(const QString &path, std::string_view key)
    {
        PayloadRow ignored;
        const QString name = keyText(m_rows, key, ignored);
        return path.isEmpty() ? name : path + u'.' + name;
    }

    void compareMembers(const QString &path, const JsonValue &before, const JsonValue &after)
    {
        const MemberIndex now(&after);
        const MemberIndex then(&before);
        for (const JsonValue::Member &member : before.members()) {
            if (const JsonValue *other = now.find(member.key)) {
                compare(join(path, member.key), member.value, *other);
            } else {
                addRows(m_rows, join(path, member.key), member.value, 0, PayloadRow::Mark::Removed);
            }
        }
        for (const JsonValue::Member &member : after.members()) {
            if (!then.find(member.key)) {
                addRows(m_rows, join(path, member.key), member.value, 0, PayloadRow::Mark::Added);
            }
        }
    }

    void compareItems(const QString &path, const JsonValue &before, const JsonValue &after)
    {
        const JsonValue::Array &left = before.items();
        const JsonValue::Array &right = after.items();
        // What is equal at both ends stays; in between, place by place.
        size_t head = 0;
        while (head < std::min(left.size(), right.size()) && left[head] == right[head]) {
            compare(u"%1[%2]"_s.arg(path, QString::number(head)), left[head], right[head]);
            ++head;
        }
        size_t tail = 0;
        while (tail < std::min(left.size(), right.size()) - head &&
               left[left.size() - 1 - tail] == right[right.size() - 1 - tail]) {
            ++tail;
        }
        m_same += static_cast<int>(tail);
        for (size_t i = head; i < std::max(left.size(), right.size()) - tail; ++i) {
            const QString place = u"%1[%2]"_s.arg(path, QString::number(i));
            const bool inLeft = i < left.size() - tail;
            const bool inRight = i < right.size() - tail;
            if (inLeft && inRight) {
                compare(place, left[i], right[i]);
            } else if (inLeft) {
                addRows(m_rows, place, left[i], 0, PayloadRow::Mark::Removed);
            } else {
                addRows(m_rows, place, right[i], 0, PayloadRow::Mark::Added);
            }
        }
    }

    PayloadRows m_rows;
    int m_same = 0;
};

} // namespace

PayloadRows differenceRows(const JsonValue &before, const JsonValue &after)
{
    Differ differ;
    differ.compare({}, before, after);
    return differ.take();
}

} // namespace countersign::ui
