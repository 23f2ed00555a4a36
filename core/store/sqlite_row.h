// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/base/digest.h"
#include "core/base/id.h"
#include "core/base/signature.h"

#include <QtCore/QVariant>
#include <QtSql/QSqlQuery>

#include <optional>

namespace countersign {

/// Values on their way into a statement. QtSql binds a null QString as NULL, so every text goes through here.
using SqlValues = QVariantList;

QVariant sqlText(const QString &text);
QVariant sqlBytes(const QByteArray &bytes);
inline QVariant sqlTime(Timestamp time)
{
    return toUnixMs(time);
}
inline QVariant sqlTime(const std::optional<Timestamp> &time)
{
    return time ? QVariant(toUnixMs(*time)) : QVariant();
}
template<typename Tag>
QVariant sqlId(const Id<Tag> &id)
{
    return sqlText(id.text());
}
template<typename Tag>
QVariant sqlId(const std::optional<Id<Tag>> &id)
{
    return id ? sqlText(id->text()) : QVariant();
}

/// The current row of a statement, read from left to right. A value that cannot be what it should be marks the row as
/// damaged instead of inventing something.
class SqlRow
{
public:
    explicit SqlRow(const QSqlQuery &query)
        : m_query(query)
    {}

    qint64 integer() { return next().toLongLong(); }
    int number() { return static_cast<int>(integer()); }
    bool flag() { return integer() != 0; }
    QString text() { return next().toString(); }
    QByteArray bytes() { return next().toByteArray(); }
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
        const QVariant value = next();
        return value.isNull() ? std::nullopt : std::optional(IdType(value.toString()));
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
        const QVariant value = next();
        if (value.isNull()) {
            return std::nullopt;
        }
        const std::optional<Enum> read = fromText(value.toString());
        m_damaged = m_damaged || !read;
        return read;
    }
    bool isNull() const { return m_query.value(m_column).isNull(); } ///< Of the column that comes next.
    void skip(int columns) { m_column += columns; }
    bool isDamaged() const { return m_damaged; }
    void markDamaged() { m_damaged = true; }

private:
    QVariant next() { return m_query.value(m_column++); }

    const QSqlQuery &m_query;
    int m_column = 0;
    bool m_damaged = false;
};

} // namespace countersign
