// SPDX-License-Identifier: Apache-2.0
#include "core/connections/connection_service.h"
#include "tests/support/engine_rig.h"

#include <QtNetwork/QTcpServer>
#include <QtNetwork/QTcpSocket>
#include <QtTest/QTest>
#include <QtWebSockets/QWebSocket>
#include <QtWebSockets/QWebSocketServer>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;
using namespace std::chrono_literals;

namespace {

/// An agent without a chat: its WebSocket is the test's.
class Agent
{
public:
    Agent()
    {
        if (!m_door.listen(QHostAddress::LocalHost)) {
            qFatal("no port");
        }
        QObject::connect(&m_door, &QTcpServer::newConnection, &m_door, [this] {
            QTcpSocket *socket = m_door.nextPendingConnection();
            QObject::connect(socket, &QTcpSocket::readyRead, &m_door, [this, socket] { receive(socket); });
        });
        QObject::connect(&m_server, &QWebSocketServer::newConnection, &m_server, [this] {
            peer = m_server.nextPendingConnection();
            peer->setParent(&m_server);
            peer->sendTextMessage(uR"({"type":"cf_agent_identity","agent":"a","name":"b"})"_s);
        });
    }
    QUrl address() const { return QUrl(u"ws://127.0.0.1:%1/agents/a/b"_s.arg(m_door.serverPort())); }
    /// A state in which so many things wait.
    void show(int waiting)
    {
        QStringList items;
        for (int i = 0; i < waiting; ++i) {
            items.append(uR"({"id":"x%1","title":"Thing %1"})"_s.arg(i));
        }
        peer->sendTextMessage(
            uR"({"type":"cf_agent_state","state":{"pending":[%1],"history":[]}})"_s.arg(items.join(u',')));
    }
    QWebSocket *peer = nullptr;

private:
    void receive(QTcpSocket *socket)
    {
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
        Q_EMIT socket->readyRead();
    }

    QWebSocketServer m_server{u"agent"_s, QWebSocketServer::NonSecureMode};
    QTcpServer m_door;
};

struct Stand {
    Stand()
        : scheduler(clock)
        , ids(clock)
        , door(*rig.engine)
        , service({door, scheduler, ids, rig.folder.filePath(u"config"_s), &secrets})
    {
        service.start();
        for (const auto &[name, agent] : {std::pair(u"hostile"_s, &hostile), std::pair(u"quiet"_s, &quiet)}) {
            ConnectionService::NewConnection connection;
            connection.name = name;
            connection.url = agent->address();
            service.add(connection);
        }
    }
    bool isOpen() const { return hostile.peer && quiet.peer && phase(u"hostile"_s) && phase(u"quiet"_s); }
    bool phase(const QString &name) const
    {
        const auto status = service.status(name);
        return status && status->phase == ConnectionStatus::Phase::Open;
    }
    int waiting(const QString &connection) const
    {
        const Result<std::vector<Request>> live = rig.store->liveRequests(connection, 10'000);
        return live ? static_cast<int>(live->size()) : -1;
    }
    /// The number in the last frame that came from the hostile agent.
    int heard() const
    {
        const std::vector<LoggedFrame> frames = service.frames(u"hostile"_s);
        for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
            if (frame->type.startsWith(u"noise-"_s)) {
                return frame->type.mid(6).toInt();
            }
        }
        return 0;
    }
    EngineRig rig;
    SystemClock clock;
    EventLoopScheduler scheduler;
    SystemIdSource ids;
    MemorySecretStore secrets;
    DirectEngineDoor door;
    Agent hostile;
    Agent quiet;
    ConnectionService service;
};

} // namespace

/// All connections share a thread: none of them may keep another one's requests from a person.
class TestConnectionFairness : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aFloodOfFramesKeepsNobodyWaiting();
    void aFloodOfRequestsKeepsNobodyWaiting();
};

void TestConnectionFairness::aFloodOfFramesKeepsNobodyWaiting()
{
    Stand stand;
    QTRY_VERIFY_WITH_TIMEOUT(stand.isOpen(), 10'000);
    constexpr int noise = 30'000;
    for (int i = 1; i <= noise; ++i) {
        stand.hostile.peer->sendTextMessage(u"{\"type\":\"noise-%1\",\"deep\":[[[[[[[[]]]]]]]]}"_s.arg(i));
    }
    QTRY_VERIFY(stand.heard() > 100);
    const int before = stand.heard();
    stand.quiet.show(1);
    QTRY_COMPARE(stand.waiting(u"quiet"_s), 1);
    const int meanwhile = stand.heard() - before;
    QVERIFY2(meanwhile < 3000, qPrintable(u"%1 frames of the other came first"_s.arg(meanwhile)));
    QTRY_COMPARE_WITH_TIMEOUT(stand.heard(), noise, 60'000);
}

void TestConnectionFairness::aFloodOfRequestsKeepsNobodyWaiting()
{
    Stand stand;
    QTRY_VERIFY_WITH_TIMEOUT(stand.isOpen(), 10'000);
    stand.hostile.show(3000);
    QTRY_VERIFY(stand.waiting(u"hostile"_s) > 0);
    stand.quiet.show(1);
    QTRY_COMPARE(stand.waiting(u"quiet"_s), 1);
    QVERIFY2(stand.waiting(u"hostile"_s) <= 400, qPrintable(QString::number(stand.waiting(u"hostile"_s))));
    const auto trouble = [&] { return stand.service.status(u"hostile"_s)->trouble; };
    QTRY_VERIFY_WITH_TIMEOUT(!trouble().isEmpty(), 30'000);
    QVERIFY(stand.waiting(u"hostile"_s) <= 500);
}

QTEST_GUILESS_MAIN(TestConnectionFairness)
#include "tst_connection_fairness.moc"
