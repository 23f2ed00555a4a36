// SPDX-License-Identifier: Apache-2.0
#include "core/base/digest.h"
#include "tests/ui/field_desk.h"
#include "ui/forms/colour_editor.h"
#include "ui/forms/colour_swatch.h"
#include "ui/forms/file_bytes.h"
#include "ui/forms/file_editor.h"
#include "ui/forms/raw_json_editor.h"
#include "ui/forms/secret_editor.h"

#include <QtCore/QFile>
#include <QtCore/QMimeData>
#include <QtCore/QTemporaryDir>
#include <QtGui/QDropEvent>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QColorDialog>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPlainTextEdit>

#include <sys/stat.h>

using namespace countersign;
using namespace countersign::ui;
using namespace Qt::Literals::StringLiterals;

/// Files, secrets, colours and raw JSON.
class TestFieldEditorsSpecial : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void aFileIsTakenShownAndSaved();
    void aFileIsDropped();
    void filesThatAreNoneAreRefused();
    void aFileThatIsTooLargeIsRefused();
    void whatIsNotBase64Stays();
    void aLateFileIsDroppedForAnotherField();
    void aSecretIsShownOnlyWhileHeld();
    void aSecretOfAnotherFieldIsGone();
    void coloursAreRead_data();
    void coloursAreRead();
    void anyColourTextIsTaken();
    void aColourIsPicked();
    void halfTypedJsonKeepsTheLastValue();
    void rawJsonSaysWhyItIsRaw();
    void rawJsonKeepsEveryDigitAndHiddenCharacter();
    void rawJsonGrowsWithItsLines();

private:
    QString write(const QString &name, const QByteArray &bytes)
    {
        const QString path = m_folder.filePath(name);
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) {
            qFatal("cannot write %s", qPrintable(path));
        }
        return path;
    }

    QTemporaryDir m_folder;
};

void TestFieldEditorsSpecial::initTestCase()
{
    applyTheme(*qApp, ColourScheme::Light);
}

void TestFieldEditorsSpecial::aFileIsTakenShownAndSaved()
{
    const QByteArray bytes("\x00\x01\xFF binary", 10);
    FieldDesk desk(FieldKind::File);
    auto *editor = desk.make<FileEditor>();
    desk.show();
    QVERIFY(!desk.part<QAbstractButton>("saveFile")->isEnabled());
    editor->takeFile(write(u"da\u202Eta.bin"_s, bytes));
    QTRY_COMPARE(desk.text(), '"' + bytes.toBase64() + '"');
    QCOMPARE(desk.said("fileAbout"), u"da⟨U+202E⟩ta.bin · 10 bytes"_s);
    QCOMPARE(desk.said("fileDigest"), u"SHA-256 "_s + sha256(QByteArrayView(bytes)).hex());
    desk.picture(u"file"_s);
    const QString copy = m_folder.filePath(u"copy.bin"_s);
    editor->saveTo(copy);
    QTRY_VERIFY(QFile::exists(copy));
    QFile saved(copy);
    QVERIFY(saved.open(QIODevice::ReadOnly));
    QCOMPARE(saved.readAll(), bytes);
    QTRY_VERIFY(desk.said("fileAbout").startsWith(u"Saved as"_s));
    editor->saveTo(m_folder.filePath(u"no such folder/x"_s));
    QTRY_VERIFY(desk.said("fileAbout").contains(u"was not saved"_s));
    QTest::keyClick(desk.part<QAbstractButton>("clearFile"), Qt::Key_Space);
    QCOMPARE(desk.text(), QByteArray("absent"));
    QVERIFY(desk.said("fileAbout").startsWith(u"No file"_s));
    QVERIFY(desk.part<QWidget>("fileDigest")->isHidden());
}

