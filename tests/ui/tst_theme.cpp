// SPDX-License-Identifier: Apache-2.0
#include "ui/style/card.h"
#include "ui/style/flat_button.h"
#include "ui/style/icons.h"
#include "ui/style/key_hint.h"
#include "ui/style/labels.h"
#include "ui/style/pill.h"
#include "ui/style/theme.h"

#include <QtCore/QDir>
#include <QtGui/QGlyphRun>
#include <QtGui/QTextDocument>
#include <QtGui/QTextLayout>
#include <QtTest/QTest>
#include <QtWidgets/QApplication>
#include <QtWidgets/QDialog>
#include <QtWidgets/QVBoxLayout>

#include <cmath>

using namespace Qt::Literals::StringLiterals;
using namespace countersign::ui;

namespace {

double luminance(const QColor &colour)
{
    const auto linear = [](double channel) {
        return channel <= 0.03928 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

double contrast(const QColor &one, const QColor &other)
{
    const double a = luminance(one);
    const double b = luminance(other);
    return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

QColor strongestPixel(const QPixmap &pixmap)
{
    const QImage image = pixmap.toImage().convertToFormat(QImage::Format_ARGB32);
    QColor strongest(0, 0, 0, 0);
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            const QColor pixel = image.pixelColor(x, y);
            if (pixel.alpha() > strongest.alpha()) {
                strongest = pixel;
            }
        }
    }
    return strongest;
}

} // namespace

class TestTheme : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void cleanup();
    void textIsReadable_data();
    void textIsReadable();
    void thePaletteIsOurs();
    void typeScaleFollowsTheApplicationFont();
    void noLigatureHidesACharacter();
    void followingTheSystemWorksWithoutAPortal();
    void everyIconIsDrawnInTheColourAskedFor();
    void iconsAreSharpOnDenseScreens();
    void tooltipsAreNeverRichText_data();
    void tooltipsAreNeverRichText();
    void labelsArePlain();
    void buttonsAreNeverDefault();
    void aDisabledButtonSaysWhy();
};

void TestTheme::cleanup()
{
    QFont plain = qApp->font();
    plain.setPixelSize(13);
    qApp->setFont(plain);
    applyTheme(*qApp, ColourScheme::Light);
}

void TestTheme::textIsReadable_data()
{
    QTest::addColumn<QString>("theme");
    QTest::addColumn<QColor>("ink");
    QTest::addColumn<QColor>("ground");
    for (const ColourScheme scheme : {ColourScheme::Light, ColourScheme::Dark}) {
        applyTheme(*qApp, scheme);
        const Colours c = colours();
        const QString theme = c.dark ? u"dark"_s : u"light"_s;
        const auto row = [&](const char *claim, const QColor &ink, const QColor &ground) {
            QTest::addRow("%s %s", qPrintable(theme), claim) << theme << ink << ground;
        };
        const std::vector<std::pair<const char *, QColor>> grounds{
            {"surface", c.surface},     {"panel", c.panel}, {"sidebar", c.sidebar},
            {"selection", c.selection}, {"field", c.field}, {"accentBack", c.accentBack}};
        for (const auto &[name, ground] : grounds) {
            row(qPrintable(u"text on "_s + QLatin1String(name)), c.text, ground);
            row(qPrintable(u"dim on "_s + QLatin1String(name)), c.dim, ground);
        }
        row("text on okBack", c.text, c.okBack);
        row("text on warnBack", c.text, c.warnBack);
        row("text on badBack", c.text, c.badBack);
        row("label of a primary button", c.onAccent, c.accent);
        const std::vector<std::tuple<const char *, QColor, QColor>> tones{{"ok", c.ok, c.okBack},
                                                                          {"warn", c.warn, c.warnBack},
                                                                          {"bad", c.bad, c.badBack},
                                                                          {"accent", c.accent, c.accentBack}};
        for (const auto &[name, ink, ground] : tones) {
            const QString tone = QLatin1String(name);
            row(qPrintable(tone + u" on its own ground"_s), ink, ground);
            row(qPrintable(tone + u" on panel"_s), ink, c.panel);
            row(qPrintable(tone + u" on surface"_s), ink, c.surface);
            row(qPrintable(tone + u" on selection"_s), ink, c.selection);
        }
    }
}

void TestTheme::textIsReadable()
{
    QFETCH(QColor, ink);
    QFETCH(QColor, ground);
    const double reached = contrast(ink, ground);
    QVERIFY2(reached >= 4.5, qPrintable(u"only %1:1"_s.arg(reached)));
}

void TestTheme::thePaletteIsOurs()
{
    applyTheme(*qApp, ColourScheme::Dark);
    QCOMPARE(qApp->palette().color(QPalette::Base), colours().panel);
    QVERIFY(colours().dark);
    applyTheme(*qApp, ColourScheme::Light);
    QCOMPARE(qApp->palette().color(QPalette::Base), colours().panel);
    QVERIFY(!colours().dark);
}

void TestTheme::typeScaleFollowsTheApplicationFont()
{
    QCOMPARE(uiFont(TextSize::Heading).pixelSize(), 20);
    QCOMPARE(uiFont(TextSize::Title).pixelSize(), 15);
    QCOMPARE(uiFont(TextSize::Body).pixelSize(), 13);
    QCOMPARE(uiFont(TextSize::Small).pixelSize(), 12);
    QCOMPARE(uiFont(TextSize::Tiny).pixelSize(), 11);
    QCOMPARE(grid(3), 12);

    QFont doubled = qApp->font();
    doubled.setPixelSize(26);
    qApp->setFont(doubled);
    QCOMPARE(uiFont(TextSize::Heading).pixelSize(), 40);
    QCOMPARE(grid(3), 24);
    applyTheme(*qApp, ColourScheme::Dark);
    QCOMPARE(uiFont(TextSize::Heading).pixelSize(), 40);
}

