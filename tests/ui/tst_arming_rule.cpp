// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_clock.h"
#include "tests/support/seed.h"
#include "ui/detail/arming_rule.h"

#include <QtTest/QTest>

#include <map>
#include <random>

using namespace countersign;
using namespace countersign::ui;
using namespace Qt::Literals::StringLiterals;
using std::chrono::milliseconds;

namespace {

const RequestId first(u"r1"_s);

ArmingRule::Demands mediumDemands()
{
    return {.delay = milliseconds(800), .wholeSeen = true, .criticalLabel = {}};
}

/// Selected, painted, active, exposed, unlocked; nothing waited yet.
void makeReady(ArmingRule &rule, const ArmingRule::Demands &demands)
{
    rule.setWindowActive(true);
    rule.setExposed(true);
    rule.setUnlocked(true);
    rule.select(first, 1, demands);
    rule.setPainted(true);
    rule.setSeen(3, 3);
}

/// What happened, written down without any thought of arming: the oracle reads it afterwards.
struct Moment {
    milliseconds at{0};
    QString selected;
    bool painted = false;
    bool active = false;
    bool exposed = false;
    bool unlocked = false;
    bool damaged = false;
    bool textFocus = false;
    bool obstacle = false;
    bool wholeSeen = false;
    bool criticalEntered = false;
    int shown = 0;
    int stored = 0;
    int selections = 0;
};

} // namespace

class TestArmingRule : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aKeyBeforeTheDelayOnlySaysWhy_data();
    void aKeyBeforeTheDelayOnlySaysWhy();
    void everyInterruptionRestartsTheClock_data();
    void everyInterruptionRestartsTheClock();
    void aPressBegunBeforeArmingDoesNotCountLater();
    void aHeldKeyDoesNotDecide();
    void lettersDoNotActWhileTyping();
    void rejectingNeedsNoSeenMapButTheDelay();
    void theHighTierWantsItsCriticalValue();
    void anObstacleStopsApprovalsOnly();
    void nobodyDecidesOnNothing();
    void bufferedEventsCountForWhenTheyWereMade();
    void randomInterleavingsNeverDecideUnread();
};

void TestArmingRule::aKeyBeforeTheDelayOnlySaysWhy_data()
{
    QTest::addColumn<int>("delay");
    QTest::newRow("low") << 400;
    QTest::newRow("medium") << 800;
    QTest::newRow("high") << 1500;
}

void TestArmingRule::aKeyBeforeTheDelayOnlySaysWhy()
{
    QFETCH(int, delay);
    FakeClock clock;
    ArmingRule rule(clock);
    ArmingRule::Demands demands = mediumDemands();
    demands.delay = milliseconds(delay);
    makeReady(rule, demands);
    clock.advance(milliseconds(delay - 100));
    QCOMPARE(rule.refusal(ArmingRule::Act::LetHappen, {.at = clock.monotonic()}), u"reading… 0.1 s"_s);
    clock.advance(milliseconds(99));
    QCOMPARE(rule.refusal(ArmingRule::Act::LetHappen, {.at = clock.monotonic()}), u"reading… 0.1 s"_s);
    clock.advance(milliseconds(1));
    QCOMPARE(rule.refusal(ArmingRule::Act::LetHappen, {.at = clock.monotonic()}), QString());
    QVERIFY(rule.standing(ArmingRule::Act::LetHappen).armed);
}

void TestArmingRule::everyInterruptionRestartsTheClock_data()
{
    QTest::addColumn<int>("what");
    QTest::newRow("the window is raised again") << 0;
    QTest::newRow("the window was covered") << 1;
    QTest::newRow("the screen is unlocked") << 2;
    QTest::newRow("the layout is drawn anew") << 3;
    QTest::newRow("a new revision is shown") << 4;
    QTest::newRow("the engine's revision went away and came back") << 5;
    QTest::newRow("the same request is selected again") << 6;
}

