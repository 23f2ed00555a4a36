// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/codec.h"

#include "core/base/json_text.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;

namespace {

bool isObject(QByteArrayView value)
{
    return value.startsWith('{');
}

bool isWholeNumber(QByteArrayView token)
{
    const QByteArrayView digits = token.startsWith('-') ? token.sliced(1) : token;
    return !digits.isEmpty() && token.size() <= 40 &&
           std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
}

QByteArray quoted(const QString &text)
{
    std::string json;
    appendJsonString(json, withoutLoneSurrogates(text).toStdString());
    return QByteArray::fromStdString(json);
}

BadMessage bad(int code, const QString &why, const MessageId &id = {})
{
    return {code, why, id};
}

std::variant<Message, BadMessage> readAsked(const JsonSlices &envelope, const MessageId &id, bool hasId)
{
    Message message;
    message.kind = hasId ? Message::Kind::Request : Message::Kind::Notification;
    message.id = id;
    message.method = envelope.text(u"method");
    if (message.method.isEmpty()) {
        return bad(Code::InvalidRequest, u"The method is no text."_s, id);
    }
    if (envelope.find(u"result") || envelope.find(u"error")) {
        return bad(Code::InvalidRequest, u"A message is either a request or an answer."_s, id);
    }
    message.params = envelope.value(u"params");
    if (message.params == "null") {
        message.params = {}; // Some peers write what they do not have.
    }
    if (!message.params.isEmpty() && !isObject(message.params)) {
        return bad(Code::InvalidParams, u"The params are no object."_s, id);
    }
    return message;
}

std::variant<Message, BadMessage> readAnswer(const JsonSlices &envelope, const MessageId &id, bool hasId)
{
    const auto result = envelope.find(u"result");
    const auto error = envelope.find(u"error");
    if (result.has_value() == error.has_value()) {
        return bad(Code::InvalidRequest, u"An answer has either a result or an error."_s, id);
    }
    if (!hasId && result) {
        return bad(Code::InvalidRequest, u"The result says of no request that it answers it."_s);
    }
    Message message;
    message.kind = result ? Message::Kind::Result : Message::Kind::Error;
    message.id = id;
    message.body = result ? *result : *error;
    if (!isObject(message.body)) {
        return bad(Code::InvalidRequest, u"The answer is no object."_s, id);
    }
    return message;
}

QByteArray envelope(const QByteArray &rest)
{
    return R"({"jsonrpc":"2.0",)" + rest + '}';
}

QByteArrayView metaMember(QByteArrayView meta, QStringView name)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(meta);
    return members ? members->value(name) : QByteArrayView();
}

} // namespace

std::optional<MessageId> MessageId::fromToken(QByteArrayView token)
{
    MessageId id;
    if (isWholeNumber(token)) {
        id.m_key = u'n' + QString::fromLatin1(token);
    } else if (const auto text = jsonStringText(token); text && token.size() <= maxIdBytes + 2) {
        id.m_key = u't' + *text;
    } else {
        return std::nullopt;
    }
    id.m_token = token.toByteArray();
    return id;
}

std::variant<Message, BadMessage> readMessage(QByteArrayView line)
{
    if (line.size() > maxMessageBytes) {
        return bad(Code::InvalidRequest, u"The message has more than 64 MiB."_s);
    }
    if (line.contains('\r')) {
        return bad(Code::ParseError, u"There is a carriage return inside the message."_s);
    }
    if (line.trimmed().startsWith('[')) {
        return bad(Code::InvalidRequest, u"Batches are not part of the protocol."_s);
    }
    const Result<JsonSlices> envelope = JsonSlices::ofObject(line);
    if (!envelope) {
        return bad(Code::ParseError, envelope.error().message);
    }
    const QByteArrayView idToken = envelope->value(u"id");
    const std::optional<MessageId> id = MessageId::fromToken(idToken);
    if (envelope->text(u"jsonrpc") != "2.0"_L1) {
        return bad(Code::InvalidRequest, u"This is no JSON-RPC 2.0 message."_s, id.value_or(MessageId()));
    }
    if (!envelope->lookAlike({u"jsonrpc", u"id", u"method", u"params", u"result", u"error"}).isEmpty()) {
        return bad(Code::InvalidRequest, u"A member differs from a known one only in upper and lower case."_s,
                   id.value_or(MessageId()));
    }
    const bool isAsked = envelope->find(u"method").has_value();
    const bool nullOfError = !isAsked && idToken == "null";
    if (envelope->find(u"id") && !id && !nullOfError) {
        return bad(Code::InvalidRequest, u"The id is neither a text of at most 256 bytes nor a whole number."_s);
    }
    return isAsked ? readAsked(*envelope, id.value_or(MessageId()), id.has_value())
                   : readAnswer(*envelope, id.value_or(MessageId()), id.has_value());
}

