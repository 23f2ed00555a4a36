// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/connection_status.h"
#include "core/connections/frames_log.h"

#include <QtCore/QObject>

namespace countersign {

/// One connection at work, whatever its protocol: keeps it open while it is served, and tells how it stands. Lives on
/// the thread of the sockets.
class PeerRunner : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    virtual void start() = 0;
    virtual void stop() = 0;
    virtual void retryNow() = 0;
    /// Something changed in the workspace: perhaps a decision waits to be sent.
    virtual void poke() = 0;
    /// Nothing is on its way: it waits for the peer or for people, or cannot reach the peer now.
    virtual bool isSettled() const = 0;
    /// Under which its requests are filed. Outside text.
    virtual QString agentName() const = 0;

    const ConnectionStatus &status() const { return m_status; }
    FramesLog &frames() { return m_frames; }
    Timestamp createdAt() const { return m_createdAt; }

Q_SIGNALS:
    void changed(); ///< The status.

protected:
    ConnectionStatus m_status;
    FramesLog m_frames;
    Timestamp m_createdAt;
};

} // namespace countersign
