// SPDX-License-Identifier: Apache-2.0
#include "tests/interop/cloudflare/window/window_stand.h"

#include "ui/detail/request_form.h"
#include "ui/detail/tool_answer_page.h"

#include <QtGui/QClipboard>

#include <QtWidgets/QPlainTextEdit>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::ui;
using namespace countersign::test;

namespace {

const ForeignPackages packages(u"cloudflare"_s);

/// An agent whose method takes what is to happen: only such a one can be told something else than it asked.
const QByteArray editableProfile = R"({"name":"Confirmations that may be changed","state":[{
    "name":"pending","items":"/pending","id":"/id","title":"/title","toolName":"transfer",
    "history":{"items":"/history","id":"/id","decision":"/decision","by":"/by"},
    "outcomes":{"approved":"approve","rejected":"reject"},
    "approve":{"call":"decideWith","args":["{id}",true,"{arguments}","{reason}"]},
    "reject":{"call":"decide","args":["{id}",false,"{reason}"]}}]})";

const QByteArray clientToolsProfile =
    R"({"name":"Tools of the reviewer","chat":{"clientTools":[{"name":"readClipboard"},{"name":"askReviewer"}]}})";

} // namespace

/// What agents of the Agents SDK ask, decided in the real window by keys alone, and counted at the real server.
class TestCloudflareWindow : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void anApprovedToolRunsOnce();
    void aRejectedToolDoesNotRun();
    void theModelReadsTheReviewersReason();
    void editedArgumentsAreWhatRuns();
    void whereNothingCanBeEditedTheWindowSaysSoFirst();
    void aClientToolGetsWhatTheReviewerGives();
    void aFreeQuestionGetsTheReviewersWords();
    void aToolThatNoProfileNamesIsServedByAKey();
    void theModelReadsThatAClientToolWasRefused();
    void callsOfOneStepAreDecidedOneByOne();
    void anotherReviewerOfTheAgentMayWin();
    void anotherSeatOfTheWorkspaceMayWin();
    void whatWaitsOutlivesARestartOfTheServer();
    void whatWaitsOutlivesARestartOfTheWindow();
    void anApprovedWorkflowGoesOn();
    void aRejectedWorkflowEnds();
    void aWorkflowWhoseTimeIsUpLeavesTheList();
    void aReadonlyConnectionSaysThatNothingWasDone();
    void aRefusedChangeOfTheStateIsSaid();
    void aLateDecisionIsNotSent();
    void aWrongTokenStopsTheConnection();
    void whatWaitsAtTheEndOfALongTranscriptIsFound();

private:
    /// Connects the window to a fresh instance of \p agent. Empty: it is open.
    QString connectTo(const QString &agent, const Adding &more = {});
    /// True once the focus is on the widget named; until then \p key is pressed for it.
    bool leadsTo(const QString &name, int key) const
    {
        const QWidget *focus = QApplication::focusWidget();
        const bool isThere = focus && focus->objectName() == name;
        if (!isThere) {
            m_stand->rig.press(key);
        }
        return isThere;
    }
    /// Every decision of \p id was the reviewer's, once, and was sent once; the log of it all verifies.
    bool isTheReviewersAlone(const RequestId &id);

    std::unique_ptr<AgentWorker> m_worker;
    std::unique_ptr<WindowStand> m_stand;
    QString m_name;
    QUrl m_url;
    int m_instances = 0;
};

void TestCloudflareWindow::initTestCase()
{
    applyTheme(*qApp, ColourScheme::Light);
    m_worker = std::make_unique<AgentWorker>(packages);
    QVERIFY2(m_worker->isReady(), "the Worker did not start: see worker.log in build/interop/cloudflare");
}

void TestCloudflareWindow::init()
{
    QVERIFY(m_worker->command(R"("do":"open")"));
    m_stand = std::make_unique<WindowStand>();
}

