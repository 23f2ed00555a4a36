// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/tool_desk.h"

#include "core/base/json_reader.h"
#include "core/base/log.h"
#include "core/base/visible_text.h"
#include "core/domain/tool_change.h"
#include "core/schema/schema.h"

#include <cerrno>
#include <csignal>

namespace countersign::mcp {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int mostLive = 10'000;
constexpr auto seatLasts = 30s; ///< Without a sign of life; twice what counts as alive.
constexpr qsizetype mostShownSchema = 1024 * 1024;
constexpr qsizetype mostClaims = 256 * 1024;
constexpr qsizetype mostKeptResult = 48 * 1024; ///< Of the 64 KiB that an outcome may have.
const QString callPrefix = u"call/"_s;
const QString testPrefix = u"test/"_s;

JsonValue textOrNull(const QString &text)
{
    return text.isEmpty() ? JsonValue() : JsonValue::fromString(text);
}

JsonValue claim(const QByteArray &text)
{
    Result<JsonValue> value = readJson(text);
    return text.isEmpty() ? JsonValue() : value ? *std::move(value) : JsonValue::fromString(QString::fromUtf8(text));
}

QString ownerOf(const Request &request)
{
    const Result<JsonValue> correlation = readJson(request.correlation);
    const JsonValue *owner = correlation ? correlation->find("by") : nullptr;
    return owner ? owner->toString() : QString();
}

/// Did endUnsent() find that somebody else had settled the request, or begun to send it?
bool isOvertaken(const Result<> &ended)
{
    return !ended && ended.error().code == ErrorCode::WrongState;
}

Result<> fits(const ServerTool &tool, const QByteArray &arguments)
{
    const Result<JsonValue> value = readJson(arguments);
    if (!value) {
        return value.error();
    }
    if (!value->isObject()) {
        return Error{ErrorCode::InvalidInput, u"The arguments of a tool are an object."_s, {}};
    }
    const Result<JsonValue> schema = readJson(tool.tool.inputSchema, JsonLimits::schema());
    const auto compiled =
        schema ? CompiledSchema::compile(*schema) : Result<std::shared_ptr<const CompiledSchema>>(schema.error());
    if (!compiled) {
        return {}; // The server will hold them to it; a person sees that there is no form.
    }
    const SchemaVerdict verdict = (*compiled)->validate(*value);
    if (verdict.kind != SchemaVerdictKind::Invalid) {
        return {};
    }
    const Problem *first = verdict.problems.empty() ? nullptr : &verdict.problems.front();
    const QString where = first ? QString::fromStdString(first->instance) : QString();
    return Error{ErrorCode::InvalidInput,
                 u"The arguments do not fit the tool's schema: "_s + (where.isEmpty() ? QString() : where + u" "_s) +
                     (first ? first->message : QString()) + u'.',
                 {}};
}

} // namespace

ToolDesk::ToolDesk(Server server, QString owner, const Clock &clock)
    : m_server(std::move(server))
    , m_owner(std::move(owner))
    , m_clock(clock)
{}

Result<std::vector<ToolInfo>> ToolDesk::takeTools(Engine &engine, const std::vector<ServerTool> &tools)
{
    if (!m_book) {
        m_book.emplace(engine, m_clock, m_server.connection);
    }
    QByteArray page;
    for (const ServerTool &tool : tools) {
        page += (page.isEmpty() ? "" : ",") + tool.tool.definition;
    }
    if (const Result<> read = m_book->readPage(R"({"tools":[)" + page + "]}", true); !read) {
        return read.error();
    }
    m_tools = tools;
    std::vector<ToolInfo> infos;
    infos.reserve(tools.size());
    for (const ServerTool &tool : tools) {
        infos.push_back({tool, m_book->standing(tool.tool.name)});
    }
    return infos;
}

