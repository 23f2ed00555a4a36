// SPDX-License-Identifier: Apache-2.0
#include "tests/app/ctl_rig.h"

#include <QtCore/QCryptographicHash>
#include <QtTest/QTest>

#include <sys/stat.h>

using namespace Qt::StringLiterals;
using namespace countersign::test;

namespace {

const QStringList payment{u"--title"_s, u"Pay the invoice"_s,
                          u"--tool"_s,  u"process_payment"_s,
                          u"--args"_s,  u"{\"amount\":4200.00,\"recipient\":\"Nordwind GmbH\"}"_s};

mode_t modeOf(const QString &path)
{
    struct stat status = {};
    return ::stat(QFile::encodeName(path).constData(), &status) == 0 ? status.st_mode & 0777U : 0;
}

} // namespace

/// Filing, looking, waiting, revising and withdrawing through the real program.
class TestCtlRequests : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aRequestIsFiledAndShown();
    void filesAreForTheirOwnerOnly();
    void theSameKeyIsTheSameRequest();
    void listsFilter();
    void argumentsComeFromFilesAndPipes();
    void evidenceIsKeptByContent();
    void changesGoThroughRounds();
    void aWithdrawnRequestEndsWaiting();
    void onlyTheAskerWithdraws();
    void aDeadlineEndsWaiting();
    void waitingEndsInTime();
    void anOutcomeCanBeReadAgain();
    void aQuestionIsAnswered_data();
    void aQuestionIsAnswered();
    void ctrlCWithdrawsAndAHangUpDoesNot_data();
    void ctrlCWithdrawsAndAHangUpDoesNot();
    void whatCameOfItIsReported();
    void hostileTextIsMadeVisible();
    void theSamplesFillAnEmptyWorkspaceOnly();
    void servingExpiresWhatIsDue();
};

void TestCtlRequests::aRequestIsFiledAndShown()
{
    const CtlRig rig;
    const CtlRig::Ran filed = rig.json(QStringList{u"request"_s} + payment +
                                       QStringList{u"--tier"_s, u"low"_s, u"--expires"_s, u"24h"_s, u"--agent"_s,
                                                   u"payments-agent"_s, u"--message"_s, u"Due on Tuesday"_s});
    QCOMPARE(filed.code, 0);
    const QString id = filed.json().value(u"id"_s).toString();
    QVERIFY(!id.isEmpty());

    const CtlRig::Ran shown = rig.json({u"show"_s, id});
    QCOMPARE(shown.code, 0);
    QVERIFY(shown.out.contains("\"amount\":4200.00,"));
    const QJsonObject request = shown.json();
    for (const char *member :
         {"id",        "status",    "pattern",  "summary", "title",       "message",  "agent", "connection",
          "tool",      "arguments", "schema",   "tier",    "payloadHash", "revision", "round", "createdAt",
          "expiresAt", "claimedBy", "delivery", "votes",   "decision",    "outcome"}) {
        QVERIFY2(request.contains(QLatin1String(member)), member);
    }
    QCOMPARE(request.value(u"status"_s).toString(), u"pending"_s);
    QCOMPARE(request.value(u"delivery"_s).toString(), u"none"_s);
    QCOMPARE(request.value(u"pattern"_s).toString(), u"tool-approval"_s);
    QCOMPARE(request.value(u"agent"_s).toString(), u"payments-agent"_s);
    QCOMPARE(request.value(u"tier"_s).toString(), u"low"_s);
    QCOMPARE(request.value(u"round"_s).toInt(), 1);
    QVERIFY(request.value(u"decision"_s).isNull());
    QVERIFY(request.value(u"expiresAt"_s).toString().endsWith(u'Z'));
    QCOMPARE(request.value(u"payloadHash"_s).toString().size(), 64);

    const CtlRig::Ran people = rig.run({u"show"_s, id});
    QVERIFY(people.out.contains(request.value(u"payloadHash"_s).toString().toLatin1()));
    QVERIFY(people.out.contains("4200.00"));
    QVERIFY(people.out.contains("Due on Tuesday"));
}

