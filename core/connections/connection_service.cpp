// SPDX-License-Identifier: Apache-2.0
#include "core/connections/connection_service.h"

#include "core/base/log.h"
#include "core/connections/mcp/credential_headers.h"
#include "core/connections/mcp/http_transport.h"
#include "core/connections/mcp/stdio_transport.h"
#include "core/connections/off_status.h"
#include "core/connections/ready_future.h"
#include "core/connections/signed_in_transport.h"
#include "core/connections/web_socket_transport.h"

#include <QtCore/QUuid>

namespace countersign {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace cloudflare;

namespace {

constexpr auto leaseRenewal = 5000ms;
constexpr auto leaseRetry = 1000ms;
constexpr auto rowsRest = 300ms; ///< Connections that other processes add are looked for at most so often.
constexpr size_t mostConnections = 200;

template<typename T>
QFuture<Result<T>> ready(Result<T> result)
{
    return readyFuture(std::move(result));
}

/// What makes a runner the one it is: what it learns and what can be changed while it works left out.
QByteArray makingOf(ConnectionSettings settings)
{
    settings.pinnedAgent.clear();
    settings.pinnedName.clear();
    settings.autoContinue.reset();
    return encodeSettings(settings);
}

bool isServerKind(const QString &kind)
{
    return kind == "mcp-stdio"_L1 || kind == "mcp-http"_L1;
}

bool isKnownKind(const QString &kind)
{
    return kind == "cloudflare"_L1 || isServerKind(kind);
}

QString userName()
{
    const QString name = qEnvironmentVariable("USER");
    return name.isEmpty() ? qEnvironmentVariable("LOGNAME") : name;
}

} // namespace

ConnectionService::ConnectionService(Parts parts, QObject *parent)
    : QObject(parent)
    , m_parts(std::move(parts))
    , m_ownSecrets(m_parts.secrets ? nullptr : makeSecretStore(m_parts.configFolder))
    , m_secrets(m_parts.secrets ? *m_parts.secrets : *m_ownSecrets)
    , m_consents(m_parts.configFolder)
    , m_clientId(QUuid::createUuid().toString(QUuid::WithoutBraces))
{}

ConnectionService::~ConnectionService() = default;

void ConnectionService::start()
{
    ++m_run;
    loadRows();
    renewLease(m_run);
}

void ConnectionService::stop()
{
    ++m_run;
    setServing(false);
}

void ConnectionService::renewLease(int run)
{
    whenDone(m_parts.door.run([](Engine &engine) { return engine.holdLease(); }), this,
             [this, run](const Result<bool> &held) {
                 if (run != m_run) {
                     return;
                 }
                 // A busy database does not take the lease away; the time limit does, and every commit checks it.
                 if (held) {
                     setServing(*held);
                 }
                 m_parts.scheduler.after(held && *held ? leaseRenewal : leaseRetry, this, [this, run] {
                     if (run == m_run) {
                         renewLease(run);
                     }
                 });
             });
}

void ConnectionService::setServing(bool serving)
{
    if (serving == m_isServing) {
        return;
    }
    m_isServing = serving;
    for (const auto &[name, runner] : m_runners) {
        serving ? runner->start() : runner->stop();
    }
    Q_EMIT servingChanged(serving);
}

void ConnectionService::loadRows()
{
    whenDone(m_parts.door.run([](Engine &engine) { return engine.store().connections(); }), this,
             [this](const Result<std::vector<ConnectionRow>> &rows) {
                 if (rows) {
                     takeRows(*rows);
                 } else {
                     Q_EMIT failed(rows.error());
                 }
                 if (!std::exchange(m_isLoaded, true)) {
                     Q_EMIT started();
                 }
             });
}

/// Is the runner of that name as \p row says? A pin that only the runner knows is on its way to the row.
bool ConnectionService::isMadeOf(const ConnectionRow &row) const
{
    const Result<ConnectionSettings> settings = decodeSettings(row.settings);
    if (!settings || m_made.value(row.name) != makingOf(*settings)) {
        return !settings; // What cannot be read makes nothing new.
    }
    const ConnectionRunner *agent = findAgent(row.name);
    const bool isPinned = !settings->pinnedAgent.isEmpty() || !settings->pinnedName.isEmpty();
    return !agent || !isPinned ||
           (agent->settings().pinnedAgent == settings->pinnedAgent &&
            agent->settings().pinnedName == settings->pinnedName);
}

/// Other processes add and remove connections, too.
void ConnectionService::takeRows(const std::vector<ConnectionRow> &rows)
{
    for (const ConnectionRow &row : rows) {
        const auto known = m_runners.find(row.name);
        const bool isWanted = !row.removedAt && isKnownKind(row.kind);
        const bool isSame = known != m_runners.end() && known->second->status().id == row.id &&
                            known->second->createdAt() == row.createdAt && isMadeOf(row);
        if (known != m_runners.end() && (!isWanted || !isSame)) {
            m_runners.erase(known);
            Q_EMIT changed(row.name);
        }
        if (auto *agent = isSame && isWanted ? findAgent(row.name) : nullptr) {
            if (const Result<ConnectionSettings> settings = decodeSettings(row.settings);
                settings && settings->autoContinue) {
                agent->setAutoContinue(*settings->autoContinue);
            }
        }
        if (isWanted && !isSame && m_runners.size() < mostConnections) {
            if (PeerRunner *runner = makeRunner(row); runner && m_isServing) {
                runner->start();
            }
            Q_EMIT changed(row.name);
        }
    }
}

PeerRunner *ConnectionService::makeRunner(const ConnectionRow &row)
{
    const Result<ConnectionSettings> settings = decodeSettings(row.settings);
    if (!settings) {
        Q_EMIT failed(settings.error());
        return nullptr;
    }
    std::unique_ptr<PeerRunner> made;
    if (isServerKind(row.kind)) {
        Result<std::unique_ptr<mcp::McpRunner>> server = makeServerRunner(row, mcp::serviceOwner);
        Q_ASSERT(server); // Its settings were read a moment ago.
        connect(server->get(), &mcp::McpRunner::toolsChanged, this,
                [this, name = row.name] { Q_EMIT toolsChanged(name); });
        connect(server->get(), &mcp::McpRunner::callChanged, this,
                [this, name = row.name](const RequestId &call) { Q_EMIT callChanged(name, call); });
        made = *std::move(server);
    } else {
        made = makeAgentRunner(row, *settings);
    }
    if (!made) {
        return nullptr;
    }
    PeerRunner *runner = made.get();
    m_runners.insert_or_assign(row.name, std::move(made));
    m_made.insert(row.name, makingOf(*settings));
    connect(runner, &PeerRunner::changed, this, [this, name = row.name] { Q_EMIT changed(name); });
    return runner;
}

std::shared_ptr<Credentials> ConnectionService::credentialsOf(const ConnectionRow &row,
                                                              const ConnectionSettings &settings)
{
    auto credentials = std::make_shared<Credentials>(&m_secrets, m_parts.scheduler.clock(), row.id, settings);
    connect(credentials.get(), &Credentials::known, this,
            [this, name = row.name](const std::vector<QByteArray> &values) {
                if (PeerRunner *runner = find(name)) {
                    runner->frames().setSecrets(values);
                }
            });
    return credentials;
}

std::unique_ptr<PeerRunner> ConnectionService::makeAgentRunner(const ConnectionRow &row,
                                                               const ConnectionSettings &settings)
{
    Result<Profile> profile =
        settings.profile.isEmpty() ? Result<Profile>(builtinProfile()) : readProfile(settings.profile);
    if (!profile) {
        Q_EMIT failed(profile.error());
        return nullptr;
    }
    const std::shared_ptr<Credentials> credentials = credentialsOf(row, settings);
    ConnectionRunner::Parts parts{
        m_parts.door,
        m_parts.scheduler,
        m_parts.ids,
        std::make_unique<SignedInTransport>(std::make_unique<WebSocketTransport>(m_parts.scheduler), credentials),
        std::make_unique<SignedInTranscripts>(std::make_unique<HttpTranscriptSource>(), credentials),
        [endpoint = endpointOf(settings, m_clientId)]() -> Result<Endpoint> { return endpoint; }};
    auto runner = std::make_unique<ConnectionRunner>(std::move(parts), row, settings, std::move(*profile));
    connect(runner.get(), &ConnectionRunner::conversationChanged, this,
            [this, name = row.name] { Q_EMIT conversationChanged(name); });
    connect(runner.get(), &ConnectionRunner::identityLearned, this,
            [this, id = row.id](const QString &agent, const QString &said) { pin(id, agent, said); });
    return runner;
}

Result<std::unique_ptr<mcp::McpRunner>> ConnectionService::makeServerRunner(const ConnectionRow &row,
                                                                            const QString &owner)
{
    const Result<ConnectionSettings> read = decodeSettings(row.settings);
    if (!read) {
        return read.error();
    }
    if (!isServerKind(row.kind)) {
        return Error{ErrorCode::InvalidInput, u"“%1” is no MCP server: it has no tools."_s.arg(row.name), {}};
    }
    const ConnectionSettings &settings = *read;
    const mcp::ServerCommand command{settings.command, settings.folder};
    const bool isCommand = row.kind == "mcp-stdio"_L1;
    mcp::McpRunner::Parts parts{m_parts.door, m_parts.scheduler, m_parts.ids, {}, {}, owner, userName()};
    if (isCommand) {
        parts.isCommandAllowed = [consents = m_consents, id = row.id, command] {
            return consents.isAllowed(id, command);
        };
        parts.way = [command]() -> Result<mcp::McpRunner::Way> {
            mcp::McpRunner::Way way;
            way.transport =
                std::make_unique<mcp::StdioTransport>(mcp::StdioTransport::Options{command.words, command.folder, {}});
            return way;
        };
    } else {
        // What a person gave goes before a sign-in.
        const bool isGiven = !settings.secretHeaders.isEmpty();
        parts.way = [this, isGiven, url = settings.url,
                     credentials = credentialsOf(row, settings)]() -> Result<mcp::McpRunner::Way> {
            mcp::McpRunner::Way way;
            if (isGiven) {
                way.authorization = std::make_unique<mcp::CredentialHeaders>(credentials);
            } else {
                way.authorization = std::make_unique<mcp::OAuthAuthorization>(
                    mcp::OAuthAuthorization::Parts{m_secrets, m_parts.scheduler.clock(), m_parts.ids,
                                                   m_parts.openBrowser},
                    mcp::OAuthAuthorization::Options());
            }
            way.transport = std::make_unique<mcp::StreamableHttpTransport>(url, *way.authorization, m_parts.scheduler);
            return way;
        };
    }
    auto runner = std::make_unique<mcp::McpRunner>(std::move(parts), offStatus(row, settings), row.createdAt);
    return runner;
}

void ConnectionService::poke()
{
    if (m_isLoaded && !std::exchange(m_willReload, true)) {
        m_parts.scheduler.after(rowsRest, this, [this] {
            m_willReload = false;
            loadRows();
        });
    }
    if (m_isAsking) {
        m_asksAgain = true;
        return;
    }
    m_isAsking = true;
    // Only connections of whose requests something is new: with many of them the last would wait for all others.
    const auto job = [since = m_lastSequence](Engine &engine) -> Result<News> {
        const Result<ChangeSet> changes = engine.store().changesSince(since);
        if (!changes) {
            return changes.error();
        }
        News news{changes->lastSequence, changes->truncated, {}};
        if (changes->truncated) {
            return news;
        }
        for (const RequestId &id : changes->requests) {
            const Result<std::optional<Request>> request = engine.store().request(id);
            if (request && *request) {
                news.connections.insert((*request)->connection);
            }
        }
        return news;
    };
    whenDone(m_parts.door.run(job), this, [this](const Result<News> &news) {
        m_isAsking = false;
        for (const auto &[name, runner] : m_runners) {
            if (!news || news->isEverything || news->connections.contains(name)) {
                runner->poke();
            }
        }
        if (news) {
            m_lastSequence = news->lastSequence;
        }
        if (std::exchange(m_asksAgain, false)) {
            poke();
        }
    });
}

bool ConnectionService::isSettled() const
{
    return m_isLoaded &&
           std::all_of(m_runners.begin(), m_runners.end(), [](const auto &entry) { return entry.second->isSettled(); });
}

PeerRunner *ConnectionService::find(const QString &name) const
{
    const auto found = m_runners.find(name);
    return found == m_runners.end() ? nullptr : found->second.get();
}

ConnectionRunner *ConnectionService::findAgent(const QString &name) const
{
    return qobject_cast<ConnectionRunner *>(find(name));
}

std::vector<ConnectionStatus> ConnectionService::list() const
{
    std::vector<ConnectionStatus> all;
    for (const auto &[name, runner] : m_runners) {
        all.push_back(runner->status());
    }
    return all;
}

std::optional<ConnectionStatus> ConnectionService::status(const QString &name) const
{
    const PeerRunner *runner = find(name);
    return runner ? std::optional(runner->status()) : std::nullopt;
}

std::vector<LoggedFrame> ConnectionService::frames(const QString &name) const
{
    PeerRunner *runner = find(name);
    return runner ? runner->frames().frames() : std::vector<LoggedFrame>();
}

ConnectionService::Extract ConnectionService::extract(const QString &name) const
{
    Extract extract;
    if (const ConnectionRunner *runner = findAgent(name)) {
        extract.state = runner->agentStateText();
        extract.items = runner->view().items;
    }
    return extract;
}

ConnectionService::Extract ConnectionService::preview(const QString &name, const Profile &profile) const
{
    Extract extract;
    const ConnectionRunner *runner = findAgent(name);
    if (runner && runner->agentState()) {
        extract.state = runner->agentStateText();
        StateAdapter adapter(profile.rules);
        adapter.take(StateSent{*runner->agentState()});
        extract.items = adapter.items(m_parts.scheduler.clock().now(), m_parts.scheduler.clock().monotonic());
    }
    return extract;
}

QByteArray ConnectionService::profileOf(const QString &name) const
{
    const ConnectionRunner *runner = findAgent(name);
    return runner ? runner->settings().profile : QByteArray();
}

QByteArray ConnectionService::conversation(const QString &name, int maxMessages) const
{
    const ConnectionRunner *runner = findAgent(name);
    if (!runner || runner->transcript().messages().empty()) {
        return {};
    }
    const ChatTranscript &transcript = runner->transcript();
    const ChatTranscript::Place end{transcript.messages().size() - 1, transcript.messages().back().parts.size()};
    return writeJson(transcript.conversationBefore(end, static_cast<size_t>(qMax(maxMessages, 1)), 4 * 1024 * 1024));
}

Conversation ConnectionService::chat(const QString &name, size_t maxMessages) const
{
    const ConnectionRunner *runner = findAgent(name);
    return runner ? conversationOf(runner->transcript(), maxMessages) : Conversation();
}

Result<> ConnectionService::say(const QString &name, const QString &text)
{
    ConnectionRunner *runner = findAgent(name);
    return runner ? runner->say(text)
                  : Result<>(Error{ErrorCode::NotFound, u"There is no connection named %1."_s.arg(name), {}});
}

void ConnectionService::retryNow(const QString &name)
{
    if (PeerRunner *runner = find(name); runner && m_isServing) {
        runner->retryNow();
    }
}

mcp::McpRunner *ConnectionService::findServer(const QString &name) const
{
    return qobject_cast<mcp::McpRunner *>(find(name));
}

std::vector<mcp::ToolInfo> ConnectionService::tools(const QString &name) const
{
    const mcp::McpRunner *runner = findServer(name);
    return runner ? runner->tools() : std::vector<mcp::ToolInfo>();
}

QFuture<Result<Submitted>> ConnectionService::callTool(const QString &name, const QString &tool,
                                                       const QByteArray &arguments, const QString &agentName)
{
    mcp::McpRunner *runner = findServer(name);
    if (!runner) {
        return ready<Submitted>(Error{ErrorCode::NotFound, u"There is no MCP server named %1."_s.arg(name), {}});
    }
    if (!m_isServing) {
        return ready<Submitted>(Error{ErrorCode::WrongState,
                                      u"Nothing was called: another process serves the connections of this workspace. "
                                      "Call the tool there, or close it."_s,
                                      {}});
    }
    return runner->call(tool, arguments, agentName);
}

void ConnectionService::cancelCall(const QString &name, const RequestId &call)
{
    if (mcp::McpRunner *runner = findServer(name)) {
        runner->cancel(call);
    }
}

std::optional<mcp::ToolCallState> ConnectionService::lastCall(const QString &name, const QString &tool) const
{
    const mcp::McpRunner *runner = findServer(name);
    return runner ? runner->lastCall(tool) : std::nullopt;
}

Result<> ConnectionService::allowCommand(const QString &name, const mcp::ServerCommand &command)
{
    const mcp::McpRunner *runner = findServer(name);
    if (!runner) {
        return Error{ErrorCode::NotFound, u"There is no MCP server named %1."_s.arg(name), {}};
    }
    if (mcp::ServerCommand{runner->status().command, runner->status().folder} != command) {
        return Error{
            ErrorCode::ContentChanged,
            u"The command of %1 was changed while you read it; nothing was allowed. Read it again."_s.arg(name),
            {}};
    }
    const Result<> allowed = m_consents.allow(runner->status().id, command);
    if (allowed) {
        retryNow(name);
    }
    return allowed;
}

QFuture<Result<Submitted>> ConnectionService::sendTestRequest(const QString &name)
{
    const PeerRunner *runner = find(name);
    if (!runner) {
        return ready<Submitted>(Error{ErrorCode::NotFound, u"There is no connection named %1."_s.arg(name), {}});
    }
    Submission submission;
    submission.agentName = runner->agentName();
    submission.connection = name;
    submission.idempotencyKey = u"test/"_s + m_parts.ids.nextId();
    submission.content.pattern = Pattern::Confirmation;
    submission.content.toolName = u"test"_s;
    submission.content.title = u"Test request: nothing happens, whatever you decide"_s;
    submission.content.arguments = "{\"test\":true}";
    submission.content.allowed = {Verdict::Approve, Verdict::Reject};
    submission.expiresIn = 1h;
    return m_parts.door.run([submission](Engine &engine) { return engine.submit(submission); });
}

} // namespace countersign
