// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/main_window.h"

#include "ui/connections/connection_words.h"
#include "ui/connections/connections_pane.h"
#include "ui/detail/detail_pane.h"
#include "ui/detail/staging_strip.h"
#include "ui/queue/queue_pane.h"
#include "ui/shell/first_run_page.h"
#include "ui/shell/key_router.h"
#include "ui/shell/lock_view.h"
#include "ui/shell/notice_bar.h"
#include "ui/shell/opening_page.h"
#include "ui/shell/review_session.h"
#include "ui/shell/sheet.h"
#include "ui/shell/sidebar.h"
#include "ui/style/icons.h"
#include "ui/tools/tools_pane.h"

#include <QtGui/QCloseEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QApplication>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QSplitter>
#include <QtWidgets/QStackedWidget>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign::ui {
namespace {

constexpr auto idleStep = 10s;
constexpr auto connectionsPause = 60ms;
constexpr auto completingPause = 40ms; ///< After the first paint: the list has to be of use before it.
constexpr int usualWidth = 1440;
constexpr int usualHeight = 900;
constexpr int smallestWidth = 480;
constexpr int smallestHeight = 360;
// In steps of the grid, so that a larger font folds the window earlier.
constexpr int foldSidebarBelow = 275; ///< 1100 px at 100 %.
constexpr int takeTurnsBelow = 150;   ///< 600 px at 100 %, without the sidebar.
constexpr int queueSteps = 99;        ///< 396 px at 100 %.

QString userName()
{
    const QString name = qEnvironmentVariable("USER");
    return name == u"root"_s ? QString() : name;
}

/// `9f2c 41ab …`: for comparing with what the command line printed.
QString grouped(const QString &hex)
{
    QString text;
    for (qsizetype i = 0; i < hex.size(); i += 4) {
        text += (i > 0 ? u" "_s : QString()) + hex.mid(i, 4);
    }
    return text;
}

} // namespace

MainWindow::MainWindow(ReviewSession &session, WindowSettings &settings, QWidget *parent)
    : QWidget(parent)
    , m_session(session)
    , m_settings(settings)
{
    setObjectName(u"mainWindow"_s);
    setWindowIcon(themedIcon(u"countersign"_s));
    setMinimumSize(smallestWidth, smallestHeight);
    m_signIn = new SignIn(session, this);
    build();
    connectSession();
    connectPanes();
    buildMenu();
    m_router = new KeyRouter(
        this, [this](QKeyEvent *event) { return handleLetter(event); },
        [this](QKeyEvent *event) { return handleChord(event); });
    m_lastInput = session.clock().monotonic();
    connect(m_router, &KeyRouter::inputSeen, this, [this] { m_lastInput = m_session.clock().monotonic(); });
    m_idle.setTimerType(Qt::VeryCoarseTimer);
    m_idle.setInterval(idleStep);
    connect(&m_idle, &QTimer::timeout, this, &MainWindow::lockWhenIdle);
    m_idle.start();
    restoreShape();
    updateTitle();
    showPage(Page::Opening);
    m_signIn->look();
}

MainWindow::~MainWindow() = default;

void MainWindow::build()
{
    m_sidebar = new Sidebar(m_session, this);
    m_trouble = new NoticeBar(NoticeBar::Shape::Banner, Tone::Bad, this);
    m_trouble->setObjectName(u"troubleBanner"_s);
    m_administrator = new NoticeBar(NoticeBar::Shape::Banner, Tone::Warn, this);
    m_administrator->setObjectName(u"administratorBanner"_s);
    m_opening = new OpeningPage(this);
    m_pages = new QStackedWidget(this);
    m_pages->addWidget(m_opening);
    m_pages->addWidget(makeWorkPage());

    auto *rest = new QVBoxLayout;
    rest->setSpacing(0);
    rest->addWidget(m_trouble);
    rest->addWidget(m_administrator);
    rest->addWidget(m_pages, 1);
    auto *columns = new QHBoxLayout(this);
    columns->setContentsMargins(0, 0, 0, 0);
    columns->setSpacing(0);
    columns->addWidget(m_sidebar);
    columns->addLayout(rest, 1);
}

QWidget *MainWindow::makeWorkPage()
{
    m_split = new QSplitter(Qt::Horizontal, this);
    m_split->setObjectName(u"panes"_s);
    m_split->setHandleWidth(1);
    m_split->setChildrenCollapsible(false);
    m_queue = new QueuePane(m_session, m_split);
    m_right = new QWidget(m_split);
    m_split->setStretchFactor(0, 0);
    m_split->setStretchFactor(1, 1);
    return m_split;
}

