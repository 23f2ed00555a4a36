// SPDX-License-Identifier: Apache-2.0
// What a policy says about a tool reaches the reviewer: the heading, the tier, and what has to be typed; and a decision
// of its own is told as such.
#include "core/base/key_file.h"
#include "tests/ui/review_desk.h"
#include "ui/detail/shown_request.h"
#include "ui/detail/wrap_label.h"

#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::ui;
using std::chrono::milliseconds;

namespace {

const QByteArray policy = R"({"version":1,"name":"Payments","rules":[
    {"name":"large","when":{"properties":{"arguments":{"properties":{"amount":{"exclusiveMinimum":5000}},
        "required":["amount"]}},"required":["arguments"]},"do":"deny","message":"Ask the finance department."}],
    "tools":{"process_payment":{"tier":"high","summary":"Transfer {amount} {currency} to {recipient}",
        "critical":["/recipient","/amount"]}}})";

bool apply(ReviewDesk &desk)
{
    const auto key = readKeyFile(desk.folder.filePath(u"key.json"_s), {});
    if (!key) {
        qWarning("%s", qPrintable(key.error().message));
        return false;
    }
    QByteArray seed = key->seed();
    const auto applied = desk.onEngine([seed](Engine &engine) mutable {
        const Result<SigningKey> mine = SigningKey::fromSeed(seed);
        return mine ? engine.applyPolicy(policy, *mine) : Result<PolicyRecord>(mine.error());
    });
    return applied.hasValue();
}

bool show(DetailPane &pane, const RequestId &id, const QString &heading)
{
    pane.resize(900, 1400);
    pane.show();
    pane.activateWindow();
    pane.showRequest(id);
    return QTest::qWaitFor(
        [&] {
            const auto labels = pane.findChildren<WrapLabel *>();
            return std::any_of(labels.begin(), labels.end(),
                               [&](const WrapLabel *label) { return label->text() == heading; });
        },
        10'000);
}

} // namespace

class TestPolicyWindow : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }
    void thePolicyNamesWhatIsTyped();
    void aDecisionOfThePolicyIsToldAsSuch();
};

void TestPolicyWindow::thePolicyNamesWhatIsTyped()
{
    ReviewDesk desk;
    QVERIFY(desk.open());
    QVERIFY(apply(desk));
    const RequestId id = desk.submit(ReviewDesk::payment(Tier::Low));
    const Result<SharedRequest> shown =
        desk.onEngine([id](Engine &engine) { return loadShownRequest(engine.store(), id, {}); });
    QVERIFY(shown);
    QCOMPARE((*shown)->heading, u"Transfer 4200.00 EUR to Nordwind GmbH"_s);
    QCOMPARE((*shown)->critical.label, u"recipient and amount"_s);
    QCOMPARE((*shown)->critical.value, u"Nordwind GmbH 4200.00"_s);
    QCOMPARE((*shown)->round().policy.tier, Tier::High);
    DetailPane pane(*desk.session);
    QVERIFY(show(pane, id, (*shown)->heading));
    const auto *value = pane.findChild<QLabel *>(u"criticalValue"_s);
    QVERIFY(value);
    QTRY_COMPARE(value->text(), u"Nordwind GmbH 4200.00"_s);
}

void TestPolicyWindow::aDecisionOfThePolicyIsToldAsSuch()
{
    ReviewDesk desk;
    QVERIFY(desk.open());
    QVERIFY(apply(desk));
    RoundContent content = ReviewDesk::payment();
    content.arguments.replace("4200.00", "9000.00");
    const RequestId id = desk.submit(content);
    QCOMPARE(desk.detail(id)->request.verdict, std::optional(Verdict::Reject));
    DetailPane pane(*desk.session);
    QVERIFY(show(pane, id, u"Transfer 9000.00 EUR to Nordwind GmbH"_s));
    const auto *card = pane.findChild<QWidget *>(u"approvals"_s);
    QVERIFY(card);
    const auto labels = card->findChildren<WrapLabel *>();
    QStringList texts;
    for (const WrapLabel *label : labels) {
        texts.append(label->text());
    }
    const QString all = texts.join(u'\n');
    QVERIFY2(all.contains(u"policy “Payments” (policy-1)"_s) && all.contains(u"Ask the finance department."_s),
             qPrintable(all));
    if (const QString folder = qEnvironmentVariable("COUNTERSIGN_SHOTS"); !folder.isEmpty()) {
        QVERIFY(pane.grab().save(folder + u"/policy-denied.png"_s));
    }
}

QTEST_MAIN(TestPolicyWindow)
#include "tst_policy_window.moc"
