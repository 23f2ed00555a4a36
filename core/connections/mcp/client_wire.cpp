// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/client_private.h"

#include "core/base/json_reader.h"
#include "core/base/log.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto tickStep = 250ms;
constexpr auto longestStep = 5000ms; ///< A machine that slept has not waited.
constexpr int maxTroubles = 100;
constexpr size_t maxGivenUp = 1000;
constexpr int maxSessions = 2; ///< How often one message is sent again in a new session.
constexpr auto listRest = 200ms;

std::optional<int> errorCodeOf(QByteArrayView error)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(error);
    bool isNumber = false;
    const int code = members ? members->value(u"code").toByteArray().toInt(&isNumber) : 0;
    return isNumber ? std::optional(code) : std::nullopt;
}

CallEnd endOfError(QByteArrayView error)
{
    CallEnd end;
    end.kind = CallEnd::Kind::Error;
    end.body = error.toByteArray();
    end.errorCode = errorCodeOf(error).value_or(Code::Internal);
    const Result<JsonSlices> members = JsonSlices::ofObject(error);
    const QString message = members ? members->text(u"message") : QString();
    end.words = u"The server answered with error %1: "_s.arg(end.errorCode) +
                (message.isEmpty() ? u"it gave no reason"_s : message.left(4000));
    return end;
}

CallEnd endOfFailure(const RequestFailure &failure)
{
    CallEnd end;
    end.words = failure.words;
    const bool wasRefused = failure.kind == RequestFailure::Kind::Refused && failure.httpStatus < 500;
    end.kind =
        wasRefused || failure.kind == RequestFailure::Kind::NotSent || failure.kind == RequestFailure::Kind::SessionGone
            ? CallEnd::Kind::NotSent
            : CallEnd::Kind::Lost;
    // A refusal may carry an error that names no request, because the server did not get as far as reading which.
    const auto read = readMessage(failure.body);
    if (const Message *message = std::get_if<Message>(&read); message && message->kind == Message::Kind::Error) {
        return endOfError(message->body);
    }
    return end;
}

QString nameIn(QByteArrayView params)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(params);
    if (!members) {
        return {};
    }
    const QString name = members->text(u"name");
    return name.isEmpty() ? members->text(u"uri") : name;
}

} // namespace

void Client::Private::trouble(const QString &words)
{
    if (++troubles <= maxTroubles) {
        qCWarning(logMcp) << "a server did what it must not; trouble" << troubles;
        Q_EMIT q.troubled(words);
    }
}

QByteArray Client::Private::withMeta(const QByteArray &params, QByteArrayView token) const
{
    const Result<JsonSlices> members = JsonSlices::ofObject(params.isEmpty() ? QByteArrayView("{}") : params);
    const QByteArrayView given = members ? members->value(u"_meta") : QByteArrayView();
    QByteArray meta = given.isEmpty() ? QByteArray("{}") : given.toByteArray();
    if (!token.isEmpty()) {
        meta = withMemberAdded(meta, "progressToken", token);
    }
    if (isStateless()) {
        meta = withMemberAdded(meta, "io.modelcontextprotocol/protocolVersion", quotedJson(statelessVersion));
        meta = withMemberAdded(meta, "io.modelcontextprotocol/clientInfo",
                               R"({"name":"countersign","version":")" COUNTERSIGN_VERSION "\"}");
        meta = withMemberAdded(meta, "io.modelcontextprotocol/clientCapabilities", capabilities());
    }
    if (meta == "{}") {
        return params.isEmpty() ? QByteArray("{}") : params;
    }
    return given.isEmpty() ? withMemberAdded(params.isEmpty() ? QByteArray("{}") : params, "_meta", meta)
                           : withSliceReplaced(params, given, meta);
}

std::vector<HeaderPair> Client::Private::statelessHeaders(const QByteArray &method, const QByteArray &params) const
{
    std::vector<HeaderPair> headers;
    headers.emplace_back("MCP-Protocol-Version", statelessVersion.toUtf8());
    headers.emplace_back("Mcp-Method", method);
    if (method == "tools/call" || method == "prompts/get" || method == "resources/read") {
        headers.emplace_back("Mcp-Name", headerValue(nameIn(params).toUtf8()));
    }
    return headers;
}

QString Client::Private::sendRequest(const QByteArray &method, const QByteArray &params, CallId call,
                                     std::function<void(const CallEnd &)> done, std::chrono::milliseconds patience,
                                     std::vector<HeaderPair> headers)
{
    Pending sent;
    sent.id = *MessageId::fromToken(QByteArray::number(++wireIds));
    sent.method = method;
    sent.call = call;
    sent.done = std::move(done);
    sent.patience = patience;
    sent.message.kind = OutgoingMessage::Kind::Request;
    sent.message.id = sent.id.key();
    sent.message.bytes =
        requestLine(sent.id, method, withMeta(params, call != 0 ? QByteArrayView(sent.id.token()) : QByteArrayView()));
    sent.message.beginsSession = method == "initialize";
    if (isStateless()) {
        sent.message.headers = statelessHeaders(method, params);
        sent.message.headers.insert(sent.message.headers.end(), headers.begin(), headers.end());
    }
    const OutgoingMessage message = sent.message;
    const QString key = message.id;
    pending.insert_or_assign(key, std::move(sent));
    startClock();
    if (phase == Phase::Handshaking && wasReady && !message.beginsSession) {
        waitingForSession.push_back(message);
    } else {
        transport.send(message);
    }
    return key;
}

