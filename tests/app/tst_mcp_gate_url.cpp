// SPDX-License-Identifier: Apache-2.0
#include "tests/app/mcp_client.h"
#include "tests/app/mcp_http_client.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign::test;

namespace {

/// The test server at an address of this machine, in a home with a reviewer.
struct FarRig {
    explicit FarRig(const QStringList &options = {})
        : key(rig.enrolAda())
        , server(rig.startProgram(QStringLiteral(COUNTERSIGN_BIN_DIR) + u"/mcp_http_test_server"_s,
                                  QStringList{rig.folder.path()} + options))
    {
        QElapsedTimer timer;
        timer.start();
        while (!server->canReadLine() && timer.elapsed() < CtlRig::patienceMs) {
            server->waitForReadyRead(100);
        }
        url = u"http://127.0.0.1:%1/mcp"_s.arg(server->readLine().trimmed().toInt());
        const QString file = rig.write(
            u"policy.json"_s, R"({"version":1,"name":"Test","rules":[{"name":"all","when":true,"do":"allow"}]})");
        const CtlRig::Ran ran = rig.run({u"policy"_s, u"apply"_s, file, u"--by"_s, key});
        if (ran.code != 0) {
            qFatal("the policy was not applied: %s", ran.err.constData());
        }
    }
    ~FarRig()
    {
        server->terminate();
        server->waitForFinished();
    }
    FarRig(const FarRig &) = delete;
    FarRig &operator=(const FarRig &) = delete;

    QStringList gate(const QStringList &more = {}) const
    {
        return QStringList{u"mcp-gate"_s, u"--name"_s, u"far"_s, u"--url"_s, url} + more;
    }
    QList<QByteArray> journal() const
    {
        QFile file(rig.path(u"journal"_s));
        return file.open(QIODevice::ReadOnly) ? file.readAll().split('\n') : QList<QByteArray>();
    }
    int count(const QByteArray &words) const
    {
        const QList<QByteArray> lines = journal();
        return static_cast<int>(
            std::count_if(lines.begin(), lines.end(), [&](const QByteArray &line) { return line.contains(words); }));
    }
    /// "expire": the token is no good any more. "revoke": neither is what renews it.
    void order(const QByteArray &word) const { rig.write(u"orders"_s, word); }
    /// Runs \p command, and does what a person does with the address that it tells.
    CtlRig::Ran signInWith(const QStringList &command) const
    {
        const std::unique_ptr<QProcess> process = rig.start(command);
        static const QRegularExpression line(u"^(http://\\S+/authorize\\?\\S+)$"_s,
                                             QRegularExpression::MultilineOption);
        process->setReadChannel(QProcess::StandardError);
        QRegularExpressionMatch match;
        while (!match.hasMatch() && process->waitForReadyRead(CtlRig::patienceMs)) {
            match = line.match(QString::fromUtf8(process->peek(64 * 1024)));
        }
        for (QUrl next(match.captured(1)); next.isValid() && !next.isEmpty();) {
            next = browse(next);
        }
        return CtlRig::finish(*process);
    }
    /// Opens \p address as a browser does, and gives where it is sent on to.
    static QUrl browse(const QUrl &address)
    {
        QTcpSocket socket;
        socket.connectToHost(address.host(), static_cast<quint16>(address.port()));
        socket.waitForConnected(CtlRig::patienceMs);
        socket.write("GET " + address.toEncoded(QUrl::RemoveScheme | QUrl::RemoveAuthority) +
                     " HTTP/1.1\r\nHost: " + address.authority().toUtf8() + "\r\nConnection: close\r\n\r\n");
        QByteArray got;
        while (socket.state() == QAbstractSocket::ConnectedState && socket.waitForReadyRead(CtlRig::patienceMs)) {
            got += socket.readAll();
        }
        static const QRegularExpression location(u"\\r\\nLocation: (\\S+)\\r\\n"_s);
        return QUrl(location.match(QString::fromUtf8(got)).captured(1));
    }

    CtlRig rig;
    QString key;
    std::unique_ptr<QProcess> server;
    QString url;
};

QString errorOf(const QJsonObject &answer)
{
    return answer[u"error"_s].toObject()[u"message"_s].toString();
}

QByteArray initializing(const QByteArray &id)
{
    return R"({"jsonrpc":"2.0","id":)" + id +
           R"(,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},)"
           R"("clientInfo":{"name":"tester","version":"1"}}})";
}

} // namespace

