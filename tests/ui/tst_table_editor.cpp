// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_model.h"
#include "tests/ui/field_desk.h"
#include "ui/forms/table_cells.h"
#include "ui/forms/table_editor.h"
#include "ui/forms/table_model.h"

#include <QtCore/QElapsedTimer>
#include <QtGui/QClipboard>
#include <QtTest/QAbstractItemModelTester>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QTableView>

using namespace countersign;
using namespace countersign::ui;
using namespace Qt::Literals::StringLiterals;

namespace {

const char *const parcels = R"({"type":"array","minItems":1,"maxItems":6,"items":{"type":"object",
    "properties":{"name":{"type":"string","title":"Name & mark"},"weight":{"type":"number","maximum":30},
    "express":{"type":"boolean"},"size":{"enum":["S","M","L"]},"pickup":{"type":"string","format":"date"}},
    "required":["name"]}})";
const char *const three = R"([{"name":"a","weight":1.50},{"name":"b","weight":2,"express":true,"extra":1e2},)"
                          R"({"name":"c","size":"M"}])";

} // namespace

/// A list of flat objects, edited in a table by keys.
class TestTableEditor : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void showingChangesNothing();
    void cellsAreEditedByTyping();
    void cellsKeepWhatWasNotChanged();
    void cellsAreReadInTheNotationOfTheCountry();
    void halfTypedCellsAreSaid();
    void problemsAreShownAtTheirCell();
    void optionsArePickedInTheCell();
    void deleteMakesACellAbsent();
    void rowsAreAddedDuplicatedAndDeleted();
    void rowsAreMovedAsOneStep();
    void boundsAreKept();
    void tabSeparatedTextIsRead_data();
    void tabSeparatedTextIsRead();
    void cellsAreCopiedAndPasted();
    void aSpreadsheetIsPastedIntoAnEmptyTable();
    void whatDoesNotFitIsNotPasted();
    void pastedTextThatIsNoNumberIsKeptAsAProblem();
    void undoBringsCellsBack();
    void tabLeavesAndEnterDoesNothing();
    void tenThousandRowsStayQuick();
    void hiddenCharactersAreShown();
    void anOpenCellGoesWithItsTable();
    void everyThemeIsDrawn();

private:
    void open(const char *schema, const QByteArray &value, FormMode mode = FormMode::Edit);
    QByteArray text() const { return writeJson(m_form->value()); }
    QModelIndex at(int row, int column) const { return m_view->model()->index(row, column); }
    QString shown(int row, int column) const { return at(row, column).data().toString(); }
    void go(int row, int column) { m_view->setCurrentIndex(at(row, column)); }
    /// Edits the current cell as a person does.
    void typeInCell(const QString &typed, int end = Qt::Key_Return);
    QWidget *cellEditor() const
    {
        for (const char *name : {"cellText", "cellChoice"}) {
            for (QWidget *editor : m_view->findChildren<QWidget *>(QString::fromLatin1(name))) {
                if (editor->isVisible()) {
                    return editor;
                }
            }
        }
        return nullptr;
    }
    QString state() const { return m_editor->findChild<QWidget *>(u"tableState"_s)->property("text").toString(); }

    std::unique_ptr<FormModel> m_form;
    std::unique_ptr<TableEditor> m_editor;
    QTableView *m_view = nullptr;
    int m_edits = 0;
};

void TestTableEditor::initTestCase()
{
    applyTheme(*qApp, ColourScheme::Light);
}

void TestTableEditor::cleanup()
{
    m_editor.reset();
    m_form.reset();
    QLocale::setDefault(QLocale::c());
}

void TestTableEditor::open(const char *schema, const QByteArray &value, FormMode mode)
{
    m_editor.reset();
    m_edits = 0;
    const Result<std::shared_ptr<const CompiledSchema>> compiled = CompiledSchema::compile(json(schema));
    QVERIFY(compiled.hasValue());
    const JsonLimits limits{.maxBytes = 16 * 1024 * 1024, .maxNodes = 1'000'000, .maxDepth = 20};
    Result<JsonValue> original = readJson(value, limits);
    QVERIFY(original.hasValue());
    auto form = FormModel::create(*compiled, {.mode = mode, .original = std::move(*original)});
    QVERIFY(form.hasValue());
    m_form = std::move(*form);
    const FormField *root = m_form->field(m_form->root());
    QCOMPARE(root->kind, FieldKind::Table);
    m_editor = std::make_unique<TableEditor>(nullptr);
    const auto show = [this] {
        const FormField *field = m_form->field(m_form->root());
        m_editor->present(*field, m_form->valueOf(field->id), m_form->unfinished(field->id));
    };
    m_editor->setForm(m_form.get());
    show();
    connect(m_editor.get(), &TableEditor::formEdited, m_editor.get(), [this, show] {
        ++m_edits;
        show();
    });
    m_editor->resize(720, 420);
    m_editor->show();
    m_editor->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_editor.get()));
    m_view = m_editor->findChild<QTableView *>(u"table"_s);
    m_view->setFocus();
}

