// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/command.h"
#include "app/ctl/request_report.h"

namespace countersign::ctl {

/// Pattern and allowed answers of a request that names a tool or none.
void completeContent(RoundContent &content);

/// Says on stderr that nobody sits at a window, if so.
void noteAbsentReviewers(Console &console, Session &session);

/// Files \p submission and prints its id; with `--wait` goes on until the end.
int fileAndPerhapsWait(Invocation &call, Session &session, const Submission &submission, AnswerOnly answerOnly);
/// The part after filing.
int announceAndPerhapsWait(Invocation &call, Session &session, const Submitted &submitted, const QString &agentName,
                           AnswerOnly answerOnly);

/// Waits as the process of the requester: Ctrl+C withdraws, a hang-up leaves the request pending. If it was decided a
/// moment before Ctrl+C, that is the end, with WaitEnd::signal set.
WaitEnd waitAsRequester(Invocation &call, Session &session, const RequestId &id, const QString &agentName);

} // namespace countersign::ctl
