// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "core/connections/cloudflare/chat_adapter.h"
#include "core/connections/cloudflare/codec.h"
#include "core/connections/connection_settings.h"
#include "core/connections/conversation.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::cloudflare;
using namespace std::chrono_literals;

namespace {

QByteArray chunk(int seq, const QByteArray &body)
{
    return R"({"type":"cf_agent_use_chat_response","id":"turn","done":false,"seq":)" + QByteArray::number(seq) +
           R"(,"body":)" + writeJson(JsonValue::fromUtf8(body.toStdString())) + '}';
}

std::vector<ChatMessage> messages(const QByteArray &list)
{
    return readChatMessages(readJson(list).value());
}

const QByteArray asked = R"({"id":"u1","role":"user","parts":[{"type":"text","text":"pay"}]})";

} // namespace

/// What the adapter makes of frames and transcripts that do not come in the order in which they were made.
class TestChatAdapter : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void aTranscriptOlderThanTheFramesTakesNothingAway();
    void aTranscriptWithoutFramesSinceIsTheWholeTruth();
    void aSnapshotSinceIsNewerThanTheTranscript();
    void aClientToolWaitsWhileItsStepIsPending();
    void theCallsOfOneStepBelongTogether();
    void theConversationIsReadAsItWasSaid();
    void theConnectionsOwnWordOnGoingOnCounts();

private:
    void hear(const QByteArray &frame) { m_chat.take(decode(frame), 2ms); }
    void hearACallThatWaits();
    size_t waiting() const;

    ChatAdapter m_chat{ChatProfile{true, {{u"getLocation"_s, {}}}}};
};

void TestChatAdapter::init()
{
    m_chat = ChatAdapter(ChatProfile{true, {{u"getLocation"_s, {}}}});
    m_chat.connectionOpened();
    m_chat.transcriptAsked();
}

void TestChatAdapter::hearACallThatWaits()
{
    hear(chunk(0, R"({"type":"start","messageId":"a1"})"));
    hear(chunk(1, R"({"type":"tool-input-available","toolCallId":"call_1","toolName":"pay","input":{"amount":5}})"));
    hear(chunk(2, R"({"type":"tool-approval-request","toolCallId":"call_1","approvalId":"ap1"})"));
    hear(R"({"type":"cf_agent_use_chat_response","id":"turn","done":true,"body":""})");
}

size_t TestChatAdapter::waiting() const
{
    const std::vector<PeerItem> items = m_chat.items();
    return static_cast<size_t>(std::count_if(
        items.begin(), items.end(), [](const PeerItem &item) { return item.stand == PeerItem::Stand::Waits; }));
}

void TestChatAdapter::aTranscriptOlderThanTheFramesTakesNothingAway()
{
    hearACallThatWaits();
    QCOMPARE(waiting(), size_t(1));

    QVERIFY(!m_chat.takeTranscript(messages('[' + asked + ']'), 1ms));
    QCOMPARE(waiting(), size_t(1));
    QVERIFY(!m_chat.isKnown());
    QCOMPARE(m_chat.askedAt(), 0ms);
    QCOMPARE(m_chat.transcript().messages().size(), size_t(2));

    m_chat.transcriptAsked();
    QVERIFY(m_chat.takeTranscript(messages('[' + asked + ']'), 3ms));
    QCOMPARE(waiting(), size_t(0));
    QCOMPARE(m_chat.askedAt(), 3ms);
    QVERIFY(m_chat.isKnown());
}

void TestChatAdapter::aTranscriptWithoutFramesSinceIsTheWholeTruth()
{
    hearACallThatWaits();
    m_chat.connectionOpened();
    m_chat.transcriptAsked();
    QVERIFY(m_chat.takeTranscript(messages("[]"), 1ms));
    QCOMPARE(waiting(), size_t(0));
    QVERIFY(m_chat.isKnown());
}

void TestChatAdapter::aSnapshotSinceIsNewerThanTheTranscript()
{
    hear(R"({"type":"cf_agent_chat_messages","messages":[)" + asked +
         R"(,{"id":"a1","role":"assistant","parts":[{"type":"tool-pay","toolCallId":"call_1","toolName":"pay",)" +
         R"("state":"approval-requested","input":{},"approval":{"id":"ap1"}}]}]})");
    QVERIFY(m_chat.takeTranscript(messages('[' + asked + ']'), 1ms));
    QCOMPARE(waiting(), size_t(1));
    QVERIFY(m_chat.isKnown());
    QCOMPARE(m_chat.askedAt(), 0ms); // It is no answer of ours.
}

void TestChatAdapter::aClientToolWaitsWhileItsStepIsPending()
{
    hear(chunk(0, R"({"type":"start","messageId":"a1"})"));
    hear(chunk(1, R"({"type":"tool-input-available","toolCallId":"call_1","toolName":"getLocation","input":{}})"));
    QCOMPARE(waiting(), size_t(0)); // The turn is not over: it may be about to run.
    hear(R"({"type":"cf_agent_use_chat_response","id":"turn","done":true,"body":""})");
    QCOMPARE(waiting(), size_t(1));

    hear(R"({"type":"cf_agent_stream_pending","id":"next"})");
    QCOMPARE(waiting(), size_t(1)); // Pending until this very call is answered.
    hear(R"({"type":"cf_agent_stream_resuming","id":"next"})");
    QCOMPARE(waiting(), size_t(0));
}

