// SPDX-License-Identifier: Apache-2.0
#include "core/schema/number_value.h"

#include "core/base/decimal.h"

#include <array>
#include <functional>

namespace countersign::schema {

namespace {

constexpr int shortDigits = 18; // Any number of that many digits fits 63 bits.

/// The value of a number as digits without zeros at the ends, and a power of ten.
struct LongNumber {
    explicit LongNumber(std::string_view text)
        : decimal(parseDecimal(text).value_or(Decimal()))
        , exponent(decimal.boundedExponent() - static_cast<qint64>(decimal.digits.size()))
    {}
    Decimal decimal;
    qint64 exponent; ///< Of the last digit.
};

/// A whole number of up to 54 digits, enough for a remainder of 40 digits times ten.
class Limbs
{
public:
    Limbs() = default;
    explicit Limbs(std::string_view digits)
    {
        for (const char c : digits) {
            shiftIn(c - '0');
        }
    }
    void shiftIn(int digit)
    {
        quint64 carry = static_cast<quint64>(digit);
        for (quint32 &limb : m_limbs) {
            const quint64 value = limb * quint64{10} + carry;
            limb = static_cast<quint32>(value % base);
            carry = value / base;
        }
    }
    bool isZero() const { return *this == Limbs(); }
    void subtractWhilePossible(const Limbs &other)
    {
        while (!less(other)) {
            qint64 borrow = 0;
            for (size_t i = 0; i < m_limbs.size(); ++i) {
                qint64 value = static_cast<qint64>(m_limbs[i]) - other.m_limbs[i] - borrow;
                borrow = value < 0 ? 1 : 0;
                value += borrow * static_cast<qint64>(base);
                m_limbs[i] = static_cast<quint32>(value);
            }
        }
    }
    friend bool operator==(const Limbs &, const Limbs &) = default;

private:
    static constexpr quint64 base = 1'000'000'000;
    bool less(const Limbs &other) const
    {
        for (size_t i = m_limbs.size(); i-- > 0;) {
            if (m_limbs[i] != other.m_limbs[i]) {
                return m_limbs[i] < other.m_limbs[i];
            }
        }
        return false;
    }
    std::array<quint32, 6> m_limbs{}; ///< Lowest first.
};

bool longMultiple(const LongNumber &value, const LongNumber &divisor)
{
    if (value.decimal.isZero()) {
        return true;
    }
    if (value.exponent < divisor.exponent) {
        return false; // The value has a digit behind the last that a multiple can
                      // have.
    }
    const Limbs modulus(divisor.decimal.digits);
    Limbs rest;
    for (const char c : value.decimal.digits) {
        rest.shiftIn(c - '0');
        rest.subtractWhilePossible(modulus);
    }
    for (qint64 i = value.exponent - divisor.exponent; i > 0 && !rest.isZero(); --i) {
        rest.shiftIn(0);
        rest.subtractWhilePossible(modulus);
    }
    return rest.isZero();
}

std::strong_ordering longMagnitude(const LongNumber &left, const LongNumber &right)
{
    if (left.decimal.isZero() || right.decimal.isZero()) {
        return right.decimal.isZero() <=> left.decimal.isZero();
    }
    const auto byExponent = left.decimal.boundedExponent() <=> right.decimal.boundedExponent();
    return byExponent != 0 ? byExponent : left.decimal.digits.compare(right.decimal.digits) <=> 0;
}

qint64 powerOfTen(int exponent)
{
    qint64 power = 1;
    for (int i = 0; i < exponent; ++i) {
        power *= 10;
    }
    return power;
}

/// Can \p mantissa × 10^\p shift be held, and what is it?
bool scaled(qint64 mantissa, int shift, qint64 &result)
{
    return shift <= shortDigits && !__builtin_mul_overflow(mantissa, powerOfTen(shift), &result);
}

} // namespace

NumberValue::NumberValue(std::string_view text)
    : m_text(text)
{
    size_t i = 0;
    m_negative = !text.empty() && text[0] == '-';
    i += m_negative ? 1 : 0;
    int digits = 0;
    int fraction = 0;
    bool behindPoint = false;
    for (; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '.') {
            behindPoint = true;
            continue;
        }
        if (c < '0' || c > '9') {
            break;
        }
        digits += digits > 0 || c != '0' ? 1 : 0;
        if (digits > shortDigits) {
            return;
        }
        m_mantissa = m_mantissa * 10 + (c - '0');
        fraction += behindPoint ? 1 : 0;
    }
    int exponent = 0;
    if (i < text.size()) {
        const bool minus = ++i < text.size() && text[i] == '-';
        i += i < text.size() && (text[i] == '-' || text[i] == '+') ? 1 : 0;
        for (; i < text.size(); ++i) {
            exponent = exponent * 10 + (text[i] - '0');
            if (exponent > 10'000) { // Only a zero may have such an exponent.
                exponent = 0;
                break;
            }
        }
        exponent = minus ? -exponent : exponent;
    }
    m_short = true;
    m_exponent = exponent - fraction;
    if (m_mantissa == 0) {
        m_exponent = 0;
        m_negative = false;
        return;
    }
    while ((m_exponent < 0 || exponent != 0) && m_mantissa % 10 == 0) {
        m_mantissa /= 10;
        ++m_exponent;
    }
}

bool NumberValue::isInteger() const
{
    return m_short ? m_exponent >= 0 : LongNumber(m_text).exponent >= 0;
}

bool NumberValue::isMultipleOf(const NumberValue &divisor) const
{
    if (m_short && divisor.m_short) {
        qint64 value = m_mantissa;
        qint64 step = divisor.m_mantissa;
        const int shift = m_exponent - divisor.m_exponent;
        const bool fits = shift >= 0 ? scaled(value, shift, value) : scaled(step, -shift, step);
        if (fits) {
            return value % step == 0;
        }
    }
    return longMultiple(LongNumber(m_text), LongNumber(divisor.m_text));
}

quint64 NumberValue::hash() const
{
    const LongNumber number(m_text);
    const quint64 digits = std::hash<std::string_view>()(number.decimal.digits);
    return (digits ^ static_cast<quint64>(number.decimal.boundedExponent())) * 2 + (number.decimal.negative ? 1 : 0);
}

std::strong_ordering operator<=>(const NumberValue &left, const NumberValue &right)
{
    if (left.m_negative != right.m_negative) {
        return left.m_negative ? std::strong_ordering::less : std::strong_ordering::greater;
    }
    auto magnitude = std::strong_ordering::equal;
    qint64 leftValue = left.m_mantissa;
    qint64 rightValue = right.m_mantissa;
    const int shift = left.m_exponent - right.m_exponent;
    const bool fits = left.m_short && right.m_short &&
                      (shift >= 0 ? scaled(leftValue, shift, leftValue) : scaled(rightValue, -shift, rightValue));
    if (fits) {
        magnitude = leftValue <=> rightValue;
    } else {
        magnitude = longMagnitude(LongNumber(left.m_text), LongNumber(right.m_text));
    }
    return left.m_negative ? 0 <=> magnitude : magnitude;
}

} // namespace countersign::schema
