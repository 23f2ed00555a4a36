// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/number_step.h"

#include "core/base/decimal.h"
#include "core/schema/number_value.h"

#include <algorithm>

namespace countersign::ui {

namespace {

using schema::NumberValue;

constexpr qint64 mostDigits = 400; ///< What is longer could not be sent.

/// Digits without zeros in front; empty is zero.
using Digits = std::string;

Digits trimmed(Digits digits)
{
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    return digits;
}

int compared(const Digits &a, const Digits &b)
{
    return a.size() != b.size() ? (a.size() < b.size() ? -1 : 1) : a.compare(b);
}

Digits sum(const Digits &a, const Digits &b)
{
    Digits result;
    int carry = 0;
    for (size_t i = 0; i < std::max(a.size(), b.size()) || carry > 0; ++i) {
        const int left = i < a.size() ? a[a.size() - 1 - i] - '0' : 0;
        const int right = i < b.size() ? b[b.size() - 1 - i] - '0' : 0;
        result += static_cast<char>('0' + (left + right + carry) % 10);
        carry = (left + right + carry) / 10;
    }
    std::reverse(result.begin(), result.end());
    return trimmed(result);
}

/// \p a must not be smaller than \p b.
Digits difference(const Digits &a, const Digits &b)
{
    Digits result;
    int borrow = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        int digit = a[a.size() - 1 - i] - '0' - borrow - (i < b.size() ? b[b.size() - 1 - i] - '0' : 0);
        borrow = digit < 0 ? 1 : 0;
        digit += borrow * 10;
        result += static_cast<char>('0' + digit);
    }
    std::reverse(result.begin(), result.end());
    return trimmed(result);
}

Digits remainder(const Digits &a, const Digits &divisor)
{
    Digits rest;
    for (const char digit : a) {
        rest = trimmed(rest + digit);
        while (compared(rest, divisor) >= 0) {
            rest = difference(rest, divisor);
        }
    }
    return rest;
}

Digits times(const Digits &a, int factor)
{
    Digits result;
    for (int i = 0; i < factor; ++i) {
        result = sum(result, a);
    }
    return result;
}

/// A whole number of units of 10^-scale.
struct Scaled {
    bool negative = false;
    Digits digits;
};

Scaled plus(const Scaled &a, const Scaled &b)
{
    if (a.negative == b.negative) {
        return {a.negative, sum(a.digits, b.digits)};
    }
    return compared(a.digits, b.digits) >= 0 ? Scaled{a.negative, difference(a.digits, b.digits)}
                                             : Scaled{b.negative, difference(b.digits, a.digits)};
}

/// Decimals that \p text is written with, an exponent counted in.
qint64 decimalsOf(std::string_view text, const Decimal &value)
{
    const qint64 needed = static_cast<qint64>(value.digits.size()) - value.boundedExponent();
    const size_t point = text.find('.');
    const bool hasExponent = text.find_first_of("eE") != std::string_view::npos;
    const qint64 written =
        point == std::string_view::npos || hasExponent ? 0 : static_cast<qint64>(text.size() - point - 1);
    return std::max({needed, written, qint64(0)});
}

std::optional<Scaled> scaled(const Decimal &value, qint64 scale)
{
    const qint64 zeros = value.boundedExponent() - static_cast<qint64>(value.digits.size()) + scale;
    if (value.isZero()) {
        return Scaled{};
    }
    if (zeros < 0 || zeros + static_cast<qint64>(value.digits.size()) > mostDigits) {
        return {};
    }
    return Scaled{value.negative, value.digits + std::string(static_cast<size_t>(zeros), '0')};
}

std::string textOf(const Scaled &value, qint64 scale)
{
    Digits digits = value.digits;
    const auto decimals = static_cast<size_t>(scale);
    if (digits.size() <= decimals) {
        digits.insert(0, decimals + 1 - digits.size(), '0');
    }
    if (decimals > 0) {
        digits.insert(digits.size() - decimals, ".");
    }
    return (value.negative && !value.digits.empty() ? "-" : "") + digits;
}

bool tooSmall(std::string_view number, const FieldBounds &bounds)
{
    if (bounds.minimum.empty()) {
        return false;
    }
    const auto order = NumberValue(number) <=> NumberValue(bounds.minimum);
    return order < 0 || (bounds.exclusiveMinimum && order == 0);
}

bool tooLarge(std::string_view number, const FieldBounds &bounds)
{
    if (bounds.maximum.empty()) {
        return false;
    }
    const auto order = NumberValue(number) <=> NumberValue(bounds.maximum);
    return order > 0 || (bounds.exclusiveMaximum && order == 0);
}

/// \p from moved by \p steps; \p onto: to multiples of \p unit only, and \p from itself counts if \p steps is 0.
std::optional<std::string> moved(std::string_view from, std::string_view unit, int steps, bool onto, bool up)
{
    const std::optional<Decimal> start = parseDecimal(from);
    const std::optional<Decimal> step = parseDecimal(unit);
    if (!start || !step || step->isZero() || step->negative) {
        return {};
    }
    const qint64 scale = std::max(decimalsOf(from, *start), decimalsOf(unit, *step));
    if (scale > mostDigits) {
        return {};
    }
    std::optional<Scaled> at = scaled(*start, scale);
    const std::optional<Scaled> by = scaled(*step, scale);
    if (!at || !by) {
        return {};
    }
    int count = std::abs(steps);
    if (onto) {
        const Digits rest = remainder(at->digits, by->digits);
        if (!rest.empty()) { // The next multiple is the first step.
            const bool away = at->negative != up;
            const Digits distance = away ? difference(by->digits, rest) : rest;
            *at = plus(*at, Scaled{!up, distance});
            count = std::max(count - 1, 0);
        }
    }
    const std::string text = textOf(plus(*at, Scaled{!up, times(by->digits, count)}), scale);
    return numberProblem(text) == NumberProblem::None ? std::optional(text) : std::nullopt;
}

/// The number nearest to \p bound on its allowed side.
std::optional<std::string> atBound(const std::string &bound, bool exclusive, std::string_view unit, bool onto, bool up)
{
    // `up`: away from a minimum; otherwise away from a maximum.
    std::optional<std::string> number = onto ? moved(bound, unit, 0, true, up) : std::optional(bound);
    if (number && exclusive && NumberValue(*number) == NumberValue(bound)) {
        number = moved(bound, unit, 1, onto, up);
    }
    return number;
}

} // namespace

std::optional<std::string> steppedNumber(std::string_view from, int steps, const FieldBounds &bounds)
{
    if (steps == 0) {
        return {};
    }
    const bool onto = !bounds.multipleOf.empty();
    const std::string unit = onto ? bounds.multipleOf : "1";
    const bool up = steps > 0;
    std::optional<std::string> number =
        from.empty() ? std::optional(std::string("0")) : moved(from, unit, steps, onto, up);
    if (!number) {
        return {};
    }
    if (tooLarge(*number, bounds)) {
        number = atBound(bounds.maximum, bounds.exclusiveMaximum, unit, onto, false);
    } else if (tooSmall(*number, bounds)) {
        number = atBound(bounds.minimum, bounds.exclusiveMinimum, unit, onto, true);
    }
    if (!number || tooLarge(*number, bounds) || tooSmall(*number, bounds) ||
        numberProblem(*number) != NumberProblem::None) {
        return {};
    }
    if (!from.empty()) {
        const auto order = NumberValue(*number) <=> NumberValue(from);
        if (up ? order <= 0 : order >= 0) {
            return {}; // Never the other way: Up does not go down to a bound.
        }
    }
    return number;
}

} // namespace countersign::ui
