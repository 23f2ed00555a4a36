// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/gate_binding.h"
#include "app/ctl/process_state.h"
#include "app/ctl/session.h"

namespace countersign::ctl {

/// Runs the bound command as a child that owns stdin, stdout, stderr and, by its exit code, ours. Binaries and
/// interpreters are started from the very descriptors that were hashed; a script is started by its path, or with
/// `--sealed` from a private copy of what was hashed.
class GateRunner
{
public:
    GateRunner(const GateBinding &binding, ProcessState &process, const WorkspaceLocation &location);
    ~GateRunner(); ///< Removes the private copy.
    GateRunner(const GateRunner &) = delete;
    GateRunner &operator=(const GateRunner &) = delete;

    /// Makes what can fail before anything counts as started: the private copy.
    Result<> prepare();

    struct Ending {
        bool started = false;
        int exitCode = 0; ///< 128 + N when signal N ended it.
        int signal = 0;
        QString problem;   ///< Why it could not be started.
        int stoppedBy = 0; ///< The signal that arrived before the start, so that nothing was run.
    };
    /// Starts the command and waits for its end, unless a signal has arrived before. \p session stays announced
    /// meanwhile. Ctrl+C reaches the child from the terminal; SIGTERM and SIGHUP are passed on.
    Ending run(Session &session);

private:
    Result<> seal(const BoundFile &file);
    std::vector<QByteArray> argumentVector() const;
    struct Pipes {
        int go[2] = {-1, -1};    ///< A byte lets the child go on; its end without one stops it.
        int error[2] = {-1, -1}; ///< The number of the error that kept the child from starting.
        Pipes();
        ~Pipes();
        Pipes(const Pipes &) = delete;
        Pipes &operator=(const Pipes &) = delete;
        bool isOpen() const { return go[1] >= 0 && error[1] >= 0; }
        static void close(int &end);
    };
    [[noreturn]] void execute(const std::vector<char *> &arguments, const std::vector<char *> &environment,
                              const Pipes &pipes) const;
    /// Waits for the running child.
    Ending attend(pid_t child, Session &session);

    const GateBinding &m_binding;
    ProcessState &m_process;
    QByteArray m_privateFolder;
    QByteArray m_sealedPath;
    QByteArray m_parentFolder;
};

} // namespace countersign::ctl
