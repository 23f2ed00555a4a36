// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/oauth_flow.h"

#include "core/base/digest.h"
#include "core/base/json_reader.h"
#include "core/base/log.h"
#include "core/base/visible_text.h"
#include "core/connections/ready_future.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto renewBefore = 30s; ///< So that a token does not run out on its way.
const QByteArray callbackPath = "/callback";
const QByteArray page = "<!doctype html><meta charset=utf-8><title>Countersign</title><p>";

QString serverName(const QUrl &server)
{
    return displayText(server.host()).text;
}

/// Under which the secret store keeps what belongs to \p what.
QString secretKey(const QString &kind, const QString &what)
{
    return u"mcp-oauth-"_s + kind + u'-' + sha256(what.toUtf8()).hex().left(40);
}

JsonValue text(const QString &value)
{
    return JsonValue::fromString(value);
}

QString textAt(const JsonValue &object, std::string_view name)
{
    const JsonValue *value = object.find(name);
    return value ? value->toString() : QString();
}

JsonValue toJson(const oauth::Client &client)
{
    return JsonValue::object({{"id", text(client.id)},
                              {"secret", text(client.secret)},
                              {"authMethod", text(client.authMethod)},
                              {"redirectUri", text(client.redirectUri)}});
}

oauth::Client clientFrom(const JsonValue &kept)
{
    oauth::Client client;
    client.id = textAt(kept, "id");
    client.secret = textAt(kept, "secret");
    client.authMethod = textAt(kept, "authMethod");
    client.redirectUri = textAt(kept, "redirectUri");
    return client;
}

} // namespace

OAuthAuthorization::OAuthAuthorization(Parts parts, Options options, QObject *parent)
    : QObject(parent)
    , m_parts(std::move(parts))
    , m_options(std::move(options))
{
    m_network.setAutoDeleteReplies(true);
}

OAuthAuthorization::~OAuthAuthorization()
{
    for (const auto &[key, flow] : m_flows) {
        flow->isOver = true;
    }
}

OAuthAuthorization::Account &OAuthAuthorization::accountOf(const QUrl &server)
{
    const QString resource = oauth::canonicalResource(server);
    Account &account = m_accounts[resource];
    if (account.key.isEmpty()) {
        account.server = server;
        account.key = secretKey(u"tokens"_s, resource);
    }
    return account;
}

void OAuthAuthorization::read(Account &account, const QByteArray &kept) const
{
    const Result<JsonValue> value = readJson(kept);
    // The key is made of the server's address, but what is in it could have been put there by anybody.
    if (!value || textAt(*value, "server") != oauth::canonicalResource(account.server)) {
        return;
    }
    account.tokens = {};
    account.issuer = textAt(*value, "issuer");
    account.resource = textAt(*value, "resource");
    account.tokenEndpoint = QUrl(textAt(*value, "tokenEndpoint"), QUrl::StrictMode);
    account.tokens.access = textAt(*value, "access");
    account.tokens.refresh = textAt(*value, "refresh");
    account.tokens.scope = textAt(*value, "scope");
    if (const auto expires = fromRfc3339(textAt(*value, "expiresAt"))) {
        account.tokens.expiresAt = *expires;
    }
    if (const JsonValue *client = value->find("client")) {
        account.client = clientFrom(*client);
    }
}

QByteArray OAuthAuthorization::written(const Account &account) const
{
    return writeJson(JsonValue::object(
        {{"server", text(oauth::canonicalResource(account.server))},
         {"issuer", text(account.issuer)},
         {"resource", text(account.resource)},
         {"tokenEndpoint", text(account.tokenEndpoint.toString(QUrl::FullyEncoded))},
         {"access", text(account.tokens.access)},
         {"refresh", text(account.tokens.refresh)},
         {"scope", text(account.tokens.scope)},
         {"expiresAt", account.tokens.expiresAt ? text(toRfc3339(*account.tokens.expiresAt)) : JsonValue()},
         {"client", toJson(account.client)}}));
}

