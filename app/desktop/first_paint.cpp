// SPDX-License-Identifier: Apache-2.0
#include "app/desktop/first_paint.h"

#include "ui/queue/queue_model.h"
#include "ui/queue/queue_pane.h"
#include "ui/shell/main_window.h"

#include <QtCore/QEvent>
#include <QtWidgets/QApplication>

namespace countersign::desktop {

using namespace Qt::Literals::StringLiterals;

FirstPaint::FirstPaint(ui::MainWindow &window, QObject *parent)
    : QObject(parent)
    , m_window(window)
{
    if (auto *model = window.findChild<ui::QueueModel *>()) {
        connect(model, &ui::QueueModel::rowsSettled, this, [this] { m_listAnswered = true; });
    }
    QApplication::instance()->installEventFilter(this);
}

bool FirstPaint::eventFilter(QObject *watched, QEvent *event)
{
    if (m_done || event->type() != QEvent::Paint || !watched->isWidgetType()) {
        return false;
    }
    const auto *widget = static_cast<QWidget *>(watched);
    const bool inList = m_listAnswered && m_window.queue()->isAncestorOf(widget) && m_window.queue()->isVisible();
    const bool asksForPerson = m_window.isWaitingForPerson() && m_window.isAncestorOf(widget);
    if (inList || asksForPerson) {
        m_done = true;
        QApplication::instance()->removeEventFilter(this);
        // The paint goes on after this filter; the loop comes round when it is on screen.
        QMetaObject::invokeMethod(this, &FirstPaint::painted, Qt::QueuedConnection);
    }
    return false;
}

} // namespace countersign::desktop
