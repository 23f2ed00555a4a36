// SPDX-License-Identifier: Apache-2.0
#include "tests/app/mcp_client.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign::test;

namespace {

QByteArray sample(const QString &name)
{
    QFile file(QStringLiteral(COUNTERSIGN_TEST_DATA "/hooks/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// A hook that Claude Code has started.
struct WaitingHook {
    explicit WaitingHook(const CtlRig &over, const QByteArray &input, const QStringList &options = {})
        : process(over.start(QStringList{u"hook"_s, u"claude-code"_s} + options))
    {
        process->write(input);
        process->closeWriteChannel();
        process->waitForBytesWritten();
    }
    std::unique_ptr<QProcess> process;
};

/// What the hook says: the decision, and the reason with the new input, if there is one.
QJsonObject saidBy(const CtlRig::Ran &ran)
{
    return ran.json().value(u"hookSpecificOutput"_s).toObject();
}

QString wordOf(const CtlRig::Ran &ran)
{
    return saidBy(ran).value(u"permissionDecision"_s).toString();
}

} // namespace

/// The hook as Claude Code starts it.
class TestHook : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void anApprovalAllows();
    void anEditedApprovalAllowsTheNewInput();
    void aRejectionDeniesWithItsReason();
    void silenceDeniesOrAsks_data();
    void silenceDeniesOrAsks();
    void aForgedApprovalDenies();
    void anApprovalServesOneCall();
    void whatIsNoCallIsBlocked();
    void aWorkspaceThatCannotBeUsedDenies();
    void beingStoppedWithdraws();
};

void TestHook::anApprovalAllows()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    WaitingHook hook(rig, sample(u"bash.json"_s));
    const QString id = waitingId(rig);
    const QJsonObject request = rig.show(id);
    QCOMPARE(request.value(u"tool"_s).toString(), u"Bash"_s);
    QCOMPARE(request.value(u"agent"_s).toString(), u"claude-code"_s);
    QCOMPARE(request.value(u"arguments"_s).toObject().value(u"command"_s).toString(), u"./drop.sh staging"_s);
    QCOMPARE(request.value(u"annotations"_s).toObject().value(u"directory"_s).toString(), u"/home/ada/shop"_s);
    QCOMPARE(rig.decide(id, u"approve"_s, key).code, 0);
    const CtlRig::Ran ran = CtlRig::finish(*hook.process);
    QCOMPARE(ran.code, 0);
    QCOMPARE(wordOf(ran), u"allow"_s);
    QCOMPARE(saidBy(ran).value(u"permissionDecisionReason"_s).toString(), u"Approved by ada."_s);
    QVERIFY(!saidBy(ran).contains(u"updatedInput"_s));
    QCOMPARE(ran.out.count('\n'), 1);
    QCOMPARE(rig.show(id).value(u"delivery"_s).toString(), u"acknowledged"_s);
}

void TestHook::anEditedApprovalAllowsTheNewInput()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    WaitingHook hook(rig, sample(u"bash.json"_s), {u"--agent"_s, u"shop"_s});
    const QString id = waitingId(rig);
    QCOMPARE(rig.show(id).value(u"agent"_s).toString(), u"shop"_s);
    QCOMPARE(rig.decide(id, u"approve"_s, key, {u"--args"_s, u"{\"command\":\"./drop.sh test\"}"_s}).code, 0);
    const CtlRig::Ran ran = CtlRig::finish(*hook.process);
    QCOMPARE(wordOf(ran), u"allow"_s);
    QCOMPARE(saidBy(ran).value(u"updatedInput"_s).toObject().value(u"command"_s).toString(), u"./drop.sh test"_s);
}

void TestHook::aRejectionDeniesWithItsReason()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    WaitingHook hook(rig, sample(u"write.json"_s));
    QCOMPARE(rig.decide(waitingId(rig), u"reject"_s, key, {u"--reason"_s, u"Ask finance first"_s}).code, 0);
    const CtlRig::Ran ran = CtlRig::finish(*hook.process);
    QCOMPARE(ran.code, 0); // With any other code Claude Code would not read the answer.
    QCOMPARE(wordOf(ran), u"deny"_s);
    QCOMPARE(saidBy(ran).value(u"permissionDecisionReason"_s).toString(), u"Rejected by ada: Ask finance first"_s);
}

