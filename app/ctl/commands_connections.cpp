// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/command.h"
#include "app/ctl/input.h"
#include "app/ctl/server_visit.h"
#include "app/ctl/visible_once.h"
#include "core/base/visible_text.h"
#include "core/connections/connection_probe.h"
#include "core/connections/connection_service.h"
#include "core/connections/token_address.h"
#include "core/connections/token_command.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtCore/QFutureWatcher>
#include <QtCore/QPromise>

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype mostProfileBytes = 256 * 1024;

JsonValue text(const QString &value)
{
    return JsonValue::fromString(value);
}

/// The parts of a connection service on one session, for commands that end at once.
struct Desk {
    explicit Desk(Session &session)
        : ids(session.clock())
        , scheduler(session.clock())
        , door(session.engine())
        , service({door, scheduler, ids, session.location().configFolder})
    {}
    SystemIdSource ids;
    EventLoopScheduler scheduler;
    DirectEngineDoor door;
    ConnectionService service;
};

/// Waits for \p future with an event loop: a keychain answers later.
template<typename T>
T settled(QFuture<T> future)
{
    if (!future.isFinished()) {
        QFutureWatcher<T> watcher;
        QObject::connect(&watcher, &QFutureWatcherBase::finished, QCoreApplication::instance(),
                         &QCoreApplication::quit);
        watcher.setFuture(future);
        QCoreApplication::exec();
    }
    return future.result();
}

/// `NAME@FILE`: the value stands in the file, so that it does not stand in the list of processes.
Result<Secret> secretFrom(const QString &option, const QString &given, Secret::Place place)
{
    const qsizetype at = given.indexOf(u'@');
    if (at <= 0 || at + 1 >= given.size()) {
        return usageError(option + u" is given as NAME@FILE: the value is read from the file."_s);
    }
    Result<QByteArray> value = secretOf(given.mid(at + 1));
    if (!value) {
        return value.error();
    }
    return Secret{place, given.left(at).toUtf8(), value->trimmed()};
}

Result<std::vector<Secret>> secretsFrom(const ParsedOptions &options)
{
    std::vector<Secret> secrets;
    for (const auto &[name, place] :
         {std::pair(u"header"_s, Secret::Place::Header), std::pair(u"query"_s, Secret::Place::Query)}) {
        for (const QString &given : options.values(name)) {
            Result<Secret> secret = secretFrom(u"--"_s + name, given, place);
            if (!secret) {
                return secret.error();
            }
            secrets.push_back(std::move(*secret));
        }
    }
    return secrets;
}

/// The address that gives a token, with what it wants for it.
Result<TokenAddress> tokenAddressFrom(const ParsedOptions &options, const QString &url)
{
    TokenAddress address;
    address.url = QUrl(url, QUrl::StrictMode);
    for (const QString &given : options.values(u"token-header"_s)) {
        Result<Secret> secret = secretFrom(u"--token-header"_s, given, Secret::Place::Header);
        if (!secret) {
            return secret.error();
        }
        address.headers.push_back(std::move(*secret));
    }
    if (const std::optional<QString> file = options.optional(u"token-post"_s)) {
        Result<QByteArray> body = secretOf(*file);
        if (!body) {
            return body.error();
        }
        address.isPosted = true;
        address.body = body->trimmed();
    }
    if (const Result<> allowed = checkTokenAddress(address); !allowed) {
        return allowed.error();
    }
    return address;
}

Result<std::optional<TokenSource>> tokenFrom(const ParsedOptions &options)
{
    const std::optional<QString> typed = options.optional(u"token-command"_s);
    const std::optional<QString> url = options.optional(u"token-url"_s);
    const std::optional<QString> query = options.optional(u"token-query"_s);
    const bool asksMore = !options.values(u"token-header"_s).empty() || options.optional(u"token-post"_s);
    if (typed && url) {
        return usageError(u"A token comes from --token-command or from --token-url: give one of them."_s);
    }
    if (asksMore && !url) {
        return usageError(u"--token-header and --token-post go with --token-url."_s);
    }
    if (!typed && !url) {
        return query ? Result<std::optional<TokenSource>>(usageError(
                           u"--token-query says where the token of --token-command or --token-url goes: give both."_s))
                     : Result<std::optional<TokenSource>>(std::nullopt);
    }
    TokenSource token;
    if (url) {
        Result<TokenAddress> address = tokenAddressFrom(options, *url);
        if (!address) {
            return address.error();
        }
        token.address = std::move(*address);
    } else {
        Result<QStringList> command = readTokenCommand(*typed);
        if (!command) {
            return command.error();
        }
        token.command = std::move(*command);
    }
    if (query) {
        token.place = Secret::Place::Query;
        token.name = query->toUtf8();
        token.prefix.clear();
    }
    return std::optional(std::move(token));
}

