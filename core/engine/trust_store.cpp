// SPDX-License-Identifier: Apache-2.0
#include "core/engine/trust_store.h"

#include "core/base/json_reader.h"
#include "core/base/log.h"
#include "core/base/visible_text.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QLockFile>
#include <QtCore/QSaveFile>
#include <QtCore/QThreadPool>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

constexpr int fileVersion = 1;
constexpr int lockWaitMs = 5000;
constexpr qint64 maxFileBytes = 1024 * 1024;

using Pins = std::vector<TrustPin>;

QString shown(const QString &text)
{
    return displayText(text).text;
}

QString lastSystemError()
{
    return QString::fromLocal8Bit(std::strerror(errno));
}

Error storageError(const QString &path, const QString &what)
{
    return {ErrorCode::Storage, u"The trust file %1 could not be %2; nothing was changed."_s.arg(shown(path), what),
            lastSystemError()};
}

Error damaged(const QString &path, const QString &why)
{
    return {ErrorCode::Damaged,
            u"The trust file %1 cannot be used: %2. Until you repair it, or remove it and confirm the administrator's "
            "fingerprint anew, nothing of this workspace is trusted."_s.arg(shown(path), why),
            {}};
}

/// Only this user may be able to read or replace what is trusted.
Result<> checkPrivate(const struct stat &info, const QString &path, bool folder)
{
    if (info.st_uid != geteuid()) {
        return Error{
            ErrorCode::NotAllowed,
            u"%1 belongs to another user: what it says is not trusted. Remove it or take it over."_s.arg(shown(path)),
            {}};
    }
    if ((info.st_mode & 077) != 0) {
        return Error{ErrorCode::NotAllowed,
                     u"%1 can be reached by other users: what it says is not trusted. Look through it, then run: "
                     "chmod %2 %1"_s.arg(shown(path), folder ? u"700"_s : u"600"_s),
                     {}};
    }
    return {};
}

/// False: there is no folder yet.
Result<bool> checkFolder(const QString &folder)
{
    struct stat info {
    };
    if (::stat(QFile::encodeName(folder).constData(), &info) != 0) {
        if (errno == ENOENT) {
            return false;
        }
        return storageError(folder, u"reached"_s);
    }
    if (!S_ISDIR(info.st_mode)) {
        return damaged(folder, u"it is no folder"_s);
    }
    if (const Result<> isPrivate = checkPrivate(info, folder, true); !isPrivate) {
        return isPrivate.error();
    }
    return true;
}

Result<> makeFolder(const QString &folder)
{
    const Result<bool> there = checkFolder(folder);
    if (!there) {
        return there.error();
    }
    if (*there) {
        return {};
    }
    const QString parent = QFileInfo(folder).absolutePath();
    if (!QDir().mkpath(parent) || (::mkdir(QFile::encodeName(folder).constData(), 0700) != 0 && errno != EEXIST)) {
        return storageError(folder, u"created"_s);
    }
    const Result<bool> made = checkFolder(folder); // Another process may have been faster.
    return made ? Result<>() : made.error();
}

/// The bytes of the file; absent when there is none.
Result<std::optional<QByteArray>> readPrivateFile(const QString &path)
{
    const int descriptor = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        if (errno == ENOENT) {
            return std::optional<QByteArray>();
        }
        if (errno == ELOOP) {
            return Error{ErrorCode::NotAllowed,
                         u"%1 is a symbolic link: what it leads to is not trusted. Put the file itself there."_s.arg(
                             shown(path)),
                         {}};
        }
        return storageError(path, u"opened"_s);
    }
    QFile file;
    if (!file.open(descriptor, QIODevice::ReadOnly, QFileDevice::AutoCloseHandle)) {
        ::close(descriptor);
        return storageError(path, u"opened"_s);
    }
    struct stat info {
    };
    if (::fstat(descriptor, &info) != 0) {
        return storageError(path, u"read"_s);
    }
    if (!S_ISREG(info.st_mode)) {
        return damaged(path, u"it is no ordinary file"_s);
    }
    if (const Result<> isPrivate = checkPrivate(info, path, false); !isPrivate) {
        return isPrivate.error();
    }
    if (info.st_size > maxFileBytes) {
        return damaged(path, u"it is larger than 1 MiB"_s);
    }
    const QByteArray bytes = file.readAll();
    if (file.error() != QFileDevice::NoError) {
        return storageError(path, u"read"_s);
    }
    return std::optional<QByteArray>(bytes);
}

