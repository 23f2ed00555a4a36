// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/request_report.h"

#include "app/ctl/exit_code.h"
#include "app/ctl/visible_once.h"
#include "core/base/json_reader.h"
#include "core/base/visible_text.h"
#include "core/engine/request_json.h"

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

QString shown(const QString &outside)
{
    return displayText(outside).text;
}

/// Ours and visible already; but somebody without our words may have written into the file.
QString summaryOf(const Request &request)
{
    return visibleOnce(request.summary);
}

void field(Console &console, const QString &name, const QString &visible)
{
    if (!visible.isEmpty()) {
        console.line(name.leftJustified(14) + visible);
    }
}

void block(Console &console, const QString &name, const QString &visibleLines)
{
    if (visibleLines.isEmpty()) {
        return;
    }
    console.line(name);
    for (const QString &row : visibleLines.split(u'\n')) {
        console.line(u"    "_s + row);
    }
}

/// Payload text, indented when it is JSON, made visible either way.
QString payloadLines(const QByteArray &bytes)
{
    if (bytes.isEmpty()) {
        return {};
    }
    const Result<JsonValue> value = readJson(bytes, JsonLimits::schema());
    return displayBytes(value ? writeJsonIndented(*value) : bytes, TextShape::Lines).text;
}

void printContent(Console &console, const RoundContent &content)
{
    block(console, u"message"_s, displayText(content.message, TextShape::Lines).text);
    block(console, u"arguments"_s, payloadLines(content.arguments));
    block(console, u"schema"_s, payloadLines(content.schema));
    field(console, u"url"_s, shown(content.url));
    block(console, u"claims"_s, payloadLines(content.annotations));
    for (const EvidenceItem &item : content.evidence) {
        field(console, u"evidence"_s,
              shown(item.name) + u" · "_s + shown(item.mediaType) + u" · "_s + QString::number(item.size) +
                  u" bytes · sha256 "_s + item.sha256.hex());
    }
    field(console, u"unreviewable"_s, displayText(content.unreviewable).text);
}

void printVotes(Console &console, const RequestDetail &detail)
{
    for (const Vote &vote : detail.votes) {
        field(console, u"vote"_s,
              shown(vote.reviewerName) + u": "_s + toText(vote.verdict) + u" on round "_s +
                  QString::number(vote.round) + u" at "_s + toRfc3339(vote.at) +
                  (vote.content.reason.isEmpty() ? QString() : u" — "_s + shown(vote.content.reason)));
    }
    for (const Outcome &outcome : detail.outcomes) {
        field(console, u"outcome"_s,
              (outcome.exitCode ? u"exit "_s + QString::number(*outcome.exitCode) + u' ' : QString()) +
                  shown(outcome.error) + (outcome.note.isEmpty() ? QString() : u" ("_s + shown(outcome.note) + u')'));
    }
}

Result<RequestDetail> detailOf(Session &session, const RequestId &id)
{
    return loadDetail(session.store(), id);
}

QString reasonOf(const RequestDetail &detail)
{
    return detail.votes.empty() ? QString() : detail.votes.back().content.reason;
}

/// The sentence and the exit code of a decision that is out.
int reportDecision(Console &console, const RequestDetail &detail, const VerifiedOutcome &outcome)
{
    const QString who = shown(outcome.decision.reviewerName);
    const QString reason = displayText(outcome.vote.content.reason, TextShape::Lines).text;
    const QString because = reason.isEmpty() ? u"."_s : u": "_s + reason;
    switch (outcome.decision.verdict) {
    case Verdict::Approve:
        console.note(u"Approved by "_s + who + because);
        return ExitCode::Done;
    case Verdict::ApproveEdited:
        console.note(u"Approved as edited by "_s + who + because);
        return ExitCode::Done;
    case Verdict::Answer:
        console.note(u"Answered by "_s + who + because);
        return ExitCode::Done;
    case Verdict::Reject:
        console.note(u"Rejected by "_s + who + because);
        return ExitCode::Rejected;
    case Verdict::Decline:
        console.note(u"Declined by "_s + who + because);
        return ExitCode::Rejected;
    case Verdict::Cancel:
        console.note(u"Cancelled by "_s + who + u": the form was left without an answer."_s);
        return ExitCode::Cancelled;
    case Verdict::RequestChanges:
        break; // Never the outcome of a decision.
    }
    console.note(u"The decision on request "_s + detail.request.id.text() + u" is none that this program knows."_s);
    return ExitCode::Unreachable;
}

