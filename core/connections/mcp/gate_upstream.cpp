// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/gate_upstream.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype maxKeptBytes = 64 * 1024 * 1024;
constexpr size_t maxTools = 10'000;

QByteArrayView memberOf(QByteArrayView object, QStringView name)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(object);
    return members ? members->value(name) : QByteArrayView();
}

OutgoingMessage withoutAnswer(OutgoingMessage::Kind kind, const QByteArray &line)
{
    OutgoingMessage message;
    message.kind = kind;
    message.bytes = line;
    return message;
}

} // namespace

ProcessUpstream::ProcessUpstream(QStringList command, std::function<void()> inChild, QObject *parent)
    : GateUpstream(parent)
    , m_command(std::move(command))
    , m_inChild(std::move(inChild))
{
    connect(&m_server, &ServerProcess::gone, this, &GateUpstream::gone);
}

Result<> ProcessUpstream::start()
{
    if (const Result<> started = m_server.start(m_command, m_inChild); !started) {
        return started;
    }
    m_isUp = true;
    connect(&m_server.output(), &LineReader::lineRead, this, &GateUpstream::received);
    connect(&m_server.input(), &LineWriter::relieved, this, &GateUpstream::relieved);
    return {};
}

void ProcessUpstream::send(const QByteArray &line)
{
    if (m_isUp) {
        m_server.input().write(line);
    }
}

void ProcessUpstream::setPaused(bool paused)
{
    if (m_isUp) {
        m_server.output().setPaused(paused);
    }
}

qsizetype ProcessUpstream::waitingBytes() const
{
    return m_isUp ? const_cast<ServerProcess &>(m_server).input().waitingBytes() : 0;
}

void ProcessUpstream::stop()
{
    m_server.stop();
}

HttpUpstream::HttpUpstream(const QUrl &server, HttpAuthorization &authorization, Scheduler &scheduler, QObject *parent)
    : GateUpstream(parent)
    , m_transport(server, authorization, scheduler)
{
    connect(&m_transport, &ClientTransport::received, this, [this](const QByteArray &message) { take(message); });
    connect(&m_transport, &ClientTransport::requestFailed, this, &HttpUpstream::fail);
    connect(&m_transport, &ClientTransport::troubled, this, &GateUpstream::noticed);
    connect(&m_transport, &ClientTransport::ended, this,
            [this](const QString &words) { end(u"is not there any more: "_s + words); });
}

Result<> HttpUpstream::start()
{
    return m_transport.start();
}

void HttpUpstream::send(const QByteArray &line)
{
    const std::variant<Message, BadMessage> read = readMessage(line);
    const auto *message = std::get_if<Message>(&read);
    if (!message || m_ended) {
        return;
    }
    switch (message->kind) {
    case Message::Kind::Request:
        sendRequest(line, *message);
        return;
    case Message::Kind::Notification:
        if (message->method == "notifications/cancelled"_L1) {
            cancel(line, *message);
            return;
        }
        m_transport.send(withoutAnswer(OutgoingMessage::Kind::Notification, line));
        if (message->method == "notifications/initialized"_L1) {
            m_transport.listen();
        }
        return;
    case Message::Kind::Result:
    case Message::Kind::Error:
        m_transport.send(withoutAnswer(OutgoingMessage::Kind::Answer, line));
        return;
    }
}

void HttpUpstream::sendRequest(const QByteArray &line, const Message &message)
{
    OutgoingMessage out = withoutAnswer(OutgoingMessage::Kind::Request, line);
    out.id = message.id.key();
    if (message.method == "initialize"_L1) {
        m_handshake = out.id;
        m_version.clear();
        out.beginsSession = true;
    }
    const QByteArray version = modernVersionOf(memberOf(message.params, u"_meta")).toUtf8();
    if (message.method == "tools/list"_L1) {
        m_listings.insert_or_assign(out.id, memberOf(message.params, u"cursor").isEmpty());
    }
    if (!version.isEmpty()) {
        if (std::exchange(m_version, version) != version) {
            m_transport.setProtocol(version, false);
        }
        out.headers.emplace_back("MCP-Protocol-Version", headerValue(version));
        out.headers.emplace_back("Mcp-Method", headerValue(message.method.toUtf8()));
        const bool hasUri = message.method == "resources/read"_L1;
        if (hasUri || message.method == "tools/call"_L1 || message.method == "prompts/get"_L1) {
            const QString name =
                jsonStringText(memberOf(message.params, hasUri ? u"uri" : u"name")).value_or(QString());
            out.headers.emplace_back("Mcp-Name", headerValue(name.toUtf8()));
            if (const auto tool = m_tools.find(name); tool != m_tools.end() && message.method == "tools/call"_L1) {
                for (HeaderPair &header : mirroredHeaders(tool->second, memberOf(message.params, u"arguments"))) {
                    out.headers.push_back(std::move(header));
                }
            }
        }
    }
    m_transport.send(out);
}

