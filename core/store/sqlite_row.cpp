// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlite_row.h"

#include <QtCore/QStringDecoder>

#include <sqlite3.h>

namespace countersign {

namespace {

/// Bytes that live until the next step; \p data may be null when there are none.
QByteArrayView viewOf(const void *data, int size)
{
    return {static_cast<const char *>(data), size};
}

} // namespace

int SqlValue::bindTo(sqlite3_stmt *statement, int position) const
{
    switch (m_kind) {
    case Kind::Null:
        break;
    case Kind::Integer:
        return sqlite3_bind_int64(statement, position, m_integer);
    case Kind::Text: // constData() of no text is not null, which would be NULL.
        return sqlite3_bind_text64(statement, position, m_bytes.constData(),
                                   static_cast<sqlite3_uint64>(m_bytes.size()), SQLITE_STATIC, SQLITE_UTF8);
    case Kind::Bytes:
        return sqlite3_bind_blob64(statement, position, m_bytes.constData(),
                                   static_cast<sqlite3_uint64>(m_bytes.size()), SQLITE_STATIC);
    }
    return sqlite3_bind_null(statement, position);
}

qint64 SqlRow::integer()
{
    return sqlite3_column_int64(m_statement, m_column++);
}

QString SqlRow::text()
{
    const void *data = sqlite3_column_text(m_statement, m_column); // First: it settles how many bytes there are.
    const QByteArrayView utf8 = viewOf(data, sqlite3_column_bytes(m_statement, m_column));
    ++m_column;
    if (utf8.startsWith("\xEF\xBB\xBF")) {
        // A mark of byte order is a sign of the text like any other; fromUtf8() would swallow it.
        return QStringDecoder(QStringDecoder::Utf8, QStringDecoder::Flag::ConvertInitialBom).decode(utf8);
    }
    return QString::fromUtf8(utf8);
}

QByteArray SqlRow::bytes()
{
    const void *data = sqlite3_column_blob(m_statement, m_column);
    const int size = sqlite3_column_bytes(m_statement, m_column);
    ++m_column;
    return viewOf(data, size).toByteArray();
}

bool SqlRow::isNull() const
{
    return sqlite3_column_type(m_statement, m_column) == SQLITE_NULL;
}

bool SqlRow::isNullSkipped()
{
    const bool isSkipped = isNull();
    m_column += isSkipped ? 1 : 0;
    return isSkipped;
}

std::optional<Timestamp> SqlRow::optionalTime()
{
    return isNullSkipped() ? std::nullopt : std::optional(time());
}

std::optional<int> SqlRow::optionalNumber()
{
    return isNullSkipped() ? std::nullopt : std::optional(number());
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
