// SPDX-License-Identifier: Apache-2.0
#include "core/base/visible_text.h"
#include "core/connections/mcp/elicitation.h"
#include "core/connections/mcp/gate.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr size_t maxQuestions = 100;
constexpr int maxRounds = 20;
const QByteArray cancelled = R"({"action":"cancel"})";

/// The name of \p member as it stands between quotes.
QByteArray nameOf(const JsonSlices::Member &member)
{
    const QByteArray quoted = writeJson(JsonValue::fromString(member.name));
    return quoted.sliced(1, quoted.size() - 2);
}

/// The params of a call without what an earlier round of questions left in them.
QByteArray withoutRound(const QByteArray &params)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(params);
    QByteArray kept = "{}";
    for (const JsonSlices::Member &member : members->members()) {
        if (member.name != "inputResponses"_L1 && member.name != "requestState"_L1) {
            kept = withMemberAdded(kept, nameOf(member), member.value);
        }
    }
    return kept;
}

/// Did the client of a request with \p meta say that it answers \p method itself?
bool clientDoes(QByteArrayView meta, const QString &method)
{
    const Result<JsonSlices> can = JsonSlices::ofObject(modernCapabilitiesOf(meta));
    const auto says = [&can](QStringView name) { return can && can->value(name).startsWith('{'); };
    return (method == "sampling/createMessage"_L1 && says(u"sampling")) ||
           (method == "roots/list"_L1 && says(u"roots"));
}

} // namespace

Result<RoundContent> elicitationContent(QByteArrayView params)
{
    const Result<Elicitation> asked = readElicitation(params);
    if (!asked) {
        return asked.error();
    }
    if (asked->mode == Elicitation::Mode::Url) {
        return Error{ErrorCode::InvalidInput, u"Only forms can be shown here."_s, {}}; // The gate declares no other.
    }
    RoundContent content;
    content.pattern = Pattern::Elicitation;
    content.message = asked->message;
    content.schema = asked->schema;
    content.allowed = {Verdict::Answer, Verdict::Decline, Verdict::Cancel};
    return content;
}

Result<QByteArray> elicitationResult(const RoundContent &content, const VerifiedOutcome &outcome)
{
    switch (outcome.decision.verdict) {
    case Verdict::Decline:
        return QByteArray(R"({"action":"decline"})");
    case Verdict::Answer:
        break;
    default:
        return cancelled;
    }
    const QByteArray &answer = outcome.vote.content.answer;
    if (const Result<> fits = checkFormAnswer(content.schema, answer); !fits) {
        return fits.error();
    }
    return R"({"action":"accept","content":)" + answer + '}';
}

Result<> Gate::fileQuestion(const QString &key, Question question)
{
    if (m_questions.size() >= maxQuestions) {
        return Error{ErrorCode::Busy, u"Too many questions wait for an answer."_s, {}};
    }
    Submission submission;
    submission.agentName = m_options.name; // The server asks, under the name that this machine gave it.
    submission.connection = m_options.connection();
    submission.osUser = m_options.osUser;
    submission.content = question.content;
    submission.correlation = m_parts.engine.seat().text().toUtf8();
    const Result<Submitted> submitted = m_parts.engine.submit(submission);
    if (!submitted) {
        return submitted.error();
    }
    question.request = submitted->id;
    m_questions.insert_or_assign(key, std::move(question));
    m_parts.watch.watch(submitted->id, [this, key](const WaitEnd &end) { endQuestion(key, end); });
    return {};
}

void Gate::askQuestion(const Message &message)
{
    Result<RoundContent> content = elicitationContent(message.params);
    if (!content) {
        m_parts.toServer(errorLine(message.id, Code::InvalidParams, content.error().message));
        return;
    }
    Question question;
    question.id = message.id;
    question.content = *std::move(content);
    if (const Result<> filed = fileQuestion(message.id.key(), std::move(question)); !filed) {
        m_parts.toServer(errorLine(message.id, Code::Gone, filed.error().message));
    }
}

