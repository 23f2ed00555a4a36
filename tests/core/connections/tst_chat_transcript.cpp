// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "core/connections/cloudflare/chat_transcript.h"
#include "core/connections/conversation.h"
#include "tests/support/seed.h"

#include <QtTest/QTest>

#include <random>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::cloudflare;
using namespace countersign::test;

namespace {

ChatResponse frame(const QByteArray &chunk, const QString &stream = u"turn"_s)
{
    ChatResponse response;
    response.id = stream;
    response.chunk = readJson(chunk).value();
    return response;
}

QByteArray started(int number)
{
    return R"({"type":"start","messageId":"a)" + QByteArray::number(number) + "\"}";
}

QByteArray said(const QByteArray &words)
{
    return R"({"type":"text-delta","delta":")" + words + "\"}";
}

QByteArray call(const QByteArray &id, const QByteArray &input)
{
    return R"({"type":"tool-input-available","toolName":"pay","toolCallId":")" + id + R"(","input":)" + input + '}';
}

QByteArray ofCall(const QByteArray &type, const QByteArray &id, const QByteArray &more = {})
{
    return "{\"type\":\"" + type + R"(","toolCallId":")" + id + "\"" + more + '}';
}

} // namespace

/// What a chat takes of memory, however long it goes on, and what it never forgets.
class TestChatTranscript : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void oneEndlessAnswerKeepsItsEnd();
    void theOldestWordsAreForgottenButNoCall();
    void theWordsAroundAnOpenCallGoLast();
    void callsWithoutEndAreNotTakenIn();
    void anApprovalOfUnknownArgumentsIsNotAskedFor();
    void resultsWithoutEndAreNotKept();
    void partsWithoutEndAreNotTakenIn();
    void whatIsCountedIsWhatIsHeld();

private:
    void hear(const QByteArray &chunk) { m_chat.apply(frame(chunk)); }

    ChatTranscript m_chat;
};

void TestChatTranscript::oneEndlessAnswerKeepsItsEnd()
{
    m_chat = {};
    hear(started(1));
    const QByteArray words(1000, 'x');
    for (int i = 0; i < 3'000; ++i) {
        hear(said(words));
        QVERIFY(m_chat.talk() <= ChatTranscript::mostTalk);
    }
    hear(said("the end"));
    QCOMPARE(m_chat.messages().size(), size_t(1));
    const QString &text = m_chat.messages().front().parts.front().text;
    QVERIFY(text.startsWith(u'…') && text.endsWith("xthe end"_L1));
}

