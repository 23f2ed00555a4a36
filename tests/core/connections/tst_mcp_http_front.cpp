// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/http_front.h"

#include "core/base/signature.h"
#include "tests/support/fake_clock.h"

#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkReply>
#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::mcp;

namespace {

/// What stands behind: answers by the name of the method, or when the test says so.
class FakeLink final : public FrontLink
{
public:
    explicit FakeLink(bool isModern)
        : m_isModern(isModern)
    {}
    void take(const QByteArray &line) override
    {
        lines.append(line);
        const auto read = readMessage(line);
        const Message &message = std::get<Message>(read);
        if (message.method == "initialize"_L1) {
            Q_EMIT lineReady(resultLine(message.id, R"({"protocolVersion":"2025-11-25","capabilities":{}})"));
        } else if (message.method == "server/discover"_L1) {
            Q_EMIT lineReady(m_isModern ? resultLine(message.id, R"({"supportedVersions":["2026-07-28"]})")
                                        : errorLine(message.id, Code::MethodNotFound, u"no"_s));
        } else if (message.method == "echo"_L1) {
            Q_EMIT lineReady(resultLine(message.id, message.params));
        } else if (message.method == "none"_L1) {
            Q_EMIT lineReady(errorLine(message.id, Code::MethodNotFound, u"There is no such method."_s));
        }
    }
    void setPaused(bool isPaused) override { paused = isPaused; }
    void close(const QString &why) override
    {
        closed = why;
        if (lingers) {
            return;
        }
        QMetaObject::invokeMethod(
            this, [this] { Q_EMIT gone(u"over"_s); }, Qt::QueuedConnection);
    }
    /// The id under which the last line with \p word came.
    MessageId idOf(const QByteArray &word) const
    {
        for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
            if (line->contains(word)) {
                const auto read = readMessage(*line);
                return std::get<Message>(read).id;
            }
        }
        return {};
    }

    QList<QByteArray> lines;
    QString closed;
    bool paused = false;
    bool lingers = false; ///< Is not gone when it is closed: a process that takes its time.

private:
    bool m_isModern;
};

const QByteArray jsonAndEvents = "application/json, text/event-stream";

struct FrontRig {
    explicit FrontRig(bool isModern = false)
        : ids(clock)
        , front(
              [this, isModern] {
                  auto link = std::make_unique<FakeLink>(isModern);
                  links.append(link.get());
                  return Result<std::unique_ptr<FrontLink>>(std::move(link));
              },
              clock, ids)
        , server({}, [this](HttpServerExchange &exchange) { front.take(exchange); })
    {
        if (!server.listen()) {
            qFatal("nothing can be listened to");
        }
    }
    QNetworkRequest request(const QByteArray &accept = jsonAndEvents) const
    {
        QNetworkRequest made(QUrl(u"http://"_s + server.authority() + u"/mcp"_s));
        made.setRawHeader("Accept", accept);
        made.setRawHeader("Content-Type", "application/json");
        if (!session.isEmpty()) {
            made.setRawHeader("Mcp-Session-Id", session);
            made.setRawHeader("MCP-Protocol-Version", "2025-11-25");
        }
        return made;
    }
    static int status(QNetworkReply *reply)
    {
        return reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    }
    QNetworkReply *post(const QByteArray &body) { return client.post(request(), body); }
    QNetworkReply *postModern(const QByteArray &id, const QByteArray &method, const QByteArray &more = {})
    {
        QNetworkRequest made = request();
        made.setRawHeader("MCP-Protocol-Version", "2026-07-28");
        made.setRawHeader("Mcp-Method", method);
        return client.post(made, R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":")" + method +
                                     R"(","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                                     R"("io.modelcontextprotocol/clientCapabilities":{}})" +
                                     more + "}}");
    }
    void initialize()
    {
        QNetworkReply *reply = post(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{}})");
        QTRY_VERIFY(reply->isFinished());
        session = reply->rawHeader("Mcp-Session-Id");
        QVERIFY(session.size() == 48);
        reply->deleteLater();
    }
    FakeLink &link() { return *links.last(); }

    FakeClock clock;
    SystemIdSource ids;
    QList<FakeLink *> links;
    HttpFront front;
    HttpServer server;
    QNetworkAccessManager client;
    QByteArray session;
};

} // namespace

