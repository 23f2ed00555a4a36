// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/mcp_gate_process.h"

#include "app/ctl/asking.h"
#include "app/ctl/input.h"
#include "app/ctl/submission_options.h"
#include "core/base/visible_text.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QFileInfo>

#include <csignal>

#include <unistd.h>

namespace countersign::ctl {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr qsizetype maxNameBytes = 200;

} // namespace

McpGateProcess::McpGateProcess(Invocation &call)
    : m_call(call)
{}

Result<mcp::GateOptions> McpGateProcess::readOptions() const
{
    const ParsedOptions &given = m_call.options;
    mcp::GateOptions options;
    for (const QByteArray &word : given.command()) {
        const std::optional<QString> text = fromUtf8Strictly(word);
        if (!text) {
            return usageError(u"The server's command line is not UTF-8, so nobody could read it."_s);
        }
        options.command.append(*text);
    }
    options.name = given.optional(u"name"_s).value_or(QFileInfo(options.command.front()).fileName());
    options.agentName = given.value(u"agent"_s);
    for (const QString &name : {options.name, given.optional(u"agent"_s).value_or(options.name)}) {
        if (name.isEmpty() || name.toUtf8().size() > maxNameBytes) {
            return usageError(u"--name and --agent take 1 to 200 bytes."_s);
        }
    }
    options.osUser = osUserName();
    options.onlyTools = given.value(u"only-tools"_s).split(u',', Qt::SkipEmptyParts);
    if (given.has(u"only-tools"_s) && options.onlyTools.isEmpty()) {
        return usageError(u"--only-tools names at least one tool: a,b,c."_s);
    }
    if (const auto text = given.optional(u"expires"_s)) {
        const Result<std::chrono::milliseconds> duration = durationOf(u"--expires"_s, *text);
        if (!duration) {
            return duration.error();
        }
        options.expiresIn = *duration;
    }
    if (const auto text = given.optional(u"tier"_s)) {
        const Result<Tier> tier = tierOf(*text);
        if (!tier) {
            return tier.error();
        }
        options.tier = *tier;
    }
    return options;
}

Result<> McpGateProcess::start()
{
    Result<mcp::GateOptions> options = readOptions();
    if (!options) {
        return options.error();
    }
    Result<std::unique_ptr<Session>> session = m_call.open(u"gate"_s);
    if (!session) {
        return session.error();
    }
    m_session = *std::move(session);
    m_watch =
        std::make_unique<RequestWatch>(m_session->engine(), m_session->clock(), [this] { m_session->keepPresent(); });
    m_server = std::make_unique<mcp::ServerProcess>();
    m_fromClient = std::make_unique<mcp::LineReader>(mcp::Descriptor(STDIN_FILENO), mcp::maxMessageBytes);
    m_toClient = std::make_unique<mcp::LineWriter>(mcp::Descriptor(STDOUT_FILENO));
    m_serverName = displayText(options->name).text;
    const QStringList command = options->command;
    m_gate = std::make_unique<mcp::Gate>(
        mcp::Gate::Parts{m_session->engine(), m_session->clock(), *m_watch,
                         [this](const QByteArray &line) {
                             m_toClient->write(line);
                             balance();
                         },
                         [this](const QByteArray &line) {
                             m_server->input().write(line);
                             balance();
                         },
                         [this](const QString &sentence) { m_call.console.note(u"countersignctl: "_s + sentence); }},
        *std::move(options));
    if (const Result<> tidied = m_gate->withdrawAbandoned(); !tidied) {
        return tidied.error();
    }
    connect(m_server.get(), &mcp::ServerProcess::gone, this, &McpGateProcess::serverEnded);
    if (const Result<> started = m_server->start(command, [this] { m_call.process.restoreInChild(); }); !started) {
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
    connect(&m_server->output(), &mcp::LineReader::lineRead, this,
            [this](const QByteArray &line) { m_gate->fromServer(line); });
    connect(&m_server->input(), &mcp::LineWriter::relieved, this, &McpGateProcess::balance);
    connect(&m_tick, &QTimer::timeout, this, [this] { m_gate->keepPatient(); });
    m_tick.start(1s);
    m_fromClient->start();
}

void McpGateProcess::balance()
{
    // Whoever is far ahead of the other side is not listened to until that has caught up.
    m_server->output().setPaused(m_toClient->waitingBytes() > mcp::pauseAboveBytes);
    m_fromClient->setPaused(m_server->input().waitingBytes() > mcp::pauseAboveBytes);
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
    m_server->output().setPaused(false);
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
    leave(m_exitCode);
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
