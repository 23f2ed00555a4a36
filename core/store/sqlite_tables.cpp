// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlite_tables.h"

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

// One statement after the other, not a table of statements. Their checks say a = 'x' OR a = 'y': for more than two
// words after IN SQLite makes a table of them anew with every row that it checks.
// clang-format off

/// Who: the workspace itself, those who ask, those who decide, and processes.
QStringList peopleTables()
{
    return {
        uR"(CREATE TABLE workspace (
            only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
            id TEXT NOT NULL CHECK (id <> ''),
            created_at_ms INTEGER NOT NULL,
            log_key BLOB NOT NULL CHECK (length(log_key) = 32)
        ) STRICT)"_s,
        uR"(CREATE TABLE connection (
            id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
            name TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            settings BLOB NOT NULL,
            created_at_ms INTEGER NOT NULL,
            removed_at_ms INTEGER
        ) STRICT, WITHOUT ROWID)"_s,
        uR"(CREATE TABLE principal (
            id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
            name TEXT NOT NULL,
            connection TEXT NOT NULL,
            os_user TEXT NOT NULL,
            owner TEXT,
            pinned_identity BLOB,
            created_at_ms INTEGER NOT NULL,
            UNIQUE (connection, os_user, name)
        ) STRICT, WITHOUT ROWID)"_s,
        uR"(CREATE TABLE agent_token (
            hash BLOB PRIMARY KEY NOT NULL CHECK (length(hash) = 32),
            principal TEXT NOT NULL REFERENCES principal (id),
            created_at_ms INTEGER NOT NULL,
            revoked_at_ms INTEGER
        ) STRICT, WITHOUT ROWID)"_s,
        uR"(CREATE TABLE reviewer (
            id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
            name TEXT NOT NULL,
            key BLOB NOT NULL CHECK (length(key) = 32),
            administrator INTEGER NOT NULL CHECK (administrator IN (0, 1)),
            enrolled_at_ms INTEGER NOT NULL,
            disabled_at_ms INTEGER
        ) STRICT, WITHOUT ROWID)"_s,
        uR"(CREATE TABLE reviewer_group (
            reviewer TEXT NOT NULL REFERENCES reviewer (id) ON DELETE CASCADE,
            position INTEGER NOT NULL CHECK (position >= 0),
            name TEXT NOT NULL,
            PRIMARY KEY (reviewer, position)
        ) STRICT, WITHOUT ROWID)"_s,
        uR"(CREATE TABLE reviewer_absence (
            reviewer TEXT NOT NULL REFERENCES reviewer (id) ON DELETE CASCADE,
            from_ms INTEGER NOT NULL,
            until_ms INTEGER NOT NULL CHECK (until_ms > from_ms),
            delegate TEXT,
            PRIMARY KEY (reviewer, from_ms)
        ) STRICT, WITHOUT ROWID)"_s,
        uR"(CREATE TABLE seat (
            id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
            kind TEXT NOT NULL,
            reviewer TEXT,
            process_id INTEGER NOT NULL,
            started_at_ms INTEGER NOT NULL,
            heartbeat_at_ms INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID)"_s,
        uR"(CREATE TABLE engine_lease (
            only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
            holder TEXT NOT NULL,
            epoch INTEGER NOT NULL CHECK (epoch >= 0),
            until_ms INTEGER NOT NULL
        ) STRICT)"_s,
    };
}

