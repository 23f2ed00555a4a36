// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlite_store.h"
#include "tests/app/mcp_gate_rig.h"
#include "tests/support/forgery.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;

namespace {

bool isError(const QJsonObject &answer)
{
    return answer.value(u"result"_s).toObject().value(u"isError"_s).toBool();
}

QString textIn(const QJsonObject &answer)
{
    return answer.value(u"result"_s).toObject()[u"content"_s].toArray().first().toObject().value(u"text"_s).toString();
}

} // namespace

/// J8 without a window: real executables on both sides, a reviewer on the command line.
class TestMcpGate : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }
    void anApprovedCallReachesTheServerByteForByte_data();
    void anApprovedCallReachesTheServerByteForByte();
    void theReviewerSeesTheCall();
    void everythingElsePasses();
    void anEditedCallHasTheNewArgumentsOnly();
    void aRejectionComesBackWithItsReason();
    void aDeadlineComesBackAsAToolError();
    void severalCallsWaitAtOnce();
    void aCancelledCallIsWithdrawn();
    void aRunningCallThatIsCancelledIsPassedOn();
    void progressKeepsTheClientWaiting();
    void outcomesAreRecorded_data();
    void outcomesAreRecorded();
    void onlyTheNamedToolsAreThere();
    void aChangedDefinitionIsMarked();
    void aPolicyAnswersForPeople();
    void noPolicyAllowsAToolThatWasRedefined();
    void questionsOfTheServerAreAnsweredHere_data();
    void questionsOfTheServerAreAnsweredHere();
    void questionsGoToAClientThatCanAnswer();
    void anAnswerThatDoesNotFitIsNotSent();
    void theServerWithdrawsItsQuestion();
    void aModernCallGoesOnWithoutASecondApproval();
    void questionsOfAModernServerAreAnsweredHere();
    void oneApprovalDoesNotServeAnotherCall();
    void aForgedApprovalSendsNothing_data();
    void aForgedApprovalSendsNothing();
    void callsThatNobodyCouldBeAskedAboutAreRefused_data();
    void callsThatNobodyCouldBeAskedAboutAreRefused();
    void noiseOfTheServerIsLeftOut();
    void aNeverEndingLineEndsTheServer();
    void aServerThatDiesIsReported();
    void aServerThatCannotBeStartedIsNamed();
    void aClientThatGoesAwayWithdraws();
    void aSignalWithdraws();
    void whatAKilledGateLeftIsWithdrawn();
    void largeResultsPass();
    void everyRunVerifies();
};

void TestMcpGate::anApprovedCallReachesTheServerByteForByte_data()
{
    QTest::addColumn<QByteArray>("version");
    QTest::newRow("2025-06-18") << QByteArray("2025-06-18");
    QTest::newRow("2025-11-25") << QByteArray("2025-11-25");
    QTest::newRow("2026-07-28") << QByteArray("2026-07-28");
}

void TestMcpGate::anApprovedCallReachesTheServerByteForByte()
{
    QFETCH(QByteArray, version);
    GateRig gate;
    QByteArray meta = "{}";
    if (version == "2026-07-28") {
        meta =
            R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{"form":{}}}})";
    } else {
        gate.client->initialize(version);
    }
    const QByteArray line = R"({ "jsonrpc": "2.0",  "id": "c\u0061ll", "params": {"name":"pay" , "_meta":)" + meta +
                            R"(,"arguments":{"amount":4200.00,"to":"Nordwind"}}, "method":"tools\/call", "x": 1})";
    gate.client->send(line);
    const QString id = waitingId(gate.rig);
    QVERIFY(!id.isEmpty());
    QVERIFY(gate.calls().isEmpty());
    gate.approve(id);
    const QJsonObject answer = gate.client->answerTo(u"call"_s);
    QCOMPARE(textIn(answer), u"{\"amount\":4200,\"to\":\"Nordwind\"}"_s);
    QVERIFY(gate.journal().contains(line));
    QTRY_COMPARE(gate.rig.show(id).value(u"delivery"_s).toString(), u"acknowledged"_s);
}

