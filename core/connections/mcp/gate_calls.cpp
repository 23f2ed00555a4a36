// SPDX-License-Identifier: Apache-2.0
#include "core/base/canonical_json.h"
#include "core/base/json_reader.h"
#include "core/base/log.h"
#include "core/base/visible_text.h"
#include "core/connections/mcp/gate.h"
#include "core/connections/mcp/tool_desk.h"
#include "core/domain/hashes.h"
#include "core/domain/tool_change.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto listingPatience = 10s;
constexpr auto progressEvery = 5s;
constexpr auto pausedFor = 24h;        ///< A client may keep a call with its questions for as long as it likes.
constexpr double progressStep = 0.001; ///< Small, so that what the server itself reports goes on rising.
constexpr int maxPages = 100;
constexpr qsizetype maxShownBytes = 1024 * 1024;
constexpr qsizetype maxClaimsBytes = 256 * 1024;

JsonValue textOr(const QString &text)
{
    return text.isEmpty() ? JsonValue() : JsonValue::fromString(text);
}

/// A claim as JSON; what cannot be read strictly stands as its text.
JsonValue claim(QByteArrayView text)
{
    if (text.isEmpty()) {
        return {};
    }
    Result<JsonValue> value = readJson(text);
    return value ? *std::move(value) : JsonValue::fromString(QString::fromUtf8(text));
}

bool sameJson(QByteArrayView left, QByteArrayView right)
{
    if (left == right) {
        return true;
    }
    const Result<JsonValue> a = readJson(left);
    const Result<JsonValue> b = readJson(right);
    return a && b && canonicalJson(*a) == canonicalJson(*b);
}

/// What a reviewer said, as a model may read it.
QString becauseOf(const VerifiedOutcome &outcome)
{
    const QString &reason = outcome.vote.content.reason;
    return reason.isEmpty() ? u"."_s : u": "_s + reason;
}

QString wordsFor(const WaitEnd &end)
{
    switch (end.kind) {
    case WaitEnd::Kind::Decided:
        return end.outcome->decision.verdict == Verdict::Reject
                   ? u"Rejected by "_s + end.outcome->decision.reviewerName + becauseOf(*end.outcome)
                   : u"The answer is none that a tool call can be made on: it was not carried out."_s;
    case WaitEnd::Kind::ChangesRequested:
        return u"Changes were requested: this call was not carried out; make another one."_s;
    case WaitEnd::Kind::Expired:
        return u"Nobody decided on this call in time: it was not carried out."_s;
    case WaitEnd::Kind::Withdrawn:
        return u"The request for this call was withdrawn: it was not carried out."_s;
    case WaitEnd::Kind::Superseded:
        return u"The request for this call was settled elsewhere: it was not carried out."_s;
    case WaitEnd::Kind::Failed:
        return u"This call was not carried out: "_s + end.error.message;
    case WaitEnd::Kind::Undeliverable:
    case WaitEnd::Kind::Unknown:
    case WaitEnd::Kind::TimedOut:
    case WaitEnd::Kind::Interrupted:
        break;
    }
    return u"It is not known what became of the request for this call; it was not carried out by this gate."_s;
}

/// \p line, a call of revision 2026-07-28, as if its client could show forms.
QByteArray withForms(const QByteArray &line)
{
    const auto message = readMessage(line);
    const Result<ToolCall> read = readToolCall(std::get<Message>(message).params);
    const QByteArrayView declared = modernCapabilitiesOf(read->meta);
    return declaresElicitation(declared)
               ? line
               : withSliceReplaced(line, declared, withMemberAdded(declared, "elicitation", R"({"form":{}})"));
}

QString decodedState(const std::optional<QByteArray> &token)
{
    return token ? jsonStringText(*token).value_or(QString::fromUtf8(*token)) : QString();
}

} // namespace

