// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/connection_settings.h"
#include "core/connections/connection_status.h"

namespace countersign {

/// How a connection stands that nobody serves here.
inline ConnectionStatus offStatus(const ConnectionRow &row, const ConnectionSettings &settings)
{
    ConnectionStatus status;
    status.id = row.id;
    status.name = row.name;
    status.kind = row.kind;
    status.command = settings.command;
    status.folder = settings.folder;
    status.address = shownAddress(settings.url);
    status.words = QStringLiteral("Not served by this process.");
    return status;
}

} // namespace countersign