void TestCloudflareWindow::cleanup()
{
    const WindowStand::Ran verified = m_stand->commandLine({u"audit"_s, u"verify"_s});
    m_stand.reset();
    QVERIFY2(verified.code == 0, verified.err.constData());
}

QString TestCloudflareWindow::connectTo(const QString &agent, const Adding &more)
{
    m_name = u"w%1"_s.arg(++m_instances);
    m_url = m_worker->socketUrl(agent + u'/' + m_name);
    return m_stand->connectTo(m_name, m_url, more);
}

bool TestCloudflareWindow::isTheReviewersAlone(const RequestId &id)
{
    return m_stand->deciders(id) == QStringList(u"reviewer R1"_s) && m_stand->timesSent(id) == 1;
}

void TestCloudflareWindow::anApprovedToolRunsOnce()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QString());
    AgentClient agent(m_url);
    agent.say("pay 250 to alice");

    const RequestId id = m_stand->reach();
    QCOMPARE(m_stand->rig.request(id).toolName, u"processPayment"_s);
    QVERIFY2(m_stand->approve(id), m_stand->story(id));
    QCOMPARE(agent.runs(), size_t(0)); // It can still be undone.
    m_stand->release();
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_COMPARE(agent.runs(), size_t(1));
    QCOMPARE(agent.result("ledger").at("/0/input/amount")->toInteger(), std::optional<qint64>(250));
    QVERIFY(isTheReviewersAlone(id));
    QTRY_COMPARE(m_stand->rig.window->sidebar()->counts().inbox, 0);
    QCOMPARE(m_stand->missingInHistory(id, {u"approved"_s}), QString());
}

void TestCloudflareWindow::aRejectedToolDoesNotRun()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QString());
    AgentClient agent(m_url);
    agent.say("delete account u7");

    const RequestId id = m_stand->reach();
    QVERIFY2(m_stand->reject(id), m_stand->story(id));
    m_stand->release();
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QCOMPARE(agent.runs(), size_t(0));
    QVERIFY(isTheReviewersAlone(id));
    QCOMPARE(m_stand->missingInHistory(id, {u"rejected"_s}), QString());
}

void TestCloudflareWindow::theModelReadsTheReviewersReason()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QString());
    AgentClient agent(m_url);
    agent.say("pay 300 to bob");

    const RequestId id = m_stand->reach();
    QVERIFY2(m_stand->reject(id, u"bob is not a supplier"_s), m_stand->story(id));
    m_stand->release();
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_VERIFY(
        m_stand->desk->service().conversation(m_name, 3).contains("processPayment failed: bob is not a supplier"));
    QCOMPARE(agent.runs(), size_t(0));
    QVERIFY(isTheReviewersAlone(id));
}

void TestCloudflareWindow::editedArgumentsAreWhatRuns()
{
    QCOMPARE(connectTo(u"confirm-agent"_s, {.profile = editableProfile}), QString());
    AgentClient agent(m_url);
    agent.call("propose", R"(["Wire to ann",900])");

    const RequestId id = m_stand->reach();
    QVERIFY2(m_stand->isArmed(), m_stand->story(id));
    m_stand->rig.press(Qt::Key_E);
    auto *form = m_stand->rig.window->findChild<RequestForm *>();
    QTRY_VERIFY(form->isVisible());
    auto *amount = formField<QLineEdit>(form, u"/amount"_s);
    QVERIFY(amount);
    QTest::mouseClick(amount, Qt::LeftButton);
    m_stand->rig.press(Qt::Key_A, Qt::ControlModifier);
    m_stand->rig.type(u"90"_s);
    QTRY_VERIFY((m_stand->rig.press(Qt::Key_Return, Qt::ControlModifier),
                 m_stand->rig.request(id).state.delivery == Delivery::Staged));
    m_stand->release();
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_COMPARE(agent.runs(), size_t(1));
    const JsonValue ran = agent.result("ledger");
    QCOMPARE(ran.at("/0/input/amount")->toInteger(), std::optional<qint64>(90));
    QCOMPARE(ran.at("/0/input/title")->toString(), u"Wire to ann"_s);
    QVERIFY(isTheReviewersAlone(id));
}

