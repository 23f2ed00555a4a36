// SPDX-License-Identifier: Apache-2.0
// An MCP server at an address for the gate's tests: `mcp_http_test_server FOLDER [--sign-in [--brief]] [--stateless]`
// says its port on standard output and writes a line for every request to FOLDER/journal. With --sign-in it serves only
// who shows a token, and is its own authorization server (OAuth 2.1 with PKCE and refresh tokens that are good once);
// with --brief, tokens are good for five seconds, by its word. With --stateless it knows no handshake. A file
// FOLDER/orders with "expire" makes the token bad, with "revoke" the whole sign-in.
#include "core/base/digest.h"
#include "core/base/signature.h"
#include "core/connections/http_server.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QPointer>
#include <QtCore/QUrlQuery>

#include <cstdio>

using namespace Qt::StringLiterals;
using namespace countersign;

namespace {

using Json = QJsonObject;

class Server
{
public:
    Server(const QString &folder, bool wantsSignIn, bool isStateless, int lifetime)
        : m_folder(folder)
        , m_journal(folder + u"/journal"_s)
        , m_wantsSignIn(wantsSignIn)
        , m_isStateless(isStateless)
        , m_lifetime(lifetime)
        , m_server({}, [this](HttpServerExchange &exchange) { answer(exchange); })
    {}
    bool listen()
    {
        if (!m_journal.open(QIODevice::WriteOnly | QIODevice::Append) || !m_server.listen()) {
            return false;
        }
        std::printf("%d\n", m_server.port());
        std::fflush(stdout);
        return true;
    }

private:
    QString origin() const { return u"http://"_s + m_server.authority(); }
    static void say(HttpServerExchange &exchange, const Json &json, int status = 200)
    {
        exchange.respond(status, {{"Content-Type", "application/json"}},
                         QJsonDocument(json).toJson(QJsonDocument::Compact));
    }
    void note(const QByteArray &line)
    {
        m_journal.write(line + '\n');
        m_journal.flush();
    }
    void takeOrders()
    {
        QFile file(m_folder.filePath(u"orders"_s));
        if (!file.open(QIODevice::ReadOnly)) {
            return;
        }
        const QByteArray orders = file.readAll();
        m_access.clear();
        m_refresh = orders.contains("revoke") ? QString() : m_refresh;
        file.remove();
    }

    void answer(HttpServerExchange &exchange)
    {
        const QByteArray &path = exchange.request().path;
        takeOrders();
        if (path == "/mcp") {
            answerMcp(exchange);
            return;
        }
        note(exchange.request().method + ' ' + path);
        if (!m_wantsSignIn) {
            say(exchange, {}, 404);
        } else if (path == "/.well-known/oauth-protected-resource/mcp") {
            say(exchange,
                {{u"resource"_s, QString(origin() + u"/mcp"_s)}, {u"authorization_servers"_s, QJsonArray{origin()}}});
        } else if (path == "/.well-known/oauth-authorization-server") {
            say(exchange, {{u"issuer"_s, origin()},
                           {u"authorization_endpoint"_s, QString(origin() + u"/authorize"_s)},
                           {u"token_endpoint"_s, QString(origin() + u"/token"_s)},
                           {u"registration_endpoint"_s, QString(origin() + u"/register"_s)},
                           {u"code_challenge_methods_supported"_s, QJsonArray{u"S256"_s}}});
        } else if (path == "/register") {
            say(exchange, {{u"client_id"_s, u"client-1"_s}}, 201);
        } else if (path == "/authorize") {
            authorize(exchange);
        } else if (path == "/token") {
            giveToken(exchange);
        } else {
            say(exchange, {}, 404);
        }
    }
    /// As if a person had signed in and agreed.
    void authorize(HttpServerExchange &exchange)
    {
        const QUrlQuery query(QString::fromUtf8(exchange.request().query));
        m_challenge = query.queryItemValue(u"code_challenge"_s).toUtf8();
        const QString to = query.queryItemValue(u"redirect_uri"_s, QUrl::FullyDecoded) + u"?code=code-1&state="_s +
                           query.queryItemValue(u"state"_s);
        exchange.respond(302, {{"Location", to.toUtf8()}});
    }
    void giveToken(HttpServerExchange &exchange)
    {
        const QUrlQuery form(QString::fromUtf8(exchange.request().body));
        const QByteArray verifier = form.queryItemValue(u"code_verifier"_s).toUtf8();
        const bool isRefresh = form.queryItemValue(u"grant_type"_s) == "refresh_token"_L1;
        const bool isGood =
            isRefresh ? !m_refresh.isEmpty() && form.queryItemValue(u"refresh_token"_s) == m_refresh
                      : !m_challenge.isEmpty() && form.queryItemValue(u"code"_s) == "code-1"_L1 &&
                            sha256(verifier).toByteArray().toBase64(QByteArray::Base64UrlEncoding |
                                                                    QByteArray::OmitTrailingEquals) == m_challenge;
        m_challenge.clear();
        if (!isGood) {
            say(exchange, {{u"error"_s, u"invalid_grant"_s}}, 400);
            return;
        }
        ++m_tokens;
        m_access = u"access-%1"_s.arg(m_tokens);
        m_refresh = u"refresh-%1"_s.arg(m_tokens);
        note(isRefresh ? "refreshed" : "signed in");
        say(exchange, {{u"access_token"_s, m_access},
                       {u"refresh_token"_s, m_refresh},
                       {u"token_type"_s, u"Bearer"_s},
                       {u"expires_in"_s, m_lifetime}});
    }

