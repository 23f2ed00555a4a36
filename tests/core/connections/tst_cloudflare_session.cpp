// SPDX-License-Identifier: Apache-2.0
#include "core/connections/cloudflare/session.h"
#include "tests/core/connections/fake_scheduler.h"
#include "tests/core/connections/fake_transport.h"
#include "tests/support/fixed_ids.h"

#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::cloudflare;
using namespace countersign::test;
using namespace std::chrono_literals;

namespace {

struct Rig {
    explicit Rig(quint32 seed = 1)
        : ids(seed)
        , session(scheduler, ids, std::unique_ptr<Transport>(transport), [this]() -> Result<Endpoint> {
            ++asked;
            return endpoint;
        })
    {
        QObject::connect(&session, &CloudflareSession::ended, &session, [this](const Ending &ending, qint64 retryIn) {
            endings.append(ending.words);
            retries.push_back(retryIn);
        });
        QObject::connect(&session, &CloudflareSession::received, &session,
                         [this](const ServerMessage &message) { received.push_back(typeOf(message)); });
    }
    void connect()
    {
        session.start();
        transport->accept();
    }
    /// Calls and remembers what came of it.
    void call(const QString &method)
    {
        session.call({u"id-"_s + method, method, {}},
                     [this](const Result<JsonValue> &reply) { replies.push_back(reply); });
    }
    void reply(const QByteArray &members) { transport->push("{\"type\":\"rpc\"," + members + '}'); }

    FakeClock clock;
    FakeScheduler scheduler{clock};
    SequentialIds ids;
    FakeTransport *transport = new FakeTransport; // The session's.
    Result<Endpoint> endpoint = Endpoint{QUrl(u"wss://agents.example/agents/a/b"_s), {}};
    int asked = 0;
    CloudflareSession session;
    QStringList endings;
    std::vector<qint64> retries;
    QStringList received;
    std::vector<Result<JsonValue>> replies;
};

} // namespace

class TestCloudflareSession : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aCallGetsItsOwnReply();
    void aRefusalIsInTheAgentsWords();
    void aCallWithoutReplyIsUnknown();
    void aLateReplyIsPassedOver();
    void aLostConnectionMakesCallsUnknown();
    void aCallOfAClosedSessionIsNotSent();
    void aStreamingCallGivesItsChunks();
    void theConnectionIsMadeAgainAndAgain();
    void delaysGrowToTheirLimit();
    void aConnectionThatLastedStartsAfresh();
    void aFinalRefusalIsNotRetried();
    void aPersonMayTryAgain();
    void credentialsAreReadBeforeEveryTry();
    void missingCredentialsAreTriedAgain();
    void stoppingIsFinal();
    void generationsGrow();
    void whatIsNoFrameIsPassedOver();
};

void TestCloudflareSession::aCallGetsItsOwnReply()
{
    Rig rig;
    rig.connect();
    rig.call(u"one"_s);
    rig.call(u"two"_s);
    QCOMPARE(rig.transport->sent.value(0), u"{\"type\":\"rpc\",\"id\":\"id-one\",\"method\":\"one\",\"args\":[]}"_s);
    rig.reply(R"("id":"id-two","success":true,"done":true,"result":2)");
    rig.reply(R"("id":"id-one","success":true)"); // Of an older server: no done, no result.
    QCOMPARE(rig.replies.size(), size_t(2));
    QCOMPARE(rig.replies[0]->toInteger(), std::optional<qint64>(2));
    QVERIFY(rig.replies[1]->isNull());
    rig.reply(R"("id":"id-one","success":true,"result":3)");
    QCOMPARE(rig.replies.size(), size_t(2));
}

void TestCloudflareSession::aRefusalIsInTheAgentsWords()
{
    Rig rig;
    rig.connect();
    rig.call(u"one"_s);
    rig.reply(R"("id":"id-one","success":false,"error":"Method one does not exist")");
    QCOMPARE(rig.replies.front().error().code, ErrorCode::WrongState);
    QCOMPARE(rig.replies.front().error().message, u"Method one does not exist"_s);
}

