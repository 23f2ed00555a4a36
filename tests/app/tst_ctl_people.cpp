// SPDX-License-Identifier: Apache-2.0
#include "tests/app/ctl_rig.h"

#include <QtTest/QTest>

#include <sys/stat.h>

using namespace Qt::StringLiterals;
using namespace countersign::test;

namespace {

mode_t modeOf(const QString &path)
{
    struct stat status = {};
    return ::stat(QFile::encodeName(path).constData(), &status) == 0 ? status.st_mode & 0777U : 0;
}

QStringList add(const QString &name, const QString &key, const QStringList &more)
{
    return QStringList{u"reviewer"_s, u"add"_s, name, u"--key-file"_s, key} + more;
}

} // namespace

/// Enrolling, disabling and replacing keys.
class TestCtlPeople : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theFirstReviewerIsTheAdministrator();
    void aKeyIsKeptUnderItsPassphrase();
    void everyFurtherOneNeedsAnAdministrator();
    void aKeyFileInTheWayIsNotReplaced();
    void aFailedEnrolmentLeavesNoKeyFile();
    void aDisabledReviewerCannotDecide();
    void anAdministratorReplacesAKey();
    void theRecoveryCodeReplacesALostKeyOnce();
    void anotherMachineTrustsOnFirstUse();
};

void TestCtlPeople::theFirstReviewerIsTheAdministrator()
{
    const CtlRig rig;
    QVERIFY(rig.run({u"reviewer"_s, u"list"_s}).says("Nobody is enrolled"));
    const QString key = rig.path(u"keys/ada.key"_s);
    const CtlRig::Ran added = rig.json(add(u"ada"_s, key, {u"--no-passphrase"_s, u"--group"_s, u"finance"_s}));
    QVERIFY2(added.code == 0, added.err.constData());
    QVERIFY(added.says("without a passphrase"));
    QCOMPARE(added.json().value(u"administrator"_s).toBool(), true);
    QCOMPARE(added.json().value(u"groups"_s).toArray(), QJsonArray{u"finance"_s});
    QCOMPARE(added.json().value(u"recoveryCode"_s).toString().size(), 39);
    QCOMPARE(modeOf(key), mode_t{0600});
    const CtlRig::Ran listed = rig.json({u"reviewer"_s, u"list"_s});
    QCOMPARE(listed.out.count('\n'), 1);
    QCOMPARE(listed.json().value(u"fingerprint"_s), added.json().value(u"fingerprint"_s));
    const QJsonObject info = rig.json({u"workspace"_s, u"info"_s}).json();
    QCOMPARE(info.value(u"administrator"_s), added.json().value(u"fingerprint"_s));
    QCOMPARE(modeOf(rig.path(u"config/countersign/trust.json"_s)), mode_t{0600});
}

void TestCtlPeople::aKeyIsKeptUnderItsPassphrase()
{
    const CtlRig rig;
    const QString key = rig.path(u"ada.key"_s);
    const CtlRig::Ran none = rig.run(add(u"ada"_s, key, {}));
    QCOMPARE(none.code, 2); // There is no terminal to ask on.
    QVERIFY(none.says("--passphrase-file"));
    QVERIFY(!QFile::exists(key));
    const QString passphrase = rig.write(u"passphrase"_s, "correct horse\n");
    QCOMPARE(rig.run(add(u"ada"_s, key, {u"--passphrase-file"_s, passphrase})).code, 0);
    const QString id = rig.file({u"--title"_s, u"x"_s});
    QCOMPARE(rig.decide(id, u"approve"_s, key).code, 2);
    const CtlRig::Ran wrong =
        rig.decide(id, u"approve"_s, key, {u"--passphrase-file"_s, rig.write(u"wrong"_s, "battery staple\n")});
    QCOMPARE(wrong.code, 17);
    QCOMPARE(wrong.errorCode(), u"wrong-passphrase"_s);
    QCOMPARE(rig.status(id), u"pending"_s);
    QCOMPARE(rig.decide(id, u"approve"_s, key, {u"--passphrase-file"_s, passphrase}).code, 0);
}

void TestCtlPeople::everyFurtherOneNeedsAnAdministrator()
{
    const CtlRig rig;
    const QString ada = rig.enrolAda();
    const QString bob = rig.path(u"bob.key"_s);
    QCOMPARE(rig.run(add(u"bob"_s, bob, {u"--no-passphrase"_s})).code, 17);
    QVERIFY(!QFile::exists(bob));
    QCOMPARE(rig.run(add(u"bob"_s, bob, {u"--no-passphrase"_s, u"--by"_s, ada})).code, 0);
    const CtlRig::Ran byBob = rig.run(add(u"eve"_s, rig.path(u"eve.key"_s), {u"--no-passphrase"_s, u"--by"_s, bob}));
    QCOMPARE(byBob.code, 17);
    QVERIFY(!QFile::exists(rig.path(u"eve.key"_s)));
    QVERIFY(rig.run(add(u"bob"_s, rig.path(u"b2.key"_s), {u"--no-passphrase"_s, u"--by"_s, ada})).code != 0);
    QCOMPARE(rig.json({u"reviewer"_s, u"list"_s}).out.count('\n'), 2);
    QCOMPARE(rig.run({u"audit"_s, u"verify"_s}).code, 0);
}

