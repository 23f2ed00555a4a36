// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QtCore/QString>

namespace countersign {

/// What stands where a workspace is to be.
enum class WorkspaceFile { Missing, Empty, Present };

/// Looks at \p path and its folder before anything is opened. Errors: NotAllowed when others can get in (a folder or
/// file wider than 0700 or 0600, or of another owner; the message says the chmod), Damaged when it is no plain file,
/// Storage.
Result<WorkspaceFile> inspectWorkspaceFile(const QString &path);

/// Makes the folder (0700) when it is missing and an empty file (0600, never through a symbolic link). Conflict: the
/// file exists. Others: Storage, DiskFull, ReadOnly.
Result<> createPrivateFile(const QString &path);

/// Can this process write to \p path and its folder? ReadOnly says it cannot.
Result<> checkWritable(const QString &path);

/// Makes what was written to \p path, and its name, durable.
Result<> syncFileAndFolder(const QString &path);

/// An Error for errno after a failed file operation: DiskFull, ReadOnly, NotFound, NotAllowed or Storage.
Error fileError(int errorNumber, const QString &whatFailed, const QString &path);

} // namespace countersign
