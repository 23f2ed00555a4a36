// SPDX-License-Identifier: Apache-2.0
// Two processes of two reviewers ask, decide and execute on one workspace while they are killed at random moments.
// Each notes in a file of its own what the engine has acknowledged. At the end nothing of that is lost, nothing was
// done twice, and the log proves the rest.
#include "core/audit/verifier.h"
#include "core/domain/statements.h"
#include "tests/support/seed.h"
#include "tests/support/worker_process.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QFile>
#include <QtCore/QMap>
#include <QtTest/QTest>

#include <array>
#include <random>

#include <fcntl.h>
#include <unistd.h>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::test;

namespace {

/// The file in which a worker writes what it was promised. One line is one write that is on the disk when it returns.
class Journal
{
public:
    explicit Journal(const QString &path)
        : m_file(::open(QFile::encodeName(path).constData(), O_CREAT | O_APPEND | O_WRONLY | O_SYNC | O_CLOEXEC, 0600))
    {}
    ~Journal() { ::close(m_file); }
    Journal(const Journal &) = delete;
    Journal &operator=(const Journal &) = delete;

    void note(const QStringList &words) const
    {
        const QByteArray line = words.join(u' ').toUtf8() + '\n';
        if (::write(m_file, line.constData(), static_cast<size_t>(line.size())) != line.size()) {
            qFatal("the journal could not be written");
        }
    }

private:
    int m_file;
};

/// Whoever comes second is told so; that is no failure.
bool isLostRace(ErrorCode code)
{
    return code == ErrorCode::AlreadyDecided || code == ErrorCode::WrongState || code == ErrorCode::Conflict ||
           code == ErrorCode::ContentChanged || code == ErrorCode::Expired || code == ErrorCode::Busy;
}

/// What a worker does until it is killed.
class Worker
{
public:
    explicit Worker(const WorkerOptions &options)
        : m_world(options)
        , m_journal(options.journal)
        , m_name(options.reviewer)
        , m_random(std::random_device{}())
    {}

    [[noreturn]] void work()
    {
        for (;;) {
            submit();
            decide();
            decide();
            execute();
            check(m_world.engine.runDueTimers());
        }
    }

private:
    template<typename T>
    bool check(const Result<T> &result)
    {
        if (!result && !isLostRace(result.error().code)) {
            m_journal.note({u"unexpected"_s, result.error().message, result.error().detail});
        }
        return result.hasValue();
    }
    size_t any(size_t count) { return m_random() % count; }

    void submit()
    {
        const QString key = u"%1-%2"_s.arg(m_name, m_world.ids.nextId());
        const auto filed =
            m_world.engine.submit(aSubmission().byAgent(m_name).inTier(any(2) ? Tier::Low : Tier::Medium).withKey(key));
        if (check(filed)) {
            m_journal.note({u"filed"_s, filed->id.text(), key});
        }
    }
    std::optional<Request> anyOf(QueueQuery::View view)
    {
        QueueQuery query;
        query.view = view;
        query.now = m_world.clock.now();
        QueueWindow window;
        window.rowCount = 6; // Few, so that both processes often mean the same one.
        const auto page = m_world.store->findRequests(query, window);
        if (!check(page) || page->rows.empty()) {
            return std::nullopt;
        }
        return page->rows[any(page->rows.size())].request;
    }
    void decide()
    {
        const std::optional<Request> request = anyOf(QueueQuery::View::Inbox);
        if (!request) {
            return;
        }
        const auto round = m_world.store->round(request->id, request->round);
        DecideOrder order;
        order.request = request->id;
        order.payloadHash = round.value()->payloadHash;
        order.verdict = any(4) == 0 ? Verdict::Reject : Verdict::Approve;
        order.content.reason = u"by "_s + m_name;
        order.shown = WhatWasShown::nothingOnCommandLine();
        order.staging = any(3) == 0 ? Staging::Stage : Staging::ReleaseAtOnce;
        const auto decided = m_world.engine.decide(order);
        if (!check(decided)) {
            return;
        }
        const QString decision = decided->decision->id.text();
        m_journal.note({u"decided"_s, request->id.text(), decision, toText(order.verdict)});
        if (order.staging == Staging::Stage && any(3) == 0) {
            m_journal.note({u"undoing"_s, request->id.text(), decision});
            if (check(m_world.engine.undo(request->id))) {
                m_journal.note({u"undone"_s, request->id.text(), decision});
            }
        }
    }
    void execute()
    {
        const std::optional<Request> request = anyOf(QueueQuery::View::Settled);
        if (!request || request->verdict != Verdict::Approve || request->state.delivery != Delivery::Released) {
            return;
        }
        const auto round = m_world.store->round(request->id, request->round);
        if (!check(m_world.engine.beginExecution(request->id, round.value()->content))) {
            return;
        }
        m_journal.note({u"effect"_s, request->id.text()}); // This is where the payment would go out.
        Outcome outcome;
        outcome.exitCode = 0;
        if (check(m_world.engine.finishExecution(request->id, outcome))) {
            m_journal.note({u"finished"_s, request->id.text()});
        }
    }