/// What is asked. The last four columns of request repeat others in the form in which lists need them.
QStringList requestTables()
{
    return {
        uR"(CREATE TABLE request (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (id <> ''),
            revision INTEGER NOT NULL CHECK (revision >= 1),
            principal TEXT NOT NULL REFERENCES principal (id),
            agent_name TEXT NOT NULL,
            connection TEXT NOT NULL,
            pattern TEXT NOT NULL CHECK (pattern = 'workflow-approval' OR pattern = 'tool-approval'
                OR pattern = 'client-tool' OR pattern = 'elicitation' OR pattern = 'elicitation-url'
                OR pattern = 'confirmation' OR pattern = 'gate' OR pattern = 'sampling'),
            tool_name TEXT NOT NULL,
            summary TEXT NOT NULL,
            agent_title TEXT NOT NULL,
            tier TEXT NOT NULL CHECK (tier = 'low' OR tier = 'medium' OR tier = 'high'),
            quorum INTEGER NOT NULL CHECK (quorum >= 1),
            idempotency_key TEXT NOT NULL,
            correlation BLOB NOT NULL,
            workflow_instance TEXT NOT NULL,
            workflow_step TEXT NOT NULL,
            parent_call TEXT NOT NULL,
            batch TEXT NOT NULL,
            round INTEGER NOT NULL CHECK (round >= 1),
            lifecycle TEXT NOT NULL CHECK (lifecycle = 'pending' OR lifecycle = 'changes-requested'
                OR lifecycle = 'decided' OR lifecycle = 'expired' OR lifecycle = 'withdrawn'
                OR lifecycle = 'superseded'),
            delivery TEXT NOT NULL CHECK (delivery = 'none' OR delivery = 'staged' OR delivery = 'held'
                OR delivery = 'released' OR delivery = 'sending' OR delivery = 'acknowledged' OR delivery = 'unknown'
                OR delivery = 'undeliverable'),
            created_at_ms INTEGER NOT NULL,
            expires_at_ms INTEGER,
            claimed_by TEXT,
            claimed_by_name TEXT NOT NULL,
            claimed_until_ms INTEGER,
            deferred_until_ms INTEGER,
            delegated_to TEXT,
            decision TEXT,
            verdict TEXT CHECK (verdict = 'approve' OR verdict = 'approve-edited' OR verdict = 'reject'
                OR verdict = 'request-changes' OR verdict = 'answer' OR verdict = 'decline' OR verdict = 'cancel'),
            settled_at_ms INTEGER,
            settled_sequence INTEGER NOT NULL CHECK (settled_sequence >= 0),
            settled_note TEXT NOT NULL,
            status TEXT NOT NULL,
            shelf INTEGER NOT NULL CHECK (shelf = CASE
                WHEN lifecycle IN ('pending', 'changes-requested') THEN 0
                WHEN delivery IN ('staged', 'held') THEN 1 ELSE 2 END),
            list_key INTEGER NOT NULL
        ) STRICT)"_s,
        // The one order of every list. The principal stands in it so that open requests are counted without their rows.
        u"CREATE INDEX request_list ON request (shelf, list_key, id, principal)"_s,
        // Staged requests have no place among the settled ones yet, unless they were given one early.
        u"CREATE INDEX request_placed ON request (settled_sequence) WHERE shelf = 1 AND settled_sequence > 0"_s,
        u"CREATE UNIQUE INDEX request_key ON request (principal, idempotency_key) WHERE idempotency_key <> ''"_s,
        u"CREATE INDEX request_arrival ON request (principal, created_at_ms)"_s,
        // Over columns that a decision does not touch, so that they cost nothing then.
        u"CREATE INDEX request_tool ON request (tool_name COLLATE NOCASE)"_s,
        u"CREATE INDEX request_agent ON request (agent_name COLLATE NOCASE)"_s,
        // What remote agents wait for; requests of this machine do not stand in it.
        u"CREATE INDEX request_live ON request (connection) WHERE connection <> 'local' AND "
        "(shelf < 2 OR delivery IN ('released', 'sending', 'unknown'))"_s,
        u"CREATE INDEX request_workflow ON request (workflow_instance) WHERE workflow_instance <> ''"_s,
        uR"(CREATE TABLE round (
            request TEXT NOT NULL REFERENCES request (id),
            number INTEGER NOT NULL CHECK (number >= 1),
            content TEXT NOT NULL UNIQUE,
            policy_version TEXT NOT NULL,
            policy_trace TEXT NOT NULL,
            tier TEXT NOT NULL CHECK (tier = 'low' OR tier = 'medium' OR tier = 'high'),
            quorum INTEGER NOT NULL CHECK (quorum >= 1),
            expires_at_ms INTEGER,
            created_at_ms INTEGER NOT NULL,
            intake_hash BLOB NOT NULL CHECK (length(intake_hash) = 32),
            payload_hash BLOB NOT NULL CHECK (length(payload_hash) = 32),
            PRIMARY KEY (request, number)
        ) STRICT, WITHOUT ROWID)"_s,
        uR"(CREATE TABLE evidence (
            request TEXT NOT NULL,
            round INTEGER NOT NULL,
            position INTEGER NOT NULL CHECK (position >= 0),
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            size INTEGER NOT NULL CHECK (size >= 0),
            media_type TEXT NOT NULL,
            PRIMARY KEY (request, round, position),
            FOREIGN KEY (request, round) REFERENCES round (request, number)
        ) STRICT, WITHOUT ROWID)"_s,
        u"CREATE INDEX evidence_hash ON evidence (hash)"_s,
        uR"(CREATE TABLE content (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (id <> ''),
            kind TEXT NOT NULL,
            salt BLOB NOT NULL,
            body BLOB NOT NULL
        ) STRICT)"_s,
        uR"(CREATE TABLE conversation_message (
            request TEXT NOT NULL REFERENCES request (id),
            position INTEGER NOT NULL CHECK (position >= 0),
            role TEXT NOT NULL,
            content TEXT NOT NULL,
            at_ms INTEGER,
            PRIMARY KEY (request, position)
        ) STRICT, WITHOUT ROWID)"_s,
        uR"(CREATE TABLE request_seen (
            request TEXT NOT NULL REFERENCES request (id),
            reviewer TEXT NOT NULL,
            seen_at_ms INTEGER NOT NULL,
            PRIMARY KEY (request, reviewer)
        ) STRICT, WITHOUT ROWID)"_s,
        uR"(CREATE TABLE draft (
            request TEXT NOT NULL REFERENCES request (id),
            reviewer TEXT NOT NULL,
            round INTEGER NOT NULL CHECK (round >= 1),
            body BLOB NOT NULL,
            updated_at_ms INTEGER NOT NULL,
            PRIMARY KEY (request, reviewer)
        ) STRICT, WITHOUT ROWID)"_s,
        uR"(CREATE TABLE timer (
            id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
            kind TEXT NOT NULL CHECK (kind <> ''),
            request TEXT NOT NULL REFERENCES request (id),
            due_at_ms INTEGER NOT NULL,
            fired_at_ms INTEGER
        ) STRICT, WITHOUT ROWID)"_s,
        u"CREATE INDEX timer_due ON timer (due_at_ms, id) WHERE fired_at_ms IS NULL"_s,
        u"CREATE INDEX timer_request ON timer (request, kind)"_s,
        u"CREATE VIRTUAL TABLE request_fts USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3')"_s,
    };
}

