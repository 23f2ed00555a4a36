// SPDX-License-Identifier: Apache-2.0
#include "tests/support/seed.h"
#include "tests/ui/field_desk.h"
#include "ui/forms/date_time_editors.h"
#include "ui/forms/date_time_text.h"
#include "ui/forms/number_editor.h"
#include "ui/forms/number_step.h"
#include "ui/forms/number_text.h"

#include <QtCore/QRandomGenerator>
#include <QtCore/QTimeZone>
#include <QtWidgets/QCalendarWidget>
#include <QtWidgets/QCompleter>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QMenu>

using namespace countersign;
using namespace countersign::ui;
using namespace Qt::Literals::StringLiterals;

/// Numbers, dates and times: what is typed, key by key, in several countries.
class TestFieldEditors : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void numbersAreReadInTheNotationOfTheCountry_data();
    void numbersAreReadInTheNotationOfTheCountry();
    void halfTypedNumbersAreSaid_data();
    void halfTypedNumbersAreSaid();
    void everyDigitStays();
    void typingIsNotRewrittenUnderTheHand();
    void ourOwnDigitsMeanThemselves();
    void aNumberOutsideItsBoundsIsKept();
    void stepsAreExact_data();
    void stepsAreExact();
    void arrowsStepAndKeepToTheBounds();
    void emptiedMeansAbsent();
    void examplesAreOffered();
    void anUntouchedValueIsNeverRewritten();
    void datesAreTypedAndStepped();
    void badDatesSayWhy_data();
    void badDatesSayWhy();
    void aDateTimeKeepsItsOffsetAndFraction();
    void theOffsetIsChosen();
    void theCalendarWorksByKeys();
    void durationsAreReadOut();
    void enterSubmitsNothing();
    void everyEditorIsDrawn_data();
    void everyEditorIsDrawn();
    void hiddenCharactersAreShown();
};

void TestFieldEditors::initTestCase()
{
    qputenv("TZ", "Europe/Berlin");
    applyTheme(*qApp, ColourScheme::Light);
}

void TestFieldEditors::cleanup()
{
    QLocale::setDefault(QLocale::c());
}

void TestFieldEditors::numbersAreReadInTheNotationOfTheCountry_data()
{
    QTest::addColumn<QString>("locale");
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("number"); // Empty: refused.
    const auto row = [](const char *locale, const QString &typed, const QString &number) {
        QTest::addRow("%s %s", locale, typed.toUtf8().constData()) << QString::fromLatin1(locale) << typed << number;
    };
    row("C", u"1234.5"_s, u"1234.5"_s);
    row("C", u"1,234.5"_s, u"1234.5"_s);
    row("C", u"1,234"_s, u"1234"_s);
    row("C", u"1,5"_s, {});
    row("C", u"1.234"_s, u"1.234"_s);
    row("C", u"1.234,5"_s, {});
    row("C", u"18446744073709551615"_s, u"18446744073709551615"_s);
    row("C", u"18446744073709551616"_s, {});
    row("C", u"18,446,744,073,709,551,615"_s, u"18446744073709551615"_s);
    row("C", u"-9223372036854775808"_s, u"-9223372036854775808"_s);
    row("C", u"4200.00"_s, u"4200.00"_s);
    row("C", u"1e3"_s, u"1e3"_s);
    row("C", u"1.50E-3"_s, u"1.50E-3"_s);
    row("C", u"1e400"_s, {});
    row("C", u"0.0000000000000000000000000000000000000000001"_s, {});
    row("C", u"+5"_s, u"5"_s);
    row("C", u"-0"_s, u"0"_s);
    row("C", u"007"_s, u"7"_s);
    row("C", u".5"_s, u"0.5"_s);
    row("C", u"\u22125"_s, u"-5"_s);
    row("C", u"12 345"_s, u"12345"_s);
    row("C", u"12 34"_s, {});
    row("C", u"1'234'567"_s, u"1234567"_s);
    row("C", u"0x10"_s, {});
    row("C", u"1_000"_s, {});
    row("C", u"١٢٣"_s, u"123"_s);
    row("C", u"--5"_s, {});
    row("C", u"1,234,5"_s, {});
    row("C", u"1,234.5,6"_s, {});
    row("de_DE", u"1.234,5"_s, u"1234.5"_s);
    row("de_DE", u"1,5"_s, u"1.5"_s);
    row("de_DE", u"1,234"_s, u"1.234"_s);
    row("de_DE", u"1.234"_s, {}); // 1234 or 1.234: nobody knows.
    row("de_DE", u"-12.345"_s, {});
    row("de_DE", u"0.234"_s, u"0.234"_s);
    row("de_DE", u"1.5"_s, u"1.5"_s);
    row("de_DE", u"1234.567"_s, u"1234.567"_s);
    row("de_DE", u"1.234.567"_s, u"1234567"_s);
    row("de_DE", u"1,234.5"_s, {});
    row("de_DE", u"1.50"_s, u"1.50"_s);
    row("de_DE", u"1,5e3"_s, u"1.5e3"_s);
    row("fr_CH", u"1\u202F234,50"_s, u"1234.50"_s);
    row("fr_CH", u"1 234,50"_s, u"1234.50"_s);
    row("fr_CH", u"1'234.50"_s, u"1234.50"_s);
    row("fr_CH", u"1’234"_s, u"1234"_s);
    row("fr_CH", u"12,5"_s, u"12.5"_s);
    row("hi_IN", u"12,34,567.5"_s, u"1234567.5"_s);
    row("hi_IN", u"1,23,45,678"_s, u"12345678"_s);
    row("hi_IN", u"1,23"_s, {});
    row("hi_IN", u"१२.५"_s, u"12.5"_s);
}

