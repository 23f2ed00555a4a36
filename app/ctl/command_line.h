// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/command.h"

namespace countersign::ctl {

/// Finds the command in \p words, reads its options, runs it; the exit code. Help and version go to stdout.
int runCommandLine(const std::vector<QByteArray> &words, ProcessState &process);

} // namespace countersign::ctl
