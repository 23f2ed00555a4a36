// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/command.h"
#include "app/ctl/input.h"
#include "app/ctl/visible_once.h"
#include "core/base/visible_text.h"
#include "core/connections/connection_probe.h"
#include "core/connections/connection_service.h"
#include "core/connections/token_command.h"

#include <QtCore/QCoreApplication>
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

Result<std::optional<TokenCommand>> tokenFrom(const ParsedOptions &options)
{
    const std::optional<QString> typed = options.optional(u"token-command"_s);
    const std::optional<QString> query = options.optional(u"token-query"_s);
    if (!typed) {
        return query ? Result<std::optional<TokenCommand>>(
                           usageError(u"--token-query says where the token of --token-command goes: give both."_s))
                     : Result<std::optional<TokenCommand>>(std::nullopt);
    }
    Result<QStringList> command = readTokenCommand(*typed);
    if (!command) {
        return command.error();
    }
    TokenCommand token;
    token.command = std::move(*command);
    if (query) {
        token.place = Secret::Place::Query;
        token.name = query->toUtf8();
        token.prefix.clear();
    }
    return std::optional(std::move(token));
}

int runAdd(Invocation &call)
{
    if (!call.options.has(u"cloudflare"_s)) {
        return call.console.fail(usageError(u"Say what to connect to: --cloudflare URL."_s), ExitCode::Usage);
    }
    ConnectionService::NewConnection connection;
    connection.name = call.options.arguments().value(0);
    connection.url = QUrl(call.options.value(u"cloudflare"_s), QUrl::StrictMode);
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
    Result<std::optional<TokenCommand>> token = tokenFrom(call.options);
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
                              {"address", text(shownAddress(settings.url))},
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
        call.console.line(displayText(row.name).text + u"  "_s + displayText(shownAddress(settings->url)).text);
    }
    return ExitCode::Done;
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

/// From the keychain, a file, or what a command prints.
Result<Credentials::Signed> signIn(Session &session, const ConnectionRow &row, const ConnectionSettings &settings)
{
    const std::unique_ptr<SecretStore> store = makeSecretStore(session.location().configFolder);
    Credentials credentials(store.get(), row.id, settings);
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
         u"Listens to an agent built with Cloudflare's Agents SDK."_s,
         u"URL is wss://HOST/agents/AGENT/INSTANCE, or ws:// on this machine. Secrets are read from files and kept in "
         u"the\ndesktop's keychain, or without one in files of mode 0600; they never stand in the workspace. A token "
         u"command is\nstarted without a shell, and has 10 s. A profile says where in the "
         u"agent's state\nthings wait for a person, and how they are decided; without one the shapes of the SDK's "
         u"documentation are known."_s,
         {u"NAME"_s,
          1,
          1,
          false,
          {{u"cloudflare"_s, u"URL"_s, u"The address of the agent"_s},
           {u"profile"_s, u"FILE"_s, u"What the agent's state and methods mean, as JSON"_s},
           {u"header"_s, u"NAME@FILE"_s, u"A header to connect with; its value is in FILE"_s, true},
           {u"query"_s, u"NAME@FILE"_s, u"A query item to connect with; its value is in FILE"_s, true},
           {u"token-command"_s, u"COMMAND"_s, u"A command that prints a bearer token; run anew when it is refused"_s},
           {u"token-query"_s, u"NAME"_s, u"Sends that token as a query item instead"_s}},
          {u"--mcp-http"_s, u"--mcp-stdio"_s}},
         runAdd},
        {u"connection list"_s, u"The agents that this workspace listens to."_s, {}, {{}, 0, 0, false, {}}, runList},
        {u"connection remove"_s,
         u"Listens to an agent no longer, and forgets its secrets."_s,
         u"What waits from it stays in the queue, and can no longer be answered."_s,
         {u"NAME"_s, 1, 1, false, {}},
         runRemove},
        {u"connection test"_s,
         u"Connects once, says what is there, and changes nothing."_s,
         {},
         {u"NAME"_s, 1, 1, false, {}},
         runTest},
    };
}

} // namespace countersign::ctl
