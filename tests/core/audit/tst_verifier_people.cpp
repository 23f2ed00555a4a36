// SPDX-License-Identifier: Apache-2.0
#include "tests/core/audit/audit_attacks.h"

#include <QtTest/QTest>

using namespace countersign;

class TestVerifierPeople : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }

    void anOldSignatureDoesNotCountForANewRound();
    void aVoteCountsOnce();
    void aSelfEnrolledAttackerCountsForNothing();
    void anotherAdministratorIsNotTrusted();
    void withoutAPinNoSignatureCounts();
    void aDisabledReviewerCannotVote();
    void aRetiredKeyCannotSignUnderAnOlderId();
    void theRecoveryCodeReplacesTheFirstKeyOnce();
    void aQuorumNeedsDistinctReviewers();
    void aReleaseNeedsItsVote();
    void aReleaseSignedBeforeARotationCounts();
    void clocksMayGoBack();
    void anErasedContentBreaksNothing();
    void aVanishedContentIsFound();
    void anErasureThatDidNotHappenIsFound();
    void unknownKindsAndVersionsAreRefused();
    void policiesNeedAnAdministrator();
};

void TestVerifierPeople::anOldSignatureDoesNotCountForANewRound()
{
    AuditLogBuilder log;
    log.create();
    log.enrolAdministrator();
    const RequestId id = log.file(u"pay"_s, R"({"amount":1})");
    log.vote(id, Verdict::Approve, log.admin);
    log.undo(id, log.admin);
    log.revise(id, R"({"amount":1000000})");
    QVERIFY(verify(log.source, log.pin()).holds());

    // The attacker writes the vote of round 1 once more, as if it had been cast on round 2, with all rows in step.
    for (const bool underNewId : {false, true}) {
        MemoryAuditSource source = log.source;
        Statement copied = statementOf(source, u"vote"_s);
        if (underNewId) {
            copied.id = StatementId(u"zzz"_s);
            source.statements[copied.id] = copied;
        }
        const Round round = source.rounds(id)->back();
        Request &request = source.requests[id];
        Decision decision = source.decisionRows[id].front();
        decision.id = DecisionId(u"d2"_s);
        decision.round = 2;
        decision.undone = false;
        decision.decidingVote = copied.id;
        decision.payloadHash = round.payloadHash;
        source.decisionRows[id].push_back(decision);
        request.state = {Lifecycle::Decided, Delivery::Staged};
        request.decision = decision.id;
        request.verdict = Verdict::Approve;
        ++request.revision;
        EventFacts facts = log.facts(u"vote.cast"_s, id.text(), AuditLogBuilder::actorOf(log.admin));
        facts.request = RequestFacts::of(request);
        facts.payloadHash = round.payloadHash;
        facts.effectiveHash = decision.effectiveHash;
        facts.statements = {{copied.id.text(), copied.digest()}};
        facts.contents = decodeEvent(entryOf(source, u"vote.cast"_s).event.body)->contents;
        source.append(facts);
        const AuditReport report = verify(source, log.pin());
        QVERIFY(!report.holds());
        QCOMPARE(report.first()->sequence, static_cast<qint64>(source.log.size()));
    }
}

void TestVerifierPeople::aVoteCountsOnce()
{
    AuditLogBuilder log;
    log.create();
    log.enrolAdministrator();
    const RequestId id = log.file(u"pay"_s, "{}", 2);
    log.vote(id, Verdict::Approve, log.admin, false);
    EventFacts again = decodeEvent(entryOf(log.source, u"vote.cast"_s).event.body).value();
    again.id = EventId(u"again"_s);
    again.request->revision = ++log.source.requests[id].revision;
    log.source.append(again);
    const AuditReport report = verify(log.source, log.pin());
    QCOMPARE(report.findings.size(), 1U);
    QVERIFY(report.first()->what.contains(u"a second time"_s));
}

