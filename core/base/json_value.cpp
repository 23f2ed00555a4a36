// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_value.h"

#include "core/base/decimal.h"
#include "core/base/exact_text.h"
#include "core/base/json_text.h"

#include <charconv>

namespace countersign {

namespace {

/// `0`, `7`, `12`: an index of RFC 6901. Absent for `-`, `01`, and what is not a number.
std::optional<size_t> arrayIndex(std::string_view token)
{
    if (token.empty() || (token.size() > 1 && token.front() == '0')) {
        return {};
    }
    size_t index = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
    if (error != std::errc() || end != token.data() + token.size()) {
        return {};
    }
    return index;
}

/// Undoes pointerToken(). Absent: a `~` that is followed by neither 0 nor 1.
std::optional<std::string> unescaped(std::string_view token)
{
    std::string key;
    key.reserve(token.size());
    for (size_t i = 0; i < token.size(); ++i) {
        if (token[i] != '~') {
            key += token[i];
            continue;
        }
        ++i;
        if (i == token.size() || (token[i] != '0' && token[i] != '1')) {
            return {};
        }
        key += token[i] == '0' ? '~' : '/';
    }
    return key;
}

std::vector<const JsonValue::Member *> sortedByKey(const JsonValue::Object &members)
{
    std::vector<const JsonValue::Member *> sorted;
    sorted.reserve(members.size());
    for (const JsonValue::Member &member : members) {
        sorted.push_back(&member);
    }
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto *left, const auto *right) { return left->key < right->key; });
    return sorted;
}

bool sameMembers(const JsonValue::Object &left, const JsonValue::Object &right)
{
    if (left.size() != right.size()) {
        return false;
    }
    const auto sameKey = [](const auto &a, const auto &b) { return a.key == b.key; };
    const auto same = [](const auto &a, const auto &b) { return a.key == b.key && a.value == b.value; };
    if (std::equal(left.begin(), left.end(), right.begin(), sameKey)) {
        return std::equal(left.begin(), left.end(), right.begin(), same);
    }
    const auto sortedLeft = sortedByKey(left);
    const auto sortedRight = sortedByKey(right);
    return std::equal(sortedLeft.begin(), sortedLeft.end(), sortedRight.begin(),
                      [&same](const auto *a, const auto *b) { return same(*a, *b); });
}

} // namespace

JsonValue JsonValue::fromBool(bool value)
{
    JsonValue json;
    json.m_data = value;
    return json;
}

JsonValue JsonValue::fromInteger(qint64 value)
{
    JsonValue json;
    json.m_data = Number{std::to_string(value)};
    return json;
}

JsonValue JsonValue::fromNumberText(std::string text)
{
    Q_ASSERT(isJsonNumber(text));
    if (!text.empty() && text.front() == '-' && parseDecimal(text).value_or(Decimal()).isZero()) {
        text = "0";
    }
    JsonValue json;
    json.m_data = Number{std::move(text)};
    return json;
}

JsonValue JsonValue::fromString(const QString &value)
{
    return fromUtf8(withoutLoneSurrogates(value).toUtf8().toStdString());
}

JsonValue JsonValue::fromUtf8(std::string value)
{
    JsonValue json;
    json.m_data.emplace<std::string>(std::move(value));
    return json;
}

JsonValue JsonValue::array()
{
    return array(Array());
}

JsonValue JsonValue::array(Array items)
{
    JsonValue json;
    json.m_data = std::move(items);
    return json;
}

JsonValue JsonValue::object()
{
    return object(Object());
}

JsonValue JsonValue::object(Object members)
{
    JsonValue json;
    json.m_data = std::move(members);
    return json;
}

bool JsonValue::toBool(bool other) const
{
    const bool *value = std::get_if<bool>(&m_data);
    return value ? *value : other;
}

std::string_view JsonValue::numberText() const
{
    const Number *number = std::get_if<Number>(&m_data);
    return number ? std::string_view(number->text) : std::string_view();
}

