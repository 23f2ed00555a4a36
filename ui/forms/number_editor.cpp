// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/number_editor.h"

#include "core/base/visible_text.h"
#include "ui/forms/editor_examples.h"
#include "ui/forms/editor_line.h"
#include "ui/forms/editor_note.h"
#include "ui/forms/number_step.h"
#include "ui/style/theme.h"

#include <QtGui/QKeyEvent>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QLineEdit>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int stepsOfAPage = 10;

} // namespace

NumberEditor::NumberEditor(QWidget *parent)
    : FieldEditor(parent)
    , m_line(new EditorLine(56, this))
    , m_note(new EditorNote(this))
    , m_examples(new EditorExamples(m_line))
{
    setObjectName(u"numberEditor"_s);
    m_line->setObjectName(u"number"_s);
    m_line->setInputMethodHints(Qt::ImhPreferNumbers | Qt::ImhNoPredictiveText);
    m_line->installEventFilter(this);
    m_note->setObjectName(u"numberNote"_s);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(grid(2));
    row->addWidget(m_line);
    row->addWidget(m_note, 1);
    setFocusProxy(m_line);
    connect(m_line, &QLineEdit::textEdited, this, &NumberEditor::take);
    connect(m_examples, &EditorExamples::chosen, this, &NumberEditor::take);
}

bool NumberEditor::fits(const FormField &field) const
{
    return field.kind == FieldKind::Number || field.kind == FieldKind::Integer;
}

void NumberEditor::present(const FormField &field, const JsonValue *value, const QString &unfinished)
{
    const bool same = field.id == m_field;
    m_field = field.id;
    m_bounds = field.bounds;
    m_line->setReadOnly(field.readOnly);
    m_examples->offer(field);
    const std::string number = value && value->isNumber() ? std::string(value->numberText()) : std::string();
    // After an edit of its own the line means this already; what is typed stays as it is typed.
    if (same && unfinished == m_unfinished && (!unfinished.isEmpty() || number == m_number)) {
        return;
    }
    m_number = unfinished.isEmpty() ? number : std::string();
    m_unfinished = unfinished;
    const QString shown = !unfinished.isEmpty() ? displayText(unfinished).text : QString::fromStdString(m_number);
    m_shown = QString::fromStdString(m_number);
    if (m_line->text() != shown) {
        m_line->setText(shown);
        m_line->setCursorPosition(m_line->hasFocus() ? static_cast<int>(shown.size()) : 0);
    }
    showNote(shown);
}

QWidget *NumberEditor::focusTarget()
{
    return m_line;
}

void NumberEditor::finish()
{
    if (!m_number.empty() && m_line->text() != QString::fromStdString(m_number)) {
        m_shown = QString::fromStdString(m_number);
        m_line->setText(m_shown);
        showNote(m_shown);
    }
}

void NumberEditor::take(const QString &typed)
{
    const QString meant = originalText(typed);
    TypedNumber read = !meant.isEmpty() && meant == m_shown
                           ? TypedNumber{TypedNumber::State::Number, meant.toStdString(), {}}
                           : readTypedNumber(meant, QLocale());
    switch (read.state) {
    case TypedNumber::State::Empty:
        m_number.clear();
        m_unfinished.clear();
        showNote({});
        Q_EMIT absentWanted();
        return;
    case TypedNumber::State::Number:
        m_number = read.number;
        m_unfinished.clear();
        showNote(typed);
        Q_EMIT valueEdited(JsonValue::fromNumberText(std::move(read.number)));
        return;
    case TypedNumber::State::Unfinished:
        m_number.clear();
        m_unfinished = meant;
        showNote({});
        Q_EMIT unfinishedEdited(meant, read.why);
        return;
    }
}

void NumberEditor::step(int steps)
{
    if (m_line->isReadOnly() || !m_unfinished.isEmpty()) {
        return; // There is no number to start from, and what is typed is not thrown away.
    }
    const std::optional<std::string> number = steppedNumber(m_number, steps, m_bounds);
    if (!number) {
        return;
    }
    m_number = *number;
    m_shown = QString::fromStdString(*number);
    m_line->setText(m_shown);
    m_line->selectAll();
    showNote(m_shown);
    Q_EMIT valueEdited(JsonValue::fromNumberText(*number));
}

void NumberEditor::showNote(const QString &typed)
{
    const QString number = QString::fromStdString(m_number);
    const QString local = warningNotation(m_number, QLocale());
    m_note->setText(number.isEmpty()  ? QString()
                    : typed != number ? tr("sent as %1").arg(number)
                    : local.isEmpty() ? QString()
                                      : tr("that is %1, with a decimal “%2”").arg(local, QLocale().decimalPoint()));
}

bool NumberEditor::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_line && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const bool plain = (key->modifiers() & ~Qt::KeypadModifier) == Qt::NoModifier;
        const int code = key->key();
        if (plain && (code == Qt::Key_Up || code == Qt::Key_Down)) {
            step(code == Qt::Key_Up ? 1 : -1);
            return true;
        }
        if (plain && (code == Qt::Key_PageUp || code == Qt::Key_PageDown)) {
            step(code == Qt::Key_PageUp ? stepsOfAPage : -stepsOfAPage);
            return true;
        }
    }
    if (watched == m_line && event->type() == QEvent::FocusOut &&
        static_cast<QFocusEvent *>(event)->reason() != Qt::PopupFocusReason) {
        finish();
    }
    return FieldEditor::eventFilter(watched, event);
}

} // namespace countersign::ui
