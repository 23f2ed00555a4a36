// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_clock.h"
#include "tests/ui/queue_script.h"
#include "ui/queue/queue_model.h"

#include <QtTest/QAbstractItemModelTester>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::ui;

class TestQueueModel : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void rowsStandInGroupsWithCounts();
    void arrivalsWaitUntilTheyAreShown();
    void theFirstArrivalInAnEmptyListIsShown();
    void whatLeavesTheListStaysAsAGhost();
    void aChangeIsADataChangeAndNoReset();
    void lateAnswersAreDropped();
    void failuresAreReported();
    void theWindowNeverExceedsItsBound();
    void anyPlaceOfALongListIsReached_data();
    void anyPlaceOfALongListIsReached();
    void aLongOpenListIsReachedByIndex();
    void timeMovesRowsBetweenGroups();
    void aRowSpeaksItsFacts();
    void longTextCostsNothing();

private:
    std::unique_ptr<QueueModel> makeModel(QueueQuery::View view) { return makeModel(view, m_script); }
    std::unique_ptr<QueueModel> makeModel(QueueQuery::View view, QueueScript &script);
    static QString text(const QueueModel &model);

    FakeClock m_clock;
    QueueScript m_script;
    QueueScript m_longScript; ///< 100,000 settled requests; made once.
};

void TestQueueModel::init()
{
    m_clock = FakeClock();
    m_script = QueueScript();
}

std::unique_ptr<QueueModel> TestQueueModel::makeModel(QueueQuery::View view, QueueScript &script)
{
    auto model = std::make_unique<QueueModel>(script.door(), m_clock);
    new QAbstractItemModelTester(model.get(), QAbstractItemModelTester::FailureReportingMode::QtTest, model.get());
    QueueQuery query;
    query.view = view;
    model->setQuery(query);
    [&model] { QTRY_VERIFY(model->isAnswered()); }();
    return model;
}

/// The list as a person would read it, one line per heading and row.
QString TestQueueModel::text(const QueueModel &model)
{
    QStringList lines;
    for (int row = 0; row < model.rowCount(); ++row) {
        const QModelIndex index = model.index(row);
        const QString heading = index.data(QueueModel::HeadingRole).toString();
        if (!heading.isEmpty()) {
            lines << u"# "_s + heading;
        }
        const QString ghost = index.data(QueueModel::GhostRole).toBool() ? u" (gone)"_s : QString();
        lines << index.data().toString() + u" | "_s + index.data(QueueModel::PillRole).toString() + ghost;
    }
    return lines.join(u'\n');
}

void TestQueueModel::rowsStandInGroupsWithCounts()
{
    const Timestamp now = m_clock.now();
    m_script.requests = {anOpenRequest(u"a"_s, 18min, now), anOpenRequest(u"b"_s, 41min, now),
                         anOpenRequest(u"c"_s, 180min, now), anOpenRequest(u"d"_s, 6 * 24h, now)};
    const auto model = makeModel(QueueQuery::View::Inbox);
    QCOMPARE(text(*model), u"# Due within the hour · 2\nDo a | 18 min\nDo b | 41 min\n# Today · 1\nDo c | 3 h\n"
                           u"# Later · 1\nDo d | 6 d"_s);
}

void TestQueueModel::arrivalsWaitUntilTheyAreShown()
{
    const Timestamp now = m_clock.now();
    m_script.requests = {anOpenRequest(u"b"_s, 41min, now)};
    const auto model = makeModel(QueueQuery::View::Inbox);
    QSignalSpy resets(model.get(), &QueueModel::modelReset);
    m_script.requests.push_back(anOpenRequest(u"a"_s, 18min, now));
    m_script.requests.push_back(anOpenRequest(u"c"_s, 50min, now));
    model->refresh();
    QTRY_COMPARE(model->arrivals(), 2);
    QCOMPARE(text(*model), u"# Due within the hour · 1\nDo b | 41 min"_s);
    model->showArrivals();
    QTRY_COMPARE(model->rowCount(), 3);
    QCOMPARE(model->arrivals(), 0);
    QCOMPARE(text(*model), u"# Due within the hour · 3\nDo a | 18 min\nDo b | 41 min\nDo c | 50 min"_s);
    QCOMPARE(resets.count(), 0);
}

void TestQueueModel::theFirstArrivalInAnEmptyListIsShown()
{
    const auto model = makeModel(QueueQuery::View::Inbox);
    QCOMPARE(model->rowCount(), 0);
    m_script.requests = {anOpenRequest(u"a"_s, 18min, m_clock.now())};
    model->refresh();
    QTRY_COMPARE(model->rowCount(), 1);
    QCOMPARE(model->arrivals(), 0);
}