    void answerMcp(HttpServerExchange &exchange)
    {
        const HttpRequest &request = exchange.request();
        const QByteArray shown = request.header("authorization").value_or(QByteArray());
        if (m_wantsSignIn && (m_access.isEmpty() || shown != "Bearer " + m_access.toUtf8())) {
            note("refused " + (shown.isEmpty() ? QByteArray("nobody") : shown));
            exchange.respond(401, {{"WWW-Authenticate", "Bearer resource_metadata=\"" + origin().toUtf8() +
                                                            "/.well-known/oauth-protected-resource/mcp\""}});
            return;
        }
        if (request.method != "POST") {
            exchange.respond(request.method == "DELETE" ? 200 : 405);
            return;
        }
        note((shown.isEmpty() ? QByteArray() : shown + ' ') + request.body);
        const Json message = QJsonDocument::fromJson(request.body).object();
        const QString method = message.value(u"method"_s).toString();
        const QJsonValue id = message.value(u"id"_s);
        if (method == "initialize"_L1 && m_isStateless) {
            say(exchange,
                {{u"jsonrpc"_s, u"2.0"_s},
                 {u"id"_s, QJsonValue()},
                 {u"error"_s, Json{{u"code"_s, -32600}, {u"message"_s, u"There is no handshake here."_s}}}},
                400);
        } else if (method == "initialize"_L1) {
            const Json result{{u"protocolVersion"_s, message[u"params"_s].toObject().value(u"protocolVersion"_s)},
                              {u"capabilities"_s, Json{{u"tools"_s, Json()}}},
                              {u"serverInfo"_s, Json{{u"name"_s, u"far"_s}, {u"version"_s, u"1"_s}}}};
            exchange.respond(200, {{"Content-Type", "application/json"}, {"Mcp-Session-Id", "session-1"}},
                             QJsonDocument(Json{{u"jsonrpc"_s, u"2.0"_s}, {u"id"_s, id}, {u"result"_s, result}})
                                 .toJson(QJsonDocument::Compact));
        } else if (method == "tools/call"_L1) {
            call(exchange, id, message[u"params"_s].toObject());
        } else if (method == "tools/list"_L1) {
            const Json echo{{u"name"_s, u"echo"_s}, {u"inputSchema"_s, Json{{u"type"_s, u"object"_s}}}};
            result(exchange, id, {{u"tools"_s, QJsonArray{echo}}});
        } else if (id.isUndefined()) {
            exchange.respond(202);
        } else {
            say(exchange, {{u"jsonrpc"_s, u"2.0"_s},
                           {u"id"_s, id},
                           {u"error"_s, Json{{u"code"_s, -32601}, {u"message"_s, u"There is no such method."_s}}}});
        }
    }
    static void result(HttpServerExchange &exchange, const QJsonValue &id, const Json &result)
    {
        say(exchange, {{u"jsonrpc"_s, u"2.0"_s}, {u"id"_s, id}, {u"result"_s, result}});
    }
    static void succeed(HttpServerExchange &exchange, const QJsonValue &id, const QString &text)
    {
        result(exchange, id, {{u"content"_s, QJsonArray{Json{{u"type"_s, u"text"_s}, {u"text"_s, text}}}}});
    }

    void call(HttpServerExchange &exchange, const QJsonValue &id, const Json &params)
    {
        const QString name = params.value(u"name"_s).toString();
        const Json arguments = params.value(u"arguments"_s).toObject();
        if (name == "gather"_L1) {
            // Nobody is answered before all are here: only who really calls at once gets through.
            m_gathered.push_back({&exchange, id});
            if (static_cast<int>(m_gathered.size()) == arguments.value(u"of"_s).toInt()) {
                for (const Waiting &one : std::exchange(m_gathered, {})) {
                    if (one.exchange) {
                        succeed(*one.exchange, one.id, u"together"_s);
                    }
                }
            }
        } else if (name == "big"_L1) {
            succeed(exchange, id, QString(arguments.value(u"bytes"_s).toInt(), u'x'));
        } else {
            succeed(exchange, id, QString::fromUtf8(QJsonDocument(arguments).toJson(QJsonDocument::Compact)));
        }
    }

    struct Waiting {
        QPointer<HttpServerExchange> exchange;
        QJsonValue id;
    };
    QDir m_folder;
    QFile m_journal;
    bool m_wantsSignIn;
    bool m_isStateless;
    int m_lifetime; ///< Of a token, in seconds.
    HttpServer m_server;
    std::vector<Waiting> m_gathered;
    QByteArray m_challenge;
    QString m_access;
    QString m_refresh;
    int m_tokens = 0;
};

} // namespace

int main(int count, char **arguments)
{
    QCoreApplication application(count, arguments);
    const QStringList given = QCoreApplication::arguments();
    if (given.size() < 2 || !initCrypto()) {
        return 2;
    }
    Server server(given[1], given.contains(u"--sign-in"_s), given.contains(u"--stateless"_s),
                  given.contains(u"--brief"_s) ? 5 : 3600);
    return server.listen() ? QCoreApplication::exec() : 1;
}
