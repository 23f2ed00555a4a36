// SPDX-License-Identifier: Apache-2.0
#include "core/base/exact_text.h"
#include "core/schema/formats.h"
#include "core/schema/punycode.h"

#include <QtCore/QList>
#include <QtCore/QString>

#include <algorithm>
#include <vector>

namespace countersign::schema {

namespace {

constexpr size_t longestLabel = 63;
constexpr size_t longestName = 253;

bool isAsciiLetterOrDigit(char32_t c)
{
    return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') || (c >= U'0' && c <= U'9');
}

bool runsBeyondAscii(std::u32string_view text)
{
    return std::any_of(text.begin(), text.end(), [](char32_t c) { return c >= 0x80; });
}

bool isOneOf(char32_t c, std::u32string_view all)
{
    return all.find(c) != std::u32string_view::npos;
}

/// RFC 5892: may the character stand in a label (PVALID, or CONTEXTJ/CONTEXTO, whose rules come later)?
bool isLabelCharacter(char32_t c)
{
    if (c < 0x80) {
        return isAsciiLetterOrDigit(c) || c == U'-';
    }
    // Section 2.6, exceptions; the first line holds those that are allowed although their category is not.
    if (isOneOf(c, U"\u00DF\u03C2\u06FD\u06FE\u0F0B\u3007\u00B7\u0375\u05F3\u05F4"
                   U"\u30FB\u200C\u200D")) {
        return true;
    }
    if (isOneOf(c, U"\u0640\u07FA\u302E\u302F\u3031\u3032\u3033\u3034\u3035\u303B") || (c >= 0x1100 && c <= 0x11FF) ||
        (c >= 0xA960 && c <= 0xA97F) || (c >= 0xD7B0 && c <= 0xD7FF)) {
        return false; // Also old Hangul Jamo, section 2.9.
    }
    switch (QChar::category(c)) {
    case QChar::Letter_Lowercase:
    case QChar::Letter_Other:
    case QChar::Letter_Modifier:
    case QChar::Mark_NonSpacing:
    case QChar::Mark_SpacingCombining:
    case QChar::Number_DecimalDigit: {
        // Characters that normalise to something else cannot be told apart from it.
        const QString own = QString::fromUcs4(&c, 1);
        return own.normalized(QString::NormalizationForm_KC) == own;
    }
    default:
        return false;
    }
}

bool anyOf(std::u32string_view label, QChar::Script first, QChar::Script second, QChar::Script third)
{
    return std::any_of(label.begin(), label.end(), [=](char32_t c) {
        const QChar::Script script = QChar::script(c);
        return script == first || script == second || script == third;
    });
}

bool isArabicDigit(char32_t c)
{
    return c >= 0x0660 && c <= 0x0669;
}

bool isExtendedArabicDigit(char32_t c)
{
    return c >= 0x06F0 && c <= 0x06F9;
}

/// RFC 5892 appendix A: characters that may stand in certain company only.
bool companyAllows(std::u32string_view label, size_t i)
{
    constexpr unsigned char virama = 9;
    const char32_t before = i > 0 ? label[i - 1] : U'\0';
    const char32_t after = i + 1 < label.size() ? label[i + 1] : U'\0';
    switch (label[i]) {
    case 0x00B7: // Middle dot: between two l, in Catalan.
        return before == U'l' && after == U'l';
    case 0x0375: // Greek keraia: before Greek.
        return after != 0 && QChar::script(after) == QChar::Script_Greek;
    case 0x05F3: // Hebrew geresh and gershayim: behind Hebrew.
    case 0x05F4:
        return before != 0 && QChar::script(before) == QChar::Script_Hebrew;
    case 0x30FB: // Katakana middle dot: in a label with Japanese in it.
        return anyOf(label, QChar::Script_Hiragana, QChar::Script_Katakana, QChar::Script_Han);
    case 0x200C: // Joiners: behind a virama; the non-joiner also between letters
                 // that join.
        if (before != 0 && QChar::combiningClass(before) == virama) {
            return true;
        }
        return before != 0 && after != 0 && QChar::joiningType(before) == QChar::Joining_Dual &&
               (QChar::joiningType(after) == QChar::Joining_Dual || QChar::joiningType(after) == QChar::Joining_Right);
    case 0x200D:
        return before != 0 && QChar::combiningClass(before) == virama;
    default:
        return true;
    }
}

bool mixesArabicDigits(std::u32string_view label)
{
    return std::any_of(label.begin(), label.end(), isArabicDigit) &&
           std::any_of(label.begin(), label.end(), isExtendedArabicDigit);
}

/// A label in Unicode (RFC 5891 section 4.2).
bool isUnicodeLabel(std::u32string_view label)
{
    if (label.empty() || label.front() == U'-' || label.back() == U'-' ||
        (label.size() >= 4 && label.substr(2, 2) == U"--")) {
        return false;
    }
    const QChar::Category first = QChar::category(label.front());
    if (first == QChar::Mark_NonSpacing || first == QChar::Mark_SpacingCombining || first == QChar::Mark_Enclosing) {
        return false;
    }
    for (size_t i = 0; i < label.size(); ++i) {
        if (!isLabelCharacter(label[i]) || !companyAllows(label, i)) {
            return false;
        }
    }
    return !mixesArabicDigits(label) && toPunycode(label).size() + 4 <= longestLabel;
}

/// RFC 5893 section 2, for one label of a name in which some label runs from right to left.
bool keepsBidiRule(std::u32string_view label)
{
    using Direction = QChar::Direction;
    const auto last =
        std::find_if(label.rbegin(), label.rend(), [](char32_t c) { return QChar::direction(c) != Direction::DirNSM; });
    if (last == label.rend()) {
        return false;
    }
    const Direction first = QChar::direction(label.front());
    const Direction end = QChar::direction(*last);
    const bool rightToLeft = first == Direction::DirR || first == Direction::DirAL;
    bool european = false;
    bool arabic = false;
    for (const char32_t c : label) {
        switch (QChar::direction(c)) {
        case Direction::DirR:
        case Direction::DirAL:
            if (!rightToLeft) {
                return false;
            }
            break;
        case Direction::DirL:
            if (rightToLeft) {
                return false;
            }
            break;
        case Direction::DirAN:
            arabic = true;
            break;
        case Direction::DirEN:
            european = true;
            break;
        case Direction::DirES:
        case Direction::DirCS:
        case Direction::DirET:
        case Direction::DirON:
        case Direction::DirBN:
        case Direction::DirNSM:
            break;
        default:
            return false;
        }
    }
    if (!rightToLeft) {
        return first == Direction::DirL && !arabic && (end == Direction::DirL || end == Direction::DirEN);
    }
    const bool endsWell =
        end == Direction::DirR || end == Direction::DirAL || end == Direction::DirEN || end == Direction::DirAN;
    return endsWell && !(european && arabic);
}

bool runsRightToLeft(std::u32string_view label)
{
    return std::any_of(label.begin(), label.end(), [](char32_t c) {
        const QChar::Direction direction = QChar::direction(c);
        return direction == QChar::DirR || direction == QChar::DirAL || direction == QChar::DirAN;
    });
}

/// A label as a person reads it, when it is a good one. \p label itself unless it is encoded.
std::optional<std::u32string> readableLabel(std::u32string_view label)
{
    if (runsBeyondAscii(label)) {
        return isUnicodeLabel(label) ? std::optional(std::u32string(label)) : std::nullopt;
    }
    const bool hyphens = !label.empty() && (label.front() == U'-' || label.back() == U'-');
    if (label.empty() || hyphens || label.size() > longestLabel ||
        !std::all_of(label.begin(), label.end(), [](char32_t c) { return isAsciiLetterOrDigit(c) || c == U'-'; })) {
        return {};
    }
    if (label.size() < 4 || label.substr(2, 2) != U"--") {
        return std::u32string(label);
    }
    const bool encoded = (label[0] | 0x20U) == U'x' && (label[1] | 0x20U) == U'n';
    std::string rest;
    for (const char32_t c : label.substr(4)) {
        rest += static_cast<char>(c >= U'A' && c <= U'Z' ? c | 0x20U : c);
    }
    auto decoded = encoded ? fromPunycode(rest) : std::nullopt;
    const bool good = decoded && runsBeyondAscii(*decoded) && isUnicodeLabel(*decoded) && toPunycode(*decoded) == rest;
    return good ? decoded : std::nullopt;
}

bool isName(std::u32string_view name, std::u32string_view dots)
{
    std::vector<std::u32string> labels;
    size_t asciiLength = 0;
    for (;;) {
        const size_t end = name.find_first_of(dots);
        const std::u32string_view label = name.substr(0, end);
        auto readable = readableLabel(label);
        if (!readable) {
            return false;
        }
        labels.push_back(std::move(*readable));
        asciiLength += (runsBeyondAscii(label) ? toPunycode(label).size() + 4 : label.size()) + 1;
        if (end == std::u32string_view::npos) {
            break;
        }
        name.remove_prefix(end + 1);
    }
    const bool bidi = std::any_of(labels.begin(), labels.end(), runsRightToLeft);
    return asciiLength - 1 <= longestName && (!bidi || std::all_of(labels.begin(), labels.end(), keepsBidiRule));
}

std::u32string codePoints(std::string_view text)
{
    const QList<uint> points = exactText(text).toUcs4();
    return {points.begin(), points.end()};
}

} // namespace

bool isHostname(std::string_view text)
{
    if (text.size() > longestName ||
        std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
        return false;
    }
    return isName(codePoints(text), U".");
}

bool isIdnHostname(std::string_view text)
{
    constexpr size_t longestUtf8 = 4 * longestName;
    return text.size() <= longestUtf8 && isName(codePoints(text), U".\u3002\uFF0E\uFF61");
}

} // namespace countersign::schema
