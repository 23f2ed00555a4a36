// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "tests/support/form_field.h"
#include "tests/ui/review_desk.h"
#include "ui/detail/answer_sources.h"
#include "ui/detail/known_places.h"
#include "ui/detail/payload_view.h"
#include "ui/detail/region_picker.h"
#include "ui/detail/screen_source.h"
#include "ui/detail/tool_answer_page.h"

#include <QtCore/QFile>
#include <QtGui/QClipboard>
#include <QtGui/QPainter>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QTabBar>

using namespace countersign;
using namespace countersign::ui;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using countersign::test::formField;

namespace {

RoundContent tool(const QString &name, const QByteArray &schema = {})
{
    RoundContent content;
    content.pattern = Pattern::ClientTool;
    content.toolName = name;
    content.arguments = R"({"purpose":"nearest branch"})";
    content.schema = schema;
    content.allowed = {Verdict::Answer, Verdict::Decline};
    content.requestedTier = Tier::Low;
    return content;
}

JsonValue json(const QByteArray &text)
{
    return readJson(text).value();
}

std::shared_ptr<const CompiledSchema> compiled(const QByteArray &schema)
{
    return CompiledSchema::compile(json(schema)).value();
}

/// A desk at which a tool waits to be served.
class ToolDesk : public PaneDesk
{
public:
    ToolAnswerPage *page() const { return pane->findChild<ToolAnswerPage *>(); }
    template<typename Widget = QAbstractButton>
    Widget *find(const QString &name) const
    {
        return pane->findChild<Widget *>(name);
    }
    /// Everything that is shown of what will be sent.
    QString sentWords() const
    {
        QString words;
        for (const PayloadRow &row : find<PayloadView>(u"answerSent"_s)->rows().rows) {
            words += row.key + u": "_s + row.text + u'\n';
        }
        return words;
    }
    QByteArray answer() { return detail(id)->votes.at(0).content.answer; }
};

} // namespace

/// A tool of an agent that the reviewer serves: nothing is taken by itself, what is shown is what is sent.
class TestToolAnswer : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ColourScheme::Light); }
    void theNameOfTheToolSuggestsHow_data();
    void theNameOfTheToolSuggestsHow();
    void anAnswerTakesTheShapeThatTheToolWants();
    void degreesAreReadAsPeopleWriteThem_data();
    void degreesAreReadAsPeopleWriteThem();
    void theMachinesTableOfZonesGivesPlaces();
    void theClipboardIsTakenOnlyWhenAskedForAndShownFirst();
    void whatIsCopiedLaterIsNotSent();
    void hiddenCharactersOfTheClipboardAreShown();
    void aFileGoesWithoutItsPathAndItsNameOnlyWhenWanted();
    void aFileThatIsNoTextGoesAsBase64();
    void aFileThatIsTooLargeIsRefused();
    void aPartOfTheScreenIsMarkedWithTheMouse();
    void aPartOfTheScreenIsMarkedWithTheKeys();
    void aDesktopThatGivesNoPictureSaysSo();
    void aLocationIsTypedAndChecked();
    void aFreeAnswerIsTextOrJson();
    void theFormOfTheToolsSchemaIsOffered();
    void aRefusalSendsTheReviewersWords();
    void aPickedReasonIsSentInItsWords();
    void whatWasTakenIsGoneWithTheRequest();
    void whatWasTypedIsKeptForLater();
    void theKeyboardReachesEverything();
    void aPatternThatTakesNoEditsSaysSoFirst();
};