bool Gate::askForCall(Call &call, QByteArrayView requests)
{
    // MCP 2026-07-28 patterns/mrtr: all of them are answered, then the call is made again under a new id.
    const Result<JsonSlices> members = JsonSlices::ofObject(requests);
    if (!members || ++call.rounds > maxRounds) {
        return false;
    }
    std::vector<Question> questions;
    for (const JsonSlices::Member &member : members->members()) {
        const Result<JsonSlices> asked = JsonSlices::ofObject(member.value);
        if (!asked || asked->text(u"method") != "elicitation/create"_L1) {
            return false;
        }
        Result<RoundContent> content = elicitationContent(asked->value(u"params"));
        if (!content) {
            return false;
        }
        Question question;
        question.content = *std::move(content);
        question.call = call.id.key();
        question.member = writeJson(JsonValue::fromString(member.name));
        questions.push_back(std::move(question));
    }
    const QString key = call.id.key();
    call.openQuestions = static_cast<int>(questions.size()); // Policies may answer the first before the last is filed.
    for (size_t i = 0; i < questions.size(); ++i) {
        const QString name = u"c"_s + key + u' ' + QString::number(i);
        if (!fileQuestion(name, std::move(questions[i]))) {
            return false;
        }
    }
    return true;
}

void Gate::putQuestions(const QString &key, QByteArrayView requests)
{
    m_calls.at(key).stage = Call::Stage::Asked;
    const bool asked = askForCall(m_calls.at(key), requests);
    if (const auto still = m_calls.find(key); !asked && still != m_calls.end()) {
        withdrawQuestionsOf(key, u"The call cannot go on"_s);
        Outcome outcome;
        outcome.error = u"the server asked for something that nobody can answer here"_s;
        finish(still->second, outcome);
        fail(key, u"The server asked for something that nobody can answer here; the call did not go on."_s);
    }
}

void Gate::answeredWithQuestions(Call call, const Message &answer, const JsonSlices &result)
{
    // Forms are put here, since the client cannot show them. What it said it can do stays its own, and comes first:
    // no person fills in a form for a call that its client then lets go.
    const QByteArrayView requests = result.value(u"inputRequests");
    const Result<JsonSlices> members = JsonSlices::ofObject(requests);
    QByteArray forms = "{}";
    QByteArray others = "{}";
    for (const JsonSlices::Member &member : members ? members->members() : std::vector<JsonSlices::Member>()) {
        const Result<JsonSlices> asked = JsonSlices::ofObject(member.value);
        const bool isOthers = asked && clientDoes(call.meta, asked->text(u"method"));
        QByteArray &part = isOthers ? others : forms;
        part = withMemberAdded(part, nameOf(member), member.value);
    }
    const QString key = call.id.key();
    if (others == "{}" && !requests.isEmpty()) {
        const auto state = result.find(u"requestState");
        call.stateToken = state ? state->toByteArray() : QByteArray();
        call.responses = "{}";
        m_calls.insert_or_assign(key, std::move(call));
        putQuestions(key, members && forms != "{}" ? forms : QByteArray());
        countRunning();
        return;
    }
    const MessageId id = call.id;
    call.heldQuestions = forms == "{}" ? QByteArray() : forms;
    call.stage = Call::Stage::Paused;
    call.requestState = result.text(u"requestState");
    call.line.clear();
    call.toldAt = m_parts.clock.monotonic();
    m_calls.insert_or_assign(u"p"_s + call.request.text(), std::move(call));
    countRunning();
    if (!m_clientGone) {
        const QByteArray body =
            requests.isEmpty() ? answer.body.toByteArray() : withSliceReplaced(answer.body, requests, others);
        m_parts.toClient(resultLine(id, body));
    }
}