class TestMcpHttpFront : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }
    void aSessionBeginsGoesOnAndEnds();
    void anEndedSessionTakesNothingMore();
    void whatCannotBeMeantIsRefused_data();
    void whatCannotBeMeantIsRefused();
    void quickAnswersAreJsonAndSlowOnesStreams();
    void progressGoesToItsRequest();
    void whatBelongsToNoRequestGoesToTheStreamOfGet();
    void aBrokenStreamIsReadOnFromWhereItBroke();
    void onlyTheNewestAnswersAreKept();
    void whoDoesNotComeBackIsCancelled();
    void aSetOutMessageBecomesOneLine();
    void anIdInUseIsRefused();
    void statelessClientsShareOneLink();
    void statelessHeadersMustAgree_data();
    void statelessHeadersMustAgree();
    void aRequestWithoutCapabilitiesSpoilsNothing();
    void aRevisionTheServerDoesNotSpeakIsRefused();
    void theHandshakeIsNoMethodWithoutSessions();
    void mirroredArgumentsMustAgree_data();
    void mirroredArgumentsMustAgree();
    void noMoreIsLearntThanCanBeMeant();
    void aSharedSessionThatClosesSaysSo();
    void closingAStatelessStreamCancels();
    void anOldServerIsSaidToBeOne();
    void aServerThatGoesIsTold();
    void everyClientHasALinkOfItsOwn();
    void anIdleSessionEnds();
    void closingEndsEverything();
};

void TestMcpHttpFront::aSessionBeginsGoesOnAndEnds()
{
    FrontRig rig;
    rig.initialize();
    QNetworkReply *told = rig.post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    QTRY_VERIFY(told->isFinished());
    QCOMPARE(FrontRig::status(told), 202);
    QNetworkReply *answer = rig.post(R"({"jsonrpc":"2.0","id":"a","method":"echo","params":{"x":1.50}})");
    QTRY_VERIFY(answer->isFinished());
    QVERIFY(answer->readAll().endsWith("data: {\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{\"x\":1.50}}\n\n"));
    QCOMPARE(answer->rawHeader("Content-Type"), QByteArray("text/event-stream"));
    QNetworkReply *plain = rig.client.post(rig.request("application/json"),
                                           R"({"jsonrpc":"2.0","id":"b","method":"echo","params":{"x":1.50}})");
    QTRY_VERIFY(plain->isFinished());
    QCOMPARE(plain->readAll(), QByteArray(R"({"jsonrpc":"2.0","id":"b","result":{"x":1.50}})"));
    QNetworkReply *ended = rig.client.deleteResource(rig.request());
    QTRY_VERIFY(ended->isFinished());
    QCOMPARE(FrontRig::status(ended), 200);
    QTRY_COMPARE(rig.front.sessionCount(), 0);
    QNetworkReply *late = rig.post(R"({"jsonrpc":"2.0","id":2,"method":"echo"})");
    QTRY_VERIFY(late->isFinished());
    QCOMPARE(FrontRig::status(late), 404);
}

void TestMcpHttpFront::anEndedSessionTakesNothingMore()
{
    FrontRig rig;
    rig.initialize();
    rig.link().lingers = true;
    QNetworkReply *ended = rig.client.deleteResource(rig.request());
    QTRY_VERIFY(ended->isFinished());
    QCOMPARE(FrontRig::status(ended), 200);
    const qsizetype before = rig.link().lines.size();
    QNetworkReply *late = rig.post(R"({"jsonrpc":"2.0","id":2,"method":"echo","params":{}})");
    QTRY_VERIFY(late->isFinished());
    QCOMPARE(FrontRig::status(late), 404);
    QCOMPARE(rig.link().lines.size(), before);
    Q_EMIT rig.link().gone(u"over"_s);
    QTRY_COMPARE(rig.front.sessionCount(), 0);
}

