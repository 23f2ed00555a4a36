// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/base/digest.h"
#include "core/base/id.h"
#include "core/base/signature.h"

#include <QtCore/QByteArray>
#include <QtCore/QList>
#include <QtCore/QString>

#include <optional>

struct sqlite3_stmt;

namespace countersign {

/// A value on its way into a statement. Text is UTF-8 already, so that SQLite neither converts nor copies it.
class SqlValue
{
public:
    SqlValue() = default; ///< NULL.
    // Implicit, so that a list of values reads like the list of columns. NOLINTBEGIN(google-explicit-constructor)
    SqlValue(int value)
        : SqlValue(qint64(value))
    {}
    SqlValue(qint64 value)
        : m_kind(Kind::Integer)
        , m_integer(value)
    {}
    SqlValue(const QString &text) ///< A null string is empty text.
        : m_kind(Kind::Text)
        , m_bytes(text.toUtf8())
    {}
    // NOLINTEND(google-explicit-constructor)
    static SqlValue fromBytes(const QByteArray &bytes)
    {
        SqlValue value;
        value.m_kind = Kind::Bytes;
        value.m_bytes = bytes;
        return value;
    }

    /// Binds it as parameter \p position (from 1) of \p statement, which refers to this value until it is bound anew.
    /// Returns a result code of SQLite.
    int bindTo(sqlite3_stmt *statement, int position) const;

private:
    enum class Kind : quint8 { Null, Integer, Text, Bytes };

    Kind m_kind = Kind::Null;
    qint64 m_integer = 0;
    QByteArray m_bytes;
};
using SqlValues = QList<SqlValue>;

inline SqlValue sqlText(const QString &text)
{
    return text;
}
inline SqlValue sqlBytes(const QByteArray &bytes)
{
    return SqlValue::fromBytes(bytes);
}
inline SqlValue sqlTime(Timestamp time)
{
    return toUnixMs(time);
}
inline SqlValue sqlTime(const std::optional<Timestamp> &time)
{
    return time ? SqlValue(toUnixMs(*time)) : SqlValue();
}
template<typename Tag>
SqlValue sqlId(const Id<Tag> &id)
{
    return id.text();
}
template<typename Tag>
SqlValue sqlId(const std::optional<Id<Tag>> &id)
{
    return id ? SqlValue(id->text()) : SqlValue();
}

/// The current row of a statement, read from left to right. A value that cannot be what it should be marks the row as
/// damaged instead of inventing something.
class SqlRow
{
public:
    explicit SqlRow(sqlite3_stmt *statement)
        : m_statement(statement)
    {}

    qint64 integer();
    int number() { return static_cast<int>(integer()); }
    bool flag() { return integer() != 0; }
    QString text();
    QByteArray bytes();
    Timestamp time() { return fromUnixMs(integer()); }
    std::optional<Timestamp> optionalTime();
    std::optional<int> optionalNumber();
    template<typename IdType>
    IdType id()
    {
        return IdType(text());
    }
    template<typename IdType>
    std::optional<IdType> optionalId()
    {
        return isNullSkipped() ? std::nullopt : std::optional(IdType(text()));
    }
    Digest digest();       ///< Exactly 32 bytes.
    PublicKey publicKey(); ///< Exactly 32 bytes.
    template<typename Enum>
    Enum word(std::optional<Enum> (*fromText)(const QString &))
    {
        const std::optional<Enum> value = fromText(text());
        m_damaged = m_damaged || !value;
        return value.value_or(Enum{});
    }
    template<typename Enum>
    std::optional<Enum> optionalWord(std::optional<Enum> (*fromText)(const QString &))
    {
        return isNullSkipped() ? std::nullopt : std::optional(word(fromText));
    }
    bool isNull() const; ///< Of the column that comes next.
    void skip(int columns) { m_column += columns; }
    bool isDamaged() const { return m_damaged; }
    void markDamaged() { m_damaged = true; }

private:
    /// Goes past the next column if it is NULL.
    bool isNullSkipped();

    sqlite3_stmt *m_statement;
    int m_column = 0;
    bool m_damaged = false;
};

} // namespace countersign

Q_DECLARE_TYPEINFO(countersign::SqlValue, Q_RELOCATABLE_TYPE);
