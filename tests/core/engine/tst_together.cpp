// SPDX-License-Identifier: Apache-2.0
// Several changes that share one commit: each stands or falls by itself, none is told to anybody before the disk has
// it.
#include "core/audit/verifier.h"
#include "tests/support/engine_rig.h"
#include "tests/support/fault_vfs.h"

#include <QtTest/QTest>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::test;

namespace {

struct Rig {
    FaultVfs vfs;
    EngineRig world;

    Rig()
        : world(optionsOf(vfs))
    {
        vfs.reset();
    }
    static SqliteOptions optionsOf(const FaultVfs &vfs)
    {
        SqliteOptions options;
        options.vfs = vfs.name();
        return options;
    }
    Engine &engine() { return *world.engine; }
    int waitingRequests(Store &store)
    {
        QueueQuery query;
        query.view = QueueQuery::View::All;
        return static_cast<int>(store.findRequests(query, {})->rows.size());
    }
    Result<> fileSome(int count)
    {
        return engine().together([&]() -> Result<> {
            for (int i = 0; i < count; ++i) {
                if (const auto filed = engine().submit(aSubmission().withKey(u"key %1"_s.arg(i))); !filed) {
                    return filed.error();
                }
            }
            return {};
        });
    }
    bool logHolds()
    {
        const auto report = verifyWorkspace(*world.store, world.r1Key.publicKey().fingerprint());
        return report && report->holds();
    }
};

} // namespace

class TestTogether : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }
    void manyAreFiledWithOneWaitForTheDisk();
    void oneThatIsRefusedDoesNotStopTheOthers();
    void oneThatFailsInTheMiddleLeavesNothingOfItself();
    void anErrorAtTheEndLosesNothing();
    void othersSeeAllOrNothing();
    void whatIsDueAtOnceIsReleasedAtOnce();
    void nothingIsToldBeforeTheDiskHasIt_data();
    void nothingIsToldBeforeTheDiskHasIt();
    void aFullDiskTakesEverythingBack_data();
    void aFullDiskTakesEverythingBack();
    void nothingToDoIsNoTransaction();
    void whatIsKeptAboutPeopleChangesWithThem();
    void whatWasTakenBackIsNotKept();
};

void TestTogether::manyAreFiledWithOneWaitForTheDisk()
{
    Rig rig;
    rig.world.submit(); // The log has its first page.
    rig.vfs.reset();
    rig.world.submit();
    const int one = rig.vfs.count(FileOperation::Sync);
    rig.vfs.reset();
    QVERIFY(rig.fileSome(20));
    QCOMPARE(rig.vfs.count(FileOperation::Sync), one);
    QCOMPARE(rig.waitingRequests(*rig.world.store), 22);
    QVERIFY(rig.logHolds());
    QVERIFY(rig.fileSome(20)); // Under their keys they are there already.
    QCOMPARE(rig.waitingRequests(*rig.world.store), 22);
}

void TestTogether::oneThatIsRefusedDoesNotStopTheOthers()
{
    Rig rig;
    Engine::Parts parts = rig.world.parts(*rig.world.store);
    parts.openRequests = 3;
    Engine engine(parts);
    std::vector<ErrorCode> refusals;
    QVERIFY(engine.together([&]() -> Result<> {
        for (int i = 0; i < 5; ++i) {
            if (const auto filed = engine.submit(aSubmission()); !filed) {
                refusals.push_back(filed.error().code);
            }
        }
        if (const auto filed = engine.submit(aSubmission().byAgent(u"another"_s)); !filed) {
            refusals.push_back(filed.error().code);
        }
        return {};
    }));
    QCOMPARE(refusals, std::vector({ErrorCode::Busy, ErrorCode::Busy}));
    QCOMPARE(rig.waitingRequests(*rig.world.store), 4);
    QVERIFY(rig.logHolds());
}

void TestTogether::oneThatFailsInTheMiddleLeavesNothingOfItself()
{
    Rig rig;
    const RequestId id = rig.world.submit();
    Request first = rig.world.request(id);
    QVERIFY(rig.engine().together([&]() -> Result<> {
        const Result<> broken = rig.world.store->transact([&](StoreWriter &writer) -> Result<> {
            first.summary = u"half a change"_s;
            ++first.revision;
            const Result<> updated = writer.updateRequest(first);
            return updated ? Result<>(Error{ErrorCode::Cancelled, {}, {}}) : updated;
        });
        if (broken || broken.error().code != ErrorCode::Cancelled) {
            return Error{ErrorCode::Storage, u"it did not fail"_s, {}};
        }
        const auto filed = rig.engine().submit(aSubmission());
        return filed ? Result<>() : Result<>(filed.error());
    }));
    QVERIFY(rig.world.request(id).summary != u"half a change"_s);
    QCOMPARE(rig.waitingRequests(*rig.world.store), 2);
    QVERIFY(rig.logHolds());
}

void TestTogether::anErrorAtTheEndLosesNothing()
{
    Rig rig;
    const Result<> done = rig.engine().together([&]() -> Result<> {
        rig.world.submit();
        return Error{ErrorCode::Cancelled, {}, {}};
    });
    QCOMPARE(done.error().code, ErrorCode::Cancelled);
    QCOMPARE(rig.waitingRequests(*rig.world.store), 1);
}

void TestTogether::othersSeeAllOrNothing()
{
    Rig rig;
    const std::unique_ptr<Store> other = rig.world.secondStore();
    QVERIFY(rig.engine().together([&]() -> Result<> {
        return rig.engine().together([&]() -> Result<> {
            rig.world.submit();
            rig.world.submit();
            return rig.waitingRequests(*other) == 0 && rig.waitingRequests(*rig.world.store) == 2
                       ? Result<>()
                       : Result<>(Error{ErrorCode::Storage, {}, {}});
        });
    }));
    QCOMPARE(rig.waitingRequests(*other), 2);
}

