// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QtCore/QHash>
#include <QtCore/QStringList>

#include <optional>
#include <vector>

namespace countersign::ctl {

/// One flag of a command, as declared.
struct Option {
    QString name;  ///< Without dashes.
    QString value; ///< Placeholder of its value; empty: a flag without one.
    QString help;
    bool repeatable = false;
};

/// What a command takes.
struct Syntax {
    QString arguments; ///< Placeholders, for the usage line.
    int minimumArguments = 0;
    int maximumArguments = 0;
    bool takesCommand = false; ///< `-- COMMAND ARG…` is wanted.
    std::vector<Option> options;
    QStringList laterFlags{};    ///< Agreed on, but not part of this version: refused by name.
    QString insteadOfCommand{};  ///< The option that may be given in place of `-- COMMAND ARG…`.
    bool mayTakeCommand = false; ///< `-- COMMAND ARG…` may be given; the command says when it is wanted.
};

/// What was given. Values are valid UTF-8; the words behind `--` are the raw bytes.
class ParsedOptions
{
public:
    bool has(const QString &name) const { return m_values.contains(name); }
    /// The last value given, or empty.
    QString value(const QString &name) const;
    std::optional<QString> optional(const QString &name) const;
    QStringList values(const QString &name) const { return m_values.value(name); }
    const QStringList &arguments() const { return m_arguments; }
    const std::vector<QByteArray> &command() const { return m_command; }
    bool wantsHelp() const { return m_help; }

private:
    friend Result<ParsedOptions> parseOptions(const std::vector<QByteArray> &words, const Syntax &syntax);
    QHash<QString, QStringList> m_values;
    QStringList m_arguments;
    std::vector<QByteArray> m_command;
    bool m_help = false;
};

/// Reads `--flag VALUE`, `--flag=VALUE`, arguments and `-- COMMAND…`; options may stand anywhere before `--`.
/// InvalidInput: one sentence that names the word and, for an unknown flag, the nearest known one.
Result<ParsedOptions> parseOptions(const std::vector<QByteArray> &words, const Syntax &syntax);

/// The known word nearest to \p word, or empty when none is near.
QString nearestWord(const QString &word, const QStringList &known);

/// Strict: absent when \p bytes are not valid UTF-8.
std::optional<QString> fromUtf8Strictly(const QByteArray &bytes);

} // namespace countersign::ctl
