// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/runner.h"
#include "tests/core/connections/mcp_client_rig.h"
#include "tests/support/engine_rig.h"
#include "tests/support/fault_vfs.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QProcess>
#include <QtSql/QSqlDatabase>
#include <QtSql/QSqlQuery>
#include <QtTest/QTest>

using namespace countersign;
using namespace countersign::mcp;
using namespace countersign::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

using Stage = ToolCallState::Stage;

/// An engine on this thread that takes its time when the test says so.
class SlowDoor final : public EngineDoor
{
public:
    explicit SlowDoor(Engine &engine)
        : m_engine(engine)
    {}
    void hold() { m_holds = true; }
    void letGo()
    {
        m_holds = false;
        for (const Job &job : std::exchange(m_held, {})) {
            job(&m_engine, {});
        }
    }

protected:
    void post(Job job) override { m_holds ? m_held.push_back(std::move(job)) : job(&m_engine, {}); }

private:
    Engine &m_engine;
    bool m_holds = false;
    std::vector<Job> m_held;
};

QByteArray listOf(const QByteArray &description)
{
    return R"({"tools":[{"name":"deploy","description":")" + description + R"(","inputSchema":{"type":"object"}}]})";
}

struct RunnerRig : EngineRig {
    FakeScheduler scheduler{clock};
    SlowDoor door{*engine};
    FakeMcpTransport *transport = nullptr; ///< Of the newest try.
    std::unique_ptr<McpRunner> runner;

    explicit RunnerRig(const QString &vfs = {})
        : EngineRig({.busyTimeout = 5ms, .vfs = vfs})
    {
        const auto way = [this]() -> Result<McpRunner::Way> {
            McpRunner::Way made;
            auto fake = std::make_unique<FakeMcpTransport>();
            transport = fake.get();
            made.transport = std::move(fake);
            return made;
        };
        ConnectionStatus status;
        status.name = u"ops"_s;
        status.command = QStringList{u"ops-server"_s};
        runner = std::make_unique<McpRunner>(McpRunner::Parts{door, scheduler, ids, way, {}, serviceOwner, u"me"_s},
                                             status, clock.now());
        runner->start();
    }
    void settle()
    {
        for (int round = 0; round < 5; ++round) {
            scheduler.advance(0ms);
        }
    }
    void greet()
    {
        settle();
        transport->refuse("server/discover", -32601);
        beginSession();
    }
    void beginSession()
    {
        transport->answer("initialize",
                          R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true}},)"
                          R"("serverInfo":{"name":"ops","version":"1"}})");
        settle();
    }
    /// The server answers the newest message with 404.
    void forgetSession()
    {
        transport->fail(transport->sent.back().id, {RequestFailure::Kind::SessionGone, u"gone"_s, 404, {}});
        settle();
    }
    void list(const QByteArray &description = "Deploys.")
    {
        transport->answer("tools/list", listOf(description));
        settle();
    }
    void sayChanged()
    {
        transport->say(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
        scheduler.advance(1s);
        settle();
    }
    RequestId ask(const QByteArray &arguments = R"({"env":"prod"})")
    {
        QFuture<Result<Submitted>> filed = runner->call(u"deploy"_s, arguments, u"tools pane"_s);
        settle();
        return filed.result().value().id;
    }
    /// An approved call that the server took as a task and is asked about.
    RequestId beginTask(const QByteArray &status = "completed")
    {
        greet();
        transport->overHttp = true;
        list();
        const RequestId id = ask();
        decide(id, Verdict::Approve);
        poke();
        transport->answer("tools/call", R"({"task":{"taskId":"t-1","pollInterval":500,"status":")" + status + "\"}}");
        scheduler.advance(500ms);
        settle();
        return id;
    }
    void poke()
    {
        runner->poke();
        settle();
    }
    ToolCallState state(const RequestId &id) { return runner->callState(id).value(); }
    void sql(const QString &statement)
    {
        {
            QSqlDatabase file = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"rig"_s);
            file.setDatabaseName(path);
            QSqlQuery query(file);
            if (!file.open() || !(query = QSqlQuery(file)).exec(statement)) {
                qFatal("the statement failed");
            }
        }
        QSqlDatabase::removeDatabase(u"rig"_s);
    }
};

} // namespace

