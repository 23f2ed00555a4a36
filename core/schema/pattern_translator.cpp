// SPDX-License-Identifier: Apache-2.0
#include "core/schema/pattern_classes.h"
#include "core/schema/pattern_reader.h"

#include <algorithm>

namespace countersign::schema {

using namespace Qt::StringLiterals;

namespace {

constexpr int deepestGroup = 200;
constexpr int farReach = 1'000'000;
constexpr int boundedReach = 1000;
constexpr quint32 pcreLargestCount = 65'535;
constexpr quint32 noBound = 0xFFFF'FFFF;

int capped(qint64 reach)
{
    return static_cast<int>(std::min<qint64>(reach, farReach));
}

QString literal(char32_t c)
{
    const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    return surrogate ? u"(?!)"_s : escapedCodePoint(c); // A text of ours never holds half a pair.
}

/// A piece of the pattern, rewritten.
struct Piece {
    QString text;
    bool anchored = false;
    int reach = 0; ///< At most so many characters are looked at.
    bool isAssertion = false;
    bool isSingle = false; ///< Stands for exactly one character.
};

/// Reads a pattern by the grammar of ECMA-262 and writes it for PCRE2. Everything is parsed: nothing that only PCRE2
/// knows (recursion, verbs, possessive repeats, flags) can come through.
class Translator : private PatternReader
{
public:
    Translator(std::string_view source, PatternReading reading)
        : PatternReader(source, reading)
    {
        findGroups();
    }

    Result<TranslatedPattern> translate()
    {
        const Piece whole = disjunction(0);
        if (m_error.isEmpty() && !atEnd()) {
            fail(u"this “)” closes nothing"_s);
        }
        if (!m_error.isEmpty()) {
            return Error{ErrorCode::InvalidInput, m_error, {}};
        }
        return TranslatedPattern{whole.text, whole.anchored, whole.reach <= boundedReach};
    }

private:
    void findGroups()
    {
        bool inClass = false;
        for (qsizetype i = 0; i < m_source.size(); ++i) {
            const char32_t c = m_source[i];
            if (c == U'\\') {
                ++i;
            } else if (inClass || c == U'[') {
                inClass = c != U']';
            } else if (c == U'(') {
                const bool special = i + 1 < m_source.size() && m_source[i + 1] == U'?';
                const bool named = special && i + 3 < m_source.size() && m_source[i + 2] == U'<' &&
                                   m_source[i + 3] != U'=' && m_source[i + 3] != U'!';
                if (named) {
                    const qsizetype end = m_source.indexOf(U'>', i);
                    m_names.append(QString::fromUcs4(reinterpret_cast<const char32_t *>(m_source.constData()) + i + 3,
                                                     std::max<qsizetype>(end - i - 3, 0)));
                } else if (!special) {
                    m_names.append(QString());
                }
            }
        }
    }

    Piece disjunction(int depth)
    {
        Piece all = alternative(depth);
        while (take(U'|')) {
            const Piece next = alternative(depth);
            all.text += u'|' + next.text;
            all.anchored = all.anchored && next.anchored;
            all.reach = std::max(all.reach, next.reach);
        }
        return all;
    }

    Piece alternative(int depth)
    {
        Piece all;
        while (!atEnd() && peek() != U'|' && peek() != U')') {
            const bool first = all.text.isEmpty();
            Piece next = term(depth);
            all.text += next.text;
            all.anchored = first ? next.anchored : all.anchored;
            all.reach = capped(qint64{all.reach} + next.reach);
        }
        return all;
    }

    Piece term(int depth)
    {
        Piece piece = atom(depth);
        if (m_error.isEmpty()) {
            quantify(piece);
        }
        return piece;
    }

    Piece atom(int depth)
    {
        const char32_t c = peek();
        ++m_at;
        switch (c) {
        case U'^':
            return {u"^"_s, true, 0, true, false};
        case U'$':
            return {u"\\z"_s, false, 0, true, false};
        case U'.':
            return single(u"[^\\n\\r\\x{2028}\\x{2029}]"_s);
        case U'(':
            return group(depth);
        case U'[':
            return characterClass();
        case U'\\':
            return escape();
        case U'*':
        case U'+':
        case U'?':
            fail(u"there is nothing to repeat"_s);
            return {};
        case U'{':
        case U'}':
        case U']': {
            --m_at;
            quint32 least = 0;
            quint32 most = 0;
            if (!m_lenient || (c == U'{' && count(least, most))) {
                fail(u"“%1” needs a backslash"_s.arg(QChar(static_cast<char16_t>(c))));
            }
            ++m_at;
            return single(literal(c));
        }
        default:
            return single(literal(c));
        }
    }

    static Piece single(const QString &text) { return {text, false, 1, false, true}; }

