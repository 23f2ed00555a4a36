// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/mcp_gate_setup.h"
#include "core/connections/mcp/stdio.h"

namespace countersign::ctl {

/// One run of `mcp-gate`: the gate between this process's own standard streams and a server
/// that it starts or that is at an address.
class McpGateProcess : public QObject
{
    Q_OBJECT
public:
    explicit McpGateProcess(Invocation &call);
    /// Runs until either side is gone or a signal comes; the exit code.
    int run();

private:
    Result<> start();
    void connectStreams();
    void clientEnded(const QString &why);
    void serverEnded(const QString &how);
    void signalled();
    void leave(int exitCode);
    void balance();

    Invocation &m_call;
    McpGateSetup m_setup;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<McpUpstreams> m_upstreams;
    std::unique_ptr<RequestWatch> m_watch;
    std::unique_ptr<mcp::Gate> m_gate;
    std::unique_ptr<mcp::LineReader> m_fromClient;
    std::unique_ptr<mcp::LineWriter> m_toClient;
    std::unique_ptr<mcp::GateUpstream> m_server;
    std::unique_ptr<QSocketNotifier> m_signals;
    QTimer m_tick;
    QString m_serverName;
    int m_exitCode = ExitCode::Done;
    bool m_clientGone = false;
    bool m_leaving = false;
};

} // namespace countersign::ctl
