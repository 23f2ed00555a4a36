// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/terminal_prompt.h"

#include <cstdio>

#include <termios.h>
#include <unistd.h>

namespace countersign::ctl {

namespace {

constexpr qsizetype maxTyped = 4096;

/// The terminal without echo, for as long as it lives.
class Silence
{
public:
    Silence()
    {
        m_silent = ::tcgetattr(STDIN_FILENO, &m_before) == 0;
        termios without = m_before;
        without.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        m_silent = m_silent && ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &without) == 0;
    }
    ~Silence()
    {
        if (m_silent) {
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &m_before);
        }
    }
    Silence(const Silence &) = delete;
    Silence &operator=(const Silence &) = delete;
    bool isSilent() const { return m_silent; }

private:
    termios m_before{};
    bool m_silent = false;
};

} // namespace

std::optional<QByteArray> promptForSecret(const QString &visiblePrompt)
{
    if (!::isatty(STDIN_FILENO) || !::isatty(STDERR_FILENO)) {
        return std::nullopt;
    }
    const Silence silence;
    if (!silence.isSilent()) {
        return std::nullopt;
    }
    std::fputs(visiblePrompt.toUtf8().constData(), stderr);
    QByteArray typed;
    char character = 0;
    bool complete = false;
    while (typed.size() < maxTyped && ::read(STDIN_FILENO, &character, 1) == 1) {
        if (character == '\n') {
            complete = true;
            break;
        }
        typed.append(character);
    }
    std::fputc('\n', stderr);
    return complete ? std::optional(typed) : std::nullopt;
}

} // namespace countersign::ctl
