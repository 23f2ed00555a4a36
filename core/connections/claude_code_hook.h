// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/domain/request.h"

namespace countersign {

/// What Claude Code tells a PreToolUse hook on its standard input.
struct HookCall {
    QString tool;
    QByteArray input;     ///< `tool_input` as written: an object.
    QString directory;    ///< `cwd`.
    QString session;      ///< `session_id`.
    QString mode;         ///< `permission_mode`.
    QString toolUse;      ///< `tool_use_id`.
    QString subagentType; ///< `agent_type`, when a subagent calls.

    friend bool operator==(const HookCall &, const HookCall &) = default;
};

/// Strict, so that nobody reads another call into the same bytes. Malformed: it is no PreToolUse call; the message says
/// what is wrong.
Result<HookCall> readHookCall(QByteArrayView input);

/// The call as a request.
RoundContent hookContent(const HookCall &call);

enum class HookDecision {
    Allow,
    Deny,
    Ask, ///< The person at the terminal is asked.
};

/// What the hook prints, one line. \p updatedInput replaces the tool's input; empty: it stays.
QByteArray hookAnswer(HookDecision decision, const QString &reason, QByteArrayView updatedInput = {});

} // namespace countersign
