// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fault_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <climits>

#include <set>
#include <unistd.h>
#include <utility>
#include <vector>

namespace countersign::test {

using namespace Qt::StringLiterals;

namespace {

constexpr size_t operationCount = 5;

size_t indexOf(FileOperation operation)
{
    return static_cast<size_t>(operation);
}

} // namespace

/// What a write that is not synced yet has overwritten.
struct Overwritten {
    sqlite3_int64 offset = 0;
    QByteArray bytes;
    sqlite3_int64 fileSize = 0; ///< Before that write.
};

struct FaultFile;

struct FaultVfs::Private {
    QByteArray name;
    sqlite3_vfs vfs{};
    sqlite3_vfs *real = nullptr;

    std::array<int, operationCount> counts{};
    std::array<int, operationCount> failFirst{}; ///< 0: never.
    std::array<int, operationCount> failLast{};
    std::array<Fault, operationCount> faults{};
    int powerCutAt = 0;
    PowerCut powerCut = PowerCut::KeepsWrites;
    std::set<FaultFile *> files; ///< Those that are open.
    bool powerIsOff = false;
    bool readOnly = false;
    bool failed = false;

    /// Counts the operation. SQLITE_OK, or the error that it is to end with.
    int before(FileOperation operation, int ioError)
    {
        const size_t index = indexOf(operation);
        const int number = ++counts.at(index);
        if (powerIsOff) {
            failed = true;
            return ioError;
        }
        if (failFirst.at(index) == 0 || number < failFirst.at(index) || number > failLast.at(index)) {
            return SQLITE_OK;
        }
        failed = true;
        if (faults.at(index) == Fault::IoError) {
            return ioError;
        }
        return operation == FileOperation::Open ? SQLITE_CANTOPEN : SQLITE_FULL;
    }
    bool cutsPowerNow()
    {
        if (powerCutAt == 0 || powerIsOff || counts.at(indexOf(FileOperation::Write)) < powerCutAt) {
            return false;
        }
        powerIsOff = true;
        failed = true;
        return true;
    }
};

/// A file of ours; the real one lies right behind it in memory.
struct FaultFile {
    sqlite3_file base;
    FaultVfs::Private *owner;
    std::vector<Overwritten> *unsynced;

    sqlite3_file *real() { return reinterpret_cast<sqlite3_file *>(this + 1); }
};

/// The functions that SQLite calls; a struct so that one friendship opens the private part to all of them.
struct FaultFileMethods {
    static FaultFile *ours(sqlite3_file *file) { return reinterpret_cast<FaultFile *>(file); }
    static sqlite3_file *real(sqlite3_file *file) { return ours(file)->real(); }
    static FaultVfs::Private *ownerOf(sqlite3_vfs *vfs) { return static_cast<FaultVfs::Private *>(vfs->pAppData); }