void TestChatTranscript::theOldestWordsAreForgottenButNoCall()
{
    m_chat = {};
    const QByteArray words(10'000, 'x');
    for (int i = 0; i < 500; ++i) {
        hear(started(i));
        hear(said(words));
        hear(call("c" + QByteArray::number(i), R"({"amount":5})"));
        hear(ofCall("tool-output-available", "c" + QByteArray::number(i), R"(,"output":"paid")"));
        QVERIFY(m_chat.talk() <= ChatTranscript::mostTalk);
    }
    QCOMPARE(m_chat.messages().size(), size_t(500));
    QCOMPARE(m_chat.toolCalls().size(), size_t(500)); // Each is the proof of what became of a decision.
    QVERIFY(m_chat.forgotten() > 250 && m_chat.forgotten() < 450);
    QVERIFY(m_chat.messages()[m_chat.forgotten() - 1].parts.front().text.isEmpty());
    QCOMPARE(m_chat.messages()[m_chat.forgotten()].parts.front().text.size(), 10'000);
    QCOMPARE(conversationOf(m_chat, 10).earlierLeftOut, 490);
    QCOMPARE(conversationOf(m_chat, 1000).earlierLeftOut, static_cast<qint64>(m_chat.forgotten()));
    const ChatTranscript::Place end{m_chat.messages().size() - 1, m_chat.messages().back().parts.size()};
    QCOMPARE(m_chat.conversationBefore(end, 3, 1'000'000).find("earlierMessagesLeftOut")->toInteger(), 497);
    QCOMPARE(m_chat.conversationBefore(end, 1000, 1'000'000'000).find("earlierMessagesLeftOut")->toInteger(),
             static_cast<qint64>(m_chat.forgotten()));
}

void TestChatTranscript::theWordsAroundAnOpenCallGoLast()
{
    m_chat = {};
    hear(started(0));
    hear(said("I would like to pay."));
    hear(call("open", R"({"amount":5})"));
    hear(ofCall("tool-approval-request", "open", R"(,"approvalId":"ap1")"));
    const ChatMessage asking = m_chat.messages().front();
    const QByteArray words(100'000, 'x');
    for (int i = 1; i < 60; ++i) {
        hear(started(i));
        hear(said(words));
    }
    QVERIFY(m_chat.forgotten() > 0);
    QCOMPARE(m_chat.messages().front(), asking);
    for (int i = 0; i < 40; ++i) {
        hear(said(words)); // One message alone says more than is kept.
    }
    QVERIFY(m_chat.messages().front().parts.front().text.isEmpty());
    QCOMPARE(m_chat.part(m_chat.toolCalls().front()).state, CallState::ApprovalRequested);
}

void TestChatTranscript::callsWithoutEndAreNotTakenIn()
{
    m_chat = {};
    hear(started(0));
    ChatPart waiting;
    waiting.kind = ChatPart::Kind::ToolCall;
    waiting.state = CallState::ApprovalRequested;
    waiting.approvalId = u"ap"_s;
    waiting.input = JsonValue::fromUtf8(std::string(1'000'000, 'x'));
    for (int i = 0; i < 100; ++i) {
        waiting.toolCallId = u"call-%1"_s.arg(i);
        m_chat.update({u"message-%1"_s.arg(i), u"assistant"_s, {waiting}});
    }
    QVERIFY(m_chat.held() < ChatTranscript::mostHeld + 2'000'000);
    const size_t taken = m_chat.toolCalls().size();
    QVERIFY(taken > 60 && taken < 70);
    // Neither are those that come piece by piece; none waits without what it is about.
    hear(call("late", R"({"amount":5})"));
    hear(ofCall("tool-approval-request", "late", R"(,"approvalId":"ap")"));
    QCOMPARE(m_chat.toolCalls().size(), taken);
    // What becomes of a known one is heard all the same.
    waiting.state = CallState::OutputAvailable;
    waiting.toolCallId = u"call-3"_s;
    m_chat.update({u"message-3"_s, u"assistant"_s, {waiting}});
    QCOMPARE(m_chat.messages()[4].parts.front().state, CallState::OutputAvailable);
}

void TestChatTranscript::anApprovalOfUnknownArgumentsIsNotAskedFor()
{
    m_chat = {};
    hear(started(0));
    hear(R"({"type":"tool-input-start","toolName":"pay","toolCallId":"c"})");
    hear(ofCall("tool-approval-request", "c", R"(,"approvalId":"ap")"));
    QCOMPARE(m_chat.part(m_chat.toolCalls().front()).state, CallState::InputStreaming);
}

void TestChatTranscript::resultsWithoutEndAreNotKept()
{
    m_chat = {};
    hear(started(0));
    hear(call("open", R"({"amount":5})"));
    ChatResponse result = frame(ofCall("tool-output-available", "", R"(,"output":null)"));
    result.chunk->set("output", JsonValue::fromUtf8(std::string(1'000'000, 'x')));
    for (int i = 0; i < 40; ++i) {
        const QByteArray id = "c" + QByteArray::number(i);
        hear(call(id, "{}"));
        result.chunk->set("toolCallId", JsonValue::fromUtf8(id.toStdString()));
        m_chat.apply(result);
    }
    QVERIFY(m_chat.held() < ChatTranscript::mostHeld / 2 + 2'000'000);
    const ChatPart &last = m_chat.part(m_chat.toolCalls().back());
    QVERIFY(last.state == CallState::OutputAvailable && !last.output);
}

void TestChatTranscript::partsWithoutEndAreNotTakenIn()
{
    m_chat = {};
    hear(started(0));
    for (int i = 0; i < 12'000; ++i) {
        hear(R"({"type":"start-step"})");
    }
    QCOMPARE(m_chat.messages().front().parts.size(), ChatTranscript::mostParts);
}

void TestChatTranscript::whatIsCountedIsWhatIsHeld()
{
    std::mt19937 random(seedOfThisRun());
    const auto upTo = [&random](unsigned bound) { return static_cast<int>(random() % bound); };
    m_chat = {};
    for (int i = 0; i < 1500; ++i) {
        const QByteArray id = "c" + QByteArray::number(upTo(50));
        switch (upTo(9)) {
        case 0:
            hear(started(upTo(30)));
            break;
        case 1:
            hear(call(id, "{\"a\":[1,\"" + QByteArray(upTo(20'000), 'y') + "\"]}"));
            break;
        case 2:
            hear(ofCall("tool-approval-request", id, R"(,"approvalId":"ap1","reason":"because")"));
            break;
        case 3:
            hear(ofCall("tool-output-available", id, R"(,"output":{"x":")" + QByteArray(upTo(90'000), 'z') + "\"}"));
            break;
        case 4:
            hear(R"({"type":"start-step"})");
            break;
        case 5:
            hear(ofCall("tool-output-error", id, R"(,"errorText":"no")"));
            break;
        case 6:
            m_chat.update({QString::fromUtf8(id), u"user"_s, {}});
            break;
        default:
            hear(said(QByteArray(upTo(40'000), 'x')));
            break;
        }
        if (i % 25 == 0) {
            ChatTranscript again;
            again.replace(m_chat.messages());
            QCOMPARE(again.held(), m_chat.held());
            QCOMPARE(again.talk(), m_chat.talk());
        }
    }
    QVERIFY(m_chat.held() > 100'000 && m_chat.talk() > 100'000);
}

QTEST_GUILESS_MAIN(TestChatTranscript)
#include "tst_chat_transcript.moc"
