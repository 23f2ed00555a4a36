// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/mcp/codec.h"
#include "core/connections/request_watch.h"

#include <functional>
#include <map>

namespace countersign::mcp {

/// How `mcp-server` was set up.
struct ServerOptions {
    QString agentName; ///< Who asks; empty: what the client calls itself.
    QString osUser;
    QString connection = QStringLiteral("mcp-server");
    std::optional<std::chrono::milliseconds> expiresIn;
};

/// An MCP server through which any agent reaches a person: `ask_human` puts a question, `request_approval` asks for a
/// yes before something is done. Knows no transport. Lives on the engine's thread.
class HumanServer
{
public:
    struct Parts {
        Engine &engine;
        const Clock &clock;
        RequestWatch &watch;
        std::function<void(const QByteArray &line)> toClient;
        std::function<void(const QString &sentence)> say; ///< For a log, in visible text.
    };
    HumanServer(Parts parts, ServerOptions options);

    void fromClient(const QByteArray &line);
    /// Withdraws what waits.
    void clientGone(const QString &why);
    /// To be called about once a second: tells clients that asked for progress that it still waits.
    void keepPatient();
    int waitingCount() const { return static_cast<int>(m_waiting.size()); }

private:
    struct Waiting {
        MessageId id;
        RequestId request;
        QString agent;
        RoundContent content;
        QByteArray progressToken;
        double progress = 0;
        std::chrono::milliseconds toldAt{0};
    };

    void answerRequest(const Message &message);
    void call(const Message &message, const QString &caller);
    void ended(const QString &key, const WaitEnd &end);
    QByteArray resultOf(const Waiting &waiting, const WaitEnd &end);
    void cancelled(const Message &message);
    void withdraw(const Waiting &waiting, const QString &why);
    void showPatience(Waiting &waiting);

    Parts m_parts;
    ServerOptions m_options;
    std::map<QString, Waiting> m_waiting; ///< By the key of the call's id.
    QString m_clientName;                 ///< Of the handshake.
    bool m_clientGone = false;
};

/// What a call of one of our tools asks of a person. InvalidInput, Malformed: a sentence for the model that called it.
Result<RoundContent> askedOfHuman(const ToolCall &call);
/// The definitions of our tools: the `tools` of `tools/list`.
QByteArray humanTools();

} // namespace countersign::mcp
