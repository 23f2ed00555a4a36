// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/codec.h"
#include "core/connections/mcp/http_transport.h"

#include <QtNetwork/QTcpServer>
#include <QtNetwork/QTcpSocket>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace countersign;
using namespace countersign::mcp;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

struct Got {
    QByteArray verb;
    QByteArray path;
    std::map<QByteArray, QByteArray> headers; ///< Names in lower case.
    QByteArray body;
    QPointer<QTcpSocket> socket;

    QByteArray header(const QByteArray &name) const
    {
        const auto found = headers.find(name);
        return found == headers.end() ? QByteArray() : found->second;
    }
};

/// An HTTP server that says, byte for byte, what the test wants.
class ScriptedHttp final : public QObject
{
public:
    ScriptedHttp()
    {
        [[maybe_unused]] const bool isListening = m_server.listen(QHostAddress::LocalHost);
        Q_ASSERT(isListening);
        connect(&m_server, &QTcpServer::newConnection, this, [this] {
            while (QTcpSocket *socket = m_server.nextPendingConnection()) {
                ++connections;
                connect(socket, &QTcpSocket::readyRead, this, [this, socket] { read(socket); });
            }
        });
    }
    QUrl url(const QString &path = u"/mcp"_s) const
    {
        return QUrl(u"http://127.0.0.1:%1%2"_s.arg(m_server.serverPort()).arg(path));
    }
    static void reply(const Got &got, const QByteArray &status, const QByteArray &headers, const QByteArray &body)
    {
        if (got.socket) {
            got.socket->write("HTTP/1.1 " + status + "\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n" +
                              headers + "\r\n" + body);
        }
    }
    static void json(const Got &got, const QByteArray &body, const QByteArray &headers = {})
    {
        reply(got, "200 OK", "Content-Type: application/json; charset=utf-8\r\n" + headers, body);
    }
    static void beginStream(const Got &got, const QByteArray &events)
    {
        got.socket->write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + events);
    }

    std::function<void(const Got &)> serve;
    std::vector<Got> got;
    int connections = 0;

private:
    void read(QTcpSocket *socket)
    {
        QByteArray &buffer = m_buffers[socket];
        buffer += socket->readAll();
        for (;;) {
            const qsizetype end = buffer.indexOf("\r\n\r\n");
            if (end < 0) {
                return;
            }
            Got one;
            one.socket = socket;
            const QList<QByteArray> lines = buffer.first(end).split('\n');
            const QList<QByteArray> first = lines.front().trimmed().split(' ');
            one.verb = first.value(0);
            one.path = first.value(1);
            for (const QByteArray &line : lines.mid(1)) {
                const qsizetype colon = line.indexOf(':');
                one.headers[line.first(colon).toLower()] = line.sliced(colon + 1).trimmed();
            }
            const qsizetype length = one.header("content-length").toLongLong();
            if (buffer.size() < end + 4 + length) {
                return;
            }
            one.body = buffer.mid(end + 4, length);
            buffer.remove(0, end + 4 + length);
            got.push_back(one);
            serve(one);
        }
    }

    QTcpServer m_server;
    std::map<QTcpSocket *, QByteArray> m_buffers;
};

struct TransportRig {
    ScriptedHttp server;
    SystemClock clock;
    EventLoopScheduler scheduler{clock};
    FixedHeaders authorization;
    StreamableHttpTransport transport;
    std::vector<QByteArray> received;
    std::vector<std::pair<QString, RequestFailure>> failures;
    QStringList troubles;

