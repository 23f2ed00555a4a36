// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "core/schema/schema.h"

#include <QtTest/QTest>

#include <ctime>

using namespace Qt::StringLiterals;
using namespace countersign;

namespace {

/// Far beyond what any of them needs: what has no budget would take hours.
constexpr qint64 patienceMs = 20'000;

/// Of the processor: other programs may be busy too.
qint64 spentMs()
{
    return std::clock() * qint64{1000} / CLOCKS_PER_SEC;
}

using Compiled = Result<std::shared_ptr<const CompiledSchema>>;

JsonValue json(const QByteArray &text)
{
    const Result<JsonValue> value =
        readJson(text, {.maxBytes = 64 * 1024 * 1024, .maxNodes = 5'000'000, .maxDepth = 128});
    if (!value) {
        qFatal("%s", qPrintable(value.error().message));
    }
    return *value;
}

Compiled compiled(const QByteArray &schema)
{
    return CompiledSchema::compile(json(schema));
}

SchemaVerdict checked(const QByteArray &schema, const JsonValue &value)
{
    const Compiled ready = compiled(schema);
    if (!ready) {
        qFatal("%s", qPrintable(ready.error().message));
    }
    return (*ready)->validate(value);
}

} // namespace

/// Schemas and values that are made to hang, crash or fill the memory: each ends within its budget, with a verdict or
/// with a sentence.
class TestSchemaHostile : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_started = spentMs(); }
    void cleanup() { QVERIFY2(spentMs() - m_started < patienceMs, qPrintable(QString::number(spentMs() - m_started))); }

    void referencesWithoutProgressAreRefused_data();
    void referencesWithoutProgressAreRefused();
    void aDynamicReferenceWithoutProgressCannotBeChecked();
    void referencesWithProgressAreFine();
    void exponentialUnionsEnd_data();
    void exponentialUnionsEnd();
    void catastrophicPatternsEnd_data();
    void catastrophicPatternsEnd();
    void manyCatastrophicPatternsEndTogether();
    void aPatternThatTripsHidesNoOtherProblem();
    void longEnumsAreFast();
    void veryManyProblemsAreCutOff();
    void contradictoryBoundsRefuseEverything();
    void deepValuesAndSchemasEnd();
    void longChainsOfReferencesEnd();
    void tooManySubschemasAreRefused();
    void unusableSchemasAreRefusedByPlace_data();
    void unusableSchemasAreRefusedByPlace();
    void otherDocumentsAreNeverFetched();

private:
    qint64 m_started = 0;
};

