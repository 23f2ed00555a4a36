// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QtCore/QByteArray>
#include <QtCore/QString>

#include <array>
#include <initializer_list>
#include <optional>

class QIODevice;

namespace countersign {

/// A SHA-256 value. All zero means "none".
struct Digest {
    std::array<unsigned char, 32> bytes{};

    bool isNull() const { return *this == Digest{}; }
    QString hex() const; ///< 64 lower-case digits.
    /// First and last four digits, `9f2c…41ab`: for people to recognise, never to compare.
    QString shortHex() const;
    QByteArray toByteArray() const;
    static std::optional<Digest> fromHex(const QString &hex);
    static std::optional<Digest> fromBytes(const QByteArray &bytes); ///< Exactly 32 bytes.

    friend bool operator==(const Digest &, const Digest &) = default;
};

/// SHA-256 of the parts, one after the other without separators (libcrypto: it uses the processor's instructions).
Digest sha256(std::initializer_list<QByteArrayView> parts);
inline Digest sha256(QByteArrayView bytes)
{
    return sha256({bytes});
}
/// Reads \p device to its end in blocks. Unreadable: ErrorCode::Storage.
Result<Digest> sha256(QIODevice &device);

/// SHA-256 over `domain ‖ 0x00 ‖ "1" ‖ 0x00 ‖ canonical`: the shape of every hash that Countersign names things by.
/// \p domain is an ASCII tag such as "countersign/payload"; the version names the rule of canonicalJson().
Digest domainHash(QByteArrayView domain, QByteArrayView canonical);

} // namespace countersign
