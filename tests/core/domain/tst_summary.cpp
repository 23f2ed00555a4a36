// SPDX-License-Identifier: Apache-2.0
#include "core/base/visible_text.h"
#include "core/domain/summary.h"

#include <QtTest/QTest>

using namespace countersign;
using namespace Qt::StringLiterals;

namespace {

RoundContent aCall(const QString &tool, const QByteArray &arguments, Pattern pattern = Pattern::ToolApproval)
{
    RoundContent content;
    content.pattern = pattern;
    content.toolName = tool;
    content.arguments = arguments;
    // The agent's own words must never show in ours.
    content.title = u"AGENT-PROSE title"_s;
    content.message = u"AGENT-PROSE message"_s;
    content.annotations = R"({"title":"AGENT-PROSE annotation"})";
    return content;
}

} // namespace

class TestSummary : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void headingsAreInOurWords_data();
    void headingsAreInOurWords();
    void linksNameTheHost_data();
    void linksNameTheHost();
    void unreviewablePayloadsSaySo();
    void hostileTextIsVisibleAndShort_data();
    void hostileTextIsVisibleAndShort();
    void oneValueCannotPassForTwo();
    void criticalValues_data();
    void criticalValues();
};

void TestSummary::headingsAreInOurWords_data()
{
    QTest::addColumn<RoundContent>("content");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const RoundContent &content, const QString &expected) {
        QTest::newRow(name) << content << expected;
    };
    const QByteArray payment = R"({"amount":4200.00,"currency":"EUR","recipient":"Nordwind GmbH"})";
    row("payment", aCall(u"pay_invoice"_s, payment), u"Pay 4200.00 EUR to Nordwind GmbH"_s);
    row("payment in camel case", aCall(u"payments.createPayment"_s, payment), u"Pay 4200.00 EUR to Nordwind GmbH"_s);
    row("refund", aCall(u"refund"_s, payment), u"Refund 4200.00 EUR to Nordwind GmbH"_s);
    row("transfer with a text amount", aCall(u"bank_transfer"_s, R"({"to":"DE02","amount":"12.5","currency":"USD"})"),
        u"Transfer 12.5 USD to DE02"_s);
    row("cancelling a payment is no payment", aCall(u"cancel_payment"_s, payment),
        u"cancel_payment · amount 4200.00, currency EUR, recipient Nordwind GmbH"_s);
    row("a currency that is a sentence", aCall(u"pay"_s, R"({"amount":1,"currency":"EUR to Ann","recipient":"Eve"})"),
        u"pay · amount 1, currency EUR to Ann, recipient Eve"_s);
    row("an amount that is a sentence", aCall(u"pay"_s, R"({"amount":"1 or 2","currency":"EUR","recipient":"Eve"})"),
        u"pay · amount 1 or 2, currency EUR, recipient Eve"_s);
    row("a recipient with a placeholder", aCall(u"pay"_s, R"({"amount":1,"currency":"EUR","recipient":"%1 %2"})"),
        u"Pay 1 EUR to %1 %2"_s);

    row("deletion", aCall(u"delete_rows"_s, R"({"table":"customers_old","rows":12408})"),
        u"Delete 12,408 rows from customers_old"_s);
    row("deletion of one", aCall(u"delete_row"_s, R"({"table":"t","count":1})"), u"Delete 1 row from t"_s);
    row("deletion without a count", aCall(u"delete_rows"_s, R"({"table":"t","where":"all"})"),
        u"delete_rows · table t, where all"_s);
    row("not a deletion by name", aCall(u"undelete_rows"_s, R"({"table":"t","rows":3})"),
        u"undelete_rows · table t, rows 3"_s);
    row("count as a text", aCall(u"delete_rows"_s, R"({"table":"t","rows":"3"})"), u"delete_rows · table t, rows 3"_s);

    row("first three scalars", aCall(u"deploy"_s, R"({"a":1,"list":[1],"b":true,"o":{"x":1},"c":null,"d":4})"),
        u"deploy · a 1, b true, c null"_s);
    row("source text of numbers", aCall(u"set"_s, R"({"x":1.50e3})"), u"set · x 1.50e3"_s);
    row("no arguments", aCall(u"restart"_s, {}), u"restart"_s);
    row("arguments that are a list", aCall(u"restart"_s, "[1,2]"), u"restart"_s);
    row("empty text", aCall(u"set"_s, R"({"x":""})"), u"set · x \"\""_s);
    row("no tool", aCall({}, {}), u"Request from Claude"_s);
    row("no tool, with arguments", aCall({}, R"({"env":"prod"})"), u"Request from Claude · env prod"_s);
    row("workflow", aCall(u"ship"_s, R"({"to":"prod"})", Pattern::WorkflowApproval), u"ship · to prod"_s);

    row("gate", aCall(u"gate"_s, R"({"command":["./drop.sh","staging"]})", Pattern::Gate), u"Run ./drop.sh staging"_s);
    row("gate with words to quote",
        aCall(u"gate"_s, R"({"command":["rm","-rf","a b","it's","","$HOME"]})", Pattern::Gate),
        u"Run rm -rf 'a b' 'it'\\''s' '' '$HOME'"_s);
    row("gate without a command", aCall(u"gate"_s, R"({"command":[]})", Pattern::Gate), u"gate"_s);
    row("gate with a broken command", aCall(u"gate"_s, R"({"command":["ls",7]})", Pattern::Gate), u"gate"_s);

    row("elicitation", aCall({}, {}, Pattern::Elicitation), u"Answer a question from Claude"_s);
    row("sampling", aCall({}, {}, Pattern::Sampling), u"Let Claude ask the language model"_s);
}

