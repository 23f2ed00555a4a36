// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/id_source.h"
#include "core/base/result.h"

#include <QtCore/QByteArray>
#include <QtCore/QStringList>
#include <QtCore/QUrl>

#include <optional>
#include <vector>

/// What is said between an OAuth 2.1 client and the servers it signs in at, as MCP has it (basic/authorization). Pure
/// functions: every byte that comes in may be hostile.
namespace countersign::mcp::oauth {

/// Of one HTTP answer. Larger ones are not read.
inline constexpr qsizetype maxAnswerBytes = 256 * 1024;

/// May a request go to \p url at all? `https`, or `http` to this machine where the MCP server is on it as well. No user
/// name, no fragment. NotAllowed with a sentence.
Result<> checkAddress(const QUrl &url, const QUrl &server);

/// The Bearer challenge of a `WWW-Authenticate` header (RFC 6750, RFC 9728).
struct Challenge {
    QString resourceMetadata; ///< The address as received.
    QString scope;
    QString error; ///< `invalid_token`, `insufficient_scope`.
};
/// Several challenges may stand in one header; what is no Bearer challenge is passed over.
Challenge readChallenge(const QByteArray &wwwAuthenticate);

/// The name of a server among OAuth's resources (RFC 8707): its address without query and fragment, its host in lower
/// case.
QString canonicalResource(const QUrl &server);

/// Where a server may describe itself, best first: what its challenge says, then the well-known places (RFC 9728).
std::vector<QUrl> protectedResourceAddresses(const QUrl &server, const Challenge &challenge);

struct ProtectedResource {
    QString resource; ///< As the server calls itself.
    QStringList authorizationServers;
    QStringList scopes;
};
/// Malformed: it is none. NotAllowed: it describes another server than \p server.
Result<ProtectedResource> readProtectedResource(const QByteArray &bytes, const QUrl &server);

/// Where \p issuer describes itself, in the order of the MCP specification (RFC 8414, OpenID Connect Discovery).
std::vector<QUrl> authorizationServerAddresses(const QUrl &issuer);

struct AuthorizationServer {
    QString issuer; ///< Letter by letter as it names itself.
    QUrl authorizationEndpoint;
    QUrl tokenEndpoint;
    QUrl registrationEndpoint; ///< Empty: it registers nobody.
    QStringList scopes;
    QStringList authMethods; ///< At the token endpoint; empty: not said.
    bool takesMetadataDocuments = false;
    bool namesItself = false; ///< It announces `iss` in its redirects (RFC 9207).
};
/// How the issuer has to be the one that was looked for. SameOrigin: of servers of revision 2025-03-26, where nobody
/// has named an issuer before and the origin is the MCP server's own.
enum class IssuerRule { Exact, SameOrigin };
/// Malformed; NotAllowed: it names another issuer than \p issuer, has no PKCE with S256, or addresses that nobody may
/// be sent to.
Result<AuthorizationServer> readAuthorizationServer(const QByteArray &bytes, const QString &issuer, const QUrl &server,
                                                    IssuerRule rule = IssuerRule::Exact);
/// What servers of revision 2025-03-26 have that describe themselves nowhere: fixed paths at their own origin.
AuthorizationServer serverWithoutMetadata(const QUrl &server);

/// A client as one authorization server knows it. Never shown to another one.
struct Client {
    QString id;
    QString secret;       ///< Empty: a public client.
    QString authMethod;   ///< At the token endpoint: `none`, `client_secret_basic`, `client_secret_post`.
    QString redirectUri;  ///< That it was registered with; empty: any port of this machine is good.
    bool isFixed = false; ///< Given by a person: never registered anew.
};
/// The body of a dynamic registration (RFC 7591).
QByteArray registrationBody(const QString &redirectUri, const AuthorizationServer &server);
/// Malformed. \p server tells the method where the answer does not.
Result<Client> readRegistration(const QByteArray &bytes, const AuthorizationServer &server, const QString &redirectUri);
/// The method for \p client where none was agreed on.
QString authMethodFor(const Client &client, const AuthorizationServer &server);

/// What one sign-in keeps until its redirect comes.
struct Attempt {
    QString state;
    QByteArray verifier; ///< PKCE, RFC 7636.
    QString redirectUri;
    QString scope; ///< Empty: what the server gives by itself.
    QString resource;

    static Attempt begin(IdSource &random);
    QByteArray challenge() const;
};
/// The exact address that the browser opens.
QUrl authorizationAddress(const AuthorizationServer &server, const Client &client, const Attempt &attempt);

/// The code in the query of a redirect. NotAllowed: another state or issuer, or none where one was announced; nothing
/// that the sender says is repeated then. Cancelled: the person or the server said no.
Result<QString> readRedirect(const QByteArray &query, const Attempt &attempt, const AuthorizationServer &server);

/// What to ask for: what the challenge names, else all that the server has; offline_access where it is offered. \p held
/// is what the tokens of now stand for, and is asked for again.
QString scopeToAskFor(const Challenge &challenge, const ProtectedResource &resource, const AuthorizationServer &server,
                      const QString &held);

/// A POST to the token endpoint: the form, and the header that authenticates the client; empty: the form does.
struct TokenRequest {
    QByteArray form;
    QByteArray authorization;
};
TokenRequest codeRequest(const Client &client, const Attempt &attempt, const QString &code);
TokenRequest refreshRequest(const Client &client, const QString &refreshToken, const QString &resource);

struct Tokens {
    QString access;
    QString refresh; ///< Empty: there is none.
    QString scope;
    std::optional<Timestamp> expiresAt;
};
/// Malformed; NotAllowed: an OAuth error, or tokens that are no bearer tokens. \p asked is the scope where the answer
/// names none.
Result<Tokens> readTokens(const QByteArray &bytes, const QString &asked, Timestamp now);
/// `invalid_grant` and the like; empty: it is no OAuth error.
QString errorIn(const QByteArray &bytes);

} // namespace countersign::mcp::oauth