void TestArmingRule::everyInterruptionRestartsTheClock()
{
    QFETCH(int, what);
    FakeClock clock;
    ArmingRule rule(clock);
    makeReady(rule, mediumDemands());
    clock.advance(milliseconds(900));
    QVERIFY(rule.standing(ArmingRule::Act::LetHappen).armed);
    switch (what) {
    case 0:
        rule.setWindowActive(false);
        rule.setWindowActive(true);
        break;
    case 1:
        rule.setExposed(false);
        rule.setExposed(true);
        break;
    case 2:
        rule.setUnlocked(false);
        rule.setUnlocked(true);
        break;
    case 3:
        rule.setPainted(false);
        rule.setPainted(true);
        break;
    case 4:
        rule.setEngineRevision(2);
        QVERIFY(rule.standing(ArmingRule::Act::Refuse).why.contains(u"changed"_s));
        rule.showRevision(2, mediumDemands());
        rule.setPainted(true);
        break;
    case 5:
        rule.setEngineRevision(2);
        rule.setEngineRevision(1);
        break;
    case 6:
        makeReady(rule, mediumDemands());
        break;
    }
    QVERIFY(!rule.standing(ArmingRule::Act::LetHappen).armed);
    clock.advance(milliseconds(799));
    QVERIFY(!rule.standing(ArmingRule::Act::Refuse).armed);
    clock.advance(milliseconds(1));
    QVERIFY(rule.standing(ArmingRule::Act::LetHappen).armed);
}

void TestArmingRule::aPressBegunBeforeArmingDoesNotCountLater()
{
    FakeClock clock;
    ArmingRule rule(clock);
    makeReady(rule, mediumDemands());
    clock.advance(milliseconds(700));
    const milliseconds down = clock.monotonic();
    clock.advance(milliseconds(500));
    QVERIFY(!rule.refusal(ArmingRule::Act::LetHappen, {.at = down}).isEmpty());
    QVERIFY(!rule.refusal(ArmingRule::Act::Refuse, {.at = down, .via = ArmingRule::Via::Click}).isEmpty());
    QVERIFY(rule.refusal(ArmingRule::Act::LetHappen, {.at = clock.monotonic()}).isEmpty());
}

void TestArmingRule::aHeldKeyDoesNotDecide()
{
    FakeClock clock;
    ArmingRule rule(clock);
    makeReady(rule, mediumDemands());
    clock.advance(milliseconds(2000));
    QVERIFY(!rule.refusal(ArmingRule::Act::Refuse, {.at = clock.monotonic(), .autoRepeat = true}).isEmpty());
}

void TestArmingRule::lettersDoNotActWhileTyping()
{
    FakeClock clock;
    ArmingRule rule(clock);
    makeReady(rule, mediumDemands());
    clock.advance(milliseconds(2000));
    rule.setTextFocus(true);
    QVERIFY(!rule.refusal(ArmingRule::Act::Refuse, {.at = clock.monotonic()}).isEmpty());
    using Via = ArmingRule::Via;
    QVERIFY(rule.refusal(ArmingRule::Act::Refuse, {.at = clock.monotonic(), .via = Via::Confirm}).isEmpty());
    QVERIFY(rule.refusal(ArmingRule::Act::Refuse, {.at = clock.monotonic(), .via = Via::Click}).isEmpty());
    // A letter that went down in the field is still a letter of the field.
    const milliseconds down = clock.monotonic();
    clock.advance(milliseconds(10));
    rule.setTextFocus(false);
    QVERIFY(!rule.refusal(ArmingRule::Act::Refuse, {.at = down}).isEmpty());
    QVERIFY(rule.refusal(ArmingRule::Act::Refuse, {.at = clock.monotonic()}).isEmpty());
}

void TestArmingRule::rejectingNeedsNoSeenMapButTheDelay()
{
    FakeClock clock;
    ArmingRule rule(clock);
    makeReady(rule, mediumDemands());
    rule.setSeen(11, 40);
    clock.advance(milliseconds(100));
    QVERIFY(!rule.standing(ArmingRule::Act::Refuse).armed);
    clock.advance(milliseconds(900));
    QVERIFY(rule.standing(ArmingRule::Act::Refuse).armed);
    QVERIFY2(rule.standing(ArmingRule::Act::LetHappen).why.startsWith(u"11 of 40 "_s),
             qPrintable(rule.standing(ArmingRule::Act::LetHappen).why));
    rule.setSeen(40, 40);
    const milliseconds now = clock.monotonic();
    QVERIFY(rule.refusal(ArmingRule::Act::LetHappen, {.at = now}).isEmpty());
    QVERIFY(!rule.refusal(ArmingRule::Act::LetHappen, {.at = now - milliseconds(1)}).isEmpty());
}

