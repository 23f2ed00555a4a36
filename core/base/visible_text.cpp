// SPDX-License-Identifier: Apache-2.0
#include "core/base/visible_text.h"

#include "core/base/script_mixing.h"

#include <QtCore/QStringList>

namespace countersign {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr char32_t tokenOpen = U'\u27E8';
constexpr char16_t tokenClose = u'\u27E9';
constexpr int marksInARow = 4;

/// Characters that are drawn as nothing although their category says that they are drawn.
bool isBlank(char32_t c)
{
    switch (c) {
    case 0x034F: // Combining grapheme joiner.
    case 0x115F: // Hangul fillers.
    case 0x1160:
    case 0x3164:
    case 0xFFA0:
    case 0x17B4: // Khmer inherent vowels.
    case 0x17B5:
    case 0x2800:  // Braille pattern blank.
    case 0xFFFC:  // Object replacement.
    case 0x16FE4: // Khitan filler.
    case 0x1D159: // Musical null notehead.
        return true;
    default:
        return false;
    }
}

bool isVariationSelector(char32_t c)
{
    return (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF) || (c >= 0x180B && c <= 0x180F);
}

/// THREATS.md T2, but for combining marks, which depend on what stands before them.
bool needsToken(char32_t c, TextShape shape)
{
    if (c >= 0x20 && c < 0x7F) {
        return false;
    }
    if (c == U'\t' || c == U'\n') {
        return shape == TextShape::SingleLine;
    }
    if (c == tokenOpen || isBlank(c) || isVariationSelector(c)) {
        return true;
    }
    switch (QChar::category(c)) {
    case QChar::Other_Control:
    case QChar::Other_Format:
    case QChar::Other_Surrogate:
    case QChar::Other_PrivateUse:
    case QChar::Other_NotAssigned:
    case QChar::Separator_Space:
    case QChar::Separator_Line:
    case QChar::Separator_Paragraph:
        return true;
    default:
        return QChar::isNonCharacter(c);
    }
}

/// Not drawn, but a word goes on after it: "pay⟨U+200B⟩pal" is one word.
bool isInsideWord(char32_t c)
{
    return isVariationSelector(c) || c == 0x034F || QChar::category(c) == QChar::Other_Format;
}

/// Goes through the words of a text, one character after the other.
class WordReader
{
public:
    explicit WordReader(const WordSurroundings &surroundings)
        : m_surroundings(surroundings)
    {}

    /// Hands on the word that ends before \p c when it mixes scripts.
    template<typename Report>
    void add(char32_t c, Report report)
    {
        if (isWordCharacter(c)) {
            m_word.push_back(c);
            m_hasForeign = m_hasForeign || c > 127;
        } else if (!m_word.empty() && !(c > 127 && isInsideWord(c))) {
            end(report);
        }
    }

    template<typename Report>
    void end(Report report)
    {
        if (m_hasForeign && mixesScripts(m_word, m_surroundings)) {
            report(m_word);
        }
        m_word.clear();
        m_hasForeign = false;
    }

private:
    WordSurroundings m_surroundings;
    std::vector<char32_t> m_word;
    bool m_hasForeign = false;
};

/// Cuts UTF-16 into code points; a lone surrogate is handed on as itself.
template<typename Take>
void forEachCodePoint(QStringView text, Take take)
{
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar c = text[i];
        if (c.isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate()) {
            take(QChar::surrogateToUcs4(c, text[i + 1]));
            ++i;
        } else {
            take(static_cast<char32_t>(c.unicode()));
        }
    }
}

/// One character of UTF-8, or one byte that belongs to none.
struct Decoded {
    char32_t c = 0;
    int length = 0; ///< 0: not UTF-8.
};

