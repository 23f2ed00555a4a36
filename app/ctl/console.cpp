// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/console.h"

#include "app/ctl/exit_code.h"
#include "app/ctl/visible_once.h"
#include "core/engine/request_json.h"

#include <cstdio>

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

bool writeLine(std::FILE *stream, const QByteArray &bytes)
{
    const auto size = static_cast<size_t>(bytes.size());
    return std::fwrite(bytes.constData(), 1, size, stream) == size && std::fputc('\n', stream) != EOF &&
           std::fflush(stream) == 0;
}

} // namespace

void Console::line(const QString &visible)
{
    exact(visible.toUtf8());
}

void Console::exact(const QByteArray &bytes)
{
    if (!m_json && !writeLine(stdout, bytes)) {
        m_lost = true;
    }
}

void Console::json(const JsonValue &object)
{
    if (m_json && !writeLine(stdout, writeJson(object))) {
        m_lost = true;
    }
}

void Console::note(const QString &visible)
{
    writeLine(stderr, visible.toUtf8());
}

int Console::fail(const Error &error)
{
    return fail(error, exitCodeOf(error.code));
}

int Console::fail(const Error &error, int exitCode)
{
    // Messages are ours, yet may quote what came from outside.
    note(u"countersignctl: "_s + visibleOnce(error.message, TextShape::Lines));
    json(errorJson(error));
    return exitCode;
}

bool Console::flush()
{
    return std::fflush(stdout) == 0 && !m_lost;
}

} // namespace countersign::ctl
