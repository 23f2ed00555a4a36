// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/oauth_metadata.h"

#include "core/base/digest.h"
#include "tests/support/seed.h"

#include <QtCore/QRandomGenerator>
#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::mcp::oauth;

namespace {

const QUrl server(u"https://mcp.example.com/mcp"_s);

QStringList texts(const std::vector<QUrl> &urls)
{
    QStringList all;
    for (const QUrl &url : urls) {
        all.append(url.toString(QUrl::FullyEncoded));
    }
    return all;
}

QByteArray description(const QByteArray &more = {}, const QByteArray &pkce = R"(["plain","S256"])")
{
    return R"({"issuer":"https://as.example.com","authorization_endpoint":"https://as.example.com/authorize?a=b",)"
           R"("token_endpoint":"https://as.example.com/token","code_challenge_methods_supported":)" +
           pkce + more + '}';
}

AuthorizationServer knownServer(bool namesItself = false)
{
    AuthorizationServer known;
    known.issuer = u"https://as.example.com"_s;
    known.authorizationEndpoint = QUrl(u"https://as.example.com/authorize?a=b"_s);
    known.namesItself = namesItself;
    return known;
}

} // namespace

class TestOauthMetadata : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void challengesAreRead_data();
    void challengesAreRead();
    void addressesAreCheckedBeforeAnythingIsSent_data();
    void addressesAreCheckedBeforeAnythingIsSent();
    void aServerIsLookedForWhereItMayBe();
    void anotherServersDescriptionIsRefused_data();
    void anotherServersDescriptionIsRefused();
    void anAuthorizationServerIsLookedForInOrder();
    void doubtfulAuthorizationServersAreRefused_data();
    void doubtfulAuthorizationServersAreRefused();
    void theBrowserGetsTheWholeQuestion();
    void redirectsAreComparedLetterByLetter_data();
    void redirectsAreComparedLetterByLetter();
    void scopesAreChosenInOrder_data();
    void scopesAreChosenInOrder();
    void clientsAuthenticateAsAgreed_data();
    void clientsAuthenticateAsAgreed();
    void tokensAreReadStrictly_data();
    void tokensAreReadStrictly();
    void hostileBytesDoNoHarm();
};

void TestOauthMetadata::challengesAreRead_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QString>("metadata");
    QTest::addColumn<QString>("scope");
    QTest::addColumn<QString>("error");
    QTest::newRow("whole") << QByteArray(
                                  R"(Bearer resource_metadata="https://a/b", scope="x y", error="invalid_token")")
                           << u"https://a/b"_s << u"x y"_s << u"invalid_token"_s;
    QTest::newRow("without quotes") << QByteArray("bearer error=insufficient_scope,scope=x") << u""_s << u"x"_s
                                    << u"insufficient_scope"_s;
    QTest::newRow("behind another one") << QByteArray(R"(Basic realm="a, Bearer scope=\"no\"", Bearer scope="yes")")
                                        << u""_s << u"yes"_s << u""_s;
    QTest::newRow("before another one") << QByteArray(R"(Bearer scope="yes", Basic scope="no")") << u""_s << u"yes"_s
                                        << u""_s;
    QTest::newRow("escapes") << QByteArray(R"(Bearer scope="a\"b\\c")") << u""_s << u"a\"b\\c"_s << u""_s;
    QTest::newRow("the first counts") << QByteArray("Bearer scope=a, scope=b") << u""_s << u"a"_s << u""_s;
    QTest::newRow("alone") << QByteArray("Bearer") << u""_s << u""_s << u""_s;
    QTest::newRow("unended") << QByteArray(R"(Bearer scope="abc)") << u""_s << u"abc"_s << u""_s;
    QTest::newRow("rubbish") << QByteArray("\x01\x02==,,\"") << u""_s << u""_s << u""_s;
    QTest::newRow("nothing") << QByteArray() << u""_s << u""_s << u""_s;
}

void TestOauthMetadata::challengesAreRead()
{
    QFETCH(QByteArray, header);
    QFETCH(QString, metadata);
    QFETCH(QString, scope);
    QFETCH(QString, error);
    const Challenge challenge = readChallenge(header);
    QCOMPARE(challenge.resourceMetadata, metadata);
    QCOMPARE(challenge.scope, scope);
    QCOMPARE(challenge.error, error);
}

