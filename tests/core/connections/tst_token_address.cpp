// SPDX-License-Identifier: Apache-2.0
#include "core/connections/credentials.h"
#include "core/connections/token_address.h"
#include "tests/support/fake_clock.h"

#include <QtNetwork/QTcpServer>
#include <QtNetwork/QTcpSocket>
#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace std::chrono_literals;

namespace {

QByteArray ok(const QByteArray &body, const QByteArray &type = "application/json")
{
    return "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nContent-Length: " + QByteArray::number(body.size()) +
           "\r\nConnection: close\r\n\r\n" + body;
}

QByteArray status(const QByteArray &line, const QByteArray &headers = {})
{
    return "HTTP/1.1 " + line + "\r\n" + headers + "Content-Length: 0\r\nConnection: close\r\n\r\n";
}

/// Gives what it is told to, byte for byte, and keeps what it was asked.
class Giver
{
public:
    explicit Giver(QByteArray first = ok(R"({"access_token":"t-1"})"))
        : answer(std::move(first))
    {
        if (!m_server.listen(QHostAddress::LocalHost)) {
            qFatal("no port");
        }
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            QTcpSocket *socket = m_server.nextPendingConnection();
            ++open;
            QObject::connect(socket, &QTcpSocket::disconnected, &m_server, [this] { --open; });
            QObject::connect(socket, &QTcpSocket::readyRead, &m_server, [this, socket] { take(socket); });
            QObject::connect(socket, &QTcpSocket::bytesWritten, &m_server, [this, socket] {
                if (isEndless && socket->bytesToWrite() < 65536) {
                    socket->write(QByteArray(65536, 'x'));
                }
            });
        });
    }
    QUrl url() const { return QUrl(u"http://127.0.0.1:%1/token?tenant=canary-query"_s.arg(m_server.serverPort())); }
    TokenAddress address() const { return {url(), false, {}, {}}; }

    QByteArray answer;
    bool isEndless = false;
    bool isSilent = false;
    int open = 0;
    QByteArrayList asked;

private:
    void take(QTcpSocket *socket)
    {
        m_heard += socket->readAll();
        const qsizetype head = m_heard.indexOf("\r\n\r\n");
        if (head < 0) {
            return;
        }
        const qsizetype at = m_heard.toLower().indexOf("content-length: ");
        const qsizetype length = at < 0 ? 0 : m_heard.mid(at + 16, m_heard.indexOf('\r', at) - at - 16).toLongLong();
        if (m_heard.size() < head + 4 + length) {
            return;
        }
        asked.append(std::exchange(m_heard, {}));
        if (isSilent) {
            return;
        }
        socket->write(answer);
        if (!isEndless) {
            socket->disconnectFromHost();
        }
    }

    QTcpServer m_server;
    QByteArray m_heard;
};

Result<GivenToken> ask(const TokenAddress &address, std::chrono::milliseconds patience = tokenPatience)
{
    QObject context;
    std::optional<Result<GivenToken>> said;
    int replies = 0;
    askForToken(
        address, &context,
        [&](const Result<GivenToken> &given) {
            said = given;
            ++replies;
        },
        patience);
    if (said) {
        qFatal("it replied before it was asked");
    }
    static_cast<void>(QTest::qWaitFor([&] { return said.has_value(); }, 20'000));
    return replies == 1 ? *said : Result<GivenToken>(Error{ErrorCode::Internal, u"no reply"_s, {}});
}

} // namespace

/// An address that gives tokens: what is asked there, what is taken from it, and what a hostile one cannot do.
class TestTokenAddress : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aTokenIsTaken_data();
    void aTokenIsTaken();
    void whatIsNoTokenIsRefused_data();
    void whatIsNoTokenIsRefused();
    void aQuestionIsAskedAsItWasGiven();
    void aPostedQuestionHasItsBody();
    void cookiesAreNotKept();
    void anEndlessAnswerIsCutOff();
    void aSilentServerIsLeftInTime();
    void aSlowServerIsLeftInTime();
    void whoIsGoneIsNotAnswered();
    void whoAskedMayGoWithTheAnswer();
    void addressesThatMayNotBeAsked_data();
    void addressesThatMayNotBeAsked();
    void itIsKeptAndReadAgain();
    void theTokenSignsInUntilItsTimeIsOver();
    void aRefusedTokenIsAskedForAnew();
    void aReplacedAddressIsAsked();
    void itsSecretsAreMasked();
};

