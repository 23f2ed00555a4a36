// SPDX-License-Identifier: Apache-2.0
// Policies through the real program: checked, applied, listed, obeyed by gate, request and await, and attacked.
#include "tests/app/ctl_rig.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign::test;

namespace {

const QByteArray aroundTheScript = R"({"version":1,"name":"Scripts","rules":[
    {"name":"never drop","when":{"properties":{"arguments":{"properties":{"command":{"contains":{"const":"drop"}}},
        "required":["command"]}},"required":["arguments"]},"do":"deny","message":"Dropping is not for agents."},
    {"name":"looking","when":{"properties":{"pattern":{"const":"gate"}},"required":["pattern"]},"do":"allow"}]})";
const QByteArray everything = R"({"version":1,"name":"Lax","rules":[{"name":"all","when":true,"do":"allow"}]})";
const QByteArray nothing = R"({"version":1,"name":"Strict","rules":[{"name":"all","when":true,"do":"ask"}]})";

QString paying(const QString &amount)
{
    return uR"({"amount":%1,"currency":"EUR","recipient":"Nordwind"})"_s.arg(amount);
}

/// A home with an administrator and the policy of the manual's example in force.
struct Scene {
    Scene()
        : key(rig.enrolAda())
    {}
    CtlRig::Ran apply(const QByteArray &policy, const QString &name = u"policy.json"_s) const
    {
        return rig.run({u"policy"_s, u"apply"_s, rig.write(name, policy), u"--by"_s, key});
    }
    void applyExample() const
    {
        const CtlRig::Ran ran = rig.run({u"policy"_s, u"apply"_s, example(), u"--by"_s, key});
        if (ran.code != 0) {
            qFatal("the example was not applied: %s", ran.err.constData());
        }
    }
    static QString example() { return QStringLiteral(COUNTERSIGN_SOURCE_DIR "/resources/policies/payments.json"); }
    CtlRig::Ran pay(const QString &amount, const QStringList &more = {}) const
    {
        return rig.run(QStringList{u"--json"_s, u"request"_s, u"--title"_s, u"Pay"_s, u"--tool"_s, u"process_payment"_s,
                                   u"--args"_s, paying(amount)} +
                       more);
    }
    CtlRig::Ran verify() const { return rig.run({u"audit"_s, u"verify"_s}); }

    CtlRig rig;
    QString key;
};

} // namespace

class TestCtlPolicy : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aPolicyIsChecked_data();
    void aPolicyIsChecked();
    void onlyAnAdministratorApplies();
    void paymentsGoThreeWays();
    void needsApprovalAsBooleanAndPredicate();
    void theHighTierOnTheCommandLineWhereThePolicySaysSo();
    void aGateRunsWhatThePolicyAllows();
    void theListTellsWhichIsInForce();
    void tamperedPoliciesAreRefused_data();
    void tamperedPoliciesAreRefused();
    void aForgedDecisionIsRefused_data();
    void aForgedDecisionIsRefused();
};

void TestCtlPolicy::aPolicyIsChecked_data()
{
    QTest::addColumn<QByteArray>("policy");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("good") << nothing << 0 << QByteArray("Strict");
    QTest::newRow("no JSON") << QByteArray("{") << 1 << QByteArray("cannot be read");
    QTest::newRow("unknown member") << QByteArray(R"({"version":1,"name":"P","rules":[],"people":1})") << 1
                                    << QByteArray("/people");
    QTest::newRow("later format") << QByteArray(R"({"version":2,"name":"P","rules":[]})") << 1
                                  << QByteArray("newer Countersign");
    QTest::newRow("no schema") << QByteArray(
                                      R"({"version":1,"name":"P","rules":[{"name":"r","when":{"type":1},"do":"ask"}]})")
                               << 1 << QByteArray("/rules/0/when");
    QTest::newRow("allows what has no tool")
        << QByteArray(R"({"version":1,"name":"P","rules":[{"name":"r","when":{"properties":{"tool":{"const":"t"}}},)"
                      R"("do":"allow"}]})")
        << 1 << QByteArray("/rules/0/when/properties/tool");
}