void TestQueueModel::whatLeavesTheListStaysAsAGhost()
{
    const Timestamp now = m_clock.now();
    m_script.requests = {anOpenRequest(u"a"_s, 18min, now), anOpenRequest(u"b"_s, 41min, now)};
    const auto model = makeModel(QueueQuery::View::Inbox);
    m_script.requests[0].state = {Lifecycle::Decided, Delivery::Staged};
    m_script.requests[0].verdict = Verdict::Approve;
    model->refresh();
    QTRY_COMPARE(text(*model), u"# Due within the hour · 1\nDo a | not yet released (gone)\nDo b | 41 min"_s);
    QVERIFY(!model->index(0).data(QueueModel::UndecidedRole).toBool());
    model->sweepGhosts(RequestId(u"a"_s));
    QCOMPARE(model->rowCount(), 2);
    model->sweepGhosts({});
    QCOMPARE(text(*model), u"# Due within the hour · 1\nDo b | 41 min"_s);
}

void TestQueueModel::aChangeIsADataChangeAndNoReset()
{
    m_script.requests = {anOpenRequest(u"a"_s, 18min, m_clock.now())};
    const auto model = makeModel(QueueQuery::View::Inbox);
    const QPersistentModelIndex kept = model->index(0);
    QSignalSpy resets(model.get(), &QueueModel::modelReset);
    QSignalSpy changes(model.get(), &QueueModel::dataChanged);
    m_script.requests[0].summary = u"Do something else"_s;
    model->refresh();
    QTRY_COMPARE(kept.data().toString(), u"Do something else"_s);
    QCOMPARE(resets.count(), 0);
    QVERIFY(changes.count() > 0);
}

void TestQueueModel::lateAnswersAreDropped()
{
    m_script.requests = {anOpenRequest(u"a"_s, 18min, m_clock.now()), aSettledRequest(1, m_clock.now())};
    m_script.answersAtOnce = false;
    QueueModel model(m_script.door(), m_clock);
    QSignalSpy answers(&model, &QueueModel::answered);
    QueueQuery query;
    query.view = QueueQuery::View::Settled;
    model.setQuery(query);
    query.view = QueueQuery::View::Inbox;
    model.setQuery(query);
    m_script.answerAll();
    QTRY_COMPARE(answers.count(), 1);
    QCoreApplication::sendPostedEvents();
    QCOMPARE(answers.count(), 1);
    QCOMPARE(model.idAt(0), RequestId(u"a"_s));
}

void TestQueueModel::failuresAreReported()
{
    const AskQueue broken = [](const QueueQuestion &) {
        QPromise<Result<QueueAnswer>> promise;
        promise.start();
        promise.addResult(Result<QueueAnswer>(Error{ErrorCode::Storage, u"The disk is gone."_s, {}}));
        promise.finish();
        return promise.future();
    };
    QueueModel model(broken, m_clock);
    QString said;
    connect(&model, &QueueModel::loadFailed, this, [&said](const Error &why) { said = why.message; });
    model.setQuery({});
    QTRY_COMPARE(said, u"The disk is gone."_s);
    QVERIFY(!model.isAnswered());
}

void TestQueueModel::theWindowNeverExceedsItsBound()
{
    for (qint64 sequence = 1; sequence <= 3000; ++sequence) {
        m_script.requests.push_back(aSettledRequest(sequence, m_clock.now()));
    }
    const auto model = makeModel(QueueQuery::View::Settled);
    int most = 0;
    connect(model.get(), &QueueModel::rowsInserted, this, [&] { most = std::max(most, model->rowCount()); });
    while (model->hasMoreAfter()) {
        const RequestId last = model->idAt(model->rowCount() - 1);
        model->extend(QueueModel::End::After);
        QTRY_VERIFY(model->idAt(model->rowCount() - 1) != last);
    }
    QCOMPARE(model->idAt(model->rowCount() - 1), RequestId(u"r000000001"_s));
    QVERIFY(most <= QueueModel::mostRows);
    while (model->hasMoreBefore()) {
        const RequestId first = model->idAt(0);
        model->extend(QueueModel::End::Before);
        QTRY_VERIFY(model->idAt(0) != first);
        QVERIFY(model->rowCount() <= QueueModel::mostRows);
    }
    QCOMPARE(model->idAt(0), RequestId(u"r000003000"_s));
    QVERIFY(m_script.longestPage <= 1000);
}

