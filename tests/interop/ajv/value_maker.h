// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/interop/ajv/schema_maker.h"

#include <string_view>

namespace countersign::test {

/// Makes values that a schema may well accept, and edits of them.
class ValueMaker
{
public:
    ValueMaker(Dice &dice, const JsonValue &schema)
        : m_dice(dice)
        , m_root(schema)
    {}

    JsonValue make() { return fitting(m_root, 5); }

    /// \p value with one thing changed, somewhere.
    JsonValue edited(JsonValue value)
    {
        JsonValue *place = &value;
        while (!m_dice.percent(35) && (place->isObject() || place->isArray())) {
            JsonValue *deeper = somePart(*place);
            if (deeper == nullptr) {
                break;
            }
            place = deeper;
        }
        change(*place);
        return value;
    }

    JsonValue anything(int depth = 2)
    {
        switch (m_dice.roll(depth > 0 ? 8 : 6)) {
        case 0:
            return JsonValue();
        case 1:
            return JsonValue::fromBool(m_dice.percent(50));
        case 2:
        case 3:
            return number();
        case 4:
        case 5:
            return string();
        case 6: {
            JsonValue list = JsonValue::array();
            for (int i = m_dice.between(0, 3); i > 0; --i) {
                list.append(anything(depth - 1));
            }
            return list;
        }
        default: {
            JsonValue object = JsonValue::object();
            for (int i = m_dice.between(0, 3); i > 0; --i) {
                object.set(m_dice.of(memberNames), anything(depth - 1));
            }
            return object;
        }
        }
    }

private:
    JsonValue *somePart(JsonValue &value)
    {
        if (value.isArray() && !value.items().empty()) {
            return &value.items()[m_dice.roll(value.items().size())];
        }
        if (value.isObject() && !value.members().empty()) {
            return &value.members()[m_dice.roll(value.members().size())].value;
        }
        return nullptr;
    }

    void change(JsonValue &value)
    {
        if (value.isObject() && m_dice.percent(80)) {
            JsonValue::Object &members = value.members();
            if (!members.empty() && m_dice.percent(45)) {
                members.erase(members.begin() + static_cast<std::ptrdiff_t>(m_dice.roll(members.size())));
            } else {
                value.set(m_dice.of(memberNames), anything());
            }
        } else if (value.isArray() && m_dice.percent(80)) {
            JsonValue::Array &items = value.items();
            const size_t at = m_dice.roll(items.size() + 1);
            if (!items.empty() && m_dice.percent(40)) {
                items.erase(items.begin() + static_cast<std::ptrdiff_t>(at % items.size()));
            } else if (!items.empty() && m_dice.percent(30)) {
                items.push_back(items[at % items.size()]); // A twin, for uniqueItems.
            } else {
                items.insert(items.begin() + static_cast<std::ptrdiff_t>(at), anything());
            }
        } else if (value.isString() && m_dice.percent(60)) {
            QString text = value.toString();
            const auto at = static_cast<qsizetype>(m_dice.roll(static_cast<size_t>(text.size()) + 1));
            if (at < text.size() && m_dice.percent(50)) {
                text.remove(at, 1);
            } else {
                text.insert(at, QString::fromUtf8(m_dice.of(
                                    std::array{"a", "0", "9", "-", ":", "/", ".", "é", "😀", " ", "T", "P", "%"})));
            }
            value = JsonValue::fromString(text);
        } else {
            value = anything();
        }
    }

    JsonValue number()
    {
        static constexpr std::array texts = {"0",   "1",    "2",    "3",    "-1",    "7",   "12",
                                             "40",  "1.0",  "2.50", "0.01", "19.99", "0.3", "0.1",
                                             "1e1", "-0.5", "10.0", "100",  "1.25",  "5e-1"};
        return JsonValue::fromNumberText(m_dice.percent(60) ? std::string(m_dice.of(texts))
                                                            : std::to_string(m_dice.between(-25, 45)));
    }

