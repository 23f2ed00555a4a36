// SPDX-License-Identifier: Apache-2.0
#include "core/connections/cloudflare/codec.h"

#include "core/base/exact_text.h"

#include <array>

namespace countersign::cloudflare {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr std::array<std::pair<std::string_view, CallState>, 7> callStates{{
    {"input-streaming", CallState::InputStreaming},
    {"input-available", CallState::InputAvailable},
    {"approval-requested", CallState::ApprovalRequested},
    {"approval-responded", CallState::ApprovalResponded},
    {"output-available", CallState::OutputAvailable},
    {"output-error", CallState::OutputError},
    {"output-denied", CallState::OutputDenied},
}};

QString text(const JsonValue &object, std::string_view key)
{
    const JsonValue *value = object.find(key);
    return value && value->isString() ? exactText(value->utf8()) : QString();
}

bool flag(const JsonValue &object, std::string_view key, bool otherwise = false)
{
    const JsonValue *value = object.find(key);
    return value ? value->toBool(otherwise) : otherwise;
}

std::optional<JsonValue> member(const JsonValue &object, std::string_view key)
{
    const JsonValue *value = object.find(key);
    return value ? std::optional(*value) : std::nullopt;
}

PassedOver lacking(const QString &what)
{
    return {u"The frame lacks its %1."_s.arg(what)};
}

/// `tool-NAME` without a name of its own, `dynamic-tool` with one.
QString toolNameOf(const JsonValue &part, const QString &type)
{
    const QString named = text(part, "toolName");
    return !named.isEmpty() || !type.startsWith(u"tool-"_s) ? named : type.mid(5);
}

ChatPart readPart(const JsonValue &value)
{
    ChatPart part;
    part.type = text(value, "type");
    if (part.type == "text"_L1 || part.type == "reasoning"_L1) {
        part.kind = part.type == "text"_L1 ? ChatPart::Kind::Text : ChatPart::Kind::Reasoning;
        part.text = text(value, "text");
        return part;
    }
    if (!part.type.startsWith(u"tool-"_s) && part.type != "dynamic-tool"_L1) {
        return part;
    }
    part.kind = ChatPart::Kind::ToolCall;
    part.toolCallId = text(value, "toolCallId");
    part.toolName = toolNameOf(value, part.type);
    const JsonValue *state = value.find("state");
    part.state = callStateFromText(state ? state->utf8() : std::string_view());
    part.input = member(value, "input");
    part.output = member(value, "output");
    part.errorText = text(value, "errorText");
    if (const JsonValue *approval = value.find("approval"); approval && approval->isObject()) {
        part.approvalId = text(*approval, "id");
        if (const JsonValue *approved = approval->find("approved"); approved && approved->isBool()) {
            part.approved = approved->toBool();
        }
        part.isAutomatic = flag(*approval, "isAutomatic");
        part.requestReason = text(*approval, "requestReason");
    }
    return part;
}

ServerMessage decodeRpc(const JsonValue &frame)
{
    RpcResponse response;
    response.id = text(frame, "id");
    const JsonValue *success = frame.find("success");
    if (response.id.isEmpty() || !success || !success->isBool()) {
        return lacking(u"id or success"_s);
    }
    response.success = success->toBool();
    response.done = flag(frame, "done", true); // Absent on older servers: final.
    response.result = member(frame, "result");
    response.error = text(frame, "error");
    return response;
}

ServerMessage decodeChatResponse(const JsonValue &frame)
{
    ChatResponse response;
    response.id = text(frame, "id");
    response.done = flag(frame, "done");
    response.isError = flag(frame, "error");
    response.continuation = flag(frame, "continuation");
    response.replay = flag(frame, "replay");
    response.replayComplete = flag(frame, "replayComplete");
    response.outcome = text(frame, "outcome");
    if (const JsonValue *seq = frame.find("seq")) {
        response.seq = seq->toInteger();
    }
    const JsonValue *body = frame.find("body");
    const std::string_view bytes = body ? body->utf8() : std::string_view();
    if (response.isError) {
        response.errorText = exactText(bytes);
    } else if (!bytes.empty()) {
        Result<JsonValue> chunk =
            readJson(QByteArrayView(bytes.data(), static_cast<qsizetype>(bytes.size())), frameLimits());
        if (!chunk || !chunk->isObject()) {
            return PassedOver{u"The body of a chat frame is no chunk: it was passed over."_s};
        }
        response.chunk = std::move(*chunk);
    }
    return response;
}

ServerMessage decodeState(const JsonValue &frame)
{
    const JsonValue *state = frame.find("state");
    return state ? ServerMessage(StateSent{*state}) : ServerMessage(lacking(u"state"_s));
}

ServerMessage decodeMessages(const JsonValue &frame)
{
    const JsonValue *messages = frame.find("messages");
    if (!messages || !messages->isArray()) {
        return lacking(u"messages"_s);
    }
    return ChatMessages{readChatMessages(*messages), flag(frame, "connect")};
}

ServerMessage decodeUpdated(const JsonValue &frame)
{
    const JsonValue *message = frame.find("message");
    std::optional<ChatMessage> read = message ? readChatMessage(*message) : std::nullopt;
    return read ? ServerMessage(MessageUpdated{std::move(*read)}) : ServerMessage(lacking(u"message"_s));
}

JsonValue string(const QString &value)
{
    return JsonValue::fromString(value);
}

JsonValue bodyOf(const RpcRequest &request)
{
    return JsonValue::object({{"type", string(u"rpc"_s)},
                              {"id", string(request.id)},
                              {"method", string(request.method)},
                              {"args", JsonValue::array(request.arguments)}});
}

JsonValue bodyOf(const ToolApproval &approval)
{
    return JsonValue::object({{"type", string(u"cf_agent_tool_approval"_s)},
                              {"toolCallId", string(approval.toolCallId)},
                              {"approved", JsonValue::fromBool(approval.approved)},
                              {"autoContinue", JsonValue::fromBool(approval.autoContinue)}});
}

JsonValue bodyOf(const ToolResult &result)
{
    JsonValue body = JsonValue::object({{"type", string(u"cf_agent_tool_result"_s)},
                                        {"toolCallId", string(result.toolCallId)},
                                        {"toolName", string(result.toolName)},
                                        {"output", result.output}});
    if (result.errorText) {
        body.set("state", string(u"output-error"_s));
        body.set("errorText", string(*result.errorText));
    }
    body.set("autoContinue", JsonValue::fromBool(result.autoContinue));
    return body;
}

JsonValue bodyOf(const ChatRequest &request)
{
    JsonValue messages = JsonValue::array(request.messages);
    const JsonValue inner =
        JsonValue::object({{"messages", std::move(messages)}, {"trigger", string(u"submit-message"_s)}});
    const JsonValue init = JsonValue::object(
        {{"method", string(u"POST"_s)}, {"body", JsonValue::fromUtf8(writeJson(inner).toStdString())}});
    return JsonValue::object(
        {{"type", string(u"cf_agent_use_chat_request"_s)}, {"id", string(request.id)}, {"init", init}});
}

JsonValue bodyOf(const StreamResumeRequest &request)
{
    return JsonValue::object(
        {{"type", string(u"cf_agent_stream_resume_request"_s)}, {"probeId", string(request.probeId)}});
}

JsonValue bodyOf(const StreamResumeAck &ack)
{
    return JsonValue::object({{"type", string(u"cf_agent_stream_resume_ack"_s)}, {"id", string(ack.id)}});
}

JsonValue bodyOf(const ApplicationAnswer &answer)
{
    return answer.body;
}

} // namespace

