// SPDX-License-Identifier: Apache-2.0
#include "tests/support/form_field.h"
#include "tests/ui/review_desk.h"
#include "ui/detail/decision_bar.h"
#include "ui/detail/payload_view.h"
#include "ui/detail/staging_strip.h"
#include "ui/detail/wrap_label.h"

#include <QtGui/QClipboard>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QMessageBox>

using namespace countersign;
using namespace countersign::ui;
using namespace Qt::Literals::StringLiterals;
using std::chrono::milliseconds;

namespace {

/// Bidi, zero-width, HTML, mnemonics, format strings, ANSI.
QString hostileText()
{
    return u"<b>ok</b> &Approve %1 %n \u202Egnp.exe \u200B\u001B[31m red \u2066x\u2069 <img src='file:///etc/passwd'>"_s;
}

} // namespace

class TestDetailPane : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void aKeyBeforeArmingStagesNothing();
    void approvingStagesExactlyWhatWasShown();
    void rejectingTakesACodeAndControlEnter();
    void enterSpaceAndEscapeNeverDecide();
    void anEditIsStagedAsEditedAndKeepsItsNumbers();
    void theHighTierWantsItsAmountTyped();
    void aNewRoundDisarmsAndShowsTheDifference();
    void aNewRoundIsShownWhateverPageWasInFront();
    void anotherPageInFrontIsArmedAgainAfterAChange();
    void whatCannotBeReviewedCanOnlyBeRejected();
    void aQuestionIsAnsweredInOneLine();
    void commandsStandOneToALineWithTheirDanger();
    void lockingHidesTheRequest();
    void hostileTextIsNeverMarkup();
};

void TestDetailPane::initTestCase()
{
    QVERIFY(initCrypto());
    applyTheme(*qApp, ColourScheme::Light);
}

void TestDetailPane::aKeyBeforeArmingStagesNothing()
{
    PaneDesk desk;
    QVERIFY(desk.ask(ReviewDesk::payment()));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    desk.press(Qt::Key_A, u"a"_s);
    const auto *bar = desk.pane->findChild<DecisionBar *>();
    QVERIFY2(bar->armingLine().startsWith(u"reading…"_s), qPrintable(bar->armingLine()));
    QCOMPARE(desk.detail(desk.id)->votes.size(), size_t(0)); // Waits for everything that was asked of the engine.
    QCOMPARE(decided.count(), 0);
    QCOMPARE(desk.detail(desk.id)->request.state.lifecycle, Lifecycle::Pending);
}

void TestDetailPane::approvingStagesExactlyWhatWasShown()
{
    PaneDesk desk;
    QVERIFY(desk.ask(ReviewDesk::payment()));
    StagingStrip strip(*desk.session);
    QVERIFY(desk.read(milliseconds(1200)));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    const auto *bar = desk.pane->findChild<DecisionBar *>();
    QTRY_VERIFY2(bar->armingLine().startsWith(u"Armed"_s), qPrintable(bar->armingLine()));
    desk.press(Qt::Key_A, u"a"_s);
    QTRY_COMPARE(decided.count(), 1);
    const Result<RequestDetail> detail = desk.detail(desk.id);
    QVERIFY(detail);
    QCOMPARE(detail->request.state.delivery, Delivery::Staged);
    QCOMPARE(detail->votes.size(), size_t(1));
    QCOMPARE(detail->votes[0].payloadHash, detail->round().payloadHash);
    QCOMPARE(detail->votes[0].shown.view, u"window-1"_s);
    QCOMPARE(detail->votes[0].shown.linesSeen, detail->votes[0].shown.linesTotal);
    QVERIFY(detail->votes[0].shown.linesTotal >= 5);
    QVERIFY(detail->votes[0].shown.dwell >= milliseconds(800));
    QTRY_COMPARE(strip.count(), 1);
    QVERIFY(strip.undoLast());
    QTRY_COMPARE(strip.count(), 0);
    QCOMPARE(desk.detail(desk.id)->request.state.lifecycle, Lifecycle::Pending);
}

