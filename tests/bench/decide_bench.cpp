// SPDX-License-Identifier: Apache-2.0
#include "core/domain/hashes.h"
#include "tests/bench/report.h"
#include "tests/support/engine_rig.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QThread>

#include <random>
#include <sqlite3.h>

using namespace Qt::Literals::StringLiterals;

namespace countersign::bench {

namespace {

/// As many rows of the same sizes as one decision writes, through the C interface with prepared statements.
class RawWriter
{
public:
    explicit RawWriter(const QString &path)
    {
        sqlite3_open(qUtf8Printable(path), &m_database);
        run("PRAGMA journal_mode=WAL");
        run("PRAGMA synchronous=FULL");
        run("CREATE TABLE content (id TEXT PRIMARY KEY, kind TEXT, salt BLOB, body BLOB) WITHOUT ROWID");
        run("CREATE TABLE statement (id TEXT PRIMARY KEY, kind TEXT, subject TEXT, body BLOB, key BLOB, signature "
            "BLOB) WITHOUT ROWID");
        run("CREATE TABLE decision (id TEXT PRIMARY KEY, request TEXT, payload BLOB, effective BLOB) WITHOUT ROWID");
        run("CREATE TABLE request (id TEXT PRIMARY KEY, revision INTEGER, state TEXT, decision TEXT, text TEXT)");
        run("CREATE TABLE event (id TEXT PRIMARY KEY, kind TEXT, subject TEXT, at INTEGER, body BLOB) WITHOUT ROWID");
        run("CREATE TABLE seal (sequence INTEGER PRIMARY KEY, event TEXT, leaf BLOB, previous BLOB, hash BLOB)");
        for (const char *sql :
             {"INSERT INTO content VALUES (?1, 'vote', ?2, ?3)",
              "INSERT INTO statement VALUES (?1, 'vote', ?1, ?3, ?2, ?2)",
              "INSERT INTO decision VALUES (?1, ?1, ?2, ?2)",
              "UPDATE request SET revision = revision + 1, state = 'decided', decision = ?1 WHERE id = ?1",
              "INSERT INTO event VALUES (?1, 'vote.cast', ?1, 1, ?3)",
              "INSERT INTO seal VALUES (NULL, ?1, ?2, ?2, ?2)"}) {
            sqlite3_stmt *statement = nullptr;
            sqlite3_prepare_v2(m_database, sql, -1, &statement, nullptr);
            m_statements.push_back(statement);
        }
    }
    ~RawWriter()
    {
        for (sqlite3_stmt *statement : m_statements) {
            sqlite3_finalize(statement);
        }
        sqlite3_close(m_database);
    }
    RawWriter(const RawWriter &) = delete;
    RawWriter &operator=(const RawWriter &) = delete;

    void addRequest(const QByteArray &id)
    {
        const QByteArray sql =
            "INSERT INTO request VALUES ('" + id + "', 1, 'pending', NULL, '" + QByteArray(400, 'x') + "')";
        run(sql.constData());
    }
    void decide(const QByteArray &id, const QByteArray &hash, const QByteArray &body)
    {
        run("BEGIN IMMEDIATE");
        for (sqlite3_stmt *statement : m_statements) {
            sqlite3_bind_text(statement, 1, id.constData(), static_cast<int>(id.size()), SQLITE_STATIC);
            sqlite3_bind_blob(statement, 2, hash.constData(), static_cast<int>(hash.size()), SQLITE_STATIC);
            sqlite3_bind_blob(statement, 3, body.constData(), static_cast<int>(body.size()), SQLITE_STATIC);
            sqlite3_step(statement);
            sqlite3_reset(statement);
        }
        run("COMMIT");
    }
    void run(const char *sql) { sqlite3_exec(m_database, sql, nullptr, nullptr, nullptr); }

private:
    sqlite3 *m_database = nullptr;
    std::vector<sqlite3_stmt *> m_statements;
};

} // namespace

std::vector<Figure> benchDecide(const Options &options)
{
    test::EngineRig rig;
    std::vector<RequestId> ids;
    for (int i = 0; i < options.decisions; ++i) {
        ids.push_back(rig.submit());
    }
    RawWriter raw(rig.folder.filePath(u"data/raw.db"_s));
    std::vector<QByteArray> rawIds;
    raw.run("BEGIN");
    for (const RequestId &id : ids) {
        rawIds.push_back(id.text().toLatin1());
        raw.addRequest(rawIds.back());
    }
    raw.run("COMMIT");
    const QByteArray hash(32, 'h');
    const QByteArray body(620, 'b'); // About what a vote's and an event's body take.
    std::vector<DecideOrder> orders;
    for (const RequestId &id : ids) {
        orders.push_back(rig.order(id, Verdict::Approve, Staging::Stage));
    }
    // Nobody decides in the seconds in which a workspace is made, while the file of pins is read anew every time.
    while (!rig.trust.stamp()) {
        QThread::yieldCurrentThread();
    }
    // Slices of one shuffled sequence, so that a drift of the machine meets both alike.
    constexpr int slice = 20;
    std::mt19937 random(20261124);
    std::vector<bool> turns;
    for (int i = 0; i < options.decisions / slice; ++i) {
        turns.push_back(true);
        turns.push_back(false);
    }
    std::shuffle(turns.begin(), turns.end(), random);
    std::vector<double> ours;
    std::vector<double> theirs;
    size_t nextOurs = 0;
    size_t nextTheirs = 0;
    for (const bool mine : turns) {
        for (int i = 0; i < slice; ++i) {
            QElapsedTimer timer;
            timer.start();
            if (mine) {
                if (!rig.engine->decide(orders[nextOurs++])) {
                    return {{u"decide failed"_s, 0, {}, u"must work"_s, false}};
                }
            } else {
                raw.decide(rawIds[nextTheirs++], hash, body);
            }
            (mine ? ours : theirs).push_back(static_cast<double>(timer.nsecsElapsed()) / 1000.0);
        }
    }
    double oursSum = 0;
    double theirsSum = 0;
    for (size_t i = 0; i < ours.size(); ++i) {
        oursSum += ours[i];
        theirsSum += theirs[i];
    }
    const double ratio = median(theirs) / median(ours);
    return {{u"decide transaction, median"_s, median(ours), u"us"_s, {}, true},
            {u"decide transaction, p95"_s, percentile(ours, 0.95), u"us"_s, {}, true},
            {u"raw sqlite3 transaction of as many rows, median"_s, median(theirs), u"us"_s, {}, true},
            {u"decide throughput against raw sqlite3 (medians)"_s, ratio, u"x"_s, u">= 0.85"_s, ratio >= 0.85},
            {u"decide throughput against raw sqlite3 (sums)"_s, theirsSum / oursSum, u"x"_s, {}, true}};
}

} // namespace countersign::bench
