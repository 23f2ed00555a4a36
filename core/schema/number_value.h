// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/qglobal.h>

#include <compare>
#include <string_view>

namespace countersign::schema {

/// The exact value of a JSON number within MODEL.md section 1, ready to be compared. No double is involved.
class NumberValue
{
public:
    /// \p text must be a number that readJson() takes.
    explicit NumberValue(std::string_view text);

    bool isInteger() const;
    /// Is this `divisor × n` for a whole n? \p divisor must not be zero.
    bool isMultipleOf(const NumberValue &divisor) const;
    bool isNegative() const { return m_negative; }
    bool isZero() const { return m_short && m_mantissa == 0; }
    /// Equal values have equal hashes.
    quint64 hash() const;
    std::string_view text() const { return m_text; }

    friend std::strong_ordering operator<=>(const NumberValue &left, const NumberValue &right);
    friend bool operator==(const NumberValue &left, const NumberValue &right) { return (left <=> right) == 0; }

private:
    std::string_view m_text;
    qint64 m_mantissa = 0; ///< Without zeros behind, absolute; only when \c m_short.
    qint32 m_exponent = 0; ///< Value = mantissa × 10^exponent.
    bool m_negative = false;
    bool m_short = false; ///< At most 18 digits: the mantissa holds them. Else the text is read again.
};

} // namespace countersign::schema
