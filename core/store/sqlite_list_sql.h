// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/sqlite_connection.h"
#include "core/store/store_types.h"

namespace countersign {

/// Where the rows of one list come from: tables, condition and order, without columns and limits.
struct ListSql {
    QString tables;    ///< Joined, with `request AS r` among them.
    QString condition; ///< Of the query.
    SqlValues values;  ///< Of the condition, in order.
    QString key;       ///< The column of QueueKey::primary.
    bool keyIsUnique = false;
    bool isNewestFirst = false;
    bool isFiltered = false;

    /// `key ASC, r.id ASC` or the like; \p backwards turns it round.
    QString order(bool backwards = false) const;
    /// Rows after a key in list order (or before it), with bindings from keyValues().
    QString beyond(bool before, bool inclusive = false) const;
    SqlValues keyValues(const QueueKey &key) const;
};

/// Chooses how to walk: along the list when it is short or its filters let many rows through, else from the index of
/// the filter that finds few. Either way the work is bounded by the page, not by the history.
Result<ListSql> listSql(SqliteConnection &connection, const QueueQuery &query);

} // namespace countersign
