// SPDX-License-Identifier: Apache-2.0
#include "tests/support/window_rig.h"
#include "ui/connections/connection_desk.h"
#include "ui/connections/connections_pane.h"
#include "ui/detail/staging_strip.h"
#include "ui/detail/wrap_label.h"
#include "ui/shell/sheet.h"
#include "ui/shell/sidebar_item.h"
#include "ui/style/flat_button.h"
#include "ui/tools/tools_pane.h"

#include <QtWidgets/QListWidget>

using namespace Qt::Literals::StringLiterals;
using namespace countersign;
using namespace countersign::ui;
using countersign::test::WindowRig;

namespace {

constexpr QSize lowest(1024, 640);

/// A server with one tool that takes one argument.
const QString program = uR"SH(
say() { printf '%s\n' "{\"jsonrpc\":\"2.0\",\"id\":$id,$1}"; }
while IFS= read -r line; do
    id=${line#*\"id\":}
    id=${id%%[,\}]*}
    case "$line" in
    *server/discover*) say '"error":{"code":-32601,"message":"Method not found"}' ;;
    *'"initialize"'*) say '"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"Parcels","version":"2"}}' ;;
    *tools/list*) say '"result":{"tools":[{"name":"track","inputSchema":{"type":"object","properties":{"parcel":{"type":"string"}}}}]}' ;;
    esac
done
)SH"_s;

/// The window with connections and letters of 200 %.
struct Stand {
    explicit Stand(QSize size = lowest)
        : usual(QApplication::font())
    {
        setLetters(26);
        rig.open();
        desk = std::make_unique<ConnectionDesk>(*rig.session);
        rig.window->setConnections(desk->service());
        desk->start();
        rig.window->resize(size);
    }
    ~Stand()
    {
        rig.window.reset();
        desk.reset();
        QApplication::setFont(usual);
        applyTheme(*qApp, ColourScheme::Light);
    }
    static void setLetters(int pixels)
    {
        QFont large = QApplication::font();
        large.setPixelSize(pixels);
        QApplication::setFont(large);
        applyTheme(*qApp, ColourScheme::Light);
    }
    bool isAtWork() const
    {
        return QTest::qWaitFor([this] { return rig.isAtWork() && rig.window->isActiveWindow(); }, 10'000);
    }
    bool add(const ConnectionService::NewConnection &connection)
    {
        QFuture<Result<ConnectionStatus>> added = desk->service().add(connection);
        return QTest::qWaitFor([&] { return added.isFinished(); }, 10'000) && added.result() &&
               QTest::qWaitFor([&] { return desk->service().status(connection.name).has_value(); }, 10'000);
    }
    bool addAgent(const QString &name)
    {
        ConnectionService::NewConnection connection;
        connection.name = name;
        connection.url = QUrl(u"ws://127.0.0.1:1/agents/nobody/home"_s);
        return add(connection);
    }
    bool addServer()
    {
        ConnectionService::NewConnection connection;
        connection.name = u"parcels"_s;
        connection.kind = u"mcp-stdio"_s;
        connection.command = {{u"/bin/sh"_s, u"-c"_s, program}, u"/"_s};
        return add(connection) &&
               QTest::qWaitFor([&] { return desk->service().tools(connection.name).size() == 1; }, 20'000);
    }

    QFont usual;
    WindowRig rig;
    std::unique_ptr<ConnectionDesk> desk;
};

bool isWholeOnScreen(const QWidget *widget)
{
    return widget->isVisible() && widget->visibleRegion().boundingRect() == widget->rect();
}

} // namespace

/// Windows of the least size that is promised, with letters of 200 %: what has to be there is there.
class TestLowWindows : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ColourScheme::Light); }
    void noIconOfTheSidebarIsCutOff();
    void connectionsTakeTurnsWithWhatTheyAre();
    void anMcpServerIsNotDescribedAsAnAgent();
    void whereThereAreNoToolsAServerCanBeAdded();
    void theFocusStaysWhereAResultTakesTheFormsPlace();
    void whatIsNotYetReleasedStandsWholeBesideItsButtons();
    void aQuestionIsNoHigherThanWhatItSays();
};

void TestLowWindows::noIconOfTheSidebarIsCutOff()
{
    Stand stand;
    QVERIFY(stand.isAtWork());
    QVERIFY(stand.rig.window->sidebar()->isCompact());
    const auto items = stand.rig.window->sidebar()->findChildren<SidebarItem *>();
    int views = 0;
    for (const SidebarItem *item : items) {
        if (item->objectName().startsWith(u"view-"_s)) {
            ++views;
            const QRect shown = item->visibleRegion().boundingRect();
            QTRY_VERIFY2(isWholeOnScreen(item),
                         qPrintable(u"%1: %2 of %3"_s.arg(item->objectName()).arg(shown.height()).arg(item->height())));
        }
    }
    QCOMPARE(views, 7);
}

void TestLowWindows::connectionsTakeTurnsWithWhatTheyAre()
{
    Stand stand;
    QVERIFY(stand.isAtWork());
    QVERIFY(stand.addAgent(u"one"_s));
    QVERIFY(stand.addAgent(u"two"_s));
    stand.rig.window->showConnections();
    auto *list = stand.rig.find<QListWidget>(u"connectionList"_s);
    auto *detail = stand.rig.find<QWidget>(u"connectionDetail"_s);
    QTRY_VERIFY(list->isVisible() && list->count() == 2);
    QVERIFY(!detail->isVisible());
    stand.rig.press(Qt::Key_O);
    QVERIFY(detail->isVisible());
    QVERIFY(!list->isVisible());
    QVERIFY(detail->isAncestorOf(QApplication::focusWidget()));
    stand.rig.press(Qt::Key_J); // As beside the list.
    QTRY_COMPARE(stand.rig.find<WrapLabel>(u"connectionTitle"_s)->text(), u"two"_s);
    stand.rig.press(Qt::Key_Escape);
    QVERIFY(list->isVisible());
    QVERIFY(list->hasFocus());
    stand.rig.window->resize(1440, 900);
    Stand::setLetters(13);
    QTRY_VERIFY(list->isVisible() && detail->isVisible());
}

