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

#include <functional>

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
    void theLogNamesWhatWasEdited_data();
    void theLogNamesWhatWasEdited();
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
    QTest::newRow("a vote that no entry speaks of") << QByteArray(
        "INSERT INTO statement (id, kind, subject, body, key_id, signature, content) "
        "SELECT 'forged', kind, subject, body, key_id, signature, content FROM statement WHERE kind='vote'");
}

void TestTampering::theLogNamesWhatWasEdited()
{
    QFETCH(QByteArray, sql);
    EngineRig rig;
    const RequestId id = rig.submit();
    auto order = rig.order(id, Verdict::Approve);
    order.content.reason = u"matches PO 5512"_s;
    QVERIFY(rig.engine->decide(order));
    QVERIFY(verifyWorkspace(*rig.store, rig.r1Key.publicKey().fingerprint())->holds());
    {
        Attacker attacker(rig.path);
        attacker.run(sql);
    }
    const auto report = verifyWorkspace(*rig.store, rig.r1Key.publicKey().fingerprint());
    QVERIFY(report);
    QVERIFY(!report->holds());
    qInfo().noquote() << "first:" << report->first()->sequence << report->first()->entry << report->first()->what;
}

QTEST_GUILESS_MAIN(TestTampering)
#include "tst_tampering.moc"
