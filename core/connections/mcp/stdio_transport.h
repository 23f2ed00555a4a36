// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/mcp/client_transport.h"
#include "core/connections/mcp/stdio.h"

namespace countersign::mcp {

/// A server that we start, one message per line. What it writes to its standard error is kept as a tail for people.
class StdioTransport final : public ClientTransport
{
    Q_OBJECT
public:
    struct Options {
        QStringList command;                                  ///< The program and its arguments: no shell.
        QString workingFolder;                                ///< Empty: ours.
        std::vector<std::pair<QString, QString>> environment; ///< Added to ours.
    };
    explicit StdioTransport(Options options, QObject *parent = nullptr);
    ~StdioTransport() override;

    Result<> start() override;
    void send(const OutgoingMessage &message) override;
    void abandon(const QString &id) override;
    void setProtocol(const QByteArray &version, bool hasSessions) override;
    void stop() override;
    qsizetype waitingBytes() const override;

    /// The last 16 KiB of its standard error: outside text.
    const QByteArray &errorTail() const { return m_errorTail; }

private:
    void takeErrors();

    Options m_options;
    std::unique_ptr<ServerProcess> m_process;
    std::unique_ptr<QSocketNotifier> m_errorNotifier;
    Descriptor m_errors;
    QByteArray m_errorTail;
};

} // namespace countersign::mcp
