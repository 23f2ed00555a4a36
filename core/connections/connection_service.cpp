// SPDX-License-Identifier: Apache-2.0
#include "core/connections/connection_service.h"

#include "core/base/log.h"
#include "core/connections/web_socket_transport.h"

#include <QtCore/QRegularExpression>
#include <QtCore/QUuid>
#include <QtNetwork/QHostAddress>

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
    QPromise<Result<T>> promise;
    promise.start();
    QFuture<Result<T>> future = promise.future();
    promise.addResult(std::move(result));
    promise.finish();
    return future;
}

ConnectionStatus offStatus(const ConnectionRow &row, const ConnectionSettings &settings)
{
    ConnectionStatus status;
    status.id = row.id;
    status.name = row.name;
    status.kind = row.kind;
    status.command = settings.command;
    status.folder = settings.folder;
    status.address = shownAddress(settings.url);
    status.words = u"Not served by this process."_s;
    return status;
}

/// Saves under the id of the row that has the name, if that one was removed.
Result<> saveNew(Engine &engine, ConnectionRow row)
{
    return engine.store().transact([&](StoreWriter &writer) { return writer.saveConnection(row); });
}

bool isKnownKind(const QString &kind)
{
    return kind == "cloudflare"_L1;
}

/// http only on this machine: tokens and answers go this way.
Result<> checkMcpAddress(const QUrl &url)
{
    const QHostAddress host(url.host());
    const bool isHere = host.isLoopback() || url.host() == "localhost"_L1;
    if (!url.isValid() || url.host().isEmpty() || !url.userInfo().isEmpty() || url.hasFragment() ||
        (url.scheme() != "https"_L1 && !(url.scheme() == "http"_L1 && isHere))) {
        return Error{ErrorCode::InvalidInput,
                     u"The address of an MCP server is https://HOST/PATH, or http:// on this machine only, without a "
                     "user name and without a fragment."_s,
                     {}};
    }
    return {};
}

bool hasControlCharacters(const QByteArray &text)
{
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

} // namespace

Result<> checkNewConnection(const ConnectionService::NewConnection &connection)
{
    static const QRegularExpression nameRule(u"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"_s);
    static const QRegularExpression headerRule(u"^[!#$%&'*+.^_`|~A-Za-z0-9-]+$"_s);
    const auto refused = [](const QString &why) { return Error{ErrorCode::InvalidInput, why, {}}; };
    if (!nameRule.match(connection.name).hasMatch() || connection.name == "local"_L1) {
        return refused(
            u"A connection's name is up to 64 letters, digits, dots, dashes and underscores, and not “local”."_s);
    }
    if (connection.kind == "mcp-stdio"_L1) {
        if (!connection.secrets.empty()) {
            return refused(u"A command takes no headers and no query items."_s);
        }
        return mcp::checkServerCommand(connection.command);
    }
    const bool isMcp = connection.kind == "mcp-http"_L1;
    if (const Result<> allowed = isMcp ? checkMcpAddress(connection.url) : checkAddress(connection.url); !allowed) {
        return allowed;
    }
    for (const Secret &secret : connection.secrets) {
        if (!headerRule.match(QString::fromUtf8(secret.name)).hasMatch() || secret.value.isEmpty() ||
            hasControlCharacters(secret.value)) {
            return refused(u"The secret “%1” cannot be sent: it is empty, or has a line break or other control "
                           "character in it."_s.arg(QString::fromUtf8(secret.name)));
        }
    }
    if (!connection.profile.isEmpty()) {
        if (const Result<Profile> profile = readProfile(connection.profile); !profile) {
            return profile.error();
        }
    }
    return {};
}

ConnectionService::ConnectionService(Parts parts, QObject *parent)
    : QObject(parent)
    , m_parts(std::move(parts))
    , m_secrets(m_parts.configFolder)
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

