// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtNetwork/QTcpServer>
#include <QtWebSockets/QWebSocketServer>

namespace countersign::desktop {

/// An agent on this machine, for pictures: says who it is, shows a state in which something waits, and keeps quiet.
class PictureAgent
{
public:
    PictureAgent();
    /// Where `AGENT/INSTANCE` is reached; anyone whose name begins with "gone" is not.
    QUrl address(const QString &agentAndInstance) const;

private:
    void receive(QTcpSocket *socket);
    void greet(QWebSocket *socket);

    QWebSocketServer m_server{QStringLiteral("pictures"), QWebSocketServer::NonSecureMode};
    QTcpServer m_door;
};

} // namespace countersign::desktop
