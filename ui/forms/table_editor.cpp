// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/table_editor.h"

#include "core/base/visible_text.h"
#include "ui/detail/counted.h"
#include "ui/detail/flow_layout.h"
#include "ui/detail/wrap_label.h"
#include "ui/forms/table_cells.h"
#include "ui/forms/table_delegate.h"
#include "ui/forms/table_model.h"
#include "ui/style/flat_button.h"
#include "ui/style/labels.h"

#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtGui/QKeyEvent>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QTableView>

#include <algorithm>
#include <set>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int fewestRowsShown = 3;
constexpr int mostRowsShown = 12;
constexpr int rowsMeasured = 50; ///< For the width of columns.
constexpr int widestColumn = 40; ///< Characters; a column can be drawn wider by hand.
constexpr int mostColumnsSized = 100;

/// A table in which Tab leaves and Enter, outside a cell that is being edited, is the form's.
class CellView final : public QTableView
{
public:
    using QTableView::QTableView;

protected:
    void keyPressEvent(QKeyEvent *event) override
    {
        if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Escape) {
            event->ignore();
            return;
        }
        QTableView::keyPressEvent(event);
    }
};

FlatButton *makeAct(const QString &label, const QString &name, QWidget *parent)
{
    auto *button = new FlatButton(label, {}, FlatButton::Look::Plain, parent);
    button->setObjectName(name);
    return button;
}

} // namespace

TableEditor::TableEditor(QWidget *parent)
    : FieldEditor(parent)
    , m_model(new TableModel(this))
    , m_view(new CellView(this))
    , m_add(makeAct(tr("Add row"), u"addRow"_s, this))
    , m_duplicate(makeAct(tr("Duplicate"), u"duplicateRows"_s, this))
    , m_remove(makeAct(tr("Delete"), u"removeRows"_s, this))
    , m_up(makeAct(tr("Up"), u"moveUp"_s, this))
    , m_down(makeAct(tr("Down"), u"moveDown"_s, this))
    , m_state(new WrapLabel({}, TextSize::Small, this))
{
    setObjectName(u"tableEditor"_s);
    m_view->setObjectName(u"table"_s);
    m_view->setProperty("takesText", true);
    m_view->setModel(m_model);
    m_view->setItemDelegate(new TableDelegate(m_view));
    m_view->setTabKeyNavigation(false);
    m_view->setWordWrap(false);
    m_view->setEditTriggers(QAbstractItemView::EditKeyPressed | QAbstractItemView::AnyKeyPressed |
                            QAbstractItemView::DoubleClicked);
    m_view->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->horizontalHeader()->setStretchLastSection(true);
    m_view->horizontalHeader()->setHighlightSections(false);
    m_view->verticalHeader()->setHighlightSections(false);
    m_view->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_view->installEventFilter(this);
    m_view->viewport()->installEventFilter(new WheelGuard(this));
    m_state->setObjectName(u"tableState"_s);
    m_state->setInk(WrapLabel::Ink::Dim);
    setPlainToolTip(m_add, tr("Adds a row below the current one (Insert)"));
    setPlainToolTip(m_duplicate, tr("Adds copies of the selected rows (Ctrl+D)"));
    setPlainToolTip(m_remove, tr("Deletes the selected rows (Ctrl+Delete)"));
    setPlainToolTip(m_up, tr("Moves the selected rows up (Alt+Up)"));
    setPlainToolTip(m_down, tr("Moves the selected rows down (Alt+Down)"));
    auto *acts = new FlowLayout(grid(2), grid(1));
    for (FlatButton *button : {m_add, m_duplicate, m_remove, m_up, m_down}) {
        acts->addWidget(button);
    }
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(grid(2));
    rows->addWidget(m_view);
    rows->addWidget(m_state);
    rows->addLayout(acts);
    setFocusProxy(m_view);
    connect(m_add, &FlatButton::clicked, this, &TableEditor::addRow);
    connect(m_duplicate, &FlatButton::clicked, this, &TableEditor::duplicateRows);
    connect(m_remove, &FlatButton::clicked, this, &TableEditor::removeRows);
    connect(m_up, &FlatButton::clicked, this, [this] { moveRows(true); });
    connect(m_down, &FlatButton::clicked, this, [this] { moveRows(false); });
    connect(m_model, &TableModel::edited, this, [this] { afterEdit({}); });
    connect(m_model, &TableModel::refused, this, [this](const QString &why) {
        m_told = why;
        showState();
    });
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, [this] {
        m_told.clear();
        showState();
    });
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, &TableEditor::showState);
    fitHeight();
}

