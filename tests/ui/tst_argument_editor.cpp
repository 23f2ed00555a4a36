// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "ui/detail/argument_editor.h"
#include "ui/detail/wrap_label.h"
#include "ui/style/theme.h"

#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QApplication>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>

using namespace countersign;
using namespace countersign::ui;
using namespace Qt::Literals::StringLiterals;

namespace {

const QByteArray sample = R"({"amount":4200.00,"big":18446744073709551615,"on":true,"none":null,)"
                          R"("list":["a","b"],"text":"plain"})";

} // namespace

class TestArgumentEditor : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void untouchedArgumentsKeepEveryDigit();
    void aNumberStaysANumberAndAWrongOneIsSaid();
    void switchesAndTypesChange();
    void itemsAreAddedAndRemoved();
    void stepsAreTakenBackAndDoneAgain();
    void hiddenCharactersAreSeenAndSurvive();
    void keysConfirmAndLeave();
    void aDraftGoesOnWhereItWas();
    void namesAreShownWhole();
    void undoStandsReadyAfterTheFirstChange();

private:
    template<typename Field>
    Field *field(const QString &pointer)
    {
        return m_editor->findChild<Field *>(u"field"_s + pointer);
    }
    QByteArray text() const { return writeJson(m_editor->value()); }

    std::unique_ptr<ArgumentEditor> m_editor;
};

void TestArgumentEditor::initTestCase()
{
    applyTheme(*qApp, ColourScheme::Light);
}

void TestArgumentEditor::init()
{
    m_editor = std::make_unique<ArgumentEditor>();
    m_editor->resize(700, 700);
    m_editor->show();
    m_editor->edit(*readJson(sample), {});
}

void TestArgumentEditor::untouchedArgumentsKeepEveryDigit()
{
    QCOMPARE(text(), sample);
    QVERIFY(!m_editor->isChanged());
}

void TestArgumentEditor::aNumberStaysANumberAndAWrongOneIsSaid()
{
    auto *amount = field<QLineEdit>(u"/amount"_s);
    amount->selectAll();
    QTest::keyClicks(amount, u"99.90"_s);
    QVERIFY(text().contains("\"amount\":99.90,"));
    QVERIFY(m_editor->problem().isEmpty());
    QTest::keyClicks(amount, u",5"_s);
    QVERIFY2(m_editor->problem().contains(u"not a number"_s), qPrintable(m_editor->problem()));
    amount->selectAll();
    QTest::keyClicks(amount, u"7"_s);
    QVERIFY(m_editor->problem().isEmpty());
    QVERIFY(text().contains("\"amount\":7,\"big\":18446744073709551615"));
}

void TestArgumentEditor::switchesAndTypesChange()
{
    field<QCheckBox>(u"/on"_s)->click();
    QVERIFY(text().contains("\"on\":false"));
    auto *kind = m_editor->findChild<QComboBox *>(u"kind/none"_s);
    kind->setCurrentIndex(0);
    Q_EMIT kind->activated(0);
    QTRY_VERIFY(text().contains("\"none\":\"\""));
    QVERIFY(field<QLineEdit>(u"/none"_s));
}

void TestArgumentEditor::itemsAreAddedAndRemoved()
{
    m_editor->findChild<QAbstractButton *>(u"add/list"_s)->click();
    QTRY_VERIFY(text().contains(R"("list":["a","b","b"])"));
    m_editor->findChild<QAbstractButton *>(u"remove/list/0"_s)->click();
    QTRY_VERIFY(text().contains(R"("list":["b","b"])"));
}

void TestArgumentEditor::stepsAreTakenBackAndDoneAgain()
{
    auto *edit = field<QLineEdit>(u"/text"_s);
    edit->selectAll();
    QTest::keyClicks(edit, u"other"_s);
    field<QCheckBox>(u"/on"_s)->click();
    m_editor->undo();
    QVERIFY(text().contains("\"on\":true") && text().contains("\"text\":\"other\""));
    m_editor->undo(); // The typing was one step.
    QCOMPARE(text(), sample);
    QVERIFY(!m_editor->canUndo());
    m_editor->redo();
    m_editor->redo();
    QVERIFY(text().contains("\"on\":false") && text().contains("\"text\":\"other\""));
}

