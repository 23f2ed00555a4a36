// SPDX-License-Identifier: Apache-2.0
#include "core/connections/claude_code_hook.h"

#include "core/base/json_reader.h"

#include <QtCore/QFile>
#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign;

namespace {

QByteArray sample(const QString &name)
{
    QFile file(QStringLiteral(COUNTERSIGN_TEST_DATA "/hooks/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestClaudeCodeHook : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void samplesAreRead_data();
    void samplesAreRead();
    void theRequestHasTheInputAsWritten();
    void whatIsNoCallIsRefused_data();
    void whatIsNoCallIsRefused();
    void answersAreWhatClaudeCodeReads();
};

void TestClaudeCodeHook::samplesAreRead_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("tool");
    QTest::addColumn<QString>("mode");
    QTest::addColumn<QString>("member");
    QTest::addColumn<QString>("subagent");
    QTest::newRow("a command") << u"bash.json"_s << u"Bash"_s << u"default"_s << u"command"_s << QString();
    QTest::newRow("a file is written") << u"write.json"_s << u"Write"_s << u"acceptEdits"_s << u"content"_s
                                       << QString();
    QTest::newRow("a file is edited") << u"edit.json"_s << u"Edit"_s << u"plan"_s << u"old_string"_s << QString();
    QTest::newRow("a tool of an MCP server")
        << u"mcp_tool.json"_s << u"mcp__bank__pay"_s << u"bypassPermissions"_s << u"amount"_s << QString();
    QTest::newRow("a subagent calls") << u"subagent.json"_s << u"WebFetch"_s << u"default"_s << u"url"_s
                                      << u"Explore"_s;
}

void TestClaudeCodeHook::samplesAreRead()
{
    QFETCH(QString, name);
    QFETCH(QString, tool);
    QFETCH(QString, mode);
    QFETCH(QString, member);
    QFETCH(QString, subagent);
    const Result<HookCall> call = readHookCall(sample(name));
    QVERIFY(call);
    QCOMPARE(call->tool, tool);
    QCOMPARE(call->mode, mode);
    QCOMPARE(call->directory, u"/home/ada/shop"_s);
    QCOMPARE(call->subagentType, subagent);
    QVERIFY(call->toolUse.startsWith(u"toolu_"_s));
    QVERIFY(readJson(call->input)->find(member.toStdString()));
}

void TestClaudeCodeHook::theRequestHasTheInputAsWritten()
{
    const Result<HookCall> call = readHookCall(sample(u"mcp_tool.json"_s));
    const RoundContent content = hookContent(*call);
    QCOMPARE(content.pattern, Pattern::ToolApproval);
    QCOMPARE(content.toolName, u"mcp__bank__pay"_s);
    QCOMPARE(content.arguments, QByteArray(R"({"amount":4200.00,"currency":"EUR","recipient":"Nordwind GmbH"})"));
    const Result<JsonValue> claims = readJson(content.annotations);
    QCOMPARE(claims->find("directory")->toString(), u"/home/ada/shop"_s);
    QCOMPARE(claims->find("permissionMode")->toString(), u"bypassPermissions"_s);
}

void TestClaudeCodeHook::whatIsNoCallIsRefused_data()
{
    QTest::addColumn<QByteArray>("input");
    const QByteArray good = sample(u"bash.json"_s);
    const auto changed = [&](const QByteArray &from, const QByteArray &to) {
        return QByteArray(good).replace(from, to);
    };
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("no JSON") << QByteArray("Bash");
    QTest::newRow("cut off") << good.left(good.size() / 2);
    QTest::newRow("another event") << changed("PreToolUse", "PostToolUse");
    QTest::newRow("no event") << changed("hook_event_name", "event");
    QTest::newRow("no tool") << changed("tool_name", "name");
    QTest::newRow("the tool is a number") << changed("\"Bash\"", "7");
    QTest::newRow("no input") << changed("tool_input", "input");
    QTest::newRow("the input is a list")
        << changed("\"tool_input\":{", "\"tool_input\":[{").replace("false}", "false}]");
    QTest::newRow("the tool twice") << changed("\"tool_name\"", "\"tool_name\":\"Read\",\"tool_name\"");
    QTest::newRow("another tool in capitals") << changed("\"tool_name\"", "\"Tool_Name\":\"Read\",\"tool_name\"");
    QTest::newRow("two calls") << good + good;
}

void TestClaudeCodeHook::whatIsNoCallIsRefused()
{
    QFETCH(QByteArray, input);
    const Result<HookCall> call = readHookCall(input);
    QVERIFY(!call);
    QCOMPARE(call.error().code, ErrorCode::Malformed);
    QVERIFY(call.error().message.contains(u"PreToolUse"_s));
}

void TestClaudeCodeHook::answersAreWhatClaudeCodeReads()
{
    QCOMPARE(hookAnswer(HookDecision::Allow, u"Approved by ada."_s),
             QByteArray(R"({"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow",)"
                        R"("permissionDecisionReason":"Approved by ada."}})"));
    QCOMPARE(hookAnswer(HookDecision::Deny, u"\"no\""_s),
             QByteArray(R"({"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny",)"
                        R"("permissionDecisionReason":"\"no\""}})"));
    const QByteArray edited = hookAnswer(HookDecision::Allow, u"ok"_s, R"({"command": "ls"})");
    QVERIFY2(edited.endsWith(R"(,"updatedInput":{"command": "ls"}}})"), edited.constData());
    QVERIFY(hookAnswer(HookDecision::Ask, {}).contains("\"ask\""));
}

QTEST_GUILESS_MAIN(TestClaudeCodeHook)
#include "tst_claude_code_hook.moc"
