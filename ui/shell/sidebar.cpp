// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/sidebar.h"

#include "core/base/visible_text.h"
#include "ui/shell/review_session.h"
#include "ui/shell/sidebar_item.h"
#include "ui/style/flat_button.h"
#include "ui/style/labels.h"

#include <QtGui/QPaintEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QScrollArea>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign::ui {
namespace {

constexpr auto changePause = 60ms;
constexpr auto timeStep = 30s;
constexpr int widthSteps = 53; ///< Of the grid: 212 px at 100 %.
constexpr int compactSteps = 14;

using View = QueueQuery::View;

QString iconOf(View view)
{
    switch (view) {
    case View::Inbox:
        return u"inbox"_s;
    case View::Claimed:
        return u"claimed"_s;
    case View::Deferred:
        return u"deferred"_s;
    case View::Staged:
        return u"release"_s;
    case View::Settled:
    case View::All:
        break;
    }
    return u"history"_s;
}

int countOf(const QueueCounts &counts, View view)
{
    switch (view) {
    case View::Inbox:
        return counts.inbox;
    case View::Claimed:
        return counts.claimed;
    case View::Deferred:
        return counts.deferred;
    case View::Staged:
        return counts.staged;
    case View::Settled:
    case View::All:
        break;
    }
    return 0;
}

/// The dot for those who do not see it.
QString healthWords(Tone tone)
{
    switch (tone) {
    case Tone::Ok:
        return Sidebar::tr("Connected");
    case Tone::Warn:
        return Sidebar::tr("In trouble, or connecting");
    case Tone::Bad:
        return Sidebar::tr("Stopped");
    case Tone::Plain:
    case Tone::Accent:
        break;
    }
    return Sidebar::tr("Nothing is connected from here");
}

} // namespace

const std::vector<QueueQuery::View> &Sidebar::views()
{
    static const std::vector<View> all{View::Inbox, View::Claimed, View::Deferred, View::Staged, View::Settled};
    return all;
}

QString Sidebar::viewName(View view)
{
    switch (view) {
    case View::Inbox:
        return tr("Inbox");
    case View::Claimed:
        return tr("Claimed by me");
    case View::Deferred:
        return tr("Deferred");
    case View::Staged:
        return tr("Not yet released");
    case View::Settled:
    case View::All:
        break;
    }
    return tr("History");
}

Sidebar::Sidebar(ReviewSession &session, QWidget *parent)
    : QWidget(parent)
    , m_session(session)
{
    setObjectName(u"sidebar"_s);
    m_scroll = new QScrollArea(this);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->viewport()->setAutoFillBackground(false);
    m_scroll->setWidget(makeLists());
    m_scroll->widget()->setAutoFillBackground(false);

    m_foot = new QWidget(this);
    m_account = new SidebarItem({}, u"person"_s, m_foot);
    m_account->setObjectName(u"account"_s);
    connect(m_account, &SidebarItem::clicked, this, &Sidebar::accountWanted);
    auto *foot = new QVBoxLayout(m_foot);
    foot->addWidget(m_account);

    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 1, 0);
    rows->setSpacing(0);
    rows->addWidget(m_scroll, 1);
    rows->addWidget(m_foot);

    m_pause.setSingleShot(true);
    m_pause.setInterval(changePause);
    connect(&m_pause, &QTimer::timeout, this, &Sidebar::readCounts);
    m_timePasses.setInterval(timeStep);
    m_timePasses.setTimerType(Qt::VeryCoarseTimer);
    connect(&m_timePasses, &QTimer::timeout, this, &Sidebar::readCounts);
    m_timePasses.start();
    const auto soon = [this] {
        if (!m_pause.isActive()) {
            m_pause.start();
        }
    };
    connect(&session, &ReviewSession::changed, this, soon);
    connect(&session, &ReviewSession::unlocked, this, [this, soon] {
        showAccount();
        showAgents();
        soon();
    });
    connect(&session, &ReviewSession::locked, this, [this] {
        showAccount();
        showCounts({}); // Numbers and names are views too.
        showAgents();
    });
    setCompact(false);
    setView(View::Inbox);
    showAccount();
}

QWidget *Sidebar::makeLists()
{
    auto *lists = new QWidget(this);
    m_lists = new QVBoxLayout(lists);
    m_top = new QHBoxLayout;
    m_top->addWidget(addHeading(tr("Review")), 1);
    m_menu = new FlatButton({}, {}, FlatButton::Look::Plain, lists);
    m_menu->setIconName(u"more"_s);
    m_menu->setObjectName(u"windowMenu"_s);
    m_menu->setAccessibleName(tr("Settings and help"));
    setPlainToolTip(m_menu, tr("Settings and help"));
    m_top->addWidget(m_menu);
    m_lists->addLayout(m_top);
    for (const View view : views()) {
        auto *item = new SidebarItem(viewName(view), iconOf(view), lists);
        item->setCheckable(true);
        item->setObjectName(u"view-"_s + iconOf(view));
        connect(item, &SidebarItem::clicked, this, [this, view] {
            setView(view); // A click on the checked one would uncheck it.
            Q_EMIT viewWanted(view);
        });
        m_lists->addWidget(item);
        m_items.emplace_back(view, item);
    }
    m_agentsHeading = addHeading(tr("Agents"));
    m_lists->addWidget(m_agentsHeading);
    m_agentRows = new QVBoxLayout;
    m_agentRows->setSpacing(0);
    m_lists->addLayout(m_agentRows);
    m_lists->addStretch(1);
    return lists;
}

