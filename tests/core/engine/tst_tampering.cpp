// SPDX-License-Identifier: Apache-2.0
// An attacker with the workspace file but no key: a program of the same user that writes SQLite. Whatever it writes,
// nothing is executed, and the audit names what it touched.
#include "core/audit/event_body.h"
#include "core/audit/verifier.h"
#include "core/domain/hashes.h"
#include "core/domain/statements.h"
#include "tests/support/engine_rig.h"
#include "tests/support/forgery.h"

#include <QtTest/QTest>

#include <atomic>
#include <functional>
#include <thread>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::test;

namespace {

QByteArray hexBlob(const QByteArray &bytes)
{
    return "x'" + bytes.toHex() + "'";
}

} // namespace

class TestTampering : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }
    void nothingForgedIsExecuted_data();
    void nothingForgedIsExecuted();
    void everyFlippedNodeOfTheContentIsRefused();
    void aBackdatedPolicyIsRefusedWhenFiling();
    void aUsedApprovalDoesNotStartAgain_data();
    void aUsedApprovalDoesNotStartAgain();
    void aDisabledReviewerStaysDisabled();
    void theTimeToUndoCannotBeCutShort();
    void theLogNamesWhatWasEdited_data();
    void theLogNamesWhatWasEdited();
    void aLogThatGrowsMeanwhileHolds();
};

using Attack = std::function<void(EngineRig &, Attacker &, const RequestId &)>;
Q_DECLARE_METATYPE(Attack)

