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
    void theOldestMessagesAreForgotten();
    void anOpenCallIsNeverForgotten();
    void openCallsWithoutEndAreNotTakenIn();
    void partsWithoutEndAreNotTakenIn();
    void theWeightIsThatOfTheMessages();

private:
    void hear(const QByteArray &chunk) { m_chat.apply(frame(chunk)); }

    ChatTranscript m_chat;
};

void TestChatTranscript::oneEndlessAnswerKeepsItsEnd()
{
    m_chat = {};
    hear(started(1));
    const QByteArray words(1000, 'x');
    for (int i = 0; i < 5'000; ++i) {
        hear(said(words));
        QVERIFY(m_chat.weight() <= ChatTranscript::mostBytes);
    }
    hear(said("the end"));
    QCOMPARE(m_chat.messages().size(), size_t(1));
    const QString &text = m_chat.messages().front().parts.front().text;
    QVERIFY(text.startsWith(u'…') && text.endsWith("xthe end"_L1));
}

void TestChatTranscript::theOldestMessagesAreForgotten()
{
    m_chat = {};
    const QByteArray words(10'000, 'x');
    for (int i = 0; i < 500; ++i) {
        hear(started(i));
        hear(said(words));
        hear(call("c" + QByteArray::number(i), R"({"amount":5})"));
        hear(ofCall("tool-output-available", "c" + QByteArray::number(i), R"(,"output":"paid")"));
        QVERIFY(m_chat.weight() <= ChatTranscript::mostBytes);
    }
    QVERIFY(m_chat.messages().size() > 50);
    QCOMPARE(m_chat.messages().back().id, u"a499"_s);
    QCOMPARE(m_chat.forgotten() + m_chat.messages().size(), size_t(500));
    const Conversation shown = conversationOf(m_chat, 10);
    QCOMPARE(shown.earlierLeftOut, 490);
    const ChatTranscript::Place end{m_chat.messages().size() - 1, m_chat.messages().back().parts.size()};
    QCOMPARE(m_chat.conversationBefore(end, 3, 1'000'000).find("earlierMessagesLeftOut")->toInteger(), 497);
}

void TestChatTranscript::anOpenCallIsNeverForgotten()
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
    hear(ofCall("tool-output-available", "open", R"(,"output":"paid")"));
    QCOMPARE(m_chat.part(m_chat.toolCalls().front()).state, CallState::OutputAvailable);
    hear(started(60));
    for (int i = 0; i < 40; ++i) {
        hear(said(words));
    }
    QVERIFY(m_chat.toolCalls().empty());
}

void TestChatTranscript::openCallsWithoutEndAreNotTakenIn()
{
    m_chat = {};
    hear(started(0));
    const QByteArray input = R"({"words":")" + QByteArray(1'000'000, 'x') + "\"}";
    for (int i = 0; i < 24; ++i) {
        hear(call("c" + QByteArray::number(i), input));
        hear(ofCall("tool-approval-request", "c" + QByteArray::number(i), R"(,"approvalId":"ap")"));
    }
    QVERIFY(m_chat.weight() <= ChatTranscript::mostOpenBytes + 2'000'000);
    const std::vector<ChatTranscript::Place> calls = m_chat.toolCalls();
    QVERIFY(calls.size() > 10 && calls.size() < 20);
    for (const ChatTranscript::Place &place : calls) {
        QVERIFY(m_chat.part(place).input); // None waits without what it is about.
    }
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

void TestChatTranscript::theWeightIsThatOfTheMessages()
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
        if (i % 25 == 0 && m_chat.weight() <= ChatTranscript::mostBytes) {
            ChatTranscript again;
            again.replace(m_chat.messages());
            QCOMPARE(again.weight(), m_chat.weight());
        }
    }
}

QTEST_GUILESS_MAIN(TestChatTranscript)
#include "tst_chat_transcript.moc"