void TestTableEditor::typeInCell(const QString &typed, int end)
{
    QTest::keyClick(m_view, Qt::Key_F2);
    auto *line = qobject_cast<QLineEdit *>(cellEditor());
    QVERIFY(line);
    line->selectAll();
    if (typed.isEmpty()) {
        QTest::keyClick(line, Qt::Key_Delete);
    } else {
        typeText(line, typed);
    }
    QTest::keyClick(line, static_cast<Qt::Key>(end));
    QTRY_VERIFY(!cellEditor());
}

void TestTableEditor::showingChangesNothing()
{
    open(parcels, three);
    const QAbstractItemModelTester watched(m_view->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(m_view->model()->rowCount(), 3);
    QCOMPARE(m_view->model()->columnCount(), 5);
    QCOMPARE(m_view->model()->headerData(0, Qt::Horizontal).toString(), u"Name & mark"_s);
    QCOMPARE(shown(0, 1), u"1.50"_s);
    QCOMPARE(shown(0, 2), QString());
    QCOMPARE(shown(1, 2), u"true"_s);
    m_editor->grab();
    m_editor->finish();
    QCOMPARE(text(), QByteArray(three));
    QVERIFY(!m_form->isChanged());
    QCOMPARE(m_edits, 0);
}

void TestTableEditor::cellsAreEditedByTyping()
{
    open(parcels, three);
    go(0, 1);
    QTest::keyClicks(m_view, u"7"_s); // Typing opens the cell.
    auto *line = qobject_cast<QLineEdit *>(cellEditor());
    QVERIFY(line);
    QTest::keyClicks(line, u".25"_s);
    QTest::keyClick(line, Qt::Key_Return);
    QTRY_VERIFY(!cellEditor());
    QVERIFY2(text().startsWith(R"([{"name":"a","weight":7.25},{"name":"b")"), text().constData());
    QCOMPARE(m_edits, 1);
    go(1, 0);
    typeInCell(u"other"_s);
    QVERIFY(text().contains(R"({"name":"other","weight":2,"express":true,"extra":1e2})"));
    go(2, 2);
    QVERIFY(m_form->canUndo());
}

void TestTableEditor::cellsKeepWhatWasNotChanged()
{
    open(parcels, three);
    for (int row = 0; row < 3; ++row) {
        for (int column = 0; column < 5; ++column) {
            go(row, column);
            QTest::keyClick(m_view, Qt::Key_F2);
            QWidget *editor = cellEditor();
            QVERIFY(editor);
            QTest::keyClick(editor, column % 2 ? Qt::Key_Escape : Qt::Key_Return);
            m_view->setFocus();
            QTRY_VERIFY(!cellEditor());
        }
    }
    QCOMPARE(text(), QByteArray(three));
    QCOMPARE(m_edits, 0);
}

void TestTableEditor::cellsAreReadInTheNotationOfTheCountry()
{
    QLocale::setDefault(QLocale(u"de_DE"_s));
    open(parcels, three);
    go(0, 1);
    typeInCell(u"1.234,5"_s);
    QVERIFY(text().contains(R"("weight":1234.5)"));
    typeInCell(u"1.234"_s);
    QVERIFY(!m_form->canSend());
    QCOMPARE(shown(0, 1), u"1.234"_s);
    QVERIFY2(state().contains(u"can be read as"_s), qPrintable(state()));
}

void TestTableEditor::halfTypedCellsAreSaid()
{
    open(parcels, three);
    go(0, 1);
    typeInCell(u"12,"_s);
    QCOMPARE(shown(0, 1), u"12,"_s);
    QVERIFY(text().startsWith(R"([{"name":"a","weight":1.50})")); // The last value stays.
    QVERIFY(!m_form->canSend());
    go(0, 4);
    typeInCell(u"2026-02-30"_s);
    QVERIFY2(state().contains(u"no day 30"_s), qPrintable(state()));
    typeInCell(u"2026-02-28"_s);
    QVERIFY(text().contains(R"("pickup":"2026-02-28")"));
}

void TestTableEditor::problemsAreShownAtTheirCell()
{
    open(parcels, three);
    go(1, 1);
    typeInCell(u"45"_s); // Outside its bounds: kept, and said.
    QVERIFY(text().contains(R"("weight":45)"));
    QVERIFY(!at(1, 1).data(TableModel::ProblemRole).toString().isEmpty());
    QVERIFY2(state().startsWith(u"Row 2, weight: "_s), qPrintable(state()));
    QVERIFY(at(1, 1).data(Qt::BackgroundRole).isValid());
    QVERIFY(!at(0, 1).data(Qt::BackgroundRole).isValid());
    QVERIFY(at(1, 1).data(Qt::AccessibleTextRole).toString().startsWith(u"weight: 45. "_s));
}

void TestTableEditor::optionsArePickedInTheCell()
{
    open(parcels, three);
    go(0, 3);
    QTest::keyClick(m_view, Qt::Key_F2);
    auto *combo = qobject_cast<QComboBox *>(cellEditor());
    QVERIFY(combo);
    QCOMPARE(combo->count(), 3);
    QTest::keyClick(combo, Qt::Key_L);
    QVERIFY2(text().startsWith(R"([{"name":"a","weight":1.50,"size":"L"})"), text().constData());
    go(0, 2);
    QTest::keyClick(m_view, Qt::Key_F2);
    combo = qobject_cast<QComboBox *>(cellEditor());
    QVERIFY(combo);
    QTest::keyClick(combo, Qt::Key_F);
    QVERIFY2(text().contains(R"("express":false)"), text().constData());
}

void TestTableEditor::deleteMakesACellAbsent()
{
    open(parcels, three);
    go(0, 1);
    QTest::keyClick(m_view, Qt::Key_Delete);
    QVERIFY(text().startsWith(R"([{"name":"a"},)"));
    m_view->selectionModel()->select(QItemSelection(at(1, 1), at(1, 2)), QItemSelectionModel::ClearAndSelect);
    QTest::keyClick(m_view, Qt::Key_Delete);
    QVERIFY2(text().contains(R"({"name":"b","extra":1e2})"), text().constData());
    m_form->undo(); // Both cells came from one key.
    QVERIFY(text().contains(R"({"name":"b","weight":2,"express":true,"extra":1e2})"));
}

void TestTableEditor::rowsAreAddedDuplicatedAndDeleted()
{
    open(parcels, three);
    go(0, 0);
    QTest::keyClick(m_view, Qt::Key_Insert);
    QCOMPARE(m_view->model()->rowCount(), 4);
    QCOMPARE(m_view->currentIndex().row(), 1);
    QTest::keyClick(m_view, Qt::Key_Delete, Qt::ControlModifier);
    QCOMPARE(text(), QByteArray(three));
    go(1, 2);
    QTest::keyClick(m_view, Qt::Key_D, Qt::ControlModifier);
    QCOMPARE(m_view->model()->rowCount(), 4);
    QCOMPARE(m_view->currentIndex(), at(2, 2));
    QVERIFY(text().contains(R"(true,"extra":1e2},{"name":"b","weight":2,"express":true,"extra":1e2},)"));
    m_view->selectionModel()->select(QItemSelection(at(1, 0), at(2, 0)), QItemSelectionModel::ClearAndSelect);
    QTest::keyClick(m_editor->findChild<QAbstractButton *>(u"removeRows"_s), Qt::Key_Space);
    QCOMPARE(text(), QByteArray(R"([{"name":"a","weight":1.50},{"name":"c","size":"M"}])"));
    m_form->undo();
    QVERIFY(text().contains(R"({"name":"b")"));
}

void TestTableEditor::rowsAreMovedAsOneStep()
{
    open(parcels, three);
    go(1, 0);
    m_view->selectionModel()->select(QItemSelection(at(1, 0), at(2, 0)), QItemSelectionModel::ClearAndSelect);
    QTest::keyClick(m_view, Qt::Key_Up, Qt::AltModifier);
    QCOMPARE(shown(0, 0) + shown(1, 0) + shown(2, 0), u"bca"_s);
    QCOMPARE(m_view->currentIndex().row(), 0);
    QTest::keyClick(m_view, Qt::Key_Up, Qt::AltModifier);
    QVERIFY(state().contains(u"first row already"_s));
    m_form->undo();
    QCOMPARE(text(), QByteArray(three));
}

void TestTableEditor::boundsAreKept()
{
    open(parcels, three);
    QVERIFY2(state().startsWith(u"3 rows · 1 to 6"_s), qPrintable(state()));
    go(0, 0);
    for (int i = 0; i < 5; ++i) {
        QTest::keyClick(m_view, Qt::Key_Insert);
    }
    QCOMPARE(m_view->model()->rowCount(), 6);
    QVERIFY2(state().contains(u"at most 6"_s), qPrintable(state()));
    QVERIFY(!m_editor->findChild<QAbstractButton *>(u"addRow"_s)->isEnabled());
}

void TestTableEditor::tabSeparatedTextIsRead_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("cells"); // `|` between cells, `/` between rows.
    QTest::newRow("plain") << u"a\tb\nc\td"_s << u"a|b/c|d"_s;
    QTest::newRow("line break at the end") << u"a\tb\r\nc\td\r\n"_s << u"a|b/c|d"_s;
    QTest::newRow("empty cells") << u"\t\na\t"_s << u"|/a|"_s;
    QTest::newRow("quoted") << u"\"a\nb\"\t\"say \"\"yes\"\"\"\n"_s << u"a\nb|say \"yes\""_s;
    QTest::newRow("a quote inside") << u"5\" disk\tb"_s << u"5\" disk|b"_s;
    QTest::newRow("an open quote") << u"\"a\tb"_s << u"\"a|b"_s;
    QTest::newRow("nothing") << QString() << QString();
}

