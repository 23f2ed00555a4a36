// SPDX-License-Identifier: Apache-2.0
// A policy is applied, decides, and is attacked: whoever acts on its decision needs an administrator's signature and
// asks the policy again. A row in the database alone approves nothing.
#include "core/audit/event_body.h"
#include "core/audit/verifier.h"
#include "core/domain/hashes.h"
#include "core/domain/statements.h"
#include "tests/support/engine_rig.h"
#include "tests/support/forgery.h"

#include <QtCore/QDir>
#include <QtTest/QTest>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::test;

namespace {

/// Below 100 allowed, above 1000 denied, between asked.
const QByteArray payments = R"({"version":1,"name":"Payments","rules":[
    {"name":"large","when":{"properties":{"tool":{"const":"process_payment"},"arguments":{"properties":
        {"amount":{"type":"number","exclusiveMinimum":1000}},"required":["amount"]}},"required":["tool","arguments"]},
        "do":"deny","message":"Ask the finance department."},
    {"name":"small","when":{"properties":{"tool":{"const":"process_payment"},"arguments":{"properties":
        {"amount":{"type":"number","exclusiveMaximum":100}},"required":["amount"]}},"required":["tool","arguments"]},
        "do":"allow"}],
    "tools":{"process_payment":{"summary":"Transfer {amount} {currency}","critical":["/recipient"],"tier":"high"}}})";
const QByteArray everything = R"({"version":1,"name":"Lax","rules":[{"name":"all","when":true,"do":"allow"}]})";
const QByteArray nothing = R"({"version":1,"name":"Strict","rules":[{"name":"none","when":true,"do":"ask"}]})";

QByteArray paying(const QByteArray &amount)
{
    return R"({"amount":)" + amount + R"(,"currency":"EUR","recipient":"Nordwind"})";
}

AuditReport audit(EngineRig &rig)
{
    const int noted = rig.trust.newestPolicyNoted(rig.store->workspace()->id);
    return verifyWorkspace(*rig.store, rig.r1Key.publicKey().fingerprint(), {}, noted).value();
}

QString printed(const AuditReport &report)
{
    QStringList lines;
    for (const AuditFinding &finding : report.findings) {
        lines.append(QString::number(finding.sequence) + u' ' + finding.entry + u": "_s + finding.what);
    }
    return lines.join(u'\n');
}

/// Writes what a decision by the policy in force would look like, log entry included, as a program with our code but
/// without a key can.
void forgeAutomatic(EngineRig &rig, const RequestId &id, const QString &version)
{
    const auto store = rig.secondStore();
    const Round round = store->rounds(id)->back();
    const std::vector<PolicyVersion> rows = store->policies().value();
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const PolicyVersion &one) { return one.version == version; });
    const Statement statement = **store->statement(row->statement);
    VoteContent words;
    words.reason = u"Rule “small” of the policy “Payments”: allowed without asking."_s;
    const ContentRow content{ContentId(rig.ids.nextId()), u"policy"_s, rig.ids.randomBytes(32),
                             encodeVoteContent(words)};
    Decision decision;
    decision.id = DecisionId(rig.ids.nextId());
    decision.request = id;
    decision.round = round.number;
    decision.verdict = Verdict::Approve;
    decision.decidingVote = statement.id;
    decision.reviewer = ReviewerId(version);
    decision.reviewerName = policyDeciderName(u"Payments"_s, version);
    decision.payloadHash = round.payloadHash;
    decision.effectiveHash = effectiveHash(round.payloadHash, Verdict::Approve, round.content, words);
    decision.decidedAt = rig.clock.now();
    decision.seat = SeatId(u"forged"_s);
    decision.release = statement.id;
    decision.releasedAt = decision.decidedAt;
    Request request = **store->request(id);
    request.revision += 1;
    request.state = {Lifecycle::Decided, Delivery::Released};
    request.decision = decision.id;
    request.verdict = Verdict::Approve;
    request.settledSequence = 1;
    request.settledAt = decision.decidedAt;
    EventFacts facts;
    facts.workspace = store->workspace()->id;
    facts.id = EventId(rig.ids.nextId());
    facts.kind = u"decision.automatic"_s;
    facts.at = rig.clock.now();
    facts.actor = {u"policy"_s, version, {}};
    facts.seat = decision.seat;
    facts.subject = id.text();
    facts.request = RequestFacts::of(request);
    facts.payloadHash = decision.payloadHash;
    facts.effectiveHash = decision.effectiveHash;
    facts.statements = {{statement.id.text(), statement.digest()}};
    facts.contents = {{content.id.text(), content.commitment()}};
    const Result<> written = store->transact([&](StoreWriter &writer) -> Result<> {
        Result<> done = writer.insertContent(content);
        done = done ? writer.insertDecision(decision) : done;
        done = done ? writer.updateRequest(request) : done;
        const auto sealed = done ? writer.appendEvent(toAuditEvent(facts)) : Result<qint64>(done.error());
        return sealed ? Result<>() : Result<>(sealed.error());
    });
    QVERIFY2(written, written ? "" : qPrintable(written.error().message));
}

} // namespace

