// SPDX-License-Identifier: Apache-2.0
#include "tests/app/ctl_rig.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign::test;

namespace {

const QStringList commands{u"request"_s,
                           u"revise"_s,
                           u"ask"_s,
                           u"gate"_s,
                           u"await"_s,
                           u"outcome"_s,
                           u"withdraw"_s,
                           u"list"_s,
                           u"show"_s,
                           u"reviewer add"_s,
                           u"reviewer list"_s,
                           u"reviewer disable"_s,
                           u"reviewer rotate"_s,
                           u"decide"_s,
                           u"undo"_s,
                           u"release"_s,
                           u"serve"_s,
                           u"connection add"_s,
                           u"connection list"_s,
                           u"connection remove"_s,
                           u"connection serve-tool"_s,
                           u"connection test"_s,
                           u"audit verify"_s,
                           u"workspace info"_s,
                           u"workspace backup"_s,
                           u"workspace copy"_s,
                           u"demo"_s,
                           u"policy check"_s,
                           u"policy apply"_s,
                           u"policy list"_s,
                           u"schema check"_s};

} // namespace

/// Wrong calls: one sentence, exit code 2, and nothing is made.
class TestCtlUsage : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyCommandHasHelp_data();
    void everyCommandHasHelp();
    void theHelpListsEveryCommand();
    void theVersionIsSaid();
    void wrongCallsAreRefused_data();
    void wrongCallsAreRefused();
    void brokenJsonIsRefusedByPlace_data();
    void brokenJsonIsRefusedByPlace();
    void errorsAreOneJsonObject();
    void anOptionThatIsNoUtf8IsRefused();
    void optionsMayStandAnywhere();
    void theHelpTellsHowAnInterruptedWaitEnds();
};

void TestCtlUsage::everyCommandHasHelp_data()
{
    QTest::addColumn<QString>("command");
    for (const QString &command : commands) {
        QTest::newRow(qPrintable(command)) << command;
    }
}

void TestCtlUsage::everyCommandHasHelp()
{
    QFETCH(QString, command);
    const CtlRig rig;
    const CtlRig::Ran ran = rig.run(command.split(u' ') + QStringList{u"--help"_s});
    QCOMPARE(ran.code, 0);
    QVERIFY2(ran.out.startsWith("countersignctl [--workspace URL] [--json] " + command.toUtf8()), ran.out.constData());
    QVERIFY(ran.out.contains("--json"));
    QCOMPARE(ran.err, QByteArray());
    QVERIFY(!QFile::exists(rig.workspaceFile()));
}

void TestCtlUsage::theHelpListsEveryCommand()
{
    const CtlRig::Ran ran = CtlRig().run({u"--help"_s});
    QCOMPARE(ran.code, 0);
    for (const QString &command : commands) {
        QVERIFY2(ran.out.contains("  " + command.toUtf8() + ' '), qPrintable(command));
    }
}

void TestCtlUsage::theVersionIsSaid()
{
    const CtlRig::Ran ran = CtlRig().run({u"--version"_s});
    QCOMPARE(ran.code, 0);
    QVERIFY(ran.out.startsWith("countersignctl "));
}