void Gate::beginCall(const QByteArray &line, const Message &message)
{
    const Result<ToolCall> read = readToolCall(message.params);
    if (!read) {
        refuse(message.id, Code::InvalidParams, read.error().message);
        return;
    }
    if (!m_options.onlyTools.isEmpty() && !m_options.onlyTools.contains(read->name)) {
        refuse(message.id, Code::InvalidParams, u"There is no tool of this name."_s);
        return;
    }
    // Clients without a session may share this gate: then a name is good for the request that it came with.
    const bool isModern = !modernVersionOf(read->meta).isEmpty();
    m_modern = m_modern || isModern;
    if (read->goesOn() && goOn(line, message, *read)) {
        return;
    }
    Call call;
    call.id = message.id;
    call.serverId = message.id;
    call.line = line;
    call.answersQuestions =
        modernCapabilitiesOf(read->meta).startsWith('{') && !declaresElicitation(modernCapabilitiesOf(read->meta));
    call.tool = read->name;
    call.meta = read->meta.toByteArray();
    call.progressToken = progressTokenOf(read->meta);
    const QString clientName = isModern ? clientNameIn(read->meta) : m_clientName;
    call.agent = m_options.agentName.isEmpty() ? clientName : m_options.agentName;
    const QString &key = message.id.key();
    m_calls.insert_or_assign(key, std::move(call));
    const bool knowsEnough = !m_book.isStale() && (m_book.find(read->name) || m_listedAll);
    if (knowsEnough) {
        ask(m_calls.at(key));
    } else if (!m_listing) {
        m_pages = 0;
        listTools(m_calls.at(key).meta, {});
    }
}

void Gate::listTools(const QByteArray &meta, const QByteArray &cursor)
{
    // Of a modern call's _meta the part that says who asks; its progress token belongs to the call alone.
    QByteArray params = "{}";
    if (const Result<JsonSlices> members = JsonSlices::ofObject(meta); members && !modernVersionOf(meta).isEmpty()) {
        QByteArray kept = "{}";
        for (const JsonSlices::Member &member : members->members()) {
            if (member.name.startsWith("io.modelcontextprotocol/"_L1)) {
                kept = withMemberAdded(kept, member.name.toUtf8(), member.value);
            }
        }
        params = withMemberAdded(params, "_meta", kept);
    }
    if (!cursor.isEmpty()) {
        params = withMemberAdded(params, "cursor", cursor);
    }
    m_listingMeta = meta;
    m_listingSince = m_parts.clock.monotonic();
    m_listing = ownId();
    m_parts.toServer(requestLine(*m_listing, "tools/list", params));
}

MessageId Gate::ownId()
{
    return MessageId::ofText("countersign-" + m_parts.engine.seat().text().toLatin1() + '-' +
                             QByteArray::number(++m_ownIds));
}

void Gate::listedTools(const Message &answer)
{
    m_listing.reset();
    if (answer.kind == Message::Kind::Result) {
        if (const Result<> read = m_book.readPage(answer.body, m_pages == 0); !read) {
            noise(u"The server's list of tools could not be kept: "_s + read.error().message);
        }
        const Result<JsonSlices> members = JsonSlices::ofObject(answer.body);
        const QByteArrayView cursor = members ? members->value(u"nextCursor") : QByteArrayView();
        if (cursor.startsWith('"') && ++m_pages < maxPages) {
            listTools(m_listingMeta, cursor.toByteArray());
            return;
        }
    }
    endListing();
}

void Gate::endListing()
{
    m_listing.reset();
    m_listedAll = true;
    std::vector<QString> waiting;
    std::vector<QString> approved;
    for (const auto &[key, call] : m_calls) {
        if (call.stage == Call::Stage::Listing) {
            waiting.push_back(key);
        } else if (call.stage == Call::Stage::Checking) {
            approved.push_back(key);
        }
    }
    for (const QString &key : approved) {
        checkListedTool(key);
    }
    for (const QString &key : waiting) {
        ask(m_calls.at(key));
    }
}

