// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/piece_label.h"

#include <QtCore/QEvent>
#include <QtGui/QPainter>

#include <algorithm>
#include <cmath>

namespace countersign::ui {

namespace {

QTextCharFormat formatOf(PieceLabel::Look look, TextSize size)
{
    const Colours &c = colours();
    QTextCharFormat format;
    switch (look) {
    case PieceLabel::Look::Plain:
        format.setForeground(c.text);
        break;
    case PieceLabel::Look::Strong:
        format.setForeground(c.text);
        format.setFont(uiFont(size, QFont::DemiBold));
        break;
    case PieceLabel::Look::Tag:
        format.setForeground(c.dim);
        format.setFont(uiFont(TextSize::Tiny, QFont::Medium));
        break;
    case PieceLabel::Look::Dim:
        format.setForeground(c.dim);
        break;
    case PieceLabel::Look::Key:
        format.setForeground(c.dim);
        format.setFont(monoFont(TextSize::Tiny));
        break;
    case PieceLabel::Look::Bad:
        format.setForeground(c.bad);
        break;
    case PieceLabel::Look::Warn:
        format.setForeground(c.warn);
        break;
    case PieceLabel::Look::Struck: {
        QFont font = uiFont(size);
        font.setStrikeOut(true);
        format.setFont(font);
        format.setForeground(c.dim);
        break;
    }
    }
    return format;
}

} // namespace

PieceLabel::PieceLabel(TextSize size, QWidget *parent)
    : QWidget(parent)
    , m_size(size)
{
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    m_layout.setCacheEnabled(true);
}

PieceLabel::Piece PieceLabel::ours(const QString &text, Look look)
{
    return {.text = {.text = text, .tokens = {}, .mixedScript = false}, .look = look};
}

void PieceLabel::setPieces(std::vector<Piece> pieces)
{
    const auto same = [](const Piece &a, const Piece &b) { return a.look == b.look && a.text.text == b.text.text; };
    if (std::ranges::equal(pieces, m_pieces, same)) {
        return; // Tokens follow from the text.
    }
    QString text;
    for (const Piece &piece : pieces) {
        text += piece.text.text;
    }
    m_pieces = std::move(pieces);
    m_text = std::move(text);
    m_width = -1;
    setAccessibleName(m_text);
    update();
}

QList<QTextLayout::FormatRange> PieceLabel::formats() const
{
    QList<QTextLayout::FormatRange> formats;
    int start = 0;
    for (const Piece &piece : m_pieces) {
        const auto length = static_cast<int>(piece.text.text.size());
        formats.append({start, length, formatOf(piece.look, m_size)});
        for (const VisibleText::Token &token : piece.text.tokens) {
            QTextLayout::FormatRange range{start + static_cast<int>(token.start), static_cast<int>(token.length), {}};
            range.format.setForeground(colours().bad);
            range.format.setBackground(colours().badBack);
            formats.append(range);
        }
        start += length;
    }
    return formats;
}

void PieceLabel::layOut(int width) const
{
    if (width == m_width) {
        return;
    }
    m_width = width;
    QString text = m_text;
    text.replace(u'\n', QChar::LineSeparator); // One character for another: the pieces keep their places.
    m_layout.setText(text);
    m_layout.setFont(uiFont(m_size));
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setTextDirection(Qt::LeftToRight);
    m_layout.setTextOption(option);
    m_layout.setFormats(formats());
    qreal y = 0;
    qreal widest = 0;
    m_layout.beginLayout();
    for (QTextLine line = m_layout.createLine(); line.isValid(); line = m_layout.createLine()) {
        line.setLineWidth(std::max(width, 1));
        line.setPosition({0, y});
        y += line.height();
        widest = std::max(widest, line.naturalTextWidth());
    }
    m_layout.endLayout();
    m_height = static_cast<int>(std::ceil(y));
    m_widest = static_cast<int>(std::ceil(widest)) + 1;
}

int PieceLabel::lineHeight() const
{
    return QFontMetrics(uiFont(m_size)).height();
}

int PieceLabel::heightForWidth(int width) const
{
    layOut(width);
    return m_text.isEmpty() ? 0 : m_height;
}

int PieceLabel::widthWithin(int width) const
{
    layOut(width);
    return std::min(m_widest, width);
}

QSize PieceLabel::sizeHint() const
{
    const int wanted = widthWithin(grid(100));
    return {wanted, heightForWidth(wanted)};
}

QSize PieceLabel::minimumSizeHint() const
{
    return {std::min(grid(15), sizeHint().width()), lineHeight()};
}

void PieceLabel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setPen(colours().text);
    layOut(width());
    paintTags(painter);
    m_layout.draw(&painter, {0, 0});
}

void PieceLabel::paintTags(QPainter &painter) const
{
    int start = 0;
    for (const Piece &piece : m_pieces) {
        const int end = start + static_cast<int>(piece.text.text.size());
        const QTextLine line = m_layout.lineForTextPosition(start);
        if (piece.look == Look::Tag && line.isValid()) {
            const qreal left = line.cursorToX(start);
            const qreal right = line.cursorToX(std::min(end, line.textStart() + line.textLength()));
            painter.save();
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(colours().line);
            painter.setBrush(colours().surface);
            const QRectF frame(left + 0.5, line.y() + 0.5, std::max(right - left - 1, 1.0), line.height() - 1);
            painter.drawRoundedRect(frame, frame.height() / 2, frame.height() / 2);
            painter.restore();
        }
        start = end;
    }
}

void PieceLabel::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange) {
        m_width = -1;
        updateGeometry();
        update();
    }
}

} // namespace countersign::ui
