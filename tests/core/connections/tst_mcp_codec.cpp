// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/codec.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::mcp;

namespace {

QByteArray fileOf(const QString &name)
{
    QFile file(QStringLiteral(COUNTERSIGN_TEST_DATA "/mcp/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// The frames of a recording, as the bytes they were written in.
std::vector<QByteArray> framesOf(const QByteArray &recording)
{
    std::vector<QByteArray> frames;
    for (const QByteArray &line : recording.split('\n')) {
        const Result<JsonSlices> entry = JsonSlices::ofObject(line);
        if (entry && entry->find(u"frame")) {
            frames.push_back(entry->value(u"frame").toByteArray());
        }
    }
    return frames;
}

QString kindOf(const std::variant<Message, BadMessage> &read)
{
    if (const auto *bad = std::get_if<BadMessage>(&read)) {
        return u"bad "_s + QString::number(bad->code);
    }
    switch (std::get<Message>(read).kind) {
    case Message::Kind::Request:
        return u"request"_s;
    case Message::Kind::Notification:
        return u"notification"_s;
    case Message::Kind::Result:
        return u"result"_s;
    case Message::Kind::Error:
        break;
    }
    return u"error"_s;
}

} // namespace

class TestMcpCodec : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyRecordedFrameIsRead_data();
    void everyRecordedFrameIsRead();
    void linesAreReadStrictly_data();
    void linesAreReadStrictly();
    void idsAreKeptAsWritten_data();
    void idsAreKeptAsWritten();
    void aTextAndANumberAreTwoIds();
    void slicesAreTheVeryBytes();
    void slicesFollowTheGrammar_data();
    void slicesFollowTheGrammar();
    void deepJsonIsRefusedBeforeTheStackIs();
    void aLargeResultIsNotBuilt();
    void callsAreRead();
    void callsThatTwoReadersCouldReadDifferentlyAreRefused_data();
    void callsThatTwoReadersCouldReadDifferentlyAreRefused();
    void onlyTheArgumentsChange();
    void membersAreAdded();
    void theEraIsInTheMessage();
    void ourLinesAreLines();
};

void TestMcpCodec::everyRecordedFrameIsRead_data()
{
    QTest::addColumn<QString>("name");
    const QStringList names =
        QDir(QStringLiteral(COUNTERSIGN_TEST_DATA "/mcp")).entryList({u"*.jsonl"_s}, QDir::Files, QDir::Name);
    QVERIFY(names.size() >= 30);
    for (const QString &name : names) {
        QTest::newRow(qPrintable(name)) << name;
    }
}

void TestMcpCodec::everyRecordedFrameIsRead()
{
    QFETCH(QString, name);
    const std::vector<QByteArray> frames = framesOf(fileOf(name));
    QVERIFY(!frames.empty());
    for (const QByteArray &frame : frames) {
        const auto read = readMessage(frame);
        const auto *message = std::get_if<Message>(&read);
        QVERIFY2(message, frame.left(200).constData());
        if (message->kind != Message::Kind::Notification && !message->id.key().isEmpty()) {
            QVERIFY(frame.contains("\"id\":" + message->id.token()));
        }
        if (message->method == "tools/call"_L1) {
            const Result<ToolCall> call = readToolCall(message->params);
            QVERIFY2(call, frame.constData());
            QVERIFY(!call->name.isEmpty());
            QCOMPARE(modernVersionOf(call->meta).isEmpty(), !name.contains(u"2026-07-28"_s));
        }
    }
}

void TestMcpCodec::linesAreReadStrictly_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *claim, const char *line, const QString &expected) {
        QTest::newRow(claim) << QByteArray(line) << expected;
    };
    row("a request", R"({"jsonrpc":"2.0","id":1,"method":"ping"})", u"request"_s);
    row("a notification", R"({"jsonrpc":"2.0","method":"notifications/initialized"})", u"notification"_s);
    row("a result", R"({"id":"a","result":{},"jsonrpc":"2.0"})", u"result"_s);
    row("an error", R"({"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}})", u"error"_s);
    row("an error about something unreadable", R"({"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"no"}})",
        u"error"_s);
    row("an error without id", R"({"jsonrpc":"2.0","error":{"code":-1,"message":"no"}})", u"error"_s);
    row("unknown members are ignored", R"({"jsonrpc":"2.0","id":1,"method":"ping","x":[{}]})", u"request"_s);
    row("params that are null are none", R"({"jsonrpc":"2.0","id":1,"method":"ping","params":null})", u"request"_s);
    row("an escaped method is the same method", R"({"jsonrpc":"2.0","id":1,"method":"tools\/list"})", u"request"_s);
    row("blanks around", "  {\"jsonrpc\":\"2.0\",\"method\":\"x\"}\t", u"notification"_s);
    row("nothing", "", u"bad -32700"_s);
    row("a log line", "Server listening", u"bad -32700"_s);
    row("a partial line", R"({"jsonrpc":"2.0","id":1,"meth)", u"bad -32700"_s);
    row("two messages", R"({"jsonrpc":"2.0","method":"x"}{"jsonrpc":"2.0","method":"x"})", u"bad -32700"_s);
    row("a batch", R"([{"jsonrpc":"2.0","id":1,"method":"tools/call"}])", u"bad -32600"_s);
    row("an empty batch", "[]", u"bad -32600"_s);
    row("the id is null", R"({"jsonrpc":"2.0","id":null,"method":"ping"})", u"bad -32600"_s);
    row("the id is a fraction", R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})", u"bad -32600"_s);
    row("the id is a list", R"({"jsonrpc":"2.0","id":[1],"method":"ping"})", u"bad -32600"_s);
    row("the id has a lone surrogate", R"({"jsonrpc":"2.0","id":"\ud800","method":"ping"})", u"bad -32600"_s);
    row("a result for null", R"({"jsonrpc":"2.0","id":null,"result":{}})", u"bad -32600"_s);
    row("result and error", R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})", u"bad -32600"_s);
    row("neither result nor error", R"({"jsonrpc":"2.0","id":1})", u"bad -32600"_s);
    row("a request with a result", R"({"jsonrpc":"2.0","id":1,"method":"ping","result":{}})", u"bad -32600"_s);
    row("the method is a number", R"({"jsonrpc":"2.0","id":1,"method":7})", u"bad -32600"_s);
    row("params are a list", R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[1]})", u"bad -32602"_s);
    row("another version", R"({"jsonrpc":"1.0","id":1,"method":"ping"})", u"bad -32600"_s);
    row("no version", R"({"id":1,"method":"ping"})", u"bad -32600"_s);
    row("the method twice", R"({"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"})", u"bad -32700"_s);
    row("the method twice, once escaped", R"({"jsonrpc":"2.0","id":1,"method":"ping","m\u0065thod":"tools/call"})",
        u"bad -32700"_s);
    row("a method for those who ignore case", R"({"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"})",
        u"bad -32600"_s);
    row("a long s in params", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"param\xC5\xBF\":{}}",
        u"bad -32600"_s);
    row("a message between carriage returns",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":\r{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":"
        "\"tools/call\"}\r}",
        u"bad -32700"_s);
    row("invalid UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"x\":\"\xC0\xAE\"}", u"bad -32700"_s);
}