void TestOauthMetadata::addressesAreCheckedBeforeAnythingIsSent_data()
{
    QTest::addColumn<QString>("address");
    QTest::addColumn<QString>("of");
    QTest::addColumn<bool>("isGood");
    const QString away = u"https://mcp.example.com/mcp"_s;
    const QString here = u"http://localhost:8080/mcp"_s;
    QTest::newRow("https") << u"https://as.example.com/x"_s << away << true;
    QTest::newRow("no TLS") << u"http://as.example.com/x"_s << away << false;
    QTest::newRow("this machine, for a server elsewhere") << u"http://127.0.0.1:1/x"_s << away << false;
    QTest::newRow("this machine with TLS, for a server elsewhere") << u"https://localhost/x"_s << away << false;
    QTest::newRow("this machine, for a server on it") << u"http://127.0.0.1:1/x"_s << here << true;
    QTest::newRow("a file") << u"file:///etc/passwd"_s << here << false;
    QTest::newRow("a script") << u"javascript:alert(1)"_s << here << false;
    QTest::newRow("data") << u"data:text/html,x"_s << here << false;
    QTest::newRow("a user name") << u"https://a@as.example.com/x"_s << away << false;
    QTest::newRow("a fragment") << u"https://as.example.com/x#y"_s << away << false;
    QTest::newRow("no host") << u"https:///x"_s << away << false;
    QTest::newRow("relative") << u"/x"_s << away << false;
    QTest::newRow("nothing") << u""_s << away << false;
}

void TestOauthMetadata::addressesAreCheckedBeforeAnythingIsSent()
{
    QFETCH(QString, address);
    QFETCH(QString, of);
    QFETCH(bool, isGood);
    const Result<> checked = checkAddress(QUrl(address, QUrl::StrictMode), QUrl(of));
    QCOMPARE(checked.hasValue(), isGood);
    QVERIFY(isGood || !checked.error().message.isEmpty());
}

void TestOauthMetadata::aServerIsLookedForWhereItMayBe()
{
    const QString root = u"https://mcp.example.com/.well-known/oauth-protected-resource"_s;
    QCOMPARE(texts(protectedResourceAddresses(server, {})), (QStringList{root + u"/mcp"_s, root}));
    Challenge challenge;
    challenge.resourceMetadata = u"https://other.example.com/there"_s;
    QCOMPARE(texts(protectedResourceAddresses(server, challenge)),
             (QStringList{challenge.resourceMetadata, root + u"/mcp"_s, root}));
    challenge.resourceMetadata = u"http://169.254.169.254/latest"_s;
    QCOMPARE(texts(protectedResourceAddresses(server, challenge)), (QStringList{root + u"/mcp"_s, root}));
    QCOMPARE(texts(protectedResourceAddresses(QUrl(u"https://mcp.example.com"_s), {})), QStringList{root});
    QCOMPARE(canonicalResource(QUrl(u"HTTPS://MCP.Example.com:8443/mcp?x=1#y"_s)),
             u"https://mcp.example.com:8443/mcp"_s);
    QCOMPARE(canonicalResource(QUrl(u"https://mcp.example.com/"_s)), u"https://mcp.example.com"_s);
}

void TestOauthMetadata::anotherServersDescriptionIsRefused_data()
{
    QTest::addColumn<QString>("resource");
    QTest::addColumn<bool>("isGood");
    QTest::newRow("the same") << u"https://mcp.example.com/mcp"_s << true;
    QTest::newRow("its whole origin") << u"https://mcp.example.com"_s << true;
    QTest::newRow("its origin with a slash") << u"https://mcp.example.com/"_s << true;
    QTest::newRow("a path that begins alike") << u"https://mcp.example.com/mc"_s << false;
    QTest::newRow("a path below") << u"https://mcp.example.com/mcp/more"_s << false;
    QTest::newRow("another host") << u"https://evil.example.com/mcp"_s << false;
    QTest::newRow("another port") << u"https://mcp.example.com:444/mcp"_s << false;
    QTest::newRow("another scheme") << u"http://mcp.example.com/mcp"_s << false;
    QTest::newRow("a query") << u"https://mcp.example.com/mcp?a"_s << false;
    QTest::newRow("nothing") << u""_s << false;
}

void TestOauthMetadata::anotherServersDescriptionIsRefused()
{
    QFETCH(QString, resource);
    QFETCH(bool, isGood);
    const QByteArray bytes = R"({"resource":")" + resource.toUtf8() + R"(","authorization_servers":["https://a"]})";
    QCOMPARE(readProtectedResource(bytes, server).hasValue(), isGood);
}

