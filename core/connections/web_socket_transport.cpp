// SPDX-License-Identifier: Apache-2.0
#include "core/connections/web_socket_transport.h"

#include "core/base/log.h"

#include <QtCore/QRegularExpression>
#include <QtNetwork/QHostAddress>
#include <QtNetwork/QNetworkProxy>
#include <QtNetwork/QNetworkRequest>
#include <QtNetwork/QSslConfiguration>
#include <QtNetwork/QSslError>
#include <QtWebSockets/QWebSocket>

namespace countersign {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr int tooManyRequests = 429;
constexpr int requestTimeout = 408;
constexpr qint64 handshakeBytes = 64 * 1024;
constexpr qint64 unlimited = 0;
constexpr qint64 nothing = 1; ///< Zero would be unlimited.

QString hostOf(const QUrl &url)
{
    return url.port() > 0 ? url.host() + u':' + QString::number(url.port()) : url.host();
}

QSslConfiguration strictTls()
{
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setProtocol(QSsl::TlsV1_2OrLater);
    tls.setPeerVerifyMode(QSslSocket::VerifyPeer);
    return tls;
}

/// 1008 and 4000 to 4999 are the server's last word, as the SDK's own client has it.
Ending closing(int code, const QString &reason)
{
    const QString said = reason.isEmpty() ? QString() : u": “"_s + reason.left(200) + u'”';
    Ending ending;
    ending.closeCode = code;
    if (code == 1008 || (code >= 4000 && code <= 4999)) {
        ending.next = Ending::Next::Stop;
        ending.words = u"The server closed the connection for good (code %1)%2."_s.arg(QString::number(code), said);
    } else {
        ending.words = u"The connection was closed (code %1)%2."_s.arg(QString::number(code), said);
    }
    return ending;
}

} // namespace

bool isLoopback(const QString &host)
{
    if (host.compare(u"localhost"_s, Qt::CaseInsensitive) == 0) {
        return true;
    }
    const QHostAddress address(host);
    return !address.isNull() && address.isLoopback();
}

Result<> checkAddress(const QUrl &url)
{
    const auto refused = [](const QString &why) { return Error{ErrorCode::InvalidInput, why, {}}; };
    if (!url.isValid() || url.host().isEmpty()) {
        return refused(u"This is no address of an agent: it looks like wss://HOST/agents/AGENT/INSTANCE."_s);
    }
    if (!url.userInfo().isEmpty()) {
        return refused(u"A name or password in the address would be seen by everybody who reads it: give it as a "
                       "header from a file instead."_s);
    }
    if (url.scheme() == "wss"_L1) {
        return {};
    }
    if (url.scheme() != "ws"_L1) {
        return refused(u"An agent is reached by wss://, or by ws:// on this machine."_s);
    }
    if (!isLoopback(url.host())) {
        return refused(u"Without TLS anybody on the way could read and change what is approved: ws:// goes to this "
                       "machine only. Use wss:// for %1."_s.arg(url.host()));
    }
    return {};
}

WebSocketTransport::WebSocketTransport(Scheduler &scheduler, WebSocketLimits limits, QObject *parent)
    : Transport(parent)
    , m_scheduler(scheduler)
    , m_limits(limits)
{}

WebSocketTransport::~WebSocketTransport()
{
    close();
}

void WebSocketTransport::open(const Endpoint &endpoint)
{
    close();
    const int attempt = m_attempt;
    if (const Result<> allowed = checkAddress(endpoint.url); !allowed) {
        const QString words = allowed.error().message;
        m_scheduler.after(std::chrono::milliseconds(0), this, [this, attempt, words] {
            if (attempt == m_attempt) {
                end({Ending::Next::Stop, words, 0, 0});
            }
        });
        return;
    }
    m_socket = std::make_unique<QWebSocket>();
    m_socket->setMaxAllowedIncomingFrameSize(static_cast<quint64>(m_limits.messageBytes));
    m_socket->setMaxAllowedIncomingMessageSize(static_cast<quint64>(m_limits.messageBytes));
    m_socket->setSslConfiguration(strictTls());
    if (isLoopback(endpoint.url.host())) {
        m_socket->setProxy(QNetworkProxy::NoProxy);
    }
    m_socket->setReadBufferSize(handshakeBytes); // An endless answer to the upgrade fills no more than this.
    listen(attempt);
    QNetworkRequest request(endpoint.url);
    for (const auto &[name, value] : endpoint.headers) {
        request.setRawHeader(name, value);
    }
    const QString host = hostOf(endpoint.url);
    m_scheduler.after(m_limits.upgrade, this, [this, attempt, host] {
        if (attempt == m_attempt && !m_isOpen && m_socket) {
            end({Ending::Next::TryAgain,
                 u"%1 did not answer within %2 s."_s.arg(host, QString::number(m_limits.upgrade.count() / 1000)), 0,
                 0});
        }
    });
    m_socket->open(request);
}