void Client::Private::sendNotification(const QByteArray &method, const QByteArray &params)
{
    OutgoingMessage message;
    message.kind = OutgoingMessage::Kind::Notification;
    // Without params where there are none: strict readers want an object.
    message.bytes = params.isEmpty() && !isStateless() ? QByteArray(R"({"jsonrpc":"2.0","method":")" + method + "\"}")
                                                       : notificationLine(method, withMeta(params, {}));
    if (isStateless()) {
        message.headers = statelessHeaders(method, params);
    }
    transport.send(message);
}

void Client::Private::sendAnswer(const QByteArray &line)
{
    OutgoingMessage message;
    message.kind = OutgoingMessage::Kind::Answer;
    message.bytes = line;
    transport.send(message);
}

void Client::Private::receive(const QByteArray &bytes, const QString &stream)
{
    if (phase == Phase::Closed) {
        return;
    }
    const auto read = readMessage(bytes);
    if (const BadMessage *bad = std::get_if<BadMessage>(&read)) {
        trouble(u"The server sent something that is no message: "_s + bad->why);
        return;
    }
    const Message &message = std::get<Message>(read);
    switch (message.kind) {
    case Message::Kind::Request:
        receiveRequest(message, stream);
        break;
    case Message::Kind::Notification:
        receiveNotification(message);
        break;
    case Message::Kind::Result:
    case Message::Kind::Error:
        receiveAnswer(message);
        break;
    }
}

void Client::Private::receiveAnswer(const Message &message)
{
    const auto found = pending.find(message.id.key());
    if (found == pending.end()) {
        const auto late = std::find(given_up.begin(), given_up.end(), message.id.key());
        if (late == given_up.end()) {
            trouble(message.id.token() == "null" ? u"The server reported an error about no request in particular."_s
                                                 : u"The server answered a request that it was not sent."_s);
        }
        return;
    }
    const Pending answered = std::move(found->second);
    pending.erase(found);
    CallEnd end;
    if (message.kind == Message::Kind::Result) {
        end.kind = CallEnd::Kind::Result;
        end.body = message.body.toByteArray();
    } else {
        end = endOfError(message.body);
    }
    answered.done(end);
}

void Client::Private::receiveRequest(const Message &message, const QString &stream)
{
    if (phase == Phase::Probing) {
        return; // Of another time than the question; it will learn which.
    }
    if (isStateless()) {
        trouble(u"The server asked “%1” by a request of its own, which its revision of the protocol does not allow; it "
                "got no answer."_s.arg(message.method.left(100)));
        return;
    }
    if (message.method == "ping"_L1) {
        sendAnswer(resultLine(message.id, "{}"));
    } else if (message.method == "elicitation/create"_L1 || message.method == "sampling/createMessage"_L1) {
        askPushed(message, stream);
    } else {
        sendAnswer(errorLine(message.id, Code::MethodNotFound, u"This client does not offer that."_s));
    }
}

void Client::Private::receiveNotification(const Message &message)
{
    if (message.method == "notifications/progress"_L1) {
        noteProgress(message.params);
    } else if (message.method == "notifications/cancelled"_L1) {
        cancelledByServer(message.params);
    } else if (message.method == "notifications/elicitation/complete"_L1) {
        const Result<JsonSlices> members = JsonSlices::ofObject(message.params);
        const QString elicitation = members ? members->text(u"elicitationId") : QString();
        std::vector<CallId> waiting;
        for (const auto &[id, call] : calls) {
            if (call.addresses.contains(elicitation)) {
                waiting.push_back(id);
            }
        }
        for (const CallId id : waiting) {
            addressOpened(id, elicitation);
        }
    } else if (message.method == "notifications/subscriptions/acknowledged"_L1) {
        subscriptionTries = 0; // It worked: a break much later is not one failure more.
    } else if (message.method == "notifications/tools/list_changed"_L1 && !std::exchange(tellsOfTools, true)) {
        scheduler.after(listRest, &q, [this] {
            tellsOfTools = false;
            if (phase == Phase::Ready) {
                Q_EMIT q.toolsChanged();
            }
        });
    }
}

