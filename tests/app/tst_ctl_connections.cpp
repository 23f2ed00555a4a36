// SPDX-License-Identifier: Apache-2.0
#include "tests/app/ctl_rig.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign::test;

namespace {

const QString address = u"wss://agents.example/agents/shop/main"_s;

QStringList add(const QString &name, const QStringList &more = {})
{
    return QStringList{u"connection"_s, u"add"_s, name} + more;
}

} // namespace

/// Connections on the command line: what is kept, what is not, and what is refused.
class TestCtlConnections : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aConnectionIsAddedListedAndRemoved();
    void secretsStandInNoPlaceButTheirFile();
    void aTokenCommandStandsBesideTheSecrets();
    void aTokenAddressStandsBesideTheSecrets();
    void wrongConnectionsAreRefused_data();
    void wrongConnectionsAreRefused();
    void aNameIsTakenOnce();
    void aRemovedNameIsFreeAgain();
    void aToolIsMadeOnesOwnToAnswer();
    void whoCannotBeReachedIsSaid();
    void servingSaysWhatIsWrong();
};

void TestCtlConnections::aConnectionIsAddedListedAndRemoved()
{
    const CtlRig rig;
    const CtlRig::Ran added = rig.json(add(u"shop"_s, {u"--cloudflare"_s, address + u"?mode=view"_s}));
    QCOMPARE(added.code, 0);
    QCOMPARE(added.json().value(u"name"_s).toString(), u"shop"_s);
    const CtlRig::Ran listed = rig.json({u"connection"_s, u"list"_s});
    QCOMPARE(listed.code, 0);
    QCOMPARE(listed.json().value(u"address"_s).toString(), address);
    QCOMPARE(listed.json().value(u"kind"_s).toString(), u"cloudflare"_s);
    QVERIFY(rig.run({u"connection"_s, u"list"_s}).text().contains(u"shop"_s));
    QCOMPARE(rig.run({u"connection"_s, u"remove"_s, u"shop"_s}).code, 0);
    QVERIFY(rig.json({u"connection"_s, u"list"_s}).out.isEmpty());
    const CtlRig::Ran again = rig.run({u"connection"_s, u"remove"_s, u"shop"_s});
    QCOMPARE(again.code, 1);
    QVERIFY(again.says("no connection named shop"));
}

void TestCtlConnections::secretsStandInNoPlaceButTheirFile()
{
    const CtlRig rig;
    const QString header = rig.write(u"header"_s, "Bearer canary-header\n");
    const QString query = rig.write(u"query"_s, "canary-query\n");
    const CtlRig::Ran added =
        rig.json(add(u"shop"_s, {u"--cloudflare"_s, address, u"--header"_s, u"Authorization@"_s + header, u"--query"_s,
                                 u"token@"_s + query}));
    QCOMPARE(added.code, 0);
    QVERIFY(!added.out.contains("canary") && !added.err.contains("canary"));
    QVERIFY(!rig.json({u"connection"_s, u"list"_s}).out.contains("canary"));
    const QString kept = added.json().value(u"secrets"_s).toString();
    QFile file(kept);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.readAll().contains("Bearer canary-header\""));
    QCOMPARE(QFileInfo(kept).permissions() &
                 (QFileDevice::ReadGroup | QFileDevice::WriteGroup | QFileDevice::ReadOther | QFileDevice::WriteOther),
             QFileDevice::Permissions());
    for (const QString &name : QDir(rig.path(u"data/countersign"_s)).entryList(QDir::Files)) {
        QFile part(rig.path(u"data/countersign/"_s) + name);
        QVERIFY(part.open(QIODevice::ReadOnly));
        QVERIFY2(!part.readAll().contains("canary"), qPrintable(name));
    }
    QCOMPARE(rig.run({u"connection"_s, u"remove"_s, u"shop"_s}).code, 0);
    QVERIFY(!QFileInfo::exists(kept));
}