void HttpUpstream::cancel(const QByteArray &line, const Message &message)
{
    const std::optional<MessageId> id = cancelledId(message.params);
    if (m_version.isEmpty()) {
        m_transport.send(withoutAnswer(OutgoingMessage::Kind::Notification, line));
    }
    if (id) {
        m_transport.abandon(id->key()); // In the stateless revision that is what cancels it.
    }
}

void HttpUpstream::take(const QByteArray &line)
{
    m_isLockedOut = false;
    // Servers may set a message out on several lines; what goes on from here is one.
    QByteArray out = line;
    if (out.contains('\n') || out.contains('\r')) {
        std::replace_if(
            out.begin(), out.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    }
    if (const auto read = readMessage(out); const auto *message = std::get_if<Message>(&read)) {
        if (message->kind == Message::Kind::Result || message->kind == Message::Kind::Error) {
            learn(*message);
        }
    }
    if (!m_paused) {
        Q_EMIT received(out);
        return;
    }
    m_keptBytes += out.size();
    m_kept.push_back(out);
    if (m_keptBytes > maxKeptBytes) {
        end(u"sent more than anybody took in"_s);
    }
}

void HttpUpstream::learn(const Message &answer)
{
    const QString key = answer.id.key();
    if (!m_handshake.isEmpty() && key == m_handshake) {
        m_handshake.clear();
        const auto version = jsonStringText(memberOf(answer.body, u"protocolVersion"));
        if (answer.kind == Message::Kind::Result && version) {
            m_transport.setProtocol(version->toUtf8(), true);
        }
    }
    const auto listing = m_listings.find(key);
    if (listing == m_listings.end()) {
        return;
    }
    const bool isFirst = listing->second;
    m_listings.erase(listing);
    Result<ToolPage> page = readToolPage(answer.body, true);
    if (m_version.isEmpty() || answer.kind != Message::Kind::Result || !page) {
        return;
    }
    if (isFirst) {
        m_tools.clear();
    }
    for (ServerTool &tool : page->tools) {
        if (m_tools.size() < maxTools) {
            const QString name = tool.tool.name;
            m_tools.insert_or_assign(name, std::move(tool));
        }
    }
}

void HttpUpstream::fail(const QString &key, const RequestFailure &failure)
{
    m_listings.erase(key);
    if (failure.httpStatus == 401 && !std::exchange(m_isLockedOut, true)) {
        Q_EMIT noticed(failure.words); // Clients do not always show their people what a request failed of.
    }
    const bool isClientError = failure.kind == RequestFailure::Kind::Refused && failure.httpStatus < 500;
    const bool mayBeDone =
        failure.kind == RequestFailure::Kind::Lost || (failure.kind == RequestFailure::Kind::Refused && !isClientError);
    Q_EMIT requestLost(key, failure.words, mayBeDone);
    if (failure.kind == RequestFailure::Kind::SessionGone) {
        end(u"does not know its session any more"_s); // The client begins another one, here and there.
    }
}

void HttpUpstream::setPaused(bool paused)
{
    m_paused = paused;
    while (!m_paused && !m_kept.empty() && !m_ended) {
        const std::vector<QByteArray> kept = std::exchange(m_kept, {});
        m_keptBytes = 0;
        for (const QByteArray &line : kept) {
            Q_EMIT received(line);
        }
    }
}

void HttpUpstream::stop()
{
    if (!m_ended) {
        m_transport.stop();
    }
}

void HttpUpstream::end(const QString &how)
{
    if (!std::exchange(m_ended, true)) {
        m_paused = false;
        Q_EMIT gone(how);
    }
}

} // namespace countersign::mcp
