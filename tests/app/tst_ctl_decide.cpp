// SPDX-License-Identifier: Apache-2.0
#include "tests/app/ctl_rig.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign::test;

namespace {

const QStringList payment{u"--title"_s,         u"Pay the invoice"_s, u"--tool"_s,
                          u"process_payment"_s, u"--args"_s,          u"{\"amount\":4200.00}"_s};

} // namespace

/// Decisions on the command line: exactly the payload named, by the key at hand, told apart by exit code.
class TestCtlDecide : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void anApprovalReachesTheAsker();
    void editedArgumentsReachTheAsker();
    void metadataGoesAlong();
    void anotherHashIsRefused();
    void aHighTierNeedsTheWindow();
    void aStrangersKeyIsRefused();
    void theLoserIsToldWhoWon();
    void racesHaveOneWinner();
    void aStagedDecisionIsHeldUntilReleased();
    void aHeldDecisionCanBeTakenBack();
    void onlyTheDeciderReleases();
    void requestsAreDelegatedAndDeferred();
    void aDecisionAfterTheDeadlineIsRefused();
    void aWishForChangesNeedsWords();
};

void TestCtlDecide::anApprovalReachesTheAsker()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const QString id = rig.file(payment);
    const std::unique_ptr<QProcess> waiting = rig.start({u"--json"_s, u"await"_s, id});
    const CtlRig::Ran decided = rig.decide(id, u"approve"_s, key, {u"--reason"_s, u"matches PO 5512"_s});
    QVERIFY2(decided.code == 0, decided.err.constData());
    QCOMPARE(decided.json().value(u"status"_s).toString(), u"approved"_s);
    QCOMPARE(decided.json()
                 .value(u"votes"_s)
                 .toArray()
                 .at(0)
                 .toObject()
                 .value(u"shown"_s)
                 .toObject()
                 .value(u"view"_s)
                 .toString(),
             u"nothing: command line"_s);
    const CtlRig::Ran awaited = CtlRig::finish(*waiting);
    QCOMPARE(awaited.code, 0);
    const QJsonObject decision = awaited.json().value(u"decision"_s).toObject();
    for (const char *member : {"id", "verdict", "reviewer", "reason", "arguments", "content", "metadata", "payloadHash",
                               "effectiveHash", "decidedAt", "releasedAt", "acknowledgedAt"}) {
        QVERIFY2(decision.contains(QLatin1String(member)), member);
    }
    QCOMPARE(decision.value(u"verdict"_s).toString(), u"approve"_s);
    QCOMPARE(decision.value(u"reviewer"_s).toString(), u"ada"_s);
    QVERIFY(awaited.out.contains("\"arguments\":{\"amount\":4200.00}"));
}

void TestCtlDecide::editedArgumentsReachTheAsker()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const QString id = rig.file(payment);
    QCOMPARE(rig.decide(id, u"approve"_s, key, {u"--args"_s, u"{\"amount\":4100.00}"_s}).code, 0);
    const CtlRig::Ran awaited = rig.json({u"await"_s, id});
    QCOMPARE(awaited.code, 0);
    const QJsonObject request = awaited.json();
    QCOMPARE(request.value(u"status"_s).toString(), u"approved-edited"_s);
    QVERIFY(awaited.out.contains("\"arguments\":{\"amount\":4100.00}")); // Of the decision …
    QVERIFY(awaited.out.contains("\"arguments\":{\"amount\":4200.00}")); // … and as asked.
    QVERIFY(awaited.says("as edited"));
}

void TestCtlDecide::metadataGoesAlong()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const QString id = rig.file(payment);
    QCOMPARE(rig.decide(id, u"approve"_s, key, {u"--metadata"_s, u"[1]"_s}).code, 2);
    QCOMPARE(rig.decide(id, u"approve"_s, key, {u"--metadata"_s, u"{\"ticket\":5512}"_s}).code, 0);
    QVERIFY(rig.json({u"await"_s, id}).out.contains("\"metadata\":{\"ticket\":5512}"));
}

