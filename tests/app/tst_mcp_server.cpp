// SPDX-License-Identifier: Apache-2.0
#include "tests/app/mcp_client.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign::test;

namespace {

const QByteArray modernMeta = R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                              R"("io.modelcontextprotocol/clientInfo":{"name":"modern","version":"1"},)"
                              R"("io.modelcontextprotocol/clientCapabilities":{}})";

/// A home with a reviewer, and our server with a client.
struct ServerRig {
    explicit ServerRig(const QStringList &options = {})
        : key(rig.enrolAda())
        , client(rig, QStringList{u"mcp-server"_s} + options)
    {}
    QString decideNext(const QString &decision, const QStringList &more = {}) const
    {
        const QString id = waitingId(rig);
        const CtlRig::Ran ran = rig.decide(id, decision, key, more);
        if (ran.code != 0) {
            qWarning("%s", ran.err.constData());
        }
        return id;
    }
    QJsonObject structured(const QJsonValue &id)
    {
        const QJsonObject result = client.answerTo(id).value(u"result"_s).toObject();
        const QJsonObject structured = result.value(u"structuredContent"_s).toObject();
        const QByteArray text =
            result.value(u"content"_s).toArray().first().toObject().value(u"text"_s).toString().toUtf8();
        return QJsonDocument::fromJson(text).object() == structured ? structured : QJsonObject();
    }

    CtlRig rig;
    QString key;
    McpClient client;
};

} // namespace

/// Our tools from a client's side: real executables, a reviewer on the command line.
class TestMcpServer : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void revisionsAreAgreedOn_data();
    void revisionsAreAgreedOn();
    void theModernRevisionNeedsNoHandshake();
    void whoSaysNoNameIsNobodyElse();
    void aQuestionIsAnswered_data();
    void aQuestionIsAnswered();
    void aQuestionWithoutASchemaTakesOneLine();
    void anApprovalComesBackWithTheArguments();
    void anEditedApprovalComesBackEdited();
    void aRejectionComesBackWithItsReason();
    void aDeadlineComesBack();
    void wrongCallsAreRefused_data();
    void wrongCallsAreRefused();
    void aCancelledCallIsWithdrawn();
    void aClientThatGoesAwayWithdraws();
    void progressIsToldToWhoWantsIt();
    void aForgedAnswerIsNotGiven();
};

void TestMcpServer::revisionsAreAgreedOn_data()
{
    QTest::addColumn<QByteArray>("wanted");
    QTest::addColumn<QString>("agreed");
    QTest::newRow("2025-06-18") << QByteArray("2025-06-18") << u"2025-06-18"_s;
    QTest::newRow("2025-11-25") << QByteArray("2025-11-25") << u"2025-11-25"_s;
    QTest::newRow("one that nobody knows") << QByteArray("2030-01-01") << u"2025-11-25"_s;
    QTest::newRow("2024-11-05") << QByteArray("2024-11-05") << u"2025-11-25"_s;
}

void TestMcpServer::revisionsAreAgreedOn()
{
    QFETCH(QByteArray, wanted);
    QFETCH(QString, agreed);
    ServerRig server;
    server.client.send(R"({"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":")" + wanted +
                       R"(","capabilities":{},"clientInfo":{"name":"tester","version":"1"}}})");
    const QJsonObject result = server.client.answerTo(u"i"_s).value(u"result"_s).toObject();
    QCOMPARE(result.value(u"protocolVersion"_s).toString(), agreed);
    QCOMPARE(result.value(u"serverInfo"_s).toObject().value(u"name"_s).toString(), u"countersign"_s);
    server.client.send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    server.client.send(R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})");
    const QJsonArray tools = server.client.answerTo(2).value(u"result"_s).toObject().value(u"tools"_s).toArray();
    QCOMPARE(tools.size(), 2);
    QCOMPARE(tools.at(0).toObject().value(u"name"_s).toString(), u"ask_human"_s);
    QCOMPARE(tools.at(1).toObject().value(u"name"_s).toString(), u"request_approval"_s);
    server.client.send(R"({"jsonrpc":"2.0","id":3,"method":"ping"})");
    QVERIFY(server.client.answerTo(3).contains(u"result"_s));
    server.client.send(R"({"jsonrpc":"2.0","id":4,"method":"resources/list"})");
    QCOMPARE(server.client.answerTo(4).value(u"error"_s).toObject().value(u"code"_s).toInt(), -32601);
}