void TestFieldEditors::numbersAreReadInTheNotationOfTheCountry()
{
    QFETCH(QString, locale);
    QFETCH(QString, typed);
    QFETCH(QString, number);
    QLocale::setDefault(QLocale(locale));
    FieldDesk desk(FieldKind::Number);
    desk.make<NumberEditor>();
    desk.show();
    typeText(desk.part<QLineEdit>("number"), typed);
    if (number.isEmpty()) {
        QCOMPARE(desk.unfinished, typed);
        QVERIFY2(!desk.why.isEmpty(), "a refusal has its sentence");
        QVERIFY2(desk.why.endsWith(u'.'), qPrintable(desk.why));
    } else {
        QVERIFY2(desk.unfinished.isEmpty(), qPrintable(desk.why));
        QCOMPARE(QString::fromUtf8(desk.text()), number);
        const bool asTyped = typed == number;
        const QString note = desk.said("numberNote");
        QVERIFY2(asTyped || note == u"sent as %1"_s.arg(number), qPrintable(note));
    }
    QCOMPARE(desk.part<QLineEdit>("number")->text(), typed); // Whatever it means, it stands there as it was typed.
    desk.editor->finish();
    QCOMPARE(desk.part<QLineEdit>("number")->text(), number.isEmpty() ? typed : number);
}

void TestFieldEditors::halfTypedNumbersAreSaid_data()
{
    QTest::addColumn<QString>("locale");
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("why");
    QTest::newRow("only a sign") << u"C"_s << u"-"_s << u"digits are missing after the sign"_s;
    QTest::newRow("no decimals yet") << u"C"_s << u"12."_s << u"digits are missing after “.”"_s;
    QTest::newRow("no decimals yet in German") << u"de_DE"_s << u"12,"_s << u"digits are missing after “,”"_s;
    QTest::newRow("no power yet") << u"C"_s << u"1e"_s << u"power of ten is missing"_s;
    QTest::newRow("a sign of a power") << u"C"_s << u"1e-"_s << u"power of ten is missing"_s;
    QTest::newRow("letters") << u"C"_s << u"12kg"_s << u"“12kg” is not a number"_s;
    QTest::newRow("two readings") << u"de_DE"_s << u"1.234"_s << u"can be read as 1234 or as 1.234"_s;
    QTest::newRow("too large") << u"C"_s << u"99999999999999999999"_s << u"whole numbers go from"_s;
}

void TestFieldEditors::halfTypedNumbersAreSaid()
{
    QFETCH(QString, locale);
    QFETCH(QString, typed);
    QFETCH(QString, why);
    QLocale::setDefault(QLocale(locale));
    FieldDesk desk(FieldKind::Number);
    desk.make<NumberEditor>();
    desk.show("7");
    auto *line = desk.part<QLineEdit>("number");
    line->selectAll();
    QTest::keyClicks(line, typed);
    QVERIFY2(desk.why.contains(why), qPrintable(desk.why));
    QCOMPARE(desk.unfinished, typed);
    const int edits = desk.edits;
    QTest::keyClick(line, Qt::Key_Up); // There is nothing to step from, and nothing is thrown away.
    QCOMPARE(line->text(), typed);
    QCOMPARE(desk.edits, edits);
}