void TestCtlDecide::anotherHashIsRefused()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const QString id = rig.file(payment);
    const CtlRig::Ran ran =
        rig.json({u"decide"_s, id, u"approve"_s, u"--payload-hash"_s, QString(64, u'a'), u"--key-file"_s, key});
    QCOMPARE(ran.code, 16);
    QCOMPARE(ran.errorCode(), u"content-changed"_s);
    QCOMPARE(rig.status(id), u"pending"_s);
}

void TestCtlDecide::aHighTierNeedsTheWindow()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const QString id = rig.file(payment + QStringList{u"--tier"_s, u"high"_s});
    QCOMPARE(rig.decide(id, u"approve"_s, key).code, 17);
    QCOMPARE(rig.status(id), u"pending"_s);
    QCOMPARE(rig.decide(id, u"reject"_s, key).code, 0); // A refusal lets nothing happen.
}

void TestCtlDecide::aStrangersKeyIsRefused()
{
    const CtlRig rig;
    rig.enrolAda();
    const CtlRig other;
    const QString strange = other.enrolAda();
    const QString id = rig.file(payment);
    const CtlRig::Ran ran = rig.decide(id, u"approve"_s, strange);
    QCOMPARE(ran.code, 17);
    QCOMPARE(ran.errorCode(), u"not-allowed"_s);
    QCOMPARE(rig.status(id), u"pending"_s);
}

void TestCtlDecide::theLoserIsToldWhoWon()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const QString id = rig.file(payment);
    QCOMPARE(rig.decide(id, u"reject"_s, key).code, 0);
    const CtlRig::Ran late = rig.decide(id, u"approve"_s, key);
    QCOMPARE(late.code, 1);
    QCOMPARE(late.errorCode(), u"already-decided"_s);
    QVERIFY2(late.says("ada"), late.err.constData());
    QCOMPARE(rig.status(id), u"rejected"_s);
}

void TestCtlDecide::racesHaveOneWinner()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    for (int round = 0; round < 8; ++round) {
        const QString id = rig.file(payment);
        const QString hash = rig.payloadHash(id);
        const auto decide = [&](const QString &decision) {
            return rig.start({u"--json"_s, u"decide"_s, id, decision, u"--payload-hash"_s, hash, u"--key-file"_s, key});
        };
        const std::unique_ptr<QProcess> one = decide(u"approve"_s);
        const std::unique_ptr<QProcess> two = decide(u"reject"_s);
        const CtlRig::Ran approved = CtlRig::finish(*one);
        const CtlRig::Ran rejected = CtlRig::finish(*two);
        QCOMPARE(qMin(approved.code, rejected.code), 0);
        QCOMPARE(qMax(approved.code, rejected.code), 1);
        const CtlRig::Ran &loser = approved.code == 0 ? rejected : approved;
        QCOMPARE(loser.errorCode(), u"already-decided"_s);
        QCOMPARE(rig.status(id), approved.code == 0 ? u"approved"_s : u"rejected"_s);
    }
    QCOMPARE(rig.run({u"audit"_s, u"verify"_s}).code, 0);
}

void TestCtlDecide::aStagedDecisionIsHeldUntilReleased()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const QString id = rig.file(payment);
    const CtlRig::Ran staged = rig.decide(id, u"approve"_s, key, {u"--stage"_s});
    QCOMPARE(staged.code, 0);
    QCOMPARE(staged.json().value(u"status"_s).toString(), u"held"_s); // Its seat is gone.
    QCOMPARE(rig.run({u"await"_s, id, u"--timeout"_s, u"1s"_s}).code, 1);
    const CtlRig::Ran released = rig.json({u"release"_s, id, u"--key-file"_s, key});
    QCOMPARE(released.code, 0);
    QCOMPARE(rig.run({u"await"_s, id}).code, 0);
    QCOMPARE(rig.run({u"undo"_s, id, u"--key-file"_s, key}).code, 1);
}

