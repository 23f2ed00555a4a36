// SPDX-License-Identifier: Apache-2.0
#include "ui/connections/connections_pane.h"
#include "ui/detail/detail_pane.h"
#include "ui/detail/staging_strip.h"
#include "ui/queue/queue_pane.h"
#include "ui/shell/cheat_sheet.h"
#include "ui/shell/command_palette.h"
#include "ui/shell/key_router.h"
#include "ui/shell/main_window.h"
#include "ui/shell/review_session.h"
#include "ui/shell/sidebar.h"
#include "ui/style/flat_button.h"
#include "ui/tools/tools_pane.h"

#include <QtGui/QActionGroup>
#include <QtGui/QKeyEvent>
#include <QtWidgets/QApplication>
#include <QtWidgets/QMenu>
#include <QtWidgets/QStackedWidget>

#include <array>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign::ui {
namespace {

constexpr auto goPatience = 2s; ///< How long G waits for its letter.

using View = QueueQuery::View;

/// Approve, edit, reject, request changes, delegate, defer, claim.
bool isDecisionKey(int key)
{
    constexpr std::array keys{Qt::Key_A, Qt::Key_E, Qt::Key_R, Qt::Key_Q, Qt::Key_D, Qt::Key_S, Qt::Key_C};
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

} // namespace

// Keys

bool MainWindow::isSheetOpen() const
{
    const auto sheets = findChildren<const Sheet *>();
    return std::any_of(sheets.begin(), sheets.end(), [](const Sheet *sheet) { return sheet->isOpen(); });
}

bool MainWindow::handleChord(QKeyEvent *event)
{
    const bool ctrl = event->modifiers() == Qt::ControlModifier;
    if (ctrl && event->key() == Qt::Key_Q) {
        close();
        return true;
    }
    if ((page() != Page::Work && !isAtPane()) || isSheetOpen()) {
        return false;
    }
    if (ctrl && event->key() == Qt::Key_K) {
        showPalette();
        return true;
    }
    if (ctrl && event->key() == Qt::Key_L) {
        lockNow();
        return true;
    }
    if (isAtPane()) {
        return page() == Page::Tools && m_tools->handleChord(event);
    }
    const bool typing = KeyRouter::takesText(QApplication::focusWidget());
    if (ctrl && event->key() == Qt::Key_Z && !typing) {
        undoLast();
        return true;
    }
    return !typing && detail()->handleKey(event);
}

bool MainWindow::handleLetter(QKeyEvent *event)
{
    if (isSheetOpen()) {
        if (event->text() == u"?"_s && m_cheatSheet && m_cheatSheet->isOpen()) {
            m_cheatSheet->close();
            return true;
        }
        return false;
    }
    const bool asksForHelp = event->text() == u"?"_s;
    if (asksForHelp && page() != Page::FirstRun) {
        showCheatSheet();
        return true;
    }
    if ((page() != Page::Work && !isAtPane()) ||
        event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) {
        return false;
    }
    const auto goPressedAt = std::exchange(m_goPressedAt, std::nullopt);
    if (goPressedAt && m_session.clock().monotonic() - *goPressedAt <= goPatience) {
        return goToView(event->key());
    }
    if (isAtPane()) {
        return handlePaneKey(event);
    }
    if (m_queue->view() == View::Settled && isDecisionKey(event->key())) {
        if (!event->isAutoRepeat()) {
            sayFailure(
                {ErrorCode::WrongState, tr("Nothing happened: in the history nothing is decided or claimed."), {}});
        }
        return true;
    }
    if (m_right->isVisible() && detail()->handleKey(event)) {
        return true;
    }
    return handleNavigation(event);
}

/// The same letters move between the pages; none of them decides anything there.
bool MainWindow::handlePaneKey(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_G:
        m_goPressedAt = m_session.clock().monotonic();
        return true;
    case Qt::Key_V:
        showView(m_queue->view());
        return true;
    default:
        return page() == Page::Tools ? m_tools->handleKey(event) : m_connections->handleKey(event);
    }
}

