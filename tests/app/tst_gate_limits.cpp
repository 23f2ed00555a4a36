// SPDX-License-Identifier: Apache-2.0
#include "tests/app/ctl_rig.h"

#include <QtTest/QTest>

#include <poll.h>
#include <sys/inotify.h>

using namespace Qt::StringLiterals;
using namespace countersign::test;

namespace {

/// Says when a file is opened by anybody.
class OpenWatch
{
public:
    explicit OpenWatch(const QString &path)
        : m_descriptor(::inotify_init1(IN_CLOEXEC))
    {
        ::inotify_add_watch(m_descriptor, QFile::encodeName(path).constData(), IN_OPEN);
    }
    OpenWatch(const OpenWatch &) = delete;
    OpenWatch &operator=(const OpenWatch &) = delete;
    ~OpenWatch() { ::close(m_descriptor); }
    bool wait() const
    {
        pollfd waited{m_descriptor, POLLIN, 0};
        return ::poll(&waited, 1, CtlRig::patienceMs) == 1;
    }

private:
    int m_descriptor;
};

/// Keeps everybody else from writing into a workspace.
class WriteLock
{
public:
    explicit WriteLock(const QString &file)
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"lock"_s);
        database.setDatabaseName(file);
        m_held = database.open() && QSqlQuery(database).exec(u"BEGIN IMMEDIATE"_s);
    }
    WriteLock(const WriteLock &) = delete;
    WriteLock &operator=(const WriteLock &) = delete;
    ~WriteLock()
    {
        QSqlQuery(QSqlDatabase::database(u"lock"_s)).exec(u"ROLLBACK"_s);
        QSqlDatabase::database(u"lock"_s).close();
        QSqlDatabase::removeDatabase(u"lock"_s);
    }
    bool isHeld() const { return m_held; }

private:
    bool m_held = false;
};

/// As the system tells it: `S` waits for something (a lock, a child), `T` was stopped.
char stateOf(const QProcess &process)
{
    QFile status(u"/proc/%1/stat"_s.arg(process.processId()));
    if (!status.open(QIODevice::ReadOnly)) {
        return '?';
    }
    const QByteArray bytes = status.readAll();
    return bytes.at(bytes.lastIndexOf(')') + 2);
}

} // namespace

/// What a gate must not let happen.
class TestGateLimits : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aSignalBeforeTheStartRunsNothing_data();
    void aSignalBeforeTheStartRunsNothing();
    void aScriptThatCannotBeReadIsRefused_data();
    void aScriptThatCannotBeReadIsRefused();
    void aScriptWithoutTheRightToReadIsRefused();
    void aWrapperIsNamed_data();
    void aWrapperIsNamed();
    void whatIsNotHashedIsNotGiven();
};

void TestGateLimits::aSignalBeforeTheStartRunsNothing_data()
{
    QTest::addColumn<int>("signal");
    QTest::addColumn<int>("code");
    QTest::addColumn<bool>("whileRecorded");
    QTest::newRow("Ctrl+C while the script is read again") << SIGINT << 12 << false;
    QTest::newRow("TERM while the script is read again") << SIGTERM << 128 + SIGTERM << false;
    QTest::newRow("Ctrl+C while the start is recorded") << SIGINT << 12 << true;
    QTest::newRow("HUP while the start is recorded") << SIGHUP << 128 + SIGHUP << true;
}

void TestGateLimits::aSignalBeforeTheStartRunsNothing()
{
    QFETCH(int, signal);
    QFETCH(int, code);
    QFETCH(bool, whileRecorded);
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const QString script =
        rig.write(u"drop.sh"_s, "#!/bin/sh\ntouch ran\nexit 7\n" + QByteArray(8'000'000, '#') + '\n', true);
    const std::unique_ptr<QProcess> gate = rig.start({u"gate"_s, u"--"_s, u"./drop.sh"_s});
    const QString id = CtlRig::idSaidBy(*gate);
    QVERIFY(!id.isEmpty());
    {
        const WriteLock lock(rig.workspaceFile()); // So that the gate holds none itself when it stands still.
        QVERIFY(lock.isHeld());
        CtlRig::signal(*gate, SIGSTOP);
        QTRY_VERIFY_WITH_TIMEOUT(stateOf(*gate) == 'T', CtlRig::patienceMs);
    }
    QCOMPARE(rig.decide(id, u"approve"_s, key).code, 0);
    const OpenWatch opened(script);
    {
        const WriteLock lock(rig.workspaceFile()); // The start cannot be recorded before the signal is there.
        QVERIFY(lock.isHeld());
        CtlRig::signal(*gate, SIGCONT);
        QVERIFY(opened.wait());
        if (whileRecorded) {
            QTRY_VERIFY_WITH_TIMEOUT(stateOf(*gate) == 'S', 4000);
        }
        CtlRig::signal(*gate, signal);
    }
    const CtlRig::Ran ran = CtlRig::finish(*gate);
    QVERIFY2(ran.code == code, ran.err.constData());
    QVERIFY2(ran.says("othing was run"), ran.err.constData());
    QVERIFY(!QFile::exists(rig.path(u"ran"_s)));
    if (whileRecorded) {
        QCOMPARE(rig.show(id).value(u"outcome"_s).toObject().value(u"note"_s).toString(), u"not started"_s);
        QCOMPARE(rig.run({u"gate"_s, u"--resume"_s, id, u"--"_s, u"./drop.sh"_s}).code, 13);
        QVERIFY(!QFile::exists(rig.path(u"ran"_s)));
    }
    QCOMPARE(rig.run({u"audit"_s, u"verify"_s}).code, 0);
}

