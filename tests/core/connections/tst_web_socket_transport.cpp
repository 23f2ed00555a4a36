// SPDX-License-Identifier: Apache-2.0
#include "core/connections/web_socket_transport.h"
#include "tests/core/connections/fake_scheduler.h"

#include <QtCore/QAbstractEventDispatcher>
#include <QtCore/QFile>
#include <QtNetwork/QSslCertificate>
#include <QtNetwork/QSslConfiguration>
#include <QtNetwork/QSslKey>
#include <QtNetwork/QTcpServer>
#include <QtNetwork/QTcpSocket>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWebSockets/QWebSocket>
#include <QtWebSockets/QWebSocketServer>

#include <memory>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;
using namespace std::chrono_literals;

namespace {

/// Answers whatever comes with the same bytes; keeps quiet when there are none.
class RawServer
{
public:
    enum When { AfterTheHeaders, AtOnce };
    explicit RawServer(QByteArray answer, When when = AfterTheHeaders)
        : m_answer(std::move(answer))
    {
        if (!m_server.listen(QHostAddress::LocalHost)) {
            qFatal("no port");
        }
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this, when] {
            QTcpSocket *socket = m_server.nextPendingConnection();
            ++connections;
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [this, socket, when] {
                heard += socket->readAll();
                if (!m_answer.isEmpty() && (when == AtOnce || heard.contains("\r\n\r\n"))) {
                    socket->write(m_answer);
                    socket->disconnectFromHost();
                }
            });
        });
    }
    Endpoint endpoint(const QString &scheme = u"ws"_s) const
    {
        return {
            QUrl(u"%1://127.0.0.1:%2/agents/a/b?token=secret"_s.arg(scheme, QString::number(m_server.serverPort()))),
            {{"Authorization", "Bearer canary"}}};
    }
    QByteArray heard;
    int connections = 0;

private:
    QTcpServer m_server;
    QByteArray m_answer;
};

struct Rig {
    explicit Rig(const WebSocketLimits &limits = {})
        : transport(scheduler, limits)
    {
        QObject::connect(&transport, &Transport::ended, &transport,
                         [this](const Ending &ending) { endings.push_back(ending); });
        QObject::connect(&transport, &Transport::textReceived, &transport,
                         [this](const QByteArray &text) { texts.push_back(text); });
    }
    FakeClock clock;
    FakeScheduler scheduler{clock};
    WebSocketTransport transport;
    std::vector<Ending> endings;
    std::vector<QByteArray> texts;
};

/// A server that speaks the protocol.
struct SocketServer {
    SocketServer()
        : server(u"test"_s, QWebSocketServer::NonSecureMode)
    {
        if (!server.listen(QHostAddress::LocalHost)) {
            qFatal("no port");
        }
        QObject::connect(&server, &QWebSocketServer::newConnection, &server, [this] {
            peer.reset(server.nextPendingConnection());
            QObject::connect(peer.get(), &QWebSocket::textMessageReceived, &server,
                             [this](const QString &text) { heard.append(text); });
        });
    }
    Endpoint endpoint() const { return {QUrl(u"ws://127.0.0.1:%1/x"_s.arg(server.serverPort())), {}}; }
    QWebSocketServer server;
    std::unique_ptr<QWebSocket> peer;
    QStringList heard;
};

QByteArray response(const QByteArray &status, const QByteArray &headers = {})
{
    return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: 0\r\n\r\n";
}

} // namespace

/// The real WebSocket of Qt against servers of every kind.
class TestWebSocketTransport : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void addressesAreCheckedFirst_data();
    void addressesAreCheckedFirst();
    void messagesGoBothWays();
    void aRefusedUpgradeSaysWhy_data();
    void aRefusedUpgradeSaysWhy();
    void closeCodesSayWhetherToComeBack_data();
    void closeCodesSayWhetherToComeBack();
    void nobodyThereIsTriedAgain();
    void aServerThatKeepsQuietIsGivenUp();
    void aSilentConnectionIsDeadAfterAWhile();
    void anAnsweredPingKeepsItAlive();
    void aTooLargeMessageEndsTheConnection();
    void aCertificateThatNobodyVouchesForEndsIt();
    void aServerWithoutTlsHearsNoSecret();
    void nothingComesAfterTheEnd();
    void aTurnHandsOnSoMuch();
    void aFloodIsHeldBackAtTheSocket();
    void aFloodKeepsNobodyElseWaiting();
    void largeMessagesArePaidFor();
    void whatCameBeforeTheEndIsHandedOnFirst();
    void whileHeldNothingIsHandedOn();
    void aHeldConnectionHoldsThePeer();
    void whoHoldsHearsOfTheEndLast();
    void itIsToldWhenAMessageArrived();
    void anEndlessUpgradeFillsNothing();
};

