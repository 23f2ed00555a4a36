// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "ui/tools/tool_result.h"

#include <QtCore/QAbstractTableModel>
#include <QtWidgets/QWidget>

class QScrollArea;
class QStackedWidget;
class QTableView;

namespace countersign::ui {

class PayloadView;
class SegmentSwitch;
class WrapLabel;

/// Cells of a result that is a table. Visible text.
class ResultTable : public QAbstractTableModel
{
    Q_OBJECT
public:
    using QAbstractTableModel::QAbstractTableModel;

    void setCells(QStringList columns, std::vector<QStringList> cells);
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QStringList m_columns;
    std::vector<QStringList> m_cells;
};

/// What a tool gave back, as text, as a table, as pictures, or as JSON: whichever of them there are. Read and decoded
/// off the GUI thread. Never markup; nothing is opened or fetched. GUI thread.
class ToolResultView : public QWidget
{
    Q_OBJECT
public:
    enum class Kind { Text, Table, Pictures, Json };
    explicit ToolResultView(const Clock &clock, QWidget *parent = nullptr);

    /// JSON text as received. The same again changes nothing.
    void setResult(const QByteArray &result);
    void clear();
    std::vector<Kind> kinds() const { return m_kinds; }
    Kind kind() const;
    void showKind(Kind kind);
    bool isReading() const { return m_isReading; }
    bool page(int direction);

Q_SIGNALS:
    void shown(); ///< It is on screen.

protected:
    void changeEvent(QEvent *event) override;

private:
    void apply(const ToolResult &result);
    void applyGrid();

    QByteArray m_result;
    std::vector<Kind> m_kinds;
    int m_generation = 0;
    bool m_isReading = false;
    SegmentSwitch *m_switch = nullptr;
    WrapLabel *m_note = nullptr;
    QStackedWidget *m_pages = nullptr;
    QWidget *m_nothing = nullptr;
    PayloadView *m_text = nullptr;
    PayloadView *m_json = nullptr;
    QTableView *m_rows = nullptr;
    ResultTable *m_table = nullptr;
    QScrollArea *m_pictures = nullptr;
};

} // namespace countersign::ui