    explicit TransportRig(HttpLimits limits = {})
        : transport(server.url(), authorization, scheduler, limits)
    {
        QObject::connect(&transport, &ClientTransport::received,
                         [this](const QByteArray &message) { received.push_back(message); });
        QObject::connect(&transport, &ClientTransport::requestFailed,
                         [this](const QString &id, const RequestFailure &why) { failures.emplace_back(id, why); });
        QObject::connect(&transport, &ClientTransport::troubled,
                         [this](const QString &words) { troubles.append(words); });
        [[maybe_unused]] const bool isStarted = transport.start().hasValue();
        Q_ASSERT(isStarted);
    }
    static QByteArray line(int id, const QByteArray &method = "tools/call")
    {
        return R"({"jsonrpc":"2.0","id":)" + QByteArray::number(id) + ",\"method\":\"" + method + "\",\"params\":{}}";
    }
    static QByteArray answer(const QByteArray &id, const QByteArray &result = "{}")
    {
        return R"({"jsonrpc":"2.0","id":)" + id + ",\"result\":" + result + '}';
    }
    void send(int id, bool beginsSession = false, const QByteArray &method = "tools/call")
    {
        OutgoingMessage message;
        message.id = u'n' + QString::number(id);
        message.bytes = line(id, method);
        message.beginsSession = beginsSession;
        transport.send(message);
    }
    void beginSession()
    {
        server.serve = [](const Got &got) { ScriptedHttp::json(got, answer("0"), "Mcp-Session-Id: secret-1\r\n"); };
        send(0, true);
        QTRY_COMPARE(received.size(), size_t(1));
        transport.setProtocol("2025-11-25", true);
        received.clear();
        server.got.clear();
    }
};

QByteArray idOf(const Got &got)
{
    const auto read = readMessage(got.body);
    const Message *message = std::get_if<Message>(&read);
    return message ? message->id.token() : QByteArray();
}

class AskedAuthorization final : public HttpAuthorization
{
public:
    QByteArray token = "Bearer old";
    std::vector<Challenge> challenges;
    bool gives = true;
    void headersFor(const QUrl &, Headers ready) override
    {
        QTimer::singleShot(5, [this, ready] { ready(std::vector<HeaderPair>{{"Authorization", token}}); });
    }
    void refused(const QUrl &, const Challenge &challenge, Settled settled) override
    {
        challenges.push_back(challenge);
        QTimer::singleShot(5, [this, settled] {
            token = "Bearer new";
            settled(gives ? Result<>() : Result<>(Error{ErrorCode::NotAllowed, u"Nobody signed in."_s, {}}));
        });
    }
};

} // namespace

/// Streamable HTTP, against a server that says every byte by script.
class TestMcpHttpTransport : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void addressesAreChecked_data();
    void addressesAreChecked();
    void answersComeAsJsonOrAsEvents();
    void theBodyIsSentAsItIs();
    void sessionsAreNamedAndEnded();
    void aGoneSessionIsTold_data();
    void aGoneSessionIsTold();
    void aClosedStreamIsResumed();
    void aStreamThatCannotBeResumedIsLost();
    void aDroppedPostIsNeverRepeated();
    void redirectsStayAtTheOrigin_data();
    void redirectsStayAtTheOrigin();
    void aRedirectMayComeAfterTheWork_data();
    void aRedirectMayComeAfterTheWork();
    void whatWentOutOnceIsNeverCalledUnsent_data();
    void whatWentOutOnceIsNeverCalledUnsent();
    void refusalsAreTold_data();
    void refusalsAreTold();
    void credentialsAreAskedForAndRenewed();
    void anEndlessAnswerIsCutOff_data();
    void anEndlessAnswerIsCutOff();
    void unaskedMessagesComeOnAStreamOfTheirOwn();
    void aHundredCallsRunAtOnce();
    void tenMegabytesPass();
    void anAbandonedRequestClosesItsStream();
};

void TestMcpHttpTransport::addressesAreChecked_data()
{
    QTest::addColumn<QString>("address");
    QTest::addColumn<bool>("isAllowed");
    QTest::newRow("https") << u"https://mcp.example.com/mcp"_s << true;
    QTest::newRow("this machine") << u"http://localhost:3000/mcp?x=1"_s << true;
    QTest::newRow("plain to elsewhere") << u"http://mcp.example.com/mcp"_s << false;
    QTest::newRow("a password in it") << u"https://a:b@mcp.example.com/"_s << false;
    QTest::newRow("a fragment") << u"https://mcp.example.com/#a"_s << false;
    QTest::newRow("a file") << u"file:///etc/passwd"_s << false;
    QTest::newRow("no host") << u"https:///mcp"_s << false;
}