RoundContent ToolDesk::contentOf(const ServerTool &tool, const Order &order) const
{
    // The outer members are ours; what the server claims stands below a member of its own.
    const auto claimsWith = [&](JsonValue said) {
        JsonValue claims = JsonValue::object();
        if (m_book && m_book->standing(tool.tool.name) == ToolBook::Standing::Different) {
            markToolChanged(claims);
        }
        if (m_server.command.isEmpty()) {
            claims.set("serverAddress", JsonValue::fromString(m_server.address));
        } else {
            JsonValue words = JsonValue::array();
            for (const QString &word : m_server.command) {
                words.append(JsonValue::fromString(word));
            }
            claims.set("serverCommand", std::move(words));
        }
        claims.set("serverSaysOfTheTool", std::move(said));
        return writeJson(claims);
    };
    RoundContent content;
    content.pattern = Pattern::ToolApproval;
    content.toolName = tool.tool.name;
    content.toolDefinition = tool.tool.hash;
    content.arguments = order.arguments;
    content.schema = tool.tool.inputSchema.size() <= mostShownSchema ? tool.tool.inputSchema : QByteArray();
    content.annotations = claimsWith(JsonValue::object({{"title", textOrNull(tool.tool.title)},
                                                        {"description", textOrNull(tool.tool.description)},
                                                        {"annotations", claim(tool.tool.annotations)}}));
    if (content.annotations.size() > mostClaims) {
        content.annotations = claimsWith(JsonValue::fromString(u"More than 256 KiB: not kept."_s));
    }
    content.allowed = {Verdict::Approve, Verdict::ApproveEdited, Verdict::Reject};
    return content;
}

Result<Submitted> ToolDesk::file(Engine &engine, const Order &order)
{
    const auto tool = std::find_if(m_tools.begin(), m_tools.end(),
                                   [&](const ServerTool &one) { return one.tool.name == order.tool; });
    if (tool == m_tools.end()) {
        return Error{ErrorCode::NotFound,
                     u"The server “%1” names no tool “%2”."_s.arg(m_server.connection, displayText(order.tool).text),
                     {}};
    }
    if (const Result<> good = fits(*tool, order.arguments); !good) {
        return good.error();
    }
    Submission submission;
    submission.agentName = order.caller.agentName;
    submission.connection = m_server.connection;
    submission.osUser = order.caller.osUser;
    submission.content = contentOf(*tool, order);
    submission.idempotencyKey = callPrefix + order.key;
    submission.correlation = writeJson(JsonValue::object({{"by", JsonValue::fromString(order.caller.owner)}}));
    return engine.submit(submission);
}

Result<ToolDesk::News> ToolDesk::look(Engine &engine, const std::vector<RequestId> &watched, bool maySend)
{
    News news;
    const Result<std::vector<Request>> live = engine.store().liveRequests(m_server.connection, mostLive);
    if (!live) {
        return live.error();
    }
    for (const Request &request : *live) {
        const Delivery delivery = request.state.delivery;
        news.open += request.isOpen() || delivery == Delivery::Staged || delivery == Delivery::Held ? 1 : 0;
        if (delivery != Delivery::Released || news.looksAgain) {
            continue;
        }
        if (const Result<> done = carryOn(engine, request, maySend, news); !done) {
            if (news.started.empty() && news.refused.empty()) {
                return done.error();
            }
            // What was started is committed: whoever looks has to learn of it, or it is never sent.
            qCWarning(logMcp) << "request" << request.id.text() << "waits:" << done.error().message;
            news.looksAgain = true;
        }
    }
    for (const RequestId &id : watched) {
        const auto isIt = [&](const auto &one) { return one.request == id; };
        if (std::any_of(news.started.begin(), news.started.end(), isIt) ||
            std::any_of(news.refused.begin(), news.refused.end(), isIt)) {
            continue;
        }
        const std::optional<WaitEnd> end = endNow(engine, id);
        const bool waitsToRun = end && end->kind == WaitEnd::Kind::Decided &&
                                letsItHappen(end->outcome->decision.verdict) &&
                                end->outcome->request.state.delivery == Delivery::Released;
        if (!end || waitsToRun) {
            continue;
        }
        news.refused.push_back({id, whyNotCarriedOut(*end)});
    }
    return news;
}

