// SPDX-License-Identifier: Apache-2.0
#include "tests/support/form_field.h"
#include "tests/support/window_rig.h"
#include "ui/connections/connection_desk.h"
#include "ui/detail/payload_view.h"
#include "ui/detail/wrap_label.h"
#include "ui/forms/form_sheet.h"
#include "ui/style/flat_button.h"
#include "ui/style/pill.h"
#include "ui/tools/tool_detail.h"
#include "ui/tools/tool_result_view.h"
#include "ui/tools/tools_pane.h"

#include <QtCore/QBuffer>
#include <QtGui/QImage>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QTableView>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::ui;
using countersign::test::formField;
using countersign::test::WindowRig;

namespace {

/// A server in the language of every machine, which speaks the revision of 2025-11-25.
const QString program = uR"SH(
say() { printf '%s\n' "{\"jsonrpc\":\"2.0\",\"id\":$id,$1}"; }
while IFS= read -r line; do
    id=${line#*\"id\":}
    id=${id%%[,\}]*}
    case "$line" in
    *server/discover*) say '"error":{"code":-32601,"message":"Method not found"}' ;;
    *'"initialize"'*) say '"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"<b>Parcels</b>","version":"2.1"}}' ;;
    *tools/list*) say '"result":{"tools":[{"name":"create_shipment","title":"Create a shipment","description":"Creates a shipment for an order. The label is ready at once.","inputSchema":{"type":"object","required":["order_id"],"properties":{"order_id":{"type":"string","pattern":"^[0-9]{1,12}$","description":"1 to 12 digits"},"carrier":{"type":"string","enum":["DHL","UPS","DPD"],"default":"DHL"},"parcels":{"type":"array","maxItems":20,"items":{"type":"object","properties":{"weight_kg":{"type":"number"},"fragile":{"type":"boolean"}}}}}},"annotations":{"readOnlyHint":false,"destructiveHint":false}},{"name":"track_parcel","description":"Says where a parcel is.","inputSchema":{"type":"object","properties":{}},"annotations":{"readOnlyHint":true}},{"name":"cancel_shipment","description":"Cancels.","inputSchema":{"type":"object","properties":{}}}]}' ;;
    *track_parcel*) say '"result":{"content":[{"type":"text","text":"2 stops"}],"structuredContent":{"stops":[{"place":"Leipzig","hour":4},{"place":"<i>Kiel</i>","hour":9}]}}' ;;
    *tools/call*) say '"result":{"content":[{"type":"text","text":"Shipment 55120 created, <b>label</b> ready."}]}' ;;
    *'"ping"'*) say '"result":{}' ;;
    esac
done
)SH"_s;

