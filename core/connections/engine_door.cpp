// SPDX-License-Identifier: Apache-2.0
#include "core/connections/engine_door.h"

namespace countersign {

void ThreadedEngineDoor::post(Job job)
{
    auto shared = std::make_shared<Job>(std::move(job));
    QFuture<Result<>> done = m_threads.engine([shared](Engine &engine) -> Result<> {
        (*shared)(&engine, {});
        return {};
    });
    whenDone(done, &m_threads, [shared](const Result<> &result) {
        if (!result) {
            (*shared)(nullptr, result.error()); // The workspace is not open: the job has not run.
        }
    });
}

} // namespace countersign
