// SPDX-License-Identifier: Apache-2.0
#include "core/audit/outcome_content.h"
#include "core/base/canonical_json.h"
#include "core/base/json_reader.h"
#include "core/base/log.h"
#include "core/domain/summary.h"
#include "core/engine/engine_private.h"

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign {

namespace {

constexpr qsizetype maxNameBytes = 256;
constexpr qsizetype maxTextBytes = 1024 * 1024;
constexpr qsizetype maxIndexedCharacters = 64 * 1024;
constexpr size_t maxEvidence = 100;
constexpr int maxRounds = 50;
constexpr size_t maxOutcomes = 100;
constexpr qsizetype maxOutcomeBytes = 64 * 1024;

Error tooLarge(const QString &what, qsizetype limit)
{
    return {ErrorCode::TooLarge,
            u"The request was refused: its %1 is longer than %2 bytes."_s.arg(what, QString::number(limit)),
            {}};
}

Result<> checkLimits(const Submission &submission)
{
    const RoundContent &content = submission.content;
    const std::pair<const QString &, QString> names[] = {{submission.agentName, u"agent name"_s},
                                                         {submission.connection, u"connection name"_s},
                                                         {submission.osUser, u"user name"_s},
                                                         {content.toolName, u"tool name"_s},
                                                         {submission.idempotencyKey, u"key"_s}};
    for (const auto &[text, what] : names) {
        if (text.toUtf8().size() > maxNameBytes) {
            return tooLarge(what, maxNameBytes);
        }
    }
    for (const auto &[text, what] : {std::pair(content.title, u"title"_s), std::pair(content.message, u"message"_s),
                                     std::pair(content.url, u"address"_s)}) {
        if (text.toUtf8().size() > maxTextBytes) {
            return tooLarge(what, maxTextBytes);
        }
    }
    for (const auto &[bytes, what] :
         {std::pair(content.arguments, u"arguments"_s), std::pair(content.schema, u"schema"_s),
          std::pair(content.annotations, u"annotations"_s)}) {
        if (bytes.size() > maxTextBytes) {
            return tooLarge(what, maxTextBytes);
        }
    }
    if (content.evidence.size() > maxEvidence) {
        return Error{ErrorCode::TooLarge, u"The request was refused: it has more than 100 evidence files."_s, {}};
    }
    if (submission.expiresIn && *submission.expiresIn <= 0ms) {
        return Error{ErrorCode::InvalidInput, u"The request was refused: its deadline has passed already."_s, {}};
    }
    return {};
}

/// A payload that breaks a rule inside a well-formed envelope becomes an item that can only be refused, so that its
/// agent does not hang (MODEL.md section 1).
RoundContent markUnreviewable(RoundContent content)
{
    const auto check = [&](const QByteArray &text, const JsonLimits &limits, const QString &what) {
        if (text.isEmpty() || !content.unreviewable.isEmpty()) {
            return;
        }
        if (const Result<JsonValue> value = readJson(text, limits); !value) {
            content.unreviewable = u"Its %1 cannot be read: %2"_s.arg(what, value.error().message);
        }
    };
    check(content.arguments, JsonLimits::decisionPayload(), u"arguments"_s);
    check(content.schema, JsonLimits::schema(), u"schema"_s);
    check(content.annotations, JsonLimits::decisionPayload(), u"annotations"_s);
    if (content.allowed.empty()) {
        content.allowed = {Verdict::Approve, Verdict::ApproveEdited, Verdict::Reject, Verdict::RequestChanges};
    }
    return content;
}

QString searchText(const Request &request, const RoundContent &content)
{
    const QString all =
        QStringList{request.summary, request.toolName, request.agentName,
                    content.title,   content.message,  QString::fromUtf8(content.arguments.left(maxIndexedCharacters))}
            .join(u'\n');
    return all.left(maxIndexedCharacters);
}

/// What one agent may put before people: what a policy settles takes nobody's time and does not count.
Result<> checkQuota(StoreReader &reader, const Request &request, const Engine::Parts &limits)
{
    const Result<int> open = reader.openRequestCount(request.principal);
    const Result<int> recent = open ? reader.requestCountSince(request.principal, request.createdAt - 1min) : open;
    if (!recent) {
        return recent.error();
    }
    if (*open >= limits.openRequests) {
        return Error{ErrorCode::Busy,
                     u"Too many requests of this agent are waiting (%1); try again when some are decided."_s.arg(*open),
                     u"quota"_s};
    }
    if (*recent >= limits.requestsPerMinute) {
        return Error{ErrorCode::Busy,
                     u"This agent filed %1 requests within a minute; try again in a minute."_s.arg(*recent),
                     u"quota"_s};
    }
    return {};
}

void describe(Request &request, const Round &round, const QString &agentName, const ToolPolicy *tool)
{
    request.pattern = round.content.pattern;
    request.toolName = round.content.toolName;
    request.summary = summarize(round.content, agentName, tool);
    request.agentTitle = round.content.title.left(1000);
    request.tier = round.policy.tier;
    request.quorum = round.policy.quorum;
    request.round = round.number;
    request.expiresAt = round.expiresAt;
}

} // namespace

Result<Submitted> Engine::submit(const Submission &submission)
{
    if (const Result<> checked = checkLimits(submission); !checked) {
        return checked.error();
    }
    const Result<WorkspaceInfo> info = d->workspace();
    if (!info) {
        return info.error();
    }
    Round round;
    round.content = markUnreviewable(submission.content);
    round.intakeHash = intakeHash(round.content);
    Submitted submitted;
    const Result<> done = m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        const Timestamp now = d->now();
        Result<std::optional<Principal>> known =
            writer.principalByName(submission.connection, submission.osUser, submission.agentName);
        if (!known) {
            return known.error();
        }
        if (*known && !submission.idempotencyKey.isEmpty()) {
            const Result<std::optional<Request>> earlier = writer.requestByKey((*known)->id, submission.idempotencyKey);
            if (!earlier) {
                return earlier.error();
            }
            if (*earlier) {
                const Result<std::vector<Round>> rounds = writer.rounds((*earlier)->id);
                if (!rounds) {
                    return rounds.error();
                }
                const bool same = std::any_of(rounds->begin(), rounds->end(),
                                              [&](const Round &r) { return r.intakeHash == round.intakeHash; });
                if (!same) {
                    return Error{
                        ErrorCode::Conflict,
                        u"Request %1 was filed under this key with other content; use another key, or revise it."_s.arg(
                            (*earlier)->id.text()),
                        {}};
                }
                submitted = {(*earlier)->id, (*earlier)->round, true};
                return {};
            }
        }
        if (!*known) {
            *known = Principal{
                PrincipalId(d->newId()), submission.agentName, submission.connection, submission.osUser, {}, now};
            if (const Result<> inserted = writer.insertPrincipal(**known); !inserted) {
                return inserted;
            }
        }
        Request request;
        request.id = RequestId(d->newId());
        request.principal = (*known)->id;
        request.agentName = submission.agentName;
        request.connection = submission.connection;
        request.idempotencyKey = submission.idempotencyKey;
        request.correlation = submission.correlation;
        request.parent = submission.parent;
        request.createdAt = now;
        round.request = request.id;
        round.createdAt = now;
        const Result<Private::Judgement> judgement = d->judge(writer, request, round);
        if (!judgement) {
            return judgement.error();
        }
        const bool isForPeople = !judgement->by || !automaticVerdict(judgement->verdict.action, round.content);
        if (const Result<> quota = isForPeople ? checkQuota(writer, request, m_parts) : Result<>(); !quota) {
            return quota;
        }
        if (submission.expiresIn) {
            round.expiresAt = now + *submission.expiresIn;
        }
        round.payloadHash = payloadHash(info->id, request.id, 1, round.intakeHash, round.policy, round.expiresAt);
        describe(request, round, submission.agentName, judgement->tool(round.content.toolName));
        const ContentRow content = d->newContent(u"round"_s, encodeRoundContent(round.content));
        round.contentId = content.id;
        EventFacts facts = d->facts(u"request.filed"_s, request, {u"principal"_s, request.principal.text(), {}});
        facts.intakeHash = round.intakeHash;
        facts.payloadHash = round.payloadHash;
        facts.contents = {{content.id.text(), content.commitment()}};
        submitted = {request.id, 1, false};
        // The order is that of the foreign keys.
        Result<> written = writer.insertRequest(request);
        written = written ? writer.insertContent(content) : written;
        written = written ? writer.insertRound(round) : written;
        written = written ? writer.indexRequest(request.id, searchText(request, round.content)) : written;
        if (written && round.expiresAt) {
            written = writer.insertTimer({TimerId(d->newId()), u"expire"_s, request.id, *round.expiresAt, {}});
        }
        written = written ? d->append(writer, facts) : written;
        return written ? d->decideByPolicy(writer, request, round, *judgement) : written;
    });
    if (!done) {
        return done.error();
    }
    qCDebug(logIntake) << "request" << submitted.id.text() << (submitted.existed ? "was there already" : "filed");
    return submitted;
}

