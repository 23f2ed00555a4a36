// SPDX-License-Identifier: Apache-2.0
// Every operation of the engine on a disk that is full, broken or read-only, and on a workspace that somebody else
// keeps locked: one clear sentence, nothing half-done, and the same operation works when the trouble is over.
#include "core/audit/verifier.h"
#include "tests/support/engine_rig.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/workspace_text.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QLoggingCategory>
#include <QtCore/QProcess>
#include <QtTest/QTest>
#include <sqlite3.h>

#include <cstdio>
#include <functional>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::test;

namespace {

/// A workspace on a disk that can break, and the request that the operation is about.
struct World {
    FaultVfs vfs;
    EngineRig rig;
    SigningKey other = SigningKey::generate();
    RequestId id;

    World()
        : rig(optionsOf(vfs))
    {}
    static SqliteOptions optionsOf(const FaultVfs &vfs)
    {
        SqliteOptions options;
        options.vfs = vfs.name();
        return options;
    }
    /// As a new process would find the workspace.
    bool reopen(const SqliteOptions &options)
    {
        rig.engine.reset();
        rig.store.reset();
        auto opened = openSqliteStore(rig.path, rig.clock, rig.ids, options);
        if (!opened) {
            return false;
        }
        rig.store = std::move(opened).value();
        rig.engine = rig.newEngine(*rig.store);
        EngineRig::unlock(*rig.engine, rig.r1, rig.r1Key);
        return true;
    }
    Engine &engine() { return *rig.engine; }
};

struct Operation {
    std::function<void(World &)> prepare;
    std::function<Result<>(World &)> run;
};

template<typename T>
Result<> withoutValue(const Result<T> &result)
{
    return result ? Result<>() : Result<>(result.error());
}

Result<> decide(World &world, Verdict verdict, Staging staging)
{
    DecideOrder order = world.rig.order(world.id, verdict, staging);
    order.content.reason = u"as agreed"_s;
    return withoutValue(world.engine().decide(order));
}

void submitOne(World &world)
{
    world.id = world.rig.submit(aSubmission().withKey(u"first"_s).expiringIn(1h));
}

void approveOne(World &world)
{
    submitOne(world);
    world.rig.decide(world.id, Verdict::Approve);
}

void stageOne(World &world)
{
    submitOne(world);
    world.rig.decide(world.id, Verdict::Approve, Staging::Stage);
}

void startOne(World &world)
{
    approveOne(world);
    static_cast<void>(world.engine().beginExecution(world.id, world.rig.round(world.id).content).value());
}

void enrolOther(World &world)
{
    static_cast<void>(world.engine().enrol(u"R2"_s, {}, world.other.publicKey(), false, world.rig.r1Key).value());
}

Result<> runTimers(World &world)
{
    return withoutValue(world.engine().runDueTimers());
}

using Row = std::pair<const char *, Operation>;

std::vector<Row> askingOperations()
{
    return {
        {"submit", {[](World &) {}, [](World &w) { return withoutValue(w.engine().submit(aSubmission())); }}},
        {"submit several together",
         {[](World &) {},
          [](World &w) {
              return w.engine().together([&]() -> Result<> {
                  const auto first = w.engine().submit(aSubmission().withKey(u"one"_s));
                  const auto second = first ? w.engine().submit(aSubmission().withKey(u"two"_s)) : first;
                  return withoutValue(second);
              });
          }}},
        {"revise",
         {submitOne,
          [](World &w) { return withoutValue(w.engine().revise(w.id, aSubmission().withArguments(R"({"a":1})"))); }}},
        {"withdraw", {submitOne, [](World &w) { return w.engine().withdraw(w.id, u"not now"_s, u"agent"_s); }}},
        {"report an outcome", {approveOne, [](World &w) { return w.engine().reportOutcome(w.id, Outcome()); }}},
        {"begin execution",
         {approveOne,
          [](World &w) { return withoutValue(w.engine().beginExecution(w.id, w.rig.round(w.id).content)); }}},
        {"finish execution", {startOne, [](World &w) { return w.engine().finishExecution(w.id, Outcome()); }}},
        {"acknowledge", {approveOne, [](World &w) { return w.engine().acknowledge(w.id); }}},
    };
}

std::vector<Row> reviewingOperations()
{
    return {
        {"claim", {submitOne, [](World &w) { return withoutValue(w.engine().claim(w.id)); }}},
        {"release a claim",
         {[](World &w) {
              submitOne(w);
              static_cast<void>(w.engine().claim(w.id).value());
          },
          [](World &w) { return withoutValue(w.engine().releaseClaim(w.id)); }}},
        {"defer",
         {submitOne, [](World &w) { return withoutValue(w.engine().defer(w.id, w.rig.clock.now() + 10min)); }}},
        {"delegate",
         {[](World &w) {
              submitOne(w);
              enrolOther(w);
          },
          [](World &w) { return withoutValue(w.engine().delegate(w.id, u"R2"_s)); }}},
        {"approve at once", {submitOne, [](World &w) { return decide(w, Verdict::Approve, Staging::ReleaseAtOnce); }}},
        {"reject at once", {submitOne, [](World &w) { return decide(w, Verdict::Reject, Staging::ReleaseAtOnce); }}},
        {"stage", {submitOne, [](World &w) { return decide(w, Verdict::Approve, Staging::Stage); }}},
        {"request changes",
         {submitOne, [](World &w) { return decide(w, Verdict::RequestChanges, Staging::ReleaseAtOnce); }}},
        {"undo", {stageOne, [](World &w) { return withoutValue(w.engine().undo(w.id)); }}},
        {"release", {stageOne, [](World &w) { return withoutValue(w.engine().release(w.id)); }}},
        {"save a draft", {submitOne, [](World &w) { return w.engine().saveDraft(w.id, 1, "{}"); }}},
        {"remove a draft",
         {[](World &w) {
              submitOne(w);
              static_cast<void>(w.engine().saveDraft(w.id, 1, "{}"));
          },
          [](World &w) { return w.engine().removeDraft(w.id); }}},
    };
}

std::vector<Row> otherOperations()
{
    return {
        {"a release that is due",
         {[](World &w) {
              stageOne(w);
              w.rig.clock.advance(20s);
          },
          runTimers}},
        {"an expiry that is due",
         {[](World &w) {
              submitOne(w);
              w.rig.clock.advance(1h);
          },
          runTimers}},
        {"a start whose process is gone",
         {[](World &w) {
              approveOne(w);
              const auto gate = w.rig.newEngine(*w.rig.store, u"gate"_s);
              static_cast<void>(gate->beginExecution(w.id, w.rig.round(w.id).content).value());
              w.rig.clock.advance(20s);
          },
          runTimers}},
        {"announce", {[](World &) {}, [](World &w) { return w.engine().announce(); }}},
        {"leave",
         {[](World &w) {
              stageOne(w);
              static_cast<void>(w.engine().announce());
          },
          [](World &w) { return w.engine().leave(); }}},
        {"take the lease", {[](World &) {}, [](World &w) { return withoutValue(w.engine().holdLease()); }}},
        {"enrol",
         {[](World &) {},
          [](World &w) {
              return withoutValue(w.engine().enrol(u"R2"_s, {}, w.other.publicKey(), false, w.rig.r1Key));
          }}},
        {"disable", {enrolOther, [](World &w) { return w.engine().disable(u"R2"_s, w.rig.r1Key); }}},
        {"rotate a key",
         {[](World &) {}, [](World &w) { return w.engine().rotate(u"R1"_s, w.other.publicKey(), w.rig.r1Key); }}},
    };
}

void addOperations()
{
    QTest::addColumn<Operation>("operation");
    for (const auto &rows : {askingOperations(), reviewingOperations(), otherOperations()}) {
        for (const auto &[name, operation] : rows) {
            QTest::newRow(name) << operation;
        }
    }
}

struct Trouble {
    const char *name;
    FileOperation where;
    Fault fault;
    ErrorCode code;
};
constexpr Trouble troubles[] = {
    {"full", FileOperation::Write, Fault::Full, ErrorCode::DiskFull},
    {"cannot be written", FileOperation::Write, Fault::IoError, ErrorCode::Storage},
    {"cannot be synced", FileOperation::Sync, Fault::IoError, ErrorCode::Storage},
};

/// One sentence or two for a person, with the details kept apart for the log.
QString whatIsWrongWith(const Error &error, ErrorCode code, const QString &path)
{
    if (error.code != code) {
        return u"it is another error: %1 (%2)"_s.arg(error.message, error.detail);
    }
    if (!error.message.endsWith(u'.') || !error.message.contains(path) || error.message.contains(u"SQL"_s)) {
        return u"this is no sentence about the workspace: "_s + error.message;
    }
    return error.detail.isEmpty() ? u"the log gets no detail"_s : QString();
}

QString whatIsWrongIn(World &world)
{
    const auto report = verifyWorkspace(*world.rig.store, world.rig.r1Key.publicKey().fingerprint());
    if (!report) {
        return report.error().message;
    }
    return report->holds() ? QString() : report->first()->entry + u": "_s + report->first()->what;
}

/// Another process that has begun to write and does not come to an end.
int holdTheLock(const char *path)
{
    sqlite3 *database = nullptr;
    if (sqlite3_open(path, &database) != SQLITE_OK ||
        sqlite3_exec(database, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) != SQLITE_OK) {
        return 1;
    }
    std::puts("held");
    std::fflush(stdout);
    static_cast<void>(std::getchar()); // Until the parent goes away or kills this process.
    return 0;
}

} // namespace

