// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "core/base/json_value.h"

#include <QtTest/QTest>

using namespace countersign;
using namespace Qt::Literals::StringLiterals;

class TestJsonValue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sameDecimals_data();
    void sameDecimals();
    void integersAreReadByValue_data();
    void integersAreReadByValue();
    void numberTextsAreJudged();
    void equalityIgnoresOrderAndSpelling_data();
    void equalityIgnoresOrderAndSpelling();
    void largeObjectsCompareInAnyOrder();
    void pointersFollowRfc6901_data();
    void pointersFollowRfc6901();
    void pointersGoIntoArraysAndNowhereElse();
    void membersAreSetInPlace();
    void wrongKindsGiveNothing();
    void ourTextHasNoLoneSurrogates();
    void indentedTextReadsTheSame();
};

void TestJsonValue::sameDecimals_data()
{
    QTest::addColumn<QByteArray>("left");
    QTest::addColumn<QByteArray>("right");
    QTest::addColumn<bool>("same");
    const auto row = [](const char *left, const char *right, bool same) {
        QTest::newRow(qPrintable(QString::fromLatin1(left) + u" and "_s + QString::fromLatin1(right)))
            << QByteArray(left) << QByteArray(right) << same;
    };
    row("1", "1.0", true);
    row("1", "1e0", true);
    row("100", "1E+2", true);
    row("0.001", "1e-3", true);
    row("4200.00", "4.2e3", true);
    row("0", "0.000e99999999999999999999999999999", true);
    row("0", "-0", true);
    row("1", "-1", false);
    row("1", "10", false);
    row("1", "2", false);
    row("9007199254740993", "9007199254740992", false);
    row("9007199254740993", "9007199254740993.0", true);
    row("0.1", "0.1000000000000000055511151231257827", false);
    row("1e400", "10e399", true);
    row("1e400", "1e401", false);
    row("1e999999999999999999", "10e999999999999999998", true);
    row("1e1000000000000000000", "10e999999999999999999", true);
    row("0.1e1000000000000000000", "1e999999999999999999", true);
    row("1e99999999999999999999", "10e99999999999999999998", true);
    row("1e99999999999999999999", "1e99999999999999999998", false);
    row("1e-99999999999999999999", "0.1e-99999999999999999998", true);
    row("10e-100000000000000000000", "1e-99999999999999999999", true);
    row("1e99999999999999999999", "1e-99999999999999999999", false);
    row("1e0000000000000000000000000000000005", "100000", true);
}

void TestJsonValue::sameDecimals()
{
    QFETCH(QByteArray, left);
    QFETCH(QByteArray, right);
    QFETCH(bool, same);
    QCOMPARE(sameDecimal(left.toStdString(), right.toStdString()), same);
    QCOMPARE(sameDecimal(right.toStdString(), left.toStdString()), same);
    QVERIFY(sameDecimal(left.toStdString(), left.toStdString()));
}

void TestJsonValue::integersAreReadByValue_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("isInteger");
    QTest::addColumn<qint64>("value");
    const auto row = [](const char *text, std::optional<qint64> value) {
        QTest::newRow(text) << QByteArray(text) << value.has_value() << value.value_or(0);
    };
    row("3", 3);
    row("3.0", 3);
    row("3e2", 300);
    row("-300e-2", -3);
    row("0.0", 0);
    row("3.5", {});
    row("1e-5", {});
    row("1e300", {});
    row("9223372036854775807", std::numeric_limits<qint64>::max());
    row("9223372036854775807.0", std::numeric_limits<qint64>::max());
    row("-9223372036854775808.0", std::numeric_limits<qint64>::min());
    row("9223372036854775808", {});
    row("9223372036854775808.0", {});
}

