// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/http_session.h"

#include "core/base/log.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype keptWhenAnswered = 8 * 1024 * 1024;
constexpr int getStream = 0;
const QByteArray probeId = "hprobe";

QByteArrayView memberOf(QByteArrayView object, QStringView name)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(object);
    return members ? members->value(name) : QByteArrayView();
}

int errorCodeOf(const Message &message)
{
    return message.kind == Message::Kind::Error ? memberOf(message.body, u"code").toInt() : 0;
}

/// Only servers of revision 2026-07-28 have these.
bool isOfStatelessServer(int code)
{
    return code <= -32020 && code >= Code::UnsupportedVersion;
}

/// MCP 2026-07-28 basic/transports/streamable-http: some errors have a status of their own.
int statusOf(const Message &message, FrontSession::Era era)
{
    if (era == FrontSession::Era::Handshake) {
        return 200;
    }
    const int code = errorCodeOf(message);
    if (code == Code::MethodNotFound) {
        return 404;
    }
    return isOfStatelessServer(code) ? 400 : 200;
}

/// One event of a stream (WHATWG HTML section 9.2). A message is one line.
QByteArray eventBytes(const QByteArray &id, const QByteArray &line)
{
    QByteArray bytes;
    bytes.reserve(line.size() + id.size() + 32);
    bytes += "event: message\n";
    if (!id.isEmpty()) {
        bytes += "id: " + id + '\n';
    }
    return bytes + "data: " + line + "\n\n";
}

bool isAboutTheServer(const QString &method)
{
    return method.endsWith("list_changed"_L1) || method.startsWith("notifications/resources/"_L1);
}

} // namespace

FrontSession::FrontSession(std::unique_ptr<FrontLink> link, Era era, QByteArray id, const Clock &clock,
                           const FrontLimits &limits, QObject *parent)
    : QObject(parent)
    , m_link(std::move(link))
    , m_era(era)
    , m_id(std::move(id))
    , m_clock(clock)
    , m_limits(limits)
    , m_usedAt(clock.monotonic())
{
    connect(m_link.get(), &FrontLink::lineReady, this, &FrontSession::fromLink);
    connect(m_link.get(), &FrontLink::gone, this, &FrontSession::linkGone);
}

FrontSession::~FrontSession()
{
    m_link->disconnect(this);
}

HttpServerExchange::Headers FrontSession::headers(const QByteArray &type) const
{
    HttpServerExchange::Headers headers{{"Content-Type", type}, {"Cache-Control", "no-store"}};
    if (m_era == Era::Handshake) {
        headers.emplace_back("Mcp-Session-Id", m_id);
    }
    return headers;
}

void FrontSession::post(HttpServerExchange &exchange, const QByteArray &line, const Message &message)
{
    m_usedAt = m_clock.monotonic();
    Stream stream;
    stream.number = ++m_numbers;
    stream.id = message.id;
    stream.key = message.id.key();
    stream.takesJson = exchange.request().accepts("application/json");
    stream.takesEvents = exchange.request().accepts("text/event-stream");
    stream.isHandshake = message.method == "initialize"_L1;
    stream.listsTools = m_era == Era::Stateless && message.method == "tools/list"_L1;
    stream.isFirstPage = stream.listsTools && memberOf(message.params, u"cursor").isEmpty();
    stream.since = m_usedAt;
    stream.clientToken = progressTokenOf(memberOf(message.params, u"_meta"));
    stream.token = stream.clientToken;
    QByteArray out = line;
    if (m_era == Era::Stateless) {
        // Several clients share this session: their ids and tokens are only their own.
        const MessageId inner = MessageId::ofText("h" + QByteArray::number(stream.number));
        stream.key = inner.key();
        if (!stream.clientToken.isEmpty()) {
            stream.token = inner.token();
            const QByteArrayView token = memberOf(memberOf(memberOf(out, u"params"), u"_meta"), u"progressToken");
            out = withSliceReplaced(out, token, stream.token);
        }
        out = withSliceReplaced(out, memberOf(out, u"id"), inner.token());
    }
    const int number = stream.number;
    m_byKey.insert_or_assign(stream.key, number);
    attach(m_streams.insert_or_assign(number, std::move(stream)).first->second, exchange);
    m_link->take(out);
}

void FrontSession::probe(const QByteArray &params)
{
    m_probing = true;
    m_link->take(requestLine(MessageId::ofText(probeId), "server/discover", params));
}

void FrontSession::tell(const QByteArray &line)
{
    m_usedAt = m_clock.monotonic();
    m_link->take(line);
}

