// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/cloudflare/chat_transcript.h"
#include "core/connections/cloudflare/state_profile.h"
#include "core/connections/peer_view.h"

#include <set>

namespace countersign::cloudflare {

/// A chat ⇄ requests: calls that ask for approval and client-side tools that wait become items; decisions become the
/// frames that answer them. No sockets, no engine.
class ChatAdapter
{
public:
    explicit ChatAdapter(ChatProfile profile)
        : m_profile(std::move(profile))
    {}

    /// A new connection: what is known may be out of date until the transcript is read.
    void connectionOpened();
    /// The transcript is asked for now.
    void transcriptAsked();
    /// The transcript as the agent stores it, asked for at \p askedAt (monotonic). False: the agent has said more
    /// since, perhaps later than what it answers here. Both are known then, but not that anything is gone: ask once
    /// more.
    bool takeTranscript(std::vector<ChatMessage> messages, std::chrono::milliseconds askedAt);
    /// The agent has no chat: nothing is asked of it again.
    void hasNoChat() { m_hasChat = false; }
    /// True: what waits may have changed.
    bool take(const ServerMessage &message, std::chrono::milliseconds now);

    bool hasChat() const { return m_hasChat; }
    bool isKnown() const { return m_isKnown; }
    /// When the last transcript was asked for that came as an answer, and that nothing said since put in doubt.
    std::chrono::milliseconds askedAt() const { return m_askedAt; }
    /// A turn is on its way: what is not there yet may come.
    bool isBusy() const { return m_isPending || m_transcript.isStreaming(); }
    /// When the agent said, on this connection, that no turn is on its way. Zero: it has not, or one came since.
    std::chrono::milliseconds idleAt() const { return m_idleAt; }
    const ChatTranscript &transcript() const { return m_transcript; }
    std::vector<PeerItem> items() const;
    /// Calls in what the agent said last that have no output although the turn is over, ask for no approval, and are of
    /// tools that the profile does not name, but could; at most 20. They may be the reviewer's to answer, or calls of
    /// the agent's own tools that never came to their end: nothing on the wire tells which.
    std::vector<const ChatPart *> unanswered() const;

    /// The frame that answers. InvalidInput: the decision cannot be said to this peer.
    static Result<ClientMessage> answer(const DeliveryOrder &order, const ChatProfile &profile);
    const ChatProfile &profile() const { return m_profile; }
    void setAutoContinue(bool goesOn) { m_profile.autoContinue = goesOn; }
    /// Does \p item belong to a chat?
    static bool isChatItem(const QString &key);

private:
    std::optional<PeerItem> itemAt(const ChatTranscript::Place &place, bool turnIsOver) const;
    void noteHeard(const QString &id);
    bool isStepAnswered(const ChatTranscript::Place &place) const;

    ChatProfile m_profile;
    ChatTranscript m_transcript;
    bool m_hasChat = true;
    bool m_isKnown = false;
    bool m_isPending = false;       ///< A turn was accepted and does not stream yet.
    bool m_isOffered = false;       ///< A turn streams, and its pieces were not asked for yet.
    std::set<QString> m_heardSince; ///< Messages that frames brought since the transcript was asked for.
    bool m_isWholeSince = false;    ///< A frame brought all of it since then.
    std::chrono::milliseconds m_knownAt{0};
    std::chrono::milliseconds m_idleAt{0};
    std::chrono::milliseconds m_askedAt{0};
};

} // namespace countersign::cloudflare
