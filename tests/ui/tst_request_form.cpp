// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "tests/support/form_field.h"
#include "tests/ui/review_desk.h"
#include "ui/detail/decision_bar.h"
#include "ui/detail/request_form.h"
#include "ui/forms/form_sheet.h"
#include "ui/forms/form_view.h"

#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QTabBar>

using namespace countersign;
using namespace countersign::ui;
using namespace Qt::Literals::StringLiterals;
using countersign::test::formField;
using std::chrono::milliseconds;

namespace {

const QByteArray shipping = R"({"type":"object","required":["email","weightKg"],"properties":{)"
                            R"("email":{"type":"string","format":"email","title":"Recipient e-mail"},)"
                            R"("weightKg":{"type":"number","minimum":0.1,"maximum":30,"default":1.0},)"
                            R"("pin":{"type":"string","writeOnly":true},)"
                            R"("notify":{"type":"boolean","default":true}}})";

RoundContent question()
{
    RoundContent content;
    content.pattern = Pattern::Elicitation;
    content.toolName = u"create_shipment"_s;
    content.message = u"Where shall order 8841 go?"_s;
    content.schema = shipping;
    content.allowed = {Verdict::Answer, Verdict::Decline, Verdict::Cancel};
    return content;
}

RoundContent paymentWithSchema()
{
    RoundContent content = ReviewDesk::payment();
    content.schema = R"({"type":"object","properties":{"amount":{"type":"number","maximum":5000},)"
                     R"("currency":{"type":"string","enum":["EUR","CHF","USD"]},"recipient":{"type":"string"}}})";
    return content;
}

} // namespace

/// Questions are answered, and arguments edited, in a form made from the schema that came with them.
class TestRequestForm : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ColourScheme::Light); }
    void aQuestionIsAFormAndItsAnswerHasTheRightTypes();
    void aWrongAnswerIsNotSentAndTheFieldIsShown();
    void lettersInTheFormDecideNothing();
    void laterKeepsTheDraftWithoutItsSecrets();
    void anUndoneAnswerGoesOnWhereItWas();
    void decliningAndCancellingNeedNoForm();
    void argumentsAreEditedUnderTheToolsSchema();
    void editedArgumentsThatBreakTheSchemaStay();
    void theDifferenceIsShownAfterwards();
    void aSchemaThatIsNoneStillTakesAnAnswer();
    void anEditedAmountIsTheOneToType();
    void anotherTabLeavesTheEditor();
};

void TestRequestForm::aQuestionIsAFormAndItsAnswerHasTheRightTypes()
{
    PaneDesk desk;
    QVERIFY(desk.ask(question()));
    auto *form = desk.pane->findChild<RequestForm *>();
    QVERIFY(form->isVisible());
    QCOMPARE(desk.pane->findChild<QTabBar *>()->tabText(0), u"Form"_s);
    desk.press(Qt::Key_E, u"e"_s); // Goes into the form.
    auto *email = formField<QLineEdit>(form, u"/email"_s);
    QVERIFY(email);
    desk.type(email, u"orders@nordwind.example"_s);
    desk.type(formField<QLineEdit>(form, u"/weightKg"_s), u"12.50"_s);
    QVERIFY2(form->problem().isEmpty(), qPrintable(form->problem()));
    desk.wait(milliseconds(2000));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return); // Enter sends nothing.
    QCOMPARE(decided.count(), 0);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(decided.count(), 1);
    const Result<RequestDetail> detail = desk.detail(desk.id);
    QCOMPARE(detail->votes[0].verdict, Verdict::Answer);
    QCOMPARE(detail->votes[0].content.answer,
             R"({"email":"orders@nordwind.example","weightKg":12.50,"notify":true})"_ba);
}

void TestRequestForm::aWrongAnswerIsNotSentAndTheFieldIsShown()
{
    PaneDesk desk;
    QVERIFY(desk.ask(question()));
    auto *form = desk.pane->findChild<RequestForm *>();
    desk.press(Qt::Key_E, u"e"_s);
    desk.type(formField<QLineEdit>(form, u"/weightKg"_s), u"31"_s);
    desk.wait(milliseconds(2000));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return, Qt::ControlModifier);
    QTest::qWait(50);
    QCOMPARE(decided.count(), 0);
    QVERIFY(!form->problem().isEmpty());
    QVERIFY2(!desk.pane->findChild<DecisionBar *>()->armingLine().isEmpty(), "the line says why");
    QCOMPARE(QApplication::focusWidget(), formField<QLineEdit>(form, u"/email"_s)); // The first problem.
    QVERIFY(!desk.pane->findChild<QAbstractButton *>(u"approve"_s)->isEnabled());
}

