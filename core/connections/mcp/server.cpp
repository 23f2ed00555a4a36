// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/server.h"

#include "core/base/json_reader.h"
#include "core/base/visible_text.h"
#include "core/schema/schema.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr size_t maxWaiting = 1000;
constexpr auto progressEvery = 5s;
const QString askHuman = u"ask_human"_s;
const QString requestApproval = u"request_approval"_s;
const QString modernVersion = u"2026-07-28"_s;
const QString newestLegacyVersion = u"2025-11-25"_s;
const QString olderLegacyVersion = u"2025-06-18"_s;
constexpr const char *capabilities = R"({"tools":{}})";
constexpr const char *serverInfo =
    R"({"name":"countersign","title":"Countersign","version":")" COUNTERSIGN_VERSION "\"}";
constexpr const char *instructions =
    R"("Reaches a person. Call request_approval before anything that cannot be undone, and do it only if the decision is approved, with the arguments that come back. Call ask_human when only a person knows the answer. Both wait until somebody answers.")";

JsonValue text(const QString &value)
{
    return JsonValue::fromString(value);
}

Error invalid(const QString &why)
{
    return {ErrorCode::InvalidInput, why, {}};
}

QByteArrayView memberOf(QByteArrayView object, QStringView name)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(object);
    return members ? members->value(name) : QByteArrayView();
}

/// A member that is a text, or absent.
Result<QString> textOf(const JsonSlices &arguments, QStringView name)
{
    const auto value = arguments.find(name);
    if (!value) {
        return QString();
    }
    const std::optional<QString> found = jsonStringText(*value);
    return found ? Result<QString>(*found) : Result<QString>(invalid(u"“"_s + name.toString() + u"” is a text."_s));
}

/// An object that can be a schema, as written; empty when absent.
Result<QByteArray> schemaOf(const JsonSlices &arguments)
{
    const auto given = arguments.find(u"schema");
    if (!given) {
        return QByteArray();
    }
    const Result<JsonValue> schema = readJson(*given, JsonLimits::schema());
    if (!schema || !schema->isObject()) {
        return invalid(u"“schema” is a JSON Schema, an object."_s);
    }
    if (const auto compiled = CompiledSchema::compile(*schema); !compiled) {
        return invalid(u"“schema” cannot be used: "_s + compiled.error().message);
    }
    return given->toByteArray();
}

Result<RoundContent> question(const JsonSlices &arguments)
{
    const Result<QString> message = textOf(arguments, u"message");
    const Result<QString> title = textOf(arguments, u"title");
    Result<QByteArray> schema = schemaOf(arguments);
    if (!message || !title || !schema) {
        return !message ? message.error() : (!title ? title.error() : schema.error());
    }
    if (message->isEmpty()) {
        return invalid(u"“message” is the question, and it is missing."_s);
    }
    RoundContent content;
    content.pattern = Pattern::Elicitation;
    content.message = *message;
    content.title = *title;
    content.schema = *std::move(schema);
    content.allowed = {Verdict::Answer, Verdict::Decline, Verdict::Cancel};
    return content;
}

Result<RoundContent> approval(const JsonSlices &arguments)
{
    const Result<QString> title = textOf(arguments, u"title");
    const Result<QString> message = textOf(arguments, u"message");
    const Result<QString> tool = textOf(arguments, u"tool");
    Result<QByteArray> schema = schemaOf(arguments);
    for (const Result<QString> &one : {title, message, tool}) {
        if (!one) {
            return one.error();
        }
    }
    if (!schema) {
        return schema.error();
    }
    if (title->isEmpty() && tool->isEmpty()) {
        return invalid(u"“title” says what is to be approved, and it is missing."_s);
    }
    RoundContent content;
    content.pattern = tool->isEmpty() ? Pattern::Confirmation : Pattern::ToolApproval;
    content.title = *title;
    content.message = *message;
    content.toolName = *tool;
    content.arguments = arguments.value(u"arguments").toByteArray();
    content.schema = *std::move(schema);
    content.allowed = {Verdict::Approve, Verdict::Reject};
    if (!content.arguments.isEmpty()) {
        content.allowed.insert(content.allowed.begin() + 1, Verdict::ApproveEdited);
    }
    return content;
}

