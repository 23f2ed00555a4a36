// SPDX-License-Identifier: Apache-2.0
#include "ui/tools/tool_result_view.h"

#include "core/engine/workspace_threads.h"
#include "ui/detail/payload_view.h"
#include "ui/detail/run_aside.h"
#include "ui/detail/wrap_label.h"
#include "ui/forms/segment_switch.h"
#include "ui/style/labels.h"

#include <QtCore/QEvent>
#include <QtGui/QPixmap>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QStackedWidget>
#include <QtWidgets/QTableView>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr int widestColumn = 90; ///< Of the grid.

QString kindWord(ToolResultView::Kind kind)
{
    switch (kind) {
    case ToolResultView::Kind::Text:
        return ToolResultView::tr("Text");
    case ToolResultView::Kind::Table:
        return ToolResultView::tr("Table");
    case ToolResultView::Kind::Pictures:
        return ToolResultView::tr("Pictures");
    case ToolResultView::Kind::Json:
        break;
    }
    return ToolResultView::tr("JSON");
}

QWidget *picturesPage(const std::vector<ToolResult::Picture> &pictures)
{
    auto *page = new QWidget;
    page->setAutoFillBackground(false);
    auto *rows = new QVBoxLayout(page);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(grid(2));
    for (const ToolResult::Picture &picture : pictures) {
        if (!picture.image.isNull()) {
            QLabel *label = makeLabel({}, TextSize::Body, page);
            label->setObjectName(u"resultPicture"_s);
            label->setPixmap(QPixmap::fromImage(picture.image));
            label->setAccessibleName(ToolResultView::tr("A picture, %1").arg(picture.note));
            rows->addWidget(label, 0, Qt::AlignLeft);
        }
        auto *note = new WrapLabel(picture.note, TextSize::Small, page);
        note->setInk(WrapLabel::Ink::Dim);
        rows->addWidget(note);
    }
    rows->addStretch(1);
    return page;
}

} // namespace

void ResultTable::setCells(QStringList columns, std::vector<QStringList> cells)
{
    beginResetModel();
    m_columns = std::move(columns);
    m_cells = std::move(cells);
    endResetModel();
}

int ResultTable::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_cells.size());
}

int ResultTable::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_columns.size());
}

QVariant ResultTable::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || (role != Qt::DisplayRole && role != Qt::AccessibleTextRole)) {
        return {};
    }
    return m_cells[static_cast<size_t>(index.row())].value(index.column());
}

