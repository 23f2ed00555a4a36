// SPDX-License-Identifier: Apache-2.0
#include "core/connections/http_server.h"

#include <QtNetwork/QTcpSocket>
#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;

namespace {

/// Bytes as they go over the wire, without a client that tidies them up.
class RawClient
{
public:
    explicit RawClient(const HttpServer &server) { m_socket.connectToHost(u"127.0.0.1"_s, server.port()); }
    void send(const QByteArray &bytes)
    {
        m_socket.waitForConnected();
        m_socket.write(bytes);
        m_socket.flush();
    }
    QTcpSocket &socket() { return m_socket; }
    /// All that came so far.
    const QByteArray &got()
    {
        m_got += m_socket.readAll();
        return m_got;
    }
    int status() { return got().startsWith("HTTP/1.1 ") ? got().mid(9, 3).toInt() : 0; }

private:
    QTcpSocket m_socket;
    QByteArray m_got;
};

/// Says back what it was asked.
void echo(HttpServerExchange &exchange)
{
    const HttpRequest &request = exchange.request();
    exchange.respond(200, {{"Content-Type", "text/plain"}},
                     request.method + ' ' + request.path + '?' + request.query + ' ' + request.body);
}

std::vector<HttpRequest> readAll(const QByteArray &bytes, qsizetype step, HttpRequestLimits limits = {})
{
    HttpRequestReader reader(limits);
    std::vector<HttpRequest> requests;
    for (qsizetype at = 0; at < bytes.size(); at += step) {
        reader.add(QByteArrayView(bytes).sliced(at, std::min(step, bytes.size() - at)));
        while (std::optional<HttpRequest> request = reader.next()) {
            requests.push_back(*std::move(request));
        }
    }
    return requests;
}

} // namespace

class TestHttpServer : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void requestsAreReadInPiecesOfAnySize();
    void doubtfulRequestsAreRefused_data();
    void doubtfulRequestsAreRefused();
    void limitsAreKept();
    void onlyWhoMayIsLetIn_data();
    void onlyWhoMayIsLetIn();
    void whoMayNotCallIsToldBeforeTheBody();
    void aConnectionCarriesManyRequests();
    void whoWaitsForAWordGetsIt();
    void aStreamGoesOutAsItIsWritten();
    void whoGoesAwayIsTold();
    void slowHeadsAreGivenUp();
    void aClientThatReadsNothingIsLetGo();
    void tooManyConnectionsAreRefused();
    void addressesOfOtherMachinesAreRefused_data();
    void addressesOfOtherMachinesAreRefused();
};

void TestHttpServer::requestsAreReadInPiecesOfAnySize()
{
    const QByteArray two = "\r\nPOST /mcp?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
                           "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "3;x=y\r\nabc\r\n0A\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n";
    for (const qsizetype step : {1, 2, 3, 7, 64, 1000}) {
        const std::vector<HttpRequest> requests = readAll(two, step);
        QCOMPARE(requests.size(), size_t(2));
        QCOMPARE(requests[0].method, QByteArray("POST"));
        QCOMPARE(requests[0].path, QByteArray("/mcp"));
        QCOMPARE(requests[0].query, QByteArray("a=b"));
        QCOMPARE(requests[0].body, QByteArray("hello"));
        QCOMPARE(requests[0].header("HOST"), std::optional(QByteArray("x")));
        QCOMPARE(requests[1].body, QByteArray("abc0123456789"));
    }
}

