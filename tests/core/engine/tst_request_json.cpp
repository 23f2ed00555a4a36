// SPDX-License-Identifier: Apache-2.0
#include "core/engine/request_json.h"

#include "core/base/json_reader.h"
#include "tests/support/engine_rig.h"

#include <QtCore/QSet>
#include <QtTest/QTest>

using namespace countersign;
using namespace countersign::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// The JSON shapes that scripts depend on.
class TestRequestJson : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aPendingRequestHasEveryMember();
    void payloadsStandAsReceived();
    void aPayloadThatIsNoJsonStandsAsItsText();
    void anApprovalHoldsTheArgumentsAsAsked();
    void anEditHoldsTheArgumentsAsEdited();
    void aRejectionHoldsNoArguments();
    void timesAreRfc3339();
    void aClaimIsNamedWhileItLasts();
    void everyErrorHasAWordOfItsOwn();
    void errorsHaveTheirShape();

private:
    static JsonValue jsonOf(EngineRig &rig, const RequestId &id)
    {
        return requestJson(loadDetail(*rig.store, id).value(), rig.clock.now());
    }
    static QString textAt(const JsonValue &json, std::string_view pointer)
    {
        const JsonValue *value = json.at(pointer);
        return value ? value->toString() : u"(absent)"_s;
    }
    static QByteArray writtenAt(const JsonValue &json, std::string_view pointer)
    {
        const JsonValue *value = json.at(pointer);
        return value ? writeJson(*value) : QByteArray("(absent)");
    }
};

void TestRequestJson::aPendingRequestHasEveryMember()
{
    EngineRig rig;
    const JsonValue json = jsonOf(rig, rig.submit());
    for (const char *member :
         {"id",        "status",    "pattern",  "summary", "title",       "message",  "agent", "connection",
          "tool",      "arguments", "schema",   "tier",    "payloadHash", "revision", "round", "createdAt",
          "expiresAt", "claimedBy", "delivery", "votes",   "decision",    "outcome"}) {
        QVERIFY2(json.find(member), member);
    }
    QCOMPARE(textAt(json, "/status"), u"pending"_s);
    QCOMPARE(textAt(json, "/delivery"), u"none"_s);
    QVERIFY(json.find("decision")->isNull());
    QVERIFY(json.find("outcome")->isNull());
    QVERIFY(json.find("votes")->items().empty());
    const Result<JsonValue> read = readJson(writeJson(json), JsonLimits::schema());
    QVERIFY(read.hasValue());
    QVERIFY(*read == json);
}

void TestRequestJson::payloadsStandAsReceived()
{
    EngineRig rig;
    const QByteArray arguments = R"({"z":1.10,"a":[18446744073709551615,1E2],"t":"\u202e"})";
    const JsonValue json = jsonOf(rig, rig.submit(aSubmission().withArguments(arguments)));
    QCOMPARE(writtenAt(json, "/arguments"),
             QByteArray("{\"z\":1.10,\"a\":[18446744073709551615,1E2],\"t\":\"\u202e\"}"));
}

void TestRequestJson::aPayloadThatIsNoJsonStandsAsItsText()
{
    EngineRig rig;
    const JsonValue json = jsonOf(rig, rig.submit(aSubmission().withArguments("{broken")));
    QCOMPARE(textAt(json, "/arguments"), u"{broken"_s);
    QVERIFY(!textAt(json, "/unreviewable").isEmpty());
}

void TestRequestJson::anApprovalHoldsTheArgumentsAsAsked()
{
    EngineRig rig;
    const RequestId id = rig.submit(aSubmission().withArguments(R"({"amount":4200.00})"));
    rig.decide(id, Verdict::Approve);
    const JsonValue json = jsonOf(rig, id);
    QCOMPARE(textAt(json, "/status"), u"approved"_s);
    QCOMPARE(textAt(json, "/delivery"), u"released"_s);
    QCOMPARE(writtenAt(json, "/decision/arguments"), QByteArray("{\"amount\":4200.00}"));
    QCOMPARE(textAt(json, "/decision/verdict"), u"approve"_s);
    QCOMPARE(textAt(json, "/decision/reviewer"), u"R1"_s);
    QCOMPARE(textAt(json, "/votes/0/shown/view"), u"nothing: command line"_s);
    QCOMPARE(textAt(json, "/decision/payloadHash"), textAt(json, "/payloadHash"));
}

void TestRequestJson::anEditHoldsTheArgumentsAsEdited()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    DecideOrder order = rig.order(id, Verdict::ApproveEdited);
    order.content.arguments = R"({"amount":10.0})";
    order.content.metadata = R"({"ticket":1})";
    order.content.reason = u"less"_s;
    QVERIFY(rig.engine->decide(order).hasValue());
    const JsonValue json = jsonOf(rig, id);
    QCOMPARE(textAt(json, "/status"), u"approved-edited"_s);
    QCOMPARE(writtenAt(json, "/decision/arguments"), QByteArray("{\"amount\":10.0}"));
    QCOMPARE(writtenAt(json, "/decision/metadata"), QByteArray("{\"ticket\":1}"));
    QCOMPARE(textAt(json, "/decision/reason"), u"less"_s);
}

void TestRequestJson::aRejectionHoldsNoArguments()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    rig.decide(id, Verdict::Reject);
    QVERIFY(jsonOf(rig, id).at("/decision/arguments")->isNull());
}

void TestRequestJson::timesAreRfc3339()
{
    EngineRig rig;
    const RequestId id = rig.submit(aSubmission().expiringIn(1h));
    const JsonValue json = jsonOf(rig, id);
    QCOMPARE(fromRfc3339(textAt(json, "/createdAt")), std::optional(rig.clock.now()));
    QCOMPARE(fromRfc3339(textAt(json, "/expiresAt")), std::optional(rig.clock.now() + 1h));
}

void TestRequestJson::aClaimIsNamedWhileItLasts()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    QVERIFY(rig.engine->claim(id, 5min).hasValue());
    QCOMPARE(textAt(jsonOf(rig, id), "/claimedBy"), u"R1"_s);
    QCOMPARE(textAt(jsonOf(rig, id), "/status"), u"claimed"_s);
    rig.clock.advance(6min);
    QVERIFY(jsonOf(rig, id).find("claimedBy")->isNull());
    QCOMPARE(textAt(jsonOf(rig, id), "/status"), u"pending"_s);
}

void TestRequestJson::everyErrorHasAWordOfItsOwn()
{
    QSet<QString> words;
    const int last = static_cast<int>(ErrorCode::Internal);
    for (int code = 0; code <= last; ++code) {
        words.insert(toText(static_cast<ErrorCode>(code)));
    }
    QCOMPARE(words.size(), last + 1);
    QVERIFY(words.contains(u"already-decided"_s));
}

void TestRequestJson::errorsHaveTheirShape()
{
    const JsonValue json = errorJson({ErrorCode::Conflict, u"Say \"what\""_s, u"detail"_s});
    QCOMPARE(textAt(json, "/error/code"), u"conflict"_s);
    QCOMPARE(textAt(json, "/error/message"), u"Say \"what\""_s);
    QCOMPARE(textAt(json, "/error/detail"), u"detail"_s);
    QCOMPARE(json.members().size(), size_t{1});
}

QTEST_GUILESS_MAIN(TestRequestJson)
#include "tst_request_json.moc"
