// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/client_private.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr int samplingRefused = -1;

Error refusedInput(int code, const QString &why)
{
    return {code == Code::InvalidParams ? ErrorCode::InvalidInput : ErrorCode::NotAllowed, why, {}};
}

} // namespace

Result<InputRequest> Client::Private::readInput(const QByteArray &method, QByteArrayView params) const
{
    InputRequest request;
    request.params = params.toByteArray();
    request.answerWithin = options.person;
    if (method == "sampling/createMessage") {
        if (!handler || !options.sampling) {
            return refusedInput(Code::MethodNotFound, u"This client does not write for models."_s);
        }
        const Result<Sampling> sampling = readSampling(params);
        if (!sampling) {
            return sampling.error();
        }
        request.kind = InputRequest::Kind::Sampling;
        request.message = sampling->prompt;
        return request;
    }
    if (method != "elicitation/create" || !handler || (!options.forms && !options.urls)) {
        return refusedInput(Code::MethodNotFound, u"This client does not offer that."_s);
    }
    Result<Elicitation> asked = readElicitation(params);
    if (!asked) {
        return asked.error();
    }
    const bool isUrl = asked->mode == Elicitation::Mode::Url;
    if (isUrl ? !options.urls : !options.forms) {
        return refusedInput(Code::InvalidParams, u"This client did not declare that mode."_s);
    }
    request.kind = isUrl ? InputRequest::Kind::Url : InputRequest::Kind::Form;
    request.message = asked->message;
    request.schema = asked->schema;
    request.url = asked->url;
    return request;
}

/// The call that made the server ask, as far as that can be told.
Client::CallId Client::Private::callBehind(QByteArrayView params, const QString &stream) const
{
    if (const auto found = pending.find(stream); found != pending.end() && found->second.call != 0) {
        return found->second.call;
    }
    const Result<JsonSlices> members = JsonSlices::ofObject(params);
    const Result<JsonSlices> meta =
        members ? JsonSlices::ofObject(members->value(u"_meta")) : Result<JsonSlices>(members.error());
    const Result<JsonSlices> task = meta ? JsonSlices::ofObject(meta->value(u"io.modelcontextprotocol/related-task"))
                                         : Result<JsonSlices>(meta.error());
    if (task) {
        for (const auto &[id, call] : calls) {
            if (!call.task.isEmpty() && call.task == task->value(u"taskId")) {
                return id;
            }
        }
    }
    return calls.size() == 1 ? calls.begin()->first : 0;
}

void Client::Private::askPushed(const Message &message, const QString &stream)
{
    const bool isTwice = std::any_of(inputs.begin(), inputs.end(), [&message](const auto &entry) {
        return entry.second.origin == Input::Origin::Pushed && entry.second.serverId.key() == message.id.key();
    });
    if (isTwice) {
        trouble(u"The server asked twice under one id; the second question was left out."_s);
        return;
    }
    if (phase != Phase::Ready) {
        trouble(u"The server asked before the connection was ready; it was turned away."_s);
        sendAnswer(errorLine(message.id, Code::InvalidRequest, u"The connection is not ready."_s));
        return;
    }
    if (static_cast<int>(inputs.size()) >= options.openInputs) {
        trouble(u"The server asked more than %1 things at once; the rest was turned away."_s.arg(options.openInputs));
        sendAnswer(errorLine(message.id, Code::Gone, u"Too many questions wait for an answer."_s));
        return;
    }
    Result<InputRequest> request = readInput(message.method.toUtf8(), message.params);
    if (!request) {
        const int code = request.error().code == ErrorCode::NotAllowed ? Code::MethodNotFound : Code::InvalidParams;
        sendAnswer(errorLine(message.id, code, request.error().message));
        return;
    }
    Input input;
    input.request = *std::move(request);
    input.request.call = callBehind(message.params, stream);
    input.serverId = message.id;
    if (const auto found = calls.find(input.request.call); found != calls.end()) {
        input.request.round = ++found->second.rounds;
    }
    put(std::move(input));
}

void Client::Private::put(Input input)
{
    input.request.id = ++inputIds;
    if (const auto found = calls.find(input.request.call); found != calls.end()) {
        input.request.tool = found->second.tool;
        input.request.arguments = found->second.arguments;
    }
    const InputRequest request = input.request;
    inputs.insert_or_assign(request.id, std::move(input));
    handler->ask(request);
}