void TestHttpServer::doubtfulRequestsAreRefused_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<int>("status");
    const QByteArray line = "POST / HTTP/1.1\r\n";
    QTest::newRow("two lengths") << line + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n" << 400;
    QTest::newRow("length and chunks") << line + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n" << 400;
    QTest::newRow("a sign in the length") << line + "Content-Length: +1\r\n\r\n" << 400;
    QTest::newRow("a list of lengths") << line + "Content-Length: 1, 1\r\n\r\n" << 400;
    QTest::newRow("another coding") << line + "Transfer-Encoding: gzip, chunked\r\n\r\n" << 501;
    QTest::newRow("a space before the colon") << line + "Content-Length : 1\r\n\r\n" << 400;
    QTest::newRow("a folded line") << line + "A: b\r\n c\r\n\r\n" << 400;
    QTest::newRow("a bare line feed") << line + "A: b\nC: d\r\n\r\n" << 400;
    QTest::newRow("a bare carriage return") << line + "A: b\rC: d\r\n\r\n" << 400;
    QTest::newRow("a null byte") << QByteArray(line + "A: b") + '\0' + "\r\n\r\n" << 400;
    QTest::newRow("no such version") << QByteArray("GET / HTTP/2.0\r\n\r\n") << 505;
    QTest::newRow("a whole address") << QByteArray("GET http://a/ HTTP/1.1\r\n\r\n") << 400;
    QTest::newRow("no target") << QByteArray("GET HTTP/1.1\r\n\r\n") << 400;
    QTest::newRow("a chunk that is no number") << line + "Transfer-Encoding: chunked\r\n\r\n-1\r\n" << 400;
    QTest::newRow("a chunk that goes on") << line + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n" << 400;
    QTest::newRow("a huge chunk") << line + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n" << 400;
}

void TestHttpServer::doubtfulRequestsAreRefused()
{
    QFETCH(QByteArray, request);
    QFETCH(int, status);
    HttpRequestReader reader;
    reader.add(request);
    QVERIFY(!reader.next());
    QVERIFY(reader.refusal());
    QCOMPARE(reader.refusal()->status, status);
    reader.add("GET / HTTP/1.1\r\n\r\n");
    QVERIFY(!reader.next()); // Nothing after it is trusted.
}

void TestHttpServer::limitsAreKept()
{
    HttpRequestLimits limits;
    limits.headBytes = 200;
    limits.headers = 3;
    limits.bodyBytes = 10;
    const auto statusOf = [&](const QByteArray &bytes) {
        HttpRequestReader reader(limits);
        reader.add(bytes);
        const bool isWhole = reader.next().has_value();
        return reader.refusal() ? reader.refusal()->status : isWhole ? 200 : 0;
    };
    QCOMPARE(statusOf("GET /" + QByteArray(300, 'a')), 431);
    QCOMPARE(statusOf("GET / HTTP/1.1\r\nA: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n\r\n"), 431);
    QCOMPARE(statusOf("POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n"), 413);
    QCOMPARE(statusOf("POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"), 413);
    QCOMPARE(statusOf("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\n"), 413);
    QCOMPARE(statusOf("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n0123456789"), 200);
}

void TestHttpServer::onlyWhoMayIsLetIn_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("origin");
    QTest::addColumn<QString>("token");
    QTest::addColumn<int>("status");
    const QStringList good{u"127.0.0.1:PORT"_s, u"localhost:PORT"_s, u"LOCALHOST:PORT"_s, u"[::1]:PORT"_s};
    const QStringList bad{u"evil.example:PORT"_s,
                          u"127.0.0.1"_s,
                          u"127.0.0.1:1"_s,
                          u"localhost.evil.example:PORT"_s,
                          u"127.0.0.1:PORT.x"_s,
                          u"0.0.0.0:PORT"_s,
                          u""_s,
                          u"2130706433:PORT"_s};
    const std::vector<std::pair<QString, bool>> origins{{u""_s, true},
                                                        {u"null"_s, false},
                                                        {u"http://evil.example"_s, false},
                                                        {u"http://good.example"_s, true},
                                                        {u"http://localhost:PORT"_s, true},
                                                        {u"https://localhost:PORT"_s, false},
                                                        {u"http://localhost:1"_s, false}};
    const std::vector<std::pair<QString, bool>> tokens{{u"Bearer sesame-sesame-sesame"_s, true},
                                                       {u"bearer sesame-sesame-sesame"_s, true},
                                                       {u"Bearer sesame-sesame-sesamf"_s, false},
                                                       {u"Basic sesame-sesame-sesame"_s, false},
                                                       {u""_s, false}};
    for (const QString &host : good + bad) {
        for (const auto &[origin, originIsGood] : origins) {
            for (const auto &[token, tokenIsGood] : tokens) {
                const int status = bad.contains(host) || !originIsGood ? 403 : tokenIsGood ? 200 : 401;
                QTest::newRow(qPrintable(u"%1 | %2 | %3"_s.arg(host, origin, token)))
                    << host << origin << token << status;
            }
        }
    }
}