void TestFieldEditors::everyDigitStays()
{
    FieldDesk desk(FieldKind::Number);
    desk.make<NumberEditor>();
    auto *line = desk.part<QLineEdit>("number");
    for (const char *number : {"18446744073709551615", "4200.00", "1.50e-10", "0.1000", "-9007199254740993", "1E+5",
                               "123456789012345678.123456789012345678"}) {
        desk.show(number);
        QCOMPARE(line->text(), QString::fromLatin1(number));
    }
    QCOMPARE(desk.edits, 0);
}

void TestFieldEditors::typingIsNotRewrittenUnderTheHand()
{
    QLocale::setDefault(QLocale(u"de_DE"_s));
    FieldDesk desk(FieldKind::Number);
    desk.make<NumberEditor>();
    desk.show("1.5");
    auto *line = desk.part<QLineEdit>("number");
    line->selectAll();
    QTest::keyClicks(line, u"1.234,50"_s);
    QCOMPARE(line->text(), u"1.234,50"_s);
    QCOMPARE(desk.text(), QByteArray("1234.50"));
    QTest::keyClick(line, Qt::Key_Left);
    desk.refresh();
    QCOMPARE(line->cursorPosition(), 7);
    desk.set(json("99")); // As undo does.
    QCOMPARE(line->text(), u"99"_s);
}

void TestFieldEditors::ourOwnDigitsMeanThemselves()
{
    QLocale::setDefault(QLocale(u"de_DE"_s));
    FieldDesk desk(FieldKind::Number);
    desk.make<NumberEditor>();
    desk.show("1.234");
    auto *line = desk.part<QLineEdit>("number");
    QVERIFY2(desk.said("numberNote").contains(u"1,234"_s), "who reads it as 1234 is told");
    line->end(false);
    QTest::keyClicks(line, u"5"_s);
    QCOMPARE(desk.text(), QByteArray("1.2345"));
    QTest::keyClick(line, Qt::Key_Backspace);
    QCOMPARE(desk.text(), QByteArray("1.234"));
}

void TestFieldEditors::aNumberOutsideItsBoundsIsKept()
{
    FieldDesk desk(FieldKind::Number);
    desk.field.bounds.maximum = "30";
    desk.make<NumberEditor>();
    desk.show("12");
    auto *line = desk.part<QLineEdit>("number");
    line->selectAll();
    QTest::keyClicks(line, u"45"_s);
    QCOMPARE(desk.text(), QByteArray("45"));
    desk.editor->finish();
    QCOMPARE(line->text(), u"45"_s);
}

