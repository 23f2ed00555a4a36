// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "tests/interop/foreign_packages.h"
#include "tests/support/form_field.h"
#include "tests/support/window_rig.h"
#include "ui/connections/connection_desk.h"
#include "ui/detail/address_card.h"
#include "ui/detail/request_form.h"
#include "ui/detail/wrap_label.h"
#include "ui/forms/piece_label.h"
#include "ui/style/pill.h"
#include "ui/tools/tool_detail.h"
#include "ui/tools/tools_pane.h"

#include <QtCore/QFile>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QRadioButton>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::ui;
using countersign::test::ForeignPackages;
using countersign::test::formField;
using countersign::test::WindowRig;

namespace {

const ForeignPackages packages(u"mcp"_s);
using Stage = mcp::ToolCallState::Stage;

/// The window, and a real server on the official SDK.
struct Stand {
    explicit Stand(QString speaks)
        : era(std::move(speaks))
        , log(rig.folder.filePath(u"told"_s))
    {
        open();
    }
    ~Stand() { close(); }
    void open()
    {
        rig.open();
        desk = std::make_unique<ConnectionDesk>(*rig.session);
        rig.window->setConnections(desk->service());
        desk->start();
    }
    void close()
    {
        rig.window.reset();
        desk.reset();
        rig.close();
    }
    bool isReady()
    {
        return QTest::qWaitFor([&] { return rig.isAtWork() && rig.window->isActiveWindow(); }, 10'000) &&
               QTest::qWaitFor([&] { return desk->service().tools(u"parcels"_s).size() == 2; }, 30'000);
    }
    bool connectServer()
    {
        ConnectionService::NewConnection connection;
        connection.name = u"parcels"_s;
        connection.kind = u"mcp-stdio"_s;
        connection.command = {
            {packages.node(), packages.source(u"window/parcel_server.mjs"_s), packages.folder(), era, log}, u"/"_s};
        QFuture<Result<ConnectionStatus>> added = desk->service().add(connection);
        return QTest::qWaitFor([&] { return added.isFinished(); }, 10'000) && added.result() && isReady();
    }
    std::optional<mcp::ToolCallState> call(const QString &tool) const
    {
        return desk->service().lastCall(u"parcels"_s, tool);
    }
    /// Calls \p tool from the pane by keys and approves the call in the inbox; then the server asks.
    bool callAndApprove(const QString &tool)
    {
        rig.press(Qt::Key_G);
        rig.press(Qt::Key_T);
        auto *pane = rig.window->findChild<ToolsPane *>();
        if (!pane || !QTest::qWaitFor([&] { return !pane->selected().isEmpty(); }, 5000)) {
            return false;
        }
        pane->select({u"parcels"_s, tool});
        rig.press(Qt::Key_Return, Qt::ControlModifier);
        if (!QTest::qWaitFor([&] { return call(tool) && call(tool)->stage == Stage::Asking; }, 5000)) {
            return false;
        }
        const RequestId id = call(tool)->request;
        if (!show(id)) {
            return false;
        }
        const auto approve = [&] {
            rig.clock.advance(300ms);
            rig.press(Qt::Key_A);
            return rig.request(id).state.delivery == Delivery::Staged;
        };
        if (!QTest::qWaitFor(approve, 10'000)) {
            return false;
        }
        rig.clock.advance(30s);
        return QTest::qWaitFor([&] { return call(tool)->stage == Stage::Running; }, 10'000);
    }
    bool show(const RequestId &id)
    {
        rig.window->showView(QueueQuery::View::Inbox);
        const auto shown = [&] {
            rig.window->queue()->select(id);
            return rig.window->detail()->shown() == id;
        };
        const bool is = QTest::qWaitFor(shown, 10'000);
        rig.window->queue()->setFocus();
        return is;
    }
    /// The question that the server asks.
    RequestId question()
    {
        RequestId found;
        const auto look = [&] {
            const auto live =
                rig.onEngine([](Engine &engine) { return engine.store().liveRequests(u"parcels"_s, 100); });
            for (const Request &one : live ? *live : std::vector<Request>()) {
                if (one.state.lifecycle == Lifecycle::Pending && one.pattern != Pattern::ToolApproval) {
                    found = one.id;
                }
            }
            return !found.isEmpty();
        };
        [[maybe_unused]] const bool asked = QTest::qWaitFor(look, 10'000);
        return found;
    }
    JsonValue told() const
    {
        QFile file(log);
        return file.open(QIODevice::ReadOnly) ? readJson(file.readAll().trimmed()).valueOr(JsonValue()) : JsonValue();
    }
    void shootAll(const QString &name) const
    {
        const QString folder = qEnvironmentVariable("COUNTERSIGN_SCREENSHOTS");
        if (folder.isEmpty()) {
            return;
        }
        const QFont usual = QApplication::font();
        const auto shoot = [&](const QString &kind) {
            QTest::qWait(50); // The palette arrives by the event loop.
            rig.window->grab().save(QDir(folder).filePath(name + kind + u".png"_s));
        };
        shoot(u"-light"_s);
        applyTheme(*qApp, ColourScheme::Dark);
        shoot(u"-dark"_s);
        applyTheme(*qApp, ColourScheme::Light);
        rig.window->resize(1024, 640);
        shoot(u"-small"_s);
        QFont large = usual;
        large.setPixelSize(26);
        QApplication::setFont(large);
        applyTheme(*qApp, ColourScheme::Light);
        shoot(u"-large"_s);
        QApplication::setFont(usual);
        applyTheme(*qApp, ColourScheme::Light);
        rig.window->resize(1440, 900);
        QTest::qWait(50);
    }

    WindowRig rig;
    QString era;
    QString log;
    std::unique_ptr<ConnectionDesk> desk;
};

} // namespace

/// J8: a server asks for structured input while a tool that a person called runs.
class TestMcpWindow : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ColourScheme::Light); }
    void theServerGetsWhatWasFilledIn_data() { eras(); }
    void theServerGetsWhatWasFilledIn();
    void declineAndCancelDiffer_data();
    void declineAndCancelDiffer();
    void anAddressIsOpenedOnlyAfterConsent_data() { eras(); }
    void anAddressIsOpenedOnlyAfterConsent();
    void aServerThatGoesAwayTakesItsQuestionBack();
    void whatWasHalfFilledInIsThereTheNextDay_data() { eras(); }
    void whatWasHalfFilledInIsThereTheNextDay();

private:
    static void eras();
};

void TestMcpWindow::eras()
{
    QTest::addColumn<QString>("era");
    QTest::newRow("pushed") << u"old"_s;
    QTest::newRow("in several round trips") << u"modern"_s;
}

void TestMcpWindow::theServerGetsWhatWasFilledIn()
{
    QFETCH(QString, era);
    Stand stand(era);
    QVERIFY(stand.connectServer());
    QVERIFY(stand.callAndApprove(u"ship"_s));
    const RequestId question = stand.question();
    QVERIFY(!question.isEmpty());
    QVERIFY(stand.show(question));
    const auto *form = stand.rig.window->findChild<RequestForm *>();
    QTRY_VERIFY(form->isVisible() && formField<QLineEdit>(form, u"/code"_s));
    stand.rig.press(Qt::Key_E);
    QTRY_COMPARE(QApplication::focusWidget(), formField<QLineEdit>(form, u"/code"_s));
    stand.rig.type(u"4103"_s);
    stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
    QVERIFY2(!form->problem().isEmpty(), "four digits are too few");
    QCOMPARE(stand.rig.request(question).state.lifecycle, Lifecycle::Pending);
    formField<QLineEdit>(form, u"/code"_s)->setFocus();
    stand.rig.press(Qt::Key_End);
    stand.rig.type(u"9"_s);
    formField<QRadioButton>(form, u"/service"_s)->click();
    stand.shootAll(u"elicitation-"_s + era);
    auto *key = formField<QLineEdit>(form, u"/key"_s);
    QVERIFY(key);
    key->setFocus();
    stand.rig.type(u"none"_s);
    QVERIFY2(form->problem().isEmpty(), qPrintable(form->problem()));
    QTRY_VERIFY((stand.rig.clock.advance(200ms), stand.rig.press(Qt::Key_Return, Qt::ControlModifier),
                 stand.rig.request(question).state.delivery == Delivery::Staged));
    QVERIFY(stand.told().isNull()); // It can still be taken back.
    stand.rig.clock.advance(30s);
    QTRY_COMPARE(stand.call(u"ship"_s)->stage, Stage::Done);
    QCOMPARE(writeJson(*stand.told().find("content")),
             R"({"code":"41039","service":"std","insured":true,"key":"none"})"_ba);
    QCOMPARE(stand.told().find("action")->toString(), u"accept"_s);
    QTRY_COMPARE(stand.rig.request(question).state.delivery, Delivery::Acknowledged);
}

void TestMcpWindow::declineAndCancelDiffer_data()
{
    QTest::addColumn<QString>("era");
    QTest::addColumn<QString>("action");
    for (const QString &era : {u"old"_s, u"modern"_s}) {
        for (const QString &action : {u"decline"_s, u"cancel"_s}) {
            QTest::addRow("%s, %s", qPrintable(era), qPrintable(action)) << era << action;
        }
    }
}

void TestMcpWindow::declineAndCancelDiffer()
{
    QFETCH(QString, era);
    QFETCH(QString, action);
    Stand stand(era);
    QVERIFY(stand.connectServer());
    QVERIFY(stand.callAndApprove(u"ship"_s));
    const RequestId question = stand.question();
    QVERIFY(!question.isEmpty());
    QVERIFY(stand.show(question));
    stand.rig.press(Qt::Key_Escape); // Later is no answer.
    QCOMPARE(stand.rig.request(question).state.lifecycle, Lifecycle::Pending);
    stand.rig.window->queue()->setFocus();
    const auto act = [&] {
        stand.rig.clock.advance(300ms);
        if (action == u"decline"_s) {
            stand.rig.press(Qt::Key_R);
            stand.rig.press(Qt::Key_1);
            stand.rig.press(Qt::Key_Return, Qt::ControlModifier);
        } else {
            QTest::mouseClick(stand.rig.find<QAbstractButton>(u"reject"_s), Qt::LeftButton);
        }
        return stand.rig.request(question).state.delivery == Delivery::Staged;
    };
    QTRY_VERIFY_WITH_TIMEOUT(act(), 10'000);
    stand.rig.clock.advance(30s);
    QTRY_COMPARE(stand.call(u"ship"_s)->stage, Stage::Done);
    QCOMPARE(stand.told().find("action")->toString(), action);
    QVERIFY(!stand.told().find("content"));
}

void TestMcpWindow::anAddressIsOpenedOnlyAfterConsent()
{
    QFETCH(QString, era);
    Stand stand(era);
    QStringList opened;
    stand.rig.window->detail()->setBrowser([&opened](const QUrl &address) {
        opened.append(address.toString(QUrl::FullyEncoded));
        return true;
    });
    QVERIFY(stand.connectServer());
    QVERIFY(stand.callAndApprove(u"connect"_s));
    const RequestId question = stand.question();
    QVERIFY(!question.isEmpty());
    QVERIFY(stand.show(question));
    QTRY_VERIFY(stand.rig.find<AddressCard>(u"addressCard"_s));
    const QString whole = u"https://carrier.xn--e1afmkfd.example:8443/connect?shop=8841&back=%2Fdone"_s;
    QCOMPARE(stand.rig.find<PieceLabel>(u"wholeAddress"_s)->text(), whole);
    QCOMPARE(stand.rig.find<Pill>(u"addressHost"_s)->text(), u"leads to carrier.xn--e1afmkfd.example"_s);
    QStringList warnings;
    for (const PieceLabel *line : stand.rig.window->findChildren<PieceLabel *>(u"addressWarning"_s)) {
        warnings.append(line->text());
    }
    QVERIFY2(warnings.join(u'\n').contains(u"Punycode"_s), qPrintable(warnings.join(u'\n')));
    QVERIFY(warnings.join(u'\n').contains(u"port 8443"_s));
    stand.shootAll(u"address-"_s + era);
    stand.rig.clock.advance(3s);
    stand.rig.press(Qt::Key_A); // Not answered before it was opened.
    QCOMPARE(stand.rig.request(question).state.lifecycle, Lifecycle::Pending);
    QTest::mouseClick(stand.rig.find<QAbstractButton>(u"openAddress"_s), Qt::LeftButton);
    QVERIFY(opened.isEmpty());
    QCOMPARE(QApplication::focusWidget()->objectName(), u"doNotOpen"_s);
    stand.shootAll(u"address-consent-"_s + era);
    QTest::mouseClick(stand.rig.find<QAbstractButton>(u"agreeToOpen"_s), Qt::LeftButton);
    QCOMPARE(opened, QStringList{whole});
    stand.rig.window->queue()->setFocus();
    QTRY_VERIFY_WITH_TIMEOUT((stand.rig.clock.advance(300ms), stand.rig.press(Qt::Key_A),
                              stand.rig.request(question).state.delivery == Delivery::Staged),
                             10'000);
    stand.rig.clock.advance(30s);
    QTRY_COMPARE_WITH_TIMEOUT(stand.call(u"connect"_s)->stage, Stage::Done, 30'000);
    QCOMPARE(stand.told().find("action")->toString(), u"accept"_s);
    QCOMPARE(opened.size(), 1);
}

void TestMcpWindow::aServerThatGoesAwayTakesItsQuestionBack()
{
    Stand stand(u"old"_s);
    QVERIFY(stand.connectServer());
    QVERIFY(stand.callAndApprove(u"ship"_s));
    const RequestId question = stand.question();
    QVERIFY(!question.isEmpty());
    stand.desk->service().stop();
    QTRY_COMPARE(stand.rig.request(question).state.lifecycle, Lifecycle::Withdrawn);
    QTRY_COMPARE(stand.call(u"ship"_s)->stage, Stage::Failed);
    QVERIFY(!stand.call(u"ship"_s)->isKnownUndone);
}

void TestMcpWindow::whatWasHalfFilledInIsThereTheNextDay()
{
    QFETCH(QString, era);
    Stand stand(era);
    QVERIFY(stand.connectServer());
    QVERIFY(stand.callAndApprove(u"ship"_s));
    const RequestId first = stand.question();
    QVERIFY(!first.isEmpty());
    const RequestId firstCall = stand.call(u"ship"_s)->request;
    QVERIFY(stand.show(first));
    const auto openForm = [&stand] {
        const auto *form = stand.rig.window->findChild<RequestForm *>();
        if (!QTest::qWaitFor([&] { return form->isVisible() && formField<QLineEdit>(form, u"/code"_s); }, 10'000)) {
            return static_cast<const RequestForm *>(nullptr);
        }
        stand.rig.press(Qt::Key_E);
        const auto isFocused = [&] { return QApplication::focusWidget() == formField<QLineEdit>(form, u"/code"_s); };
        return QTest::qWaitFor(isFocused, 10'000) ? form : nullptr;
    };
    const RequestForm *form = openForm();
    QVERIFY(form);
    stand.rig.type(u"410"_s);
    formField<QRadioButton>(form, u"/service"_s)->click();
    stand.close(); // Its server ends with it, and the call that asked.
    QVERIFY(stand.told().isNull());
    stand.rig.clock.advance(24h);
    stand.open();
    QVERIFY(stand.isReady());
    QTRY_COMPARE(stand.rig.request(first).state.lifecycle, Lifecycle::Withdrawn);
    const Request lost = stand.rig.request(firstCall);
    const auto outcomes = stand.rig.onEngine([&](Engine &engine) { return engine.store().outcomes(firstCall); });
    QVERIFY(lost.state.delivery == Delivery::Unknown ||
            outcomes.value().back().note.contains(u"not known"_s)); // And is not made again by itself.
    QVERIFY(!stand.call(u"ship"_s));
    // Called again by the person, the server asks the same.
    QVERIFY(stand.callAndApprove(u"ship"_s));
    const RequestId second = stand.question();
    QVERIFY(!second.isEmpty() && second != first);
    QVERIFY(stand.show(second));
    form = openForm();
    QVERIFY(form);
    QCOMPARE(formField<QLineEdit>(form, u"/code"_s)->text(), u"410"_s);
    QVERIFY(formField<QRadioButton>(form, u"/service"_s)->isChecked());
    stand.shootAll(u"draft-"_s + era);
    formField<QLineEdit>(form, u"/code"_s)->setFocus();
    stand.rig.press(Qt::Key_End);
    stand.rig.type(u"39"_s);
    formField<QLineEdit>(form, u"/key"_s)->setFocus();
    stand.rig.type(u"none"_s);
    QTRY_VERIFY((stand.rig.clock.advance(200ms), stand.rig.press(Qt::Key_Return, Qt::ControlModifier),
                 stand.rig.request(second).state.delivery == Delivery::Staged));
    stand.rig.clock.advance(30s);
    QTRY_COMPARE(stand.call(u"ship"_s)->stage, Stage::Done);
    QCOMPARE(writeJson(*stand.told().find("content")),
             R"({"code":"41039","service":"std","insured":true,"key":"none"})"_ba);
}

int main(int argc, char **argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    return packages.run<TestMcpWindow, QApplication>(argc, argv);
}

#include "tst_mcp_window.moc"