Q_DECLARE_METATYPE(Operation)

class TestFaults : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(initCrypto());
        QLoggingCategory::setFilterRules(u"countersign.*.info=false"_s); // A line for each refused decision.
    }
    void aDiskThatFails_data() { addOperations(); }
    void aDiskThatFails();
    void aReadOnlyDisk_data() { addOperations(); }
    void aReadOnlyDisk();
    void aWorkspaceThatIsLocked_data() { addOperations(); }
    void aWorkspaceThatIsLocked();
    void aClockStepIsNotForgotten();
    void aNewWorkspaceOnAFullDisk();
    void theFirstAdministratorOnAFullDisk();
};

void TestFaults::aDiskThatFails()
{
    QFETCH(Operation, operation);
    for (const Trouble &trouble : troubles) {
        World world;
        operation.prepare(world);
        const QString before = workspaceText(*world.rig.store);
        for (int nth = 1;; ++nth) {
            const QString where = u"disk that %1, time %2: "_s.arg(QLatin1String(trouble.name), QString::number(nth));
            world.vfs.reset();
            world.vfs.failFrom(trouble.where, nth, trouble.fault);
            const Result<> done = operation.run(world);
            const bool struck = world.vfs.hasFailed();
            world.vfs.reset();
            QVERIFY2(done.hasValue() != struck, qPrintable(where + (done ? u"done"_s : done.error().message)));
            if (!struck) {
                QVERIFY(nth > 1);
                break;
            }
            const QString wrong = whatIsWrongWith(done.error(), trouble.code, world.rig.path);
            QVERIFY2(wrong.isEmpty(), qPrintable(where + wrong));
            const QString difference = firstDifference(workspaceText(*world.rig.store), before);
            QVERIFY2(difference.isEmpty(), qPrintable(where + difference));
            const auto others = world.rig.secondStore();
            QCOMPARE(workspaceText(*others), before);
            QCOMPARE(whatIsWrongIn(world), QString());
        }
        QCOMPARE(whatIsWrongIn(world), QString());
        QVERIFY(world.rig.store->quickCheck());
    }
}

