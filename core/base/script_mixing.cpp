// SPDX-License-Identifier: Apache-2.0
#include "core/base/script_mixing.h"

#include <array>
#include <iterator>

namespace countersign {

using namespace Qt::Literals::StringLiterals;

namespace {

struct Range {
    char32_t first;
    char32_t last;
};

/// Characters that pass for an ASCII letter or digit and that the comparison of scripts does not find: of Latin script
/// or of none, or of a script that is often written next to Latin. From Unicode's confusables (UTS 39, Unicode 15);
/// whole blocks where nearly all of a block does.
constexpr Range lookAlikes[] = {
    {0x00D7, 0x00D7},   {0x0131, 0x0131},   {0x017F, 0x017F},   {0x0184, 0x0184},   {0x018D, 0x018D},
    {0x0196, 0x0196},   {0x01A6, 0x01A7},   {0x01B7, 0x01B7},   {0x01BC, 0x01BD},   {0x01C0, 0x01C0},
    {0x021C, 0x021C},   {0x0222, 0x0223},   {0x0251, 0x0251},   {0x0261, 0x0261},   {0x0263, 0x0263},
    {0x0269, 0x026A},   {0x026F, 0x026F},   {0x028B, 0x028B},   {0x028F, 0x028F},   {0x02DB, 0x02DB},
    {0x05C0, 0x05C0},   {0x05D5, 0x05D5},   {0x05D8, 0x05D8},   {0x05DF, 0x05DF},   {0x05E1, 0x05E1},
    {0x0627, 0x0627},   {0x0647, 0x0647},   {0x0661, 0x0661},   {0x0665, 0x0665},   {0x0667, 0x0667},
    {0x06BE, 0x06BE},   {0x06C1, 0x06C1},   {0x06D5, 0x06D5},   {0x06F1, 0x06F1},   {0x06F5, 0x06F5},
    {0x06F7, 0x06F7},   {0x07C0, 0x07C0},   {0x07CA, 0x07CA},   {0x0966, 0x0966},   {0x09E6, 0x09E6},
    {0x09EA, 0x09EA},   {0x09ED, 0x09ED},   {0x0A66, 0x0A67},   {0x0A6A, 0x0A6A},   {0x0AE6, 0x0AE6},
    {0x0B03, 0x0B03},   {0x0B20, 0x0B20},   {0x0B66, 0x0B66},   {0x0B68, 0x0B68},   {0x0BE6, 0x0BE6},
    {0x0C02, 0x0C02},   {0x0C66, 0x0C66},   {0x0C82, 0x0C82},   {0x0CE6, 0x0CE6},   {0x0D02, 0x0D02},
    {0x0D20, 0x0D20},   {0x0D66, 0x0D66},   {0x0D6D, 0x0D6D},   {0x0D82, 0x0D82},   {0x0E50, 0x0E50},
    {0x0ED0, 0x0ED0},   {0x101D, 0x101D},   {0x1040, 0x1040},   {0x166D, 0x166E},   {0x1D04, 0x1D04},
    {0x1D0F, 0x1D0F},   {0x1D11, 0x1D11},   {0x1D1C, 0x1D1C},   {0x1D20, 0x1D22},   {0x1D83, 0x1D83},
    {0x1D8C, 0x1D8C},   {0x1E9D, 0x1E9D},   {0x1EFF, 0x1EFF},   {0x2100, 0x214F},   {0x2160, 0x217F},
    {0x2223, 0x2223},   {0x2228, 0x2228},   {0x222A, 0x222A},   {0x22A4, 0x22A4},   {0x22C1, 0x22C1},
    {0x22C3, 0x22C3},   {0x22FF, 0x22FF},   {0x2373, 0x2374},   {0x237A, 0x237A},   {0x23FD, 0x23FD},
    {0x24B6, 0x24E9},   {0x2573, 0x2573},   {0x27D9, 0x27D9},   {0x292B, 0x292C},   {0x2A2F, 0x2A2F},
    {0x3007, 0x3007},   {0xA731, 0xA731},   {0xA75A, 0xA75A},   {0xA76A, 0xA76A},   {0xA76E, 0xA76E},
    {0xA798, 0xA799},   {0xA79F, 0xA79F},   {0xA7AB, 0xA7AB},   {0xA7B2, 0xA7B4},   {0xAB32, 0xAB32},
    {0xAB35, 0xAB35},   {0xAB3D, 0xAB3D},   {0xAB47, 0xAB48},   {0xAB4E, 0xAB4E},   {0xAB52, 0xAB52},
    {0xAB5A, 0xAB5A},   {0xFBA6, 0xFBAD},   {0xFE8D, 0xFE8E},   {0xFEE9, 0xFEEC},   {0xFF10, 0xFF19},
    {0xFF21, 0xFF3A},   {0xFF41, 0xFF5A},   {0xFFE8, 0xFFE8},   {0x102F5, 0x102F5}, {0x114D0, 0x114D0},
    {0x11700, 0x11700}, {0x11706, 0x11706}, {0x1170A, 0x1170A}, {0x1170E, 0x1170F}, {0x1D206, 0x1D206},
    {0x1D20D, 0x1D20D}, {0x1D212, 0x1D213}, {0x1D216, 0x1D216}, {0x1D22A, 0x1D22A}, {0x1D400, 0x1D7FF},
    {0x1EE00, 0x1EE00}, {0x1EE24, 0x1EE24}, {0x1EE64, 0x1EE64}, {0x1EE80, 0x1EE80}, {0x1EE84, 0x1EE84},
    {0x1F110, 0x1F189}, {0x1F74C, 0x1F74C}, {0x1F768, 0x1F768}, {0x1FBF0, 0x1FBF9}};

bool isAsciiDigit(char32_t c)
{
    return c >= U'0' && c <= U'9';
}

bool isAsciiAlphanumeric(char32_t c)
{
    return isAsciiDigit(c) || (c >= U'A' && c <= U'Z') || (c >= U'a' && c <= U'z');
}

bool isLookAlike(char32_t c)
{
    const auto after = std::upper_bound(std::begin(lookAlikes), std::end(lookAlikes), c,
                                        [](char32_t value, const Range &range) { return value < range.first; });
    return after != std::begin(lookAlikes) && c <= std::prev(after)->last;
}

bool isEastAsian(QChar::Script script)
{
    switch (script) {
    case QChar::Script_Han:
    case QChar::Script_Hiragana:
    case QChar::Script_Katakana:
    case QChar::Script_Hangul:
    case QChar::Script_Bopomofo:
        return true;
    default:
        return false;
    }
}

/// Scripts whose letters look like nothing but themselves, and to whose words Latin ones are joined in ordinary
/// writing ("الAPI"). Their few look-alikes are in the table.
bool isToldApart(QChar::Script script)
{
    switch (script) {
    case QChar::Script_Unknown:
    case QChar::Script_Inherited:
    case QChar::Script_Common:
    case QChar::Script_Arabic:
    case QChar::Script_Hebrew:
    case QChar::Script_Syriac:
    case QChar::Script_Thaana:
    case QChar::Script_Devanagari:
    case QChar::Script_Bengali:
    case QChar::Script_Gurmukhi:
    case QChar::Script_Gujarati:
    case QChar::Script_Oriya:
    case QChar::Script_Tamil:
    case QChar::Script_Telugu:
    case QChar::Script_Kannada:
    case QChar::Script_Malayalam:
    case QChar::Script_Sinhala:
    case QChar::Script_Thai:
    case QChar::Script_Lao:
    case QChar::Script_Tibetan:
    case QChar::Script_Myanmar:
    case QChar::Script_Khmer:
    case QChar::Script_Mongolian:
        return true;
    default:
        return isEastAsian(script);
    }
}

QString scriptName(QChar::Script script)
{
    switch (script) {
    case QChar::Script_Latin:
        return u"Latin"_s;
    case QChar::Script_Greek:
        return u"Greek"_s;
    case QChar::Script_Cyrillic:
        return u"Cyrillic"_s;
    case QChar::Script_Armenian:
        return u"Armenian"_s;
    case QChar::Script_Hebrew:
        return u"Hebrew"_s;
    case QChar::Script_Arabic:
        return u"Arabic"_s;
    case QChar::Script_Georgian:
        return u"Georgian"_s;
    case QChar::Script_Ethiopic:
        return u"Ethiopic"_s;
    case QChar::Script_Cherokee:
        return u"Cherokee"_s;
    case QChar::Script_CanadianAboriginal:
        return u"Canadian Aboriginal"_s;
    case QChar::Script_Coptic:
        return u"Coptic"_s;
    case QChar::Script_Lisu:
        return u"Lisu"_s;
    case QChar::Script_Runic:
        return u"Runic"_s;
    case QChar::Script_Deseret:
        return u"Deseret"_s;
    case QChar::Script_Tifinagh:
        return u"Tifinagh"_s;
    case QChar::Script_Osage:
        return u"Osage"_s;
    case QChar::Script_WarangCiti:
        return u"Warang Citi"_s;
    default:
        return u"another script"_s;
    }
}

/// Letters that are taken for the digits 0 and 3.
bool passesForDigit(char32_t c)
{
    constexpr std::u32string_view letters = U"\u041E\u043E\u0417\u0437\u039F\u03BF\u0555\u0585\u13EE\u2C9E\u2C9F";
    return letters.find(c) != std::u32string_view::npos;
}

/// A letter of another script inside a number, as in "1О0". The Cyrillic х of "10х15" is how Russian writes ×.
bool hidesInNumber(const std::vector<char32_t> &word, size_t i)
{
    const bool afterDigit = i > 0 && isAsciiDigit(word[i - 1]);
    const bool beforeDigit = i + 1 < word.size() && isAsciiDigit(word[i + 1]);
    if (passesForDigit(word[i])) {
        return afterDigit || beforeDigit;
    }
    const bool isTimesSign = word[i] == U'\u0445' || word[i] == U'\u0425';
    return afterDigit && beforeDigit && !isTimesSign && word[i] > 127 && QChar::isLetter(word[i]) &&
           !isToldApart(QChar::script(word[i])) && QChar::script(word[i]) != QChar::Script_Latin;
}

/// What ordinary writing puts beside ASCII although it passes for ASCII.
bool isOrdinaryHere(const std::vector<char32_t> &word, size_t i, const WordSurroundings &surroundings)
{
    switch (word[i]) {
    case U'\u00D7':
        return i > 0 && isAsciiDigit(word[i - 1]); // 1920×1080
    case U'\u0131':
        return surroundings.turkish;
    default:
        return false;
    }
}

/// One Greek letter that stands for a unit or a difference: "μm", "kΩ", "Δt".
bool isGreekSign(char32_t c)
{
    return c == U'\u03BC' || c == U'\u03A9' || c == U'\u0394';
}

bool mixesLetters(const std::vector<char32_t> &word)
{
    std::optional<QChar::Script> seen;
    int greekSigns = 0;
    for (const char32_t c : word) {
        const QChar::Script script = QChar::script(c);
        if (isToldApart(script) || !(QChar::isLetterOrNumber(c) || QChar::isMark(c))) {
            continue;
        }
        if (isGreekSign(c) && ++greekSigns == 1) {
            continue; // Judged below: with other Greek letters it is one of them.
        }
        if (seen && *seen != script) {
            return true;
        }
        seen = script;
    }
    const bool signInside = seen && *seen != QChar::Script_Latin && *seen != QChar::Script_Greek;
    return greekSigns > 0 && signInside;
}

} // namespace

bool isWordCharacter(char32_t c)
{
    if (c < 128) {
        return isAsciiAlphanumeric(c) || c == U'_';
    }
    if (isLookAlike(c)) {
        return true;
    }
    return (QChar::isLetterOrNumber(c) || QChar::isMark(c)) && !isEastAsian(QChar::script(c));
}

bool mixesScripts(const std::vector<char32_t> &word, const WordSurroundings &surroundings)
{
    const auto isAscii = [](char32_t c) { return c < 128; };
    if (std::all_of(word.begin(), word.end(), isAscii)) {
        return false;
    }
    if (mixesLetters(word)) {
        return true;
    }
    const bool besideAscii = std::any_of(word.begin(), word.end(), isAsciiAlphanumeric);
    for (size_t i = 0; i < word.size() && besideAscii; ++i) {
        if (hidesInNumber(word, i) || (isLookAlike(word[i]) && !isOrdinaryHere(word, i, surroundings))) {
            return true;
        }
    }
    return false;
}

QString codePointName(char32_t c)
{
    constexpr char16_t hexDigits[] = u"0123456789ABCDEF";
    std::array<QChar, 8> name{};
    auto first = name.end();
    for (int digits = 0; digits < 4 || c > 0; ++digits) {
        *--first = QChar(hexDigits[c % 16]);
        c /= 16;
    }
    *--first = u'+';
    *--first = u'U';
    return QString(first, name.end() - first);
}

QString spelledOut(const std::vector<char32_t> &word)
{
    QString text;
    QString group;
    for (const char32_t c : word) {
        const QChar::Script script = QChar::script(c);
        const bool lookAlike = isLookAlike(c);
        if (c < 128 || (script == QChar::Script_Latin && !lookAlike) || QChar::isMark(c)) {
            continue;
        }
        const bool nameless = lookAlike && (script == QChar::Script_Common || script == QChar::Script_Latin);
        const QString name = nameless ? u"look-alike"_s : scriptName(script);
        if (!group.isEmpty()) {
            text += name == group ? u" "_s : u' ' + group + u", "_s;
        }
        text += codePointName(c);
        group = name;
    }
    return group.isEmpty() ? text : text + u' ' + group;
}

} // namespace countersign