bool FrontSession::listen(HttpServerExchange &exchange, const QByteArray &lastEventId)
{
    m_usedAt = m_clock.monotonic();
    int number = getStream;
    int behind = -1;
    if (!lastEventId.isEmpty()) {
        const QList<QByteArray> parts = lastEventId.split('-');
        bool isNumber = parts.size() == 2;
        bool isCount = isNumber;
        number = isNumber ? parts[0].toInt(&isNumber) : 0;
        behind = isCount ? parts[1].toInt(&isCount) : 0;
        if (!isNumber || !isCount || !m_streams.contains(number)) {
            return false;
        }
    } else if (!m_streams.contains(getStream)) {
        m_streams.insert_or_assign(getStream, Stream());
    }
    Stream &stream = m_streams.at(number);
    if (stream.exchange) {
        // Whoever comes back knows better than we whether the connection before is still one.
        HttpServerExchange *before = stream.exchange;
        before->disconnect(this);
        stream.exchange.clear();
        before->hasBegun() ? before->finish() : before->respond(409);
    }
    attach(stream, exchange);
    beginEvents(stream);
    replay(stream, behind);
    return true;
}

void FrontSession::attach(Stream &stream, HttpServerExchange &exchange)
{
    stream.exchange = &exchange;
    stream.spokeAt = m_clock.monotonic();
    const int number = stream.number;
    connect(&exchange, &HttpServerExchange::abandoned, this, [this, number, at = &exchange] { detach(number, at); });
    connect(&exchange, &HttpServerExchange::drained, this, &FrontSession::balance);
}

void FrontSession::detach(int number, HttpServerExchange *exchange)
{
    const auto found = m_streams.find(number);
    if (found == m_streams.end() || found->second.exchange != exchange) {
        return;
    }
    Stream &stream = found->second;
    stream.exchange.clear();
    stream.lostAt = m_clock.monotonic();
    if (m_era == Era::Stateless && !stream.isAnswered) {
        giveUp(number); // MCP 2026-07-28 patterns/cancellation: closing the stream cancels the request.
    }
    balance();
}

/// The client is not coming back for the answer to a request.
void FrontSession::giveUp(int number)
{
    const Stream stream = std::move(m_streams.at(number));
    m_streams.erase(number);
    m_byKey.erase(stream.key);
    if (stream.isHandshake) {
        close(u"The client went away"_s); // MCP basic/lifecycle: initialize is never cancelled.
        return;
    }
    const auto inner = m_era == Era::Stateless ? MessageId::ofText("h" + QByteArray::number(number)) : stream.id;
    m_link->take(notificationLine("notifications/cancelled",
                                  "{\"requestId\":" + inner.token() + ",\"reason\":\"The client went away\"}"));
}

void FrontSession::beginEvents(Stream &stream)
{
    if (!stream.exchange || stream.exchange->hasBegun()) {
        return;
    }
    stream.exchange->beginStream(200, headers("text/event-stream"));
    stream.spokeAt = m_clock.monotonic();
    // Clients of 2025-11-25 take an event without data for the place to go on from; older ones stumble over it.
    if (keepsEvents() && stream.events == 0 && m_version >= "2025-11-25"_L1) {
        stream.exchange->write("id: " + QByteArray::number(stream.number) + "-0\ndata: \n\n");
    } else {
        stream.exchange->write(": countersign\n\n");
    }
}

void FrontSession::write(Stream &stream, const Event &event)
{
    const QByteArray id =
        keepsEvents() ? QByteArray::number(stream.number) + '-' + QByteArray::number(event.number) : QByteArray();
    stream.exchange->write(eventBytes(id, event.line));
    stream.spokeAt = m_clock.monotonic();
}

void FrontSession::replay(Stream &stream, int behind)
{
    for (const Event &event : stream.kept) {
        if (event.number > behind && stream.exchange) {
            write(stream, event);
        }
    }
    stream.wasSent = true;
    if (stream.isAnswered && stream.exchange) {
        stream.exchange->finish();
        stream.exchange.clear();
    }
}

/// One message on a stream, or kept until the client comes back for it.
void FrontSession::send(Stream &stream, const QByteArray &line)
{
    Event event{++stream.events, line};
    if (stream.exchange && stream.takesEvents) {
        beginEvents(stream);
        write(stream, event);
    } else {
        stream.wasSent = false;
    }
    if (keepsEvents()) {
        stream.keptBytes += line.size();
        stream.kept.push_back(std::move(event));
    }
    // A stream of nobody's request keeps what is newest.
    while (stream.number == getStream && stream.kept.size() > 1000) {
        stream.keptBytes -= stream.kept.front().line.size();
        stream.kept.pop_front();
    }
}