void TestMcpGate::theReviewerSeesTheCall()
{
    GateRig gate;
    gate.client->initialize();
    gate.client->call("1", "pay", R"({"amount":4200.00})");
    const QJsonObject request = gate.rig.show(waitingId(gate.rig));
    QCOMPARE(request.value(u"pattern"_s).toString(), u"tool-approval"_s);
    QCOMPARE(request.value(u"tool"_s).toString(), u"pay"_s);
    QCOMPARE(request.value(u"agent"_s).toString(), u"tester"_s);
    QCOMPARE(request.value(u"connection"_s).toString(), u"mcp:bank"_s);
    QCOMPARE(request.value(u"schema"_s).toObject().value(u"type"_s).toString(), u"object"_s);
    QCOMPARE(request.value(u"allowed"_s).toArray(), (QJsonArray{u"approve"_s, u"approve-edited"_s, u"reject"_s}));
    QVERIFY(gate.rig.json({u"show"_s, request.value(u"id"_s).toString()}).out.contains("4200.00"));
}

void TestMcpGate::everythingElsePasses()
{
    GateRig gate;
    gate.client->initialize("2025-11-25", R"({"elicitation":{}})");
    const QByteArray ping = R"({"id":"p","method":"ping","jsonrpc":"2.0"})";
    const QByteArray other = R"({"jsonrpc":"2.0","id":5,"method":"resources/read","params":{"uri":"x://\u00e9"}})";
    const QByteArray log = R"({"jsonrpc":"2.0","method":"notifications/roots/list_changed"})";
    for (const QByteArray &line : {ping, other, log}) {
        gate.client->send(line);
    }
    QVERIFY(gate.client->answerTo(u"p"_s).contains(u"result"_s));
    QVERIFY(gate.client->answerTo(5).contains(u"result"_s));
    QTRY_VERIFY(gate.journal().contains(log));
    QVERIFY(gate.journal().contains(ping) && gate.journal().contains(other));
    QVERIFY(waitingIds(gate.rig).isEmpty());
}

void TestMcpGate::anEditedCallHasTheNewArgumentsOnly()
{
    GateRig gate;
    gate.client->initialize();
    gate.client->call("1", "pay", R"({"amount":4200.00})", R"(,"_meta":{"x":"y"})");
    const QString id = gate.decideNext(u"approve"_s, {u"--args"_s, u"{\"amount\": 42.50}"_s});
    QCOMPARE(gate.client->textOf(1), u"{\"amount\":42.5}"_s);
    QCOMPARE(gate.calls().first(),
             QByteArray(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay","arguments":)"
                        R"({"amount": 42.50},"_meta":{"x":"y"}}})"));
    QTRY_COMPARE(gate.rig.status(id), u"approved-edited"_s);
}

void TestMcpGate::aRejectionComesBackWithItsReason()
{
    GateRig gate;
    gate.client->initialize();
    gate.client->call("1", "pay");
    const QString id = gate.decideNext(u"reject"_s, {u"--reason"_s, u"Wrong account"_s});
    const QJsonObject answer = gate.client->answerTo(1);
    QVERIFY(isError(answer));
    QCOMPARE(textIn(answer), u"Rejected by ada: Wrong account"_s);
    QVERIFY(gate.calls().isEmpty());
    QCOMPARE(gate.rig.show(id).value(u"delivery"_s).toString(), u"acknowledged"_s);
}

void TestMcpGate::aDeadlineComesBackAsAToolError()
{
    GateRig gate({u"--expires"_s, u"1s"_s});
    gate.client->initialize();
    gate.client->call("1", "pay");
    const QJsonObject answer = gate.client->answerTo(1);
    QVERIFY(isError(answer));
    QVERIFY(textIn(answer).contains(u"in time"_s));
    QVERIFY(gate.calls().isEmpty());
}

void TestMcpGate::severalCallsWaitAtOnce()
{
    GateRig gate;
    gate.client->initialize();
    for (const QByteArray &id : {QByteArray("1"), QByteArray("2"), QByteArray("3")}) {
        gate.client->call(id, "echo", R"({"n":)" + id + '}');
    }
    gate.client->send(R"({"jsonrpc":"2.0","id":4,"method":"ping"})");
    QVERIFY(gate.client->answerTo(4).contains(u"result"_s)); // Nothing waits for the person but the calls.
    QTRY_COMPARE(waitingIds(gate.rig).size(), 3);
    for (const QString &id : waitingIds(gate.rig)) {
        gate.approve(id);
    }
    QSet<int> answered;
    for (int i = 0; i < 3; ++i) {
        const QJsonObject answer = QJsonDocument::fromJson(gate.client->nextLine()).object();
        const int id = answer.value(u"id"_s).toInt();
        QCOMPARE(textIn(answer), u"{\"n\":%1}"_s.arg(id));
        answered.insert(id);
    }
    QCOMPARE(answered, (QSet<int>{1, 2, 3}));
}