void TestTampering::nothingForgedIsExecuted_data()
{
    QTest::addColumn<Attack>("attack");
    QTest::newRow("the state column says released") << Attack([](EngineRig &, Attacker &attacker, const RequestId &) {
        attacker.run(
            "UPDATE request SET lifecycle='decided', delivery='released', verdict='approve', decision='x', shelf=2");
    });
    QTest::newRow("an approval signed by a key of the attacker in R1's name")
        << Attack([](EngineRig &rig, Attacker &, const RequestId &id) {
               forgeApproval(*rig.secondStore(), rig.ids, rig.clock.now(), id, SigningKey::generate(), rig.r1.id);
           });
    QTest::newRow("enrols itself, then approves") << Attack([](EngineRig &rig, Attacker &, const RequestId &id) {
        const SigningKey own = SigningKey::generate();
        const ReviewerId self(rig.ids.nextId());
        const auto store = rig.secondStore();
        const EnrolBody body{store->workspace()->id, self, u"R1"_s, {}, own.publicKey(), true, {}, rig.clock.now()};
        const Statement enrol =
            signStatement(StatementId(rig.ids.nextId()), u"enrol"_s, self.text(), encodeBody(body), own);
        QVERIFY(store->transact([&](StoreWriter &writer) {
            const Result<> done = writer.insertStatement(enrol);
            return done ? writer.saveReviewer({self, u"evil"_s, {}, own.publicKey(), true, rig.clock.now(), {}}) : done;
        }));
        forgeApproval(*rig.secondStore(), rig.ids, rig.clock.now(), id, own, self);
    });
    QTest::newRow("replaces the first administrator by itself")
        << Attack([](EngineRig &rig, Attacker &attacker, const RequestId &id) {
               attacker.run("DELETE FROM statement WHERE kind='enrol'");
               attacker.run("DELETE FROM reviewer");
               const SigningKey own = SigningKey::generate();
               const auto store = rig.secondStore();
               const EnrolBody body{store->workspace()->id, rig.r1.id, u"R1"_s, {},
                                    own.publicKey(),        true,      {},      rig.clock.now()};
               const Statement enrol =
                   signStatement(StatementId(rig.ids.nextId()), u"enrol"_s, rig.r1.id.text(), encodeBody(body), own);
               QVERIFY(store->transact([&](StoreWriter &writer) { return writer.insertStatement(enrol); }));
               forgeApproval(*rig.secondStore(), rig.ids, rig.clock.now(), id, own, rig.r1.id);
           });
    QTest::newRow("swaps the effective hash of a released approval")
        << Attack([](EngineRig &rig, Attacker &attacker, const RequestId &id) {
               rig.decide(id, Verdict::Approve);
               attacker.run("UPDATE decision SET effective_hash=" + hexBlob(QByteArray(32, 'x')));
               QCOMPARE(attacker.changes(), 1);
           });
    QTest::newRow("turns a rejection into an approval")
        << Attack([](EngineRig &rig, Attacker &attacker, const RequestId &id) {
               rig.decide(id, Verdict::Reject);
               attacker.run("UPDATE decision SET verdict='approve'");
               attacker.run("UPDATE request SET verdict='approve', status='approved'");
           });
    QTest::newRow("lowers the tier and the quorum in the policy columns")
        << Attack([](EngineRig &rig, Attacker &attacker, const RequestId &id) {
               rig.decide(id, Verdict::Approve);
               attacker.run("UPDATE round SET tier='low', quorum=2, policy_version='own'");
           });
    QTest::newRow("lets the deadline pass later")
        << Attack([](EngineRig &rig, Attacker &attacker, const RequestId &id) {
               rig.decide(id, Verdict::Approve);
               attacker.run("UPDATE round SET expires_at_ms=9999999999999");
               attacker.run("UPDATE request SET expires_at_ms=9999999999999");
           });
    QTest::newRow("releases a staged approval by hand")
        << Attack([](EngineRig &rig, Attacker &attacker, const RequestId &id) {
               rig.decide(id, Verdict::Approve, Staging::Stage);
               attacker.run("UPDATE request SET delivery='released', shelf=2, status='approved'");
               attacker.run("UPDATE decision SET release=deciding_vote, released_at_ms=1");
           });
    QTest::newRow("brings a taken-back approval to life")
        << Attack([](EngineRig &rig, Attacker &attacker, const RequestId &id) {
               rig.decide(id, Verdict::Approve, Staging::Stage);
               QVERIFY(rig.engine->undo(id));
               attacker.run("DELETE FROM statement WHERE kind='undo'");
               attacker.run("UPDATE decision SET undone=0, release=deciding_vote");
               attacker.run(
                   "UPDATE request SET lifecycle='decided', delivery='released', verdict='approve', status='approved', "
                   "shelf=2, decision=(SELECT id FROM decision)");
           });
    QTest::newRow("copies the signatures of round one to round two")
        << Attack([](EngineRig &rig, Attacker &attacker, const RequestId &id) {
               const auto before = rig.engine->revise(id, aSubmission().withArguments(R"({"amount":1})"));
               QVERIFY(before);
               rig.decide(id, Verdict::Approve, Staging::Stage);
               QVERIFY(rig.engine->undo(id));
               QVERIFY(rig.engine->revise(id, aSubmission().withArguments(R"({"amount":1000000})")));
               attacker.run("UPDATE decision SET undone=0, round=3, release=deciding_vote, payload_hash=(SELECT "
                            "payload_hash FROM round WHERE number=3)");
               attacker.run(
                   "UPDATE request SET lifecycle='decided', delivery='released', verdict='approve', status='approved', "
                   "shelf=2, decision=(SELECT id FROM decision)");
           });
    QTest::newRow("puts a signed approval of one request on another")
        << Attack([](EngineRig &rig, Attacker &attacker, const RequestId &id) {
               const RequestId approved = rig.submit();
               rig.decide(approved, Verdict::Approve);
               attacker.run("UPDATE decision SET request='" + id.text().toUtf8() + "'");
               attacker.run(
                   "UPDATE request SET lifecycle='decided', delivery='released', verdict='approve', status='approved', "
                   "shelf=2, decision=(SELECT id FROM decision)");
           });
    QTest::newRow("edits the vote's values") << Attack([](EngineRig &rig, Attacker &attacker, const RequestId &id) {
        auto order = rig.order(id, Verdict::ApproveEdited);
        order.content.arguments = R"({"amount":1.00})";
        QVERIFY(rig.engine->decide(order));
        attacker.run("UPDATE content SET body=CAST(replace(body, '1.00', '9.00') AS BLOB) WHERE kind='vote'");
    });
}

