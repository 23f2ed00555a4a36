// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlite_reader.h"

#include "core/store/sqlite_records.h"

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

constexpr int maxStrayRows = 1000;

const QString statementColumns = u"id, kind, subject, body, key_id, signature, content"_s;
const QString principalColumns = u"id, name, connection, os_user, owner, created_at_ms"_s;
const QString attemptColumns = u"id, decision, epoch, token, intent_at_ms, finished_at_ms, result, seat"_s;
const QString seatColumns = u"id, kind, reviewer, process_id, started_at_ms, heartbeat_at_ms"_s;

QString idsOf(RowKind kind)
{
    switch (kind) {
    case RowKind::Statement:
        return u"SELECT id FROM statement"_s;
    case RowKind::Content:
        return u"SELECT id FROM content"_s;
    case RowKind::Request:
        return u"SELECT id FROM request"_s;
    case RowKind::Round:
        return u"SELECT request || '/' || number FROM round"_s;
    case RowKind::Decision:
        return u"SELECT id FROM decision"_s;
    case RowKind::DeliveryAttempt:
        return u"SELECT id FROM delivery_attempt"_s;
    case RowKind::Outcome:
        break;
    }
    return u"SELECT id FROM outcome"_s;
}

QString readText(SqlRow &row)
{
    return row.text();
}

} // namespace

Result<WorkspaceInfo> SqliteReader::workspace()
{
    static const QString sql = u"SELECT id, created_at_ms, log_key FROM workspace"_s;
    const Result<std::optional<WorkspaceInfo>> found = m_connection.one<WorkspaceInfo>(sql, {}, [](SqlRow &row) {
        WorkspaceInfo info;
        info.id = row.id<WorkspaceId>();
        info.createdAt = row.time();
        info.logKey = row.publicKey();
        return info;
    });
    if (!found) {
        return found.error();
    }
    const Result<qint64> version = m_connection.integer(u"PRAGMA user_version"_s);
    if (!version) {
        return version.error();
    }
    if (!found.value()) {
        return Error{
            ErrorCode::Damaged,
            u"The workspace %1 has lost its own identity. Restore the file from a backup."_s.arg(m_connection.path()),
            u"the table workspace is empty"_s};
    }
    WorkspaceInfo info = *found.value();
    info.schemaVersion = static_cast<int>(version.value());
    return info;
}

Result<std::optional<Request>> SqliteReader::request(const RequestId &id)
{
    static const QString sql = u"SELECT "_s + requestColumns + u" FROM request AS r WHERE r.id = ?"_s;
    return m_connection.one(sql, {sqlId(id)}, readRequest);
}

Result<std::optional<Request>> SqliteReader::requestByKey(const PrincipalId &principal, const QString &key)
{
    // An empty key is no key: the condition also tells SQLite that the partial index serves.
    static const QString sql = u"SELECT "_s + requestColumns +
                               u" FROM request AS r WHERE r.principal = ? AND r.idempotency_key = ? "
                               "AND r.idempotency_key <> ''"_s;
    return m_connection.one(sql, {sqlId(principal), sqlText(key)}, readRequest);
}

Result<std::optional<Principal>> SqliteReader::principal(const PrincipalId &id)
{
    static const QString sql = u"SELECT "_s + principalColumns + u" FROM principal WHERE id = ?"_s;
    return m_connection.one(sql, {sqlId(id)}, readPrincipal);
}

Result<std::optional<Principal>> SqliteReader::principalByName(const QString &connection, const QString &osUser,
                                                               const QString &name)
{
    static const QString sql =
        u"SELECT "_s + principalColumns + u" FROM principal WHERE connection = ? AND os_user = ? AND name = ?"_s;
    return m_connection.one(sql, {sqlText(connection), sqlText(osUser), sqlText(name)}, readPrincipal);
}

Result<std::vector<Round>> SqliteReader::rounds(const RequestId &id)
{
    static const QString sql =
        u"SELECT "_s + roundColumns +
        u" FROM round AS o LEFT JOIN content AS c ON c.id = o.content WHERE o.request = ? ORDER BY o.number"_s;
    return m_connection.all(sql, {sqlId(id)}, readRound);
}