void TestArmingRule::theHighTierWantsItsCriticalValue()
{
    FakeClock clock;
    ArmingRule rule(clock);
    ArmingRule::Demands demands{.delay = milliseconds(1500), .wholeSeen = true, .criticalLabel = u"amount"_s};
    makeReady(rule, demands);
    clock.advance(milliseconds(1500));
    QCOMPARE(rule.standing(ArmingRule::Act::LetHappen).why, u"Type the amount to approve."_s);
    rule.setCriticalEntered(true);
    QVERIFY(rule.standing(ArmingRule::Act::LetHappen).armed);
    rule.showRevision(2, demands);
    rule.setPainted(true);
    clock.advance(milliseconds(1500));
    QVERIFY(!rule.standing(ArmingRule::Act::LetHappen).armed);
}

void TestArmingRule::anObstacleStopsApprovalsOnly()
{
    FakeClock clock;
    ArmingRule rule(clock);
    makeReady(rule, mediumDemands());
    rule.setObstacle(u"The evidence was swapped."_s);
    clock.advance(milliseconds(1000));
    QCOMPARE(rule.refusal(ArmingRule::Act::LetHappen, {.at = clock.monotonic()}), u"The evidence was swapped."_s);
    QVERIFY(rule.refusal(ArmingRule::Act::Refuse, {.at = clock.monotonic()}).isEmpty());
}

void TestArmingRule::nobodyDecidesOnNothing()
{
    FakeClock clock;
    ArmingRule rule(clock);
    makeReady(rule, mediumDemands());
    clock.advance(milliseconds(1000));
    rule.setDamaged(true);
    QVERIFY(rule.standing(ArmingRule::Act::Refuse).why.contains(u"damaged"_s));
    rule.setDamaged(false);
    rule.setUnlocked(false);
    QCOMPARE(rule.standing(ArmingRule::Act::Refuse).why, u"Sign in to decide."_s);
    rule.clear();
    QVERIFY(!rule.standing(ArmingRule::Act::Refuse).armed);
}

void TestArmingRule::bufferedEventsCountForWhenTheyWereMade()
{
    FakeClock clock;
    const auto steady = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
    const milliseconds pressed = pressTime(clock, static_cast<quint64>((steady - milliseconds(3000)).count()));
    QVERIFY(pressed <= clock.monotonic() - milliseconds(2900));
    QCOMPARE(pressTime(clock, 0), clock.monotonic());
}

