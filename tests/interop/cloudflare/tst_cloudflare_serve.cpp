// SPDX-License-Identifier: Apache-2.0
#include "tests/interop/cloudflare/serve_stand.h"

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;

namespace {

const ForeignPackages packages(u"cloudflare"_s);

const QByteArray clientToolsProfile = R"({"name":"Tools of the reviewer","chat":{"clientTools":[
    {"name":"getLocation","outputSchema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}},
    {"name":"readClipboard"}]}})";
const QByteArray editableProfile = R"({"name":"Confirmations that may be changed","state":[{
    "name":"pending","items":"/pending","id":"/id","title":"/title","toolName":"transfer",
    "history":{"items":"/history","id":"/id","decision":"/decision","by":"/by"},
    "outcomes":{"approved":"approve","rejected":"reject"},
    "approve":{"call":"decideWith","args":["{id}",true,"{arguments}","{reason}"]},
    "reject":{"call":"decide","args":["{id}",false,"{reason}"]}}]})";

} // namespace

/// What agents of the Agents SDK ask, decided on a terminal while `serve` runs, and counted at the real server.
class TestCloudflareServe : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void cleanupTestCase();
    void anApprovedToolRunsOnce();
    void aRejectedToolDoesNotRun();
    void theModelReadsTheReviewersReason();
    void editedArgumentsAreWhatRuns();
    void whereNothingCanBeEditedItIsRefused();
    void aClientToolGetsItsAnswer();
    void aToolThatNoProfileNamesIsServedByACommand();
    void theModelReadsThatAClientToolWasRefused();
    void callsOfOneStepAreDecidedOneByOne();
    void ofTwoDecisionsAtOnceOneCounts();
    void anotherReviewerOfTheAgentMayWin();
    void whatWaitsOutlivesARestartOfTheServer();
    void whatIsDecidedWhileNobodyServesIsDeliveredOnce();
    void anApprovedWorkflowGoesOn();
    void aRejectedWorkflowEnds();
    void aWorkflowWhoseTimeIsUpLeavesTheList();
    void aReadonlyConnectionSaysThatNothingWasDone();
    void aRefusedChangeOfTheStateIsSaid();
    void aLateDecisionIsNotSent();
    void aWrongTokenStopsTheConnection();
    void whatWaitsAtTheEndOfALongTranscriptIsFound();

private:
    /// Connects to a fresh instance of \p agent. Empty: it is open.
    QByteArray connectTo(const QString &agent, const QByteArray &profile = {});
    QString status(const QString &id) const { return m_stand->rig.status(id); }
    bool isVotedByAda(const QString &id) const { return m_stand->voters(id) == QStringList(u"ada"_s); }

    std::unique_ptr<AgentWorker> m_worker;
    std::unique_ptr<ServeStand> m_stand;
    QString m_name;
    QUrl m_url;
    int m_instances = 0;
};

void TestCloudflareServe::initTestCase()
{
    m_worker = std::make_unique<AgentWorker>(packages);
    QVERIFY2(m_worker->isReady(), "the Worker did not start: see worker.log in build/interop/cloudflare");
    m_stand = std::make_unique<ServeStand>();
}

void TestCloudflareServe::init()
{
    QVERIFY(m_worker->command(R"("do":"open")"));
}

void TestCloudflareServe::cleanup()
{
    QVERIFY(m_stand->rig.run({u"connection"_s, u"remove"_s, m_name}).code == 0);
}

void TestCloudflareServe::cleanupTestCase()
{
    if (m_stand) {
        m_stand->stop();
        const CtlRig::Ran verified = m_stand->rig.run({u"audit"_s, u"verify"_s});
        QVERIFY2(verified.code == 0, verified.err.constData());
    }
}

QByteArray TestCloudflareServe::connectTo(const QString &agent, const QByteArray &profile)
{
    m_name = u"s%1"_s.arg(++m_instances);
    m_url = m_worker->socketUrl(agent + u'/' + m_name);
    const QStringList more =
        profile.isEmpty() ? QStringList()
                          : QStringList{u"--profile"_s, m_stand->rig.write(m_name + u".profile.json"_s, profile)};
    return m_stand->connectTo(m_name, m_url, more);
}

