// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/id_source.h"
#include "core/connections/connection_service.h"

namespace countersign::ui {

class ReviewSession;
class SignIns;

/// The connections of the window's workspace, with what they need. They are served while this process holds the engine
/// lease, whether or not somebody is signed in, and stop when the workspace turns out to be damaged. GUI thread: the
/// sockets live there, the engine does not.
class ConnectionDesk : public QObject
{
    Q_OBJECT
public:
    /// \p session outlives the desk.
    explicit ConnectionDesk(ReviewSession &session, QObject *parent = nullptr);

    /// Serves as soon as the workspace is open. Call after the first paint.
    void start();
    ConnectionService &service() { return m_service; }
    SignIns &signIns() { return *m_signIns; } ///< At MCP servers.

private:
    ReviewSession &m_session;
    SystemIdSource m_ids;
    EventLoopScheduler m_scheduler;
    ThreadedEngineDoor m_door;
    ConnectionService m_service;
    SignIns *m_signIns = nullptr; ///< The service's.
    bool m_started = false;
};

} // namespace countersign::ui
