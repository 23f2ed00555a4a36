// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_model.h"

#include <QtCore/QAbstractTableModel>
#include <QtCore/QStringList>

#include <vector>

namespace countersign::ui {

/// The most rows that a table is let grow to by hand and by pasting; longer values are shown all the same.
inline constexpr int mostTableRows = 10'000;

/// A Table field of a form as rows and columns. It holds no values: what is shown is read from the form when it is
/// painted, and every edit is an edit of the form. Row ids tell which rows came and went, so that a selection stays.
class TableModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Role { ProblemRole = Qt::UserRole, KindRole };
    using QAbstractTableModel::QAbstractTableModel;

    void setForm(FormModel *form);
    /// Shows that field, or it again after a change.
    void show(FieldId table);
    void sync();

    FormModel *form() const { return m_form; }
    FieldId table() const { return m_table; }
    FieldId rowId(int row) const;
    int rowOf(FieldId id) const;                           ///< -1: none of the rows.
    const FormField *cell(const QModelIndex &index) const; ///< Null: there is none. Valid until the form is edited.
    const JsonValue *valueAt(const QModelIndex &index) const;
    bool isReadOnly(const QModelIndex &index) const;
    QString columnName(int column) const { return m_names.value(column); }

    /// As setData() does, with a value.
    void setCellValue(const QModelIndex &index, const JsonValue &value);
    /// Edits. Each gives a sentence when it could not be done, else an empty text; the form has changed then.
    QString setCellText(const QModelIndex &index, const QString &typed);
    QString clearCells(const QModelIndexList &cells);
    QString addRow(int at, int &added);
    QString duplicateRows(const std::vector<int> &rows, int &added);
    QString removeRows(const std::vector<int> &rows);
    /// Moves the rows from \p first to \p last by one, as one edit.
    QString moveBlock(int first, int last, bool up);
    QString paste(const QModelIndex &at, const QString &text, int &pastedRows);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;
    bool setData(const QModelIndex &index, const QVariant &value, int role) override;

Q_SIGNALS:
    void edited();                    ///< The form was edited through setData() or setCellValue().
    void refused(const QString &why); ///< That could not be done.

private:
    const FormField *tableField() const;
    bool canGrow(qsizetype by, QString &why) const;
    QString problemOf(const FormField &cell) const;
    QString shown(const FormField *cell, const JsonValue *value) const;

    FormModel *m_form = nullptr;
    FieldId m_table = noField;
    std::vector<FieldId> m_ids; ///< One for each row.
    std::vector<std::string> m_keys;
    QStringList m_names; ///< Visible.
};

} // namespace countersign::ui
