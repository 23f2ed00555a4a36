// SPDX-License-Identifier: Apache-2.0
// Reading policy files, and what they say to a request. No store, no keys: those are in tst_policy_decisions.
#include "core/base/json_reader.h"
#include "core/domain/summary.h"
#include "core/engine/policy.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QFile>
#include <QtTest/QTest>

using namespace Qt::Literals::StringLiterals;
using namespace countersign;

namespace {

QByteArray withRules(const QByteArray &rules, const QByteArray &tools = "{}")
{
    return R"({"version":1,"name":"P","rules":[)" + rules + R"(],"tools":)" + tools + "}";
}

RoundContent aCall(const QByteArray &arguments, const QString &tool = u"process_payment"_s)
{
    RoundContent content;
    content.toolName = tool;
    content.arguments = arguments;
    content.allowed = {Verdict::Approve, Verdict::Reject};
    return content;
}

QByteArray exampleFile()
{
    QFile file(QStringLiteral(COUNTERSIGN_SOURCE_DIR "/resources/policies/payments.json"));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

PolicyVerdict verdictOf(const QByteArray &file, const RoundContent &content, const QString &agent = u"bot"_s)
{
    const auto policy = CompiledPolicy::read(file);
    if (!policy) {
        qFatal("%s", qUtf8Printable(policy.error().message));
    }
    return (*policy)->evaluate({content, agent, u"local"_s});
}

} // namespace

class TestPolicy : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whatIsNoPolicyIsRefusedWithItsPlace_data();
    void whatIsNoPolicyIsRefusedWithItsPlace();
    void aLaterFormatIsNotGuessedAt();
    void theExampleDecidesPayments_data();
    void theExampleDecidesPayments();
    void theFirstRuleThatAppliesWins();
    void needsApprovalIsReadAsAskAndAllow_data();
    void needsApprovalIsReadAsAskAndAllow();
    void aRuleThatCouldNotBeCheckedNeverAllows_data();
    void aRuleThatCouldNotBeCheckedNeverAllows();
    void aHostileArgumentCostsABoundedTime_data();
    void aHostileArgumentCostsABoundedTime();
    void theAskerNeverLowersTheTier_data();
    void theAskerNeverLowersTheTier();
    void whatCannotBeAnsweredForAPersonIsAsked();
    void theConditionSeesWhoAsksAndWhat();
    void aTemplateMakesTheHeading_data();
    void aTemplateMakesTheHeading();
    void criticalFieldsAreTyped();
};

void TestPolicy::whatIsNoPolicyIsRefusedWithItsPlace_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QString>("place");
    const auto row = [](const char *name, const QByteArray &file, const QString &place) {
        QTest::newRow(name) << file << place;
    };
    row("no object", "[]", {});
    row("no name", R"({"version":1,"rules":[]})", {});
    row("no version", R"({"name":"P","rules":[]})", {});
    row("version as text", R"({"version":"1","name":"P","rules":[]})", u"/version"_s);
    row("unknown member", R"({"version":1,"name":"P","rules":[],"colour":"red"})", u"/colour"_s);
    row("unknown member of a rule", withRules(R"({"name":"r","when":true,"do":"ask","colour":1})"),
        u"/rules/0/colour"_s);
    row("unknown member of a tool", withRules("", R"({"t":{"colour":1}})"), u"/tools/t/colour"_s);
    row("unknown action", withRules(R"({"name":"r","when":true,"do":"approve"})"), u"/rules/0/do"_s);
    row("unknown tier", withRules(R"({"name":"r","when":true,"do":"ask","tier":"huge"})"), u"/rules/0/tier"_s);
    row("neither action", withRules(R"({"name":"r","when":true})"), u"/rules/0"_s);
    row("both actions", withRules(R"({"name":"r","when":true,"do":"ask","needsApproval":true})"), u"/rules/0"_s);
    row("no condition", withRules(R"({"name":"r","do":"ask"})"), u"/rules/0"_s);
    row("condition as text", withRules(R"({"name":"r","when":"always","do":"ask"})"), u"/rules/0/when"_s);
    row("condition that is no schema", withRules(R"({"name":"r","when":{"type":"strnig"},"do":"ask"})"),
        u"/rules/0/when"_s);
    row("predicate that is no schema", withRules(R"({"name":"r","when":true,"needsApproval":{"minimum":"1"}})"),
        u"/rules/0/needsApproval"_s);
    row("condition elsewhere", withRules(R"({"name":"r","when":{"$ref":"https://example.com/s"},"do":"allow"})"),
        u"/rules/0/when"_s);
    row("condition with a slip of the pen",
        withRules(R"({"name":"r","when":{"propertys":{"tool":{"const":"search"}}},"do":"allow"})"), u"propertys"_s);
    row("slip of the pen further in",
        withRules(R"({"name":"r","when":{"properties":{"tool":{"cnst":"search"}}},"do":"allow"})"), u"cnst"_s);
    row("keyword of a later dialect",
        withRules(R"({"name":"r","when":{"$schema":"http://json-schema.org/draft-07/schema#",
                  "dependentRequired":{"tool":["arguments"]}},"do":"allow"})"),
        u"dependentRequired"_s);
    row("second rule of a name",
        withRules(R"({"name":"r","when":true,"do":"ask"},{"name":"r","when":true,"do":"ask"})"), u"/rules/1/name"_s);
    row("message where nothing is denied", withRules(R"({"name":"r","when":true,"do":"allow","message":"m"})"),
        u"/rules/0/message"_s);
    row("tier where nobody is asked", withRules(R"({"name":"r","when":true,"do":"allow","tier":"low"})"),
        u"/rules/0/tier"_s);
    row("half a brace", withRules("", R"({"t":{"summary":"Pay {amount"}})"), u"/tools/t/summary"_s);
    row("no pointer", withRules("", R"({"t":{"critical":["amount"]}})"), u"/tools/t/critical/0"_s);
    row("a key twice", R"({"version":1,"name":"P","rules":[],"rules":[]})", {});
}

