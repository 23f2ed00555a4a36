// SPDX-License-Identifier: Apache-2.0
#include "tests/core/store/store_contract.h"

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;
using namespace std::chrono_literals;

namespace {

using View = QueueQuery::View;

QStringList idsOf(const QueuePage &page)
{
    QStringList ids;
    for (const QueueRow &row : page.rows) {
        ids.append(row.request.id.text());
    }
    return ids;
}

} // namespace

/// What every list of every store must show. Each test runs once per store.
class TestListContract : public StoreContract
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase_data() { addStores(); }
    void init() { openStore(); }
    void cleanup() { m_store.reset(); }

    void openListStandsByDueTime();
    void viewsHoldWhatTheySay();
    void settledListIsNewestFirst();
    void pagingWalksEveryListBothWays_data();
    void pagingWalksEveryListBothWays();
    void pagingSurvivesAVanishedRow();
    void filtersNarrowEveryList_data();
    void filtersNarrowEveryList();
    void fullTextFindsWords_data();
    void fullTextFindsWords();
    void indexingAgainReplacesTheText();
    void erasureReachesTheSearch();
    void extentKnowsBothEnds();
    void countsCoverOpenRequests();
    void quotasAreCountedByPrincipal();
    void changesNameEachRequestOnce();
    void settledSequencesGrow();

private:
    void fillLists();
};

void TestListContract::openListStandsByDueTime()
{
    const Timestamp now = m_clock->now();
    const Request never = inserted(u"a"_s);
    const Request late = inserted(u"a"_s, [now](Request &request) { request.expiresAt = now + 2h; });
    const Request soon = inserted(u"a"_s, [now](Request &request) { request.expiresAt = now + 1h; });
    const Request neverToo = inserted(u"a"_s);
    const QueuePage page = m_store->findRequests({}, {}).value();
    QCOMPARE(idsOf(page), (QStringList{soon.id.text(), late.id.text(), never.id.text(), neverToo.id.text()}));
    QCOMPARE(page.rows.front().key.primary, toUnixMs(*soon.expiresAt));
    QCOMPARE(page.rows.front().request, soon);
    QVERIFY(!page.moreAfter && !page.moreBefore);
}

void TestListContract::viewsHoldWhatTheySay()
{
    const Timestamp now = m_clock->now();
    const ReviewerId r1(u"r1"_s);
    const Request plain = inserted(u"plain"_s);
    const Request claimed = inserted(u"claimed"_s, [&](Request &request) {
        request.claimedBy = r1;
        request.claimedUntil = now + 1min;
    });
    const Request byOther = inserted(u"other"_s, [&](Request &request) {
        request.claimedBy = ReviewerId(u"r2"_s);
        request.claimedUntil = now + 1min;
    });
    const Request lapsed = inserted(u"lapsed"_s, [&](Request &request) {
        request.claimedBy = r1;
        request.claimedUntil = now;
    });
    const Request deferred = inserted(u"deferred"_s, [&](Request &request) { request.deferredUntil = now + 1ms; });
    const Request woken = inserted(u"woken"_s, [&](Request &request) { request.deferredUntil = now; });
    const Request changes =
        inserted(u"changes"_s, [&](Request &request) { request.state.lifecycle = Lifecycle::ChangesRequested; });
    const auto decided = [&](Delivery delivery, qint64 sequence) {
        return [=](Request &request) {
            request.state = {Lifecycle::Decided, delivery};
            request.verdict = Verdict::Approve;
            request.settledAt = now + std::chrono::milliseconds(sequence);
            request.settledSequence = sequence;
        };
    };
    const Request held = inserted(u"held"_s, decided(Delivery::Held, 2));
    const Request staged = inserted(u"staged"_s, decided(Delivery::Staged, 1));
    const Request sending = inserted(u"sending"_s, decided(Delivery::Sending, 3));

    const auto idsIn = [&](View view) {
        QueueQuery query;
        query.view = view;
        query.reviewer = r1;
        query.now = now;
        return idsOf(m_store->findRequests(query, {}).value());
    };
    const auto ids = [](std::initializer_list<Request> requests) {
        QStringList list;
        for (const Request &request : requests) {
            list.append(request.id.text());
        }
        return list;
    };
    QCOMPARE(idsIn(View::Inbox), ids({plain, claimed, byOther, lapsed, woken, changes}));
    QCOMPARE(idsIn(View::Claimed), ids({claimed}));
    QCOMPARE(idsIn(View::Deferred), ids({deferred}));
    QCOMPARE(idsIn(View::Staged), ids({staged, held}));
    QCOMPARE(idsIn(View::Settled), ids({sending}));
    QCOMPARE(idsIn(View::All), ids({sending, staged, held, changes, woken, deferred, lapsed, byOther, claimed, plain}));
}