void TestMcpServer::theModernRevisionNeedsNoHandshake()
{
    ServerRig server;
    server.client.send(R"({"jsonrpc":"2.0","id":"probe","method":"server/discover","params":{"_meta":)" + modernMeta +
                       "}}");
    const QJsonObject found = server.client.answerTo(u"probe"_s).value(u"result"_s).toObject();
    QCOMPARE(found.value(u"supportedVersions"_s).toArray(), (QJsonArray{u"2026-07-28"_s}));
    QByteArray other = modernMeta;
    other.replace("2026-07-28", "2031-01-01");
    server.client.send(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":)" + other + "}}");
    const QJsonObject error = server.client.answerTo(1).value(u"error"_s).toObject();
    QCOMPARE(error.value(u"code"_s).toInt(), -32022);
    QCOMPARE(error.value(u"data"_s).toObject().value(u"supported"_s).toArray(), (QJsonArray{u"2026-07-28"_s}));
    server.client.call("2", "request_approval", R"({"title":"Go"})", R"(,"_meta":)" + modernMeta);
    const QString id = waitingId(server.rig);
    QCOMPARE(server.rig.show(id).value(u"agent"_s).toString(), u"modern"_s);
    server.decideNext(u"approve"_s);
    const QJsonObject result = server.client.answerTo(2).value(u"result"_s).toObject();
    QCOMPARE(result.value(u"resultType"_s).toString(), u"complete"_s);
    QCOMPARE(result.value(u"structuredContent"_s).toObject().value(u"decision"_s).toString(), u"approved"_s);
}

void TestMcpServer::whoSaysNoNameIsNobodyElse()
{
    ServerRig server;
    server.client.initialize();
    const auto agentOf = [&](const QByteArray &id, const QByteArray &meta) {
        server.client.call(id, "request_approval", R"({"title":"Go"})", R"(,"_meta":)" + meta);
        const QString asked = waitingId(server.rig);
        const QString agent = server.rig.show(asked).value(u"agent"_s).toString();
        server.decideNext(u"approve"_s);
        server.client.answerTo(id.toInt());
        return agent;
    };
    const QByteArray nameless = R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                                R"("io.modelcontextprotocol/clientCapabilities":{}})";
    QCOMPARE(agentOf("1", nameless), u"MCP client"_s);
    QCOMPARE(agentOf("2", modernMeta), u"modern"_s);
    QCOMPARE(agentOf("3", nameless), u"MCP client"_s);
    QCOMPARE(agentOf("4", "{}"), u"tester"_s); // Of the time of the handshake.
}

void TestMcpServer::aQuestionIsAnswered_data()
{
    QTest::addColumn<QString>("decision");
    QTest::addColumn<QStringList>("more");
    QTest::addColumn<QJsonObject>("expected");
    QTest::newRow("accept") << u"answer"_s << QStringList{u"--content"_s, u"{\"level\":\"high\"}"_s}
                            << QJsonObject{{u"action"_s, u"accept"_s},
                                           {u"content"_s, QJsonObject{{u"level"_s, u"high"_s}}}};
    QTest::newRow("decline") << u"decline"_s << QStringList() << QJsonObject{{u"action"_s, u"decline"_s}};
    QTest::newRow("cancel") << u"cancel"_s << QStringList() << QJsonObject{{u"action"_s, u"cancel"_s}};
}

