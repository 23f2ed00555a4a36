// SPDX-License-Identifier: Apache-2.0
#include "tests/support/engine_rig.h"

#include <QtTest/QTest>

using namespace countersign;
using namespace countersign::test;
using namespace Qt::Literals::StringLiterals;

/// What a reviewer made is held to the schema that the asker gave, whichever door it comes through.
class TestSchemaFit : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void anAnswerMustFitTheQuestion_data();
    void anAnswerMustFitTheQuestion();
    void editedArgumentsMustFitTheTool();
    void aBadSchemaDoesNotSilenceAnybody();
};

namespace {

const QByteArray schema = R"({"type":"object","properties":{"n":{"type":"integer","maximum":30}},"required":["n"]})";

Submission question(const QByteArray &withSchema)
{
    Submission asked = aSubmission();
    asked.content.pattern = Pattern::Elicitation;
    asked.content.arguments.clear();
    asked.content.message = u"How many?"_s;
    asked.content.schema = withSchema;
    asked.content.allowed = {Verdict::Answer, Verdict::Decline, Verdict::Cancel};
    return asked;
}

} // namespace

void TestSchemaFit::anAnswerMustFitTheQuestion_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QString>("refusal");
    QTest::newRow("fits") << R"({"n":30})"_ba << QString();
    QTest::newRow("too large") << R"({"n":31})"_ba << u"/n must be at most 30"_s;
    QTest::newRow("wrong type") << R"({"n":"3"})"_ba << u"/n must be"_s;
    QTest::newRow("missing") << R"({})"_ba << u"it "_s;
}

void TestSchemaFit::anAnswerMustFitTheQuestion()
{
    QFETCH(QByteArray, answer);
    QFETCH(QString, refusal);
    EngineRig rig;
    const RequestId id = rig.submit(question(schema));
    DecideOrder order = rig.order(id, Verdict::Answer);
    order.content.answer = answer;
    const Result<Decided> decided = rig.engine->decide(order);
    if (refusal.isEmpty()) {
        QVERIFY(decided);
        QCOMPARE(rig.status(id), u"answered"_s);
        return;
    }
    QVERIFY(!decided);
    QCOMPARE(decided.error().code, ErrorCode::InvalidInput);
    QVERIFY2(decided.error().message.contains(refusal), qPrintable(decided.error().message));
    QCOMPARE(rig.status(id), u"pending"_s);
}

void TestSchemaFit::editedArgumentsMustFitTheTool()
{
    EngineRig rig;
    Submission asked = aSubmission().withArguments(R"({"n":99})");
    asked.content.schema = schema;
    const RequestId id = rig.submit(asked);
    DecideOrder order = rig.order(id, Verdict::ApproveEdited);
    order.content.arguments = R"({"n":98})";
    const Result<Decided> refused = rig.engine->decide(order);
    QVERIFY(!refused);
    QVERIFY2(refused.error().message.contains(u"/n must be at most 30"_s), qPrintable(refused.error().message));
    order.content.arguments = R"({"n":3})";
    QVERIFY(rig.engine->decide(order));
}

void TestSchemaFit::aBadSchemaDoesNotSilenceAnybody()
{
    for (const QByteArray &bad : {R"({"type":"nonsense"})"_ba, R"({"$ref":"https://example.com/elsewhere"})"_ba}) {
        EngineRig rig;
        const RequestId id = rig.submit(question(bad));
        DecideOrder order = rig.order(id, Verdict::Answer);
        order.content.answer = R"({"n":1})";
        QVERIFY(rig.engine->decide(order));
    }
}

QTEST_GUILESS_MAIN(TestSchemaFit)
#include "tst_schema_fit.moc"