    Piece group(int depth)
    {
        if (depth >= deepestGroup) {
            fail(u"the groups are nested too deeply"_s);
            return {};
        }
        QString opening = u"("_s;
        bool looks = false;
        if (peek() == U'?') {
            const bool plain = takeAll(u"?:");
            looks = !plain && (takeOpening(u"?=", opening) || takeOpening(u"?!", opening) ||
                               takeOpening(u"?<=", opening) || takeOpening(u"?<!", opening));
            if (plain) {
                opening = u"(?:"_s;
            } else if (!looks && !takeGroupName()) {
                fail(u"ECMA-262 has no such group; flags and PCRE's own groups are not known here"_s);
                return {};
            }
        }
        Piece inner = disjunction(depth + 1);
        if (!take(U')')) {
            fail(u"a “)” is missing"_s);
        }
        inner.text = opening + inner.text + u')';
        inner.isAssertion = looks;
        inner.isSingle = false;
        inner.anchored = inner.anchored && !looks;
        return inner;
    }

    bool takeOpening(QStringView wanted, QString &opening)
    {
        if (!takeAll(wanted)) {
            return false;
        }
        opening += wanted;
        return true;
    }

    bool takeGroupName()
    {
        if (!takeAll(u"?<")) {
            return false;
        }
        const qsizetype start = m_at;
        while (!atEnd() && peek() != U'>') {
            const char32_t c = peek();
            if (!isLetter(c) && c != U'_' && c != U'$' && c < 128 && !(isDigit(c) && m_at > start)) {
                return false;
            }
            ++m_at;
        }
        return m_at > start && take(U'>');
    }

    /// `{n}`, `{n,}` or `{n,m}`; otherwise nothing is taken.
    bool count(quint32 &least, quint32 &most)
    {
        const qsizetype start = m_at;
        const auto number = [this](quint32 &value) {
            quint64 read = 0;
            const qsizetype before = m_at;
            while (isDigit(peek()) && m_at < m_source.size()) {
                read = std::min<quint64>(read * 10 + (peek() - U'0'), noBound - 1);
                ++m_at;
            }
            value = static_cast<quint32>(read);
            return m_at > before;
        };
        if (take(U'{') && number(least)) {
            most = least;
            if (take(U',') && !number(most)) {
                most = noBound;
            }
            if (take(U'}')) {
                return true;
            }
        }
        m_at = start;
        return false;
    }

    void quantify(Piece &piece)
    {
        quint32 least = 0;
        quint32 most = noBound;
        if (take(U'?')) {
            most = 1;
        } else if (take(U'+')) {
            least = 1;
        } else if (!take(U'*') && !count(least, most)) {
            return;
        }
        if (piece.isAssertion) {
            fail(u"an assertion cannot be repeated"_s);
        }
        if (most < least) {
            fail(u"the counts are in the wrong order"_s);
        }
        const QString lazy = take(U'?') ? u"?"_s : QString();
        piece.text = repeated(piece, least, most, lazy);
        piece.anchored = piece.anchored && least > 0;
        piece.reach = most == noBound ? farReach : capped(qint64{piece.reach} * most);
    }

    /// PCRE2 counts to 65,535 only; a single character can be counted in several goes.
    static QString repeated(const Piece &piece, quint32 least, quint32 most, const QString &lazy)
    {
        QString text;
        const auto add = [&](quint32 from, const QString &to) {
            text += piece.text + u'{' + QString::number(from) + to + u'}' + lazy;
        };
        constexpr quint32 longestSplit = 40 * pcreLargestCount;
        const bool split = piece.isSingle && least < longestSplit && (most == noBound || most < longestSplit);
        while (split && least > pcreLargestCount) {
            add(pcreLargestCount, {});
            least -= pcreLargestCount;
            most -= most == noBound ? 0 : pcreLargestCount;
        }
        while (split && most != noBound && most > pcreLargestCount) {
            const quint32 part = std::min(pcreLargestCount, most - least);
            add(0, u',' + QString::number(part));
            most -= part;
        }
        add(least, most == noBound ? u","_s : u',' + QString::number(most));
        return text;
    }

    Piece escape()
    {
        const char32_t c = peek();
        if (c == U'b' || c == U'B') {
            ++m_at;
            return {u'\\' + QString(QChar(static_cast<char16_t>(c))), false, 1, true, false};
        }
        if (c >= U'1' && c <= U'9') {
            return backReference();
        }
        if (c == U'k') {
            return namedReference();
        }
        if (const QString body = setEscape(); !body.isEmpty()) {
            return single(u'[' + body + u']');
        }
        return single(literal(characterEscape(false)));
    }

    Piece backReference()
    {
        quint32 number = 0;
        while (isDigit(peek()) && number < 100'000) {
            number = number * 10 + (peek() - U'0');
            ++m_at;
        }
        return reference(number);
    }

