// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/command.h"
#include "core/connections/connection_service.h"

#include <QtCore/QTimer>

namespace countersign::ctl {

/// The row of the connection \p name. NotFound: there is none, or it was removed.
Result<ConnectionRow> connectionNamed(Session &session, const QString &name);

/// One MCP server, for the length of one command of this process: connects, lists the tools, may call one.
class ServerVisit : public QObject
{
    Q_OBJECT
public:
    /// \p session outlives it. \p owner: whose calls are carried out here.
    /// Where nobody is signed in yet, \p console tells the address to sign in at.
    static Result<std::unique_ptr<ServerVisit>> begin(Session &session, Console &console, const ConnectionRow &row,
                                                      const QString &owner);
    ~ServerVisit() override;

    /// Runs the event loop until the tools are known. Unreachable, with the reason: they will not be, within 40 s.
    Result<> connectNow();
    /// Runs the event loop until \p done says so; the engine's timers go on and decisions are looked for. False:
    /// interrupted by a signal.
    bool waitUntil(ProcessState &process, const std::function<bool()> &done);
    mcp::McpRunner &runner() { return *m_runner; }

private:
    ServerVisit(Session &session, Console &console);
    void look();

    void askToSignIn(const mcp::SignInQuestion &question);

    Session &m_session;
    Console &m_console;
    SystemIdSource m_ids;
    EventLoopScheduler m_scheduler;
    DirectEngineDoor m_door;
    ConnectionService m_service; ///< Only makes the runner; serves nothing.
    std::unique_ptr<mcp::McpRunner> m_runner;
    QTimer m_poll;
    std::chrono::milliseconds m_lookedAt{0};
    bool m_isSigningIn = false;
};

/// `connection test` of an MCP server. Absent: the connection is none.
std::optional<int> testServer(Invocation &call, Session &session);

} // namespace countersign::ctl