void TestFieldEditors::stepsAreExact_data()
{
    QTest::addColumn<QString>("from");
    QTest::addColumn<int>("steps");
    QTest::addColumn<QString>("multipleOf");
    QTest::addColumn<QString>("minimum");
    QTest::addColumn<QString>("maximum");
    QTest::addColumn<bool>("exclusive");
    QTest::addColumn<QString>("to"); // Empty: stays.
    const auto row = [](const char *name, const char *from, int steps, const char *multiple, const char *minimum,
                        const char *maximum, bool exclusive, const char *to) {
        QTest::newRow(name) << QString::fromLatin1(from) << steps << QString::fromLatin1(multiple)
                            << QString::fromLatin1(minimum) << QString::fromLatin1(maximum) << exclusive
                            << QString::fromLatin1(to);
    };
    row("one up", "1", 1, "", "", "", false, "2");
    row("decimals stay", "12.50", 1, "", "", "", false, "13.50");
    row("through zero", "0.5", -1, "", "", "", false, "-0.5");
    row("to zero without a sign", "-1", 1, "", "", "", false, "0");
    row("cents", "19.98", 1, "0.01", "", "", false, "19.99");
    row("cents carry", "19.99", 1, "0.01", "", "", false, "20.00");
    row("to the next multiple", "7", 1, "5", "", "", false, "10");
    row("to the multiple below", "7", -1, "5", "", "", false, "5");
    row("below zero upwards", "-7", 1, "5", "", "", false, "-5");
    row("below zero downwards", "-7", -1, "5", "", "", false, "-10");
    row("two multiples", "7", 2, "5", "", "", false, "15");
    row("large", "18446744073709551614", 1, "", "", "", false, "18446744073709551615");
    row("past the largest", "18446744073709551615", 1, "", "", "", false, "");
    row("past the smallest", "-9223372036854775808", -1, "", "", "", false, "");
    row("no float anywhere", "9007199254740993", 1, "", "", "", false, "9007199254740994");
    row("a tenth", "0.2", 1, "0.1", "", "", false, "0.3");
    row("an exponent", "1e3", 1, "", "", "", false, "1001");
    row("a small multiple", "3e-7", 1, "1e-7", "", "", false, "0.0000004");
    row("stops at the maximum", "29.5", 1, "", "", "30", false, "30");
    row("at the maximum", "30", 1, "", "", "30", false, "");
    row("above the maximum comes back", "45", -1, "", "", "30", false, "30");
    row("above the maximum does not fall", "45", 1, "", "", "30", false, "");
    row("below the minimum comes back", "-5", 1, "", "0.1", "", false, "0.1");
    row("exclusive maximum", "29", 1, "", "", "30", true, "");
    row("exclusive maximum of a multiple", "25", 2, "5", "", "31", true, "30");
    row("multiple below the maximum", "28", 1, "3", "", "29", false, "");
    row("nothing begins at zero", "", 1, "", "", "", false, "0");
    row("nothing begins at the minimum", "", 1, "", "5", "", false, "5");
    row("nothing begins at a multiple", "", 1, "4", "5", "", false, "8");
    row("an impossible step", "5", 1, "0", "", "", false, "");
    row("too wide", "1e300", 1, "1e-300", "", "", false, "");
}

void TestFieldEditors::stepsAreExact()
{
    QFETCH(QString, from);
    QFETCH(int, steps);
    QFETCH(QString, multipleOf);
    QFETCH(QString, minimum);
    QFETCH(QString, maximum);
    QFETCH(bool, exclusive);
    QFETCH(QString, to);
    FieldBounds bounds;
    bounds.multipleOf = multipleOf.toStdString();
    bounds.minimum = minimum.toStdString();
    bounds.maximum = maximum.toStdString();
    bounds.exclusiveMaximum = exclusive;
    const auto number = steppedNumber(from.toStdString(), steps, bounds);
    QCOMPARE(QString::fromStdString(number.value_or("")), to);
}

void TestFieldEditors::arrowsStepAndKeepToTheBounds()
{
    FieldDesk desk(FieldKind::Number);
    desk.field.bounds.minimum = "0.1";
    desk.field.bounds.maximum = "30";
    desk.field.bounds.multipleOf = "0.5";
    desk.make<NumberEditor>();
    desk.show("29.0");
    auto *line = desk.part<QLineEdit>("number");
    QTest::keyClick(line, Qt::Key_Up);
    QCOMPARE(desk.text(), QByteArray("29.5"));
    QTest::keyClick(line, Qt::Key_Up);
    QTest::keyClick(line, Qt::Key_Up);
    QTest::keyClick(line, Qt::Key_Up);
    QCOMPARE(desk.text(), QByteArray("30.0"));
    QTest::keyClick(line, Qt::Key_PageDown);
    QCOMPARE(desk.text(), QByteArray("25.0"));
    desk.field.readOnly = true;
    desk.refresh();
    QTest::keyClick(line, Qt::Key_Up);
    QCOMPARE(desk.text(), QByteArray("25.0"));
}

void TestFieldEditors::emptiedMeansAbsent()
{
    for (const FieldKind kind : {FieldKind::Integer, FieldKind::Date, FieldKind::Colour, FieldKind::Secret}) {
        FieldDesk desk(kind);
        desk.makeByFactory();
        desk.show(kind == FieldKind::Integer ? "5" : kind == FieldKind::Date ? "\"2026-01-01\"" : "\"#112233\"");
        auto *line = qobject_cast<QLineEdit *>(desk.editor->focusTarget());
        QVERIFY(line);
        line->selectAll();
        QTest::keyClick(line, Qt::Key_Delete);
        QCOMPARE(desk.text(), QByteArray("absent"));
    }
}