void TestVerifierPeople::aSelfEnrolledAttackerCountsForNothing()
{
    AuditLogBuilder log;
    writeSmall(log);
    Person eve;
    eve.id = ReviewerId(u"eve"_s);
    eve.name = u"Eve"_s;
    const EnrolBody body{log.source.id, eve.id, eve.name, {}, eve.key.publicKey(), true, {}, log.clock.now()};
    log.statement(u"reviewer.enrolled"_s, u"enrol"_s, eve.id.text(), encodeBody(body), eve);
    const auto enrolled = static_cast<qint64>(log.source.log.size());
    const RequestId id = log.file(u"pay"_s, R"({"to":"eve"})");
    log.vote(id, Verdict::Approve, eve);
    const auto voted = static_cast<qint64>(log.source.log.size());
    log.release(id, eve);
    const AuditReport report = verify(log.source, log.pin());
    QVERIFY(!report.holds());
    QCOMPARE(report.first()->sequence, enrolled);
    QVERIFY2(std::any_of(report.findings.begin(), report.findings.end(),
                         [&](const AuditFinding &finding) { return finding.sequence == voted; }),
             qPrintable(printed(report)));
    QVERIFY(std::none_of(report.signers.begin(), report.signers.end(),
                         [&](const Reviewer &reviewer) { return reviewer.id == eve.id; }));

    // The same without an entry in the log: the row is named.
    AuditLogBuilder quiet;
    writeSmall(quiet);
    const EnrolBody hidden{quiet.source.id, eve.id, eve.name, {}, eve.key.publicKey(), true, {}, quiet.clock.now()};
    const Statement row = signStatement(StatementId(u"evil"_s), u"enrol"_s, u"eve"_s, encodeBody(hidden), eve.key);
    quiet.source.statements[row.id] = row;
    const AuditReport found = verify(quiet.source, quiet.pin());
    QCOMPARE(found.findings.size(), 1U);
    QCOMPARE(found.first()->entry, u"statement evil"_s);
    QCOMPARE(found.first()->sequence, 0);
}

void TestVerifierPeople::anotherAdministratorIsNotTrusted()
{
    AuditLogBuilder log;
    writeSmall(log);
    const AuditReport report = verify(log.source, sha256("the key that this machine knows"));
    QVERIFY(!report.holds());
    QCOMPARE(report.first()->sequence, 2);
    QCOMPARE(report.signatures, 0);
    QVERIFY(report.signers.empty());
}

void TestVerifierPeople::withoutAPinNoSignatureCounts()
{
    AuditLogBuilder log;
    log.create();
    log.file(u"pay"_s, "{}");
    QVERIFY(verify(log.source, {}).holds()); // Nothing is signed yet, so nothing has to be trusted.
    log.enrolAdministrator();
    const AuditReport report = verify(log.source, {});
    QVERIFY(!report.holds());
    QCOMPARE(report.first()->sequence, 3);
}

void TestVerifierPeople::aDisabledReviewerCannotVote()
{
    AuditLogBuilder log;
    log.create();
    log.enrolAdministrator();
    const Person bea = log.enrol(u"Bea"_s);
    const RequestId id = log.file(u"pay"_s, "{}");
    log.disable(bea);
    QVERIFY(verify(log.source, log.pin()).holds());
    log.clock.stepWall(std::chrono::hours(-48)); // Dating it back does not help.
    log.vote(id, Verdict::Approve, bea);
    const AuditReport report = verify(log.source, log.pin());
    QVERIFY(!report.holds());
    QCOMPARE(report.first()->sequence, static_cast<qint64>(log.source.log.size()));
}

void TestVerifierPeople::aRetiredKeyCannotSignUnderAnOlderId()
{
    AuditLogBuilder log;
    log.create();
    log.enrolAdministrator();
    Person cem = log.enrol(u"Cem"_s, true);
    const QString between = log.ids.nextId(); // Sorts before the disabling.
    log.disable(cem);
    QVERIFY(verify(log.source, log.pin()).holds());
    Person eve;
    const EnrolBody body{log.source.id,  ReviewerId(u"eve"_s), u"Eve"_s, {}, eve.key.publicKey(), true, {},
                         log.clock.now()};
    const Statement row = signStatement(StatementId(between), u"enrol"_s, u"eve"_s, encodeBody(body), cem.key);
    log.source.statements[row.id] = row;
    EventFacts facts = log.facts(u"reviewer.enrolled"_s, u"eve"_s, AuditLogBuilder::actorOf(cem));
    facts.statements = {{row.id.text(), row.digest()}};
    log.source.append(facts);
    const AuditReport report = verify(log.source, log.pin());
    QCOMPARE(report.findings.size(), 1U);
    QCOMPARE(report.first()->sequence, static_cast<qint64>(log.source.log.size()));
}

void TestVerifierPeople::theRecoveryCodeReplacesTheFirstKeyOnce()
{
    AuditLogBuilder log;
    log.create();
    log.enrolAdministrator();
    const auto recover = [&log] {
        SigningKey next = SigningKey::generate();
        const RotateBody body{log.source.id, log.admin.id, next.publicKey(), log.clock.now()};
        const Statement row = signStatement(StatementId(log.ids.nextId()), u"rotate"_s, log.admin.id.text(),
                                            encodeBody(body), log.recovery);
        log.source.statements[row.id] = row;
        EventFacts facts = log.facts(u"reviewer.rotated"_s, log.admin.id.text(), AuditLogBuilder::actorOf(log.admin));
        facts.statements = {{row.id.text(), row.digest()}};
        log.source.append(facts);
        log.reviewerRow(log.admin.id).key = body.newKey;
        log.admin.key = std::move(next);
    };
    recover();
    log.vote(log.file(u"pay"_s, "{}"), Verdict::Approve, log.admin);
    const AuditReport good = verify(log.source, log.pin());
    QVERIFY2(good.holds(), qPrintable(printed(good)));
    recover();
    QCOMPARE(verify(log.source, log.pin()).first()->sequence, static_cast<qint64>(log.source.log.size()));
}