TableEditor::~TableEditor()
{
    // A cell that is still open would be written while the parts go, one by one.
    m_model->disconnect(this);
    m_view->selectionModel()->disconnect(this);
    m_view->removeEventFilter(this);
    m_model->setForm(nullptr);
}

void TableEditor::setForm(FormModel *form)
{
    if (form != m_model->form()) {
        m_field = noField;
        m_model->setForm(form);
    }
}

bool TableEditor::fits(const FormField &field) const
{
    return field.kind == FieldKind::Table;
}

void TableEditor::present(const FormField &field, const JsonValue *, const QString &)
{
    if (field.id != m_field) {
        m_field = field.id;
        m_told.clear();
        m_columnsSized = false;
    }
    m_readOnly = field.readOnly;
    m_least = field.bounds.minItems.value_or(0);
    m_most = field.bounds.maxItems.value_or(-1);
    m_model->show(m_field); // May load the cells' fields: \p field is not used after this.
    if (!m_columnsSized) {
        sizeColumns();
    }
    fitHeight();
    showState();
}

void TableEditor::setWrong(bool wrong)
{
    markWrong(m_view, wrong);
}

void TableEditor::setWords(const QString &name, const QString &description)
{
    m_view->setAccessibleName(name);
    m_view->setAccessibleDescription(description);
    for (FlatButton *button : {m_add, m_duplicate, m_remove, m_up, m_down}) {
        button->setAccessibleName(u"%1: %2"_s.arg(name, button->label()));
    }
}

QWidget *TableEditor::focusTarget()
{
    return m_view;
}

std::vector<QWidget *> TableEditor::tabStops()
{
    std::vector<QWidget *> stops{m_view};
    for (FlatButton *button : {m_add, m_duplicate, m_remove, m_up, m_down}) {
        if (button->isEnabled()) {
            stops.push_back(button);
        }
    }
    return stops;
}

void TableEditor::finish()
{
    // An open cell is the only child of the viewport that takes keys; losing the focus writes it.
    QWidget *focus = focusWidget();
    if (focus && focus != m_view && m_view->viewport()->isAncestorOf(focus)) {
        m_view->setFocus(Qt::OtherFocusReason);
    }
}

void TableEditor::afterEdit(const QString &why)
{
    m_told = why;
    if (!m_columnsSized) {
        sizeColumns();
    }
    fitHeight();
    showState();
    if (why.isEmpty()) {
        Q_EMIT formEdited();
    }
}

std::vector<int> TableEditor::selectedRows() const
{
    std::set<int> rows;
    for (const QModelIndex &index : m_view->selectionModel()->selectedIndexes()) {
        rows.insert(index.row());
    }
    if (rows.empty() && m_view->currentIndex().isValid()) {
        rows.insert(m_view->currentIndex().row());
    }
    return {rows.begin(), rows.end()};
}

void TableEditor::goTo(int row, int column)
{
    const QModelIndex index =
        m_model->index(std::clamp(row, 0, std::max(m_model->rowCount() - 1, 0)), std::max(column, 0));
    m_view->setCurrentIndex(index);
    m_view->scrollTo(index);
}

void TableEditor::addRow()
{
    const int current = m_view->currentIndex().row();
    int added = -1;
    const QString why = m_model->addRow(current < 0 ? -1 : current + 1, added);
    if (why.isEmpty()) {
        goTo(added, 0);
        m_view->setFocus(Qt::OtherFocusReason);
    }
    afterEdit(why);
}