void Gate::keepClientsPart(Call &call, const ToolCall &read, QByteArrayView questions)
{
    const Result<JsonSlices> ours = JsonSlices::ofObject(questions);
    const Result<JsonSlices> given = JsonSlices::ofObject(read.inputResponses);
    call.stateToken = read.requestState.value_or(QByteArray());
    call.responses = "{}";
    for (const JsonSlices::Member &member : given ? given->members() : std::vector<JsonSlices::Member>()) {
        if (!ours->find(member.name)) {
            call.responses = withMemberAdded(call.responses, nameOf(member), member.value);
        }
    }
}

void Gate::goOnAnswered(const QString &key)
{
    Call &call = m_calls.at(key);
    QByteArray params = withMemberAdded(withoutRound(call.sentParams), "inputResponses", call.responses);
    if (!call.stateToken.isEmpty()) {
        params = withMemberAdded(params, "requestState", call.stateToken);
    }
    call.stage = Call::Stage::Running;
    call.serverId = ownId();
    m_retries.insert_or_assign(call.serverId.key(), key);
    m_parts.toServer(requestLine(call.serverId, "tools/call", params));
}

void Gate::endQuestion(const QString &key, const WaitEnd &end)
{
    const auto found = m_questions.find(key);
    if (found == m_questions.end()) {
        return;
    }
    const Question question = std::move(found->second);
    m_questions.erase(found);
    const QByteArray answer = answerTo(question, end);
    if (m_serverGone) {
        return;
    }
    if (question.call.isEmpty()) {
        m_parts.toServer(resultLine(question.id, answer));
        return;
    }
    const auto call = m_calls.find(question.call);
    if (call == m_calls.end()) {
        return;
    }
    const QByteArray name = question.member.sliced(1, question.member.size() - 2);
    call->second.responses = withMemberAdded(call->second.responses, name, answer);
    if (--call->second.openQuestions == 0) {
        goOnAnswered(question.call);
    }
}

void Gate::withdrawQuestionsOf(const QString &call, const QString &why)
{
    std::vector<QString> keys;
    for (const auto &[key, question] : m_questions) {
        if (question.call == call) {
            keys.push_back(key);
        }
    }
    for (const QString &key : keys) {
        withdrawQuestion(key, why);
    }
}

QByteArray Gate::answerTo(const Question &question, const WaitEnd &end)
{
    if (end.kind != WaitEnd::Kind::Decided) {
        return cancelled; // Nobody decided: neither yes nor no.
    }
    const auto tellIfLost = [&](const Result<> &recorded) {
        if (!recorded) {
            m_parts.say(u"What the server was told on request "_s + question.request.text() +
                        u" could not be recorded: "_s + displayText(recorded.error().message).text);
        }
    };
    if (!letsItHappen(end.outcome->decision.verdict)) {
        tellIfLost(m_parts.engine.acknowledge(question.request));
        return elicitationResult(question.content, *end.outcome).valueOr(cancelled);
    }
    if (const Result<VerifiedOutcome> begun = m_parts.engine.beginExecution(question.request, question.content);
        !begun) {
        m_parts.say(u"The answer to request "_s + question.request.text() + u" was not sent: "_s +
                    displayText(begun.error().message).text);
        return cancelled;
    }
    const Result<QByteArray> answer = elicitationResult(question.content, *end.outcome);
    Outcome outcome;
    outcome.note = answer ? u"the answer was given to the server"_s : u"not sent; the server was told: cancelled"_s;
    outcome.error = answer ? QString() : answer.error().message;
    tellIfLost(m_parts.engine.finishExecution(question.request, outcome));
    return answer.valueOr(cancelled);
}

void Gate::withdrawQuestion(const QString &key, const QString &why)
{
    const auto found = m_questions.find(key);
    if (found == m_questions.end()) {
        return;
    }
    const Question question = std::move(found->second);
    m_questions.erase(found);
    m_parts.watch.forget(question.request);
    takeBack(question.request, m_options.name, why);
}

} // namespace countersign::mcp