class TestPolicyDecisions : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }
    void aPolicyDecidesWhatIsFiledFromNowOn();
    void aSmallPaymentStartsOnceAndOnlyAsFiled();
    void aDenialTellsTheAgentWhy();
    void aQuestionIsFrozenWithVersionTierAndHeading();
    void aRevisedRoundIsJudgedAnew();
    void onlyAnAdministratorApplies();
    void aPolicyOfAFormerAdministratorStopsTheFiling();
    void aRotatedKeyNeedsThePolicyAppliedAgain();
    void theNewestVersionCounts();
    void whatIsDeniedCannotBeEditedIn();
    void theCommandLineDecidesWhereThePolicySaysSo();
    void aReviewerCannotTakeBackWhatThePolicyDecided();
    void nothingIsFiledUnderATamperedPolicy_data();
    void nothingIsFiledUnderATamperedPolicy();
    void nothingForgedIsExecuted_data();
    void nothingForgedIsExecuted();
    void whatAnOlderPolicyAllowedDoesNotOutliveIt();
    void anApprovalIsGoodForOneStartWhateverTheFileSays();
    void aReviewerIsNotAskedInALowerTierThanThePolicySays();
    void nothingIsDecidedUnderAPolicyThatWasNotInForce_data();
    void nothingIsDecidedUnderAPolicyThatWasNotInForce();
    void theListNamesWhatDoesNotCount();
    void anOlderCopyComesBackOnlyThroughAnAdministrator();
    void aPolicyThatCannotBeReadHereStopsTheFiling();
};

void TestPolicyDecisions::aPolicyDecidesWhatIsFiledFromNowOn()
{
    EngineRig rig;
    const RequestId before = rig.submit(aSubmission().withArguments(paying("50")));
    const PolicyRecord applied = rig.engine->applyPolicy(payments, rig.r1Key).value();
    QCOMPARE(applied.version, u"policy-1"_s);
    QCOMPARE(rig.status(before), u"pending"_s);
    QCOMPARE(rig.status(rig.submit(aSubmission().withArguments(paying("99.99")))), u"approved"_s);
    QCOMPARE(rig.status(rig.submit(aSubmission().withArguments(paying("100")))), u"pending"_s);
    QCOMPARE(rig.status(rig.submit(aSubmission().withArguments(paying("1000.01")))), u"rejected"_s);
    const AuditReport report = audit(rig);
    QVERIFY2(report.holds(), qPrintable(printed(report)));
}

void TestPolicyDecisions::aSmallPaymentStartsOnceAndOnlyAsFiled()
{
    EngineRig rig;
    QVERIFY(rig.engine->applyPolicy(payments, rig.r1Key));
    const RequestId id = rig.submit(aSubmission().withArguments(paying("50")).expiringIn(1h));
    const auto gate = rig.newEngine(*rig.store, u"gate"_s);
    const VerifiedOutcome outcome = gate->verifiedOutcome(id).value();
    QCOMPARE(outcome.decision.verdict, Verdict::Approve);
    QCOMPARE(outcome.policyVersion, u"policy-1"_s);
    QCOMPARE(outcome.decision.reviewerName, u"policy “Payments” (policy-1)"_s);
    RoundContent other = rig.round(id).content;
    other.arguments = paying("51");
    QCOMPARE(gate->beginExecution(id, other).error().code, ErrorCode::ContentChanged);
    QVERIFY(gate->beginExecution(id, rig.round(id).content));
    QCOMPARE(gate->beginExecution(id, rig.round(id).content).error().code, ErrorCode::AlreadyDecided);
    QVERIFY(gate->finishExecution(id, {}));
    QVERIFY(!rig.store->nextTimer().value());
    const AuditReport report = audit(rig);
    QVERIFY2(report.holds(), qPrintable(printed(report)));
}

void TestPolicyDecisions::aDenialTellsTheAgentWhy()
{
    EngineRig rig;
    QVERIFY(rig.engine->applyPolicy(payments, rig.r1Key));
    const RequestId id = rig.submit(aSubmission().withArguments(paying("5000")));
    const VerifiedOutcome outcome = rig.engine->verifiedOutcome(id).value();
    QCOMPARE(outcome.decision.verdict, Verdict::Reject);
    QCOMPARE(outcome.vote.content.reason, u"Ask the finance department."_s);
    QVERIFY(rig.engine->acknowledge(id));
    QVERIFY(!rig.engine->beginExecution(id, rig.round(id).content));
    const RequestDetail detail = loadDetail(*rig.store, id).value();
    QCOMPARE(detail.policyReason, u"Ask the finance department."_s);
    QVERIFY(detail.votes.empty());
    const AuditReport report = audit(rig);
    QVERIFY2(report.holds(), qPrintable(printed(report)));
}