void TestFieldEditors::examplesAreOffered()
{
    FieldDesk desk(FieldKind::Number);
    desk.field.examples = {json("12.5"), json("125")};
    desk.make<NumberEditor>();
    desk.show();
    auto *line = desk.part<QLineEdit>("number");
    QCOMPARE(line->placeholderText(), u"such as 12.5"_s);
    QVERIFY(line->completer());
    QCOMPARE(line->completer()->model()->rowCount(), 2);
    desk.field.id = 2;
    desk.field.examples.clear();
    desk.refresh();
    QVERIFY2(!line->completer(), "another field's examples are gone");
}

void TestFieldEditors::anUntouchedValueIsNeverRewritten()
{
    QRandomGenerator random(test::seedOfThisRun());
    const auto digits = [&random](int most) {
        QByteArray text;
        for (int i = random.bounded(1, most + 1); i > 0; --i) {
            text += static_cast<char>('0' + random.bounded(10));
        }
        return text;
    };
    for (const QString &locale : {u"C"_s, u"de_DE"_s, u"fr_CH"_s, u"hi_IN"_s}) {
        QLocale::setDefault(QLocale(locale));
        for (const FieldKind kind : {FieldKind::Number, FieldKind::Integer, FieldKind::Date, FieldKind::Time,
                                     FieldKind::DateTime, FieldKind::Duration, FieldKind::Secret, FieldKind::Colour,
                                     FieldKind::File, FieldKind::RawJson, FieldKind::Choice, FieldKind::MultiChoice}) {
            FieldDesk desk(kind);
            for (int i = 0; i < 20; ++i) {
                JsonValue value;
                if (kind == FieldKind::Number || kind == FieldKind::Integer) {
                    const QByteArray text = (random.bounded(2) ? "-" : "") +
                                            QByteArray::number(random.bounded(1, 999)) + digits(12) +
                                            (random.bounded(2) ? "." + digits(15) : QByteArray()) +
                                            (random.bounded(4) ? "" : "e" + QByteArray::number(random.bounded(90)));
                    value = json(text);
                } else if (kind == FieldKind::RawJson) {
                    value = json("{\"b\":[1.0,1,null,{\"a\":\"\\u202e\\r\\n\"}],\"a\":18446744073709551615}");
                } else if (kind == FieldKind::MultiChoice) {
                    value = json("[3,1,\"x\",1.0,{\"z\":1}]");
                    desk.field.options = FieldOptions({option(json("1"), u"one"_s), option(json("3"), u"three"_s)});
                } else {
                    QString text;
                    for (int length = random.bounded(30); length > 0; --length) {
                        text += QChar(random.bounded(4) ? random.bounded(0x20, 0x7F) : random.bounded(0xA0, 0xD800));
                    }
                    value = JsonValue::fromString(text);
                }
                if (!desk.editor) {
                    desk.makeByFactory();
                }
                desk.set(value);
                desk.refresh();
                desk.editor->focusTarget()->setFocus();
                desk.editor->finish();
                QTest::keyClick(desk.editor->focusTarget(), Qt::Key_Tab);
                desk.window->setFocus();
                QVERIFY2(desk.edits == 0, qPrintable(u"%1 in %2 wrote %3"_s.arg(desk.editor->objectName(), locale,
                                                                                QString::fromUtf8(desk.text()))));
                desk.field.id += 1;
            }
        }
    }
}

void TestFieldEditors::datesAreTypedAndStepped()
{
    FieldDesk desk(FieldKind::Date);
    desk.make<DateEditor>();
    desk.show();
    auto *line = desk.part<QLineEdit>("isoText");
    QTest::keyClicks(line, u"2026-02-2"_s);
    QCOMPARE(desk.unfinished, u"2026-02-2"_s);
    QTest::keyClicks(line, u"8"_s);
    QCOMPARE(desk.text(), QByteArray("\"2026-02-28\""));
    QVERIFY(desk.said("dateTimeNote").contains(u"2026"_s));
    QTest::keyClick(line, Qt::Key_Up);
    QCOMPARE(desk.text(), QByteArray("\"2026-03-01\""));
    QCOMPARE(line->selectedText(), u"01"_s);
    line->setCursorPosition(6);
    QTest::keyClick(line, Qt::Key_Down);
    QCOMPARE(desk.text(), QByteArray("\"2026-02-01\""));
    line->setCursorPosition(1);
    QTest::keyClick(line, Qt::Key_Up);
    QCOMPARE(desk.text(), QByteArray("\"2027-02-01\""));
}

