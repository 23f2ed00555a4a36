// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/oauth_authorization.h"

#include "core/base/digest.h"
#include "core/base/signature.h"
#include "tests/support/fake_clock.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QUrlQuery>
#include <QtNetwork/QNetworkReply>
#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::mcp;

namespace {

using Json = QJsonObject;

/// An MCP server and its authorization server on this machine, as strict as the specification.
class TestProvider
{
public:
    TestProvider()
        : m_server({}, [this](HttpServerExchange &exchange) { answer(exchange); })
    {
        if (!m_server.listen()) {
            qFatal("nothing can be listened to");
        }
    }
    QString origin() const { return u"http://"_s + m_server.authority(); }
    QUrl url() const { return QUrl(origin() + u"/mcp"_s); }
    int count(const QString &path) const { return static_cast<int>(std::count(paths.begin(), paths.end(), path)); }

    Json resource{};     ///< Overrides of its description.
    Json metadata{};     ///< Overrides of the authorization server's.
    Json token{};        ///< Overrides of its answers with tokens.
    QString redirectsAs; ///< `iss` in the redirect; empty: none.
    QString refusal;     ///< Instead of a code.
    bool describesResource = true;
    bool describesServer = true;
    bool acceptsRefresh = true;
    int lifetime = 3600;
    QStringList paths;
    QList<QUrlQuery> authorizations;
    QList<QUrlQuery> tokenForms;
    QList<QByteArray> tokenHeaders;
    QList<Json> registrations;
    QString accessToken; ///< The one that is good now.

private:
    static void say(HttpServerExchange &exchange, const Json &json, int status = 200)
    {
        exchange.respond(status, {{"Content-Type", "application/json"}}, QJsonDocument(json).toJson());
    }
    static Json with(Json base, const Json &overrides)
    {
        for (auto it = overrides.begin(); it != overrides.end(); ++it) {
            it.value().isNull() ? base.remove(it.key()) : static_cast<void>(base.insert(it.key(), it.value()));
        }
        return base;
    }

    void answer(HttpServerExchange &exchange)
    {
        const HttpRequest &request = exchange.request();
        const QString path = QString::fromUtf8(request.path);
        paths.append(path);
        if (path == "/.well-known/oauth-protected-resource/mcp"_L1 && describesResource) {
            say(exchange, with({{u"resource"_s, url().toString()},
                                {u"authorization_servers"_s, QJsonArray{origin()}},
                                {u"scopes_supported"_s, QJsonArray{u"read"_s}}},
                               resource));
        } else if (path == "/.well-known/oauth-authorization-server"_L1 && describesServer) {
            say(exchange, with({{u"issuer"_s, origin()},
                                {u"authorization_endpoint"_s, QString(origin() + u"/authorize"_s)},
                                {u"token_endpoint"_s, QString(origin() + u"/token"_s)},
                                {u"registration_endpoint"_s, QString(origin() + u"/register"_s)},
                                {u"code_challenge_methods_supported"_s, QJsonArray{u"S256"_s}}},
                               metadata));
        } else if (path == "/register"_L1 && request.method == "POST") {
            registrations.append(QJsonDocument::fromJson(request.body).object());
            say(exchange, {{u"client_id"_s, QString(u"client-"_s + QString::number(registrations.size()))}}, 201);
        } else if (path == "/authorize"_L1) {
            authorize(exchange);
        } else if (path == "/token"_L1 && request.method == "POST") {
            giveToken(exchange);
        } else {
            say(exchange, {}, 404);
        }
    }
    void authorize(HttpServerExchange &exchange)
    {
        const QUrlQuery query(QString::fromUtf8(exchange.request().query));
        authorizations.append(query);
        QUrlQuery back;
        back.addQueryItem(u"state"_s, query.queryItemValue(u"state"_s));
        if (refusal.isEmpty()) {
            back.addQueryItem(u"code"_s, u"code-1"_s);
        } else {
            back.addQueryItem(u"error"_s, refusal);
        }
        if (!redirectsAs.isEmpty()) {
            back.addQueryItem(u"iss"_s, QString::fromLatin1(QUrl::toPercentEncoding(redirectsAs)));
        }
        const QString to = query.queryItemValue(u"redirect_uri"_s, QUrl::FullyDecoded) + u'?' + back.query();
        exchange.respond(302, {{"Location", to.toUtf8()}});
    }
    void giveToken(HttpServerExchange &exchange)
    {
        const QUrlQuery form(QString::fromUtf8(exchange.request().body));
        tokenForms.append(form);
        tokenHeaders.append(exchange.request().header("authorization").value_or(QByteArray()));
        const bool isRefresh = form.queryItemValue(u"grant_type"_s) == "refresh_token"_L1;
        const QByteArray verifier = form.queryItemValue(u"code_verifier"_s).toUtf8();
        const QByteArray challenge =
            sha256(verifier).toByteArray().toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
        const bool isGood = isRefresh
                                ? acceptsRefresh && form.queryItemValue(u"refresh_token"_s) == m_refresh
                                : !authorizations.isEmpty() && form.queryItemValue(u"code"_s) == "code-1"_L1 &&
                                      authorizations.last().queryItemValue(u"code_challenge"_s).toUtf8() == challenge;
        if (!isGood) {
            say(exchange, {{u"error"_s, u"invalid_grant"_s}}, 400);
            return;
        }
        accessToken = u"access-"_s + QString::number(tokenForms.size());
        m_refresh = u"refresh-"_s + QString::number(tokenForms.size());
        say(exchange, with({{u"access_token"_s, accessToken},
                            {u"refresh_token"_s, m_refresh},
                            {u"token_type"_s, u"Bearer"_s},
                            {u"expires_in"_s, lifetime}},
                           token));
    }