/// Together, the characters are the same glyphs as each by itself.
void TestTheme::noLigatureHidesACharacter()
{
    const auto glyphs = [](const QFont &font, const QString &text) {
        QTextLayout layout(text, font);
        layout.beginLayout();
        layout.createLine();
        layout.endLayout();
        QList<quint32> indexes;
        for (const QGlyphRun &run : layout.glyphRuns()) {
            indexes += run.glyphIndexes();
        }
        return indexes;
    };
    for (const QFont &font : {uiFont(TextSize::Body), uiFont(TextSize::Heading, QFont::DemiBold), monoFont()}) {
        for (const QString &text :
             {u"->"_s, u"!="_s, u"--"_s, u"==="_s, u"=>"_s, u"<!--"_s, u"www"_s, u"fi"_s, u"2x3"_s}) {
            QList<quint32> separate;
            for (const QChar character : text) {
                separate += glyphs(font, QString(character));
            }
            QVERIFY2(glyphs(font, text) == separate, qPrintable(font.family() + u' ' + text));
        }
    }
}

void TestTheme::followingTheSystemWorksWithoutAPortal()
{
    applyTheme(*qApp, ColourScheme::FollowSystem);
    QCOMPARE(qApp->palette().color(QPalette::Base), colours().panel);
}

void TestTheme::everyIconIsDrawnInTheColourAskedFor()
{
    const QStringList names = QDir(u":/icons"_s).entryList({u"*.svg"_s});
    QVERIFY(names.size() > 20);
    for (const QString &file : names) {
        const QString name = file.chopped(4);
        const QPixmap pixmap = iconPixmap(name, QColor(Qt::red), 64);
        QVERIFY2(!pixmap.isNull(), qPrintable(name));
        if (name != u"countersign"_s) {
            QVERIFY2(strongestPixel(pixmap).red() > 200, qPrintable(name));
        }
    }
    QVERIFY(iconPixmap(u"no such icon"_s, Qt::red, 20).isNull());
}

void TestTheme::iconsAreSharpOnDenseScreens()
{
    const QPixmap pixmap = iconPixmap(u"inbox"_s, Qt::black, 20, 2.0);
    QCOMPARE(pixmap.size(), QSize(40, 40));
    QCOMPARE(pixmap.devicePixelRatio(), 2.0);
    QCOMPARE(themedIcon(u"inbox"_s).pixmap(QSize(20, 20), 2.0).size(), QSize(40, 40));
}

void TestTheme::tooltipsAreNeverRichText_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("bold") << u"<b>approved</b>"_s;
    QTest::newRow("image") << u"  <img src=\"file:///etc/passwd\">"_s;
    QTest::newRow("after words") << u"look <font size=1>here</font>"_s;
    QTest::newRow("entity") << u"a &lt;b&gt;"_s;
    QTest::newRow("document type") << u"<!DOCTYPE html><p>x"_s;
    QTest::newRow("second line") << u"x\n<b>y</b>"_s;
}

void TestTheme::tooltipsAreNeverRichText()
{
    QFETCH(QString, text);
    QWidget widget;
    setPlainToolTip(&widget, text);
    QVERIFY(!widget.toolTip().isEmpty());
    QVERIFY(!Qt::mightBeRichText(widget.toolTip()));
}

void TestTheme::labelsArePlain()
{
    QWidget parent;
    const QLabel *outside = makeOutsideLabel(u"<b>x</b>\u202E"_s, TextSize::Body, &parent);
    QCOMPARE(outside->textFormat(), Qt::PlainText);
    QVERIFY(!outside->text().contains(QChar(0x202E)));
    QVERIFY(outside->text().startsWith(u"<b>"_s));
    QCOMPARE(makeDimLabel(u"x"_s, TextSize::Small, &parent)->textFormat(), Qt::PlainText);
}

void TestTheme::buttonsAreNeverDefault()
{
    QDialog dialog;
    auto *rows = new QVBoxLayout(&dialog);
    auto *button = new FlatButton(u"Approve && run & go"_s, u"A"_s, FlatButton::Look::Primary);
    rows->addWidget(button);
    int pressed = 0;
    connect(button, &FlatButton::clicked, &dialog, [&pressed] { ++pressed; });
    dialog.show();
    button->setFocus();
    QTest::keyClick(&dialog, Qt::Key_Return);
    QTest::keyClick(button, Qt::Key_Return);
    QCOMPARE(pressed, 0);
    QVERIFY(!button->isDefault() && !button->autoDefault());
    QVERIFY(button->shortcut().isEmpty());
    QCOMPARE(button->accessibleName(), u"Approve && run & go"_s);
    QTest::mouseClick(button, Qt::LeftButton);
    QCOMPARE(pressed, 1);
}

void TestTheme::aDisabledButtonSaysWhy()
{
    FlatButton button(u"Approve"_s, u"A"_s);
    button.setDisabledReason(u"Sign in first."_s);
    QVERIFY(!button.isEnabled());
    QCOMPARE(button.toolTip(), u"Sign in first."_s);
    QCOMPARE(button.accessibleDescription(), u"Sign in first."_s);
    button.setDisabledReason({});
    QVERIFY(button.isEnabled());
    QVERIFY(button.toolTip().isEmpty());
}

QTEST_MAIN(TestTheme)
#include "tst_theme.moc"