/// What to connect to, without what signs in there.
Result<ConnectionService::NewConnection> newConnectionFrom(const ParsedOptions &options)
{
    const std::optional<QString> agent = options.optional(u"cloudflare"_s);
    const std::optional<QString> server = options.optional(u"mcp-http"_s);
    const bool isCommand = options.has(u"mcp-stdio"_s);
    if ((agent ? 1 : 0) + (server ? 1 : 0) + (isCommand ? 1 : 0) != 1) {
        return usageError(
            u"Say what to connect to: --cloudflare URL, --mcp-http URL, or --mcp-stdio -- COMMAND ARG…."_s);
    }
    if (isCommand == options.command().empty()) {
        return usageError(isCommand ? u"No command was given: write it behind “--”, as in “connection add NAME "
                                      "--mcp-stdio -- node server.mjs”."_s
                                    : u"A command behind “--” goes with --mcp-stdio only."_s);
    }
    if (!agent && options.has(u"profile"_s)) {
        return usageError(u"--profile goes with --cloudflare only."_s);
    }
    if (!agent && options.has(u"query"_s)) {
        return usageError(u"--query goes with --cloudflare only: MCP servers take headers."_s);
    }
    ConnectionService::NewConnection connection;
    connection.name = options.arguments().value(0);
    connection.url = QUrl(agent ? *agent : server.value_or(QString()), QUrl::StrictMode);
    if (server) {
        connection.kind = u"mcp-http"_s;
    }
    if (isCommand) {
        connection.kind = u"mcp-stdio"_s;
        connection.command.folder = QDir::currentPath();
        for (const QByteArray &word : options.command()) {
            const std::optional<QString> text = fromUtf8Strictly(word);
            if (!text) {
                return usageError(u"The command has a word that is no UTF-8."_s);
            }
            connection.command.words.append(*text);
        }
    }
    return connection;
}

int runAdd(Invocation &call)
{
    Result<ConnectionService::NewConnection> kind = newConnectionFrom(call.options);
    if (!kind) {
        return call.console.fail(kind.error(), ExitCode::Usage);
    }
    ConnectionService::NewConnection connection = *std::move(kind);
    if (const std::optional<QString> file = call.options.optional(u"profile"_s)) {
        Result<QByteArray> profile = bytesOf(u"--profile"_s, u'@' + *file, mostProfileBytes);
        if (!profile) {
            return call.console.fail(profile.error());
        }
        connection.profile = std::move(*profile);
    }
    Result<std::vector<Secret>> secrets = secretsFrom(call.options);
    if (!secrets) {
        return call.console.fail(secrets.error());
    }
    connection.secrets = std::move(*secrets);
    Result<std::optional<TokenSource>> token = tokenFrom(call.options);
    if (!token) {
        return call.console.fail(token.error(), ExitCode::Usage);
    }
    connection.token = std::move(*token);
    if (const Result<> allowed = checkNewConnection(connection); !allowed) {
        return call.console.fail(allowed.error(), ExitCode::Usage);
    }
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s);
    if (!session) {
        return call.console.fail(session.error());
    }
    Desk desk(**session);
    const Result<ConnectionStatus> added = settled(desk.service.add(connection));
    if (!added) {
        return call.console.fail(added.error());
    }
    const bool hasSecrets = !connection.secrets.empty() || connection.token;
    const QString file = FileSecretStore((*session)->location().configFolder).pathFor(added->id);
    const bool isInFile = QFileInfo::exists(file);
    const QString kept = isInFile ? file : u"keychain"_s;
    call.console.json(JsonValue::object({{"name", text(added->name)},
                                         {"id", text(added->id)},
                                         {"address", text(added->address)},
                                         {"secrets", hasSecrets ? text(kept) : JsonValue()}}));
    call.console.line(displayText(added->name).text);
    if (hasSecrets) {
        call.console.note(isInFile
                              ? u"The secrets are kept in "_s + displayText(kept).text + u", which only you can read."_s
                              : u"The secrets are kept in "_s + desk.service.secrets().place() + u'.');
    }
    return ExitCode::Done;
}

