// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/form_view.h"

#include "core/base/visible_text.h"
#include "ui/forms/add_row.h"
#include "ui/forms/field_row.h"
#include "ui/forms/header_row.h"
#include "ui/forms/row_words.h"
#include "ui/style/theme.h"

#include <QtCore/QEvent>
#include <QtWidgets/QApplication>
#include <QtWidgets/QScrollBar>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr size_t mostSpare = 48;
constexpr int mostPasses = 8;
constexpr int marginGrid = 40; ///< Rows that far outside the viewport have widgets too.

quint64 keyOf(FieldId field, RowPart part)
{
    return static_cast<quint64>(field) << 3 | static_cast<quint64>(part);
}

quint64 keyOf(const FormRow &row)
{
    return keyOf(row.field, row.part);
}

/// Qt would give it to whatever comes next, in the middle of our work.
void dropFocus(const QWidget *around)
{
    QWidget *now = QApplication::focusWidget();
    if (now && around->isAncestorOf(now)) {
        now->clearFocus();
    }
}

} // namespace

FormView::FormView(QWidget *parent)
    : QAbstractScrollArea(parent)
    , m_tail(new QWidget(this))
{
    setObjectName(u"formView"_s);
    setAccessibleName(tr("Form"));
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn); // Drawn only when it scrolls; the rows keep their width.
    setFocusPolicy(Qt::TabFocus);
    viewport()->setFocusPolicy(Qt::NoFocus);
    m_tail->setGeometry(0, 0, 1, 1);
    m_tail->setFocusPolicy(Qt::TabFocus);
    m_tail->setObjectName(u"formEnd"_s);
    m_tail->setAccessibleName(tr("End of the form"));
    m_tail->installEventFilter(this);
    m_tail->lower();
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget *, QWidget *now) { followFocus(now); });
}

FormView::~FormView()
{
    // The focus leaves while the parts go, after our own members have gone.
    disconnect(qApp, nullptr, this, nullptr);
}

void FormView::setModel(FormModel *model)
{
    dropRows();
    m_model = model;
    m_touched.clear();
    m_showsAll = false;
    m_filter.clear();
    m_current = noField;
    m_anchorRow = 0;
    m_anchorOffset = 0;
    m_measured.clear();
    if (m_model) {
        m_model->takeChanges();
        // What came with the value and is wrong stands there from the start; what is only missing does not.
        for (const FieldProblem &problem : m_model->problems()) {
            const FormField *field = m_model->field(problem.field);
            if (field && (field->presence == Presence::Value || !m_model->unfinished(field->id).isEmpty())) {
                for (const FormField *at = field; at; at = m_model->field(at->parent)) {
                    m_touched.insert(at->id); // Tables speak for their cells.
                }
            }
        }
    }
    rebuildRows();
    arrange();
}

void FormView::dropRows()
{
    dropFocus(viewport());
    m_focused = nullptr;
    const QHash<quint64, RowWidget *> live = std::exchange(m_live, {});
    for (RowWidget *row : live) {
        row->release();
        row->hide();
        row->deleteLater();
    }
    for (RowWidget *row : m_spare) {
        row->deleteLater();
    }
    m_spare.clear();
}

void FormView::rebuildRows()
{
    const quint64 anchor = m_anchorRow < rowCount() ? keyOf(m_rows[static_cast<size_t>(m_anchorRow)]) : 0;
    const int focused = indexOf(m_focused);
    m_rows.clear();
    m_indices.clear();
    if (m_model) {
        int tableDepth = -1; // A table draws its rows and the way to add one itself.
        for (const FormRow &row : m_model->rows()) {
            if (tableDepth >= 0 && row.depth > tableDepth) {
                continue;
            }
            tableDepth = -1;
            m_rows.push_back(row);
            const FormField *field = row.part == RowPart::Header ? m_model->field(row.field) : nullptr;
            if (field && field->kind == FieldKind::Table) {
                tableDepth = row.depth;
                if (field->expanded && field->presence != Presence::Null) {
                    m_rows.push_back({row.field, RowPart::Field, row.depth + 1});
                }
            }
        }
    }
    m_matchCount = static_cast<int>(m_rows.size());
    if (!m_filter.isEmpty()) {
        m_rows = filteredRows(m_rows);
    }
    std::vector<int> heights;
    heights.reserve(m_rows.size());
    m_indices.reserve(static_cast<qsizetype>(m_rows.size()));
    for (const FormRow &row : m_rows) {
        const quint64 key = keyOf(row);
        m_indices.insert(key, static_cast<int>(heights.size()));
        const auto known = m_measured.constFind(key);
        heights.push_back(known != m_measured.constEnd() ? *known : guessHeight(row));
    }
    m_heights.assign(std::move(heights));
    m_anchorRow = m_indices.value(anchor, std::clamp(m_anchorRow, 0, std::max(rowCount() - 1, 0)));
    m_allStale = true; // Places in lists are part of the titles.
    const QHash<quint64, RowWidget *> live = m_live;
    for (auto it = live.begin(); it != live.end(); ++it) {
        if (!m_indices.contains(it.key())) {
            m_lostFocus = it.value() == m_focused ? focused : m_lostFocus;
            putAway(it.value());
        }
    }
}

