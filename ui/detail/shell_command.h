// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/domain/request.h"

#include <QtCore/QStringList>

#include <vector>

namespace countersign::ui {

/// One command of a command line, for reading: nothing is ever run from it.
struct CommandLine {
    QString text;      ///< Outside text, exactly as it stands in the payload.
    QString follows;   ///< What leads to the next one: `&&`, `||`, `;`, `|`, `&`; empty at the end.
    QStringList notes; ///< Ours: "force push is not reversible".
};

/// As a POSIX shell would have to read it to get the same word.
QString quotedForShell(const QString &word);
/// Splits at `&&`, `||`, `;`, `|`, `&` and line breaks outside quotes, parentheses and here-documents. What it cannot
/// take apart safely stays one command.
std::vector<CommandLine> splitShell(const QString &script);
/// What a round would run: the argument vector of a gate, the script of a `sh -c`, or the command member of a shell
/// tool. Empty: the round runs no command.
std::vector<CommandLine> commandsOf(const RoundContent &content, const JsonValue &arguments);

} // namespace countersign::ui
