// SPDX-License-Identifier: Apache-2.0
#include "core/domain/body_fields.h"

#include "core/base/canonical_json.h"
#include "core/base/visible_text.h"

#include <algorithm>
#include <limits>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 bodyVersion = 1;

QString shown(std::string_view key)
{
    return shortened(displayBytes(QByteArrayView(key.data(), static_cast<qsizetype>(key.size()))).text, 60);
}

} // namespace

BodyWriter::BodyWriter(const QString &kind)
    : BodyWriter()
{
    integer("v", bodyVersion);
    text("kind", kind);
}

BodyWriter &BodyWriter::value(std::string_view key, JsonValue value)
{
    m_members.push_back({std::string(key), std::move(value)});
    return *this;
}

BodyWriter &BodyWriter::text(std::string_view key, const QString &value)
{
    return this->value(key, JsonValue::fromString(value));
}

BodyWriter &BodyWriter::texts(std::string_view key, const QStringList &values)
{
    JsonValue::Array items;
    items.reserve(static_cast<size_t>(values.size()));
    for (const QString &item : values) {
        items.push_back(JsonValue::fromString(item));
    }
    return value(key, JsonValue::array(std::move(items)));
}

BodyWriter &BodyWriter::integer(std::string_view key, qint64 value)
{
    return this->value(key, JsonValue::fromInteger(value));
}

BodyWriter &BodyWriter::flag(std::string_view key, bool value)
{
    return this->value(key, JsonValue::fromBool(value));
}

BodyWriter &BodyWriter::digest(std::string_view key, const Digest &value)
{
    return text(key, value.hex());
}

BodyWriter &BodyWriter::digestOrNull(std::string_view key, const Digest &value)
{
    return value.isNull() ? this->value(key, {}) : digest(key, value);
}

BodyWriter &BodyWriter::publicKey(std::string_view key, const PublicKey &value)
{
    return text(key, value.hex());
}

BodyWriter &BodyWriter::publicKeyOrNull(std::string_view key, const PublicKey &value)
{
    return value == PublicKey{} ? this->value(key, {}) : publicKey(key, value);
}

BodyWriter &BodyWriter::time(std::string_view key, Timestamp value)
{
    return text(key, toRfc3339(value));
}

BodyWriter &BodyWriter::timeOrNull(std::string_view key, const std::optional<Timestamp> &value)
{
    return value ? time(key, *value) : this->value(key, {});
}

JsonValue BodyWriter::take()
{
    return JsonValue::object(std::move(m_members));
}

QByteArray BodyWriter::canonical()
{
    return canonicalJson(take());
}

BodyReader::BodyReader(const JsonValue &object, QString what)
    : m_object(object)
    , m_what(std::move(what))
{
    if (!m_object.isObject()) {
        fail(u"it is not a JSON object"_s);
    }
}

BodyReader::BodyReader(const JsonValue &object, QString what, const QString &kind)
    : BodyReader(object, std::move(what))
{
    const JsonValue *version = value("v");
    if (version && version->toInteger() != bodyVersion) {
        fail(u"its version is not 1; a newer Countersign may read it"_s);
    }
    const JsonValue *kindMember = value("kind");
    if (kindMember && (!kindMember->isString() || kindMember->toString() != kind)) {
        fail(u"its kind is not “%1”"_s.arg(kind));
    }
}

const JsonValue *BodyReader::value(std::string_view key)
{
    m_read.push_back(key);
    const JsonValue *found = m_object.find(key);
    if (!found) {
        fail(u"its member “%1” is missing"_s.arg(shown(key)));
    }
    return found;
}

QString BodyReader::text(std::string_view key)
{
    const JsonValue *member = value(key);
    if (member && !member->isString()) {
        reject(key, u"a text"_s);
    }
    return member ? member->toString() : QString();
}

QStringList BodyReader::texts(std::string_view key)
{
    const JsonValue *member = value(key);
    QStringList result;
    if (member && !member->isArray()) {
        reject(key, u"a list of texts"_s);
    } else if (member) {
        for (const JsonValue &item : member->items()) {
            if (!item.isString()) {
                reject(key, u"a list of texts"_s);
            }
            result.append(item.toString());
        }
    }
    return result;
}

qint64 BodyReader::integer(std::string_view key, qint64 least, qint64 most)
{
    const JsonValue *member = value(key);
    const std::optional<qint64> number = member ? member->toInteger() : std::nullopt;
    if (member && (!number || *number < least || *number > most)) {
        reject(key, u"a whole number from %1 to %2"_s.arg(QString::number(least), QString::number(most)));
        return least;
    }
    return number.value_or(least);
}

int BodyReader::smallInteger(std::string_view key, int least)
{
    return static_cast<int>(integer(key, least, std::numeric_limits<int>::max()));
}

bool BodyReader::flag(std::string_view key)
{
    const JsonValue *member = value(key);
    if (member && !member->isBool()) {
        reject(key, u"true or false"_s);
    }
    return member && member->toBool();
}

Digest BodyReader::digest(std::string_view key)
{
    const JsonValue *member = value(key);
    const std::optional<Digest> digest = member ? Digest::fromHex(member->toString()) : std::nullopt;
    if (member && !digest) {
        reject(key, u"64 hexadecimal digits"_s);
    }
    return digest.value_or(Digest{});
}

Digest BodyReader::digestOrNull(std::string_view key)
{
    const JsonValue *member = m_object.find(key);
    if (member && member->isNull()) {
        m_read.push_back(key);
        return {};
    }
    return digest(key);
}

PublicKey BodyReader::publicKey(std::string_view key)
{
    const JsonValue *member = value(key);
    const std::optional<PublicKey> publicKey = member ? PublicKey::fromHex(member->toString()) : std::nullopt;
    if (member && !publicKey) {
        reject(key, u"a public key of 64 hexadecimal digits"_s);
    }
    return publicKey.value_or(PublicKey{});
}

PublicKey BodyReader::publicKeyOrNull(std::string_view key)
{
    const JsonValue *member = m_object.find(key);
    if (member && member->isNull()) {
        m_read.push_back(key);
        return {};
    }
    return publicKey(key);
}

Timestamp BodyReader::time(std::string_view key)
{
    const JsonValue *member = value(key);
    const std::optional<Timestamp> time = member ? fromRfc3339(member->toString()) : std::nullopt;
    if (member && !time) {
        reject(key, u"a time (RFC 3339)"_s);
    }
    return time.value_or(Timestamp{});
}

void BodyReader::reject(std::string_view key, const QString &expected)
{
    fail(u"its member “%1” is not %2"_s.arg(shown(key), expected));
}

void BodyReader::fail(const QString &problem)
{
    if (m_problem.isEmpty()) {
        m_problem = problem;
    }
}

Result<> BodyReader::finish() const
{
    QString problem = m_problem;
    if (problem.isEmpty()) {
        // The reader of JSON refuses a key that stands there twice, so one look per member is enough.
        const auto isExtra = [this](const JsonValue::Member &member) {
            return std::ranges::find(m_read, std::string_view(member.key)) == m_read.end();
        };
        const auto extra = std::ranges::find_if(m_object.members(), isExtra);
        if (extra != m_object.members().end()) {
            problem = u"it has a member “%1” that does not belong there"_s.arg(shown(extra->key));
        }
    }
    if (!problem.isEmpty()) {
        return Error{ErrorCode::Malformed,
                     u"%1 cannot be used: %2. Run “countersignctl audit verify” to see what else is affected."_s.arg(
                         m_what, problem),
                     {}};
    }
    return {};
}

} // namespace countersign
