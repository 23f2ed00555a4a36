// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/client_private.h"

#include "core/base/json_reader.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

const QStringList handshakeVersions = {u"2025-11-25"_s, u"2025-06-18"_s};
// Not offered. A server that answers with them talks well enough for lists and calls.
const QString beforeElicitation = u"2025-03-26"_s;
const QString beforeStreamableHttp = u"2024-11-05"_s; // Over a pipe only.
constexpr int headerMismatch = -32020;
constexpr int missingCapability = -32021;
constexpr int maxSubscriptionTries = 5;
constexpr auto subscriptionRest = 2000ms;

bool isModernCode(int code)
{
    return code == headerMismatch || code == missingCapability || code == Code::UnsupportedVersion;
}

QStringList textsIn(const JsonValue *list)
{
    QStringList texts;
    for (const JsonValue &item : list ? list->items() : JsonValue::Array()) {
        texts.append(item.toString());
    }
    return texts;
}

/// What the server can speak, when it says so in an error.
QStringList supportedIn(QByteArrayView error)
{
    const Result<JsonValue> whole = readJson(error);
    return whole ? textsIn(whole->at("/data/supported")) : QStringList();
}

/// What a server says of itself under the names of an Implementation.
void readImplementation(ServerIdentity &identity, const JsonValue *info)
{
    const auto text = [info](const char *name) {
        const JsonValue *value = info ? info->find(name) : nullptr;
        return value ? value->toString().left(1000) : QString();
    };
    identity.name = text("name");
    identity.title = text("title");
    identity.version = text("version");
}

Error speaksNothing(const QStringList &versions)
{
    return {ErrorCode::NewerVersion,
            u"The server speaks no revision of the protocol that Countersign does; it names: "_s +
                (versions.isEmpty() ? u"none"_s : versions.join(u", "_s).left(300)) + u'.',
            {}};
}

} // namespace

QByteArray Client::Private::capabilities() const
{
    QByteArrayList parts;
    if (handler && (options.forms || options.urls)) {
        QByteArrayList modes;
        if (options.forms) {
            modes.append("\"form\":{}");
        }
        if (options.urls) {
            modes.append("\"url\":{}");
        }
        parts.append("\"elicitation\":{" + modes.join(',') + '}');
    }
    if (handler && options.sampling) {
        parts.append("\"sampling\":{}");
    }
    return '{' + parts.join(',') + '}';
}

void Client::Private::begin(bool probes)
{
    forgetAll(CallEnd::Kind::Lost, u"The connection to the server was begun anew."_s);
    ++run;
    identity = {};
    wasReady = false;
    troubles = 0;
    signingIn = 0ms;
    subscriptionTries = 0;
    tools.clear();
    phase = Phase::Probing;
    if (const Result<> started = transport.start(); !started) {
        const int now = run;
        scheduler.after(0ms, &q, [this, now, why = started.error()] {
            if (now == run) {
                end(why);
            }
        });
        return;
    }
    hasProbedTwice = false;
    hasProbed = probes && options.prefer != Options::Prefer::Handshake;
    hasProbed ? probe() : initialize();
}

void Client::Private::probe()
{
    identity.era = Era::Stateless; // For the form of this one message.
    identity.protocolVersion = statelessVersion;
    const bool isPipe = !transport.isHttp() && options.prefer != Options::Prefer::Stateless;
    sendRequest(
        "server/discover", "{}", 0, [this](const CallEnd &end) { judgeProbe(end); },
        isPipe ? options.probe : options.connecting);
}

