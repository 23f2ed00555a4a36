// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/console.h"
#include "app/ctl/exit_code.h"
#include "app/ctl/option_parser.h"
#include "app/ctl/process_state.h"
#include "app/ctl/session.h"

namespace countersign::ctl {

/// One call of a command: what was given, and the parts of the process.
struct Invocation {
    const ParsedOptions &options;
    Console &console;
    ProcessState &process;
    QString workspaceUrl;

    Result<std::unique_ptr<Session>> open(const QString &seatKind, Session::Need need = Session::Need::Write) const
    {
        return Session::open(workspaceUrl, seatKind, need);
    }
};

/// A command as declared: its words, its syntax, its help, and the function that runs it and gives the exit code.
struct Command {
    QString name;    ///< `request`, or two words: `reviewer add`.
    QString summary; ///< One line.
    QString more;    ///< Further paragraphs of its help.
    Syntax syntax;
    int (*run)(Invocation &call);
};

/// One group of commands each, in the order of the help.
std::vector<Command> requestCommands();
std::vector<Command> gateCommands();
std::vector<Command> lookingCommands();
std::vector<Command> decidingCommands();
std::vector<Command> peopleCommands();
std::vector<Command> workspaceCommands();
std::vector<Command> policyCommands();
std::vector<Command> schemaCommands();
std::vector<Command> connectionCommands();
std::vector<Command> toolCommands();
std::vector<Command> mcpCommands();
std::vector<Command> hookCommands();

/// For the help of commands that wait.
inline QString interruptedWaitHelp()
{
    return QStringLiteral("A wait that signal N interrupts ends with 128 + N; the request stays as it is.");
}

inline Error usageError(const QString &sentence)
{
    return {ErrorCode::InvalidInput, sentence, {}};
}

} // namespace countersign::ctl