    JsonValue string()
    {
        static constexpr std::array texts = {"",
                                             "a",
                                             "b",
                                             "ab",
                                             "abc",
                                             "42",
                                             "1234",
                                             "É",
                                             "😀😀",
                                             "card",
                                             "a longer text",
                                             "2026-03-31",
                                             "2024-02-29",
                                             "2023-02-29",
                                             "12:30:00Z",
                                             "23:59:60Z",
                                             "12:30:00+02:00",
                                             "2026-03-31T12:30:00Z",
                                             "2026-03-31t12:30:00.5z",
                                             "P1Y2M3DT4H",
                                             "P2W",
                                             "PT0S",
                                             "P1Y2D",
                                             "a@b.example",
                                             "host.example",
                                             "-bad.example",
                                             "127.0.0.1",
                                             "256.0.0.1",
                                             "::1",
                                             "fe80::1:2",
                                             "1::2::3",
                                             "https://example.org/a?b#c",
                                             "mailto:a@b.example",
                                             "/relative/path",
                                             "#fragment",
                                             "123e4567-e89b-12d3-a456-426614174000",
                                             "^a+$",
                                             "a(",
                                             "/a/0/~1",
                                             "/~2",
                                             "0/a",
                                             "1#"};
        return JsonValue::fromUtf8(m_dice.of(texts));
    }

    const JsonValue &resolved(const JsonValue &schema) const
    {
        const JsonValue *reference = schema.find("$ref");
        const JsonValue *target =
            reference != nullptr ? m_root.at(std::string_view(reference->utf8()).substr(1)) : nullptr;
        return target != nullptr ? *target : schema;
    }

    JsonValue fitting(const JsonValue &reference, int depth)
    {
        const JsonValue &schema = resolved(reference);
        if (!schema.isObject() || depth <= 0) {
            return anything(1);
        }
        if (const JsonValue *constant = schema.find("const")) {
            return *constant;
        }
        if (const JsonValue *options = schema.find("enum")) {
            return m_dice.of(options->items());
        }
        for (const char *union_ : {"oneOf", "anyOf", "allOf"}) {
            const JsonValue *branches = schema.find(union_);
            if (branches != nullptr && (schema.find("type") == nullptr || m_dice.percent(40))) {
                return fitting(m_dice.of(branches->items()), depth - 1);
            }
        }
        const JsonValue *type = schema.find("type");
        std::string_view name = type == nullptr   ? guess(schema)
                                : type->isArray() ? m_dice.of(type->items()).utf8()
                                                  : type->utf8();
        if (name == "object") {
            return object(schema, depth);
        }
        if (name == "array") {
            return list(schema, depth);
        }
        if (name == "string") {
            return string(schema);
        }
        if (name == "number" || name == "integer") {
            return number(schema, name == "integer");
        }
        if (name == "boolean") {
            return JsonValue::fromBool(m_dice.percent(50));
        }
        return name == "null" ? JsonValue() : anything(1);
    }

    static std::string_view guess(const JsonValue &schema)
    {
        for (const char *key : {"properties", "required", "additionalProperties"}) {
            if (schema.find(key) != nullptr) {
                return "object";
            }
        }
        for (const char *key : {"items", "prefixItems", "contains", "uniqueItems"}) {
            if (schema.find(key) != nullptr) {
                return "array";
            }
        }
        if (schema.find("pattern") != nullptr || schema.find("format") != nullptr) {
            return "string";
        }
        return schema.find("minimum") != nullptr || schema.find("multipleOf") != nullptr ? "number" : "";
    }

