// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/command.h"
#include "core/connections/mcp/gate.h"
#include "core/connections/mcp/gate_upstream.h"
#include "core/connections/mcp/oauth_authorization.h"

namespace countersign::ctl {

/// What `mcp-gate` was asked for: how its gates are set up, and what stands behind them.
class McpGateSetup
{
public:
    /// InvalidInput: a sentence about the option that cannot be meant.
    static Result<McpGateSetup> read(const Invocation &call);

    mcp::GateOptions gate;
    std::optional<QUrl> url; ///< Absent: the command.
    std::vector<mcp::HeaderPair> headers;
};

/// Makes what stands behind each gate of one process.
class McpUpstreams
{
public:
    McpUpstreams(const McpGateSetup &setup, const Invocation &call, Session &session);
    std::unique_ptr<mcp::GateUpstream> make();

private:
    const McpGateSetup &m_setup;
    const Invocation &m_call;
    EventLoopScheduler m_scheduler;
    SystemIdSource m_ids;
    std::unique_ptr<SecretStore> m_secrets;
    std::unique_ptr<mcp::HttpAuthorization> m_authorization;
};

/// The token that clients of a gate on HTTP show: from \p file, which is made when there is none.
Result<QByteArray> listenToken(const QString &file);

} // namespace countersign::ctl
