// SPDX-License-Identifier: Apache-2.0
// What keys mean to the decision bar: letters choose, Ctrl+Enter confirms, Enter, Space and Escape never decide.
#include "ui/detail/decision_bar.h"
#include "ui/detail/step_row.h"
#include "ui/style/flat_button.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QMouseEvent>
#include <QtWidgets/QLineEdit>

namespace countersign::ui {

namespace {

bool isEnter(const QKeyEvent *event)
{
    return event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
}

bool isConfirm(const QKeyEvent *event)
{
    return isEnter(event) && event->modifiers().testFlag(Qt::ControlModifier);
}

} // namespace

ArmingRule::Press DecisionBar::keyPress(const QKeyEvent *event, ArmingRule::Via via) const
{
    return {.at = pressTime(m_clock, event->timestamp()), .via = via, .autoRepeat = event->isAutoRepeat()};
}

bool DecisionBar::handleKey(QKeyEvent *event)
{
    if (isConfirm(event)) {
        if (m_step == Step::Choosing) {
            return false;
        }
        confirm(keyPress(event, ArmingRule::Via::Confirm));
        return true;
    }
    if (event->modifiers() & ~(Qt::ShiftModifier | Qt::KeypadModifier)) {
        return false;
    }
    const ArmingRule::Press letter = keyPress(event, ArmingRule::Via::Letter);
    if (m_step != Step::Choosing) {
        if (event->key() == Qt::Key_Escape) {
            leaveStep();
            return true;
        }
        const bool isDigit = event->key() >= Qt::Key_1 && event->key() <= Qt::Key_9;
        if (m_step == Step::Rejecting && isDigit) {
            if (!event->isAutoRepeat()) {
                m_stepRow->pickCode(event->key() - Qt::Key_1);
            }
            return true;
        }
        const QString text = event->text();
        const bool words = m_step == Step::Rejecting || m_step == Step::AskingForChanges;
        if (words && !text.isEmpty() && text.front().isPrint() && text.front() != u' ') {
            m_reason->setFocus(Qt::OtherFocusReason);
            m_reason->insert(text);
            return true;
        }
        return !text.isEmpty() && text.front().isLetter();
    }
    switch (event->key()) {
    case Qt::Key_A:
        press(Approve, letter);
        return true;
    case Qt::Key_E:
        if (m_choices.fillsForm || m_choices.servesTool) {
            Q_EMIT editWanted();
        } else if (m_choices.answers) {
            sayRefusal(tr("A question has no arguments to edit."));
        } else {
            press(Edit, letter);
        }
        return true;
    case Qt::Key_R:
        press(m_choices.answers ? Edit : Reject, letter);
        return true;
    case Qt::Key_Q:
        press(Changes, letter);
        return true;
    case Qt::Key_D:
        press(Delegate, letter);
        return true;
    case Qt::Key_S:
        press(Defer, letter);
        return true;
    default:
        return false;
    }
}

bool DecisionBar::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::MouseButtonPress) {
        m_mouseDown = pressTime(m_clock, static_cast<QMouseEvent *>(event)->timestamp());
    }
    if (event->type() != QEvent::KeyPress) {
        return QWidget::eventFilter(watched, event);
    }
    auto *key = static_cast<QKeyEvent *>(event);
    const bool inField = isField(watched);
    if (isConfirm(key)) {
        confirm(keyPress(key, ArmingRule::Via::Confirm));
        return true;
    }
    if (inField && key->key() == Qt::Key_Escape) {
        if (m_step != Step::Choosing) {
            leaveStep();
        } else {
            Q_EMIT focusWanted();
        }
        return true;
    }
    if (inField) {
        if (isEnter(key)) {
            sayRefusal(tr("Enter decides nothing: Ctrl+Enter confirms, Esc leaves the field."));
            return true;
        }
        return QWidget::eventFilter(watched, event);
    }
    // Buttons: Space and Enter would press the one that happens to have the focus.
    if (isEnter(key) || key->key() == Qt::Key_Space || key->key() == Qt::Key_Select) {
        sayRefusal(tr("Enter and Space never decide: press the letter on the button."));
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace countersign::ui