void TestPolicy::whatIsNoPolicyIsRefusedWithItsPlace()
{
    QFETCH(QByteArray, file);
    QFETCH(QString, place);
    const auto policy = CompiledPolicy::read(file);
    QVERIFY(!policy);
    QCOMPARE(policy.error().code, ErrorCode::InvalidInput);
    QVERIFY2(policy.error().message.contains(place), qUtf8Printable(policy.error().message));
    QVERIFY2(policy.error().message.startsWith(u"The policy cannot be "_s), qUtf8Printable(policy.error().message));
}

void TestPolicy::aLaterFormatIsNotGuessedAt()
{
    const auto policy = CompiledPolicy::read(R"({"version":2,"name":"P","rules":[],"people":{}})");
    QVERIFY(!policy);
    QCOMPARE(policy.error().code, ErrorCode::NewerVersion);
}

void TestPolicy::theExampleDecidesPayments_data()
{
    QTest::addColumn<QByteArray>("arguments");
    QTest::addColumn<PolicyAction>("action");
    QTest::addColumn<Tier>("tier");
    const auto row = [](const char *name, const QByteArray &arguments, PolicyAction action, Tier tier) {
        QTest::newRow(name) << arguments << action << tier;
    };
    row("below", R"({"amount":99.99,"recipient":"A"})", PolicyAction::Allow, Tier::High);
    row("on the line", R"({"amount":100,"recipient":"A"})", PolicyAction::Ask, Tier::High);
    row("on the line, with decimals", R"({"amount":100.00,"recipient":"A"})", PolicyAction::Ask, Tier::High);
    row("between", R"({"amount":999,"recipient":"A"})", PolicyAction::Ask, Tier::High);
    row("the upper line", R"({"amount":1000,"recipient":"A"})", PolicyAction::Ask, Tier::High);
    row("above", R"({"amount":1000.01,"recipient":"A"})", PolicyAction::Deny, Tier::High);
    row("negative", R"({"amount":-5,"recipient":"A"})", PolicyAction::Ask, Tier::High);
    row("as text", R"({"amount":"5","recipient":"A"})", PolicyAction::Ask, Tier::High);
    row("no amount", R"({"recipient":"A"})", PolicyAction::Ask, Tier::High);
    row("no recipient", R"({"amount":5})", PolicyAction::Deny, Tier::High);
}

void TestPolicy::theExampleDecidesPayments()
{
    QFETCH(QByteArray, arguments);
    const PolicyVerdict verdict = verdictOf(exampleFile(), aCall(arguments));
    QTEST(verdict.action, "action");
    QTEST(verdict.tier, "tier");
    QVERIFY(!verdict.trace.isEmpty());
    QCOMPARE(!verdict.message.isEmpty(), verdict.action == PolicyAction::Deny);
}

