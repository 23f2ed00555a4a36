// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/asking.h"

#include <csignal>

namespace countersign::ctl {

using namespace Qt::StringLiterals;

void completeContent(RoundContent &content)
{
    content.pattern = content.toolName.isEmpty() ? Pattern::Confirmation : Pattern::ToolApproval;
    content.allowed = {Verdict::Approve, Verdict::Reject, Verdict::RequestChanges};
    if (!content.arguments.isEmpty()) {
        content.allowed.insert(content.allowed.begin() + 1, Verdict::ApproveEdited);
    }
}

void noteAbsentReviewers(Console &console, Session &session)
{
    const Result<SeatPresence> presence = session.engine().presence();
    if (presence && presence->windows == 0) {
        console.note(u"no reviewer window is open on this workspace"_s);
    }
}

WaitEnd waitAsRequester(Invocation &call, Session &session, const RequestId &id, const QString &agentName)
{
    call.process.watchSignals();
    call.console.note(u"request "_s + id.text());
    session.keepPresent();
    if (std::optional<WaitEnd> end = endNow(session, id)) {
        return *std::move(end); // By a policy at once, or before this waiting began.
    }
    call.console.note(u"waiting, Ctrl+C withdraws"_s);
    noteAbsentReviewers(call.console, session);
    WaitEnd end = waitForEnd(session, call.process, id, {});
    if (end.kind != WaitEnd::Kind::Interrupted || end.signal != SIGINT) {
        return end;
    }
    const Result<> withdrawn = session.engine().withdraw(id, u"Ctrl+C"_s, agentName);
    if (std::optional<WaitEnd> now = endNow(session, id)) {
        now->signal = SIGINT; // Withdrawn now, or settled a moment before Ctrl+C.
        return *std::move(now);
    }
    end.kind = WaitEnd::Kind::Failed;
    end.error =
        withdrawn ? Error{ErrorCode::Internal, u"The request could not be withdrawn."_s, {}} : withdrawn.error();
    return end;
}

int announceAndPerhapsWait(Invocation &call, Session &session, const Submitted &submitted, const QString &agentName,
                           AnswerOnly answerOnly)
{
    const RequestId &id = submitted.id;
    if (call.options.has(u"wait"_s)) {
        const WaitEnd end = waitAsRequester(call, session, id, agentName);
        return reportEnd(call.console, session, id, end, answerOnly);
    }
    call.console.json(JsonValue::object({{"id", JsonValue::fromString(id.text())},
                                         {"round", JsonValue::fromInteger(submitted.round)},
                                         {"existed", JsonValue::fromBool(submitted.existed)}}));
    call.console.line(id.text());
    return ExitCode::Done;
}

int fileAndPerhapsWait(Invocation &call, Session &session, const Submission &submission, AnswerOnly answerOnly)
{
    if (call.options.has(u"wait"_s)) {
        call.process.watchSignals(); // Before anything is filed: Ctrl+C must never leave it behind unseen.
    }
    const Result<Submitted> submitted = session.engine().submit(submission);
    if (!submitted) {
        return call.console.fail(submitted.error());
    }
    return announceAndPerhapsWait(call, session, *submitted, submission.agentName, answerOnly);
}

} // namespace countersign::ctl