void TestMcpGate::aCancelledCallIsWithdrawn()
{
    GateRig gate;
    gate.client->initialize();
    gate.client->call("1", "pay");
    const QString id = waitingId(gate.rig);
    gate.client->send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
    QTRY_COMPARE(gate.rig.status(id), u"withdrawn"_s);
    QVERIFY(gate.calls().isEmpty());
    for (const QByteArray &line : gate.journal()) {
        QVERIFY(!line.contains("cancelled")); // The server never heard of the call.
    }
}

void TestMcpGate::aRunningCallThatIsCancelledIsPassedOn()
{
    GateRig gate;
    gate.client->initialize();
    gate.client->call("1", "slow");
    const QString id = gate.decideNext(u"approve"_s);
    QTRY_COMPARE(gate.calls().size(), 1);
    const QByteArray cancel = R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})";
    gate.client->send(cancel);
    QTRY_VERIFY(gate.journal().contains(cancel));
    QTRY_VERIFY(gate.rig.show(id).value(u"outcome"_s).toObject().value(u"note"_s).toString().contains(u"cancelled"_s));
}

void TestMcpGate::progressKeepsTheClientWaiting()
{
    GateRig gate;
    gate.client->initialize();
    gate.client->call("1", "pay", "{}", R"(,"_meta":{"progressToken":"t"})");
    double last = 0;
    for (int i = 0; i < 2; ++i) {
        const QJsonObject progress = QJsonDocument::fromJson(gate.client->nextLine()).object();
        QCOMPARE(progress.value(u"method"_s).toString(), u"notifications/progress"_s);
        const QJsonObject params = progress.value(u"params"_s).toObject();
        QCOMPARE(params.value(u"progressToken"_s).toString(), u"t"_s);
        QVERIFY(params.value(u"progress"_s).toDouble() > last);
        last = params.value(u"progress"_s).toDouble();
    }
    QVERIFY(last < 1); // What the server reports itself goes on rising.
    gate.decideNext(u"reject"_s);
}

void TestMcpGate::outcomesAreRecorded_data()
{
    QTest::addColumn<QByteArray>("tool");
    QTest::addColumn<bool>("failed");
    QTest::newRow("a result") << QByteArray("echo") << false;
    QTest::newRow("a tool that reports an error") << QByteArray("fail") << true;
    QTest::newRow("an error of the protocol") << QByteArray("error") << true;
}

void TestMcpGate::outcomesAreRecorded()
{
    QFETCH(QByteArray, tool);
    QFETCH(bool, failed);
    GateRig gate;
    gate.client->initialize();
    gate.client->call("1", tool);
    const QString id = gate.decideNext(u"approve"_s);
    QVERIFY(!gate.client->answerTo(1).isEmpty());
    QTRY_COMPARE(gate.rig.show(id).value(u"delivery"_s).toString(), u"acknowledged"_s);
    const QJsonObject outcome = gate.rig.show(id).value(u"outcome"_s).toObject();
    QCOMPARE(outcome.value(u"output"_s).toObject().value(u"isError"_s).toBool(), failed);
    QCOMPARE(outcome.value(u"output"_s).toObject().value(u"sha256"_s).toString().size(), 64);
    QCOMPARE(!outcome.value(u"error"_s).toString().isEmpty(), failed);
}