/// What is said, what follows from it, and what came of it.
QStringList decisionTables()
{
    return {
        uR"(CREATE TABLE statement (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (id <> ''),
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            body BLOB NOT NULL,
            key_id BLOB NOT NULL CHECK (length(key_id) = 32),
            signature BLOB NOT NULL,
            content TEXT
        ) STRICT)"_s,
        u"CREATE INDEX statement_subject ON statement (kind, subject)"_s,
        uR"(CREATE TABLE decision (
            id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
            request TEXT NOT NULL REFERENCES request (id),
            round INTEGER NOT NULL CHECK (round >= 1),
            verdict TEXT NOT NULL CHECK (verdict = 'approve' OR verdict = 'approve-edited' OR verdict = 'reject'
                OR verdict = 'request-changes' OR verdict = 'answer' OR verdict = 'decline' OR verdict = 'cancel'),
            deciding_vote TEXT NOT NULL,
            reviewer TEXT NOT NULL,
            reviewer_name TEXT NOT NULL,
            payload_hash BLOB NOT NULL CHECK (length(payload_hash) = 32),
            effective_hash BLOB NOT NULL CHECK (length(effective_hash) = 32),
            decided_at_ms INTEGER NOT NULL,
            seat TEXT NOT NULL,
            release_at_ms INTEGER,
            release TEXT,
            released_at_ms INTEGER,
            acknowledged_at_ms INTEGER,
            undone INTEGER NOT NULL CHECK (undone IN (0, 1))
        ) STRICT, WITHOUT ROWID)"_s,
        u"CREATE UNIQUE INDEX decision_standing ON decision (request, round) WHERE undone = 0"_s,
        u"CREATE INDEX decision_undone ON decision (request) WHERE undone = 1"_s,
        uR"(CREATE TABLE delivery_attempt (
            id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
            decision TEXT NOT NULL REFERENCES decision (id),
            epoch INTEGER NOT NULL CHECK (epoch >= 0),
            token TEXT NOT NULL,
            intent_at_ms INTEGER NOT NULL,
            finished_at_ms INTEGER,
            result TEXT NOT NULL,
            seat TEXT NOT NULL,
            started INTEGER NOT NULL CHECK (started IN (0, 1))
        ) STRICT, WITHOUT ROWID)"_s,
        u"CREATE UNIQUE INDEX delivery_attempt_token ON delivery_attempt (token) WHERE started = 1 AND token <> ''"_s,
        u"CREATE UNIQUE INDEX delivery_attempt_started ON delivery_attempt (decision) WHERE started = 1"_s,
        u"CREATE INDEX delivery_attempt_decision ON delivery_attempt (decision)"_s,
        u"CREATE INDEX delivery_attempt_open ON delivery_attempt (intent_at_ms, id) WHERE finished_at_ms IS NULL"_s,
        uR"(CREATE TABLE outcome (
            id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
            request TEXT NOT NULL REFERENCES request (id),
            decision TEXT,
            exit_code INTEGER,
            error TEXT NOT NULL,
            output BLOB NOT NULL,
            output_digest BLOB NOT NULL CHECK (length(output_digest) = 32),
            note TEXT NOT NULL,
            at_ms INTEGER NOT NULL
        ) STRICT)"_s,
        u"CREATE INDEX outcome_request ON outcome (request)"_s,
        uR"(CREATE TABLE feedback (
            id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
            request TEXT NOT NULL REFERENCES request (id),
            score INTEGER NOT NULL CHECK (score BETWEEN 1 AND 5),
            tags TEXT NOT NULL,
            note TEXT NOT NULL,
            reviewer TEXT NOT NULL,
            at_ms INTEGER NOT NULL
        ) STRICT)"_s,
        u"CREATE INDEX feedback_request ON feedback (request)"_s,
        uR"(CREATE TABLE policy_version (
            version TEXT PRIMARY KEY NOT NULL CHECK (version <> ''),
            body BLOB NOT NULL,
            statement TEXT NOT NULL,
            active_from_ms INTEGER NOT NULL
        ) STRICT)"_s,
        uR"(CREATE TABLE tool_definition (
            connection TEXT NOT NULL,
            tool TEXT NOT NULL,
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            body BLOB NOT NULL,
            seen_at_ms INTEGER NOT NULL,
            approved_at_ms INTEGER,
            PRIMARY KEY (connection, tool)
        ) STRICT)"_s,
    };
}