void TestCtlConnections::aTokenCommandStandsBesideTheSecrets()
{
    const CtlRig rig;
    const CtlRig::Ran added =
        rig.json(add(u"shop"_s, {u"--cloudflare"_s, address, u"--token-command"_s, u"sh -c \"echo canary-token\""_s}));
    QCOMPARE(added.code, 0);
    QFile file(added.json().value(u"secrets"_s).toString());
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.readAll().contains("echo canary-token"));
    for (const QString &name : QDir(rig.path(u"data/countersign"_s)).entryList(QDir::Files)) {
        QFile part(rig.path(u"data/countersign/"_s) + name);
        QVERIFY(part.open(QIODevice::ReadOnly));
        QVERIFY2(!part.readAll().contains("canary"), qPrintable(name));
    }
}

void TestCtlConnections::aTokenAddressStandsBesideTheSecrets()
{
    const CtlRig rig;
    const QString key = rig.write(u"key"_s, "canary-key\n");
    const QString body = rig.write(u"body"_s, "grant_type=canary-grant\n");
    const CtlRig::Ran added = rig.json(add(
        u"shop"_s, {u"--cloudflare"_s, address, u"--token-url"_s, u"https://id.example/canary-path"_s,
                    u"--token-header"_s, u"X-Key@"_s + key, u"--token-post"_s, body, u"--token-query"_s, u"token"_s}));
    QVERIFY2(added.code == 0, added.err.constData());
    QVERIFY(!added.out.contains("canary") && !added.err.contains("canary"));
    QFile file(added.json().value(u"secrets"_s).toString());
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray kept = file.readAll();
    for (const QByteArray part : {"canary-path", "canary-key\"", "canary-grant\""}) {
        QVERIFY2(kept.contains(part), part.constData());
    }
    QVERIFY(!rig.json({u"connection"_s, u"list"_s}).out.contains("canary"));
    for (const QString &name : QDir(rig.path(u"data/countersign"_s)).entryList(QDir::Files)) {
        QFile part(rig.path(u"data/countersign/"_s) + name);
        QVERIFY(part.open(QIODevice::ReadOnly));
        QVERIFY2(!part.readAll().contains("canary"), qPrintable(name));
    }
}

void TestCtlConnections::wrongConnectionsAreRefused_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char *claim, const QStringList &arguments, const QByteArray &says) {
        QTest::newRow(claim) << arguments << says;
    };
    row("no address", add(u"shop"_s), "--cloudflare");
    row("plain text to another machine", add(u"shop"_s, {u"--cloudflare"_s, u"ws://agents.example/x"_s}), "wss://");
    row("no WebSocket", add(u"shop"_s, {u"--cloudflare"_s, u"https://agents.example/x"_s}), "wss://");
    row("a password in the address", add(u"shop"_s, {u"--cloudflare"_s, u"wss://me:pw@agents.example/x"_s}),
        "header from a file");
    row("a name with a slash", add(u"a/b"_s, {u"--cloudflare"_s, address}), "name");
    row("the name of this machine's scripts", add(u"local"_s, {u"--cloudflare"_s, address}), "local");
    row("a token command that is not there",
        add(u"shop"_s, {u"--cloudflare"_s, address, u"--token-command"_s, u"no-such-program-here"_s}), "no program");
    row("a token without TLS",
        add(u"shop"_s, {u"--cloudflare"_s, address, u"--token-url"_s, u"http://id.example/token"_s}), "Without TLS");
    row("two givers of tokens",
        add(u"shop"_s, {u"--cloudflare"_s, address, u"--token-url"_s, u"https://id.example"_s, u"--token-command"_s,
                        u"sh -c x"_s}),
        "give one of them");
    row("a question to nobody", add(u"shop"_s, {u"--cloudflare"_s, address, u"--token-post"_s, u"/dev/null"_s}),
        "go with --token-url");
    row("a secret for the token on the command line",
        add(u"shop"_s,
            {u"--cloudflare"_s, address, u"--token-url"_s, u"https://id.example"_s, u"--token-header"_s, u"X: y"_s}),
        "NAME@FILE");
    row("a place for no token", add(u"shop"_s, {u"--cloudflare"_s, address, u"--token-query"_s, u"token"_s}),
        "give both");
    row("a secret on the command line", add(u"shop"_s, {u"--cloudflare"_s, address, u"--header"_s, u"X: y"_s}),
        "NAME@FILE");
    row("an MCP server elsewhere without TLS", add(u"shop"_s, {u"--mcp-http"_s, u"http://x.example/mcp"_s}), "https");
    row("two kinds at once", add(u"shop"_s, {u"--cloudflare"_s, address, u"--mcp-http"_s, u"https://x.example/mcp"_s}),
        "what to connect to");
}

