// SPDX-License-Identifier: Apache-2.0
#include "core/connections/claude_code_hook.h"

#include "core/base/json_value.h"
#include "core/connections/json_slices.h"

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

const std::vector<QStringView> knownNames{u"hook_event_name", u"tool_name",       u"tool_input",  u"cwd",
                                          u"session_id",      u"permission_mode", u"tool_use_id", u"agent_type"};

Error malformed(const QString &why)
{
    return {ErrorCode::Malformed, u"This is no call of a PreToolUse hook: "_s + why, {}};
}

JsonValue textOrNull(const QString &text)
{
    return text.isEmpty() ? JsonValue() : JsonValue::fromString(text);
}

} // namespace

Result<HookCall> readHookCall(QByteArrayView input)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(input);
    if (!members) {
        return malformed(members.error().message);
    }
    if (!members->lookAlike(knownNames).isEmpty()) {
        return malformed(u"a name differs from a known one only in upper and lower case."_s);
    }
    if (members->text(u"hook_event_name") != "PreToolUse"_L1) {
        return malformed(u"its hook_event_name is another one."_s);
    }
    HookCall call;
    call.tool = members->text(u"tool_name");
    call.input = members->value(u"tool_input").toByteArray();
    if (call.tool.isEmpty()) {
        return malformed(u"there is no tool_name."_s);
    }
    if (!call.input.startsWith('{')) {
        return malformed(u"its tool_input is no object."_s);
    }
    call.directory = members->text(u"cwd");
    call.session = members->text(u"session_id");
    call.mode = members->text(u"permission_mode");
    call.toolUse = members->text(u"tool_use_id");
    call.subagentType = members->text(u"agent_type");
    return call;
}

RoundContent hookContent(const HookCall &call)
{
    RoundContent content;
    content.pattern = Pattern::ToolApproval;
    content.toolName = call.tool;
    content.arguments = call.input;
    content.allowed = {Verdict::Approve, Verdict::ApproveEdited, Verdict::Reject};
    content.annotations = writeJson(JsonValue::object({{"directory", textOrNull(call.directory)},
                                                       {"permissionMode", textOrNull(call.mode)},
                                                       {"subagent", textOrNull(call.subagentType)},
                                                       {"session", textOrNull(call.session)},
                                                       {"toolUse", textOrNull(call.toolUse)}}));
    return content;
}

QByteArray hookAnswer(HookDecision decision, const QString &reason, QByteArrayView updatedInput)
{
    const QString word = decision == HookDecision::Allow ? u"allow"_s
                         : decision == HookDecision::Ask ? u"ask"_s
                                                         : u"deny"_s;
    QByteArray specific = writeJson(JsonValue::object({{"hookEventName", JsonValue::fromString(u"PreToolUse"_s)},
                                                       {"permissionDecision", JsonValue::fromString(word)},
                                                       {"permissionDecisionReason", JsonValue::fromString(reason)}}));
    if (!updatedInput.isEmpty()) {
        specific = withMemberAdded(specific, "updatedInput", updatedInput);
    }
    return "{\"hookSpecificOutput\":" + specific + '}';
}

} // namespace countersign
