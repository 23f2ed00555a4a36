// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/http_exchange.h"

#include "core/connections/mcp/codec.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int maxRefusals = 5;
constexpr int maxRedirects = 3;
constexpr qsizetype maxRefusalBytes = 64 * 1024;
constexpr qsizetype maxSessionBytes = 1024;
constexpr auto longLived = 5000ms; ///< A stream that was open so long was worth opening, also without an event.

bool isVisibleAscii(QByteArrayView text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

QByteArray mediaType(const QNetworkReply &reply)
{
    QByteArray type = reply.rawHeader("Content-Type");
    if (const qsizetype semicolon = type.indexOf(';'); semicolon >= 0) {
        type.truncate(semicolon);
    }
    return type.trimmed().toLower();
}

bool neverLeft(QNetworkReply::NetworkError error)
{
    switch (error) {
    case QNetworkReply::ConnectionRefusedError:
    case QNetworkReply::HostNotFoundError:
    case QNetworkReply::SslHandshakeFailedError:
    case QNetworkReply::ProxyConnectionRefusedError:
    case QNetworkReply::ProxyConnectionClosedError:
    case QNetworkReply::ProxyNotFoundError:
    case QNetworkReply::ProxyTimeoutError:
    case QNetworkReply::ProxyAuthenticationRequiredError:
    case QNetworkReply::ProtocolUnknownError:
        return true;
    default:
        return false;
    }
}

QByteArray portOf(const QUrl &url)
{
    return QByteArray::number(url.port(url.scheme() == "https"_L1 ? 443 : 80));
}

bool isSameOrigin(const QUrl &a, const QUrl &b)
{
    return a.scheme() == b.scheme() && a.host() == b.host() && portOf(a) == portOf(b);
}

} // namespace

HttpExchange::HttpExchange(HttpShared &shared, Purpose purpose, OutgoingMessage message, QObject *parent)
    : QObject(parent)
    , m_shared(shared)
    , m_purpose(purpose)
    , m_message(std::move(message))
    , m_url(shared.endpoint)
    , m_events(shared.limits.messageBytes)
{}

HttpExchange::~HttpExchange()
{
    dropReply();
}

void HttpExchange::start()
{
    if (!m_isFinished) {
        authorizeAndSend();
    }
}

void HttpExchange::cancel()
{
    m_isFinished = true;
    dropReply();
}

void HttpExchange::dropReply()
{
    if (QNetworkReply *reply = m_reply) {
        m_reply = nullptr;
        reply->disconnect(this);
        reply->abort();
        reply->deleteLater();
    }
}

void HttpExchange::authorizeAndSend()
{
    m_shared.authorization.headersFor(m_url,
                                      [self = QPointer(this)](const Result<std::vector<HeaderPair>> &credentials) {
                                          if (!self || self->m_isFinished) {
                                              return;
                                          }
                                          if (credentials) {
                                              self->send(*credentials);
                                          } else {
                                              self->fail(RequestFailure::Kind::NotSent, credentials.error().message);
                                          }
                                      });
}

QNetworkRequest HttpExchange::requestWith(const std::vector<HeaderPair> &credentials) const
{
    QNetworkRequest request(m_url);
    const bool isPost = m_purpose == Purpose::Message && !m_isResuming;
    request.setRawHeader("User-Agent", "countersign/" COUNTERSIGN_VERSION);
    request.setRawHeader("Accept", isPost ? "application/json, text/event-stream" : "text/event-stream");
    if (isPost) {
        request.setRawHeader("Content-Type", "application/json");
    }
    if (m_shared.hasSessions && !m_shared.version.isEmpty() && !m_message.beginsSession) {
        request.setRawHeader("MCP-Protocol-Version", m_shared.version);
    }
    if (!m_usedSession.isEmpty()) {
        request.setRawHeader("Mcp-Session-Id", m_usedSession);
    }
    if (m_purpose != Purpose::EndSession && !isPost && !m_events.lastEventId().isEmpty()) {
        request.setRawHeader("Last-Event-ID", m_events.lastEventId());
    }
    for (const auto &[name, value] : m_message.headers) {
        request.setRawHeader(name, value);
    }
    for (const auto &[name, value] : credentials) {
        request.setRawHeader(name, value);
    }
    return request;
}

void HttpExchange::send(const std::vector<HeaderPair> &credentials)
{
    m_usedSession = m_message.beginsSession ? QByteArray() : m_shared.session;
    m_usedAuthorization.clear();
    for (const auto &[name, value] : credentials) {
        if (name.compare("authorization", Qt::CaseInsensitive) == 0) {
            m_usedAuthorization = value;
        }
    }
    m_body.clear();
    m_isStream = false;
    const bool isPost = m_purpose == Purpose::Message && !m_isResuming;
    const QByteArray verb = m_purpose == Purpose::EndSession ? "DELETE" : isPost ? "POST" : "GET";
    m_reply = m_shared.network.send(verb, requestWith(credentials), isPost ? m_message.bytes : QByteArray());
    connect(m_reply, &QNetworkReply::metaDataChanged, this, &HttpExchange::readHead);
    connect(m_reply, &QNetworkReply::readyRead, this, &HttpExchange::readSome);
    connect(m_reply, &QNetworkReply::finished, this, &HttpExchange::finishReply);
}

