// SPDX-License-Identifier: Apache-2.0
#include "ui/connections/connections_pane.h"

#include "core/base/visible_text.h"
#include "ui/connections/accept_identity_sheet.h"
#include "ui/connections/add_connection_sheet.h"
#include "ui/connections/connection_detail.h"
#include "ui/connections/connection_list.h"
#include "ui/connections/profile_sheet.h"
#include "ui/connections/remove_connection_sheet.h"
#include "ui/connections/sign_in_sheet.h"
#include "ui/detail/wrap_label.h"
#include "ui/style/flat_button.h"
#include "ui/style/labels.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QSplitter>
#include <QtWidgets/QStackedWidget>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign::ui {
namespace {

constexpr auto changePause = 60ms;
constexpr auto passingStep = 500ms;
constexpr int listSteps = 85;       ///< 340 px at 100 %.
constexpr int takeTurnsBelow = 150; ///< 600 px at 100 %, as list and detail of the inbox.

} // namespace

ConnectionsPane::ConnectionsPane(ConnectionService &service, const Clock &clock, QWidget *parent)
    : QWidget(parent)
    , m_service(service)
    , m_clock(clock)
{
    setObjectName(u"connectionsPane"_s);
    m_split = new QSplitter(Qt::Horizontal, this);
    m_split->setHandleWidth(1);
    m_split->setChildrenCollapsible(false);
    m_left = makeLeft();
    m_split->addWidget(m_left);
    m_right = new QStackedWidget(m_split);
    m_emptyPage = makeEmptyPage();
    m_detail = new ConnectionDetail(m_right);
    m_right->addWidget(m_emptyPage);
    m_right->addWidget(m_detail);
    m_split->setStretchFactor(0, 0);
    m_split->setStretchFactor(1, 1);
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->addWidget(m_split);
    setFocusProxy(m_list);

    m_pause.setSingleShot(true);
    m_pause.setInterval(changePause);
    connect(&m_pause, &QTimer::timeout, this, &ConnectionsPane::refresh);
    m_passing.setInterval(passingStep);
    connect(&m_passing, &QTimer::timeout, this, &ConnectionsPane::refresh);
    const auto soon = [this] {
        if (isVisible() && !m_pause.isActive()) {
            m_pause.start();
        }
    };
    connect(&service, &ConnectionService::changed, this, soon);
    connect(&service, &ConnectionService::started, this, soon);
    connect(&service, &ConnectionService::servingChanged, this, soon);
    if (const SignIns *signIns = SignIns::of(service)) {
        connect(signIns, &SignIns::changed, this, soon);
    }
    connect(m_list, &ConnectionList::selectionMoved, this, &ConnectionsPane::refreshDetail);
    connect(m_detail, &ConnectionDetail::testWanted, this, &ConnectionsPane::sendTest);
    connect(m_detail, &ConnectionDetail::retryWanted, this, &ConnectionsPane::retry);
    connect(m_detail, &ConnectionDetail::removeWanted, this, &ConnectionsPane::askToRemove);
    connect(m_detail, &ConnectionDetail::profileWanted, this, &ConnectionsPane::editProfile);
    connect(m_detail, &ConnectionDetail::signInWanted, this, &ConnectionsPane::changeSignIn);
    connect(m_detail, &ConnectionDetail::identityWanted, this, &ConnectionsPane::askForIdentity);
    connect(m_detail, &ConnectionDetail::serveWanted, this, &ConnectionsPane::serveTool);
    connect(m_list, &QListWidget::itemClicked, this, [this] { openDetail(!selectedName().isEmpty()); });
    applyGrid();
    refresh();
}

QWidget *ConnectionsPane::makeLeft()
{
    auto *left = new QWidget(m_split);
    m_header = new QWidget(left);
    auto *add = new FlatButton(tr("Add…"), u"N"_s, FlatButton::Look::Primary, m_header);
    add->setObjectName(u"addConnectionButton"_s);
    connect(add, &FlatButton::clicked, this, &ConnectionsPane::openAddSheet);
    QLabel *title = makeLabel(tr("Connections"), TextSize::Body, m_header);
    title->setFont(uiFont(TextSize::Body, QFont::DemiBold));
    title->setObjectName(u"connectionsTitle"_s);
    auto *header = new QHBoxLayout(m_header);
    header->addWidget(title, 1);
    header->addWidget(add);
    m_notServing = new WrapLabel(tr("Another process serves the connections of this workspace, such as a second window "
                                    "or countersignctl serve. What agents ask still comes to the inbox; how they stand "
                                    "is seen there."),
                                 TextSize::Small, left);
    m_notServing->setObjectName(u"notServing"_s);
    m_notServing->setContentsMargins(grid(3), grid(2), grid(3), grid(2));
    m_list = new ConnectionList(left);
    auto *rows = new QVBoxLayout(left);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(0);
    rows->addWidget(m_header);
    rows->addWidget(m_notServing);
    rows->addWidget(m_list, 1);
    return left;
}

