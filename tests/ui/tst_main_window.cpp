// SPDX-License-Identifier: Apache-2.0
#include "core/base/visible_text.h"
#include "tests/support/window_rig.h"
#include "ui/detail/request_form.h"
#include "ui/detail/staging_strip.h"
#include "ui/queue/queue_model.h"
#include "ui/shell/cheat_sheet.h"
#include "ui/shell/command_palette.h"
#include "ui/shell/lock_view.h"
#include "ui/shell/notice_bar.h"

#include <QtCore/QFile>
#include <QtGui/QTextDocument>
#include <QtTest/QSignalSpy>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QListWidget>
#include <QtWidgets/QMessageBox>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::ui;
using countersign::test::WindowRig;
using View = QueueQuery::View;

class TestMainWindow : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ColourScheme::Light); }
    // Keys
    void keysMoveThroughTheQueueAndIntoTheDetail();
    void keysGoToViews();
    void theLetterAfterGoNeverDecides();
    void lettersInTextFieldsAreText();
    void controlAStaysSelectAll();
    void decisionKeysSayWhyNothingHappened();
    void undoWithNothingToUndoSaysSo();
    void theCheatSheetTakesTheKeys();
    void thePaletteFindsCommandsAndRequests();
    // Arrivals
    void arrivalsMoveNeitherSelectionNorFocus();
    void anotherRequestClosesTheEditor();
    // Locking
    void lockingHidesEverything();
    void aWrongPassphraseIsSaid();
    void nobodyAtTheKeyboardLocks();
    void aKeyWithoutPassphraseIsNotUsedAgainAfterLocking();
    // Troubles
    void anUnconfirmedAdministratorIsAnnouncedUntilConfirmed();
    void aWorkspaceThatCannotBeOpenedSaysWhy();
    void aFailureBeforeAnybodyListensIsHeard();
    // Shape
    void theShapeIsRememberedPrivately();
    void narrowWindowsFold();
    void largeTypeFoldsToo();
    // Hostile text
    void hostileTextIsNeverMarkup();

private:
    static Submission submission(const QString &tool, const QByteArray &arguments = R"({"path":"a.txt"})")
    {
        Submission s;
        s.agentName = u"agent"_s;
        s.osUser = u"user"_s;
        s.content.toolName = tool;
        s.content.arguments = arguments;
        s.content.requestedTier = Tier::Low;
        s.content.allowed = {Verdict::Approve, Verdict::ApproveEdited, Verdict::Reject, Verdict::RequestChanges};
        return s;
    }
};

#define OPEN_AT_WORK(rig)                                                                                              \
    (rig).open();                                                                                                      \
    QTRY_VERIFY((rig).isAtWork());                                                                                     \
    QTRY_VERIFY((rig).window->isActiveWindow())

#define SUBMIT_TWO(rig, one, other)                                                                                    \
    const RequestId one = (rig).submit(submission(u"first_tool"_s));                                                   \
    (rig).clock.advance(1s);                                                                                           \
    const RequestId other = (rig).submit(submission(u"second_tool"_s));                                                \
    QTRY_COMPARE((rig).window->sidebar()->counts().inbox, 2)

void TestMainWindow::keysMoveThroughTheQueueAndIntoTheDetail()
{
    WindowRig rig;
    OPEN_AT_WORK(rig);
    SUBMIT_TWO(rig, one, other);
    QueuePane *queue = rig.window->queue();
    QVERIFY(!queue->selected()); // Nothing is preselected.
    // Requests that came while the list was on screen wait behind a bar; asking afresh shows them.
    rig.window->showView(View::Inbox);
    QTRY_COMPARE(rig.window->findChild<QueueModel *>()->rowCount(), 2);
    rig.press(Qt::Key_J);
    QVERIFY(queue->selected().has_value());
    const RequestId first = *queue->selected();
    rig.press(Qt::Key_J);
    QVERIFY(*queue->selected() != first);
    rig.press(Qt::Key_K, Qt::ShiftModifier); // Case does not matter.
    QCOMPARE(*queue->selected(), first);
    QTRY_COMPARE(rig.window->detail()->shown(), std::optional(first));
    rig.press(Qt::Key_O);
    QVERIFY(rig.window->detail()->hasFocus());
    rig.press(Qt::Key_Return); // Never decides.
    QCOMPARE(rig.request(first).state.lifecycle, Lifecycle::Pending);
    rig.press(Qt::Key_Escape);
    QVERIFY(queue->isAncestorOf(QApplication::focusWidget()));
    QCOMPARE(rig.request(first).state.lifecycle, Lifecycle::Pending);
}

