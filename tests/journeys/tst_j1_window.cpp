// SPDX-License-Identifier: Apache-2.0
#include "core/audit/audit_findings.h"
#include "core/base/visible_text.h"
#include "core/domain/hashes.h"
#include "tests/support/form_field.h"
#include "tests/support/window_rig.h"
#include "ui/detail/request_form.h"
#include "ui/detail/staging_strip.h"

#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QProcess>
#include <QtWidgets/QLineEdit>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::ui;
using countersign::test::WindowRig;

/// J1 of the journeys: a coding agent wants to run a shell command. The agent is the real command line in processes of
/// its own; the reviewer is key presses in the real window.
class TestJ1Window : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ColourScheme::Light); }
    void aShellCommandIsEditedApprovedAndRun();
    void whatHidesInTheCommandIsShown();

private:
    static void prepare(QProcess &process, const WindowRig &rig);
    static QByteArray run(const WindowRig &rig, const QStringList &words, int expectedCode = 0);
};

namespace {

const QString program = QStringLiteral(COUNTERSIGN_BIN_DIR "/countersignctl");

} // namespace

void TestJ1Window::prepare(QProcess &process, const WindowRig &rig)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"COUNTERSIGN_WORKSPACE"_s, rig.location.url);
    environment.insert(u"XDG_CONFIG_HOME"_s, rig.folder.filePath(u"config"_s));
    process.setProcessEnvironment(environment);
    process.setProgram(program);
}

