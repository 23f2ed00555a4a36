// SPDX-License-Identifier: Apache-2.0
#include "core/connections/connection_runner.h"
#include "core/connections/web_socket_transport.h"
#include "tests/core/connections/fake_scheduler.h"
#include "tests/core/connections/fake_transport.h"
#include "tests/support/engine_rig.h"
#include "tests/support/fixed_ids.h"
#include "tests/support/seed.h"

#include <QtCore/QRandomGenerator>
#include <QtCore/QThreadPool>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWebSockets/QWebSocket>
#include <QtWebSockets/QWebSocketServer>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::cloudflare;
using namespace countersign::test;
using namespace std::chrono_literals;

namespace {

constexpr qsizetype large = CloudflareSession::decodedHere + 1000;

/// A message of the application's own that says its number, of about so many bytes.
QByteArray numbered(int number, qsizetype bytes = 0)
{
    return R"({"type":"n)" + QByteArray::number(number) + R"(","filling":")" + QByteArray(bytes, 'x') + "\"}";
}

QStringList names(int count)
{
    QStringList all;
    for (int i = 0; i < count; ++i) {
        all.append(u"n%1"_s.arg(i));
    }
    return all;
}

/// Whatever is being decoded is done, and heard of.
void finishDecoding()
{
    QThreadPool::globalInstance()->waitForDone();
    QCoreApplication::sendPostedEvents();
    QCoreApplication::processEvents();
}

struct Rig {
    Rig()
    {
        auto wire = std::make_unique<FakeTransport>();
        transport = wire.get();
        session = std::make_unique<CloudflareSession>(scheduler, ids, std::move(wire), [] {
            return Result<Endpoint>(Endpoint{QUrl(u"ws://127.0.0.1:1/agents/a/b"_s), {}});
        });
        QObject::connect(session.get(), &CloudflareSession::received, session.get(),
                         [this](const ServerMessage &message) {
                             received.append(typeOf(message));
                             heardAt.push_back(session->heardAt());
                             if (onReceived) {
                                 onReceived();
                             }
                         });
        session->start();
        transport->accept();
    }
    FakeClock clock;
    FakeScheduler scheduler{clock};
    SequentialIds ids{1};
    FakeTransport *transport = nullptr;
    std::unique_ptr<CloudflareSession> session;
    QStringList received;
    std::vector<std::chrono::milliseconds> heardAt;
    std::function<void()> onReceived;
};

} // namespace

/// Large frames are decoded on another thread: in their order, one at a time, and for a connection that is still there.
class TestLargeFrames : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void cleanup() { finishDecoding(); }
    void framesKeepTheirOrder();
    void framesOfAnySizeKeepTheirOrder();
    void thePeerWaitsMeanwhile();
    void itCountsWhenAFrameArrived();
    void aReplyBehindALargeFrameIsHeard();
    void whatIsNoFrameIsPassedOver();
    void aLostConnectionIsHeardNoMore();
    void aNewConnectionHearsItsOwnOnly();
    void aStoppedSessionHearsNoMore();
    void aSessionMayGoMeanwhile();
    void aSessionMayBeStoppedByALargeFrame();
    void aRealServerMayCloseBehindALargeFrame();
    void nothingIsConcludedFromWhatIsOvertaken();
    void aLargeTranscriptIsRead();
    void aTranscriptOfALostConnectionIsDropped();
};

void TestLargeFrames::framesKeepTheirOrder()
{
    Rig rig;
    rig.transport->push(numbered(0));
    QCOMPARE(rig.received, names(1)); // At once.
    rig.transport->push(numbered(1, large));
    rig.transport->push(numbered(2));
    rig.transport->push(numbered(3, large));
    rig.transport->push(numbered(4));
    QCOMPARE(rig.received, names(1)); // This thread did not decode it.
    QVERIFY(rig.session->isBehind());
    QSignalSpy caughtUp(rig.session.get(), &CloudflareSession::caughtUp);
    QTRY_COMPARE(rig.received, names(5));
    QVERIFY(!rig.session->isBehind());
    QTRY_COMPARE(caughtUp.count(), 1);
    rig.transport->push(numbered(5));
    QCOMPARE(rig.received, names(6));
}

