// SPDX-License-Identifier: Apache-2.0
// The keys of a form: they pass by here before the widget with the focus, because undo, search and sending are the
// whole form's. Enter alone never sends.
#include "ui/forms/form_sheet.h"

#include "core/base/json_reader.h"
#include "core/base/visible_text.h"
#include "core/schema/form_model.h"
#include "ui/forms/find_bar.h"
#include "ui/forms/form_preview.h"
#include "ui/forms/form_view.h"
#include "ui/forms/json_page.h"

#include <QtGui/QClipboard>
#include <QtGui/QKeyEvent>
#include <QtWidgets/QAbstractSpinBox>
#include <QtWidgets/QApplication>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPlainTextEdit>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

bool takesText(const QWidget *widget)
{
    return qobject_cast<const QLineEdit *>(widget) || qobject_cast<const QPlainTextEdit *>(widget) ||
           qobject_cast<const QAbstractSpinBox *>(widget);
}

bool isEnter(const QKeyEvent *event)
{
    return event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
}

bool isUndo(const QKeyEvent *event)
{
    return event->matches(QKeySequence::Undo);
}

bool isRedo(const QKeyEvent *event)
{
    return event->matches(QKeySequence::Redo) ||
           (event->key() == Qt::Key_Y && event->modifiers() == Qt::ControlModifier) ||
           (event->key() == Qt::Key_Z && event->modifiers() == (Qt::ControlModifier | Qt::ShiftModifier));
}

} // namespace

/// Only the widget with the focus is watched: one filter, however many widgets there are.
void FormSheet::watch(QWidget *now)
{
    if (m_watched) {
        m_watched->removeEventFilter(this);
    }
    m_watched = now && isAncestorOf(now) ? now : nullptr;
    if (m_watched) {
        m_watched->installEventFilter(this);
    }
}

bool FormSheet::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::ShortcutOverride && watched == m_watched) {
        auto *key = static_cast<QKeyEvent *>(event);
        if (isOurKey(key)) {
            key->accept(); // It comes as a key, not as somebody's shortcut.
            return true;
        }
    }
    if (event->type() == QEvent::KeyPress && watched == m_watched) {
        return handleKey(static_cast<QKeyEvent *>(event));
    }
    return QWidget::eventFilter(watched, event);
}

bool FormSheet::isOurKey(const QKeyEvent *event) const
{
    const Qt::KeyboardModifiers modifiers = event->modifiers() & ~Qt::KeypadModifier;
    const bool control = modifiers == Qt::ControlModifier;
    return isUndo(event) || isRedo(event) || event->key() == Qt::Key_F8 || event->key() == Qt::Key_Escape ||
           (control && (isEnter(event) || event->key() == Qt::Key_F)) ||
           (modifiers == (Qt::ControlModifier | Qt::ShiftModifier) && event->key() == Qt::Key_V);
}

bool FormSheet::handleKey(QKeyEvent *event)
{
    const Qt::KeyboardModifiers modifiers = event->modifiers() & ~Qt::KeypadModifier;
    const bool control = modifiers == Qt::ControlModifier;
    if (isEnter(event) && control) {
        Q_EMIT submitWanted(event->timestamp(), event->isAutoRepeat());
        return true;
    }
    if (isUndo(event)) {
        undo();
        return true;
    }
    if (isRedo(event)) {
        redo();
        return true;
    }
    if (event->key() == Qt::Key_F8 && !(modifiers & ~Qt::ShiftModifier)) {
        goToProblem(modifiers.testFlag(Qt::ShiftModifier) ? -1 : 1);
        return true;
    }
    if (event->key() == Qt::Key_F && control) {
        find();
        return true;
    }
    if (event->key() == Qt::Key_V && modifiers == (Qt::ControlModifier | Qt::ShiftModifier)) {
        pasteJson();
        return true;
    }
    if (event->matches(QKeySequence::Paste) && !takesText(m_watched)) {
        pasteJson();
        return true;
    }
    if (event->key() == Qt::Key_Escape && modifiers == Qt::NoModifier) {
        if (m_watched && m_watched->objectName() == u"memberName"_s) {
            return false; // Drops the name that is being typed.
        }
        if (!closeSmallest()) {
            Q_EMIT leaveWanted();
        }
        return true;
    }
    return m_view->handleKey(event);
}

