// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/row_heights.h"

#include <algorithm>
#include <bit>

namespace countersign::ui {

namespace {

size_t lowestBit(size_t number)
{
    return number & (~number + 1);
}

} // namespace

void RowHeights::assign(std::vector<int> heights)
{
    m_heights = std::move(heights);
    m_sums.assign(m_heights.size() + 1, 0);
    for (size_t i = 1; i < m_sums.size(); ++i) {
        m_sums[i] += m_heights[i - 1];
        if (const size_t parent = i + lowestBit(i); parent < m_sums.size()) {
            m_sums[parent] += m_sums[i];
        }
    }
}

void RowHeights::setHeight(int row, int height)
{
    int &now = m_heights[static_cast<size_t>(row)];
    const int difference = height - now;
    now = height;
    if (difference == 0) {
        return;
    }
    for (size_t i = static_cast<size_t>(row) + 1; i < m_sums.size(); i += lowestBit(i)) {
        m_sums[i] += difference;
    }
}

int RowHeights::top(int row) const
{
    int sum = 0;
    for (auto i = static_cast<size_t>(std::clamp(row, 0, count())); i > 0; i -= lowestBit(i)) {
        sum += m_sums[i];
    }
    return sum;
}

int RowHeights::rowAt(int y) const
{
    if (m_heights.empty()) {
        return -1;
    }
    size_t row = 0;
    for (size_t step = std::bit_floor(m_heights.size()); step > 0; step /= 2) {
        if (row + step < m_sums.size() && m_sums[row + step] <= y) {
            row += step;
            y -= m_sums[row];
        }
    }
    return std::min(static_cast<int>(row), count() - 1);
}

} // namespace countersign::ui
