// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/http_front.h"

#include "core/base/log.h"

#include <array>

namespace countersign::mcp {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto tickEvery = 250ms;
constexpr auto legacyFor = 60s; ///< After which a server is asked again whether it speaks the stateless revision.
constexpr int headerMismatch = -32020;
constexpr int sessionNotFound = -32001;
constexpr size_t maxHeld = 200;
constexpr size_t maxVersions = 100;
constexpr std::array handshakeVersions{"2024-11-05"_L1, "2025-03-26"_L1, "2025-06-18"_L1, "2025-11-25"_L1};

QByteArrayView memberOf(QByteArrayView object, QStringView name)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(object);
    return members ? members->value(name) : QByteArrayView();
}

bool isOfHandshake(const QByteArray &version)
{
    return std::find(handshakeVersions.begin(), handshakeVersions.end(), QLatin1StringView(version)) !=
           handshakeVersions.end();
}

void answerError(HttpServerExchange &exchange, int status, int code, const QString &why, const MessageId &id = {},
                 const HttpServerExchange::Headers &more = {})
{
    HttpServerExchange::Headers headers{{"Content-Type", "application/json"}};
    headers.insert(headers.end(), more.begin(), more.end());
    exchange.respond(status, headers, errorLine(id, code, why));
}

/// A body may be set out on several lines; the sessions behind speak one line a message. Outside of texts a line feed
/// is a space like others, and inside there is none in JSON.
QByteArray asOneLine(QByteArray body)
{
    std::replace_if(
        body.begin(), body.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return body;
}

} // namespace

std::optional<QString> decodedHeader(const QByteArray &value)
{
    constexpr QByteArrayView start = "=?base64?";
    constexpr QByteArrayView end = "?=";
    if (!value.startsWith(start) || !value.endsWith(end) || value.size() < start.size() + end.size()) {
        return QString::fromUtf8(value);
    }
    const QByteArray payload = value.sliced(start.size(), value.size() - start.size() - end.size());
    const auto decoded = QByteArray::fromBase64Encoding(payload, QByteArray::AbortOnBase64DecodingErrors);
    // One text, one spelling: a reader that pads and one that does not would read two.
    return decoded && decoded.decoded.toBase64() == payload ? std::optional(QString::fromUtf8(decoded.decoded))
                                                            : std::nullopt;
}

Result<> checkStatelessHeaders(const HttpRequest &request, const Message &message)
{
    const auto disagree = [](const QByteArray &name) {
        return Error{ErrorCode::Malformed,
                     u"The header "_s + QString::fromLatin1(name) + u" and the body of the request disagree."_s,
                     {}};
    };
    const auto says = [&](const QByteArray &name, const QString &body) {
        const std::optional<QByteArray> header = request.header(name);
        const std::optional<QString> text = header ? decodedHeader(*header) : std::nullopt;
        return text && *text == body;
    };
    if (!says("MCP-Protocol-Version", modernVersionOf(memberOf(message.params, u"_meta")))) {
        return disagree("MCP-Protocol-Version");
    }
    if (!says("Mcp-Method", message.method)) {
        return disagree("Mcp-Method");
    }
    const bool hasUri = message.method == "resources/read"_L1;
    if (hasUri || message.method == "tools/call"_L1 || message.method == "prompts/get"_L1) {
        const auto name = jsonStringText(memberOf(message.params, hasUri ? u"uri" : u"name"));
        if (name && !says("Mcp-Name", *name)) {
            return disagree("Mcp-Name");
        }
    }
    return {};
}

HttpFront::HttpFront(OpenLink open, const Clock &clock, IdSource &ids, FrontLimits limits, QObject *parent)
    : QObject(parent)
    , m_open(std::move(open))
    , m_clock(clock)
    , m_ids(ids)
    , m_limits(limits)
{
    connect(&m_tick, &QTimer::timeout, this, &HttpFront::tick);
    m_tick.start(tickEvery);
}

HttpFront::~HttpFront()
{
    for (auto &[id, session] : m_sessions) {
        session->disconnect(this);
    }
    if (m_shared) {
        m_shared->disconnect(this);
    }
}

void HttpFront::take(HttpServerExchange &exchange)
{
    const HttpRequest &request = exchange.request();
    if (m_closing) {
        answerError(exchange, 503, Code::Gone, u"The gate is ending."_s);
    } else if (request.path != path) {
        exchange.respond(404, {{"Content-Type", "text/plain; charset=utf-8"}}, "The MCP endpoint is /mcp.\n");
    } else if (request.method == "POST") {
        post(exchange);
    } else if (request.method == "GET") {
        get(exchange);
    } else if (request.method == "DELETE") {
        remove(exchange);
    } else {
        exchange.respond(405, {{"Allow", "POST, GET, DELETE"}});
    }
}