void TestPolicyDecisions::aQuestionIsFrozenWithVersionTierAndHeading()
{
    EngineRig rig;
    QVERIFY(rig.engine->applyPolicy(payments, rig.r1Key));
    const RequestId id = rig.submit(aSubmission().withArguments(paying("500")).inTier(Tier::Low));
    const Round round = rig.round(id);
    QCOMPARE(round.policy.version, u"policy-1"_s);
    QCOMPARE(round.policy.tier, Tier::High);
    QVERIFY2(round.policy.trace.contains(u"Payments"_s), qPrintable(round.policy.trace));
    QCOMPARE(rig.request(id).summary, u"Transfer 500 EUR"_s);
    const RequestDetail detail = loadDetail(*rig.store, id).value();
    QVERIFY(detail.toolPolicy);
    QCOMPARE(detail.toolPolicy->critical, std::vector<std::string>{"/recipient"});
    // The next policy changes nothing about it.
    QVERIFY(rig.engine->applyPolicy(everything, rig.r1Key));
    QCOMPARE(rig.round(id).policy.version, u"policy-1"_s);
    DecideOrder order = rig.order(id, Verdict::Approve);
    QVERIFY(rig.engine->decide(order));
    QVERIFY(rig.engine->beginExecution(id, rig.round(id).content));
    const AuditReport report = audit(rig);
    QVERIFY2(report.holds(), qPrintable(printed(report)));
}

void TestPolicyDecisions::aRevisedRoundIsJudgedAnew()
{
    EngineRig rig;
    QVERIFY(rig.engine->applyPolicy(payments, rig.r1Key));
    const RequestId id = rig.submit(aSubmission().withArguments(paying("500")).expiringIn(1h));
    QVERIFY(rig.engine->revise(id, aSubmission().withArguments(paying("50"))));
    QCOMPARE(rig.status(id), u"approved"_s);
    QCOMPARE(rig.request(id).round, 2);
    QVERIFY(rig.engine->beginExecution(id, rig.round(id).content));
    const AuditReport report = audit(rig);
    QVERIFY2(report.holds(), qPrintable(printed(report)));
}

void TestPolicyDecisions::onlyAnAdministratorApplies()
{
    EngineRig rig;
    const SigningKey r2 = SigningKey::generate();
    QVERIFY(rig.engine->enrol(u"R2"_s, {}, r2.publicKey(), false, rig.r1Key));
    QCOMPARE(rig.engine->applyPolicy(payments, r2).error().code, ErrorCode::NotAllowed);
    QCOMPARE(rig.engine->applyPolicy(payments, SigningKey::generate()).error().code, ErrorCode::NotAllowed);
    QCOMPARE(rig.engine->applyPolicy("{}", rig.r1Key).error().code, ErrorCode::InvalidInput);
    QVERIFY(rig.engine->policies()->empty());
    QCOMPARE(rig.status(rig.submit(aSubmission().withArguments(paying("5")))), u"pending"_s);
}

void TestPolicyDecisions::aPolicyOfAFormerAdministratorStopsTheFiling()
{
    EngineRig rig;
    const SigningKey r2 = SigningKey::generate();
    QVERIFY(rig.engine->enrol(u"R2"_s, {}, r2.publicKey(), true, rig.r1Key));
    QVERIFY(rig.engine->applyPolicy(payments, r2));
    const RequestId allowed = rig.submit(aSubmission().withArguments(paying("50")));
    const RequestId asked = rig.submit(aSubmission().withArguments(paying("500")));
    rig.clock.advance(1s);
    QVERIFY(rig.engine->disable(u"R2"_s, rig.r1Key));
    QCOMPARE(rig.engine->submit(aSubmission()).error().code, ErrorCode::NotAllowed);
    QCOMPARE(rig.engine->beginExecution(allowed, rig.round(allowed).content).error().code, ErrorCode::NotAllowed);
    QVERIFY(!rig.engine->policies()->back().active);
    // What a person decides under it still stands on that person's own key.
    QVERIFY(rig.engine->decide(rig.order(asked, Verdict::Reject)));
    QVERIFY(rig.engine->applyPolicy(payments, rig.r1Key));
    QVERIFY(rig.engine->submit(aSubmission()));
    const AuditReport report = audit(rig);
    QVERIFY2(report.holds(), qPrintable(printed(report)));
}

