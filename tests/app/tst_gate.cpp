// SPDX-License-Identifier: Apache-2.0
#include "tests/app/ctl_rig.h"

#include <QtTest/QTest>

#include <sys/stat.h>

using namespace Qt::StringLiterals;
using namespace countersign::test;

namespace {

const QByteArray dropScript = "#!/bin/sh\necho \"dropping $1\"\ntouch ran\nexit 7\n";

/// A waiting gate on a script that leaves the file `ran` behind.
struct WaitingGate {
    explicit WaitingGate(const CtlRig &over, const QStringList &options = {}, const QStringList &command = {})
        : rig(over)
        , key(QFile::exists(over.path(u"ada.key"_s)) ? over.path(u"ada.key"_s) : over.enrolAda())
    {
        if (!QFile::exists(rig.path(u"drop.sh"_s))) {
            rig.write(u"drop.sh"_s, dropScript, true);
        }
        const QStringList wanted = command.isEmpty() ? QStringList{u"./drop.sh"_s, u"staging"_s} : command;
        process = rig.start(QStringList{u"gate"_s} + options + QStringList{u"--"_s} + wanted);
        id = CtlRig::idSaidBy(*process);
    }
    CtlRig::Ran decideAndFinish(const QString &decision, const QStringList &more = {})
    {
        const CtlRig::Ran decided = rig.decide(id, decision, key, more);
        if (decided.code != 0) {
            qWarning("%s", decided.err.constData());
        }
        return CtlRig::finish(*process);
    }
    bool hasRun() const { return QFile::exists(rig.path(u"ran"_s)); }
    QJsonObject arguments() const { return rig.show(id).value(u"arguments"_s).toObject(); }

    const CtlRig &rig;
    QString key;
    std::unique_ptr<QProcess> process;
    QString id;
};

} // namespace

/// J7 with a reviewer on the command line in the place of the window.
class TestGate : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void anApprovedCommandRunsAndPassesItsExitCode();
    void theReviewerSeesWhatWillRun();
    void theChildOwnsTheStreams();
    void theChildInheritsWhatTheGateWasGiven();
    void aRefusalRunsNothing_data();
    void aRefusalRunsNothing();
    void aDeadlineRunsNothing();
    void ctrlCWithdraws();
    void aHangUpLeavesItForResume();
    void anApprovalIsGoodForOneStart();
    void changesRequestedAreAnsweredByTheNextRound();
    void resumingSomethingElseIsRefused_data();
    void resumingSomethingElseIsRefused();
    void aScriptEditedBeforeTheRunIsRefused();
    void aScriptOfAnInterpreterIsBound();
    void aScriptEditedWhileItRunsIsRecorded();
    void aSealedScriptCannotChange();
    void aSealedBinaryRuns();
    void aBinaryRuns();
    void aTextWithoutAFirstLineRuns();
    void aLargeScriptGoesAsEvidence();
    void aSignalEndsTheChild();
    void ctrlCBelongsToTheRunningChild();
    void anEndByTheSystemIsPassedOn();
    void worksUnderSetE();
    void worksWithJson();
    void theResultFileTellsARejectionFromExitTen();
    void whatCannotBeShownIsRefused_data();
    void whatCannotBeShownIsRefused();
    void everyRunVerifies();
};

void TestGate::anApprovedCommandRunsAndPassesItsExitCode()
{
    const CtlRig rig;
    WaitingGate gate(rig, {u"--title"_s, u"Drop staging db"_s});
    QVERIFY(!gate.id.isEmpty());
    QVERIFY(!gate.hasRun());
    const CtlRig::Ran ran = gate.decideAndFinish(u"approve"_s);
    QCOMPARE(ran.code, 7);
    QCOMPARE(ran.out, QByteArray("dropping staging\n"));
    QVERIFY(ran.says("no reviewer window is open on this workspace"));
    QVERIFY(gate.hasRun());
    const QJsonObject request = rig.show(gate.id);
    QCOMPARE(request.value(u"delivery"_s).toString(), u"acknowledged"_s);
    QCOMPARE(request.value(u"outcome"_s).toObject().value(u"exitCode"_s).toInt(), 7);
    QVERIFY(request.value(u"outcome"_s).toObject().value(u"note"_s).isNull());
}

