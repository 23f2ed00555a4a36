// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/engine/workspace_threads.h"

#include <QtCore/QPromise>

namespace countersign {

/// A future that has its result already.
template<typename T>
QFuture<T> readyFuture(T result)
{
    QPromise<T> promise;
    promise.start();
    QFuture<T> future = promise.future();
    promise.addResult(std::move(result));
    promise.finish();
    return future;
}

/// Like whenDone(), but at once when \p future has its result: what needs no waiting then needs no event loop either.
template<typename T, typename Reply>
void whenReady(QFuture<T> future, QObject *context, Reply reply)
{
    if (future.isFinished() && future.resultCount() > 0) {
        reply(future.result());
    } else {
        whenDone(std::move(future), context, std::move(reply));
    }
}

} // namespace countersign