void TestPolicyDecisions::aRotatedKeyNeedsThePolicyAppliedAgain()
{
    EngineRig rig;
    QVERIFY(rig.engine->applyPolicy(payments, rig.r1Key));
    rig.clock.advance(1s);
    const SigningKey next = SigningKey::generate();
    QVERIFY(rig.engine->rotate(u"R1"_s, next.publicKey(), rig.r1Key));
    QCOMPARE(rig.engine->submit(aSubmission()).error().code, ErrorCode::NotAllowed);
    QCOMPARE(rig.engine->applyPolicy(payments, rig.r1Key).error().code, ErrorCode::NotAllowed);
    QCOMPARE(rig.engine->applyPolicy(payments, next)->version, u"policy-2"_s);
    QVERIFY(rig.engine->submit(aSubmission()));
}

void TestPolicyDecisions::theNewestVersionCounts()
{
    EngineRig rig;
    QVERIFY(rig.engine->applyPolicy(everything, rig.r1Key));
    QVERIFY(rig.engine->applyPolicy(nothing, rig.r1Key));
    rig.clock.advance(-1h); // A clock that is set back brings no older policy into force.
    QCOMPARE(rig.engine->applyPolicy(payments, rig.r1Key)->version, u"policy-3"_s);
    const RequestId id = rig.submit(aSubmission().withArguments(paying("500")));
    QCOMPARE(rig.round(id).policy.version, u"policy-3"_s);
    const std::vector<PolicyRecord> all = rig.engine->policies().value();
    QCOMPARE(all.size(), 3U);
    QVERIFY(!all[0].active && !all[1].active && all[2].active);
    QCOMPARE(all[2].appliedBy, u"R1"_s);
    QCOMPARE(all[1].policy.name, u"Strict"_s);
}

void TestPolicyDecisions::whatIsDeniedCannotBeEditedIn()
{
    EngineRig rig;
    QVERIFY(rig.engine->applyPolicy(payments, rig.r1Key));
    DecideOrder order = rig.order(rig.submit(aSubmission().withArguments(paying("500"))), Verdict::ApproveEdited);
    order.content.arguments = paying("5000");
    const Result<Decided> denied = rig.engine->decide(order);
    QVERIFY(!denied);
    QCOMPARE(denied.error().code, ErrorCode::NotAllowed);
    QVERIFY2(denied.error().message.contains(u"Ask the finance department."_s), qPrintable(denied.error().message));
    order.content.arguments = paying("600");
    QVERIFY(rig.engine->decide(order));
}

void TestPolicyDecisions::theCommandLineDecidesWhereThePolicySaysSo()
{
    const auto file = [](const QByteArray &commandLine, const QByteArray &tier) {
        return R"({"version":1,"name":"P","rules":[],"tools":{"process_payment":{"tier":")" + tier +
               R"(","commandLine":)" + commandLine + "}}}";
    };
    EngineRig rig;
    const auto decideHere = [&rig](const QByteArray &policy) {
        if (!rig.engine->applyPolicy(policy, rig.r1Key)) {
            qFatal("not applied");
        }
        DecideOrder order = rig.order(rig.submit(aSubmission().withArguments(paying("500"))), Verdict::Approve);
        order.fromCommandLine = true;
        return rig.engine->decide(order);
    };
    QVERIFY(decideHere(file("true", "high")));
    QCOMPARE(decideHere(file("false", "high")).error().code, ErrorCode::NotAllowed);
    QCOMPARE(decideHere(file("false", "low")).error().code, ErrorCode::NotAllowed);
    QVERIFY(decideHere(file("true", "low")));
    QCOMPARE(decideHere(payments).error().code, ErrorCode::NotAllowed);
}

void TestPolicyDecisions::aReviewerCannotTakeBackWhatThePolicyDecided()
{
    EngineRig rig;
    QVERIFY(rig.engine->applyPolicy(payments, rig.r1Key));
    const RequestId id = rig.submit(aSubmission().withArguments(paying("50")));
    QCOMPARE(rig.engine->undo(id).error().code, ErrorCode::WrongState);
    const auto late = rig.engine->decide(rig.order(id, Verdict::Reject));
    QCOMPARE(late.error().code, ErrorCode::AlreadyDecided);
    QVERIFY2(late.error().message.contains(u"Payments"_s), qPrintable(late.error().message));
}

using Attack = std::function<void(EngineRig &, Attacker &)>;
using AttackOn = std::function<void(EngineRig &, Attacker &, RequestId &)>;
Q_DECLARE_METATYPE(Attack)
Q_DECLARE_METATYPE(AttackOn)