QLabel *Sidebar::addHeading(const QString &words)
{
    QLabel *heading = makeDimLabel(words.toUpper(), TextSize::Tiny, this);
    m_headings.push_back(heading);
    return heading;
}

void Sidebar::setView(View view)
{
    for (const auto &[itemView, item] : m_items) {
        item->setChecked(itemView == view);
        if (itemView == view) {
            m_scroll->ensureWidgetVisible(item, 0, 0);
        }
    }
    for (SidebarItem *item : {m_connections, m_tools}) {
        if (item) {
            item->setChecked(false);
        }
    }
}

void Sidebar::showConnections(Tone worst, const QHash<QString, AgentHealth> &healthByAgent)
{
    if (!m_connections) {
        const int place = m_lists->indexOf(m_agentsHeading);
        m_lists->insertWidget(place, addHeading(tr("Run")));
        m_tools = makePane(tr("Tools"), u"tool"_s, u"view-tools"_s);
        connect(m_tools, &SidebarItem::clicked, this, [this] {
            markTools(); // A click on the checked one would uncheck it.
            Q_EMIT toolsWanted();
        });
        m_lists->insertWidget(place + 1, m_tools);
        m_connections = makePane(tr("Connections"), u"agents"_s, u"view-connections"_s);
        m_connections->setMarkAtEnd(true); // Its name stands below those of the other panes.
        connect(m_connections, &SidebarItem::clicked, this, [this] {
            markConnections();
            Q_EMIT connectionsWanted();
        });
        m_lists->insertWidget(place + 2, m_connections);
        setTabOrder(m_items.back().second, m_tools);
        setTabOrder(m_tools, m_connections);
        applyGrid();
    }
    m_connections->setDot(worst);
    m_connections->setAccessibleDescription(healthWords(worst));
    m_agentHealth = healthByAgent;
    showAgents();
}

SidebarItem *Sidebar::makePane(const QString &visible, const QString &iconName, const QString &objectName)
{
    auto *pane = new SidebarItem(visible, iconName, m_agentsHeading->parentWidget());
    pane->setObjectName(objectName);
    pane->setCheckable(true);
    return pane;
}

void Sidebar::markConnections()
{
    markPane(m_connections);
}

void Sidebar::markTools()
{
    markPane(m_tools);
}

void Sidebar::markPane(SidebarItem *pane)
{
    for (const auto &[view, item] : m_items) {
        item->setChecked(false);
    }
    for (SidebarItem *item : {m_connections, m_tools}) {
        if (item) {
            item->setChecked(item == pane);
        }
    }
    if (pane) {
        m_scroll->ensureWidgetVisible(pane, 0, 0);
    }
}

void Sidebar::setCompact(bool compact)
{
    m_compact = compact;
    applyGrid();
}

int Sidebar::preferredWidth() const
{
    return grid(m_compact ? compactSteps : widthSteps);
}

void Sidebar::applyGrid()
{
    m_lists->setContentsMargins(0, grid(m_compact ? 3 : 4), 0, grid(2));
    m_lists->setSpacing(1);
    // Beside icons a bar would take the room of the icons. What has the focus or is in front is scrolled into view.
    m_scroll->setVerticalScrollBarPolicy(m_compact ? Qt::ScrollBarAlwaysOff : Qt::ScrollBarAsNeeded);
    for (QLabel *heading : m_headings) {
        heading->setContentsMargins(grid(4), grid(2), grid(2), grid(1));
        QFont font = uiFont(TextSize::Tiny, QFont::DemiBold);
        font.setLetterSpacing(QFont::PercentageSpacing, 104);
        heading->setFont(font);
        heading->setVisible(!m_compact);
    }
    for (const auto &[view, item] : m_items) {
        item->setCompact(m_compact);
    }
    m_account->setCompact(m_compact);
    for (SidebarItem *item : {m_connections, m_tools}) {
        if (item) {
            item->setCompact(m_compact);
        }
    }
    showAgents();
    m_foot->layout()->setContentsMargins(0, grid(2), 0, grid(3));
    m_top->setContentsMargins(0, 0, m_compact ? 0 : grid(2), m_compact ? grid(2) : 0);
    m_top->setAlignment(m_menu, m_compact ? Qt::AlignHCenter : Qt::AlignVCenter);
    m_menu->setFixedSize(grid(m_compact ? 10 : 7), grid(m_compact ? 7 : 6));
    setFixedWidth(preferredWidth());
    fitIcons();
}

