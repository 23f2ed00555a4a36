// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_reader.h"

#include <QtCore/QPointer>
#include <QtNetwork/QNetworkRequest>
#include <QtNetwork/QTcpServer>
#include <QtNetwork/QTcpSocket>
#include <QtWebSockets/QWebSocket>
#include <QtWebSockets/QWebSocketServer>

#include <map>

namespace countersign::test {

/// Stands in for an agent with a chat on this machine: gives out its transcript, takes answers to the calls in it the
/// way the Agents SDK does, and hears what is said to it.
class ChatStandIn
{
public:
    explicit ChatStandIn(const QByteArray &messages)
        : transcript(readJson(messages).value())
    {
        if (!m_door.listen(QHostAddress::LocalHost)) {
            qFatal("no port");
        }
        QObject::connect(&m_door, &QTcpServer::newConnection, &m_door,
                         [this] { receive(m_door.nextPendingConnection()); });
        QObject::connect(&m_server, &QWebSocketServer::newConnection, &m_server, [this] { welcome(); });
    }
    QUrl address() const { return QUrl(QStringLiteral("ws://127.0.0.1:%1/agents/helper/eu").arg(m_door.serverPort())); }
    void send(const QByteArray &frame)
    {
        if (m_socket) {
            m_socket->sendTextMessage(QString::fromUtf8(frame));
        }
    }

    JsonValue transcript;
    std::map<QString, std::vector<JsonValue>> results; ///< Frames that answered a call, by its id.
    std::vector<JsonValue> said;                       ///< What was said to the agent: bodies of its requests.

private:
    void receive(QTcpSocket *socket)
    {
        QObject::connect(socket, &QTcpSocket::readyRead, &m_door, [this, socket] {
            const QByteArray head = socket->peek(8192);
            if (!head.contains("\r\n\r\n")) {
                return;
            }
            socket->disconnect(&m_door);
            if (head.contains("get-messages")) {
                const QByteArray body = writeJson(transcript);
                socket->write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                              QByteArray::number(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
                socket->disconnectFromHost();
                return;
            }
            m_server.handleConnection(socket);
            Q_EMIT socket->readyRead(); // What has come already is for the server.
        });
    }

    void welcome()
    {
        m_socket = m_server.nextPendingConnection();
        m_socket->setParent(&m_server);
        QObject::connect(m_socket, &QWebSocket::textMessageReceived, &m_server,
                         [this](const QString &text) { take(readJson(text.toUtf8()).value()); });
        send(R"({"type":"cf_agent_identity","agent":"helper","name":"eu"})");
    }

    void take(const JsonValue &frame)
    {
        const std::string_view type = frame.find("type")->utf8();
        if (type == "cf_agent_stream_resume_request") {
            send(R"({"type":"cf_agent_stream_resume_none","reason":"idle"})");
        } else if (type == "cf_agent_use_chat_request") {
            said.push_back(readJson(QByteArray::fromStdString(std::string(frame.at("/init/body")->utf8()))).value());
        } else if (type == "cf_agent_tool_result") {
            results[frame.find("toolCallId")->toString()].push_back(frame);
            settle(frame);
        }
    }

    void settle(const JsonValue &frame)
    {
        for (JsonValue &message : transcript.items()) {
            for (JsonValue &part : message.find("parts")->items()) {
                const JsonValue *id = part.find("toolCallId");
                if (!id || !(*id == *frame.find("toolCallId")) || part.find("state")->utf8() != "input-available") {
                    continue;
                }
                const JsonValue *error = frame.find("errorText");
                part.set("state", JsonValue::fromUtf8(error ? "output-error" : "output-available"));
                if (error) {
                    part.set("errorText", *error);
                } else {
                    part.set("output", *frame.find("output"));
                }
                send(writeJson(JsonValue::object(
                    {{"type", JsonValue::fromUtf8("cf_agent_message_updated")}, {"message", message}})));
            }
        }
    }

    QWebSocketServer m_server{QStringLiteral("agent"), QWebSocketServer::NonSecureMode};
    QTcpServer m_door;
    QPointer<QWebSocket> m_socket;
};

} // namespace countersign::test
