// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/http_transport.h"

#include "core/connections/mcp/codec.h"
#include "core/connections/mcp/http_exchange.h"
#include "core/connections/web_socket_transport.h"

#include <map>

namespace countersign::mcp {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto farewell = 2000ms; ///< What the end of a session may take.

} // namespace

void FixedHeaders::headersFor(const QUrl &, Headers ready)
{
    ready(m_headers);
}

void FixedHeaders::refused(const QUrl &, const Challenge &challenge, Settled settled)
{
    settled(Error{ErrorCode::NotAllowed,
                  m_headers.empty()
                      ? u"The server wants credentials and has been given none (HTTP %1)."_s.arg(challenge.status)
                      : u"The server refused the credentials it was given (HTTP %1)."_s.arg(challenge.status),
                  {}});
}

Result<> checkMcpAddress(const QUrl &url)
{
    const auto refused = [](const QString &why) { return Error{ErrorCode::InvalidInput, why, {}}; };
    if (!url.isValid() || url.host().isEmpty() || (url.scheme() != "https"_L1 && url.scheme() != "http"_L1)) {
        return refused(u"The address of an MCP server begins with https:// and names a host."_s);
    }
    if (url.scheme() == "http"_L1 && !isLoopback(url.host())) {
        return refused(u"Without TLS everybody on the way could read and change what is sent. Use https:// for servers "
                       "that are not on this machine."_s);
    }
    if (!url.userInfo().isEmpty() || url.hasFragment()) {
        return refused(u"The address of an MCP server has no user name, password or fragment in it."_s);
    }
    return {};
}

struct StreamableHttpTransport::Private {
    Private(StreamableHttpTransport &transport, HttpAuthorization &authorization, Scheduler &scheduler,
            const HttpLimits &limits)
        : q(transport)
        , shared{transport.m_endpoint,
                 authorization,
                 scheduler,
                 limits,
                 NetworkPool(transport.m_endpoint, limits.managers),
                 {},
                 {},
                 false}
    {}

    HttpExchange *begin(HttpExchange::Purpose purpose, const OutgoingMessage &message);
    void take(const QByteArray &message, const QString &request);
    void drop(HttpExchange *exchange);
    void dropAll();
    void failed(const OutgoingMessage &message, const RequestFailure &failure);

    StreamableHttpTransport &q;
    HttpShared shared;
    std::vector<HttpExchange *> exchanges; ///< Children of q; each deletes itself when it has finished.
    std::map<QString, HttpExchange *> requests;
    HttpExchange *listening = nullptr; ///< The stream for what the server sends unasked.
    int run = 0;
};

HttpExchange *StreamableHttpTransport::Private::begin(HttpExchange::Purpose purpose, const OutgoingMessage &message)
{
    auto *exchange = new HttpExchange(shared, purpose, message, &q);
    exchanges.push_back(exchange);
    const bool isRequest = purpose == HttpExchange::Purpose::Message && message.kind == OutgoingMessage::Kind::Request;
    if (isRequest) {
        requests.insert_or_assign(message.id, exchange);
    }
    connect(exchange, &HttpExchange::troubled, &q, &ClientTransport::troubled);
    connect(exchange, &HttpExchange::sessionNamed, &q, [this](const QByteArray &session) { shared.session = session; });
    connect(exchange, &HttpExchange::received, &q,
            [this, id = message.id](const QByteArray &bytes) { take(bytes, id); });
    connect(exchange, &HttpExchange::finished, &q,
            [this, exchange, purpose, isRequest](const std::optional<RequestFailure> &failure) {
                const OutgoingMessage sent = exchange->message();
                drop(exchange);
                if (purpose == HttpExchange::Purpose::Message && failure) {
                    isRequest ? Q_EMIT q.requestFailed(sent.id, *failure) : failed(sent, *failure);
                }
            });
    // Never within the call that sends.
    QMetaObject::invokeMethod(exchange, &HttpExchange::start, Qt::QueuedConnection);
    return exchange;
}

