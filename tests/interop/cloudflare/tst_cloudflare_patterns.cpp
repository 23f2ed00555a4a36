// SPDX-License-Identifier: Apache-2.0
#include "tests/interop/cloudflare/reviewer_rig.h"

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;

namespace {

const ForeignPackages packages(u"cloudflare"_s);

const QByteArray clientToolsProfile = R"({"name":"Tools of the reviewer","chat":{"clientTools":[
    {"name":"getLocation","outputSchema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}},
    {"name":"readClipboard"},{"name":"askReviewer"}]}})";

} // namespace

/// Every way in which an agent of the Agents SDK asks a person, against the SDK itself.
class TestCloudflarePatterns : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void anApprovedCallRunsOnce();
    void aCallThatNeedsNobodyAsksNobody();
    void aDeniedCallDoesNotRun();
    void theModelReadsTheReasonOfADenial();
    void aClientToolGetsItsAnswer();
    void theModelReadsThatAClientToolWasRefused();
    void callsOfOneStepBelongTogether();
    void stepsFollowEachOther();
    void aWorkflowGoesOnWhenApproved();
    void aWorkflowEndsWhenRejected();
    void aWorkflowThatTimedOutNoLongerWaits();
    void anApprovalCarriesItsReasonAndMetadata();
    void aConfirmationIsDecidedByAMethod();
    void whatTheAgentCancelsNoLongerWaits();
    void aConnectionShowsItsTokenAndAWrongOneStopsIt();
    void aReadonlyConnectionSaysThatNothingWasDone();
    void whatWaitedBeforeIsFoundInALongTranscript();

private:
    QString connectTo(const QString &agent, const QByteArray &profile = {});
    QUrl url() const { return m_worker->socketUrl(m_place); }

    std::unique_ptr<AgentWorker> m_worker;
    ReviewerRig m_rig;
    QString m_place; ///< `AGENT/INSTANCE` of the connection made last; its name is the instance.
    QString m_name;
    int m_instances = 0;
};

void TestCloudflarePatterns::initTestCase()
{
    m_worker = std::make_unique<AgentWorker>(packages);
    QVERIFY2(m_worker->isReady(), "the Worker did not start: see worker.log in build/interop/cloudflare");
}

/// To a fresh instance.
QString TestCloudflarePatterns::connectTo(const QString &agent, const QByteArray &profile)
{
    m_name = u"c%1"_s.arg(++m_instances);
    m_place = agent + u'/' + m_name;
    return m_rig.connectTo(m_name, url(), profile);
}

void TestCloudflarePatterns::anApprovedCallRunsOnce()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QString());
    QVERIFY(m_rig.say(m_name, u"pay 250 to alice"_s));

    const Request request = m_rig.theOne(m_name);
    QCOMPARE(request.toolName, u"processPayment"_s);
    QCOMPARE(m_rig.content(request).arguments, QByteArray(R"({"amount":250,"recipient":"alice"})"));
    QVERIFY(m_rig.content(request).annotations.contains("pay 250 to alice"));
    QVERIFY(m_rig.decide(request, Verdict::Approve));

    QVERIFY2(m_rig.isDelivered(request), storyOf(m_rig.now(request)));
    AgentClient agent(url());
    QTRY_COMPARE(agent.runs(), size_t(1));
    QTRY_VERIFY(m_rig.lastWords(m_name).contains(u"processPayment said {\"paid\":250"_s));
}

void TestCloudflarePatterns::aCallThatNeedsNobodyAsksNobody()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QString());
    QVERIFY(m_rig.say(m_name, u"pay 20 to carol"_s));

    AgentClient agent(url());
    QTRY_COMPARE(agent.runs(), size_t(1));
    QTRY_VERIFY(m_rig.lastWords(m_name).contains(u"\"paid\":20"_s));
    QVERIFY(m_rig.waiting(m_name).empty());
}

void TestCloudflarePatterns::aDeniedCallDoesNotRun()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QString());
    QVERIFY(m_rig.say(m_name, u"delete account u7"_s));

    const Request request = m_rig.theOne(m_name);
    QCOMPARE(request.toolName, u"deleteAccount"_s);
    QVERIFY(m_rig.decide(request, Verdict::Reject));

    QVERIFY2(m_rig.isDelivered(request), storyOf(m_rig.now(request)));
    QTRY_VERIFY(m_rig.lastWords(m_name).contains(u"denied"_s));
    AgentClient agent(url());
    QCOMPARE(agent.runs(), size_t(0));
}

