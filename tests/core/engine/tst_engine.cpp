// SPDX-License-Identifier: Apache-2.0
#include "core/audit/verifier.h"
#include "core/domain/hashes.h"
#include "tests/support/engine_rig.h"

#include <QtTest/QTest>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::test;

class TestEngine : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }
    void aRequestIsFiledOnceUnderItsKey();
    void theSameKeyWithOtherContentIsAConflict();
    void aQuotaKeepsOneAgentFromFlooding();
    void anUnreadablePayloadCanOnlyBeRejected();
    void anApprovalIsReleasedAndVerifies();
    void aDecisionNamesThePayloadItSaw();
    void theLoserIsToldWhoWon();
    void aStagedDecisionIsReleasedByItsSeatWhenTheTimeIsUp();
    void lockingDoesNotStopAStagedRelease();
    void aStagedDecisionCanBeTakenBack();
    void aStagedDecisionOfADeadSeatIsHeldUntilItsReviewerSpeaks();
    void leavingHoldsWhatWasStaged();
    void stagingEndsBeforeTheDeadline();
    void overdueRequestsExpireOnce();
    void expiredRequestsCannotBeDecided();
    void changesRequestedThenRevisedVoidsEarlierVotes();
    void onlyTheAskerMayReviseOrWithdraw();
    void aClaimKeepsOthersOutUntilItEnds();
    void deferredRequestsComeBack();
    void anApprovalIsGoodForOneStart();
    void otherContentThanApprovedDoesNotStart();
    void anUnfinishedStartOfADeadProcessIsUnknown();
    void acknowledgingTwiceIsOnce();
    void theHighTierNeedsTheWindow();
    void disabledReviewersCannotDecideNorRelease();
    void aClockSetBackDoesNotReorderPeople();
    void rotatedKeysReplaceOldOnes();
    void theRecoveryCodeReplacesALostKey();
    void aDecisionOfAReplacedKeyIsTakenBackNotReleased();
    void aDisabledReviewerCannotClaimOrUndo();
    void anAdministratorWhoCannotBePinnedIsNotMade();
    void anOverdueRequestIsNotRevived();
    void aRevisionThatChangesNothingSaysSo();
    void revisionsEnd();
    void nothingComesOfWhatWasNotReleased();
    void aSwappedWorkspaceIsRefused();
    void oneLeaseAtATimeWithAGrowingEpoch();
    void aSteppedClockIsRecorded();
    void everythingThatHappenedPassesTheAudit();
};

namespace {
#define MUST_HOLD(rig)                                                                                                 \
    do {                                                                                                               \
        const auto report = verifyWorkspace(*(rig).store, (rig).r1Key.publicKey().fingerprint());                      \
        QVERIFY(report);                                                                                               \
        QVERIFY2(report->holds(),                                                                                      \
                 report->first() ? qUtf8Printable(report->first()->entry + u": "_s + report->first()->what) : "");     \
    } while (false)
} // namespace

void TestEngine::aRequestIsFiledOnceUnderItsKey()
{
    EngineRig rig;
    const auto first = rig.engine->submit(aSubmission().withKey(u"k"_s));
    const auto second = rig.engine->submit(aSubmission().withKey(u"k"_s));
    QVERIFY(first && second);
    QCOMPARE(second->id, first->id);
    QVERIFY(!first->existed && second->existed);
    QCOMPARE(rig.store->counts(rig.r1.id, rig.clock.now())->inbox, 1);
}

void TestEngine::theSameKeyWithOtherContentIsAConflict()
{
    EngineRig rig;
    QVERIFY(rig.engine->submit(aSubmission().withKey(u"k"_s)));
    const auto other = rig.engine->submit(aSubmission().withKey(u"k"_s).forTool(u"other"_s));
    QVERIFY(!other);
    QCOMPARE(other.error().code, ErrorCode::Conflict);
}

void TestEngine::aQuotaKeepsOneAgentFromFlooding()
{
    EngineRig rig;
    auto parts = rig.parts(*rig.store);
    parts.requestsPerMinute = 3;
    Engine engine(parts);
    for (int i = 0; i < 3; ++i) {
        QVERIFY(engine.submit(aSubmission()));
    }
    const auto fourth = engine.submit(aSubmission());
    QVERIFY(!fourth);
    QCOMPARE(fourth.error().code, ErrorCode::Busy);
    QVERIFY(engine.submit(aSubmission().byAgent(u"another"_s)));
    rig.clock.advance(61s);
    QVERIFY(engine.submit(aSubmission()));
}