QWidget *ConnectionsPane::makeEmptyPage()
{
    auto *scroll = new QScrollArea(m_right); // With large letters it is more than a screen.
    scroll->setObjectName(u"noConnections"_s);
    scroll->setAccessibleName(tr("No agent is connected yet"));
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->viewport()->setAutoFillBackground(false);
    auto *page = new QWidget(scroll);
    m_emptyRows = page;
    auto *add = new FlatButton(tr("Add a connection…"), u"N"_s, FlatButton::Look::Plain, page);
    connect(add, &FlatButton::clicked, this, &ConnectionsPane::openAddSheet);
    auto *rows = new QVBoxLayout(page);
    rows->addStretch(1);
    rows->addWidget(new WrapLabel(tr("No agent is connected yet"), TextSize::Title, page));
    for (const QString &sentence :
         {tr("Countersign listens to agents built with Cloudflare's Agents SDK: tools that need approval, tools that "
             "you serve, workflows and state that wait for a person. What they ask comes to the inbox, and your "
             "decision goes back to them."),
          tr("You need the agent's address, wss://HOST/agents/AGENT/INSTANCE (ws:// on this machine only), and the "
             "secret it lets you in with, if it wants one. Who answers first is pinned: another agent at the same "
             "address gets nothing."),
          tr("MCP servers are added here as well; their tools stand under Tools (G T)."),
          tr("From a terminal: countersignctl connection add NAME --cloudflare URL, or --mcp-http URL, or "
             "--mcp-stdio -- COMMAND")}) {
        auto *label = new WrapLabel(sentence, TextSize::Body, page);
        label->setInk(WrapLabel::Ink::Dim);
        rows->addWidget(label);
    }
    rows->addWidget(add, 0, Qt::AlignLeft);
    rows->addStretch(2);
    scroll->setWidget(page);
    page->setAutoFillBackground(false);
    return scroll;
}

void ConnectionsPane::refresh()
{
    const std::vector<ConnectionStatus> all = m_service.list();
    QHash<QString, QString> wantedSignIns;
    for (const ConnectionStatus &status : all) {
        if (const QString wanted = wantedSignIn(status); !wanted.isEmpty()) {
            wantedSignIns.insert(status.name, wanted);
        }
    }
    m_list->setConnections(all, wantedSignIns, m_clock.now());
    if (!m_wanted.isEmpty() && m_service.status(m_wanted)) {
        m_list->selectName(std::exchange(m_wanted, {}));
        refreshDetail();
        m_detail->say(std::exchange(m_wantedWords, {}));
    }
    m_notServing->setVisible(!m_service.isServing() && !all.empty());
    refreshDetail();
}

void ConnectionsPane::refreshDetail()
{
    const QString name = m_list->selectedName();
    const std::optional<ConnectionStatus> status = name.isEmpty() ? std::nullopt : m_service.status(name);
    if (!status) {
        m_right->setCurrentWidget(m_emptyPage);
        takeTurns();
        return;
    }
    if (std::exchange(m_shown, name) != name) {
        m_detail->say({});
        m_detail->scrollToTop();
    }
    m_detail->showSignIn(wantedSignIn(*status));
    m_detail->showStatus(*status, m_service.isServing(), m_clock.now());
    m_detail->showExtract(m_service.extract(name));
    if (!m_detail->framesArePaused()) {
        m_detail->showFrames(m_service.frames(name));
    }
    m_right->setCurrentWidget(m_detail);
    takeTurns();
}

bool ConnectionsPane::handleKey(QKeyEvent *event)
{
    if (event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) {
        return false;
    }
    const bool once = !event->isAutoRepeat();
    const bool chosen = !selectedName().isEmpty();
    switch (event->key()) {
    case Qt::Key_J:
        m_list->moveSelection(1);
        return true;
    case Qt::Key_K:
        m_list->moveSelection(-1);
        return true;
    case Qt::Key_O:
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (chosen) {
            openDetail(true);
            m_detail->focusPage();
        }
        return true;
    case Qt::Key_N:
        if (once) {
            openAddSheet();
        }
        return true;
    case Qt::Key_T:
        if (once && chosen) {
            sendTest();
        }
        return true;
    case Qt::Key_R:
        if (once && chosen && m_detail->mayRetry()) {
            retry();
        }
        return true;
    case Qt::Key_E:
        if (once && chosen && m_detail->mayEditProfile()) {
            editProfile();
        }
        return true;
    case Qt::Key_S:
        if (once && chosen && m_detail->mayChangeSignIn()) {
            changeSignIn();
        }
        return true;
    case Qt::Key_I:
        if (once && chosen && m_detail->hasOffer()) {
            askForIdentity();
        }
        return true;
    case Qt::Key_A:
        if (once && chosen && !m_detail->unansweredTool().isEmpty()) {
            serveTool();
        }
        return true;
    case Qt::Key_P:
        if (once && chosen) {
            m_detail->toggleFrames();
        }
        return true;
    case Qt::Key_Delete:
        if (once && chosen) {
            askToRemove();
        }
        return true;
    case Qt::Key_Escape:
        showList();
        m_list->setFocus(Qt::OtherFocusReason);
        return true;
    default:
        return false;
    }
}

