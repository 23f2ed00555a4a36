// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/client_requests.h"
#include "tests/core/connections/mcp_client_rig.h"
#include "tests/support/engine_rig.h"
#include "tests/support/fault_vfs.h"

#include <QtTest/QTest>

using namespace countersign;
using namespace countersign::mcp;
using namespace countersign::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

const QByteArray schema = R"({"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"]})";

/// A server, its client, and the inbox that its questions go to.
struct Rig {
    EngineRig workspace;
    FakeScheduler scheduler{workspace.clock};
    DirectEngineDoor door{*workspace.engine};
    FakeMcpTransport transport;
    ClientRequests requests{door, scheduler, {u"shop"_s, {u"npx"_s, u"shop-server"_s}, {}, u"alice"_s}};
    QStringList troubles;
    std::vector<CallEnd> ends;
    Client client;

    explicit Rig(Client::Options options = {}, const SqliteOptions &store = {})
        : workspace(store)
        , client(transport, scheduler, &requests, std::move(options))
    {
        requests.setClient(&client);
        QObject::connect(&requests, &ClientRequests::troubled,
                         [this](const QString &words) { troubles.append(words); });
    }
    void connectLegacy()
    {
        client.open();
        transport.refuse("server/discover", -32601);
        transport.answer(
            "initialize",
            R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"liar"}})");
    }
    void push(const QByteArray &id, const QByteArray &params, const QByteArray &method = "elicitation/create")
    {
        transport.say(R"({"jsonrpc":"2.0","id":)" + id + ",\"method\":\"" + method + "\",\"params\":" + params + '}');
        settle();
    }
    void pushForm(const QByteArray &id = "0") { push(id, R"({"message":"Go?","requestedSchema":)" + schema + '}'); }
    void settle()
    {
        for (int i = 0; i < 5; ++i) {
            QCoreApplication::processEvents();
            scheduler.advance(0ms);
        }
    }
    /// The only request that waits.
    Request waiting()
    {
        const std::vector<Request> live = workspace.store->liveRequests(u"shop"_s, 100).value();
        Q_ASSERT(live.size() == 1);
        return live.front();
    }
    void decide(Verdict verdict, const QByteArray &answer = {}, Staging staging = Staging::ReleaseAtOnce)
    {
        DecideOrder order = workspace.order(waiting().id, verdict, staging);
        order.content.answer = answer;
        [[maybe_unused]] const bool isDecided = workspace.engine->decide(order).hasValue();
        Q_ASSERT(isDecided);
        requests.poke();
        settle();
    }
    QByteArray said() const { return transport.sent.back().bytes; }
};

} // namespace

/// The questions of a server in the inbox, and people's answers on their way back.
class TestMcpClientRequests : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aFormBecomesARequest();
    void answersGoBackOnce_data();
    void answersGoBackOnce();
    void anAddressIsShownAndNeverFetched();
    void aPersonWritesForTheModel();
    void anExpiredQuestionIsCancelled();
    void whatTheServerTakesBackIsWithdrawn();
    void whatTheServerLeftIsWithdrawn();
    void anAnswerThatComesTooLateIsRecordedAsNotSent();
    void ofAnAnswerOnItsWayNothingIsDenied();
    void anAnswerThatCannotBeRecordedWaits_data();
    void anAnswerThatCannotBeRecordedWaits();
    void anEarlierRunsQuestionsAreWithdrawn();
    void aDraftIsFoundInTheSameQuestionAskedAgain();
    void severalRoundTripsGoThroughTheInbox();
};

