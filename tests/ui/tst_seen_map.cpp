// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_clock.h"
#include "ui/detail/seen_map.h"

#include <QtTest/QTest>

using namespace countersign;
using namespace countersign::ui;
using std::chrono::milliseconds;

namespace {

std::vector<SeenMap::Span> linesOf(int count, qint64 length = 10)
{
    std::vector<SeenMap::Span> lines;
    for (int i = 0; i < count; ++i) {
        lines.push_back({i * length, (i + 1) * length});
    }
    return lines;
}

} // namespace

class TestSeenMap : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aLineCountsAfterAQuarterSecond();
    void jumpingToTheEndDoesNotCountWhatLiesBetween();
    void aLineThatLeavesStartsAgain();
    void nothingCountsWhileTheWindowIsAway();
    void theMapIsNotCompleteBeforeAllLinesAreKnown();
    void anotherWidthKeepsWhatWasRead();
    void nextUnseenGoesRoundFromTheTop();
};

void TestSeenMap::aLineCountsAfterAQuarterSecond()
{
    FakeClock clock;
    SeenMap map(clock);
    map.setLines(linesOf(5));
    map.setFinished(true);
    map.setWatching(true);
    map.setVisible(0, 4);
    clock.advance(milliseconds(249));
    QVERIFY(!map.settle());
    QCOMPARE(map.nextDue(), std::optional(milliseconds(1)));
    clock.advance(milliseconds(1));
    QVERIFY(map.settle());
    QCOMPARE(map.seen(), 5);
    QVERIFY(map.isComplete());
    QVERIFY(!map.nextDue());
}

void TestSeenMap::jumpingToTheEndDoesNotCountWhatLiesBetween()
{
    FakeClock clock;
    SeenMap map(clock);
    map.setLines(linesOf(1000));
    map.setFinished(true);
    map.setWatching(true);
    map.setVisible(0, 19);
    clock.advance(milliseconds(300));
    map.setVisible(980, 999);
    clock.advance(milliseconds(300));
    map.settle();
    QCOMPARE(map.seen(), 40);
    QVERIFY(!map.isSeen(500));
    QVERIFY(!map.isComplete());
    // A drag that passes over everything in a moment counts nothing either.
    for (int top = 20; top < 980; top += 10) {
        map.setVisible(top, top + 19);
        clock.advance(milliseconds(10));
    }
    map.settle();
    QCOMPARE(map.seen(), 40);
}

void TestSeenMap::aLineThatLeavesStartsAgain()
{
    FakeClock clock;
    SeenMap map(clock);
    map.setLines(linesOf(10));
    map.setWatching(true);
    map.setVisible(0, 4);
    clock.advance(milliseconds(200));
    map.setVisible(2, 6); // 2 to 4 stay.
    clock.advance(milliseconds(60));
    map.settle();
    QVERIFY(!map.isSeen(0));
    QVERIFY(map.isSeen(2));
    QVERIFY(map.isSeen(4));
    QVERIFY(!map.isSeen(5));
}

void TestSeenMap::nothingCountsWhileTheWindowIsAway()
{
    FakeClock clock;
    SeenMap map(clock);
    map.setLines(linesOf(3));
    map.setVisible(0, 2);
    clock.advance(milliseconds(5000));
    QVERIFY(!map.settle());
    map.setWatching(true);
    clock.advance(milliseconds(100));
    map.setWatching(false);
    clock.advance(milliseconds(5000));
    map.setWatching(true);
    clock.advance(milliseconds(200));
    QVERIFY(!map.settle());
    clock.advance(milliseconds(50));
    QVERIFY(map.settle());
}

void TestSeenMap::theMapIsNotCompleteBeforeAllLinesAreKnown()
{
    FakeClock clock;
    SeenMap map(clock);
    map.setLines(linesOf(2));
    map.setWatching(true);
    map.setVisible(0, 1);
    clock.advance(milliseconds(300));
    map.settle();
    QCOMPARE(map.seen(), 2);
    QVERIFY(!map.isComplete());
    map.appendLines({{20, 30}});
    map.setFinished(true);
    QVERIFY(!map.isComplete());
}

void TestSeenMap::anotherWidthKeepsWhatWasRead()
{
    FakeClock clock;
    SeenMap map(clock);
    map.setLines(linesOf(10, 10));
    map.setFinished(true);
    map.setWatching(true);
    map.setVisible(0, 4); // Content 0 to 50.
    clock.advance(milliseconds(300));
    map.settle();
    map.setLines(linesOf(15, 7)); // Narrower: content 0 to 49 is on lines 0 to 6, line 7 is half new.
    map.setFinished(true);
    QCOMPARE(map.seen(), 7);
    QVERIFY(map.isSeen(6));
    QVERIFY(!map.isSeen(7));
    map.reset();
    map.setLines(linesOf(10));
    QCOMPARE(map.seen(), 0);
}

void TestSeenMap::nextUnseenGoesRoundFromTheTop()
{
    FakeClock clock;
    SeenMap map(clock);
    map.setLines(linesOf(10));
    map.setWatching(true);
    map.setVisible(3, 9);
    clock.advance(milliseconds(300));
    map.settle();
    QCOMPARE(map.nextUnseen(5), 0);
    map.setVisible(0, 2);
    clock.advance(milliseconds(300));
    map.settle();
    QCOMPARE(map.nextUnseen(0), -1);
}

QTEST_GUILESS_MAIN(TestSeenMap)
#include "tst_seen_map.moc"