void TestCloudflareServe::anApprovedToolRunsOnce()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QByteArray());
    AgentClient agent(m_url);
    agent.say("pay 250 to alice");

    const QString id = m_stand->theOne(m_name);
    QVERIFY(!id.isEmpty());
    QCOMPARE(m_stand->rig.show(id).value(u"tool"_s).toString(), u"processPayment"_s);
    const CtlRig::Ran decided = m_stand->decide(id, u"approve"_s);
    QVERIFY2(decided.code == 0, decided.err.constData());
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_COMPARE(agent.runs(), size_t(1));
    QCOMPARE(agent.result("ledger").at("/0/input/amount")->toInteger(), std::optional<qint64>(250));
    QVERIFY(isVotedByAda(id));
}

void TestCloudflareServe::aRejectedToolDoesNotRun()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QByteArray());
    AgentClient agent(m_url);
    agent.say("delete account u7");

    const QString id = m_stand->theOne(m_name);
    QVERIFY(!id.isEmpty());
    QVERIFY(m_stand->decide(id, u"reject"_s, {u"--reason-code"_s, u"wrong-target"_s}).code != -1);
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QCOMPARE(status(id), u"rejected"_s);
    QCOMPARE(agent.runs(), size_t(0));
    QVERIFY(isVotedByAda(id));
}

void TestCloudflareServe::theModelReadsTheReviewersReason()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QByteArray());
    AgentClient agent(m_url);
    agent.say("pay 300 to bob");

    const QString id = m_stand->theOne(m_name);
    m_stand->decide(id, u"reject"_s, {u"--reason"_s, u"Bob is not a supplier."_s});
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_VERIFY(agent.chat().contains("processPayment failed: Bob is not a supplier."));
    QCOMPARE(agent.runs(), size_t(0));
}

void TestCloudflareServe::editedArgumentsAreWhatRuns()
{
    QCOMPARE(connectTo(u"confirm-agent"_s, editableProfile), QByteArray());
    AgentClient agent(m_url);
    agent.call("propose", R"(["Wire to ann",900])");

    const QString id = m_stand->theOne(m_name);
    const CtlRig::Ran decided =
        m_stand->decide(id, u"approve"_s, {u"--args"_s, uR"({"title":"Wire to ann","amount":90.50})"_s});
    QVERIFY2(decided.code == 0, decided.err.constData());
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_COMPARE(agent.runs(), size_t(1));
    QCOMPARE(agent.result("ledger").at("/0/input/amount")->toString(), QString());
    QCOMPARE(writeJson(*agent.result("ledger").at("/0/input/amount")), QByteArray("90.5"));
    QVERIFY(isVotedByAda(id));
}

void TestCloudflareServe::whereNothingCanBeEditedItIsRefused()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QByteArray());
    AgentClient agent(m_url);
    agent.say("pay 260 to alice");

    const QString id = m_stand->theOne(m_name);
    const QJsonArray allowed = m_stand->rig.show(id).value(u"allowed"_s).toArray();
    QVERIFY(!allowed.contains(u"approve-edited"_s)); // Told before anybody edits.
    const CtlRig::Ran refused =
        m_stand->decide(id, u"approve"_s, {u"--args"_s, uR"({"amount":1,"recipient":"alice"})"_s});
    QVERIFY(refused.code != 0);
    QCOMPARE(status(id), u"pending"_s);
    QCOMPARE(agent.runs(), size_t(0));
    QCOMPARE(m_stand->decide(id, u"approve"_s).code, 0);
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_COMPARE(agent.runs(), size_t(1));
}

void TestCloudflareServe::aClientToolGetsItsAnswer()
{
    QCOMPARE(connectTo(u"ops-chat"_s, clientToolsProfile), QByteArray());
    AgentClient agent(m_url);
    agent.say("where am i");

    const QString id = m_stand->theOne(m_name);
    const CtlRig::Ran answered = m_stand->decide(id, u"answer"_s, {u"--content"_s, uR"({"city":"Lisbon"})"_s});
    QVERIFY2(answered.code == 0, answered.err.constData());
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_VERIFY(agent.chat().contains(R"(getLocation said {\"city\":\"Lisbon\"})"));
    QVERIFY(isVotedByAda(id));
}

void TestCloudflareServe::aToolThatNoProfileNamesIsServedByACommand()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QByteArray());
    AgentClient agent(m_url);
    agent.say("where am i");

    QVERIFY2(m_stand->hasSaid("Its call of “getLocation” has no output"), m_stand->said().constData());
    QVERIFY(m_stand->waiting(m_name).isEmpty());
    const CtlRig::Ran served = m_stand->rig.run({u"connection"_s, u"serve-tool"_s, m_name, u"getLocation"_s});
    QVERIFY2(served.code == 0, served.err.constData());
    const QString id = m_stand->theOne(m_name);
    const CtlRig::Ran answered = m_stand->decide(id, u"answer"_s, {u"--content"_s, uR"({"city":"Porto"})"_s});
    QVERIFY2(answered.code == 0, answered.err.constData());
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_VERIFY(agent.chat().contains(R"(getLocation said {\"city\":\"Porto\"})"));
    QVERIFY(isVotedByAda(id));
}

