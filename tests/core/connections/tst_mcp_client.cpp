// SPDX-License-Identifier: Apache-2.0
#include "tests/core/connections/mcp_client_rig.h"

#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace countersign;
using namespace countersign::mcp;
using namespace countersign::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

const QByteArray question =
    R"({"message":"Go?","requestedSchema":{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"]}})";

QByteArray pushed(const QByteArray &id, const QByteArray &params = question,
                  const QByteArray &method = "elicitation/create")
{
    return R"({"jsonrpc":"2.0","id":)" + id + ",\"method\":\"" + method + "\",\"params\":" + params + '}';
}

QByteArray inputRequired(const QByteArray &requests, const QByteArray &state = R"("s-1")")
{
    return R"({"resultType":"input_required","inputRequests":)" + requests + ",\"requestState\":" + state + '}';
}

InputAnswer accept(const QByteArray &content)
{
    return {InputAnswer::Action::Accept, content};
}

} // namespace

/// One server as its client sees it, with every word and every second in the test's hands.
class TestMcpClient : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    // Which revision
    void aServerOfTheStatelessRevisionIsRecognised();
    void anythingElseIsOfTheTimeOfTheHandshake_data();
    void anythingElseIsOfTheTimeOfTheHandshake();
    void aServerThatIsSilentIsOld();
    void aServerThatLeavesIsStartedAgainWithoutTheQuestion();
    void aRevisionThatNobodySpeaksIsNamed();
    // Calls
    void argumentsAreSentAsTheyAre();
    void whatIsSentIsStatelessOrNot();
    void everyEndIsTold_data();
    void everyEndIsTold();
    void lineBreaksDoNotReachAPipe();
    void cancellingTellsTheServer();
    void timeStandsStillWhileAPersonThinks();
    void timeStandsStillWhileSomebodySignsIn();
    void progressKeepsACallAlive();
    void progressThatDoesNotRiseKeepsNothingAlive();
    // Questions
    void aPushedQuestionIsAnswered_data();
    void aPushedQuestionIsAnswered();
    void whatDoesNotFitIsNotSent();
    void theServerTakesAQuestionBack();
    void questionsEndWithTheServer();
    void aThousandQuestionsAreContained();
    void severalRoundTrips();
    void aStateAloneIsGivenBackAtOnce();
    void roundTripsHaveABound();
    void aRefusedSamplingEndsTheCall();
    void whatWasNotDeclaredIsUnknown();
    void addressesAreOpenedBeforeTheCallIsMadeAgain();
    void aRefusedAddressEndsTheCall();
    void aTaskAsksAndEnds();
    // Hostile servers
    void nonsenseIsContainedAndNamed_data();
    void nonsenseIsContainedAndNamed();
    void aModernServerMayNotAsk();
    void troublesAreBounded();
    // Lists and sessions
    void aLostSessionIsBegunAnew();
};

void TestMcpClient::aServerOfTheStatelessRevisionIsRecognised()
{
    ClientRig rig;
    QSignalSpy ready(&rig.client, &Client::ready);
    rig.beModern();
    QCOMPARE(ready.count(), 1);
    QCOMPARE(rig.client.server().era, Era::Stateless);
    QCOMPARE(rig.client.server().name, u"new"_s);
    QCOMPARE(rig.transport.count("initialize"), 0);
}

void TestMcpClient::anythingElseIsOfTheTimeOfTheHandshake_data()
{
    QTest::addColumn<int>("code");
    QTest::newRow("method not found") << -32601;
    QTest::newRow("invalid params") << -32602;
    QTest::newRow("something of its own") << -32000;
}

void TestMcpClient::anythingElseIsOfTheTimeOfTheHandshake()
{
    QFETCH(int, code);
    ClientRig rig;
    rig.client.open();
    rig.transport.refuse("server/discover", code);
    rig.transport.answer("initialize", R"({"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{}})");
    QVERIFY(rig.client.isReady());
    QCOMPARE(rig.client.server().protocolVersion, u"2025-06-18"_s);
    QCOMPARE(rig.transport.version, QByteArray("2025-06-18"));
    QCOMPARE(rig.transport.count("notifications/initialized"), 1);
}