void TestSummary::headingsAreInOurWords()
{
    QFETCH(RoundContent, content);
    QFETCH(QString, expected);
    QCOMPARE(summarize(content, u"Claude"_s), expected);
    QVERIFY(!summarize(content, {}).contains(u"AGENT-PROSE"_s));
}

void TestSummary::linksNameTheHost_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("expected");
    QTest::newRow("host") << u"https://login.example.org/a?b=c"_s << u"Open login.example.org for Claude"_s;
    QTest::newRow("user that looks like a host")
        << u"https://bank.example@evil.example/"_s << u"Open evil.example for Claude"_s;
    QTest::newRow("look-alike letters") << u"https://p\u0430ypal.example/"_s
                                        << u"Open xn--pypal-4ve.example for Claude"_s;
    QTest::newRow("no host") << u"not a link"_s << u"Open a link for Claude"_s;
    QTest::newRow("nothing") << QString() << u"Open a link for Claude"_s;
}

void TestSummary::linksNameTheHost()
{
    QFETCH(QString, url);
    QFETCH(QString, expected);
    RoundContent content = aCall({}, {}, Pattern::ElicitationUrl);
    content.url = url;
    QCOMPARE(summarize(content, u"Claude"_s), expected);
}

void TestSummary::unreviewablePayloadsSaySo()
{
    RoundContent content = aCall(u"pay"_s, R"({"amount":1,"currency":"EUR","recipient":"Eve"})");
    content.unreviewable = u"Key “amount” stands there twice."_s;
    QCOMPARE(summarize(content, {}), u"pay · cannot be reviewed"_s);
}

void TestSummary::hostileTextIsVisibleAndShort_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("turned round") << u"gnp.\u202Eexe"_s;
    QTest::newRow("no width") << u"pay\u200Bpal"_s;
    QTest::newRow("lines and tabs") << u"a\r\nApproved by Ann\t\u2028b"_s;
    QTest::newRow("terminal") << u"\u001b[2J\u0007\u009b31m"_s;
    QTest::newRow("markup") << u"<img src=x>&amp;%1%n"_s;
    QTest::newRow("zero") << QString(QChar(0)) + u"x"_s;
    QTest::newRow("long") << QString(1000 * 1000, u'x');
    QTest::newRow("long and outside the first plane") << u"\U0001F600"_s.repeated(100'000);
}

void TestSummary::hostileTextIsVisibleAndShort()
{
    QFETCH(QString, text);
    QByteArray arguments = writeJson(JsonValue::object({{"amount", JsonValue::fromInteger(1)},
                                                        {"currency", JsonValue::fromString(u"EUR"_s)},
                                                        {"recipient", JsonValue::fromString(text)},
                                                        {"table", JsonValue::fromString(text)},
                                                        {"rows", JsonValue::fromInteger(2)}}));
    const QByteArray asKey = writeJson(JsonValue::object({{text.toStdString(), JsonValue::fromString(text)}}));
    const QByteArray asCommand = writeJson(
        JsonValue::object({{"command", JsonValue::array({JsonValue::fromString(text), JsonValue::fromString(text)})}}));
    RoundContent link = aCall({}, {}, Pattern::ElicitationUrl);
    link.url = u"https://"_s + text;
    const std::vector<RoundContent> contents = {aCall(u"pay"_s, arguments),
                                                aCall(u"delete_rows"_s, arguments),
                                                aCall(text, arguments),
                                                aCall(text, asKey),
                                                aCall(u"gate"_s, asCommand, Pattern::Gate),
                                                aCall({}, {}, Pattern::Elicitation),
                                                aCall({}, {}, Pattern::Sampling),
                                                aCall({}, asKey),
                                                link};
    for (const RoundContent &content : contents) {
        const QString heading = summarize(content, text);
        QVERIFY(!heading.isEmpty());
        QVERIFY2(heading.size() <= 200, qPrintable(QString::number(heading.size())));
        // Nothing is left that would be made visible: what is shown may only hold the marks of displayText() itself.
        const QString again = displayText(QString(heading).remove(u'\u27E8')).text;
        QCOMPARE(again, QString(heading).remove(u'\u27E8'));
        const QString critical = criticalValue(content).value;
        QCOMPARE(displayText(QString(critical).remove(u'\u27E8')).text, QString(critical).remove(u'\u27E8'));
    }
}

