// SPDX-License-Identifier: Apache-2.0
#include "core/domain/request_state.h"

#include <algorithm>
#include <iterator>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

constexpr RequestState pending{Lifecycle::Pending, Delivery::None};
constexpr RequestState changesRequested{Lifecycle::ChangesRequested, Delivery::None};
constexpr RequestState staged{Lifecycle::Decided, Delivery::Staged};
constexpr RequestState held{Lifecycle::Decided, Delivery::Held};
constexpr RequestState released{Lifecycle::Decided, Delivery::Released};
constexpr RequestState sending{Lifecycle::Decided, Delivery::Sending};
constexpr RequestState acknowledged{Lifecycle::Decided, Delivery::Acknowledged};
constexpr RequestState unknown{Lifecycle::Decided, Delivery::Unknown};
constexpr RequestState undeliverable{Lifecycle::Decided, Delivery::Undeliverable};
constexpr RequestState expired{Lifecycle::Expired, Delivery::None};
constexpr RequestState withdrawn{Lifecycle::Withdrawn, Delivery::None};
constexpr RequestState superseded{Lifecycle::Superseded, Delivery::None};

struct Transition {
    RequestState from;
    RequestEvent event = RequestEvent::Claim;
    RequestState to;
};

/// Every way there is. What does not stand here is refused.
constexpr Transition transitions[] = {
    {pending, RequestEvent::Claim, pending},
    {pending, RequestEvent::Defer, pending},
    {pending, RequestEvent::Vote, pending},
    {pending, RequestEvent::Decide, staged},
    {pending, RequestEvent::RequestChanges, changesRequested},
    {pending, RequestEvent::Revise, pending}, // The agent corrects itself.
    {pending, RequestEvent::Expire, expired},
    {pending, RequestEvent::Withdraw, withdrawn},
    {pending, RequestEvent::Supersede, superseded},

    {changesRequested, RequestEvent::Claim, changesRequested},
    {changesRequested, RequestEvent::Defer, changesRequested},
    {changesRequested, RequestEvent::Revise, pending},
    {changesRequested, RequestEvent::Undo, pending},
    {changesRequested, RequestEvent::Expire, expired},
    {changesRequested, RequestEvent::Withdraw, withdrawn},
    {changesRequested, RequestEvent::Supersede, superseded},

    {staged, RequestEvent::Undo, pending},
    {staged, RequestEvent::Release, released},
    {staged, RequestEvent::Hold, held},
    {staged, RequestEvent::Expire, expired}, // The deadline binds the release, not the vote.
    {staged, RequestEvent::Withdraw, withdrawn},
    {staged, RequestEvent::Supersede, superseded},

    {held, RequestEvent::Undo, pending},
    {held, RequestEvent::Release, released},
    {held, RequestEvent::Expire, expired},
    {held, RequestEvent::Withdraw, withdrawn},
    {held, RequestEvent::Supersede, superseded},

    {released, RequestEvent::BeginSending, sending},
    {released, RequestEvent::Acknowledge, acknowledged},
    {released, RequestEvent::GiveUp, undeliverable},
    {released, RequestEvent::Supersede, superseded},

    {sending, RequestEvent::Acknowledge, acknowledged},
    {sending, RequestEvent::LoseContact, unknown},
    {sending, RequestEvent::GiveUp, undeliverable},

    {unknown, RequestEvent::Acknowledge, acknowledged},
    {unknown, RequestEvent::SendAgain, sending},
    {unknown, RequestEvent::GiveUp, undeliverable},
    {unknown, RequestEvent::Supersede, superseded},
};

