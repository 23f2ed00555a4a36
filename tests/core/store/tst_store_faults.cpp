// SPDX-License-Identifier: Apache-2.0
#include "tests/core/store/store_fixture.h"
#include "tests/support/fault_vfs.h"

#include <QtCore/QFile>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;
using namespace std::chrono_literals;

Q_DECLARE_METATYPE(countersign::test::FileOperation)
Q_DECLARE_METATYPE(countersign::test::Fault)
Q_DECLARE_METATYPE(countersign::test::PowerCut)

/// The disk fails at every place in turn: nothing is half-done, nothing acknowledged is lost, every error is a
/// sentence.
class TestStoreFaults : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void failedTransactionsLeaveNothing_data();
    void failedTransactionsLeaveNothing();
    void aFullDiskIsSaidAndPasses();
    void readOnlyDisksAreSaid();
    void powerCutsLoseNothingAcknowledged_data();
    void powerCutsLoseNothingAcknowledged();
    void powerCutsWhileMakingLeaveAWayOn();
    void failedCheckpointsLoseNothing();
    void failedBackupsLeaveNothing();

private:
    Result<std::unique_ptr<Store>> open(const SqliteOptions &options)
    {
        return openSqliteStore(path(), m_clock, m_ids, options);
    }
    std::unique_ptr<Store> opened()
    {
        SqliteOptions options;
        options.vfs = m_vfs->name();
        options.cacheKib = 64; // Small, so that long transactions spill to the disk before they end.
        Result<std::unique_ptr<Store>> store = open(options);
        if (!store) {
            qFatal("%s", qPrintable(store.error().message + store.error().detail));
        }
        return std::move(store).value();
    }
    QString path() const { return m_folder->filePath(u"data/workspace.db"_s); }
    /// A transaction over many tables. \p id becomes the id of its request.
    Result<> file(Store &store, RequestId &id, int bytes = 10'000);
    /// Everything of that transaction, or nothing of it.
    void verifyWhole(Store &store, const RequestId &id, bool expected);
    void verifyChain(Store &store, qint64 expected);

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<FaultVfs> m_vfs;
    std::unique_ptr<Records> m_records;
    FakeClock m_clock;
    SystemIdSource m_ids{m_clock};
};

void TestStoreFaults::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_vfs = std::make_unique<FaultVfs>();
    m_records = std::make_unique<Records>(m_clock);
}

void TestStoreFaults::cleanup()
{
    m_vfs.reset();
}

Result<> TestStoreFaults::file(Store &store, RequestId &id, int bytes)
{
    const Principal agent = m_records->principal(m_records->nextId());
    const Request request = m_records->request(agent);
    RoundContent content = m_records->content();
    content.message = QString(bytes, u'm');
    const ContentRow row = m_records->row(content);
    const Round round = m_records->round(request.id, row, content);
    const Statement vote = m_records->statement(u"vote"_s, request.id.text());
    AuditEvent event = m_records->event(request.id.text());
    event.body = "{\"id\":\"" + vote.id.text().toUtf8() + "\"}";
    id = request.id;
    return store.transact([&](StoreWriter &writer) {
        return inOrder({[&] { return writer.insertPrincipal(agent); }, [&] { return writer.insertRequest(request); },
                        [&] { return writer.indexRequest(request.id, content.message.left(2000)); },
                        [&] { return writer.insertContent(row); }, [&] { return writer.insertRound(round); },
                        [&] { return writer.insertStatement(vote); },
                        [&] { return writer.insertDecision(m_records->decision(request.id)); },
                        [&]() -> Result<> {
                            const Result<qint64> appended = writer.appendEvent(event);
                            return appended ? Result<>() : appended.error();
                        }});
    });
}

void TestStoreFaults::verifyWhole(Store &store, const RequestId &id, bool expected)
{
    const size_t count = expected ? 1 : 0;
    QCOMPARE(store.request(id).value().has_value(), expected);
    QCOMPARE(store.rounds(id).value().size(), count);
    QCOMPARE(store.statements(u"vote"_s, id.text()).value().size(), count);
    QCOMPARE(store.decisions(id).value().size(), count);
    QCOMPARE(store.eventsAbout(id.text()).value().size(), count);
}

