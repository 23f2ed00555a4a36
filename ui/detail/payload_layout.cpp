// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/payload_layout.h"

#include <QtCore/QElapsedTimer>
#include <QtGui/QFontMetricsF>
#include <QtGui/QTextLayout>

#include <algorithm>
#include <cmath>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int chunk = 4000; ///< Characters that are shaped at once.
constexpr int deepest = 10; ///< Indentation stops here; the depth is written out instead.

bool isPlainAscii(QStringView text)
{
    return std::ranges::all_of(text, [](QChar c) { return c >= u' ' && c <= u'~'; });
}

} // namespace

void PayloadLayout::start(const PayloadRows &rows, PayloadShape shape, const Fonts &fonts, int width, int gridStep)
{
    m_rows = &rows;
    m_shape = shape;
    m_fonts = fonts;
    m_width = std::max(width, 80);
    m_grid = gridStep;
    m_lines.clear();
    m_spans.clear();
    m_row = 0;
    m_rowBegun = false;
    m_base = 0;
    const QFontMetricsF text(fonts.text);
    const QFontMetricsF mono(fonts.mono);
    m_lineHeight = static_cast<int>(std::ceil(std::max(text.height(), mono.height()))) + m_grid / 2;
    if (shape == PayloadShape::Fields) {
        m_keyWidth = std::clamp(m_width / 5, 20 * m_grid, 40 * m_grid);
    } else {
        const auto digits = static_cast<int>(QString::number(rows.rows.size()).size());
        m_keyWidth = static_cast<int>(std::ceil(mono.horizontalAdvance(u'0') * std::max(digits, 3)));
    }
    m_valueX = m_keyWidth + 4 * m_grid;
}

int PayloadLayout::keyX(const PayloadRow &row) const
{
    return m_shape == PayloadShape::Text ? 0 : std::min(row.depth, deepest) * 3 * m_grid;
}

const QFont &PayloadLayout::fontOf(const PayloadRow &row) const
{
    return row.kind == PayloadRow::Kind::Number ? m_fonts.strong : row.mono ? m_fonts.mono : m_fonts.text;
}

int PayloadLayout::badgeWidth(const PayloadRow::Badge &badge) const
{
    return static_cast<int>(std::ceil(QFontMetricsF(m_fonts.badge).horizontalAdvance(badge.text))) + 4 * m_grid;
}

size_t PayloadLayout::lineAt(int y) const
{
    const auto line = std::ranges::upper_bound(m_lines, y, {}, [](const Line &l) { return l.y + l.height; });
    return static_cast<size_t>(line - m_lines.begin());
}

void PayloadLayout::wrapSome(const QString &text, const QFont &font, int width, std::vector<Piece> &pieces,
                             int &from) const
{
    const auto total = static_cast<int>(text.size());
    int length = std::min(chunk, total - from);
    if (from + length < total && text[from + length - 1].isHighSurrogate()) {
        --length;
    }
    const QStringView part = QStringView(text).mid(from, length);
    const bool last = from + length >= total;
    const QFontMetricsF metrics(font);
    const qreal advance = metrics.horizontalAdvance(u'M');
    if (isPlainAscii(part) && qFuzzyCompare(advance, metrics.horizontalAdvance(u'i'))) {
        const int columns = std::max(static_cast<int>(width / advance), 8);
        int at = 0;
        while (length - at > columns) {
            // At a space if there is one in the second half of the line, else anywhere.
            const auto space = static_cast<int>(part.mid(at, columns).lastIndexOf(u' '));
            const int take = space > columns / 2 ? space + 1 : columns;
            pieces.push_back({from + at, take});
            at += take;
        }
        if (last) {
            pieces.push_back({from + at, length - at});
            at = length;
        }
        from += at;
        return;
    }
    QTextLayout layout(part.toString(), font);
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setTextDirection(Qt::LeftToRight);
    layout.setTextOption(option);
    layout.beginLayout();
    std::vector<Piece> found;
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
        line.setLineWidth(width);
        found.push_back({from + line.textStart(), line.textLength()});
    }
    layout.endLayout();
    // The last line of a chunk goes on in the next one.
    if (!last && found.size() > 1) {
        found.pop_back();
    }
    pieces.insert(pieces.end(), found.begin(), found.end());
    from = found.empty() ? total : found.back().start + found.back().length;
}

std::vector<PayloadLayout::Piece> PayloadLayout::wrapAll(const QString &text, const QFont &font, int width) const
{
    std::vector<Piece> pieces;
    for (int from = 0; from < text.size();) {
        wrapSome(text, font, width, pieces, from);
    }
    return pieces;
}

