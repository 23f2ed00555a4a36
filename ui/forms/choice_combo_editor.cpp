// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/choice_combo_editor.h"

#include "ui/detail/wrap_label.h"
#include "ui/forms/choice_editors.h"
#include "ui/style/theme.h"

#include <QtCore/QEvent>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QComboBox>

namespace countersign::ui {

using namespace Qt::StringLiterals;

ChoiceComboEditor::ChoiceComboEditor(QWidget *parent)
    : FieldEditor(parent)
    , m_combo(new QComboBox(this))
    , m_note(new WrapLabel({}, TextSize::Small, this))
{
    setObjectName(u"choiceComboEditor"_s);
    m_combo->setObjectName(u"choice"_s);
    m_combo->setFocusPolicy(Qt::StrongFocus);
    m_combo->setProperty("takesText", true); // Its letters are no commands of the window.
    m_combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_combo->setMinimumContentsLength(8);
    m_combo->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_combo->setMaxVisibleItems(static_cast<int>(mostComboItems) + 1);
    m_combo->installEventFilter(this);
    m_note->setObjectName(u"choiceNote"_s);
    m_note->setInk(WrapLabel::Ink::Dim);
    m_note->hide();
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(grid(1));
    rows->addWidget(m_combo);
    rows->addWidget(m_note);
    setFocusProxy(m_combo);
    connect(m_combo, &QComboBox::activated, this, [this](int entry) {
        if (entry < 0 || entry == m_state.chosen()) {
            return;
        }
        m_state.setChosen(entry);
        showNote();
        const JsonValue value = m_state.valueAt(entry);
        Q_EMIT valueEdited(value);
    });
}

bool ChoiceComboEditor::fits(const FormField &field) const
{
    return field.kind == FieldKind::Choice && field.options.size() > mostRadioButtons &&
           field.options.size() <= mostComboItems;
}

void ChoiceComboEditor::present(const FormField &field, const JsonValue *value, const QString &)
{
    if (m_state.take(field, value)) {
        m_combo->clear();
        m_combo->addItems(m_state.names());
    }
    m_combo->setPlaceholderText(field.required ? tr("Choose") : tr("not set"));
    m_combo->setEnabled(!field.readOnly);
    if (m_combo->currentIndex() != m_state.chosen()) {
        m_combo->setCurrentIndex(m_state.chosen());
    }
    showNote();
}

void ChoiceComboEditor::showNote()
{
    const QString note = m_state.note();
    if (note != m_note->text()) {
        m_note->setText(note);
        m_note->setVisible(!note.isEmpty());
        updateGeometry();
        Q_EMIT heightChanged();
    }
}

QWidget *ChoiceComboEditor::focusTarget()
{
    return m_combo;
}

bool ChoiceComboEditor::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_combo && event->type() == QEvent::Wheel) {
        event->ignore(); // The form scrolls: a turn of the wheel on the way picks nothing, even with the focus here.
        return true;
    }
    return FieldEditor::eventFilter(watched, event);
}

} // namespace countersign::ui
