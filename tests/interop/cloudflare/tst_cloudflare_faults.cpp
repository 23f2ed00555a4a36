// SPDX-License-Identifier: Apache-2.0
#include "tests/interop/ajv/dice.h"
#include "tests/interop/cloudflare/reviewer_rig.h"
#include "tests/support/seed.h"

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;

namespace {

const ForeignPackages packages(u"cloudflare"_s);

} // namespace

/// What may go wrong between a reviewer and an agent of the Agents SDK: nothing runs twice, and no decision is lost
/// without a word.
class TestCloudflareFaults : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void aDecisionMadeOfflineIsDeliveredOnce();
    void whatWasDecidedElsewhereMeanwhileNeedsNoDecisionHere();
    void aDecisionThatLosesTheRaceSaysWhoWon();
    void aRestartedAgentThatAsksAgainAsksNobodyTwice();
    void anApprovalSurvivesARestartOfTheAgent();
    void aDecisionOnItsWayWhenTheConnectionEndsIsSentOnce_data();
    void aDecisionOnItsWayWhenTheConnectionEndsIsSentOnce();
    void anEndAtAnyFrameLosesNothing_data();
    void anEndAtAnyFrameLosesNothing();
    void anAnswerThatStreamsWhileTheConnectionEndsIsRead();
    void randomFaultsRunNothingTwice();

private:
    QString connectTo(const QString &agent);
    bool isOpen() { return m_rig->service.status(m_name)->phase == ConnectionStatus::Phase::Open; }
    /// For people who look into a failure.
    void printLastFrames() const
    {
        const std::vector<LoggedFrame> frames = m_rig->service.frames(m_name);
        for (size_t i = frames.size() - std::min(frames.size(), size_t(12)); i < frames.size(); ++i) {
            const char *mark = frames[i].direction == LoggedFrame::Direction::Sent ? ">" : "<";
            qInfo("%s %s", mark, qPrintable(frames[i].text.left(300)));
        }
    }
    /// Waits for the connection without its pauses between tries.
    bool reconnect();

    std::unique_ptr<AgentWorker> m_worker;
    std::unique_ptr<ReviewerRig> m_rig;
    QString m_name;
    QUrl m_url;
    int m_instances = 0;
};

void TestCloudflareFaults::initTestCase()
{
    m_worker = std::make_unique<AgentWorker>(packages);
    QVERIFY2(m_worker->isReady(), "the Worker did not start: see worker.log in build/interop/cloudflare");
}

void TestCloudflareFaults::init()
{
    m_rig = std::make_unique<ReviewerRig>();
    QVERIFY(m_worker->command(R"("do":"open")"));
}

QString TestCloudflareFaults::connectTo(const QString &agent)
{
    m_name = u"f%1"_s.arg(++m_instances);
    m_url = m_worker->socketUrl(agent + u'/' + m_name);
    return m_rig->connectTo(m_name, m_url);
}

bool TestCloudflareFaults::reconnect()
{
    for (int tries = 0; tries < 100; ++tries) {
        if (QTest::qWaitFor([this] { return isOpen(); }, 200)) {
            return true;
        }
        m_rig->service.retryNow(m_name);
    }
    return false;
}

void TestCloudflareFaults::aDecisionMadeOfflineIsDeliveredOnce()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QString());
    QVERIFY(m_rig->say(m_name, u"pay 250 to alice"_s));
    const Request request = m_rig->theOne(m_name);

    QVERIFY(m_worker->command(R"("do":"close")"));
    QTRY_VERIFY(!isOpen());
    QVERIFY(m_rig->decide(request, Verdict::Approve));
    QCOMPARE(m_rig->delivery(request), Delivery::Released);

    QVERIFY(m_worker->command(R"("do":"open")"));
    QVERIFY(reconnect());
    QVERIFY2(m_rig->isDelivered(request), storyOf(m_rig->now(request)));
    AgentClient agent(m_url);
    QTRY_COMPARE(agent.runs(), size_t(1));
}

void TestCloudflareFaults::whatWasDecidedElsewhereMeanwhileNeedsNoDecisionHere()
{
    QCOMPARE(connectTo(u"confirm-agent"_s), QString());
    AgentClient other(m_url);
    const QByteArray id = other.result("propose", R"(["Wire 900 EUR",900])").toString().toUtf8();
    const Request request = m_rig->theOne(m_name);

    other.call("decide", "[\"" + id + R"(",true,"quicker"])");
    QTRY_COMPARE_WITH_TIMEOUT(m_rig->now(request).state.lifecycle, Lifecycle::Superseded, 20'000);
    QVERIFY2(m_rig->now(request).settledNote.contains(u"approved"_s), storyOf(m_rig->now(request)));
}

