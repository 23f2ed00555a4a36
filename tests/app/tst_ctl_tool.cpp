// SPDX-License-Identifier: Apache-2.0
#include "tests/app/mcp_client.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign::test;

namespace {

/// A home with a reviewer and a connection "bank" to the test server.
struct ToolRig {
    ToolRig()
        : key(rig.enrolAda())
    {
        const CtlRig::Ran added = rig.run({u"connection"_s, u"add"_s, u"bank"_s, u"--mcp-stdio"_s, u"--"_s,
                                           QStringLiteral(COUNTERSIGN_BIN_DIR) + u"/mcp_test_server"_s, journalPath()});
        if (added.code != 0) {
            qFatal("the connection was not added: %s", added.err.constData());
        }
    }
    QString journalPath() const { return rig.path(u"journal"_s); }
    int callsDone() const
    {
        QFile file(journalPath());
        return file.open(QIODevice::ReadOnly) ? static_cast<int>(file.readAll().count("\"tools/call\"")) : 0;
    }
    void policyIs(const QByteArray &what) const
    {
        const QString file = rig.write(
            u"policy.json"_s, R"({"version":1,"name":"Test","rules":[{"name":"all","when":true,)" + what + "}]}");
        const CtlRig::Ran ran = rig.run({u"policy"_s, u"apply"_s, file, u"--by"_s, key});
        if (ran.code != 0) {
            qFatal("the policy was not applied: %s", ran.err.constData());
        }
    }
    static QStringList call(const QString &tool, const QString &arguments = {})
    {
        QStringList words{u"--json"_s, u"tool"_s, u"call"_s, u"bank"_s, tool, u"--wait"_s};
        return arguments.isEmpty() ? words : words << u"--args"_s << arguments;
    }
    /// Calls, decides on what that asks, and gives what came of it.
    CtlRig::Ran callAndDecide(const QStringList &call, const QString &decision, const QStringList &more = {})
    {
        const std::unique_ptr<QProcess> calling = rig.start(call);
        request = CtlRig::idSaidBy(*calling);
        const CtlRig::Ran decided = rig.decide(request, decision, key, more);
        if (decided.code != 0) {
            qWarning("%s", decided.err.constData());
        }
        return CtlRig::finish(*calling);
    }
    /// The text of the result that was printed.
    static QString textOf(const CtlRig::Ran &ran)
    {
        const QJsonArray content = ran.json()[u"result"_s].toObject()[u"content"_s].toArray();
        return content.first().toObject()[u"text"_s].toString();
    }
    QMap<QString, QJsonObject> tools() const
    {
        QMap<QString, QJsonObject> found;
        for (const QByteArray &line : rig.json({u"tool"_s, u"list"_s}).out.split('\n')) {
            const QJsonObject tool = QJsonDocument::fromJson(line).object();
            if (!tool.isEmpty()) {
                found.insert(tool[u"name"_s].toString(), tool);
            }
        }
        return found;
    }

    CtlRig rig;
    QString key;
    QString request; ///< The last one that was decided on.
};

} // namespace

/// Tools of MCP servers on the command line: the real program, a server on its standard streams, exit codes for
/// scripts.
class TestCtlTool : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void toolsAreListedWithHowTheyStand();
    void whatThePolicyAllowsIsDone();
    void whatThePolicyForbidsIsNotDone();
    void anApprovedCallIsCarriedOut();
    void anEditedCallGoesOutAsEdited();
    void aRejectedCallIsNotCarriedOut();
    void wrongCallsAskNobody_data();
    void wrongCallsAskNobody();
    void aToolThatFailsIsTold_data();
    void aToolThatFailsIsTold();
    void aServerThatDiesLeavesItUnknown();
    void whoGivesUpWithdraws();
    void withoutWaitingItIsOnlyFiled();
    void aServerThatCannotStartIsSaid_data();
    void aServerThatCannotStartIsSaid();
    void aCommandThatNobodyAllowedHereIsNotStarted();
};