void TestMcpHttpFront::whatCannotBeMeantIsRefused_data()
{
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("accept");
    QTest::addColumn<QByteArray>("session");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    const QByteArray json = "application/json";
    const QByteArray call = R"({"jsonrpc":"2.0","id":1,"method":"echo"})";
    QTest::newRow("another type") << QByteArray("text/plain") << jsonAndEvents << QByteArray() << call << 415;
    QTest::newRow("takes nothing of ours") << json << QByteArray("text/html") << QByteArray() << call << 406;
    QTest::newRow("no JSON") << json << jsonAndEvents << QByteArray() << QByteArray("{") << 400;
    QTest::newRow("a batch") << json << jsonAndEvents << QByteArray() << QByteArray('[' + call + ']') << 400;
    QTest::newRow("no session") << json << jsonAndEvents << QByteArray() << call << 400;
    QTest::newRow("no such session") << json << jsonAndEvents << QByteArray("guess") << call << 404;
}

void TestMcpHttpFront::whatCannotBeMeantIsRefused()
{
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, accept);
    QFETCH(QByteArray, session);
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    FrontRig rig;
    QNetworkRequest request = rig.request(accept);
    request.setRawHeader("Content-Type", type);
    if (!session.isEmpty()) {
        request.setRawHeader("Mcp-Session-Id", session);
    }
    QNetworkReply *reply = rig.client.post(request, body);
    QTRY_VERIFY(reply->isFinished());
    QCOMPARE(FrontRig::status(reply), status);
    QVERIFY(rig.links.isEmpty()); // Nothing was started for it.
}

void TestMcpHttpFront::quickAnswersAreJsonAndSlowOnesStreams()
{
    FrontRig rig;
    rig.initialize();
    QNetworkReply *slow = rig.post(R"({"jsonrpc":"2.0","id":7,"method":"wait"})");
    QTRY_COMPARE(rig.link().lines.size(), 2);
    rig.clock.advance(1s);
    QTRY_COMPARE(slow->rawHeader("Content-Type"), QByteArray("text/event-stream"));
    QTRY_COMPARE(slow->peek(100), QByteArray("id: 2-0\ndata: \n\n"));
    rig.clock.advance(20s);
    QTRY_VERIFY(slow->peek(100).endsWith(": still here\n\n"));
    Q_EMIT rig.link().lineReady(R"({"jsonrpc":"2.0","id":7,"result":{}})");
    QTRY_VERIFY(slow->isFinished());
    QVERIFY(
        slow->readAll().endsWith("event: message\nid: 2-1\ndata: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n\n"));
}

void TestMcpHttpFront::progressGoesToItsRequest()
{
    FrontRig rig;
    rig.initialize();
    QNetworkReply *first =
        rig.post(R"({"jsonrpc":"2.0","id":1,"method":"wait","params":{"_meta":{"progressToken":"p"}}})");
    QNetworkReply *second =
        rig.post(R"({"jsonrpc":"2.0","id":2,"method":"wait","params":{"_meta":{"progressToken":2}}})");
    QTRY_COMPARE(rig.link().lines.size(), 3);
    Q_EMIT rig.link().lineReady(progressLine("2", 1, u"for the second"_s));
    Q_EMIT rig.link().lineReady(progressLine("\"p\"", 1, u"for the first"_s));
    Q_EMIT rig.link().lineReady(progressLine("\"2\"", 1, u"for nobody"_s));
    QTRY_VERIFY(first->peek(1000).contains("for the first"));
    QTRY_VERIFY(second->peek(1000).contains("for the second"));
    QVERIFY(!first->peek(1000).contains("second") && !second->peek(1000).contains("first"));
    QVERIFY(!first->peek(1000).contains("nobody") && !second->peek(1000).contains("nobody"));
}

