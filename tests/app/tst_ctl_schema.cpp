// SPDX-License-Identifier: Apache-2.0
#include "tests/app/ctl_rig.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign::test;

namespace {

const QByteArray personSchema = R"({"type":"object","properties":{"age":{"maximum":30}},"required":["name"]})";

/// The lines of \p out, each of which must be one JSON object.
QList<QJsonObject> lines(const QByteArray &out)
{
    QList<QJsonObject> objects;
    for (const QByteArray &line : out.split('\n')) {
        if (!line.isEmpty()) {
            objects.append(QJsonDocument::fromJson(line).object());
        }
    }
    return objects;
}

} // namespace

/// `schema check`: a verdict per line, an exit code for all.
class TestCtlSchema : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void validValuesEndWithZero();
    void problemsAreNamedByPlace();
    void valuesComeFromAFileToo();
    void jsonAndPlainOutputSayTheSame();
    void whatCannotBeCheckedIsNull();
    void linesThatAreNoJsonAreNull();
    void lineEndsAndEmptyLinesDoNotCount();
    void theDialectCanBeChosen();
    void nothingHiddenReachesTheTerminal();
    void unusableSchemasEndWithOne_data();
    void unusableSchemasEndWithOne();
    void wrongCallsEndWithTwo();
    void noWorkspaceIsMade();

private:
    static CtlRig::Ran check(const CtlRig &rig, const QByteArray &schema, const QByteArray &values,
                             const QStringList &more = {})
    {
        const QString file = rig.write(u"schema.json"_s, schema);
        return rig.run(QStringList{u"schema"_s, u"check"_s, u"--schema"_s, file} + more, values);
    }
};

void TestCtlSchema::validValuesEndWithZero()
{
    const CtlRig rig;
    const CtlRig::Ran ran = check(rig, personSchema, "{\"name\":\"a\"}\n{\"name\":\"b\",\"age\":30}\n");
    QCOMPARE(ran.code, 0);
    QCOMPARE(ran.out, QByteArray("{\"valid\":true,\"problems\":[]}\n{\"valid\":true,\"problems\":[]}\n"));
    QCOMPARE(ran.err, QByteArray());
}

void TestCtlSchema::problemsAreNamedByPlace()
{
    const CtlRig rig;
    const CtlRig::Ran ran = check(rig, personSchema, "{\"name\":\"a\"}\n{\"age\":31}\n");
    QCOMPARE(ran.code, 10);
    const QList<QJsonObject> verdicts = lines(ran.out);
    QCOMPARE(verdicts.size(), 2);
    QCOMPARE(verdicts.at(0).value(u"valid"_s), QJsonValue(true));
    QCOMPARE(verdicts.at(1).value(u"valid"_s), QJsonValue(false));
    const QJsonArray problems = verdicts.at(1).value(u"problems"_s).toArray();
    QCOMPARE(problems.size(), 2);
    const QJsonObject expected{{u"instance"_s, u"/age"_s},
                               {u"schema"_s, u"/properties/age/maximum"_s},
                               {u"keyword"_s, u"maximum"_s},
                               {u"message"_s, u"must be at most 30"_s}};
    QVERIFY(problems.contains(expected));
}

void TestCtlSchema::valuesComeFromAFileToo()
{
    const CtlRig rig;
    const QString values = rig.write(u"values.jsonl"_s, "{\"name\":1}\n{}");
    const CtlRig::Ran ran = check(rig, personSchema, {}, {values});
    QCOMPARE(ran.code, 10);
    QCOMPARE(lines(ran.out).size(), 2);
    const CtlRig::Ran missing = check(rig, personSchema, {}, {rig.path(u"none"_s)});
    QCOMPARE(missing.code, 1);
    QVERIFY(missing.says("could not be opened"));
}

void TestCtlSchema::jsonAndPlainOutputSayTheSame()
{
    const CtlRig rig;
    const QByteArray values = "{\"name\":\"é\",\"age\":31}\n";
    const CtlRig::Ran plain = check(rig, personSchema, values, {u"-"_s});
    const CtlRig::Ran json = check(rig, personSchema, values, {u"--json"_s});
    QCOMPARE(plain.code, json.code);
    QCOMPARE(lines(plain.out), lines(json.out));
    QCOMPARE(lines(json.out).size(), 1);
}

void TestCtlSchema::whatCannotBeCheckedIsNull()
{
    const CtlRig rig;
    const CtlRig::Ran ran =
        check(rig, R"({"pattern":"^(a+)+$"})", '"' + QByteArray("a").repeated(40) + "!\"\n\"aaa\"\n");
    QCOMPARE(ran.code, 10);
    const QList<QJsonObject> verdicts = lines(ran.out);
    QVERIFY(verdicts.at(0).value(u"valid"_s).isNull());
    QCOMPARE(verdicts.at(1).value(u"valid"_s), QJsonValue(true));
}

