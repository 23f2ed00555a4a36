// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/client_private.h"

#include "core/base/json_reader.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int urlElicitationRequired = -32042;
constexpr int headerMismatch = -32020;
constexpr size_t maxTools = 10'000;
constexpr size_t maxPages = 1000;
constexpr size_t maxAddresses = 16;
constexpr auto plainTaskPoll = 1000ms;
constexpr auto shortestTaskPoll = 100ms;
constexpr auto longestTaskPoll = 60'000ms;

CallEnd invalidResult(const QString &why)
{
    CallEnd end;
    end.kind = CallEnd::Kind::Error;
    end.errorCode = Code::InvalidRequest;
    end.words = u"The server's answer cannot be understood: "_s + why;
    return end;
}

} // namespace

const ServerTool *Client::Private::findTool(const QString &name) const
{
    const auto found =
        std::find_if(tools.begin(), tools.end(), [&name](const ServerTool &tool) { return tool.tool.name == name; });
    return found == tools.end() ? nullptr : &*found;
}

std::optional<Digest> Client::Private::definitionOf(const QString &tool) const
{
    const ServerTool *found = tool.isEmpty() ? nullptr : findTool(tool);
    return found ? std::optional(found->tool.hash) : std::nullopt;
}

/// Whoever asked for the call knew the tool as it was listed then: no other gets it.
bool Client::Private::endIfChanged(CallId id)
{
    const auto found = calls.find(id);
    if (found == calls.end() || !found->second.definition ||
        found->second.definition == definitionOf(found->second.tool)) {
        return false;
    }
    finishCall(id, {CallEnd::Kind::NotSent,
                    {},
                    0,
                    u"The tool was changed by its server before the call was carried out, so it was not sent to it. "
                    "Look at what the tool is now, and call it again."_s});
    return true;
}

Client::CallId Client::Private::startCall(Call call)
{
    const CallId id = ++callIds;
    call.id = id;
    call.definition = definitionOf(call.tool);
    call.arguments.detach();
    const Result<JsonSlices> params = JsonSlices::ofObject(call.params);
    const bool breaksLine = !transport.isHttp() && (call.params.contains('\n') || call.params.contains('\r'));
    QString problem;
    if (phase != Phase::Ready && !(phase == Phase::Handshaking && wasReady)) {
        problem = u"The server is not connected, so nothing was sent."_s;
    } else if (!params || (!call.arguments.isEmpty() && !JsonSlices::ofObject(call.arguments))) {
        problem = u"The arguments are no JSON object, so nothing was sent."_s;
    } else if (breaksLine) {
        problem =
            u"The arguments have line breaks between their parts, which a server behind a pipe would take for the "
            "end of the message. Nothing was sent."_s;
    }
    calls.insert_or_assign(id, std::move(call));
    // Never within the call that asks: not the end, and so not the sending either, which may fail at once.
    QMetaObject::invokeMethod(
        &q,
        [this, id, problem] {
            if (!calls.contains(id)) {
                return;
            }
            if (!problem.isEmpty()) {
                finishCall(id, {CallEnd::Kind::NotSent, {}, 0, problem});
            } else if (!endIfChanged(id)) {
                sendCall(id);
            }
        },
        Qt::QueuedConnection);
    startClock();
    return id;
}

void Client::Private::sendCall(CallId id)
{
    const auto found = calls.find(id);
    if (found == calls.end()) {
        return;
    }
    Call &call = found->second;
    QByteArray params = call.params;
    if (!call.responses.isEmpty()) {
        params = withMemberAdded(params, "inputResponses", call.responses);
    }
    if (!call.state.isEmpty()) {
        params = withMemberAdded(params, "requestState", call.state);
    }
    call.responses.clear();
    call.state.clear();
    const ServerTool *tool = call.tool.isEmpty() ? nullptr : findTool(call.tool);
    if (tool && tool->tasks == ServerTool::Tasks::Required && !isStateless()) {
        params =
            withMemberAdded(params, "task", "{\"ttl\":" + QByteArray::number(qint64(call.options.most.count())) + '}');
    }
    std::vector<HeaderPair> mirrored;
    if (tool && isStateless() && transport.isHttp()) {
        mirrored = mirroredHeaders(*tool, call.arguments);
    }
    call.wasSent = true;
    call.asksForItself = false;
    call.quiet = 0ms;
    call.lastProgress = -1;
    call.wire = sendRequest(
        call.method, params, id, [this, id](const CallEnd &end) { callEnded(id, end); }, 0ms, std::move(mirrored));
}