void TestMcpGate::onlyTheNamedToolsAreThere()
{
    GateRig gate({u"--only-tools"_s, u"echo,other"_s});
    gate.client->initialize();
    gate.client->send(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
    const QJsonArray tools = gate.client->answerTo(1).value(u"result"_s).toObject().value(u"tools"_s).toArray();
    QCOMPARE(tools.size(), 1);
    QCOMPARE(tools.first().toObject().value(u"name"_s).toString(), u"echo"_s);
    gate.client->call("2", "pay");
    QCOMPARE(gate.client->answerTo(2).value(u"error"_s).toObject().value(u"code"_s).toInt(), -32602);
    QVERIFY(waitingIds(gate.rig).isEmpty());
    QVERIFY(gate.calls().isEmpty());
}

void TestMcpGate::aChangedDefinitionIsMarked()
{
    GateRig gate;
    gate.client->initialize();
    const QByteArray mark = "changed since a call of this tool was last approved";
    const auto callAndShow = [&](const QByteArray &id, const QByteArray &tool) {
        gate.client->call(id, tool);
        const QString request = waitingId(gate.rig);
        const QByteArray shown = gate.rig.json({u"show"_s, request}).out;
        gate.approve(request);
        gate.client->answerTo(id.toInt());
        return shown;
    };
    QVERIFY(!callAndShow("1", "pay").contains(mark));
    QVERIFY(!callAndShow("2", "pay").contains(mark));
    callAndShow("3", "redefine");
    QVERIFY(callAndShow("4", "pay").contains(mark));
    QVERIFY(!callAndShow("5", "pay").contains(mark)); // Approved as it is now.
    gate.start();                                     // A new gate, and the server is as it was at first.
    gate.client->initialize();
    QVERIFY(callAndShow("6", "pay").contains(mark));
}

void TestMcpGate::aPolicyAnswersForPeople()
{
    GateRig gate;
    gate.applyPolicy(
        R"({"name":"allow","do":"allow","when":{"properties":{"tool":{"const":"echo"}},"required":["tool"]}},)"
        R"({"name":"deny","do":"deny","message":"Never here.","when":{"properties":{"tool":{"const":"fail"}}}})");
    gate.client->initialize();
    // More than an agent may put before people within a minute: nobody is asked, so nobody is flooded.
    for (int i = 1; i <= 100; ++i) {
        gate.client->call(QByteArray::number(i), "echo", "{\"n\":" + QByteArray::number(i) + '}');
        QCOMPARE(gate.client->textOf(i), u"{\"n\":%1}"_s.arg(i));
    }
    gate.client->call("\"d\"", "fail");
    const QJsonObject denied = gate.client->answerTo(u"d"_s);
    QVERIFY(isError(denied));
    QVERIFY2(textIn(denied).contains(u"Never here."_s), qPrintable(textIn(denied)));
    QCOMPARE(gate.calls().size(), 100);
    gate.client->call("\"p\"", "pay");
    const QString id = waitingId(gate.rig); // And what needs a person still gets to one.
    gate.approve(id);
    QVERIFY(!gate.client->textOf(u"p"_s).isEmpty());
    const CtlRig::Ran verified = gate.rig.run({u"audit"_s, u"verify"_s});
    QVERIFY2(verified.code == 0, verified.out + verified.err);
}

void TestMcpGate::noPolicyAllowsAToolThatWasRedefined()
{
    GateRig gate;
    gate.applyPolicy(R"({"name":"allow","do":"allow","when":{}})");
    gate.client->initialize();
    gate.client->call("1", "pay");
    QVERIFY(!gate.client->textOf(1).isEmpty());
    gate.client->call("2", "redefine");
    QVERIFY(!gate.client->textOf(2).isEmpty());
    gate.client->call("3", "pay");
    const QString id = waitingId(gate.rig);
    QVERIFY(!id.isEmpty());
    QVERIFY(gate.rig.show(id).value(u"policy"_s).toString().contains(u"definition has changed"_s));
    gate.approve(id);
    QVERIFY(!gate.client->textOf(3).isEmpty());
    gate.client->call("4", "pay"); // A person has looked at it as it is now.
    QVERIFY(!gate.client->textOf(4).isEmpty());
    QVERIFY(waitingIds(gate.rig).isEmpty());
}

void TestMcpGate::questionsOfTheServerAreAnsweredHere_data()
{
    QTest::addColumn<QString>("decision");
    QTest::addColumn<QStringList>("more");
    QTest::addColumn<QString>("result");
    QTest::newRow("accept") << u"answer"_s << QStringList{u"--content"_s, u"{\"level\":\"high\"}"_s}
                            << u"{\"action\":\"accept\",\"content\":{\"level\":\"high\"}}"_s;
    QTest::newRow("decline") << u"decline"_s << QStringList() << u"{\"action\":\"decline\"}"_s;
    QTest::newRow("cancel") << u"cancel"_s << QStringList() << u"{\"action\":\"cancel\"}"_s;
}

void TestMcpGate::questionsOfTheServerAreAnsweredHere()
{
    QFETCH(QString, decision);
    QFETCH(QStringList, more);
    QFETCH(QString, result);
    GateRig gate;
    gate.client->initialize();
    QVERIFY(gate.journal().first().contains(R"("capabilities":{"elicitation":{}})"));
    gate.client->call("1", "ask");
    gate.decideNext(u"approve"_s);
    const QString question = waitingId(gate.rig);
    const QJsonObject shown = gate.rig.show(question);
    QCOMPARE(shown.value(u"pattern"_s).toString(), u"elicitation"_s);
    QCOMPARE(shown.value(u"message"_s).toString(), u"Which level?"_s);
    QCOMPARE(shown.value(u"agent"_s).toString(), u"bank"_s);
    QCOMPARE(gate.rig.decide(question, decision, gate.key, more).code, 0);
    const QString text = gate.client->textOf(1);
    QCOMPARE(QJsonDocument::fromJson(text.toUtf8()).object().value(u"result"_s).toObject(),
             QJsonDocument::fromJson(result.toUtf8()).object());
    QTRY_COMPARE(gate.rig.show(question).value(u"delivery"_s).toString(), u"acknowledged"_s);
}

void TestMcpGate::questionsGoToAClientThatCanAnswer()
{
    GateRig gate;
    gate.client->initialize("2025-11-25", R"({"elicitation":{"form":{}}})");
    gate.client->call("1", "ask");
    gate.decideNext(u"approve"_s);
    const QJsonObject question = QJsonDocument::fromJson(gate.client->nextLine()).object();
    QCOMPARE(question.value(u"method"_s).toString(), u"elicitation/create"_s);
    QVERIFY(waitingIds(gate.rig).isEmpty());
    const QByteArray answer = R"({"result":{"action":"decline"},"id":1,"jsonrpc":"2.0"})";
    gate.client->send(answer);
    QVERIFY(gate.client->textOf(1).contains(u"decline"_s));
    QVERIFY(gate.journal().contains(answer));
    // Answers to what was never asked do not reach the server.
    gate.client->send(R"({"result":{"action":"accept"},"id":77,"jsonrpc":"2.0"})");
    gate.client->send(R"({"jsonrpc":"2.0","id":4,"method":"ping"})");
    gate.client->answerTo(4);
    QVERIFY(!gate.journal().join().contains("77"));
}

void TestMcpGate::anAnswerThatDoesNotFitIsNotSent()
{
    GateRig gate;
    gate.client->initialize();
    gate.client->call("1", "ask");
    gate.decideNext(u"approve"_s);
    const QString question = waitingId(gate.rig);
    const CtlRig::Ran ran =
        gate.rig.decide(question, u"answer"_s, gate.key, {u"--content"_s, u"{\"level\":\"huge\"}"_s});
    QVERIFY(ran.code != 0); // Held to the schema at the door.
    gate.client->send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
    QTRY_COMPARE(gate.rig.status(question), u"withdrawn"_s); // A call that is gone takes its question with it.
}

void TestMcpGate::theServerWithdrawsItsQuestion()
{
    GateRig gate;
    gate.client->initialize();
    gate.client->call("1", "ask-and-forget");
    gate.decideNext(u"approve"_s);
    QCOMPARE(gate.client->textOf(1), u"never mind"_s);
    QVERIFY(waitingIds(gate.rig).isEmpty());
    gate.client->call("2", "ask-url");
    gate.decideNext(u"approve"_s);
    QVERIFY(gate.client->textOf(2).contains(u"-32602"_s)); // Only forms were declared.
}

void TestMcpGate::aModernCallGoesOnWithoutASecondApproval()
{
    GateRig gate;
    const QByteArray meta = R"(,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                            R"("io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}})";
    const QByteArray retry = R"(,"inputResponses":{"confirm":{"action":"accept","content":{}}},)"
                             R"("requestState":"v1.s\u00e4tze")";
    gate.client->call("1", "deploy", R"({"env":"prod"})", meta);
    const QString id = gate.decideNext(u"approve"_s, {u"--args"_s, u"{\"env\":\"test\"}"_s});
    QCOMPARE(gate.client->answerTo(1).value(u"result"_s).toObject().value(u"resultType"_s).toString(),
             u"input_required"_s);
    // Another call with the state of this one is another call.
    gate.client->call("2", "deploy", R"({"env":"other"})", retry + meta);
    gate.decideNext(u"reject"_s);
    QVERIFY(isError(gate.client->answerTo(2)));
    // The same call goes on, with what the reviewer made of it.
    gate.client->call("3", "deploy", R"({"env":"prod"})", retry + meta);
    QCOMPARE(gate.client->textOf(3), u"{\"env\":\"test\"}"_s);
    QTRY_COMPARE(gate.rig.show(id).value(u"delivery"_s).toString(), u"acknowledged"_s);
    // And only once.
    gate.client->call("4", "deploy", R"({"env":"prod"})", retry + meta);
    gate.decideNext(u"reject"_s);
    QVERIFY(isError(gate.client->answerTo(4)));
}

void TestMcpGate::questionsOfAModernServerAreAnsweredHere()
{
    GateRig gate;
    gate.client->call("1", "deploy", R"({"env":"prod"})",
                      R"(,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                      R"("io.modelcontextprotocol/clientCapabilities":{"roots":{}}})");
    const QString call = gate.decideNext(u"approve"_s);
    const QString question = waitingId(gate.rig);
    QCOMPARE(gate.rig.show(question).value(u"message"_s).toString(), u"Deploy?"_s);
    QCOMPARE(gate.rig.show(call).value(u"delivery"_s).toString(), u"sending"_s); // It is not done yet.
    QCOMPARE(gate.rig.decide(question, u"answer"_s, gate.key, {u"--content"_s, u"{\"sure\":true}"_s}).code, 0);
    QCOMPARE(gate.client->textOf(1), u"{\"env\":\"prod\"}"_s); // Under the id of the client's own call.
    QCOMPARE(gate.calls().size(), 2);
    QVERIFY(gate.calls().at(0).contains(R"({"roots":{},"elicitation":{"form":{}}})"));
    QVERIFY(gate.calls().at(1).contains(R"("confirm":{"action":"accept","content":{"sure":true}})"));
    QTRY_COMPARE(gate.rig.show(call).value(u"delivery"_s).toString(), u"acknowledged"_s);
    // A call that is cancelled takes its question with it.
    gate.client->call("2", "deploy", "{}",
                      R"(,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                      R"("io.modelcontextprotocol/clientCapabilities":{}})");
    gate.decideNext(u"approve"_s);
    const QString second = waitingId(gate.rig);
    gate.client->send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}})");
    QTRY_COMPARE(gate.rig.status(second), u"withdrawn"_s);
}