void TestCloudflareServe::theModelReadsThatAClientToolWasRefused()
{
    QCOMPARE(connectTo(u"ops-chat"_s, clientToolsProfile), QByteArray());
    AgentClient agent(m_url);
    agent.say("read the clipboard");

    const QString id = m_stand->theOne(m_name);
    m_stand->decide(id, u"decline"_s, {u"--reason"_s, u"There is a password in it."_s});
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_VERIFY(agent.chat().contains("readClipboard failed: There is a password in it."));
    QVERIFY(isVotedByAda(id));
}

void TestCloudflareServe::callsOfOneStepAreDecidedOneByOne()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QByteArray());
    AgentClient agent(m_url);
    agent.say("pay 400 to alice and pay 500 to bob");

    QTRY_COMPARE_WITH_TIMEOUT(m_stand->waiting(m_name).size(), 2, 20'000);
    for (const QString &id : m_stand->waiting(m_name)) {
        QCOMPARE(agent.runs(), size_t(0)); // The step goes on when all of it is answered.
        const bool isAlice = m_stand->rig.show(id).value(u"summary"_s).toString().contains(u"alice"_s);
        m_stand->decide(id, isAlice ? u"approve"_s : u"reject"_s);
        QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
        QVERIFY(isVotedByAda(id));
    }
    QTRY_COMPARE(agent.runs(), size_t(1));
    QCOMPARE(agent.result("ledger").at("/0/input/recipient")->toString(), u"alice"_s);
}

void TestCloudflareServe::ofTwoDecisionsAtOnceOneCounts()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QByteArray());
    AgentClient agent(m_url);
    agent.say("pay 270 to alice");

    const QString id = m_stand->theOne(m_name);
    const QString hash = m_stand->rig.payloadHash(id);
    const auto deciding = [&](const QString &word) {
        return m_stand->rig.start({u"decide"_s, id, word, u"--payload-hash"_s, hash, u"--key-file"_s, m_stand->key});
    };
    const std::unique_ptr<QProcess> yes = deciding(u"approve"_s);
    const std::unique_ptr<QProcess> no = deciding(u"reject"_s);
    const CtlRig::Ran approved = CtlRig::finish(*yes);
    const CtlRig::Ran rejected = CtlRig::finish(*no);
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    const bool approveWon = m_stand->voters(id).size() == 1 && status(id) != u"rejected"_s;
    QCOMPARE(m_stand->voters(id).size(), 1);
    const CtlRig::Ran &loser = approveWon ? rejected : approved;
    QVERIFY2(loser.code != 0 && loser.says("decided"), loser.err.constData());
    QTRY_COMPARE(agent.runs(), size_t(approveWon ? 1 : 0));
}

void TestCloudflareServe::anotherReviewerOfTheAgentMayWin()
{
    QCOMPARE(connectTo(u"confirm-agent"_s), QByteArray());
    AgentClient other(m_url);
    const QByteArray item = other.result("propose", R"(["Wire 900 EUR",900])").toString().toUtf8();

    const QString id = m_stand->theOne(m_name);
    m_stand->decide(id, u"approve"_s, {u"--stage"_s});
    QCOMPARE(m_stand->delivery(id), u"held"_s);
    other.call("decide", "[\"" + item + R"(",false,"I was first"])");
    QTRY_COMPARE_WITH_TIMEOUT(status(id), u"superseded"_s, 20'000);
    const QString note = m_stand->rig.show(id).value(u"settledNote"_s).toString();
    QVERIFY2(note.contains(u"rejected"_s) && note.contains(u"not sent"_s), qPrintable(note));
    QCOMPARE(other.runs(), size_t(0));
}