/// What is the case, as the first part of a sentence.
QString situation(const RequestState &state)
{
    switch (state.lifecycle) {
    case Lifecycle::Pending:
        return u"The request is still pending"_s;
    case Lifecycle::ChangesRequested:
        return u"Changes were requested and the agent has not answered yet"_s;
    case Lifecycle::Expired:
        return u"The request expired before this"_s;
    case Lifecycle::Withdrawn:
        return u"The request was withdrawn before this"_s;
    case Lifecycle::Superseded:
        return u"The request was settled elsewhere before this"_s;
    case Lifecycle::Decided:
        break;
    }
    switch (state.delivery) {
    case Delivery::Staged:
        return u"The request is decided and its decision waits for release"_s;
    case Delivery::Held:
        return u"The request is decided and its decision is held"_s;
    case Delivery::Released:
        return u"The decision was released already"_s;
    case Delivery::Sending:
        return u"The decision is on its way to the agent already"_s;
    case Delivery::Acknowledged:
        return u"The agent has the decision already"_s;
    case Delivery::Unknown:
        return u"It is not known whether the agent has the decision"_s;
    case Delivery::Undeliverable:
        return u"The decision could not be delivered"_s;
    case Delivery::None:
        break;
    }
    return u"The request is in no known state"_s;
}

/// What therefore does not go, as the second part of that sentence.
QString refusal(RequestEvent event)
{
    switch (event) {
    case RequestEvent::Claim:
        return u"it cannot be claimed now"_s;
    case RequestEvent::Defer:
        return u"it cannot be deferred now"_s;
    case RequestEvent::Vote:
        return u"it takes no votes now"_s;
    case RequestEvent::Decide:
        return u"it cannot be decided now"_s;
    case RequestEvent::RequestChanges:
        return u"changes cannot be requested now"_s;
    case RequestEvent::Revise:
        return u"it cannot be revised now"_s;
    case RequestEvent::Undo:
        return u"there is nothing that can be undone"_s;
    case RequestEvent::Release:
        return u"there is nothing to release"_s;
    case RequestEvent::Hold:
        return u"there is nothing to hold back"_s;
    case RequestEvent::BeginSending:
        return u"there is nothing to send"_s;
    case RequestEvent::Acknowledge:
        return u"a receipt of the agent cannot be recorded now"_s;
    case RequestEvent::LoseContact:
        return u"no delivery can be lost now"_s;
    case RequestEvent::SendAgain:
        return u"nothing is sent again"_s;
    case RequestEvent::GiveUp:
        return u"there is no delivery to give up"_s;
    case RequestEvent::Expire:
        return u"it cannot expire now"_s;
    case RequestEvent::Withdraw:
        return u"it cannot be withdrawn now"_s;
    case RequestEvent::Supersede:
        return u"it cannot be settled elsewhere now"_s;
    }
    return u"this cannot be done now"_s;
}

/// What to do instead, as a sentence of its own.
QString advice(const RequestState &state)
{
    switch (state.lifecycle) {
    case Lifecycle::Pending:
        return u"Decide it first."_s;
    case Lifecycle::ChangesRequested:
        return u"Wait for the agent's next round, or undo the wish for changes first."_s;
    case Lifecycle::Expired:
    case Lifecycle::Withdrawn:
        return u"File a new request if it is still wanted."_s;
    case Lifecycle::Superseded:
        return u"Look where it was settled, or file a new request."_s;
    case Lifecycle::Decided:
        break;
    }
    switch (state.delivery) {
    case Delivery::Staged:
    case Delivery::Held:
        return u"Undo or release the decision first."_s;
    case Delivery::Released:
    case Delivery::Sending:
        return u"Wait for the outcome; file a new request to reverse it."_s;
    case Delivery::Unknown:
        return u"Ask the agent whether it still waits, then send the decision again or give it up."_s;
    case Delivery::Acknowledged:
        return u"File a new request to change anything."_s;
    case Delivery::Undeliverable:
    case Delivery::None:
        break;
    }
    return u"File a new request if it is still wanted."_s;
}

QString verdictAsStatus(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Approve:
        return u"approved"_s;
    case Verdict::ApproveEdited:
        return u"approved-edited"_s;
    case Verdict::Reject:
        return u"rejected"_s;
    case Verdict::RequestChanges:
        return u"changes-requested"_s;
    case Verdict::Answer:
        return u"answered"_s;
    case Verdict::Decline:
        return u"declined"_s;
    case Verdict::Cancel:
        return u"cancelled"_s;
    }
    return u"unknown"_s;
}

} // namespace

