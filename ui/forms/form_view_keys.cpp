// SPDX-License-Identifier: Apache-2.0
// Where the focus is in a form and where keys take it. The order of Tab is the order of the rows, also of those that
// have no widgets yet.
#include "ui/forms/form_view.h"

#include "ui/forms/row_acts.h"
#include "ui/forms/row_widget.h"
#include "ui/style/theme.h"

#include <QtGui/QKeyEvent>
#include <QtWidgets/QApplication>
#include <QtWidgets/QMenu>
#include <QtWidgets/QScrollBar>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype mostLiveWhileSeeking = 120; ///< Rows with widgets while Tab looks for a stop.

bool isTyped(FieldKind kind)
{
    switch (kind) {
    case FieldKind::Text:
    case FieldKind::LongText:
    case FieldKind::Number:
    case FieldKind::Integer:
    case FieldKind::Secret:
    case FieldKind::Date:
    case FieldKind::Time:
    case FieldKind::DateTime:
    case FieldKind::Duration:
    case FieldKind::Colour:
    case FieldKind::RawJson:
        return true;
    default:
        return false;
    }
}

} // namespace

RowWidget *FormView::rowAround(const QWidget *widget) const
{
    for (const QWidget *at = widget; at && at != this; at = at->parentWidget()) {
        if (at->parentWidget() == viewport()) {
            return qobject_cast<RowWidget *>(const_cast<QWidget *>(at));
        }
        if (at->isWindow()) {
            return nullptr;
        }
    }
    return nullptr;
}

void FormView::followFocus(QWidget *now)
{
    if (!now || now->window() != window()) {
        return; // A list that dropped down, or another window: the person comes back to the same field.
    }
    RowWidget *row = rowAround(now);
    if (row == m_focused) {
        return;
    }
    const QPointer<RowWidget> left = m_focused;
    m_focused = row;
    if (left && left->field() != noField && m_model) {
        const FieldId field = left->field();
        left->finish();
        if (m_model && left && left->field() == field && left->part() != RowPart::AddMember) {
            m_touched.insert(field);
            m_stale.insert(field);
        }
    }
    if (row && row->field() != noField) {
        m_current = row->field();
        if (const int index = indexOf(row); index >= 0 && !m_arranging) {
            scrollTo(index);
        }
        Q_EMIT currentFieldChanged();
    } else if (!m_arranging) {
        arrange();
    }
}

void FormView::finishEditing()
{
    if (m_focused) {
        m_focused->finish();
    }
}

void FormView::takeEdit(RowWidget *row)
{
    if (const FormField *field = m_model ? m_model->field(row->field()) : nullptr; field && !isTyped(field->kind)) {
        m_touched.insert(field->id);
        m_stale.insert(field->id);
    }
    applyChanges();
    Q_EMIT edited();
}

void FormView::scrollTo(int row)
{
    const int view = viewport()->height();
    for (int pass = 0; pass < 3; ++pass) {
        const int value = verticalScrollBar()->value();
        const int top = m_heights.top(row);
        const int bottom = top + m_heights.height(row);
        int wanted = value;
        if (bottom > value + view) {
            wanted = bottom - view + (row + 1 < rowCount() ? grid(4) : 0); // A little of what comes next.
        }
        if (top < wanted || bottom - top > view) {
            wanted = top - (row > 0 ? grid(2) : 0);
        }
        wanted = std::clamp(wanted, 0, std::max(contentHeight() - view, 0));
        m_anchorRow = std::max(m_heights.rowAt(wanted), 0);
        m_anchorOffset = wanted - m_heights.top(m_anchorRow);
        arrange();
        if (wanted == value) {
            return;
        }
    }
}

/// The widget of a row that may lie far outside the viewport.
RowWidget *FormView::bring(int row)
{
    const bool before = std::exchange(m_arranging, true); // An editor that grows meanwhile must not have it put away.
    RowWidget *widget = realise(row);
    m_arranging = before;
    return widget;
}