bool MainWindow::handleNavigation(QKeyEvent *event)
{
    const bool shift = event->modifiers().testFlag(Qt::ShiftModifier);
    switch (event->key()) {
    case Qt::Key_J:
        m_queue->moveSelection(1);
        return true;
    case Qt::Key_K:
        m_queue->moveSelection(-1);
        return true;
    case Qt::Key_N:
        m_queue->moveToUndecided(shift ? -1 : 1);
        return true;
    case Qt::Key_O:
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (!m_queue->selected()) {
            return false;
        }
        openDetail();
        return true;
    case Qt::Key_V:
        cycleViews();
        return true;
    case Qt::Key_G:
        m_goPressedAt = m_session.clock().monotonic();
        return true;
    case Qt::Key_Z:
        if (!event->isAutoRepeat()) {
            undoLast();
        }
        return true;
    case Qt::Key_Slash:
        leaveDetail();
        m_queue->focusFilter();
        return true;
    case Qt::Key_Escape:
        leaveDetail();
        m_queue->setFocus(Qt::OtherFocusReason);
        return true;
    default:
        return false;
    }
}

bool MainWindow::goToView(int key)
{
    switch (key) {
    case Qt::Key_I:
        showView(View::Inbox);
        break;
    case Qt::Key_C:
        showView(View::Claimed);
        break;
    case Qt::Key_D:
        showView(View::Deferred);
        break;
    case Qt::Key_S:
        showView(View::Staged);
        break;
    case Qt::Key_H:
        showView(View::Settled);
        break;
    case Qt::Key_A:
        showConnections();
        break;
    case Qt::Key_T:
        showTools();
        break;
    default:
        break; // The letter after G never means anything else: not a decision above all.
    }
    return true;
}

void MainWindow::cycleViews()
{
    const std::vector<View> &views = Sidebar::views();
    const auto here = std::find(views.begin(), views.end(), m_queue->view());
    const bool last = here == views.end() || here + 1 == views.end();
    showView(last ? views.front() : *(here + 1));
}

void MainWindow::openDetail()
{
    m_detailOpen = true;
    adaptToSize();
    detail()->setFocus(Qt::OtherFocusReason);
}

void MainWindow::leaveDetail()
{
    m_detailOpen = false;
    adaptToSize();
}

void MainWindow::undoLast()
{
    completeWorkPage();
    if (!m_strip->undoLast()) {
        sayFailure({ErrorCode::WrongState, tr("Nothing was undone: no decision waits for its release any more."), {}});
    }
}

// What can be done besides deciding

void MainWindow::showConnections()
{
    if (!m_connectionService || (page() != Page::Work && !isAtPane())) {
        return;
    }
    if (!m_connections) {
        m_connections = new ConnectionsPane(*m_connectionService, m_session.clock(), this);
        m_pages->addWidget(m_connections);
    }
    showPage(Page::Connections);
    m_sidebar->markConnections();
    m_connections->showList();
    m_connections->setFocus(Qt::OtherFocusReason);
}

bool MainWindow::isAtPane() const
{
    return page() == Page::Connections || page() == Page::Tools;
}

void MainWindow::showTools()
{
    if (!m_connectionService || (page() != Page::Work && !isAtPane())) {
        return;
    }
    if (!m_tools) {
        m_tools = new ToolsPane(*m_connectionService, m_session.clock(), this);
        m_pages->addWidget(m_tools);
        connect(m_tools, &ToolsPane::serverWanted, this, [this] {
            showConnections();
            m_connections->openAddSheet();
        });
        connect(m_tools, &ToolsPane::requestWanted, this, [this](const RequestId &id) {
            showView(View::Inbox);
            m_queue->select(id);
        });
    }
    showPage(Page::Tools);
    m_sidebar->markTools();
    m_tools->showList();
    m_tools->setFocus(Qt::OtherFocusReason);
}

void MainWindow::showView(View view)
{
    if (isAtPane()) {
        showPage(Page::Work);
        m_queue->setFocus(Qt::OtherFocusReason);
    }
    m_detailOpen = false;
    m_sidebar->setView(view);
    m_queue->showView(view);
    if (m_detail) {
        m_detail->setReadOnly(view == View::Settled);
    }
    m_settings.setView(view);
    adaptToSize();
}

void MainWindow::showRequest(const Request &request)
{
    if (m_session.isLocked()) {
        return;
    }
    const Timestamp now = m_session.clock().now();
    const Delivery delivery = request.state.delivery;
    if (delivery == Delivery::Staged || delivery == Delivery::Held) {
        showView(View::Staged);
    } else if (!request.isOpen()) {
        showView(View::Settled);
    } else {
        showView(request.deferredUntil && *request.deferredUntil > now ? View::Deferred : View::Inbox);
    }
    m_queue->select(request.id);
    openDetail();
}