void TestTampering::nothingForgedIsExecuted()
{
    QFETCH(Attack, attack);
    EngineRig rig;
    const RequestId id = rig.submit(aSubmission().expiringIn(1h));
    const RoundContent content = rig.round(id).content;
    {
        Attacker attacker(rig.path);
        attack(rig, attacker, id);
    }
    const auto gate = rig.newEngine(*rig.store, u"gate"_s);
    const auto outcome = gate->verifiedOutcome(id);
    QVERIFY2(!outcome, "the forged decision was believed");
    QCOMPARE(outcome.error().code, ErrorCode::NotAllowed);
    const auto started = gate->beginExecution(id, content);
    QVERIFY2(!started, "the forged decision was executed");
    QCOMPARE(started.error().code, ErrorCode::NotAllowed);
    QVERIFY(rig.store->deliveryAttempts(DecisionId(u"x"_s))->empty());
    const auto report = verifyWorkspace(*rig.store, rig.r1Key.publicKey().fingerprint());
    QVERIFY(report);
    QVERIFY2(!report->holds(), "the audit noticed nothing");
    QVERIFY(!report->first()->entry.isEmpty() && !report->first()->what.isEmpty());
    qInfo().noquote() << "first:" << report->first()->sequence << report->first()->entry << report->first()->what;
}

namespace {

/// Every place of a JSON text at which one node is changed, one variant each.
std::vector<QByteArray> mutations(const QByteArray &text)
{
    std::vector<QByteArray> result;
    for (qsizetype i = 0; i < text.size(); ++i) {
        QByteArray changed = text;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        result.push_back(changed);
    }
    return result;
}

} // namespace

void TestTampering::everyFlippedNodeOfTheContentIsRefused()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    rig.decide(id, Verdict::Approve);
    const RoundContent content = rig.round(id).content;
    int refused = 0;
    for (const QByteArray &arguments : mutations(content.arguments)) {
        RoundContent other = content;
        other.arguments = arguments;
        const auto started = rig.engine->beginExecution(id, other);
        QVERIFY2(!started, arguments.constData());
        QCOMPARE(started.error().code, ErrorCode::ContentChanged);
        ++refused;
    }
    QCOMPARE(refused, int(content.arguments.size()));
    QVERIFY(rig.engine->beginExecution(id, content));
}

void TestTampering::aBackdatedPolicyIsRefusedWhenFiling()
{
    EngineRig rig;
    {
        Attacker attacker(rig.path);
        attacker.run("INSERT INTO policy_version VALUES ('own', x'7b7d', 'none', 0)");
    }
    const auto filed = rig.engine->submit(aSubmission());
    QVERIFY(!filed);
    QCOMPARE(filed.error().code, ErrorCode::NotAllowed);
}

void TestTampering::aUsedApprovalDoesNotStartAgain_data()
{
    QTest::addColumn<QByteArray>("sql");
    QTest::newRow("the row goes back") << QByteArray(
        "UPDATE request SET delivery='released'; DELETE FROM delivery_attempt");
    QTest::newRow("row and log go back") << QByteArray(
        "UPDATE request SET delivery='released', revision=revision-2; DELETE FROM delivery_attempt; "
        "DELETE FROM outcome; DELETE FROM seal WHERE sequence > 4; DELETE FROM event WHERE number > 4");
}

void TestTampering::aUsedApprovalDoesNotStartAgain()
{
    QFETCH(QByteArray, sql);
    EngineRig rig;
    const RequestId id = rig.submit();
    rig.decide(id, Verdict::Approve);
    const RoundContent content = rig.round(id).content;
    QVERIFY(rig.engine->beginExecution(id, content));
    QVERIFY(rig.engine->finishExecution(id, {}));
    {
        Attacker attacker(rig.path);
        attacker.run(sql);
    }
    const auto again = rig.newEngine(*rig.store, u"gate"_s)->beginExecution(id, content);
    QVERIFY2(!again, "the approval was used twice");
}

void TestTampering::aDisabledReviewerStaysDisabled()
{
    EngineRig rig;
    const SigningKey r2Key = SigningKey::generate();
    const Reviewer r2 = rig.engine->enrol(u"R2"_s, {}, r2Key.publicKey(), false, rig.r1Key).value();
    const RequestId id = rig.submit();
    const auto second = rig.newEngine(*rig.store);
    EngineRig::unlock(*second, r2, r2Key);
    QVERIFY(second->decide(rig.order(id, Verdict::Approve)));
    rig.clock.advance(1s);
    QVERIFY(rig.engine->disable(u"R2"_s, rig.r1Key));
    for (const QByteArray &sql : {QByteArray("UPDATE request SET delivery='acknowledged'"),
                                  QByteArray("DELETE FROM statement WHERE kind='disable'")}) {
        {
            Attacker attacker(rig.path);
            attacker.run(sql);
        }
        const auto outcome = rig.newEngine(*rig.store, u"gate"_s)->verifiedOutcome(id);
        QVERIFY2(!outcome, sql.constData());
        QCOMPARE(outcome.error().code, ErrorCode::NotAllowed);
    }
}