QString ConnectionsPane::selectedName() const
{
    return m_list->selectedName();
}

void ConnectionsPane::select(const QString &name)
{
    m_list->selectName(name);
    refreshDetail();
}

AddConnectionSheet *ConnectionsPane::addSheet()
{
    if (!m_addSheet) {
        m_addSheet = new AddConnectionSheet(window());
        connect(m_addSheet, &AddConnectionSheet::addWanted, this, &ConnectionsPane::add);
        connect(m_addSheet, &AddConnectionSheet::signInWanted, this, &ConnectionsPane::keepSignIn);
    }
    return m_addSheet;
}

void ConnectionsPane::openAddSheet()
{
    addSheet()->openFresh();
}

void ConnectionsPane::changeSignIn()
{
    SignIns *signIns = SignIns::of(m_service);
    const std::optional<ConnectionStatus> status = m_service.status(selectedName());
    if (const auto waiting = signIns && status ? signIns->of(*status) : std::nullopt) {
        if (!m_signInSheet) {
            m_signInSheet = new SignInSheet(*signIns, window());
        }
        m_signInSheet->ask(status->name, *waiting);
        return;
    }
    if (status && !status->kind.startsWith(u"mcp"_s)) {
        addSheet()->openForSignIn(selectedName());
    }
}

/// Visible text; empty: the connection waits for no sign-in.
QString ConnectionsPane::wantedSignIn(const ConnectionStatus &status) const
{
    const SignIns *signIns = SignIns::of(m_service);
    const auto waiting = signIns ? signIns->of(status) : std::nullopt;
    if (!waiting) {
        return {};
    }
    const QString issuer = displayText(waiting->question.issuer.left(300)).text;
    return waiting->isOpened
               ? tr("The page of %1 was opened in your browser. The connection goes on once you have signed "
                    "in there; S opens it again.")
                     .arg(issuer)
               : tr("The server wants you to sign in at %1. Nothing was opened yet: S shows the address.").arg(issuer);
}

void ConnectionsPane::keepSignIn(const QString &name, const SignIn &signIn)
{
    ConnectionService::Update update;
    update.signIn = signIn;
    whenDone(m_service.update(name, update), this, [this, name, isNone = signIn.isEmpty()](const Result<> &kept) {
        if (!kept) {
            m_addSheet->fail(displayText(kept.error().message).text);
            return;
        }
        m_addSheet->close();
        refresh();
        const QString shown = displayText(name).text;
        m_detail->say(isNone ? tr("“%1” signs in with nothing from its next connection on.").arg(shown)
                             : tr("“%1” signs in with it from its next connection on. It is kept in %2.")
                                   .arg(shown, m_service.secrets().place()));
    });
}

void ConnectionsPane::add(const ConnectionService::NewConnection &connection)
{
    const bool hasSecrets = !connection.secrets.empty() || connection.token;
    whenDone(m_service.add(connection), this, [this, hasSecrets](const Result<ConnectionStatus> &added) {
        if (!added) {
            m_addSheet->fail(displayText(added.error().message).text);
            return;
        }
        m_addSheet->close();
        m_wanted = added->name; // The service reads the workspace's list anew; then it is there.
        m_wantedWords = hasSecrets ? tr("Its secrets are kept in %1.").arg(m_service.secrets().place()) : QString();
        refresh();
    });
}

void ConnectionsPane::askToRemove()
{
    const std::optional<ConnectionStatus> status = m_service.status(selectedName());
    if (!status) {
        return;
    }
    if (!m_removeSheet) {
        m_removeSheet = new RemoveConnectionSheet(window());
        connect(m_removeSheet, &RemoveConnectionSheet::removeWanted, this, &ConnectionsPane::remove);
    }
    m_removeSheet->ask(status->name, status->openRequests);
}