void TestStoreFaults::verifyChain(Store &store, qint64 expected)
{
    const std::vector<StoreReader::SealedEvent> events = store.events(0, 10'000).value();
    QCOMPARE(static_cast<qint64>(events.size()), expected);
    Digest previous;
    for (size_t i = 0; i < events.size(); ++i) {
        QCOMPARE(events.at(i).seal.sequence, static_cast<qint64>(i) + 1);
        QCOMPARE(events.at(i).seal.previousHash, previous);
        previous = events.at(i).seal.sealHash;
    }
    QVERIFY(store.strayRows().value().isEmpty());
    VERIFY_DONE(store.quickCheck());
}

void TestStoreFaults::failedTransactionsLeaveNothing_data()
{
    QTest::addColumn<FileOperation>("operation");
    QTest::addColumn<Fault>("fault");
    QTest::addColumn<int>("bytes");
    QTest::addColumn<ErrorCode>("expected");
    QTest::newRow("write fails") << FileOperation::Write << Fault::IoError << 10'000 << ErrorCode::Storage;
    QTest::newRow("disk is full") << FileOperation::Write << Fault::Full << 10'000 << ErrorCode::DiskFull;
    QTest::newRow("sync fails") << FileOperation::Sync << Fault::IoError << 10'000 << ErrorCode::Storage;
    QTest::newRow("write fails in a long one")
        << FileOperation::Write << Fault::IoError << 200'000 << ErrorCode::Storage;
    QTest::newRow("disk is full in a long one")
        << FileOperation::Write << Fault::Full << 200'000 << ErrorCode::DiskFull;
}

void TestStoreFaults::failedTransactionsLeaveNothing()
{
    QFETCH(FileOperation, operation);
    QFETCH(Fault, fault);
    QFETCH(int, bytes);
    QFETCH(ErrorCode, expected);
    std::unique_ptr<Store> store = opened();
    RequestId before;
    VERIFY_DONE(file(*store, before, bytes)); // Everything is warm, so that each run writes the same.
    m_vfs->reset();
    RequestId id;
    VERIFY_DONE(file(*store, id, bytes));
    const int places = m_vfs->count(operation);
    QVERIFY(places > 0);

    qint64 filed = 2;
    int failures = 0;
    for (int place = 1; place <= places; ++place) {
        m_vfs->reset();
        m_vfs->failAt(operation, place, fault);
        const Result<> done = file(*store, id, bytes);
        if (!m_vfs->hasFailed()) {
            VERIFY_DONE(done);
            ++filed;
            continue;
        }
        if (!done) {
            ++failures;
            QCOMPARE(done.error().code, expected);
            QVERIFY2(done.error().message.contains(path()), qPrintable(done.error().message));
        } else {
            ++filed; // The fault struck the checkpoint after the commit: it is made up for later.
        }
        m_vfs->reset();
        verifyWhole(*store, id, done.hasValue());
        verifyChain(*store, filed);
        verifyWhole(*store, before, true);
        if (QTest::currentTestFailed()) {
            qWarning("at place %d of %d", place, places);
            return;
        }
    }
    QVERIFY(failures > 0);
    store.reset();
    store = opened();
    verifyChain(*store, filed);
}

void TestStoreFaults::aFullDiskIsSaidAndPasses()
{
    const std::unique_ptr<Store> store = opened();
    RequestId id;
    VERIFY_DONE(file(*store, id));
    m_vfs->failFrom(FileOperation::Write, 1, Fault::Full);
    for (int attempt = 0; attempt < 3; ++attempt) {
        RequestId refused;
        const Result<> done = file(*store, refused);
        VERIFY_FAILS(done, ErrorCode::DiskFull);
        QVERIFY(done.error().message.contains(u"Free some space"_s));
        QVERIFY(store->request(id).value()); // Reading goes on.
    }
    m_vfs->reset();
    VERIFY_DONE(file(*store, id));
    verifyChain(*store, 2);
}

void TestStoreFaults::readOnlyDisksAreSaid()
{
    RequestId id;
    {
        const std::unique_ptr<Store> store = opened();
        VERIFY_DONE(file(*store, id));
    }
    const std::unique_ptr<Store> other = openSqliteStore(path(), m_clock, m_ids).value() ? opened() : nullptr;
    m_vfs->setReadOnly();
    SqliteOptions options;
    options.vfs = m_vfs->name();
    const Result<std::unique_ptr<Store>> store = open(options);
    if (!store) {
        QVERIFY2(store.error().code == ErrorCode::ReadOnly, qPrintable(store.error().message + store.error().detail));
        return;
    }
    QVERIFY(store.value()->request(id).value());
    const Result<> done = file(*store.value(), id);
    VERIFY_FAILS(done, ErrorCode::ReadOnly);
    QVERIFY(done.error().message.contains(u"read-only"_s));
}

void TestStoreFaults::powerCutsLoseNothingAcknowledged_data()
{
    QTest::addColumn<PowerCut>("powerCut");
    QTest::newRow("what was written before has arrived") << PowerCut::KeepsWrites;
    QTest::newRow("what was not synced is lost") << PowerCut::LosesUnsynced;
}

void TestStoreFaults::powerCutsLoseNothingAcknowledged()
{
    QFETCH(PowerCut, powerCut);
    constexpr int transactions = 4;
    int writes = 0;
    for (int place = 0; place == 0 || place <= writes; ++place) {
        init();
        std::unique_ptr<Store> store = opened();
        m_vfs->reset();
        if (place > 0) {
            m_vfs->cutPowerAt(place, powerCut);
        }
        std::vector<std::pair<RequestId, bool>> filed;
        for (int i = 0; i < transactions; ++i) {
            RequestId id;
            const Result<> done = file(*store, id, 3000);
            filed.emplace_back(id, done.hasValue());
        }
        if (place == 0) {
            writes = m_vfs->count(FileOperation::Write);
            QVERIFY(writes > transactions);
        } else {
            QVERIFY(m_vfs->hasFailed());
        }
        store.reset(); // What it would still write does not arrive.
        m_vfs->reset();
        store = opened();
        qint64 acknowledged = 0;
        for (const auto &[id, done] : filed) {
            verifyWhole(*store, id, done);
            acknowledged += done ? 1 : 0;
        }
        verifyChain(*store, acknowledged);
        RequestId next;
        VERIFY_DONE(file(*store, next));
        store.reset();
        if (QTest::currentTestFailed()) {
            qWarning("power cut at write %d of %d", place, writes);
            return;
        }
    }
}

void TestStoreFaults::powerCutsWhileMakingLeaveAWayOn()
{
    opened().reset();
    const int writes = m_vfs->count(FileOperation::Write);
    QVERIFY(writes > 10);
    for (int place = 1; place <= writes; ++place) {
        init();
        m_vfs->cutPowerAt(place);
        SqliteOptions options;
        options.vfs = m_vfs->name();
        const bool made = open(options).hasValue();
        QVERIFY(m_vfs->hasFailed() || made);
        m_vfs->reset();
        const std::unique_ptr<Store> store = opened();
        QVERIFY(!store->workspace().value().id.isEmpty());
        RequestId id;
        VERIFY_DONE(file(*store, id));
        if (QTest::currentTestFailed()) {
            qWarning("power cut at write %d of %d", place, writes);
            return;
        }
    }
}

void TestStoreFaults::failedCheckpointsLoseNothing()
{
    std::unique_ptr<Store> store = opened();
    std::vector<RequestId> filed;
    // Every write to the database file itself fails, once the log is long enough to be folded in.
    for (int i = 0; i < 60; ++i) {
        RequestId id;
        m_vfs->reset();
        VERIFY_DONE(file(*store, id, 100'000));
        filed.push_back(id);
    }
    m_vfs->reset();
    m_vfs->failFrom(FileOperation::Write, 1, Fault::IoError);
    store.reset(); // The last checkpoint fails: the log must stay.
    QVERIFY(m_vfs->hasFailed());
    m_vfs->reset();
    store = opened();
    for (const RequestId &id : filed) {
        verifyWhole(*store, id, true);
    }
    verifyChain(*store, static_cast<qint64>(filed.size()));
}

void TestStoreFaults::failedBackupsLeaveNothing()
{
    const std::unique_ptr<Store> store = opened();
    RequestId id;
    VERIFY_DONE(file(*store, id));
    const QString copy = m_folder->filePath(u"copy.db"_s);
    m_vfs->reset();
    m_vfs->failAt(FileOperation::Write, 5, Fault::Full);
    VERIFY_FAILS(store->backup(copy), ErrorCode::DiskFull);
    QVERIFY(!QFile::exists(copy));
    m_vfs->reset();
    VERIFY_DONE(store->backup(copy));
    verifyChain(*store, 1);
}

QTEST_GUILESS_MAIN(TestStoreFaults)
#include "tst_store_faults.moc"