Result<std::vector<ConnectionRow>> presentRows(Session &session)
{
    Result<std::vector<ConnectionRow>> rows = session.store().connections();
    if (rows) {
        std::erase_if(*rows, [](const ConnectionRow &row) { return row.removedAt.has_value(); });
    }
    return rows;
}

JsonValue wordsJson(const QStringList &words)
{
    JsonValue list = JsonValue::array();
    for (const QString &word : words) {
        list.append(text(word));
    }
    return words.isEmpty() ? JsonValue() : list;
}

JsonValue rowJson(const ConnectionRow &row, const ConnectionSettings &settings)
{
    JsonValue secrets = JsonValue::array();
    for (const QString &name : settings.secretHeaders + settings.secretQueryItems) {
        secrets.append(text(name));
    }
    const QString identity =
        settings.pinnedAgent.isEmpty() ? QString() : settings.pinnedAgent + u'/' + settings.pinnedName;
    return JsonValue::object({{"name", text(row.name)},
                              {"kind", text(row.kind)},
                              {"address", settings.url.isEmpty() ? JsonValue() : text(shownAddress(settings.url))},
                              {"command", wordsJson(settings.command)},
                              {"folder", settings.folder.isEmpty() ? JsonValue() : text(settings.folder)},
                              {"identity", identity.isEmpty() ? JsonValue() : text(identity)},
                              {"secrets", std::move(secrets)},
                              {"profile", JsonValue::fromBool(!settings.profile.isEmpty())},
                              {"createdAt", text(toRfc3339(row.createdAt))}});
}

int runList(Invocation &call)
{
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s, Session::Need::Read);
    if (!session) {
        return call.console.fail(session.error());
    }
    const Result<std::vector<ConnectionRow>> rows = presentRows(**session);
    if (!rows) {
        return call.console.fail(rows.error());
    }
    for (const ConnectionRow &row : *rows) {
        const Result<ConnectionSettings> settings = decodeSettings(row.settings);
        if (!settings) {
            call.console.note(displayText(row.name).text + u": "_s + settings.error().message);
            continue;
        }
        call.console.json(rowJson(row, *settings));
        call.console.line(displayText(row.name).text + u"  "_s +
                          (settings->command.isEmpty() ? displayText(shownAddress(settings->url)).text
                                                       : mcp::shownCommand(settings->command)));
    }
    return ExitCode::Done;
}

int runAllow(Invocation &call)
{
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s, Session::Need::Read);
    if (!session) {
        return call.console.fail(session.error());
    }
    const QString name = call.options.arguments().value(0);
    const Result<ConnectionRow> row = connectionNamed(**session, name);
    if (!row) {
        return call.console.fail(row.error());
    }
    const Result<ConnectionSettings> settings = decodeSettings(row->settings);
    if (!settings) {
        return call.console.fail(settings.error());
    }
    const mcp::ServerCommand command{settings->command, settings->folder};
    if (const Result<> possible = mcp::checkServerCommand(command); !possible) {
        return call.console.fail(possible.error());
    }
    const mcp::CommandConsents consents((*session)->location().configFolder);
    const bool agreed = call.options.has(u"yes"_s);
    if (agreed) {
        if (const Result<> allowed = consents.allow(row->id, command); !allowed) {
            return call.console.fail(allowed.error());
        }
    }
    const bool isAllowed = agreed || consents.isAllowed(row->id, command);
    call.console.json(JsonValue::object({{"name", text(name)},
                                         {"command", wordsJson(command.words)},
                                         {"folder", text(command.folder)},
                                         {"allowed", JsonValue::fromBool(isAllowed)}}));
    call.console.line(mcp::shownCommand(command.words));
    call.console.line(u"in "_s + displayText(command.folder).text);
    if (!isAllowed) {
        call.console.note(u"Nothing was allowed yet. If you know what this command does, say it again with --yes."_s);
    }
    return isAllowed ? ExitCode::Done : ExitCode::NotAllowed;
}

