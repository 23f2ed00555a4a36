// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"

#include <QtCore/QStringList>

#include <optional>
#include <vector>

namespace countersign {

/// A call in an agent's chat that has had no output for a while although its turn is over, and that no profile speaks
/// of. It may wait for a reviewer, or be one of the agent's own that never came to its end.
struct UnansweredCall {
    QString tool;    ///< Outside text.
    QString call;    ///< Its id. Outside text.
    Timestamp since; ///< When this process first saw it so.

    friend bool operator==(const UnansweredCall &, const UnansweredCall &) = default;
};

/// How a connection stands, for lists and panes. A value.
struct ConnectionStatus {
    enum class Phase {
        Off, ///< Not served by this process.
        Connecting,
        Open,
        Waiting, ///< For the next try.
        Stopped, ///< By a final refusal: only a person starts it again.
    };
    QString id;
    QString name;    ///< As the person called it.
    QString kind;    ///< `cloudflare`, `mcp-stdio` or `mcp-http`.
    QString address; ///< Without its query.
    Phase phase = Phase::Off;
    QString words;    ///< One sentence: why it stands so. Quotes outside text: show through displayText().
    QString identity; ///< `AGENT/INSTANCE` as the agent says; empty: it has not said. Outside text.
    QString pinned;   ///< `AGENT/INSTANCE` that alone may answer here; empty: whoever answers first. Outside text.
    QString offered;  ///< Not empty: this one answered instead, and was refused. Outside text.
    QString profile;  ///< Name of the profile in use.
    bool hasChat = false;
    bool hasState = false;
    std::vector<UnansweredCall> unanswered; ///< At most 20.
    bool autoContinue = true;               ///< A chat goes on by itself once a call is answered.
    int openRequests = 0;                   ///< Waiting for people, or for the release of a decision.
    std::optional<Timestamp> openSince;
    std::optional<Timestamp> retryAt;
    QString trouble; ///< Not empty: something could not be done although it is open.
    // MCP servers only.
    QStringList command;       ///< What is started here; empty: nothing. Outside text: show every word.
    QString folder;            ///< Where it is started.
    bool needsConsent = false; ///< Nobody has allowed this very command on this machine: it is not started.
    int tools = 0;             ///< That it offers.

    friend bool operator==(const ConnectionStatus &, const ConnectionStatus &) = default;
};
/// `off`, `connecting`, `open`, `waiting`, `stopped`.
QString toText(ConnectionStatus::Phase phase);

} // namespace countersign