/// Calls that were approved, between the engine and a server that changes.
class TestMcpRunner : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sendsAnApprovedCallOnce();
    void waitsForTheToolsOfTheNextConnection();
    void waitsWhileTheToolsAreListedAnew();
    void sendsNothingUnderADefinitionThatCameMeanwhile();
    void listsAgainWhenTheListFailed();
    void sendsWhatWasStartedBeforeAnotherFailed();
    void recordsTheResultLater();
    void waitsWithACallThatCannotBeRecorded();
    void startsOnceWhateverWriteFails();
    void asksAgainOnlyForTheApprovedToolInANewSession_data();
    void asksAgainOnlyForTheApprovedToolInANewSession();
    void goesOnWithATaskInANewSession_data();
    void goesOnWithATaskInANewSession();
    void neverCallsATaskUnsent_data();
    void neverCallsATaskUnsent();
    void listsFromTheBeginningInANewSession();
    void endsWhatACallerLeftBehind();
    void endsNothingThatIsUnderWay_data();
    void endsNothingThatIsUnderWay();
    void saysThatASilentServerIsSilent_data();
    void saysThatASilentServerIsSilent();
};

void TestMcpRunner::sendsAnApprovedCallOnce()
{
    RunnerRig rig;
    rig.greet();
    rig.list();
    const RequestId id = rig.ask();
    rig.decide(id, Verdict::Approve);
    rig.poke();
    rig.poke();
    QCOMPARE(rig.transport->count("tools/call"), 1);
    rig.transport->answer("tools/call", R"({"content":[]})");
    rig.settle();
    QCOMPARE(rig.state(id).stage, Stage::Done);
    QCOMPARE(rig.request(id).state.delivery, Delivery::Acknowledged);
    QVERIFY(rig.runner->isSettled());
}

void TestMcpRunner::waitsForTheToolsOfTheNextConnection()
{
    RunnerRig rig;
    rig.greet();
    rig.list();
    const RequestId id = rig.ask();
    rig.transport->leave(u"gone"_s);
    rig.settle();
    QVERIFY(!rig.runner->toolsAreKnown());
    rig.decide(id, Verdict::Approve);
    rig.scheduler.advance(2s);
    rig.greet();
    rig.poke();
    QCOMPARE(rig.transport->count("tools/call"), 0); // What it offers now is not known yet.
    rig.list("Deletes everything.");
    QCOMPARE(rig.transport->count("tools/call"), 0);
    QCOMPARE(rig.state(id).stage, Stage::Refused);
    QVERIFY(rig.state(id).words.contains(u"changed the tool's definition"_s));
}

void TestMcpRunner::waitsWhileTheToolsAreListedAnew()
{
    RunnerRig rig;
    rig.greet();
    rig.list();
    const RequestId id = rig.ask();
    rig.sayChanged();
    QCOMPARE(rig.transport->count("tools/list"), 2);
    rig.decide(id, Verdict::Approve);
    rig.poke();
    QCOMPARE(rig.transport->count("tools/call"), 0);
    rig.list(); // It is the same after all.
    QCOMPARE(rig.transport->count("tools/call"), 1);
}

void TestMcpRunner::sendsNothingUnderADefinitionThatCameMeanwhile()
{
    RunnerRig rig;
    rig.greet();
    rig.list();
    const RequestId id = rig.ask();
    rig.decide(id, Verdict::Approve);
    rig.door.hold();
    rig.poke(); // May send, as far as is known.
    rig.sayChanged();
    rig.list("Deletes everything.");
    rig.door.letGo();
    rig.settle();
    QCOMPARE(rig.transport->count("tools/call"), 0);
    QCOMPARE(rig.state(id).stage, Stage::Failed);
    QVERIFY(rig.state(id).isKnownUndone);
    QCOMPARE(rig.store->outcomes(id).value().back().note, u"nothing was sent to the server"_s);
}