void HttpFront::post(HttpServerExchange &exchange)
{
    const HttpRequest &request = exchange.request();
    const QByteArray type = request.header("content-type").value_or(QByteArray()).split(';').constFirst().trimmed();
    if (type.toLower() != "application/json") {
        answerError(exchange, 415, Code::InvalidRequest, u"The Content-Type of a message is application/json."_s);
        return;
    }
    if (!request.accepts("application/json") && !request.accepts("text/event-stream")) {
        answerError(exchange, 406, Code::InvalidRequest, u"A client accepts application/json and text/event-stream."_s);
        return;
    }
    const QByteArray line = asOneLine(request.body);
    const std::variant<Message, BadMessage> read = readMessage(line);
    if (const auto *bad = std::get_if<BadMessage>(&read)) {
        answerError(exchange, 400, bad->code, bad->why, bad->id);
        return;
    }
    const Message &message = std::get<Message>(read);
    const QByteArray version = request.header("mcp-protocol-version").value_or(QByteArray());
    const bool isModern = !modernVersionOf(memberOf(message.params, u"_meta")).isEmpty() ||
                          (!version.isEmpty() && !isOfHandshake(version) && version >= "2026");
    if (request.count("mcp-session-id") > 0) {
        postToSession(exchange, line, message);
    } else if (message.kind == Message::Kind::Request && message.method == "initialize"_L1 && !isModern) {
        begin(exchange, line, message);
    } else if (isModern) {
        postStateless(exchange, line, message);
    } else if (!version.isEmpty() && !isOfHandshake(version)) {
        answerError(exchange, 400, Code::Gone, u"Bad Request: this protocol version is not spoken here."_s);
    } else {
        answerError(exchange, 400, Code::Gone, u"Bad Request: a session begins with initialize."_s);
    }
}

FrontSession *HttpFront::sessionOf(HttpServerExchange &exchange)
{
    const HttpRequest &request = exchange.request();
    const std::optional<QByteArray> id = request.header("mcp-session-id");
    if (!id) {
        answerError(exchange, 400, Code::Gone, u"Bad Request: the Mcp-Session-Id header is missing."_s);
        return nullptr;
    }
    const auto found = m_sessions.find(*id);
    if (found == m_sessions.end() || found->second->isOver()) {
        answerError(exchange, 404, sessionNotFound, u"This session is over or never was; begin another one."_s);
        return nullptr;
    }
    const QByteArray version = request.header("mcp-protocol-version").value_or(QByteArray());
    if (!version.isEmpty() && !isOfHandshake(version)) {
        answerError(exchange, 400, Code::Gone, u"Bad Request: this protocol version is not spoken here."_s);
        return nullptr;
    }
    return found->second.get();
}

void HttpFront::postToSession(HttpServerExchange &exchange, const QByteArray &line, const Message &message)
{
    FrontSession *session = sessionOf(exchange);
    if (!session) {
        return;
    }
    if (message.kind != Message::Kind::Request) {
        exchange.respond(202);
        session->tell(line);
    } else if (session->isOutstanding(message.id)) {
        answerError(exchange, 400, Code::InvalidRequest, u"This id is in use: its request was not answered."_s);
    } else if (session->isFull()) {
        answerError(exchange, 503, Code::Gone, u"Too many requests wait for an answer; try again later."_s, message.id);
    } else {
        session->post(exchange, line, message);
    }
}

void HttpFront::makeRoom()
{
    while (m_sessions.size() >= static_cast<size_t>(m_limits.sessions)) {
        FrontSession *oldest = nullptr;
        for (const auto &[id, session] : m_sessions) {
            if (session->openCount() == 0 && (!oldest || session->usedAt() < oldest->usedAt())) {
                oldest = session.get();
            }
        }
        if (!oldest) {
            return;
        }
        oldest->close(u"Another client needed the place"_s);
        drop(oldest);
    }
}

Result<FrontSession *> HttpFront::open(FrontSession::Era era)
{
    Result<std::unique_ptr<FrontLink>> link = m_open();
    if (!link) {
        return link.error();
    }
    const QByteArray id = m_ids.randomBytes(24).toHex();
    auto session = std::make_unique<FrontSession>(*std::move(link), era, id, m_clock, m_limits);
    FrontSession *opened = session.get();
    connect(opened, &FrontSession::over, this, [this, opened] { drop(opened); });
    if (era == FrontSession::Era::Stateless) {
        m_shared = std::move(session);
    } else {
        m_sessions.insert_or_assign(id, std::move(session));
    }
    return opened;
}

