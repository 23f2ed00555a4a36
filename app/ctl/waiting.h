// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/process_state.h"
#include "app/ctl/session.h"

namespace countersign::ctl {

/// How waiting for a request ended.
struct WaitEnd {
    enum class Kind {
        Decided,          ///< Released, and every signature verified: \c outcome is there.
        ChangesRequested, ///< The wish is signed by a reviewer.
        Expired,
        Withdrawn,
        Superseded,
        Undeliverable,
        Unknown,
        TimedOut,    ///< It still waits.
        Interrupted, ///< By \c signal.
        Failed,      ///< \c error: not allowed when a signature does not verify.
    };
    Kind kind = Kind::Failed;
    std::optional<VerifiedOutcome> outcome;
    int signal = 0; ///< What interrupted the wait, also when the request had come to an end just before.
    Error error;
};

/// Waits until the request has come to an end, looking at the workspace's changes every 75 ms and at everything once a
/// second. Expiry and holding work meanwhile without any other process. Blocks.
WaitEnd waitForEnd(Session &session, ProcessState &process, const RequestId &id,
                   std::optional<std::chrono::milliseconds> timeout);

/// What the end is right now, without waiting; absent while there is none.
std::optional<WaitEnd> endNow(Session &session, const RequestId &id);

} // namespace countersign::ctl