void TestMainWindow::keysGoToViews()
{
    WindowRig rig;
    OPEN_AT_WORK(rig);
    QueuePane *queue = rig.window->queue();
    const std::vector<std::pair<int, View>> letters{{Qt::Key_C, View::Claimed},
                                                    {Qt::Key_D, View::Deferred},
                                                    {Qt::Key_S, View::Staged},
                                                    {Qt::Key_H, View::Settled},
                                                    {Qt::Key_I, View::Inbox}};
    for (const auto &[letter, view] : letters) {
        rig.press(Qt::Key_G);
        rig.press(letter);
        QCOMPARE(queue->view(), view);
    }
    for (const View view : {View::Claimed, View::Deferred, View::Staged, View::Settled, View::Inbox}) {
        rig.press(Qt::Key_V);
        QCOMPARE(queue->view(), view);
    }
    rig.press(Qt::Key_G);
    rig.clock.advance(3s); // Forgotten.
    rig.press(Qt::Key_H);
    QCOMPARE(queue->view(), View::Inbox);
}

void TestMainWindow::theLetterAfterGoNeverDecides()
{
    WindowRig rig;
    OPEN_AT_WORK(rig);
    const RequestId id = rig.submit(submission(u"tool"_s));
    rig.window->queue()->select(id);
    QTRY_VERIFY(rig.readUntilArmed());
    rig.press(Qt::Key_G);
    rig.press(Qt::Key_A);
    QCOMPARE(rig.request(id).state.lifecycle, Lifecycle::Pending);
}

void TestMainWindow::lettersInTextFieldsAreText()
{
    WindowRig rig;
    OPEN_AT_WORK(rig);
    const RequestId id = rig.submit(submission(u"tool"_s));
    rig.window->queue()->select(id);
    QTRY_VERIFY(rig.readUntilArmed());
    rig.press(Qt::Key_Slash);
    auto *filter = rig.find<QLineEdit>(u"queueFilter"_s);
    QVERIFY(filter->hasFocus());
    rig.type(u"avrgj?/"_s);
    QCOMPARE(filter->text(), u"avrgj?/"_s);
    QCOMPARE(rig.window->queue()->view(), View::Inbox);
    QCOMPARE(rig.request(id).state.lifecycle, Lifecycle::Pending);
    QVERIFY(!rig.window->findChild<CheatSheet *>());
}

void TestMainWindow::controlAStaysSelectAll()
{
    WindowRig rig;
    OPEN_AT_WORK(rig);
    const RequestId id = rig.submit(submission(u"tool"_s));
    rig.window->queue()->select(id);
    QTRY_VERIFY(rig.readUntilArmed());
    rig.press(Qt::Key_A, Qt::ControlModifier); // In the list: approves nothing.
    rig.press(Qt::Key_Slash);
    rig.type(u"abc"_s);
    rig.press(Qt::Key_A, Qt::ControlModifier);
    QCOMPARE(rig.find<QLineEdit>(u"queueFilter"_s)->selectedText(), u"abc"_s);
    QCOMPARE(rig.request(id).state.lifecycle, Lifecycle::Pending);
}

void TestMainWindow::decisionKeysSayWhyNothingHappened()
{
    WindowRig rig;
    OPEN_AT_WORK(rig);
    const RequestId id = rig.submit(submission(u"tool"_s));
    rig.window->queue()->select(id);
    QTRY_VERIFY(rig.armingLine().contains(u"reading"_s));
    rig.press(Qt::Key_A); // The clock stands still: nothing was read yet.
    QVERIFY2(rig.armingLine().contains(u"reading"_s), qPrintable(rig.armingLine()));
    QCOMPARE(rig.request(id).state.lifecycle, Lifecycle::Pending);
    QTRY_VERIFY(rig.readUntilArmed());
    rig.press(Qt::Key_A);
    QTRY_COMPARE(rig.request(id).state.delivery, Delivery::Staged);
    QTRY_VERIFY(rig.window->findChild<StagingStrip *>()->isVisible());
    QTRY_COMPARE(rig.window->sidebar()->counts().staged, 1);
    rig.press(Qt::Key_Z);
    QTRY_COMPARE(rig.request(id).state.lifecycle, Lifecycle::Pending);
}