void PayloadLayout::emitLine(Line line, qint64 contentBegin)
{
    const PayloadRow &row = m_rows->rows[m_row];
    line.row = static_cast<int>(m_row);
    line.startsRow = m_lineOfRow == 0;
    if (m_lineOfRow < m_keyPieces.size()) {
        line.keyStart = m_keyPieces[m_lineOfRow].start;
        line.keyLength = m_keyPieces[m_lineOfRow].length;
    }
    const bool airy = m_shape == PayloadShape::Fields;
    line.y = height();
    line.textTop = airy && line.startsRow && row.startsValue ? m_grid + m_grid / 2 : 0;
    line.height = line.textTop + m_lineHeight;
    if (!m_spans.empty()) {
        m_spans.back().end = contentBegin;
    }
    m_spans.push_back({contentBegin, contentBegin + 1});
    m_lines.push_back(line);
    ++m_lineOfRow;
}

void PayloadLayout::beginRow()
{
    const PayloadRow &row = m_rows->rows[m_row];
    QString key = row.key;
    m_keyPieces = m_shape == PayloadShape::Text
                      ? std::vector<Piece>{{0, static_cast<int>(key.size())}}
                      : wrapAll(key, m_fonts.text, std::max(m_keyWidth - keyX(row), 12 * m_grid));
    m_lineOfRow = 0;
    m_offset = 0;
    m_rowBegun = true;
    if (row.text.isEmpty()) {
        emitLine({}, m_base);
    }
}

void PayloadLayout::placeBadges(const PayloadRow &row)
{
    if (row.badges.empty()) {
        return;
    }
    const Line &last = m_lines.back();
    const QFontMetricsF metrics(fontOf(row));
    const qreal used = metrics.horizontalAdvance(row.text.mid(last.start, last.length));
    int all = 0;
    for (const PayloadRow::Badge &badge : row.badges) {
        all += badgeGap() + badgeWidth(badge);
    }
    if (used + all <= valueWidth()) {
        m_lines.back().badgesFollow = true;
        return;
    }
    const qint64 content = m_base + row.text.size() + 1 + row.key.size() + 1;
    int begin = 0;
    int width = 0;
    const auto count = static_cast<int>(row.badges.size());
    for (int i = 0; i < count; ++i) {
        const int next = badgeWidth(row.badges[static_cast<size_t>(i)]);
        if (i > begin && width + badgeGap() + next > valueWidth()) {
            emitLine({.part = Part::Badges, .start = begin, .length = i - begin}, content + begin);
            begin = i;
            width = 0;
        }
        width += badgeGap() + next;
    }
    emitLine({.part = Part::Badges, .start = begin, .length = count - begin}, content + begin);
}

void PayloadLayout::finishRow()
{
    const PayloadRow &row = m_rows->rows[m_row];
    placeBadges(row);
    // Lines of a name that is longer than its value; notes and badges may have taken some.
    const qint64 afterText = m_base + row.text.size() + 1;
    if (m_lineOfRow < m_keyPieces.size() &&
        (m_lines.back().part == Part::Value || m_lines.back().part == Part::KeyOnly)) {
        while (m_lineOfRow < m_keyPieces.size()) {
            emitLine({.part = Part::KeyOnly}, afterText + m_keyPieces[m_lineOfRow].start);
        }
    }
    qint64 content = afterText + row.key.size() + 1 + static_cast<qint64>(row.badges.size());
    for (const Piece &piece : wrapAll(row.note, m_fonts.mono, valueWidth())) {
        emitLine({.part = Part::Note, .start = piece.start, .length = piece.length}, content + piece.start);
    }
    content += row.note.size() + 1;
    while (m_lineOfRow < m_keyPieces.size()) {
        emitLine({.part = Part::KeyOnly}, content + m_keyPieces[m_lineOfRow].start);
    }
    m_base = content + row.key.size() + 1;
    m_spans.back().end = m_base;
    const bool valueEnds = m_row + 1 == m_rows->rows.size() || m_rows->rows[m_row + 1].startsValue;
    if (m_shape == PayloadShape::Fields && valueEnds) {
        m_lines.back().height += m_grid + m_grid / 2;
    }
    ++m_row;
    m_rowBegun = false;
}

size_t PayloadLayout::goOn(std::chrono::milliseconds budget)
{
    const size_t before = m_lines.size();
    QElapsedTimer timer;
    timer.start();
    for (int step = 0; !isFinished(); ++step) {
        if (step > 0 && timer.elapsed() >= budget.count()) {
            break;
        }
        if (!m_rowBegun) {
            beginRow();
        }
        const PayloadRow &row = m_rows->rows[m_row];
        if (m_offset < row.text.size()) {
            std::vector<Piece> pieces;
            wrapSome(row.text, fontOf(row), valueWidth(), pieces, m_offset);
            for (const Piece &piece : pieces) {
                emitLine({.start = piece.start, .length = piece.length}, m_base + piece.start);
            }
            if (m_offset < row.text.size()) {
                continue;
            }
        }
        finishRow();
    }
    return m_lines.size() - before;
}

} // namespace countersign::ui