void TestMcpHttpFront::whatBelongsToNoRequestGoesToTheStreamOfGet()
{
    FrontRig rig;
    rig.initialize();
    Q_EMIT rig.link().lineReady(notificationLine("notifications/tools/list_changed", "{}"));
    QNetworkReply *stream = rig.client.get(rig.request("text/event-stream"));
    QTRY_VERIFY(stream->peek(1000).contains("list_changed")); // Also what came before it was open.
    QNetworkReply *call = rig.post(R"({"jsonrpc":"2.0","id":1,"method":"wait"})");
    QTRY_COMPARE(rig.link().lines.size(), 2);
    // A question of the server goes where somebody waits for its cause.
    Q_EMIT rig.link().lineReady(requestLine(MessageId::ofText("q"), "elicitation/create", "{}"));
    QTRY_VERIFY(call->peek(1000).contains("elicitation/create"));
    QVERIFY(!stream->peek(1000).contains("elicitation"));
}

void TestMcpHttpFront::aBrokenStreamIsReadOnFromWhereItBroke()
{
    FrontRig rig;
    rig.initialize();
    QNetworkReply *call =
        rig.post(R"({"jsonrpc":"2.0","id":1,"method":"wait","params":{"_meta":{"progressToken":1}}})");
    QTRY_COMPARE(rig.link().lines.size(), 2);
    Q_EMIT rig.link().lineReady(progressLine("1", 1, u"one"_s));
    QTRY_VERIFY(call->peek(1000).contains("id: 2-1\n"));
    call->abort();
    QTRY_COMPARE(rig.server.connectionCount(), 0);
    Q_EMIT rig.link().lineReady(progressLine("1", 2, u"two"_s));
    Q_EMIT rig.link().lineReady(R"({"jsonrpc":"2.0","id":1,"result":{"done":true}})");
    QNetworkRequest again = rig.request("text/event-stream");
    again.setRawHeader("Last-Event-ID", "2-1");
    QNetworkReply *rest = rig.client.get(again);
    QTRY_VERIFY(rest->isFinished());
    const QByteArray read = rest->readAll();
    QVERIFY(!read.contains("\"one\"") && read.contains("\"two\"") && read.contains("\"done\":true"));
    again.setRawHeader("Last-Event-ID", "99-1");
    QNetworkReply *wrong = rig.client.get(again);
    QTRY_VERIFY(wrong->isFinished());
    QCOMPARE(FrontRig::status(wrong), 400);
}

void TestMcpHttpFront::onlyTheNewestAnswersAreKept()
{
    FrontRig rig;
    rig.initialize();
    const int calls = static_cast<int>(FrontLimits().answered) + 1;
    for (int i = 1; i <= calls; ++i) {
        QNetworkReply *call =
            rig.post(R"({"jsonrpc":"2.0","id":)" + QByteArray::number(i) + R"(,"method":"echo","params":{}})");
        QTRY_VERIFY(call->isFinished());
        call->deleteLater();
    }
    const auto statusBehind = [&](int stream) {
        QNetworkRequest again = rig.request("text/event-stream");
        again.setRawHeader("Last-Event-ID", QByteArray::number(stream) + "-0");
        QNetworkReply *rest = rig.client.get(again);
        return QTest::qWaitFor([&] { return rest->isFinished(); }) ? FrontRig::status(rest) : 0;
    };
    QCOMPARE(statusBehind(2), 400); // Stream 1 was the handshake, and 2 is the first call: the oldest of one too many.
    QCOMPARE(statusBehind(3), 200);
    QCOMPARE(statusBehind(calls + 1), 200);
}

void TestMcpHttpFront::whoDoesNotComeBackIsCancelled()
{
    FrontRig rig;
    rig.initialize();
    QNetworkReply *call = rig.post(R"({"jsonrpc":"2.0","id":1,"method":"wait"})");
    QTRY_COMPARE(rig.link().lines.size(), 2);
    call->abort();
    QTRY_COMPARE(rig.server.connectionCount(), 0);
    rig.clock.advance(29s);
    rig.front.tick();
    QCOMPARE(rig.link().lines.size(), 2);
    rig.clock.advance(2s);
    rig.front.tick();
    QCOMPARE(rig.link().lines.last(),
             QByteArray(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,)"
                        R"("reason":"The client went away"}})"));
}

