// SPDX-License-Identifier: Apache-2.0
#include "tests/app/ctl_rig.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign::test;

namespace {

const QStringList payment{u"--title"_s, u"Pay"_s, u"--tool"_s, u"pay"_s, u"--args"_s, u"{\"amount\":42}"_s};

} // namespace

/// What is broken around the program: one sentence, the right exit code, nothing lost and nothing half-done.
class TestCtlFailures : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aFileThatIsNoWorkspaceIsRefused_data();
    void aFileThatIsNoWorkspaceIsRefused();
    void aNewerVersionIsLeftAlone();
    void wideFileModesAreRefused();
    void aReadOnlyWorkspaceFailsClosed();
    void aFullOutputIsSaid();
    void aKeyThatOthersCanReadIsRefused();
    void anEditedPayloadCannotBeDecided();
    void aForgedDecisionRunsNothing();
    void anEditedLogIsNamed();
    void aBackupIsWhole();
    void aFolderThatCannotBeMadeIsSaid();
};

void TestCtlFailures::aFileThatIsNoWorkspaceIsRefused_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("text") << QByteArray("Dear diary,\n").repeated(500);
    QTest::newRow("half a database") << QByteArray("SQLite format 3\0", 16) + QByteArray(3000, '\x55');
}

void TestCtlFailures::aFileThatIsNoWorkspaceIsRefused()
{
    QFETCH(QByteArray, bytes);
    const CtlRig rig;
    const QString file = rig.write(u"diary.db"_s, bytes);
    const QString url = u"sqlite:"_s + file;
    for (const QStringList &command : {QStringList{u"list"_s}, QStringList{u"request"_s} + payment,
                                       QStringList{u"gate"_s, u"--"_s, u"touch"_s, u"ran"_s}}) {
        const CtlRig::Ran ran = rig.json(QStringList{u"--workspace"_s, url} + command);
        QCOMPARE(ran.code, 13);
        QCOMPARE(ran.errorCode(), u"damaged"_s);
        QCOMPARE(ran.err.count('\n'), 1);
    }
    QVERIFY(!QFile::exists(rig.path(u"ran"_s)));
    QFile read(file);
    QVERIFY(read.open(QIODevice::ReadOnly));
    QCOMPARE(read.readAll(), bytes);
}

void TestCtlFailures::aNewerVersionIsLeftAlone()
{
    const CtlRig rig;
    rig.file(payment);
    tamperWith(rig.workspaceFile(), {u"PRAGMA user_version = 9999"_s});
    const CtlRig::Ran ran = rig.json({u"list"_s});
    QCOMPARE(ran.code, 13);
    QCOMPARE(ran.errorCode(), u"newer-version"_s);
    tamperWith(rig.workspaceFile(), {u"PRAGMA user_version = 1"_s});
    QCOMPARE(rig.json({u"list"_s}).out.count('\n'), 1);
}

void TestCtlFailures::wideFileModesAreRefused()
{
    const CtlRig rig;
    rig.file(payment);
    QFile::setPermissions(rig.workspaceFile(),
                          QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ReadOther);
    const CtlRig::Ran ran = rig.json({u"list"_s});
    QCOMPARE(ran.code, 17);
    QCOMPARE(ran.errorCode(), u"not-allowed"_s);
}

void TestCtlFailures::aReadOnlyWorkspaceFailsClosed()
{
    const CtlRig rig;
    rig.file(payment);
    const QString file = rig.workspaceFile();
    const QString data = QFileInfo(file).path();
    rig.leaveRoot();
    QVERIFY(QFile::setPermissions(file, QFileDevice::ReadOwner));
    QVERIFY(QFile::setPermissions(data, QFileDevice::ReadOwner | QFileDevice::ExeOwner));
    const CtlRig::Ran filed = rig.runAsOwner(QStringList{u"--json"_s, u"request"_s} + payment);
    const CtlRig::Ran gated = rig.runAsOwner({u"gate"_s, u"--"_s, u"touch"_s, rig.path(u"ran"_s)});
    QVERIFY(QFile::setPermissions(data, QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner));
    QVERIFY(QFile::setPermissions(file, QFileDevice::ReadOwner | QFileDevice::WriteOwner));
    QVERIFY2(filed.code == 13, filed.err.constData());
    QCOMPARE(filed.errorCode(), u"read-only"_s);
    QCOMPARE(gated.code, 13);
    QVERIFY(!QFile::exists(rig.path(u"ran"_s)));
    const CtlRig::Ran listed = rig.runAsOwner({u"--json"_s, u"list"_s});
    QCOMPARE(listed.code, 0);
    QCOMPARE(listed.out.count('\n'), 1);
}

void TestCtlFailures::aFullOutputIsSaid()
{
    const CtlRig rig;
    const CtlRig::Ran ran =
        rig.runProgram(u"/bin/sh"_s, {u"-c"_s, u"exec \"$0\" request --title x > /dev/full"_s, CtlRig::executable()});
    QCOMPARE(ran.code, 1);
    QVERIFY(ran.says("standard output"));
}