void OAuthAuthorization::load(Account &account, std::function<void()> then)
{
    if (account.isLoaded) {
        then();
        return;
    }
    whenReady(m_parts.secrets.load(account.key), this,
              [this, &account, then = std::move(then)](const Result<QByteArray> &kept) {
                  if (!account.isLoaded) {
                      account.isLoaded = true;
                      if (kept) {
                          read(account, *kept);
                      }
                  }
                  then();
              });
}

void OAuthAuthorization::headersFor(const QUrl &server, Headers ready)
{
    Account &account = accountOf(server);
    const auto give = [&account, ready] {
        std::vector<HeaderPair> headers;
        if (!account.tokens.access.isEmpty()) {
            headers.emplace_back("Authorization", "Bearer " + account.tokens.access.toLatin1());
        }
        ready(headers);
    };
    load(account, [this, &account, give] {
        const bool isOld = account.tokens.expiresAt && *account.tokens.expiresAt - renewBefore <= m_parts.clock.now();
        if (account.tokens.refresh.isEmpty() || !isOld) {
            give();
            return;
        }
        // Renewed or not: the server has the last word on what is sent.
        account.waiting.push_back([give](const Result<> &) { give(); });
        if (!account.isBusy) {
            begin(account, {});
        }
    });
}

void OAuthAuthorization::refused(const QUrl &server, const Challenge &challenge, Settled settled)
{
    Account &account = accountOf(server);
    if (!account.isBusy && account.isKept) {
        account.isLoaded = false; // Another process may have signed in, or renewed what is good for one use only.
    }
    load(account, [this, &account, challenge, settled] {
        const QByteArray now =
            account.tokens.access.isEmpty() ? QByteArray() : "Bearer " + account.tokens.access.toLatin1();
        if (!account.isBusy && !now.isEmpty() && challenge.usedHeader != now) {
            settled({}); // Another request has signed in meanwhile.
            return;
        }
        const oauth::Challenge read = oauth::readChallenge(challenge.wwwAuthenticate);
        if (challenge.status == 403 && read.error != "insufficient_scope"_L1) {
            settled(Error{ErrorCode::NotAllowed,
                          u"The server "_s + serverName(account.server) + u" does not allow this (HTTP 403)."_s,
                          {}});
            return;
        }
        if (challenge.attempt > m_options.signIns || (challenge.status == 403 && isFutile(account, read.scope))) {
            settled(Error{ErrorCode::NotAllowed,
                          u"The server "_s + serverName(account.server) +
                              u" goes on refusing after signing in. Ask whoever runs it what the account may do."_s,
                          {}});
            return;
        }
        account.waiting.push_back(settled);
        if (!account.isBusy) {
            begin(account, read);
        }
    });
}

/// Has everything that the server wants been asked for before, and to no avail?
bool OAuthAuthorization::isFutile(Account &account, const QString &wanted)
{
    const QStringList asked = account.askedScope.split(u' ');
    const QStringList words = wanted.split(u' ', Qt::SkipEmptyParts);
    const bool isNew =
        std::any_of(words.begin(), words.end(), [&](const QString &word) { return !asked.contains(word); });
    account.futile = isNew ? 0 : account.futile + 1;
    return account.futile > 1; // Once more: a person may have left something out.
}

void OAuthAuthorization::signOut(const QUrl &server, Settled done)
{
    Account &account = accountOf(server);
    account.tokens = {};
    account.isLoaded = true;
    whenReady(m_parts.secrets.remove(account.key), this, std::move(done));
}

void OAuthAuthorization::giveUp(const QString &why)
{
    std::vector<Account *> busy;
    for (auto &[resource, account] : m_accounts) {
        if (account.isBusy) {
            busy.push_back(&account);
        }
    }
    for (Account *account : busy) {
        settle(*account, Error{ErrorCode::Cancelled, why, {}});
    }
}

void OAuthAuthorization::begin(Account &account, const oauth::Challenge &challenge)
{
    account.isBusy = true;
    auto flow = std::make_shared<Flow>();
    flow->account = &account;
    flow->challenge = challenge;
    flow->addresses = oauth::protectedResourceAddresses(account.server, challenge);
    m_flows[account.key] = flow;
    discoverResource(flow, 0);
}

