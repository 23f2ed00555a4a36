// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/audit/reviewer_directory.h"
#include "core/domain/policy.h"
#include "core/store/store.h"

namespace countersign {

/// What somebody asks for, before it is a request.
struct Submission {
    QString agentName; ///< The peer's own name: outside text, at most 256 bytes.
    QString connection = QStringLiteral("local");
    QString osUser;
    RoundContent content;
    QString idempotencyKey; ///< Empty: every call is a new request.
    QByteArray correlation;
    Parent parent;
    std::optional<std::chrono::milliseconds> expiresIn; ///< From now; absent: waits for ever.
};

struct Submitted {
    RequestId id;
    int round = 1;
    bool existed = false; ///< The same (principal, key) with the same content was there already.
};

enum class Staging {
    ReleaseAtOnce, ///< The command line.
    Stage,         ///< Seconds by tier, and Undo until then.
};

/// A reviewer's answer on exactly one payload.
struct DecideOrder {
    RequestId request;
    std::optional<int> revision; ///< The one on screen; absent on the command line, where the payload hash alone binds.
    Digest payloadHash;          ///< What was shown.
    Verdict verdict = Verdict::Reject;
    QString reasonCode;
    VoteContent content;
    WhatWasShown shown;
    Staging staging = Staging::Stage;
    bool fromCommandLine = false;
};

struct Decided {
    Request request;
    std::optional<Decision> decision; ///< Absent while the quorum is not reached, and for a wish for changes.
};

/// A reviewer whose key is at hand.
struct UnlockedReviewer {
    Reviewer reviewer;
    SigningKey key;
};

/// Everything about one request, for the detail view, `show` and `await`.
struct RequestDetail {
    WorkspaceId workspace;
    Request request;
    Principal principal;
    std::vector<Round> rounds;        ///< Oldest first; the last is the current one.
    std::vector<Vote> votes;          ///< Of all rounds, oldest first, with content.
    std::optional<Decision> decision; ///< The one that stands.
    std::vector<Outcome> outcomes;
    std::vector<DeliveryAttempt> attempts;
    std::vector<StoreReader::SealedEvent> timeline;
    QString settledReason; ///< Why the asker withdrew it: outside text.
    QString problem;       ///< Not empty: the stored round contradicts its hash; nobody may decide on it.
    std::optional<ToolPolicy> toolPolicy; ///< What the round's policy says about its tool.
    QString policyReason;                 ///< Of a decision by the policy: what the agent was told.

    const Round &round() const { return rounds.back(); }
};
Result<RequestDetail> loadDetail(StoreReader &store, const RequestId &id);

/// A released outcome whose signatures were checked up the chain to the pinned administrator. A decision by the policy
/// has its signature and no reviewer's: \c vote then holds verdict, hashes and words, and no statement.
struct VerifiedOutcome {
    Request request;
    Round round;
    Decision decision;
    Vote vote;
    QString releaseToken;
    QString policyVersion; ///< Not empty: the policy of that version decided.
};

/// A policy of the workspace, as far as it can be trusted.
struct PolicyRecord {
    QString version; ///< `policy-3`.
    Policy policy;   ///< Empty when it cannot be read.
    QString appliedBy;
    Timestamp appliedAt;
    bool active = false;
    QString problem; ///< Not empty: why it does not count.
};

/// The first administrator of a workspace and what is shown once.
struct FirstAdministrator {
    Reviewer reviewer;
    QString recoveryCode; ///< Groups of letters and digits; shown once, never stored.
};

/// A reviewer window is open on the workspace, as far as presence rows tell.
struct SeatPresence {
    int windows = 0;
    int servers = 0;
};

} // namespace countersign