Decoded decodeUtf8(QByteArrayView bytes, qsizetype at)
{
    const auto byte = [&bytes](qsizetype i) {
        return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : static_cast<unsigned char>(0);
    };
    const unsigned char lead = byte(at);
    if (lead < 0x80) {
        return {lead, 1};
    }
    const int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4) {
        return {};
    }
    char32_t c = lead & (0xFF >> (length + 1));
    for (int i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xC0) != 0x80) {
            return {};
        }
        c = (c << 6) | (byte(at + i) & 0x3F);
    }
    const bool tooLong = (length == 3 && c < 0x800) || (length == 4 && c < 0x10000);
    if (tooLong || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
        return {};
    }
    return {c, length};
}

template<typename Take, typename TakeByte>
void forEachCodePoint(QByteArrayView bytes, Take take, TakeByte takeByte)
{
    for (qsizetype i = 0; i < bytes.size();) {
        const Decoded decoded = decodeUtf8(bytes, i);
        if (decoded.length == 0) {
            takeByte(static_cast<unsigned char>(bytes[i]));
            ++i;
        } else {
            take(decoded.c);
            i += decoded.length;
        }
    }
}

bool isTurkishLetter(char32_t c)
{
    return c == 0x11E || c == 0x11F || c == 0x15E || c == 0x15F || c == 0x130;
}

/// Builds the visible text, one character after the other.
class Shower
{
    auto markMixed()
    {
        return [this](const std::vector<char32_t> &) { m_visible.mixedScript = true; };
    }

public:
    Shower(TextShape shape, const WordSurroundings &surroundings, qsizetype expectedSize)
        : m_shape(shape)
        , m_words(surroundings)
    {
        m_visible.text.reserve(expectedSize);
    }

    void add(char32_t c)
    {
        m_words.add(c, markMixed());
        if (needsToken(c, m_shape)) {
            addToken(codePointName(c));
            return;
        }
        if (c > 127 && QChar::isMark(c)) {
            if (!m_canCarryMark || m_marks == marksInARow) {
                // Nothing to stand on, or a pile that would cover its neighbours.
                addToken(codePointName(c));
                return;
            }
            ++m_marks;
        } else {
            m_marks = 0;
            m_canCarryMark = c >= 0x20;
        }
        append(c);
    }

    void addInvalid(unsigned char byte)
    {
        m_words.end(markMixed());
        addToken(u"0x"_s + QString::number(byte, 16).toUpper().rightJustified(2, u'0'));
    }

    VisibleText finish()
    {
        m_words.end(markMixed());
        return std::move(m_visible);
    }

private:
    void append(char32_t c)
    {
        if (c < 0x10000) {
            m_visible.text += QChar(static_cast<char16_t>(c));
        } else {
            m_visible.text += QChar(QChar::highSurrogate(c));
            m_visible.text += QChar(QChar::lowSurrogate(c));
        }
    }

    void addToken(const QString &name)
    {
        const qsizetype start = m_visible.text.size();
        append(tokenOpen);
        m_visible.text += name;
        m_visible.text += QChar(tokenClose);
        m_visible.tokens.push_back({start, m_visible.text.size() - start});
        m_canCarryMark = false;
        m_marks = 0;
    }

    TextShape m_shape;
    WordReader m_words;
    VisibleText m_visible;
    bool m_canCarryMark = false;
    int m_marks = 0; ///< Combining marks at the end of the text so far.
};

WordSurroundings surroundingsOf(QStringView text)
{
    return {.turkish = std::any_of(text.begin(), text.end(), [](QChar c) { return isTurkishLetter(c.unicode()); })};
}

/// A token at the start of \p rest: its name without the brackets; empty when there is none.
QStringView tokenName(QStringView rest)
{
    constexpr qsizetype longest = 10; // ⟨U+10FFFF⟩
    if (rest.isEmpty() || rest.front().unicode() != tokenOpen) {
        return {};
    }
    const qsizetype close = rest.left(longest).indexOf(QChar(tokenClose));
    return close < 0 ? QStringView() : rest.mid(1, close - 1);
}

std::optional<char32_t> codePointOf(QStringView name)
{
    bool isNumber = false;
    const uint c = name.mid(2).toUInt(&isNumber, 16);
    const bool known = name.startsWith(u"U+"_s) && isNumber && c <= 0x10FFFF && name == codePointName(c);
    return known ? std::optional(static_cast<char32_t>(c)) : std::nullopt;
}

