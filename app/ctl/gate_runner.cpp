// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/gate_runner.h"

#include "app/ctl/environment_summary.h"

#include <QtCore/QFile>
#include <QtCore/QFileInfo>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace countersign::ctl {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto heartbeatPause = 1000ms;

Error notSealed(int number)
{
    return {ErrorCode::Storage,
            u"The private copy could not be made, so nothing was started: "_s +
                QString::fromLocal8Bit(std::strerror(number)) + u'.',
            {}};
}

std::vector<char *> pointersTo(const std::vector<QByteArray> &words)
{
    std::vector<char *> pointers;
    for (const QByteArray &word : words) {
        pointers.push_back(const_cast<char *>(word.constData())); // exec() takes them so and changes nothing.
    }
    pointers.push_back(nullptr);
    return pointers;
}

/// Copies all of \p from to \p to and gives back what was copied.
bool copyBytes(int from, int to)
{
    std::array<char, 65536> block{};
    off_t offset = 0;
    for (;;) {
        const ssize_t count = ::pread(from, block.data(), block.size(), offset);
        if (count <= 0) {
            return count == 0;
        }
        for (ssize_t written = 0; written < count;) {
            const ssize_t step = ::write(to, block.data() + written, static_cast<size_t>(count - written));
            if (step < 0) {
                return false;
            }
            written += step;
        }
        offset += count;
    }
}

GateRunner::Ending endingOf(int status)
{
    GateRunner::Ending ending;
    ending.started = true;
    if (WIFSIGNALED(status)) {
        ending.signal = WTERMSIG(status);
        ending.exitCode = 128 + ending.signal;
    } else {
        ending.exitCode = WEXITSTATUS(status);
    }
    return ending;
}

} // namespace

GateRunner::GateRunner(const GateBinding &binding, ProcessState &process, const WorkspaceLocation &location)
    : m_binding(binding)
    , m_process(process)
    , m_parentFolder(QFile::encodeName(QFileInfo(location.path).path()))
{}

GateRunner::~GateRunner()
{
    if (!m_sealedPath.isEmpty()) {
        ::unlink(m_sealedPath.constData());
    }
    if (!m_privateFolder.isEmpty()) {
        ::rmdir(m_privateFolder.constData());
    }
}

Result<> GateRunner::seal(const BoundFile &file)
{
    QByteArray folder = m_parentFolder + "/gate-XXXXXX";
    if (!::mkdtemp(folder.data())) {
        return notSealed(errno);
    }
    m_privateFolder = folder;
    m_sealedPath = folder + '/' + file.path().mid(file.path().lastIndexOf('/') + 1);
    const int target = ::open(m_sealedPath.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0500);
    if (target < 0) {
        return notSealed(errno);
    }
    const bool copied = copyBytes(file.descriptor(), target);
    const int number = errno;
    ::close(target);
    if (!copied) {
        return notSealed(number);
    }
    const Result<BoundFile> copy = BoundFile::open(m_sealedPath);
    if (!copy) {
        return copy.error();
    }
    if (copy->sha256() != file.sha256()) {
        return Error{ErrorCode::ContentChanged, u"The file changed while it was copied: nothing was started."_s, {}};
    }
    return {};
}

Result<> GateRunner::prepare()
{
    if (m_binding.sealing() == Sealing::No) {
        return {};
    }
    return seal(m_binding.script() ? *m_binding.script() : m_binding.executable());
}

std::vector<QByteArray> GateRunner::argumentVector() const
{
    std::vector<QByteArray> words = m_binding.command();
    const bool sealedScript = !m_sealedPath.isEmpty() && m_binding.script();
    if (sealedScript && m_binding.scriptIndex() > 0) {
        words[m_binding.scriptIndex()] = m_sealedPath;
    }
    if (!m_binding.shebang()) {
        return words;
    }
    // What the kernel makes of `#!INTERPRETER ARGUMENT`: the name by which the script was found stands for argv[0].
    const bool executableIsSealed = sealedScript && m_binding.scriptIndex() == 0;
    const QByteArray found = words.front().contains('/') ? words.front() : m_binding.executable().path();
    words.front() = executableIsSealed ? m_sealedPath : found;
    if (!m_binding.shebang()->argument.isEmpty()) {
        words.insert(words.begin(), m_binding.shebang()->argument);
    }
    words.insert(words.begin(), m_binding.shebang()->interpreter);
    return words;
}