void TestListContract::settledListIsNewestFirst()
{
    QStringList expected;
    for (qint64 sequence = 1; sequence <= 5; ++sequence) {
        const Request request = inserted(u"a"_s, [sequence](Request &settled) {
            settled.state = {Lifecycle::Expired, Delivery::None};
            settled.settledSequence = 6 - sequence;
        });
        expected.append(request.id.text());
    }
    QueueQuery query;
    query.view = View::Settled;
    QCOMPARE(idsOf(m_store->findRequests(query, {}).value()), expected);
}

void TestListContract::fillLists()
{
    const Timestamp now = m_clock->now();
    for (int i = 0; i < 61; ++i) {
        const Request request = inserted(i % 3 == 0 ? u"deploy"_s : u"refund"_s, [i, now](Request &filled) {
            filled.tier = i % 5 == 0 ? Tier::High : Tier::Medium;
            if (i % 4 != 0) {
                filled.expiresAt = now + std::chrono::minutes(i % 7); // Many are due at the same time.
            }
            if (i >= 20 && i < 30) {
                filled.state = {Lifecycle::Decided, Delivery::Staged};
                filled.settledAt = now + std::chrono::minutes(i % 3);
            } else if (i >= 30) {
                filled.state = {Lifecycle::Withdrawn, Delivery::None};
                filled.settledSequence = i - 29;
            } else if (i >= 15) {
                filled.deferredUntil = now + 1h;
            }
        });
        VERIFY_DONE(save([&](StoreWriter &writer) {
            return writer.indexRequest(request.id, u"%1 number %2"_s.arg(request.toolName).arg(i));
        }));
    }
}

void TestListContract::pagingWalksEveryListBothWays_data()
{
    QTest::addColumn<View>("view");
    QTest::addColumn<QString>("filter");
    QTest::addColumn<size_t>("rows");
    QTest::newRow("inbox") << View::Inbox << u""_s << size_t(15);
    QTest::newRow("deferred") << View::Deferred << u""_s << size_t(5);
    QTest::newRow("staged") << View::Staged << u""_s << size_t(10);
    QTest::newRow("settled") << View::Settled << u""_s << size_t(31);
    QTest::newRow("all") << View::All << u""_s << size_t(61);
    QTest::newRow("settled by tool") << View::Settled << u"tool:deploy"_s << size_t(11);
    QTest::newRow("settled by word") << View::Settled << u"refu"_s << size_t(20);
    QTest::newRow("all by word") << View::All << u"refu"_s << size_t(40);
    QTest::newRow("settled by tier") << View::Settled << u"tier:high"_s << size_t(7);
    QTest::newRow("inbox by word") << View::Inbox << u"number"_s << size_t(15);
}

void TestListContract::pagingWalksEveryListBothWays()
{
    QFETCH(View, view);
    QFETCH(QString, filter);
    QFETCH(size_t, rows);
    fillLists();
    QueueQuery base;
    base.view = view;
    base.now = m_clock->now();
    const QueueQuery query = parseQuery(filter, base);
    const QueuePage whole = m_store->findRequests(query, {.rowCount = 1000}).value();
    QCOMPARE(whole.rows.size(), rows);
    QVERIFY(!whole.moreBefore && !whole.moreAfter);

    for (const int size : {1, 4, 7}) {
        QStringList down;
        QueueWindow window{.rowCount = size};
        for (;;) {
            const QueuePage page = m_store->findRequests(query, window).value();
            QCOMPARE(page.moreBefore, !down.isEmpty());
            down += idsOf(page);
            QCOMPARE(page.moreAfter, down.size() < static_cast<qsizetype>(rows));
            if (!page.moreAfter) {
                break;
            }
            window.after = page.rows.back().key;
        }
        QCOMPARE(down, idsOf(whole));

        QStringList up{whole.rows.back().request.id.text()};
        window = {.before = whole.rows.back().key, .rowCount = size};
        for (;;) {
            const QueuePage page = m_store->findRequests(query, window).value();
            QVERIFY(page.moreAfter);
            up = idsOf(page) + up;
            if (!page.moreBefore) {
                break;
            }
            window.before = page.rows.front().key;
        }
        QCOMPARE(up, idsOf(whole));
    }
    const QueuePage between =
        m_store->findRequests(query, {.after = whole.rows.front().key, .before = whole.rows.back().key}).value();
    QCOMPARE(idsOf(between), idsOf(whole).mid(1, static_cast<qsizetype>(rows) - 2));
    QVERIFY(between.moreBefore && between.moreAfter);
}