void TestMcpHttpTransport::addressesAreChecked()
{
    QFETCH(QString, address);
    QFETCH(bool, isAllowed);
    QCOMPARE(checkMcpAddress(QUrl(address)).hasValue(), isAllowed);
}

void TestMcpHttpTransport::answersComeAsJsonOrAsEvents()
{
    TransportRig rig;
    rig.server.serve = [](const Got &got) {
        if (idOf(got) == "1") {
            ScriptedHttp::json(got, TransportRig::answer("1", "{\r\n\"a\": 1}"));
        } else {
            ScriptedHttp::beginStream(got,
                                      "data: {\"jsonrpc\":\"2.0\",\"method\":\"x\"}\r\n\r\nevent: other\ndata: no\n\n"
                                      "event: message\ndata: " +
                                          TransportRig::answer("2") + "\n\n");
            got.socket->disconnectFromHost();
        }
    };
    rig.send(1);
    QTRY_COMPARE(rig.received.size(), size_t(1));
    rig.send(2);
    QTRY_COMPARE(rig.received.size(), size_t(3));
    QVERIFY(rig.failures.empty());
}

void TestMcpHttpTransport::theBodyIsSentAsItIs()
{
    TransportRig rig;
    rig.server.serve = [](const Got &got) { ScriptedHttp::reply(got, "202 Accepted", {}, {}); };
    OutgoingMessage message;
    message.kind = OutgoingMessage::Kind::Notification;
    message.bytes = "{\"jsonrpc\":\"2.0\",\"method\":\"x\",  \"params\":{\"a\":1.00,\"b\":\"\\u00e4\xC3\xA4\"}}";
    message.headers = {{"Mcp-Method", "x"}};
    rig.transport.send(message);
    QTRY_COMPARE(rig.server.got.size(), size_t(1));
    QCOMPARE(rig.server.got.front().body, message.bytes);
    QCOMPARE(rig.server.got.front().header("mcp-method"), QByteArray("x"));
    QCOMPARE(rig.server.got.front().header("accept"), QByteArray("application/json, text/event-stream"));
    QVERIFY(rig.server.got.front().header("origin").isEmpty());
    QVERIFY(rig.server.got.front().header("cookie").isEmpty());
}

void TestMcpHttpTransport::sessionsAreNamedAndEnded()
{
    TransportRig rig;
    rig.beginSession();
    rig.server.serve = [](const Got &got) { ScriptedHttp::json(got, TransportRig::answer(idOf(got))); };
    rig.send(1);
    QTRY_COMPARE(rig.received.size(), size_t(1));
    QCOMPARE(rig.server.got.front().header("mcp-session-id"), QByteArray("secret-1"));
    QCOMPARE(rig.server.got.front().header("mcp-protocol-version"), QByteArray("2025-11-25"));
    QSignalSpy ended(&rig.transport, &ClientTransport::ended);
    rig.transport.stop();
    QTRY_COMPARE(ended.count(), 1);
    QCOMPARE(rig.server.got.back().verb, QByteArray("DELETE"));
    QCOMPARE(rig.server.got.back().header("mcp-session-id"), QByteArray("secret-1"));
}

void TestMcpHttpTransport::aGoneSessionIsTold_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<bool>("isAnswer");
    const auto error = [](const QByteArray &id) {
        return R"({"jsonrpc":"2.0","id":)" + id + R"(,"error":{"code":-32001,"message":"Session not found"}})";
    };
    QTest::newRow("without words") << QByteArray() << false;
    QTest::newRow("a page for people") << QByteArray("<html>") << false;
    QTest::newRow("an error of no request") << error("null") << false;
    QTest::newRow("an error of another request") << error("2") << false;
    QTest::newRow("an error under a text") << error(R"("server-error")") << false;
    // The call was read and answered: sent again, it might be done twice.
    QTest::newRow("an error of this request") << error("1") << true;
}