QByteArray Gate::claimsOf(const Call &call, const ToolCall &read, const Tool *tool) const
{
    // The outer members are this gate's; what the server and the client claim stands below a member of its own.
    JsonValue claims = JsonValue::object();
    if (m_book.standing(call.tool) == ToolBook::Standing::Different) {
        markToolChanged(claims);
    }
    JsonValue command = JsonValue::array();
    for (const QString &word : m_options.command) {
        command.append(JsonValue::fromString(word));
    }
    claims.set("serverCommand", std::move(command));
    if (tool) {
        claims.set("serverSaysOfTheTool", JsonValue::object({{"title", textOr(tool->title)},
                                                             {"description", textOr(tool->description)},
                                                             {"annotations", claim(tool->annotations)}}));
    }
    if (!read.task.isEmpty()) {
        claims.set("runAsTask", claim(read.task));
    }
    if (!read.inputResponses.isEmpty()) {
        claims.set("clientAnswersTheServer", claim(read.inputResponses));
    }
    const QByteArray text = writeJson(claims);
    if (text.size() <= maxClaimsBytes) {
        return text;
    }
    JsonValue fewer = JsonValue::object();
    if (m_book.standing(call.tool) == ToolBook::Standing::Different) {
        markToolChanged(fewer);
    }
    fewer.set("serverSaysOfTheTool", JsonValue::fromString(u"More than 256 KiB: not kept."_s));
    return writeJson(fewer);
}

RoundContent Gate::contentOf(const Call &call, const ToolCall &read) const
{
    const Tool *tool = m_book.find(call.tool);
    RoundContent content;
    content.pattern = Pattern::ToolApproval;
    content.toolName = call.tool;
    content.toolDefinition = tool ? tool->hash : Digest();
    content.arguments = read.arguments.toByteArray();
    content.schema = tool && tool->inputSchema.size() <= maxShownBytes ? tool->inputSchema : QByteArray();
    content.annotations = claimsOf(call, read, tool);
    content.requestedTier = m_options.tier;
    content.allowed = {Verdict::Approve, Verdict::Reject};
    if (!content.arguments.isEmpty()) {
        content.allowed.insert(content.allowed.begin() + 1, Verdict::ApproveEdited);
    }
    return content;
}

void Gate::ask(Call &call)
{
    const QString key = call.id.key();
    const auto message = readMessage(call.line);
    const Result<ToolCall> read = readToolCall(std::get<Message>(message).params);
    Q_ASSERT(read); // It was read before.
    call.stage = Call::Stage::Asking;
    call.content = contentOf(call, *read);
    if (call.agent.isEmpty()) {
        call.agent = u"MCP client"_s;
    }
    Submission submission;
    submission.agentName = call.agent;
    submission.connection = m_options.connection();
    submission.osUser = m_options.osUser;
    submission.content = call.content;
    submission.correlation = m_parts.engine.seat().text().toUtf8();
    submission.expiresIn = m_options.expiresIn;
    const MessageId id = call.id;
    // What a policy settles is filed, decided and started with one wait for the disk; then it is sent.
    RequestId request;
    bool ended = false;
    const Result<> kept = m_parts.engine.together([&]() -> Result<> {
        const Result<Submitted> submitted = m_parts.engine.submit(submission);
        if (!submitted) {
            return submitted.error();
        }
        request = call.request = submitted->id;
        ended = m_parts.watch.watch(request, [this, key](const WaitEnd &end) { endAsking(key, end); });
        return {};
    });
    if (!kept) {
        m_parts.watch.forget(request);
        m_calls.erase(key);
        countRunning();
        tellFailure(id, u"This call was not carried out, because it could not be put before a person: "_s +
                            kept.error().message);
    } else if (!ended) {
        showPatience(m_calls.at(key));
    }
}

void Gate::showPatience(Call &call)
{
    if (call.progressToken.isEmpty() || m_clientGone) {
        return;
    }
    call.progress += progressStep;
    call.toldAt = m_parts.clock.monotonic();
    m_parts.toClient(progressLine(call.progressToken, call.progress,
                                  u"Waiting for a person to decide on request "_s + call.request.text()));
}

