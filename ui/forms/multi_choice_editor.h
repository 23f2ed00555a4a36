// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/field_editor.h"

#include <QtCore/QHash>

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
    explicit MultiChoiceEditor(QWidget *parent);

    bool fits(const FormField &field) const override;
    void present(const FormField &field, const JsonValue *value, const QString &unfinished) override;
    void setWrong(bool wrong) override;
    void setWords(const QString &name, const QString &description) override;
    QWidget *focusTarget() override;
    std::vector<QWidget *> tabStops() override;

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    int entryOf(const JsonValue &item) const; ///< -1: none.
    bool takeEntries(const FormField &field);
    void rebuild();
    void makeBoxes();
    void makeList();
    void toggle(int entry, bool on);
    std::vector<bool> checks() const;
    void showChecks();
    void showCount();

    FieldId m_field = noField;
    FieldOptions m_options;             ///< Of the field.
    std::vector<FieldOption> m_entries; ///< And what the value has besides.
    QHash<QByteArray, int> m_entryOf;   ///< By canonical JSON, in which 1 and 1.0 are one.
    FieldBounds m_bounds;
    bool m_readOnly = false;
    bool m_present = false;
    JsonValue m_value = JsonValue::array();
    QString m_name;
    QString m_description;
    bool m_wrong = false;
    bool m_presenting = false;
    QWidget *m_page = nullptr;
    std::vector<QWidget *> m_boxes; ///< One for each entry; none when there is a list.
    QLineEdit *m_filter = nullptr;
    QListView *m_view = nullptr;
    ChoiceModel *m_model = nullptr;
    EditorNote *m_count = nullptr;
};

} // namespace countersign::ui
