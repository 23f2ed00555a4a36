// SPDX-License-Identifier: Apache-2.0
#include "core/audit/event_body.h"

#include "core/base/canonical_json.h"
#include "core/base/json_reader.h"

#include <limits>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

constexpr int bodyVersion = 1;

// --- Encoding. Written by hand, in the order of RFC 8785, because it happens inside every deciding transaction; the
// test compares it with canonicalJson().

void appendString(QByteArray &out, const QString &text)
{
    static constexpr char hexDigits[] = "0123456789abcdef";
    out += '"';
    const QByteArray utf8 = text.toUtf8();
    for (const char c : utf8) {
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\b':
            out += "\\b";
            break;
        case '\t':
            out += "\\t";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\f':
            out += "\\f";
            break;
        case '\r':
            out += "\\r";
            break;
        default:
            if (static_cast<unsigned char>(c) < 0x20) {
                out += "\\u00";
                out += hexDigits[c >> 4];
                out += hexDigits[c & 0x0f];
            } else {
                out += c;
            }
        }
    }
    out += '"';
}

void appendText(QByteArray &out, const char *key, const QString &text)
{
    if (!text.isEmpty()) {
        out += key;
        appendString(out, text);
    }
}

void appendHex(QByteArray &out, const Digest &digest)
{
    static constexpr char hexDigits[] = "0123456789abcdef";
    out += '"';
    for (const unsigned char byte : digest.bytes) {
        out += hexDigits[byte >> 4];
        out += hexDigits[byte & 0x0f];
    }
    out += '"';
}

void appendDigest(QByteArray &out, const char *key, const Digest &digest)
{
    if (!digest.isNull()) {
        out += key;
        appendHex(out, digest);
    }
}

void appendRows(QByteArray &out, const char *key, const std::vector<HeldRow> &rows)
{
    if (rows.empty()) {
        return;
    }
    out += key;
    char separator = '[';
    for (const HeldRow &row : rows) {
        out += separator;
        out += "{\"digest\":";
        appendHex(out, row.digest);
        out += ",\"id\":";
        appendString(out, row.id);
        out += '}';
        separator = ',';
    }
    out += ']';
}

void appendActor(QByteArray &out, const Actor &actor)
{
    out += "{\"actor\":{";
    if (!actor.id.isEmpty()) {
        appendText(out, "\"id\":", actor.id);
        out += ',';
    }
    if (!actor.key.isNull()) {
        appendDigest(out, "\"key\":", actor.key);
        out += ',';
    }
    out += "\"type\":";
    appendString(out, actor.type);
    out += '}';
}

void appendRequest(QByteArray &out, const RequestFacts &request)
{
    out += ",\"request\":{";
    if (!request.decision.isEmpty()) {
        appendText(out, "\"decision\":", request.decision);
        out += ',';
    }
    out += "\"delivery\":";
    appendString(out, toText(request.state.delivery));
    out += ",\"lifecycle\":";
    appendString(out, toText(request.state.lifecycle));
    out += ",\"revision\":";
    out += QByteArray::number(request.revision);
    out += ",\"round\":";
    out += QByteArray::number(request.round);
    out += '}';
}

// --- Decoding. Each reader takes one member and says whether it is exactly what the encoder writes.

bool readText(const JsonValue &value, QString &out)
{
    out = value.toString();
    return value.isString() && !out.isEmpty();
}

bool readDigest(const JsonValue &value, Digest &out)
{
    const std::optional<Digest> digest = Digest::fromHex(value.toString());
    out = digest.value_or(Digest{});
    return digest.has_value();
}

bool readPositive(const JsonValue &value, int &out)
{
    const std::optional<qint64> number = value.toInteger();
    if (!number || *number < 1 || *number > std::numeric_limits<int>::max()) {
        return false;
    }
    out = static_cast<int>(*number);
    return true;
}

