// SPDX-License-Identifier: Apache-2.0
#include "tests/support/window_rig.h"
#include "ui/shell/brief_clipboard.h"
#include "ui/shell/first_run_page.h"
#include "ui/shell/passphrase_strength.h"

#include <QtGui/QClipboard>
#include <QtTest/QSignalSpy>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPushButton>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::ui;
using countersign::test::WindowRig;

class TestFirstRun : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ColourScheme::Light); }
    void strengthIsJudgedCautiously_data();
    void strengthIsJudgedCautiously();
    void keyFilesGetHarmlessNames();
    void theKeyIsMadeOnlyWhenEverythingIsThere();
    void enterMakesNothingAndEscapePostpones();
    void aSecretLeavesTheClipboard();
    void theFirstMinute();
    void theCodeStaysUntilItIsWrittenDown();
    void whoeverPostponesCanComeBack();
};

void TestFirstRun::strengthIsJudgedCautiously_data()
{
    QTest::addColumn<QString>("passphrase");
    QTest::addColumn<int>("expected");
    const auto row = [](const char *name, const QString &passphrase, PassphraseStrength strength) {
        QTest::newRow(name) << passphrase << static_cast<int>(strength);
    };
    row("nothing", {}, PassphraseStrength::Empty);
    row("a word", u"password"_s, PassphraseStrength::Weak);
    row("one key", QString(60, u'a'), PassphraseStrength::Weak);
    row("the digits in order", u"123456789012"_s, PassphraseStrength::Weak);
    row("two words and a number", u"river Kettle 41"_s, PassphraseStrength::Fair);
    row("five words", u"river kettle orbit window plum"_s, PassphraseStrength::Strong);
}

void TestFirstRun::strengthIsJudgedCautiously()
{
    QFETCH(QString, passphrase);
    QFETCH(int, expected);
    QCOMPARE(static_cast<int>(strengthOf(passphrase)), expected);
}

void TestFirstRun::keyFilesGetHarmlessNames()
{
    const QTemporaryDir folder;
    QCOMPARE(FirstRunPage::keyFilePath(folder.path(), u"../../etc/päss wd"_s),
             folder.path() + u"/------etc-p-ss-wd.key"_s);
    QFile taken(folder.filePath(u"R1.key"_s));
    QVERIFY(taken.open(QIODevice::WriteOnly));
    QCOMPARE(FirstRunPage::keyFilePath(folder.path(), u"R1"_s), folder.path() + u"/R1-2.key"_s);
}

void TestFirstRun::theKeyIsMadeOnlyWhenEverythingIsThere()
{
    FirstRunPage page(u"R1"_s);
    page.show();
    QSignalSpy wanted(&page, &FirstRunPage::keyWanted);
    auto *make = page.findChild<QAbstractButton *>(u"makeKey"_s);
    auto *one = page.findChild<QLineEdit *>(u"newPassphrase"_s);
    auto *again = page.findChild<QLineEdit *>(u"newPassphraseAgain"_s);
    auto *without = page.findChild<QCheckBox *>(u"withoutPassphrase"_s);
    QVERIFY(!without->isChecked()); // Giving up protection is an act.
    QVERIFY(!make->isEnabled());
    one->setText(u"river kettle"_s);
    QVERIFY(!make->isEnabled());
    again->setText(u"river kettlx"_s);
    QVERIFY(!make->isEnabled());
    QCOMPARE(one->echoMode(), QLineEdit::Password);
    again->setText(u"river kettle"_s);
    QVERIFY(make->isEnabled());
    make->click();
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(wanted.front().at(1).toByteArray(), QByteArray("river kettle"));
    QVERIFY(one->text().isEmpty()); // Not kept.
    without->setChecked(true);
    QVERIFY(make->isEnabled());
    QVERIFY(!one->isVisible());
    make->click();
    QVERIFY(wanted.back().at(1).toByteArray().isEmpty());
}

void TestFirstRun::enterMakesNothingAndEscapePostpones()
{
    FirstRunPage page(u"R1"_s);
    page.show();
    page.findChild<QCheckBox *>(u"withoutPassphrase"_s)->setChecked(true);
    QSignalSpy wanted(&page, &FirstRunPage::keyWanted);
    QSignalSpy postponed(&page, &FirstRunPage::postponed);
    QTest::keyClick(page.findChild<QLineEdit *>(u"reviewerName"_s), Qt::Key_Return);
    QCOMPARE(wanted.count(), 0);
    QTest::keyClick(page.findChild<QLineEdit *>(u"reviewerName"_s), Qt::Key_Escape);
    QCOMPARE(postponed.count(), 1);
    for (const auto *button : page.findChildren<QPushButton *>()) {
        QVERIFY(!button->isDefault());
        QVERIFY(!button->autoDefault());
    }
}

