// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/domain/vocabulary.h"

#include <vector>

namespace countersign {

/// What can happen to a request (MODEL.md section 3).
enum class RequestEvent {
    Claim,          ///< A reviewer takes it for a while.
    Defer,          ///< Out of the way until a time.
    Vote,           ///< A vote that does not settle it (quorum not reached).
    Decide,         ///< The quorum is reached: staged.
    RequestChanges, ///< Back to the agent.
    Revise,         ///< The agent files the next round.
    Undo,           ///< A staged or held decision, or a wish for changes, is taken back.
    Release,        ///< It may go to the agent now.
    Hold,           ///< The deciding seat went away before the release.
    BeginSending,   ///< The intent to deliver is committed, or the local executor has started.
    Acknowledge,    ///< The agent has it.
    LoseContact,    ///< Nobody knows whether the agent has it.
    SendAgain,      ///< The peer was asked and still waits.
    GiveUp,         ///< It cannot be delivered any more.
    Expire,
    Withdraw,
    Supersede, ///< Settled elsewhere.
};
QString toText(RequestEvent event);

/// Lifecycle and delivery together; only the pairs of allStates() exist.
struct RequestState {
    Lifecycle lifecycle = Lifecycle::Pending;
    Delivery delivery = Delivery::None;

    bool isOpen() const { return lifecycle == Lifecycle::Pending || lifecycle == Lifecycle::ChangesRequested; }
    friend bool operator==(const RequestState &, const RequestState &) = default;
};
QString toText(const RequestState &state);

const std::vector<RequestState> &allStates();
const std::vector<RequestEvent> &allEvents();

/// The one table. Error WrongState: this event has no way from this state; the message says what is the case instead.
Result<RequestState> nextState(const RequestState &state, RequestEvent event);

/// The word for people and for `status` of the command line: `pending`, `claimed`, `staged`, `approved-edited`, …
/// \p verdict is that of the decision and is looked at only when there is one.
QString statusWord(const RequestState &state, bool claimed, std::optional<Verdict> verdict);

} // namespace countersign
