// SPDX-License-Identifier: Apache-2.0
#include "core/base/log.h"

namespace countersign {
Q_LOGGING_CATEGORY(logStore, "countersign.store", QtInfoMsg)
Q_LOGGING_CATEGORY(logEngine, "countersign.engine", QtInfoMsg)
Q_LOGGING_CATEGORY(logSchema, "countersign.schema", QtInfoMsg)
Q_LOGGING_CATEGORY(logMcp, "countersign.mcp", QtInfoMsg)
Q_LOGGING_CATEGORY(logAgents, "countersign.agents", QtInfoMsg)
Q_LOGGING_CATEGORY(logIntake, "countersign.intake", QtInfoMsg)
Q_LOGGING_CATEGORY(logUi, "countersign.ui", QtInfoMsg)
} // namespace countersign
