// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/id_source.h"
#include "core/store/sqlite_connection.h"

namespace countersign {

/// "CTSN": how a workspace file says what it is.
constexpr int workspaceApplicationId = 0x4354534E;
/// The number of the newest migration.
int newestSchemaVersion();

/// Looks at what \p connection opened, without writing. True: an empty database. Errors: Damaged (something else's
/// file), NewerVersion.
Result<bool> isEmptyWorkspace(SqliteConnection &connection);

/// Brings the file to the newest schema in one immediate transaction; does nothing when it is there.
Result<> migrate(SqliteConnection &connection, const Clock &clock, IdSource &ids);

} // namespace countersign
