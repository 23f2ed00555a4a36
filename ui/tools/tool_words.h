// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/mcp/tool_values.h"
#include "ui/style/pill.h"

#include <QtCore/QStringList>

namespace countersign::ui {

/// What a server says of its tool, in our words, always as a saying: "not read-only", "open world". The protocol's
/// defaults stand where it says nothing.
QStringList claimWords(const mcp::ServerTool &tool);
/// One line for lists: "says: read-only".
QString claimLine(const mcp::ServerTool &tool);

/// How the definition stands against what was approved: "new", "changed", "as approved".
QString standingWord(mcp::ToolBook::Standing standing);
Tone standingTone(mcp::ToolBook::Standing standing);

/// How a call stands, in a word or two.
QString callWord(const mcp::ToolCallState &state);
Tone callTone(const mcp::ToolCallState &state);

} // namespace countersign::ui