void HttpExchange::readHead()
{
    const int status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    m_isStream = status == 200 && mediaType(*m_reply) == "text/event-stream" && m_purpose != Purpose::EndSession;
    if (m_isStream) {
        // What a broken stream had left of a half event does not belong to the new one.
        m_events.beginStream();
        m_eventsBefore = m_events.eventCount();
        m_openedAt = m_shared.scheduler.clock().monotonic();
    }
    if (m_message.beginsSession && status == 200) {
        const QByteArray session = m_reply->rawHeader("Mcp-Session-Id");
        if (isVisibleAscii(session) && session.size() <= maxSessionBytes) {
            Q_EMIT sessionNamed(session);
        } else if (!session.isEmpty()) {
            Q_EMIT troubled(u"The server named a session in a way that cannot be sent back; it is left out."_s);
        }
    }
}

void HttpExchange::readSome()
{
    if (!m_isStream) {
        m_body += m_reply->readAll();
        m_isTooLarge = m_body.size() > m_shared.limits.messageBytes;
    } else {
        const QPointer<HttpExchange> self = this;
        m_isTooLarge = !m_events.feed(m_reply->readAll(), [&self](const SseEvent &event) {
            if (!self || self->m_isFinished) {
                return;
            }
            if (event.type.isEmpty() || event.type == "message") {
                Q_EMIT self->received(event.data);
            } else if (event.type == "endpoint") {
                Q_EMIT self->troubled(u"The server speaks the transport of 2024-11-05, which Countersign does not."_s);
            }
        });
        if (!self || m_isFinished) {
            return;
        }
        if (isRequest() && m_isAnswered) {
            finish(std::nullopt);
            return;
        }
    }
    if (m_isTooLarge) {
        fail(RequestFailure::Kind::Lost,
             u"The server's answer is larger than %1 MiB and was not read to its end."_s.arg(
                 m_shared.limits.messageBytes / (1024 * 1024)));
    }
}

void HttpExchange::finishReply()
{
    const QPointer<HttpExchange> self = this;
    readSome();
    if (!self || m_isFinished || !m_reply) {
        return;
    }
    const int status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    m_reply->deleteLater();
    if (m_isStream) {
        m_reply = nullptr;
        endStream();
    } else if (status == 0) {
        judgeNetworkError();
    } else if (status == 401 || status == 403) {
        askForAuthorization(status);
    } else if (!followRedirect(status)) {
        judge(status);
    }
}

void HttpExchange::judgeNetworkError()
{
    const QNetworkReply::NetworkError error = m_reply->error();
    const QString words = m_reply->errorString().left(300);
    m_reply = nullptr;
    if (m_isResuming || m_purpose == Purpose::Listen) {
        comeAgain();
        return;
    }
    if (neverLeft(error)) {
        fail(RequestFailure::Kind::NotSent, u"The server cannot be reached: "_s + words + u'.');
    } else {
        fail(RequestFailure::Kind::Lost, u"The connection to the server broke before it answered: "_s + words + u'.');
    }
}

void HttpExchange::askForAuthorization(int status)
{
    const HttpAuthorization::Challenge challenge{status, m_reply->rawHeader("WWW-Authenticate"), m_usedAuthorization,
                                                 ++m_refusals};
    m_reply = nullptr;
    if (m_refusals > maxRefusals) {
        fail(RequestFailure::Kind::NotSent, u"The server refused new credentials again and again."_s, status);
        return;
    }
    m_waitsForAuthorization = true;
    m_shared.authorization.refused(m_url, challenge, [self = QPointer(this), status](const Result<> &tryAgain) {
        if (!self || self->m_isFinished) {
            return;
        }
        self->m_waitsForAuthorization = false;
        if (tryAgain) {
            self->authorizeAndSend();
        } else {
            self->fail(RequestFailure::Kind::NotSent, tryAgain.error().message, status);
        }
    });
}

bool HttpExchange::followRedirect(int status)
{
    if (status < 300 || status > 399 || status == 304) {
        return false;
    }
    const QUrl target = m_url.resolved(QUrl::fromEncoded(m_reply->rawHeader("Location"), QUrl::StrictMode));
    m_reply = nullptr;
    const bool keepsVerb = status == 307 || status == 308;
    if (!keepsVerb && isToolCall()) {
        // RFC 9110 15.4: a POST that was carried out is answered so, too; only 307 and 308 say that it was not.
        fail(
            RequestFailure::Kind::Lost,
            u"The server answered with a redirect (HTTP %1) instead of a result, which was not followed."_s.arg(status),
            status);
    } else if (!target.isValid() || !isSameOrigin(target, m_url)) {
        fail(RequestFailure::Kind::NotSent,
             u"The server wanted to send the message on to another address (%1); that was refused."_s.arg(
                 target.adjusted(QUrl::RemoveQuery | QUrl::RemoveUserInfo).toString(QUrl::FullyEncoded).left(300)),
             status);
    } else if (!keepsVerb || ++m_redirects > maxRedirects) {
        fail(RequestFailure::Kind::NotSent, u"The server sent the message round in a way that cannot be followed."_s,
             status);
    } else {
        m_url = target;
        authorizeAndSend();
    }
    return true;
}

