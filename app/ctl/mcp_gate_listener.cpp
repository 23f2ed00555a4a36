// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/mcp_gate_listener.h"

#include "app/ctl/asking.h"
#include "core/base/digest.h"
#include "core/base/visible_text.h"
#include "core/connections/mcp/gate_link.h"

#include <QtCore/QCoreApplication>

#include <csignal>

namespace countersign::ctl {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto farewell = 8s; ///< For servers to end before this process does.

/// A file name that says which gate it is for, whatever the gate's name is.
QString tokenFileName(const QString &gate)
{
    QString plain;
    for (const QChar c : gate.left(40)) {
        plain += (c.unicode() < 0x80 && c.isLetterOrNumber()) ? c : QChar(u'-');
    }
    return plain + u'-' + sha256(gate.toUtf8()).hex().left(8) + u".token"_s;
}

} // namespace

McpGateListener::McpGateListener(Invocation &call)
    : m_call(call)
{}

McpGateListener::~McpGateListener() = default;

void McpGateListener::say(const QString &sentence)
{
    m_call.console.note(u"countersignctl: "_s + sentence);
}

Result<HttpServerOptions> McpGateListener::serverOptions()
{
    const ParsedOptions &given = m_call.options;
    const auto address = readListenAddress(given.value(u"listen"_s));
    if (!address) {
        return address.error();
    }
    HttpServerOptions options;
    options.address = address->first;
    options.port = address->second;
    if (given.has(u"no-token"_s)) {
        if (given.has(u"token-file"_s)) {
            return usageError(u"Give either --token-file or --no-token."_s);
        }
        return options;
    }
    m_tokenFile =
        given.optional(u"token-file"_s)
            .value_or(m_session->location().configFolder + u"/mcp-gate/"_s + tokenFileName(m_setup.gate.name));
    const Result<QByteArray> token = listenToken(m_tokenFile);
    if (!token) {
        return token.error();
    }
    options.token = *token;
    return options;
}

Result<> McpGateListener::tidyUp()
{
    RequestWatch watch(m_session->engine(), m_session->clock(), [] {});
    mcp::Gate gate({m_session->engine(), m_session->clock(), watch, [](const QByteArray &) {},
                    [](const QByteArray &) {}, [this](const QString &sentence) { say(sentence); }},
                   m_setup.gate);
    return gate.withdrawAbandoned();
}

Result<std::unique_ptr<mcp::FrontLink>> McpGateListener::openLink()
{
    auto link = std::make_unique<mcp::GateLink>(
        mcp::GateLink::Parts{m_session->engine(), m_session->clock(), [this] { m_session->keepPresent(); },
                             [this](const QString &sentence) { say(sentence); }},
        m_setup.gate, m_upstreams->make());
    if (const Result<> started = link->start(); !started) {
        return started.error();
    }
    return std::unique_ptr<mcp::FrontLink>(std::move(link));
}

Result<> McpGateListener::start()
{
    Result<McpGateSetup> setup = McpGateSetup::read(m_call);
    if (!setup) {
        return setup.error();
    }
    m_setup = *std::move(setup);
    Result<std::unique_ptr<Session>> session = m_call.open(u"gate"_s);
    if (!session) {
        return session.error();
    }
    m_session = *std::move(session);
    Result<HttpServerOptions> options = serverOptions();
    if (!options) {
        return options.error();
    }
    if (const Result<> tidied = tidyUp(); !tidied) {
        return tidied;
    }
    m_ids = std::make_unique<SystemIdSource>(m_session->clock());
    m_upstreams = std::make_unique<McpUpstreams>(m_setup, m_call, *m_session);
    m_front = std::make_unique<mcp::HttpFront>([this] { return openLink(); }, m_session->clock(), *m_ids);
    connect(m_front.get(), &mcp::HttpFront::over, this, [] { QCoreApplication::quit(); });
    m_server = std::make_unique<HttpServer>(*std::move(options),
                                            [this](HttpServerExchange &exchange) { m_front->take(exchange); });
    if (const Result<> listening = m_server->listen(); !listening) {
        return listening;
    }
    noteAbsentReviewers(m_call.console, *m_session);
    say(u"listening on http://"_s + m_server->authority() + u"/mcp"_s);
    say(m_tokenFile.isEmpty()
            ? u"every program on this machine may use this gate: its clients need no token"_s
            : u"clients send “Authorization: Bearer TOKEN”; the token is in "_s + displayText(m_tokenFile).text);
    return {};
}

int McpGateListener::run()
{
    std::signal(SIGPIPE, SIG_IGN);
    m_call.process.watchSignals();
    if (const Result<> started = start(); !started) {
        return m_call.console.fail(started.error());
    }
    if (m_call.process.signalDescriptor() >= 0) {
        m_signals = std::make_unique<QSocketNotifier>(m_call.process.signalDescriptor(), QSocketNotifier::Read);
        connect(m_signals.get(), &QSocketNotifier::activated, this, &McpGateListener::signalled);
    }
    QCoreApplication::exec();
    m_server.reset(); // Before what its handler uses.
    return m_exitCode;
}

void McpGateListener::signalled()
{
    const std::optional<int> signal = m_call.process.pendingEnd();
    if (!signal || std::exchange(m_ending, true)) {
        return;
    }
    m_exitCode = 128 + *signal;
    m_server->stopListening();
    QTimer::singleShot(farewell, QCoreApplication::instance(), [] { QCoreApplication::quit(); });
    m_front->close(u"The gate was stopped by signal "_s + QString::number(*signal));
}

} // namespace countersign::ctl