void TestCloudflareWindow::whereNothingCanBeEditedTheWindowSaysSoFirst()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QString());
    AgentClient agent(m_url);
    agent.say("pay 260 to alice");

    const RequestId id = m_stand->reach();
    QVERIFY2(m_stand->isArmed(), m_stand->story(id));
    const auto *edit = m_stand->rig.find<FlatButton>(u"edit"_s);
    QVERIFY(!edit->isEnabled());
    QVERIFY2(edit->disabledReason().contains(u"takes no edited arguments"_s), qPrintable(edit->disabledReason()));
    m_stand->rig.press(Qt::Key_E);
    QCOMPARE(m_stand->rig.armingLine(), edit->disabledReason());
    QVERIFY(!m_stand->rig.window->findChild<RequestForm *>()->isVisible());
    QVERIFY2(m_stand->approve(id), m_stand->story(id)); // As it stands it can be approved all the same.
    m_stand->release();
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_COMPARE(agent.runs(), size_t(1));
}

/// Nothing leaves the machine before it was taken, shown and sent by a key.
void TestCloudflareWindow::aClientToolGetsWhatTheReviewerGives()
{
    QApplication::clipboard()->setText(u"IBAN DE89 3704"_s);
    QCOMPARE(connectTo(u"ops-chat"_s, {.profile = clientToolsProfile}), QString());
    AgentClient agent(m_url);
    agent.say("read the clipboard");

    const RequestId id = m_stand->reach();
    QVERIFY(!id.isEmpty());
    QTRY_VERIFY(m_stand->rig.window->findChild<ToolAnswerPage *>());
    QTRY_VERIFY(leadsTo(u"takeClipboard"_s, Qt::Key_A)); // And sends nothing.
    QCOMPARE(m_stand->rig.request(id).state.lifecycle, Lifecycle::Pending);
    m_stand->rig.press(Qt::Key_Space);
    QTRY_VERIFY((m_stand->rig.press(Qt::Key_Return, Qt::ControlModifier),
                 m_stand->rig.request(id).state.delivery == Delivery::Staged));
    QVERIFY(!agent.chat().contains("IBAN"));
    m_stand->release();
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_VERIFY(agent.chat().contains("readClipboard said IBAN DE89 3704"));
    QVERIFY(isTheReviewersAlone(id));
}

void TestCloudflareWindow::aFreeQuestionGetsTheReviewersWords()
{
    QCOMPARE(connectTo(u"ops-chat"_s, {.profile = clientToolsProfile}), QString());
    AgentClient agent(m_url);
    agent.say("ask Which one?");

    const RequestId id = m_stand->reach();
    QVERIFY(!id.isEmpty());
    QTRY_VERIFY(leadsTo(u"freeAnswer"_s, Qt::Key_E));
    m_stand->typeOn(u"the red one"_s);
    QTRY_VERIFY((m_stand->rig.press(Qt::Key_Return, Qt::ControlModifier),
                 m_stand->rig.request(id).state.delivery == Delivery::Staged));
    m_stand->release();
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_VERIFY(agent.chat().contains("askReviewer said the red one"));
    QVERIFY(isTheReviewersAlone(id));
}

/// The agent does not say that a call waits for the reviewer: the person says so, and then answers it like any other.
void TestCloudflareWindow::aToolThatNoProfileNamesIsServedByAKey()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QString());
    AgentClient agent(m_url);
    agent.say("ask Which one?");
    m_stand->goTo(Qt::Key_A);
    const auto *offer = m_stand->rig.find<QWidget>(u"unansweredCall"_s);
    QTRY_VERIFY_WITH_TIMEOUT(offer->isVisible(), 20'000);
    QVERIFY(m_stand->waiting(m_name).empty());
    m_stand->rig.press(Qt::Key_A);
    QTRY_VERIFY(!offer->isVisible());
    m_stand->goTo(Qt::Key_I);

    const RequestId id = m_stand->reach();
    QVERIFY(!id.isEmpty());
    QCOMPARE(m_stand->rig.request(id).toolName, u"askReviewer"_s);
    QTRY_VERIFY(leadsTo(u"freeAnswer"_s, Qt::Key_E));
    m_stand->typeOn(u"the blue one"_s);
    QTRY_VERIFY((m_stand->rig.press(Qt::Key_Return, Qt::ControlModifier),
                 m_stand->rig.request(id).state.delivery == Delivery::Staged));
    m_stand->release();
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_VERIFY(agent.chat().contains("askReviewer said the blue one"));
    QVERIFY(isTheReviewersAlone(id));
}