void TestArgumentEditor::hiddenCharactersAreSeenAndSurvive()
{
    const QByteArray hostile = "{\"t\":\"a\xe2\x80\xae"
                               "b &x %1 <i>\"}";
    m_editor->edit(*readJson(hostile), {});
    auto *edit = field<QLineEdit>(u"/t"_s);
    QVERIFY(edit->text().startsWith(u"a⟨U+202E⟩b"_s));
    edit->setCursorPosition(static_cast<int>(edit->text().size()));
    QTest::keyClicks(edit, u"!"_s);
    QCOMPARE(m_editor->value().find("t")->toString(), QString(u"a\u202Eb &x %1 <i>!"_s));
}

void TestArgumentEditor::keysConfirmAndLeave()
{
    QSignalSpy confirmed(m_editor.get(), &ArgumentEditor::confirmWanted);
    QSignalSpy left(m_editor.get(), &ArgumentEditor::leaveWanted);
    auto *edit = field<QLineEdit>(u"/text"_s);
    QTest::keyClick(edit, Qt::Key_Return);
    QTest::keyClick(edit, Qt::Key_Space);
    QCOMPARE(confirmed.count(), 0);
    QTest::keyClick(edit, Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(confirmed.count(), 1);
    QTest::keyClick(edit, Qt::Key_Escape);
    QCOMPARE(left.count(), 1);
}

void TestArgumentEditor::aDraftGoesOnWhereItWas()
{
    JsonValue draft = *readJson(sample);
    draft.set("text", JsonValue::fromString(u"draft"_s));
    m_editor->edit(*readJson(sample), draft);
    QVERIFY(m_editor->isChanged());
    QCOMPARE(field<QLineEdit>(u"/text"_s)->text(), u"draft"_s);
}

void TestArgumentEditor::namesAreShownWhole()
{
    const QByteArray long_ = R"({"notify_subscribers":true,"a_very_long_name_that_nobody_would_want_to_read_in_a_)"
                             R"(single_line_of_the_window":1})";
    // The pane makes the editor before its width is known.
    ArgumentEditor editor;
    editor.edit(*readJson(long_), {});
    editor.resize(700, 500);
    editor.show();
    QVERIFY(QTest::qWaitForWindowExposed(&editor));
    const auto *first = editor.findChild<WrapLabel *>(u"key/notify_subscribers"_s);
    QVERIFY(first);
    QTRY_VERIFY(first->width() >= first->oneLineWidth());
    const QFontMetrics metrics(uiFont(TextSize::Body));
    QCOMPARE(first->heightForWidth(first->width()), metrics.height());
    const auto labels = editor.findChildren<WrapLabel *>();
    const auto second = std::ranges::find_if(labels, [](auto *label) { return label->text().startsWith(u"a_very"_s); });
    QVERIFY(second != labels.end());
    QVERIFY((*second)->width() <= editor.width() / 2);
    QVERIFY((*second)->height() >= (*second)->heightForWidth((*second)->width()));
    QVERIFY((*second)->heightForWidth((*second)->width()) > metrics.height());
}

void TestArgumentEditor::undoStandsReadyAfterTheFirstChange()
{
    const auto *undo = m_editor->findChild<QAbstractButton *>(u"editorUndo"_s);
    QVERIFY(!undo->isEnabled());
    auto *text = field<QLineEdit>(u"/text"_s);
    QTest::keyClicks(text, u"x"_s);
    QVERIFY(undo->isEnabled());
    QVERIFY(m_editor->isChanged());
    QTest::keyClick(text, Qt::Key_Backspace);
    QVERIFY(!m_editor->isChanged());
}

QTEST_MAIN(TestArgumentEditor)
#include "tst_argument_editor.moc"