void TestTogether::whatIsDueAtOnceIsReleasedAtOnce()
{
    Rig rig;
    for (int i = 0; i < 5; ++i) {
        rig.world.decide(rig.world.submit(), Verdict::Approve, Staging::Stage);
    }
    rig.world.clock.advance(20s);
    rig.vfs.reset();
    QCOMPARE(rig.engine().runDueTimers().value(), 5);
    QCOMPARE(rig.vfs.count(FileOperation::Sync), 1);
    QVERIFY(rig.logHolds());
}

void TestTogether::nothingIsToldBeforeTheDiskHasIt_data()
{
    QTest::addColumn<bool>("works");
    QTest::newRow("it has it") << true;
    QTest::newRow("it fails") << false;
}

void TestTogether::nothingIsToldBeforeTheDiskHasIt()
{
    QFETCH(bool, works);
    Rig rig;
    const RequestId id = rig.world.submit();
    rig.world.decide(id, Verdict::Approve);
    const RoundContent content = rig.world.round(id).content;
    QStringList told;
    QString token;
    const Result<> done = rig.engine().together([&]() -> Result<> {
        const auto begun = rig.engine().beginExecution(id, content);
        if (!begun) {
            return begun.error();
        }
        token = begun->releaseToken;
        rig.engine().whenCommitted([&] { told.append(u"sent"_s); });
        told.append(rig.world.trust.isApprovalUsed(token) ? u"marked too early"_s : u"begun"_s);
        if (!works) {
            rig.vfs.failFrom(FileOperation::Sync, 1, Fault::IoError);
        }
        return {};
    });
    rig.vfs.reset();
    QCOMPARE(done.hasValue(), works);
    QCOMPARE(told, works ? QStringList({u"begun"_s, u"sent"_s}) : QStringList({u"begun"_s}));
    QCOMPARE(rig.world.trust.isApprovalUsed(token), works);
    QCOMPARE(rig.world.request(id).state.delivery, works ? Delivery::Sending : Delivery::Released);
    // What did not happen can still happen.
    QCOMPARE(rig.engine().beginExecution(id, content).hasValue(), !works);
}

void TestTogether::aFullDiskTakesEverythingBack_data()
{
    QTest::addColumn<Fault>("fault");
    QTest::addColumn<ErrorCode>("expected");
    QTest::newRow("full") << Fault::Full << ErrorCode::DiskFull;
    QTest::newRow("broken") << Fault::IoError << ErrorCode::Storage;
}

void TestTogether::aFullDiskTakesEverythingBack()
{
    QFETCH(Fault, fault);
    QFETCH(ErrorCode, expected);
    Rig rig;
    rig.world.submit();
    rig.vfs.reset();
    rig.vfs.failFrom(FileOperation::Write, 1, fault);
    QCOMPARE(rig.fileSome(20).error().code, expected);
    rig.vfs.reset();
    QCOMPARE(rig.waitingRequests(*rig.world.store), 1);
    QVERIFY(rig.fileSome(20));
    QCOMPARE(rig.waitingRequests(*rig.world.store), 21);
    QVERIFY(rig.logHolds());
}

void TestTogether::nothingToDoIsNoTransaction()
{
    Rig rig;
    const std::unique_ptr<Store> other = rig.world.secondStore();
    int calls = 0;
    QVERIFY(rig.engine().together([&]() -> Result<> {
        static_cast<void>(rig.waitingRequests(*rig.world.store));
        rig.engine().whenCommitted([&] { ++calls; });
        // Somebody else can write meanwhile.
        return other->transact([](StoreWriter &writer) { return writer.removeSeat(SeatId(u"nobody"_s)); });
    }));
    QCOMPARE(calls, 1);
    QCOMPARE(rig.vfs.count(FileOperation::Write), 0);
}

void TestTogether::whatIsKeptAboutPeopleChangesWithThem()
{
    Rig rig;
    const std::unique_ptr<Store> other = rig.world.secondStore();
    const std::unique_ptr<Engine> theirs = rig.world.newEngine(*other);
    const SigningKey key = SigningKey::generate();
    const auto mark = [&] { return rig.world.store->changeMark().value(); };
    const ChangeMark before = mark();
    rig.world.decide(rig.world.submit(), Verdict::Approve);
    QVERIFY(mark() == before); // Neither people nor policies.
    QVERIFY(theirs->enrol(u"R2"_s, {}, key.publicKey(), false, rig.world.r1Key));
    const ChangeMark enrolled = mark();
    QVERIFY(!(enrolled == before));
    QVERIFY(rig.engine().disable(u"R2"_s, rig.world.r1Key));
    QVERIFY(!(mark() == enrolled));
}

void TestTogether::whatWasTakenBackIsNotKept()
{
    Rig rig;
    const SigningKey key = SigningKey::generate();
    const Result<> done = rig.engine().together([&]() -> Result<> {
        if (!rig.engine().enrol(u"R2"_s, {}, key.publicKey(), false, rig.world.r1Key) ||
            !rig.engine().directory()->findByName(u"R2"_s)) {
            return Error{ErrorCode::Storage, {}, {}};
        }
        rig.vfs.failFrom(FileOperation::Sync, 1, Fault::IoError);
        return {};
    });
    rig.vfs.reset();
    QVERIFY(!done);
    QVERIFY(!rig.engine().directory()->findByName(u"R2"_s));
}

QTEST_GUILESS_MAIN(TestTogether)
#include "tst_together.moc"