void TestPolicyDecisions::nothingIsFiledUnderATamperedPolicy_data()
{
    QTest::addColumn<Attack>("attack");
    const auto sql = [](const char *name, const QByteArray &text) {
        QTest::newRow(name) << Attack([text](EngineRig &, Attacker &attacker) { attacker.run(text); });
    };
    const QByteArray lax = "x'" + everything.toHex() + "'";
    sql("the text is edited", "UPDATE policy_version SET body=" + lax + " WHERE version='policy-2'");
    sql("the time is edited", "UPDATE policy_version SET active_from_ms=0 WHERE version='policy-2'");
    sql("the newest is deleted", "DELETE FROM policy_version WHERE version='policy-2'");
    sql("all are deleted", "DELETE FROM policy_version");
    sql("the newest and its statement are deleted",
        "DELETE FROM policy_version WHERE version='policy-2'; DELETE FROM statement WHERE subject='policy-2'");
    sql("the newest, its statement and its entry are deleted",
        "DELETE FROM policy_version WHERE version='policy-2'; DELETE FROM statement WHERE subject='policy-2'; "
        "DELETE FROM seal WHERE sequence=(SELECT max(sequence) FROM seal); "
        "DELETE FROM event WHERE number=(SELECT max(number) FROM event)");
    sql("everything about policies is deleted",
        "DELETE FROM policy_version; DELETE FROM statement WHERE kind='policy'; DELETE FROM seal WHERE sequence IN "
        "(SELECT number FROM event WHERE kind='policy.applied'); DELETE FROM event WHERE kind='policy.applied'");
    sql("an old one is copied to the end under its own name",
        "UPDATE policy_version SET rowid=99 WHERE version='policy-1'; DELETE FROM policy_version WHERE "
        "version='policy-2'");
    sql("an old one is copied under a new name",
        "INSERT INTO policy_version SELECT 'policy-3', body, statement, active_from_ms FROM policy_version WHERE "
        "version='policy-1'");
    sql("the newest gets the old text and statement",
        "UPDATE policy_version SET body=(SELECT body FROM policy_version WHERE version='policy-1'), statement=(SELECT "
        "statement FROM policy_version WHERE version='policy-1') WHERE version='policy-2'");
    QTest::newRow("one signed by the attacker") << Attack([](EngineRig &rig, Attacker &) {
        const SigningKey own = SigningKey::generate();
        const auto store = rig.secondStore();
        const PolicyBody body{store->workspace()->id, u"policy-3"_s, sha256(everything), rig.clock.now()};
        const Statement statement =
            signStatement(StatementId(rig.ids.nextId()), u"policy"_s, u"policy-3"_s, encodeBody(body), own);
        EventFacts facts;
        facts.workspace = body.workspace;
        facts.id = EventId(rig.ids.nextId());
        facts.kind = u"policy.applied"_s;
        facts.at = rig.clock.now();
        facts.actor = {u"reviewer"_s, rig.r1.id.text(), rig.r1Key.publicKey().fingerprint()};
        facts.subject = policyLogSubject();
        facts.statements = {{statement.id.text(), statement.digest()}};
        facts.more = JsonValue::object({{"version", JsonValue::fromString(u"policy-3"_s)}});
        QVERIFY(store->transact([&](StoreWriter &writer) -> Result<> {
            Result<> done = writer.insertStatement(statement);
            done = done ? writer.insertPolicy({u"policy-3"_s, everything, statement.id, body.at}) : done;
            const auto sealed = done ? writer.appendEvent(toAuditEvent(facts)) : Result<qint64>(done.error());
            return sealed ? Result<>() : Result<>(sealed.error());
        }));
    });
    QTest::newRow("an old entry is written again") << Attack([](EngineRig &rig, Attacker &attacker) {
        attacker.run("DELETE FROM policy_version WHERE version='policy-2'");
        const auto store = rig.secondStore();
        const Statement old = **store->statement(store->policies()->front().statement);
        EventFacts facts;
        facts.workspace = store->workspace()->id;
        facts.id = EventId(rig.ids.nextId());
        facts.kind = u"policy.applied"_s;
        facts.at = rig.clock.now();
        facts.actor = {u"reviewer"_s, rig.r1.id.text(), rig.r1Key.publicKey().fingerprint()};
        facts.subject = policyLogSubject();
        facts.statements = {{old.id.text(), old.digest()}};
        facts.more = JsonValue::object({{"version", JsonValue::fromString(u"policy-1"_s)}});
        QVERIFY(store->transact([&](StoreWriter &writer) -> Result<> {
            const auto sealed = writer.appendEvent(toAuditEvent(facts));
            return sealed ? Result<>() : Result<>(sealed.error());
        }));
    });
}