void TestListContract::pagingSurvivesAVanishedRow()
{
    fillLists();
    QueueQuery query;
    query.view = View::Settled;
    const QueuePage page = m_store->findRequests(query, {.rowCount = 5}).value();
    QueueKey gone = page.rows.back().key;
    gone.id = u"no such id"_s; // Between two rows.
    const QueuePage next = m_store->findRequests(query, {.after = gone, .rowCount = 5}).value();
    QVERIFY(next.moreBefore);
    QCOMPARE(next.rows.size(), size_t(5));
    QVERIFY(m_store->findRequests(query, {.rowCount = 0}).value().rows.size() == 1);
    QVERIFY(m_store->findRequests(query, {.rowCount = 1'000'000}).value().rows.size() == 31);
}

void TestListContract::filtersNarrowEveryList_data()
{
    QTest::addColumn<QString>("filter");
    QTest::addColumn<QString>("expected");
    QTest::newRow("tool") << u"tool:Refund"_s << u"pending claimed"_s;
    QTest::newRow("tool is whole") << u"tool:refun"_s << u""_s;
    QTest::newRow("agent") << u"agent:\"other AGENT\""_s << u"gate"_s;
    QTest::newRow("connection") << u"connection:mcp"_s << u"gate"_s;
    QTest::newRow("tier") << u"tier:high"_s << u"approved gate"_s;
    QTest::newRow("pattern") << u"pattern:gate"_s << u"gate"_s;
    QTest::newRow("pending") << u"status:pending"_s << u"pending gate"_s;
    QTest::newRow("claimed") << u"status:claimed"_s << u"claimed"_s;
    QTest::newRow("approved") << u"status:approved"_s << u"approved"_s;
    QTest::newRow("expired") << u"status:EXPIRED"_s << u"expired"_s;
    QTest::newRow("no such status") << u"status:lost"_s << u""_s;
    QTest::newRow("two together") << u"status:pending tier:high"_s << u"gate"_s;
    QTest::newRow("none") << u"tier:low"_s << u""_s;
    QTest::newRow("quote in a filter") << u"tool:x' OR '1'='1"_s << u""_s;
}

void TestListContract::filtersNarrowEveryList()
{
    QFETCH(QString, filter);
    QFETCH(QString, expected);
    const Timestamp now = m_clock->now();
    QMap<QString, QString> names;
    const auto add = [&](const QString &name, const QString &tool, const std::function<void(Request &)> &change) {
        names.insert(inserted(tool, change).id.text(), name);
    };
    add(u"pending"_s, u"refund"_s, {});
    add(u"claimed"_s, u"refund"_s, [now](Request &request) {
        request.claimedBy = ReviewerId(u"r2"_s);
        request.claimedUntil = now + 1min;
    });
    add(u"approved"_s, u"deploy"_s, [](Request &request) {
        request.state = {Lifecycle::Decided, Delivery::Acknowledged};
        request.verdict = Verdict::Approve;
        request.tier = Tier::High;
        request.settledSequence = 1;
    });
    add(u"expired"_s, u"deploy"_s, [](Request &request) {
        request.state = {Lifecycle::Expired, Delivery::None};
        request.settledSequence = 2;
    });
    add(u"gate"_s, u"drop"_s, [](Request &request) {
        request.pattern = Pattern::Gate;
        request.tier = Tier::High;
        request.agentName = u"Other agent"_s;
        request.connection = u"mcp"_s;
    });
    QueueQuery base;
    base.view = View::All;
    base.now = now;
    const QueueQuery query = parseQuery(filter, base);
    QStringList found;
    for (const QString &id : idsOf(m_store->findRequests(query, {}).value())) {
        found.prepend(names.value(id));
    }
    QCOMPARE(found.join(u' '), expected);
    QCOMPARE(m_store->extent(query).value().count, found.size());
    QVERIFY(m_store->extent(query).value().exact);
}