void TestTableEditor::tabSeparatedTextIsRead()
{
    QFETCH(QString, text);
    QFETCH(QString, cells);
    QStringList rows;
    const std::vector<QStringList> read = readTabSeparated(text, 100);
    for (const QStringList &row : read) {
        rows += row.join(u'|');
    }
    QCOMPARE(rows.join(u'/'), cells);
    const std::vector<QStringList> again = readTabSeparated(writeTabSeparated(read), 100);
    QVERIFY(again == read);
}

void TestTableEditor::cellsAreCopiedAndPasted()
{
    open(parcels, three);
    m_view->selectionModel()->select(QItemSelection(at(0, 0), at(1, 1)), QItemSelectionModel::ClearAndSelect);
    QTest::keyClick(m_view, Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QGuiApplication::clipboard()->text(), u"a\t1.50\nb\t2\n"_s);
    go(2, 0);
    QTest::keyClick(m_view, Qt::Key_V, Qt::ControlModifier);
    QCOMPARE(m_view->model()->rowCount(), 4);
    QVERIFY2(text().endsWith(R"({"name":"a","size":"M","weight":1.50},{"name":"b","weight":2}])"), text().constData());
    m_form->undo(); // All of it is one step back.
    QCOMPARE(text(), QByteArray(three));
}

