// SPDX-License-Identifier: Apache-2.0
#include "tests/core/connections/reconciler_rig.h"
#include "tests/support/fault_vfs.h"

#include <QtTest/QTest>

using namespace countersign;
using namespace countersign::test;

using Rig = ReconcilerRig;

namespace {

const QByteArray allowAll = R"({"version":1,"name":"Lax","rules":[{"name":"all","when":true,"do":"allow"}]})";

} // namespace

/// What one connection may take up, what is too large, what a policy decides, and what one commit holds.
class TestReconcilerLimits : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void oneAgentsFloodIsHeldBack();
    void oneConnectionHasSoManyOpenRequests();
    void whatAPolicyDecidesIsSentToo_data();
    void whatAPolicyDecidesIsSentToo();
    void aPolicyThatIsNoLongerInForceSendsNothing();
    void whatIsTooLargeCanOnlyBeRefused_data();
    void whatIsTooLargeCanOnlyBeRefused();
    void whatAPeerShowsAtOnceWaitsForTheDiskOnce();
    void nothingIsSentThatTheDiskDidNotTake();
    void anApprovalWhoseConfirmationFailsIsNotSentAgain_data();
    void anApprovalWhoseConfirmationFailsIsNotSentAgain();
    void aReplyThatIsNotRecordedAtOnceIsNotForgotten_data();
    void aReplyThatIsNotRecordedAtOnceIsNotForgotten();
    void repetitionsAreCountedAcrossAFullDisk();
};

void TestReconcilerLimits::oneAgentsFloodIsHeldBack()
{
    Rig rig;
    Engine::Parts parts = rig.parts(*rig.store, u"serve"_s);
    parts.requestsPerMinute = 60;
    rig.clock.advance(20s);
    rig.server = std::make_unique<Engine>(parts);
    QVERIFY(rig.server->holdLease().value());
    for (int i = 0; i < 200; ++i) {
        rig.add(u"approval/call_%1/a"_s.arg(i));
    }
    const Reconciler::Outcome outcome = rig.run();
    QCOMPARE(outcome.filed, 60);
    QCOMPARE(outcome.troubles.size(), 1);
    QVERIFY(outcome.lookAgainIn.has_value());
    rig.clock.advance(61s);
    QVERIFY(rig.server->holdLease().value());
    QCOMPARE(rig.run().filed, 60);
}

void TestReconcilerLimits::oneConnectionHasSoManyOpenRequests()
{
    constexpr int most = 500;
    Rig rig;
    Engine::Parts parts = rig.parts(*rig.store, u"serve"_s);
    parts.requestsPerMinute = 100'000;
    rig.clock.advance(20s);
    rig.server = std::make_unique<Engine>(parts);
    QVERIFY(rig.server->holdLease().value());
    for (int i = 0; i < most + 100; ++i) {
        rig.add(u"approval/call_%1/a"_s.arg(i));
    }
    int filed = 0;
    int passes = 0;
    QStringList troubles;
    for (int more = 1; more > 0; ++passes) {
        const Reconciler::Outcome outcome = rig.run();
        QVERIFY2(outcome.filed <= 64, "the engine is not held for longer than for one commit");
        more = outcome.filed;
        filed += more;
        troubles = outcome.troubles;
    }
    QCOMPARE(filed, most);
    QVERIFY(passes >= most / 64);
    QCOMPARE(troubles.size(), 1);
    QVERIFY2(troubles.front().startsWith(u"100 more things wait"_s), qPrintable(troubles.front()));
    // One is settled there: there is room for one more.
    rig.view.items.front().stand = PeerItem::Stand::Settled;
    rig.view.items.front().verdict = Verdict::Reject;
    rig.view.items.front().words = u"rejected"_s;
    rig.run();
    QCOMPARE(rig.run().filed, 1);
}

void TestReconcilerLimits::whatAPolicyDecidesIsSentToo_data()
{
    QTest::addColumn<QByteArray>("policy");
    QTest::addColumn<Verdict>("verdict");
    QTest::addColumn<QString>("reason");
    QTest::newRow("allowed") << allowAll << Verdict::Approve
                             << u"Rule “all” of the policy “Lax”: allowed without asking."_s;
    QTest::newRow("denied, with its words")
        << QByteArray(
               R"({"version":1,"name":"No","rules":[{"name":"all","when":true,"do":"deny","message":"Not today."}]})")
        << Verdict::Reject << u"Not today."_s;
}