void TestCtlPolicy::aPolicyIsChecked()
{
    QFETCH(QByteArray, policy);
    QFETCH(QByteArray, says);
    const CtlRig rig;
    const CtlRig::Ran ran = rig.run({u"policy"_s, u"check"_s, rig.write(u"policy.json"_s, policy)});
    QTEST(ran.code, "code");
    QVERIFY2((ran.out + ran.err).contains(says), (ran.out + ran.err).constData());
    QVERIFY2(!QFile::exists(rig.workspaceFile()), "checking needs no workspace");
    QCOMPARE(rig.run({u"policy"_s, u"check"_s, rig.path(u"missing"_s)}).code, 1);
    QCOMPARE(rig.run({u"policy"_s, u"check"_s}).code, 2);
}

void TestCtlPolicy::onlyAnAdministratorApplies()
{
    const Scene scene;
    const QString bob = scene.rig.path(u"bob.key"_s);
    QCOMPARE(
        scene.rig
            .run({u"reviewer"_s, u"add"_s, u"bob"_s, u"--key-file"_s, bob, u"--no-passphrase"_s, u"--by"_s, scene.key})
            .code,
        0);
    const QString file = scene.rig.write(u"policy.json"_s, everything);
    QCOMPARE(scene.rig.run({u"policy"_s, u"apply"_s, file, u"--by"_s, bob}).code, 17);
    QCOMPARE(scene.rig.run({u"policy"_s, u"apply"_s, file}).code, 17);
    const CtlRig::Ran broken = scene.apply("{}");
    QCOMPARE(broken.code, 1);
    const CtlRig::Ran applied = scene.apply(everything);
    QVERIFY2(applied.code == 0, applied.err.constData());
    QCOMPARE(applied.text(), u"policy-1"_s);
    QCOMPARE(scene.verify().code, 0);
}

void TestCtlPolicy::paymentsGoThreeWays()
{
    const Scene scene;
    scene.applyExample();
    const CtlRig::Ran small = scene.pay(u"99.99"_s, {u"--wait"_s});
    QVERIFY2(small.code == 0, small.err.constData());
    QVERIFY2(small.says("Approved by policy “Payments” (policy-1)"), small.err.constData());
    QVERIFY(!small.says("waiting"));
    const QJsonObject decision = small.json()[u"decision"_s].toObject();
    QCOMPARE(decision[u"verdict"_s].toString(), u"approve"_s);
    QCOMPARE(decision[u"policy"_s].toString(), u"policy-1"_s);
    QCOMPARE(decision[u"arguments"_s].toObject()[u"amount"_s].toDouble(), 99.99);

    const QString asked = scene.pay(u"500"_s, {u"--tier"_s, u"low"_s}).json()[u"id"_s].toString();
    QCOMPARE(scene.rig.status(asked), u"pending"_s);
    QCOMPARE(scene.rig.show(asked)[u"tier"_s].toString(), u"high"_s);
    QCOMPARE(scene.rig.show(asked)[u"policyVersion"_s].toString(), u"policy-1"_s);
    QCOMPARE(scene.rig.show(asked)[u"summary"_s].toString(), u"Pay 500 EUR to Nordwind"_s);
    QCOMPARE(scene.rig.decide(asked, u"approve"_s, scene.key).code, 17);
    QCOMPARE(scene.rig.decide(asked, u"reject"_s, scene.key).code, 0);

    const CtlRig::Ran large = scene.pay(u"1000.01"_s, {u"--wait"_s});
    QVERIFY2(large.code == 10, large.err.constData());
    QVERIFY2(large.says("ask them"), large.err.constData());
    QCOMPARE(large.json()[u"decision"_s].toObject()[u"reason"_s].toString(),
             u"Payments above 1000 are made by the finance department: ask them."_s);
    const QString again = large.json()[u"id"_s].toString();
    QCOMPARE(scene.rig.run({u"await"_s, again}).code, 10);
    QCOMPARE(scene.verify().code, 0);
}

