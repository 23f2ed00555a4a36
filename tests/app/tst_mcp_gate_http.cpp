// SPDX-License-Identifier: Apache-2.0
#include "tests/app/mcp_gate_rig.h"
#include "tests/app/mcp_http_client.h"

#include <QtTest/QTest>

#include <sys/stat.h>

using namespace Qt::StringLiterals;
using namespace countersign::test;

namespace {

/// A home with a reviewer, and a gate that listens in front of the test server.
struct HttpGateRig {
    explicit HttpGateRig(QStringList options = {})
        : key(rig.enrolAda())
    {
        start(std::move(options));
    }
    void start(QStringList options = {}, const QStringList &server = {})
    {
        stop();
        const QStringList behind =
            server.isEmpty()
                ? QStringList{u"--"_s, QStringLiteral(COUNTERSIGN_BIN_DIR) + u"/mcp_test_server"_s, journalPath()}
                : server;
        gate = rig.start(QStringList{u"mcp-gate"_s, u"--name"_s, u"bank"_s, u"--listen"_s, u"0"_s} + options + behind);
        static const QRegularExpression said(u"listening on http://127\\.0\\.0\\.1:(\\d+)/mcp"_s);
        gate->setReadChannel(QProcess::StandardError);
        QElapsedTimer timer;
        timer.start();
        QRegularExpressionMatch match;
        while (!match.hasMatch() && timer.elapsed() < CtlRig::patienceMs) {
            gate->waitForReadyRead(100);
            match = said.match(QString::fromUtf8(gate->peek(64 * 1024)));
        }
        port = static_cast<quint16>(match.captured(1).toUInt());
        QFile file(tokenFile());
        token = !tokenFile().isEmpty() && file.open(QIODevice::ReadOnly) ? file.readAll().trimmed() : QByteArray();
    }
    void stop()
    {
        if (gate) {
            gate->terminate();
            gate->waitForFinished(CtlRig::patienceMs);
        }
    }
    ~HttpGateRig() { stop(); }

    QString journalPath() const { return rig.path(u"journal"_s); }
    QString tokenFile() const
    {
        const QDir folder(rig.path(u"config/countersign/mcp-gate"_s));
        const QStringList files = folder.entryList({u"*.token"_s});
        return files.isEmpty() ? QString() : folder.filePath(files.first());
    }
    int callsDone() const
    {
        QFile file(journalPath());
        return file.open(QIODevice::ReadOnly) ? static_cast<int>(file.readAll().count("\"tools/call\"")) : 0;
    }
    QByteArray authorization() const { return "Authorization: Bearer " + token + "\r\n"; }
    std::unique_ptr<McpPost> post(const QByteArray &body, const QByteArray &more = {}) const
    {
        return std::make_unique<McpPost>(port, authorization() + more, body);
    }
    std::unique_ptr<McpPost> postModern(const QByteArray &tool, const QByteArray &arguments) const
    {
        return post(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":")" + tool + R"(","arguments":)" +
                        arguments +
                        R"(,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                        R"("io.modelcontextprotocol/clientInfo":{"name":"modern","version":"1"},)"
                        R"("io.modelcontextprotocol/clientCapabilities":{"elicitation":{"form":{}}}}}})",
                    "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: " + tool + "\r\n");
    }
    /// The headers of a new session.
    QByteArray initialize(const QByteArray &name = "tester") const
    {
        const auto begun =
            post(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
                 R"("capabilities":{},"clientInfo":{"name":")" +
                 name + R"(","version":"1"}}})");
        begun->finish();
        return "MCP-Protocol-Version: 2025-11-25\r\nMcp-Session-Id: " + begun->header("Mcp-Session-Id") + "\r\n";
    }
    static QByteArray call(const QByteArray &id, const QByteArray &tool, const QByteArray &arguments = "{}")
    {
        return R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"tools/call","params":{"name":")" + tool +
               R"(","arguments":)" + arguments + "}}";
    }
    QString decideNext(const QString &decision, const QStringList &more = {}) const
    {
        const QString id = waitingId(rig);
        const CtlRig::Ran ran = rig.decide(id, decision, key, more);
        if (ran.code != 0) {
            qWarning("%s", ran.err.constData());
        }
        return id;
    }
    void allowEverything() const
    {
        const QString file = rig.write(
            u"policy.json"_s, R"({"version":1,"name":"Test","rules":[{"name":"allow","do":"allow","when":{}}]})");
        QCOMPARE(rig.run({u"policy"_s, u"apply"_s, file, u"--by"_s, key}).code, 0);
    }

    CtlRig rig;
    QString key;
    std::unique_ptr<QProcess> gate;
    quint16 port = 0;
    QByteArray token;
};

} // namespace