void TestDetailPane::rejectingTakesACodeAndControlEnter()
{
    PaneDesk desk;
    QVERIFY(desk.ask(ReviewDesk::payment()));
    QVERIFY(desk.read(milliseconds(900)));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    desk.press(Qt::Key_R, u"r"_s);
    desk.press(Qt::Key_Return, u"\r"_s, Qt::ControlModifier);
    QCOMPARE(desk.detail(desk.id)->votes.size(), size_t(0)); // Waits for everything that was asked of the engine.
    QCOMPARE(decided.count(), 0);                            // Without a reason nothing happens.
    desk.press(Qt::Key_5, u"5"_s);
    desk.press(Qt::Key_Return, u"\r"_s, Qt::ControlModifier);
    QTRY_COMPARE(decided.count(), 1);
    const Result<RequestDetail> detail = desk.detail(desk.id);
    QCOMPARE(detail->votes[0].verdict, Verdict::Reject);
    QCOMPARE(detail->votes[0].reasonCode, u"too-risky"_s);
}

void TestDetailPane::enterSpaceAndEscapeNeverDecide()
{
    PaneDesk desk;
    QVERIFY(desk.ask(ReviewDesk::payment(Tier::Low)));
    QVERIFY(desk.read(milliseconds(1200)));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    for (QWidget *widget : desk.pane->findChildren<QWidget *>()) {
        if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisible() || widget->objectName() == u"more"_s) {
            continue;
        }
        for (const Qt::Key key : {Qt::Key_Return, Qt::Key_Enter, Qt::Key_Space, Qt::Key_Escape}) {
            widget->setFocus();
            QTest::keyClick(widget, key);
        }
    }
    QCOMPARE(desk.detail(desk.id)->votes.size(), size_t(0)); // Waits for everything that was asked of the engine.
    QCOMPARE(decided.count(), 0);
    QCOMPARE(desk.detail(desk.id)->votes.size(), size_t(0));
}

