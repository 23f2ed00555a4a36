// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/id_source.h"
#include "core/store/store.h"

#include <memory>

namespace countersign {

enum class Access { ReadWrite, ReadOnly };

/// How a workspace file is opened.
struct SqliteOptions {
    Access access = Access::ReadWrite;
    bool createIfMissing = true;
    std::chrono::milliseconds busyTimeout{5000};
    int cacheKib = 4096;
    QString vfs{}; ///< Name of a registered SQLite VFS; empty: the default. For fault injection.
};

/// A workspace in one SQLite file (WAL, synchronous=FULL, STRICT tables). The folder is made with mode 0700 and the
/// file with 0600; wider modes or another owner are refused. Errors of open: NotFound, NotAllowed, Damaged (not a
/// workspace, or malformed), NewerVersion, ReadOnly, DiskFull, Storage.
Result<std::unique_ptr<Store>> openSqliteStore(const QString &path, const Clock &clock, IdSource &ids,
                                               const SqliteOptions &options = {});

/// The same behaviour in memory; gone with the object. For tests of what stands above.
std::unique_ptr<Store> makeMemoryStore(const Clock &clock, IdSource &ids);

} // namespace countersign
