// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/signature.h"
#include "core/domain/audit_records.h"
#include "core/domain/decision.h"
#include "core/domain/reviewer.h"

namespace countersign {

/// Signed bodies (MODEL.md sections 2 and 4). Each kind has an encoder that makes the canonical body, and a decoder
/// that refuses a body whose kind, version or members are not exactly as written here. Decoders do not check
/// signatures: verifyStatement() does.

/// The reviewer lets a decision go to the agent. Executors demand it.
struct ReleaseBody {
    WorkspaceId workspace;
    RequestId request;
    DecisionId decision;
    StatementId vote; ///< The deciding vote.
    Digest effectiveHash;
    QString token; ///< Single use: consumed in the same transaction as "started".
    ReviewerId reviewer;
    Timestamp at;

    friend bool operator==(const ReleaseBody &, const ReleaseBody &) = default;
};

/// The reviewer takes a staged or held decision back.
struct UndoBody {
    WorkspaceId workspace;
    RequestId request;
    StatementId vote;
    ReviewerId reviewer;
    Timestamp at;

    friend bool operator==(const UndoBody &, const UndoBody &) = default;
};

/// A reviewer joins. The first of a workspace is signed by its own key, which is pinned outside the database; every
/// other by an administrator.
struct EnrolBody {
    WorkspaceId workspace;
    ReviewerId reviewer;
    QString name;
    QStringList groups;
    PublicKey key;
    bool administrator = false;
    PublicKey recoveryKey; ///< Of the first administrator: may sign one rotation. Null otherwise.
    Timestamp at;

    friend bool operator==(const EnrolBody &, const EnrolBody &) = default;
};

struct DisableBody {
    WorkspaceId workspace;
    ReviewerId reviewer;
    Timestamp at;

    friend bool operator==(const DisableBody &, const DisableBody &) = default;
};

/// A reviewer's key is replaced: signed by the old key, by an administrator, or by the recovery key.
struct RotateBody {
    WorkspaceId workspace;
    ReviewerId reviewer;
    PublicKey newKey;
    Timestamp at;

    friend bool operator==(const RotateBody &, const RotateBody &) = default;
};

/// A policy becomes the active one: signed by an administrator.
struct PolicyBody {
    WorkspaceId workspace;
    QString version;
    Digest policyHash; ///< SHA-256 of the policy's JSON text.
    Timestamp at;

    friend bool operator==(const PolicyBody &, const PolicyBody &) = default;
};

/// The vote's facts without its content; Vote::content stands in a content row named by the commitment.
QByteArray encodeVote(const WorkspaceId &workspace, const Vote &vote);
Result<Vote> decodeVote(const WorkspaceId &workspace, const Statement &statement);
QByteArray encodeBody(const ReleaseBody &body);
QByteArray encodeBody(const UndoBody &body);
QByteArray encodeBody(const EnrolBody &body);
QByteArray encodeBody(const DisableBody &body);
QByteArray encodeBody(const RotateBody &body);
QByteArray encodeBody(const PolicyBody &body);
Result<ReleaseBody> decodeRelease(QByteArrayView body);
Result<UndoBody> decodeUndo(QByteArrayView body);
Result<EnrolBody> decodeEnrol(QByteArrayView body);
Result<DisableBody> decodeDisable(QByteArrayView body);
Result<RotateBody> decodeRotate(QByteArrayView body);
Result<PolicyBody> decodePolicy(QByteArrayView body);

/// Signs \p body as a statement of \p kind.
Statement signStatement(StatementId id, const QString &kind, const QString &subject, QByteArray body,
                        const SigningKey &key);
/// Is \p statement signed by \p key over its body under its kind?
bool verifyStatement(const Statement &statement, const PublicKey &key);

} // namespace countersign