void TestCtlPolicy::needsApprovalAsBooleanAndPredicate()
{
    const Scene scene;
    const auto with = [](const QByteArray &needs) {
        return R"({"version":1,"name":"P","rules":[{"name":"r","when":true,"needsApproval":)" + needs + "}]}";
    };
    const auto statusOf = [&](const QString &amount) {
        return scene.rig.status(scene.pay(amount).json()[u"id"_s].toString());
    };
    QCOMPARE(scene.apply(with("true")).code, 0);
    QCOMPARE(statusOf(u"1"_s), u"pending"_s);
    QCOMPARE(scene.apply(with("false")).code, 0);
    QCOMPARE(statusOf(u"5000"_s), u"approved"_s);
    QCOMPARE(scene.apply(with(R"({"properties":{"amount":{"exclusiveMinimum":100}},"required":["amount"]})")).code, 0);
    QCOMPARE(statusOf(u"100"_s), u"approved"_s);
    QCOMPARE(statusOf(u"100.01"_s), u"pending"_s);
    QCOMPARE(scene.verify().code, 0);
}

void TestCtlPolicy::theHighTierOnTheCommandLineWhereThePolicySaysSo()
{
    const Scene scene;
    QCOMPARE(scene
                 .apply(R"({"version":1,"name":"P","rules":[],
                     "tools":{"process_payment":{"tier":"high","commandLine":true}}})")
                 .code,
             0);
    const QString id = scene.pay(u"5"_s).json()[u"id"_s].toString();
    const CtlRig::Ran decided = scene.rig.decide(id, u"approve"_s, scene.key);
    QVERIFY2(decided.code == 0, decided.err.constData());
    QCOMPARE(scene.rig.run({u"await"_s, id}).code, 0);
    QCOMPARE(scene.verify().code, 0);
}

void TestCtlPolicy::aGateRunsWhatThePolicyAllows()
{
    const Scene scene;
    QCOMPARE(scene.apply(aroundTheScript).code, 0);
    scene.rig.write(u"go.sh"_s, "#!/bin/sh\necho \"$@\" >> ran\n", true);
    const CtlRig::Ran ran = scene.rig.run({u"gate"_s, u"--"_s, u"./go.sh"_s, u"look"_s});
    QVERIFY2(ran.code == 0, ran.err.constData());
    QFile proof(scene.rig.path(u"ran"_s));
    QVERIFY(proof.open(QIODevice::ReadOnly));
    QCOMPARE(proof.readAll(), QByteArray("look\n"));
    const CtlRig::Ran denied = scene.rig.run({u"gate"_s, u"--"_s, u"./go.sh"_s, u"drop"_s});
    QVERIFY2(denied.code == 10, denied.err.constData());
    QVERIFY2(denied.says("Dropping is not for agents."), denied.err.constData());
    proof.seek(0);
    QCOMPARE(proof.readAll(), QByteArray("look\n"));
    QCOMPARE(scene.verify().code, 0);
}

void TestCtlPolicy::theListTellsWhichIsInForce()
{
    const Scene scene;
    const CtlRig::Ran none = scene.rig.run({u"policy"_s, u"list"_s});
    QCOMPARE(none.code, 0);
    QVERIFY(none.says("There is no policy"));
    QCOMPARE(scene.apply(everything).code, 0);
    scene.applyExample();
    const CtlRig::Ran list = scene.rig.run({u"--json"_s, u"policy"_s, u"list"_s});
    QCOMPARE(list.code, 0);
    const QList<QByteArray> lines = list.out.trimmed().split('\n');
    QCOMPARE(lines.size(), 2);
    const QJsonObject last = QJsonDocument::fromJson(lines.last()).object();
    QCOMPARE(last[u"version"_s].toString(), u"policy-2"_s);
    QCOMPARE(last[u"name"_s].toString(), u"Payments"_s);
    QCOMPARE(last[u"appliedBy"_s].toString(), u"ada"_s);
    QVERIFY(last[u"active"_s].toBool());
    QVERIFY(last[u"rules"_s].toArray().size() > 3);
    QVERIFY(!QJsonDocument::fromJson(lines.first()).object()[u"active"_s].toBool());
    const QByteArray people = scene.rig.run({u"policy"_s, u"list"_s}).out;
    QVERIFY2(people.contains("in force") && people.contains("too large for an agent: deny"), people.constData());
}