void TestMcpHttpTransport::aGoneSessionIsTold()
{
    QFETCH(QByteArray, body);
    QFETCH(bool, isAnswer);
    TransportRig rig;
    rig.beginSession();
    rig.server.serve = [&](const Got &got) {
        ScriptedHttp::reply(got, "404 Not Found", "Content-Type: application/json\r\n", body);
    };
    rig.send(1);
    QTRY_COMPARE(rig.received.size() + rig.failures.size(), size_t(1));
    if (isAnswer) {
        QVERIFY(rig.failures.empty());
        QCOMPARE(rig.received.front(), body);
    } else {
        QCOMPARE(rig.failures.front().second.kind, RequestFailure::Kind::SessionGone);
    }
}

void TestMcpHttpTransport::aClosedStreamIsResumed()
{
    TransportRig rig;
    rig.beginSession();
    int gets = 0;
    QElapsedTimer sinceClosed;
    qint64 waited = 0;
    rig.server.serve = [&](const Got &got) {
        if (got.verb == "POST") {
            ScriptedHttp::beginStream(got, "id: a-1\nretry: 200\ndata: \n\ndata: {\"jsonrpc\":\"2.0\",\"me");
            got.socket->disconnectFromHost();
            sinceClosed.start();
        } else if (++gets == 1) {
            waited = sinceClosed.elapsed();
            ScriptedHttp::beginStream(got, "id: a-2\nretry: 10\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"x\"}\n\n");
            got.socket->disconnectFromHost();
        } else {
            ScriptedHttp::beginStream(got, "id: a-3\ndata: " + TransportRig::answer("1") + "\n\n");
        }
    };
    rig.send(1);
    QTRY_COMPARE(rig.received.size(), size_t(2));
    QVERIFY(waited >= 195);
    QCOMPARE(rig.server.got.at(1).header("last-event-id"), QByteArray("a-1"));
    QCOMPARE(rig.server.got.at(2).header("last-event-id"), QByteArray("a-2"));
    QVERIFY(rig.failures.empty());
}

void TestMcpHttpTransport::aStreamThatCannotBeResumedIsLost()
{
    HttpLimits limits;
    limits.plainRetry = 10ms;
    limits.longestRetry = 20ms;
    TransportRig rig(limits);
    rig.beginSession();
    int gets = 0;
    rig.server.serve = [&gets](const Got &got) {
        gets += got.verb == "GET" ? 1 : 0;
        ScriptedHttp::beginStream(got, got.verb == "GET" ? QByteArray() : QByteArray("id: 1\ndata: \n\n"));
        got.socket->disconnectFromHost();
    };
    rig.send(1);
    QTRY_COMPARE(rig.failures.size(), size_t(1));
    QCOMPARE(rig.failures.front().second.kind, RequestFailure::Kind::Lost);
    QVERIFY(gets >= 7 && gets <= 8);

    TransportRig stateless; // Without sessions nothing is resumed.
    stateless.server.serve = rig.server.serve;
    gets = 0;
    stateless.send(1);
    QTRY_COMPARE(stateless.failures.size(), size_t(1));
    QCOMPARE(gets, 0);
}

void TestMcpHttpTransport::aDroppedPostIsNeverRepeated()
{
    TransportRig rig;
    rig.server.serve = [](const Got &got) { ScriptedHttp::json(got, TransportRig::answer(idOf(got))); };
    rig.send(1); // So that the next goes out on a connection that was used before.
    QTRY_COMPARE(rig.received.size(), size_t(1));
    rig.server.serve = [](const Got &got) { got.socket->abort(); };
    rig.send(2);
    QTRY_COMPARE(rig.failures.size(), size_t(1));
    QCOMPARE(rig.failures.front().second.kind, RequestFailure::Kind::Lost);
    QCOMPARE(rig.server.got.size(), size_t(2));
}