void TestCloudflareSession::aCallWithoutReplyIsUnknown()
{
    Rig rig;
    rig.connect();
    rig.call(u"one"_s);
    rig.scheduler.advance(29s);
    QVERIFY(rig.replies.empty());
    rig.scheduler.advance(2s);
    QCOMPARE(rig.replies.size(), size_t(1));
    QCOMPARE(rig.replies.front().error().code, ErrorCode::Unreachable);
}

void TestCloudflareSession::aLateReplyIsPassedOver()
{
    Rig rig;
    rig.connect();
    rig.call(u"one"_s);
    rig.scheduler.advance(31s);
    rig.reply(R"("id":"id-one","success":true,"result":1)");
    QCOMPARE(rig.replies.size(), size_t(1));
}

void TestCloudflareSession::aLostConnectionMakesCallsUnknown()
{
    Rig rig;
    rig.connect();
    rig.call(u"one"_s);
    rig.call(u"two"_s);
    rig.transport->end();
    QCOMPARE(rig.replies.size(), size_t(2));
    QCOMPARE(rig.replies.front().error().code, ErrorCode::Unreachable);
    QVERIFY(rig.replies.front().error().message.contains(u"before the agent answered"_s));
}

void TestCloudflareSession::aCallOfAClosedSessionIsNotSent()
{
    Rig rig;
    rig.call(u"one"_s);
    QCOMPARE(rig.replies.front().error().code, ErrorCode::Unreachable);
    QVERIFY(rig.replies.front().error().message.contains(u"nothing was sent"_s));
    QVERIFY(rig.transport->sent.isEmpty());
}

void TestCloudflareSession::aStreamingCallGivesItsChunks()
{
    Rig rig;
    rig.connect();
    std::vector<JsonValue> chunks;
    rig.session.call(
        {u"s"_s, u"execute"_s, {}}, [&](const Result<JsonValue> &reply) { rig.replies.push_back(reply); },
        [&](const JsonValue &chunk) { chunks.push_back(chunk); });
    rig.scheduler.advance(10min);
    rig.reply(R"("id":"s","success":true,"done":false,"result":1)");
    rig.reply(R"("id":"s","success":true,"done":false,"result":2)");
    QVERIFY(rig.replies.empty());
    rig.reply(R"("id":"s","success":false,"error":"step 3 failed")");
    QCOMPARE(chunks.size(), size_t(2));
    QCOMPARE(rig.replies.front().error().message, u"step 3 failed"_s);
}

void TestCloudflareSession::theConnectionIsMadeAgainAndAgain()
{
    Rig rig;
    rig.connect();
    rig.transport->end();
    QVERIFY(rig.retries.front() >= 500 && rig.retries.front() <= 1000);
    rig.scheduler.advance(1s);
    QCOMPARE(rig.transport->opens, 2);
    rig.transport->accept();
    QVERIFY(rig.session.isOpen());
}