void TestMcpClient::aServerThatIsSilentIsOld()
{
    ClientRig rig;
    rig.client.open();
    const QByteArray probe = rig.transport.lastId("server/discover");
    rig.scheduler.advance(6s);
    QCOMPARE(rig.transport.count("initialize"), 1);
    rig.transport.say(R"({"jsonrpc":"2.0","id":)" + probe + R"(,"error":{"code":-32601,"message":"late"}})");
    rig.transport.answer("initialize", R"({"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{}})");
    QVERIFY(rig.client.isReady());
    QVERIFY(rig.troubles.isEmpty());
}

void TestMcpClient::aServerThatLeavesIsStartedAgainWithoutTheQuestion()
{
    ClientRig rig;
    rig.client.open();
    rig.transport.leave(u"The server ended with 1."_s);
    QCOMPARE(rig.transport.starts, 2);
    QCOMPARE(rig.transport.count("initialize"), 1);
    rig.transport.leave(u"The server ended with 1."_s);
    QVERIFY(rig.closed);
    QCOMPARE(rig.closed->message, u"The server ended with 1."_s);
}

void TestMcpClient::aRevisionThatNobodySpeaksIsNamed()
{
    ClientRig rig;
    rig.client.open();
    rig.transport.refuse("server/discover", -32022, R"({"supported":["2031-01-01"]})");
    QVERIFY(rig.closed);
    QVERIFY(rig.closed->message.contains(u"2031-01-01"_s));

    ClientRig other;
    other.beLegacy("1999-01-01");
    QVERIFY(other.closed);
    QVERIFY(other.closed->message.contains(u"1999-01-01"_s));
}

void TestMcpClient::argumentsAreSentAsTheyAre()
{
    const QByteArray arguments = R"({ "b":1.00,"a":"\u00e4\/", "big":12345678901234567890 })";
    for (const bool isModern : {false, true}) {
        ClientRig rig;
        isModern ? rig.beModern() : rig.beLegacy();
        rig.call(arguments);
        QVERIFY(rig.transport.sent.back().bytes.contains("\"arguments\":" + arguments));
    }
}

