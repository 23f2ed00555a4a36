// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/mcp_gate_process.h"

#include "app/ctl/asking.h"
#include "core/base/visible_text.h"

#include <QtCore/QCoreApplication>

#include <csignal>

#include <unistd.h>

namespace countersign::ctl {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

McpGateProcess::McpGateProcess(Invocation &call)
    : m_call(call)
{}

Result<> McpGateProcess::start()
{
    Result<McpGateSetup> setup = McpGateSetup::read(m_call);
    if (!setup) {
        return setup.error();
    }
    m_setup = *std::move(setup);
    Result<std::unique_ptr<Session>> session = m_call.open(u"gate"_s);
    if (!session) {
        return session.error();
    }
    m_session = *std::move(session);
    m_watch =
        std::make_unique<RequestWatch>(m_session->engine(), m_session->clock(), [this] { m_session->keepPresent(); });
    m_upstreams = std::make_unique<McpUpstreams>(m_setup, m_call, *m_session);
    m_server = m_upstreams->make();
    m_fromClient = std::make_unique<mcp::LineReader>(mcp::Descriptor(STDIN_FILENO), mcp::maxMessageBytes);
    m_toClient = std::make_unique<mcp::LineWriter>(mcp::Descriptor(STDOUT_FILENO));
    m_serverName = displayText(m_setup.gate.name).text;
    m_gate = std::make_unique<mcp::Gate>(
        mcp::Gate::Parts{m_session->engine(), m_session->clock(), *m_watch,
                         [this](const QByteArray &line) {
                             m_toClient->write(line);
                             balance();
                         },
                         [this](const QByteArray &line) {
                             m_server->send(line);
                             balance();
                         },
                         [this](const QString &sentence) { m_call.console.note(u"countersignctl: "_s + sentence); }},
        m_setup.gate);
    if (const Result<> tidied = m_gate->withdrawAbandoned(); !tidied) {
        return tidied.error();
    }
    connect(m_server.get(), &mcp::GateUpstream::gone, this, &McpGateProcess::serverEnded);
    if (const Result<> started = m_server->start(); !started) {
        return started.error();
    }
    connectStreams();
    noteAbsentReviewers(m_call.console, *m_session);
    return {};
}

void McpGateProcess::connectStreams()
{
    connect(m_fromClient.get(), &mcp::LineReader::lineRead, this,
            [this](const QByteArray &line) { m_gate->fromClient(line); });
    connect(m_fromClient.get(), &mcp::LineReader::ended, this, &McpGateProcess::clientEnded);
    connect(m_toClient.get(), &mcp::LineWriter::relieved, this, &McpGateProcess::balance);
    connect(m_toClient.get(), &mcp::LineWriter::emptied, this, [this] {
        if (m_toClient->isBroken()) {
            clientEnded({});
        }
    });
    connect(m_server.get(), &mcp::GateUpstream::received, this,
            [this](const QByteArray &line) { m_gate->fromServer(line); });
    connect(m_server.get(), &mcp::GateUpstream::requestLost, this,
            [this](const QString &key, const QString &why, bool mayBeDone) {
                m_gate->answerLost(key, displayText(why).text, mayBeDone);
            });
    connect(m_server.get(), &mcp::GateUpstream::noticed, this, [this](const QString &sentence) {
        m_call.console.note(u"countersignctl: "_s + displayText(sentence).text);
    });
    connect(m_server.get(), &mcp::GateUpstream::relieved, this, &McpGateProcess::balance);
    connect(&m_tick, &QTimer::timeout, this, [this] { m_gate->keepPatient(); });
    m_tick.start(1s);
    m_fromClient->start();
}

void McpGateProcess::balance()
{
    // Whoever is far ahead of the other side is not listened to until that has caught up.
    m_server->setPaused(m_toClient->waitingBytes() > mcp::pauseAboveBytes);
    m_fromClient->setPaused(m_server->waitingBytes() > mcp::pauseAboveBytes);
}

int McpGateProcess::run()
{
    std::signal(SIGPIPE, SIG_IGN); // A side that is gone is told by the write that fails.
    m_call.process.watchSignals();
    if (const Result<> started = start(); !started) {
        return m_call.console.fail(started.error());
    }
    if (m_call.process.signalDescriptor() >= 0) {
        m_signals = std::make_unique<QSocketNotifier>(m_call.process.signalDescriptor(), QSocketNotifier::Read);
        connect(m_signals.get(), &QSocketNotifier::activated, this, &McpGateProcess::signalled);
    }
    QCoreApplication::exec();
    return m_exitCode;
}

void McpGateProcess::signalled()
{
    const std::optional<int> signal = m_call.process.pendingEnd();
    if (!signal || m_clientGone) {
        return;
    }
    m_exitCode = 128 + *signal;
    clientEnded(u"The gate was stopped by signal "_s + QString::number(*signal));
}

void McpGateProcess::clientEnded(const QString &why)
{
    if (m_clientGone) {
        return;
    }
    m_clientGone = true;
    m_fromClient->setPaused(true);
    m_gate->clientGone(why.isEmpty() ? u"The client went away"_s : why);
    m_server->setPaused(false);
    m_server->stop();
}

void McpGateProcess::serverEnded(const QString &how)
{
    const QString sentence = u"The server “"_s + m_serverName + u"” "_s + how;
    if (!m_clientGone || !m_server->hasStarted()) {
        m_call.console.note(u"countersignctl: "_s + displayText(sentence).text + u'.');
        m_exitCode = ExitCode::Failed;
    }
    m_gate->serverGone(sentence);
    leave(m_exitCode == ExitCode::Done && m_server->isLockedOut() ? ExitCode::NotAllowed : m_exitCode);
}

void McpGateProcess::leave(int exitCode)
{
    if (std::exchange(m_leaving, true)) {
        return;
    }
    m_exitCode = exitCode;
    m_tick.stop();
    if (m_toClient->waitingBytes() == 0 || m_clientGone) {
        // Also when it comes before the loop has begun: a server that cannot be started.
        QTimer::singleShot(0, QCoreApplication::instance(), [] { QCoreApplication::quit(); });
        return;
    }
    connect(m_toClient.get(), &mcp::LineWriter::emptied, QCoreApplication::instance(),
            [] { QCoreApplication::quit(); });
}

} // namespace countersign::ctl
