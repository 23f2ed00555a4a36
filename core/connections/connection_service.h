// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/connection_runner.h"
#include "core/connections/conversation.h"
#include "core/connections/credentials.h"
#include "core/connections/mcp/command_consent.h"
#include "core/connections/mcp/oauth_authorization.h"
#include "core/connections/mcp/runner.h"

#include <map>

namespace countersign {

/// All connections of a workspace: adds and removes them, serves them while this process holds the engine lease, and
/// tells how they stand. Everything it gives out is a value. Lives on the thread of the sockets.
class ConnectionService final : public QObject
{
    Q_OBJECT
public:
    struct Parts {
        EngineDoor &door;
        Scheduler &scheduler;
        IdSource &ids;
        QString configFolder;
        SecretStore *secrets = nullptr; ///< Outlives the service. Null: the keychain, or files in the folder.
        /// Puts the sign-in at an MCP server to a person. Empty: nobody can sign in here; kept tokens are used.
        mcp::OAuthAuthorization::OpenBrowser openBrowser{};
    };
    explicit ConnectionService(Parts parts, QObject *parent = nullptr);
    ~ConnectionService() override;

    /// Reads the workspace's connections and serves them for as long as this process holds the lease, which it takes
    /// and renews. started() follows.
    void start();
    void stop();
    /// Something changed in the workspace: decisions may wait to be sent.
    void poke();

    struct NewConnection {
        QString name;
        QString kind = QStringLiteral("cloudflare"); ///< `cloudflare`, `mcp-stdio` or `mcp-http`.
        QUrl url;                                    ///< All but `mcp-stdio`.
        QByteArray profile;                          ///< JSON text; empty: the built-in one.
        std::vector<Secret> secrets;
        mcp::ServerCommand command; ///< `mcp-stdio`: adding it here is this person's consent to start it.
        std::optional<TokenSource> token;
    };
    /// InvalidInput: name, address, profile or secrets cannot be meant. Conflict: the name is taken.
    QFuture<Result<ConnectionStatus>> add(const NewConnection &connection);
    /// Its waiting requests stay, and are superseded by nothing: they can no longer be answered from here.
    QFuture<Result<>> remove(const QString &name);

    /// What a person may change of a connection. What is not set stays.
    struct Update {
        std::optional<QByteArray> profile; ///< JSON text; empty: the built-in one.
        std::optional<SignIn> signIn;      ///< Replaces all of it; for the same server.
        std::optional<QString>
            identity; ///< As ConnectionStatus::offered has it: from now on pinned in place of the old.
    };
    /// The connection is made anew with it, in every process that serves it. InvalidInput. ContentChanged: another
    /// identity is offered by now. NotFound.
    QFuture<Result<>> update(const QString &name, const Update &update);
    /// The kept profile of the connection, JSON text; empty: the built-in one.
    QByteArray profileOf(const QString &name) const;

    std::vector<ConnectionStatus> list() const; ///< By name.
    std::optional<ConnectionStatus> status(const QString &name) const;
    std::vector<LoggedFrame> frames(const QString &name) const; ///< Newest last, secrets masked.
    /// What the agent's state is and what the profile makes of it, for the dialog that shows both.
    struct Extract {
        QByteArray state; ///< JSON text; empty: none yet.
        std::vector<PeerItem> items;
    };
    Extract extract(const QString &name) const;
    /// What \p profile would make of the last state. Sends and files nothing.
    Extract preview(const QString &name, const cloudflare::Profile &profile) const;
    SecretStore &secrets() { return m_secrets; }
    /// The chat so far, as lines for people: `{conversation: [{role, text} …]}`, JSON text.
    QByteArray conversation(const QString &name, int maxMessages) const;
    /// The same as values, at most its last \p maxMessages messages. Empty: no chat, or none is known.
    Conversation chat(const QString &name, size_t maxMessages) const;
    Result<> say(const QString &name, const QString &text);
    /// Does the agent go on by itself once a call of its chat is answered? Kept in the workspace; counts for answers
    /// sent from now on, in every process that serves the connection.
    QFuture<Result<>> setAutoContinue(const QString &name, bool goesOn);
    /// The person serves \p tool of the agent's chat from now on: the profile names it, so that its calls come as
    /// requests. The connection is made anew. InvalidInput: no profile can name it. NotFound.
    QFuture<Result<>> serveTool(const QString &name, const QString &tool);
    void retryNow(const QString &name);
    /// Files a harmless request in the name of the connection, to see how it arrives.
    QFuture<Result<Submitted>> sendTestRequest(const QString &name);