QStringList workflowTables()
{
    return {
        uR"(CREATE TABLE workflow_instance (
            id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
            name TEXT NOT NULL,
            definition_hash BLOB NOT NULL CHECK (length(definition_hash) = 32),
            definition BLOB NOT NULL,
            status TEXT NOT NULL CHECK (status = 'running' OR status = 'waiting' OR status = 'paused'
                OR status = 'finished' OR status = 'failed' OR status = 'terminated'),
            input TEXT,
            result TEXT,
            parent TEXT,
            created_at_ms INTEGER NOT NULL,
            updated_at_ms INTEGER NOT NULL
        ) STRICT)"_s,
        uR"(CREATE TABLE workflow_step (
            instance TEXT NOT NULL REFERENCES workflow_instance (id),
            id TEXT NOT NULL CHECK (id <> ''),
            position INTEGER NOT NULL CHECK (position >= 0),
            kind TEXT NOT NULL,
            status TEXT NOT NULL,
            attempt INTEGER NOT NULL CHECK (attempt >= 0),
            request TEXT REFERENCES request (id),
            started_at_ms INTEGER,
            finished_at_ms INTEGER,
            PRIMARY KEY (instance, id)
        ) STRICT, WITHOUT ROWID)"_s,
        uR"(CREATE TABLE journal (
            instance TEXT NOT NULL REFERENCES workflow_instance (id),
            position INTEGER NOT NULL CHECK (position >= 0),
            kind TEXT NOT NULL,
            step TEXT NOT NULL,
            body BLOB NOT NULL,
            at_ms INTEGER NOT NULL,
            PRIMARY KEY (instance, position)
        ) STRICT)"_s,
    };
}