void TestJsonValue::integersAreReadByValue()
{
    QFETCH(QByteArray, text);
    QFETCH(bool, isInteger);
    QFETCH(qint64, value);
    const auto integer = JsonValue::fromNumberText(text.toStdString()).toInteger();
    QCOMPARE(integer.has_value(), isInteger);
    QCOMPARE(integer.value_or(0), value);
}

void TestJsonValue::numberTextsAreJudged()
{
    for (const char *text : {"0", "-1", "1.50", "1e5", "18446744073709551615", "-0", "0e999999"}) {
        QVERIFY2(isJsonNumber(text), text);
    }
    for (const char *text : {"", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x1", " 1", "1 ", "NaN", "Infinity", "1,5",
                             "1e400", "1e-400", "18446744073709551616", "123456789012345678901234567890"}) {
        QVERIFY2(!isJsonNumber(text), text);
    }
}

void TestJsonValue::equalityIgnoresOrderAndSpelling_data()
{
    QTest::addColumn<QByteArray>("left");
    QTest::addColumn<QByteArray>("right");
    QTest::addColumn<bool>("same");
    const auto row = [](const char *left, const char *right, bool same) {
        QTest::newRow(qPrintable(QString::fromLatin1(left) + u" and "_s + QString::fromLatin1(right)))
            << QByteArray(left) << QByteArray(right) << same;
    };
    row(R"({"a":1,"b":2})", R"({"b":2.0,"a":1e0})", true);
    row(R"({"a":1,"b":2})", R"({"b":1,"a":2})", false);
    row(R"({"a":1})", R"({"a":1,"b":1})", false);
    row(R"({"a":1,"b":1})", R"({"a":1,"c":1})", false);
    row("[1,2]", "[2,1]", false);
    row("[1]", "[1,1]", false);
    row(R"("\u0041")", R"("A")", true);
    row(R"("\u00e9")", R"("e\u0301")", false);
    row("1", R"("1")", false);
    row("0", "false", false);
    row("null", "0", false);
    row("[]", "{}", false);
    row("true", "true", true);
    row("true", "false", false);
    row("null", "null", true);
}

void TestJsonValue::equalityIgnoresOrderAndSpelling()
{
    QFETCH(QByteArray, left);
    QFETCH(QByteArray, right);
    QFETCH(bool, same);
    const JsonValue a = readJson(left).value();
    const JsonValue b = readJson(right).value();
    QCOMPARE(a == b, same);
    QCOMPARE(b == a, same);
    QVERIFY(a == a);
}

void TestJsonValue::largeObjectsCompareInAnyOrder()
{
    JsonValue up = JsonValue::object();
    JsonValue down = JsonValue::object();
    constexpr int count = 50'000;
    for (int i = 0; i < count; ++i) {
        up.members().push_back({std::to_string(i), JsonValue::fromInteger(i)});
        down.members().push_back({std::to_string(count - 1 - i), JsonValue::fromInteger(count - 1 - i)});
    }
    QVERIFY(up == down);
    down.members().back().value = JsonValue();
    QVERIFY(!(up == down));
}

void TestJsonValue::pointersFollowRfc6901_data()
{
    // RFC 6901 section 5.
    QTest::addColumn<QByteArray>("pointer");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char *pointer, const char *expected) {
        QTest::newRow(qPrintable(u"pointer "_s + QString::fromLatin1(pointer)))
            << QByteArray(pointer) << QByteArray(expected);
    };
    row("/foo", R"(["bar","baz"])");
    row("/foo/0", R"("bar")");
    row("/", "0");
    row("/a~1b", "1");
    row("/c%d", "2");
    row("/e^f", "3");
    row("/g|h", "4");
    row("/i\\j", "5");
    row("/k\"l", "6");
    row("/ ", "7");
    row("/m~0n", "8");
}

void TestJsonValue::pointersFollowRfc6901()
{
    QFETCH(QByteArray, pointer);
    QFETCH(QByteArray, expected);
    JsonValue json = readJson(R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,)"
                              R"("k\"l":6," ":7,"m~n":8})")
                         .value();
    JsonValue *found = json.at(pointer.toStdString());
    QVERIFY(found != nullptr);
    QCOMPARE(writeJson(*found), expected);
    QCOMPARE(json.at(""), &json);
}

