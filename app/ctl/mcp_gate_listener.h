// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/mcp_gate_setup.h"
#include "core/connections/mcp/http_front.h"

#include <QtCore/QSocketNotifier>

namespace countersign::ctl {

/// One run of `mcp-gate --listen`: gates for every client that comes by HTTP.
class McpGateListener : public QObject
{
    Q_OBJECT
public:
    explicit McpGateListener(Invocation &call);
    ~McpGateListener() override;
    /// Runs until a signal comes; the exit code.
    int run();

private:
    Result<> start();
    Result<> tidyUp();
    Result<HttpServerOptions> serverOptions();
    Result<std::unique_ptr<mcp::FrontLink>> openLink();
    void say(const QString &sentence);
    void signalled();

    Invocation &m_call;
    McpGateSetup m_setup;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<SystemIdSource> m_ids;
    std::unique_ptr<McpUpstreams> m_upstreams;
    std::unique_ptr<mcp::HttpFront> m_front;
    std::unique_ptr<HttpServer> m_server;
    std::unique_ptr<QSocketNotifier> m_signals;
    QString m_tokenFile; ///< Empty: there is no token.
    int m_exitCode = ExitCode::Done;
    bool m_ending = false;
};

} // namespace countersign::ctl
