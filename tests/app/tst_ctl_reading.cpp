// SPDX-License-Identifier: Apache-2.0
#include "tests/app/ctl_rig.h"

#include <QtCore/QDirIterator>
#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign::test;

namespace {

const QStringList payment{u"--title"_s, u"Pay"_s, u"--tool"_s, u"pay"_s, u"--args"_s, u"{\"amount\":42}"_s};

QByteArray bytesOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(not read)");
}

/// A workspace with one approved request, and what is needed to look at it.
struct Decided {
    Decided()
    {
        key = rig.enrolAda();
        id = rig.file(payment);
        if (rig.decide(id, u"approve"_s, key).code != 0) {
            qFatal("the request was not decided");
        }
        administrator = rig.json({u"workspace"_s, u"info"_s}).json().value(u"administrator"_s).toString();
    }
    QString pins() const { return rig.path(u"config/countersign/trust.json"_s); }

    CtlRig rig;
    QString key;
    QString id;
    QString administrator;
};

} // namespace

/// Looking changes nothing, works where nothing may be changed, and shows no control characters.
class TestCtlReading : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void lookingTrustsNobodyNew();
    void aCopyIsVerifiedWithoutTouchingIt();
    void lookingNeedsNoConfigurationFolder();
    void aSummaryCannotReachTheTerminal();
    void aDamagedEvidenceFileLeavesNoHalfBackup();
    void waitingWorksWhereNothingMayBeWritten();
    void aSystemFolderIsNotToBeChanged();
};

void TestCtlReading::lookingTrustsNobodyNew()
{
    const Decided scene;
    QVERIFY(QFile::exists(scene.pins()));
    QCOMPARE(scene.rig.run({u"audit"_s, u"verify"_s}).code, 0);
    const QString other(64, u'1');
    QCOMPARE(scene.rig.run({u"audit"_s, u"verify"_s, u"--administrator"_s, other}).code, 17);
    QVERIFY(QFile::remove(scene.pins()));
    for (const QStringList &command : {QStringList{u"list"_s}, QStringList{u"show"_s, scene.id},
                                       QStringList{u"workspace"_s, u"info"_s}, QStringList{u"reviewer"_s, u"list"_s}}) {
        const CtlRig::Ran ran = scene.rig.run(command);
        QVERIFY2(ran.code == 0, ran.err.constData());
        QVERIFY2(!QFile::exists(scene.pins()), qPrintable(command.join(u' ')));
    }
    const CtlRig::Ran unpinned = scene.rig.run({u"audit"_s, u"verify"_s});
    QCOMPARE(unpinned.code, 17);
    QVERIFY2(unpinned.says("not pinned on this machine"), unpinned.err.constData());
    QVERIFY(unpinned.says(scene.administrator.toUtf8()));
    const CtlRig::Ran named = scene.rig.json({u"audit"_s, u"verify"_s, u"--administrator"_s, scene.administrator});
    QVERIFY2(named.code == 0, named.out.constData());
    QCOMPARE(named.json().value(u"holds"_s).toBool(), true);
    QCOMPARE(scene.rig.run({u"audit"_s, u"verify"_s, u"--administrator"_s, other}).code, 1);
    QVERIFY(!QFile::exists(scene.pins()));
    // Whoever acts pins.
    QCOMPARE(scene.rig.run({u"await"_s, scene.id}).code, 0);
    QVERIFY(QFile::exists(scene.pins()));
}

void TestCtlReading::aCopyIsVerifiedWithoutTouchingIt()
{
    const Decided scene;
    const QString folder = scene.rig.path(u"backup"_s);
    const QString copy = folder + u"/copy.db"_s;
    QVERIFY(QDir().mkpath(folder));
    QFile::setPermissions(folder, QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner);
    QCOMPARE(scene.rig.run({u"workspace"_s, u"backup"_s, copy}).code, 0);
    const QByteArray before = bytesOf(copy);
    const QStringList beside = QDir(folder).entryList(QDir::AllEntries | QDir::NoDotAndDotDot);
    QCOMPARE(scene.rig.run({u"audit"_s, u"verify"_s, copy}).code, 0);
    QCOMPARE(bytesOf(copy), before);
    QCOMPARE(QDir(folder).entryList(QDir::AllEntries | QDir::NoDotAndDotDot), beside);
}

void TestCtlReading::lookingNeedsNoConfigurationFolder()
{
    const Decided scene;
    QVERIFY(QDir(scene.rig.path(u"config"_s)).removeRecursively());
    QVERIFY(QDir(scene.rig.folder.path()).mkpath(u"config"_s));
    scene.rig.leaveRoot();
    QVERIFY(QFile::setPermissions(scene.rig.path(u"config"_s), QFileDevice::ReadOwner | QFileDevice::ExeOwner));
    for (const QStringList &command :
         {QStringList{u"list"_s}, QStringList{u"show"_s, scene.id}, QStringList{u"workspace"_s, u"info"_s},
          QStringList{u"audit"_s, u"verify"_s, u"--administrator"_s, scene.administrator}}) {
        const CtlRig::Ran ran = scene.rig.runAsOwner(command);
        QVERIFY2(ran.code == 0, (command.join(u' ').toUtf8() + ran.err).constData());
    }
    QFile::setPermissions(scene.rig.path(u"config"_s),
                          QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner);
}