void HttpFront::begin(HttpServerExchange &exchange, const QByteArray &line, const Message &message)
{
    makeRoom();
    if (m_sessions.size() >= static_cast<size_t>(m_limits.sessions)) {
        answerError(exchange, 503, Code::Gone, u"Too many clients are connected; try again later."_s, message.id);
        return;
    }
    const Result<FrontSession *> session = open(FrontSession::Era::Handshake);
    if (!session) {
        answerError(exchange, 500, Code::Internal, session.error().message, message.id);
        return;
    }
    (*session)->post(exchange, line, message);
}

void HttpFront::drop(FrontSession *session)
{
    // Not while it is still on the stack.
    session->disconnect(this);
    if (session == m_shared.get()) {
        m_shared.release()->deleteLater();
        if (m_speaks == Speaks::Asking) {
            sharedIs(false); // Some servers of the handshake end when they are asked anything else first.
        }
    } else if (const auto found = m_sessions.find(session->id()); found != m_sessions.end()) {
        found->second.release()->deleteLater();
        m_sessions.erase(found);
    }
    if (m_closing && m_sessions.empty() && !m_shared) {
        Q_EMIT over();
    }
}

void HttpFront::postStateless(HttpServerExchange &exchange, const QByteArray &line, const Message &message)
{
    if (message.kind == Message::Kind::Notification) {
        exchange.respond(202); // A client of this revision has none to send over HTTP but a cancellation, by closing.
        return;
    }
    if (message.kind != Message::Kind::Request) {
        answerError(exchange, 400, Code::InvalidRequest, u"Clients of this revision send requests only."_s);
        return;
    }
    if (modernVersionOf(memberOf(message.params, u"_meta")).isEmpty()) {
        answerError(exchange, 400, Code::InvalidParams,
                    u"A request of this revision names it in params._meta: io.modelcontextprotocol/protocolVersion."_s,
                    message.id);
        return;
    }
    if (!modernCapabilitiesOf(memberOf(message.params, u"_meta")).startsWith('{')) {
        // Not left to the server: what it made of this would be taken for what it makes of the revision.
        answerError(exchange, 400, Code::InvalidParams,
                    u"A request of this revision says in params._meta what its client can do: "
                    "io.modelcontextprotocol/clientCapabilities."_s,
                    message.id);
        return;
    }
    if (const Result<> good = checkStatelessHeaders(exchange.request(), message); !good) {
        answerError(exchange, 400, headerMismatch, good.error().message, message.id);
        return;
    }
    if (m_speaks == Speaks::Handshake && m_clock.monotonic() - m_askedAt < legacyFor) {
        answerLegacy(exchange);
        return;
    }
    if (!m_shared) {
        if (const Result<> opened = openShared(message); !opened) {
            answerError(exchange, 500, Code::Internal, opened.error().message, message.id);
            return;
        }
    }
    if (m_speaks == Speaks::Handshake) {
        answerLegacy(exchange); // It said so at once.
    } else if (m_speaks == Speaks::Stateless) {
        postShared(exchange, line, message);
    } else if (m_held.size() >= maxHeld) {
        answerError(exchange, 503, Code::Gone, u"The server is being started; try again later."_s, message.id);
    } else {
        m_held.push_back({&exchange, line});
    }
}

void HttpFront::postShared(HttpServerExchange &exchange, const QByteArray &line, const Message &message)
{
    // Some servers fix the revision of a pipe with the first request on it; here every client names its own.
    const QString version = modernVersionOf(memberOf(message.params, u"_meta"));
    const Result<std::vector<QByteArrayView>> spoken = jsonItems(m_versions, maxVersions);
    const auto isVersion = [&](QByteArrayView token) { return jsonStringText(token) == version; };
    if (spoken && !spoken->empty() && std::none_of(spoken->begin(), spoken->end(), isVersion)) {
        const QByteArray requested = writeJson(JsonValue::fromString(version));
        exchange.respond(400, {{"Content-Type", "application/json"}},
                         errorLine(message.id, Code::UnsupportedVersion, u"This revision is not spoken here."_s,
                                   "{\"supported\":" + m_versions + ",\"requested\":" + requested + '}'));
        return;
    }
    if (message.method == "tools/call"_L1) {
        if (const Result<> good = m_shared->mirrors().check(exchange.request(), message); !good) {
            answerError(exchange, 400, headerMismatch, good.error().message, message.id);
            return;
        }
    }
    if (m_shared->isOver()) {
        answerError(exchange, 503, Code::Gone, u"The session with the server is just ending; try again in a moment."_s,
                    message.id);
        return;
    }
    if (m_shared->isFull()) {
        answerError(exchange, 503, Code::Gone, u"Too many requests wait for an answer; try again later."_s, message.id);
        return;
    }
    m_shared->post(exchange, line, message);
}

