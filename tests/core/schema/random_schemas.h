// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"

#include <QtCore/QRandomGenerator>

namespace countersign::test {

/// Schemas of all constructs, and values that mostly fit them.
class RandomSchemas
{
public:
    explicit RandomSchemas(quint32 seed)
        : m_random(seed)
    {}
    int upTo(int most) { return static_cast<int>(m_random.bounded(most + 1)); }
    bool chance(int percent) { return upTo(99) < percent; }

    JsonValue document()
    {
        JsonValue schema = object(3);
        if (chance(20)) {
            schema = pick() % 2 ? unionOf(2) : any(3);
            schema = schema.isObject() ? schema : JsonValue::object();
        }
        JsonValue defs = JsonValue::object();
        defs.set("tree", parse({{"type", text("object")},
                                {"properties",
                                 parse({{"name", parse({{"type", text("string")}})},
                                        {"next", parse({{"$ref", text("#/$defs/tree")}})},
                                        {"list", parse({{"type", text("array")},
                                                        {"items", parse({{"$ref", text("#/$defs/tree")}})}})}})}}));
        schema.set("$defs", std::move(defs));
        return schema;
    }
    /// A value for \p schema: near it, but not always under it.
    JsonValue value(const JsonValue &schema, int depth = 5)
    {
        if (depth == 0 || !schema.isObject() || chance(4)) {
            return anyValue(2);
        }
        if (const JsonValue *constant = schema.find("const")) {
            return *constant;
        }
        if (const JsonValue *set = schema.find("enum"); set && !set->items().empty()) {
            return set->items()[static_cast<size_t>(upTo(static_cast<int>(set->items().size()) - 1))];
        }
        for (const char *keyword : {"oneOf", "anyOf"}) {
            const JsonValue *list = schema.find(keyword);
            if (list && !schema.find("properties") && !list->items().empty()) {
                return value(list->items()[static_cast<size_t>(upTo(static_cast<int>(list->items().size()) - 1))],
                             depth);
            }
        }
        const JsonValue *type = schema.find("type");
        std::string_view name = type ? type->utf8() : std::string_view("object");
        if (type && type->isArray() && !type->items().empty()) {
            name = type->items()[static_cast<size_t>(upTo(static_cast<int>(type->items().size()) - 1))].utf8();
        }
        if (name == "object") {
            return objectValue(schema, depth);
        }
        if (name == "array") {
            JsonValue list = JsonValue::array();
            const JsonValue *prefix = schema.find("prefixItems");
            const JsonValue *items = schema.find("items");
            for (size_t i = 0; prefix && i < prefix->items().size() && !chance(20); ++i) {
                list.append(value(prefix->items()[i], depth - 1));
            }
            for (int i = upTo(3); items && items->isObject() && i > 0; --i) {
                list.append(value(*items, depth - 1));
            }
            return list;
        }
        return scalar(name);
    }
    JsonValue anyValue(int depth)
    {
        switch (upTo(depth > 0 ? 6 : 4)) {
        case 0:
            return {};
        case 1:
            return JsonValue::fromBool(chance(50));
        case 2:
            return scalar("number");
        case 3:
            return scalar("integer");
        case 4:
            return scalar("string");
        case 5: {
            JsonValue list = JsonValue::array();
            for (int i = upTo(2); i > 0; --i) {
                list.append(anyValue(depth - 1));
            }
            return list;
        }
        default: {
            JsonValue object = JsonValue::object();
            for (int i = upTo(2); i > 0; --i) {
                object.set(key(), anyValue(depth - 1));
            }
            return object;
        }
        }
    }
    std::string key()
    {
        static const char *const names[] = {"a", "b", "c", "kind", "d/e", "~f", "x-1", "size", "on", "g"};
        return names[upTo(9)];
    }

private:
    using Members = std::initializer_list<std::pair<const char *, JsonValue>>;
    static JsonValue parse(Members members)
    {
        JsonValue object = JsonValue::object();
        for (const auto &[name, member] : members) {
            object.set(name, member);
        }
        return object;
    }
    static JsonValue text(const char *utf8) { return JsonValue::fromUtf8(utf8); }
    static JsonValue typed(const char *name) { return parse({{"type", text(name)}}); }
    int pick() { return upTo(1000); }