void TestMcpHttpFront::aSetOutMessageBecomesOneLine()
{
    FrontRig rig;
    rig.initialize();
    QNetworkReply *reply = rig.post("{\r\n  \"jsonrpc\": \"2.0\",\n \"id\": 1, \"method\": \"echo\",\n"
                                    "\"params\": {\"a\":\n\"x\\ny\"}}");
    QTRY_VERIFY(reply->isFinished());
    QCOMPARE(FrontRig::status(reply), 200);
    QVERIFY(!rig.link().lines.last().contains('\n'));
    QVERIFY(rig.link().lines.last().contains(R"({"a": "x\ny"})"));
}

void TestMcpHttpFront::anIdInUseIsRefused()
{
    FrontRig rig;
    rig.initialize();
    rig.post(R"({"jsonrpc":"2.0","id":1,"method":"wait"})");
    QTRY_COMPARE(rig.link().lines.size(), 2);
    QNetworkReply *again = rig.post(R"({"jsonrpc":"2.0","id":1,"method":"echo"})");
    QTRY_VERIFY(again->isFinished());
    QCOMPARE(FrontRig::status(again), 400);
    QCOMPARE(rig.link().lines.size(), 2);
}

void TestMcpHttpFront::statelessClientsShareOneLink()
{
    FrontRig rig(true);
    const QByteArray token = R"(,"x":1)";
    QNetworkReply *one = rig.postModern("1", "wait", token);
    QNetworkReply *other = rig.postModern("1", "wait-too");
    QTRY_COMPARE(rig.links.size(), 1);
    QTRY_COMPARE(rig.link().lines.size(), 3); // Asked first whether it speaks this revision.
    const MessageId first = rig.link().idOf("\"wait\"");
    const MessageId second = rig.link().idOf("wait-too");
    QVERIFY(first.key() != second.key());
    Q_EMIT rig.link().lineReady(resultLine(second, R"({"for":"other"})"));
    Q_EMIT rig.link().lineReady(resultLine(first, R"({"for":"one"})"));
    QTRY_VERIFY(one->isFinished() && other->isFinished());
    QCOMPARE(one->readAll(), QByteArray(R"({"jsonrpc":"2.0","id":1,"result":{"for":"one"}})"));
    QCOMPARE(other->readAll(), QByteArray(R"({"jsonrpc":"2.0","id":1,"result":{"for":"other"}})"));
    QCOMPARE(one->rawHeader("Mcp-Session-Id"), QByteArray());
    QNetworkReply *unknown = rig.postModern("\"u\"", "none");
    QTRY_VERIFY(unknown->isFinished());
    QCOMPARE(FrontRig::status(unknown), 404);
}

void TestMcpHttpFront::statelessHeadersMustAgree_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("version");
    QTest::addColumn<int>("status");
    const QByteArray good = "2026-07-28";
    QTest::newRow("all") << QByteArray("tools/call") << QByteArray("=?base64?dMOkc3Q=?=") << good << 0;
    QTest::newRow("another method") << QByteArray("tools/list") << QByteArray("=?base64?dMOkc3Q=?=") << good << 400;
    QTest::newRow("no method") << QByteArray() << QByteArray("=?base64?dMOkc3Q=?=") << good << 400;
    QTest::newRow("another name") << QByteArray("tools/call") << QByteArray("other") << good << 400;
    QTest::newRow("no name") << QByteArray("tools/call") << QByteArray() << good << 400;
    QTest::newRow("broken name") << QByteArray("tools/call") << QByteArray("=?base64?dMO*?=") << good << 400;
    QTest::newRow("name without padding")
        << QByteArray("tools/call") << QByteArray("=?base64?dMOkc3Q?=") << good << 400;
    QTest::newRow("name that is all marks") << QByteArray("tools/call") << QByteArray("=?base64?=") << good << 400;
    QTest::newRow("another version") << QByteArray("tools/call") << QByteArray("=?base64?dMOkc3Q=?=")
                                     << QByteArray("2027-01-01") << 400;
}

