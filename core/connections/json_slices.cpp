// SPDX-License-Identifier: Apache-2.0
#include "core/connections/json_slices.h"

#include "core/base/json_reader.h"

#include <cstring>
#include <functional>
#include <set>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

constexpr size_t maxMembers = 1000;

bool isBlank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// Walks over JSON text. Every step returns false at the first byte that breaks the grammar; problem() then says why.
class Walker
{
public:
    explicit Walker(QByteArrayView text)
        : m_text(text)
        , m_at(text.data())
        , m_end(text.data() + text.size())
    {}

    const char *at() const { return m_at; }
    Error problem() const
    {
        return m_problem.value_or(
            Error{ErrorCode::Malformed,
                  u"The JSON is broken at byte "_s + QString::number(m_at - m_text.data() + 1) + u'.',
                  {}});
    }

    void blanks()
    {
        while (m_at != m_end && isBlank(*m_at)) {
            ++m_at;
        }
    }
    bool isAtEnd()
    {
        blanks();
        return m_at == m_end;
    }
    /// Takes \p c if it comes next, blanks aside.
    bool take(char c)
    {
        blanks();
        if (m_at == m_end || *m_at != c) {
            return false;
        }
        ++m_at;
        return true;
    }

    bool value(int depth = 0)
    {
        blanks();
        if (m_at == m_end) {
            return false;
        }
        switch (*m_at) {
        case '{':
            return members(depth, [](QByteArrayView, QByteArrayView) { return true; });
        case '[':
            return items(depth, [](QByteArrayView) { return true; });
        case '"':
            return string();
        case 't':
            return word("true");
        case 'f':
            return word("false");
        case 'n':
            return word("null");
        default:
            return number();
        }
    }

    /// \p visit gets the name with its quotes and the value, and may refuse.
    template<typename Visit>
    bool members(int depth, const Visit &visit)
    {
        if (!enter('{', depth)) {
            return false;
        }
        if (take('}')) {
            return true;
        }
        do {
            blanks();
            const char *name = m_at;
            if (!string()) {
                return false;
            }
            const QByteArrayView nameText(name, m_at - name);
            if (!take(':')) {
                return false;
            }
            blanks();
            const char *start = m_at;
            if (!value(depth + 1) || !visit(nameText, QByteArrayView(start, m_at - start))) {
                return false;
            }
        } while (take(','));
        return take('}');
    }

    template<typename Visit>
    bool items(int depth, const Visit &visit)
    {
        if (!enter('[', depth)) {
            return false;
        }
        if (take(']')) {
            return true;
        }
        do {
            blanks();
            const char *start = m_at;
            if (!value(depth + 1) || !visit(QByteArrayView(start, m_at - start))) {
                return false;
            }
        } while (take(','));
        return take(']');
    }

    bool refuse(ErrorCode code, const QString &why)
    {
        m_problem = Error{code, why, {}};
        return false;
    }

private:
    bool enter(char open, int depth)
    {
        return depth < maxSliceDepth ? take(open)
                                     : refuse(ErrorCode::TooLarge, u"The JSON is nested too deeply to be passed on."_s);
    }

    bool word(const char *expected)
    {
        const auto length = static_cast<std::ptrdiff_t>(std::strlen(expected));
        if (m_end - m_at < length || std::memcmp(m_at, expected, static_cast<size_t>(length)) != 0) {
            return false;
        }
        m_at += length;
        return true;
    }

    bool digits()
    {
        const char *start = m_at;
        while (m_at != m_end && isDigit(*m_at)) {
            ++m_at;
        }
        return m_at != start;
    }

    bool number()
    {
        if (*m_at == '-') {
            ++m_at;
        }
        const char *start = m_at;
        if (!digits() || (*start == '0' && m_at - start > 1)) {
            return false;
        }
        if (m_at != m_end && *m_at == '.') {
            ++m_at;
            if (!digits()) {
                return false;
            }
        }
        if (m_at != m_end && (*m_at == 'e' || *m_at == 'E')) {
            ++m_at;
            if (m_at != m_end && (*m_at == '+' || *m_at == '-')) {
                ++m_at;
            }
            return digits();
        }
        return true;
    }

    bool string()
    {
        if (m_at == m_end || *m_at != '"') {
            return false;
        }
        ++m_at;
        while (m_at != m_end) {
            const auto byte = static_cast<unsigned char>(*m_at);
            if (byte == '"') {
                ++m_at;
                return true;
            }
            if (byte == '\\' ? !escape() : (byte < 0x80 ? !plain(byte) : !codePoint(byte))) {
                return false;
            }
        }
        return false;
    }

    bool plain(unsigned char byte)
    {
        ++m_at;
        return byte >= 0x20;
    }