void TestOauthMetadata::anAuthorizationServerIsLookedForInOrder()
{
    const QString at = u"https://as.example.com"_s;
    QCOMPARE(
        texts(authorizationServerAddresses(QUrl(at))),
        (QStringList{at + u"/.well-known/oauth-authorization-server"_s, at + u"/.well-known/openid-configuration"_s}));
    QCOMPARE(texts(authorizationServerAddresses(QUrl(at + u"/tenant1"_s))),
             (QStringList{at + u"/.well-known/oauth-authorization-server/tenant1"_s,
                          at + u"/.well-known/openid-configuration/tenant1"_s,
                          at + u"/tenant1/.well-known/openid-configuration"_s}));
}

void TestOauthMetadata::doubtfulAuthorizationServersAreRefused_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("isGood");
    QTest::newRow("plain") << description() << true;
    QTest::newRow("only plain PKCE") << description({}, R"(["plain"])") << false;
    QTest::newRow("PKCE that is no list") << description({}, R"("S256")") << false;
    QTest::newRow("registers without TLS")
        << description(R"(,"registration_endpoint":"http://as.example.com/register")") << false;
    QTest::newRow("registers at this machine")
        << description(R"(,"registration_endpoint":"http://127.0.0.1/register")") << false;
    QByteArray other = description();
    QTest::newRow("another issuer") << other.replace("https://as.example.com\"", "https://as.example.com/\"") << false;
    QByteArray script = description();
    QTest::newRow("a script") << script.replace("https://as.example.com/authorize?a=b", "javascript:alert(1)") << false;
    QTest::newRow("twice") << description(R"(,"issuer":"https://as.example.com")") << false;
    QTest::newRow("no object") << QByteArray("[]") << false;
}

void TestOauthMetadata::doubtfulAuthorizationServersAreRefused()
{
    QFETCH(QByteArray, bytes);
    QFETCH(bool, isGood);
    QCOMPARE(readAuthorizationServer(bytes, u"https://as.example.com"_s, server).hasValue(), isGood);
}

void TestOauthMetadata::theBrowserGetsTheWholeQuestion()
{
    const SystemClock clock;
    SystemIdSource ids(clock);
    Attempt attempt = Attempt::begin(ids);
    QVERIFY(attempt.verifier.size() >= 43 && attempt.verifier.size() <= 128); // RFC 7636 section 4.1.
    QVERIFY(attempt.state != Attempt::begin(ids).state);
    attempt.redirectUri = u"http://127.0.0.1:1234/callback"_s;
    attempt.resource = u"https://mcp.example.com/mcp"_s;
    attempt.scope = u"a b"_s;
    Client client;
    client.id = u"me & you"_s;
    const QByteArray address = authorizationAddress(knownServer(), client, attempt).toEncoded();
    const QByteArray challenge =
        sha256(attempt.verifier).toByteArray().toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
    QCOMPARE(address, "https://as.example.com/authorize?a=b&response_type=code&client_id=me%20%26%20you&redirect_uri="
                      "http%3A%2F%2F127.0.0.1%3A1234%2Fcallback&state=" +
                          attempt.state.toLatin1() + "&code_challenge=" + challenge +
                          "&code_challenge_method=S256&resource=https%3A%2F%2Fmcp.example.com%2Fmcp&scope=a%20b");
}

void TestOauthMetadata::redirectsAreComparedLetterByLetter_data()
{
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<bool>("namesItself");
    QTest::addColumn<QString>("code");
    const QByteArray good = "code=c%2B1&state=st";
    const QByteArray issuer = "&iss=https%3A%2F%2Fas.example.com";
    QTest::newRow("plain") << good << false << u"c+1"_s;
    QTest::newRow("with its issuer") << good + issuer << true << u"c+1"_s;
    QTest::newRow("with its issuer, unannounced") << good + issuer << false << u"c+1"_s;
    QTest::newRow("without the announced issuer") << good << true << u""_s;
    QTest::newRow("another issuer") << good + "&iss=https%3A%2F%2Fevil.example.com" << true << u""_s;
    QTest::newRow("another issuer, unannounced") << good + "&iss=https%3A%2F%2Fevil.example.com" << false << u""_s;
    QTest::newRow("a slash more") << good + issuer + "%2F" << true << u""_s;
    QTest::newRow("another state") << QByteArray("code=c&state=sT") << false << u""_s;
    QTest::newRow("no state") << QByteArray("code=c") << false << u""_s;
    QTest::newRow("two codes") << good + "&code=d" << false << u""_s;
    QTest::newRow("two states") << good + "&state=x" << false << u""_s;
    QTest::newRow("an error") << QByteArray("error=access_denied&state=st") << false << u""_s;
    QTest::newRow("no code") << QByteArray("state=st") << false << u""_s;
    QTest::newRow("nothing") << QByteArray() << false << u""_s;
}

void TestOauthMetadata::redirectsAreComparedLetterByLetter()
{
    QFETCH(QByteArray, query);
    QFETCH(bool, namesItself);
    QFETCH(QString, code);
    Attempt attempt;
    attempt.state = u"st"_s;
    const Result<QString> read = readRedirect(query, attempt, knownServer(namesItself));
    QCOMPARE(read.valueOr(QString()), code);
}

void TestOauthMetadata::scopesAreChosenInOrder_data()
{
    QTest::addColumn<QString>("challenge");
    QTest::addColumn<QString>("error");
    QTest::addColumn<QStringList>("ofResource");
    QTest::addColumn<QStringList>("ofServer");
    QTest::addColumn<QString>("held");
    QTest::addColumn<QString>("expected");
    const QStringList none;
    QTest::newRow("the challenge first") << u"x"_s << u""_s << QStringList{u"a"_s} << none << u""_s << u"x"_s;
    QTest::newRow("else what the server has")
        << u""_s << u""_s << QStringList{u"a"_s, u"b"_s} << none << u""_s << u"a b"_s;
    QTest::newRow("else none") << u""_s << u""_s << none << QStringList{u"z"_s} << u""_s << u""_s;
    QTest::newRow("a step up keeps what is held")
        << u"w"_s << u"insufficient_scope"_s << none << none << u"r q"_s << u"r q w"_s;
    QTest::newRow("going on without asking")
        << u"x"_s << u""_s << none << QStringList{u"offline_access"_s} << u""_s << u"x offline_access"_s;
    QTest::newRow("each once") << u"x  x y"_s << u""_s << none << none << u""_s << u"x y"_s;
    QTest::newRow("no quotes") << u"x\" y"_s << u""_s << none << none << u""_s << u"y"_s;
}

void TestOauthMetadata::scopesAreChosenInOrder()
{
    QFETCH(QString, challenge);
    QFETCH(QString, error);
    QFETCH(QStringList, ofResource);
    QFETCH(QStringList, ofServer);
    QFETCH(QString, held);
    QFETCH(QString, expected);
    ProtectedResource resource;
    resource.scopes = ofResource;
    AuthorizationServer known = knownServer();
    known.scopes = ofServer;
    QCOMPARE(scopeToAskFor({{}, challenge, error}, resource, known, held), expected);
}

void TestOauthMetadata::clientsAuthenticateAsAgreed_data()
{
    QTest::addColumn<QByteArray>("registration");
    QTest::addColumn<QStringList>("methods");
    QTest::addColumn<QString>("method");
    const QStringList none;
    QTest::newRow("as it says")
        << QByteArray(R"({"client_id":"i","client_secret":"s","token_endpoint_auth_method":"client_secret_post"})")
        << none << u"client_secret_post"_s;
    QTest::newRow("a secret and no word")
        << QByteArray(R"({"client_id":"i","client_secret":"s"})") << none << u"client_secret_basic"_s;
    QTest::newRow("post only") << QByteArray(R"({"client_id":"i","client_secret":"s"})")
                               << QStringList{u"client_secret_post"_s} << u"client_secret_post"_s;
    QTest::newRow("no secret") << QByteArray(R"({"client_id":"i"})") << none << u"none"_s;
    QTest::newRow("a method without its secret")
        << QByteArray(R"({"client_id":"i","token_endpoint_auth_method":"client_secret_basic"})") << none << u"none"_s;
    QTest::newRow("a method that is not known")
        << QByteArray(R"({"client_id":"i","client_secret":"s","token_endpoint_auth_method":"private_key_jwt"})") << none
        << u"client_secret_basic"_s;
}

void TestOauthMetadata::clientsAuthenticateAsAgreed()
{
    QFETCH(QByteArray, registration);
    QFETCH(QStringList, methods);
    QFETCH(QString, method);
    AuthorizationServer known = knownServer();
    known.authMethods = methods;
    const Result<Client> client = readRegistration(registration, known, u"http://127.0.0.1:1/callback"_s);
    QVERIFY(client);
    QCOMPARE(client->authMethod, method);
    const TokenRequest request = refreshRequest(*client, u"r&r"_s, u"https://mcp.example.com/mcp"_s);
    QVERIFY(request.form.startsWith("grant_type=refresh_token&refresh_token=r%26r&resource=https%3A%2F%2Fmcp"));
    QCOMPARE(request.authorization,
             method == "client_secret_basic"_L1 ? "Basic " + QByteArray("i:s").toBase64() : QByteArray());
    QCOMPARE(request.form.contains("client_secret=s"), method == "client_secret_post"_L1);
    QCOMPARE(request.form.contains("client_id=i"), method != "client_secret_basic"_L1);
}

void TestOauthMetadata::tokensAreReadStrictly_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("isGood");
    QTest::newRow("plain") << QByteArray(R"({"access_token":"t","token_type":"Bearer","expires_in":60})") << true;
    QTest::newRow("small letters") << QByteArray(R"({"access_token":"t","token_type":"bearer"})") << true;
    QTest::newRow("another kind") << QByteArray(R"({"access_token":"t","token_type":"mac"})") << false;
    QTest::newRow("no kind") << QByteArray(R"({"access_token":"t"})") << false;
    QTest::newRow("a line break") << QByteArray(R"({"access_token":"t\r\nX: y","token_type":"Bearer"})") << false;
    QTest::newRow("a space") << QByteArray(R"({"access_token":"t t","token_type":"Bearer"})") << false;
    QTest::newRow("beyond ASCII") << QByteArray(R"({"access_token":"tä","token_type":"Bearer"})") << false;
    QTest::newRow("an error") << QByteArray(R"({"error":"invalid_grant","access_token":"t","token_type":"Bearer"})")
                              << false;
    QTest::newRow("nothing") << QByteArray() << false;
}

void TestOauthMetadata::tokensAreReadStrictly()
{
    QFETCH(QByteArray, bytes);
    QFETCH(bool, isGood);
    const Timestamp now = fromUnixMs(1'000'000);
    const Result<Tokens> tokens = readTokens(bytes, u"asked"_s, now);
    QCOMPARE(tokens.hasValue(), isGood);
    if (tokens) {
        QCOMPARE(tokens->scope, u"asked"_s);
        QCOMPARE(tokens->expiresAt.has_value(), bytes.contains("expires_in"));
        QVERIFY(!tokens->expiresAt || *tokens->expiresAt == now + std::chrono::seconds(60));
    }
}

void TestOauthMetadata::hostileBytesDoNoHarm()
{
    QRandomGenerator random(test::seedOfThisRun());
    const std::vector<QByteArray> samples{
        description(), R"({"resource":"https://mcp.example.com/mcp","authorization_servers":["https://a"]})",
        R"(Bearer resource_metadata="https://a/b", scope="x y", error="e")", "code=c&state=st&iss=https%3A%2F%2Fa",
        R"({"access_token":"t","token_type":"Bearer","expires_in":60})"};
    Attempt attempt;
    attempt.state = u"st"_s;
    for (int round = 0; round < 20'000; ++round) {
        QByteArray bytes = samples[random.bounded(static_cast<quint32>(samples.size()))];
        for (int i = 0; i < 3; ++i) {
            const auto at = static_cast<qsizetype>(random.bounded(static_cast<quint32>(bytes.size())));
            bytes[at] = static_cast<char>(random.bounded(256));
        }
        bytes.truncate(static_cast<qsizetype>(random.bounded(static_cast<quint32>(bytes.size()))) + 1);
        readChallenge(bytes);
        readRedirect(bytes, attempt, knownServer()).hasValue();
        readTokens(bytes, {}, fromUnixMs(0)).hasValue();
        readProtectedResource(bytes, server).hasValue();
        readAuthorizationServer(bytes, u"https://as.example.com"_s, server).hasValue();
        readRegistration(bytes, knownServer(), {}).hasValue();
    }
    const QByteArray deep = R"({"issuer":)" + QByteArray(100'000, '[');
    QVERIFY(!readAuthorizationServer(deep, u"x"_s, server));
    QVERIFY(!readTokens(QByteArray(1024 * 1024, 'x'), {}, fromUnixMs(0)));
}

QTEST_GUILESS_MAIN(TestOauthMetadata)
#include "tst_oauth_metadata.moc"
