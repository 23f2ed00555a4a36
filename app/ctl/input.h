// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/option_parser.h"
#include "core/base/json_value.h"
#include "core/base/signature.h"
#include "core/domain/request.h"

namespace countersign::ctl {

/// What an option says directly, in a file (`@FILE`) or on standard input (`-`), as bytes. At most \p maxBytes.
Result<QByteArray> bytesOf(const QString &option, const QString &given, qsizetype maxBytes);
/// The same, checked to be strict JSON. The text is kept as it is.
Result<QByteArray> jsonOf(const QString &option, const QString &given);
Result<QByteArray> schemaOf(const QString &option, const QString &given);

/// 24h and the like.
Result<std::chrono::milliseconds> durationOf(const QString &option, const QString &given);
Result<Tier> tierOf(const QString &given);

/// The text of a file that holds a passphrase or a recovery code, without its line feed. The caller wipes it.
Result<QByteArray> secretOf(const QString &path);

/// Where the passphrase of an existing key comes from: \p file, else the terminal when \p needed.
Result<QByteArray> passphraseFor(const QString &keyPath, bool needed, const std::optional<QString> &file,
                                 const QString &fileOption);
/// The key in \p path with its passphrase.
Result<SigningKey> openKey(const QString &path, const std::optional<QString> &passphraseFile,
                           const QString &fileOption = QStringLiteral("--passphrase-file"));
/// A new passphrase, asked twice on the terminal.
Result<QByteArray> newPassphrase();

} // namespace countersign::ctl
