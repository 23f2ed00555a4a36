// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/app/mcp_client.h"
#include "tests/bench/report.h"

#include <QtCore/QElapsedTimer>

namespace countersign::bench {

/// An MCP client of a program on its standard streams, one call after another.
class Line
{
public:
    Line(const test::CtlRig &rig, const QString &program, const QStringList &arguments)
        : m_process(rig.startProgram(program, arguments))
    {
        m_process->setProcessChannelMode(QProcess::ForwardedErrorChannel);
        m_process->waitForStarted();
        send(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
             R"("capabilities":{},"clientInfo":{"name":"bench","version":"1"}}})");
        answer();
        send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    }
    ~Line()
    {
        m_process->closeWriteChannel();
        m_process->waitForFinished(5000);
    }
    Line(const Line &) = delete;
    Line &operator=(const Line &) = delete;

    void send(const QByteArray &line)
    {
        m_process->write(line + '\n');
        while (m_process->bytesToWrite() > 0 && m_process->waitForBytesWritten(5000)) {}
    }
    void call(const QByteArray &tool, const QByteArray &arguments)
    {
        send(R"({"jsonrpc":"2.0","id":)" + QByteArray::number(++m_id) + R"(,"method":"tools/call","params":{"name":")" +
             tool + R"(","arguments":)" + arguments + "}}");
    }
    /// The next line; empty when none comes.
    QByteArray answer()
    {
        while (!m_process->canReadLine()) {
            if (!m_process->waitForReadyRead(20'000)) {
                return {};
            }
        }
        return m_process->readLine();
    }
    /// In milliseconds; negative: it failed.
    double timed(const QByteArray &tool, const QByteArray &arguments)
    {
        QElapsedTimer timer;
        timer.start();
        call(tool, arguments);
        const QByteArray got = answer();
        const double ms = static_cast<double>(timer.nsecsElapsed()) / 1e6;
        return got.contains("\"content\"") && !got.contains("\"isError\":true") ? ms : -1;
    }
    const QProcess &process() const { return *m_process; }

private:
    std::unique_ptr<QProcess> m_process;
    int m_id = 0;
};

} // namespace countersign::bench