void TestToolAnswer::theNameOfTheToolSuggestsHow_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("hasForm");
    QTest::addColumn<int>("kind");
    const auto row = [](const char *name, AnswerKind kind, bool hasForm = false) {
        QTest::newRow(name) << QString::fromUtf8(name) << hasForm << static_cast<int>(kind);
    };
    row("getClipboard", AnswerKind::Clipboard);
    row("read_clipboard_text", AnswerKind::Clipboard, true);
    row("readFile", AnswerKind::File);
    row("takeScreenshot", AnswerKind::Screenshot);
    row("getLocation", AnswerKind::Location);
    row("get-user-location", AnswerKind::Location);
    row("askUser", AnswerKind::Free);
    row("shippingDetails", AnswerKind::Form, true);
    row("profileSettings", AnswerKind::Free); // "file" inside another word.
}

void TestToolAnswer::theNameOfTheToolSuggestsHow()
{
    QFETCH(QString, name);
    QFETCH(bool, hasForm);
    QFETCH(int, kind);
    QCOMPARE(static_cast<int>(suggestedKind(name, hasForm)), kind);
}

void TestToolAnswer::anAnswerTakesTheShapeThatTheToolWants()
{
    QCOMPARE(writeJson(shapedFor(textShapes(u"hi"_s), nullptr)), R"("hi")"_ba);
    const auto object = compiled(R"({"type":"object","required":["text"],"properties":{"text":{"type":"string"}}})");
    QCOMPARE(writeJson(shapedFor(textShapes(u"hi"_s), object.get())), R"({"text":"hi"})"_ba);
    const auto own = compiled(R"({"type":"object","required":["klemmbrett"],"additionalProperties":false,)"
                              R"("properties":{"klemmbrett":{"type":"string"}}})");
    QCOMPARE(writeJson(shapedFor(textShapes(u"hi"_s), own.get())), R"({"klemmbrett":"hi"})"_ba);
    const auto place = compiled(R"({"type":"object","required":["lat","lng"]})");
    QCOMPARE(writeJson(shapedFor(placeShapes("52.52", "13.40"), place.get())), R"({"lat":52.52,"lng":13.40})"_ba);
    const auto number = compiled(R"({"type":"number"})");
    const JsonValue unfit = shapedFor(textShapes(u"hi"_s), number.get());
    QVERIFY(!misfit(unfit, number.get()).isEmpty());
    QVERIFY(misfit(json("5"), number.get()).isEmpty());
}

void TestToolAnswer::degreesAreReadAsPeopleWriteThem_data()
{
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("expected"); // Empty: refused.
    QTest::newRow("decimal point") << u"52.52"_s << u"52.52"_s;
    QTest::newRow("decimal comma") << u"52,52"_s << u"52.52"_s;
    QTest::newRow("minus") << u"-33.87"_s << u"-33.87"_s;
    QTest::newRow("typographic minus") << u"\u221233.87"_s << u"-33.87"_s;
    QTest::newRow("south") << u"33.87 S"_s << u"-33.87"_s;
    QTest::newRow("degree sign, north") << u"33.870° n"_s << u"33.870"_s;
    QTest::newRow("leading zeros are no JSON") << u"007.5"_s << u"7.5"_s;
    QTest::newRow("zero") << u"-0"_s << u"0"_s;
    QTest::newRow("the pole") << u"90"_s << u"90"_s;
    QTest::newRow("beyond the pole") << u"90.01"_s << QString();
    QTest::newRow("minus and south") << u"-3 S"_s << QString();
    QTest::newRow("words") << u"here"_s << QString();
    QTest::newRow("nothing") << QString() << QString();
}

void TestToolAnswer::degreesAreReadAsPeopleWriteThem()
{
    QFETCH(QString, typed);
    QFETCH(QString, expected);
    const std::optional<std::string> read = degrees(typed, 90, u'N', u'S');
    QCOMPARE(read ? QString::fromStdString(*read) : QString(), expected);
    QVERIFY(!read || isJsonNumber(*read));
}

