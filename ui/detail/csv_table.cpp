// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/csv_table.h"

#include "core/base/visible_text.h"
#include "core/engine/workspace_threads.h"
#include "ui/detail/counted.h"
#include "ui/detail/run_aside.h"
#include "ui/detail/wrap_label.h"
#include "ui/style/labels.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QWheelEvent>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QScrollBar>
#include <QtWidgets/QTableView>

#include <limits>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int widestColumn = 60;      ///< Characters; a column can be drawn wider by hand.
constexpr int mostColumnsSized = 500; ///< The others stay as wide as they begin.
constexpr int cellLength = 200;       ///< The whole of the chosen cell stands below the table.

} // namespace

void CsvModel::setColumns(const QStringList &header)
{
    beginResetModel();
    m_header = header;
    m_rows.clear();
    m_first = 0;
    endResetModel();
}

void CsvModel::setRows(qint64 first, std::vector<QStringList> rows)
{
    const auto before = static_cast<int>(m_rows.size());
    const auto after = static_cast<int>(rows.size());
    if (after > before) {
        beginInsertRows({}, before, after - 1);
        m_rows.resize(rows.size());
        endInsertRows();
    } else if (after < before) {
        beginRemoveRows({}, after, before - 1);
        m_rows.resize(rows.size());
        endRemoveRows();
    }
    m_rows = std::move(rows);
    m_first = first;
    if (after > 0 && columnCount() > 0) {
        Q_EMIT dataChanged(index(0, 0), index(after - 1, columnCount() - 1));
        Q_EMIT headerDataChanged(Qt::Vertical, 0, after - 1);
    }
}

QString CsvModel::cell(int row, int column) const
{
    return row >= 0 && row < rowCount() ? m_rows[static_cast<size_t>(row)].value(column) : QString();
}

int CsvModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int CsvModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_header.size());
}

QVariant CsvModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || role != Qt::DisplayRole) {
        return {};
    }
    return shortened(cell(index.row(), index.column()), cellLength);
}

QVariant CsvModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role != Qt::DisplayRole) {
        return {};
    }
    return orientation == Qt::Vertical ? QVariant(QString::number(m_first + section + 1))
                                       : QVariant(shortened(m_header.value(section), cellLength));
}

CsvTable::CsvTable(QWidget *parent)
    : QWidget(parent)
    , m_model(new CsvModel(this))
    , m_view(new QTableView(this))
    , m_bar(new QScrollBar(Qt::Vertical, this))
    , m_cell(new WrapLabel({}, TextSize::Small, this))
    , m_count(makeDimLabel({}, TextSize::Small, this))
{
    setObjectName(u"csvTable"_s);
    m_view->setModel(m_model);
    m_view->setAccessibleName(tr("Rows of the file"));
    m_view->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setWordWrap(false);
    m_view->setShowGrid(false);
    m_view->setAlternatingRowColors(true);
    m_view->horizontalHeader()->setStretchLastSection(true);
    m_view->horizontalHeader()->setHighlightSections(false);
    m_view->verticalHeader()->setHighlightSections(false);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_view->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    applyLook();
    m_view->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_view->installEventFilter(this);
    m_view->viewport()->installEventFilter(this);
    m_cell->setMono(true);
    m_cell->hide();
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(grid(2));
    auto *table = new QHBoxLayout;
    table->setSpacing(0);
    table->addWidget(m_view, 1);
    table->addWidget(m_bar);
    rows->addWidget(m_count);
    rows->addLayout(table, 1);
    rows->addWidget(m_cell);
    connect(m_bar, &QScrollBar::valueChanged, this, &CsvTable::load);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex &index) {
        m_cell->setText(m_model->cell(index.row(), index.column()).left(4000));
        m_cell->setVisible(!m_cell->text().isEmpty());
    });
}

void CsvTable::applyLook()
{
    m_view->setFont(monoFont(TextSize::Small));
    for (QHeaderView *header : {m_view->horizontalHeader(), m_view->verticalHeader()}) {
        header->setFont(m_view->font());
        header->setMinimumSectionSize(1); // Its own is of the letters before.
    }
    m_view->verticalHeader()->setDefaultSectionSize(grid(7));
    m_view->horizontalHeader()->setDefaultSectionSize(grid(32));
}