void TestPolicyDecisions::nothingIsFiledUnderATamperedPolicy()
{
    QFETCH(Attack, attack);
    EngineRig rig;
    QVERIFY(rig.engine->applyPolicy(everything, rig.r1Key));
    QVERIFY(rig.engine->applyPolicy(nothing, rig.r1Key));
    {
        Attacker attacker(rig.path);
        attack(rig, attacker);
    }
    const auto fresh = rig.newEngine(*rig.store);
    const auto filed = fresh->submit(aSubmission());
    QVERIFY2(!filed, "it was filed");
    QCOMPARE(filed.error().code, ErrorCode::NotAllowed);
    const auto records = fresh->policies();
    QVERIFY(records);
    QVERIFY(std::none_of(records->begin(), records->end(), [](const PolicyRecord &one) { return one.active; }));
    QVERIFY(
        std::any_of(records->begin(), records->end(), [](const PolicyRecord &one) { return !one.problem.isEmpty(); }));
    const AuditReport report = audit(rig);
    QVERIFY2(!report.holds(), "the audit noticed nothing");
    qInfo().noquote() << "first:" << report.first()->sequence << report.first()->entry << report.first()->what;
}

void TestPolicyDecisions::nothingForgedIsExecuted_data()
{
    QTest::addColumn<AttackOn>("attack");
    const auto row = [](const char *name, AttackOn attack) { QTest::newRow(name) << std::move(attack); };
    row("a decision of the policy that it does not make",
        [](EngineRig &rig, Attacker &, RequestId &id) { forgeAutomatic(rig, id, u"policy-2"_s); });
    row("a decision of an older policy that would make it", [](EngineRig &rig, Attacker &attacker, RequestId &id) {
        attacker.run("UPDATE round SET policy_version='policy-1', tier='medium'");
        const auto store = rig.secondStore();
        Round round = store->rounds(id)->back();
        attacker.run("UPDATE round SET payload_hash=x'" +
                     payloadHash(store->workspace()->id, round).toByteArray().toHex() + "'");
        forgeAutomatic(rig, id, u"policy-1"_s);
    });
    row("a decision copied from a request that was allowed", [](EngineRig &rig, Attacker &attacker, RequestId &id) {
        const RequestId small = rig.submit(aSubmission().withArguments(paying("50")));
        QCOMPARE(rig.status(small), u"approved"_s);
        attacker.run("UPDATE decision SET request='" + id.text().toUtf8() + "'");
        attacker.run("UPDATE request SET lifecycle='decided', delivery='released', verdict='approve', shelf=2, "
                     "revision=2, decision=(SELECT id FROM decision) WHERE id='" +
                     id.text().toUtf8() + "'");
        attacker.run("UPDATE event SET subject='" + id.text().toUtf8() + "', body=CAST(replace(body, '" +
                     small.text().toUtf8() + "', '" + id.text().toUtf8() +
                     "') AS BLOB) WHERE kind='decision.automatic'");
        attacker.run("DELETE FROM seal WHERE sequence=(SELECT max(sequence) FROM seal)");
    });
    row("the policy is swapped after the decision", [](EngineRig &rig, Attacker &attacker, RequestId &id) {
        attacker.run("UPDATE policy_version SET body=x'" + everything.toHex() + "' WHERE version='policy-2'");
        forgeAutomatic(rig, id, u"policy-2"_s);
    });
    row("the policy is rolled back after the decision", [](EngineRig &rig, Attacker &attacker, RequestId &id) {
        attacker.run("UPDATE round SET policy_version='policy-1', tier='medium'");
        const auto store = rig.secondStore();
        Round round = store->rounds(id)->back();
        attacker.run("UPDATE round SET payload_hash=x'" +
                     payloadHash(store->workspace()->id, round).toByteArray().toHex() + "'");
        attacker.run("DELETE FROM policy_version WHERE version='policy-2'");
        forgeAutomatic(rig, id, u"policy-1"_s);
    });
    row("the content is made small afterwards", [](EngineRig &rig, Attacker &attacker, RequestId &id) {
        forgeAutomatic(rig, id, u"policy-2"_s);
        attacker.run("UPDATE content SET body=CAST(replace(body, '500', '50') AS BLOB) WHERE kind='round'");
    });
    row("an approval in the name of the built-in rule", [](EngineRig &rig, Attacker &attacker, RequestId &id) {
        forgeAutomatic(rig, id, u"policy-2"_s);
        attacker.run("UPDATE round SET policy_version='builtin-1'");
    });
    row("a denial turned into an approval", [](EngineRig &rig, Attacker &attacker, RequestId &id) {
        id = rig.submit(aSubmission().withArguments(paying("5000")));
        QCOMPARE(rig.status(id), u"rejected"_s);
        attacker.run("UPDATE decision SET verdict='approve'");
        attacker.run("UPDATE request SET verdict='approve' WHERE id='" + id.text().toUtf8() + "'");
    });
}

