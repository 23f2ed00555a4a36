// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/gate.h"

#include "app/ctl/asking.h"
#include "app/ctl/submission_options.h"
#include "app/ctl/visible_once.h"
#include "core/base/json_reader.h"
#include "core/domain/hashes.h"
#include "core/engine/request_json.h"
#include "core/store/blob_store.h"

#include <QtCore/QSaveFile>

#include <csignal>

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

Result<> addScriptEvidence(RoundContent &content, const GateBinding &binding, const WorkspaceLocation &location)
{
    const BoundFile *script = binding.scriptForEvidence();
    if (!script) {
        return {};
    }
    const QString path = QString::fromUtf8(script->path());
    const Result<BlobStore::Stored> stored = BlobStore(location.blobFolder).addFile(path);
    if (!stored) {
        return stored.error();
    }
    if (stored->sha256 != script->sha256()) {
        return Error{ErrorCode::ContentChanged, u"The script changed while it was read: nothing was asked."_s, {}};
    }
    content.evidence.push_back({path.section(u'/', -1), u"application/octet-stream"_s, stored->size, stored->sha256});
    return {};
}

Error alreadyUsed(const RequestId &id)
{
    return {ErrorCode::AlreadyDecided,
            u"Request "_s + id.text() + u" was started before: an approval is good for one start. Nothing was run."_s,
            {}};
}

} // namespace

Gate::Gate(Invocation &call)
    : m_call(call)
    , m_submission(emptySubmission())
{}

int Gate::refuse(const Error &error, int exitCode)
{
    if (m_id.isEmpty()) {
        writeResult(errorJson(error));
    } else {
        writeResult();
    }
    return m_call.console.fail(error, exitCode);
}

bool Gate::writeResult(const JsonValue &json)
{
    const auto path = m_call.options.optional(u"result-file"_s);
    if (!path) {
        return true;
    }
    QSaveFile file(*path);
    const QByteArray bytes = writeJson(json) + '\n';
    const bool written = file.open(QIODevice::WriteOnly) &&
                         file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner) &&
                         file.write(bytes) == bytes.size() && file.commit();
    if (!written) {
        m_call.console.note(u"countersignctl: the result file “"_s + visibleOnce(*path) +
                            u"” could not be written: "_s + visibleOnce(file.errorString()));
    }
    return written;
}

bool Gate::writeResult()
{
    const Result<RequestDetail> detail = loadDetail(m_session->store(), m_id);
    return writeResult(detail ? requestJson(*detail, m_session->clock().now()) : errorJson(detail.error()));
}

Result<> Gate::fileRequest()
{
    Submission base = emptySubmission();
    base.content.pattern = Pattern::Gate;
    base.content.toolName = u"gate"_s;
    base.content.allowed = {Verdict::Approve, Verdict::Reject, Verdict::RequestChanges};
    Result<Submission> submission = readSubmission(m_call.options, m_session->location(), std::move(base));
    if (!submission) {
        return submission.error();
    }
    submission->content.arguments = m_binding->argumentsJson();
    if (Result<> added = addScriptEvidence(submission->content, *m_binding, m_session->location()); !added) {
        return added;
    }
    const Result<Submitted> submitted = m_session->engine().submit(*submission);
    if (!submitted) {
        return submitted.error();
    }
    m_submission = *std::move(submission);
    m_id = submitted->id;
    return {};
}

Result<> Gate::takeUp(const RequestId &id)
{
    const Result<RequestDetail> detail = loadDetail(m_session->store(), id);
    if (!detail) {
        return detail.error();
    }
    if (detail->request.pattern != Pattern::Gate) {
        return Error{ErrorCode::InvalidInput, u"Request "_s + id.text() + u" was not filed by a gate."_s, {}};
    }
    m_id = id;
    m_submission.agentName = detail->request.agentName;
    m_submission.connection = detail->request.connection;
    m_submission.content = detail->round().content;
    m_submission.content.arguments = m_binding->argumentsJson();
    if (detail->request.state.lifecycle == Lifecycle::ChangesRequested) {
        return fileNextRound(detail->round().content);
    }
    if (intakeHash(m_submission.content) != detail->round().intakeHash) {
        return Error{ErrorCode::ContentChanged,
                     u"This is not what request "_s + id.text() + u" asked for; different: "_s +
                         GateBinding::differences(detail->round().content.arguments, m_binding->argumentsJson()) +
                         u". Nothing was run."_s,
                     {}};
    }
    return {};
}

