// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QtCore/QFuture>

#include <QtCore/QString>

#include <map>
#include <memory>
#include <optional>

namespace countersign {

/// Keeps small secrets (tokens, headers) outside the workspace, by a key of ours: `[A-Za-z0-9_.-]`, at most 100
/// characters. Used from one thread, which has an event loop; futures may be finished when they are returned.
/// What is kept should name the server it is for: whoever can write the workspace must not have it sent elsewhere.
class SecretStore
{
public:
    static constexpr qsizetype mostBytes = 64 * 1024;
    virtual ~SecretStore() = default;

    /// NotFound: nothing is kept under \p key. Busy: the keychain does not answer; later it may. NotAllowed: refused.
    virtual QFuture<Result<QByteArray>> load(const QString &key) = 0;
    /// Replaces what was kept. InvalidInput, TooLarge, NotAllowed, Busy, Storage, DiskFull.
    virtual QFuture<Result<>> save(const QString &key, const QByteArray &secret) = 0;
    /// Nothing to remove is fine.
    virtual QFuture<Result<>> remove(const QString &key) = 0;
    /// Where secrets are kept, for people: "the desktop's keychain". Visible text. What was saved last went there.
    virtual QString place() const = 0;
};

/// Files of mode 0600 in a folder of mode 0700, one per key. Always answers at once.
class FileSecretStore final : public SecretStore
{
public:
    explicit FileSecretStore(const QString &configFolder);
    QFuture<Result<QByteArray>> load(const QString &key) override;
    QFuture<Result<>> save(const QString &key, const QByteArray &secret) override;
    QFuture<Result<>> remove(const QString &key) override;
    QString place() const override;
    QString pathFor(const QString &key) const;

private:
    Result<> write(const QString &key, const QByteArray &secret) const;

    QString m_folder;
};

/// For tests.
class MemorySecretStore final : public SecretStore
{
public:
    QFuture<Result<QByteArray>> load(const QString &key) override;
    QFuture<Result<>> save(const QString &key, const QByteArray &secret) override;
    QFuture<Result<>> remove(const QString &key) override;
    QString place() const override;

    std::map<QString, QByteArray> kept;
    std::optional<Error> failure; ///< Of everything, while it is set.
};

/// The desktop's keychain where there is one, else files in \p configFolder. What was kept in files before stays
/// readable there, and moves when it is saved again.
std::unique_ptr<SecretStore> makeSecretStore(const QString &configFolder);

/// The rule for keys. InvalidInput.
Result<> checkSecretKey(const QString &key);

} // namespace countersign