void FrontSession::fromLink(const QByteArray &line)
{
    const std::variant<Message, BadMessage> read = readMessage(line);
    const auto *message = std::get_if<Message>(&read);
    if (!message) {
        qCWarning(logMcp) << "a line for an HTTP client is no message";
        return;
    }
    if (message->kind == Message::Kind::Result || message->kind == Message::Kind::Error) {
        deliverAnswer(line, *message);
    } else {
        deliverOther(line, *message);
    }
    balance();
}

void FrontSession::deliverAnswer(const QByteArray &line, const Message &message)
{
    if (m_probing && message.id.key() == MessageId::ofText(probeId).key()) {
        m_probing = false;
        const bool isResult = message.kind == Message::Kind::Result;
        const QByteArrayView versions = isResult ? memberOf(message.body, u"supportedVersions")
                                                 : memberOf(memberOf(message.body, u"data"), u"supported");
        Q_EMIT probed(isResult || isOfStatelessServer(errorCodeOf(message)), versions.toByteArray());
        return;
    }
    const auto found = m_byKey.find(message.id.key());
    if (found == m_byKey.end()) {
        qCDebug(logMcp) << "an answer to no request of an HTTP client";
        return;
    }
    Stream &stream = m_streams.at(found->second);
    m_byKey.erase(found);
    stream.isAnswered = true;
    stream.since = m_clock.monotonic();
    if (stream.isHandshake && message.kind == Message::Kind::Result) {
        m_version = jsonStringText(memberOf(message.body, u"protocolVersion")).value_or(QString());
    } else if (stream.listsTools && message.kind == Message::Kind::Result) {
        m_mirrors.learn(message.body, stream.isFirstPage);
    }
    const QByteArray out =
        m_era == Era::Stateless ? withSliceReplaced(line, memberOf(line, u"id"), stream.id.token()) : line;
    // Where streams can be read on, even a short one is worth it: the answer is there again when its way breaks.
    const bool isStream = keepsEvents() && stream.takesEvents;
    const bool isJson = stream.exchange && !stream.exchange->hasBegun() && stream.takesJson && !isStream;
    if (isJson) {
        HttpServerExchange *exchange = stream.exchange;
        const int number = stream.number;
        exchange->disconnect(this);
        m_streams.erase(number);
        exchange->respond(statusOf(message, m_era), headers("application/json"), out);
    } else {
        send(stream, out);
        if (stream.exchange) {
            HttpServerExchange *exchange = stream.exchange;
            exchange->disconnect(this);
            stream.exchange.clear();
            exchange->finish();
        }
        if (!keepsEvents()) {
            m_streams.erase(stream.number);
        }
        forgetOld();
    }
}

FrontSession::Stream *FrontSession::streamOfToken(QByteArrayView token)
{
    const std::optional<MessageId> wanted = MessageId::fromToken(token);
    for (const auto &[key, number] : m_byKey) {
        Stream &stream = m_streams.at(number);
        const auto held = MessageId::fromToken(stream.token);
        if (wanted && held && wanted->key() == held->key()) {
            return &stream;
        }
    }
    return nullptr;
}

FrontSession::Stream *FrontSession::latestOpen()
{
    Stream *best = nullptr;
    for (const auto &[key, number] : m_byKey) {
        Stream &stream = m_streams.at(number);
        const bool isBetter = !best || (stream.exchange && !best->exchange) ||
                              (!stream.exchange == !best->exchange && stream.number > best->number);
        if (stream.takesEvents && isBetter) {
            best = &stream;
        }
    }
    return best;
}

/// Lines do not say which request they belong to; HTTP wants to know.
FrontSession::Stream *FrontSession::streamFor(const Message &message)
{
    const auto get = m_streams.find(getStream);
    Stream *always = get == m_streams.end() ? nullptr : &get->second;
    if (isAboutTheServer(message.method)) {
        return always ? always : latestOpen();
    }
    Stream *open = latestOpen();
    return open && (open->exchange || !always || !always->exchange) ? open : always;
}

