// SPDX-License-Identifier: Apache-2.0
#include "core/engine/workspace_threads.h"

#include "core/base/log.h"
#include "core/store/sqlite_schema.h"
#include "core/store/sqlite_store.h"

#include <QtCore/QDeadlineTimer>
#include <QtCore/QFileSystemWatcher>
#include <QtCore/QThread>
#include <QtCore/QTimer>

#include <atomic>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign {

namespace {

constexpr qint64 longestSleepMs = 1000;
constexpr size_t mostEarlyJobs = 100; ///< Of the reader, before it is open: a window asks for about five things.
constexpr std::chrono::milliseconds eagerPoll{2};
constexpr std::chrono::milliseconds eagerFor{60};
constexpr auto firstBeatAfter = 150ms; ///< Its commits would keep the window that comes up waiting.

/// An object on its own thread; jobs reach it as queued calls, in order.
class Worker : public QObject
{
public:
    explicit Worker(const QString &name)
    {
        m_thread.setObjectName(name);
        moveToThread(&m_thread);
    }
    ~Worker() override { stop(); }
    Worker(const Worker &) = delete;
    Worker &operator=(const Worker &) = delete;

    void start() { m_thread.start(); }
    template<typename Job>
    void post(Job job)
    {
        QMetaObject::invokeMethod(this, std::move(job), Qt::QueuedConnection);
    }
    void stop()
    {
        if (!m_thread.isRunning()) {
            return;
        }
        // As a job: quit() from here could overtake the jobs that clean up.
        post([this] { m_thread.quit(); });
        m_thread.wait();
    }

private:
    QThread m_thread;
};

} // namespace

struct WorkspaceThreads::Private {
    explicit Private(WorkspaceThreads &threads, const Clock &systemClock)
        : q(threads)
        , clock(systemClock)
        , ids(systemClock)
        , readerIds(systemClock)
        , trust(threads.m_options.location.configFolder)
    {}

    WorkspaceThreads &q;
    const Clock &clock;
    SystemIdSource ids;
    SystemIdSource readerIds;
    TrustStore trust;
    // Engine thread
    std::unique_ptr<Store> store;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<QTimer> timers;
    std::unique_ptr<QTimer> heartbeat;
    Error whyNoEngine{ErrorCode::Unreachable, u"The workspace is not open."_s, {}};
    bool troubledNow = false;
    // Reader thread
    std::unique_ptr<Store> readerStore;
    std::unique_ptr<QTimer> poll;
    Error whyNoReader{ErrorCode::Unreachable, u"The workspace is not open."_s, {}};
    std::vector<ReaderJob> earlyJobs; ///< Asked for before it was clear whether there is something to read.
    bool readerSettled = false;
    qint64 lastSequence = 0;
    std::unique_ptr<QFileSystemWatcher> watcher;
    QDeadlineTimer eagerUntil{0}; ///< Somebody writes to the log: until then it is looked at often.
    // Both
    std::atomic<bool> wakesReader = false;
    // The workers go first, so that nothing above is touched after it is gone.
    Worker reader{u"countersign reader"_s};
    Worker writer{u"countersign engine"_s};

    /// Emits \p signal on the GUI thread, when its loop runs: whoever made the threads has connected by then, however
    /// fast the opening was.
    template<typename Signal, typename... Values>
    void tell(Signal signal, Values... values)
    {
        QMetaObject::invokeMethod(
            &q, [this, signal, values...] { (q.*signal)(values...); }, Qt::QueuedConnection);
    }
    void openEngine();
    /// Whether what is there is worth a question before the writer has looked at it.
    enum class Opening { AtOnce, AfterWriter };
    void openReader(Opening when);
    void settleReader();
    void giveUp(const Error &why);
    void runTimers();
    void beat();
    void pollChanges();
    void pollEagerly();
    void wakeReader();
    void report(const Result<> &result);
    void scheduleTimers();
};