void TestFirstRun::aSecretLeavesTheClipboard()
{
    copyBriefly(u"secret"_s, 20ms);
    QCOMPARE(QGuiApplication::clipboard()->text(), u"secret"_s);
    QTRY_COMPARE(QGuiApplication::clipboard()->text(), QString());
    copyBriefly(u"secret"_s, 20ms);
    QGuiApplication::clipboard()->setText(u"something else"_s);
    bool over = false;
    QTimer::singleShot(60ms, this, [&over] { over = true; });
    QTRY_VERIFY(over);
    QCOMPARE(QGuiApplication::clipboard()->text(), u"something else"_s);
}

void TestFirstRun::theFirstMinute()
{
    WindowRig rig(WindowRig::Reviewer::Nobody);
    rig.open();
    auto *page = [&rig] {
        FirstRunPage *found = nullptr;
        [&] { QTRY_VERIFY((found = rig.window->findChild<FirstRunPage *>()) && found->isVisible()); }();
        return found;
    }();
    QVERIFY(page);
    QVERIFY(!rig.window->queue()->isVisible());
    rig.find<QLineEdit>(u"reviewerName"_s)->setText(u"Mina"_s);
    rig.find<QCheckBox>(u"withoutPassphrase"_s)->setChecked(true);
    rig.find<QAbstractButton>(u"makeKey"_s)->click();
    auto *code = rig.find<QLineEdit>(u"recoveryCode"_s);
    QTRY_VERIFY(code->isVisible());
    QVERIFY(Engine::recoveryKey(code->text()).hasValue());
    const QFile file(rig.location.keyFolder + u"/Mina.key"_s);
    QVERIFY(file.exists());
    QCOMPARE(file.permissions() & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther),
             QFile::Permissions());
    rig.find<QAbstractButton>(u"writtenDown"_s)->click();
    QTRY_VERIFY(rig.isAtWork());
    QVERIFY(code->text().isEmpty());
    QCOMPARE(rig.session->reviewer()->name, u"Mina"_s);
    QVERIFY(rig.session->reviewer()->administrator);
    QVERIFY(rig.onEngine([](Engine &engine) { return engine.trustPin(); }).value()->confirmedInWindow);
}

void TestFirstRun::theCodeStaysUntilItIsWrittenDown()
{
    WindowRig rig(WindowRig::Reviewer::Nobody);
    rig.open();
    QTRY_VERIFY(rig.find<QLineEdit>(u"reviewerName"_s) && rig.find<QLineEdit>(u"reviewerName"_s)->isVisible());
    rig.find<QLineEdit>(u"reviewerName"_s)->setText(u"Mina"_s);
    rig.find<QLineEdit>(u"newPassphrase"_s)->setText(u"river kettle orbit"_s);
    rig.find<QLineEdit>(u"newPassphraseAgain"_s)->setText(u"river kettle orbit"_s);
    rig.find<QAbstractButton>(u"makeKey"_s)->click();
    auto *code = rig.find<QLineEdit>(u"recoveryCode"_s);
    QTRY_VERIFY_WITH_TIMEOUT(code->isVisible(), 30'000); // Argon2id takes its time.
    QTest::keyClick(code, Qt::Key_Escape);
    QTest::keyClick(code, Qt::Key_Return);
    QVERIFY(code->isVisible());
    QVERIFY(!rig.window->queue()->isVisible());
    QVERIFY(readKeyFileInfo(rig.location.keyFolder + u"/Mina.key"_s).value().needsPassphrase);
}

void TestFirstRun::whoeverPostponesCanComeBack()
{
    WindowRig rig(WindowRig::Reviewer::Nobody);
    rig.open();
    QTRY_VERIFY(rig.find<QLineEdit>(u"reviewerName"_s) && rig.find<QLineEdit>(u"reviewerName"_s)->isVisible());
    rig.find<QAbstractButton>(u"later"_s)->click();
    auto *setUp = rig.find<QAbstractButton>(u"unlock"_s);
    QTRY_VERIFY(setUp->isVisible());
    setUp->click();
    QTRY_VERIFY(rig.find<QLineEdit>(u"reviewerName"_s)->isVisible());
}

QTEST_MAIN(TestFirstRun)
#include "tst_first_run.moc"
