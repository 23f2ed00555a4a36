// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/engine/engine_types.h"

namespace countersign {

/// One thing at a peer that waits for a person, or did.
struct PeerItem {
    enum class Stand {
        Waits,
        Settled, ///< It no longer waits; \c verdict and \c words say how, as far as the peer shows it.
    };
    QString key; ///< Stable over reconnects and restarts of either side; at most 200 bytes.
    Stand stand = Stand::Waits;
    RoundContent content; ///< What is asked.
    Parent parent;
    QByteArray correlation; ///< What the adapter needs to answer.
    std::optional<std::chrono::milliseconds> expiresIn;

    // Settled only.
    std::optional<Verdict> verdict; ///< Absent: the peer went on without an answer, or does not say.
    QString answer;                 ///< The refusal's text or the answer's JSON as the peer has it; empty: unknown.
                                    ///< Without a verdict: the text that it went on with.
    QString words;                  ///< How it was settled, in our words: "approved", "timed out".

    /// Approved, but not gone on by it yet. It usually does at once; it never does if it was stopped before it could.
    bool isAboutToRun = false;

    bool repliesDirectly = false; ///< An answer gets a reply of its own, by which its fate is known.

    /// Since when this is known to be so: by the clock of the runner, monotonic.
    std::chrono::milliseconds knownAt{0};
};

/// Everything that waits at one peer, as one of its connections shows it.
struct PeerView {
    QString agentName;  ///< The peer's own name.
    int generation = 0; ///< Of the connection.
    std::chrono::milliseconds openedAt{0};
    bool chatIsKnown = false; ///< The transcript was read in this generation, and no turn is on its way. A call that is
                              ///< not in it is gone, or is not stored yet: a later one must lack it too.
    std::chrono::milliseconds chatAskedAt{0}; ///< When the last transcript read was asked for, monotonic.
    std::chrono::milliseconds chatIdleAt{0};  ///< When the agent said last, in this generation, that no turn is on its
                                              ///< way and none will be by itself. Zero: it has not.
    bool stateIsKnown = false; ///< The agent's state was read in this generation: what is not in it is gone.
    std::vector<PeerItem> items;
};

/// A released decision that may be sent now: its intent is committed.
struct DeliveryOrder {
    RequestId request;
    QString key;
    Verdict verdict = Verdict::Reject;
    VoteContent content;
    RoundContent round; ///< What was decided on.
    QString reviewer;
    QByteArray correlation;
};

} // namespace countersign
