// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/cloudflare/chat_adapter.h"
#include "core/connections/cloudflare/session.h"
#include "core/connections/cloudflare/state_adapter.h"
#include "core/connections/cloudflare/transcript_source.h"
#include "core/connections/connection_settings.h"
#include "core/connections/engine_door.h"
#include "core/connections/peer_runner.h"
#include "core/connections/reconciler.h"

#include <QtCore/QSet>

namespace countersign {

/// One connection at work: what the agent shows goes to the engine, what people decided goes to the agent. Lives on the
/// thread of the sockets.
class ConnectionRunner final : public PeerRunner
{
    Q_OBJECT
public:
    struct Parts {
        EngineDoor &door;
        Scheduler &scheduler;
        IdSource &ids;
        std::unique_ptr<Transport> transport;
        std::unique_ptr<TranscriptSource> transcripts;
        cloudflare::CloudflareSession::EndpointSource endpoint;
    };
    /// So long a call has to have no output before it is called unanswered: others may be about to give it.
    static constexpr std::chrono::milliseconds unansweredPatience{5000};

    ConnectionRunner(Parts parts, const ConnectionRow &row, const ConnectionSettings &settings,
                     cloudflare::Profile profile, QObject *parent = nullptr);
    ~ConnectionRunner() override;

    void start() override;
    void stop() override;
    void retryNow() override;
    void poke() override;
    bool isSettled() const override;
    QString agentName() const override { return m_agentName; }

    const cloudflare::ChatTranscript &transcript() const { return m_chat.transcript(); }
    const std::optional<JsonValue> &agentState() const { return m_state.state(); }
    /// The same as text for people, written once for each state. Empty: none.
    const QByteArray &agentStateText() const;
    PeerView view() const;
    /// Who answered instead of the pinned agent, and was refused.
    const std::optional<cloudflare::Identity> &offered() const { return m_offered; }
    const ConnectionSettings &settings() const { return m_settings; }
    /// Does the chat go on by itself once a call is answered? Counts for answers sent from now on.
    void setAutoContinue(bool goesOn);
    /// Says something to the agent as the user of its chat.
    Result<> say(const QString &text);

Q_SIGNALS:
    void conversationChanged();
    void identityLearned(const QString &agent, const QString &name);

private:
    void becomeOpen();
    void take(const cloudflare::ServerMessage &message);
    void takeIdentity(const cloudflare::Identity &identity);
    void resume(const cloudflare::ServerMessage &message);
    void end(const Ending &ending, qint64 retryInMs);
    void fetchTranscript();
    void fetchTranscriptWhenCalm();
    void stopFetching();
    void readTranscript(const QByteArray &json);
    using ReadTranscript = Result<std::vector<cloudflare::ChatMessage>>;
    void takeTranscript(const ReadTranscript &messages);
    void missTranscript(TranscriptSource::Failure failure, const QString &words);
    void watchUnanswered();
    void reconcile();
    void apply(const Result<Reconciler::Outcome> &outcome);
    void deliver(const DeliveryOrder &order, int generation);
    void call(const DeliveryOrder &order, const cloudflare::RpcRequest &request);
    void report(const RequestId &id, std::function<Result<>(Reconciler &, Engine &)> work);
    void setPhase(ConnectionStatus::Phase phase, const QString &words);

    EngineDoor &m_door;
    Scheduler &m_scheduler;
    std::unique_ptr<TranscriptSource> m_transcripts;
    cloudflare::CloudflareSession::EndpointSource m_endpoint;
    cloudflare::CloudflareSession m_session;
    cloudflare::ChatAdapter m_chat;
    cloudflare::StateAdapter m_state;
    std::shared_ptr<Reconciler> m_reconciler; ///< Shared with jobs on their way: they run where the engine lives.
    ConnectionSettings m_settings;
    QString m_agentName;
    mutable std::optional<QByteArray> m_stateText; ///< Absent: the state is another one since.
    QSet<QString> m_acknowledgedStreams;           ///< Of this connection: an offer may come twice.
    std::chrono::milliseconds m_askedAt{0};
    bool m_isFetching = false;
    int m_fetch = 0; ///< What is read of an earlier one is dropped.
    bool m_isReconciling = false;
    bool m_isDirty = false;
    struct Open {
        UnansweredCall call;
        std::chrono::milliseconds seenAt{0}; ///< Monotonic.
    };
    std::vector<Open> m_openCalls; ///< Without an output, be it only for a moment.
    bool m_willLookAtCalls = false;
    std::optional<cloudflare::Identity> m_offered;
    std::optional<std::chrono::milliseconds> m_lookAgainAt;
    int m_fetchFailures = 0;
};

} // namespace countersign
