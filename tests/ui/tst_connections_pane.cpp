// SPDX-License-Identifier: Apache-2.0
#include "tests/support/window_rig.h"
#include "ui/connections/add_connection_sheet.h"
#include "ui/connections/connection_desk.h"
#include "ui/connections/connection_list.h"
#include "ui/connections/connections_pane.h"
#include "ui/connections/frames_view.h"
#include "ui/connections/remove_connection_sheet.h"
#include "ui/detail/wrap_label.h"
#include "ui/shell/sidebar_item.h"
#include "ui/style/flat_button.h"
#include "ui/style/pill.h"

#include <QtGui/QClipboard>
#include <QtNetwork/QNetworkRequest>
#include <QtNetwork/QTcpServer>
#include <QtNetwork/QTcpSocket>
#include <QtWebSockets/QWebSocket>
#include <QtWebSockets/QWebSocketServer>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QTableWidget>

#include <set>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::ui;
using countersign::test::WindowRig;

namespace {

/// An agent on this machine without a chat: says who it is and shows a state, nothing else.
class SmallAgent
{
public:
    SmallAgent()
    {
        if (!m_door.listen(QHostAddress::LocalHost)) {
            qFatal("no port");
        }
        QObject::connect(&m_door, &QTcpServer::newConnection, &m_door,
                         [this] { receive(m_door.nextPendingConnection()); });
        QObject::connect(&m_server, &QWebSocketServer::newConnection, &m_server, [this] {
            QWebSocket *socket = m_server.nextPendingConnection();
            socket->setParent(&m_server);
            authorization = socket->request().rawHeader("Authorization");
            ++connections;
            socket->sendTextMessage(u"{\"type\":\"cf_agent_identity\",\"agent\":\"%1\",\"name\":\"eu\"}"_s.arg(agent));
            socket->sendTextMessage(state);
            socket->sendTextMessage(u"{\"type\":\"echo\",\"said\":\"canary-7261\"}"_s);
        });
    }
    QString address(const QString &instance = u"eu"_s) const
    {
        return u"ws://127.0.0.1:%1/agents/ops-chat/%2"_s.arg(QString::number(m_door.serverPort()), instance);
    }
    QString agent = u"ops-chat"_s;
    QString state = uR"({"type":"cf_agent_state","state":{"note":"quiet"}})"_s;
    QByteArray authorization;
    int connections = 0;

private:
    void receive(QTcpSocket *socket)
    {
        QObject::connect(socket, &QTcpSocket::readyRead, &m_door, [this, socket] {
            const QByteArray head = socket->peek(8192);
            if (!head.contains("\r\n\r\n")) {
                return;
            }
            socket->disconnect(&m_door);
            if (head.contains("get-messages")) {
                socket->write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                socket->disconnectFromHost();
                return;
            }
            m_server.handleConnection(socket);
            Q_EMIT socket->readyRead(); // What has come already is for the server.
        });
    }

    QWebSocketServer m_server{u"agent"_s, QWebSocketServer::NonSecureMode};
    QTcpServer m_door;
};

/// The window with its connections.
struct Stand {
    Stand()
    {
        rig.open();
        desk = std::make_unique<ConnectionDesk>(*rig.session);
        rig.window->setConnections(desk->service());
        desk->start();
    }
    ~Stand()
    {
        rig.window.reset();
        desk.reset();
    }
    ConnectionsPane *pane() const { return rig.window->findChild<ConnectionsPane *>(); }
    QString label(const QString &name) const { return rig.find<WrapLabel>(name)->text(); }
    bool isSheetOpen(const QString &name) const
    {
        const auto *sheet = rig.find<Sheet>(name);
        return sheet && sheet->isOpen();
    }
    void shoot(const QString &name) const
    {
        if (const QString folder = qEnvironmentVariable("COUNTERSIGN_SCREENSHOTS"); !folder.isEmpty()) {
            rig.window->grab().save(QDir(folder).filePath(name + u".png"_s));
        }
    }
    void shootAll(const QString &name) const
    {
        const QFont usual = QApplication::font();
        shoot(name + u"-light"_s);
        applyTheme(*qApp, ColourScheme::Dark);
        QTest::qWait(0); // The palette arrives by the event loop.
        shoot(name + u"-dark"_s);
        applyTheme(*qApp, ColourScheme::Light);
        rig.window->resize(1024, 640);
        QTest::qWait(0);
        shoot(name + u"-small"_s);
        QFont large = usual;
        large.setPixelSize(26);
        QApplication::setFont(large);
        applyTheme(*qApp, ColourScheme::Light);
        QTest::qWait(0);
        shoot(name + u"-large"_s);
        QApplication::setFont(usual);
        applyTheme(*qApp, ColourScheme::Light);
        rig.window->resize(1440, 900);
    }