void TestSchemaHostile::referencesWithoutProgressAreRefused_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::newRow("to itself") << QByteArray(R"({"$ref":"#"})");
    QTest::newRow("in a circle") << QByteArray(
        R"({"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}})");
    QTest::newRow("through allOf") << QByteArray(R"({"allOf":[{"type":"object"},{"$ref":"#"}]})");
    QTest::newRow("through anyOf") << QByteArray(R"({"anyOf":[{"type":"string"},{"$ref":"#"}]})");
    QTest::newRow("through not") << QByteArray(R"({"not":{"$ref":"#"}})");
    QTest::newRow("through if") << QByteArray(R"({"if":true,"then":{"$ref":"#"}})");
    QTest::newRow("through a member that is there") << QByteArray(R"({"dependentSchemas":{"a":{"$ref":"#"}}})");
}

void TestSchemaHostile::referencesWithoutProgressAreRefused()
{
    QFETCH(QByteArray, schema);
    const Compiled ready = compiled(schema);
    QVERIFY(!ready);
    QCOMPARE(ready.error().code, ErrorCode::InvalidInput);
    QVERIFY2(ready.error().message.contains(u"refers to itself"_s), qPrintable(ready.error().message));
}

void TestSchemaHostile::aDynamicReferenceWithoutProgressCannotBeChecked()
{
    const SchemaVerdict verdict = checked(R"({"$dynamicAnchor":"a","$dynamicRef":"#a"})", json("1"));
    QCOMPARE(verdict.kind, SchemaVerdictKind::CouldNotCheck);
    QVERIFY(!verdict.problems.empty());
    QVERIFY(verdict.problems.front().undecided);
    QVERIFY(verdict.problems.front().message.contains(u"could not be checked"_s));
}

void TestSchemaHostile::referencesWithProgressAreFine()
{
    const QByteArray tree = R"({"type":"object","properties":{"next":{"$ref":"#"}},"required":["v"]})";
    QVERIFY(checked(tree, json(R"({"v":1,"next":{"v":2,"next":{"v":3}}})")).isValid());
    QCOMPARE(checked(tree, json(R"({"v":1,"next":{"v":2,"next":{}}})")).problems.front().instance,
             std::string("/next/next"));
}

void TestSchemaHostile::exponentialUnionsEnd_data()
{
    QTest::addColumn<QByteArray>("keyword");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<SchemaVerdictKind>("kind");
    QTest::newRow("anyOf, good") << QByteArray("anyOf") << QByteArray("\"a\"")
                                 << SchemaVerdictKind::Valid; // The first way.
    QTest::newRow("anyOf, bad") << QByteArray("anyOf") << QByteArray("1") << SchemaVerdictKind::CouldNotCheck;
    QTest::newRow("oneOf, good") << QByteArray("oneOf") << QByteArray("\"a\"") << SchemaVerdictKind::CouldNotCheck;
    QTest::newRow("oneOf, bad") << QByteArray("oneOf") << QByteArray("1") << SchemaVerdictKind::CouldNotCheck;
    QTest::newRow("allOf, good") << QByteArray("allOf") << QByteArray("\"a\"") << SchemaVerdictKind::CouldNotCheck;
    QTest::newRow("allOf, bad") << QByteArray("allOf") << QByteArray("1")
                                << SchemaVerdictKind::Invalid; // The first way.
}

void TestSchemaHostile::exponentialUnionsEnd()
{
    QFETCH(QByteArray, keyword);
    constexpr int levels = 40; // 2⁴⁰ ways.
    QByteArray schema = R"({"$ref":"#/$defs/l0","$defs":{)";
    for (int i = 0; i < levels; ++i) {
        const QByteArray next = R"({"$ref":"#/$defs/l)" + QByteArray::number(i + 1) + R"("})";
        schema += "\"l" + QByteArray::number(i) + "\":{\"" + keyword + "\":[" + next + ',' + next + "]},";
    }
    schema += "\"l" + QByteArray::number(levels) + R"(":{"type":"string"}}})";
    QFETCH(QByteArray, value);
    QFETCH(SchemaVerdictKind, kind);
    const SchemaVerdict verdict = checked(schema, json(value));
    QCOMPARE(verdict.kind, kind);
    QCOMPARE(verdict.problems.empty(), kind == SchemaVerdictKind::Valid);
}

void TestSchemaHostile::catastrophicPatternsEnd_data()
{
    QTest::addColumn<QByteArray>("pattern");
    QTest::addColumn<QByteArray>("part");
    QTest::addColumn<int>("count");
    QTest::newRow("nested repeats, short") << QByteArray("^(a+)+$") << QByteArray("a") << 29;
    QTest::newRow("nested repeats, long") << QByteArray("^(a+)+$") << QByteArray("a") << 100'000;
    QTest::newRow("alternatives") << QByteArray("^(a|b)*$") << QByteArray("ab") << 60'000;
    QTest::newRow("three stars") << QByteArray("^[ab]*[ab]*[ab]*[cd]$") << QByteArray("a") << 4'000;
    QTest::newRow("three stars, very long") << QByteArray("^[ab]*[ab]*[ab]*[cd]$") << QByteArray("a") << 900'000;
    QTest::newRow("searching anew everywhere") << QByteArray("[ab]*[ab]*[cd]") << QByteArray("a") << 20'000;
    QTest::newRow("searching anew everywhere, very long") << QByteArray("[ab]*[ab]*[cd]") << QByteArray("a") << 900'000;
    QTest::newRow("overlapping words") << QByteArray("^(\\\\w+\\\\s?)*$") << QByteArray("word") << 10'000;
    QTest::newRow("back references") << QByteArray("^(.*)\\\\1\\\\1x$") << QByteArray("a") << 10'000;
    QTest::newRow("looking ahead") << QByteArray("^(?=(a+))*(?:a|a?)+$") << QByteArray("a") << 5'000;
    QTest::newRow("counted groups") << QByteArray("^(?:(?:a{1,30}){1,30}){1,30}$") << QByteArray("a") << 20'000;
    QTest::newRow("unbounded class") << QByteArray("(.*,){11}P") << QByteArray("1,") << 2'000;
}

void TestSchemaHostile::catastrophicPatternsEnd()
{
    QFETCH(QByteArray, pattern);
    QFETCH(QByteArray, part);
    QFETCH(int, count);
    const Compiled schema = compiled("{\"pattern\":\"" + pattern + "\"}");
    if (!schema) {
        QVERIFY(!schema.error().message.isEmpty());
        return;
    }
    std::string text = part.repeated(count).toStdString();
    text += '!';
    const SchemaVerdict verdict = (*schema)->validate(JsonValue::fromUtf8(text));
    QVERIFY(verdict.kind != SchemaVerdictKind::Valid);
    QCOMPARE(verdict.problems.size(), size_t{1});
    QCOMPARE(verdict.problems.front().undecided, verdict.kind == SchemaVerdictKind::CouldNotCheck);
}

void TestSchemaHostile::manyCatastrophicPatternsEndTogether()
{
    JsonValue values = JsonValue::array();
    for (int i = 0; i < 20'000; ++i) {
        values.append(JsonValue::fromUtf8("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" + std::to_string(i) + "!"));
    }
    const SchemaVerdict verdict = checked(R"({"items":{"pattern":"^(a+)+$"}})", values);
    QCOMPARE(verdict.kind, SchemaVerdictKind::CouldNotCheck);
}

void TestSchemaHostile::aPatternThatTripsHidesNoOtherProblem()
{
    const SchemaVerdict verdict = checked(R"({"properties":{"a":{"pattern":"^(a+)+$"},"b":{"type":"number"}}})",
                                          json(R"({"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!","b":"no"})"));
    QCOMPARE(verdict.kind, SchemaVerdictKind::Invalid);
    QCOMPARE(verdict.problems.size(), size_t{2});
    QVERIFY(verdict.problems[0].undecided);
    QCOMPARE(verdict.problems[0].instance, std::string("/a"));
    QVERIFY(!verdict.problems[1].undecided);
    QCOMPARE(verdict.problems[1].instance, std::string("/b"));
}

void TestSchemaHostile::longEnumsAreFast()
{
    JsonValue choices = JsonValue::array();
    for (int i = 0; i < 100'000; ++i) {
        choices.append(JsonValue::fromUtf8("choice " + std::to_string(i)));
    }
    JsonValue items = JsonValue::object({{"enum", choices}});
    const Compiled schema = CompiledSchema::compile(JsonValue::object({{"items", std::move(items)}}));
    QVERIFY(schema.hasValue());
    QVERIFY((*schema)->validate(choices).isValid());
    const SchemaVerdict verdict = (*schema)->validate(json(R"(["choice 99999","choice 100000"])"));
    QCOMPARE(verdict.problems.size(), size_t{1});
    QCOMPARE(verdict.problems.front().instance, std::string("/1"));
    QCOMPARE(verdict.problems.front().message, u"must be one of the 100000 choices"_s);
    QVERIFY(verdict.problems.front().parameters.find("allowed")->items().size() <= 20);
}

void TestSchemaHostile::veryManyProblemsAreCutOff()
{
    JsonValue values = JsonValue::array(JsonValue::Array(100'000));
    const SchemaVerdict verdict = checked(R"({"items":{"type":"string"}})", values);
    QCOMPARE(verdict.kind, SchemaVerdictKind::Invalid);
    QCOMPARE(verdict.problems.size(), size_t{1000});
    QVERIFY(verdict.problemsLeftOut);
}

void TestSchemaHostile::contradictoryBoundsRefuseEverything()
{
    const QByteArray schema = R"({"minimum":5,"maximum":3,"minLength":9,"maxLength":1,"enum":[]})";
    for (const char *value : {"4", "1", "9", "\"abc\"", "null", "[]"}) {
        QCOMPARE(checked(schema, json(value)).kind, SchemaVerdictKind::Invalid);
    }
}

void TestSchemaHostile::deepValuesAndSchemasEnd()
{
    const QByteArray open = QByteArray("[").repeated(120);
    const QByteArray close = QByteArray("]").repeated(120);
    const QByteArray tree = R"({"anyOf":[{"type":"array","items":{"allOf":[{"$ref":"#"}]}},{"type":"null"}]})";
    const SchemaVerdict good = checked(tree, json(open + "null" + close));
    QVERIFY(good.isValid());
    QCOMPARE(checked(tree, json(open + "1" + close)).kind, SchemaVerdictKind::Invalid);

    JsonValue schema = JsonValue::fromBool(true);
    for (int i = 0; i < 1'000; ++i) {
        JsonValue around = JsonValue::object();
        around.set("not", std::move(schema));
        schema = std::move(around);
    }
    const Compiled deep = CompiledSchema::compile(schema);
    QVERIFY(!deep);
    QCOMPARE(deep.error().code, ErrorCode::TooLarge);
}

void TestSchemaHostile::longChainsOfReferencesEnd()
{
    QByteArray schema = R"({"$ref":"#/$defs/a0","$defs":{)";
    constexpr int links = 20'000;
    for (int i = 0; i < links; ++i) {
        schema += "\"a" + QByteArray::number(i) + R"(":{"$ref":"#/$defs/a)" + QByteArray::number(i + 1) + R"("},)";
    }
    schema += "\"a" + QByteArray::number(links) + R"(":true}})";
    QCOMPARE(checked(schema, json("1")).kind, SchemaVerdictKind::CouldNotCheck);
}

