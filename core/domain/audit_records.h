// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/base/digest.h"
#include "core/domain/ids.h"

#include <QtCore/QByteArray>
#include <QtCore/QString>

#include <optional>

namespace countersign {

/// Free text and payloads, apart from the events that speak of them. Deleting the row erases it without breaking a
/// proof.
struct ContentRow {
    ContentId id;
    QString kind;    ///< `round`, `vote`, `outcome`, `policy`, `note`.
    QByteArray salt; ///< 32 random bytes.
    QByteArray body; ///< Canonical JSON.

    /// SHA-256(salt ‖ body): what events and votes hold.
    Digest commitment() const { return sha256({salt, body}); }
    friend bool operator==(const ContentRow &, const ContentRow &) = default;
};

/// A signed body: vote, release, undo, enrolment, disabling, rotation, policy. Never updated, never deleted.
struct Statement {
    StatementId id;
    QString kind;         ///< `vote`, `release`, `undo`, `enrol`, `disable`, `rotate`, `policy`.
    QString subject;      ///< The request, reviewer or policy it speaks of.
    QByteArray body;      ///< Canonical JSON; contains kind and subject again, and these are what counts.
    Digest keyId;         ///< Fingerprint of the signing key.
    QByteArray signature; ///< Ed25519 over the body with the domain `countersign/statement/KIND`.
    std::optional<ContentId> content;

    /// SHA-256 over body and signature: how events name a statement.
    Digest digest() const { return sha256({body, signature}); }
    friend bool operator==(const Statement &, const Statement &) = default;
};

/// One fact of the log, as stored: the body is what is hashed, everything else repeats it for queries.
struct AuditEvent {
    EventId id;
    QString kind;
    QString subject; ///< Request or reviewer id, or empty.
    Timestamp at;
    QByteArray body; ///< Canonical JSON, facts only.

    friend bool operator==(const AuditEvent &, const AuditEvent &) = default;
};

/// Position and chaining of an event. Nothing signed refers to it.
struct Seal {
    qint64 sequence = 0; ///< From 1, without gaps.
    EventId event;
    Digest leafHash;     ///< SHA-256(0x00 ‖ body) (RFC 9162 section 2.1.1).
    Digest previousHash; ///< sealHash of the one before; null for the first.
    Digest sealHash; ///< SHA-256("countersign/seal" ‖ 0x00 ‖ sequence as 8 bytes big-endian ‖ previousHash ‖ leafHash).

    friend bool operator==(const Seal &, const Seal &) = default;
};
Digest leafHashOf(QByteArrayView eventBody);
Digest sealHashOf(qint64 sequence, const Digest &previous, const Digest &leaf);

} // namespace countersign