void TestEngine::anUnreadablePayloadCanOnlyBeRejected()
{
    EngineRig rig;
    const RequestId id = rig.submit(aSubmission().withArguments(R"({"a":1,"a":2})"));
    QVERIFY(!rig.round(id).content.unreviewable.isEmpty());
    const auto approved = rig.engine->decide(rig.order(id, Verdict::Approve));
    QVERIFY(!approved);
    QCOMPARE(approved.error().code, ErrorCode::NotAllowed);
    rig.decide(id, Verdict::Reject);
    QCOMPARE(rig.status(id), u"rejected"_s);
    MUST_HOLD(rig);
}

void TestEngine::anApprovalIsReleasedAndVerifies()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    auto order = rig.order(id, Verdict::Approve);
    order.content.reason = u"matches PO 5512"_s;
    QVERIFY(rig.engine->decide(order));
    QCOMPARE(rig.status(id), u"approved"_s);
    const auto outcome = rig.engine->verifiedOutcome(id);
    QVERIFY2(outcome, outcome ? "" : qUtf8Printable(outcome.error().message));
    QCOMPARE(outcome->vote.reviewerName, u"R1"_s);
    QCOMPARE(outcome->vote.content.reason, u"matches PO 5512"_s);
    QCOMPARE(outcome->decision.effectiveHash,
             effectiveHash(rig.round(id).payloadHash, Verdict::Approve, rig.round(id).content, {}));
    MUST_HOLD(rig);
}

void TestEngine::aDecisionNamesThePayloadItSaw()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    auto order = rig.order(id, Verdict::Approve);
    order.payloadHash.bytes[0] ^= 1;
    const auto decided = rig.engine->decide(order);
    QVERIFY(!decided);
    QCOMPARE(decided.error().code, ErrorCode::ContentChanged);
    order = rig.order(id, Verdict::Approve);
    order.revision = 7;
    QCOMPARE(rig.engine->decide(order).error().code, ErrorCode::Conflict);
    QCOMPARE(rig.status(id), u"pending"_s);
}

void TestEngine::theLoserIsToldWhoWon()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    const auto order = rig.order(id, Verdict::Approve);
    rig.decide(id, Verdict::Reject);
    const auto late = rig.engine->decide(order);
    QVERIFY(!late);
    QCOMPARE(late.error().code, ErrorCode::AlreadyDecided);
    QVERIFY2(late.error().message.contains(u"R1"_s), qUtf8Printable(late.error().message));
}

void TestEngine::aStagedDecisionIsReleasedByItsSeatWhenTheTimeIsUp()
{
    EngineRig rig;
    const RequestId id = rig.submit(aSubmission().inTier(Tier::Low));
    rig.decide(id, Verdict::Approve, Staging::Stage);
    QCOMPARE(rig.status(id), u"staged"_s);
    QVERIFY(!rig.engine->verifiedOutcome(id));
    rig.clock.advance(2999ms);
    QCOMPARE(rig.engine->runDueTimers().value(), 0);
    rig.clock.advance(1ms);
    QCOMPARE(rig.engine->runDueTimers().value(), 1);
    QCOMPARE(rig.status(id), u"approved"_s);
    QVERIFY(rig.engine->verifiedOutcome(id));
    QCOMPARE(rig.engine->runDueTimers().value(), 0);
    MUST_HOLD(rig);
}

void TestEngine::lockingDoesNotStopAStagedRelease()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    rig.decide(id, Verdict::Approve, Staging::Stage);
    rig.engine->lock();
    rig.clock.advance(8s);
    QCOMPARE(rig.engine->runDueTimers().value(), 1);
    QVERIFY(rig.engine->verifiedOutcome(id));
    MUST_HOLD(rig);
}

void TestEngine::aStagedDecisionCanBeTakenBack()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    rig.decide(id, Verdict::Approve, Staging::Stage);
    QVERIFY(rig.engine->undo(id));
    QCOMPARE(rig.status(id), u"pending"_s);
    rig.clock.advance(1h);
    QCOMPARE(rig.engine->runDueTimers().value(), 0);
    rig.decide(id, Verdict::Reject);
    QCOMPARE(rig.status(id), u"rejected"_s);
    QVERIFY(!rig.engine->undo(id));
    MUST_HOLD(rig);
}