void TestMcpServer::aQuestionIsAnswered()
{
    QFETCH(QString, decision);
    QFETCH(QStringList, more);
    QFETCH(QJsonObject, expected);
    ServerRig server;
    server.client.initialize();
    server.client.call(
        "1", "ask_human",
        R"({"message":"Which level?","schema":{"type":"object","properties":{"level":{"enum":["low","high"]}}}})");
    const QJsonObject request = server.rig.show(waitingId(server.rig));
    QCOMPARE(request.value(u"pattern"_s).toString(), u"elicitation"_s);
    QCOMPARE(request.value(u"message"_s).toString(), u"Which level?"_s);
    QCOMPARE(request.value(u"agent"_s).toString(), u"tester"_s);
    const QString id = server.decideNext(decision, more);
    QCOMPARE(server.structured(1), expected);
    QTRY_COMPARE(server.rig.show(id).value(u"delivery"_s).toString(), u"acknowledged"_s);
}

void TestMcpServer::aQuestionWithoutASchemaTakesOneLine()
{
    ServerRig server;
    server.client.initialize();
    server.client.call("1", "ask_human", R"({"message":"Who owns the invoice?"})");
    server.decideNext(u"answer"_s, {u"--content"_s, u"\"Grace\""_s});
    QCOMPARE(server.structured(1).value(u"content"_s).toString(), u"Grace"_s);
}

void TestMcpServer::anApprovalComesBackWithTheArguments()
{
    ServerRig server;
    server.client.initialize();
    server.client.call(
        "1", "request_approval",
        R"({"title":"Pay the invoice","message":"It is due","tool":"pay","arguments":{"amount":4200.00}})");
    const QJsonObject request = server.rig.show(waitingId(server.rig));
    QCOMPARE(request.value(u"pattern"_s).toString(), u"tool-approval"_s);
    QCOMPARE(request.value(u"tool"_s).toString(), u"pay"_s);
    QCOMPARE(request.value(u"title"_s).toString(), u"Pay the invoice"_s);
    const QString id = server.decideNext(u"approve"_s, {u"--reason"_s, u"Checked"_s});
    const QByteArray line = server.client.nextLine();
    QVERIFY2(line.contains(R"("arguments":{"amount":4200.00}})"), line.constData()); // The very bytes.
    const QJsonObject told =
        QJsonDocument::fromJson(line).object()[u"result"_s].toObject()[u"structuredContent"_s].toObject();
    QCOMPARE(told.value(u"decision"_s).toString(), u"approved"_s);
    QCOMPARE(told.value(u"reviewer"_s).toString(), u"ada"_s);
    QCOMPARE(told.value(u"reason"_s).toString(), u"Checked"_s);
    QTRY_COMPARE(server.rig.show(id).value(u"delivery"_s).toString(), u"acknowledged"_s);
}

void TestMcpServer::anEditedApprovalComesBackEdited()
{
    ServerRig server;
    server.client.initialize();
    server.client.call("1", "request_approval", R"({"title":"Pay","tool":"pay","arguments":{"amount":4200.00}})");
    server.decideNext(u"approve"_s, {u"--args"_s, u"{\"amount\":42}"_s});
    const QJsonObject told = server.structured(1);
    QCOMPARE(told.value(u"decision"_s).toString(), u"approved-edited"_s);
    QCOMPARE(told.value(u"arguments"_s).toObject().value(u"amount"_s).toInt(), 42);
}

void TestMcpServer::aRejectionComesBackWithItsReason()
{
    ServerRig server({u"--agent"_s, u"planner"_s});
    server.client.initialize();
    server.client.call("1", "request_approval", R"({"title":"Delete it"})");
    QCOMPARE(server.rig.show(waitingId(server.rig)).value(u"agent"_s).toString(), u"planner"_s);
    server.decideNext(u"reject"_s, {u"--reason"_s, u"Not today"_s});
    const QJsonObject told = server.structured(1);
    QCOMPARE(told.value(u"decision"_s).toString(), u"rejected"_s);
    QCOMPARE(told.value(u"reason"_s).toString(), u"Not today"_s);
    QVERIFY(!told.contains(u"arguments"_s));
}

void TestMcpServer::aDeadlineComesBack()
{
    ServerRig server({u"--expires"_s, u"1s"_s});
    server.client.initialize();
    server.client.call("1", "request_approval", R"({"title":"Delete it"})");
    QCOMPARE(server.structured(1).value(u"decision"_s).toString(), u"expired"_s);
    server.client.call("2", "ask_human", R"({"message":"Who?"})");
    QCOMPARE(server.structured(2).value(u"action"_s).toString(), u"cancel"_s);
}