void TestSchemaHostile::tooManySubschemasAreRefused()
{
    const Compiled schema =
        CompiledSchema::compile(json(R"({"prefixItems":[true,true,true,true,true]})"), {.maxSubschemas = 4});
    QVERIFY(!schema);
    QCOMPARE(schema.error().code, ErrorCode::TooLarge);
}

void TestSchemaHostile::unusableSchemasAreRefusedByPlace_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QString>("place");
    QTest::addColumn<QString>("reason");
    const auto row = [](const char *claim, const char *schema, const QString &place, const QString &reason) {
        QTest::newRow(claim) << QByteArray(schema) << place << reason;
    };
    row("no schema", "5", u"#"_s, u"an object, true or false"_s);
    row("a property that is none", R"({"properties":{"a":5}})", u"#/properties/a"_s, u"an object, true or false"_s);
    row("an unknown type", R"({"items":{"type":"text"}})", u"#/items"_s, u"“type” must be one of"_s);
    row("a bound that is no number", R"({"minimum":"5"})", u"#"_s, u"“minimum” must be a number"_s);
    row("a negative count", R"({"maxLength":-1})", u"#"_s, u"“maxLength” must be a whole number"_s);
    row("multiples of nothing", R"({"multipleOf":0})", u"#"_s, u"above 0"_s);
    row("a broken pattern", R"({"properties":{"a":{"pattern":"("}}})", u"#/properties/a"_s, u"a “)” is missing"_s);
    row("a pattern of PCRE", R"x({"pattern":"(?R)"})x", u"#"_s, u"no such group"_s);
    row("a possessive repeat", R"({"pattern":"a++"})", u"#"_s, u"nothing to repeat"_s);
    row("a broken name pattern", R"({"patternProperties":{"[":true}})", u"#"_s, u"a “]” is missing"_s);
    row("required as a flag", R"({"required":true})", u"#"_s, u"a list of member names"_s);
    row("a reference to nothing", R"({"$ref":"#/$defs/x"})", u"#"_s, u"nothing stands there"_s);
    row("an anchor that is not there", R"({"$ref":"#x"})", u"#"_s, u"no such anchor"_s);
    row("an anchor twice", R"({"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}})", u"#/$defs/b"_s, u"used twice"_s);
    row("a list that is none", R"({"allOf":{}})", u"#"_s, u"“allOf” must be a list"_s);
}

void TestSchemaHostile::unusableSchemasAreRefusedByPlace()
{
    QFETCH(QByteArray, schema);
    QFETCH(QString, place);
    QFETCH(QString, reason);
    const Compiled ready = compiled(schema);
    QVERIFY(!ready);
    QCOMPARE(ready.error().code, ErrorCode::InvalidInput);
    QCOMPARE(ready.error().detail, place);
    QVERIFY2(ready.error().message.contains(reason), qPrintable(ready.error().message));
}

void TestSchemaHostile::otherDocumentsAreNeverFetched()
{
    const Compiled ready = compiled(R"({"$ref":"https://example.org/schema.json"})");
    QVERIFY(!ready);
    QVERIFY(ready.error().message.contains(u"never fetched"_s));
    QVERIFY(!compiled(R"({"$schema":"https://example.org/dialect"})"));
    QVERIFY(compiled(R"({"$ref":"https://json-schema.org/draft/2020-12/schema"})").hasValue());
}

QTEST_GUILESS_MAIN(TestSchemaHostile)
#include "tst_schema_hostile.moc"