void TestTokenAddress::aTokenIsTaken_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QByteArray>("token");
    QTest::addColumn<int>("lifetime");
    const auto row = [](const char *name, const QByteArray &answer, const QByteArray &token, int lifetime = -1) {
        QTest::newRow(name) << answer << token << lifetime;
    };
    row("as OAuth has it", ok(R"({"access_token":"a.b-c","token_type":"Bearer","expires_in":3600})"), "a.b-c", 3600);
    row("as token", ok(R"({"token":"xyz"})"), "xyz");
    row("both", ok(R"({"token":"no","access_token":"yes"})"), "yes");
    row("a lifetime in words", ok(R"({"token":"xyz","expires_in":"60"})"), "xyz", 60);
    row("a fraction", ok(R"({"token":"xyz","expires_in":59.9})"), "xyz", 59);
    row("no time at all", ok(R"({"token":"xyz","expires_in":0})"), "xyz", 0);
    row("a time before now", ok(R"({"token":"xyz","expires_in":-5})"), "xyz", 0);
    row("a lifetime that is none", ok(R"({"token":"xyz","expires_in":{}})"), "xyz", 0);
    row("for ever", ok(R"({"token":"xyz","expires_in":1e300})"), "xyz", 366 * 24 * 3600);
    row("plain text", ok("plain.token\n", "text/plain"), "plain.token");
    row("in chunks",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        "abcde");
}

void TestTokenAddress::aTokenIsTaken()
{
    QFETCH(QByteArray, answer);
    QFETCH(QByteArray, token);
    QFETCH(int, lifetime);
    const Giver giver(answer);
    const Result<GivenToken> given = ask(giver.address());
    QVERIFY2(given, given ? "" : qPrintable(given.error().message));
    QCOMPARE(given->token, token);
    QCOMPARE(given->lifetime ? static_cast<int>(given->lifetime->count()) : -1, lifetime);
}