void TestCloudflarePatterns::theModelReadsTheReasonOfADenial()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QString());
    QVERIFY(m_rig.say(m_name, u"pay 300 to bob"_s));

    const Request request = m_rig.theOne(m_name);
    QVERIFY(m_rig.decide(request, Verdict::Reject, reasoned(u"Bob is not a supplier."_s)));

    QVERIFY2(m_rig.isDelivered(request), storyOf(m_rig.now(request)));
    QTRY_COMPARE(m_rig.lastWords(m_name), u"processPayment failed: Bob is not a supplier."_s);
    AgentClient agent(url());
    QCOMPARE(agent.runs(), size_t(0));
}

void TestCloudflarePatterns::aClientToolGetsItsAnswer()
{
    QCOMPARE(connectTo(u"ops-chat"_s, clientToolsProfile), QString());
    QVERIFY(m_rig.say(m_name, u"where am i"_s));

    const Request request = m_rig.theOne(m_name);
    QCOMPARE(request.pattern, Pattern::ClientTool);
    QVERIFY(m_rig.content(request).schema.contains("city"));
    QVERIFY(m_rig.decide(request, Verdict::Answer, answered(R"({"city":"Lisbon","lat":38.720})")));

    QVERIFY2(m_rig.isDelivered(request), storyOf(m_rig.now(request)));
    QTRY_COMPARE(m_rig.lastWords(m_name), u"getLocation said {\"city\":\"Lisbon\",\"lat\":38.72}"_s);
}

void TestCloudflarePatterns::theModelReadsThatAClientToolWasRefused()
{
    QCOMPARE(connectTo(u"ops-chat"_s, clientToolsProfile), QString());
    QVERIFY(m_rig.say(m_name, u"read the clipboard"_s));

    const Request request = m_rig.theOne(m_name);
    QVERIFY(m_rig.decide(request, Verdict::Decline, reasoned(u"There is a password in it."_s)));

    QVERIFY2(m_rig.isDelivered(request), storyOf(m_rig.now(request)));
    QTRY_COMPARE(m_rig.lastWords(m_name), u"readClipboard failed: There is a password in it."_s);
}

void TestCloudflarePatterns::callsOfOneStepBelongTogether()
{
    QCOMPARE(connectTo(u"ops-chat"_s, clientToolsProfile), QString());
    QVERIFY(m_rig.say(m_name, u"pay 400 to alice and pay 500 to bob and where am i"_s));

    QTRY_COMPARE_WITH_TIMEOUT(m_rig.waiting(m_name).size(), size_t(3), 20'000);
    const std::vector<Request> calls = m_rig.waiting(m_name);
    QVERIFY(!calls[0].parent.batch.isEmpty());
    QCOMPARE(calls[1].parent.batch, calls[0].parent.batch);
    QCOMPARE(calls[2].parent.batch, calls[0].parent.batch);
    AgentClient agent(url());
    for (const Request &call : calls) {
        QCOMPARE(agent.runs(), size_t(0)); // The step goes on when all of it is answered.
        if (call.pattern == Pattern::ClientTool) {
            QVERIFY(m_rig.decide(call, Verdict::Answer, answered("\"here\"")));
        } else {
            const bool isAlice = m_rig.content(call).arguments.contains("alice");
            QVERIFY(m_rig.decide(call, isAlice ? Verdict::Approve : Verdict::Reject));
        }
        QVERIFY2(m_rig.isDelivered(call), storyOf(m_rig.now(call)));
    }
    QTRY_COMPARE(agent.runs(), size_t(1));
    QCOMPARE(agent.result("ledger").at("/0/input/recipient")->toString(), u"alice"_s);
}

void TestCloudflarePatterns::stepsFollowEachOther()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QString());
    QVERIFY(m_rig.say(m_name, u"pay 201 to ann then pay 202 to ben"_s));

    const Request first = m_rig.theOne(m_name);
    QVERIFY(m_rig.decide(first, Verdict::Approve));
    QVERIFY2(m_rig.isDelivered(first), storyOf(m_rig.now(first)));
    const Request second = m_rig.theOne(m_name);
    QVERIFY(second.id != first.id);
    QVERIFY(m_rig.content(second).arguments.contains("ben"));
    QVERIFY(m_rig.decide(second, Verdict::Approve));
    QVERIFY2(m_rig.isDelivered(second), storyOf(m_rig.now(second)));
    AgentClient agent(url());
    QTRY_COMPARE(agent.runs(), size_t(2));
}

