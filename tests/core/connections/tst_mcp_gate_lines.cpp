// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/gate.h"

#include "tests/support/engine_rig.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::mcp;
using namespace countersign::test;

namespace {

/// A gate without processes: what it sends is kept, and a reviewer is at hand.
struct LineRig {
    explicit LineRig(const QStringList &onlyTools = {})
        : watch(*rig.engine, rig.clock, [] {})
    {
        GateOptions options;
        options.name = u"bank"_s;
        options.osUser = u"user"_s;
        options.onlyTools = onlyTools;
        gate = std::make_unique<Gate>(Gate::Parts{*rig.engine, rig.clock, watch,
                                                  [this](const QByteArray &line) { toClient.append(line); },
                                                  [this](const QByteArray &line) { send(line); },
                                                  [this](const QString &sentence) { said.append(sentence); }},
                                      options);
    }
    /// The gate's own listing of tools is answered with what the test wants.
    void send(const QByteArray &line)
    {
        if (!line.contains("\"id\":\"countersign-")) {
            toServer.append(line);
            return;
        }
        const auto read = readMessage(line);
        ownListings.append(line);
        if (!lists) {
            return;
        }
        gate->fromServer(resultLine(std::get<Message>(read).id, tools));
    }
    QList<RequestId> waiting()
    {
        QList<RequestId> ids;
        QueueQuery query;
        query.now = rig.clock.now();
        const Result<QueuePage> page = rig.store->findRequests(query, {});
        for (const QueueRow &row : page->rows) {
            ids.append(row.request.id);
        }
        return ids;
    }
    QStringList agents()
    {
        QStringList names;
        QueueQuery query;
        query.now = rig.clock.now();
        const Result<QueuePage> page = rig.store->findRequests(query, {});
        for (const QueueRow &row : page->rows) {
            names.append(row.request.agentName);
        }
        return names;
    }
    qsizetype callsSent() const
    {
        return std::count_if(toServer.begin(), toServer.end(),
                             [](const QByteArray &line) { return line.contains("tools/call"); });
    }
    /// It was approved, and the record says that it was not sent, and waits for nothing more.
    bool cameToNothing(const RequestId &id)
    {
        const Result<std::vector<Outcome>> outcomes = rig.store->outcomes(id);
        return outcomes && outcomes->size() == 1 && outcomes->front().note.contains(u"nothing was sent"_s) &&
               !outcomes->front().error.isEmpty() && rig.request(id).state.delivery == Delivery::Acknowledged;
    }
    void decideAll(Verdict verdict)
    {
        for (const RequestId &id : waiting()) {
            rig.decide(id, verdict);
        }
        watch.look(true);
    }
    void call(const QByteArray &id, const QByteArray &arguments = "{}")
    {
        gate->fromClient(R"({"jsonrpc":"2.0","id":)" + id +
                         R"(,"method":"tools/call","params":{"name":"pay","arguments":)" + arguments + "}}");
    }