void TestFaults::aReadOnlyDisk()
{
    QFETCH(Operation, operation);
    World world;
    operation.prepare(world);
    world.rig.clock.advance(20s); // So that the seat that prepared it counts as gone.
    const QString before = workspaceText(*world.rig.store);
    const auto other = world.rig.secondStore(); // Keeps the log and its index in place.
    world.vfs.setReadOnly();
    QVERIFY(world.reopen(World::optionsOf(world.vfs)));
    const Result<> done = operation.run(world);
    QVERIFY(!done);
    const QString wrong = whatIsWrongWith(done.error(), ErrorCode::ReadOnly, world.rig.path);
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
    QCOMPARE(workspaceText(*world.rig.store), before);
    QCOMPARE(whatIsWrongIn(world), QString());
    world.vfs.reset();
    QVERIFY(world.reopen(World::optionsOf(world.vfs)));
    const Result<> again = operation.run(world);
    QVERIFY2(again, again ? "" : qPrintable(again.error().message));
    QCOMPARE(whatIsWrongIn(world), QString());
}

void TestFaults::aWorkspaceThatIsLocked()
{
    QFETCH(Operation, operation);
    World world;
    operation.prepare(world);
    world.rig.clock.advance(20s);
    SqliteOptions hasty;
    hasty.busyTimeout = 20ms;
    QVERIFY(world.reopen(hasty));
    const QString before = workspaceText(*world.rig.store);
    QProcess holder;
    holder.start(QCoreApplication::applicationFilePath(), {u"--hold"_s, world.rig.path});
    QVERIFY(holder.waitForReadyRead());
    QCOMPARE(holder.readAllStandardOutput(), QByteArray("held\n"));
    const Result<> done = operation.run(world);
    QVERIFY(!done);
    const QString wrong = whatIsWrongWith(done.error(), ErrorCode::Busy, world.rig.path);
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
    QCOMPARE(workspaceText(*world.rig.store), before); // Reading goes on meanwhile.
    holder.kill();
    QVERIFY(holder.waitForFinished());
    const Result<> again = operation.run(world);
    QVERIFY2(again, again ? "" : qPrintable(again.error().message));
    QCOMPARE(whatIsWrongIn(world), QString());
}