void Client::Private::callEnded(CallId id, const CallEnd &end)
{
    const auto found = calls.find(id);
    if (found == calls.end()) {
        return;
    }
    Call &call = found->second;
    call.wire.clear();
    call.quiet = 0ms;
    if (end.isResult()) {
        goOnWithResult(call, end);
    } else if (!goOnWithError(call, end)) {
        finishCall(id, end);
    }
}

void Client::Private::goOnWithResult(Call &call, const CallEnd &end)
{
    const CallId id = call.id;
    const Result<JsonSlices> result = JsonSlices::ofObject(end.body);
    if (!result) {
        finishCall(id, invalidResult(result.error().message));
        return;
    }
    if (!isStateless()) {
        const QByteArrayView task = result->value(u"task");
        if (task.startsWith('{') && call.task.isEmpty() && call.method == "tools/call") {
            takeTask(id, end);
        } else {
            finishCall(id, end);
        }
        return;
    }
    const QString type = result->text(u"resultType");
    if (type.isEmpty() || type == "complete"_L1) {
        finishCall(id, end);
    } else if (type == "input_required"_L1) {
        const bool mayAsk =
            call.method == "tools/call" || call.method == "prompts/get" || call.method == "resources/read";
        if (!mayAsk) {
            finishCall(id, invalidResult(u"it asks for input where that is not possible."_s));
        } else if (!askRoundTrip(call, *result) && calls.contains(id)) {
            withdrawOf(id, u"The call came to an end."_s);
            finishCall(id, invalidResult(u"what it asks for breaks the rules, or it asks again and again."_s));
        }
    } else {
        finishCall(id, invalidResult(u"its kind “%1” is not known."_s.arg(type.left(100))));
    }
}

bool Client::Private::goOnWithError(Call &call, const CallEnd &end)
{
    if (!isStateless() && end.kind == CallEnd::Kind::Error && end.errorCode == urlElicitationRequired) {
        return askAddresses(call, end);
    }
    const bool isMismatch = end.kind == CallEnd::Kind::Error && end.errorCode == headerMismatch;
    if (isStateless() && transport.isHttp() && isMismatch && !std::exchange(call.headersRetried, true)) {
        // Its arguments go to headers that were not known: the server did nothing, and may be asked once more if its
        // tool is the one that the call was meant for.
        q.listTools([this, id = call.id, end](const Result<std::vector<ServerTool>> &now) {
            if (!now) {
                finishCall(id, end);
            } else if (!endIfChanged(id)) {
                sendCall(id);
            }
        });
        return true;
    }
    return false;
}

void Client::Private::finishCall(CallId id, const CallEnd &end)
{
    const auto found = calls.find(id);
    if (found == calls.end()) {
        return;
    }
    CallEnd how = end;
    if (how.kind == CallEnd::Kind::NotSent && !found->second.task.isEmpty()) {
        how.kind = CallEnd::Kind::Lost; // The server took it as a task.
    }
    const Ended done = std::move(found->second.done);
    calls.erase(found);
    withdrawOf(id, u"The call that it belonged to came to an end."_s);
    if (done) {
        done(how);
    }
}

void Client::Private::stopCall(CallId id, CallEnd::Kind kind, const QString &words)
{
    const auto found = calls.find(id);
    if (found == calls.end()) {
        return;
    }
    const Call &call = found->second;
    if (!call.task.isEmpty()) {
        sendRequest(
            "tasks/cancel", "{\"taskId\":" + call.task + '}', 0, [](const CallEnd &) {}, options.request);
    }
    if (!call.wire.isEmpty()) {
        abandonWire(call.wire, words);
    }
    finishCall(id, {call.wasSent ? kind : CallEnd::Kind::NotSent, {}, 0, words});
}

bool Client::Private::waitsForPeople(const Call &call) const
{
    return call.waitsForAddresses || std::any_of(inputs.begin(), inputs.end(), [&call](const auto &entry) {
               // A question of unknown origin may be this call's.
               const CallId of = entry.second.request.call;
               return of == call.id || of == 0;
           });
}

// Several round trips (MCP 2026-07-28 basic/patterns/mrtr)