void TestMcpClientRequests::aFormBecomesARequest()
{
    Rig rig;
    rig.connectLegacy();
    rig.client.callTool(u"deploy"_s, R"({"env":"prod"})", {}, [&rig](const CallEnd &end) { rig.ends.push_back(end); });
    rig.settle();
    rig.pushForm();
    const Request request = rig.waiting();
    QCOMPARE(request.agentName, u"shop"_s); // Not what it calls itself.
    QCOMPARE(request.pattern, Pattern::Elicitation);
    QVERIFY(request.expiresAt);
    const RoundContent content = rig.workspace.round(request.id).content;
    QCOMPARE(content.message, u"Go?"_s);
    QCOMPARE(content.schema, schema);
    QCOMPARE(content.annotations, QByteArray(R"({"serverCommand":["npx","shop-server"],"askedDuringTheCall":{"tool":)"
                                             R"("deploy","arguments":{"env":"prod"}}})"));
    QCOMPARE(rig.requests.openCount(), 1);
}

void TestMcpClientRequests::answersGoBackOnce_data()
{
    QTest::addColumn<int>("verdict");
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("accept") << int(Verdict::Answer) << QByteArray(R"({"ok":true})")
                            << QByteArray(R"({"action":"accept","content":{"ok":true}})");
    QTest::newRow("decline") << int(Verdict::Decline) << QByteArray() << QByteArray(R"({"action":"decline"})");
    QTest::newRow("cancel") << int(Verdict::Cancel) << QByteArray() << QByteArray(R"({"action":"cancel"})");
}

void TestMcpClientRequests::answersGoBackOnce()
{
    QFETCH(int, verdict);
    QFETCH(QByteArray, answer);
    QFETCH(QByteArray, expected);
    Rig rig;
    rig.connectLegacy();
    rig.pushForm();
    const RequestId id = rig.waiting().id;
    rig.decide(static_cast<Verdict>(verdict), answer);
    QCOMPARE(rig.said(), R"({"jsonrpc":"2.0","id":0,"result":)" + expected + '}');
    QCOMPARE(rig.workspace.request(id).state.delivery, Delivery::Acknowledged);
    const size_t sent = rig.transport.sent.size();
    rig.requests.poke();
    rig.settle();
    QCOMPARE(rig.transport.sent.size(), sent);
    QCOMPARE(rig.requests.openCount(), 0);
    QVERIFY2(rig.troubles.isEmpty(), qPrintable(rig.troubles.join(u' ')));
}

void TestMcpClientRequests::anAddressIsShownAndNeverFetched()
{
    Rig rig;
    rig.connectLegacy();
    rig.push("1", R"({"mode":"url","message":"Connect","elicitationId":"e","url":"https://xn--a.example/%41?q=1#f"})");
    const Request request = rig.waiting();
    QCOMPARE(request.pattern, Pattern::ElicitationUrl);
    QCOMPARE(rig.workspace.round(request.id).content.url, u"https://xn--a.example/%41?q=1#f"_s);
    rig.decide(Verdict::Answer, "{}");
    QCOMPARE(rig.said(), QByteArray(R"({"jsonrpc":"2.0","id":1,"result":{"action":"accept"}})"));
}

void TestMcpClientRequests::aPersonWritesForTheModel()
{
    Client::Options options;
    options.sampling = true;
    Rig rig(options);
    rig.connectLegacy();
    const QByteArray prompt =
        R"({"systemPrompt":"Be brief.","messages":[{"role":"user","content":{"type":"text","text":"Capital?"}}],"maxTokens":9})";
    rig.push("1", prompt, "sampling/createMessage");
    QCOMPARE(rig.waiting().pattern, Pattern::Sampling);
    QCOMPARE(rig.workspace.round(rig.waiting().id).content.message, u"system: Be brief.\n\nuser: Capital?"_s);
    rig.decide(Verdict::Answer, R"("Paris")");
    QVERIFY(rig.said().contains(R"("content":{"type":"text","text":"Paris"})"));
    rig.push("2", prompt, "sampling/createMessage");
    rig.decide(Verdict::Decline);
    QVERIFY(rig.said().contains(R"("code":-1)"));
}

void TestMcpClientRequests::anExpiredQuestionIsCancelled()
{
    Client::Options options;
    options.person = 1h;
    Rig rig(options);
    rig.connectLegacy();
    rig.pushForm();
    const RequestId id = rig.waiting().id;
    rig.workspace.clock.advance(61min);
    QVERIFY(rig.workspace.engine->runDueTimers().value() > 0);
    rig.requests.poke();
    rig.settle();
    QCOMPARE(rig.workspace.status(id), u"expired"_s);
    QCOMPARE(rig.said(), QByteArray(R"({"jsonrpc":"2.0","id":0,"result":{"action":"cancel"}})"));
}

void TestMcpClientRequests::whatTheServerTakesBackIsWithdrawn()
{
    Rig rig;
    rig.connectLegacy();
    rig.pushForm("\"q\"");
    const RequestId id = rig.waiting().id;
    rig.transport.say(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"q"}})");
    rig.settle();
    QCOMPARE(rig.workspace.status(id), u"withdrawn"_s);
}