void Client::Private::judgeProbe(const CallEnd &found)
{
    const bool mayFallBack = options.prefer != Options::Prefer::Stateless;
    if (!found.isResult()) {
        const QStringList supported = supportedIn(found.body);
        const bool speaksHandshake = std::any_of(supported.begin(), supported.end(), [](const QString &version) {
            return handshakeVersions.contains(version);
        });
        const bool mayTryAgain = found.errorCode == Code::UnsupportedVersion && supported.contains(statelessVersion);
        if (mayTryAgain && !std::exchange(hasProbedTwice, true)) {
            probe(); // It refuses what it names as supported: once more, as the protocol wants it.
        } else if (found.kind == CallEnd::Kind::Error && isModernCode(found.errorCode) && !speaksHandshake) {
            end(found.errorCode == Code::UnsupportedVersion ? speaksNothing(supported)
                                                            : Error{ErrorCode::NotAllowed, found.words, {}});
        } else if (mayFallBack) {
            initialize(); // Whatever it says: it does not know what it was asked.
        } else {
            end({ErrorCode::Unreachable, found.words, {}});
        }
        return;
    }
    const Result<JsonSlices> members = JsonSlices::ofObject(found.body);
    const Result<JsonValue> versions =
        members ? readJson(members->value(u"supportedVersions")) : Result<JsonValue>(members.error());
    const QStringList supported = versions ? textsIn(&*versions) : QStringList();
    if (!versions && mayFallBack) {
        initialize(); // Some old servers say yes to everything; this is no answer to what it was asked.
        return;
    }
    if (!supported.contains(statelessVersion)) {
        const bool speaksHandshake = std::any_of(supported.begin(), supported.end(), [](const QString &version) {
            return handshakeVersions.contains(version);
        });
        mayFallBack &&speaksHandshake ? initialize() : end(speaksNothing(supported));
        return;
    }
    identity.instructions = members->text(u"instructions").left(64 * 1024);
    if (members->value(u"capabilities").startsWith('{')) {
        identity.capabilities = members->value(u"capabilities").toByteArray();
    }
    const Result<JsonValue> meta = readJson(members->value(u"_meta"));
    const JsonValue *info = meta ? meta->find("io.modelcontextprotocol/serverInfo") : nullptr;
    const Result<JsonValue> inside = readJson(members->value(u"serverInfo"));
    readImplementation(identity, info ? info : inside ? &*inside : nullptr);
    transport.setProtocol(statelessVersion.toUtf8(), false);
    becomeReady();
}

void Client::Private::initialize()
{
    phase = Phase::Handshaking;
    identity = {};
    identity.era = Era::Handshake;
    const QByteArray params =
        "{\"protocolVersion\":" + quotedJson(options.newestHandshake) + ",\"capabilities\":" + capabilities() +
        R"(,"clientInfo":{"name":"countersign","title":"Countersign","version":")" COUNTERSIGN_VERSION "\"}}";
    sendRequest(
        "initialize", params, 0, [this](const CallEnd &end) { judgeInitialize(end); }, options.connecting);
}

void Client::Private::judgeInitialize(const CallEnd &found)
{
    if (!found.isResult()) {
        end({ErrorCode::Unreachable, u"The server did not take up the connection: "_s + found.words, {}});
        return;
    }
    const Result<JsonSlices> members = JsonSlices::ofObject(found.body);
    const QString version = members ? members->text(u"protocolVersion") : QString();
    const bool isOld = version == beforeElicitation || (version == beforeStreamableHttp && !transport.isHttp());
    if (!handshakeVersions.contains(version) && !isOld) {
        end(speaksNothing({version}));
        return;
    }
    identity.protocolVersion = version;
    identity.instructions = members->text(u"instructions").left(64 * 1024);
    if (members->value(u"capabilities").startsWith('{')) {
        identity.capabilities = members->value(u"capabilities").toByteArray();
    }
    const Result<JsonValue> info = readJson(members->value(u"serverInfo"));
    readImplementation(identity, info ? &*info : nullptr);
    transport.setProtocol(version.toUtf8(), true);
    sendNotification("notifications/initialized", {});
    transport.listen();
    becomeReady();
}

void Client::Private::becomeReady()
{
    phase = Phase::Ready;
    startClock();
    if (isStateless()) {
        subscribe();
    }
    if (std::exchange(wasReady, true)) {
        goOnInNewSession();
    } else {
        Q_EMIT q.ready();
    }
}

