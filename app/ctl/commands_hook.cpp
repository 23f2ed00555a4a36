// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/asking.h"
#include "app/ctl/command.h"
#include "app/ctl/input.h"
#include "app/ctl/submission_options.h"
#include "app/ctl/visible_once.h"
#include "core/base/json_reader.h"
#include "core/connections/claude_code_hook.h"

namespace countersign::ctl {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr qsizetype maxInputBytes = 8 * 1024 * 1024;
constexpr auto defaultPatience = 9min; // Below the 10 minutes that Claude Code gives a hook.
/// Claude Code blocks the call and gives the model what stands on stderr.
constexpr int blocked = 2;

/// One call of `hook claude-code`.
class ClaudeCodeHook
{
public:
    explicit ClaudeCodeHook(Invocation &call)
        : m_call(call)
    {}

    int run()
    {
        m_call.process.watchSignals(); // Before anything is filed.
        if (const Result<> read = readOptions(); !read) {
            return m_call.console.fail(read.error(), blocked);
        }
        const Result<QByteArray> input = bytesOf(u"standard input"_s, u"-"_s, maxInputBytes);
        const Result<HookCall> hook = input ? readHookCall(*input) : Result<HookCall>(input.error());
        if (!hook) {
            return m_call.console.fail(hook.error(), blocked);
        }
        Result<std::unique_ptr<Session>> session = m_call.open(u"hook"_s);
        if (!session) {
            return deny(u"Nobody could be asked: "_s + session.error().message);
        }
        m_session = *std::move(session);
        Submission submission = emptySubmission();
        submission.agentName = m_call.options.optional(u"agent"_s).value_or(u"claude-code"_s);
        submission.content = hookContent(*hook);
        submission.content.requestedTier = m_tier;
        const Result<Submitted> submitted = m_session->engine().submit(submission);
        if (!submitted) {
            return deny(u"Nobody could be asked: "_s + submitted.error().message);
        }
        m_id = submitted->id;
        m_call.console.note(u"request "_s + m_id.text());
        noteAbsentReviewers(m_call.console, *m_session);
        return answer(submission, waitForEnd(*m_session, m_call.process, m_id, m_patience));
    }

private:
    Result<> readOptions()
    {
        if (const auto given = m_call.options.optional(u"timeout"_s)) {
            const Result<std::chrono::milliseconds> duration = durationOf(u"--timeout"_s, *given);
            if (!duration) {
                return duration.error();
            }
            m_patience = *duration;
        }
        if (const auto given = m_call.options.optional(u"tier"_s)) {
            const Result<Tier> tier = tierOf(*given);
            if (!tier) {
                return tier.error();
            }
            m_tier = *tier;
        }
        const QString onTimeout = m_call.options.optional(u"on-timeout"_s).value_or(u"deny"_s);
        if (onTimeout != "deny"_L1 && onTimeout != "ask"_L1) {
            return usageError(u"--on-timeout is deny or ask."_s);
        }
        m_onTimeout = onTimeout == "ask"_L1 ? HookDecision::Ask : HookDecision::Deny;
        return {};
    }

    int print(HookDecision decision, const QString &reason, const QByteArray &updatedInput = {})
    {
        const QByteArray line = hookAnswer(decision, reason, updatedInput);
        if (m_call.console.isJson()) {
            m_call.console.json(readJson(line, {.maxBytes = line.size()}).valueOr(JsonValue()));
        } else {
            m_call.console.exact(line);
        }
        return ExitCode::Done; // Only then does Claude Code read what was printed.
    }
    int deny(const QString &reason)
    {
        m_call.console.note(u"countersignctl: "_s + visibleOnce(reason));
        return print(HookDecision::Deny, reason);
    }

