// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/question_desk.h"

#include "core/base/json_reader.h"
#include "core/base/log.h"
#include "core/connections/mcp/elicitation.h"
#include "core/connections/mcp/tool_desk.h"
#include "core/domain/hashes.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;

namespace {

const QString keyPrefix = u"question/"_s;
constexpr int mostLive = 1000;
constexpr int mostEarlier = 20; ///< Withdrawn questions that are looked through for a draft.
constexpr qsizetype mostShown = 256 * 1024;

JsonValue asClaim(const QByteArray &json)
{
    const Result<JsonValue> value = readJson(json);
    return json.size() > mostShown ? JsonValue::fromString(u"More than 256 KiB: not kept."_s)
           : value                 ? *value
                                   : JsonValue();
}

/// The outer members are ours; what the server said stands below a member of its own.
QByteArray claimsOf(const QuestionSource &source, const InputRequest &request)
{
    JsonValue claims = JsonValue::object();
    if (source.command.isEmpty()) {
        claims.set("serverAddress", JsonValue::fromString(source.address));
    } else {
        JsonValue words = JsonValue::array();
        for (const QString &word : source.command) {
            words.append(JsonValue::fromString(word));
        }
        claims.set("serverCommand", std::move(words));
    }
    if (!request.tool.isEmpty()) {
        JsonValue call = JsonValue::object({{"tool", JsonValue::fromString(request.tool)}});
        call.set("arguments", asClaim(request.arguments));
        claims.set("askedDuringTheCall", std::move(call));
    }
    if (request.round > 1) {
        claims.set("askedForTheTime", JsonValue::fromInteger(request.round));
    }
    if (request.kind == InputRequest::Kind::Sampling) {
        claims.set("serverAsksTheModel", asClaim(request.params));
    }
    return writeJson(claims);
}

Error notSent(const QString &why)
{
    return {ErrorCode::Malformed, why, {}};
}

/// What the reviewer's answer is for the server.
Result<QByteArray> contentFor(const RoundContent &asked, const QByteArray &answer)
{
    if (asked.pattern == Pattern::ElicitationUrl) {
        return QByteArray();
    }
    if (asked.pattern == Pattern::Elicitation) {
        const Result<> fits = checkFormAnswer(asked.schema, answer);
        return fits ? Result<QByteArray>(answer) : fits.error();
    }
    const Result<JsonValue> value = readJson(answer);
    if (value && value->isString()) {
        return samplingResult(value->toString()); // Written by hand.
    }
    const Result<> fits = value ? checkSamplingResult(answer) : notSent(u"The answer is no JSON."_s);
    return fits ? Result<QByteArray>(answer) : fits.error();
}

/// An answer whose giving cannot be recorded is not given: nobody could say later what became of it.
Result<QuestionDesk::Answered> answeredBy(Engine &engine, const RequestId &id, const WaitEnd &end)
{
    QuestionDesk::Answered answered{id, {}, false}; // Nobody decided: neither yes nor no.
    if (end.kind != WaitEnd::Kind::Decided) {
        return answered;
    }
    if (!letsItHappen(end.outcome->decision.verdict)) {
        if (end.outcome->decision.verdict == Verdict::Decline) {
            answered.answer.action = InputAnswer::Action::Decline;
        }
        if (const Result<> told = engine.acknowledge(id); !told) {
            if (mayPass(told.error())) {
                return told.error();
            }
            qCWarning(logMcp) << "question" << id.text() << "was answered, which could not be recorded";
        }
        return answered;
    }
    const RoundContent &content = end.outcome->round.content;
    const Result<VerifiedOutcome> begun = engine.beginExecution(id, content);
    if (!begun && mayPass(begun.error())) {
        return begun.error();
    }
    if (!begun) {
        qCWarning(logMcp) << "the answer to question" << id.text() << "is not sent:" << begun.error().message;
        return answered;
    }
    answered.isStarted = true;
    if (const Result<QByteArray> given = contentFor(content, begun->vote.content.answer)) {
        answered.answer.action = InputAnswer::Action::Accept;
        answered.answer.content = *given;
    }
    return answered;
}

/// What people had filled in when the same question was withdrawn because its connection ended: a server asks anew
/// after every restart, and nobody wants to begin anew with it.
Result<> takeDraftsAlong(Engine &engine, const QuestionSource &source, const RequestId &fresh,
                         const RoundContent &content)
{
    QueueQuery query;
    query.view = QueueQuery::View::Settled;
    query.connection = source.connection;
    query.pattern = content.pattern;
    query.status = u"withdrawn"_s;
    QueueWindow window;
    window.rowCount = mostEarlier;
    const Result<QueuePage> earlier = engine.store().findRequests(query, window);
    const Result<std::vector<Reviewer>> people = engine.store().reviewers();
    if (!earlier || !people) {
        return earlier ? people.error() : earlier.error();
    }
    const Digest wanted = intakeHash(content);
    for (const QueueRow &row : earlier->rows) {
        const Result<std::optional<Round>> round = engine.store().round(row.request.id, row.request.round);
        if (!round || !*round || (*round)->contentErased || (*round)->intakeHash != wanted) {
            continue;
        }
        for (const Reviewer &reviewer : *people) {
            const Result<std::optional<Draft>> draft = engine.store().draft(row.request.id, reviewer.id);
            if (!draft || !*draft) {
                continue;
            }
            Draft mine = **draft;
            mine.request = fresh;
            mine.round = 1;
            const Result<> saved =
                engine.store().transact([&mine](StoreWriter &writer) { return writer.saveDraft(mine); });
            if (!saved) {
                return saved;
            }
        }
        return {}; // The newest of them, whether or not somebody had begun to answer it.
    }
    return {};
}

} // namespace