void Gate::keepPatient()
{
    const auto now = m_parts.clock.monotonic();
    if (m_listing && now - m_listingSince >= listingPatience) {
        noise(u"The server did not list its tools; calls are asked without their descriptions."_s);
        endListing();
    }
    std::vector<QString> leftBehind;
    for (auto &[key, call] : m_calls) {
        if (call.stage == Call::Stage::Asking && now - call.toldAt >= progressEvery) {
            showPatience(call);
        } else if (call.stage == Call::Stage::Paused && now - call.toldAt >= pausedFor) {
            leftBehind.push_back(key);
        }
    }
    for (const QString &key : leftBehind) {
        Outcome outcome;
        outcome.note = u"the server asked for input that the client never gave"_s;
        finish(m_calls.at(key), outcome);
        m_calls.erase(key);
        countRunning();
    }
}

void Gate::fail(const QString &key, const QString &why)
{
    const auto found = m_calls.find(key);
    if (found == m_calls.end()) {
        return;
    }
    const MessageId id = found->second.id;
    m_calls.erase(found);
    m_parts.engine.whenCommitted([this, id, why] { tellFailure(id, why); });
}

void Gate::tellFailure(const MessageId &id, const QString &why)
{
    if (!m_clientGone) {
        m_parts.toClient(resultLine(id, toolFailure(why)));
    }
}

void Gate::endAsking(const QString &key, const WaitEnd &end)
{
    const auto found = m_calls.find(key);
    if (found == m_calls.end()) {
        return;
    }
    const Call &call = found->second;
    if (end.kind == WaitEnd::Kind::Decided) {
        const Verdict verdict = end.outcome->decision.verdict;
        if (verdict == Verdict::Approve || verdict == Verdict::ApproveEdited) {
            checkTool(key, *end.outcome);
            return;
        }
        if (const Result<> told = m_parts.engine.acknowledge(call.request); !told) {
            m_parts.say(u"That the client was told could not be recorded: "_s + displayText(told.error().message).text);
        }
    } else if (end.kind == WaitEnd::Kind::ChangesRequested) {
        takeBack(call.request, call.agent, u"A tool call has no second round"_s);
    }
    fail(key, wordsFor(end));
}

Result<> Gate::checkOutgoing(const Call &call, const VerifiedOutcome &outcome, const QByteArray &line) const
{
    // From the very bytes that are about to go out, not from what they were made of.
    const Error changed{ErrorCode::ContentChanged, u"What is about to be sent is not what was approved."_s, {}};
    const std::variant<Message, BadMessage> message = readMessage(line);
    if (!std::holds_alternative<Message>(message)) {
        return changed;
    }
    const Result<ToolCall> read = readToolCall(std::get<Message>(message).params);
    if (!read || std::get<Message>(message).method != "tools/call"_L1 || read->name != outcome.round.content.toolName) {
        return changed;
    }
    RoundContent content = call.content;
    VoteContent vote;
    if (outcome.decision.verdict == Verdict::ApproveEdited) {
        vote = outcome.vote.content;
        vote.arguments = read->arguments.toByteArray();
    } else {
        content.arguments = read->arguments.toByteArray();
    }
    const Digest effective = effectiveHash(outcome.vote.payloadHash, outcome.decision.verdict, content, vote);
    return effective == outcome.vote.effectiveHash ? Result<>() : Result<>(changed);
}

void Gate::checkTool(const QString &key, const VerifiedOutcome &outcome)
{
    // A person may take an hour, and the tool may be another one by then.
    Call &call = m_calls.at(key);
    const Digest &shown = call.content.toolDefinition;
    const Tool *tool = m_book.find(call.tool);
    const bool neverListed = m_listedAll && shown.isNull(); // It was asked for in vain, and nothing was shown of it.
    const bool mustList = m_book.isStale() ? !neverListed : !tool && !shown.isNull();
    if (!mustList && (tool ? tool->hash : Digest()) != shown) {
        refuseChangedTool(key, u"The tool was changed after this call was put before a reviewer"_s);
        return;
    }
    if (!mustList) {
        sendApproved(key, outcome);
        return;
    }
    call.stage = Call::Stage::Checking;
    call.approval = outcome;
    if (!m_listing) {
        m_pages = 0;
        listTools(QByteArray(call.meta), {});
    }
}

