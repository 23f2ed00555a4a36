// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/base/digest.h"
#include "core/domain/ids.h"
#include "core/domain/vocabulary.h"

#include <QtCore/QByteArray>

#include <optional>

namespace countersign {

/// What the reviewer had in front of them when voting; signed with the vote.
struct WhatWasShown {
    QString view; ///< Version of the view (`window-1`), or `nothing: command line`.
    int linesSeen = 0;
    int linesTotal = 0;
    std::chrono::milliseconds dwell{0};

    static WhatWasShown nothingOnCommandLine() { return {.view = QStringLiteral("nothing: command line")}; }
    friend bool operator==(const WhatWasShown &, const WhatWasShown &) = default;
};

/// The free text and values of a vote: a content row, so that it can be erased without breaking a proof.
struct VoteContent {
    QString reason;       ///< For the agent and the record.
    QByteArray arguments; ///< ApproveEdited: the arguments as edited, JSON text. Else empty.
    QByteArray answer;    ///< Answer: what is sent back, JSON text. Else empty.
    QByteArray metadata;  ///< JSON object text, or empty.

    friend bool operator==(const VoteContent &, const VoteContent &) = default;
};

/// A signed, append-only vote (MODEL.md section 4). Read from its statement's body.
struct Vote {
    StatementId statement;
    RequestId request;
    int round = 1;
    Digest payloadHash;
    Digest effectiveHash;
    Verdict verdict = Verdict::Reject;
    QString reasonCode; ///< Id of reasonCodes(), or empty.
    WhatWasShown shown;
    ReviewerId reviewer;
    QString reviewerName;
    Digest keyId; ///< Fingerprint of the key that signed.
    Timestamp at;
    ContentId contentId;
    Digest contentCommitment;
    VoteContent content; ///< Empty when erased; contentErased says so.
    bool contentErased = false;

    friend bool operator==(const Vote &, const Vote &) = default;
};

/// The outcome of the votes of one round. With a quorum of one it coincides with the vote.
struct Decision {
    DecisionId id;
    RequestId request;
    int round = 1;
    Verdict verdict = Verdict::Reject;
    StatementId decidingVote; ///< The vote that completed the quorum.
    ReviewerId reviewer;      ///< Who cast it.
    QString reviewerName;
    Digest payloadHash;
    Digest effectiveHash;
    Timestamp decidedAt;
    SeatId seat;                        ///< Owns the staging: only it promotes staged to released.
    std::optional<Timestamp> releaseAt; ///< When the staging ends.
    std::optional<StatementId> release; ///< The reviewer's signed release: without it nobody executes.
    std::optional<Timestamp> releasedAt;
    std::optional<Timestamp> acknowledgedAt;
    bool undone = false;

    friend bool operator==(const Decision &, const Decision &) = default;
};

/// What the agent or the gate reports afterwards.
struct Outcome {
    OutcomeId id;
    RequestId request;
    std::optional<DecisionId> decision;
    std::optional<int> exitCode;
    QString error;     ///< Outside text.
    QByteArray output; ///< JSON text as reported, or empty.
    Digest outputDigest;
    QString note; ///< Ours: "the script changed while it ran".
    Timestamp at;

    friend bool operator==(const Outcome &, const Outcome &) = default;
};

} // namespace countersign
