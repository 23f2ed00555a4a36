// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/evidence_panel.h"

#include "core/engine/workspace_threads.h"
#include "ui/detail/counted.h"
#include "ui/detail/csv_table.h"
#include "ui/detail/payload_view.h"
#include "ui/detail/run_aside.h"
#include "ui/detail/wrap_label.h"
#include "ui/style/card.h"
#include "ui/style/icons.h"
#include "ui/style/labels.h"

#include <QtCore/QFileInfo>
#include <QtGui/QImageReader>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QListWidget>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QStackedWidget>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 longestText = 4 * 1024 * 1024;
constexpr int largestSide = 12'000;
constexpr int shownSide = 2'400;
constexpr int pictureMegabytes = 192;
constexpr int lowSteps = 90; ///< Of the grid: 360 px at 100 %.

QString sizeWords(qint64 bytes)
{
    return QLocale().formattedDataSize(bytes, 1, QLocale::DataSizeTraditionalFormat);
}

QString suffixOf(const EvidenceItem &item)
{
    return QFileInfo(item.name).suffix().toLower();
}

bool isTable(const EvidenceItem &item)
{
    return item.mediaType == u"text/csv"_s || suffixOf(item) == u"csv"_s || suffixOf(item) == u"tsv"_s;
}

/// By its first bytes, never by what the agent calls it.
QByteArray pictureFormat(const QByteArray &start)
{
    if (start.startsWith("\x89PNG\r\n\x1a\n")) {
        return "png";
    }
    return start.startsWith("\xff\xd8\xff") ? QByteArray("jpeg") : QByteArray();
}

void readPicture(QFile &file, const QByteArray &format, OpenedEvidence &opened)
{
    QImageReader::setAllocationLimit(pictureMegabytes);
    QImageReader reader(&file, format);
    reader.setAutoDetectImageFormat(false);
    reader.setAutoTransform(true);
    const QSize size = reader.size();
    if (!size.isValid() || size.width() > largestSide || size.height() > largestSide) {
        opened.note =
            QObject::tr("This picture is not shown: it is larger than %1 pixels a side, or broken.").arg(largestSide);
        return;
    }
    if (size.width() > shownSide || size.height() > shownSide) {
        reader.setScaledSize(size.scaled(shownSide, shownSide, Qt::KeepAspectRatio));
        opened.note = QObject::tr("%1 × %2 pixels, shown smaller.")
                          .arg(QString::number(size.width()), QString::number(size.height()));
    } else {
        opened.note = QObject::tr("%1 × %2 pixels.").arg(QString::number(size.width()), QString::number(size.height()));
    }
    opened.picture = reader.read();
    if (opened.picture.isNull()) {
        opened.note = QObject::tr("This picture is not shown: it is broken.");
        return;
    }
    opened.kind = OpenedEvidence::Kind::Picture;
}

} // namespace

Result<OpenedEvidence> openEvidence(const BlobStore &blobs, const EvidenceItem &item)
{
    Result<std::unique_ptr<QFile>> file = blobs.open(item.sha256);
    if (!file) {
        return file.error();
    }
    OpenedEvidence opened;
    QFile &device = **file;
    device.seek(0);
    const QByteArray start = device.peek(8192);
    const QByteArray format = pictureFormat(start);
    if (!format.isEmpty()) {
        readPicture(device, format, opened);
        return opened;
    }
    if (start.contains('\0')) {
        opened.note = QObject::tr("Not text, a table or a picture that can be shown: its size and hash stand above.");
        return opened;
    }
    if (isTable(item)) {
        Result<std::shared_ptr<CsvFile>> table = CsvFile::index(*std::move(file));
        if (table && !(*table)->header().isEmpty()) {
            opened.kind = OpenedEvidence::Kind::Table;
            opened.table = *std::move(table);
            return opened;
        }
        Result<std::unique_ptr<QFile>> again = blobs.open(item.sha256);
        if (!again) {
            return again.error();
        }
        (*again)->seek(0);
        opened.rows = textRows((*again)->read(longestText));
    } else {
        opened.rows = textRows(device.read(longestText));
    }
    opened.kind = OpenedEvidence::Kind::Text;
    if (item.size > longestText) {
        opened.note = QObject::tr("The first %1 of %2 are shown; the rest is not.")
                          .arg(sizeWords(longestText), sizeWords(item.size));
    }
    return opened;
}

