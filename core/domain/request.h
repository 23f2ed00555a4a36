// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/base/digest.h"
#include "core/base/json_value.h"
#include "core/domain/ids.h"
#include "core/domain/request_state.h"
#include "core/domain/vocabulary.h"

#include <QtCore/QStringList>

#include <optional>
#include <vector>

namespace countersign {

/// A file that belongs to a request. The bytes lie in the blob folder under their hash.
struct EvidenceItem {
    QString name; ///< As the agent called it: outside text.
    QString mediaType;
    qint64 size = 0; ///< Bytes.
    Digest sha256;

    friend bool operator==(const EvidenceItem &, const EvidenceItem &) = default;
};

/// What one round asks: everything that came from outside, exactly as it came.
struct RoundContent {
    Pattern pattern = Pattern::ToolApproval;
    QString toolName;
    Digest toolDefinition; ///< Of the tool's definition as the peer gave it; null when it has none.
    QByteArray arguments;  ///< JSON text as received. Empty: no arguments at all.
    QByteArray schema;     ///< JSON Schema text as received. Empty: none.
    QString title;         ///< The agent's own words.
    QString message;       ///< The agent's own words.
    QString url;           ///< Elicitation in URL mode.
    std::vector<EvidenceItem> evidence;
    std::vector<Verdict> allowed;      ///< Answers that the asker can take, in the order of the decision bar.
    std::optional<Tier> requestedTier; ///< A claim of the agent.
    QByteArray annotations;            ///< What else the peer said, JSON text; shown as claims. Empty: none.
    QString unreviewable; ///< Not empty: why this payload cannot be reviewed. It can only be rejected or declined.

    friend bool operator==(const RoundContent &, const RoundContent &) = default;
};

/// The outcome rule that was in force when the round was filed; it never changes for that round.
struct FrozenPolicy {
    QString version; ///< `builtin-1`, or the id of the signed policy.
    QString trace;   ///< Which rule asked and why, one line for people.
    Tier tier = Tier::Medium;
    int quorum = 1; ///< Distinct reviewers who must agree.

    friend bool operator==(const FrozenPolicy &, const FrozenPolicy &) = default;
};

/// One immutable version of a request.
struct Round {
    RequestId request;
    int number = 1;
    ContentId contentId;
    RoundContent content; ///< Empty when it was erased; contentErased says so.
    bool contentErased = false;
    FrozenPolicy policy;
    std::optional<Timestamp> expiresAt; ///< Absent: waits for ever. Of this round: the payload hash covers it.
    Timestamp createdAt;
    Digest intakeHash;
    Digest payloadHash;

    friend bool operator==(const Round &, const Round &) = default;
};

/// Who asks: a connection and the peer's own name, or for local scripts the OS user and `--agent NAME`.
struct Principal {
    PrincipalId id;
    QString name;       ///< Outside text.
    QString connection; ///< `local` for scripts on this machine.
    QString osUser;
    std::optional<ReviewerId> owner;
    Timestamp createdAt;

    friend bool operator==(const Principal &, const Principal &) = default;
};

/// Where a request hangs in something larger. All optional.
struct Parent {
    QString workflowInstance;
    QString workflowStep;
    QString parentCall;
    QString batch;

    friend bool operator==(const Parent &, const Parent &) = default;
};

/// One thing that somebody wants to do. The row changes only by the engine; rounds never do.
struct Request {
    RequestId id;
    int revision = 1; ///< Grows by one per stored change; compare-and-set.
    PrincipalId principal;
    QString agentName;  ///< Of the principal, for lists: outside text.
    QString connection; ///< Of the principal.
    Pattern pattern = Pattern::ToolApproval;
    QString toolName;   ///< Outside text.
    QString summary;    ///< Ours: "Pay 4200.00 EUR to …" (MODEL.md section 8), already visible text.
    QString agentTitle; ///< Outside text.
    Tier tier = Tier::Medium;
    int quorum = 1;
    QString idempotencyKey;
    QByteArray correlation; ///< Opaque to core: what the connection needs to answer.
    Parent parent;
    int round = 1;
    RequestState state;
    Timestamp createdAt;
    std::optional<Timestamp> expiresAt;
    // Attention
    std::optional<ReviewerId> claimedBy;
    QString claimedByName;
    std::optional<Timestamp> claimedUntil;
    std::optional<Timestamp> deferredUntil;
    std::optional<ReviewerId> delegatedTo;
    // Decision
    std::optional<DecisionId> decision;
    std::optional<Verdict> verdict;     ///< Of the decision, for lists.
    std::optional<Timestamp> settledAt; ///< Decided, expired, withdrawn or superseded.
    qint64 settledSequence = 0;         ///< Position among settled requests: the history pages by it. 0 while open.
    QString settledNote;                ///< For withdrawn and superseded: who or what, in our words.

    bool isOpen() const { return state.isOpen(); }
    bool isClaimedAt(Timestamp now) const { return claimedBy && claimedUntil && *claimedUntil > now; }
    QString status(Timestamp now) const { return statusWord(state, isClaimedAt(now), verdict); }
    friend bool operator==(const Request &, const Request &) = default;
};

} // namespace countersign
