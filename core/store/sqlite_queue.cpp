// SPDX-License-Identifier: Apache-2.0
#include "core/store/queue_shelf.h"
#include "core/store/sqlite_list_sql.h"
#include "core/store/sqlite_reader.h"
#include "core/store/sqlite_records.h"

#include <QtCore/QSet>

#include <algorithm>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

QueueRow readQueueRow(SqlRow &row)
{
    QueueRow queueRow;
    queueRow.key.primary = row.integer();
    queueRow.request = readRequest(row);
    queueRow.key.id = queueRow.request.id.text();
    return queueRow;
}

/// Is there any row beyond \p key, or at it?
Result<bool> hasRows(SqliteConnection &connection, const ListSql &list, bool before, const QueueKey &key)
{
    const QString sql = u"SELECT EXISTS (SELECT 1 FROM %1 WHERE %2 AND %3)"_s.arg(list.tables, list.condition,
                                                                                  list.beyond(before, true));
    const Result<qint64> found = connection.integer(sql, list.values + list.keyValues(key));
    if (!found) {
        return found.error();
    }
    return found.value() != 0;
}

Result<qint64> endOf(SqliteConnection &connection, const ListSql &list, bool last)
{
    return connection.integer(u"SELECT %1 FROM %2 WHERE %3 ORDER BY %4 LIMIT 1"_s.arg(list.key, list.tables,
                                                                                      list.condition, list.order(last)),
                              list.values);
}

} // namespace

Result<QueuePage> SqliteReader::findRequests(const QueueQuery &query, const QueueWindow &window)
{
    const Result<ListSql> chosen = listSql(m_connection, query);
    if (!chosen) {
        return chosen.error();
    }
    const ListSql &list = chosen.value();
    const int rowCount = std::clamp(window.rowCount, 1, maxPageRows);
    const bool backwards = window.before && !window.after;

    QString condition = list.condition;
    SqlValues values = list.values;
    if (window.after) {
        condition += u" AND "_s + list.beyond(false);
        values += list.keyValues(*window.after);
    }
    if (window.before) {
        condition += u" AND "_s + list.beyond(true);
        values += list.keyValues(*window.before);
    }
    const QString sql = u"SELECT %1, %2 FROM %3 WHERE %4 ORDER BY %5 LIMIT ?"_s.arg(
        list.key, requestColumns, list.tables, condition, list.order(backwards));
    values.append(rowCount + 1); // One more than asked tells whether there is more.
    Result<std::vector<QueueRow>> rows = m_connection.all(sql, values, readQueueRow);
    if (!rows) {
        return rows.error();
    }
    QueuePage page;
    page.rows = std::move(rows).value();
    const bool more = page.rows.size() > static_cast<size_t>(rowCount);
    if (more) {
        page.rows.pop_back();
    }
    if (backwards) {
        std::reverse(page.rows.begin(), page.rows.end());
    }
    (backwards ? page.moreBefore : page.moreAfter) = more;
    if (const std::optional<QueueKey> &edge = backwards ? window.before : window.after) {
        const Result<bool> others = hasRows(m_connection, list, !backwards, *edge);
        if (!others) {
            return others.error();
        }
        (backwards ? page.moreAfter : page.moreBefore) = others.value();
    }
    if (window.after && window.before && !more) {
        const Result<bool> others = hasRows(m_connection, list, false, *window.before);
        if (!others) {
            return others.error();
        }
        page.moreAfter = others.value();
    }
    return page;
}

Result<QueueExtent> SqliteReader::extent(const QueueQuery &query)
{
    const Result<ListSql> chosen = listSql(m_connection, query);
    if (!chosen) {
        return chosen.error();
    }
    const ListSql &list = chosen.value();
    const Result<qint64> first = endOf(m_connection, list, false);
    if (!first) {
        return first.error();
    }
    const Result<qint64> last = endOf(m_connection, list, true);
    if (!last) {
        return last.error();
    }
    const Result<qint64> count =
        m_connection.integer(u"SELECT count(*) FROM (SELECT 1 FROM %1 WHERE %2 LIMIT %3)"_s.arg(
                                 list.tables, list.condition, QString::number(exactUpTo + 1)),
                             list.values);
    if (!count) {
        return count.error();
    }
    QueueExtent extent;
    extent.firstPrimary = first.value();
    extent.lastPrimary = last.value();
    extent.count = count.value();
    if (extent.count > exactUpTo) {
        extent.exact = false;
        const bool isSequence = isNewestFirst(query.view) && !list.isFiltered;
        extent.count =
            isSequence ? qMax<qint64>(extent.count, extent.firstPrimary - extent.lastPrimary + 1) : exactUpTo;
    }
    return extent;
}