    Piece namedReference()
    {
        ++m_at;
        const qsizetype end = m_source.indexOf(U'>', m_at);
        if (peek() != U'<' || end < 0) {
            fail(u"“\\k” needs the name of a group"_s);
            return {};
        }
        const QString name =
            QString::fromUcs4(reinterpret_cast<const char32_t *>(m_source.constData()) + m_at + 1, end - m_at - 1);
        m_at = end + 1;
        return reference(name.isEmpty() ? 0 : static_cast<quint32>(m_names.indexOf(name) + 1));
    }

    /// A group that took no part matches nothing in ECMA-262, and fails in PCRE2.
    Piece reference(quint32 number)
    {
        if (number == 0 || number > static_cast<quint32>(m_names.size())) {
            fail(u"there is no such group"_s);
            return {};
        }
        const QString group = QString::number(number);
        return {u"(?("_s + group + u")\\g{"_s + group + u"})"_s, false, farReach, false, false};
    }

    /// `\d` and its kin and `\p{…}` as the body of a class. Empty, and nothing taken, for another escape.
    QString setEscape()
    {
        const char32_t c = peek();
        const QString body = classEscapeBody(c);
        if (!body.isEmpty()) {
            ++m_at;
            return body;
        }
        if (c != U'p' && c != U'P') {
            return {};
        }
        const qsizetype end = m_source.indexOf(U'}', m_at);
        if (peek(1) != U'{' || end < 0) {
            fail(u"“\\p” needs the name of a property in braces"_s);
            return {};
        }
        const QString name =
            QString::fromUcs4(reinterpret_cast<const char32_t *>(m_source.constData()) + m_at + 2, end - m_at - 2);
        const auto property = propertyEscape(name, c == U'P', m_lenient);
        if (!property) {
            fail(u"there is no such property of characters"_s);
        }
        m_at = end + 1;
        return property.value_or(QString());
    }

    /// One member of a class: a set, or a single character in \p character.
    QString classAtom(char32_t &character, bool &isSet)
    {
        isSet = false;
        if (!take(U'\\')) {
            character = peek();
            ++m_at;
            return literal(character);
        }
        if (const QString body = setEscape(); !body.isEmpty() || !m_error.isEmpty()) {
            isSet = true;
            return body;
        }
        character = take(U'b') ? U'\b' : characterEscape(true);
        return escapedCodePoint(character);
    }

    Piece characterClass()
    {
        const bool negated = take(U'^');
        QString body;
        while (!atEnd() && peek() != U']') {
            body += classRange();
        }
        if (!take(U']')) {
            fail(u"a “]” is missing"_s);
        }
        if (body.isEmpty()) {
            return single(negated ? u"[\\s\\S]"_s : u"(?!)"_s);
        }
        return single((negated ? u"[^"_s : u"["_s) + body + u']');
    }

    QString classRange()
    {
        char32_t from = 0;
        char32_t to = 0;
        bool fromSet = false;
        bool toSet = false;
        QString text = classAtom(from, fromSet);
        if (peek() != U'-' || m_at + 1 >= m_source.size() || peek(1) == U']' || !m_error.isEmpty()) {
            return fromSet ? text : characters(from, from);
        }
        ++m_at;
        const QString end = classAtom(to, toSet);
        if (fromSet || toSet) {
            if (!m_lenient) {
                fail(u"a set cannot be the end of a range"_s);
            }
            return (fromSet ? text : characters(from, from)) + u"\\-"_s + (toSet ? end : characters(to, to));
        }
        if (to < from) {
            fail(u"the range is in the wrong order"_s);
            return {};
        }
        return characters(from, to);
    }

    /// A range without the halves of surrogate pairs, which PCRE2 refuses and no text of ours holds.
    static QString characters(char32_t from, char32_t to)
    {
        constexpr char32_t firstHalf = 0xD800;
        constexpr char32_t lastHalf = 0xDFFF;
        if (from >= firstHalf && to <= lastHalf) {
            return u"\\x{ffff}"_s; // A noncharacter in their place keeps the class
                                   // from being empty.
        }
        if (from < firstHalf && to >= firstHalf) {
            return characters(from, firstHalf - 1) + (to > lastHalf ? characters(lastHalf + 1, to) : QString());
        }
        const char32_t start = from >= firstHalf && from <= lastHalf ? lastHalf + 1 : from;
        return start == to ? escapedCodePoint(to) : escapedCodePoint(start) + u'-' + escapedCodePoint(to);
    }

    QStringList m_names; ///< Of every capturing group, in order; empty for those without.
};

} // namespace

Result<TranslatedPattern> translatePattern(std::string_view source, PatternReading reading)
{
    return Translator(source, reading).translate();
}

} // namespace countersign::schema
