// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "tests/support/fake_clock.h"
#include "ui/detail/payload_view.h"
#include "ui/style/theme.h"

#include <QtCore/QElapsedTimer>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QApplication>
#include <QtWidgets/QLabel>
#include <QtWidgets/QScrollBar>

using namespace countersign;
using namespace countersign::ui;
using namespace Qt::Literals::StringLiterals;
using std::chrono::milliseconds;

namespace {

PayloadRows rowsOfText(const QByteArray &json)
{
    const Result<JsonValue> value = readJson(json);
    return value ? rowsOf(*value) : PayloadRows();
}

/// One line per row: "key = text [badge]", as a failure can be read.
QString printed(const PayloadRows &rows)
{
    QString text;
    for (const PayloadRow &row : rows.rows) {
        text += QString(row.depth * 2, u' ') + row.key + u" = "_s + row.text;
        for (const PayloadRow::Badge &badge : row.badges) {
            text += u" ["_s + badge.text + u']';
        }
        text += u'\n';
    }
    return text;
}

/// Every character of every row stands on exactly one line.
bool nothingIsLeftOut(const PayloadRows &rows, const PayloadLayout &layout)
{
    std::vector<qsizetype> shown(rows.rows.size(), 0);
    std::vector<qsizetype> keys(rows.rows.size(), 0);
    for (const PayloadLayout::Line &line : layout.lines()) {
        const auto row = static_cast<size_t>(line.row);
        if (line.part == PayloadLayout::Part::Value) {
            if (line.start != shown[row]) {
                return false;
            }
            shown[row] += line.length;
        }
        keys[row] += line.keyLength;
    }
    for (size_t i = 0; i < rows.rows.size(); ++i) {
        if (shown[i] != rows.rows[i].text.size() || keys[i] != rows.rows[i].key.size()) {
            return false;
        }
    }
    return true;
}

} // namespace

class TestPayloadView : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void valuesKeepTheirTypeAndText();
    void hostileCharactersBecomeTokens();
    void blankAndEqualLinesCollapseVisibly();
    void whatChangedIsMarked();
    void aHundredThousandMembersAreComparedInTime();
    void everyCharacterStandsOnALine_data();
    void everyCharacterStandsOnALine();
    void aMegabyteDoesNotStallTheWindow();
    void onlyWhatWasInTheViewportIsSeen();
    void differencesAreMarkedBothWays();
};

void TestPayloadView::initTestCase()
{
    applyTheme(*qApp, ColourScheme::Light);
}

void TestPayloadView::valuesKeepTheirTypeAndText()
{
    QCOMPARE(printed(rowsOfText(R"({"amount":4200.00,"text":"4200.00","on":true,"none":null,"list":[1],"empty":""})")),
             u"amount = 4200.00\n"
             "text = 4200.00 [text, not a value]\n"
             "on = true\n"
             "none = null\n"
             "list = list · 1 item\n"
             "  [0] = 1\n"
             "empty =  [empty text]\n"_s);
}

void TestPayloadView::hostileCharactersBecomeTokens()
{
    const PayloadRows rows = rowsOfText("{\"a\":\"x\xe2\x80\xaey\",\"b\xe2\x80\x8b\":\"<b>&amp;%1</b>\\u001b[31m\"}");
    QCOMPARE(printed(rows), u"a = x⟨U+202E⟩y [hidden direction mark made visible]\n"
                            "b⟨U+200B⟩ = <b>&amp;%1</b>⟨U+001B⟩[31m [1 special character in its name] "
                            "[1 special character made visible]\n"_s);
    QCOMPARE(rows.hiddenCharacters, 3);
}

void TestPayloadView::blankAndEqualLinesCollapseVisibly()
{
    QByteArray text = "first" + QByteArray(201, '\n') + "rm -rf /\n";
    for (int i = 0; i < 50; ++i) {
        text += "same\n";
    }
    text += "last";
    QCOMPARE(printed(textRows(text)), u"1 = first\n = ⋯ 200 blank lines\n202 = rm -rf /\n203 = same\n"
                                      " = ⋯ the line above 49 more times\n253 = last\n"_s);
}