/// Other processes add and remove connections, too.
void ConnectionService::takeRows(const std::vector<ConnectionRow> &rows)
{
    for (const ConnectionRow &row : rows) {
        const auto known = m_runners.find(row.name);
        const bool isWanted = !row.removedAt && isKnownKind(row.kind);
        const bool isSame = known != m_runners.end() && known->second->status().id == row.id &&
                            known->second->createdAt() == row.createdAt;
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
    std::unique_ptr<PeerRunner> made = makeAgentRunner(row, *settings);
    if (!made) {
        return nullptr;
    }
    PeerRunner *runner = made.get();
    m_runners.insert_or_assign(row.name, std::move(made));
    connect(runner, &PeerRunner::changed, this, [this, name = row.name] { Q_EMIT changed(name); });
    return runner;
}

/// Read anew before every try: a token may have been replaced.
Result<std::vector<Secret>> ConnectionService::secretsOf(const QString &id, const QString &name,
                                                         const ConnectionSettings &settings)
{
    std::vector<Secret> secrets;
    if (!settings.secretHeaders.isEmpty() || !settings.secretQueryItems.isEmpty()) {
        Result<std::vector<Secret>> loaded = m_secrets.load(id, settings.url);
        if (!loaded) {
            return loaded.error();
        }
        secrets = std::move(*loaded);
    }
    if (PeerRunner *runner = find(name)) {
        std::vector<QByteArray> values;
        for (const Secret &secret : secrets) {
            values.push_back(secret.value);
        }
        runner->frames().setSecrets(std::move(values));
    }
    return secrets;
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
    const auto endpoint = [this, settings, id = row.id, name = row.name]() -> Result<Endpoint> {
        const Result<std::vector<Secret>> secrets = secretsOf(id, name, settings);
        return secrets ? Result<Endpoint>(endpointOf(settings, *secrets, m_clientId))
                       : Result<Endpoint>(secrets.error());
    };
    ConnectionRunner::Parts parts{m_parts.door,
                                  m_parts.scheduler,
                                  m_parts.ids,
                                  std::make_unique<WebSocketTransport>(m_parts.scheduler),
                                  std::make_unique<HttpTranscriptSource>(),
                                  endpoint};
    auto runner = std::make_unique<ConnectionRunner>(std::move(parts), row, settings, std::move(*profile));
    connect(runner.get(), &ConnectionRunner::conversationChanged, this,
            [this, name = row.name] { Q_EMIT conversationChanged(name); });
    connect(runner.get(), &ConnectionRunner::identityLearned, this,
            [this, id = row.id](const QString &agent, const QString &said) { pin(id, agent, said); });
    return runner;
}

QFuture<Result<>> ConnectionService::change(const QString &id, std::function<void(ConnectionSettings &)> apply)
{
    const auto job = [id, apply = std::move(apply)](Engine &engine) -> Result<> {
        return engine.store().transact([&](StoreWriter &writer) -> Result<> {
            const Result<std::vector<ConnectionRow>> rows = writer.connections();
            if (!rows) {
                return rows.error();
            }
            for (ConnectionRow row : *rows) {
                Result<ConnectionSettings> settings = decodeSettings(row.settings);
                if (row.id != id || row.removedAt || !settings) {
                    continue;
                }
                apply(*settings);
                row.settings = encodeSettings(*settings);
                return writer.saveConnection(row);
            }
            return Error{ErrorCode::NotFound, u"This connection was removed; its settings were not changed."_s, id};
        });
    };
    return m_parts.door.run(job);
}

void ConnectionService::pin(const QString &id, const QString &agent, const QString &name)
{
    const auto apply = [agent, name](ConnectionSettings &settings) {
        settings.pinnedAgent = agent;
        settings.pinnedName = name;
    };
    whenDone(change(id, apply), this, [this](const Result<> &done) {
        if (!done && done.error().code != ErrorCode::NotFound) {
            Q_EMIT failed(done.error());
        }
    });
}

QFuture<Result<>> ConnectionService::setAutoContinue(const QString &name, bool goesOn)
{
    const PeerRunner *runner = find(name);
    if (!runner) {
        QPromise<Result<>> promise;
        promise.start();
        promise.addResult(Error{ErrorCode::NotFound, u"There is no connection named %1."_s.arg(name), {}});
        promise.finish();
        return promise.future();
    }
    QFuture<Result<>> done =
        change(runner->status().id, [goesOn](ConnectionSettings &settings) { settings.autoContinue = goesOn; });
    whenDone(done, this, [this, name, goesOn](const Result<> &saved) {
        if (ConnectionRunner *agent = findAgent(name); saved && agent) {
            agent->setAutoContinue(goesOn);
        }
    });
    return done;
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

QFuture<Result<ConnectionStatus>> ConnectionService::add(const NewConnection &connection)
{
    if (const Result<> allowed = checkNewConnection(connection); !allowed) {
        return ready<ConnectionStatus>(allowed.error());
    }
    ConnectionSettings settings;
    settings.url = connection.url;
    settings.profile = connection.profile;
    settings.command = connection.command.words;
    settings.folder = connection.command.folder;
    for (const Secret &secret : connection.secrets) {
        (secret.place == Secret::Place::Header ? settings.secretHeaders : settings.secretQueryItems)
            .append(QString::fromUtf8(secret.name));
    }
    const ConnectionRow row{m_parts.ids.nextId(),
                            connection.name,
                            connection.kind,
                            encodeSettings(settings),
                            m_parts.scheduler.clock().now(),
                            {}};
    const auto job = [row, settings, secrets = connection.secrets, command = connection.command, files = m_secrets,
                      consents = m_consents](Engine &engine) -> Result<ConnectionStatus> {
        const Result<std::vector<ConnectionRow>> rows = engine.store().connections();
        if (!rows) {
            return rows.error();
        }
        ConnectionRow saved = row;
        for (const ConnectionRow &other : *rows) {
            if (other.name == row.name && other.removedAt) {
                saved.id = other.id; // The name is free again.
            }
        }
        if (const Result<> written = saveNew(engine, saved); !written) {
            return written.error();
        }
        Result<> kept = files.save(saved.id, settings.url, secrets);
        if (kept && !command.words.isEmpty()) {
            kept = consents.allow(saved.id, command); // Whoever adds it here has the whole of it before their eyes.
        }
        if (!kept) {
            saved.removedAt = saved.createdAt;
            [[maybe_unused]] const bool undone = saveNew(engine, saved).hasValue();
            return kept.error();
        }
        return offStatus(saved, settings);
    };
    QFuture<Result<ConnectionStatus>> done = m_parts.door.run(job);
    whenDone(done, this, [this](const Result<ConnectionStatus> &added) {
        if (added && m_isLoaded) {
            loadRows();
        }
    });
    return done;
}

QFuture<Result<>> ConnectionService::remove(const QString &name)
{
    const auto job = [name, files = m_secrets, consents = m_consents,
                      now = m_parts.scheduler.clock().now()](Engine &engine) -> Result<> {
        const Result<std::vector<ConnectionRow>> rows = engine.store().connections();
        if (!rows) {
            return rows.error();
        }
        for (ConnectionRow row : *rows) {
            if (row.name == name && !row.removedAt) {
                row.removedAt = now;
                if (const Result<> saved = saveNew(engine, row); !saved) {
                    return saved;
                }
                files.remove(row.id);
                consents.forget(row.id);
                return {};
            }
        }
        return Error{ErrorCode::NotFound, u"There is no connection named %1."_s.arg(name), {}};
    };
    QFuture<Result<>> done = m_parts.door.run(job);
    whenDone(done, this, [this](const Result<> &removed) {
        if (removed && m_isLoaded) {
            loadRows();
        }
    });
    return done;
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
        extract.state = runner->agentState() ? writeJsonIndented(*runner->agentState()) : QByteArray();
        extract.items = runner->view().items;
    }
    return extract;
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