void TestMcpClient::whatIsSentIsStatelessOrNot()
{
    ClientRig old;
    old.beLegacy();
    old.call();
    QCOMPARE(at(old.transport.last("tools/call"), "/params/_meta/io.modelcontextprotocol~1protocolVersion"), QString());
    QVERIFY(old.transport.sent.back().headers.empty());

    ClientRig rig;
    rig.transport.overHttp = true;
    rig.beModern();
    rig.call();
    const JsonValue sent = rig.transport.last("tools/call");
    QCOMPARE(at(sent, "/params/_meta/io.modelcontextprotocol~1protocolVersion"), u"\"2026-07-28\""_s);
    QCOMPARE(at(sent, "/params/_meta/io.modelcontextprotocol~1clientCapabilities"),
             u"{\"elicitation\":{\"form\":{},\"url\":{}}}"_s);
    const std::vector<HeaderPair> expected = {
        {"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "deploy"}};
    QCOMPARE(rig.transport.sent.back().headers, expected);
}

void TestMcpClient::everyEndIsTold_data()
{
    QTest::addColumn<int>("what");
    QTest::addColumn<CallEnd::Kind>("kind");
    QTest::newRow("a result") << 0 << CallEnd::Kind::Result;
    QTest::newRow("an error") << 1 << CallEnd::Kind::Error;
    QTest::newRow("it never left") << 2 << CallEnd::Kind::NotSent;
    QTest::newRow("refused by HTTP") << 3 << CallEnd::Kind::NotSent;
    QTest::newRow("a gateway that gave up") << 4 << CallEnd::Kind::Lost;
    QTest::newRow("a broken stream") << 5 << CallEnd::Kind::Lost;
    QTest::newRow("the server is gone") << 6 << CallEnd::Kind::Lost;
    QTest::newRow("no answer in time") << 7 << CallEnd::Kind::TimedOut;
    QTest::newRow("the client is closed") << 8 << CallEnd::Kind::Lost;
}

void TestMcpClient::everyEndIsTold()
{
    QFETCH(int, what);
    QFETCH(CallEnd::Kind, kind);
    ClientRig rig;
    rig.beLegacy();
    rig.call();
    const QString id = rig.transport.sent.back().id;
    const auto failure = [&](RequestFailure::Kind how, int status) {
        rig.transport.fail(id, {how, u"why"_s, status, {}});
    };
    switch (what) {
    case 0:
        rig.transport.answer("tools/call", R"({"content":[],"isError":true})");
        break;
    case 1:
        rig.transport.refuse("tools/call", -32602);
        break;
    case 2:
        failure(RequestFailure::Kind::NotSent, 0);
        break;
    case 3:
        failure(RequestFailure::Kind::Refused, 413);
        break;
    case 4:
        failure(RequestFailure::Kind::Refused, 504);
        break;
    case 5:
        failure(RequestFailure::Kind::Lost, 200);
        break;
    case 6:
        rig.transport.leave(u"The server ended with 1."_s);
        break;
    case 7:
        rig.scheduler.advance(61s);
        break;
    default:
        rig.client.close();
    }
    QCOMPARE(rig.ends.size(), size_t(1));
    QCOMPARE(rig.ends.front().kind, kind);
    QCOMPARE(rig.ends.front().isToolError(), what == 0);
    QCOMPARE(rig.client.runningCalls(), 0);
    rig.scheduler.advance(1h);
    QCOMPARE(rig.ends.size(), size_t(1));
}

void TestMcpClient::lineBreaksDoNotReachAPipe()
{
    ClientRig rig;
    rig.beLegacy();
    rig.call("{\n\"a\":1}");
    QCOMPARE(rig.ends.front().kind, CallEnd::Kind::NotSent);
    rig.call("[1]");
    QCOMPARE(rig.ends.back().kind, CallEnd::Kind::NotSent);
    QCOMPARE(rig.transport.count("tools/call"), 0);
}

void TestMcpClient::cancellingTellsTheServer()
{
    ClientRig rig;
    rig.beLegacy();
    const Client::CallId call = rig.call();
    const QByteArray id = rig.transport.lastId("tools/call");
    rig.transport.say(pushed("0"));
    rig.client.cancel(call, u"Enough."_s);
    QCOMPARE(at(rig.transport.last("notifications/cancelled"), "/params/requestId"), QString::fromUtf8(id));
    QCOMPARE(rig.ends.front().kind, CallEnd::Kind::Cancelled);
    QCOMPARE(rig.person.withdrawn.size(), 1);
    rig.transport.say(R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":{"content":[]}})");
    QVERIFY(rig.troubles.isEmpty()); // Late, but asked for.

    ClientRig modern;
    modern.transport.overHttp = true;
    modern.beModern();
    modern.client.cancel(modern.call(), u"Enough."_s);
    QCOMPARE(modern.transport.count("notifications/cancelled"), 0);
    QCOMPARE(modern.transport.abandoned.size(), 1); // Closing the stream says it.
}

void TestMcpClient::timeStandsStillWhileAPersonThinks()
{
    ClientRig rig;
    rig.beLegacy();
    rig.call();
    rig.transport.say(pushed("0"));
    rig.scheduler.advance(5h);
    QVERIFY(rig.ends.empty());
    QVERIFY(rig.client.answer(rig.person.asked.front().id, accept(R"({"ok":true})")));
    rig.scheduler.advance(59s);
    QVERIFY(rig.ends.empty());
    rig.scheduler.advance(2s);
    QCOMPARE(rig.ends.front().kind, CallEnd::Kind::TimedOut);

    Client::Options options;
    options.person = 1h;
    ClientRig bounded(options);
    bounded.beLegacy();
    bounded.call();
    bounded.transport.say(pushed("0"));
    bounded.scheduler.advance(61min);
    QCOMPARE(bounded.ends.front().kind, CallEnd::Kind::TimedOut);
    QCOMPARE(bounded.person.withdrawn.size(), 1);
}

void TestMcpClient::timeStandsStillWhileSomebodySignsIn()
{
    ClientRig rig;
    rig.transport.overHttp = true;
    rig.transport.isSigningIn = true;
    rig.client.open();
    rig.scheduler.advance(20min);
    QVERIFY(!rig.closed);
    QCOMPARE(rig.transport.count("initialize"), 0);
    rig.transport.isSigningIn = false;
    rig.scheduler.advance(31s);
    QCOMPARE(rig.transport.count("initialize"), 1);
}

void TestMcpClient::progressKeepsACallAlive()
{
    ClientRig rig;
    rig.beLegacy();
    Client::CallOptions options;
    QStringList told;
    options.onProgress = [&told](double progress, std::optional<double> total, const QString &message) {
        told.append(u"%1/%2 %3"_s.arg(progress).arg(total.value_or(-1)).arg(message));
    };
    options.most = 5min;
    rig.call("{}", options);
    const QByteArray token = at(rig.transport.last("tools/call"), "/params/_meta/progressToken").toUtf8();
    for (int i = 1; i < 20; ++i) {
        rig.scheduler.advance(50s);
        rig.transport.say(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)" + token +
                          ",\"progress\":" + QByteArray::number(i) + R"(,"total":20,"message":"step"}})");
    }
    QCOMPARE(told.front(), u"1/20 step"_s);
    QCOMPARE(rig.ends.size(), size_t(1)); // But not beyond the most.
    QCOMPARE(rig.ends.front().kind, CallEnd::Kind::TimedOut);
    QCOMPARE(told.size(), 5);
}

void TestMcpClient::progressThatDoesNotRiseKeepsNothingAlive()
{
    ClientRig rig;
    rig.beLegacy();
    rig.call();
    const QByteArray token = at(rig.transport.last("tools/call"), "/params/_meta/progressToken").toUtf8();
    for (int i = 0; i < 3; ++i) {
        rig.scheduler.advance(25s);
        rig.transport.say(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)" + token +
                          R"(,"progress":1}})");
    }
    rig.scheduler.advance(25s);
    QCOMPARE(rig.ends.size(), size_t(1));
}

