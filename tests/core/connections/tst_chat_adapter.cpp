// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "core/connections/cloudflare/chat_adapter.h"
#include "core/connections/cloudflare/codec.h"

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

QTEST_GUILESS_MAIN(TestChatAdapter)
#include "tst_chat_adapter.moc"
