// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/asking.h"
#include "app/ctl/command.h"
#include "app/ctl/input.h"
#include "app/ctl/request_report.h"
#include "app/ctl/submission_options.h"

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

const Option waitOption{u"wait"_s, {}, u"Waits for the outcome, as await does; Ctrl+C withdraws"_s};
const Option agentOption{u"agent"_s, u"NAME"_s, u"Who asked; without it, whoever filed the request"_s};

RequestId idOf(const Invocation &call)
{
    return RequestId(call.options.arguments().value(0));
}

int runRequest(Invocation &call)
{
    if (!call.options.has(u"title"_s)) {
        return call.console.fail(usageError(u"--title is needed: say what the request is about."_s));
    }
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s);
    if (!session) {
        return call.console.fail(session.error());
    }
    Result<Submission> submission = readSubmission(call.options, (*session)->location(), emptySubmission());
    if (!submission) {
        return call.console.fail(submission.error());
    }
    completeContent(submission->content);
    return fileAndPerhapsWait(call, **session, *submission, AnswerOnly::No);
}

int runAsk(Invocation &call)
{
    if (call.options.value(u"message"_s).isEmpty()) {
        return call.console.fail(usageError(u"--message is needed: it is the question."_s));
    }
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s);
    if (!session) {
        return call.console.fail(session.error());
    }
    Submission base = emptySubmission();
    base.content.pattern = Pattern::Elicitation;
    base.content.allowed = {Verdict::Answer, Verdict::Decline, Verdict::Cancel};
    Result<Submission> submission = readSubmission(call.options, (*session)->location(), std::move(base));
    if (!submission) {
        return call.console.fail(submission.error());
    }
    return fileAndPerhapsWait(call, **session, *submission, AnswerOnly::Yes);
}

int runRevise(Invocation &call)
{
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s);
    if (!session) {
        return call.console.fail(session.error());
    }
    const Result<RequestDetail> detail = loadDetail((*session)->store(), idOf(call));
    if (!detail) {
        return call.console.fail(detail.error());
    }
    Submission base = emptySubmission();
    base.agentName = detail->request.agentName;
    base.connection = detail->request.connection;
    base.content = detail->round().content;
    if (base.content.pattern == Pattern::Gate) {
        return call.console.fail(
            usageError(u"A gate's request holds what this machine would run: ask anew with gate."_s));
    }
    Result<Submission> submission = readSubmission(call.options, (*session)->location(), std::move(base));
    if (!submission) {
        return call.console.fail(submission.error());
    }
    if (submission->content.pattern != Pattern::Elicitation) {
        submission->content.allowed.clear();
        completeContent(submission->content);
    }
    const Result<Submitted> revised = (*session)->engine().revise(idOf(call), *submission);
    if (!revised) {
        return call.console.fail(revised.error());
    }
    return announceAndPerhapsWait(call, **session, *revised, submission->agentName, AnswerOnly::No);
}

int runAwait(Invocation &call)
{
    std::optional<std::chrono::milliseconds> timeout;
    if (const auto given = call.options.optional(u"timeout"_s)) {
        const Result<std::chrono::milliseconds> duration = durationOf(u"--timeout"_s, *given);
        if (!duration) {
            return call.console.fail(duration.error());
        }
        timeout = *duration;
    }
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s, Session::Need::Await);
    if (!session) {
        return call.console.fail(session.error());
    }
    const WaitEnd end = waitForEnd(**session, call.process, idOf(call), timeout);
    return reportEnd(call.console, **session, idOf(call), end, AnswerOnly::No);
}

/// The name under which the request was filed, unless --agent says another.
Result<QString> askerOf(const Invocation &call, Session &session, const RequestId &id)
{
    if (const auto given = call.options.optional(u"agent"_s)) {
        return *given;
    }
    const Result<std::optional<Request>> request = session.store().request(id);
    if (!request) {
        return request.error();
    }
    return *request ? (*request)->agentName : QString();
}

int runWithdraw(Invocation &call)
{
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s);
    if (!session) {
        return call.console.fail(session.error());
    }
    const Result<QString> asker = askerOf(call, **session, idOf(call));
    if (!asker) {
        return call.console.fail(asker.error());
    }
    const Result<> withdrawn = (*session)->engine().withdraw(idOf(call), call.options.value(u"reason"_s), *asker);
    return withdrawn ? printCurrent(call.console, **session, idOf(call)) : call.console.fail(withdrawn.error());
}