    HttpServer m_server;
    QString m_refresh;
};

/// A client with a person who agrees, and a browser that does as it is told.
class SignInRig
{
public:
    explicit SignInRig(OAuthAuthorization::Options given = {})
        : ids(clock)
        , options(std::move(given))
    {
        restart();
    }
    /// As after a new start of the program: only the secrets are left.
    void restart()
    {
        authorization = std::make_unique<OAuthAuthorization>(
            OAuthAuthorization::Parts{secrets, clock, ids,
                                      [this](const SignInQuestion &question, auto settled) {
                                          questions.append(question.address);
                                          scopes.append(question.scope);
                                          browse ? browse(question, settled) : open(question.address, settled);
                                      }},
            options);
    }
    void open(const QUrl &address, const std::function<void(const Result<> &)> &settled)
    {
        settled({});
        follow(address);
    }
    /// By hand: QNetworkAccessManager may ask twice when it follows by itself.
    void follow(const QUrl &address)
    {
        QNetworkRequest request(address);
        request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
        QNetworkReply *reply = browser.get(request);
        QObject::connect(reply, &QNetworkReply::finished, reply, [this, reply] {
            reply->deleteLater();
            const QUrl next = reply->attribute(QNetworkRequest::RedirectionTargetAttribute).toUrl();
            next.isEmpty() ? static_cast<void>(lastPage = reply->readAll()) : follow(reply->url().resolved(next));
        });
    }
    QByteArray header(const QUrl &server)
    {
        std::optional<QByteArray> given;
        authorization->headersFor(server, [&](const Result<std::vector<HeaderPair>> &headers) {
            given = headers && !headers->empty() ? headers->front().second : QByteArray();
        });
        waitFor([&] { return given.has_value(); });
        return given.value_or(QByteArray());
    }
    Result<> refused(const QUrl &server, const QByteArray &challenge = {}, int status = 401, int attempt = 1)
    {
        HttpAuthorization::Challenge said;
        said.status = status;
        said.wwwAuthenticate = challenge;
        said.usedHeader = header(server);
        said.attempt = attempt;
        std::optional<Result<>> result;
        authorization->refused(server, said, [&](const Result<> &settled) { result = settled; });
        waitFor([&] { return result.has_value(); });
        return result.value_or(Result<>(Error{ErrorCode::Internal, u"nothing came of it"_s, {}}));
    }
    static void waitFor(const std::function<bool()> &isSo)
    {
        QDeadlineTimer patience(10'000);
        while (!isSo() && !patience.hasExpired()) {
            QTest::qWait(1);
        }
    }

    FakeClock clock;
    SystemIdSource ids;
    OAuthAuthorization::Options options;
    MemorySecretStore secrets;
    QNetworkAccessManager browser;
    std::function<void(const SignInQuestion &, std::function<void(const Result<> &)>)> browse;
    QList<QUrl> questions;
    QStringList scopes;
    QByteArray lastPage;
    std::unique_ptr<OAuthAuthorization> authorization;
};

} // namespace

class TestOauthAuthorization : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }
    void aPersonSignsInOnce();
    void tokensOutliveTheProgram();
    void tokensGoToTheirServerOnly();
    void tokensAreRenewedBeforeTheyRunOut();
    void aRefusedTokenIsRenewedWithoutAPerson();
    void whatCannotBeRenewedAsksAgain();
    void whatAnotherProcessRenewedIsUsed();
    void severalRefusalsAreOneSignIn();
    void moreRightsAreAskedForOnTop();
    void aServerThatAlwaysRefusesIsLeft();
    void aPlainRefusalIsFinal();
    void nothingIsSentToDoubtfulServers_data();
    void nothingIsSentToDoubtfulServers();
    void redirectsOfOthersAreRefused_data();
    void redirectsOfOthersAreRefused();
    void aPersonMaySayNo();
    void whoDoesNothingIsNotWaitedForForEver();
    void whoKnocksOnThePortDisturbsNothing();
    void theNameThatWasGivenIsUsed();
    void aMetadataDocumentIsTheName();
    void anOldServerIsItsOwnAuthorizationServer_data();
    void anOldServerIsItsOwnAuthorizationServer();
    void anotherAuthorizationServerGetsNothingOfTheFirst();
    void withoutABrowserNobodySignsIn();
    void hugeAnswersAreNotRead();
};

