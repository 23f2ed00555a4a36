// SPDX-License-Identifier: Apache-2.0
#include "tests/interop/ajv/dice.h"
#include "tests/interop/cloudflare/serve_stand.h"
#include "tests/support/seed.h"

#include <set>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;

namespace {

const ForeignPackages packages(u"cloudflare"_s);

} // namespace

/// Real processes on both sides, and everything that may happen to them: connections that are reset or cut between two
/// frames, the server killed, `serve` killed. Counted at the server: nothing is done twice, nothing undecided is done,
/// and no decision is lost.
class TestCloudflareSoak : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void whateverIsKilledItIsDoneOnceOrNotAtAll();

private:
    enum class Fault { None, Drop, CutServer, CutClient, KillServer, KillServe, KillBoth, Count };
    /// Makes the fault happen, and starts again what it ended.
    bool cause(Fault fault);
    /// One question and its decision. Empty: all is as it has to be.
    QByteArray run(int number);

    struct Counts {
        int approved = 0;
        int refused = 0;
        int unknown = 0; ///< Of refusals that cannot be told from a failure; each says so.
        size_t done = 0; ///< At the server.
        std::array<int, static_cast<size_t>(Fault::Count)> faults{};
    };
    std::unique_ptr<AgentWorker> m_worker;
    std::unique_ptr<ServeStand> m_stand;
    std::unique_ptr<Dice> m_dice;
    Counts m_counts;
    std::vector<std::pair<QUrl, size_t>> m_played; ///< With how often it has to be done.
};

void TestCloudflareSoak::initTestCase()
{
    m_worker = std::make_unique<AgentWorker>(packages);
    QVERIFY2(m_worker->isReady(), "the Worker did not start: see worker.log in build/interop/cloudflare");
    m_stand = std::make_unique<ServeStand>();
    m_stand->serve();
}

bool TestCloudflareSoak::cause(Fault fault)
{
    ++m_counts.faults[static_cast<size_t>(fault)];
    switch (fault) {
    case Fault::Drop:
        return m_worker->command(R"("do":"drop")");
    case Fault::CutServer:
        // For the next connection, which the reset makes come at once.
        return m_worker->command(R"("do":"cut","serverFrames":)" + QByteArray::number(m_dice->between(0, 12))) &&
               m_worker->command(R"("do":"drop")");
    case Fault::CutClient:
        return m_worker->command(R"("do":"cut","clientFrames":)" + QByteArray::number(m_dice->between(1, 4))) &&
               m_worker->command(R"("do":"drop")");
    case Fault::KillServer:
        return m_worker->command(R"("do":"restart")");
    case Fault::KillServe:
        m_stand->kill();
        m_stand->serve();
        return true;
    case Fault::KillBoth:
        m_stand->kill();
        if (!m_worker->command(R"("do":"restart")")) {
            return false;
        }
        m_stand->serve();
        return true;
    case Fault::None:
    case Fault::Count:
        break;
    }
    return true;
}

