// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/audit/held_rows.h"

#include <vector>

namespace countersign {

/// A row's time and that of its entry are read one after the other while the transaction is prepared, so that they may
/// differ by what that takes.
bool sameMoment(Timestamp row, Timestamp entry);

/// What the log says of one decision after it was made.
struct MadeDecision {
    QString id;
    bool undone = false;
    QString release; ///< Id of the release's statement; so far, empty.
    QString token;   ///< Of the release.
    std::optional<Timestamp> releasedAt;
    std::optional<Timestamp> acknowledgedAt;
    int attempts = 0; ///< That were begun.
};

/// A vote of the current round that was not taken back.
struct CountedVote {
    StatementId statement;
    ReviewerId reviewer;
    Digest effectiveHash;
};

/// One request as the entries tell it: what its rows must say when the log ends here.
struct RequestTrack {
    RequestFacts facts;
    qint64 sequence = 0; ///< Of the entry with these facts.
    std::vector<MadeDecision> decisions;
    std::vector<CountedVote> votes;
    QString principal;
    Timestamp filedAt;
    QString claimedBy;
    QString claimedByName;
    QString claimedUntil; ///< RFC 3339, as the entry has it; so the next.
    QString deferredUntil;
    QString delegatedTo;
    std::optional<Timestamp> settledAt;
    std::optional<Verdict> expected; ///< The policy decides so itself, and the next entry must say it.

    /// Takes \p entry in, after its statements and contents were checked.
    void follow(const AuditEntry &entry, const HeldRows &held, const ReviewerDirectory &directory);
    /// Null: the log made no such decision.
    MadeDecision *decision(const QString &id);

private:
    void followAttention(const EventFacts &entry, const ReviewerDirectory &directory);
    void followSettling(const EventFacts &entry);
    void followDelivery(const EventFacts &entry, const HeldRows &held);
    void endClaim();
};

} // namespace countersign
