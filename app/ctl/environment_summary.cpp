// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/environment_summary.h"

#include "core/base/digest.h"
#include "core/base/visible_text.h"

#include <QtCore/QStringList>

#include <algorithm>
#include <array>
#include <string_view>

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

/// Names of a terminal session and of the shell's last step: neither counted nor given. A trailing `*` stands for any
/// ending.
constexpr std::array<std::string_view, 17> notGiven{"_",
                                                    "SHLVL",
                                                    "OLDPWD",
                                                    "TTY",
                                                    "WINDOW",
                                                    "WINDOWID",
                                                    "STY",
                                                    "TMUX",
                                                    "TMUX_*",
                                                    "SSH_CLIENT",
                                                    "SSH_TTY",
                                                    "SSH_CONNECTION",
                                                    "KONSOLE_*",
                                                    "TERM_*",
                                                    "GNOME_TERMINAL_*",
                                                    "XDG_SESSION_ID",
                                                    "VTE_*"};

/// The size of the terminal changes with every resize: not counted, and given only when it is a number.
constexpr std::array<std::string_view, 2> terminalSize{"COLUMNS", "LINES"};

/// What changes which program runs, or what it loads before its own first line.
constexpr std::array<std::string_view, 33> changesWhatRuns{
    "PATH",        "LD_*",        "DYLD_*",   "GLIBC_*",      "GCONV_PATH",   "BASH_ENV", "ENV",
    "BASH_FUNC_*", "SHELLOPTS",   "BASHOPTS", "PS4",          "IFS",          "CDPATH",   "ZDOTDIR",
    "PYTHON*",     "VIRTUAL_ENV", "NODE_*",   "NPM_CONFIG_*", "npm_config_*", "PERL*",    "RUBY*",
    "GEM_*",       "BUNDLE_*",    "GIT_*",    "JAVA_*",       "_JAVA_*",      "JDK_*",    "CLASSPATH",
    "LUA_*",       "PHP_INI_*",   "PHPRC",    "MAKEFLAGS",    "EDITOR"};

constexpr std::array<std::string_view, 5> secretWords{"TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL"};

bool matches(std::string_view pattern, std::string_view name)
{
    return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1)) : name == pattern;
}

template<size_t size>
bool matchesAny(const std::array<std::string_view, size> &patterns, const QByteArray &name)
{
    const std::string_view view(name.constData(), static_cast<size_t>(name.size()));
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](std::string_view pattern) { return matches(pattern, view); });
}

QByteArray nameOf(const QByteArray &entry)
{
    return entry.left(entry.indexOf('=', 1) < 0 ? entry.size() : entry.indexOf('=', 1));
}

bool isSmallNumber(const QByteArray &value)
{
    return !value.isEmpty() && value.size() <= 5 &&
           std::all_of(value.begin(), value.end(), [](char digit) { return digit >= '0' && digit <= '9'; });
}

/// Text for a JSON string: valid UTF-8 stays as it is, other bytes become visible tokens.
JsonValue textOf(const QByteArray &bytes)
{
    const QString decoded = QString::fromUtf8(bytes);
    return JsonValue::fromString(decoded.toUtf8() == bytes ? decoded : displayBytes(bytes).text);
}

bool holdsSecret(const QByteArray &name)
{
    const QByteArray upper = name.toUpper();
    return std::any_of(secretWords.begin(), secretWords.end(), [&](std::string_view word) {
        return upper.contains(QByteArrayView(word.data(), static_cast<qsizetype>(word.size())));
    });
}

} // namespace

JsonValue summarizeEnvironment(const std::vector<QByteArray> &environment)
{
    std::vector<QByteArray> counted;
    std::copy_if(environment.begin(), environment.end(), std::back_inserter(counted), [](const QByteArray &entry) {
        return !matchesAny(notGiven, nameOf(entry)) && !matchesAny(terminalSize, nameOf(entry));
    });
    std::sort(counted.begin(), counted.end());
    QByteArray all;
    QStringList names;
    JsonValue shown = JsonValue::object();
    for (const QByteArray &entry : counted) {
        const QByteArray name = nameOf(entry);
        all += entry + '\0';
        names.append(textOf(name).toString());
        if (matchesAny(changesWhatRuns, name)) {
            const std::string key(textOf(name).utf8());
            shown.set(key, holdsSecret(name) ? JsonValue::fromString(u"(not shown: its name speaks of a secret)"_s)
                                             : textOf(entry.mid(name.size() + 1)));
        }
    }
    return JsonValue::object({{"count", JsonValue::fromInteger(static_cast<qint64>(counted.size()))},
                              {"sha256", JsonValue::fromString(sha256(all).hex())},
                              {"names", JsonValue::fromString(names.join(u' '))},
                              {"shown", std::move(shown)}});
}

std::vector<QByteArray> environmentForChild(const std::vector<QByteArray> &environment)
{
    std::vector<QByteArray> given;
    std::copy_if(environment.begin(), environment.end(), std::back_inserter(given), [](const QByteArray &entry) {
        const QByteArray name = nameOf(entry);
        return matchesAny(terminalSize, name) ? isSmallNumber(entry.mid(name.size() + 1)) : !matchesAny(notGiven, name);
    });
    return given;
}

QString notGivenNames()
{
    QStringList names;
    for (const std::string_view name : notGiven) {
        names.append(QString::fromLatin1(name.data(), static_cast<qsizetype>(name.size())));
    }
    return names.join(u' ');
}

QByteArray environmentValue(const std::vector<QByteArray> &environment, const QByteArray &name)
{
    for (const QByteArray &entry : environment) {
        if (entry.startsWith(name + '=')) {
            return entry.mid(name.size() + 1);
        }
    }
    return {};
}

} // namespace countersign::ctl