WorkspaceThreads::WorkspaceThreads(Options options, const Clock &clock, QObject *parent)
    : QObject(parent)
    , m_options(std::move(options))
    , d(std::make_unique<Private>(*this, clock))
{
    qRegisterMetaType<ChangeSet>();
    qRegisterMetaType<WorkspaceInfo>();
    qRegisterMetaType<Error>();
    d->writer.start();
    d->reader.start();
    // Side by side: to look at a list nobody has to wait for the connection that writes.
    d->reader.post([this] { d->openReader(Private::Opening::AtOnce); });
    d->writer.post([this] { d->openEngine(); });
}

WorkspaceThreads::~WorkspaceThreads()
{
    d->reader.post([this] {
        d->watcher.reset();
        d->poll.reset();
        d->readerStore.reset();
    });
    d->writer.post([this] {
        d->timers.reset();
        d->heartbeat.reset();
        if (d->engine) {
            if (const Result<> left = d->engine->leave(); !left) {
                qCWarning(logEngine) << "staged decisions could not be marked held:" << left.error().detail;
            }
        }
        d->engine.reset();
        d->store.reset();
    });
    d->reader.stop();
    d->writer.stop();
}

void WorkspaceThreads::postToEngine(EngineJob job)
{
    d->writer.post([this, job = std::move(job)] {
        job(d->engine.get(), d->whyNoEngine);
        d->wakeReader();
        d->scheduleTimers();
    });
}

void WorkspaceThreads::postToReader(ReaderJob job)
{
    d->reader.post([this, job = std::move(job)]() mutable {
        if (!d->readerSettled && d->earlyJobs.size() < mostEarlyJobs) {
            d->earlyJobs.push_back(std::move(job));
        } else {
            job(d->readerStore.get(), d->whyNoReader);
        }
    });
}

void WorkspaceThreads::Private::settleReader()
{
    readerSettled = true;
    for (ReaderJob &job : std::exchange(earlyJobs, {})) {
        job(readerStore.get(), whyNoReader);
    }
}

void WorkspaceThreads::Private::openEngine()
{
    Result<std::unique_ptr<Store>> opened = openSqliteStore(q.m_options.location.path, clock, ids);
    if (!opened) {
        giveUp(opened.error());
        return;
    }
    store = std::move(*opened);
    const Result<WorkspaceInfo> info = store->workspace();
    if (!info) {
        giveUp(info.error());
        return;
    }
    engine = std::make_unique<Engine>(
        Engine::Parts{*store, clock, ids, trust, q.m_options.location.url, q.m_options.seatKind});
    if (const Result<> pinned = engine->pinOnFirstUse(); !pinned) {
        giveUp(pinned.error());
        return;
    }
    timers = std::make_unique<QTimer>();
    timers->setSingleShot(true);
    QObject::connect(timers.get(), &QTimer::timeout, timers.get(), [this] { runTimers(); });
    heartbeat = std::make_unique<QTimer>();
    QObject::connect(heartbeat.get(), &QTimer::timeout, heartbeat.get(), [this] { beat(); });
    // By now the file exists and is migrated, if it was not before.
    reader.post([this] { openReader(Opening::AfterWriter); });
    tell(&WorkspaceThreads::opened, *info);
    QTimer::singleShot(firstBeatAfter, heartbeat.get(), [this] {
        heartbeat->start(q.m_options.heartbeat);
        beat();
        runTimers();
    });
}

void WorkspaceThreads::Private::giveUp(const Error &why)
{
    engine.reset();
    store.reset();
    whyNoEngine = why;
    reader.post([this, why] {
        watcher.reset();
        poll.reset();
        readerStore.reset();
        whyNoReader = why;
        settleReader();
    });
    tell(&WorkspaceThreads::openFailed, why);
}