Result<Submitted> Engine::revise(const RequestId &id, const Submission &submission)
{
    if (const Result<> checked = checkLimits(submission); !checked) {
        return checked.error();
    }
    Submitted submitted;
    const Result<> done = m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        Result<Request> request = d->existing(writer, id);
        if (!request) {
            return request.error();
        }
        const Result<std::optional<Principal>> principal =
            writer.principalByName(submission.connection, submission.osUser, submission.agentName);
        if (!principal) {
            return principal.error();
        }
        if (!*principal || (*principal)->id != request->principal) {
            return Error{ErrorCode::NotAllowed,
                         u"Request %1 was filed by another agent: only that one can revise it."_s.arg(id.text()),
                         {}};
        }
        Result<std::optional<Round>> last = writer.round(id, request->round);
        if (!last) {
            return last.error();
        }
        Round round;
        round.request = id;
        round.number = request->round + 1;
        round.createdAt = d->now();
        round.content = markUnreviewable(submission.content);
        round.intakeHash = intakeHash(round.content);
        const Result<Private::Judgement> judgement = d->judge(writer, *request, round);
        if (!judgement) {
            return judgement.error();
        }
        round.expiresAt = submission.expiresIn ? std::optional(d->now() + *submission.expiresIn) : request->expiresAt;
        if (request->isOpen() && request->expiresAt && *request->expiresAt <= d->now()) {
            return Error{
                ErrorCode::Expired, u"The deadline of request %1 has passed: file a new request."_s.arg(id.text()), {}};
        }
        if (request->round >= maxRounds) {
            return Error{ErrorCode::Busy,
                         u"Request %1 was revised %2 times already: file a new request."_s.arg(
                             id.text(), QString::number(maxRounds - 1)),
                         {}};
        }
        const bool unchanged = *last && round.intakeHash == (*last)->intakeHash && !submission.expiresIn;
        if (unchanged && request->state.lifecycle == Lifecycle::Pending) {
            submitted = {id, request->round, true};
            return {};
        }
        if (const Result<> stepped = d->step(*request, RequestEvent::Revise); !stepped) {
            return stepped;
        }
        round.payloadHash =
            payloadHash(d->workspaceInfo->id, id, round.number, round.intakeHash, round.policy, round.expiresAt);
        describe(*request, round, request->agentName, judgement->tool(round.content.toolName));
        const ContentRow content = d->newContent(u"round"_s, encodeRoundContent(round.content));
        round.contentId = content.id;
        EventFacts facts = d->facts(u"request.revised"_s, *request, {u"principal"_s, request->principal.text(), {}});
        facts.intakeHash = round.intakeHash;
        facts.payloadHash = round.payloadHash;
        facts.contents = {{content.id.text(), content.commitment()}};
        submitted = {id, round.number, false};
        Result<> written = writer.insertContent(content);
        written = written ? writer.insertRound(round) : written;
        written = written ? writer.updateRequest(*request) : written;
        written = written ? writer.indexRequest(id, searchText(*request, round.content)) : written;
        written = written ? writer.removeTimers(id, u"expire"_s) : written;
        if (written && round.expiresAt) {
            written = writer.insertTimer({TimerId(d->newId()), u"expire"_s, id, *round.expiresAt, {}});
        }
        written = written ? d->append(writer, facts) : written;
        return written ? d->decideByPolicy(writer, *request, round, *judgement) : written;
    });
    return done ? Result<Submitted>(submitted) : Result<Submitted>(done.error());
}

