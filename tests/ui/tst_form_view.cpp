// SPDX-License-Identifier: Apache-2.0
#include "tests/ui/form_rig.h"
#include "ui/forms/form_preview.h"
#include "ui/forms/json_page.h"
#include "ui/forms/piece_label.h"
#include "ui/forms/problem_list.h"
#include "ui/forms/row_widget.h"
#include "ui/forms/segment_switch.h"

#include <QtGui/QClipboard>
#include <QtTest/QSignalSpy>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QScrollBar>

#include <set>

using namespace countersign;
using namespace countersign::ui;
using namespace Qt::Literals::StringLiterals;

namespace {

const QByteArray parcel = R"json({
 "type":"object","required":["email","service"],
 "properties":{
  "email":{"type":"string","format":"email","title":"Recipient e-mail"},
  "service":{"title":"Service level","description":"How fast the parcel travels",
             "oneOf":[{"const":"express","title":"Express"},{"const":"slow","title":"Slow"}]},
  "weightKg":{"type":"number","title":"Parcel weight (kg)","minimum":0.1,"maximum":30,"default":1.0},
  "note":{"type":"string","title":"Note"},
  "signature":{"type":"boolean","title":"Signature"},
  "notify":{"type":"boolean","title":"Notify customer","default":true},
  "tags":{"type":"array","title":"Tags","items":{"type":"string"},"maxItems":3},
  "labels":{"type":"object","title":"Labels","additionalProperties":{"type":"string"}}
 }})json";

QByteArray manyFields(int count)
{
    QByteArray schema = R"({"type":"object","properties":{)";
    for (int i = 0; i < count; ++i) {
        schema += (i > 0 ? ",\"" : "\"") + ("f" + QByteArray::number(i)) + R"(":{"type":"string","title":"Field )" +
                  QByteArray::number(i) + "\"}";
    }
    return schema + "}}";
}

QString problemAt(FormRig &rig, std::string_view pointer)
{
    RowWidget *row = rig.view().rowWidget(rig.model->find(pointer));
    return row ? row->shownProblem() : u"(no row)"_s;
}

} // namespace

class TestFormView : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void textNumbersAndSwitchesAreTyped();
    void anOptionalTextThatIsEmptiedIsNotThereAgain();
    void aProblemStandsBelowTheFieldAfterItWasLeft();
    void enterNeverSubmitsAndControlEnterAsks();
    void escapeLeavesTheSmallestThingFirst();
    void jumpKeysGoThroughTheProblems();
    void sendingGoesToTheFirstProblemAndListsThem();
    void undoTakesBackAcrossFields();
    void itemsAreAddedMovedDuplicatedAndRemovedByKeys();
    void membersAreNamedAndRenamed();
    void tabWalksThroughAllRows();
    void tabLeavesAtBothEnds();
    void fewWidgetsServeManyRows();
    void theRowWithTheFocusKeepsItsWidget();
    void findNarrowsTheForm();
    void thePreviewShowsWhatIsSentAndWhatIsWrong();
    void noLetterOfThePreviewStandsBesideIt();
    void jsonTextAndFormAreTheSameValue();
    void halfTypedJsonKeepsTheLastGoodValue();
    void aWholeObjectIsPasted();
    void secretsAreWarnedOfAndMasked();
    void secretsStayWithTheirMarksInTheJson();
    void changesAreMarkedAndReverted();
    void nullIsSetAndGivenUp();
    void hostileWordsAreShownAsTokens();
    void keysAreFastInLargeForms();
};

void TestFormView::initTestCase()
{
    applyTheme(*qApp, ColourScheme::Light);
}

void TestFormView::textNumbersAndSwitchesAreTyped()
{
    FormRig rig(parcel);
    QVERIFY2(rig.model, qPrintable(rig.error));
    rig.sheet.focusFirst();
    rig.type(u"a@example.org"_s);
    QVERIFY2(rig.text().contains(R"("email":"a@example.org")"), rig.text());
    auto *weight = rig.part<QLineEdit>("/weightKg");
    QVERIFY(weight);
    weight->selectAll();
    rig.type(u"12.50"_s);
    QVERIFY2(rig.text().contains(R"("weightKg":12.50)"), rig.text());
    QVERIFY(!rig.text().contains("signature"));
    auto *states = rig.part<SegmentSwitch>("/signature");
    QVERIFY(states);
    states->button(2)->click();
    QVERIFY2(rig.text().contains(R"("signature":false)"), rig.text());
    states->button(0)->click();
    QVERIFY2(!rig.text().contains("signature"), rig.text());
    auto *notify = rig.part<QCheckBox>("/notify");
    QVERIFY(notify && notify->isChecked());
    rig.key(Qt::Key_Space);
    QVERIFY2(rig.text().contains(R"("notify":false)"), rig.text());
}