/// The gate on HTTP: real executables, clients that write every byte themselves, a reviewer on the command line.
class TestMcpGateHttp : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aCallWaitsForAReviewer_data();
    void aCallWaitsForAReviewer();
    void theReviewerChangesACall();
    void onlyWhoHasTheTokenComesIn();
    void theTokenStaysTheSame();
    void clientsAreKeptApart();
    void statelessClientsAreNamedByTheirCalls();
    void aClientThatHangsUpWithdraws();
    void aServerThatDiesIsReported();
    void aKilledGateLeavesNothingWaiting();
    void aSignalWithdraws();
    void aHundredCallsAtOnce();
    void largeResultsPass();
    void memoryStaysFlat();
    void aGateBehindAGate();
    void whatCannotBeMeantIsRefused_data();
    void whatCannotBeMeantIsRefused();
};

void TestMcpGateHttp::aCallWaitsForAReviewer_data()
{
    QTest::addColumn<QString>("decision");
    QTest::addColumn<bool>("isModern");
    for (const QString &decision : {u"approve"_s, u"reject"_s}) {
        QTest::newRow(qPrintable(decision + u", with a session"_s)) << decision << false;
        QTest::newRow(qPrintable(decision + u", without one"_s)) << decision << true;
    }
}

void TestMcpGateHttp::aCallWaitsForAReviewer()
{
    QFETCH(QString, decision);
    QFETCH(bool, isModern);
    const HttpGateRig gate;
    const auto call = isModern ? gate.postModern("pay", R"({"amount":42.50})")
                               : gate.post(HttpGateRig::call("1", "pay", R"({"amount":42.50})"), gate.initialize());
    const QString id = gate.decideNext(decision, {u"--reason"_s, u"because"_s});
    QVERIFY(call->finish());
    QCOMPARE(call->status(), 200);
    if (decision == "approve"_L1) {
        QCOMPARE(call->text(), u"{\"amount\":42.5}"_s);
        QCOMPARE(gate.callsDone(), 1);
        QCOMPARE(gate.rig.show(id)[u"delivery"_s].toString(), u"acknowledged"_s);
    } else {
        QCOMPARE(call->text(), u"Rejected by ada: because"_s);
        QCOMPARE(gate.callsDone(), 0);
    }
}

void TestMcpGateHttp::theReviewerChangesACall()
{
    const HttpGateRig gate;
    const auto call = gate.post(HttpGateRig::call("\"c\"", "pay", R"({"amount":42.50})"), gate.initialize());
    gate.decideNext(u"approve"_s, {u"--args"_s, u"{\"amount\":1}"_s});
    QVERIFY(call->finish());
    QCOMPARE(call->text(), u"{\"amount\":1}"_s);
    QCOMPARE(call->answer()[u"id"_s].toString(), u"c"_s);
}

void TestMcpGateHttp::onlyWhoHasTheTokenComesIn()
{
    const HttpGateRig gate;
    struct stat about = {};
    QCOMPARE(::stat(gate.tokenFile().toUtf8().constData(), &about), 0);
    QCOMPARE(about.st_mode & 0777u, 0600u);
    QVERIFY(gate.token.size() >= 32);
    McpPost without(gate.port, {}, HttpGateRig::call("1", "pay"));
    QVERIFY(without.finish());
    QCOMPARE(without.status(), 401);
    McpPost wrong(gate.port, "Authorization: Bearer " + QByteArray(64, 'a') + "\r\n", HttpGateRig::call("1", "pay"));
    QVERIFY(wrong.finish());
    QCOMPARE(wrong.status(), 401);
    const auto page = gate.post(HttpGateRig::call("1", "pay"), "Origin: https://evil.example\r\n");
    QVERIFY(page->finish());
    QCOMPARE(page->status(), 403);
    QVERIFY(!gate.gate->peek(64 * 1024).contains(gate.token)); // It is not said, only where it is.
    QCOMPARE(gate.callsDone(), 0);
}

void TestMcpGateHttp::theTokenStaysTheSame()
{
    HttpGateRig gate;
    const QByteArray before = gate.token;
    gate.start();
    QCOMPARE(gate.token, before);
    QFile::setPermissions(gate.tokenFile(), QFile::ReadOwner | QFile::ReadOther);
    gate.stop();
    const CtlRig::Ran ran =
        gate.rig.run({u"mcp-gate"_s, u"--name"_s, u"bank"_s, u"--listen"_s, u"0"_s, u"--"_s, u"true"_s});
    QVERIFY(ran.code != 0); // Others may have read it.
    QVERIFY(ran.says("token file"));
}