int runRemove(Invocation &call)
{
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s);
    if (!session) {
        return call.console.fail(session.error());
    }
    Desk desk(**session);
    const QString name = call.options.arguments().value(0);
    if (const Result<> removed = settled(desk.service.remove(name)); !removed) {
        return call.console.fail(removed.error());
    }
    call.console.json(JsonValue::object({{"name", text(name)}}));
    call.console.line(displayText(name).text);
    return ExitCode::Done;
}

int runServeTool(Invocation &call)
{
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s);
    if (!session) {
        return call.console.fail(session.error());
    }
    Desk desk(**session);
    const QString name = call.options.arguments().value(0);
    const QString tool = call.options.arguments().value(1);
    if (const Result<> done = settled(desk.service.serveTool(name, tool)); !done) {
        return call.console.fail(done.error());
    }
    call.console.json(JsonValue::object({{"name", text(name)}, {"tool", text(tool)}}));
    call.console.line(displayText(tool).text);
    call.console.note(u"Its calls come as requests from now on, the one that waits included."_s);
    return ExitCode::Done;
}

/// From the keychain, a file, or what a command prints.
Result<Credentials::Signed> signIn(Session &session, const ConnectionRow &row, const ConnectionSettings &settings)
{
    const std::unique_ptr<SecretStore> store = makeSecretStore(session.location().configFolder);
    Credentials credentials(store.get(), session.clock(), row.id, settings);
    QPromise<Result<Credentials::Signed>> promise;
    promise.start();
    credentials.fetch(&credentials, [&promise](const Result<Credentials::Signed> &result) {
        promise.addResult(result);
        promise.finish();
    });
    return settled(promise.future());
}

/// What a test of \p name needs: where to connect, and what its profile says.
Result<std::pair<Endpoint, cloudflare::Profile>> targetOf(Session &session, const QString &name)
{
    const Result<std::vector<ConnectionRow>> rows = presentRows(session);
    if (!rows) {
        return rows.error();
    }
    const auto row =
        std::find_if(rows->begin(), rows->end(), [&](const ConnectionRow &one) { return one.name == name; });
    if (row == rows->end()) {
        return Error{ErrorCode::NotFound, u"There is no connection named %1."_s.arg(name), {}};
    }
    const Result<ConnectionSettings> settings = decodeSettings(row->settings);
    if (!settings) {
        return settings.error();
    }
    const Result<Credentials::Signed> signedIn = signIn(session, *row, *settings);
    if (!signedIn) {
        return signedIn.error();
    }
    Result<cloudflare::Profile> profile = settings->profile.isEmpty()
                                              ? Result<cloudflare::Profile>(cloudflare::builtinProfile())
                                              : cloudflare::readProfile(settings->profile);
    if (!profile) {
        return profile.error();
    }
    SystemIdSource ids(session.clock());
    return std::pair(withSecrets(endpointOf(*settings, ids.nextId()), signedIn->secrets), std::move(*profile));
}

int runTest(Invocation &call)
{
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s, Session::Need::Read);
    if (!session) {
        return call.console.fail(session.error());
    }
    if (const std::optional<int> code = testServer(call, **session)) {
        return *code;
    }
    const Result<std::pair<Endpoint, cloudflare::Profile>> target =
        targetOf(**session, call.options.arguments().value(0));
    if (!target) {
        return call.console.fail(target.error());
    }
    SystemIdSource ids((*session)->clock());
    EventLoopScheduler scheduler((*session)->clock());
    ConnectionProbe probe(scheduler, ids, target->first, target->second);
    ProbeReport report;
    QObject::connect(&probe, &ConnectionProbe::finished, QCoreApplication::instance(),
                     [&report](const ProbeReport &found) {
                         report = found;
                         QCoreApplication::quit();
                     });
    scheduler.after(std::chrono::milliseconds(0), &probe, [&probe] { probe.start(); });
    QCoreApplication::exec();
    if (!report.reached) {
        return call.console.fail({ErrorCode::Unreachable, report.words, {}});
    }
    call.console.json(JsonValue::object({{"reached", JsonValue::fromBool(true)},
                                         {"identity", report.identity.isEmpty() ? JsonValue() : text(report.identity)},
                                         {"state", JsonValue::fromBool(report.hasState)},
                                         {"chat", JsonValue::fromBool(report.hasChat)},
                                         {"waiting", JsonValue::fromInteger(report.waiting)},
                                         {"tookMs", JsonValue::fromInteger(report.took.count())}}));
    call.console.line(report.identity.isEmpty() ? u"connected; the agent does not say who it is"_s
                                                : u"connected to "_s + displayText(report.identity).text);
    call.console.line((report.hasState ? u"it has a state"_s : u"it has no state"_s) +
                      (report.hasChat ? u" and a chat"_s : u" and no chat"_s));
    call.console.line(QString::number(report.waiting) + u" things wait for a person"_s);
    return ExitCode::Done;
}

} // namespace

