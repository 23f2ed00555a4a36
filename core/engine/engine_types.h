// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/audit/reviewer_directory.h"
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

    const Round &round() const { return rounds.back(); }
};
Result<RequestDetail> loadDetail(StoreReader &store, const RequestId &id);

/// A released outcome whose signatures were checked up the chain to the pinned administrator.
struct VerifiedOutcome {
    Request request;
    Round round;
    Decision decision;
    Vote vote;
    QString releaseToken;
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