void TestPolicy::theFirstRuleThatAppliesWins()
{
    const QByteArray file = withRules(R"({"name":"never","when":false,"do":"deny"},
        {"name":"first","when":true,"do":"ask","tier":"low"},{"name":"second","when":true,"do":"deny"})");
    const PolicyVerdict verdict = verdictOf(file, aCall("{}"));
    QCOMPARE(verdict.rule, u"first"_s);
    QCOMPARE(verdict.action, PolicyAction::Ask);
    QCOMPARE(verdict.tier, Tier::Low);
    QVERIFY(verdict.trace.contains(u"first"_s));
    const PolicyVerdict none = verdictOf(withRules(""), aCall("{}"));
    QCOMPARE(none.action, PolicyAction::Ask);
    QCOMPARE(none.tier, Tier::Medium);
    QVERIFY(none.rule.isEmpty() && !none.trace.isEmpty());
}

void TestPolicy::needsApprovalIsReadAsAskAndAllow_data()
{
    QTest::addColumn<QByteArray>("needsApproval");
    QTest::addColumn<QByteArray>("arguments");
    QTest::addColumn<PolicyAction>("action");
    const QByteArray above100 = R"({"properties":{"amount":{"exclusiveMinimum":100}},"required":["amount"]})";
    QTest::newRow("true") << QByteArray("true") << QByteArray("{}") << PolicyAction::Ask;
    QTest::newRow("false") << QByteArray("false") << QByteArray("{}") << PolicyAction::Allow;
    QTest::newRow("predicate holds") << above100 << QByteArray(R"({"amount":100.01})") << PolicyAction::Ask;
    QTest::newRow("predicate does not hold") << above100 << QByteArray(R"({"amount":100})") << PolicyAction::Allow;
    const QByteArray typed =
        R"({"properties":{"amount":{"type":"number","exclusiveMinimum":100}},"required":["amount"]})";
    // What is missing, or of another type, is not what the rule calls harmless.
    QTest::newRow("what it speaks of is missing") << above100 << QByteArray("{}") << PolicyAction::Ask;
    QTest::newRow("what it speaks of is misspelt") << above100 << QByteArray(R"({"Amount":5000})") << PolicyAction::Ask;
    QTest::newRow("an amount as text") << typed << QByteArray(R"({"amount":"5000"})") << PolicyAction::Ask;
    QTest::newRow("an amount as text, unnamed") << above100 << QByteArray(R"({"amount":"5"})") << PolicyAction::Ask;
    QTest::newRow("typed and small") << typed << QByteArray(R"({"amount":5})") << PolicyAction::Allow;
    const QByteArray either = R"({"anyOf":[)" + above100 + R"(,{"required":["force"]}]})";
    QTest::newRow("missing in a branch") << either << QByteArray(R"({"Amount":5000})") << PolicyAction::Ask;
    QTest::newRow("neither branch") << either << QByteArray(R"({"amount":5})") << PolicyAction::Allow;
    QTest::newRow("asked for, and there")
        << QByteArray(R"({"required":["force"]})") << QByteArray(R"({"force":true})") << PolicyAction::Ask;
    QTest::newRow("asked for, and not there")
        << QByteArray(R"({"required":["force"]})") << QByteArray("{}") << PolicyAction::Allow;
    QTest::newRow("predicate without arguments") << above100 << QByteArray() << PolicyAction::Ask;
}

void TestPolicy::needsApprovalIsReadAsAskAndAllow()
{
    QFETCH(QByteArray, needsApproval);
    QFETCH(QByteArray, arguments);
    const QByteArray file = withRules(R"({"name":"r","when":true,"needsApproval":)" + needsApproval + "}");
    QTEST(verdictOf(file, aCall(arguments)).action, "action");
}

void TestPolicy::aRuleThatCouldNotBeCheckedNeverAllows_data()
{
    QTest::addColumn<QByteArray>("rule");
    const QByteArray costly = R"({"properties":{"arguments":{"items":{"type":"integer"}}}})";
    QTest::newRow("allow") << QByteArray(R"({"name":"costly","when":)" + costly + R"(,"do":"allow"})");
    QTest::newRow("deny") << QByteArray(R"({"name":"costly","when":)" + costly + R"(,"do":"deny"})");
    QTest::newRow("ask in the low tier") << QByteArray(R"({"name":"costly","when":)" + costly +
                                                       R"(,"do":"ask","tier":"low"})");
    QTest::newRow("predicate") << QByteArray(
        R"({"name":"costly","when":true,"needsApproval":{"not":{"items":{"type":"integer"}}}})");
}

