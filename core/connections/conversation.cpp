// SPDX-License-Identifier: Apache-2.0
#include "core/connections/conversation.h"

#include "core/base/exact_text.h"
#include "core/base/json_reader.h"

#include <algorithm>

namespace countersign {

using namespace cloudflare;

namespace {

QString text(const JsonValue &object, std::string_view key)
{
    const JsonValue *value = object.find(key);
    return value && value->isString() ? exactText(value->utf8()) : QString();
}

QByteArray json(const JsonValue &object, std::string_view key)
{
    const JsonValue *value = object.find(key);
    return value ? writeJson(*value) : QByteArray();
}

ConversationLine lineOf(const JsonValue &filed)
{
    ConversationLine line;
    if (const QString tool = text(filed, "tool"); !tool.isEmpty()) {
        line.kind = ConversationLine::Kind::Called;
        line.speaker = tool;
        line.input = json(filed, "input");
        line.output = json(filed, "output");
        line.error = text(filed, "error");
        return line;
    }
    line.speaker = text(filed, "role");
    line.text = text(filed, "text");
    return line;
}

/// Adds \p part to what \p speaker says; texts of one speaker in a row are one line.
void addPart(std::vector<ConversationLine> &lines, const QString &speaker, const ChatPart &part, bool goesOn)
{
    ConversationLine line;
    switch (part.kind) {
    case ChatPart::Kind::Text:
    case ChatPart::Kind::Reasoning:
        if (part.text.isEmpty()) {
            return;
        }
        line.kind = part.kind == ChatPart::Kind::Text ? ConversationLine::Kind::Said : ConversationLine::Kind::Thought;
        if (goesOn && !lines.empty() && lines.back().kind == line.kind) {
            lines.back().text += part.text;
            return;
        }
        line.speaker = speaker;
        line.text = part.text;
        break;
    case ChatPart::Kind::ToolCall:
        line.kind = ConversationLine::Kind::Called;
        line.speaker = part.toolName;
        line.callId = part.toolCallId;
        line.input = part.input ? writeJson(*part.input) : QByteArray();
        line.output = part.output ? writeJson(*part.output) : QByteArray();
        line.error = part.errorText;
        break;
    case ChatPart::Kind::Other:
        return;
    }
    lines.push_back(std::move(line));
}

} // namespace

Conversation readConversation(QByteArrayView annotations)
{
    Conversation conversation;
    if (annotations.isEmpty()) {
        return conversation;
    }
    const Result<JsonValue> read = readJson(annotations);
    const JsonValue *filed = read ? read->find("conversation") : nullptr;
    if (!filed || !filed->isArray()) {
        return conversation;
    }
    for (const JsonValue &item : filed->items()) {
        if (item.isObject()) {
            conversation.lines.push_back(lineOf(item));
        }
    }
    const JsonValue *left = read->find("earlierMessagesLeftOut");
    conversation.earlierLeftOut = left ? std::max<qint64>(left->toInteger().value_or(0), 0) : 0;
    return conversation;
}

Conversation conversationOf(const ChatTranscript &transcript, size_t maxMessages)
{
    const std::vector<ChatMessage> &messages = transcript.messages();
    const size_t first = std::max(messages.size() - std::min(messages.size(), maxMessages), transcript.forgotten());
    Conversation conversation;
    conversation.earlierLeftOut = static_cast<qint64>(first);
    for (size_t i = first; i < messages.size(); ++i) {
        const size_t before = conversation.lines.size();
        for (const ChatPart &part : messages[i].parts) {
            addPart(conversation.lines, messages[i].role, part, conversation.lines.size() > before);
        }
    }
    return conversation;
}

} // namespace countersign