void TestFieldEditors::badDatesSayWhy_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("why");
    const auto row = [](const char *name, FieldKind kind, const QString &typed, const QString &why) {
        QTest::newRow(name) << static_cast<int>(kind) << typed << why;
    };
    row("half", FieldKind::Date, u"2026-0"_s, u"not finished or no date"_s);
    row("no such day", FieldKind::Date, u"2026-02-30"_s, u"no day 30 in month 02 of 2026"_s);
    row("no such month", FieldKind::Date, u"2026-13-01"_s, u"no month 13"_s);
    row("another order", FieldKind::Date, u"31.03.2026"_s, u"year, month and day"_s);
    row("no seconds", FieldKind::Time, u"14:30"_s, u"seconds and offset are missing"_s);
    row("no offset", FieldKind::Time, u"14:30:00"_s, u"the offset is missing"_s);
    row("no such hour", FieldKind::Time, u"24:00:00Z"_s, u"no time"_s);
    row("only a date", FieldKind::DateTime, u"2026-03-31"_s, u"the time is missing"_s);
    row("a space", FieldKind::DateTime, u"2026-03-31 14:30:00Z"_s, u"A “T” stands between"_s);
    row("no offset of a moment", FieldKind::DateTime, u"2026-03-31T14:30:00"_s, u"the offset is missing"_s);
    row("no such day of a moment", FieldKind::DateTime, u"2026-02-30T14:30:00Z"_s, u"no day 30"_s);
    row("no duration", FieldKind::Duration, u"3 days"_s, u"P3D (3 days)"_s);
    row("half a duration", FieldKind::Duration, u"PT"_s, u"not finished or no duration"_s);
}

void TestFieldEditors::badDatesSayWhy()
{
    QFETCH(int, kind);
    QFETCH(QString, typed);
    QFETCH(QString, why);
    FieldDesk desk(static_cast<FieldKind>(kind));
    desk.makeByFactory();
    desk.show();
    QTest::keyClicks(desk.part<QLineEdit>("isoText"), typed);
    QCOMPARE(desk.unfinished, typed);
    QVERIFY2(desk.why.contains(why), qPrintable(desk.why));
    QCOMPARE(desk.part<QLineEdit>("isoText")->text(), typed);
}

void TestFieldEditors::aDateTimeKeepsItsOffsetAndFraction()
{
    FieldDesk desk(FieldKind::DateTime);
    desk.make<DateTimeEditor>();
    desk.show("\"2026-03-31t23:59:30.123456789+02:00\"");
    auto *line = desk.part<QLineEdit>("isoText");
    QCOMPARE(line->text(), u"2026-03-31t23:59:30.123456789+02:00"_s);
    line->setCursorPosition(15); // The minutes.
    QTest::keyClick(line, Qt::Key_Up);
    QCOMPARE(desk.text(), QByteArray("\"2026-04-01t00:00:30.123456789+02:00\""));
    line->setCursorPosition(31); // The hours of the offset.
    QTest::keyClick(line, Qt::Key_Down);
    QCOMPARE(desk.text(), QByteArray("\"2026-04-01t00:00:30.123456789+01:00\""));
    QVERIFY2(desk.said("dateTimeNote").contains(u"01:00:30"_s), qPrintable(desk.said("dateTimeNote")));
    desk.show("\"2016-12-31T23:59:60Z\""); // A leap second is shown, and not stepped.
    line->setCursorPosition(3);
    const int edits = desk.edits;
    QTest::keyClick(line, Qt::Key_Up);
    QCOMPARE(desk.edits, edits);
}

void TestFieldEditors::theOffsetIsChosen()
{
    FieldDesk desk(FieldKind::DateTime);
    desk.make<DateTimeEditor>();
    desk.show("\"2026-07-01T12:00:00Z\"");
    auto *line = desk.part<QLineEdit>("isoText");
    desk.show("\"2026-07-01t12:00:00.123456789Z\"");
    QTest::keyClick(line, Qt::Key_O, Qt::ControlModifier | Qt::ShiftModifier);
    auto *menu = desk.part<QMenu>("offsets");
    QTRY_VERIFY(menu->isVisible());
    QAction *here = menu->findChild<QAction *>(u"offset+02:00"_s);
    QVERIFY2(here, "the offset of this place on that day, not of today");
    QTest::keyClick(menu, Qt::Key_Down);
    QTest::keyClick(menu, Qt::Key_Down);
    QTest::keyClick(menu, Qt::Key_Return);
    QCOMPARE(desk.text(), QByteArray("\"2026-07-01t12:00:00.123456789+02:00\""));
}