bool FormView::focusRow(int row, bool last, Qt::FocusReason reason)
{
    RowWidget *widget = bring(row);
    const std::vector<QWidget *> stops = widget->tabStops();
    QWidget *target = stops.empty() ? nullptr : last ? stops.back() : stops.front();
    if (reason == Qt::OtherFocusReason && widget->focusTarget()) {
        target = widget->focusTarget();
    }
    if (!target) {
        return false;
    }
    const QPointer<RowWidget> before = std::exchange(m_focused, widget); // Keeps its widget while it is brought in.
    scrollTo(row);
    m_focused = before;
    target->setFocus(reason);
    return true;
}

/// The first row from \p row on that has anything to stop at.
bool FormView::focusRowFrom(int row, int step, Qt::FocusReason reason)
{
    const bool backwards = step < 0;
    for (; row >= 0 && row < rowCount(); row += step) {
        RowWidget *widget = bring(row);
        if (!widget->tabStops().empty()) {
            return focusRow(row, backwards, reason);
        }
        if (widget != m_focused && m_live.size() > mostLiveWhileSeeking) {
            arrange(); // A long stretch of rows without a stop must not keep all of its widgets.
        }
    }
    return false;
}

bool FormView::focusField(FieldId field)
{
    int row = m_model ? indexOf(field) : -1;
    if (row < 0 && !m_filter.isEmpty()) {
        setFilter({}); // What is jumped to is shown.
        row = m_model ? indexOf(field) : -1;
    }
    if (row < 0) {
        return false;
    }
    if (bring(row)->tabStops().empty()) {
        scrollTo(row);
        return focusRowFrom(row, 1, Qt::OtherFocusReason);
    }
    return focusRow(row, false, Qt::OtherFocusReason);
}

bool FormView::focusPointer(std::string_view pointer)
{
    if (!m_model) {
        return false;
    }
    const FieldId field = m_model->reveal(pointer);
    applyChanges();
    return field != noField && focusField(field);
}

bool FormView::focusFirst()
{
    // The first field rather than the fold mark above it.
    for (int row = 0; row < std::min(rowCount(), 50); ++row) {
        if (m_rows[static_cast<size_t>(row)].part == RowPart::Field && !bring(row)->tabStops().empty()) {
            return focusRow(row, false, Qt::OtherFocusReason);
        }
    }
    return focusRowFrom(0, 1, Qt::OtherFocusReason);
}

bool FormView::focusNextPrevChild(bool next)
{
    if (m_arranging) {
        return true; // A part was hidden in the middle of our work, which gives the focus to what takes its place.
    }
    const RowWidget *row = rowAround(QApplication::focusWidget());
    const Qt::FocusReason reason = next ? Qt::TabFocusReason : Qt::BacktabFocusReason;
    const int step = next ? 1 : -1;
    if (!m_model || !row) {
        return (next && m_model && focusRowFrom(0, 1, reason)) || leave(next);
    }
    const std::vector<QWidget *> stops = const_cast<RowWidget *>(row)->tabStops();
    const QWidget *now = QApplication::focusWidget();
    for (int i = 0; i < static_cast<int>(stops.size()); ++i) {
        const QWidget *stop = stops[static_cast<size_t>(i)];
        const int to = i + step;
        if ((stop == now || stop->isAncestorOf(now)) && to >= 0 && to < static_cast<int>(stops.size())) {
            stops[static_cast<size_t>(to)]->setFocus(reason);
            return true;
        }
    }
    return focusRowFrom(indexOf(row) + step, step, reason) || leave(next);
}

bool FormView::leave(bool next)
{
    const Qt::FocusReason reason = next ? Qt::TabFocusReason : Qt::BacktabFocusReason;
    const auto after = [next](QWidget *widget) {
        return next ? widget->nextInFocusChain() : widget->previousInFocusChain();
    };
    QWidget *start = next ? m_tail : this;
    for (QWidget *at = after(start); at && at != start; at = after(at)) {
        const bool stops = (at->focusPolicy() & Qt::TabFocus) == Qt::TabFocus && at->isVisible() && at->isEnabled() &&
                           !at->focusProxy() && !at->isWindow();
        if (stops && at != this && !isAncestorOf(at)) {
            at->setFocus(reason);
            return true;
        }
    }
    return false;
}