void TestOauthAuthorization::aPersonSignsInOnce()
{
    TestProvider provider;
    SignInRig rig;
    QCOMPARE(rig.header(provider.url()), QByteArray());
    const Result<> done = rig.refused(provider.url(), R"(Bearer scope="write")");
    QVERIFY2(done, done ? "" : qPrintable(done.error().message));
    QCOMPARE(rig.header(provider.url()), "Bearer " + provider.accessToken.toLatin1());
    QTRY_VERIFY(rig.lastPage.contains("You are signed in"));
    const QUrlQuery asked = provider.authorizations.first();
    QCOMPARE(asked.queryItemValue(u"scope"_s), u"write"_s);
    QCOMPARE(asked.queryItemValue(u"client_id"_s), u"client-1"_s);
    QCOMPARE(asked.queryItemValue(u"code_challenge_method"_s), u"S256"_s);
    QCOMPARE(asked.queryItemValue(u"resource"_s, QUrl::FullyDecoded), provider.url().toString());
    QCOMPARE(provider.tokenForms.first().queryItemValue(u"resource"_s, QUrl::FullyDecoded), provider.url().toString());
    const Json registered = provider.registrations.first();
    QCOMPARE(registered[u"application_type"_s].toString(), u"native"_s);
    QCOMPARE(registered[u"token_endpoint_auth_method"_s].toString(), u"none"_s);
    QVERIFY(registered[u"redirect_uris"_s].toArray().first().toString().startsWith(u"http://127.0.0.1:"_s));
}

void TestOauthAuthorization::tokensOutliveTheProgram()
{
    TestProvider provider;
    SignInRig rig;
    QVERIFY(rig.refused(provider.url()));
    const QByteArray before = rig.header(provider.url());
    rig.restart();
    QCOMPARE(rig.header(provider.url()), before);
    QCOMPARE(rig.questions.size(), 1);
    std::optional<Result<>> out;
    rig.authorization->signOut(provider.url(), [&](const Result<> &done) { out = done; });
    SignInRig::waitFor([&] { return out.has_value(); });
    QCOMPARE(rig.header(provider.url()), QByteArray());
    rig.restart();
    QCOMPARE(rig.header(provider.url()), QByteArray());
}