EvidencePanel::EvidencePanel(const Clock &clock, const QString &blobFolder, QWidget *parent)
    : QWidget(parent)
    , m_clock(clock)
    , m_blobs(blobFolder)
{
    setObjectName(u"evidence"_s);
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(grid(6), grid(5), grid(6), grid(5));
    rows->setSpacing(grid(3));
    m_list = new QListWidget(this);
    m_list->setObjectName(u"evidenceList"_s);
    m_list->setAccessibleName(tr("Evidence files"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setUniformItemSizes(true);
    auto *files = new Card(tr("Files"), Card::Edge::Solid, this);
    m_files = files;
    files->body()->addWidget(m_list);
    m_hash = new WrapLabel({}, TextSize::Tiny, files);
    m_hash->setMono(true);
    m_hash->setInk(WrapLabel::Ink::Dim);
    files->body()->addWidget(m_hash);
    rows->addWidget(files);

    m_problem = new Card({}, Card::Edge::Solid, this);
    m_problem->setObjectName(u"evidenceProblem"_s);
    auto *problem = static_cast<Card *>(m_problem)->body();
    auto *line = new QHBoxLayout;
    auto *icon = makeLabel({}, TextSize::Body, m_problem);
    icon->setPixmap(iconPixmap(u"warning"_s, colours().bad, grid(5), devicePixelRatioF()));
    m_problemText = new WrapLabel({}, TextSize::Body, m_problem);
    m_problemText->setWeight(QFont::DemiBold);
    line->addWidget(icon, 0, Qt::AlignTop);
    line->addWidget(m_problemText, 1);
    problem->addLayout(line);
    m_problem->hide();
    rows->addWidget(m_problem);

    auto *viewer = new Card(tr("Content"), Card::Edge::Solid, this);
    m_content = viewer;
    m_note = new WrapLabel({}, TextSize::Small, viewer);
    m_note->setInk(WrapLabel::Ink::Dim);
    viewer->body()->addWidget(m_note);
    m_viewer = new QStackedWidget(viewer);
    m_viewer->addWidget(new QWidget(m_viewer));
    m_text = new PayloadView(clock, PayloadShape::Text, PayloadView::Height::OwnScrolling, m_viewer);
    m_text->setObjectName(u"evidenceText"_s);
    m_text->setAccessibleName(tr("Text of the file"));
    m_viewer->addWidget(m_text);
    m_table = new CsvTable(m_viewer);
    m_viewer->addWidget(m_table);
    auto *scroll = new QScrollArea(m_viewer);
    scroll->setFrameShape(QFrame::NoFrame);
    m_picture = makeLabel({}, TextSize::Body, scroll);
    m_picture->setObjectName(u"evidencePicture"_s);
    scroll->setWidget(m_picture);
    m_viewer->addWidget(scroll);
    viewer->body()->addWidget(m_viewer, 1);
    rows->addWidget(viewer, 1);
    connect(m_list, &QListWidget::currentRowChanged, this, &EvidencePanel::open);
    connect(m_table, &CsvTable::loadFailed, this, &EvidencePanel::showProblem);
}

void EvidencePanel::setItems(const std::vector<EvidenceItem> &items)
{
    if (items == m_items) {
        return;
    }
    ++m_generation;
    QPalette look = m_list->palette();
    look.setColor(QPalette::Highlight, colours().selection);
    look.setColor(QPalette::HighlightedText, colours().text);
    m_list->setPalette(look);
    m_items = items;
    m_problems.assign(items.size(), {});
    m_unchecked = static_cast<int>(items.size());
    const QSignalBlocker quiet(m_list);
    m_list->clear();
    for (size_t i = 0; i < items.size(); ++i) {
        m_list->addItem(QString());
        m_list->item(static_cast<int>(i))->setSizeHint({grid(20), grid(7)});
        describe(i);
        check(i);
    }
    adapt();
    m_problem->hide();
    m_viewer->setCurrentIndex(0);
    m_note->setText({});
    m_hash->setText({});
    if (!items.empty()) {
        m_list->setCurrentRow(0);
        open(0);
    }
    Q_EMIT obstacleChanged();
}

void EvidencePanel::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    adapt();
}

void EvidencePanel::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_content) {
        adapt();
    }
}