Result<> ToolDesk::carryOn(Engine &engine, const Request &request, bool maySend, News &news)
{
    if (request.idempotencyKey.startsWith(testPrefix)) {
        return engine.acknowledge(request.id);
    }
    if (!request.idempotencyKey.startsWith(callPrefix)) {
        return {};
    }
    if (const QString owner = ownerOf(request); owner != m_owner) {
        const Result<bool> isLeft = isLeftBehind(engine, owner);
        if (!isLeft || !*isLeft) {
            return isLeft ? Result<>() : Result<>(isLeft.error());
        }
        const Result<> ended = endUnsent(engine, request.id,
                                         u"The program that had asked for this call, and would have carried it out "
                                         "itself, ended before that. Nothing was sent."_s);
        return isOvertaken(ended) ? Result<>() : ended;
    }
    if (!maySend) {
        return {};
    }
    Result<std::optional<Started>> started = start(engine, request, news);
    if (!started) {
        return started.error();
    }
    if (*started) {
        news.started.push_back(**std::move(started));
    }
    return {};
}

Result<std::optional<ToolDesk::Started>> ToolDesk::start(Engine &engine, const Request &request, News &news)
{
    const Result<VerifiedOutcome> outcome = engine.verifiedOutcome(request.id);
    if (!outcome) {
        qCWarning(logMcp) << "call" << request.id.text() << "is not carried out:" << outcome.error().message;
        news.refused.push_back({request.id, u"It was not carried out: "_s + outcome.error().message});
        return std::optional<Started>();
    }
    if (!letsItHappen(outcome->decision.verdict)) {
        WaitEnd end = WaitEnd::of(WaitEnd::Kind::Decided);
        end.outcome = *outcome;
        if (const Result<> told = engine.acknowledge(request.id); !told) {
            return told.error();
        }
        news.refused.push_back({request.id, whyNotCarriedOut(end)});
        return std::optional<Started>();
    }
    const RoundContent &content = outcome->round.content;
    const auto tool = std::find_if(m_tools.begin(), m_tools.end(),
                                   [&](const ServerTool &one) { return one.tool.name == content.toolName; });
    if (tool == m_tools.end() || tool->tool.hash != content.toolDefinition) {
        const QString why = tool == m_tools.end()
                                ? u"The server no longer offers this tool; nothing was sent."_s
                                : u"The server changed the tool's definition after the call was decided; nothing was "
                                  "sent. Call it again to see what it is now."_s;
        const Result<> done = endUnsent(engine, request.id, why);
        if (isOvertaken(done)) {
            return std::optional<Started>(); // Whoever was first says what came of it.
        }
        if (!done) {
            return done.error();
        }
        news.refused.push_back({request.id, why});
        return std::optional<Started>();
    }
    // Verifies every signature once more and uses up the approval, in one transaction with "started".
    const Result<VerifiedOutcome> begun = engine.beginExecution(request.id, content);
    if (!begun) {
        if (begun.error().code == ErrorCode::Busy) {
            return begun.error(); // Later.
        }
        if (mayPass(begun.error())) {
            news.waiting.push_back(
                {request.id, u"It was approved, but nothing was sent yet, because its start could not be "
                             "recorded. It is tried again by itself: "_s +
                                 begun.error().message});
            news.looksAgain = true;
            return std::optional<Started>();
        }
        news.refused.push_back({request.id, u"It was not carried out: "_s + begun.error().message});
        return std::optional<Started>();
    }
    if (const Result<> noted = m_book->noteApproved(content.toolName, content.toolDefinition); !noted) {
        qCWarning(logMcp) << "an approved definition was not kept:" << noted.error().message;
    }
    const bool edited = begun->decision.verdict == Verdict::ApproveEdited;
    return std::optional(Started{request.id, content.toolName, content.toolDefinition,
                                 edited ? begun->vote.content.arguments : content.arguments, edited});
}

/// Is \p owner a process that is gone? It carries out nothing any more, and nobody else does in its name.
Result<bool> ToolDesk::isLeftBehind(Engine &engine, const QString &owner) const
{
    if (m_owner != serviceOwner || owner.isEmpty() || owner == serviceOwner) {
        return false; // Whoever serves the connection cleans up after others.
    }
    const Result<std::optional<Seat>> seat = engine.store().seat(SeatId(owner));
    if (!seat) {
        return seat.error();
    }
    // Without a sign of life it may only be stopped, and go on later.
    return !*seat || ((*seat)->heartbeatAt + seatLasts < m_clock.now() &&
                      ::kill(static_cast<pid_t>((*seat)->processId), 0) != 0 && errno == ESRCH);
}

