// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/signature.h"

#include <QtCore/QString>

namespace countersign {

/// How hard the passphrase of a key file is to guess. Tests use Fast.
enum class KeyStretching { Interactive, Fast };

/// Writes \p key to a new file of mode 0600 (O_EXCL, never through a symbolic link), encrypted under \p passphrase with
/// Argon2id and XChaCha20-Poly1305. An empty passphrase writes the seed in clear: who reads the file can decide.
/// Errors: Conflict when the file exists, Storage.
Result<> writeKeyFile(const QString &path, const QString &name, const SigningKey &key, const QByteArray &passphrase,
                      KeyStretching stretching = KeyStretching::Interactive);

/// What can be known of a key file without its passphrase.
struct KeyFileInfo {
    QString name; ///< The reviewer's name when it was written: a hint, not an identity.
    PublicKey publicKey;
    bool needsPassphrase = false;
};
Result<KeyFileInfo> readKeyFileInfo(const QString &path);

/// Errors: NotFound, Malformed, WrongPassphrase, NotAllowed when others can read the file (mode wider than 0600 or
/// another owner).
Result<SigningKey> readKeyFile(const QString &path, const QByteArray &passphrase);

} // namespace countersign
