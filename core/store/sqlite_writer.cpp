// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlite_writer.h"

#include "core/store/sqlite_records.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

QString placeholders(qsizetype count)
{
    QStringList marks;
    marks.fill(u"?"_s, count);
    return marks.join(u", "_s);
}

/// `INSERT INTO table (columns) VALUES (?, …)`.
QString insertSql(const QString &table, const QString &columns)
{
    return u"INSERT INTO %1 (%2) VALUES (%3)"_s.arg(table, columns, placeholders(columns.count(u',') + 1));
}

SqlValues valuesOf(const Seat &seat)
{
    return {sqlId(seat.id), sqlText(seat.kind),      sqlId(seat.reviewer),
            seat.processId, sqlTime(seat.startedAt), sqlTime(seat.heartbeatAt)};
}

/// What tells a request's row apart for good: while it stays, no index over these columns needs to be touched.
SqlValues identityValues(const Request &request)
{
    return {sqlId(request.principal),
            sqlText(request.agentName),
            sqlText(request.connection),
            toText(request.pattern),
            sqlText(request.toolName),
            sqlText(request.idempotencyKey),
            sqlBytes(request.correlation),
            sqlText(request.parent.workflowInstance),
            sqlText(request.parent.workflowStep),
            sqlText(request.parent.parentCall),
            sqlText(request.parent.batch),
            sqlTime(request.createdAt)};
}

/// Of the many that are written about one request: no reviewer and no policy follows from them.
bool isAboutRequest(const Statement &statement)
{
    return statement.kind == "vote"_L1 || statement.kind == "release"_L1 || statement.kind == "undo"_L1;
}

bool isAboutRequest(const AuditEvent &event)
{
    static constexpr QLatin1StringView beginnings[]{"request."_L1, "vote."_L1, "decision."_L1, "delivery."_L1,
                                                    "outcome."_L1};
    return std::any_of(std::begin(beginnings), std::end(beginnings),
                       [&](QLatin1StringView beginning) { return event.kind.startsWith(beginning); });
}

bool isStart(const DeliveryAttempt &attempt)
{
    return attempt.result == "started"_L1;
}

} // namespace

Result<> SqliteWriter::fail(Error error)
{
    if (!m_failure) {
        m_failure = error;
    }
    return error;
}

Result<> SqliteWriter::write(const QString &sql, const SqlValues &values)
{
    const Result<int> changed = m_connection.run(sql, values);
    if (!changed) {
        return fail(changed.error());
    }
    return {};
}

Result<> SqliteWriter::writeOne(const QString &sql, const SqlValues &values, ErrorCode code, const QString &otherwise)
{
    const Result<int> changed = m_connection.run(sql, values);
    if (!changed) {
        return fail(changed.error());
    }
    if (changed.value() == 0) {
        return fail({code, otherwise, {}});
    }
    return {};
}

Result<> SqliteWriter::insertPrincipal(const Principal &principal)
{
    static const QString sql = insertSql(u"principal"_s, u"id, name, connection, os_user, owner, created_at_ms"_s);
    return write(sql, {sqlId(principal.id), sqlText(principal.name), sqlText(principal.connection),
                       sqlText(principal.osUser), sqlId(principal.owner), sqlTime(principal.createdAt)});
}

Result<> SqliteWriter::insertRequest(const Request &request)
{
    static const QString sql = insertSql(u"request"_s, requestInsertColumns);
    return write(sql, insertValues(request));
}

Result<> SqliteWriter::updateRequest(const Request &request)
{
    static const QString changing =
        u"summary = ?, agent_title = ?, tier = ?, quorum = ?, round = ?, lifecycle = ?, delivery = ?, "
        "expires_at_ms = ?, claimed_by = ?, claimed_by_name = ?, claimed_until_ms = ?, deferred_until_ms = ?, "
        "delegated_to = ?, decision = ?, verdict = ?, settled_at_ms = ?, settled_sequence = ?, settled_note = ?, "
        "status = ?, shelf = ?, list_key = ?, revision = ?"_s;
    static const QString usual =
        u"UPDATE request SET %1 WHERE id = ? AND revision = ? AND principal = ? AND agent_name = ? AND connection = ? "
        "AND pattern = ? AND tool_name = ? AND idempotency_key = ? AND correlation = ? AND workflow_instance = ? "
        "AND workflow_step = ? AND parent_call = ? AND batch = ? AND created_at_ms = ?"_s.arg(changing);
    static const QString whole =
        u"UPDATE request SET %1, principal = ?, agent_name = ?, connection = ?, pattern = ?, tool_name = ?, "
        "idempotency_key = ?, correlation = ?, workflow_instance = ?, workflow_step = ?, parent_call = ?, batch = ?, "
        "created_at_ms = ? WHERE id = ? AND revision = ?"_s.arg(changing);
    const SqlValues key{sqlId(request.id), request.revision - 1};
    const Result<int> changed = m_connection.run(usual, changeValues(request) + key + identityValues(request));
    if (!changed) {
        return fail(changed.error());
    }
    if (changed.value() == 1) {
        return {};
    }
    return writeOne(whole, changeValues(request) + identityValues(request) + key, ErrorCode::Conflict,
                    u"The request %1 was not changed because somebody else has changed it meanwhile. Load it again "
                    "and retry."_s.arg(request.id.text()));
}

