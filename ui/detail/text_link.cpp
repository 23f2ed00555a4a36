// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/text_link.h"

#include "ui/style/theme.h"

#include <QtGui/QPainter>
#include <QtWidgets/QStyleOptionFocusRect>

namespace countersign::ui {

namespace {

QFont linkFont(bool leadsSomewhere = true)
{
    QFont font = uiFont(TextSize::Small);
    font.setUnderline(leadsSomewhere);
    return font;
}

} // namespace

TextLink::TextLink(const QString &ours, QWidget *parent)
    : QAbstractButton(parent)
{
    setText(ours);
    setAccessibleName(ours);
    setCursor(Qt::PointingHandCursor);
    setFocusPolicy(Qt::TabFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

QSize TextLink::sizeHint() const
{
    const QFontMetrics metrics(linkFont());
    return {metrics.horizontalAdvance(text()) + 2, metrics.height() + 2};
}

void TextLink::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setFont(linkFont(isEnabled())); // Without its line there is nothing to press; the words stay readable.
    painter.setPen(isEnabled() && (underMouse() || hasFocus()) ? colours().accent : colours().dim);
    painter.drawText(rect(), Qt::AlignCenter, text());
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(colours().accent);
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
    }
}

} // namespace countersign::ui
