// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/engine_door.h"
#include "core/connections/mcp/client_requests.h"
#include "core/connections/mcp/http_authorization.h"
#include "core/connections/mcp/tool_desk.h"
#include "core/connections/peer_runner.h"
#include "core/connections/reconnect_delay.h"

namespace countersign::mcp {

/// One MCP server as a connection: kept open, its tools listed, its questions filed as requests, and the calls that
/// people make by hand carried out once each when they were approved. Lives on the thread of the sockets.
class McpRunner final : public PeerRunner
{
    Q_OBJECT
public:
    /// How a server is reached.
    struct Way {
        std::unique_ptr<HttpAuthorization> authorization; ///< Null: not over HTTP.
        std::unique_ptr<ClientTransport> transport;
    };
    struct Parts {
        EngineDoor &door;
        Scheduler &scheduler;
        IdSource &ids;
        std::function<Result<Way>()> way; ///< A new one for each try. Called on this thread.
        /// Null: nothing is started here.
        std::function<bool()> isCommandAllowed;
        QString owner = serviceOwner; ///< Whose calls are carried out here.
        QString osUser;
    };
    McpRunner(Parts parts, const ConnectionStatus &status, Timestamp createdAt, QObject *parent = nullptr);
    ~McpRunner() override;

    void start() override;
    void stop() override;
    void retryNow() override;
    void poke() override;
    bool isSettled() const override;
    QString agentName() const override { return m_status.name; }

    const std::vector<ToolInfo> &tools() const { return m_tools; }
    bool toolsAreKnown() const { return m_toolsAreKnown; }
    /// Files the call; policies or a person decide, then it runs. Not before the tools are known: WrongState.
    QFuture<Result<Submitted>> call(const QString &tool, const QByteArray &arguments, const QString &agentName);
    /// The same without following it, for an engine on this thread.
    Result<Submitted> file(const QString &tool, const QByteArray &arguments, const QString &agentName);
    /// What waits is taken back; what runs is cancelled, and whether it was done is then not known.
    void cancel(const RequestId &call);
    /// The newest call of \p tool; absent: none since this process began.
    std::optional<ToolCallState> lastCall(const QString &tool) const;
    std::optional<ToolCallState> callState(const RequestId &call) const;

Q_SIGNALS:
    void toolsChanged();
    void callChanged(const countersign::RequestId &call);

private:
    struct Call {
        ToolCallState state;
        QString agentName;
        Client::CallId running = 0;
    };
    void connectNow();
    void sayItWaits(int run);
    void dropClient();
    void becomeReady();
    void lose(const Error &why);
    void listTools();
    void takeTools(const Result<std::vector<ServerTool>> &tools);
    void listLater(const QString &trouble);
    bool isAsApproved(const ToolDesk::Started &started) const;
    void look();
    void take(const ToolDesk::News &news);
    void run(const ToolDesk::Started &started);
    void end(const RequestId &id, const CallEnd &how);
    using Recording = std::function<Result<>(ToolDesk &desk, Engine &engine)>;
    void record(const RequestId &id, const Recording &how, int tries = 1);
    void change(const RequestId &id, const std::function<void(ToolCallState &)> &edit);
    void forgetOldCalls();
    QuestionSource source() const;
    void setPhase(ConnectionStatus::Phase phase, const QString &words);

    Parts m_parts;
    ReconnectDelay m_delay;
    std::shared_ptr<ToolDesk> m_desk; ///< Shared with jobs on their way: they run where the engine lives.
    Way m_way;
    std::unique_ptr<ClientRequests> m_questions;
    std::unique_ptr<Client> m_client;
    std::vector<ToolInfo> m_tools;
    std::map<RequestId, Call> m_calls;
    std::chrono::milliseconds m_readyAt{0};
    QString m_obstacle; ///< Why an approved call cannot be started now; empty: nothing is in its way.
    int m_run = 0;      ///< Of the connection: late answers of an older one are dropped.
    int m_listing = 0;  ///< What an older listing says does not count.
    int m_recording = 0;
    bool m_isOn = false;
    bool m_toolsAreKnown = false; ///< Of this connection, as it last said: nothing is sent before.
    bool m_isLooking = false;
    bool m_looksAgain = false;
};

} // namespace countersign::mcp