void TestTampering::theTimeToUndoCannotBeCutShort()
{
    EngineRig rig;
    const RequestId id = rig.submit();
    rig.decide(id, Verdict::Approve, Staging::Stage);
    {
        Attacker attacker(rig.path);
        attacker.run("UPDATE decision SET release_at_ms=1");
    }
    QCOMPARE(rig.engine->runDueTimers().value(), 0);
    QCOMPARE(rig.status(id), u"staged"_s);
    rig.clock.advance(8s);
    QCOMPARE(rig.engine->runDueTimers().value(), 1);
}

void TestTampering::theLogNamesWhatWasEdited_data()
{
    QTest::addColumn<QByteArray>("sql");
    QTest::newRow("a reason") << QByteArray(
        "UPDATE content SET body=CAST(replace(body, 'PO 5512', 'PO 9999') AS BLOB) WHERE kind='vote'");
    QTest::newRow("an event's body") << QByteArray("UPDATE event SET body=CAST(replace(body, 'request.filed', "
                                                   "'request.filex') AS BLOB) WHERE kind='request.filed'");
    QTest::newRow("an event deleted") << QByteArray("DELETE FROM event WHERE kind='vote.cast'");
    QTest::newRow("event and seal deleted")
        << QByteArray("DELETE FROM event WHERE kind='vote.cast'; DELETE FROM seal WHERE sequence=3");
    QTest::newRow("two entries swapped") << QByteArray(
        "UPDATE seal SET sequence=-2 WHERE sequence=2; UPDATE seal SET sequence=2 WHERE sequence=3; UPDATE seal SET "
        "sequence=3 WHERE sequence=-2");
    QTest::newRow("a request's verdict") << QByteArray("UPDATE request SET verdict='reject', status='rejected'");
    QTest::newRow("who decided") << QByteArray("UPDATE decision SET reviewer='someone'");
    QTest::newRow("a request removed") << QByteArray("DELETE FROM request");
    QTest::newRow("a signature") << QByteArray("UPDATE statement SET signature=zeroblob(64) WHERE kind='vote'");
    const auto update = [](const char *name, const char *sql) { QTest::newRow(name) << QByteArray(sql); };
    // Rows that nothing speaks of. Ids of other rows must not vouch for them.
    const QByteArray copyVote = "INSERT INTO statement (id, kind, subject, body, key_id, signature, content) SELECT ";
    const QByteArray ofVote =
        ", kind, subject, body, key_id, signature, content FROM statement WHERE kind='vote' LIMIT 1";
    QTest::newRow("a vote that no entry speaks of") << copyVote + "'forged'" + ofVote;
    QTest::newRow("a vote under the id of its content") << copyVote + "content" + ofVote;
    QTest::newRow("a vote under the id of its reviewer")
        << copyVote + "(SELECT id FROM reviewer ORDER BY id LIMIT 1)" + ofVote;
    QTest::newRow("a vote under the id of its event")
        << copyVote + "(SELECT id FROM event WHERE kind='vote.cast')" + ofVote;
    update(
        "a policy statement of nobody",
        "INSERT INTO statement (id, kind, subject, body, key_id, signature) SELECT 'forged', 'policy', subject, body, "
        "key_id, signature FROM statement WHERE kind='vote' LIMIT 1");
    update("a content of nobody",
           "INSERT INTO content (id, kind, salt, body) SELECT 'forged', kind, salt, body FROM content LIMIT 1");
    update(
        "a content under the id of a statement",
        "INSERT INTO content (id, kind, salt, body) SELECT (SELECT id FROM statement WHERE kind='vote'), kind, salt, "
        "body FROM content LIMIT 1");
    update("a round of nobody",
           "INSERT INTO round SELECT request, 7, 'forged', policy_version, policy_trace, tier, quorum, expires_at_ms, "
           "created_at_ms, intake_hash, payload_hash FROM round LIMIT 1");
    update("a round of a request that does not exist",
           "INSERT INTO round SELECT 'nobody', 1, 'forged', policy_version, policy_trace, tier, quorum, expires_at_ms, "
           "created_at_ms, intake_hash, payload_hash FROM round LIMIT 1");
    update("a decision of nobody",
           "INSERT INTO decision SELECT 'forged', 'nobody', round, verdict, deciding_vote, reviewer, reviewer_name, "
           "payload_hash, effective_hash, decided_at_ms, seat, release_at_ms, release, released_at_ms, "
           "acknowledged_at_ms, undone FROM decision LIMIT 1");
    update(
        "a delivery of nobody",
        "INSERT INTO delivery_attempt SELECT 'forged', 'nobody', epoch, 'other', intent_at_ms, finished_at_ms, result, "
        "seat, 0 FROM delivery_attempt");
    update(
        "a second delivery of the same decision",
        "INSERT INTO delivery_attempt SELECT 'forged', decision, epoch, 'other', intent_at_ms, finished_at_ms, result, "
        "seat, 0 FROM delivery_attempt");
    update("a policy of nobody", "INSERT INTO policy_version VALUES ('own', x'7b7d', 'none', 0)");
    update("a policy that names somebody's vote",
           "INSERT INTO policy_version SELECT 'own', x'7b7d', id, 0 FROM statement WHERE kind='vote' LIMIT 1");
    // Outcomes.
    update("an exit code", "UPDATE outcome SET exit_code=0 WHERE exit_code=3");
    update("an exit code removed", "UPDATE outcome SET exit_code=NULL WHERE exit_code=3");
    update("an error", "UPDATE outcome SET error='' WHERE error<>''");
    update("an output", "UPDATE outcome SET output=CAST('{}' AS BLOB)");
    update("an output's digest", "UPDATE outcome SET output_digest=zeroblob(32)");
    update("an outcome's note", "UPDATE outcome SET note='all went well'");
    update("an outcome's time", "UPDATE outcome SET at_ms=at_ms+86400000");
    update("an outcome's decision", "UPDATE outcome SET decision=NULL");
    update("an outcome deleted", "DELETE FROM outcome");
    update("an outcome's content deleted", "DELETE FROM content WHERE kind='outcome'");
    update("an outcome moved", "UPDATE outcome SET request=(SELECT id FROM request WHERE lifecycle='withdrawn')");
    update(
        "a second outcome",
        "INSERT INTO outcome SELECT 'forged', request, decision, 0, '', output, output_digest, '', at_ms FROM outcome");
    // People.
    update("a reviewer of nobody",
           "INSERT INTO reviewer SELECT 'forged', 'R9', zeroblob(32), 1, enrolled_at_ms, NULL FROM reviewer LIMIT 1");
    update("a reviewer's key", "UPDATE reviewer SET key=zeroblob(32) WHERE name='R2'");
    update("a reviewer's name", "UPDATE reviewer SET name='R3' WHERE name='R2'");
    update("a reviewer's rights", "UPDATE reviewer SET administrator=1 WHERE name='R2'");
    update("a reviewer's end", "UPDATE reviewer SET disabled_at_ms=1 WHERE name='R2'");
    update("a reviewer's beginning", "UPDATE reviewer SET enrolled_at_ms=1 WHERE name='R2'");
    update("a reviewer's groups", "INSERT INTO reviewer_group SELECT id, 7, 'finance' FROM reviewer WHERE name='R2'");
    update("a reviewer removed", "DELETE FROM reviewer WHERE name='R2'");
    update("an asker's name", "UPDATE principal SET name='trusted'");
    update("an asker's connection", "UPDATE principal SET connection='elsewhere'");
    update("an asker removed", "DELETE FROM principal");
    // What lists and people read of a request.
    update("a summary", "UPDATE request SET summary='Pay 1.00 EUR' WHERE lifecycle='decided'");
    update("the agent's title", "UPDATE request SET agent_title='Harmless'");
    update("the agent's name", "UPDATE request SET agent_name='trusted'");
    update("the connection", "UPDATE request SET connection='elsewhere'");
    update("the asker", "UPDATE request SET principal='somebody'");
    update("the time of filing", "UPDATE request SET created_at_ms=created_at_ms-86400000");
    update("the time of filing, round included", "UPDATE round SET created_at_ms=created_at_ms-86400000; UPDATE "
                                                 "request SET created_at_ms=created_at_ms-86400000");
    update("a round's time", "UPDATE round SET created_at_ms=created_at_ms-1");
    update("the time of settling",
           "UPDATE request SET settled_at_ms=settled_at_ms+86400000 WHERE lifecycle='withdrawn'");
    update("the time of deciding", "UPDATE request SET settled_at_ms=settled_at_ms+1 WHERE lifecycle='decided'");
    update("the note", "UPDATE request SET settled_note='Withdrawn by R2' WHERE lifecycle='withdrawn'");
    update("a note where there is none", "UPDATE request SET settled_note='Done' WHERE lifecycle='decided'");
    update("the tier", "UPDATE request SET tier='low'");
    update("the quorum", "UPDATE request SET quorum=2");
    update("the tool", "UPDATE request SET tool_name='harmless'");
    update("the pattern", "UPDATE request SET pattern='gate'");
    update("the deadline", "UPDATE request SET expires_at_ms=9999999999999");
    update("a verdict of an open request", "UPDATE request SET verdict='approve' WHERE lifecycle='pending'");
    update("a deferral ended", "UPDATE request SET deferred_until_ms=NULL WHERE deferred_until_ms IS NOT NULL");
    update("a deferral invented", "UPDATE request SET deferred_until_ms=9999999999999 WHERE lifecycle='withdrawn'");
    update("a claim's end", "UPDATE request SET claimed_until_ms=claimed_until_ms+1 WHERE claimed_by IS NOT NULL");
    update("a claim's name", "UPDATE request SET claimed_by_name='R2' WHERE claimed_by IS NOT NULL");
    update("a claim's owner", "UPDATE request SET claimed_by='somebody' WHERE claimed_by IS NOT NULL");
    update(
        "a claim ended",
        "UPDATE request SET claimed_by=NULL, claimed_by_name='', claimed_until_ms=NULL WHERE claimed_by IS NOT NULL");
    update("a delegation", "UPDATE request SET delegated_to='somebody' WHERE delegated_to IS NOT NULL");
    update("a delegation ended", "UPDATE request SET delegated_to=NULL WHERE delegated_to IS NOT NULL");
    // Decisions and their delivery.
    update("when it was decided", "UPDATE decision SET decided_at_ms=decided_at_ms+1");
    update("where it was decided", "UPDATE decision SET seat='elsewhere'");
    update("the decider's name", "UPDATE decision SET reviewer_name='R2'");
    update("when it was released", "UPDATE decision SET released_at_ms=released_at_ms+86400000");
    update("the release", "UPDATE decision SET release=deciding_vote");
    update("the release removed", "UPDATE decision SET release=NULL, released_at_ms=NULL");
    update("the receipt", "UPDATE decision SET acknowledged_at_ms=NULL");
    update("a token", "UPDATE delivery_attempt SET token='other'");
    update("a result", "UPDATE delivery_attempt SET result='started'");
    update("an end taken back", "UPDATE delivery_attempt SET result='started', finished_at_ms=NULL");
    update("a delivery moved", "UPDATE delivery_attempt SET decision='other'");
    update("a delivery removed", "DELETE FROM delivery_attempt");
}