Result<Outcome> readOutcome(const ParsedOptions &options)
{
    Outcome outcome;
    if (const auto given = options.optional(u"exit"_s)) {
        bool isNumber = false;
        outcome.exitCode = given->toInt(&isNumber);
        if (!isNumber) {
            return usageError(u"--exit: “"_s + *given + u"” is no whole number."_s);
        }
    }
    outcome.error = options.value(u"error"_s);
    if (const auto given = options.optional(u"output"_s)) {
        Result<QByteArray> output = jsonOf(u"--output"_s, *given);
        if (!output) {
            return output.error();
        }
        outcome.output = *std::move(output);
    }
    if (!options.has(u"exit"_s) && !options.has(u"error"_s) && !options.has(u"output"_s)) {
        return usageError(u"Say what came of it: --exit, --error or --output."_s);
    }
    return outcome;
}

int runOutcome(Invocation &call)
{
    Result<Outcome> outcome = readOutcome(call.options);
    if (!outcome) {
        return call.console.fail(outcome.error());
    }
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s);
    if (!session) {
        return call.console.fail(session.error());
    }
    const Result<> reported = (*session)->engine().reportOutcome(idOf(call), *std::move(outcome));
    return reported ? printCurrent(call.console, **session, idOf(call)) : call.console.fail(reported.error());
}

std::vector<Option> with(std::vector<Option> options, const std::vector<Option> &more)
{
    options.insert(options.end(), more.begin(), more.end());
    return options;
}

std::vector<Option> askOptions()
{
    return {{u"message"_s, u"M"_s, u"The question, in the agent's words"_s},
            {u"title"_s, u"T"_s, u"What it is about"_s},
            {u"schema"_s, u"JSON|@FILE"_s, u"The form of the answer; without it, one line of text"_s},
            {u"expires"_s, u"24h"_s, u"How long it waits; without it, for ever"_s},
            {u"evidence"_s, u"FILE"_s, u"A file for the reviewer to look at"_s, true},
            {u"agent"_s, u"NAME"_s, u"Who asks; without it, local"_s},
            {u"key"_s, u"K"_s, u"The same key and content again is the same request"_s},
            waitOption};
}

} // namespace

std::vector<Command> requestCommands()
{
    return {
        {u"request"_s,
         u"Files a request and prints its id."_s,
         u"With --tool it asks for a tool call, without it for a plain yes or no."_s,
         {{}, 0, 0, false, with(requestOptions(), {waitOption})},
         runRequest},
        {u"revise"_s,
         u"Files the next round of a request, after changes were requested."_s,
         u"What is not given stays as it was in the round before."_s,
         {u"ID"_s, 1, 1, false, with(requestOptions(), {waitOption})},
         runRevise},
        {u"ask"_s,
         u"Asks a person a question; with --wait the answer is printed as JSON."_s,
         {},
         {{}, 0, 0, false, askOptions()},
         runAsk},
        {u"await"_s,
         u"Waits for the outcome of a request, through its rounds."_s,
         u"It can be called again and by anyone who may read the workspace. When --timeout is over it ends with 1.\n"_s +
             interruptedWaitHelp(),
         {u"ID"_s, 1, 1, false, {{u"timeout"_s, u"1h"_s, u"How long it waits; without it, for ever"_s}}},
         runAwait},
        {u"withdraw"_s,
         u"Takes a request back."_s,
         {},
         {u"ID"_s, 1, 1, false, {{u"reason"_s, u"R"_s, u"Why, for the record"_s}, agentOption}},
         runWithdraw},
        {u"outcome"_s,
         u"Reports what came of a request."_s,
         {},
         {u"ID"_s,
          1,
          1,
          false,
          {{u"exit"_s, u"N"_s, u"The exit code"_s},
           {u"error"_s, u"TEXT"_s, u"What went wrong"_s},
           {u"output"_s, u"JSON"_s, u"What came out (JSON, @FILE or -)"_s}}},
         runOutcome},
    };
}

} // namespace countersign::ctl