void TestListContract::fullTextFindsWords_data()
{
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<bool>("found");
    QTest::newRow("a word") << QStringList{u"staging"_s} << true;
    QTest::newRow("the beginning of a word") << QStringList{u"stag"_s} << true;
    QTest::newRow("one letter") << QStringList{u"s"_s} << true;
    QTest::newRow("not the middle") << QStringList{u"tagin"_s} << false;
    QTest::newRow("any case") << QStringList{u"STAGING"_s} << true;
    QTest::newRow("without diacritics") << QStringList{u"muller"_s} << true;
    QTest::newRow("with diacritics") << QStringList{u"Müll"_s} << true;
    QTest::newRow("every word must match") << QStringList{u"drop"_s, u"production"_s} << false;
    QTest::newRow("in any order") << QStringList{u"staging"_s, u"drop"_s} << true;
    QTest::newRow("a phrase") << QStringList{u"drop the"_s} << true;
    QTest::newRow("a phrase in order only") << QStringList{u"the drop"_s} << false;
    QTest::newRow("punctuation parts words") << QStringList{u"drop.sh"_s} << true;
    QTest::newRow("operators are words") << QStringList{u"drop"_s, u"OR"_s, u"x"_s} << false;
    QTest::newRow("a star is nothing") << QStringList{u"prod*"_s} << false;
    QTest::newRow("quotes are nothing") << QStringList{u"\"drop\""_s} << true;
    QTest::newRow("only signs filter nothing") << QStringList{u"--"_s, u"\""_s} << true;
    QTest::newRow("a column name is a word") << QStringList{u"text:drop"_s} << false;
    QTest::newRow("Cyrillic") << QStringList{u"привет"_s} << true;
    QTest::newRow("digits") << QStringList{u"4200"_s} << true;
}

void TestListContract::fullTextFindsWords()
{
    QFETCH(QStringList, words);
    QFETCH(bool, found);
    const Request request = inserted(u"gate"_s);
    VERIFY_DONE(save([&](StoreWriter &writer) {
        return writer.indexRequest(request.id, u"Run ./drop.sh: drop the «staging» tables of Müller, Привет 4200.00"_s);
    }));
    for (const View view : {View::Inbox, View::All}) {
        QueueQuery query;
        query.view = view;
        query.words = words;
        QCOMPARE(m_store->findRequests(query, {}).value().rows.size(), found ? size_t(1) : size_t(0));
    }
}

void TestListContract::indexingAgainReplacesTheText()
{
    const Request request = inserted(u"a"_s);
    for (const QString &text : {u"first"_s, u"second"_s}) {
        VERIFY_DONE(save([&](StoreWriter &writer) { return writer.indexRequest(request.id, text); }));
    }
    QVERIFY(m_store->findRequests(parseQuery(u"first"_s), {}).value().rows.empty());
    QCOMPARE(m_store->findRequests(parseQuery(u"second"_s), {}).value().rows.size(), size_t(1));
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.indexRequest(RequestId(u"x"_s), u"text"_s); }),
                 ErrorCode::Conflict);
}

void TestListContract::erasureReachesTheSearch()
{
    const Request request = inserted(u"a"_s);
    const ContentRow row = m_records->row(m_records->content());
    const Round round = m_records->round(request.id, row, m_records->content());
    VERIFY_DONE(save([&](StoreWriter &writer) {
        return inOrder({[&] { return writer.insertContent(row); }, [&] { return writer.insertRound(round); },
                        [&] { return writer.indexRequest(request.id, u"secret"_s); }});
    }));
    QCOMPARE(m_store->findRequests(parseQuery(u"secret"_s), {}).value().rows.size(), size_t(1));
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.eraseContent(row.id); }));
    QVERIFY(m_store->findRequests(parseQuery(u"secret"_s), {}).value().rows.empty());
}

void TestListContract::extentKnowsBothEnds()
{
    QueueQuery query;
    query.view = View::Settled;
    QCOMPARE(m_store->extent(query).value().count, 0);
    fillLists();
    const QueueExtent settled = m_store->extent(query).value();
    QCOMPARE(settled.count, 31);
    QVERIFY(settled.exact);
    QCOMPARE(settled.firstPrimary, 31);
    QCOMPARE(settled.lastPrimary, 1);
    query.view = View::Inbox;
    query.now = m_clock->now();
    const QueueExtent inbox = m_store->extent(query).value();
    const QueuePage page = m_store->findRequests(query, {}).value();
    QCOMPARE(inbox.count, 15);
    QVERIFY(inbox.exact);
    QCOMPARE(inbox.firstPrimary, page.rows.front().key.primary);
    QCOMPARE(inbox.lastPrimary, page.rows.back().key.primary);
}