void TestMcpClientRequests::whatTheServerLeftIsWithdrawn()
{
    Rig rig;
    rig.connectLegacy();
    rig.pushForm();
    const RequestId id = rig.waiting().id;
    rig.transport.leave(u"The server ended with 1."_s);
    rig.settle();
    QCOMPARE(rig.workspace.status(id), u"withdrawn"_s);
    QCOMPARE(rig.requests.openCount(), 0);
}

void TestMcpClientRequests::anAnswerThatComesTooLateIsRecordedAsNotSent()
{
    Rig rig;
    rig.connectLegacy();
    rig.pushForm();
    const RequestId id = rig.waiting().id;
    DecideOrder order = rig.workspace.order(id, Verdict::Answer, Staging::ReleaseAtOnce);
    order.content.answer = R"({"ok":true})";
    QVERIFY(rig.workspace.engine->decide(order));
    rig.transport.leave(u"The server ended with 1."_s); // Before anybody has looked.
    rig.settle();
    rig.requests.poke();
    rig.settle();
    QCOMPARE(rig.transport.count("elicitation/create"), 0);
    const RequestDetail detail = loadDetail(*rig.workspace.store, id).value();
    QCOMPARE(detail.outcomes.size(), size_t(1));
    QVERIFY(detail.outcomes.front().error.contains(u"Nothing was sent"_s));
    QCOMPARE(detail.request.state.delivery, Delivery::Acknowledged);
    // Once for all, and not at every start again.
    QVERIFY(QuestionDesk::withdrawAbandoned(*rig.workspace.engine, {u"shop"_s, {}, {}, u"alice"_s}));
    QCOMPARE(rig.workspace.store->outcomes(id).value().size(), size_t(1));
}

void TestMcpClientRequests::ofAnAnswerOnItsWayNothingIsDenied()
{
    Rig rig;
    rig.connectLegacy();
    rig.pushForm();
    const RequestId id = rig.waiting().id;
    DecideOrder order = rig.workspace.order(id, Verdict::Answer, Staging::ReleaseAtOnce);
    order.content.answer = R"({"ok":true})";
    QVERIFY(rig.workspace.engine->decide(order));
    // The process that gave it was killed before it could say so; the next one takes back what was left.
    QCOMPARE(QuestionDesk::look(*rig.workspace.engine, {id}).answered.size(), size_t(1));
    QVERIFY(QuestionDesk::withdrawAbandoned(*rig.workspace.engine, {u"shop"_s, {}, {}, u"alice"_s}));
    QVERIFY(rig.workspace.store->outcomes(id).value().empty());
    QCOMPARE(rig.workspace.request(id).state.delivery, Delivery::Sending);
}

void TestMcpClientRequests::anAnswerThatCannotBeRecordedWaits_data()
{
    QTest::addColumn<int>("verdict");
    QTest::newRow("accepted") << int(Verdict::Answer);
    QTest::newRow("declined") << int(Verdict::Decline);
}

