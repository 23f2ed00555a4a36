// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/http_request.h"

#include <QtCore/QObject>
#include <QtCore/QStringList>
#include <QtCore/QTimer>
#include <QtNetwork/QHostAddress>
#include <QtNetwork/QTcpServer>

#include <chrono>
#include <functional>
#include <memory>

class QTcpSocket;

namespace countersign {

/// Who may talk to an HTTP server of ours, and how much (THREATS.md T14, T15, T17).
struct HttpServerOptions {
    QHostAddress address = QHostAddress(QHostAddress::LocalHost);
    quint16 port = 0;    ///< 0: a free one.
    QStringList hosts;   ///< Host headers that are good besides the names of this machine with our port.
    QStringList origins; ///< Origins that may call from a browser; empty: none.
    QByteArray token;    ///< Wanted as `Authorization: Bearer`; empty: nobody is asked for one.
    HttpRequestLimits request;
    int connections = 512;
    bool keepAlive = true;                   ///< Else every connection carries one request.
    std::chrono::milliseconds head{10'000};  ///< From the first byte of a request to the end of its head and body.
    std::chrono::milliseconds body{120'000}; ///< The same, once the head said that there is a body.
    std::chrono::milliseconds idle{75'000};  ///< Between two requests.
    std::chrono::milliseconds stall{60'000}; ///< How long a client may take nothing of what was sent to it.
};

class HttpConnection;

/// One request and the way to answer it. Belongs to its connection, and is deleted when it is answered or abandoned.
class HttpServerExchange : public QObject
{
    Q_OBJECT
public:
    using Headers = std::vector<HttpRequest::Header>;

    const HttpRequest &request() const { return m_request; }
    /// The whole answer. \p headers besides Content-Length and Connection.
    void respond(int status, const Headers &headers = {}, const QByteArray &body = {});
    /// An answer of unknown length; write() and finish() follow.
    void beginStream(int status, const Headers &headers);
    void write(const QByteArray &bytes);
    void finish();
    bool hasBegun() const { return m_stage != Stage::Waiting; }
    bool isOpen() const { return m_stage != Stage::Ended; }
    qint64 unsentBytes() const;

Q_SIGNALS:
    /// The client went away before the answer was complete. Nothing can be written any more.
    void abandoned();
    /// The client has taken what was written.
    void drained();

private:
    friend class HttpConnection;
    enum class Stage { Waiting, Streaming, Ended };
    HttpServerExchange(HttpConnection &connection, HttpRequest request);

    HttpConnection *m_connection;
    HttpRequest m_request;
    Stage m_stage = Stage::Waiting;
};

/// One client. One request at a time: the next is read once the one before is answered.
class HttpConnection : public QObject
{
    Q_OBJECT
public:
    HttpConnection(QTcpSocket *socket, const HttpServerOptions &options, quint16 port,
                   std::function<void(HttpServerExchange &)> handle, QObject *parent);
    ~HttpConnection() override;
    void close();

private:
    friend class HttpServerExchange;
    enum class Waits { Nothing, Idle, Head, Body };
    void readSome();
    void take(HttpRequest request);
    void refuse(int status, const QString &why);
    struct Objection {
        int status = 403;
        QByteArray why;
    };
    /// Why a request with this head is not taken; absent: it is.
    std::optional<Objection> objectionTo(const HttpRequest &request) const;
    void object(const Objection &objection);
    void sendHead(int status, const HttpServerExchange::Headers &headers, const QByteArray &framing);
    void sendBytes(const QByteArray &bytes);
    void answered();
    void end();
    void waitFor(Waits what, std::chrono::milliseconds patience);
    qint64 unsentBytes() const;

    QTcpSocket *m_socket;
    const HttpServerOptions &m_options;
    quint16 m_port;
    std::function<void(HttpServerExchange &)> m_handle;
    HttpRequestReader m_reader;
    std::unique_ptr<HttpServerExchange> m_exchange;
    QTimer m_patience; ///< For what is to come from the client.
    QTimer m_stall;    ///< For what it is to take.
    bool m_keepsAlive = true;
    Waits m_waits = Waits::Nothing;
    bool m_ending = false;
};

/// A small HTTP/1.1 server for this machine: keep-alive, chunks, streams, limits on everything, no TLS. Lives on the
/// thread that made it.
class HttpServer : public QObject
{
    Q_OBJECT
public:
    /// \p handle gets every request that passed the checks of Host, Origin and token; it answers at once or later.
    HttpServer(HttpServerOptions options, std::function<void(HttpServerExchange &)> handle, QObject *parent = nullptr);
    ~HttpServer() override;

    /// Unreachable: the port is taken, or the address is none of this machine. NotAllowed: it is no loopback address.
    Result<> listen();
    quint16 port() const { return m_server.serverPort(); }
    /// `127.0.0.1:8123`.
    QString authority() const;
    void stopListening() { m_server.close(); }
    int connectionCount() const { return static_cast<int>(m_connections.size()); }

private:
    void takeConnections();

    HttpServerOptions m_options;
    std::function<void(HttpServerExchange &)> m_handle;
    QTcpServer m_server;
    std::vector<HttpConnection *> m_connections; ///< Children of this.
};

/// Compares without telling by its time where two texts differ.
bool sameSecret(QByteArrayView left, QByteArrayView right);

/// `[HOST:]PORT` with a loopback HOST: a literal address or `localhost`. InvalidInput with a sentence.
Result<std::pair<QHostAddress, quint16>> readListenAddress(const QString &text);

} // namespace countersign
