// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/script_finder.h"

#include <QtCore/QList>

#include <algorithm>
#include <array>
#include <string_view>

namespace countersign::ctl {

namespace {

/// How an interpreter reads its options, as far as finding its script needs.
struct Reading {
    std::array<std::string_view, 12> names;
    std::string_view codeLetters;  ///< What runs stands in the arguments: no script.
    std::string_view valueLetters; ///< Their value is the rest of the word, else the next word.
    std::string_view restLetters;  ///< Their value is the rest of the word, possibly nothing.
    std::array<std::string_view, 6> codeWords;
    std::array<std::string_view, 8> valueWords; ///< Long options whose value is the next word.
};

constexpr std::array readings{
    Reading{
        {"sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "rbash"}, "cs", "oO", "", {}, {"--rcfile", "--init-file"}},
    Reading{{"python", "pypy"}, "cm", "WX", "", {}, {"--check-hash-based-pycs"}},
    Reading{{"node", "nodejs"},
            "ep",
            "rC",
            "",
            {"--eval", "--print"},
            {"--require", "--import", "--loader", "--experimental-loader", "--conditions", "--env-file", "--title"}},
    Reading{{"perl"}, "eE", "I", "mMidlCDFVx0", {}, {}},
    Reading{{"ruby"}, "e", "IrC", "FKTWx0i", {}, {}},
    Reading{{"php"}, "rBRE", "cdz", "", {"--run"}, {"--php-ini", "--define"}},
    Reading{{"lua", "luajit"}, "e", "l", "", {}, {}},
};

QByteArray baseName(const QByteArray &path)
{
    return path.mid(path.lastIndexOf('/') + 1);
}

/// `python3.11` is `python`, `lua5.4` is `lua`.
QByteArray withoutVersion(QByteArray name)
{
    while (!name.isEmpty() && (std::isdigit(static_cast<unsigned char>(name.back())) != 0 || name.endsWith('.'))) {
        name.chop(1);
    }
    return name;
}

const Reading *readingOf(const QByteArray &path)
{
    const QByteArray name = withoutVersion(baseName(path));
    if (name.isEmpty()) {
        return nullptr;
    }
    const std::string_view wanted(name.constData(), static_cast<size_t>(name.size()));
    const auto reading = std::find_if(readings.begin(), readings.end(), [&](const Reading &candidate) {
        return std::find(candidate.names.begin(), candidate.names.end(), wanted) != candidate.names.end();
    });
    return reading == readings.end() ? nullptr : &*reading;
}

template<size_t size>
bool holds(const std::array<std::string_view, size> &words, const QByteArray &word)
{
    return std::find(words.begin(), words.end(),
                     std::string_view(word.constData(), static_cast<size_t>(word.size()))) != words.end();
}

enum class After { Option, OptionAndValue, Code };

After readLong(const Reading &reading, const QByteArray &word)
{
    const QByteArray name = word.left(word.indexOf('=') < 0 ? word.size() : word.indexOf('='));
    if (holds(reading.codeWords, name)) {
        return After::Code;
    }
    return holds(reading.valueWords, word) ? After::OptionAndValue : After::Option;
}

After readShort(const Reading &reading, const QByteArray &word)
{
    for (qsizetype i = 1; i < word.size(); ++i) {
        const char letter = word[i];
        if (reading.codeLetters.find(letter) != std::string_view::npos) {
            return After::Code;
        }
        if (reading.valueLetters.find(letter) != std::string_view::npos) {
            return i + 1 == word.size() ? After::OptionAndValue : After::Option;
        }
        if (reading.restLetters.find(letter) != std::string_view::npos) {
            return After::Option;
        }
    }
    return After::Option;
}

} // namespace

std::optional<Shebang> readShebang(const QByteArray &head)
{
    if (!head.startsWith("#!")) {
        return std::nullopt;
    }
    const qsizetype end = head.indexOf('\n');
    const QByteArray line = (end < 0 ? head : head.left(end)).mid(2).trimmed();
    const auto isBlank = [](char character) { return character == ' ' || character == '\t'; };
    const auto blank = std::find_if(line.begin(), line.end(), isBlank);
    const auto length = static_cast<qsizetype>(blank - line.begin());
    Shebang shebang{line.left(length), line.mid(length).trimmed()};
    return shebang.interpreter.isEmpty() ? std::nullopt : std::optional(shebang);
}

bool isKnownInterpreter(const QByteArray &path)
{
    return readingOf(path) != nullptr;
}

QByteArray wrapperName(const QByteArray &path)
{
    static constexpr std::array<std::string_view, 30> wrappers{
        "env",    "sudo",    "doas",   "su",      "runuser", "setpriv", "pkexec", "nohup",    "nice",        "ionice",
        "chrt",   "taskset", "time",   "timeout", "setsid",  "stdbuf",  "xargs",  "parallel", "find",        "watch",
        "strace", "ltrace",  "chroot", "unshare", "nsenter", "flock",   "script", "busybox",  "systemd-run", "ssh"};
    const QByteArray name = baseName(path);
    return holds(wrappers, name) ? name : QByteArray();
}

std::optional<size_t> scriptArgument(const std::vector<QByteArray> &command)
{
    const Reading *reading = command.empty() ? nullptr : readingOf(command.front());
    if (!reading) {
        return std::nullopt;
    }
    for (size_t i = 1; i < command.size(); ++i) {
        const QByteArray &word = command[i];
        if (word == "--") {
            return i + 1 < command.size() ? std::optional(i + 1) : std::nullopt;
        }
        if (word == "-" || word.isEmpty()) {
            return std::nullopt; // Standard input.
        }
        // A shell takes +o like -o.
        if (word[0] != '-' && (word[0] != '+' || reading != readings.data())) {
            return i;
        }
        const After after = word.startsWith("--") ? readLong(*reading, word) : readShort(*reading, word);
        if (after == After::Code) {
            return std::nullopt;
        }
        i += after == After::OptionAndValue ? 1 : 0;
    }
    return std::nullopt;
}

QByteArray programOfEnv(const QByteArray &argument)
{
    // Without -S the kernel hands env one word; with it env splits the rest.
    const bool splits = argument.startsWith("-S");
    for (const QByteArray &word : (splits ? argument.mid(2) : argument).split(' ')) {
        if (!word.isEmpty() && !word.startsWith('-') && !word.contains('=')) {
            return word;
        }
    }
    return {};
}

} // namespace countersign::ctl
