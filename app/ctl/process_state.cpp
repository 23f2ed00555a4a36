// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/process_state.h"

#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

namespace countersign::ctl {

namespace {

// A signal handler reaches nothing else than globals.
volatile int signalPipe = -1;

void writeSignal(int number)
{
    const int savedErrno = errno;
    const auto byte = static_cast<unsigned char>(number);
    [[maybe_unused]] const ssize_t written =
        ::write(signalPipe, &byte, 1); // A full pipe wakes the reader all the same.
    errno = savedErrno;
}

} // namespace

ProcessState::ProcessState()
{
    m_umask = ::umask(077);
    ::getrlimit(RLIMIT_CORE, &m_coreLimit);
#ifdef QT_NO_DEBUG
    // Keys and payloads stay out of crash dumps and away from tracers of the same user.
    const rlimit none{0, m_coreLimit.rlim_max};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);
#endif
    for (char **entry = environ; entry && *entry; ++entry) {
        m_environment.emplace_back(*entry);
    }
}

ProcessState::~ProcessState()
{
    if (m_watching) {
        for (size_t i = 0; i < watched.size(); ++i) {
            ::sigaction(watched[i], &m_inherited[i], nullptr);
        }
        ::close(m_readEnd);
        ::close(signalPipe);
        signalPipe = -1;
    }
}

void ProcessState::watchSignals()
{
    int ends[2] = {-1, -1};
    if (m_watching || ::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return;
    }
    m_readEnd = ends[0];
    signalPipe = ends[1];
    m_watching = true;
    struct sigaction action = {};
    action.sa_handler = writeSignal;
    action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    for (size_t i = 0; i < watched.size(); ++i) {
        ::sigaction(watched[i], nullptr, &m_inherited[i]);
        if (m_inherited[i].sa_handler != SIG_IGN || watched[i] == SIGCHLD) {
            ::sigaction(watched[i], &action, nullptr);
        }
    }
}

std::optional<int> ProcessState::nextSignal(std::chrono::milliseconds timeout)
{
    pollfd waited{m_readEnd, POLLIN, 0};
    // poll() takes a negative descriptor as "nothing to watch": then it is a mere pause.
    if (::poll(&waited, 1, static_cast<int>(timeout.count())) <= 0) {
        return std::nullopt;
    }
    unsigned char byte = 0;
    return ::read(m_readEnd, &byte, 1) == 1 ? std::optional<int>(byte) : std::nullopt;
}

std::optional<int> ProcessState::pendingEnd()
{
    while (const std::optional<int> signal = nextSignal(std::chrono::milliseconds(0))) {
        if (*signal != SIGCHLD) {
            return signal;
        }
    }
    return std::nullopt;
}

ProcessState::Delay::Delay()
{
    sigset_t delayed;
    ::sigemptyset(&delayed);
    for (const int number : watched) {
        ::sigaddset(&delayed, number);
    }
    ::pthread_sigmask(SIG_BLOCK, &delayed, &m_before);
}

void ProcessState::Delay::end() const
{
    ::pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
}

void ProcessState::restoreInChild() const
{
    if (m_watching) {
        for (size_t i = 0; i < watched.size(); ++i) {
            ::sigaction(watched[i], &m_inherited[i], nullptr);
        }
    }
    ::umask(m_umask);
    ::setrlimit(RLIMIT_CORE, &m_coreLimit);
}

} // namespace countersign::ctl