void TestMcpGateHttp::clientsAreKeptApart()
{
    const HttpGateRig gate;
    const QByteArray one = gate.initialize("one");
    const QByteArray two = gate.initialize("two");
    const auto first = gate.post(HttpGateRig::call("1", "pay", R"({"amount":1})"), one);
    QTRY_COMPARE(waitingIds(gate.rig).size(), 1);
    const auto second = gate.post(HttpGateRig::call("1", "pay", R"({"amount":2})"), two);
    QTRY_COMPARE(waitingIds(gate.rig).size(), 2);
    for (const QString &id : waitingIds(gate.rig)) {
        const QString agent = gate.rig.show(id)[u"agent"_s].toString();
        QCOMPARE(gate.rig.decide(id, agent == "one"_L1 ? u"approve"_s : u"reject"_s, gate.key).code, 0);
    }
    QVERIFY(first->finish() && second->finish());
    QCOMPARE(first->text(), u"{\"amount\":1}"_s);
    QCOMPARE(second->text(), u"Rejected by ada."_s);
}

void TestMcpGateHttp::statelessClientsAreNamedByTheirCalls()
{
    const HttpGateRig gate;
    const auto call = gate.postModern("pay", "{}");
    const QString id = waitingId(gate.rig);
    QCOMPARE(gate.rig.show(id)[u"agent"_s].toString(), u"modern"_s);
    QCOMPARE(gate.rig.show(id)[u"connection"_s].toString(), u"mcp:bank"_s);
}

void TestMcpGateHttp::aClientThatHangsUpWithdraws()
{
    const HttpGateRig gate;
    const auto call = gate.postModern("pay", "{}");
    const QString id = waitingId(gate.rig);
    call->hangUp();
    QTRY_COMPARE(gate.rig.status(id), u"withdrawn"_s);
    QCOMPARE(gate.callsDone(), 0);
}

void TestMcpGateHttp::aServerThatDiesIsReported()
{
    const HttpGateRig gate;
    const QByteArray session = gate.initialize();
    const auto call = gate.post(HttpGateRig::call("1", "die"), session);
    const QString id = gate.decideNext(u"approve"_s);
    QVERIFY(call->finish());
    QVERIFY(call->answer()[u"error"_s].toObject()[u"message"_s].toString().contains(u"is not known"_s));
    QVERIFY(gate.rig.show(id)[u"outcome"_s].toObject()[u"error"_s].toString().contains(u"ended with 3"_s));
    // The session is over; another one begins with a new server.
    const auto late = gate.post(HttpGateRig::call("2", "echo"), session);
    QVERIFY(late->finish());
    QCOMPARE(late->status(), 404);
    const auto fresh = gate.post(R"({"jsonrpc":"2.0","id":3,"method":"ping"})", gate.initialize());
    QVERIFY(fresh->finish());
    QVERIFY(fresh->answer().contains(u"result"_s));
}

void TestMcpGateHttp::aKilledGateLeavesNothingWaiting()
{
    HttpGateRig gate;
    const auto call = gate.post(HttpGateRig::call("1", "pay"), gate.initialize());
    const QString id = waitingId(gate.rig);
    gate.gate->kill();
    QVERIFY(gate.gate->waitForFinished());
    QVERIFY(call->finish()); // The client sees its connection break.
    gate.start();
    QCOMPARE(gate.rig.status(id), u"withdrawn"_s);
    QCOMPARE(gate.callsDone(), 0);
}

void TestMcpGateHttp::aSignalWithdraws()
{
    HttpGateRig gate;
    const auto call = gate.post(HttpGateRig::call("1", "pay"), gate.initialize());
    const QString id = waitingId(gate.rig);
    CtlRig::signal(*gate.gate, SIGTERM);
    QVERIFY(gate.gate->waitForFinished(CtlRig::patienceMs));
    QCOMPARE(gate.gate->exitCode(), 128 + SIGTERM);
    QVERIFY(call->finish());
    QCOMPARE(gate.rig.status(id), u"withdrawn"_s);
}