void TestMcpRunner::listsAgainWhenTheListFailed()
{
    RunnerRig rig;
    rig.greet();
    rig.transport->refuse("tools/list", -32603);
    rig.settle();
    QVERIFY(!rig.runner->toolsAreKnown());
    rig.scheduler.advance(15s);
    QCOMPARE(rig.transport->count("tools/list"), 2);
    rig.list();
    QVERIFY(rig.runner->toolsAreKnown());
}

void TestMcpRunner::sendsWhatWasStartedBeforeAnotherFailed()
{
    RunnerRig rig;
    rig.greet();
    rig.list();
    const RequestId id = rig.ask();
    Submission probe = aSubmission().withKey(u"test/1"_s);
    probe.connection = u"ops"_s;
    const RequestId other = rig.submit(probe);
    rig.decide(id, Verdict::Approve);
    rig.decide(other, Verdict::Approve);
    rig.sql(
        u"CREATE TRIGGER broken BEFORE UPDATE ON request WHEN OLD.id = '%1' BEGIN SELECT RAISE(ABORT, 'no'); END"_s.arg(
            other.text()));
    rig.poke();
    QCOMPARE(rig.transport->count("tools/call"), 1);
    QCOMPARE(rig.state(id).stage, Stage::Running);
    rig.transport->answer("tools/call", R"({"content":[]})");
    rig.settle();
    QCOMPARE(rig.state(id).stage, Stage::Done);
    QCOMPARE(rig.request(other).state.delivery, Delivery::Released);
    rig.sql(u"DROP TRIGGER broken"_s);
    rig.scheduler.advance(2s);
    QCOMPARE(rig.request(other).state.delivery, Delivery::Acknowledged); // It looked again.
}

void TestMcpRunner::recordsTheResultLater()
{
    RunnerRig rig;
    rig.greet();
    rig.list();
    const RequestId id = rig.ask();
    rig.decide(id, Verdict::Approve);
    rig.poke();
    const std::unique_ptr<Store> another = rig.secondStore();
    const Result<> held = another->transact([&](StoreWriter &) -> Result<> {
        rig.transport->answer("tools/call", R"({"content":[{"type":"text","text":"done"}]})");
        rig.settle();
        return {};
    });
    QVERIFY(held);
    QCOMPARE(rig.request(id).state.delivery, Delivery::Sending);
    QVERIFY(!rig.runner->isSettled());
    rig.scheduler.advance(2s);
    rig.settle();
    QCOMPARE(rig.request(id).state.delivery, Delivery::Acknowledged);
    QVERIFY(rig.store->outcomes(id).value().back().output.contains("done"));
    QVERIFY(rig.runner->isSettled());
}

void TestMcpRunner::waitsWithACallThatCannotBeRecorded()
{
    FaultVfs vfs;
    RunnerRig rig(vfs.name());
    rig.greet();
    rig.list();
    const RequestId id = rig.ask();
    rig.decide(id, Verdict::Approve);
    vfs.failFrom(FileOperation::Write, 1, Fault::Full);
    rig.poke();
    rig.scheduler.advance(5s);
    QCOMPARE(rig.transport->count("tools/call"), 0);
    QCOMPARE(rig.state(id).stage, Stage::Asking); // The approval is good still.
    QVERIFY2(rig.state(id).words.contains(u"nothing was sent yet"_s), qPrintable(rig.state(id).words));
    QCOMPARE(rig.runner->status().trouble, rig.state(id).words);
    vfs.reset();
    QCOMPARE(rig.request(id).state.delivery, Delivery::Released);
    rig.scheduler.advance(2s);
    QCOMPARE(rig.transport->count("tools/call"), 1);
    QCOMPARE(rig.state(id).stage, Stage::Running);
    QCOMPARE(rig.state(id).words, QString());
    QCOMPARE(rig.runner->status().trouble, QString());
    rig.transport->answer("tools/call", R"({"content":[]})");
    rig.settle();
    QCOMPARE(rig.state(id).stage, Stage::Done);
}

