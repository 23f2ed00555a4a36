// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QtCore/QByteArray>
#include <QtCore/QObject>
#include <QtCore/QProcess>
#include <QtCore/QSocketNotifier>
#include <QtCore/QStringList>
#include <QtCore/QTimer>

#include <deque>
#include <functional>
#include <memory>

namespace countersign::mcp {

/// A file descriptor that is closed with its owner.
class Descriptor
{
public:
    Descriptor() = default;
    explicit Descriptor(int number)
        : m_number(number)
    {}
    ~Descriptor() { close(); }
    Descriptor(Descriptor &&other) noexcept
        : m_number(std::exchange(other.m_number, -1))
    {}
    Descriptor &operator=(Descriptor &&other) noexcept
    {
        close();
        m_number = std::exchange(other.m_number, -1);
        return *this;
    }
    int number() const { return m_number; }
    void close();

private:
    int m_number = -1;
};

/// Lines from a descriptor, each as it comes, without its line feed (and carriage return). Holds at most one line of
/// \p maxBytes and what came with it; while paused it reads nothing more. Blank lines are left out.
class LineReader : public QObject
{
    Q_OBJECT
public:
    LineReader(Descriptor from, qsizetype maxBytes, QObject *parent = nullptr);
    void start();
    void setPaused(bool paused);
    bool isPaused() const { return m_paused; }

Q_SIGNALS:
    void lineRead(const QByteArray &line);
    /// Nothing more will come; once. \p why is empty at the plain end, else it says what was wrong (a line too long).
    void ended(const QString &why);

private:
    void readSome();
    void giveLines();
    void end(const QString &why);

    Descriptor m_from;
    qsizetype m_maxBytes;
    std::unique_ptr<QSocketNotifier> m_notifier;
    QByteArray m_buffer;
    qsizetype m_searched = 0; ///< No line feed before this.
    bool m_paused = false;
    bool m_atEnd = false;
    bool m_ended = false;
};

/// Lines to a descriptor, without ever blocking: what the other side does not take yet waits here.
class LineWriter : public QObject
{
    Q_OBJECT
public:
    explicit LineWriter(Descriptor to, QObject *parent = nullptr);
    /// Adds the line feed. Dropped once the other side is gone.
    void write(const QByteArray &line);
    qsizetype waitingBytes() const { return m_waitingBytes; }
    bool isBroken() const { return m_broken; }
    /// Closes the descriptor as soon as everything is written.
    void closeWhenWritten();

Q_SIGNALS:
    /// Less than half of what makes a sender pause is left.
    void relieved();
    /// Everything is written, or nothing can be any more.
    void emptied();

private:
    void writeSome();

    Descriptor m_to;
    std::unique_ptr<QSocketNotifier> m_notifier;
    std::deque<QByteArray> m_waiting;
    qsizetype m_offset = 0; ///< Into the first of them.
    qsizetype m_waitingBytes = 0;
    bool m_closing = false;
    bool m_broken = false;
};

/// What one side may be ahead of the other before its reading stops.
inline constexpr qsizetype pauseAboveBytes = 4 * 1024 * 1024;

/// An MCP server as a child process with a pipe each way. Its standard error is ours.
class ServerProcess : public QObject
{
    Q_OBJECT
public:
    explicit ServerProcess(QObject *parent = nullptr);
    ~ServerProcess() override; ///< Ends the process, if need be by force.

    /// \p inChild runs between fork and exec and may only do what is safe there. A program that cannot be started is
    /// told by gone(). Unreachable: there are no pipes left.
    Result<> start(const QStringList &command, std::function<void()> inChild);
    LineReader &output() { return *m_output; }
    LineWriter &input() { return *m_input; }
    /// Closes its standard input; then asks it to end, then ends it, unless it is gone by then.
    void stop();
    bool isRunning() const { return m_process.state() != QProcess::NotRunning; }
    /// False: there was never a server behind gone().
    bool hasStarted() const { return m_process.error() != QProcess::FailedToStart; }

Q_SIGNALS:
    /// It is gone and everything that it wrote was read. \p how: "ended with 1", "was ended by signal 9", "could not be
    /// started: …".
    void gone(const QString &how);

private:
    void tellWhenGone();

    QProcess m_process;
    std::unique_ptr<LineReader> m_output;
    std::unique_ptr<LineWriter> m_input;
    QTimer m_patience;
    QString m_how;
    bool m_outputEnded = false;
    bool m_told = false;
};

} // namespace countersign::mcp
