// SPDX-License-Identifier: Apache-2.0
#include "core/connections/secret_store.h"

#include "core/base/private_file.h"
#include "core/base/visible_text.h"
#include "core/connections/keychain_secret_store.h"
#include "core/connections/ready_future.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QRegularExpression>

#include <cstdio>

namespace countersign {

using namespace Qt::Literals::StringLiterals;

Result<> checkSecretKey(const QString &key)
{
    static const QRegularExpression rule(u"^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$"_s);
    return rule.match(key).hasMatch()
               ? Result<>()
               : Error{ErrorCode::InvalidInput, u"A secret's key has other characters than letters and digits."_s, {}};
}

FileSecretStore::FileSecretStore(const QString &configFolder)
    : m_folder(configFolder + u"/connections"_s)
{}

QString FileSecretStore::pathFor(const QString &key) const
{
    return m_folder + u'/' + key + u".secrets"_s;
}

QString FileSecretStore::place() const
{
    return u"a file in %1 that only you can read"_s.arg(displayText(m_folder).text);
}

QFuture<Result<QByteArray>> FileSecretStore::load(const QString &key)
{
    if (const Result<> allowed = checkSecretKey(key); !allowed) {
        return readyFuture(Result<QByteArray>(allowed.error()));
    }
    QByteArray bytes;
    const Result<> read = readPrivateFile(pathFor(key), mostBytes, bytes, u"secrets file"_s);
    return readyFuture(read ? Result<QByteArray>(std::move(bytes)) : Result<QByteArray>(read.error()));
}

QFuture<Result<>> FileSecretStore::save(const QString &key, const QByteArray &secret)
{
    return readyFuture(write(key, secret));
}

/// Beside its place first: a crash leaves the old one or the new one.
Result<> FileSecretStore::write(const QString &key, const QByteArray &secret) const
{
    if (const Result<> allowed = checkSecretKey(key); !allowed) {
        return allowed;
    }
    if (secret.size() > mostBytes) {
        return Error{ErrorCode::TooLarge, u"A secret of more than 64 kB is not kept."_s, {}};
    }
    if (!QDir().mkpath(m_folder)) {
        return Error{ErrorCode::Storage,
                     u"The folder %1 for the secrets could not be made."_s.arg(displayText(m_folder).text),
                     {}};
    }
    QFile::setPermissions(m_folder, QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner);
    const QString fresh = pathFor(key) + u".new"_s;
    QFile::remove(fresh);
    if (const Result<> written = writeNewPrivateFile(fresh, secret, u"secrets file"_s); !written) {
        return written;
    }
    if (std::rename(QFile::encodeName(fresh).constData(), QFile::encodeName(pathFor(key)).constData()) != 0) {
        QFile::remove(fresh);
        return Error{ErrorCode::Storage,
                     u"The secrets file %1 could not be replaced."_s.arg(displayText(pathFor(key)).text),
                     {}};
    }
    return {};
}

QFuture<Result<>> FileSecretStore::remove(const QString &key)
{
    if (const Result<> allowed = checkSecretKey(key); !allowed) {
        return readyFuture(allowed);
    }
    const QString path = pathFor(key);
    if (!QFile::remove(path) && QFileInfo::exists(path)) {
        return readyFuture(Result<>(
            Error{ErrorCode::Storage,
                  u"The secrets file %1 could not be removed: remove it by hand."_s.arg(displayText(path).text),
                  {}}));
    }
    return readyFuture(Result<>());
}

QFuture<Result<QByteArray>> MemorySecretStore::load(const QString &key)
{
    if (failure) {
        return readyFuture(Result<QByteArray>(*failure));
    }
    const auto found = kept.find(key);
    return readyFuture(found == kept.end()
                           ? Result<QByteArray>(Error{ErrorCode::NotFound, u"Nothing is kept under this key."_s, {}})
                           : Result<QByteArray>(found->second));
}

QFuture<Result<>> MemorySecretStore::save(const QString &key, const QByteArray &secret)
{
    if (failure) {
        return readyFuture(Result<>(*failure));
    }
    kept.insert_or_assign(key, secret);
    return readyFuture(Result<>());
}

QFuture<Result<>> MemorySecretStore::remove(const QString &key)
{
    if (failure) {
        return readyFuture(Result<>(*failure));
    }
    kept.erase(key);
    return readyFuture(Result<>());
}

QString MemorySecretStore::place() const
{
    return u"this process's memory"_s;
}

std::unique_ptr<SecretStore> makeSecretStore(const QString &configFolder)
{
    auto files = std::make_unique<FileSecretStore>(configFolder);
    if (!hasSessionBus()) {
        return files;
    }
    // One keychain serves all workspaces of a person.
    auto keychain = std::make_unique<KeychainSecretStore>(QDir(configFolder).absolutePath());
    return std::make_unique<KeychainOrFiles>(std::move(keychain), std::move(files));
}

} // namespace countersign
