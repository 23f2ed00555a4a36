// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/mcp/client_tools.h"
#include "core/connections/mcp/codec.h"
#include "core/connections/mcp/http_transport.h"
#include "core/connections/mcp/stdio.h"

#include <map>

namespace countersign::mcp {

/// The server behind a gate, in lines. Lives on one thread.
class GateUpstream : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;
    virtual Result<> start() = 0;
    virtual void send(const QByteArray &line) = 0;
    /// Reads nothing more from the server, or goes on.
    virtual void setPaused(bool paused) = 0;
    virtual qsizetype waitingBytes() const = 0; ///< That the server has not taken in.
    virtual void stop() = 0;                    ///< gone() follows.
    /// False: there was never a server behind gone().
    virtual bool hasStarted() const { return true; }
    /// The server let nobody in the last time: there is no sign-in, or it is not good.
    virtual bool isLockedOut() const { return false; }

Q_SIGNALS:
    void received(const QByteArray &line);
    void relieved(); ///< The server has taken in what waited.
    /// A request, by the key of its id, gets no answer. \p mayBeDone: it was sent.
    void requestLost(const QString &key, const QString &why, bool mayBeDone);
    void noticed(const QString &sentence); ///< For a log. May quote outside text.
    /// Once; nothing comes after it. \p how goes on behind "The server NAME": "ended with 1".
    void gone(const QString &how);
};

/// A process that the gate starts.
class ProcessUpstream final : public GateUpstream
{
    Q_OBJECT
public:
    /// \p inChild as for ServerProcess::start().
    ProcessUpstream(QStringList command, std::function<void()> inChild, QObject *parent = nullptr);
    Result<> start() override;
    void send(const QByteArray &line) override;
    void setPaused(bool paused) override;
    qsizetype waitingBytes() const override;
    void stop() override;
    bool hasStarted() const override { return m_server.hasStarted(); }

private:
    QStringList m_command;
    std::function<void()> m_inChild;
    ServerProcess m_server;
    bool m_isUp = false;
};

/// A server at an address, by Streamable HTTP. Follows the handshake that passes by, for HTTP has to name in headers
/// what lines leave unsaid.
class HttpUpstream final : public GateUpstream
{
    Q_OBJECT
public:
    /// \p authorization and \p scheduler outlive it.
    HttpUpstream(const QUrl &server, HttpAuthorization &authorization, Scheduler &scheduler, QObject *parent = nullptr);
    Result<> start() override;
    void send(const QByteArray &line) override;
    void setPaused(bool paused) override; ///< What comes meanwhile is kept, at most 64 MiB.
    qsizetype waitingBytes() const override { return m_transport.waitingBytes(); }
    void stop() override;
    bool isLockedOut() const override { return m_isLockedOut; }

private:
    void sendRequest(const QByteArray &line, const Message &message);
    void cancel(const QByteArray &line, const Message &message);
    void take(const QByteArray &line);
    void fail(const QString &key, const RequestFailure &failure);
    void learn(const Message &answer);
    void end(const QString &how);

    StreamableHttpTransport m_transport;
    QString m_handshake;                   ///< The key of the initialize that is under way.
    std::map<QString, bool> m_listings;    ///< Keys of tools/list; true: the first page.
    std::map<QString, ServerTool> m_tools; ///< Of the stateless revision: which arguments go into headers.
    QByteArray m_version;
    std::vector<QByteArray> m_kept; ///< While paused.
    qsizetype m_keptBytes = 0;
    bool m_paused = false;
    bool m_ended = false;
    bool m_isLockedOut = false;
};

} // namespace countersign::mcp
