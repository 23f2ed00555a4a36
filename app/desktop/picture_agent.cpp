// SPDX-License-Identifier: Apache-2.0
#include "app/desktop/picture_agent.h"

#include <QtCore/QTimer>
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

/// A chat in which a call waits for a person.
const QByteArray chat =
    R"([{"id":"u1","role":"user","parts":[{"type":"text","text":"The kettle of order 7716 came broken. I want my money back."}]},)"
    R"({"id":"a1","role":"assistant","parts":[{"type":"text","text":"I am sorry. I look at the order first."},)"
    R"({"type":"tool-find_order","toolCallId":"c1","state":"output-available","input":{"order":7716},)"
    R"("output":{"item":"Kettle, 1.7 l","price":49.90,"currency":"EUR","delivered":"2026-11-19"}},)"
    R"({"type":"text","text":"It was delivered three days ago, so that it can be paid back in full."},)"
    R"({"type":"tool-refund","toolCallId":"c2","state":"approval-requested",)"
    R"("input":{"order":7716,"amount":49.90,"currency":"EUR","reason":"arrived broken"},"approval":{"id":"ap1"}}]}])";

void respond(QTcpSocket *socket, const QByteArray &status, const QByteArray &body = {})
{
    socket->write("HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nContent-Length: " +
                  QByteArray::number(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
    socket->disconnectFromHost();
}

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

QUrl PictureAgent::lockedServer() const
{
    return QUrl(u"http://127.0.0.1:%1/mcp"_s.arg(m_door.serverPort()));
}

/// The transcript is asked for over HTTP.
void PictureAgent::receive(QTcpSocket *socket)
{
    QObject::connect(socket, &QTcpSocket::readyRead, &m_door, [this, socket] {
        const QByteArray head = socket->peek(8192);
        if (!head.contains("\r\n\r\n")) {
            return;
        }
        socket->disconnect(&m_door);
        if (head.contains("get-messages")) {
            head.contains("/helpdesk/") ? respond(socket, "200 OK", chat) : respond(socket, "404 Not Found");
            return;
        }
        if (!head.toLower().contains("upgrade: websocket")) {
            respond(socket, head.startsWith("POST /mcp") ? "401 Unauthorized" : "404 Not Found");
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
    QString agent = path.value(1);
    if (agent == "stockroom"_L1 && std::exchange(m_hasMoved, true)) {
        agent = u"stockroom-new"_s;
    }
    QObject::connect(socket, &QWebSocket::textMessageReceived, socket, [socket](const QString &text) {
        if (text.contains("cf_agent_stream_resume_request"_L1)) {
            socket->sendTextMessage(uR"({"type":"cf_agent_stream_resume_none","reason":"idle"})"_s);
        }
    });
    socket->sendTextMessage(
        u"{\"type\":\"cf_agent_identity\",\"agent\":\"%1\",\"name\":\"%2\"}"_s.arg(agent, path.value(2)));
    if (agent == "helpdesk"_L1) {
        return; // It has a chat.
    }
    socket->sendTextMessage(agent == "ops-chat"_L1 ? expenses : quiet);
    if (agent == "stockroom"_L1) {
        QTimer::singleShot(500, socket, [socket] { socket->close(); }); // Whoever comes next is another one.
    }
}

} // namespace countersign::desktop