void OAuthAuthorization::settle(Account &account, const Result<> &result)
{
    if (const auto found = m_flows.find(account.key); found != m_flows.end()) {
        const std::shared_ptr<Flow> flow = found->second;
        m_flows.erase(found);
        flow->isOver = true;
        flow->patience.stop();
        if (flow->listener) {
            flow->listener->stopListening();
            // It may be what called; its last page still goes out.
            HttpServer *listener = flow->listener.release();
            listener->setParent(this);
            QTimer::singleShot(2s, listener, &QObject::deleteLater);
        }
    }
    account.isBusy = false;
    for (const Settled &settled : std::exchange(account.waiting, {})) {
        settled(result);
    }
}

void OAuthAuthorization::haveServer(const std::shared_ptr<Flow> &flow)
{
    Account &account = *flow->account;
    const bool isSame = account.issuer == flow->server.issuer;
    if (!isSame) {
        account.tokens = {}; // Whoever gave them is not responsible any more.
        account.client = {};
    }
    const bool wantsMore = flow->challenge.error == "insufficient_scope"_L1;
    if (isSame && !wantsMore && !account.tokens.refresh.isEmpty()) {
        refresh(flow);
    } else {
        loadClient(flow);
    }
}

void OAuthAuthorization::refresh(const std::shared_ptr<Flow> &flow)
{
    Account &account = *flow->account;
    const oauth::TokenRequest request = oauth::refreshRequest(account.client, account.tokens.refresh, account.resource);
    post(flow, flow->server.tokenEndpoint, "application/x-www-form-urlencoded", request.form, request.authorization,
         [this, flow](int status, const QByteArray &body) { haveRefreshed(flow, status, body); });
}

void OAuthAuthorization::haveRefreshed(const std::shared_ptr<Flow> &flow, int status, const QByteArray &body)
{
    Account &account = *flow->account;
    if (status == 0 || status >= 500) {
        settle(account, Error{ErrorCode::Unreachable,
                              u"The authorization server “"_s + displayText(flow->server.issuer).text +
                                  u"” cannot be reached, so the sign-in could not be renewed."_s,
                              {}});
        return;
    }
    Result<oauth::Tokens> tokens = oauth::readTokens(body, account.tokens.scope, m_parts.clock.now());
    if (status != 200 || !tokens) {
        account.tokens.access.clear();
        account.tokens.refresh.clear(); // Used up or taken back: a person signs in anew.
        loadClient(flow);
        return;
    }
    if (tokens->refresh.isEmpty()) {
        tokens->refresh = account.tokens.refresh; // RFC 6749 section 6: the old one goes on.
    }
    flow->client = account.client;
    keep(flow, *tokens);
}

void OAuthAuthorization::loadClient(const std::shared_ptr<Flow> &flow)
{
    if (!m_parts.openBrowser) {
        settle(*flow->account,
               Error{ErrorCode::NotAllowed,
                     u"The server "_s + serverName(flow->account->server) + u" wants somebody to sign in. "_s +
                         (m_options.howToSignIn.isEmpty()
                              ? u"In a terminal, “countersignctl connection test” with the connection's name tells the "
                                "address to open."_s
                              : m_options.howToSignIn),
                     {}});
        return;
    }
    if (m_options.client) {
        flow->client = *m_options.client;
        flow->client.isFixed = true;
        chooseClient(flow);
        return;
    }
    if (flow->server.takesMetadataDocuments && !m_options.metadataDocument.isEmpty()) {
        flow->client.id = m_options.metadataDocument.toString(QUrl::FullyEncoded);
        flow->client.isFixed = true;
        chooseClient(flow);
        return;
    }
    whenReady(m_parts.secrets.load(secretKey(u"client"_s, flow->server.issuer)), this,
              [this, flow](const Result<QByteArray> &kept) {
                  if (flow->isOver) {
                      return;
                  }
                  const Result<JsonValue> value = kept ? readJson(*kept) : Result<JsonValue>(kept.error());
                  if (value && textAt(*value, "issuer") == flow->server.issuer && value->find("client")) {
                      flow->client = clientFrom(*value->find("client"));
                  }
                  chooseClient(flow);
              });
}