void Gate::checkListedTool(const QString &key)
{
    Call &call = m_calls.at(key);
    const VerifiedOutcome outcome = *std::exchange(call.approval, std::nullopt);
    const Digest &shown = call.content.toolDefinition;
    const Tool *tool = m_book.find(call.tool);
    if (m_book.isStale() && !shown.isNull()) {
        refuseChangedTool(key, u"The server did not say whether the tool is still the one that was approved"_s);
    } else if ((tool ? tool->hash : Digest()) != shown) {
        refuseChangedTool(key, u"The tool was changed after this call was put before a reviewer"_s);
    } else {
        sendApproved(key, outcome);
    }
}

void Gate::refuseChangedTool(const QString &key, const QString &why)
{
    const Call &call = m_calls.at(key);
    takeBack(call.request, call.agent, why);
    fail(key, why + u": it was not carried out. Call it again to have it reviewed as it is now."_s);
}

void Gate::sendApproved(const QString &key, const VerifiedOutcome &outcome)
{
    Call &call = m_calls.at(key);
    const bool edited = outcome.decision.verdict == Verdict::ApproveEdited;
    call.sentArguments = edited ? outcome.vote.content.arguments : call.content.arguments;
    QByteArray line = call.line;
    if (edited) {
        const auto message = readMessage(call.line);
        const Result<ToolCall> read = readToolCall(std::get<Message>(message).params);
        line = read->arguments.isEmpty() ? line : withSliceReplaced(call.line, read->arguments, call.sentArguments);
    }
    if (call.answersQuestions) {
        line = withForms(line); // The client cannot put questions to a person, Countersign can: the server may ask.
    }
    Result<> good = checkOutgoing(call, outcome, line);
    if (good) {
        good = m_parts.engine.together([&]() -> Result<> {
            // Verifies every signature once more and uses up the approval, in one transaction with "started".
            const Result<VerifiedOutcome> begun = m_parts.engine.beginExecution(call.request, call.content);
            if (!begun) {
                return begun.error();
            }
            if (const Result<> noted = m_book.noteApproved(call.tool, call.content.toolDefinition); !noted) {
                m_parts.say(u"The approved definition of the tool could not be kept: "_s +
                            displayText(noted.error().message).text);
            }
            return {};
        });
    }
    if (!good) {
        fail(key, u"This call was not carried out: "_s + good.error().message);
        return;
    }
    call.stage = Call::Stage::Running;
    if (call.answersQuestions) {
        const auto message = readMessage(line);
        call.sentParams = std::get<Message>(message).params.toByteArray();
    }
    countRunning();
    m_parts.engine.whenCommitted([this, line] { m_parts.toServer(line); });
}

bool Gate::goOn(const QByteArray &line, const Message &message, const ToolCall &read)
{
    // MCP 2026-07-28 patterns/mrtr: the retry is the same call with the same state, once.
    const auto paused = std::find_if(m_calls.begin(), m_calls.end(), [&](const auto &entry) {
        const Call &call = entry.second;
        return call.stage == Call::Stage::Paused && call.tool == read.name &&
               call.requestState == decodedState(read.requestState) && sameJson(call.content.arguments, read.arguments);
    });
    if (paused == m_calls.end()) {
        return false;
    }
    Call call = std::move(paused->second);
    m_calls.erase(paused);
    call.stage = Call::Stage::Running;
    call.id = message.id;
    call.serverId = message.id;
    call.line = line;
    call.progressToken = progressTokenOf(read.meta);
    // What the reviewer changed stays changed.
    QByteArray out = read.arguments.isEmpty() ? line : withSliceReplaced(line, read.arguments, call.sentArguments);
    if (call.answersQuestions) {
        out = withForms(out);
    }
    const QByteArray questions = std::exchange(call.heldQuestions, {});
    if (!questions.isEmpty()) {
        keepClientsPart(call, read, questions);
    }
    const QString &key = message.id.key();
    m_calls.insert_or_assign(key, std::move(call));
    if (!questions.isEmpty()) {
        putQuestions(key, questions);
    } else {
        m_parts.toServer(out);
    }
    countRunning();
    return true;
}

