// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/sqlite_row.h"
#include "core/store/store.h"

namespace countersign {

/// The columns of each table in the order in which the functions below read and bind them.
extern const QString requestColumns;  ///< Of `request AS r`.
extern const QString roundColumns;    ///< Of `round AS o LEFT JOIN content AS c`.
extern const QString decisionColumns; ///< Of `decision AS d`.
extern const QString sealedEventColumns;

Request readRequest(SqlRow &row);
Round readRound(SqlRow &row);
Statement readStatement(SqlRow &row);
ContentRow readContent(SqlRow &row);
Principal readPrincipal(SqlRow &row);
Decision readDecision(SqlRow &row);
Outcome readOutcome(SqlRow &row);
DeliveryAttempt readDeliveryAttempt(SqlRow &row);
PolicyVersion readPolicy(SqlRow &row);
Seat readSeat(SqlRow &row);
EngineLease readLease(SqlRow &row);
Timer readTimer(SqlRow &row);
ConnectionRow readConnection(SqlRow &row);
Draft readDraft(SqlRow &row);
ToolDefinition readToolDefinition(SqlRow &row);
Seal readSeal(SqlRow &row);
StoreReader::SealedEvent readSealedEvent(SqlRow &row);

/// All columns of an inserted request, in the order of requestInsertColumns.
extern const QString requestInsertColumns;
SqlValues insertValues(const Request &request);
/// The columns that change while a request lives, and after them its revision, id and stored revision.
SqlValues changeValues(const Request &request);
SqlValues insertValues(const Decision &decision);

} // namespace countersign