void TestEngine::aStagedDecisionOfADeadSeatIsHeldUntilItsReviewerSpeaks()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    rig.decide(id, Verdict::Approve, Staging::Stage);
    const auto other = rig.newEngine(*rig.store, u"serve"_s);
    QCOMPARE(other->runDueTimers().value(), 0); // Its seat lives.
    rig.clock.advance(20s);
    QCOMPARE(other->runDueTimers().value(), 1);
    QCOMPARE(rig.status(id), u"held"_s);
    QVERIFY(!other->release(id)); // Nobody is signed in there.
    EngineRig::unlock(*other, rig.r1, rig.r1Key);
    QVERIFY(other->release(id));
    QVERIFY(other->verifiedOutcome(id));
    MUST_HOLD(rig);
}

void TestEngine::leavingHoldsWhatWasStaged()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    rig.decide(id, Verdict::Approve, Staging::Stage);
    QVERIFY(rig.engine->leave());
    QCOMPARE(rig.status(id), u"held"_s);
    QVERIFY(rig.engine->undo(id));
    QCOMPARE(rig.status(id), u"pending"_s);
    MUST_HOLD(rig);
}

void TestEngine::stagingEndsBeforeTheDeadline()
{
    EngineRig rig;
    const RequestId id = rig.submit(aSubmission().inTier(Tier::High).expiringIn(5s));
    const Decided decided = rig.decide(id, Verdict::Approve, Staging::Stage);
    QVERIFY(*decided.decision->releaseAt < *rig.request(id).expiresAt);
    rig.clock.advance(4900ms);
    QCOMPARE(rig.engine->runDueTimers().value(), 1);
    QCOMPARE(rig.status(id), u"approved"_s);
    MUST_HOLD(rig);
}

void TestEngine::overdueRequestsExpireOnce()
{
    EngineRig rig;
    const RequestId id = rig.submit(aSubmission().expiringIn(30min));
    rig.clock.advance(29min);
    QCOMPARE(rig.engine->runDueTimers().value(), 0);
    rig.clock.advance(1min);
    QCOMPARE(rig.engine->runDueTimers().value(), 1);
    QCOMPARE(rig.status(id), u"expired"_s);
    QCOMPARE(rig.engine->runDueTimers().value(), 0);
    MUST_HOLD(rig);
}

void TestEngine::expiredRequestsCannotBeDecided()
{
    EngineRig rig;
    const RequestId id = rig.submit(aSubmission().expiringIn(30min));
    const auto order = rig.order(id, Verdict::Approve);
    rig.clock.advance(31min);
    QCOMPARE(rig.engine->decide(order).error().code, ErrorCode::Expired);
    QCOMPARE(rig.engine->runDueTimers().value(), 1);
    QCOMPARE(rig.engine->decide(order).error().code, ErrorCode::Expired);
}

void TestEngine::changesRequestedThenRevisedVoidsEarlierVotes()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    auto order = rig.order(id, Verdict::RequestChanges);
    QCOMPARE(rig.engine->decide(order).error().code, ErrorCode::InvalidInput); // Needs words.
    order.content.reason = u"leave out rows newer than 30 days"_s;
    QVERIFY(rig.engine->decide(order));
    QCOMPARE(rig.status(id), u"changes-requested"_s);
    QVERIFY(rig.engine->verifyChangesRequested(id));
    const auto oldOrder = rig.order(id, Verdict::Approve);
    const auto revised = rig.engine->revise(id, aSubmission().withArguments(R"({"amount":1})"));
    QVERIFY(revised);
    QCOMPARE(revised->round, 2);
    QCOMPARE(rig.status(id), u"pending"_s);
    QCOMPARE(rig.engine->decide(oldOrder).error().code, ErrorCode::ContentChanged);
    rig.decide(id, Verdict::Approve);
    QCOMPARE(rig.engine->verifiedOutcome(id)->round.number, 2);
    MUST_HOLD(rig);
}

