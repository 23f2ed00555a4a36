// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/choice_state.h"
#include "ui/forms/field_editor.h"

class QComboBox;

namespace countersign::ui {

class ChoicePopup;
class WrapLabel;

/// A Choice of many options: a line with the chosen one, which opens a list with a filter. Typing on the line begins
/// the filter; Space, Down, F4 and a click open the list.
class ChoiceSearchEditor : public FieldEditor
{
    Q_OBJECT
public:
    explicit ChoiceSearchEditor(QWidget *parent);

    bool fits(const FormField &field) const override;
    void present(const FormField &field, const JsonValue *value, const QString &unfinished) override;
    QWidget *focusTarget() override;

private:
    void open(const QString &typed);
    void pick(int entry);
    void showChosen();

    ChoiceState m_state;
    QComboBox *m_line = nullptr;
    ChoicePopup *m_popup = nullptr; ///< Made when it is opened first.
    bool m_popupIsOld = true;       ///< It has the options of before.
    WrapLabel *m_note = nullptr;
};

} // namespace countersign::ui
