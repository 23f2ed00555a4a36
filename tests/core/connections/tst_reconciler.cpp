// SPDX-License-Identifier: Apache-2.0
#include "tests/core/connections/reconciler_rig.h"

#include <QtTest/QTest>

using namespace countersign;
using namespace countersign::test;

using Rig = ReconcilerRig;

/// The rules of delivery, without a socket.
class TestReconciler : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whatWaitsIsFiledOnce();
    void anApprovalIsSentOnceAndConfirmedByWhatThePeerShows();
    void anAgentThatWasStoppedBeforeItWentOnIsToldAgain();
    void anAgentThatIsAtItIsNotToldAgain();
    void nothingIsSentBeforeItsRelease();
    void nothingIsSentWithoutTheLease();
    void whatTheAgentChangedIsNotApproved();
    void aChangedQuestionIsANewRound();
    void settledElsewhereClosesTheRequest();
    void theLoserLearnsWhoWon();
    void aRefusalInOtherWordsIsSomebodyElses();
    void aRefusalThatLooksLikeAFailureIsKnownByItsWords_data();
    void aRefusalThatLooksLikeAFailureIsKnownByItsWords();
    void tooLateWhileOffline();
    void aLostConnectionIsUnknownUntilThePeerWasAsked();
    void aFreshAnswerOfThePeerIsWantedBeforeRepeating();
    void anAnswerThatArrivedAfterAllIsNotRepeated();
    void repeatingEndsSomeTime();
    void aCrashBetweenIntentAndSendingIsFoundOut();
    void aCallsReplyConfirms();
    void aCallsRefusalIsReported();
    void anOverdueCallIsNotRepeatedOnTheSameConnection();
    void aVanishedCallIsWithdrawn();
    void aDecisionOutlivesATranscriptThatLacksTheCallYet();
    void aTurnInBetweenPutsAnAbsenceInDoubt();
    void announcedAgainDoesNotAskAgain();
    void whatGoesOnWaitingIsAskedAgain();
    void expiredHereStaysExpired();
    void aForgedReleaseIsNotSent();
    void aTestRequestEndsHere();
};

void TestReconciler::whatWaitsIsFiledOnce()
{
    Rig rig;
    rig.add();
    QCOMPARE(rig.run().filed, 1);
    QCOMPARE(rig.run().filed, 0);
    const Request request = rig.only();
    QCOMPARE(request.connection, u"shop"_s);
    QCOMPARE(request.agentName, u"ops-chat/one"_s);
    QCOMPARE(rig.round(request.id).content.arguments, QByteArray(R"({"amount":250,"recipient":"alice"})"));
    rig.restart();
    QCOMPARE(rig.run().filed, 0);
    QCOMPARE(rig.count(), size_t(1));
}

void TestReconciler::anApprovalIsSentOnceAndConfirmedByWhatThePeerShows()
{
    Rig rig;
    rig.add();
    const RequestId id = rig.approved();
    const Reconciler::Outcome first = rig.run();
    QCOMPARE(first.toSend.size(), size_t(1));
    QCOMPARE(first.toSend.front().request, id);
    QCOMPARE(first.toSend.front().verdict, Verdict::Approve);
    QCOMPARE(rig.request(id).state.delivery, Delivery::Sending);
    QVERIFY(rig.run().toSend.empty());
    rig.settle(Verdict::Approve, u"approved"_s);
    QVERIFY(rig.run().toSend.empty());
    QCOMPARE(rig.request(id).state.delivery, Delivery::Acknowledged);
    QCOMPARE(rig.status(id), u"approved"_s);
    QVERIFY(rig.logHolds());
}

