// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/cloudflare/messages.h"

#include <map>

namespace countersign::cloudflare {

/// A chat as far as it is known: whole snapshots, single messages, and what streams in piece by piece. Of what is said
/// without end the newest is kept. Calls are never forgotten, since they are the proof of what became of a decision;
/// those that come when there are too many are not taken in, and so never asked about.
class ChatTranscript
{
public:
    static constexpr size_t mostMessages = 20'000;
    static constexpr size_t mostParts = 10'000;          ///< Of one message, piece by piece.
    static constexpr size_t mostTalk = 4 * 1024 * 1024;  ///< Bytes of memory that texts take.
    static constexpr size_t mostHeld = 64 * 1024 * 1024; ///< What all else takes, about. Results stop at the half.
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
    size_t forgotten() const { return m_forgotten; } ///< So many messages from the first one have no words any more.
    size_t talk() const { return m_talk; }           ///< Bytes of memory.
    size_t held() const { return m_held; }           ///< Bytes of memory, about.
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
    bool moveCall(ChatPart &call, std::string_view type, const JsonValue &chunk);
    ChatPart *addPart(Stream &stream, ChatPart part);
    void count(const ChatMessage &message);
    void discount(const ChatMessage &message);
    static void takeStates(ChatMessage &known, const ChatMessage &now);
    void forgetTalk();

    std::vector<ChatMessage> m_messages;
    size_t m_talk = 0;
    size_t m_held = 0;
    size_t m_forgotten = 0;
    std::map<QString, Stream> m_streams;
};

} // namespace countersign::cloudflare