void TestCtlTool::toolsAreListedWithHowTheyStand()
{
    ToolRig tool;
    QMap<QString, QJsonObject> listed = tool.tools();
    QVERIFY(listed.contains(u"pay"_s) && listed.contains(u"echo"_s));
    QCOMPARE(listed[u"pay"_s][u"connection"_s].toString(), u"bank"_s);
    QCOMPARE(listed[u"pay"_s][u"title"_s].toString(), u"Tool pay"_s);
    QCOMPARE(listed[u"pay"_s][u"description"_s].toString(), u"Pays"_s);
    QCOMPARE(listed[u"pay"_s][u"inputSchema"_s].toObject()[u"type"_s].toString(), u"object"_s);
    QCOMPARE(listed[u"pay"_s][u"standing"_s].toString(), u"new"_s);
    QCOMPARE(tool.callAndDecide(ToolRig::call(u"pay"_s), u"approve"_s).code, 0);
    listed = tool.tools();
    QCOMPARE(listed[u"pay"_s][u"standing"_s].toString(), u"as-approved"_s);
    QCOMPARE(listed[u"echo"_s][u"standing"_s].toString(), u"new"_s);
    const CtlRig::Ran shown = tool.rig.run({u"tool"_s, u"list"_s, u"--connection"_s, u"bank"_s});
    QCOMPARE(shown.code, 0);
    QVERIFY2(shown.text().contains(u"bank  pay  as-approved  says: read-only"_s), shown.out.constData());
    QCOMPARE(tool.rig.run({u"tool"_s, u"list"_s, u"--connection"_s, u"shop"_s}).code, 1);
}

void TestCtlTool::whatThePolicyAllowsIsDone()
{
    const ToolRig tool;
    tool.policyIs(R"("do":"allow")");
    const CtlRig::Ran ran = tool.rig.run(ToolRig::call(u"echo"_s, u"{\"amount\":42.50}"_s));
    QVERIFY2(ran.code == 0, ran.err.constData());
    QCOMPARE(ToolRig::textOf(ran), u"{\"amount\":42.5}"_s);
    QCOMPARE(ran.json()[u"edited"_s].toBool(), false);
    QCOMPARE(tool.callsDone(), 1);
    const QJsonObject request = tool.rig.show(ran.json()[u"id"_s].toString());
    QCOMPARE(request[u"status"_s].toString(), u"approved"_s);
    QCOMPARE(request[u"delivery"_s].toString(), u"acknowledged"_s);
    QCOMPARE(request[u"connection"_s].toString(), u"bank"_s);
    // For people: what the tool said, and nothing else.
    const CtlRig::Ran plain = tool.rig.run({u"tool"_s, u"call"_s, u"bank"_s, u"echo"_s, u"--wait"_s});
    QCOMPARE(plain.code, 0);
    QCOMPARE(plain.text(), u"{}"_s);
}

void TestCtlTool::whatThePolicyForbidsIsNotDone()
{
    const ToolRig tool;
    tool.policyIs(R"("do":"deny","message":"not today")");
    const CtlRig::Ran ran = tool.rig.run(ToolRig::call(u"pay"_s));
    QCOMPARE(ran.code, 10);
    QVERIFY2(ran.says("not today"), ran.err.constData());
    QCOMPARE(tool.callsDone(), 0);
}

void TestCtlTool::anApprovedCallIsCarriedOut()
{
    ToolRig tool;
    const CtlRig::Ran ran = tool.callAndDecide(ToolRig::call(u"pay"_s, u"{\"amount\":7}"_s), u"approve"_s);
    QVERIFY2(ran.code == 0, ran.err.constData());
    QCOMPARE(ToolRig::textOf(ran), u"{\"amount\":7}"_s);
    QCOMPARE(ran.json()[u"id"_s].toString(), tool.request);
    QCOMPARE(tool.callsDone(), 1);
    QCOMPARE(tool.rig.show(tool.request)[u"delivery"_s].toString(), u"acknowledged"_s);
}