Result<> SqliteWriter::indexRequest(const RequestId &request, const QString &text)
{
    static const QString removeSql =
        u"DELETE FROM request_fts WHERE rowid = (SELECT number FROM request WHERE id = ?)"_s;
    static const QString insertSql =
        u"INSERT INTO request_fts (rowid, text) SELECT number, ? FROM request WHERE id = ?"_s;
    if (const Result<> removed = write(removeSql, {sqlId(request)}); !removed) {
        return removed;
    }
    return writeOne(insertSql, {sqlText(text), sqlId(request)}, ErrorCode::Conflict,
                    u"The text of request %1 was not stored because there is no such request."_s.arg(request.text()));
}

Result<> SqliteWriter::insertRound(const Round &round)
{
    static const QString sql =
        u"INSERT INTO round (request, number, content, policy_version, policy_trace, tier, quorum, expires_at_ms, "
        "created_at_ms, intake_hash, payload_hash) SELECT ?, ?, id, ?, ?, ?, ?, ?, ?, ?, ? FROM content WHERE id = ?"_s;
    static const QString evidenceSql = insertSql(u"evidence"_s, u"request, round, position, hash, size, media_type"_s);
    const SqlValues values{sqlId(round.request),
                           round.number,
                           sqlText(round.policy.version),
                           sqlText(round.policy.trace),
                           toText(round.policy.tier),
                           round.policy.quorum,
                           sqlTime(round.expiresAt),
                           sqlTime(round.createdAt),
                           sqlBytes(round.intakeHash.toByteArray()),
                           sqlBytes(round.payloadHash.toByteArray()),
                           sqlId(round.contentId)};
    const Result<> inserted = writeOne(sql, values, ErrorCode::Conflict,
                                       u"Round %1 of request %2 was not stored because its content is not there."_s.arg(
                                           QString::number(round.number), round.request.text()));
    if (!inserted) {
        return inserted;
    }
    int position = 0;
    for (const EvidenceItem &item : round.content.evidence) {
        const Result<> stored =
            write(evidenceSql, {sqlId(round.request), round.number, position++, sqlBytes(item.sha256.toByteArray()),
                                item.size, sqlText(item.mediaType)});
        if (!stored) {
            return stored;
        }
    }
    return {};
}

Result<> SqliteWriter::insertContent(const ContentRow &content)
{
    static const QString sql = insertSql(u"content"_s, u"id, kind, salt, body"_s);
    return write(sql, {sqlId(content.id), sqlText(content.kind), sqlBytes(content.salt), sqlBytes(content.body)});
}

Result<> SqliteWriter::insertStatement(const Statement &statement)
{
    static const QString sql = insertSql(u"statement"_s, u"id, kind, subject, body, key_id, signature, content"_s);
    if (!isAboutRequest(statement)) {
        m_connection.noteOwnChange();
    }
    return write(sql,
                 {sqlId(statement.id), sqlText(statement.kind), sqlText(statement.subject), sqlBytes(statement.body),
                  sqlBytes(statement.keyId.toByteArray()), sqlBytes(statement.signature), sqlId(statement.content)});
}

Result<> SqliteWriter::insertDecision(const Decision &decision)
{
    static const QString sql =
        insertSql(u"decision"_s,
                  u"request, round, verdict, deciding_vote, reviewer, reviewer_name, payload_hash, effective_hash, "
                  "decided_at_ms, seat, release_at_ms, release, released_at_ms, acknowledged_at_ms, undone, id"_s);
    return write(sql, insertValues(decision));
}