void TestCtlPeople::aKeyFileInTheWayIsNotReplaced()
{
    const CtlRig rig;
    const QString key = rig.write(u"ada.key"_s, "my shopping list\n");
    QCOMPARE(rig.run(add(u"ada"_s, key, {u"--no-passphrase"_s})).code, 1);
    QFile file(key);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("my shopping list\n"));
}

void TestCtlPeople::aFailedEnrolmentLeavesNoKeyFile()
{
    const CtlRig rig;
    const QString key = rig.path(u"ada.key"_s);
    QCOMPARE(rig.run(add(u" "_s, key, {u"--no-passphrase"_s})).code, 2);
    QVERIFY(!QFile::exists(key));
    QCOMPARE(rig.run({u"reviewer"_s, u"add"_s, u"ada"_s, u"--no-passphrase"_s}).code, 2);
}

void TestCtlPeople::aDisabledReviewerCannotDecide()
{
    const CtlRig rig;
    const QString ada = rig.enrolAda();
    const QString bob = rig.path(u"bob.key"_s);
    QCOMPARE(rig.run(add(u"bob"_s, bob, {u"--no-passphrase"_s, u"--by"_s, ada})).code, 0);
    const QString staged = rig.file({u"--title"_s, u"staged"_s});
    QCOMPARE(rig.decide(staged, u"approve"_s, bob).code, 0);
    QCOMPARE(rig.run({u"reviewer"_s, u"disable"_s, u"bob"_s, u"--by"_s, bob}).code, 17);
    QCOMPARE(rig.run({u"reviewer"_s, u"disable"_s, u"bob"_s, u"--by"_s, ada}).code, 0);
    const QString id = rig.file({u"--title"_s, u"x"_s});
    QCOMPARE(rig.decide(id, u"approve"_s, bob).code, 17);
    QCOMPARE(rig.run({u"await"_s, staged}).code, 17); // Rights are checked again by whoever acts.
    QCOMPARE(rig.run({u"reviewer"_s, u"disable"_s, u"ada"_s, u"--by"_s, ada}).code, 17);
    QCOMPARE(rig.run({u"audit"_s, u"verify"_s}).code, 0);
}

void TestCtlPeople::anAdministratorReplacesAKey()
{
    const CtlRig rig;
    const QString ada = rig.enrolAda();
    const QString fresh = rig.path(u"fresh.key"_s);
    QCOMPARE(rig.run({u"reviewer"_s, u"rotate"_s, u"ada"_s, u"--key-file"_s, fresh, u"--no-passphrase"_s}).code, 17);
    QVERIFY(!QFile::exists(fresh));
    QCOMPARE(
        rig.run({u"reviewer"_s, u"rotate"_s, u"ada"_s, u"--key-file"_s, fresh, u"--no-passphrase"_s, u"--by"_s, ada})
            .code,
        0);
    const QString id = rig.file({u"--title"_s, u"x"_s});
    QCOMPARE(rig.decide(id, u"approve"_s, ada).code, 17);
    QCOMPARE(rig.decide(id, u"approve"_s, fresh).code, 0);
    QCOMPARE(rig.run({u"await"_s, id}).code, 0);
}

void TestCtlPeople::theRecoveryCodeReplacesALostKeyOnce()
{
    const CtlRig rig;
    const QString key = rig.path(u"ada.key"_s);
    const CtlRig::Ran added = rig.run(add(u"ada"_s, key, {u"--no-passphrase"_s}));
    QCOMPARE(added.code, 0);
    const QString code = rig.write(u"code"_s, added.out); // stdout is the code and nothing else.
    QVERIFY(QFile::remove(key));
    const auto rotate = [&](const QString &newKey, const QString &codeFile) {
        return rig.run({u"reviewer"_s, u"rotate"_s, u"ada"_s, u"--key-file"_s, newKey, u"--no-passphrase"_s,
                        u"--recovery-code-file"_s, codeFile});
    };
    QCOMPARE(rotate(rig.path(u"a.key"_s), rig.write(u"typo"_s, "ABCD-EFGH\n")).code, 2);
    QVERIFY(!QFile::exists(rig.path(u"a.key"_s)));
    const CtlRig::Ran recovered = rotate(rig.path(u"b.key"_s), code);
    QVERIFY2(recovered.code == 0, recovered.err.constData());
    const QString id = rig.file({u"--title"_s, u"x"_s});
    QCOMPARE(rig.decide(id, u"approve"_s, rig.path(u"b.key"_s)).code, 0);
    QCOMPARE(rotate(rig.path(u"c.key"_s), code).code, 17);
    QVERIFY(!QFile::exists(rig.path(u"c.key"_s)));
    QCOMPARE(rig.run({u"audit"_s, u"verify"_s}).code, 0);
}

void TestCtlPeople::anotherMachineTrustsOnFirstUse()
{
    CtlRig rig;
    const QString ada = rig.enrolAda();
    const QString id = rig.file({u"--title"_s, u"x"_s});
    rig.environment.insert(u"XDG_CONFIG_HOME"_s, rig.path(u"elsewhere"_s));
    QCOMPARE(rig.decide(id, u"approve"_s, ada).code, 0);
    QVERIFY(QFile::exists(rig.path(u"elsewhere/countersign/trust.json"_s)));
    QCOMPARE(rig.run({u"await"_s, id}).code, 0);
}

QTEST_GUILESS_MAIN(TestCtlPeople)
#include "tst_ctl_people.moc"