/// In a low window the icons stand closer, so that none is cut off.
void Sidebar::fitIcons()
{
    std::vector<SidebarItem *> all;
    for (const auto &[view, item] : m_items) {
        all.push_back(item);
    }
    if (m_tools) {
        all.insert(all.end(), {m_tools, m_connections});
    }
    int wanted = m_menu->height() + m_top->contentsMargins().bottom() + m_lists->contentsMargins().top() +
                 m_lists->contentsMargins().bottom() + m_foot->sizeHint().height();
    for (SidebarItem *item : all) {
        item->setTight(false);
        wanted += item->sizeHint().height() + m_lists->spacing();
    }
    for (SidebarItem *item : all) {
        item->setTight(m_compact && wanted > height());
    }
}

void Sidebar::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    fitIcons();
}

void Sidebar::readCounts()
{
    if (!m_session.reviewer()) {
        return;
    }
    const ReviewerId reviewer = m_session.reviewer()->id;
    const Timestamp now = m_session.clock().now();
    whenDone(m_session.threads().reader([reviewer, now](StoreReader &reader) { return reader.counts(reviewer, now); }),
             this, [this, reviewer](const Result<QueueCounts> &counts) {
                 // A failure shows in the list beside it, which asks the same thread.
                 if (counts && m_session.reviewer() && m_session.reviewer()->id == reviewer) {
                     showCounts(*counts);
                 }
             });
}

void Sidebar::showCounts(const QueueCounts &counts)
{
    if (counts == m_counts) {
        return;
    }
    m_counts = counts;
    for (const auto &[view, item] : m_items) {
        item->setCount(countOf(counts, view));
    }
    showAgents();
    Q_EMIT countsChanged();
}

/// Those that wait first, the most first; then those that are connected and want nothing, by name.
std::vector<std::pair<QString, int>> Sidebar::agents() const
{
    std::vector<std::pair<QString, int>> all(m_counts.byAgent.begin(), m_counts.byAgent.end());
    if (!m_session.reviewer()) {
        return all; // Names are views too.
    }
    QStringList quiet;
    for (auto agent = m_agentHealth.constBegin(); agent != m_agentHealth.constEnd(); ++agent) {
        const auto isIt = [&agent](const auto &one) { return one.first == agent.key(); };
        if (std::none_of(all.begin(), all.end(), isIt)) {
            quiet.append(agent.key());
        }
    }
    quiet.sort();
    for (const QString &name : quiet) {
        all.emplace_back(name, 0);
    }
    return all;
}

void Sidebar::showAgents()
{
    const std::vector<std::pair<QString, int>> all = agents();
    while (m_agentItems.size() > all.size()) {
        delete m_agentItems.back();
        m_agentItems.pop_back();
    }
    while (m_agentItems.size() < all.size()) {
        auto *item = new SidebarItem({}, u"agents"_s, this);
        const auto place = static_cast<qsizetype>(m_agentItems.size());
        item->setObjectName(u"agent-%1"_s.arg(place));
        connect(item, &SidebarItem::clicked, this, [this, place] { Q_EMIT agentWanted(m_agentNames.value(place)); });
        m_agentRows->addWidget(item);
        m_agentItems.push_back(item);
    }
    m_agentNames.clear();
    for (size_t i = 0; i < all.size(); ++i) {
        SidebarItem *item = m_agentItems[i];
        m_agentNames.append(all[i].first);
        item->setWords(displayText(all[i].first).text);
        item->setCount(all[i].second);
        // Agents that ask by themselves have no connection that could fail.
        const auto health = m_agentHealth.constFind(all[i].first);
        const bool connected = health != m_agentHealth.constEnd();
        item->setDot(connected ? health->tone : Tone::Ok);
        item->setStanding(connected ? healthWords(health->tone) : QString(), connected ? health->words : QString());
        item->setAccessibleDescription(
            tr("Shows what this agent waits for") +
            (connected ? u". "_s + healthWords(health->tone) + u". "_s + health->words : QString()));
        item->setVisible(!m_compact);
    }
    m_agentsHeading->setVisible(!all.empty() && !m_compact);
}

void Sidebar::showAccount()
{
    const auto &reviewer = m_session.reviewer();
    m_account->setWords(reviewer ? tr("Signed in as %1").arg(displayText(reviewer->name).text) : tr("Locked — Unlock"));
    m_account->setDot(reviewer ? Tone::Accent : Tone::Plain);
}

void Sidebar::paintEvent(QPaintEvent *event)
{
    QPainter painter(this);
    painter.fillRect(event->rect(), colours().sidebar);
    painter.fillRect(QRect(width() - 1, 0, 1, height()), colours().line);
}

void Sidebar::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_menu) {
        applyGrid();
    }
}

} // namespace countersign::ui