void TestCloudflareServe::whatWaitsOutlivesARestartOfTheServer()
{
    QCOMPARE(connectTo(u"expense-agent"_s), QByteArray());
    {
        AgentClient agent(m_url);
        agent.call("submit", R"(["sam",77,"survives a restart"])");
    }
    const QString id = m_stand->theOne(m_name);
    m_stand->forget();
    QVERIFY(m_worker->command(R"("do":"restart")"));
    QVERIFY(m_stand->hasSaid(m_name.toUtf8() + ": open: "));
    QCOMPARE(m_stand->waiting(m_name), QStringList(id));
    QCOMPARE(m_stand->decide(id, u"approve"_s).code, 0);
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    AgentClient agent(m_url);
    QTRY_COMPARE_WITH_TIMEOUT(agent.runs(), size_t(1), 20'000);
    QVERIFY(m_stand->waiting(m_name).isEmpty());
}

void TestCloudflareServe::whatIsDecidedWhileNobodyServesIsDeliveredOnce()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QByteArray());
    AgentClient agent(m_url);
    agent.say("pay 280 to alice");
    const QString id = m_stand->theOne(m_name);
    m_stand->kill();
    QCOMPARE(m_stand->decide(id, u"approve"_s).code, 0);
    QCOMPARE(m_stand->delivery(id), u"released"_s);
    QCOMPARE(agent.runs(), size_t(0));

    m_stand->serve();
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_COMPARE(agent.runs(), size_t(1));
    QVERIFY(isVotedByAda(id));
}

void TestCloudflareServe::anApprovedWorkflowGoesOn()
{
    QCOMPARE(connectTo(u"expense-agent"_s), QByteArray());
    AgentClient agent(m_url);
    const QString workflow = agent.result("submit", R"(["sam",250,"train tickets"])").toString();

    const QString id = m_stand->theOne(m_name);
    QCOMPARE(m_stand->decide(id, u"approve"_s).code, 0);
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_COMPARE(agent.runs(), size_t(1));
    QCOMPARE(agent.result("ledger").at("/0/workflowId")->toString(), workflow);
    QVERIFY(isVotedByAda(id));
}

void TestCloudflareServe::aRejectedWorkflowEnds()
{
    QCOMPARE(connectTo(u"expense-agent"_s), QByteArray());
    AgentClient agent(m_url);
    const QByteArray workflow = agent.result("submit", R"(["sam",99,"a dinner"])").toString().toUtf8();

    const QString id = m_stand->theOne(m_name);
    m_stand->decide(id, u"reject"_s, {u"--reason"_s, u"no receipt attached"_s});
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    const auto tracked = [&] { return agent.result("tracking", "[\"" + workflow + "\"]"); };
    QTRY_COMPARE(tracked().find("status")->toString(), u"errored"_s);
    QCOMPARE(tracked().at("/error/message")->toString(), u"no receipt attached"_s);
    QCOMPARE(agent.runs(), size_t(0));
}