void TestGateLimits::aScriptThatCannotBeReadIsRefused_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("a name that bash would look up in PATH")
        << QStringList{u"bash"_s, u"elsewhere"_s} << 1 << QByteArray("elsewhere");
    QTest::newRow("a folder") << QStringList{u"sh"_s, u"-e"_s, u"scripts/"_s} << 2 << QByteArray("scripts");
    QTest::newRow("no such script") << QStringList{u"sh"_s, u"./none.sh"_s} << 1 << QByteArray("none.sh");
}

void TestGateLimits::aScriptThatCannotBeReadIsRefused()
{
    QFETCH(QStringList, command);
    QFETCH(int, code);
    QFETCH(QByteArray, words);
    CtlRig rig;
    QVERIFY(QDir(rig.folder.path()).mkpath(u"scripts"_s));
    rig.write(u"scripts/elsewhere"_s, "touch ran\n", true);
    rig.environment.insert(u"PATH"_s, rig.path(u"scripts"_s) + u":/usr/bin:/bin"_s);
    const CtlRig::Ran ran = rig.run(QStringList{u"gate"_s, u"--expires"_s, u"1s"_s, u"--"_s} + command);
    QVERIFY2(ran.code == code, ran.err.constData());
    QVERIFY2(ran.says(words), ran.err.constData());
    QVERIFY2(ran.says("nothing was asked"), ran.err.constData());
    QCOMPARE(ran.err.count('\n'), 1);
    QCOMPARE(rig.run({u"list"_s}).out, QByteArray());
}

void TestGateLimits::aScriptWithoutTheRightToReadIsRefused()
{
    const CtlRig rig;
    const QString script = rig.write(u"secret.sh"_s, "touch ran\n", true);
    QVERIFY(QFile::setPermissions(script, QFileDevice::ExeOwner));
    rig.leaveRoot();
    const CtlRig::Ran ran = rig.runAsOwner({u"gate"_s, u"--expires"_s, u"1s"_s, u"--"_s, u"sh"_s, script});
    QVERIFY2(ran.code == 1, ran.err.constData());
    QVERIFY2(ran.says("secret.sh"), ran.err.constData());
}

void TestGateLimits::aWrapperIsNamed_data()
{
    QTest::addColumn<QStringList>("command");
    for (const QString &wrapper : {u"env"_s, u"nohup"_s, u"nice"_s, u"xargs"_s}) {
        QTest::newRow(qPrintable(wrapper)) << QStringList{wrapper, u"true"_s};
    }
    QTest::newRow("timeout") << QStringList{u"timeout"_s, u"5"_s, u"true"_s};
    QTest::newRow("by its path") << QStringList{u"/usr/bin/env"_s, u"true"_s};
}

void TestGateLimits::aWrapperIsNamed()
{
    QFETCH(QStringList, command);
    const CtlRig rig;
    const std::unique_ptr<QProcess> gate = rig.start(QStringList{u"gate"_s, u"--"_s} + command);
    const QString id = CtlRig::idSaidBy(*gate);
    const QString notCovered = rig.show(id).value(u"arguments"_s).toObject().value(u"notCovered"_s).toString();
    QVERIFY2(notCovered.contains(u"“"_s + command.first().section(u'/', -1) + u"”"_s), qPrintable(notCovered));
    CtlRig::signal(*gate, SIGINT);
    QCOMPARE(CtlRig::finish(*gate).code, 12);
}

void TestGateLimits::whatIsNotHashedIsNotGiven()
{
    CtlRig rig;
    const QString key = rig.enrolAda();
    for (const QString &name : {u"OLDPWD"_s, u"SHLVL"_s, u"TMUX"_s, u"TMUX_PANE"_s, u"KONSOLE_VERSION"_s,
                                u"VTE_VERSION"_s, u"TERM_PROGRAM"_s, u"SSH_TTY"_s, u"_"_s}) {
        rig.environment.insert(name, u"7"_s);
    }
    rig.environment.insert(u"TERM"_s, u"xterm"_s);
    rig.environment.insert(u"COLUMNS"_s, u"80"_s);
    rig.environment.insert(u"LINES"_s, u"a[$(touch ran)]"_s);
    const std::unique_ptr<QProcess> gate = rig.start({u"gate"_s, u"--"_s, u"env"_s});
    const QString id = CtlRig::idSaidBy(*gate);
    const QJsonObject arguments = rig.show(id).value(u"arguments"_s).toObject();
    QStringList wanted = arguments.value(u"environment"_s).toObject().value(u"names"_s).toString().split(u' ') +
                         QStringList{u"COLUMNS"_s};
    QVERIFY(wanted.contains(u"TERM"_s));
    QCOMPARE(rig.decide(id, u"approve"_s, key).code, 0);
    const CtlRig::Ran ran = CtlRig::finish(*gate);
    QCOMPARE(ran.code, 0);
    QStringList given;
    for (const QByteArray &line : ran.out.trimmed().split('\n')) {
        given.append(QString::fromUtf8(line).section(u'=', 0, 0));
    }
    given.sort();
    wanted.sort();
    QCOMPARE(given, wanted);
}

QTEST_GUILESS_MAIN(TestGateLimits)
#include "tst_gate_limits.moc"
