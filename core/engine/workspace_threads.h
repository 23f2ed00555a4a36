// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/engine/engine.h"
#include "core/engine/workspace_location.h"

#include <QtCore/QFuture>
#include <QtCore/QFutureWatcher>
#include <QtCore/QObject>
#include <QtCore/QPromise>

#include <functional>
#include <memory>
#include <type_traits>

namespace countersign {

/// The two threads of a window on one workspace (MODEL.md section 6): the engine thread owns the writing connection and
/// the Engine, the reader thread a second, read-only connection for lists, details, search and verification. Both are
/// reached by values and futures only. Lives on, and is used from, the GUI thread.
class WorkspaceThreads : public QObject
{
    Q_OBJECT
public:
    struct Options {
        WorkspaceLocation location;
        QString seatKind = QStringLiteral("window");
        std::chrono::milliseconds changePoll{100};
        std::chrono::milliseconds heartbeat{5000};
    };
    /// Starts both threads; opening happens on them, side by side. opened() or openFailed() follows.
    explicit WorkspaceThreads(Options options, const Clock &clock, QObject *parent = nullptr);
    ~WorkspaceThreads() override; ///< Leaves (holding staged decisions) and joins.

    /// Runs \p work on the engine thread. \p work takes `Engine &` and returns a Result.
    template<typename Work>
    auto engine(Work work) -> QFuture<std::invoke_result_t<Work, Engine &>>
    {
        using R = std::invoke_result_t<Work, Engine &>;
        auto promise = std::make_shared<QPromise<R>>();
        QFuture<R> future = promise->future();
        promise->start();
        postToEngine([promise, work = std::move(work)](Engine *engine, const Error &why) mutable {
            promise->addResult(engine ? work(*engine) : R(why));
            promise->finish();
        });
        return future;
    }
    /// Runs \p work on the reader thread. \p work takes `StoreReader &` and returns a Result. Asked early, it waits
    /// until the workspace is open or cannot be opened.
    template<typename Work>
    auto reader(Work work) -> QFuture<std::invoke_result_t<Work, StoreReader &>>
    {
        using R = std::invoke_result_t<Work, StoreReader &>;
        auto promise = std::make_shared<QPromise<R>>();
        QFuture<R> future = promise->future();
        promise->start();
        postToReader([promise, work = std::move(work)](Store *store, const Error &why) mutable {
            promise->addResult(store ? work(*store) : R(why));
            promise->finish();
        });
        return future;
    }
    /// Starts quick_check on the reader thread; damaged() follows if it finds something. Call after the first paint.
    void checkPages();
    const WorkspaceLocation &location() const { return m_options.location; }

Q_SIGNALS:
    void opened(const countersign::WorkspaceInfo &workspace);
    void openFailed(const countersign::Error &why);
    /// Something changed, by this process or another, at most 300 ms ago.
    void changed(const countersign::ChangeSet &changes);
    /// A background job (timers, presence) failed: said once per kind until it works again.
    void troubled(const countersign::Error &why);
    void recovered();
    /// quick_check found damage; nothing may be decided.
    void damaged(const countersign::Error &why);

private:
    using EngineJob = std::function<void(Engine *, const Error &)>;
    using ReaderJob = std::function<void(Store *, const Error &)>;
    void postToEngine(EngineJob job);
    void postToReader(ReaderJob job);

    Options m_options;
    struct Private;
    std::unique_ptr<Private> d;
};

/// Calls \p reply with the future's result on \p context's thread, unless \p context is gone by then.
template<typename T, typename Reply>
void whenDone(QFuture<T> future, QObject *context, Reply reply)
{
    auto *watcher = new QFutureWatcher<T>(context);
    QObject::connect(watcher, &QFutureWatcherBase::finished, context, [watcher, reply = std::move(reply)]() mutable {
        watcher->deleteLater();
        if (watcher->future().resultCount() > 0) {
            reply(watcher->result());
        }
    });
    watcher->setFuture(std::move(future));
}

} // namespace countersign