void TestOauthAuthorization::tokensGoToTheirServerOnly()
{
    TestProvider provider;
    SignInRig rig;
    QVERIFY(rig.refused(provider.url()));
    QUrl other = provider.url();
    other.setPath(u"/other"_s);
    QCOMPARE(rig.header(other), QByteArray());
    // Somebody moves what is kept for one server to the place of another.
    const auto keyOf = [](const QUrl &url) {
        return u"mcp-oauth-tokens-"_s + sha256(oauth::canonicalResource(url).toUtf8()).hex().left(40);
    };
    QVERIFY(rig.secrets.kept.contains(keyOf(provider.url())));
    rig.secrets.kept[keyOf(other)] = rig.secrets.kept.at(keyOf(provider.url()));
    rig.restart();
    QCOMPARE(rig.header(other), QByteArray());
    QVERIFY(!rig.header(provider.url()).isEmpty());
}

void TestOauthAuthorization::tokensAreRenewedBeforeTheyRunOut()
{
    TestProvider provider;
    SignInRig rig;
    QVERIFY(rig.refused(provider.url()));
    rig.clock.advance(3580s);
    QCOMPARE(rig.header(provider.url()), QByteArray("Bearer access-2"));
    QCOMPARE(provider.tokenForms.last().queryItemValue(u"refresh_token"_s), u"refresh-1"_s);
    rig.clock.advance(3580s);
    QCOMPARE(rig.header(provider.url()), QByteArray("Bearer access-3")); // With the one that came in between.
    QCOMPARE(provider.tokenForms.last().queryItemValue(u"refresh_token"_s), u"refresh-2"_s);
    QCOMPARE(rig.questions.size(), 1);
}

void TestOauthAuthorization::aRefusedTokenIsRenewedWithoutAPerson()
{
    TestProvider provider;
    SignInRig rig;
    QVERIFY(rig.refused(provider.url()));
    QVERIFY(rig.refused(provider.url(), R"(Bearer error="invalid_token")"));
    QCOMPARE(rig.header(provider.url()), QByteArray("Bearer access-2"));
    QCOMPARE(rig.questions.size(), 1);
}

void TestOauthAuthorization::whatCannotBeRenewedAsksAgain()
{
    TestProvider provider;
    SignInRig rig;
    QVERIFY(rig.refused(provider.url()));
    provider.acceptsRefresh = false;
    QVERIFY(rig.refused(provider.url(), R"(Bearer error="invalid_token")"));
    QCOMPARE(rig.questions.size(), 2);
    QCOMPARE(rig.header(provider.url()), "Bearer " + provider.accessToken.toLatin1());
}

void TestOauthAuthorization::whatAnotherProcessRenewedIsUsed()
{
    TestProvider provider;
    SignInRig rig;
    QVERIFY(rig.refused(provider.url()));
    const std::map<QString, QByteArray> before = rig.secrets.kept;
    QVERIFY(rig.refused(provider.url(), R"(Bearer error="invalid_token")"));
    const std::map<QString, QByteArray> after = rig.secrets.kept;
    // This one still has the tokens from before; their refresh token is used up.
    rig.secrets.kept = before;
    rig.restart();
    QCOMPARE(rig.header(provider.url()), QByteArray("Bearer access-1"));
    rig.secrets.kept = after;
    QVERIFY(rig.refused(provider.url(), R"(Bearer error="invalid_token")"));
    QCOMPARE(rig.header(provider.url()), QByteArray("Bearer access-2"));
    QCOMPARE(provider.tokenForms.size(), 2);
    QCOMPARE(rig.questions.size(), 1);
}

void TestOauthAuthorization::severalRefusalsAreOneSignIn()
{
    TestProvider provider;
    SignInRig rig;
    int settled = 0;
    for (int i = 0; i < 20; ++i) {
        rig.authorization->refused(provider.url(), {}, [&](const Result<> &done) { settled += done ? 1 : 0; });
    }
    QTRY_COMPARE(settled, 20);
    QCOMPARE(rig.questions.size(), 1);
    QCOMPARE(provider.tokenForms.size(), 1);
}