/// The window with a server.
struct Stand {
    Stand()
    {
        rig.open();
        desk = std::make_unique<ConnectionDesk>(*rig.session);
        rig.window->setConnections(desk->service());
        desk->start();
    }
    ~Stand()
    {
        rig.window.reset();
        desk.reset();
    }
    bool connectServer(const QString &name = u"logistics"_s)
    {
        ConnectionService::NewConnection connection;
        connection.name = name;
        connection.kind = u"mcp-stdio"_s;
        connection.command = {{u"/bin/sh"_s, u"-c"_s, program}, u"/"_s};
        QFuture<Result<ConnectionStatus>> added = desk->service().add(connection);
        return QTest::qWaitFor([&] { return added.isFinished(); }) && added.result() &&
               QTest::qWaitFor([&] { return desk->service().tools(name).size() == 3; }, 20'000);
    }
    bool openPane()
    {
        rig.window->showTools();
        return QTest::qWaitFor([&] { return pane() && !pane()->selected().isEmpty(); });
    }
    ToolsPane *pane() const { return rig.window->findChild<ToolsPane *>(); }
    QString label(const QString &name) const { return rig.find<WrapLabel>(name)->text(); }
    void shoot(const QString &name) const
    {
        if (const QString folder = qEnvironmentVariable("COUNTERSIGN_SCREENSHOTS"); !folder.isEmpty()) {
            rig.window->grab().save(QDir(folder).filePath(name + u".png"_s));
        }
    }
    void shootAll(const QString &name) const
    {
        const QFont usual = QApplication::font();
        shoot(name + u"-light"_s);
        applyTheme(*qApp, ColourScheme::Dark);
        QTest::qWait(0); // The palette arrives by the event loop.
        shoot(name + u"-dark"_s);
        applyTheme(*qApp, ColourScheme::Light);
        rig.window->resize(1024, 640);
        QTest::qWait(0);
        shoot(name + u"-small"_s);
        QFont large = usual;
        large.setPixelSize(26);
        QApplication::setFont(large);
        applyTheme(*qApp, ColourScheme::Light);
        QTest::qWait(0);
        shoot(name + u"-large"_s);
        QApplication::setFont(usual);
        applyTheme(*qApp, ColourScheme::Light);
        rig.window->resize(1440, 900);
        QTest::qWait(0);
    }

    WindowRig rig;
    std::unique_ptr<ConnectionDesk> desk;
};

QByteArray png(int width, int height)
{
    QImage image(width, height, QImage::Format_RGB32);
    image.fill(Qt::darkCyan);
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    image.save(&buffer, "png");
    return bytes;
}

} // namespace

class TestToolsPane : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ColourScheme::Light); }
    void withoutServersItTeaches();
    void listsToolsWithTheirClaims();
    void aCallGoesThroughTheInboxAndRunsOnce();
    void aWrongFormIsNotCalled();
    void aCommandOfSomebodyElseWaitsForConsent();
    void resultsAreNeverMarkup();
    void picturesHaveLimits();
};

void TestToolsPane::withoutServersItTeaches()
{
    Stand stand;
    QTRY_VERIFY(stand.rig.isAtWork());
    QTRY_VERIFY(stand.rig.window->isActiveWindow());
    stand.rig.press(Qt::Key_G);
    stand.rig.press(Qt::Key_T);
    QVERIFY(stand.pane() && stand.pane()->isVisible());
    QVERIFY(stand.rig.find<QWidget>(u"noTools"_s)->isVisible());
    stand.shootAll(u"tools-empty"_s);
    stand.rig.press(Qt::Key_G);
    stand.rig.press(Qt::Key_I);
    QVERIFY(!stand.pane()->isVisible());
}

void TestToolsPane::listsToolsWithTheirClaims()
{
    Stand stand;
    QTRY_VERIFY(stand.rig.isAtWork());
    QVERIFY(stand.connectServer());
    QVERIFY(stand.openPane());
    QCOMPARE(stand.pane()->findChild<ToolList *>()->shownTools(), 3);
    QCOMPARE(stand.pane()->selected(), (ToolKey{u"logistics"_s, u"create_shipment"_s}));
    QCOMPARE(stand.label(u"toolTitle"_s), u"create_shipment"_s);
    QStringList claims;
    for (const Pill *pill : stand.rig.find<QWidget>(u"toolHead"_s)->findChildren<Pill *>(u"claim"_s)) {
        claims.append(pill->text());
    }
    QCOMPARE(claims.join(u", "_s), u"not read-only, only adds, not idempotent, open world"_s);
    stand.shootAll(u"tools"_s);
    stand.rig.press(Qt::Key_J);
    QCOMPARE(stand.pane()->selected().tool, u"track_parcel"_s);
    stand.rig.press(Qt::Key_Slash);
    stand.rig.type(u"cancel"_s);
    QCOMPARE(stand.pane()->findChild<ToolList *>()->shownTools(), 1);
}

