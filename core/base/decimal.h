// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/qglobal.h>

#include <optional>
#include <string>
#include <string_view>

namespace countersign {

/// The exact value of a JSON number text: `0.DIGITS × 10^exponent`, so that equal values have equal members however
/// they are written. Zero has no digits, no sign and exponent "0".
struct Decimal {
    bool negative = false;
    std::string digits;         ///< Without zeros in front or behind.
    std::string exponent = "0"; ///< A whole number of any size, without superfluous zeros or `+`.

    bool isZero() const { return digits.empty(); }
    /// The exponent; held at ±10^15 when it lies outside.
    qint64 boundedExponent() const;
    /// Plain notation without exponent or superfluous zeros. \c boundedExponent() must be within ±10,000.
    std::string plainText() const;

    friend bool operator==(const Decimal &, const Decimal &) = default;
};

/// Reads a number as JSON's grammar has it. Absent: \p text is not one.
std::optional<Decimal> parseDecimal(std::string_view text);

/// What keeps a number text out of MODEL.md section 1.
enum class NumberProblem {
    None,
    NotANumber,        ///< Not in JSON's grammar.
    IntegerOutOfRange, ///< Without `.` and exponent, and below −2⁶³ or above 2⁶⁴−1.
    TooLong,           ///< A decimal of more than 40 characters.
    TooLarge,          ///< No double holds it.
    TooSmall,          ///< Not zero, but a double makes zero of it.
};
NumberProblem numberProblem(std::string_view text);

/// The double nearest to \p text, which must be free of problems. Independent of the locale.
double nearestDouble(std::string_view text);

} // namespace countersign