void TestCloudflareServe::aWorkflowWhoseTimeIsUpLeavesTheList()
{
    QCOMPARE(connectTo(u"expense-agent"_s), QByteArray());
    AgentClient agent(m_url);
    agent.call("submit", R"(["sam",50,"slow","3 seconds"])");

    const QString id = m_stand->theOne(m_name);
    QVERIFY(!id.isEmpty());
    QTRY_COMPARE_WITH_TIMEOUT(status(id), u"superseded"_s, 20'000);
    const QString note = m_stand->rig.show(id).value(u"settledNote"_s).toString();
    QVERIFY2(note.contains(u"timed out"_s), qPrintable(note));
    QVERIFY(m_stand->decide(id, u"approve"_s).code != 0);
    QCOMPARE(agent.runs(), size_t(0));
}

void TestCloudflareServe::aReadonlyConnectionSaysThatNothingWasDone()
{
    m_name = u"viewer"_s;
    QUrl viewer = m_worker->socketUrl(u"confirm-agent/viewed-by-serve"_s);
    AgentClient agent(viewer);
    viewer.setQuery(u"mode=view"_s);
    QCOMPARE(m_stand->connectTo(m_name, viewer), QByteArray());
    agent.call("propose", R"(["Delete a draft",1])");

    const QString id = m_stand->theOne(m_name);
    QCOMPARE(m_stand->decide(id, u"approve"_s).code, 0);
    QTRY_COMPARE_WITH_TIMEOUT(m_stand->delivery(id), u"undeliverable"_s, 20'000);
    const QString note = m_stand->rig.show(id).value(u"settledNote"_s).toString();
    QVERIFY2(note.contains(u"Nothing ran"_s), qPrintable(note));
    QCOMPARE(agent.runs(), size_t(0));
}

/// Approving makes a state that the agent's own rules refuse.
void TestCloudflareServe::aRefusedChangeOfTheStateIsSaid()
{
    QCOMPARE(connectTo(u"confirm-agent"_s), QByteArray());
    AgentClient agent(m_url);
    agent.call("propose", R"(["forbidden",5])");

    const QString id = m_stand->theOne(m_name);
    QCOMPARE(m_stand->decide(id, u"approve"_s).code, 0);
    QTRY_COMPARE_WITH_TIMEOUT(m_stand->delivery(id), u"undeliverable"_s, 20'000);
    const QString note = m_stand->rig.show(id).value(u"settledNote"_s).toString();
    QVERIFY2(note.contains(u"This state is not accepted"_s) && note.contains(u"Nothing ran"_s), qPrintable(note));
    QCOMPARE(agent.runs(), size_t(0));
}

/// The connection is away while the workflow's time runs out; what was approved meanwhile is not sent.
void TestCloudflareServe::aLateDecisionIsNotSent()
{
    QCOMPARE(connectTo(u"expense-agent"_s), QByteArray());
    QElapsedTimer sinceAsked;
    {
        AgentClient agent(m_url);
        agent.call("submit", R"(["sam",51,"too late","4 seconds"])");
        sinceAsked.start();
    }
    const QString id = m_stand->theOne(m_name);
    QVERIFY(m_worker->command(R"("do":"close")"));
    QVERIFY(m_stand->hasSaid(m_name.toUtf8() + ": waiting: "));
    QCOMPARE(m_stand->decide(id, u"approve"_s).code, 0);
    QCOMPARE(m_stand->delivery(id), u"released"_s); // Kept until the agent can be asked.
    QTRY_VERIFY(sinceAsked.elapsed() > 5000);       // The agent's own time is up.
    QVERIFY(m_worker->command(R"("do":"open")"));
    QTRY_COMPARE_WITH_TIMEOUT(status(id), u"superseded"_s, 40'000);
    const QString note = m_stand->rig.show(id).value(u"settledNote"_s).toString();
    QVERIFY2(note.contains(u"Too late"_s), qPrintable(note));
    AgentClient agent(m_url);
    QCOMPARE(agent.runs(), size_t(0));
}

void TestCloudflareServe::aWrongTokenStopsTheConnection()
{
    const QUrl vault = m_worker->socketUrl(u"guarded-agent/serve-vault"_s);
    const QString wrong = m_stand->rig.write(u"wrong"_s, "not-the-token\n");
    const QString right = m_stand->rig.write(u"right"_s, "Bearer interop-token\n");
    QCOMPARE(m_stand->add(u"wrong"_s, vault, {u"--query"_s, u"token@"_s + wrong}).code, 0);
    QVERIFY2(m_stand->hasSaid("wrong: stopped: "), m_stand->said());
    QVERIFY2(m_stand->said().contains("401"), m_stand->said());
    QVERIFY(!m_stand->said().contains("not-the-token"));
    QCOMPARE(m_stand->rig.json({u"connection"_s, u"test"_s, u"wrong"_s}).code, 13);

    m_name = u"right"_s;
    QCOMPARE(m_stand->connectTo(m_name, vault, {u"--header"_s, u"Authorization@"_s + right}), QByteArray());
    QUrl owner = vault;
    owner.setQuery(u"token=interop-token"_s);
    AgentClient agent(owner);
    agent.call("propose", R"(["Open the vault",1])");
    const QString id = m_stand->theOne(m_name);
    QCOMPARE(m_stand->decide(id, u"approve"_s).code, 0);
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_COMPARE(agent.runs(), size_t(1));
}

void TestCloudflareServe::whatWaitsAtTheEndOfALongTranscriptIsFound()
{
    m_name = u"long"_s;
    m_url = m_worker->socketUrl(u"ops-chat/long-serve"_s);
    AgentClient agent(m_url);
    QCOMPARE(agent.result("fill", "[1000]").toInteger(), std::optional<qint64>(1000));
    agent.say("pay 900 to zoe");

    QCOMPARE(m_stand->connectTo(m_name, m_url), QByteArray());
    const QString id = m_stand->theOne(m_name);
    QCOMPARE(m_stand->decide(id, u"approve"_s).code, 0);
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_COMPARE(agent.runs(), size_t(1));
    QVERIFY(isVotedByAda(id));
}

int main(int argc, char **argv)
{
    return packages.run<TestCloudflareServe>(argc, argv);
}

#include "tst_cloudflare_serve.moc"
