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

size_t weightOf(const JsonValue &value)
{
    size_t weight = sizeof(JsonValue);
    if (value.isString()) {
        weight += value.utf8().size();
    } else if (value.isArray()) {
        for (const JsonValue &item : value.items()) {
            weight += weightOf(item);
        }
    } else if (value.isObject()) {
        for (const JsonValue::Member &member : value.members()) {
            weight += sizeof(JsonValue::Member) + member.key.size() + weightOf(member.value);
        }
    }
    return weight;
}

size_t weightOf(const std::optional<JsonValue> &value)
{
    return value ? weightOf(*value) : 0;
}

size_t weightOf(const QString &text)
{
    return static_cast<size_t>(text.size()) * sizeof(QChar);
}

/// Without its text, which is counted by itself.
size_t weightOf(const ChatPart &part)
{
    return sizeof(ChatPart) + weightOf(part.type) + weightOf(part.toolCallId) + weightOf(part.toolName) +
           weightOf(part.errorText) + weightOf(part.approvalId) + weightOf(part.requestReason) + weightOf(part.input) +
           weightOf(part.output);
}

/// Nothing comes of it any more.
bool isSettled(const ChatPart &part)
{
    return part.kind != ChatPart::Kind::ToolCall || part.state == CallState::OutputAvailable ||
           part.state == CallState::OutputError || part.state == CallState::OutputDenied;
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
    m_talk = 0;
    m_held = 0;
    m_forgotten = 0;
    for (const ChatMessage &message : m_messages) {
        count(message);
    }
    forgetTalk();
}

void ChatTranscript::update(ChatMessage message)
{
    const auto known = std::find_if(m_messages.rbegin(), m_messages.rend(),
                                    [&](const ChatMessage &other) { return other.id == message.id; });
    const bool isNew = known == m_messages.rend();
    if (m_held >= mostHeld || (isNew && m_messages.size() >= mostMessages)) {
        if (!isNew) {
            takeStates(*known, message);
        }
        return;
    }
    count(message);
    if (isNew) {
        m_messages.push_back(std::move(message));
    } else {
        discount(*known);
        *known = std::move(message);
    }
    forgetTalk();
}

/// Of a message that is not taken in any more: what became of the calls that are known.
void ChatTranscript::takeStates(ChatMessage &known, const ChatMessage &now)
{
    for (const ChatPart &part : now.parts) {
        const auto call = std::find_if(known.parts.begin(), known.parts.end(), [&](const ChatPart &one) {
            return one.kind == ChatPart::Kind::ToolCall && one.toolCallId == part.toolCallId;
        });
        if (part.kind == ChatPart::Kind::ToolCall && call != known.parts.end()) {
            call->state = part.state;
            call->approved = part.approved;
        }
    }
}

void ChatTranscript::clear()
{
    m_messages.clear();
    m_streams.clear();
    m_talk = 0;
    m_held = 0;
    m_forgotten = 0;
}

void ChatTranscript::count(const ChatMessage &message)
{
    m_held += sizeof(ChatMessage) + weightOf(message.id) + weightOf(message.role);
    for (const ChatPart &part : message.parts) {
        m_held += weightOf(part);
        m_talk += weightOf(part.text);
    }
}

void ChatTranscript::discount(const ChatMessage &message)
{
    m_held -= sizeof(ChatMessage) + weightOf(message.id) + weightOf(message.role);
    for (const ChatPart &part : message.parts) {
        m_held -= weightOf(part);
        m_talk -= weightOf(part.text);
    }
}