void OAuthAuthorization::chooseClient(const std::shared_ptr<Flow> &flow)
{
    // A redirect that was registered names a port: on another one it would be refused.
    const QUrl registered(flow->client.redirectUri, QUrl::StrictMode);
    HttpServerOptions options;
    options.port = static_cast<quint16>(std::max(registered.port(0), 0));
    options.connections = 16;
    options.keepAlive = false; // A browser must not come back to a listener of an earlier sign-in.
    const auto handle = [this, weak = std::weak_ptr(flow)](HttpServerExchange &exchange) {
        if (const std::shared_ptr<Flow> alive = weak.lock()) {
            redirected(alive, exchange);
        } else {
            exchange.respond(410);
        }
    };
    flow->listener = std::make_unique<HttpServer>(options, handle);
    Result<> listening = flow->listener->listen();
    if (!listening && options.port != 0) {
        flow->client = flow->client.isFixed ? flow->client : oauth::Client();
        options.port = 0;
        flow->listener = std::make_unique<HttpServer>(options, handle);
        listening = flow->listener->listen();
    }
    if (!listening) {
        settle(*flow->account, listening);
        return;
    }
    flow->attempt = oauth::Attempt::begin(m_parts.ids);
    flow->attempt.redirectUri =
        u"http://127.0.0.1:"_s + QString::number(flow->listener->port()) + QString::fromLatin1(callbackPath);
    if (flow->client.authMethod.isEmpty() && !flow->client.id.isEmpty()) {
        flow->client.authMethod = oauth::authMethodFor(flow->client, flow->server);
    }
    if (flow->client.id.isEmpty()) {
        registerClient(flow);
    } else {
        askPerson(flow);
    }
}

void OAuthAuthorization::registerClient(const std::shared_ptr<Flow> &flow)
{
    if (flow->server.registrationEndpoint.isEmpty()) {
        settle(*flow->account,
               Error{ErrorCode::NotAllowed,
                     u"The authorization server “"_s + displayText(flow->server.issuer).text +
                         u"” does not know this program and registers nobody by itself. Ask whoever runs it for a "
                         "client id."_s,
                     {}});
        return;
    }
    post(flow, flow->server.registrationEndpoint, "application/json",
         oauth::registrationBody(flow->attempt.redirectUri, flow->server), {},
         [this, flow](int status, const QByteArray &body) {
             Result<oauth::Client> client =
                 status == 200 || status == 201
                     ? oauth::readRegistration(body, flow->server, flow->attempt.redirectUri)
                     : Result<oauth::Client>(
                           Error{ErrorCode::NotAllowed,
                                 u"The authorization server “"_s + displayText(flow->server.issuer).text +
                                     u"” did not register this program (HTTP "_s + QString::number(status) + u")."_s,
                                 {}});
             if (!client) {
                 settle(*flow->account, client.error());
                 return;
             }
             flow->client = *std::move(client);
             const QByteArray kept = writeJson(
                 JsonValue::object({{"issuer", text(flow->server.issuer)}, {"client", toJson(flow->client)}}));
             whenReady(m_parts.secrets.save(secretKey(u"client"_s, flow->server.issuer), kept), this,
                       [](const Result<> &saved) {
                           if (!saved) {
                               qCWarning(logMcp) << "a client registration could not be kept";
                           }
                       });
             askPerson(flow);
         });
}

void OAuthAuthorization::askPerson(const std::shared_ptr<Flow> &flow)
{
    Account &account = *flow->account;
    flow->attempt.resource = flow->resource.resource;
    flow->attempt.scope = oauth::scopeToAskFor(flow->challenge, flow->resource, flow->server, account.tokens.scope);
    account.askedScope = flow->attempt.scope;
    const QUrl address = oauth::authorizationAddress(flow->server, flow->client, flow->attempt);
    if (const Result<> good = oauth::checkAddress(address, account.server); !good) {
        settle(account, good);
        return;
    }
    flow->patience.setSingleShot(true);
    connect(&flow->patience, &QTimer::timeout, this, [this, weak = std::weak_ptr(flow)] {
        if (const std::shared_ptr<Flow> alive = weak.lock()) {
            settle(*alive->account,
                   Error{ErrorCode::Expired,
                         u"Nobody signed in at "_s + serverName(alive->account->server) + u" in time; try again."_s,
                         {}});
        }
    });
    flow->patience.start(m_options.person);
    const SignInQuestion question{account.server, flow->server.issuer, flow->attempt.scope, address};
    m_parts.openBrowser(question, [this, self = QPointer(this), weak = std::weak_ptr(flow)](const Result<> &opened) {
        const std::shared_ptr<Flow> alive = weak.lock();
        if (self && alive && !alive->isOver && !opened) {
            settle(*alive->account, opened);
        }
    });
}