bool FormSheet::closeSmallest()
{
    if (!m_find->isHidden()) {
        m_find->close();
        return true;
    }
    return false;
}

void FormSheet::keyPressEvent(QKeyEvent *event)
{
    if (!handleKey(event)) {
        QWidget::keyPressEvent(event);
    }
}

void FormSheet::undo()
{
    if (!m_model) {
        return;
    }
    m_view->finishEditing();
    if (showsJson() && m_json->isBroken()) {
        m_json->showValue(m_json->pointerAtCaret()); // The half-typed text goes first.
        showState();
        return;
    }
    const std::string caret = showsJson() ? m_json->pointerAtCaret() : std::string();
    m_json->take();
    m_model->undo();
    m_view->applyChanges();
    if (showsJson()) {
        m_json->showValue(caret);
    }
    takeEdit();
}

void FormSheet::redo()
{
    if (!m_model) {
        return;
    }
    const std::string caret = showsJson() ? m_json->pointerAtCaret() : std::string();
    m_model->redo();
    m_view->applyChanges();
    if (showsJson()) {
        m_json->showValue(caret);
    }
    takeEdit();
}

void FormSheet::goToProblem(int direction)
{
    if (!m_model || m_model->problems().empty()) {
        say(tr("There is no problem in this form."), false);
        return;
    }
    showJson(false);
    m_view->finishEditing();
    const std::vector<FieldProblem> &problems = m_model->problems();
    const int now = m_model->rowOf(m_view->currentField());
    const auto count = static_cast<int>(problems.size());
    // In the order of the rows; what no row shows counts as the beginning.
    int wanted = -1;
    for (int i = 0; i < count; ++i) {
        const int at = direction > 0 ? i : count - 1 - i;
        const int row = m_model->rowOf(problems[static_cast<size_t>(at)].field);
        if (row >= 0 && (direction > 0 ? row > now : row < now)) {
            wanted = at;
            break;
        }
    }
    if (wanted < 0) {
        wanted = direction > 0 ? 0 : count - 1;
    }
    m_view->setShowsAllProblems(true);
    const std::string pointer = problems[static_cast<size_t>(wanted)].pointer;
    m_view->focusPointer(pointer);
}

void FormSheet::find()
{
    showJson(false);
    m_find->open();
    place();
}

void FormSheet::showJson(bool json)
{
    if (!m_model || json == showsJson()) {
        return;
    }
    if (json) {
        m_view->finishEditing();
        const FormField *now = m_model->field(m_view->currentField());
        const std::string pointer = now ? now->pointer : std::string();
        if (!m_find->isHidden()) {
            m_find->close();
        }
        m_json->showValue(pointer);
        m_json->show();
        m_json->text()->setFocus(Qt::OtherFocusReason);
        m_view->hide();
    } else {
        const std::string pointer = m_json->pointerAtCaret();
        if (!m_json->take()) {
            say(tr("The text was no JSON and was left out; the form shows the last good value: %1")
                    .arg(m_json->problem()),
                true);
        }
        m_view->show();
        m_view->applyChanges();
        if (!m_view->focusPointer(pointer)) {
            m_view->focusFirst();
        }
        m_json->hide();
        m_json->showValue();
    }
    showState();
    place();
}

bool FormSheet::pasteJson()
{
    if (!m_model) {
        return false;
    }
    const QString text = QApplication::clipboard()->text();
    Result<JsonValue> value = readJson(text.toUtf8());
    if (!value) {
        say(text.isEmpty() ? tr("The clipboard holds no text: nothing was pasted.")
                           : tr("The clipboard holds no JSON, so nothing was pasted: %1")
                                 .arg(displayText(value.error().message).text),
            true);
        return false;
    }
    if (!value->isObject() && !value->isArray()) {
        say(tr("The clipboard holds a single JSON value, not an object or a list: nothing was pasted."), true);
        return false;
    }
    m_view->finishEditing();
    m_model->replaceValue(*std::move(value));
    m_view->applyChanges();
    if (showsJson()) {
        m_json->showValue();
    }
    takeEdit();
    say(tr("The whole form was filled from the clipboard. Undo takes it back."), false);
    return true;
}

} // namespace countersign::ui