std::optional<qint64> JsonValue::toInteger() const
{
    const Number *number = std::get_if<Number>(&m_data);
    if (!number) {
        return {};
    }
    const char *const end = number->text.data() + number->text.size();
    qint64 value = 0;
    const auto read = std::from_chars(number->text.data(), end, value);
    if (read.ec == std::errc() && read.ptr == end) {
        return value;
    }
    const auto decimal = parseDecimal(number->text);
    constexpr qint64 longest = 19; // Digits of 2⁶³.
    const qint64 digitCount = decimal ? static_cast<qint64>(decimal->digits.size()) : 0;
    if (!decimal || decimal->boundedExponent() > longest || decimal->boundedExponent() < digitCount) {
        return {};
    }
    const std::string plain = decimal->plainText();
    if (std::from_chars(plain.data(), plain.data() + plain.size(), value).ec != std::errc()) {
        return {};
    }
    return value;
}

double JsonValue::toDouble(double other) const
{
    const Number *number = std::get_if<Number>(&m_data);
    return number ? nearestDouble(number->text) : other;
}

std::string_view JsonValue::utf8() const
{
    const std::string *text = std::get_if<std::string>(&m_data);
    return text ? std::string_view(*text) : std::string_view();
}

QString JsonValue::toString(const QString &other) const
{
    const std::string *text = std::get_if<std::string>(&m_data);
    return text ? exactText(*text) : other;
}

const JsonValue::Array &JsonValue::items() const
{
    static const Array none;
    const Array *array = std::get_if<Array>(&m_data);
    return array ? *array : none;
}

const JsonValue::Object &JsonValue::members() const
{
    static const Object none;
    const Object *object = std::get_if<Object>(&m_data);
    return object ? *object : none;
}

JsonValue::Array &JsonValue::items()
{
    Q_ASSERT(isArray());
    return *std::get_if<Array>(&m_data);
}

JsonValue::Object &JsonValue::members()
{
    Q_ASSERT(isObject());
    return *std::get_if<Object>(&m_data);
}

const JsonValue *JsonValue::find(std::string_view key) const
{
    for (const Member &member : members()) {
        if (member.key == key) {
            return &member.value;
        }
    }
    return nullptr;
}

JsonValue *JsonValue::find(std::string_view key)
{
    return const_cast<JsonValue *>(std::as_const(*this).find(key));
}

const JsonValue *JsonValue::at(std::string_view pointer) const
{
    const JsonValue *value = this;
    while (value && !pointer.empty()) {
        if (pointer.front() != '/') {
            return nullptr;
        }
        pointer.remove_prefix(1);
        const std::string_view token = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(token.size());
        if (value->isArray()) {
            const auto index = arrayIndex(token);
            value = index && *index < value->items().size() ? &value->items()[*index] : nullptr;
        } else {
            const auto key = unescaped(token);
            value = key ? value->find(*key) : nullptr;
        }
    }
    return value;
}

JsonValue *JsonValue::at(std::string_view pointer)
{
    return const_cast<JsonValue *>(std::as_const(*this).at(pointer));
}

void JsonValue::append(JsonValue item)
{
    items().push_back(std::move(item));
}

void JsonValue::set(std::string_view key, JsonValue value)
{
    Q_ASSERT(isObject());
    if (JsonValue *present = find(key)) {
        *present = std::move(value);
    } else {
        members().push_back({std::string(key), std::move(value)});
    }
}

bool operator==(const JsonValue &left, const JsonValue &right)
{
    if (left.kind() != right.kind()) {
        return false;
    }
    switch (left.kind()) {
    case JsonValue::Kind::Null:
        return true;
    case JsonValue::Kind::Boolean:
        return left.toBool() == right.toBool();
    case JsonValue::Kind::Number:
        return sameDecimal(left.numberText(), right.numberText());
    case JsonValue::Kind::String:
        return left.utf8() == right.utf8();
    case JsonValue::Kind::Array:
        return left.items() == right.items();
    case JsonValue::Kind::Object:
        return sameMembers(left.members(), right.members());
    }
    return false;
}

bool sameDecimal(std::string_view left, std::string_view right)
{
    if (left == right) {
        return true;
    }
    const auto leftValue = parseDecimal(left);
    return leftValue && leftValue == parseDecimal(right);
}

bool isJsonNumber(std::string_view text)
{
    return numberProblem(text) == NumberProblem::None;
}

std::string pointerToken(std::string_view key)
{
    std::string token;
    token.reserve(key.size());
    for (const char c : key) {
        if (c == '~') {
            token += "~0";
        } else if (c == '/') {
            token += "~1";
        } else {
            token += c;
        }
    }
    return token;
}

} // namespace countersign