    EngineRig rig;
    RequestWatch watch;
    QByteArray tools = R"({"tools":[]})";
    bool lists = true; ///< The server answers the gate's own listing.
    QList<QByteArray> toClient;
    QList<QByteArray> toServer;
    QList<QByteArray> ownListings;
    QStringList said;
    std::unique_ptr<Gate> gate;
};

QByteArray fileOf(const QString &name)
{
    QFile file(QStringLiteral(COUNTERSIGN_TEST_DATA "/mcp/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// A list of the one tool that the tests call.
QByteArray toolsSaying(const QByteArray &description)
{
    return R"({"tools":[{"name":"pay","description":")" + description + R"(","inputSchema":{"type":"object"}}]})";
}

QByteArray modernCall(const QByteArray &id, const QByteArray &clientName)
{
    const QByteArray info = clientName.isEmpty() ? QByteArray()
                                                 : R"(,"io.modelcontextprotocol/clientInfo":{"name":")" + clientName +
                                                       R"(","version":"1"})";
    return R"({"jsonrpc":"2.0","id":)" + id +
           R"(,"method":"tools/call","params":{"name":"pay","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28")" +
           info + "}}}";
}

/// A call of a client that can sample, but shows no forms; \p more: further members of its params.
QByteArray samplingCall(const QByteArray &id, const QByteArray &more = {})
{
    return R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"tools/call","params":{"name":"pay","arguments":{"n":1})" +
           more +
           R"(,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
           R"("io.modelcontextprotocol/clientCapabilities":{"sampling":{}}}}})";
}

const QByteArray sampling = R"("greeting":{"method":"sampling/createMessage","params":{"messages":[]}})";
const QByteArray form = R"("sure":{"method":"elicitation/create","params":{"message":"Sure?","requestedSchema":)"
                        R"({"type":"object","properties":{"ok":{"type":"boolean"}}}}})";
const QByteArray greeted = R"("greeting":{"role":"assistant","content":{"type":"text","text":"hi"},"model":"m"})";

/// A result that wants input.
QByteArray wanting(const QByteArray &requests)
{
    return R"({"resultType":"input_required","inputRequests":{)" + requests + R"(},"requestState":"s"})";
}

bool isPatience(const QByteArray &line)
{
    return line.contains("Waiting for a person");
}

} // namespace

class TestMcpGateLines : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }
    void everyRecordingPassesUnchanged_data();
    void everyRecordingPassesUnchanged();
    void noByteOfAnApprovedCallCanChange();
    void whatTheServerDescribesInPagesIsAllKnown();
    void aServerThatDoesNotListIsNotWaitedFor();
    void patienceIsShownInSteps();
    void manyCallsAreKeptApart();
    void idsInUseAreRefused();
    void whoNobodyWaitsForIsNotHeard();
    void aToolThatChangedMeanwhileIsNotCalled_data();
    void aToolThatChangedMeanwhileIsNotCalled();
    void aToolThatIsStillTheSameIsCalled();
    void anApprovedCallThatWaitsForTheListCanBeTakenBack();
    void aModernCallIsOfWhoItSays();
    void whatAClientCanDoStaysItsOwn();
    void formsArePutOnceTheClientGaveItsPart();
    void aStateAloneGoesToTheClient();
};

void TestMcpGateLines::everyRecordingPassesUnchanged_data()
{
    QTest::addColumn<QString>("name");
    for (const QString &name :
         QDir(QStringLiteral(COUNTERSIGN_TEST_DATA "/mcp")).entryList({u"*.jsonl"_s}, QDir::Files, QDir::Name)) {
        QTest::newRow(qPrintable(name)) << name;
    }
}

void TestMcpGateLines::everyRecordingPassesUnchanged()
{
    QFETCH(QString, name);
    LineRig rig;
    for (const QByteArray &line : fileOf(name).split('\n')) {
        const Result<JsonSlices> entry = JsonSlices::ofObject(line);
        if (!entry || !entry->find(u"frame")) {
            continue;
        }
        const QByteArray frame = entry->value(u"frame").toByteArray();
        if (entry->text(u"dir") == "client->server"_L1) {
            rig.gate->fromClient(frame);
            if (frame.contains("\"method\":\"tools/call\"") && rig.toServer.isEmpty()) {
                QCOMPARE(rig.waiting().size(), 1);
                rig.decideAll(Verdict::Approve);
            }
            QVERIFY2(rig.toServer.size() == 1, frame.constData());
            // For a client that cannot show forms the gate says that it can: that, and only that, is added.
            QByteArray sent = rig.toServer.takeFirst();
            if (!frame.contains("\"elicitation\"")) {
                sent.replace(R"("elicitation":{"form":{}})", "").replace(R"("elicitation":{})", "");
            }
            QCOMPARE(sent, frame);
        } else {
            const Result<JsonSlices> answer = JsonSlices::ofObject(frame);
            if (line.contains(R"("response":{"status":400)") && answer && !answer->find(u"result") &&
                (!answer->find(u"id") || answer->value(u"id") == "null")) {
                continue; // A refused POST: only whoever sent it by HTTP knows what it answers, and gives it an id.
            }
            rig.toClient.removeIf(isPatience);
            QVERIFY(rig.toClient.isEmpty());
            rig.gate->fromServer(frame);
            QCOMPARE(rig.toClient, QList<QByteArray>{frame});
            rig.toClient.clear();
        }
    }
    QVERIFY2(rig.said.isEmpty(), qPrintable(rig.said.join(u'\n')));
    QVERIFY(rig.waiting().isEmpty());
    rig.gate->serverGone(u"The server ended"_s);
    QCOMPARE(rig.gate->runningCount(), 0);
}