void TestRequestForm::lettersInTheFormDecideNothing()
{
    PaneDesk desk;
    QVERIFY(desk.ask(question()));
    auto *form = desk.pane->findChild<RequestForm *>();
    desk.press(Qt::Key_E, u"e"_s);
    desk.type(formField<QLineEdit>(form, u"/email"_s), u"arq@x.example"_s);
    desk.wait(milliseconds(2000));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    desk.press(Qt::Key_A, u"a"_s); // As if it had come past the field.
    QTest::qWait(50);
    QCOMPARE(decided.count(), 0);
}

void TestRequestForm::laterKeepsTheDraftWithoutItsSecrets()
{
    PaneDesk desk;
    QVERIFY(desk.ask(question()));
    const RequestId id = desk.id;
    const RequestId other = desk.submit(ReviewDesk::payment());
    {
        auto *form = desk.pane->findChild<RequestForm *>();
        desk.press(Qt::Key_E, u"e"_s);
        desk.type(formField<QLineEdit>(form, u"/email"_s), u"half@"_s);
        desk.type(formField<QLineEdit>(form, u"/pin"_s), u"hush-1234"_s);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
        QVERIFY(!form->hasFocusInside());
        QVERIFY(form->isVisible()); // Later only leaves.
        desk.pane->showRequest(other);
        QTRY_VERIFY(!form->isVisible());
    }
    const auto draft = desk.onEngine([id](Engine &engine) { return engine.draft(id); });
    QVERIFY(draft && *draft);
    QVERIFY((*draft)->body.contains("half@"));
    QVERIFY(!(*draft)->body.contains("hush"));
    desk.pane.reset();
    QVERIFY(desk.show(id));
    auto *form = desk.pane->findChild<RequestForm *>();
    QCOMPARE(formField<QLineEdit>(form, u"/email"_s)->text(), u"half@"_s);
    QVERIFY(formField<QLineEdit>(form, u"/pin"_s)->text().isEmpty());
    QCOMPARE(desk.detail(desk.id)->votes.size(), size_t(0));
}

void TestRequestForm::anUndoneAnswerGoesOnWhereItWas()
{
    PaneDesk desk;
    QVERIFY(desk.ask(question()));
    auto *form = desk.pane->findChild<RequestForm *>();
    desk.press(Qt::Key_E, u"e"_s);
    desk.type(formField<QLineEdit>(form, u"/email"_s), u"orders@nordwind.example"_s);
    desk.wait(milliseconds(2000));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(decided.count(), 1);
    QTRY_VERIFY(!form->isVisible());
    desk.session->undo(desk.id);
    QTRY_VERIFY(form->isVisible());
    QCOMPARE(formField<QLineEdit>(form, u"/email"_s)->text(), u"orders@nordwind.example"_s);
}

void TestRequestForm::decliningAndCancellingNeedNoForm()
{
    for (const Verdict verdict : {Verdict::Decline, Verdict::Cancel}) {
        PaneDesk desk;
        QVERIFY(desk.ask(question()));
        desk.wait(milliseconds(2000));
        QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
        if (verdict == Verdict::Decline) {
            desk.press(Qt::Key_R, u"r"_s);
            desk.press(Qt::Key_1, u"1"_s);
            desk.press(Qt::Key_Return, {}, Qt::ControlModifier);
        } else {
            QTest::mouseClick(desk.pane->findChild<QAbstractButton *>(u"reject"_s), Qt::LeftButton);
        }
        QTRY_COMPARE(decided.count(), 1);
        QCOMPARE(desk.detail(desk.id)->votes[0].verdict, verdict);
    }
}

void TestRequestForm::argumentsAreEditedUnderTheToolsSchema()
{
    PaneDesk desk;
    QVERIFY(desk.ask(paymentWithSchema()));
    desk.wait(milliseconds(1500));
    desk.press(Qt::Key_E, u"e"_s);
    auto *form = desk.pane->findChild<RequestForm *>();
    QVERIFY(form->isVisible());
    desk.type(formField<QLineEdit>(form, u"/amount"_s), u"4100.10"_s);
    desk.wait(milliseconds(1500));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(decided.count(), 1);
    QCOMPARE(desk.detail(desk.id)->votes[0].content.arguments,
             R"({"amount":4100.10,"currency":"EUR","recipient":"Nordwind GmbH","reference":"INV-2026-0881",)"
             R"("execute_on":"2026-11-24"})"_ba);
}