QByteArray stateOf(const WaitEnd &end, const QString &reason)
{
    QString decision = u"unknown"_s;
    switch (end.kind) {
    case WaitEnd::Kind::Expired:
        decision = u"expired"_s;
        break;
    case WaitEnd::Kind::Withdrawn:
    case WaitEnd::Kind::Superseded:
        decision = u"withdrawn"_s;
        break;
    default:
        break;
    }
    return writeJson(JsonValue::object({{"decision", text(decision)}, {"reason", text(reason)}}));
}

} // namespace

QByteArray humanTools()
{
    static const QByteArray tools =
        R"([{"name":"ask_human","title":"Ask a person","description":"Puts a question to a person and waits for the answer. With a schema (a flat JSON Schema object) the person fills in a form, without it they answer with one line of text.","inputSchema":{"type":"object","properties":{"message":{"type":"string","minLength":1,"description":"The question."},"title":{"type":"string","description":"What it is about, in a few words."},"schema":{"type":"object","description":"JSON Schema of the answer."}},"required":["message"]},"outputSchema":{"type":"object","properties":{"action":{"type":"string","enum":["accept","decline","cancel"]},"content":{}},"required":["action"]},"annotations":{"readOnlyHint":true,"destructiveHint":false,"idempotentHint":false,"openWorldHint":false}},)"
        R"({"name":"request_approval","title":"Ask a person to approve","description":"Asks a person to approve something before it is done, and waits for the decision. Do it only if the decision is approved or approved-edited, and only with the arguments that come back.","inputSchema":{"type":"object","properties":{"title":{"type":"string","minLength":1,"description":"What is to be done, in one line."},"message":{"type":"string","description":"More about it, and why."},"tool":{"type":"string","description":"The name of the tool that would be called."},"arguments":{"type":"object","description":"The exact arguments that it would be called with."},"schema":{"type":"object","description":"JSON Schema of the arguments, so that the person can edit them."}},"required":["title"]},"outputSchema":{"type":"object","properties":{"decision":{"type":"string","enum":["approved","approved-edited","rejected","expired","withdrawn","unknown"]},"arguments":{},"reason":{"type":"string"},"reviewer":{"type":"string"}},"required":["decision"]},"annotations":{"readOnlyHint":true,"destructiveHint":false,"idempotentHint":false,"openWorldHint":false}}])";
    return tools;
}

Result<RoundContent> askedOfHuman(const ToolCall &call)
{
    const QByteArrayView given = call.arguments.isEmpty() ? QByteArrayView("{}") : call.arguments;
    const Result<JsonSlices> arguments = JsonSlices::ofObject(given);
    if (!arguments) {
        return arguments.error();
    }
    if (call.name == askHuman) {
        return question(*arguments);
    }
    if (call.name == requestApproval) {
        return approval(*arguments);
    }
    return invalid(u"There is no tool of this name."_s);
}

HumanServer::HumanServer(Parts parts, ServerOptions options)
    : m_parts(std::move(parts))
    , m_options(std::move(options))
{}

void HumanServer::fromClient(const QByteArray &line)
{
    const std::variant<Message, BadMessage> read = readMessage(line);
    if (const auto *bad = std::get_if<BadMessage>(&read)) {
        m_parts.toClient(errorLine(bad->id, bad->code, bad->why));
        return;
    }
    const Message &message = std::get<Message>(read);
    if (message.kind == Message::Kind::Request) {
        answerRequest(message);
    } else if (message.method == "notifications/cancelled"_L1) {
        cancelled(message);
    }
}

