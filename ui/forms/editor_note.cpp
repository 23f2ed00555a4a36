// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/editor_note.h"

#include "ui/style/labels.h"

#include <QtCore/QEvent>
#include <QtGui/QPainter>

namespace countersign::ui {

EditorNote::EditorNote(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void EditorNote::setText(const QString &visible)
{
    if (visible == m_text) {
        return;
    }
    m_text = visible;
    setAccessibleName(visible);
    setPlainToolTip(this, visible);
    updateGeometry();
    update();
}

QSize EditorNote::sizeHint() const
{
    const QFontMetrics metrics(uiFont(TextSize::Small));
    return {0, metrics.height()}; // The input comes first; the rest is stretched.
}

QSize EditorNote::minimumSizeHint() const
{
    return {0, sizeHint().height()};
}

void EditorNote::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const QFont font = uiFont(TextSize::Small);
    painter.setFont(font);
    painter.setPen(colours().dim);
    painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine | Qt::TextForceLeftToRight,
                     QFontMetrics(font).elidedText(m_text, Qt::ElideRight, width()));
}

void EditorNote::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange) {
        updateGeometry();
        update();
    }
}

} // namespace countersign::ui
