// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/mcp_gate_setup.h"

#include "app/ctl/input.h"
#include "app/ctl/submission_options.h"
#include "core/base/id_source.h"
#include "core/base/private_file.h"
#include "core/base/visible_text.h"

#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtCore/QRegularExpression>

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

/// For whoever starts the gate from the configuration of a client, where nobody can be asked.
QString howToSignIn(const QUrl &server)
{
    const QString address = server.toString(QUrl::FullyEncoded);
    static const QRegularExpression plain(u"^[A-Za-z0-9:/._~%-]+$"_s); // For every shell, and without secrets.
    return u"Once in a terminal, “countersignctl mcp-gate --url "_s +
           (plain.match(address).hasMatch() ? address : u"ADDRESS"_s) +
           u" --sign-in” tells the address to open; the sign-in is kept and the gate uses it."_s;
}

constexpr qsizetype maxNameBytes = 200;
constexpr qsizetype maxTokenBytes = 4096;
constexpr int newTokenBytes = 32;

Result<> readServer(const ParsedOptions &given, McpGateSetup &setup)
{
    if (const auto address = given.optional(u"url"_s)) {
        setup.url = QUrl(*address, QUrl::StrictMode);
        if (const Result<> good = mcp::checkMcpAddress(*setup.url); !good) {
            return good;
        }
        setup.gate.command = {setup.url->toString(QUrl::FullyEncoded | QUrl::RemoveQuery)};
        setup.gate.name = given.optional(u"name"_s).value_or(setup.url->host());
    } else {
        for (const QByteArray &word : given.command()) {
            const std::optional<QString> text = fromUtf8Strictly(word);
            if (!text) {
                return usageError(u"The server's command line is not UTF-8, so nobody could read it."_s);
            }
            setup.gate.command.append(*text);
        }
        setup.gate.name = given.optional(u"name"_s).value_or(QFileInfo(setup.gate.command.front()).fileName());
    }
    for (const QString &header : given.values(u"header"_s)) {
        const qsizetype at = header.indexOf(u'@');
        if (!setup.url || at <= 0) {
            return usageError(
                u"--header is given as NAME@FILE and goes with --url: the value is read from the file."_s);
        }
        Result<QByteArray> value = secretOf(header.sliced(at + 1));
        if (!value) {
            return value.error();
        }
        setup.headers.emplace_back(header.left(at).toUtf8(), value->trimmed());
    }
    return {};
}

} // namespace

Result<McpGateSetup> McpGateSetup::read(const Invocation &call)
{
    const ParsedOptions &given = call.options;
    McpGateSetup setup;
    if (const Result<> server = readServer(given, setup); !server) {
        return server.error();
    }
    mcp::GateOptions &options = setup.gate;
    options.agentName = given.value(u"agent"_s);
    for (const QString &name : {options.name, given.optional(u"agent"_s).value_or(options.name)}) {
        if (name.isEmpty() || name.toUtf8().size() > maxNameBytes) {
            return usageError(u"--name and --agent take 1 to 200 bytes."_s);
        }
    }
    options.osUser = osUserName();
    options.onlyTools = given.value(u"only-tools"_s).split(u',', Qt::SkipEmptyParts);
    if (given.has(u"only-tools"_s) && options.onlyTools.isEmpty()) {
        return usageError(u"--only-tools names at least one tool: a,b,c."_s);
    }
    if (const auto text = given.optional(u"expires"_s)) {
        const Result<std::chrono::milliseconds> duration = durationOf(u"--expires"_s, *text);
        if (!duration) {
            return duration.error();
        }
        options.expiresIn = *duration;
    }
    if (const auto text = given.optional(u"tier"_s)) {
        const Result<Tier> tier = tierOf(*text);
        if (!tier) {
            return tier.error();
        }
        options.tier = *tier;
    }
    return setup;
}

McpUpstreams::McpUpstreams(const McpGateSetup &setup, const Invocation &call, Session &session)
    : m_setup(setup)
    , m_call(call)
    , m_scheduler(session.clock())
    , m_ids(session.clock())
{
    if (!m_setup.url) {
        return;
    }
    if (!m_setup.headers.empty()) {
        m_authorization = std::make_unique<mcp::FixedHeaders>(m_setup.headers);
        return;
    }
    // Clients give up long before a person has signed in, and few show what a server says meanwhile.
    m_secrets = makeSecretStore(session.location().configFolder);
    mcp::OAuthAuthorization::Options options;
    options.howToSignIn = howToSignIn(*m_setup.url);
    m_authorization = std::make_unique<mcp::OAuthAuthorization>(
        mcp::OAuthAuthorization::Parts{*m_secrets, session.clock(), m_ids, {}}, std::move(options));
}

std::unique_ptr<mcp::GateUpstream> McpUpstreams::make()
{
    if (m_setup.url) {
        return std::make_unique<mcp::HttpUpstream>(*m_setup.url, *m_authorization, m_scheduler);
    }
    return std::make_unique<mcp::ProcessUpstream>(m_setup.gate.command, [this] { m_call.process.restoreInChild(); });
}

Result<QByteArray> listenToken(const QString &file)
{
    QByteArray token;
    const Result<> read = readPrivateFile(file, maxTokenBytes, token, u"token file"_s);
    if (!read && read.error().code == ErrorCode::NotFound) {
        const SystemClock clock;
        token = SystemIdSource(clock).randomBytes(newTokenBytes).toHex();
        QDir().mkpath(QFileInfo(file).absolutePath());
        if (const Result<> written = writeNewPrivateFile(file, token + '\n', u"token file"_s); !written) {
            return written.error();
        }
    } else if (!read) {
        return read.error();
    }
    token = token.trimmed();
    const bool isPlain =
        std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f; }) && token.size() >= 16;
    if (!isPlain) {
        return Error{ErrorCode::Malformed,
                     u"The token file holds one word of at least 16 plain characters; take it away to get a new one."_s,
                     {}};
    }
    return token;
}

} // namespace countersign::ctl