void TestCtlRequests::filesAreForTheirOwnerOnly()
{
    const CtlRig rig;
    rig.file(payment + QStringList{u"--evidence"_s, rig.write(u"a.txt"_s, "text")});
    QCOMPARE(modeOf(rig.workspaceFile()), mode_t{0600});
    QCOMPARE(modeOf(rig.path(u"data/countersign"_s)), mode_t{0700});
    QDir blobs(rig.path(u"data/countersign/workspace.db.blobs"_s));
    QVERIFY(blobs.exists());
    QCOMPARE(modeOf(blobs.path()), mode_t{0700});
}

void TestCtlRequests::theSameKeyIsTheSameRequest()
{
    const CtlRig rig;
    const QString first = rig.file(payment + QStringList{u"--key"_s, u"k1"_s});
    QVERIFY(!first.isEmpty());
    const CtlRig::Ran again = rig.json(QStringList{u"request"_s} + payment + QStringList{u"--key"_s, u"k1"_s});
    QCOMPARE(again.json().value(u"id"_s).toString(), first);
    QCOMPARE(again.json().value(u"existed"_s).toBool(), true);
    const CtlRig::Ran other = rig.json({u"request"_s, u"--title"_s, u"another"_s, u"--key"_s, u"k1"_s});
    QCOMPARE(other.code, 1);
    QCOMPARE(other.errorCode(), u"conflict"_s);
    QVERIFY(other.err.contains(first.toUtf8()));
    QVERIFY(rig.file({u"--title"_s, u"another"_s, u"--key"_s, u"k1"_s, u"--agent"_s, u"b"_s}) != first);
}

void TestCtlRequests::listsFilter()
{
    const CtlRig rig;
    const QString pay = rig.file(payment + QStringList{u"--tier"_s, u"high"_s});
    const QString mail = rig.file({u"--title"_s, u"Write to Anna"_s, u"--tool"_s, u"send_email"_s, u"--args"_s,
                                   u"{\"to\":\"anna@example.com\"}"_s, u"--agent"_s, u"editorial-bot"_s});
    const auto ids = [&](const QString &query, const QStringList &more = {}) {
        QStringList found;
        const CtlRig::Ran ran = rig.json(QStringList{u"list"_s, u"--query"_s, query} + more);
        for (const QByteArray &line : ran.out.split('\n')) {
            if (!line.isEmpty()) {
                found.append(QJsonDocument::fromJson(line).object().value(u"id"_s).toString());
            }
        }
        return found;
    };
    QCOMPARE(ids({}), (QStringList{mail, pay})); // The newest first.
    QCOMPARE(ids(u"tool:send_email"_s), QStringList{mail});
    QCOMPARE(ids(u"tier:high"_s), QStringList{pay});
    QCOMPARE(ids(u"agent:editorial-bot"_s), QStringList{mail});
    QCOMPARE(ids(u"Nordwind"_s), QStringList{pay});
    QCOMPARE(ids(u"status:approved"_s), QStringList());
    QCOMPARE(ids(u"status:pending"_s, {u"--limit"_s, u"1"_s}), QStringList{mail});
}

void TestCtlRequests::argumentsComeFromFilesAndPipes()
{
    const CtlRig rig;
    const QString file = rig.write(u"args.json"_s, "{\"a\": 1.50}");
    const QString fromFile = rig.file({u"--title"_s, u"x"_s, u"--tool"_s, u"t"_s, u"--args"_s, u"@"_s + file});
    QVERIFY(rig.json({u"show"_s, fromFile}).out.contains("\"arguments\":{\"a\":1.50}"));
    const CtlRig::Ran piped =
        rig.run({u"request"_s, u"--title"_s, u"x"_s, u"--tool"_s, u"t"_s, u"--args"_s, u"-"_s}, "{\"b\":2}");
    QVERIFY(rig.json({u"show"_s, piped.text()}).out.contains("\"arguments\":{\"b\":2}"));
    const CtlRig::Ran missing = rig.run({u"request"_s, u"--title"_s, u"x"_s, u"--args"_s, u"@/nowhere"_s});
    QCOMPARE(missing.code, 1);
    QVERIFY(missing.says("/nowhere"));
}