RoundContent QuestionDesk::contentOf(const QuestionSource &source, const InputRequest &request)
{
    RoundContent content;
    content.message = request.message;
    content.annotations = claimsOf(source, request);
    content.allowed = {Verdict::Answer, Verdict::Decline, Verdict::Cancel};
    switch (request.kind) {
    case InputRequest::Kind::Form:
        content.pattern = Pattern::Elicitation;
        content.schema = request.schema;
        break;
    case InputRequest::Kind::Url:
        content.pattern = Pattern::ElicitationUrl;
        content.url = request.url;
        break;
    case InputRequest::Kind::Sampling:
        content.pattern = Pattern::Sampling;
        content.allowed = {Verdict::Answer, Verdict::Decline}; // A refusal is all it can be told.
        break;
    }
    return content;
}

Result<RequestId> QuestionDesk::file(Engine &engine, const QuestionSource &source, const InputRequest &request)
{
    Submission submission;
    submission.agentName = source.connection; // Under the name that this machine gave it.
    submission.connection = source.connection;
    submission.osUser = source.osUser;
    submission.content = contentOf(source, request);
    submission.idempotencyKey = keyPrefix + engine.seat().text() + u'/' + QString::number(request.id);
    submission.expiresIn = request.answerWithin;
    const Result<Submitted> submitted = engine.submit(submission);
    if (submitted && !submitted->existed && submission.content.pattern == Pattern::Elicitation) {
        if (const Result<> taken = takeDraftsAlong(engine, source, submitted->id, submission.content); !taken) {
            qCWarning(logMcp) << "a draft was not taken along:" << taken.error().message;
        }
    }
    return submitted ? Result<RequestId>(submitted->id) : submitted.error();
}

QuestionDesk::Looked QuestionDesk::look(Engine &engine, const std::vector<RequestId> &requests)
{
    Looked looked;
    for (const RequestId &id : requests) {
        const std::optional<WaitEnd> end = endNow(engine, id);
        if (!end) {
            continue;
        }
        Result<Answered> answered = answeredBy(engine, id, *end);
        if (answered) {
            looked.answered.push_back(*std::move(answered));
        } else {
            looked.waits =
                u"An answer was not given to the server yet, because that could not be recorded. It is tried "
                "again by itself: "_s +
                answered.error().message;
        }
    }
    return looked;
}

Result<> QuestionDesk::finish(Engine &engine, const RequestId &id, const QString &problem)
{
    Outcome outcome;
    outcome.note = problem.isEmpty() ? u"the answer was given to the server"_s : u"the answer was not sent"_s;
    outcome.error = problem;
    return engine.finishExecution(id, outcome);
}

Result<> QuestionDesk::withdraw(Engine &engine, const QuestionSource &source, const RequestId &id, const QString &why)
{
    const Result<> withdrawn = engine.withdraw(id, why, source.connection);
    if (withdrawn || withdrawn.error().code != ErrorCode::WrongState) {
        return withdrawn;
    }
    // Decided a moment before: then the record says that nothing came of it. Settled, or on its way: whoever began to
    // give it records what became of it.
    const Result<> ended = endUnsent(engine, id, why + u" Nothing was sent to the server."_s);
    return !ended && ended.error().code == ErrorCode::WrongState ? Result<>() : ended;
}

Result<> QuestionDesk::withdrawAbandoned(Engine &engine, const QuestionSource &source)
{
    const Result<std::vector<Request>> live = engine.store().liveRequests(source.connection, mostLive);
    if (!live) {
        return live.error();
    }
    for (const Request &request : *live) {
        if (!request.idempotencyKey.startsWith(keyPrefix)) {
            continue;
        }
        if (const Result<> taken = withdraw(engine, source, request.id,
                                            u"The connection that asked ended, so nobody waits for the answer."_s);
            !taken) {
            return taken;
        }
    }
    return {};
}

} // namespace countersign::mcp