QVariant ResultTable::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role == Qt::TextAlignmentRole && orientation == Qt::Horizontal) {
        return static_cast<int>(Qt::AlignLeft | Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    return orientation == Qt::Horizontal ? QVariant(m_columns.value(section)) : QVariant(section + 1);
}

ToolResultView::ToolResultView(const Clock &clock, QWidget *parent)
    : QWidget(parent)
{
    setObjectName(u"toolResult"_s);
    m_switch = new SegmentSwitch(this);
    m_switch->setObjectName(u"resultKinds"_s);
    m_note = new WrapLabel({}, TextSize::Small, this);
    m_note->setObjectName(u"resultNote"_s);
    m_note->setInk(WrapLabel::Ink::Dim);
    m_note->hide();
    m_pages = new QStackedWidget(this);
    m_nothing = new QWidget(m_pages);
    m_text = new PayloadView(clock, PayloadShape::Text, PayloadView::Height::OwnScrolling, m_pages);
    m_text->setObjectName(u"resultText"_s);
    m_text->setAccessibleName(tr("The result as text"));
    m_json = new PayloadView(clock, PayloadShape::Fields, PayloadView::Height::OwnScrolling, m_pages);
    m_json->setObjectName(u"resultJson"_s);
    m_json->setAccessibleName(tr("The result as JSON"));
    m_rows = new QTableView(m_pages);
    m_table = new ResultTable(this);
    m_rows->setModel(m_table);
    m_rows->setObjectName(u"resultTable"_s);
    m_rows->setAccessibleName(tr("The result as a table"));
    m_rows->setFrameShape(QFrame::NoFrame);
    m_rows->setWordWrap(false);
    m_rows->setTabKeyNavigation(false);
    m_rows->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_rows->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_rows->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_pictures = new QScrollArea(m_pages);
    m_pictures->setObjectName(u"resultPictures"_s);
    m_pictures->setAccessibleName(tr("Pictures of the result"));
    m_pictures->setFrameShape(QFrame::NoFrame);
    m_pictures->setWidgetResizable(true);
    m_pictures->viewport()->setAutoFillBackground(false);
    for (QWidget *page : std::initializer_list<QWidget *>{m_nothing, m_text, m_json, m_rows, m_pictures}) {
        m_pages->addWidget(page);
    }
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->addWidget(m_switch, 0, Qt::AlignLeft);
    rows->addWidget(m_note);
    rows->addWidget(m_pages, 1);
    connect(m_switch, &SegmentSwitch::chosen, this, [this](int index) {
        if (index >= 0 && index < static_cast<int>(m_kinds.size())) {
            showKind(m_kinds[static_cast<size_t>(index)]);
        }
    });
    applyGrid();
    clear();
}

void ToolResultView::clear()
{
    ++m_generation;
    m_isReading = false;
    m_result.clear();
    m_kinds.clear();
    m_switch->hide();
    m_note->hide();
    m_pages->setCurrentWidget(m_nothing);
    m_text->setRows({});
    m_json->setRows({});
    m_table->setCells({}, {});
    delete m_pictures->takeWidget();
}

void ToolResultView::setResult(const QByteArray &result)
{
    if (result == m_result) {
        return;
    }
    clear();
    m_result = result;
    m_isReading = true;
    whenDone(runAside([result] { return readToolResult(result); }), this,
             [this, generation = m_generation](const ToolResult &read) {
                 if (generation == m_generation) {
                     m_isReading = false;
                     apply(read);
                 }
             });
}

void ToolResultView::apply(const ToolResult &result)
{
    m_kinds.clear();
    if (!result.pictures.empty()) {
        m_kinds.push_back(Kind::Pictures);
        m_pictures->setWidget(picturesPage(result.pictures));
        m_pictures->widget()->setAutoFillBackground(false);
    }
    if (result.hasTable()) {
        m_kinds.push_back(Kind::Table);
        m_table->setCells(result.columns, result.cells);
        m_rows->resizeColumnsToContents();
        for (int column = 0; column < m_table->columnCount(); ++column) {
            m_rows->setColumnWidth(column, std::min(m_rows->columnWidth(column) + grid(2), grid(widestColumn)));
        }
    }
    if (!result.text.isEmpty()) {
        m_kinds.push_back(Kind::Text);
        m_text->setRows(result.text);
    }
    m_kinds.push_back(Kind::Json);
    m_json->setRows(result.json);
    std::vector<QString> labels;
    for (const Kind kind : m_kinds) {
        labels.push_back(kindWord(kind));
    }
    m_switch->setLabels(labels);
    m_switch->setWords(tr("Shown as"), {});
    m_switch->setVisible(m_kinds.size() > 1);
    m_note->setText(result.note);
    m_note->setVisible(!result.note.isEmpty());
    showKind(m_kinds.front());
    Q_EMIT shown();
}

ToolResultView::Kind ToolResultView::kind() const
{
    const int index = m_switch->current();
    return index >= 0 && index < static_cast<int>(m_kinds.size()) ? m_kinds[static_cast<size_t>(index)] : Kind::Json;
}

void ToolResultView::showKind(Kind kind)
{
    const auto place = std::find(m_kinds.begin(), m_kinds.end(), kind);
    if (place == m_kinds.end()) {
        return;
    }
    m_switch->setCurrent(static_cast<int>(place - m_kinds.begin()));
    QWidget *page = kind == Kind::Text    ? static_cast<QWidget *>(m_text)
                    : kind == Kind::Json  ? static_cast<QWidget *>(m_json)
                    : kind == Kind::Table ? static_cast<QWidget *>(m_rows)
                                          : static_cast<QWidget *>(m_pictures);
    m_pages->setCurrentWidget(page);
}

bool ToolResultView::page(int direction)
{
    if (m_pages->currentWidget() == m_text) {
        return m_text->page(direction);
    }
    return m_pages->currentWidget() == m_json && m_json->page(direction);
}

void ToolResultView::applyGrid()
{
    layout()->setSpacing(grid(2));
    QPalette look = m_rows->palette();
    look.setColor(QPalette::Highlight, colours().selection);
    look.setColor(QPalette::HighlightedText, colours().text);
    m_rows->setPalette(look);
    m_rows->setFont(uiFont(TextSize::Small));
    m_rows->verticalHeader()->setMinimumSectionSize(1); // Its own is of the letters before.
    m_rows->verticalHeader()->setDefaultSectionSize(QFontMetrics(m_rows->font()).height() + grid(2));
}

void ToolResultView::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_rows && layout()) {
        applyGrid();
    }
}

} // namespace countersign::ui