Result<> Gate::fileNextRound(const RoundContent &before)
{
    // The script of the round before goes with that round.
    const Result<JsonValue> arguments = readJson(before.arguments);
    const JsonValue *script = arguments ? arguments->at("/script/sha256") : nullptr;
    const auto old = script ? Digest::fromHex(script->toString()) : std::nullopt;
    std::erase_if(m_submission.content.evidence, [&](const EvidenceItem &item) { return item.sha256 == old; });
    if (Result<> added = addScriptEvidence(m_submission.content, *m_binding, m_session->location()); !added) {
        return added;
    }
    const Result<Submitted> revised = m_session->engine().revise(m_id, m_submission);
    return revised ? Result<>() : Result<>(revised.error());
}

Result<> Gate::start()
{
    const Sealing sealing = m_call.options.has(u"sealed"_s) ? Sealing::Yes : Sealing::No;
    Result<GateBinding> binding = GateBinding::capture(m_call.options.command(), m_call.process.environment(), sealing);
    if (!binding) {
        return binding.error();
    }
    m_binding = *std::move(binding);
    Result<std::unique_ptr<Session>> session = m_call.open(u"gate"_s);
    if (!session) {
        return session.error();
    }
    m_session = *std::move(session);
    const auto resumed = m_call.options.optional(u"resume"_s);
    return resumed ? takeUp(RequestId(*resumed)) : fileRequest();
}

int Gate::run()
{
    if (m_call.options.has(u"resume"_s)) {
        for (const Option &option : askingOptions()) {
            if (m_call.options.has(option.name)) {
                return refuse(
                    usageError(u"--resume takes the request as it was filed: leave out --"_s + option.name + u'.'),
                    ExitCode::Usage);
            }
        }
    }
    m_call.process.watchSignals(); // Before anything is filed: Ctrl+C must never leave it behind unseen.
    if (const Result<> started = start(); !started) {
        return refuse(started.error(), exitCodeOf(started.error().code));
    }
    if (!writeResult()) {
        return refuse({ErrorCode::Storage, u"Nothing was run, because its result could not be told."_s, {}},
                      ExitCode::Failed);
    }
    return afterWaiting(waitAsRequester(m_call, *m_session, m_id, m_submission.agentName));
}

int Gate::afterWaiting(const WaitEnd &end)
{
    const bool approved = end.kind == WaitEnd::Kind::Decided && end.outcome->decision.verdict == Verdict::Approve;
    if (!approved && end.kind == WaitEnd::Kind::Decided && letsItHappen(end.outcome->decision.verdict)) {
        return refuse({ErrorCode::NotAllowed, u"The answer is none that a gate can act on: nothing was run."_s, {}},
                      ExitCode::NotAllowed);
    }
    if (!approved && end.kind == WaitEnd::Kind::Failed) {
        return refuse(end.error, exitCodeOf(end.error.code));
    }
    if (!approved) {
        const int code = reportEnd(m_call.console, *m_session, m_id, end, AnswerOnly::Yes);
        writeResult();
        return code;
    }
    return end.signal == SIGINT ? stopBeforeStart(SIGINT) : runApproved();
}

int Gate::stopBeforeStart(int signal)
{
    const bool wantsItBack = signal == SIGINT;
    const QString why = wantsItBack ? u"Too late to withdraw: it was approved a moment before"_s
                                    : u"Stopped by signal "_s + QString::number(signal) + u" before the start"_s;
    return refuse({ErrorCode::Cancelled,
                   why + u". Nothing was run; --resume "_s + m_id.text() + u" can still use the approval."_s,
                   {}},
                  wantsItBack ? ExitCode::Withdrawn : 128 + signal);
}