void TestGate::theReviewerSeesWhatWillRun()
{
    CtlRig rig;
    rig.environment.insert(u"BASH_ENV"_s, u"/tmp/x"_s);
    rig.environment.insert(u"GIT_TOKEN"_s, u"hunter2"_s);
    rig.environment.insert(u"WINDOWID"_s, u"1"_s);
    WaitingGate gate(rig, {u"--title"_s, u"Drop staging db"_s});
    const QJsonObject request = rig.show(gate.id);
    QCOMPARE(request.value(u"pattern"_s).toString(), u"gate"_s);
    QCOMPARE(request.value(u"summary"_s).toString(), u"Run ./drop.sh staging"_s);
    QCOMPARE(request.value(u"allowed"_s).toArray(), (QJsonArray{u"approve"_s, u"reject"_s, u"request-changes"_s}));
    const QJsonObject arguments = gate.arguments();
    QCOMPARE(arguments.value(u"command"_s).toArray(), (QJsonArray{u"./drop.sh"_s, u"staging"_s}));
    QCOMPARE(arguments.value(u"directory"_s).toString(), QFileInfo(rig.folder.path()).canonicalFilePath());
    const QJsonObject script = arguments.value(u"script"_s).toObject();
    QCOMPARE(script.value(u"text"_s).toString(), QString::fromUtf8(dropScript));
    QCOMPARE(script.value(u"sha256"_s).toString().size(), 64);
    QCOMPARE(arguments.value(u"interpreter"_s).toObject().value(u"path"_s).toString(), u"/bin/sh"_s);
    const QJsonObject environment = arguments.value(u"environment"_s).toObject();
    const QJsonObject shown = environment.value(u"shown"_s).toObject();
    QCOMPARE(shown.value(u"BASH_ENV"_s).toString(), u"/tmp/x"_s);
    QCOMPARE(shown.value(u"PATH"_s).toString(), rig.environment.value(u"PATH"_s));
    QVERIFY(!shown.contains(u"HOME"_s));
    QVERIFY(!shown.value(u"GIT_TOKEN"_s).toString().contains(u"hunter2"_s));
    QVERIFY(environment.value(u"names"_s).toString().contains(u"HOME"_s));
    QVERIFY(!environment.value(u"names"_s).toString().contains(u"WINDOWID"_s));
    QVERIFY(!arguments.value(u"notCovered"_s).toString().isEmpty());
    QCOMPARE(gate.decideAndFinish(u"reject"_s).code, 10);
}

void TestGate::theChildOwnsTheStreams()
{
    const CtlRig rig;
    WaitingGate gate(rig, {}, {u"sh"_s, u"-c"_s, u"cat; echo oops >&2; exit 0"_s});
    gate.process->write("from the terminal\n");
    gate.process->closeWriteChannel();
    const CtlRig::Ran ran = gate.decideAndFinish(u"approve"_s);
    QCOMPARE(ran.code, 0);
    QCOMPARE(ran.out, QByteArray("from the terminal\n"));
    QVERIFY(ran.err.endsWith("oops\n"));
}

void TestGate::theChildInheritsWhatTheGateWasGiven()
{
    const CtlRig rig;
    rig.enrolAda();
    const std::unique_ptr<QProcess> process =
        rig.startProgram(u"/bin/sh"_s, {u"-c"_s,
                                        u"umask 027; trap '' QUIT; exec \"$0\" gate -- sh -c 'umask; ulimit -c; "
                                        u"grep SigIgn /proc/self/status; ls /proc/self/fd | wc -l'"_s,
                                        CtlRig::executable()});
    const QString id = CtlRig::idSaidBy(*process);
    QCOMPARE(rig.decide(id, u"approve"_s, rig.path(u"ada.key"_s)).code, 0);
    const CtlRig::Ran gated = CtlRig::finish(*process);
    const CtlRig::Ran plain =
        rig.runProgram(u"/bin/sh"_s, {u"-c"_s, u"umask 027; trap '' QUIT; exec sh -c 'umask; ulimit -c; grep SigIgn "
                                               u"/proc/self/status; ls /proc/self/fd | wc -l'"_s});
    QCOMPARE(gated.code, 0);
    QCOMPARE(gated.out, plain.out);
    QVERIFY(gated.out.startsWith("0027\n"));
}