/// Where more was said than is kept, the oldest words go, those around open calls last.
void ChatTranscript::forgetTalk()
{
    if (m_talk <= mostTalk) {
        return;
    }
    const auto forget = [this](ChatPart &part) {
        m_talk -= weightOf(part.text);
        part.text = QString();
    };
    const auto isStreamed = [this](const ChatMessage &message) {
        return std::any_of(m_streams.begin(), m_streams.end(),
                           [&](const auto &stream) { return stream.second.messageId == message.id; });
    };
    const size_t last = m_messages.size() - 1;                               // The newest one goes on.
    for (; m_forgotten < last && m_talk > mostTalk / 4 * 3; ++m_forgotten) { // More than has to be: so it is seldom.
        ChatMessage &message = m_messages[m_forgotten];
        if (!isStreamed(message) && std::all_of(message.parts.begin(), message.parts.end(), isSettled)) {
            std::for_each(message.parts.begin(), message.parts.end(), forget);
        }
    }
    if (m_talk <= mostTalk) {
        return;
    }
    // What is left is around open calls, or comes in at this moment.
    ChatPart *newest = m_messages[last].parts.empty() ? nullptr : &m_messages[last].parts.back();
    for (ChatMessage &message : m_messages) {
        for (ChatPart &part : message.parts) {
            if (&part != newest) {
                forget(part);
            }
        }
    }
    if (m_talk > mostTalk && newest) {
        constexpr auto most = static_cast<qsizetype>(mostTalk / 4 / sizeof(QChar));
        newest->text = u"… "_s + newest->text.right(most);
        m_talk = weightOf(newest->text);
    }
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
        addPart(stream, std::move(step));
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
    count(m_messages.back());
    return m_messages.back();
}

void ChatTranscript::appendText(Stream &stream, ChatPart::Kind kind, const JsonValue &chunk)
{
    ChatMessage &message = messageOf(stream);
    ChatPart *part = message.parts.empty() ? nullptr : &message.parts.back();
    if (!part || part->kind != kind) {
        ChatPart begun;
        begun.kind = kind;
        begun.type = kind == ChatPart::Kind::Text ? u"text"_s : u"reasoning"_s;
        part = addPart(stream, std::move(begun));
    }
    if (part) {
        const QString delta = text(chunk, "delta");
        m_talk += weightOf(delta);
        part->text += delta;
        forgetTalk();
    }
}

/// Null: there are too many.
ChatPart *ChatTranscript::addPart(Stream &stream, ChatPart part)
{
    ChatMessage &message = messageOf(stream);
    if (message.parts.size() >= mostParts || m_held >= mostHeld) {
        return nullptr;
    }
    m_held += weightOf(part);
    message.parts.push_back(std::move(part));
    return &message.parts.back();
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
        part = addPart(stream, std::move(begun));
        if (!part) {
            return false;
        }
    }
    return moveCall(*part, type, chunk);
}

/// True: the call came further.
bool ChatTranscript::moveCall(ChatPart &call, std::string_view type, const JsonValue &chunk)
{
    const auto exchange = [this](auto &kept, auto next) {
        m_held -= weightOf(kept);
        kept = std::move(next);
        m_held += weightOf(kept);
    };
    if (const JsonValue *input = chunk.find("input")) {
        if (m_held >= mostHeld) {
            return false; // It is never asked then.
        }
        exchange(call.input, std::optional(*input));
    }
    if (type == "tool-input-available") {
        call.state = CallState::InputAvailable;
    } else if (type == "tool-input-error" || type == "tool-output-error") {
        call.state = CallState::OutputError;
        exchange(call.errorText, m_held < mostHeld / 2 ? text(chunk, "errorText") : QString());
    } else if (type == "tool-approval-request" && !call.input) {
        return false; // Nobody can be asked about what is not known.
    } else if (type == "tool-approval-request") {
        call.state = CallState::ApprovalRequested;
        exchange(call.approvalId, text(chunk, "approvalId"));
        exchange(call.requestReason, m_held < mostHeld ? text(chunk, "reason") : QString());
        const JsonValue *automatic = chunk.find("isAutomatic");
        call.isAutomatic = automatic && automatic->toBool();
    } else if (type == "tool-output-available") {
        call.state = CallState::OutputAvailable;
        if (const JsonValue *output = chunk.find("output"); output && m_held < mostHeld / 2) {
            exchange(call.output, std::optional(*output));
        }
        if (!call.approvalId.isEmpty() && !call.approved) {
            call.approved = true; // It ran.
        }
    } else if (type == "tool-output-denied") {
        call.state = CallState::OutputDenied;
        call.approved = false;
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
        const bool isForgotten = message < m_forgotten && message != place.message;
        if (isForgotten || taken.size() >= maxMessages || bytes + size > maxBytes) {
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
