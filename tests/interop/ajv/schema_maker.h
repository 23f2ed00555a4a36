// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/schema.h"
#include "tests/interop/ajv/dice.h"

#include <array>

namespace countersign::test {

// No member is called like one of JavaScript's own (`toString`): Ajv's equality and unevaluatedProperties stumble
// there.
inline constexpr std::array<const char *, 8> memberNames = {"a", "b", "name", "kind", "Tags", "x y", "é", "/~"};
inline constexpr std::array<const char *, 8> patterns = {"^[a-z]+$", "^\\d{2,4}$", "a",  "^.$",
                                                         "^\\p{Lu}", "[^x]",       "^$", "^(?:ab|c)+$"};
inline constexpr std::array<const char *, 15> formats = {
    "date",     "time",         "date-time",     "duration", "email",
    "hostname", "ipv4",         "ipv6",          "uri",      "uuid",
    "regex",    "json-pointer", "uri-reference", "date",     "relative-json-pointer"};
inline constexpr std::array<const char *, 6> divisors = {"0.01", "0.5", "1", "2", "0.3", "2.5"};

/// Makes schemas of the constructs that forms are made of, and some that no form has. Every `$ref` makes progress.
/// Where Ajv departs from the specification the construct is left out, with the reason beside it.
class SchemaMaker
{
public:
    SchemaMaker(Dice &dice, Dialect dialect)
        : m_dice(dice)
        , m_dialect(dialect)
    {}

    JsonValue make()
    {
        m_definitions = m_dice.percent(40) ? 2 : 0;
        m_hasDependentSchemas = m_dice.percent(50);
        JsonValue schema = part(3, true);
        if (!schema.isObject()) {
            return schema;
        }
        if (m_definitions > 0) {
            JsonValue definitions = JsonValue::object();
            for (int i = 0; i < m_definitions; ++i) {
                definitions.set(definitionName(i), part(2, false));
            }
            schema.set(definitionsKey(), std::move(definitions));
        }
        return schema;
    }

private:
    static JsonValue text(const char *value) { return JsonValue::fromUtf8(value); }
    static JsonValue number(const std::string &value) { return JsonValue::fromNumberText(value); }
    static JsonValue number(int value) { return JsonValue::fromInteger(value); }
    static std::string definitionName(int index) { return "d" + std::to_string(index); }
    const char *definitionsKey() const { return m_dialect == Dialect::Draft07 ? "definitions" : "$defs"; }
    bool is2020() const { return m_dialect == Dialect::Draft202012; }
    bool isOld() const { return m_dialect == Dialect::Draft07; }

    std::string decimalText()
    {
        const std::string whole = std::to_string(m_dice.between(-20, 40));
        switch (m_dice.roll(4)) {
        case 0:
            return whole + "." + std::to_string(m_dice.between(0, 99));
        case 1:
            return whole + ".0";
        default:
            return whole;
        }
    }

    /// \p inPlace: a reference may stand here, because the value gets smaller on the way back to it.
    JsonValue part(int depth, bool mayRefer)
    {
        if (m_dice.percent(3)) {
            return JsonValue::fromBool(m_dice.percent(70));
        }
        if (mayRefer && m_definitions > 0 && m_dice.percent(12)) {
            // Nothing beside it: drafts up to 7 ignore what stands beside a reference, and Ajv does not.
            JsonValue schema = JsonValue::object();
            schema.set("$ref", JsonValue::fromUtf8(std::string("#/") + definitionsKey() + "/" +
                                                   definitionName(m_dice.between(0, m_definitions - 1))));
            return schema;
        }
        JsonValue schema = JsonValue::object();
        switch (depth > 0 ? m_dice.roll(14) : m_dice.roll(7)) {
        case 0:
        case 1:
            addString(schema);
            break;
        case 2:
        case 3:
            addNumber(schema);
            break;
        case 4:
            schema.set("type", text(m_dice.percent(50) ? "boolean" : "null"));
            break;
        case 5:
            addChoice(schema);
            break;
        case 6:
            addTypes(schema);
            break;
        case 7:
        case 8:
        case 9:
            addObject(schema, depth);
            break;
        case 10:
        case 11:
            addArray(schema, depth);
            break;
        default:
            addCombination(schema, depth, mayRefer);
        }
        if (depth > 0 && m_dice.percent(12)) {
            addCombination(schema, depth, mayRefer);
        }
        if (m_dice.percent(15)) {
            schema.set("title", text("A title"));
            schema.set("default", JsonValue::fromInteger(m_dice.between(0, 3)));
        }
        return schema;
    }
    JsonValue child(int depth) { return part(depth - 1, true); }

