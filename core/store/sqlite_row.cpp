// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlite_row.h"

namespace countersign {

QVariant sqlText(const QString &text)
{
    return text.isNull() ? QVariant(QStringLiteral("")) : QVariant(text);
}

QVariant sqlBytes(const QByteArray &bytes)
{
    return bytes.isNull() ? QVariant(QByteArray("", 0)) : QVariant(bytes);
}

std::optional<Timestamp> SqlRow::optionalTime()
{
    const QVariant value = next();
    return value.isNull() ? std::nullopt : std::optional(fromUnixMs(value.toLongLong()));
}

std::optional<int> SqlRow::optionalNumber()
{
    const QVariant value = next();
    return value.isNull() ? std::nullopt : std::optional(value.toInt());
}

Digest SqlRow::digest()
{
    const std::optional<Digest> digest = Digest::fromBytes(bytes());
    m_damaged = m_damaged || !digest;
    return digest.value_or(Digest{});
}

PublicKey SqlRow::publicKey()
{
    const std::optional<PublicKey> key = PublicKey::fromBytes(bytes());
    m_damaged = m_damaged || !key;
    return key.value_or(PublicKey{});
}

} // namespace countersign