void TestCloudflareSession::delaysGrowToTheirLimit()
{
    for (quint32 seed = 1; seed <= 20; ++seed) {
        Rig rig(seed);
        rig.session.start();
        qint64 whole = 1000;
        for (int i = 0; i < 20; ++i) {
            rig.transport->end();
            const qint64 delay = rig.retries.back();
            QVERIFY2(delay >= whole / 2 && delay <= whole,
                     qPrintable(u"seed %1, try %2"_s.arg(QString::number(seed), QString::number(i))));
            whole = std::min<qint64>(whole * 2, 30'000);
            rig.scheduler.advance(std::chrono::milliseconds(delay));
            QCOMPARE(rig.transport->opens, i + 2);
        }
    }
}

void TestCloudflareSession::aConnectionThatLastedStartsAfresh()
{
    Rig rig;
    rig.session.start();
    for (int i = 0; i < 6; ++i) {
        rig.transport->end();
        rig.scheduler.advance(30s);
    }
    rig.transport->accept();
    rig.scheduler.advance(1s);
    rig.transport->end(); // Too short to count.
    QVERIFY(rig.retries.back() > 1000);
    rig.scheduler.advance(30s);
    rig.transport->accept();
    rig.scheduler.advance(6s);
    rig.transport->end();
    QVERIFY(rig.retries.back() <= 1000);
}

void TestCloudflareSession::aFinalRefusalIsNotRetried()
{
    Rig rig;
    rig.session.start();
    rig.transport->end(Ending::Next::Stop, u"401"_s);
    QCOMPARE(rig.retries, std::vector<qint64>{-1});
    rig.scheduler.advance(1h);
    QCOMPARE(rig.transport->opens, 1);
}

void TestCloudflareSession::aPersonMayTryAgain()
{
    Rig rig;
    rig.session.start();
    rig.transport->end(Ending::Next::Stop, u"401"_s);
    rig.session.retryNow();
    QCOMPARE(rig.transport->opens, 2);
    rig.transport->accept();
    rig.session.retryNow(); // Already there.
    QCOMPARE(rig.transport->opens, 2);
}

void TestCloudflareSession::credentialsAreReadBeforeEveryTry()
{
    Rig rig;
    rig.session.start();
    rig.endpoint = Endpoint{QUrl(u"wss://agents.example/agents/a/b?token=new"_s), {}};
    rig.transport->end();
    rig.scheduler.advance(1s);
    QCOMPARE(rig.asked, 2);
    QCOMPARE(rig.transport->lastEndpoint.url.query(), u"token=new"_s);
}

void TestCloudflareSession::missingCredentialsAreTriedAgain()
{
    Rig rig;
    rig.endpoint = Error{ErrorCode::NotFound, u"The secrets file is gone."_s, {}};
    rig.session.start();
    QCOMPARE(rig.transport->opens, 0);
    QCOMPARE(rig.endings, QStringList{u"The secrets file is gone."_s});
    rig.endpoint = Endpoint{QUrl(u"wss://agents.example/agents/a/b"_s), {}};
    rig.scheduler.advance(1s);
    QCOMPARE(rig.transport->opens, 1);
}

void TestCloudflareSession::stoppingIsFinal()
{
    Rig rig;
    rig.connect();
    rig.call(u"one"_s);
    rig.session.stop();
    QCOMPARE(rig.replies.size(), size_t(1));
    rig.scheduler.advance(1h);
    QCOMPARE(rig.transport->opens, 1);
    rig.session.start();
    rig.session.stop();
    rig.transport->end();
    rig.scheduler.advance(1h);
    QCOMPARE(rig.transport->opens, 2);
}

void TestCloudflareSession::generationsGrow()
{
    Rig rig;
    rig.connect();
    QCOMPARE(rig.session.generation(), 1);
    rig.transport->end();
    rig.scheduler.advance(1s);
    rig.transport->accept();
    QCOMPARE(rig.session.generation(), 2);
}

void TestCloudflareSession::whatIsNoFrameIsPassedOver()
{
    Rig rig;
    rig.connect();
    for (const QByteArray &frame :
         {QByteArray("hello"), QByteArray("[]"), QByteArray("{"), QByteArray("{\"type\":\"cf_agent_of_tomorrow\"}"),
          QByteArray("{\"type\":\"rpc\"}"), QByteArray("{\"type\":\"cf_agent_state\"}"),
          QByteArray("{\"type\":\"cf_agent_chat_messages\",\"messages\":7}"),
          QByteArray("{\"type\":\"cf_agent_message_updated\",\"message\":{\"id\":\"m\"}}"),
          QByteArray("{\"type\":\"cf_agent_use_chat_response\",\"id\":\"x\",\"body\":\"{\"}"),
          QByteArray("{\"type\":\"cf_agent_identity\",\"type\":\"twice\"}"), QByteArray(1'000'000, '[')}) {
        rig.transport->push(frame);
    }
    QVERIFY(rig.received.isEmpty());
    rig.transport->push("{\"type\":\"expense_waiting\"}");
    QTRY_COMPARE(rig.received, QStringList{u"expense_waiting"_s}); // Behind the large one.
    QVERIFY(rig.session.isOpen());
}

QTEST_GUILESS_MAIN(TestCloudflareSession)
#include "tst_cloudflare_session.moc"
