// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/asking.h"
#include "app/ctl/input.h"
#include "app/ctl/server_visit.h"
#include "app/ctl/submission_options.h"
#include "core/base/json_reader.h"
#include "core/base/visible_text.h"

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

const QString callerName = u"countersignctl"_s;

JsonValue text(const QString &value)
{
    return JsonValue::fromString(value);
}

JsonValue jsonOrText(const QByteArray &json)
{
    Result<JsonValue> value = readJson(json, JsonLimits::schema());
    return json.isEmpty() ? JsonValue() : value ? *std::move(value) : text(QString::fromUtf8(json));
}

QString standingName(mcp::ToolBook::Standing standing)
{
    switch (standing) {
    case mcp::ToolBook::Standing::New:
        return u"new"_s;
    case mcp::ToolBook::Standing::AsBefore:
        return u"as-approved"_s;
    case mcp::ToolBook::Standing::Different:
        return u"changed"_s;
    case mcp::ToolBook::Standing::Unknown:
        break;
    }
    return u"unknown"_s;
}

void printTool(Console &console, const QString &connection, const mcp::ToolInfo &info)
{
    const mcp::Tool &tool = info.server.tool;
    console.json(JsonValue::object({{"connection", text(connection)},
                                    {"name", text(tool.name)},
                                    {"title", text(info.server.displayName())},
                                    {"description", text(tool.description)},
                                    {"annotations", jsonOrText(tool.annotations)},
                                    {"inputSchema", jsonOrText(tool.inputSchema)},
                                    {"definition", text(tool.hash.hex())},
                                    {"standing", text(standingName(info.standing))}}));
    const bool readOnly = info.server.claim(u"readOnlyHint").value_or(false);
    const QString description = tool.description.section(u'\n', 0, 0);
    console.line(displayText(connection).text + u"  "_s + displayText(tool.name).text + u"  "_s +
                 standingName(info.standing) + (readOnly ? u"  says: read-only"_s : QString()) +
                 (description.isEmpty() ? QString() : u"  “"_s + shortened(displayText(description).text, 100) + u'”'));
}

int listOf(Invocation &call, Session &session, const ConnectionRow &row)
{
    Result<std::unique_ptr<ServerVisit>> visit =
        ServerVisit::begin(session, call.console, row, session.engine().seat().text());
    if (!visit) {
        return call.console.fail(visit.error());
    }
    if (const Result<> reached = (*visit)->connectNow(); !reached) {
        return call.console.fail({reached.error().code,
                                  displayText(row.name).text + u": "_s + displayText(reached.error().message).text,
                                  {}});
    }
    for (const mcp::ToolInfo &tool : (*visit)->runner().tools()) {
        printTool(call.console, row.name, tool);
    }
    (*visit)->runner().stop();
    return ExitCode::Done;
}

int runList(Invocation &call)
{
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s);
    if (!session) {
        return call.console.fail(session.error());
    }
    if (const std::optional<QString> name = call.options.optional(u"connection"_s)) {
        const Result<ConnectionRow> row = connectionNamed(**session, *name);
        return row ? listOf(call, **session, *row) : call.console.fail(row.error());
    }
    const Result<std::vector<ConnectionRow>> rows = (*session)->store().connections();
    if (!rows) {
        return call.console.fail(rows.error());
    }
    int code = ExitCode::Done;
    for (const ConnectionRow &row : *rows) {
        if (!row.removedAt && row.kind.startsWith("mcp-"_L1)) {
            const int one = listOf(call, **session, row);
            code = code == ExitCode::Done ? one : code;
        }
    }
    return code;
}

void printResult(Console &console, const mcp::ToolCallState &state)
{
    console.json(JsonValue::object({{"id", text(state.request.text())},
                                    {"tool", text(state.tool)},
                                    {"isError", JsonValue::fromBool(state.isToolError)},
                                    {"edited", JsonValue::fromBool(state.wasEdited)},
                                    {"tookMs", JsonValue::fromInteger(state.took.count())},
                                    {"result", jsonOrText(state.result)}}));
    const Result<JsonSlices> members = JsonSlices::ofObject(state.result);
    const auto blocks =
        members ? jsonItems(members->value(u"content"), 1000) : Result<std::vector<QByteArrayView>>(members.error());
    for (const QByteArrayView block : blocks ? *blocks : std::vector<QByteArrayView>()) {
        const Result<JsonSlices> part = JsonSlices::ofObject(block);
        const QString type = part ? part->text(u"type") : QString();
        console.line(type == "text"_L1 ? displayText(part->text(u"text"), TextShape::Lines).text
                                       : u"("_s + displayText(type).text + u", "_s + QString::number(block.size()) +
                                             u" bytes; --json has it)"_s);
    }
}

