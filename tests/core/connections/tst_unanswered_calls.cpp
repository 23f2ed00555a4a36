// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "core/connections/connection_runner.h"
#include "tests/core/connections/fake_scheduler.h"
#include "tests/core/connections/fake_transport.h"
#include "tests/support/engine_rig.h"

#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;
using namespace countersign::cloudflare;
using namespace std::chrono_literals;

namespace {

class FakeTranscripts final : public TranscriptSource
{
public:
    void fetch(const Endpoint &) override { ++asked; }
    void cancel() override {}
    void give(const QByteArray &json) { Q_EMIT fetched(json); }
    int asked = 0;
};

QByteArray part(const QByteArray &tool, const QByteArray &call, const QByteArray &rest = R"("state":"input-available")")
{
    return R"({"type":"tool-)" + tool + R"(","toolCallId":")" + call + R"(","input":{},)" + rest + '}';
}

QByteArray transcript(const QByteArrayList &parts)
{
    return R"([{"id":"u1","role":"user","parts":[{"type":"text","text":"go"}]},)"
           R"({"id":"a1","role":"assistant","parts":[)" +
           parts.join(',') + "]}]";
}

QByteArray chunk(int seq, const QByteArray &body)
{
    return R"({"type":"cf_agent_use_chat_response","id":"turn","done":false,"seq":)" + QByteArray::number(seq) +
           R"(,"body":)" + writeJson(JsonValue::fromUtf8(body.toStdString())) + '}';
}

const QByteArray endOfTurn = R"({"type":"cf_agent_use_chat_response","id":"turn","done":true,"body":""})";

/// One connection to an agent that the test plays.
struct Rig {
    explicit Rig(const Profile &profile = builtinProfile())
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
            row, settings, profile);
        runner->start();
        transport->accept();
    }
    void give(const QByteArrayList &parts) { transcripts->give(transcript(parts)); }
    QStringList tools() const
    {
        QStringList names;
        for (const UnansweredCall &one : runner->status().unanswered) {
            names.append(one.tool + u'/' + one.call);
        }
        return names;
    }

    EngineRig engine;
    FakeScheduler scheduler{engine.clock};
    DirectEngineDoor door{*engine.engine};
    FakeTransport *transport = nullptr;
    FakeTranscripts *transcripts = nullptr;
    std::unique_ptr<ConnectionRunner> runner;
};

} // namespace

/// A call that nobody answers is told after a while, and never taken for the reviewer's before a person says so.
class TestUnansweredCalls : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aCallWithoutAnOutputIsToldAfterAWhile();
    void whatIsNotUnanswered_data();
    void whatIsNotUnanswered();
    void aCallOfATurnThatGoesOnIsNotTold();
    void anAnswerByOthersTakesItAway();
    void aLostConnectionDoesNotBeginAnew();
    void theClockOfTheWallDoesNotCount();
    void aToolIsAddedToAProfile_data();
    void aToolIsAddedToAProfile();
    void noProfileTakesEveryTool_data();
    void noProfileTakesEveryTool();
};

void TestUnansweredCalls::aCallWithoutAnOutputIsToldAfterAWhile()
{
    Rig rig;
    rig.give({part("getLocation", "c1")});
    QCOMPARE(rig.tools(), QStringList());
    rig.scheduler.advance(4900ms);
    QCOMPARE(rig.tools(), QStringList());
    QSignalSpy changed(rig.runner.get(), &ConnectionRunner::changed);
    rig.scheduler.advance(100ms);
    QCOMPARE(rig.tools(), QStringList(u"getLocation/c1"_s));
    QCOMPARE(changed.count(), 1);
    QCOMPARE(rig.engine.clock.now() - rig.runner->status().unanswered.front().since, 5000ms);
    QVERIFY(rig.runner->view().items.empty()); // It is told, and nothing is asked of anybody.
    rig.scheduler.advance(60s);
    QCOMPARE(changed.count(), 1);
}

void TestUnansweredCalls::whatIsNotUnanswered_data()
{
    QTest::addColumn<QByteArrayList>("parts");
    const auto row = [](const char *name, const QByteArray &one) { QTest::newRow(name) << QByteArrayList{one}; };
    row("a call that asks for approval", part("pay", "c1", R"("state":"approval-requested","approval":{"id":"ap1"})"));
    row("an approved one that runs", part("pay", "c1", R"("state":"input-available","approval":{"id":"ap1"})"));
    row("one with an output", part("getLocation", "c1", R"("state":"output-available","output":1)"));
    row("one that failed", part("getLocation", "c1", R"("state":"output-error","errorText":"no")"));
    row("one whose input still comes", part("getLocation", "c1", R"("state":"input-streaming")"));
    row("one of a tool that the profile names", part("readClipboard", "c1"));
    row("a tool that no profile can name", part("*", "c1"));
    row("a tool without a name", R"({"type":"dynamic-tool","toolCallId":"c1","input":{},"state":"input-available"})");
    row("a name without an end", part(QByteArray(201, 'x'), "c1"));
    QTest::newRow("one that was left behind, for the agent went on") << QByteArrayList{
        part("getLocation", "c1") + R"(]},{"id":"a2","role":"assistant","parts":[{"type":"text","text":"so"})"};
}

void TestUnansweredCalls::whatIsNotUnanswered()
{
    QFETCH(QByteArrayList, parts);
    Rig rig(readProfile(R"({"chat":{"clientTools":[{"name":"readClipboard"}]}})").value());
    rig.give(parts);
    rig.scheduler.advance(60s);
    QCOMPARE(rig.tools(), QStringList());
}

