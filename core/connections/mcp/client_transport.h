// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QtCore/QByteArray>
#include <QtCore/QObject>

#include <vector>

namespace countersign::mcp {

/// An HTTP header: name and value as they are sent.
using HeaderPair = std::pair<QByteArray, QByteArray>;

/// One message on its way to a server.
struct OutgoingMessage {
    enum class Kind { Request, Notification, Answer };
    Kind kind = Kind::Request;
    QByteArray bytes;                ///< The JSON-RPC message without a line feed: sent exactly so.
    QString id;                      ///< MessageId::key() of a request; else empty.
    bool beginsSession = false;      ///< `initialize`: goes without a session, and its answer may name a new one.
    std::vector<HeaderPair> headers; ///< Of the stateless revision, for HTTP alone: `Mcp-Method`, `Mcp-Name` and so on.
};

/// Why a request got no answer and will get none.
struct RequestFailure {
    enum class Kind {
        NotSent,     ///< It never left, or the server refused it before reading it: it was not done.
        Refused,     ///< The server answered with an HTTP status and no message.
        Lost,        ///< It was sent and the way back broke: nobody knows whether it was done.
        SessionGone, ///< The server does not know the session any more: it was not done. A new one may be begun.
    };
    Kind kind = Kind::Lost;
    QString words;      ///< One sentence for people. May quote outside text.
    int httpStatus = 0; ///< 0: none was received.
    QByteArray body;    ///< Of a refusal, at most 64 KiB.
};

/// The way to one server in whole messages: a child process, or an HTTP endpoint. Asynchronous; one thread. Knows
/// nothing of what messages mean beyond which request an answer belongs to.
class ClientTransport : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    /// Begins, also again after ended(). What was under way before is dropped without a word.
    virtual Result<> start() = 0;
    /// Never blocks. A request that can get no answer any more is told by requestFailed(), never within this call.
    virtual void send(const OutgoingMessage &message) = 0;
    /// Nobody waits for this request any more. HTTP closes its stream (which cancels it in the stateless revision).
    virtual void abandon(const QString &id) = 0;
    /// The era and revision that both sides settled on; HTTP names it in a header from then on. \p hasSessions: the
    /// time of the handshake, with sessions and resumption.
    virtual void setProtocol(const QByteArray &version, bool hasSessions) = 0;
    /// Both sides are ready: HTTP opens the stream for what the server sends unasked, where that exists.
    virtual void listen() {}
    /// Ends in good order; ended() follows.
    virtual void stop() = 0;
    virtual bool isHttp() const { return false; }
    /// A person is being asked to sign in before something can go on: time-outs stand still meanwhile.
    virtual bool waitsForPerson() const { return false; }
    /// What is under way in bytes and not taken in by the server yet.
    virtual qsizetype waitingBytes() const { return 0; }

Q_SIGNALS:
    /// \p request: the request on whose stream it came (HTTP); empty: unasked, or over a pipe.
    void received(const QByteArray &message, const QString &request);
    void requestFailed(const QString &request, const countersign::mcp::RequestFailure &failure);
    /// Something that is no message, or breaks a limit: named, and gone on from where that is possible.
    void troubled(const QString &words);
    /// Nothing more will come, of any request. \p words: one sentence for people.
    void ended(const QString &words);
};

} // namespace countersign::mcp