void TableEditor::duplicateRows()
{
    const int column = m_view->currentIndex().column();
    int added = -1;
    const QString why = m_model->duplicateRows(selectedRows(), added);
    if (why.isEmpty()) {
        goTo(added, column);
    }
    afterEdit(why);
}

void TableEditor::removeRows()
{
    const std::vector<int> rows = selectedRows();
    const int column = m_view->currentIndex().column();
    const QString why = m_model->removeRows(rows);
    if (why.isEmpty() && m_model->rowCount() > 0) {
        goTo(rows.front(), column);
    }
    afterEdit(why);
}

void TableEditor::moveRows(bool up)
{
    const std::vector<int> rows = selectedRows();
    if (rows.empty() || rows.back() - rows.front() + 1 != static_cast<int>(rows.size())) {
        afterEdit(rows.empty() ? tr("No row is selected.") : tr("Only rows that stand together can be moved."));
        return;
    }
    const int column = std::max(m_view->currentIndex().column(), 0);
    const QString why = m_model->moveBlock(rows.front(), rows.back(), up);
    if (why.isEmpty()) {
        const int by = up ? -1 : 1;
        goTo(rows.front() + by, column);
        const QItemSelection block(m_model->index(rows.front() + by, column), m_model->index(rows.back() + by, column));
        m_view->selectionModel()->select(block, QItemSelectionModel::ClearAndSelect);
    }
    afterEdit(why);
}

void TableEditor::clearCells()
{
    const QModelIndexList cells = m_view->selectionModel()->selectedIndexes();
    if (!cells.isEmpty()) {
        const QString why = m_model->clearCells(cells);
        m_model->sync();
        afterEdit(why);
    }
}

void TableEditor::copyCells()
{
    const QModelIndexList cells = m_view->selectionModel()->selectedIndexes();
    if (cells.isEmpty()) {
        return;
    }
    int left = cells.first().column();
    int right = left;
    for (const QModelIndex &index : cells) {
        left = std::min(left, index.column());
        right = std::max(right, index.column());
    }
    std::vector<QStringList> rows;
    for (const int row : selectedRows()) {
        QStringList texts;
        for (int column = left; column <= right; ++column) {
            const QModelIndex index = m_model->index(row, column);
            const bool chosen = cells.contains(index) &&
                                index.data(TableModel::KindRole).toInt() != static_cast<int>(FieldKind::Secret);
            texts += chosen ? index.data(Qt::EditRole).toString() : QString();
        }
        rows.push_back(texts);
    }
    QGuiApplication::clipboard()->setText(writeTabSeparated(rows));
}

void TableEditor::pasteCells()
{
    const QModelIndex at = m_view->currentIndex();
    const QPoint place(std::max(at.column(), 0), at.isValid() ? at.row() : m_model->rowCount());
    int pasted = 0;
    const QString why = m_model->paste(at, QGuiApplication::clipboard()->text(), pasted);
    if (why.isEmpty()) {
        goTo(place.y() + pasted - 1, place.x());
    }
    afterEdit(why);
}