void TestHook::silenceDeniesOrAsks_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QString>("word");
    QTest::newRow("by default") << QStringList() << u"deny"_s;
    QTest::newRow("deny") << QStringList{u"--on-timeout"_s, u"deny"_s} << u"deny"_s;
    QTest::newRow("ask") << QStringList{u"--on-timeout"_s, u"ask"_s} << u"ask"_s;
}

void TestHook::silenceDeniesOrAsks()
{
    QFETCH(QStringList, options);
    QFETCH(QString, word);
    const CtlRig rig;
    rig.enrolAda();
    const CtlRig::Ran ran =
        rig.run(QStringList{u"hook"_s, u"claude-code"_s, u"--timeout"_s, u"1s"_s} + options, sample(u"edit.json"_s));
    QCOMPARE(ran.code, 0);
    QCOMPARE(wordOf(ran), word);
    const QByteArray said = ran.err.mid(ran.err.indexOf("request ") + 8);
    QCOMPARE(rig.status(QString::fromLatin1(said.left(said.indexOf('\n')))), u"withdrawn"_s);
}

void TestHook::aForgedApprovalDenies()
{
    const CtlRig rig;
    rig.enrolAda();
    WaitingHook hook(rig, sample(u"bash.json"_s));
    const QString id = waitingId(rig);
    tamperWith(
        rig.workspaceFile(),
        {u"UPDATE request SET lifecycle = 'decided', delivery = 'released', verdict = 'approve', decision = 'x', "
         "shelf = 2, revision = revision + 1 WHERE id = '%1'"_s.arg(id)});
    const CtlRig::Ran ran = CtlRig::finish(*hook.process);
    QCOMPARE(ran.code, 0);
    QCOMPARE(wordOf(ran), u"deny"_s);
    QVERIFY(ran.says("does not verify"));
}

void TestHook::anApprovalServesOneCall()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    WaitingHook first(rig, sample(u"bash.json"_s));
    QCOMPARE(rig.decide(waitingId(rig), u"approve"_s, key).code, 0);
    QCOMPARE(wordOf(CtlRig::finish(*first.process)), u"allow"_s);
    const CtlRig::Ran second = rig.run({u"hook"_s, u"claude-code"_s, u"--timeout"_s, u"1s"_s}, sample(u"bash.json"_s));
    QCOMPARE(wordOf(second), u"deny"_s); // The same call again is asked again.
}

void TestHook::whatIsNoCallIsBlocked()
{
    const CtlRig rig;
    rig.enrolAda();
    const CtlRig::Ran ran = rig.run({u"hook"_s, u"claude-code"_s}, "{}");
    QCOMPARE(ran.code, 2); // Claude Code blocks the call.
    QVERIFY(ran.out.isEmpty());
    QVERIFY(ran.says("PreToolUse"));
    QCOMPARE(rig.run({u"hook"_s, u"claude-code"_s, u"--timeout"_s, u"soon"_s}, sample(u"bash.json"_s)).code, 2);
    QCOMPARE(rig.run({u"hook"_s, u"claude-code"_s, u"--on-timeout"_s, u"allow"_s}, sample(u"bash.json"_s)).code, 2);
    QVERIFY(waitingIds(rig).isEmpty());
}

void TestHook::aWorkspaceThatCannotBeUsedDenies()
{
    const CtlRig rig;
    const QString file = rig.write(u"notes.txt"_s, "not a workspace");
    const CtlRig::Ran ran =
        rig.run({u"--workspace"_s, u"sqlite:"_s + file, u"hook"_s, u"claude-code"_s}, sample(u"bash.json"_s));
    QCOMPARE(ran.code, 0);
    QCOMPARE(wordOf(ran), u"deny"_s);
}

void TestHook::beingStoppedWithdraws()
{
    const CtlRig rig;
    rig.enrolAda();
    WaitingHook hook(rig, sample(u"bash.json"_s));
    const QString id = waitingId(rig);
    CtlRig::signal(*hook.process, SIGTERM);
    QCOMPARE(wordOf(CtlRig::finish(*hook.process)), u"deny"_s);
    QCOMPARE(rig.status(id), u"withdrawn"_s);
}

QTEST_GUILESS_MAIN(TestHook)
#include "tst_hook.moc"
