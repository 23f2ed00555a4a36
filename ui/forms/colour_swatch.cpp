// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/colour_swatch.h"

#include "ui/style/theme.h"

#include <QtCore/QRegularExpression>
#include <QtGui/QPainter>

namespace countersign::ui {

using namespace Qt::StringLiterals;

ColourSwatch::ColourSwatch(QWidget *parent)
    : QAbstractButton(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void ColourSwatch::setColour(const QColor &colour)
{
    m_colour = colour;
    update();
}

QSize ColourSwatch::sizeHint() const
{
    return {grid(9), grid(7)};
}

void ColourSwatch::paintEvent(QPaintEvent *)
{
    const Colours &c = colours();
    const QRectF box = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(hasFocus() ? QPen(c.accent, 1.5) : QPen(c.line));
    painter.setBrush(m_colour.isValid() && m_colour.alpha() < 255 ? QBrush(c.dim, Qt::Dense6Pattern)
                                                                  : QBrush(c.surface));
    painter.drawRoundedRect(box, 6, 6);
    if (m_colour.isValid()) {
        painter.setBrush(m_colour);
        painter.setPen(QPen(c.line));
        painter.drawRoundedRect(box.adjusted(3, 3, -3, -3), 3, 3);
    } else {
        painter.setPen(QPen(c.dim, 1.5));
        painter.drawLine(box.topRight() + QPointF(-6, 6), box.bottomLeft() + QPointF(6, -6));
    }
}

QColor colourOf(const QString &text)
{
    static const QRegularExpression hex(u"^#([0-9a-fA-F]{3}|[0-9a-fA-F]{4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$"_s);
    const QString digits = hex.match(text).captured(1);
    if (digits.isEmpty()) {
        static const QRegularExpression name(u"^[a-zA-Z]{3,24}$"_s);
        return name.match(text).hasMatch() ? QColor(text) : QColor();
    }
    const bool shortForm = digits.size() < 6;
    const auto channel = [&](qsizetype index) {
        const QString part = shortForm ? QString(2, digits.at(index)) : digits.mid(index * 2, 2);
        return part.toInt(nullptr, 16);
    };
    const bool alpha = digits.size() == 4 || digits.size() == 8;
    return QColor(channel(0), channel(1), channel(2), alpha ? channel(3) : 255);
}

} // namespace countersign::ui