QString toText(RequestEvent event)
{
    switch (event) {
    case RequestEvent::Claim:
        return u"claim"_s;
    case RequestEvent::Defer:
        return u"defer"_s;
    case RequestEvent::Vote:
        return u"vote"_s;
    case RequestEvent::Decide:
        return u"decide"_s;
    case RequestEvent::RequestChanges:
        return u"request-changes"_s;
    case RequestEvent::Revise:
        return u"revise"_s;
    case RequestEvent::Undo:
        return u"undo"_s;
    case RequestEvent::Release:
        return u"release"_s;
    case RequestEvent::Hold:
        return u"hold"_s;
    case RequestEvent::BeginSending:
        return u"begin-sending"_s;
    case RequestEvent::Acknowledge:
        return u"acknowledge"_s;
    case RequestEvent::LoseContact:
        return u"lose-contact"_s;
    case RequestEvent::SendAgain:
        return u"send-again"_s;
    case RequestEvent::GiveUp:
        return u"give-up"_s;
    case RequestEvent::Expire:
        return u"expire"_s;
    case RequestEvent::Withdraw:
        return u"withdraw"_s;
    case RequestEvent::Supersede:
        return u"supersede"_s;
    }
    Q_UNREACHABLE();
}

QString toText(const RequestState &state)
{
    const QString lifecycle = toText(state.lifecycle);
    return state.delivery == Delivery::None ? lifecycle : lifecycle + u'/' + toText(state.delivery);
}

const std::vector<RequestState> &allStates()
{
    static const std::vector<RequestState> states = {pending,       changesRequested, staged,       held,
                                                     released,      sending,          acknowledged, unknown,
                                                     undeliverable, expired,          withdrawn,    superseded};
    return states;
}

const std::vector<RequestEvent> &allEvents()
{
    static const std::vector<RequestEvent> events = {
        RequestEvent::Claim,          RequestEvent::Defer,        RequestEvent::Vote,        RequestEvent::Decide,
        RequestEvent::RequestChanges, RequestEvent::Revise,       RequestEvent::Undo,        RequestEvent::Release,
        RequestEvent::Hold,           RequestEvent::BeginSending, RequestEvent::Acknowledge, RequestEvent::LoseContact,
        RequestEvent::SendAgain,      RequestEvent::GiveUp,       RequestEvent::Expire,      RequestEvent::Withdraw,
        RequestEvent::Supersede};
    return events;
}

Result<RequestState> nextState(const RequestState &state, RequestEvent event)
{
    const auto way = std::ranges::find_if(transitions, [&state, event](const Transition &transition) {
        return transition.from == state && transition.event == event;
    });
    if (way != std::end(transitions)) {
        return way->to;
    }
    return Error{ErrorCode::WrongState, u"%1; %2. %3"_s.arg(situation(state), refusal(event), advice(state)),
                 u"%1 in state %2"_s.arg(toText(event), toText(state))};
}

QString statusWord(const RequestState &state, bool claimed, std::optional<Verdict> verdict)
{
    switch (state.lifecycle) {
    case Lifecycle::Pending:
        return claimed ? u"claimed"_s : u"pending"_s;
    case Lifecycle::Decided:
        break;
    case Lifecycle::ChangesRequested:
    case Lifecycle::Expired:
    case Lifecycle::Withdrawn:
    case Lifecycle::Superseded:
        return toText(state.lifecycle);
    }
    switch (state.delivery) {
    case Delivery::Staged:
    case Delivery::Held:
    case Delivery::Unknown:
    case Delivery::Undeliverable:
        return toText(state.delivery);
    case Delivery::Released:
    case Delivery::Sending:
    case Delivery::Acknowledged:
        // A decided request without a verdict contradicts itself: say nothing that could be taken for a yes.
        return verdict ? verdictAsStatus(*verdict) : u"unknown"_s;
    case Delivery::None:
        break;
    }
    return u"unknown"_s;
}

} // namespace countersign