    // MCP servers
    /// Of a server that is open; empty: none, or not known yet.
    std::vector<mcp::ToolInfo> tools(const QString &name) const;
    /// Files a call as a request of this person; it runs once when it was approved, and callChanged() follows.
    QFuture<Result<Submitted>> callTool(const QString &name, const QString &tool, const QByteArray &arguments,
                                        const QString &agentName);
    void cancelCall(const QString &name, const RequestId &call);
    /// The newest one made since this process began.
    std::optional<mcp::ToolCallState> lastCall(const QString &name, const QString &tool) const;
    /// A runner of the MCP server in \p row for the length of one command, which carries out the calls of \p owner
    /// only. It outlives neither the service nor its parts. InvalidInput: it is no MCP server.
    Result<std::unique_ptr<mcp::McpRunner>> makeServerRunner(const ConnectionRow &row, const QString &owner);
    /// This person has read the whole command and lets it be started on this machine from now on. \p command is what
    /// they read: ContentChanged when it is another one now.
    Result<> allowCommand(const QString &name, const mcp::ServerCommand &command);

    bool isServing() const { return m_isServing; }
    /// Nothing is on its way on any connection.
    bool isSettled() const;

Q_SIGNALS:
    void started(); ///< The list is complete.
    void changed(const QString &name);
    void conversationChanged(const QString &name);
    void toolsChanged(const QString &name);
    void callChanged(const QString &name, const countersign::RequestId &call);
    void servingChanged(bool serving);
    void failed(const countersign::Error &why); ///< Reading or keeping the workspace's list.

private:
    struct News {
        qint64 lastSequence = 0;
        bool isEverything = false;
        QSet<QString> connections;
    };
    void renewLease(int run);
    void setServing(bool serving);
    void loadRows();
    void takeRows(const std::vector<ConnectionRow> &rows);
    bool isMadeOf(const ConnectionRow &row) const;
    PeerRunner *makeRunner(const ConnectionRow &row);
    std::unique_ptr<PeerRunner> makeAgentRunner(const ConnectionRow &row, const ConnectionSettings &settings);
    std::shared_ptr<Credentials> credentialsOf(const ConnectionRow &row, const ConnectionSettings &settings);
    QFuture<Result<ConnectionStatus>> keep(const ConnectionRow &row, const NewConnection &connection,
                                           const ConnectionSettings &settings);
    void pin(const QString &id, const QString &agent, const QString &name);
    /// Changes what is kept of the connection \p id. NotFound: it was removed.
    QFuture<Result<>> change(const QString &id, std::function<void(ConnectionSettings &)> apply);
    PeerRunner *find(const QString &name) const;
    ConnectionRunner *findAgent(const QString &name) const; ///< Null also when it is no Cloudflare agent.
    mcp::McpRunner *findServer(const QString &name) const;  ///< Null also when it is no MCP server.

    Parts m_parts;
    std::unique_ptr<SecretStore> m_ownSecrets;
    SecretStore &m_secrets;
    mcp::CommandConsents m_consents;
    QHash<QString, QByteArray> m_made; ///< By name: of what settings the runner was made.
    QString m_clientId;                ///< One for this process: two live sockets with one id confuse servers.
    std::map<QString, std::unique_ptr<PeerRunner>> m_runners; ///< By name.
    bool m_isServing = false;
    bool m_isLoaded = false;
    bool m_willReload = false;
    bool m_isAsking = false;
    bool m_asksAgain = false;
    qint64 m_lastSequence = 0; ///< Of the change feed.
    int m_run = 0;
};

/// Checks a name and an address before anything is kept.
Result<> checkNewConnection(const ConnectionService::NewConnection &connection);

} // namespace countersign