void TestRequestForm::editedArgumentsThatBreakTheSchemaStay()
{
    PaneDesk desk;
    QVERIFY(desk.ask(paymentWithSchema()));
    desk.wait(milliseconds(1500));
    desk.press(Qt::Key_E, u"e"_s);
    auto *form = desk.pane->findChild<RequestForm *>();
    desk.type(formField<QLineEdit>(form, u"/amount"_s), u"5001"_s);
    desk.wait(milliseconds(1500));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return, Qt::ControlModifier);
    QTest::qWait(50);
    QCOMPARE(decided.count(), 0);
    QVERIFY2(desk.pane->findChild<DecisionBar *>()->armingLine().contains(u"5000"_s),
             qPrintable(desk.pane->findChild<DecisionBar *>()->armingLine()));
    QVERIFY(form->isVisible());
}

void TestRequestForm::theDifferenceIsShownAfterwards()
{
    PaneDesk desk;
    QVERIFY(desk.ask(paymentWithSchema()));
    desk.wait(milliseconds(1500));
    desk.press(Qt::Key_E, u"e"_s);
    desk.type(formField<QLineEdit>(desk.pane->findChild<RequestForm *>(), u"/amount"_s), u"7"_s);
    desk.wait(milliseconds(1500));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return, Qt::ControlModifier);
    auto *tabs = desk.pane->findChild<QTabBar *>();
    QTRY_VERIFY(tabs->count() >= 3);
    QCOMPARE(tabs->tabText(1), u"Diff"_s);
}

void TestRequestForm::aSchemaThatIsNoneStillTakesAnAnswer()
{
    PaneDesk desk;
    RoundContent bad = question();
    bad.schema = R"({"type":"nonsense"})";
    QVERIFY(desk.ask(bad));
    auto *form = desk.pane->findChild<RequestForm *>();
    QVERIFY(form->isVisible());
    const QString notice = form->findChild<QWidget *>(u"formOrigin"_s)->property("text").toString();
    QVERIFY2(notice.contains(u"schema cannot be used"_s), qPrintable(notice));
}

void TestRequestForm::anEditedAmountIsTheOneToType()
{
    PaneDesk desk;
    RoundContent content = paymentWithSchema();
    content.requestedTier = Tier::High;
    QVERIFY(desk.ask(content));
    desk.wait(milliseconds(2500));
    desk.press(Qt::Key_E, u"e"_s);
    desk.type(formField<QLineEdit>(desk.pane->findChild<RequestForm *>(), u"/amount"_s), u"77"_s);
    desk.wait(milliseconds(2500));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    auto *critical = desk.pane->findChild<QLineEdit *>(u"critical"_s);
    QVERIFY(critical->isVisible());
    desk.type(critical, u"4200.00"_s); // What the agent asked for is not what would be approved.
    QTest::keyClick(critical, Qt::Key_Return, Qt::ControlModifier);
    QTest::qWait(50);
    QCOMPARE(decided.count(), 0);
    desk.type(critical, u"77"_s);
    QTest::keyClick(critical, Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(decided.count(), 1);
    QVERIFY(desk.detail(desk.id)->votes[0].content.arguments.contains("\"amount\":77,"));
}

void TestRequestForm::anotherTabLeavesTheEditor()
{
    PaneDesk desk;
    QVERIFY(desk.ask(paymentWithSchema()));
    desk.wait(milliseconds(1500));
    desk.press(Qt::Key_E, u"e"_s);
    const auto *form = desk.pane->findChild<RequestForm *>();
    desk.type(formField<QLineEdit>(form, u"/amount"_s), u"7"_s);
    auto *tabs = desk.pane->findChild<QTabBar *>();
    tabs->setCurrentIndex(tabs->count() - 1);
    QVERIFY(!form->isVisible());
    desk.press(Qt::Key_E, u"e"_s); // The draft stayed.
    QVERIFY(form->isVisible());
    QCOMPARE(formField<QLineEdit>(form, u"/amount"_s)->text(), u"7"_s);
}

QTEST_MAIN(TestRequestForm)
#include "tst_request_form.moc"