void TestMcpCodec::linesAreReadStrictly()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, expected);
    QCOMPARE(kindOf(readMessage(line)), expected);
}

void TestMcpCodec::idsAreKeptAsWritten_data()
{
    QTest::addColumn<QByteArray>("token");
    QTest::addColumn<bool>("isId");
    QTest::newRow("zero") << QByteArray("0") << true;
    QTest::newRow("negative") << QByteArray("-7") << true;
    QTest::newRow("larger than a double holds") << QByteArray("9007199254740993") << true;
    QTest::newRow("a text") << QByteArray("\"a\\u0062\"") << true;
    QTest::newRow("an empty text") << QByteArray("\"\"") << true;
    QTest::newRow("256 bytes") << '"' + QByteArray(256, 'x') + '"' << true;
    QTest::newRow("257 bytes") << '"' + QByteArray(257, 'x') + '"' << false;
    QTest::newRow("41 digits") << QByteArray(41, '1') << false;
    QTest::newRow("an exponent") << QByteArray("1e3") << false;
    QTest::newRow("true") << QByteArray("true") << false;
    QTest::newRow("nothing") << QByteArray() << false;
}

void TestMcpCodec::idsAreKeptAsWritten()
{
    QFETCH(QByteArray, token);
    QFETCH(bool, isId);
    const std::optional<MessageId> id = MessageId::fromToken(token);
    QCOMPARE(id.has_value(), isId);
    if (id) {
        QCOMPARE(id->token(), token);
    }
}

void TestMcpCodec::aTextAndANumberAreTwoIds()
{
    QVERIFY(MessageId::fromToken("1")->key() != MessageId::fromToken("\"1\"")->key());
    QCOMPARE(MessageId::fromToken("\"ab\"")->key(), MessageId::fromToken("\"a\\u0062\"")->key());
}