void TestTableEditor::aSpreadsheetIsPastedIntoAnEmptyTable()
{
    open(parcels, "[]");
    QGuiApplication::clipboard()->setText(u"Name & mark\tweight\texpress\tsize\nx\t1.5\tTRUE\tL\ny\t\tfalse\tS\n"_s);
    QTest::keyClick(m_view, Qt::Key_V, Qt::ControlModifier);
    QCOMPARE(text(), QByteArray(R"([{"name":"x","weight":1.5,"express":true,"size":"L"},)"
                                R"({"name":"y","express":false,"size":"S"}])"));
}

void TestTableEditor::whatDoesNotFitIsNotPasted()
{
    open(parcels, three);
    go(0, 3);
    QGuiApplication::clipboard()->setText(u"a\tb\tc"_s);
    QTest::keyClick(m_view, Qt::Key_V, Qt::ControlModifier);
    QVERIFY2(state().contains(u"there are only 2"_s), qPrintable(state()));
    go(0, 0);
    QGuiApplication::clipboard()->setText(u"x\n"_s.repeated(7));
    QTest::keyClick(m_view, Qt::Key_V, Qt::ControlModifier);
    QVERIFY2(state().contains(u"at most 6"_s), qPrintable(state()));
    QCOMPARE(text(), QByteArray(three));
    QCOMPARE(m_edits, 0);
}

void TestTableEditor::pastedTextThatIsNoNumberIsKeptAsAProblem()
{
    open(parcels, three);
    go(0, 1);
    QGuiApplication::clipboard()->setText(u"heavy"_s);
    QTest::keyClick(m_view, Qt::Key_V, Qt::ControlModifier);
    QVERIFY(text().startsWith(R"([{"name":"a","weight":"heavy"})"));
    QVERIFY(!m_form->canSend());
    QVERIFY(at(0, 1).data(Qt::BackgroundRole).isValid());
}

