// SPDX-License-Identifier: Apache-2.0
#include "core/base/clock.h"
#include "core/base/id_source.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fixed_ids.h"

#include <QtCore/QRegularExpression>
#include <QtCore/QSet>
#include <QtTest/QTest>

using namespace countersign;
using namespace std::chrono;
using namespace Qt::Literals::StringLiterals;

class TestClock : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void timesAreWrittenInUtc();
    void timesAreRead_data();
    void timesAreRead();
    void otherTextsAreNotTimes_data();
    void otherTextsAreNotTimes();
    void everyTimeSurvivesTheRoundTrip();
    void durationsAreRead_data();
    void durationsAreRead();
    void theFakeClockMovesAsTold();
    void theMachinesClockGoesForward();
    void idsSortInOrderOfCreation();
    void idsSortThoughTheClockIsSetBack();
    void sequentialIdsRepeat();
};

void TestClock::timesAreWrittenInUtc()
{
    QCOMPARE(toRfc3339(FakeClock::defaultStart), u"2026-11-24T09:00:00.000Z"_s);
    QCOMPARE(toRfc3339(fromUnixMs(-1)), u"1969-12-31T23:59:59.999Z"_s);
    QCOMPARE(toRfc3339(fromUnixMs(std::numeric_limits<qint64>::max())), u"9999-12-31T23:59:59.999Z"_s);
    QCOMPARE(toRfc3339(fromUnixMs(std::numeric_limits<qint64>::min())), u"0000-01-01T00:00:00.000Z"_s);
}

void TestClock::timesAreRead_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    QTest::newRow("UTC") << u"2026-11-24T09:41:00Z"_s << u"2026-11-24T09:41:00.000Z"_s;
    QTest::newRow("lower case") << u"2026-11-24t09:41:00z"_s << u"2026-11-24T09:41:00.000Z"_s;
    QTest::newRow("east of Greenwich") << u"2026-11-24T09:41:00.5+05:30"_s << u"2026-11-24T04:11:00.500Z"_s;
    QTest::newRow("west, over midnight") << u"2026-12-31T20:00:00-08:00"_s << u"2027-01-01T04:00:00.000Z"_s;
    QTest::newRow("finer than a millisecond is cut")
        << u"2026-11-24T09:41:00.1239999Z"_s << u"2026-11-24T09:41:00.123Z"_s;
    QTest::newRow("leap day") << u"2028-02-29T00:00:00Z"_s << u"2028-02-29T00:00:00.000Z"_s;
    QTest::newRow("leap second") << u"2016-12-31T23:59:60Z"_s << u"2017-01-01T00:00:00.000Z"_s;
}

void TestClock::timesAreRead()
{
    QFETCH(QString, text);
    QFETCH(QString, expected);
    const auto time = fromRfc3339(text);
    QVERIFY(time.has_value());
    QCOMPARE(toRfc3339(*time), expected);
}

void TestClock::otherTextsAreNotTimes_data()
{
    QTest::addColumn<QString>("text");
    for (const char *text :
         {"", "2026", "2026-11-24", "2026-11-24T09:41Z", "2026-11-24T09:41:00", "2026-02-29T00:00:00Z",
          "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T09:60:00Z",
          "2026-11-24T09:41:61Z", "2026-11-24T09:41:00.Z", "2026-11-24T09:41:00+5:30", "2026-11-24T09:41:00+24:00",
          "2026-11-24T09:41:00Z ", " 2026-11-24T09:41:00Z", "26-11-24T09:41:00Z", "2026-11-24T09:41:00+0530"}) {
        QTest::newRow(text) << QString::fromLatin1(text);
    }
    QTest::newRow("digits of another script") << u"２026-11-24T09:41:00Z"_s;
}

void TestClock::otherTextsAreNotTimes()
{
    QFETCH(QString, text);
    QVERIFY(!fromRfc3339(text).has_value());
}

void TestClock::everyTimeSurvivesTheRoundTrip()
{
    // Steps of an odd length through all years that have four digits.
    const Timestamp last = fromRfc3339(u"9999-12-31T23:59:59.999Z"_s).value();
    for (Timestamp time = fromRfc3339(u"0000-01-01T00:00:00Z"_s).value(); time < last; time += 12'345'678'901ms) {
        QCOMPARE(fromRfc3339(toRfc3339(time)), std::optional(time));
        QCOMPARE(fromUnixMs(toUnixMs(time)), time);
    }
}

