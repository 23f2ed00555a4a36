// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QtGlobal>

#include <vector>

namespace countersign::ui {

/// Where each of many rows begins when they differ in height: changing one and finding the one at a place both cost
/// O(log n). Pixels.
class RowHeights
{
public:
    void assign(std::vector<int> heights);
    int count() const { return static_cast<int>(m_heights.size()); }
    int height(int row) const { return m_heights[static_cast<size_t>(row)]; }
    void setHeight(int row, int height);
    /// The top of \p row; of count(), the end of all.
    int top(int row) const;
    int total() const { return top(count()); }
    /// The row that covers \p y, clamped to the first and the last; -1 when there are none.
    int rowAt(int y) const;

private:
    std::vector<int> m_heights;
    std::vector<int> m_sums; ///< A Fenwick tree over m_heights, from 1.
};

} // namespace countersign::ui