void TestMcpClient::aPushedQuestionIsAnswered_data()
{
    QTest::addColumn<int>("action");
    QTest::addColumn<QString>("expected");
    QTest::newRow("accept") << int(InputAnswer::Action::Accept)
                            << u"{\"action\":\"accept\",\"content\":{\"ok\":true}}"_s;
    QTest::newRow("decline") << int(InputAnswer::Action::Decline) << u"{\"action\":\"decline\"}"_s;
    QTest::newRow("cancel") << int(InputAnswer::Action::Cancel) << u"{\"action\":\"cancel\"}"_s;
}

void TestMcpClient::aPushedQuestionIsAnswered()
{
    QFETCH(int, action);
    QFETCH(QString, expected);
    ClientRig rig;
    rig.beLegacy();
    const Client::CallId call = rig.call();
    rig.transport.say(pushed("0"));
    QCOMPARE(rig.person.asked.size(), size_t(1));
    const InputRequest &asked = rig.person.asked.front();
    QCOMPARE(asked.message, u"Go?"_s);
    QCOMPARE(asked.call, call);
    QCOMPARE(asked.tool, u"deploy"_s);
    rig.transport.say(R"({"jsonrpc":"2.0","id":9,"method":"ping"})"); // Even while a form is open.
    QCOMPARE(rig.transport.sent.back().bytes, QByteArray(R"({"jsonrpc":"2.0","id":9,"result":{}})"));
    const auto given = static_cast<InputAnswer::Action>(action);
    QVERIFY(rig.client.answer(asked.id, {given, given == InputAnswer::Action::Accept ? R"({"ok":true})" : ""}));
    QCOMPARE(QString::fromUtf8(rig.transport.sent.back().bytes),
             u"{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":%1}"_s.arg(expected));
    QCOMPARE(rig.client.openInputs(), 0);
    QCOMPARE(rig.client.answer(asked.id, {}).error().code, ErrorCode::NotFound);
}

void TestMcpClient::whatDoesNotFitIsNotSent()
{
    ClientRig rig;
    rig.beLegacy();
    rig.transport.say(pushed("0"));
    const size_t before = rig.transport.sent.size();
    for (const QByteArray &wrong : {QByteArray("{}"), QByteArray(R"({"ok":"yes"})"), QByteArray("[]"), QByteArray()}) {
        QCOMPARE(rig.client.answer(rig.person.asked.front().id, accept(wrong)).error().code, ErrorCode::Malformed);
    }
    QCOMPARE(rig.transport.sent.size(), before);
    QCOMPARE(rig.client.openInputs(), 1);
}

void TestMcpClient::theServerTakesAQuestionBack()
{
    ClientRig rig;
    rig.beLegacy();
    rig.transport.say(pushed("\"q\""));
    const size_t before = rig.transport.sent.size();
    rig.transport.say(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"q"}})");
    QCOMPARE(rig.person.withdrawn, (QStringList{u"1 The server took its question back."_s}));
    QCOMPARE(rig.transport.sent.size(), before);
}

