// SPDX-License-Identifier: Apache-2.0
#include "core/base/canonical_json.h"

#include "core/base/decimal.h"
#include "core/base/json_text.h"

#include <charconv>

namespace countersign {

namespace {

/// ECMA-262 Number::toString of a finite double other than zero.
std::string ecmaNumber(double value)
{
    std::array<char, 40> buffer{};
    const auto written =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
    const Decimal decimal =
        parseDecimal(std::string_view(buffer.data(), static_cast<size_t>(written.ptr - buffer.data()))).value();
    const qint64 point = decimal.boundedExponent(); // ECMA-262's n; its k is the number of digits.
    if (point > -6 && point <= 21) {
        return decimal.plainText();
    }
    std::string text = decimal.negative ? "-" : "";
    text += decimal.digits.front();
    if (decimal.digits.size() > 1) {
        text.append(1, '.').append(decimal.digits, 1);
    }
    return text.append(point > 0 ? "e+" : "e").append(std::to_string(point - 1));
}

std::string canonicalNumber(std::string_view text)
{
    constexpr size_t exactDigits = 15; // Every integer of that many digits is a double and prints as itself.
    const bool isInteger = text.find_first_not_of("-0123456789") == std::string_view::npos;
    if (isInteger && text.size() <= exactDigits && text != "-0") {
        return std::string(text);
    }
    Q_ASSERT(isJsonNumber(text));
    const auto exact = parseDecimal(text);
    if (!exact || exact->isZero()) {
        return "0";
    }
    const std::string shortest = ecmaNumber(nearestDouble(text));
    return parseDecimal(shortest) == exact ? shortest : exact->plainText();
}

/// Order of UTF-16 code units, told from UTF-8: byte order, but that surrogates (lead bytes F0 to F4) come before
/// U+E000 to U+FFFF (lead bytes EE and EF).
bool beforeInUtf16(std::string_view left, std::string_view right)
{
    const auto [l, r] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
    if (l == left.end() || r == right.end()) {
        return l == left.end() && r != right.end();
    }
    const auto leftByte = static_cast<unsigned char>(*l);
    const auto rightByte = static_cast<unsigned char>(*r);
    const bool leftLate = leftByte == 0xEE || leftByte == 0xEF;
    const bool rightLate = rightByte == 0xEE || rightByte == 0xEF;
    if (leftLate != rightLate && leftByte >= 0xEE && rightByte >= 0xEE) {
        return rightLate;
    }
    return leftByte < rightByte;
}

void appendCanonical(std::string &text, const JsonValue &value);

void appendArray(std::string &text, const JsonValue::Array &items)
{
    text += '[';
    for (size_t i = 0; i < items.size(); ++i) {
        if (i > 0) {
            text += ',';
        }
        appendCanonical(text, items[i]);
    }
    text += ']';
}

void appendObject(std::string &text, const JsonValue::Object &members)
{
    std::vector<const JsonValue::Member *> sorted;
    sorted.reserve(members.size());
    for (const JsonValue::Member &member : members) {
        sorted.push_back(&member);
    }
    std::sort(sorted.begin(), sorted.end(),
              [](const auto *left, const auto *right) { return beforeInUtf16(left->key, right->key); });
    text += '{';
    for (size_t i = 0; i < sorted.size(); ++i) {
        if (i > 0) {
            text += ',';
        }
        appendJsonString(text, sorted[i]->key);
        text += ':';
        appendCanonical(text, sorted[i]->value);
    }
    text += '}';
}

void appendCanonical(std::string &text, const JsonValue &value)
{
    switch (value.kind()) {
    case JsonValue::Kind::Null:
        text += "null";
        break;
    case JsonValue::Kind::Boolean:
        text += value.toBool() ? "true" : "false";
        break;
    case JsonValue::Kind::Number:
        text += canonicalNumber(value.numberText());
        break;
    case JsonValue::Kind::String:
        appendJsonString(text, value.utf8());
        break;
    case JsonValue::Kind::Array:
        appendArray(text, value.items());
        break;
    case JsonValue::Kind::Object:
        appendObject(text, value.members());
        break;
    }
}

} // namespace

QByteArray canonicalJson(const JsonValue &value)
{
    std::string text;
    appendCanonical(text, value);
    return QByteArray(text.data(), static_cast<qsizetype>(text.size()));
}

} // namespace countersign
