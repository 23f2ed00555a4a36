// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"

#include <random>

namespace countersign::test {

/// Chance that a printed seed repeats.
class Dice
{
public:
    explicit Dice(quint64 seed)
        : m_engine(seed)
    {}
    /// 0 to \p sides - 1.
    size_t roll(size_t sides) { return static_cast<size_t>(m_engine() % sides); }
    bool percent(size_t chance) { return roll(100) < chance; }
    int between(int low, int high) { return low + static_cast<int>(roll(static_cast<size_t>(high - low + 1))); }
    template<typename List>
    const auto &of(const List &list)
    {
        return list[roll(std::size(list))];
    }

private:
    std::mt19937_64 m_engine;
};

} // namespace countersign::test
