// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/command.h"
#include "app/ctl/gate_binding.h"
#include "app/ctl/gate_runner.h"
#include "app/ctl/waiting.h"

namespace countersign::ctl {

/// One call of `gate`: binds the command, files or takes up the request, waits, checks again, runs, records.
class Gate
{
public:
    explicit Gate(Invocation &call);

    /// The exit code of the command, or of what kept it from running.
    int run();

private:
    Result<> start(); ///< Everything up to a filed request.
    Result<> fileRequest();
    Result<> takeUp(const RequestId &id);
    /// The reviewer asked for changes: what the machine holds now is the next round of the request.
    Result<> fileNextRound(const RoundContent &before);
    int afterWaiting(const WaitEnd &end);
    int runApproved();
    int stopBeforeStart(int signal); ///< The approval stays unused.
    int tellStopped(const GateRunner::Ending &ending);
    int refuse(const Error &error, int exitCode);
    int recordEnding(const GateRunner::Ending &ending);
    /// The request as it is now into the result file, if one is wanted; false (with a sentence) when it cannot be.
    bool writeResult();
    bool writeResult(const JsonValue &json);

    Invocation &m_call;
    std::unique_ptr<Session> m_session;
    std::optional<GateBinding> m_binding;
    Submission m_submission;
    RequestId m_id;
};

} // namespace countersign::ctl
