// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QtCore/QByteArray>
#include <QtCore/QString>

#include <optional>
#include <string_view>

namespace countersign::ui {

/// The bytes of a plain file of at most \p most bytes; anything else (a folder, a pipe, a device) is refused without
/// being opened. Any thread.
Result<QByteArray> readFieldFile(const QString &path, qint64 most);
/// Writes \p bytes to \p path, whole or not at all. Any thread.
Result<> writeFieldFile(const QString &path, const QByteArray &bytes);
/// Base64 as RFC 4648 section 4 has it, strictly; absent: it is not.
std::optional<QByteArray> bytesOfBase64(std::string_view text);

} // namespace countersign::ui
