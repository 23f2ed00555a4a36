// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QFuture>
#include <QtCore/QPromise>
#include <QtCore/QThreadPool>

#include <memory>
#include <type_traits>

namespace countersign {

/// Runs \p work on a thread of the pool: for what takes a while to read, hash or decode. \p work takes nothing and
/// captures values only.
template<typename Work>
auto runAside(Work work) -> QFuture<std::invoke_result_t<Work>>
{
    using T = std::invoke_result_t<Work>;
    auto promise = std::make_shared<QPromise<T>>();
    QFuture<T> future = promise->future();
    promise->start();
    QThreadPool::globalInstance()->start([promise, job = std::move(work)]() mutable {
        promise->addResult(job());
        promise->finish();
    });
    return future;
}

} // namespace countersign