void TestCtlTool::anEditedCallGoesOutAsEdited()
{
    ToolRig tool;
    const CtlRig::Ran ran = tool.callAndDecide(ToolRig::call(u"pay"_s, u"{\"amount\":7}"_s), u"approve"_s,
                                               {u"--args"_s, u"{\"amount\":1}"_s});
    QVERIFY2(ran.code == 0, ran.err.constData());
    QCOMPARE(ToolRig::textOf(ran), u"{\"amount\":1}"_s);
    QCOMPARE(ran.json()[u"edited"_s].toBool(), true);
    QCOMPARE(tool.callsDone(), 1);
}

void TestCtlTool::aRejectedCallIsNotCarriedOut()
{
    ToolRig tool;
    const CtlRig::Ran ran = tool.callAndDecide(ToolRig::call(u"pay"_s), u"reject"_s, {u"--reason"_s, u"too much"_s});
    QCOMPARE(ran.code, 10);
    QVERIFY2(ran.says("ada") && ran.says("too much"), ran.err.constData());
    QCOMPARE(ran.json()[u"status"_s].toString(), u"rejected"_s);
    QCOMPARE(tool.callsDone(), 0);
}

void TestCtlTool::wrongCallsAskNobody_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char *claim, const QStringList &words, int code, const QByteArray &says) {
        QTest::newRow(claim) << QStringList{u"tool"_s, u"call"_s} + words << code << says;
    };
    row("no tool", {u"bank"_s}, 2, "TOOL");
    row("no JSON", {u"bank"_s, u"pay"_s, u"--args"_s, u"{amount"_s}, 2, "--args");
    row("no object", {u"bank"_s, u"pay"_s, u"--args"_s, u"[1]"_s}, 2, "an object");
    row("not what the schema says", {u"bank"_s, u"pay"_s, u"--args"_s, u"{\"amount\":\"much\"}"_s}, 2, "/amount");
    row("a file that is not there", {u"bank"_s, u"pay"_s, u"--args"_s, u"@nowhere"_s}, 2, "nowhere");
    row("a tool that the server does not have", {u"bank"_s, u"steal"_s}, 1, "steal");
    row("a connection that is not there", {u"shop"_s, u"pay"_s}, 1, "no connection named shop");
}

void TestCtlTool::wrongCallsAskNobody()
{
    QFETCH(QStringList, words);
    QFETCH(int, code);
    QFETCH(QByteArray, says);
    const ToolRig tool;
    for (const QStringList &more : {QStringList(), QStringList{u"--wait"_s}}) {
        const CtlRig::Ran ran = tool.rig.run(words + more);
        QCOMPARE(ran.code, code);
        QVERIFY2(ran.says(says), ran.err.constData());
        QVERIFY(ran.out.isEmpty());
    }
    QVERIFY(tool.rig.json({u"list"_s}).out.isEmpty());
    QCOMPARE(tool.callsDone(), 0);
}

void TestCtlTool::aToolThatFailsIsTold_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("the tool says so") << u"fail"_s << QByteArray("The tool says that it failed");
    QTest::newRow("the server refuses") << u"error"_s << QByteArray("no such thing");
}

void TestCtlTool::aToolThatFailsIsTold()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, says);
    const ToolRig tool;
    tool.policyIs(R"("do":"allow")");
    const CtlRig::Ran ran = tool.rig.run(ToolRig::call(name));
    QCOMPARE(ran.code, 1);
    QVERIFY2(ran.says(says) || ran.out.contains(says), (ran.out + ran.err).constData());
    QCOMPARE(tool.callsDone(), 1);
}

void TestCtlTool::aServerThatDiesLeavesItUnknown()
{
    ToolRig tool;
    const CtlRig::Ran ran = tool.callAndDecide(ToolRig::call(u"die"_s), u"approve"_s);
    QCOMPARE(ran.code, 13);
    QVERIFY2(ran.says("Whether it was done is not known") || ran.out.contains("Whether it was done is not known"),
             (ran.out + ran.err).constData());
    QCOMPARE(tool.callsDone(), 1); // It is not repeated.
}