void MainWindow::showCheatSheet()
{
    if (!m_cheatSheet) {
        m_cheatSheet = new CheatSheet(this);
    }
    m_cheatSheet->open();
}

void MainWindow::showPalette()
{
    if (!m_palette) {
        m_palette = new CommandPalette(m_session, commands(), this);
        connect(m_palette, &CommandPalette::requestWanted, this, &MainWindow::showRequest);
    }
    m_palette->openFresh();
}

std::vector<WindowCommand> MainWindow::commands()
{
    const auto view = [this](View wanted) { return [this, wanted] { showView(wanted); }; };
    const auto scheme = [this](ColourScheme wanted) { return [this, wanted] { setScheme(wanted); }; };
    return {
        {tr("Go to the inbox"), u"G I"_s, u"inbox"_s, view(View::Inbox)},
        {tr("Go to claimed by me"), u"G C"_s, u"claimed"_s, view(View::Claimed)},
        {tr("Go to deferred"), u"G D"_s, u"deferred"_s, view(View::Deferred)},
        {tr("Go to not yet released"), u"G S"_s, u"release"_s, view(View::Staged)},
        {tr("Go to the history"), u"G H"_s, u"history"_s, view(View::Settled)},
        {tr("Go to the connections with agents"), u"G A"_s, u"agents"_s, [this] { showConnections(); }},
        {tr("Go to the tools of MCP servers"), u"G T"_s, u"tool"_s, [this] { showTools(); }},
        {tr("Search or filter the list"), u"/"_s, u"search"_s, [this] { m_queue->focusFilter(); }},
        {tr("Undo the last staged decision"), u"Z"_s, u"undo"_s, [this] { undoLast(); }},
        {tr("Lock the window"), u"Ctrl L"_s, u"lock"_s, [this] { lockNow(); }},
        {tr("Show all keys"), u"?"_s, u"key"_s, [this] { showCheatSheet(); }},
        {tr("Theme: as the system"), {}, u"settings"_s, scheme(ColourScheme::FollowSystem)},
        {tr("Theme: light"), {}, u"settings"_s, scheme(ColourScheme::Light)},
        {tr("Theme: dark"), {}, u"settings"_s, scheme(ColourScheme::Dark)},
    };
}

void MainWindow::setScheme(ColourScheme scheme)
{
    m_settings.setScheme(scheme);
    if (auto *application = qobject_cast<QApplication *>(QCoreApplication::instance())) {
        applyTheme(*application, scheme);
    }
}

void MainWindow::buildMenu()
{
    m_menu = new QMenu(this);
    m_menu->setObjectName(u"windowMenuItems"_s);
    auto *themes = new QActionGroup(m_menu);
    const std::vector<std::pair<ColourScheme, QString>> choices{{ColourScheme::FollowSystem, tr("Theme as the system")},
                                                                {ColourScheme::Light, tr("Light theme")},
                                                                {ColourScheme::Dark, tr("Dark theme")}};
    for (const auto &[scheme, words] : choices) {
        QAction *action = m_menu->addAction(words);
        action->setCheckable(true);
        action->setActionGroup(themes);
        action->setData(static_cast<int>(scheme));
        connect(action, &QAction::triggered, this, [this, scheme = scheme] { setScheme(scheme); });
    }
    m_menu->addSeparator();
    QAction *pause = m_menu->addAction(tr("Pause notifications"));
    pause->setCheckable(true);
    connect(pause, &QAction::triggered, this, [this](bool paused) {
        m_settings.setNotificationsPaused(paused);
        Q_EMIT notificationsPausedChanged(paused);
    });
    m_menu->addAction(tr("Keyboard"), this, &MainWindow::showCheatSheet);
    QAction *lock = m_menu->addAction(tr("Lock"), this, &MainWindow::lockNow);
    m_menu->addSeparator();
    m_menu->addAction(tr("Quit"), this, &QWidget::close);
    connect(m_menu, &QMenu::aboutToShow, this, [this, themes, pause, lock] {
        for (QAction *action : themes->actions()) {
            action->setChecked(action->data().toInt() == static_cast<int>(m_settings.scheme()));
        }
        pause->setChecked(m_settings.notificationsPaused());
        lock->setEnabled(!m_session.isLocked());
    });
    FlatButton *button = m_sidebar->menuButton();
    connect(button, &FlatButton::clicked, this,
            [this, button] { m_menu->popup(button->mapToGlobal(QPoint(0, button->height() + 2))); });
}

} // namespace countersign::ui