/// It took the approval in, and its process ended before the tool ran: nothing goes on by itself.
void TestReconciler::anAgentThatWasStoppedBeforeItWentOnIsToldAgain()
{
    Rig rig;
    rig.add();
    const RequestId id = rig.approved();
    QCOMPARE(rig.run().toSend.size(), size_t(1));
    rig.settle(Verdict::Approve, u"approved"_s);
    rig.view.items.back().isAboutToRun = true;
    QVERIFY(rig.run().toSend.empty());
    QCOMPARE(rig.request(id).state.delivery, Delivery::Sending);

    rig.clock.advance(500ms);
    rig.connect();
    rig.view.chatIdleAt = rig.clock.monotonic();
    QVERIFY(rig.run().toSend.empty()); // What it says at once may be too early.
    rig.clock.advance(1100ms);
    const Reconciler::Outcome asked = rig.run();
    QVERIFY(asked.toSend.empty());
    QVERIFY(asked.wantsFreshTranscript);
    rig.know();
    QVERIFY(rig.run().toSend.empty()); // A turn may be on its way that the transcript does not show.
    rig.view.chatIdleAt = rig.clock.monotonic();
    const Reconciler::Outcome again = rig.run();
    QCOMPARE(again.toSend.size(), size_t(1));
    QCOMPARE(again.toSend.front().verdict, Verdict::Approve);
    QVERIFY(rig.run().toSend.empty());

    rig.view.items.back().isAboutToRun = false;
    QVERIFY(rig.run().toSend.empty());
    QCOMPARE(rig.request(id).state.delivery, Delivery::Acknowledged);
    QVERIFY(rig.logHolds());
}

void TestReconciler::anAgentThatIsAtItIsNotToldAgain()
{
    Rig rig;
    rig.add();
    const RequestId id = rig.approved();
    QCOMPARE(rig.run().toSend.size(), size_t(1));
    rig.settle(Verdict::Approve, u"approved"_s);
    rig.view.items.back().isAboutToRun = true;
    rig.connect();
    for (int second = 0; second < 9; ++second) {
        rig.clock.advance(1s);
        rig.know();
        QVERIFY(rig.run().toSend.empty());
    }
    rig.clock.advance(2s);
    QVERIFY(rig.run().toSend.empty());
    QCOMPARE(rig.request(id).state.delivery, Delivery::Acknowledged); // How long it takes is its own business.
}

void TestReconciler::nothingIsSentBeforeItsRelease()
{
    Rig rig;
    rig.add();
    rig.run();
    const RequestId id = rig.only().id;
    rig.decide(id, Verdict::Approve, Staging::Stage);
    QVERIFY(rig.run().toSend.empty());
    rig.clock.advance(9s);
    QVERIFY(rig.engine->runDueTimers().value() > 0);
    QCOMPARE(rig.run().toSend.size(), size_t(1));
}

void TestReconciler::nothingIsSentWithoutTheLease()
{
    Rig rig;
    rig.add();
    const RequestId id = rig.approved();
    rig.clock.advance(20s);
    const std::unique_ptr<Engine> other = rig.newEngine(*rig.store, u"serve"_s);
    QVERIFY(other->holdLease().value());
    const Reconciler::Outcome outcome = rig.run();
    QVERIFY(outcome.toSend.empty());
    QVERIFY(outcome.troubles.value(0).contains(u"Another process"_s));
    QCOMPARE(rig.request(id).state.delivery, Delivery::Released);
}

void TestReconciler::whatTheAgentChangedIsNotApproved()
{
    Rig rig;
    rig.add();
    const RequestId id = rig.approved();
    rig.view.items.back().content.arguments = R"({"amount":250,"recipient":"mallory"})";
    QVERIFY(rig.run().toSend.empty());
    QCOMPARE(rig.status(id), u"undeliverable"_s);
    QVERIFY(rig.request(id).settledNote.contains(u"changed"_s));
    QVERIFY(rig.logHolds());
}

void TestReconciler::aChangedQuestionIsANewRound()
{
    Rig rig;
    rig.add(u"state//pending/req-1"_s);
    rig.run();
    const RequestId id = rig.only().id;
    rig.view.items.back().content.arguments = R"({"amount":251,"recipient":"alice"})";
    rig.run();
    QCOMPARE(rig.request(id).round, 2);
    QCOMPARE(rig.round(id).content.arguments, QByteArray(R"({"amount":251,"recipient":"alice"})"));
}

