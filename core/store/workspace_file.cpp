// SPDX-License-Identifier: Apache-2.0
#include "core/store/workspace_file.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

constexpr mode_t othersMask = 077;
constexpr off_t smallestDatabase = 512; // One page of the smallest size.

QString octal(mode_t mode)
{
    return u"0%1"_s.arg(mode & 07777U, 0, 8);
}

/// Folders of the system: narrowing their mode would break the computer.
bool isOfTheSystem(const QString &path)
{
    static const QStringList places{u"bin"_s,   u"boot"_s, u"dev"_s,  u"etc"_s, u"lib"_s, u"lib32"_s,
                                    u"lib64"_s, u"proc"_s, u"sbin"_s, u"sys"_s, u"usr"_s};
    const QString clean = QDir::cleanPath(path);
    const qsizetype depth = clean.count(u'/');
    return depth <= 1 || places.contains(clean.section(u'/', 1, 1)) || (depth == 2 && clean.startsWith(u"/var/"_s));
}

Result<> checkPrivate(const struct stat &info, const QString &path, const QString &what, const QString &rightMode)
{
    if (info.st_uid != ::geteuid()) {
        return Error{ErrorCode::NotAllowed,
                     u"The workspace is not opened because its %1 %2 belongs to another user (number %3). Use a "
                     "workspace of your own."_s.arg(what, path, QString::number(info.st_uid)),
                     {}};
    }
    if ((info.st_mode & othersMask) != 0 &&
        ((info.st_mode & S_ISVTX) != 0 || (what == u"folder"_s && isOfTheSystem(path)))) {
        return Error{
            ErrorCode::NotAllowed,
            u"The workspace is not opened because its %1 %2 is shared with everybody. Choose a folder of your own with mode 0700."_s
                .arg(what, path),
            octal(info.st_mode)};
    }
    if ((info.st_mode & othersMask) != 0) {
        return Error{
            ErrorCode::NotAllowed,
            u"The workspace is not opened because other users can get into its %1 %2 (mode %3). Run: chmod %4 '%2'"_s
                .arg(what, path, octal(info.st_mode), rightMode),
            octal(info.st_mode)};
    }
    return {};
}

} // namespace

Error fileError(int errorNumber, const QString &whatFailed, const QString &path)
{
    const QString detail = QString::fromLocal8Bit(std::strerror(errorNumber));
    switch (errorNumber) {
    case ENOSPC:
    case EDQUOT:
        return {ErrorCode::DiskFull,
                u"%1 %2 failed because the disk is full. Free some space and try again."_s.arg(whatFailed, path),
                detail};
    case EROFS:
        return {ErrorCode::ReadOnly,
                u"%1 %2 failed because the disk is read-only. Choose another place."_s.arg(whatFailed, path), detail};
    case EACCES:
    case EPERM:
        return {ErrorCode::NotAllowed,
                u"%1 %2 failed because this user may not do that. Change the file's or folder's permissions."_s.arg(
                    whatFailed, path),
                detail};
    case ENOENT:
    case ENOTDIR:
        return {ErrorCode::NotFound, u"%1 %2 failed because it does not exist. Check the path."_s.arg(whatFailed, path),
                detail};
    default:
        return {ErrorCode::Storage, u"%1 %2 failed: %3. Check the disk and try again."_s.arg(whatFailed, path, detail),
                detail};
    }
}

Result<WorkspaceFile> inspectWorkspaceFile(const QString &path)
{
    const QString folder = QFileInfo(path).absolutePath();
    struct stat info {
    };
    if (::stat(QFile::encodeName(folder).constData(), &info) != 0) {
        if (errno == ENOENT) {
            return WorkspaceFile::Missing;
        }
        return fileError(errno, u"Looking into the folder"_s, folder);
    }
    if (!S_ISDIR(info.st_mode)) {
        return Error{ErrorCode::Damaged,
                     u"The workspace is not opened because %1 is not a folder. Check the path."_s.arg(folder),
                     {}};
    }
    if (const Result<> isPrivate = checkPrivate(info, folder, u"folder"_s, u"700"_s); !isPrivate) {
        return isPrivate.error();
    }
    if (::stat(QFile::encodeName(path).constData(), &info) != 0) {
        if (errno == ENOENT) {
            return WorkspaceFile::Missing;
        }
        return fileError(errno, u"Looking at the workspace"_s, path);
    }
    if (!S_ISREG(info.st_mode)) {
        return Error{
            ErrorCode::Damaged,
            u"The workspace is not opened because %1 is a folder or a device, not a file. Check the path."_s.arg(path),
            {}};
    }
    if (const Result<> isPrivate = checkPrivate(info, path, u"file"_s, u"600"_s); !isPrivate) {
        return isPrivate.error();
    }
    if (info.st_size > 0 && info.st_size < smallestDatabase) {
        // SQLite would take a file of one byte for an empty database and write over it.
        return Error{ErrorCode::Damaged, u"The file %1 is not a workspace. Choose another file."_s.arg(path),
                     u"%1 bytes"_s.arg(info.st_size)};
    }
    return info.st_size == 0 ? WorkspaceFile::Empty : WorkspaceFile::Present;
}

Result<> createPrivateFile(const QString &path)
{
    const QString folder = QFileInfo(path).absolutePath();
    if (!QFileInfo::exists(folder)) {
        if (!QDir().mkpath(QFileInfo(folder).absolutePath())) {
            return fileError(errno, u"Making the folder"_s, QFileInfo(folder).absolutePath());
        }
        if (::mkdir(QFile::encodeName(folder).constData(), 0700) != 0 && errno != EEXIST) {
            return fileError(errno, u"Making the folder"_s, folder);
        }
    }
    const int file =
        ::open(QFile::encodeName(path).constData(), O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) {
        if (errno == EEXIST) {
            return Error{
                ErrorCode::Conflict,
                u"Nothing was written because the file %1 exists already. Choose another name or remove it first."_s
                    .arg(path),
                {}};
        }
        return fileError(errno, u"Making the file"_s, path);
    }
    ::close(file);
    return {};
}

Result<> checkWritable(const QString &path)
{
    const QString folder = QFileInfo(path).absolutePath();
    for (const QString &place : {path, folder}) {
        if (::access(QFile::encodeName(place).constData(), W_OK) != 0) {
            return Error{ErrorCode::ReadOnly,
                         u"The workspace %1 cannot be changed because %2 is read-only. Make it writable or choose "
                         "another workspace."_s.arg(path, place),
                         QString::fromLocal8Bit(std::strerror(errno))};
        }
    }
    return {};
}

Result<> syncFileAndFolder(const QString &path)
{
    for (const QString &place : {path, QFileInfo(path).absolutePath()}) {
        const int file = ::open(QFile::encodeName(place).constData(), O_RDONLY | O_CLOEXEC);
        if (file < 0) {
            return fileError(errno, u"Opening"_s, place);
        }
        const int failed = ::fsync(file) != 0 ? errno : 0;
        ::close(file);
        if (failed != 0) {
            return fileError(failed, u"Writing"_s, place);
        }
    }
    return {};
}

} // namespace countersign