void TestCtlRequests::evidenceIsKeptByContent()
{
    const CtlRig rig;
    const QByteArray csv = "id,name\n1,Anna\n";
    const QString id = rig.file(payment + QStringList{u"--evidence"_s, rig.write(u"rows.csv"_s, csv), u"--evidence"_s,
                                                      rig.write(u"note.txt"_s, "hello")});
    const QJsonArray evidence = rig.show(id).value(u"evidence"_s).toArray();
    QCOMPARE(evidence.size(), 2);
    const QJsonObject first = evidence.at(0).toObject();
    QCOMPARE(first.value(u"name"_s).toString(), u"rows.csv"_s);
    QCOMPARE(first.value(u"mediaType"_s).toString(), u"text/csv"_s);
    QCOMPARE(first.value(u"size"_s).toInt(), static_cast<int>(csv.size()));
    const QString hex = QString::fromLatin1(QCryptographicHash::hash(csv, QCryptographicHash::Sha256).toHex());
    QCOMPARE(first.value(u"sha256"_s).toString(), hex);
    QFile blob(rig.workspaceFile() + u".blobs/"_s + hex.left(2) + u'/' + hex);
    QVERIFY(blob.open(QIODevice::ReadOnly));
    QCOMPARE(blob.readAll(), csv);
    QCOMPARE(rig.run({u"request"_s, u"--title"_s, u"x"_s, u"--evidence"_s, u"/nowhere"_s}).code, 1);
}

void TestCtlRequests::changesGoThroughRounds()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const QString id = rig.file(payment + QStringList{u"--agent"_s, u"a"_s});
    const QString firstHash = rig.payloadHash(id);
    QCOMPARE(rig.decide(id, u"request-changes"_s, key, {u"--reason"_s, u"leave out the fee"_s}).code, 0);
    const CtlRig::Ran asked = rig.json({u"await"_s, id});
    QCOMPARE(asked.code, 15);
    QVERIFY(asked.says("leave out the fee"));
    QCOMPARE(asked.json().value(u"status"_s).toString(), u"changes-requested"_s);

    const CtlRig::Ran revised = rig.json({u"revise"_s, id, u"--args"_s, u"{\"amount\":4100.00}"_s});
    QCOMPARE(revised.code, 0);
    QCOMPARE(revised.json().value(u"round"_s).toInt(), 2);
    const QJsonObject request = rig.show(id);
    QCOMPARE(request.value(u"title"_s).toString(), u"Pay the invoice"_s);
    QVERIFY(request.value(u"payloadHash"_s).toString() != firstHash);
    const CtlRig::Ran stale =
        rig.json({u"decide"_s, id, u"approve"_s, u"--payload-hash"_s, firstHash, u"--key-file"_s, key});
    QCOMPARE(stale.code, 16);
    QCOMPARE(stale.errorCode(), u"content-changed"_s);
    QCOMPARE(rig.decide(id, u"approve"_s, key).code, 0);
    const CtlRig::Ran awaited = rig.json({u"await"_s, id});
    QCOMPARE(awaited.code, 0);
    QVERIFY(awaited.out.contains("\"amount\":4100.00"));
}

void TestCtlRequests::aWithdrawnRequestEndsWaiting()
{
    const CtlRig rig;
    const QString id = rig.file(payment);
    const std::unique_ptr<QProcess> waiting = rig.start({u"--json"_s, u"await"_s, id});
    QVERIFY(waiting->waitForStarted());
    const CtlRig::Ran withdrawn = rig.json({u"withdraw"_s, id, u"--reason"_s, u"no longer needed"_s});
    QCOMPARE(withdrawn.code, 0);
    QCOMPARE(withdrawn.json().value(u"status"_s).toString(), u"withdrawn"_s);
    const CtlRig::Ran awaited = CtlRig::finish(*waiting);
    QCOMPARE(awaited.code, 12);
    QVERIFY2(awaited.says("no longer needed"), awaited.err.constData());
    QCOMPARE(rig.run({u"withdraw"_s, id}).code, 1);
}

void TestCtlRequests::onlyTheAskerWithdraws()
{
    const CtlRig rig;
    const QString id = rig.file(payment + QStringList{u"--agent"_s, u"a"_s});
    QCOMPARE(rig.run({u"withdraw"_s, id, u"--agent"_s, u"b"_s}).code, 17);
    QCOMPARE(rig.status(id), u"pending"_s);
}

void TestCtlRequests::aDeadlineEndsWaiting()
{
    const CtlRig rig;
    const QString id = rig.file(payment + QStringList{u"--expires"_s, u"1s"_s});
    const CtlRig::Ran awaited = rig.json({u"await"_s, id}); // No other process fires the timer.
    QCOMPARE(awaited.code, 11);
    QCOMPARE(awaited.json().value(u"status"_s).toString(), u"expired"_s);
    QVERIFY(awaited.says("expired"));
}

