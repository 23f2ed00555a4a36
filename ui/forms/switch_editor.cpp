// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/switch_editor.h"

#include "ui/forms/segment_switch.h"
#include "ui/style/theme.h"

#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QCheckBox>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

enum State { NotSet, On, Off };

} // namespace

SwitchEditor::SwitchEditor(QWidget *parent)
    : FieldEditor(parent)
    , m_box(new QCheckBox(this))
    , m_states(new SegmentSwitch(this))
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_box);
    row->addWidget(m_states);
    row->addStretch(1);
    setMinimumHeight(grid(7));
    m_box->setObjectName(u"switch"_s);
    m_states->setObjectName(u"states"_s);
    m_states->setLabels({tr("not set"), tr("true"), tr("false")});
    connect(m_box, &QCheckBox::clicked, this, [this] {
        m_box->setTristate(false);
        const bool on = m_box->checkState() != Qt::Unchecked;
        m_box->setCheckState(on ? Qt::Checked : Qt::Unchecked);
        m_box->setText(on ? tr("true") : tr("false"));
        Q_EMIT valueEdited(JsonValue::fromBool(on));
    });
    connect(m_states, &SegmentSwitch::chosen, this, [this](int state) {
        if (state == NotSet) {
            Q_EMIT absentWanted();
        } else {
            Q_EMIT valueEdited(JsonValue::fromBool(state == On));
        }
    });
}

bool SwitchEditor::fits(const FormField &field) const
{
    return field.kind == FieldKind::Switch;
}

void SwitchEditor::present(const FormField &field, const JsonValue *value, const QString &)
{
    m_threeStates = !field.required && !field.defaultValue;
    m_box->setVisible(!m_threeStates);
    m_states->setVisible(m_threeStates);
    m_box->setEnabled(!field.readOnly);
    m_states->setEnabled(!field.readOnly);
    if (m_threeStates) {
        m_states->setCurrent(!value ? NotSet : value->toBool() ? On : Off);
        return;
    }
    m_box->setTristate(!value);
    m_box->setCheckState(!value ? Qt::PartiallyChecked : value->toBool() ? Qt::Checked : Qt::Unchecked);
    m_box->setText(!value ? tr("not set") : value->toBool() ? tr("true") : tr("false"));
}

void SwitchEditor::setWrong(bool wrong)
{
    markWrong(m_box, wrong);
    markWrong(m_states, wrong);
}

void SwitchEditor::setWords(const QString &name, const QString &description)
{
    if (m_threeStates) {
        m_states->setWords(name, description);
    } else {
        FieldEditor::setWords(name, description);
    }
}

QWidget *SwitchEditor::focusTarget()
{
    return m_threeStates ? m_states->tabStop() : m_box;
}

} // namespace countersign::ui
