// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QJsonDocument>
#include <QtTest/QTest>

#include <clocale>

using namespace countersign;
using namespace Qt::Literals::StringLiterals;

class TestJsonReader : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatIsReadIsKept_data();
    void whatIsReadIsKept();
    void brokenTextsAreRefusedByPlace_data();
    void brokenTextsAreRefusedByPlace();
    void numbersAreKeptAsWritten_data();
    void numbersAreKeptAsWritten();
    void numbersOutsideTheModelAreRefused_data();
    void numbersOutsideTheModelAreRefused();
    void anotherLocaleChangesNothing();
    void limitsHoldExactly();
    void deepTextsDoNotOverflowTheStack_data();
    void deepTextsDoNotOverflowTheStack();
    void manyKeysAreReadQuickly();
    void duplicateKeysAreFoundInLargeObjects();
    void everyTruncationIsRefused();
    void messagesShowOutsideTextVisibly();
    void aMebibyteIsReadQuickly();
};

void TestJsonReader::whatIsReadIsKept_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char *name, const QByteArray &text, const QByteArray &expected) {
        QTest::newRow(name) << text << expected;
    };
    row("null", "null", "null");
    row("white space around", " \t\r\n true \n", "true");
    row("order of members", R"({"z":1,"a":2,"m":3})", R"({"z":1,"a":2,"m":3})");
    row("nested", R"([ [ ], { }, [1, [2, {"a": [3]}]] ])", R"([[],{},[1,[2,{"a":[3]}]]])");
    row("escapes", R"("\u0041\n\/\"\\\u00e9\ud83d\ude00")", "\"A\\n/\\\"\\\\\xC3\xA9\xF0\x9F\x98\x80\"");
    row("escaped zero character", R"("\u0000")", R"("\u0000")");
    row("noncharacters are characters", R"("\uffff")", "\"\xEF\xBF\xBF\"");
    row("no normalisation", R"({"\u00e9":1,"e\u0301":2})", "{\"\xC3\xA9\":1,\"e\xCC\x81\":2}");
    row("the same key in different objects", R"([{"a":{"a":1}},{"a":2}])", R"([{"a":{"a":1}},{"a":2}])");
    row("empty key", R"({"":1})", R"({"":1})");
    row("delete character", "\"\x7F\"", "\"\x7F\"");
}

void TestJsonReader::whatIsReadIsKept()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, expected);
    const auto json = readJson(text);
    QVERIFY2(json.hasValue(), json.hasValue() ? "" : qPrintable(json.error().message));
    QCOMPARE(writeJson(*json), expected);
}

void TestJsonReader::brokenTextsAreRefusedByPlace_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("place");
    const auto row = [](const char *name, const QByteArray &text, const QString &place) {
        QTest::newRow(name) << text << place;
    };
    row("empty", "", u"line 1, column 1 (byte 1)"_s);
    row("only white space", " \n ", u"line 2, column 2 (byte 4)"_s);
    row("byte order mark", "\xEF\xBB\xBF{}", u"line 1, column 1 (byte 1)"_s);
    row("trailing bytes", "{} x", u"line 1, column 4 (byte 4)"_s);
    row("two texts", "1 2", u"line 1, column 3 (byte 3)"_s);
    row("zero byte ends nothing", QByteArray("{}\0garbage", 10), u"line 1, column 3 (byte 3)"_s);
    row("duplicate key", "{\"a\":1,\n \"a\":2}", u"line 2, column 2 (byte 10)"_s);
    row("duplicate key, escaped once", R"({"a":1,"\u0061":2})", u"line 1, column 8 (byte 8)"_s);
    row("duplicate key with quotes in it", R"({"\"\\":1,"\"\\":2})", u"line 1, column 11 (byte 11)"_s);
    row("trailing comma", "[1,]", u"line 1, column 4 (byte 4)"_s);
    row("single quotes", "['a']", u"line 1, column 2 (byte 2)"_s);
    row("comment", "[1]//x", u"line 1, column 4 (byte 4)"_s);
    row("leading zero", "[01]", u"line 1, column 3 (byte 3)"_s);
    row("plus sign", "[+1]", u"line 1, column 2 (byte 2)"_s);
    row("no digit after the point", "[1.]", u"line 1, column 4 (byte 4)"_s);
    row("NaN", "[NaN]", u"line 1, column 2 (byte 2)"_s);
    row("wrong literal", "[nulL]", u"line 1, column 5 (byte 5)"_s);
    row("key without quotes", "{a:1}", u"line 1, column 2 (byte 2)"_s);
    row("no colon", "{\"a\" 1}", u"line 1, column 6 (byte 6)"_s);
    row("wrong bracket", "[1}", u"line 1, column 3 (byte 3)"_s);
    row("literal without a comma", "[1 false]", u"line 1, column 4 (byte 4)"_s);
    row("number without a comma", "[1 -25]", u"line 1, column 4 (byte 4)"_s);
    row("string without a comma", "[true  \"ab\"]", u"line 1, column 8 (byte 8)"_s);
    row("unfinished", "{\"a\":", u"line 1, column 6 (byte 6)"_s);
    row("unfinished string", "\"abc", u"line 1, column 5 (byte 5)"_s);
    row("line break in a string", "\"a\nb\"", u"line 1, column 3 (byte 3)"_s);
    row("unknown escape", R"(["\x41"])", u"line 1, column 4 (byte 4)"_s);
    row("lone high surrogate", R"(["\ud800"])", u"line 1, column 9 (byte 9)"_s);
    row("lone low surrogate", R"(["\udc00"])", u"line 1, column 8 (byte 8)"_s);
    row("two high surrogates", R"(["\ud800\ud800"])", u"line 1, column 14 (byte 14)"_s);
    row("surrogate in UTF-8", "[\"\xED\xA0\x80\"]", u"line 1, column 4 (byte 4)"_s);
    row("overlong UTF-8", "[\"\xC0\xAF\"]", u"line 1, column 3 (byte 3)"_s);
    row("beyond Unicode", "[\"\xF4\x90\x80\x80\"]", u"line 1, column 4 (byte 4)"_s);
    row("cut UTF-8", "[\"\xE2\x82\"]", u"line 1, column 4 (byte 5)"_s);
    row("Latin-1", "[\"\xE9t\xE9\"]", u"line 1, column 4 (byte 4)"_s);
    row("columns count characters", "[\"\xC3\xA9\xF0\x9F\x98\x80\",x]", u"line 1, column 7 (byte 11)"_s);
    row("30-digit integer", "[1,\n  123456789012345678901234567890]", u"line 2, column 3 (byte 7)"_s);
    row("1e400", "{\"a\":1e400}", u"line 1, column 6 (byte 6)"_s);
    row("1e400 alone", "1e400", u"line 1, column 1 (byte 1)"_s);
    row("30-digit integer alone", "123456789012345678901234567890", u"line 1, column 1 (byte 1)"_s);
    row("UTF-16", QByteArray("\0[\0]", 4), u"line 1, column 1 (byte 1)"_s);
}