QByteArray TestCloudflareSoak::run(int number)
{
    const bool isChat = m_dice->percent(60);
    const bool approve = m_dice->percent(70);
    const auto roll = [this] { return static_cast<Fault>(m_dice->roll(static_cast<size_t>(Fault::Count))); };
    const Fault before = m_dice->percent(50) ? roll() : Fault::None;
    const Fault atDecision = roll();
    const bool decidesFirst = m_dice->percent(50);
    const QString name = u"r%1"_s.arg(number);
    const QUrl url = m_worker->socketUrl((isChat ? u"ops-chat/"_s : u"expense-agent/"_s) + name);

    QByteArray workflow;
    if (m_stand->add(name, url).code != 0) {
        return "the connection is not added";
    }
    {
        AgentClient agent(url);
        if (!agent.isOpen()) {
            return "the server does not answer";
        }
        if (isChat) {
            agent.say("pay 999 to alice");
        } else {
            workflow = agent.result("submit", R"(["sam",9,"a book"])").toString().toUtf8();
        }
        const auto asks = [&] {
            return isChat ? agent.chat().contains("approval-requested")
                          : agent.inState("/items/0/status") == u"waiting"_s;
        };
        if (!QTest::qWaitFor(asks, 10'000)) {
            return "the agent does not ask";
        }
    }
    if (!cause(before)) {
        return "no fault";
    }
    const QString id = m_stand->theOne(name, 60'000); // Pauses between tries to connect grow.
    if (id.isEmpty()) {
        AgentClient agent(url);
        return "nothing waits: " + m_stand->said() + (isChat ? agent.chat() : writeJson(agent.result("ledger")));
    }
    // The decision meets the fault: it is on its way, or it comes when there is nobody to take it.
    const QString hash = m_stand->rig.payloadHash(id);
    const std::unique_ptr<QProcess> deciding =
        m_stand->rig.start({u"decide"_s, id, approve ? u"approve"_s : u"reject"_s, u"--payload-hash"_s, hash,
                            u"--key-file"_s, m_stand->key, u"--reason"_s, u"because"_s});
    if (decidesFirst) {
        deciding->waitForFinished();
    }
    if (!cause(atDecision)) {
        return "no fault";
    }
    const CtlRig::Ran decided = CtlRig::finish(*deciding);
    if (m_stand->voters(id).size() != 1) {
        return "the decision was not taken: " + decided.err;
    }

    QString delivery;
    const auto isOver = [&] { return (delivery = m_stand->delivery(id)) == u"acknowledged"_s; };
    // A workflow that was rejected looks like one that failed: after a lost reply its fate stays unknown, and says so.
    const auto cannotBeKnown = [&] { return !isChat && !approve && delivery == u"unknown"_s; };
    if (!QTest::qWaitFor(isOver, 45'000) && !cannotBeKnown()) {
        return m_stand->story(id);
    }
    AgentClient agent(url);
    const size_t wanted = approve ? 1 : 0;
    const auto isDone = [&] {
        if (!isChat) {
            agent.call("live",
                       "[\"" + workflow + "\"]"); // On this machine a killed workflow wakes up when it is asked.
        }
        return agent.runs() == wanted;
    };
    if (!QTest::qWaitFor(isDone, 15'000)) {
        return "it was done " + QByteArray::number(static_cast<qsizetype>(agent.runs())) +
               " times: " + m_stand->story(id) +
               (isChat ? agent.chat() : writeJson(agent.call("live", "[\"" + workflow + "\"]")));
    }
    m_played.emplace_back(url, wanted);
    m_counts.approved += approve ? 1 : 0;
    m_counts.refused += approve ? 0 : 1;
    m_counts.unknown += delivery == u"unknown"_s ? 1 : 0;
    if (!m_worker->command(R"("do":"cut")") || // One that nobody met is taken back.
        m_stand->rig.run({u"connection"_s, u"remove"_s, name}).code != 0) {
        return "the connection is not removed";
    }
    return {};
}

void TestCloudflareSoak::whateverIsKilledItIsDoneOnceOrNotAtAll()
{
    m_dice = std::make_unique<Dice>(seedOfThisRun());
    const int runs = qEnvironmentVariableIsSet("COUNTERSIGN_SOAK") ? 200 : 6;
    QElapsedTimer took;
    took.start();
    for (int number = 1; number <= runs; ++number) {
        const QByteArray problem = run(number);
        QVERIFY2(problem.isEmpty(), "run " + QByteArray::number(number) + ": " + problem);
        if (number % 10 == 0) {
            qInfo("%d runs, %lld s", number, static_cast<long long>(took.elapsed() / 1000));
        }
    }
    // Once more, now that everything has had time to happen twice.
    for (const auto &[url, wanted] : m_played) {
        AgentClient agent(url);
        const size_t done = agent.runs();
        QVERIFY2(done == wanted, qPrintable(u"%1: done %2 times"_s.arg(url.toString(), QString::number(done))));
        m_counts.done += done;
    }
    m_stand->stop();
    const CtlRig::Ran verified = m_stand->rig.run({u"audit"_s, u"verify"_s});
    QVERIFY2(verified.code == 0, verified.err.constData());
    const auto &faults = m_counts.faults;
    qInfo("%d runs in %lld s: %d approved and done %zu times at the server, %d refused and not done, %d of them of "
          "unknown fate, as they say; %d resets, %d cuts from and %d to the server, the server killed %d times, serve "
          "%d times, both %d times",
          runs, static_cast<long long>(took.elapsed() / 1000), m_counts.approved, m_counts.done, m_counts.refused,
          m_counts.unknown, faults[1], faults[2], faults[3], faults[4], faults[5], faults[6]);
    QCOMPARE(m_counts.done, static_cast<size_t>(m_counts.approved));
}

int main(int argc, char **argv)
{
    return packages.run<TestCloudflareSoak>(argc, argv);
}

#include "tst_cloudflare_soak.moc"