void TestReconciler::settledElsewhereClosesTheRequest()
{
    Rig rig;
    rig.add();
    rig.run();
    const RequestId id = rig.only().id;
    rig.settle(Verdict::Reject, u"denied"_s);
    rig.run();
    QCOMPARE(rig.status(id), u"superseded"_s);
    QVERIFY(rig.request(id).settledNote.contains(u"shows it as denied"_s));
    QVERIFY(rig.logHolds());
}

void TestReconciler::theLoserLearnsWhoWon()
{
    Rig rig;
    rig.add();
    const RequestId id = rig.approved();
    QCOMPARE(rig.run().toSend.size(), size_t(1));
    rig.settle(Verdict::Reject, u"denied"_s);
    rig.run();
    QCOMPARE(rig.status(id), u"superseded"_s);
    QVERIFY(rig.request(id).settledNote.startsWith(u"Another answer won: the agent shows it as denied"_s));
    QVERIFY(rig.logHolds());
}

void TestReconciler::aRefusalInOtherWordsIsSomebodyElses()
{
    for (const bool ours : {true, false}) {
        Rig rig;
        rig.add();
        rig.run();
        const RequestId id = rig.only().id;
        DecideOrder order = rig.order(id, Verdict::Reject);
        order.content.reason = u"no budget"_s;
        QVERIFY(rig.engine->decide(order));
        const Reconciler::Outcome outcome = rig.run();
        QCOMPARE(outcome.toSend.front().content.reason, u"no budget"_s);
        rig.settle(Verdict::Reject, u"refused"_s, ours ? u"no budget"_s : u"never"_s);
        rig.run();
        QCOMPARE(rig.status(id), ours ? u"rejected"_s : u"superseded"_s);
    }
}

void TestReconciler::aRefusalThatLooksLikeAFailureIsKnownByItsWords_data()
{
    QTest::addColumn<Verdict>("verdict");
    QTest::addColumn<QString>("reason");
    QTest::addColumn<QString>("shown");
    QTest::addColumn<Delivery>("expected");
    QTest::newRow("our words") << Verdict::Reject << u"no receipt"_s << u"no receipt"_s << Delivery::Acknowledged;
    QTest::newRow("other words") << Verdict::Reject << u"no receipt"_s << u"WorkflowTimeoutError"_s
                                 << Delivery::Unknown;
    QTest::newRow("no words") << Verdict::Reject << QString() << QString() << Delivery::Unknown;
    QTest::newRow("an approval's words") << Verdict::Approve << u"fine"_s << u"fine"_s << Delivery::Unknown;
}

void TestReconciler::aRefusalThatLooksLikeAFailureIsKnownByItsWords()
{
    QFETCH(Verdict, verdict);
    QFETCH(QString, reason);
    QFETCH(QString, shown);
    QFETCH(Delivery, expected);
    Rig rig;
    rig.add(u"state//items/wf_1"_s);
    rig.run();
    const RequestId id = rig.only().id;
    DecideOrder order = rig.order(id, verdict);
    order.content.reason = reason;
    QVERIFY(rig.engine->decide(order));
    QCOMPARE(rig.run().toSend.size(), size_t(1));
    QVERIFY(rig.reconciler->replyLost(*rig.server, id, u"The connection was lost."_s));
    rig.connect();
    PeerItem &item = rig.view.items.back(); // As a workflow that failed.
    item.stand = PeerItem::Stand::Settled;
    item.words = u"“errored”"_s;
    item.answer = shown;
    rig.run();
    QCOMPARE(rig.request(id).state.delivery, expected);
    QCOMPARE(rig.request(id).settledNote.isEmpty(), expected == Delivery::Acknowledged);
    QVERIFY(rig.logHolds());
}

