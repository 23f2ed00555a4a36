// SPDX-License-Identifier: Apache-2.0
#include "core/base/canonical_json.h"
#include "core/base/json_reader.h"

#include <QtTest/QTest>

#include <bit>
#include <charconv>
#include <random>

using namespace countersign;
using namespace Qt::Literals::StringLiterals;

namespace {

QByteArray canonical(const QByteArray &text)
{
    return canonicalJson(readJson(text).value());
}

/// Random values and other spellings of the same value.
class Generator
{
public:
    explicit Generator(unsigned seed)
        : m_random(seed)
    {}

    unsigned below(unsigned bound) { return static_cast<unsigned>(m_random() % bound); }

    JsonValue value(int depth)
    {
        switch (below(depth > 0 ? 7 : 5)) {
        case 0:
            return JsonValue();
        case 1:
            return JsonValue::fromBool(below(2) == 0);
        case 2:
        case 3:
            return JsonValue::fromNumberText(number());
        case 4:
            return JsonValue::fromUtf8(text());
        case 5: {
            JsonValue array = JsonValue::array();
            for (unsigned i = below(4); i > 0; --i) {
                array.append(value(depth - 1));
            }
            return array;
        }
        default: {
            JsonValue object = JsonValue::object();
            for (unsigned i = below(5); i > 0; --i) {
                object.set(text(), value(depth - 1));
            }
            return object;
        }
        }
    }

    /// Few different numbers near each other, so that equal ones meet. Their canonical form is readable: below 2⁶⁴.
    std::string number()
    {
        static const std::vector<std::string> bases = {
            "1", "10", "100", "9007199254740992", "9007199254740993", "0.1", "12", "15", "0", "0.10000000000000000555"};
        std::string text = (below(3) == 0 ? "-" : "") + bases[below(static_cast<unsigned>(bases.size()))];
        if (below(3) == 0) {
            text += text.find('.') == std::string::npos ? ".0" : "0";
        }
        if (below(3) == 0) {
            text += below(2) == 0 ? "e-1" : "E+1";
        }
        return text;
    }

    std::string text()
    {
        static const std::vector<std::string> parts = {
            "a", "b", "\xC3\xA9", "\n", "\"", "\xEF\xAC\xB3", "\xF0\x9F\x98\x80", "\x01"};
        std::string text;
        for (unsigned i = below(3); i > 0; --i) {
            text += parts[below(static_cast<unsigned>(parts.size()))];
        }
        return text;
    }

    /// The same value, written otherwise.
    JsonValue respelled(const JsonValue &value)
    {
        if (value.isNumber()) {
            std::string text(value.numberText());
            const bool plain = text.find_first_of(".eE") == std::string::npos;
            return JsonValue::fromNumberText(plain && below(2) == 0 ? text + ".0e0" : text);
        }
        if (value.isArray()) {
            JsonValue array = JsonValue::array();
            for (const JsonValue &item : value.items()) {
                array.append(respelled(item));
            }
            return array;
        }
        if (value.isObject()) {
            JsonValue object = JsonValue::object();
            for (const JsonValue::Member &member : value.members()) {
                object.set(member.key, respelled(member.value));
            }
            std::shuffle(object.members().begin(), object.members().end(), m_random);
            return object;
        }
        return value;
    }

private:
    std::mt19937 m_random;
};

} // namespace

class TestCanonicalJson : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void rfc8785Section322();
    void rfc8785Section323Sorting();
    void rfc8785AppendixB_data();
    void rfc8785AppendixB();
    void randomDoublesReadBackAsThemselves();
    void numbersOneByOne_data();
    void numbersOneByOne();
    void stringsOneByOne();
    void keysSortByUtf16();
    void canonicalTextIsAFixpoint();
    void equalValuesHaveEqualBytesAndNoOthers();
};

void TestCanonicalJson::rfc8785Section322()
{
    const QByteArray text = R"({
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    })";
    // The RFC rounds its first number to a double, 333333333.3333333. Rounding would let two different approved numbers
    // share a hash, so that one stays exact here (MODEL.md section 1).
    QCOMPARE(canonical(text),
             QByteArray("{\"literals\":[null,true,false],\"numbers\":[333333333.33333329,1e+30,4.5,0.002,1e-27],"
                        "\"string\":\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"));
    QCOMPARE(canonical("333333333.3333333"), QByteArray("333333333.3333333"));
}