/// The exit code of a call that is over.
int reportCall(Invocation &call, Session &session, const mcp::ToolCallState &state)
{
    using Stage = mcp::ToolCallState::Stage;
    const QString words = displayText(state.words).text;
    if (state.stage == Stage::Done) {
        printResult(call.console, state);
        if (state.isToolError) {
            call.console.note(u"The tool says that it failed."_s);
        }
        return state.isToolError ? ExitCode::Failed : ExitCode::Done;
    }
    if (state.stage == Stage::Failed) {
        const bool isKnown = state.isKnownUndone || !state.result.isEmpty();
        return call.console.fail({isKnown ? ErrorCode::Internal : ErrorCode::Unreachable,
                                  words + (state.isKnownUndone ? u" Nothing was done."_s
                                           : isKnown           ? QString()
                                                     : u" Whether it was done is not known: look at the server."_s),
                                  {}},
                                 isKnown && !state.isKnownUndone ? ExitCode::Failed : ExitCode::Unreachable);
    }
    const std::optional<WaitEnd> end = endNow(session.engine(), state.request);
    if (!end || (end->kind == WaitEnd::Kind::Decided && letsItHappen(end->outcome->decision.verdict))) {
        return call.console.fail({ErrorCode::ContentChanged, words, {}});
    }
    return reportEnd(call.console, session, state.request, *end);
}

int runCall(Invocation &call)
{
    const QString name = call.options.arguments().value(0);
    const QString tool = call.options.arguments().value(1);
    const Result<QByteArray> arguments =
        call.options.has(u"args"_s) ? jsonOf(u"--args"_s, call.options.value(u"args"_s)) : Result<QByteArray>("{}"_ba);
    if (!arguments) {
        return call.console.fail(arguments.error(), ExitCode::Usage);
    }
    Result<std::unique_ptr<Session>> opened = call.open(u"tool call"_s);
    if (!opened) {
        return call.console.fail(opened.error());
    }
    Session &session = **opened;
    const Result<ConnectionRow> row = connectionNamed(session, name);
    if (!row) {
        return call.console.fail(row.error());
    }
    const bool waits = call.options.has(u"wait"_s);
    const QString owner = waits ? session.engine().seat().text() : mcp::serviceOwner;
    Result<std::unique_ptr<ServerVisit>> visit = ServerVisit::begin(session, call.console, *row, owner);
    if (!visit) {
        return call.console.fail(visit.error());
    }
    if (const Result<> reached = (*visit)->connectNow(); !reached) {
        return call.console.fail({reached.error().code, displayText(reached.error().message).text, {}});
    }
    mcp::McpRunner &runner = (*visit)->runner();
    if (!waits) {
        // Whoever serves the connections carries it out; this process only asks.
        const Result<Submitted> filed = runner.file(tool, *arguments, callerName);
        runner.stop();
        return filed ? announceAndPerhapsWait(call, session, *filed, callerName, AnswerOnly::No)
                     : call.console.fail(filed.error());
    }
    call.process.watchSignals();
    const QFuture<Result<Submitted>> filed = runner.call(tool, *arguments, callerName);
    const Result<Submitted> submitted = filed.result();
    if (!submitted) {
        return call.console.fail(submitted.error());
    }
    call.console.note(u"request "_s + submitted->id.text());
    call.console.note(u"waiting, Ctrl+C withdraws"_s);
    noteAbsentReviewers(call.console, session);
    const auto isOver = [&] {
        const std::optional<mcp::ToolCallState> state = runner.callState(submitted->id);
        return state && state->isOver() && runner.isSettled();
    };
    if (!(*visit)->waitUntil(call.process, isOver)) {
        runner.cancel(submitted->id);
        [[maybe_unused]] const bool ended = (*visit)->waitUntil(call.process, isOver); // A second signal ends it.
    }
    const std::optional<mcp::ToolCallState> state = runner.callState(submitted->id);
    const int code = state && state->isOver()
                         ? reportCall(call, session, *state)
                         : call.console.fail({ErrorCode::Unreachable,
                                              u"The call was left before it had come to an end; request %1 says what "
                                              "is known of it."_s.arg(submitted->id.text()),
                                              {}});
    runner.stop();
    return code;
}

} // namespace

std::vector<Command> toolCommands()
{
    return {
        {u"tool list"_s,
         u"The tools of the connected MCP servers, and how their definitions stand."_s,
         u"Connects to each server once. A tool is new until a call of it was approved, then as-approved, or changed "
         u"when its\ndefinition is another one since. What a server says of a tool is a claim."_s,
         {{}, 0, 0, false, {{u"connection"_s, u"NAME"_s, u"Only the tools of this connection"_s}}},
         runList},
        {u"tool call"_s,
         u"Calls a tool of an MCP server; the call goes through the policies like any other request."_s,
         u"Files the call and prints its id; whoever serves the connections (the window, serve) carries it out once it "
         u"is\napproved. With --wait this process does, and prints what the tool gave back. What the server asks "
         u"meanwhile comes to\nthe inbox. A tool that says it failed exits with 1; a server that was lost with 13."_s,
         {u"CONNECTION TOOL"_s,
          2,
          2,
          false,
          {{u"args"_s, u"JSON|@FILE|-"_s, u"The arguments, an object; without it {}"_s},
           {u"wait"_s, {}, u"Carry it out here, and print the result"_s}}},
         runCall},
    };
}

} // namespace countersign::ctl