void TestUnansweredCalls::aCallOfATurnThatGoesOnIsNotTold()
{
    Rig rig;
    rig.give({});
    rig.transport->push(chunk(0, R"({"type":"start","messageId":"a2"})"));
    rig.transport->push(
        chunk(1, R"({"type":"tool-input-available","toolCallId":"c1","toolName":"getWeather","input":{}})"));
    rig.scheduler.advance(60s); // A slow tool of the agent's own.
    QCOMPARE(rig.tools(), QStringList());
    rig.transport->push(endOfTurn);
    rig.scheduler.advance(1s);
    QCOMPARE(rig.tools(), QStringList());
    rig.scheduler.advance(4s);
    QCOMPARE(rig.tools(), QStringList(u"getWeather/c1"_s));
}

void TestUnansweredCalls::anAnswerByOthersTakesItAway()
{
    Rig rig;
    rig.give({part("getLocation", "c1"), part("askUser", "c2")});
    rig.scheduler.advance(5s);
    QCOMPARE(rig.tools(), QStringList({u"getLocation/c1"_s, u"askUser/c2"_s}));
    rig.transport->push(R"({"type":"cf_agent_message_updated","message":{"id":"a1","role":"assistant","parts":[)" +
                        part("getLocation", "c1", R"("state":"output-available","output":1)") + ',' +
                        part("askUser", "c2") + "]}}");
    QCOMPARE(rig.tools(), QStringList(u"askUser/c2"_s));
    rig.transport->push(R"({"type":"cf_agent_chat_clear"})");
    QCOMPARE(rig.tools(), QStringList());
}

void TestUnansweredCalls::aLostConnectionDoesNotBeginAnew()
{
    Rig rig;
    rig.give({part("getLocation", "c1")});
    rig.scheduler.advance(3s);
    rig.transport->end();
    rig.scheduler.advance(1s);
    rig.transport->accept();
    rig.scheduler.advance(1s);
    QCOMPARE(rig.tools(), QStringList()); // Before the transcript is read it may have been answered.
    rig.give({part("getLocation", "c1")});
    QCOMPARE(rig.tools(), QStringList(u"getLocation/c1"_s));
}

void TestUnansweredCalls::theClockOfTheWallDoesNotCount()
{
    Rig rig;
    rig.give({part("getLocation", "c1")});
    rig.engine.clock.stepWall(1h);
    rig.give({part("getLocation", "c1")});
    QCOMPARE(rig.tools(), QStringList());
    rig.engine.clock.stepWall(-2h);
    rig.scheduler.advance(5s);
    QCOMPARE(rig.tools(), QStringList(u"getLocation/c1"_s));
}

void TestUnansweredCalls::aToolIsAddedToAProfile_data()
{
    QTest::addColumn<QByteArray>("profile");
    QTest::newRow("the built-in one") << QByteArray();
    QTest::newRow("one without a chat") << QByteArray(R"({"name":"n","state":[]})");
    QTest::newRow("one with other tools") << QByteArray(
        R"({"chat":{"autoContinue":false,"clientTools":[{"name":"a","outputSchema":{"type":"string"}}]}})");
}

void TestUnansweredCalls::aToolIsAddedToAProfile()
{
    QFETCH(QByteArray, profile);
    const Profile before = profile.isEmpty() ? builtinProfile() : readProfile(profile).value();
    const QByteArray added = withClientTool(profile, u"get \"Location\""_s).value();
    const Profile after = readProfile(added).value();
    QVERIFY(after.chat.clientTool(u"get \"Location\""_s));
    QVERIFY(!after.chat.clientTool(u"other"_s));
    QCOMPARE(after.name, before.name);
    QCOMPARE(after.rules.size(), before.rules.size());
    QCOMPARE(after.chat.autoContinue, before.chat.autoContinue);
    QCOMPARE(after.chat.clientTools.size(), before.chat.clientTools.size() + 1);
    for (const ClientTool &tool : before.chat.clientTools) {
        QCOMPARE(after.chat.clientTool(tool.name)->outputSchema, tool.outputSchema);
    }
    QCOMPARE(withClientTool(added, u"get \"Location\""_s).value(), added);
}

void TestUnansweredCalls::noProfileTakesEveryTool_data()
{
    QTest::addColumn<QByteArray>("profile");
    QTest::addColumn<QString>("tool");
    QTest::newRow("every tool") << QByteArray() << u"*"_s;
    QTest::newRow("no name") << QByteArray() << QString();
    QTest::newRow("half a letter") << QByteArray() << QString(QChar(0xD800));
    QTest::newRow("no profile") << QByteArray("{") << u"a"_s;
    QByteArrayList many;
    for (int i = 0; i < 200; ++i) {
        many.append(R"({"name":"t)" + QByteArray::number(i) + R"("})");
    }
    QTest::newRow("one too many") << R"({"chat":{"clientTools":[)" + many.join(',') + "]}}" << u"a"_s;
}

void TestUnansweredCalls::noProfileTakesEveryTool()
{
    QFETCH(QByteArray, profile);
    QFETCH(QString, tool);
    QVERIFY(!withClientTool(profile, tool));
}

QTEST_GUILESS_MAIN(TestUnansweredCalls)
#include "tst_unanswered_calls.moc"