void TestFormView::anOptionalTextThatIsEmptiedIsNotThereAgain()
{
    FormRig rig(parcel);
    QVERIFY(rig.row("/note"));
    rig.type(u"x"_s);
    QVERIFY2(rig.text().contains(R"("note":"x")"), rig.text());
    rig.key(Qt::Key_Backspace);
    QVERIFY2(!rig.text().contains("note"), rig.text());

    FormRig edits(parcel, {.mode = FormMode::Edit,
                           .original = *readJson(R"({"email":"a@b.org","service":"slow","note":"old"})")});
    auto *note = edits.part<QLineEdit>("/note");
    QVERIFY(note);
    note->selectAll();
    edits.key(Qt::Key_Delete);
    QVERIFY2(edits.text().contains(R"("note":"")"), edits.text()); // Somebody wrote a text: an empty one is left.
}

void TestFormView::aProblemStandsBelowTheFieldAfterItWasLeft()
{
    FormRig rig(parcel);
    rig.sheet.focusFirst();
    rig.type(u"orders"_s);
    QCOMPARE(problemAt(rig, "/email"), QString());
    rig.key(Qt::Key_Tab);
    QVERIFY2(problemAt(rig, "/email").contains(u"e-mail"_s), qPrintable(problemAt(rig, "/email")));
    rig.key(Qt::Key_Backtab, Qt::ShiftModifier);
    rig.key(Qt::Key_End);
    rig.type(u"@nordwind.example"_s);
    QCOMPARE(problemAt(rig, "/email"), QString()); // From now on while typing.
    rig.type(u" "_s);
    QVERIFY(!problemAt(rig, "/email").isEmpty());
}

