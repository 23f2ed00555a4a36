// SPDX-License-Identifier: Apache-2.0
// The power is cut at every single write of a scenario in turn. What was acknowledged before is there afterwards, the
// step that was cut is there wholly or not at all, and a new process brings the scenario to the same end.
#include "core/audit/verifier.h"
#include "tests/support/engine_rig.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/workspace_text.h"

#include <QtCore/QDir>
#include <QtCore/QElapsedTimer>
#include <QtCore/QLoggingCategory>
#include <QtTest/QTest>

#include <functional>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::test;

namespace {

/// The long version goes on to the end of one long scenario after each cut, and cuts each write in both ways.
bool isSoak()
{
    return qEnvironmentVariableIntValue("COUNTERSIGN_SOAK") > 0;
}

/// How write \p nth is cut, in pass 0 (and in a soak also 1).
PowerCut cutOf(int nth, int pass)
{
    return (nth + pass) % 2 == 0 ? PowerCut::KeepsWrites : PowerCut::LosesUnsynced;
}

/// The machine and the people, who outlive every crash.
struct World {
    EngineRig rig;
    FaultVfs vfs;
    SigningKey r1Fresh = SigningKey::generate();
    SigningKey r2Key = SigningKey::generate();

    World()
    {
        rig.engine.reset();
        rig.store.reset();
    }
};

/// One process on the workspace, from its start to its crash.
struct Process {
    World &world;
    SqliteOptions options;
    std::unique_ptr<Store> store;
    std::unique_ptr<Engine> engine;