void TestMcpHttpTransport::redirectsStayAtTheOrigin_data()
{
    QTest::addColumn<QByteArray>("status");
    QTest::addColumn<QByteArray>("location");
    QTest::addColumn<bool>("isFollowed");
    QTest::newRow("to another path") << QByteArray("307 Temporary Redirect") << QByteArray("/mcp/") << true;
    QTest::newRow("to another host") << QByteArray("307 Temporary Redirect") << QByteArray("http://127.0.0.2/mcp")
                                     << false;
    QTest::newRow("to another port") << QByteArray("308 Permanent Redirect") << QByteArray("http://127.0.0.1:1/")
                                     << false;
    QTest::newRow("to nowhere") << QByteArray("307 Temporary Redirect") << QByteArray("http://[bad") << false;
}

void TestMcpHttpTransport::redirectsStayAtTheOrigin()
{
    QFETCH(QByteArray, status);
    QFETCH(QByteArray, location);
    QFETCH(bool, isFollowed);
    TransportRig rig;
    rig.server.serve = [&](const Got &got) {
        got.path == "/mcp/" ? ScriptedHttp::json(got, TransportRig::answer(idOf(got)))
                            : ScriptedHttp::reply(got, status, "Location: " + location + "\r\n", {});
    };
    rig.send(1);
    QTRY_COMPARE(rig.received.size() + rig.failures.size(), size_t(1));
    QCOMPARE(rig.received.size() == 1, isFollowed);
    if (!isFollowed) {
        QCOMPARE(rig.failures.front().second.kind, RequestFailure::Kind::NotSent);
    }
}

void TestMcpHttpTransport::aRedirectMayComeAfterTheWork_data()
{
    QTest::addColumn<QByteArray>("status");
    QTest::addColumn<QByteArray>("location");
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<RequestFailure::Kind>("kind");
    const QByteArray call = "tools/call";
    const QByteArray elsewhere = "http://127.0.0.2/done";
    // RFC 9110 15.4.4: 303 is what a POST is answered with that was carried out, and 301 and 302 are used like it.
    for (const QByteArray &status :
         {QByteArray("301 Moved Permanently"), QByteArray("302 Found"), QByteArray("303 See Other")}) {
        QTest::addRow("%s", status.constData()) << status << QByteArray("/done") << call << RequestFailure::Kind::Lost;
        QTest::addRow("%s to another host", status.constData())
            << status << elsewhere << call << RequestFailure::Kind::Lost;
        QTest::addRow("%s to nowhere", status.constData())
            << status << QByteArray("http://[bad") << call << RequestFailure::Kind::Lost;
        QTest::addRow("%s of what does nothing", status.constData())
            << status << elsewhere << QByteArray("server/discover") << RequestFailure::Kind::NotSent;
    }
    QTest::newRow("307 to another host") << QByteArray("307 Temporary Redirect") << elsewhere << call
                                         << RequestFailure::Kind::NotSent;
    QTest::newRow("308 round and round") << QByteArray("308 Permanent Redirect") << QByteArray("/mcp") << call
                                         << RequestFailure::Kind::NotSent;
}

void TestMcpHttpTransport::aRedirectMayComeAfterTheWork()
{
    QFETCH(QByteArray, status);
    QFETCH(QByteArray, location);
    QFETCH(QByteArray, method);
    QFETCH(RequestFailure::Kind, kind);
    TransportRig rig;
    rig.server.serve = [&](const Got &got) { ScriptedHttp::reply(got, status, "Location: " + location + "\r\n", {}); };
    rig.send(1, false, method);
    QTRY_COMPARE(rig.failures.size(), size_t(1));
    QCOMPARE(rig.failures.front().second.kind, kind);
    QVERIFY(
        std::all_of(rig.server.got.begin(), rig.server.got.end(), [](const Got &got) { return got.path == "/mcp"; }));
}

void TestMcpHttpTransport::whatWentOutOnceIsNeverCalledUnsent_data()
{
    QTest::addColumn<QByteArray>("status");
    QTest::addColumn<QByteArray>("headers");
    QTest::newRow("sent on elsewhere") << QByteArray("307 Temporary Redirect")
                                       << QByteArray("Location: http://127.0.0.2/mcp\r\n");
    QTest::newRow("credentials wanted") << QByteArray("401 Unauthorized") << QByteArray();
}

