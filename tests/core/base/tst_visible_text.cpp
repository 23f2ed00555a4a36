// SPDX-License-Identifier: Apache-2.0
#include "core/base/visible_text.h"

#include <QtCore/QFile>
#include <QtTest/QTest>

#include <random>

using namespace countersign;
using namespace Qt::Literals::StringLiterals;

namespace {

QString fromCodePoint(char32_t c)
{
    const auto units = QChar::fromUcs4(c);
    return QStringView(units).toString();
}

/// std::mt19937 gives an unsigned long.
unsigned below(std::mt19937 &random, unsigned bound)
{
    return static_cast<unsigned>(random() % bound);
}

/// Drawn without any width, or as a gap that is taken for a space: an independent reading of THREATS.md T2.
bool isUnseen(char32_t c)
{
    switch (QChar::category(c)) {
    case QChar::Other_Control:
    case QChar::Other_Format:
    case QChar::Other_Surrogate:
    case QChar::Other_PrivateUse:
    case QChar::Other_NotAssigned:
    case QChar::Separator_Line:
    case QChar::Separator_Paragraph:
        return true;
    case QChar::Separator_Space:
        return c != U' ';
    default:
        break;
    }
    const bool variation =
        (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF) || (c >= 0x180B && c <= 0x180F);
    const bool filler = c == 0x115F || c == 0x1160 || c == 0x3164 || c == 0xFFA0 || c == 0x034F;
    return variation || filler || QChar::isNonCharacter(c);
}

} // namespace

class TestVisibleText : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void examples_data();
    void examples();
    void everyCodePointIsInjectiveAndVisible_data();
    void everyCodePointIsInjectiveAndVisible();
    void randomTextsComeBack();
    void tokensAreNamedByPlace();
    void tokensCannotBeFaked();
    void marksAreCapped();
    void invalidBytesAreShown();
    void randomBytesComeBack();
    void lookAlikesAreMarked();
    void mixedWordsAreMarked_data();
    void mixedWordsAreMarked();
    void ordinaryTextsAreNotMarked();
    void mixedWordsAreSpelledOut();
    void shorteningCutsWholeCharacters();
    void aMebibyteIsShownQuickly();
};

void TestVisibleText::examples_data()
{
    QTest::addColumn<QString>("outside");
    QTest::addColumn<QString>("singleLine");
    QTest::addColumn<QString>("lines");
    const auto row = [](const char *name, const QString &outside, const QString &singleLine, const QString &lines) {
        QTest::newRow(name) << outside << singleLine << lines;
    };
    const auto both = [&row](const char *name, const QString &outside, const QString &shown) {
        row(name, outside, shown, shown);
    };
    both("nothing", QString(), QString());
    both("plain text", u"Pay 10 € to Zoë <b>&amp;"_s, u"Pay 10 € to Zoë <b>&amp;"_s);
    both("spaces stay", u"a  b "_s, u"a  b "_s);
    row("line break", u"a\nb"_s, u"a⟨U+000A⟩b"_s, u"a\nb"_s);
    row("tab", u"a\tb"_s, u"a⟨U+0009⟩b"_s, u"a\tb"_s);
    both("carriage return", u"a\rb"_s, u"a⟨U+000D⟩b"_s);
    both("escape sequence", u"\x1B[2J"_s, u"⟨U+001B⟩[2J"_s);
    both("right-to-left override", u"a\u202Eb"_s, u"a⟨U+202E⟩b"_s);
    both("zero width space", u"pay\u200Bpal"_s, u"pay⟨U+200B⟩pal"_s);
    both("no-break space", u"a\u00A0b"_s, u"a⟨U+00A0⟩b"_s);
    both("ideographic space", u"a\u3000b"_s, u"a⟨U+3000⟩b"_s);
    both("line separator", u"a\u2028b"_s, u"a⟨U+2028⟩b"_s);
    both("tag character", u"a\U000E0041"_s, u"a⟨U+E0041⟩"_s);
    both("variation selector", u"☺\uFE0F"_s, u"☺⟨U+FE0F⟩"_s);
    both("the bracket itself", u"⟨U+202E⟩"_s, u"⟨U+27E8⟩U+202E⟩"_s);
    both("private use", u"\uE000"_s, u"⟨U+E000⟩"_s);
    both("unassigned", u"\u0378"_s, u"⟨U+0378⟩"_s);
    both("braille blank", u"a\u2800b"_s, u"a⟨U+2800⟩b"_s);
    both("emoji", u"😀"_s, u"😀"_s);
    both("accents", u"e\u0301"_s, u"e\u0301"_s);
    both("accent at the start", u"\u0301e"_s, u"⟨U+0301⟩e"_s);
    both("accent after a token", u"\u200B\u0301"_s, u"⟨U+200B⟩⟨U+0301⟩"_s);
    both("lone surrogate", QString(QChar(0xD800)) + u"x"_s, u"⟨U+D800⟩x"_s);
    both("swapped surrogates", QString(QChar(0xDE00)) + QChar(0xD83D), u"⟨U+DE00⟩⟨U+D83D⟩"_s);
}

