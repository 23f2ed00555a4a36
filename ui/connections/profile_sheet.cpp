// SPDX-License-Identifier: Apache-2.0
#include "ui/connections/profile_sheet.h"

#include "core/base/visible_text.h"
#include "ui/detail/time_words.h"
#include "ui/detail/wrap_label.h"
#include "ui/style/flat_button.h"
#include "ui/style/labels.h"

#include <QtGui/QKeyEvent>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QGridLayout>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QTableWidget>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign::ui {
namespace {

constexpr auto typingRest = 250ms;
constexpr auto watchStep = 700ms;
constexpr qsizetype mostState = 20'000; ///< Bytes of the state that are shown.
constexpr size_t mostItems = 100;
constexpr int mostCell = 200;
constexpr int narrowSteps = 200; ///< Of the grid: 800 px at 100 %.

enum Column { StandColumn, IdColumn, TitleColumn, ToolColumn, ArgumentsColumn, ExpiryColumn, ColumnCount };

QString cell(const QString &outside)
{
    return shortened(displayText(outside).text, mostCell);
}

} // namespace

ProfileSheet::ProfileSheet(ConnectionService &service, QWidget *window)
    : Sheet(Place::Centre, window)
    , m_service(service)
{
    setObjectName(u"profileSheet"_s);
    setAccessibleName(tr("What the agent's state means"));
    auto *scroll = new QScrollArea(card());
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->viewport()->setAutoFillBackground(false);
    scroll->setWidget(makePage());
    scroll->widget()->setAutoFillBackground(false);
    m_title = new WrapLabel({}, TextSize::Title, card());
    m_save = new FlatButton(tr("Save"), u"Ctrl ⏎"_s, FlatButton::Look::Primary, card());
    m_save->setObjectName(u"saveProfile"_s);
    auto *builtIn = new FlatButton(tr("Start from the built-in one"), {}, FlatButton::Look::Plain, card());
    builtIn->setObjectName(u"builtInProfile"_s);
    auto *cancel = new FlatButton(tr("Cancel"), u"Esc"_s, FlatButton::Look::Plain, card());
    connect(m_save, &FlatButton::clicked, this, &ProfileSheet::save);
    connect(cancel, &FlatButton::clicked, this, &ProfileSheet::close);
    connect(builtIn, &FlatButton::clicked, this, [this] {
        m_text->setPlainText(QString::fromUtf8(cloudflare::builtinProfileText().toByteArray()));
        m_text->setFocus(Qt::OtherFocusReason);
    });
    connect(this, &Sheet::closed, &m_watch, &QTimer::stop);
    auto *acts = new QHBoxLayout;
    acts->setSpacing(grid(2));
    acts->addWidget(m_save);
    acts->addWidget(builtIn);
    acts->addWidget(cancel);
    acts->addStretch(1);
    auto *rows = new QVBoxLayout(card());
    rows->setContentsMargins(grid(6), grid(5), grid(6), grid(5));
    rows->setSpacing(grid(3));
    rows->addWidget(m_title);
    rows->addWidget(scroll, 1);
    rows->addLayout(acts);
    setCardSize(1120, 760);
    m_soon.setSingleShot(true);
    m_soon.setInterval(typingRest);
    connect(&m_soon, &QTimer::timeout, this, &ProfileSheet::follow);
    m_watch.setInterval(watchStep);
    connect(&m_watch, &QTimer::timeout, this, &ProfileSheet::showState);
    applyFonts();
}

QPlainTextEdit *ProfileSheet::makeText(const QString &objectName, const QString &accessibleName)
{
    auto *text = new QPlainTextEdit;
    text->setObjectName(objectName);
    text->setAccessibleName(accessibleName);
    text->setTabChangesFocus(true);
    text->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    return text;
}

