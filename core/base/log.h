// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QLoggingCategory>

/// All categories of the program. Log ids and counts, never arguments, tokens, prompts or personal data.
namespace countersign {
Q_DECLARE_LOGGING_CATEGORY(logStore)  // countersign.store
Q_DECLARE_LOGGING_CATEGORY(logEngine) // countersign.engine
Q_DECLARE_LOGGING_CATEGORY(logSchema) // countersign.schema
Q_DECLARE_LOGGING_CATEGORY(logMcp)    // countersign.mcp
Q_DECLARE_LOGGING_CATEGORY(logAgents) // countersign.agents
Q_DECLARE_LOGGING_CATEGORY(logIntake) // countersign.intake
Q_DECLARE_LOGGING_CATEGORY(logUi)     // countersign.ui
} // namespace countersign