void TestMainWindow::undoWithNothingToUndoSaysSo()
{
    WindowRig rig;
    OPEN_AT_WORK(rig);
    rig.press(Qt::Key_Z, Qt::ControlModifier);
    const auto *toast = rig.find<NoticeBar>(u"toast"_s);
    QVERIFY(toast && toast->isVisible());
    QVERIFY(toast->text().contains(u"Nothing was undone"_s));
    QVERIFY(rig.window->findChildren<QMessageBox *>().isEmpty());
}

void TestMainWindow::theCheatSheetTakesTheKeys()
{
    WindowRig rig;
    OPEN_AT_WORK(rig);
    const RequestId id = rig.submit(submission(u"tool"_s));
    rig.window->queue()->select(id);
    QTRY_VERIFY(rig.readUntilArmed());
    QWidget *before = QApplication::focusWidget();
    QTest::keyClick(before, Qt::Key_Question, Qt::ShiftModifier);
    auto *sheet = rig.window->findChild<CheatSheet *>();
    QVERIFY(sheet && sheet->isVisible());
    for (const int key : {Qt::Key_A, Qt::Key_V, Qt::Key_R, Qt::Key_Space, Qt::Key_Return, Qt::Key_Tab}) {
        rig.press(key);
        QVERIFY(sheet == QApplication::focusWidget() || sheet->isAncestorOf(QApplication::focusWidget()));
    }
    QCOMPARE(rig.request(id).state.lifecycle, Lifecycle::Pending);
    QCOMPARE(rig.window->queue()->view(), View::Inbox);
    rig.clock.advance(10s);
    rig.press(Qt::Key_Escape);
    QVERIFY(sheet->isHidden());
    QCOMPARE(QApplication::focusWidget(), before);
    // What was covered was not read: the delay begins again.
    rig.press(Qt::Key_A);
    QCOMPARE(rig.request(id).state.lifecycle, Lifecycle::Pending);
    QVERIFY2(rig.armingLine().contains(u"reading"_s), qPrintable(rig.armingLine()));
}

void TestMainWindow::thePaletteFindsCommandsAndRequests()
{
    WindowRig rig;
    OPEN_AT_WORK(rig);
    SUBMIT_TWO(rig, one, other);
    rig.press(Qt::Key_K, Qt::ControlModifier);
    auto *palette = rig.window->findChild<CommandPalette *>();
    QVERIFY(palette && palette->isVisible());
    rig.type(u"history"_s);
    rig.press(Qt::Key_Return);
    QVERIFY(palette->isHidden());
    QCOMPARE(rig.window->queue()->view(), View::Settled);
    rig.press(Qt::Key_K, Qt::ControlModifier);
    rig.type(u"second"_s);
    auto *list = rig.find<QListWidget>(u"paletteList"_s);
    QTRY_COMPARE(list->count(), 1);
    rig.press(Qt::Key_Return);
    QCOMPARE(rig.window->queue()->view(), View::Inbox);
    QTRY_COMPARE(rig.window->detail()->shown(), std::optional(other));
    // No word of the palette decides anything.
    rig.press(Qt::Key_K, Qt::ControlModifier);
    for (int i = 0; i < list->count(); ++i) {
        QVERIFY(!list->item(i)->text().contains(u"approve"_s, Qt::CaseInsensitive));
        QVERIFY(!list->item(i)->text().contains(u"reject"_s, Qt::CaseInsensitive));
    }
}

void TestMainWindow::arrivalsMoveNeitherSelectionNorFocus()
{
    WindowRig rig;
    OPEN_AT_WORK(rig);
    const RequestId id = rig.submit(submission(u"tool"_s));
    QTRY_VERIFY(rig.find<QWidget>(u"queueView"_s)->isVisible()); // Before there is nothing that O could open.
    rig.window->queue()->select(id);
    rig.press(Qt::Key_O);
    QTRY_COMPARE(rig.window->detail()->shown(), std::optional(id));
    const QWidget *focus = QApplication::focusWidget();
    const QWidgetList windows = QApplication::topLevelWidgets();
    for (int i = 0; i < 20; ++i) {
        Submission urgent = submission(u"urgent_%1"_s.arg(i));
        urgent.expiresIn = std::chrono::minutes(5 + i);
        rig.submit(urgent);
    }
    QTRY_COMPARE(rig.window->sidebar()->counts().inbox, 21);
    QCOMPARE(rig.window->queue()->selected(), std::optional(id));
    QCOMPARE(rig.window->detail()->shown(), std::optional(id));
    QCOMPARE(QApplication::focusWidget(), focus);
    QCOMPARE(QApplication::topLevelWidgets().size(), windows.size());
}

