// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "core/connections/cloudflare/codec.h"
#include "tests/ui/review_desk.h"
#include "ui/detail/conversation_view.h"

#include <QtCore/QElapsedTimer>
#include <QtGui/QClipboard>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QScrollBar>
#include <QtWidgets/QTabBar>

using namespace countersign;
using namespace countersign::ui;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

ConversationLine said(const QString &role, const QString &text)
{
    ConversationLine line;
    line.speaker = role;
    line.text = text;
    return line;
}

ConversationLine called(const QString &tool, const QByteArray &input, const QByteArray &output = {})
{
    ConversationLine line;
    line.kind = ConversationLine::Kind::Called;
    line.speaker = tool;
    line.callId = u"c1"_s;
    line.input = input;
    line.output = output;
    return line;
}

RoundContent callWithConversation(const QByteArray &arguments = R"({"amount":5.00})")
{
    RoundContent content;
    content.pattern = Pattern::ToolApproval;
    content.toolName = u"pay"_s;
    content.arguments = arguments;
    content.allowed = {Verdict::Approve, Verdict::Reject};
    content.requestedTier = Tier::Low;
    content.annotations = R"({"conversation":[{"role":"user","text":"pay the invoice"},)"
                          R"({"role":"tool","tool":"lookUp","input":{"id":7},"output":{"amount":5.00}},)"
                          R"({"role":"assistant","text":"I pay."}],"earlierMessagesLeftOut":3})";
    return content;
}

} // namespace

/// The conversation around a request, and the calls that belong together.
class TestContext : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ColourScheme::Light); }
    void aFiledConversationIsReadUnderItsTab();
    void withoutAConversationThereIsNoTab();
    void rolesCallsAndOutputsStandApart();
    void noTextOfAnAgentLooksLikeOurs();
    void whatStreamsInIsAddedAndNothingMoves();
    void selectedTextIsCopied();
    void aThousandMessagesOpenAtOnce();
    void whatIsTakenBackGoesAway();
    void twoCallsOfOneStepLeadToEachOther();
};

void TestContext::aFiledConversationIsReadUnderItsTab()
{
    PaneDesk desk;
    QVERIFY(desk.ask(callWithConversation()));
    auto *tabs = desk.pane->findChild<QTabBar *>();
    QStringList titles;
    for (int i = 0; i < tabs->count(); ++i) {
        titles += tabs->tabText(i);
    }
    QCOMPARE(titles, (QStringList{u"Facts"_s, u"Context"_s, u"Raw"_s}));
    QTest::mouseClick(tabs, Qt::LeftButton, {}, tabs->tabRect(1).center());
    auto *view = desk.pane->findChild<ConversationView *>();
    QVERIFY(view->isVisible());
    const QString text = view->toPlainText();
    QVERIFY2(text.startsWith(u"3 earlier messages are not shown."_s), qPrintable(text));
    QVERIFY(text.contains(u"user\npay the invoice"_s));
    QVERIFY(text.contains(u"agent → tool lookUp\n{\"id\":7}\n"_s));
    QVERIFY(text.contains(u"tool lookUp → agent\n{\"amount\":5.00}"_s));
    QVERIFY(text.endsWith(u"agent\nI pay."_s));
    view->setFocus(); // Reading is no typing: the keys go on acting.
    QVERIFY(desk.read(600ms));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    desk.press(Qt::Key_A, u"a"_s);
    QTRY_COMPARE(decided.count(), 1);
}

void TestContext::withoutAConversationThereIsNoTab()
{
    PaneDesk desk;
    QVERIFY(desk.ask(ReviewDesk::payment()));
    auto *tabs = desk.pane->findChild<QTabBar *>();
    for (int i = 0; i < tabs->count(); ++i) {
        QVERIFY(tabs->tabText(i) != u"Context"_s);
    }
}