int FormView::guessHeight(const FormRow &row) const
{
    const int padding = 2 * (grid(1) + 2);
    if (row.part == RowPart::AddItem || row.part == RowPart::AddMember) {
        return grid(9);
    }
    const FormField *field = m_model->field(row.field);
    const int line = grid(4) + 2;
    const int words = field && (!field->help.isEmpty() || !boundsWords(*field).isEmpty()) ? line : 0;
    if (row.part == RowPart::Header) {
        return grid(9) + words;
    }
    const int label = isStacked(m_width) ? line : 0;
    const int more = field && (field->kind == FieldKind::LongText || field->kind == FieldKind::RawJson) ? 2 * line : 0;
    return padding + label + grid(7) + words + more;
}

void FormView::applyChanges()
{
    if (!m_model) {
        return;
    }
    const FormChanges changes = m_model->takeChanges();
    m_allStale = m_allStale || changes.everything;
    for (FieldId id : changes.fields) {
        // The headers above say how much is in them.
        for (const FormField *at = m_model->field(id); at && !m_stale.contains(at->id);
             at = m_model->field(at->parent)) {
            m_stale.insert(at->id);
        }
    }
    const int before = contentHeight();
    if (changes.rows) {
        rebuildRows();
    }
    arrange();
    if (contentHeight() != before) {
        Q_EMIT contentHeightChanged();
    }
    // The row with the focus went: what stands in its place takes it.
    if (const int lost = std::exchange(m_lostFocus, -1); lost >= 0 && rowCount() > 0) {
        const int row = std::min(lost, rowCount() - 1);
        if (!focusRowFrom(row, 1, Qt::OtherFocusReason)) {
            focusRowFrom(row, -1, Qt::OtherFocusReason);
        }
    }
}

void FormView::arrange()
{
    if (m_arranging) {
        return;
    }
    m_arranging = true;
    m_width = viewport()->width();
    const int view = viewport()->height();
    const int margin = grid(marginGrid);
    int value = 0;
    int first = 0;
    int last = -1;
    for (int pass = 0; m_model && pass < mostPasses; ++pass) {
        const int most = std::max(contentHeight() - view, 0);
        value = std::clamp(m_heights.top(m_anchorRow) + m_anchorOffset, 0, most);
        first = std::max(m_heights.rowAt(std::max(value - margin, 0)), 0);
        last = m_heights.rowAt(value + view + margin);
        if (!measureRows(first, last)) {
            break;
        }
    }
    const QHash<quint64, RowWidget *> live = m_live;
    for (RowWidget *widget : live) {
        const int row = indexOf(widget);
        if ((row < first || row > last) && widget != m_focused) {
            putAway(widget);
        }
    }
    // The one with the focus may lie outside: its problem or value may have changed all the same.
    if (const int row = m_focused ? indexOf(m_focused) : -1; row >= 0 && (row < first || row > last)) {
        measureRows(row, row);
    }
    m_stale.clear();
    m_allStale = false;
    putRows(value);
    m_arranging = false;
}

/// Makes or updates the widgets of these rows. True: a height was another than thought.
bool FormView::measureRows(int from, int to)
{
    bool moved = false;
    for (int row = from; row <= to && row < rowCount(); ++row) {
        RowWidget *widget = realise(row);
        const int height = std::max(widget->heightForWidth(m_width), 1);
        m_measured.insert(keyOf(m_rows[static_cast<size_t>(row)]), height);
        if (height != m_heights.height(row)) {
            m_heights.setHeight(row, height);
            moved = true;
        }
    }
    return moved;
}

void FormView::putRows(int value)
{
    QScrollBar *bar = verticalScrollBar();
    const int view = viewport()->height();
    bar->setRange(0, std::max(contentHeight() - view, 0));
    bar->setPageStep(view);
    bar->setSingleStep(grid(5));
    bar->setValue(value);
    for (RowWidget *widget : std::as_const(m_live)) {
        const int row = indexOf(widget);
        widget->setGeometry(0, m_heights.top(row) - value, m_width, m_heights.height(row));
        widget->show();
    }
}

RowWidget *FormView::realise(int row)
{
    const FormRow &shown = m_rows[static_cast<size_t>(row)];
    const quint64 key = keyOf(shown);
    if (RowWidget *live = m_live.value(key)) {
        if (m_allStale || m_stale.contains(shown.field)) {
            presentRow(live, row);
        }
        return live;
    }
    RowWidget *widget = nullptr;
    for (auto it = m_spare.rbegin(); it != m_spare.rend(); ++it) {
        if ((*it)->fits(*m_model, shown)) {
            widget = *it;
            m_spare.erase(std::next(it).base());
            break;
        }
    }
    if (!widget) {
        widget = makeRow(shown);
    }
    m_live.insert(key, widget);
    presentRow(widget, row);
    return widget;
}