Result<> Client::Private::takeAnswer(InputRequest::Id id, const InputAnswer &given)
{
    const auto found = inputs.find(id);
    if (found == inputs.end()) {
        return Error{ErrorCode::NotFound, u"The server does not wait for this answer any more."_s, {}};
    }
    const InputRequest::Kind kind = found->second.request.kind;
    const bool accepts = given.action == InputAnswer::Action::Accept;
    if (accepts && kind != InputRequest::Kind::Url) {
        const Result<> fits = kind == InputRequest::Kind::Form
                                  ? checkFormAnswer(found->second.request.schema, given.content)
                                  : checkSamplingResult(given.content);
        if (!fits) {
            return fits;
        }
        if (!transport.isHttp() && (given.content.contains('\n') || given.content.contains('\r'))) {
            return Error{ErrorCode::Malformed, u"The answer has line breaks between its parts."_s, {}};
        }
    }
    const Input input = std::move(found->second);
    inputs.erase(found);
    QByteArray result;
    if (kind == InputRequest::Kind::Sampling) {
        result = accepts ? given.content : QByteArray();
    } else {
        const QByteArray action = accepts                                        ? "accept"
                                  : given.action == InputAnswer::Action::Decline ? "decline"
                                                                                 : "cancel";
        result = "{\"action\":\"" + action + '"' +
                 (accepts && kind == InputRequest::Kind::Form ? ",\"content\":" + given.content : QByteArray()) + '}';
    }
    if (input.origin == Input::Origin::Pushed) {
        sendAnswer(result.isEmpty() ? errorLine(input.serverId, samplingRefused, u"User rejected sampling request"_s)
                                    : resultLine(input.serverId, result));
        return {};
    }
    const auto waiting = calls.find(input.request.call);
    if (waiting == calls.end()) {
        return {};
    }
    Call &call = waiting->second;
    if (input.origin == Input::Origin::Address) {
        if (!accepts) {
            finishCall(call.id, CallEnd(call.urlError));
            return {};
        }
        if (!input.elicitation.isEmpty()) {
            call.addresses.insert(input.elicitation);
        }
        if (--call.openInputs == 0) {
            call.waitsForAddresses = true;
            const int generation = ++call.urlGeneration;
            scheduler.after(options.urlPatience, &q, [this, callId = call.id, generation] {
                if (const auto later = calls.find(callId);
                    later != calls.end() && later->second.urlGeneration == generation) {
                    goOnAfterAddresses(callId);
                }
            });
        }
        return {};
    }
    if (result.isEmpty()) {
        // A refused sampling has no form in which it could be told: the call is not made again.
        stopCall(call.id, CallEnd::Kind::Cancelled, u"The server was refused what it asked for, so the call ended."_s);
        return {};
    }
    const QByteArray name = input.member.sliced(1, input.member.size() - 2);
    call.responses = withMemberAdded(call.responses, name, result);
    if (--call.openInputs == 0) {
        sendCall(call.id);
    }
    return {};
}

void Client::Private::withdraw(InputRequest::Id id, const QString &why)
{
    const auto found = inputs.find(id);
    if (found == inputs.end()) {
        return;
    }
    inputs.erase(found);
    handler->withdraw(id, why);
}

void Client::Private::withdrawOf(CallId call, const QString &why)
{
    std::vector<InputRequest::Id> ids;
    for (const auto &[id, input] : inputs) {
        if (input.request.call == call) {
            ids.push_back(id);
        }
    }
    for (const InputRequest::Id id : ids) {
        const auto found = inputs.find(id);
        if (found == inputs.end()) {
            continue;
        }
        if (found->second.origin == Input::Origin::Pushed && phase == Phase::Ready) {
            // Servers do not reliably take back what they asked for a call that is over.
            sendAnswer(found->second.request.kind == InputRequest::Kind::Sampling
                           ? errorLine(found->second.serverId, samplingRefused, u"User rejected sampling request"_s)
                           : resultLine(found->second.serverId, R"({"action":"cancel"})"));
        }
        withdraw(id, why);
    }
}

void Client::Private::cancelledByServer(QByteArrayView params)
{
    const std::optional<MessageId> taken = cancelledId(params);
    if (!taken) {
        return;
    }
    for (const auto &[id, input] : inputs) {
        if (input.origin == Input::Origin::Pushed && input.serverId.key() == taken->key()) {
            withdraw(id, u"The server took its question back."_s);
            return;
        }
    }
}

} // namespace countersign::mcp