void TestVisibleText::examples()
{
    QFETCH(QString, outside);
    QFETCH(QString, singleLine);
    QFETCH(QString, lines);
    QCOMPARE(displayText(outside).text, singleLine);
    QCOMPARE(displayText(outside, TextShape::Lines).text, lines);
    QCOMPARE(originalText(singleLine), outside);
    QCOMPARE(originalText(lines), outside);
}

void TestVisibleText::everyCodePointIsInjectiveAndVisible_data()
{
    QTest::addColumn<TextShape>("shape");
    QTest::newRow("single line") << TextShape::SingleLine;
    QTest::newRow("lines") << TextShape::Lines;
}

void TestVisibleText::everyCodePointIsInjectiveAndVisible()
{
    QFETCH(TextShape, shape);
    // That every text comes back is what makes it injective: two that looked the same could not both come back.
    // Lines differ from a single line in C0 only, so that they are spared the planes beyond the first.
    const char32_t last = shape == TextShape::Lines ? 0xFFFF : 0x10FFFF;
    for (char32_t c = 0; c <= last; ++c) {
        const QString code = QString::number(static_cast<uint>(c), 16).toUpper().rightJustified(4, u'0');
        const QString outside = u'a' + fromCodePoint(c) + u'b';
        const QString shown = displayText(outside, shape).text;
        if (originalText(shown) != outside) {
            QFAIL(qPrintable(u"U+%1 does not come back"_s.arg(code)));
        }
        const bool layout = shape == TextShape::Lines && (c == U'\t' || c == U'\n');
        if (isUnseen(c) ? shown == outside && !layout : shown != outside && shown != u"a⟨U+"_s + code + u"⟩b"_s) {
            QFAIL(qPrintable(u"U+%1 is shown as %2"_s.arg(code, shown)));
        }
        // At the start of a text a mark has nothing to stand on.
        if (QChar::isMark(c) && displayText(fromCodePoint(c), shape).text != u"⟨U+"_s + code + u'⟩') {
            QFAIL(qPrintable(u"U+%1 stands alone"_s.arg(code)));
        }
    }
}

void TestVisibleText::randomTextsComeBack()
{
    constexpr unsigned seed = 2121;
    qInfo("seed %u", seed);
    std::mt19937 random(seed);
    const QList<char32_t> nasty = {0x27E8, 0x27E9,  U'U',  U'+',  U'2', U'0', U'E',   0x202E,  0x301, 0xD83D,
                                   0xDE00, 0x1F600, U'\n', U'\t', U' ', U'x', 0xFE0F, 0xE0041, U'a',  0x430};
    for (int i = 0; i < 50'000; ++i) {
        QString outside;
        for (unsigned length = below(random, 20); length > 0; --length) {
            const bool any = random() % 4 == 0;
            const char32_t c =
                any ? below(random, 0x110000) : nasty[below(random, static_cast<unsigned>(nasty.size()))];
            outside += fromCodePoint(c);
        }
        const TextShape shape = i % 2 == 0 ? TextShape::Lines : TextShape::SingleLine;
        const VisibleText shown = displayText(outside, shape);
        QCOMPARE(originalText(shown.text), outside);
        qsizetype end = 0;
        for (const VisibleText::Token &token : shown.tokens) {
            QVERIFY(token.start >= end);
            end = token.start + token.length;
            QVERIFY(end <= shown.text.size());
            QCOMPARE(shown.text.at(token.start), QChar(0x27E8));
            QCOMPARE(shown.text.at(end - 1), QChar(0x27E9));
        }
        QCOMPARE(shown.text.count(QChar(0x27E8)), qsizetype(shown.replacedCount()));
    }
}

void TestVisibleText::tokensAreNamedByPlace()
{
    const VisibleText shown = displayText(u"ab\u202Ec\u200B"_s);
    QCOMPARE(shown.replacedCount(), 2);
    QCOMPARE(shown.text.mid(shown.tokens[0].start, shown.tokens[0].length), u"⟨U+202E⟩"_s);
    QCOMPARE(shown.text.mid(shown.tokens[1].start, shown.tokens[1].length), u"⟨U+200B⟩"_s);
}