std::vector<Command> connectionCommands()
{
    return {
        {u"connection add"_s,
         u"Listens to an agent built with Cloudflare's Agents SDK, or to an MCP server."_s,
         u"URL is wss://HOST/agents/AGENT/INSTANCE, or ws:// on this machine. Secrets are read from files and kept in "
         u"the\ndesktop's keychain, or without one in files of mode 0600; they never stand in the workspace. A token "
         u"command is\nstarted without a shell, and has 10 s. An address that gives tokens has 10 s, too; it is "
         u"https://, or http:// on\nthis machine, and answers with JSON (“access_token” or “token”, “expires_in”) or "
         u"one word. A profile says where in the "
         u"agent's state\nthings wait for a person, and how they are decided; without one the shapes of the SDK's "
         u"documentation are known.\nA command is started in the folder where it was added, without a shell. Adding it "
         u"here is your consent to start it\non this machine; elsewhere it must be allowed first (connection allow)."_s,
         {u"NAME"_s,
          1,
          1,
          false,
          {{u"cloudflare"_s, u"URL"_s, u"The address of an agent built with Cloudflare's Agents SDK"_s},
           {u"mcp-http"_s, u"URL"_s, u"The address of an MCP server (Streamable HTTP)"_s},
           {u"mcp-stdio"_s, {}, u"An MCP server that is started with the command behind --"_s},
           {u"profile"_s, u"FILE"_s, u"What the agent's state and methods mean, as JSON"_s},
           {u"header"_s, u"NAME@FILE"_s, u"A header to connect with; its value is in FILE"_s, true},
           {u"query"_s, u"NAME@FILE"_s, u"A query item to connect with; its value is in FILE"_s, true},
           {u"token-command"_s, u"COMMAND"_s, u"A command that prints a bearer token; run anew when it is refused"_s},
           {u"token-url"_s, u"URL"_s, u"An address that gives a bearer token; asked anew when it is refused or over"_s},
           {u"token-header"_s, u"NAME@FILE"_s, u"A header for --token-url; its value is in FILE"_s, true},
           {u"token-post"_s, u"FILE"_s, u"Posts what is in FILE to --token-url instead of asking with GET"_s},
           {u"token-query"_s, u"NAME"_s, u"Sends that token as a query item instead"_s}},
          {},
          {},
          true},
         runAdd},
        {u"connection list"_s, u"The agents that this workspace listens to."_s, {}, {{}, 0, 0, false, {}}, runList},
        {u"connection remove"_s,
         u"Listens to an agent no longer, and forgets its secrets."_s,
         u"What waits from it stays in the queue, and can no longer be answered."_s,
         {u"NAME"_s, 1, 1, false, {}},
         runRemove},
        {u"connection allow"_s,
         u"Shows the command of an MCP server whole, and with --yes lets it be started on this machine."_s,
         u"The command stands in the workspace, which others may write: it is started only where somebody has allowed "
         u"this very\ncommand. The consent is kept in the configuration folder."_s,
         {u"NAME"_s, 1, 1, false, {{u"yes"_s, {}, u"I have read it, and allow it"_s}}},
         runAllow},
        {u"connection serve-tool"_s,
         u"Makes a tool of an agent's chat yours to answer: its calls come as requests."_s,
         u"An agent does not say whose tool it calls. One that has no output although the agent stopped for it is told "
         u"by "
         u"serve\nand in the window. The tool is added to the profile of the connection."_s,
         {u"NAME TOOL"_s, 2, 2, false, {}},
         runServeTool},
        {u"connection test"_s,
         u"Connects once, says what is there, and changes nothing."_s,
         {},
         {u"NAME"_s, 1, 1, false, {}},
         runTest},
    };
}

} // namespace countersign::ctl