void FrontSession::deliverOther(const QByteArray &line, const Message &message)
{
    if (message.method == "notifications/progress"_L1) {
        const QByteArrayView token = memberOf(message.params, u"progressToken");
        if (Stream *stream = streamOfToken(token)) {
            send(*stream, m_era == Era::Stateless ? withSliceReplaced(line, token, stream->clientToken) : line);
        }
        return;
    }
    if (m_era == Era::Handshake) {
        Stream *stream = streamFor(message);
        if (!stream) {
            stream = &m_streams.insert_or_assign(getStream, Stream()).first->second;
        }
        send(*stream, line);
        return;
    }
    // A subscription's messages name it; anything else belongs to the only request there is, or to nobody for sure.
    const QByteArrayView subscription =
        memberOf(memberOf(message.params, u"_meta"), u"io.modelcontextprotocol/subscriptionId");
    if (const auto id = MessageId::fromToken(subscription)) {
        if (const auto found = m_byKey.find(id->key()); found != m_byKey.end()) {
            Stream &stream = m_streams.at(found->second);
            send(stream, withSliceReplaced(line, subscription, stream.id.token()));
        }
    } else if (m_byKey.size() == 1) {
        send(m_streams.at(m_byKey.begin()->second), line);
    }
}

void FrontSession::forgetOld()
{
    qsizetype bytes = 0;
    size_t answered = 0;
    const auto now = m_clock.monotonic();
    for (auto newest = m_streams.rbegin(); newest != m_streams.rend(); ++newest) {
        Stream &stream = newest->second;
        bytes += stream.keptBytes;
        const bool isSent = stream.isAnswered && stream.wasSent;
        answered += isSent ? 1 : 0;
        const bool isOld = now - stream.since >= m_limits.keep ||
                           (isSent && (bytes > keptWhenAnswered || answered > m_limits.answered));
        if (stream.isAnswered && isOld) {
            stream.kept.clear();
            stream.keptBytes = 0;
        } else if (!stream.isAnswered && stream.exchange && stream.keptBytes > keptWhenAnswered) {
            // A long stream that is being read: its beginning will not be asked for again.
            stream.kept.clear();
            stream.keptBytes = 0;
        }
    }
    std::erase_if(m_streams, [](const auto &entry) { return entry.second.isAnswered && entry.second.kept.empty(); });
}

void FrontSession::tick()
{
    const auto now = m_clock.monotonic();
    std::vector<int> lost;
    qsizetype waiting = 0;
    for (auto &[number, stream] : m_streams) {
        waiting += stream.wasSent ? 0 : stream.keptBytes;
        if (!stream.exchange) {
            if (!stream.isAnswered && number != getStream && now - stream.lostAt >= m_limits.grace) {
                lost.push_back(number);
            }
            continue;
        }
        m_usedAt = now;
        if (!stream.exchange->hasBegun()) {
            if (stream.takesEvents && now - stream.since >= m_limits.jsonFor) {
                beginEvents(stream);
            }
        } else if (now - stream.spokeAt >= m_limits.comment) {
            stream.exchange->write(": still here\n\n"); // Also how a client that is gone is found out.
            stream.spokeAt = now;
        }
    }
    for (const int number : lost) {
        if (m_streams.contains(number)) {
            giveUp(number);
        }
    }
    forgetOld();
    const bool isIdle = m_byKey.empty() && now - m_usedAt >= m_limits.idle;
    if (isIdle || waiting > m_limits.keptBytes) {
        close(isIdle ? u"The client was not heard of any more"_s : u"The client took in nothing any more"_s);
    }
}

void FrontSession::balance()
{
    qint64 unsent = 0;
    for (const auto &[number, stream] : m_streams) {
        unsent += stream.exchange ? stream.exchange->unsentBytes() : 0;
    }
    const qint64 most = m_era == Era::Stateless ? 16 * m_limits.unsentBytes : m_limits.unsentBytes;
    const bool paused = m_paused ? unsent > most / 2 : unsent > most;
    if (std::exchange(m_paused, paused) != paused) {
        m_link->setPaused(paused);
    }
}

void FrontSession::close(const QString &why)
{
    if (!m_over) {
        m_closing = true;
        m_link->close(why);
    }
}

void FrontSession::linkGone(const QString &why)
{
    if (m_over) {
        return;
    }
    const auto open = m_byKey; // What the link did not answer itself.
    for (const auto &[key, number] : open) {
        Stream &stream = m_streams.at(number);
        const MessageId inner =
            m_era == Era::Stateless ? MessageId::ofText("h" + QByteArray::number(number)) : stream.id;
        const QByteArray line = errorLine(inner, Code::Gone, why + u'.');
        deliverAnswer(line, std::get<Message>(readMessage(line)));
    }
    m_over = true;
    for (auto &[number, stream] : m_streams) {
        if (stream.exchange) {
            stream.exchange->disconnect(this);
            stream.exchange->finish();
        }
    }
    Q_EMIT over();
}

} // namespace countersign::mcp