void TestFaults::aClockStepIsNotForgotten()
{
    World world;
    QCOMPARE(world.engine().runDueTimers().value(), 0);
    world.rig.clock.stepWall(1h);
    world.vfs.failFrom(FileOperation::Write, 1, Fault::Full);
    QCOMPARE(world.engine().runDueTimers().error().code, ErrorCode::DiskFull);
    world.vfs.reset();
    QCOMPARE(world.engine().runDueTimers().value(), 1);
    QCOMPARE(world.engine().runDueTimers().value(), 0);
    QCOMPARE(world.rig.store->events(1, 10).value().back().event.kind, u"clock.stepped"_s);
}

void TestFaults::aNewWorkspaceOnAFullDisk()
{
    FakeClock clock;
    SystemIdSource ids(clock);
    QTemporaryDir folder;
    FaultVfs vfs;
    const QString path = folder.filePath(u"data/workspace.db"_s);
    vfs.failFrom(FileOperation::Write, 1, Fault::Full);
    const auto opened = openSqliteStore(path, clock, ids, World::optionsOf(vfs));
    QVERIFY(!opened);
    const QString wrong = whatIsWrongWith(opened.error(), ErrorCode::DiskFull, path);
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
    vfs.reset();
    const auto again = openSqliteStore(path, clock, ids, World::optionsOf(vfs));
    QVERIFY2(again, again ? "" : qPrintable(again.error().message));
    QVERIFY((*again)->workspace());
}

void TestFaults::theFirstAdministratorOnAFullDisk()
{
    FakeClock clock;
    SystemIdSource ids(clock);
    QTemporaryDir folder;
    FaultVfs vfs;
    const QString path = folder.filePath(u"data/workspace.db"_s);
    const TrustStore trust(folder.filePath(u"config"_s));
    const SigningKey key = SigningKey::generate();
    const auto store = std::move(openSqliteStore(path, clock, ids, World::optionsOf(vfs))).value();
    Engine engine({*store, clock, ids, trust, u"sqlite:"_s + path, u"window"_s});
    for (int nth = 1;; ++nth) {
        vfs.reset();
        vfs.failFrom(FileOperation::Write, nth, Fault::Full);
        const auto made = engine.createFirstAdministrator(u"R1"_s, {}, key, true);
        if (!vfs.hasFailed()) {
            QVERIFY(made);
            QVERIFY(nth > 1);
            break;
        }
        QVERIFY(!made);
        const QString wrong = whatIsWrongWith(made.error(), ErrorCode::DiskFull, path);
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
        QVERIFY(!engine.trustPin()->has_value());
        QVERIFY(store->statementsOfKind(u"enrol"_s)->empty());
    }
    QVERIFY(engine.directory()->hasAdministrator());
    QVERIFY(verifyWorkspace(*store, key.publicKey().fingerprint())->holds());
}

int main(int argc, char **argv)
{
    if (argc == 3 && QByteArrayView(argv[1]) == "--hold") {
        return holdTheLock(argv[2]);
    }
    QCoreApplication application(argc, argv);
    TestFaults test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_faults.moc"