void TestLargeFrames::framesOfAnySizeKeepTheirOrder()
{
    QRandomGenerator random(seedOfThisRun());
    Rig rig;
    constexpr int count = 120;
    for (int i = 0; i < count; ++i) {
        const bool isLarge = random.bounded(4) == 0;
        rig.transport->push(numbered(i, isLarge ? large + random.bounded(200'000) : random.bounded(1000)));
        if (random.bounded(10) == 0) {
            QCoreApplication::processEvents();
        }
    }
    QTRY_COMPARE_WITH_TIMEOUT(rig.received.size(), count, 30'000);
    QCOMPARE(rig.received, names(count));
}

void TestLargeFrames::thePeerWaitsMeanwhile()
{
    Rig rig;
    rig.transport->push(numbered(0));
    QVERIFY(!rig.transport->isHeld);
    rig.transport->push(numbered(1, large));
    QVERIFY(rig.transport->isHeld);
    QTRY_COMPARE(rig.received, names(2));
    QTRY_VERIFY(!rig.transport->isHeld);
}

void TestLargeFrames::itCountsWhenAFrameArrived()
{
    Rig rig;
    const std::chrono::milliseconds first = rig.clock.monotonic();
    rig.transport->push(numbered(0, large));
    rig.clock.advance(3s);
    rig.transport->push(numbered(1));
    rig.clock.advance(3s);
    QTRY_COMPARE(rig.received, names(2));
    QCOMPARE(rig.heardAt, (std::vector{first, first + 3s}));
}

void TestLargeFrames::aReplyBehindALargeFrameIsHeard()
{
    Rig rig;
    std::vector<Result<JsonValue>> replies;
    rig.session->call({u"id-1"_s, u"decide"_s, {}}, [&](const Result<JsonValue> &reply) { replies.push_back(reply); });
    rig.transport->push(numbered(0, large));
    rig.transport->push(R"({"type":"rpc","id":"id-1","success":true,"done":true,"result":7})");
    QVERIFY(replies.empty());
    QTRY_COMPARE(replies.size(), size_t(1));
    QCOMPARE(replies.front()->toInteger(), qint64(7));
    QCOMPARE(rig.received, names(1));
}

void TestLargeFrames::whatIsNoFrameIsPassedOver()
{
    Rig rig;
    rig.transport->push(QByteArray(large, '{'));
    rig.transport->push("\"" + QByteArray(large, '\xFF'));
    rig.transport->push(numbered(0));
    QTRY_COMPARE(rig.received, names(1));
}

void TestLargeFrames::aLostConnectionIsHeardNoMore()
{
    Rig rig;
    int replies = 0;
    rig.session->call({u"id-1"_s, u"decide"_s, {}}, [&](const Result<JsonValue> &reply) {
        QVERIFY(!reply);
        ++replies;
    });
    rig.transport->push(numbered(0, large));
    rig.transport->push(R"({"type":"rpc","id":"id-1","success":true,"done":true})");
    rig.transport->end();
    QCOMPARE(replies, 1); // Nobody knows what came of it.
    QVERIFY(!rig.session->isBehind());
    finishDecoding();
    QCOMPARE(rig.received, QStringList());
    QCOMPARE(replies, 1);
}

void TestLargeFrames::aNewConnectionHearsItsOwnOnly()
{
    Rig rig;
    rig.transport->push(numbered(9, large));
    rig.transport->end();
    rig.scheduler.advance(1min);
    rig.transport->accept();
    rig.transport->push(numbered(0, large));
    rig.transport->push(numbered(1));
    QTRY_COMPARE(rig.received, names(2));
    finishDecoding();
    QCOMPARE(rig.received, names(2));
}

void TestLargeFrames::aStoppedSessionHearsNoMore()
{
    Rig rig;
    rig.transport->push(numbered(0, large));
    rig.session->stop();
    finishDecoding();
    QCOMPARE(rig.received, QStringList());
    rig.session->start();
    rig.transport->accept();
    rig.transport->push(numbered(0));
    QCOMPARE(rig.received, names(1));
}

void TestLargeFrames::aSessionMayGoMeanwhile()
{
    Rig rig;
    for (int i = 0; i < 5; ++i) {
        rig.transport->push(numbered(i, large));
    }
    rig.session.reset();
    finishDecoding();
    QCOMPARE(rig.received, QStringList());
}

void TestLargeFrames::aSessionMayBeStoppedByALargeFrame()
{
    Rig rig;
    rig.onReceived = [&rig] { rig.session->stop(); };
    rig.transport->push(numbered(0, large));
    rig.transport->push(numbered(1));
    rig.transport->push(numbered(2, large));
    QTRY_COMPARE(rig.received, names(1));
    finishDecoding();
    QCOMPARE(rig.received, names(1));
    QVERIFY(!rig.transport->isHeld);
}

/// The whole way: the last word of a server that closes is heard, although it takes a while to read.
void TestLargeFrames::aRealServerMayCloseBehindALargeFrame()
{
    QWebSocketServer server(u"agent"_s, QWebSocketServer::NonSecureMode);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const SystemClock clock;
    EventLoopScheduler scheduler(clock);
    SequentialIds ids(1);
    const QUrl url(u"ws://127.0.0.1:%1/agents/a/b"_s.arg(server.serverPort()));
    CloudflareSession session(scheduler, ids, std::make_unique<WebSocketTransport>(scheduler), [url] {
        return Result<Endpoint>(Endpoint{url, {}});
    });
    QStringList heard;
    QElapsedTimer lap;
    qint64 longest = 0;
    QTimer beat; // How long this thread did nothing else.
    connect(&beat, &QTimer::timeout, this, [&] { longest = std::max(longest, lap.restart()); });
    connect(&session, &CloudflareSession::received, this,
            [&](const ServerMessage &message) { heard.append(typeOf(message)); });
    connect(&session, &CloudflareSession::ended, this, [&] {
        heard.append(u"end"_s);
        session.stop();
    });
    session.start();
    QTRY_VERIFY(server.hasPendingConnections());
    const std::unique_ptr<QWebSocket> peer(server.nextPendingConnection());
    peer->sendTextMessage(QString::fromUtf8(numbered(0)));
    peer->sendTextMessage(QString::fromUtf8(numbered(1, 4'000'000)));
    peer->sendTextMessage(QString::fromUtf8(numbered(2)));
    peer->close();
    lap.start();
    beat.start(1);
    QTRY_COMPARE_WITH_TIMEOUT(heard.size(), 4, 20'000);
    QCOMPARE(heard, names(3) + QStringList(u"end"_s));
    qInfo("the longest pause of this thread: %lld ms", longest);
}

namespace {

class FakeTranscripts final : public TranscriptSource
{
public:
    void fetch(const Endpoint &) override { ++asked; }
    void cancel() override {}
    void give(const QByteArray &json) { Q_EMIT fetched(json); }
    int asked = 0;
};

struct RunnerRig {
    RunnerRig()
    {
        auto wire = std::make_unique<FakeTransport>();
        auto source = std::make_unique<FakeTranscripts>();
        transport = wire.get();
        transcripts = source.get();
        ConnectionRow row;
        row.id = u"c1"_s;
        row.name = u"shop"_s;
        row.kind = u"cloudflare"_s;
        ConnectionSettings settings;
        settings.url = QUrl(u"ws://127.0.0.1:1/agents/a/b"_s);
        runner = std::make_unique<ConnectionRunner>(
            ConnectionRunner::Parts{door, scheduler, engine.ids, std::move(wire), std::move(source),
                                    [] {
                                        return Result<Endpoint>(Endpoint{QUrl(u"ws://127.0.0.1:1"_s), {}});
                                    }},
            row, settings, builtinProfile());
        runner->start();
        transport->accept();
    }
    size_t requests() { return engine.store->liveRequests(u"shop"_s, 10).value().size(); }
    RequestId filed(const QString &title)
    {
        const std::vector<Request> live = engine.store->liveRequests(u"shop"_s, 10).value();
        for (const Request &request : live) {
            if (engine.round(request.id).content.title == title) {
                return request.id;
            }
        }
        return {};
    }

    EngineRig engine;
    FakeScheduler scheduler{engine.clock};
    DirectEngineDoor door{*engine.engine};
    FakeTransport *transport = nullptr;
    FakeTranscripts *transcripts = nullptr;
    std::unique_ptr<ConnectionRunner> runner;
};

QByteArray stateOf(const QByteArray &pending, qsizetype bytes = 0)
{
    return R"({"type":"cf_agent_state","state":{"pending":[)" + pending + R"(],"history":[],"filling":")" +
           QByteArray(bytes, 'x') + "\"}}";
}

QByteArray largeTranscript()
{
    return R"([{"id":"u1","role":"user","parts":[{"type":"text","text":")" + QByteArray(large, 'x') +
           R"("}]},{"id":"a1","role":"assistant","parts":[{"type":"tool-pay","toolCallId":"c1",)"
           R"("state":"approval-requested","input":{"amount":5},"approval":{"id":"ap1"}}]}])";
}

} // namespace

void TestLargeFrames::nothingIsConcludedFromWhatIsOvertaken()
{
    RunnerRig rig;
    QVERIFY(rig.engine.engine->holdLease().value());
    rig.transport->push(stateOf(R"({"id":"x1","title":"One"},{"id":"x2","title":"Two"})"));
    QTRY_COMPARE(rig.requests(), size_t(2));
    const RequestId one = rig.filed(u"One"_s);
    const RequestId two = rig.filed(u"Two"_s);
    rig.engine.decide(two, Verdict::Approve);
    rig.runner->poke();
    QTRY_VERIFY(!rig.transport->sent.filter(u"x2"_s).isEmpty()); // A decision goes out at once, usually.
    finishDecoding();                                            // And nothing of it is under way here.
    const QStringList before = rig.transport->sent;
    rig.engine.decide(one, Verdict::Approve);
    rig.transport->push(stateOf(R"({"id":"x2","title":"Two"})", large)); // It does not wait for that any more.
    QVERIFY(!rig.runner->isSettled());
    rig.runner->poke();
    QCOMPARE(rig.engine.request(one).state.delivery, Delivery::Released);
    QCOMPARE(rig.transport->sent, before);
    finishDecoding();
    QTRY_VERIFY(!rig.runner->agentStateText().contains("x1"));
    rig.scheduler.advance(2s);
    QCOMPARE(rig.transport->sent.filter(u"x1"_s), QStringList());
    QVERIFY(rig.engine.request(one).state.delivery != Delivery::Sending);
}

void TestLargeFrames::aLargeTranscriptIsRead()
{
    RunnerRig rig;
    rig.transcripts->give(largeTranscript());
    QVERIFY(rig.runner->transcript().messages().empty()); // Not on this thread.
    QVERIFY(!rig.runner->isSettled());
    QTRY_COMPARE(rig.requests(), size_t(1));
    QVERIFY(rig.runner->status().hasChat);
    rig.transcripts->give(QByteArray(large, '['));
    finishDecoding();
    QCOMPARE(rig.transcripts->asked, 1);
    rig.scheduler.advance(1s);
    QCOMPARE(rig.transcripts->asked, 2); // What cannot be read is asked for again.
}

void TestLargeFrames::aTranscriptOfALostConnectionIsDropped()
{
    RunnerRig rig;
    rig.transcripts->give(largeTranscript());
    rig.transport->end();
    finishDecoding();
    QVERIFY(rig.runner->transcript().messages().empty());
    rig.scheduler.advance(1min);
    rig.transport->accept();
    QCOMPARE(rig.transcripts->asked, 2); // And asked for anew.
    rig.transcripts->give(largeTranscript());
    rig.runner.reset();
    finishDecoding();
    QCOMPARE(rig.requests(), size_t(0));
}

QTEST_GUILESS_MAIN(TestLargeFrames)
#include "tst_large_frames.moc"
