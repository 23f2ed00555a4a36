// SPDX-License-Identifier: Apache-2.0
#include "ui/connections/frames_view.h"

#include "core/base/visible_text.h"
#include "ui/connections/connection_words.h"
#include "ui/style/labels.h"

#include <QtCore/QDateTime>
#include <QtCore/QEvent>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QTableView>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr int longestType = 80;
constexpr int mostRowsAtOnce = 10; ///< More scroll.

bool isSame(const LoggedFrame &one, const LoggedFrame &other)
{
    return one.at == other.at && one.direction == other.direction && one.bytes == other.bytes &&
           one.type == other.type && one.text == other.text;
}

} // namespace

bool FramesModel::setFrames(std::vector<LoggedFrame> newestLast)
{
    if (newestLast.size() > mostShown) {
        newestLast.erase(newestLast.begin(), newestLast.end() - static_cast<std::ptrdiff_t>(mostShown));
    }
    std::reverse(newestLast.begin(), newestLast.end());
    if (std::equal(newestLast.begin(), newestLast.end(), m_frames.begin(), m_frames.end(), isSame)) {
        return false;
    }
    beginResetModel();
    m_frames = std::move(newestLast);
    endResetModel();
    return true;
}

int FramesModel::rowOf(const LoggedFrame &frame) const
{
    const auto place = std::find_if(m_frames.begin(), m_frames.end(),
                                    [&frame](const LoggedFrame &other) { return isSame(frame, other); });
    return place == m_frames.end() ? -1 : static_cast<int>(place - m_frames.begin());
}

int FramesModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_frames.size());
}

int FramesModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : Columns;
}

QVariant FramesModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount()) {
        return {};
    }
    const LoggedFrame &one = frame(index.row());
    const bool sent = one.direction == LoggedFrame::Direction::Sent;
    if (role == Qt::AccessibleTextRole && index.column() == Way) {
        return sent ? tr("sent") : tr("received");
    }
    if (role == Qt::TextAlignmentRole && index.column() == Size) {
        return static_cast<int>(Qt::AlignRight | Qt::AlignVCenter);
    }
    if (role == Qt::FontRole) {
        return monoFont(TextSize::Small);
    }
    if (role == Qt::ForegroundRole) {
        return index.column() == Type          ? colours().text
               : index.column() == Way && sent ? colours().accent
                                               : colours().dim;
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (index.column()) {
    case When:
        return QDateTime::fromMSecsSinceEpoch(toUnixMs(one.at)).time().toString(u"HH:mm:ss.zzz"_s);
    case Way:
        return sent ? u"↑"_s : u"↓"_s;
    case Type:
        return one.type.isEmpty() ? tr("(no type)") : shortened(displayText(one.type).text, longestType);
    case Size:
        return sizeWords(one.bytes);
    default:
        return {};
    }
}

FramesView::FramesView(QWidget *parent)
    : QWidget(parent)
    , m_model(new FramesModel(this))
    , m_rows(new QTableView(this))
    , m_text(new QPlainTextEdit(this))
    , m_none(makeDimLabel(tr("Nothing was sent or received yet."), TextSize::Small, this))
{
    m_rows->setModel(m_model);
    m_rows->setObjectName(u"frames"_s);
    m_rows->setAccessibleName(tr("Frames, newest first"));
    m_rows->setFrameShape(QFrame::NoFrame);
    m_rows->setShowGrid(false);
    m_rows->setWordWrap(false);
    m_rows->setTabKeyNavigation(false);
    m_rows->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_rows->setSelectionMode(QAbstractItemView::SingleSelection);
    m_rows->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_rows->horizontalHeader()->hide();
    m_rows->verticalHeader()->hide();
    m_rows->horizontalHeader()->setSectionResizeMode(FramesModel::Type, QHeaderView::Stretch);
    m_text->setObjectName(u"frameText"_s);
    m_text->setAccessibleName(tr("The beginning of the selected frame"));
    m_text->setReadOnly(true);
    m_text->setTabChangesFocus(true);
    m_text->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    m_text->hide();
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->addWidget(m_none);
    rows->addWidget(m_rows);
    rows->addWidget(m_text);
    m_rows->hide();
    connect(m_rows->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &FramesView::showSelected);
    applyGrid();
}

void FramesView::setFrames(std::vector<LoggedFrame> newestLast)
{
    const QModelIndex current = m_rows->currentIndex();
    const std::optional<LoggedFrame> before =
        current.isValid() ? std::optional(m_model->frame(current.row())) : std::nullopt;
    if (!m_model->setFrames(std::move(newestLast))) {
        return;
    }
    const int row = before ? m_model->rowOf(*before) : -1;
    if (row >= 0) {
        m_rows->setCurrentIndex(m_model->index(row, FramesModel::Type));
    }
    m_none->setVisible(m_model->rowCount() == 0);
    m_rows->setVisible(m_model->rowCount() > 0);
    fitRows();
    showSelected();
}

void FramesView::showSelected()
{
    const QModelIndex current = m_rows->currentIndex();
    m_text->setVisible(current.isValid());
    if (current.isValid()) {
        const QString visible = displayText(m_model->frame(current.row()).text, TextShape::Lines).text;
        if (m_text->toPlainText() != visible) {
            m_text->setPlainText(visible);
        }
    }
}

void FramesView::fitRows()
{
    const int rows = std::clamp(m_model->rowCount(), 1, mostRowsAtOnce);
    m_rows->setFixedHeight(m_rows->verticalHeader()->defaultSectionSize() * rows + 2 * m_rows->frameWidth());
}

void FramesView::applyGrid()
{
    QPalette look = m_rows->palette();
    look.setColor(QPalette::Highlight, colours().selection);
    look.setColor(QPalette::HighlightedText, colours().text);
    m_rows->setPalette(look);
    const QFontMetrics mono(monoFont(TextSize::Small));
    m_rows->verticalHeader()->setMinimumSectionSize(1); // Its own is of the letters before.
    m_rows->verticalHeader()->setDefaultSectionSize(mono.height() + grid(2));
    m_rows->setColumnWidth(FramesModel::When, mono.horizontalAdvance(u"00:00:00.000"_s) + grid(4));
    m_rows->setColumnWidth(FramesModel::Way, grid(8));
    m_rows->setColumnWidth(FramesModel::Size, mono.horizontalAdvance(u"999.9 kB"_s) + grid(4));
    fitRows();
    m_text->setFont(monoFont(TextSize::Small));
    m_text->setFixedHeight(mono.height() * 6 + grid(3));
}

void FramesView::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_text) {
        applyGrid();
    }
}

} // namespace countersign::ui