Result<> HttpFront::openShared(const Message &message)
{
    const bool isKnown = m_speaks == Speaks::Stateless;
    const Result<FrontSession *> session = open(FrontSession::Era::Stateless);
    if (!session) {
        return session.error();
    }
    if (isKnown) {
        return {};
    }
    // Asked on behalf of the client: what it says of itself in its own request.
    m_speaks = Speaks::Asking;
    m_askedAt = m_clock.monotonic();
    QByteArray meta = "{}";
    if (const Result<JsonSlices> members = JsonSlices::ofObject(memberOf(message.params, u"_meta"))) {
        for (const JsonSlices::Member &member : members->members()) {
            if (member.name.startsWith("io.modelcontextprotocol/"_L1)) {
                meta = withMemberAdded(meta, member.name.toUtf8(), member.value);
            }
        }
    }
    connect(*session, &FrontSession::probed, this, [this](bool stateless, const QByteArray &versions) {
        m_versions = versions;
        sharedIs(stateless);
    });
    (*session)->probe("{\"_meta\":" + meta + '}');
    return {};
}

void HttpFront::answerLegacy(HttpServerExchange &exchange)
{
    // What servers of the handshake answer, so that the client goes on with that.
    answerError(exchange, 400, Code::Gone, u"Bad Request: the server behind this gate begins with initialize."_s);
}

void HttpFront::sharedIs(bool stateless)
{
    if (m_speaks != Speaks::Asking) {
        return;
    }
    m_speaks = stateless ? Speaks::Stateless : Speaks::Handshake;
    for (const Held &held : std::exchange(m_held, {})) {
        if (!held.exchange || !held.exchange->isOpen()) {
            continue;
        }
        if (stateless && m_shared) {
            const auto message = readMessage(held.line);
            postShared(*held.exchange, held.line, std::get<Message>(message));
        } else {
            answerLegacy(*held.exchange);
        }
    }
    if (!stateless && m_shared) {
        m_shared->close(u"The server speaks the time of the handshake"_s);
    }
}

void HttpFront::get(HttpServerExchange &exchange)
{
    if (exchange.request().count("mcp-session-id") == 0) {
        exchange.respond(405, {{"Allow", "POST"}});
        return;
    }
    if (!exchange.request().accepts("text/event-stream")) {
        answerError(exchange, 406, Code::InvalidRequest, u"A client that listens accepts text/event-stream."_s);
        return;
    }
    FrontSession *session = sessionOf(exchange);
    if (!session) {
        return;
    }
    const QByteArray last = exchange.request().header("last-event-id").value_or(QByteArray());
    if (!session->listen(exchange, last)) {
        answerError(exchange, 400, Code::Gone, u"Bad Request: there is no event of this id any more."_s);
    }
}

void HttpFront::remove(HttpServerExchange &exchange)
{
    if (exchange.request().count("mcp-session-id") == 0) {
        exchange.respond(405, {{"Allow", "POST"}});
        return;
    }
    if (FrontSession *session = sessionOf(exchange)) {
        exchange.respond(200);
        session->close(u"The client ended its session"_s);
    }
}

void HttpFront::tick()
{
    if (m_speaks == Speaks::Asking && m_clock.monotonic() - m_askedAt >= m_limits.probe) {
        sharedIs(false);
    }
    std::vector<FrontSession *> all;
    for (const auto &[id, session] : m_sessions) {
        all.push_back(session.get());
    }
    if (m_shared) {
        all.push_back(m_shared.get());
    }
    for (FrontSession *session : all) {
        session->tick();
    }
}

void HttpFront::close(const QString &why)
{
    m_closing = true;
    sharedIs(false);
    std::vector<FrontSession *> all;
    for (const auto &[id, session] : m_sessions) {
        all.push_back(session.get());
    }
    if (m_shared) {
        all.push_back(m_shared.get());
    }
    for (FrontSession *session : all) {
        session->close(why);
    }
    if (all.empty()) {
        QMetaObject::invokeMethod(this, &HttpFront::over, Qt::QueuedConnection);
    }
}

} // namespace countersign::mcp