QByteArray TestJ1Window::run(const WindowRig &rig, const QStringList &words, int expectedCode)
{
    QProcess process;
    prepare(process, rig);
    process.setArguments(words);
    process.start();
    const auto finished = [&process] { return process.state() == QProcess::NotRunning; };
    if (!QTest::qWaitFor(finished, 20'000) || process.exitCode() != expectedCode) {
        qWarning("%s: exit code %d\n%s", qPrintable(words.join(u' ')), process.exitCode(),
                 process.readAllStandardError().constData());
        return {};
    }
    return process.readAllStandardOutput();
}

void TestJ1Window::aShellCommandIsEditedApprovedAndRun()
{
    const QByteArray original = R"({"command":"rm -rf build/ && git push --force"})";
    WindowRig rig;
    rig.open();
    QTRY_VERIFY(rig.isAtWork());
    QTRY_VERIFY(rig.window->isActiveWindow());

    // The agent asks, and waits.
    const QByteArray printed = run(rig, {u"request"_s, u"--title"_s, u"Clean and publish"_s, u"--message"_s,
                                         u"The build folder is stale."_s, u"--tool"_s, u"run_shell"_s, u"--args"_s,
                                         QString::fromUtf8(original), u"--agent"_s, u"coding-agent"_s});
    QVERIFY(!printed.isEmpty());
    const RequestId id{QString::fromUtf8(printed).simplified()};
    QProcess waiting;
    prepare(waiting, rig);
    waiting.setArguments({u"await"_s, id.text(), u"--json"_s});
    waiting.start();
    QTRY_COMPARE(rig.window->sidebar()->counts().inbox, 1);

    // The reviewer looks at it: selected, but not armed.
    rig.window->queue()->select(id);
    QTRY_VERIFY(rig.armingLine().contains(u"reading"_s));
    rig.press(Qt::Key_A);
    QVERIFY2(rig.armingLine().contains(u"reading"_s), qPrintable(rig.armingLine()));
    QCOMPARE(rig.request(id).state.lifecycle, Lifecycle::Pending);
    QCOMPARE(waiting.state(), QProcess::Running);
    // Two commands, each on its own line.
    QCOMPARE(rig.find<QWidget>(u"command1"_s)->property("text").toString(), u"rm -rf build/"_s);
    QCOMPARE(rig.find<QWidget>(u"command2"_s)->property("text").toString(), u"git push --force"_s);

    // Read, edited, staged.
    QTRY_VERIFY(rig.readUntilArmed());
    rig.press(Qt::Key_E);
    auto *editor = rig.window->findChild<RequestForm *>();
    QTRY_VERIFY(editor->isVisible());
    auto *field = test::formField<QLineEdit>(editor, u"/command"_s);
    QVERIFY(field);
    QCOMPARE(field->text(), u"rm -rf build/ && git push --force"_s);
    field->setFocus();
    rig.press(Qt::Key_A, Qt::ControlModifier);
    rig.type(u"rm -rf build/"_s);
    QCOMPARE(field->text(), u"rm -rf build/"_s);
    QCOMPARE(rig.request(id).state.lifecycle, Lifecycle::Pending);
    rig.clock.advance(2s);
    QTRY_VERIFY((rig.clock.advance(100ms), rig.press(Qt::Key_Return, Qt::ControlModifier),
                 rig.request(id).state.delivery == Delivery::Staged));
    QTRY_VERIFY(rig.window->findChild<StagingStrip *>()->isVisible());
    QCOMPARE(waiting.state(), QProcess::Running); // Not released: the agent knows nothing.

    // Released when the staging is over.
    rig.clock.advance(30s);
    QTRY_VERIFY(waiting.state() == QProcess::NotRunning);
    const QByteArray answer = waiting.readAllStandardOutput();
    QCOMPARE(waiting.exitCode(), 0);
    const QJsonObject told = QJsonDocument::fromJson(answer).object();
    const QJsonObject decision = told[u"decision"_s].toObject();
    QVERIFY2(decision[u"verdict"_s].toString() == u"approve-edited"_s, answer.constData());
    QCOMPARE(decision[u"arguments"_s].toObject()[u"command"_s].toString(), u"rm -rf build/"_s);
    QCOMPARE(told[u"arguments"_s].toObject()[u"command"_s].toString(), u"rm -rf build/ && git push --force"_s);

    // What is released is what was signed.
    const VerifiedOutcome verified = rig.onEngine([id](Engine &engine) { return engine.verifiedOutcome(id); }).value();
    QCOMPARE(verified.vote.effectiveHash, verified.decision.effectiveHash);
    QCOMPARE(verified.vote.content.arguments, QByteArray(R"({"command":"rm -rf build/"})"));
    QCOMPARE(decision[u"effectiveHash"_s].toString(), verified.vote.effectiveHash.hex());
    QCOMPARE(verified.round.content.arguments, original); // Kept, byte for byte.

    // The agent reports, and the history tells all of it.
    QVERIFY(!run(rig, {u"outcome"_s, id.text(), u"--exit"_s, u"0"_s, u"--json"_s}).isNull());
    rig.window->setFocus();
    rig.press(Qt::Key_G);
    rig.press(Qt::Key_H);
    QCOMPARE(rig.window->queue()->view(), QueueQuery::View::Settled);
    rig.window->queue()->select(id);
    QTRY_VERIFY(rig.find<QWidget>(u"outcome"_s) && rig.find<QWidget>(u"outcome"_s)->isVisible());
    QString history;
    for (const QWidget *widget : rig.find<QWidget>(u"outcome"_s)->findChildren<QWidget *>()) {
        history += widget->property("text").toString() + u'\n';
    }
    for (const QString &word : {u"asked by coding-agent"_s, u"approved as edited"_s, u"released"_s, u"exit 0"_s}) {
        QVERIFY2(history.contains(word), qPrintable(history));
    }
    QVERIFY(!run(rig, {u"audit"_s, u"verify"_s}).isEmpty());
}

void TestJ1Window::whatHidesInTheCommandIsShown()
{
    WindowRig rig;
    rig.open();
    QTRY_VERIFY(rig.isAtWork());
    const QByteArray printed =
        run(rig, {u"request"_s, u"--title"_s, u"Publish"_s, u"--tool"_s, u"run_shell"_s, u"--args"_s,
                  u"{\"command\":\"git push --for\u200Bce\"}"_s, u"--agent"_s, u"coding-agent"_s});
    const RequestId id{QString::fromUtf8(printed).simplified()};
    rig.window->queue()->select(id);
    QTRY_VERIFY(rig.find<QWidget>(u"command1"_s));
    QCOMPARE(rig.find<QWidget>(u"command1"_s)->property("text").toString(), u"git push --for⟨U+200B⟩ce"_s);
    QCOMPARE(rig.request(id).summary.contains(QChar(0x200B)), false);
    QVERIFY(rig.request(id).summary.contains(u"⟨U+200B⟩"_s));
}

QTEST_MAIN(TestJ1Window)
#include "tst_j1_window.moc"