bool readRows(const JsonValue &value, std::vector<HeldRow> &out)
{
    for (const JsonValue &item : value.items()) {
        HeldRow row;
        const JsonValue *digest = item.find("digest");
        const JsonValue *id = item.find("id");
        if (item.members().size() != 2 || !digest || !id || !readDigest(*digest, row.digest) ||
            !readText(*id, row.id)) {
            return false;
        }
        out.push_back(std::move(row));
    }
    return !out.empty();
}

bool readActor(const JsonValue &value, Actor &out)
{
    static const QStringList types{u"reviewer"_s, u"principal"_s, u"seat"_s, u"policy"_s};
    for (const JsonValue::Member &member : value.members()) {
        const bool good = member.key == "id"     ? readText(member.value, out.id)
                          : member.key == "key"  ? readDigest(member.value, out.key)
                          : member.key == "type" ? readText(member.value, out.type)
                                                 : false;
        if (!good) {
            return false;
        }
    }
    return types.contains(out.type);
}

bool readRequest(const JsonValue &value, std::optional<RequestFacts> &out)
{
    RequestFacts facts;
    int found = 0;
    for (const JsonValue::Member &member : value.members()) {
        bool good = false;
        if (member.key == "decision") {
            good = readText(member.value, facts.decision);
            --found; // The only one that may be absent.
        } else if (member.key == "delivery") {
            const std::optional<Delivery> delivery = deliveryFromText(member.value.toString());
            facts.state.delivery = delivery.value_or(Delivery::None);
            good = delivery.has_value();
        } else if (member.key == "lifecycle") {
            const std::optional<Lifecycle> lifecycle = lifecycleFromText(member.value.toString());
            facts.state.lifecycle = lifecycle.value_or(Lifecycle::Pending);
            good = lifecycle.has_value();
        } else if (member.key == "revision") {
            good = readPositive(member.value, facts.revision);
        } else if (member.key == "round") {
            good = readPositive(member.value, facts.round);
        }
        if (!good) {
            return false;
        }
        ++found;
    }
    out = facts;
    return found == 4;
}

template<typename Tag>
bool readId(const JsonValue &value, Id<Tag> &out)
{
    QString text;
    const bool good = readText(value, text);
    out = Id<Tag>(text);
    return good;
}

bool readVersion(const JsonValue &value)
{
    return value.isNumber() && value.toInteger() == bodyVersion;
}

bool readKind(const JsonValue &value, QString &out)
{
    return readText(value, out) && eventKinds().contains(out);
}

bool readMs(const JsonValue &value, qint64 &out)
{
    const std::optional<qint64> number = value.toInteger();
    out = number.value_or(0);
    return number.has_value();
}

bool readMember(const std::string &key, const JsonValue &value, EventFacts &facts)
{
    qint64 ms = 0;
    if (key == "at") {
        const bool good = readMs(value, ms);
        facts.at = fromUnixMs(ms);
        return good;
    }
    if (key == "mono") {
        const bool good = readMs(value, ms);
        facts.monotonic = std::chrono::milliseconds(ms);
        return good;
    }
    if (key == "more") {
        facts.more = value;
        return value.isObject();
    }
    return key == "actor"        ? readActor(value, facts.actor)
           : key == "contents"   ? readRows(value, facts.contents)
           : key == "effective"  ? readDigest(value, facts.effectiveHash)
           : key == "id"         ? readId(value, facts.id)
           : key == "intake"     ? readDigest(value, facts.intakeHash)
           : key == "kind"       ? readKind(value, facts.kind)
           : key == "payload"    ? readDigest(value, facts.payloadHash)
           : key == "request"    ? readRequest(value, facts.request)
           : key == "seat"       ? readId(value, facts.seat)
           : key == "statements" ? readRows(value, facts.statements)
           : key == "subject"    ? readText(value, facts.subject)
           : key == "v"          ? readVersion(value)
           : key == "workspace"  ? readId(value, facts.workspace)
                                 : false;
}

Error malformed(const QString &why)
{
    return {ErrorCode::Malformed, u"The body of a log entry cannot be read: %1."_s.arg(why), {}};
}

} // namespace