    JsonValue scalar(std::string_view name)
    {
        static const char *const words[] = {"", "x", "cat", "two\nlines", "2026-03-31", "é", "longer text than five"};
        static const char *const numbers[] = {"0", "1", "4200.00", "19.99", "-3", "1e2", "9223372036854775807", "2.50"};
        if (name == "string") {
            return text(words[upTo(6)]);
        }
        if (name == "boolean") {
            return JsonValue::fromBool(chance(50));
        }
        if (name == "integer") {
            return JsonValue::fromInteger(upTo(12) - 2);
        }
        return name == "number" ? JsonValue::fromNumberText(numbers[upTo(7)]) : JsonValue();
    }
    JsonValue objectValue(const JsonValue &schema, int depth)
    {
        JsonValue object = JsonValue::object();
        for (const char *keyword : {"allOf", "oneOf", "anyOf"}) {
            if (const JsonValue *list = schema.find(keyword); list && !list->items().empty()) {
                const JsonValue part =
                    value(list->items()[static_cast<size_t>(upTo(static_cast<int>(list->items().size()) - 1))], depth);
                for (const JsonValue::Member &member : part.members()) {
                    object.set(member.key, member.value);
                }
            }
        }
        if (const JsonValue *properties = schema.find("properties")) {
            for (const JsonValue::Member &member : properties->members()) {
                if (!chance(30)) {
                    object.set(member.key, value(member.value, depth - 1));
                }
            }
        }
        const JsonValue *additional = schema.find("additionalProperties");
        if (chance(additional ? 60 : 15)) {
            object.set(key(), additional ? value(*additional, depth - 1) : anyValue(1));
        }
        return object;
    }
    JsonValue object(int depth)
    {
        JsonValue schema = typed("object");
        JsonValue properties = JsonValue::object();
        JsonValue required = JsonValue::array();
        for (int i = upTo(4); i >= 0; --i) {
            const std::string name = key();
            properties.set(name, any(depth - 1));
            if (chance(30)) {
                required.append(JsonValue::fromUtf8(name));
            }
        }
        schema.set("properties", std::move(properties));
        if (!required.items().empty()) {
            schema.set("required", std::move(required));
        }
        addMore(schema, depth);
        return schema;
    }
    void addMore(JsonValue &schema, int depth)
    {
        if (chance(15)) {
            schema.set("additionalProperties", JsonValue::fromBool(false));
        } else if (chance(20)) {
            schema.set("additionalProperties", any(depth - 1));
        }
        if (chance(8)) {
            schema.set("patternProperties", parse({{"^x-", any(depth - 1)}}));
        }
        if (chance(5)) {
            schema.set("propertyNames", parse({{"maxLength", JsonValue::fromInteger(2)}}));
        }
        if (chance(20)) {
            JsonValue condition = JsonValue::object();
            const std::string name = key();
            condition.set("properties", parse({}));
            condition.find("properties")
                ->set(name, chance(50) ? parse({{"const", scalar("integer")}}) : typed("string"));
            condition.set("required", JsonValue::array({JsonValue::fromUtf8(name)}));
            schema.set("if", std::move(condition));
            schema.set("then", members(depth));
            if (chance(50)) {
                schema.set("else", members(depth));
            }
        }
        if (chance(10)) {
            JsonValue names = JsonValue::object();
            names.set(key(), JsonValue::array({JsonValue::fromUtf8(key())}));
            schema.set("dependentRequired", std::move(names));
        }
        if (chance(10)) {
            JsonValue parts = JsonValue::object();
            parts.set(key(), members(depth));
            schema.set("dependentSchemas", std::move(parts));
        }
        if (chance(12)) {
            schema.set("allOf", JsonValue::array({members(depth), members(depth)}));
        }
        if (chance(15)) {
            schema.set(chance(50) ? "oneOf" : "anyOf", JsonValue::array({branch(depth, 0), branch(depth, 1)}));
        }
        if (chance(8)) {
            schema.set("unevaluatedProperties", JsonValue::fromBool(false));
        }
        if (chance(8)) {
            schema.set("maxProperties", JsonValue::fromInteger(3));
        }
    }
    /// What a condition or a part of `allOf` adds.
    JsonValue members(int depth)
    {
        JsonValue properties = JsonValue::object();
        properties.set(key(), chance(15) ? JsonValue::fromBool(false) : any(depth - 1));
        JsonValue schema = JsonValue::object();
        schema.set("properties", std::move(properties));
        if (chance(30)) {
            schema.set("required", JsonValue::array({JsonValue::fromUtf8(key())}));
        }
        return schema;
    }
    JsonValue branch(int depth, int index)
    {
        JsonValue schema = members(depth);
        if (chance(60)) {
            schema.find("properties")->set("kind", parse({{"const", JsonValue::fromInteger(index)}}));
            schema.set("required", JsonValue::array({text("kind")}));
        }
        return schema;
    }
    JsonValue unionOf(int depth)
    {
        JsonValue branches = JsonValue::array();
        for (int i = upTo(2); i >= 0; --i) {
            JsonValue one = any(depth - 1);
            if (one.isObject() && chance(30)) {
                one.set("title", text("Titled"));
            }
            branches.append(std::move(one));
        }
        JsonValue schema = JsonValue::object();
        schema.set(chance(50) ? "oneOf" : "anyOf", std::move(branches));
        return schema;
    }
    JsonValue any(int depth)
    {
        switch (upTo(depth > 0 ? 21 : 12)) {
        case 0:
        case 1:
            return chance(30) ? parse({{"type", text("string")}, {"maxLength", JsonValue::fromInteger(5)}})
                              : typed("string");
        case 2:
            return parse({{"type", text("integer")}, {"minimum", JsonValue::fromInteger(1)}});
        case 3:
            return parse({{"type", text("number")}, {"maximum", JsonValue::fromInteger(100)}});
        case 4:
            return typed("boolean");
        case 5:
            return parse(
                {{"enum", JsonValue::array({text("cat"), text("x"), JsonValue(), JsonValue::fromInteger(3)})}});
        case 6:
            return parse({{"const", chance(30) ? JsonValue::fromBool(true) : text("fixed")}});
        case 7:
            return parse({{"type", text("string")}, {"format", text("date")}});
        case 8:
            return parse({{"type", JsonValue::array({text("string"), text("null")})}});
        case 9:
            return parse({{"type", JsonValue::array({text("integer"), text("string"), text("boolean")})}});
        case 10:
            return chance(50) ? JsonValue::object() : JsonValue::fromBool(true);
        case 11:
            return parse({{"type", text("integer")}, {"default", JsonValue::fromInteger(3)}});
        case 12:
            return typed("null");
        case 13:
            return parse({{"$ref", text("#/$defs/tree")}});
        case 14:
        case 15:
            return unionOf(depth);
        case 16:
            return parse({{"type", text("array")}, {"items", any(depth - 1)}, {"maxItems", JsonValue::fromInteger(3)}});
        case 17:
            return parse({{"type", text("array")},
                          {"prefixItems", JsonValue::array({any(depth - 1), any(depth - 1)})},
                          {"items", chance(50) ? JsonValue::fromBool(false) : any(depth - 1)}});
        case 18:
            return parse({{"type", text("array")},
                          {"uniqueItems", JsonValue::fromBool(true)},
                          {"items", parse({{"enum", JsonValue::array({text("a"), text("b"), text("cat")})}})}});
        default:
            return object(depth);
        }
    }

    QRandomGenerator m_random;
};

} // namespace countersign::test