/// 10,000 runs of random events. The oracle knows only the log of what was the case when, and the rule of UX.md: a
/// press that was let through must have found everything in place, without a break, for the whole delay before it.
void TestArmingRule::randomInterleavingsNeverDecideUnread()
{
    std::mt19937 random(test::seedOfThisRun());
    const auto upTo = [&random](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
    int decisions = 0;
    int refusals = 0;
    for (int run = 0; run < 10'000; ++run) {
        FakeClock clock;
        ArmingRule rule(clock);
        std::map<QString, int> stored{{u"a"_s, 1}, {u"b"_s, 1}, {u"c"_s, 1}};
        const int delay = std::array{400, 800, 1500}[static_cast<size_t>(upTo(3))];
        const bool high = delay == 1500;
        const ArmingRule::Demands demands{
            .delay = milliseconds(delay), .wholeSeen = delay > 400, .criticalLabel = high ? u"amount"_s : QString()};
        Moment now;
        std::vector<Moment> log;
        std::optional<milliseconds> keyDown;
        const auto note = [&] {
            now.at = clock.monotonic();
            log.push_back(now);
        };
        const auto show = [&](bool sameRequest) {
            now.shown = stored[now.selected];
            now.stored = now.shown;
            now.painted = false;
            now.criticalEntered = false;
            if (!sameRequest) {
                now.wholeSeen = false;
                now.obstacle = false;
                ++now.selections;
            }
        };
        note();
        for (int step = 0; step < 40; ++step) {
            clock.advance(milliseconds(upTo(4) == 0 ? upTo(2000) : upTo(200)));
            switch (upTo(18)) {
            case 0: { // A person selects.
                now.selected = std::array{u"a"_s, u"b"_s, u"c"_s}[static_cast<size_t>(upTo(3))];
                show(false);
                rule.select(RequestId(now.selected), now.shown, demands);
                break;
            }
            case 1:
            case 2:
            case 3:
                now.painted = upTo(4) != 0;
                rule.setPainted(now.painted);
                break;
            case 4:
            case 5:
                now.active = upTo(4) != 0;
                rule.setWindowActive(now.active);
                break;
            case 6:
                now.exposed = upTo(4) != 0;
                rule.setExposed(now.exposed);
                break;
            case 7:
                now.unlocked = upTo(4) != 0;
                rule.setUnlocked(now.unlocked);
                break;
            case 8:
                now.textFocus = upTo(2) == 0;
                rule.setTextFocus(now.textFocus);
                break;
            case 9: { // Some request changes in the engine; arrivals change nothing here.
                const QString changed = std::array{u"a"_s, u"b"_s, u"c"_s}[static_cast<size_t>(upTo(3))];
                ++stored[changed];
                if (changed == now.selected) {
                    now.stored = stored[changed];
                    rule.setEngineRevision(now.stored);
                }
                break;
            }
            case 10:
                if (!now.selected.isEmpty()) {
                    show(true);
                    rule.showRevision(now.shown, demands);
                }
                break;
            case 11:
            case 12:
                now.wholeSeen = upTo(4) != 0;
                rule.setSeen(now.wholeSeen ? 5 : 4, 5);
                break;
            case 13:
                now.criticalEntered = upTo(3) != 0;
                rule.setCriticalEntered(now.criticalEntered);
                break;
            case 14:
                now.obstacle = upTo(5) == 0;
                rule.setObstacle(now.obstacle ? u"swapped"_s : QString());
                break;
            case 15:
                now.damaged = upTo(8) == 0;
                rule.setDamaged(now.damaged);
                break;
            default:
                break;
            }
            if (now.selections > 0 && !now.wholeSeen && log.back().selections != now.selections) {
                rule.setSeen(0, 5);
            }
            note();
            // A key or a button: pressed now, or down for a while (a buffered or held one).
            for (int press = upTo(3); press > 0; --press) {
                const bool repeat = upTo(6) == 0;
                const milliseconds at = upTo(4) == 0 ? clock.monotonic() - milliseconds(upTo(3000)) : clock.monotonic();
                const auto via = static_cast<ArmingRule::Via>(upTo(3));
                const auto act = static_cast<ArmingRule::Act>(upTo(2));
                if (!rule.refusal(act, {.at = at, .via = via, .autoRepeat = repeat}).isEmpty()) {
                    ++refusals;
                    continue;
                }
                ++decisions;
                QVERIFY2(!repeat, "auto-repeat decided");
                const Moment &current = log.back();
                for (size_t i = 0; i < log.size(); ++i) {
                    // The state log[i] held from its time until the next entry.
                    const milliseconds until = i + 1 < log.size() ? log[i + 1].at : clock.monotonic() + milliseconds(1);
                    const Moment &was = log[i];
                    if (until > at - milliseconds(delay)) {
                        const bool steady = was.selected == current.selected && was.selections == current.selections &&
                                            was.shown == current.shown && was.stored == was.shown && was.painted &&
                                            was.active && was.exposed && was.unlocked && !was.damaged &&
                                            !was.selected.isEmpty();
                        QVERIFY2(steady, qPrintable(u"run %1 step %2"_s.arg(run).arg(step)));
                    }
                    if (until > at) {
                        QVERIFY(via != ArmingRule::Via::Letter || !was.textFocus);
                        if (act == ArmingRule::Act::LetHappen) {
                            QVERIFY(!was.obstacle);
                            QVERIFY(delay == 400 || was.wholeSeen);
                            QVERIFY(!high || was.criticalEntered);
                        }
                    }
                }
            }
        }
    }
    qInfo("%d decisions, %d refusals", decisions, refusals);
    QVERIFY2(decisions > 100, "The random runs hardly ever arm: they prove nothing.");
}

QTEST_GUILESS_MAIN(TestArmingRule)
#include "tst_arming_rule.moc"
