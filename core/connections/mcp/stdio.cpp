// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/stdio.h"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace countersign::mcp {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr qsizetype readAtOnce = 64 * 1024;
// A pipe that is ready takes at least this much without blocking (POSIX: PIPE_BUF on Linux).
constexpr qsizetype writeAtOnce = 4096;
constexpr int writesPerTurn = 256;
constexpr auto afterClosing = 3000ms;
constexpr auto afterAsking = 3000ms;
constexpr auto afterGone = 500ms;

bool isReady(int descriptor, short what)
{
    pollfd asked{descriptor, what, 0};
    return ::poll(&asked, 1, 0) > 0;
}

struct Pipe {
    Descriptor readEnd;
    Descriptor writeEnd;
};

Result<Pipe> newPipe()
{
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return Error{ErrorCode::Unreachable, u"No pipe could be made, so nothing was started."_s,
                     QString::number(errno)};
    }
    return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

} // namespace

void Descriptor::close()
{
    if (m_number >= 0) {
        ::close(m_number);
        m_number = -1;
    }
}

LineReader::LineReader(Descriptor from, qsizetype maxBytes, QObject *parent)
    : QObject(parent)
    , m_from(std::move(from))
    , m_maxBytes(maxBytes)
{}

void LineReader::start()
{
    m_notifier = std::make_unique<QSocketNotifier>(m_from.number(), QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &LineReader::readSome);
}

void LineReader::setPaused(bool paused)
{
    if (m_paused == paused || m_ended) {
        return;
    }
    m_paused = paused;
    if (m_notifier) {
        m_notifier->setEnabled(!paused && !m_atEnd);
    }
    if (!paused) {
        QMetaObject::invokeMethod(this, &LineReader::giveLines, Qt::QueuedConnection);
    }
}

void LineReader::readSome()
{
    if (m_paused || m_atEnd) {
        return;
    }
    // One read() of what is there: a descriptor that others share stays as it is, blocking or not.
    const qsizetype before = m_buffer.size();
    m_buffer.resize(before + readAtOnce);
    const ssize_t count = ::read(m_from.number(), m_buffer.data() + before, static_cast<size_t>(readAtOnce));
    m_buffer.resize(before + std::max<qsizetype>(count, 0));
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
        return;
    }
    m_atEnd = count <= 0;
    if (m_atEnd) {
        m_notifier->setEnabled(false);
    }
    giveLines();
}

void LineReader::giveLines()
{
    qsizetype start = 0;
    while (!m_paused && !m_ended) {
        const qsizetype feed = m_buffer.indexOf('\n', std::max(start, m_searched));
        if (feed < 0) {
            m_searched = m_buffer.size();
            break;
        }
        QByteArray line = m_buffer.sliced(start, feed - start);
        if (line.endsWith('\r')) {
            line.chop(1);
        }
        start = feed + 1;
        m_searched = start;
        if (line.size() > m_maxBytes) {
            end(u"a line of more than "_s + QString::number(m_maxBytes) + u" bytes"_s);
        } else if (!line.trimmed().isEmpty()) {
            Q_EMIT lineRead(line);
        }
    }
    m_buffer.remove(0, start);
    m_searched = std::max<qsizetype>(m_searched - start, 0);
    if (m_paused || m_ended) {
        return;
    }
    if (m_buffer.size() > m_maxBytes) {
        end(u"a line of more than "_s + QString::number(m_maxBytes) + u" bytes"_s);
    } else if (m_atEnd) {
        end({}); // What is left is no whole line.
    }
}

void LineReader::end(const QString &why)
{
    if (m_ended) {
        return;
    }
    m_ended = true;
    m_atEnd = true;
    if (m_notifier) {
        m_notifier->setEnabled(false);
    }
    Q_EMIT ended(why);
}

LineWriter::LineWriter(Descriptor to, QObject *parent)
    : QObject(parent)
    , m_to(std::move(to))
    , m_notifier(std::make_unique<QSocketNotifier>(m_to.number(), QSocketNotifier::Write))
{
    // A reader that is gone is told by the write that fails; it must not end this process. Qt does so for its sockets.
    [[maybe_unused]] static const auto before = std::signal(SIGPIPE, SIG_IGN);
    m_notifier->setEnabled(false);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &LineWriter::writeSome);
}

void LineWriter::write(const QByteArray &line)
{
    if (m_broken || m_closing) {
        return;
    }
    m_waiting.push_back(line);
    m_waiting.push_back(QByteArrayLiteral("\n"));
    m_waitingBytes += line.size() + 1;
    writeSome();
}

void LineWriter::closeWhenWritten()
{
    m_closing = true;
    if (m_waiting.empty() && !m_broken) {
        m_notifier.reset();
        m_to.close();
    }
}