void TestMcpClient::questionsEndWithTheServer()
{
    ClientRig rig;
    rig.beLegacy();
    rig.transport.say(pushed("1"));
    rig.transport.say(pushed("2"));
    rig.transport.leave(u"The server ended with 1."_s);
    QCOMPARE(rig.person.withdrawn.size(), 2);
    QCOMPARE(rig.client.answer(rig.person.asked.front().id, {}).error().code, ErrorCode::NotFound);
}

void TestMcpClient::aThousandQuestionsAreContained()
{
    ClientRig rig;
    rig.beLegacy();
    for (int i = 0; i < 1000; ++i) {
        rig.transport.say(pushed(QByteArray::number(i)));
    }
    QCOMPARE(rig.person.asked.size(), size_t(64));
    QVERIFY(rig.troubles.front().contains(u"more than 64"_s));
    QCOMPARE(at(readJson(rig.transport.sent.back().bytes).value(), "/error/code"), u"-32000"_s);
    QCOMPARE(rig.troubles.size(), 100);
}

void TestMcpClient::severalRoundTrips()
{
    Client::Options options;
    options.sampling = true;
    ClientRig rig(options);
    rig.beModern();
    rig.call();
    const QByteArray first = rig.transport.lastId("tools/call");
    rig.transport.answer(
        "tools/call",
        inputRequired(R"({"a/\u00e4":{"method":"elicitation/create","params":)" + question +
                          R"(},"b":{"method":"sampling/createMessage","params":{"messages":[],"maxTokens":5}}})",
                      R"("opaque\u0041\/")"));
    QCOMPARE(rig.person.asked.size(), size_t(2));
    rig.scheduler.advance(2h); // Nothing is on the wire while people think.
    const int before = rig.transport.count("tools/call");
    QVERIFY(rig.client.answer(rig.person.asked[0].id, {InputAnswer::Action::Decline, {}}));
    QCOMPARE(rig.transport.count("tools/call"), before);
    const QByteArray written = R"({"role":"assistant","content":{"type":"text","text":"x"},"model":"m"})";
    QVERIFY(rig.client.answer(rig.person.asked[1].id, accept(written)));
    QCOMPARE(rig.transport.count("tools/call"), before + 1);
    QVERIFY(rig.transport.lastId("tools/call") != first);
    const QByteArray sent = rig.transport.sent.back().bytes;
    QVERIFY(sent.contains(R"("requestState":"opaque\u0041\/")"));
    QVERIFY(sent.contains(R"("b":)" + written));
    QCOMPARE(at(readJson(sent).value(), "/params/inputResponses/a~1ä"), u"{\"action\":\"decline\"}"_s);
    rig.transport.answer(
        "tools/call",
        R"({"resultType":"input_required","inputRequests":{"c":{"method":"elicitation/create","params":)" + question +
            "}}}");
    QCOMPARE(rig.person.asked.back().round, 2);
    QVERIFY(rig.client.answer(rig.person.asked.back().id, accept(R"({"ok":true})")));
    QVERIFY(!rig.transport.sent.back().bytes.contains("requestState"));
    rig.transport.answer("tools/call", R"({"content":[]})");
    QVERIFY(rig.ends.front().isResult());
}

void TestMcpClient::aStateAloneIsGivenBackAtOnce()
{
    ClientRig rig;
    rig.beModern();
    rig.call();
    rig.transport.answer("tools/call", R"({"resultType":"input_required","requestState":"s"})");
    QCOMPARE(rig.transport.count("tools/call"), 2);
    QVERIFY(rig.transport.sent.back().bytes.contains(R"("requestState":"s")"));
}

void TestMcpClient::roundTripsHaveABound()
{
    ClientRig rig;
    rig.beModern();
    rig.call();
    for (int i = 0; i < 30 && rig.ends.empty(); ++i) {
        rig.transport.answer("tools/call", R"({"resultType":"input_required","requestState":"s"})");
    }
    QCOMPARE(rig.ends.front().kind, CallEnd::Kind::Error);
    QCOMPARE(rig.transport.count("tools/call"), 21);
}

