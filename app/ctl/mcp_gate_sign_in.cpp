// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/mcp_gate_sign_in.h"

#include "app/ctl/mcp_gate_setup.h"
#include "core/base/visible_text.h"
#include "core/connections/mcp/http_transport.h"

#include <QtCore/QEventLoop>
#include <QtCore/QTimer>

namespace countersign::ctl {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 40s; ///< For the server. A person has ten minutes.
const QByteArray handshake =
    R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":)"
    R"("2025-11-25","capabilities":{},"clientInfo":{"name":"countersign","version":")" COUNTERSIGN_VERSION "\"}}}";

/// What came of knocking at the server: no error means that it let us in.
Result<> letInBy(mcp::StreamableHttpTransport &transport)
{
    QEventLoop loop;
    Result<> result = Error{ErrorCode::Unreachable, u"The server did not answer in time."_s, {}};
    QObject::connect(&transport, &mcp::ClientTransport::received, &loop, [&] {
        result = {};
        loop.quit();
    });
    QObject::connect(&transport, &mcp::ClientTransport::requestFailed, &loop,
                     [&](const QString &, const mcp::RequestFailure &failure) {
                         const bool isRefused = failure.httpStatus == 401 || failure.httpStatus == 403;
                         result = Error{isRefused ? ErrorCode::NotAllowed : ErrorCode::Unreachable, failure.words, {}};
                         loop.quit();
                     });
    QTimer look;
    QObject::connect(&look, &QTimer::timeout, &loop, [&] {
        if (!transport.waitsForPerson()) {
            loop.quit();
        }
    });
    look.start(patience);
    mcp::OutgoingMessage message;
    message.bytes = handshake;
    message.id = mcp::MessageId::fromToken("1")->key();
    message.beginsSession = true;
    transport.send(message);
    loop.exec();
    return result;
}

bool hasToken(mcp::OAuthAuthorization &authorization, const QUrl &server)
{
    // At once, or once a token that is about to run out is renewed.
    std::optional<bool> found;
    QEventLoop loop;
    authorization.headersFor(server, [&](const Result<std::vector<mcp::HeaderPair>> &headers) {
        found = headers && !headers->empty();
        loop.quit();
    });
    if (!found) {
        loop.exec();
    }
    return found.value_or(false);
}

void endSession(mcp::StreamableHttpTransport &transport)
{
    QEventLoop loop;
    QObject::connect(&transport, &mcp::ClientTransport::ended, &loop, &QEventLoop::quit);
    transport.stop();
    loop.exec();
}

} // namespace

int signInForGate(Invocation &call)
{
    const Result<McpGateSetup> setup = McpGateSetup::read(call);
    if (!setup) {
        return call.console.fail(setup.error());
    }
    if (!setup->url || !setup->headers.empty() || call.options.has(u"listen"_s)) {
        return call.console.fail(usageError(u"--sign-in goes with --url alone: “mcp-gate --url URL --sign-in”."_s));
    }
    Result<std::unique_ptr<Session>> opened = call.open(u"command line"_s);
    if (!opened) {
        return call.console.fail(opened.error());
    }
    Session &session = **opened;
    SystemIdSource ids(session.clock());
    EventLoopScheduler scheduler(session.clock());
    const std::unique_ptr<SecretStore> secrets = makeSecretStore(session.location().configFolder);
    const QString server = displayText(setup->url->host()).text;
    mcp::OAuthAuthorization authorization(
        {*secrets, session.clock(), ids,
         [&](const mcp::SignInQuestion &question, const auto &settled) {
             // Nothing is opened by itself: whoever reads this decides.
             call.console.note(u"The server "_s + server + u" wants you to sign in at "_s +
                               displayText(question.issuer).text + u". Open this address in a browser:\n"_s +
                               QString::fromLatin1(question.address.toEncoded()));
             settled({});
         }},
        {});
    bool hasSignedIn = false;
    QObject::connect(&authorization, &mcp::OAuthAuthorization::signedIn, &authorization, [&] { hasSignedIn = true; });
    mcp::StreamableHttpTransport transport(*setup->url, authorization, scheduler);
    Result<> let = transport.start();
    if (let) {
        let = letInBy(transport);
    }
    const bool isSignedIn = (let || hasSignedIn) && hasToken(authorization, *setup->url);
    if (!let) {
        const QString why = displayText(let.error().message).text;
        if (!isSignedIn) {
            return call.console.fail({let.error().code, why, {}});
        }
        // That is done, and kept. What follows may be no more than that it knows no handshake.
        call.console.note(u"After the sign-in: "_s + why);
    }
    endSession(transport);
    call.console.json(
        JsonValue::object({{"server", JsonValue::fromString(setup->url->host())},
                           {"signedIn", JsonValue::fromBool(isSignedIn)},
                           {"kept", isSignedIn ? JsonValue::fromString(secrets->place()) : JsonValue()}}));
    call.console.line(isSignedIn ? u"signed in at "_s + server + u"; kept in "_s + secrets->place()
                                 : u"the server "_s + server + u" let us in without a sign-in"_s);
    return ExitCode::Done;
}

} // namespace countersign::ctl
