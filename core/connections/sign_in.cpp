// SPDX-License-Identifier: Apache-2.0
#include "core/connections/sign_in.h"

#include "core/base/json_reader.h"
#include "core/base/visible_text.h"
#include "core/connections/token_address.h"

#include <QtCore/QRegularExpression>

namespace countersign {

using namespace Qt::Literals::StringLiterals;

namespace {

JsonValue string(const QByteArray &utf8)
{
    return JsonValue::fromString(QString::fromUtf8(utf8));
}

JsonValue placeJson(Secret::Place place)
{
    return JsonValue::fromString(place == Secret::Place::Header ? u"header"_s : u"query"_s);
}

JsonValue secretsJson(const std::vector<Secret> &secrets)
{
    JsonValue list = JsonValue::array();
    for (const Secret &secret : secrets) {
        list.append(JsonValue::object(
            {{"place", placeJson(secret.place)}, {"name", string(secret.name)}, {"value", string(secret.value)}}));
    }
    return list;
}

QString text(const JsonValue &object, std::string_view key)
{
    const JsonValue *value = object.find(key);
    return value ? value->toString() : QString();
}

Secret::Place placeIn(const JsonValue &object)
{
    return text(object, "place") == "query"_L1 ? Secret::Place::Query : Secret::Place::Header;
}

std::vector<Secret> secretsIn(const JsonValue &list)
{
    std::vector<Secret> secrets;
    for (const JsonValue &item : list.items()) {
        secrets.push_back({placeIn(item), text(item, "name").toUtf8(), text(item, "value").toUtf8()});
    }
    return secrets;
}

/// Scheme, host and port.
QString serverOf(const QUrl &url)
{
    return url.scheme() + u"://"_s + url.host(QUrl::FullyEncoded).toLower() + u':' + QString::number(url.port(-1));
}

bool isName(const QByteArray &name)
{
    static const QRegularExpression rule(u"^[!#$%&'*+.^_`|~A-Za-z0-9-]+$"_s);
    return rule.match(QString::fromUtf8(name)).hasMatch();
}

bool hasControlCharacters(const QByteArray &value)
{
    return std::any_of(value.begin(), value.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

} // namespace

QByteArray encodeSignIn(const QUrl &url, const SignIn &signIn)
{
    JsonValue kept =
        JsonValue::object({{"server", JsonValue::fromString(serverOf(url))}, {"secrets", secretsJson(signIn.secrets)}});
    if (signIn.token) {
        JsonValue words = JsonValue::array();
        for (const QString &word : signIn.token->command) {
            words.append(JsonValue::fromString(word));
        }
        kept.set("token", JsonValue::object({{"command", std::move(words)},
                                             {"place", placeJson(signIn.token->place)},
                                             {"name", string(signIn.token->name)},
                                             {"prefix", string(signIn.token->prefix)}}));
        if (const std::optional<TokenAddress> &asked = signIn.token->address) {
            kept.find("token")->set(
                "address", JsonValue::object({{"url", JsonValue::fromString(asked->url.toString(QUrl::FullyEncoded))},
                                              {"post", JsonValue::fromBool(asked->isPosted)},
                                              {"headers", secretsJson(asked->headers)},
                                              {"body", string(asked->body)}}));
        }
    }
    return writeJson(kept);
}

Result<SignIn> decodeSignIn(const QByteArray &kept, const QUrl &url)
{
    const Result<JsonValue> file = readJson(kept);
    const JsonValue *list = file ? file->find("secrets") : nullptr;
    if (!list) {
        return Error{ErrorCode::Damaged, u"The secrets of this connection cannot be read: give them again."_s, {}};
    }
    if (text(*file, "server") != serverOf(url)) {
        return Error{ErrorCode::NotAllowed,
                     u"The address of this connection was changed to another server than its secrets were given for; "
                     "they are not sent there. Remove the connection and add it again."_s,
                     {}};
    }
    SignIn signIn;
    signIn.secrets = secretsIn(*list);
    if (const JsonValue *token = file->find("token")) {
        TokenSource source;
        const JsonValue *words = token->find("command");
        for (const JsonValue &word : words ? words->items() : JsonValue::Array()) {
            source.command.append(word.toString());
        }
        source.place = placeIn(*token);
        source.name = text(*token, "name").toUtf8();
        source.prefix = text(*token, "prefix").toUtf8();
        if (const JsonValue *asked = token->find("address")) {
            TokenAddress address;
            address.url = QUrl(text(*asked, "url"), QUrl::StrictMode);
            const JsonValue *isPosted = asked->find("post");
            address.isPosted = isPosted && isPosted->toBool();
            const JsonValue *headers = asked->find("headers");
            address.headers = headers ? secretsIn(*headers) : std::vector<Secret>();
            address.body = text(*asked, "body").toUtf8();
            source.address = std::move(address);
        }
        signIn.token = std::move(source);
    }
    return signIn;
}

Result<> checkSignIn(const SignIn &signIn)
{
    const auto refused = [](const QString &why) { return Error{ErrorCode::InvalidInput, why, {}}; };
    for (const Secret &secret : signIn.secrets) {
        if (!isName(secret.name) || secret.value.isEmpty() || hasControlCharacters(secret.value)) {
            return refused(u"The secret “%1” cannot be sent: it is empty, or has a line break or other control "
                           "character in it."_s.arg(displayText(QString::fromUtf8(secret.name)).text));
        }
    }
    if (signIn.token && (!isName(signIn.token->name) || hasControlCharacters(signIn.token->prefix) ||
                         signIn.token->command.isEmpty() != signIn.token->address.has_value())) {
        return refused(u"The token of “%1” cannot be sent: its name or what stands before it has characters that do "
                       "not belong there."_s.arg(displayText(QString::fromUtf8(signIn.token->name)).text));
    }
    return signIn.token && signIn.token->address ? checkTokenAddress(*signIn.token->address) : Result<>();
}

void nameSecrets(ConnectionSettings &settings, const SignIn &signIn)
{
    settings.secretHeaders.clear();
    settings.secretQueryItems.clear();
    const auto add = [&](Secret::Place place, const QByteArray &name) {
        (place == Secret::Place::Header ? settings.secretHeaders : settings.secretQueryItems)
            .append(QString::fromUtf8(name));
    };
    for (const Secret &secret : signIn.secrets) {
        add(secret.place, secret.name);
    }
    if (signIn.token) {
        add(signIn.token->place, signIn.token->name);
    }
}

Endpoint withSecrets(Endpoint endpoint, const std::vector<Secret> &secrets)
{
    QString encoded = endpoint.url.query(QUrl::FullyEncoded);
    for (const Secret &secret : secrets) {
        if (secret.place == Secret::Place::Header) {
            endpoint.headers.emplace_back(secret.name, secret.value);
        } else {
            encoded += (encoded.isEmpty() ? QString() : u"&"_s) + QString::fromLatin1(secret.name.toPercentEncoding()) +
                       u'=' + QString::fromLatin1(secret.value.toPercentEncoding());
        }
    }
    if (!encoded.isEmpty()) {
        endpoint.url.setQuery(encoded, QUrl::StrictMode);
    }
    return endpoint;
}

} // namespace countersign