bool Client::Private::askRoundTrip(Call &call, const JsonSlices &result)
{
    const CallId id = call.id;
    if (++call.rounds > options.rounds) {
        return false;
    }
    const auto state = result.find(u"requestState");
    if (state && !state->startsWith('"')) {
        return false;
    }
    call.state = state ? state->toByteArray() : QByteArray();
    const auto asked = result.find(u"inputRequests");
    const Result<JsonSlices> requests = JsonSlices::ofObject(asked.value_or(QByteArrayView("{}")));
    if (!requests || (!state && requests->members().empty()) ||
        requests->members().size() > static_cast<size_t>(options.openInputs)) {
        return false;
    }
    if (requests->members().empty()) {
        sendCall(id); // The server only wants its state back.
        return true;
    }
    std::vector<Input> found;
    for (const JsonSlices::Member &member : requests->members()) {
        const Result<JsonSlices> request = JsonSlices::ofObject(member.value);
        if (!request) {
            return false;
        }
        Result<InputRequest> read = readInput(request->text(u"method").toUtf8(), request->value(u"params"));
        if (!read) {
            return false;
        }
        Input input;
        input.origin = Input::Origin::RoundTrip;
        input.request = *std::move(read);
        input.request.call = id;
        input.request.round = call.rounds;
        input.member = quotedJson(member.name);
        found.push_back(std::move(input));
    }
    call.responses = "{}";
    call.asksForItself = true;
    call.openInputs = static_cast<int>(found.size()); // All counted before the first can be answered.
    for (Input &input : found) {
        put(std::move(input));
    }
    return true;
}

// Addresses before the call (MCP 2025-11-25 client/elicitation, URL mode)

bool Client::Private::askAddresses(Call &call, const CallEnd &end)
{
    const CallId id = call.id;
    const Result<JsonSlices> error = JsonSlices::ofObject(end.body);
    const Result<JsonSlices> data =
        error ? JsonSlices::ofObject(error->value(u"data")) : Result<JsonSlices>(error.error());
    const Result<std::vector<QByteArrayView>> items = data ? jsonItems(data->value(u"elicitations"), maxAddresses)
                                                           : Result<std::vector<QByteArrayView>>(data.error());
    if (!items || items->empty() || !handler || !options.urls || ++call.rounds > options.rounds) {
        return false;
    }
    std::vector<Input> found;
    for (const QByteArrayView item : *items) {
        Result<InputRequest> read = readInput("elicitation/create", item);
        const Result<Elicitation> asked = readElicitation(item);
        if (!read || !asked || read->kind != InputRequest::Kind::Url) {
            return false;
        }
        Input input;
        input.origin = Input::Origin::Address;
        input.request = *std::move(read);
        input.request.call = id;
        input.request.round = call.rounds; // The same address again is said so, and a person decides.
        input.elicitation = asked->id;
        found.push_back(std::move(input));
    }
    call.urlError = end;
    call.addresses.clear();
    call.openInputs = static_cast<int>(found.size());
    for (Input &input : found) {
        put(std::move(input));
    }
    return true;
}

void Client::Private::addressOpened(CallId id, const QString &elicitation)
{
    const auto found = calls.find(id);
    if (found == calls.end()) {
        return;
    }
    found->second.addresses.remove(elicitation);
    if (found->second.waitsForAddresses && found->second.addresses.isEmpty()) {
        goOnAfterAddresses(id);
    }
}

void Client::Private::goOnAfterAddresses(CallId id)
{
    const auto found = calls.find(id);
    if (found == calls.end() || !std::exchange(found->second.waitsForAddresses, false)) {
        return;
    }
    found->second.addresses.clear();
    sendCall(id);
}

// Tasks (MCP 2025-11-25 basic/utilities/tasks)