void TestCtlSchema::linesThatAreNoJsonAreNull()
{
    const CtlRig rig;
    const CtlRig::Ran ran = check(rig, "true", "{\"a\":1,\"a\":2}\n1\n");
    QCOMPARE(ran.code, 10);
    const QList<QJsonObject> verdicts = lines(ran.out);
    QCOMPARE(verdicts.size(), 2);
    QVERIFY(verdicts.at(0).value(u"valid"_s).isNull());
    const QJsonObject problem = verdicts.at(0).value(u"problems"_s).toArray().at(0).toObject();
    QVERIFY(problem.value(u"message"_s).toString().contains(u"The JSON is refused at"_s));
}

void TestCtlSchema::lineEndsAndEmptyLinesDoNotCount()
{
    const CtlRig rig;
    const CtlRig::Ran ran = check(rig, "true", "\n1\r\n\n   \n2");
    QCOMPARE(ran.code, 0);
    QCOMPARE(lines(ran.out).size(), 2);
    QCOMPARE(check(rig, "false", {}).code, 0);
}

void TestCtlSchema::theDialectCanBeChosen()
{
    const CtlRig rig;
    const QByteArray schema = R"({"exclusiveMinimum":true,"minimum":3})";
    QCOMPARE(check(rig, schema, "3", {u"--dialect"_s, u"draft-04"_s}).code, 10);
    QCOMPARE(check(rig, schema, "4", {u"--dialect"_s, u"draft-04"_s}).code, 0);
    QCOMPARE(check(rig, schema, "4").code, 1);
}

void TestCtlSchema::nothingHiddenReachesTheTerminal()
{
    const CtlRig rig;
    const CtlRig::Ran ran = check(rig, "{\"const\":\"\u202e\u009b31m\x7f\"}", "1");
    QCOMPARE(ran.code, 10);
    for (const char c : ran.out) {
        QVERIFY((c >= 0x20 && c < 0x7F) || c == '\n');
    }
    const QString message =
        lines(ran.out).at(0).value(u"problems"_s).toArray().at(0).toObject().value(u"message"_s).toString();
    QCOMPARE(message, u"must be “\u202e\u009b31m\x7f”"_s);
}

void TestCtlSchema::unusableSchemasEndWithOne_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("no JSON") << QByteArray("{") << QByteArray("--schema: The JSON is refused at");
    QTest::newRow("no schema") << QByteArray(R"({"type":"text"})") << QByteArray("“type” must be one of");
    QTest::newRow("no such reference") << QByteArray(R"({"$ref":"https://example.org/s"})")
                                       << QByteArray("never fetched");
    QTest::newRow("without end") << QByteArray(R"({"$ref":"#"})") << QByteArray("refers to itself");
    QTest::newRow("too large") << '"' + QByteArray("a").repeated(2 * 1024 * 1024) + '"' << QByteArray("larger than");
}

void TestCtlSchema::unusableSchemasEndWithOne()
{
    QFETCH(QByteArray, schema);
    QFETCH(QByteArray, words);
    const CtlRig rig;
    const CtlRig::Ran ran = check(rig, schema, "1\n");
    QCOMPARE(ran.code, 1);
    QCOMPARE(ran.out, QByteArray());
    QVERIFY2(ran.says(words), ran.err.constData());
}

void TestCtlSchema::wrongCallsEndWithTwo()
{
    const CtlRig rig;
    const CtlRig::Ran none = rig.run({u"schema"_s, u"check"_s});
    QCOMPARE(none.code, 2);
    QVERIFY(none.says("--schema FILE"));
    const CtlRig::Ran dialect = check(rig, "true", "1", {u"--dialect"_s, u"draft-99"_s});
    QCOMPARE(dialect.code, 2);
    QVERIFY(dialect.says("2020-12"));
    const CtlRig::Ran missing = rig.run({u"schema"_s, u"check"_s, u"--schema"_s, rig.path(u"none"_s)});
    QCOMPARE(missing.code, 1);
}

void TestCtlSchema::noWorkspaceIsMade()
{
    const CtlRig rig;
    QCOMPARE(check(rig, "true", "1").code, 0);
    QVERIFY(!QFile::exists(rig.workspaceFile()));
}

QTEST_GUILESS_MAIN(TestCtlSchema)
#include "tst_ctl_schema.moc"