    JsonValue object(const JsonValue &schema, int depth)
    {
        JsonValue value = JsonValue::object();
        const JsonValue *properties = schema.find("properties");
        const JsonValue *required = schema.find("required");
        const auto isRequired = [required](std::string_view name) {
            return required != nullptr && std::any_of(required->items().begin(), required->items().end(),
                                                      [name](const JsonValue &item) { return item.utf8() == name; });
        };
        if (properties != nullptr) {
            for (const JsonValue::Member &member : properties->members()) {
                if (isRequired(member.key) || m_dice.percent(60)) {
                    value.set(member.key, fitting(member.value, depth - 1));
                }
            }
        }
        if (required != nullptr) {
            const JsonValue *others = schema.find("additionalProperties");
            for (const JsonValue &name : required->items()) {
                if (value.find(name.utf8()) == nullptr) {
                    value.set(name.utf8(), others != nullptr ? fitting(*others, depth - 1) : anything(1));
                }
            }
        }
        return value;
    }

    JsonValue list(const JsonValue &schema, int depth)
    {
        JsonValue value = JsonValue::array();
        const JsonValue *items = schema.find("items");
        const JsonValue *places = schema.find("prefixItems");
        if (places == nullptr && items != nullptr && items->isArray()) {
            places = std::exchange(items, nullptr);
        }
        if (places != nullptr) {
            for (const JsonValue &place : places->items()) {
                value.append(fitting(place, depth - 1));
            }
        }
        const JsonValue *least = schema.find("minItems");
        const int count =
            static_cast<int>(least != nullptr ? least->toInteger().value_or(0) : 0) + m_dice.between(0, 2);
        while (static_cast<int>(value.items().size()) < count) {
            value.append(items != nullptr ? fitting(*items, depth - 1) : anything(1));
        }
        const JsonValue *contained = schema.find("contains");
        if (contained != nullptr && m_dice.percent(60)) {
            value.append(fitting(*contained, depth - 1));
        }
        return value;
    }

    JsonValue string(const JsonValue &schema)
    {
        const JsonValue *format = schema.find("format");
        if (format != nullptr && m_dice.percent(70)) {
            return JsonValue::fromUtf8(exampleOf(format->utf8()));
        }
        const JsonValue *pattern = schema.find("pattern");
        if (pattern != nullptr && m_dice.percent(70)) {
            return JsonValue::fromUtf8(m_dice.of(std::array{"a", "abab", "1234", "É", "abc", ""}));
        }
        const JsonValue *least = schema.find("minLength");
        std::string text(static_cast<size_t>(least != nullptr ? least->toInteger().value_or(0) : 0), 'a');
        return m_dice.percent(50) ? JsonValue::fromUtf8(std::move(text)) : string();
    }

    static std::string exampleOf(std::string_view format)
    {
        static constexpr std::array<std::pair<std::string_view, const char *>, 14> examples = {{
            {"date", "2026-03-31"},
            {"time", "12:30:00Z"},
            {"date-time", "2026-03-31T12:30:00+01:00"},
            {"duration", "P1DT2H"},
            {"email", "a.b@host.example"},
            {"hostname", "host.example"},
            {"ipv4", "192.0.2.7"},
            {"ipv6", "2001:db8::7"},
            {"uri", "https://example.org/x"},
            {"uri-reference", "../x?y"},
            {"uuid", "123e4567-e89b-12d3-a456-426614174000"},
            {"regex", "^[a-z]$"},
            {"json-pointer", "/a/b"},
            {"relative-json-pointer", "1/a"},
        }};
        const auto found = std::find_if(examples.begin(), examples.end(),
                                        [format](const auto &example) { return example.first == format; });
        return found != examples.end() ? found->second : "";
    }

    JsonValue number(const JsonValue &schema, bool whole)
    {
        for (const char *bound : {"minimum", "maximum"}) {
            const JsonValue *value = schema.find(bound);
            if (value != nullptr && m_dice.percent(50)) {
                return *value;
            }
        }
        const JsonValue *divisor = schema.find("multipleOf");
        if (divisor != nullptr && m_dice.percent(60)) {
            return *divisor;
        }
        return whole ? JsonValue::fromInteger(m_dice.between(-5, 30)) : number();
    }

    Dice &m_dice;
    const JsonValue &m_root;
};

} // namespace countersign::test
