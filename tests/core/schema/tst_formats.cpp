// SPDX-License-Identifier: Apache-2.0
#include "core/schema/formats.h"
#include "core/schema/pattern.h"
#include "core/schema/punycode.h"
#include "core/schema/uri_reference.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::schema;

/// What the official suite does not say about formats and patterns.
class TestFormats : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void formatsHold_data();
    void formatsHold();
    void everyFormatHasWords();
    void patternsMeanWhatEcmaScriptMeans_data();
    void patternsMeanWhatEcmaScriptMeans();
    void brokenPatternsAreRefused_data();
    void brokenPatternsAreRefused();
    void strictReadingRefusesWhatBrowsersForgive();
    void punycodeGoesBothWays();
    void referencesResolveAsRfc3986Says_data();
    void referencesResolveAsRfc3986Says();
};

void TestFormats::formatsHold_data()
{
    QTest::addColumn<QByteArray>("format");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<bool>("good");
    const auto row = [](const char *format, const char *value, bool good) {
        QTest::addRow("%s %s", format, value) << QByteArray(format) << QByteArray(value) << good;
    };
    row("date", "2000-02-29", true);
    row("date", "1900-02-29", false);
    row("date", "2026-13-01", false);
    row("date", "2026-1-01", false);
    row("time", "23:59:60Z", true);
    row("time", "22:59:60Z", false);
    row("time", "00:29:60+00:30", true);
    row("time", "12:00:00", false);
    row("time", "12:00:00+24:00", false);
    row("date-time", "2026-03-31t12:00:00.123456z", true);
    row("date-time", "2026-03-31 12:00:00Z", false);
    row("duration", "P1Y2M", true);
    row("duration", "P1Y2D", false);
    row("duration", "PT", false);
    row("duration", "P", false);
    row("duration", "P1", false);
    row("duration", "PT36H", true);
    row("duration", "P1W2D", false);
    row("email", "a.b+c@example.org", true);
    row("email", "\"a b\"@example.org", true);
    row("email", "a..b@example.org", false);
    row("email", "a@-example.org", false);
    row("email", "a@[192.0.2.1]", true);
    row("email", "a@[IPv6:2001:db8::1]", true);
    row("email", "a@[nonsense]", false);
    row("hostname", "a.example", true);
    row("hostname", "a_b.example", false);
    row("hostname", "", false);
    row("hostname", "xn--nxasmq6b", true);
    row("hostname", "xn--X", false);
    row("ipv4", "1.2.3", false);
    row("ipv4", "01.2.3.4", false);
    row("ipv4", "1.2.3.4.5", false);
    row("ipv6", "::", true);
    row("ipv6", "1:2:3:4:5:6:7:8", true);
    row("ipv6", "1:2:3:4:5:6:7::", true);
    row("ipv6", "1:2:3:4:5:6:7:8::", false);
    row("ipv6", "1:2:3:4:5:6:1.2.3.4", true);
    row("ipv6", "::1.2.3.4.5", false);
    row("ipv6", "1::2::3", false);
    row("ipv6", ":1", false);
    row("ipv6", "1:", false);
    row("uri", "https://user@example.org:8080/a?b#c", true);
    row("uri", "https://example.org/a b", false);
    row("uri", "https://example.org/%zz", false);
    row("uri", "https://[::1]/", true);
    row("uri", "https://[::1/", false);
    row("uri", "example.org", false);
    row("uri-reference", "1:2/3", false);
    row("uri-reference", "./1:2/3", true);
    row("uri-template", "/{+path}/{id:3}{?q*,r}", true);
    row("uri-template", "/{}", false);
    row("uuid", "123e4567-e89b-12d3-a456-42661417400g", false);
    row("json-pointer", "/a~2", false);
    row("relative-json-pointer", "01/a", false);
    row("relative-json-pointer", "0#", true);
    row("regex", "(?<year>\\d{4})-\\k<year>", true);
    row("regex", "(?<=a)(?!b)[^]\\u{1F600}", true);
    row("regex", "\\Z", false);
}