void ConnectionsPane::remove(const QString &name)
{
    whenDone(m_service.remove(name), this, [this, name](const Result<> &removed) {
        if (!removed) {
            m_detail->say(
                tr("“%1” was not removed: %2").arg(displayText(name).text, displayText(removed.error().message).text));
        }
        refresh();
    });
}

void ConnectionsPane::editProfile()
{
    if (!m_profileSheet) {
        m_profileSheet = new ProfileSheet(m_service, window());
        connect(m_profileSheet, &ProfileSheet::saved, this, [this](const QString &name) {
            refresh();
            m_detail->say(tr("The profile of “%1” was saved. It connects anew and reads the state with it.")
                              .arg(displayText(name).text));
        });
    }
    m_profileSheet->edit(selectedName());
}

void ConnectionsPane::askForIdentity()
{
    const std::optional<ConnectionStatus> status = m_service.status(selectedName());
    if (!status || status->offered.isEmpty()) {
        return;
    }
    if (!m_identitySheet) {
        m_identitySheet = new AcceptIdentitySheet(window());
        connect(m_identitySheet, &AcceptIdentitySheet::acceptWanted, this, &ConnectionsPane::acceptIdentity);
    }
    m_identitySheet->ask(status->name, status->pinned, status->offered);
}

void ConnectionsPane::acceptIdentity(const QString &name, const QString &offered)
{
    ConnectionService::Update update;
    update.identity = offered;
    whenDone(m_service.update(name, update), this, [this, name, offered](const Result<> &done) {
        refresh();
        m_detail->say(
            done ? tr("“%1” answers for “%2” from now on.").arg(displayText(offered).text, displayText(name).text)
                 : tr("The new identity was not accepted: %1").arg(displayText(done.error().message).text));
    });
}

void ConnectionsPane::sendTest()
{
    const QString name = selectedName();
    whenDone(m_service.sendTestRequest(name), this, [this, name](const Result<Submitted> &sent) {
        if (name != m_shown) {
            return;
        }
        m_detail->say(sent ? tr("A test request was filed in the name of “%1”. It is in the inbox (G I); nothing "
                                "happens, whatever you decide.")
                                 .arg(displayText(name).text)
                           : tr("No test request was filed: %1").arg(displayText(sent.error().message).text));
    });
}

void ConnectionsPane::serveTool()
{
    const QString name = selectedName();
    const QString tool = m_detail->unansweredTool();
    whenDone(m_service.serveTool(name, tool), this, [this, name, tool](const Result<> &done) {
        refresh();
        if (name != m_shown) {
            return;
        }
        const QString shown = shortened(displayText(tool).text, 200);
        m_detail->say(done ? tr("“%1” is yours to answer from now on: its profile says so, and its calls come to the "
                                "inbox (G I).")
                                 .arg(shown)
                           : tr("“%1” is not yours to answer: %2").arg(shown, displayText(done.error().message).text));
    });
}

void ConnectionsPane::retry()
{
    m_service.retryNow(selectedName());
    refresh();
}

void ConnectionsPane::showList()
{
    openDetail(false);
}

void ConnectionsPane::openDetail(bool open)
{
    m_detailOpen = open;
    takeTurns();
}

/// Without a connection the page that says how to add one is all there is.
void ConnectionsPane::takeTurns()
{
    const bool isEmpty = m_right->currentWidget() == m_emptyPage;
    m_left->setVisible(!m_narrow || (!m_detailOpen && !isEmpty));
    m_right->setVisible(!m_narrow || m_detailOpen || isEmpty);
}

void ConnectionsPane::applyGrid()
{
    m_header->layout()->setContentsMargins(grid(3), grid(2), grid(3), grid(2));
    m_header->setMinimumHeight(grid(11));
    QLayout *empty = m_emptyRows->layout();
    empty->setContentsMargins(grid(8), grid(6), grid(8), grid(6));
    empty->setSpacing(grid(3));
    m_left->setMinimumWidth(std::min(grid(50), std::max(1, width() / 2)));
    m_right->setMinimumWidth(1);
}

void ConnectionsPane::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    refresh();
    m_passing.start();
}

void ConnectionsPane::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_passing.stop();
}

void ConnectionsPane::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    applyGrid();
    m_narrow = width() < grid(takeTurnsBelow);
    takeTurns();
    const int list = std::min(grid(listSteps), width() * 2 / 5);
    m_split->setSizes({list, width() - list});
}

void ConnectionsPane::paintEvent(QPaintEvent *event)
{
    QPainter(this).fillRect(event->rect(), colours().panel);
}

void ConnectionsPane::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_detail) {
        applyGrid();
        m_narrow = width() < grid(takeTurnsBelow);
        takeTurns();
    }
}

} // namespace countersign::ui