void TestCtlDecide::aHeldDecisionCanBeTakenBack()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const QString id = rig.file(payment);
    QCOMPARE(rig.decide(id, u"approve"_s, key, {u"--stage"_s}).code, 0);
    const CtlRig::Ran undone = rig.json({u"undo"_s, id, u"--key-file"_s, key});
    QCOMPARE(undone.code, 0);
    QCOMPARE(undone.json().value(u"status"_s).toString(), u"pending"_s);
    QCOMPARE(rig.decide(id, u"reject"_s, key).code, 0);
    QCOMPARE(rig.run({u"await"_s, id}).code, 10);
    QCOMPARE(rig.run({u"audit"_s, u"verify"_s}).code, 0);
}

void TestCtlDecide::onlyTheDeciderReleases()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const QString bob = rig.path(u"bob.key"_s);
    QCOMPARE(
        rig.run({u"reviewer"_s, u"add"_s, u"bob"_s, u"--key-file"_s, bob, u"--no-passphrase"_s, u"--by"_s, key}).code,
        0);
    const QString id = rig.file(payment);
    QCOMPARE(rig.decide(id, u"approve"_s, key, {u"--stage"_s}).code, 0);
    QCOMPARE(rig.run({u"release"_s, id, u"--key-file"_s, bob}).code, 17);
    QCOMPARE(rig.run({u"undo"_s, id, u"--key-file"_s, bob}).code, 17);
    QCOMPARE(rig.status(id), u"held"_s);
}

void TestCtlDecide::requestsAreDelegatedAndDeferred()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const QString bob = rig.path(u"bob.key"_s);
    QCOMPARE(
        rig.run({u"reviewer"_s, u"add"_s, u"bob"_s, u"--key-file"_s, bob, u"--no-passphrase"_s, u"--by"_s, key}).code,
        0);
    const QString id = rig.file(payment);
    QCOMPARE(rig.json({u"decide"_s, id, u"delegate"_s, u"--to"_s, u"bob"_s, u"--key-file"_s, key}).code, 0);
    QVERIFY(rig.json({u"decide"_s, id, u"delegate"_s, u"--to"_s, u"nobody"_s, u"--key-file"_s, key}).code != 0);
    QCOMPARE(rig.json({u"decide"_s, id, u"defer"_s, u"--until"_s, u"yesterday"_s, u"--key-file"_s, key}).code, 2);
    QCOMPARE(
        rig.json({u"decide"_s, id, u"defer"_s, u"--until"_s, u"2020-01-01T00:00:00Z"_s, u"--key-file"_s, key}).code, 2);
    const CtlRig::Ran deferred = rig.json({u"decide"_s, id, u"defer"_s, u"--until"_s, u"4h"_s, u"--key-file"_s, key});
    QCOMPARE(deferred.code, 0);
    QVERIFY(!deferred.json().value(u"deferredUntil"_s).isNull());
    const CtlRig::Ran changed = rig.json({u"decide"_s, id, u"defer"_s, u"--until"_s, u"4h"_s, u"--key-file"_s, key,
                                          u"--payload-hash"_s, QString(64, u'1')});
    QCOMPARE(changed.code, 16);
}

void TestCtlDecide::aDecisionAfterTheDeadlineIsRefused()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const QString id = rig.file(payment + QStringList{u"--expires"_s, u"1s"_s});
    QCOMPARE(rig.run({u"await"_s, id}).code, 11);
    const CtlRig::Ran late = rig.decide(id, u"approve"_s, key);
    QCOMPARE(late.code, 11);
    QCOMPARE(late.errorCode(), u"expired"_s);
}

void TestCtlDecide::aWishForChangesNeedsWords()
{
    const CtlRig rig;
    const QString key = rig.enrolAda();
    const QString id = rig.file(payment);
    QCOMPARE(rig.decide(id, u"request-changes"_s, key).code, 2);
    QCOMPARE(rig.status(id), u"pending"_s);
}

QTEST_GUILESS_MAIN(TestCtlDecide)
#include "tst_ctl_decide.moc"
