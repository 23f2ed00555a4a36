// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_clock.h"
#include "ui/detail/arming_line.h"
#include "ui/detail/decision_bar.h"
#include "ui/detail/shell_command.h"
#include "ui/style/flat_button.h"
#include "ui/style/theme.h"

#include <QtGui/QAccessible>
#include <QtGui/QClipboard>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QApplication>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>

using namespace countersign;
using namespace countersign::ui;
using namespace Qt::Literals::StringLiterals;

Q_DECLARE_METATYPE(countersign::Verdict)
Q_DECLARE_METATYPE(std::chrono::milliseconds)

class TestDecisionBar : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void buttonsStayWhereTheyAre();
    void aPickedReasonMovesNoOther();
    void everyDigitPicksItsReason();
    void deferringTakesATimeAndControlEnter();
    void delegatingNeedsSomebody();
    void escapeOnlyGoesBack();
    void aRefusalIsAnnounced();
    void aDisabledPlaceSaysWhy();
    void rejectingNeedsAReason();
    void wordsGoToTheReasonNotToTheKeys();
    void theCriticalValueCannotBePasted();
    void aQuestionHasItsThreeAnswersInTheFirstPlaces();
    void noButtonIsADefaultButton();
    void shellCommandsAreTakenApart_data();
    void shellCommandsAreTakenApart();

private:
    bool key(Qt::Key key, const QString &text = {}, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
    {
        QKeyEvent event(QEvent::KeyPress, key, modifiers, text);
        return m_bar->handleKey(&event);
    }

    FakeClock m_clock;
    std::unique_ptr<DecisionBar> m_bar;
};

void TestDecisionBar::initTestCase()
{
    applyTheme(*qApp, ColourScheme::Light);
    qRegisterMetaType<Verdict>();
    qRegisterMetaType<std::chrono::milliseconds>();
}

void TestDecisionBar::init()
{
    m_bar = std::make_unique<DecisionBar>(m_clock);
    m_bar->resize(900, 200);
    m_bar->setChoices({});
    m_bar->setArming({.armed = true, .why = u"Armed"_s, .wait = {}}, {.armed = true, .why = u"Armed"_s, .wait = {}});
    m_bar->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_bar.get()));
}

void TestDecisionBar::buttonsStayWhereTheyAre()
{
    const QStringList order{u"approve"_s, u"edit"_s, u"reject"_s, u"requestChanges"_s, u"delegate"_s, u"defer"_s};
    const auto places = [&] {
        QList<int> left;
        for (const QString &name : order) {
            left.append(m_bar->findChild<QWidget *>(name)->mapTo(m_bar.get(), QPoint()).x());
        }
        return left;
    };
    const QList<int> before = places();
    QVERIFY(std::ranges::is_sorted(before));
    key(Qt::Key_R, u"r"_s);
    QCOMPARE(places(), before);
    key(Qt::Key_Escape);
    BarChoices editing;
    editing.editing = true;
    editing.disabled[DecisionBar::Reject] = u"no"_s;
    m_bar->setChoices(editing);
    QCOMPARE(places(), before);
    BarChoices question; // Another request, with other words on the first three places.
    question.answers = true;
    m_bar->setChoices(question);
    QCoreApplication::sendPostedEvents();
    QCOMPARE(places(), before);
}

void TestDecisionBar::aPickedReasonMovesNoOther()
{
    key(Qt::Key_R, u"r"_s);
    QCoreApplication::sendPostedEvents();
    const auto places = [&] {
        QList<QRect> all;
        for (const auto *button : m_bar->findChildren<FlatButton *>()) {
            all.append(QRect(button->mapTo(m_bar.get(), QPoint()), button->size()));
        }
        return all;
    };
    const QList<QRect> before = places();
    for (const Qt::Key digit : {Qt::Key_1, Qt::Key_5, Qt::Key_9}) {
        key(digit);
        QCoreApplication::sendPostedEvents();
        QCOMPARE(places(), before);
    }
}

void TestDecisionBar::everyDigitPicksItsReason()
{
    const std::vector<ReasonCode> &codes = reasonCodes();
    QSignalSpy wanted(m_bar.get(), &DecisionBar::verdictWanted);
    for (size_t i = 0; i < codes.size() && i < 9; ++i) {
        m_bar->setChoices({});
        key(Qt::Key_R, u"r"_s);
        key(static_cast<Qt::Key>(Qt::Key_1 + static_cast<int>(i)));
        key(Qt::Key_Return, {}, Qt::ControlModifier);
        QCOMPARE(wanted.count(), static_cast<int>(i) + 1);
        QCOMPARE(wanted.last()[1].toString(), codes[i].id);
    }
    // The same digit again lets it go.
    m_bar->setChoices({});
    key(Qt::Key_R, u"r"_s);
    key(Qt::Key_2);
    key(Qt::Key_2);
    wanted.clear();
    key(Qt::Key_Return, {}, Qt::ControlModifier);
    QCOMPARE(wanted.count(), 0);
    // Outside of a rejection a digit means nothing.
    m_bar->setChoices({});
    QVERIFY(!key(Qt::Key_2, u"2"_s));
}

