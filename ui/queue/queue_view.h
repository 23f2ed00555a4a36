// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/queue/queue_model.h"

#include <QtWidgets/QListView>

class QScrollBar;

namespace countersign::ui {

class FlatButton;

/// The list of a queue. Lays its rows out itself: group headings above the first row of a group, a scroll bar that
/// stands for the whole list while the model holds a window of it, and rows that keep their place on the screen when
/// others come and go above them. The selection is a request, not a row, and only a person changes it.
class QueueView : public QListView
{
    Q_OBJECT
public:
    explicit QueueView(QueueModel &model, QWidget *parent = nullptr);

    std::optional<RequestId> selected() const { return m_selected; }
    /// Selects \p id; shows its row when the window has it. Emits selectionMoved() when it is another one.
    void selectRequest(const RequestId &id);
    void clearRequest();
    void moveSelection(int rows);
    void moveToUndecided(int direction);
    QRect headingRect(int row) const; ///< In viewport coordinates; empty when the row has none.

    QRect visualRect(const QModelIndex &index) const override;
    void scrollTo(const QModelIndex &index, ScrollHint hint = EnsureVisible) override;
    QModelIndex indexAt(const QPoint &point) const override;
    void doItemsLayout() override;
    void reset() override;
    void keyboardSearch(const QString &) override {} ///< Letters are commands here.

Q_SIGNALS:
    void selectionMoved(const countersign::RequestId &id);
    void detailWanted();
    void filterWanted();

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool viewportEvent(QEvent *event) override;

    void updateGeometries() override;
    int horizontalOffset() const override { return 0; }
    int verticalOffset() const override { return m_offset; }
    QModelIndex moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers) override;
    void setSelection(const QRect &rect, QItemSelectionModel::SelectionFlags command) override;
    QRegion visualRegionForSelection(const QItemSelection &selection) const override;
    void rowsInserted(const QModelIndex &parent, int first, int last) override;
    void rowsAboutToBeRemoved(const QModelIndex &parent, int first, int last) override;
    void selectionChanged(const QItemSelection &selected, const QItemSelection &deselected) override;
    void scrollContentsBy(int, int) override {}

private:
    struct Place {
        int top = 0; ///< From the top of the window's first heading.
        int heading = 0;
        int height = 0;
        int bottom() const { return top + heading + height; }
    };
    void layOut();
    void rememberAnchors();
    void mirrorSelection();
    void adopt(const RequestId &id);
    void setOffset(int offset);
    int greatestOffset() const;
    int contentHeight() const { return m_places.empty() ? 0 : m_places.back().bottom(); }
    int rowAtHeight(int y) const;
    void loadNearEdges();
    void syncBar();
    void dragTo(int action);
    void selectRow(int row);
    void pressCursorKey(CursorAction action);
    void placeArrivals();

    QueueModel &m_model;
    QScrollBar *m_bar = nullptr;
    FlatButton *m_arrivals = nullptr; ///< "7 new": floats, so that its coming moves no row.
    std::vector<Place> m_places;
    std::vector<std::pair<RequestId, int>> m_anchors; ///< Rows and their height on the screen; the best first.
    std::optional<RequestId> m_selected;
    int m_offset = 0;
    bool m_mirroring = false;
    bool m_wasReset = false;
};

} // namespace countersign::ui