void TestMainWindow::anotherRequestClosesTheEditor()
{
    WindowRig rig;
    OPEN_AT_WORK(rig);
    SUBMIT_TWO(rig, one, other);
    rig.window->queue()->select(one);
    QTRY_VERIFY(rig.readUntilArmed());
    rig.press(Qt::Key_E);
    auto *editor = rig.window->findChild<RequestForm *>();
    QTRY_VERIFY(editor->isVisible());
    rig.window->queue()->select(other);
    QTRY_COMPARE(rig.window->detail()->shown(), std::optional(other));
    QVERIFY(!editor->isVisible());
}

void TestMainWindow::lockingHidesEverything()
{
    WindowRig rig(WindowRig::Reviewer::WithPassphrase);
    rig.open();
    QTRY_VERIFY(rig.find<LockView>(u"lockView"_s));
    auto *lock = rig.find<LockView>(u"lockView"_s);
    auto *field = rig.find<QLineEdit>(u"passphrase"_s);
    QTRY_VERIFY(lock->isVisible() && field->isVisible());
    QVERIFY(!rig.window->queue()->isVisible());
    field->setText(u"open sesame"_s);
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_VERIFY(rig.isAtWork());
    const RequestId id = rig.submit(submission(u"secret_tool"_s));
    rig.window->queue()->select(id);
    QTRY_COMPARE(rig.window->sidebar()->counts().inbox, 1);
    rig.press(Qt::Key_Question, Qt::ShiftModifier);
    rig.press(Qt::Key_Escape);
    rig.press(Qt::Key_L, Qt::ControlModifier);
    QTRY_VERIFY(lock->isVisible());
    QVERIFY(!rig.window->queue()->isVisible());
    QVERIFY(!rig.window->detail()->isVisible());
    QCOMPARE(rig.window->sidebar()->counts(), QueueCounts());
    QVERIFY(!rig.window->windowTitle().contains(u'1'));
    QVERIFY(rig.session->isLocked());
    QVERIFY(!rig.onEngine([](Engine &engine) -> Result<bool> { return engine.unlockedReviewer() != nullptr; }).value());
    // Keys reach nothing behind it.
    lock->setFocus();
    rig.press(Qt::Key_K, Qt::ControlModifier);
    QVERIFY(!rig.window->findChild<CommandPalette *>());
    // Work goes on behind it.
    QTRY_VERIFY(field->isEnabled());
    field->setText(u"open sesame"_s);
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_VERIFY(rig.isAtWork());
    QTRY_COMPARE(rig.window->sidebar()->counts().inbox, 1);
}

void TestMainWindow::aWrongPassphraseIsSaid()
{
    WindowRig rig(WindowRig::Reviewer::WithPassphrase);
    rig.open();
    QTRY_VERIFY(rig.find<LockView>(u"lockView"_s));
    auto *field = rig.find<QLineEdit>(u"passphrase"_s);
    auto *problem = rig.find<QLabel>(u"lockProblem"_s);
    QTRY_VERIFY(field->isVisible());
    field->setText(u"wrong"_s);
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_VERIFY(problem->isVisible() && !problem->text().isEmpty());
    QVERIFY(field->text().isEmpty());
    QVERIFY(field->isEnabled());
    QVERIFY(rig.session->isLocked());
}

void TestMainWindow::nobodyAtTheKeyboardLocks()
{
    WindowRig rig;
    OPEN_AT_WORK(rig);
    rig.clock.advance(14min);
    rig.window->lockWhenIdle();
    QVERIFY(!rig.session->isLocked());
    rig.press(Qt::Key_J);
    rig.clock.advance(14min);
    rig.window->lockWhenIdle();
    QVERIFY(!rig.session->isLocked());
    rig.clock.advance(1min);
    rig.window->lockWhenIdle();
    QVERIFY(rig.session->isLocked());
}