CallState callStateFromText(std::string_view text)
{
    const auto found =
        std::find_if(callStates.begin(), callStates.end(), [text](const auto &known) { return known.first == text; });
    return found == callStates.end() ? CallState::Unknown : found->second;
}

QString toText(CallState state)
{
    for (const auto &[name, known] : callStates) {
        if (known == state) {
            return QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
        }
    }
    return u"unknown"_s;
}

std::optional<ChatMessage> readChatMessage(const JsonValue &value)
{
    const JsonValue *parts = value.find("parts");
    if (!parts || !parts->isArray()) {
        return std::nullopt;
    }
    ChatMessage message;
    message.id = text(value, "id");
    message.role = text(value, "role");
    message.parts.reserve(parts->items().size());
    for (const JsonValue &part : parts->items()) {
        message.parts.push_back(readPart(part));
    }
    return message;
}

std::vector<ChatMessage> readChatMessages(const JsonValue &list)
{
    std::vector<ChatMessage> messages;
    messages.reserve(list.items().size());
    for (const JsonValue &value : list.items()) {
        if (std::optional<ChatMessage> message = readChatMessage(value)) {
            messages.push_back(std::move(*message));
        }
    }
    return messages;
}

ServerMessage decode(QByteArrayView utf8)
{
    Result<JsonValue> frame = readJson(utf8, frameLimits());
    if (!frame) {
        return PassedOver{u"The frame was passed over: %1"_s.arg(frame.error().message)};
    }
    if (!frame->isObject()) {
        return PassedOver{u"The frame was passed over: it is no JSON object."_s};
    }
    const QString type = text(*frame, "type");
    const std::string_view name = frame->find("type") ? frame->find("type")->utf8() : std::string_view();
    if (name == "rpc") {
        return decodeRpc(*frame);
    }
    if (name == "cf_agent_identity") {
        return Identity{text(*frame, "name"), text(*frame, "agent"), flag(*frame, "stateFollows")};
    }
    if (name == "cf_agent_state") {
        return decodeState(*frame);
    }
    if (name == "cf_agent_state_error") {
        return StateError{text(*frame, "error")};
    }
    if (name == "cf_agent_mcp_servers") {
        return McpServers{member(*frame, "mcp").value_or(JsonValue())};
    }
    if (name == "cf_agent_use_chat_response") {
        return decodeChatResponse(*frame);
    }
    if (name == "cf_agent_chat_messages") {
        return decodeMessages(*frame);
    }
    if (name == "cf_agent_message_updated") {
        return decodeUpdated(*frame);
    }
    if (name == "cf_agent_chat_clear") {
        return ChatCleared{};
    }
    if (name == "cf_agent_stream_resuming") {
        return StreamResuming{text(*frame, "id"), text(*frame, "probeId")};
    }
    if (name == "cf_agent_stream_pending") {
        return StreamPending{text(*frame, "id"), text(*frame, "probeId")};
    }
    if (name == "cf_agent_stream_resume_none") {
        return StreamResumeNone{text(*frame, "reason"), text(*frame, "probeId")};
    }
    if (name == "cf_agent_chat_recovering") {
        return ChatRecovering{flag(*frame, "recovering"), text(*frame, "id")};
    }
    if (name.starts_with("cf_agent_")) {
        return PassedOver{u"A frame of a kind that this version does not know was passed over."_s};
    }
    return ApplicationMessage{type, std::move(*frame)};
}

QByteArray encode(const ClientMessage &message)
{
    return writeJson(std::visit([](const auto &one) { return bodyOf(one); }, message));
}

QString typeOf(const ServerMessage &message)
{
    static constexpr std::array<std::string_view, std::variant_size_v<ServerMessage>> names{
        "passed over",
        "cf_agent_identity",
        "cf_agent_state",
        "cf_agent_state_error",
        "cf_agent_mcp_servers",
        "rpc",
        "cf_agent_use_chat_response",
        "cf_agent_chat_messages",
        "cf_agent_message_updated",
        "cf_agent_chat_clear",
        "cf_agent_stream_resuming",
        "cf_agent_stream_pending",
        "cf_agent_stream_resume_none",
        "cf_agent_chat_recovering",
        {}};
    if (const auto *own = std::get_if<ApplicationMessage>(&message)) {
        return own->type.left(80);
    }
    const std::string_view name = names.at(message.index());
    return QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
}

QString typeOf(const ClientMessage &message)
{
    const JsonValue body = std::visit([](const auto &one) { return bodyOf(one); }, message);
    return text(body, "type").left(80);
}

} // namespace countersign::cloudflare