void TestCtlFailures::aKeyThatOthersCanReadIsRefused()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const QString id = rig.file(payment);
    QFile::setPermissions(key, QFileDevice::ReadOwner | QFileDevice::ReadGroup);
    QCOMPARE(rig.decide(id, u"approve"_s, key).code, 17);
    QCOMPARE(rig.decide(id, u"approve"_s, rig.path(u"none.key"_s)).code, 1);
    QCOMPARE(rig.decide(id, u"approve"_s, rig.write(u"bad.key"_s, "{}")).code, 1);
    QCOMPARE(rig.status(id), u"pending"_s);
}

void TestCtlFailures::anEditedPayloadCannotBeDecided()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const QString id = rig.file(payment);
    const QString hash = rig.payloadHash(id);
    tamperWith(rig.workspaceFile(),
               {u"UPDATE content SET body = CAST(replace(CAST(body AS TEXT), '42', '43') AS BLOB)"_s});
    QVERIFY(!rig.show(id).value(u"problem"_s).isNull());
    const CtlRig::Ran decided =
        rig.json({u"decide"_s, id, u"approve"_s, u"--payload-hash"_s, hash, u"--key-file"_s, key});
    QCOMPARE(decided.code, 13);
    QCOMPARE(decided.errorCode(), u"damaged"_s);
    const CtlRig::Ran verified = rig.json({u"audit"_s, u"verify"_s});
    QCOMPARE(verified.code, 1);
    QVERIFY(!verified.json().value(u"findings"_s).toArray().isEmpty());
}

void TestCtlFailures::aForgedDecisionRunsNothing()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    rig.write(u"drop.sh"_s, "#!/bin/sh\ntouch ran\n", true);
    const std::unique_ptr<QProcess> gate = rig.start({u"gate"_s, u"--"_s, u"./drop.sh"_s});
    const QString forged = CtlRig::idSaidBy(*gate);
    // A real approval of something else, whose rows are copied over.
    const QString real = rig.file(payment);
    QCOMPARE(rig.decide(real, u"approve"_s, key).code, 0);
    tamperWith(rig.workspaceFile(),
               {u"UPDATE decision SET request = '%1' WHERE request = '%2'"_s.arg(forged, real),
                u"UPDATE request SET lifecycle = 'decided', delivery = 'released', verdict = 'approve', shelf = 2, "
                u"settled_at_ms = 1, settled_sequence = 99, decision = (SELECT id FROM decision), revision = "
                u"revision + 1 WHERE id = '%1'"_s.arg(forged)});
    const CtlRig::Ran ran = CtlRig::finish(*gate);
    QVERIFY2(ran.code == 17, ran.err.constData());
    QVERIFY(!QFile::exists(rig.path(u"ran"_s)));
    QCOMPARE(rig.run({u"await"_s, forged}).code, 17);
    QCOMPARE(rig.run({u"audit"_s, u"verify"_s}).code, 1);
}

void TestCtlFailures::anEditedLogIsNamed()
{
    const CtlRig rig;
    rig.file(payment);
    rig.file(payment);
    tamperWith(rig.workspaceFile(),
               {u"UPDATE event SET body = CAST(replace(CAST(body AS TEXT), 'filed', 'fiied') AS BLOB) "
                u"WHERE id = (SELECT max(id) FROM event)"_s});
    const CtlRig::Ran verified = rig.run({u"audit"_s, u"verify"_s});
    QCOMPARE(verified.code, 1);
    QVERIFY2(verified.out.contains("entry 2 "), verified.out.constData());
}

void TestCtlFailures::aBackupIsWhole()
{
    const CtlRig rig;
    const QString id = rig.file(payment + QStringList{u"--evidence"_s, rig.write(u"a.txt"_s, "text")});
    const QString copy = rig.path(u"backup/copy.db"_s);
    QVERIFY(QDir(rig.folder.path()).mkpath(u"backup"_s));
    QFile::setPermissions(rig.path(u"backup"_s),
                          QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner);
    QCOMPARE(rig.run({u"workspace"_s, u"backup"_s, copy}).code, 0);
    QCOMPARE(rig.run({u"workspace"_s, u"backup"_s, copy}).code, 1); // Never over what is there.
    const CtlRig::Ran shown = rig.json({u"--workspace"_s, u"sqlite:"_s + copy, u"show"_s, id});
    QCOMPARE(shown.json().value(u"payloadHash"_s).toString(), rig.payloadHash(id));
    QVERIFY(QDir(copy + u".blobs"_s).exists());
    QCOMPARE(rig.run({u"audit"_s, u"verify"_s, copy}).code, 0);
    QCOMPARE(rig.run({u"audit"_s, u"verify"_s, rig.path(u"none.db"_s)}).code, 1);
    QVERIFY(!QFile::exists(rig.path(u"none.db"_s)));
    QCOMPARE(rig.run({u"workspace"_s, u"copy"_s, u"postgresql://db/x"_s}).code, 2);
}

void TestCtlFailures::aFolderThatCannotBeMadeIsSaid()
{
    const CtlRig rig;
    const CtlRig::Ran ran = rig.json({u"--workspace"_s, u"sqlite:/proc/countersign/w.db"_s, u"list"_s});
    QVERIFY2(ran.code == 13 || ran.code == 1, ran.err.constData());
    QCOMPARE(ran.err.count('\n'), 1);
}

QTEST_GUILESS_MAIN(TestCtlFailures)
#include "tst_ctl_failures.moc"
