// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/sidebar_item.h"

#include "ui/style/icons.h"
#include "ui/style/labels.h"

#include <QtCore/QLocale>
#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr int highestShortCount = 999;
constexpr int highestTightCount = 99;

QString countText(int count, int highest = highestShortCount)
{
    return count > highest ? QString::number(highest) + u'+' : QString::number(count);
}

/// A disc is well, a triangle is in trouble, a cross has stopped, a ring is nothing at all.
void paintMark(QPainter &painter, const QRectF &room, Tone tone)
{
    const QColor ink = tone == Tone::Plain ? colours().dim : toneColour(tone);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ink);
    switch (tone) {
    case Tone::Ok:
    case Tone::Accent:
        painter.drawEllipse(room);
        break;
    case Tone::Warn:
        painter.drawPolygon(QPolygonF({room.bottomLeft(), QPointF(room.center().x(), room.top()), room.bottomRight()}));
        break;
    case Tone::Bad:
        painter.setPen(QPen(ink, room.width() / 4, Qt::SolidLine, Qt::RoundCap));
        painter.drawLine(room.topLeft(), room.bottomRight());
        painter.drawLine(room.topRight(), room.bottomLeft());
        break;
    case Tone::Plain:
        painter.setPen(QPen(ink, 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(room.adjusted(0.75, 0.75, -0.75, -0.75));
        break;
    }
}

} // namespace

SidebarItem::SidebarItem(const QString &visible, const QString &iconName, QWidget *parent)
    : QAbstractButton(parent)
    , m_iconName(iconName)
{
    setFocusPolicy(Qt::TabFocus); // A click goes to the view and leaves the focus with the list.
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setWords(visible);
}

void SidebarItem::setWords(const QString &visible)
{
    m_words = visible;
    describe();
    update();
}

void SidebarItem::setCount(int count)
{
    if (count != m_count) {
        m_count = count;
        describe();
        update();
    }
}

void SidebarItem::setDot(Tone tone)
{
    m_dot = tone;
    update();
}

void SidebarItem::setMarkAtEnd(bool atEnd)
{
    m_markAtEnd = atEnd;
    update();
}

void SidebarItem::setStanding(const QString &word, const QString &why)
{
    if (word != m_standing || why != m_why) {
        m_standing = word;
        m_why = why;
        describe();
    }
}

void SidebarItem::setCompact(bool compact)
{
    m_compact = compact;
    describe();
    updateGeometry();
    update();
}

void SidebarItem::setTight(bool tight)
{
    if (tight != m_tight) {
        m_tight = tight;
        updateGeometry();
        update();
    }
}

void SidebarItem::describe()
{
    QString whole = m_count > 0 ? tr("%1, %2", "view, count").arg(m_words, QLocale().toString(m_count)) : m_words;
    if (!m_standing.isEmpty()) {
        whole = tr("%1, %2", "agent, how it stands").arg(whole, m_standing);
    }
    setAccessibleName(whole);
    setPlainToolTip(this, m_compact ? whole : m_why);
}

QSize SidebarItem::sizeHint() const
{
    const QFontMetrics metrics(uiFont(TextSize::Body));
    const int height = metrics.height() + grid(3);
    const int compact = m_tight ? grid(5) + grid(2) : height + grid(3);
    return m_compact ? QSize(grid(14), compact) : QSize(grid(40), height);
}

QSize SidebarItem::minimumSizeHint() const
{
    return {grid(12), sizeHint().height()}; // Beside it stands the line of the sidebar.
}

void SidebarItem::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Colours &c = colours();
    const QRect ground = rect().adjusted(grid(2), 0, -grid(2), -1);
    if (isChecked() || underMouse()) {
        QColor fill = c.selection;
        fill.setAlphaF(isChecked() ? 1.0F : 0.5F);
        painter.setPen(Qt::NoPen);
        painter.setBrush(fill);
        painter.drawRoundedRect(ground, 6, 6);
    }
    if (hasFocus()) {
        painter.setPen(QPen(c.accent, 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(ground).adjusted(1, 1, -1, -1), 5, 5);
    }
    if (m_compact) {
        paintCompact(painter, ground);
        return;
    }
    QRect line = ground.adjusted(grid(2), 0, -grid(2), 0);
    if (m_count > 0) {
        painter.setFont(uiFont(TextSize::Small));
        painter.setPen(c.dim);
        painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter | Qt::TextSingleLine, countText(m_count));
        line.setRight(line.right() - QFontMetrics(painter.font()).horizontalAdvance(countText(m_count)) - grid(2));
    }
    const int side = grid(2);
    if (hasMarkAtEnd()) {
        paintMark(painter, QRectF(line.right() + 1 - side, line.center().y() - side / 2 + 1, side, side), *m_dot);
        line.setRight(line.right() - side - grid(2));
    } else if (m_dot && !m_markAtEnd) {
        paintMark(painter, QRectF(line.left(), line.center().y() - side / 2 + 1, side, side), *m_dot);
        line.setLeft(line.left() + side + grid(2));
    }
    const QFont font = uiFont(TextSize::Body, isChecked() ? QFont::DemiBold : QFont::Normal);
    painter.setFont(font);
    painter.setPen(c.text);
    painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine | Qt::TextForceLeftToRight,
                     QFontMetrics(font).elidedText(m_words, Qt::ElideRight, line.width()));
}

void SidebarItem::paintCompact(QPainter &painter, const QRect &ground)
{
    const Colours &c = colours();
    const int side = grid(5);
    const QFont font = uiFont(TextSize::Tiny, QFont::DemiBold);
    const QFontMetrics metrics(font);
    const QString count = m_count > 0 ? countText(m_count, m_tight ? highestTightCount : highestShortCount) : QString();
    const bool below = !count.isEmpty() && !m_tight;
    const int beside = count.isEmpty() || below ? 0 : metrics.horizontalAdvance(count) + 2;
    const QRect icon(ground.center().x() - (side + beside) / 2,
                     ground.center().y() - (side + (below ? metrics.height() : 0)) / 2, side, side);
    paintIcon(&painter, icon, m_iconName, isChecked() ? c.accent : c.text);
    if (hasMarkAtEnd()) {
        const int mark = grid(2);
        paintMark(painter, QRectF(icon.right() + 1, icon.top() - mark / 2.0, mark, mark), *m_dot);
    }
    if (!count.isEmpty()) {
        painter.setFont(font);
        painter.setPen(isChecked() ? c.accent : c.dim);
        const QRect room = below ? QRect(ground.left(), icon.bottom() + 1, ground.width(), metrics.height())
                                 : QRect(icon.right() + 3, ground.top(), beside, ground.height());
        painter.drawText(room, Qt::AlignCenter | Qt::TextSingleLine, count);
    }
}

void SidebarItem::keyPressEvent(QKeyEvent *event)
{
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && !event->isAutoRepeat()) {
        click();
        return;
    }
    QAbstractButton::keyPressEvent(event);
}

void SidebarItem::changeEvent(QEvent *event)
{
    QAbstractButton::changeEvent(event);
    if (event->type() == QEvent::StyleChange) {
        updateGeometry();
    }
}

void SidebarItem::enterEvent(QEnterEvent *event)
{
    QAbstractButton::enterEvent(event);
    update();
}

void SidebarItem::leaveEvent(QEvent *event)
{
    QAbstractButton::leaveEvent(event);
    update();
}

} // namespace countersign::ui