/// What only a selected or staged request needs: the list need not wait for it.
void MainWindow::completeWorkPage()
{
    if (m_detail) {
        return;
    }
    m_detail = new DetailPane(m_session, m_right);
    m_detail->setReadOnly(m_queue->view() == QueueQuery::View::Settled);
    if (m_connectionService) {
        m_detail->setConnections(*m_connectionService);
    }
    connect(m_detail, &DetailPane::requestWanted, this, [this](const RequestId &id) { m_queue->select(id); });
    m_strip = new StagingStrip(m_session, m_right);
    auto *rows = new QVBoxLayout(m_right);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(0);
    rows->addWidget(m_detail, 1);
    rows->addWidget(m_strip);
    connect(m_strip, &StagingStrip::requestWanted, this, [this](const RequestId &id) {
        showView(QueueQuery::View::Staged);
        m_queue->select(id);
    });
}

DetailPane *MainWindow::detail()
{
    completeWorkPage();
    return m_detail;
}

LockView *MainWindow::lockView()
{
    if (!m_lock) {
        m_lock = new LockView(this);
        m_pages->addWidget(m_lock);
        connect(m_lock, &LockView::unlockWanted, this, [this](const QString &file, const QByteArray &passphrase) {
            m_unlocking = true;
            m_session.unlock(file, passphrase);
        });
        connect(m_lock, &LockView::setUpWanted, this, &MainWindow::showFirstRun);
        connect(m_lock, &LockView::lookAgainWanted, m_signIn, &SignIn::look);
        if (m_signIn->standing()) {
            m_lock->setStanding(*m_signIn->standing(), m_session.threads().location().keyFolder);
        }
    }
    return m_lock;
}

NoticeBar *MainWindow::toast()
{
    if (!m_toast) {
        completeWorkPage(); // Before it in the order of the Tab key.
        m_toast = new NoticeBar(NoticeBar::Shape::Toast, Tone::Bad, this);
        m_toast->setObjectName(u"toast"_s);
        connect(m_toast, &NoticeBar::cleared, this, &MainWindow::updateTitle);
    }
    return m_toast;
}

void MainWindow::connectSession()
{
    connect(&m_session, &ReviewSession::openFailed, this, &MainWindow::showOpenFailure);
    connect(&m_session, &ReviewSession::failed, this, &MainWindow::sayFailure);
    connect(&m_session, &ReviewSession::unlocked, this, [this] {
        m_unlocking = false;
        m_mayUnlockByItself = false;
        m_lastInput = m_session.clock().monotonic();
        if (m_lock) {
            m_lock->clearFields();
        }
        enterWork();
    });
    connect(&m_session, &ReviewSession::locked, this, [this] {
        for (Sheet *sheet : findChildren<Sheet *>()) {
            sheet->close();
        }
        if (m_toast) {
            m_toast->clear();
        }
        m_signIn->look();
        showPage(Page::Locked);
        updateTitle();
    });
    connect(&m_session, &ReviewSession::firstAdministratorMade, this, [this](const FirstAdministrator &made) {
        m_makingKey = false;
        if (m_firstRun) {
            m_firstRun->showRecoveryCode(made);
        }
    });
    connect(&m_session, &ReviewSession::troubleChanged, this, [this](const QString &message) {
        if (message.isEmpty()) {
            m_trouble->clear();
        } else {
            m_trouble->say(message);
        }
    });
    connect(m_signIn, &SignIn::found, this, &MainWindow::followStanding);
    connect(m_signIn, &SignIn::failed, this, [this](const Error &why) {
        if (m_session.isLocked() && page() == Page::Opening) {
            showOpenFailure(why);
        } else {
            sayFailure(why);
        }
    });
    connect(m_signIn, &SignIn::confirmed, this, [this] { m_administrator->clear(); });
    connect(m_administrator, &NoticeBar::actWanted, m_signIn, &SignIn::confirmAdministrator);
}

void MainWindow::connectPanes()
{
    connect(m_opening, &OpeningPage::closeWanted, this, &QWidget::close);
    connect(m_queue, &QueuePane::selectionChanged, this, [this](const RequestId &id) { detail()->showRequest(id); });
    connect(m_queue, &QueuePane::detailWanted, this, &MainWindow::openDetail);
    connect(m_sidebar, &Sidebar::viewWanted, this, &MainWindow::showView);
    connect(m_sidebar, &Sidebar::countsChanged, this, &MainWindow::updateTitle);
    connect(m_sidebar, &Sidebar::agentWanted, this, [this](const QString &agent) {
        showView(QueueQuery::View::Inbox);
        if (auto *filter = m_queue->findChild<QLineEdit *>(u"queueFilter"_s)) {
            QString quoted = agent;
            filter->setText(u"agent:\"%1\""_s.arg(quoted.remove(u'"')));
        }
    });
    connect(m_sidebar, &Sidebar::accountWanted, this, [this] {
        if (m_session.isLocked()) {
            m_firstRunPostponed = false;
            m_signIn->look();
        } else {
            lockNow();
        }
    });
}