void TestMcpHttpFront::statelessHeadersMustAgree()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, version);
    QFETCH(int, status);
    FrontRig rig(true);
    QNetworkRequest request = rig.request();
    for (const auto &[header, value] :
         {std::pair(QByteArray("Mcp-Method"), method), std::pair(QByteArray("Mcp-Name"), name),
          std::pair(QByteArray("MCP-Protocol-Version"), version)}) {
        if (!value.isEmpty()) {
            request.setRawHeader(header, value);
        }
    }
    QNetworkReply *reply =
        rig.client.post(request, R"({"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"täst","_meta":)"
                                 R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                                 R"("io.modelcontextprotocol/clientCapabilities":{}}}})");
    if (status == 0) {
        QTRY_VERIFY(!rig.links.isEmpty() && rig.link().lines.size() == 2);
        return;
    }
    QTRY_VERIFY(reply->isFinished());
    QCOMPARE(FrontRig::status(reply), status);
    QVERIFY(reply->readAll().contains("-32020"));
    QVERIFY(rig.links.isEmpty());
}

void TestMcpHttpFront::aRequestWithoutCapabilitiesSpoilsNothing()
{
    FrontRig rig(true);
    QNetworkRequest request = rig.request();
    request.setRawHeader("MCP-Protocol-Version", "2026-07-28");
    request.setRawHeader("Mcp-Method", "echo");
    QNetworkReply *poor = rig.client.post(request, R"({"jsonrpc":"2.0","id":"p","method":"echo","params":{"_meta":)"
                                                   R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}})");
    QTRY_VERIFY(poor->isFinished());
    QCOMPARE(FrontRig::status(poor), 400);
    const QByteArray said = poor->readAll();
    QVERIFY2(said.contains("-32602") && said.contains(R"("id":"p")"), said.constData());
    QVERIFY(rig.links.isEmpty()); // The server was not asked on behalf of such a client.
    QNetworkReply *good = rig.postModern("1", "echo");
    QTRY_VERIFY(good->isFinished());
    QCOMPARE(FrontRig::status(good), 200);
}

void TestMcpHttpFront::aRevisionTheServerDoesNotSpeakIsRefused()
{
    FrontRig rig(true);
    QNetworkReply *first = rig.postModern("1", "echo");
    QTRY_VERIFY(first->isFinished());
    const qsizetype before = rig.link().lines.size();
    QNetworkRequest request = rig.request();
    request.setRawHeader("MCP-Protocol-Version", "2027-01-01");
    request.setRawHeader("Mcp-Method", "echo");
    QNetworkReply *newer = rig.client.post(request, R"({"jsonrpc":"2.0","id":2,"method":"echo","params":{"_meta":)"
                                                    R"({"io.modelcontextprotocol/protocolVersion":"2027-01-01",)"
                                                    R"("io.modelcontextprotocol/clientCapabilities":{}}}})");
    QTRY_VERIFY(newer->isFinished());
    QCOMPARE(FrontRig::status(newer), 400);
    const QByteArray said = newer->readAll();
    QVERIFY2(said.contains("-32022"), said.constData());
    QVERIFY2(said.contains(R"("data":{"supported":["2026-07-28"],"requested":"2027-01-01"})"), said.constData());
    QCOMPARE(rig.link().lines.size(), before);
}

void TestMcpHttpFront::theHandshakeIsNoMethodWithoutSessions()
{
    FrontRig rig(true);
    QNetworkReply *reply = rig.postModern("1", "initialize");
    QTRY_VERIFY(reply->isFinished());
    QCOMPARE(rig.links.size(), 1); // The one that all share, where the server says what it makes of it.
    QCOMPARE(rig.link().lines.size(), 2);
    QCOMPARE(reply->rawHeader("Mcp-Session-Id"), QByteArray());
}

