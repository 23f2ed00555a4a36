// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/number_text.h"

#include "core/base/decimal.h"
#include "core/base/json_value.h"
#include "core/base/visible_text.h"

#include <QtCore/QCoreApplication>

#include <optional>
#include <vector>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype longestTyped = 400;
constexpr int longestQuote = 60;

QString trNumber(const char *text)
{
    return QCoreApplication::translate("countersign::ui::NumberEditor", text);
}

QString quoted(const QString &typed)
{
    return shortened(displayText(typed).text, longestQuote);
}

/// Digits of any script, the signs for minus, and the many spaces and apostrophes become those of ASCII.
QString plainSigns(const QString &typed)
{
    QString plain;
    plain.reserve(typed.size());
    for (const QChar c : typed.trimmed()) {
        if (c.category() == QChar::Number_DecimalDigit) {
            plain += QChar(u'0' + c.digitValue());
        } else if (c == QChar(0x2212)) {
            plain += u'-';
        } else if (c.isSpace() && c != u'\t' && c != u'\n' && c != u'\r') {
            plain += u' ';
        } else if (c == QChar(0x2019) || c == QChar(0x02BC)) {
            plain += u'\'';
        } else {
            plain += c;
        }
    }
    return plain;
}

/// Three digits at the end, and three or (as in India) two in front of them; the first may be fewer.
bool groupsWell(const std::vector<qsizetype> &groups)
{
    if (groups.front() < 1 || groups.front() > 3 || groups.back() != 3) {
        return false;
    }
    bool threes = true;
    bool twos = groups.front() <= 2;
    for (size_t i = 1; i + 1 < groups.size(); ++i) {
        threes = threes && groups[i] == 3;
        twos = twos && groups[i] == 2;
    }
    return threes || twos;
}

bool isAsciiDigit(QChar c)
{
    return c >= u'0' && c <= u'9';
}

/// Goes through \p text from left to right.
class NumberReader
{
public:
    NumberReader(QStringView text, QStringView decimal, QStringView groups)
        : m_rest(text)
        , m_decimal(decimal)
        , m_groups(groups)
    {}

    /// The JSON text; absent when the notation does not allow it.
    std::optional<std::string> read()
    {
        std::string number;
        if (m_rest.startsWith(u'-') || m_rest.startsWith(u'+')) {
            number = m_rest.front() == u'-' ? "-" : "";
            m_rest = m_rest.mid(1);
        }
        const std::optional<std::string> whole = takeWhole();
        if (!whole) {
            return {};
        }
        number += *whole;
        if (!m_decimal.isEmpty() && m_rest.startsWith(m_decimal)) {
            m_rest = m_rest.mid(m_decimal.size());
            const std::string fraction = takeDigits();
            if (fraction.empty()) {
                return {};
            }
            number += '.' + fraction;
        }
        if (m_rest.startsWith(u'e') || m_rest.startsWith(u'E')) {
            number += static_cast<char>(m_rest.front().unicode());
            m_rest = m_rest.mid(1);
            if (m_rest.startsWith(u'-') || m_rest.startsWith(u'+')) {
                number += static_cast<char>(m_rest.front().unicode());
                m_rest = m_rest.mid(1);
            }
            const std::string power = takeDigits();
            if (power.empty()) {
                return {};
            }
            number += power;
        }
        return m_rest.isEmpty() ? std::optional(number == "-0" ? "0" : number) : std::nullopt;
    }

private:
    std::string takeDigits()
    {
        std::string digits;
        while (!m_rest.isEmpty() && isAsciiDigit(m_rest.front())) {
            digits += static_cast<char>(m_rest.front().unicode());
            m_rest = m_rest.mid(1);
        }
        return digits;
    }

    std::optional<std::string> takeWhole()
    {
        std::string digits = takeDigits();
        std::vector<qsizetype> groups{static_cast<qsizetype>(digits.size())};
        QChar separator;
        while (!m_rest.isEmpty() &&
               (separator.isNull() ? m_groups.contains(m_rest.front()) : m_rest.front() == separator)) {
            separator = m_rest.front();
            m_rest = m_rest.mid(1);
            const std::string group = takeDigits();
            digits += group;
            groups.push_back(static_cast<qsizetype>(group.size()));
        }
        // Nobody groups digits behind a zero: `0.125` is no 125.
        if (groups.size() > 1 && (!groupsWell(groups) || digits.front() == '0')) {
            return {};
        }
        if (digits.empty()) {
            const bool fractionFollows = !m_decimal.isEmpty() && m_rest.startsWith(m_decimal);
            return fractionFollows ? std::optional(std::string("0")) : std::nullopt;
        }
        const size_t first = digits.find_first_not_of('0');
        return first == std::string::npos ? "0" : digits.substr(first);
    }