/// What the server did not do because it had forgotten the session goes to it again. Its tools may be others by now:
/// a call goes only to the one that it was asked for. What asks about a call that became a task starts nothing.
void Client::Private::goOnInNewSession()
{
    std::vector<OutgoingMessage> held;
    for (const OutgoingMessage &message : std::exchange(waitingForSession, {})) {
        const auto request = pending.find(message.id);
        const auto call = request == pending.end() ? calls.end() : calls.find(request->second.call);
        if (call != calls.end() && call->second.definition && request->second.method == "tools/call") {
            held.push_back(message);
        } else {
            transport.send(message);
        }
    }
    Q_EMIT q.toolsChanged();
    if (phase != Phase::Ready) {
        return; // Whoever heard it has closed the connection.
    }
    if (!listeners.empty()) {
        beginListing();
    }
    if (held.empty()) {
        return;
    }
    q.listTools([this, held](const Result<std::vector<ServerTool>> &now) {
        for (const OutgoingMessage &message : held) {
            const auto request = pending.find(message.id);
            if (request == pending.end()) {
                continue; // Given up meanwhile.
            }
            const CallId call = request->second.call;
            if (!now) {
                pending.erase(request);
                finishCall(call, {CallEnd::Kind::NotSent,
                                  {},
                                  0,
                                  u"The server forgot the session before it took the call, and does not say what its "
                                  "tools are now, so the call was not sent again. Call the tool again."_s});
            } else if (endIfChanged(call)) {
                pending.erase(message.id);
            } else {
                transport.send(message);
            }
        }
    });
}

void Client::Private::subscribe()
{
    const Result<JsonSlices> offered = JsonSlices::ofObject(identity.capabilities);
    const Result<JsonSlices> tool =
        offered ? JsonSlices::ofObject(offered->value(u"tools")) : Result<JsonSlices>(offered.error());
    if (!tool || tool->value(u"listChanged") != "true" || ++subscriptionTries > maxSubscriptionTries) {
        return;
    }
    const auto again = [this](const CallEnd &end) {
        // An ordinary end is the server's wish; a break is a fault.
        if (end.kind != CallEnd::Kind::Lost && end.kind != CallEnd::Kind::NotSent) {
            return;
        }
        scheduler.after(subscriptionRest * subscriptionTries, &q, [this, now = run] {
            if (now == run && phase == Phase::Ready) {
                subscribe();
            }
        });
    };
    sendRequest("subscriptions/listen", R"({"notifications":{"toolsListChanged":true}})", 0, again, 0ms);
}

void Client::Private::renewSession()
{
    if (phase != Phase::Ready) {
        return;
    }
    trouble(u"The server forgot the session; a new one was begun."_s);
    if (std::exchange(isListing, false)) {
        ++listing; // Those who wait for it get the list of the new session.
    }
    initialize();
}

void Client::Private::transportEnded(const QString &words)
{
    if (phase == Phase::Closed) {
        return;
    }
    if (phase == Phase::Probing && hasProbed && options.prefer == Options::Prefer::Newest && !transport.isHttp()) {
        begin(false); // Some old servers leave at a question that they do not know.
        return;
    }
    end({ErrorCode::Unreachable, words, {}});
}

void Client::Private::end(const Error &why)
{
    if (phase == Phase::Closed) {
        return;
    }
    phase = Phase::Closed;
    ++run;
    forgetAll(CallEnd::Kind::Lost, why.message);
    transport.stop(); // Nothing if it has ended already.
    Q_EMIT q.closed(why);
}

void Client::Private::forgetAll(CallEnd::Kind kind, const QString &words)
{
    waitingForSession.clear();
    given_up.clear();
    while (!inputs.empty()) {
        withdraw(inputs.begin()->first, words);
    }
    pending.clear();
    while (!calls.empty()) {
        const Call &call = calls.begin()->second;
        finishCall(call.id, {call.wasSent ? kind : CallEnd::Kind::NotSent, {}, 0, words});
    }
    isListing = false;
    for (const auto &listener : std::exchange(listeners, {})) {
        listener(Error{ErrorCode::Unreachable, words, {}});
    }
}

} // namespace countersign::mcp
