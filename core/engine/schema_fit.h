// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/domain/decision.h"
#include "core/domain/request.h"

namespace countersign {

/// Does the value that a reviewer made fit the schema of its round? An answer is held to the schema of a question,
/// edited arguments to that of the tool. Other verdicts, and rounds without a schema, always fit. So does a value that
/// cannot be checked (the schema is none, or costs too much): a bad schema must not silence a reviewer, and the asker
/// checks what it gets. InvalidInput: it does not; the message names the first place and what it must be.
Result<> fitsSchema(const Round &round, Verdict verdict, const VoteContent &content);

} // namespace countersign