void TestOauthAuthorization::moreRightsAreAskedForOnTop()
{
    TestProvider provider;
    SignInRig rig;
    QVERIFY(rig.refused(provider.url(), R"(Bearer scope="read")"));
    QVERIFY(rig.refused(provider.url(), R"(Bearer error="insufficient_scope", scope="write")", 403));
    QCOMPARE(rig.scopes, (QStringList{u"read"_s, u"read write"_s}));
}

void TestOauthAuthorization::aServerThatAlwaysRefusesIsLeft()
{
    TestProvider provider;
    SignInRig rig;
    const QByteArray challenge = R"(Bearer error="insufficient_scope", scope="write")";
    int attempt = 1;
    while (attempt < 20 && rig.refused(provider.url(), challenge, 403, attempt)) {
        ++attempt;
    }
    QCOMPARE(attempt, 3);
    QCOMPARE(rig.questions.size(), 2);
    QVERIFY(!rig.refused(provider.url(), challenge, 403)); // Nor for another message.
    QCOMPARE(rig.questions.size(), 2);
    QVERIFY(rig.refused(provider.url(), R"(Bearer error="insufficient_scope", scope="other")", 403));
    QCOMPARE(rig.scopes.last(), u"write other"_s);
}

void TestOauthAuthorization::aPlainRefusalIsFinal()
{
    TestProvider provider;
    SignInRig rig;
    const Result<> done = rig.refused(provider.url(), "Bearer", 403);
    QVERIFY(!done && done.error().code == ErrorCode::NotAllowed);
    QVERIFY(provider.paths.isEmpty());
}

void TestOauthAuthorization::nothingIsSentToDoubtfulServers_data()
{
    QTest::addColumn<QJsonObject>("resource");
    QTest::addColumn<QJsonObject>("metadata");
    const Json none;
    QTest::newRow("no PKCE") << none << Json{{u"code_challenge_methods_supported"_s, QJsonValue::Null}};
    QTest::newRow("plain PKCE") << none << Json{{u"code_challenge_methods_supported"_s, QJsonArray{u"plain"_s}}};
    QTest::newRow("another issuer") << none << Json{{u"issuer"_s, u"https://attacker.example.com"_s}};
    QTest::newRow("a script to open") << none << Json{{u"authorization_endpoint"_s, u"javascript:alert(1)"_s}};
    QTest::newRow("a file to open") << none << Json{{u"authorization_endpoint"_s, u"file:///etc/passwd"_s}};
    QTest::newRow("tokens without TLS") << none << Json{{u"token_endpoint"_s, u"http://as.example.com/token"_s}};
    QTest::newRow("another resource") << Json{{u"resource"_s, u"https://evil.example.com/mcp"_s}} << none;
    QTest::newRow("nowhere to sign in") << Json{{u"authorization_servers"_s, QJsonArray{}}} << none;
    QTest::newRow("an authorization server without TLS")
        << Json{{u"authorization_servers"_s, QJsonArray{u"http://as.example.com"_s}}} << none;
}

void TestOauthAuthorization::nothingIsSentToDoubtfulServers()
{
    QFETCH(QJsonObject, resource);
    QFETCH(QJsonObject, metadata);
    TestProvider provider;
    provider.resource = resource;
    provider.metadata = metadata;
    SignInRig rig;
    const Result<> done = rig.refused(provider.url());
    QVERIFY(!done);
    QVERIFY(done.error().message.endsWith(u'.') || done.error().message.contains(u':'));
    QVERIFY(rig.questions.isEmpty());
    QVERIFY(provider.registrations.isEmpty());
    QVERIFY(provider.tokenForms.isEmpty());
}

void TestOauthAuthorization::redirectsOfOthersAreRefused_data()
{
    QTest::addColumn<bool>("isAnnounced");
    QTest::addColumn<QString>("issuer");
    QTest::addColumn<QString>("refusal");
    QTest::addColumn<bool>("isGood");
    QTest::newRow("announced and right") << true << u"OWN"_s << u""_s << true;
    QTest::newRow("announced and missing") << true << u""_s << u""_s << false;
    QTest::newRow("announced and wrong") << true << u"https://evil.example.com"_s << u""_s << false;
    QTest::newRow("wrong all the same") << false << u"https://evil.example.com"_s << u""_s << false;
    QTest::newRow("a slash more") << true << u"OWN/"_s << u""_s << false;
    QTest::newRow("refused by the server") << false << u""_s << u"access_denied"_s << false;
}