QWidget *ProfileSheet::makePage()
{
    auto *page = new QWidget(card());
    auto *stateTitle = makeDimLabel(tr("Its state, as it is now"));
    auto *textTitle = makeDimLabel(tr("Profile, in JSON: where things wait for a person, and how they are decided"));
    stateTitle->setWordWrap(true);
    textTitle->setWordWrap(true);
    m_state = makeText(u"profileState"_s, stateTitle->text());
    m_state->setReadOnly(true);
    m_text = makeText(u"profileText"_s, textTitle->text());
    m_problem = new WrapLabel({}, TextSize::Body, page);
    m_problem->setObjectName(u"profileProblem"_s);
    m_problem->setWeight(QFont::DemiBold);
    m_problem->hide();
    m_count = new WrapLabel({}, TextSize::Body, page);
    m_count->setObjectName(u"profileCount"_s);
    m_items = new QTableWidget(0, ColumnCount, page);
    m_items->setObjectName(u"profileItems"_s);
    m_items->setAccessibleName(tr("What the profile makes of the state"));
    m_items->setHorizontalHeaderLabels(
        {tr("Stands"), tr("Key"), tr("Title"), tr("Tool"), tr("Arguments"), tr("Time left")});
    m_items->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_items->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_items->setTabKeyNavigation(false);
    m_items->setShowGrid(false);
    m_items->setWordWrap(false);
    m_items->verticalHeader()->hide();
    m_items->horizontalHeader()->setHighlightSections(false);
    m_items->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_items->horizontalHeader()->setStretchLastSection(true);
    m_stateTitle = stateTitle;
    m_textTitle = textTitle;
    m_parts = new QGridLayout(page);
    m_parts->setContentsMargins(0, 0, grid(2), 0);
    m_parts->setHorizontalSpacing(grid(4));
    m_parts->setVerticalSpacing(grid(2));
    arrange();
    setTabOrder(m_text, m_state);
    setTabOrder(m_state, m_items);
    connect(m_text, &QPlainTextEdit::textChanged, &m_soon, qOverload<>(&QTimer::start));
    return page;
}

/// State and profile side by side; where there is no room for lines of code, what the profile makes of the state stands
/// below it, and the state last.
void ProfileSheet::arrange()
{
    const bool stacked = width() < grid(narrowSteps);
    for (QWidget *part :
         std::initializer_list<QWidget *>{m_stateTitle, m_textTitle, m_state, m_text, m_problem, m_count, m_items}) {
        m_parts->removeWidget(part);
    }
    m_parts->setColumnStretch(0, stacked ? 1 : 2);
    m_parts->setColumnStretch(1, stacked ? 0 : 3);
    m_parts->setRowStretch(1, 3);
    m_parts->setRowStretch(4, 2);
    const int last = stacked ? 5 : 0;
    const int right = stacked ? 0 : 1;
    m_parts->addWidget(m_stateTitle, last, 0, Qt::AlignBottom);
    m_parts->addWidget(m_textTitle, 0, right, Qt::AlignBottom);
    m_parts->addWidget(m_state, last + 1, 0);
    m_parts->addWidget(m_text, 1, right);
    m_parts->addWidget(m_problem, 2, 0, 1, right + 1);
    m_parts->addWidget(m_count, 3, 0, 1, right + 1);
    m_parts->addWidget(m_items, 4, 0, 1, right + 1);
}

void ProfileSheet::resizeEvent(QResizeEvent *event)
{
    Sheet::resizeEvent(event);
    arrange();
}

void ProfileSheet::edit(const QString &name)
{
    const QByteArray kept = m_service.profileOf(name);
    const bool isDraft = name == m_name && kept == m_kept && m_text->document()->isModified();
    m_name = name;
    m_kept = kept;
    m_isSaving = false;
    m_title->setText(tr("What the state of “%1” means").arg(displayText(name).text));
    if (!isDraft) {
        m_text->setPlainText(QString::fromUtf8(kept.isEmpty() ? cloudflare::builtinProfileText().toByteArray() : kept));
        m_text->document()->setModified(false);
    }
    m_shownState.clear();
    m_readText.clear();
    follow();
    m_watch.start();
    open();
}

/// The built-in profile is kept as none.
QByteArray ProfileSheet::typed() const
{
    const QByteArray text = m_text->toPlainText().toUtf8();
    return text.trimmed() == cloudflare::builtinProfileText().toByteArray().trimmed() ? QByteArray() : text;
}

void ProfileSheet::follow()
{
    m_soon.stop();
    const QByteArray text = m_text->toPlainText().toUtf8();
    if (text != m_readText || m_readText.isEmpty()) {
        m_readText = text;
        Result<cloudflare::Profile> profile = cloudflare::readProfile(text);
        setProblem(profile ? QString() : displayText(profile.error().message).text);
        m_profile = profile ? std::optional(std::move(*profile)) : std::nullopt;
        m_shownState.clear();
    }
    m_save->setDisabledReason(m_isSaving  ? tr("It is being saved.")
                              : m_profile ? QString()
                                          : tr("The profile cannot be read yet: see the problem above."));
    showState();
}