namespace {

/// A workspace with something in every table; the first request is decided with \p reason in entry 3.
void liveIn(EngineRig &rig, const QString &reason)
{
    const RequestId paid = rig.submit();
    auto order = rig.order(paid, Verdict::Approve);
    order.content.reason = reason;
    QVERIFY(rig.engine->decide(order));
    QVERIFY(rig.engine->enrol(u"R2"_s, {u"staff"_s}, SigningKey::generate().publicKey(), false, rig.r1Key));
    QVERIFY(rig.engine->beginExecution(paid, rig.round(paid).content));
    rig.clock.advance(2s);
    Outcome outcome;
    outcome.exitCode = 3;
    outcome.error = u"no such account"_s;
    outcome.output = R"({"paid":false})";
    outcome.note = u"The script changed while it ran"_s;
    QVERIFY(rig.engine->finishExecution(paid, outcome));
    QVERIFY(rig.engine->claim(rig.submit(aSubmission().expiringIn(48h)), 10min));
    QVERIFY(rig.engine->defer(rig.submit(), rig.clock.now() + 1h));
    QVERIFY(rig.engine->delegate(rig.submit(), u"R2"_s));
    const RequestId undone = rig.submit();
    rig.decide(undone, Verdict::Reject, Staging::Stage);
    QVERIFY(rig.engine->undo(undone));
    QVERIFY(rig.engine->withdraw(rig.submit(), u"no longer needed"_s, u"agent"_s));
    const RequestId late = rig.submit(aSubmission().expiringIn(1min));
    QVERIFY(rig.engine->claim(late, 10min));
    rig.clock.advance(2min);
    QVERIFY(rig.engine->runDueTimers());
    QCOMPARE(rig.request(late).state.lifecycle, Lifecycle::Expired);
}

} // namespace