void TestJsonValue::pointersGoIntoArraysAndNowhereElse()
{
    const JsonValue json = readJson(R"({"a":[10,[20]],"01":1,"~":2})").value();
    QCOMPARE(writeJson(*json.at("/a/1/0")), QByteArray("20"));
    QCOMPARE(writeJson(*json.at("/01")), QByteArray("1"));
    QCOMPARE(writeJson(*json.at("/~0")), QByteArray("2"));
    for (const char *pointer : {"a", "/b", "/a/2", "/a/-", "/a/01", "/a/+1", "/a/ 1", "/a/1x", "/a/0/0", "/~", "/~2",
                                "/a/", "/a/99999999999999999999999"}) {
        QVERIFY2(json.at(pointer) == nullptr, pointer);
    }
    QCOMPARE(pointerToken("a/b~c"), std::string("a~1b~0c"));
    QVERIFY(readJson(R"({"a/b~c":1})").value().at("/" + pointerToken("a/b~c")) != nullptr);
}

void TestJsonValue::membersAreSetInPlace()
{
    JsonValue json = JsonValue::object();
    json.set("b", JsonValue::fromInteger(1));
    json.set("a", JsonValue::fromBool(true));
    json.set("b", JsonValue::fromString(u"é"_s));
    QCOMPARE(writeJson(json), QByteArray("{\"b\":\"\xC3\xA9\",\"a\":true}"));
    json.set("list", JsonValue::array());
    json.find("list")->append(JsonValue::fromInteger(-5));
    QCOMPARE(writeJson(*json.at("/list")), QByteArray("[-5]"));
    QVERIFY(json.find("c") == nullptr);
}

void TestJsonValue::wrongKindsGiveNothing()
{
    const JsonValue json = readJson(R"([null,true,1,"x",[],{}])").value();
    for (const JsonValue &item : json.items()) {
        QCOMPARE(item.toBool(), item.isBool());
        QCOMPARE(item.numberText().empty(), !item.isNumber());
        QCOMPARE(item.toInteger().has_value(), item.isNumber());
        QCOMPARE(item.toDouble(-7), item.isNumber() ? 1.0 : -7.0);
        QCOMPARE(item.utf8().empty(), !item.isString());
        QCOMPARE(item.toString(u"other"_s), item.isString() ? u"x"_s : u"other"_s);
        QVERIFY(item.items().empty());
        QVERIFY(item.members().empty());
        QVERIFY(item.find("x") == nullptr);
        QVERIFY(item.at("/x") == nullptr);
    }
}

void TestJsonValue::ourTextHasNoLoneSurrogates()
{
    const QString broken = u"a"_s + QChar(0xD800) + u"b"_s + QChar(0xDC00) + QChar(0xD83D) + QChar(0xDE00);
    const JsonValue json = JsonValue::fromString(broken);
    QCOMPARE(json.toString(), u"a\uFFFDb\uFFFD😀"_s);
    QVERIFY(readJson(writeJson(json)).hasValue());
}

void TestJsonValue::indentedTextReadsTheSame()
{
    const JsonValue json = readJson(R"({"b":[1.50,{}],"a":{"x":[]},"c":"\u0001"})").value();
    const QByteArray text = writeJsonIndented(json);
    QCOMPARE(text, QByteArray("{\n  \"b\": [\n    1.50,\n    {}\n  ],\n  \"a\": {\n    \"x\": []\n  },\n"
                              "  \"c\": \"\\u0001\"\n}"));
    QCOMPARE(writeJson(readJson(text).value()), writeJson(json));
}

QTEST_GUILESS_MAIN(TestJsonValue)
#include "tst_json_value.moc"