void TestMcpClientRequests::anAnswerThatCannotBeRecordedWaits()
{
    QFETCH(int, verdict);
    FaultVfs vfs;
    SqliteOptions store;
    store.vfs = vfs.name();
    Rig rig({}, store);
    rig.connectLegacy();
    rig.pushForm();
    const RequestId id = rig.waiting().id;
    DecideOrder order = rig.workspace.order(id, static_cast<Verdict>(verdict), Staging::ReleaseAtOnce);
    order.content.answer = verdict == int(Verdict::Answer) ? QByteArray(R"({"ok":true})") : QByteArray();
    QVERIFY(rig.workspace.engine->decide(order));
    const size_t before = rig.transport.sent.size();
    vfs.failFrom(FileOperation::Write, 1, Fault::Full);
    rig.requests.poke();
    rig.settle();
    rig.scheduler.advance(5s);
    QCOMPARE(rig.transport.sent.size(), before);
    QCOMPARE(rig.troubles.size(), 1);
    QVERIFY2(rig.troubles.front().contains(u"could not be recorded"_s), qPrintable(rig.troubles.front()));
    vfs.reset();
    rig.scheduler.advance(2s);
    QCOMPARE(rig.transport.sent.size(), before + 1);
    QVERIFY(rig.said().contains(verdict == int(Verdict::Answer) ? "accept" : "decline"));
    QCOMPARE(rig.workspace.request(id).state.delivery, Delivery::Acknowledged);
}

void TestMcpClientRequests::anEarlierRunsQuestionsAreWithdrawn()
{
    Rig rig;
    rig.connectLegacy();
    rig.pushForm();
    const RequestId id = rig.waiting().id;
    const QuestionSource source{u"shop"_s, {}, {}, u"alice"_s};
    QVERIFY(QuestionDesk::withdrawAbandoned(*rig.workspace.engine, source));
    QCOMPARE(rig.workspace.status(id), u"withdrawn"_s);
}

void TestMcpClientRequests::aDraftIsFoundInTheSameQuestionAskedAgain()
{
    Rig rig;
    rig.connectLegacy();
    rig.pushForm();
    const RequestId first = rig.waiting().id;
    QVERIFY(rig.workspace.engine->saveDraft(first, 1, R"({"half":true})"));
    rig.transport.leave(u"The server ended with 1."_s);
    rig.settle();
    QCOMPARE(rig.workspace.status(first), u"withdrawn"_s);
    rig.connectLegacy();
    rig.pushForm();
    const RequestId second = rig.waiting().id;
    QVERIFY(second != first);
    const auto draft = rig.workspace.engine->draft(second);
    QVERIFY(draft && *draft);
    QCOMPARE((*draft)->body, R"({"half":true})"_ba);
    rig.transport.leave(u"The server ended with 1."_s);
    rig.settle();
    rig.connectLegacy();
    rig.push("0", R"({"message":"Really?","requestedSchema":)" + schema + '}');
    QVERIFY(!rig.workspace.engine->draft(rig.waiting().id).value()); // Another question.
}

void TestMcpClientRequests::severalRoundTripsGoThroughTheInbox()
{
    Rig rig;
    rig.client.open();
    rig.transport.answer("server/discover", R"({"supportedVersions":["2026-07-28"],"capabilities":{}})");
    rig.client.callTool(u"deploy"_s, "{}", {}, [&rig](const CallEnd &end) { rig.ends.push_back(end); });
    rig.settle();
    for (int round = 1; round <= 3; ++round) {
        rig.transport.answer("tools/call",
                             R"({"resultType":"input_required","requestState":"s","inputRequests":{"c":{"method":)"
                             R"("elicitation/create","params":{"message":"Go?","requestedSchema":)" +
                                 schema + "}}}}");
        rig.settle();
        rig.decide(Verdict::Answer, R"({"ok":true})");
        QVERIFY(rig.said().contains(R"("inputResponses":{"c":{"action":"accept","content":{"ok":true}}})"));
    }
    rig.transport.answer("tools/call", R"({"content":[]})");
    QVERIFY(rig.ends.front().isResult());
}

QTEST_GUILESS_MAIN(TestMcpClientRequests)
#include "tst_mcp_client_requests.moc"