void TestMcpClient::aRefusedSamplingEndsTheCall()
{
    Client::Options options;
    options.sampling = true;
    ClientRig rig(options);
    rig.beModern();
    rig.call();
    rig.transport.answer("tools/call",
                         inputRequired(R"({"b":{"method":"sampling/createMessage","params":{"messages":[]}}})"));
    QVERIFY(rig.client.answer(rig.person.asked.front().id, {InputAnswer::Action::Decline, {}}));
    QCOMPARE(rig.ends.front().kind, CallEnd::Kind::Cancelled);
    QCOMPARE(rig.transport.count("tools/call"), 1);

    ClientRig old(options);
    old.beLegacy();
    old.transport.say(pushed("5", R"({"messages":[]})", "sampling/createMessage"));
    QVERIFY(old.client.answer(old.person.asked.front().id, {InputAnswer::Action::Decline, {}}));
    QCOMPARE(at(readJson(old.transport.sent.back().bytes).value(), "/error/code"), u"-1"_s);
}

void TestMcpClient::whatWasNotDeclaredIsUnknown()
{
    // Neither roots nor, here, sampling were declared.
    for (const QByteArray &method : {QByteArray("roots/list"), QByteArray("sampling/createMessage")}) {
        ClientRig old;
        old.beLegacy();
        for (const auto &sent : old.transport.sent) {
            QVERIFY(!sent.bytes.contains("\"roots\""));
        }
        old.transport.say(pushed("5", "{}", method));
        const JsonValue answer = readJson(old.transport.sent.back().bytes).value();
        QCOMPARE(at(answer, "/id"), u"5"_s);
        QCOMPARE(at(answer, "/error/code"), u"-32601"_s);
        QVERIFY(old.person.asked.empty());

        ClientRig rig;
        rig.beModern();
        rig.call();
        rig.transport.answer("tools/call", inputRequired(R"({"r":{"method":")" + method + R"(","params":{}}})"));
        QCOMPARE(rig.ends.size(), size_t(1));
        QVERIFY(!rig.ends.front().isResult());
        QCOMPARE(rig.transport.count("tools/call"), 1);
        QVERIFY(rig.person.asked.empty());
    }
}

void TestMcpClient::addressesAreOpenedBeforeTheCallIsMadeAgain()
{
    const QByteArray needs =
        R"({"elicitations":[{"mode":"url","elicitationId":"e","url":"https://a.example/?x=%41","message":"Connect"}]})";
    ClientRig rig;
    rig.beLegacy();
    rig.call();
    rig.transport.refuse("tools/call", -32042, needs);
    QCOMPARE(rig.person.asked.front().url, u"https://a.example/?x=%41"_s);
    QVERIFY(rig.client.answer(rig.person.asked.front().id, accept({})));
    QCOMPARE(rig.transport.count("tools/call"), 1);
    rig.transport.say(
        R"({"jsonrpc":"2.0","method":"notifications/elicitation/complete","params":{"elicitationId":"e"}})");
    QCOMPARE(rig.transport.count("tools/call"), 2);
    rig.transport.refuse("tools/call", -32042, needs); // The same again: a person decides whether to go on.
    QCOMPARE(rig.person.asked.back().round, 2);
    QVERIFY(rig.client.answer(rig.person.asked.back().id, accept({})));
    rig.scheduler.advance(16s); // The notification is optional.
    QCOMPARE(rig.transport.count("tools/call"), 3);
    rig.transport.answer("tools/call", R"({"content":[]})");
    QVERIFY(rig.ends.front().isResult());
}

void TestMcpClient::aRefusedAddressEndsTheCall()
{
    ClientRig rig;
    rig.beLegacy();
    rig.call();
    rig.transport.refuse(
        "tools/call", -32042,
        R"({"elicitations":[{"mode":"url","elicitationId":"e","url":"https://a.example/","message":"Connect"}]})");
    QVERIFY(rig.client.answer(rig.person.asked.front().id, {InputAnswer::Action::Decline, {}}));
    QCOMPARE(rig.ends.front().errorCode, -32042);
    rig.call();
    rig.transport.refuse("tools/call", -32042); // Without the addresses.
    QCOMPARE(rig.ends.back().errorCode, -32042);
}

void TestMcpClient::aTaskAsksAndEnds()
{
    ClientRig rig;
    rig.beLegacy("2025-11-25", R"({"tools":{},"tasks":{"requests":{"tools":{"call":{}}}}})");
    rig.client.listTools([](const Result<std::vector<ServerTool>> &) {});
    rig.transport.answer(
        "tools/list",
        R"({"tools":[{"name":"deploy","inputSchema":{"type":"object"},"execution":{"taskSupport":"required"}}]})");
    rig.call();
    QVERIFY(!at(rig.transport.last("tools/call"), "/params/task/ttl").isEmpty());
    rig.transport.answer("tools/call", R"({"task":{"taskId":"t-1","status":"working","pollInterval":500}})");
    rig.scheduler.advance(500ms);
    rig.transport.answer("tasks/get", R"({"taskId":"t-1","status":"input_required"})");
    QCOMPARE(at(rig.transport.last("tasks/result"), "/params/taskId"), u"\"t-1\""_s);
    rig.transport.say(pushed(
        "0",
        R"({"message":"Go?","requestedSchema":{"type":"object","properties":{}},"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"t-1"}}})"));
    rig.scheduler.advance(1h);
    QVERIFY(rig.client.answer(rig.person.asked.front().id, accept("{}")));
    rig.transport.answer("tasks/result", R"({"content":[{"type":"text","text":"done"}]})");
    QVERIFY(rig.ends.front().isResult());
    QVERIFY(rig.ends.front().body.contains("done"));
}

