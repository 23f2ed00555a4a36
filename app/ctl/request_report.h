// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/console.h"
#include "app/ctl/session.h"
#include "app/ctl/waiting.h"

namespace countersign::ctl {

enum class Telling {
    Whole, ///< Everything about the request, every outside text made visible.
    Brief, ///< What it is and how it stands.
};
/// The request for people on stdout. With `--json` the object instead, always whole.
void printRequest(Console &console, const RequestDetail &detail, Timestamp now, Telling telling);
/// One line of a list.
QString listLine(const Request &request, Timestamp now);

/// Loads the request and prints it; the exit code of a command that changed or showed it.
int printCurrent(Console &console, Session &session, const RequestId &id, Telling telling = Telling::Brief);

/// The words of the reviewer who asked for changes.
QString wishedChanges(const RequestDetail &detail);

enum class AnswerOnly {
    No,
    Yes, ///< Without `--json` an answer is printed alone, as JSON.
};
/// Says how waiting ended on both streams and gives the exit code for it.
int reportEnd(Console &console, Session &session, const RequestId &id, const WaitEnd &end,
              AnswerOnly answerOnly = AnswerOnly::No);

} // namespace countersign::ctl