void TestGate::aRefusalRunsNothing_data()
{
    QTest::addColumn<QString>("decision");
    QTest::addColumn<int>("code");
    QTest::newRow("rejected") << u"reject"_s << 10;
    QTest::newRow("changes requested") << u"request-changes"_s << 15;
}

void TestGate::aRefusalRunsNothing()
{
    QFETCH(QString, decision);
    QFETCH(int, code);
    const CtlRig rig;
    WaitingGate gate(rig);
    const CtlRig::Ran ran = gate.decideAndFinish(decision, {u"--reason"_s, u"not on a Friday"_s});
    QCOMPARE(ran.code, code);
    QCOMPARE(ran.out, QByteArray());
    QVERIFY(ran.says("not on a Friday"));
    QVERIFY(!gate.hasRun());
}

void TestGate::aDeadlineRunsNothing()
{
    const CtlRig rig;
    WaitingGate gate(rig, {u"--expires"_s, u"1s"_s});
    const CtlRig::Ran ran = CtlRig::finish(*gate.process);
    QCOMPARE(ran.code, 11);
    QVERIFY(!gate.hasRun());
}

void TestGate::ctrlCWithdraws()
{
    const CtlRig rig;
    WaitingGate gate(rig);
    CtlRig::signal(*gate.process, SIGINT);
    const CtlRig::Ran ran = CtlRig::finish(*gate.process);
    QCOMPARE(ran.code, 12);
    QCOMPARE(rig.status(gate.id), u"withdrawn"_s);
    QVERIFY(!gate.hasRun());
}

void TestGate::aHangUpLeavesItForResume()
{
    CtlRig rig;
    WaitingGate gate(rig);
    CtlRig::signal(*gate.process, SIGHUP);
    QCOMPARE(CtlRig::finish(*gate.process).code, 128 + SIGHUP);
    QCOMPARE(rig.status(gate.id), u"pending"_s);
    QCOMPARE(rig.decide(gate.id, u"approve"_s, gate.key).code, 0);
    rig.environment.insert(u"SHLVL"_s, u"5"_s); // Another terminal.
    rig.environment.insert(u"SSH_TTY"_s, u"/dev/pts/9"_s);
    const CtlRig::Ran resumed = rig.run({u"gate"_s, u"--resume"_s, gate.id, u"--"_s, u"./drop.sh"_s, u"staging"_s});
    QVERIFY2(resumed.code == 7, resumed.err.constData());
    QVERIFY(gate.hasRun());
}

void TestGate::anApprovalIsGoodForOneStart()
{
    const CtlRig rig;
    WaitingGate gate(rig);
    QCOMPARE(gate.decideAndFinish(u"approve"_s).code, 7);
    QVERIFY(QFile::remove(rig.path(u"ran"_s)));
    const CtlRig::Ran again = rig.run({u"gate"_s, u"--resume"_s, gate.id, u"--"_s, u"./drop.sh"_s, u"staging"_s});
    QCOMPARE(again.code, 13);
    QVERIFY(again.says("one start"));
    QVERIFY(!gate.hasRun());
}