RowWidget *FormView::makeRow(const FormRow &row)
{
    RowWidget *widget = nullptr;
    switch (row.part) {
    case RowPart::Field:
        widget = new FieldRow(viewport());
        break;
    case RowPart::Header:
        widget = new HeaderRow(viewport());
        break;
    case RowPart::AddItem:
    case RowPart::AddMember:
        widget = new AddRow(viewport());
        break;
    }
    connect(widget, &RowWidget::edited, this, [this, widget] { takeEdit(widget); });
    connect(widget, &RowWidget::heightChanged, this, [this, widget] {
        if (!m_arranging && widget->field() != noField) {
            const int before = contentHeight();
            arrange();
            if (contentHeight() != before) {
                Q_EMIT contentHeightChanged();
            }
        }
    });
    connect(widget, &RowWidget::focusWanted, this, &FormView::focusField);
    connect(widget, &RowWidget::menuWanted, this, [this, widget](const QPoint &place) { showMenu(widget, place); });
    return widget;
}

void FormView::presentRow(RowWidget *widget, int row)
{
    const FormRow &shown = m_rows[static_cast<size_t>(row)];
    widget->present(*m_model, shown, showsProblemsOf(shown.field));
    chain(widget);
}

/// Puts its parts right behind this view in the order of Tab: new widgets would come after everything else in the
/// window. Among themselves the order does not matter: focusNextPrevChild() knows it.
void FormView::chain(RowWidget *widget)
{
    const QList<QWidget *> parts = widget->findChildren<QWidget *>();
    if (widget->property("chained").toInt() == parts.size()) {
        return;
    }
    for (QWidget *part : parts) {
        if (part->focusPolicy() != Qt::NoFocus && !part->isWindow() && !part->focusProxy()) {
            setTabOrder(this, part);
        }
    }
    widget->setProperty("chained", static_cast<int>(parts.size()));
}

void FormView::putAway(RowWidget *widget)
{
    m_live.remove(keyOf(widget->field(), widget->part()));
    if (m_focused == widget) {
        m_focused = nullptr;
    }
    dropFocus(widget);
    widget->hide();
    widget->release();
    if (m_spare.size() >= mostSpare) {
        m_spare.front()->deleteLater();
        m_spare.erase(m_spare.begin());
    }
    m_spare.push_back(widget);
}

RowWidget *FormView::rowWidget(FieldId field, RowPart part) const
{
    return m_live.value(keyOf(field, part));
}

int FormView::widgetCount() const
{
    return static_cast<int>(m_live.size()) + static_cast<int>(m_spare.size());
}

void FormView::setShowsAllProblems(bool all)
{
    m_showsAll = all;
    m_allStale = true;
    arrange();
}

int FormView::indexOf(const RowWidget *widget) const
{
    return widget ? m_indices.value(keyOf(widget->field(), widget->part()), -1) : -1;
}

int FormView::indexOf(FieldId field) const
{
    for (const FormField *at = m_model ? m_model->field(field) : nullptr; at; at = m_model->field(at->parent)) {
        for (const RowPart part : {RowPart::Field, RowPart::Header}) {
            if (const int row = m_indices.value(keyOf(at->id, part), -1); row >= 0) {
                return row;
            }
        }
    }
    return -1;
}

int FormView::contentHeight() const
{
    return m_heights.total() + grid(2);
}

QSize FormView::sizeHint() const
{
    return {grid(150), std::max(contentHeight(), grid(10))};
}

QSize FormView::minimumSizeHint() const
{
    return {grid(60), grid(20)};
}

void FormView::resizeEvent(QResizeEvent *event)
{
    QAbstractScrollArea::resizeEvent(event);
    m_tail->move(0, height() - 1);
    const int before = contentHeight();
    if (viewport()->width() != m_width) {
        m_measured.clear();
        m_width = viewport()->width();
        rebuildRows();
    }
    arrange();
    if (contentHeight() != before) {
        Q_EMIT contentHeightChanged();
    }
}

void FormView::changeEvent(QEvent *event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_tail && m_model) {
        m_measured.clear();
        rebuildRows();
        arrange();
        Q_EMIT contentHeightChanged();
    }
}

void FormView::scrollContentsBy(int, int)
{
    if (m_arranging) {
        return;
    }
    const int value = verticalScrollBar()->value();
    m_anchorRow = std::max(m_heights.rowAt(value), 0);
    m_anchorOffset = value - m_heights.top(m_anchorRow);
    arrange();
}

} // namespace countersign::ui
