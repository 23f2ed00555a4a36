// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/seen_map.h"

#include <algorithm>

namespace countersign::ui {

using std::chrono::milliseconds;

SeenMap::SeenMap(const Clock &clock)
    : m_clock(clock)
{}

void SeenMap::reset()
{
    m_lines.clear();
    m_seen.clear();
    m_earlier.clear();
    m_since.clear();
    m_seenCount = 0;
    m_finished = false;
    m_first = 0;
    m_last = -1;
}

void SeenMap::setLines(std::vector<Span> lines)
{
    settle();
    // What was seen before, in this layout and in the one it replaced.
    std::vector<Span> stretches = std::move(m_earlier);
    for (size_t i = 0; i < m_lines.size(); ++i) {
        if (m_seen[i]) {
            stretches.push_back(m_lines[i]);
        }
    }
    std::ranges::sort(stretches, {}, &Span::begin);
    std::vector<Span> merged;
    for (const Span &stretch : stretches) {
        if (!merged.empty() && stretch.begin <= merged.back().end) {
            merged.back().end = std::max(merged.back().end, stretch.end);
        } else {
            merged.push_back(stretch);
        }
    }
    m_earlier = std::move(merged);
    m_lines.clear();
    m_seen.clear();
    m_since.clear();
    m_seenCount = 0;
    m_finished = false;
    m_first = 0;
    m_last = -1;
    appendLines(lines);
}

void SeenMap::appendLines(const std::vector<Span> &lines)
{
    m_lines.reserve(m_lines.size() + lines.size());
    for (const Span &line : lines) {
        Q_ASSERT(m_lines.empty() || line.begin >= m_lines.back().end);
        // The only earlier stretch that can cover the line is the last that begins at or before it.
        const auto after = std::ranges::upper_bound(m_earlier, line.begin, {}, &Span::begin);
        const bool covered = after != m_earlier.begin() && std::prev(after)->end >= line.end;
        m_lines.push_back(line);
        m_seen.push_back(covered);
        m_seenCount += covered ? 1 : 0;
    }
}

void SeenMap::setFinished(bool finished)
{
    m_finished = finished;
}

void SeenMap::setVisible(int first, int last)
{
    settle();
    first = std::max(first, 0);
    last = std::min(last, total() - 1);
    if (last < first) {
        first = 0;
        last = -1;
    }
    if (first == m_first && last == m_last) {
        return;
    }
    const milliseconds now = m_clock.monotonic();
    std::vector<milliseconds> since(static_cast<size_t>(last - first + 1), now);
    for (int line = std::max(first, m_first); line <= std::min(last, m_last); ++line) {
        since[static_cast<size_t>(line - first)] = m_since[static_cast<size_t>(line - m_first)];
    }
    m_first = first;
    m_last = last;
    m_since = std::move(since);
}

void SeenMap::setWatching(bool watching)
{
    if (watching == m_watching) {
        return;
    }
    settle();
    m_watching = watching;
    std::ranges::fill(m_since, m_clock.monotonic());
}

void SeenMap::mark(size_t line)
{
    if (!m_seen[line]) {
        m_seen[line] = true;
        ++m_seenCount;
    }
}

bool SeenMap::settle()
{
    if (!m_watching) {
        return false;
    }
    const int before = m_seenCount;
    const milliseconds now = m_clock.monotonic();
    for (size_t i = 0; i < m_since.size(); ++i) {
        if (now - m_since[i] >= enough) {
            mark(static_cast<size_t>(m_first) + i);
        }
    }
    return m_seenCount != before;
}

int SeenMap::nextUnseen(int from) const
{
    const auto unseenFrom = [this](int start, int end) {
        for (int line = start; line < end; ++line) {
            if (!m_seen[static_cast<size_t>(line)]) {
                return line;
            }
        }
        return -1;
    };
    const int start = std::clamp(from, 0, total());
    const int below = unseenFrom(start, total());
    return below >= 0 ? below : unseenFrom(0, start);
}

std::optional<milliseconds> SeenMap::nextDue() const
{
    if (!m_watching) {
        return std::nullopt;
    }
    std::optional<milliseconds> due;
    const milliseconds now = m_clock.monotonic();
    for (size_t i = 0; i < m_since.size(); ++i) {
        if (!m_seen[static_cast<size_t>(m_first) + i]) {
            const milliseconds left = std::max(m_since[i] + enough - now, milliseconds(0));
            due = std::min(due.value_or(left), left);
        }
    }
    return due;
}

} // namespace countersign::ui
