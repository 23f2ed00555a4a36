// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/runner.h"
#include "tests/core/connections/mcp_client_rig.h"
#include "tests/support/engine_rig.h"

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

    RunnerRig()
        : EngineRig({.busyTimeout = 5ms})
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
        runner = std::make_unique<McpRunner>(
            McpRunner::Parts{door, scheduler, ids, way, {}, serviceOwner, u"me"_s, false}, status, clock.now());
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
        transport->answer("initialize",
                          R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true}},)"
                          R"("serverInfo":{"name":"ops","version":"1"}})");
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

QTEST_GUILESS_MAIN(TestMcpRunner)
#include "tst_mcp_runner.moc"