void TestMcpHttpTransport::whatWentOutOnceIsNeverCalledUnsent()
{
    // The call was taken in and its stream broke; only the way to its answer is refused.
    QFETCH(QByteArray, status);
    QFETCH(QByteArray, headers);
    TransportRig rig;
    rig.beginSession();
    rig.server.serve = [&](const Got &got) {
        if (got.verb == "POST") {
            ScriptedHttp::beginStream(got, "id: e1\nretry: 1\ndata:\n\n");
            got.socket->disconnectFromHost();
        } else {
            ScriptedHttp::reply(got, status, headers, {});
        }
    };
    rig.send(1);
    QTRY_COMPARE(rig.failures.size(), size_t(1));
    QCOMPARE(rig.failures.front().second.kind, RequestFailure::Kind::Lost);
}

void TestMcpHttpTransport::refusalsAreTold_data()
{
    QTest::addColumn<QByteArray>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("kind"); // -1: taken for the answer.
    const QByteArray ours = R"({"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"x"}})";
    QTest::newRow("an error of this request") << QByteArray("404 Not Found") << ours << -1;
    QTest::newRow("an error of no request")
        << QByteArray("400 Bad Request")
        << QByteArray(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"x"}})")
        << int(RequestFailure::Kind::Refused);
    QTest::newRow("a page for people") << QByteArray("500 Oops") << QByteArray("<html>")
                                       << int(RequestFailure::Kind::Refused);
    QTest::newRow("taken without an answer")
        << QByteArray("202 Accepted") << QByteArray() << int(RequestFailure::Kind::Lost);
    QTest::newRow("credentials wanted") << QByteArray("401 Unauthorized") << QByteArray()
                                        << int(RequestFailure::Kind::NotSent);
}

void TestMcpHttpTransport::refusalsAreTold()
{
    QFETCH(QByteArray, status);
    QFETCH(QByteArray, body);
    QFETCH(int, kind);
    TransportRig rig;
    rig.server.serve = [&](const Got &got) {
        ScriptedHttp::reply(got, status, "Content-Type: application/json\r\n", body);
    };
    rig.send(1);
    QTRY_COMPARE(rig.received.size() + rig.failures.size(), size_t(1));
    if (kind < 0) {
        QCOMPARE(rig.received.front(), body);
    } else {
        QCOMPARE(int(rig.failures.front().second.kind), kind);
    }
}

void TestMcpHttpTransport::credentialsAreAskedForAndRenewed()
{
    ScriptedHttp server;
    server.serve = [](const Got &got) {
        got.header("authorization") == "Bearer new"
            ? ScriptedHttp::json(got, TransportRig::answer(idOf(got)))
            : ScriptedHttp::reply(got, "401 Unauthorized", "WWW-Authenticate: Bearer scope=\"a\"\r\n", {});
    };
    const SystemClock clock;
    EventLoopScheduler scheduler(clock);
    AskedAuthorization authorization;
    StreamableHttpTransport transport(server.url(), authorization, scheduler);
    QSignalSpy received(&transport, &ClientTransport::received);
    QSignalSpy failed(&transport, &ClientTransport::requestFailed);
    QVERIFY(transport.start());
    OutgoingMessage message;
    message.id = u"n1"_s;
    message.bytes = TransportRig::line(1);
    transport.send(message);
    QTRY_COMPARE(received.count(), 1);
    QCOMPARE(authorization.challenges.size(), size_t(1));
    QCOMPARE(authorization.challenges.front().wwwAuthenticate, QByteArray("Bearer scope=\"a\""));
    QCOMPARE(authorization.challenges.front().usedHeader, QByteArray("Bearer old"));

    server.serve = [](const Got &got) { ScriptedHttp::reply(got, "403 Forbidden", {}, {}); };
    transport.send(message);
    QTRY_COMPARE(failed.count(), 1); // Not again and again.
    QCOMPARE(authorization.challenges.size(), size_t(6));
}

void TestMcpHttpTransport::anEndlessAnswerIsCutOff_data()
{
    QTest::addColumn<QByteArray>("type");
    QTest::newRow("as JSON") << QByteArray("application/json");
    QTest::newRow("as an event") << QByteArray("text/event-stream");
}