void TestMcpRunner::startsOnceWhateverWriteFails()
{
    FaultVfs vfs;
    RunnerRig rig(vfs.name());
    rig.greet();
    rig.list();
    int struck = 0;
    for (const FileOperation where : {FileOperation::Write, FileOperation::Sync}) {
        for (int nth = 1;; ++nth) {
            const RequestId id = rig.ask("{\"n\":" + QByteArray::number(nth) + '}');
            rig.decide(id, Verdict::Approve);
            const int before = rig.transport->count("tools/call");
            vfs.reset();
            vfs.failAt(where, nth, nth % 2 == 0 ? Fault::Full : Fault::IoError);
            rig.poke();
            const bool hasStruck = vfs.hasFailed();
            vfs.reset();
            const int atOnce = rig.transport->count("tools/call") - before;
            // Sent, or waiting and said to be: never refused while its approval is good.
            QCOMPARE(rig.state(id).stage, atOnce == 1 ? Stage::Running : Stage::Asking);
            rig.scheduler.advance(3s);
            QCOMPARE(rig.transport->count("tools/call") - before, 1);
            rig.transport->answer("tools/call", R"({"content":[]})");
            rig.settle();
            QCOMPARE(rig.state(id).stage, Stage::Done);
            QCOMPARE(rig.request(id).state.delivery, Delivery::Acknowledged);
            if (!hasStruck) {
                break;
            }
            ++struck;
        }
    }
    QVERIFY(struck > 5);
}

void TestMcpRunner::asksAgainOnlyForTheApprovedToolInANewSession_data()
{
    QTest::addColumn<QByteArray>("now");
    QTest::addColumn<int>("sent");
    QTest::newRow("as it was") << QByteArray("Deploys.") << 2;
    QTest::newRow("another one") << QByteArray("Deletes everything.") << 1;
    QTest::newRow("not said") << QByteArray() << 1;
}

void TestMcpRunner::asksAgainOnlyForTheApprovedToolInANewSession()
{
    QFETCH(QByteArray, now);
    QFETCH(int, sent);
    RunnerRig rig;
    rig.transport->overHttp = true;
    rig.greet();
    rig.list();
    const RequestId id = rig.ask();
    const RequestId later = rig.ask(R"({"env":"test"})");
    rig.decide(id, Verdict::Approve);
    rig.poke();
    const QByteArray bytes = rig.transport->sent.back().bytes;
    rig.forgetSession();
    rig.beginSession();
    rig.decide(later, Verdict::Approve);
    rig.poke();
    QCOMPARE(rig.transport->count("tools/call"), 1); // Which tool it is now is not known yet.
    QCOMPARE(rig.transport->count("tools/list"), 2);
    if (now.isEmpty()) {
        rig.transport->refuse("tools/list", -32603);
        rig.settle();
    } else {
        rig.list(now);
    }
    const auto isSame = [&bytes](const OutgoingMessage &message) { return message.bytes == bytes; };
    QCOMPARE(std::count_if(rig.transport->sent.begin(), rig.transport->sent.end(), isSame), sent);
    QCOMPARE(rig.transport->count("tools/call"), sent == 2 ? 3 : 1);
    if (sent == 1) {
        QCOMPARE(rig.state(id).stage, Stage::Failed);
        QVERIFY(rig.state(id).isKnownUndone);
        QCOMPARE(rig.store->outcomes(id).value().back().note, u"nothing was sent to the server"_s);
    }
}

void TestMcpRunner::goesOnWithATaskInANewSession_data()
{
    QTest::addColumn<QByteArray>("now");
    QTest::newRow("as it was") << QByteArray("Deploys.");
    QTest::newRow("another one") << QByteArray("Deletes everything.");
    QTest::newRow("not said") << QByteArray();
}