    Result<> start()
    {
        auto opened = openSqliteStore(world.rig.path, world.rig.clock, world.rig.ids, options);
        if (!opened) {
            return opened.error();
        }
        store = std::move(opened).value();
        engine = world.rig.newEngine(*store);
        const auto people = engine->directory();
        if (!people) {
            return people.error();
        }
        for (const SigningKey *key : {&world.rig.r1Key, &world.r1Fresh}) {
            if (people->activeByKey(key->publicKey().fingerprint())) {
                EngineRig::unlock(*engine, world.rig.r1, *key);
            }
        }
        return {};
    }
    void stop()
    {
        engine.reset();
        store.reset();
    }
    const SigningKey &adminKey() const
    {
        const auto people = engine->directory();
        return people && people->activeByKey(world.r1Fresh.publicKey().fingerprint()) ? world.r1Fresh : world.rig.r1Key;
    }
    /// The request that the scenario calls \p name.
    Result<Request> find(const QString &name)
    {
        const auto agent = store->principalByName(u"local"_s, u"user"_s, u"agent"_s);
        if (!agent || !*agent) {
            return agent ? Error{ErrorCode::NotFound, u"no agent"_s, {}} : agent.error();
        }
        const auto found = store->requestByKey((*agent)->id, name);
        if (!found || !*found) {
            return found ? Error{ErrorCode::NotFound, u"no request "_s + name, {}} : found.error();
        }
        return **found;
    }
};

struct Step {
    QString name;
    std::function<Result<>(Process &)> run;
};

template<typename T>
Result<> withoutValue(const Result<T> &result)
{
    return result ? Result<>() : Result<>(result.error());
}

/// A step on the request called \p name.
Step on(const QString &name, const QString &what, const std::function<Result<>(Process &, const Request &)> &work)
{
    return {what + u' ' + name, [name, work](Process &process) -> Result<> {
                const Result<Request> request = process.find(name);
                return request ? work(process, *request) : Result<>(request.error());
            }};
}

Step submit(const SubmissionBuilder &submission, const QString &name)
{
    return {u"submit "_s + name, [submission, name](Process &process) {
                return withoutValue(process.engine->submit(SubmissionBuilder(submission).withKey(name)));
            }};
}

Step decide(const QString &name, Verdict verdict, Staging staging)
{
    return on(name, u"decide"_s, [verdict, staging](Process &process, const Request &request) {
        DecideOrder order;
        order.request = request.id;
        order.payloadHash = process.store->round(request.id, request.round).value()->payloadHash;
        order.verdict = verdict;
        order.content.reason = u"as agreed"_s;
        order.shown = WhatWasShown::nothingOnCommandLine();
        order.staging = staging;
        return withoutValue(process.engine->decide(order));
    });
}

/// Time passes until the staging is over. The seat that decided releases it; after a crash there is only its reviewer.
Step releaseInTime(const QString &name)
{
    return on(name, u"release"_s, [](Process &process, const Request &request) -> Result<> {
        process.world.rig.clock.advance(20s);
        const Result<int> fired = process.engine->runDueTimers();
        if (!fired) {
            return fired.error();
        }
        const auto now = process.store->request(request.id);
        if (!now || (*now)->state.delivery != Delivery::Held) {
            return withoutValue(now);
        }
        return withoutValue(process.engine->release(request.id));
    });
}

/// The last process leaves and a new one comes: SQLite moves the log into the database on the way.
Step restart()
{
    return {u"restart"_s, [](Process &process) -> Result<> {
                const Result<> left = process.engine->leave();
                process.stop();
                const Result<> started = process.start();
                return left ? started : left;
            }};
}

/// The seat holds what it has staged. If it died instead, the next one finds that out.
Step leave()
{
    return {u"leave"_s, [](Process &process) -> Result<> {
                if (const Result<> left = process.engine->leave(); !left) {
                    return left;
                }
                process.world.rig.clock.advance(20s);
                return withoutValue(process.engine->runDueTimers());
            }};
}

using Chapter = std::vector<Step>;

Chapter oneApproval()
{
    return {
        submit(aSubmission().inTier(Tier::Low), u"payment"_s),
        on(u"payment"_s, u"claim"_s,
           [](Process &process, const Request &r) { return withoutValue(process.engine->claim(r.id)); }),
        on(u"payment"_s, u"draft"_s,
           [](Process &process, const Request &r) { return process.engine->saveDraft(r.id, 1, R"({"amount":1})"); }),
        decide(u"payment"_s, Verdict::Reject, Staging::Stage),
        on(u"payment"_s, u"undo"_s,
           [](Process &process, const Request &r) { return withoutValue(process.engine->undo(r.id)); }),
        decide(u"payment"_s, Verdict::Approve, Staging::Stage),
        releaseInTime(u"payment"_s),
        on(u"payment"_s, u"begin"_s,
           [](Process &process, const Request &r) {
               const RoundContent content = process.store->round(r.id, r.round).value()->content;
               return withoutValue(process.engine->beginExecution(r.id, content));
           }),
        on(u"payment"_s, u"finish"_s,
           [](Process &process, const Request &r) {
               Outcome outcome;
               outcome.exitCode = 3;
               return process.engine->finishExecution(r.id, outcome);
           }),
        restart(),
    };
}

Chapter oneRevision()
{
    return {
        submit(aSubmission().forTool(u"deploy"_s), u"deployment"_s),
        decide(u"deployment"_s, Verdict::RequestChanges, Staging::ReleaseAtOnce),
        on(u"deployment"_s, u"revise"_s,
           [](Process &process, const Request &r) {
               return withoutValue(process.engine->revise(
                   r.id, aSubmission().forTool(u"deploy"_s).withArguments(R"({"to":"staging"})")));
           }),
        on(u"deployment"_s, u"withdraw"_s,
           [](Process &process, const Request &r) {
               return process.engine->withdraw(r.id, u"no longer needed"_s, u"agent"_s);
           }),
        submit(aSubmission().forTool(u"mail"_s), u"mail"_s),
        decide(u"mail"_s, Verdict::Reject, Staging::ReleaseAtOnce),
        on(u"mail"_s, u"acknowledge"_s,
           [](Process &process, const Request &r) { return process.engine->acknowledge(r.id); }),
        on(u"mail"_s, u"outcome"_s,
           [](Process &process, const Request &r) {
               Outcome outcome;
               outcome.exitCode = 1;
               return process.engine->reportOutcome(r.id, outcome);
           }),
    };
}

Chapter oneDeadline()
{
    return {
        submit(aSubmission().expiringIn(30min), u"offer"_s),
        on(u"offer"_s, u"defer"_s,
           [](Process &process, const Request &r) {
               return withoutValue(process.engine->defer(r.id, process.world.rig.clock.now() + 10min));
           }),
        on(u"offer"_s, u"expire"_s,
           [](Process &process, const Request &) {
               process.world.rig.clock.advance(31min);
               return withoutValue(process.engine->runDueTimers());
           }),
        submit(aSubmission(), u"order"_s),
        decide(u"order"_s, Verdict::Approve, Staging::Stage),
        leave(),
        on(u"order"_s, u"release"_s,
           [](Process &process, const Request &r) { return withoutValue(process.engine->release(r.id)); }),
        restart(),
    };
}

Chapter people()
{
    return {
        {u"enrol R2"_s,
         [](Process &process) {
             return withoutValue(process.engine->enrol(u"R2"_s, {u"finance"_s}, process.world.r2Key.publicKey(), false,
                                                       process.adminKey()));
         }},
        submit(aSubmission(), u"contract"_s),
        on(u"contract"_s, u"delegate"_s,
           [](Process &process, const Request &r) { return withoutValue(process.engine->delegate(r.id, u"R2"_s)); }),
        {u"disable R2"_s, [](Process &process) { return process.engine->disable(u"R2"_s, process.adminKey()); }},
        {u"rotate R1"_s,
         [](Process &process) -> Result<> {
             const Result<> rotated =
                 process.engine->rotate(u"R1"_s, process.world.r1Fresh.publicKey(), process.adminKey());
             if (rotated) {
                 EngineRig::unlock(*process.engine, process.world.rig.r1, process.world.r1Fresh);
             }
             return rotated;
         }},
        decide(u"contract"_s, Verdict::Approve, Staging::ReleaseAtOnce),
        restart(),
    };
}

/// The workspace file and its log, kept aside and put back.
class Snapshot
{
public:
    explicit Snapshot(QString path)
        : m_path(std::move(path))
    {
        for (const QString &suffix : {u""_s, u"-wal"_s}) {
            QFile file(m_path + suffix);
            if (file.open(QIODevice::ReadOnly)) {
                m_files.push_back({suffix, file.readAll()});
            }
        }
    }
    bool restore() const
    {
        for (const QString &suffix : {u""_s, u"-wal"_s, u"-shm"_s}) {
            QFile::remove(m_path + suffix);
        }
        for (const auto &[suffix, bytes] : m_files) {
            QFile file(m_path + suffix);
            if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() ||
                !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner)) {
                return false;
            }
        }
        return true;
    }

