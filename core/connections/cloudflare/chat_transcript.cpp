// SPDX-License-Identifier: Apache-2.0
#include "core/connections/cloudflare/chat_transcript.h"

#include "core/base/exact_text.h"

#include <QtCore/QSet>

#include <algorithm>

namespace countersign::cloudflare {

using namespace Qt::Literals::StringLiterals;

namespace {

QString text(const JsonValue &object, std::string_view key)
{
    const JsonValue *value = object.find(key);
    return value && value->isString() ? exactText(value->utf8()) : QString();
}

JsonValue string(const QString &value)
{
    return JsonValue::fromString(value);
}

/// One message as lines for people; empty when it says nothing.
JsonValue::Array linesOf(const ChatMessage &message, size_t partCount)
{
    JsonValue::Array lines;
    QString spoken;
    const auto endOfText = [&] {
        if (!spoken.isEmpty()) {
            lines.push_back(JsonValue::object({{"role", string(message.role)}, {"text", string(spoken)}}));
            spoken.clear();
        }
    };
    for (size_t i = 0; i < std::min(partCount, message.parts.size()); ++i) {
        const ChatPart &part = message.parts[i];
        if (part.kind == ChatPart::Kind::Text) {
            spoken += part.text;
        } else if (part.kind == ChatPart::Kind::ToolCall) {
            endOfText();
            JsonValue line = JsonValue::object({{"role", string(u"tool"_s)}, {"tool", string(part.toolName)}});
            if (part.input) {
                line.set("input", *part.input);
            }
            if (part.output) {
                line.set("output", *part.output);
            }
            if (!part.errorText.isEmpty()) {
                line.set("error", string(part.errorText));
            }
            lines.push_back(std::move(line));
        }
    }
    endOfText();
    return lines;
}

} // namespace

void ChatTranscript::replace(std::vector<ChatMessage> messages)
{
    m_messages = std::move(messages);
    if (m_messages.size() > mostMessages) {
        m_messages.erase(m_messages.begin(), m_messages.end() - static_cast<std::ptrdiff_t>(mostMessages));
    }
}

void ChatTranscript::update(ChatMessage message)
{
    const auto known = std::find_if(m_messages.rbegin(), m_messages.rend(),
                                    [&](const ChatMessage &other) { return other.id == message.id; });
    if (known != m_messages.rend()) {
        *known = std::move(message);
    } else if (m_messages.size() < mostMessages) {
        m_messages.push_back(std::move(message));
    }
}

void ChatTranscript::clear()
{
    m_messages.clear();
    m_streams.clear();
}

QString ChatTranscript::messageOfStream(const QString &id) const
{
    const auto stream = m_streams.find(id);
    return stream == m_streams.end() ? QString() : stream->second.messageId;
}

bool ChatTranscript::apply(const ChatResponse &response)
{
    if (response.done) {
        m_streams.erase(response.id);
        return true;
    }
    if (!m_streams.contains(response.id) && m_streams.size() >= mostStreams) {
        return false;
    }
    Stream &stream = m_streams[response.id];
    if (!response.chunk) {
        return false;
    }
    if (response.seq) {
        // A replay repeats what a continuation has brought already; an ordinary stream is built anew from its start.
        if (*response.seq <= stream.lastSeq && response.continuation) {
            return false;
        }
        stream.lastSeq = *response.seq;
    }
    return applyChunk(stream, *response.chunk, response.continuation);
}

bool ChatTranscript::applyChunk(Stream &stream, const JsonValue &chunk, bool continuation)
{
    const JsonValue *typed = chunk.find("type");
    const std::string_view type = typed ? typed->utf8() : std::string_view();
    if (type == "start") {
        const QString id = text(chunk, "messageId");
        if (!id.isEmpty() && !continuation) {
            stream.messageId = id;
            update({id, u"assistant"_s, {}});
        }
        return false;
    }
    if (type == "start-step") {
        ChatPart step;
        step.type = u"step-start"_s; // As the stored message has it.
        messageOf(stream).parts.push_back(std::move(step));
        return false;
    }
    if (type == "text-delta") {
        appendText(stream, ChatPart::Kind::Text, chunk);
        return false;
    }
    if (type == "reasoning-delta") {
        appendText(stream, ChatPart::Kind::Reasoning, chunk);
        return false;
    }
    return type.starts_with("tool-") && applyToolChunk(stream, type, chunk);
}

ChatMessage &ChatTranscript::messageOf(Stream &stream)
{
    const auto named = std::find_if(m_messages.rbegin(), m_messages.rend(),
                                    [&](const ChatMessage &message) { return message.id == stream.messageId; });
    if (!stream.messageId.isEmpty() && named != m_messages.rend()) {
        return *named;
    }
    // A continuation goes on with what the assistant said last.
    const auto last = std::find_if(m_messages.rbegin(), m_messages.rend(),
                                   [](const ChatMessage &message) { return message.role == "assistant"_L1; });
    if (last != m_messages.rend()) {
        stream.messageId = last->id;
        return *last;
    }
    m_messages.push_back({stream.messageId, u"assistant"_s, {}});
    return m_messages.back();
}

void ChatTranscript::appendText(Stream &stream, ChatPart::Kind kind, const JsonValue &chunk)
{
    ChatMessage &message = messageOf(stream);
    if (message.parts.empty() || message.parts.back().kind != kind) {
        ChatPart part;
        part.kind = kind;
        part.type = kind == ChatPart::Kind::Text ? u"text"_s : u"reasoning"_s;
        message.parts.push_back(std::move(part));
    }
    message.parts.back().text += text(chunk, "delta");
}

ChatPart *ChatTranscript::findCall(const QString &toolCallId)
{
    for (auto message = m_messages.rbegin(); message != m_messages.rend(); ++message) {
        for (ChatPart &part : message->parts) {
            if (part.kind == ChatPart::Kind::ToolCall && part.toolCallId == toolCallId) {
                return &part;
            }
        }
    }
    return nullptr;
}

bool ChatTranscript::applyToolChunk(Stream &stream, const std::string_view &type, const JsonValue &chunk)
{
    const QString id = text(chunk, "toolCallId");
    if (type == "tool-approval-response") {
        for (ChatMessage &message : m_messages) {
            for (ChatPart &part : message.parts) {
                if (!part.approvalId.isEmpty() && part.approvalId == text(chunk, "approvalId")) {
                    const JsonValue *approved = chunk.find("approved");
                    part.approved = approved && approved->toBool();
                    part.state = CallState::ApprovalResponded;
                    return true;
                }
            }
        }
        return false;
    }
    if (id.isEmpty()) {
        return false;
    }
    ChatPart *part = findCall(id);
    if (!part) {
        ChatPart begun;
        begun.kind = ChatPart::Kind::ToolCall;
        begun.toolCallId = id;
        begun.toolName = text(chunk, "toolName");
        begun.type = u"tool-"_s + begun.toolName;
        begun.state = CallState::InputStreaming;
        ChatMessage &message = messageOf(stream);
        message.parts.push_back(std::move(begun));
        part = &message.parts.back();
    }
    if (const JsonValue *input = chunk.find("input")) {
        part->input = *input;
    }
    if (type == "tool-input-available") {
        part->state = CallState::InputAvailable;
    } else if (type == "tool-input-error" || type == "tool-output-error") {
        part->state = CallState::OutputError;
        part->errorText = text(chunk, "errorText");
    } else if (type == "tool-approval-request") {
        part->state = CallState::ApprovalRequested;
        part->approvalId = text(chunk, "approvalId");
        part->requestReason = text(chunk, "reason");
        const JsonValue *automatic = chunk.find("isAutomatic");
        part->isAutomatic = automatic && automatic->toBool();
    } else if (type == "tool-output-available") {
        part->state = CallState::OutputAvailable;
        if (const JsonValue *output = chunk.find("output")) {
            part->output = *output;
        }
        if (!part->approvalId.isEmpty() && !part->approved) {
            part->approved = true; // It ran.
        }
    } else if (type == "tool-output-denied") {
        part->state = CallState::OutputDenied;
        part->approved = false;
    } else {
        return false; // Of its input, piece by piece.
    }
    return true;
}

std::vector<ChatTranscript::Place> ChatTranscript::toolCalls() const
{
    std::vector<Place> places;
    QSet<QString> seen;
    for (size_t message = m_messages.size(); message-- > 0;) {
        const std::vector<ChatPart> &parts = m_messages[message].parts;
        for (size_t part = parts.size(); part-- > 0;) {
            if (parts[part].kind != ChatPart::Kind::ToolCall || seen.contains(parts[part].toolCallId)) {
                continue;
            }
            seen.insert(parts[part].toolCallId);
            places.push_back({message, part});
        }
    }
    std::reverse(places.begin(), places.end());
    return places;
}

JsonValue ChatTranscript::conversationBefore(const Place &place, size_t maxMessages, qsizetype maxBytes) const
{
    std::vector<JsonValue::Array> taken; // Newest first.
    qsizetype bytes = 0;
    size_t leftOut = 0;
    for (size_t message = place.message + 1; message-- > 0;) {
        JsonValue::Array lines =
            linesOf(m_messages[message], message == place.message ? place.part : m_messages[message].parts.size());
        const qsizetype size = writeJson(JsonValue::array(lines)).size();
        if (taken.size() >= maxMessages || bytes + size > maxBytes) {
            leftOut = message + 1;
            break;
        }
        bytes += size;
        taken.push_back(std::move(lines));
    }
    JsonValue conversation = JsonValue::array();
    for (auto lines = taken.rbegin(); lines != taken.rend(); ++lines) {
        for (JsonValue &line : *lines) {
            conversation.append(std::move(line));
        }
    }
    JsonValue context = JsonValue::object();
    context.set("conversation", std::move(conversation));
    if (leftOut > 0) {
        context.set("earlierMessagesLeftOut", JsonValue::fromInteger(static_cast<qint64>(leftOut)));
    }
    return context;
}

} // namespace countersign::cloudflare
