// SPDX-License-Identifier: Apache-2.0
#include "tests/interop/cloudflare/reviewer_rig.h"

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;

namespace {

const ForeignPackages packages(u"cloudflare"_s);

/// What an agent asks and a reviewer decides, over one connection from its first frame on.
struct Story {
    const char *name;
    QString agent;
    std::function<void(AgentClient &)> ask;
    Verdict verdict;
    QString reason;
    size_t runs; ///< How often the server does it.
};

const std::vector<Story> stories{
    {"an approved call",
     u"ops-chat"_s,
     [](AgentClient &agent) { agent.say("pay 640 to alice"); },
     Verdict::Approve,
     {},
     1},
    {"a call refused with words", u"ops-chat"_s, [](AgentClient &agent) { agent.say("delete account u7"); },
     Verdict::Reject, u"not that one"_s, 0},
    {"an approved workflow",
     u"expense-agent"_s,
     [](AgentClient &agent) { agent.call("submit", R"(["sam",64,"tickets"])"); },
     Verdict::Approve,
     {},
     1},
    {"an approved confirmation",
     u"confirm-agent"_s,
     [](AgentClient &agent) { agent.call("propose", R"(["Wire 900 EUR",900])"); },
     Verdict::Approve,
     {},
     1},
    {"a rejected confirmation", u"confirm-agent"_s,
     [](AgentClient &agent) { agent.call("propose", R"(["Wire 901 EUR",901])"); }, Verdict::Reject, u"too much"_s, 0},
};

struct Frames {
    int received = 0;
    int sent = 0;
};

} // namespace

/// The connection ends at each boundary between two frames of a story in turn, in either direction. Whatever was cut,
/// the server does what was decided once, or not at all, and the decision is not lost.
class TestCloudflareCuts : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void nothingIsLostOrDoneTwiceWhereverItEnds_data();
    void nothingIsLostOrDoneTwiceWhereverItEnds();

private:
    /// Plays the story on a fresh instance; \p cut is what the relay cuts, as members of its command, or empty.
    /// \p frames: those of a connection that was not cut.
    QByteArray play(const Story &story, const QByteArray &cut, Frames *frames = nullptr);
    /// Without the connection's pauses between tries.
    void comeBack()
    {
        if (m_rig->service.status(m_name)->phase == ConnectionStatus::Phase::Waiting) {
            m_rig->service.retryNow(m_name);
        }
    }

    std::unique_ptr<AgentWorker> m_worker;
    std::unique_ptr<ReviewerRig> m_rig;
    QString m_name;
    int m_instances = 0;
};

void TestCloudflareCuts::initTestCase()
{
    m_worker = std::make_unique<AgentWorker>(packages);
    QVERIFY2(m_worker->isReady(), "the Worker did not start: see worker.log in build/interop/cloudflare");
    m_rig = std::make_unique<ReviewerRig>();
}

QByteArray TestCloudflareCuts::play(const Story &story, const QByteArray &cut, Frames *frames)
{
    m_name = u"b%1"_s.arg(++m_instances);
    const QUrl url = m_worker->socketUrl(story.agent + u'/' + m_name);
    AgentClient agent(url); // Has its connection before the cut is ordered: that is for the next one.
    if (!cut.isEmpty() && !m_worker->command(R"("do":"cut",)" + cut)) {
        return "no cut";
    }
    ConnectionService::NewConnection connection;
    connection.name = m_name;
    connection.url = url;
    const auto added = m_rig->service.add(connection);
    if (!QTest::qWaitFor([&] { return added.isFinished() && m_rig->service.status(m_name); }, 5000)) {
        return "no connection";
    }
    story.ask(agent);
    const bool asked = QTest::qWaitFor(
        [&] {
            comeBack();
            return m_rig->waiting(m_name).size() == 1;
        },
        20'000);
    if (!asked) {
        return "nothing waits";
    }
    const Request request = m_rig->waiting(m_name).front();
    if (const Result<Decided> decided = m_rig->decide(request, story.verdict, reasoned(story.reason)); !decided) {
        return decided.error().message.toUtf8();
    }
    const auto isDelivered = [&] {
        comeBack();
        return m_rig->delivery(request) == Delivery::Acknowledged;
    };
    if (!QTest::qWaitFor(isDelivered, 40'000)) {
        return storyOf(m_rig->now(request));
    }
    if (!QTest::qWaitFor([&] { return agent.runs() == story.runs; }, 10'000)) {
        return "it ran " + QByteArray::number(static_cast<qsizetype>(agent.runs())) + " times";
    }
    if (!m_rig->waiting(m_name).empty()) {
        return "something still waits";
    }
    for (const LoggedFrame &frame : m_rig->service.frames(m_name)) {
        if (frames) {
            ++(frame.direction == LoggedFrame::Direction::Sent ? frames->sent : frames->received);
        }
    }
    m_worker->command(R"("do":"cut")"); // One that nobody met is taken back.
    m_rig->service.remove(m_name);
    return {};
}

void TestCloudflareCuts::nothingIsLostOrDoneTwiceWhereverItEnds_data()
{
    QTest::addColumn<size_t>("story");
    for (size_t i = 0; i < stories.size(); ++i) {
        QTest::newRow(stories[i].name) << i;
    }
}

void TestCloudflareCuts::nothingIsLostOrDoneTwiceWhereverItEnds()
{
    QFETCH(size_t, story);
    const Story &played = stories[story];
    Frames whole;
    QCOMPARE(play(played, {}, &whole), QByteArray());
    QVERIFY(whole.received > 2);
    QVERIFY(whole.sent > 0);
    int cuts = 0;
    for (int frames = 0; frames <= whole.received; ++frames) {
        const QByteArray problem = play(played, R"("serverFrames":)" + QByteArray::number(frames));
        QVERIFY2(problem.isEmpty(), "after " + QByteArray::number(frames) + " frames from the server: " + problem);
        ++cuts;
    }
    for (int frames = 1; frames <= whole.sent; ++frames) {
        const QByteArray problem = play(played, R"("clientFrames":)" + QByteArray::number(frames));
        QVERIFY2(problem.isEmpty(), "after " + QByteArray::number(frames) + " frames to the server: " + problem);
        ++cuts;
    }
    qInfo("%d frames came and %d went; %d cuts, each decision done %zu times", whole.received, whole.sent, cuts,
          played.runs);
}

int main(int argc, char **argv)
{
    return packages.run<TestCloudflareCuts>(argc, argv);
}

#include "tst_cloudflare_cuts.moc"
