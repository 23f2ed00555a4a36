// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/mcp/codec.h"
#include "core/connections/mcp/tools.h"
#include "core/connections/request_watch.h"

#include <QtCore/QStringList>

#include <functional>
#include <map>

namespace countersign::mcp {

/// How one gate was set up, by whoever wrote the client's configuration.
struct GateOptions {
    QString name;        ///< Of the server, as this machine calls it.
    QStringList command; ///< What runs behind the gate: shown with every request.
    QString agentName;   ///< Who asks; empty: what the client calls itself.
    QString osUser;
    QStringList onlyTools; ///< Empty: all.
    std::optional<Tier> tier;
    std::optional<std::chrono::milliseconds> expiresIn;

    QString connection() const { return QStringLiteral("mcp:") + name; }
};

/// Stands between an MCP client and an MCP server and makes a request in the workspace of every tool call. Everything
/// else passes byte for byte; so does an approved call, save for the arguments that a reviewer changed. Knows no
/// transport: lines go in by calls and out by the functions given. Lives on the engine's thread.
class Gate
{
public:
    struct Parts {
        Engine &engine;
        const Clock &clock;
        RequestWatch &watch;
        std::function<void(const QByteArray &line)> toClient;
        std::function<void(const QByteArray &line)> toServer;
        /// One sentence for the log of the client, in visible text.
        std::function<void(const QString &sentence)> say;
    };
    Gate(Parts parts, GateOptions options);
    ~Gate();
    Gate(const Gate &) = delete;
    Gate &operator=(const Gate &) = delete;

    /// Takes back what an earlier gate of this name left waiting when it was killed: nobody would act on the answer.
    Result<> withdrawAbandoned();

    void fromClient(const QByteArray &line);
    void fromServer(const QByteArray &line);
    /// Nobody is left to answer: what waits is withdrawn. What the server works on goes on.
    void clientGone(const QString &why);
    /// What waits is withdrawn, what was under way is recorded as not known to be done, and the client is told.
    void serverGone(const QString &why);
    /// A request of ours or the client's, by the key of its id, gets no answer although the server is still there.
    /// \p mayBeDone: it was sent, and nobody knows how far it came.
    void answerLost(const QString &key, const QString &why, bool mayBeDone);
    /// Tells clients that asked for progress that a person is still being waited for, and gives up on a server that
    /// does not list its tools. To be called about once a second.
    void keepPatient();

    /// Tool calls that wait for a person.
    int askingCount() const;
    /// Tool calls that the server works on.
    int runningCount() const;

private:
    struct Call {
        enum class Stage {
            Listing,  ///< Waits for the server to describe its tools.
            Asking,   ///< Waits for a person.
            Checking, ///< Approved; waits for the server to say that the tool is still the same.
            Running,  ///< Sent; the server has not answered.
            Paused,   ///< The server asked for input: the client goes on with a call of its own.
            Asked,    ///< The server asked for input, and it is answered here.
        };
        Stage stage = Stage::Listing;
        MessageId id;
        MessageId serverId; ///< Under which the server works on it; another one once questions were answered here.
        QByteArray line;    ///< As received.
        QString tool;
        QByteArray meta;
        QByteArray progressToken;
        double progress = 0;
        std::chrono::milliseconds toldAt{0}; ///< When the client last heard of progress, or when it was paused.
        RequestId request;
        QString agent;
        RoundContent content;
        std::optional<VerifiedOutcome> approval; ///< While it is checked.
        QByteArray sentArguments;                ///< Once running.
        QString requestState;                    ///< Of a paused call.
        // Revision 2026-07-28, when the client cannot show forms.
        bool answersQuestions = false;
        QByteArray sentParams;
        QByteArray stateToken; ///< The requestState to give back, with its quotes; empty: none.
        QByteArray responses;  ///< An object that grows.
        int openQuestions = 0;
        QByteArray heldQuestions; ///< Of a paused call: what is put here once the client gave its part; empty: nothing.
        int rounds = 0;
    };
    /// A request of the client that passed.
    struct Passed {
        MessageId id;
        QString method;
        bool firstPage = false;
    };
    /// An elicitation that is answered here, because the client cannot.
    struct Question {
        MessageId id;
        RequestId request;
        RoundContent content;
        QString call;      ///< Revision 2026-07-28: the key of the call that it belongs to …
        QByteArray member; ///< … and its name among the input requests, with quotes.
    };

