// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/engine/workspace_threads.h"

namespace countersign {

/// The way of the connections to the engine, wherever it lives: jobs go there as values, results come back as futures.
class EngineDoor
{
public:
    using Job = std::function<void(Engine *engine, const Error &why)>;
    virtual ~EngineDoor() = default;

    /// Runs \p work on the engine's thread. \p work takes `Engine &` and returns a Result.
    template<typename Work>
    auto run(Work work) -> QFuture<std::invoke_result_t<Work, Engine &>>
    {
        using R = std::invoke_result_t<Work, Engine &>;
        auto promise = std::make_shared<QPromise<R>>();
        QFuture<R> future = promise->future();
        promise->start();
        post([promise, work = std::move(work)](Engine *engine, const Error &why) mutable {
            promise->addResult(engine ? work(*engine) : R(why));
            promise->finish();
        });
        return future;
    }

protected:
    /// Runs \p job exactly once; \p engine is null when there is none, and \p why says so.
    virtual void post(Job job) = 0;
};

/// To an engine on this very thread: `serve` and tests.
class DirectEngineDoor final : public EngineDoor
{
public:
    explicit DirectEngineDoor(Engine &engine)
        : m_engine(engine)
    {}

protected:
    void post(Job job) override { job(&m_engine, {}); }

private:
    Engine &m_engine;
};

/// To the engine thread of a window.
class ThreadedEngineDoor final : public EngineDoor
{
public:
    explicit ThreadedEngineDoor(WorkspaceThreads &threads)
        : m_threads(threads)
    {}

protected:
    void post(Job job) override;

private:
    WorkspaceThreads &m_threads;
};

} // namespace countersign