/// The gate before a server at an address: real executables, and a server that may want a sign-in.
class TestMcpGateUrl : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theSignInOfAConnectionServesTheGate();
    void aTokenThatRanOutIsRenewedAndKept();
    void aTokenThatIsAboutToRunOutIsRenewedAhead();
    void aSignInThatWasTakenBackIsTold();
    void withoutASignInTheWayToOneIsTold();
    void clientsOnHttpAreToldToo();
    void aWrongHeaderIsTold();
    void whatWantsNoSignInSaysSo();
    void aSignInCountsWhateverCameAfterIt();
    void signingInStandsAlone_data();
    void signingInStandsAlone();
    void aHundredCallsAreUnderWayAtOnce();
    void largeResultsPass();
    void memoryStaysFlat();
};

void TestMcpGateUrl::theSignInOfAConnectionServesTheGate()
{
    const FarRig far({u"--sign-in"_s});
    QCOMPARE(far.rig.run({u"connection"_s, u"add"_s, u"there"_s, u"--mcp-http"_s, far.url}).code, 0);
    const CtlRig::Ran signedIn = far.signInWith({u"connection"_s, u"test"_s, u"there"_s});
    QVERIFY2(signedIn.code == 0, signedIn.err.constData());
    QCOMPARE(far.count("signed in"), 1);
    McpClient client(far.rig, far.gate());
    client.initialize();
    client.call("1", "echo", R"({"amount":42.50})");
    QCOMPARE(client.textOf(1), u"{\"amount\":42.5}"_s);
    QCOMPARE(far.count("Bearer access-1 {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\""), 1);
    QCOMPARE(far.count("signed in"), 1);
    QCOMPARE(far.count("refreshed"), 0);
    client.process().closeWriteChannel();
    const CtlRig::Ran ended = CtlRig::finish(client.process());
    QCOMPARE(ended.code, 0);
    QVERIFY(!ended.err.contains("access-1")); // Tokens are not said.
    for (const QString &name : QDir(far.rig.path(u"data/countersign"_s)).entryList(QDir::Files)) {
        QFile part(far.rig.path(u"data/countersign/"_s) + name);
        QVERIFY(part.open(QIODevice::ReadOnly));
        QVERIFY2(!part.readAll().contains("access-1"), qPrintable(name));
    }
}

void TestMcpGateUrl::aTokenThatRanOutIsRenewedAndKept()
{
    const FarRig far({u"--sign-in"_s});
    QCOMPARE(far.signInWith(far.gate({u"--sign-in"_s})).code, 0);
    {
        McpClient client(far.rig, far.gate());
        client.initialize();
        client.call("1", "echo", R"({"i":1})");
        QCOMPARE(client.textOf(1), u"{\"i\":1}"_s);
        far.order("expire");
        for (int i = 2; i <= 9; ++i) { // Several at once are one renewal.
            client.call(QByteArray::number(i), "echo", R"({"i":)" + QByteArray::number(i) + "}");
        }
        QMap<int, QString> texts;
        for (int i = 2; i <= 9; ++i) {
            const QJsonObject answer = QJsonDocument::fromJson(client.nextLine()).object();
            const QJsonArray content = answer[u"result"_s].toObject()[u"content"_s].toArray();
            texts.insert(answer[u"id"_s].toInt(), content.first().toObject()[u"text"_s].toString());
        }
        for (int i = 2; i <= 9; ++i) {
            QCOMPARE(texts[i], u"{\"i\":%1}"_s.arg(i));
        }
    }
    QCOMPARE(far.count("refreshed"), 1);
    QCOMPARE(far.count("GET /authorize"), 1);
    QCOMPARE(far.count("\"tools/call\""), 9); // None was done twice.
    // The next gate goes on with what the one before was given.
    McpClient next(far.rig, far.gate());
    next.initialize();
    next.call("1", "echo", R"({"i":10})");
    QCOMPARE(next.textOf(1), u"{\"i\":10}"_s);
    QCOMPARE(far.count("refreshed"), 1);
    QCOMPARE(far.count("Bearer access-2 {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\""), 1);
}

void TestMcpGateUrl::aTokenThatIsAboutToRunOutIsRenewedAhead()
{
    const FarRig far({u"--sign-in"_s, u"--brief"_s});
    const CtlRig::Ran signedIn = far.signInWith(far.gate({u"--sign-in"_s}));
    QVERIFY2(signedIn.code == 0 && signedIn.out.startsWith("signed in at 127.0.0.1"), signedIn.err.constData());
    const int before = far.count("refreshed");
    McpClient client(far.rig, far.gate());
    client.initialize();
    client.call("1", "echo", R"({"amount":1})");
    QCOMPARE(client.textOf(1), u"{\"amount\":1}"_s);
    QVERIFY(far.count("refreshed") > before);
    QCOMPARE(far.count("refused Bearer"), 0); // It never came to that.
    QCOMPARE(far.count("GET /authorize"), 1);
}