void TestToolsPane::aCallGoesThroughTheInboxAndRunsOnce()
{
    Stand stand;
    QTRY_VERIFY(stand.rig.isAtWork());
    QTRY_VERIFY(stand.rig.window->isActiveWindow());
    QVERIFY(stand.connectServer());
    QVERIFY(stand.openPane());
    stand.rig.press(Qt::Key_O);
    QCOMPARE(QApplication::focusWidget(), formField<QLineEdit>(stand.pane(), u"/order_id"_s));
    stand.rig.type(u"8841"_s);
    stand.rig.press(Qt::Key_Return); // Enter calls nothing.
    QVERIFY(!stand.desk->service().lastCall(u"logistics"_s, u"create_shipment"_s));
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    const auto call = [&] { return stand.desk->service().lastCall(u"logistics"_s, u"create_shipment"_s); };
    QTRY_VERIFY(call());
    QCOMPARE(call()->stage, mcp::ToolCallState::Stage::Asking);
    QCOMPARE(call()->arguments, R"({"order_id":"8841","carrier":"DHL"})"_ba);
    const RequestId id = call()->request;
    QTRY_VERIFY(stand.rig.find<QAbstractButton>(u"openInInbox"_s)->isVisible());
    stand.shoot(u"tools-asked"_s);
    QTest::mouseClick(stand.rig.find<QAbstractButton>(u"openInInbox"_s), Qt::LeftButton);
    QTRY_COMPARE(stand.rig.window->detail()->shown().value_or(RequestId()), id);
    stand.rig.window->queue()->setFocus();
    QTRY_VERIFY((stand.rig.clock.advance(300ms), stand.rig.press(Qt::Key_A),
                 stand.rig.request(id).state.delivery == Delivery::Staged));
    QCOMPARE(call()->stage, mcp::ToolCallState::Stage::Asking); // Can still be taken back.
    stand.rig.clock.advance(30s);
    QTRY_COMPARE(call()->stage, mcp::ToolCallState::Stage::Done);
    QTRY_COMPARE(stand.rig.request(id).state.delivery, Delivery::Acknowledged);
    stand.rig.window->showTools();
    QTRY_VERIFY(stand.rig.find<PayloadView>(u"resultText"_s)->isVisible());
    QCOMPARE(stand.rig.find<PayloadView>(u"resultText"_s)->rows().rows.front().text,
             u"Shipment 55120 created, <b>label</b> ready."_s);
    QCOMPARE(stand.desk->service().tools(u"logistics"_s).front().standing, mcp::ToolBook::Standing::AsBefore);
    stand.shootAll(u"tools-result"_s);
    const auto outcomes = stand.rig.onEngine([id](Engine &engine) { return engine.store().outcomes(id); }).value();
    QCOMPARE(outcomes.size(), size_t(1));
    QVERIFY(outcomes.front().output.contains("Shipment 55120"));
}

void TestToolsPane::aWrongFormIsNotCalled()
{
    Stand stand;
    QTRY_VERIFY(stand.rig.isAtWork());
    QTRY_VERIFY(stand.rig.window->isActiveWindow());
    QVERIFY(stand.connectServer());
    QVERIFY(stand.openPane());
    stand.rig.press(Qt::Key_O);
    stand.rig.type(u"no number"_s);
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(stand.label(u"toolSaid"_s).startsWith(u"Nothing was called"_s));
    QVERIFY(!stand.desk->service().lastCall(u"logistics"_s, u"create_shipment"_s));
    stand.rig.press(Qt::Key_Escape);
    QCOMPARE(QApplication::focusWidget(), stand.pane()->findChild<ToolList *>());
}