void TestMcpGateHttp::aHundredCallsAtOnce()
{
    const HttpGateRig gate;
    gate.allowEverything();
    const QByteArray session = gate.initialize();
    std::vector<std::unique_ptr<McpPost>> calls;
    for (int i = 0; i < 100; ++i) {
        const QByteArray number = QByteArray::number(i);
        calls.push_back(i % 2 == 0 ? gate.post(HttpGateRig::call(number, "echo", R"({"i":)" + number + "}"), session)
                                   : gate.postModern("echo", R"({"i":)" + number + "}"));
    }
    for (size_t i = 0; i < calls.size(); ++i) {
        QVERIFY(calls[i]->finish());
        QCOMPARE(calls[i]->text(), u"{\"i\":%1}"_s.arg(i));
    }
    QCOMPARE(gate.callsDone(), 100);
}

void TestMcpGateHttp::largeResultsPass()
{
    const HttpGateRig gate;
    gate.allowEverything();
    const auto call = gate.post(HttpGateRig::call("1", "big", R"({"bytes":10485760})"), gate.initialize());
    QVERIFY(call->finish());
    QCOMPARE(call->text().size(), 10485760);
}

void TestMcpGateHttp::memoryStaysFlat()
{
    const HttpGateRig gate;
    gate.allowEverything();
    McpHttpLine client(gate.port, gate.authorization());
    const int calls = qEnvironmentVariableIsSet("COUNTERSIGN_SOAK") ? 10'000 : 500;
    const QByteArray arguments = R"({"text":")" + QByteArray(1024, 'x') + "\"}";
    qint64 warm = 0;
    for (int i = 1; i <= calls; ++i) {
        QVERIFY(client.call("echo", arguments).contains("\"content\""));
        warm = i == 300 ? residentKib(*gate.gate) : warm; // By then as many answers are kept as ever will be.
    }
    const qint64 grew = residentKib(*gate.gate) - warm;
    qInfo("calls 300 to %d: %lld KiB on top of %lld", calls, grew, warm);
    QVERIFY2(warm > 0 && grew < 3072, qPrintable(QString::number(grew)));
}

void TestMcpGateHttp::aGateBehindAGate()
{
    // What stands behind the second gate is at an address: the first one.
    HttpGateRig gate({u"--no-token"_s});
    McpClient client(gate.rig,
                     {u"mcp-gate"_s, u"--name"_s, u"far"_s, u"--url"_s, u"http://127.0.0.1:%1/mcp"_s.arg(gate.port)});
    client.initialize();
    client.call("7", "pay", R"({"amount":42.50})");
    gate.decideNext(u"approve"_s);
    QTRY_COMPARE(waitingIds(gate.rig).size(), 1);
    gate.decideNext(u"approve"_s);
    QCOMPARE(client.textOf(7), u"{\"amount\":42.5}"_s);
    QCOMPARE(gate.callsDone(), 1);
    // And when it is killed while a call is under way, nobody claims to know.
    client.call("8", "slow");
    gate.decideNext(u"approve"_s);
    QTRY_COMPARE(waitingIds(gate.rig).size(), 1);
    const QString second = gate.decideNext(u"approve"_s);
    QTRY_COMPARE(gate.callsDone(), 2);
    gate.gate->kill();
    const QJsonObject answer = client.answerTo(8);
    QVERIFY2(answer[u"error"_s].toObject()[u"message"_s].toString().contains(u"is not known"_s),
             QJsonDocument(answer).toJson().constData());
}

void TestMcpGateHttp::whatCannotBeMeantIsRefused_data()
{
    QTest::addColumn<QStringList>("options");
    const QStringList server{u"--"_s, u"true"_s};
    QTest::newRow("every address") << QStringList{u"--listen"_s, u"0.0.0.0:0"_s} + server;
    QTest::newRow("no port") << QStringList{u"--listen"_s, u"localhost"_s} + server;
    QTest::newRow("neither server nor address") << QStringList{u"--listen"_s, u"0"_s};
    QTest::newRow("server and address") << QStringList{u"--url"_s, u"https://a.example/mcp"_s} + server;
    QTest::newRow("an address without TLS") << QStringList{u"--url"_s, u"http://a.example/mcp"_s};
    QTest::newRow("two words about the token")
        << QStringList{u"--listen"_s, u"0"_s, u"--no-token"_s, u"--token-file"_s, u"x"_s} + server;
}

void TestMcpGateHttp::whatCannotBeMeantIsRefused()
{
    QFETCH(QStringList, options);
    const CtlRig rig;
    const CtlRig::Ran ran = rig.run(QStringList{u"mcp-gate"_s} + options);
    QVERIFY(ran.code != 0);
    QVERIFY(!ran.err.isEmpty());
}

QTEST_GUILESS_MAIN(TestMcpGateHttp)
#include "tst_mcp_gate_http.moc"