/// The log. An event's number is the sequence of its seal, so that neither needs an index to find the other.
QStringList logTables()
{
    return {
        uR"(CREATE TABLE event (
            number INTEGER PRIMARY KEY CHECK (number >= 1),
            id TEXT NOT NULL CHECK (id <> ''),
            kind TEXT NOT NULL CHECK (kind <> ''),
            subject TEXT NOT NULL,
            at_ms INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT)"_s,
        u"CREATE INDEX event_subject ON event (subject)"_s,
        uR"(CREATE TABLE seal (
            sequence INTEGER PRIMARY KEY REFERENCES event (number),
            leaf_hash BLOB NOT NULL CHECK (length(leaf_hash) = 32),
            previous_hash BLOB NOT NULL CHECK (length(previous_hash) = 32),
            seal_hash BLOB NOT NULL CHECK (length(seal_hash) = 32)
        ) STRICT)"_s,
        uR"(CREATE TABLE checkpoint (
            size INTEGER PRIMARY KEY CHECK (size >= 0),
            root_hash BLOB NOT NULL CHECK (length(root_hash) = 32),
            body BLOB NOT NULL,
            key_id BLOB NOT NULL CHECK (length(key_id) = 32),
            signature BLOB NOT NULL,
            at_ms INTEGER NOT NULL
        ) STRICT)"_s,
    };
}

// clang-format on

/// What is written once stays. Verification proves it; these refuse it already.
QStringList finalityTriggers()
{
    QStringList triggers;
    for (const QString &table : {u"event"_s, u"seal"_s, u"statement"_s, u"round"_s, u"checkpoint"_s}) {
        triggers.append(uR"(CREATE TRIGGER %1_is_never_changed BEFORE UPDATE ON %1
            BEGIN SELECT RAISE(ABORT, 'a row of %1 is never changed'); END)"_s.arg(table));
        triggers.append(uR"(CREATE TRIGGER %1_is_never_deleted BEFORE DELETE ON %1
            BEGIN SELECT RAISE(ABORT, 'a row of %1 is never deleted'); END)"_s.arg(table));
    }
    // Deleting content is its erasure.
    triggers.append(u"CREATE TRIGGER content_is_never_changed BEFORE UPDATE ON content "
                    "BEGIN SELECT RAISE(ABORT, 'a row of content is never changed'); END"_s);
    return triggers;
}

} // namespace

QStringList firstSchema()
{
    return peopleTables() + requestTables() + decisionTables() + workflowTables() + logTables() + finalityTriggers();
}

} // namespace countersign