void ProfileSheet::showState()
{
    const ConnectionService::Extract extract =
        m_profile ? m_service.preview(m_name, *m_profile) : m_service.extract(m_name);
    const bool isNew = extract.state != m_shownState || m_shownState.isEmpty();
    if (isNew) {
        m_shownState = extract.state;
        QString visible = displayBytes(QByteArrayView(extract.state).first(std::min(extract.state.size(), mostState)),
                                       TextShape::Lines)
                              .text;
        if (extract.state.isEmpty()) {
            visible = tr("The agent has shown no state yet. It does as soon as it is connected.");
        } else if (extract.state.size() > mostState) {
            visible += tr("\n… and more");
        }
        if (m_state->toPlainText() != visible) {
            m_state->setPlainText(visible);
        }
    }
    if (!m_profile) {
        m_count->setText(tr("What it would make of the state is seen as soon as it can be read."));
        m_items->setRowCount(0);
    } else {
        showItems(extract.items);
    }
}

void ProfileSheet::showItems(const std::vector<PeerItem> &items)
{
    const auto waiting = std::count_if(items.begin(), items.end(),
                                       [](const PeerItem &item) { return item.stand == PeerItem::Stand::Waits; });
    m_count->setText(items.empty() ? tr("With this profile nothing in the state waits for a person.")
                                   : tr("With this profile: waiting for a person %1, settled %2.")
                                         .arg(QString::number(waiting),
                                              QString::number(static_cast<qsizetype>(items.size()) - waiting)));
    const int rows = static_cast<int>(std::min(items.size(), mostItems));
    m_items->setRowCount(rows);
    for (int row = 0; row < rows; ++row) {
        const PeerItem &item = items[static_cast<size_t>(row)];
        const bool waits = item.stand == PeerItem::Stand::Waits;
        const QStringList cells{waits ? tr("waits") : tr("settled"),
                                cell(item.key),
                                cell(item.content.title),
                                cell(item.content.toolName),
                                cell(QString::fromUtf8(item.content.arguments)),
                                item.expiresIn ? durationWords(*item.expiresIn) : tr("no limit")};
        for (int column = 0; column < ColumnCount; ++column) {
            QTableWidgetItem *shown = m_items->item(row, column);
            if (!shown) {
                shown = new QTableWidgetItem;
                m_items->setItem(row, column, shown);
            }
            shown->setText(cells[column]);
        }
    }
}

void ProfileSheet::setProblem(const QString &visible)
{
    m_problem->setText(visible);
    m_problem->setVisible(!visible.isEmpty());
    m_text->setAccessibleDescription(visible);
}

void ProfileSheet::save()
{
    follow();
    if (!m_save->disabledReason().isEmpty()) {
        return;
    }
    m_isSaving = true;
    follow();
    ConnectionService::Update update;
    update.profile = typed();
    whenDone(m_service.update(m_name, update), this, [this, name = m_name](const Result<> &kept) {
        m_isSaving = false;
        follow();
        if (!kept) {
            setProblem(tr("It was not saved: %1").arg(displayText(kept.error().message).text));
            return;
        }
        m_text->document()->setModified(false);
        close();
        Q_EMIT saved(name);
    });
}

QWidget *ProfileSheet::firstField()
{
    return m_text;
}

void ProfileSheet::keyPressEvent(QKeyEvent *event)
{
    const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (isEnter && event->modifiers().testFlag(Qt::ControlModifier)) {
        event->accept();
        save();
        return;
    }
    Sheet::keyPressEvent(event);
}

void ProfileSheet::applyFonts()
{
    const QFont mono = monoFont(TextSize::Small);
    const int line = QFontMetrics(mono).height();
    for (QPlainTextEdit *text : {m_state, m_text}) {
        text->setFont(mono);
        text->setMinimumHeight(line * 10);
    }
    QPalette look = m_items->palette();
    look.setColor(QPalette::Highlight, colours().selection);
    look.setColor(QPalette::HighlightedText, colours().text);
    m_items->setPalette(look);
    m_items->setFont(uiFont(TextSize::Small));
    m_items->horizontalHeader()->setFont(uiFont(TextSize::Small));
    m_items->verticalHeader()->setMinimumSectionSize(1); // Its own is of the letters before.
    m_items->verticalHeader()->setDefaultSectionSize(QFontMetrics(m_items->font()).height() + grid(2));
    m_items->setMinimumHeight(line * 5);
    const int em = QFontMetrics(m_items->font()).horizontalAdvance(u'm');
    for (const auto &[column, ems] : {std::pair(StandColumn, 6), std::pair(IdColumn, 18), std::pair(TitleColumn, 18),
                                      std::pair(ToolColumn, 12), std::pair(ArgumentsColumn, 28)}) {
        m_items->setColumnWidth(column, em * ems);
    }
}

void ProfileSheet::changeEvent(QEvent *event)
{
    Sheet::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_items) {
        applyFonts();
        arrange();
    }
}

} // namespace countersign::ui