void TestCloudflareWindow::theModelReadsThatAClientToolWasRefused()
{
    QCOMPARE(connectTo(u"ops-chat"_s, {.profile = clientToolsProfile}), QString());
    AgentClient agent(m_url);
    agent.say("read the clipboard");

    const RequestId id = m_stand->reach();
    QVERIFY2(m_stand->reject(id, u"there is a password in it"_s), m_stand->story(id));
    m_stand->release();
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_VERIFY(agent.chat().contains("readClipboard failed: there is a password in it"));
    QVERIFY(isTheReviewersAlone(id));
}

void TestCloudflareWindow::callsOfOneStepAreDecidedOneByOne()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QString());
    AgentClient agent(m_url);
    agent.say("pay 400 to alice and pay 500 to bob");

    const RequestId first = m_stand->reach(2);
    QVERIFY(!first.isEmpty());
    const bool firstIsAlice = m_stand->rig.request(first).summary.contains(u"alice"_s);
    QVERIFY2(firstIsAlice ? m_stand->approve(first) : m_stand->reject(first), m_stand->story(first));
    m_stand->release();
    QVERIFY2(m_stand->isDelivered(first), m_stand->story(first));
    QCOMPARE(agent.runs(), size_t(0)); // The step goes on when all of it is answered.

    const RequestId second = m_stand->rig.window->queue()->selected() == first
                                 ? m_stand->reach()
                                 : m_stand->rig.window->queue()->selected().value_or(RequestId());
    QVERIFY(second != first);
    QVERIFY2(firstIsAlice ? m_stand->reject(second) : m_stand->approve(second), m_stand->story(second));
    m_stand->release();
    QVERIFY2(m_stand->isDelivered(second), m_stand->story(second));
    QTRY_COMPARE(agent.runs(), size_t(1));
    QCOMPARE(agent.result("ledger").at("/0/input/recipient")->toString(), u"alice"_s);
    QVERIFY(isTheReviewersAlone(first));
    QVERIFY(isTheReviewersAlone(second));
}

/// Between the key and the release somebody else, whom this workspace knows nothing of, answers the agent.
void TestCloudflareWindow::anotherReviewerOfTheAgentMayWin()
{
    QCOMPARE(connectTo(u"confirm-agent"_s), QString());
    AgentClient other(m_url);
    const QByteArray item = other.result("propose", R"(["Wire 900 EUR",900])").toString().toUtf8();

    const RequestId id = m_stand->reach();
    QVERIFY2(m_stand->approve(id), m_stand->story(id));
    other.call("decide", "[\"" + item + R"(",false,"I was first"])");
    QTRY_COMPARE_WITH_TIMEOUT(m_stand->rig.request(id).state.lifecycle, Lifecycle::Superseded, 20'000);
    m_stand->release();
    QCOMPARE(m_stand->missingInHistory(id, {u"rejected"_s, u"not sent"_s}), QString());
    QCOMPARE(other.runs(), size_t(0));
    QCOMPARE(m_stand->timesSent(id), 0);
}