void TestMcpRunner::goesOnWithATaskInANewSession()
{
    // The call is on its way: what its tool became meanwhile concerns those that come after it.
    QFETCH(QByteArray, now);
    RunnerRig rig;
    const RequestId id = rig.beginTask();
    rig.forgetSession();
    rig.beginSession();
    QCOMPARE(rig.transport->count("tasks/result"), 2);
    if (now.isEmpty()) {
        rig.transport->refuse("tools/list", -32603);
        rig.settle();
    } else {
        rig.list(now);
    }
    QCOMPARE(rig.state(id).stage, Stage::Running);
    rig.transport->answer("tasks/result", R"({"content":[{"type":"text","text":"done"}]})");
    rig.settle();
    QCOMPARE(rig.state(id).stage, Stage::Done);
    QVERIFY(rig.store->outcomes(id).value().back().output.contains("done"));
    QCOMPARE(rig.transport->count("tools/call"), 1);
}

void TestMcpRunner::neverCallsATaskUnsent_data()
{
    using Kind = RequestFailure::Kind;
    QTest::addColumn<QString>("status");
    QTest::addColumn<Kind>("kind");
    QTest::addColumn<int>("http");
    QTest::addColumn<QByteArray>("body");
    const QByteArray ofNone = R"({"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}})";
    for (const QString &status : {u"working"_s, u"completed"_s}) {
        const auto row = [&status](const char *name, Kind kind, int http, const QByteArray &body = {}) {
            QTest::addRow("%s, %s", qPrintable(status), name) << status << kind << http << body;
        };
        row("refused", Kind::Refused, 400);
        row("refused with words", Kind::Refused, 400, ofNone);
        row("cannot be asked", Kind::NotSent, 0);
        row("no session lasts", Kind::SessionGone, 404);
        row("no session lasts and it says so", Kind::SessionGone, 404, ofNone);
    }
}

void TestMcpRunner::neverCallsATaskUnsent()
{
    // The server took the call; only how it went cannot be asked.
    QFETCH(QString, status);
    QFETCH(RequestFailure::Kind, kind);
    QFETCH(int, http);
    QFETCH(QByteArray, body);
    RunnerRig rig;
    const RequestId id = rig.beginTask(status.toUtf8());
    const QString asked = rig.transport->sent.back().id;
    for (int i = 0; i < 3 && rig.state(id).stage == Stage::Running; ++i) {
        rig.transport->fail(asked, {kind, u"gone"_s, http, body});
        rig.settle();
        if (kind == RequestFailure::Kind::SessionGone && rig.state(id).stage == Stage::Running) {
            rig.beginSession();
            rig.list();
        }
    }
    QCOMPARE(rig.state(id).stage, Stage::Failed);
    QVERIFY(!rig.state(id).isKnownUndone);
    QCOMPARE(rig.store->outcomes(id).value().back().note, u"whether the call was carried out is not known"_s);
    QCOMPARE(rig.transport->count("tools/call"), 1);
}

void TestMcpRunner::listsFromTheBeginningInANewSession()
{
    RunnerRig rig;
    rig.transport->overHttp = true;
    rig.greet();
    rig.transport->answer("tools/list", R"({"tools":[{"name":"old","inputSchema":{}}],"nextCursor":"2"})");
    rig.forgetSession(); // Instead of the second page.
    rig.beginSession();
    QCOMPARE(at(rig.transport->last("tools/list"), "/params/cursor"), QString());
    rig.list();
    QVERIFY(rig.runner->toolsAreKnown());
    QCOMPARE(rig.runner->tools().size(), size_t(1));
    QCOMPARE(rig.runner->tools().front().name(), u"deploy"_s);
    // A server that forgets every session is not asked for ever.
    rig.sayChanged();
    for (int i = 0; i < 10; ++i) {
        if (rig.transport->sent.back().bytes.contains("tools/list")) {
            rig.forgetSession();
        } else {
            rig.beginSession();
        }
    }
    QVERIFY(rig.transport->count("tools/list") < 10);
    QVERIFY2(rig.runner->status().trouble.contains(u"could not be listed"_s), qPrintable(rig.runner->status().trouble));
}