void TestMcpGateUrl::aSignInThatWasTakenBackIsTold()
{
    const FarRig far({u"--sign-in"_s});
    QCOMPARE(far.signInWith(far.gate({u"--sign-in"_s})).code, 0);
    McpClient client(far.rig, far.gate());
    client.initialize();
    client.call("1", "echo", R"({"i":1})");
    QCOMPARE(client.textOf(1), u"{\"i\":1}"_s);
    far.order("revoke");
    client.call("2", "echo", R"({"i":2})");
    const QString why = errorOf(client.answerTo(2));
    QVERIFY2(why.contains(u"wants somebody to sign in"_s) && why.contains(u"--url "_s + far.url + u" --sign-in"_s) &&
                 why.contains(u"was not carried out"_s),
             qPrintable(why));
    QCOMPARE(far.count("\"tools/call\""), 1);
    // Somebody signs in elsewhere, and the same gate goes on.
    const CtlRig::Ran again = far.signInWith(far.gate({u"--sign-in"_s}));
    QVERIFY2(again.code == 0, again.err.constData());
    client.call("3", "echo", R"({"i":3})");
    QCOMPARE(client.textOf(3), u"{\"i\":3}"_s);
    client.process().closeWriteChannel();
    QCOMPARE(CtlRig::finish(client.process()).code, 0);
}

void TestMcpGateUrl::withoutASignInTheWayToOneIsTold()
{
    const FarRig far({u"--sign-in"_s});
    McpClient client(far.rig, far.gate());
    for (const QByteArray id : {"1", "2"}) { // A client that tries again is told again; the log is told once.
        client.send(initializing(id));
        const QString why = errorOf(client.answerTo(id.toInt()));
        QVERIFY2(why.contains(u"wants somebody to sign in"_s) &&
                     why.contains(u"countersignctl mcp-gate --url "_s + far.url + u" --sign-in"_s),
                 qPrintable(why));
    }
    client.process().closeWriteChannel();
    const CtlRig::Ran ended = CtlRig::finish(client.process());
    QCOMPARE(ended.code, 17);
    QCOMPARE(ended.err.count("wants somebody to sign in"), 1);
    QCOMPARE(far.count("GET /authorize"), 0);
    QCOMPARE(far.count("POST /register"), 0); // Nothing is registered for nobody.
}

void TestMcpGateUrl::clientsOnHttpAreToldToo()
{
    const FarRig far({u"--sign-in"_s});
    const std::unique_ptr<QProcess> gate = far.rig.start(far.gate({u"--listen"_s, u"0"_s, u"--no-token"_s}));
    static const QRegularExpression said(u"listening on http://127\\.0\\.0\\.1:(\\d+)/mcp"_s);
    gate->setReadChannel(QProcess::StandardError);
    QRegularExpressionMatch match;
    while (!match.hasMatch() && gate->waitForReadyRead(CtlRig::patienceMs)) {
        match = said.match(QString::fromUtf8(gate->peek(64 * 1024)));
    }
    const auto port = static_cast<quint16>(match.captured(1).toUInt());
    McpPost begun(port, {}, initializing("1"));
    QVERIFY(begun.finish());
    QVERIFY2(errorOf(begun.answer()).contains(u"--sign-in"_s), qPrintable(errorOf(begun.answer())));
    // Once somebody has signed in, the gate that runs lets clients through.
    QCOMPARE(far.signInWith(far.gate({u"--sign-in"_s})).code, 0);
    McpHttpLine client(port);
    const QByteArray got = client.call("echo", R"({"amount":1})");
    QVERIFY2(got.contains(R"({\"amount\":1})"), got.constData());
    CtlRig::signal(*gate, SIGTERM);
    QCOMPARE(CtlRig::finish(*gate).code, 128 + SIGTERM);
}

void TestMcpGateUrl::aWrongHeaderIsTold()
{
    const FarRig far({u"--sign-in"_s});
    const QString header = far.rig.write(u"header"_s, "Bearer canary\n");
    McpClient client(far.rig, far.gate({u"--header"_s, u"Authorization@"_s + header}));
    client.send(initializing("1"));
    QCOMPARE(errorOf(client.answerTo(1)), u"The server refused the credentials it was given (HTTP 401)."_s);
    client.process().closeWriteChannel();
    const CtlRig::Ran ended = CtlRig::finish(client.process());
    QCOMPARE(ended.code, 17);
    QVERIFY(ended.err.contains("refused the credentials") && !ended.err.contains("canary"));
    QCOMPARE(far.count("refused Bearer canary"), 1);
}

