// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "core/schema/schema.h"

#include <QtCore/QThread>
#include <QtTest/QTest>

#include <atomic>

using namespace Qt::StringLiterals;
using namespace countersign;

namespace {

JsonValue json(const QByteArray &text)
{
    const Result<JsonValue> value = readJson(text);
    if (!value) {
        qFatal("%s", qPrintable(value.error().message));
    }
    return *value;
}

std::shared_ptr<const CompiledSchema> compiled(const QByteArray &schema, const CompileOptions &options = {})
{
    const auto ready = CompiledSchema::compile(json(schema), options);
    if (!ready) {
        qFatal("%s", qPrintable(ready.error().message));
    }
    return *ready;
}

const QByteArray paymentSchema = R"({"oneOf":[
    {"type":"object","title":"Card","properties":{"kind":{"const":"card"},"number":{"type":"string","minLength":4}},
     "required":["kind","number"]},
    {"type":"object","title":"Bank","properties":{"kind":{"const":"bank"},"iban":{"type":"string"}},
     "required":["kind","iban"]}]})";

} // namespace

/// What a check tells a form: words, places, unions, annotations.
class TestSchema : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void problemsSpeakToPeople_data();
    void problemsSpeakToPeople();
    void everyProblemIsFound();
    void problemsNameBothWaysToTheKeyword();
    void problemsOfAUnionAreGroupedByBranch();
    void twoFittingBranchesAreNamed();
    void annotationsSayWhichBranchMatched();
    void annotationsSayWhichSchemasApply();
    void oneSubschemaCanBeCheckedAlone();
    void numbersAreExact_data();
    void numbersAreExact();
    void theDialectIsChosen_data();
    void theDialectIsChosen();
    void formatsAreAssertedUnlessAskedOtherwise();
    void aSchemaMayBeReadAndUsedByManyThreads();
};

void TestSchema::problemsSpeakToPeople_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QString>("message");
    const auto row = [](const char *schema, const char *value, const QString &message) {
        QTest::newRow(schema) << QByteArray(schema) << QByteArray(value) << message;
    };
    row(R"({"maximum":30})", "31", u"must be at most 30"_s);
    row(R"({"minimum":0.50})", "0.49", u"must be at least 0.50"_s);
    row(R"({"exclusiveMinimum":0})", "0", u"must be more than 0"_s);
    row(R"({"exclusiveMaximum":100})", "100", u"must be less than 100"_s);
    row(R"({"multipleOf":0.01})", "1.005", u"must be a multiple of 0.01"_s);
    row(R"({"type":"string"})", "5", u"must be text"_s);
    row(R"({"type":["integer","null"]})", "5.5", u"must be a whole number or null"_s);
    row(R"({"const":"yes"})", "\"no\"", u"must be “yes”"_s);
    row(R"({"enum":["a",1,null]})", "2", u"must be one of “a”, 1, null"_s);
    row(R"({"enum":[]})", "2", u"can have no value at all: the list of choices is empty"_s);
    row(R"({"minLength":1})", "\"\"", u"must have at least 1 character, and has 0"_s);
    row(R"({"maxLength":2})", R"("a\ud83d\ude00b")", u"must have at most 2 characters, and has 3"_s);
    row(R"({"pattern":"^a"})", "\"b\"", u"must have the form “^a”"_s);
    row(R"({"format":"date"})", "\"today\"", u"must be a date such as 2026-03-31"_s);
    row(R"({"minItems":2})", "[1]", u"must have at least 2 items, and has 1"_s);
    row(R"({"uniqueItems":true})", "[1,2,1.0]", u"must have no item twice: items 1 and 3 are the same"_s);
    row(R"({"contains":{"const":1},"minContains":2})", "[1]",
        u"must have at least 2 items of the kind asked for, and has 1"_s);
    row(R"({"contains":{"const":1},"maxContains":1})", "[1,1]",
        u"must have at most 1 item of the kind asked for, and has 2"_s);
    row(R"({"prefixItems":[true],"items":false})", "[1,2]", u"must have at most 1 item, and has 2"_s);
    row(R"({"required":["a"]})", "{}", u"“a” is needed"_s);
    row(R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})", u"“b” is needed because “a” is set"_s);
    row(R"({"additionalProperties":false})", R"({"a":1})", u"“a” is not allowed here"_s);
    row(R"({"unevaluatedProperties":false})", R"({"a":1})", u"“a” is not allowed here"_s);
    row(R"({"propertyNames":{"maxLength":1}})", R"({"ab":1})", u"the name “ab” is not allowed here"_s);
    row(R"({"minProperties":1})", "{}", u"must have at least 1 member, and has 0"_s);
    row(R"({"not":{}})", "1", u"is one of the values that are forbidden here"_s);
    row("false", "1", u"must not be given here"_s);
    row(R"({"anyOf":[{"type":"string"},{"type":"null"}]})", "1", u"fits none of the 2 kinds allowed here"_s);
}

