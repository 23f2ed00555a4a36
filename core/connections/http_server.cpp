// SPDX-License-Identifier: Apache-2.0
#include "core/connections/http_server.h"

#include "core/base/log.h"

#include <QtNetwork/QTcpSocket>

#include <algorithm>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 readAtOnce = 256 * 1024;
constexpr qsizetype chunkBytes = 1024 * 1024;

QByteArray reasonOf(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 202:
        return "Accepted";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 413:
        return "Content Too Large";
    case 503:
        return "Service Unavailable";
    default:
        return status < 400 ? "OK" : "Refused";
    }
}

} // namespace

bool sameSecret(QByteArrayView left, QByteArrayView right)
{
    unsigned difference = left.size() == right.size() ? 0 : 1;
    for (qsizetype i = 0; i < left.size(); ++i) {
        const char other = right.isEmpty() ? '\0' : right[i % right.size()];
        difference |= static_cast<unsigned char>(left[i]) ^ static_cast<unsigned char>(other);
    }
    return difference == 0 && left.size() == right.size();
}

Result<std::pair<QHostAddress, quint16>> readListenAddress(const QString &text)
{
    const Error refused{ErrorCode::InvalidInput,
                        u"It listens on [HOST:]PORT, where HOST is 127.0.0.1, [::1] or localhost: 8123. Without TLS "
                        "nothing may come from another machine."_s,
                        {}};
    const qsizetype colon = text.lastIndexOf(u':');
    QString host = colon < 0 ? u"127.0.0.1"_s : text.left(colon);
    if (host == "localhost"_L1) {
        host = u"127.0.0.1"_s;
    } else if (host.startsWith(u'[') && host.endsWith(u']')) {
        host = host.sliced(1, host.size() - 2);
    }
    const QString digits = text.sliced(colon + 1);
    const bool isNumber = !digits.isEmpty() && digits.size() <= 5 &&
                          std::all_of(digits.begin(), digits.end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
    const QHostAddress address(host);
    const int port = digits.toInt();
    if (!isNumber || port > 65535 || address.isNull() || !address.isLoopback()) {
        return refused;
    }
    return std::pair(address, static_cast<quint16>(port));
}

HttpServerExchange::HttpServerExchange(HttpConnection &connection, HttpRequest request)
    : m_connection(&connection)
    , m_request(std::move(request))
{}

void HttpServerExchange::respond(int status, const Headers &headers, const QByteArray &body)
{
    if (m_stage != Stage::Waiting) {
        return;
    }
    m_stage = Stage::Ended;
    const bool isEmpty = status == 204 || status == 304;
    m_connection->sendHead(status, headers,
                           isEmpty ? QByteArray() : "Content-Length: " + QByteArray::number(body.size()) + "\r\n");
    if (!body.isEmpty() && m_request.method != "HEAD") {
        m_connection->sendBytes(body);
    }
    m_connection->answered();
}

void HttpServerExchange::beginStream(int status, const Headers &headers)
{
    if (m_stage != Stage::Waiting) {
        return;
    }
    m_stage = Stage::Streaming;
    m_connection->sendHead(status, headers, "Transfer-Encoding: chunked\r\n");
}

void HttpServerExchange::write(const QByteArray &bytes)
{
    if (m_stage != Stage::Streaming) {
        return;
    }
    for (qsizetype start = 0; start < bytes.size() && isOpen(); start += chunkBytes) {
        const qsizetype size = std::min(chunkBytes, bytes.size() - start);
        QByteArray chunk = QByteArray::number(size, 16) + "\r\n";
        chunk.reserve(chunk.size() + size + 2);
        chunk.append(bytes.constData() + start, size);
        m_connection->sendBytes(chunk.append("\r\n"));
    }
}

void HttpServerExchange::finish()
{
    if (m_stage != Stage::Streaming) {
        return;
    }
    m_stage = Stage::Ended;
    m_connection->sendBytes("0\r\n\r\n");
    m_connection->answered();
}

qint64 HttpServerExchange::unsentBytes() const
{
    return isOpen() ? m_connection->unsentBytes() : 0;
}

HttpConnection::HttpConnection(QTcpSocket *socket, const HttpServerOptions &options, quint16 port,
                               std::function<void(HttpServerExchange &)> handle, QObject *parent)
    : QObject(parent)
    , m_socket(socket)
    , m_options(options)
    , m_port(port)
    , m_handle(std::move(handle))
    , m_reader(options.request)
{
    m_socket->setParent(this);
    m_socket->setReadBufferSize(readAtOnce);
    m_socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    m_patience.setSingleShot(true);
    m_stall.setSingleShot(true);
    connect(m_socket, &QTcpSocket::readyRead, this, &HttpConnection::readSome);
    connect(m_socket, &QTcpSocket::disconnected, this, &HttpConnection::end);
    connect(m_socket, &QTcpSocket::bytesWritten, this, [this] {
        if (m_socket->bytesToWrite() == 0) {
            m_stall.stop();
            if (m_ending && !m_exchange) {
                m_socket->disconnectFromHost();
            }
        } else {
            m_stall.start(m_options.stall);
        }
        if (m_exchange && m_exchange->isOpen()) {
            Q_EMIT m_exchange->drained();
        }
    });
    connect(&m_stall, &QTimer::timeout, this, [this] { m_socket->abort(); });
    connect(&m_patience, &QTimer::timeout, this, [this] {
        if (m_reader.hasBegun()) {
            refuse(408, u"The request did not come in time."_s);
        } else {
            m_socket->disconnectFromHost();
        }
    });
    waitFor(Waits::Head, m_options.head);
}

HttpConnection::~HttpConnection()
{
    m_socket->disconnect(this);
}

qint64 HttpConnection::unsentBytes() const
{
    return m_socket->bytesToWrite();
}

void HttpConnection::readSome()
{
    // While a request is being answered what comes next waits in the socket, which takes in only so much.
    while (!m_exchange && !m_ending) {
        std::optional<HttpRequest> request = m_reader.next();
        if (m_reader.refusal()) {
            refuse(m_reader.refusal()->status, m_reader.refusal()->why);
            return;
        }
        if (request) {
            take(*std::move(request));
            continue;
        }
        if (m_reader.isInBody() && m_waits != Waits::Body) {
            // Who may not call does not get to fill our memory first.
            if (const std::optional<Objection> objection = objectionTo(m_reader.head())) {
                m_patience.stop();
                m_keepsAlive = false;
                m_exchange.reset(new HttpServerExchange(*this, {}));
                object(*objection);
                return;
            }
        }
        if (m_reader.takeExpectsContinue()) {
            sendBytes("HTTP/1.1 100 Continue\r\n\r\n");
        }
        if (m_reader.isInBody()) {
            waitFor(Waits::Body, m_options.body);
        } else if (m_reader.hasBegun()) {
            waitFor(Waits::Head, m_options.head);
        }
        if (m_socket->bytesAvailable() == 0) {
            return;
        }
        m_reader.add(m_socket->read(readAtOnce));
    }
}

void HttpConnection::waitFor(Waits what, std::chrono::milliseconds patience)
{
    // The time runs from the beginning, not from the last byte: one byte a second is not enough.
    if (std::exchange(m_waits, what) != what) {
        m_patience.start(patience);
    }
}

void HttpConnection::take(HttpRequest request)
{
    m_patience.stop();
    m_waits = Waits::Nothing;
    m_keepsAlive = request.keepsAlive && m_options.keepAlive;
    const std::optional<Objection> objection = objectionTo(request);
    m_exchange.reset(new HttpServerExchange(*this, std::move(request)));
    objection ? object(*objection) : m_handle(*m_exchange);
}

void HttpConnection::object(const Objection &objection)
{
    HttpServerExchange::Headers headers{{"Content-Type", "text/plain; charset=utf-8"}};
    if (objection.status == 401) {
        headers.emplace_back("WWW-Authenticate", "Bearer");
    }
    m_exchange->respond(objection.status, headers, objection.why + '\n');
}

std::optional<HttpConnection::Objection> HttpConnection::objectionTo(const HttpRequest &request) const
{
    // A page in a browser reaches loopback, under a name of its own after a change of DNS: THREATS.md T15.
    const QString host = QString::fromLatin1(request.header("host").value_or(QByteArray())).toLower();
    const QString port = u':' + QString::number(m_port);
    const QStringList ours{u"localhost"_s + port, u"127.0.0.1"_s + port, u"[::1]"_s + port};
    if (!ours.contains(host) && !m_options.hosts.contains(host)) {
        return Objection{403, "The Host header names another machine."};
    }
    if (request.count("origin") > 0) {
        const QString origin = QString::fromLatin1(request.header("origin").value_or(QByteArray()));
        const bool isOwn = origin.startsWith("http://"_L1) && ours.contains(origin.sliced(7).toLower());
        if (!isOwn && !m_options.origins.contains(origin)) {
            return Objection{403, "Pages of this origin may not call here."};
        }
    }
    const QByteArray given = request.header("authorization").value_or(QByteArray());
    const bool isBearer = given.first(std::min<qsizetype>(given.size(), 7)).toLower() == "bearer ";
    if (!m_options.token.isEmpty() && (!isBearer || !sameSecret(given.sliced(7).trimmed(), m_options.token))) {
        return Objection{401, "The bearer token is missing or another one."};
    }
    return std::nullopt;
}

void HttpConnection::refuse(int status, const QString &why)
{
    m_patience.stop();
    m_keepsAlive = false;
    m_exchange.reset(new HttpServerExchange(*this, {}));
    m_exchange->respond(status, {{"Content-Type", "text/plain; charset=utf-8"}}, why.toUtf8() + '\n');
}

void HttpConnection::sendHead(int status, const HttpServerExchange::Headers &headers, const QByteArray &framing)
{
    QByteArray head = "HTTP/1.1 " + QByteArray::number(status) + ' ' + reasonOf(status) + "\r\n" + framing;
    for (const auto &[name, value] : headers) {
        head += name + ": " + value + "\r\n";
    }
    head += "X-Content-Type-Options: nosniff\r\n";
    if (!m_keepsAlive) {
        head += "Connection: close\r\n";
    }
    sendBytes(head + "\r\n");
}

void HttpConnection::sendBytes(const QByteArray &bytes)
{
    if (m_socket->state() != QAbstractSocket::ConnectedState) {
        return;
    }
    m_socket->write(bytes);
    if (!m_stall.isActive()) {
        m_stall.start(m_options.stall);
    }
}

void HttpConnection::answered()
{
    // Not within the call of whoever answered: they may still hold on to the exchange.
    QMetaObject::invokeMethod(
        this,
        [this] {
            if (!m_exchange || m_exchange->isOpen()) {
                return;
            }
            m_exchange.reset();
            if (m_keepsAlive) {
                waitFor(Waits::Idle, m_options.idle);
                readSome();
                return;
            }
            m_ending = true;
            if (m_socket->bytesToWrite() == 0) {
                m_socket->disconnectFromHost();
            }
        },
        Qt::QueuedConnection);
}

void HttpConnection::close()
{
    m_ending = true;
    m_socket->disconnectFromHost();
}

void HttpConnection::end()
{
    m_patience.stop();
    m_stall.stop();
    if (m_exchange && m_exchange->isOpen()) {
        m_exchange->m_stage = HttpServerExchange::Stage::Ended;
        Q_EMIT m_exchange->abandoned();
    }
    deleteLater();
}

HttpServer::HttpServer(HttpServerOptions options, std::function<void(HttpServerExchange &)> handle, QObject *parent)
    : QObject(parent)
    , m_options(std::move(options))
    , m_handle(std::move(handle))
{
    connect(&m_server, &QTcpServer::newConnection, this, &HttpServer::takeConnections);
}

HttpServer::~HttpServer()
{
    for (HttpConnection *connection : std::exchange(m_connections, {})) {
        connection->disconnect(this);
        delete connection;
    }
}

Result<> HttpServer::listen()
{
    if (!m_options.address.isLoopback()) {
        return Error{ErrorCode::NotAllowed,
                     u"Without TLS it may listen to this machine only: 127.0.0.1, [::1] or localhost."_s,
                     {}};
    }
    if (!m_server.listen(m_options.address, m_options.port)) {
        return Error{ErrorCode::Unreachable,
                     u"Nothing can be listened to on %1 port %2: %3. Name another port, or end what uses it."_s.arg(
                         m_options.address.toString(), QString::number(m_options.port), m_server.errorString()),
                     {}};
    }
    return {};
}

QString HttpServer::authority() const
{
    const QString host = m_options.address.toString();
    return (host.contains(u':') ? u'[' + host + u']' : host) + u':' + QString::number(port());
}

void HttpServer::takeConnections()
{
    while (QTcpSocket *socket = m_server.nextPendingConnection()) {
        if (m_connections.size() >= static_cast<size_t>(m_options.connections)) {
            qCWarning(logMcp) << "a connection was refused: there are too many";
            socket->abort();
            socket->deleteLater();
            continue;
        }
        auto *connection = new HttpConnection(socket, m_options, port(), m_handle, this);
        m_connections.push_back(connection);
        connect(connection, &QObject::destroyed, this, [this, connection] { std::erase(m_connections, connection); });
    }
}

} // namespace countersign
