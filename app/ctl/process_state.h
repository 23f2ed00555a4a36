// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <optional>
#include <vector>

#include <QtCore/QByteArray>

#include <sys/resource.h>
#include <sys/types.h>

namespace countersign::ctl {

/// What this process inherited and changed for itself, so that a command that a gate starts gets it back unchanged:
/// the umask, the limit on core files, the environment and what signals do. One per process, made first thing in main.
class ProcessState
{
public:
    /// Takes over: umask 077, no core files and no tracing in release builds.
    ProcessState();
    ~ProcessState();
    ProcessState(const ProcessState &) = delete;
    ProcessState &operator=(const ProcessState &) = delete;

    /// From now on SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGCHLD wake nextSignal() instead of ending the process. A
    /// signal that was ignored when the process started stays ignored.
    void watchSignals();
    /// The next signal, or absent after \p timeout.
    std::optional<int> nextSignal(std::chrono::milliseconds timeout);

    /// Becomes readable when nextSignal() has one, for an event loop; −1 before watchSignals().
    int signalDescriptor() const { return m_readEnd; }

    /// A signal that wants this process to end and has arrived already; absent when there is none.
    std::optional<int> pendingEnd();
    /// Keeps the watched signals waiting until the end of its scope, so that none gets lost around a fork.
    class Delay
    {
    public:
        Delay();
        ~Delay() { end(); }
        Delay(const Delay &) = delete;
        Delay &operator=(const Delay &) = delete;
        void end() const; ///< Async-signal-safe.

    private:
        sigset_t m_before{};
    };

    /// Between fork and exec: gives back what was inherited. Async-signal-safe.
    void restoreInChild() const;

    /// `NAME=VALUE` as inherited.
    const std::vector<QByteArray> &environment() const { return m_environment; }

private:
    static constexpr std::array watched{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD};

    mode_t m_umask = 0;
    rlimit m_coreLimit{};
    std::array<struct sigaction, watched.size()> m_inherited{};
    bool m_watching = false;
    int m_readEnd = -1;
    std::vector<QByteArray> m_environment;
};

} // namespace countersign::ctl