void TestGate::changesRequestedAreAnsweredByTheNextRound()
{
    const CtlRig rig;
    WaitingGate gate(rig);
    QCOMPARE(gate.decideAndFinish(u"request-changes"_s, {u"--reason"_s, u"say what it drops"_s}).code, 15);
    rig.write(u"drop.sh"_s, "#!/bin/sh\ntouch ran\nexit 8\n", true);
    const std::unique_ptr<QProcess> again =
        rig.start({u"gate"_s, u"--resume"_s, gate.id, u"--"_s, u"./drop.sh"_s, u"staging"_s});
    QCOMPARE(CtlRig::idSaidBy(*again), gate.id);
    QCOMPARE(rig.show(gate.id).value(u"round"_s).toInt(), 2);
    QCOMPARE(rig.decide(gate.id, u"approve"_s, gate.key).code, 0);
    QCOMPARE(CtlRig::finish(*again).code, 8);
    QVERIFY(gate.hasRun());
    QCOMPARE(rig.run({u"audit"_s, u"verify"_s}).code, 0);
}

void TestGate::resumingSomethingElseIsRefused_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<QByteArray>("edit");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("another argument") << QStringList{u"./drop.sh"_s, u"production"_s} << QByteArray()
                                      << QByteArray("arguments");
    QTest::newRow("another command") << QStringList{u"true"_s} << QByteArray() << QByteArray("arguments");
    QTest::newRow("another script") << QStringList{u"./drop.sh"_s, u"staging"_s} << QByteArray("#!/bin/sh\nrm -rf .\n")
                                    << QByteArray("script");
}

void TestGate::resumingSomethingElseIsRefused()
{
    QFETCH(QStringList, command);
    QFETCH(QByteArray, edit);
    QFETCH(QByteArray, words);
    const CtlRig rig;
    WaitingGate gate(rig);
    CtlRig::signal(*gate.process, SIGHUP);
    CtlRig::finish(*gate.process);
    QCOMPARE(rig.decide(gate.id, u"approve"_s, gate.key).code, 0);
    if (!edit.isEmpty()) {
        rig.write(u"drop.sh"_s, edit, true);
    }
    const CtlRig::Ran resumed = rig.run(QStringList{u"gate"_s, u"--resume"_s, gate.id, u"--"_s} + command);
    QCOMPARE(resumed.code, 16);
    QVERIFY2(resumed.says(words), resumed.err.constData());
    QVERIFY(!gate.hasRun());
    QCOMPARE(rig.run({u"gate"_s, u"--resume"_s, gate.id, u"--title"_s, u"x"_s, u"--"_s, u"true"_s}).code, 2);
}

void TestGate::aScriptEditedBeforeTheRunIsRefused()
{
    const CtlRig rig;
    WaitingGate gate(rig);
    rig.write(u"drop.sh"_s, dropScript + "echo more\n", true);
    const CtlRig::Ran ran = gate.decideAndFinish(u"approve"_s);
    QCOMPARE(ran.code, 16);
    QVERIFY2(ran.says("the script"), ran.err.constData());
    QVERIFY(!gate.hasRun());
}

void TestGate::aScriptOfAnInterpreterIsBound()
{
    const CtlRig rig;
    rig.write(u"plain.sh"_s, "touch ran; exit 4\n");
    WaitingGate gate(rig, {}, {u"bash"_s, u"-e"_s, u"-o"_s, u"pipefail"_s, u"plain.sh"_s, u"x"_s});
    const QJsonObject script = gate.arguments().value(u"script"_s).toObject();
    QCOMPARE(script.value(u"text"_s).toString(), u"touch ran; exit 4\n"_s);
    rig.write(u"plain.sh"_s, "touch ran; exit 5\n");
    QCOMPARE(gate.decideAndFinish(u"approve"_s).code, 16);
    QVERIFY(!gate.hasRun());
}

void TestGate::aScriptEditedWhileItRunsIsRecorded()
{
    const CtlRig rig;
    rig.write(u"drop.sh"_s, "#!/bin/sh\necho '# more' >> drop.sh\nexit 0\n", true);
    WaitingGate gate(rig);
    const CtlRig::Ran ran = gate.decideAndFinish(u"approve"_s);
    QCOMPARE(ran.code, 0);
    QVERIFY(ran.says("changed while it ran"));
    QVERIFY(rig.show(gate.id)
                .value(u"outcome"_s)
                .toObject()
                .value(u"note"_s)
                .toString()
                .contains(u"changed while it ran"_s));
}

