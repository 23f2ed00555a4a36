// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlite_list_sql.h"

#include "core/store/queue_shelf.h"
#include "core/store/search_words.h"

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

using View = QueueQuery::View;

/// Conditions joined by AND, with their values in the same order.
class Conditions
{
public:
    void add(const QString &condition, const SqlValues &values = {})
    {
        m_parts.append(condition);
        m_values += values;
    }
    QString text() const { return m_parts.isEmpty() ? u"1"_s : m_parts.join(u" AND "_s); }
    const SqlValues &values() const { return m_values; }

private:
    QStringList m_parts;
    SqlValues m_values;
};

void addView(Conditions &conditions, const QueueQuery &query)
{
    switch (query.view) {
    case View::Inbox:
        conditions.add(u"(r.deferred_until_ms IS NULL OR r.deferred_until_ms <= ?)"_s, {sqlTime(query.now)});
        break;
    case View::Claimed:
        conditions.add(u"r.claimed_by = ? AND r.claimed_until_ms > ?"_s, {sqlId(query.reviewer), sqlTime(query.now)});
        break;
    case View::Deferred:
        conditions.add(u"r.deferred_until_ms > ?"_s, {sqlTime(query.now)});
        break;
    case View::Staged:
    case View::Settled:
    case View::All:
        break;
    }
}

void addStatus(Conditions &conditions, const QueueQuery &query)
{
    if (query.status == "claimed"_L1) {
        conditions.add(u"r.status = 'pending' AND r.claimed_by IS NOT NULL AND r.claimed_until_ms > ?"_s,
                       {sqlTime(query.now)});
    } else if (query.status == "pending"_L1) {
        conditions.add(u"r.status = 'pending' AND (r.claimed_by IS NULL OR r.claimed_until_ms IS NULL "
                       "OR r.claimed_until_ms <= ?)"_s,
                       {sqlTime(query.now)});
    } else {
        conditions.add(u"r.status = ?"_s, {sqlText(query.status)});
    }
}

void addFilters(Conditions &conditions, const QueueQuery &query)
{
    if (!query.tool.isEmpty()) {
        conditions.add(u"r.tool_name = ? COLLATE NOCASE"_s, {sqlText(query.tool)});
    }
    if (!query.agent.isEmpty()) {
        conditions.add(u"r.agent_name = ? COLLATE NOCASE"_s, {sqlText(query.agent)});
    }
    if (!query.connection.isEmpty()) {
        conditions.add(u"r.connection = ? COLLATE NOCASE"_s, {sqlText(query.connection)});
    }
    if (!query.status.isEmpty()) {
        addStatus(conditions, query);
    }
    if (query.tier) {
        conditions.add(u"r.tier = ?"_s, {toText(*query.tier)});
    }
    if (query.pattern) {
        conditions.add(u"r.pattern = ?"_s, {toText(*query.pattern)});
    }
}

enum class Walk { AlongList, FromWords, FromTool, FromAgent };

/// The walk that finds the fewest rows, if one finds few enough to sort them.
Result<Walk> chooseWalk(SqliteConnection &connection, const QueueQuery &query, const QString &expression)
{
    struct Way {
        Walk walk;
        QString matches;
        QString value;
    };
    const std::vector<Way> ways{
        {Walk::FromTool, u"request INDEXED BY request_tool WHERE tool_name = ? COLLATE NOCASE"_s, query.tool},
        {Walk::FromAgent, u"request INDEXED BY request_agent WHERE agent_name = ? COLLATE NOCASE"_s, query.agent},
        {Walk::FromWords, u"request_fts WHERE request_fts MATCH ?"_s, expression},
    };
    Walk best = Walk::AlongList;
    qint64 fewest = exactUpTo + 1;
    for (const Way &way : ways) {
        if (way.value.isEmpty()) {
            continue;
        }
        const Result<qint64> found = connection.integer(
            u"SELECT count(*) FROM (SELECT 1 FROM %1 LIMIT %2)"_s.arg(way.matches, QString::number(exactUpTo + 1)),
            {way.value});
        if (!found) {
            return found.error();
        }
        if (found.value() < fewest) {
            fewest = found.value();
            best = way.walk;
        }
    }
    return best;
}

QString tablesFor(Walk walk, bool oneShelf)
{
    switch (walk) {
    case Walk::FromWords:
        return u"request_fts CROSS JOIN request AS r NOT INDEXED ON r.number = request_fts.rowid"_s;
    case Walk::FromTool:
        return u"request AS r INDEXED BY request_tool"_s;
    case Walk::FromAgent:
        return u"request AS r INDEXED BY request_agent"_s;
    case Walk::AlongList:
        break;
    }
    return oneShelf ? u"request AS r INDEXED BY request_list"_s : u"request AS r NOT INDEXED"_s;
}

void addWords(Conditions &conditions, Walk walk, std::optional<Shelf> shelf, const QString &expression)
{
    if (expression.isEmpty()) {
        return;
    }
    if (walk == Walk::FromWords) {
        conditions.add(u"request_fts MATCH ?"_s, {expression});
        return;
    }
    // What is open or staged is young: matches older than the oldest of them are not even looked at.
    const QString youngOnly =
        shelf && *shelf != Shelf::Settled
            ? u" AND rowid >= (SELECT coalesce(min(number), 0) FROM request INDEXED BY request_list WHERE shelf = %1)"_s
                  .arg(static_cast<int>(*shelf))
            : QString();
    conditions.add(u"+r.number IN (SELECT rowid FROM request_fts WHERE request_fts MATCH ?%1)"_s.arg(youngOnly),
                   {expression});
}

} // namespace

QString ListSql::order(bool backwards) const
{
    const QString direction = isNewestFirst != backwards ? u"DESC"_s : u"ASC"_s;
    return keyIsUnique ? key + u' ' + direction : u"%1 %2, r.id %2"_s.arg(key, direction);
}

QString ListSql::beyond(bool before, bool inclusive) const
{
    const QString comparison = QString(isNewestFirst != before ? u'<' : u'>') + (inclusive ? u"="_s : QString());
    return keyIsUnique ? u"%1 %2 ?"_s.arg(key, comparison) : u"(%1, r.id) %2 (?, ?)"_s.arg(key, comparison);
}

SqlValues ListSql::keyValues(const QueueKey &position) const
{
    SqlValues found{position.primary};
    if (!keyIsUnique) {
        found.append(position.id);
    }
    return found;
}

Result<ListSql> listSql(SqliteConnection &connection, const QueueQuery &query)
{
    const std::optional<Shelf> shelf = shelfOf(query.view);
    const QString expression = fullTextExpression(searchableWords(query.words));
    Walk walk = Walk::AlongList;
    if (!shelf || *shelf == Shelf::Settled) {
        const Result<Walk> chosen = chooseWalk(connection, query, expression);
        if (!chosen) {
            return chosen.error();
        }
        walk = chosen.value();
    }
    Conditions conditions;
    if (shelf) {
        // A literal, so that one prepared statement serves one list.
        conditions.add(u"r.shelf = %1"_s.arg(static_cast<int>(*shelf)));
    }
    addView(conditions, query);
    addFilters(conditions, query);
    addWords(conditions, walk, shelf, expression);
    ListSql sql;
    sql.tables = tablesFor(walk, shelf.has_value());
    sql.condition = conditions.text();
    sql.values = conditions.values();
    sql.key = shelf ? u"r.list_key"_s : u"r.number"_s;
    sql.keyIsUnique = !shelf;
    sql.isNewestFirst = isNewestFirst(query.view);
    sql.isFiltered = query.isFiltered();
    return sql;
}

} // namespace countersign
