// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/connections/mcp/client_tools.h"
#include "core/domain/ids.h"

namespace countersign::mcp {

/// A tool of a connected server, for lists and forms. Everything in it but \c standing is outside text.
struct ToolInfo {
    ServerTool server;
    ToolBook::Standing standing = ToolBook::Standing::Unknown;

    const QString &name() const { return server.tool.name; }
};

/// Who makes a call by hand.
struct ToolCaller {
    QString agentName; ///< "tools pane", "countersignctl".
    QString osUser;
    QString owner; ///< Whose runner carries it out: `service`, or the seat of the process that waits for the result.
};
inline const QString serviceOwner = QStringLiteral("service");

/// How a call that was made by hand stands. A value.
struct ToolCallState {
    enum class Stage {
        Asking,  ///< It waits for a policy or a person.
        Running, ///< The server works on it.
        Done,    ///< \c result is the server's.
        Failed,  ///< The server answered with an error, or went away; \c words says which.
        Refused, ///< It was not carried out; \c words says why.
    };
    RequestId request;
    QString tool;
    QByteArray arguments; ///< As asked for.
    Stage stage = Stage::Asking;
    QString words;             ///< One sentence, when it failed or was refused. Quotes outside text.
    QByteArray result;         ///< JSON text of the result as it came; empty: there is none.
    bool isToolError = false;  ///< The tool says that it failed.
    bool wasEdited = false;    ///< A reviewer changed the arguments.
    bool isKnownUndone = true; ///< Of a failed call: it certainly was not carried out.
    Timestamp askedAt;
    Timestamp startedAt;
    std::chrono::milliseconds took{0}; ///< From sending to the answer.
    QString progress;                  ///< The server's own words about how far it is: outside text.

    bool isOver() const { return stage != Stage::Asking && stage != Stage::Running; }
};

} // namespace countersign::mcp