void TestMcpGateLines::noByteOfAnApprovedCallCanChange()
{
    // What was filed is altered in the store after the approval: whatever it is, nothing is sent.
    LineRig rig;
    rig.call("1", R"({"amount":4200.00,"to":"Nordwind"})");
    QCOMPARE(rig.waiting().size(), 1);
    const RequestId first = rig.waiting().first();
    rig.call("2", R"({"amount":1,"to":"Nordwind"})");
    QCOMPARE(rig.waiting().size(), 2);
    rig.rig.decide(first, Verdict::Approve);
    rig.watch.look(true);
    QCOMPARE(rig.toServer.size(), 1); // The approved one and not the other.
    QVERIFY(rig.toServer.first().contains("4200.00"));
    rig.watch.look(true);
    QCOMPARE(rig.toServer.size(), 1);
}

void TestMcpGateLines::whatTheServerDescribesInPagesIsAllKnown()
{
    LineRig rig;
    rig.gate->fromClient(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
    rig.gate->fromServer(
        R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"other","inputSchema":{"type":"object"}}],"nextCursor":"p2"}})");
    rig.gate->fromClient(R"({"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"cursor":"p2"}})");
    rig.gate->fromServer(
        R"({"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"pay","inputSchema":{"type":"object","x":1.50}}]}})");
    rig.call("3");
    QVERIFY(rig.ownListings.isEmpty());
    QCOMPARE(rig.rig.round(rig.waiting().first()).content.schema, QByteArray(R"({"type":"object","x":1.50})"));
    // A tool that nobody named is looked for once, and asked all the same.
    rig.gate->fromClient(R"({"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"hidden"}})");
    QCOMPARE(rig.ownListings.size(), 1);
    QCOMPARE(rig.waiting().size(), 2);
}

void TestMcpGateLines::aServerThatDoesNotListIsNotWaitedFor()
{
    LineRig rig;
    rig.gate.reset();
    GateOptions options;
    options.name = u"bank"_s;
    rig.gate = std::make_unique<Gate>(Gate::Parts{*rig.rig.engine, rig.rig.clock, rig.watch,
                                                  [&rig](const QByteArray &line) { rig.toClient.append(line); },
                                                  [&rig](const QByteArray &line) { rig.toServer.append(line); },
                                                  [&rig](const QString &sentence) { rig.said.append(sentence); }},
                                      options);
    rig.call("1");
    QVERIFY(rig.waiting().isEmpty());
    rig.rig.clock.advance(9s);
    rig.gate->keepPatient();
    QVERIFY(rig.waiting().isEmpty());
    rig.rig.clock.advance(1s);
    rig.gate->keepPatient();
    QCOMPARE(rig.waiting().size(), 1);
    QCOMPARE(rig.said.size(), 1);
}

void TestMcpGateLines::patienceIsShownInSteps()
{
    LineRig rig;
    rig.gate->fromClient(
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay","_meta":{"progressToken":"t"}}})");
    rig.call("2"); // Did not ask for progress.
    for (int second = 0; second < 20; ++second) {
        rig.rig.clock.advance(1s);
        rig.gate->keepPatient();
    }
    QCOMPARE(rig.toClient.size(), 5); // At once, and every five seconds.
    QVERIFY(rig.toClient.last().contains(R"("progressToken":"t","progress":0.005)"));
}

