// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/app/ctl_rig.h"

#include <QtNetwork/QTcpSocket>

namespace countersign::test {

/// One POST of an MCP client, on a connection of its own, byte by byte.
class McpPost
{
public:
    McpPost(quint16 port, const QByteArray &headers, const QByteArray &body)
    {
        m_socket.connectToHost(QStringLiteral("127.0.0.1"), port);
        m_socket.waitForConnected(CtlRig::patienceMs);
        m_socket.write("POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:" + QByteArray::number(port) +
                       "\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
                       "Connection: close\r\nContent-Length: " +
                       QByteArray::number(body.size()) + "\r\n" + headers + "\r\n" + body);
        m_socket.flush();
    }
    void hangUp() { m_socket.abort(); }
    /// Waits until the whole answer is there.
    bool finish(int patienceMs = CtlRig::patienceMs)
    {
        QElapsedTimer timer;
        timer.start();
        while (m_socket.state() != QAbstractSocket::UnconnectedState && timer.elapsed() < patienceMs) {
            m_socket.waitForReadyRead(50);
            m_got += m_socket.readAll();
        }
        m_got += m_socket.readAll();
        return m_socket.state() == QAbstractSocket::UnconnectedState;
    }
    int status() const { return m_got.mid(9, 3).toInt(); }
    QByteArray header(const QByteArray &name) const
    {
        const QByteArray head = m_got.left(m_got.indexOf("\r\n\r\n"));
        for (const QByteArray &line : head.split('\n')) {
            if (line.toLower().startsWith(name.toLower() + ':')) {
                return line.mid(name.size() + 1).trimmed();
            }
        }
        return {};
    }
    /// The messages that came, as JSON or as events.
    QList<QJsonObject> messages() const
    {
        const QByteArray body = plainBody();
        QList<QJsonObject> found;
        if (header("Content-Type") == "application/json") {
            found.append(QJsonDocument::fromJson(body).object());
            return found;
        }
        for (const QByteArray &line : body.split('\n')) {
            if (line.startsWith("data: {")) {
                found.append(QJsonDocument::fromJson(line.mid(6)).object());
            }
        }
        return found;
    }
    QJsonObject answer() const { return messages().isEmpty() ? QJsonObject() : messages().constLast(); }
    QString text() const
    {
        const QJsonArray content = answer()[QStringLiteral("result")].toObject()[QStringLiteral("content")].toArray();
        return content.first().toObject()[QStringLiteral("text")].toString();
    }

private:
    QByteArray plainBody() const
    {
        QByteArray rest = m_got.mid(m_got.indexOf("\r\n\r\n") + 4);
        if (header("Transfer-Encoding") != "chunked") {
            return rest;
        }
        QByteArray body;
        for (qsizetype at = 0; at < rest.size();) {
            const qsizetype end = rest.indexOf("\r\n", at);
            const qsizetype size = rest.mid(at, end - at).toLongLong(nullptr, 16);
            body += rest.mid(end + 2, size);
            at = end + 2 + size + 2;
            if (size == 0) {
                break;
            }
        }
        return body;
    }

    QTcpSocket m_socket;
    QByteArray m_got;
};

/// A client that sends one message after another on one connection, in a session of 2025-11-25.
class McpHttpLine
{
public:
    explicit McpHttpLine(quint16 port, const QByteArray &headers = {})
        : m_headers(headers)
        , m_port(QByteArray::number(port))
    {
        m_socket.setSocketOption(QAbstractSocket::LowDelayOption, 1);
        m_socket.connectToHost(QStringLiteral("127.0.0.1"), port);
        m_socket.waitForConnected(CtlRig::patienceMs);
        post(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
             R"("capabilities":{},"clientInfo":{"name":"tester","version":"1"}}})");
        m_headers += "MCP-Protocol-Version: 2025-11-25\r\nMcp-Session-Id: " + header("Mcp-Session-Id") + "\r\n";
        post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    }

    /// Everything that came back; empty when the answer did not come to its end.
    QByteArray post(const QByteArray &body)
    {
        m_socket.write("POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:" + m_port +
                       "\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
                       "Content-Length: " +
                       QByteArray::number(body.size()) + "\r\n" + m_headers + "\r\n" + body);
        m_socket.flush();
        m_got.clear();
        QElapsedTimer timer;
        timer.start();
        while (!isWhole()) {
            if (timer.elapsed() > CtlRig::patienceMs || m_socket.state() != QAbstractSocket::ConnectedState) {
                return {};
            }
            m_socket.waitForReadyRead(1000);
            m_got += m_socket.readAll();
        }
        return m_got;
    }
    QByteArray call(const QByteArray &tool, const QByteArray &arguments)
    {
        return post(R"({"jsonrpc":"2.0","id":)" + QByteArray::number(++m_id) +
                    R"(,"method":"tools/call","params":{"name":")" + tool + R"(","arguments":)" + arguments + "}}");
    }

private:
    QByteArray header(const QByteArray &name) const
    {
        for (const QByteArray &line : m_got.left(m_got.indexOf("\r\n\r\n")).split('\n')) {
            if (line.toLower().startsWith(name.toLower() + ':')) {
                return line.mid(name.size() + 1).trimmed();
            }
        }
        return {};
    }
    bool isWhole() const
    {
        const qsizetype head = m_got.indexOf("\r\n\r\n");
        return head >= 0 && (header("Transfer-Encoding") == "chunked"
                                 ? m_got.endsWith("\r\n0\r\n\r\n")
                                 : m_got.size() - head - 4 >= header("Content-Length").toLongLong());
    }

    QTcpSocket m_socket;
    QByteArray m_headers;
    QByteArray m_port;
    QByteArray m_got;
    int m_id = 0;
};

} // namespace countersign::test