void TestEngine::onlyTheAskerMayReviseOrWithdraw()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    QCOMPARE(rig.engine->revise(id, aSubmission().byAgent(u"other"_s)).error().code, ErrorCode::NotAllowed);
    QCOMPARE(rig.engine->withdraw(id, u"no longer"_s, u"other"_s).error().code, ErrorCode::NotAllowed);
    QVERIFY(rig.engine->withdraw(id, u"no longer needed"_s, u"agent"_s));
    QCOMPARE(rig.status(id), u"withdrawn"_s);
    QCOMPARE(loadDetail(*rig.store, id)->settledReason, u"no longer needed"_s);
    QVERIFY(!rig.engine->withdraw(id, {}, u"agent"_s));
    MUST_HOLD(rig);
}

void TestEngine::aClaimKeepsOthersOutUntilItEnds()
{
    EngineRig rig;
    const SigningKey r2Key = SigningKey::generate();
    const Reviewer r2 = rig.engine->enrol(u"R2"_s, {}, r2Key.publicKey(), false, rig.r1Key).value();
    const auto second = rig.newEngine(*rig.store);
    EngineRig::unlock(*second, r2, r2Key);
    const RequestId id = rig.submit();
    QVERIFY(rig.engine->claim(id, 5min));
    QCOMPARE(rig.status(id), u"claimed"_s);
    QCOMPARE(second->claim(id).error().code, ErrorCode::Conflict);
    QCOMPARE(second->decide(rig.order(id, Verdict::Approve)).error().code, ErrorCode::Conflict);
    rig.clock.advance(6min);
    QVERIFY(second->decide(rig.order(id, Verdict::Approve)));
    QCOMPARE(rig.engine->verifiedOutcome(id)->vote.reviewerName, u"R2"_s);
    MUST_HOLD(rig);
}

void TestEngine::deferredRequestsComeBack()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    QVERIFY(!rig.engine->defer(id, rig.clock.now() - 1s));
    QVERIFY(rig.engine->defer(id, rig.clock.now() + 1h));
    QCOMPARE(rig.store->counts(rig.r1.id, rig.clock.now())->inbox, 0);
    QCOMPARE(rig.store->counts(rig.r1.id, rig.clock.now() + 2h)->inbox, 1);
    MUST_HOLD(rig);
}

void TestEngine::anApprovalIsGoodForOneStart()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    rig.decide(id, Verdict::Approve);
    const RoundContent content = rig.round(id).content;
    QVERIFY(rig.engine->beginExecution(id, content));
    const auto again = rig.engine->beginExecution(id, content);
    QVERIFY(!again);
    QCOMPARE(again.error().code, ErrorCode::AlreadyDecided);
    Outcome outcome;
    outcome.exitCode = 3;
    QVERIFY(rig.engine->finishExecution(id, outcome));
    QCOMPARE(rig.request(id).state.delivery, Delivery::Acknowledged);
    QCOMPARE(rig.store->outcomes(id)->front().exitCode, 3);
    QVERIFY(!rig.engine->beginExecution(id, content));
    MUST_HOLD(rig);
}

void TestEngine::otherContentThanApprovedDoesNotStart()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    rig.decide(id, Verdict::Approve);
    RoundContent other = rig.round(id).content;
    other.arguments = R"({"amount":4200.01,"currency":"EUR","recipient":"Nordwind GmbH"})";
    QCOMPARE(rig.engine->beginExecution(id, other).error().code, ErrorCode::ContentChanged);
    QCOMPARE(rig.request(id).state.delivery, Delivery::Released);
}

void TestEngine::anUnfinishedStartOfADeadProcessIsUnknown()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    rig.decide(id, Verdict::Approve);
    const auto gate = rig.newEngine(*rig.store, u"gate"_s);
    QVERIFY(gate->beginExecution(id, rig.round(id).content));
    QCOMPARE(rig.engine->runDueTimers().value(), 0);
    rig.clock.advance(20s);
    QCOMPARE(rig.engine->runDueTimers().value(), 1);
    QCOMPARE(rig.status(id), u"unknown"_s);
    QVERIFY(!rig.engine->beginExecution(id, rig.round(id).content));
    MUST_HOLD(rig);
}

void TestEngine::acknowledgingTwiceIsOnce()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    rig.decide(id, Verdict::Reject);
    QVERIFY(rig.engine->acknowledge(id));
    const int revision = rig.request(id).revision;
    QVERIFY(rig.engine->acknowledge(id));
    QCOMPARE(rig.request(id).revision, revision);
    QCOMPARE(rig.request(id).state.delivery, Delivery::Acknowledged);
    MUST_HOLD(rig);
}