void TestReconciler::tooLateWhileOffline()
{
    Rig rig;
    rig.add();
    const RequestId id = rig.approved();
    rig.connect();
    rig.settle(Verdict::Reject, u"timed out"_s);
    QVERIFY(rig.run().toSend.empty());
    QCOMPARE(rig.status(id), u"superseded"_s);
    QVERIFY(rig.request(id).settledNote.startsWith(u"Too late: the agent shows it as timed out"_s));
    QVERIFY(rig.request(id).settledNote.contains(u"nothing ran"_s));
    QVERIFY(rig.logHolds());
}

void TestReconciler::aLostConnectionIsUnknownUntilThePeerWasAsked()
{
    Rig rig;
    rig.add();
    const RequestId id = rig.approved();
    QCOMPARE(rig.run().toSend.size(), size_t(1));
    QVERIFY(rig.reconciler->notSent(*rig.server, id, u"The connection was lost."_s));
    QCOMPARE(rig.status(id), u"unknown"_s);
    QVERIFY(rig.request(id).settledNote.contains(u"not known"_s));
    rig.connect();
    QVERIFY(rig.run().toSend.empty()); // What was sent before may still be on its way.
    rig.clock.advance(1500ms);
    rig.know();
    const Reconciler::Outcome outcome = rig.run();
    QCOMPARE(outcome.toSend.size(), size_t(1));
    QCOMPARE(rig.request(id).state.delivery, Delivery::Sending);
    rig.settle(Verdict::Approve, u"approved"_s);
    rig.run();
    QCOMPARE(rig.status(id), u"approved"_s);
    QCOMPARE(rig.store->deliveryAttempts(*rig.request(id).decision).value().size(), size_t(1));
    QVERIFY(rig.logHolds());
}

void TestReconciler::aFreshAnswerOfThePeerIsWantedBeforeRepeating()
{
    Rig rig;
    rig.add();
    rig.approved();
    QCOMPARE(rig.run().toSend.size(), size_t(1));
    rig.clock.advance(6s);
    Reconciler::Outcome outcome = rig.run();
    QVERIFY(outcome.toSend.empty());
    QVERIFY(outcome.wantsFreshTranscript);
    rig.know();
    outcome = rig.run();
    QCOMPARE(outcome.toSend.size(), size_t(1));
    QVERIFY(!outcome.wantsFreshTranscript);
    QVERIFY(rig.logHolds());
}

void TestReconciler::anAnswerThatArrivedAfterAllIsNotRepeated()
{
    Rig rig;
    rig.add();
    const RequestId id = rig.approved();
    QCOMPARE(rig.run().toSend.size(), size_t(1));
    rig.restart();
    QCOMPARE(rig.status(id), u"unknown"_s);
    rig.settle(Verdict::Approve, u"approved"_s);
    QVERIFY(rig.run().toSend.empty());
    QCOMPARE(rig.status(id), u"approved"_s);
    QCOMPARE(rig.request(id).settledNote, QString());
    QVERIFY(rig.logHolds());
}

void TestReconciler::repeatingEndsSomeTime()
{
    Rig rig;
    rig.add();
    const RequestId id = rig.approved();
    size_t sent = 0;
    for (int i = 0; i < 20; ++i) {
        sent += rig.run().toSend.size();
        rig.clock.advance(6s);
        QVERIFY(rig.server->holdLease().value());
        rig.know();
    }
    QCOMPARE(sent, size_t(3));
    QCOMPARE(rig.status(id), u"unknown"_s);
    QVERIFY(rig.logHolds());
}

void TestReconciler::aCrashBetweenIntentAndSendingIsFoundOut()
{
    Rig rig;
    rig.add();
    const RequestId id = rig.approved();
    QCOMPARE(rig.run().toSend.size(), size_t(1)); // … and the process dies with it.
    rig.restart();
    QCOMPARE(rig.status(id), u"unknown"_s);
    rig.clock.advance(2s);
    rig.know();
    QCOMPARE(rig.run().toSend.size(), size_t(1));
    QVERIFY(rig.logHolds());
}

