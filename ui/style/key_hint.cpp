// SPDX-License-Identifier: Apache-2.0
#include "ui/style/key_hint.h"

#include <QtCore/QEvent>
#include <QtGui/QFontMetrics>
#include <QtGui/QPainter>

namespace countersign::ui {

QSize keyHintSize(const QString &key)
{
    const QFontMetrics metrics(monoFont(TextSize::Tiny));
    const int height = metrics.height() + grid(1);
    return {std::max(height, metrics.horizontalAdvance(key) + grid(2)), height};
}

void paintKeyHint(QPainter *painter, const QRect &rect, const QString &key, const QColor &ink, const QColor &line)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(line);
    painter->setBrush(Qt::NoBrush);
    const QRectF cap = QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5);
    painter->drawRoundedRect(cap, 3.5, 3.5);
    painter->drawLine(cap.bottomLeft() + QPointF(3, -1), cap.bottomRight() + QPointF(-3, -1)); // The cap's edge.
    painter->setPen(ink);
    painter->setFont(monoFont(TextSize::Tiny));
    painter->drawText(rect, Qt::AlignCenter | Qt::TextSingleLine, key);
    painter->restore();
}

KeyHint::KeyHint(const QString &key, QWidget *parent)
    : QWidget(parent)
    , m_key(key)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setAccessibleName(tr("Key %1").arg(key));
}

QSize KeyHint::sizeHint() const
{
    return keyHintSize(m_key);
}

void KeyHint::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    paintKeyHint(&painter, rect(), m_key, colours().dim, colours().line);
}

void KeyHint::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange) {
        updateGeometry();
    }
}

} // namespace countersign::ui
