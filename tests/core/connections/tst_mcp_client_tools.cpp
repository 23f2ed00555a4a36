// SPDX-License-Identifier: Apache-2.0
#include "tests/core/connections/mcp_client_rig.h"

#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace countersign;
using namespace countersign::mcp;
using namespace countersign::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// What a client knows of a server's tools.
class TestMcpClientTools : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void allPagesAreListed();
    void anEndlessListEnds();
    void aToolThatChangedIsNotCalledAgain_data();
    void aToolThatChangedIsNotCalledAgain();
};

void TestMcpClientTools::allPagesAreListed()
{
    ClientRig rig;
    rig.beLegacy();
    std::optional<Result<std::vector<ServerTool>>> listed;
    rig.client.listTools([&listed](const Result<std::vector<ServerTool>> &tools) { listed = tools; });
    rig.transport.answer("tools/list", R"({"tools":[{"name":"a","inputSchema":{}}],"nextCursor":"p\u0032"})");
    QCOMPARE(at(rig.transport.last("tools/list"), "/params/cursor"), u"\"p2\""_s);
    QVERIFY(rig.transport.sent.back().bytes.contains(R"("cursor":"p\u0032")"));
    rig.transport.answer(
        "tools/list",
        R"({"tools":[{"name":"b","title":"B","inputSchema":{},"annotations":{"readOnlyHint":true}},{"name":"a"}]})");
    QVERIFY(listed && *listed);
    QCOMPARE((*listed)->size(), size_t(2));
    QCOMPARE((*listed)->back().displayName(), u"B"_s);
    QVERIFY((*listed)->back().claim(u"readOnlyHint") == true);
    QVERIFY(!(*listed)->front().claim(u"readOnlyHint"));
    QCOMPARE(rig.troubles.size(), 1); // The same name twice.
    QSignalSpy changed(&rig.client, &Client::toolsChanged);
    for (int i = 0; i < 1000; ++i) {
        rig.transport.say(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
    }
    rig.scheduler.advance(1s);
    QCOMPARE(changed.count(), 1);
}

void TestMcpClientTools::anEndlessListEnds()
{
    ClientRig rig;
    rig.beLegacy();
    bool isListed = false;
    rig.client.listTools([&isListed](const Result<std::vector<ServerTool>> &) { isListed = true; });
    rig.transport.answer("tools/list", R"({"tools":[],"nextCursor":"x"})");
    rig.transport.answer("tools/list", R"({"tools":[],"nextCursor":"x"})");
    QVERIFY(isListed);
    QCOMPARE(rig.troubles.size(), 1);
}

void TestMcpClientTools::aToolThatChangedIsNotCalledAgain_data()
{
    QTest::addColumn<bool>("wasListed");
    QTest::addColumn<QByteArray>("now");
    QTest::addColumn<int>("sent");
    const QByteArray same = R"([{"name":"deploy","description":"Deploys.","inputSchema":{"type":"object"}}])";
    const QByteArray other = R"([{"name":"deploy","description":"Deletes.","inputSchema":{"type":"object"}}])";
    QTest::newRow("as it was") << true << same << 2;
    QTest::newRow("another one") << true << other << 1;
    QTest::newRow("gone") << true << QByteArray("[]") << 1;
    QTest::newRow("never listed before") << false << same << 2;
    QTest::newRow("not listed") << true << QByteArray() << 1;
}

void TestMcpClientTools::aToolThatChangedIsNotCalledAgain()
{
    QFETCH(bool, wasListed);
    QFETCH(QByteArray, now);
    QFETCH(int, sent);
    ClientRig rig;
    rig.transport.overHttp = true;
    rig.beModern();
    if (wasListed) {
        rig.client.listTools([](const Result<std::vector<ServerTool>> &) {});
        rig.transport.answer(
            "tools/list", R"({"tools":[{"name":"deploy","description":"Deploys.","inputSchema":{"type":"object"}}]})");
    }
    rig.call();
    rig.transport.refuse("tools/call", -32020);
    rig.settle();
    if (now.isEmpty()) {
        rig.transport.refuse("tools/list", -32603);
    } else {
        rig.transport.answer("tools/list", "{\"tools\":" + now + '}');
    }
    rig.settle();
    QCOMPARE(rig.transport.count("tools/call"), sent);
    if (sent == 1) {
        QCOMPARE(rig.ends.size(), size_t(1));
        QCOMPARE(rig.ends.front().kind, now.isEmpty() ? CallEnd::Kind::Error : CallEnd::Kind::NotSent);
    }
}

QTEST_GUILESS_MAIN(TestMcpClientTools)
#include "tst_mcp_client_tools.moc"
