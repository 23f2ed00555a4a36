// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/field_editor.h"

class QLineEdit;
class QListView;

namespace countersign::ui {

class ChoiceModel;
class EditorNote;

/// MultiChoice: check boxes for up to 12 options, above that a list of them with a filter; below it how many are
/// chosen and how many may be. Items that are not among the options are shown as such and stay until they are
/// unticked; the order of what is there stays.
class MultiChoiceEditor : public FieldEditor
{
    Q_OBJECT
public:
    MultiChoiceEditor(const FormField &field, QWidget *parent);

    bool fits(const FormField &field) const override;
    void present(const FormField &field, const JsonValue *value, const QString &unfinished) override;
    void setWrong(bool wrong) override;
    void setWords(const QString &name, const QString &description) override;
    QWidget *focusTarget() override;
    std::vector<QWidget *> tabStops() override;

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void rebuild();
    void toggle(int entry, bool on);
    void showChecks();
    void showCount();

    bool m_list; ///< Not check boxes.
    FieldId m_field = noField;
    std::vector<FieldOption> m_options; ///< Those of the field, then what the value has besides.
    size_t m_ownOptions = 0;            ///< How many are the field's.
    FieldBounds m_bounds;
    bool m_readOnly = false;
    JsonValue m_value;
    QString m_name;
    QString m_description;
    std::vector<QWidget *> m_boxes;
    QWidget *m_flow = nullptr;
    QLineEdit *m_filter = nullptr;
    QListView *m_view = nullptr;
    ChoiceModel *m_model = nullptr;
    EditorNote *m_count = nullptr;
};

} // namespace countersign::ui