Result<std::optional<Round>> SqliteReader::round(const RequestId &id, int number)
{
    static const QString sql =
        u"SELECT "_s + roundColumns +
        u" FROM round AS o LEFT JOIN content AS c ON c.id = o.content WHERE o.request = ? AND o.number = ?"_s;
    return m_connection.one(sql, {sqlId(id), number}, readRound);
}

Result<std::vector<Statement>> SqliteReader::statements(const QString &kind, const QString &subject)
{
    static const QString sql =
        u"SELECT "_s + statementColumns + u" FROM statement WHERE kind = ? AND subject = ? ORDER BY id"_s;
    return m_connection.all(sql, {sqlText(kind), sqlText(subject)}, readStatement);
}

Result<std::vector<Statement>> SqliteReader::statementsOfKind(const QString &kind)
{
    static const QString sql = u"SELECT "_s + statementColumns + u" FROM statement WHERE kind = ? ORDER BY id"_s;
    return m_connection.all(sql, {sqlText(kind)}, readStatement);
}

Result<std::optional<Statement>> SqliteReader::statement(const StatementId &id)
{
    static const QString sql = u"SELECT "_s + statementColumns + u" FROM statement WHERE id = ?"_s;
    return m_connection.one(sql, {sqlId(id)}, readStatement);
}

Result<std::optional<ContentRow>> SqliteReader::content(const ContentId &id)
{
    static const QString sql = u"SELECT id, kind, salt, body FROM content WHERE id = ?"_s;
    return m_connection.one(sql, {sqlId(id)}, readContent);
}

Result<std::optional<Decision>> SqliteReader::decision(const DecisionId &id)
{
    static const QString sql = u"SELECT "_s + decisionColumns + u" FROM decision AS d WHERE d.id = ?"_s;
    return m_connection.one(sql, {sqlId(id)}, readDecision);
}

Result<std::vector<Decision>> SqliteReader::decisions(const RequestId &id)
{
    // Two halves, because each has its own partial index.
    static const QString sql = u"SELECT "_s + decisionColumns +
                               u" FROM decision AS d WHERE d.request = ? AND d.undone = 0 UNION ALL SELECT "_s +
                               decisionColumns +
                               u" FROM decision AS d WHERE d.request = ? AND d.undone = 1 ORDER BY 10, 1"_s;
    return m_connection.all(sql, {sqlId(id), sqlId(id)}, readDecision);
}

Result<std::vector<Outcome>> SqliteReader::outcomes(const RequestId &id)
{
    static const QString sql = u"SELECT id, request, decision, exit_code, error, output, output_digest, note, at_ms "
                               "FROM outcome WHERE request = ? ORDER BY at_ms, id"_s;
    return m_connection.all(sql, {sqlId(id)}, readOutcome);
}

Result<std::vector<DeliveryAttempt>> SqliteReader::deliveryAttempts(const DecisionId &id)
{
    static const QString sql =
        u"SELECT "_s + attemptColumns + u" FROM delivery_attempt WHERE decision = ? ORDER BY intent_at_ms, id"_s;
    return m_connection.all(sql, {sqlId(id)}, readDeliveryAttempt);
}

Result<std::vector<DeliveryAttempt>> SqliteReader::unfinishedAttempts(int limit)
{
    static const QString sql =
        u"SELECT "_s + attemptColumns +
        u" FROM delivery_attempt WHERE finished_at_ms IS NULL ORDER BY intent_at_ms, id LIMIT ?"_s;
    return m_connection.all(sql, {qMax(limit, 0)}, readDeliveryAttempt);
}