void TestVerifierPeople::aQuorumNeedsDistinctReviewers()
{
    AuditLogBuilder log;
    log.create();
    log.enrolAdministrator();
    const Person bea = log.enrol(u"Bea"_s);
    const RequestId good = log.file(u"pay"_s, "{}", 2);
    log.vote(good, Verdict::Approve, bea, false);
    log.vote(good, Verdict::Approve, log.admin);
    const RequestId no = log.file(u"pay"_s, "{}", 2);
    log.vote(no, Verdict::Reject, bea); // One refusal is enough.
    const AuditReport sound = verify(log.source, log.pin());
    QVERIFY2(sound.holds(), qPrintable(printed(sound)));

    const RequestId twice = log.file(u"pay"_s, "{}", 2);
    log.vote(twice, Verdict::Approve, bea, false);
    log.vote(twice, Verdict::Approve, bea);
    const AuditReport report = verify(log.source, log.pin());
    QCOMPARE(report.findings.size(), 1U);
    QCOMPARE(report.first()->sequence, static_cast<qint64>(log.source.log.size()));

    const RequestId unlike = log.file(u"pay"_s, "{}", 2);
    log.vote(unlike, Verdict::ApproveEdited, bea, false, R"({"a":1})");
    log.vote(unlike, Verdict::ApproveEdited, log.admin, true, R"({"a":2})");
    QCOMPARE(verify(log.source, log.pin()).findings.size(), 2U); // They agreed to different things.
}

void TestVerifierPeople::aReleaseNeedsItsVote()
{
    AuditLogBuilder log;
    log.create();
    log.enrolAdministrator();
    const Person bea = log.enrol(u"Bea"_s);
    const RequestId id = log.file(u"pay"_s, "{}");
    log.vote(id, Verdict::Approve, log.admin);
    const MemoryAuditSource before = log.source;
    log.release(id, bea); // Somebody else.
    QVERIFY(!verify(log.source, log.pin()).holds());
    log.source = before;
    log.release(id, log.admin);
    QVERIFY(verify(log.source, log.pin()).holds());

    // A release of another decision does not serve.
    const RequestId other = log.file(u"pay"_s, "{}");
    log.vote(other, Verdict::Approve, log.admin);
    Statement copied = statementOf(log.source, u"release"_s);
    copied.id = StatementId(log.ids.nextId());
    copied.subject = other.text();
    log.source.statements[copied.id] = copied;
    log.source.decisionRows[other].back().release = copied.id;
    Request &request = log.source.requests[other];
    request.state.delivery = Delivery::Released;
    ++request.revision;
    EventFacts facts = log.aboutRequest(u"decision.released"_s, other);
    facts.effectiveHash = log.source.decisionRows[other].back().effectiveHash;
    facts.statements = {{copied.id.text(), copied.digest()}};
    log.source.append(facts);
    const AuditReport report = verify(log.source, log.pin());
    QVERIFY(!report.holds());
    QCOMPARE(report.first()->sequence, static_cast<qint64>(log.source.log.size()));
}

void TestVerifierPeople::aReleaseSignedBeforeARotationCounts()
{
    AuditLogBuilder log;
    log.create();
    log.enrolAdministrator();
    const RequestId id = log.file(u"pay"_s, "{}");
    log.vote(id, Verdict::Approve, log.admin);
    // Signed with the vote, published when the staging ends: the rotation comes in between.
    MemoryAuditSource &source = log.source;
    const Decision decision = source.decisionRows[id].back();
    const ReleaseBody body{source.id,  id,           decision.id,    decision.decidingVote, decision.effectiveHash,
                           u"token"_s, log.admin.id, log.clock.now()};
    const Statement early =
        signStatement(StatementId(log.ids.nextId()), u"release"_s, id.text(), encodeBody(body), log.admin.key);
    log.clock.advance(std::chrono::seconds(1));
    log.rotate(log.admin);
    source.statements[early.id] = early;
    source.decisionRows[id].back().release = early.id;
    source.decisionRows[id].back().releasedAt = log.clock.now();
    Request &request = source.requests[id];
    request.state.delivery = Delivery::Released;
    ++request.revision;
    EventFacts facts = log.aboutRequest(u"decision.released"_s, id);
    facts.effectiveHash = decision.effectiveHash;
    facts.statements = {{early.id.text(), early.digest()}};
    source.append(facts);
    const AuditReport report = verify(source, log.pin());
    QVERIFY2(report.holds(), qPrintable(printed(report)));
}