void TestMcpGate::oneApprovalDoesNotServeAnotherCall()
{
    GateRig gate;
    gate.client->initialize();
    const QByteArray arguments = R"({"amount":1})";
    gate.client->call("1", "pay", arguments);
    const QString first = gate.decideNext(u"approve"_s);
    QVERIFY(!gate.client->answerTo(1).isEmpty());
    gate.client->call("2", "pay", arguments); // The same again: it waits on its own.
    const QString second = waitingId(gate.rig);
    QVERIFY(!second.isEmpty() && second != first);
    QCOMPARE(gate.calls().size(), 1);
    // The signed decision on the first is put on the second.
    tamperWith(gate.rig.workspaceFile(),
               {u"UPDATE decision SET request = '%1' WHERE request = '%2'"_s.arg(second, first),
                u"UPDATE request SET lifecycle = 'decided', delivery = 'released', verdict = 'approve', shelf = 2, "
                u"settled_at_ms = 1, settled_sequence = 99, decision = (SELECT id FROM decision), revision = "
                u"revision + 1 WHERE id = '%1'"_s.arg(second)});
    const QJsonObject answer = gate.client->answerTo(2);
    QVERIFY(isError(answer));
    QVERIFY(textIn(answer).contains(u"not carried out"_s));
    QCOMPARE(gate.calls().size(), 1);
}