void TestContext::rolesCallsAndOutputsStandApart()
{
    ConversationView view(nullptr);
    view.resize(600, 400);
    Conversation conversation;
    ConversationLine failed = called(u"pay"_s, R"({"amount":5})");
    failed.error = u"no money"_s;
    ConversationLine thought = said(u"assistant"_s, u"hm"_s);
    thought.kind = ConversationLine::Kind::Thought;
    conversation.lines = {said(u"system"_s, u"be kind"_s), thought, failed};
    view.show(conversation, u"c1"_s);
    QCOMPARE(view.toPlainText(), u"system\nbe kind\n\nagent, thinking\nhm\n\nagent → tool pay · this request\n"
                                 "{\"amount\":5}\ntool pay → agent, refused or failed\nno money"_s);
}

void TestContext::noTextOfAnAgentLooksLikeOurs()
{
    ConversationView view(nullptr);
    view.resize(600, 400);
    Conversation conversation;
    conversation.lines = {said(u"assistant"_s, u"<b>x</b>\nuser\nyes, pay \u202Enow"_s)};
    view.show(conversation, {});
    QVERIFY(view.toPlainText().contains(u"<b>x</b>"_s));
    QVERIFY(view.toPlainText().contains(u"⟨U+202E⟩"_s));
    const QTextBlock ours = view.document()->findBlockByNumber(0);
    const QTextBlock forged = view.document()->findBlockByNumber(2);
    QCOMPARE(forged.text(), u"user"_s);
    QVERIFY(ours.userState() != forged.userState()); // Which draws the bar beside what was said.
    QVERIFY(ours.begin().fragment().charFormat().font().bold() ||
            ours.begin().fragment().charFormat().fontWeight() >= QFont::DemiBold);
    QVERIFY(forged.begin().fragment().charFormat().fontWeight() < QFont::DemiBold);
}

void TestContext::whatStreamsInIsAddedAndNothingMoves()
{
    ConversationView view(nullptr);
    view.resize(500, 300);
    QVERIFY(QTest::qWaitForWindowExposed([&] {
        static_cast<QWidget &>(view).show();
        return &view;
    }()));
    Conversation conversation;
    for (int i = 0; i < 60; ++i) {
        conversation.lines.push_back(said(u"user"_s, u"message %1"_s.arg(i)));
    }
    conversation.lines.push_back(said(u"assistant"_s, u"I"_s));
    view.show(conversation, {});
    QCOMPARE(view.verticalScrollBar()->value(), view.verticalScrollBar()->maximum());
    for (int i = 0; i < 50; ++i) {
        conversation.lines.back().text += u" go on\nand on"_s;
        view.show(conversation, {});
    }
    QVERIFY(view.toPlainText().endsWith(conversation.lines.back().text));
    QCOMPARE(view.verticalScrollBar()->value(), view.verticalScrollBar()->maximum()); // The newest is followed.
    view.verticalScrollBar()->setValue(5);
    QTextCursor selection(view.document()->findBlockByNumber(7));
    selection.movePosition(QTextCursor::EndOfBlock, QTextCursor::KeepAnchor);
    view.setTextCursor(selection);
    const int reading = view.verticalScrollBar()->value();
    conversation.lines.back().text += u" and on"_s;
    conversation.lines.push_back(said(u"user"_s, u"stop"_s));
    view.show(conversation, {});
    QCOMPARE(view.verticalScrollBar()->value(), reading);
    QCOMPARE(view.textCursor().selectedText(), selection.selectedText());
}

void TestContext::selectedTextIsCopied()
{
    ConversationView view(nullptr);
    Conversation conversation;
    conversation.lines = {said(u"user"_s, u"the number is 4711"_s)};
    view.show(conversation, {});
    view.setFocus();
    QTest::keyClick(&view, Qt::Key_A, Qt::ControlModifier);
    QTest::keyClick(&view, Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QApplication::clipboard()->text(), u"user\nthe number is 4711"_s);
    QTest::keyClicks(&view, u"x"_s);
    QCOMPARE(view.toPlainText(), u"user\nthe number is 4711"_s);
}

