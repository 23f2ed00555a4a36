// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"
#include "core/base/result.h"

namespace countersign::ctl {

/// The two streams of a command. Results go to stdout, sentences for people to stderr. With `--json` stdout carries
/// JSON objects and nothing else.
class Console
{
public:
    explicit Console(bool json)
        : m_json(json)
    {}

    bool isJson() const { return m_json; }
    /// One line on stdout, unless `--json`. \p visible is ours or has gone through displayText().
    void line(const QString &visible);
    /// The exact bytes and a line feed on stdout, unless `--json`: for values that programs read.
    void exact(const QByteArray &bytes);
    /// One object on stdout, only with `--json`.
    void json(const JsonValue &object);
    /// One sentence on stderr.
    void note(const QString &visible);
    /// Says \p error on stderr (and on stdout with `--json`), and gives the exit code that stands for it.
    int fail(const Error &error);
    /// The same with another exit code.
    int fail(const Error &error, int exitCode);
    /// False when something could not be written to stdout (a full disk, a closed pipe).
    bool flush();

private:
    bool m_json;
    bool m_lost = false;
};

} // namespace countersign::ctl