void TestFieldEditors::theCalendarWorksByKeys()
{
    FieldDesk desk(FieldKind::DateTime);
    desk.make<DateTimeEditor>();
    desk.show("\"2026-03-31T08:15:00.250+05:30\"");
    auto *line = desk.part<QLineEdit>("isoText");
    QTest::keyClick(line, Qt::Key_Down, Qt::AltModifier);
    auto *calendar = desk.part<QCalendarWidget>("calendar");
    QVERIFY(calendar);
    desk.picture(u"date-calendar"_s, desk.part<QWidget>("calendarPopup"));
    QCOMPARE(calendar->selectedDate(), QDate(2026, 3, 31));
    const auto *month = calendar->findChild<QWidget *>(u"qt_calendar_monthbutton"_s);
    QVERIFY(month);
    QVERIFY2(month->palette().color(QPalette::HighlightedText) == colours().text, "the month can be read on its bar");
    QWidget *days = calendar->findChild<QWidget *>(u"qt_calendar_calendarview"_s);
    QVERIFY(days);
    QTest::keyClick(days, Qt::Key_Right);
    QTest::keyClick(days, Qt::Key_Return);
    QCOMPARE(desk.text(), QByteArray("\"2026-04-01T08:15:00.250+05:30\""));
    QTRY_VERIFY(!desk.part<QCalendarWidget>("calendar"));
    QTest::keyClick(line, Qt::Key_Down, Qt::AltModifier);
    calendar = desk.part<QCalendarWidget>("calendar");
    QVERIFY(calendar);
    QTest::keyClick(calendar->findChild<QWidget *>(u"qt_calendar_calendarview"_s), Qt::Key_Escape);
    QTRY_VERIFY(!desk.part<QCalendarWidget>("calendar"));
    QCOMPARE(desk.text(), QByteArray("\"2026-04-01T08:15:00.250+05:30\""));
}

void TestFieldEditors::durationsAreReadOut()
{
    FieldDesk desk(FieldKind::Duration);
    desk.make<DurationEditor>();
    desk.show("\"P3DT4H30M\"");
    auto *line = desk.part<QLineEdit>("isoText");
    QCOMPARE(desk.said("dateTimeNote"), u"3 days 4 hours 30 minutes"_s);
    line->setCursorPosition(2);
    QTest::keyClick(line, Qt::Key_Down);
    QCOMPARE(desk.text(), QByteArray("\"P2DT4H30M\""));
    line->end(false);
    QTest::keyClick(line, Qt::Key_Up);
    QCOMPARE(desk.text(), QByteArray("\"P2DT4H31M\""));
    line->selectAll();
    QTest::keyClicks(line, u"P1M"_s);
    QCOMPARE(desk.said("dateTimeNote"), u"1 month"_s);
}

void TestFieldEditors::enterSubmitsNothing()
{
    for (const FieldKind kind : {FieldKind::Number, FieldKind::Date, FieldKind::Duration, FieldKind::Colour}) {
        FieldDesk desk(kind);
        desk.makeByFactory();
        desk.show(kind == FieldKind::Number ? "5" : "\"2026-01-01\"");
        QTest::keyClick(desk.editor->focusTarget(), Qt::Key_Return);
        QTest::keyClick(desk.editor->focusTarget(), Qt::Key_Enter);
        QCOMPARE(desk.edits, 0);
        QVERIFY(desk.window->isVisible());
    }
}

void TestFieldEditors::everyEditorIsDrawn_data()
{
    QTest::addColumn<bool>("dark");
    QTest::addColumn<int>("pixels");
    QTest::addColumn<int>("width");
    QTest::newRow("light") << false << 13 << 640;
    QTest::newRow("dark") << true << 13 << 640;
    QTest::newRow("large") << false << 26 << 900;
    QTest::newRow("narrow") << false << 13 << 300;
}