void TestCloudflareFaults::aDecisionThatLosesTheRaceSaysWhoWon()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QString());
    QVERIFY(m_rig->say(m_name, u"pay 800 to alice"_s));
    const Request request = m_rig->theOne(m_name);
    QVERIFY(m_worker->command(R"("do":"close")"));
    QTRY_VERIFY(!isOpen());
    QVERIFY(m_rig->decide(request, Verdict::Approve));

    // Somebody else denies it first: no connection of ours is open, so that nothing of it is seen here.
    QVERIFY(m_worker->command(R"("do":"open")"));
    AgentClient other(m_url);
    const QByteArray call = json(m_rig->now(request).correlation).find("toolCallId")->toString().toUtf8();
    other.send(R"({"type":"cf_agent_tool_approval","toolCallId":")" + call +
               R"(","approved":false,"autoContinue":true})");
    static_cast<void>(other.call("ledger")); // Answered in order: the denial has arrived.
    QVERIFY(reconnect());

    QVERIFY2(m_rig->isOver(request), storyOf(m_rig->now(request)));
    const Request settled = m_rig->now(request);
    // Either it came first, and then it ran once; or it lost, and then the record says so and nothing ran.
    const bool won = settled.state.delivery == Delivery::Acknowledged;
    QTRY_COMPARE(other.runs(), size_t(won ? 1 : 0));
    if (!won) {
        QVERIFY2(settled.settledNote.contains(u"denied"_s), storyOf(settled));
    }
}

void TestCloudflareFaults::aRestartedAgentThatAsksAgainAsksNobodyTwice()
{
    QCOMPARE(connectTo(u"expense-agent"_s), QString());
    {
        AgentClient agent(m_url);
        agent.call("submit", R"(["sam",77,"survives a restart"])");
    }
    const Request request = m_rig->theOne(m_name);
    QVERIFY(m_worker->command(R"("do":"restart")"));
    QVERIFY(reconnect());

    QVERIFY(m_rig->decide(request, Verdict::Approve));
    QVERIFY2(m_rig->isDelivered(request), storyOf(m_rig->now(request)));
    AgentClient agent(m_url); // The workflow is played again now, and announces its question once more.
    QTRY_COMPARE_WITH_TIMEOUT(agent.runs(), size_t(1), 20'000);
    const auto status = [&] {
        const JsonValue state = json(m_rig->service.extract(m_name).state);
        const JsonValue *text = state.at("/items/0/status");
        return text != nullptr ? text->toString() : QString();
    };
    QTRY_COMPARE(status(), u"complete"_s);
    QVERIFY(m_rig->waiting(m_name).empty());
    QCOMPARE(m_rig->workspace.store->liveRequests(m_name, 100).value().size(), size_t(0));
}

void TestCloudflareFaults::anApprovalSurvivesARestartOfTheAgent()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QString());
    QVERIFY(m_rig->say(m_name, u"delete account u9"_s));
    const Request request = m_rig->theOne(m_name);
    QVERIFY(m_worker->command(R"("do":"stop")"));
    QTRY_VERIFY(!isOpen());
    QVERIFY(m_rig->decide(request, Verdict::Approve));
    QVERIFY(m_worker->command(R"("do":"start")"));
    QVERIFY(reconnect());

    QVERIFY2(m_rig->isDelivered(request), storyOf(m_rig->now(request)));
    AgentClient agent(m_url);
    QTRY_COMPARE(agent.runs(), size_t(1));
}

void TestCloudflareFaults::aDecisionOnItsWayWhenTheConnectionEndsIsSentOnce_data()
{
    QTest::addColumn<QString>("agent");
    QTest::newRow("a call of a chat") << u"ops-chat"_s;
    QTest::newRow("a workflow") << u"expense-agent"_s;
}

/// The connection ends right behind the frame that carries the decision, so that its fate is unknown here.
void TestCloudflareFaults::aDecisionOnItsWayWhenTheConnectionEndsIsSentOnce()
{
    QFETCH(QString, agent);
    // How many frames this side sends before a decision depends on its version, so every end nearby is tried.
    for (int frames = 1; frames <= 5; ++frames) {
        QVERIFY(m_worker->command(R"("do":"cut","clientFrames":)" + QByteArray::number(frames)));
        QCOMPARE(connectTo(agent), QString());
        if (!isOpen()) {
            QVERIFY(reconnect());
        }
        AgentClient client(m_url);
        if (agent == u"ops-chat"_s) {
            client.say("pay 640 to alice");
        } else {
            client.call("submit", R"(["sam",64,"tickets"])");
        }
        QVERIFY(reconnect());
        const Request request = m_rig->theOne(m_name);
        QVERIFY2(m_rig->decide(request, Verdict::Approve), qPrintable(u"cut after %1 frames"_s.arg(frames)));
        QVERIFY(reconnect());
        QVERIFY2(m_rig->isOver(request), storyOf(m_rig->now(request)));
        QCOMPARE(m_rig->delivery(request), Delivery::Acknowledged);
        QTRY_COMPARE(client.runs(), size_t(1));
    }
}