void LineWriter::writeSome()
{
    const bool wasAhead = m_waitingBytes > pauseAboveBytes / 2;
    for (int i = 0; i < writesPerTurn && !m_waiting.empty() && !m_broken && isReady(m_to.number(), POLLOUT); ++i) {
        QByteArray &first = m_waiting.front();
        // Short pieces go together, so that a message and its line feed are one write.
        if (m_offset == 0 && m_waiting.size() > 1 && first.size() + m_waiting[1].size() <= writeAtOnce) {
            m_waiting[1].prepend(first);
            m_waiting.pop_front();
            continue;
        }
        const qsizetype piece = std::min(first.size() - m_offset, writeAtOnce);
        const ssize_t count = ::write(m_to.number(), first.constData() + m_offset, static_cast<size_t>(piece));
        if (count < 0) {
            m_broken = errno != EINTR && errno != EAGAIN;
            continue;
        }
        m_offset += count;
        m_waitingBytes -= count;
        if (m_offset == first.size()) {
            m_waiting.pop_front();
            m_offset = 0;
        }
    }
    if (m_broken) {
        m_waiting.clear();
        m_waitingBytes = 0;
    }
    m_notifier->setEnabled(!m_waiting.empty());
    if (wasAhead && m_waitingBytes <= pauseAboveBytes / 2) {
        Q_EMIT relieved();
    }
    if (m_waiting.empty()) {
        if (m_closing) {
            m_notifier->setEnabled(false);
            m_to.close();
        }
        Q_EMIT emptied();
    }
}

ServerProcess::ServerProcess(QObject *parent)
    : QObject(parent)
{
    m_patience.setSingleShot(true);
    connect(&m_process, &QProcess::finished, this, [this](int code, QProcess::ExitStatus status) {
        if (m_how.isEmpty()) {
            m_how = status == QProcess::NormalExit ? u"ended with "_s + QString::number(code)
                                                   : u"was ended by signal "_s + QString::number(code);
        }
        tellWhenGone();
    });
    connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart) {
            m_how = u"could not be started: "_s + m_process.errorString();
            tellWhenGone();
        }
    });
}

ServerProcess::~ServerProcess()
{
    m_told = true;
    m_process.disconnect(this);
}

Result<> ServerProcess::start(const QStringList &command, std::function<void()> inChild)
{
    Result<Pipe> toServer = newPipe();
    Result<Pipe> fromServer = newPipe();
    if (!toServer || !fromServer) {
        return toServer ? fromServer.error() : toServer.error();
    }
    m_process.setInputChannelMode(QProcess::ForwardedInputChannel);
    m_process.setProcessChannelMode(QProcess::ForwardedChannels);
    const int in = toServer->readEnd.number();
    const int out = fromServer->writeEnd.number();
    m_process.setChildProcessModifier([in, out, inChild = std::move(inChild)] {
        ::dup2(in, STDIN_FILENO);
        ::dup2(out, STDOUT_FILENO);
        std::signal(SIGPIPE, SIG_DFL);
        inChild();
    });
    m_process.start(command.front(), command.mid(1), QIODevice::NotOpen);
    m_input = std::make_unique<LineWriter>(std::move(toServer->writeEnd));
    m_output = std::make_unique<LineReader>(std::move(fromServer->readEnd), 64 * 1024 * 1024);
    connect(m_output.get(), &LineReader::ended, this, [this](const QString &why) {
        m_outputEnded = true;
        if (!why.isEmpty()) {
            m_how = u"wrote "_s + why;
            m_process.kill();
        } else if (isRunning()) {
            stop(); // It closed its output: nothing can come of it any more.
        }
        tellWhenGone();
    });
    m_output->start();
    return {};
}

void ServerProcess::stop()
{
    if (!m_input || !isRunning() || m_patience.isActive()) {
        return;
    }
    m_input->closeWhenWritten();
    m_patience.callOnTimeout(this, [this] {
        if (m_process.state() == QProcess::NotRunning) {
            return;
        }
        m_process.terminate();
        QTimer::singleShot(afterAsking, this, [this] { m_process.kill(); });
    });
    m_patience.start(afterClosing);
}

void ServerProcess::tellWhenGone()
{
    if (m_told || isRunning()) {
        return;
    }
    if (!m_outputEnded) {
        // A grandchild may hold the pipe open; what is there already is still read.
        QTimer::singleShot(afterGone, this, [this] {
            m_outputEnded = m_outputEnded || !m_output->isPaused();
            tellWhenGone();
        });
        return;
    }
    m_told = true;
    Q_EMIT gone(m_how);
}

} // namespace countersign::mcp