void Client::Private::takeTask(CallId id, const CallEnd &end)
{
    const auto found = calls.find(id);
    if (found == calls.end()) {
        return;
    }
    Call &call = found->second;
    if (!end.isResult()) {
        if (!call.awaitsTaskResult) {
            finishCall(id, end);
        }
        return;
    }
    // The first answer has it in `task`, later ones are it.
    const Result<JsonSlices> whole = JsonSlices::ofObject(end.body);
    const QByteArrayView inner = whole ? whole->value(u"task") : QByteArrayView();
    const Result<JsonSlices> task = inner.startsWith('{') ? JsonSlices::ofObject(inner) : whole;
    const QByteArrayView taskId = task ? task->value(u"taskId") : QByteArrayView();
    if (!taskId.startsWith('"') || taskId.size() > maxIdBytes || (!call.task.isEmpty() && taskId != call.task)) {
        finishCall(id, invalidResult(u"its task has no usable id."_s));
        return;
    }
    call.task = taskId.toByteArray();
    const QString status = task->text(u"status");
    const auto poll = std::chrono::milliseconds(task->value(u"pollInterval").toByteArray().toLongLong());
    const std::chrono::milliseconds pause =
        poll > 0ms ? std::clamp<std::chrono::milliseconds>(poll, shortestTaskPoll, longestTaskPoll) : plainTaskPoll;
    if (status == "working"_L1) {
        call.quiet = 0ms;
        followTask(id, pause);
    } else if (status == "input_required"_L1 || status == "completed"_L1 || status == "failed"_L1 ||
               status == "cancelled"_L1) {
        fetchTaskResult(id);
    } else {
        finishCall(id, invalidResult(u"its task is in a state that is not known."_s));
    }
}

void Client::Private::followTask(CallId id, std::chrono::milliseconds pause)
{
    scheduler.after(pause, &q, [this, id] {
        const auto found = calls.find(id);
        if (found == calls.end() || found->second.awaitsTaskResult) {
            return;
        }
        sendRequest(
            "tasks/get", "{\"taskId\":" + found->second.task + '}', 0,
            [this, id](const CallEnd &end) { takeTask(id, end); }, options.request);
    });
}

void Client::Private::fetchTaskResult(CallId id)
{
    Call &call = calls.at(id);
    if (std::exchange(call.awaitsTaskResult, true)) {
        return;
    }
    // In `input_required` the questions come while this waits, and it ends when the task does.
    call.wire = sendRequest(
        "tasks/result", "{\"taskId\":" + call.task + '}', id, [this, id](const CallEnd &end) { callEnded(id, end); },
        0ms);
}

// Lists

void Client::Private::beginListing()
{
    if (!std::exchange(isListing, true)) {
        ++listing;
        listed.clear();
        cursors.clear();
        listPage({});
    }
}

void Client::Private::listPage(const QByteArray &cursor)
{
    const QByteArray params = cursor.isEmpty() ? QByteArray("{}") : "{\"cursor\":" + cursor + '}';
    const auto done = [this, current = listing](const CallEnd &end) {
        if (current != listing) {
            return; // Of a session that is gone.
        }
        if (!end.isResult()) {
            endListing(Error{ErrorCode::Unreachable, u"The server's tools could not be listed: "_s + end.words, {}});
            return;
        }
        Result<ToolPage> page = readToolPage(end.body, transport.isHttp());
        if (!page) {
            endListing(Error{
                ErrorCode::Malformed, u"The server's list of tools cannot be read: "_s + page.error().message, {}});
            return;
        }
        for (const QString &words : page->leftOut) {
            trouble(words);
        }
        for (ServerTool &tool : page->tools) {
            const bool isTwice = std::any_of(listed.begin(), listed.end(), [&tool](const ServerTool &other) {
                return other.tool.name == tool.tool.name;
            });
            if (isTwice) {
                trouble(
                    u"The server lists the tool “%1” twice; the second was left out."_s.arg(tool.tool.name.left(100)));
            } else if (listed.size() < maxTools) {
                listed.push_back(std::move(tool));
            }
        }
        const QByteArray next = page->nextCursor;
        if (next.isEmpty()) {
            endListing(std::exchange(listed, {}));
        } else if (cursors.contains(next) || static_cast<size_t>(cursors.size()) >= maxPages ||
                   listed.size() >= maxTools) {
            trouble(u"The server's list of tools has no end; it was read so far."_s);
            endListing(std::exchange(listed, {}));
        } else {
            cursors.insert(next);
            listPage(next);
        }
    };
    sendRequest("tools/list", params, 0, done, options.request);
}

void Client::Private::endListing(const Result<std::vector<ServerTool>> &end)
{
    isListing = false;
    lostListings = 0;
    if (end) {
        tools = *end;
    }
    for (const auto &listener : std::exchange(listeners, {})) {
        listener(end);
    }
}

} // namespace countersign::mcp