void TestVisibleText::tokensCannotBeFaked()
{
    QVERIFY(displayText(u"⟨U+202E⟩"_s).text != displayText(u"\u202E"_s).text);
    QVERIFY(displayText(u"⟨0xFF⟩"_s).text != displayBytes("\xFF").text);
    // What displayText() never writes stays as it is.
    QCOMPARE(originalText(u"⟨U+12⟩⟨U+zzzz⟩⟨⟩⟨U+110000⟩⟨U+00e9⟩⟨"_s), u"⟨U+12⟩⟨U+zzzz⟩⟨⟩⟨U+110000⟩⟨U+00e9⟩⟨"_s);
}

void TestVisibleText::marksAreCapped()
{
    const QString pile = u"x"_s + QString(6, QChar(0x301)) + u"y"_s;
    const VisibleText shown = displayText(pile);
    QCOMPARE(shown.text, u"x"_s + QString(4, QChar(0x301)) + u"⟨U+0301⟩⟨U+0301⟩y"_s);
    QCOMPARE(displayText(u"x"_s + QString(4, QChar(0x301)) + u"y"_s).replacedCount(), 0);
}

void TestVisibleText::invalidBytesAreShown()
{
    QCOMPARE(displayBytes("a\xFF\xC3\xA9").text, u"a⟨0xFF⟩é"_s);
    QCOMPARE(displayBytes("\xC0\xAF").text, u"⟨0xC0⟩⟨0xAF⟩"_s);
    QCOMPARE(displayBytes("\xED\xA0\x80").text, u"⟨0xED⟩⟨0xA0⟩⟨0x80⟩"_s);
    QCOMPARE(displayBytes("\xF4\x90\x80\x80").text, u"⟨0xF4⟩⟨0x90⟩⟨0x80⟩⟨0x80⟩"_s);
    QCOMPARE(displayBytes("\xE2\x82").text, u"⟨0xE2⟩⟨0x82⟩"_s);
    QCOMPARE(displayBytes("\xE2\x80\xAE\n", TextShape::Lines).text, u"⟨U+202E⟩\n"_s);
    QCOMPARE(displayBytes("\xF0\x9F\x98\x80").text, u"😀"_s);
    QVERIFY(displayBytes("p\xD0\xB0ypal").mixedScript);
}

void TestVisibleText::randomBytesComeBack()
{
    constexpr unsigned seed = 777;
    qInfo("seed %u", seed);
    std::mt19937 random(seed);
    const QByteArray nasty("\xE2\x9F\xA8U+0xF\xC3\xA9\xED\xA0\x80\xF0\x9F\x98");
    for (int i = 0; i < 50'000; ++i) {
        QByteArray outside;
        for (unsigned length = below(random, 12); length > 0; --length) {
            outside += random() % 2 == 0 ? static_cast<char>(random() & 0xFF)
                                         : nasty[below(random, static_cast<unsigned>(nasty.size()))];
        }
        const VisibleText shown = displayBytes(outside);
        QCOMPARE(originalBytes(shown.text), outside);
        QCOMPARE(shown.text.count(QChar(0x27E8)), qsizetype(shown.replacedCount()));
    }
}