void StreamableHttpTransport::Private::failed(const OutgoingMessage &message, const RequestFailure &failure)
{
    if (message.kind == OutgoingMessage::Kind::Answer) {
        Q_EMIT q.troubled(u"An answer did not reach the server: "_s + failure.words);
    }
}

void StreamableHttpTransport::Private::take(const QByteArray &bytes, const QString &request)
{
    // Answers come on any stream; whoever waits for this one needs its own stream no more.
    const auto read = readMessage(bytes);
    if (const Message *message = std::get_if<Message>(&read);
        message && (message->kind == Message::Kind::Result || message->kind == Message::Kind::Error)) {
        if (const auto found = requests.find(message->id.key()); found != requests.end()) {
            found->second->setAnswered();
        }
    }
    Q_EMIT q.received(bytes, request);
}

void StreamableHttpTransport::Private::drop(HttpExchange *exchange)
{
    std::erase(exchanges, exchange);
    listening = listening == exchange ? nullptr : listening;
    std::erase_if(requests, [exchange](const auto &entry) { return entry.second == exchange; });
    exchange->disconnect(&q);
    exchange->cancel();
    exchange->deleteLater(); // It may be in the middle of telling something.
}

void StreamableHttpTransport::Private::dropAll()
{
    while (!exchanges.empty()) {
        drop(exchanges.back());
    }
}

StreamableHttpTransport::StreamableHttpTransport(QUrl endpoint, HttpAuthorization &authorization, Scheduler &scheduler,
                                                 HttpLimits limits, QObject *parent)
    : ClientTransport(parent)
    , m_endpoint(std::move(endpoint))
    , d(std::make_unique<Private>(*this, authorization, scheduler, limits))
{}

StreamableHttpTransport::~StreamableHttpTransport()
{
    d->dropAll();
}

Result<> StreamableHttpTransport::start()
{
    ++d->run;
    d->dropAll();
    d->shared.session.clear();
    d->shared.version.clear();
    d->shared.hasSessions = false;
    return checkMcpAddress(m_endpoint);
}

void StreamableHttpTransport::send(const OutgoingMessage &message)
{
    if (message.beginsSession) {
        if (d->listening) {
            d->drop(d->listening); // It belongs to the session before.
        }
        d->shared.session.clear();
        d->shared.version.clear();
        d->shared.hasSessions = true;
    }
    d->begin(HttpExchange::Purpose::Message, message);
}

void StreamableHttpTransport::abandon(const QString &id)
{
    if (const auto found = d->requests.find(id); found != d->requests.end()) {
        HttpExchange *exchange = found->second;
        d->drop(exchange);
    }
}

void StreamableHttpTransport::setProtocol(const QByteArray &version, bool hasSessions)
{
    d->shared.version = hasSessions ? version : QByteArray();
    d->shared.hasSessions = hasSessions;
}

void StreamableHttpTransport::listen()
{
    if (d->shared.hasSessions && !d->listening) {
        d->listening = d->begin(HttpExchange::Purpose::Listen, {});
    }
}

bool StreamableHttpTransport::waitsForPerson() const
{
    return std::any_of(d->exchanges.begin(), d->exchanges.end(),
                       [](const HttpExchange *exchange) { return exchange->waitsForAuthorization(); });
}

void StreamableHttpTransport::stop()
{
    d->dropAll();
    const int run = ++d->run;
    const auto end = [this, run] {
        if (run == d->run) {
            ++d->run;
            d->dropAll();
            Q_EMIT ended(u"The connection was closed."_s);
        }
    };
    if (d->shared.session.isEmpty()) {
        d->shared.scheduler.after(0ms, this, end);
        return;
    }
    HttpExchange *exchange = d->begin(HttpExchange::Purpose::EndSession, {});
    connect(exchange, &HttpExchange::finished, this, end, Qt::QueuedConnection);
    d->shared.scheduler.after(farewell, this, end);
}

} // namespace countersign::mcp
