// SPDX-License-Identifier: Apache-2.0
// A program of the same user that writes the workspace file but has no reviewer's key, against the real executables:
// `gate` and `await` refuse with 17, nothing runs, and `audit verify` names what was touched.
#include "core/store/sqlite_store.h"
#include "tests/app/ctl_rig.h"
#include "tests/support/forgery.h"

#include <QtTest/QTest>

#include <functional>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;

namespace {

/// A workspace with an administrator, and a gate that waits to run a script which leaves the file `ran` behind.
struct Scene {
    Scene()
        : ids(clock)
    {
        ada = rig.enrolAda();
        rig.write(u"drop.sh"_s, "#!/bin/sh\ntouch ran\n", true);
        gate = rig.start({u"gate"_s, u"--expires"_s, u"10m"_s, u"--"_s, u"./drop.sh"_s, u"staging"_s});
        id = CtlRig::idSaidBy(*gate);
    }
    std::unique_ptr<Store> open() { return std::move(openSqliteStore(rig.workspaceFile(), clock, ids)).value(); }
    ReviewerId adaId() { return open()->reviewers().value().front().id; }
    void sql(const QByteArray &text) { Attacker(rig.workspaceFile()).run(text); }
    /// Enrols the attacker's own key as an administrator, signed by itself.
    ReviewerId enrol(const SigningKey &own)
    {
        const auto store = open();
        const ReviewerId self(ids.nextId());
        const EnrolBody body{store->workspace()->id, self, u"eve"_s, {}, own.publicKey(), true, {}, clock.now()};
        const Statement enrolment =
            signStatement(StatementId(ids.nextId()), u"enrol"_s, self.text(), encodeBody(body), own);
        const Result<> written = store->transact([&](StoreWriter &writer) {
            const Result<> done = writer.insertStatement(enrolment);
            return done ? writer.saveReviewer({self, u"eve"_s, {}, own.publicKey(), true, clock.now(), {}}) : done;
        });
        if (!written) {
            qFatal("the attack itself failed");
        }
        return self;
    }

    CtlRig rig;
    SystemClock clock;
    SystemIdSource ids;
    QString ada;
    std::unique_ptr<QProcess> gate;
    QString id;
};

using Attack = std::function<void(Scene &)>;

} // namespace

Q_DECLARE_METATYPE(Attack)

class TestAttack : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }
    void aForgedDecisionRunsNothing_data();
    void aForgedDecisionRunsNothing();
    void aForgedPolicyStopsTheFiling();
    void aSwappedFileIsRefused();
};

void TestAttack::aForgedDecisionRunsNothing_data()
{
    QTest::addColumn<Attack>("attack");
    QTest::newRow("writes the state") << Attack([](Scene &scene) {
        scene.sql("UPDATE request SET lifecycle='decided', delivery='released', verdict='approve', decision='x', "
                  "shelf=2, revision=revision+1");
        scene.sql("UPDATE round SET tier='low'");
    });
    QTest::newRow("signs in the reviewer's name with a key of its own") << Attack([](Scene &scene) {
        forgeApproval(*scene.open(), scene.ids, scene.clock.now(), RequestId(scene.id), SigningKey::generate(),
                      scene.adaId());
    });
    QTest::newRow("enrols itself and approves") << Attack([](Scene &scene) {
        const SigningKey own = SigningKey::generate();
        forgeApproval(*scene.open(), scene.ids, scene.clock.now(), RequestId(scene.id), own, scene.enrol(own));
    });
    QTest::newRow("becomes the only administrator and approves") << Attack([](Scene &scene) {
        scene.sql("DELETE FROM statement WHERE kind='enrol'");
        const SigningKey own = SigningKey::generate();
        forgeApproval(*scene.open(), scene.ids, scene.clock.now(), RequestId(scene.id), own, scene.enrol(own));
    });
    QTest::newRow("puts the signatures of another approval on it") << Attack([](Scene &scene) {
        const QString other = scene.rig.file({u"--title"_s, u"harmless"_s, u"--tool"_s, u"echo"_s});
        QCOMPARE(scene.rig.decide(other, u"approve"_s, scene.ada).code, 0);
        scene.sql("UPDATE decision SET request='" + scene.id.toUtf8() + "'");
        scene.sql("UPDATE request SET lifecycle='decided', delivery='released', verdict='approve', status='approved', "
                  "shelf=2, decision=(SELECT id FROM decision)");
    });
    QTest::newRow("releases what the reviewer only staged") << Attack([](Scene &scene) {
        QCOMPARE(scene.rig.decide(scene.id, u"approve"_s, scene.ada, {u"--stage"_s}).code, 0);
        scene.sql("UPDATE request SET delivery='released', shelf=2, status='approved'");
        scene.sql("UPDATE decision SET release=deciding_vote, released_at_ms=1");
    });
}

void TestAttack::aForgedDecisionRunsNothing()
{
    QFETCH(Attack, attack);
    Scene scene;
    QVERIFY(!scene.id.isEmpty());
    attack(scene);
    const CtlRig::Ran gate = CtlRig::finish(*scene.gate);
    QVERIFY2(!QFile::exists(scene.rig.path(u"ran"_s)), "the script ran");
    QVERIFY2(gate.code == 17, gate.err.constData());
    QVERIFY2(!gate.err.trimmed().isEmpty(), "no reason was said");
    const CtlRig::Ran awaited = scene.rig.run({u"await"_s, scene.id, u"--timeout"_s, u"10s"_s});
    QVERIFY2(awaited.code == 17, awaited.err.constData());
    const CtlRig::Ran verified = scene.rig.run({u"audit"_s, u"verify"_s});
    QVERIFY(verified.code != 0);
    QVERIFY2(!(verified.out + verified.err).trimmed().isEmpty(), "the audit named nothing");
}

void TestAttack::aForgedPolicyStopsTheFiling()
{
    Scene scene;
    scene.sql("INSERT INTO policy_version VALUES ('own', x'7b7d', 'none', 0)");
    const CtlRig::Ran filed = scene.rig.run({u"request"_s, u"--title"_s, u"more"_s});
    QVERIFY2(filed.code == 17, filed.err.constData());
    scene.gate->kill();
    scene.gate->waitForFinished();
}

void TestAttack::aSwappedFileIsRefused()
{
    Scene scene;
    scene.gate->kill();
    scene.gate->waitForFinished();
    // A workspace of the attacker's making, with its own administrator, in the place of the real one.
    CtlRig other;
    other.enrolAda();
    for (const QString &suffix : {u""_s, u"-wal"_s, u"-shm"_s}) {
        QFile::remove(scene.rig.workspaceFile() + suffix);
        QFile::copy(other.workspaceFile() + suffix, scene.rig.workspaceFile() + suffix);
    }
    const CtlRig::Ran gate = scene.rig.run({u"gate"_s, u"--"_s, u"./drop.sh"_s});
    QVERIFY2(gate.code == 17, gate.err.constData());
    QVERIFY(!QFile::exists(scene.rig.path(u"ran"_s)));
}

QTEST_GUILESS_MAIN(TestAttack)
#include "tst_attack.moc"
