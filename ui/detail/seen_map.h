// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"

#include <QtCore/qglobal.h>

#include <optional>
#include <vector>

namespace countersign::ui {

/// Which lines of a payload were really on screen long enough to be read (UX.md section 5). Lines that a jump passed
/// over do not count. No widget; GUI thread.
class SeenMap
{
public:
    /// How long a line has to stay in the viewport without a break.
    static constexpr std::chrono::milliseconds enough{250};

    /// The stretch of content that a line shows, in any unit that grows along the payload.
    struct Span {
        qint64 begin = 0;
        qint64 end = 0; ///< Greater than \c begin.

        friend bool operator==(const Span &, const Span &) = default;
    };

    explicit SeenMap(const Clock &clock);

    /// Another payload: nothing is seen.
    void reset();
    /// The lines in order, after a layout. When the same payload is laid out anew (another width), a line counts as
    /// seen if all of its content was.
    void setLines(std::vector<Span> lines);
    /// More lines behind those known (a layout that goes on).
    void appendLines(const std::vector<Span> &lines);
    /// All lines are known. Before that nothing is complete.
    void setFinished(bool finished);
    /// Lines \p first to \p last are wholly inside the viewport from now on; last < first: none.
    void setVisible(int first, int last);
    /// The window is active and exposed; otherwise nothing counts.
    void setWatching(bool watching);
    /// Counts what has been on screen long enough by now. True: something new was seen.
    bool settle();

    int total() const { return static_cast<int>(m_lines.size()); }
    int seen() const { return m_seenCount; }
    bool isSeen(int line) const { return m_seen[static_cast<size_t>(line)]; }
    bool isComplete() const { return m_finished && m_seenCount == total(); }
    bool isFinished() const { return m_finished; }
    /// The first unseen line from \p from on, else from the top; -1: all are seen.
    int nextUnseen(int from) const;
    /// Until the next line becomes seen if nothing moves; absent: nothing is waiting.
    std::optional<std::chrono::milliseconds> nextDue() const;

private:
    void mark(size_t line);

    const Clock &m_clock;
    std::vector<Span> m_lines;
    std::vector<bool> m_seen;
    std::vector<Span> m_earlier; ///< Content seen in the layout before, merged and in order.
    int m_seenCount = 0;
    bool m_finished = false;
    bool m_watching = false;
    int m_first = 0;
    int m_last = -1;
    std::vector<std::chrono::milliseconds> m_since; ///< Of the lines m_first to m_last.
};

} // namespace countersign::ui