int Gate::runApproved()
{
    // What is on the machine now, not what was when it was asked.
    const Sealing sealing = m_binding->sealing();
    Result<GateBinding> now = GateBinding::capture(m_call.options.command(), m_call.process.environment(), sealing);
    if (!now) {
        return refuse(
            {ErrorCode::ContentChanged, u"What was approved is not there any more: "_s + now.error().message, {}},
            ExitCode::ContentChanged);
    }
    if (now->argumentsJson() != m_binding->argumentsJson()) {
        const QString what = GateBinding::differences(m_binding->argumentsJson(), now->argumentsJson());
        return refuse({ErrorCode::ContentChanged,
                       u"Changed since it was asked: "_s + what + u". Nothing was run; ask again."_s,
                       {}},
                      ExitCode::ContentChanged);
    }
    m_binding = *std::move(now);
    GateRunner runner(*m_binding, m_call.process, m_session->location());
    if (const Result<> prepared = runner.prepare(); !prepared) {
        return refuse(prepared.error(), exitCodeOf(prepared.error().code));
    }
    if (const std::optional<int> signal = m_call.process.pendingEnd()) {
        return stopBeforeStart(*signal);
    }
    RoundContent content = m_submission.content;
    content.arguments = m_binding->argumentsJson();
    if (const Result<VerifiedOutcome> begun = m_session->engine().beginExecution(m_id, content); !begun) {
        const bool used = begun.error().code == ErrorCode::AlreadyDecided;
        return used ? refuse(alreadyUsed(m_id), ExitCode::Unreachable)
                    : refuse(begun.error(), exitCodeOf(begun.error().code));
    }
    if (!m_binding->isUnchanged()) {
        Outcome outcome;
        outcome.note = u"changed just before the start; not started"_s;
        [[maybe_unused]] const bool told = m_session->engine().finishExecution(m_id, outcome).hasValue();
        return refuse({ErrorCode::ContentChanged, u"A file changed just before the start: nothing was run."_s, {}},
                      ExitCode::ContentChanged);
    }
    return recordEnding(runner.run(*m_session));
}

int Gate::recordEnding(const GateRunner::Ending &ending)
{
    Outcome outcome;
    if (ending.started) {
        outcome.exitCode = ending.exitCode;
        outcome.note = ending.signal > 0 ? u"ended by signal "_s + QString::number(ending.signal) : QString();
        if (!m_binding->isUnchanged()) {
            outcome.note += (outcome.note.isEmpty() ? QString() : u"; "_s) + u"a file changed while it ran"_s;
            m_call.console.note(
                u"countersignctl: a file of the approved command changed while it ran; that is recorded."_s);
        }
    } else {
        outcome.error = ending.stoppedBy > 0
                            ? u"stopped by signal "_s + QString::number(ending.stoppedBy) + u" before the start"_s
                            : ending.problem;
        outcome.note = u"not started"_s;
    }
    if (const Result<> told = m_session->engine().finishExecution(m_id, outcome); !told) {
        m_call.console.note(u"countersignctl: how the command ended could not be recorded: "_s +
                            visibleOnce(told.error().message));
    }
    writeResult();
    if (ending.stoppedBy > 0) {
        return tellStopped(ending);
    }
    if (!ending.started) {
        return m_call.console.fail(
            {ErrorCode::NotFound, u"The approved command could not be started: "_s + ending.problem + u'.', {}},
            ExitCode::Failed);
    }
    return ending.exitCode;
}

int Gate::tellStopped(const GateRunner::Ending &ending)
{
    const bool wantedItBack = ending.stoppedBy == SIGINT;
    const QString why =
        wantedItBack ? u"Too late to withdraw"_s : u"Stopped by signal "_s + QString::number(ending.stoppedBy);
    return m_call.console.fail(
        {ErrorCode::Cancelled,
         why + u": the start was recorded already. Nothing was run, and the approval is used up; ask again."_s,
         {}},
        wantedItBack ? ExitCode::Withdrawn : 128 + ending.stoppedBy);
}

} // namespace countersign::ctl