void TestReconciler::aCallsReplyConfirms()
{
    Rig rig;
    rig.add(u"state//pending/req-1"_s);
    const RequestId id = rig.approved();
    QCOMPARE(rig.run().toSend.size(), size_t(1));
    rig.view.items.clear(); // The state comes before the reply.
    rig.run();
    QCOMPARE(rig.request(id).state.delivery, Delivery::Sending);
    QVERIFY(rig.reconciler->peerAccepted(*rig.server, id));
    QCOMPARE(rig.status(id), u"approved"_s);
    QCOMPARE(rig.request(id).state.delivery, Delivery::Acknowledged);
}

void TestReconciler::aCallsRefusalIsReported()
{
    for (const bool stillWaits : {true, false}) {
        Rig rig;
        rig.add(u"state//pending/req-1"_s);
        const RequestId id = rig.approved();
        QCOMPARE(rig.run().toSend.size(), size_t(1));
        QVERIFY(rig.reconciler->peerRefused(*rig.server, id, u"Connection is readonly"_s));
        if (!stillWaits) {
            rig.view.items.clear();
        }
        QVERIFY(rig.run().toSend.empty());
        QCOMPARE(rig.status(id), stillWaits ? u"undeliverable"_s : u"superseded"_s);
        QVERIFY(rig.request(id).settledNote.contains(u"Connection is readonly"_s));
        QVERIFY(rig.logHolds());
    }
}

void TestReconciler::anOverdueCallIsNotRepeatedOnTheSameConnection()
{
    Rig rig;
    rig.add(u"state//pending/req-1"_s);
    const RequestId id = rig.approved();
    QCOMPARE(rig.run().toSend.size(), size_t(1));
    rig.clock.advance(30s);
    QVERIFY(rig.server->holdLease().value());
    QVERIFY(rig.reconciler->replyLost(*rig.server, id, u"The agent did not answer within 30 s."_s));
    QCOMPARE(rig.status(id), u"unknown"_s);
    rig.clock.advance(30s);
    QVERIFY(rig.server->holdLease().value());
    rig.know();
    QVERIFY(rig.run().toSend.empty());
    rig.connect();
    rig.clock.advance(2s);
    rig.know();
    QCOMPARE(rig.run().toSend.size(), size_t(1));
}

void TestReconciler::aVanishedCallIsWithdrawn()
{
    Rig rig;
    rig.add();
    rig.run();
    const RequestId id = rig.only().id;
    rig.view.items.clear();
    rig.view.chatIsKnown = false; // Just connected: what is not known is not gone.
    rig.run();
    QCOMPARE(rig.status(id), u"pending"_s);
    rig.view.chatIsKnown = true;
    QVERIFY(!rig.run().wantsFreshTranscript);
    QCOMPARE(rig.status(id), u"pending"_s); // It may not be stored yet.
    rig.clock.advance(4s);
    QVERIFY(rig.run().wantsFreshTranscript);
    QCOMPARE(rig.status(id), u"pending"_s); // Nothing was heard since.
    rig.know();
    rig.run();
    QCOMPARE(rig.status(id), u"withdrawn"_s);
    QVERIFY(rig.logHolds());
}

/// The connection ended in the middle of a turn, and the transcript came before the offer to go on with it.
void TestReconciler::aDecisionOutlivesATranscriptThatLacksTheCallYet()
{
    Rig rig;
    rig.add();
    const RequestId id = rig.approved();
    const std::vector<PeerItem> stored = std::exchange(rig.view.items, {});
    rig.connect();
    const Reconciler::Outcome first = rig.run();
    QVERIFY(first.toSend.empty());
    QVERIFY(first.lookAgainIn.has_value());
    QCOMPARE(rig.request(id).state.delivery, Delivery::Released);

    rig.clock.advance(4s);
    QVERIFY(rig.run().wantsFreshTranscript);
    QCOMPARE(rig.request(id).state.delivery, Delivery::Released);
    rig.view.items = stored;
    rig.know();
    QCOMPARE(rig.run().toSend.size(), size_t(1));
    QCOMPARE(rig.request(id).state.delivery, Delivery::Sending);
    QVERIFY(rig.logHolds());
}