    WorkerEngine m_world;
    Journal m_journal;
    QString m_name;
    std::mt19937 m_random;
};

int kills()
{
    return qEnvironmentVariableIntValue("COUNTERSIGN_SOAK") > 0 ? 200 : 20;
}

QList<QStringList> readJournal(const QString &path)
{
    QFile file(path);
    QList<QStringList> entries;
    if (!file.open(QIODevice::ReadOnly)) {
        return entries;
    }
    const QList<QByteArray> lines = file.readAll().split('\n');
    for (const QByteArray &line : lines) {
        if (!line.isEmpty()) {
            entries.append(QString::fromUtf8(line).split(u' '));
        }
    }
    return entries;
}

/// What both journals say, counted.
struct Acknowledged {
    QMap<QString, QString> filed;       ///< Key to request.
    QMap<QString, QStringList> decided; ///< Decision to request and verdict.
    QStringList undoing;                ///< Decisions.
    QStringList undone;
    QMap<QString, int> effects; ///< By request.
    QStringList finished;
};

} // namespace

class TestKill : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }
    void twoProcessesKilledAtRandomMoments();

private:
    void killThemAgainAndAgain(const std::array<WorkerOptions, 2> &options);
    void readJournals(const std::array<WorkerOptions, 2> &options);
    void nothingIsLost(StoreReader &store);
    void nothingIsDoubled(StoreReader &store);

    Acknowledged m_acknowledged;
};

void TestKill::twoProcessesKilledAtRandomMoments()
{
    SharedWorkspace workspace;
    const std::array<WorkerOptions, 2> options{workspace.enrol(u"R1"_s), workspace.enrol(u"R2"_s)};
    killThemAgainAndAgain(options);
    if (QTest::currentTestFailed()) {
        return;
    }
    // A process that is left finds what the dead ones left behind.
    int settled = 0;
    for (;;) {
        const auto changes = workspace.engine->runDueTimers();
        QVERIFY2(changes, changes ? "" : qPrintable(changes.error().message));
        if (*changes == 0) {
            break;
        }
        settled += *changes;
    }
    QVERIFY(workspace.store->quickCheck());
    const auto report = verifyWorkspace(*workspace.store, workspace.administrator.publicKey().fingerprint());
    QVERIFY(report);
    QVERIFY2(report->holds(),
             report->first() ? qPrintable(report->first()->entry + u": "_s + report->first()->what) : "");
    readJournals(options);
    nothingIsLost(*workspace.store);
    nothingIsDoubled(*workspace.store);
    qInfo("%d kills: %d filed, %d decided, %d taken back, %d executed, %d left behind and settled; %lld entries hold",
          kills(), int(m_acknowledged.filed.size()), int(m_acknowledged.decided.size()),
          int(m_acknowledged.undone.size()), int(m_acknowledged.effects.size()), settled,
          static_cast<long long>(report->entries));
}