void TestCtlPolicy::tamperedPoliciesAreRefused_data()
{
    QTest::addColumn<QString>("sql");
    const QString lax = u"x'"_s + QString::fromLatin1(everything.toHex()) + u'\'';
    QTest::newRow("edited") << u"UPDATE policy_version SET body=%1 WHERE version='policy-2'"_s.arg(lax);
    QTest::newRow("deleted") << u"DELETE FROM policy_version WHERE version='policy-2'"_s;
    QTest::newRow("all deleted") << u"DELETE FROM policy_version"_s;
    QTest::newRow("old one copied back")
        << u"INSERT INTO policy_version SELECT 'policy-3', body, statement, active_from_ms FROM policy_version WHERE "
           u"version='policy-1'"_s;
    QTest::newRow("unsigned") << u"INSERT INTO policy_version VALUES ('policy-9', %1, 'none', 0)"_s.arg(lax);
    QTest::newRow("signature of another statement")
        << u"UPDATE statement SET signature=zeroblob(64) WHERE kind='policy'"_s;
}

void TestCtlPolicy::tamperedPoliciesAreRefused()
{
    QFETCH(QString, sql);
    const Scene scene;
    QCOMPARE(scene.apply(everything).code, 0);
    QCOMPARE(scene.apply(nothing).code, 0);
    tamperWith(scene.rig.workspaceFile(), {sql});
    const CtlRig::Ran filed = scene.pay(u"5"_s);
    QVERIFY2(filed.code == 17, filed.err.constData());
    QCOMPARE(scene.rig.run({u"policy"_s, u"list"_s}).code, 17);
    const CtlRig::Ran verified = scene.verify();
    QCOMPARE(verified.code, 1);
    QVERIFY2(verified.out.contains("policy"), verified.out.constData());
}

void TestCtlPolicy::aForgedDecisionIsRefused_data()
{
    QTest::addColumn<QStringList>("sql");
    // The decision of the small payment, moved to the one that waits.
    QTest::newRow("moved to another request")
        << QStringList{u"UPDATE decision SET request=(SELECT id FROM request WHERE lifecycle='pending')"_s,
                       u"UPDATE request SET decision=(SELECT id FROM decision), verdict='approve', "
                       u"lifecycle='decided', delivery='released', shelf=2, status='approved' "
                       u"WHERE lifecycle='pending'"_s};
    QTest::newRow("moved together with its log entry")
        << QStringList{u"UPDATE event SET subject=(SELECT id FROM request WHERE lifecycle='pending'), "
                       u"body=CAST(replace(body, (SELECT request FROM decision), (SELECT id FROM request WHERE "
                       u"lifecycle='pending')) AS BLOB) WHERE kind='decision.automatic'"_s,
                       u"UPDATE decision SET request=(SELECT id FROM request WHERE lifecycle='pending')"_s,
                       u"UPDATE request SET decision=(SELECT id FROM decision), verdict='approve', "
                       u"lifecycle='decided', delivery='released', shelf=2, status='approved', revision=2 "
                       u"WHERE lifecycle='pending'"_s};
}

void TestCtlPolicy::aForgedDecisionIsRefused()
{
    QFETCH(QStringList, sql);
    const Scene scene;
    scene.applyExample();
    QCOMPARE(scene.pay(u"5"_s).code, 0);
    const QString waiting = scene.pay(u"500"_s).json()[u"id"_s].toString();
    tamperWith(scene.rig.workspaceFile(), sql);
    const CtlRig::Ran awaited = scene.rig.run({u"await"_s, waiting});
    QVERIFY2(awaited.code == 17, awaited.err.constData());
    QCOMPARE(scene.verify().code, 1);
}

QTEST_GUILESS_MAIN(TestCtlPolicy)
#include "tst_ctl_policy.moc"
