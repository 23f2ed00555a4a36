// SPDX-License-Identifier: Apache-2.0
#include "tests/ui/form_rig.h"
#include "ui/forms/segment_switch.h"

#include <QtGui/QAccessible>
#include <QtWidgets/QScrollBar>

using namespace countersign;
using namespace countersign::ui;
using namespace Qt::Literals::StringLiterals;

namespace {

const QByteArray order = R"json({"type":"object","required":["email"],"properties":{
  "email":{"type":"string","format":"email","title":"Recipient e-mail","description":"Where the parcel is announced"},
  "weightKg":{"type":"number","title":"Parcel weight (kg)","minimum":0.1,"maximum":30},
  "signature":{"type":"boolean","title":"Signature"},
  "level":{"title":"Level","enum":["low","high"]},
  "day":{"type":"string","format":"date","title":"Pickup date"},
  "extras":{"type":"array","title":"Extras","uniqueItems":true,"items":{"enum":["insurance","saturday"]}},
  "colour":{"type":"string","format":"color","title":"Colour"},
  "tags":{"type":"array","title":"Tags","items":{"type":"string"}},
  "rows":{"type":"array","title":"Rows",
          "items":{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"}}}},
  "any":{"title":"Anything"}
}})json";

QString spoken(QWidget *widget, QAccessible::Text what)
{
    QAccessibleInterface *accessible = QAccessible::queryAccessibleInterface(widget);
    return accessible ? accessible->text(what) : QString();
}

} // namespace

class TestFormAccessibility : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void everyStopHasANameOfItsField();
    void aProblemIsPartOfTheDescription();
    void theStatesOfASwitchAreRadioButtons();
    void aFailedAttemptLeadsToADescribedProblem();
    void namesFollowWhenAWidgetServesAnotherRow();
};

void TestFormAccessibility::initTestCase()
{
    applyTheme(*qApp, ColourScheme::Light);
}

void TestFormAccessibility::everyStopHasANameOfItsField()
{
    FormRig rig(order);
    QVERIFY2(rig.model, qPrintable(rig.error));
    rig.sheet.focusFirst();
    int stops = 0;
    for (; stops < 100 && rig.view().isAncestorOf(QApplication::focusWidget()); ++stops) {
        QWidget *now = QApplication::focusWidget();
        const QString name = spoken(now, QAccessible::Name);
        const FormField *field = rig.model->field(rig.view().currentField());
        QVERIFY(field);
        QVERIFY2(name.contains(field->title), qPrintable(name + u" for "_s + field->title));
        FormRig::key(Qt::Key_Tab);
    }
    QVERIFY(stops >= 10);
    QVERIFY(rig.row("/email"));
    QCOMPARE(spoken(QApplication::focusWidget(), QAccessible::Name), u"Recipient e-mail, required"_s);
    QVERIFY(spoken(QApplication::focusWidget(), QAccessible::Description).contains(u"Where the parcel is announced"_s));
    QVERIFY(rig.row("/weightKg"));
    QVERIFY(spoken(QApplication::focusWidget(), QAccessible::Description).contains(u"0.1 to 30"_s));
}

void TestFormAccessibility::aProblemIsPartOfTheDescription()
{
    FormRig rig(order);
    rig.sheet.focusFirst();
    QWidget *mail = QApplication::focusWidget();
    rig.type(u"nobody"_s);
    QVERIFY(!spoken(mail, QAccessible::Description).contains(u"Problem"_s));
    rig.key(Qt::Key_Tab);
    QVERIFY2(spoken(mail, QAccessible::Description).startsWith(u"Problem: "_s),
             qPrintable(spoken(mail, QAccessible::Description)));
    rig.key(Qt::Key_Backtab, Qt::ShiftModifier);
    rig.key(Qt::Key_End);
    rig.type(u"@example.org"_s);
    QVERIFY(!spoken(mail, QAccessible::Description).contains(u"Problem"_s));
}

void TestFormAccessibility::theStatesOfASwitchAreRadioButtons()
{
    FormRig rig(order);
    auto *states = rig.part<SegmentSwitch>("/signature");
    QVERIFY(states);
    QAccessibleInterface *on = QAccessible::queryAccessibleInterface(states->button(1));
    QVERIFY(on);
    QCOMPARE(on->role(), QAccessible::RadioButton);
    QCOMPARE(on->text(QAccessible::Name), u"Signature: true"_s);
    QVERIFY(!on->state().checked);
    states->button(1)->click();
    QVERIFY(on->state().checked);
}

void TestFormAccessibility::aFailedAttemptLeadsToADescribedProblem()
{
    FormRig rig(order);
    QVERIFY(!rig.sheet.attemptSubmit());
    QVERIFY(spoken(QApplication::focusWidget(), QAccessible::Description).startsWith(u"Problem: "_s));
}

void TestFormAccessibility::namesFollowWhenAWidgetServesAnotherRow()
{
    QByteArray schema = R"({"type":"object","properties":{)";
    for (int i = 0; i < 400; ++i) {
        const QByteArray number = QByteArray::number(i);
        schema += (i > 0 ? ",\"f" : "\"f") + number + R"(":{"type":"string","title":"Field )" + number + "\"}";
    }
    FormRig rig(schema + "}}");
    QScrollBar *bar = rig.view().verticalScrollBar();
    for (const int at : {0, bar->maximum() / 2, bar->maximum(), 0}) {
        bar->setValue(at);
        int seen = 0;
        for (QLineEdit *line : rig.view().findChildren<QLineEdit *>()) {
            if (line->isVisible()) {
                const auto *row = qobject_cast<RowWidget *>(line->parentWidget()->parentWidget());
                QVERIFY(row);
                QCOMPARE(spoken(line, QAccessible::Name), rig.model->field(row->field())->title);
                ++seen;
            }
        }
        QVERIFY(seen > 5);
    }
}

QTEST_MAIN(TestFormAccessibility)
#include "tst_form_accessibility.moc"