void TestMcpServer::wrongCallsAreRefused_data()
{
    QTest::addColumn<QByteArray>("tool");
    QTest::addColumn<QByteArray>("arguments");
    QTest::newRow("no such tool") << QByteArray("approve_all") << QByteArray("{}");
    QTest::newRow("no message") << QByteArray("ask_human") << QByteArray("{}");
    QTest::newRow("a message that is no text") << QByteArray("ask_human") << QByteArray(R"({"message":7})");
    QTest::newRow("a schema that is none")
        << QByteArray("ask_human") << QByteArray(R"({"message":"x","schema":{"type":7}})");
    QTest::newRow("a schema that is a text")
        << QByteArray("ask_human") << QByteArray(R"({"message":"x","schema":"y"})");
    QTest::newRow("no title") << QByteArray("request_approval") << QByteArray("{}");
    QTest::newRow("arguments twice") << QByteArray("request_approval")
                                     << QByteArray(R"({"title":"x","arguments":{},"arguments":{"a":1}})");
}

void TestMcpServer::wrongCallsAreRefused()
{
    QFETCH(QByteArray, tool);
    QFETCH(QByteArray, arguments);
    ServerRig server;
    server.client.initialize();
    server.client.call("1", tool, arguments);
    QCOMPARE(server.client.answerTo(1).value(u"error"_s).toObject().value(u"code"_s).toInt(), -32602);
    QVERIFY(waitingIds(server.rig).isEmpty());
}

void TestMcpServer::aCancelledCallIsWithdrawn()
{
    ServerRig server;
    server.client.initialize();
    server.client.call("\"a\"", "ask_human", R"({"message":"Who?"})");
    const QString id = waitingId(server.rig);
    server.client.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"a"}})");
    QTRY_COMPARE(server.rig.status(id), u"withdrawn"_s);
}

void TestMcpServer::aClientThatGoesAwayWithdraws()
{
    ServerRig server;
    server.client.initialize();
    server.client.call("1", "ask_human", R"({"message":"Who?"})");
    const QString id = waitingId(server.rig);
    server.client.process().closeWriteChannel();
    QCOMPARE(CtlRig::finish(server.client.process()).code, 0);
    QCOMPARE(server.rig.status(id), u"withdrawn"_s);
}

void TestMcpServer::progressIsToldToWhoWantsIt()
{
    ServerRig server;
    server.client.initialize();
    server.client.call("1", "ask_human", R"({"message":"Who?"})", R"(,"_meta":{"progressToken":9})");
    for (int i = 1; i <= 2; ++i) {
        const QJsonObject progress = QJsonDocument::fromJson(server.client.nextLine()).object();
        QCOMPARE(progress.value(u"method"_s).toString(), u"notifications/progress"_s);
        QCOMPARE(progress.value(u"params"_s).toObject().value(u"progressToken"_s).toInt(), 9);
        QCOMPARE(progress.value(u"params"_s).toObject().value(u"progress"_s).toInt(), i);
    }
}

void TestMcpServer::aForgedAnswerIsNotGiven()
{
    ServerRig server;
    server.client.initialize();
    server.client.call("1", "request_approval", R"({"title":"Delete it"})");
    const QString id = waitingId(server.rig);
    tamperWith(
        server.rig.workspaceFile(),
        {u"UPDATE request SET lifecycle = 'decided', delivery = 'released', verdict = 'approve', decision = 'x', "
         "shelf = 2, revision = revision + 1 WHERE id = '%1'"_s.arg(id)});
    const QJsonObject result = server.client.answerTo(1).value(u"result"_s).toObject();
    QVERIFY(result.value(u"isError"_s).toBool());
    QVERIFY(!result.contains(u"structuredContent"_s));
}

QTEST_GUILESS_MAIN(TestMcpServer)
#include "tst_mcp_server.moc"
