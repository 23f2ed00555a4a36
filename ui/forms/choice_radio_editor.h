// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/choice_state.h"
#include "ui/forms/field_editor.h"

class QButtonGroup;
class QRadioButton;

namespace countersign::ui {

/// A Choice of few options, all of them in sight, with what the schema says about each.
class ChoiceRadioEditor : public FieldEditor
{
    Q_OBJECT
public:
    explicit ChoiceRadioEditor(QWidget *parent);

    bool fits(const FormField &field) const override;
    void present(const FormField &field, const JsonValue *value, const QString &unfinished) override;
    void setWrong(bool wrong) override;
    void setWords(const QString &name, const QString &description) override;
    QWidget *focusTarget() override;

private:
    void rebuild();
    void showChosen();

    ChoiceState m_state;
    QString m_name;
    QString m_description;
    bool m_wrong = false;
    bool m_presenting = false;
    QWidget *m_page = nullptr;
    QButtonGroup *m_group = nullptr; ///< Ids are entries.
};

} // namespace countersign::ui