void TestGate::aSealedScriptCannotChange()
{
    const CtlRig rig;
    // The script waits until somebody has replaced it, then goes on with what was read.
    rig.write(u"drop.sh"_s, "#!/bin/sh\necho \"$0\" > name\nwhile [ ! -e go ]; do :; done\ntouch ran\nexit 3\n", true);
    WaitingGate gate(rig, {u"--sealed"_s});
    QCOMPARE(gate.arguments().value(u"sealed"_s).toBool(), true);
    QCOMPARE(rig.decide(gate.id, u"approve"_s, gate.key).code, 0);
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(rig.path(u"name"_s)), CtlRig::patienceMs);
    rig.write(u"drop.sh"_s, "#!/bin/sh\nexit 99\n", true);
    QFile name(rig.path(u"name"_s));
    QVERIFY(name.open(QIODevice::ReadOnly));
    const QString copy = QString::fromUtf8(name.readAll()).trimmed();
    QVERIFY(copy != u"./drop.sh"_s);
    struct stat status = {};
    QCOMPARE(::stat(QFile::encodeName(copy).constData(), &status), 0);
    QCOMPARE(status.st_mode & 0777U, mode_t{0500});
    rig.write(u"go"_s, "");
    QCOMPARE(CtlRig::finish(*gate.process).code, 3);
    QVERIFY(gate.hasRun());
    QVERIFY(!QFile::exists(copy));
}

void TestGate::aSealedBinaryRuns()
{
    const CtlRig rig;
    WaitingGate gate(rig, {u"--sealed"_s}, {u"/bin/echo"_s, u"hello"_s});
    const CtlRig::Ran ran = gate.decideAndFinish(u"approve"_s);
    QCOMPARE(ran.code, 0);
    QCOMPARE(ran.out, QByteArray("hello\n"));
}

void TestGate::aBinaryRuns()
{
    const CtlRig rig;
    WaitingGate gate(rig, {}, {u"printf"_s, u"%s|"_s, u"a b"_s, u""_s, u"ü"_s, u"*"_s});
    const QJsonObject arguments = gate.arguments();
    QVERIFY(arguments.value(u"executable"_s).toObject().value(u"path"_s).toString().endsWith(u"/printf"_s));
    QVERIFY(!arguments.contains(u"script"_s));
    const CtlRig::Ran ran = gate.decideAndFinish(u"approve"_s);
    QCOMPARE(ran.code, 0);
    QCOMPARE(ran.out, QByteArray("a b||ü|*|"));
}

void TestGate::aTextWithoutAFirstLineRuns()
{
    const CtlRig rig;
    rig.write(u"bare"_s, "echo \"bare $0 $1\"\nexit 6\n", true);
    WaitingGate gate(rig, {}, {u"./bare"_s, u"x"_s});
    const CtlRig::Ran ran = gate.decideAndFinish(u"approve"_s);
    QCOMPARE(ran.code, 6);
    QCOMPARE(ran.out, QByteArray("bare ./bare x\n"));
}