void TestWebSocketTransport::addressesAreCheckedFirst_data()
{
    QTest::addColumn<QString>("address");
    QTest::addColumn<bool>("allowed");
    QTest::newRow("TLS anywhere") << u"wss://agents.example/agents/a/b"_s << true;
    QTest::newRow("TLS with a port and a query") << u"wss://agents.example:8443/x?y=z"_s << true;
    QTest::newRow("plain to this machine") << u"ws://127.0.0.1:8787/agents/a/b"_s << true;
    QTest::newRow("plain to localhost") << u"ws://localhost:8787/agents/a/b"_s << true;
    QTest::newRow("plain to this machine, IPv6") << u"ws://[::1]:8787/agents/a/b"_s << true;
    QTest::newRow("plain elsewhere") << u"ws://agents.example/agents/a/b"_s << false;
    QTest::newRow("plain to a name that only begins like this machine") << u"ws://localhost.evil.example/x"_s << false;
    QTest::newRow("plain to the local network") << u"ws://192.168.1.7:8787/x"_s << false;
    QTest::newRow("plain to all addresses") << u"ws://0.0.0.0:8787/x"_s << false;
    QTest::newRow("HTTP") << u"https://agents.example/agents/a/b"_s << false;
    QTest::newRow("no scheme") << u"agents.example/agents/a/b"_s << false;
    QTest::newRow("a password in it") << u"wss://me:secret@agents.example/x"_s << false;
    QTest::newRow("nothing") << QString() << false;
}

void TestWebSocketTransport::addressesAreCheckedFirst()
{
    QFETCH(QString, address);
    QFETCH(bool, allowed);
    QCOMPARE(checkAddress(QUrl(address)).hasValue(), allowed);
    if (!allowed) {
        Rig rig;
        rig.transport.open({QUrl(address), {}});
        rig.scheduler.advance(1ms);
        QCOMPARE(rig.endings.size(), size_t(1));
        QCOMPARE(rig.endings.front().next, Ending::Next::Stop);
        QVERIFY(!rig.endings.front().words.isEmpty());
    }
}

void TestWebSocketTransport::messagesGoBothWays()
{
    SocketServer server;
    Rig rig;
    QSignalSpy opened(&rig.transport, &Transport::opened);
    rig.transport.open(server.endpoint());
    QTRY_COMPARE(opened.count(), 1);
    QTRY_VERIFY(server.peer);
    QVERIFY(rig.transport.sendText("{\"a\":\"ü\"}"));
    QTRY_COMPARE(server.heard, QStringList{u"{\"a\":\"ü\"}"_s});
    server.peer->sendTextMessage(u"\U0001F600"_s);
    QTRY_COMPARE(rig.texts, std::vector<QByteArray>{QByteArray("\xF0\x9F\x98\x80")});
}

void TestWebSocketTransport::aRefusedUpgradeSaysWhy_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("final");
    QTest::addColumn<QString>("word");
    QTest::newRow("401") << response("401 Unauthorized") << 401 << true << u"token"_s;
    QTest::newRow("401 that asks") << response("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n") << 401
                                   << true << u"token"_s;
    QTest::newRow("403") << response("403 Forbidden") << 403 << true << u"token"_s;
    QTest::newRow("404") << response("404 Not Found") << 404 << true << u"no agent"_s;
    QTest::newRow("400") << response("400 Bad Request") << 400 << true << u"no agent"_s;
    QTest::newRow("410") << response("410 Gone") << 410 << true << u"refused"_s;
    QTest::newRow("redirect") << response("302 Found", "Location: ws://127.0.0.1:1/\r\n") << 302 << true
                              << u"never followed"_s;
    QTest::newRow("408") << response("408 Request Timeout") << 408 << false << u"now"_s;
    QTest::newRow("429") << response("429 Too Many Requests") << 429 << false << u"now"_s;
    QTest::newRow("500") << response("500 Internal Server Error") << 500 << false << u"now"_s;
    QTest::newRow("503") << response("503 Service Unavailable") << 503 << false << u"now"_s;
}