void TestReconcilerLimits::whatAPolicyDecidesIsSentToo()
{
    QFETCH(QByteArray, policy);
    QFETCH(Verdict, verdict);
    QFETCH(QString, reason);
    Rig rig;
    QVERIFY(rig.engine->applyPolicy(policy, rig.r1Key));
    rig.add();
    QCOMPARE(rig.run().filed, 1);
    const Reconciler::Outcome outcome = rig.run();
    QCOMPARE(outcome.toSend.size(), size_t(1));
    QCOMPARE(outcome.toSend.front().verdict, verdict);
    QCOMPARE(outcome.toSend.front().content.reason, reason);
    rig.settle(verdict, u"settled"_s, reason);
    rig.run();
    QCOMPARE(rig.only().state.delivery, Delivery::Acknowledged);
}

void TestReconcilerLimits::aPolicyThatIsNoLongerInForceSendsNothing()
{
    Rig rig;
    QVERIFY(rig.engine->applyPolicy(allowAll, rig.r1Key));
    rig.add();
    QCOMPARE(rig.run().filed, 1);
    QVERIFY(rig.engine->applyPolicy(R"({"version":1,"name":"Strict","rules":[{"name":"all","when":true,"do":"ask"}]})",
                                    rig.r1Key));
    QVERIFY(rig.run().toSend.empty());
    QCOMPARE(rig.status(rig.only().id), u"undeliverable"_s);
    QVERIFY(rig.only().settledNote.contains(u"the policy in force now does not"_s));
    QCOMPARE(rig.run().filed, 0);
    rig.clock.advance(11s);
    QVERIFY(rig.server->holdLease().value());
    QCOMPARE(rig.run().filed, 1); // Under the policy in force, which wants a person.
    QVERIFY(rig.run().toSend.empty());
    QCOMPARE(rig.run().open, 1);
}

void TestReconcilerLimits::whatIsTooLargeCanOnlyBeRefused_data()
{
    QTest::addColumn<QByteArray>("arguments");
    QTest::addColumn<QString>("tool");
    QTest::newRow("arguments of 2 MiB") << QByteArray("\"" + QByteArray(2 * 1024 * 1024, 'x') + '"') << u"pay"_s;
    QTest::newRow("arguments nested too deep") << QByteArray(QByteArray(200, '[') + QByteArray(200, ']')) << u"pay"_s;
    QTest::newRow("a name of 10 kB") << QByteArray("{}") << QString(5000, QChar(0x00FC));
}

void TestReconcilerLimits::whatIsTooLargeCanOnlyBeRefused()
{
    QFETCH(QByteArray, arguments);
    QFETCH(QString, tool);
    Rig rig;
    PeerItem &item = rig.add();
    item.content.arguments = arguments;
    item.content.toolName = tool;
    QCOMPARE(rig.run().filed, 1);
    const RequestId id = rig.only().id;
    QVERIFY(!rig.round(id).content.unreviewable.isEmpty());
    QCOMPARE(rig.engine->decide(rig.order(id, Verdict::Approve)).error().code, ErrorCode::NotAllowed);
    rig.decide(id, Verdict::Reject);
    const Reconciler::Outcome outcome = rig.run();
    QCOMPARE(outcome.toSend.size(), size_t(1));
    QCOMPARE(outcome.toSend.front().verdict, Verdict::Reject);
    QCOMPARE(rig.only().round, 1);
}

void TestReconcilerLimits::whatAPeerShowsAtOnceWaitsForTheDiskOnce()
{
    FaultVfs vfs;
    SqliteOptions options;
    options.vfs = vfs.name();
    Rig rig(options);
    for (int i = 0; i < 20; ++i) {
        rig.add(u"approval/call_%1/a"_s.arg(i));
    }
    vfs.reset();
    QCOMPARE(rig.run().filed, 20);
    QCOMPARE(vfs.count(FileOperation::Sync), 1);
    for (const QueueRow &row : rig.all()) {
        rig.decide(row.request.id, Verdict::Approve);
    }
    vfs.reset();
    QCOMPARE(rig.run().toSend.size(), size_t(20));
    QCOMPARE(vfs.count(FileOperation::Sync), 1);
    QVERIFY(rig.logHolds());
}

void TestReconcilerLimits::nothingIsSentThatTheDiskDidNotTake()
{
    FaultVfs vfs;
    SqliteOptions options;
    options.vfs = vfs.name();
    Rig rig(options);
    rig.add();
    const RequestId id = rig.approved();
    vfs.failFrom(FileOperation::Sync, 1, Fault::Full);
    const Reconciler::Outcome failed = rig.run();
    vfs.reset();
    QVERIFY(failed.toSend.empty());
    QVERIFY2(failed.troubles.value(0).contains(u"disk is full"_s), qPrintable(failed.troubles.join(u'\n')));
    QVERIFY(failed.lookAgainIn.has_value());
    QCOMPARE(rig.request(id).state.delivery, Delivery::Released);
    QCOMPARE(rig.run().toSend.size(), size_t(1));
    QVERIFY(rig.logHolds());
}