void TestCanonicalJson::rfc8785Section323Sorting()
{
    const QByteArray text = R"({
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis"
    })";
    QCOMPARE(canonical(text),
             QByteArray("{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xC2\x80\":\"Control\","
                        "\"\xC3\xB6\":\"Latin Small Letter O With Diaeresis\",\"\xE2\x82\xAC\":\"Euro Sign\","
                        "\"\xF0\x9F\x98\x80\":\"Emoji: Grinning Face\","
                        "\"\xEF\xAC\xB3\":\"Hebrew Letter Dalet With Dagesh\"}"));
}

void TestCanonicalJson::rfc8785AppendixB_data()
{
    QTest::addColumn<quint64>("bits");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](quint64 bits, const char *expected) {
        QTest::addRow("%016llx", static_cast<unsigned long long>(bits)) << bits << QByteArray(expected);
    };
    row(0x0000000000000000, "0");
    row(0x8000000000000000, "0");
    row(0x0000000000000001, "5e-324");
    row(0x8000000000000001, "-5e-324");
    row(0x7fefffffffffffff, "1.7976931348623157e+308");
    row(0xffefffffffffffff, "-1.7976931348623157e+308");
    row(0x4340000000000000, "9007199254740992");
    row(0xc340000000000000, "-9007199254740992");
    row(0x4430000000000000, "295147905179352830000");
    row(0x44b52d02c7e14af5, "9.999999999999997e+22");
    row(0x44b52d02c7e14af6, "1e+23");
    row(0x44b52d02c7e14af7, "1.0000000000000001e+23");
    row(0x444b1ae4d6e2ef4e, "999999999999999700000");
    row(0x444b1ae4d6e2ef4f, "999999999999999900000");
    row(0x444b1ae4d6e2ef50, "1e+21");
    row(0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7");
    row(0x3eb0c6f7a0b5ed8d, "0.000001");
    row(0x41b3de4355555553, "333333333.3333332");
    row(0x41b3de4355555554, "333333333.33333325");
    row(0x41b3de4355555555, "333333333.3333333");
    row(0x41b3de4355555556, "333333333.3333334");
    row(0x41b3de4355555557, "333333333.33333343");
    row(0xbecbf647612f3696, "-0.0000033333333333333333");
    row(0x43143ff3c1cb0959, "1424953923781206.2");
}

void TestCanonicalJson::rfc8785AppendixB()
{
    QFETCH(quint64, bits);
    QFETCH(QByteArray, expected);
    std::array<char, 40> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::bit_cast<double>(bits),
                                   std::chars_format::scientific);
    const std::string text(buffer.data(), end.ptr);
    QCOMPARE(canonicalJson(JsonValue::fromNumberText(text)), expected);
    QCOMPARE(canonical(QByteArray::fromStdString("[" + text + "]")), '[' + expected + ']');
}

void TestCanonicalJson::randomDoublesReadBackAsThemselves()
{
    constexpr unsigned seed = 8785;
    qInfo("seed %u", seed);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 50'000; ++i) {
        const double value = std::bit_cast<double>(random());
        if (!std::isfinite(value) || value == 0.0) {
            continue;
        }
        std::array<char, 40> buffer{};
        const auto end =
            std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
        const QByteArray bytes = canonicalJson(JsonValue::fromNumberText(std::string(buffer.data(), end.ptr)));
        double again = 0;
        std::from_chars(bytes.constData(), bytes.constData() + bytes.size(), again);
        QCOMPARE(std::bit_cast<quint64>(again), std::bit_cast<quint64>(value));
        QVERIFY(bytes.size() <= 25);
    }
}