void TestPolicyDecisions::nothingForgedIsExecuted()
{
    QFETCH(AttackOn, attack);
    EngineRig rig;
    QVERIFY(rig.engine->applyPolicy(everything, rig.r1Key));
    QVERIFY(rig.engine->applyPolicy(payments, rig.r1Key));
    RequestId id = rig.submit(aSubmission().withArguments(paying("500")).expiringIn(1h));
    QCOMPARE(rig.status(id), u"pending"_s);
    RoundContent content = rig.round(id).content;
    {
        Attacker attacker(rig.path);
        attack(rig, attacker, id);
    }
    const auto gate = rig.newEngine(*rig.store, u"gate"_s);
    for (const QByteArray &amount : {QByteArray("500"), QByteArray("50"), QByteArray("5000")}) {
        content.arguments = paying(amount);
        const auto started = gate->beginExecution(id, content);
        QVERIFY2(!started, "the forged decision was executed");
    }
    const auto outcome = gate->verifiedOutcome(id);
    QVERIFY2(!outcome, "the forged decision was believed");
    QCOMPARE(outcome.error().code, ErrorCode::NotAllowed);
    qInfo().noquote() << outcome.error().message;
    const AuditReport report = audit(rig);
    QVERIFY2(!report.holds(), "the audit noticed nothing");
    qInfo().noquote() << "first:" << report.first()->sequence << report.first()->entry << report.first()->what;
}

void TestPolicyDecisions::whatAnOlderPolicyAllowedDoesNotOutliveIt()
{
    EngineRig rig;
    QVERIFY(rig.engine->applyPolicy(everything, rig.r1Key));
    const RequestId large = rig.submit(aSubmission().withArguments(paying("500")));
    const RequestId small = rig.submit(aSubmission().withArguments(paying("50")));
    QVERIFY(rig.engine->applyPolicy(payments, rig.r1Key));
    const auto refused = rig.engine->beginExecution(large, rig.round(large).content);
    QCOMPARE(refused.error().code, ErrorCode::NotAllowed);
    QVERIFY2(refused.error().message.contains(u"Ask again"_s), qPrintable(refused.error().message));
    QVERIFY(rig.engine->beginExecution(small, rig.round(small).content)); // The new one says the same.
    const AuditReport report = audit(rig);
    QVERIFY2(report.holds(), qPrintable(printed(report)));
}

void TestPolicyDecisions::anApprovalIsGoodForOneStartWhateverTheFileSays()
{
    EngineRig rig;
    QVERIFY(rig.engine->applyPolicy(payments, rig.r1Key));
    const RequestId id = rig.submit(aSubmission().withArguments(paying("50")));
    const RoundContent content = rig.round(id).content;
    QVERIFY(rig.engine->beginExecution(id, content));
    QVERIFY(rig.engine->finishExecution(id, {}));
    {
        Attacker attacker(rig.path);
        attacker.run("UPDATE request SET delivery='released', revision=2; DELETE FROM delivery_attempt; "
                     "DELETE FROM outcome; DELETE FROM seal WHERE sequence > 5; DELETE FROM event WHERE number > 5");
    }
    const auto again = rig.newEngine(*rig.store, u"gate"_s)->beginExecution(id, content);
    QVERIFY2(!again, "the approval was used twice");
}

void TestPolicyDecisions::aReviewerIsNotAskedInALowerTierThanThePolicySays()
{
    EngineRig rig;
    QVERIFY(rig.engine->applyPolicy(payments, rig.r1Key));
    const RequestId id = rig.submit(aSubmission().withArguments(paying("500")));
    {
        Attacker attacker(rig.path);
        attacker.run("UPDATE round SET tier='low'; UPDATE request SET tier='low'");
        const auto store = rig.secondStore();
        Round round = store->rounds(id)->back();
        attacker.run("UPDATE round SET payload_hash=x'" +
                     payloadHash(store->workspace()->id, round).toByteArray().toHex() + "'");
    }
    const auto decided = rig.engine->decide(rig.order(id, Verdict::Approve));
    QVERIFY2(!decided, "a high-tier request was approved in the low tier");
    QCOMPARE(decided.error().code, ErrorCode::NotAllowed);
}

void TestPolicyDecisions::nothingIsDecidedUnderAPolicyThatWasNotInForce_data()
{
    QTest::addColumn<QByteArray>("version");
    QTest::addColumn<QByteArray>("tier");
    QTest::newRow("the built-in rule") << QByteArray("builtin-1") << QByteArray("medium");
    QTest::newRow("an older one") << QByteArray("policy-1") << QByteArray("medium");
    QTest::newRow("a newer one") << QByteArray("policy-3") << QByteArray("medium");
}

