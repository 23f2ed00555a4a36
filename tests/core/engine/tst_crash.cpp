// SPDX-License-Identifier: Apache-2.0
// The power is cut at every single write of a scenario in turn. What was acknowledged before is there afterwards, the
// step that was cut is there wholly or not at all, and a new process brings the scenario to the same end.
#include "core/audit/verifier.h"
#include "tests/core/engine/crash_scenario.h"
#include "tests/support/workspace_text.h"

#include <QtCore/QDir>
#include <QtCore/QElapsedTimer>
#include <QtCore/QLoggingCategory>
#include <QtTest/QTest>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::test;
using namespace countersign::test::crash;

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
    void restore() const
    {
        for (const QString &suffix : {u""_s, u"-wal"_s, u"-shm"_s}) {
            QFile::remove(m_path + suffix);
        }
        for (const auto &[suffix, bytes] : m_files) {
            QFile file(m_path + suffix);
            if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() ||
                !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner)) {
                qFatal("the snapshot could not be put back");
            }
        }
    }

private:
    QString m_path;
    std::vector<std::pair<QString, QByteArray>> m_files;
};

/// The steps, and how the workspace looks before each and after the last when nothing interrupts them.
struct Scenario {
    Chapter steps;
    std::vector<QString> texts;
    std::vector<Snapshot> files;
    std::vector<FakeClock> clocks;

    void add(const World &world, Store &store)
    {
        texts.push_back(workspaceText(store));
        clocks.push_back(world.rig.clock);
        files.emplace_back(world.rig.path);
    }
    /// Where the process ends that begins with step \p first. The long version has one process from begin to end.
    size_t endOf(size_t first) const
    {
        size_t last = first + 1;
        while (last < steps.size() && (isSoak() || steps[last].goesOn)) {
            ++last;
        }
        return last;
    }
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
    /// Cuts the power at write \p nth of a process that does the steps from \p first to before \p last. False: it has
    /// fewer writes.
    bool crashAt(World &world, const Scenario &scenario, size_t first, size_t last, int nth, PowerCut how);
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
    Scenario scenario{steps, {}, {}, {}};
    {
        Process process{world, {}, {}, {}};
        QVERIFY(process.start());
        scenario.add(world, *process.store);
        for (const Step &step : steps) {
            const Result<> done = step.run(process);
            QVERIFY2(done, done ? "" : qPrintable(failure(step.name, done.error())));
            scenario.add(world, *process.store);
        }
        QCOMPARE(whatIsWrong(*process.store, world.rig.r1Key.publicKey().fingerprint()), QString());
    }
    for (int pass = 0; pass < (isSoak() ? 2 : 1); ++pass) {
        QElapsedTimer timer;
        timer.start();
        int cuts = 0;
        for (size_t first = 0; first < steps.size(); first = scenario.endOf(first)) {
            for (int nth = 1; crashAt(world, scenario, first, scenario.endOf(first), nth, cutOf(nth, pass)); ++nth) {
                if (QTest::currentTestFailed()) {
                    return;
                }
                ++cuts;
            }
        }
        qInfo("%d power cuts over %d steps in %lld ms", cuts, int(steps.size()),
              static_cast<long long>(timer.elapsed()));
    }
}

bool TestCrash::crashAt(World &world, const Scenario &scenario, size_t first, size_t last, int nth, PowerCut how)
{
    const Chapter &steps = scenario.steps;
    const Digest pinned = world.rig.r1Key.publicKey().fingerprint();
    size_t done = first; // Acknowledged steps.
    {
        scenario.files[first].restore();
        // What was started after that place is not started yet in this run.
        QDir(world.rig.folder.filePath(u"config/used"_s)).removeRecursively();
        world.rig.clock = scenario.clocks[first];
        world.vfs.reset();
        world.vfs.cutPowerAt(nth, how);
        SqliteOptions options;
        options.vfs = world.vfs.name();
        Process process{world, options, {}, {}};
        if (process.start()) {
            while (done < last && steps[done].run(process)) {
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
            u"write %1, %2"_s.arg(QString::number(nth), done < last ? steps[done].name : u"the end"_s);
        const Result<> started = process.start();
        QVERIFY2(started, started ? "" : qPrintable(failure(where, started.error())));
        QString wrong = whatIsWrong(*process.store, pinned);
        QVERIFY2(wrong.isEmpty(), qPrintable(where + u": "_s + wrong));
        const QString found = workspaceText(*process.store);
        size_t next = done;
        if (found != scenario.texts[done]) {
            next = std::min(done + 1, last);
            const QString difference = firstDifference(found, scenario.texts[next]);
            QVERIFY2(difference.isEmpty(), qPrintable(where + u" is neither done nor not done: "_s + difference));
        }
        const size_t stop = isSoak() ? steps.size() : std::min(next + 1, steps.size());
        for (; next < stop; ++next) {
            const Result<> again = steps[next].run(process);
            QVERIFY2(again, again ? "" : qPrintable(where + u", then "_s + failure(steps[next].name, again.error())));
        }
        const QString difference = firstDifference(workspaceText(*process.store), scenario.texts[stop]);
        QVERIFY2(difference.isEmpty(), qPrintable(where + u", then: "_s + difference));
        wrong = isSoak() ? whatIsWrong(*process.store, pinned) : QString();
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

int main(int argc, char **argv)
{
    if (isSoak() && !qEnvironmentVariableIsSet("QTEST_FUNCTION_TIMEOUT")) {
        qputenv("QTEST_FUNCTION_TIMEOUT", "14400000"); // The long version takes its time.
    }
    QCoreApplication application(argc, argv);
    TestCrash test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_crash.moc"
