// SPDX-License-Identifier: Apache-2.0
#include "core/base/visible_text.h"
#include "core/connections/mcp/oauth_flow.h"

#include <QtNetwork/QNetworkReply>
#include <QtNetwork/QSslConfiguration>

namespace countersign::mcp {

using namespace Qt::StringLiterals;

namespace {

QString serverName(const QUrl &server)
{
    return displayText(server.host()).text;
}

QNetworkRequest requestTo(const QUrl &url, std::chrono::milliseconds patience)
{
    QNetworkRequest request(url);
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setProtocol(QSsl::TlsV1_2OrLater);
    tls.setPeerVerifyMode(QSslSocket::VerifyPeer);
    request.setSslConfiguration(tls);
    // A redirect would carry codes and secrets to who knows whom.
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::AuthenticationReuseAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    request.setTransferTimeout(static_cast<int>(patience.count()));
    request.setRawHeader("Accept", "application/json");
    request.setRawHeader("MCP-Protocol-Version", "2025-11-25");
    return request;
}

} // namespace

void OAuthAuthorization::discoverResource(std::shared_ptr<Flow> flow, size_t at)
{
    Account &account = *flow->account;
    if (at >= flow->addresses.size()) {
        // Revision 2025-03-26: the server is its own authorization server, or nobody is.
        flow->isOfOldServer = true;
        flow->server = oauth::serverWithoutMetadata(account.server);
        flow->resource.resource = oauth::canonicalResource(account.server);
        flow->addresses = oauth::authorizationServerAddresses(QUrl(flow->server.issuer));
        flow->addresses.resize(1);
        discoverServer(flow, 0);
        return;
    }
    get(flow, flow->addresses[at], [this, flow, at](int status, const QByteArray &body) {
        if (status != 200) {
            discoverResource(flow, at + 1);
            return;
        }
        Result<oauth::ProtectedResource> resource = oauth::readProtectedResource(body, flow->account->server);
        if (!resource && resource.error().code == ErrorCode::Malformed && at + 1 < flow->addresses.size()) {
            discoverResource(flow, at + 1); // A page that says something else nicely.
            return;
        }
        const QString issuer = resource ? resource->authorizationServers.value(0) : QString();
        if (!resource || issuer.isEmpty()) {
            settle(*flow->account, resource ? Error{ErrorCode::Malformed,
                                                    u"The server "_s + serverName(flow->account->server) +
                                                        u" wants a sign-in but does not say where."_s,
                                                    {}}
                                            : resource.error());
            return;
        }
        const QUrl address(issuer, QUrl::StrictMode);
        if (const Result<> good = oauth::checkAddress(address, flow->account->server); !good) {
            settle(*flow->account, good);
            return;
        }
        flow->resource = *std::move(resource);
        flow->server.issuer = issuer;
        flow->addresses = oauth::authorizationServerAddresses(address);
        discoverServer(flow, 0);
    });
}

void OAuthAuthorization::discoverServer(std::shared_ptr<Flow> flow, size_t at)
{
    if (at >= flow->addresses.size()) {
        if (flow->isOfOldServer) {
            haveServer(flow);
            return;
        }
        settle(*flow->account, Error{ErrorCode::Unreachable,
                                     u"The authorization server “"_s + displayText(flow->server.issuer).text +
                                         u"” does not describe itself where it should; nobody can sign in there."_s,
                                     {}});
        return;
    }
    get(flow, flow->addresses[at], [this, flow, at](int status, const QByteArray &body) {
        if (status != 200) {
            discoverServer(flow, at + 1);
            return;
        }
        Result<oauth::AuthorizationServer> server = oauth::readAuthorizationServer(
            body, flow->server.issuer, flow->account->server,
            flow->isOfOldServer ? oauth::IssuerRule::SameOrigin : oauth::IssuerRule::Exact);
        if (!server && server.error().code == ErrorCode::Malformed) {
            discoverServer(flow, at + 1);
            return;
        }
        if (!server) {
            settle(*flow->account, server.error());
            return;
        }
        flow->server = *std::move(server);
        haveServer(flow);
    });
}

void OAuthAuthorization::get(const std::shared_ptr<Flow> &flow, const QUrl &url, Answer answer)
{
    if (const Result<> good = oauth::checkAddress(url, flow->account->server); !good) {
        settle(*flow->account, good);
        return;
    }
    follow(flow, m_network.get(requestTo(url, m_options.answer)), std::move(answer));
}

void OAuthAuthorization::post(const std::shared_ptr<Flow> &flow, const QUrl &url, const QByteArray &type,
                              const QByteArray &body, const QByteArray &authorization, Answer answer)
{
    QNetworkRequest request = requestTo(url, m_options.answer);
    request.setHeader(QNetworkRequest::ContentTypeHeader, type);
    if (!authorization.isEmpty()) {
        request.setRawHeader("Authorization", authorization);
    }
    follow(flow, m_network.post(request, body), std::move(answer));
}

void OAuthAuthorization::follow(const std::shared_ptr<Flow> &flow, QNetworkReply *reply, Answer answer)
{
    reply->setReadBufferSize(oauth::maxAnswerBytes + 1);
    auto body = std::make_shared<QByteArray>();
    connect(reply, &QNetworkReply::readyRead, this, [reply, body] {
        body->append(reply->readAll());
        if (body->size() > oauth::maxAnswerBytes) {
            reply->abort();
        }
    });
    connect(reply, &QNetworkReply::finished, this, [reply, body, flow, answer = std::move(answer)] {
        if (flow->isOver) {
            return;
        }
        const bool isTooLarge = body->size() > oauth::maxAnswerBytes;
        if (!isTooLarge && reply->isOpen()) {
            body->append(reply->readAll());
        }
        const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
        answer(isTooLarge ? 0 : status, *body);
    });
}

} // namespace countersign::mcp
