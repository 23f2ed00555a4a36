// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/stdio_transport.h"

#include "core/base/visible_text.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace countersign::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype errorTailBytes = 16 * 1024;
constexpr int errorReadsPerTurn = 16;
// A server that takes nothing in while we write on is given up; one message may be this large.
constexpr qsizetype maxWaitingBytes = 128 * 1024 * 1024;

} // namespace

StdioTransport::StdioTransport(Options options, QObject *parent)
    : ClientTransport(parent)
    , m_options(std::move(options))
{}

StdioTransport::~StdioTransport()
{
    if (m_process) {
        m_process->disconnect(this);
    }
}

Result<> StdioTransport::start()
{
    if (m_options.command.isEmpty() || m_options.command.front().isEmpty()) {
        return Error{ErrorCode::InvalidInput, u"There is no command that starts the server."_s, {}};
    }
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        return Error{ErrorCode::Unreachable, u"No pipe could be made, so the server was not started."_s,
                     QString::number(errno)};
    }
    m_errorNotifier.reset();
    m_errors = Descriptor(ends[0]);
    Descriptor errorsOfServer(ends[1]);
    m_errorTail.clear();
    if (m_process) {
        m_process->disconnect(this);
        m_process.release()->deleteLater(); // It may be in the middle of saying that it has ended.
    }
    m_process = std::make_unique<ServerProcess>();
    connect(m_process.get(), &ServerProcess::gone, this, [this](const QString &how) {
        takeErrors();
        m_errorNotifier.reset();
        Q_EMIT ended(u"The server "_s + how + u'.');
    });
    // Between fork and exec only what is safe there: no allocation, so everything is ready before.
    const int errors = errorsOfServer.number();
    std::vector<std::pair<QByteArray, QByteArray>> variables;
    for (const auto &[name, value] : m_options.environment) {
        variables.emplace_back(name.toLocal8Bit(), value.toLocal8Bit());
    }
    const QByteArray folder = m_options.workingFolder.toLocal8Bit();
    const auto inChild = [errors, variables = std::move(variables), folder] {
        const int flags = ::fcntl(errors, F_GETFL);
        ::fcntl(errors, F_SETFL, flags & ~O_NONBLOCK);
        ::dup2(errors, STDERR_FILENO);
        for (const auto &[name, value] : variables) {
            ::setenv(name.constData(), value.constData(), 1);
        }
        if (!folder.isEmpty() && ::chdir(folder.constData()) != 0) {
            ::_exit(126);
        }
    };
    if (const Result<> started = m_process->start(m_options.command, inChild); !started) {
        return started;
    }
    connect(&m_process->output(), &LineReader::lineRead, this,
            [this](const QByteArray &line) { Q_EMIT received(line, {}); });
    m_errorNotifier = std::make_unique<QSocketNotifier>(m_errors.number(), QSocketNotifier::Read);
    connect(m_errorNotifier.get(), &QSocketNotifier::activated, this, &StdioTransport::takeErrors);
    return {};
}

void StdioTransport::takeErrors()
{
    std::array<char, 16 * 1024> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it.
    for (int i = 0; i < errorReadsPerTurn; ++i) {
        const ssize_t count = ::read(m_errors.number(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            if (m_errorNotifier && (count == 0 || errno != EAGAIN)) {
                m_errorNotifier->setEnabled(false);
            }
            return;
        }
        m_errorTail.append(buffer.data(), static_cast<qsizetype>(count));
        m_errorTail = m_errorTail.right(errorTailBytes);
    }
}

void StdioTransport::send(const OutgoingMessage &message)
{
    const bool canWrite = m_process && m_process->isRunning() && !m_process->input().isBroken();
    if (canWrite && m_process->input().waitingBytes() < maxWaitingBytes) {
        m_process->input().write(message.bytes);
        return;
    }
    if (message.kind == OutgoingMessage::Kind::Request) {
        const QString why = canWrite ? u"The server does not take in what it is sent, so this was not sent."_s
                                     : u"The server is not running, so nothing was sent."_s;
        QMetaObject::invokeMethod(
            this,
            [this, id = message.id, why] {
                Q_EMIT requestFailed(id, {RequestFailure::Kind::NotSent, why, 0, {}});
            },
            Qt::QueuedConnection);
    }
}

void StdioTransport::abandon(const QString &) {}

void StdioTransport::setProtocol(const QByteArray &, bool) {}

void StdioTransport::stop()
{
    if (m_process) {
        m_process->stop();
    }
}

qsizetype StdioTransport::waitingBytes() const
{
    return m_process && m_process->isRunning() ? m_process->input().waitingBytes() : 0;
}

} // namespace countersign::mcp
