// SPDX-License-Identifier: Apache-2.0
#include "core/schema/value_set.h"

#include "core/schema/number_value.h"

#include <algorithm>

namespace countersign::schema {

namespace {

constexpr size_t fewValues = 12;

quint64 mixed(quint64 hash)
{
    hash ^= hash >> 33U;
    hash *= 0xff51afd7ed558ccdULL;
    hash ^= hash >> 33U;
    return hash;
}

} // namespace

quint64 valueHash(const JsonValue &value)
{
    const auto kind = static_cast<quint64>(value.kind()) + 1;
    switch (value.kind()) {
    case JsonValue::Kind::Null:
        return kind;
    case JsonValue::Kind::Boolean:
        return kind * 16 + (value.toBool() ? 1 : 0);
    case JsonValue::Kind::Number:
        return NumberValue(value.numberText()).hash();
    case JsonValue::Kind::String:
        return std::hash<std::string_view>()(value.utf8()) + kind;
    case JsonValue::Kind::Array: {
        quint64 hash = kind;
        for (const JsonValue &item : value.items()) {
            hash = mixed(hash * 31 + valueHash(item));
        }
        return hash;
    }
    case JsonValue::Kind::Object: {
        quint64 hash = kind;
        for (const JsonValue::Member &member : value.members()) { // A sum: the order does not count.
            hash += mixed(std::hash<std::string_view>()(member.key) * 31 + valueHash(member.value));
        }
        return mixed(hash);
    }
    }
    return 0;
}

ValueSet::ValueSet(const JsonValue::Array &values)
    : m_values(&values)
{
    if (values.size() <= fewValues) {
        return;
    }
    m_sorted.reserve(values.size());
    for (const JsonValue &value : values) {
        m_sorted.push_back({valueHash(value), &value});
    }
    std::sort(m_sorted.begin(), m_sorted.end(), [](const Entry &a, const Entry &b) { return a.hash < b.hash; });
}

bool ValueSet::contains(const JsonValue &value) const
{
    if (m_sorted.empty()) {
        return std::find(m_values->begin(), m_values->end(), value) != m_values->end();
    }
    const quint64 hash = valueHash(value);
    auto entry = std::lower_bound(m_sorted.begin(), m_sorted.end(), hash,
                                  [](const Entry &one, quint64 wanted) { return one.hash < wanted; });
    for (; entry != m_sorted.end() && entry->hash == hash; ++entry) {
        if (*entry->value == value) {
            return true;
        }
    }
    return false;
}

std::optional<std::pair<size_t, size_t>> firstRepetition(const JsonValue::Array &items)
{
    if (items.size() <= fewValues) {
        for (size_t later = 1; later < items.size(); ++later) {
            for (size_t earlier = 0; earlier < later; ++earlier) {
                if (items[earlier] == items[later]) {
                    return std::pair(earlier, later);
                }
            }
        }
        return {};
    }
    std::vector<std::pair<quint64, size_t>> hashes;
    hashes.reserve(items.size());
    for (size_t i = 0; i < items.size(); ++i) {
        hashes.emplace_back(valueHash(items[i]), i);
    }
    std::sort(hashes.begin(), hashes.end());
    std::optional<std::pair<size_t, size_t>> first;
    for (size_t i = 1; i < hashes.size(); ++i) {
        for (size_t j = i; j-- > 0 && hashes[j].first == hashes[i].first;) {
            const bool sooner = !first || hashes[i].second < first->second;
            if (sooner && items[hashes[j].second] == items[hashes[i].second]) {
                first = std::pair(hashes[j].second, hashes[i].second);
                break;
            }
        }
    }
    return first;
}

} // namespace countersign::schema
