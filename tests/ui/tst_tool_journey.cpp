// SPDX-License-Identifier: Apache-2.0
#include "tests/support/window_rig.h"
#include "tests/ui/chat_stand_in.h"
#include "ui/connections/connection_desk.h"
#include "ui/detail/answer_sources.h"
#include "ui/detail/conversation_view.h"
#include "ui/detail/tool_answer_page.h"
#include "ui/detail/wrap_label.h"
#include "ui/style/pill.h"

#include <QtGui/QClipboard>
#include <QtTest/QSignalSpy>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QTabBar>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::ui;
using countersign::test::ChatStandIn;
using countersign::test::WindowRig;

namespace {

const QByteArray messages =
    R"([{"id":"u1","role":"user","parts":[{"type":"text","text":"Look after my papers."}]},)"
    R"({"id":"a1","role":"assistant","parts":[{"type":"step-start"},{"type":"text","text":"I need three things."},)"
    R"({"type":"tool-getClipboard","toolCallId":"c1","state":"input-available","input":{"why":"the number"}},)"
    R"({"type":"tool-readFile","toolCallId":"c2","state":"input-available","input":{"name":"notes"}},)"
    R"({"type":"tool-getLocation","toolCallId":"c3","state":"input-available","input":{}}]}])";

const QByteArray profile = R"({"name":"tools","chat":{"autoContinue":true,"clientTools":[{"name":"getClipboard"},)"
                           R"({"name":"readFile"},{"name":"getLocation"}]}})";

/// The window, connected to an agent whose tools wait.
class Stand
{
public:
    explicit Stand(const QByteArray &own = profile)
    {
        rig.open();
        desk = std::make_unique<ConnectionDesk>(*rig.session);
        rig.window->setConnections(desk->service());
        desk->start();
        ConnectionService::NewConnection connection;
        connection.name = u"helper"_s;
        connection.url = agent.address();
        connection.profile = own;
        added = desk->service().add(connection);
    }
    ~Stand()
    {
        rig.window.reset();
        desk.reset();
    }
    bool waitForTools()
    {
        const auto waiting = [this] {
            const auto live = rig.onEngine([](Engine &engine) { return engine.store().liveRequests(u"helper"_s, 10); });
            for (const Request &request : live.valueOr({})) {
                ids[request.toolName] = request.id;
            }
            return ids.size() == 3;
        };
        return QTest::qWaitFor([this] { return rig.isAtWork() && rig.window->isActiveWindow(); }, 10'000) &&
               QTest::qWaitFor(waiting, 10'000);
    }
    /// Selects the call and waits until keys act on it.
    bool read(const QString &tool)
    {
        rig.window->showView(QueueQuery::View::Inbox);
        const bool listed = QTest::qWaitFor(
            [&] {
                rig.window->queue()->select(ids[tool]);
                return rig.window->detail()->shown() == ids[tool];
            },
            10'000);
        rig.window->queue()->setFocus();
        return listed && readOn();
    }
    bool readOn()
    {
        return QTest::qWaitFor([this] { return rig.readUntilArmed(); }, 10'000);
    }
    /// The reviewer's decision goes out at once.
    void release(const QString &tool) { rig.session->release(ids[tool]); }
    const JsonValue &result(const QString &call) { return agent.results[call].at(0); }

    ChatStandIn agent{messages};
    WindowRig rig;
    std::unique_ptr<ConnectionDesk> desk;
    QFuture<Result<ConnectionStatus>> added;
    std::map<QString, RequestId> ids;
};

void shootAll(const Stand &stand, const QString &name)
{
    const QString folder = qEnvironmentVariable("COUNTERSIGN_SCREENSHOTS");
    if (folder.isEmpty()) {
        return;
    }
    const auto shoot = [&](const QString &look) {
        QTest::qWait(0);
        stand.rig.window->grab().save(QDir(folder).filePath(name + look + u".png"_s));
    };
    shoot(u"-light"_s);
    applyTheme(*qApp, ColourScheme::Dark);
    shoot(u"-dark"_s);
    applyTheme(*qApp, ColourScheme::Light);
}

} // namespace

/// An agent's tools are served, its conversation is read and joined, all through the window.
class TestToolJourney : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ColourScheme::Light); }
    void threeToolsOfOneStep();
    void theConversationIsLive();
    void aCallThatNobodyAnswersIsOffered();
};

void TestToolJourney::threeToolsOfOneStep()
{
    QApplication::clipboard()->setText(u"INV-7"_s);
    Stand stand;
    QVERIFY(stand.waitForTools());
    QSignalSpy decided(stand.rig.session.get(), &ReviewSession::decisionMade);
    QVERIFY(stand.read(u"getClipboard"_s));
    QVERIFY(stand.rig.find<QWidget>(u"stepLine"_s)->isVisible());
    QVERIFY(stand.agent.results.empty()); // Nothing goes by itself.

    // The clipboard, by the keyboard alone; this agent is to wait after the answer.
    stand.rig.press(Qt::Key_A);
    stand.rig.press(Qt::Key_Space);
    auto *goesOn = stand.rig.find<QCheckBox>(u"autoContinue"_s);
    QVERIFY(goesOn->isVisible() && goesOn->isChecked());
    goesOn->click();
    QTRY_VERIFY(!stand.desk->service().status(u"helper"_s)->autoContinue);
    QVERIFY(stand.readOn());
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(decided.count(), 1);
    stand.release(u"getClipboard"_s);
    QTRY_COMPARE(stand.agent.results[u"c1"_s].size(), size_t(1));
    QCOMPARE(stand.result(u"c1"_s).find("output")->toString(), u"INV-7"_s);
    QCOMPARE(stand.result(u"c1"_s).find("autoContinue")->toBool(true), false);
    QTRY_COMPARE(stand.rig.request(stand.ids[u"getClipboard"_s]).state.delivery, Delivery::Acknowledged);

    // A file, and from here on the agent goes on by itself again.
    QFile file(stand.rig.folder.filePath(u"notes.txt"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("first\nsecond");
    file.close();
    QVERIFY(stand.read(u"readFile"_s));
    stand.rig.press(Qt::Key_E);
    goesOn->click();
    QTRY_VERIFY(stand.desk->service().status(u"helper"_s)->autoContinue);
    auto *page = stand.rig.window->findChild<ToolAnswerPage *>();
    static_cast<FileSource *>(page->source(AnswerKind::File))->takeFile(file.fileName());
    QTRY_VERIFY(page->problem().isEmpty());
    QVERIFY(stand.readOn());
    QTest::mouseClick(stand.rig.find<QAbstractButton>(u"approve"_s), Qt::LeftButton);
    QTRY_COMPARE(decided.count(), 2);
    stand.release(u"readFile"_s);
    QTRY_COMPARE(stand.agent.results[u"c2"_s].size(), size_t(1));
    QCOMPARE(stand.result(u"c2"_s).find("output")->toString(), u"first\nsecond"_s);
    QVERIFY(stand.result(u"c2"_s).find("autoContinue")->toBool());
    QVERIFY(!writeJson(stand.result(u"c2"_s)).contains(stand.rig.folder.path().toUtf8()));

    // The location is refused, in the reviewer's words.
    QVERIFY(stand.read(u"getLocation"_s));
    stand.rig.press(Qt::Key_R);
    stand.rig.type(u"t"_s); // The first letter leads into the field.
    QCOMPARE(QApplication::focusWidget(), stand.rig.find<QLineEdit>(u"reason"_s));
    stand.rig.type(u"hat is private"_s);
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(decided.count(), 3);
    stand.release(u"getLocation"_s);
    QTRY_COMPARE(stand.agent.results[u"c3"_s].size(), size_t(1));
    QCOMPARE(stand.result(u"c3"_s).find("state")->toString(), u"output-error"_s);
    QCOMPARE(stand.result(u"c3"_s).find("errorText")->toString(), u"that is private"_s);
    QTRY_COMPARE(stand.rig.request(stand.ids[u"getLocation"_s]).state.delivery, Delivery::Acknowledged);
    QCOMPARE(stand.agent.results.size(), size_t(3)); // Each once.
}

void TestToolJourney::theConversationIsLive()
{
    Stand stand;
    QVERIFY(stand.waitForTools());
    QVERIFY(stand.read(u"getLocation"_s));
    QTRY_VERIFY(stand.desk->service().status(u"helper"_s)->hasChat);
    stand.rig.window->detail()->setTab(u"context"_s);
    auto *view = stand.rig.window->findChild<ConversationView *>();
    QTRY_VERIFY2(view->toPlainText().contains(u"agent → tool getLocation · this request"_s),
                 qPrintable(view->toPlainText()));
    QVERIFY(view->toPlainText().startsWith(u"user\nLook after my papers."_s));

    auto *box = stand.rig.find<QPlainTextEdit>(u"sayToAgent"_s);
    box->setFocus();
    stand.rig.type(u"ask me tomorrow"_s);
    stand.rig.press(Qt::Key_Return); // A new line, and nothing is sent.
    QVERIFY(stand.agent.said.empty());
    stand.rig.type(u"please"_s);
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(stand.agent.said.size(), size_t(1));
    QCOMPARE(stand.agent.said[0].at("/messages/0/parts/0/text")->toString(), u"ask me tomorrow\nplease"_s);
    QVERIFY(box->toPlainText().isEmpty());
    QTRY_VERIFY(view->toPlainText().endsWith(u"user\nask me tomorrow\nplease"_s));

    const auto chunk = [](int seq, const QByteArray &body) {
        return R"({"type":"cf_agent_use_chat_response","id":"t1","done":false,"seq":)" + QByteArray::number(seq) +
               R"(,"body":)" + writeJson(JsonValue::fromUtf8(body.toStdString())) + '}';
    };
    stand.agent.send(chunk(0, R"({"type":"start","messageId":"a2"})"));
    for (int i = 1; i <= 200; ++i) {
        stand.agent.send(
            chunk(i, R"({"type":"text-delta","id":"x","delta":"word )" + QByteArray::number(i) + R"( "})"));
    }
    QTRY_VERIFY2(view->toPlainText().endsWith(u"word 200 "_s), qPrintable(view->toPlainText().right(200)));
    QVERIFY(view->toPlainText().contains(u"agent\nword 1 word 2 "_s));
    QCOMPARE(stand.rig.window->detail()->shown(), stand.ids[u"getLocation"_s]);
}

/// Whose tools an agent calls it does not say: a person does, by a key, and only then is anything asked of them.
void TestToolJourney::aCallThatNobodyAnswersIsOffered()
{
    Stand stand{QByteArray()};
    QTRY_VERIFY(stand.rig.isAtWork() && stand.rig.window->isActiveWindow());
    stand.rig.press(Qt::Key_G);
    stand.rig.press(Qt::Key_A);
    const auto *standing = [&stand] { return stand.rig.find<Pill>(u"connectionStanding"_s); }();
    QTRY_COMPARE_WITH_TIMEOUT(standing->text(), u"connected"_s, 10'000);
    QTRY_VERIFY(stand.desk->service().status(u"helper"_s)->hasChat);
    auto *card = stand.rig.find<QWidget>(u"unansweredCall"_s);
    QVERIFY(!card->isVisible());
    stand.rig.press(Qt::Key_A); // Nothing is offered: nothing happens.
    stand.rig.clock.advance(12s);
    stand.agent.send(R"({"type":"cf_agent_stream_resume_none","reason":"idle"})");
    QTRY_VERIFY(card->isVisible());
    QCOMPARE(standing->text(), u"call waits"_s);
    const QString said = stand.rig.find<WrapLabel>(u"unansweredWords"_s)->text();
    QVERIFY2(said.contains(u"“getClipboard” was called and has had no output for 12 s"_s), qPrintable(said));
    QVERIFY2(said.contains(u"2 call"_s), qPrintable(said));
    QCOMPARE(stand.rig.window->sidebar()->counts().inbox, 0);
    shootAll(stand, u"unanswered-call"_s);

    stand.rig.press(Qt::Key_A);
    QTRY_VERIFY(stand.rig.find<WrapLabel>(u"connectionSaid"_s)->text().contains(u"“getClipboard” is yours"_s));
    QTRY_COMPARE_WITH_TIMEOUT(stand.rig.window->sidebar()->counts().inbox, 1, 10'000);
    QVERIFY(stand.desk->service().profileOf(u"helper"_s).contains(R"({"name":"getClipboard"})"));
    QVERIFY(stand.agent.results.empty()); // It is asked, not answered.
    const auto live =
        stand.rig.onEngine([](Engine &engine) { return engine.store().liveRequests(u"helper"_s, 10); }).value();
    QCOMPARE(live.size(), size_t(1));
    QCOMPARE(live.front().toolName, u"getClipboard"_s);
    QCOMPARE(live.front().pattern, Pattern::ClientTool);
}

QTEST_MAIN(TestToolJourney)
#include "tst_tool_journey.moc"