void TestPayloadView::everyCharacterStandsOnALine_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::newRow("one long word") << QByteArray("{\"k\":\"" + QByteArray(50'000, 'x') + "\"}");
    QTest::newRow("wide and combining characters")
        << QByteArray("{\"k\":\"" + QByteArray("漢字 e\xcc\x81 👩‍👩‍👧 ").repeated(2000) + "\"}");
    QTest::newRow("a long key") << QByteArray("{\"" + QByteArray(5'000, 'k') + "\":1}");
    QTest::newRow("right-to-left letters") << QByteArray("{\"k\":\"" + QByteArray("שלום abc ").repeated(500) + "\"}");
    QTest::newRow("64 deep") << QByteArray(QByteArray(64, '[') + "\"bottom\"" + QByteArray(64, ']'));
    QTest::newRow("127 deep") << QByteArray(QByteArray(127, '[') + "\"bottom\"" + QByteArray(127, ']'));
}

void TestPayloadView::everyCharacterStandsOnALine()
{
    QFETCH(QByteArray, json);
    const PayloadRows rows = rowsOfText(json);
    QVERIFY(!rows.isEmpty());
    for (const int width : {200, 437, 900}) {
        PayloadLayout layout;
        layout.start(rows, PayloadShape::Fields,
                     {.text = uiFont(TextSize::Body),
                      .strong = uiFont(TextSize::Body, QFont::Bold),
                      .mono = monoFont(TextSize::Small),
                      .badge = uiFont(TextSize::Tiny)},
                     width, 4);
        while (!layout.isFinished()) {
            layout.goOn(milliseconds(5));
        }
        QVERIFY2(nothingIsLeftOut(rows, layout), qPrintable(QString::number(width)));
        for (size_t i = 1; i < layout.spans().size(); ++i) {
            QCOMPARE(layout.spans()[i].begin, layout.spans()[i - 1].end);
        }
    }
}

void TestPayloadView::aMegabyteDoesNotStallTheWindow()
{
    FakeClock clock;
    PayloadView view(clock, PayloadShape::Fields, PayloadView::Height::OwnScrolling);
    view.resize(700, 500);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    PayloadRows rows = rowsOfText("{\"k\":\"" + QByteArray("ünïcode ").repeated(100'000) + "\"}");
    QElapsedTimer timer;
    timer.start();
    view.setRows(std::move(rows));
    // One slice and its overhead; the rest goes on between events. Generous, for a loaded machine without optimisation.
    QVERIFY2(timer.elapsed() < 500, qPrintable(QString::number(timer.elapsed())));
    QTRY_VERIFY_WITH_TIMEOUT(view.isLaidOut(), 60'000);
    QVERIFY(view.seenMap().total() > 5'000);
    timer.restart();
    view.verticalScrollBar()->setValue(view.verticalScrollBar()->maximum());
    QVERIFY(!view.grab().isNull());
    QVERIFY2(timer.elapsed() < 500, qPrintable(QString::number(timer.elapsed())));
}

void TestPayloadView::onlyWhatWasInTheViewportIsSeen()
{
    FakeClock clock;
    PayloadView view(clock, PayloadShape::Text, PayloadView::Height::OwnScrolling);
    view.resize(600, 300);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    QByteArray text;
    for (int i = 0; i < 300; ++i) {
        text += "line " + QByteArray::number(i) + '\n';
    }
    view.setRows(textRows(text));
    QTRY_VERIFY(view.isLaidOut());
    view.setWatching(true);
    clock.advance(milliseconds(300));
    view.updateVisible();
    const int page = view.seenMap().seen();
    QVERIFY(page > 5 && page < 40);
    view.verticalScrollBar()->setValue(view.verticalScrollBar()->maximum()); // As the End key does.
    clock.advance(milliseconds(300));
    view.updateVisible();
    QVERIFY(view.seenMap().seen() <= 2 * page + 2);
    QVERIFY(!view.seenMap().isSeen(150));
    for (int i = 0; i < 200 && !view.seenMap().isComplete(); ++i) {
        view.showNextUnseen();
        clock.advance(milliseconds(300));
        view.updateVisible();
    }
    QVERIFY(view.seenMap().isComplete());
    // Another width is another layout of the same content: what was read stays read.
    view.resize(300, 300);
    QTRY_VERIFY(view.isLaidOut());
    QVERIFY(view.seenMap().isComplete());
}

void TestPayloadView::differencesAreMarkedBothWays()
{
    const Result<JsonValue> before = readJson(R"({"a":1,"b":{"c":"x","d":2},"e":[1,2,3],"gone":true})");
    const Result<JsonValue> after = readJson(R"({"a":1.0,"b":{"c":"y","d":2},"e":[1,3],"new":null})");
    QString text;
    for (const PayloadRow &row : differenceRows(*before, *after).rows) {
        const QString sign = row.mark == PayloadRow::Mark::Added     ? u"+ "_s
                             : row.mark == PayloadRow::Mark::Removed ? u"- "_s
                                                                     : u"  "_s;
        text += sign + row.key + u" = "_s + row.text + u'\n';
    }
    QCOMPARE(text, u"- a = 1\n+ a = 1.0\n- b.c = x\n+ b.c = y\n- e[1] = 2\n- gone = true\n+ new = null\n"
                   "   = ⋯ 3 parts unchanged\n"_s);
}

void TestPayloadView::whatChangedIsMarked()
{
    const JsonValue before = *readJson(R"({"amount":1.0,"dry_run":true,"list":["a","b"],"same":"text\n\n\n\n\n\nx",)"
                                       R"("to":{"name":"A","city":"B"}})");
    const JsonValue now = *readJson(R"({"amount":1.00,"list":["a","c","d"],"same":"text\n\n\n\n\n\nx",)"
                                    R"("to":{"name":"Z"},"extra":null})");
    PayloadRows rows = rowsOf(now);
    const PayloadRows plain = rows;
    markChanges(rows, now, now);
    QCOMPARE(printed(rows), printed(plain));
    markChanges(rows, before, now);
    const QStringList lines = printed(rows).split(u'\n');
    const auto says = [&](const QString &start, const QString &words) {
        return std::ranges::any_of(lines,
                                   [&](const QString &line) { return line.startsWith(start) && line.contains(words); });
    };
    QVERIFY2(says(u"amount = 1.00"_s, u"changed in this round"_s), qPrintable(lines.join(u'\n')));
    QVERIFY(says(u"  [1] = c"_s, u"changed in this round"_s));
    QVERIFY(says(u"  [2] = d"_s, u"new in this round"_s));
    QVERIFY(says(u"  name = Z"_s, u"changed in this round"_s));
    QVERIFY(says(u"to = object"_s, u"1 left out since the round before"_s));
    QVERIFY(says(u"extra = null"_s, u"new in this round"_s));
    QVERIFY(says(u"left out = dry_run"_s, u"in the round before only"_s));
    QVERIFY(!says(u"same"_s, u"round"_s));
    QVERIFY(!says(u"  [0]"_s, u"round"_s));
}

void TestPayloadView::aHundredThousandMembersAreComparedInTime()
{
    std::string text = "{";
    for (int i = 0; i < 90'000; ++i) {
        text += (i ? ",\"" : "\"") + std::to_string(i) + "\":1";
    }
    text += '}';
    const Result<JsonValue> many = readJson(QByteArray::fromStdString(text));
    QVERIFY2(many, qPrintable(many ? QString() : many.error().message));
    JsonValue other = *many;
    other.members().back().value = JsonValue::fromBool(true);
    QElapsedTimer timer;
    timer.start();
    PayloadRows rows = rowsOf(other);
    markChanges(rows, *many, other);
    QCOMPARE(rows.rows.back().badges.size(), size_t(1));
    QVERIFY(differenceRows(*many, other).rows.size() >= 2);
    QVERIFY2(timer.elapsed() < 10'000, qPrintable(QString::number(timer.elapsed())));
}

QTEST_MAIN(TestPayloadView)
#include "tst_payload_view.moc"