void TestMcpHttpFront::mirroredArgumentsMustAgree_data()
{
    QTest::addColumn<QByteArray>("tool");
    QTest::addColumn<QByteArray>("arguments");
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<int>("status");
    const auto row = [](const char *name, const QByteArray &tool, const QByteArray &arguments, const QByteArray &header,
                        int status) { QTest::newRow(name) << tool << arguments << header << status; };
    row("as it is", "order", R"({"region":"west"})", "west", 200);
    row("encoded", "order", R"({"region":"west"})", "=?base64?d2VzdA==?=", 200);
    row("no argument", "order", "{}", "west", 200);
    row("a tool that mirrors nothing", "pay", R"({"region":"west"})", {}, 200);
    row("a tool that was not listed", "other", R"({"region":"west"})", {}, 200);
    row("another value", "order", R"({"region":"west"})", "east", 400);
    row("no header", "order", R"({"region":"west"})", {}, 400);
    row("without padding", "order", R"({"region":"west"})", "=?base64?d2VzdA?=", 400);
    row("no alphabet", "order", R"({"region":"west"})", "=?base64?d2V*dA==?=", 400);
}

void TestMcpHttpFront::mirroredArgumentsMustAgree()
{
    QFETCH(QByteArray, tool);
    QFETCH(QByteArray, arguments);
    QFETCH(QByteArray, header);
    QFETCH(int, status);
    FrontRig rig(true);
    QNetworkReply *listed = rig.postModern("1", "tools/list");
    QTRY_VERIFY(!rig.links.isEmpty() && rig.link().lines.size() == 2);
    Q_EMIT rig.link().lineReady(resultLine(
        rig.link().idOf("tools/list"),
        R"({"tools":[{"name":"pay","inputSchema":{"type":"object"}},{"name":"order","inputSchema":{"type":"object",)"
        R"("properties":{"region":{"type":"string","x-mcp-header":"Region"}}}}]})"));
    QTRY_VERIFY(listed->isFinished());
    QNetworkRequest request = rig.request();
    request.setRawHeader("MCP-Protocol-Version", "2026-07-28");
    request.setRawHeader("Mcp-Method", "tools/call");
    request.setRawHeader("Mcp-Name", tool);
    if (!header.isEmpty()) {
        request.setRawHeader("mcp-param-region", header);
    }
    QNetworkReply *reply =
        rig.client.post(request, R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":")" + tool +
                                     R"(","arguments":)" + arguments +
                                     R"(,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                                     R"("io.modelcontextprotocol/clientCapabilities":{}}}})");
    if (status == 200) {
        QTRY_COMPARE(rig.link().lines.size(), 3);
        Q_EMIT rig.link().lineReady(resultLine(rig.link().idOf("tools/call"), "{}"));
    }
    QTRY_VERIFY(reply->isFinished());
    QCOMPARE(FrontRig::status(reply), status);
    QCOMPARE(reply->readAll().contains("-32020"), status == 400);
}

void TestMcpHttpFront::noMoreIsLearntThanCanBeMeant()
{
    // A server that lists without end fills no memory here.
    constexpr int most = 10'000;
    const auto tool = [](const QByteArray &name) {
        return R"({"name":")" + name +
               R"(","inputSchema":{"type":"object","properties":{"a":{"type":"string","x-mcp-header":"A"}}}})";
    };
    QByteArray tools;
    for (int i = 0; i < most; ++i) {
        tools += (i == 0 ? QByteArray() : QByteArray(",")) + tool('t' + QByteArray::number(i));
    }
    MirrorCheck mirrors;
    mirrors.learn("{\"tools\":[" + tools + "]}", true);
    mirrors.learn("{\"tools\":[" + tool("late") + "]}", false);
    const auto isHeld = [&](const QByteArray &name) {
        const QByteArray line = R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":")" + name +
                                R"(","arguments":{"a":"b"}}})";
        const auto call = readMessage(line);
        return !mirrors.check({}, std::get<Message>(call)); // The header is missing.
    };
    QVERIFY(isHeld("t0") && isHeld("t9999"));
    QVERIFY(!isHeld("late"));
    mirrors.learn("{\"tools\":[" + tool("late") + "]}", true);
    QVERIFY(isHeld("late") && !isHeld("t0"));
}