void TestToolAnswer::theMachinesTableOfZonesGivesPlaces()
{
    const std::vector<KnownPlace> places = placesOf("# a comment\n"
                                                    "US\t+340308-1181434\tAmerica/Los_Angeles\tPacific\n"
                                                    "DE\t+5230+01322\tEurope/Berlin\n"
                                                    "broken line\n");
    QCOMPARE(places.size(), size_t(2));
    QCOMPARE(places[0].name, u"Berlin (Europe)"_s);
    QCOMPARE(places[0].latitude, u"52.50"_s);
    QCOMPARE(places[0].longitude, u"13.37"_s);
    QCOMPARE(places[1].name, u"Los Angeles (America)"_s);
    QCOMPARE(places[1].longitude, u"-118.24"_s);
}

void TestToolAnswer::theClipboardIsTakenOnlyWhenAskedForAndShownFirst()
{
    QApplication::clipboard()->setText(u"IBAN DE89 3704"_s);
    ToolDesk desk;
    QVERIFY(desk.ask(tool(u"getClipboard"_s)));
    QVERIFY(desk.read(600ms));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    desk.press(Qt::Key_A, u"a"_s); // Leads to the page and sends nothing.
    QVERIFY(desk.page()->isVisible());
    QCOMPARE(desk.page()->kind(), AnswerKind::Clipboard);
    QVERIFY(!desk.sentWords().contains(u"DE89"_s));
    desk.wait(800ms);
    desk.press(Qt::Key_A, u"a"_s);
    QVERIFY2(desk.bar()->armingLine().contains(u"clipboard"_s), qPrintable(desk.bar()->armingLine()));
    QCOMPARE(QApplication::focusWidget(), desk.find(u"takeClipboard"_s));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QVERIFY2(desk.sentWords().contains(u"IBAN DE89 3704"_s), qPrintable(desk.sentWords()));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return, Qt::ControlModifier);
    QTest::qWait(50);
    QCOMPARE(decided.count(), 0); // It was not on screen long enough.
    QVERIFY(desk.read(600ms));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(decided.count(), 1);
    QCOMPARE(desk.answer(), R"("IBAN DE89 3704")"_ba);
    QCOMPARE(desk.detail(desk.id)->votes[0].verdict, Verdict::Answer);
}

void TestToolAnswer::whatIsCopiedLaterIsNotSent()
{
    QApplication::clipboard()->setText(u"first"_s);
    ToolDesk desk;
    QVERIFY(desk.ask(tool(u"getClipboard"_s)));
    desk.pane->setTab(u"answer"_s);
    QTest::mouseClick(desk.find(u"takeClipboard"_s), Qt::LeftButton);
    QApplication::clipboard()->setText(u"second"_s);
    QVERIFY(desk.read(600ms));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    desk.press(Qt::Key_A, u"a"_s);
    QTRY_COMPARE(decided.count(), 1);
    QCOMPARE(desk.answer(), R"("first")"_ba);
}

void TestToolAnswer::hiddenCharactersOfTheClipboardAreShown()
{
    QApplication::clipboard()->setText(u"pay\u202Eelp"_s);
    ToolDesk desk;
    QVERIFY(desk.ask(tool(u"getClipboard"_s)));
    desk.pane->setTab(u"answer"_s);
    QTest::mouseClick(desk.find(u"takeClipboard"_s), Qt::LeftButton);
    QVERIFY(desk.sentWords().contains(u"U+202E"_s));
    QVERIFY(!desk.sentWords().contains(QChar(0x202E)));
}