void TestPolicyDecisions::nothingIsDecidedUnderAPolicyThatWasNotInForce()
{
    QFETCH(QByteArray, version);
    QFETCH(QByteArray, tier);
    EngineRig rig;
    QVERIFY(rig.engine->applyPolicy(everything, rig.r1Key));
    QVERIFY(rig.engine->applyPolicy(payments, rig.r1Key));
    const RequestId id = rig.submit(aSubmission().withArguments(paying("500")));
    QVERIFY(rig.engine->applyPolicy(nothing, rig.r1Key));
    {
        Attacker attacker(rig.path);
        attacker.run("UPDATE round SET policy_version='" + version + "', tier='" + tier +
                     "'; UPDATE request SET tier='" + tier + "'");
        const auto store = rig.secondStore();
        const Round round = store->rounds(id)->back();
        attacker.run("UPDATE round SET payload_hash=x'" +
                     payloadHash(store->workspace()->id, round).toByteArray().toHex() + "'");
    }
    const auto decided = rig.engine->decide(rig.order(id, Verdict::Approve));
    QVERIFY2(!decided, "it was approved under a policy that was not in force");
    QCOMPARE(decided.error().code, ErrorCode::NotAllowed);
    QVERIFY2(decided.error().message.contains(u"policy-2 was in force"_s), qUtf8Printable(decided.error().message));
}

void TestPolicyDecisions::theListNamesWhatDoesNotCount()
{
    EngineRig rig;
    QVERIFY(rig.engine->applyPolicy(everything, rig.r1Key));
    {
        Attacker attacker(rig.path);
        attacker.run("DELETE FROM policy_version");
    }
    const std::vector<PolicyRecord> records = rig.engine->policies().value();
    QCOMPARE(records.size(), 1U);
    QVERIFY2(records[0].problem.contains(u"policy-1 is gone"_s), qPrintable(records[0].problem));
}

void TestPolicyDecisions::anOlderCopyComesBackOnlyThroughAnAdministrator()
{
    EngineRig rig;
    QVERIFY(rig.engine->applyPolicy(everything, rig.r1Key));
    const QString copy = rig.folder.filePath(u"copy.db"_s);
    QVERIFY(rig.store->backup(copy));
    QVERIFY(rig.engine->applyPolicy(nothing, rig.r1Key));
    const auto store = std::move(openSqliteStore(copy, rig.clock, rig.ids)).value();
    const auto engine = rig.newEngine(*store);
    QCOMPARE(engine->submit(aSubmission()).error().code, ErrorCode::NotAllowed);
    QCOMPARE(engine->applyPolicy(everything, rig.r1Key)->version, u"policy-3"_s);
    QVERIFY(engine->submit(aSubmission()));
}

void TestPolicyDecisions::aPolicyThatCannotBeReadHereStopsTheFiling()
{
    // Signed by an administrator with a later version of the program.
    EngineRig rig;
    const QByteArray later = R"({"version":2,"name":"Later","rules":[],"people":{}})";
    const PolicyBody body{rig.store->workspace()->id, u"policy-1"_s, sha256(later), rig.clock.now()};
    const Statement statement =
        signStatement(StatementId(rig.ids.nextId()), u"policy"_s, u"policy-1"_s, encodeBody(body), rig.r1Key);
    EventFacts facts;
    facts.workspace = body.workspace;
    facts.id = EventId(rig.ids.nextId());
    facts.kind = u"policy.applied"_s;
    facts.at = rig.clock.now();
    facts.actor = {u"reviewer"_s, rig.r1.id.text(), rig.r1Key.publicKey().fingerprint()};
    facts.subject = policyLogSubject();
    facts.statements = {{statement.id.text(), statement.digest()}};
    facts.more = JsonValue::object({{"version", JsonValue::fromString(u"policy-1"_s)}});
    QVERIFY(rig.store->transact([&](StoreWriter &writer) -> Result<> {
        Result<> done = writer.insertStatement(statement);
        done = done ? writer.insertPolicy({u"policy-1"_s, later, statement.id, body.at}) : done;
        const auto sealed = done ? writer.appendEvent(toAuditEvent(facts)) : Result<qint64>(done.error());
        return sealed ? Result<>() : Result<>(sealed.error());
    }));
    const auto filed = rig.engine->submit(aSubmission());
    QCOMPARE(filed.error().code, ErrorCode::NewerVersion);
    QVERIFY2(filed.error().message.contains(u"newer Countersign"_s), qPrintable(filed.error().message));
    QVERIFY(audit(rig).holds());
}

QTEST_GUILESS_MAIN(TestPolicyDecisions)
#include "tst_policy_decisions.moc"