void TestEngine::theHighTierNeedsTheWindow()
{
    EngineRig rig;
    const RequestId id = rig.submit(aSubmission().inTier(Tier::High));
    auto order = rig.order(id, Verdict::Approve);
    order.fromCommandLine = true;
    QCOMPARE(rig.engine->decide(order).error().code, ErrorCode::NotAllowed);
    order.verdict = Verdict::Reject;
    QVERIFY(rig.engine->decide(order));
}

void TestEngine::disabledReviewersCannotDecideNorRelease()
{
    EngineRig rig;
    const SigningKey r2Key = SigningKey::generate();
    const Reviewer r2 = rig.engine->enrol(u"R2"_s, {}, r2Key.publicKey(), false, rig.r1Key).value();
    const auto second = rig.newEngine(*rig.store);
    EngineRig::unlock(*second, r2, r2Key);
    const RequestId staged = rig.submit();
    const RequestId open = rig.submit();
    QVERIFY(second->decide(rig.order(staged, Verdict::Approve, Staging::Stage)));
    rig.clock.advance(1s);
    QVERIFY(rig.engine->disable(u"R2"_s, rig.r1Key));
    QCOMPARE(second->decide(rig.order(open, Verdict::Approve)).error().code, ErrorCode::NotAllowed);
    rig.clock.advance(10s);
    QCOMPARE(second->runDueTimers().value(), 1);
    QCOMPARE(rig.status(staged), u"held"_s);
    QCOMPARE(second->release(staged).error().code, ErrorCode::NotAllowed);
    QCOMPARE(rig.engine->disable(u"R1"_s, rig.r1Key).error().code, ErrorCode::NotAllowed); // The last administrator.
    MUST_HOLD(rig);
}

void TestEngine::aClockSetBackDoesNotReorderPeople()
{
    EngineRig rig;
    const SigningKey r2Key = SigningKey::generate();
    QVERIFY(rig.engine->enrol(u"R2"_s, {}, r2Key.publicKey(), false, rig.r1Key));
    rig.clock.stepWall(-24h); // The ids of what follows sort before those of the enrolments.
    SystemIdSource earlier(rig.clock);
    Engine::Parts parts = rig.parts(*rig.store);
    Engine second(Engine::Parts{parts.store, parts.clock, earlier, parts.trust, parts.location, parts.seatKind});
    QVERIFY(second.disable(u"R2"_s, rig.r1Key));
    QVERIFY(!second.directory()->activeByKey(r2Key.publicKey().fingerprint()));
    QVERIFY(!rig.newEngine(*rig.store)->directory()->activeByKey(r2Key.publicKey().fingerprint()));
}

void TestEngine::rotatedKeysReplaceOldOnes()
{
    EngineRig rig;
    const RequestId before = rig.submit();
    rig.decide(before, Verdict::Reject);
    QVERIFY(rig.engine->acknowledge(before));
    rig.clock.advance(1s);
    const SigningKey fresh = SigningKey::generate();
    const SigningKey stranger = SigningKey::generate();
    QCOMPARE(rig.engine->rotate(u"R1"_s, stranger.publicKey(), stranger).error().code, ErrorCode::NotAllowed);
    QVERIFY(rig.engine->rotate(u"R1"_s, fresh.publicKey(), rig.r1Key));
    const RequestId after = rig.submit();
    QCOMPARE(rig.engine->decide(rig.order(after, Verdict::Approve)).error().code, ErrorCode::NotAllowed);
    EngineRig::unlock(*rig.engine, rig.r1, fresh);
    rig.decide(after, Verdict::Approve);
    QVERIFY(rig.engine->verifiedOutcome(after));
    // What was signed with the old key can be read but not acted on: nobody can tell it from a backdated forgery.
    QCOMPARE(rig.engine->verifiedOutcome(before).error().code, ErrorCode::NotAllowed);
    QCOMPARE(loadDetail(*rig.store, before)->votes.size(), size_t(1));
    MUST_HOLD(rig);
}