void TestMainWindow::aKeyWithoutPassphraseIsNotUsedAgainAfterLocking()
{
    WindowRig rig;
    OPEN_AT_WORK(rig);
    rig.press(Qt::Key_L, Qt::ControlModifier);
    QTRY_VERIFY(rig.find<QAbstractButton>(u"unlock"_s));
    auto *unlock = rig.find<QAbstractButton>(u"unlock"_s);
    QTRY_VERIFY(unlock->isVisible());
    rig.submit(submission(u"tool"_s)); // A change makes it look again.
    QSignalSpy found(rig.window->signIn(), &SignIn::found);
    QTRY_VERIFY(found.count() > 0);
    QVERIFY(rig.session->isLocked());
    QTRY_VERIFY(unlock->isEnabled());
    unlock->click();
    QTRY_VERIFY(rig.isAtWork());
}

void TestMainWindow::anUnconfirmedAdministratorIsAnnouncedUntilConfirmed()
{
    WindowRig rig(WindowRig::Reviewer::Unconfirmed);
    OPEN_AT_WORK(rig);
    auto *banner = rig.find<NoticeBar>(u"administratorBanner"_s);
    QTRY_VERIFY(banner->isVisible());
    const QString fingerprint = rig.session->reviewer()->key.fingerprint().hex();
    QVERIFY(banner->text().remove(u' ').contains(fingerprint));
    QVERIFY(!rig.onEngine([](Engine &engine) { return engine.trustPin(); }).value()->confirmedInWindow);
    banner->findChild<QAbstractButton *>(u"noticeAct"_s)->click();
    QTRY_VERIFY(banner->isHidden());
    QVERIFY(rig.onEngine([](Engine &engine) { return engine.trustPin(); }).value()->confirmedInWindow);
    rig.close();
    OPEN_AT_WORK(rig);
    QTRY_VERIFY(rig.window->signIn()->standing().has_value());
    QVERIFY(rig.find<NoticeBar>(u"administratorBanner"_s)->isHidden());
}