void TestSummary::oneValueCannotPassForTwo()
{
    const auto heading = [](const QString &tool, const QByteArray &arguments) {
        return summarize(aCall(tool, arguments), {});
    };
    const QString honest = heading(u"set"_s, R"({"a":1,"b":2})");
    const QString forgedByValue = heading(u"set"_s, R"({"a":"1, b 2"})");
    const QString forgedByKey = heading(u"set"_s, R"({"a 1, b":2})");
    const QString forgedByTool = heading(u"set · a 1"_s, R"({"b":2})");
    const QString forgedByQuotes = heading(u"set"_s, "{\"a\":\"\\\"1\\\", b \\\"2\"}");
    QCOMPARE(honest, u"set · a 1, b 2"_s);
    QCOMPARE(forgedByValue, u"set · a \"1, b 2\""_s);
    QCOMPARE(forgedByKey, u"set · \"a 1, b\" 2"_s);
    QCOMPARE(forgedByTool, u"\"set · a 1\" · b 2"_s);
    QCOMPARE(forgedByQuotes, u"set · a \"\\\"1\\\", b \\\"2\""_s);
}

void TestSummary::criticalValues_data()
{
    QTest::addColumn<RoundContent>("content");
    QTest::addColumn<QString>("label");
    QTest::addColumn<QString>("value");
    const auto row = [](const char *name, const QByteArray &arguments, const QString &label, const QString &value) {
        QTest::newRow(name) << aCall(u"tool_x"_s, arguments) << label << value;
    };
    row("amount before everything", R"({"rows":3,"path":"/x","to":"Ann","amount":4200.00})", u"amount"_s, u"4200.00"_s);
    row("amount as a text", R"({"amount":"4200.00"})", u"amount"_s, u"4200.00"_s);
    row("amount deeper before a recipient", R"({"to":"Ann","payment":{"amount":7}})", u"amount"_s, u"7"_s);
    row("recipient", R"({"rows":3,"to":"Ann","recipient":"Eve"})", u"recipient"_s, u"Eve"_s);
    row("to", R"({"table":"t","to":"Ann"})", u"recipient"_s, u"Ann"_s);
    row("target", R"({"target":"prod","path":"/x"})", u"target"_s, u"prod"_s);
    row("table", R"({"table":"customers_old","rows":12408})", u"table"_s, u"customers_old"_s);
    row("database", R"({"database":"live"})", u"database"_s, u"live"_s);
    row("host", R"({"host":"db1","path":"/x"})", u"host"_s, u"db1"_s);
    row("path", R"({"path":"/etc/passwd","count":3})", u"path"_s, u"/etc/passwd"_s);
    row("count", R"({"count":3,"rows":4})", u"count"_s, u"3"_s);
    row("rows", R"({"rows":4})", u"rows"_s, u"4"_s);
    row("another case of letters", R"({"Amount":9})", u"amount"_s, u"9"_s);
    row("a count that is no number", R"({"count":"many"})", u"tool"_s, u"tool_x"_s);
    row("an empty recipient", R"({"recipient":"","path":"/x"})", u"path"_s, u"/x"_s);
    row("a recipient that is a list", R"({"recipient":["a"]})", u"tool"_s, u"tool_x"_s);
    row("nothing that is known", R"({"x":1})", u"tool"_s, u"tool_x"_s);
    row("no JSON", R"({"amount":)", u"tool"_s, u"tool_x"_s);
    row("made visible", R"({"recipient":"a\u202eb"})", u"recipient"_s, displayText(u"a\u202Eb").text);
    QTest::newRow("gate") << aCall(u"gate"_s, R"({"command":["./drop.sh","staging"],"path":"/x"})", Pattern::Gate)
                          << u"last word of the command"_s << u"staging"_s;
    QTest::newRow("gate of one word") << aCall(u"gate"_s, R"({"command":["./drop.sh"]})", Pattern::Gate)
                                      << u"last word of the command"_s << u"./drop.sh"_s;
    QTest::newRow("gate with an empty last word")
        << aCall(u"gate"_s, R"({"command":["x",""]})", Pattern::Gate) << u"tool"_s << u"gate"_s;
    QTest::newRow("nothing at all") << aCall({}, {}) << QString() << QString();
}

void TestSummary::criticalValues()
{
    QFETCH(RoundContent, content);
    QFETCH(QString, label);
    QFETCH(QString, value);
    const CriticalValue critical = criticalValue(content);
    QCOMPARE(critical.label, label);
    QCOMPARE(critical.value, value);
}

QTEST_GUILESS_MAIN(TestSummary)
#include "tst_summary.moc"