Result<> Engine::withdraw(const RequestId &id, const QString &reason, const QString &byAgent)
{
    return m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        Result<Request> request = d->existing(writer, id);
        if (!request) {
            return request.error();
        }
        if (request->agentName != byAgent) {
            return Error{ErrorCode::NotAllowed,
                         u"Request %1 was filed by another agent: only that one can withdraw it."_s.arg(id.text()),
                         {}};
        }
        if (const Result<> stepped = d->step(*request, RequestEvent::Withdraw); !stepped) {
            return stepped;
        }
        if (const Result<> settled = d->settle(writer, *request, u"Withdrawn by the asker"_s); !settled) {
            return settled;
        }
        EventFacts facts = d->facts(u"request.withdrawn"_s, *request, {u"principal"_s, request->principal.text(), {}});
        Result<> written;
        if (!reason.isEmpty()) {
            JsonValue body = JsonValue::object();
            body.set("reason", JsonValue::fromString(reason));
            const ContentRow content = d->newContent(u"note"_s, canonicalJson(body));
            facts.contents = {{content.id.text(), content.commitment()}};
            written = writer.insertContent(content);
        }
        written = written ? writer.updateRequest(*request) : written;
        written = written ? writer.removeTimers(id, u"expire"_s) : written;
        return written ? d->append(writer, facts) : written;
    });
}

