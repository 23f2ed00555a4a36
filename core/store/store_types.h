// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/domain/audit_records.h"
#include "core/domain/decision.h"
#include "core/domain/request.h"
#include "core/domain/reviewer.h"

#include <QtCore/QStringList>

#include <optional>
#include <vector>

namespace countersign {

struct WorkspaceInfo {
    WorkspaceId id;
    int schemaVersion = 0;
    Timestamp createdAt;
    PublicKey logKey; ///< Null until checkpoints are made.

    friend bool operator==(const WorkspaceInfo &, const WorkspaceInfo &) = default;
};

/// Which requests a list shows.
struct QueueQuery {
    enum class View {
        Inbox,    ///< Open and not deferred.
        Claimed,  ///< Open and claimed by \c reviewer.
        Deferred, ///< Open, deferred beyond \c now.
        Staged,   ///< Decided, not yet released: staged or held.
        Settled,  ///< Everything that is over, newest first.
        All,      ///< Newest first.
    };
    View view = View::Inbox;
    ReviewerId reviewer; ///< Whose claims.
    Timestamp now{};     ///< For claims and deferral.
    // Filter language of the window and of `list --query`, parsed by parseQuery(). Empty members do not filter.
    QStringList words; ///< Full text: every word must match (prefix).
    QString tool;
    QString agent;
    QString connection;
    QString status; ///< A status word.
    std::optional<Tier> tier;
    std::optional<Pattern> pattern;

    bool isFiltered() const
    {
        return !words.isEmpty() || !tool.isEmpty() || !agent.isEmpty() || !connection.isEmpty() || !status.isEmpty() ||
               tier || pattern;
    }
    friend bool operator==(const QueueQuery &, const QueueQuery &) = default;
};
/// `status:pending tool:x agent:"two words" tier:high pattern:gate free text`. Unknown keys are searched as text.
QueueQuery parseQuery(const QString &text, QueueQuery base = {});

/// Position of a row in a list; opaque to callers. Comes from QueueRow::key.
struct QueueKey {
    qint64 primary = 0; ///< Due time for open lists, sequence for settled ones.
    QString id;

    friend bool operator==(const QueueKey &, const QueueKey &) = default;
};

struct QueueRow {
    QueueKey key;
    Request request;
};

/// Which stretch of a list: after or before a key (exclusive), or from the top. Never by offset.
struct QueueWindow {
    std::optional<QueueKey> after{};
    std::optional<QueueKey> before{}; ///< Rows before this one, still returned in list order.
    int rowCount = 200;               ///< 1 to 1000.
};

struct QueuePage {
    std::vector<QueueRow> rows; ///< In list order.
    bool moreBefore = false;
    bool moreAfter = false;
};

/// How long a list is. Exact up to \c exactUpTo, beyond that an estimate from the ends of the sequence.
struct QueueExtent {
    qint64 count = 0;
    bool exact = true;
    qint64 firstPrimary = 0; ///< Of the first row in list order (Settled: the newest sequence).
    qint64 lastPrimary = 0;
};

/// Numbers beside the views of the sidebar. All over open requests: cheap at any history length.
struct QueueCounts {
    int inbox = 0;
    int claimed = 0;
    int deferred = 0;
    int staged = 0;
    int highInInbox = 0;
    std::vector<std::pair<QString, int>> byAgent; ///< Agent name (outside text) and open requests, at most 50.

    friend bool operator==(const QueueCounts &, const QueueCounts &) = default;
};

/// Stands for a moment in what a store holds about people and policies: StoreReader::changeMark().
struct ChangeMark {
    qint64 others = 0; ///< Commits of other connections.
    qint64 own = 0;    ///< Writes of this one.
    friend bool operator==(const ChangeMark &, const ChangeMark &) = default;
};

/// What changed since a sequence: the change feed.
struct ChangeSet {
    qint64 lastSequence = 0;
    std::vector<RequestId> requests; ///< Each once, in order; at most 1000 (then \c truncated: load afresh).
    bool truncated = false;
};

/// A draft of an answer or of edited arguments, kept over restarts. Secrets never stand in it.
struct Draft {
    RequestId request;
    ReviewerId reviewer;
    int round = 1;
    QByteArray body; ///< JSON text.
    Timestamp updatedAt;

    friend bool operator==(const Draft &, const Draft &) = default;
};

/// The intent to deliver, written before anything is sent (MODEL.md section 4).
struct DeliveryAttempt {
    QString id;
    DecisionId decision;
    qint64 epoch = 0; ///< Fencing epoch of the lease holder; 0 for a local executor.
    QString token;    ///< Single-use: unique per decision that started.
    Timestamp intentAt;
    std::optional<Timestamp> finishedAt;
    QString result; ///< `started`, `acknowledged`, `unknown`, `refused`, …
    SeatId seat;    ///< Which process tries.

    friend bool operator==(const DeliveryAttempt &, const DeliveryAttempt &) = default;
};

/// Who fires timers and serves remote agents; one at a time.
struct EngineLease {
    SeatId holder;
    qint64 epoch = 0; ///< Grows with every new holder; every commit of the holder checks it.
    Timestamp until;

    friend bool operator==(const EngineLease &, const EngineLease &) = default;
};

struct Timer {
    TimerId id;
    QString kind; ///< `expire`, `release`, `remind`, `escalate`.
    RequestId request;
    Timestamp dueAt;
    std::optional<Timestamp> firedAt;

    friend bool operator==(const Timer &, const Timer &) = default;
};

/// An agent or server that this workspace listens to. Secrets never stand in it.
struct ConnectionRow {
    QString id;
    QString name;        ///< Unique among all rows, removed ones included.
    QString kind;        ///< `cloudflare`.
    QByteArray settings; ///< JSON text.
    Timestamp createdAt;
    std::optional<Timestamp> removedAt;

    friend bool operator==(const ConnectionRow &, const ConnectionRow &) = default;
};

/// A policy as stored; valid only with its statement's signature.
struct PolicyVersion {
    QString version;
    QByteArray body; ///< JSON text.
    StatementId statement;
    Timestamp activeFrom;

    friend bool operator==(const PolicyVersion &, const PolicyVersion &) = default;
};

/// A tool's definition as last seen from a connection.
struct ToolDefinition {
    QString connection;
    QString tool;
    Digest hash;
    QByteArray body; ///< JSON text.
    Timestamp seenAt;
    std::optional<Timestamp> approvedAt; ///< When a call under this very definition was last approved.

    friend bool operator==(const ToolDefinition &, const ToolDefinition &) = default;
};

struct Feedback {
    QString id;
    RequestId request;
    int score = 0; ///< 1 to 5.
    QStringList tags;
    ContentId note;
    ReviewerId reviewer;
    Timestamp at;

    friend bool operator==(const Feedback &, const Feedback &) = default;
};

} // namespace countersign