void TestMcpClient::nonsenseIsContainedAndNamed_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("no JSON") << QByteArray("Listening on port 3000");
    QTest::newRow("half a message") << QByteArray(R"({"jsonrpc":"2.0","id":1)");
    QTest::newRow("an id that is a list") << QByteArray(R"({"jsonrpc":"2.0","id":[],"result":{}})");
    QTest::newRow("an id that is no whole number") << QByteArray(R"({"jsonrpc":"2.0","id":1.5,"result":{}})");
    QTest::newRow("a result for an unknown id") << QByteArray(R"({"jsonrpc":"2.0","id":999,"result":{}})");
    QTest::newRow("the right id as a text") << QByteArray(R"({"jsonrpc":"2.0","id":"3","result":{}})");
    QTest::newRow("a batch") << QByteArray(R"([{"jsonrpc":"2.0","id":3,"result":{}}])");
    QTest::newRow("both result and error") << QByteArray(R"({"jsonrpc":"2.0","id":3,"result":{},"error":{}})");
    QTest::newRow("an error about nothing")
        << QByteArray(R"({"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}})");
    QTest::newRow("no UTF-8") << QByteArray("{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"a\":\"\xFF\"}}");
}

void TestMcpClient::nonsenseIsContainedAndNamed()
{
    QFETCH(QByteArray, line);
    ClientRig rig;
    rig.beLegacy();
    rig.call();
    rig.transport.say(line);
    QCOMPARE(rig.troubles.size(), 1);
    QVERIFY(rig.ends.empty());
    rig.transport.answer("tools/call", R"({"content":[]})");
    QVERIFY(rig.ends.front().isResult());
}

void TestMcpClient::aModernServerMayNotAsk()
{
    ClientRig rig;
    rig.beModern();
    rig.call();
    const size_t before = rig.transport.sent.size();
    rig.transport.say(pushed("1"));
    QVERIFY(rig.person.asked.empty());
    QVERIFY(rig.troubles.front().contains(u"elicitation/create"_s));
    QCOMPARE(rig.transport.sent.size(), before);
}

void TestMcpClient::troublesAreBounded()
{
    ClientRig rig;
    rig.beLegacy();
    for (int i = 0; i < 10'000; ++i) {
        rig.transport.say("noise");
    }
    QCOMPARE(rig.troubles.size(), 100);
    QVERIFY(rig.client.isReady());
}

void TestMcpClient::aLostSessionIsBegunAnew()
{
    ClientRig rig;
    rig.transport.overHttp = true;
    rig.beLegacy();
    rig.call();
    const OutgoingMessage sent = rig.transport.sent.back();
    rig.transport.fail(sent.id, {RequestFailure::Kind::SessionGone, u"gone"_s, 404, {}});
    QCOMPARE(rig.transport.count("initialize"), 2);
    QCOMPARE(rig.transport.count("tools/call"), 1);
    rig.transport.answer("initialize", R"({"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{}})");
    QCOMPARE(rig.transport.count("tools/call"), 2);
    QCOMPARE(rig.transport.sent.back().bytes, sent.bytes);
    rig.transport.answer("tools/call", R"({"content":[]})");
    QVERIFY(rig.ends.front().isResult());
}

QTEST_GUILESS_MAIN(TestMcpClient)
#include "tst_mcp_client.moc"