void TestMcpGate::aForgedApprovalSendsNothing_data()
{
    QTest::addColumn<bool>("signedByAnotherKey");
    QTest::newRow("a row that says approved") << false;
    QTest::newRow("a whole approval, signed with a key that nobody enrolled") << true;
}

void TestMcpGate::aForgedApprovalSendsNothing()
{
    QFETCH(bool, signedByAnotherKey);
    GateRig gate;
    gate.client->initialize();
    gate.client->call("1", "pay");
    const QString id = waitingId(gate.rig);
    if (signedByAnotherKey) {
        const SystemClock clock;
        SystemIdSource ids(clock);
        const std::unique_ptr<Store> store = std::move(openSqliteStore(gate.rig.workspaceFile(), clock, ids)).value();
        forgeApproval(*store, ids, clock.now(), RequestId(id), SigningKey::generate(),
                      store->reviewers().value().front().id);
    } else {
        tamperWith(gate.rig.workspaceFile(),
                   {u"UPDATE request SET lifecycle = 'decided', delivery = 'released', verdict = 'approve', decision = "
                    u"'x', shelf = 2, revision = revision + 1 WHERE id = '%1'"_s.arg(id)});
    }
    const QJsonObject answer = gate.client->answerTo(1);
    QVERIFY(isError(answer));
    QVERIFY2(textIn(answer).contains(u"does not verify"_s), qPrintable(textIn(answer)));
    QVERIFY(gate.calls().isEmpty());
}