Result<ToolCall> readToolCall(QByteArrayView params)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(params);
    if (!members) {
        return members.error();
    }
    const auto refused = [](const QString &why) { return Error{ErrorCode::Malformed, why, {}}; };
    if (!members->lookAlike({u"name", u"arguments", u"_meta", u"task", u"inputResponses", u"requestState"}).isEmpty()) {
        return refused(u"A member of the call differs from a known one only in upper and lower case."_s);
    }
    ToolCall call;
    call.name = members->text(u"name");
    if (call.name.isEmpty()) {
        return refused(u"The call names no tool."_s);
    }
    call.arguments = members->value(u"arguments");
    call.meta = members->value(u"_meta");
    call.task = members->value(u"task");
    call.inputResponses = members->value(u"inputResponses");
    for (const QByteArrayView part : {call.arguments, call.meta, call.task, call.inputResponses}) {
        if (!part.isEmpty() && !isObject(part)) {
            return refused(u"The arguments, _meta, task and inputResponses of a call are objects."_s);
        }
    }
    if (const auto state = members->find(u"requestState")) {
        if (!state->startsWith('"')) {
            return refused(u"The requestState of a call is a text."_s);
        }
        call.requestState = state->toByteArray();
    }
    return call;
}

QByteArray progressTokenOf(QByteArrayView meta)
{
    const QByteArrayView token = metaMember(meta, u"progressToken");
    return MessageId::fromToken(token) ? token.toByteArray() : QByteArray();
}

QString modernVersionOf(QByteArrayView meta)
{
    return jsonStringText(metaMember(meta, u"io.modelcontextprotocol/protocolVersion")).value_or(QString());
}

QByteArrayView modernCapabilitiesOf(QByteArrayView meta)
{
    return metaMember(meta, u"io.modelcontextprotocol/clientCapabilities");
}

bool declaresElicitation(QByteArrayView capabilities)
{
    return isObject(metaMember(capabilities, u"elicitation"));
}

std::optional<MessageId> cancelledId(QByteArrayView params)
{
    return MessageId::fromToken(metaMember(params, u"requestId"));
}

QByteArray requestLine(const MessageId &id, QByteArrayView method, QByteArrayView params)
{
    return envelope("\"id\":" + id.token() + ",\"method\":\"" + method.toByteArray() +
                    "\",\"params\":" + params.toByteArray());
}

QByteArray notificationLine(QByteArrayView method, QByteArrayView params)
{
    return envelope("\"method\":\"" + method.toByteArray() + "\",\"params\":" + params.toByteArray());
}

QByteArray resultLine(const MessageId &id, QByteArrayView result)
{
    return envelope("\"id\":" + id.token() + ",\"result\":" + result.toByteArray());
}

QByteArray errorLine(const MessageId &id, int code, const QString &message, QByteArrayView data)
{
    const QByteArray more = data.isEmpty() ? QByteArray() : ",\"data\":" + data.toByteArray();
    return envelope("\"id\":" + id.token() + ",\"error\":{\"code\":" + QByteArray::number(code) +
                    ",\"message\":" + quoted(message) + more + '}');
}

QByteArray progressLine(QByteArrayView token, double progress, const QString &message)
{
    return notificationLine("notifications/progress", "{\"progressToken\":" + token.toByteArray() +
                                                          ",\"progress\":" + QByteArray::number(progress, 'g', 12) +
                                                          ",\"message\":" + quoted(message) + '}');
}

QByteArray toolFailure(const QString &text)
{
    return R"({"resultType":"complete","content":[{"type":"text","text":)" + quoted(text) + R"(}],"isError":true})";
}

QByteArray toolSuccess(QByteArrayView structured)
{
    return R"({"resultType":"complete","content":[{"type":"text","text":)" + quoted(QString::fromUtf8(structured)) +
           R"(}],"structuredContent":)" + structured.toByteArray() + '}';
}

} // namespace countersign::mcp