RequestFacts RequestFacts::of(const Request &request)
{
    return {.revision = request.revision,
            .round = request.round,
            .state = request.state,
            .decision = request.decision ? request.decision->text() : QString()};
}

const QStringList &eventKinds()
{
    static const QStringList kinds{u"workspace.created"_s,
                                   u"request.filed"_s,
                                   u"request.revised"_s,
                                   u"request.claimed"_s,
                                   u"request.claim-released"_s,
                                   u"request.deferred"_s,
                                   u"request.delegated"_s,
                                   u"request.expired"_s,
                                   u"request.withdrawn"_s,
                                   u"request.superseded"_s,
                                   u"vote.cast"_s,
                                   u"decision.undone"_s,
                                   u"decision.held"_s,
                                   u"decision.released"_s,
                                   u"decision.automatic"_s,
                                   u"delivery.started"_s,
                                   u"delivery.acknowledged"_s,
                                   u"delivery.unknown"_s,
                                   u"delivery.undeliverable"_s,
                                   u"outcome.reported"_s,
                                   u"reviewer.enrolled"_s,
                                   u"reviewer.disabled"_s,
                                   u"reviewer.rotated"_s,
                                   u"policy.applied"_s,
                                   u"content.erased"_s,
                                   u"clock.stepped"_s,
                                   u"lease.taken"_s,
                                   u"feedback.given"_s};
    return kinds;
}

QByteArray encodeEvent(const EventFacts &facts)
{
    QByteArray out;
    out.reserve(1024);
    appendActor(out, facts.actor);
    out += ",\"at\":";
    out += QByteArray::number(toUnixMs(facts.at));
    appendRows(out, ",\"contents\":", facts.contents);
    appendDigest(out, ",\"effective\":", facts.effectiveHash);
    out += ",\"id\":";
    appendString(out, facts.id.text());
    appendDigest(out, ",\"intake\":", facts.intakeHash);
    out += ",\"kind\":";
    appendString(out, facts.kind);
    out += ",\"mono\":";
    out += QByteArray::number(static_cast<qint64>(facts.monotonic.count()));
    if (!facts.more.isNull()) {
        out += ",\"more\":";
        out += canonicalJson(facts.more);
    }
    appendDigest(out, ",\"payload\":", facts.payloadHash);
    if (facts.request) {
        appendRequest(out, *facts.request);
    }
    appendText(out, ",\"seat\":", facts.seat.text());
    appendRows(out, ",\"statements\":", facts.statements);
    appendText(out, ",\"subject\":", facts.subject);
    out += ",\"v\":1,\"workspace\":";
    appendString(out, facts.workspace.text());
    out += '}';
    return out;
}

Result<EventFacts> decodeEvent(QByteArrayView body)
{
    const Result<JsonValue> json = readJson(body);
    if (!json) {
        return malformed(u"it is not JSON"_s);
    }
    if (!json->isObject()) {
        return malformed(u"it is not an object"_s);
    }
    const JsonValue *version = json->find("v");
    if (!version || !readVersion(*version)) {
        return malformed(u"its version is not one that this Countersign knows"_s);
    }
    EventFacts facts;
    for (const JsonValue::Member &member : json->members()) {
        if (!readMember(member.key, member.value, facts)) {
            return malformed(u"a member is unknown or not as version 1 has it"_s);
        }
    }
    // One entry has one body: this also refuses missing members, other orders, white space and other spellings.
    if (facts.workspace.isEmpty() || facts.id.isEmpty() || facts.kind.isEmpty() || facts.actor.type.isEmpty() ||
        encodeEvent(facts) != body) {
        return malformed(u"it is not in the canonical form of version 1"_s);
    }
    return facts;
}

AuditEvent toAuditEvent(const EventFacts &facts)
{
    return {.id = facts.id, .kind = facts.kind, .subject = facts.subject, .at = facts.at, .body = encodeEvent(facts)};
}

} // namespace countersign