    void addType(JsonValue &schema, const char *type)
    {
        if (m_dice.percent(85)) {
            if (m_dice.percent(10)) {
                schema.set("type", JsonValue::array({text(type), text("null")}));
            } else {
                schema.set("type", text(type));
            }
        }
    }

    void addString(JsonValue &schema)
    {
        addType(schema, "string");
        if (m_dice.percent(35)) {
            schema.set("format", text(m_dice.of(formats)));
            return;
        }
        if (m_dice.percent(40)) {
            schema.set("minLength", number(m_dice.between(0, 4)));
        }
        if (m_dice.percent(40)) {
            schema.set("maxLength", m_dice.percent(20) ? number("4.0") : number(m_dice.between(1, 8)));
        }
        if (m_dice.percent(35)) {
            schema.set("pattern", text(m_dice.of(patterns)));
        }
    }

    void addNumber(JsonValue &schema)
    {
        addType(schema, m_dice.percent(50) ? "number" : "integer");
        constexpr std::array bounds = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"};
        for (const char *bound : bounds) {
            if (m_dice.percent(25)) {
                schema.set(bound, number(decimalText()));
            }
        }
        if (m_dice.percent(30)) {
            schema.set("multipleOf", number(std::string(m_dice.of(divisors))));
        }
    }

    void addTypes(JsonValue &schema)
    {
        constexpr std::array types = {"string", "integer", "number", "boolean", "object", "array", "null"};
        JsonValue list = JsonValue::array();
        const size_t first = m_dice.roll(types.size());
        list.append(text(types[first]));
        list.append(text(types[(first + 1 + m_dice.roll(types.size() - 1)) % types.size()]));
        schema.set("type", std::move(list));
    }

    JsonValue constant()
    {
        switch (m_dice.roll(7)) {
        case 0:
            return number(decimalText());
        case 1:
            return JsonValue();
        case 2:
            return JsonValue::fromBool(m_dice.percent(50));
        case 3:
            return JsonValue::array({number(1), text("a")});
        case 4: {
            JsonValue object = JsonValue::object();
            object.set("b", number(1));
            object.set("a", text("x"));
            return object;
        }
        default:
            return text(m_dice.of(std::array{"a", "b", "ab", "é", "", "card", "bank"}));
        }
    }

    void addChoice(JsonValue &schema)
    {
        if (m_dice.percent(35)) {
            schema.set("const", constant());
            return;
        }
        JsonValue::Array values;
        for (int i = m_dice.between(1, 5); i > 0; --i) {
            JsonValue value = constant();
            if (std::find(values.begin(), values.end(), value) == values.end()) {
                values.push_back(std::move(value));
            }
        }
        if (m_dice.percent(60)) {
            schema.set("enum", JsonValue::array(std::move(values)));
            return;
        }
        JsonValue branches = JsonValue::array();
        for (JsonValue &value : values) {
            JsonValue branch = JsonValue::object();
            branch.set("const", std::move(value));
            branch.set("title", text("An option"));
            branches.append(std::move(branch));
        }
        schema.set(m_dice.percent(50) ? "oneOf" : "anyOf", std::move(branches));
    }

    JsonValue names(int most)
    {
        JsonValue list = JsonValue::array();
        const size_t first = m_dice.roll(memberNames.size());
        const int count = m_dice.between(1, most);
        for (int i = 0; i < count; ++i) {
            list.append(text(memberNames[(first + static_cast<size_t>(i)) % memberNames.size()]));
        }
        return list;
    }

