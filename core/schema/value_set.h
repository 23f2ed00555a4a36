// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"

namespace countersign::schema {

/// Equal JSON values (MODEL.md section 1) have equal hashes.
quint64 valueHash(const JsonValue &value);

/// The values of an `enum`, for looking one up among very many. Refers to them: they must outlive it.
class ValueSet
{
public:
    explicit ValueSet(const JsonValue::Array &values);
    bool contains(const JsonValue &value) const;
    const JsonValue::Array &values() const { return *m_values; }

private:
    struct Entry {
        quint64 hash;
        const JsonValue *value;
    };
    const JsonValue::Array *m_values;
    std::vector<Entry> m_sorted; ///< By hash. Empty when there are so few values that comparing each is faster.
};

/// The first two items that are equal; absent when all differ.
std::optional<std::pair<size_t, size_t>> firstRepetition(const JsonValue::Array &items);

} // namespace countersign::schema