void TestJsonReader::brokenTextsAreRefusedByPlace()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, place);
    const auto json = readJson(text);
    QVERIFY(!json.hasValue());
    QCOMPARE(json.error().code, ErrorCode::Malformed);
    QVERIFY2(json.error().message.contains(place), qPrintable(json.error().message));
    QVERIFY2(json.error().message.endsWith(u'.'), qPrintable(json.error().message));
}

void TestJsonReader::numbersAreKeptAsWritten_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("expected");
    for (const char *text : {"0", "1", "-1", "4200.00", "1.0", "1E5", "1e+5", "1.50e-7", "9223372036854775807",
                             "-9223372036854775808", "18446744073709551615", "1e308", "1.7976931348623157e308",
                             "5e-324", "0e999999", "0.00", "3.141592653589793238462643383279502884"}) {
        QTest::newRow(text) << QByteArray(text) << QByteArray(text);
    }
    for (const char *text : {"-0", "-0.0", "-0e5", "-0.00E-3"}) {
        QTest::newRow(text) << QByteArray(text) << QByteArray("0");
    }
}

void TestJsonReader::numbersAreKeptAsWritten()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, expected);
    for (const QByteArray &frame : {QByteArray("%"), QByteArray("[%]"), QByteArray("[%,1]"), QByteArray("[% ]")}) {
        const auto json = readJson(QByteArray(frame).replace('%', text));
        QVERIFY2(json.hasValue(), json.hasValue() ? "" : qPrintable(json.error().message));
        QCOMPARE(writeJson(*json).replace(' ', ""), QByteArray(frame).replace('%', expected).replace(' ', ""));
    }
}

void TestJsonReader::numbersOutsideTheModelAreRefused_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char *text : {"18446744073709551616", "-9223372036854775809", "123456789012345678901234567890", "1e400",
                             "-1e400", "1e309", "1.8e308", "1e-400", "1e99999999999999999999",
                             "1e-99999999999999999999", "3.14159265358979323846264338327950288419716"}) {
        QTest::newRow(text) << QByteArray(text);
    }
}

void TestJsonReader::numbersOutsideTheModelAreRefused()
{
    QFETCH(QByteArray, text);
    const auto json = readJson("[7, " + text + "]");
    QVERIFY(!json.hasValue());
    QCOMPARE(json.error().code, ErrorCode::Malformed);
    QVERIFY2(json.error().message.contains(u"column 5 (byte 5)"_s), qPrintable(json.error().message));
}

