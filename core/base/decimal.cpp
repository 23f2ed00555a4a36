// SPDX-License-Identifier: Apache-2.0
#include "core/base/decimal.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace countersign {

namespace {

constexpr size_t longestDecimal = 40;
constexpr size_t safeDigits = 18; // Any number of that many digits, plus any other, fits 64 bits.

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// JSON's grammar: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, cut into its parts.
struct NumberParts {
    bool negative = false;
    std::string_view whole;
    std::string_view fraction;
    bool exponentNegative = false;
    std::string_view exponent;

    bool isInteger() const { return fraction.empty() && exponent.empty(); }
};

std::string_view takeDigits(std::string_view &rest)
{
    size_t count = 0;
    while (count < rest.size() && isDigit(rest[count])) {
        ++count;
    }
    const std::string_view digits = rest.substr(0, count);
    rest.remove_prefix(count);
    return digits;
}

bool take(std::string_view &rest, char wanted)
{
    if (rest.empty() || rest.front() != wanted) {
        return false;
    }
    rest.remove_prefix(1);
    return true;
}

std::optional<NumberParts> cutNumber(std::string_view rest)
{
    NumberParts parts;
    parts.negative = take(rest, '-');
    parts.whole = takeDigits(rest);
    if (parts.whole.empty() || (parts.whole.size() > 1 && parts.whole.front() == '0')) {
        return {};
    }
    if (take(rest, '.')) {
        parts.fraction = takeDigits(rest);
        if (parts.fraction.empty()) {
            return {};
        }
    }
    if (take(rest, 'e') || take(rest, 'E')) {
        parts.exponentNegative = take(rest, '-');
        if (!parts.exponentNegative) {
            take(rest, '+');
        }
        parts.exponent = takeDigits(rest);
        if (parts.exponent.empty()) {
            return {};
        }
    }
    return rest.empty() ? std::optional(parts) : std::nullopt;
}

std::string_view withoutLeadingZeros(std::string_view digits)
{
    const size_t first = digits.find_first_not_of('0');
    return first == std::string_view::npos ? std::string_view() : digits.substr(first);
}

/// Adds \p step to the long number \p digits, which is larger than \p step: so it never changes its sign.
std::string addToLong(std::string digits, quint64 step, bool up)
{
    int carry = 0;
    for (auto digit = digits.rbegin(); digit != digits.rend() && (step > 0 || carry > 0); ++digit) {
        const int part = static_cast<int>(step % 10) + carry;
        step /= 10;
        int sum = up ? (*digit - '0') + part : (*digit - '0') - part;
        carry = 0;
        if (sum > 9 || sum < 0) {
            sum += up ? -10 : 10;
            carry = 1;
        }
        *digit = static_cast<char>('0' + sum);
    }
    if (carry > 0) {
        digits.insert(digits.begin(), '1');
    }
    return std::string(withoutLeadingZeros(digits));
}

/// The exponent as written, moved by \p shift, exactly.
std::string shiftedExponent(bool negative, std::string_view written, qint64 shift)
{
    const std::string_view digits = withoutLeadingZeros(written);
    if (digits.size() <= safeDigits) {
        qint64 value = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return std::to_string((negative ? -value : value) + shift);
    }
    const bool up = negative == (shift < 0);
    const auto step = static_cast<quint64>(shift < 0 ? -shift : shift);
    return (negative ? "-" : "") + addToLong(std::string(digits), step, up);
}

bool fitsInteger(const NumberParts &parts, std::string_view text)
{
    if (parts.negative) {
        qint64 value = 0;
        return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
    }
    quint64 value = 0;
    return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
}

} // namespace

qint64 Decimal::boundedExponent() const
{
    constexpr qint64 bound = 1'000'000'000'000'000;
    qint64 value = 0;
    if (std::from_chars(exponent.data(), exponent.data() + exponent.size(), value).ec != std::errc()) {
        return exponent.front() == '-' ? -bound : bound;
    }
    return std::clamp(value, -bound, bound);
}

std::string Decimal::plainText() const
{
    if (isZero()) {
        return "0";
    }
    const qint64 point = boundedExponent(); // Digits in front of the decimal point.
    Q_ASSERT(point >= -10'000);
    Q_ASSERT(point <= 10'000);
    std::string text = negative ? "-" : "";
    if (point <= 0) {
        return text.append("0.").append(static_cast<size_t>(-point), '0').append(digits);
    }
    const auto whole = static_cast<size_t>(point);
    if (whole >= digits.size()) {
        return text.append(digits).append(whole - digits.size(), '0');
    }
    return text.append(digits, 0, whole).append(1, '.').append(digits, whole);
}

std::optional<Decimal> parseDecimal(std::string_view text)
{
    const auto parts = cutNumber(text);
    if (!parts) {
        return {};
    }
    Decimal decimal;
    decimal.digits.reserve(parts->whole.size() + parts->fraction.size());
    decimal.digits.append(parts->whole).append(parts->fraction);
    const size_t first = decimal.digits.find_first_not_of('0');
    if (first == std::string::npos) {
        decimal.digits.clear();
        return decimal;
    }
    decimal.digits.erase(decimal.digits.find_last_not_of('0') + 1);
    decimal.digits.erase(0, first);
    decimal.negative = parts->negative;
    const qint64 shift = static_cast<qint64>(parts->whole.size()) - static_cast<qint64>(first);
    decimal.exponent = shiftedExponent(parts->exponentNegative, parts->exponent, shift);
    return decimal;
}

NumberProblem numberProblem(std::string_view text)
{
    const auto parts = cutNumber(text);
    if (!parts) {
        return NumberProblem::NotANumber;
    }
    if (parts->isInteger()) {
        return fitsInteger(*parts, text) ? NumberProblem::None : NumberProblem::IntegerOutOfRange;
    }
    if (text.size() > longestDecimal) {
        return NumberProblem::TooLong;
    }
    double value = 0;
    const std::errc error = std::from_chars(text.data(), text.data() + text.size(), value).ec;
    if (error == std::errc() && value != 0.0 && std::isfinite(value)) {
        return NumberProblem::None;
    }
    const Decimal decimal = parseDecimal(text).value();
    if (decimal.isZero()) {
        return NumberProblem::None;
    }
    return decimal.boundedExponent() > 0 ? NumberProblem::TooLarge : NumberProblem::TooSmall;
}

double nearestDouble(std::string_view text)
{
    double value = 0;
    const std::errc error = std::from_chars(text.data(), text.data() + text.size(), value).ec;
    return error == std::errc() ? value : 0.0; // Out of range within the rules: a zero with a huge exponent.
}

} // namespace countersign