JsonValue toJson(const TrustPin &pin)
{
    JsonValue out = JsonValue::object();
    out.set("location", JsonValue::fromString(pin.location));
    out.set("workspace", JsonValue::fromString(pin.workspace.text()));
    out.set("administrator", JsonValue::fromString(pin.administrator.hex()));
    out.set("confirmedInWindow", JsonValue::fromBool(pin.confirmedInWindow));
    out.set("pinnedAt", JsonValue::fromString(toRfc3339(pin.pinnedAt)));
    return out;
}

std::optional<TrustPin> pinFromJson(const JsonValue &json)
{
    const JsonValue *location = json.find("location");
    const JsonValue *workspace = json.find("workspace");
    const JsonValue *administrator = json.find("administrator");
    const JsonValue *confirmed = json.find("confirmedInWindow");
    const JsonValue *pinnedAt = json.find("pinnedAt");
    if (json.members().size() != 5 || !location || !workspace || !administrator || !confirmed || !pinnedAt ||
        !confirmed->isBool()) {
        return {};
    }
    const std::optional<Digest> fingerprint = Digest::fromHex(administrator->toString());
    const std::optional<Timestamp> at = fromRfc3339(pinnedAt->toString());
    if (location->toString().isEmpty() || workspace->toString().isEmpty() || !fingerprint || fingerprint->isNull() ||
        !at) {
        return {};
    }
    return TrustPin{.location = location->toString(),
                    .workspace = WorkspaceId(workspace->toString()),
                    .administrator = *fingerprint,
                    .confirmedInWindow = confirmed->toBool(),
                    .pinnedAt = *at};
}

/// Two pins that cannot both be true mean that the file was tampered with.
bool contradict(const TrustPin &left, const TrustPin &right)
{
    if (left.location == right.location) {
        return true;
    }
    return left.workspace == right.workspace && left.administrator != right.administrator;
}

Result<Pins> parsePins(const QString &path, const QByteArray &bytes)
{
    const Result<JsonValue> json = readJson(bytes);
    if (!json) {
        return damaged(path, u"it is not JSON"_s);
    }
    const JsonValue *version = json->find("v");
    const JsonValue *list = json->find("pins");
    if (version && version->toInteger().value_or(0) > fileVersion) {
        return Error{
            ErrorCode::NewerVersion,
            u"The trust file %1 was written by a later version of Countersign: use that version."_s.arg(shown(path)),
            {}};
    }
    if (json->members().size() != 2 || !version || version->toInteger() != fileVersion || !list || !list->isArray()) {
        return damaged(path, u"its members are not those of version 1"_s);
    }
    Pins pins;
    for (const JsonValue &item : list->items()) {
        const std::optional<TrustPin> pin = pinFromJson(item);
        if (!pin) {
            return damaged(path, u"one of its pins is incomplete"_s);
        }
        if (std::any_of(pins.begin(), pins.end(), [&pin](const TrustPin &other) { return contradict(*pin, other); })) {
            return damaged(path, u"two of its pins contradict each other"_s);
        }
        pins.push_back(*pin);
    }
    return pins;
}

Result<Pins> readPins(const QString &folder, const QString &path)
{
    const Result<bool> there = checkFolder(folder);
    if (!there) {
        return there.error();
    }
    if (!*there) {
        return Pins();
    }
    const Result<std::optional<QByteArray>> bytes = readPrivateFile(path);
    if (!bytes) {
        return bytes.error();
    }
    return *bytes ? parsePins(path, **bytes) : Pins();
}