void Client::Private::noteProgress(QByteArrayView params)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(params);
    const auto token = members ? MessageId::fromToken(members->value(u"progressToken")) : std::nullopt;
    const auto request = token ? pending.find(token->key()) : pending.end();
    const auto found = request == pending.end() ? calls.end() : calls.find(request->second.call);
    if (found == calls.end()) {
        return; // Late, or of nothing.
    }
    bool isNumber = false;
    const double progress = members->value(u"progress").toByteArray().toDouble(&isNumber);
    Call &call = found->second;
    if (!isNumber || progress <= call.lastProgress) {
        return; // It has to rise; what does not keeps no call alive.
    }
    call.lastProgress = progress;
    call.quiet = 0ms;
    bool hasTotal = false;
    const double total = members->value(u"total").toByteArray().toDouble(&hasTotal);
    if (call.options.onProgress) {
        const auto tell = call.options.onProgress;
        tell(progress, hasTotal ? std::optional(total) : std::nullopt, members->text(u"message").left(4000));
    }
}

void Client::Private::requestFailed(const QString &key, const RequestFailure &failure)
{
    const auto found = pending.find(key);
    if (found == pending.end()) {
        return;
    }
    if (failure.kind == RequestFailure::Kind::SessionGone && wasReady) {
        const bool lists = found->second.method == "tools/list";
        if ((lists ? ++lostListings : ++found->second.sessions) <= maxSessions) {
            if (lists) {
                pending.erase(found); // Begun anew there: half a list of each session would be of none.
            } else {
                waitingForSession.push_back(found->second.message); // It was not done: it goes again, unchanged.
            }
            renewSession();
            return;
        }
    }
    const Pending failed = std::move(found->second);
    pending.erase(found);
    if (failed.method == "server/discover" && phase == Phase::Probing &&
        failure.kind == RequestFailure::Kind::NotSent) {
        end({failure.httpStatus == 401 || failure.httpStatus == 403 ? ErrorCode::NotAllowed : ErrorCode::Unreachable,
             failure.words,
             {}});
        return;
    }
    CallEnd how = endOfFailure(failure);
    if (failed.method.startsWith("tasks/")) {
        how.kind = CallEnd::Kind::Lost; // It was only asked about: the call itself was taken long before.
        how.body.clear();
        how.errorCode = 0;
    }
    failed.done(how);
}

void Client::Private::abandonWire(const QString &key, const QString &reason)
{
    const auto found = pending.find(key);
    if (found == pending.end()) {
        return;
    }
    const Pending dropped = std::move(found->second);
    pending.erase(found);
    std::erase_if(waitingForSession, [&](const OutgoingMessage &message) { return message.id == key; });
    given_up.push_back(key);
    if (given_up.size() > maxGivenUp) {
        given_up.pop_front();
    }
    // Over HTTP the stateless revision cancels by closing the stream; initialize and discover are never cancelled.
    const bool tells =
        dropped.method != "initialize" && dropped.method != "server/discover" && !(isStateless() && transport.isHttp());
    if (tells) {
        sendNotification("notifications/cancelled",
                         "{\"requestId\":" + dropped.id.token() + ",\"reason\":" + quotedJson(reason) + '}');
    }
    transport.abandon(key);
}

void Client::Private::startClock()
{
    if (std::exchange(isTicking, true)) {
        return;
    }
    tickedAt = scheduler.clock().monotonic();
    scheduler.after(tickStep, &q, [this] { tick(); });
}

void Client::Private::tick()
{
    isTicking = false;
    const auto now = scheduler.clock().monotonic();
    auto step = std::clamp(now - tickedAt, std::chrono::milliseconds(0), std::chrono::milliseconds(longestStep));
    if (transport.waitsForPerson() && (signingIn += step) < options.person) {
        step = 0ms; // Somebody is signing in.
    }
    std::vector<QString> late;
    for (auto &[key, request] : pending) {
        request.waited += step;
        if (request.patience > 0ms && request.waited >= request.patience) {
            late.push_back(key);
        }
    }
    std::vector<std::pair<CallId, QString>> over;
    for (auto &[id, call] : calls) {
        if (waitsForPeople(call)) {
            call.people += step;
            if (call.people >= options.person) {
                over.emplace_back(id, u"Nobody answered the server's questions in time, so the call was given up."_s);
            }
            continue;
        }
        call.quiet += step;
        call.total += step;
        if (call.quiet >= call.options.quiet || call.total >= call.options.most) {
            over.emplace_back(id, u"The server did not answer in time, so the call was given up."_s);
        }
    }
    for (const QString &key : late) {
        if (const auto found = pending.find(key); found != pending.end()) {
            const auto done = found->second.done;
            abandonWire(key, u"timed out"_s);
            done({CallEnd::Kind::TimedOut, {}, 0, u"The server did not answer in time."_s});
        }
    }
    for (const auto &[id, words] : over) {
        stopCall(id, CallEnd::Kind::TimedOut, words);
    }
    if (!pending.empty() || !calls.empty()) {
        startClock();
    }
}

} // namespace countersign::mcp
