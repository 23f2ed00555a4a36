// SPDX-License-Identifier: Apache-2.0
#include "tests/support/engine_rig.h"

#include <QtTest/QTest>

using namespace Qt::Literals::StringLiterals;
using namespace countersign;
using namespace countersign::test;

namespace {

QByteArray oneRule(const QByteArray &when, const QByteArray &does = R"("do":"allow")")
{
    return R"({"version":1,"name":"P","rules":[{"name":"the rule","when":)" + when + ',' + does + "}]}";
}

QByteArray amountIs(const QByteArray &schema)
{
    return R"({"required":["arguments"],"properties":{"arguments":{"required":["amount"],"properties":{"amount":)" +
           schema + "}}}}";
}

} // namespace

/// What may be applied: a condition that lets things happen must not hold by what is missing or of another type.
class TestPolicyStrictness : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }
    void whatHoldsByAbsenceOrAnotherTypeIsNotApplied_data();
    void whatHoldsByAbsenceOrAnotherTypeIsNotApplied();
    void whatSaysWhatItMeansIsApplied_data();
    void whatSaysWhatItMeansIsApplied();
};

void TestPolicyStrictness::whatHoldsByAbsenceOrAnotherTypeIsNotApplied_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QString>("place");
    QTest::addColumn<QString>("remedy");
    const auto row = [](const char *name, const QByteArray &file, const QString &place, const QString &remedy) {
        QTest::newRow(name) << file << place << remedy;
    };
    const QString amount = u"/rules/0/when/properties/arguments/properties/amount"_s;
    row("a request without a tool", oneRule(R"({"properties":{"tool":{"const":"search"}}})"),
        u"/rules/0/when/properties/tool"_s, u"“required”"_s);
    row("arguments without an amount",
        oneRule(R"({"required":["arguments"],"properties":{"arguments":{"properties":{"amount":{"const":1}}}}})"),
        amount, u"“required”"_s);
    row("said as needsApproval", oneRule(R"({"properties":{"tool":{"const":"search"}}})", R"("needsApproval":false)"),
        u"/rules/0/when/properties/tool"_s, u"“required”"_s);
    row("in a branch", oneRule(R"({"anyOf":[{"properties":{"tool":{"const":"search"}}}]})"),
        u"/rules/0/when/anyOf/0/properties/tool"_s, u"“required”"_s);
    row("a bound that text passes", oneRule(amountIs(R"({"exclusiveMaximum":100})")), amount + u"/exclusiveMaximum"_s,
        u"“type”: “number”"_s);
    row("a bound beside another type", oneRule(amountIs(R"({"type":["number","string"],"maximum":100})")),
        amount + u"/maximum"_s, u"“type”: “number”"_s);
    row("a multiple that text passes", oneRule(amountIs(R"({"multipleOf":5})")), amount + u"/multipleOf"_s,
        u"“type”: “number”"_s);
    row("a pattern that a number passes", oneRule(amountIs(R"({"pattern":"^a$"})")), amount + u"/pattern"_s,
        u"“type”: “string”"_s);
    row("a length that a number passes", oneRule(amountIs(R"({"maxLength":5})")), amount + u"/maxLength"_s,
        u"“type”: “string”"_s);
    const QByteArray deny = R"("do":"deny")";
    row("a slip in a property", oneRule(R"({"properties":{"tol":{"const":"drop"}}})", deny),
        u"/rules/0/when/properties/tol"_s, u"“tool”"_s);
    row("a slip in what is required", oneRule(R"({"required":["tol"]})", deny), u"/rules/0/when/required"_s,
        u"“tool”"_s);
    row("a slip in what must not be", oneRule(R"({"not":{"required":["tol"]}})", R"("do":"ask")"),
        u"/rules/0/when/not/required"_s, u"“tool”"_s);
}

void TestPolicyStrictness::whatHoldsByAbsenceOrAnotherTypeIsNotApplied()
{
    QFETCH(QByteArray, file);
    QFETCH(QString, place);
    QFETCH(QString, remedy);
    EngineRig rig;
    const auto applied = rig.engine->applyPolicy(file, rig.r1Key);
    QVERIFY2(!applied, "it was applied");
    QCOMPARE(applied.error().code, ErrorCode::InvalidInput);
    for (const QString &part : {u"“the rule”"_s, u'“' + place + u'”', remedy}) {
        QVERIFY2(applied.error().message.contains(part), qUtf8Printable(applied.error().message));
    }
    QVERIFY(rig.engine->policies()->empty());
}

void TestPolicyStrictness::whatSaysWhatItMeansIsApplied_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::newRow("everything") << oneRule("true");
    QTest::newRow("with a type") << oneRule(amountIs(R"({"type":"integer","minimum":1})"));
    QTest::newRow("with choices") << oneRule(amountIs(R"({"enum":[1,2],"minimum":1})"));
    QTest::newRow("required around the branch")
        << oneRule(R"({"required":["tool"],"anyOf":[{"properties":{"tool":{"const":"search"}}}]})");
    QTest::newRow("must be absent") << oneRule(R"({"properties":{"arguments":false}})");
    QTest::newRow("a bound that denies") << oneRule(
        R"({"properties":{"arguments":{"properties":{"amount":{"minimum":5}}}}})", R"("do":"deny")");
}

void TestPolicyStrictness::whatSaysWhatItMeansIsApplied()
{
    QFETCH(QByteArray, file);
    EngineRig rig;
    const auto applied = rig.engine->applyPolicy(file, rig.r1Key);
    QVERIFY2(applied, applied ? "" : qUtf8Printable(applied.error().message));
}

QTEST_GUILESS_MAIN(TestPolicyStrictness)
#include "tst_policy_strictness.moc"
