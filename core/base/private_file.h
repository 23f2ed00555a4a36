// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QtCore/QByteArray>

namespace countersign {

/// Writes \p bytes to a new file of mode 0600 and makes it durable; a half-written file is taken away again. Never
/// writes through a symbolic link. \p noun names the thing in messages ("key file").
/// Errors: Conflict when there is something at \p path, DiskFull, Storage.
Result<> writeNewPrivateFile(const QString &path, const QByteArray &bytes, const QString &noun);

/// Reads a file that nobody else may read or write, into \p bytes (an out parameter, so that the caller can wipe it
/// whatever happens). Errors: NotFound, Malformed (not a file, larger than \p maxBytes), Storage, NotAllowed (mode
/// wider than 0600, another owner, a symbolic link).
Result<> readPrivateFile(const QString &path, qsizetype maxBytes, QByteArray &bytes, const QString &noun);

} // namespace countersign
