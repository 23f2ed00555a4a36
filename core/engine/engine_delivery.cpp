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

Result<VerifiedOutcome> Engine::startDelivery(const RequestId &id, const RoundContent &aboutToSend)
{
    std::optional<VerifiedOutcome> begun;
    const Result<> done = m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        const Result<qint64> epoch = heldEpoch(writer, m_seat);
        if (!epoch) {
            return epoch.error();
        }
        Result<VerifiedOutcome> outcome = d->outcomeFor(writer, id, aboutToSend);
        if (!outcome) {
            return outcome.error();
        }
        // The second question finds what the file has forgotten: a workspace put back to an earlier state.
        if (outcome->request.state.delivery != Delivery::Released ||
            m_parts.trust.isApprovalUsed(outcome->releaseToken)) {
            return startedBefore();
        }
        if (const Result<> stepped = d->step(outcome->request, RequestEvent::BeginSending); !stepped) {
            return stepped;
        }
        const DeliveryAttempt attempt{d->newId(), outcome->decision.id, *epoch, outcome->releaseToken, d->now(),
                                      {},         u"started"_s,         m_seat};
        EventFacts facts = d->facts(u"delivery.started"_s, outcome->request, d->seatActor());
        facts.effectiveHash = outcome->vote.effectiveHash;
        Result<> written = writer.saveSeat(d->ownSeat());
        written = written ? writer.insertDeliveryAttempt(attempt) : written;
        written = written ? writer.updateRequest(outcome->request) : written;
        written = written ? d->append(writer, facts) : written;
        begun = std::move(*outcome);
        return written;
    });
    if (!done) {
        return done.error().code == ErrorCode::Conflict ? startedBefore(done.error().detail) : done.error();
    }
    d->markUsed(begun->releaseToken);
    return std::move(*begun);
}

Result<VerifiedOutcome> Engine::repeatDelivery(const RequestId &id, const RoundContent &aboutToSend)
{
    std::optional<VerifiedOutcome> begun;
    const Result<> done = m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        const Result<qint64> epoch = heldEpoch(writer, m_seat);
        if (!epoch) {
            return epoch.error();
        }
        Result<VerifiedOutcome> outcome = d->outcomeFor(writer, id, aboutToSend);
        if (!outcome) {
            return outcome.error();
        }
        Result<DeliveryAttempt> attempt = lastAttempt(writer, outcome->request);
        if (!attempt) {
            return attempt.error();
        }
        if (const Result<> stepped = d->step(outcome->request, RequestEvent::SendAgain); !stepped) {
            return stepped;
        }
        attempt->epoch = *epoch;
        attempt->seat = m_seat;
        attempt->finishedAt.reset();
        attempt->result = u"started"_s;
        outcome->request.settledNote.clear();
        EventFacts facts = d->facts(u"delivery.started"_s, outcome->request, d->seatActor());
        facts.effectiveHash = outcome->vote.effectiveHash;
        Result<> written = writer.saveSeat(d->ownSeat());
        written = written ? writer.updateDeliveryAttempt(*attempt) : written;
        written = written ? writer.updateRequest(outcome->request) : written;
        written = written ? d->append(writer, facts) : written;
        begun = std::move(*outcome);
        return written;
    });
    return done ? Result<VerifiedOutcome>(std::move(*begun)) : Result<VerifiedOutcome>(done.error());
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
    return m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        const Result<qint64> epoch = heldEpoch(writer, m_seat);
        Result<Request> request = d->existing(writer, id);
        if (!epoch || !request) {
            return epoch ? request.error() : epoch.error();
        }
        if (request->state.delivery == Delivery::Acknowledged) {
            return {};
        }
        return d->endAttempt(writer, *request, RequestEvent::Acknowledge, u"delivery.acknowledged"_s, u"acknowledged"_s,
                             {});
    });
}

Result<> Engine::loseDelivery(const RequestId &id, const QString &whatToCheck)
{
    return m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        const Result<qint64> epoch = heldEpoch(writer, m_seat);
        Result<Request> request = d->existing(writer, id);
        if (!epoch || !request) {
            return epoch ? request.error() : epoch.error();
        }
        return d->endAttempt(writer, *request, RequestEvent::LoseContact, u"delivery.unknown"_s, u"unknown"_s,
                             whatToCheck);
    });
}

Result<> Engine::giveUpDelivery(const RequestId &id, const QString &why)
{
    return m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        const Result<qint64> epoch = heldEpoch(writer, m_seat);
        Result<Request> request = d->existing(writer, id);
        if (!epoch || !request) {
            return epoch ? request.error() : epoch.error();
        }
        return d->endAttempt(writer, *request, RequestEvent::GiveUp, u"delivery.undeliverable"_s, u"undeliverable"_s,
                             why);
    });
}

Result<> Engine::supersede(const RequestId &id, const QString &note)
{
    return m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        const Result<qint64> epoch = heldEpoch(writer, m_seat);
        Result<Request> request = d->existing(writer, id);
        if (!epoch || !request) {
            return epoch ? request.error() : epoch.error();
        }
        if (request->state.delivery == Delivery::Sending) {
            // Our frame was on its way while somebody else's won: it is unknown first, then settled by theirs.
            if (const Result<> lost = d->endAttempt(writer, *request, RequestEvent::LoseContact, u"delivery.unknown"_s,
                                                    u"unknown"_s, note);
                !lost) {
                return lost;
            }
        }
        if (const Result<> stepped = d->step(*request, RequestEvent::Supersede); !stepped) {
            return stepped;
        }
        if (request->settledSequence > 0) {
            request->settledNote = note; // A released decision has its place in the history already.
        } else if (const Result<> settled = d->settle(writer, *request, note); !settled) {
            return settled;
        }
        Result<> written = writer.updateRequest(*request);
        written = written ? writer.removeTimers(id, u"expire"_s) : written;
        return written ? d->append(writer, d->facts(u"request.superseded"_s, *request, d->seatActor())) : written;
    });
}

} // namespace countersign
