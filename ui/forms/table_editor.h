// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/field_editor.h"

class QTableView;

namespace countersign {
class FormModel;
}

namespace countersign::ui {

class EditorNote;
class FlatButton;
class TableModel;

/// Table: a list of flat objects, one row each, up to 10,000. F2 or typing edits a cell, Delete empties it; Insert
/// adds a row, Ctrl+D duplicates, Ctrl+Delete deletes, Alt+Up and Alt+Down move the selected rows; Ctrl+C and Ctrl+V
/// copy and paste tab-separated text. Tab leaves the table.
class TableEditor : public FieldEditor
{
    Q_OBJECT
public:
    explicit TableEditor(QWidget *parent);

    /// With a form, edits of cells and rows go straight into it (each its own step of undo, ids stay), kinds, options
    /// and problems of cells come from it, and formEdited() is emitted after each. Without one (null) every edit is a
    /// valueEdited() with the whole list. The form must outlive this widget or be taken away before.
    void setForm(FormModel *form);

    bool fits(const FormField &field) const override;
    void present(const FormField &field, const JsonValue *value, const QString &unfinished) override;
    QWidget *focusTarget() override;
    std::vector<QWidget *> tabStops() override;
    void finish() override;

Q_SIGNALS:
    void formEdited(); ///< The form was edited directly: whoever shows it takes its changes now.

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void addRow();
    void duplicateRow();
    void deleteRows();
    void moveRows(int by);
    void clearCells();
    void copyCells();
    void pasteCells();
    std::vector<int> selectedRows() const;
    void selectRow(int row);
    void showState();
    void fitHeight();
    void tell(const QString &sentence);

    TableModel *m_model = nullptr;
    QTableView *m_view = nullptr;
    FlatButton *m_add = nullptr;
    FlatButton *m_duplicate = nullptr;
    FlatButton *m_delete = nullptr;
    FlatButton *m_up = nullptr;
    FlatButton *m_down = nullptr;
    EditorNote *m_state = nullptr;
    QString m_told; ///< Until the next edit.
};

} // namespace countersign::ui
