// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtNetwork/QTcpServer>
#include <QtWebSockets/QWebSocketServer>

namespace countersign::desktop {

/// Agents on this machine, for pictures: they say who they are, show a state or a chat in which something waits, and
/// keep quiet.
class PictureAgent
{
public:
    PictureAgent();
    /// Where `AGENT/INSTANCE` is reached; anyone whose name begins with "gone" is not.
    QUrl address(const QString &agentAndInstance) const;
    /// An MCP server that lets nobody in.
    QUrl lockedServer() const;

private:
    void receive(QTcpSocket *socket);
    void greet(QWebSocket *socket);

    QWebSocketServer m_server{QStringLiteral("pictures"), QWebSocketServer::NonSecureMode};
    QTcpServer m_door;
    bool m_hasMoved = false; ///< Another one answers for the stockroom.
};

} // namespace countersign::desktop