void TestCloudflareWindow::anotherSeatOfTheWorkspaceMayWin()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QString());
    AgentClient agent(m_url);
    agent.say("pay 270 to alice");

    const RequestId id = m_stand->reach();
    QVERIFY2(m_stand->isArmed(), m_stand->story(id));
    const WindowStand::Ran shown = m_stand->commandLine({u"--json"_s, u"show"_s, id.text()});
    const QString hash = json(shown.out).at("/payloadHash")->toString();
    const WindowStand::Ran decided =
        m_stand->commandLine({u"decide"_s, id.text(), u"reject"_s, u"--payload-hash"_s, hash, u"--key-file"_s,
                              m_stand->keyFile(), u"--reason"_s, u"not today"_s});
    QVERIFY2(decided.code == 0, decided.err.constData());
    m_stand->rig.press(Qt::Key_A); // Too late, whether or not the window has heard of it.
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_VERIFY2(m_stand->rig.armingLine().contains(u"Nothing is left to decide"_s),
                 qPrintable(m_stand->rig.armingLine()));
    QCOMPARE(m_stand->rig.request(id).verdict, std::optional(Verdict::Reject));
    QTRY_VERIFY(m_stand->desk->service().conversation(m_name, 3).contains("processPayment failed: not today"));
    QCOMPARE(agent.runs(), size_t(0));
    QVERIFY(isTheReviewersAlone(id));
}

