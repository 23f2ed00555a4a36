// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/region_picker.h"

#include "ui/style/theme.h"

#include <QtGui/QAccessible>
#include <QtGui/QKeyEvent>
#include <QtGui/QMouseEvent>
#include <QtGui/QPainter>

#include <algorithm>

namespace countersign::ui {

namespace {

constexpr int smallestSide = 8; ///< Less is a slip of the hand.

} // namespace

RegionPicker::RegionPicker(QWidget *parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("regionPicker"));
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::CrossCursor);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    say();
}

void RegionPicker::setPicture(const QImage &picture)
{
    m_picture = picture;
    m_region = {};
    m_dragging = false;
    say();
    updateGeometry();
    update();
}

void RegionPicker::setRegion(const QRect &region)
{
    m_region = region.normalized().intersected(m_picture.rect());
    say();
    update();
}

void RegionPicker::say()
{
    setAccessibleName(tr("Part of the screen's picture"));
    setAccessibleDescription(m_region.isEmpty()
                                 ? tr("Nothing is marked. Arrow keys mark a part in the middle.")
                                 : tr("%1 × %2 pixels, %3 from the left, %4 from the top")
                                       .arg(QString::number(m_region.width()), QString::number(m_region.height()),
                                            QString::number(m_region.x()), QString::number(m_region.y())));
    QAccessibleEvent event(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&event);
}

int RegionPicker::heightForWidth(int width) const
{
    if (m_picture.isNull()) {
        return grid(20);
    }
    const int whole = static_cast<int>(qint64(width) * m_picture.height() / std::max(m_picture.width(), 1));
    return std::clamp(whole, grid(20), grid(100));
}

QSize RegionPicker::sizeHint() const
{
    return {grid(120), heightForWidth(grid(120))};
}

QRectF RegionPicker::pictureRect() const
{
    const QSizeF size = QSizeF(m_picture.size()).scaled(QSizeF(this->size()), Qt::KeepAspectRatio);
    return {QPointF((width() - size.width()) / 2, 0), size};
}

QPoint RegionPicker::inPicture(const QPointF &position) const
{
    const QRectF drawn = pictureRect();
    const double scale = drawn.width() > 0 ? m_picture.width() / drawn.width() : 1;
    const QPointF at = (position - drawn.topLeft()) * scale;
    return {std::clamp(static_cast<int>(at.x()), 0, m_picture.width()),
            std::clamp(static_cast<int>(at.y()), 0, m_picture.height())};
}

QRectF RegionPicker::onScreen(const QRect &region) const
{
    const QRectF drawn = pictureRect();
    const double scale = drawn.width() / std::max(m_picture.width(), 1);
    return {drawn.topLeft() + QPointF(region.topLeft()) * scale, QSizeF(region.size()) * scale};
}

void RegionPicker::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const Colours &c = colours();
    if (m_picture.isNull()) {
        return;
    }
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    const QRectF drawn = pictureRect();
    painter.drawImage(drawn, m_picture);
    painter.fillRect(drawn, QColor(0, 0, 0, m_region.isEmpty() ? 60 : 130));
    if (!m_region.isEmpty()) {
        const QRectF marked = onScreen(m_region);
        painter.drawImage(marked, m_picture, m_region);
        painter.setPen(QPen(c.accent, 2));
        painter.drawRect(marked);
    }
    painter.setPen(QPen(hasFocus() ? c.accent : c.line, hasFocus() ? 2 : 1));
    painter.drawRect(drawn.adjusted(0.5, 0.5, -0.5, -0.5));
}

void RegionPicker::mousePressEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton && !m_picture.isNull()) {
        m_dragging = true;
        m_anchor = inPicture(event->position());
        setRegion({});
    }
}

void RegionPicker::mouseMoveEvent(QMouseEvent *event)
{
    if (m_dragging) {
        const QPoint to = inPicture(event->position());
        setRegion(QRect(QPoint(std::min(m_anchor.x(), to.x()), std::min(m_anchor.y(), to.y())),
                        QSize(std::abs(to.x() - m_anchor.x()), std::abs(to.y() - m_anchor.y()))));
    }
}

void RegionPicker::mouseReleaseEvent(QMouseEvent *event)
{
    if (!m_dragging || event->button() != Qt::LeftButton) {
        return;
    }
    mouseMoveEvent(event);
    m_dragging = false;
    if (m_region.width() < smallestSide || m_region.height() < smallestSide) {
        setRegion({});
    }
    Q_EMIT regionPicked();
}

void RegionPicker::keyPressEvent(QKeyEvent *event)
{
    const QPoint direction = event->key() == Qt::Key_Left    ? QPoint(-1, 0)
                             : event->key() == Qt::Key_Right ? QPoint(1, 0)
                             : event->key() == Qt::Key_Up    ? QPoint(0, -1)
                             : event->key() == Qt::Key_Down  ? QPoint(0, 1)
                                                             : QPoint();
    if (direction.isNull() || m_picture.isNull()) {
        QWidget::keyPressEvent(event);
        return;
    }
    const bool fine = event->modifiers().testFlag(Qt::ControlModifier);
    const QPoint step = direction * (fine ? 1 : std::max(m_picture.width() / 50, 1));
    if (m_region.isEmpty()) {
        const QSize half = m_picture.size() / 2;
        setRegion(QRect(QPoint(half.width() / 2, half.height() / 2), half));
    } else if (event->modifiers().testFlag(Qt::ShiftModifier)) {
        QRect sized = m_region;
        sized.setWidth(std::clamp(sized.width() + step.x(), smallestSide, m_picture.width() - sized.x()));
        sized.setHeight(std::clamp(sized.height() + step.y(), smallestSide, m_picture.height() - sized.y()));
        setRegion(sized);
    } else {
        QRect moved = m_region;
        moved.moveTo(std::clamp(moved.x() + step.x(), 0, m_picture.width() - moved.width()),
                     std::clamp(moved.y() + step.y(), 0, m_picture.height() - moved.height()));
        setRegion(moved);
    }
    Q_EMIT regionPicked();
}

} // namespace countersign::ui
