// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QByteArray>

#include <optional>
#include <vector>

namespace countersign::ctl {

/// `#!INTERPRETER ARGUMENT` as the kernel reads it.
struct Shebang {
    QByteArray interpreter;
    QByteArray argument; ///< One word for the kernel, spaces included; may be empty.
};
/// From the first bytes of a file. Absent: it has none.
std::optional<Shebang> readShebang(const QByteArray &head);

/// Is this the program name of an interpreter whose first file argument is a script (`sh`, `python3.11`, `node`, …)?
bool isKnownInterpreter(const QByteArray &path);

/// The program name when \p path is a command that starts another one given in its arguments (`env`, `sudo`, `xargs`),
/// else empty.
QByteArray wrapperName(const QByteArray &path);

/// The index in \p command of the file that the interpreter command[0] will read as its script. Absent: it reads none
/// (`sh -c …`, `python3 -m …`, standard input).
std::optional<size_t> scriptArgument(const std::vector<QByteArray> &command);

/// The program that `env ARGUMENT` of a shebang line starts, or empty: `node` of `#!/usr/bin/env -S node --x`.
QByteArray programOfEnv(const QByteArray &argument);

} // namespace countersign::ctl
