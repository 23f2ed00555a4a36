// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/field_editor.h"

class QTableView;

namespace countersign {
class FormModel;
}

namespace countersign::ui {

class FlatButton;
class TableModel;
class WrapLabel;

/// Table: a list of flat objects, one row each. F2 or typing edits a cell, Delete empties it; Insert adds a row, Ctrl+D
/// duplicates, Ctrl+Delete deletes, Alt+Up and Alt+Down move the selected rows; Ctrl+C and Ctrl+V copy and paste
/// tab-separated text. Tab leaves the table. What is wrong with the current cell, and what could not be done, stands
/// below.
class TableEditor : public FieldEditor
{
    Q_OBJECT
public:
    explicit TableEditor(QWidget *parent);
    ~TableEditor() override;

    /// Cells are fields of \p form: their kinds, options and problems come from it, and edits go straight into it, each
    /// of cells or rows as one step of undo; formEdited() follows. Null takes it away; without one nothing is shown.
    /// The form must outlive this widget or be taken away before.
    void setForm(FormModel *form);

    bool fits(const FormField &field) const override;
    void present(const FormField &field, const JsonValue *value, const QString &unfinished) override;
    void setWrong(bool wrong) override;
    void setWords(const QString &name, const QString &description) override;
    QWidget *focusTarget() override;
    std::vector<QWidget *> tabStops() override;
    void finish() override; ///< A cell that is being edited is written.

Q_SIGNALS:
    void formEdited(); ///< The form was edited directly: whoever shows it takes its changes now.

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    bool handleKey(int key, Qt::KeyboardModifiers held);
    void addRow();
    void duplicateRows();
    void removeRows();
    void moveRows(bool up);
    void clearCells();
    void copyCells();
    void pasteCells();
    void afterEdit(const QString &why);
    std::vector<int> selectedRows() const;
    void goTo(int row, int column);
    void showState();
    void sizeColumns();
    void fitHeight();

    TableModel *m_model = nullptr;
    QTableView *m_view = nullptr;
    FlatButton *m_add = nullptr;
    FlatButton *m_duplicate = nullptr;
    FlatButton *m_remove = nullptr;
    FlatButton *m_up = nullptr;
    FlatButton *m_down = nullptr;
    WrapLabel *m_state = nullptr;
    QString m_told; ///< What could not be done; until the next edit or move.
    FieldId m_field = noField;
    bool m_readOnly = false;
    qint64 m_least = 0;
    qint64 m_most = -1;          ///< Below zero: any number.
    bool m_columnsSized = false; ///< Once for every field that has rows.
};

} // namespace countersign::ui