void TestCloudflarePatterns::aWorkflowGoesOnWhenApproved()
{
    QCOMPARE(connectTo(u"expense-agent"_s), QString());
    AgentClient agent(url());
    const QString workflow = agent.result("submit", R"(["sam",250,"train tickets"])").toString();

    const Request request = m_rig.theOne(m_name);
    QCOMPARE(request.pattern, Pattern::WorkflowApproval);
    QVERIFY(m_rig.content(request).arguments.contains("train tickets"));
    QVERIFY(m_rig.decide(request, Verdict::Approve));

    QVERIFY2(m_rig.isDelivered(request), storyOf(m_rig.now(request)));
    QTRY_COMPARE(agent.runs(), size_t(1));
    QCOMPARE(agent.result("ledger").at("/0/workflowId")->toString(), workflow);
    QVERIFY(m_rig.waiting(m_name).empty());
}

void TestCloudflarePatterns::aWorkflowEndsWhenRejected()
{
    QCOMPARE(connectTo(u"expense-agent"_s), QString());
    AgentClient agent(url());
    const QByteArray workflow = agent.result("submit", R"(["sam",99,"a dinner"])").toString().toUtf8();

    const Request request = m_rig.theOne(m_name);
    QVERIFY(m_rig.decide(request, Verdict::Reject, reasoned(u"no receipt attached"_s)));

    QVERIFY2(m_rig.isDelivered(request), storyOf(m_rig.now(request)));
    const auto tracked = [&] { return agent.result("tracking", "[\"" + workflow + "\"]"); };
    QTRY_COMPARE(tracked().find("status")->toString(), u"errored"_s);
    QCOMPARE(tracked().at("/error/message")->toString(), u"no receipt attached"_s);
    QCOMPARE(agent.runs(), size_t(0));
}