void TestEngine::theRecoveryCodeReplacesALostKey()
{
    EngineRig rig;
    QTemporaryDir other;
    const QString path = other.filePath(u"data/w.db"_s);
    const auto store = std::move(openSqliteStore(path, rig.clock, rig.ids)).value();
    auto parts = rig.parts(*store);
    parts.location = u"sqlite:"_s + path;
    Engine engine(parts);
    const SigningKey lost = SigningKey::generate();
    const FirstAdministrator made = engine.createFirstAdministrator(u"Ada"_s, {}, lost, true).value();
    QVERIFY(!Engine::recoveryKey(u"not a code"_s));
    const auto recovery = Engine::recoveryKey(made.recoveryCode.toLower());
    QVERIFY(recovery);
    rig.clock.advance(1s);
    const SigningKey fresh = SigningKey::generate();
    QVERIFY(engine.rotate(u"Ada"_s, fresh.publicKey(), *recovery));
    QVERIFY(engine.directory()->activeByKey(fresh.publicKey().fingerprint()));
    QVERIFY(!engine.rotate(u"Ada"_s, SigningKey::generate().publicKey(), *recovery)); // Once.
}

void TestEngine::aDecisionOfAReplacedKeyIsTakenBackNotReleased()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    rig.decide(id, Verdict::Approve, Staging::Stage);
    QVERIFY(rig.engine->leave());
    rig.clock.advance(1s);
    const SigningKey fresh = SigningKey::generate();
    QVERIFY(rig.engine->rotate(u"R1"_s, fresh.publicKey(), rig.r1Key));
    QCOMPARE(rig.engine->undo(id).error().code, ErrorCode::NotAllowed); // The old key no longer speaks.
    EngineRig::unlock(*rig.engine, rig.r1, fresh);
    QCOMPARE(rig.engine->release(id).error().code, ErrorCode::NotAllowed);
    QVERIFY(rig.engine->undo(id));
    rig.decide(id, Verdict::Approve);
    QVERIFY(rig.engine->verifiedOutcome(id));
    MUST_HOLD(rig);
}

void TestEngine::aDisabledReviewerCannotClaimOrUndo()
{
    EngineRig rig;
    const SigningKey r2Key = SigningKey::generate();
    const Reviewer r2 = rig.engine->enrol(u"R2"_s, {}, r2Key.publicKey(), false, rig.r1Key).value();
    const auto second = rig.newEngine(*rig.store);
    EngineRig::unlock(*second, r2, r2Key);
    const RequestId staged = rig.submit();
    const RequestId open = rig.submit();
    QVERIFY(second->decide(rig.order(staged, Verdict::Approve, Staging::Stage)));
    rig.clock.advance(1s);
    QVERIFY(rig.engine->disable(u"R2"_s, rig.r1Key));
    QCOMPARE(second->undo(staged).error().code, ErrorCode::NotAllowed);
    QCOMPARE(second->claim(open).error().code, ErrorCode::NotAllowed);
    QCOMPARE(second->defer(open, rig.clock.now() + 1h).error().code, ErrorCode::NotAllowed);
    QCOMPARE(second->delegate(open, u"R1"_s).error().code, ErrorCode::NotAllowed);
    MUST_HOLD(rig);
}

void TestEngine::anAdministratorWhoCannotBePinnedIsNotMade()
{
    EngineRig rig;
    QTemporaryDir other;
    QFile blocker(other.filePath(u"config"_s)); // A file where the folder should be.
    QVERIFY(blocker.open(QIODevice::WriteOnly));
    const TrustStore trust(other.filePath(u"config"_s));
    const QString path = other.filePath(u"data/w.db"_s);
    const auto store = std::move(openSqliteStore(path, rig.clock, rig.ids)).value();
    const SigningKey key = SigningKey::generate();
    Engine engine(Engine::Parts{*store, rig.clock, rig.ids, trust, u"sqlite:"_s + path, u"window"_s});
    QVERIFY(!engine.createFirstAdministrator(u"Ada"_s, {}, key, true));
    QVERIFY(store->statementsOfKind(u"enrol"_s)->empty());
    QVERIFY(store->reviewers()->empty());
    blocker.remove();
    QVERIFY(engine.createFirstAdministrator(u"Ada"_s, {}, key, true));
}

void TestEngine::anOverdueRequestIsNotRevived()
{
    EngineRig rig;
    const RequestId id = rig.submit(aSubmission().expiringIn(1min));
    rig.clock.advance(2min);
    const auto revised = rig.engine->revise(id, aSubmission().forTool(u"other"_s).expiringIn(1h));
    QVERIFY(!revised);
    QCOMPARE(revised.error().code, ErrorCode::Expired);
}

