// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/mcp/http_transport.h"
#include "core/connections/mcp/sse_parser.h"

#include <QtCore/QPointer>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkReply>

namespace countersign::mcp {

/// Network access in parallel: Qt opens six connections for each manager and host, and an open stream keeps one of
/// them.
class NetworkPool
{
public:
    NetworkPool(const QUrl &endpoint, int maxManagers);
    ~NetworkPool();
    /// The reply belongs to the caller, who deletes it later. \p body goes out at most once: Qt would otherwise repeat
    /// a POST by itself when the server drops the connection, and a tool would run twice.
    QNetworkReply *send(const QByteArray &verb, QNetworkRequest request, const QByteArray &body);

private:
    struct Manager {
        std::unique_ptr<QNetworkAccessManager> network;
        int load = 0;
    };
    std::shared_ptr<Manager> leastLoaded();

    QUrl m_endpoint;
    size_t m_maxManagers;
    std::vector<std::shared_ptr<Manager>>
        m_managers; ///< Replies look back at theirs, if it still exists, to count it down.
};

/// What all exchanges with one server have in common.
struct HttpShared {
    QUrl endpoint;
    HttpAuthorization &authorization;
    Scheduler &scheduler;
    HttpLimits limits;
    NetworkPool network;
    QByteArray session; ///< Secret.
    QByteArray version; ///< Of the time of the handshake, once known.
    bool hasSessions = false;
};

/// One message to the server, and the answer to it over as many streams as that takes. Or the stream for what the
/// server sends unasked.
class HttpExchange final : public QObject
{
    Q_OBJECT
public:
    enum class Purpose { Message, Listen, EndSession };
    HttpExchange(HttpShared &shared, Purpose purpose, OutgoingMessage message, QObject *parent = nullptr);
    ~HttpExchange() override;

    void start();
    const OutgoingMessage &message() const { return m_message; }
    /// The answer came (perhaps on another stream): what is left of this exchange is of no use.
    void setAnswered() { m_isAnswered = true; }
    /// Ends without a signal.
    void cancel();
    bool waitsForAuthorization() const { return m_waitsForAuthorization; }

Q_SIGNALS:
    void received(const QByteArray &message);
    void sessionNamed(const QByteArray &session);
    void troubled(const QString &words);
    /// Nothing more will come. \p failure is set for a request that has no answer.
    void finished(const std::optional<countersign::mcp::RequestFailure> &failure);

private:
    void authorizeAndSend();
    void send(const std::vector<HeaderPair> &credentials);
    QNetworkRequest requestWith(const std::vector<HeaderPair> &credentials) const;
    void readHead();
    void readSome();
    void finishReply();
    void judge(int status);
    void judgeFailure(int status);
    void judgeNetworkError();
    bool followRedirect(int status);
    bool isToolCall() const;
    void askForAuthorization(int status);
    void endStream();
    void comeAgain();
    void fail(RequestFailure::Kind kind, const QString &words, int status = 0);
    void finish(const std::optional<RequestFailure> &failure);
    void dropReply();
    bool isRequest() const { return m_purpose == Purpose::Message && m_message.kind == OutgoingMessage::Kind::Request; }

    HttpShared &m_shared;
    Purpose m_purpose;
    OutgoingMessage m_message;
    QUrl m_url;
    QPointer<QNetworkReply> m_reply;
    SseParser m_events;
    qint64 m_eventsBefore = 0; ///< Events when the present stream was opened.
    QByteArray m_body;
    QByteArray m_usedAuthorization;
    QByteArray m_usedSession;
    bool m_isStream = false;   ///< The present reply is a stream of events.
    bool m_isResuming = false; ///< GET with the last event's id.
    bool m_isAnswered = false;
    bool m_isFinished = false;
    bool m_isTooLarge = false;
    bool m_waitsForAuthorization = false;
    std::chrono::milliseconds m_openedAt{0}; ///< The present stream.
    int m_refusals = 0;
    int m_redirects = 0;
    int m_barrenTries = 0; ///< Since something new came.
};

} // namespace countersign::mcp