void TestDetailPane::anEditIsStagedAsEditedAndKeepsItsNumbers()
{
    PaneDesk desk;
    QVERIFY(desk.ask(ReviewDesk::payment()));
    QVERIFY(desk.read(milliseconds(1200)));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    desk.press(Qt::Key_E, u"e"_s);
    auto *field = test::formField<QLineEdit>(desk.pane.get(), u"/currency"_s);
    QVERIFY(field);
    field->selectAll();
    QTest::keyClicks(field, u"USD"_s);
    QTest::keyClick(field, Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(decided.count(), 1);
    const Result<RequestDetail> detail = desk.detail(desk.id);
    QCOMPARE(detail->votes[0].verdict, Verdict::ApproveEdited);
    QVERIFY(detail->votes[0].content.arguments.contains("\"amount\":4200.00,\"currency\":\"USD\""));
    QVERIFY(detail->round().content.arguments.contains("EUR"));
}

void TestDetailPane::theHighTierWantsItsAmountTyped()
{
    PaneDesk desk;
    QVERIFY(desk.ask(ReviewDesk::payment(Tier::High)));
    QVERIFY(desk.read(milliseconds(2100)));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    desk.press(Qt::Key_A, u"a"_s);
    auto *critical = desk.pane->findChild<QLineEdit *>(u"critical"_s);
    QTRY_VERIFY(critical->hasFocus());
    QApplication::clipboard()->setText(u"4200.00"_s);
    QTest::keyClick(critical, Qt::Key_V, Qt::ControlModifier);
    QCOMPARE(critical->text(), QString());
    QTest::keyClicks(critical, u"420.00"_s);
    QTest::keyClick(critical, Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(desk.detail(desk.id)->votes.size(), size_t(0)); // Waits for everything that was asked of the engine.
    QCOMPARE(decided.count(), 0);
    critical->clear();
    QTest::keyClicks(critical, u"4200.00"_s);
    desk.clock.advance(milliseconds(100));
    QTest::keyClick(critical, Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(decided.count(), 1);
}

void TestDetailPane::aNewRoundDisarmsAndShowsTheDifference()
{
    PaneDesk desk;
    QVERIFY(desk.ask(ReviewDesk::payment()));
    QVERIFY(desk.read(milliseconds(1200)));
    Submission revised;
    revised.agentName = u"payments-agent"_s;
    revised.osUser = u"robot"_s;
    revised.content = ReviewDesk::payment();
    revised.content.arguments.replace("4200.00", "9999.00");
    QVERIFY(desk.onEngine([id = desk.id, revised](Engine &engine) { return engine.revise(id, revised); }));
    QTRY_VERIFY(desk.pane->findChild<QWidget *>(u"notice"_s));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    desk.press(Qt::Key_A, u"a"_s);
    QCOMPARE(desk.detail(desk.id)->votes.size(), size_t(0)); // Waits for everything that was asked of the engine.
    QCOMPARE(decided.count(), 0);
    const auto *heading = desk.pane->findChild<WrapLabel *>(u"heading"_s);
    QVERIFY2(heading->text().contains(u"9999.00"_s), qPrintable(heading->text()));
    // What changed is marked where it stands, and said to a screen reader.
    const QString spoken = desk.pane->findChild<PayloadView *>(u"payload"_s)->accessibleDescription();
    QVERIFY2(spoken.contains(u"amount: 9999.00 (changed in this round)"_s), qPrintable(spoken));
    QVERIFY(!spoken.contains(u"Nordwind GmbH ("_s));
}

void TestDetailPane::aNewRoundIsShownWhateverPageWasInFront()
{
    PaneDesk desk;
    QVERIFY(desk.ask(ReviewDesk::payment()));
    QVERIFY(desk.read(milliseconds(1200)));
    desk.pane->setTab(u"raw"_s);
    Submission revised;
    revised.agentName = u"payments-agent"_s;
    revised.osUser = u"robot"_s;
    revised.content = ReviewDesk::payment();
    revised.content.arguments.replace("4200.00", "9999.00");
    QVERIFY(desk.onEngine([id = desk.id, revised](Engine &engine) { return engine.revise(id, revised); }));
    QTRY_VERIFY(desk.pane->findChild<QWidget *>(u"notice"_s));
    QVERIFY(desk.pane->findChild<QWidget *>(u"notice"_s)->isVisible());
}

void TestDetailPane::anotherPageInFrontIsArmedAgainAfterAChange()
{
    PaneDesk desk;
    QVERIFY(desk.ask(ReviewDesk::payment()));
    QVERIFY(desk.read(milliseconds(1200)));
    const auto *bar = desk.pane->findChild<DecisionBar *>();
    for (const QString &page : {u"raw"_s, u"editor"_s}) {
        if (page == u"raw"_s) {
            desk.pane->setTab(page);
        } else {
            desk.pane->setTab(u"facts"_s);
            desk.press(Qt::Key_E, u"e"_s);
            auto *field = test::formField<QLineEdit>(desk.pane.get(), u"/currency"_s);
            QVERIFY(field);
            QTest::keyClicks(field, u"X"_s);
        }
        QVERIFY(desk.onEngine([id = desk.id](Engine &engine) { return engine.claim(id); })); // The revision grows.
        QTRY_VERIFY2(!bar->armingLine().startsWith(u"Armed"_s), qPrintable(bar->armingLine()));
        QVERIFY(desk.read(milliseconds(1200)));
        QVERIFY2(bar->armingLine().startsWith(u"Armed"_s), qPrintable(bar->armingLine()));
    }
}

void TestDetailPane::whatCannotBeReviewedCanOnlyBeRejected()
{
    PaneDesk desk;
    RoundContent content = ReviewDesk::payment();
    content.arguments = R"({"a":1,"a":2})";
    content.unreviewable = u"the key \"a\" stands twice"_s;
    QVERIFY2(desk.ask(content), "The engine refused what should be shown as not reviewable.");
    QVERIFY(desk.read(milliseconds(1200)));
    QVERIFY(!desk.pane->findChild<QWidget *>(u"approve"_s)->isEnabled());
    QVERIFY(!desk.pane->findChild<QWidget *>(u"edit"_s)->isEnabled());
    QVERIFY(desk.pane->findChild<QWidget *>(u"reject"_s)->isEnabled());
    QVERIFY(desk.pane->findChild<DecisionBar *>()->armingLine().contains(u"cannot be reviewed"_s));
}

void TestDetailPane::aQuestionIsAnsweredInOneLine()
{
    PaneDesk desk;
    RoundContent content;
    content.pattern = Pattern::Elicitation;
    content.message = u"Which branch?"_s;
    content.allowed = {Verdict::Answer, Verdict::Decline, Verdict::Cancel};
    QVERIFY(desk.ask(content));
    QVERIFY(desk.read(milliseconds(1200)));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    auto *answer = desk.pane->findChild<QLineEdit *>(u"answer"_s);
    QVERIFY(answer->isVisible());
    answer->setFocus();
    QTest::keyClicks(answer, u"main"_s);
    QTest::keyClick(answer, Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(decided.count(), 1);
    QCOMPARE(desk.detail(desk.id)->votes[0].content.answer, QByteArray("\"main\""));
}

void TestDetailPane::commandsStandOneToALineWithTheirDanger()
{
    PaneDesk desk;
    RoundContent content = ReviewDesk::payment();
    content.toolName = u"run_shell"_s;
    content.arguments = "{\"command\":\"rm -rf build/ && git\xe2\x80\x8b push --force\"}";
    QVERIFY(desk.ask(content));
    QTRY_VERIFY(desk.pane->findChild<WrapLabel *>(u"command2"_s));
    QCOMPARE(desk.pane->findChild<WrapLabel *>(u"command1"_s)->text(), u"rm -rf build/"_s);
    QCOMPARE(desk.pane->findChild<WrapLabel *>(u"command2"_s)->text(), u"git⟨U+200B⟩ push --force"_s);
}

void TestDetailPane::lockingHidesTheRequest()
{
    PaneDesk desk;
    QVERIFY(desk.ask(ReviewDesk::payment()));
    desk.session->lock();
    QTRY_VERIFY(!desk.pane->findChild<WrapLabel *>(u"heading"_s));
    QVERIFY(!desk.pane->findChild<DecisionBar *>()->isVisible());
}

void TestDetailPane::hostileTextIsNeverMarkup()
{
    PaneDesk desk;
    RoundContent content = ReviewDesk::payment();
    JsonValue arguments = JsonValue::object();
    arguments.set(hostileText().toStdString(), JsonValue::fromString(hostileText()));
    arguments.set("long", JsonValue::fromString(QString(400'000, u'x')));
    JsonValue deep = JsonValue::fromString(hostileText());
    for (int i = 0; i < 64; ++i) {
        deep = JsonValue::array({deep});
    }
    arguments.set("deep", deep);
    content.arguments = writeJson(arguments);
    content.toolName = hostileText();
    content.title = hostileText();
    content.message = hostileText().repeated(100);
    QVERIFY(desk.ask(content));
    for (const QString &tab : {u"facts"_s, u"raw"_s}) {
        desk.pane->setTab(tab);
        QVERIFY(!desk.pane->grab().isNull());
    }
    for (const QWidget *widget : desk.pane->findChildren<QWidget *>()) {
        if (const auto *label = qobject_cast<const QLabel *>(widget)) {
            QVERIFY2(label->textFormat() == Qt::PlainText, qPrintable(label->objectName()));
        }
        QVERIFY2(!Qt::mightBeRichText(widget->toolTip()), qPrintable(widget->toolTip()));
        QVERIFY(!qobject_cast<const QMessageBox *>(widget));
        QVERIFY(!widget->accessibleName().contains(QChar(0x202E)));
        QVERIFY(!widget->accessibleDescription().contains(QChar(0x202E)));
    }
    for (const auto *label : desk.pane->findChildren<WrapLabel *>()) {
        QVERIFY(!label->text().contains(QChar(0x202E)) && !label->text().contains(QChar(0x200B)));
        QVERIFY(!label->text().contains(QChar(0x1B)));
    }
}

QTEST_MAIN(TestDetailPane)
#include "tst_detail_pane.moc"
