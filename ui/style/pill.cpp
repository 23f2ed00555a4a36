// SPDX-License-Identifier: Apache-2.0
#include "ui/style/pill.h"

#include <QtCore/QEvent>
#include <QtGui/QFontMetrics>
#include <QtGui/QPainter>

namespace countersign::ui {

QColor toneColour(Tone tone)
{
    const Colours &c = colours();
    switch (tone) {
    case Tone::Plain:
        return c.dim;
    case Tone::Ok:
        return c.ok;
    case Tone::Warn:
        return c.warn;
    case Tone::Bad:
        return c.bad;
    case Tone::Accent:
        return c.accent;
    }
    return c.dim;
}

QColor toneGround(Tone tone)
{
    const Colours &c = colours();
    switch (tone) {
    case Tone::Plain:
        return c.panel;
    case Tone::Ok:
        return c.okBack;
    case Tone::Warn:
        return c.warnBack;
    case Tone::Bad:
        return c.badBack;
    case Tone::Accent:
        return c.accentBack;
    }
    return c.panel;
}

QSize pillSize(const QString &visible)
{
    const QFontMetrics metrics(uiFont(TextSize::Tiny, QFont::Medium));
    return {metrics.horizontalAdvance(visible) + 2 * grid(2), metrics.height() + grid(1) + 1};
}

void paintPill(QPainter *painter, const QRect &rect, const QString &visible, Tone tone)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QColor ground = toneGround(tone);
    painter->setBrush(ground);
    painter->setPen(tone == Tone::Plain ? colours().line : ground);
    const QRectF outline = QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5);
    painter->drawRoundedRect(outline, outline.height() / 2, outline.height() / 2);

    const QFont font = uiFont(TextSize::Tiny, QFont::Medium);
    const QRect inside = rect.adjusted(grid(1), 0, -grid(1), 0);
    painter->setFont(font);
    painter->setPen(toneColour(tone));
    painter->drawText(inside, Qt::AlignCenter | Qt::TextSingleLine | Qt::TextForceLeftToRight,
                      QFontMetrics(font).elidedText(visible, Qt::ElideRight, inside.width()));
    painter->restore();
}

Pill::Pill(const QString &visible, Tone tone, QWidget *parent)
    : QWidget(parent)
    , m_tone(tone)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setText(visible);
}

void Pill::setText(const QString &visible)
{
    if (visible == m_text) {
        return;
    }
    m_text = visible;
    setAccessibleName(visible);
    updateGeometry();
    update();
}

void Pill::setTone(Tone tone)
{
    m_tone = tone;
    update();
}

QSize Pill::sizeHint() const
{
    return pillSize(m_text);
}

QSize Pill::minimumSizeHint() const
{
    return {std::min(sizeHint().width(), grid(10)), sizeHint().height()};
}

void Pill::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    QRect tag(QPoint(), sizeHint().boundedTo(size()));
    tag.moveTop((height() - tag.height()) / 2);
    paintPill(&painter, tag, m_text, m_tone);
}

void Pill::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange) {
        updateGeometry();
    }
}

} // namespace countersign::ui
