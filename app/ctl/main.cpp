// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/command_line.h"
#include "app/ctl/process_state.h"
#include "core/base/signature.h"
#include "core/base/visible_text.h"

#include <QtCore/QCoreApplication>

#include <cstdio>
#include <cstring>

namespace {

/// Warnings of our own categories go to stderr as visible text; Qt's own chatter would only stand between a script and
/// its output.
void handleMessage(QtMsgType type, const QMessageLogContext &context, const QString &message)
{
    const bool ours = context.category && std::strncmp(context.category, "countersign.", 12) == 0;
    if ((ours && type != QtDebugMsg && type != QtInfoMsg) || type == QtFatalMsg) {
        const QByteArray line = countersign::displayText(message).text.toUtf8();
        std::fprintf(stderr, "%s\n", line.constData());
    }
}

} // namespace

int main(int argc, char *argv[])
{
    countersign::ctl::ProcessState process; // First of all: the umask holds for every file from here on.
    std::vector<QByteArray> words;
    for (int i = 1; i < argc; ++i) {
        words.emplace_back(argv[i]);
    }
    qInstallMessageHandler(handleMessage);
    if (!countersign::initCrypto()) {
        std::fputs("countersignctl: nothing was done, because this machine gives no randomness.\n", stderr);
        return countersign::ctl::ExitCode::Unreachable;
    }
    int applicationArgc = 1; // Our words are ours: Qt reads none of them.
    QCoreApplication application(applicationArgc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("countersign"));
    return countersign::ctl::runCommandLine(words, process);
}