    static int close(sqlite3_file *file)
    {
        ours(file)->owner->files.erase(ours(file));
        delete std::exchange(ours(file)->unsynced, nullptr);
        return real(file)->pMethods->xClose(real(file));
    }
    static void remember(FaultFile *file, int size, sqlite3_int64 offset)
    {
        Overwritten before;
        before.offset = offset;
        file->real()->pMethods->xFileSize(file->real(), &before.fileSize);
        before.bytes.resize(static_cast<int>(std::clamp<sqlite3_int64>(before.fileSize - offset, 0, size)));
        if (!before.bytes.isEmpty()) {
            file->real()->pMethods->xRead(file->real(), before.bytes.data(), static_cast<int>(before.bytes.size()),
                                          offset);
        }
        file->unsynced->push_back(before);
    }
    static void loseUnsynced(FaultFile *file)
    {
        for (auto before = file->unsynced->rbegin(); before != file->unsynced->rend(); ++before) {
            if (!before->bytes.isEmpty()) {
                file->real()->pMethods->xWrite(file->real(), before->bytes.constData(),
                                               static_cast<int>(before->bytes.size()), before->offset);
            }
            file->real()->pMethods->xTruncate(file->real(), before->fileSize);
        }
        file->unsynced->clear();
    }
    static int read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset)
    {
        return real(file)->pMethods->xRead(real(file), data, size, offset);
    }
    static int write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
    {
        FaultVfs::Private *owner = ours(file)->owner;
        if (const int error = owner->before(FileOperation::Write, SQLITE_IOERR_WRITE); error != SQLITE_OK) {
            return error;
        }
        const bool keeps = owner->powerCut == PowerCut::KeepsWrites;
        if (owner->cutsPowerNow()) {
            if (keeps) {
                real(file)->pMethods->xWrite(real(file), data, size / 2, offset);
            } else {
                std::for_each(owner->files.begin(), owner->files.end(), loseUnsynced);
            }
            return SQLITE_IOERR_WRITE;
        }
        if (!keeps) {
            remember(ours(file), size, offset);
        }
        return real(file)->pMethods->xWrite(real(file), data, size, offset);
    }
    static int truncate(sqlite3_file *file, sqlite3_int64 size)
    {
        const int error = ours(file)->owner->before(FileOperation::Truncate, SQLITE_IOERR_TRUNCATE);
        return error != SQLITE_OK ? error : real(file)->pMethods->xTruncate(real(file), size);
    }
    /// The real disk is left alone: only the pretended power goes off, and thousands of real syncs take minutes.
    static int sync(sqlite3_file *file, int)
    {
        const int error = ours(file)->owner->before(FileOperation::Sync, SQLITE_IOERR_FSYNC);
        if (error == SQLITE_OK) {
            ours(file)->unsynced->clear();
        }
        return error;
    }
    static int fileSize(sqlite3_file *file, sqlite3_int64 *size)
    {
        return real(file)->pMethods->xFileSize(real(file), size);
    }
    static int lock(sqlite3_file *file, int level) { return real(file)->pMethods->xLock(real(file), level); }
    static int unlock(sqlite3_file *file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
    static int checkReservedLock(sqlite3_file *file, int *result)
    {
        return real(file)->pMethods->xCheckReservedLock(real(file), result);
    }
    static int fileControl(sqlite3_file *file, int operation, void *argument)
    {
        return real(file)->pMethods->xFileControl(real(file), operation, argument);
    }
    static int sectorSize(sqlite3_file *file) { return real(file)->pMethods->xSectorSize(real(file)); }
    static int deviceCharacteristics(sqlite3_file *file)
    {
        return real(file)->pMethods->xDeviceCharacteristics(real(file));
    }
    static int shmMap(sqlite3_file *file, int page, int size, int extend, void volatile **memory)
    {
        return real(file)->pMethods->xShmMap(real(file), page, size, extend, memory);
    }
    static int shmLock(sqlite3_file *file, int offset, int count, int flags)
    {
        return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
    }
    static void shmBarrier(sqlite3_file *file) { real(file)->pMethods->xShmBarrier(real(file)); }
    static int shmUnmap(sqlite3_file *file, int remove)
    {
        const bool keep = ours(file)->owner->powerIsOff;
        return real(file)->pMethods->xShmUnmap(real(file), keep ? 0 : remove);
    }

    static const sqlite3_io_methods *methods()
    {
        static const sqlite3_io_methods table{2,
                                              close,
                                              read,
                                              write,
                                              truncate,
                                              sync,
                                              fileSize,
                                              lock,
                                              unlock,
                                              checkReservedLock,
                                              fileControl,
                                              sectorSize,
                                              deviceCharacteristics,
                                              shmMap,
                                              shmLock,
                                              shmBarrier,
                                              shmUnmap,
                                              nullptr,
                                              nullptr};
        return &table;
    }

    static int open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *outFlags)
    {
        FaultVfs::Private *owner = ownerOf(vfs);
        ours(file)->base.pMethods = nullptr; // Nothing to close unless the opening works.
        ours(file)->owner = owner;
        if (const int error = owner->before(FileOperation::Open, SQLITE_CANTOPEN); error != SQLITE_OK) {
            return error;
        }
        if (owner->readOnly) {
            if ((flags & SQLITE_OPEN_CREATE) != 0 && !exists(name)) {
                return SQLITE_CANTOPEN;
            }
            flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
        }
        int realFlags = 0;
        const int result = owner->real->xOpen(owner->real, name, ours(file)->real(), flags, &realFlags);
        if (outFlags != nullptr) {
            *outFlags = realFlags;
        }
        if (result == SQLITE_OK) {
            ours(file)->base.pMethods = methods();
            ours(file)->unsynced = new std::vector<Overwritten>;
            owner->files.insert(ours(file));
        }
        return result;
    }
    /// An empty file exists too, whatever SQLite's own check says.
    static bool exists(const char *name) { return name != nullptr && ::access(name, F_OK) == 0; }
    static int remove(sqlite3_vfs *vfs, const char *name, int syncFolder)
    {
        FaultVfs::Private *owner = ownerOf(vfs);
        const int error = owner->before(FileOperation::Delete, SQLITE_IOERR_DELETE);
        return error != SQLITE_OK ? error : owner->real->xDelete(owner->real, name, syncFolder);
    }
    static int access(sqlite3_vfs *vfs, const char *name, int flags, int *result)
    {
        return ownerOf(vfs)->real->xAccess(ownerOf(vfs)->real, name, flags, result);
    }
    static int fullPathname(sqlite3_vfs *vfs, const char *name, int size, char *out)
    {
        return ownerOf(vfs)->real->xFullPathname(ownerOf(vfs)->real, name, size, out);
    }
    static int randomness(sqlite3_vfs *vfs, int size, char *out)
    {
        return ownerOf(vfs)->real->xRandomness(ownerOf(vfs)->real, size, out);
    }
    static int sleep(sqlite3_vfs *vfs, int microseconds)
    {
        return ownerOf(vfs)->real->xSleep(ownerOf(vfs)->real, microseconds);
    }
    static int currentTime(sqlite3_vfs *vfs, double *time)
    {
        return ownerOf(vfs)->real->xCurrentTime(ownerOf(vfs)->real, time);
    }
    static int lastError(sqlite3_vfs *vfs, int size, char *out)
    {
        return ownerOf(vfs)->real->xGetLastError(ownerOf(vfs)->real, size, out);
    }
};