void TestPolicy::aRuleThatCouldNotBeCheckedNeverAllows()
{
    QFETCH(QByteArray, rule);
    QByteArray many = "[";
    for (int i = 0; i < 2000; ++i) {
        many += "1,";
    }
    many.back() = ']';
    const auto policy = CompiledPolicy::read(withRules(rule + R"(,{"name":"rest","when":true,"do":"allow"})"));
    QVERIFY(policy);
    RoundContent content = aCall(many);
    content.requestedTier = Tier::Low;
    const PolicyVerdict verdict = (*policy)->evaluate({content, u"bot"_s, u"local"_s}, 500);
    QCOMPARE(verdict.action, PolicyAction::Ask);
    QCOMPARE(verdict.tier, Tier::High);
    QCOMPARE(verdict.rule, u"costly"_s);
    QVERIFY2(verdict.trace.contains(u"could not be checked"_s), qUtf8Printable(verdict.trace));
}

void TestPolicy::aHostileArgumentCostsABoundedTime_data()
{
    QTest::addColumn<QByteArray>("condition");
    QTest::addColumn<QByteArray>("item");
    QTest::addColumn<int>("count");
    const QByteArray pattern = R"({"properties":{"arguments":{"items":{"pattern":"^(a+)+b$"}}}})";
    QTest::newRow("many short texts") << pattern << QByteArray("aaaaaaaaaaaaaaaaab") << 40'000;
    QTest::newRow("texts that a pattern never gives up on") << pattern << QByteArray(60, 'a') + 'b' << 15'000;
    QTest::newRow("one long text") << pattern << QByteArray(500'000, 'a') + 'b' << 1;
    QTest::newRow("all different") << QByteArray(
                                          R"({"properties":{"arguments":{"uniqueItems":true}},"minProperties":99})")
                                   << QByteArray("") << 90'000;
}

void TestPolicy::aHostileArgumentCostsABoundedTime()
{
    QFETCH(QByteArray, condition);
    QFETCH(QByteArray, item);
    QFETCH(int, count);
    // A hundred rules, each of which may cost much and applies to nothing.
    QByteArray rules;
    for (int i = 0; i < 100; ++i) {
        rules += R"({"name":"r)" + QByteArray::number(i) + R"(","when":)" + condition + R"(,"do":"allow"},)";
    }
    rules.chop(1);
    QByteArray many = "[";
    for (int i = 0; i < count; ++i) {
        many += item.isEmpty() ? QByteArray::number(i) + ',' : '"' + item + "\",";
    }
    many += item.isEmpty() ? QByteArray("-1]") : '"' + item + "c\"]";
    const auto policy = CompiledPolicy::read(withRules(rules));
    QVERIFY(policy);
    QElapsedTimer timer;
    timer.start();
    const PolicyVerdict verdict = (*policy)->evaluate({aCall(many), u"bot"_s, u"local"_s});
    QCOMPARE(verdict.action, PolicyAction::Ask);
    qInfo() << "took" << timer.elapsed() << "ms:" << verdict.trace;
    QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
}

void TestPolicy::theAskerNeverLowersTheTier_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<Tier>("claimed");
    QTest::addColumn<Tier>("tier");
    const QByteArray mediumRule =
        withRules(R"({"name":"r","when":true,"do":"ask","tier":"medium"})", R"({"process_payment":{"tier":"high"}})");
    const QByteArray highTool = withRules("", R"({"process_payment":{"tier":"high"}})");
    QTest::newRow("below the rule's") << mediumRule << Tier::Low << Tier::Medium;
    QTest::newRow("above the rule's") << mediumRule << Tier::High << Tier::High;
    QTest::newRow("below the tool's") << highTool << Tier::Low << Tier::High;
    QTest::newRow("below the default, where the policy says nothing") << withRules("") << Tier::Low << Tier::Medium;
    QTest::newRow("above the default, where the policy says nothing") << withRules("") << Tier::High << Tier::High;
    QTest::newRow("below the default, where the rule says nothing")
        << withRules(R"({"name":"r","when":true,"do":"ask"})") << Tier::Low << Tier::Medium;
}

void TestPolicy::theAskerNeverLowersTheTier()
{
    QFETCH(QByteArray, file);
    QFETCH(Tier, claimed);
    RoundContent content = aCall("{}");
    content.requestedTier = claimed;
    QTEST(verdictOf(file, content).tier, "tier");
}