Result<std::vector<Reviewer>> SqliteReader::reviewers()
{
    static const QString sql = u"SELECT p.id, p.name, p.key, p.administrator, p.enrolled_at_ms, p.disabled_at_ms, "
                               "g.name FROM reviewer AS p LEFT JOIN reviewer_group AS g ON g.reviewer = p.id "
                               "ORDER BY p.enrolled_at_ms, p.id, g.position"_s;
    std::vector<Reviewer> reviewers;
    const Result<> done = m_connection.forEach(sql, {}, [&reviewers](SqlRow &row) {
        Reviewer reviewer;
        reviewer.id = row.id<ReviewerId>();
        reviewer.name = row.text();
        reviewer.key = row.publicKey();
        reviewer.administrator = row.flag();
        reviewer.enrolledAt = row.time();
        reviewer.disabledAt = row.optionalTime();
        if (reviewers.empty() || reviewers.back().id != reviewer.id) {
            reviewers.push_back(std::move(reviewer));
        }
        if (!row.isNull()) {
            reviewers.back().groups.append(row.text());
        }
    });
    if (!done) {
        return done.error();
    }
    return reviewers;
}

Result<std::optional<PolicyVersion>> SqliteReader::activePolicy()
{
    // The newest, whatever the clock says: a clock that was set back must not bring an older policy into force.
    static const QString sql = u"SELECT version, body, statement, active_from_ms FROM policy_version "
                               "ORDER BY active_from_ms DESC, rowid DESC LIMIT 1"_s;
    return m_connection.one(sql, {}, readPolicy);
}

Result<std::vector<PolicyVersion>> SqliteReader::policies()
{
    static const QString sql = u"SELECT version, body, statement, active_from_ms FROM policy_version ORDER BY rowid"_s;
    return m_connection.all(sql, {}, readPolicy);
}

Result<std::vector<Seat>> SqliteReader::seats(Timestamp aliveSince)
{
    static const QString sql = u"SELECT "_s + seatColumns + u" FROM seat WHERE heartbeat_at_ms >= ? ORDER BY id"_s;
    return m_connection.all(sql, {sqlTime(aliveSince)}, readSeat);
}

Result<std::optional<Seat>> SqliteReader::seat(const SeatId &id)
{
    static const QString sql = u"SELECT "_s + seatColumns + u" FROM seat WHERE id = ?"_s;
    return m_connection.one(sql, {sqlId(id)}, readSeat);
}

Result<std::optional<EngineLease>> SqliteReader::lease()
{
    static const QString sql = u"SELECT holder, epoch, until_ms FROM engine_lease"_s;
    return m_connection.one(sql, {}, readLease);
}

Result<std::vector<Timer>> SqliteReader::dueTimers(Timestamp now, int limit)
{
    static const QString sql = u"SELECT id, kind, request, due_at_ms, fired_at_ms FROM timer "
                               "WHERE fired_at_ms IS NULL AND due_at_ms <= ? ORDER BY due_at_ms, id LIMIT ?"_s;
    return m_connection.all(sql, {sqlTime(now), qMax(limit, 0)}, readTimer);
}

Result<std::optional<Timestamp>> SqliteReader::nextTimer()
{
    static const QString sql = u"SELECT due_at_ms FROM timer WHERE fired_at_ms IS NULL ORDER BY due_at_ms LIMIT 1"_s;
    return m_connection.one<Timestamp>(sql, {}, [](SqlRow &row) { return row.time(); });
}

Result<std::vector<Decision>> SqliteReader::stagedDecisions(int limit)
{
    static const QString sql = u"SELECT "_s + decisionColumns +
                               u" FROM request AS r INDEXED BY request_list CROSS JOIN decision AS d "
                               "ON d.id = r.decision WHERE r.shelf = 1 AND r.delivery = 'staged' AND d.undone = 0 "
                               "ORDER BY d.decided_at_ms, d.id LIMIT ?"_s;
    return m_connection.all(sql, {qMax(limit, 0)}, readDecision);
}

Result<std::vector<ConnectionRow>> SqliteReader::connections()
{
    return m_connection.all(
        u"SELECT id, name, kind, settings, created_at_ms, removed_at_ms FROM connection ORDER BY name"_s, {},
        readConnection);
}

