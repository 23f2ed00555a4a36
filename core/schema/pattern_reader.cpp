// SPDX-License-Identifier: Apache-2.0
#include "core/schema/pattern_reader.h"

#include "core/base/exact_text.h"

namespace countersign::schema {

using namespace Qt::StringLiterals;

namespace {

bool isSyntaxCharacter(char32_t c)
{
    return c < 128 && QByteArrayView("^$\\.*+?()[]{}|/").contains(static_cast<char>(c));
}

int hexValue(char32_t c)
{
    if (isDigit(c)) {
        return static_cast<int>(c - U'0');
    }
    const char32_t lower = c | 0x20U;
    return lower >= U'a' && lower <= U'f' ? static_cast<int>(lower - U'a') + 10 : -1;
}

} // namespace

PatternReader::PatternReader(std::string_view source, PatternReading reading)
    : m_source(exactText(source).toUcs4())
    , m_lenient(reading == PatternReading::Lenient)
{}

char32_t PatternReader::peek(qsizetype ahead) const
{
    return m_at + ahead < m_source.size() ? static_cast<char32_t>(m_source[m_at + ahead]) : U'\0';
}
bool PatternReader::take(char32_t wanted)
{
    if (atEnd() || peek() != wanted) {
        return false;
    }
    ++m_at;
    return true;
}
bool PatternReader::takeAll(QStringView wanted)
{
    for (qsizetype i = 0; i < wanted.size(); ++i) {
        if (m_at + i >= m_source.size() || peek(i) != wanted[i].unicode()) {
            return false;
        }
    }
    m_at += wanted.size();
    return true;
}
void PatternReader::fail(const QString &reason)
{
    if (m_error.isEmpty()) {
        m_error = u"at character %1, %2"_s.arg(QString::number(m_at + 1), reason);
    }
}

char32_t PatternReader::characterEscape(bool inClass)
{
    if (m_at >= m_source.size()) {
        fail(u"a backslash stands at the end"_s);
        return 0;
    }
    const char32_t c = peek();
    ++m_at;
    switch (c) {
    case U't':
        return U'\t';
    case U'n':
        return U'\n';
    case U'v':
        return U'\v';
    case U'f':
        return U'\f';
    case U'r':
        return U'\r';
    case U'c':
        return controlLetter();
    case U'x':
        return hexadecimal(2);
    case U'u':
        return unicodeEscape();
    case U'0':
        if (!isDigit(peek())) {
            return 0;
        }
        break;
    default:
        break;
    }
    const bool identity = isSyntaxCharacter(c) || (inClass && c == U'-') ||
                          (m_lenient && c < 128 && !isLetter(c) && !isDigit(c) && c >= U' ');
    if (!identity) {
        --m_at;
        fail(u"ECMA-262 has no such escape"_s);
    }
    return c;
}

char32_t PatternReader::controlLetter()
{
    const char32_t letter = peek();
    if (!isLetter(letter)) {
        fail(u"“\\c” needs a letter"_s);
    }
    ++m_at;
    return letter % 32;
}

char32_t PatternReader::hexadecimal(int digits)
{
    char32_t value = 0;
    for (int i = 0; i < digits; ++i) {
        const int digit = hexValue(peek());
        if (digit < 0) {
            fail(u"a hexadecimal digit is missing"_s);
            return 0;
        }
        value = value * 16 + static_cast<char32_t>(digit);
        ++m_at;
    }
    return value;
}

char32_t PatternReader::unicodeEscape()
{
    if (take(U'{')) {
        char32_t value = 0;
        const qsizetype start = m_at;
        while (hexValue(peek()) >= 0 && value <= 0x10'FFFF) {
            value = value * 16 + static_cast<char32_t>(hexValue(peek()));
            ++m_at;
        }
        if (m_at == start || value > 0x10'FFFF || !take(U'}')) {
            fail(u"this is no code point"_s);
        }
        return value;
    }
    const char32_t first = hexadecimal(4);
    if (first < 0xD800 || first > 0xDBFF || peek() != U'\\' || peek(1) != U'u') {
        return first;
    }
    const qsizetype behind = m_at;
    m_at += 2;
    const char32_t second = hexadecimal(4);
    if (second >= 0xDC00 && second <= 0xDFFF) {
        return 0x1'0000 + ((first - 0xD800) << 10U) + (second - 0xDC00);
    }
    m_at = behind;
    return first;
}

} // namespace countersign::schema