void TestMcpCodec::slicesAreTheVeryBytes()
{
    const QByteArray text = R"( { "b" : 1.50 , "a\u0061":[ 1, {"x" : "}]"} ] ,"":null} )";
    const Result<JsonSlices> slices = JsonSlices::ofObject(text);
    QVERIFY(slices);
    QCOMPARE(slices->members().size(), size_t(3));
    QCOMPARE(slices->value(u"b").toByteArray(), QByteArray("1.50"));
    QCOMPARE(slices->value(u"aa").toByteArray(), QByteArray(R"([ 1, {"x" : "}]"} ])"));
    QCOMPARE(slices->value(u"").toByteArray(), QByteArray("null"));
    QVERIFY(!slices->find(u"c"));
    const auto items = jsonItems(slices->value(u"aa"), 10);
    QCOMPARE(items->size(), size_t(2));
    QCOMPARE(items->at(1).toByteArray(), QByteArray(R"({"x" : "}]"})"));
    QVERIFY(!jsonItems("[1,2,3]", 2));
}

void TestMcpCodec::slicesFollowTheGrammar_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<bool>("good");
    const auto row = [](const char *value, bool good) { QTest::newRow(value) << QByteArray(value) << good; };
    for (const char *good : {"0", "-0.5e+7", "1E3", "\"\\u00e9\\n\"", "\"\xF0\x9F\x98\x80\"", "[]", "[ ]", "{}",
                             "[[],{}]", "true", "false", "null", "\"\\ud800\""}) {
        row(good, true);
    }
    for (const char *bad : {"",
                            "01",
                            "-",
                            "1.",
                            ".5",
                            "1e",
                            "+1",
                            "NaN",
                            "tru",
                            "nul",
                            "[1,]",
                            "[,1]",
                            "{,}",
                            "{\"a\"}",
                            "{\"a\":}",
                            "{\"a\":1,}",
                            "{a:1}",
                            "'a'",
                            "\"\\x\"",
                            "\"\\u12g4\"",
                            "\"a",
                            "\"a\tb\"",
                            "\"\xED\xA0\x80\"",
                            "\"\xF4\x90\x80\x80\"",
                            "\"\xE0\x80\x80\"",
                            "\"\x80\"",
                            "\"\xC3\"",
                            "[",
                            "{",
                            "1 2",
                            "]",
                            "/*x*/1"}) {
        row(bad, false);
    }
}

void TestMcpCodec::slicesFollowTheGrammar()
{
    QFETCH(QByteArray, value);
    QFETCH(bool, good);
    QCOMPARE(JsonSlices::ofObject("{\"v\":" + value + '}').hasValue(), good);
}

void TestMcpCodec::deepJsonIsRefusedBeforeTheStackIs()
{
    const QByteArray deep = "{\"v\":" + QByteArray(200'000, '[') + QByteArray(200'000, ']') + '}';
    const Result<JsonSlices> read = JsonSlices::ofObject(deep);
    QVERIFY(!read);
    QCOMPARE(read.error().code, ErrorCode::TooLarge);
}

void TestMcpCodec::aLargeResultIsNotBuilt()
{
    const QByteArray line = R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":")" +
                            QByteArray(10'000'000, 'x') + "\"}]}}";
    const auto read = readMessage(line);
    const Message &message = std::get<Message>(read);
    // The result is a view into the line, not a copy of it.
    QVERIFY(message.body.data() > line.constData() && message.body.data() < line.constData() + line.size());
    const QByteArray tooMuch = R"({"jsonrpc":"2.0","method":"x","y":")" + QByteArray(maxMessageBytes, 'x') + "\"}";
    QCOMPARE(kindOf(readMessage(tooMuch)), u"bad -32600"_s);
}

void TestMcpCodec::callsAreRead()
{
    const Result<ToolCall> call =
        readToolCall(R"({"name":"pay","arguments":{"amount":4200.00},"_meta":{"progressToken":"p1"},"task":{"ttl":5},)"
                     R"("inputResponses":{"a":{"action":"accept"}},"requestState":"v\u0031"})");
    QVERIFY(call);
    QCOMPARE(call->name, u"pay"_s);
    QCOMPARE(call->arguments.toByteArray(), QByteArray(R"({"amount":4200.00})"));
    QCOMPARE(progressTokenOf(call->meta), QByteArray("\"p1\""));
    QCOMPARE(call->task.toByteArray(), QByteArray(R"({"ttl":5})"));
    QVERIFY(call->goesOn());
    QCOMPARE(*call->requestState, QByteArray(R"("v\u0031")"));
    const Result<ToolCall> bare = readToolCall(R"({"name":"list"})");
    QVERIFY(bare && bare->arguments.isEmpty() && !bare->goesOn());
}

