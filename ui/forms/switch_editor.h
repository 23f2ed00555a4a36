// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/field_editor.h"

class QCheckBox;

namespace countersign::ui {

class SegmentSwitch;

/// true or false. A field that may be left out, and has no default, has three states side by side: not set, true,
/// false.
class SwitchEditor : public FieldEditor
{
    Q_OBJECT
public:
    explicit SwitchEditor(QWidget *parent);

    bool fits(const FormField &field) const override;
    void present(const FormField &field, const JsonValue *value, const QString &unfinished) override;
    void setWrong(bool wrong) override;
    void setWords(const QString &name, const QString &description) override;
    QWidget *focusTarget() override;

private:
    bool m_threeStates = false;
    QCheckBox *m_box = nullptr;
    SegmentSwitch *m_states = nullptr;
};

} // namespace countersign::ui
