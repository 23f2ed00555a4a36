// SPDX-License-Identifier: Apache-2.0
// How a person moves the selection of the queue; nothing else does.
#include "ui/queue/queue_delegate.h"
#include "ui/queue/queue_view.h"

#include <QtGui/QKeyEvent>
#include <QtWidgets/QScrollBar>

namespace countersign::ui {

void QueueView::adopt(const RequestId &id)
{
    if (m_selected == id) {
        return;
    }
    m_selected = id;
    mirrorSelection();
    viewport()->update();
    Q_EMIT selectionMoved(id);
    m_model.sweepGhosts(id);
}

void QueueView::selectRequest(const RequestId &id)
{
    adopt(id);
    scrollTo(m_model.index(m_model.rowOf(id)));
}

void QueueView::clearRequest()
{
    if (!m_selected) {
        return;
    }
    m_selected.reset();
    mirrorSelection();
    viewport()->update();
    Q_EMIT selectionMoved({});
    m_model.sweepGhosts({});
}

void QueueView::selectRow(int row)
{
    if (row >= 0 && row < m_model.rowCount()) {
        selectRequest(m_model.idAt(row));
    }
}

/// Keeps Qt's own selection, which the screen reader follows, on the row of the selected request.
void QueueView::mirrorSelection()
{
    const int row = m_selected ? m_model.rowOf(*m_selected) : -1;
    const QModelIndex wanted = row < 0 ? QModelIndex() : m_model.index(row);
    const bool same = currentIndex() == wanted && (!wanted.isValid() || selectionModel()->isSelected(wanted));
    if (same) {
        return;
    }
    m_mirroring = true;
    if (wanted.isValid()) {
        selectionModel()->setCurrentIndex(wanted, QItemSelectionModel::ClearAndSelect);
    } else {
        selectionModel()->clear();
    }
    m_mirroring = false;
}

/// A screen reader selects through Qt's selection model.
void QueueView::selectionChanged(const QItemSelection &selected, const QItemSelection &deselected)
{
    QListView::selectionChanged(selected, deselected);
    const QModelIndexList indexes = selected.indexes();
    if (!m_mirroring && !indexes.isEmpty()) {
        adopt(m_model.idAt(indexes.first().row()));
    }
}

void QueueView::rowsInserted(const QModelIndex &, int, int)
{
    // Not the base: it lays out later. The model says when its rows are settled.
}

void QueueView::rowsAboutToBeRemoved(const QModelIndex &, int first, int last)
{
    // Not the base: it would move the current row to a neighbour. The request stays selected, seen or not.
    const int current = currentIndex().row();
    if (current >= first && current <= last) {
        m_mirroring = true;
        selectionModel()->clear();
        m_mirroring = false;
    }
}

void QueueView::moveSelection(int rows)
{
    if (m_model.rowCount() == 0) {
        return;
    }
    const int present = m_selected ? m_model.rowOf(*m_selected) : -1;
    if (present >= 0) {
        selectRow(std::clamp(present + rows, 0, m_model.rowCount() - 1));
        return;
    }
    const int bottom = rowAtHeight(m_offset + viewport()->height() - 1);
    selectRow(rows > 0 ? rowAtHeight(m_offset) : (bottom < 0 ? m_model.rowCount() - 1 : bottom));
}

void QueueView::moveToUndecided(int direction)
{
    const int step = direction < 0 ? -1 : 1;
    const int present = m_selected ? m_model.rowOf(*m_selected) : -1;
    const int begin = present >= 0 ? present + step : (step > 0 ? 0 : m_model.rowCount() - 1);
    for (int row = begin; row >= 0 && row < m_model.rowCount(); row += step) {
        if (m_model.index(row).data(QueueModel::UndecidedRole).toBool()) {
            selectRow(row);
            return;
        }
    }
    if (m_model.arrivals() > 0) {
        m_model.showArrivals(); // The next one is there, but not on the screen yet.
    }
}

QModelIndex QueueView::moveCursor(CursorAction action, Qt::KeyboardModifiers)
{
    const int last = m_model.rowCount() - 1;
    const int present = m_selected ? std::max(0, m_model.rowOf(*m_selected)) : 0;
    const int page = std::max(1, viewport()->height() / QueueDelegate::rowHeight(false) - 1);
    switch (action) {
    case MoveUp:
    case MovePrevious:
        return m_model.index(std::max(0, present - 1));
    case MoveDown:
    case MoveNext:
        return m_model.index(std::min(last, present + 1));
    case MovePageUp:
        return m_model.index(std::max(0, present - page));
    case MovePageDown:
        return m_model.index(std::min(last, present + page));
    case MoveHome:
        return m_model.index(0);
    case MoveEnd:
        return m_model.index(last);
    default:
        return m_model.index(present);
    }
}

void QueueView::pressCursorKey(CursorAction action)
{
    const bool toTop = action == MoveHome && m_model.hasMoreBefore();
    const bool toBottom = action == MoveEnd && m_model.hasMoreAfter();
    if (toTop || toBottom) {
        // The end of the list is not in the window: show it; the next press selects there.
        m_model.goTo(toTop ? 0.0 : 1.0);
        return;
    }
    selectRow(moveCursor(action, Qt::NoModifier).row());
}

void QueueView::keyPressEvent(QKeyEvent *event)
{
    const auto modifiers = event->modifiers() & ~Qt::KeypadModifier;
    const bool plain = modifiers == Qt::NoModifier;
    const bool shifted = modifiers == Qt::ShiftModifier;
    event->accept();
    switch (event->key()) {
    case Qt::Key_J:
    case Qt::Key_Down:
        if (plain) {
            moveSelection(1);
            return;
        }
        break;
    case Qt::Key_K:
    case Qt::Key_Up:
        if (plain) {
            moveSelection(-1);
            return;
        }
        break;
    case Qt::Key_N:
        if (plain || shifted) {
            moveToUndecided(shifted ? -1 : 1);
            return;
        }
        break;
    case Qt::Key_PageUp:
        pressCursorKey(MovePageUp);
        return;
    case Qt::Key_PageDown:
        pressCursorKey(MovePageDown);
        return;
    case Qt::Key_Home:
        pressCursorKey(MoveHome);
        return;
    case Qt::Key_End:
        pressCursorKey(MoveEnd);
        return;
    case Qt::Key_O:
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (plain && m_selected) {
            Q_EMIT detailWanted();
            return;
        }
        break;
    case Qt::Key_U:
        if (plain) {
            m_model.showArrivals();
            return;
        }
        break;
    case Qt::Key_Slash:
        Q_EMIT filterWanted();
        return;
    default:
        break;
    }
    event->ignore(); // The window's, or nobody's.
}

void QueueView::mousePressEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton) {
        if (const QModelIndex index = indexAt(event->pos()); index.isValid()) {
            selectRow(index.row());
        }
    }
    event->accept();
}

void QueueView::mouseMoveEvent(QMouseEvent *event)
{
    event->accept(); // No rubber band, no drag.
}

void QueueView::mouseReleaseEvent(QMouseEvent *event)
{
    event->accept();
}

void QueueView::mouseDoubleClickEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton && indexAt(event->pos()).isValid()) {
        Q_EMIT detailWanted();
    }
    event->accept();
}

void QueueView::leaveEvent(QEvent *event)
{
    QListView::leaveEvent(event);
    m_model.sweepGhosts(m_selected.value_or(RequestId())); // No row is under the pointer now.
}

void QueueView::focusInEvent(QFocusEvent *event)
{
    QAbstractScrollArea::focusInEvent(event); // Not the item view's: it makes a row current.
    viewport()->update();
}

void QueueView::setSelection(const QRect &, QItemSelectionModel::SelectionFlags) {}

QRegion QueueView::visualRegionForSelection(const QItemSelection &selection) const
{
    QRegion region;
    for (const QModelIndex &index : selection.indexes()) {
        region += visualRect(index);
    }
    return region;
}

} // namespace countersign::ui