/// In a low window the file gets the room.
void EvidencePanel::adapt()
{
    const bool low = height() < grid(lowSteps);
    layout()->setContentsMargins(grid(6), grid(low ? 2 : 5), grid(6), grid(low ? 2 : 5));
    m_files->setTitle(low ? QString() : tr("Files"));
    m_content->setTitle(low ? QString() : tr("Content"));
    m_hash->setVisible(!low);
    for (int row = 0; row < m_list->count(); ++row) {
        m_list->item(row)->setSizeHint({grid(20), grid(7)});
    }
    m_list->setFixedHeight(grid(7) * std::clamp(m_list->count(), 1, low ? 1 : 5) + 2);
}

void EvidencePanel::describe(size_t index)
{
    const EvidenceItem &item = m_items[index];
    const QString name = shortened(displayText(item.name).text, 120);
    const QString type =
        item.mediaType.isEmpty() ? QString() : u" · "_s + shortened(displayText(item.mediaType).text, 60);
    QListWidgetItem *row = m_list->item(static_cast<int>(index));
    row->setText(name + u" · "_s + sizeWords(item.size) + type +
                 (m_problems[index].isEmpty() ? QString() : u" · "_s + tr("CHANGED OR MISSING")));
    row->setForeground(m_problems[index].isEmpty() ? colours().text : colours().bad);
}

void EvidencePanel::check(size_t index)
{
    const EvidenceItem item = m_items[index];
    whenDone(
        runAside([blobs = m_blobs, item]() -> Result<> {
            const Result<std::unique_ptr<QFile>> file = blobs.open(item.sha256);
            return file ? Result<>() : Result<>(file.error());
        }),
        this, [this, index, item, generation = m_generation](const Result<> &checked) {
            if (generation != m_generation) {
                return;
            }
            --m_unchecked;
            if (!checked) {
                const QString name = shortened(displayText(item.name).text, 80);
                m_problems[index] =
                    checked.error().code == ErrorCode::NotFound
                        ? tr("The evidence file “%1” is missing from the workspace: nothing can be approved on it.")
                              .arg(name)
                        : tr("The evidence file “%1” is not the one that was attached: its content was changed. "
                             "Nothing can be approved on it.")
                              .arg(name);
                describe(index);
                showProblem(m_problems[index]);
            }
            Q_EMIT obstacleChanged();
        });
}

QString EvidencePanel::obstacle() const
{
    for (const QString &problem : m_problems) {
        if (!problem.isEmpty()) {
            return problem;
        }
    }
    return m_unchecked > 0 ? counted(tr("Checking %n evidence file(s)…", nullptr, m_unchecked), m_unchecked)
                           : QString();
}

void EvidencePanel::open(int index)
{
    if (index < 0 || index >= static_cast<int>(m_items.size())) {
        return;
    }
    const EvidenceItem item = m_items[static_cast<size_t>(index)];
    m_hash->setText(tr("sha256 %1").arg(item.sha256.hex()));
    m_note->setText(tr("Opening…"));
    const int opening = ++m_opening;
    whenDone(runAside([blobs = m_blobs, item] { return openEvidence(blobs, item); }), this,
             [this, opening, item](const Result<OpenedEvidence> &result) {
                 if (opening == m_opening) {
                     apply(result, item);
                 }
             });
}

void EvidencePanel::apply(const Result<OpenedEvidence> &result, const EvidenceItem &item)
{
    Q_UNUSED(item)
    if (!result) {
        m_viewer->setCurrentIndex(0);
        m_note->setText(tr("Not shown."));
        Q_EMIT opened();
        return;
    }
    m_note->setText(result->note);
    m_note->setVisible(!result->note.isEmpty());
    switch (result->kind) {
    case OpenedEvidence::Kind::Text:
        m_text->setRows(result->rows);
        m_viewer->setCurrentIndex(1);
        break;
    case OpenedEvidence::Kind::Table:
        m_table->setFile(result->table);
        m_viewer->setCurrentIndex(2);
        break;
    case OpenedEvidence::Kind::Picture:
        m_picture->setPixmap(QPixmap::fromImage(result->picture));
        m_picture->adjustSize();
        m_viewer->setCurrentIndex(3);
        break;
    case OpenedEvidence::Kind::Other:
        m_viewer->setCurrentIndex(0);
        break;
    }
    Q_EMIT opened();
}

void EvidencePanel::showProblem(const QString &sentence)
{
    m_problemText->setText(sentence);
    m_problem->show();
}

void EvidencePanel::page(int direction)
{
    if (m_viewer->currentIndex() == 1) {
        m_text->page(direction);
    } else if (m_viewer->currentIndex() == 2) {
        m_table->page(direction);
    }
}

} // namespace countersign::ui