void TestCloudflareFaults::anEndAtAnyFrameLosesNothing_data()
{
    QTest::addColumn<int>("frames");
    const int most = qEnvironmentVariableIsSet("COUNTERSIGN_SOAK") ? 40 : 8;
    for (int frames = 0; frames <= most; ++frames) {
        QTest::addRow("after %d frames", frames) << frames;
    }
}

void TestCloudflareFaults::anEndAtAnyFrameLosesNothing()
{
    QFETCH(int, frames);
    AgentClient agent(m_worker->socketUrl(u"ops-chat/f%1"_s.arg(m_instances + 1)));
    QVERIFY(m_worker->command(R"("do":"cut","serverFrames":)" + QByteArray::number(frames)));
    QCOMPARE(connectTo(u"ops-chat"_s), QString());
    agent.say("pay 310 to alice");
    const Request request = m_rig->theOne(m_name);
    QCOMPARE(request.toolName, u"processPayment"_s);
    QVERIFY(m_rig->decide(request, Verdict::Approve));
    QVERIFY(reconnect());

    QVERIFY2(m_rig->isDelivered(request), storyOf(m_rig->now(request)));
    QTRY_COMPARE(agent.runs(), size_t(1));
    QVERIFY(m_rig->waiting(m_name).empty());
}

void TestCloudflareFaults::anAnswerThatStreamsWhileTheConnectionEndsIsRead()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QString());
    QVERIFY(m_rig->say(m_name, u"stream 40 words every 25 ms"_s));
    QTRY_VERIFY(m_rig->lastWords(m_name).contains(u"word5 "_s));
    QVERIFY(m_worker->command(R"("do":"drop")"));
    QVERIFY(reconnect());
    QTRY_VERIFY_WITH_TIMEOUT(m_rig->lastWords(m_name).trimmed().endsWith(u"word40"_s), 20'000);
    QCOMPARE(m_rig->lastWords(m_name).count(u"word7 "_s), 1);
}

void TestCloudflareFaults::randomFaultsRunNothingTwice()
{
    Dice dice(seedOfThisRun());
    const int runs = qEnvironmentVariableIsSet("COUNTERSIGN_SOAK") ? 200 : 8;
    int delivered = 0;
    for (int run = 0; run < runs; ++run) {
        const bool isChat = dice.percent(60);
        QCOMPARE(connectTo(isChat ? u"ops-chat"_s : u"expense-agent"_s), QString());
        {
            AgentClient agent(m_url);
            isChat ? agent.say("pay 999 to alice") : static_cast<void>(agent.call("submit", R"(["sam",9,"a book"])"));
            QVERIFY(reconnect());
            QVERIFY(!m_rig->theOne(m_name).id.isEmpty());
        }
        const Request request = m_rig->theOne(m_name);
        const bool approve = dice.percent(70);
        const auto fault = [&](size_t kind) {
            switch (kind) {
            case 0:
                return m_worker->command(R"("do":"drop")");
            case 1:
                return m_worker->command(R"("do":"cut","serverFrames":)" + QByteArray::number(dice.between(0, 12)));
            case 2:
                return m_worker->command(R"("do":"cut","clientFrames":)" + QByteArray::number(dice.between(1, 4)));
            case 3:
                return m_worker->command(R"("do":"restart")");
            default:
                return true;
            }
        };
        QVERIFY(fault(dice.roll(5)));
        QVERIFY(m_rig->decide(request, approve ? Verdict::Approve : Verdict::Reject, reasoned(u"because"_s)));
        QVERIFY(fault(dice.roll(5)));
        QVERIFY(reconnect());
        // A workflow that was rejected looks like one that failed: after a lost reply its fate stays unknown, and says
        // so.
        const auto cannotBeKnown = [&] {
            const JsonValue state = json(m_rig->service.extract(m_name).state);
            const JsonValue *status = state.at("/items/0/status");
            return !approve && m_rig->delivery(request) == Delivery::Unknown && status != nullptr &&
                   status->utf8() == "errored";
        };
        if (!QTest::qWaitFor([&] { return cannotBeKnown() || m_rig->isOver(request, 0); }, 60'000)) {
            printLastFrames();
            QFAIL(qPrintable(u"run %1: "_s.arg(run) + QString::fromUtf8(storyOf(m_rig->now(request)))));
        }
        QVERIFY(m_worker->command(R"("do":"cut")")); // A cut that nobody met is taken back.
        const bool isDone = m_rig->delivery(request) == Delivery::Acknowledged;
        delivered += isDone ? 1 : 0;
        AgentClient agent(m_url);
        QTRY_COMPARE(agent.runs(), size_t(approve && isDone ? 1 : 0));
        m_rig->service.remove(m_name);
    }
    qInfo("%d of %d decisions were delivered, the others said why not", delivered, runs);
    QVERIFY(delivered * 10 >= runs * 7);
}

int main(int argc, char **argv)
{
    return packages.run<TestCloudflareFaults>(argc, argv);
}

#include "tst_cloudflare_faults.moc"
