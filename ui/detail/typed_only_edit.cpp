// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/typed_only_edit.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QMouseEvent>

namespace countersign::ui {

TypedOnlyEdit::TypedOnlyEdit(QWidget *parent)
    : QLineEdit(parent)
{
    setAcceptDrops(false);
    setContextMenuPolicy(Qt::NoContextMenu);
}

void TypedOnlyEdit::keyPressEvent(QKeyEvent *event)
{
    const bool insertKey = event->key() == Qt::Key_Insert && event->modifiers() != Qt::NoModifier;
    const bool selectionPaste = event->key() == Qt::Key_V && event->modifiers().testFlag(Qt::ControlModifier);
    if (event->matches(QKeySequence::Paste) || insertKey || selectionPaste) {
        event->accept();
        Q_EMIT pasteRefused();
        return;
    }
    QLineEdit::keyPressEvent(event);
}

void TypedOnlyEdit::mouseReleaseEvent(QMouseEvent *event)
{
    if (event->button() == Qt::MiddleButton) {
        event->accept();
        Q_EMIT pasteRefused();
        return;
    }
    QLineEdit::mouseReleaseEvent(event);
}

} // namespace countersign::ui
