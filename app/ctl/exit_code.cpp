// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/exit_code.h"

namespace countersign::ctl {

int exitCodeOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::InvalidInput:
    case ErrorCode::TooLarge:
        return ExitCode::Usage;
    case ErrorCode::Expired:
        return ExitCode::Expired;
    case ErrorCode::ContentChanged:
        return ExitCode::ContentChanged;
    case ErrorCode::NotAllowed:
    case ErrorCode::WrongPassphrase:
        return ExitCode::NotAllowed;
    case ErrorCode::Busy:
    case ErrorCode::Storage:
    case ErrorCode::DiskFull:
    case ErrorCode::ReadOnly:
    case ErrorCode::Damaged:
    case ErrorCode::NewerVersion:
    case ErrorCode::Unreachable:
        return ExitCode::Unreachable;
    case ErrorCode::Malformed:
    case ErrorCode::NotFound:
    case ErrorCode::Conflict:
    case ErrorCode::AlreadyDecided:
    case ErrorCode::WrongState:
    case ErrorCode::Cancelled:
    case ErrorCode::Internal:
        break;
    }
    return ExitCode::Failed;
}

} // namespace countersign::ctl