Result<> SqliteWriter::updateDecision(const Decision &decision)
{
    static const QString sql =
        u"UPDATE decision SET request = ?, round = ?, verdict = ?, deciding_vote = ?, reviewer = ?, "
        "reviewer_name = ?, payload_hash = ?, effective_hash = ?, decided_at_ms = ?, seat = ?, release_at_ms = ?, "
        "release = ?, released_at_ms = ?, acknowledged_at_ms = ?, undone = ? WHERE id = ?"_s;
    return writeOne(sql, insertValues(decision), ErrorCode::NotFound,
                    u"The decision %1 was not changed because there is none of that id."_s.arg(decision.id.text()));
}

Result<> SqliteWriter::insertOutcome(const Outcome &outcome)
{
    static const QString sql =
        insertSql(u"outcome"_s, u"id, request, decision, exit_code, error, output, output_digest, note, at_ms"_s);
    return write(sql, {sqlId(outcome.id), sqlId(outcome.request), sqlId(outcome.decision),
                       outcome.exitCode ? SqlValue(*outcome.exitCode) : SqlValue(), sqlText(outcome.error),
                       sqlBytes(outcome.output), sqlBytes(outcome.outputDigest.toByteArray()), sqlText(outcome.note),
                       sqlTime(outcome.at)});
}

Result<> SqliteWriter::insertDeliveryAttempt(const DeliveryAttempt &attempt)
{
    static const QString sql = insertSql(
        u"delivery_attempt"_s, u"id, decision, epoch, token, intent_at_ms, finished_at_ms, result, seat, started"_s);
    return write(sql, {sqlText(attempt.id), sqlId(attempt.decision), attempt.epoch, sqlText(attempt.token),
                       sqlTime(attempt.intentAt), sqlTime(attempt.finishedAt), sqlText(attempt.result),
                       sqlId(attempt.seat), isStart(attempt) ? 1 : 0});
}

Result<> SqliteWriter::updateDeliveryAttempt(const DeliveryAttempt &attempt)
{
    // What has started once stays started: its token and its decision are used up.
    static const QString sql =
        u"UPDATE delivery_attempt SET decision = ?, epoch = ?, token = ?, intent_at_ms = ?, finished_at_ms = ?, "
        "result = ?, seat = ?, started = max(started, ?) WHERE id = ?"_s;
    return writeOne(sql,
                    {sqlId(attempt.decision), attempt.epoch, sqlText(attempt.token), sqlTime(attempt.intentAt),
                     sqlTime(attempt.finishedAt), sqlText(attempt.result), sqlId(attempt.seat),
                     isStart(attempt) ? 1 : 0, sqlText(attempt.id)},
                    ErrorCode::NotFound,
                    u"The delivery %1 was not changed because there is none of that id."_s.arg(attempt.id));
}

Result<> SqliteWriter::saveReviewer(const Reviewer &reviewer)
{
    static const QString sql =
        insertSql(u"reviewer"_s, u"id, name, key, administrator, enrolled_at_ms, disabled_at_ms"_s) +
        u" ON CONFLICT (id) DO UPDATE SET name = excluded.name, key = excluded.key, "
        "administrator = excluded.administrator, enrolled_at_ms = excluded.enrolled_at_ms, "
        "disabled_at_ms = excluded.disabled_at_ms"_s;
    static const QString groupSql = insertSql(u"reviewer_group"_s, u"reviewer, position, name"_s);
    m_connection.noteOwnChange();
    const Result<> saved =
        write(sql, {sqlId(reviewer.id), sqlText(reviewer.name), sqlBytes(reviewer.key.toByteArray()),
                    reviewer.administrator ? 1 : 0, sqlTime(reviewer.enrolledAt), sqlTime(reviewer.disabledAt)});
    if (!saved) {
        return saved;
    }
    if (const Result<> cleared = write(u"DELETE FROM reviewer_group WHERE reviewer = ?"_s, {sqlId(reviewer.id)});
        !cleared) {
        return cleared;
    }
    int position = 0;
    for (const QString &group : reviewer.groups) {
        if (const Result<> stored = write(groupSql, {sqlId(reviewer.id), position++, sqlText(group)}); !stored) {
            return stored;
        }
    }
    return {};
}