void TestMcpGate::callsThatNobodyCouldBeAskedAboutAreRefused_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<bool>("answered");
    QTest::newRow("a call that wants no answer")
        << QByteArray(R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"pay"}})") << false;
    QTest::newRow("a batch") << QByteArray(
                                    R"([{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay"}}])")
                             << true;
    QTest::newRow("another spelling")
        << QByteArray(R"({"jsonrpc":"2.0","id":1,"method":"Tools/Call","params":{"name":"pay"}})") << true;
    QTest::newRow("a second method for readers who ignore case")
        << QByteArray(R"({"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call","params":{"name":"pay"}})")
        << true;
    QTest::newRow("hidden between carriage returns")
        << QByteArray("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":\r{\"jsonrpc\":\"2.0\",\"id\":2,"
                      "\"method\":\"tools/call\",\"params\":{\"name\":\"pay\"}}\r}")
        << true;
    QTest::newRow("two names")
        << QByteArray(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Name":"pay"}})") << true;
    QTest::newRow("no name") << QByteArray(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}})") << true;
}

void TestMcpGate::callsThatNobodyCouldBeAskedAboutAreRefused()
{
    QFETCH(QByteArray, line);
    QFETCH(bool, answered);
    GateRig gate;
    gate.client->initialize();
    gate.client->send(line);
    if (answered) {
        QVERIFY(QJsonDocument::fromJson(gate.client->nextLine()).object().contains(u"error"_s));
    }
    gate.client->send(R"({"jsonrpc":"2.0","id":"p","method":"ping"})");
    QVERIFY(gate.client->answerTo(u"p"_s).contains(u"result"_s));
    QVERIFY(gate.calls().isEmpty());
    QVERIFY(waitingIds(gate.rig).isEmpty());
}

void TestMcpGate::noiseOfTheServerIsLeftOut()
{
    GateRig gate;
    gate.client->initialize();
    gate.client->call("1", "noise");
    gate.decideNext(u"approve"_s);
    const QJsonObject answer = QJsonDocument::fromJson(gate.client->nextLine()).object();
    QCOMPARE(answer.value(u"id"_s).toInt(), 1); // Nothing came before it.
    QCOMPARE(textIn(answer), u"after the noise"_s);
    QVERIFY(gate.client->process().readAllStandardError().contains("The server wrote a line that is no message"));
}

void TestMcpGate::aNeverEndingLineEndsTheServer()
{
    GateRig gate;
    gate.client->initialize();
    gate.client->call("1", "endless");
    const QString id = gate.decideNext(u"approve"_s);
    const QJsonObject answer = gate.client->answerTo(1);
    QVERIFY(answer.value(u"error"_s).toObject().value(u"message"_s).toString().contains(u"a line of more than"_s));
    QCOMPARE(CtlRig::finish(gate.client->process()).code, 1);
    QVERIFY(gate.rig.show(id).value(u"outcome"_s).toObject().value(u"note"_s).toString().contains(u"not known"_s));
}