private:
    QString m_path;
    std::vector<std::pair<QString, QByteArray>> m_files;
};

/// Empty when the store is sound, else what is wrong with it.
QString whatIsWrong(Store &store, const Digest &pinned)
{
    if (const Result<> checked = store.quickCheck(); !checked) {
        return checked.error().message + checked.error().detail;
    }
    const auto report = verifyWorkspace(store, pinned);
    if (!report) {
        return report.error().message;
    }
    return report->holds() ? QString() : report->first()->entry + u": "_s + report->first()->what;
}

QString failure(const QString &step, const Error &error)
{
    return u"%1: %2 (%3)"_s.arg(step, error.message, error.detail);
}

} // namespace

class TestCrash : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(initCrypto());
        QLoggingCategory::setFilterRules(u"countersign.*.info=false"_s); // A line for each refused decision.
    }
    void everyWriteOfAScenario_data();
    void everyWriteOfAScenario();
    void everyWriteOfANewWorkspace();

private:
    /// Cuts the power at write \p nth of \p steps. False: there are fewer writes.
    bool crashAt(World &world, const Chapter &steps, const QStringList &reference, int nth, PowerCut how);
};

void TestCrash::everyWriteOfAScenario_data()
{
    QTest::addColumn<Chapter>("steps");
    if (isSoak()) {
        Chapter whole;
        for (const Chapter &chapter : {oneApproval(), oneRevision(), oneDeadline(), people()}) {
            whole.insert(whole.end(), chapter.begin(), chapter.end());
        }
        QTest::newRow("everything in one go") << whole;
        return;
    }
    QTest::newRow("an approval, from filing to its outcome") << oneApproval();
    QTest::newRow("changes, a revision, a rejection") << oneRevision();
    QTest::newRow("a deadline, a held decision") << oneDeadline();
    QTest::newRow("people come, go and change keys") << people();
}

void TestCrash::everyWriteOfAScenario()
{
    QFETCH(Chapter, steps);
    World world;
    const Snapshot before(world.rig.path);
    QStringList reference;
    {
        Process process{world, {}, {}, {}};
        QVERIFY(process.start());
        reference += workspaceText(*process.store);
        for (const Step &step : steps) {
            const Result<> done = step.run(process);
            QVERIFY2(done, done ? "" : qPrintable(failure(step.name, done.error())));
            reference += workspaceText(*process.store);
        }
        QCOMPARE(whatIsWrong(*process.store, world.rig.r1Key.publicKey().fingerprint()), QString());
    }
    QElapsedTimer timer;
    timer.start();
    int cuts = 0;
    for (int pass = 0; pass < (isSoak() ? 2 : 1); ++pass) {
        for (int nth = 1;; ++nth) {
            QVERIFY(before.restore());
            const bool struck = crashAt(world, steps, reference, nth, cutOf(nth, pass));
            if (QTest::currentTestFailed()) {
                return;
            }
            if (!struck) {
                break;
            }
            ++cuts;
        }
    }
    qInfo("%d power cuts over %d steps in %lld ms", cuts, int(steps.size()), static_cast<long long>(timer.elapsed()));
}

