// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/domain/request.h"

namespace countersign {

struct ToolPolicy;

/// The heading in our words (MODEL.md section 8), as visible text of at most 200 characters: for a gate
/// "Run ./drop.sh staging", for an elicitation "Answer a question from AGENT", else "TOOL · first arguments".
/// \p policy: what the round's policy says about the tool, or null; its template counts where every field that it names
/// has a value.
QString summarize(const RoundContent &content, const QString &agentName, const ToolPolicy *policy = nullptr);

/// The value that a person must type or pick before a high-tier decision: the amount, else the recipient or target,
/// else a count, else the last word of a gate's command, else the tool. Found in the typed arguments, never in the
/// agent's prose. Empty \c value: there is none to ask for, and the reviewer types the tool's name.
struct CriticalValue {
    QString label; ///< Ours when known ("amount"), else the visible member name.
    QString value; ///< Visible text, exactly what is to be typed.
};
/// Where \p policy names critical fields, those that are there, one after the other, and nothing else.
CriticalValue criticalValue(const RoundContent &content, const ToolPolicy *policy = nullptr);

} // namespace countersign