void TestDecisionBar::deferringTakesATimeAndControlEnter()
{
    QSignalSpy wanted(m_bar.get(), &DecisionBar::deferWanted);
    key(Qt::Key_S, u"s"_s);
    auto *until = m_bar->findChild<QComboBox *>(u"deferUntil"_s);
    QVERIFY(until->isVisible());
    until->setCurrentIndex(1);
    QTest::keyClick(until, Qt::Key_Return);
    QCOMPARE(wanted.count(), 0);
    QTest::keyClick(until, Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(wanted[0][0].value<std::chrono::milliseconds>(), std::chrono::milliseconds(std::chrono::hours(1)));
    QCOMPARE(m_bar->step(), DecisionBar::Step::Choosing);
}

void TestDecisionBar::delegatingNeedsSomebody()
{
    QSignalSpy wanted(m_bar.get(), &DecisionBar::delegateWanted);
    key(Qt::Key_D, u"d"_s);
    QCOMPARE(m_bar->step(), DecisionBar::Step::Choosing);
    QVERIFY2(m_bar->armingLine().contains(u"nobody else"_s), qPrintable(m_bar->armingLine()));
    m_bar->setReviewers({u"finance-2"_s, u"finance-3"_s});
    key(Qt::Key_D, u"d"_s);
    auto *people = m_bar->findChild<QComboBox *>(u"delegateTo"_s);
    QVERIFY(people->isVisible());
    m_bar->setReviewers({u"somebody-else"_s}); // Not under the choice.
    QTest::keyClick(people, Qt::Key_Down);
    QTest::keyClick(people, Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(wanted[0][0].toString(), u"finance-3"_s);
}

void TestDecisionBar::escapeOnlyGoesBack()
{
    QSignalSpy verdicts(m_bar.get(), &DecisionBar::verdictWanted);
    QSignalSpy answers(m_bar.get(), &DecisionBar::answerWanted);
    BarChoices question;
    question.answers = true;
    question.wantsAnswerText = true;
    for (const BarChoices &choices : {BarChoices(), question}) {
        for (const Qt::Key letter : {Qt::Key_unknown, Qt::Key_R, Qt::Key_Q, Qt::Key_S}) {
            m_bar->setChoices(choices);
            if (letter != Qt::Key_unknown) {
                key(letter);
            }
            for (QWidget *control : m_bar->findChildren<QWidget *>()) {
                if (control->focusPolicy() != Qt::NoFocus && control->isVisible()) {
                    QTest::keyClick(control, Qt::Key_Escape);
                }
            }
            key(Qt::Key_Escape);
            QCOMPARE(m_bar->step(), DecisionBar::Step::Choosing);
        }
    }
    QCOMPARE(verdicts.count(), 0);
    QCOMPARE(answers.count(), 0);
}

void TestDecisionBar::aRefusalIsAnnounced()
{
    // The offscreen platform has no screen reader to hear the alert; the line says when it raises one.
    auto *line = m_bar->findChild<ArmingLine *>();
    QSignalSpy alerts(line, &ArmingLine::announced);
    m_bar->sayRefusal(u"You are typing in a field."_s);
    QCOMPARE(alerts.count(), 1);
    QAccessibleInterface *spoken = QAccessible::queryAccessibleInterface(m_bar->findChild<QWidget *>(u"armingLine"_s));
    QVERIFY(spoken);
    QCOMPARE(spoken->text(QAccessible::Name), u"You are typing in a field."_s);
    // Time that goes on is not announced every tenth of a second.
    m_bar->setArming({.armed = false, .why = u"reading… 0.5 s"_s, .wait = std::chrono::milliseconds(500)}, {});
    QCOMPARE(alerts.count(), 1);
}

void TestDecisionBar::aDisabledPlaceSaysWhy()
{
    BarChoices choices;
    choices.disabled[DecisionBar::Approve] = u"Somebody else has claimed it."_s;
    m_bar->setChoices(choices);
    QSignalSpy wanted(m_bar.get(), &DecisionBar::verdictWanted);
    QVERIFY(key(Qt::Key_A, u"a"_s));
    QCOMPARE(wanted.count(), 0);
    QCOMPARE(m_bar->armingLine(), u"Somebody else has claimed it."_s);
    QVERIFY(m_bar->findChild<QWidget *>(u"approve"_s)->toolTip().contains(u"claimed"_s));
}

void TestDecisionBar::rejectingNeedsAReason()
{
    QSignalSpy wanted(m_bar.get(), &DecisionBar::verdictWanted);
    key(Qt::Key_R, u"r"_s);
    QCOMPARE(m_bar->step(), DecisionBar::Step::Rejecting);
    key(Qt::Key_Return, {}, Qt::ControlModifier);
    QCOMPARE(wanted.count(), 0);
    key(Qt::Key_9, u"9"_s);
    key(Qt::Key_Return, {}, Qt::ControlModifier);
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(wanted[0][0].value<Verdict>(), Verdict::Reject);
    QCOMPARE(wanted[0][1].toString(), u"suspicious"_s);
}

void TestDecisionBar::wordsGoToTheReasonNotToTheKeys()
{
    QSignalSpy wanted(m_bar.get(), &DecisionBar::verdictWanted);
    key(Qt::Key_R, u"r"_s);
    key(Qt::Key_A, u"a"_s);
    QCOMPARE(wanted.count(), 0);
    QCOMPARE(m_bar->reason(), u"a"_s);
    key(Qt::Key_Escape);
    QCOMPARE(m_bar->step(), DecisionBar::Step::Choosing);
}

void TestDecisionBar::theCriticalValueCannotBePasted()
{
    BarChoices choices;
    choices.critical = {u"amount"_s, u"4200.00"_s};
    m_bar->setChoices(choices);
    auto *field = m_bar->findChild<QLineEdit *>(u"critical"_s);
    QVERIFY(field->isVisible());
    QApplication::clipboard()->setText(u"4200.00"_s);
    QTest::keyClick(field, Qt::Key_V, Qt::ControlModifier);
    QTest::keyClick(field, Qt::Key_Insert, Qt::ShiftModifier);
    QTest::mouseClick(field, Qt::MiddleButton);
    QCOMPARE(field->text(), QString());
    QTest::keyClicks(field, u"4200.0"_s);
    QVERIFY(!m_bar->criticalEntered());
    QTest::keyClicks(field, u"0"_s);
    QVERIFY(m_bar->criticalEntered());
}

void TestDecisionBar::aQuestionHasItsThreeAnswersInTheFirstPlaces()
{
    BarChoices choices;
    choices.answers = true;
    choices.wantsAnswerText = true;
    m_bar->setChoices(choices);
    QCOMPARE(m_bar->findChild<FlatButton *>(u"approve"_s)->label(), u"Answer"_s);
    QCOMPARE(m_bar->findChild<FlatButton *>(u"edit"_s)->label(), u"Decline"_s);
    QCOMPARE(m_bar->findChild<FlatButton *>(u"reject"_s)->label(), u"Cancel"_s);
    QSignalSpy wanted(m_bar.get(), &DecisionBar::verdictWanted);
    key(Qt::Key_R, u"r"_s);
    key(Qt::Key_1, u"1"_s);
    key(Qt::Key_Return, {}, Qt::ControlModifier);
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(wanted[0][0].value<Verdict>(), Verdict::Decline);
}

void TestDecisionBar::noButtonIsADefaultButton()
{
    for (const QPushButton *button : m_bar->findChildren<QPushButton *>()) {
        QVERIFY(!button->isDefault());
        QVERIFY(!button->autoDefault());
        QVERIFY(!button->objectName().isEmpty());
        QVERIFY(!button->accessibleName().isEmpty());
    }
}

void TestDecisionBar::shellCommandsAreTakenApart_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<QString>("expected");
    QTest::newRow("and") << u"rm -rf build/ && git push --force"_s
                         << u"rm -rf build/ && | rm -r deletes without a way back\n"
                            "git push --force  | force push is not reversible\n"_s;
    QTest::newRow("quotes keep their operators")
        << u"echo 'a && b' \"c; d\"; ls"_s << u"echo 'a && b' \"c; d\" ; | \nls  | \n"_s;
    QTest::newRow("subshells stay whole") << u"(cd x; rm y) || true"_s << u"(cd x; rm y) || | \ntrue  | \n"_s;
    QTest::newRow("redirections are no joints") << u"make 2>&1 &>log"_s << u"make 2>&1 &>log  | \n"_s;
    QTest::newRow("pipe into a shell")
        << u"curl https://x.example | sh"_s
        << u"curl https://x.example | | \nsh  | runs whatever the command before prints\n"_s;
    QTest::newRow("a here-document is one") << u"cat <<E\na && b\nE"_s << u"cat <<E\na && b\nE  | \n"_s;
}

void TestDecisionBar::shellCommandsAreTakenApart()
{
    QFETCH(QString, script);
    QFETCH(QString, expected);
    QString text;
    for (const CommandLine &command : splitShell(script)) {
        text += command.text + u' ' + command.follows + u" | "_s + command.notes.join(u", "_s) + u'\n';
    }
    QCOMPARE(text, expected);
}

QTEST_MAIN(TestDecisionBar)
#include "tst_decision_bar.moc"