void MainWindow::setConnections(ConnectionService &service)
{
    m_connectionService = &service;
    if (m_detail) {
        m_detail->setConnections(service);
    }
    m_connectionsPause.setSingleShot(true);
    m_connectionsPause.setInterval(connectionsPause);
    connect(&m_connectionsPause, &QTimer::timeout, this, &MainWindow::followConnections);
    const auto soon = [this] {
        if (!m_connectionsPause.isActive()) {
            m_connectionsPause.start();
        }
    };
    connect(&service, &ConnectionService::started, this, soon);
    connect(&service, &ConnectionService::changed, this, soon);
    connect(&service, &ConnectionService::servingChanged, this, soon);
    connect(&service, &ConnectionService::failed, this, [this](const Error &why) {
        if (!m_session.isLocked()) {
            sayFailure(why);
        }
    });
    connect(m_sidebar, &Sidebar::connectionsWanted, this, &MainWindow::showConnections);
    connect(m_sidebar, &Sidebar::toolsWanted, this, &MainWindow::showTools);
    followConnections();
}

void MainWindow::followConnections()
{
    const std::vector<ConnectionStatus> all = m_connectionService->list();
    m_sidebar->showConnections(worstTone(all), healthByAgent(all));
}

// Who is signed in

void MainWindow::followStanding(const SignInStanding &standing)
{
    if (standing.unconfirmed) {
        m_administrator->say(
            tr("The administrator of this workspace was not made in this window. If it was you, compare "
               "the fingerprint of the key and confirm it: %1")
                .arg(grouped(standing.unconfirmed->administrator.hex())),
            tr("Confirm"));
    } else {
        m_administrator->clear();
    }
    if (!m_session.isLocked() || m_makingKey || (m_firstRun && m_firstRun->isShowingCode())) {
        return;
    }
    if (m_lock) {
        m_lock->setStanding(standing, m_session.threads().location().keyFolder);
    }
    if (!standing.hasAdministrator && !m_firstRunPostponed) {
        showFirstRun();
        return;
    }
    if (m_mayUnlockByItself && standing.keys.size() == 1 && !standing.keys.front().needsPassphrase) {
        m_mayUnlockByItself = false;
        m_unlocking = true;
        m_session.unlock(standing.keys.front().path, {});
        return;
    }
    if (!m_unlocking) {
        showPage(Page::Locked);
    }
}

void MainWindow::enterWork()
{
    if (m_firstRun && m_firstRun->isShowingCode()) {
        return; // The code is shown once: it stays until it has been written down.
    }
    showPage(Page::Work);
    m_sidebar->setView(m_queue->view());
    m_queue->setFocus(Qt::OtherFocusReason);
}

void MainWindow::showFirstRun()
{
    if (!m_firstRun) {
        m_firstRun = new FirstRunPage(userName(), this);
        m_pages->addWidget(m_firstRun);
        connect(m_firstRun, &FirstRunPage::keyWanted, this, &MainWindow::makeFirstKey);
        connect(m_firstRun, &FirstRunPage::done, this, &MainWindow::enterWork);
        connect(m_firstRun, &FirstRunPage::postponed, this, [this] {
            m_firstRunPostponed = true;
            showPage(Page::Locked);
        });
    }
    const bool fresh = page() != Page::FirstRun;
    showPage(Page::FirstRun);
    if (fresh) {
        m_firstRun->focusField();
    }
}

void MainWindow::makeFirstKey(const QString &name, const QByteArray &passphrase)
{
    m_makingKey = true;
    m_session.createFirstAdministrator(name, passphrase,
                                       FirstRunPage::keyFilePath(m_session.threads().location().keyFolder, name));
}

void MainWindow::sayFailure(const Error &why)
{
    if (m_makingKey) {
        m_makingKey = false;
        m_firstRun->setProblem(why.message);
        m_signIn->look(); // Somebody else may have made one meanwhile.
        return;
    }
    if (m_unlocking) {
        m_unlocking = false;
        showPage(Page::Locked);
        lockView()->setProblem(why.message);
        return;
    }
    toast()->say(why.message);
    placeToast();
}

void MainWindow::lockNow()
{
    m_session.lock();
}

void MainWindow::lockWhenIdle()
{
    if (!m_session.isLocked() && m_session.clock().monotonic() - m_lastInput >= m_settings.idleLock()) {
        lockNow();
    }
}

void MainWindow::showOpenFailure(const Error &why)
{
    m_failedToOpen = true;
    m_opening->showFailure(why.message, m_session.threads().location().path);
    showPage(Page::Opening);
}

// Pages and shape