void TestOauthAuthorization::redirectsOfOthersAreRefused()
{
    QFETCH(bool, isAnnounced);
    QFETCH(QString, issuer);
    QFETCH(QString, refusal);
    QFETCH(bool, isGood);
    TestProvider provider;
    provider.metadata = {{u"authorization_response_iss_parameter_supported"_s, isAnnounced}};
    provider.redirectsAs = issuer.replace(u"OWN"_s, provider.origin());
    provider.refusal = refusal;
    SignInRig rig;
    QCOMPARE(rig.refused(provider.url()).hasValue(), isGood);
    QCOMPARE(provider.tokenForms.size(), isGood ? 1 : 0);
    QTRY_VERIFY(rig.lastPage.contains(isGood ? "You are signed in" : "given up"));
}

void TestOauthAuthorization::aPersonMaySayNo()
{
    TestProvider provider;
    SignInRig rig;
    rig.browse = [](const SignInQuestion &, const auto &settled) {
        settled(Error{ErrorCode::Cancelled, u"Not now."_s, {}});
    };
    const Result<> done = rig.refused(provider.url());
    QCOMPARE(done.error().message, u"Not now."_s);
    rig.browse = {};
    QVERIFY(rig.refused(provider.url())); // And later yes.
    rig.browse = [](const SignInQuestion &, const auto &settled) { settled({}); };
    std::optional<Result<>> result;
    provider.acceptsRefresh = false;
    HttpAuthorization::Challenge again;
    again.usedHeader = rig.header(provider.url());
    rig.authorization->refused(provider.url(), again, [&](const Result<> &settled) { result = settled; });
    QTRY_COMPARE(rig.questions.size(), 3);
    rig.authorization->giveUp(u"Given up."_s);
    QVERIFY(result && !*result);
    QCOMPARE(result->error().message, u"Given up."_s);
}

void TestOauthAuthorization::whoDoesNothingIsNotWaitedForForEver()
{
    TestProvider provider;
    OAuthAuthorization::Options options;
    options.person = 100ms;
    SignInRig rig(options);
    rig.browse = [](const SignInQuestion &, const auto &settled) { settled({}); };
    const Result<> done = rig.refused(provider.url());
    QCOMPARE(done.error().code, ErrorCode::Expired);
}

void TestOauthAuthorization::whoKnocksOnThePortDisturbsNothing()
{
    TestProvider provider;
    SignInRig rig;
    QUrl ours;
    rig.browse = [&](const SignInQuestion &question, const auto &settled) {
        const QUrlQuery query(question.address.query(QUrl::FullyEncoded));
        ours = QUrl(query.queryItemValue(u"redirect_uri"_s, QUrl::FullyDecoded));
        settled({});
        // Another program guesses; then the browser comes.
        QUrl guess = ours;
        guess.setQuery(u"code=stolen&state=guessed"_s);
        QNetworkReply *reply = rig.browser.get(QNetworkRequest(guess));
        QObject::connect(reply, &QNetworkReply::finished, reply, [&, address = question.address, reply] {
            QCOMPARE(reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(), 400);
            rig.open(address, [](const Result<> &) {});
        });
    };
    QVERIFY(rig.refused(provider.url()));
    QCOMPARE(ours.host(), u"127.0.0.1"_s);
    QCOMPARE(provider.tokenForms.size(), 1);
    QCOMPARE(provider.tokenForms.first().queryItemValue(u"code"_s), u"code-1"_s);
}

void TestOauthAuthorization::theNameThatWasGivenIsUsed()
{
    TestProvider provider;
    OAuthAuthorization::Options options;
    options.client = oauth::Client{};
    options.client->id = u"mine"_s;
    options.client->secret = u"s:s"_s;
    SignInRig rig(options);
    QVERIFY(rig.refused(provider.url()));
    QVERIFY(provider.registrations.isEmpty());
    QCOMPARE(provider.authorizations.first().queryItemValue(u"client_id"_s), u"mine"_s);
    QCOMPARE(provider.tokenHeaders.first(), "Basic " + QByteArray("mine:s%3As").toBase64());
}