    void addObject(JsonValue &schema, int depth)
    {
        addType(schema, "object");
        if (m_dice.percent(85)) {
            JsonValue properties = JsonValue::object();
            for (int i = m_dice.between(0, 4); i > 0; --i) {
                properties.set(m_dice.of(memberNames), child(depth));
            }
            schema.set("properties", std::move(properties));
        }
        if (m_dice.percent(45)) {
            schema.set("required", names(3));
        }
        if (m_dice.percent(40)) {
            schema.set("additionalProperties",
                       m_dice.percent(50) ? JsonValue::fromBool(m_dice.percent(30)) : child(depth));
        }
        if (m_dice.percent(15)) {
            JsonValue byPattern = JsonValue::object();
            byPattern.set(m_dice.of(patterns), child(depth));
            schema.set("patternProperties", std::move(byPattern));
        }
        if (m_dice.percent(12)) {
            JsonValue rule = JsonValue::object();
            addString(rule);
            schema.set("propertyNames", std::move(rule));
        }
        if (m_dice.percent(15)) {
            schema.set("minProperties", number(m_dice.between(0, 3)));
        }
        if (m_dice.percent(15)) {
            schema.set("maxProperties", number(m_dice.between(0, 4)));
        }
        if (m_dice.percent(15)) {
            JsonValue needed = JsonValue::object();
            needed.set(m_dice.of(memberNames), names(2));
            schema.set(isOld() ? "dependencies" : "dependentRequired", std::move(needed));
        } else if (isOld() ? m_dice.percent(12) : m_hasDependentSchemas && m_dice.percent(24)) {
            JsonValue applied = JsonValue::object();
            applied.set(m_dice.of(memberNames), part(depth - 1, false));
            schema.set(isOld() ? "dependencies" : "dependentSchemas", std::move(applied));
        }
        // Ajv forgets what `properties` evaluated where `dependentSchemas` may add to it, and does not.
        if (!isOld() && !m_hasDependentSchemas && m_dice.percent(30)) {
            schema.set("unevaluatedProperties", m_dice.percent(60) ? JsonValue::fromBool(false) : child(depth));
        }
    }

    void addArray(JsonValue &schema, int depth)
    {
        addType(schema, "array");
        const bool tuple = m_dice.percent(30);
        if (tuple) {
            JsonValue places = JsonValue::array();
            for (int i = m_dice.between(1, 3); i > 0; --i) {
                places.append(child(depth));
            }
            schema.set(is2020() ? "prefixItems" : "items", std::move(places));
            if (m_dice.percent(50)) {
                schema.set(is2020() ? "items" : "additionalItems",
                           m_dice.percent(40) ? JsonValue::fromBool(false) : child(depth));
            }
        } else if (m_dice.percent(85)) {
            schema.set("items", child(depth));
        }
        if (m_dice.percent(25)) {
            schema.set("minItems", number(m_dice.between(0, 3)));
        }
        if (m_dice.percent(25)) {
            schema.set("maxItems", number(m_dice.between(0, 4)));
        }
        // Ajv compares the items after a tuple's places as if all were of their type.
        if (!tuple && m_dice.percent(25)) {
            schema.set("uniqueItems", JsonValue::fromBool(m_dice.percent(85)));
        }
        // Ajv takes an empty list for one that contains what it must, once there are places of a tuple as well.
        const bool contains = !tuple && m_dice.percent(20);
        if (contains) {
            schema.set("contains", child(depth));
            if (!isOld() && m_dice.percent(50)) {
                schema.set("minContains", number(m_dice.between(0, 2)));
            }
            if (!isOld() && m_dice.percent(50)) {
                schema.set("maxContains", number(m_dice.between(1, 3)));
            }
        }
        // Ajv does not count the items that `contains` matched as evaluated, which 2020-12 asks for.
        if (!isOld() && !contains && m_dice.percent(12)) {
            schema.set("unevaluatedItems", m_dice.percent(60) ? JsonValue::fromBool(false) : child(depth));
        }
    }

    void addCombination(JsonValue &schema, int depth, bool mayRefer)
    {
        const auto branch = [&] { return part(depth - 1, mayRefer); };
        switch (m_dice.roll(6)) {
        case 0:
            schema.set("not", branch());
            break;
        case 1:
        case 2:
            schema.set("if", branch());
            if (m_dice.percent(80)) {
                schema.set("then", branch());
            }
            if (m_dice.percent(60)) {
                schema.set("else", branch());
            }
            break;
        default: {
            JsonValue branches = JsonValue::array();
            for (int i = m_dice.between(1, 3); i > 0; --i) {
                branches.append(branch());
            }
            schema.set(m_dice.of(std::array{"anyOf", "oneOf", "allOf"}), std::move(branches));
        }
        }
    }

    Dice &m_dice;
    Dialect m_dialect;
    int m_definitions = 0;
    bool m_hasDependentSchemas = false;
};

} // namespace countersign::test