    bool escape()
    {
        ++m_at;
        if (m_at == m_end) {
            return false;
        }
        if (*m_at != 'u') {
            return std::strchr("\"\\/bfnrt", *m_at++) != nullptr;
        }
        ++m_at;
        for (int i = 0; i < 4; ++i, ++m_at) {
            if (m_at == m_end || !std::isxdigit(static_cast<unsigned char>(*m_at))) {
                return false;
            }
        }
        return true;
    }

    /// One code point of more than one byte: shortest form, no surrogates, at most U+10FFFF.
    bool codePoint(unsigned char lead)
    {
        const int more = lead >= 0xF0 ? 3 : (lead >= 0xE0 ? 2 : 1);
        if (lead < 0xC2 || lead > 0xF4 || m_end - m_at <= more) {
            return false;
        }
        const auto second = static_cast<unsigned char>(m_at[1]);
        const bool tooShort = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
        const bool tooFar = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
        for (int i = 1; i <= more; ++i) {
            if ((static_cast<unsigned char>(m_at[i]) & 0xC0) != 0x80) {
                return false;
            }
        }
        m_at += more + 1;
        return !tooShort && !tooFar;
    }

    QByteArrayView m_text;
    const char *m_at;
    const char *m_end;
    std::optional<Error> m_problem;
};

} // namespace

std::optional<QString> jsonStringText(QByteArrayView token)
{
    if (token.size() < 2 || token.front() != '"') {
        return std::nullopt;
    }
    // The strict reader decodes: a text with a lone surrogate is no text.
    const Result<JsonValue> value = readJson(token, {.maxBytes = token.size(), .maxNodes = 1, .maxDepth = 1});
    return value && value->isString() ? std::optional(value->toString()) : std::nullopt;
}

Result<JsonSlices> JsonSlices::ofObject(QByteArrayView text)
{
    Walker walker(text);
    JsonSlices slices;
    std::set<QString> names;
    const auto keep = [&](QByteArrayView nameText, QByteArrayView value) {
        const std::optional<QString> name = jsonStringText(nameText);
        if (!name) {
            return walker.refuse(ErrorCode::Malformed, u"A name in the JSON is no valid text."_s);
        }
        if (!names.insert(*name).second) {
            return walker.refuse(ErrorCode::Malformed, u"A name stands there twice in one JSON object."_s);
        }
        if (slices.m_members.size() == maxMembers) {
            return walker.refuse(ErrorCode::TooLarge, u"The JSON object has more than 1000 members."_s);
        }
        slices.m_members.push_back({*name, value});
        return true;
    };
    walker.blanks();
    if (!walker.members(0, keep) || !walker.isAtEnd()) {
        return walker.problem();
    }
    return slices;
}

std::optional<QByteArrayView> JsonSlices::find(QStringView name) const
{
    for (const Member &member : m_members) {
        if (member.name == name) {
            return member.value;
        }
    }
    return std::nullopt;
}

QString JsonSlices::text(QStringView name) const
{
    return jsonStringText(value(name)).value_or(QString());
}

QString JsonSlices::lookAlike(const std::vector<QStringView> &names) const
{
    for (const Member &member : m_members) {
        for (const QStringView name : names) {
            if (member.name != name && member.name.toCaseFolded() == name.toString().toCaseFolded()) {
                return member.name;
            }
        }
    }
    return {};
}

Result<std::vector<QByteArrayView>> jsonItems(QByteArrayView text, size_t maxItems)
{
    Walker walker(text);
    std::vector<QByteArrayView> items;
    const auto keep = [&](QByteArrayView value) {
        if (items.size() == maxItems) {
            return walker.refuse(ErrorCode::TooLarge, u"The JSON array has too many items."_s);
        }
        items.push_back(value);
        return true;
    };
    walker.blanks();
    if (!walker.items(0, keep) || !walker.isAtEnd()) {
        return walker.problem();
    }
    return items;
}

QByteArray withSliceReplaced(QByteArrayView whole, QByteArrayView slice, QByteArrayView by)
{
    const qsizetype before = slice.data() - whole.data();
    Q_ASSERT(before >= 0);
    Q_ASSERT(before + slice.size() <= whole.size());
    QByteArray replaced;
    replaced.reserve(whole.size() - slice.size() + by.size());
    replaced.append(whole.first(before));
    replaced.append(by);
    replaced.append(whole.sliced(before + slice.size()));
    return replaced;
}

QByteArray withMemberAdded(QByteArrayView object, QByteArrayView name, QByteArrayView value)
{
    const qsizetype close = object.lastIndexOf('}');
    const qsizetype open = object.indexOf('{');
    Q_ASSERT(open >= 0);
    Q_ASSERT(close > open);
    const bool isEmpty = object.sliced(open + 1, close - open - 1).trimmed().isEmpty();
    QByteArray longer = object.first(close).toByteArray();
    longer += isEmpty ? "\"" : ",\"";
    longer += name.toByteArray() + "\":" + value.toByteArray();
    return longer + object.sliced(close).toByteArray();
}

} // namespace countersign