void TestOauthAuthorization::aMetadataDocumentIsTheName()
{
    TestProvider provider;
    provider.metadata = {{u"client_id_metadata_document_supported"_s, true}};
    OAuthAuthorization::Options options;
    options.metadataDocument = QUrl(u"https://countersign.example/client.json"_s);
    SignInRig rig(options);
    QVERIFY(rig.refused(provider.url()));
    QVERIFY(provider.registrations.isEmpty());
    QCOMPARE(provider.tokenForms.first().queryItemValue(u"client_id"_s, QUrl::FullyDecoded),
             options.metadataDocument.toString());
}

void TestOauthAuthorization::anOldServerIsItsOwnAuthorizationServer_data()
{
    QTest::addColumn<bool>("describesServer");
    QTest::addColumn<QString>("issuer");
    QTest::addColumn<bool>("isGood");
    QTest::newRow("with a description at its root") << true << u"ORIGIN"_s << true;
    QTest::newRow("with an issuer below its root") << true << u"ORIGIN/oauth"_s << true;
    QTest::newRow("with an issuer elsewhere") << true << u"https://evil.example.com"_s << false;
    QTest::newRow("with none at all") << false << u"ORIGIN"_s << true;
}

void TestOauthAuthorization::anOldServerIsItsOwnAuthorizationServer()
{
    QFETCH(bool, describesServer);
    QFETCH(QString, issuer);
    QFETCH(bool, isGood);
    TestProvider provider;
    provider.metadata = {{u"issuer"_s, issuer.replace(u"ORIGIN"_s, provider.origin())}};
    provider.describesResource = false;
    provider.describesServer = describesServer;
    SignInRig rig;
    const Result<> done = rig.refused(provider.url());
    QVERIFY2(done.hasValue() == isGood, done ? "" : qPrintable(done.error().message));
    QCOMPARE(rig.header(provider.url()), isGood ? QByteArray("Bearer access-1") : QByteArray());
}

void TestOauthAuthorization::anotherAuthorizationServerGetsNothingOfTheFirst()
{
    TestProvider provider;
    TestProvider second;
    SignInRig rig;
    QVERIFY(rig.refused(provider.url()));
    provider.resource = {{u"authorization_servers"_s, QJsonArray{second.origin()}}};
    QVERIFY(rig.refused(provider.url(), R"(Bearer error="invalid_token")"));
    QCOMPARE(second.registrations.size(), 1);
    QCOMPARE(second.tokenForms.size(), 1);
    QVERIFY(!second.tokenForms.first().hasQueryItem(u"refresh_token"_s));
    QCOMPARE(provider.tokenForms.size(), 1);
}

void TestOauthAuthorization::withoutABrowserNobodySignsIn()
{
    TestProvider provider;
    const SystemClock clock;
    SystemIdSource ids(clock);
    MemorySecretStore secrets;
    OAuthAuthorization authorization({secrets, clock, ids, {}}, {});
    std::optional<Result<>> result;
    authorization.refused(provider.url(), {}, [&](const Result<> &settled) { result = settled; });
    QTRY_VERIFY(result);
    QVERIFY(!*result);
    QVERIFY(result->error().message.contains(u"sign in"_s));
}

void TestOauthAuthorization::hugeAnswersAreNotRead()
{
    TestProvider provider;
    provider.resource = {{u"more"_s, QString(1024 * 1024, u'x')}};
    provider.describesServer = false;
    provider.metadata = {{u"registration_endpoint"_s, QJsonValue::Null}};
    SignInRig rig;
    rig.browse = [](const SignInQuestion &, const auto &settled) {
        settled(Error{ErrorCode::Cancelled, u"stop"_s, {}});
    };
    QVERIFY(!rig.refused(provider.url()));
    QVERIFY(provider.tokenForms.isEmpty());
}

QTEST_GUILESS_MAIN(TestOauthAuthorization)
#include "tst_oauth_authorization.moc"