std::optional<char> byteOf(QStringView name)
{
    bool isNumber = false;
    const uint byte = name.mid(2).toUInt(&isNumber, 16);
    const bool known = name.startsWith(u"0x"_s) && name.size() == 4 && isNumber;
    return known ? std::optional(static_cast<char>(byte)) : std::nullopt;
}

} // namespace

VisibleText displayText(QStringView outside, TextShape shape)
{
    const auto isPlain = [shape](QChar c) {
        return (c >= u' ' && c <= u'~') || (shape == TextShape::Lines && (c == u'\n' || c == u'\t'));
    };
    if (std::all_of(outside.begin(), outside.end(), isPlain)) {
        return {outside.toString(), {}, false}; // Most texts, at the speed of a copy.
    }
    Shower shower(shape, surroundingsOf(outside), outside.size());
    forEachCodePoint(outside, [&shower](char32_t c) { shower.add(c); });
    return shower.finish();
}

VisibleText displayBytes(QByteArrayView outside, TextShape shape)
{
    WordSurroundings surroundings;
    forEachCodePoint(
        outside, [&surroundings](char32_t c) { surroundings.turkish = surroundings.turkish || isTurkishLetter(c); },
        [](unsigned char) {});
    Shower shower(shape, surroundings, outside.size());
    forEachCodePoint(
        outside, [&shower](char32_t c) { shower.add(c); }, [&shower](unsigned char byte) { shower.addInvalid(byte); });
    return shower.finish();
}

QString originalText(QStringView shown)
{
    QString text;
    text.reserve(shown.size());
    for (qsizetype i = 0; i < shown.size();) {
        const QStringView name = tokenName(shown.mid(i));
        if (const auto c = codePointOf(name)) {
            text += QChar::fromUcs4(*c);
            i += name.size() + 2;
        } else {
            text += shown[i];
            ++i;
        }
    }
    return text;
}

QByteArray originalBytes(QStringView shown)
{
    QByteArray bytes;
    qsizetype from = 0;
    for (qsizetype i = 0; i < shown.size(); ++i) {
        const QStringView name = tokenName(shown.mid(i));
        if (const auto byte = byteOf(name)) {
            bytes += originalText(shown.mid(from, i - from)).toUtf8();
            bytes += *byte;
            i += name.size() + 1;
            from = i + 1;
        }
    }
    return bytes + originalText(shown.mid(from)).toUtf8();
}

QString mixedScriptExplanation(QStringView outside)
{
    constexpr int longestList = 20;
    QStringList words;
    int count = 0;
    const auto report = [&words, &count](const std::vector<char32_t> &word) {
        if (++count <= longestList) {
            const QString text = QString::fromUcs4(word.data(), static_cast<qsizetype>(word.size()));
            words += displayText(text).text + u": "_s + spelledOut(word);
        }
    };
    WordReader reader(surroundingsOf(outside));
    forEachCodePoint(outside, [&reader, &report](char32_t c) { reader.add(c, report); });
    reader.end(report);
    if (count > longestList) {
        words += u"and %1 more such words"_s.arg(count - longestList);
    }
    return words.join(u"; "_s);
}

QString shortened(const QString &visible, int length)
{
    if (visible.size() <= length) {
        return visible;
    }
    if (length <= 0) {
        return {};
    }
    qsizetype cut = length - 1;
    const qsizetype open = visible.lastIndexOf(QChar(static_cast<char16_t>(tokenOpen)), cut - 1);
    if (cut > 0 && open >= 0 && open + tokenName(QStringView(visible).mid(open)).size() + 2 > cut) {
        cut = open; // Half a token would say something else.
    }
    while (cut > 0 && (visible.at(cut).isLowSurrogate() || visible.at(cut).isMark())) {
        --cut;
    }
    return visible.left(cut) + u'…';
}

} // namespace countersign