void TestFormats::formatsHold()
{
    QFETCH(QByteArray, format);
    QFETCH(QByteArray, value);
    QFETCH(bool, good);
    const auto known = formatFromName(format.toStdString());
    QVERIFY(known.has_value());
    QCOMPARE(hasFormat(*known, value.toStdString()), good);
}

void TestFormats::everyFormatHasWords()
{
    for (int i = 0; i <= static_cast<int>(Format::Regex); ++i) {
        QVERIFY(formatDescription(static_cast<Format>(i)).startsWith(u"a"));
    }
    QCOMPARE(formatFromName("regex"), Format::Regex);
    QCOMPARE(formatFromName("date"), Format::Date);
    QVERIFY(!formatFromName("colour"));
}

void TestFormats::patternsMeanWhatEcmaScriptMeans_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("matches");
    const auto row = [](const char *claim, const QString &pattern, const QString &text, bool matches) {
        QTest::newRow(claim) << pattern << text << matches;
    };
    row("unanchored", u"b"_s, u"abc"_s, true);
    row("the end is the very end", u"a$"_s, u"a\n"_s, false);
    row("a dot is no line end", u"^.$"_s, u"\u2028"_s, false);
    row("a dot is one code point", u"^.$"_s, u"😀"_s, true);
    row("digits are ASCII", u"\\d"_s, u"٣"_s, false);
    row("word characters are ASCII", u"\\w"_s, u"é"_s, false);
    row("white space is Unicode", u"^\\s+$"_s, u"\u00a0\u3000\ufeff\u2029"_s, true);
    row("not white space", u"\\S"_s, u"\u00a0\u3000\ufeff"_s, false);
    row("not white space in a class", u"^[\\S]+$"_s, u"aé😀"_s, true);
    row("a leading byte order mark counts", u"^.a$"_s, u"\ufeffa"_s, true);
    row("the empty class matches nothing", u"[]"_s, u"a"_s, false);
    row("its opposite matches all", u"^[^]$"_s, u"\n"_s, true);
    row("a bracket in a class", u"^[[]$"_s, u"["_s, true);
    row("POSIX classes are none", u"^[[:alpha:]]$"_s, u"a]"_s, true);
    row("code points", u"^\\u{1F600}\\u0041\\x42\\cJ$"_s, u"😀AB\n"_s, true);
    row("surrogate pairs", u"^\\uD83D\\uDE00$"_s, u"😀"_s, true);
    row("ranges over the surrogates", u"^[\\u0000-\\u{10FFFF}]+$"_s, u"a😀\ufffd"_s, true);
    row("properties", u"^\\p{Letter}\\p{Lu}\\p{gc=Decimal_Number}\\P{L}$"_s, u"éÀ3-"_s, true);
    row("scripts", u"^\\p{Script=Greek}+$"_s, u"αβγ"_s, true);
    row("a group that took no part matches nothing", u"^(?:(a)|b)\\1$"_s, u"b"_s, true);
    row("groups by name", u"^(?<first>.)\\k<first>$"_s, u"aa"_s, true);
    row("a back reference before digits", u"^(a)\\1(?:0)$"_s, u"aa0"_s, true);
    row("lazy repeats", u"^a+?b{2,3}?$"_s, u"aabbb"_s, true);
    row("looking behind", u"(?<!a)b"_s, u"ab"_s, false);
    row("a hyphen with a backslash", u"^[\\w\\-.]+$"_s, u"a-b."_s, true);
    row("a hyphen behind a set", u"^[\\w-.]+$"_s, u"a-b."_s, true);
    row("needless backslashes", u"^\\@\\-\\_\\\"\\ $"_s, u"@-_\" "_s, true);
    row("lone braces", u"^{a}$"_s, u"{a}"_s, true);
    row("very long counts", u"^a{0,100000}$"_s, u"aaa"_s, true);
    row("very long counts, passed", u"^[ab]{70000,100000}$"_s, QString(80'000, u'a'), true);
    row("very long counts, not reached", u"^[ab]{70000,100000}$"_s, QString(69'999, u'a'), false);
    row("very long counts, exceeded", u"^[ab]{70000,100000}$"_s, QString(100'001, u'a'), false);
    row("comments are none", u"^a#b c$"_s, u"a#b c"_s, true);
}

void TestFormats::patternsMeanWhatEcmaScriptMeans()
{
    QFETCH(QString, pattern);
    QFETCH(QString, text);
    QFETCH(bool, matches);
    const Result<Pattern> compiled = Pattern::compile(pattern.toStdString());
    QVERIFY2(compiled.hasValue(), compiled ? "" : qPrintable(compiled.error().message));
    qint64 steps = 0;
    QCOMPARE(compiled->matches(text.toStdString(), steps), matches ? Match::Yes : Match::No);
    QVERIFY(steps > 0);
}

void TestFormats::brokenPatternsAreRefused_data()
{
    QTest::addColumn<QString>("pattern");
    for (const char *pattern : {"(",    ")",           "[",      "a**",   "a++",     "*",        "?",
                                "(?R)", "(?>a)",       "(?i)a",  "(?#c)", "(*FAIL)", "(?P<a>b)", "\\",
                                "\\1",  "(a)\\2",      "\\k<a>", "\\Q",   "\\a",     "\\Z",      "\\p{Nonsense=L}",
                                "\\p",  "\\u{110000}", "\\u12",  "\\xg",  "\\c1",    "[b-a]",    "a{2,1}",
                                "^*",   "(?<1>a)",     "(?<>a)", "{1}"}) {
        QTest::newRow(pattern) << QString::fromUtf8(pattern);
    }
}

void TestFormats::brokenPatternsAreRefused()
{
    QFETCH(QString, pattern);
    const Result<Pattern> compiled = Pattern::compile(pattern.toStdString());
    QVERIFY(!compiled);
    QVERIFY2(compiled.error().message.startsWith(u"at character "), qPrintable(compiled.error().message));
    QVERIFY(!isRegex(pattern.toStdString()));
}

void TestFormats::strictReadingRefusesWhatBrowsersForgive()
{
    for (const char *pattern : {"\\-", "{a}", "[\\w-.]", "]", "\\@"}) {
        QVERIFY2(!isRegex(pattern), pattern);
        QVERIFY2(Pattern::compile(pattern).hasValue(), pattern);
    }
}

void TestFormats::punycodeGoesBothWays()
{
    QCOMPARE(toPunycode(U"bücher"), std::string("bcher-kva"));
    QVERIFY(fromPunycode("bcher-kva") == U"bücher");
    QVERIFY(fromPunycode("ihqwcrb4cv8a8dqg056pqjye") == U"他们为什么不说中文");
    QCOMPARE(toPunycode(U"他们为什么不说中文"), std::string("ihqwcrb4cv8a8dqg056pqjye"));
    QVERIFY(!fromPunycode("99999999"));
    QVERIFY(!fromPunycode("a-\xC3\xA4"));
}

void TestFormats::referencesResolveAsRfc3986Says_data()
{
    QTest::addColumn<QString>("reference");
    QTest::addColumn<QString>("resolved");
    const std::pair<const char *, const char *> cases[] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"g;x=1/../y", "http://a/b/c/y"},
    };
    for (const auto &[reference, resolved] : cases) {
        QTest::addRow("\"%s\"", reference) << QString::fromUtf8(reference) << QString::fromUtf8(resolved);
    }
}

void TestFormats::referencesResolveAsRfc3986Says()
{
    QFETCH(QString, reference);
    QFETCH(QString, resolved);
    QCOMPARE(QString::fromStdString(resolvedUri("http://a/b/c/d;p?q", reference.toStdString())), resolved);
}

QTEST_GUILESS_MAIN(TestFormats)
#include "tst_formats.moc"