void TestHttpServer::onlyWhoMayIsLetIn()
{
    QFETCH(QString, host);
    QFETCH(QString, origin);
    QFETCH(QString, token);
    QFETCH(int, status);
    HttpServerOptions options;
    options.token = "sesame-sesame-sesame";
    options.origins = {u"http://good.example"_s};
    HttpServer server(options, echo);
    QVERIFY(server.listen());
    RawClient client(server);
    const QString port = QString::number(server.port());
    QByteArray head = "GET / HTTP/1.1\r\nHost: " + QString(host).replace(u"PORT"_s, port).toLatin1() + "\r\n";
    head += origin.isEmpty() ? QByteArray() : "Origin: " + QString(origin).replace(u"PORT"_s, port).toLatin1() + "\r\n";
    head += token.isEmpty() ? QByteArray() : "Authorization: " + token.toLatin1() + "\r\n";
    client.send(head + "\r\n");
    QTRY_COMPARE(client.status(), status);
}

void TestHttpServer::whoMayNotCallIsToldBeforeTheBody()
{
    HttpServerOptions options;
    options.token = "sesame-sesame-sesame";
    HttpServer server(options, echo);
    QVERIFY(server.listen());
    RawClient client(server);
    client.send("POST / HTTP/1.1\r\nHost: " + server.authority().toLatin1() +
                "\r\nContent-Length: 60000000\r\n\r\nbegin");
    QTRY_COMPARE(client.status(), 401);
    QTRY_COMPARE(server.connectionCount(), 0);
}

void TestHttpServer::aConnectionCarriesManyRequests()
{
    HttpServer server({}, echo);
    QVERIFY(server.listen());
    RawClient client(server);
    const QByteArray host = "Host: " + server.authority().toLatin1() + "\r\n";
    QByteArray all;
    for (int i = 0; i < 20; ++i) {
        all += "GET /" + QByteArray::number(i) + " HTTP/1.1\r\n" + host + "\r\n";
    }
    client.send(all + "GET /last HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n");
    QTRY_VERIFY(client.got().contains("/last?"));
    for (int i = 0; i < 20; ++i) {
        QVERIFY(client.got().contains("GET /" + QByteArray::number(i) + "? "));
    }
    QTRY_COMPARE(client.socket().state(), QAbstractSocket::UnconnectedState);
    QTRY_COMPARE(server.connectionCount(), 0);
}

