// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/command.h"
#include "core/connections/mcp/server.h"
#include "core/connections/mcp/stdio.h"

namespace countersign::ctl {

/// One run of `mcp-server`: our tools on this process's own standard streams.
class McpServerProcess : public QObject
{
    Q_OBJECT
public:
    explicit McpServerProcess(Invocation &call);
    /// Runs until the client is gone or a signal comes; the exit code.
    int run();

private:
    Result<> start();
    void clientEnded(const QString &why);

    Invocation &m_call;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<RequestWatch> m_watch;
    std::unique_ptr<mcp::HumanServer> m_server;
    std::unique_ptr<mcp::LineReader> m_fromClient;
    std::unique_ptr<mcp::LineWriter> m_toClient;
    std::unique_ptr<QSocketNotifier> m_signals;
    QTimer m_tick;
    int m_exitCode = ExitCode::Done;
    bool m_clientGone = false;
};

} // namespace countersign::ctl