Result<> SqliteWriter::insertPolicy(const PolicyVersion &policy)
{
    static const QString sql = insertSql(u"policy_version"_s, u"version, body, statement, active_from_ms"_s);
    m_connection.noteOwnChange();
    return write(sql,
                 {sqlText(policy.version), sqlBytes(policy.body), sqlId(policy.statement), sqlTime(policy.activeFrom)});
}

Result<> SqliteWriter::saveSeat(const Seat &seat)
{
    static const QString sql =
        insertSql(u"seat"_s, u"id, kind, reviewer, process_id, started_at_ms, heartbeat_at_ms"_s) +
        u" ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, reviewer = excluded.reviewer, "
        "process_id = excluded.process_id, started_at_ms = excluded.started_at_ms, "
        "heartbeat_at_ms = excluded.heartbeat_at_ms"_s;
    return write(sql, valuesOf(seat));
}

Result<> SqliteWriter::saveConnection(const ConnectionRow &row)
{
    static const QString taken = u"SELECT count(*) FROM connection WHERE name = ? AND id <> ?"_s;
    static const QString sql =
        insertSql(u"connection"_s, u"id, name, kind, settings, created_at_ms, removed_at_ms"_s) +
        u" ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, settings = excluded.settings, "
        "created_at_ms = excluded.created_at_ms, removed_at_ms = excluded.removed_at_ms"_s;
    const Result<std::optional<int>> others = m_connection.one(
        taken, {sqlText(row.name), sqlText(row.id)}, +[](SqlRow &count) { return count.number(); });
    if (!others) {
        return fail(others.error());
    }
    if (others->value_or(0) > 0) {
        return fail(
            {ErrorCode::Conflict, u"There is a connection named %1 already; choose another name."_s.arg(row.name), {}});
    }
    return write(sql, {sqlText(row.id), sqlText(row.name), sqlText(row.kind), sqlBytes(row.settings),
                       sqlTime(row.createdAt), sqlTime(row.removedAt)});
}

Result<> SqliteWriter::removeSeat(const SeatId &id)
{
    return write(u"DELETE FROM seat WHERE id = ?"_s, {sqlId(id)});
}

Result<> SqliteWriter::saveLease(const EngineLease &lease)
{
    static const QString sql =
        u"INSERT INTO engine_lease (only_one, holder, epoch, until_ms) VALUES (1, ?, ?, ?) ON CONFLICT (only_one) "
        "DO UPDATE SET holder = excluded.holder, epoch = excluded.epoch, until_ms = excluded.until_ms "
        "WHERE excluded.epoch >= engine_lease.epoch"_s;
    return writeOne(sql, {sqlId(lease.holder), lease.epoch, sqlTime(lease.until)}, ErrorCode::Conflict,
                    u"The engine lease was not taken because somebody else has taken it since."_s);
}

Result<> SqliteWriter::insertTimer(const Timer &timer)
{
    static const QString sql = insertSql(u"timer"_s, u"id, kind, request, due_at_ms, fired_at_ms"_s);
    return write(sql, {sqlId(timer.id), sqlText(timer.kind), sqlId(timer.request), sqlTime(timer.dueAt),
                       sqlTime(timer.firedAt)});
}

Result<> SqliteWriter::markTimerFired(const TimerId &id, Timestamp at)
{
    return writeOne(u"UPDATE timer SET fired_at_ms = ? WHERE id = ? AND fired_at_ms IS NULL"_s,
                    {sqlTime(at), sqlId(id)}, ErrorCode::Conflict,
                    u"The timer %1 was not fired because it is gone or has fired before."_s.arg(id.text()));
}

Result<> SqliteWriter::removeTimers(const RequestId &request, const QString &kind)
{
    return write(u"DELETE FROM timer WHERE request = ? AND kind = ?"_s, {sqlId(request), sqlText(kind)});
}

Result<> SqliteWriter::saveDraft(const Draft &draft)
{
    static const QString sql = insertSql(u"draft"_s, u"request, reviewer, round, body, updated_at_ms"_s) +
                               u" ON CONFLICT (request, reviewer) DO UPDATE SET round = excluded.round, "
                               "body = excluded.body, updated_at_ms = excluded.updated_at_ms"_s;
    return write(sql, {sqlId(draft.request), sqlId(draft.reviewer), draft.round, sqlBytes(draft.body),
                       sqlTime(draft.updatedAt)});
}

Result<> SqliteWriter::removeDraft(const RequestId &request, const ReviewerId &reviewer)
{
    return write(u"DELETE FROM draft WHERE request = ? AND reviewer = ?"_s, {sqlId(request), sqlId(reviewer)});
}

