// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/bound_file.h"

#include "core/base/visible_text.h"

#include <QtCore/QFile>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

Error unreadable(const QByteArray &path, int number)
{
    return {ErrorCode::NotFound,
            u"The file "_s + displayBytes(path).text +
                u" cannot be read, so nobody could say what would run and nothing was asked: "_s +
                QString::fromLocal8Bit(std::strerror(number)) + u'.',
            {}};
}

/// A descriptor of its own for reading, so that the offset of the one kept stays where it is.
Result<Digest> hashOf(int descriptor, const QByteArray &path)
{
    QFile file;
    if (::lseek(descriptor, 0, SEEK_SET) < 0 ||
        !file.open(descriptor, QIODevice::ReadOnly | QIODevice::Unbuffered, QFileDevice::DontCloseHandle)) {
        return unreadable(path, errno);
    }
    return sha256(file);
}

bool sameTime(const timespec &left, const timespec &right)
{
    return left.tv_sec == right.tv_sec && left.tv_nsec == right.tv_nsec;
}

} // namespace

Result<BoundFile> BoundFile::open(const QByteArray &path)
{
    BoundFile file;
    file.m_path = path;
    file.m_descriptor = ::open(path.constData(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file.m_descriptor < 0 || ::fstat(file.m_descriptor, &file.m_status) != 0) {
        return unreadable(path, errno);
    }
    if (!S_ISREG(file.m_status.st_mode)) {
        return Error{
            ErrorCode::InvalidInput, displayBytes(path).text + u" is no regular file: nothing was asked."_s, {}};
    }
    Result<Digest> digest = hashOf(file.m_descriptor, path);
    if (!digest) {
        return digest.error();
    }
    file.m_sha256 = *digest;
    return file;
}

BoundFile::BoundFile(BoundFile &&other) noexcept
    : m_path(std::move(other.m_path))
    , m_sha256(other.m_sha256)
    , m_descriptor(std::exchange(other.m_descriptor, -1))
    , m_status(other.m_status)
{}

BoundFile &BoundFile::operator=(BoundFile &&other) noexcept
{
    std::swap(m_path, other.m_path);
    std::swap(m_sha256, other.m_sha256);
    std::swap(m_descriptor, other.m_descriptor);
    std::swap(m_status, other.m_status);
    return *this;
}

BoundFile::~BoundFile()
{
    if (m_descriptor >= 0) {
        ::close(m_descriptor);
    }
}

QByteArray BoundFile::head(qsizetype maxBytes) const
{
    QByteArray bytes(maxBytes, '\0');
    qsizetype filled = 0;
    while (filled < maxBytes) {
        const ssize_t count =
            ::pread(m_descriptor, bytes.data() + filled, static_cast<size_t>(maxBytes - filled), filled);
        if (count <= 0) {
            break;
        }
        filled += count;
    }
    bytes.truncate(filled);
    return bytes;
}

bool BoundFile::isUntouched() const
{
    struct stat now = {};
    return ::stat(m_path.constData(), &now) == 0 && now.st_dev == m_status.st_dev && now.st_ino == m_status.st_ino &&
           now.st_size == m_status.st_size && sameTime(now.st_mtim, m_status.st_mtim) &&
           sameTime(now.st_ctim, m_status.st_ctim);
}

bool BoundFile::hasSameContent() const
{
    if (isUntouched()) {
        return true;
    }
    const Result<BoundFile> again = open(m_path);
    return again && again->sha256() == m_sha256;
}

} // namespace countersign::ctl
