// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/app/ctl_rig.h"

namespace countersign::test {

/// An MCP client that speaks lines with a process: the gate, or our own server.
class McpClient
{
public:
    McpClient(const CtlRig &rig, const QStringList &arguments)
        : m_process(rig.start(arguments))
    {
        if (!m_process->waitForStarted(CtlRig::patienceMs)) {
            qFatal("the program could not be started");
        }
    }
    ~McpClient()
    {
        m_process->closeWriteChannel();
        if (!m_process->waitForFinished(CtlRig::patienceMs)) {
            m_process->kill();
            m_process->waitForFinished();
        }
    }
    McpClient(const McpClient &) = delete;
    McpClient &operator=(const McpClient &) = delete;

    QProcess &process() { return *m_process; }
    void send(const QByteArray &line)
    {
        m_process->write(line + '\n');
        m_process->waitForBytesWritten(CtlRig::patienceMs); // No event loop runs here that would do it.
    }
    void initialize(const QByteArray &version = "2025-11-25", const QByteArray &capabilities = "{}")
    {
        send(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":")" + version +
             R"(","capabilities":)" + capabilities + R"(,"clientInfo":{"name":"tester","version":"1"}}})");
        nextLine();
        send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    }
    void call(const QByteArray &id, const QByteArray &tool, const QByteArray &arguments = "{}",
              const QByteArray &more = {})
    {
        send(R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"tools/call","params":{"name":")" + tool +
             R"(","arguments":)" + arguments + more + "}}");
    }

    /// The next line, without its line feed; empty when none comes.
    QByteArray nextLine()
    {
        QElapsedTimer timer;
        timer.start();
        m_process->setReadChannel(QProcess::StandardOutput);
        while (!m_process->canReadLine() && timer.elapsed() < CtlRig::patienceMs) {
            if (!m_process->waitForReadyRead(200) && m_process->state() == QProcess::NotRunning) {
                break;
            }
        }
        QByteArray line = m_process->canReadLine() ? m_process->readLine() : QByteArray();
        if (line.endsWith('\n')) {
            line.chop(1);
        }
        return line;
    }
    /// The next line that answers \p id; what comes before is left out.
    QJsonObject answerTo(const QJsonValue &id)
    {
        for (QByteArray line = nextLine(); !line.isEmpty(); line = nextLine()) {
            const QJsonObject message = QJsonDocument::fromJson(line).object();
            if (message.value(QStringLiteral("id")) == id && !message.contains(QStringLiteral("method"))) {
                return message;
            }
        }
        return {};
    }
    /// The text of the result that answers \p id.
    QString textOf(const QJsonValue &id)
    {
        const QJsonObject answer = answerTo(id);
        const QJsonArray content =
            answer.value(QStringLiteral("result")).toObject()[QStringLiteral("content")].toArray();
        return content.first().toObject().value(QStringLiteral("text")).toString();
    }

private:
    std::unique_ptr<QProcess> m_process;
};

/// Ids of what waits in the workspace, newest first.
inline QStringList waitingIds(const CtlRig &rig)
{
    QStringList ids;
    for (const QByteArray &line :
         rig.json({QStringLiteral("list"), QStringLiteral("--query"), QStringLiteral("status:pending")})
             .out.split('\n')) {
        const QString id = QJsonDocument::fromJson(line).object().value(QStringLiteral("id")).toString();
        if (!id.isEmpty()) {
            ids.append(id);
        }
    }
    return ids;
}

/// Waits until exactly one request waits, and gives its id; empty when that does not come.
inline QString waitingId(const CtlRig &rig)
{
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < CtlRig::patienceMs) {
        const QStringList ids = waitingIds(rig);
        if (ids.size() == 1) {
            return ids.first();
        }
    }
    return {};
}

} // namespace countersign::test