void TestLowWindows::anMcpServerIsNotDescribedAsAnAgent()
{
    Stand stand;
    QVERIFY(stand.isAtWork());
    QVERIFY(stand.addServer());
    stand.rig.window->showConnections();
    QTRY_COMPARE(stand.rig.window->findChild<ConnectionsPane *>()->selectedName(), u"parcels"_s);
    stand.rig.press(Qt::Key_O);
    const auto *kind = stand.rig.find<WrapLabel>(u"connectionKind"_s);
    QTRY_COMPARE(kind->text(), u"an MCP server, started on this machine"_s);
    QVERIFY(stand.rig.find<WrapLabel>(u"connectionTools"_s)->isVisible());
    QVERIFY(stand.rig.find<WrapLabel>(u"connectionIdentity"_s)->text().startsWith(u"calls itself Parcels"_s));
    QVERIFY(!stand.rig.find<WrapLabel>(u"connectionProfile"_s)->isVisible());
    QVERIFY(!stand.rig.find<WrapLabel>(u"extracted"_s)->isVisible());
}

void TestLowWindows::whereThereAreNoToolsAServerCanBeAdded()
{
    Stand stand;
    QVERIFY(stand.isAtWork());
    stand.rig.window->showTools();
    QTRY_VERIFY(stand.rig.find<FlatButton>(u"addServer"_s)->isVisible()); // Though list and detail take turns.
    stand.rig.press(Qt::Key_N);
    QVERIFY(stand.rig.find<Sheet>(u"addConnection"_s)->isOpen());
}

void TestLowWindows::theFocusStaysWhereAResultTakesTheFormsPlace()
{
    Stand stand;
    QVERIFY(stand.isAtWork());
    QVERIFY(stand.addServer());
    stand.rig.window->showTools();
    auto *pane = stand.rig.window->findChild<ToolsPane *>();
    QTRY_COMPARE(pane->selected().tool, u"track"_s);
    stand.rig.press(Qt::Key_O);
    QTRY_VERIFY(pane->isAncestorOf(QApplication::focusWidget()));
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(stand.rig.find<QWidget>(u"resultCard"_s)->isVisible());
    QVERIFY(pane->isAncestorOf(QApplication::focusWidget()));
    for (const QString &name : {u"openInInbox"_s, u"cancelCall"_s, u"callTool"_s}) {
        const auto *button = stand.rig.find<FlatButton>(name);
        QTRY_VERIFY2(button->isVisible() && button->width() >= button->sizeHint().width(), qPrintable(name));
    }
}

void TestLowWindows::whatIsNotYetReleasedStandsWholeBesideItsButtons()
{
    Stand stand(QSize(1440, 900));
    QVERIFY(stand.isAtWork());
    Submission submission;
    submission.agentName = u"editorial-bot"_s;
    submission.osUser = u"robot"_s;
    submission.content.toolName = u"send_email"_s;
    submission.content.arguments = QByteArray(R"({"subject":"Q3","body":")") + QByteArray(900, 'x') + R"("})";
    submission.content.requestedTier = Tier::Low;
    submission.content.allowed = {Verdict::Approve, Verdict::Reject};
    const RequestId id = stand.rig.submit(submission);
    DecideOrder order;
    order.request = id;
    const auto rounds = stand.rig.onEngine([id](Engine &engine) { return engine.store().rounds(id); });
    order.payloadHash = rounds.value().back().payloadHash;
    order.verdict = Verdict::Approve;
    order.shown = {.view = u"window-1"_s, .linesSeen = 2, .linesTotal = 2, .dwell = std::chrono::seconds(2)};
    static_cast<void>(stand.rig.window->detail());
    stand.rig.session->decide(order);
    auto *strip = stand.rig.window->findChild<StagingStrip *>();
    QTRY_COMPARE(strip->count(), 1);
    QTRY_VERIFY(strip->isVisible());
    auto *what = strip->findChild<WrapLabel *>(u"staged"_s);
    QTRY_VERIFY(what->width() * 2 > strip->width());
    QVERIFY2(strip->height() * 4 < stand.rig.window->height(), qPrintable(QString::number(strip->height())));
    QVERIFY(what->accessibleName().size() > what->text().size()); // The whole is said to whoever hears it.
}

void TestLowWindows::aQuestionIsNoHigherThanWhatItSays()
{
    Stand stand(QSize(1440, 900));
    QVERIFY(stand.isAtWork());
    QVERIFY(stand.addAgent(u"one"_s));
    stand.rig.window->showConnections();
    QTRY_COMPARE(stand.rig.window->findChild<ConnectionsPane *>()->selectedName(), u"one"_s);
    stand.rig.press(Qt::Key_Delete);
    auto *effect = stand.rig.find<QLabel>(u"removeEffect"_s);
    auto *keep = stand.rig.find<FlatButton>(u"keepConnection"_s);
    QVERIFY(effect->isVisible());
    const int gap = keep->mapTo(stand.rig.window.get(), QPoint(0, 0)).y() -
                    effect->mapTo(stand.rig.window.get(), QPoint(0, effect->height())).y();
    QVERIFY2(gap >= 0 && gap <= grid(8), qPrintable(QString::number(gap)));
    QVERIFY(effect->height() >= effect->heightForWidth(effect->width()));
}

QTEST_MAIN(TestLowWindows)
#include "tst_low_windows.moc"