bool HttpExchange::isToolCall() const
{
    const auto read = readMessage(m_message.bytes);
    const Message *message = std::get_if<Message>(&read);
    return isRequest() && (!message || message->method == "tools/call"_L1);
}

void HttpExchange::judge(int status)
{
    const QByteArray type = mediaType(*m_reply);
    m_reply = nullptr;
    if (m_purpose == Purpose::EndSession) {
        finish(std::nullopt);
        return;
    }
    if (m_purpose == Purpose::Listen || m_isResuming) {
        // 400 and 409: it has not taken in that we are ready, or still holds the stream before this one.
        const bool isEarly = m_purpose == Purpose::Listen && (status == 400 || status == 409);
        if (status >= 500 || status == 408 || status == 429 || isEarly) {
            comeAgain();
        } else {
            fail(RequestFailure::Kind::Lost, u"The server does not let the stream go on (HTTP %1)."_s.arg(status),
                 status);
        }
        return;
    }
    if (status < 200 || status > 299) {
        judgeFailure(status);
        return;
    }
    if (!isRequest()) {
        finish(std::nullopt);
        return;
    }
    if (type != "application/json" || m_body.isEmpty()) {
        fail(RequestFailure::Kind::Lost,
             u"The server took the message but answered with no message (HTTP %1)."_s.arg(status), status);
        return;
    }
    m_body.replace('\r', ' '); // Between tokens only: within a text JSON does not allow it.
    const QPointer<HttpExchange> self = this;
    Q_EMIT received(m_body);
    if (self && !m_isFinished) {
        m_isAnswered
            ? finish(std::nullopt)
            : fail(RequestFailure::Kind::Lost, u"The server answered another message than the one it got."_s, status);
    }
}

void HttpExchange::judgeFailure(int status)
{
    // An error that names this very request is its answer, whatever the status. A session that is gone is told without
    // having read which request it was: what was answered must not be sent once more.
    const auto read = readMessage(m_body);
    const Message *message = std::get_if<Message>(&read);
    if (isRequest() && message && message->kind == Message::Kind::Error && message->id.key() == m_message.id) {
        const QPointer<HttpExchange> self = this;
        Q_EMIT received(m_body);
        if (self && !m_isFinished) {
            finish(std::nullopt);
        }
        return;
    }
    if (status == 404 && !m_usedSession.isEmpty()) {
        fail(RequestFailure::Kind::SessionGone, u"The server does not know the session any more."_s, status);
        return;
    }
    fail(RequestFailure::Kind::Refused, u"The server refused the message (HTTP %1)."_s.arg(status), status);
}

void HttpExchange::endStream()
{
    if (m_isAnswered) {
        finish(std::nullopt);
        return;
    }
    const auto lived = m_shared.scheduler.clock().monotonic() - m_openedAt;
    if (m_events.eventCount() > m_eventsBefore || lived >= longLived) {
        m_barrenTries = 0;
    }
    if (m_purpose == Purpose::Listen) {
        comeAgain();
        return;
    }
    if (!isRequest()) {
        finish(std::nullopt);
        return;
    }
    if (!m_shared.hasSessions || m_events.lastEventId().isEmpty()) {
        fail(RequestFailure::Kind::Lost, u"The server closed its stream before it answered."_s);
        return;
    }
    m_isResuming = true;
    comeAgain();
}

void HttpExchange::comeAgain()
{
    const HttpLimits &limits = m_shared.limits;
    if (++m_barrenTries > limits.resumptions) {
        fail(RequestFailure::Kind::Lost, u"The server's stream broke and could not be taken up again."_s);
        return;
    }
    const auto wanted = m_events.retry().value_or(limits.plainRetry);
    const int doublings = std::max(m_barrenTries - 2, 0);
    const auto delay = std::clamp(wanted * (1 << doublings), limits.shortestRetry, limits.longestRetry);
    m_shared.scheduler.after(delay, this, [this] {
        if (!m_isFinished) {
            m_isAnswered &&isRequest() ? finish(std::nullopt) : authorizeAndSend();
        }
    });
}

void HttpExchange::fail(RequestFailure::Kind kind, const QString &words, int status)
{
    // Once the answer's stream had begun, the message was taken in, whatever then becomes of the way to the answer.
    const bool wasTaken = m_isResuming && kind == RequestFailure::Kind::NotSent;
    finish(RequestFailure{wasTaken ? RequestFailure::Kind::Lost : kind, words, status, m_body.left(maxRefusalBytes)});
}

void HttpExchange::finish(const std::optional<RequestFailure> &failure)
{
    if (std::exchange(m_isFinished, true)) {
        return;
    }
    dropReply();
    Q_EMIT finished(failure);
}

} // namespace countersign::mcp
