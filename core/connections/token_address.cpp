// SPDX-License-Identifier: Apache-2.0
#include "core/connections/token_address.h"

#include "core/base/json_reader.h"
#include "core/base/visible_text.h"
#include "core/connections/web_socket_transport.h"

#include <QtCore/QTimer>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkProxy>
#include <QtNetwork/QNetworkReply>
#include <QtNetwork/QNetworkRequest>
#include <QtNetwork/QSslConfiguration>

namespace countersign {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr qsizetype mostBodyBytes = 16 * 1024;
constexpr qint64 longestLifetime = 366 * 24 * 3600;

Error refused(const QString &why)
{
    return {ErrorCode::InvalidInput, why, {}};
}

Error noToken(const QString &why)
{
    return {ErrorCode::Malformed, why, {}};
}

/// Host and port: the path may hold secrets as well as the query.
QString hostOf(const QUrl &url)
{
    const QString host = displayText(url.host().left(300)).text;
    return url.port() > 0 ? host + u':' + QString::number(url.port()) : host;
}

bool isToken(const QByteArray &text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

/// Seconds as a number or, as some servers have it, as text.
std::optional<std::chrono::seconds> lifetimeIn(const JsonValue &answer)
{
    const JsonValue *said = answer.find("expires_in");
    if (!said) {
        return std::nullopt;
    }
    bool isNumber = said->isNumber();
    const double seconds = isNumber ? said->toDouble() : said->toString().toDouble(&isNumber);
    if (!isNumber || !(seconds >= 0)) {
        return std::chrono::seconds(0); // Whatever it means, it does not last.
    }
    return std::chrono::seconds(static_cast<qint64>(std::min(seconds, static_cast<double>(longestLifetime))));
}

QNetworkRequest requestFor(const TokenAddress &address)
{
    QNetworkRequest request(address.url);
    for (const Secret &header : address.headers) {
        request.setRawHeader(header.name, header.value);
    }
    request.setRawHeader("Accept", "application/json, text/plain;q=0.9");
    request.setRawHeader("Accept-Encoding", "identity"); // Nothing small becomes large.
    if (address.isPosted) {
        request.setHeader(QNetworkRequest::ContentTypeHeader, address.body.trimmed().startsWith('{')
                                                                  ? u"application/json"_s
                                                                  : u"application/x-www-form-urlencoded"_s);
    }
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::AuthenticationReuseAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    request.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setProtocol(QSsl::TlsV1_2OrLater);
    tls.setPeerVerifyMode(QSslSocket::VerifyPeer);
    request.setSslConfiguration(tls);
    return request;
}

/// One question. Child of its context; deletes itself.
class TokenQuestion final : public QObject
{
public:
    using Reply = std::function<void(const Result<GivenToken> &)>;
    TokenQuestion(const TokenAddress &address, Reply reply, std::chrono::milliseconds patience, QObject *parent)
        : QObject(parent)
        , m_host(hostOf(address.url))
        , m_reply(std::move(reply))
    {
        if (isLoopback(address.url.host())) {
            m_network.setProxy(QNetworkProxy::NoProxy);
        }
        const QNetworkRequest request = requestFor(address);
        m_answer = address.isPosted ? m_network.post(request, address.body) : m_network.get(request);
        connect(m_answer, &QNetworkReply::readyRead, this, &TokenQuestion::read);
        connect(m_answer, &QNetworkReply::finished, this, &TokenQuestion::end);
        // Not the time between two bytes, but all of it.
        QTimer::singleShot(patience, this, [this, patience] {
            finish(Error{ErrorCode::Unreachable,
                         u"%1 gave no token within %2 s."_s.arg(
                             m_host, QString::number(std::max<qint64>(1, patience.count() / 1000))),
                         {}});
        });
    }
    ~TokenQuestion() override { m_answer->disconnect(this); }

private:
    void read()
    {
        m_text += m_answer->read(mostTokenBytes + 1 - m_text.size());
        if (m_text.size() > mostTokenBytes) {
            finish(noToken(u"%1 answered with more than 16 kB: it is to give a token only."_s.arg(m_host)));
        }
    }

    void end()
    {
        if (!m_reply) {
            return;
        }
        const int status = m_answer->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
        const QString number = QString::number(status);
        const auto say = [this](ErrorCode code, const QString &sentence) { finish(Error{code, sentence, {}}); };
        if (status >= 300 && status < 400) {
            say(ErrorCode::Unreachable, u"%1 wants to send the question for a token elsewhere (%2), which is never "
                                        "followed: give the address itself."_s.arg(m_host, number));
        } else if (status == 401 || status == 403) {
            say(ErrorCode::NotAllowed, u"%1 refused to give a token (%2): the secret that it wants is missing, wrong "
                                       "or out of date."_s.arg(m_host, number));
        } else if (status != 0 && status != 200) {
            say(ErrorCode::Unreachable, u"%1 gave no token, but status %2."_s.arg(m_host, number));
        } else if (m_answer->error() != QNetworkReply::NoError) {
            // Its words quote the whole address, which may hold secrets.
            const bool isTls = m_answer->error() == QNetworkReply::SslHandshakeFailedError;
            say(ErrorCode::Unreachable,
                isTls ? u"The certificate of %1 does not hold: it was not asked for a token."_s.arg(m_host)
                      : u"%1 cannot be reached for a token: check its address and the network."_s.arg(m_host));
        } else {
            read();
            if (m_reply) {
                Result<GivenToken> given = readGivenToken(m_text);
                finish(given ? given : Result<GivenToken>(noToken(u"%1 "_s.arg(m_host) + given.error().message)));
            }
        }
    }

    void finish(const Result<GivenToken> &result)
    {
        if (Reply reply = std::exchange(m_reply, nullptr)) {
            m_text.fill('\0');
            m_answer->disconnect(this);
            m_answer->abort();
            deleteLater();
            // Not from within the network's own signal: whoever asked may go with the answer.
            QTimer::singleShot(0, parent(), [reply = std::move(reply), result] { reply(result); });
        }
    }

    QNetworkAccessManager m_network;
    QString m_host;
    Reply m_reply;
    QNetworkReply *m_answer = nullptr; ///< Child of m_network.
    QByteArray m_text;
};

} // namespace

Result<> checkTokenAddress(const TokenAddress &address)
{
    const QUrl &url = address.url;
    if (!url.isValid() || url.host().isEmpty()) {
        return refused(u"This is no address that gives tokens: it looks like https://HOST/PATH."_s);
    }
    if (!url.userInfo().isEmpty()) {
        return refused(u"A name or password in the address of the token is not sent: give it as a header."_s);
    }
    if (url.hasFragment()) {
        return refused(u"The address of the token ends with “#…”, which is never sent: leave it out."_s);
    }
    if (url.scheme() != "https"_L1 && !(url.scheme() == "http"_L1 && isLoopback(url.host()))) {
        return refused(u"Without TLS anybody on the way could read the token: it is asked for by https://, or by "
                       "http:// on this machine."_s);
    }
    const auto isHeader = [](const Secret &secret) { return secret.place == Secret::Place::Header; };
    if (!std::all_of(address.headers.begin(), address.headers.end(), isHeader)) {
        return refused(u"An address that gives tokens takes secrets as headers, or in its own query."_s);
    }
    if (const Result<> allowed = checkSignIn({address.headers, {}}); !allowed) {
        return allowed;
    }
    return address.body.size() > mostBodyBytes || (!address.isPosted && !address.body.isEmpty())
               ? refused(u"What is posted for a token is at most 16 kB."_s)
               : Result<>();
}

Result<GivenToken> readGivenToken(const QByteArray &answer)
{
    const QByteArray text = answer.trimmed();
    GivenToken given;
    given.token = text;
    if (text.startsWith('{')) {
        const Result<JsonValue> json = readJson(text, {.maxBytes = mostTokenBytes, .maxNodes = 200, .maxDepth = 8});
        if (!json) {
            return noToken(u"answered with JSON that cannot be read."_s);
        }
        const JsonValue *token = json->find("access_token");
        token = token ? token : json->find("token");
        if (!token || !token->isString()) {
            return noToken(u"answered with JSON that has no “access_token” and no “token”."_s);
        }
        given.token = token->toString().toUtf8();
        given.lifetime = lifetimeIn(*json);
    } else if (text.isEmpty()) {
        return noToken(u"answered with nothing."_s);
    }
    if (!isToken(given.token) || given.token.startsWith('<')) {
        return noToken(u"answered with something that is no token: JSON with an “access_token” or one word of "
                       "plain text is one."_s);
    }
    return given;
}

void askForToken(const TokenAddress &address, QObject *context,
                 std::function<void(const Result<GivenToken> &given)> reply, std::chrono::milliseconds patience)
{
    if (const Result<> allowed = checkTokenAddress(address); !allowed) {
        QTimer::singleShot(0, context, [reply = std::move(reply), why = allowed.error()] { reply(why); });
        return;
    }
    auto *question = new TokenQuestion(address, std::move(reply), patience, context);
    question->setObjectName(u"tokenQuestion"_s);
}

} // namespace countersign