void HumanServer::answerRequest(const Message &message)
{
    const auto reply = [&](const QByteArray &result) { m_parts.toClient(resultLine(message.id, result)); };
    const QByteArrayView meta = memberOf(message.params, u"_meta");
    const QString version = modernVersionOf(meta);
    QString caller = m_clientName;
    if (!version.isEmpty()) {
        if (version != modernVersion) {
            m_parts.toClient(
                errorLine(message.id, Code::UnsupportedVersion, u"This revision is not spoken here."_s,
                          writeJson(JsonValue::object({{"supported", JsonValue::array({text(modernVersion)})},
                                                       {"requested", text(version)}}))));
            return;
        }
        // Every request of this revision stands alone: one without a name is not whoever asked before.
        caller = jsonStringText(memberOf(memberOf(meta, u"io.modelcontextprotocol/clientInfo"), u"name"))
                     .value_or(QString());
    }
    if (message.method == "initialize"_L1) {
        m_clientName = jsonStringText(memberOf(memberOf(message.params, u"clientInfo"), u"name")).value_or(QString());
        const QString wanted = jsonStringText(memberOf(message.params, u"protocolVersion")).value_or(QString());
        const QString agreed = wanted == olderLegacyVersion ? olderLegacyVersion : newestLegacyVersion;
        reply("{\"protocolVersion\":\"" + agreed.toLatin1() + "\",\"capabilities\":" + capabilities +
              ",\"serverInfo\":" + serverInfo + ",\"instructions\":" + instructions + '}');
    } else if (message.method == "server/discover"_L1 && !version.isEmpty()) {
        reply("{\"resultType\":\"complete\",\"supportedVersions\":[\"" + modernVersion.toLatin1() +
              "\"],\"capabilities\":" + capabilities + ",\"instructions\":" + instructions +
              R"(,"ttlMs":3600000,"cacheScope":"public","_meta":{"io.modelcontextprotocol/serverInfo":)" + serverInfo +
              "}}");
    } else if (message.method == "ping"_L1) {
        reply("{}");
    } else if (message.method == "tools/list"_L1) {
        reply("{\"resultType\":\"complete\",\"tools\":" + humanTools() +
              (version.isEmpty() ? QByteArray("}") : QByteArray(R"(,"ttlMs":3600000,"cacheScope":"public"})")));
    } else if (message.method == "tools/call"_L1) {
        call(message, caller);
    } else {
        m_parts.toClient(errorLine(message.id, Code::MethodNotFound, u"There is no such method here."_s));
    }
}

void HumanServer::call(const Message &message, const QString &caller)
{
    const QString key = message.id.key();
    const auto refuse = [&](int code, const QString &why) { m_parts.toClient(errorLine(message.id, code, why)); };
    if (m_waiting.contains(key)) {
        refuse(Code::InvalidRequest, u"This id is in use: the call before it was not answered."_s);
        return;
    }
    if (m_waiting.size() >= maxWaiting) {
        refuse(Code::Gone, u"Too many calls wait for a person; try again later."_s);
        return;
    }
    const Result<ToolCall> read = readToolCall(message.params);
    Result<RoundContent> content = read ? askedOfHuman(*read) : Result<RoundContent>(read.error());
    if (!content) {
        refuse(Code::InvalidParams, content.error().message);
        return;
    }
    Waiting waiting;
    waiting.id = message.id;
    waiting.content = *std::move(content);
    waiting.progressToken = progressTokenOf(read->meta);
    waiting.agent = m_options.agentName.isEmpty() ? caller : m_options.agentName;
    if (waiting.agent.isEmpty() || waiting.agent.toUtf8().size() > maxIdBytes) {
        waiting.agent = u"MCP client"_s;
    }
    Submission submission;
    submission.agentName = waiting.agent;
    submission.connection = m_options.connection;
    submission.osUser = m_options.osUser;
    submission.content = waiting.content;
    submission.correlation = m_parts.engine.seat().text().toUtf8();
    submission.expiresIn = m_options.expiresIn;
    const Result<Submitted> submitted = m_parts.engine.submit(submission);
    if (!submitted) {
        m_parts.toClient(resultLine(message.id, toolFailure(u"Nobody could be asked: "_s + submitted.error().message)));
        return;
    }
    waiting.request = submitted->id;
    m_waiting.insert_or_assign(key, std::move(waiting));
    if (!m_parts.watch.watch(submitted->id, [this, key](const WaitEnd &end) { ended(key, end); })) {
        showPatience(m_waiting.at(key));
    }
}

void HumanServer::ended(const QString &key, const WaitEnd &end)
{
    const auto found = m_waiting.find(key);
    if (found == m_waiting.end()) {
        return;
    }
    const Waiting waiting = std::move(found->second);
    m_waiting.erase(found);
    const QByteArray result = resultOf(waiting, end);
    if (!m_clientGone) {
        m_parts.toClient(resultLine(waiting.id, result));
    }
}

