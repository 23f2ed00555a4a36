// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/peer_view.h"

#include <map>

namespace countersign {

class Engine;

/// Makes requests of what waits at one peer: files it, files it once more when it goes on waiting long after it was
/// settled here, and revises it when its question changes. Used by the Reconciler, where the engine lives.
class PeerIntake
{
public:
    explicit PeerIntake(QString connection)
        : m_connection(std::move(connection))
    {}

    struct Filed {
        bool isNew = false;
        bool isOpen = false; ///< It waits for people for the first time.
        std::optional<std::chrono::milliseconds> lookAgainIn;
    };
    /// \p item waits, and no request about it is live. Usually it is new. \p now is monotonic.
    Result<Filed> file(Engine &engine, const QString &agentName, const PeerItem &item, std::chrono::milliseconds now);
    /// \p request waits here, too: a changed question is its next round, or lets a decision that was not released
    /// lapse.
    Result<> reviseIfChanged(Engine &engine, const QString &agentName, const Request &request, const PeerItem &item);
    /// What was decided on in \p request, with what \p item says now in it: what would be sent.
    Result<RoundContent> contentNow(Engine &engine, const Request &request, const PeerItem &item);
    /// What has \p key does not wait again, or does so with a request of its own.
    void noteSettled(const QString &key) { m_waitsAgainSince.erase(key); }
    /// Only requests that are live are asked about from now on.
    void forgetOthers(const std::vector<Request> &live);

    /// `KEY` of `KEY#2`, under which the same thing was asked again.
    static QString baseKey(const QString &key);

private:
    struct Shown {
        int round = 0;
        RoundContent content;
    };
    Result<Filed> fileAgain(Engine &engine, const QString &agentName, const PeerItem &item, const Request &last,
                            int number, std::chrono::milliseconds now);
    Result<const Shown *> shownOf(Engine &engine, const Request &request);
    Submission submissionOf(const QString &agentName, const PeerItem &item, const QString &key) const;

    QString m_connection;
    std::map<RequestId, Shown> m_shown;
    std::map<QString, std::chrono::milliseconds> m_waitsAgainSince; ///< Settled here, yet waiting there; by key.
};

} // namespace countersign
