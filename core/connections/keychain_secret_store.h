// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/secret_store.h"

#include <QtCore/QObject>

#include <chrono>

namespace countersign {

/// The desktop's keychain (Secret Service, KWallet). Lives on the thread of the first use in the process. It may ask
/// the person to unlock it, and never keeps anybody waiting for longer than its patience.
class KeychainSecretStore final : public SecretStore
{
public:
    static constexpr std::chrono::milliseconds usualPatience{25'000};
    /// \p scope tells the keys of one configuration folder from those of another.
    explicit KeychainSecretStore(const QString &scope, std::chrono::milliseconds patience = usualPatience);
    /// Also Unreachable: there is no keychain on this machine.
    QFuture<Result<QByteArray>> load(const QString &key) override;
    QFuture<Result<>> save(const QString &key, const QByteArray &secret) override;
    QFuture<Result<>> remove(const QString &key) override;
    QString place() const override;

private:
    QString nameOf(const QString &key) const;

    QString m_scope;
    std::chrono::milliseconds m_patience;
};

/// A keychain where it works, files where it does not; says so once in the log. A file holds what could not go into the
/// keychain, so it is newer: it is read first, and taken away as soon as the keychain has the secret.
class KeychainOrFiles final : public SecretStore
{
public:
    KeychainOrFiles(std::unique_ptr<SecretStore> keychain, std::unique_ptr<SecretStore> files);
    QFuture<Result<QByteArray>> load(const QString &key) override;
    QFuture<Result<>> save(const QString &key, const QByteArray &secret) override;
    QFuture<Result<>> remove(const QString &key) override;
    QString place() const override;

private:
    void fallBack(const Error &why);

    std::unique_ptr<SecretStore> m_keychain;
    std::unique_ptr<SecretStore> m_files;
    bool m_usesFiles = false; ///< The last one could not go into the keychain.
    bool m_said = false;
    QObject m_context;
};

/// Is there a session bus, which every keychain here needs? Looks at the environment only.
bool hasSessionBus();

} // namespace countersign