void TestMcpGate::aServerThatDiesIsReported()
{
    GateRig gate;
    gate.client->initialize();
    gate.client->call("1", "pay");
    const QString waits = waitingId(gate.rig);
    gate.client->call("2", "die");
    QTRY_COMPARE(waitingIds(gate.rig).size(), 2);
    QStringList both = waitingIds(gate.rig);
    both.removeAll(waits);
    gate.approve(both.first());
    const QJsonObject unknown = gate.client->answerTo(2);
    const QString words = unknown.value(u"error"_s).toObject().value(u"message"_s).toString();
    QVERIFY2(words.contains(u"whether the call was carried out is not known"_s), qPrintable(words));
    QCOMPARE(CtlRig::finish(gate.client->process()).code, 1);
    QCOMPARE(gate.rig.status(waits), u"withdrawn"_s);
    QVERIFY(gate.rig.show(both.first())
                .value(u"outcome"_s)
                .toObject()
                .value(u"note"_s)
                .toString()
                .contains(u"not known"_s));
}

void TestMcpGate::aServerThatCannotBeStartedIsNamed()
{
    const CtlRig rig;
    rig.enrolAda();
    const CtlRig::Ran ran = rig.run({u"mcp-gate"_s, u"--"_s, u"/nowhere/server"_s});
    QCOMPARE(ran.code, 1);
    QVERIFY2(ran.says("could not be started"), ran.err.constData());
}

void TestMcpGate::aClientThatGoesAwayWithdraws()
{
    GateRig gate;
    gate.client->initialize();
    gate.client->call("1", "pay");
    const QString id = waitingId(gate.rig);
    gate.client->process().closeWriteChannel();
    QCOMPARE(CtlRig::finish(gate.client->process()).code, 0);
    QCOMPARE(gate.rig.status(id), u"withdrawn"_s);
    QVERIFY(gate.calls().isEmpty());
}

void TestMcpGate::aSignalWithdraws()
{
    GateRig gate;
    gate.client->initialize();
    gate.client->call("1", "pay");
    const QString id = waitingId(gate.rig);
    CtlRig::signal(gate.client->process(), SIGTERM);
    QCOMPARE(CtlRig::finish(gate.client->process()).code, 128 + SIGTERM);
    QCOMPARE(gate.rig.status(id), u"withdrawn"_s);
}

void TestMcpGate::whatAKilledGateLeftIsWithdrawn()
{
    GateRig gate;
    gate.client->initialize();
    gate.client->call("1", "pay");
    const QString id = waitingId(gate.rig);
    CtlRig::signal(gate.client->process(), SIGKILL);
    gate.client->process().waitForFinished();
    QCOMPARE(gate.rig.status(id), u"pending"_s);
    gate.start();
    QTRY_COMPARE(gate.rig.status(id), u"withdrawn"_s);
    QVERIFY(gate.calls().isEmpty());
}

void TestMcpGate::largeResultsPass()
{
    GateRig gate;
    gate.client->initialize();
    gate.client->call("1", "big", R"({"bytes":10485760})");
    gate.decideNext(u"approve"_s);
    QCOMPARE(gate.client->textOf(1).size(), 10485760);
}

void TestMcpGate::everyRunVerifies()
{
    GateRig gate;
    gate.client->initialize();
    gate.client->call("1", "pay");
    gate.decideNext(u"approve"_s);
    QVERIFY(!gate.client->answerTo(1).isEmpty());
    gate.client->call("2", "pay");
    gate.decideNext(u"reject"_s);
    QVERIFY(!gate.client->answerTo(2).isEmpty());
    gate.client->call("3", "pay");
    QVERIFY(!waitingId(gate.rig).isEmpty());
    gate.client->process().closeWriteChannel();
    QCOMPARE(CtlRig::finish(gate.client->process()).code, 0);
    const CtlRig::Ran verified = gate.rig.run({u"audit"_s, u"verify"_s});
    QVERIFY2(verified.code == 0, verified.err.constData() + verified.out);
}

QTEST_GUILESS_MAIN(TestMcpGate)
#include "tst_mcp_gate.moc"