Result<> writePins(const QString &path, const Pins &pins)
{
    JsonValue list = JsonValue::array();
    for (const TrustPin &pin : pins) {
        list.append(toJson(pin));
    }
    JsonValue root = JsonValue::object();
    root.set("v", JsonValue::fromInteger(fileVersion));
    root.set("pins", std::move(list));

    QSaveFile file(path);
    const QByteArray bytes = writeJsonIndented(root) + '\n';
    const bool written = file.open(QIODevice::WriteOnly) &&
                         file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner) &&
                         file.write(bytes) == bytes.size() && file.commit();
    return written ? Result<>() : storageError(path, u"written"_s);
}

/// Reads, lets \p change alter the pins and replaces the file, all under the lock.
template<typename Change>
Result<> changePins(const QString &folder, const QString &path, Change change)
{
    if (const Result<> made = makeFolder(folder); !made) {
        return made;
    }
    QLockFile lock(path + u".lock"_s);
    if (!lock.tryLock(lockWaitMs)) {
        return Error{ErrorCode::Busy,
                     u"The trust file %1 is being changed by another process. Try again."_s.arg(shown(path)),
                     {}};
    }
    Result<Pins> pins = readPins(folder, path);
    if (!pins) {
        return pins.error();
    }
    if (const Result<> changed = change(*pins); !changed) {
        return changed;
    }
    return writePins(path, *pins);
}

} // namespace

TrustStore::TrustStore(QString configFolder)
    : m_folder(std::move(configFolder))
{}

QString TrustStore::path() const
{
    return QDir(m_folder).filePath(u"trust.json"_s);
}

Result<std::optional<TrustPin>> TrustStore::pinFor(const QString &location, const WorkspaceId &workspace) const
{
    const Result<Pins> pins = readPins(m_folder, path());
    if (!pins) {
        return pins.error();
    }
    std::optional<TrustPin> found;
    for (const TrustPin &pin : *pins) {
        if (pin.location == location && pin.workspace != workspace) {
            return Error{
                ErrorCode::NotAllowed,
                u"The file at %1 is not the workspace this machine trusts there (%2): somebody put another "
                "one (%3) in its place. Put the right file back, or remove the pin from %4 if the change is "
                "yours."_s.arg(shown(location), shown(pin.workspace.text()), shown(workspace.text()), shown(path())),
                {}};
        }
        if (pin.workspace == workspace && (!found || pin.location == location)) {
            found = pin;
        }
    }
    return found;
}

std::optional<QByteArray> TrustStore::stamp() const
{
    constexpr qint64 settledAfterSeconds = 2;
    struct timespec now {
    };
    ::clock_gettime(CLOCK_REALTIME, &now);
    QByteArray stamp;
    const auto add = [&stamp](auto value) {
        stamp.append(reinterpret_cast<const char *>(&value), sizeof(value)); // NOLINT: bytes of a number.
    };
    for (const bool isFolder : {true, false}) {
        struct stat info {
        };
        const QByteArray name = QFile::encodeName(isFolder ? m_folder : path());
        if ((isFolder ? ::stat(name.constData(), &info) : ::lstat(name.constData(), &info)) != 0) {
            if (errno != ENOENT) {
                return {};
            }
            add(false);
            continue;
        }
        for (const struct timespec &time : {info.st_mtim, info.st_ctim}) {
            if (now.tv_sec - time.tv_sec < settledAfterSeconds) {
                return {};
            }
            add(time.tv_sec);
            add(time.tv_nsec);
        }
        add(info.st_dev);
        add(info.st_ino);
        add(info.st_size);
        add(info.st_mode);
        add(info.st_uid);
    }
    return stamp;
}

