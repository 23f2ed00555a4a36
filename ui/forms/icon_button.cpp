// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/icon_button.h"

#include "ui/style/icons.h"
#include "ui/style/theme.h"

#include <QtGui/QPainter>
#include <QtGui/QPainterPath>

namespace countersign::ui {

IconButton::IconButton(Drawing drawing, const QString &words, QWidget *parent)
    : QAbstractButton(parent)
    , m_drawing(drawing)
{
    setAccessibleName(words);
    setAttribute(Qt::WA_Hover);
    setCursor(Qt::PointingHandCursor);
}

void IconButton::setDrawing(Drawing drawing)
{
    m_drawing = drawing;
    update();
}

void IconButton::setShy(bool shy)
{
    m_shy = shy;
    update();
}

void IconButton::setRevealed(bool revealed)
{
    if (m_revealed != revealed) {
        m_revealed = revealed;
        update();
    }
}

QSize IconButton::sizeHint() const
{
    return {grid(5), grid(5)};
}

void IconButton::paintEvent(QPaintEvent *)
{
    const bool active = underMouse() || hasFocus();
    if (m_shy && !m_revealed && !active) {
        return;
    }
    const Colours &c = colours();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (active) {
        painter.setPen(hasFocus() ? QPen(c.accent, 1.5) : QPen(Qt::NoPen));
        painter.setBrush(c.surface);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
    }
    const QColor ink = active ? c.text : c.dim;
    if (m_drawing == Drawing::More) {
        paintIcon(&painter, rect().adjusted(2, 2, -2, -2), QStringLiteral("more"), ink);
        return;
    }
    const qreal size = width() / 5.0;
    painter.translate(QRectF(rect()).center());
    if (m_drawing == Drawing::Folded) {
        painter.rotate(-90);
    }
    QPainterPath arrow(QPointF(-size, -size / 2));
    arrow.lineTo(0, size / 2);
    arrow.lineTo(size, -size / 2);
    painter.setPen(QPen(ink, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(arrow);
}

} // namespace countersign::ui