void FormView::focusInEvent(QFocusEvent *event)
{
    QAbstractScrollArea::focusInEvent(event);
    if (!m_model) {
        return;
    }
    if (event->reason() == Qt::BacktabFocusReason) {
        leave(false); // Only from its own first row, which is behind us.
    } else if (event->reason() == Qt::TabFocusReason) {
        focusRowFrom(0, 1, Qt::TabFocusReason);
    } else if (event->reason() == Qt::OtherFocusReason) {
        if (m_current == noField || !focusField(m_current)) {
            focusFirst();
        }
    }
}

bool FormView::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_tail && event->type() == QEvent::FocusIn) {
        const auto reason = static_cast<QFocusEvent *>(event)->reason();
        const bool entered =
            reason == Qt::BacktabFocusReason && m_model && focusRowFrom(rowCount() - 1, -1, Qt::BacktabFocusReason);
        if (!entered) {
            leave(reason != Qt::BacktabFocusReason);
        }
        return true;
    }
    return QAbstractScrollArea::eventFilter(watched, event);
}

bool FormView::handleKey(const QKeyEvent *event)
{
    if (!m_model || !m_focused || m_focused->field() == noField) {
        return false;
    }
    const FieldId field = m_focused->field();
    const auto does = [&](RowAct::Kind kind) {
        m_focused->finish();
        const FieldId next = act(*m_model, field, kind);
        applyChanges();
        if (next != noField) {
            focusField(next);
            Q_EMIT edited();
        }
        return true;
    };
    const Qt::KeyboardModifiers modifiers = event->modifiers() & ~Qt::KeypadModifier;
    if (modifiers == Qt::AltModifier && itemAround(*m_model, field) != noField) {
        if (event->key() == Qt::Key_Up) {
            return does(RowAct::Kind::MoveUp);
        }
        if (event->key() == Qt::Key_Down) {
            return does(RowAct::Kind::MoveDown);
        }
    }
    if (modifiers == Qt::ControlModifier && event->key() == Qt::Key_D && itemAround(*m_model, field) != noField) {
        return does(RowAct::Kind::Duplicate);
    }
    if (modifiers == Qt::ShiftModifier && event->key() == Qt::Key_Delete &&
        removableAround(*m_model, field) != noField) {
        return does(RowAct::Kind::Remove);
    }
    if (modifiers == Qt::NoModifier && event->key() == Qt::Key_F2) {
        return m_focused->startRename();
    }
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (modifiers == Qt::AltModifier && enter) {
        showMenu(m_focused, m_focused->mapToGlobal(QPoint(grid(6), grid(7))));
        return true;
    }
    return false;
}

void FormView::showMenu(RowWidget *row, const QPoint &place)
{
    const FieldId field = row->field();
    if (!m_model || field == noField) {
        return;
    }
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setObjectName(u"rowMenu"_s);
    const QPointer<RowWidget> shown = row;
    for (const RowAct &offered : actsOf(*m_model, field)) {
        const QString key = offered.key.isEmpty() ? QString() : u'\t' + offered.key;
        QAction *action = menu->addAction(offered.label + key);
        const RowAct::Kind kind = offered.kind;
        connect(action, &QAction::triggered, this, [this, field, kind, shown] {
            if (!m_model) {
                return;
            }
            if (kind == RowAct::Kind::Rename) {
                if (shown && shown->field() == field) {
                    shown->startRename();
                }
                return;
            }
            const FieldId next = act(*m_model, field, kind);
            applyChanges();
            focusField(next);
            Q_EMIT edited();
        });
    }
    if (menu->isEmpty()) {
        QAction *nothing = menu->addAction(tr("Nothing else can be done here"));
        nothing->setEnabled(false);
    }
    menu->popup(place);
}

} // namespace countersign::ui