void TestMcpCodec::callsThatTwoReadersCouldReadDifferentlyAreRefused_data()
{
    QTest::addColumn<QByteArray>("params");
    QTest::newRow("no name") << QByteArray(R"({"arguments":{}})");
    QTest::newRow("the name is empty") << QByteArray(R"({"name":""})");
    QTest::newRow("the name twice") << QByteArray(R"({"name":"safe","name":"pay"})");
    QTest::newRow("another name in capitals") << QByteArray(R"({"name":"safe","Name":"pay"})");
    QTest::newRow("other arguments in capitals") << QByteArray(R"({"name":"safe","arguments":{},"ARGUMENTS":{"a":1}})");
    QTest::newRow("arguments with a long s") << QByteArray("{\"name\":\"safe\",\"argument\xC5\xBF\":{\"a\":1}}");
    QTest::newRow("arguments as a list") << QByteArray(R"({"name":"safe","arguments":[1]})");
    QTest::newRow("a state that is no text") << QByteArray(R"({"name":"safe","requestState":1})");
    QTest::newRow("nothing") << QByteArray();
}

void TestMcpCodec::callsThatTwoReadersCouldReadDifferentlyAreRefused()
{
    QFETCH(QByteArray, params);
    QVERIFY(!readToolCall(params));
}

void TestMcpCodec::onlyTheArgumentsChange()
{
    const QByteArray line =
        R"({ "id" : 7,"params":{"_meta":{},"arguments": {"amount":4200.00} ,"name":"pay"},"method":"tools/call","jsonrpc":"2.0"})";
    const auto read = readMessage(line);
    const Result<ToolCall> call = readToolCall(std::get<Message>(read).params);
    QCOMPARE(
        withSliceReplaced(line, call->arguments, R"({"amount":1})"),
        QByteArray(
            R"({ "id" : 7,"params":{"_meta":{},"arguments": {"amount":1} ,"name":"pay"},"method":"tools/call","jsonrpc":"2.0"})"));
}

void TestMcpCodec::membersAreAdded()
{
    QCOMPARE(withMemberAdded("{}", "a", "1"), QByteArray(R"({"a":1})"));
    QCOMPARE(withMemberAdded("{ }", "a", "1"), QByteArray(R"({ "a":1})"));
    QCOMPARE(withMemberAdded(R"({"b":{}})", "a", "{}"), QByteArray(R"({"b":{},"a":{}})"));
}

void TestMcpCodec::theEraIsInTheMessage()
{
    const QByteArray meta = R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                            R"("io.modelcontextprotocol/clientCapabilities":{"elicitation":{"form":{}}}})";
    QCOMPARE(modernVersionOf(meta), u"2026-07-28"_s);
    QVERIFY(declaresElicitation(modernCapabilitiesOf(meta)));
    QVERIFY(modernVersionOf(R"({"progressToken":1})").isEmpty());
    QVERIFY(modernVersionOf({}).isEmpty());
    QVERIFY(!declaresElicitation(R"({"elicitation":null})"));
    QVERIFY(!declaresElicitation({}));
    QCOMPARE(cancelledId(R"({"requestId":"x","reason":"y"})")->token(), QByteArray("\"x\""));
    QVERIFY(!cancelledId("{}"));
}

void TestMcpCodec::ourLinesAreLines()
{
    const MessageId id = MessageId::ofText("q1");
    const QString hostile = u"a\"b\\\n\r⟨\u2028"_s + QChar(0xD800);
    for (const QByteArray &line :
         {errorLine(id, Code::Gone, hostile), resultLine(id, toolFailure(hostile)), progressLine("7", 0.001, hostile),
          requestLine(id, "tools/list", "{}"), notificationLine("notifications/cancelled", "{}"),
          resultLine(id, toolSuccess(R"({"decision":"approved"})"))}) {
        QVERIFY(!line.contains('\n') && !line.contains('\r'));
        QVERIFY2(!kindOf(readMessage(line)).startsWith(u"bad"_s), line.constData());
    }
}

QTEST_GUILESS_MAIN(TestMcpCodec)
#include "tst_mcp_codec.moc"