void TestCtlRequests::waitingEndsInTime()
{
    const CtlRig rig;
    const QString id = rig.file(payment);
    const CtlRig::Ran awaited = rig.run({u"await"_s, id, u"--timeout"_s, u"1s"_s});
    QCOMPARE(awaited.code, 1);
    QVERIFY(awaited.says("still waiting"));
    QCOMPARE(rig.run({u"await"_s, u"nothing"_s}).code, 1);
}

void TestCtlRequests::anOutcomeCanBeReadAgain()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const QString id = rig.file(payment);
    QCOMPARE(rig.decide(id, u"reject"_s, key, {u"--reason"_s, u"wrong account"_s}).code, 0);
    for (int time = 0; time < 2; ++time) {
        const CtlRig::Ran awaited = rig.json({u"await"_s, id});
        QCOMPARE(awaited.code, 10);
        QVERIFY(awaited.says("wrong account"));
        const QJsonObject request = awaited.json();
        QCOMPARE(request.value(u"status"_s).toString(), u"rejected"_s);
        QCOMPARE(request.value(u"delivery"_s).toString(), u"acknowledged"_s);
        QCOMPARE(request.value(u"decision"_s).toObject().value(u"reason"_s).toString(), u"wrong account"_s);
    }
    QCOMPARE(rig.run({u"audit"_s, u"verify"_s}).code, 0);
}

void TestCtlRequests::aQuestionIsAnswered_data()
{
    QTest::addColumn<QString>("decision");
    QTest::addColumn<QStringList>("more");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("out");
    QTest::newRow("answered") << u"answer"_s << QStringList{u"--content"_s, u"{\"city\":\"Kiel\", \"km\":1.50}"_s} << 0
                              << QByteArray("{\"city\":\"Kiel\", \"km\":1.50}\n");
    QTest::newRow("declined") << u"decline"_s << QStringList{u"--reason"_s, u"private"_s} << 10 << QByteArray();
    QTest::newRow("cancelled") << u"cancel"_s << QStringList() << 14 << QByteArray();
}

void TestCtlRequests::aQuestionIsAnswered()
{
    QFETCH(QString, decision);
    QFETCH(QStringList, more);
    QFETCH(int, code);
    QFETCH(QByteArray, out);
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const std::unique_ptr<QProcess> asking = rig.start({u"ask"_s, u"--message"_s, u"Which city?"_s, u"--wait"_s});
    const QString id = CtlRig::idSaidBy(*asking);
    QVERIFY(!id.isEmpty());
    QCOMPARE(rig.decide(id, u"approve"_s, key).code, 2); // Not an answer that this asker can take.
    const CtlRig::Ran decided = rig.decide(id, decision, key, more);
    QVERIFY2(decided.code == 0, decided.err.constData());
    const CtlRig::Ran asked = CtlRig::finish(*asking);
    QCOMPARE(asked.code, code);
    QCOMPARE(asked.out, out);
}

void TestCtlRequests::ctrlCWithdrawsAndAHangUpDoesNot_data()
{
    QTest::addColumn<int>("signal");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("status");
    QTest::newRow("Ctrl+C") << SIGINT << 12 << u"withdrawn"_s;
    QTest::newRow("a hang-up") << SIGHUP << 128 + SIGHUP << u"pending"_s;
    QTest::newRow("an end by the system") << SIGTERM << 128 + SIGTERM << u"pending"_s;
}

void TestCtlRequests::ctrlCWithdrawsAndAHangUpDoesNot()
{
    QFETCH(int, signal);
    QFETCH(int, code);
    QFETCH(QString, status);
    const CtlRig rig;
    const std::unique_ptr<QProcess> waiting = rig.start(QStringList{u"request"_s, u"--wait"_s} + payment);
    const QString id = CtlRig::idSaidBy(*waiting);
    QVERIFY(!id.isEmpty());
    CtlRig::signal(*waiting, signal);
    const CtlRig::Ran waited = CtlRig::finish(*waiting);
    QCOMPARE(waited.code, code);
    QVERIFY(waited.says("no reviewer window is open"));
    QCOMPARE(rig.status(id), status);
}