void TestCtlUsage::wrongCallsAreRefused_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("words");
    const auto row = [](const char *claim, const QStringList &arguments, const QByteArray &words) {
        QTest::newRow(claim) << arguments << words;
    };
    row("no command", {}, "--help lists them");
    row("an unknown command names the nearest", {u"reqest"_s}, "request");
    row("half a command names the second words", {u"reviewer"_s}, "rotate");
    row("a misspelt flag names the nearest", {u"request"_s, u"--titel"_s, u"x"_s}, "--title");
    row("a misspelt flag in front", {u"--jsn"_s, u"list"_s}, "--json");
    row("a misspelt long flag", {u"decide"_s, u"x"_s, u"approve"_s, u"--payload-hsh=1"_s}, "--payload-hash");
    row("a flag like no other", {u"list"_s, u"--zzzzzzzzzz"_s}, "--help");
    row("an unknown short flag", {u"list"_s, u"-x"_s}, "-x");
    row("a value is missing", {u"request"_s, u"--title"_s}, "--title T");
    row("a flag stands where a value should", {u"request"_s, u"--title"_s, u"--wait"_s}, "--title T");
    row("a flag takes no value", {u"request"_s, u"--title"_s, u"x"_s, u"--wait=1"_s}, "takes no value");
    row("a flag twice", {u"list"_s, u"--limit"_s, u"1"_s, u"--limit"_s, u"2"_s}, "twice");
    row("an argument is missing", {u"show"_s}, "ID");
    row("an argument too many", {u"show"_s, u"a"_s, u"b"_s}, "too many");
    row("the title is missing", {u"request"_s}, "--title");
    row("the question is missing", {u"ask"_s}, "--message");
    row("a gate without a command", {u"gate"_s, u"--title"_s, u"x"_s}, "--");
    row("a gate with nothing behind the dashes", {u"gate"_s, u"--"_s}, "--");
    row("no such tier", {u"request"_s, u"--title"_s, u"x"_s, u"--tier"_s, u"extreme"_s}, "low, medium and high");
    row("no such duration", {u"request"_s, u"--title"_s, u"x"_s, u"--expires"_s, u"soon"_s}, "24h");
    row("no such decision", {u"decide"_s, u"x"_s, u"maybe"_s}, "request-changes");
    row("the hash is missing", {u"decide"_s, u"x"_s, u"approve"_s, u"--key-file"_s, u"k"_s}, "--payload-hash");
    row("half a hash", {u"decide"_s, u"x"_s, u"approve"_s, u"--key-file"_s, u"k"_s, u"--payload-hash"_s, u"9f2c"_s},
        "64");
    row("the key is missing", {u"undo"_s, u"x"_s}, "--key-file");
    row("an answer without content",
        {u"decide"_s, u"x"_s, u"answer"_s, u"--key-file"_s, u"k"_s, u"--payload-hash"_s, QString(64, u'0')},
        "--content");
    row("arguments do not go with a rejection",
        {u"decide"_s, u"x"_s, u"reject"_s, u"--key-file"_s, u"k"_s, u"--args"_s, u"{}"_s}, "--args");
    row("no number", {u"list"_s, u"--limit"_s, u"many"_s}, "--limit");
    row("an outcome of nothing", {u"outcome"_s, u"x"_s}, "--exit");
    row("another kind of workspace", {u"--workspace"_s, u"postgresql://u:secret@h/d"_s, u"list"_s}, "sqlite:PATH");
    row("a flag of a later version", {u"serve"_s, u"--listen"_s, u"127.0.0.1:9000"_s}, "not part of this version");
    row("a period of the log, which is of a later version", {u"audit"_s, u"verify"_s, u"--since=2026-11-01"_s},
        "not part of this version");
    row("its end", {u"audit"_s, u"verify"_s, u"--until"_s, u"2026-11-01"_s}, "not part of this version");
    row("no fingerprint", {u"audit"_s, u"verify"_s, u"--administrator"_s, u"9f2c"_s}, "64");
    row("a control character is made visible once", {u"show"_s, u"a"_s, u"b\u0001"_s},
        "b\xe2\x9f\xa8U+0001\xe2\x9f\xa9");
    row("a workspace without a scheme", {u"--workspace"_s, u"/tmp/x.db"_s, u"list"_s}, "sqlite:PATH");
    row("both kinds of passphrase",
        {u"reviewer"_s, u"add"_s, u"a"_s, u"--key-file"_s, u"k"_s, u"--no-passphrase"_s, u"--passphrase-file"_s,
         u"p"_s},
        "exclude");
}