MainWindow::Page MainWindow::page() const
{
    const QWidget *current = m_pages->currentWidget();
    if (current == m_split) {
        return Page::Work;
    }
    if (m_lock && current == m_lock) {
        return Page::Locked;
    }
    if (m_connections && current == m_connections) {
        return Page::Connections;
    }
    if (m_tools && current == m_tools) {
        return Page::Tools;
    }
    return m_firstRun && current == m_firstRun ? Page::FirstRun : Page::Opening;
}

bool MainWindow::isWaitingForPerson() const
{
    return m_failedToOpen || page() == Page::Locked || page() == Page::FirstRun;
}

void MainWindow::showPage(Page wanted)
{
    if (m_failedToOpen) {
        wanted = Page::Opening;
    }
    const bool changes = page() != wanted;
    switch (wanted) {
    case Page::Opening:
        m_pages->setCurrentWidget(m_opening);
        break;
    case Page::Work:
        m_pages->setCurrentWidget(m_split);
        break;
    case Page::Connections:
        m_pages->setCurrentWidget(m_connections);
        break;
    case Page::Tools:
        m_pages->setCurrentWidget(m_tools);
        break;
    case Page::Locked:
        m_pages->setCurrentWidget(lockView());
        break;
    case Page::FirstRun:
        m_pages->setCurrentWidget(m_firstRun);
        break;
    }
    m_sidebar->setEnabled(wanted != Page::Opening);
    if ((wanted != Page::Opening || m_failedToOpen) && !std::exchange(m_presentable, true)) {
        Q_EMIT presentable();
    }
    if (changes && wanted == Page::Locked) {
        lockView()->focusField();
    }
}

void MainWindow::restoreShape()
{
    if (!restoreGeometry(m_settings.geometry())) {
        resize(usualWidth, usualHeight);
    }
    m_shapeRestored = m_split->restoreState(m_settings.panes());
    // Whatever a file says, these two stay as they are.
    m_split->setHandleWidth(1);
    m_split->setChildrenCollapsible(false);
    showView(m_settings.view());
    adaptToSize();
}

void MainWindow::adaptToSize()
{
    const bool compact = width() < grid(foldSidebarBelow);
    if (compact != m_sidebar->isCompact()) {
        m_sidebar->setCompact(compact);
    }
    const int room = width() - m_sidebar->preferredWidth();
    m_narrow = room < grid(takeTurnsBelow);
    m_queue->setMinimumWidth(std::min(grid(60), room));
    m_right->setMinimumWidth(std::min(grid(80), room));
    m_queue->setVisible(!m_narrow || !m_detailOpen);
    m_right->setVisible(!m_narrow || m_detailOpen);
    if (!m_shapeRestored && !m_narrow) {
        const int queue = std::min(grid(queueSteps), room * 2 / 5);
        m_split->setSizes({queue, room - queue});
    }
    placeToast();
}

void MainWindow::placeToast()
{
    if (!m_toast || m_toast->isHidden()) {
        return;
    }
    // Over the queue: never on what has to be read, never on the decision bar.
    const int margin = grid(2);
    const bool overQueue = page() == Page::Work && m_queue->isVisible();
    const QRect column =
        overQueue ? QRect(m_queue->mapTo(this, QPoint(0, 0)), m_queue->size())
                  : QRect(m_sidebar->width(), 0, std::min(width() - m_sidebar->width(), grid(120)), height());
    const int wide = column.width() - 2 * margin;
    const int high = std::max(m_toast->heightForWidth(wide), m_toast->sizeHint().height());
    m_toast->setGeometry(column.left() + margin, column.bottom() - margin - high, wide, high);
    m_toast->raise();
}

void MainWindow::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    adaptToSize();
}

void MainWindow::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_split) {
        adaptToSize();
    }
}

void MainWindow::paintEvent(QPaintEvent *event)
{
    QPainter(this).fillRect(event->rect(), colours().surface);
    if (page() == Page::Work && !std::exchange(m_completing, true)) {
        // Not when the loop comes round: that turn belongs to keys and to the answer of the list. Whoever needs the
        // detail earlier, makes it by asking for it.
        QTimer::singleShot(completingPause, this, &MainWindow::completeWorkPage);
    }
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    m_settings.setGeometry(saveGeometry());
    if (!m_narrow) {
        m_settings.setPanes(m_split->saveState());
    }
    m_settings.save();
    QWidget::closeEvent(event);
}

bool MainWindow::isInFront() const
{
    return isVisible() && !isMinimized() && isActiveWindow() && !m_session.isLocked();
}

void MainWindow::updateTitle()
{
    const int waiting = m_session.isLocked() ? 0 : m_sidebar->counts().inbox;
    // Ends with the name: a title that does not gets it a second time from Qt.
    setWindowTitle(waiting > 0 ? tr("%n waiting — Countersign", nullptr, waiting) : tr("Countersign"));
}

} // namespace countersign::ui