void TestReconcilerLimits::anApprovalWhoseConfirmationFailsIsNotSentAgain_data()
{
    QTest::addColumn<bool>("isDiskFull");
    QTest::newRow("the disk takes nothing of the pass") << true;
    QTest::newRow("another process has the lease for a while") << false;
}

/// The agent works for long and says nothing. That it was idle before it had the approval proves nothing.
void TestReconcilerLimits::anApprovalWhoseConfirmationFailsIsNotSentAgain()
{
    QFETCH(bool, isDiskFull);
    FaultVfs vfs;
    SqliteOptions options;
    options.vfs = vfs.name();
    Rig rig(options);
    rig.add();
    rig.clock.advance(2s);
    rig.know();
    rig.view.chatIdleAt = rig.clock.monotonic();
    const RequestId id = rig.approved();
    QCOMPARE(rig.run().toSend.size(), size_t(1));
    rig.settle(Verdict::Approve, u"approved"_s);
    rig.view.items.back().isAboutToRun = true;
    rig.clock.advance(20s);
    const std::unique_ptr<Engine> other = rig.newEngine(*rig.store, u"serve"_s);
    QVERIFY((isDiskFull ? *rig.server : *other).holdLease().value());
    if (isDiskFull) {
        vfs.failFrom(FileOperation::Sync, 1, Fault::Full);
    }
    const Reconciler::Outcome failed = rig.run();
    vfs.reset();
    QVERIFY(failed.toSend.empty());
    QCOMPARE(failed.troubles.size(), 1);
    QCOMPARE(rig.request(id).state.delivery, Delivery::Sending);
    rig.clock.advance(20s);
    QVERIFY(rig.server->holdLease().value());
    QVERIFY(rig.run().toSend.empty());
    QCOMPARE(rig.request(id).state.delivery, Delivery::Acknowledged);
    QVERIFY(rig.logHolds());
}

void TestReconcilerLimits::aReplyThatIsNotRecordedAtOnceIsNotForgotten_data()
{
    QTest::addColumn<bool>("isGone");
    QTest::addColumn<bool>("isNewConnection");
    QTest::newRow("the state still shows it") << false << false;
    QTest::newRow("the state shows it no longer") << true << false;
    QTest::newRow("the state of the next connection still shows it") << false << true;
    QTest::newRow("the state of the next connection shows it no longer") << true << true;
}

void TestReconcilerLimits::aReplyThatIsNotRecordedAtOnceIsNotForgotten()
{
    QFETCH(bool, isGone);
    QFETCH(bool, isNewConnection);
    FaultVfs vfs;
    SqliteOptions options;
    options.vfs = vfs.name();
    Rig rig(options);
    rig.add(u"state//pending/req-1"_s);
    const RequestId id = rig.approved();
    QCOMPARE(rig.run().toSend.size(), size_t(1));
    vfs.failFrom(FileOperation::Sync, 1, Fault::Full);
    QVERIFY(!rig.reconciler->peerAccepted(*rig.server, id));
    vfs.reset();
    QCOMPARE(rig.request(id).state.delivery, Delivery::Sending);
    if (isGone) {
        rig.view.items.clear();
    }
    if (isNewConnection) {
        rig.connect();
    }
    rig.clock.advance(6s);
    QVERIFY(rig.server->holdLease().value());
    rig.know();
    QVERIFY(rig.run().toSend.empty());
    QCOMPARE(rig.request(id).state.delivery, Delivery::Acknowledged);
    QVERIFY(rig.logHolds());
}

void TestReconcilerLimits::repetitionsAreCountedAcrossAFullDisk()
{
    FaultVfs vfs;
    SqliteOptions options;
    options.vfs = vfs.name();
    Rig rig(options);
    rig.add();
    const RequestId id = rig.approved();
    size_t sent = 0;
    for (int i = 0; i < 20; ++i) {
        if (i > 0 && i % 2 == 0) {
            vfs.failFrom(FileOperation::Sync, 1, Fault::Full);
            QVERIFY(rig.run().toSend.empty());
            vfs.reset();
        }
        sent += rig.run().toSend.size();
        rig.clock.advance(6s);
        QVERIFY(rig.server->holdLease().value());
        rig.know();
    }
    QCOMPARE(sent, size_t(3));
    QCOMPARE(rig.status(id), u"unknown"_s);
    QVERIFY(rig.logHolds());
}

QTEST_GUILESS_MAIN(TestReconcilerLimits)
#include "tst_reconciler_limits.moc"