void TestMcpGateUrl::whatWantsNoSignInSaysSo()
{
    const FarRig far;
    const CtlRig::Ran ran = far.rig.json(far.gate({u"--sign-in"_s}));
    QVERIFY2(ran.code == 0, ran.err.constData());
    QCOMPARE(ran.json()[u"signedIn"_s].toBool(true), false);
    // What it wants for more than it was asked here, nobody knows.
    const CtlRig::Ran told = far.rig.run(far.gate({u"--sign-in"_s}));
    QVERIFY2(told.out.contains("let us in without a sign-in"), told.out.constData());
    QCOMPARE(far.rig.run({u"mcp-gate"_s, u"--url"_s, u"http://127.0.0.1:1/mcp"_s, u"--sign-in"_s}).code, 13);
}

void TestMcpGateUrl::aSignInCountsWhateverCameAfterIt()
{
    // Servers of the newest revision know no handshake, with which this knocks.
    const FarRig far({u"--sign-in"_s, u"--stateless"_s});
    const CtlRig::Ran ran = far.signInWith(far.gate({u"--sign-in"_s}));
    QVERIFY2(ran.code == 0 && ran.out.startsWith("signed in at 127.0.0.1"), (ran.out + ran.err).constData());
    QVERIFY2(ran.err.contains("HTTP 400"), ran.err.constData());
    QCOMPARE(far.count("signed in"), 1);
    // Nobody signed in this time: what is kept stands, but that the server refused is no success.
    const CtlRig::Ran again = far.rig.run(far.gate({u"--sign-in"_s}));
    QCOMPARE(again.code, 13);
    QCOMPARE(far.count("GET /authorize"), 1);
}

void TestMcpGateUrl::signingInStandsAlone_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::newRow("without an address") << QStringList{u"--"_s, u"true"_s};
    QTest::newRow("with a header") << QStringList{u"--url"_s, u"https://a.example/mcp"_s, u"--header"_s,
                                                  u"Authorization@header"_s};
    QTest::newRow("while listening") << QStringList{u"--url"_s, u"https://a.example/mcp"_s, u"--listen"_s, u"0"_s};
}

void TestMcpGateUrl::signingInStandsAlone()
{
    QFETCH(QStringList, options);
    const CtlRig rig;
    rig.write(u"header"_s, "Bearer x\n");
    const CtlRig::Ran ran = rig.run(QStringList{u"mcp-gate"_s, u"--sign-in"_s} + options);
    QCOMPARE(ran.code, 2);
    QVERIFY2(ran.says("--sign-in goes with --url alone"), ran.err.constData());
}

void TestMcpGateUrl::aHundredCallsAreUnderWayAtOnce()
{
    // The server answers none before all hundred are with it; Qt alone opens six connections to a host.
    const FarRig far;
    McpClient client(far.rig, far.gate());
    client.initialize();
    for (int i = 1; i <= 100; ++i) {
        client.call(QByteArray::number(i), "gather", R"({"of":100})");
    }
    QSet<int> answered;
    for (int i = 1; i <= 100; ++i) {
        const QByteArray line = client.nextLine();
        QVERIFY2(line.contains("together"), line.constData());
        answered.insert(QJsonDocument::fromJson(line).object()[u"id"_s].toInt());
    }
    QCOMPARE(answered.size(), 100);
    QCOMPARE(far.count("\"tools/call\""), 100);
}

void TestMcpGateUrl::largeResultsPass()
{
    const FarRig far;
    McpClient client(far.rig, far.gate());
    client.initialize();
    client.call("1", "big", R"({"bytes":10485760})");
    QCOMPARE(client.textOf(1).size(), 10485760);
}

void TestMcpGateUrl::memoryStaysFlat()
{
    const FarRig far;
    McpClient client(far.rig, far.gate());
    client.initialize();
    const int calls = qEnvironmentVariableIsSet("COUNTERSIGN_SOAK") ? 10'000 : 500;
    const QByteArray arguments = R"({"text":")" + QByteArray(1024, 'x') + "\"}";
    qint64 warm = 0;
    for (int i = 1; i <= calls; ++i) {
        client.call(QByteArray::number(i), "echo", arguments);
        QVERIFY(client.nextLine().contains("\"content\""));
        warm = i == 300 ? residentKib(client.process()) : warm;
    }
    const qint64 grew = residentKib(client.process()) - warm;
    qInfo("calls 300 to %d: %lld KiB on top of %lld", calls, grew, warm);
    QVERIFY2(warm > 0 && grew < 3072, qPrintable(QString::number(grew)));
}

QTEST_GUILESS_MAIN(TestMcpGateUrl)
#include "tst_mcp_gate_url.moc"