    QStringView m_rest;
    QStringView m_decimal;
    QStringView m_groups;
};

constexpr QStringView groupsEverywhere = u" '";

std::optional<std::string> readPlain(const QString &text)
{
    return NumberReader(text, u".", groupsEverywhere).read();
}

std::optional<std::string> readLocal(const QString &text, const QLocale &locale)
{
    const QString decimal = plainSigns(locale.decimalPoint());
    QString groups = groupsEverywhere.toString();
    const QString own = plainSigns(QString(u'0') + locale.groupSeparator() + u'0'); // Trimming would take a space away.
    if (own.size() == 3) {
        groups += own.at(1);
    }
    return NumberReader(text, decimal, groups).read();
}

QString whyNoNumber(const QString &typed, const QString &text, const QLocale &locale)
{
    const QString decimal = locale.decimalPoint();
    if (text == u"-" || text == u"+") {
        return trNumber("The number is not finished: its digits are missing after the sign.");
    }
    if (text.endsWith(decimal) || text.endsWith(u'.')) {
        return trNumber("The number is not finished: digits are missing after “%1”.").arg(text.right(1));
    }
    const QString lower = text.toLower();
    if (lower.size() > 1 && (lower.endsWith(u'e') || lower.endsWith(u"e-") || lower.endsWith(u"e+"))) {
        return trNumber("The number is not finished: the power of ten is missing after “e”.");
    }
    for (const QChar c : text) {
        if (!isAsciiDigit(c) && !QStringView(u"+-.,eE '").contains(c) && !decimal.contains(c) &&
            !locale.groupSeparator().contains(c)) {
            return trNumber("“%1” is not a number: write digits, with “%2” before the decimals.")
                .arg(quoted(typed), decimal);
        }
    }
    return trNumber("“%1” cannot be read as a number: separators stand before every three digits, and “%2” stands "
                    "before the decimals.")
        .arg(quoted(typed), decimal);
}

QString whyNotSent(NumberProblem problem, const QString &typed)
{
    switch (problem) {
    case NumberProblem::None:
        return {};
    case NumberProblem::NotANumber:
        return trNumber("“%1” is not a number.").arg(quoted(typed));
    case NumberProblem::IntegerOutOfRange:
        return trNumber("“%1” cannot be sent: whole numbers go from -9223372036854775808 to 18446744073709551615.")
            .arg(quoted(typed));
    case NumberProblem::TooLong:
        return trNumber("“%1” cannot be sent: a decimal has at most 40 characters.").arg(quoted(typed));
    case NumberProblem::TooLarge:
        return trNumber("“%1” cannot be sent: it is larger than any number other programs can hold.")
            .arg(quoted(typed));
    case NumberProblem::TooSmall:
        return trNumber("“%1” cannot be sent: it is so small that other programs would read zero.").arg(quoted(typed));
    }
    return {};
}

QString localNotation(const std::string &number, const QLocale &locale)
{
    return QString::fromStdString(number).replace(u'.', locale.decimalPoint());
}

} // namespace

TypedNumber readTypedNumber(const QString &typed, const QLocale &locale)
{
    using State = TypedNumber::State;
    const QString text = plainSigns(typed);
    if (text.isEmpty()) {
        return {};
    }
    if (text.size() > longestTyped) {
        return {State::Unfinished, {}, trNumber("A number has at most %1 characters.").arg(longestTyped)};
    }
    const std::optional<std::string> plain = readPlain(text);
    const std::optional<std::string> local = readLocal(text, locale);
    if (plain && local && !(*parseDecimal(*plain) == *parseDecimal(*local))) {
        return {State::Unfinished,
                {},
                trNumber("“%1” can be read as %2 or as %3: write %2, or %4 for the other.")
                    .arg(quoted(typed), QString::fromStdString(*local), QString::fromStdString(*plain),
                         localNotation(*plain, locale))};
    }
    if (!plain && !local) {
        return {State::Unfinished, {}, whyNoNumber(typed, text, locale)};
    }
    const std::string number = plain ? *plain : *local;
    const NumberProblem problem = numberProblem(number);
    if (problem != NumberProblem::None) {
        return {State::Unfinished, {}, whyNotSent(problem, typed)};
    }
    return {State::Number, number, {}};
}

QString warningNotation(const std::string &number, const QLocale &locale)
{
    const QString text = QString::fromStdString(number);
    const std::optional<std::string> plain = readPlain(text);
    const std::optional<std::string> local = readLocal(text, locale);
    const bool misread = plain && local && !(*parseDecimal(*plain) == *parseDecimal(*local));
    return misread ? localNotation(number, locale) : QString();
}

} // namespace countersign::ui