void TestCtlUsage::wrongCallsAreRefused()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, words);
    const CtlRig rig;
    const CtlRig::Ran ran = rig.run(arguments);
    QCOMPARE(ran.code, 2);
    QVERIFY2(ran.says(words), ran.err.constData());
    QCOMPARE(ran.err.count('\n'), 1);
    QCOMPARE(ran.out, QByteArray());
    QVERIFY(!ran.err.contains("secret"));
}

void TestCtlUsage::brokenJsonIsRefusedByPlace_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::newRow("cut off") << QByteArray(R"({"a":)");
    QTest::newRow("two values") << QByteArray("{} {}");
    QTest::newRow("a key twice") << QByteArray(R"({"a":1,"a":2})");
    QTest::newRow("a number that no double holds") << QByteArray("[1e400]");
    QTest::newRow("an integer of thirty digits") << QByteArray("[123456789012345678901234567890]");
    QTest::newRow("a lone surrogate") << QByteArray(R"(["\ud800"])");
    QTest::newRow("too deep") << QByteArray(200, '[') + QByteArray(200, ']');
    QTest::newRow("too large") << '"' + QByteArray(1'200'000, 'x') + '"';
    QTest::newRow("nothing") << QByteArray();
}

void TestCtlUsage::brokenJsonIsRefusedByPlace()
{
    QFETCH(QByteArray, json);
    const CtlRig rig;
    const CtlRig::Ran ran =
        rig.run({u"request"_s, u"--title"_s, u"x"_s, u"--tool"_s, u"t"_s, u"--args"_s, u"-"_s}, json);
    QCOMPARE(ran.code, 2);
    QVERIFY2(ran.says("--args"), ran.err.constData());
    QCOMPARE(ran.err.count('\n'), 1);
    QCOMPARE(rig.run({u"list"_s}).out, QByteArray());
}

void TestCtlUsage::errorsAreOneJsonObject()
{
    const CtlRig rig;
    const CtlRig::Ran unknown = rig.json({u"show"_s, u"nothing"_s});
    QCOMPARE(unknown.code, 1);
    QCOMPARE(unknown.errorCode(), u"not-found"_s);
    QCOMPARE(unknown.out.count('\n'), 1);
    const CtlRig::Ran usage = rig.run({u"list"_s, u"--lmit"_s, u"1"_s, u"--json"_s});
    QCOMPARE(usage.code, 2);
    QCOMPARE(usage.errorCode(), u"invalid-input"_s);
}

void TestCtlUsage::anOptionThatIsNoUtf8IsRefused()
{
    const CtlRig rig;
    const CtlRig::Ran ran = rig.runProgram(
        u"/bin/sh"_s, {u"-c"_s, u"exec \"$0\" request --title \"$(printf 'a\\377b')\""_s, CtlRig::executable()});
    QCOMPARE(ran.code, 2);
    QVERIFY2(ran.says("UTF-8"), ran.err.constData());
}

void TestCtlUsage::optionsMayStandAnywhere()
{
    const CtlRig rig;
    QCOMPARE(rig.run({u"list"_s, u"--workspace"_s, u"sqlite:"_s + rig.path(u"w/a.db"_s), u"--json"_s}).code, 0);
    QVERIFY(QFile::exists(rig.path(u"w/a.db"_s)));
    QCOMPARE(rig.run({u"--workspace=sqlite:"_s + rig.path(u"w/b.db"_s), u"list"_s}).code, 0);
    QVERIFY(QFile::exists(rig.path(u"w/b.db"_s)));
    QVERIFY(!QFile::exists(rig.workspaceFile()));
}

void TestCtlUsage::theHelpTellsHowAnInterruptedWaitEnds()
{
    const CtlRig rig;
    QVERIFY(rig.run({u"--help"_s}).out.contains("128 + N"));
    QVERIFY(rig.run({u"await"_s, u"--help"_s}).out.contains("128 + N"));
    QVERIFY(rig.run({u"gate"_s, u"--help"_s}).out.contains("COLUMNS"));
}

QTEST_GUILESS_MAIN(TestCtlUsage)
#include "tst_ctl_usage.moc"
