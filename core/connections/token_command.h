// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QtCore/QByteArray>
#include <QtCore/QObject>
#include <QtCore/QStringList>

#include <chrono>
#include <functional>

namespace countersign {

/// The longest that a token may take, and be.
constexpr std::chrono::milliseconds tokenPatience{10'000};
constexpr qsizetype mostTokenBytes = 16 * 1024;

/// Splits what a person typed into the words of a command, quotes respected, and finds its program: the result begins
/// with an absolute path, so that another search path later starts nothing else. InvalidInput.
Result<QStringList> readTokenCommand(const QString &typed);

/// Starts \p command without a shell, with nothing on its standard input, and gives what it prints, trimmed. Its
/// output is never logged; its standard error is thrown away. After \p patience it is killed, with what it started.
/// \p reply comes exactly once, later, unless \p context is gone by then; the command is killed with \p context.
/// Unreachable: it could not be started, failed, or took too long. Malformed: what it printed is no token.
void runTokenCommand(const QStringList &command, QObject *context,
                     std::function<void(const Result<QByteArray> &token)> reply,
                     std::chrono::milliseconds patience = tokenPatience);

} // namespace countersign