void TestFieldEditorsSpecial::aFileIsDropped()
{
    FieldDesk desk(FieldKind::File);
    auto *editor = desk.make<FileEditor>();
    desk.show();
    const auto drop = [editor](const QList<QUrl> &urls) {
        QMimeData data;
        data.setUrls(urls);
        QDragEnterEvent enter(QPoint(5, 5), Qt::MoveAction | Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        enter.setAccepted(false);
        QApplication::sendEvent(editor, &enter);
        if (enter.isAccepted()) {
            QDropEvent dropped(QPointF(5, 5), Qt::MoveAction | Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
            QApplication::sendEvent(editor, &dropped);
        }
        return enter.isAccepted();
    };
    const QUrl url = QUrl::fromLocalFile(write(u"dropped.txt"_s, "hello"));
    QVERIFY(!drop({QUrl(u"https://example.org/a"_s)}));
    QVERIFY(!drop({url, url}));
    QVERIFY(drop({url}));
    QTRY_COMPARE(desk.text(), QByteArray("\"aGVsbG8=\""));
    QVERIFY2(QFile::exists(url.toLocalFile()), "a drop never moves");
}

void TestFieldEditorsSpecial::filesThatAreNoneAreRefused()
{
    FieldDesk desk(FieldKind::File);
    auto *editor = desk.make<FileEditor>();
    desk.show("\"aGk=\"");
    const QString pipe = m_folder.filePath(u"pipe"_s);
    QCOMPARE(mkfifo(qPrintable(pipe), 0600), 0);
    for (const QString &path : {m_folder.path(), pipe, u"/dev/zero"_s}) {
        editor->takeFile(path);
        QTRY_VERIFY2(desk.said("fileAbout").contains(u"it is no file"_s), qPrintable(path));
        desk.refresh();
    }
    editor->takeFile(m_folder.filePath(u"nowhere"_s));
    QTRY_VERIFY(desk.said("fileAbout").contains(u"there is no such file"_s));
    QCOMPARE(desk.text(), QByteArray("\"aGk=\""));
    QCOMPARE(desk.edits, 0);
}

void TestFieldEditorsSpecial::aFileThatIsTooLargeIsRefused()
{
    FieldDesk desk(FieldKind::File);
    auto *editor = desk.make<FileEditor>();
    desk.show();
    editor->takeFile(write(u"large"_s, QByteArray(largestFieldFile + 1, 'x')));
    QTRY_VERIFY(desk.said("fileAbout").contains(u"a field holds at most"_s));
    QCOMPARE(desk.edits, 0);
    editor->takeFile(write(u"fits"_s, QByteArray(largestFieldFile, 'x')));
    QTRY_COMPARE(desk.edits, 1);
    QVERIFY2(desk.text().size() < 1024 * 1024, "it still fits into an answer");
}

void TestFieldEditorsSpecial::whatIsNotBase64Stays()
{
    for (const char *text : {"\"not base64!\"", "\"aGk\"", "\"aGl=\"", "\"aG k=\""}) {
        FieldDesk desk(FieldKind::File);
        desk.make<FileEditor>();
        desk.show(text);
        QVERIFY(desk.said("fileAbout").contains(u"no base64"_s));
        QVERIFY(!desk.part<QAbstractButton>("saveFile")->isEnabled());
        QCOMPARE(desk.text(), QByteArray(text));
        QCOMPARE(desk.edits, 0);
    }
}

void TestFieldEditorsSpecial::aLateFileIsDroppedForAnotherField()
{
    FieldDesk desk(FieldKind::File);
    auto *editor = desk.make<FileEditor>();
    desk.show();
    editor->takeFile(write(u"late"_s, "late"));
    desk.field.id = 2;
    desk.show("\"aGk=\"");
    editor->takeFile(write(u"next"_s, "next"));
    QTRY_COMPARE(desk.text(), QByteArray("\"bmV4dA==\""));
    QCOMPARE(desk.edits, 1);
}

void TestFieldEditorsSpecial::aSecretIsShownOnlyWhileHeld()
{
    FieldDesk desk(FieldKind::Secret);
    desk.make<SecretEditor>();
    desk.show();
    auto *line = desk.part<QLineEdit>("secret");
    auto *hold = desk.part<QAbstractButton>("revealSecret");
    QTest::keyClicks(line, u"hunter2"_s);
    QCOMPARE(desk.text(), QByteArray("\"hunter2\""));
    QCOMPARE(line->echoMode(), QLineEdit::Password);
    QVERIFY(!line->displayText().contains(u"hunter"_s));
    desk.picture(u"secret"_s);
    hold->setFocus();
    QTest::keyPress(hold, Qt::Key_Space);
    QCOMPARE(line->echoMode(), QLineEdit::Normal);
    QTest::keyRelease(hold, Qt::Key_Space);
    QCOMPARE(line->echoMode(), QLineEdit::Password);
    QTest::mousePress(hold, Qt::LeftButton);
    QCOMPARE(line->echoMode(), QLineEdit::Normal);
    QEvent deactivated(QEvent::WindowDeactivate);
    QApplication::sendEvent(hold, &deactivated);
    QCOMPARE(line->echoMode(), QLineEdit::Password);
    QTest::mouseRelease(hold, Qt::LeftButton);
    QTest::mousePress(hold, Qt::LeftButton);
    desk.window->hide(); // As when the window locks.
    QCOMPARE(line->echoMode(), QLineEdit::Password);
    QTest::mouseRelease(hold, Qt::LeftButton);
}

void TestFieldEditorsSpecial::aSecretOfAnotherFieldIsGone()
{
    FieldDesk desk(FieldKind::Secret);
    desk.make<SecretEditor>();
    desk.show();
    auto *line = desk.part<QLineEdit>("secret");
    QTest::keyClicks(line, u"first"_s);
    desk.field.id = 2;
    desk.show();
    QVERIFY(line->text().isEmpty());
    line->undo();
    QVERIFY(line->text().isEmpty());
    QCOMPARE(desk.edits, 5);
}

void TestFieldEditorsSpecial::coloursAreRead_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("argb"); // Empty: none.
    QTest::newRow("six digits") << u"#1a60D6"_s << u"#ff1a60d6"_s;
    QTest::newRow("three digits") << u"#abc"_s << u"#ffaabbcc"_s;
    QTest::newRow("alpha last, as in CSS") << u"#11223380"_s << u"#80112233"_s;
    QTest::newRow("four digits") << u"#1238"_s << u"#88112233"_s;
    QTest::newRow("a name") << u"RebeccaPurple"_s << QString();
    QTest::newRow("a name of SVG") << u"tomato"_s << u"#ffff6347"_s;
    QTest::newRow("half") << u"#12"_s << QString();
    QTest::newRow("not a name") << u"transparentish"_s << QString();
    QTest::newRow("nothing") << QString() << QString();
}

void TestFieldEditorsSpecial::coloursAreRead()
{
    QFETCH(QString, text);
    QFETCH(QString, argb);
    const QColor colour = colourOf(text);
    QCOMPARE(colour.isValid() ? colour.name(QColor::HexArgb) : QString(), argb);
}

void TestFieldEditorsSpecial::anyColourTextIsTaken()
{
    FieldDesk desk(FieldKind::Colour);
    desk.make<ColourEditor>();
    desk.show("\"#1a60d6\"");
    auto *line = desk.part<QLineEdit>("colour");
    QCOMPARE(desk.part<ColourSwatch>("pickColour")->colour(), QColor(0x1a, 0x60, 0xd6));
    line->selectAll();
    QTest::keyClicks(line, u"hsl(120 50% 50%)"_s);
    QCOMPARE(desk.text(), QByteArray("\"hsl(120 50% 50%)\""));
    QVERIFY(!desk.part<ColourSwatch>("pickColour")->colour().isValid());
    QVERIFY(desk.said("colourNote").contains(u"as it is written"_s));
    desk.picture(u"colour-unknown"_s);
}

void TestFieldEditorsSpecial::aColourIsPicked()
{
    FieldDesk desk(FieldKind::Colour);
    desk.make<ColourEditor>();
    desk.show("\"#1A60D6\"");
    auto *swatch = desk.part<QAbstractButton>("pickColour");
    QTest::keyClick(swatch, Qt::Key_Space);
    auto *dialog = desk.part<QColorDialog>("colourDialog");
    QVERIFY(dialog && dialog->isVisible());
    dialog->accept(); // The same colour: how it is written stays.
    QCOMPARE(desk.edits, 0);
    QTRY_VERIFY(!desk.part<QColorDialog>("colourDialog"));
    QTest::keyClick(swatch, Qt::Key_Space);
    dialog = desk.part<QColorDialog>("colourDialog");
    QVERIFY(dialog);
    dialog->setCurrentColor(QColor(0, 128, 255));
    dialog->accept();
    QCOMPARE(desk.text(), QByteArray("\"#0080ff\""));
}

void TestFieldEditorsSpecial::halfTypedJsonKeepsTheLastValue()
{
    FieldDesk desk(FieldKind::RawJson);
    desk.make<RawJsonEditor>();
    desk.show("{\"a\":1}");
    auto *text = desk.part<QPlainTextEdit>("rawJson");
    QCOMPARE(text->toPlainText(), u"{\n  \"a\": 1\n}"_s);
    text->moveCursor(QTextCursor::Start);
    text->moveCursor(QTextCursor::Down);
    text->moveCursor(QTextCursor::EndOfLine);
    QTest::keyClicks(text, u","_s);
    QVERIFY2(desk.why.contains(u"line 3, column 1"_s), qPrintable(desk.why));
    QCOMPARE(desk.text(), QByteArray("{\"a\":1}"));
    QCOMPARE(text->extraSelections().size(), 1);
    QCOMPARE(text->extraSelections().first().cursor.selectedText(), u"}"_s);
    desk.picture(u"raw-json-stopped"_s);
    QTest::keyClicks(text, u"\"b\":18446744073709551615"_s);
    QCOMPARE(desk.text(), QByteArray("{\"a\":1,\"b\":18446744073709551615}"));
    QVERIFY(desk.why.isEmpty());
    QVERIFY(text->extraSelections().isEmpty());
    QCOMPARE(text->toPlainText(), u"{\n  \"a\": 1,\"b\":18446744073709551615\n}"_s); // As it was typed.
    text->selectAll();
    QTest::keyClick(text, Qt::Key_Delete);
    QCOMPARE(desk.text(), QByteArray("absent"));
    QTest::keyClick(text, Qt::Key_Tab); // Leaves, and types nothing.
    QCOMPARE(desk.text(), QByteArray("absent"));
}

void TestFieldEditorsSpecial::rawJsonSaysWhyItIsRaw()
{
    FieldDesk desk(FieldKind::RawJson);
    desk.field.rawReason = u"the schema refers to \u202Eitself"_s;
    desk.make<RawJsonEditor>();
    desk.show("1");
    QCOMPARE(desk.part<QWidget>("rawJsonReason")->property("text").toString(),
             u"Raw JSON: the schema refers to ⟨U+202E⟩itself"_s);
}

void TestFieldEditorsSpecial::rawJsonKeepsEveryDigitAndHiddenCharacter()
{
    FieldDesk desk(FieldKind::RawJson);
    desk.make<RawJsonEditor>();
    desk.set(json("{\"n\":1.50,\"s\":\"a\\u202eb\\u2028\\r\\u0000⟨\"}"));
    auto *text = desk.part<QPlainTextEdit>("rawJson");
    QVERIFY(text->toPlainText().contains(u"⟨U+202E⟩"_s));
    const QByteArray before = desk.text();
    text->moveCursor(QTextCursor::End);
    QTest::keyClicks(text, u" "_s);
    QCOMPARE(desk.edits, 1);
    QCOMPARE(desk.text(), before);
}

void TestFieldEditorsSpecial::rawJsonGrowsWithItsLines()
{
    FieldDesk desk(FieldKind::RawJson);
    desk.make<RawJsonEditor>();
    desk.show("1");
    auto *text = desk.part<QPlainTextEdit>("rawJson");
    const int low = text->height();
    desk.show("[1,2,3,4,5,6,7,8]");
    QTRY_VERIFY(text->height() > low);
    desk.show(("[" + QByteArray("1,").repeated(5000) + "1]").constData());
    QTRY_VERIFY(text->height() < low * 7);
}

QTEST_MAIN(TestFieldEditorsSpecial)
#include "tst_field_editors_special.moc"
