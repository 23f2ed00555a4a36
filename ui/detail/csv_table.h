// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/detail/csv_file.h"

#include <QtCore/QAbstractTableModel>
#include <QtWidgets/QWidget>

class QLabel;
class QScrollBar;
class QTableView;

namespace countersign::ui {

class WrapLabel;

/// The rows of a CSV file that are on screen, and no others: Qt never hears of a million rows.
class CsvModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    using QAbstractTableModel::QAbstractTableModel;

    void setColumns(const QStringList &header);
    void setRows(qint64 first, std::vector<QStringList> rows);
    QString cell(int row, int column) const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QStringList m_header;
    qint64 m_first = 0;
    std::vector<QStringList> m_rows;
};

/// A CSV file as a table with a scroll bar of its own; rows are read off the GUI thread as they come on screen.
class CsvTable : public QWidget
{
    Q_OBJECT
public:
    explicit CsvTable(QWidget *parent = nullptr);

    void setFile(std::shared_ptr<CsvFile> file);
    bool page(int direction);
    CsvModel *model() { return m_model; }

Q_SIGNALS:
    void loadFailed(const QString &why);
    void rowsShown(qint64 first, int count);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void applyLook();
    int rowsThatFit() const;
    void fit();
    void load();
    void sizeColumns(const std::vector<QStringList> &rows);

    std::shared_ptr<CsvFile> m_file; ///< Shared with the read that is under way, which may outlive this widget.
    CsvModel *m_model = nullptr;
    QTableView *m_view = nullptr;
    QScrollBar *m_bar = nullptr;
    WrapLabel *m_cell = nullptr;
    QLabel *m_count = nullptr;
    int m_generation = 0;
    bool m_columnsSized = false;
};

} // namespace countersign::ui
