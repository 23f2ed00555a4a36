// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/cloudflare/messages.h"

#include <map>

namespace countersign::cloudflare {

/// A chat as far as it is known: whole snapshots, single messages, and what streams in piece by piece. Of a chat that
/// grows without end the newest is kept, and every call that is still open.
class ChatTranscript
{
public:
    static constexpr size_t mostMessages = 20'000;
    static constexpr size_t mostParts = 10'000; ///< Of one message.
    static constexpr size_t mostStreams = 64;
    static constexpr size_t mostBytes = 4 * 1024 * 1024;   ///< Of memory, about. Open calls may take more:
    static constexpr size_t mostOpenBytes = 4 * mostBytes; ///< what comes then is not taken in.

    struct Place {
        size_t message = 0;
        size_t part = 0;
    };

    void replace(std::vector<ChatMessage> messages);
    void update(ChatMessage message); ///< Replaces the one with its id, or comes last.
    void clear();
    /// Takes one streamed frame in. True: a tool call came further, so that somebody may wait now or no longer.
    bool apply(const ChatResponse &response);
    /// What streams is no longer followed: after a lost connection. The messages stay as they are.
    void forgetStreams() { m_streams.clear(); }
    /// Id of the message that the stream \p id brings; empty: unknown.
    QString messageOfStream(const QString &id) const;
    size_t forgotten() const { return m_forgotten; } ///< Messages before the first one.
    size_t weight() const { return m_weight; }       ///< Bytes of memory, about.
    /// Does an answer stream in that has not come to its end?
    bool isStreaming() const { return !m_streams.empty(); }

    const std::vector<ChatMessage> &messages() const { return m_messages; }
    const ChatPart &part(const Place &place) const { return m_messages[place.message].parts[place.part]; }
    /// Every tool call, each once, in order: of a call that several messages repeat, the last.
    std::vector<Place> toolCalls() const;
    /// What was said before \p place, for people: an array of `{role, text}` and `{role: "tool", tool, input, output}`,
    /// at most \p maxMessages messages and about \p maxBytes; what is left out in front is counted.
    JsonValue conversationBefore(const Place &place, size_t maxMessages, qsizetype maxBytes) const;

private:
    struct Stream {
        QString messageId;
        qint64 lastSeq = -1;
    };
    bool applyChunk(Stream &stream, const JsonValue &chunk, bool continuation);
    bool applyToolChunk(Stream &stream, const std::string_view &type, const JsonValue &chunk);
    void appendText(Stream &stream, ChatPart::Kind kind, const JsonValue &chunk);
    ChatMessage &messageOf(Stream &stream);
    ChatPart *findCall(const QString &toolCallId);
    bool moveCall(ChatPart &call, std::string_view type, const JsonValue &chunk) const;
    ChatPart *addPart(Stream &stream, ChatPart part);
    void keepWithin();
    void forgetSettled(size_t wanted);
    void shortenTexts();

    std::vector<ChatMessage> m_messages;
    size_t m_weight = 0;
    size_t m_forgotten = 0;
    std::map<QString, Stream> m_streams;
};

} // namespace countersign::cloudflare
