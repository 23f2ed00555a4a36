// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/mcp_server_process.h"

#include "app/ctl/asking.h"
#include "app/ctl/input.h"
#include "app/ctl/submission_options.h"

#include <QtCore/QCoreApplication>

#include <csignal>

#include <unistd.h>

namespace countersign::ctl {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

McpServerProcess::McpServerProcess(Invocation &call)
    : m_call(call)
{}

Result<> McpServerProcess::start()
{
    mcp::ServerOptions options;
    options.agentName = m_call.options.value(u"agent"_s);
    options.osUser = osUserName();
    if (const auto text = m_call.options.optional(u"expires"_s)) {
        const Result<std::chrono::milliseconds> duration = durationOf(u"--expires"_s, *text);
        if (!duration) {
            return duration.error();
        }
        options.expiresIn = *duration;
    }
    Result<std::unique_ptr<Session>> session = m_call.open(u"mcp-server"_s);
    if (!session) {
        return session.error();
    }
    m_session = *std::move(session);
    m_watch =
        std::make_unique<RequestWatch>(m_session->engine(), m_session->clock(), [this] { m_session->keepPresent(); });
    m_fromClient = std::make_unique<mcp::LineReader>(mcp::Descriptor(STDIN_FILENO), mcp::maxMessageBytes);
    m_toClient = std::make_unique<mcp::LineWriter>(mcp::Descriptor(STDOUT_FILENO));
    m_server = std::make_unique<mcp::HumanServer>(
        mcp::HumanServer::Parts{
            m_session->engine(), m_session->clock(), *m_watch,
            [this](const QByteArray &line) {
                m_toClient->write(line);
                // A client that does not read its answers is not listened to.
                m_fromClient->setPaused(m_toClient->waitingBytes() > mcp::pauseAboveBytes);
            },
            [this](const QString &sentence) { m_call.console.note(u"countersignctl: "_s + sentence); }},
        std::move(options));
    connect(m_fromClient.get(), &mcp::LineReader::lineRead, this,
            [this](const QByteArray &line) { m_server->fromClient(line); });
    connect(m_fromClient.get(), &mcp::LineReader::ended, this, &McpServerProcess::clientEnded);
    connect(m_toClient.get(), &mcp::LineWriter::relieved, this, [this] { m_fromClient->setPaused(false); });
    connect(m_toClient.get(), &mcp::LineWriter::emptied, this, [this] {
        if (m_toClient->isBroken()) {
            clientEnded({});
        }
    });
    connect(&m_tick, &QTimer::timeout, this, [this] { m_server->keepPatient(); });
    m_tick.start(1s);
    m_fromClient->start();
    noteAbsentReviewers(m_call.console, *m_session);
    return {};
}

int McpServerProcess::run()
{
    std::signal(SIGPIPE, SIG_IGN); // A client that is gone is told by the write that fails.
    m_call.process.watchSignals();
    if (const Result<> started = start(); !started) {
        return m_call.console.fail(started.error());
    }
    if (m_call.process.signalDescriptor() >= 0) {
        m_signals = std::make_unique<QSocketNotifier>(m_call.process.signalDescriptor(), QSocketNotifier::Read);
        connect(m_signals.get(), &QSocketNotifier::activated, this, [this] {
            if (const std::optional<int> signal = m_call.process.pendingEnd(); signal && !m_clientGone) {
                m_exitCode = 128 + *signal;
                clientEnded(u"The server was stopped by signal "_s + QString::number(*signal));
            }
        });
    }
    QCoreApplication::exec();
    return m_exitCode;
}

void McpServerProcess::clientEnded(const QString &why)
{
    if (std::exchange(m_clientGone, true)) {
        return;
    }
    m_tick.stop();
    m_server->clientGone(why.isEmpty() ? u"The client went away"_s : why);
    if (m_toClient->waitingBytes() == 0) {
        QTimer::singleShot(0, QCoreApplication::instance(), [] { QCoreApplication::quit(); });
        return;
    }
    connect(m_toClient.get(), &mcp::LineWriter::emptied, QCoreApplication::instance(),
            [] { QCoreApplication::quit(); });
}

} // namespace countersign::ctl