void TestMcpRunner::endsWhatACallerLeftBehind()
{
    RunnerRig rig;
    rig.greet();
    rig.list();
    const RequestId mine = rig.ask();
    // Another process asked for the same, to carry it out itself.
    ToolDesk other({u"ops"_s, {u"ops-server"_s}, {}}, u"another-seat"_s, rig.clock);
    QVERIFY(other.takeTools(*rig.engine, {rig.runner->tools().front().server}));
    Seat seat;
    seat.id = SeatId(u"another-seat"_s);
    seat.kind = u"tool call"_s;
    seat.heartbeatAt = rig.clock.now();
    seat.processId = QCoreApplication::applicationPid();
    const auto save = [&] { return rig.store->transact([&](StoreWriter &writer) { return writer.saveSeat(seat); }); };
    QVERIFY(save());
    const auto id =
        other.file(*rig.engine, {{u"countersignctl"_s, u"me"_s, u"another-seat"_s}, u"deploy"_s, "{}", u"1"_s});
    QVERIFY(id);
    rig.decide(id->id, Verdict::Approve);
    rig.poke();
    QCOMPARE(rig.request(id->id).state.delivery, Delivery::Released); // It lives.
    rig.clock.advance(1min);
    rig.poke();
    QCOMPARE(rig.request(id->id).state.delivery, Delivery::Released); // Only stopped, and may go on.
    QProcess ended;
    ended.start(u"true"_s, {});
    QVERIFY(ended.waitForStarted());
    seat.processId = ended.processId();
    QVERIFY(ended.waitForFinished());
    QVERIFY(save());
    rig.poke();
    QCOMPARE(rig.transport->count("tools/call"), 0);
    QCOMPARE(rig.request(id->id).state.delivery, Delivery::Acknowledged);
    QVERIFY(rig.store->outcomes(id->id).value().back().error.contains(u"Nothing was sent"_s));
    QCOMPARE(rig.request(mine).state.lifecycle, Lifecycle::Pending);
}

void TestMcpRunner::endsNothingThatIsUnderWay_data()
{
    QTest::addColumn<bool>("holdsLease");
    QTest::newRow("by whoever serves the agents") << true;
    QTest::newRow("by another") << false;
}

void TestMcpRunner::endsNothingThatIsUnderWay()
{
    QFETCH(bool, holdsLease);
    RunnerRig rig;
    QVERIFY(!holdsLease || rig.engine->holdLease().value());
    rig.greet();
    rig.list();
    const RequestId id = rig.ask();
    rig.decide(id, Verdict::Approve);
    rig.poke();
    QCOMPARE(rig.request(id).state.delivery, Delivery::Sending);
    const Result<> ended = endUnsent(*rig.engine, id, u"Nothing was sent."_s); // Which was so a moment before.
    QVERIFY(!ended);
    QCOMPARE(ended.error().code, ErrorCode::WrongState);
    QCOMPARE(rig.request(id).state.delivery, Delivery::Sending);
    QVERIFY(rig.store->outcomes(id).value().empty());
}

void TestMcpRunner::saysThatASilentServerIsSilent_data()
{
    QTest::addColumn<bool>("overHttp");
    QTest::newRow("behind a pipe") << false;
    QTest::newRow("over HTTP") << true;
}

void TestMcpRunner::saysThatASilentServerIsSilent()
{
    using Phase = ConnectionStatus::Phase;
    QFETCH(bool, overHttp);
    RunnerRig rig;
    rig.transport->overHttp = overHttp;
    rig.scheduler.advance(9s);
    QVERIFY(!rig.runner->status().words.contains(u"not answered"_s));
    rig.scheduler.advance(2s);
    QCOMPARE(rig.runner->status().phase, Phase::Connecting);
    QVERIFY2(rig.runner->status().words.contains(u"not answered yet"_s), qPrintable(rig.runner->status().words));
    rig.transport->isSigningIn = true; // Somebody does: for as long as they want.
    rig.scheduler.advance(10min);
    QCOMPARE(rig.runner->status().phase, Phase::Connecting);
    rig.transport->isSigningIn = false;
    const FakeMcpTransport *first = rig.transport;
    rig.scheduler.advance(70s);
    QVERIFY(rig.transport != first); // Given up, and tried again.
}

QTEST_GUILESS_MAIN(TestMcpRunner)
#include "tst_mcp_runner.moc"