void TestTampering::theLogNamesWhatWasEdited()
{
    QFETCH(QByteArray, sql);
    EngineRig rig;
    liveIn(rig, u"matches PO 5512"_s);
    const auto before = verifyWorkspace(*rig.store, rig.r1Key.publicKey().fingerprint());
    QVERIFY(before);
    QVERIFY2(before->holds(), qPrintable(before->holds() ? QString() : before->first()->entry + before->first()->what));
    {
        Attacker attacker(rig.path);
        attacker.run(sql);
        QVERIFY(attacker.changes() > 0);
    }
    const auto report = verifyWorkspace(*rig.store, rig.r1Key.publicKey().fingerprint());
    QVERIFY(report);
    QVERIFY(!report->holds());
    qInfo().noquote() << "first:" << report->first()->sequence << report->first()->entry << report->first()->what;
}

void TestTampering::aLogThatGrowsMeanwhileHolds()
{
    EngineRig rig;
    std::atomic<bool> stop = false;
    std::atomic<int> written = 0;
    const auto work = [&](const QString &agent) {
        // As another process: a store, an engine and an unlocked key of its own.
        SystemIdSource ids(rig.clock);
        const auto store = std::move(openSqliteStore(rig.path, rig.clock, ids)).value();
        Engine::Parts parts{*store, rig.clock, ids, rig.trust, rig.location, u"gate"_s};
        parts.requestsPerMinute = 1'000'000;
        parts.openRequests = 1'000'000;
        Engine engine(parts);
        EngineRig::unlock(engine, rig.r1, rig.r1Key);
        while (!stop) {
            const Result<Submitted> filed = engine.submit(aSubmission().byAgent(agent));
            if (!filed) {
                continue; // The other one was faster all the time.
            }
            const RequestId id = filed->id;
            DecideOrder order;
            order.request = id;
            order.payloadHash = store->rounds(id)->back().payloadHash;
            order.verdict = Verdict::Reject;
            order.shown = WhatWasShown::nothingOnCommandLine();
            order.staging = Staging::ReleaseAtOnce;
            Outcome outcome;
            outcome.note = u"seen"_s;
            if (engine.decide(order)) {
                static_cast<void>(engine.reportOutcome(id, outcome));
            }
            ++written;
        }
    };
    std::thread first(work, u"one"_s);
    std::thread second(work, u"two"_s);
    const SqliteOptions readOnly{.access = Access::ReadOnly};
    SystemIdSource ids(rig.clock);
    const auto reader = std::move(openSqliteStore(rig.path, rig.clock, ids, readOnly)).value();
    QString wrong;
    qint64 entries = 0;
    int grew = 0;
    for (int i = 0; wrong.isEmpty() && (i < 10 || written < 30); ++i) {
        const auto report = verifyWorkspace(*reader, rig.r1Key.publicKey().fingerprint());
        wrong = !report           ? report.error().message
                : report->holds() ? QString()
                                  : report->first()->entry + u": "_s + report->first()->what;
        grew += report && report->entries > entries ? 1 : 0;
        entries = report ? report->entries : entries;
    }
    stop = true;
    first.join();
    second.join();
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
    QVERIFY(grew > 1);
}

QTEST_GUILESS_MAIN(TestTampering)
#include "tst_tampering.moc"
