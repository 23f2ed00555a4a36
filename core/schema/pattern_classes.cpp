// SPDX-License-Identifier: Apache-2.0
#include "core/schema/pattern_classes.h"

#include <QtCore/QHash>
#include <QtCore/QRegularExpression>
#include <QtCore/QSet>

namespace countersign::schema {

using namespace Qt::StringLiterals;

namespace {

/// The long names of the general categories. PCRE2 knows the short ones only.
const QHash<QString, QString> &categories()
{
    static const QHash<QString, QString> names{
        {u"Cased_Letter"_s, u"L&"_s},
        {u"LC"_s, u"L&"_s},
        {u"Close_Punctuation"_s, u"Pe"_s},
        {u"Connector_Punctuation"_s, u"Pc"_s},
        {u"Control"_s, u"Cc"_s},
        {u"cntrl"_s, u"Cc"_s},
        {u"Currency_Symbol"_s, u"Sc"_s},
        {u"Dash_Punctuation"_s, u"Pd"_s},
        {u"Decimal_Number"_s, u"Nd"_s},
        {u"digit"_s, u"Nd"_s},
        {u"Enclosing_Mark"_s, u"Me"_s},
        {u"Final_Punctuation"_s, u"Pf"_s},
        {u"Format"_s, u"Cf"_s},
        {u"Initial_Punctuation"_s, u"Pi"_s},
        {u"Letter"_s, u"L"_s},
        {u"Letter_Number"_s, u"Nl"_s},
        {u"Line_Separator"_s, u"Zl"_s},
        {u"Lowercase_Letter"_s, u"Ll"_s},
        {u"Mark"_s, u"M"_s},
        {u"Combining_Mark"_s, u"M"_s},
        {u"Math_Symbol"_s, u"Sm"_s},
        {u"Modifier_Letter"_s, u"Lm"_s},
        {u"Modifier_Symbol"_s, u"Sk"_s},
        {u"Nonspacing_Mark"_s, u"Mn"_s},
        {u"Number"_s, u"N"_s},
        {u"Open_Punctuation"_s, u"Ps"_s},
        {u"Other"_s, u"C"_s},
        {u"Other_Letter"_s, u"Lo"_s},
        {u"Other_Number"_s, u"No"_s},
        {u"Other_Punctuation"_s, u"Po"_s},
        {u"Other_Symbol"_s, u"So"_s},
        {u"Paragraph_Separator"_s, u"Zp"_s},
        {u"Private_Use"_s, u"Co"_s},
        {u"Punctuation"_s, u"P"_s},
        {u"punct"_s, u"P"_s},
        {u"Separator"_s, u"Z"_s},
        {u"Space_Separator"_s, u"Zs"_s},
        {u"Spacing_Mark"_s, u"Mc"_s},
        {u"Surrogate"_s, u"Cs"_s},
        {u"Symbol"_s, u"S"_s},
        {u"Titlecase_Letter"_s, u"Lt"_s},
        {u"Unassigned"_s, u"Cn"_s},
        {u"Uppercase_Letter"_s, u"Lu"_s},
    };
    return names;
}

bool isShortCategory(const QString &name)
{
    static const QSet<QString> names{u"C"_s,  u"Cc"_s, u"Cf"_s, u"Cn"_s, u"Co"_s, u"Cs"_s, u"L"_s,  u"Ll"_s,
                                     u"Lm"_s, u"Lo"_s, u"Lt"_s, u"Lu"_s, u"M"_s,  u"Mc"_s, u"Me"_s, u"Mn"_s,
                                     u"N"_s,  u"Nd"_s, u"Nl"_s, u"No"_s, u"P"_s,  u"Pc"_s, u"Pd"_s, u"Pe"_s,
                                     u"Pf"_s, u"Pi"_s, u"Po"_s, u"Ps"_s, u"S"_s,  u"Sc"_s, u"Sk"_s, u"Sm"_s,
                                     u"So"_s, u"Z"_s,  u"Zl"_s, u"Zp"_s, u"Zs"_s};
    return names.contains(name);
}

bool isBinaryProperty(const QString &name)
{
    static const QStringList names = u"ASCII ASCII_Hex_Digit AHex Alphabetic Alpha Any Bidi_Control Bidi_C "
                                     u"Bidi_Mirrored Bidi_M Case_Ignorable CI "
                                     u"Cased "
                                     u"Changes_When_Casefolded CWCF Changes_When_Casemapped CWCM "
                                     u"Changes_When_Lowercased CWL "
                                     u"Changes_When_Titlecased "
                                     u"CWT Changes_When_Uppercased CWU Dash Default_Ignorable_Code_Point DI "
                                     u"Deprecated Dep Diacritic Dia Emoji "
                                     u"Emoji_Component EComp Emoji_Modifier EMod Emoji_Modifier_Base EBase "
                                     u"Emoji_Presentation EPres "
                                     u"Extended_Pictographic ExtPict Extender Ext Grapheme_Base Gr_Base "
                                     u"Grapheme_Extend Gr_Ext Hex_Digit Hex "
                                     u"IDS_Binary_Operator IDSB IDS_Trinary_Operator IDST ID_Continue IDC "
                                     u"ID_Start IDS Ideographic Ideo "
                                     u"Join_Control "
                                     u"Join_C Logical_Order_Exception LOE Lowercase Lower Math "
                                     u"Noncharacter_Code_Point NChar Pattern_Syntax Pat_Syn "
                                     u"Pattern_White_Space Pat_WS Quotation_Mark QMark Radical "
                                     u"Regional_Indicator RI Sentence_Terminal STerm "
                                     u"Soft_Dotted SD Terminal_Punctuation Term Unified_Ideograph UIdeo "
                                     u"Uppercase Upper Variation_Selector VS "
                                     u"White_Space space XID_Continue XIDC XID_Start XIDS"_s.split(u' ');
    return names.contains(name);
}

QString property(const QString &name, bool negated)
{
    return (negated ? u"\\P{"_s : u"\\p{"_s) + name + u'}';
}

} // namespace

QString classEscapeBody(char32_t letter)
{
    switch (letter) {
    case U'd':
        return u"0-9"_s;
    case U'D':
        return u"\\D"_s; // Without PCRE2_UCP this is ASCII, as is \W.
    case U'w':
        return u"A-Za-z0-9_"_s;
    case U'W':
        return u"\\W"_s;
    case U's':
        return u"\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}"
               u"\\x{2029}\\x{202f}\\x{205f}\\x{3000}"
               u"\\x{feff}"_s;
    case U'S':
        return u"\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{"
               u"1681}-\\x{1fff}\\x{200b}-\\x{2027}"
               u"\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}"
               u"-\\x{d7ff}\\x{e000}-\\x{fefe}"
               u"\\x{ff00}-\\x{10ffff}"_s;
    default:
        return {};
    }
}

QString escapedCodePoint(char32_t codePoint)
{
    return u"\\x{"_s + QString::number(codePoint, 16) + u'}';
}

std::optional<QString> propertyEscape(const QString &name, bool negated, bool lenient)
{
    static const QRegularExpression words(u"\\A[A-Za-z0-9_]+(=[A-Za-z0-9_]+)?\\z"_s);
    if (!words.match(name).hasMatch()) {
        return {};
    }
    const QString key = name.section(u'=', 0, 0);
    const QString value = name.section(u'=', 1);
    if (!value.isEmpty()) {
        if (key == u"Script"_s || key == u"sc"_s) {
            return property(u"sc:"_s + value, negated);
        }
        if (key == u"Script_Extensions"_s || key == u"scx"_s) {
            return property(u"scx:"_s + value, negated);
        }
        if (key != u"General_Category"_s && key != u"gc"_s) {
            return {};
        }
    }
    const QString category = value.isEmpty() ? key : value;
    if (isShortCategory(category)) {
        return property(category, negated);
    }
    if (const auto known = categories().constFind(category); known != categories().constEnd()) {
        return property(*known, negated);
    }
    if (!value.isEmpty()) {
        return {};
    }
    if (name == u"Assigned"_s) {
        return property(u"Cn"_s, !negated);
    }
    return lenient || isBinaryProperty(name) ? std::optional(property(name, negated)) : std::nullopt;
}

} // namespace countersign::schema
