// SPDX-License-Identifier: Apache-2.0
#include "core/store/blob_store.h"

#include "core/store/workspace_file.h"

#include <QtCore/QBuffer>
#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

/// Hands on what it reads from one device and writes it to a file on the way, so that content is read once.
class CopyingDevice final : public QIODevice
{
public:
    CopyingDevice(QIODevice &source, int target)
        : m_source(source)
        , m_target(target)
    {
        open(QIODevice::ReadOnly | QIODevice::Unbuffered);
    }

    bool isSequential() const override { return true; }
    qint64 copied() const { return m_copied; }
    bool isTooLarge() const { return m_copied > BlobStore::maxBytes; }
    int writeError() const { return m_writeError; }

protected:
    qint64 readData(char *data, qint64 maxSize) override
    {
        const qint64 count = m_source.read(data, maxSize);
        if (count <= 0) {
            return count < 0 || !m_source.atEnd() ? -1 : 0;
        }
        m_copied += count;
        return isTooLarge() || !writeAll(data, count) ? -1 : count;
    }
    qint64 writeData(const char *, qint64) override { return -1; }

private:
    bool writeAll(const char *data, qint64 count)
    {
        for (qint64 done = 0; done < count;) {
            const ssize_t written = ::write(m_target, data + done, static_cast<size_t>(count - done));
            if (written < 0 && errno != EINTR) {
                m_writeError = errno;
                return false;
            }
            done += qMax<ssize_t>(written, 0);
        }
        return true;
    }

    QIODevice &m_source;
    int m_target;
    qint64 m_copied = 0;
    int m_writeError = 0;
};

/// A new file in the blob folder, gone again unless it is kept.
class IncomingFile
{
public:
    explicit IncomingFile(const QString &folder)
        : m_path(QFile::encodeName(folder + u"/incoming-XXXXXX"_s))
        , m_file(::mkostemp(m_path.data(), O_CLOEXEC))
        , // Mode 0600, O_EXCL.
        m_error(m_file < 0 ? errno : 0)
    {}
    ~IncomingFile()
    {
        if (m_file >= 0) {
            ::close(m_file);
            ::unlink(m_path.constData());
        }
    }
    IncomingFile(const IncomingFile &) = delete;
    IncomingFile &operator=(const IncomingFile &) = delete;

    int descriptor() const { return m_file; }
    int error() const { return m_error; }
    /// Makes it durable under its final name. 0, or errno.
    int keepAs(const QString &path)
    {
        if (::fsync(m_file) != 0 || ::rename(m_path.constData(), QFile::encodeName(path).constData()) != 0) {
            return errno;
        }
        ::close(m_file);
        m_file = -1;
        return 0;
    }

private:
    QByteArray m_path;
    int m_file;
    int m_error;
};

Result<> makeFolder(const QString &folder)
{
    if (::mkdir(QFile::encodeName(folder).constData(), 0700) != 0 && errno != EEXIST) {
        return fileError(errno, u"Making the folder for evidence"_s, folder);
    }
    return {};
}

Error tooLarge(const QString &name)
{
    return {ErrorCode::TooLarge,
            u"The evidence %1 was not taken because it is larger than %2 MiB. Attach less, or a link to it."_s.arg(
                name, QString::number(BlobStore::maxBytes / 1024 / 1024)),
            {}};
}

Result<BlobStore::Stored> addDevice(const BlobStore &store, const QString &folder, QIODevice &source,
                                    const QString &name)
{
    if (const Result<> made = makeFolder(folder); !made) {
        return made.error();
    }
    IncomingFile incoming(folder);
    if (incoming.error() != 0) {
        return fileError(incoming.error(), u"Writing evidence into"_s, folder);
    }
    CopyingDevice copying(source, incoming.descriptor());
    const Result<Digest> hash = sha256(copying);
    if (copying.isTooLarge()) {
        return tooLarge(name);
    }
    if (copying.writeError() != 0) {
        return fileError(copying.writeError(), u"Writing evidence into"_s, folder);
    }
    if (!hash) {
        return Error{ErrorCode::Storage,
                     u"The evidence %1 could not be read to its end. Check the file and try again."_s.arg(name),
                     hash.error().detail};
    }
    const QString path = store.pathOf(hash.value());
    if (const Result<> made = makeFolder(QFileInfo(path).absolutePath()); !made) {
        return made.error();
    }
    if (const int failed = incoming.keepAs(path); failed != 0) {
        return fileError(failed, u"Writing evidence to"_s, path);
    }
    for (const QString &place : {path, QFileInfo(path).absolutePath()}) {
        if (const Result<> synced = syncFileAndFolder(place); !synced) {
            return synced.error();
        }
    }
    return BlobStore::Stored{hash.value(), copying.copied()};
}

} // namespace

BlobStore::BlobStore(QString folder)
    : m_folder(QFileInfo(folder).absoluteFilePath())
{}

QString BlobStore::folderFor(const QString &workspacePath)
{
    return workspacePath + u".blobs"_s;
}

QString BlobStore::pathOf(const Digest &sha256) const
{
    const QString hex = sha256.hex();
    return u"%1/%2/%3"_s.arg(m_folder, hex.left(2), hex);
}

Result<BlobStore::Stored> BlobStore::addFile(const QString &path) const
{
    const QFileInfo info(path);
    if (!info.exists()) {
        return Error{ErrorCode::NotFound, u"The evidence %1 does not exist. Check the path."_s.arg(path), {}};
    }
    if (!info.isFile()) {
        return Error{ErrorCode::Storage,
                     u"The evidence %1 is not a file that can be kept. Attach a plain file."_s.arg(path),
                     {}};
    }
    if (info.size() > maxBytes) {
        return tooLarge(path);
    }
    QFile source(path);
    if (!source.open(QIODevice::ReadOnly | QIODevice::Unbuffered)) {
        return Error{ErrorCode::Storage, u"The evidence %1 could not be opened. Check that it can be read."_s.arg(path),
                     source.errorString()};
    }
    return addDevice(*this, m_folder, source, path);
}

Result<BlobStore::Stored> BlobStore::addBytes(const QByteArray &bytes) const
{
    QBuffer source;
    source.setData(bytes);
    source.open(QIODevice::ReadOnly);
    return addDevice(*this, m_folder, source, u"that was given"_s);
}

Result<std::unique_ptr<QFile>> BlobStore::open(const Digest &hash) const
{
    const QString path = pathOf(hash);
    auto file = std::make_unique<QFile>(path);
    if (!file->exists()) {
        return Error{ErrorCode::NotFound,
                     u"The evidence %1 is not kept here any more. Ask the agent for it again."_s.arg(hash.shortHex()),
                     path};
    }
    if (!file->open(QIODevice::ReadOnly)) {
        return Error{ErrorCode::Storage,
                     u"The evidence file %1 could not be opened. Check its permissions."_s.arg(path),
                     file->errorString()};
    }
    const Result<Digest> actual = sha256(*file);
    if (!actual) {
        return actual.error();
    }
    if (actual.value() != hash) {
        return Error{
            ErrorCode::Damaged,
            u"The evidence file %1 is not what the agent sent: its content was changed. Do not decide by it."_s.arg(
                path),
            u"sha256 %1"_s.arg(actual.value().hex())};
    }
    file->seek(0);
    return file;
}

} // namespace countersign