Result<> ToolDesk::finish(Engine &engine, const RequestId &id, Outcome outcome, const QByteArray &body)
{
    if (!body.isEmpty()) {
        const Result<JsonSlices> members = JsonSlices::ofObject(body);
        JsonValue kept =
            JsonValue::object({{"isError", JsonValue::fromBool(members && members->value(u"isError") == "true")},
                               {"bytes", JsonValue::fromInteger(body.size())},
                               {"sha256", JsonValue::fromString(sha256(body).hex())}});
        if (body.size() <= mostKeptResult) {
            if (Result<JsonValue> value = readJson(body)) {
                kept.set("result", *std::move(value));
            }
        }
        outcome.output = writeJson(kept);
    }
    return engine.finishExecution(id, std::move(outcome));
}

Result<> ToolDesk::lose(Engine &engine, const RequestId &id, const QString &why)
{
    const Result<> lost = engine.loseDelivery(
        id, why + u" Whether it was carried out is not known: look at the server before you call it again."_s);
    if (lost || lost.error().code != ErrorCode::NotAllowed) {
        return lost;
    }
    // Only whoever holds the lease may say so in the request itself.
    Outcome outcome;
    outcome.error = why;
    outcome.note = u"whether the call was carried out is not known"_s;
    return engine.finishExecution(id, std::move(outcome));
}

bool mayPass(const Error &failure)
{
    return failure.code == ErrorCode::Busy || failure.code == ErrorCode::Storage ||
           failure.code == ErrorCode::DiskFull || failure.code == ErrorCode::ReadOnly;
}

Result<> endUnsent(Engine &engine, const RequestId &id, const QString &why)
{
    return engine.together([&]() -> Result<> {
        // Looked at by the transaction that writes: it may have been begun since whoever calls this looked.
        const Result<> isReleased = engine.store().transact([&id](StoreWriter &writer) -> Result<> {
            const Result<std::optional<Request>> request = writer.request(id);
            if (!request) {
                return request.error();
            }
            if (!*request || (*request)->state.delivery != Delivery::Released) {
                return Error{ErrorCode::WrongState,
                             u"Request %1 was settled or begun meanwhile: it is not ended here."_s.arg(id.text()),
                             {}};
            }
            return {};
        });
        if (!isReleased) {
            return isReleased;
        }
        const Result<> given = engine.giveUpDelivery(id, why);
        if (given || given.error().code != ErrorCode::NotAllowed) {
            return given;
        }
        // Only whoever holds the lease may say so in the request itself.
        if (const Result<> done = engine.acknowledge(id); !done) {
            return done;
        }
        Outcome outcome;
        outcome.error = why;
        outcome.note = u"nothing was sent to the server"_s;
        return engine.reportOutcome(id, outcome);
    });
}

QString whyNotCarriedOut(const WaitEnd &end)
{
    switch (end.kind) {
    case WaitEnd::Kind::Decided: {
        if (letsItHappen(end.outcome->decision.verdict)) {
            return u"Another process carried it out: what came of it stands in the history."_s;
        }
        const QString &reason = end.outcome->vote.content.reason;
        const QString who = end.outcome->policyVersion.isEmpty()
                                ? displayText(end.outcome->decision.reviewerName).text
                                : u"the policy ("_s + end.outcome->policyVersion + u')';
        return u"It was rejected by "_s + who + (reason.isEmpty() ? u"."_s : u": "_s + displayText(reason).text);
    }
    case WaitEnd::Kind::ChangesRequested:
        return u"Changes were requested: it was not carried out. Change the arguments and call it again."_s;
    case WaitEnd::Kind::Expired:
        return u"Nobody decided on it in time: it was not carried out."_s;
    case WaitEnd::Kind::Withdrawn:
        return u"It was taken back: it was not carried out."_s;
    case WaitEnd::Kind::Superseded:
        return u"It was settled elsewhere: it was not carried out from here."_s;
    case WaitEnd::Kind::Failed:
        return u"It was not carried out: "_s + end.error.message;
    case WaitEnd::Kind::Undeliverable:
        return u"It could not be given to the server: it was not carried out."_s;
    case WaitEnd::Kind::Unknown:
    case WaitEnd::Kind::TimedOut:
    case WaitEnd::Kind::Interrupted:
        break;
    }
    return u"Whether it was carried out is not known: look at the server for what it did."_s;
}

} // namespace countersign::mcp
