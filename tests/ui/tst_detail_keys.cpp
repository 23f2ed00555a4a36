// SPDX-License-Identifier: Apache-2.0
// What keys and a screen reader reach in the whole window.
#include "tests/support/form_field.h"
#include "tests/support/window_rig.h"
#include "ui/detail/decision_bar.h"
#include "ui/queue/queue_view.h"

#include <QtGui/QAccessible>
#include <QtTest/QSignalSpy>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::ui;
using countersign::test::WindowRig;

class TestDetailKeys : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ColourScheme::Light); }
    void whyIsShownAndFocused();
    void theArmedItemIsReadAloud();
    void deferringMovesItOutOfTheInbox();
    void delegatingGivesItToAnother();
    void aDraftIsThereAfterARestart();
    void aDraftIsThereAfterLocking();
    void controlEnterStagesTheEdit();
    void tabReachesEveryControlInAStableOrder();
    void everyControlHasANameToSay();
    void aRowIsOneSentence();

private:
    static Submission submission(Tier tier = Tier::Low)
    {
        Submission s;
        s.agentName = u"agent"_s;
        s.osUser = u"user"_s;
        s.content.toolName = u"process_payment"_s;
        s.content.title = u"Please pay"_s;
        s.content.arguments = R"({"amount":12.50,"currency":"EUR","recipient":"Nordwind"})";
        s.content.requestedTier = tier;
        s.content.allowed = {Verdict::Approve, Verdict::ApproveEdited, Verdict::Reject, Verdict::RequestChanges};
        s.expiresIn = 30min;
        return s;
    }
    static bool open(WindowRig &rig)
    {
        rig.open();
        return QTest::qWaitFor([&] { return rig.isAtWork() && rig.window->isActiveWindow(); }, 10'000);
    }
    /// Shows a request and reads it until a key would act.
    static RequestId read(WindowRig &rig, Tier tier = Tier::Low)
    {
        const RequestId id = rig.submit(submission(tier));
        rig.window->showView(QueueQuery::View::Inbox);
        rig.window->queue()->select(id);
        rig.window->queue()->setFocus();
        const bool armed = QTest::qWaitFor(
            [&] { return rig.readUntilArmed() || rig.armingLine().startsWith(u"Type the amount"_s); }, 10'000);
        if (!armed) {
            qWarning("not armed: %s", qPrintable(rig.armingLine()));
        }
        return id;
    }
    static void enrolSecond(WindowRig &rig)
    {
        rig.clock.advance(1s); // Later than the first: what makes a reviewer is taken in the order of time.
        const QString keys = rig.location.keyFolder + u"/R1.key"_s;
        rig.onEngine([keys](Engine &engine) -> Result<Reviewer> {
               const Result<SigningKey> by = readKeyFile(keys, {});
               return by ? engine.enrol(u"R2"_s, {}, SigningKey::generate().publicKey(), false, *by)
                         : Result<Reviewer>(by.error());
           })
            .value();
    }
    static QStringList tabRound(const WindowRig &rig)
    {
        rig.window->queue()->setFocus();
        QStringList order;
        for (int i = 0; i < 80; ++i) {
            const QWidget *focus = QApplication::focusWidget();
            const QString name = focus ? focus->objectName() : u"nothing"_s;
            if (i > 0 && name == order.first()) {
                break;
            }
            order.append(name);
            QTest::keyClick(rig.window.get(), Qt::Key_Tab);
        }
        return order;
    }
};

void TestDetailKeys::whyIsShownAndFocused()
{
    WindowRig rig;
    QVERIFY(open(rig));
    read(rig);
    rig.window->detail()->setTab(u"raw"_s);
    rig.press(Qt::Key_W);
    const auto *why = rig.find<QWidget>(u"why"_s);
    QVERIFY(why && why->isVisible());
    QVERIFY(why->hasFocus());
    QVERIFY(!why->visibleRegion().isEmpty());
    QCOMPARE(why->accessibleName(), u"Why it stopped"_s);
}

void TestDetailKeys::theArmedItemIsReadAloud()
{
    WindowRig rig;
    QVERIFY(open(rig));
    const RequestId id = read(rig);
    rig.press(Qt::Key_F9);
    const QString spoken = rig.window->detail()->accessibleDescription();
    for (const QString &fact : {u"12.50"_s, u"Asked by agent"_s, u"Low tier"_s, u"expires in"_s, u"Armed"_s}) {
        QVERIFY2(spoken.contains(fact), qPrintable(spoken));
    }
    QCOMPARE(rig.request(id).state.lifecycle, Lifecycle::Pending);
}

void TestDetailKeys::deferringMovesItOutOfTheInbox()
{
    WindowRig rig;
    QVERIFY(open(rig));
    const RequestId id = read(rig);
    rig.press(Qt::Key_S);
    const auto *until = rig.find<QComboBox>(u"deferUntil"_s);
    QTRY_VERIFY(until->hasFocus());
    rig.press(Qt::Key_Return); // Does not confirm.
    QVERIFY(!rig.request(id).deferredUntil);
    rig.press(Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY(rig.request(id).deferredUntil.has_value());
    QCOMPARE(*rig.request(id).deferredUntil - rig.clock.now(), 15min);
    QCOMPARE(rig.request(id).state.lifecycle, Lifecycle::Pending);
    QTRY_COMPARE(rig.window->sidebar()->counts().inbox, 0);
}

void TestDetailKeys::delegatingGivesItToAnother()
{
    WindowRig rig;
    QVERIFY(open(rig));
    enrolSecond(rig);
    const RequestId id = read(rig);
    rig.press(Qt::Key_D);
    const auto *people = rig.find<QComboBox>(u"delegateTo"_s);
    QTRY_VERIFY(people->hasFocus());
    QCOMPARE(people->currentText(), u"R2"_s);
    rig.press(Qt::Key_Escape);
    QVERIFY(!rig.request(id).delegatedTo);
    rig.press(Qt::Key_D);
    rig.press(Qt::Key_Return, Qt::ControlModifier);
    QTRY_VERIFY2(rig.request(id).delegatedTo.has_value(), qPrintable(rig.armingLine()));
    QCOMPARE(rig.request(id).state.lifecycle, Lifecycle::Pending);
}

void TestDetailKeys::aDraftIsThereAfterARestart()
{
    WindowRig rig;
    QVERIFY(open(rig));
    const RequestId id = read(rig);
    rig.press(Qt::Key_E);
    auto *field = test::formField<QLineEdit>(rig.window.get(), u"/recipient"_s);
    QVERIFY(field);
    field->setFocus();
    field->end(false);
    rig.type(u" und Soehne"_s);
    rig.close(); // At once: before the draft's own pause is over.
    QVERIFY(open(rig));
    rig.window->queue()->select(id);
    rig.window->queue()->setFocus();
    QTRY_VERIFY(rig.readUntilArmed());
    QCOMPARE(rig.request(id).state.lifecycle, Lifecycle::Pending);
    rig.press(Qt::Key_E);
    field = test::formField<QLineEdit>(rig.window.get(), u"/recipient"_s);
    QVERIFY(field);
    QCOMPARE(field->text(), u"Nordwind und Soehne"_s);
}

void TestDetailKeys::aDraftIsThereAfterLocking()
{
    WindowRig rig(WindowRig::Reviewer::WithPassphrase);
    rig.open();
    QTRY_VERIFY(rig.session->isOpen());
    const auto unlock = [&] {
        rig.session->unlock(rig.location.keyFolder + u"/R1.key"_s, "open sesame");
        return QTest::qWaitFor([&] { return rig.isAtWork(); }, 10'000);
    };
    QVERIFY(unlock());
    const RequestId id = read(rig);
    rig.press(Qt::Key_E);
    auto *field = test::formField<QLineEdit>(rig.window.get(), u"/recipient"_s);
    QVERIFY(field);
    field->setFocus();
    field->end(false);
    rig.type(u"!"_s);
    rig.session->lock();
    field = test::formField<QLineEdit>(rig.window.get(), u"/recipient"_s);
    QVERIFY(!field || !field->isVisible());
    QVERIFY(unlock());
    rig.window->queue()->select(id);
    rig.window->queue()->setFocus();
    QTRY_VERIFY(rig.readUntilArmed());
    rig.press(Qt::Key_E);
    field = test::formField<QLineEdit>(rig.window.get(), u"/recipient"_s);
    QVERIFY(field);
    QCOMPARE(field->text(), u"Nordwind!"_s);
}

void TestDetailKeys::controlEnterStagesTheEdit()
{
    WindowRig rig;
    QVERIFY(open(rig));
    const RequestId id = read(rig);
    rig.press(Qt::Key_E);
    auto *field = test::formField<QLineEdit>(rig.window.get(), u"/currency"_s);
    QVERIFY(field);
    field->setFocus();
    field->selectAll();
    rig.type(u"CHF"_s);
    rig.press(Qt::Key_Return);
    QCOMPARE(rig.request(id).state.lifecycle, Lifecycle::Pending);
    rig.press(Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(rig.request(id).state.delivery, Delivery::Staged);
    QCOMPARE(rig.request(id).verdict, std::optional(Verdict::ApproveEdited));
}

void TestDetailKeys::tabReachesEveryControlInAStableOrder()
{
    WindowRig rig;
    QVERIFY(open(rig));
    const RequestId id = read(rig);
    const QStringList before = tabRound(rig);
    QVERIFY2(!before.contains(u"nothing"_s), qPrintable(before.join(u' ')));
    // From the list to the request from top to bottom, then to the decision.
    const QStringList wanted{u"queueView"_s, u"queueFilter"_s,    u"claimButton"_s,   u"more"_s,
                             u"tabs"_s,      u"copyJson"_s,       u"editArguments"_s, u"payload"_s,
                             u"why"_s,       u"reason"_s,         u"approve"_s,       u"edit"_s,
                             u"reject"_s,    u"requestChanges"_s, u"defer"_s};
    qsizetype last = -1;
    for (const QString &name : wanted) {
        const qsizetype place = before.indexOf(name);
        QVERIFY2(place > last, qPrintable(name + u": "_s + before.join(u' ')));
        last = place;
    }
    // Cards are made anew with every revision; the order stays.
    rig.onEngine([id](Engine &engine) { return engine.claim(id); }).value();
    QTRY_COMPARE(rig.find<QAbstractButton>(u"claimButton"_s)->accessibleName(), u"Release claim"_s);
    QCOMPARE(tabRound(rig), before);
}

void TestDetailKeys::everyControlHasANameToSay()
{
    WindowRig rig;
    QVERIFY(open(rig));
    read(rig, Tier::High);
    for (const bool editing : {false, true}) {
        if (editing) {
            rig.window->queue()->setFocus();
            rig.press(Qt::Key_E);
            QTRY_VERIFY(test::formField<QLineEdit>(rig.window.get(), u"/currency"_s));
        }
        QList<QWidget *> widgets = rig.window->queue()->findChildren<QWidget *>();
        widgets += rig.window->detail()->findChildren<QWidget *>();
        for (QWidget *widget : widgets) {
            if (!widget->isVisible() || !(widget->focusPolicy() & Qt::TabFocus)) {
                continue;
            }
            const QString which = QLatin1StringView(widget->metaObject()->className()) + u' ' + widget->objectName();
            QAccessibleInterface *spoken = QAccessible::queryAccessibleInterface(widget);
            QVERIFY2(spoken, qPrintable(which));
            QVERIFY2(!spoken->text(QAccessible::Name).isEmpty(), qPrintable(which));
            QVERIFY2(!widget->objectName().isEmpty(), qPrintable(which));
        }
    }
}

void TestDetailKeys::aRowIsOneSentence()
{
    WindowRig rig;
    QVERIFY(open(rig));
    read(rig, Tier::High);
    QAccessibleInterface *list = QAccessible::queryAccessibleInterface(rig.find<QueueView>(u"queueView"_s));
    QVERIFY(list && list->tableInterface());
    QAccessibleInterface *cell = list->tableInterface()->cellAt(0, 0);
    QVERIFY(cell);
    const QString spoken = cell->text(QAccessible::Name);
    for (const QString &fact : {u"12.50"_s, u"High"_s, u"process_payment"_s, u"agent"_s, u"minutes"_s}) {
        QVERIFY2(spoken.contains(fact), qPrintable(spoken));
    }
    QVERIFY(cell->state().selected);
}

QTEST_MAIN(TestDetailKeys)
#include "tst_detail_keys.moc"
