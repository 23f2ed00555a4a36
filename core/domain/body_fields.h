// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/base/digest.h"
#include "core/base/json_reader.h"
#include "core/base/json_value.h"
#include "core/base/result.h"
#include "core/base/signature.h"

#include <QtCore/QStringList>

#include <optional>
#include <string_view>
#include <vector>

namespace countersign {

/// Builds an object member by member, in the form that bodies and hashes share: digests and keys as lower-case hex,
/// times as RFC 3339 in UTC, "none" as null.
class BodyWriter
{
public:
    BodyWriter() { m_members.reserve(usualCount); }
    /// A body of \p kind: starts with `"v":1` and `"kind"`.
    explicit BodyWriter(const QString &kind);

    BodyWriter &value(std::string_view key, JsonValue value);
    BodyWriter &text(std::string_view key, const QString &value);
    BodyWriter &texts(std::string_view key, const QStringList &values);
    BodyWriter &integer(std::string_view key, qint64 value);
    BodyWriter &flag(std::string_view key, bool value);
    BodyWriter &digest(std::string_view key, const Digest &value);
    BodyWriter &digestOrNull(std::string_view key, const Digest &value);
    BodyWriter &publicKey(std::string_view key, const PublicKey &value);
    BodyWriter &publicKeyOrNull(std::string_view key, const PublicKey &value);
    BodyWriter &time(std::string_view key, Timestamp value);
    BodyWriter &timeOrNull(std::string_view key, const std::optional<Timestamp> &value);

    JsonValue take();
    QByteArray canonical();

private:
    static constexpr size_t usualCount = 20;
    JsonValue::Object m_members;
};

/// Reads an object that must have exactly the members asked for. The first thing that is wrong is kept and every
/// later read gives an empty value, so that a decoder reads everything and asks finish() once. The value passed in
/// must outlive the reader.
class BodyReader
{
public:
    /// \p what names the body in messages: "the vote".
    BodyReader(const JsonValue &object, QString what);
    /// The same, and the object must start out as a body of \p kind, version 1.
    BodyReader(const JsonValue &object, QString what, const QString &kind);

    /// Any value; null pointer: missing.
    const JsonValue *value(std::string_view key);
    QString text(std::string_view key);
    QStringList texts(std::string_view key);
    qint64 integer(std::string_view key, qint64 least, qint64 most);
    int smallInteger(std::string_view key, int least);
    bool flag(std::string_view key);
    Digest digest(std::string_view key);
    Digest digestOrNull(std::string_view key);
    PublicKey publicKey(std::string_view key);
    PublicKey publicKeyOrNull(std::string_view key);
    Timestamp time(std::string_view key);

    /// For members that the caller converts: remembers that \p key does not hold what it should.
    void reject(std::string_view key, const QString &expected);
    /// Success only if every read went well and there was no other member.
    Result<> finish() const;

private:
    void fail(const QString &problem);

    const JsonValue &m_object;
    QString m_what;
    std::vector<std::string_view> m_read;
    QString m_problem;
};

} // namespace countersign