void TestToolAnswer::aFileGoesWithoutItsPathAndItsNameOnlyWhenWanted()
{
    ToolDesk desk;
    QFile file(desk.folder.filePath(u"notes.txt"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("two\nlines ä");
    file.close();
    QVERIFY(desk.ask(tool(u"readFile"_s)));
    desk.pane->setTab(u"answer"_s);
    QCOMPARE(desk.page()->kind(), AnswerKind::File);
    QTest::mouseClick(desk.find(u"chooseAnswerFile"_s), Qt::LeftButton);
    auto *dialog = desk.find<QFileDialog>(u"chooseAnswerFileDialog"_s);
    QVERIFY(dialog);
    Q_EMIT dialog->fileSelected(file.fileName()); // What choosing in it ends in.
    dialog->close();
    QTRY_VERIFY(desk.page()->problem().isEmpty());
    QCOMPARE(desk.page()->outgoing(), "\"two\\nlines ä\""_ba);
    QVERIFY(!desk.page()->outgoing().contains("notes"));
    QTest::mouseClick(desk.find<QCheckBox>(u"fileName"_s), Qt::LeftButton, {}, QPoint(6, 6));
    QCOMPARE(desk.page()->outgoing(), R"({"name":"notes.txt","content":"two\nlines ä"})"_ba);
    QVERIFY(!desk.page()->outgoing().contains(desk.folder.path().toUtf8()));
    desk.pane->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(desk.pane.get()));
    QVERIFY(desk.read(600ms));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    QTest::mouseClick(desk.find(u"approve"_s), Qt::LeftButton);
    QTRY_COMPARE(decided.count(), 1);
    QCOMPARE(desk.answer(), R"({"name":"notes.txt","content":"two\nlines ä"})"_ba);
}

void TestToolAnswer::aFileThatIsNoTextGoesAsBase64()
{
    ToolDesk desk;
    QFile file(desk.folder.filePath(u"raw.bin"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray::fromHex("00ff10"));
    file.close();
    QVERIFY(desk.ask(tool(u"readFile"_s)));
    desk.pane->setTab(u"answer"_s);
    static_cast<FileSource *>(desk.page()->source(AnswerKind::File))->takeFile(file.fileName());
    QTRY_VERIFY(desk.page()->problem().isEmpty());
    QCOMPARE(desk.page()->outgoing(), R"({"encoding":"base64","content":"AP8Q"})"_ba);
}

void TestToolAnswer::aFileThatIsTooLargeIsRefused()
{
    ToolDesk desk;
    QFile file(desk.folder.filePath(u"large.txt"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(701 * 1024, 'x'));
    file.close();
    QVERIFY(desk.ask(tool(u"readFile"_s)));
    desk.pane->setTab(u"answer"_s);
    static_cast<FileSource *>(desk.page()->source(AnswerKind::File))->takeFile(file.fileName());
    QTRY_VERIFY2(desk.page()->problem().contains(u"large.txt"_s), qPrintable(desk.page()->problem()));
    QVERIFY(desk.page()->outgoing().isEmpty());
    QVERIFY(!desk.find(u"approve"_s)->isEnabled());
}

namespace {

QImage fakeScreen(QWidget *)
{
    QImage picture(1000, 500, QImage::Format_RGB32);
    picture.fill(Qt::blue);
    QPainter(&picture).fillRect(0, 0, 500, 500, Qt::red);
    return picture;
}

} // namespace

void TestToolAnswer::aPartOfTheScreenIsMarkedWithTheMouse()
{
    ToolDesk desk;
    QVERIFY(desk.ask(tool(u"takeScreenshot"_s)));
    desk.pane->setTab(u"answer"_s);
    QCOMPARE(desk.page()->kind(), AnswerKind::Screenshot);
    static_cast<ScreenSource *>(desk.page()->source(AnswerKind::Screenshot))->setGrab(fakeScreen);
    auto *picker = desk.find<RegionPicker>(u"regionPicker"_s);
    QVERIFY(!picker->isVisible());
    QTest::mouseClick(desk.find(u"takeScreen"_s), Qt::LeftButton);
    QTRY_VERIFY(picker->isVisible() && picker->height() > 100);
    QVERIFY(desk.page()->outgoing().isEmpty()); // The whole screen is never sent by itself.
    const double scale = std::min(picker->width() / 1000.0, picker->height() / 500.0);
    const double left = (picker->width() - 1000 * scale) / 2;
    const auto at = [&](int x, int y) { return QPoint(qRound(left + x * scale), qRound(y * scale)); };
    QTest::mousePress(picker, Qt::LeftButton, {}, at(100, 100));
    QTest::mouseMove(picker, at(200, 150));
    QTest::mouseRelease(picker, Qt::LeftButton, {}, at(300, 200));
    QVERIFY(qAbs(picker->region().x() - 100) < 4);
    QVERIFY(qAbs(picker->region().width() - 200) < 6);
    const JsonValue sent = json(desk.page()->outgoing());
    const QImage part = QImage::fromData(
        QByteArray::fromBase64(QByteArray::fromStdString(std::string(sent.find("data")->utf8()))), "PNG");
    QCOMPARE(part.size(), picker->region().size());
    QCOMPARE(sent.find("width")->toInteger(), qint64(part.width()));
    QCOMPARE(part.pixelColor(3, 3), QColor(Qt::red));
    QTest::mouseClick(desk.find<QCheckBox>(u"halfSize"_s), Qt::LeftButton, {}, QPoint(6, 6));
    QVERIFY(qAbs(*json(desk.page()->outgoing()).find("width")->toInteger() - part.width() / 2) <= 1);
    QTest::mouseClick(picker, Qt::LeftButton, {}, at(700, 100)); // A slip marks nothing.
    QVERIFY(desk.page()->outgoing().isEmpty());
}

void TestToolAnswer::aPartOfTheScreenIsMarkedWithTheKeys()
{
    ToolDesk desk;
    QVERIFY(desk.ask(tool(u"takeScreenshot"_s)));
    desk.pane->setTab(u"answer"_s);
    static_cast<ScreenSource *>(desk.page()->source(AnswerKind::Screenshot))->setGrab(fakeScreen);
    desk.page()->focusFirst();
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    auto *picker = desk.find<RegionPicker>(u"regionPicker"_s);
    QCOMPARE(QApplication::focusWidget(), picker);
    QTest::keyClick(picker, Qt::Key_Right);
    QCOMPARE(picker->region(), QRect(250, 125, 500, 250));
    QTest::keyClick(picker, Qt::Key_Right, Qt::ControlModifier);
    QCOMPARE(picker->region(), QRect(251, 125, 500, 250));
    QTest::keyClick(picker, Qt::Key_Up, Qt::ShiftModifier);
    QCOMPARE(picker->region(), QRect(251, 125, 500, 230));
    QVERIFY(picker->accessibleDescription().contains(u"500 × 230"_s));
    QVERIFY(desk.read(600ms));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    QTest::keyClick(picker, Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(decided.count(), 1);
    QCOMPARE(json(desk.answer()).find("height")->toInteger(), qint64(230));
}

void TestToolAnswer::aDesktopThatGivesNoPictureSaysSo()
{
    ToolDesk desk;
    QVERIFY(desk.ask(tool(u"takeScreenshot"_s)));
    desk.pane->setTab(u"answer"_s);
    static_cast<ScreenSource *>(desk.page()->source(AnswerKind::Screenshot))->setGrab([](QWidget *) {
        return QImage();
    });
    QTest::mouseClick(desk.find(u"takeScreen"_s), Qt::LeftButton);
    QVERIFY2(desk.page()->problem().contains(u"no picture"_s), qPrintable(desk.page()->problem()));
}

void TestToolAnswer::aLocationIsTypedAndChecked()
{
    ToolDesk desk;
    QVERIFY(desk.ask(tool(u"get_location"_s)));
    QVERIFY(desk.read(600ms));
    desk.press(Qt::Key_E, u"e"_s);
    auto *latitude = desk.find<QLineEdit>(u"latitude"_s);
    QCOMPARE(QApplication::focusWidget(), latitude);
    ToolDesk::type(latitude, u"152"_s);
    QVERIFY2(desk.page()->problem().contains(u"latitude"_s), qPrintable(desk.page()->problem()));
    ToolDesk::type(latitude, u"52,520"_s);
    ToolDesk::type(desk.find<QLineEdit>(u"longitude"_s), u"13.4"_s);
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    desk.press(Qt::Key_A, u"a"_s); // As if it had come past the field.
    QTest::qWait(30);
    QCOMPARE(decided.count(), 0);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return); // Enter sends nothing.
    QCOMPARE(decided.count(), 0);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(decided.count(), 1);
    QCOMPARE(desk.answer(), R"({"latitude":52.520,"longitude":13.4})"_ba);
}

void TestToolAnswer::aFreeAnswerIsTextOrJson()
{
    ToolDesk desk;
    QVERIFY(desk.ask(tool(u"askUser"_s)));
    QVERIFY(desk.read(600ms));
    desk.press(Qt::Key_E, u"e"_s);
    auto *text = desk.find<QPlainTextEdit>(u"freeAnswer"_s);
    QCOMPARE(QApplication::focusWidget(), text);
    QTest::keyClicks(text, u"{\"size\": 2.50"_s);
    QCOMPARE(desk.page()->outgoing(), R"("{\"size\": 2.50")"_ba);
    QTest::keyClick(text, Qt::Key_Backtab);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Right); // JSON.
    QVERIFY2(desk.page()->problem().contains(u"no JSON"_s), qPrintable(desk.page()->problem()));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    QTest::keyClicks(text, u"}"_s);
    QVERIFY2(desk.page()->problem().isEmpty(), qPrintable(desk.page()->problem()));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    QTest::keyClick(text, Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(decided.count(), 1);
    QCOMPARE(desk.answer(), R"({"size":2.50})"_ba);
}

void TestToolAnswer::theFormOfTheToolsSchemaIsOffered()
{
    ToolDesk desk;
    QVERIFY(desk.ask(tool(u"shippingDetails"_s,
                          R"({"type":"object","required":["street"],"properties":{"street":{"type":"string"}}})")));
    QVERIFY(desk.read(600ms));
    desk.press(Qt::Key_E, u"e"_s);
    QCOMPARE(desk.page()->kind(), AnswerKind::Form);
    auto *street = formField<QLineEdit>(desk.page(), u"/street"_s);
    QVERIFY(street);
    ToolDesk::type(street, u"Main 1"_s);
    desk.wait(600ms);
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    QTest::keyClick(street, Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(decided.count(), 1);
    QCOMPARE(desk.answer(), R"({"street":"Main 1"})"_ba);
}

void TestToolAnswer::aRefusalSendsTheReviewersWords()
{
    ToolDesk desk;
    QVERIFY(desk.ask(tool(u"getClipboard"_s)));
    QVERIFY(desk.read(600ms));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    desk.press(Qt::Key_R, u"r"_s);
    QTest::keyClicks(desk.find<QLineEdit>(u"reason"_s), u"not from this machine"_s);
    QTest::keyClick(desk.find<QLineEdit>(u"reason"_s), Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(decided.count(), 1);
    const Vote vote = desk.detail(desk.id)->votes.at(0);
    QCOMPARE(vote.verdict, Verdict::Decline);
    QCOMPARE(vote.content.reason, u"not from this machine"_s);
    QVERIFY(vote.content.answer.isEmpty());
}

void TestToolAnswer::aPickedReasonIsSentInItsWords()
{
    ToolDesk desk;
    QVERIFY(desk.ask(tool(u"getClipboard"_s)));
    QVERIFY(desk.read(600ms));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    desk.press(Qt::Key_R, u"r"_s);
    desk.press(Qt::Key_1, u"1"_s);
    desk.press(Qt::Key_Return, {}, Qt::ControlModifier);
    QTRY_COMPARE(decided.count(), 1);
    const Vote vote = desk.detail(desk.id)->votes.at(0);
    QCOMPARE(vote.reasonCode, QString(reasonCodes()[0].id));
    QCOMPARE(vote.content.reason, QString(reasonCodes()[0].label));
}

void TestToolAnswer::whatWasTakenIsGoneWithTheRequest()
{
    QApplication::clipboard()->setText(u"private words"_s);
    ToolDesk desk;
    QVERIFY(desk.ask(tool(u"getClipboard"_s)));
    const RequestId first = desk.id;
    desk.pane->setTab(u"answer"_s);
    QTest::mouseClick(desk.find(u"takeClipboard"_s), Qt::LeftButton);
    QVERIFY(desk.sentWords().contains(u"private"_s));
    QVERIFY(desk.ask(tool(u"getClipboardAgain"_s)));
    QTRY_VERIFY(!desk.sentWords().contains(u"private"_s));
    QVERIFY(desk.page()->outgoing().isEmpty());
    const auto draft = desk.onEngine([first](Engine &engine) { return engine.draft(first); });
    QVERIFY(!draft || !*draft || !(*draft)->body.contains("private"));
}

void TestToolAnswer::whatWasTypedIsKeptForLater()
{
    ToolDesk desk;
    QVERIFY(desk.ask(tool(u"askUser"_s)));
    const RequestId id = desk.id;
    desk.press(Qt::Key_E, u"e"_s);
    auto *text = desk.find<QPlainTextEdit>(u"freeAnswer"_s);
    QTest::keyClicks(text, u"half an ans"_s);
    QTest::keyClick(text, Qt::Key_Escape);
    QVERIFY(!text->hasFocus());
    QVERIFY(desk.ask(tool(u"getLocation"_s)));
    QVERIFY(desk.show(id));
    QTRY_COMPARE(text->toPlainText(), u"half an ans"_s);
    QCOMPARE(desk.page()->kind(), AnswerKind::Free);
}

void TestToolAnswer::theKeyboardReachesEverything()
{
    ToolDesk desk;
    QVERIFY(desk.ask(tool(u"getClipboard"_s)));
    desk.pane->setTab(u"answer"_s);
    auto *kind = desk.find(u"kindClipboard"_s);
    kind->setFocus();
    QStringList seen;
    for (const QString &name : {u"kindFile"_s, u"kindScreenshot"_s, u"kindLocation"_s, u"kindFree"_s}) {
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Right);
        QCOMPARE(QApplication::focusWidget()->objectName(), name);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        QWidget *first = QApplication::focusWidget();
        QVERIFY2(desk.page()->isAncestorOf(first) && first->isVisible(), qPrintable(first->objectName()));
        QVERIFY2(!first->accessibleName().isEmpty() || qobject_cast<QAbstractButton *>(first),
                 qPrintable(first->objectName()));
        desk.find(name)->setFocus();
    }
    QVERIFY(!desk.find(u"kindForm"_s)->isVisible()); // No schema came with it.
}

void TestToolAnswer::aPatternThatTakesNoEditsSaysSoFirst()
{
    ToolDesk desk;
    RoundContent content = ReviewDesk::payment(Tier::Low);
    content.pattern = Pattern::ToolApproval;
    content.allowed = {Verdict::Approve, Verdict::Reject};
    QVERIFY(desk.ask(content));
    QVERIFY(desk.read(600ms));
    QVERIFY(desk.find<QWidget>(u"notEditable"_s)->isVisible());
    QVERIFY(!desk.find(u"editArguments"_s)->isVisible());
    desk.press(Qt::Key_E, u"e"_s);
    QVERIFY2(desk.bar()->armingLine().contains(u"takes no edited arguments"_s), qPrintable(desk.bar()->armingLine()));
    QVERIFY(desk.find(u"edit"_s)->toolTip().contains(u"takes no edited arguments"_s));
    QCOMPARE(desk.pane->findChild<QTabBar *>()->currentIndex(), 0);
}

QTEST_MAIN(TestToolAnswer)
#include "tst_tool_answer.moc"