void TestMainWindow::aWorkspaceThatCannotBeOpenedSaysWhy()
{
    WindowRig rig(WindowRig::Reviewer::Nobody);
    QDir().mkpath(rig.folder.filePath(u"data"_s));
    QFile::setPermissions(rig.folder.filePath(u"data"_s), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    QFile file(rig.location.path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(8192, 'x'));
    file.close();
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    rig.open();
    auto *sentence = rig.find<QLabel>(u"openFailure"_s);
    QTRY_VERIFY(rig.window->hasFailedToOpen());
    QVERIFY(sentence->isVisible());
    QVERIFY(sentence->text().size() > 20);
    QVERIFY(rig.find<QAbstractButton>(u"closeWindow"_s)->isVisible());
    QCOMPARE(QFile(rig.location.path).size(), 8192);
}

void TestMainWindow::aFailureBeforeAnybodyListensIsHeard()
{
    WindowRig rig(WindowRig::Reviewer::Nobody);
    const QString data = rig.folder.filePath(u"data"_s);
    QDir().mkpath(data);
    QFile::setPermissions(data, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ReadOther);
    rig.threads = std::make_unique<WorkspaceThreads>(WorkspaceThreads::Options{.location = rig.location}, rig.clock);
    QVERIFY(!rig.onEngine([](Engine &) -> Result<bool> { return true; })); // It has failed by now.
    rig.session = std::make_unique<ReviewSession>(*rig.threads, rig.clock);
    rig.settings = std::make_unique<WindowSettings>(rig.location.configFolder);
    rig.window = std::make_unique<MainWindow>(*rig.session, *rig.settings);
    rig.window->show();
    QTRY_VERIFY(rig.window->hasFailedToOpen());
    QVERIFY(rig.find<QLabel>(u"openFailure"_s)->text().contains(u"chmod 700"_s));
}

void TestMainWindow::theShapeIsRememberedPrivately()
{
    WindowRig rig;
    OPEN_AT_WORK(rig);
    rig.window->resize(1200, 700);
    rig.window->showView(View::Deferred);
    rig.close();
    const QFile file(rig.location.configFolder + u"/window.ini"_s);
    QVERIFY(file.exists());
    QCOMPARE(file.permissions() & (QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther),
             QFile::Permissions());
    OPEN_AT_WORK(rig);
    QCOMPARE(rig.window->size(), QSize(1200, 700));
    QCOMPARE(rig.window->queue()->view(), View::Deferred);
}

void TestMainWindow::narrowWindowsFold()
{
    WindowRig rig;
    OPEN_AT_WORK(rig);
    rig.window->resize(1440, 900);
    QVERIFY(!rig.window->sidebar()->isCompact());
    rig.window->resize(1024, 640);
    QVERIFY(rig.window->sidebar()->isCompact());
    QCOMPARE(rig.window->size(), QSize(1024, 640)); // Nothing inside asks for more.
    QVERIFY(rig.window->queue()->isVisible());
    QTRY_VERIFY(rig.window->detail()->isVisible());
    rig.window->resize(1440, 900);
    QVERIFY(!rig.window->sidebar()->isCompact());
}

void TestMainWindow::largeTypeFoldsToo()
{
    const QFont before = QApplication::font();
    QFont large = before;
    large.setPixelSize(26);
    {
        WindowRig rig;
        OPEN_AT_WORK(rig);
        const RequestId id = rig.submit(submission(u"tool"_s));
        rig.window->resize(1024, 640);
        QApplication::setFont(large);
        applyTheme(*qApp, ColourScheme::Light);
        QCOMPARE(grid(1), 8);
        QTRY_VERIFY(rig.window->queue()->isVisible() && !rig.window->detail()->isVisible());
        QCOMPARE(rig.window->size(), QSize(1024, 640));
        QTRY_VERIFY(rig.find<QWidget>(u"queueView"_s)->isVisible());
        rig.window->queue()->select(id);
        rig.window->queue()->setFocus();
        rig.press(Qt::Key_O);
        QVERIFY(rig.window->detail()->isVisible());
        QVERIFY(!rig.window->queue()->isVisible());
        rig.press(Qt::Key_Escape);
        QVERIFY(rig.window->queue()->isVisible());
    }
    QApplication::setFont(before);
    applyTheme(*qApp, ColourScheme::Light);
}

void TestMainWindow::hostileTextIsNeverMarkup()
{
    const QString bad = u"<b>bold</b><img src=\"file:///etc/passwd\"> &Approve %1 %2 \u202Eevil\u200B \u001b[31m"_s;
    WindowRig rig;
    OPEN_AT_WORK(rig);
    std::vector<RequestId> ids;
    for (const Pattern pattern : {Pattern::ToolApproval, Pattern::Elicitation, Pattern::Confirmation}) {
        Submission hostile = submission(bad);
        hostile.agentName = bad;
        hostile.osUser = bad;
        hostile.content.pattern = pattern;
        hostile.content.title = bad;
        hostile.content.message = bad + u'\n' + bad;
        hostile.content.arguments =
            "{\"<i>key</i>&\":\"<h1>value</h1>&A %1 \xE2\x80\xAE\",\"command\":\"<b>rm</b> && <u>ls</u> %1\"}";
        if (pattern == Pattern::Elicitation) {
            hostile.content.allowed = {Verdict::Answer, Verdict::Decline, Verdict::Cancel};
        }
        ids.push_back(rig.submit(hostile));
    }
    QTRY_COMPARE(rig.window->sidebar()->counts().inbox, 3);
    rig.press(Qt::Key_K, Qt::ControlModifier);
    rig.type(u"bold"_s);
    rig.press(Qt::Key_Escape);
    rig.press(Qt::Key_Question, Qt::ShiftModifier);
    rig.press(Qt::Key_Escape);
    for (const RequestId &id : ids) {
        rig.window->queue()->select(id);
        QTRY_COMPARE(rig.window->detail()->shown(), std::optional(id));
        QTRY_VERIFY(!rig.armingLine().isEmpty());
        for (const QString &tab : {u"raw"_s, u"facts"_s}) {
            rig.window->detail()->setTab(tab);
        }
        for (QWidget *widget : rig.window->findChildren<QWidget *>()) {
            QVERIFY2(!Qt::mightBeRichText(widget->toolTip()), qPrintable(widget->toolTip()));
            if (const auto *label = qobject_cast<QLabel *>(widget)) {
                QVERIFY2(label->textFormat() == Qt::PlainText, qPrintable(label->objectName() + label->text()));
                QVERIFY2(!label->text().contains(QChar(0x202E)), qPrintable(label->text()));
                QVERIFY2(!label->text().contains(QChar(0x1B)), qPrintable(label->text()));
            }
            if (const auto *button = qobject_cast<QAbstractButton *>(widget)) {
                QVERIFY2(button->shortcut().isEmpty(), qPrintable(button->text()));
                QVERIFY2(!button->text().contains(u"bold"_s), qPrintable(button->text()));
            }
        }
    }
}

QTEST_MAIN(TestMainWindow)
#include "tst_main_window.moc"
