// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/key_router.h"

#include <QtGui/QKeyEvent>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QAbstractSpinBox>
#include <QtWidgets/QApplication>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QTextEdit>

namespace countersign::ui {
namespace {

bool isModifier(int key)
{
    return key == Qt::Key_Shift || key == Qt::Key_Control || key == Qt::Key_Alt || key == Qt::Key_Meta ||
           key == Qt::Key_AltGr || key == Qt::Key_CapsLock;
}

/// Keys that press or move within the focused control and are its own.
bool belongsToControl(const QWidget *focus, int key)
{
    const bool presses = key == Qt::Key_Space || key == Qt::Key_Return || key == Qt::Key_Enter;
    if (presses && qobject_cast<const QAbstractButton *>(focus)) {
        return true;
    }
    const bool moves = key == Qt::Key_Up || key == Qt::Key_Down || presses;
    return moves && qobject_cast<const QComboBox *>(focus);
}

} // namespace

KeyRouter::KeyRouter(QWidget *window, Handler letters, Handler chords)
    : QObject(window)
    , m_window(window)
    , m_letters(std::move(letters))
    , m_chords(std::move(chords))
{
    QApplication::instance()->installEventFilter(this);
}

bool KeyRouter::takesText(const QWidget *widget)
{
    for (const QWidget *part = widget; part && !part->isWindow(); part = part->parentWidget()) {
        if (part->property("takesText").toBool()) {
            return true; // A form, a table that is edited by typing, a list that searches.
        }
    }
    if (const auto *line = qobject_cast<const QLineEdit *>(widget)) {
        return !line->isReadOnly() && line->isEnabled();
    }
    if (const auto *plain = qobject_cast<const QPlainTextEdit *>(widget)) {
        return !plain->isReadOnly();
    }
    if (const auto *rich = qobject_cast<const QTextEdit *>(widget)) {
        return !rich->isReadOnly();
    }
    if (const auto *box = qobject_cast<const QComboBox *>(widget)) {
        return box->isEditable();
    }
    return qobject_cast<const QAbstractSpinBox *>(widget) != nullptr;
}

bool KeyRouter::eventFilter(QObject *watched, QEvent *event)
{
    const QEvent::Type type = event->type();
    if (type != QEvent::KeyPress && type != QEvent::MouseButtonPress && type != QEvent::Wheel) {
        return false;
    }
    auto *widget = qobject_cast<QWidget *>(watched);
    if (!widget || widget->window() != m_window) {
        return false;
    }
    Q_EMIT inputSeen();
    if (type != QEvent::KeyPress || QApplication::activePopupWidget()) {
        return false;
    }
    const QWidget *focus = QApplication::focusWidget();
    if (focus && watched != focus) {
        return false; // On its way up: it was offered to us when the focused widget got it.
    }
    return route(static_cast<QKeyEvent *>(event));
}

bool KeyRouter::route(QKeyEvent *event)
{
    if (isModifier(event->key())) {
        return false;
    }
    const bool chord = event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier);
    const bool function = event->key() >= Qt::Key_F1 && event->key() <= Qt::Key_F35;
    if ((chord || function) && m_chords(event)) {
        return true;
    }
    const QWidget *focus = QApplication::focusWidget();
    if (takesText(focus) || belongsToControl(focus, event->key())) {
        return false;
    }
    return m_letters(event);
}

} // namespace countersign::ui
