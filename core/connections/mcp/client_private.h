// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/mcp/client.h"
#include "core/connections/mcp/elicitation.h"

#include <QtCore/QSet>

#include <deque>
#include <map>

namespace countersign::mcp {

inline const QString statelessVersion = QStringLiteral("2026-07-28");

/// The works of a Client. Three layers: requests on the wire, calls (each one or more requests), and what the server
/// asks meanwhile.
struct Client::Private {
    enum class Phase { Closed, Probing, Handshaking, Ready };

    /// A request on the wire.
    struct Pending {
        OutgoingMessage message;
        MessageId id;
        QByteArray method;
        CallId call = 0; ///< 0: our own.
        std::function<void(const CallEnd &end)> done;
        std::chrono::milliseconds patience{0}; ///< Of our own; 0: for ever. Calls have theirs.
        std::chrono::milliseconds waited{0};
        int sessions = 0; ///< How often it was sent again because the session was gone.
    };
    struct Call {
        CallId id = 0;
        QByteArray method;
        QByteArray params; ///< Without `_meta`.
        QString tool;
        QByteArray arguments;
        CallOptions options;
        Ended done;
        QString wire; ///< Key of its request on the wire; empty: none.
        bool wasSent = false;
        int rounds = 0;
        double lastProgress = -1;
        std::chrono::milliseconds quiet{0};
        std::chrono::milliseconds total{0};
        std::chrono::milliseconds people{0};
        // Several round trips (revision 2026-07-28): nothing is on the wire while people think.
        bool asksForItself = false;
        int openInputs = 0;
        QByteArray responses;
        QByteArray state; ///< The requestState with its quotes; empty: none.
        // -32042 (revision 2025-11-25)
        QSet<QString> addresses; ///< Ids of elicitations that were opened and are not reported complete.
        bool waitsForAddresses = false;
        int urlGeneration = 0;
        CallEnd urlError;
        // Tasks (revision 2025-11-25)
        QByteArray task; ///< The task's id with its quotes.
        bool awaitsTaskResult = false;
        bool headersRetried = false;
        std::optional<Digest> definition; ///< Of the tool as it was listed when the call was asked for.
    };
    struct Input {
        enum class Origin { Pushed, RoundTrip, Address };
        Origin origin = Origin::Pushed;
        InputRequest request;
        MessageId serverId; ///< Of a pushed one.
        QByteArray member;  ///< Of several round trips: its name with quotes.
        QString elicitation;
    };

    Private(Client &client, ClientTransport &transportGiven, Scheduler &schedulerGiven, InputHandler *inputGiven,
            Options optionsGiven)
        : q(client)
        , transport(transportGiven)
        , scheduler(schedulerGiven)
        , handler(inputGiven)
        , options(std::move(optionsGiven))
    {}

    // client_handshake.cpp
    void begin(bool probes);
    void probe();
    void judgeProbe(const CallEnd &end);
    void judgeProbeFailure(const RequestFailure &failure);
    void initialize();
    void judgeInitialize(const CallEnd &end);
    void becomeReady();
    void goOnInNewSession();
    void subscribe();
    void renewSession();
    void end(const Error &why);
    void forgetAll(CallEnd::Kind kind, const QString &words);
    void transportEnded(const QString &words);
    QByteArray capabilities() const;
    bool isStateless() const { return identity.era == Era::Stateless; }

    // client_wire.cpp
    QString sendRequest(const QByteArray &method, const QByteArray &params, CallId call,
                        std::function<void(const CallEnd &)> done, std::chrono::milliseconds patience,
                        std::vector<HeaderPair> headers = {});
    void sendNotification(const QByteArray &method, const QByteArray &params);
    void sendAnswer(const QByteArray &line);
    QByteArray withMeta(const QByteArray &params, QByteArrayView token) const;
    std::vector<HeaderPair> statelessHeaders(const QByteArray &method, const QByteArray &params) const;
    void receive(const QByteArray &bytes, const QString &stream);
    void receiveAnswer(const Message &message);
    void receiveRequest(const Message &message, const QString &stream);
    void receiveNotification(const Message &message);
    void noteProgress(QByteArrayView params);
    void requestFailed(const QString &key, const RequestFailure &failure);
    void abandonWire(const QString &key, const QString &reason);
    void startClock();
    void tick();
    void trouble(const QString &words);

    // client_calls.cpp
    CallId startCall(Call call);
    void sendCall(CallId id);
    void callEnded(CallId id, const CallEnd &end);
    bool goOnWithError(Call &call, const CallEnd &end);
    void goOnWithResult(Call &call, const CallEnd &end);
    void finishCall(CallId id, const CallEnd &end);
    void stopCall(CallId id, CallEnd::Kind kind, const QString &words);
    bool askRoundTrip(Call &call, const JsonSlices &result);
    bool askAddresses(Call &call, const CallEnd &end);
    void addressOpened(CallId id, const QString &elicitation);
    void goOnAfterAddresses(CallId id);
    void followTask(CallId id, std::chrono::milliseconds pause);
    void takeTask(CallId id, const CallEnd &end);
    void fetchTaskResult(CallId id);
    bool waitsForPeople(const Call &call) const;
    const ServerTool *findTool(const QString &name) const;
    std::optional<Digest> definitionOf(const QString &tool) const;
    bool endIfChanged(CallId id);
    void beginListing();
    void listPage(const QByteArray &cursor);
    void endListing(const Result<std::vector<ServerTool>> &end);

    // client_inputs.cpp
    void askPushed(const Message &message, const QString &stream);
    Result<InputRequest> readInput(const QByteArray &method, QByteArrayView params) const;
    CallId callBehind(QByteArrayView params, const QString &stream) const;
    void put(Input input);
    Result<> takeAnswer(InputRequest::Id id, const InputAnswer &given);
    void withdraw(InputRequest::Id id, const QString &why);
    void withdrawOf(CallId call, const QString &why);
    void cancelledByServer(QByteArrayView params);

    Client &q;
    ClientTransport &transport;
    Scheduler &scheduler;
    InputHandler *handler;
    Options options;

    Phase phase = Phase::Closed;
    ServerIdentity identity;
    int run = 0; ///< Of open(): what belongs to an earlier one is dropped.
    bool hasProbed = false;
    bool hasProbedTwice = false;
    bool wasReady = false;
    int wireIds = 0;
    CallId callIds = 0;
    InputRequest::Id inputIds = 0;
    std::map<QString, Pending> pending; ///< By the key of their id.
    std::deque<QString> given_up;       ///< Keys whose answers may still come.
    std::vector<OutgoingMessage> waitingForSession;
    std::map<CallId, Call> calls;
    std::map<InputRequest::Id, Input> inputs;
    std::vector<ServerTool> tools;
    bool isListing = false;
    int listing = 0;      ///< What an older listing says does not count.
    int lostListings = 0; ///< In a row, by sessions that were gone.
    std::vector<ServerTool> listed;
    QSet<QByteArray> cursors;
    std::vector<std::function<void(const Result<std::vector<ServerTool>> &)>> listeners;
    bool tellsOfTools = false;
    int subscriptionTries = 0;
    int troubles = 0;
    bool isTicking = false;
    std::chrono::milliseconds tickedAt{0};
    std::chrono::milliseconds signingIn{0};
};

QByteArray quotedJson(const QString &text);

} // namespace countersign::mcp