void TestQueueModel::anyPlaceOfALongListIsReached_data()
{
    QTest::addColumn<double>("place");
    for (const double place : {0.0, 0.0001, 0.25, 0.5, 0.731, 0.999, 1.0}) {
        QTest::addRow("%g", place) << place;
    }
}

void TestQueueModel::anyPlaceOfALongListIsReached()
{
    QFETCH(double, place);
    constexpr qint64 length = 100'000;
    if (m_longScript.requests.empty()) {
        m_longScript.neverChanges = true;
        for (qint64 sequence = 1; sequence <= length; ++sequence) {
            m_longScript.requests.push_back(aSettledRequest(sequence, m_clock.now()));
        }
    }
    const auto model = makeModel(QueueQuery::View::Settled, m_longScript);
    QSignalSpy answers(model.get(), &QueueModel::answered);
    model->goTo(place);
    QTRY_COMPARE(answers.count(), 1);
    QVERIFY(model->rowCount() > 0 && model->rowCount() <= QueueModel::mostRows);
    const int row = place >= 1.0 ? model->rowCount() - 1 : 0;
    const auto sequence = model->idAt(row).text().mid(1).toLongLong();
    QVERIFY(std::abs(static_cast<double>(length - sequence) / length - place) < 0.0002);
    QVERIFY(std::abs(model->placeOf(row) - place) < 0.0002);
    QCOMPARE(model->hasMoreBefore(), place > 0.0);
    QCOMPARE(model->hasMoreAfter(), place < 0.999);
}

void TestQueueModel::aLongOpenListIsReachedByIndex()
{
    for (int i = 0; i < 2000; ++i) { // One due soon, the others never: keys say nothing about places.
        Request request = anOpenRequest(u"r%1"_s.arg(i, 5, 10, QLatin1Char('0')), 10min, m_clock.now());
        if (i > 0) {
            request.expiresAt.reset();
        }
        m_script.requests.push_back(request);
    }
    const auto model = makeModel(QueueQuery::View::Inbox);
    QSignalSpy answers(model.get(), &QueueModel::answered);
    model->goTo(0.5);
    QTRY_COMPARE(answers.count(), 1);
    QCOMPARE(model->idAt(0), RequestId(u"r01000"_s));
    QCOMPARE(model->placeOf(0), 0.5);
}

void TestQueueModel::timeMovesRowsBetweenGroups()
{
    m_script.requests = {anOpenRequest(u"a"_s, 70min, m_clock.now())};
    const auto model = makeModel(QueueQuery::View::Inbox);
    QCOMPARE(text(*model), u"# Today · 1\nDo a | 1 h"_s);
    QSignalSpy changes(model.get(), &QueueModel::dataChanged);
    m_clock.advance(5s);
    model->tick();
    QCOMPARE(changes.count(), 0); // Nothing to see, nothing to paint.
    m_clock.advance(20min);
    model->tick();
    QCOMPARE(text(*model), u"# Due within the hour · 1\nDo a | 49 min"_s);
    m_clock.advance(60min);
    model->tick();
    QCOMPARE(text(*model), u"# Due within the hour · 1\nDo a | overdue"_s);
}

void TestQueueModel::aRowSpeaksItsFacts()
{
    Request request = anOpenRequest(u"pay"_s, 18min, m_clock.now());
    request.tier = Tier::High;
    request.agentTitle = u"urgent"_s;
    request.claimedBy = ReviewerId(u"me"_s);
    request.claimedUntil = m_clock.now() + 5min;
    m_script.requests = {request};
    const auto model = makeModel(QueueQuery::View::Inbox);
    model->setReviewer(ReviewerId(u"me"_s));
    QCOMPARE(model->index(0).data(Qt::AccessibleTextRole).toString(),
             u"Do pay. agent asks through local: tool approval, tool tool. High tier. Claimed by you. "
             u"Due in 18 minutes. In the agent's own words: “urgent”"_s);
}

void TestQueueModel::longTextCostsNothing()
{
    Request request = anOpenRequest(u"a"_s, 18min, m_clock.now());
    request.agentTitle = QString(1 << 20, u'x');
    request.toolName = QString(1 << 20, u'\u200B');
    m_script.requests = {request};
    const auto model = makeModel(QueueQuery::View::Inbox);
    QVERIFY(model->index(0).data(QueueModel::QuoteRole).toString().size() < 1000);
    QVERIFY(model->index(0).data(QueueModel::ToolRole).toString().size() < 1000);
    QVERIFY(!model->index(0).data(QueueModel::ToolRole).toString().contains(QChar(0x200B)));
}

QTEST_GUILESS_MAIN(TestQueueModel)
#include "tst_queue_model.moc"