void CsvTable::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_cell) {
        applyLook();
        m_columnsSized = false;
        fit();
    }
}

void CsvTable::setFile(std::shared_ptr<CsvFile> file)
{
    m_file = std::move(file);
    m_columnsSized = false;
    m_model->setColumns(m_file ? m_file->header() : QStringList());
    m_bar->setValue(0);
    m_cell->setText({});
    if (m_file) {
        m_count->setText(counted(tr("%1 rows · %n column(s)", nullptr, static_cast<int>(m_file->header().size())),
                                 static_cast<int>(m_file->header().size()))
                             .arg(QLocale().toString(m_file->rowCount())));
    }
    fit();
}

int CsvTable::rowsThatFit() const
{
    return std::max(m_view->viewport()->height() / m_view->verticalHeader()->defaultSectionSize(), 1);
}

void CsvTable::fit()
{
    if (!m_file) {
        return;
    }
    const qint64 last = std::max<qint64>(m_file->rowCount() - rowsThatFit(), 0);
    m_bar->setRange(0, static_cast<int>(std::min<qint64>(last, std::numeric_limits<int>::max())));
    m_bar->setPageStep(rowsThatFit());
    load();
}

void CsvTable::load()
{
    if (!m_file) {
        return;
    }
    const qint64 first = m_bar->value();
    const int count = rowsThatFit() + 1;
    const int generation = ++m_generation;
    whenDone(runAside([file = m_file, first, count] { return file->rows(first, count); }), this,
             [this, generation, first](const Result<std::vector<QStringList>> &rows) {
                 if (generation != m_generation) {
                     return; // The reviewer has scrolled on.
                 }
                 if (!rows) {
                     Q_EMIT loadFailed(rows.error().message);
                     return;
                 }
                 m_model->setRows(first, *rows);
                 sizeColumns(*rows);
                 Q_EMIT rowsShown(first, static_cast<int>(rows->size()));
             });
}

/// Once for every file, by its first rows: a value that could stand whole is not cut.
void CsvTable::sizeColumns(const std::vector<QStringList> &rows)
{
    if (m_columnsSized) {
        return;
    }
    m_columnsSized = true;
    const QFontMetrics metrics(m_view->font());
    const QStringList &names = m_file->header();
    for (int column = 0; column < std::min(m_model->columnCount(), mostColumnsSized); ++column) {
        qsizetype longest = names.value(column).size();
        for (const QStringList &row : rows) {
            longest = std::max(longest, row.value(column).size());
        }
        const auto characters = static_cast<int>(std::min<qsizetype>(longest, widestColumn)) + 4;
        m_view->setColumnWidth(column, std::max(characters * metrics.horizontalAdvance(u'0') + grid(2), grid(14)));
    }
}

bool CsvTable::page(int direction)
{
    const int before = m_bar->value();
    m_bar->setValue(before + direction * m_bar->pageStep());
    return m_bar->value() != before;
}

void CsvTable::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    fit();
}

bool CsvTable::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::Resize && watched == m_view->viewport()) {
        fit();
    }
    if (event->type() == QEvent::Wheel && watched == m_view->viewport()) {
        const auto *wheel = static_cast<QWheelEvent *>(event);
        if (wheel->angleDelta().y() != 0) {
            m_bar->setValue(m_bar->value() - wheel->angleDelta().y() / 40);
            return true;
        }
    }
    if (event->type() == QEvent::KeyPress && watched == m_view) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        const bool atTop = m_view->currentIndex().row() <= 0;
        const bool atEnd = m_view->currentIndex().row() >= m_model->rowCount() - 2;
        if (key == Qt::Key_PageDown || key == Qt::Key_PageUp) {
            page(key == Qt::Key_PageDown ? 1 : -1);
            return true;
        }
        if (key == Qt::Key_Down && atEnd) {
            m_bar->setValue(m_bar->value() + 1);
            return true;
        }
        if (key == Qt::Key_Up && atTop) {
            m_bar->setValue(m_bar->value() - 1);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace countersign::ui
