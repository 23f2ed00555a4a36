// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/cloudflare/messages.h"
#include "core/connections/cloudflare/state_profile.h"
#include "core/connections/peer_view.h"

namespace countersign::cloudflare {

/// An agent's state ⇄ requests, as a profile describes it. No sockets, no engine.
class StateAdapter
{
public:
    explicit StateAdapter(std::vector<StateRule> rules)
        : m_rules(std::move(rules))
    {}

    void connectionOpened();
    /// True: what waits may have changed.
    bool take(const ServerMessage &message);

    bool isKnown() const { return m_state.has_value(); }
    const std::optional<JsonValue> &state() const { return m_state; }
    /// \p now: for deadlines that the agent gives as a time of day.
    std::vector<PeerItem> items(Timestamp now, std::chrono::milliseconds monotonic) const;

    /// The frame that answers, and whether a response to it will come. \p callId: for a call of a method.
    Result<ClientMessage> answer(const DeliveryOrder &order, const QString &callId) const;
    static bool isStateItem(const QString &key);

private:
    struct Named {
        QString id;
        JsonValue idValue;
        const JsonValue *item = nullptr;
    };
    std::vector<Named> listed(const StateRule &rule) const;
    PeerItem itemOf(size_t rule, const Named &named, Timestamp now) const;
    void addSettled(size_t rule, std::vector<PeerItem> &items) const;
    std::vector<Named> entries(const std::string &pointer, const Pointers &id, const JsonValue &in) const;

    std::vector<StateRule> m_rules;
    std::optional<JsonValue> m_state;
    std::map<QString, std::pair<size_t, JsonValue>> m_announced; ///< By key: what a message told before the state did.
};

} // namespace countersign::cloudflare