QByteArray HumanServer::resultOf(const Waiting &waiting, const WaitEnd &end)
{
    const bool isQuestion = waiting.content.pattern == Pattern::Elicitation;
    if (end.kind != WaitEnd::Kind::Decided) {
        if (end.kind == WaitEnd::Kind::Failed) {
            return toolFailure(u"Nobody's answer can be trusted here: "_s + end.error.message);
        }
        if (end.kind == WaitEnd::Kind::ChangesRequested) {
            withdraw(waiting, u"A call has no second round"_s);
        }
        return isQuestion ? toolSuccess(R"({"action":"cancel"})")
                          : toolSuccess(stateOf(end, u"Nobody approved it: do not do it."_s));
    }
    const VerifiedOutcome &outcome = *end.outcome;
    const Verdict verdict = outcome.decision.verdict;
    if (!letsItHappen(verdict)) {
        if (const Result<> told = m_parts.engine.acknowledge(waiting.request); !told) {
            m_parts.say(u"That the client was told could not be recorded: "_s + displayText(told.error().message).text);
        }
        if (isQuestion) {
            return toolSuccess(verdict == Verdict::Decline ? R"({"action":"decline"})" : R"({"action":"cancel"})");
        }
        return toolSuccess(writeJson(JsonValue::object({{"decision", text(u"rejected"_s)},
                                                        {"reason", text(outcome.vote.content.reason)},
                                                        {"reviewer", text(outcome.decision.reviewerName)}})));
    }
    // Verifies every signature once more and uses up the approval before anybody hears of it.
    if (const Result<VerifiedOutcome> begun = m_parts.engine.beginExecution(waiting.request, waiting.content); !begun) {
        return toolFailure(u"The answer could not be used: "_s + begun.error().message);
    }
    Outcome told;
    told.note = u"the answer was given to the client"_s;
    if (const Result<> finished = m_parts.engine.finishExecution(waiting.request, told); !finished) {
        m_parts.say(u"That the client was told could not be recorded: "_s + displayText(finished.error().message).text);
    }
    if (verdict == Verdict::Answer) {
        return toolSuccess(R"({"action":"accept","content":)" + outcome.vote.content.answer + '}');
    }
    const bool edited = verdict == Verdict::ApproveEdited;
    const QByteArray &arguments = edited ? outcome.vote.content.arguments : waiting.content.arguments;
    QByteArray result = writeJson(JsonValue::object({{"decision", text(edited ? u"approved-edited"_s : u"approved"_s)},
                                                     {"reason", text(outcome.vote.content.reason)},
                                                     {"reviewer", text(outcome.decision.reviewerName)}}));
    if (!arguments.isEmpty()) {
        result = withMemberAdded(result, "arguments", arguments); // Byte for byte what was approved.
    }
    return toolSuccess(result);
}

void HumanServer::cancelled(const Message &message)
{
    const std::optional<MessageId> id = cancelledId(message.params);
    const auto found = id ? m_waiting.find(id->key()) : m_waiting.end();
    if (found != m_waiting.end()) {
        const Waiting waiting = std::move(found->second);
        m_waiting.erase(found);
        withdraw(waiting, u"Cancelled by the client"_s);
    }
}

void HumanServer::withdraw(const Waiting &waiting, const QString &why)
{
    m_parts.watch.forget(waiting.request);
    if (const Result<> done = m_parts.engine.withdraw(waiting.request, why, waiting.agent); !done) {
        Outcome outcome;
        outcome.note = why + u"; the client was not told"_s;
        [[maybe_unused]] const bool recorded = m_parts.engine.reportOutcome(waiting.request, outcome).hasValue();
    }
}

void HumanServer::clientGone(const QString &why)
{
    m_clientGone = true;
    for (const auto &[key, waiting] : std::exchange(m_waiting, {})) {
        withdraw(waiting, why);
    }
}

void HumanServer::showPatience(Waiting &waiting)
{
    if (waiting.progressToken.isEmpty()) {
        return;
    }
    waiting.progress += 1;
    waiting.toldAt = m_parts.clock.monotonic();
    m_parts.toClient(progressLine(waiting.progressToken, waiting.progress,
                                  u"Waiting for a person to answer request "_s + waiting.request.text()));
}

void HumanServer::keepPatient()
{
    for (auto &[key, waiting] : m_waiting) {
        if (m_parts.clock.monotonic() - waiting.toldAt >= progressEvery) {
            showPatience(waiting);
        }
    }
}

} // namespace countersign::mcp