void TestCanonicalJson::numbersOneByOne_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char *text, const char *expected) {
        QTest::newRow(text) << QByteArray(text) << QByteArray(expected);
    };
    row("-0", "0");
    row("-0.0", "0");
    row("0e999999", "0");
    row("1.0", "1");
    row("-1.50", "-1.5");
    row("4200.00", "4200");
    row("1e2", "100");
    row("1e20", "100000000000000000000");
    row("1e21", "1e+21");
    row("1e-6", "0.000001");
    row("1e-7", "1e-7");
    row("123e-9", "1.23e-7");
    row("999999999999999", "999999999999999");
    row("-999999999999999", "-999999999999999");
    row("9007199254740992", "9007199254740992");
    row("9007199254740993", "9007199254740993");   // 2⁵³ + 1: no double holds it.
    row("9007199254740993.0", "9007199254740993"); // The same value.
    row("9007199254740993e0", "9007199254740993"); //
    row("18446744073709551615", "18446744073709551615");
    row("-9223372036854775808", "-9223372036854775808"); // A double holds it, but prints as …776000.
    row("9223372036854776000", "9223372036854776000");
    row("0.1", "0.1");
    row("0.10000000000000000555", "0.10000000000000000555");
    row("1.234567890123456789e25", "12345678901234567890000000");
    row("-1.234567890123456789e-10", "-0.0000000001234567890123456789");
    row("5e-324", "5e-324");
    row("1e-320", "1e-320");
}

void TestCanonicalJson::numbersOneByOne()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, expected);
    QCOMPARE(canonical(text), expected);
}

void TestCanonicalJson::stringsOneByOne()
{
    QCOMPARE(canonical(R"("\u0000\u0001\b\t\n\u000b\f\r\u001f \u007f\u2028")"),
             QByteArray("\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f \x7F\xE2\x80\xA8\""));
    QCOMPARE(canonical(R"("\u003cscript\u003e\/")"), QByteArray("\"<script>/\""));
    QVERIFY(canonical(R"("\u00e9")") != canonical(R"("e\u0301")"));
}

void TestCanonicalJson::keysSortByUtf16()
{
    // Every pair of these, in both orders, against QString's comparison, which is by UTF-16 code units.
    const QStringList keys = {u""_s,        u"a"_s,      u"aa"_s,         u"b"_s,      u"\u007F"_s,
                              u"\u0080"_s,  u"é"_s,      u"\u07FF"_s,     u"\u0800"_s, u"\uD7FF"_s,
                              u"\uE000"_s,  u"\uFFFD"_s, u"😀"_s,          u"😁"_s,      u"😀\uE000"_s,
                              u"\uE000😀"_s, u"😀😀"_s,     u"\U0010FFFD"_s, u"a😀"_s,     u"a\uFFFD"_s};
    for (const QString &left : keys) {
        for (const QString &right : keys) {
            if (left == right) {
                continue;
            }
            JsonValue json = JsonValue::object();
            json.set(left.toUtf8().toStdString(), JsonValue::fromInteger(1));
            json.set(right.toUtf8().toStdString(), JsonValue::fromInteger(2));
            const bool leftFirst = QtPrivate::compareStrings(left, right) < 0;
            const QByteArray bytes = canonicalJson(json);
            QCOMPARE(bytes.lastIndexOf(":1") < bytes.lastIndexOf(":2"), leftFirst);
        }
    }
}

void TestCanonicalJson::canonicalTextIsAFixpoint()
{
    constexpr unsigned seed = 20261124;
    qInfo("seed %u", seed);
    Generator generator(seed);
    for (int i = 0; i < 20'000; ++i) {
        const QByteArray bytes = canonicalJson(generator.value(4));
        const auto again = readJson(bytes);
        QVERIFY2(again.hasValue(), bytes.constData());
        QCOMPARE(canonicalJson(*again), bytes);
    }
}

void TestCanonicalJson::equalValuesHaveEqualBytesAndNoOthers()
{
    constexpr unsigned seed = 4711;
    qInfo("seed %u", seed);
    Generator generator(seed);
    int equalPairs = 0;
    for (int i = 0; i < 40'000; ++i) {
        const JsonValue left = generator.value(2);
        const JsonValue right = generator.value(2);
        equalPairs += left == right ? 1 : 0;
        QCOMPARE(canonicalJson(left) == canonicalJson(right), left == right);
        const JsonValue respelled = generator.respelled(left);
        QVERIFY2(respelled == left, writeJson(left).constData());
        QCOMPARE(canonicalJson(respelled), canonicalJson(left));
    }
    QVERIFY(equalPairs > 1000);
}

QTEST_GUILESS_MAIN(TestCanonicalJson)
#include "tst_canonical_json.moc"
