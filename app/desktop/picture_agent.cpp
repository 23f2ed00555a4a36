// SPDX-License-Identifier: Apache-2.0
#include "app/desktop/picture_agent.h"

#include <QtNetwork/QTcpSocket>
#include <QtWebSockets/QWebSocket>

namespace countersign::desktop {

using namespace Qt::Literals::StringLiterals;

namespace {

const QString expenses =
    uR"({"type":"cf_agent_state","state":{"pending":[{"id":"exp-2231","title":"Expense for training",)"
    uR"("tool":"reimburse","args":{"amount":312.40,"currency":"EUR","purpose":"training"}}],)"
    uR"("history":[{"id":"exp-2230","decision":"approved","by":"finance-1"}]}})"_s;
const QString quiet = uR"({"type":"cf_agent_state","state":{"pending":[],"history":[]}})"_s;

} // namespace

PictureAgent::PictureAgent()
{
    m_door.listen(QHostAddress::LocalHost);
    QObject::connect(&m_door, &QTcpServer::newConnection, &m_door, [this] { receive(m_door.nextPendingConnection()); });
    QObject::connect(&m_server, &QWebSocketServer::newConnection, &m_server,
                     [this] { greet(m_server.nextPendingConnection()); });
}

QUrl PictureAgent::address(const QString &agentAndInstance) const
{
    const int port = agentAndInstance.startsWith(u"gone"_s) ? 1 : m_door.serverPort();
    return QUrl(u"ws://127.0.0.1:%1/agents/%2"_s.arg(QString::number(port), agentAndInstance));
}

/// The transcript is asked for over HTTP: there is none.
void PictureAgent::receive(QTcpSocket *socket)
{
    QObject::connect(socket, &QTcpSocket::readyRead, &m_door, [this, socket] {
        const QByteArray head = socket->peek(8192);
        if (!head.contains("\r\n\r\n")) {
            return;
        }
        socket->disconnect(&m_door);
        if (head.contains("get-messages")) {
            socket->write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            socket->disconnectFromHost();
            return;
        }
        m_server.handleConnection(socket);
        Q_EMIT socket->readyRead(); // What has come already is for the server.
    });
}

void PictureAgent::greet(QWebSocket *socket)
{
    socket->setParent(&m_server);
    const QStringList path = socket->requestUrl().path().split(u'/', Qt::SkipEmptyParts);
    socket->sendTextMessage(
        u"{\"type\":\"cf_agent_identity\",\"agent\":\"%1\",\"name\":\"%2\"}"_s.arg(path.value(1), path.value(2)));
    socket->sendTextMessage(path.value(1) == "ops-chat"_L1 ? expenses : quiet);
}

} // namespace countersign::desktop