void TestTableEditor::undoBringsCellsBack()
{
    open(parcels, three);
    go(0, 0);
    typeInCell(u"first"_s);
    go(1, 0);
    typeInCell(u"second"_s);
    m_form->undo();
    const FormField *root = m_form->field(m_form->root());
    m_editor->present(*root, m_form->valueOf(root->id), {});
    QCOMPARE(shown(0, 0), u"first"_s);
    QCOMPARE(shown(1, 0), u"b"_s);
    QCOMPARE(m_view->currentIndex(), at(1, 0));
}

void TestTableEditor::tabLeavesAndEnterDoesNothing()
{
    open(parcels, three);
    go(0, 0);
    QTest::keyClick(m_view, Qt::Key_Return);
    QVERIFY(!cellEditor());
    QTest::keyClick(m_view, Qt::Key_Tab);
    QVERIFY(!m_view->hasFocus());
    QCOMPARE(m_edits, 0);
}

void TestTableEditor::tenThousandRowsStayQuick()
{
    QByteArray value = "[";
    for (int i = 0; i < 10'000; ++i) {
        value += (i ? "," : "") + QByteArray(R"({"name":"parcel )") + QByteArray::number(i) + R"(","weight":)" +
                 QByteArray::number(i % 30) + R"(.5,"express":true})";
    }
    value += "]";
    QElapsedTimer timer;
    timer.start();
    open(R"({"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},
         "weight":{"type":"number"},"express":{"type":"boolean"}}}})",
         value);
    m_editor->grab();
    qInfo("opened in %lld ms", timer.elapsed());
    QCOMPARE(m_view->model()->rowCount(), 10'000);
    go(9'999, 0);
    timer.restart();
    typeInCell(u"the last"_s);
    m_editor->grab();
    qInfo("a cell in %lld ms", timer.elapsed());
    QCOMPARE(shown(9'999, 0), u"the last"_s);
    timer.restart();
    QTest::keyClick(m_view, Qt::Key_Delete, Qt::ControlModifier);
    qInfo("a row deleted in %lld ms", timer.elapsed());
    QCOMPARE(m_view->model()->rowCount(), 9'999);
    QVERIFY(m_editor->findChildren<QWidget *>().size() < 60);
    timer.restart();
    for (int i = 0; i < 50; ++i) {
        QTest::keyClick(m_view, Qt::Key_PageUp);
        m_view->grab();
    }
    qInfo("a page in %lld µs", timer.nsecsElapsed() / 50'000);
}

void TestTableEditor::hiddenCharactersAreShown()
{
    open(parcels, QByteArray(R"([{"name":"pay\u202Epal <b>x</b>"}])"));
    QCOMPARE(shown(0, 0), u"pay⟨U+202E⟩pal <b>x</b>"_s);
    go(0, 0);
    QTest::keyClick(m_view, Qt::Key_F2);
    auto *line = qobject_cast<QLineEdit *>(cellEditor());
    QVERIFY(line);
    line->end(false);
    QTest::keyClicks(line, u"!"_s);
    QTest::keyClick(line, Qt::Key_Return);
    QTRY_VERIFY(!cellEditor());
    QCOMPARE(m_form->value().items()[0].find("name")->toString(), u"pay\u202Epal <b>x</b>!"_s);
}

void TestTableEditor::anOpenCellGoesWithItsTable()
{
    open(parcels, three);
    go(0, 0);
    QTest::keyClicks(m_view, u"half"_s);
    QVERIFY(cellEditor());
    m_editor.reset();
    QCOMPARE(text(), QByteArray(three));
}

void TestTableEditor::everyThemeIsDrawn()
{
    const QString folder = qEnvironmentVariable("COUNTERSIGN_SCREENSHOTS");
    for (const char *name : {"light", "dark", "large"}) {
        const QString theme = QString::fromLatin1(name);
        QFont font = qApp->font();
        font.setPixelSize(theme == u"large"_s ? 26 : 13);
        QApplication::setFont(font);
        applyTheme(*qApp, theme == u"dark"_s ? ColourScheme::Dark : ColourScheme::Light);
        open(parcels, three);
        go(1, 1);
        typeInCell(u"45"_s);
        m_editor->resize(theme == u"large"_s ? 1100 : 720, m_editor->sizeHint().height());
        const QPixmap picture = m_editor->grab();
        QVERIFY(!picture.isNull());
        if (!folder.isEmpty()) {
            picture.save(QDir(folder).filePath(u"table-%1.png"_s.arg(theme)));
        }
    }
    QFont font = qApp->font();
    font.setPixelSize(13);
    QApplication::setFont(font);
    applyTheme(*qApp, ColourScheme::Light);
}

QTEST_MAIN(TestTableEditor)
#include "tst_table_editor.moc"