    // From the client
    void pass(const QByteArray &line, const Message &message);
    void passInitialize(const QByteArray &line, const Message &message);
    void cancelledByClient(const QByteArray &line, const Message &message);
    void beginCall(const QByteArray &line, const Message &message);
    bool isOutstanding(const MessageId &id) const;
    void refuse(const MessageId &id, int code, const QString &why);

    // Calls (mcp_gate_calls.cpp)
    void listTools(const QByteArray &meta, const QByteArray &cursor);
    void listedTools(const Message &answer);
    void endListing();
    void ask(Call &call);
    RoundContent contentOf(const Call &call, const ToolCall &read) const;
    QByteArray claimsOf(const Call &call, const ToolCall &read, const Tool *tool) const;
    void endAsking(const QString &key, const WaitEnd &end);
    void checkTool(const QString &key, const VerifiedOutcome &outcome);
    void checkListedTool(const QString &key);
    void refuseChangedTool(const QString &key, const QString &why);
    void sendApproved(const QString &key, const VerifiedOutcome &outcome);
    Result<> checkOutgoing(const Call &call, const VerifiedOutcome &outcome, const QByteArray &line) const;
    bool goOn(const QByteArray &line, const Message &message, const ToolCall &read);
    void answered(const QString &key, const Message &answer, const QByteArray &line);
    void finish(const Call &call, Outcome outcome);
    void fail(const QString &key, const QString &why);
    void tellFailure(const MessageId &id, const QString &why);
    void takeBack(const RequestId &request, const QString &agent, const QString &why);
    void showPatience(Call &call);
    void countRunning();

    // From the server
    void serverAsks(const QByteArray &line, const Message &message);
    void serverAnswers(const QByteArray &line, const Message &message);
    void serverNotifies(const QByteArray &line, const Message &message);
    void noise(const QString &what);

    // Questions of the server (mcp_gate_questions.cpp)
    void askQuestion(const Message &message);
    Result<> fileQuestion(const QString &key, Question question);
    void answeredWithQuestions(Call call, const Message &answer, const JsonSlices &result);
    static void keepClientsPart(Call &call, const ToolCall &read, QByteArrayView questions);
    bool askForCall(Call &call, QByteArrayView requests);
    void putQuestions(const QString &key, QByteArrayView requests);
    void goOnAnswered(const QString &key);
    void withdrawQuestionsOf(const QString &call, const QString &why);
    MessageId ownId();
    void endQuestion(const QString &key, const WaitEnd &end);
    QByteArray answerTo(const Question &question, const WaitEnd &end);
    void withdrawQuestion(const QString &key, const QString &why);

    Parts m_parts;
    GateOptions m_options;
    ToolBook m_book;
    std::map<QString, Call> m_calls; ///< By the key of their id. A paused call stands under its request's id.
    std::map<QString, Passed> m_passed;
    std::map<QString, MessageId> m_serverAsked; ///< Requests of the server that the client is to answer.
    std::map<QString, Question> m_questions;
    std::map<QString, QString> m_retries; ///< Our id of a call that goes on, and the key of the call.
    QString m_clientName;                 ///< By the handshake; a modern request names its own.
    bool m_answersQuestions = false;      ///< The client cannot, so this gate does.
    bool m_modern = false;
    bool m_clientGone = false;
    bool m_serverGone = false;
    int m_noise = 0;
    // Our own listing of the tools.
    std::optional<MessageId> m_listing;
    std::chrono::milliseconds m_listingSince{0};
    QByteArray m_listingMeta;
    bool m_listedAll = false;
    int m_ownIds = 0;
    int m_pages = 0;
};

/// What a modern request's \p meta says of who sent it; empty: nothing that can be used.
QString clientNameIn(QByteArrayView meta);
/// A question's content as the form it becomes, or why it cannot be put.
Result<RoundContent> elicitationContent(QByteArrayView params);
/// The result of `elicitation/create` for an answered question. Malformed: the answer does not fit the question.
Result<QByteArray> elicitationResult(const RoundContent &content, const VerifiedOutcome &outcome);

} // namespace countersign::mcp