void WebSocketTransport::listen(int attempt)
{
    QWebSocket *socket = m_socket.get();
    const auto isCurrent = [this, attempt] { return attempt == m_attempt && m_socket; };
    connect(socket, &QWebSocket::connected, this, [this, attempt, isCurrent] {
        if (isCurrent()) {
            m_isOpen = true;
            m_heardAt = m_scheduler.clock().monotonic();
            m_credit = 4 * m_limits.messageBytes;
            m_creditAt = m_heardAt;
            m_socket->setReadBufferSize(unlimited); // A frame is taken in whole; its size is limited.
            keepAlive(attempt);
            Q_EMIT opened();
        }
    });
    connect(socket, &QWebSocket::textMessageReceived, this, [this, isCurrent](const QString &text) {
        if (isCurrent()) {
            QByteArray utf8 = text.toUtf8();
            const qsizetype bytes = utf8.size();
            take({std::move(utf8), bytes, false, {}});
        }
    });
    connect(socket, &QWebSocket::binaryMessageReceived, this, [this, isCurrent](const QByteArray &bytes) {
        if (isCurrent()) {
            take({{}, bytes.size(), true, {}});
        }
    });
    connect(socket, &QWebSocket::pong, this, [this, isCurrent] {
        if (isCurrent()) {
            m_heardAt = m_scheduler.clock().monotonic();
        }
    });
    // Never ignored: an error of the certificate ends the connection before anything is sent.
    connect(socket, &QWebSocket::sslErrors, this, [this, isCurrent](const QList<QSslError> &errors) {
        if (isCurrent()) {
            const QString what = errors.isEmpty() ? u"unknown"_s : errors.first().errorString();
            end({Ending::Next::Stop,
                 u"The server's certificate does not hold: %1. Nothing was sent."_s.arg(what.left(300)), 0, 0});
        }
    });
    connect(socket, &QWebSocket::disconnected, this, [this, isCurrent] {
        if (isCurrent()) {
            Ending ending = m_isOpen ? closing(m_socket->closeCode(), m_socket->closeReason()) : refusal();
            if (m_waiting.empty() && !m_isHeld) {
                end(std::move(ending));
            } else {
                m_isOpen = false;
                m_ending = std::move(ending);
            }
        }
    });
    connect(socket, qOverload<QAbstractSocket::SocketError>(&QWebSocket::error), this, [this, isCurrent] {
        // Of an open socket the close code says more; it follows.
        if (isCurrent() && !m_isOpen && !m_ending) {
            end(refusal());
        }
    });
}

void WebSocketTransport::take(Arrived message)
{
    m_heardAt = m_scheduler.clock().monotonic();
    message.at = m_heardAt;
    m_waitingBytes += message.bytes;
    m_waiting.push_back(std::move(message));
    handOn();
    holdBack();
}

/// What this turn allows; of a message too large for it nothing is split.
void WebSocketTransport::handOn()
{
    const int attempt = m_attempt;
    while (attempt == m_attempt && !m_isHeld && !m_waiting.empty() && m_turnMessages < m_limits.messagesPerTurn &&
           m_turnBytes < m_limits.bytesPerTurn && debt() == std::chrono::milliseconds(0)) {
        const Arrived message = std::move(m_waiting.front());
        m_waiting.pop_front();
        m_waitingBytes -= message.bytes;
        m_credit -= message.bytes;
        m_turnBytes += message.bytes;
        ++m_turnMessages;
        planNextTurn();
        m_arrivedAt = message.at;
        if (message.isBinary) {
            Q_EMIT binaryReceived(message.bytes);
        } else {
            Q_EMIT textReceived(message.text);
        }
    }
    if (attempt == m_attempt && !m_isHeld && m_waiting.empty() && m_ending) {
        end(*std::exchange(m_ending, std::nullopt));
    }
}

/// Posted behind everything that waits already: other sockets and the window come first.
void WebSocketTransport::planNextTurn()
{
    if (std::exchange(m_isTurnPlanned, true)) {
        return;
    }
    const auto turn = [this, attempt = m_attempt] {
        if (attempt != m_attempt) {
            return;
        }
        m_isTurnPlanned = false;
        m_turnMessages = 0;
        m_turnBytes = 0;
        handOn();
        if (attempt != m_attempt) {
            return;
        }
        if (!m_waiting.empty() && !m_isHeld) {
            planNextTurn();
        }
        holdBack();
    };
    if (const std::chrono::milliseconds pause = debt(); pause.count() > 0) {
        m_scheduler.after(pause, this, turn);
    } else {
        QMetaObject::invokeMethod(this, turn, Qt::QueuedConnection);
    }
}

void WebSocketTransport::hold(bool isHeld)
{
    if (std::exchange(m_isHeld, isHeld) && !isHeld) {
        planNextTurn();
    }
}

/// How long until more may be handed on.
std::chrono::milliseconds WebSocketTransport::debt()
{
    const std::chrono::milliseconds now = m_scheduler.clock().monotonic();
    m_credit =
        std::min(4 * m_limits.messageBytes, m_credit + (now - m_creditAt).count() * (m_limits.bytesPerSecond / 1000));
    m_creditAt = now;
    return std::chrono::milliseconds(
        m_credit >= 0 ? 0 : 1 - m_credit / std::max<qint64>(1, m_limits.bytesPerSecond / 1000));
}