void TestPolicy::whatCannotBeAnsweredForAPersonIsAsked()
{
    const QByteArray allow = withRules(R"({"name":"r","when":true,"do":"allow"})");
    RoundContent question = aCall({}, {});
    question.pattern = Pattern::Elicitation;
    question.allowed = {Verdict::Answer, Verdict::Decline, Verdict::Cancel};
    QCOMPARE(verdictOf(allow, question).action, PolicyAction::Ask);
    RoundContent broken = aCall("{");
    broken.unreviewable = u"Its arguments cannot be read"_s;
    QCOMPARE(verdictOf(allow, broken).action, PolicyAction::Ask);
    const QByteArray deny = withRules(R"({"name":"r","when":true,"do":"deny"})");
    QCOMPARE(verdictOf(deny, question).action, PolicyAction::Deny);
    QCOMPARE(automaticVerdict(PolicyAction::Deny, question), std::optional(Verdict::Decline));
    QCOMPARE(automaticVerdict(PolicyAction::Deny, broken), std::optional(Verdict::Reject));
    QCOMPARE(automaticVerdict(PolicyAction::Allow, broken), std::optional<Verdict>());
}

void TestPolicy::theConditionSeesWhoAsksAndWhat()
{
    RoundContent content = aCall(R"({"amount":4200.00})");
    content.title = u"T"_s;
    content.message = u"M"_s;
    content.requestedTier = Tier::High;
    QCOMPARE(writeJson(policyView({content, u"bot"_s, u"local"_s})),
             QByteArray(R"({"agent":"bot","connection":"local","pattern":"tool-approval","title":"T","message":"M",)"
                        R"("tool":"process_payment","arguments":{"amount":4200.00},"tier":"high"})"));
    QCOMPARE(writeJson(policyView({aCall({}, {}), u"bot"_s, u"local"_s})),
             QByteArray(R"({"agent":"bot","connection":"local","pattern":"tool-approval","title":"","message":""})"));
    const QByteArray file = withRules(R"({"name":"r","when":{"properties":{"agent":{"const":"bot"}}},"do":"allow"})");
    QCOMPARE(verdictOf(file, content, u"bot"_s).action, PolicyAction::Allow);
    QCOMPARE(verdictOf(file, content, u"other"_s).action, PolicyAction::Ask);
}

void TestPolicy::aTemplateMakesTheHeading_data()
{
    QTest::addColumn<QString>("summary");
    QTest::addColumn<QByteArray>("arguments");
    QTest::addColumn<QString>("heading");
    const QString pay = u"Transfer {amount} {currency} to {recipient}"_s;
    const auto row = [](const char *name, const QString &summary, const QByteArray &arguments, const QString &heading) {
        QTest::newRow(name) << summary << arguments << heading;
    };
    row("all there", pay, R"({"amount":4200.00,"currency":"EUR","recipient":"Nordwind"})",
        u"Transfer 4200.00 EUR to Nordwind"_s);
    row("one missing", pay, R"({"amount":4200.00,"recipient":"Nordwind"})",
        u"process_payment · amount 4200.00, recipient Nordwind"_s);
    row("one is an object", pay, R"({"amount":{},"currency":"EUR","recipient":"N"})",
        u"process_payment · currency EUR, recipient N"_s);
    row("hidden characters", u"Send to {to}"_s,
        QByteArray("{\"to\":\"a\xE2\x80\xAE"
                   "b\"}"),
        u"Send to \"a⟨U+202E⟩b\""_s);
    row("quotes cannot be faked", u"Send to {to}"_s, R"({"to":"a\" and \"b"})", u"Send to \"a\\\" and \\\"b\""_s);
    row("a pointer", u"Send to {/to/name}"_s, R"({"to":{"name":"Ada"}})", u"Send to Ada"_s);
    row("no field", u"Restart the server"_s, "{}", u"Restart the server"_s);
    row("no format string", u"Send %1 to {to}"_s, R"({"to":"%2"})", u"Send %1 to %2"_s);
}

void TestPolicy::aTemplateMakesTheHeading()
{
    QFETCH(QString, summary);
    QFETCH(QByteArray, arguments);
    const ToolPolicy tool{
        .tool = u"process_payment"_s, .summary = summary, .critical = {}, .tier = {}, .commandLine = {}};
    QTEST(summarize(aCall(arguments), u"bot"_s, &tool), "heading");
}

void TestPolicy::criticalFieldsAreTyped()
{
    ToolPolicy tool;
    tool.critical = {"/recipient", "/amount", "/missing"};
    const RoundContent content = aCall(R"({"amount":4200.00,"recipient":" Nordwind "})");
    const CriticalValue critical = criticalValue(content, &tool);
    QCOMPARE(critical.label, u"recipient and amount"_s);
    QCOMPARE(critical.value, u"Nordwind 4200.00"_s);
    tool.critical = {"/missing"};
    QCOMPARE(criticalValue(content, &tool).label, u"amount"_s);
    QCOMPARE(criticalValue(content).value, u"4200.00"_s);
}

QTEST_GUILESS_MAIN(TestPolicy)
#include "tst_policy.moc"