Result<std::vector<Request>> SqliteReader::liveRequests(const QString &connection, int limit)
{
    // The condition of the partial index, word for word: else SQLite does not see that it serves.
    static const QString sql =
        u"SELECT "_s + requestColumns +
        u" FROM request AS r WHERE r.connection = ? AND connection <> 'local' AND "
        "(shelf < 2 OR delivery IN ('released', 'sending', 'unknown')) ORDER BY r.created_at_ms, r.id LIMIT ?"_s;
    return m_connection.all(sql, {sqlText(connection), qMax(limit, 0)}, readRequest);
}

Result<std::optional<Draft>> SqliteReader::draft(const RequestId &request, const ReviewerId &reviewer)
{
    static const QString sql =
        u"SELECT request, reviewer, round, body, updated_at_ms FROM draft WHERE request = ? AND reviewer = ?"_s;
    return m_connection.one(sql, {sqlId(request), sqlId(reviewer)}, readDraft);
}

Result<std::optional<ToolDefinition>> SqliteReader::toolDefinition(const QString &connection, const QString &tool)
{
    static const QString sql = u"SELECT connection, tool, hash, body, seen_at_ms, approved_at_ms FROM tool_definition "
                               "WHERE connection = ? AND tool = ?"_s;
    return m_connection.one(sql, {sqlText(connection), sqlText(tool)}, readToolDefinition);
}

Result<std::vector<StoreReader::SealedEvent>> SqliteReader::events(qint64 fromSequence, int limit)
{
    static const QString sql = u"SELECT "_s + sealedEventColumns +
                               u" FROM seal AS s CROSS JOIN event AS e ON e.number = s.sequence "
                               "WHERE s.sequence >= ? ORDER BY s.sequence LIMIT ?"_s;
    return m_connection.all(sql, {fromSequence, qMax(limit, 0)}, readSealedEvent);
}

Result<std::vector<StoreReader::SealedEvent>> SqliteReader::eventsAbout(const QString &subject)
{
    static const QString sql = u"SELECT "_s + sealedEventColumns +
                               u" FROM event AS e INDEXED BY event_subject CROSS JOIN seal AS s "
                               "ON s.sequence = e.number WHERE e.subject = ? ORDER BY e.number"_s;
    return m_connection.all(sql, {sqlText(subject)}, readSealedEvent);
}

Result<std::optional<Seal>> SqliteReader::lastSeal()
{
    static const QString sql = u"SELECT s.sequence, coalesce(e.id, ''), s.leaf_hash, s.previous_hash, s.seal_hash "
                               "FROM seal AS s LEFT JOIN event AS e ON e.number = s.sequence "
                               "ORDER BY s.sequence DESC LIMIT 1"_s;
    return m_connection.one(sql, {}, readSeal);
}

Result<> SqliteReader::eachRow(RowKind kind, const std::function<void(const QString &id)> &visit)
{
    return m_connection.forEach(idsOf(kind), {}, [&visit](SqlRow &row) { visit(row.text()); });
}

Result<ChangeMark> SqliteReader::changeMark()
{
    // Moves when another connection has committed, and stands still as long as a transaction of this one is open.
    const Result<qint64> others = m_connection.integer(u"PRAGMA data_version"_s);
    return others ? Result<ChangeMark>({*others, m_connection.ownChanges()}) : Result<ChangeMark>(others.error());
}

Result<QStringList> SqliteReader::strayRows()
{
    static const QString sql =
        u"SELECT 'event ' || id FROM event WHERE NOT EXISTS (SELECT 1 FROM seal WHERE sequence = event.number) "
        "UNION ALL SELECT 'seal ' || sequence FROM seal "
        "WHERE NOT EXISTS (SELECT 1 FROM event WHERE number = seal.sequence) "
        "LIMIT ?"_s;
    const Result<std::vector<QString>> names = m_connection.all(sql, {maxStrayRows}, readText);
    if (!names) {
        return names.error();
    }
    return QStringList(names.value().begin(), names.value().end());
}

} // namespace countersign
