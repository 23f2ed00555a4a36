// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QStringList>

namespace countersign {

/// The statements of migration 1: all tables, indexes and triggers of the model. Never edited once released: a later
/// change of the schema is a migration of its own.
QStringList firstSchema();

} // namespace countersign
