// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/mcp/client_transport.h"
#include "core/connections/mcp/tools.h"

namespace countersign::mcp {

/// A tool of a connected server, with what a caller has to know of it.
struct ServerTool {
    Tool tool;               ///< Name, title, description, schema, annotations (claims), and the hash of all of them.
    QByteArray outputSchema; ///< As received; empty: none.
    enum class Tasks { Forbidden, Optional, Required };
    Tasks tasks = Tasks::Forbidden; ///< May it be, or must it be, called as a task (revision 2025-11-25)?

    /// An argument that HTTP mirrors to the header `Mcp-Param-<name>` (revision 2026-07-28).
    struct MirroredArgument {
        QStringList path; ///< Member names from the arguments' root.
        QByteArray header;
    };
    std::vector<MirroredArgument> mirrored;

    /// What people call it: its title, the one in its annotations, or its name. Outside text.
    QString displayName() const;
    /// A hint in the annotations; absent: not said. `readOnlyHint`, `destructiveHint`, `idempotentHint`,
    /// `openWorldHint`.
    std::optional<bool> claim(QStringView hint) const;
};

/// One page of `tools/list`.
struct ToolPage {
    std::vector<ServerTool> tools;
    QByteArray nextCursor; ///< The token with its quotes; empty: that was the last page.
    QStringList leftOut;   ///< Sentences: which tools were not taken, and why. Quote outside text.
};
/// \p overHttp leaves out tools whose mirrored arguments break the rules. Malformed: it is no page of tools.
Result<ToolPage> readToolPage(QByteArrayView result, bool overHttp);

/// `Mcp-Param-…` headers for a call of \p tool with \p arguments (an object, or empty).
std::vector<HeaderPair> mirroredHeaders(const ServerTool &tool, QByteArrayView arguments);
/// A header value as it is, or in the form `=?base64?…?=` when it cannot stand in a header.
QByteArray headerValue(QByteArrayView utf8);

} // namespace countersign::mcp