void TestVerifierPeople::clocksMayGoBack()
{
    AuditLogBuilder log;
    writeSmall(log);
    log.clock.stepWall(-std::chrono::hours(24 * 365));
    const RequestId id = log.file(u"pay"_s, "{}");
    log.vote(id, Verdict::Approve, log.admin);
    log.release(id, log.admin);
    const AuditReport report = verify(log.source, log.pin());
    QVERIFY2(report.holds(), qPrintable(printed(report)));
}

void TestVerifierPeople::anErasedContentBreaksNothing()
{
    AuditLogBuilder log;
    writeSmall(log);
    QCOMPARE(log.source.contents.size(), 2U);
    const ContentId first = log.source.contents.begin()->first;
    const ContentId second = log.source.contents.rbegin()->first;
    log.erase(first);
    const AuditReport one = verify(log.source, log.pin());
    QVERIFY2(one.holds(), qPrintable(printed(one)));
    QCOMPARE(one.erased, 1);
    log.erase(second);
    const AuditReport both = verify(log.source, log.pin());
    QVERIFY2(both.holds(), qPrintable(printed(both)));
    QCOMPARE(both.erased, 2);

    // What was shown is still proved: the hash does not need the content.
    log.source.roundRows.begin()->second.front().policy.tier = Tier::Low;
    QVERIFY(!verify(log.source, log.pin()).holds());
}

void TestVerifierPeople::aVanishedContentIsFound()
{
    AuditLogBuilder log;
    writeSmall(log);
    const MemoryAuditSource original = log.source;
    for (const auto &[id, row] : original.contents) {
        MemoryAuditSource source = original;
        source.contents.erase(id);
        const AuditReport report = verify(source, log.pin());
        QVERIFY(!report.holds());
        QVERIFY(report.first()->what.contains(u"is gone"_s));
    }
}

void TestVerifierPeople::anErasureThatDidNotHappenIsFound()
{
    AuditLogBuilder log;
    writeSmall(log);
    const ContentRow row = log.source.contents.begin()->second;
    log.erase(row.id);
    log.source.contents[row.id] = row;
    QCOMPARE(verify(log.source, log.pin()).findings.size(), 1U);
    EventFacts empty = log.facts(u"content.erased"_s, {});
    log.source.append(empty);
    QCOMPARE(verify(log.source, log.pin()).findings.size(), 2U);
}

void TestVerifierPeople::unknownKindsAndVersionsAreRefused()
{
    const std::pair<QByteArray, QByteArray> changes[] = {{"clock.stepped", "clock.stopped"}, {"\"v\":1", "\"v\":2"}};
    for (const auto &[from, to] : changes) {
        AuditLogBuilder log;
        writeSmall(log);
        log.source.append(log.facts(u"clock.stepped"_s, {}));
        AuditEvent &event = log.source.log.back().event;
        QVERIFY(event.body.contains(from));
        event.body.replace(from, to);
        log.source.sealAgain();
        const AuditReport report = verify(log.source, log.pin());
        QCOMPARE(report.findings.size(), 1U);
        QCOMPARE(report.first()->sequence, static_cast<qint64>(log.source.log.size()));
    }
    AuditLogBuilder log;
    writeSmall(log);
    log.create(); // A second beginning.
    QCOMPARE(verify(log.source, log.pin()).findings.size(), 1U);
}

void TestVerifierPeople::policiesNeedAnAdministrator()
{
    AuditLogBuilder log;
    log.create();
    log.enrolAdministrator();
    const Person bea = log.enrol(u"Bea"_s);
    const PolicyBody body{log.source.id, u"policy-1"_s, sha256("{}"), log.clock.now()};
    const StatementId applied =
        log.statement(u"policy.applied"_s, u"policy"_s, u"policy-1"_s, encodeBody(body), log.admin);
    QCOMPARE(verify(log.source, log.pin()).findings.size(), 1U); // Its row is gone.
    log.source.policyRows = {{u"policy-1"_s, "{}", applied, body.at}};
    const AuditReport good = verify(log.source, log.pin());
    QVERIFY2(good.holds(), qPrintable(printed(good)));
    const PolicyBody lax{log.source.id, u"policy-2"_s, sha256("{}"), log.clock.now()};
    log.statement(u"policy.applied"_s, u"policy"_s, u"policy-2"_s, encodeBody(lax), bea);
    const AuditReport report = verify(log.source, log.pin());
    QCOMPARE(report.findings.size(), 1U);
    QCOMPARE(report.first()->sequence, static_cast<qint64>(log.source.log.size()));
}

QTEST_GUILESS_MAIN(TestVerifierPeople)
#include "tst_verifier_people.moc"
