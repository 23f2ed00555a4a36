// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/frames_log.h"

#include <QtCore/QAbstractTableModel>
#include <QtWidgets/QWidget>

class QLabel;
class QPlainTextEdit;
class QTableView;

namespace countersign::ui {

/// The last frames of a connection, newest first. Everything is made visible before it is given out.
class FramesModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    static constexpr size_t mostShown = 200;
    enum Column { When, Way, Type, Size, Columns };
    using QAbstractTableModel::QAbstractTableModel;

    /// \p newestLast: as the log has them. False: nothing is new.
    bool setFrames(std::vector<LoggedFrame> newestLast);
    const LoggedFrame &frame(int row) const { return m_frames[static_cast<size_t>(row)]; }
    int rowOf(const LoggedFrame &frame) const; ///< -1: no longer kept.

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;

private:
    std::vector<LoggedFrame> m_frames; ///< Newest first.
};

/// The frames log: rows, and the beginning of the selected frame as plain text. Secrets are masked by the log itself.
class FramesView : public QWidget
{
    Q_OBJECT
public:
    explicit FramesView(QWidget *parent = nullptr);

    /// The selected frame stays selected for as long as the log has it.
    void setFrames(std::vector<LoggedFrame> newestLast);
    FramesModel *model() { return m_model; }

protected:
    void changeEvent(QEvent *event) override;

private:
    void applyGrid();
    void fitRows();
    void showSelected();

    FramesModel *m_model = nullptr;
    QTableView *m_rows = nullptr;
    QPlainTextEdit *m_text = nullptr;
    QLabel *m_none = nullptr;
};

} // namespace countersign::ui
