// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/detail/payload_rows.h"
#include "ui/detail/seen_map.h"

#include <QtGui/QFont>

#include <optional>

namespace countersign::ui {

/// How a payload is set out.
enum class PayloadShape {
    Fields, ///< Name column and value column, air and a dashed line between values.
    Text,   ///< Line numbers and lines, close together.
};

/// Breaks rows into the lines that are painted, a slice at a time, so that a megabyte never stops the window. Every
/// character is on some line: long lines wrap, nothing is elided. GUI thread (fonts).
class PayloadLayout
{
public:
    enum class Part { Value, Badges, Note, KeyOnly };
    struct Line {
        int row = 0;
        Part part = Part::Value;
        bool startsRow = false;
        bool badgesFollow = false; ///< The row's badges stand behind the text of this line.
        int keyStart = 0, keyLength = 0;
        int start = 0, length = 0; ///< Of the row's text, its note, or its badges (by number).
        int y = 0, height = 0;
        int textTop = 0; ///< Below \c y.
    };
    struct Fonts {
        QFont text, strong, mono, badge;
    };

    /// Starts over. \p rows must outlive the layout.
    void start(const PayloadRows &rows, PayloadShape shape, const Fonts &fonts, int width, int gridStep);
    /// Goes on for about \p budget. Returns the lines that were added.
    size_t goOn(std::chrono::milliseconds budget);
    bool isFinished() const { return !m_rows || m_row >= m_rows->rows.size(); }

    const std::vector<Line> &lines() const { return m_lines; }
    const std::vector<SeenMap::Span> &spans() const { return m_spans; }
    int height() const { return m_lines.empty() ? 0 : m_lines.back().y + m_lines.back().height; }
    int width() const { return m_width; }
    int keyX(const PayloadRow &row) const; ///< Left edge of the name, indented by depth.
    int valueX() const { return m_valueX; }
    int valueWidth() const { return m_width - m_valueX; }
    int lineHeight() const { return m_lineHeight; }
    const QFont &fontOf(const PayloadRow &row) const;
    const Fonts &fonts() const { return m_fonts; }
    int badgeWidth(const PayloadRow::Badge &badge) const;
    int badgeGap() const { return m_grid + m_grid / 2; }
    /// The first line whose bottom is below \p y.
    size_t lineAt(int y) const;

private:
    struct Piece {
        int start;
        int length;
    };
    void beginRow();
    void wrapSome(const QString &text, const QFont &font, int width, std::vector<Piece> &pieces, int &from) const;
    std::vector<Piece> wrapAll(const QString &text, const QFont &font, int width) const;
    void emitLine(Line line, qint64 contentBegin);
    void finishRow();
    void placeBadges(const PayloadRow &row);

    const PayloadRows *m_rows = nullptr;
    PayloadShape m_shape = PayloadShape::Fields;
    Fonts m_fonts;
    int m_width = 0;
    int m_grid = 4;
    int m_valueX = 0;
    int m_keyWidth = 0;
    int m_lineHeight = 0;
    std::vector<Line> m_lines;
    std::vector<SeenMap::Span> m_spans;
    // Where the layout stands.
    size_t m_row = 0;
    bool m_rowBegun = false;
    int m_offset = 0;
    std::vector<Piece> m_keyPieces;
    size_t m_lineOfRow = 0;
    qint64 m_base = 0; ///< Content position of the row.
};

} // namespace countersign::ui
