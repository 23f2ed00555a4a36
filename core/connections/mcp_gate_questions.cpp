// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "core/base/visible_text.h"
#include "core/connections/mcp_gate.h"
#include "core/schema/schema.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr size_t maxQuestions = 100;
const QByteArray cancelled = R"({"action":"cancel"})";

} // namespace

Result<RoundContent> elicitationContent(QByteArrayView params)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(params);
    if (!members) {
        return members.error();
    }
    const QString mode = members->text(u"mode");
    if (!mode.isEmpty() && mode != "form"_L1) {
        return Error{ErrorCode::InvalidInput, u"Only forms can be shown here."_s, {}};
    }
    RoundContent content;
    content.pattern = Pattern::Elicitation;
    content.message = members->text(u"message");
    content.schema = members->value(u"requestedSchema").toByteArray();
    content.allowed = {Verdict::Answer, Verdict::Decline, Verdict::Cancel};
    if (content.message.isEmpty() || !content.schema.startsWith('{')) {
        return Error{ErrorCode::Malformed, u"A question has a message and a requestedSchema."_s, {}};
    }
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
    const Result<JsonValue> value = readJson(answer);
    const Result<JsonValue> schema = readJson(content.schema, JsonLimits::schema());
    if (!value || !schema || !value->isObject()) {
        return Error{ErrorCode::Malformed, u"The answer is no object, or its schema cannot be read."_s, {}};
    }
    const auto compiled = CompiledSchema::compile(*schema);
    if (!compiled) {
        return compiled.error();
    }
    if (const SchemaVerdict verdict = (*compiled)->validate(*value); !verdict.isValid()) {
        const QString where = verdict.problems.empty() ? QString() : verdict.problems.front().message;
        return Error{ErrorCode::Malformed, u"The answer does not fit the question's schema: "_s + where, {}};
    }
    return R"({"action":"accept","content":)" + answer + '}';
}

void Gate::askQuestion(const Message &message)
{
    Result<RoundContent> content = elicitationContent(message.params);
    if (!content) {
        m_parts.toServer(errorLine(message.id, Code::InvalidParams, content.error().message));
        return;
    }
    if (m_questions.size() >= maxQuestions) {
        m_parts.toServer(errorLine(message.id, Code::Gone, u"Too many questions wait for an answer."_s));
        return;
    }
    Submission submission;
    submission.agentName = m_options.name; // The server asks, under the name that this machine gave it.
    submission.connection = m_options.connection();
    submission.osUser = m_options.osUser;
    submission.content = *content;
    submission.correlation = m_parts.engine.seat().text().toUtf8();
    const Result<Submitted> submitted = m_parts.engine.submit(submission);
    if (!submitted) {
        m_parts.toServer(errorLine(message.id, Code::Gone, submitted.error().message));
        return;
    }
    const QString key = message.id.key();
    m_questions.insert_or_assign(key, Question{message.id, submitted->id, *std::move(content)});
    m_parts.watch.watch(submitted->id, [this, key](const WaitEnd &end) { endQuestion(key, end); });
}

void Gate::endQuestion(const QString &key, const WaitEnd &end)
{
    const auto found = m_questions.find(key);
    if (found == m_questions.end()) {
        return;
    }
    const Question question = std::move(found->second);
    m_questions.erase(found);
    if (!m_serverGone) {
        m_parts.toServer(resultLine(question.id, answerTo(question, end)));
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