void TestMcpGateLines::manyCallsAreKeptApart()
{
    LineRig rig;
    constexpr int count = 100;
    for (int i = 0; i < count; ++i) {
        rig.call(QByteArray::number(i), "{\"n\":" + QByteArray::number(i) + '}');
    }
    QCOMPARE(rig.gate->askingCount(), count);
    rig.decideAll(Verdict::Approve);
    QCOMPARE(rig.gate->runningCount(), count);
    QCOMPARE(rig.toServer.size(), count);
    for (const QByteArray &line : std::exchange(rig.toServer, {})) {
        const auto read = readMessage(line);
        const Message &message = std::get<Message>(read);
        const Result<ToolCall> call = readToolCall(message.params);
        QCOMPARE(call->arguments.toByteArray(), "{\"n\":" + message.id.token() + '}');
        rig.gate->fromServer(resultLine(message.id, R"({"content":[]})"));
    }
    QCOMPARE(rig.toClient.size(), count);
    QCOMPARE(rig.gate->runningCount(), 0);
}

void TestMcpGateLines::idsInUseAreRefused()
{
    LineRig rig;
    rig.call("1");
    rig.call("1");
    QCOMPARE(rig.waiting().size(), 1);
    QVERIFY(rig.toClient.first().contains("-32600"));
    rig.call("\"1\""); // A text is another id.
    QCOMPARE(rig.waiting().size(), 2);
}

void TestMcpGateLines::whoNobodyWaitsForIsNotHeard()
{
    LineRig rig;
    rig.call("1");
    // An answer to a call that was never sent.
    rig.gate->fromServer(R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})");
    rig.gate->fromServer(R"({"jsonrpc":"2.0","id":"1","result":{"content":[]}})");
    QVERIFY(rig.toClient.isEmpty());
    QCOMPARE(rig.gate->askingCount(), 1);
    for (int i = 0; i < 100; ++i) {
        rig.gate->fromServer("noise");
    }
    QCOMPARE(rig.said.size(), 6); // Five times, and that there is more.
}

void TestMcpGateLines::aToolThatChangedMeanwhileIsNotCalled_data()
{
    QTest::addColumn<bool>("clientLists");
    QTest::addColumn<bool>("serverLists");
    QTest::addColumn<QByteArray>("tools");
    QTest::newRow("the client has listed it again") << true << true << toolsSaying("Pays it all");
    QTest::newRow("nobody has listed it again") << false << true << toolsSaying("Pays it all");
    QTest::newRow("it is gone") << false << true << QByteArray(R"({"tools":[]})");
    QTest::newRow("it is gone, as the client knows") << true << true << QByteArray(R"({"tools":[]})");
    QTest::newRow("the server does not say") << false << false << QByteArray();
}

