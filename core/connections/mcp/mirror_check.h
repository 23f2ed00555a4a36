// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/http_request.h"
#include "core/connections/mcp/client_tools.h"
#include "core/connections/mcp/codec.h"

#include <map>

namespace countersign::mcp {

/// Holds the clients of an HTTP front to what the tools behind it want mirrored in headers (MCP 2026-07-28
/// basic/transports/streamable-http). Learns it from the lists of tools that pass.
class MirrorCheck
{
public:
    /// \p result of `tools/list`; \p first: what was known before is forgotten.
    void learn(QByteArrayView result, bool first);
    /// Malformed: which header does not say what \p call, a `tools/call`, says. Of a tool that no list named so far
    /// nothing is known, and nothing is asked for.
    Result<> check(const HttpRequest &request, const Message &call) const;

private:
    std::map<QString, ServerTool> m_tools; ///< Those that want anything mirrored.
};

} // namespace countersign::mcp
