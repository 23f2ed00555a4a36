// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/cloudflare/chat_transcript.h"

namespace countersign {

/// One thing that was said or called in the chat of an agent. Everything in it is outside text.
struct ConversationLine {
    enum class Kind { Said, Thought, Called };
    Kind kind = Kind::Said;
    QString speaker;   ///< Said: `user`, `assistant`, `system`. Called: the tool's name.
    QString text;      ///< Said and thought.
    QString callId;    ///< Called; empty: not known.
    QByteArray input;  ///< Called: JSON text; empty: none.
    QByteArray output; ///< Called: JSON text; empty: none yet.
    QString error;     ///< Called: why it failed or was refused; empty: it did not, or not yet.

    friend bool operator==(const ConversationLine &, const ConversationLine &) = default;
};

/// A chat for people to read, oldest first. A value.
struct Conversation {
    std::vector<ConversationLine> lines;
    qint64 earlierLeftOut = 0; ///< Messages before the first line.

    bool isEmpty() const { return lines.empty(); }
    friend bool operator==(const Conversation &, const Conversation &) = default;
};

/// The conversation with which a request was filed: its annotations. Empty when they hold none.
Conversation readConversation(QByteArrayView annotations);
/// The chat as far as it is known now, at most its last \p maxMessages messages.
Conversation conversationOf(const cloudflare::ChatTranscript &transcript, size_t maxMessages);

} // namespace countersign