void TestFormView::enterNeverSubmitsAndControlEnterAsks()
{
    FormRig rig(parcel);
    QSignalSpy submitted(&rig.sheet, &FormSheet::submitWanted);
    rig.sheet.focusFirst();
    rig.type(u"a@example.org"_s);
    rig.key(Qt::Key_Return);
    rig.key(Qt::Key_Enter);
    QCOMPARE(submitted.count(), 0);
    rig.key(Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(submitted.count(), 1);
    QCOMPARE(submitted.front().at(1).toBool(), false);
}

void TestFormView::escapeLeavesTheSmallestThingFirst()
{
    FormRig rig(parcel);
    QSignalSpy left(&rig.sheet, &FormSheet::leaveWanted);
    rig.sheet.focusFirst();
    rig.key(Qt::Key_F, Qt::ControlModifier);
    QCOMPARE(QApplication::focusWidget()->objectName(), u"findWords"_s);
    rig.key(Qt::Key_Escape);
    QCOMPARE(left.count(), 0);
    QVERIFY(rig.view().isAncestorOf(QApplication::focusWidget()));
    rig.key(Qt::Key_Escape);
    QCOMPARE(left.count(), 1);
}

void TestFormView::jumpKeysGoThroughTheProblems()
{
    FormRig rig(parcel, {.draft = {}});
    QVERIFY(rig.row("/note"));
    rig.key(Qt::Key_F8);
    QCOMPARE(rig.view().currentField(), rig.model->find("/email"));
    rig.key(Qt::Key_F8);
    QCOMPARE(rig.view().currentField(), rig.model->find("/service"));
    rig.key(Qt::Key_F8);
    QCOMPARE(rig.view().currentField(), rig.model->find("/email"));
    rig.key(Qt::Key_F8, Qt::ShiftModifier);
    QCOMPARE(rig.view().currentField(), rig.model->find("/service"));
    QVERIFY(!problemAt(rig, "/service").isEmpty());
}

void TestFormView::sendingGoesToTheFirstProblemAndListsThem()
{
    FormRig rig(parcel);
    QVERIFY(rig.row("/note"));
    QVERIFY(!rig.sheet.attemptSubmit());
    QCOMPARE(rig.view().currentField(), rig.model->find("/email"));
    const auto *list = rig.sheet.findChild<ProblemList *>();
    QCOMPARE(list->linkCount(), 2);
    QVERIFY2(rig.sheet.problem().startsWith(u"Recipient e-mail: "_s), qPrintable(rig.sheet.problem()));
    rig.type(u"a@example.org"_s);
    QCOMPARE(list->linkCount(), 1);
    list->findChild<ProblemLink *>()->click();
    QCOMPARE(rig.view().currentField(), rig.model->find("/service"));
    rig.key(Qt::Key_Space);
    if (!rig.sheet.attemptSubmit()) {
        QFAIL(qPrintable(rig.sheet.problem()));
    }
    QCOMPARE(rig.sheet.problem(), QString());
    QVERIFY(list->isHidden());
}

void TestFormView::undoTakesBackAcrossFields()
{
    FormRig rig(parcel);
    const QByteArray start = rig.text();
    rig.sheet.focusFirst();
    rig.type(u"a@example.org"_s);
    const QByteArray afterMail = rig.text();
    QVERIFY(rig.row("/note"));
    rig.type(u"hello"_s);
    rig.key(Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(rig.text(), afterMail); // Typing is one step.
    auto *note = rig.part<QLineEdit>("/note");
    QCOMPARE(note->text(), QString());
    rig.key(Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(rig.text(), start);
    rig.key(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    rig.key(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY2(rig.text().contains(R"("note":"hello")"), rig.text());
    QCOMPARE(rig.part<QLineEdit>("/note")->text(), u"hello"_s);
}

void TestFormView::itemsAreAddedMovedDuplicatedAndRemovedByKeys()
{
    FormRig rig(parcel);
    const FieldId tags = rig.model->find("/tags");
    const auto addButton = [&] {
        return rig.view().rowWidget(tags, RowPart::AddItem)->findChild<QAbstractButton *>(u"add"_s);
    };
    QVERIFY(rig.row("/tags"));
    addButton()->click();
    rig.type(u"one"_s); // The new item has the focus.
    QVERIFY2(rig.text().contains(R"("tags":["one"])"), rig.text());
    rig.key(Qt::Key_D, Qt::ControlModifier);
    QVERIFY2(rig.text().contains(R"("tags":["one","one"])"), rig.text());
    qobject_cast<QLineEdit *>(QApplication::focusWidget())->selectAll();
    rig.type(u"two"_s);
    QVERIFY2(rig.text().contains(R"("tags":["one","two"])"), rig.text());
    rig.key(Qt::Key_Up, Qt::AltModifier);
    QVERIFY2(rig.text().contains(R"("tags":["two","one"])"), rig.text());
    rig.key(Qt::Key_Down, Qt::AltModifier);
    QVERIFY2(rig.text().contains(R"("tags":["one","two"])"), rig.text());
    addButton()->click();
    QVERIFY(!addButton()->isEnabled()); // Three are the most.
    rig.key(Qt::Key_Delete, Qt::ShiftModifier);
    QVERIFY2(rig.text().contains(R"("tags":["one","two"])"), rig.text());
    QVERIFY(addButton()->isEnabled());
    QVERIFY(rig.view().isAncestorOf(QApplication::focusWidget()));
    rig.key(Qt::Key_Delete, Qt::ShiftModifier);
    QVERIFY2(rig.text().contains(R"("tags":["one"])"), rig.text());
}

void TestFormView::membersAreNamedAndRenamed()
{
    FormRig rig(parcel);
    const FieldId labels = rig.model->find("/labels");
    QVERIFY(rig.row("/labels"));
    RowWidget *adds = rig.view().rowWidget(labels, RowPart::AddMember);
    QVERIFY(adds);
    adds->findChild<QLineEdit *>(u"memberName"_s)->setFocus();
    rig.type(u"team"_s);
    rig.key(Qt::Key_Return);
    rig.type(u"core"_s);
    QVERIFY2(rig.text().contains(R"("labels":{"team":"core"})"), rig.text());
    rig.key(Qt::Key_F2);
    rig.type(u"group"_s);
    rig.key(Qt::Key_Return);
    QVERIFY2(rig.text().contains(R"("labels":{"group":"core"})"), rig.text());
    QCOMPARE(rig.view().currentField(), rig.model->find("/labels/group"));
    adds = rig.view().rowWidget(labels, RowPart::AddMember);
    adds->findChild<QLineEdit *>(u"memberName"_s)->setFocus();
    rig.type(u"group"_s);
    rig.key(Qt::Key_Return);
    QVERIFY(!adds->shownProblem().isEmpty()); // The name is taken.
    rig.key(Qt::Key_Escape);
    QCOMPARE(adds->shownProblem(), QString());
}

void TestFormView::tabWalksThroughAllRows()
{
    constexpr int count = 300;
    FormRig rig(manyFields(count));
    rig.sheet.focusFirst();
    std::set<FieldId> seen;
    for (int i = 0; i < count; ++i) {
        seen.insert(rig.view().currentField());
        const QWidget *now = QApplication::focusWidget();
        QVERIFY(rig.view().isAncestorOf(now));
        const QRect place(now->mapTo(rig.view().viewport(), QPoint()), now->size());
        QVERIFY2(rig.view().viewport()->rect().contains(place), "the focus is on screen");
        rig.key(Qt::Key_Tab);
    }
    QCOMPARE(static_cast<int>(seen.size()), count);
    QVERIFY(!rig.view().isAncestorOf(QApplication::focusWidget())); // Behind the last row it goes on.
    rig.key(Qt::Key_Backtab, Qt::ShiftModifier);
    QCOMPARE(rig.view().currentField(), rig.model->find("/f299"));
    rig.key(Qt::Key_Backtab, Qt::ShiftModifier);
    QCOMPARE(rig.view().currentField(), rig.model->find("/f298"));
}

void TestFormView::tabLeavesAtBothEnds()
{
    FormRig rig(manyFields(3));
    rig.sheet.focusFirst();
    rig.key(Qt::Key_Backtab, Qt::ShiftModifier);
    QVERIFY(!rig.view().isAncestorOf(QApplication::focusWidget()));
    QVERIFY(QApplication::focusWidget() != &rig.view());
    rig.key(Qt::Key_Tab);
    QCOMPARE(rig.view().currentField(), rig.model->find("/f0"));
}

void TestFormView::fewWidgetsServeManyRows()
{
    FormRig rig(manyFields(5000));
    QVERIFY2(rig.model, qPrintable(rig.error));
    QCOMPARE(rig.view().rowCount(), 5000);
    const int widgets = static_cast<int>(rig.sheet.findChildren<QWidget *>().size());
    QVERIFY2(widgets < 700, qPrintable(QString::number(widgets)));
    QScrollBar *bar = rig.view().verticalScrollBar();
    for (int step = 0; step <= 60; ++step) {
        bar->setValue(bar->maximum() * step / 60);
        QVERIFY(rig.view().widgetCount() < 140);
    }
    QVERIFY(rig.view().rowWidget(rig.model->find("/f4999")));
    QVERIFY(!rig.view().rowWidget(rig.model->find("/f0")));
    QVERIFY(rig.row("/f2500"));
    rig.type(u"in the middle"_s);
    QVERIFY(rig.text().contains(R"("f2500":"in the middle")"));
}

void TestFormView::theRowWithTheFocusKeepsItsWidget()
{
    FormRig rig(manyFields(1000));
    rig.sheet.focusFirst();
    rig.type(u"ab"_s);
    QWidget *field = QApplication::focusWidget();
    QScrollBar *bar = rig.view().verticalScrollBar();
    bar->setValue(bar->maximum());
    QCOMPARE(QApplication::focusWidget(), field);
    rig.type(u"c"_s);
    QVERIFY2(rig.text().startsWith(R"({"f0":"abc")"), rig.text());
    bar->setValue(0);
    QCOMPARE(QApplication::focusWidget(), field);
    QVERIFY(
        rig.view().viewport()->rect().contains(QRect(field->mapTo(rig.view().viewport(), QPoint()), field->size())));
}

void TestFormView::findNarrowsTheForm()
{
    FormRig rig(parcel);
    rig.sheet.focusFirst();
    const int all = rig.view().rowCount();
    rig.key(Qt::Key_F, Qt::ControlModifier);
    rig.type(u"weight"_s);
    QCOMPARE(rig.view().matchCount(), 1);
    QCOMPARE(rig.view().rowCount(), 1);
    rig.key(Qt::Key_Return);
    QCOMPARE(rig.view().currentField(), rig.model->find("/weightKg"));
    rig.key(Qt::Key_F, Qt::ControlModifier);
    rig.key(Qt::Key_Escape);
    QCOMPARE(rig.view().rowCount(), all);
    QCOMPARE(rig.view().currentField(), rig.model->find("/weightKg"));
}

void TestFormView::thePreviewShowsWhatIsSentAndWhatIsWrong()
{
    FormRig rig(parcel);
    rig.sheet.focusFirst();
    rig.type(u"nordwind"_s);
    QTRY_VERIFY2(rig.sheet.preview()->text().contains(u"\"email\": \"nordwind\""_s),
                 qPrintable(rig.sheet.preview()->text()));
    QVERIFY(rig.sheet.preview()->hasBadPiece(u"nordwind"_s));
    rig.type(u"@example.org"_s);
    QTRY_VERIFY(rig.sheet.preview()->text().contains(u"nordwind@example.org"_s));
    QVERIFY(!rig.sheet.preview()->hasBadPiece(u"nordwind"_s));
}

void TestFormView::noLetterOfThePreviewStandsBesideIt()
{
    FormRig rig(parcel);
    JsonValue value = JsonValue::object();
    value.set("note", JsonValue::fromString(QString(700, u'm')));
    value.set(std::string(90, 'k'), JsonValue::fromString(QString(61, u'm')));
    value.set("lines", JsonValue::fromString(u"one\ntwo\u202Ethree\n"_s.repeated(9)));
    rig.model->replaceValue(value);
    FormPreview preview;
    preview.setModel(rig.model.get());
    preview.show();
    for (int width = 500; width < 1000; width += 37) {
        preview.resize(width, 300);
        preview.refreshNow();
        QVERIFY2(preview.widestLine() + 2 * RowWidget::sidePadding() <= preview.viewport()->width(),
                 qPrintable(u"%1 of %2"_s.arg(preview.widestLine()).arg(preview.viewport()->width())));
    }
    preview.setModel(nullptr);
}

void TestFormView::jsonTextAndFormAreTheSameValue()
{
    FormRig rig(parcel);
    QVERIFY(rig.row("/weightKg"));
    rig.sheet.showJson(true);
    QVERIFY(rig.sheet.showsJson());
    QPlainTextEdit *text = rig.sheet.jsonPage()->text();
    QCOMPARE(rig.sheet.jsonPage()->pointerAtCaret(), std::string("/weightKg"));
    text->selectAll();
    QApplication::clipboard()->setText(uR"({"email":"b@example.org","service":"slow","weightKg":2.50,"own":[1,2]})"_s);
    text->paste();
    rig.sheet.showJson(false);
    QCOMPARE(rig.text(), QByteArray(R"({"email":"b@example.org","service":"slow","weightKg":2.50,"own":[1,2]})"));
    auto *mail = rig.part<QLineEdit>("/email");
    QVERIFY(mail);
    QCOMPARE(mail->text(), u"b@example.org"_s);
    rig.key(Qt::Key_Z, Qt::ControlModifier);
    QVERIFY2(!rig.text().contains("b@example.org"), rig.text());
}

void TestFormView::halfTypedJsonKeepsTheLastGoodValue()
{
    FormRig rig(parcel);
    const QByteArray before = rig.text();
    rig.sheet.showJson(true);
    QPlainTextEdit *text = rig.sheet.jsonPage()->text();
    text->moveCursor(QTextCursor::End);
    QTest::keyClicks(text, u"x"_s);
    QVERIFY(rig.sheet.jsonPage()->isBroken());
    QVERIFY2(rig.sheet.problem().contains(u"line"_s), qPrintable(rig.sheet.problem()));
    QVERIFY(!rig.sheet.attemptSubmit());
    QCOMPARE(rig.text(), before);
    rig.key(Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(!rig.sheet.jsonPage()->isBroken());
    QCOMPARE(rig.text(), before);
}

void TestFormView::aWholeObjectIsPasted()
{
    FormRig rig(parcel);
    rig.sheet.focusFirst();
    QApplication::clipboard()->setText(uR"({"email":"c@example.org","service":"express"})"_s);
    rig.key(Qt::Key_V, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(rig.text(), QByteArray(R"({"email":"c@example.org","service":"express"})"));
    QVERIFY(rig.sheet.attemptSubmit());
    QApplication::clipboard()->setText(u"{half"_s);
    QVERIFY(!rig.sheet.pasteJson());
    QCOMPARE(rig.text(), QByteArray(R"({"email":"c@example.org","service":"express"})"));
    QVERIFY(rig.sheet.findChild<PieceLabel *>(u"formNotice"_s)->isVisible());
}

void TestFormView::secretsAreWarnedOfAndMasked()
{
    FormRig rig(R"({"type":"object","properties":{"apiKey":{"type":"string","format":"password","title":"API key"},
                    "pin":{"type":"string","title":"Your PIN code and password"}}})");
    auto *key = rig.part<QLineEdit>("/apiKey");
    QVERIFY(key);
    QCOMPARE(key->echoMode(), QLineEdit::Password);
    rig.type(u"hunter2"_s);
    QVERIFY(rig.text().contains("hunter2"));
    QTRY_VERIFY(rig.sheet.preview()->text().contains(u"••••••"_s));
    QVERIFY(!rig.sheet.preview()->text().contains(u"hunter2"_s));
    const auto *warning = rig.part<PieceLabel>("/pin", u"warning"_s);
    QVERIFY(warning && warning->isVisible() && warning->text().contains(u"never give a password"_s));
    rig.sheet.showJson(true);
    QVERIFY(!rig.sheet.jsonPage()->text()->toPlainText().contains(u"hunter2"_s));
    rig.sheet.showJson(false);
    QVERIFY(rig.text().contains("hunter2"));
}

void TestFormView::secretsStayWithTheirMarksInTheJson()
{
    FormRig rig(R"({"type":"array","items":{"type":"object","properties":{
                    "user":{"type":"string"},"key":{"type":"string","format":"password"}}}})",
                {.mode = FormMode::Edit,
                 .original = *readJson(R"([{"user":"⟨secret 1, kept⟩","key":"first"},{"user":"b","key":"second"}])")});
    rig.sheet.showJson(true);
    QPlainTextEdit *text = rig.sheet.jsonPage()->text();
    const QString shown = text->toPlainText();
    QVERIFY2(!shown.contains(u"first"_s) && !shown.contains(u"second"_s), qPrintable(shown));
    QVERIFY(shown.contains(u"⟨U+27E8⟩secret 1, kept"_s)); // Of the agent: no mark.

    QString more = shown;
    text->setPlainText(more.insert(more.indexOf(u'[') + 1, uR"({"user":"new","key":"zero"},)"_s));
    QVERIFY(rig.sheet.jsonPage()->take());
    QCOMPARE(rig.text(), QByteArray(R"([{"user":"new","key":"zero"},{"user":"⟨secret 1, kept⟩","key":"first"},)"
                                    R"({"user":"b","key":"second"}])"));
    rig.sheet.undo();

    text->setPlainText(uR"([{"user":"b","key":"⟨secret 2, kept⟩"}])"_s);
    QVERIFY(rig.sheet.jsonPage()->take());
    QCOMPARE(rig.text(), QByteArray(R"([{"user":"b","key":"second"}])"));
    for (const QString &wrong : {uR"([{"key":"⟨secret 9, kept⟩"}])"_s, uR"([{"key":"new⟨secret 1, kept⟩"}])"_s}) {
        text->setPlainText(wrong);
        QVERIFY(!rig.sheet.jsonPage()->take());
        QVERIFY(!rig.sheet.problem().isEmpty());
        QCOMPARE(rig.text(), QByteArray(R"([{"user":"b","key":"second"}])"));
    }
}

void TestFormView::changesAreMarkedAndReverted()
{
    FormRig rig(parcel, {.mode = FormMode::Edit,
                         .original = *readJson(R"({"email":"a@b.org","service":"slow","weightKg":4.20})")});
    const QByteArray before = rig.text();
    auto *weight = rig.part<QLineEdit>("/weightKg");
    QCOMPARE(weight->text(), u"4.20"_s);
    weight->selectAll();
    rig.type(u"5"_s);
    RowWidget *row = rig.row("/weightKg");
    QVERIFY2(row->findChild<PieceLabel *>(u"notes"_s)->text().contains(u"changed by you"_s),
             qPrintable(row->findChild<PieceLabel *>(u"notes"_s)->text()));
    auto *revert = row->findChild<QAbstractButton *>(u"revert"_s);
    QVERIFY(revert && revert->isVisible());
    revert->click();
    QCOMPARE(rig.text(), before);
    QCOMPARE(rig.part<QLineEdit>("/weightKg")->text(), u"4.20"_s);
    QVERIFY(!revert->isVisible());
}

void TestFormView::nullIsSetAndGivenUp()
{
    FormRig rig(R"({"type":"object","properties":{"a":{"type":["string","null"]},"n":{"type":"null"}}})");
    RowWidget *row = rig.row("/a");
    QVERIFY(row);
    row->findChild<QAbstractButton *>(u"toNull"_s)->click();
    QCOMPARE(rig.text(), QByteArray(R"({"a":null})"));
    auto *back = row->findChild<QAbstractButton *>(u"fromNull"_s);
    QVERIFY(back && back->isVisible());
    back->click();
    QCOMPARE(rig.text(), QByteArray("{}"));
    rig.type(u"x"_s); // The hands are on the field again.
    QCOMPARE(rig.text(), QByteArray(R"({"a":"x"})"));
    RowWidget *only = rig.row("/n");
    QVERIFY(only);
    only->findChild<QAbstractButton *>(u"toNull"_s)->click();
    QCOMPARE(rig.text(), QByteArray(R"({"a":"x","n":null})"));
}

void TestFormView::hostileWordsAreShownAsTokens()
{
    JsonValue schema = *readJson(R"({"type":"object","properties":{"x":{"type":"string"},
        "y":{"oneOf":[{"const":1,"title":"One"},{"const":2,"title":"Two"}]}}})");
    const QString hostile = u"&Send %1 <b>all</b> \u202Egpj"_s;
    JsonValue *x = schema.at("/properties/x");
    x->set("title", JsonValue::fromString(hostile));
    x->set("description", JsonValue::fromString(hostile));
    schema.at("/properties/y/oneOf/0")->set("title", JsonValue::fromString(hostile));
    FormRig rig(schema);
    RowWidget *row = rig.row("/x");
    QVERIFY(row);
    const QString shown = u"&Send %1 <b>all</b> ⟨U+202E⟩gpj"_s;
    QVERIFY2(row->findChild<PieceLabel *>(u"title"_s)->text().startsWith(shown),
             qPrintable(row->findChild<PieceLabel *>(u"title"_s)->text()));
    QVERIFY(row->findChild<PieceLabel *>(u"notes"_s)->text().contains(shown));
    QVERIFY2(QApplication::focusWidget()->accessibleName().contains(shown),
             qPrintable(QApplication::focusWidget()->accessibleName()));
    RowWidget *choice = rig.row("/y");
    for (const QAbstractButton *button : choice->findChildren<QAbstractButton *>()) {
        QVERIFY2(button->shortcut().isEmpty(), qPrintable(button->text()));
        QVERIFY(!button->text().contains(u'\u202E'));
    }
    rig.type(u"ok"_s);
}

void TestFormView::keysAreFastInLargeForms()
{
    FormRig rig(manyFields(5000));
    QElapsedTimer ready;
    ready.start();
    rig.sheet.setModel(rig.model.get());
    rig.sheet.repaint();
    qInfo("5,000 fields on screen: %.1f ms", static_cast<double>(ready.nsecsElapsed()) / 1e6);
    rig.sheet.focusFirst();
    std::vector<qint64> spent;
    for (int i = 0; i < 60; ++i) {
        QElapsedTimer timer;
        timer.start();
        rig.type(u"x"_s);
        rig.view().viewport()->repaint();
        spent.push_back(timer.nsecsElapsed());
    }
    std::ranges::sort(spent);
    const auto p95 = static_cast<double>(spent[spent.size() * 95 / 100]) / 1e6;
    qInfo("a key in 5,000 fields: %.1f ms at p95", p95);
    QVERIFY2(p95 < 200, "far from a frame, even in a debug build"); // The bench measures releases.
}

QTEST_MAIN(TestFormView)
#include "tst_form_view.moc"