void TableEditor::showState()
{
    const QLocale locale;
    const int rows = m_model->rowCount();
    const QString fixed = m_readOnly ? tr("This table must not be changed.") : QString();
    const bool none = selectedRows().empty();
    const QString nothing = none ? tr("No row is selected.") : QString();
    const bool full = rows >= (m_most >= 0 ? m_most : qint64(mostTableRows));
    const QString noRoom = full ? tr("There may be at most %1 rows.").arg(locale.toString(rows)) : QString();
    m_add->setDisabledReason(m_readOnly ? fixed : noRoom);
    m_duplicate->setDisabledReason(m_readOnly ? fixed : none ? nothing : noRoom);
    for (FlatButton *button : {m_remove, m_up, m_down}) {
        button->setDisabledReason(m_readOnly ? fixed : nothing);
    }
    QString words = m_told;
    const QModelIndex current = m_view->currentIndex();
    if (words.isEmpty() && current.isValid()) {
        const QString problem = displayText(current.data(TableModel::ProblemRole).toString()).text;
        if (!problem.isEmpty()) {
            words = tr("Row %1, %2: %3")
                        .arg(locale.toString(current.row() + 1), m_model->columnName(current.column()), problem);
        }
    }
    if (words.isEmpty()) {
        words = counted(tr("%n row(s)", nullptr, rows), rows);
        if (m_least > 0 && m_most >= 0) {
            words += u" · "_s + tr("%1 to %2").arg(locale.toString(m_least), locale.toString(m_most));
        } else if (m_least > 0) {
            words += u" · "_s + tr("at least %1").arg(locale.toString(m_least));
        } else if (m_most >= 0) {
            words += u" · "_s + tr("at most %1").arg(locale.toString(m_most));
        }
        words += u" · "_s + (rows > 0 ? tr("typing or F2 edits a cell") : tr("Insert or “Add row” adds the first"));
    }
    if (words != m_state->text()) {
        const int before = m_state->heightForWidth(m_state->width());
        m_state->setText(words);
        if (m_state->heightForWidth(m_state->width()) != before) {
            Q_EMIT heightChanged();
        }
    }
}

/// Once for every field, by its first rows.
void TableEditor::sizeColumns()
{
    m_columnsSized = m_model->rowCount() > 0;
    const QFontMetrics metrics(m_view->font());
    for (int column = 0; column < std::min(m_model->columnCount(), mostColumnsSized); ++column) {
        qsizetype longest = m_model->columnName(column).size() + 2;
        for (int row = 0; row < std::min(m_model->rowCount(), rowsMeasured); ++row) {
            longest = std::max(longest, m_model->index(row, column).data().toString().size());
        }
        const auto characters = static_cast<int>(std::min<qsizetype>(longest, widestColumn)) + 2;
        m_view->setColumnWidth(column, std::max(characters * metrics.averageCharWidth() + grid(2), grid(18)));
    }
}

void TableEditor::fitHeight()
{
    m_view->verticalHeader()->setDefaultSectionSize(grid(7));
    const int rows = std::clamp(m_model->rowCount(), fewestRowsShown, mostRowsShown);
    const int height = m_view->horizontalHeader()->sizeHint().height() + rows * grid(7) + 2 * m_view->frameWidth() +
                       m_view->style()->pixelMetric(QStyle::PM_ScrollBarExtent);
    if (height != m_view->minimumHeight()) {
        m_view->setFixedHeight(height);
        updateGeometry();
        Q_EMIT heightChanged();
    }
}

bool TableEditor::handleKey(int key, Qt::KeyboardModifiers held)
{
    if (held == Qt::AltModifier && (key == Qt::Key_Up || key == Qt::Key_Down)) {
        moveRows(key == Qt::Key_Up);
        return true;
    }
    if (held == Qt::ControlModifier) {
        switch (key) {
        case Qt::Key_D:
            duplicateRows();
            return true;
        case Qt::Key_Delete:
            removeRows();
            return true;
        case Qt::Key_C:
            copyCells();
            return true;
        case Qt::Key_V:
            pasteCells();
            return true;
        default:
            return false;
        }
    }
    if (held == Qt::NoModifier) {
        switch (key) {
        case Qt::Key_Insert:
            addRow();
            return true;
        case Qt::Key_Delete:
        case Qt::Key_Backspace:
            clearCells();
            return true;
        default:
            return false;
        }
    }
    return false;
}

bool TableEditor::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_view && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        if (handleKey(key->key(), key->modifiers() & ~Qt::KeypadModifier)) {
            return true;
        }
    }
    return FieldEditor::eventFilter(watched, event);
}

void TableEditor::changeEvent(QEvent *event)
{
    FieldEditor::changeEvent(event);
    if (event->type() == QEvent::StyleChange) {
        fitHeight();
        sizeColumns();
    }
}

} // namespace countersign::ui
