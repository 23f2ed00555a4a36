// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/connection_status.h"
#include "core/connections/frames_log.h"
#include "ui/style/pill.h"

#include <QtCore/QHash>

namespace countersign::ui {

/// How a connection stands, in a word or two for its tag: `connected`, `retry in 8 s`. Ours.
QString standingWord(const ConnectionStatus &status, Timestamp now);
/// The same for a connection that waits until a person signs in.
QString signInWord();
/// Open, and nothing about it wants a person.
bool isFine(const ConnectionStatus &status);
Tone standingTone(const ConnectionStatus &status);
/// Why it stands so, in a sentence. Visible text.
QString standingSentence(const ConnectionStatus &status);
/// Its address, or the command that is started. Visible text.
QString whereWords(const ConnectionStatus &status);
/// `1.2 kB`.
QString sizeWords(qsizetype bytes);

/// How an agent stands, for a dot and for those who do not see it.
struct AgentHealth {
    Tone tone = Tone::Plain;
    QString words; ///< Why, with the connection's name. Visible text.

    friend bool operator==(const AgentHealth &, const AgentHealth &) = default;
};
/// By the names that the agents' requests bear, which are outside text; of several connections the worst counts.
QHash<QString, AgentHealth> healthByAgent(const std::vector<ConnectionStatus> &connections);
/// Of the one that stands worst; Plain when there is none.
Tone worstTone(const std::vector<ConnectionStatus> &connections);

} // namespace countersign::ui