Result<> SqliteWriter::saveToolDefinition(const ToolDefinition &definition)
{
    static const QString sql =
        insertSql(u"tool_definition"_s, u"connection, tool, hash, body, seen_at_ms, approved_at_ms"_s) +
        u" ON CONFLICT (connection, tool) DO UPDATE SET hash = excluded.hash, body = excluded.body, "
        "seen_at_ms = excluded.seen_at_ms, approved_at_ms = excluded.approved_at_ms"_s;
    return write(sql,
                 {sqlText(definition.connection), sqlText(definition.tool), sqlBytes(definition.hash.toByteArray()),
                  sqlBytes(definition.body), sqlTime(definition.seenAt), sqlTime(definition.approvedAt)});
}

Result<> SqliteWriter::insertFeedback(const Feedback &feedback)
{
    static const QString sql = insertSql(u"feedback"_s, u"id, request, score, tags, note, reviewer, at_ms"_s);
    const QByteArray tags = QJsonDocument(QJsonArray::fromStringList(feedback.tags)).toJson(QJsonDocument::Compact);
    return write(sql, {sqlText(feedback.id), sqlId(feedback.request), feedback.score, sqlText(QString::fromUtf8(tags)),
                       sqlId(feedback.note), sqlId(feedback.reviewer), sqlTime(feedback.at)});
}

Result<> SqliteWriter::eraseContent(const ContentId &id)
{
    // The search index holds words of the content, and the evidence rows hold its hashes.
    static const QString searchSql = u"DELETE FROM request_fts WHERE rowid IN (SELECT r.number FROM round AS o "
                                     "JOIN request AS r ON r.id = o.request WHERE o.content = ?)"_s;
    static const QString evidenceSql = u"DELETE FROM evidence WHERE (request, round) IN "
                                       "(SELECT request, number FROM round WHERE content = ?)"_s;
    for (const QString &sql : {searchSql, evidenceSql}) {
        if (const Result<> removed = write(sql, {sqlId(id)}); !removed) {
            return removed;
        }
    }
    return writeOne(u"DELETE FROM content WHERE id = ?"_s, {sqlId(id)}, ErrorCode::NotFound,
                    u"Nothing was erased because there is no content %1."_s.arg(id.text()));
}

Result<qint64> SqliteWriter::appendEvent(const AuditEvent &event)
{
    static const QString eventSql = insertSql(u"event"_s, u"number, id, kind, subject, at_ms, body"_s);
    static const QString sealSql = insertSql(u"seal"_s, u"sequence, leaf_hash, previous_hash, seal_hash"_s);
    if (!m_lastSeal) {
        const Result<std::optional<Seal>> last = lastSeal();
        if (!last) {
            return fail(last.error()).error();
        }
        m_lastSeal = last.value().value_or(Seal{});
    }
    if (!isAboutRequest(event)) {
        m_connection.noteOwnChange();
    }
    Seal seal;
    seal.sequence = m_lastSeal->sequence + 1;
    seal.event = event.id;
    seal.leafHash = leafHashOf(event.body);
    seal.previousHash = m_lastSeal->sealHash;
    seal.sealHash = sealHashOf(seal.sequence, seal.previousHash, seal.leafHash);
    const Result<> inserted = write(eventSql, {seal.sequence, sqlId(event.id), sqlText(event.kind),
                                               sqlText(event.subject), sqlTime(event.at), sqlBytes(event.body)});
    if (!inserted) {
        return inserted.error();
    }
    const Result<> sealed =
        write(sealSql, {seal.sequence, sqlBytes(seal.leafHash.toByteArray()), sqlBytes(seal.previousHash.toByteArray()),
                        sqlBytes(seal.sealHash.toByteArray())});
    if (!sealed) {
        return sealed.error();
    }
    m_lastSeal = seal;
    return seal.sequence;
}

Result<qint64> SqliteWriter::nextSettledSequence()
{
    // The end of the settled shelf, and staged ones that have their place already.
    static const QString sql =
        u"SELECT 1 + max(coalesce((SELECT max(list_key) FROM request INDEXED BY request_list WHERE shelf = 2), 0), "
        "coalesce((SELECT max(settled_sequence) FROM request INDEXED BY request_placed "
        "WHERE shelf = 1 AND settled_sequence > 0), 0))"_s;
    return m_connection.integer(sql);
}

} // namespace countersign
