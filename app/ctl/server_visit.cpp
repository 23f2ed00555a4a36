// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/server_visit.h"

#include "core/base/visible_text.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QEventLoop>

namespace countersign::ctl {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 40'000ms;
constexpr auto signInPatience = 600'000ms;
constexpr auto pollStep = 50ms;
constexpr std::chrono::milliseconds fullLook = 1000ms;

} // namespace

Result<ConnectionRow> connectionNamed(Session &session, const QString &name)
{
    const Result<std::vector<ConnectionRow>> rows = session.store().connections();
    if (!rows) {
        return rows.error();
    }
    for (const ConnectionRow &row : *rows) {
        if (row.name == name && !row.removedAt) {
            return row;
        }
    }
    return Error{ErrorCode::NotFound, u"There is no connection named %1."_s.arg(displayText(name).text), {}};
}

ServerVisit::ServerVisit(Session &session, Console &console)
    : m_session(session)
    , m_console(console)
    , m_ids(session.clock())
    , m_scheduler(session.clock())
    , m_door(session.engine())
    , m_service({m_door, m_scheduler, m_ids, session.location().configFolder, nullptr,
                 [this](const mcp::SignInQuestion &question, const auto &settled) {
                     askToSignIn(question);
                     settled({});
                 }})
{
    m_poll.setInterval(pollStep);
    connect(&m_poll, &QTimer::timeout, this, &ServerVisit::look);
}

ServerVisit::~ServerVisit() = default;

void ServerVisit::askToSignIn(const mcp::SignInQuestion &question)
{
    // Nothing is opened by itself: whoever reads this decides.
    m_isSigningIn = true;
    m_console.note(u"The server "_s + displayText(question.server.host()).text + u" wants you to sign in at "_s +
                   displayText(question.issuer).text + u". Open this address in a browser:\n"_s +
                   QString::fromLatin1(question.address.toEncoded()));
}

Result<std::unique_ptr<ServerVisit>> ServerVisit::begin(Session &session, Console &console, const ConnectionRow &row,
                                                        const QString &owner)
{
    std::unique_ptr<ServerVisit> visit(new ServerVisit(session, console));
    Result<std::unique_ptr<mcp::McpRunner>> runner = visit->m_service.makeServerRunner(row, owner);
    if (!runner) {
        return runner.error();
    }
    visit->m_runner = *std::move(runner);
    return visit;
}

Result<> ServerVisit::connectNow()
{
    using Phase = ConnectionStatus::Phase;
    QEventLoop loop;
    const auto settle = [&] {
        const Phase phase = m_runner->status().phase;
        if (m_runner->toolsAreKnown() || phase == Phase::Waiting || phase == Phase::Stopped) {
            loop.quit();
        }
    };
    connect(m_runner.get(), &PeerRunner::changed, &loop, settle);
    QTimer::singleShot(patience, &loop, [&] {
        if (!m_isSigningIn) {
            loop.quit();
        }
    });
    QTimer::singleShot(signInPatience, &loop, &QEventLoop::quit);
    QTimer::singleShot(0ms, &loop, [&] {
        m_runner->start();
        settle();
    });
    loop.exec();
    if (m_runner->toolsAreKnown()) {
        return {};
    }
    const ConnectionStatus &status = m_runner->status();
    const QString why = !status.trouble.isEmpty()           ? status.trouble
                        : status.phase == Phase::Connecting ? u"The server did not answer in time."_s
                                                            : status.words;
    const Error error{status.needsConsent ? ErrorCode::NotAllowed : ErrorCode::Unreachable, why, {}};
    m_runner->stop();
    return error;
}

void ServerVisit::look()
{
    const std::chrono::milliseconds now = m_session.clock().monotonic();
    const bool due = now - m_lookedAt >= fullLook;
    if (due) {
        m_lookedAt = now;
        m_session.keepPresent();
        [[maybe_unused]] const bool fired = m_session.engine().runDueTimers().hasValue(); // Tried again in a second.
    }
    if (m_session.store().changedElsewhere() || due) {
        m_runner->poke();
    }
}

bool ServerVisit::waitUntil(ProcessState &process, const std::function<bool()> &done)
{
    process.watchSignals();
    m_session.keepPresent();
    QEventLoop loop;
    bool interrupted = false;
    const auto settle = [&] {
        while (const std::optional<int> signal = process.nextSignal(0ms)) {
            interrupted = interrupted || *signal != SIGCHLD;
        }
        if (interrupted || done()) {
            loop.quit();
        }
    };
    connect(&m_poll, &QTimer::timeout, &loop, settle);
    connect(m_runner.get(), &mcp::McpRunner::callChanged, &loop, settle);
    m_poll.start();
    QTimer::singleShot(0ms, &loop, settle);
    loop.exec();
    m_poll.stop();
    return !interrupted;
}

std::optional<int> testServer(Invocation &call, Session &session)
{
    const Result<ConnectionRow> row = connectionNamed(session, call.options.arguments().value(0));
    if (!row) {
        return call.console.fail(row.error());
    }
    if (!row->kind.startsWith("mcp-"_L1)) {
        return std::nullopt;
    }
    const auto startedAt = session.clock().monotonic();
    Result<std::unique_ptr<ServerVisit>> visit =
        ServerVisit::begin(session, call.console, *row, session.engine().seat().text());
    if (!visit) {
        return call.console.fail(visit.error());
    }
    if (const Result<> reached = (*visit)->connectNow(); !reached) {
        return call.console.fail({reached.error().code, displayText(reached.error().message).text, {}});
    }
    const ConnectionStatus &status = (*visit)->runner().status();
    const auto took = session.clock().monotonic() - startedAt;
    call.console.json(JsonValue::object(
        {{"reached", JsonValue::fromBool(true)},
         {"identity", status.identity.isEmpty() ? JsonValue() : JsonValue::fromString(status.identity)},
         {"protocol", JsonValue::fromString(status.profile)},
         {"tools", JsonValue::fromInteger(status.tools)},
         {"waiting", JsonValue::fromInteger(status.openRequests)},
         {"tookMs", JsonValue::fromInteger(took.count())}}));
    call.console.line(u"connected to a server that calls itself "_s + displayText(status.identity).text);
    call.console.line(displayText(status.profile).text + u", "_s + QString::number(status.tools) + u" tools"_s);
    (*visit)->runner().stop();
    return ExitCode::Done;
}

} // namespace countersign::ctl