void TestCloudflarePatterns::aWorkflowThatTimedOutNoLongerWaits()
{
    QCOMPARE(connectTo(u"expense-agent"_s), QString());
    AgentClient agent(url());
    agent.call("submit", R"(["sam",50,"slow","2 seconds"])");

    const Request request = m_rig.theOne(m_name);
    QTRY_COMPARE_WITH_TIMEOUT(m_rig.now(request).state.lifecycle, Lifecycle::Superseded, 20'000);
    QVERIFY2(m_rig.now(request).settledNote.contains(u"timed out"_s), storyOf(m_rig.now(request)));
    QVERIFY(!m_rig.decide(request, Verdict::Approve));
    QCOMPARE(agent.runs(), size_t(0));
}

void TestCloudflarePatterns::anApprovalCarriesItsReasonAndMetadata()
{
    QCOMPARE(connectTo(u"approval-agent"_s), QString());
    AgentClient agent(url());
    agent.call("publish", R"(["Launch","We are live."])");

    const Request request = m_rig.theOne(m_name);
    QVERIFY(request.expiresAt);
    QCOMPARE(m_rig.content(request).arguments, QByteArray(R"({"title":"Launch","body":"We are live."})"));
    QVERIFY(m_rig.decide(request, Verdict::Approve, reasoned(u"good"_s, R"({"ticket":"T-1"})")));

    QVERIFY2(m_rig.isDelivered(request), storyOf(m_rig.now(request)));
    const auto published = [&] {
        const JsonValue state = json(m_rig.service.extract(m_name).state);
        const JsonValue *ticket = state.at("/finished/0/result/approval/ticket");
        return ticket != nullptr ? ticket->toString() : QString();
    };
    QTRY_COMPARE(published(), u"T-1"_s);
}

void TestCloudflarePatterns::aConfirmationIsDecidedByAMethod()
{
    QCOMPARE(connectTo(u"confirm-agent"_s), QString());
    AgentClient agent(url());
    agent.call("propose", R"(["Wire 900 EUR",900])");

    const Request request = m_rig.theOne(m_name);
    QCOMPARE(request.pattern, Pattern::Confirmation);
    QCOMPARE(request.agentTitle, u"Wire 900 EUR"_s);
    QVERIFY(m_rig.decide(request, Verdict::Reject, reasoned(u"too much"_s)));

    QVERIFY2(m_rig.isDelivered(request), storyOf(m_rig.now(request)));
    const JsonValue state = json(m_rig.service.extract(m_name).state);
    QCOMPARE(state.at("/history/0/decision")->toString(), u"rejected"_s);
    QCOMPARE(state.at("/history/0/reason")->toString(), u"too much"_s);
}

void TestCloudflarePatterns::whatTheAgentCancelsNoLongerWaits()
{
    QCOMPARE(connectTo(u"confirm-agent"_s), QString());
    AgentClient agent(url());
    const QByteArray id = agent.result("propose", R"(["Rename a folder",1])").toString().toUtf8();
    const Request request = m_rig.theOne(m_name);

    agent.call("cancel", "[\"" + id + "\"]");
    QTRY_COMPARE_WITH_TIMEOUT(m_rig.now(request).state.lifecycle, Lifecycle::Superseded, 20'000);
    QVERIFY2(m_rig.now(request).settledNote.contains(u"cancelled"_s), storyOf(m_rig.now(request)));
}

void TestCloudflarePatterns::aConnectionShowsItsTokenAndAWrongOneStopsIt()
{
    const QUrl vault = m_worker->socketUrl(u"guarded-agent/vault"_s);
    const auto secret = [](Secret::Place place, const QByteArray &name, const QByteArray &value) {
        return std::vector<Secret>{{place, name, value}};
    };
    QCOMPARE(m_rig.connectTo(u"by-header"_s, vault, {},
                             secret(Secret::Place::Header, "Authorization", "Bearer interop-token")),
             QString());
    QCOMPARE(m_rig.connectTo(u"by-query"_s, vault, {}, secret(Secret::Place::Query, "token", "interop-token")),
             QString());
    for (const LoggedFrame &frame : m_rig.service.frames(u"by-query"_s)) {
        QVERIFY(!frame.text.contains(u"interop-token"_s));
    }
    const QString refused =
        m_rig.connectTo(u"wrong"_s, vault, {}, secret(Secret::Place::Query, "token", "not-the-token"));
    QVERIFY2(refused.contains(u"401"_s), qPrintable(refused));
    QVERIFY(!refused.contains(u"not-the-token"_s));
}

void TestCloudflarePatterns::aReadonlyConnectionSaysThatNothingWasDone()
{
    m_name = u"viewer"_s;
    QUrl viewer = m_worker->socketUrl(u"confirm-agent/viewed"_s);
    AgentClient agent(viewer);
    viewer.setQuery(u"mode=view"_s);
    QCOMPARE(m_rig.connectTo(m_name, viewer), QString());
    agent.call("propose", R"(["Delete a draft",1])");

    const Request request = m_rig.theOne(m_name);
    QVERIFY(m_rig.decide(request, Verdict::Approve));
    QVERIFY2(m_rig.isOver(request), storyOf(m_rig.now(request)));
    QCOMPARE(m_rig.delivery(request), Delivery::Undeliverable);
    QCOMPARE(json(m_rig.service.extract(m_name).state).at("/history")->items().size(), size_t(0));
}

void TestCloudflarePatterns::whatWaitedBeforeIsFoundInALongTranscript()
{
    const QUrl place = m_worker->socketUrl(u"ops-chat/long"_s);
    AgentClient agent(place);
    QCOMPARE(agent.result("fill", "[1000]").toInteger(), std::optional<qint64>(1000));
    agent.say("pay 900 to zoe");

    QCOMPARE(m_rig.connectTo(u"long"_s, place), QString());
    const Request request = m_rig.theOne(u"long"_s);
    QVERIFY(m_rig.content(request).arguments.contains("zoe"));
    QVERIFY(m_rig.decide(request, Verdict::Approve));
    QVERIFY2(m_rig.isDelivered(request), storyOf(m_rig.now(request)));
    QTRY_COMPARE(agent.runs(), size_t(1));
}

int main(int argc, char **argv)
{
    return packages.run<TestCloudflarePatterns>(argc, argv);
}

#include "tst_cloudflare_patterns.moc"