void TestHttpServer::whoWaitsForAWordGetsIt()
{
    HttpServer server({}, echo);
    QVERIFY(server.listen());
    RawClient client(server);
    client.send("POST / HTTP/1.1\r\nHost: " + server.authority().toLatin1() +
                "\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    QTRY_VERIFY(client.got().startsWith("HTTP/1.1 100 Continue\r\n\r\n"));
    client.send("ab");
    QTRY_VERIFY(client.got().endsWith("POST /? ab"));
}

void TestHttpServer::aStreamGoesOutAsItIsWritten()
{
    QPointer<HttpServerExchange> open;
    HttpServer server({}, [&](HttpServerExchange &exchange) {
        open = &exchange;
        exchange.beginStream(200, {{"Content-Type", "text/event-stream"}});
    });
    QVERIFY(server.listen());
    RawClient client(server);
    client.send("GET / HTTP/1.1\r\nHost: " + server.authority().toLatin1() + "\r\n\r\n");
    QTRY_VERIFY(open);
    open->write("data: 1\n\n");
    QTRY_VERIFY(client.got().endsWith("9\r\ndata: 1\n\n\r\n"));
    open->finish();
    QTRY_VERIFY(client.got().endsWith("\r\n0\r\n\r\n"));
    QTRY_VERIFY(!open);
}

void TestHttpServer::whoGoesAwayIsTold()
{
    bool isTold = false;
    HttpServer server({}, [&](HttpServerExchange &exchange) {
        QObject::connect(&exchange, &HttpServerExchange::abandoned, &exchange, [&] { isTold = true; });
        exchange.beginStream(200, {});
    });
    QVERIFY(server.listen());
    RawClient client(server);
    client.send("GET / HTTP/1.1\r\nHost: " + server.authority().toLatin1() + "\r\n\r\n");
    QTRY_COMPARE(client.status(), 200);
    client.socket().abort();
    QTRY_VERIFY(isTold);
    QTRY_COMPARE(server.connectionCount(), 0);
}

void TestHttpServer::slowHeadsAreGivenUp()
{
    HttpServerOptions options;
    options.head = 100ms;
    HttpServer server(options, echo);
    QVERIFY(server.listen());
    RawClient slow(server);
    slow.send("GET / HT");
    QTRY_COMPARE(slow.status(), 408);
    RawClient silent(server);
    QTRY_COMPARE(silent.socket().state(), QAbstractSocket::ConnectedState);
    QTRY_COMPARE(server.connectionCount(), 0);
}

void TestHttpServer::aClientThatReadsNothingIsLetGo()
{
    HttpServerOptions options;
    options.stall = 200ms;
    HttpServer server(
        options, [&](HttpServerExchange &exchange) { exchange.respond(200, {}, QByteArray(64 * 1024 * 1024, 'x')); });
    QVERIFY(server.listen());
    RawClient client(server);
    client.socket().setReadBufferSize(1024);
    client.send("GET / HTTP/1.1\r\nHost: " + server.authority().toLatin1() + "\r\n\r\n");
    QTRY_COMPARE(server.connectionCount(), 1);
    QTRY_COMPARE(server.connectionCount(), 0);
}

void TestHttpServer::tooManyConnectionsAreRefused()
{
    HttpServerOptions options;
    options.connections = 2;
    HttpServer server(options, echo);
    QVERIFY(server.listen());
    RawClient one(server);
    RawClient two(server);
    QTRY_COMPARE(server.connectionCount(), 2);
    RawClient three(server);
    QTRY_COMPARE(three.socket().state(), QAbstractSocket::UnconnectedState);
    QCOMPARE(server.connectionCount(), 2);
}

void TestHttpServer::addressesOfOtherMachinesAreRefused_data()
{
    QTest::addColumn<QString>("given");
    QTest::addColumn<QString>("expected");
    QTest::newRow("a port") << u"8123"_s << u"127.0.0.1 8123"_s;
    QTest::newRow("localhost") << u"localhost:1"_s << u"127.0.0.1 1"_s;
    QTest::newRow("IPv6") << u"[::1]:0"_s << u"::1 0"_s;
    QTest::newRow("everything") << u"0.0.0.0:80"_s << u""_s;
    QTest::newRow("another machine") << u"192.168.1.1:80"_s << u""_s;
    QTest::newRow("a name") << u"example.com:80"_s << u""_s;
    QTest::newRow("too high") << u"65536"_s << u""_s;
    QTest::newRow("nothing") << u""_s << u""_s;
}

void TestHttpServer::addressesOfOtherMachinesAreRefused()
{
    QFETCH(QString, given);
    QFETCH(QString, expected);
    const auto read = readListenAddress(given);
    QCOMPARE(read ? read->first.toString() + u' ' + QString::number(read->second) : QString(), expected);
}

QTEST_GUILESS_MAIN(TestHttpServer)
#include "tst_http_server.moc"