void TestSchema::problemsSpeakToPeople()
{
    QFETCH(QByteArray, schema);
    QFETCH(QByteArray, value);
    QFETCH(QString, message);
    const SchemaVerdict verdict = compiled(schema)->validate(json(value));
    QCOMPARE(verdict.kind, SchemaVerdictKind::Invalid);
    QVERIFY(!verdict.problems.empty());
    QCOMPARE(verdict.problems.front().message, message);
}

void TestSchema::everyProblemIsFound()
{
    const auto schema = compiled(R"({"type":"object","required":["a","b"],"properties":{"c":{"type":"string",
        "minLength":3,"pattern":"^x"},"d":{"items":{"minimum":2}}}})");
    const SchemaVerdict verdict = schema->validate(json(R"({"c":"yy","d":[1,2,0]})"));
    QStringList found;
    for (const Problem &problem : verdict.problems) {
        found.append(QString::fromStdString(problem.instance + ' ' + problem.keyword));
    }
    QCOMPARE(found.join(u", "_s), u" required,  required, /c minLength, /c pattern, /d/0 minimum, /d/2 minimum"_s);
}

void TestSchema::problemsNameBothWaysToTheKeyword()
{
    const auto schema = compiled(
        R"({"$id":"https://example.org/s","properties":{"a/b":{"$ref":"#/$defs/small"}},"$defs":{"small":{"maximum":3}}})");
    const Problem problem = schema->validate(json(R"({"a/b":4})")).problems.at(0);
    QCOMPARE(problem.instance, std::string("/a~1b"));
    QCOMPARE(problem.schema, std::string("/properties/a~1b/$ref/maximum"));
    QCOMPARE(problem.location, std::string("https://example.org/s#/$defs/small/maximum"));
    QCOMPARE(problem.parameters.find("limit")->numberText(), std::string_view("3"));
}

void TestSchema::problemsOfAUnionAreGroupedByBranch()
{
    const SchemaVerdict verdict = compiled(paymentSchema)->validate(json(R"({"kind":"card","number":"1"})"));
    QStringList found;
    for (const Problem &problem : verdict.problems) {
        found.append(u"%1.%2 %3"_s.arg(QString::number(problem.parent), QString::number(problem.branch),
                                       QString::fromStdString(problem.instance + ' ' + problem.keyword)));
    }
    QCOMPARE(found.join(u", "_s), u"-1.-1  oneOf, 0.0 /number minLength, 0.1  required, 0.1 /kind const"_s);
}

void TestSchema::twoFittingBranchesAreNamed()
{
    const SchemaVerdict verdict =
        compiled(R"({"oneOf":[{"type":"string"},{"type":"integer"},{"minimum":3}]})")->validate(json("5"));
    QCOMPARE(verdict.problems.size(), size_t{1});
    QCOMPARE(writeJson(verdict.problems[0].parameters), QByteArray(R"({"branches":3,"matching":[1,2]})"));
    QVERIFY(verdict.problems[0].message.contains(u"more than one"_s));
}

void TestSchema::annotationsSayWhichBranchMatched()
{
    const auto schema = compiled("{\"properties\":{\"pay\":" + paymentSchema +
                                 R"(},"if":{"required":["gift"]},"then":{"required":["note"]}})");
    const SchemaVerdict verdict =
        schema->validate(json(R"({"pay":{"kind":"bank","iban":"x"}})"), {.annotations = true});
    QVERIFY(verdict.isValid());
    QCOMPARE(verdict.branches.size(), size_t{2});
    QCOMPARE(verdict.branches[0].instance, std::string("/pay"));
    QCOMPARE(verdict.branches[0].schema, std::string("/properties/pay/oneOf"));
    QCOMPARE(verdict.branches[0].branch, size_t{1});
    QCOMPARE(verdict.branches[1].schema, std::string("/if"));
    QCOMPARE(verdict.branches[1].branch, size_t{1});
}

void TestSchema::annotationsSayWhichSchemasApply()
{
    const auto schema = compiled(R"({"properties":{"a":{"title":"A"}},"additionalProperties":{"type":"string"}})");
    const SchemaVerdict verdict = schema->validate(json(R"({"a":1,"b":"x","c":2})"), {.annotations = true});
    QStringList applied;
    for (const AppliedSchema &one : verdict.applied) {
        applied.append(QString::fromStdString(one.instance + ' ' + one.location));
    }
    QCOMPARE(applied.join(u", "_s), u"/a #/properties/a, /b #/additionalProperties"_s);
}

void TestSchema::oneSubschemaCanBeCheckedAlone()
{
    const auto schema = compiled(R"({"properties":{"a":{"$ref":"#/$defs/n"}},"$defs":{"n":{"minimum":3},"x":{}}})");
    QVERIFY(schema->validateAt("/properties/a", json("3")).value().isValid());
    const Result<SchemaVerdict> low = schema->validateAt("/properties/a", json("2"));
    QCOMPARE(low->problems.at(0).instance, std::string());
    QCOMPARE(low->problems.at(0).location, std::string("#/$defs/n/minimum"));
    QCOMPARE(schema->validateAt("/properties/b", json("2")).error().code, ErrorCode::NotFound);
    QCOMPARE(schema->validateAt("/properties", json("2")).error().code, ErrorCode::NotFound);
    QCOMPARE(schema->validateAt("/$defs/x", json("2")).error().code, ErrorCode::NotFound);
}

void TestSchema::numbersAreExact_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<bool>("valid");
    const auto row = [](const char *claim, const char *schema, const char *value, bool valid) {
        QTest::newRow(claim) << QByteArray(schema) << QByteArray(value) << valid;
    };
    row("a cent is a hundredth", R"({"multipleOf":0.01})", "19.99", true);
    row("and a thousandth is none", R"({"multipleOf":0.01})", "19.991", false);
    row("the largest integer", R"({"maximum":18446744073709551614})", "18446744073709551615", false);
    row("one below it", R"({"maximum":18446744073709551615})", "18446744073709551615", true);
    row("beyond what a double tells apart", R"({"const":9007199254740993})", "9007199254740992", false);
    row("written otherwise", R"({"const":1e2})", "100.00", true);
    row("an integer with a point", R"({"type":"integer"})", "1.0", true);
    row("an integer with an exponent", R"({"type":"integer"})", "1e300", true);
    row("nearly an integer", R"({"type":"integer"})", "1.0000000000000000000000000000000001", false);
    row("a long multiple", R"({"multipleOf":3})", "1e300", false);
    row("a long multiple that is one", R"({"multipleOf":8})", "1e300", true);
    row("tiny steps", R"({"multipleOf":1e-300})", "1e300", true);
    row("39 digits", R"({"multipleOf":1.23456789012345678901234567890123456789})",
        "2.46913578024691357802469135780246913578", true);
    row("39 digits, one off", R"({"multipleOf":1.23456789012345678901234567890123456789})",
        "2.46913578024691357802469135780246913579", false);
    row("a negative multiple", R"({"multipleOf":0.1})", "-0.3", true);
    row("zero is a multiple of all", R"({"multipleOf":7})", "0.0", true);
    row("negative bounds", R"({"minimum":-1.5})", "-1.6", false);
    row("bounds far apart", R"({"minimum":1e-300})", "1e300", true);
    row("bounds just apart", R"({"exclusiveMinimum":0.1})", "0.1000000000000000000000000000000000001", true);
}

void TestSchema::numbersAreExact()
{
    QFETCH(QByteArray, schema);
    QFETCH(QByteArray, value);
    QFETCH(bool, valid);
    QCOMPARE(compiled(schema)->validate(json(value)).isValid(), valid);
}

void TestSchema::theDialectIsChosen_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QString>("dialect");
    QTest::newRow("none") << QByteArray("{}") << u"2020-12"_s;
    QTest::newRow("2019-09") << QByteArray(R"({"$schema":"https://json-schema.org/draft/2019-09/schema"})")
                             << u"2019-09"_s;
    QTest::newRow("draft-07") << QByteArray(R"({"$schema":"http://json-schema.org/draft-07/schema#"})")
                              << u"draft-07"_s;
    QTest::newRow("draft-07, other scheme")
        << QByteArray(R"({"$schema":"https://json-schema.org/draft-07/schema"})") << u"draft-07"_s;
    QTest::newRow("draft-04") << QByteArray(R"({"$schema":"http://json-schema.org/draft-04/schema#"})")
                              << u"draft-04"_s;
}

void TestSchema::theDialectIsChosen()
{
    QFETCH(QByteArray, schema);
    QFETCH(QString, dialect);
    QCOMPARE(dialectName(compiled(schema)->dialect()), dialect);
    const Dialect forced = Dialect::Draft06;
    QCOMPARE(compiled(schema, {.dialect = forced})->dialect(), forced);
    QCOMPARE(dialectFromName(dialect), compiled(schema)->dialect());
    QVERIFY(!dialectFromName(u"draft-99"));
}

void TestSchema::formatsAreAssertedUnlessAskedOtherwise()
{
    const QByteArray schema = R"({"format":"email"})";
    QVERIFY(!compiled(schema)->validate(json("\"nobody\"")).isValid());
    QVERIFY(compiled(schema, {.formats = FormatRule::AsDeclared})->validate(json("\"nobody\"")).isValid());
    QVERIFY(compiled(R"({"format":"unheard-of"})")->validate(json("\"x\"")).isValid());
}

void TestSchema::aSchemaMayBeReadAndUsedByManyThreads()
{
    const auto schema = compiled(R"({"items":{"pattern":"^[a-z]+$","format":"hostname"}})");
    std::vector<std::unique_ptr<QThread>> threads;
    std::atomic_int good = 0;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back(QThread::create([&] {
            for (int round = 0; round < 200; ++round) {
                good += schema->validate(json(R"(["abc","def"])")).isValid() ? 1 : 0;
                good += schema->validate(json(R"(["abc","1"])")).isValid() ? 0 : 1;
            }
        }));
        threads.back()->start();
    }
    for (const auto &thread : threads) {
        QVERIFY(thread->wait());
    }
    QCOMPARE(good.load(), 4 * 200 * 2);
}

QTEST_GUILESS_MAIN(TestSchema)
#include "tst_schema.moc"