void OAuthAuthorization::redirected(const std::shared_ptr<Flow> &flow, HttpServerExchange &exchange)
{
    const HttpRequest &request = exchange.request();
    const HttpServerExchange::Headers headers{{"Content-Type", "text/html; charset=utf-8"},
                                              {"Content-Security-Policy", "default-src 'none'"},
                                              {"Referrer-Policy", "no-referrer"},
                                              {"Cache-Control", "no-store"}};
    if (request.method != "GET" || request.path != callbackPath || flow->isOver) {
        exchange.respond(404, headers, page + "There is nothing here.");
        return;
    }
    const Result<QString> code = oauth::readRedirect(request.query, flow->attempt, flow->server);
    if (!code && !request.query.contains("state=" + flow->attempt.state.toLatin1())) {
        // Anybody may knock on this port; only who knows the state can end the sign-in.
        exchange.respond(400, headers, page + "This is no answer to the sign-in that was begun.");
        return;
    }
    exchange.respond(code ? 200 : 400, headers,
                     page + (code ? "You are signed in. Close this page and go back to Countersign."
                                  : "The sign-in was given up. Go back to Countersign; it says why."));
    if (!code) {
        settle(*flow->account, code.error());
        return;
    }
    flow->listener->stopListening(); // A code comes once.
    this->exchange(flow, *code);
}

void OAuthAuthorization::exchange(const std::shared_ptr<Flow> &flow, const QString &code)
{
    flow->patience.start(m_options.person);
    const oauth::TokenRequest request = oauth::codeRequest(flow->client, flow->attempt, code);
    post(flow, flow->server.tokenEndpoint, "application/x-www-form-urlencoded", request.form, request.authorization,
         [this, flow](int status, const QByteArray &body) {
             const Result<oauth::Tokens> tokens = oauth::readTokens(body, flow->attempt.scope, m_parts.clock.now());
             if (status == 200 && tokens) {
                 Q_EMIT signedIn(flow->account->server);
                 keep(flow, *tokens);
                 return;
             }
             const QString said = oauth::errorIn(body);
             if (!flow->client.isFixed && (said == "invalid_client"_L1 || said == "unauthorized_client"_L1)) {
                 // It has forgotten the registration: the next try registers anew.
                 whenReady(m_parts.secrets.remove(secretKey(u"client"_s, flow->server.issuer)), this,
                           [](const Result<> &) {});
             }
             settle(*flow->account, Error{ErrorCode::NotAllowed,
                                          u"The authorization server “"_s + displayText(flow->server.issuer).text +
                                              u"” gave no token (HTTP "_s + QString::number(status) +
                                              (said.isEmpty() ? u")."_s : u"): "_s + displayText(said).text),
                                          {}});
         });
}

void OAuthAuthorization::keep(const std::shared_ptr<Flow> &flow, const oauth::Tokens &tokens)
{
    Account &account = *flow->account;
    account.issuer = flow->server.issuer;
    account.tokenEndpoint = flow->server.tokenEndpoint;
    account.client = flow->client;
    account.tokens = tokens;
    account.resource = flow->attempt.resource.isEmpty() ? flow->resource.resource : flow->attempt.resource;
    // The rotated refresh token is kept before it is used: a crash must not leave only the old one.
    whenReady(m_parts.secrets.save(account.key, written(account)), this, [this, flow](const Result<> &saved) {
        flow->account->isKept = saved.hasValue();
        if (!saved) {
            qCWarning(logMcp) << "tokens could not be kept; they serve until this program ends";
        }
        if (!flow->isOver) {
            settle(*flow->account, {});
        }
    });
}

} // namespace countersign::mcp