int reportSettled(Console &console, const RequestDetail &detail, WaitEnd::Kind kind)
{
    const QString id = detail.request.id.text();
    const QString reason =
        detail.settledReason.isEmpty() ? u"."_s : u": "_s + displayText(detail.settledReason, TextShape::Lines).text;
    switch (kind) {
    case WaitEnd::Kind::ChangesRequested:
        console.note(u"Changes requested: "_s + wishedChanges(detail));
        return ExitCode::ChangesRequested;
    case WaitEnd::Kind::Expired:
        console.note(u"Request "_s + id + u" expired: nobody decided and released in time."_s);
        return ExitCode::Expired;
    case WaitEnd::Kind::Withdrawn:
        console.note(u"Request "_s + id + u" was withdrawn"_s + reason);
        return ExitCode::Withdrawn;
    case WaitEnd::Kind::Superseded:
        console.note(u"Request "_s + id + u" was settled elsewhere."_s);
        return ExitCode::Withdrawn;
    case WaitEnd::Kind::Undeliverable:
        console.note(u"The decision on request "_s + id + u" could not be delivered."_s);
        return ExitCode::Unreachable;
    case WaitEnd::Kind::Unknown:
        console.note(u"Request "_s + id +
                     u" was approved and started, and nobody knows how it ended: look before you ask again."_s);
        return ExitCode::Unreachable;
    case WaitEnd::Kind::TimedOut:
        console.note(u"Request "_s + id + u" is still waiting; “await” can be called again."_s);
        return ExitCode::Failed;
    default:
        return ExitCode::Failed;
    }
}

/// Tells the record that the asker has the outcome. A gate's outcome belongs to the gate that starts the command.
Result<> acknowledgeFor(Session &session, const VerifiedOutcome &outcome)
{
    const bool ours = outcome.request.pattern != Pattern::Gate && outcome.request.connection == u"local"_s;
    if (!ours || session.isReadOnly()) {
        return {};
    }
    return session.engine().acknowledge(outcome.request.id);
}

} // namespace

QString wishedChanges(const RequestDetail &detail)
{
    return displayText(reasonOf(detail), TextShape::Lines).text;
}

void printRequest(Console &console, const RequestDetail &detail, Timestamp now, Telling telling)
{
    console.json(requestJson(detail, now));
    const Request &request = detail.request;
    console.line(summaryOf(request));
    field(console, u"id"_s, request.id.text());
    field(console, u"status"_s,
          request.status(now) + (request.state.delivery == Delivery::None
                                     ? QString()
                                     : u" · delivery "_s + toText(request.state.delivery)));
    field(console, u"why"_s, displayText(detail.settledReason).text);
    field(console, u"problem"_s, displayText(detail.problem).text);
    if (telling == Telling::Brief) {
        return;
    }
    field(console, u"agent"_s, shown(request.agentName) + u" · "_s + shown(request.connection));
    field(console, u"pattern"_s, toText(request.pattern));
    field(console, u"tool"_s, shown(request.toolName));
    field(console, u"title"_s, shown(request.agentTitle));
    field(console, u"tier"_s, toText(request.tier));
    field(console, u"round"_s, QString::number(request.round));
    field(console, u"created"_s, toRfc3339(request.createdAt));
    field(console, u"expires"_s, request.expiresAt ? toRfc3339(*request.expiresAt) : u"never"_s);
    field(console, u"claimed by"_s, request.isClaimedAt(now) ? shown(request.claimedByName) : QString());
    printContent(console, detail.round().content);
    field(console, u"payload hash"_s, detail.round().payloadHash.hex());
    printVotes(console, detail);
}

QString listLine(const Request &request, Timestamp now)
{
    return request.id.text() + u"  "_s + request.status(now).leftJustified(18) + toText(request.tier).leftJustified(8) +
           shown(request.agentName).leftJustified(18) + u' ' + summaryOf(request);
}

int printCurrent(Console &console, Session &session, const RequestId &id, Telling telling)
{
    const Result<RequestDetail> detail = detailOf(session, id);
    if (!detail) {
        return console.fail(detail.error());
    }
    printRequest(console, *detail, session.clock().now(), telling);
    return ExitCode::Done;
}

int reportEnd(Console &console, Session &session, const RequestId &id, const WaitEnd &end, AnswerOnly answerOnly)
{
    if (end.kind == WaitEnd::Kind::Failed) {
        return console.fail(end.error);
    }
    if (end.kind == WaitEnd::Kind::Interrupted) {
        console.note(u"Waiting was interrupted; request "_s + id.text() + u" stays as it is."_s);
        return 128 + end.signal;
    }
    if (end.outcome) {
        if (const Result<> acknowledged = acknowledgeFor(session, *end.outcome); !acknowledged) {
            return console.fail(acknowledged.error());
        }
    }
    const Result<RequestDetail> detail = detailOf(session, id);
    if (!detail) {
        return console.fail(detail.error());
    }
    const int code =
        end.outcome ? reportDecision(console, *detail, *end.outcome) : reportSettled(console, *detail, end.kind);
    if (answerOnly == AnswerOnly::No || console.isJson()) {
        printRequest(console, *detail, session.clock().now(), Telling::Brief);
    } else if (end.outcome && end.outcome->decision.verdict == Verdict::Answer) {
        console.exact(end.outcome->vote.content.answer);
    }
    return code;
}

} // namespace countersign::ctl