void TestClock::durationsAreRead_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<qint64>("seconds"); // 0: not a duration.
    QTest::newRow("seconds") << u"90s"_s << qint64(90);
    QTest::newRow("minutes") << u"30m"_s << qint64(1800);
    QTest::newRow("hours") << u"24h"_s << qint64(86400);
    QTest::newRow("days") << u"7d"_s << qint64(604800);
    QTest::newRow("weeks") << u"2w"_s << qint64(1209600);
    QTest::newRow("ten years") << u"3652d"_s << qint64(3652) * 86400;
    QTest::newRow("more than ten years") << u"3653d"_s << qint64(0);
    QTest::newRow("far more") << u"99999999999999999999999w"_s << qint64(0);
    for (const char *text : {"", "s", "0s", "-5s", "+5s", "5", "5 s", "1.5h", "1h30m", "5S", "5y", " 5s", "5ms"}) {
        QTest::newRow(qPrintable(u"not a duration: "_s + QString::fromLatin1(text)))
            << QString::fromLatin1(text) << qint64(0);
    }
}

void TestClock::durationsAreRead()
{
    QFETCH(QString, text);
    QFETCH(qint64, seconds);
    const auto duration = parseDuration(text);
    QCOMPARE(duration.has_value(), seconds != 0);
    QCOMPARE(duration.value_or(0ms), milliseconds(seconds * 1000));
}

void TestClock::theFakeClockMovesAsTold()
{
    FakeClock clock;
    const auto before = clock.monotonic();
    clock.advance(5s);
    QCOMPARE(toRfc3339(clock.now()), u"2026-11-24T09:00:05.000Z"_s);
    QCOMPARE(clock.monotonic() - before, 5000ms);
    clock.stepWall(-1h);
    QCOMPARE(toRfc3339(clock.now()), u"2026-11-24T08:00:05.000Z"_s);
    QCOMPARE(clock.monotonic() - before, 5000ms);
}

void TestClock::theMachinesClockGoesForward()
{
    const SystemClock clock;
    const auto before = clock.monotonic();
    QVERIFY(clock.now() > FakeClock::defaultStart - years(20));
    QVERIFY(clock.monotonic() >= before);
}

void TestClock::idsSortInOrderOfCreation()
{
    FakeClock clock;
    SystemIdSource ids(clock);
    static const QRegularExpression form(u"^[0-9a-z]{26}$"_s);
    QString last;
    QSet<QString> seen;
    for (int i = 0; i < 20'000; ++i) {
        const QString id = ids.nextId();
        QVERIFY2(form.match(id).hasMatch(), qPrintable(id));
        QVERIFY2(last < id, qPrintable(last + u" "_s + id));
        seen.insert(id);
        last = id;
        if (i % 100 == 99) {
            clock.advance(1ms);
        }
    }
    QCOMPARE(seen.size(), 20'000);
    QCOMPARE(ids.randomBytes(32).size(), 32);
    QVERIFY(ids.randomBytes(32) != ids.randomBytes(32));
    QCOMPARE(ids.randomBytes(0).size(), 0);
}

void TestClock::idsSortThoughTheClockIsSetBack()
{
    FakeClock clock;
    SystemIdSource ids(clock);
    const QString before = ids.nextId();
    clock.stepWall(-24h);
    QVERIFY(before < ids.nextId());
}

void TestClock::sequentialIdsRepeat()
{
    SequentialIds first;
    SequentialIds again;
    SequentialIds other(2);
    QString last;
    for (int i = 0; i < 1000; ++i) {
        const QString id = first.nextId();
        QCOMPARE(id.size(), 26);
        QVERIFY(last < id);
        QCOMPARE(again.nextId(), id);
        QVERIFY(other.nextId() != id);
        last = id;
    }
    QCOMPARE(first.randomBytes(16), again.randomBytes(16));
}

QTEST_GUILESS_MAIN(TestClock)
#include "tst_clock.moc"