void WorkspaceThreads::Private::openReader(Opening when)
{
    if (readerStore) {
        return;
    }
    SqliteOptions options;
    options.access = Access::ReadOnly;
    options.createIfMissing = false;
    Result<std::unique_ptr<Store>> opened = openSqliteStore(q.m_options.location.path, clock, readerIds, options);
    if (when == Opening::AtOnce) {
        const Result<WorkspaceInfo> info = opened ? (*opened)->workspace() : Result<WorkspaceInfo>(opened.error());
        if (!info || info->schemaVersion != newestSchemaVersion()) {
            return; // The writer makes it, migrates it or says what is wrong.
        }
    }
    if (!opened) {
        whyNoReader = opened.error();
        settleReader();
        tell(&WorkspaceThreads::openFailed, whyNoReader);
        return;
    }
    readerStore = std::move(*opened);
    if (const Result<std::optional<Seal>> last = readerStore->lastSeal(); last && *last) {
        lastSequence = (*last)->sequence;
    }
    poll = std::make_unique<QTimer>();
    QObject::connect(poll.get(), &QTimer::timeout, poll.get(), [this] { pollChanges(); });
    poll->start(q.m_options.changePoll);
    watcher = std::make_unique<QFileSystemWatcher>();
    QObject::connect(watcher.get(), &QFileSystemWatcher::fileChanged, watcher.get(), [this] { pollEagerly(); });
    watcher->addPath(q.m_options.location.path + u"-wal"_s); // Where it cannot be watched, the poll alone serves.
    settleReader();
    ChangeSet first;
    first.lastSequence = lastSequence;
    first.truncated = true;
    tell(&WorkspaceThreads::changed, first);
}

/// This process has written: nobody who shows or sends it waits for the poll.
void WorkspaceThreads::Private::wakeReader()
{
    if (!wakesReader.exchange(true)) {
        reader.post([this] {
            wakesReader = false;
            if (poll) {
                pollChanges();
            }
        });
    }
}

/// Another process writes to the log. What it wrote counts a moment later, when the disk has it.
void WorkspaceThreads::Private::pollEagerly()
{
    if (poll) {
        eagerUntil.setRemainingTime(eagerFor);
        poll->start(std::min(eagerPoll, q.m_options.changePoll));
    }
}

void WorkspaceThreads::Private::pollChanges()
{
    const bool changed = readerStore->changedElsewhere();
    if (poll->intervalAsDuration() != q.m_options.changePoll && (changed || eagerUntil.hasExpired())) {
        poll->start(q.m_options.changePoll);
    }
    if (!changed) {
        return;
    }
    Result<ChangeSet> changes = readerStore->changesSince(lastSequence);
    if (!changes) {
        tell(&WorkspaceThreads::troubled, changes.error());
        return;
    }
    const bool news = changes->lastSequence != lastSequence;
    lastSequence = changes->lastSequence;
    if (news) {
        tell(&WorkspaceThreads::changed, *changes);
    }
}

void WorkspaceThreads::Private::report(const Result<> &result)
{
    if (!result && !troubledNow) {
        troubledNow = true;
        qCWarning(logEngine) << "background work failed:" << result.error().message << result.error().detail;
        tell(&WorkspaceThreads::troubled, result.error());
    } else if (result && troubledNow) {
        troubledNow = false;
        tell(&WorkspaceThreads::recovered);
    }
}

void WorkspaceThreads::Private::runTimers()
{
    const Result<int> done = engine->runDueTimers();
    report(done ? Result<>() : Result<>(done.error()));
    wakeReader();
    scheduleTimers();
}

void WorkspaceThreads::Private::scheduleTimers()
{
    if (!engine || !timers) {
        return;
    }
    const Result<std::optional<Timestamp>> next = engine->nextDue();
    qint64 sleep = longestSleepMs;
    if (next && *next) {
        sleep = std::clamp<qint64>((**next - clock.now()).count(), 0, longestSleepMs);
    }
    timers->start(static_cast<int>(sleep));
}

void WorkspaceThreads::Private::beat()
{
    const Result<> announced = engine->announce();
    report(announced);
    if (!announced) {
        return;
    }
    // Whoever has it serves remote agents; a second window simply does not get it.
    if (const Result<bool> lease = engine->holdLease(); !lease) {
        report(lease.error());
    }
}

void WorkspaceThreads::checkPages()
{
    d->reader.post([this] {
        if (!d->readerStore) {
            return;
        }
        if (const Result<> checked = d->readerStore->quickCheck(); !checked) {
            d->tell(&WorkspaceThreads::damaged, checked.error());
        }
    });
}

} // namespace countersign