void TestToolsPane::aCommandOfSomebodyElseWaitsForConsent()
{
    Stand stand;
    QTRY_VERIFY(stand.rig.isAtWork());
    const QString mark = stand.rig.folder.filePath(u"started"_s);
    ConnectionSettings settings;
    settings.command = QStringList{u"/bin/sh"_s, u"-c"_s, u"touch '%1'; sleep 60"_s.arg(mark)};
    settings.folder = u"/"_s;
    const ConnectionRow row{u"abc123"_s, u"planted"_s, u"mcp-stdio"_s, encodeSettings(settings), {}, {}};
    QVERIFY(stand.rig.onEngine([row](Engine &engine) {
        return engine.store().transact([&](StoreWriter &writer) { return writer.saveConnection(row); });
    }));
    stand.desk->service().poke();
    QTRY_VERIFY(stand.desk->service().status(u"planted"_s));
    QTRY_VERIFY(stand.desk->service().status(u"planted"_s)->needsConsent);
    QVERIFY(stand.openPane());
    stand.shootAll(u"tools-consent"_s);
    QVERIFY(stand.label(u"consentCommand"_s).contains(u"touch"_s));
    QVERIFY(!QFile::exists(mark));
    QTest::mouseClick(stand.rig.find<QAbstractButton>(u"allowCommand"_s), Qt::LeftButton);
    QTRY_VERIFY(QFile::exists(mark));
    // Another command under the same id is asked anew.
    const mcp::CommandConsents consents(stand.rig.location.configFolder);
    QVERIFY(consents.isAllowed(u"abc123"_s, {settings.command, settings.folder}));
    QVERIFY(!consents.isAllowed(u"abc123"_s, {settings.command + QStringList{u"more"_s}, settings.folder}));
    QVERIFY(!consents.isAllowed(u"abc123"_s, {settings.command, u"/tmp"_s}));
    QVERIFY(!consents.isAllowed(u"abc124"_s, {settings.command, settings.folder}));
    QVERIFY(!consents.isAllowed(u"../abc123"_s, {settings.command, settings.folder}));
}

void TestToolsPane::resultsAreNeverMarkup()
{
    Stand stand;
    ToolResultView view(stand.rig.clock);
    view.resize(600, 400);
    view.show();
    view.setResult(R"({"content":[{"type":"text","text":"<b>bold</b> )"
                   "\u202e"
                   R"(x"},{"type":"resource_link","uri":"https://evil.example/?q","name":"n"},)"
                   R"({"type":"audio","data":"AAAA","mimeType":"audio/wav"}],)"
                   R"("structuredContent":{"rows":[{"a":"<i>1</i>","b":2},{"a":3,"c":null}]}})");
    QTRY_VERIFY(!view.isReading() && !view.kinds().empty());
    QVERIFY(view.kind() == ToolResultView::Kind::Table);
    const auto *table = view.findChild<QTableView *>(u"resultTable"_s);
    QCOMPARE(table->model()->rowCount(), 2);
    QCOMPARE(table->model()->headerData(2, Qt::Horizontal).toString(), u"c"_s);
    QCOMPARE(table->model()->index(0, 0).data().toString(), u"<i>1</i>"_s);
    view.showKind(ToolResultView::Kind::Text);
    const PayloadRows &rows = view.findChild<PayloadView *>(u"resultText"_s)->rows();
    QCOMPARE(rows.rows[0].text, u"<b>bold</b> ⟨U+202E⟩x"_s);
    QVERIFY(rows.rows[2].text.contains(u"https://evil.example/?q"_s));
}

void TestToolsPane::picturesHaveLimits()
{
    QVERIFY(!readPicture(png(40, 30)).image.isNull());
    QCOMPARE(readPicture(png(3000, 10)).image.width(), 2000);
    QVERIFY(readPicture("<svg xmlns='http://www.w3.org/2000/svg'/>").image.isNull());
    QVERIFY(readPicture(png(40, 30).left(60)).image.isNull());
    const ToolResult result = readToolResult(R"({"content":[{"type":"image","mimeType":"image/png","data":")" +
                                             png(40, 30).toBase64() + R"("},{"type":"image","data":"%%%"}]})");
    QCOMPARE(result.pictures.size(), size_t(2));
    QVERIFY(!result.pictures[0].image.isNull());
    QVERIFY(result.pictures[1].image.isNull());
}

QTEST_MAIN(TestToolsPane)
#include "tst_tools_pane.moc"
