// SPDX-License-Identifier: Apache-2.0
#include "core/base/private_file.h"

#include "core/base/visible_text.h"

#include <QtCore/QFile>
#include <QtCore/QFileInfo>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace countersign {

using namespace Qt::Literals::StringLiterals;

namespace {

/// Closes what it holds.
class Descriptor
{
public:
    explicit Descriptor(int fd)
        : m_fd(fd)
    {}
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    ~Descriptor() { close(); }

    int get() const { return m_fd; }
    bool isOpen() const { return m_fd >= 0; }
    bool close()
    {
        const int fd = std::exchange(m_fd, -1);
        return fd < 0 || ::close(fd) == 0;
    }

private:
    int m_fd;
};

QString shown(const QString &path)
{
    return u'“' + displayText(path).text + u'”';
}

QString errnoText(int number)
{
    return QString::fromLocal8Bit(std::strerror(number));
}

Error systemError(const QString &sentence, int number)
{
    const bool full = number == ENOSPC || number == EDQUOT;
    return Error{full ? ErrorCode::DiskFull : ErrorCode::Storage, sentence, errnoText(number)};
}

bool writeAll(int fd, const QByteArray &bytes)
{
    qsizetype written = 0;
    while (written < bytes.size()) {
        const ssize_t count = ::write(fd, bytes.constData() + written, static_cast<size_t>(bytes.size() - written));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return false;
        }
        written += count;
    }
    return true;
}

/// Makes the directory entry durable. A file system without this operation (EINVAL) has nothing to wait for.
bool syncFolder(const QString &path)
{
    const QByteArray folder = QFile::encodeName(QFileInfo(path).absolutePath());
    const Descriptor fd(::open(folder.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd.isOpen() && (::fsync(fd.get()) == 0 || errno == EINVAL);
}

Error refusal(ErrorCode code, const QString &noun, const QString &path, const QString &why)
{
    return Error{code, u"The %1 %2 is not used: %3"_s.arg(noun, shown(path), why), {}};
}

Error openingError(const QString &path, const QString &noun, int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return Error{ErrorCode::NotFound, u"There is no %1 %2. Check the path."_s.arg(noun, shown(path)), {}};
    case ELOOP:
        return refusal(ErrorCode::NotAllowed, noun, path, u"it is a symbolic link. Name the file itself."_s);
    case EACCES:
    case EPERM:
        return refusal(ErrorCode::NotAllowed, noun, path, u"you may not read it. Name one of your own."_s);
    default:
        return systemError(u"The %1 %2 could not be read (%3). Check the disk and try again."_s.arg(noun, shown(path),
                                                                                                    errnoText(number)),
                           number);
    }
}

/// Refuses what others could have read or written.
Result<> checkAccess(const QString &path, const QString &noun, const struct stat &status)
{
    if (!S_ISREG(status.st_mode)) {
        return refusal(ErrorCode::Malformed, noun, path, u"it is not a file. Check the path."_s);
    }
    if (status.st_uid != ::geteuid()) {
        return refusal(ErrorCode::NotAllowed, noun, path, u"it belongs to another user. Name one of your own."_s);
    }
    if ((status.st_mode & 07177) != 0) {
        const QString mode = QString::number(status.st_mode & 07777, 8).rightJustified(4, u'0');
        return refusal(
            ErrorCode::NotAllowed, noun, path,
            u"its mode %1 lets others in. Run chmod 600 on it, and replace it if others may have read it."_s.arg(mode));
    }
    return {};
}

} // namespace

Result<> writeNewPrivateFile(const QString &path, const QByteArray &bytes, const QString &noun)
{
    const QByteArray name = QFile::encodeName(path);
    Descriptor fd(::open(name.constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd.isOpen()) {
        const int number = errno;
        if (number == EEXIST) {
            return Error{
                ErrorCode::Conflict,
                u"The %1 was not written: %2 exists already. Choose another name, or move that away first."_s.arg(
                    noun, shown(path)),
                {}};
        }
        return systemError(
            u"The %1 was not written: %2 could not be created (%3). Check the folder and try again."_s.arg(
                noun, shown(path), errnoText(number)),
            number);
    }
    const bool done = ::fchmod(fd.get(), 0600) == 0 && writeAll(fd.get(), bytes) && ::fsync(fd.get()) == 0 &&
                      fd.close() && syncFolder(path);
    if (!done) {
        const int number = errno;
        ::unlink(name.constData());
        return systemError(
            u"The %1 was not written: %2 could not be filled (%3). Make room or choose another folder."_s.arg(
                noun, shown(path), errnoText(number)),
            number);
    }
    return {};
}

Result<> readPrivateFile(const QString &path, qsizetype maxBytes, QByteArray &bytes, const QString &noun)
{
    const Descriptor fd(
        ::open(QFile::encodeName(path).constData(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd.isOpen()) {
        return openingError(path, noun, errno);
    }
    struct stat status = {};
    if (::fstat(fd.get(), &status) != 0) {
        return openingError(path, noun, errno);
    }
    if (const auto allowed = checkAccess(path, noun, status); !allowed) {
        return allowed;
    }
    bytes.resize(maxBytes + 1);
    qsizetype size = 0;
    while (size < bytes.size()) {
        const ssize_t count = ::read(fd.get(), bytes.data() + size, static_cast<size_t>(bytes.size() - size));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return openingError(path, noun, errno);
        }
        if (count == 0) {
            break;
        }
        size += count;
    }
    bytes.resize(size);
    if (size > maxBytes) {
        return refusal(ErrorCode::Malformed, noun, path, u"it is far larger than any. Check the path."_s);
    }
    return {};
}

} // namespace countersign