void TestCloudflareWindow::whatWaitsOutlivesARestartOfTheServer()
{
    QCOMPARE(connectTo(u"expense-agent"_s), QString());
    {
        AgentClient agent(m_url);
        agent.call("submit", R"(["sam",77,"survives a restart"])");
    }
    const RequestId id = m_stand->reach();
    QVERIFY(!id.isEmpty());
    QVERIFY(m_worker->command(R"("do":"restart")"));
    QTRY_VERIFY_WITH_TIMEOUT(m_stand->isOpen(m_name), 20'000);
    QCOMPARE(m_stand->rig.window->sidebar()->counts().inbox, 1); // Asked again by the agent, but not here.
    QVERIFY2(m_stand->approve(id), m_stand->story(id));
    m_stand->release();
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    AgentClient agent(m_url);
    QTRY_COMPARE_WITH_TIMEOUT(agent.runs(), size_t(1), 20'000);
    QVERIFY(isTheReviewersAlone(id));
    QVERIFY(m_stand->waiting(m_name).empty());
}

void TestCloudflareWindow::whatWaitsOutlivesARestartOfTheWindow()
{
    QCOMPARE(connectTo(u"ops-chat"_s), QString());
    AgentClient agent(m_url);
    agent.say("pay 280 to alice");
    const RequestId id = m_stand->reach();
    QVERIFY2(m_stand->approve(id), m_stand->story(id));
    m_stand->close(); // Before the release: it is held, and nothing goes out behind the reviewer's back.
    m_stand->release();
    m_stand->open();
    QVERIFY(m_stand->isReady());
    QTRY_VERIFY_WITH_TIMEOUT(m_stand->isOpen(m_name), 20'000);
    QTRY_COMPARE(m_stand->rig.request(id).state.delivery, Delivery::Held);
    QCOMPARE(agent.runs(), size_t(0));

    QTRY_VERIFY(m_stand->rig.find<FlatButton>(u"release"_s) &&
                m_stand->rig.find<FlatButton>(u"release"_s)->isVisible());
    QTRY_VERIFY(m_stand->rig.find<FlatButton>(u"release"_s)->isEnabled());
    QTest::mouseClick(m_stand->rig.find<FlatButton>(u"release"_s), Qt::LeftButton);
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_COMPARE(agent.runs(), size_t(1));
    QVERIFY(isTheReviewersAlone(id));
}

void TestCloudflareWindow::anApprovedWorkflowGoesOn()
{
    QCOMPARE(connectTo(u"approval-agent"_s), QString());
    AgentClient agent(m_url);
    agent.call("publish", R"(["Launch","We are live."])");

    const RequestId id = m_stand->reach();
    QVERIFY2(m_stand->approve(id), m_stand->story(id));
    m_stand->release();
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    const auto finished = [this] {
        const JsonValue state = json(m_stand->desk->service().extract(m_name).state);
        const JsonValue *list = state.find("finished");
        return list ? list->items().size() : 0;
    };
    QTRY_COMPARE(finished(), size_t(1));
    const JsonValue state = json(m_stand->desk->service().extract(m_name).state);
    QCOMPARE(state.at("/finished/0/result/published")->toString(), u"Launch"_s);
    QVERIFY(isTheReviewersAlone(id));
}

void TestCloudflareWindow::aRejectedWorkflowEnds()
{
    QCOMPARE(connectTo(u"expense-agent"_s), QString());
    AgentClient agent(m_url);
    const QByteArray workflow = agent.result("submit", R"(["sam",99,"a dinner"])").toString().toUtf8();

    const RequestId id = m_stand->reach();
    QVERIFY2(m_stand->reject(id, u"no receipt attached"_s), m_stand->story(id));
    m_stand->release();
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    const auto tracked = [&] { return agent.result("tracking", "[\"" + workflow + "\"]"); };
    QTRY_COMPARE(tracked().find("status")->toString(), u"errored"_s);
    QCOMPARE(tracked().at("/error/message")->toString(), u"no receipt attached"_s);
    QCOMPARE(agent.runs(), size_t(0));
    QVERIFY(isTheReviewersAlone(id));
}

void TestCloudflareWindow::aWorkflowWhoseTimeIsUpLeavesTheList()
{
    QCOMPARE(connectTo(u"expense-agent"_s), QString());
    AgentClient agent(m_url);
    agent.call("submit", R"(["sam",50,"slow","3 seconds"])");

    const RequestId id = m_stand->reach();
    QVERIFY(!id.isEmpty());
    QTRY_COMPARE_WITH_TIMEOUT(m_stand->rig.request(id).state.lifecycle, Lifecycle::Superseded, 20'000);
    QTRY_VERIFY2(m_stand->rig.armingLine().contains(u"Nothing is left to decide"_s),
                 qPrintable(m_stand->rig.armingLine()));
    m_stand->rig.press(Qt::Key_A);
    QCOMPARE(agent.runs(), size_t(0));
    QVERIFY(m_stand->deciders(id).isEmpty());
    QCOMPARE(m_stand->missingInHistory(id, {u"timed out"_s}), QString());
}

void TestCloudflareWindow::aReadonlyConnectionSaysThatNothingWasDone()
{
    m_name = u"viewer"_s;
    QUrl viewer = m_worker->socketUrl(u"confirm-agent/viewed-in-window"_s);
    AgentClient agent(viewer);
    viewer.setQuery(u"mode=view"_s);
    QCOMPARE(m_stand->connectTo(m_name, viewer), QString());
    agent.call("propose", R"(["Delete a draft",1])");

    const RequestId id = m_stand->reach();
    QVERIFY2(m_stand->approve(id), m_stand->story(id));
    m_stand->release();
    QTRY_COMPARE_WITH_TIMEOUT(m_stand->rig.request(id).state.delivery, Delivery::Undeliverable, 20'000);
    QCOMPARE(agent.runs(), size_t(0));
    QCOMPARE(m_stand->missingInHistory(id, {u"Nothing ran"_s}), QString());
}

/// Approving makes a state that the agent's own rules refuse.
void TestCloudflareWindow::aRefusedChangeOfTheStateIsSaid()
{
    QCOMPARE(connectTo(u"confirm-agent"_s), QString());
    AgentClient agent(m_url);
    agent.call("propose", R"(["forbidden",5])");

    const RequestId id = m_stand->reach();
    QVERIFY2(m_stand->approve(id), m_stand->story(id));
    m_stand->release();
    QTRY_COMPARE_WITH_TIMEOUT(m_stand->rig.request(id).state.delivery, Delivery::Undeliverable, 20'000);
    QCOMPARE(agent.runs(), size_t(0));
    QCOMPARE(m_stand->missingInHistory(id, {u"This state is not accepted"_s, u"Nothing ran"_s}), QString());
}

/// The connection is away while the workflow's time runs out; what was approved meanwhile is not sent.
void TestCloudflareWindow::aLateDecisionIsNotSent()
{
    QCOMPARE(connectTo(u"expense-agent"_s), QString());
    QElapsedTimer sinceAsked;
    {
        AgentClient agent(m_url);
        agent.call("submit", R"(["sam",51,"too late","4 seconds"])");
        sinceAsked.start();
    }
    const RequestId id = m_stand->reach();
    QVERIFY(m_worker->command(R"("do":"close")"));
    QTRY_VERIFY(!m_stand->isOpen(m_name));
    QVERIFY2(m_stand->approve(id), m_stand->story(id));
    m_stand->release();
    QTRY_COMPARE(m_stand->rig.request(id).state.delivery, Delivery::Released); // Kept until the agent can be asked.
    QTRY_VERIFY(sinceAsked.elapsed() > 5000);                                  // The agent's own time is up.
    QVERIFY(m_worker->command(R"("do":"open")"));
    QTRY_VERIFY_WITH_TIMEOUT(m_stand->isOpen(m_name), 20'000);
    QTRY_COMPARE_WITH_TIMEOUT(m_stand->rig.request(id).state.lifecycle, Lifecycle::Superseded, 20'000);
    AgentClient agent(m_url);
    QCOMPARE(agent.runs(), size_t(0));
    QCOMPARE(m_stand->timesSent(id), 0);
    QCOMPARE(m_stand->missingInHistory(id, {u"Too late"_s}), QString());
}

void TestCloudflareWindow::aWrongTokenStopsTheConnection()
{
    const QUrl vault = m_worker->socketUrl(u"guarded-agent/window-vault"_s);
    QCOMPARE(m_stand->add(u"wrong"_s, vault, {.place = Adding::SignIn::Query, .secret = u"not-the-token"_s}),
             QString());
    QTRY_COMPARE_WITH_TIMEOUT(m_stand->standing(), u"stopped"_s, 15'000);
    QString page;
    for (const QWidget *part : m_stand->rig.window->findChildren<QWidget *>()) {
        page += part->property("text").toString() + part->property("plainText").toString() + u'\n';
    }
    QVERIFY2(page.contains(u"401"_s), qPrintable(page));
    QVERIFY(!page.contains(u"not-the-token"_s));

    QCOMPARE(
        m_stand->connectTo(u"right"_s, vault, {.place = Adding::SignIn::Header, .secret = u"Bearer interop-token"_s}),
        QString());
    QUrl owner = vault;
    owner.setQuery(u"token=interop-token"_s);
    AgentClient agent(owner);
    agent.call("propose", R"(["Open the vault",1])");
    const RequestId id = m_stand->reach();
    QVERIFY2(m_stand->approve(id), m_stand->story(id));
    m_stand->release();
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_COMPARE(agent.runs(), size_t(1));
    QVERIFY(isTheReviewersAlone(id));
}

void TestCloudflareWindow::whatWaitsAtTheEndOfALongTranscriptIsFound()
{
    m_name = u"long"_s;
    m_url = m_worker->socketUrl(u"ops-chat/long-window"_s);
    AgentClient agent(m_url);
    QCOMPARE(agent.result("fill", "[1000]").toInteger(), std::optional<qint64>(1000));
    agent.say("pay 900 to zoe");

    QCOMPARE(m_stand->connectTo(m_name, m_url), QString());
    const RequestId id = m_stand->reach();
    QVERIFY2(m_stand->approve(id), m_stand->story(id));
    m_stand->release();
    QVERIFY2(m_stand->isDelivered(id), m_stand->story(id));
    QTRY_COMPARE(agent.runs(), size_t(1));
    QVERIFY(isTheReviewersAlone(id));
}

int main(int argc, char **argv)
{
    return packages.run<TestCloudflareWindow, QApplication>(argc, argv);
}

#include "tst_cloudflare_window.moc"