void TestMcpHttpTransport::anEndlessAnswerIsCutOff()
{
    QFETCH(QByteArray, type);
    HttpLimits limits;
    limits.messageBytes = 1024 * 1024;
    TransportRig rig(limits);
    rig.server.serve = [&type](const Got &got) {
        got.socket->write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: " + type +
                          "\r\n\r\ndata: " + QByteArray(4 * 1024 * 1024, 'a'));
    };
    rig.send(1);
    QTRY_COMPARE(rig.failures.size(), size_t(1));
    QVERIFY(rig.failures.front().second.words.contains(u"1 MiB"_s));
}

void TestMcpHttpTransport::unaskedMessagesComeOnAStreamOfTheirOwn()
{
    TransportRig rig;
    rig.beginSession();
    rig.server.serve = [](const Got &got) {
        ScriptedHttp::beginStream(got, "data: {\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"ping\"}\n\n");
    };
    rig.transport.listen();
    rig.transport.listen(); // Once.
    QTRY_COMPARE(rig.received.size(), size_t(1));
    QCOMPARE(rig.server.got.size(), size_t(1));
    QCOMPARE(rig.server.got.front().verb, QByteArray("GET"));

    // A new session: the stream of the old one is closed, and a new one belongs to the new.
    QSignalSpy closed(rig.server.got.front().socket, &QTcpSocket::disconnected);
    rig.received.clear();
    rig.server.serve = [](const Got &got) {
        if (got.verb == "POST") {
            ScriptedHttp::json(got, TransportRig::answer("5"), "Mcp-Session-Id: secret-2\r\n");
        }
    };
    rig.send(5, true);
    QTRY_COMPARE(closed.count(), 1);
    QTRY_COMPARE(rig.received.size(), size_t(1));
    rig.transport.listen();
    QTRY_COMPARE(rig.server.got.back().verb, QByteArray("GET"));
    QCOMPARE(rig.server.got.back().header("mcp-session-id"), QByteArray("secret-2"));
}

void TestMcpHttpTransport::aHundredCallsRunAtOnce()
{
    TransportRig rig;
    std::vector<Got> open;
    rig.server.serve = [&open](const Got &got) { open.push_back(got); };
    for (int i = 1; i <= 100; ++i) {
        rig.send(i);
    }
    QTRY_COMPARE_WITH_TIMEOUT(open.size(), size_t(100), 20'000); // All of them wait at the server side by side.
    for (const Got &got : open) {
        ScriptedHttp::json(got, TransportRig::answer(idOf(got)));
    }
    QTRY_COMPARE(rig.received.size(), size_t(100));
    QVERIFY(rig.failures.empty());
}

void TestMcpHttpTransport::tenMegabytesPass()
{
    TransportRig rig;
    const QByteArray large = TransportRig::answer("1", "{\"a\":\"" + QByteArray(10 * 1024 * 1024, 'x') + "\"}");
    rig.server.serve = [&large](const Got &got) {
        ScriptedHttp::beginStream(got, "data: " + large + "\n\n");
        got.socket->disconnectFromHost();
    };
    rig.send(1);
    QTRY_COMPARE_WITH_TIMEOUT(rig.received.size(), size_t(1), 20'000);
    QCOMPARE(rig.received.front(), large);
}

void TestMcpHttpTransport::anAbandonedRequestClosesItsStream()
{
    TransportRig rig;
    QPointer<QTcpSocket> socket;
    rig.server.serve = [&socket](const Got &got) {
        socket = got.socket;
        ScriptedHttp::beginStream(got, ": wait\n\n");
    };
    rig.send(1);
    QTRY_VERIFY(socket);
    QSignalSpy closed(socket, &QTcpSocket::disconnected);
    rig.transport.abandon(u"n1"_s);
    QTRY_COMPARE(closed.count(), 1);
    QVERIFY(rig.failures.empty());
}

QTEST_GUILESS_MAIN(TestMcpHttpTransport)
#include "tst_mcp_http_transport.moc"