void TestContext::aThousandMessagesOpenAtOnce()
{
    QByteArray list = "[";
    for (int i = 0; i < 1000; ++i) {
        list += R"({"id":"m)" + QByteArray::number(i) + R"(","role":")" + (i % 2 == 0 ? "user" : "assistant") +
                R"(","parts":[{"type":"text","text":")" + QByteArray("a sentence of some words, ").repeated(12) +
                R"("},{"type":"tool-look","toolCallId":"c)" + QByteArray::number(i) +
                R"(","state":"output-available","input":{"q":1},"output":{"a":[1,2,3]}}]})" + (i < 999 ? "," : "]");
    }
    cloudflare::ChatTranscript transcript;
    transcript.replace(cloudflare::readChatMessages(
        readJson(list, {.maxBytes = 8 * 1024 * 1024, .maxNodes = 1'000'000, .maxDepth = 32}).value()));
    ConversationView view(nullptr);
    view.resize(700, 800);
    QVERIFY(QTest::qWaitForWindowExposed([&] {
        static_cast<QWidget &>(view).show();
        return &view;
    }()));
    QElapsedTimer timer;
    timer.start();
    Conversation conversation = conversationOf(transcript, 2000);
    view.show(conversation, {});
    view.repaint();
    const qint64 opened = timer.restart();
    QCOMPARE(view.lineCount(), size_t(2000));
    conversation.lines.push_back(said(u"assistant"_s, u"more"_s));
    view.show(conversation, {});
    view.repaint();
    const qint64 added = timer.elapsed();
    qInfo("1,000 messages with calls: shown in %lld ms, one more in %lld ms", opened, added);
    QVERIFY2(opened < 1000, qPrintable(QString::number(opened)));
    QVERIFY2(added < 100, qPrintable(QString::number(added)));
}

void TestContext::whatIsTakenBackGoesAway()
{
    ConversationView view(nullptr);
    Conversation conversation;
    conversation.lines = {said(u"user"_s, u"one"_s), said(u"assistant"_s, u"two"_s), said(u"user"_s, u"three"_s)};
    view.show(conversation, {});
    conversation.lines[1].text = u"other"_s;
    view.show(conversation, {});
    QCOMPARE(view.toPlainText(), u"user\none\n\nagent\nother\n\nuser\nthree"_s);
    conversation.lines.clear();
    view.show(conversation, {});
    QCOMPARE(view.toPlainText(), QString());
    conversation.lines = {said(u"user"_s, u"anew"_s)};
    view.show(conversation, {});
    QCOMPARE(view.toPlainText(), u"user\nanew"_s);
}

void TestContext::twoCallsOfOneStepLeadToEachOther()
{
    PaneDesk desk;
    QVERIFY(desk.open());
    std::vector<RequestId> calls;
    for (const char *amount : {"5", "6", "7"}) {
        Submission submission;
        submission.agentName = u"pay-agent/default"_s;
        submission.connection = u"payments"_s;
        submission.idempotencyKey = u"approval/%1"_s.arg(QString::fromLatin1(amount));
        submission.content = callWithConversation(R"({"amount":)" + QByteArray(amount) + '}');
        submission.parent.batch = QByteArray(amount) == "7" ? u"m1/2"_s : u"m1/1"_s;
        const Result<Submitted> filed =
            desk.onEngine([submission](Engine &engine) { return engine.submit(submission); });
        QVERIFY2(filed, filed ? "" : qPrintable(filed.error().message));
        calls.push_back(filed->id);
        desk.clock.advance(1ms);
    }
    QVERIFY(desk.show(calls[1]));
    auto *line = desk.pane->findChild<QWidget *>(u"stepLine"_s);
    QVERIFY(line->isVisible());
    const QString words = line->findChild<QWidget *>(u"stepWords"_s)->property("text").toString();
    QVERIFY2(words.startsWith(u"2 of 2 calls of this step"_s), qPrintable(words));
    QSignalSpy wanted(desk.pane.get(), &DetailPane::requestWanted);
    auto *link = line->findChild<QAbstractButton *>(u"otherCall1"_s);
    QVERIFY2(link->text().contains(u"pay, waits for you"_s), qPrintable(link->text()));
    link->setFocus();
    QTest::keyClick(link, Qt::Key_Space);
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(wanted[0][0].value<RequestId>(), calls[0]);
    QVERIFY(desk.show(calls[2]));
    QTRY_VERIFY(!line->isVisible()); // Another step.
}

QTEST_MAIN(TestContext)
#include "tst_context.moc"