    WindowRig rig;
    std::unique_ptr<ConnectionDesk> desk;
};

ConnectionService::NewConnection newConnection(const SmallAgent &agent, const QString &name = u"payments"_s)
{
    ConnectionService::NewConnection connection;
    connection.name = name;
    connection.url = QUrl(agent.address());
    return connection;
}

} // namespace

#define OPEN_CONNECTIONS(stand)                                                                                        \
    QTRY_VERIFY((stand).rig.isAtWork());                                                                               \
    QTRY_VERIFY((stand).rig.window->isActiveWindow());                                                                 \
    (stand).rig.press(Qt::Key_G);                                                                                      \
    (stand).rig.press(Qt::Key_A);                                                                                      \
    QTRY_VERIFY((stand).pane() && (stand).pane()->isVisible())

class TestConnectionsPane : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ColourScheme::Light); }
    void anEmptyPaneTeaches();
    void keysAddAConnectionWithASecret();
    void whatCannotBeMeantIsSaidAndKept();
    void removingAsksFirst();
    void aTestRequestComesToTheInbox();
    void anotherAgentIsRefusedInWords();
    void outsideTextIsMadeVisible();
    void noKeyOfThePaneDecides();
    void lockingHidesIt();
    void theGuideSaysWhichWayIn_data();
    void theGuideSaysWhichWayIn();
    void anMcpServerIsAddedByItsCommand();
    void aTokenCommandSignsIn();
    void aTokenAddressSignsIn();
    void aSecretIsReplaced();
    void aProfileIsEditedBesideTheLiveState();
    void aBrokenProfileIsNotSaved();
    void aNewIdentityIsAcceptedByAnAct();
    void agentsShowTheirHealthByShapeAndWord();
};

void TestConnectionsPane::anEmptyPaneTeaches()
{
    Stand stand;
    OPEN_CONNECTIONS(stand);
    QVERIFY(stand.rig.find<QWidget>(u"noConnections"_s)->isVisible());
    stand.shootAll(u"connections-empty"_s);
    QVERIFY(!stand.rig.window->queue()->isVisible());
    stand.rig.press(Qt::Key_G);
    stand.rig.press(Qt::Key_I);
    QVERIFY(stand.rig.window->queue()->isVisible());
    QVERIFY(stand.rig.window->queue()->isAncestorOf(QApplication::focusWidget()));
}

