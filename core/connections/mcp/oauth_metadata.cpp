// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/oauth_metadata.h"

#include "core/base/digest.h"
#include "core/base/json_reader.h"
#include "core/base/visible_text.h"
#include "core/connections/web_socket_transport.h"

#include <QtCore/QByteArrayList>

namespace countersign::mcp::oauth {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int verifierBytes = 32;
constexpr int stateBytes = 24;
constexpr qsizetype maxTextLength = 8 * 1024;
constexpr size_t maxListItems = 100;
constexpr qint64 maxLifetimeSeconds = 10LL * 365 * 24 * 3600;

Error malformed(const QString &what)
{
    return {ErrorCode::Malformed, what, {}};
}

Error notAllowed(const QString &why)
{
    return {ErrorCode::NotAllowed, why, {}};
}

Result<JsonValue> readAnswer(const QByteArray &bytes, const QString &noun)
{
    Result<JsonValue> value = readJson(bytes, {.maxBytes = maxAnswerBytes, .maxNodes = 10'000, .maxDepth = 16});
    if (!value || !value->isObject()) {
        return malformed(u"The "_s + noun + u" cannot be read."_s);
    }
    return value;
}

/// A text member without control characters; empty when there is none.
QString textIn(const JsonValue &object, std::string_view name)
{
    const JsonValue *value = object.find(name);
    const QString text = value ? value->toString() : QString();
    const bool isPlain = text.size() <= maxTextLength && std::all_of(text.begin(), text.end(), [](QChar c) {
                             return c.unicode() >= 0x20 && c.unicode() != 0x7f;
                         });
    return isPlain ? text : QString();
}

QStringList textsIn(const JsonValue &object, std::string_view name)
{
    QStringList texts;
    if (const JsonValue *list = object.find(name); list && list->isArray()) {
        for (const JsonValue &item : list->items()) {
            if (item.isString() && static_cast<size_t>(texts.size()) < maxListItems &&
                item.utf8().size() <= static_cast<size_t>(maxTextLength)) {
                texts.append(item.toString());
            }
        }
    }
    return texts;
}

QUrl strictUrl(const QString &text)
{
    return QUrl(text, QUrl::StrictMode);
}

QString originOf(const QUrl &url)
{
    return url.toString(QUrl::RemovePath | QUrl::RemoveQuery | QUrl::RemoveFragment | QUrl::RemoveUserInfo |
                        QUrl::FullyEncoded);
}

QUrl atOrigin(const QUrl &url, const QString &path)
{
    QUrl other;
    other.setScheme(url.scheme());
    other.setHost(url.host());
    other.setPort(url.port());
    other.setPath(path, QUrl::TolerantMode);
    return other;
}

/// The path without slashes at its end.
QString pathOf(const QUrl &url)
{
    QString path = url.path(QUrl::FullyEncoded);
    while (path.endsWith(u'/')) {
        path.chop(1);
    }
    return path;
}

QByteArray form(const std::vector<std::pair<QByteArray, QString>> &fields)
{
    QByteArrayList parts;
    for (const auto &[name, value] : fields) {
        parts.append(name + '=' + QUrl::toPercentEncoding(value));
    }
    return parts.join('&');
}

QByteArray base64Url(const QByteArray &bytes)
{
    return bytes.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

/// Scopes in their order, each once.
QString joined(const QStringList &scopes)
{
    QStringList once;
    for (const QString &scope : scopes) {
        const bool isScope = !scope.isEmpty() && std::all_of(scope.begin(), scope.end(), [](QChar c) {
            return c.unicode() > 0x20 && c.unicode() < 0x7f && c != u'"' && c != u'\\';
        });
        if (isScope && !once.contains(scope)) {
            once.append(scope);
        }
    }
    return once.join(u' ');
}

TokenRequest authenticated(const Client &client, std::vector<std::pair<QByteArray, QString>> fields)
{
    TokenRequest request;
    if (client.authMethod == "client_secret_basic"_L1) {
        // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
        const QByteArray pair = QUrl::toPercentEncoding(client.id) + ':' + QUrl::toPercentEncoding(client.secret);
        request.authorization = "Basic " + pair.toBase64();
    } else {
        fields.emplace_back("client_id", client.id);
        if (client.authMethod == "client_secret_post"_L1) {
            fields.emplace_back("client_secret", client.secret);
        }
    }
    request.form = form(fields);
    return request;
}

} // namespace

Result<> checkAddress(const QUrl &url, const QUrl &server)
{
    const bool isLocal = isLoopback(url.host());
    const bool isHttps = url.scheme() == "https"_L1;
    if (!url.isValid() || url.host().isEmpty() || (!isHttps && url.scheme() != "http"_L1)) {
        return notAllowed(u"An address that the server named for signing in is none with https://."_s);
    }
    if (!isHttps && !isLocal) {
        return notAllowed(u"An address that the server named for signing in goes without TLS: "_s +
                          displayText(url.host()).text);
    }
    if (isLocal && !isLoopback(server.host())) {
        return notAllowed(u"The server named an address on this very machine for signing in, which a server elsewhere "
                          "has no business with."_s);
    }
    if (!url.userInfo().isEmpty() || url.hasFragment()) {
        return notAllowed(u"An address that the server named for signing in has a user name or a fragment in it."_s);
    }
    return {};
}

QString canonicalResource(const QUrl &server)
{
    const QString whole = server.toString(QUrl::RemoveQuery | QUrl::RemoveFragment | QUrl::FullyEncoded);
    return server.path() == "/"_L1 ? originOf(server) : whole;
}

std::vector<QUrl> protectedResourceAddresses(const QUrl &server, const Challenge &challenge)
{
    std::vector<QUrl> addresses;
    if (const QUrl named = strictUrl(challenge.resourceMetadata); !challenge.resourceMetadata.isEmpty()) {
        if (checkAddress(named, server)) {
            addresses.push_back(named);
        }
    }
    const QString wellKnown = u"/.well-known/oauth-protected-resource"_s;
    for (const QString &path : {pathOf(server), QString()}) {
        const QUrl address = atOrigin(server, wellKnown + path);
        if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) {
            addresses.push_back(address);
        }
    }
    return addresses;
}

Result<ProtectedResource> readProtectedResource(const QByteArray &bytes, const QUrl &server)
{
    const Result<JsonValue> answer = readAnswer(bytes, u"server's description of itself (RFC 9728)"_s);
    if (!answer) {
        return answer.error();
    }
    ProtectedResource resource;
    resource.resource = textIn(*answer, "resource");
    resource.authorizationServers = textsIn(*answer, "authorization_servers");
    resource.scopes = textsIn(*answer, "scopes_supported");
    if (resource.resource.isEmpty()) {
        return malformed(u"The server's description of itself (RFC 9728) does not say of which server it is."_s);
    }
    // The server itself, or a part of its origin that it belongs to.
    const QUrl named = strictUrl(resource.resource);
    const QString base = pathOf(named);
    const QString path = pathOf(server);
    const bool isWithin = path == base || path.startsWith(base + u'/');
    if (!named.isValid() || originOf(named) != originOf(server) || !isWithin || named.hasQuery() ||
        named.hasFragment()) {
        return notAllowed(u"The server's description of itself is one of another server: "_s +
                          displayText(resource.resource).text);
    }
    return resource;
}

std::vector<QUrl> authorizationServerAddresses(const QUrl &issuer)
{
    const QString path = pathOf(issuer);
    const QString oauth = u"/.well-known/oauth-authorization-server"_s;
    const QString openId = u"/.well-known/openid-configuration"_s;
    if (path.isEmpty()) {
        return {atOrigin(issuer, oauth), atOrigin(issuer, openId)};
    }
    return {atOrigin(issuer, oauth + path), atOrigin(issuer, openId + path), atOrigin(issuer, path + openId)};
}

Result<AuthorizationServer> readAuthorizationServer(const QByteArray &bytes, const QString &issuer, const QUrl &server,
                                                    IssuerRule rule)
{
    const Result<JsonValue> answer = readAnswer(bytes, u"authorization server's description of itself"_s);
    if (!answer) {
        return answer.error();
    }
    AuthorizationServer found;
    found.issuer = textIn(*answer, "issuer");
    const bool isNear = rule == IssuerRule::SameOrigin && originOf(strictUrl(found.issuer)) == issuer;
    if (found.issuer != issuer && !isNear) { // RFC 8414 section 3.3: letter by letter.
        return notAllowed(u"The authorization server “"_s + displayText(issuer).text + u"” calls itself “"_s +
                          displayText(found.issuer).text + u"”: nothing was sent to it."_s);
    }
    if (!textsIn(*answer, "code_challenge_methods_supported").contains(u"S256"_s)) {
        return notAllowed(u"The authorization server “"_s + displayText(issuer).text +
                          u"” does not protect sign-ins with PKCE (S256): signing in there is not safe."_s);
    }
    found.authorizationEndpoint = strictUrl(textIn(*answer, "authorization_endpoint"));
    found.tokenEndpoint = strictUrl(textIn(*answer, "token_endpoint"));
    found.registrationEndpoint = strictUrl(textIn(*answer, "registration_endpoint"));
    found.scopes = textsIn(*answer, "scopes_supported");
    found.authMethods = textsIn(*answer, "token_endpoint_auth_methods_supported");
    const JsonValue *documents = answer->find("client_id_metadata_document_supported");
    const JsonValue *named = answer->find("authorization_response_iss_parameter_supported");
    found.takesMetadataDocuments = documents && documents->toBool();
    found.namesItself = named && named->toBool();
    for (const QUrl &endpoint : {found.authorizationEndpoint, found.tokenEndpoint}) {
        if (const Result<> good = checkAddress(endpoint, server); !good) {
            return good.error();
        }
    }
    if (!found.registrationEndpoint.isEmpty()) {
        if (const Result<> good = checkAddress(found.registrationEndpoint, server); !good) {
            return good.error();
        }
    }
    return found;
}

AuthorizationServer serverWithoutMetadata(const QUrl &server)
{
    AuthorizationServer fixed;
    fixed.issuer = originOf(server);
    fixed.authorizationEndpoint = atOrigin(server, u"/authorize"_s);
    fixed.tokenEndpoint = atOrigin(server, u"/token"_s);
    fixed.registrationEndpoint = atOrigin(server, u"/register"_s);
    return fixed;
}

QByteArray registrationBody(const QString &redirectUri, const AuthorizationServer &server)
{
    const auto text = [](const QString &value) { return JsonValue::fromString(value); };
    const QStringList &methods = server.authMethods;
    QString method = u"none"_s; // A program on somebody's machine keeps no secret of its maker's.
    if (!methods.isEmpty() && !methods.contains(method)) {
        method = methods.contains(u"client_secret_basic"_s) ? u"client_secret_basic"_s : u"client_secret_post"_s;
    }
    return writeJson(JsonValue::object({
        {"client_name", text(u"Countersign"_s)},
        {"application_type", text(u"native"_s)},
        {"redirect_uris", JsonValue::array({text(redirectUri)})},
        {"grant_types", JsonValue::array({text(u"authorization_code"_s), text(u"refresh_token"_s)})},
        {"response_types", JsonValue::array({text(u"code"_s)})},
        {"token_endpoint_auth_method", text(method)},
    }));
}

QString authMethodFor(const Client &client, const AuthorizationServer &server)
{
    if (client.secret.isEmpty()) {
        return u"none"_s;
    }
    const bool postOnly =
        server.authMethods.contains(u"client_secret_post"_s) && !server.authMethods.contains(u"client_secret_basic"_s);
    return postOnly ? u"client_secret_post"_s : u"client_secret_basic"_s;
}

Result<Client> readRegistration(const QByteArray &bytes, const AuthorizationServer &server, const QString &redirectUri)
{
    const Result<JsonValue> answer = readAnswer(bytes, u"answer to the registration"_s);
    if (!answer) {
        return answer.error();
    }
    Client client;
    client.id = textIn(*answer, "client_id");
    client.secret = textIn(*answer, "client_secret");
    client.redirectUri = redirectUri;
    if (client.id.isEmpty()) {
        return malformed(u"The authorization server registered this program without giving it a name."_s);
    }
    static const QStringList known{u"none"_s, u"client_secret_basic"_s, u"client_secret_post"_s};
    const QString method = textIn(*answer, "token_endpoint_auth_method");
    const bool isUsable = known.contains(method) && (method == "none"_L1 || !client.secret.isEmpty());
    client.authMethod = isUsable ? method : authMethodFor(client, server);
    return client;
}

Attempt Attempt::begin(IdSource &random)
{
    Attempt attempt;
    attempt.state = QString::fromLatin1(base64Url(random.randomBytes(stateBytes)));
    attempt.verifier = base64Url(random.randomBytes(verifierBytes));
    return attempt;
}

QByteArray Attempt::challenge() const
{
    return base64Url(sha256(verifier).toByteArray());
}

QUrl authorizationAddress(const AuthorizationServer &server, const Client &client, const Attempt &attempt)
{
    std::vector<std::pair<QByteArray, QString>> fields{
        {"response_type", u"code"_s},
        {"client_id", client.id},
        {"redirect_uri", attempt.redirectUri},
        {"state", attempt.state},
        {"code_challenge", QString::fromLatin1(attempt.challenge())},
        {"code_challenge_method", u"S256"_s},
        {"resource", attempt.resource},
    };
    if (!attempt.scope.isEmpty()) {
        fields.emplace_back("scope", attempt.scope);
    }
    if (attempt.scope.split(u' ').contains(u"offline_access"_s)) {
        fields.emplace_back("prompt", u"consent"_s); // OpenID Connect Core section 11.
    }
    QByteArray address = server.authorizationEndpoint.toEncoded();
    address += address.contains('?') ? '&' : '?';
    return QUrl::fromEncoded(address + form(fields), QUrl::StrictMode);
}

Result<QString> readRedirect(const QByteArray &query, const Attempt &attempt, const AuthorizationServer &server)
{
    std::vector<std::pair<QByteArray, QString>> fields;
    for (QByteArray part : query.left(64 * 1024).split('&')) {
        part.replace('+', ' ');
        const qsizetype equals = part.indexOf('=');
        const QByteArray name = QByteArray::fromPercentEncoding(equals < 0 ? part : part.left(equals));
        const QByteArray value = equals < 0 ? QByteArray() : QByteArray::fromPercentEncoding(part.mid(equals + 1));
        const bool isTwice =
            std::any_of(fields.begin(), fields.end(), [&](const auto &one) { return one.first == name; });
        if (isTwice && !name.isEmpty()) {
            return notAllowed(u"The browser came back with the same thing said twice: this sign-in was given up."_s);
        }
        fields.emplace_back(name, QString::fromUtf8(value));
    }
    const auto field = [&](QByteArrayView name) -> std::optional<QString> {
        const auto found =
            std::find_if(fields.begin(), fields.end(), [&](const auto &one) { return one.first == name; });
        return found == fields.end() ? std::nullopt : std::optional(found->second);
    };
    if (field("state") != attempt.state) {
        return notAllowed(u"The browser came back from another sign-in than the one that was begun here."_s);
    }
    // RFC 9207: before anything else that was said is looked at.
    const std::optional<QString> issuer = field("iss");
    if (issuer ? *issuer != server.issuer : server.namesItself) {
        return notAllowed(u"The browser came back from another authorization server than the one that was asked: this "
                          "sign-in was given up, and the code was used nowhere."_s);
    }
    if (const std::optional<QString> error = field("error")) {
        return Error{ErrorCode::Cancelled,
                     u"The authorization server let nobody in: "_s + displayText(error->left(100)).text,
                     {}};
    }
    const QString code = field("code").value_or(QString());
    if (code.isEmpty() || code.size() > maxTextLength) {
        return malformed(u"The browser came back without a code."_s);
    }
    return code;
}

QString scopeToAskFor(const Challenge &challenge, const ProtectedResource &resource, const AuthorizationServer &server,
                      const QString &held)
{
    QStringList scopes = challenge.scope.isEmpty() ? resource.scopes : challenge.scope.split(u' ');
    if (challenge.error == "insufficient_scope"_L1) {
        scopes = held.split(u' ') + scopes; // What was granted is not given up for what is wanted besides.
    }
    scopes.removeAll(QString());
    if (!scopes.isEmpty() && server.scopes.contains(u"offline_access"_s)) {
        scopes.append(u"offline_access"_s);
    }
    return joined(scopes);
}

TokenRequest codeRequest(const Client &client, const Attempt &attempt, const QString &code)
{
    return authenticated(client, {{"grant_type", u"authorization_code"_s},
                                  {"code", code},
                                  {"redirect_uri", attempt.redirectUri},
                                  {"code_verifier", QString::fromLatin1(attempt.verifier)},
                                  {"resource", attempt.resource}});
}

TokenRequest refreshRequest(const Client &client, const QString &refreshToken, const QString &resource)
{
    return authenticated(client,
                         {{"grant_type", u"refresh_token"_s}, {"refresh_token", refreshToken}, {"resource", resource}});
}

Result<Tokens> readTokens(const QByteArray &bytes, const QString &asked, Timestamp now)
{
    const Result<JsonValue> answer = readAnswer(bytes, u"answer of the authorization server"_s);
    if (!answer) {
        return answer.error();
    }
    if (const QString error = errorIn(bytes); !error.isEmpty()) {
        return notAllowed(u"The authorization server gave no token: "_s + displayText(error).text);
    }
    Tokens tokens;
    tokens.access = textIn(*answer, "access_token");
    tokens.refresh = textIn(*answer, "refresh_token");
    tokens.scope = answer->find("scope") ? joined(textIn(*answer, "scope").split(u' ')) : asked;
    const bool isPlain =
        !tokens.access.isEmpty() && std::all_of(tokens.access.begin(), tokens.access.end(),
                                                [](QChar c) { return c.unicode() > 0x20 && c.unicode() < 0x7f; });
    if (!isPlain) {
        return malformed(u"The authorization server gave no token that can be sent."_s);
    }
    if (textIn(*answer, "token_type").compare("bearer"_L1, Qt::CaseInsensitive) != 0) {
        return notAllowed(u"The authorization server gave a token of a kind that is not used here."_s);
    }
    const JsonValue *lifetime = answer->find("expires_in");
    if (const auto seconds = lifetime ? lifetime->toInteger() : std::nullopt; seconds && *seconds >= 0) {
        tokens.expiresAt = now + std::chrono::seconds(std::min(*seconds, maxLifetimeSeconds));
    }
    return tokens;
}

QString errorIn(const QByteArray &bytes)
{
    const Result<JsonValue> answer = readAnswer(bytes, u"answer"_s);
    return answer ? textIn(*answer, "error").left(100) : QString();
}

} // namespace countersign::mcp::oauth
