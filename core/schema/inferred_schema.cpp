// SPDX-License-Identifier: Apache-2.0
#include "core/schema/inferred_schema.h"

#include <algorithm>

namespace countersign {

namespace {

constexpr int deepest = 100; ///< Schemas nest twice as fast as values.

JsonValue typed(const char *name)
{
    return JsonValue::object({{"type", JsonValue::fromUtf8(name)}});
}

bool isPlainInteger(const JsonValue &value)
{
    return value.numberText().find_first_of(".eE") == std::string_view::npos;
}

std::string_view typeOf(const JsonValue &schema)
{
    const JsonValue *type = schema.find("type");
    return type ? type->utf8() : std::string_view();
}

/// One schema that both fit; `{}` when they have not the same type.
JsonValue merged(const JsonValue &left, const JsonValue &right)
{
    const std::string_view type = typeOf(left);
    const std::string_view other = typeOf(right);
    const auto isNumeric = [](std::string_view name) { return name == "integer" || name == "number"; };
    if (isNumeric(type) && isNumeric(other)) {
        return type == other ? left : typed("number");
    }
    if (type.empty() || type != other) {
        return JsonValue::object();
    }
    JsonValue result = left;
    if (type == "object") {
        JsonValue *members = result.find("properties");
        const JsonValue *more = right.find("properties");
        if (!more) {
            return result;
        }
        if (!members) {
            return right;
        }
        for (const JsonValue::Member &member : more->members()) {
            JsonValue *known = members->find(member.key);
            if (known) {
                *known = merged(*known, member.value);
            } else {
                members->set(member.key, member.value);
            }
        }
    } else if (type == "array") {
        const JsonValue *mine = left.find("items");
        const JsonValue *theirs = right.find("items");
        if (mine && theirs) {
            result.set("items", merged(*mine, *theirs));
        } else if (theirs) {
            return right;
        }
    }
    return result;
}

JsonValue inferred(const JsonValue &value, int depth)
{
    if (depth > deepest) {
        return JsonValue::object();
    }
    switch (value.kind()) {
    case JsonValue::Kind::Null:
        return JsonValue::object(); // Anything may have been meant.
    case JsonValue::Kind::Boolean:
        return typed("boolean");
    case JsonValue::Kind::Number:
        return typed(isPlainInteger(value) ? "integer" : "number");
    case JsonValue::Kind::String:
        return typed("string");
    case JsonValue::Kind::Array: {
        JsonValue schema = typed("array");
        if (!value.items().empty()) {
            JsonValue items = inferred(value.items().front(), depth + 1);
            for (size_t i = 1; i < value.items().size() && !items.members().empty(); ++i) {
                items = merged(items, inferred(value.items()[i], depth + 1));
            }
            schema.set("items", std::move(items));
        }
        return schema;
    }
    case JsonValue::Kind::Object: {
        JsonValue schema = typed("object");
        JsonValue::Object properties;
        properties.reserve(value.members().size());
        for (const JsonValue::Member &member : value.members()) {
            properties.push_back({member.key, inferred(member.value, depth + 1)});
        }
        if (!properties.empty()) {
            schema.set("properties", JsonValue::object(std::move(properties)));
        }
        return schema;
    }
    }
    return JsonValue::object();
}

} // namespace

JsonValue inferredSchema(const JsonValue &value)
{
    return inferred(value, 0);
}

} // namespace countersign