void TestGate::aLargeScriptGoesAsEvidence()
{
    const CtlRig rig;
    rig.write(u"drop.sh"_s, "#!/bin/sh\ntouch ran\nexit 0\n" + QByteArray(600'000, '#') + "\n", true);
    WaitingGate gate(rig);
    const QJsonObject request = rig.show(gate.id);
    const QJsonObject script = request.value(u"arguments"_s).toObject().value(u"script"_s).toObject();
    QVERIFY(!script.contains(u"text"_s));
    QCOMPARE(script.value(u"sha256"_s), request.value(u"evidence"_s).toArray().at(0).toObject().value(u"sha256"_s));
    QCOMPARE(gate.decideAndFinish(u"approve"_s).code, 0);
    QVERIFY(gate.hasRun());
}

void TestGate::aSignalEndsTheChild()
{
    const CtlRig rig;
    WaitingGate gate(rig, {}, {u"sh"_s, u"-c"_s, u"kill -KILL $$"_s});
    QCOMPARE(gate.decideAndFinish(u"approve"_s).code, 128 + SIGKILL);
    const QJsonObject outcome = rig.show(gate.id).value(u"outcome"_s).toObject();
    QCOMPARE(outcome.value(u"exitCode"_s).toInt(), 128 + SIGKILL);
    QVERIFY(outcome.value(u"note"_s).toString().contains(u"signal 9"_s));
}

void TestGate::ctrlCBelongsToTheRunningChild()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    // A process group of its own, as a terminal gives it: Ctrl+C goes to all of it.
    const std::unique_ptr<QProcess> gate =
        rig.startProgram(u"/usr/bin/setsid"_s, {CtlRig::executable(), u"gate"_s, u"--"_s, u"sh"_s, u"-c"_s,
                                                u"trap 'exit 5' INT; touch ran; while :; do :; done"_s});
    const QString id = CtlRig::idSaidBy(*gate);
    QCOMPARE(rig.decide(id, u"approve"_s, key).code, 0);
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(rig.path(u"ran"_s)), CtlRig::patienceMs);
    QCOMPARE(::kill(-static_cast<pid_t>(gate->processId()), SIGINT), 0);
    QCOMPARE(CtlRig::finish(*gate).code, 5);
    QCOMPARE(rig.show(id).value(u"outcome"_s).toObject().value(u"exitCode"_s).toInt(), 5);
    QCOMPARE(rig.status(id), u"approved"_s);
}

void TestGate::anEndByTheSystemIsPassedOn()
{
    const CtlRig rig;
    WaitingGate gate(rig, {}, {u"sh"_s, u"-c"_s, u"trap 'exit 6' TERM; touch ran; while :; do :; done"_s});
    QCOMPARE(rig.decide(gate.id, u"approve"_s, gate.key).code, 0);
    QTRY_VERIFY_WITH_TIMEOUT(gate.hasRun(), CtlRig::patienceMs);
    CtlRig::signal(*gate.process, SIGTERM);
    QCOMPARE(CtlRig::finish(*gate.process).code, 6);
    QCOMPARE(rig.show(gate.id).value(u"outcome"_s).toObject().value(u"exitCode"_s).toInt(), 6);
}

void TestGate::worksUnderSetE()
{
    const CtlRig rig;
    rig.enrolAda();
    rig.write(u"drop.sh"_s, dropScript, true);
    const QString outer = rig.write(
        u"outer.sh"_s, "#!/bin/bash\nset -euo pipefail\n\"$1\" gate -- ./drop.sh staging\ntouch after\n", true);
    for (const auto &[decision, code] : {std::pair(u"reject"_s, 10), std::pair(u"approve"_s, 7)}) {
        const std::unique_ptr<QProcess> script = rig.startProgram(outer, {CtlRig::executable()});
        const QString id = CtlRig::idSaidBy(*script);
        QCOMPARE(rig.decide(id, decision, rig.path(u"ada.key"_s)).code, 0);
        QCOMPARE(CtlRig::finish(*script).code, code);
        QVERIFY(!QFile::exists(rig.path(u"after"_s)));
        QCOMPARE(QFile::exists(rig.path(u"ran"_s)), decision == u"approve"_s);
    }
}

void TestGate::worksWithJson()
{
    const CtlRig rig;
    WaitingGate approved(rig, {u"--json"_s});
    const CtlRig::Ran ran = approved.decideAndFinish(u"approve"_s);
    QCOMPARE(ran.code, 7);
    QCOMPARE(ran.out, QByteArray("dropping staging\n")); // The child's alone.
    WaitingGate rejected(rig, {u"--json"_s});
    const CtlRig::Ran refused = rejected.decideAndFinish(u"reject"_s);
    QCOMPARE(refused.code, 10);
    QCOMPARE(refused.json().value(u"status"_s).toString(), u"rejected"_s);
    QCOMPARE(refused.out.count('\n'), 1);
}