void TestCtlConnections::wrongConnectionsAreRefused()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, says);
    const CtlRig rig;
    const CtlRig::Ran ran = rig.run(arguments);
    QVERIFY(ran.code != 0);
    QVERIFY2(ran.says(says), ran.err.constData());
    QVERIFY(!QFileInfo::exists(rig.workspaceFile()));
}

void TestCtlConnections::aNameIsTakenOnce()
{
    const CtlRig rig;
    QCOMPARE(rig.run(add(u"shop"_s, {u"--cloudflare"_s, address})).code, 0);
    const CtlRig::Ran again = rig.run(add(u"shop"_s, {u"--cloudflare"_s, address}));
    QCOMPARE(again.code, 1);
    QVERIFY(again.says("choose another name"));
}

void TestCtlConnections::aRemovedNameIsFreeAgain()
{
    const CtlRig rig;
    QCOMPARE(rig.run(add(u"shop"_s, {u"--cloudflare"_s, address})).code, 0);
    QCOMPARE(rig.run({u"connection"_s, u"remove"_s, u"shop"_s}).code, 0);
    QCOMPARE(rig.run(add(u"shop"_s, {u"--cloudflare"_s, u"wss://other.example/agents/a/b"_s})).code, 0);
    QCOMPARE(rig.json({u"connection"_s, u"list"_s}).json().value(u"address"_s).toString(),
             u"wss://other.example/agents/a/b"_s);
}

void TestCtlConnections::aToolIsMadeOnesOwnToAnswer()
{
    const CtlRig rig;
    const auto serve = [&](const QString &name, const QString &tool) {
        return rig.run({u"connection"_s, u"serve-tool"_s, name, tool});
    };
    QVERIFY(serve(u"shop"_s, u"getLocation"_s).says("no connection named shop"));
    QCOMPARE(rig.run(add(u"shop"_s, {u"--cloudflare"_s, address})).code, 0);
    for (int i = 0; i < 2; ++i) { // Once more changes nothing.
        const CtlRig::Ran served = serve(u"shop"_s, u"getLocation"_s);
        QVERIFY2(served.code == 0, served.err.constData());
    }
    QVERIFY(serve(u"shop"_s, u"*"_s).says("No profile can name this tool"));
    QCOMPARE(rig.run(add(u"files"_s, {u"--mcp-http"_s, u"https://x.example/mcp"_s})).code, 0);
    QVERIFY(serve(u"files"_s, u"getLocation"_s).says("no agent with a chat"));
    QCOMPARE(rig.run({u"connection"_s, u"remove"_s, u"shop"_s}).code, 0);
    QVERIFY(serve(u"shop"_s, u"getLocation"_s).says("no connection named shop"));
}

void TestCtlConnections::whoCannotBeReachedIsSaid()
{
    const CtlRig rig;
    QCOMPARE(rig.run(add(u"shop"_s, {u"--cloudflare"_s, u"ws://127.0.0.1:1/agents/a/b"_s})).code, 0);
    const CtlRig::Ran tested = rig.json({u"connection"_s, u"test"_s, u"shop"_s});
    QCOMPARE(tested.code, 13);
    QVERIFY(tested.says("127.0.0.1:1 cannot be reached"));
}

void TestCtlConnections::servingSaysWhatIsWrong()
{
    const CtlRig rig;
    QCOMPARE(rig.run(add(u"shop"_s, {u"--cloudflare"_s, u"ws://127.0.0.1:1/agents/a/b"_s})).code, 0);
    const std::unique_ptr<QProcess> serving = rig.start({u"serve"_s});
    QByteArray said;
    QTRY_VERIFY_WITH_TIMEOUT((said += serving->readAllStandardError()).contains("shop: waiting: 127.0.0.1:1 cannot"),
                             CtlRig::patienceMs);
    CtlRig::signal(*serving, SIGTERM);
    QCOMPARE(CtlRig::finish(*serving).code, 0);
    QCOMPARE(rig.json({u"serve"_s, u"--once"_s}).code, 0);
}

QTEST_GUILESS_MAIN(TestCtlConnections)
#include "tst_ctl_connections.moc"
