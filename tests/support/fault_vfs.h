// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QString>

#include <memory>

namespace countersign::test {

/// What SQLite does to files, as far as it can be made to fail. Reads and locks always work.
enum class FileOperation { Open, Write, Sync, Truncate, Delete };

/// What SQLite is told.
enum class Fault {
    IoError, ///< SQLITE_IOERR of the operation: the store says Storage.
    Full,    ///< SQLITE_FULL: the store says DiskFull. For Open: cannot open.
};

/// What a cut of the power leaves behind.
enum class PowerCut {
    KeepsWrites,   ///< Everything that was written, and half of the write that was cut.
    LosesUnsynced, ///< Of each file only what was synced. Lengths that were cut short stay so.
};

/// A file system for SQLite over the real one that breaks when told. Debian's Qt driver uses the system's libsqlite3,
/// so what is registered here serves QSqlDatabase too:
///
///     FaultVfs vfs;
///     auto store = openSqliteStore(path, clock, ids, {.vfs = vfs.name()});
///     vfs.failAt(FileOperation::Write, 3, Fault::Full); // The third write from now on fails, once.
///     const Result<> done = store.value()->transact(work);   // DiskFull, and nothing was half-done.
///
/// To crash at every write in turn, count once and then cut the power at each:
///
///     vfs.reset(); run(); const int writes = vfs.count(FileOperation::Write);
///     for (int n = 1; n <= writes; ++n) { …; vfs.cutPowerAt(n); run(); store.reset(); vfs.reset(); reopen(); }
///
/// Counts go over all files of this VFS (database, log, journal; not the shared memory), from 1 since the last reset.
/// One thread at a time. The object must outlive every connection opened through it.
class FaultVfs
{
public:
    FaultVfs(); ///< Registers itself under a name of its own.
    ~FaultVfs();
    FaultVfs(const FaultVfs &) = delete;
    FaultVfs &operator=(const FaultVfs &) = delete;

    QString name() const; ///< For SqliteOptions::vfs.

    /// The \p nth operation of that kind from now on fails with \p fault; the ones after it work again.
    void failAt(FileOperation operation, int nth, Fault fault);
    /// As failAt(), and every later one fails too, until reset().
    void failFrom(FileOperation operation, int nth, Fault fault);
    /// As if the machine lost its power at the \p nth write from now on: that write reaches the disk by half (or
    /// not at all, by \p how), and nothing that comes later reaches it. Every changing operation then fails until
    /// reset(). Close the store before the reset.
    void cutPowerAt(int nth, PowerCut how = PowerCut::KeepsWrites);
    /// Files can be opened for reading only, and nothing can be made. Until reset(); for connections opened from now
    /// on.
    void setReadOnly();
    /// Forgets faults and counts.
    void reset();

    int count(FileOperation operation) const; ///< Since the last reset, the failed ones too.
    bool hasFailed() const;                   ///< Has a fault struck since the last reset?

private:
    friend struct FaultFile;
    friend struct FaultFileMethods;
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace countersign::test
