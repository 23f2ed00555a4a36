// SPDX-License-Identifier: Apache-2.0
#include "core/engine/workspace_threads.h"

#include "core/base/log.h"
#include "core/store/sqlite_store.h"

#include <QtCore/QThread>
#include <QtCore/QTimer>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign {

namespace {

constexpr qint64 longestSleepMs = 1000;

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
    qint64 lastSequence = 0;
    // The workers go first, so that nothing above is touched after it is gone.
    Worker reader{u"countersign reader"_s};
    Worker writer{u"countersign engine"_s};

    void openEngine();
    void openReader();
    void runTimers();
    void beat();
    void pollChanges();
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
    d->writer.post([this] { d->openEngine(); });
}

WorkspaceThreads::~WorkspaceThreads()
{
    d->reader.post([this] {
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
        d->scheduleTimers();
    });
}

void WorkspaceThreads::postToReader(ReaderJob job)
{
    d->reader.post([this, job = std::move(job)] { job(d->readerStore.get(), d->whyNoReader); });
}

void WorkspaceThreads::Private::openEngine()
{
    Result<std::unique_ptr<Store>> opened = openSqliteStore(q.m_options.location.path, clock, ids);
    if (!opened) {
        whyNoEngine = opened.error();
        reader.post([this, why = whyNoEngine] { whyNoReader = why; });
        Q_EMIT q.openFailed(whyNoEngine);
        return;
    }
    store = std::move(*opened);
    const Result<WorkspaceInfo> info = store->workspace();
    if (!info) {
        whyNoEngine = info.error();
        store.reset();
        Q_EMIT q.openFailed(whyNoEngine);
        return;
    }
    engine = std::make_unique<Engine>(
        Engine::Parts{*store, clock, ids, trust, q.m_options.location.url, q.m_options.seatKind});
    if (const Result<> pinned = engine->pinOnFirstUse(); !pinned) {
        whyNoEngine = pinned.error();
        engine.reset();
        store.reset();
        Q_EMIT q.openFailed(whyNoEngine);
        return;
    }
    timers = std::make_unique<QTimer>();
    timers->setSingleShot(true);
    QObject::connect(timers.get(), &QTimer::timeout, timers.get(), [this] { runTimers(); });
    heartbeat = std::make_unique<QTimer>();
    QObject::connect(heartbeat.get(), &QTimer::timeout, heartbeat.get(), [this] { beat(); });
    heartbeat->start(q.m_options.heartbeat);
    // The reader opens only now: the file exists and is migrated.
    reader.post([this] { openReader(); });
    Q_EMIT q.opened(*info);
    beat();
    runTimers();
}

void WorkspaceThreads::Private::openReader()
{
    SqliteOptions options;
    options.access = Access::ReadOnly;
    options.createIfMissing = false;
    Result<std::unique_ptr<Store>> opened = openSqliteStore(q.m_options.location.path, clock, readerIds, options);
    if (!opened) {
        whyNoReader = opened.error();
        Q_EMIT q.openFailed(whyNoReader);
        return;
    }
    readerStore = std::move(*opened);
    if (const Result<std::optional<Seal>> last = readerStore->lastSeal(); last && *last) {
        lastSequence = (*last)->sequence;
    }
    poll = std::make_unique<QTimer>();
    QObject::connect(poll.get(), &QTimer::timeout, poll.get(), [this] { pollChanges(); });
    poll->start(q.m_options.changePoll);
    ChangeSet first;
    first.lastSequence = lastSequence;
    first.truncated = true;
    Q_EMIT q.changed(first);
}

void WorkspaceThreads::Private::pollChanges()
{
    if (!readerStore->changedElsewhere()) {
        return;
    }
    Result<ChangeSet> changes = readerStore->changesSince(lastSequence);
    if (!changes) {
        Q_EMIT q.troubled(changes.error());
        return;
    }
    const bool news = changes->lastSequence != lastSequence;
    lastSequence = changes->lastSequence;
    if (news) {
        Q_EMIT q.changed(*changes);
    }
}

void WorkspaceThreads::Private::report(const Result<> &result)
{
    if (!result && !troubledNow) {
        troubledNow = true;
        qCWarning(logEngine) << "background work failed:" << result.error().message << result.error().detail;
        Q_EMIT q.troubled(result.error());
    } else if (result && troubledNow) {
        troubledNow = false;
        Q_EMIT q.recovered();
    }
}

void WorkspaceThreads::Private::runTimers()
{
    const Result<int> done = engine->runDueTimers();
    report(done ? Result<>() : Result<>(done.error()));
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
    report(engine->announce());
}

void WorkspaceThreads::checkPages()
{
    d->reader.post([this] {
        if (!d->readerStore) {
            return;
        }
        if (const Result<> checked = d->readerStore->quickCheck(); !checked) {
            Q_EMIT damaged(checked.error());
        }
    });
}

} // namespace countersign
