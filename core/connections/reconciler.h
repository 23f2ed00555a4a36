// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/peer_intake.h"

#include <map>

namespace countersign {

class Engine;

/// Brings the requests of one connection and what its peer shows into agreement: files what waits, closes what was
/// settled elsewhere, releases decisions for sending exactly once, and learns from the peer what became of them. All
/// rules of delivery stand here. Used where the engine lives, by one thread at a time; holds no sockets.
class Reconciler
{
public:
    explicit Reconciler(QString connection)
        : m_connection(connection)
        , m_intake(std::move(connection))
    {}

    struct Outcome {
        std::vector<DeliveryOrder> toSend; ///< In order. Their intents are committed: send now, or they are unknown.
        std::optional<std::chrono::milliseconds> lookAgainIn;
        bool wantsFreshTranscript = false; ///< Before it can go on, the peer must be asked.
        int filed = 0;
        int open = 0;         ///< Requests of this connection that wait for people, or for the release of a decision.
        QStringList troubles; ///< Sentences for people: what could not be done.
    };
    /// For the holder of the engine lease. \p now is monotonic.
    Result<Outcome> reconcile(Engine &engine, const PeerView &view, Timestamp wallNow, std::chrono::milliseconds now);

    /// The peer's direct reply to a decision that was sent.
    Result<> peerAccepted(Engine &engine, const RequestId &id);
    Result<> peerRefused(Engine &engine, const RequestId &id, const QString &itsWords);
    /// The reply never came; \p why is one sentence.
    Result<> replyLost(Engine &engine, const RequestId &id, const QString &why);
    /// It was never given to the network.
    Result<> notSent(Engine &engine, const RequestId &id, const QString &why);

private:
    struct Flight {
        int generation = 0;
        std::chrono::milliseconds sentAt{0};
        int tries = 0;
        bool repliesDirectly = false;
        bool refused = false;
        bool isAccepted = false; ///< Only the record of it is missing.
        bool isOverdue = false;  ///< It may still be carried out: not repeated on the same connection.
        QString refusal;
    };
    struct Absence {
        int generation = -1; ///< Of the connection that shows it.
        std::chrono::milliseconds since{0};
    };
    struct Pass; ///< One run of reconcile().

    template<typename List, typename Handle, typename Note>
    void shareCommits(Pass &pass, const List &list, Handle handle, Note note);
    Result<> file(Pass &pass, const PeerItem &item);
    Result<> handleWaiting(Pass &pass, const Request &request, const PeerItem &item);
    Result<> handleSettled(Pass &pass, const Request &request, const PeerItem &item);
    Result<> handleGone(Pass &pass, const Request &request);
    bool isGoneForGood(Pass &pass, const Request &request);
    Result<> start(Pass &pass, const Request &request, const PeerItem &item);
    Result<> repeatIfSafe(Pass &pass, const Request &request, const PeerItem &item);
    Result<> sendAgain(Pass &pass, const Request &request, const PeerItem &item, int tries);
    Result<> goOnIfStopped(Pass &pass, const Request &request, const PeerItem &item);
    void order(Pass &pass, const VerifiedOutcome &outcome, const PeerItem &item, int tries);
    Flight *flightOf(const RequestId &id);
    bool isAccepted(const RequestId &id);
    Result<> confirm(Engine &engine, const RequestId &id);
    Result<> landed(Engine &engine, const RequestId &id, Result<> kept);

    QString m_connection;
    PeerIntake m_intake;
    std::map<RequestId, Flight> m_flights;
    std::map<RequestId, Absence> m_absences;    ///< Calls that a transcript lacks, until a later one lacks them too.
    std::map<RequestId, QString> m_refusedHere; ///< Does not verify: said once, not tried again and again.
};

} // namespace countersign
