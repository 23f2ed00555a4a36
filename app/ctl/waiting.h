// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/process_state.h"
#include "app/ctl/session.h"
#include "core/engine/wait_end.h"

namespace countersign::ctl {

/// Waits until the request has come to an end, looking at the workspace's changes every 75 ms and at everything once a
/// second. Expiry and holding work meanwhile without any other process. Blocks.
WaitEnd waitForEnd(Session &session, ProcessState &process, const RequestId &id,
                   std::optional<std::chrono::milliseconds> timeout);

/// What the end is right now, without waiting; absent while there is none.
inline std::optional<WaitEnd> endNow(Session &session, const RequestId &id)
{
    return endNow(session.engine(), id);
}

} // namespace countersign::ctl