Result<QueueCounts> SqliteReader::counts(const ReviewerId &reviewer, Timestamp now)
{
    static const QString numbersSql =
        u"SELECT coalesce(sum(deferred_until_ms IS NULL OR deferred_until_ms <= ?), 0), "
        "coalesce(sum(claimed_by = ? AND claimed_until_ms > ?), 0), "
        "coalesce(sum(deferred_until_ms > ?), 0), "
        "coalesce(sum((deferred_until_ms IS NULL OR deferred_until_ms <= ?) AND tier = 'high'), 0), "
        "(SELECT count(*) FROM request INDEXED BY request_list WHERE shelf = 1) "
        "FROM request INDEXED BY request_list WHERE shelf = 0"_s;
    static const QString agentsSql =
        u"SELECT agent_name, count(*) AS requests FROM request INDEXED BY request_list WHERE shelf = 0 "
        "GROUP BY agent_name ORDER BY requests DESC, agent_name LIMIT ?"_s;
    QueueCounts counts;
    const Result<> numbers = m_connection.forEach(
        numbersSql, {sqlTime(now), sqlId(reviewer), sqlTime(now), sqlTime(now), sqlTime(now)}, [&counts](SqlRow &row) {
            counts.inbox = row.number();
            counts.claimed = row.number();
            counts.deferred = row.number();
            counts.highInInbox = row.number();
            counts.staged = row.number();
        });
    if (!numbers) {
        return numbers.error();
    }
    const Result<> agents = m_connection.forEach(agentsSql, {maxCountedAgents}, [&counts](SqlRow &row) {
        const QString name = row.text();
        counts.byAgent.emplace_back(name, row.number());
    });
    if (!agents) {
        return agents.error();
    }
    return counts;
}

Result<ChangeSet> SqliteReader::changesSince(qint64 sequence)
{
    static const QString sql = u"SELECT e.subject FROM seal AS s CROSS JOIN event AS e ON e.number = s.sequence "
                               "WHERE s.sequence > ? AND s.sequence <= ? "
                               "AND EXISTS (SELECT 1 FROM request WHERE id = e.subject) ORDER BY s.sequence"_s;
    const Result<qint64> last = m_connection.integer(u"SELECT max(sequence) FROM seal"_s);
    if (!last) {
        return last.error();
    }
    ChangeSet changes;
    changes.lastSequence = last.value();
    if (sequence > last.value() || last.value() - sequence > maxChangeEvents) {
        changes.truncated = true; // Another history (a restored backup), or too much to name.
        return changes;
    }
    QSet<RequestId> seen;
    const Result<> done = m_connection.forEach(sql, {sequence, last.value()}, [&changes, &seen](SqlRow &row) {
        const auto id = row.id<RequestId>();
        if (changes.truncated || seen.contains(id)) {
            return;
        }
        if (changes.requests.size() == static_cast<size_t>(maxChangedRequests)) {
            changes.truncated = true;
            return;
        }
        seen.insert(id);
        changes.requests.push_back(id);
    });
    if (!done) {
        return done.error();
    }
    return changes;
}

Result<int> SqliteReader::openRequestCount(const PrincipalId &principal)
{
    static const QString sql =
        u"SELECT count(*) FROM request INDEXED BY request_list WHERE shelf = 0 AND principal = ?"_s;
    const Result<qint64> count = m_connection.integer(sql, {sqlId(principal)});
    if (!count) {
        return count.error();
    }
    return static_cast<int>(count.value());
}

Result<int> SqliteReader::requestCountSince(const PrincipalId &principal, Timestamp since)
{
    // What a policy settled when it came has not waited for anybody.
    static const QString sql =
        u"SELECT count(*) FROM request INDEXED BY request_arrival WHERE principal = ? AND created_at_ms >= ? AND NOT "
        "EXISTS (SELECT 1 FROM decision WHERE decision.id = request.decision AND decision.reviewer GLOB "
        "'policy-[0-9]*')"_s;
    const Result<qint64> count = m_connection.integer(sql, {sqlId(principal), sqlTime(since)});
    if (!count) {
        return count.error();
    }
    return static_cast<int>(count.value());
}

} // namespace countersign