void TestGate::theResultFileTellsARejectionFromExitTen()
{
    const CtlRig rig;
    rig.write(u"drop.sh"_s, "#!/bin/sh\nexit 10\n", true);
    const QString file = rig.path(u"result.json"_s);
    const auto result = [&file] {
        QFile read(file);
        return read.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(read.readAll()).object() : QJsonObject();
    };
    WaitingGate ten(rig, {u"--result-file"_s, file});
    QCOMPARE(result().value(u"status"_s).toString(), u"pending"_s);
    QCOMPARE(ten.decideAndFinish(u"approve"_s).code, 10);
    QCOMPARE(result().value(u"id"_s).toString(), ten.id);
    QCOMPARE(result().value(u"status"_s).toString(), u"approved"_s);
    QCOMPARE(result().value(u"outcome"_s).toObject().value(u"exitCode"_s).toInt(), 10);
    WaitingGate rejected(rig, {u"--result-file"_s, file});
    QCOMPARE(rejected.decideAndFinish(u"reject"_s).code, 10);
    QCOMPARE(result().value(u"status"_s).toString(), u"rejected"_s);
    QVERIFY(result().value(u"outcome"_s).isNull());
    struct stat status = {};
    QCOMPARE(::stat(QFile::encodeName(file).constData(), &status), 0);
    QCOMPARE(status.st_mode & 0777U, mode_t{0600});
    const CtlRig::Ran unwritable = rig.run({u"gate"_s, u"--result-file"_s, u"/nowhere/r.json"_s, u"--"_s, u"true"_s});
    QCOMPARE(unwritable.code, 1);
    QVERIFY(unwritable.says("/nowhere/r.json"));
}

void TestGate::whatCannotBeShownIsRefused_data()
{
    QTest::addColumn<QString>("shell");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("an argument that is no UTF-8")
        << u"exec \"$0\" gate -- echo \"$(printf 'a\\377')\""_s << 2 << QByteArray("UTF-8");
    QTest::newRow("a directory that is no UTF-8")
        << u"d=$(printf 'a\\377'); mkdir \"$d\"; (cd \"$d\"; \"$0\" gate -- true); code=$?; rmdir \"$d\"; exit $code"_s
        << 2 << QByteArray("UTF-8");
    QTest::newRow("no such command") << u"exec \"$0\" gate -- no-such-command"_s << 1 << QByteArray("no-such-command");
    QTest::newRow("a file without the right to run")
        << u"echo > plain; exec \"$0\" gate -- ./plain"_s << 1 << QByteArray("./plain");
    QTest::newRow("a folder") << u"exec \"$0\" gate -- /tmp"_s << 1 << QByteArray("/tmp");
}

void TestGate::whatCannotBeShownIsRefused()
{
    QFETCH(QString, shell);
    QFETCH(int, code);
    QFETCH(QByteArray, words);
    const CtlRig rig;
    const CtlRig::Ran ran = rig.runProgram(u"/bin/sh"_s, {u"-c"_s, shell, CtlRig::executable()});
    QCOMPARE(ran.code, code);
    QVERIFY2(ran.says(words), ran.err.constData());
    QCOMPARE(rig.run({u"list"_s}).out, QByteArray());
}

void TestGate::everyRunVerifies()
{
    const CtlRig rig;
    QCOMPARE(WaitingGate(rig).decideAndFinish(u"approve"_s).code, 7);
    QCOMPARE(WaitingGate(rig).decideAndFinish(u"reject"_s).code, 10);
    const CtlRig::Ran verified = rig.json({u"audit"_s, u"verify"_s});
    QCOMPARE(verified.code, 0);
    QCOMPARE(verified.json().value(u"holds"_s).toBool(), true);
}

QTEST_GUILESS_MAIN(TestGate)
#include "tst_gate.moc"