/// Too much waits: the socket is not read until half of it is gone, and the peer's sending comes to a halt.
void WebSocketTransport::holdBack()
{
    if (!m_socket || !m_isOpen) {
        return;
    }
    const bool isMuch = m_waiting.size() > m_limits.messagesWaiting || m_waitingBytes > m_limits.bytesWaiting;
    const bool isLittle =
        m_waiting.size() <= m_limits.messagesWaiting / 2 && m_waitingBytes <= m_limits.bytesWaiting / 2;
    if (!m_isHeldBack && isMuch) {
        m_isHeldBack = true;
        m_socket->setReadBufferSize(nothing);
    } else if (m_isHeldBack && isLittle) {
        m_isHeldBack = false;
        m_heardAt = m_scheduler.clock().monotonic();
        m_socket->setReadBufferSize(unlimited);
    }
}

Ending WebSocketTransport::refusal() const
{
    static const QRegularExpression statusCode(u"status code: (\\d{3})"_s);
    const QString host = hostOf(m_socket->requestUrl());
    const QString said = m_socket->errorString();
    const QRegularExpressionMatch match = statusCode.match(said);
    // Qt 6.4 looks for a list of versions in a 400, and has no number in its words when there is none.
    const bool isBadRequest = said.contains(u"Unknown error condition encountered"_s);
    if (!match.hasMatch() && !isBadRequest) {
        return {Ending::Next::TryAgain, u"%1 cannot be reached: %2."_s.arg(host, said.left(300)), 0, 0};
    }
    const int status = isBadRequest ? 400 : match.captured(1).toInt();
    Ending ending{Ending::Next::Stop, {}, status, 0};
    if (status == 401 || status == 403) {
        ending.words = u"%1 refused the connection (%2): the token, header or query that it wants is missing, wrong or "
                       "out of date."_s.arg(host, QString::number(status));
    } else if (status == 404 || status == 400) {
        ending.words = u"%1 knows no agent at this address (%2): check agent and instance in it."_s.arg(
            host, QString::number(status));
    } else if (status >= 300 && status < 400) {
        ending.words = u"%1 wants to send the connection elsewhere (%2), which is never followed: give the address "
                       "itself."_s.arg(host, QString::number(status));
    } else if (status >= 400 && status < 500 && status != requestTimeout && status != tooManyRequests) {
        ending.words = u"%1 refused the connection (%2)."_s.arg(host, QString::number(status));
    } else {
        ending.next = Ending::Next::TryAgain;
        ending.words = u"%1 cannot take the connection now (%2)."_s.arg(host, QString::number(status));
    }
    return ending;
}

void WebSocketTransport::keepAlive(int attempt)
{
    m_scheduler.after(m_limits.ping, this, [this, attempt] {
        if (attempt != m_attempt || !m_isOpen) {
            return;
        }
        const std::chrono::milliseconds silent = m_scheduler.clock().monotonic() - m_heardAt;
        if (silent >= m_limits.dead && !m_isHeldBack) {
            end({Ending::Next::TryAgain, u"Nothing was heard from the server for %1 s."_s.arg(silent.count() / 1000), 0,
                 1006});
            return;
        }
        if (m_socket->bytesToWrite() > m_limits.unsentBytes) {
            end({Ending::Next::TryAgain, u"The server asks more than it takes in."_s, 0, 1006});
            return;
        }
        m_socket->ping();
        keepAlive(attempt);
    });
}

Result<> WebSocketTransport::sendText(const QByteArray &utf8)
{
    if (!m_isOpen) {
        return Error{ErrorCode::Unreachable, u"The agent is not connected."_s, {}};
    }
    if (m_socket->bytesToWrite() > m_limits.unsentBytes) {
        const Error slow{ErrorCode::Busy, u"The server does not take in what is sent to it."_s, {}};
        end({Ending::Next::TryAgain, slow.message, 0, 1006});
        return slow;
    }
    m_socket->sendTextMessage(QString::fromUtf8(utf8));
    return {};
}

void WebSocketTransport::close()
{
    ++m_attempt;
    m_isOpen = false;
    m_waiting.clear();
    m_waitingBytes = 0;
    m_turnMessages = 0;
    m_turnBytes = 0;
    m_isTurnPlanned = false;
    m_isHeld = false;
    m_isHeldBack = false;
    m_ending.reset();
    if (m_socket) {
        m_socket->disconnect(this);
        m_socket->abort();
        m_socket.release()->deleteLater(); // It may be the sender of what is being handled.
    }
}

void WebSocketTransport::end(Ending ending)
{
    close();
    qCInfo(logAgents) << "connection ended, status" << ending.httpStatus << "code" << ending.closeCode;
    Q_EMIT ended(ending);
}

} // namespace countersign