void TestReconciler::aTurnInBetweenPutsAnAbsenceInDoubt()
{
    Rig rig;
    rig.add();
    const RequestId id = rig.approved();
    rig.view.items.clear();
    rig.connect();
    rig.run();
    rig.clock.advance(4s);
    rig.view.chatIsKnown = false; // A turn goes on.
    rig.know();
    rig.run();
    rig.view.chatIsKnown = true;
    rig.run();
    QCOMPARE(rig.request(id).state.delivery, Delivery::Released);
    rig.connect(); // Nor does another connection count on what this one missed.
    rig.clock.advance(4s);
    rig.know();
    rig.run();
    QCOMPARE(rig.request(id).state.delivery, Delivery::Released);
    rig.clock.advance(4s);
    rig.know();
    rig.run();
    QCOMPARE(rig.status(id), u"superseded"_s);
    QVERIFY(rig.logHolds());
}

void TestReconciler::announcedAgainDoesNotAskAgain()
{
    Rig rig;
    rig.add(u"state//items/wf_1"_s);
    const RequestId id = rig.approved();
    rig.run();
    QVERIFY(rig.reconciler->peerAccepted(*rig.server, id));
    rig.run(); // approved → waiting → complete, as after a restart.
    rig.clock.advance(60ms);
    QCOMPARE(rig.run().filed, 0);
    rig.settle(Verdict::Approve, u"complete"_s);
    rig.run();
    QCOMPARE(rig.count(), size_t(1));
}

void TestReconciler::whatGoesOnWaitingIsAskedAgain()
{
    Rig rig;
    rig.add(u"state//items/wf_1"_s);
    const RequestId id = rig.approved();
    rig.run();
    QVERIFY(rig.reconciler->peerAccepted(*rig.server, id));
    QCOMPARE(rig.run().filed, 0);
    rig.clock.advance(11s);
    QCOMPARE(rig.run().filed, 1);
    QCOMPARE(rig.run().filed, 0);
    QCOMPARE(rig.count(), size_t(2));
    rig.restart();
    QCOMPARE(rig.run().filed, 0);
}

void TestReconciler::expiredHereStaysExpired()
{
    Rig rig;
    rig.add().expiresIn = 5min;
    rig.run();
    const RequestId id = rig.only().id;
    rig.clock.advance(6min);
    QVERIFY(rig.server->holdLease().value());
    QVERIFY(rig.server->runDueTimers().value() > 0);
    QCOMPARE(rig.status(id), u"expired"_s);
    rig.clock.advance(1h);
    QVERIFY(rig.server->holdLease().value());
    QVERIFY(rig.run().toSend.empty());
    QCOMPARE(rig.count(), size_t(1));
}

void TestReconciler::aForgedReleaseIsNotSent()
{
    Rig rig;
    rig.add();
    rig.run();
    Request request = rig.only();
    rig.decide(request.id, Verdict::Reject);
    request = rig.only();
    request.verdict = Verdict::Approve; // Somebody edits the file.
    ++request.revision;
    QVERIFY(rig.store->transact([&](StoreWriter &writer) { return writer.updateRequest(request); }));
    const Reconciler::Outcome outcome = rig.run();
    QVERIFY(outcome.toSend.empty());
    QVERIFY(outcome.troubles.value(0).contains(u"does not verify"_s));
    QCOMPARE(rig.request(request.id).state.delivery, Delivery::Released);
}

void TestReconciler::aTestRequestEndsHere()
{
    Rig rig;
    Submission submission = aSubmission();
    submission.connection = u"shop"_s;
    submission.idempotencyKey = u"test/1"_s;
    const RequestId id = rig.submit(submission);
    rig.run();
    QCOMPARE(rig.status(id), u"pending"_s);
    rig.decide(id, Verdict::Approve);
    QVERIFY(rig.run().toSend.empty());
    QCOMPARE(rig.request(id).state.delivery, Delivery::Acknowledged);
}

QTEST_GUILESS_MAIN(TestReconciler)
#include "tst_reconciler.moc"
