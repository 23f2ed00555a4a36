// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "tests/support/form_field.h"
#include "tests/support/window_rig.h"
#include "ui/detail/request_form.h"

#include <QtCore/QProcess>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QRadioButton>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::ui;
using countersign::test::formField;
using countersign::test::WindowRig;

/// A script asks for structured input with the real command line; a person answers in the real window; the script gets
/// exactly the JSON that was entered, with the right types.
class TestAskForm : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ColourScheme::Light); }
    void theScriptGetsWhatWasEntered();
    void aDraftSurvivesARestart();
    void decliningAndCancellingAreToldApart_data();
    void decliningAndCancellingAreToldApart();

private:
    static void ask(QProcess &process, const WindowRig &rig);
    static RequestId arrive(WindowRig &rig);
};

namespace {

const QString shipping =
    QStringLiteral(R"({"type":"object","required":["email","weightKg","service"],"properties":{)"
                   R"("email":{"type":"string","format":"email"},"weightKg":{"type":"number","minimum":0.1},)"
                   R"("pieces":{"type":"integer"},"insured":{"type":"boolean","default":true},)"
                   R"("service":{"type":"string","oneOf":[{"const":"std","title":"Standard"},)"
                   R"({"const":"exp","title":"Express"}]},)"
                   R"("extras":{"type":"array","uniqueItems":true,"items":{"type":"string","enum":["a","b","c"]}}}})");

} // namespace

void TestAskForm::ask(QProcess &process, const WindowRig &rig)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"COUNTERSIGN_WORKSPACE"_s, rig.location.url);
    environment.insert(u"XDG_CONFIG_HOME"_s, rig.folder.filePath(u"config"_s));
    process.setProcessEnvironment(environment);
    process.setProgram(QStringLiteral(COUNTERSIGN_BIN_DIR "/countersignctl"));
    process.setArguments({u"ask"_s, u"--message"_s, u"Where shall it go?"_s, u"--schema"_s, shipping, u"--wait"_s});
    process.start();
}

RequestId TestAskForm::arrive(WindowRig &rig)
{
    if (!QTest::qWaitFor([&] { return rig.window->sidebar()->counts().inbox == 1; }, 10'000)) {
        return {};
    }
    // The list may fill a moment after the count.
    const auto selected = [&] {
        if (!rig.window->queue()->selected()) {
            rig.window->queue()->moveSelection(1);
        }
        const auto *form = rig.window->findChild<RequestForm *>();
        return form && form->isVisible();
    };
    if (!QTest::qWaitFor(selected, 10'000)) {
        return {};
    }
    return rig.window->detail()->shown().value_or(RequestId());
}

void TestAskForm::theScriptGetsWhatWasEntered()
{
    WindowRig rig;
    rig.open();
    QTRY_VERIFY(rig.isAtWork());
    QTRY_VERIFY(rig.window->isActiveWindow());
    QProcess script;
    ask(script, rig);
    const RequestId id = arrive(rig);
    QVERIFY(!id.isEmpty());

    rig.window->queue()->setFocus();
    rig.press(Qt::Key_E);
    const auto *form = rig.window->findChild<RequestForm *>();
    QCOMPARE(QApplication::focusWidget(), formField<QLineEdit>(form, u"/email"_s));
    rig.type(u"orders@nordwind.example"_s);
    rig.press(Qt::Key_Tab);
    rig.type(u"12.50"_s);
    rig.press(Qt::Key_Tab);
    rig.type(u"9007199254740993"_s); // No double holds it.
    formField<QRadioButton>(form, u"/service"_s)->click();
    QVERIFY2(form->problem().isEmpty(), qPrintable(form->problem()));
    rig.press(Qt::Key_Return); // Enter sends nothing.
    QCOMPARE(rig.request(id).state.lifecycle, Lifecycle::Pending);
    QTRY_VERIFY((rig.clock.advance(200ms), rig.press(Qt::Key_Return, Qt::ControlModifier),
                 rig.request(id).state.delivery == Delivery::Staged));
    QCOMPARE(script.state(), QProcess::Running); // Can still be taken back.
    rig.clock.advance(30s);
    QTRY_COMPARE(script.state(), QProcess::NotRunning);
    QCOMPARE(script.exitCode(), 0);
    QCOMPARE(script.readAllStandardOutput().trimmed(),
             R"({"email":"orders@nordwind.example","weightKg":12.50,"pieces":9007199254740993,)"
             R"("insured":true,"service":"std"})"_ba);
}

void TestAskForm::aDraftSurvivesARestart()
{
    WindowRig rig;
    rig.open();
    QTRY_VERIFY(rig.isAtWork());
    QTRY_VERIFY(rig.window->isActiveWindow());
    QProcess script;
    ask(script, rig);
    const RequestId id = arrive(rig);
    QVERIFY(!id.isEmpty());
    rig.window->queue()->setFocus();
    rig.press(Qt::Key_E);
    rig.type(u"half@"_s);
    rig.close();
    rig.open();
    QTRY_VERIFY(rig.isAtWork());
    QCOMPARE(arrive(rig), id);
    const auto *form = rig.window->findChild<RequestForm *>();
    QTRY_VERIFY(formField<QLineEdit>(form, u"/email"_s));
    QCOMPARE(formField<QLineEdit>(form, u"/email"_s)->text(), u"half@"_s);
    QCOMPARE(rig.request(id).state.lifecycle, Lifecycle::Pending);
    script.kill();
    QVERIFY(script.waitForFinished());
}

void TestAskForm::decliningAndCancellingAreToldApart_data()
{
    QTest::addColumn<QString>("button");
    QTest::addColumn<int>("exitCode");
    QTest::newRow("decline") << u"edit"_s << 10;
    QTest::newRow("cancel") << u"reject"_s << 14;
}

void TestAskForm::decliningAndCancellingAreToldApart()
{
    QFETCH(QString, button);
    QFETCH(int, exitCode);
    WindowRig rig;
    rig.open();
    QTRY_VERIFY(rig.isAtWork());
    QTRY_VERIFY(rig.window->isActiveWindow());
    QProcess script;
    ask(script, rig);
    const RequestId id = arrive(rig);
    QVERIFY(!id.isEmpty());
    rig.window->queue()->setFocus();
    const auto act = [&] {
        rig.clock.advance(300ms);
        if (button == u"edit"_s) {
            rig.press(Qt::Key_R);
            rig.press(Qt::Key_1);
            rig.press(Qt::Key_Return, Qt::ControlModifier);
        } else {
            QTest::mouseClick(rig.find<QAbstractButton>(button), Qt::LeftButton);
        }
        return rig.request(id).state.delivery == Delivery::Staged;
    };
    QTRY_VERIFY(act());
    rig.clock.advance(30s);
    QTRY_COMPARE(script.state(), QProcess::NotRunning);
    QCOMPARE(script.exitCode(), exitCode);
    QVERIFY(script.readAllStandardOutput().trimmed().isEmpty());
}

QTEST_MAIN(TestAskForm)
#include "tst_ask_form.moc"
