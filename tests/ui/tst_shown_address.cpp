// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/shown_address.h"

using namespace Qt::Literals::StringLiterals;
using namespace countersign::ui;

/// What a person is told about an address before they open it.
class TestShownAddress : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whatMisleadsIsSaid_data();
    void whatMisleadsIsSaid();
    void whatCannotBeMeantIsRefused_data();
    void whatCannotBeMeantIsRefused();
};

void TestShownAddress::whatMisleadsIsSaid_data()
{
    QTest::addColumn<QString>("raw");
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("warning");
    QTest::newRow("plain") << u"https://example.com/connect?x=%41"_s << u"example.com"_s << QString();
    QTest::newRow("not encrypted") << u"http://example.com/"_s << u"example.com"_s << u"not encrypted"_s;
    QTest::newRow("this machine") << u"http://127.0.0.1:8080/x"_s << u"127.0.0.1"_s << u"this very machine"_s;
    QTest::newRow("this machine as one number")
        << u"https://2130706433/x"_s << u"2130706433"_s << u"this very machine"_s;
    QTest::newRow("user before the host")
        << u"https://bank.example@evil.example/"_s << u"evil.example"_s << u"leads to “evil.example”"_s;
    QTest::newRow("bare number") << u"https://192.0.2.7/"_s << u"192.0.2.7"_s << u"bare number"_s;
    QTest::newRow("bare number of the new kind")
        << u"https://[2001:db8::1]/"_s << u"[2001:db8::1]"_s << u"bare number"_s;
    QTest::newRow("punycode") << u"https://xn--80ak6aa92e.com/"_s << u"xn--80ak6aa92e.com"_s << u"Punycode"_s;
    QTest::newRow("mixed scripts") << u"https://раypal.com/"_s << u"раypal.com"_s << u"mixes scripts"_s;
    QTest::newRow("other letters") << u"https://müller.example/"_s << u"müller.example"_s << u"outside ASCII"_s;
    QTest::newRow("unusual port") << u"https://example.com:8443/"_s << u"example.com"_s << u"port 8443"_s;
    QTest::newRow("very long") << u"https://example.com/"_s + QString(400, u'a') << u"example.com"_s
                               << u"characters long"_s;
}

void TestShownAddress::whatMisleadsIsSaid()
{
    QFETCH(QString, raw);
    QFETCH(QString, host);
    QFETCH(QString, warning);
    const ShownAddress shown = shownAddressOf(raw);
    QVERIFY2(shown.mayOpen(), qPrintable(shown.refusal));
    QCOMPARE(shown.host, host);
    QCOMPARE(shown.before + shown.host + shown.after, raw);
    QVERIFY2(shown.warnings.join(u'\n').contains(warning), qPrintable(shown.warnings.join(u'\n')));
    QCOMPARE(shown.warnings.isEmpty(), warning.isEmpty());
}

void TestShownAddress::whatCannotBeMeantIsRefused_data()
{
    QTest::addColumn<QString>("raw");
    QTest::newRow("script") << u"javascript://example.com/%0aalert(1)"_s;
    QTest::newRow("script without slashes") << u"javascript:alert(1)"_s;
    QTest::newRow("file") << u"file:///etc/passwd"_s;
    QTest::newRow("a scheme of a program") << u"vscode://file/x"_s;
    QTest::newRow("relative") << u"/connect"_s;
    QTest::newRow("without a host") << u"https:///x"_s;
    QTest::newRow("line break") << u"https://example.com/\nx"_s;
    QTest::newRow("turned around") << u"https://example.com/\u202etxt"_s;
    QTest::newRow("backslash") << u"https://example.com\\@evil.example/"_s;
    QTest::newRow("space") << u"https://example.com/ x"_s;
    QTest::newRow("endless") << u"https://example.com/"_s + QString(9000, u'a');
    QTest::newRow("a point in disguise") << u"https://bank.example%2eevil.example/"_s;
    QTest::newRow("this machine in disguise") << u"https://%31%32%37.0.0.1:8443/"_s;
    QTest::newRow("nothing") << QString();
}

void TestShownAddress::whatCannotBeMeantIsRefused()
{
    QFETCH(QString, raw);
    const ShownAddress shown = shownAddressOf(raw);
    QVERIFY(!shown.mayOpen());
    QVERIFY(shown.target.isEmpty());
    QCOMPARE(shown.before + shown.host + shown.after, raw);
}

QTEST_GUILESS_MAIN(TestShownAddress)
#include "tst_shown_address.moc"