void TestCtlReading::aSummaryCannotReachTheTerminal()
{
    const CtlRig rig;
    const QString id = rig.file(payment);
    tamperWith(rig.workspaceFile(), {u"UPDATE request SET summary = char(27) || '[2Jnothing ' || char(8238)"_s});
    for (const QStringList &command : {QStringList{u"list"_s}, QStringList{u"show"_s, id}}) {
        const CtlRig::Ran ran = rig.run(command);
        QCOMPARE(ran.code, 0);
        QVERIFY(!ran.out.contains('\x1b'));
        QVERIFY2(ran.out.contains("⟨U+001B⟩[2Jnothing ⟨U+202E⟩"), ran.out.constData());
    }
    // What is visible already stays as it is.
    const QString hostile = rig.file({u"--title"_s, u"x"_s, u"--tool"_s, u"a\u202Eb"_s});
    QVERIFY(!rig.run({u"show"_s, hostile}).out.contains("27E8"));
}

void TestCtlReading::aDamagedEvidenceFileLeavesNoHalfBackup()
{
    const CtlRig rig;
    rig.file(payment + QStringList{u"--evidence"_s, rig.write(u"a.txt"_s, "text")});
    QDirIterator blobs(rig.workspaceFile() + u".blobs"_s, QDir::Files, QDirIterator::Subdirectories);
    const QString blob = blobs.next();
    const auto put = [&blob](const QByteArray &bytes) {
        QFile::setPermissions(blob, QFileDevice::ReadOwner | QFileDevice::WriteOwner);
        QFile file(blob);
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(bytes);
    };
    QVERIFY(QDir(rig.folder.path()).mkpath(u"backup"_s));
    const QString folder = rig.path(u"backup"_s);
    QFile::setPermissions(folder, QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner);
    put("other");
    const CtlRig::Ran failed = rig.run({u"workspace"_s, u"backup"_s, folder + u"/b.db"_s});
    QCOMPARE(failed.code, 13);
    QVERIFY2(failed.says("backup was not made"), failed.err.constData());
    QCOMPARE(QDir(folder).entryList(QDir::AllEntries | QDir::NoDotAndDotDot), QStringList());
    put("text");
    const CtlRig::Ran made = rig.run({u"workspace"_s, u"backup"_s, folder + u"/b.db"_s});
    QVERIFY2(made.code == 0, made.err.constData());
    const CtlRig::Ran again = rig.run({u"workspace"_s, u"backup"_s, folder + u"/b.db"_s});
    QCOMPARE(again.code, 1);
    QVERIFY(QFile::exists(folder + u"/b.db"_s));
}

void TestCtlReading::waitingWorksWhereNothingMayBeWritten()
{
    const Decided scene;
    const QString pending = scene.rig.file(payment);
    const QString hash = scene.rig.payloadHash(pending);
    const QString file = scene.rig.workspaceFile();
    const QString data = QFileInfo(file).path();
    const auto allow = [&](bool writing) {
        const auto extra = writing ? QFileDevice::WriteOwner : QFileDevice::Permissions();
        return QFile::setPermissions(data, QFileDevice::ReadOwner | QFileDevice::ExeOwner | extra) &&
               QFile::setPermissions(file, QFileDevice::ReadOwner | extra);
    };
    scene.rig.leaveRoot();
    QVERIFY(allow(false));
    const CtlRig::Ran decided = scene.rig.runAsOwner({u"await"_s, scene.id});
    const CtlRig::Ran waiting = scene.rig.runAsOwner({u"await"_s, pending, u"--timeout"_s, u"1s"_s});
    const std::unique_ptr<QProcess> later = scene.rig.startAsOwner({u"await"_s, pending});
    QVERIFY(later->waitForStarted());
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(u"/proc/%1/fd"_s.arg(later->processId())), CtlRig::patienceMs);
    QVERIFY(allow(true));
    QVERIFY2(decided.code == 0, decided.err.constData());
    QVERIFY2(waiting.code == 1, waiting.err.constData());
    const CtlRig::Ran vote = scene.rig.runAsOwner(
        {u"decide"_s, pending, u"reject"_s, u"--payload-hash"_s, hash, u"--key-file"_s, scene.key});
    QVERIFY2(vote.code == 0, vote.err.constData());
    QCOMPARE(CtlRig::finish(*later).code, 10);
}

void TestCtlReading::aSystemFolderIsNotToBeChanged()
{
    const CtlRig rig;
    for (const QString &place : {u"/dev/null"_s, u"/etc/countersign.db"_s}) {
        const CtlRig::Ran ran = rig.run({u"--workspace"_s, u"sqlite:"_s + place, u"list"_s});
        QVERIFY2(ran.code != 0, ran.err.constData());
        QVERIFY2(!ran.says("chmod"), ran.err.constData());
        QVERIFY2(ran.says("of your own"), ran.err.constData());
    }
}

QTEST_GUILESS_MAIN(TestCtlReading)
#include "tst_ctl_reading.moc"