void TestFieldEditors::everyEditorIsDrawn()
{
    QFETCH(bool, dark);
    QFETCH(int, pixels);
    QFETCH(int, width);
    QFont font = qApp->font();
    font.setPixelSize(pixels);
    QApplication::setFont(font);
    applyTheme(*qApp, dark ? ColourScheme::Dark : ColourScheme::Light);
    FieldOptions::List three{option(json("\"std\""), u"Standard"_s, u"three to five working days"_s),
                             option(json("\"exp\""), u"Express & courier"_s, u"next working day"_s),
                             option(json("\"own\""), u"Collected"_s)};
    FieldOptions::List plain{option(json("\"a\""), u"a"_s), option(json("\"b\""), u"b"_s),
                             option(json("\"c\""), u"c"_s)};
    FieldOptions::List many;
    for (int i = 0; i < 30; ++i) {
        many.push_back(option(JsonValue::fromInteger(i), u"Country number %1"_s.arg(i), u"in region %1"_s.arg(i / 7)));
    }
    const FieldOptions::List seven(many.begin(), many.begin() + 7);
    struct Shown {
        FieldKind kind;
        const char *value;
        FieldOptions::List options;
    };
    const std::vector<Shown> all{
        {FieldKind::Number, "12.50", {}},
        {FieldKind::Integer, "18446744073709551615", {}},
        {FieldKind::Date, "\"2026-11-25\"", {}},
        {FieldKind::Time, "\"14:30:00+01:00\"", {}},
        {FieldKind::DateTime, "\"2026-03-31T14:30:00.250+05:30\"", {}},
        {FieldKind::Duration, "\"P3DT4H30M\"", {}},
        {FieldKind::Choice, "\"exp\"", three},
        {FieldKind::Choice, "\"else\"", plain},
        {FieldKind::Choice, "3", seven},
        {FieldKind::Choice, "17", many},
        {FieldKind::MultiChoice, "[\"std\",\"own\"]", three},
        {FieldKind::MultiChoice, "[2,3]", many},
        {FieldKind::Secret, "\"hunter2\"", {}},
        {FieldKind::Colour, "\"#1a60d6\"", {}},
        {FieldKind::File, "\"aGVsbG8=\"", {}},
        {FieldKind::RawJson, "{\"a\":[1,2.50]}", {}},
    };
    QWidget page;
    auto *rows = new QVBoxLayout(&page);
    std::vector<FieldEditor *> editors;
    for (const Shown &shown : all) {
        FormField field;
        field.id = 1;
        field.kind = shown.kind;
        field.presence = Presence::Value;
        field.options = FieldOptions(shown.options);
        field.bounds.minItems = 1;
        FieldEditor *editor = makeFieldEditor(shown.kind, field, &page);
        rows->addWidget(editor);
        const JsonValue value = json(shown.value);
        editor->present(field, &value, {});
        editors.push_back(editor);
    }
    editors[1]->setWrong(true);
    page.resize(width, page.sizeHint().height());
    page.show();
    QVERIFY(!page.grab().isNull());
    page.resize(width, std::max(page.heightForWidth(width), page.sizeHint().height()));
    const QPixmap picture = page.grab();
    const QString folder = qEnvironmentVariable("COUNTERSIGN_SCREENSHOTS");
    if (!folder.isEmpty()) {
        picture.save(QDir(folder).filePath(u"editors-%1.png"_s.arg(QString::fromLatin1(QTest::currentDataTag()))));
    }
    for (const FieldEditor *editor : editors) {
        QVERIFY2(editor->minimumSizeHint().width() <= width, qPrintable(editor->objectName()));
        for (const QWidget *part : editor->findChildren<QWidget *>()) {
            QVERIFY2(!Qt::mightBeRichText(part->toolTip()), qPrintable(part->toolTip()));
        }
    }
    font.setPixelSize(13);
    QApplication::setFont(font);
    applyTheme(*qApp, ColourScheme::Light);
}

void TestFieldEditors::hiddenCharactersAreShown()
{
    FieldDesk desk(FieldKind::Date);
    desk.make<DateEditor>();
    desk.set(JsonValue::fromString(u"2026\u202E-01-01"_s));
    auto *line = desk.part<QLineEdit>("isoText");
    QCOMPARE(line->text(), u"2026⟨U+202E⟩-01-01"_s);
    line->end(false);
    QTest::keyClick(line, Qt::Key_Backspace);
    QCOMPARE(desk.unfinished, u"2026\u202E-01-0"_s);
}

QTEST_MAIN(TestFieldEditors)
#include "tst_field_editors.moc"
