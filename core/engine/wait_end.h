// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/engine/engine.h"

namespace countersign {

/// How waiting for a request ended, for whoever acts on it.
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

    static WaitEnd of(Kind kind);
    static WaitEnd failed(const Error &error);
};

/// What the end of \p id is right now, without waiting; absent while there is none, and while somebody else is writing.
std::optional<WaitEnd> endNow(Engine &engine, const RequestId &id);

} // namespace countersign