GateRunner::Pipes::Pipes()
{
    if (::pipe2(go, O_CLOEXEC) == 0) {
        [[maybe_unused]] const int made = ::pipe2(error, O_CLOEXEC); // isOpen() tells.
    }
}

GateRunner::Pipes::~Pipes()
{
    for (int *end : {&go[0], &go[1], &error[0], &error[1]}) {
        close(*end);
    }
}

void GateRunner::Pipes::close(int &end)
{
    if (end >= 0) {
        ::close(end);
        end = -1;
    }
}

void GateRunner::execute(const std::vector<char *> &arguments, const std::vector<char *> &environment,
                         const Pipes &pipes) const
{
    char go = 0;
    ssize_t count = 0;
    do {
        count = ::read(pipes.go[0], &go, 1);
    } while (count < 0 && errno == EINTR);
    if (count != 1) {
        ::_exit(127);
    }
    const bool sealedBinary = !m_sealedPath.isEmpty() && !m_binding.script();
    const BoundFile &started = m_binding.interpreter() ? *m_binding.interpreter() : m_binding.executable();
    if (!sealedBinary) {
        ::fexecve(started.descriptor(), arguments.data(), environment.data());
    }
    // A program that the kernel itself hands to another one cannot be started from a descriptor that closes.
    if (sealedBinary) {
        ::execve(m_sealedPath.constData(), arguments.data(), environment.data());
    } else if (errno == ENOENT && started.isUntouched()) {
        ::execve(started.path().constData(), arguments.data(), environment.data());
    }
    const int number = errno;
    [[maybe_unused]] const ssize_t told = ::write(pipes.error[1], &number, sizeof number);
    ::_exit(127);
}

GateRunner::Ending GateRunner::run(Session &session)
{
    Ending ending;
    const std::vector<QByteArray> words = argumentVector();
    const std::vector<char *> arguments = pointersTo(words);
    const std::vector<QByteArray> variables = environmentForChild(m_process.environment());
    const std::vector<char *> environment = pointersTo(variables);
    Pipes pipes;
    m_process.watchSignals();
    const ProcessState::Delay delay;
    const pid_t child = pipes.isOpen() ? ::fork() : -1;
    if (child == 0) {
        m_process.restoreInChild();
        ::close(pipes.go[1]); // Else the child would keep itself waiting when this process is gone.
        delay.end();
        execute(arguments, environment, pipes);
    }
    if (child < 0) {
        ending.problem = QString::fromLocal8Bit(std::strerror(errno));
        return ending;
    }
    Pipes::close(pipes.error[1]);
    delay.end();
    // Until here Ctrl+C was ours; from the fork on the terminal sends it to the child as well.
    if (const std::optional<int> signal = m_process.pendingEnd()) {
        Pipes::close(pipes.go[1]);
        ::waitpid(child, nullptr, 0);
        ending.stoppedBy = *signal;
        return ending;
    }
    // The reading end stays open here: a child that is gone already must not end this process as well.
    [[maybe_unused]] const ssize_t told = ::write(pipes.go[1], "", 1);
    int number = 0;
    if (::read(pipes.error[0], &number, sizeof number) > 0) {
        ::waitpid(child, nullptr, 0);
        ending.problem = QString::fromLocal8Bit(std::strerror(number));
        return ending;
    }
    return attend(child, session);
}

GateRunner::Ending GateRunner::attend(pid_t child, Session &session)
{
    int status = 0;
    while (::waitpid(child, &status, WNOHANG) != child) {
        const std::optional<int> signal = m_process.nextSignal(heartbeatPause);
        if (signal == SIGTERM || signal == SIGHUP) {
            ::kill(child, *signal);
        }
        session.keepPresent();
    }
    return endingOf(status);
}

} // namespace countersign::ctl
