// SPDX-License-Identifier: Apache-2.0
#include "ui/tools/tool_words.h"

#include <QtCore/QCoreApplication>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

using Standing = mcp::ToolBook::Standing;
using Stage = mcp::ToolCallState::Stage;

QString words(const char *text)
{
    return QCoreApplication::translate("countersign::ui::ToolWords", text);
}

} // namespace

QStringList claimWords(const mcp::ServerTool &tool)
{
    // MCP server/tools § Tool: what is not said is taken for the worse.
    const bool readOnly = tool.claim(u"readOnlyHint").value_or(false);
    QStringList said{readOnly ? words("read-only") : words("not read-only")};
    if (!readOnly) {
        said.append(tool.claim(u"destructiveHint").value_or(true) ? words("may destroy") : words("only adds"));
        said.append(tool.claim(u"idempotentHint").value_or(false) ? words("idempotent") : words("not idempotent"));
    }
    said.append(tool.claim(u"openWorldHint").value_or(true) ? words("open world") : words("closed world"));
    return said;
}

QString claimLine(const mcp::ServerTool &tool)
{
    if (tool.claim(u"readOnlyHint").value_or(false)) {
        return words("says: read-only");
    }
    const std::optional<bool> destructive = tool.claim(u"destructiveHint");
    if (!destructive && !tool.claim(u"readOnlyHint")) {
        return words("does not say what it changes");
    }
    return destructive.value_or(true) ? words("says: may destroy") : words("says: writes");
}

QString standingWord(Standing standing)
{
    switch (standing) {
    case Standing::New:
        return words("new");
    case Standing::AsBefore:
        return words("as approved");
    case Standing::Different:
        return words("changed");
    case Standing::Unknown:
        break;
    }
    return words("not known");
}

Tone standingTone(Standing standing)
{
    switch (standing) {
    case Standing::New:
        return Tone::Warn;
    case Standing::AsBefore:
        return Tone::Ok;
    case Standing::Different:
        return Tone::Bad;
    case Standing::Unknown:
        break;
    }
    return Tone::Plain;
}

QString callWord(const mcp::ToolCallState &state)
{
    switch (state.stage) {
    case Stage::Asking:
        return words("asked");
    case Stage::Running:
        return words("running");
    case Stage::Done:
        return state.isToolError ? words("the tool failed") : words("done");
    case Stage::Failed:
        return state.isKnownUndone ? words("not carried out") : words("failed");
    case Stage::Refused:
        break;
    }
    return words("not carried out");
}

Tone callTone(const mcp::ToolCallState &state)
{
    switch (state.stage) {
    case Stage::Asking:
    case Stage::Running:
        return Tone::Accent;
    case Stage::Done:
        return state.isToolError ? Tone::Warn : Tone::Ok;
    case Stage::Failed:
    case Stage::Refused:
        break;
    }
    return Tone::Bad;
}

} // namespace countersign::ui