FaultVfs::FaultVfs()
    : d(std::make_unique<Private>())
{
    static std::atomic<int> counter = 0;
    d->name = "faulty-" + QByteArray::number(++counter);
    d->real = sqlite3_vfs_find(nullptr);
    d->vfs.iVersion = 1;
    d->vfs.szOsFile = static_cast<int>(sizeof(FaultFile)) + d->real->szOsFile;
    d->vfs.mxPathname = d->real->mxPathname;
    d->vfs.zName = d->name.constData();
    d->vfs.pAppData = d.get();
    d->vfs.xOpen = FaultFileMethods::open;
    d->vfs.xDelete = FaultFileMethods::remove;
    d->vfs.xAccess = FaultFileMethods::access;
    d->vfs.xFullPathname = FaultFileMethods::fullPathname;
    d->vfs.xRandomness = FaultFileMethods::randomness;
    d->vfs.xSleep = FaultFileMethods::sleep;
    d->vfs.xCurrentTime = FaultFileMethods::currentTime;
    d->vfs.xGetLastError = FaultFileMethods::lastError;
    sqlite3_vfs_register(&d->vfs, 0);
}

FaultVfs::~FaultVfs()
{
    sqlite3_vfs_unregister(&d->vfs);
}

QString FaultVfs::name() const
{
    return QString::fromLatin1(d->name);
}

void FaultVfs::failAt(FileOperation operation, int nth, Fault fault)
{
    failFrom(operation, nth, fault);
    d->failLast.at(indexOf(operation)) = d->failFirst.at(indexOf(operation));
}

void FaultVfs::failFrom(FileOperation operation, int nth, Fault fault)
{
    const size_t index = indexOf(operation);
    d->failFirst.at(index) = d->counts.at(index) + nth;
    d->failLast.at(index) = INT_MAX;
    d->faults.at(index) = fault;
}

void FaultVfs::cutPowerAt(int nth, PowerCut how)
{
    d->powerCut = how;
    d->powerCutAt = d->counts.at(indexOf(FileOperation::Write)) + nth;
}

void FaultVfs::setReadOnly()
{
    d->readOnly = true;
}

void FaultVfs::reset()
{
    d->counts = {};
    d->failFirst = {};
    d->failLast = {};
    d->powerCutAt = 0;
    d->powerCut = PowerCut::KeepsWrites;
    d->powerIsOff = false;
    d->readOnly = false;
    d->failed = false;
}

int FaultVfs::count(FileOperation operation) const
{
    return d->counts.at(indexOf(operation));
}

bool FaultVfs::hasFailed() const
{
    return d->failed;
}

} // namespace countersign::test