void TestWebSocketTransport::aRefusedUpgradeSaysWhy()
{
    QFETCH(QByteArray, answer);
    QFETCH(int, status);
    QFETCH(bool, final);
    QFETCH(QString, word);
    const RawServer server(answer);
    Rig rig;
    rig.transport.open(server.endpoint());
    QTRY_COMPARE(rig.endings.size(), size_t(1));
    const Ending &ending = rig.endings.front();
    QCOMPARE(ending.httpStatus, status);
    QCOMPARE(ending.next == Ending::Next::Stop, final);
    QVERIFY2(ending.words.contains(word), qPrintable(ending.words));
    QVERIFY(!ending.words.contains(u"secret"_s) && !ending.words.contains(u"canary"_s));
    QCOMPARE(server.connections, 1);
}

void TestWebSocketTransport::closeCodesSayWhetherToComeBack_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<bool>("final");
    QTest::newRow("normal") << 1000 << false;
    QTest::newRow("going away") << 1001 << false;
    QTest::newRow("policy") << 1008 << true;
    QTest::newRow("internal error") << 1011 << false;
    QTest::newRow("below the SDK's own") << 3999 << false;
    QTest::newRow("the first of the SDK's own") << 4000 << true;
    QTest::newRow("401 of a sub-agent") << 4401 << true;
    QTest::newRow("the last of the SDK's own") << 4999 << true;
}

void TestWebSocketTransport::closeCodesSayWhetherToComeBack()
{
    QFETCH(int, code);
    QFETCH(bool, final);
    SocketServer server;
    Rig rig;
    rig.transport.open(server.endpoint());
    QTRY_VERIFY(server.peer);
    server.peer->close(static_cast<QWebSocketProtocol::CloseCode>(code), u"because"_s);
    QTRY_COMPARE(rig.endings.size(), size_t(1));
    QCOMPARE(rig.endings.front().closeCode, code);
    QCOMPARE(rig.endings.front().next == Ending::Next::Stop, final);
    QVERIFY(rig.endings.front().words.contains(u"because"_s));
}

void TestWebSocketTransport::nobodyThereIsTriedAgain()
{
    QTcpServer gone;
    QVERIFY(gone.listen(QHostAddress::LocalHost));
    const quint16 port = gone.serverPort();
    gone.close();
    Rig rig;
    rig.transport.open({QUrl(u"ws://127.0.0.1:%1/x"_s.arg(port)), {}});
    QTRY_COMPARE(rig.endings.size(), size_t(1));
    QCOMPARE(rig.endings.front().next, Ending::Next::TryAgain);
    QVERIFY(!rig.transport.sendText("x"));
}

void TestWebSocketTransport::aServerThatKeepsQuietIsGivenUp()
{
    const RawServer server{QByteArray()};
    Rig rig;
    rig.transport.open(server.endpoint());
    QTRY_COMPARE(server.connections, 1);
    rig.scheduler.advance(9s);
    QVERIFY(rig.endings.empty());
    rig.scheduler.advance(2s);
    QCOMPARE(rig.endings.size(), size_t(1));
    QCOMPARE(rig.endings.front().next, Ending::Next::TryAgain);
    QVERIFY(rig.endings.front().words.contains(u"10 s"_s));
}

void TestWebSocketTransport::aSilentConnectionIsDeadAfterAWhile()
{
    SocketServer server;
    Rig rig;
    QSignalSpy opened(&rig.transport, &Transport::opened);
    rig.transport.open(server.endpoint());
    QTRY_COMPARE(opened.count(), 1);
    rig.scheduler.advance(61s); // No pong is read while the test lets time pass.
    QCOMPARE(rig.endings.size(), size_t(1));
    QCOMPARE(rig.endings.front().next, Ending::Next::TryAgain);
}

void TestWebSocketTransport::anAnsweredPingKeepsItAlive()
{
    SocketServer server;
    Rig rig;
    QSignalSpy opened(&rig.transport, &Transport::opened);
    rig.transport.open(server.endpoint());
    QTRY_COMPARE(opened.count(), 1);
    for (int i = 0; i < 10; ++i) {
        rig.scheduler.advance(20s);
        server.peer->sendTextMessage(QString::number(i));
        QTRY_COMPARE(rig.texts.size(), static_cast<size_t>(i + 1)); // The pong came before it.
    }
    QVERIFY(rig.endings.empty());
}