void TestJsonReader::anotherLocaleChangesNothing()
{
    // A machine without this locale keeps the one that it has; the rest holds all the same.
    for (const char *name : {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"}) {
        std::setlocale(LC_NUMERIC, name);
        const auto json = readJson("[1.5,1e3]");
        std::setlocale(LC_NUMERIC, "C");
        QVERIFY(json.hasValue());
        QCOMPARE(writeJson(*json), QByteArray("[1.5,1e3]"));
    }
}

void TestJsonReader::limitsHoldExactly()
{
    const JsonLimits limits{.maxBytes = 40, .maxNodes = 5, .maxDepth = 3};
    QVERIFY(readJson(QByteArray(39, ' ') + '1', limits).hasValue());
    const auto large = readJson(QByteArray(40, ' ') + '1', limits);
    QCOMPARE(large.error().code, ErrorCode::TooLarge);

    QVERIFY(readJson("[1,2,3,4]", limits).hasValue());
    const auto many = readJson("[1,2,3,4,5]", limits);
    QCOMPARE(many.error().code, ErrorCode::TooLarge);
    QVERIFY2(many.error().message.contains(u"more than 5 values"_s), qPrintable(many.error().message));
    QCOMPARE(readJson("{\"a\":[],\"b\":[],\"c\":{},\"d\":[],\"e\":1}", limits).error().code, ErrorCode::TooLarge);

    QVERIFY(readJson("[[{}]]", limits).hasValue());
    const auto deep = readJson("[[[[", limits);
    QCOMPARE(deep.error().code, ErrorCode::TooLarge);
    QVERIFY2(deep.error().message.contains(u"byte 4"_s), qPrintable(deep.error().message));
}

void TestJsonReader::deepTextsDoNotOverflowTheStack_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("arrays") << QByteArray(200'000, '[') + QByteArray(200'000, ']');
    QTest::newRow("objects") << QByteArray("{\"a\":").repeated(150'000);
    QTest::newRow("open arrays") << QByteArray(1'000'000, '[');
}

void TestJsonReader::deepTextsDoNotOverflowTheStack()
{
    QFETCH(QByteArray, text);
    const auto json = readJson(text);
    QVERIFY(!json.hasValue());
    QCOMPARE(json.error().code, ErrorCode::TooLarge);
    QVERIFY(readJson(QByteArray(128, '[') + QByteArray(128, ']')).hasValue());
    QCOMPARE(readJson(QByteArray(129, '[') + QByteArray(129, ']')).error().code, ErrorCode::TooLarge);
}

void TestJsonReader::manyKeysAreReadQuickly()
{
    QByteArray text = "{";
    for (int i = 0; i < 99'000; ++i) {
        text += (i > 0 ? ",\"" : "\"") + QByteArray::number(i, 36) + "\":1";
    }
    text += '}';
    QElapsedTimer timer;
    timer.start();
    const auto json = readJson(text);
    QVERIFY2(json.hasValue(), json.hasValue() ? "" : qPrintable(json.error().message));
    QCOMPARE(json->members().size(), size_t(99'000));
    QVERIFY2(timer.elapsed() < 5000, "Comparing each key with each takes minutes.");
}

void TestJsonReader::duplicateKeysAreFoundInLargeObjects()
{
    for (int count = 1; count < 60; ++count) {
        for (int twice = 0; twice < count; ++twice) {
            QByteArray text = "{";
            for (int i = 0; i < count; ++i) {
                text += "\"key" + QByteArray::number(i) + "\":0,";
            }
            QVERIFY(readJson(text.chopped(1) + '}').hasValue());
            QVERIFY(!readJson(text + "\"key" + QByteArray::number(twice) + "\":0}").hasValue());
        }
    }
}

void TestJsonReader::everyTruncationIsRefused()
{
    const QByteArray text = "{\"a\":[1.5e3,true,\"x\\u00e9\xC3\xA9\"],\"b\":{\"c\":null}}";
    QVERIFY(readJson(text).hasValue());
    for (qsizetype size = 0; size < text.size(); ++size) {
        QVERIFY(!readJson(text.left(size)).hasValue());
    }
}

void TestJsonReader::messagesShowOutsideTextVisibly()
{
    const auto json = readJson("{\"\xE2\x80\xAE<b>\":1,\"\xE2\x80\xAE<b>\":2}");
    QVERIFY(!json.hasValue());
    QVERIFY2(json.error().message.contains(u"⟨U+202E⟩<b>"_s), qPrintable(json.error().message));
}

void TestJsonReader::aMebibyteIsReadQuickly()
{
    QByteArray text = "[";
    while (text.size() < 1024 * 1024 - 200) {
        text += R"({"amount":4200.00,"recipient":"Ann \u00c5ngstr\u00f6m","lines":[1,2,3],"note":"plain words"},)";
    }
    text.back() = ']';
    QBENCHMARK
    {
        QVERIFY(readJson(text).hasValue());
    }
}

QTEST_GUILESS_MAIN(TestJsonReader)
#include "tst_json_reader.moc"
