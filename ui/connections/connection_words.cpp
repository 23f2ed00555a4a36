// SPDX-License-Identifier: Apache-2.0
#include "ui/connections/connection_words.h"

#include "core/base/visible_text.h"
#include "core/connections/connection_settings.h"
#include "core/connections/mcp/command_consent.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QUrl>

#include <array>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

using Phase = ConnectionStatus::Phase;

QString words(const char *text)
{
    return QCoreApplication::translate("countersign::ui::ConnectionWords", text);
}

qint64 secondsUntil(Timestamp moment, Timestamp now)
{
    return std::max<qint64>(0, (moment - now).count() + 999) / 1000;
}

/// The higher, the worse.
int rankOf(Tone tone)
{
    constexpr std::array order{Tone::Plain, Tone::Ok, Tone::Accent, Tone::Warn, Tone::Bad};
    return static_cast<int>(std::find(order.begin(), order.end(), tone) - order.begin());
}

} // namespace

QString standingWord(const ConnectionStatus &status, Timestamp now)
{
    switch (status.phase) {
    case Phase::Off:
        return words("not served here");
    case Phase::Connecting:
        return words("connecting");
    case Phase::Open:
        return !status.trouble.isEmpty()    ? words("trouble")
               : !status.unanswered.empty() ? words("call waits")
                                            : words("connected");
    case Phase::Waiting:
        return status.retryAt ? words("retry in %1 s").arg(secondsUntil(*status.retryAt, now)) : words("retrying");
    case Phase::Stopped:
        break;
    }
    return words("stopped");
}

QString signInWord()
{
    return words("sign in");
}

bool isFine(const ConnectionStatus &status)
{
    return status.phase == Phase::Open && status.trouble.isEmpty() && status.unanswered.empty();
}

Tone standingTone(const ConnectionStatus &status)
{
    switch (status.phase) {
    case Phase::Off:
        return Tone::Plain;
    case Phase::Open:
        return isFine(status) ? Tone::Ok : Tone::Warn;
    case Phase::Connecting:
    case Phase::Waiting:
        return Tone::Warn;
    case Phase::Stopped:
        break;
    }
    return Tone::Bad;
}

QString standingSentence(const ConnectionStatus &status)
{
    if (status.phase == Phase::Open && !status.trouble.isEmpty()) {
        return displayText(status.trouble).text;
    }
    if (status.phase == Phase::Open && !status.unanswered.empty()) {
        return words("Its call of “%1” has no output, and the profile does not say who is to give it.")
            .arg(shortened(displayText(status.unanswered.front().tool).text, 80));
    }
    if (!status.words.isEmpty()) {
        return displayText(status.words).text;
    }
    switch (status.phase) {
    case Phase::Off:
        return words("Not served by this window: another process on this machine may hold the lease.");
    case Phase::Connecting:
        return words("Connecting to the agent.");
    case Phase::Open:
        return words("Connected: what the agent asks comes to the inbox.");
    case Phase::Waiting:
        return words("The agent could not be reached. It is tried again.");
    case Phase::Stopped:
        break;
    }
    return words("Stopped: try it again when the reason is gone.");
}

QString whereWords(const ConnectionStatus &status)
{
    return status.command.isEmpty() ? displayText(status.address).text : mcp::shownCommand(status.command);
}

QString sizeWords(qsizetype bytes)
{
    if (bytes < 1000) {
        return words("%1 B").arg(bytes);
    }
    return bytes < 1'000'000 ? words("%1 kB").arg(static_cast<double>(bytes) / 1e3, 0, 'f', 1)
                             : words("%1 MB").arg(static_cast<double>(bytes) / 1e6, 0, 'f', 1);
}

QHash<QString, AgentHealth> healthByAgent(const std::vector<ConnectionStatus> &connections)
{
    QHash<QString, AgentHealth> health;
    for (const ConnectionStatus &status : connections) {
        const QString inAddress = status.kind.startsWith(u"mcp"_s) ? QString() : agentInAddress(QUrl(status.address));
        const QString agent = inAddress.isEmpty() ? status.name : inAddress;
        const Tone tone = standingTone(status);
        if (!health.contains(agent) || rankOf(tone) > rankOf(health.value(agent).tone)) {
            health.insert(agent, {tone, words("%1: %2").arg(displayText(status.name).text, standingSentence(status))});
        }
    }
    return health;
}

Tone worstTone(const std::vector<ConnectionStatus> &connections)
{
    Tone worst = Tone::Plain;
    for (const ConnectionStatus &status : connections) {
        worst = rankOf(standingTone(status)) > rankOf(worst) ? standingTone(status) : worst;
    }
    return worst;
}

} // namespace countersign::ui