void TestWebSocketTransport::aTooLargeMessageEndsTheConnection()
{
    SocketServer server;
    WebSocketLimits limits;
    limits.messageBytes = 1024;
    Rig rig(limits);
    rig.transport.open(server.endpoint());
    QTRY_VERIFY(server.peer);
    server.peer->sendTextMessage(QString(1000, u'x'));
    QTRY_COMPARE(rig.texts.size(), size_t(1));
    server.peer->sendTextMessage(QString(2000, u'x'));
    QTRY_COMPARE(rig.endings.size(), size_t(1));
    QCOMPARE(rig.texts.size(), size_t(1));
}

void TestWebSocketTransport::aCertificateThatNobodyVouchesForEndsIt()
{
    const auto read = [](const QString &name) {
        QFile file(QStringLiteral(COUNTERSIGN_TEST_DATA "/tls/") + name);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setLocalCertificate(QSslCertificate(read(u"self_signed.pem"_s)));
    tls.setPrivateKey(QSslKey(read(u"self_signed.key"_s), QSsl::Rsa));
    QWebSocketServer server(u"test"_s, QWebSocketServer::SecureMode);
    server.setSslConfiguration(tls);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QSignalSpy upgraded(&server, &QWebSocketServer::newConnection);
    Rig rig;
    rig.transport.open({QUrl(u"wss://127.0.0.1:%1/x"_s.arg(server.serverPort())), {}});
    QTRY_COMPARE(rig.endings.size(), size_t(1));
    QCOMPARE(rig.endings.front().next, Ending::Next::Stop);
    QVERIFY2(rig.endings.front().words.contains(u"certificate"_s), qPrintable(rig.endings.front().words));
    QCOMPARE(upgraded.count(), 0);
}

void TestWebSocketTransport::aServerWithoutTlsHearsNoSecret()
{
    RawServer server(response("400 Bad Request"), RawServer::AtOnce);
    Rig rig;
    rig.transport.open(server.endpoint(u"wss"_s));
    QTRY_COMPARE(rig.endings.size(), size_t(1));
    QVERIFY(!server.heard.contains("canary"));
    QVERIFY(!server.heard.contains("secret"));
}

void TestWebSocketTransport::nothingComesAfterTheEnd()
{
    SocketServer server;
    Rig rig;
    rig.transport.open(server.endpoint());
    QTRY_VERIFY(server.peer);
    rig.transport.close();
    server.peer->sendTextMessage(u"late"_s);
    rig.transport.open(server.endpoint());
    QSignalSpy opened(&rig.transport, &Transport::opened);
    QTRY_COMPARE(opened.count(), 1);
    QVERIFY(rig.texts.empty());
    QVERIFY(rig.endings.empty());
}

void TestWebSocketTransport::aTurnHandsOnSoMuch()
{
    SocketServer server;
    Rig rig;
    rig.transport.open(server.endpoint());
    QTRY_VERIFY(server.peer);
    std::vector<int> turns{0}; // Messages in each turn of the loop.
    connect(&rig.transport, &Transport::textReceived, this, [&turns] { ++turns.back(); });
    const auto nextTurn = [&turns] { turns.push_back(0); };
    QObject watch; // Gone before what it counts into.
    connect(QAbstractEventDispatcher::instance(), &QAbstractEventDispatcher::awake, &watch, nextTurn);
    connect(QAbstractEventDispatcher::instance(), &QAbstractEventDispatcher::aboutToBlock, &watch, nextTurn);
    constexpr int all = 1000;
    for (int i = 0; i < all; ++i) {
        server.peer->sendTextMessage(QString::number(i));
    }
    QTRY_COMPARE(rig.texts.size(), size_t(all));
    for (int i = 0; i < all; ++i) {
        QCOMPARE(rig.texts[static_cast<size_t>(i)], QByteArray::number(i));
    }
    // A turn may end one budget and begin the next.
    QVERIFY(*std::max_element(turns.begin(), turns.end()) <= 2 * WebSocketLimits().messagesPerTurn);
}

void TestWebSocketTransport::aFloodIsHeldBackAtTheSocket()
{
    SocketServer server;
    Rig rig;
    QSignalSpy opened(&rig.transport, &Transport::opened);
    rig.transport.open(server.endpoint());
    QTRY_COMPARE(opened.count(), 1);
    QTRY_VERIFY(server.peer);
    const QString message(100'000, u'x');
    constexpr size_t all = 1000;
    for (size_t i = 0; i < all; ++i) {
        server.peer->sendTextMessage(message);
    }
    qint64 mostUnsent = 0;
    connect(&rig.transport, &Transport::textReceived, this,
            [&] { mostUnsent = std::max(mostUnsent, server.peer->bytesToWrite()); });
    QTRY_VERIFY(rig.texts.size() >= 5);
    QVERIFY2(mostUnsent > 10'000'000, "the server still has most of it: it is not read in faster than it is handled");
    QTRY_COMPARE_WITH_TIMEOUT(rig.texts.size(), all, 60'000);
}

void TestWebSocketTransport::aFloodKeepsNobodyElseWaiting()
{
    SocketServer flooding;
    SocketServer quiet;
    Rig hostile;
    Rig other;
    hostile.transport.open(flooding.endpoint());
    other.transport.open(quiet.endpoint());
    QTRY_VERIFY(flooding.peer && quiet.peer);
    constexpr int flood = 20'000;
    for (int i = 0; i < flood; ++i) {
        flooding.peer->sendTextMessage(u"{}"_s);
    }
    QTRY_VERIFY(hostile.texts.size() > 100);
    const size_t before = hostile.texts.size();
    quiet.peer->sendTextMessage(u"please"_s);
    QTRY_COMPARE(other.texts.size(), size_t(1));
    const size_t meanwhile = hostile.texts.size() - before;
    QVERIFY2(meanwhile < 1500, qPrintable(u"%1 messages of the other came first"_s.arg(meanwhile)));
    QTRY_COMPARE_WITH_TIMEOUT(hostile.texts.size(), size_t(flood), 60'000);
}

void TestWebSocketTransport::largeMessagesArePaidFor()
{
    SocketServer server;
    WebSocketLimits limits;
    limits.messageBytes = 100'000;
    limits.bytesPerSecond = 100'000;
    Rig rig(limits);
    rig.transport.open(server.endpoint());
    QTRY_VERIFY(server.peer);
    for (int i = 0; i < 8; ++i) {
        server.peer->sendTextMessage(QString(100'000, u'x'));
    }
    QTRY_COMPARE(rig.texts.size(), size_t(5)); // Four in advance; the fifth is on credit.
    QTest::qWait(0);
    QCOMPARE(rig.texts.size(), size_t(5));
    for (size_t expected = 6; expected <= 8; ++expected) {
        rig.scheduler.advance(1100ms);
        QTRY_COMPARE(rig.texts.size(), expected);
    }
    QVERIFY(rig.endings.empty());
}

void TestWebSocketTransport::whatCameBeforeTheEndIsHandedOnFirst()
{
    SocketServer server;
    Rig rig;
    size_t atTheEnd = 0;
    connect(&rig.transport, &Transport::ended, this, [&] { atTheEnd = rig.texts.size(); });
    rig.transport.open(server.endpoint());
    QTRY_VERIFY(server.peer);
    for (int i = 0; i < 300; ++i) {
        server.peer->sendTextMessage(QString::number(i));
    }
    server.peer->close(QWebSocketProtocol::CloseCodePolicyViolated, u"over"_s);
    QTRY_COMPARE(rig.endings.size(), size_t(1));
    QCOMPARE(rig.endings.front().closeCode, 1008);
    QCOMPARE(atTheEnd, size_t(300));
}

void TestWebSocketTransport::whileHeldNothingIsHandedOn()
{
    SocketServer server;
    Rig rig;
    rig.transport.open(server.endpoint());
    QTRY_VERIFY(server.peer);
    const QMetaObject::Connection holding =
        connect(&rig.transport, &Transport::textReceived, &rig.transport, [&rig] { rig.transport.hold(true); });
    for (const QString &text : {u"one"_s, u"two"_s, u"three"_s}) {
        server.peer->sendTextMessage(text);
    }
    QTRY_COMPARE(rig.texts.size(), size_t(1));
    QSignalSpy pongs(server.peer.get(), &QWebSocket::pong);
    server.peer->ping();
    QTRY_COMPARE(pongs.count(), 1); // The others have arrived by now.
    QCOMPARE(rig.texts.size(), size_t(1));
    disconnect(holding);
    rig.transport.hold(false);
    QCOMPARE(rig.texts.size(), size_t(1)); // Not in the midst of whoever lets go.
    QTRY_COMPARE(rig.texts, (std::vector<QByteArray>{"one", "two", "three"}));
}

void TestWebSocketTransport::aHeldConnectionHoldsThePeer()
{
    SocketServer server;
    Rig rig({.messagesWaiting = 4, .bytesWaiting = 64 * 1024});
    rig.transport.open(server.endpoint());
    QTRY_VERIFY(server.peer);
    server.peer->sendTextMessage(u"first"_s);
    QTRY_COMPARE(rig.texts.size(), size_t(1));
    rig.transport.hold(true);
    constexpr int many = 400;
    for (int i = 0; i < many; ++i) {
        server.peer->sendTextMessage(QString(100'000, u'x'));
    }
    QTRY_VERIFY(server.peer->bytesToWrite() < many * 100'000LL);
    qint64 before = -1;
    const auto isAtRest = [&] { return std::exchange(before, server.peer->bytesToWrite()) == before; };
    QTRY_VERIFY(QTest::qWaitFor([&] { return isAtRest(); }, 1000));
    QVERIFY2(server.peer->bytesToWrite() > many * 50'000LL, "the peer was not held");
    QCOMPARE(rig.texts.size(), size_t(1));
    rig.transport.hold(false);
    QTRY_VERIFY(rig.texts.size() > 40);
    rig.transport.close();
    rig.transport.open(server.endpoint()); // And anew without a hold.
    server.peer.reset();
    QTRY_VERIFY(server.peer);
    rig.texts.clear();
    server.peer->sendTextMessage(u"again"_s);
    QTRY_COMPARE(rig.texts, std::vector<QByteArray>{"again"});
}

void TestWebSocketTransport::whoHoldsHearsOfTheEndLast()
{
    SocketServer server;
    Rig rig;
    rig.transport.open(server.endpoint());
    QTRY_VERIFY(server.peer);
    connect(&rig.transport, &Transport::textReceived, &rig.transport, [&rig] { rig.transport.hold(true); });
    QSignalSpy gone(server.peer.get(), &QWebSocket::disconnected);
    server.peer->sendTextMessage(u"the last"_s);
    server.peer->close(QWebSocketProtocol::CloseCodeGoingAway);
    QTRY_COMPARE(gone.count(), 1);
    QTRY_COMPARE(rig.texts.size(), size_t(1));
    QCoreApplication::processEvents();
    QVERIFY(rig.endings.empty());
    rig.transport.hold(false);
    QTRY_COMPARE(rig.endings.size(), size_t(1));
    QCOMPARE(rig.endings.front().closeCode, 1001);
}

void TestWebSocketTransport::itIsToldWhenAMessageArrived()
{
    SocketServer server;
    Rig rig;
    std::vector<std::chrono::milliseconds> arrived;
    connect(&rig.transport, &Transport::textReceived, &rig.transport, [&] {
        arrived.push_back(*rig.transport.arrivedAt());
        rig.transport.hold(true);
    });
    rig.transport.open(server.endpoint());
    QTRY_VERIFY(server.peer);
    const std::chrono::milliseconds before = rig.clock.monotonic();
    server.peer->sendTextMessage(u"one"_s);
    server.peer->sendTextMessage(u"two"_s);
    QTRY_COMPARE(arrived.size(), size_t(1));
    QSignalSpy pongs(server.peer.get(), &QWebSocket::pong);
    server.peer->ping();
    QTRY_COMPARE(pongs.count(), 1);
    rig.scheduler.advance(700ms);
    rig.transport.hold(false);
    QTRY_COMPARE(arrived, (std::vector{before, before})); // Not when it was handed on.
}

void TestWebSocketTransport::anEndlessUpgradeFillsNothing()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QTcpSocket *peer = nullptr;
    connect(&server, &QTcpServer::newConnection, this, [&] {
        peer = server.nextPendingConnection();
        peer->write("HTTP/1.1 101 Switching Protocols\r\nX-Endless: " + QByteArray(50'000'000, 'x'));
    });
    Rig rig;
    rig.transport.open({QUrl(u"ws://127.0.0.1:%1/x"_s.arg(server.serverPort())), {}});
    QTRY_VERIFY(peer);
    QTRY_VERIFY(peer->bytesToWrite() < 50'000'000);
    QVERIFY2(peer->bytesToWrite() > 30'000'000, "most of it was never read");
    rig.scheduler.advance(11s);
    QCOMPARE(rig.endings.size(), size_t(1));
    QVERIFY(rig.endings.front().words.contains(u"10 s"_s));
}

QTEST_GUILESS_MAIN(TestWebSocketTransport)
#include "tst_web_socket_transport.moc"