void TestListContract::countsCoverOpenRequests()
{
    QCOMPARE(m_store->counts(ReviewerId(u"r1"_s), m_clock->now()).value(), QueueCounts{});
    fillLists();
    const Principal other = m_records->principal(u"Other"_s);
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.insertPrincipal(other); }));
    Request claimed = m_records->request(other);
    claimed.claimedBy = ReviewerId(u"r1"_s);
    claimed.claimedUntil = m_clock->now() + 1min;
    insert(claimed);
    const QueueCounts counts = m_store->counts(ReviewerId(u"r1"_s), m_clock->now()).value();
    QCOMPARE(counts.inbox, 16);
    QCOMPARE(counts.claimed, 1);
    QCOMPARE(counts.deferred, 5);
    QCOMPARE(counts.staged, 10);
    QCOMPARE(counts.highInInbox, 3);
    QCOMPARE(counts.byAgent, (std::vector<std::pair<QString, int>>{{u"agent"_s, 20}, {u"Other"_s, 1}}));
    QCOMPARE(m_store->counts(ReviewerId(u"r2"_s), m_clock->now()).value().claimed, 0);
}

void TestListContract::quotasAreCountedByPrincipal()
{
    fillLists();
    QCOMPARE(m_store->openRequestCount(m_agent.id).value(), 20);
    QCOMPARE(m_store->openRequestCount(PrincipalId(u"x"_s)).value(), 0);
    QCOMPARE(m_store->requestCountSince(m_agent.id, m_clock->now()).value(), 61);
    m_clock->advance(1min);
    inserted(u"a"_s);
    QCOMPARE(m_store->requestCountSince(m_agent.id, m_clock->now()).value(), 1);
    QCOMPARE(m_store->requestCountSince(PrincipalId(u"x"_s), {}).value(), 0);
}

void TestListContract::changesNameEachRequestOnce()
{
    const Request first = inserted(u"a"_s);
    const Request second = inserted(u"b"_s);
    QCOMPARE(m_store->changesSince(0).value().lastSequence, 0);
    VERIFY_DONE(save([&](StoreWriter &writer) -> Result<> {
        for (const QString &subject : {second.id.text(), u"a reviewer"_s, first.id.text(), second.id.text()}) {
            if (const Result<qint64> appended = writer.appendEvent(m_records->event(subject)); !appended) {
                return appended.error();
            }
        }
        return {};
    }));
    const ChangeSet all = m_store->changesSince(0).value();
    QCOMPARE(all.lastSequence, 4);
    QCOMPARE(all.requests, (std::vector{second.id, first.id}));
    QVERIFY(!all.truncated);
    QCOMPARE(m_store->changesSince(3).value().requests, std::vector{second.id});
    QVERIFY(m_store->changesSince(4).value().requests.empty());
    QVERIFY(m_store->changesSince(5).value().truncated); // Of another history: a restored backup.

    VERIFY_DONE(save([&](StoreWriter &writer) -> Result<> {
        for (int i = 0; i < 1001; ++i) {
            const Request request = m_records->request(m_agent);
            if (const Result<> done = writer.insertRequest(request); !done) {
                return done;
            }
            if (const Result<qint64> done = writer.appendEvent(m_records->event(request.id.text())); !done) {
                return done.error();
            }
        }
        return {};
    }));
    const ChangeSet many = m_store->changesSince(4).value();
    QCOMPARE(many.requests.size(), size_t(1000));
    QVERIFY(many.truncated);
    QCOMPARE(many.lastSequence, 1005);
    QVERIFY(!m_store->changesSince(5).value().truncated);
}

void TestListContract::settledSequencesGrow()
{
    const auto next = [this] {
        qint64 sequence = 0;
        const Result<> done = save([&sequence](StoreWriter &writer) -> Result<> {
            const Result<qint64> result = writer.nextSettledSequence();
            sequence = result.value();
            return {};
        });
        return done ? sequence : -1;
    };
    QCOMPARE(next(), 1);
    inserted(u"a"_s, [](Request &request) {
        request.state = {Lifecycle::Expired, Delivery::None};
        request.settledSequence = 7;
    });
    QCOMPARE(next(), 8);
    const Request staged = inserted(u"a"_s, [](Request &request) {
        request.state = {Lifecycle::Decided, Delivery::Staged};
        request.settledSequence = 12;
    });
    QCOMPARE(next(), 13);
    Request undone = staged;
    undone.revision = 2;
    undone.state = {};
    undone.settledSequence = 0;
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.updateRequest(undone); }));
    QCOMPARE(next(), 8);
}

QTEST_GUILESS_MAIN(TestListContract)
#include "tst_list_contract.moc"