Result<> TrustStore::pin(const TrustPin &pin) const
{
    if (pin.location.isEmpty() || pin.workspace.isEmpty() || pin.administrator.isNull()) {
        return Error{ErrorCode::InvalidInput, u"A pin needs a location, a workspace and a fingerprint."_s, {}};
    }
    return changePins(m_folder, path(), [&pin](Pins &pins) -> Result<> {
        TrustPin added = pin;
        for (const TrustPin &old : pins) {
            const bool same = old.workspace == pin.workspace && old.administrator == pin.administrator;
            if (old.location == pin.location && same) {
                added.pinnedAt = old.pinnedAt;
            } else if (old.location == pin.location || (old.workspace == pin.workspace && !same)) {
                return Error{
                    ErrorCode::Conflict,
                    u"The workspace %1 at %2 was not pinned: this machine already trusts the administrator %3 "
                    "there."_s.arg(shown(pin.workspace.text()), shown(pin.location), old.administrator.shortHex()),
                    {}};
            }
            added.confirmedInWindow = added.confirmedInWindow || (same && old.confirmedInWindow);
        }
        pins.erase(std::remove_if(pins.begin(), pins.end(),
                                  [&pin](const TrustPin &old) { return old.location == pin.location; }),
                   pins.end());
        pins.push_back(added);
        return {};
    });
}

Result<> TrustStore::unpin(const TrustPin &pin) const
{
    return changePins(m_folder, path(), [&pin](Pins &pins) -> Result<> {
        std::erase_if(pins, [&pin](const TrustPin &other) {
            return other.location == pin.location && other.workspace == pin.workspace &&
                   other.administrator == pin.administrator;
        });
        return {};
    });
}

namespace {

/// One empty file per approval that was started, named by the hash of its token.
QString usedFolder(const QString &folder)
{
    return QDir(folder).filePath(u"used"_s);
}

QString usedPath(const QString &folder, const QString &token)
{
    return QDir(usedFolder(folder)).filePath(sha256(token.toUtf8()).hex());
}

} // namespace

namespace {

/// Closes \p descriptor when its file would outlive a loss of power. The mark counts for every process from the moment
/// it exists, and by then the workspace itself says the same durably; so nobody waits for the disk a second time.
/// False: the disk failed while it was waited for.
bool keepSoon(int descriptor)
{
    constexpr int mostWaiting = 64; // Each is an open file.
    static std::atomic<int> waiting = 0;
    const auto keep = [descriptor] {
        const bool kept = ::fsync(descriptor) == 0;
        ::close(descriptor);
        return kept;
    };
    if (++waiting > mostWaiting) {
        --waiting;
        return keep();
    }
    QThreadPool::globalInstance()->start([keep] {
        if (!keep()) {
            qCWarning(logEngine) << "the mark of a start may not outlive a loss of power:" << lastSystemError();
        }
        --waiting;
    });
    return true;
}

} // namespace

Result<> TrustStore::useApproval(const QString &token) const
{
    for (const QString &folder : {m_folder, usedFolder(m_folder)}) {
        if (const Result<> made = makeFolder(folder); !made) {
            return made;
        }
    }
    const QString file = usedPath(m_folder, token);
    const int descriptor =
        ::open(QFile::encodeName(file).constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return errno == EEXIST ? Result<>(Error{ErrorCode::Conflict,
                                                u"This approval was used before: an approval is good for one start."_s,
                                                u"token is marked used"_s})
                               : Result<>(storageError(file, u"created"_s));
    }
    return keepSoon(descriptor) ? Result<>() : Result<>(storageError(file, u"written"_s));
}

bool TrustStore::isApprovalUsed(const QString &token) const
{
    struct stat info {
    };
    return ::lstat(QFile::encodeName(usedPath(m_folder, token)).constData(), &info) == 0;
}

Result<> TrustStore::confirm(const WorkspaceId &workspace) const
{
    return changePins(m_folder, path(), [&workspace](Pins &pins) -> Result<> {
        bool found = false;
        for (TrustPin &pin : pins) {
            if (pin.workspace == workspace) {
                pin.confirmedInWindow = true;
                found = true;
            }
        }
        if (!found) {
            return Error{ErrorCode::NotFound,
                         u"There is no pin of the workspace %1 to confirm."_s.arg(shown(workspace.text())),
                         {}};
        }
        return {};
    });
}

} // namespace countersign
