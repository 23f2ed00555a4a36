// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/choice_radio_editor.h"

#include "core/base/visible_text.h"
#include "ui/detail/flow_layout.h"
#include "ui/detail/wrap_label.h"
#include "ui/forms/choice_editors.h"
#include "ui/style/theme.h"

#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QButtonGroup>
#include <QtWidgets/QRadioButton>

#include <algorithm>

namespace countersign::ui {

using namespace Qt::StringLiterals;

ChoiceRadioEditor::ChoiceRadioEditor(QWidget *parent)
    : FieldEditor(parent)
{
    setObjectName(u"choiceRadioEditor"_s);
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, grid(1), 0, 0);
    rows->setSpacing(grid(1));
}

bool ChoiceRadioEditor::fits(const FormField &field) const
{
    return field.kind == FieldKind::Choice && field.options.size() <= mostRadioButtons;
}

void ChoiceRadioEditor::present(const FormField &field, const JsonValue *value, const QString &)
{
    m_presenting = true;
    if (m_state.take(field, value) || !m_page) {
        rebuild();
    }
    m_page->setEnabled(!field.readOnly);
    showChosen();
    m_presenting = false;
}

void ChoiceRadioEditor::rebuild()
{
    const int focused =
        m_group && isAncestorOf(focusWidget()) ? m_group->id(qobject_cast<QAbstractButton *>(focusWidget())) : -1;
    if (m_page) {
        // One of its buttons may be the one that was just pressed.
        m_page->hide();
        m_page->deleteLater();
        m_group->deleteLater();
    }
    m_page = new QWidget(this);
    m_group = new QButtonGroup(this);
    const std::vector<FieldOption> &entries = m_state.entries();
    const bool described = std::any_of(entries.begin(), entries.end(),
                                       [](const FieldOption &entry) { return !entry.description.isEmpty(); });
    auto *column = described ? new QVBoxLayout(m_page) : nullptr;
    auto *flow = described ? nullptr : new FlowLayout(grid(4), grid(1), m_page);
    if (column) {
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(grid(1));
    }
    for (size_t i = 0; i < entries.size(); ++i) {
        QString name = m_state.names()[static_cast<qsizetype>(i)];
        auto *button = new QRadioButton(m_page);
        button->setObjectName(u"option%1"_s.arg(i));
        button->setProperty("option", name);
        button->setText(name.replace(u'&', u"&&"_s)); // An ampersand is no mnemonic here.
        m_group->addButton(button, static_cast<int>(i));
        if (flow) {
            flow->addWidget(button);
        } else {
            column->addWidget(button);
            if (!entries[i].description.isEmpty()) {
                auto *words = WrapLabel::outside(entries[i].description, TextSize::Small, m_page);
                words->setInk(WrapLabel::Ink::Dim);
                auto *indented = new QHBoxLayout;
                indented->setContentsMargins(grid(6), 0, 0, grid(1));
                indented->addWidget(words);
                column->addLayout(indented);
            }
        }
        connect(button, &QRadioButton::toggled, this, [this, i](bool on) {
            if (!on || m_presenting) {
                return;
            }
            m_state.setChosen(static_cast<int>(i));
            const JsonValue value = m_state.valueAt(static_cast<int>(i));
            Q_EMIT valueEdited(value);
        });
    }
    static_cast<QVBoxLayout *>(layout())->insertWidget(0, m_page);
    m_page->show();
    setWords(m_name, m_description);
    setWrong(m_wrong);
    if (QAbstractButton *again = m_group->button(focused)) {
        again->setFocus(Qt::OtherFocusReason);
    }
    updateGeometry();
    Q_EMIT heightChanged();
}

void ChoiceRadioEditor::showChosen()
{
    if (QAbstractButton *button = m_group->button(m_state.chosen())) {
        button->setChecked(true);
    } else if (QAbstractButton *checked = m_group->checkedButton()) {
        m_group->setExclusive(false);
        checked->setChecked(false);
        m_group->setExclusive(true);
    }
    setWords(m_name, m_description);
}

void ChoiceRadioEditor::setWrong(bool wrong)
{
    m_wrong = wrong;
    if (m_group) {
        for (QAbstractButton *button : m_group->buttons()) {
            markWrong(button, wrong);
        }
    }
}

void ChoiceRadioEditor::setWords(const QString &name, const QString &description)
{
    m_name = name;
    m_description = description;
    if (!m_group) {
        return;
    }
    for (QAbstractButton *button : m_group->buttons()) {
        const int entry = m_group->id(button);
        const QString option = m_state.names().value(entry);
        const QString about = displayText(m_state.entries()[static_cast<size_t>(entry)].description).text;
        button->setAccessibleName(name.isEmpty() ? option : u"%1: %2"_s.arg(name, option));
        button->setAccessibleDescription(about.isEmpty() ? description : u"%1 %2"_s.arg(about, description).trimmed());
    }
}

QWidget *ChoiceRadioEditor::focusTarget()
{
    if (!m_group) {
        return this;
    }
    QAbstractButton *checked = m_group->checkedButton();
    return checked ? checked : m_group->button(0) ? m_group->button(0) : static_cast<QWidget *>(this);
}

} // namespace countersign::ui