void TestEngine::aRevisionThatChangesNothingSaysSo()
{
    EngineRig rig;
    const RequestId pending = rig.submit();
    QVERIFY(rig.engine->revise(pending, aSubmission())->existed);
    const RequestId withdrawn = rig.submit();
    QVERIFY(rig.engine->withdraw(withdrawn, {}, u"agent"_s));
    QVERIFY(!rig.engine->revise(withdrawn, aSubmission()));
    const RequestId wanted = rig.submit();
    auto order = rig.order(wanted, Verdict::RequestChanges);
    order.content.reason = u"why?"_s;
    QVERIFY(rig.engine->decide(order));
    QCOMPARE(rig.engine->revise(wanted, aSubmission())->round, 2); // The same again is an answer: look at it.
    QCOMPARE(rig.status(wanted), u"pending"_s);
    MUST_HOLD(rig);
}

void TestEngine::revisionsEnd()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    for (int i = 2; i <= 50; ++i) {
        QVERIFY(rig.engine->revise(id, aSubmission().forTool(u"tool %1"_s.arg(i))));
    }
    QCOMPARE(rig.engine->revise(id, aSubmission().forTool(u"one more"_s)).error().code, ErrorCode::Busy);
}

void TestEngine::nothingComesOfWhatWasNotReleased()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    QCOMPARE(rig.engine->reportOutcome(id, {}).error().code, ErrorCode::WrongState);
    rig.decide(id, Verdict::Approve);
    QVERIFY(rig.engine->reportOutcome(id, {}));
    MUST_HOLD(rig);
}

void TestEngine::aSwappedWorkspaceIsRefused()
{
    EngineRig rig;
    QTemporaryDir other;
    const auto store = std::move(openSqliteStore(other.filePath(u"data/w.db"_s), rig.clock, rig.ids)).value();
    Engine engine(rig.parts(*store)); // Another workspace at the location that is pinned.
    const auto pinned = engine.pinOnFirstUse();
    QVERIFY(!pinned);
    QCOMPARE(pinned.error().code, ErrorCode::NotAllowed);
    QVERIFY(!engine.submit(aSubmission()));
}

void TestEngine::oneLeaseAtATimeWithAGrowingEpoch()
{
    EngineRig rig;
    const auto second = rig.newEngine(*rig.store, u"serve"_s);
    QVERIFY(rig.engine->announce());
    QVERIFY(rig.engine->holdLease().value());
    QVERIFY(!second->holdLease().value());
    QVERIFY(rig.engine->holdLease().value());
    QCOMPARE(rig.store->lease().value()->epoch, 1);
    rig.clock.advance(20s);
    QVERIFY(second->holdLease().value());
    QCOMPARE(rig.store->lease().value()->epoch, 2);
    QVERIFY(second->announce());
    QVERIFY(!rig.engine->holdLease().value());
    MUST_HOLD(rig);
}

void TestEngine::aSteppedClockIsRecorded()
{
    EngineRig rig;
    QCOMPARE(rig.engine->runDueTimers().value(), 0);
    rig.clock.stepWall(-1h);
    QCOMPARE(rig.engine->runDueTimers().value(), 1);
    rig.clock.advance(1h);
    QCOMPARE(rig.engine->runDueTimers().value(), 0);
}

void TestEngine::everythingThatHappenedPassesTheAudit()
{
    EngineRig rig;
    for (const Verdict verdict : {Verdict::Approve, Verdict::Reject, Verdict::ApproveEdited}) {
        const RequestId id = rig.submit();
        auto order = rig.order(id, verdict);
        if (verdict == Verdict::ApproveEdited) {
            order.content.arguments = R"({"amount":42.00})";
        }
        QVERIFY(rig.engine->decide(order));
        QVERIFY(rig.engine->acknowledge(id));
    }
    MUST_HOLD(rig);
    const auto report = verifyWorkspace(*rig.store, SigningKey::generate().publicKey().fingerprint());
    QVERIFY(report && !report->holds()); // Another administrator pinned: nothing verifies.
}

QTEST_GUILESS_MAIN(TestEngine)
#include "tst_engine.moc"