void TestConnectionsPane::keysAddAConnectionWithASecret()
{
    SmallAgent agent;
    Stand stand;
    OPEN_CONNECTIONS(stand);
    stand.rig.press(Qt::Key_N);
    QVERIFY(stand.isSheetOpen(u"addConnection"_s));
    stand.rig.press(Qt::Key_1);
    stand.rig.type(u"payments"_s);
    stand.rig.press(Qt::Key_Return); // Goes on, adds nothing.
    QVERIFY(stand.isSheetOpen(u"addConnection"_s));
    stand.rig.type(agent.address());
    stand.rig.press(Qt::Key_Tab);
    stand.rig.press(Qt::Key_Down);
    auto *secret = stand.rig.find<QLineEdit>(u"newConnectionSecret"_s);
    QTRY_VERIFY(secret->isVisible());
    QCOMPARE(stand.rig.find<QLineEdit>(u"newConnectionSecretName"_s)->text(), u"Authorization"_s);
    QCOMPARE(secret->echoMode(), QLineEdit::Password);
    secret->setFocus();
    stand.rig.type(u"canary-7261"_s);
    stand.shootAll(u"connections-add"_s);
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(!stand.isSheetOpen(u"addConnection"_s));
    QVERIFY(secret->text().isEmpty());
    QTRY_COMPARE(stand.pane()->selectedName(), u"payments"_s);
    QTRY_COMPARE_WITH_TIMEOUT(stand.rig.find<Pill>(u"connectionStanding"_s)->text(), u"connected"_s, 10'000);
    QCOMPARE(agent.authorization, QByteArray("canary-7261"));
    QVERIFY2(stand.label(u"connectionSaid"_s).contains(u"only you can read"_s), "where the secret went is said");
    QTRY_VERIFY(stand.label(u"connectionIdentity"_s).startsWith(u"ops-chat/eu · pinned"_s));
    auto *frames = stand.rig.window->findChild<FramesModel *>();
    QTRY_VERIFY(frames->rowCount() >= 3);
    for (int row = 0; row < frames->rowCount(); ++row) {
        QVERIFY(!frames->frame(row).text.contains(u"canary"_s)); // The agent repeats it; the log does not.
    }
    QTRY_VERIFY(stand.rig.find<QPlainTextEdit>(u"agentState"_s)->toPlainText().contains(u"quiet"_s));
    QTRY_COMPARE(stand.rig.find<QAbstractButton>(u"view-connections"_s)->accessibleDescription(), u"Connected"_s);
    stand.shootAll(u"connections-open"_s);
}

void TestConnectionsPane::whatCannotBeMeantIsSaidAndKept()
{
    Stand stand;
    OPEN_CONNECTIONS(stand);
    stand.rig.press(Qt::Key_N);
    stand.rig.press(Qt::Key_1);
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(stand.rig.find<QLabel>(u"addProblem"_s)->text().contains(u"name"_s));
    stand.rig.type(u"payments"_s);
    stand.rig.find<QLineEdit>(u"newConnectionAddress"_s)->setText(u"ws://agents.example.com/agents/a/b"_s);
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(stand.rig.find<QLabel>(u"addProblem"_s)->text().contains(u"TLS"_s));
    QVERIFY(stand.isSheetOpen(u"addConnection"_s));
    QCOMPARE(stand.rig.find<QLineEdit>(u"newConnectionName"_s)->text(), u"payments"_s);
    stand.rig.find<QComboBox>(u"newConnectionProfile"_s)->setCurrentIndex(1);
    stand.rig.find<QLineEdit>(u"newConnectionProfileFile"_s)->setText(u"/dev/zero"_s);
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(stand.rig.find<QLabel>(u"addProblem"_s)->text().contains(u"/dev/zero"_s));
    stand.rig.press(Qt::Key_Escape);
    QVERIFY(!stand.isSheetOpen(u"addConnection"_s));
    QVERIFY(stand.desk->service().list().empty());
}

void TestConnectionsPane::removingAsksFirst()
{
    SmallAgent agent;
    Stand stand;
    OPEN_CONNECTIONS(stand);
    stand.desk->service().add(newConnection(agent));
    QTRY_COMPARE(stand.pane()->selectedName(), u"payments"_s);
    stand.rig.press(Qt::Key_Delete);
    QVERIFY(stand.isSheetOpen(u"removeConnectionSheet"_s));
    QCOMPARE(QApplication::focusWidget()->objectName(), u"keepConnection"_s);
    stand.shoot(u"connections-remove"_s);
    stand.rig.press(Qt::Key_Return);
    stand.rig.press(Qt::Key_Space);
    QVERIFY(!stand.isSheetOpen(u"removeConnectionSheet"_s));
    QCOMPARE(stand.desk->service().list().size(), size_t(1));
    stand.rig.press(Qt::Key_Delete);
    stand.rig.find<QAbstractButton>(u"removeNow"_s)->click();
    QTRY_VERIFY(stand.desk->service().list().empty());
    QTRY_VERIFY(stand.rig.find<QWidget>(u"noConnections"_s)->isVisible());
}

void TestConnectionsPane::aTestRequestComesToTheInbox()
{
    SmallAgent agent;
    Stand stand;
    OPEN_CONNECTIONS(stand);
    stand.desk->service().add(newConnection(agent));
    QTRY_COMPARE(stand.pane()->selectedName(), u"payments"_s);
    QCOMPARE(stand.rig.window->sidebar()->counts().inbox, 0);
    stand.rig.press(Qt::Key_T);
    QTRY_COMPARE(stand.rig.window->sidebar()->counts().inbox, 1);
    QTRY_VERIFY(stand.label(u"connectionSaid"_s).contains(u"inbox"_s));
    QTRY_COMPARE(stand.rig.find<Pill>(u"connectionStanding"_s)->text(), u"connected"_s);
    // The agent's own line has the health of its connection.
    QTRY_VERIFY(stand.rig.find<QAbstractButton>(u"agent-0"_s));
    QTRY_VERIFY(stand.rig.find<QAbstractButton>(u"agent-0"_s)->accessibleDescription().contains(u"Connected"_s));
}

void TestConnectionsPane::anotherAgentIsRefusedInWords()
{
    SmallAgent agent;
    Stand stand;
    OPEN_CONNECTIONS(stand);
    stand.desk->service().add(newConnection(agent));
    QTRY_VERIFY(stand.rig.find<WrapLabel>(u"connectionIdentity"_s)->text().contains(u"pinned:"_s));
    const auto pinned = [&] {
        const auto rows = stand.rig.onEngine([](Engine &engine) { return engine.store().connections(); });
        return rows && !rows->empty() && decodeSettings(rows->front().settings)->pinnedAgent == u"ops-chat"_s;
    };
    QTRY_VERIFY(pinned());
    agent.agent = u"impostor"_s;
    stand.desk->service().stop();
    stand.desk->service().start();
    QTRY_COMPARE_WITH_TIMEOUT(stand.rig.find<Pill>(u"connectionStanding"_s)->text(), u"stopped"_s, 10'000);
    QVERIFY(stand.label(u"connectionWords"_s).contains(u"impostor"_s));
    QVERIFY(stand.label(u"connectionWords"_s).contains(u"ops-chat"_s));
    QTRY_COMPARE(stand.rig.find<QAbstractButton>(u"view-connections"_s)->accessibleDescription(), u"Stopped"_s);
}

void TestConnectionsPane::outsideTextIsMadeVisible()
{
    SmallAgent agent;
    agent.agent = u"<b>ops\u202Echat</b>"_s;
    agent.state = u"{\"type\":\"cf_agent_state\",\"state\":{\"note\":\"<img src=x>\u200B\"}}"_s;
    Stand stand;
    OPEN_CONNECTIONS(stand);
    stand.desk->service().add(newConnection(agent));
    QTRY_VERIFY(stand.pane()->selectedName() == u"payments"_s);
    QTRY_VERIFY(stand.label(u"connectionIdentity"_s).contains(u"<b>ops⟨U+202E⟩chat</b>"_s));
    const auto *state = stand.rig.find<QPlainTextEdit>(u"agentState"_s);
    QTRY_VERIFY(state->toPlainText().contains(u"<img src=x>"_s));
    QVERIFY(!state->toPlainText().contains(QChar(0x200B)));
    const auto *frames = stand.rig.window->findChild<FramesModel *>();
    QTRY_VERIFY(frames->rowCount() > 0);
}

void TestConnectionsPane::noKeyOfThePaneDecides()
{
    Stand stand;
    QTRY_VERIFY(stand.rig.isAtWork());
    Submission submission;
    submission.agentName = u"agent"_s;
    submission.content.toolName = u"tool"_s;
    submission.content.arguments = "{}";
    submission.content.allowed = {Verdict::Approve, Verdict::Reject};
    const RequestId id = stand.rig.submit(submission);
    stand.rig.window->showView(QueueQuery::View::Inbox);
    stand.rig.window->queue()->select(id);
    OPEN_CONNECTIONS(stand);
    for (const int key : {Qt::Key_A, Qt::Key_R, Qt::Key_E, Qt::Key_C, Qt::Key_S, Qt::Key_D, Qt::Key_Q, Qt::Key_Z}) {
        stand.rig.clock.advance(2s);
        stand.rig.press(key);
    }
    const Request request = stand.rig.request(id);
    QCOMPARE(request.state.lifecycle, Lifecycle::Pending);
    QVERIFY(!request.claimedBy);
}

void TestConnectionsPane::lockingHidesIt()
{
    Stand stand;
    OPEN_CONNECTIONS(stand);
    stand.rig.press(Qt::Key_N);
    stand.rig.press(Qt::Key_1);
    stand.rig.find<QComboBox>(u"newConnectionPlace"_s)->setCurrentIndex(1);
    stand.rig.find<QLineEdit>(u"newConnectionSecret"_s)->setText(u"canary"_s);
    stand.rig.window->lockNow();
    QTRY_VERIFY(!stand.pane()->isVisible());
    QVERIFY(!stand.isSheetOpen(u"addConnection"_s));
    QVERIFY(stand.rig.find<QLineEdit>(u"newConnectionSecret"_s)->text().isEmpty());
}

void TestConnectionsPane::theGuideSaysWhichWayIn_data()
{
    QTest::addColumn<int>("key");
    QTest::addColumn<QString>("copied");
    QTest::newRow("an MCP client") << int(Qt::Key_3) << u"mcp-gate"_s;
    QTest::newRow("Claude Code") << int(Qt::Key_4) << u"hook claude-code"_s;
    QTest::newRow("a script") << int(Qt::Key_5) << u"countersignctl gate"_s;
}

void TestConnectionsPane::theGuideSaysWhichWayIn()
{
    QFETCH(int, key);
    QFETCH(QString, copied);
    Stand stand;
    OPEN_CONNECTIONS(stand);
    stand.rig.press(Qt::Key_N);
    QCOMPARE(QApplication::focusWidget()->objectName(), u"wayIn-1"_s);
    stand.shootAll(u"connections-guide"_s);
    stand.rig.press(static_cast<Qt::Key>(key));
    auto *code = stand.rig.find<QPlainTextEdit>(u"snippet"_s);
    QTRY_VERIFY(code->isVisible());
    stand.shootAll(u"connections-snippet-%1"_s.arg(key - Qt::Key_0));
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QVERIFY2(QGuiApplication::clipboard()->text().contains(copied), qPrintable(QGuiApplication::clipboard()->text()));
    QCOMPARE(QGuiApplication::clipboard()->text(), code->toPlainText());
    stand.rig.press(Qt::Key_Left, Qt::AltModifier);
    QCOMPARE(QApplication::focusWidget()->objectName(), u"wayIn-1"_s);
    for (int steps = 1; steps < key - Qt::Key_0; ++steps) {
        stand.rig.press(Qt::Key_Tab);
    }
    stand.rig.press(Qt::Key_Return); // By Tab and Enter, too.
    QTRY_VERIFY(code->isVisible());
    stand.rig.press(Qt::Key_Escape);
    QVERIFY(!stand.isSheetOpen(u"addConnection"_s));
    QVERIFY(stand.desk->service().list().empty());
}

void TestConnectionsPane::anMcpServerIsAddedByItsCommand()
{
    Stand stand;
    OPEN_CONNECTIONS(stand);
    stand.rig.press(Qt::Key_N);
    stand.rig.press(Qt::Key_2);
    stand.rig.type(u"files"_s);
    QVERIFY(!stand.rig.find<QLineEdit>(u"newConnectionAddress"_s)->isVisible());
    stand.rig.find<QLineEdit>(u"newConnectionCommand"_s)->setText(u"/bin/cat \"a b\""_s);
    stand.shootAll(u"connections-add-mcp"_s);
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(!stand.isSheetOpen(u"addConnection"_s));
    QTRY_VERIFY(stand.desk->service().status(u"files"_s));
    QCOMPARE(stand.desk->service().status(u"files"_s)->kind, u"mcp-stdio"_s);
    const auto rows = stand.rig.onEngine([](Engine &engine) { return engine.store().connections(); });
    QVERIFY(rows);
    QCOMPARE(decodeSettings(rows->front().settings)->command, QStringList({u"/bin/cat"_s, u"a b"_s}));
    stand.rig.press(Qt::Key_E); // No profile to be edited.
    QVERIFY(!stand.isSheetOpen(u"profileSheet"_s));
}

void TestConnectionsPane::aTokenCommandSignsIn()
{
    SmallAgent agent;
    Stand stand;
    OPEN_CONNECTIONS(stand);
    stand.rig.press(Qt::Key_N);
    stand.rig.press(Qt::Key_1);
    stand.rig.type(u"payments"_s);
    stand.rig.find<QLineEdit>(u"newConnectionAddress"_s)->setText(agent.address());
    stand.rig.find<QComboBox>(u"newConnectionPlace"_s)->setCurrentIndex(3);
    auto *command = stand.rig.find<QLineEdit>(u"newConnectionTokenCommand"_s);
    QTRY_VERIFY(command->isVisible());
    command->setText(u"no-such-program-here"_s);
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(stand.rig.find<QLabel>(u"addProblem"_s)->text().contains(u"no-such-program-here"_s));
    command->setText(u"echo canary-7261"_s);
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(!stand.isSheetOpen(u"addConnection"_s));
    QTRY_COMPARE_WITH_TIMEOUT(stand.rig.find<Pill>(u"connectionStanding"_s)->text(), u"connected"_s, 10'000);
    QCOMPARE(agent.authorization, QByteArray("Bearer canary-7261"));
    const auto *frames = stand.rig.window->findChild<FramesModel *>();
    QTRY_VERIFY(frames->rowCount() >= 3);
    for (int row = 0; row < frames->rowCount(); ++row) {
        QVERIFY(!frames->frame(row).text.contains(u"canary"_s));
    }
}

void TestConnectionsPane::aTokenAddressSignsIn()
{
    SmallAgent agent;
    QTcpServer giver;
    QVERIFY(giver.listen(QHostAddress::LocalHost));
    QByteArray asked;
    connect(&giver, &QTcpServer::newConnection, &giver, [&] {
        QTcpSocket *socket = giver.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, &giver, [&asked, socket] {
            asked += socket->readAll();
            if (asked.endsWith("\r\n\r\n")) {
                socket->write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"access_token\":\"canary-7261\"}");
                socket->disconnectFromHost();
            }
        });
    });
    Stand stand;
    OPEN_CONNECTIONS(stand);
    stand.rig.press(Qt::Key_N);
    stand.rig.press(Qt::Key_1);
    stand.rig.type(u"payments"_s);
    stand.rig.find<QLineEdit>(u"newConnectionAddress"_s)->setText(agent.address());
    stand.rig.find<QComboBox>(u"newConnectionPlace"_s)->setCurrentIndex(4);
    auto *address = stand.rig.find<QLineEdit>(u"newConnectionTokenAddress"_s);
    auto *secret = stand.rig.find<QLineEdit>(u"newConnectionTokenSecret"_s);
    QTRY_VERIFY(address->isVisible() && secret->isVisible());
    QVERIFY(!stand.rig.find<QLineEdit>(u"newConnectionSecret"_s)->isVisible());
    QCOMPARE(secret->echoMode(), QLineEdit::Password);
    stand.rig.find<QLineEdit>(u"newConnectionTokenHeader"_s)->setText(u"X-Api-Key"_s);
    address->setText(u"http://id.example/token"_s);
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    const auto *problem = stand.rig.find<QLabel>(u"addProblem"_s);
    QVERIFY2(problem->text().contains(u"or neither"_s), qPrintable(problem->text()));
    secret->setText(u"canary-key"_s);
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QVERIFY2(problem->text().contains(u"Without TLS"_s), qPrintable(problem->text()));
    address->setText(u"http://127.0.0.1:%1/token"_s.arg(giver.serverPort()));
    stand.shootAll(u"connections-token-address"_s);
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(!stand.isSheetOpen(u"addConnection"_s));
    QVERIFY(secret->text().isEmpty());
    QTRY_COMPARE_WITH_TIMEOUT(stand.rig.find<Pill>(u"connectionStanding"_s)->text(), u"connected"_s, 10'000);
    QCOMPARE(agent.authorization, QByteArray("Bearer canary-7261"));
    QVERIFY2(asked.startsWith("GET /token HTTP/1.1\r\n") && asked.contains("X-Api-Key: canary-key\r\n"),
             asked.constData());
    const auto *frames = stand.rig.window->findChild<FramesModel *>();
    QTRY_VERIFY(frames->rowCount() >= 3);
    for (int row = 0; row < frames->rowCount(); ++row) {
        QVERIFY(!frames->frame(row).text.contains(u"canary"_s));
    }
}

void TestConnectionsPane::aSecretIsReplaced()
{
    SmallAgent agent;
    Stand stand;
    OPEN_CONNECTIONS(stand);
    ConnectionService::NewConnection connection = newConnection(agent);
    connection.secrets = {{Secret::Place::Header, "Authorization", "old"}};
    stand.desk->service().add(connection);
    QTRY_COMPARE_WITH_TIMEOUT(stand.rig.find<Pill>(u"connectionStanding"_s)->text(), u"connected"_s, 10'000);
    QCOMPARE(agent.authorization, QByteArray("old"));
    stand.rig.press(Qt::Key_S);
    QVERIFY(stand.isSheetOpen(u"addConnection"_s));
    QCOMPARE(QApplication::focusWidget()->objectName(), u"newConnectionPlace"_s);
    QVERIFY(!stand.rig.find<QLineEdit>(u"newConnectionAddress"_s)->isVisible());
    stand.rig.press(Qt::Key_Down);
    auto *secret = stand.rig.find<QLineEdit>(u"newConnectionSecret"_s);
    QTRY_VERIFY(secret->isVisible());
    secret->setText(u"canary-7261"_s);
    stand.shootAll(u"connections-sign-in"_s);
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(!stand.isSheetOpen(u"addConnection"_s));
    QVERIFY(secret->text().isEmpty());
    QTRY_VERIFY(stand.label(u"connectionSaid"_s).contains(u"only you can read"_s));
    stand.desk->service().stop();
    stand.desk->service().start();
    QTRY_COMPARE_WITH_TIMEOUT(agent.authorization, QByteArray("canary-7261"), 10'000);
}

void TestConnectionsPane::aProfileIsEditedBesideTheLiveState()
{
    SmallAgent agent;
    agent.state =
        uR"({"type":"cf_agent_state","state":{"inbox":{"open":[)"
        uR"({"nr":7,"what":"Wire <b>4200.00</b>","body":{"amount":4200.00}},{"nr":8,"what":"Close shop"}]}}})"_s;
    Stand stand;
    OPEN_CONNECTIONS(stand);
    stand.desk->service().add(newConnection(agent));
    QTRY_COMPARE_WITH_TIMEOUT(stand.rig.find<Pill>(u"connectionStanding"_s)->text(), u"connected"_s, 10'000);
    QTRY_VERIFY(stand.rig.find<QPlainTextEdit>(u"agentState"_s)->toPlainText().contains(u"inbox"_s));
    const int connections = agent.connections;
    stand.rig.press(Qt::Key_E);
    QVERIFY(stand.isSheetOpen(u"profileSheet"_s));
    auto *text = stand.rig.find<QPlainTextEdit>(u"profileText"_s);
    auto *items = stand.rig.find<QTableWidget>(u"profileItems"_s);
    QVERIFY(text->toPlainText().contains(u"pendingApprovals"_s)); // The built-in one to begin with.
    QVERIFY(stand.rig.find<QPlainTextEdit>(u"profileState"_s)->toPlainText().contains(u"Wire <b>"_s));
    QCOMPARE(items->rowCount(), 0);
    text->setPlainText(uR"({"name":"shop","state":[{"name":"open","items":"/inbox/open","id":"/nr","title":"/what",)"
                       uR"("arguments":"/body","approve":{"call":"ok","args":["{id}"]},)"
                       uR"("reject":{"call":"no","args":["{id}"]}}]})"_s);
    QTRY_COMPARE(items->rowCount(), 2);
    QCOMPARE(items->item(0, 2)->text(), u"Wire <b>4200.00</b>"_s);
    QVERIFY(items->item(0, 4)->text().contains(u"4200.00"_s));
    stand.shootAll(u"connections-profile"_s);
    QCOMPARE(agent.connections, connections); // Nothing was sent, nothing filed.
    QCOMPARE(stand.rig.window->sidebar()->counts().inbox, 0);
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(!stand.isSheetOpen(u"profileSheet"_s));
    QTRY_COMPARE_WITH_TIMEOUT(stand.rig.window->sidebar()->counts().inbox, 2, 10'000);
    QTRY_COMPARE(stand.label(u"connectionProfile"_s), u"shop"_s);
    QVERIFY(stand.label(u"connectionIdentity"_s).startsWith(u"ops-chat/eu · pinned"_s)); // It stays pinned.
}

void TestConnectionsPane::aBrokenProfileIsNotSaved()
{
    SmallAgent agent;
    Stand stand;
    OPEN_CONNECTIONS(stand);
    stand.desk->service().add(newConnection(agent));
    QTRY_COMPARE_WITH_TIMEOUT(stand.rig.find<Pill>(u"connectionStanding"_s)->text(), u"connected"_s, 10'000);
    stand.rig.press(Qt::Key_E);
    auto *text = stand.rig.find<QPlainTextEdit>(u"profileText"_s);
    text->setPlainText(uR"({"state":[{"items":"pending","approve":{"call":"a"},"reject":{"call":"b"}}]})"_s);
    QTRY_VERIFY(stand.label(u"profileProblem"_s).contains(u"/state/0/items"_s));
    QVERIFY(!stand.rig.find<FlatButton>(u"saveProfile"_s)->disabledReason().isEmpty());
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(stand.isSheetOpen(u"profileSheet"_s));
    stand.shoot(u"connections-profile-broken"_s);
    stand.rig.press(Qt::Key_Escape);
    stand.rig.press(Qt::Key_E); // What was typed is still there.
    QVERIFY(text->toPlainText().contains(u"\"pending\""_s));
    QVERIFY(stand.desk->service().profileOf(u"payments"_s).isEmpty());
}

void TestConnectionsPane::aNewIdentityIsAcceptedByAnAct()
{
    SmallAgent agent;
    Stand stand;
    OPEN_CONNECTIONS(stand);
    stand.desk->service().add(newConnection(agent));
    QTRY_VERIFY(stand.label(u"connectionIdentity"_s).startsWith(u"ops-chat/eu · pinned"_s));
    stand.rig.press(Qt::Key_I); // Nothing to look at.
    QVERIFY(!stand.isSheetOpen(u"acceptIdentitySheet"_s));
    const auto pinned = [&] {
        const auto rows = stand.rig.onEngine([](Engine &engine) { return engine.store().connections(); });
        return rows && !rows->empty() ? decodeSettings(rows->front().settings)->pinnedAgent : QString();
    };
    QTRY_COMPARE(pinned(), u"ops-chat"_s);
    agent.agent = u"renamed"_s;
    stand.desk->service().stop();
    stand.desk->service().start();
    QTRY_VERIFY_WITH_TIMEOUT(stand.label(u"connectionIdentity"_s).contains(u"renamed/eu"_s), 10'000);
    QVERIFY(stand.rig.find<QWidget>(u"acceptIdentity"_s)->isVisible());
    stand.shootAll(u"connections-identity"_s);
    stand.rig.press(Qt::Key_I);
    QVERIFY(stand.isSheetOpen(u"acceptIdentitySheet"_s));
    QCOMPARE(QApplication::focusWidget()->objectName(), u"keepRefusing"_s);
    stand.shoot(u"connections-identity-sheet"_s);
    stand.rig.press(Qt::Key_Escape);
    QCOMPARE(pinned(), u"ops-chat"_s);
    ConnectionService::Update another;
    another.identity = u"somebody/else"_s;
    const QFuture<Result<>> refused = stand.desk->service().update(u"payments"_s, another);
    QVERIFY(refused.isFinished());
    QCOMPARE(refused.result().error().code, ErrorCode::ContentChanged);
    stand.rig.press(Qt::Key_I);
    stand.rig.find<QAbstractButton>(u"acceptIdentityNow"_s)->click();
    QTRY_COMPARE(pinned(), u"renamed"_s);
    QTRY_COMPARE_WITH_TIMEOUT(stand.rig.find<Pill>(u"connectionStanding"_s)->text(), u"connected"_s, 10'000);
    QTRY_VERIFY(stand.label(u"connectionIdentity"_s).startsWith(u"renamed/eu · pinned"_s));
}

void TestConnectionsPane::agentsShowTheirHealthByShapeAndWord()
{
    SmallAgent agent;
    Stand stand;
    OPEN_CONNECTIONS(stand);
    stand.desk->service().add(newConnection(agent));
    const auto line = [&] { return stand.rig.find<SidebarItem>(u"agent-0"_s); };
    // It asks nothing, and is there all the same.
    QTRY_VERIFY(line() && line()->accessibleName().contains(u"Connected"_s));
    QVERIFY(line()->accessibleName().startsWith(u"ops-chat/eu"_s));
    QVERIFY(line()->toolTip().contains(u"payments"_s));
    stand.shootAll(u"connections-sidebar"_s);
    line()->click();
    QTRY_VERIFY(stand.rig.window->queue()->isVisible());
    stand.rig.window->lockNow();
    QTRY_VERIFY(!stand.rig.find<SidebarItem>(u"agent-0"_s));

    // Each tone has a shape of its own, whatever its colour.
    std::set<QByteArray> shapes;
    for (const Tone tone : {Tone::Plain, Tone::Ok, Tone::Warn, Tone::Bad}) {
        SidebarItem item({}, u"agents"_s);
        item.resize(200, 40);
        QImage before(item.size(), QImage::Format_ARGB32);
        before.fill(Qt::white);
        QImage after = before;
        item.render(&before, {}, {}, QWidget::RenderFlags());
        item.setDot(tone);
        item.render(&after, {}, {}, QWidget::RenderFlags());
        QByteArray shape;
        for (int y = 0; y < after.height(); ++y) {
            for (int x = 0; x < after.width(); ++x) {
                shape.append(qGray(after.pixel(x, y)) < 200 ? '#' : ' ');
            }
        }
        QVERIFY(shape.contains('#'));
        shapes.insert(shape);
    }
    QCOMPARE(shapes.size(), size_t(4));
}

QTEST_MAIN(TestConnectionsPane)
#include "tst_connections_pane.moc"