void TestCtlRequests::whatCameOfItIsReported()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const QString id = rig.file(payment);
    const CtlRig::Ran early = rig.json({u"outcome"_s, id, u"--exit"_s, u"0"_s});
    QCOMPARE(early.code, 1);
    QCOMPARE(early.errorCode(), u"wrong-state"_s);
    rig.decide(id, u"approve"_s, key);
    QCOMPARE(rig.run({u"await"_s, id}).code, 0);
    const CtlRig::Ran told = rig.json(
        {u"outcome"_s, id, u"--exit"_s, u"3"_s, u"--error"_s, u"no funds"_s, u"--output"_s, u"{\"left\":0.10}"_s});
    QCOMPARE(told.code, 0);
    const QJsonObject outcome = told.json().value(u"outcome"_s).toObject();
    QCOMPARE(outcome.value(u"exitCode"_s).toInt(), 3);
    QCOMPARE(outcome.value(u"error"_s).toString(), u"no funds"_s);
    QVERIFY(told.out.contains("\"output\":{\"left\":0.10}"));
}

void TestCtlRequests::hostileTextIsMadeVisible()
{
    const CtlRig rig;
    const QString hostile = u"pay\u202Eyap \x1b[31mred\x1b[0m <b>%1&</b>\u200B"_s;
    const QString id = rig.file({u"--title"_s, hostile, u"--tool"_s, hostile, u"--agent"_s, hostile, u"--message"_s,
                                 hostile, u"--args"_s, u"{\"to\":\"a\\u202eb\"}"_s});
    QVERIFY(!id.isEmpty());
    for (const QStringList &arguments : {QStringList{u"show"_s, id}, QStringList{u"list"_s}}) {
        const CtlRig::Ran ran = rig.run(arguments);
        QCOMPARE(ran.code, 0);
        QVERIFY(!ran.out.contains('\x1b'));
        QVERIFY(!ran.out.contains("\xE2\x80\xAE"));
        QVERIFY(!ran.out.contains("\xE2\x80\x8B"));
        QVERIFY2(ran.out.contains("U+202E"), ran.out.constData());
    }
    QCOMPARE(rig.show(id).value(u"title"_s).toString(), hostile); // Exact for programs.
    const CtlRig::Ran unknown = rig.run({u"show"_s, u"\x1b[31m"_s});
    QVERIFY(!unknown.err.contains('\x1b'));
}

void TestCtlRequests::theSamplesFillAnEmptyWorkspaceOnly()
{
    const CtlRig rig;
    QCOMPARE(rig.run({u"demo"_s}).code, 0);
    QSet<QString> patterns;
    QSet<QString> tiers;
    const CtlRig::Ran listed = rig.json({u"list"_s});
    for (const QByteArray &line : listed.out.trimmed().split('\n')) {
        const QJsonObject request = QJsonDocument::fromJson(line).object();
        QVERIFY(request.value(u"problem"_s).isNull());
        QVERIFY(request.value(u"unreviewable"_s).isNull());
        patterns.insert(request.value(u"pattern"_s).toString());
        tiers.insert(request.value(u"tier"_s).toString());
    }
    QCOMPARE(patterns.size(), 8);
    QCOMPARE(tiers.size(), 3);
    const CtlRig::Ran again = rig.run({u"demo"_s});
    QCOMPARE(again.code, 1);
    QVERIFY(again.says("already"));
    QCOMPARE(rig.json({u"list"_s}).out.count('\n'), listed.out.count('\n'));
    QCOMPARE(rig.run({u"audit"_s, u"verify"_s}).code, 0);
}

void TestCtlRequests::servingExpiresWhatIsDue()
{
    const CtlRig rig;
    QCOMPARE(rig.json({u"serve"_s, u"--once"_s}).json().value(u"changes"_s).toInt(), 0);
    const QString id = rig.file(payment + QStringList{u"--expires"_s, u"1s"_s});
    const std::unique_ptr<QProcess> serving = rig.start({u"serve"_s});
    QTRY_COMPARE_WITH_TIMEOUT(rig.status(id), u"expired"_s, CtlRig::patienceMs);
    CtlRig::signal(*serving, SIGINT);
    const CtlRig::Ran served = CtlRig::finish(*serving);
    QCOMPARE(served.code, 0);
    QVERIFY(served.says("holds the engine lease"));
}

QTEST_GUILESS_MAIN(TestCtlRequests)
#include "tst_ctl_requests.moc"