void TestTokenAddress::whatIsNoTokenIsRefused_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const QByteArray &answer, ErrorCode code, const QString &says) {
        QTest::newRow(name) << answer << static_cast<int>(code) << says;
    };
    row("nothing", ok({}), ErrorCode::Malformed, u"answered with nothing"_s);
    row("JSON without a token", ok(R"({"id_token":"canary"})"), ErrorCode::Malformed, u"no “access_token”"_s);
    row("a token that is no text", ok(R"({"token":["canary"]})"), ErrorCode::Malformed, u"no “access_token”"_s);
    row("an empty token", ok(R"({"token":""})"), ErrorCode::Malformed, u"no token"_s);
    row("broken JSON", ok(R"({"token":"canary)"), ErrorCode::Malformed, u"cannot be read"_s);
    row("JSON that says it twice", ok(R"({"token":"canary","token":"other"})"), ErrorCode::Malformed,
        u"cannot be read"_s);
    row("deep JSON", ok("{\"a\":" + QByteArray(5000, '[')), ErrorCode::Malformed, u"cannot be read"_s);
    row("a header of its own", ok(R"({"token":"canary\r\nX-Evil: 1"})"), ErrorCode::Malformed, u"no token"_s);
    row("a letter that headers do not have", ok("{\"token\":\"caf\xC3\xA9\"}"), ErrorCode::Malformed, u"no token"_s);
    row("two words", ok("canary canary", "text/plain"), ErrorCode::Malformed, u"no token"_s);
    row("a page", ok("<html>canary</html>", "text/html"), ErrorCode::Malformed, u"no token"_s);
    row("a redirect", status("302 Found", "Location: http://127.0.0.1:1/canary\r\n"), ErrorCode::Unreachable,
        u"elsewhere (302), which is never followed"_s);
    row("a refusal", status("401 Unauthorized", "WWW-Authenticate: Basic realm=\"canary\"\r\n"), ErrorCode::NotAllowed,
        u"refused to give a token (401)"_s);
    row("forbidden", status("403 Forbidden"), ErrorCode::NotAllowed, u"(403)"_s);
    row("not there", status("404 Not Found"), ErrorCode::Unreachable, u"status 404"_s);
    row("a broken server", status("500 Oops"), ErrorCode::Unreachable, u"status 500"_s);
    row("no content", "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", ErrorCode::Unreachable, u"status 204"_s);
    row("no HTTP", "SSH-2.0-canary\r\n\r\n", ErrorCode::Unreachable, u"cannot be reached for a token"_s);
    row("an answer that breaks off", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"token\":\"canary\"}",
        ErrorCode::Unreachable, u"cannot be reached for a token"_s);
    row("too much", ok("\"" + QByteArray(20'000, 'c')), ErrorCode::Malformed, u"more than 16 kB"_s);
    row("packed",
        ok(QByteArray::fromHex("1f8b0800000000000003"), "application/json")
            .replace("Connection", "Content-Encoding: gzip\r\nConnection"),
        ErrorCode::Malformed, u"no token"_s);
}

void TestTokenAddress::whatIsNoTokenIsRefused()
{
    QFETCH(QByteArray, answer);
    QFETCH(int, code);
    QFETCH(QString, says);
    const Giver giver(answer);
    const Result<GivenToken> given = ask(giver.address());
    QVERIFY(!given);
    QVERIFY2(given.error().message.contains(says), qPrintable(given.error().message));
    QCOMPARE(static_cast<int>(given.error().code), code);
    const QString all = given.error().message + given.error().detail;
    QVERIFY2(!all.contains(u"canary"_s) && !all.contains(u"tenant"_s), qPrintable(all));
    if (answer.startsWith("HTTP")) {
        QCOMPARE(giver.asked.size(), 1); // Where nothing came that is HTTP, Qt asks a few times.
    }
}

void TestTokenAddress::aQuestionIsAskedAsItWasGiven()
{
    const Giver giver;
    TokenAddress address = giver.address();
    address.headers = {{Secret::Place::Header, "X-Api-Key", "key-canary"}};
    QVERIFY(ask(address));
    const QByteArray asked = giver.asked.value(0);
    QVERIFY2(asked.startsWith("GET /token?tenant=canary-query HTTP/1.1\r\n"), asked.constData());
    QVERIFY2(asked.contains("X-Api-Key: key-canary\r\n"), asked.constData());
}

void TestTokenAddress::aPostedQuestionHasItsBody()
{
    for (const auto &[body, type] :
         {std::pair("grant_type=client_credentials", "application/x-www-form-urlencoded"),
          std::pair(R"({"user":1})", "application/json"), std::pair("", "application/x-www-form-urlencoded")}) {
        const Giver giver;
        TokenAddress address = giver.address();
        address.isPosted = true;
        address.body = body;
        QVERIFY(ask(address));
        const QByteArray asked = giver.asked.value(0);
        QVERIFY2(asked.startsWith("POST /token?"), asked.constData());
        QVERIFY2(asked.contains(QByteArray("Content-Type: ") + type + "\r\n"), asked.constData());
        QVERIFY2(asked.endsWith(QByteArray("\r\n\r\n") + body), asked.constData());
    }
}

void TestTokenAddress::cookiesAreNotKept()
{
    const Giver giver(ok(R"({"token":"t"})").replace("Connection", "Set-Cookie: a=canary\r\nConnection"));
    QObject context;
    for (int i = 0; i < 2; ++i) {
        QVERIFY(ask(giver.address()));
        QVERIFY(!giver.asked.value(i).toLower().contains("cookie"));
    }
}

void TestTokenAddress::anEndlessAnswerIsCutOff()
{
    Giver giver("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n");
    giver.isEndless = true;
    const Result<GivenToken> given = ask(giver.address());
    QVERIFY(!given);
    QVERIFY2(given.error().message.contains(u"more than 16 kB"_s), qPrintable(given.error().message));
    QTRY_COMPARE(giver.open, 0);
}

void TestTokenAddress::aSilentServerIsLeftInTime()
{
    Giver giver;
    giver.isSilent = true;
    const Result<GivenToken> given = ask(giver.address(), 200ms);
    QVERIFY(!given);
    QCOMPARE(given.error().code, ErrorCode::Unreachable);
    QVERIFY2(given.error().message.contains(u"no token within"_s), qPrintable(given.error().message));
    QTRY_COMPARE(giver.open, 0);
}

/// Some bytes now and then do not prolong the time.
void TestTokenAddress::aSlowServerIsLeftInTime()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QTimer drip;
    QTcpSocket *socket = nullptr;
    connect(&server, &QTcpServer::newConnection, &server, [&] {
        socket = server.nextPendingConnection();
        socket->write("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
        drip.start(20);
    });
    connect(&drip, &QTimer::timeout, &server, [&] { socket->write("x"); });
    QElapsedTimer took;
    took.start();
    const Result<GivenToken> given =
        ask({QUrl(u"http://127.0.0.1:%1/"_s.arg(server.serverPort())), false, {}, {}}, 300ms);
    QVERIFY(!given);
    QVERIFY2(given.error().message.contains(u"no token within"_s), qPrintable(given.error().message));
    QVERIFY(took.elapsed() < 5000);
}

void TestTokenAddress::whoIsGoneIsNotAnswered()
{
    Giver giver;
    giver.isSilent = true;
    auto context = std::make_unique<QObject>();
    int replies = 0;
    askForToken(giver.address(), context.get(), [&](const Result<GivenToken> &) { ++replies; });
    QTRY_COMPARE(giver.asked.size(), 1);
    context.reset();
    QTRY_COMPARE(giver.open, 0);
    QCOMPARE(replies, 0);
}

void TestTokenAddress::whoAskedMayGoWithTheAnswer()
{
    for (const QByteArray &answer : {ok(R"({"token":"t"})"), status("401 Unauthorized"), ok(QByteArray(20'000, 'c'))}) {
        Giver giver(answer);
        auto context = std::make_unique<QObject>();
        int replies = 0;
        askForToken(giver.address(), context.get(), [&](const Result<GivenToken> &) {
            ++replies;
            context.reset();
        });
        QTRY_COMPARE(replies, 1);
        QTRY_COMPARE(giver.open, 0);
    }
}

void TestTokenAddress::addressesThatMayNotBeAsked_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("says"); // Empty: it may.
    QTest::newRow("TLS") << u"https://id.example/token?a=b"_s << QString();
    QTest::newRow("this machine") << u"http://127.0.0.1:8080/token"_s << QString();
    QTest::newRow("this machine, newer") << u"http://[::1]/token"_s << QString();
    QTest::newRow("without TLS") << u"http://id.example/token"_s << u"Without TLS"_s;
    QTest::newRow("a name that only looks local") << u"http://localhost.example/token"_s << u"Without TLS"_s;
    QTest::newRow("a file") << u"file:///etc/passwd"_s << u"no address"_s;
    QTest::newRow("a file on a host") << u"file://host/etc/passwd"_s << u"Without TLS"_s;
    QTest::newRow("another protocol") << u"ftp://127.0.0.1/token"_s << u"Without TLS"_s;
    QTest::newRow("a password") << u"https://me:canary@id.example/"_s << u"give it as a header"_s;
    QTest::newRow("a fragment") << u"https://id.example/#canary"_s << u"never sent"_s;
    QTest::newRow("nothing") << QString() << u"no address"_s;
    QTest::newRow("a word") << u"token"_s << u"no address"_s;
}

void TestTokenAddress::addressesThatMayNotBeAsked()
{
    QFETCH(QString, url);
    QFETCH(QString, says);
    const TokenAddress address{QUrl(url, QUrl::StrictMode), false, {}, {}};
    const Result<> allowed = checkTokenAddress(address);
    QCOMPARE(allowed.hasValue(), says.isEmpty());
    if (!allowed) {
        QVERIFY2(allowed.error().message.contains(says), qPrintable(allowed.error().message));
        QVERIFY(!allowed.error().message.contains(u"canary"_s));
        QCOMPARE(ask(address).error().code, ErrorCode::InvalidInput); // Nor by another way.
    }
    SignIn signIn;
    signIn.token.emplace();
    signIn.token->address = address;
    QCOMPARE(checkSignIn(signIn).hasValue(), says.isEmpty());
    signIn.token->command = {u"/bin/true"_s};
    QVERIFY(!checkSignIn(signIn)); // Only one of them.
    signIn.token->command.clear();
    signIn.token->address->headers = {{Secret::Place::Header, "A", "b\r\nc"}};
    QVERIFY(!checkSignIn(signIn));
}

void TestTokenAddress::itIsKeptAndReadAgain()
{
    const QUrl server(u"wss://agents.example/agents/a/b"_s);
    SignIn signIn{{{Secret::Place::Query, "q", "v"}}, TokenSource{}};
    signIn.token->address =
        TokenAddress{QUrl(u"https://id.example/t?x=%C3%BC"_s), true, {{Secret::Place::Header, "A", "b"}}, "{}"};
    QCOMPARE(decodeSignIn(encodeSignIn(server, signIn), server).value(), signIn);
    ConnectionSettings settings;
    settings.url = server;
    nameSecrets(settings, signIn);
    QVERIFY(!encodeSettings(settings).contains("id.example")); // The workspace knows nothing of it.
    QCOMPARE(settings.secretHeaders, QStringList(u"Authorization"_s));
}

namespace {

/// A connection that signs in with what an address gives.
struct Rig {
    explicit Rig(const TokenAddress &address)
    {
        keep(address);
        ConnectionSettings settings;
        settings.url = server;
        settings.secretHeaders = {u"Authorization"_s};
        credentials = std::make_unique<Credentials>(&store, clock, u"c1"_s, settings);
    }
    void keep(const TokenAddress &address)
    {
        SignIn signIn;
        signIn.token.emplace();
        signIn.token->address = address;
        store.kept.insert_or_assign(u"c1"_s, encodeSignIn(server, signIn));
    }
    QByteArray signIn(int *number = nullptr)
    {
        std::optional<Result<Credentials::Signed>> got;
        QObject context;
        credentials->fetch(&context, [&](const Result<Credentials::Signed> &result) { got = result; });
        static_cast<void>(QTest::qWaitFor([&] { return got.has_value(); }, 10'000));
        if (!got || !*got) {
            return got ? got->error().message.toUtf8() : QByteArray("no answer");
        }
        if (number) {
            *number = (*got)->tokenNumber;
        }
        return (*got)->secrets.back().value;
    }

    const QUrl server{u"wss://agents.example/agents/a/b"_s};
    FakeClock clock;
    MemorySecretStore store;
    std::unique_ptr<Credentials> credentials;
};

} // namespace

void TestTokenAddress::theTokenSignsInUntilItsTimeIsOver()
{
    Giver giver(ok(R"({"access_token":"one","expires_in":600})"));
    Rig rig(giver.address());
    QCOMPARE(rig.signIn(), QByteArray("Bearer one"));
    giver.answer = ok(R"({"access_token":"two"})");
    rig.clock.advance(569s);
    QCOMPARE(rig.signIn(), QByteArray("Bearer one"));
    rig.clock.advance(2s); // A little before its end.
    QCOMPARE(rig.signIn(), QByteArray("Bearer two"));
    rig.clock.advance(24h * 365); // This one said nothing of an end.
    QCOMPARE(rig.signIn(), QByteArray("Bearer two"));
    QCOMPARE(giver.asked.size(), 2);
}

void TestTokenAddress::aRefusedTokenIsAskedForAnew()
{
    Giver giver(ok(R"({"access_token":"one","expires_in":0})"));
    Rig rig(giver.address());
    int number = 0;
    QCOMPARE(rig.signIn(&number), QByteArray("Bearer one")); // Once it counts in any case.
    QCOMPARE(number, 1);
    giver.answer = ok("two", "text/plain");
    QCOMPARE(rig.signIn(&number), QByteArray("Bearer two"));
    QVERIFY(rig.credentials->refuse(number));
    giver.answer = status("401 Unauthorized");
    QVERIFY(rig.signIn().contains("refused to give a token (401)"));
    giver.answer = ok("three", "text/plain");
    QCOMPARE(rig.signIn(), QByteArray("Bearer three"));
}

void TestTokenAddress::aReplacedAddressIsAsked()
{
    const Giver first;
    const Giver second(ok(R"({"token":"t-2"})"));
    Rig rig(first.address());
    QCOMPARE(rig.signIn(), QByteArray("Bearer t-1"));
    rig.keep(second.address());
    QCOMPARE(rig.signIn(), QByteArray("Bearer t-2"));
    QCOMPARE(first.asked.size(), 1);
}

void TestTokenAddress::itsSecretsAreMasked()
{
    const Giver giver;
    TokenAddress address = giver.address();
    address.headers = {{Secret::Place::Header, "X-Api-Key", "key-canary"}};
    Rig rig(address);
    std::vector<QByteArray> known;
    connect(rig.credentials.get(), &Credentials::known, this,
            [&](const std::vector<QByteArray> &values) { known = values; });
    QCOMPARE(rig.signIn(), QByteArray("Bearer t-1"));
    for (const QByteArray value : {"t-1", "Bearer t-1", "key-canary"}) {
        QVERIFY2(std::find(known.begin(), known.end(), value) != known.end(), value.constData());
    }
}

QTEST_GUILESS_MAIN(TestTokenAddress)
#include "tst_token_address.moc"
