// SPDX-License-Identifier: Apache-2.0
#include "core/base/log.h"
#include "core/engine/engine_private.h"

using namespace Qt::Literals::StringLiterals;

namespace countersign {

namespace {

/// The fencing epoch under which \p seat may serve remote agents. NotAllowed: somebody else took the lease since.
Result<qint64> heldEpoch(StoreReader &reader, const SeatId &seat)
{
    const Result<std::optional<EngineLease>> lease = reader.lease();
    if (!lease) {
        return lease.error();
    }
    if (!*lease || (*lease)->holder != seat) {
        return Error{ErrorCode::NotAllowed,
                     u"Another process serves the remote agents of this workspace now: nothing was sent from here."_s,
                     u"engine lease lost"_s};
    }
    return (*lease)->epoch;
}

Error startedBefore(const QString &detail = {})
{
    return {
        ErrorCode::AlreadyDecided,
        u"The delivery of this decision was started before: it is not sent a second time without asking the agent."_s,
        detail};
}

/// The try that was started, or NotFound.
Result<DeliveryAttempt> lastAttempt(StoreReader &reader, const Request &request)
{
    const Result<std::vector<DeliveryAttempt>> attempts =
        request.decision ? reader.deliveryAttempts(*request.decision) : std::vector<DeliveryAttempt>();
    if (!attempts) {
        return attempts.error();
    }
    if (attempts->empty()) {
        return Error{ErrorCode::NotFound, u"Nothing was sent for request %1."_s.arg(request.id.text()), {}};
    }
    return attempts->back();
}

} // namespace

/// What would be sent, recomputed from what the peer has now and never taken from the row.
Result<VerifiedOutcome> Engine::Private::outcomeFor(StoreReader &reader, const RequestId &id,
                                                    const RoundContent &aboutToSend)
{
    Result<VerifiedOutcome> outcome = verifyOutcome(reader, id);
    if (!outcome) {
        return outcome;
    }
    const Digest payload = payloadHash(workspaceInfo->id, id, outcome->round.number, intakeHash(aboutToSend),
                                       outcome->round.policy, outcome->round.expiresAt);
    if (payload != outcome->vote.payloadHash || effectiveHash(payload, outcome->vote.verdict, aboutToSend,
                                                              outcome->vote.content) != outcome->vote.effectiveHash) {
        return Error{
            ErrorCode::ContentChanged, u"What the agent asks now is not what was decided on; nothing was sent."_s, {}};
    }
    if (!outcome->policyVersion.isEmpty()) {
        if (const Result<> says = verifyByPolicy(reader, *outcome, aboutToSend); !says) {
            return says.error();
        }
    }
    return outcome;
}

/// Takes the try of \p request out of flight with \p result, moves the request along and logs it.
Result<> Engine::Private::endAttempt(StoreWriter &writer, Request &request, RequestEvent event, const QString &kind,
                                     const QString &result, const QString &note)
{
    if (const Result<> stepped = step(request, event); !stepped) {
        return stepped;
    }
    request.settledNote = note;
    Result<DeliveryAttempt> attempt = lastAttempt(writer, request);
    Result<> written;
    if (attempt) {
        attempt->finishedAt = now();
        attempt->result = result;
        written = writer.updateDeliveryAttempt(*attempt);
    } else if (attempt.error().code != ErrorCode::NotFound) {
        return attempt.error();
    }
    if (written && event == RequestEvent::Acknowledge) {
        Result<std::optional<Decision>> decision = writer.decision(*request.decision);
        if (!decision) {
            return decision.error();
        }
        if (*decision) {
            (*decision)->acknowledgedAt = now();
            written = writer.updateDecision(**decision);
        }
    }
    written = written ? writer.updateRequest(request) : written;
    return written ? append(writer, facts(kind, request, seatActor())) : written;
}

/// Records the intent to send what was decided on \p id, in one transaction with everything that makes it allowed.
/// \p attempt makes or changes the try.
Result<VerifiedOutcome>
Engine::Private::intend(const RequestId &id, const RoundContent &aboutToSend, RequestEvent event,
                        const std::function<Result<>(StoreWriter &, const VerifiedOutcome &, qint64 epoch)> &attempt)
{
    std::optional<VerifiedOutcome> begun;
    const Result<> done = store().transact([&](StoreWriter &writer) -> Result<> {
        const Result<qint64> epoch = heldEpoch(writer, q.m_seat);
        if (!epoch) {
            return epoch.error();
        }
        Result<VerifiedOutcome> outcome = outcomeFor(writer, id, aboutToSend);
        if (!outcome) {
            return outcome.error();
        }
        // Before the request moves: the try sees what it was.
        Result<> written = attempt(writer, *outcome, *epoch);
        written = written ? step(outcome->request, event) : written;
        if (!written) {
            return written;
        }
        if (event == RequestEvent::SendAgain) {
            outcome->request.settledNote.clear();
        }
        EventFacts started = facts(u"delivery.started"_s, outcome->request, seatActor());
        started.effectiveHash = outcome->vote.effectiveHash;
        written = writer.saveSeat(ownSeat());
        written = written ? writer.updateRequest(outcome->request) : written;
        written = written ? append(writer, started) : written;
        begun = std::move(*outcome);
        return written;
    });
    return done ? Result<VerifiedOutcome>(std::move(*begun)) : Result<VerifiedOutcome>(done.error());
}

/// Changes the request of \p id in one transaction, for the holder of the engine lease only.
Result<> Engine::Private::changeAsServer(const RequestId &id,
                                         const std::function<Result<>(StoreWriter &, Request &)> &change)
{
    return store().transact([&](StoreWriter &writer) -> Result<> {
        const Result<qint64> epoch = heldEpoch(writer, q.m_seat);
        Result<Request> request = epoch ? existing(writer, id) : Result<Request>(epoch.error());
        return request ? change(writer, *request) : Result<>(request.error());
    });
}

Result<VerifiedOutcome> Engine::startDelivery(const RequestId &id, const RoundContent &aboutToSend)
{
    const auto first = [this](StoreWriter &writer, const VerifiedOutcome &outcome, qint64 epoch) -> Result<> {
        // The second question finds what the file has forgotten: a workspace put back to an earlier state.
        if (outcome.request.state.delivery != Delivery::Released ||
            m_parts.trust.isApprovalUsed(outcome.releaseToken)) {
            return startedBefore();
        }
        return writer.insertDeliveryAttempt(
            {d->newId(), outcome.decision.id, epoch, outcome.releaseToken, d->now(), {}, u"started"_s, m_seat});
    };
    Result<VerifiedOutcome> begun = d->intend(id, aboutToSend, RequestEvent::BeginSending, first);
    if (!begun) {
        return begun.error().code == ErrorCode::Conflict ? startedBefore(begun.error().detail) : begun.error();
    }
    d->markUsed(begun->releaseToken);
    return begun;
}

Result<VerifiedOutcome> Engine::repeatDelivery(const RequestId &id, const RoundContent &aboutToSend)
{
    const auto again = [this](StoreWriter &writer, const VerifiedOutcome &outcome, qint64 epoch) -> Result<> {
        Result<DeliveryAttempt> attempt = lastAttempt(writer, outcome.request);
        if (!attempt) {
            return attempt.error();
        }
        attempt->epoch = epoch;
        attempt->seat = m_seat;
        attempt->finishedAt.reset();
        attempt->result = u"started"_s;
        return writer.updateDeliveryAttempt(*attempt);
    };
    return d->intend(id, aboutToSend, RequestEvent::SendAgain, again);
}

Result<> Engine::confirmDelivery(const RequestId &id)
{
    const Result<Request> known = d->existing(m_parts.store, id);
    if (!known) {
        return known.error();
    }
    if (known->state.delivery == Delivery::Acknowledged) {
        return {};
    }
    if (known->state.delivery == Delivery::Released) {
        return acknowledge(id); // The peer shows it without our sending: nothing was in flight.
    }
    return d->changeAsServer(id, [this](StoreWriter &writer, Request &request) {
        return request.state.delivery == Delivery::Acknowledged
                   ? Result<>()
                   : d->endAttempt(writer, request, RequestEvent::Acknowledge, u"delivery.acknowledged"_s,
                                   u"acknowledged"_s, {});
    });
}

Result<> Engine::loseDelivery(const RequestId &id, const QString &whatToCheck)
{
    return d->changeAsServer(id, [&](StoreWriter &writer, Request &request) {
        return d->endAttempt(writer, request, RequestEvent::LoseContact, u"delivery.unknown"_s, u"unknown"_s,
                             whatToCheck);
    });
}

Result<> Engine::giveUpDelivery(const RequestId &id, const QString &why)
{
    return d->changeAsServer(id, [&](StoreWriter &writer, Request &request) {
        return d->endAttempt(writer, request, RequestEvent::GiveUp, u"delivery.undeliverable"_s, u"undeliverable"_s,
                             why);
    });
}

Result<> Engine::supersede(const RequestId &id, const QString &note)
{
    return d->changeAsServer(id, [&](StoreWriter &writer, Request &request) -> Result<> {
        if (request.state.delivery == Delivery::Sending) {
            // Our frame was on its way while somebody else's won: it is unknown first, then settled by theirs.
            if (const Result<> lost = d->endAttempt(writer, request, RequestEvent::LoseContact, u"delivery.unknown"_s,
                                                    u"unknown"_s, note);
                !lost) {
                return lost;
            }
        }
        if (const Result<> stepped = d->step(request, RequestEvent::Supersede); !stepped) {
            return stepped;
        }
        if (request.settledSequence > 0) {
            request.settledNote = note; // A released decision has its place in the history already.
        } else if (const Result<> settled = d->settle(writer, request, note); !settled) {
            return settled;
        }
        Result<> written = writer.updateRequest(request);
        written = written ? writer.removeTimers(id, u"expire"_s) : written;
        return written ? d->append(writer, d->facts(u"request.superseded"_s, request, d->seatActor())) : written;
    });
}

} // namespace countersign