void TestChatAdapter::theCallsOfOneStepBelongTogether()
{
    const auto call = [](const QByteArray &id) {
        return R"({"type":"tool-getLocation","toolCallId":")" + id + R"(","state":"input-available","input":{"of":")" +
               id + R"("}})";
    };
    const QByteArray step = R"({"type":"step-start"})";
    hear(R"({"type":"cf_agent_chat_messages","messages":[)" + asked + R"(,{"id":"a1","role":"assistant","parts":[)" +
         step + ',' + call("c1") + ',' + call("c2") + ',' + step + ',' + call("c3") + "]}]}");
    const std::vector<PeerItem> stored = m_chat.items();
    QCOMPARE(stored.size(), size_t(3));
    QCOMPARE(stored[0].parent.batch, stored[1].parent.batch);
    QVERIFY(stored[0].parent.batch != stored[2].parent.batch);

    init(); // The same, as it streams in.
    hear(chunk(0, R"({"type":"start","messageId":"a1"})"));
    int seq = 1;
    for (const char *id : {"", "c1", "c2", "", "c3"}) {
        const QByteArray name(id);
        hear(chunk(seq++, name.isEmpty() ? QByteArray(R"({"type":"start-step"})")
                                         : R"({"type":"tool-input-available","toolName":"getLocation","toolCallId":")" +
                                               name + R"(","input":{"of":")" + name + R"("}})"));
    }
    hear(R"({"type":"cf_agent_use_chat_response","id":"turn","done":true,"body":""})");
    const std::vector<PeerItem> streamed = m_chat.items();
    QCOMPARE(streamed.size(), size_t(3));
    for (size_t i = 0; i < streamed.size(); ++i) {
        QCOMPARE(streamed[i].parent.batch, stored[i].parent.batch);
    }
}

void TestChatAdapter::theConversationIsReadAsItWasSaid()
{
    hear(
        R"({"type":"cf_agent_chat_messages","messages":[)" + asked +
        R"(,{"id":"a1","role":"assistant","parts":[{"type":"text","text":"I "},{"type":"text","text":"pay."},)" +
        R"({"type":"tool-pay","toolCallId":"c1","toolName":"pay","state":"output-available","input":{"amount":5.00},)" +
        R"("output":{"paid":true}},{"type":"tool-getLocation","toolCallId":"c2","state":"input-available",)" +
        R"("input":{}}]}]})");
    const Conversation live = conversationOf(m_chat.transcript(), 100);
    QCOMPARE(live.lines.size(), size_t(4));
    QCOMPARE(live.lines[0].speaker, u"user"_s);
    QCOMPARE(live.lines[1].text, u"I pay."_s);
    QCOMPARE(live.lines[2].speaker, u"pay"_s);
    QCOMPARE(live.lines[2].input, R"({"amount":5.00})"_ba);
    QCOMPARE(live.lines[2].output, R"({"paid":true})"_ba);
    QCOMPARE(live.lines[3].callId, u"c2"_s);
    QCOMPARE(conversationOf(m_chat.transcript(), 1).earlierLeftOut, qint64(1));

    const std::vector<PeerItem> items = m_chat.items(); // With what it was filed, everything before the call.
    const Conversation filed = readConversation(items.back().content.annotations);
    QCOMPARE(filed.lines.size(), size_t(3));
    QCOMPARE(filed.lines[1].text, live.lines[1].text);
    QCOMPARE(filed.lines[2].output, live.lines[2].output);
    QVERIFY(readConversation("{}").isEmpty());
    QVERIFY(readConversation(R"({"conversation":{"role":"user"}})").isEmpty());
}

void TestChatAdapter::theConnectionsOwnWordOnGoingOnCounts()
{
    ConnectionSettings settings;
    settings.url = QUrl(u"wss://agents.example/agents/a/b"_s);
    QVERIFY(!decodeSettings(encodeSettings(settings))->autoContinue);
    settings.autoContinue = false;
    QCOMPARE(*decodeSettings(encodeSettings(settings)), settings);

    DeliveryOrder order;
    order.verdict = Verdict::Answer;
    order.content.answer = "\"here\"";
    order.correlation = R"({"toolCallId":"c1","toolName":"getLocation"})";
    m_chat.setAutoContinue(false);
    const Result<ClientMessage> quiet = ChatAdapter::answer(order, m_chat.profile());
    QVERIFY(quiet);
    QVERIFY(!std::get<ToolResult>(*quiet).autoContinue);
    m_chat.setAutoContinue(true);
    QVERIFY(std::get<ToolResult>(*ChatAdapter::answer(order, m_chat.profile())).autoContinue);
}

QTEST_GUILESS_MAIN(TestChatAdapter)
#include "tst_chat_adapter.moc"