void TestVisibleText::lookAlikesAreMarked()
{
    QFile file(QStringLiteral(COUNTERSIGN_TEST_DATA "/unicode/look_alikes_of_ascii.txt"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    int count = 0;
    QStringList missed;
    while (!file.atEnd()) {
        const QByteArray line = file.readLine().trimmed();
        if (line.startsWith('#')) {
            continue;
        }
        const QByteArray code = line.left(line.indexOf(' '));
        const QString c = fromCodePoint(code.toUInt(nullptr, 16));
        for (const QString &word : {u"pay"_s + c + u"al"_s, c + u"aypal"_s, u"paypa"_s + c, u"a"_s + c}) {
            const VisibleText shown = displayText(u"Send it to "_s + word + u".com now"_s);
            if (!shown.mixedScript && shown.replacedCount() == 0) {
                missed += QString::fromLatin1(code) + u' ' + word;
            }
        }
        ++count;
    }
    QVERIFY(count > 1300);
    QVERIFY2(missed.isEmpty(), qPrintable(missed.join(u'\n')));
}

void TestVisibleText::mixedWordsAreMarked_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("Cyrillic in Latin") << u"раypal.com"_s;
    QTest::newRow("Greek in Latin") << u"gοogle"_s;
    QTest::newRow("Greek in Cyrillic") << u"πривет"_s;
    QTest::newRow("Cherokee in Latin") << u"Ꭺpple"_s;
    QTest::newRow("Armenian in Latin") << u"gօogle"_s;
    QTest::newRow("fullwidth digit") << u"IBAN4２"_s;
    QTest::newRow("mathematical letters") << u"p𝐚ypal"_s;
    QTest::newRow("Cyrillic among digits") << u"pay 1О0 now"_s;
    QTest::newRow("Cyrillic at the end of a number") << u"pay 10О now"_s;
    QTest::newRow("a word in the middle") << u"это аdmin тут"_s;
    QTest::newRow("behind a zero width space") << u"pay\u200Bраl"_s;
    QTest::newRow("over an underscore") << u"pay_ра"_s;
    QTest::newRow("dotless i") << u"paypaı.com"_s;
    QTest::newRow("multiplication sign as a letter") << u"e×ample"_s;
    QTest::newRow("ideographic zero") << u"acc〇unt"_s;
    QTest::newRow("accented Latin and Cyrillic") << u"éа"_s;
}

void TestVisibleText::mixedWordsAreMarked()
{
    QFETCH(QString, text);
    QVERIFY(displayText(text).mixedScript);
    QVERIFY(displayBytes(text.toUtf8()).mixedScript);
    QVERIFY(!mixedScriptExplanation(text).isEmpty());
}

void TestVisibleText::ordinaryTextsAreNotMarked()
{
    QFile file(QStringLiteral(COUNTERSIGN_TEST_DATA "/unicode/ordinary_texts.txt"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    int count = 0;
    QStringList marked;
    while (!file.atEnd()) {
        const QString line = QString::fromUtf8(file.readLine().trimmed());
        if (line.isEmpty() || line.startsWith(u'#')) {
            continue;
        }
        ++count;
        if (displayText(line).mixedScript) {
            marked += line + u" — "_s + mixedScriptExplanation(line);
        }
    }
    QVERIFY(count >= 100);
    QVERIFY2(marked.size() * 100 < count, qPrintable(marked.join(u'\n')));
}

void TestVisibleText::mixedWordsAreSpelledOut()
{
    QCOMPARE(mixedScriptExplanation(u"see раypal.com"_s), u"раypal: U+0440 U+0430 Cyrillic"_s);
    QCOMPARE(mixedScriptExplanation(u"gοоgle p𝐚y"_s),
             u"gοоgle: U+03BF Greek, U+043E Cyrillic; p𝐚y: U+1D41A look-alike"_s);
    QCOMPARE(mixedScriptExplanation(u"paypal, привет, 東京"_s), QString());
    QVERIFY(mixedScriptExplanation(u"аb "_s.repeated(30)).endsWith(u"; and 10 more such words"_s));
}

void TestVisibleText::shorteningCutsWholeCharacters()
{
    QCOMPARE(shortened(u"abc"_s, 3), u"abc"_s);
    QCOMPARE(shortened(u"abcd"_s, 3), u"ab…"_s);
    QCOMPARE(shortened(u"abcd"_s, 1), u"…"_s);
    QCOMPARE(shortened(u"abcd"_s, 0), QString());
    QCOMPARE(shortened(u"a😀bc"_s, 3), u"a…"_s);
    QCOMPARE(shortened(u"ae\u0301bc"_s, 3), u"a…"_s);
    QCOMPARE(shortened(u"ab⟨U+202E⟩cd"_s, 8), u"ab…"_s);
    QCOMPARE(shortened(u"ab⟨U+202E⟩cd"_s, 11), u"ab⟨U+202E⟩…"_s);
    QCOMPARE(shortened(u"⟨U+202E⟩cd"_s, 5), u"…"_s);
    const QString text = displayText(u"x\u202E😀e\u0301\u200By⟨"_s).text;
    for (int length = 1; length <= text.size(); ++length) {
        const QString cut = shortened(text, length);
        QVERIFY(cut.size() <= length);
        QCOMPARE(cut.count(u'⟨'), cut.count(u'⟩'));
        QVERIFY(cut == text || cut.endsWith(u'…'));
    }
}

void TestVisibleText::aMebibyteIsShownQuickly()
{
    const QString text = u"Pay 10 € to Zoë, привет мир. "_s.repeated(1024 * 1024 / 29);
    QBENCHMARK
    {
        QVERIFY(!displayText(text).mixedScript);
    }
}

QTEST_GUILESS_MAIN(TestVisibleText)
#include "tst_visible_text.moc"