void Gate::answered(const QString &key, const Message &answer, const QByteArray &line)
{
    const MessageId id = m_calls.at(key).id;
    const bool sameId = m_calls.at(key).serverId.key() == id.key();
    const auto pass = [&] {
        if (m_clientGone) {
            return;
        }
        const QByteArray member = answer.kind == Message::Kind::Result ? "result" : "error";
        m_parts.toClient(sameId ? line
                                : R"({"jsonrpc":"2.0","id":)" + id.token() + ",\"" + member +
                                      "\":" + answer.body.toByteArray() + '}');
    };
    Call call = std::move(m_calls.at(key));
    m_calls.erase(key);
    const Result<JsonSlices> members = JsonSlices::ofObject(answer.body);
    const bool isResult = answer.kind == Message::Kind::Result;
    const bool wantsInput = isResult && members && members->text(u"resultType") == "input_required"_L1;
    if (wantsInput && call.answersQuestions) {
        answeredWithQuestions(std::move(call), answer, *members);
        return;
    }
    if (wantsInput) {
        call.stage = Call::Stage::Paused;
        call.requestState = members->text(u"requestState");
        call.line.clear();
        call.toldAt = m_parts.clock.monotonic();
        m_calls.insert_or_assign(u"p"_s + call.request.text(), std::move(call));
        countRunning();
        pass();
        return;
    }
    const bool isError = !isResult || (members && members->value(u"isError") == "true");
    Outcome outcome;
    outcome.output = writeJson(JsonValue::object({{"isError", JsonValue::fromBool(isError)},
                                                  {"bytes", JsonValue::fromInteger(answer.body.size())},
                                                  {"sha256", JsonValue::fromString(sha256(answer.body).hex())}}));
    if (isError) {
        outcome.error = isResult ? u"the tool reported an error"_s
                                 : u"the server answered with an error: "_s +
                                       (members ? members->text(u"message") : QString()).left(1000);
    }
    finish(call, outcome);
    countRunning();
    pass();
}

void Gate::finish(const Call &call, Outcome outcome)
{
    if (const Result<> told = m_parts.engine.finishExecution(call.request, std::move(outcome)); !told) {
        m_parts.say(u"How the call of request "_s + call.request.text() + u" ended could not be recorded: "_s +
                    displayText(told.error().message).text);
    }
}

void Gate::takeBack(const RequestId &request, const QString &agent, const QString &why)
{
    if (request.isEmpty()) {
        return; // It was not filed yet.
    }
    const Result<> withdrawn = m_parts.engine.withdraw(request, why, agent);
    if (withdrawn || withdrawn.error().code != ErrorCode::WrongState) {
        if (!withdrawn) {
            m_parts.say(u"Request "_s + request.text() + u" could not be withdrawn: "_s +
                        displayText(withdrawn.error().message).text);
        }
        return;
    }
    // Decided a moment before: then the record says that nothing came of it.
    const Result<> ended = endUnsent(m_parts.engine, request, why);
    if (!ended && ended.error().code == ErrorCode::WrongState) {
        qCDebug(logMcp) << "request" << request.text() << "was settled already";
    } else if (!ended) {
        m_parts.say(u"That nothing came of request "_s + request.text() + u" could not be recorded: "_s +
                    displayText(ended.error().message).text);
    }
}

} // namespace countersign::mcp
