// SPDX-License-Identifier: Apache-2.0
#include "tests/app/mcp_client.h"
#include "tests/interop/foreign_packages.h"

using namespace Qt::StringLiterals;
using namespace countersign::test;

namespace {

const ForeignPackages packages(u"mcp"_s);

QString everything()
{
    return packages.folder() + u"/node_modules/@modelcontextprotocol/server-everything/dist/index.js"_s;
}

QStringList gateBefore(const QStringList &server)
{
    return QStringList{CtlRig::executable(), u"mcp-gate"_s, u"--name"_s, u"interop"_s, u"--"_s, packages.node()} +
           server;
}

/// A client on the official SDK that makes one call.
struct OfficialClient {
    OfficialClient(const CtlRig &rig, const QString &era, const QString &forms, const QString &tool,
                   const QString &arguments, const QStringList &command)
        : process(rig.startProgram(
              packages.node(),
              QStringList{packages.source(u"client.mjs"_s), packages.folder(), era, forms, tool, arguments} + command))
    {}
    QJsonObject finish()
    {
        const CtlRig::Ran ran = CtlRig::finish(*process);
        if (ran.code != 0) {
            qWarning("%s", ran.err.constData());
        }
        return ran.json();
    }
    std::unique_ptr<QProcess> process;
};

QString textOf(const QJsonObject &said)
{
    return said[u"result"_s].toObject()[u"content"_s].toArray().first().toObject().value(u"text"_s).toString();
}

} // namespace

/// The gate and our server against clients and servers that others wrote.
class TestMcpInterop : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void callsGoThroughTheGate_data();
    void callsGoThroughTheGate();
    void theReferenceServerWorksBehindTheGate();
    void formsAreShownHereOrThere_data();
    void formsAreShownHereOrThere();
    void ourServerIsUnderstood_data();
    void ourServerIsUnderstood();
};

void TestMcpInterop::callsGoThroughTheGate_data()
{
    QTest::addColumn<QString>("era");
    QTest::addColumn<QString>("decision");
    for (const QString &era : {u"v1"_s, u"legacy"_s, u"modern"_s}) {
        for (const QString &decision : {u"approve"_s, u"reject"_s}) {
            QTest::newRow(qPrintable(era + u", "_s + decision)) << era << decision;
        }
    }
}

void TestMcpInterop::callsGoThroughTheGate()
{
    QFETCH(QString, era);
    QFETCH(QString, decision);
    const CtlRig rig;
    const QString key = rig.enrolAda();
    OfficialClient client(rig, era, u"no"_s, u"pay"_s, u"{\"amount\":42.5}"_s,
                          gateBefore({packages.source(u"server.mjs"_s), packages.folder()}));
    const QString id = waitingId(rig);
    QCOMPARE(rig.show(id).value(u"agent"_s).toString(), u"interop-"_s + era);
    QCOMPARE(rig.decide(id, decision, key, {u"--reason"_s, u"because"_s}).code, 0);
    const QJsonObject said = client.finish();
    QCOMPARE(said.value(u"tools"_s).toArray(), (QJsonArray{u"pay"_s, u"deploy"_s}));
    QVERIFY(said.value(u"progress"_s).toInt() >= 1);
    if (decision == "approve"_L1) {
        QCOMPARE(textOf(said), u"paid 42.5"_s);
    } else {
        QVERIFY(said[u"result"_s].toObject().value(u"isError"_s).toBool());
        QCOMPARE(textOf(said), u"Rejected by ada: because"_s);
    }
}

void TestMcpInterop::theReferenceServerWorksBehindTheGate()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    OfficialClient client(rig, u"v1"_s, u"no"_s, u"echo"_s, u"{\"message\":\"hello\"}"_s,
                          gateBefore({everything(), u"stdio"_s}));
    const QString id = waitingId(rig);
    QCOMPARE(rig.show(id).value(u"schema"_s).toObject().value(u"required"_s).toArray(), (QJsonArray{u"message"_s}));
    QCOMPARE(rig.decide(id, u"approve"_s, key, {u"--args"_s, u"{\"message\":\"edited\"}"_s}).code, 0);
    const QJsonObject said = client.finish();
    QVERIFY(said.value(u"tools"_s).toArray().size() > 5);
    QCOMPARE(textOf(said), u"Echo: edited"_s);
}

void TestMcpInterop::formsAreShownHereOrThere_data()
{
    QTest::addColumn<QString>("forms");
    QTest::newRow("the client cannot: Countersign asks") << u"no"_s;
    QTest::newRow("the client can: it asks itself") << u"yes"_s;
}

void TestMcpInterop::formsAreShownHereOrThere()
{
    QFETCH(QString, forms);
    const CtlRig rig;
    const QString key = rig.enrolAda();
    OfficialClient client(rig, u"modern"_s, forms, u"deploy"_s, u"{\"env\":\"prod\"}"_s,
                          gateBefore({packages.source(u"server.mjs"_s), packages.folder()}));
    QCOMPARE(rig.decide(waitingId(rig), u"approve"_s, key).code, 0);
    if (forms == "no"_L1) {
        const QString question = waitingId(rig);
        QCOMPARE(rig.show(question).value(u"message"_s).toString(), u"Deploy to prod?"_s);
        QCOMPARE(rig.decide(question, u"answer"_s, key, {u"--content"_s, u"{\"confirm\":true}"_s}).code, 0);
    }
    QCOMPARE(textOf(client.finish()), u"deployed to prod"_s);
    QVERIFY(waitingIds(rig).isEmpty());
}

void TestMcpInterop::ourServerIsUnderstood_data()
{
    QTest::addColumn<QString>("era");
    QTest::newRow("v1") << u"v1"_s;
    QTest::newRow("legacy") << u"legacy"_s;
    QTest::newRow("modern") << u"modern"_s;
}

void TestMcpInterop::ourServerIsUnderstood()
{
    QFETCH(QString, era);
    const CtlRig rig;
    const QString key = rig.enrolAda();
    OfficialClient client(rig, era, u"no"_s, u"request_approval"_s,
                          u"{\"title\":\"Pay\",\"tool\":\"pay\",\"arguments\":{\"amount\":42.5}}"_s,
                          {CtlRig::executable(), u"mcp-server"_s});
    QCOMPARE(rig.decide(waitingId(rig), u"approve"_s, key).code, 0);
    const QJsonObject said = client.finish();
    const QJsonObject told = said[u"result"_s].toObject()[u"structuredContent"_s].toObject();
    QCOMPARE(told.value(u"decision"_s).toString(), u"approved"_s);
    QCOMPARE(told.value(u"arguments"_s).toObject().value(u"amount"_s).toDouble(), 42.5);
    QCOMPARE(said.value(u"tools"_s).toArray(), (QJsonArray{u"ask_human"_s, u"request_approval"_s}));
}

int main(int argc, char **argv)
{
    return packages.run<TestMcpInterop>(argc, argv);
}
#include "tst_mcp_interop.moc"