void TestKill::killThemAgainAndAgain(const std::array<WorkerOptions, 2> &options)
{
    std::mt19937 random(seedOfThisRun());
    std::array<QProcess, 2> workers;
    const auto start = [&](size_t index) {
        startWorker(workers[index], options[index]);
        QVERIFY(workers[index].waitForStarted());
    };
    const auto kill = [&](size_t index) {
        QCOMPARE(workers[index].state(), QProcess::Running);
        workers[index].kill();
        QVERIFY(workers[index].waitForFinished());
    };
    start(0);
    start(1);
    for (int count = 0; count < kills(); ++count) {
        const size_t victim = random() % 2;
        // It has done some work since its start, and is somewhere in the middle of more.
        const qint64 target = QFileInfo(options[victim].journal).size() + 1 + static_cast<qint64>(random() % 1000);
        QElapsedTimer waited;
        waited.start();
        while (QFileInfo(options[victim].journal).size() < target) {
            QVERIFY2(waited.elapsed() < 30'000, "a worker does nothing");
            QCOMPARE(workers[victim].state(), QProcess::Running);
            workers[victim].waitForFinished(1);
        }
        workers[victim].waitForFinished(static_cast<int>(random() % 20));
        kill(victim);
        start(victim);
        if (QTest::currentTestFailed()) {
            return;
        }
    }
    kill(0);
    kill(1);
}

void TestKill::readJournals(const std::array<WorkerOptions, 2> &options)
{
    Acknowledged &all = m_acknowledged;
    for (const WorkerOptions &option : options) {
        for (const QStringList &entry : readJournal(option.journal)) {
            const QString &kind = entry.front();
            const QString &id = entry.value(1);
            QVERIFY2(kind != u"unexpected"_s, qPrintable(entry.join(u' ')));
            if (kind == u"filed"_s) {
                all.filed.insert(entry.value(2), id);
            } else if (kind == u"decided"_s) {
                all.decided.insert(entry.value(2), {id, entry.value(3)});
            } else if (kind == u"undoing"_s) {
                all.undoing.append(entry.value(2));
            } else if (kind == u"undone"_s) {
                all.undone.append(entry.value(2));
            } else if (kind == u"effect"_s) {
                ++all.effects[id];
            } else if (kind == u"finished"_s) {
                all.finished.append(id);
            }
        }
    }
    QVERIFY(all.filed.size() >= kills());
    QVERIFY(all.decided.size() >= kills() / 2);
    QVERIFY(!all.effects.isEmpty());
}

void TestKill::nothingIsLost(StoreReader &store)
{
    for (auto filed = m_acknowledged.filed.cbegin(); filed != m_acknowledged.filed.cend(); ++filed) {
        const auto request = store.request(RequestId(filed.value()));
        QVERIFY2(request && *request, qPrintable(u"lost: request "_s + filed.value()));
        QCOMPARE((*request)->idempotencyKey, filed.key());
    }
    for (auto decided = m_acknowledged.decided.cbegin(); decided != m_acknowledged.decided.cend(); ++decided) {
        const auto decision = store.decision(DecisionId(decided.key()));
        QVERIFY2(decision && *decision, qPrintable(u"lost: decision "_s + decided.key()));
        QCOMPARE((*decision)->request.text(), decided.value().front());
        QCOMPARE(toText((*decision)->verdict), decided.value().back());
        // It stands, unless its reviewer began to take it back.
        QVERIFY(!(*decision)->undone || m_acknowledged.undoing.contains(decided.key()));
    }
    for (const QString &undone : m_acknowledged.undone) {
        QVERIFY2(store.decision(DecisionId(undone)).value()->undone, qPrintable(u"undo lost: "_s + undone));
    }
    for (const QString &finished : m_acknowledged.finished) {
        QCOMPARE(store.request(RequestId(finished)).value()->state.delivery, Delivery::Acknowledged);
        QCOMPARE(store.outcomes(RequestId(finished)).value().size(), size_t(1));
    }
}

void TestKill::nothingIsDoubled(StoreReader &store)
{
    QueueQuery query;
    query.view = QueueQuery::View::All;
    QueueWindow window;
    window.rowCount = 500;
    QMap<QString, int> keys;
    int held = 0;
    int unknown = 0;
    for (;;) {
        const auto page = store.findRequests(query, window);
        QVERIFY(page);
        for (const QueueRow &row : page->rows) {
            const Request &request = row.request;
            QCOMPARE(++keys[request.idempotencyKey], 1);
            QVERIFY2(m_acknowledged.effects.value(request.id.text()) <= 1, qPrintable(request.id.text()));
            QVERIFY2(request.state.delivery != Delivery::Staged && request.state.delivery != Delivery::Sending,
                     "left in the hands of a dead process");
            held += request.state.delivery == Delivery::Held ? 1 : 0;
            unknown += request.state.delivery == Delivery::Unknown ? 1 : 0;
            const auto decisions = store.decisions(request.id);
            const auto releases = store.statements(u"release"_s, request.id.text());
            QVERIFY(decisions && releases);
            int standing = 0;
            int started = 0;
            for (const Decision &decision : *decisions) {
                standing += decision.undone ? 0 : 1;
                int released = 0;
                for (const Statement &release : *releases) {
                    released += decodeRelease(release.body).value().decision == decision.id ? 1 : 0;
                }
                QVERIFY(released <= 1);
                QCOMPARE(decision.release.has_value(), released == 1);
                QVERIFY(released == 0 || !decision.undone);
                QVERIFY(request.state.delivery != Delivery::Held || released == 0);
                const auto attempts = store.deliveryAttempts(decision.id);
                QVERIFY(attempts);
                started += static_cast<int>(attempts->size());
            }
            QCOMPARE(standing, request.decision ? 1 : 0);
            QVERIFY(started <= 1);
            QVERIFY(m_acknowledged.effects.value(request.id.text()) <= started);
            QVERIFY(store.outcomes(request.id).value().size() <= 1);
        }
        if (!page->moreAfter) {
            break;
        }
        window.after = page->rows.back().key;
    }
    qInfo("%d staged decisions of killed seats are held, %d starts are unknown", held, unknown);
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (const auto options = WorkerOptions::fromArguments(argc, argv)) {
        if (!initCrypto()) {
            return 1;
        }
        Worker(*options).work();
    }
    TestKill test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_kill.moc"