void TestMcpHttpFront::aSharedSessionThatClosesSaysSo()
{
    FrontRig rig(true);
    QNetworkReply *first = rig.postModern("1", "echo");
    QTRY_VERIFY(first->isFinished());
    QCOMPARE(FrontRig::status(first), 200);
    rig.link().lingers = true;
    rig.clock.advance(31min);
    rig.front.tick();
    QVERIFY(!rig.link().closed.isEmpty());
    QNetworkReply *late = rig.postModern("2", "echo");
    QTRY_VERIFY(late->isFinished());
    QCOMPARE(FrontRig::status(late), 503);
    const QByteArray said = late->readAll();
    QVERIFY2(said.contains("is just ending") && !said.contains("Too many"), said.constData());
    Q_EMIT rig.link().gone(u"over"_s);
    QNetworkReply *again = rig.postModern("3", "echo"); // As it was told.
    QTRY_VERIFY(again->isFinished());
    QCOMPARE(FrontRig::status(again), 200);
}

void TestMcpHttpFront::closingAStatelessStreamCancels()
{
    FrontRig rig(true);
    QNetworkReply *call = rig.postModern("1", "wait");
    QTRY_VERIFY(!rig.links.isEmpty() && rig.link().lines.size() == 2);
    const MessageId inner = rig.link().idOf("\"wait\"");
    call->abort();
    QTRY_VERIFY(rig.link().lines.last().contains("notifications/cancelled"));
    QVERIFY(rig.link().lines.last().contains(inner.token()));
}

void TestMcpHttpFront::anOldServerIsSaidToBeOne()
{
    FrontRig rig(false);
    QNetworkReply *probe = rig.postModern("\"probe\"", "server/discover");
    QTRY_VERIFY(probe->isFinished());
    QCOMPARE(FrontRig::status(probe), 400);
    QVERIFY(probe->readAll().contains("\"id\":null"));
    QTRY_COMPARE(rig.front.sessionCount(), 0);
    rig.initialize();
    QCOMPARE(rig.links.size(), 2);
}

void TestMcpHttpFront::aServerThatGoesIsTold()
{
    FrontRig rig;
    rig.initialize();
    QNetworkReply *call = rig.post(R"({"jsonrpc":"2.0","id":1,"method":"wait"})");
    QTRY_COMPARE(rig.link().lines.size(), 2);
    Q_EMIT rig.link().gone(u"The server ended with 3"_s);
    QTRY_VERIFY(call->isFinished());
    QVERIFY(call->readAll().contains("The server ended with 3."));
    QTRY_COMPARE(rig.front.sessionCount(), 0);
}

void TestMcpHttpFront::everyClientHasALinkOfItsOwn()
{
    FrontRig rig;
    QSet<QByteArray> sessions;
    for (int i = 0; i < 64; ++i) {
        rig.session.clear();
        rig.initialize();
        sessions.insert(rig.session);
    }
    QCOMPARE(sessions.size(), 64);
    QCOMPARE(rig.links.size(), 64);
    FakeLink *oldest = rig.links.first();
    rig.session.clear();
    rig.clock.advance(1s);
    rig.initialize(); // The one that nobody used for longest makes room.
    QCOMPARE(rig.front.sessionCount(), 64);
    QVERIFY(rig.links.size() == 65 && oldest);
}

void TestMcpHttpFront::anIdleSessionEnds()
{
    FrontRig rig;
    rig.initialize();
    rig.clock.advance(31min);
    rig.front.tick();
    QTRY_COMPARE(rig.front.sessionCount(), 0);
}

void TestMcpHttpFront::closingEndsEverything()
{
    FrontRig rig;
    rig.initialize();
    QNetworkReply *call = rig.post(R"({"jsonrpc":"2.0","id":1,"method":"wait"})");
    QTRY_COMPARE(rig.link().lines.size(), 2);
    bool isOver = false;
    connect(&rig.front, &HttpFront::over, &rig.front, [&] { isOver = true; });
    rig.front.close(u"The gate ends"_s);
    QTRY_VERIFY(isOver);
    QTRY_VERIFY(call->isFinished());
    QNetworkReply *late = rig.post(R"({"jsonrpc":"2.0","id":2,"method":"echo"})");
    QTRY_VERIFY(late->isFinished());
    QCOMPARE(FrontRig::status(late), 503);
}

QTEST_GUILESS_MAIN(TestMcpHttpFront)
#include "tst_mcp_http_front.moc"
