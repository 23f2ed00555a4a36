// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/sse_parser.h"

#include "tests/support/seed.h"

#include <QtCore/QRandomGenerator>
#include <QtTest/QTest>

using namespace countersign::mcp;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

struct Read {
    std::vector<SseEvent> events;
    QByteArray lastId;
    std::optional<std::chrono::milliseconds> retry;
    qint64 count = 0;
    bool isWhole = true;

    friend bool operator==(const Read &, const Read &) = default;
};

Read readIn(const std::vector<QByteArray> &pieces, qsizetype limit = 1000)
{
    Read read;
    SseParser parser(limit);
    for (const QByteArray &piece : pieces) {
        read.isWhole = parser.feed(piece, [&read](const SseEvent &event) { read.events.push_back(event); });
    }
    read.lastId = parser.lastEventId();
    read.retry = parser.retry();
    read.count = parser.eventCount();
    return read;
}

} // namespace

/// The reader of event streams.
class TestMcpSseParser : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void eventsAreRead_data();
    void eventsAreRead();
    void primingEventsOnlySetThePlaceToResumeFrom();
    void whatCannotStandInAHeaderIsNoId();
    void anEventThatNeverEndsIsRefused();
    void aBrokenStreamLeavesNothingBehind();
    void anyPiecesGiveTheSameEvents();
};

void TestMcpSseParser::eventsAreRead_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("data");
    QTest::newRow("a plain message") << QByteArray("data: {}\n\n") << QByteArray() << QByteArray("{}");
    QTest::newRow("carriage returns end lines, too")
        << QByteArray("event: message\rdata: {}\r\r") << QByteArray("message") << QByteArray("{}");
    QTest::newRow("both together end one line")
        << QByteArray("event: message\r\ndata: {}\r\n\r\n") << QByteArray("message") << QByteArray("{}");
    QTest::newRow("several lines of data are joined")
        << QByteArray("data: a\ndata:b\ndata\n\n") << QByteArray() << QByteArray("a\nb\n");
    QTest::newRow("only one space is left out") << QByteArray("data:  a\n\n") << QByteArray() << QByteArray(" a");
    QTest::newRow("comments and unknown fields are skipped")
        << QByteArray(": hello\nother: x\ndata: a\n\n") << QByteArray() << QByteArray("a");
    QTest::newRow("a byte order mark is skipped") << QByteArray("\xEF\xBB\xBF"
                                                                "data: a\n\n")
                                                  << QByteArray() << QByteArray("a");
}

void TestMcpSseParser::eventsAreRead()
{
    QFETCH(QByteArray, stream);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, data);
    const Read read = readIn({stream});
    QCOMPARE(read.events.size(), size_t(1));
    QCOMPARE(read.events.front().type, type);
    QCOMPARE(read.events.front().data, data);
}

void TestMcpSseParser::primingEventsOnlySetThePlaceToResumeFrom()
{
    const Read read = readIn({"id: 7\nretry: 500\ndata: \n\n"});
    QVERIFY(read.events.empty());
    QCOMPARE(read.lastId, QByteArray("7"));
    QVERIFY(read.retry == 500ms);
    QCOMPARE(read.count, 1);
    QCOMPARE(readIn({"id: 7\ndata: a\n\nid: 8\ndata: half"}).lastId, QByteArray("7"));
}

void TestMcpSseParser::whatCannotStandInAHeaderIsNoId()
{
    QCOMPARE(readIn({QByteArray("id: a\x01"
                                "b\ndata: x\n\n")})
                 .lastId,
             QByteArray());
    QCOMPARE(readIn({"id: " + QByteArray(5000, 'a') + "\ndata: x\n\n"}, 10'000).lastId, QByteArray());
    QVERIFY(!readIn({"retry: -5\nretry: soon\n\n"}).retry);
}

void TestMcpSseParser::anEventThatNeverEndsIsRefused()
{
    QVERIFY(!readIn({QByteArray(2000, 'a')}).isWhole);
    QVERIFY(!readIn({QByteArray("data: aaaaaaaaaa\n").repeated(200)}).isWhole);
    QVERIFY(readIn({QByteArray("data: aaaaaaaaaa\n\n").repeated(2000)}).isWhole);
}

void TestMcpSseParser::aBrokenStreamLeavesNothingBehind()
{
    SseParser parser(1000);
    std::vector<SseEvent> events;
    const auto take = [&events](const SseEvent &event) { events.push_back(event); };
    QVERIFY(parser.feed("id: 1\ndata: a\n\ndata: ha", take));
    parser.beginStream();
    QVERIFY(parser.feed("data: b\n\n", take));
    QCOMPARE(events, (std::vector<SseEvent>{{{}, "a"}, {{}, "b"}}));
    QCOMPARE(parser.lastEventId(), QByteArray("1"));
}

void TestMcpSseParser::anyPiecesGiveTheSameEvents()
{
    QRandomGenerator random(countersign::test::seedOfThisRun());
    const QByteArrayList words = {
        "data: {\"a\":1}", "data:",  "id: 5",        "id", "event: message", "retry: 20",   ": comment", "x: y", "", "",
        "data: \xC3\xA4",  "event:", "\xEF\xBB\xBF", ":",  "data",           "id: \xC3\xA4"};
    const QByteArrayList ends = {"\n", "\r", "\r\n"};
    for (int round = 0; round < 2000; ++round) {
        QByteArray stream;
        for (quint32 i = random.bounded(20U); i > 0; --i) {
            stream += words.at(static_cast<qsizetype>(random.bounded(quint32(words.size())))) +
                      ends.at(static_cast<qsizetype>(random.bounded(3U)));
        }
        std::vector<QByteArray> pieces;
        for (qsizetype at = 0; at < stream.size();) {
            const qsizetype size = 1 + static_cast<qsizetype>(random.bounded(5U));
            pieces.push_back(stream.mid(at, size));
            at += size;
        }
        QVERIFY2(readIn(pieces) == readIn({stream}), stream.toHex().constData());
    }
}

QTEST_GUILESS_MAIN(TestMcpSseParser)
#include "tst_mcp_sse_parser.moc"
