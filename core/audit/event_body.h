// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"
#include "core/base/result.h"
#include "core/domain/audit_records.h"
#include "core/domain/request.h"

#include <vector>

namespace countersign {

/// Who caused an event.
struct Actor {
    QString type; ///< `reviewer`, `principal`, `seat` (a timer of that process), `policy`.
    QString id;
    Digest key; ///< Fingerprint of the reviewer's key; null for others.

    friend bool operator==(const Actor &, const Actor &) = default;
};

/// An id and the hash by which the log holds on to the row: a statement by Statement::digest(), a content row by its
/// commitment.
struct HeldRow {
    QString id;
    Digest digest;

    friend bool operator==(const HeldRow &, const HeldRow &) = default;
};

/// The mutable part of a request after the event, so that the tables can be proved from the log.
struct RequestFacts {
    int revision = 1;
    int round = 1;
    RequestState state;
    QString decision; ///< Id, or empty.

    static RequestFacts of(const Request &request);
    friend bool operator==(const RequestFacts &, const RequestFacts &) = default;
};

/// The facts of one event (MODEL.md section 5): ids and hashes, never payloads or free text.
struct EventFacts {
    WorkspaceId workspace;
    EventId id;
    QString kind; ///< One of eventKinds().
    Timestamp at;
    std::chrono::milliseconds monotonic{0};
    Actor actor;
    SeatId seat;
    QString subject; ///< Request or reviewer id, or empty.
    std::optional<RequestFacts> request;
    Digest intakeHash; ///< Null when the event does not speak of it; so the next two.
    Digest payloadHash;
    Digest effectiveHash;
    std::vector<HeldRow> statements;
    std::vector<HeldRow> contents;
    JsonValue more; ///< Object with further facts of this kind (claimUntil, epoch, token hash, exit code, …), or null.

    friend bool operator==(const EventFacts &, const EventFacts &) = default;
};

/// Every kind that exists, so that the verifier refuses others: `workspace.created`, `request.filed`,
/// `request.revised`, `request.claimed`, `request.claim-released`, `request.deferred`, `request.delegated`,
/// `request.expired`, `request.withdrawn`, `request.superseded`, `vote.cast`, `decision.undone`, `decision.held`,
/// `decision.released`, `decision.automatic`, `delivery.started`, `delivery.acknowledged`, `delivery.unknown`,
/// `delivery.undeliverable`, `outcome.reported`, `reviewer.enrolled`, `reviewer.disabled`, `reviewer.rotated`,
/// `policy.applied`, `content.erased`, `clock.stepped`, `lease.taken`, `feedback.given`.
const QStringList &eventKinds();

/// Canonical JSON, version 1. Absent members are left out.
QByteArray encodeEvent(const EventFacts &facts);
/// Refuses unknown versions, kinds and members (Malformed).
Result<EventFacts> decodeEvent(QByteArrayView body);
AuditEvent toAuditEvent(const EventFacts &facts);

} // namespace countersign