    int answer(const Submission &submission, const WaitEnd &end)
    {
        switch (end.kind) {
        case WaitEnd::Kind::Decided:
            return decided(submission, *end.outcome);
        case WaitEnd::Kind::TimedOut:
            takeBack(submission.agentName, u"The hook's time was over"_s);
            return print(m_onTimeout, u"Nobody decided in Countersign in time."_s);
        case WaitEnd::Kind::Interrupted:
            takeBack(submission.agentName, u"The hook was stopped"_s);
            return deny(u"The wait for a person was interrupted."_s);
        case WaitEnd::Kind::Failed:
            return deny(end.error.message);
        case WaitEnd::Kind::ChangesRequested:
            takeBack(submission.agentName, u"A tool call has no second round"_s);
            return deny(u"Changes were requested in Countersign: make another call."_s);
        case WaitEnd::Kind::Expired:
        case WaitEnd::Kind::Withdrawn:
        case WaitEnd::Kind::Superseded:
        case WaitEnd::Kind::Undeliverable:
        case WaitEnd::Kind::Unknown:
            break;
        }
        return deny(u"Nobody approved request "_s + m_id.text() + u" in Countersign."_s);
    }

    int decided(const Submission &submission, const VerifiedOutcome &outcome)
    {
        const QString who = outcome.decision.reviewerName;
        const QString &reason = outcome.vote.content.reason;
        const QString because = reason.isEmpty() ? u"."_s : u": "_s + reason;
        const Verdict verdict = outcome.decision.verdict;
        if (verdict != Verdict::Approve && verdict != Verdict::ApproveEdited) {
            if (const Result<> told = m_session->engine().acknowledge(m_id); !told) {
                return deny(told.error().message);
            }
            return print(HookDecision::Deny, u"Rejected by "_s + who + because);
        }
        // Verifies every signature on what this call says, and uses up the approval before it is told.
        if (const Result<VerifiedOutcome> begun = m_session->engine().beginExecution(m_id, submission.content);
            !begun) {
            return deny(begun.error().message);
        }
        Outcome told;
        told.note = u"Claude Code was told that it may"_s;
        if (const Result<> finished = m_session->engine().finishExecution(m_id, told); !finished) {
            return deny(finished.error().message);
        }
        const bool edited = verdict == Verdict::ApproveEdited;
        return print(HookDecision::Allow, (edited ? u"Approved as edited by "_s : u"Approved by "_s) + who + because,
                     edited ? outcome.vote.content.arguments : QByteArray());
    }

    void takeBack(const QString &agent, const QString &why)
    {
        if (const Result<> done = m_session->engine().withdraw(m_id, why, agent); !done) {
            Outcome outcome;
            outcome.note = why + u"; Claude Code was not told to go on"_s;
            [[maybe_unused]] const bool recorded = m_session->engine().reportOutcome(m_id, outcome).hasValue();
        }
    }

    Invocation &m_call;
    std::unique_ptr<Session> m_session;
    RequestId m_id;
    std::chrono::milliseconds m_patience = defaultPatience;
    std::optional<Tier> m_tier;
    HookDecision m_onTimeout = HookDecision::Deny;
};

int runClaudeCodeHook(Invocation &call)
{
    return ClaudeCodeHook(call).run();
}

} // namespace

std::vector<Command> hookCommands()
{
    return {
        {u"hook claude-code"_s,
         u"Answers a PreToolUse hook of Claude Code: the tool call asks first."_s,
         u"Reads the call from standard input, files a request, waits, and prints the decision as Claude Code wants "
         u"it: "
         u"allow\n(with the new input, if the reviewer edited it), deny with the reason, or ask. Whatever goes wrong "
         u"is a "
         u"deny. Keep\n--timeout below the time-out of the hook in Claude Code's settings, which goes on without an "
         u"answer "
         u"otherwise."_s,
         {{},
          0,
          0,
          false,
          {
              {u"timeout"_s, u"9m"_s, u"How long it waits for a person; without it, 9 minutes"_s},
              {u"on-timeout"_s, u"deny|ask"_s, u"What it says then: deny, or ask the person at the terminal"_s},
              {u"agent"_s, u"NAME"_s, u"Who asks; without it, claude-code"_s},
              {u"tier"_s, u"low|medium|high"_s, u"How much a mistake would cost"_s},
          }},
         runClaudeCodeHook},
    };
}

} // namespace countersign::ctl