bool TestCrash::crashAt(World &world, const Chapter &steps, const QStringList &reference, int nth, PowerCut how)
{
    const Digest pinned = world.rig.r1Key.publicKey().fingerprint();
    size_t done = 0; // Acknowledged steps.
    {
        world.vfs.reset();
        world.vfs.cutPowerAt(nth, how);
        SqliteOptions options;
        options.vfs = world.vfs.name();
        Process process{world, options, {}, {}};
        if (process.start()) {
            while (done < steps.size() && steps[done].run(process)) {
                ++done;
            }
        }
        process.stop();
    }
    const bool struck = world.vfs.hasFailed();
    world.vfs.reset();
    const auto check = [&] {
        Process process{world, {}, {}, {}};
        const QString where =
            u"write %1, %2"_s.arg(QString::number(nth), done < steps.size() ? steps[done].name : u"the end"_s);
        const Result<> started = process.start();
        QVERIFY2(started, started ? "" : qPrintable(failure(where, started.error())));
        QString wrong = whatIsWrong(*process.store, pinned);
        QVERIFY2(wrong.isEmpty(), qPrintable(where + u": "_s + wrong));
        const QString found = workspaceText(*process.store);
        size_t next = done;
        if (found != reference.at(static_cast<qsizetype>(done))) {
            QVERIFY2(done < steps.size(), qPrintable(where + firstDifference(found, reference.last())));
            next = done + 1;
            const QString difference = firstDifference(found, reference.at(static_cast<qsizetype>(next)));
            QVERIFY2(difference.isEmpty(), qPrintable(where + u" is neither done nor not done: "_s + difference));
        }
        const size_t stop = isSoak() ? steps.size() : std::min(next + 1, steps.size());
        for (; next < stop; ++next) {
            const Result<> again = steps[next].run(process);
            QVERIFY2(again, again ? "" : qPrintable(where + u", then "_s + failure(steps[next].name, again.error())));
        }
        const QString difference =
            firstDifference(workspaceText(*process.store), reference.at(static_cast<qsizetype>(stop)));
        QVERIFY2(difference.isEmpty(), qPrintable(where + u", then: "_s + difference));
        wrong = whatIsWrong(*process.store, pinned);
        QVERIFY2(wrong.isEmpty(), qPrintable(where + u", then: "_s + wrong));
    };
    check();
    return struck;
}

void TestCrash::everyWriteOfANewWorkspace()
{
    FakeClock clock;
    SystemIdSource ids(clock);
    FaultVfs vfs;
    QTemporaryDir folder;
    int cuts = 0;
    for (int pass = 0; pass < (isSoak() ? 2 : 1); ++pass) {
        for (int nth = 1;; ++nth) {
            const QString home = folder.filePath(u"%1-%2"_s.arg(QString::number(pass), QString::number(nth)));
            const QString path = home + u"/data/workspace.db"_s;
            const TrustStore trust(home + u"/config"_s);
            const SigningKey key = SigningKey::generate();
            const auto newEngine = [&](Store &store) {
                return Engine({store, clock, ids, trust, u"sqlite:"_s + path, u"window"_s});
            };
            bool acknowledged = false;
            vfs.reset();
            vfs.cutPowerAt(nth, cutOf(nth, pass));
            {
                SqliteOptions options;
                options.vfs = vfs.name();
                if (auto store = openSqliteStore(path, clock, ids, options)) {
                    acknowledged = newEngine(**store).createFirstAdministrator(u"R1"_s, {}, key, true).hasValue();
                }
            }
            const bool struck = vfs.hasFailed();
            vfs.reset();
            const QString where = u"write %1"_s.arg(nth);
            auto store = openSqliteStore(path, clock, ids);
            QVERIFY2(store, store ? "" : qPrintable(failure(where, store.error())));
            Engine engine({**store, clock, ids, trust, u"sqlite:"_s + path, u"window"_s});
            QVERIFY(engine.pinOnFirstUse());
            if (!engine.directory()->hasAdministrator()) {
                QVERIFY2(!acknowledged, qPrintable(where));
                const auto made = engine.createFirstAdministrator(u"R1"_s, {}, key, true);
                QVERIFY2(made, made ? "" : qPrintable(failure(where, made.error())));
            }
            QCOMPARE((*store)->events(1, 10)->size(), size_t(1));
            QVERIFY(engine.submit(aSubmission()));
            const QString wrong = whatIsWrong(**store, key.publicKey().fingerprint());
            QVERIFY2(wrong.isEmpty(), qPrintable(where + u": "_s + wrong));
            if (!struck) {
                QVERIFY(acknowledged);
                break;
            }
            ++cuts;
        }
    }
    qInfo("%d power cuts", cuts);
}

QTEST_GUILESS_MAIN(TestCrash)
#include "tst_crash.moc"
