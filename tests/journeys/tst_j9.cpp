// SPDX-License-Identifier: Apache-2.0
// J9, the local parts: weeks of waiting, a crash while a decision is staged, an asker who changed their mind. The
// engine files under a fake clock that stands weeks back; the rest is the real executables.
#include "core/store/sqlite_store.h"
#include "tests/app/ctl_rig.h"
#include "tests/support/engine_rig.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::test;

class TestJ9 : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }
    void aRequestWaitsNineteenDaysAndIsDecided();
    void aStagedDecisionOfAKilledSeatIsHeldThenReleasedOnce();
    void aHeldDecisionCanBeTakenBack();
    void theAskerWithdrewMeanwhile();
    void aKilledGateThatHadStartedIsUnknownAndNotRepeated();
};

namespace {

/// A home for the real executables whose workspace was used nineteen days ago.
struct OldHome {
    OldHome()
        : clock(SystemClock().now() - 19 * 24h)
        , ids(clock)
        , trust(rig.path(u"config/countersign"_s))
    {
        ada = rig.enrolAda(); // Today's programs make the workspace; the requests below are old.
        store = std::move(openSqliteStore(rig.workspaceFile(), clock, ids)).value();
        engine = std::make_unique<Engine>(
            Engine::Parts{*store, clock, ids, trust, u"sqlite:"_s + rig.workspaceFile(), u"command line"_s});
    }
    Submission submission() const
    {
        Submission old = aSubmission().byAgent(u"agent"_s);
        old.osUser = QString::fromLocal8Bit(qgetenv("USER"));
        return old;
    }

    CtlRig rig;
    FakeClock clock;
    SystemIdSource ids;
    TrustStore trust;
    QString ada;
    std::unique_ptr<Store> store;
    std::unique_ptr<Engine> engine;
};

} // namespace

void TestJ9::aRequestWaitsNineteenDaysAndIsDecided()
{
    OldHome home;
    const QString id = home.engine->submit(home.submission()).value().id.text();
    home.engine.reset();
    home.store.reset();
    QCOMPARE(home.rig.status(id), u"pending"_s);
    const auto waiting = home.rig.start({u"--json"_s, u"await"_s, id});
    QCOMPARE(home.rig.decide(id, u"approve"_s, home.ada).code, 0);
    const CtlRig::Ran awaited = CtlRig::finish(*waiting);
    QVERIFY2(awaited.code == 0, awaited.err.constData());
    QCOMPARE(awaited.json().value(u"status"_s).toString(), u"approved"_s);
    QCOMPARE(home.rig.run({u"audit"_s, u"verify"_s}).code, 0);
}

void TestJ9::aStagedDecisionOfAKilledSeatIsHeldThenReleasedOnce()
{
    CtlRig rig;
    const QString ada = rig.enrolAda();
    rig.write(u"once.sh"_s, "#!/bin/sh\necho run >> runs\n", true);
    const auto gate = rig.start({u"gate"_s, u"--"_s, u"./once.sh"_s});
    const QString id = CtlRig::idSaidBy(*gate);
    QVERIFY(!id.isEmpty());
    // The command line's seat stages and goes: what it decided waits for its reviewer's word.
    QCOMPARE(rig.decide(id, u"approve"_s, ada, {u"--stage"_s}).code, 0);
    QTRY_COMPARE_WITH_TIMEOUT(rig.status(id), u"held"_s, 20000);
    QVERIFY(!QFile::exists(rig.path(u"runs"_s)));
    QCOMPARE(rig.run({u"release"_s, id, u"--key-file"_s, ada}).code, 0);
    QCOMPARE(CtlRig::finish(*gate).code, 0);
    QVERIFY(rig.run({u"release"_s, id, u"--key-file"_s, ada}).code != 0);
    QFile runs(rig.path(u"runs"_s));
    QVERIFY(runs.open(QIODevice::ReadOnly));
    QCOMPARE(runs.readAll(), QByteArray("run\n"));
    QCOMPARE(rig.run({u"audit"_s, u"verify"_s}).code, 0);
}

void TestJ9::aHeldDecisionCanBeTakenBack()
{
    CtlRig rig;
    const QString ada = rig.enrolAda();
    const QString id = rig.file({u"--title"_s, u"t"_s});
    QCOMPARE(rig.decide(id, u"approve"_s, ada, {u"--stage"_s}).code, 0);
    QCOMPARE(rig.run({u"undo"_s, id, u"--key-file"_s, ada}).code, 0);
    QCOMPARE(rig.status(id), u"pending"_s);
    QCOMPARE(rig.decide(id, u"reject"_s, ada, {u"--reason"_s, u"thought again"_s}).code, 0);
    const CtlRig::Ran awaited = rig.run({u"await"_s, id});
    QCOMPARE(awaited.code, 10);
    QVERIFY(awaited.says("thought again"));
    QCOMPARE(rig.run({u"audit"_s, u"verify"_s}).code, 0);
}

void TestJ9::theAskerWithdrewMeanwhile()
{
    CtlRig rig;
    const QString ada = rig.enrolAda();
    const QString id = rig.file({u"--title"_s, u"t"_s});
    QCOMPARE(rig.decide(id, u"approve"_s, ada, {u"--stage"_s}).code, 0);
    QCOMPARE(rig.run({u"withdraw"_s, id, u"--reason"_s, u"not needed"_s}).code, 0);
    const CtlRig::Ran late = rig.json({u"release"_s, id, u"--key-file"_s, ada});
    QVERIFY(late.code != 0);
    QCOMPARE(rig.status(id), u"withdrawn"_s);
    QCOMPARE(rig.run({u"await"_s, id}).code, 12);
    QCOMPARE(rig.run({u"audit"_s, u"verify"_s}).code, 0);
}

void TestJ9::aKilledGateThatHadStartedIsUnknownAndNotRepeated()
{
    CtlRig rig;
    const QString ada = rig.enrolAda();
    rig.write(u"slow.sh"_s, "#!/bin/sh\necho run >> runs\nexec sleep 60\n", true);
    const auto gate = rig.start({u"gate"_s, u"--"_s, u"./slow.sh"_s});
    const QString id = CtlRig::idSaidBy(*gate);
    QVERIFY(!id.isEmpty());
    QCOMPARE(rig.decide(id, u"approve"_s, ada).code, 0);
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(rig.path(u"runs"_s)), 20000);
    gate->kill();
    gate->waitForFinished();
    // Any engine notices that the process is gone; the window and `serve` do, here `serve` once.
    QCOMPARE(rig.run({u"serve"_s, u"--once"_s}).code, 0);
    QCOMPARE(rig.status(id), u"unknown"_s);
    const CtlRig::Ran again = rig.run({u"gate"_s, u"--resume"_s, id, u"--"_s, u"./slow.sh"_s});
    QVERIFY2(again.code == 13, again.err.constData());
    QFile runs(rig.path(u"runs"_s));
    QVERIFY(runs.open(QIODevice::ReadOnly));
    QCOMPARE(runs.readAll(), QByteArray("run\n"));
    QCOMPARE(rig.run({u"audit"_s, u"verify"_s}).code, 0);
}

QTEST_GUILESS_MAIN(TestJ9)
#include "tst_j9.moc"
