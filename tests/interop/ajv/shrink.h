// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"

#include <functional>

namespace countersign::test {

/// Every JSON that is \p value with one part less, or with one part made simple; large parts first.
inline std::vector<JsonValue> smallerOnes(const JsonValue &value)
{
    std::vector<JsonValue> results;
    if (value.isObject()) {
        for (size_t i = 0; i < value.members().size(); ++i) {
            JsonValue without = value;
            without.members().erase(without.members().begin() + static_cast<std::ptrdiff_t>(i));
            results.push_back(std::move(without));
        }
        for (const JsonValue::Member &member : value.members()) {
            results.push_back(member.value);
        }
        for (size_t i = 0; i < value.members().size(); ++i) {
            for (JsonValue &part : smallerOnes(value.members()[i].value)) {
                JsonValue changed = value;
                changed.members()[i].value = std::move(part);
                results.push_back(std::move(changed));
            }
        }
    } else if (value.isArray()) {
        for (size_t i = 0; i < value.items().size(); ++i) {
            JsonValue without = value;
            without.items().erase(without.items().begin() + static_cast<std::ptrdiff_t>(i));
            results.push_back(std::move(without));
        }
        for (size_t i = 0; i < value.items().size(); ++i) {
            for (JsonValue &part : smallerOnes(value.items()[i])) {
                JsonValue changed = value;
                changed.items()[i] = std::move(part);
                results.push_back(std::move(changed));
            }
        }
    }
    return results;
}

/// The smallest JSON found on the way down from \p value for which \p fails still holds. Bounded.
inline JsonValue shrunk(JsonValue value, const std::function<bool(const JsonValue &)> &fails)
{
    int tries = 0;
    for (bool progress = true; progress && tries < 3000;) {
        progress = false;
        for (JsonValue &smaller : smallerOnes(value)) {
            if (++tries < 3000 && fails(smaller)) {
                value = std::move(smaller);
                progress = true;
                break;
            }
        }
    }
    return value;
}

} // namespace countersign::test
