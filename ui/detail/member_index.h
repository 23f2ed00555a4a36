// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"

#include <string_view>
#include <unordered_map>

namespace countersign::ui {

/// Finds members by name. A payload may hold a hundred thousand of them: looking at each for each would take minutes.
class MemberIndex
{
public:
    /// \p value outlives it; null or anything but an object: nothing is found.
    explicit MemberIndex(const JsonValue *value)
    {
        if (!value) {
            return;
        }
        m_members.reserve(value->members().size());
        for (const JsonValue::Member &member : value->members()) {
            m_members.emplace(member.key, &member.value);
        }
    }

    const JsonValue *find(std::string_view key) const
    {
        const auto found = m_members.find(key);
        return found == m_members.end() ? nullptr : found->second;
    }

private:
    std::unordered_map<std::string_view, const JsonValue *> m_members;
};

} // namespace countersign::ui
