// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/choice_state.h"
#include "ui/forms/field_editor.h"

class QComboBox;

namespace countersign::ui {

class WrapLabel;

/// A Choice of some options in a combo box; what is said about the chosen one stands below it. The wheel never changes
/// it.
class ChoiceComboEditor : public FieldEditor
{
    Q_OBJECT
public:
    explicit ChoiceComboEditor(QWidget *parent);

    bool fits(const FormField &field) const override;
    void present(const FormField &field, const JsonValue *value, const QString &unfinished) override;
    QWidget *focusTarget() override;

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void showNote();

    ChoiceState m_state;
    QComboBox *m_combo = nullptr;
    WrapLabel *m_note = nullptr;
};

} // namespace countersign::ui
