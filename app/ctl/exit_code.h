// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

namespace countersign::ctl {

/// What the process tells its caller; scripts depend on the numbers. A gate passes its command's own code through.
namespace ExitCode {
inline constexpr int Done = 0;
inline constexpr int Failed = 1;
inline constexpr int Usage = 2;
inline constexpr int Rejected = 10;
inline constexpr int Expired = 11;
inline constexpr int Withdrawn = 12;
inline constexpr int Unreachable = 13; ///< Also: unknown, or nothing could be recorded. Fail closed.
inline constexpr int Cancelled = 14;
inline constexpr int ChangesRequested = 15;
inline constexpr int ContentChanged = 16;
inline constexpr int NotAllowed = 17;
} // namespace ExitCode

int exitCodeOf(ErrorCode code);

} // namespace countersign::ctl
