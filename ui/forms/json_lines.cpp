// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/json_lines.h"

#include "core/base/visible_text.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QLocale>

namespace countersign::ui {

using namespace Qt::StringLiterals;
using Ink = JsonPiece::Ink;

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(countersign::ui::JsonLines)
};

constexpr int indentColumns = 2;
constexpr int closingColumns = 2;
constexpr int longestString = 1200; ///< Characters of one string in the preview.

QString quoted(const JsonValue &text)
{
    if (text.utf8().size() > longestString * 4) {
        const QString whole = text.toString();
        const QString left = QLocale().toString(whole.size() - longestString);
        return u'"' + displayText(whole.left(longestString)).text + u"\" ⋯ "_s +
               Words::tr("and %1 more characters").arg(left);
    }
    return displayText(QString::fromUtf8(writeJson(text))).text;
}

bool isScalar(const JsonValue &value)
{
    return !value.isArray() && !value.isObject();
}

bool isFlat(const JsonValue &value)
{
    for (const JsonValue &item : value.items()) {
        if (!isScalar(item)) {
            return false;
        }
    }
    for (const JsonValue::Member &member : value.members()) {
        if (!isScalar(member.value)) {
            return false;
        }
    }
    return true;
}

/// About how many characters the value takes on one line; stops counting at \p most.
int widthOf(const JsonValue &value, int most)
{
    int width = 2;
    switch (value.kind()) {
    case JsonValue::Kind::String:
        return static_cast<int>(std::min<size_t>(value.utf8().size() + 2, static_cast<size_t>(most) + 1));
    case JsonValue::Kind::Number:
        return static_cast<int>(value.numberText().size());
    case JsonValue::Kind::Boolean:
    case JsonValue::Kind::Null:
        return 5;
    case JsonValue::Kind::Array:
        for (const JsonValue &item : value.items()) {
            width += widthOf(item, most) + 2;
            if (width > most) {
                break;
            }
        }
        return width;
    case JsonValue::Kind::Object:
        for (const JsonValue::Member &member : value.members()) {
            width += static_cast<int>(std::min<size_t>(member.key.size(), 1000)) + 6 + widthOf(member.value, most);
            if (width > most) {
                break;
            }
        }
        return width;
    }
    return width;
}

class LineWriter
{
public:
    LineWriter(const JsonMarks &marks, int columns)
        : m_marks(marks)
        , m_limit(std::max(columns, 20))
        , m_columns(m_limit - closingColumns)
    {
        m_lines.emplace_back();
    }

    std::vector<JsonLine> write(const JsonValue &value)
    {
        writeValue(value, {}, 0, false);
        return std::move(m_lines);
    }

private:
    /// Nothing ever stands beside the lines: what does not fit, whatever was expected, goes on in the next one.
    void put(const QString &text, Ink ink = Ink::Plain)
    {
        QStringView rest = text;
        while (rest.size() > m_limit - m_column) {
            int room = m_limit - m_column;
            if (room > 1 && rest[room - 1].isHighSurrogate()) {
                --room;
            }
            append(rest.left(room), ink);
            rest = rest.mid(room);
            newLine(m_lines.back().indent);
        }
        append(rest, ink);
    }

    void append(QStringView text, Ink ink)
    {
        if (text.isEmpty()) {
            return;
        }
        std::vector<JsonPiece> &pieces = m_lines.back().pieces;
        if (!pieces.empty() && pieces.back().ink == ink) {
            pieces.back().text += text;
        } else {
            pieces.push_back({text.toString(), ink});
        }
        m_column += static_cast<int>(text.size());
    }

    void newLine(int indent)
    {
        m_column = std::min(indent, m_limit / 2);
        m_lines.emplace_back().indent = m_column;
    }

    void writeScalar(const JsonValue &value, const std::string &pointer)
    {
        if (m_marks.secret.contains(pointer)) {
            put(value.isNull() ? u"null"_s : u"••••••"_s, Ink::Masked);
            return;
        }
        const QString text = value.isString() ? quoted(value) : QString::fromUtf8(writeJson(value));
        const Ink ink = m_marks.wrong.contains(pointer) ? Ink::Bad : Ink::Plain;
        const int indent = m_lines.back().indent + indentColumns;
        QStringView rest = text;
        while (true) { // A long text goes on in the next line.
            const int room = std::max(m_columns - m_column, 10);
            if (rest.size() <= room) {
                put(rest.toString(), ink);
                return;
            }
            put(rest.left(room).toString(), ink);
            rest = rest.mid(room);
            newLine(indent);
        }
    }

    void writeValue(const JsonValue &value, const std::string &pointer, int indent, bool oneLine)
    {
        if (isScalar(value) || m_marks.secret.contains(pointer)) {
            writeScalar(value, pointer);
            return;
        }
        const bool isObject = value.isObject();
        const Ink ink = m_marks.wrong.contains(pointer) ? Ink::Bad : Ink::Plain;
        const QString open = isObject ? u"{"_s : u"["_s;
        const QString close = isObject ? u"}"_s : u"]"_s;
        const size_t count = isObject ? value.members().size() : value.items().size();
        if (count == 0) {
            put(open + close, ink);
            return;
        }
        const bool fits = oneLine || m_column + widthOf(value, m_columns) < m_columns;
        const bool fills = !fits && isFlat(value) && (!isObject || indent > 0 || count <= 12);
        const int inner = indent + indentColumns;
        put(isObject && (fits || fills) ? open + u' ' : open, ink);
        for (size_t i = 0; i < count; ++i) {
            const JsonValue &item = isObject ? value.members()[i].value : value.items()[i];
            const std::string &key = isObject ? value.members()[i].key : m_noKey;
            const int width = widthOf(item, m_columns) + (isObject ? static_cast<int>(key.size()) + 6 : 2);
            if (!fits && !fills) {
                newLine(inner);
            } else if (i > 0) {
                if (fills && m_column + width > m_columns) {
                    newLine(inner);
                } else {
                    put(u" "_s);
                }
            }
            std::string below = pointer;
            below += '/';
            below += isObject ? pointerToken(key) : std::to_string(i);
            if (isObject) {
                put(quoted(JsonValue::fromUtf8(key)), Ink::Key);
                put(u": "_s);
            }
            writeValue(item, below, inner, fits);
            if (i + 1 < count) {
                put(u","_s);
            }
        }
        if (fits || fills) {
            put(isObject ? u' ' + close : close, ink);
        } else {
            newLine(indent);
            put(close, ink);
        }
    }

    const JsonMarks &m_marks;
    const int m_limit;
    const int m_columns; ///< What is arranged: the rest is for commas and brackets that close.
    const std::string m_noKey;
    std::vector<JsonLine> m_lines;
    int m_column = 0;
};

} // namespace

std::vector<JsonLine> jsonLines(const JsonValue &value, const JsonMarks &marks, int columns)
{
    return LineWriter(marks, columns).write(value);
}

} // namespace countersign::ui