Result<> Engine::reportOutcome(const RequestId &id, Outcome outcome)
{
    return m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        const Result<Request> request = d->existing(writer, id);
        if (!request) {
            return request.error();
        }
        const Delivery delivery = request->state.delivery;
        if (request->state.lifecycle != Lifecycle::Decided || delivery == Delivery::Staged ||
            delivery == Delivery::Held) {
            return Error{ErrorCode::WrongState,
                         u"Request %1 has no released decision: nothing can have come of it yet."_s.arg(id.text()),
                         {}};
        }
        const Result<std::vector<Outcome>> earlier = writer.outcomes(id);
        if (!earlier) {
            return earlier.error();
        }
        if (earlier->size() >= maxOutcomes || outcome.error.size() > maxOutcomeBytes ||
            outcome.output.size() > maxOutcomeBytes) {
            return Error{ErrorCode::TooLarge,
                         u"The outcome was refused: at most %1 are kept per request, of at most %2 bytes each."_s.arg(
                             QString::number(maxOutcomes), QString::number(maxOutcomeBytes)),
                         {}};
        }
        return d->writeOutcome(writer, *request, outcome);
    });
}

Result<> Engine::Private::writeOutcome(StoreWriter &writer, const Request &request, Outcome outcome)
{
    outcome.id = OutcomeId(newId());
    outcome.request = request.id;
    outcome.decision = request.decision;
    outcome.at = now();
    if (!outcome.output.isEmpty()) {
        outcome.outputDigest = sha256(outcome.output);
    }
    EventFacts facts =
        this->facts(u"outcome.reported"_s, request.id.text(), {u"principal"_s, request.principal.text(), {}});
    facts.more = JsonValue::object();
    facts.more.set("outcome", JsonValue::fromString(outcome.id.text()));
    if (outcome.exitCode) {
        facts.more.set("exitCode", JsonValue::fromInteger(*outcome.exitCode));
    }
    if (!outcome.outputDigest.isNull()) {
        facts.more.set("outputDigest", JsonValue::fromString(outcome.outputDigest.hex()));
    }
    const ContentRow content = newContent(u"outcome"_s, encodeOutcomeContent(outcome));
    facts.contents = {{content.id.text(), content.commitment()}};
    Result<> written = writer.insertContent(content);
    written = written ? writer.insertOutcome(outcome) : written;
    return written ? append(writer, facts) : written;
}

} // namespace countersign