void TestMcpGateLines::aToolThatChangedMeanwhileIsNotCalled()
{
    QFETCH(bool, clientLists);
    QFETCH(bool, serverLists);
    QFETCH(QByteArray, tools);
    LineRig rig;
    rig.tools = toolsSaying("Pays");
    rig.call("1");
    rig.decideAll(Verdict::Approve);
    QCOMPARE(rig.callsSent(), 1);
    rig.gate->fromServer(R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})");
    rig.call("2");
    const RequestId request = rig.waiting().first();
    rig.rig.clock.advance(1h);
    rig.tools = tools;
    rig.lists = serverLists;
    rig.gate->fromServer(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
    if (clientLists) {
        rig.gate->fromClient(R"({"jsonrpc":"2.0","id":3,"method":"tools/list"})");
        rig.gate->fromServer(R"({"jsonrpc":"2.0","id":3,"result":)" + tools + '}');
    }
    rig.toClient.clear();
    rig.decideAll(Verdict::Approve);
    rig.rig.clock.advance(10s);
    rig.gate->keepPatient();
    QCOMPARE(rig.callsSent(), 1);
    QCOMPARE(rig.gate->runningCount(), 0);
    QCOMPARE(rig.toClient.size(), 1);
    QVERIFY2(rig.toClient.first().contains("\"isError\":true"), rig.toClient.first().constData());
    QVERIFY2(rig.toClient.first().contains("was not carried out"), rig.toClient.first().constData());
    QVERIFY2(rig.toClient.first().contains("tool"), rig.toClient.first().constData());
    // The approval is not left lying about: it is on record that nothing came of it.
    QVERIFY(rig.cameToNothing(request));
    // And what was approved before is not taken for an approval of what the tool is now.
    rig.lists = true;
    rig.tools = toolsSaying("Pays it all");
    rig.gate->fromServer(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
    rig.call("4");
    QCOMPARE(rig.waiting().size(), 1);
    QVERIFY(rig.rig.round(rig.waiting().first()).content.annotations.contains("\"toolDefinition\""));
    rig.decideAll(Verdict::Approve);
    QCOMPARE(rig.callsSent(), 2);
}

void TestMcpGateLines::aToolThatIsStillTheSameIsCalled()
{
    LineRig rig;
    rig.tools = toolsSaying("Pays");
    rig.call("1");
    rig.call("2");
    rig.gate->fromServer(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
    const qsizetype before = rig.ownListings.size();
    rig.decideAll(Verdict::Approve);
    QCOMPARE(rig.callsSent(), 2);
    QCOMPARE(rig.ownListings.size(), before + 1); // Once for both.
    // A client that lists page by page has not come to it yet.
    rig.call("3");
    rig.gate->fromClient(R"({"jsonrpc":"2.0","id":4,"method":"tools/list"})");
    rig.gate->fromServer(R"({"jsonrpc":"2.0","id":4,"result":{"tools":[],"nextCursor":"p2"}})");
    rig.decideAll(Verdict::Approve);
    QCOMPARE(rig.callsSent(), 3);
}

void TestMcpGateLines::anApprovedCallThatWaitsForTheListCanBeTakenBack()
{
    LineRig rig;
    rig.tools = toolsSaying("Pays");
    rig.call("1");
    rig.call("2");
    const QList<RequestId> requests = rig.waiting();
    rig.gate->fromServer(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
    rig.lists = false;
    rig.decideAll(Verdict::Approve);
    rig.gate->fromClient(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
    rig.gate->clientGone(u"The client ended"_s);
    const auto listing = readMessage(rig.ownListings.last());
    rig.gate->fromServer(resultLine(std::get<Message>(listing).id, rig.tools));
    QCOMPARE(rig.callsSent(), 0);
    for (const RequestId &id : requests) {
        QVERIFY(rig.cameToNothing(id));
    }
}

void TestMcpGateLines::aModernCallIsOfWhoItSays()
{
    // Clients without a session share one gate: a name is good for the call that it came with.
    LineRig rig;
    rig.gate->fromClient(modernCall("1", "alice"));
    QCOMPARE(rig.agents(), QStringList{u"alice"_s});
    rig.decideAll(Verdict::Reject);
    rig.gate->fromClient(modernCall("2", {}));
    QCOMPARE(rig.agents(), QStringList{u"MCP client"_s});
    rig.decideAll(Verdict::Reject);
    rig.gate->fromClient(
        R"({"jsonrpc":"2.0","id":3,"method":"initialize","params":{"clientInfo":{"name":"bob"},"capabilities":{}}})");
    rig.gate->fromClient(modernCall("4", {}));
    QCOMPARE(rig.agents(), QStringList{u"MCP client"_s});
    rig.decideAll(Verdict::Reject);
    rig.call("5");
    QCOMPARE(rig.agents(), QStringList{u"bob"_s});
}

void TestMcpGateLines::whatAClientCanDoStaysItsOwn()
{
    LineRig rig;
    rig.gate->fromClient(samplingCall("1"));
    rig.decideAll(Verdict::Approve);
    QCOMPARE(rig.toServer.size(), 1);
    QVERIFY(rig.toServer.last().contains(R"({"sampling":{},"elicitation":{"form":{}}})"));
    rig.gate->fromServer(resultLine(*MessageId::fromToken("1"), wanting(sampling)));
    QCOMPARE(rig.toClient.last(), resultLine(*MessageId::fromToken("1"), wanting(sampling)));
    QCOMPARE(rig.gate->runningCount(), 1);
    rig.gate->fromClient(samplingCall("2", R"(,"inputResponses":{)" + greeted + R"(},"requestState":"s")"));
    QVERIFY(rig.waiting().isEmpty());
    QCOMPARE(rig.toServer.size(), 2);
    QVERIFY(rig.toServer.last().contains(R"({"sampling":{},"elicitation":{"form":{}}})")); // It may still ask.
    QVERIFY(rig.toServer.last().contains(greeted));
    // What no side can do ends the call.
    rig.gate->fromServer(
        resultLine(*MessageId::fromToken("2"), wanting(R"("roots":{"method":"roots/list","params":{}})")));
    QVERIFY(rig.toClient.last().contains("nobody can answer"));
    QCOMPARE(rig.gate->runningCount(), 0);
}

void TestMcpGateLines::formsArePutOnceTheClientGaveItsPart()
{
    LineRig rig;
    rig.gate->fromClient(samplingCall("1"));
    rig.decideAll(Verdict::Approve);
    rig.gate->fromServer(resultLine(*MessageId::fromToken("1"), wanting(form + ',' + sampling)));
    QCOMPARE(rig.toClient.last(), resultLine(*MessageId::fromToken("1"), wanting(sampling)));
    QVERIFY(rig.waiting().isEmpty());
    // An answer that the client was not asked for does not stand in for the person's.
    rig.gate->fromClient(samplingCall("2", R"(,"inputResponses":{)" + greeted +
                                               R"(,"sure":{"action":"accept","content":{"ok":true}}},)"
                                               R"("requestState":"s")"));
    QCOMPARE(rig.toServer.size(), 1);
    const QList<RequestId> questions = rig.waiting();
    QCOMPARE(questions.size(), 1);
    QCOMPARE(rig.rig.round(questions.first()).content.message, u"Sure?"_s);
    rig.decideAll(Verdict::Decline);
    QCOMPARE(rig.ownListings.size(), 2); // The list of tools, and the call under an id of the gate's own.
    const QByteArray again = rig.ownListings.last();
    QVERIFY2(again.contains(R"("inputResponses":{)" + greeted + R"(,"sure":{"action":"decline"}},"requestState":"s")"),
             again.constData());
    QVERIFY(rig.toClient.last().contains(R"("id":2)")); // The rig answers it like a listing.
    QCOMPARE(rig.gate->runningCount(), 0);
}

void TestMcpGateLines::aStateAloneGoesToTheClient()
{
    LineRig rig;
    rig.gate->fromClient(samplingCall("1"));
    rig.decideAll(Verdict::Approve);
    const QByteArray later = R"({"resultType":"input_required","requestState":"s"})";
    rig.gate->fromServer(resultLine(*MessageId::fromToken("1"), later));
    QCOMPARE(rig.toClient.last(), resultLine(*MessageId::fromToken("1"), later));
    rig.gate->fromClient(samplingCall("2", R"(,"requestState":"s")"));
    QVERIFY(rig.waiting().isEmpty());
    QCOMPARE(rig.toServer.size(), 2);
}

QTEST_GUILESS_MAIN(TestMcpGateLines)
#include "tst_mcp_gate_lines.moc"