void TestCtlTool::whoGivesUpWithdraws()
{
    const ToolRig tool;
    const std::unique_ptr<QProcess> calling = tool.rig.start(ToolRig::call(u"pay"_s));
    const QString request = CtlRig::idSaidBy(*calling);
    CtlRig::signal(*calling, SIGINT);
    const CtlRig::Ran ran = CtlRig::finish(*calling);
    QVERIFY2(ran.code == 12, ran.err.constData());
    QCOMPARE(tool.rig.status(request), u"withdrawn"_s);
    QCOMPARE(tool.callsDone(), 0);
}

void TestCtlTool::withoutWaitingItIsOnlyFiled()
{
    const ToolRig tool;
    const CtlRig::Ran ran = tool.rig.json({u"tool"_s, u"call"_s, u"bank"_s, u"pay"_s});
    QVERIFY2(ran.code == 0, ran.err.constData());
    const QString request = ran.json()[u"id"_s].toString();
    QCOMPARE(tool.rig.status(request), u"pending"_s);
    QCOMPARE(tool.rig.decide(request, u"approve"_s, tool.key).code, 0);
    QCOMPARE(tool.callsDone(), 0);
    // Whoever serves the connections carries it out.
    const std::unique_ptr<QProcess> serving = tool.rig.start({u"serve"_s});
    QTRY_COMPARE_WITH_TIMEOUT(tool.callsDone(), 1, CtlRig::patienceMs);
    QTRY_COMPARE_WITH_TIMEOUT(tool.rig.show(request)[u"delivery"_s].toString(), u"acknowledged"_s, CtlRig::patienceMs);
    CtlRig::signal(*serving, SIGTERM);
    QCOMPARE(CtlRig::finish(*serving).code, 0);
}

void TestCtlTool::aServerThatCannotStartIsSaid_data()
{
    QTest::addColumn<QStringList>("where");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("it ends at once") << QStringList{u"--mcp-stdio"_s, u"--"_s, u"/bin/false"_s} << QByteArray("ended");
    QTest::newRow("nobody listens") << QStringList{u"--mcp-http"_s, u"http://127.0.0.1:1/mcp"_s}
                                    << QByteArray("cannot be reached");
}

void TestCtlTool::aServerThatCannotStartIsSaid()
{
    QFETCH(QStringList, where);
    QFETCH(QByteArray, says);
    const CtlRig rig;
    QCOMPARE(rig.run(QStringList{u"connection"_s, u"add"_s, u"far"_s} + where).code, 0);
    for (const QStringList &words :
         {QStringList{u"tool"_s, u"list"_s}, QStringList{u"tool"_s, u"call"_s, u"far"_s, u"pay"_s}}) {
        const CtlRig::Ran ran = rig.json(words);
        QCOMPARE(ran.code, 13);
        QVERIFY2(ran.says(says) || ran.out.contains(says), (ran.out + ran.err).constData());
    }
}

void TestCtlTool::aCommandThatNobodyAllowedHereIsNotStarted()
{
    const ToolRig tool;
    QVERIFY(QDir(tool.rig.path(u"config/countersign"_s)).removeRecursively()); // As on another machine.
    const CtlRig::Ran ran = tool.rig.run({u"tool"_s, u"call"_s, u"bank"_s, u"pay"_s, u"--wait"_s});
    QCOMPARE(ran.code, 17);
    QVERIFY2(ran.says("allow"), ran.err.constData());
    QVERIFY(!QFile::exists(tool.journalPath()));
    QCOMPARE(tool.rig.run({u"connection"_s, u"allow"_s, u"bank"_s, u"--yes"_s}).code, 0);
    QCOMPARE(tool.rig.run({u"tool"_s, u"list"_s}).code, 0);
}

QTEST_GUILESS_MAIN(TestCtlTool)
#include "tst_ctl_tool.moc"
