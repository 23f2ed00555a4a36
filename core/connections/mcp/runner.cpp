// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/runner.h"

#include "core/base/log.h"
#include "core/base/visible_text.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto lookAgainAfter = 2000ms; ///< When the engine was busy.
constexpr auto listAgainAfter = 15'000ms;
constexpr int mostTriesToRecord = 30;  ///< A minute.
constexpr auto lasting = 20'000ms;     ///< A connection that lasted so long begins its tries anew.
constexpr auto quickAnswer = 10'000ms; ///< Within which a server is expected to say something.
constexpr size_t mostCalls = 200;      ///< That are remembered.
constexpr qsizetype mostName = 200;

QString identityOf(const ServerIdentity &server)
{
    QString said = server.title.isEmpty() ? server.name : server.title;
    said = said.left(mostName);
    return server.version.isEmpty() ? said : said + u' ' + server.version.left(mostName);
}

} // namespace

McpRunner::McpRunner(Parts parts, const ConnectionStatus &status, Timestamp createdAt, QObject *parent)
    : PeerRunner(parent)
    , m_parts(std::move(parts))
    , m_delay(m_parts.ids)
    , m_desk(std::make_shared<ToolDesk>(ToolDesk::Server{status.name, status.command, status.address}, m_parts.owner,
                                        m_parts.scheduler.clock()))
{
    m_status = status;
    m_createdAt = createdAt;
    m_questions = std::make_unique<ClientRequests>(m_parts.door, m_parts.scheduler, source());
    connect(m_questions.get(), &ClientRequests::troubled, this, [this](const QString &words) {
        m_status.trouble = words;
        Q_EMIT changed();
    });
}

QuestionSource McpRunner::source() const
{
    return {m_status.name, m_status.command, m_status.address, m_parts.osUser};
}

McpRunner::~McpRunner()
{
    dropClient();
}

void McpRunner::start()
{
    m_isOn = true;
    m_delay.reset();
    if (m_parts.owner == serviceOwner) {
        // Nobody waits for the answers to what was asked before.
        const auto job = [source = source()](Engine &engine) {
            return QuestionDesk::withdrawAbandoned(engine, source);
        };
        whenDone(m_parts.door.run(job), this, [](const Result<> &done) {
            if (!done) {
                qCWarning(logMcp) << "questions of an earlier run were not taken back:" << done.error().message;
            }
        });
    }
    connectNow();
    look();
}

void McpRunner::stop()
{
    m_isOn = false;
    ++m_run;
    dropClient();
    setPhase(ConnectionStatus::Phase::Off, u"Not served by this process."_s);
}

void McpRunner::retryNow()
{
    if (m_isOn && !(m_client && m_client->isReady())) {
        m_delay.reset();
        connectNow();
    }
}

void McpRunner::poke()
{
    m_questions->poke();
    look();
}

void McpRunner::setPhase(ConnectionStatus::Phase phase, const QString &words)
{
    m_status.phase = phase;
    m_status.words = words;
    m_status.retryAt.reset();
    m_status.openSince =
        phase == ConnectionStatus::Phase::Open ? std::optional(m_parts.scheduler.clock().now()) : std::nullopt;
    Q_EMIT changed();
}

/// What it has under way ends as lost before it is gone.
void McpRunner::dropClient()
{
    m_toolsAreKnown = false;
    ++m_listing;
    if (m_client) {
        disconnect(m_client.get(), nullptr, this, nullptr);
        m_client->close();
        m_questions->setClient(nullptr);
        m_client.reset();
    }
    m_way = {};
    // A client that is thrown away tells nobody.
    for (const auto &[id, call] : m_calls) {
        if (call.state.stage == ToolCallState::Stage::Running) {
            CallEnd lost;
            lost.kind = CallEnd::Kind::Lost;
            lost.words = u"The connection to the server ended before it answered."_s;
            end(id, lost);
        }
    }
}

void McpRunner::connectNow()
{
    const int run = ++m_run;
    dropClient();
    m_status.needsConsent = m_parts.isCommandAllowed && !m_parts.isCommandAllowed();
    if (m_status.needsConsent) {
        setPhase(ConnectionStatus::Phase::Stopped,
                 u"Its command was not started: nobody has allowed it on this machine yet. Read it whole, and allow it "
                 "only if you know what it does."_s);
        return;
    }
    Result<Way> way = m_parts.way();
    if (!way) {
        setPhase(ConnectionStatus::Phase::Stopped, way.error().message);
        return;
    }
    m_way = *std::move(way);
    Client::Options options;
    options.sampling = true; // A person writes the answer, or refuses.
    m_client = std::make_unique<Client>(*m_way.transport, m_parts.scheduler, m_questions.get(), options);
    m_questions->setClient(m_client.get());
    // Never within a signal of the client: it is thrown away by what follows.
    connect(m_client.get(), &Client::ready, this, &McpRunner::becomeReady);
    connect(m_client.get(), &Client::closed, this, [this, run](const Error &why) {
        m_parts.scheduler.after(0ms, this, [this, run, why] {
            if (run == m_run) {
                lose(why);
            }
        });
    });
    connect(m_client.get(), &Client::toolsChanged, this, &McpRunner::listTools);
    connect(m_client.get(), &Client::troubled, this, [this](const QString &words) {
        m_status.trouble = words;
        Q_EMIT changed();
    });
    connect(m_way.transport.get(), &ClientTransport::received, this, [this](const QByteArray &message) {
        m_frames.add(m_parts.scheduler.clock().now(), LoggedFrame::Direction::Received, QString(), message);
    });
    m_status.trouble.clear();
    setPhase(ConnectionStatus::Phase::Connecting,
             m_status.command.isEmpty() ? u"Connecting."_s : u"Starting its command."_s);
    m_client->open();
    m_parts.scheduler.after(quickAnswer, this, [this, run] { sayItWaits(run); });
}

/// A server that says nothing is not left without a word about it; the client gives it up in the end.
void McpRunner::sayItWaits(int run)
{
    if (run != m_run || m_status.phase != ConnectionStatus::Phase::Connecting) {
        return;
    }
    if (m_way.transport->waitsForPerson()) {
        m_status.words = u"Waiting for somebody to sign in at the server."_s;
        m_parts.scheduler.after(quickAnswer, this, [this, run] { sayItWaits(run); });
    } else {
        m_status.words = m_status.command.isEmpty()
                             ? u"The server has not answered yet. If it stays silent, it is tried again by itself."_s
                             : u"Its command was started and has not answered yet. If it stays silent, it is tried "
                               "again by itself."_s;
    }
    Q_EMIT changed();
}

void McpRunner::becomeReady()
{
    const ServerIdentity &server = m_client->server();
    m_readyAt = m_parts.scheduler.clock().monotonic();
    m_status.identity = identityOf(server);
    m_status.profile = u"MCP "_s + server.protocolVersion.left(40);
    setPhase(ConnectionStatus::Phase::Open, u"Connected."_s);
    qCInfo(logMcp) << "connection" << m_status.id << "is open";
    listTools();
    look();
}

void McpRunner::lose(const Error &why)
{
    dropClient();
    if (!m_isOn) {
        return;
    }
    const auto now = m_parts.scheduler.clock().monotonic();
    if (m_status.openSince && now - m_readyAt >= lasting) {
        m_delay.reset();
    }
    const bool isFinal = why.code == ErrorCode::InvalidInput || why.code == ErrorCode::NotAllowed;
    setPhase(isFinal ? ConnectionStatus::Phase::Stopped : ConnectionStatus::Phase::Waiting, why.message);
    if (isFinal) {
        return;
    }
    const std::chrono::milliseconds pause = m_delay.next();
    m_status.retryAt = m_parts.scheduler.clock().now() + pause;
    Q_EMIT changed();
    m_parts.scheduler.after(pause, this, [this, run = m_run] {
        if (run == m_run && m_isOn) {
            connectNow();
        }
    });
}

void McpRunner::listTools()
{
    m_toolsAreKnown = false;
    ++m_listing;
    if (!m_client->server().offers(u"tools")) {
        takeTools(std::vector<ServerTool>());
        return;
    }
    m_client->listTools([this, listing = m_listing](const Result<std::vector<ServerTool>> &tools) {
        if (listing == m_listing) {
            takeTools(tools);
        }
    });
}

/// Until then nothing is sent to it.
void McpRunner::listLater(const QString &trouble)
{
    m_status.trouble = trouble;
    Q_EMIT changed();
    m_parts.scheduler.after(listAgainAfter, this, [this, listing = m_listing] {
        if (listing == m_listing && m_client && m_client->isReady()) {
            listTools();
        }
    });
}

void McpRunner::takeTools(const Result<std::vector<ServerTool>> &tools)
{
    if (!tools) {
        listLater(u"Its tools could not be listed: "_s + tools.error().message);
        return;
    }
    const auto job = [desk = m_desk, tools = *tools](Engine &engine) { return desk->takeTools(engine, tools); };
    whenDone(m_parts.door.run(job), this, [this, listing = m_listing](const Result<std::vector<ToolInfo>> &infos) {
        if (listing != m_listing) {
            return;
        }
        if (!infos) {
            listLater(u"What its tools were when they were last approved could not be read: "_s +
                      infos.error().message);
            return;
        }
        m_tools = *infos;
        m_toolsAreKnown = true;
        m_status.tools = static_cast<int>(m_tools.size());
        Q_EMIT toolsChanged();
        Q_EMIT changed();
        look();
    });
}

QFuture<Result<Submitted>> McpRunner::call(const QString &tool, const QByteArray &arguments, const QString &agentName)
{
    const ToolDesk::Order order{{agentName, m_parts.osUser, m_parts.owner}, tool, arguments, m_parts.ids.nextId()};
    const auto job = [desk = m_desk, order](Engine &engine) { return desk->file(engine, order); };
    QFuture<Result<Submitted>> filed = m_parts.door.run(job);
    whenDone(filed, this, [this, order](const Result<Submitted> &submitted) {
        if (!submitted) {
            return;
        }
        Call call;
        call.state.request = submitted->id;
        call.state.tool = order.tool;
        call.state.arguments = order.arguments;
        call.state.askedAt = m_parts.scheduler.clock().now();
        call.agentName = order.caller.agentName;
        m_calls.try_emplace(submitted->id, std::move(call));
        forgetOldCalls();
        Q_EMIT callChanged(submitted->id);
        look(); // A policy may have decided.
    });
    return filed;
}

Result<Submitted> McpRunner::file(const QString &tool, const QByteArray &arguments, const QString &agentName)
{
    const ToolDesk::Order order{{agentName, m_parts.osUser, m_parts.owner}, tool, arguments, m_parts.ids.nextId()};
    const auto job = [desk = m_desk, order](Engine &engine) { return desk->file(engine, order); };
    return m_parts.door.run(job).result();
}

void McpRunner::forgetOldCalls()
{
    for (auto at = m_calls.begin(); at != m_calls.end() && m_calls.size() > mostCalls;) {
        at = at->second.state.isOver() ? m_calls.erase(at) : std::next(at); // Ids sort by age.
    }
}

void McpRunner::cancel(const RequestId &id)
{
    const auto call = m_calls.find(id);
    if (call == m_calls.end() || call->second.state.isOver()) {
        return;
    }
    if (call->second.state.stage == ToolCallState::Stage::Running) {
        m_client->cancel(call->second.running, u"The person who called the tool cancelled it."_s);
        return;
    }
    const auto job = [id, agent = call->second.agentName](Engine &engine) {
        return engine.withdraw(id, u"Taken back by the person who called the tool."_s, agent);
    };
    whenDone(m_parts.door.run(job), this, [this](const Result<> &) { look(); });
}

std::optional<ToolCallState> McpRunner::lastCall(const QString &tool) const
{
    for (auto call = m_calls.rbegin(); call != m_calls.rend(); ++call) {
        if (call->second.state.tool == tool) {
            return call->second.state;
        }
    }
    return std::nullopt;
}

std::optional<ToolCallState> McpRunner::callState(const RequestId &id) const
{
    const auto call = m_calls.find(id);
    return call == m_calls.end() ? std::nullopt : std::optional(call->second.state);
}

bool McpRunner::isSettled() const
{
    if (m_status.phase == ConnectionStatus::Phase::Connecting || m_isLooking || m_recording > 0) {
        return false;
    }
    return (m_status.phase != ConnectionStatus::Phase::Open || m_toolsAreKnown) &&
           std::none_of(m_calls.begin(), m_calls.end(),
                        [](const auto &entry) { return entry.second.state.stage == ToolCallState::Stage::Running; });
}

/// What was decided meanwhile.
void McpRunner::look()
{
    if (!m_isOn) {
        return;
    }
    if (m_isLooking) {
        m_looksAgain = true;
        return;
    }
    m_isLooking = true;
    std::vector<RequestId> watched;
    for (const auto &[id, call] : m_calls) {
        if (call.state.stage == ToolCallState::Stage::Asking) {
            watched.push_back(id);
        }
    }
    const bool maySend = m_client && m_client->isReady() && m_toolsAreKnown;
    const auto job = [desk = m_desk, watched, maySend](Engine &engine) { return desk->look(engine, watched, maySend); };
    whenDone(m_parts.door.run(job), this, [this](const Result<ToolDesk::News> &news) {
        m_isLooking = false;
        if (news) {
            take(*news);
        }
        if (!news || news->looksAgain) {
            m_parts.scheduler.after(lookAgainAfter, this, [this] { look(); });
        }
        if (std::exchange(m_looksAgain, false)) {
            look();
        }
    });
}

void McpRunner::take(const ToolDesk::News &news)
{
    if (news.open != m_status.openRequests) {
        m_status.openRequests = news.open;
        Q_EMIT changed();
    }
    for (const ToolDesk::Ended &refused : news.refused) {
        change(refused.request, [&](ToolCallState &state) {
            state.stage = ToolCallState::Stage::Refused;
            state.words = refused.words;
        });
    }
    for (const ToolDesk::Ended &waiting : news.waiting) {
        change(waiting.request, [&](ToolCallState &state) { state.words = waiting.words; });
    }
    // Said at the connection too: whoever asked for the call need not be looking at it.
    const QString obstacle = news.waiting.empty() ? QString() : news.waiting.front().words;
    if (obstacle != m_obstacle) {
        m_status.trouble = m_status.trouble == m_obstacle || !obstacle.isEmpty() ? obstacle : m_status.trouble;
        m_obstacle = obstacle;
        Q_EMIT changed();
    }
    for (const ToolDesk::Started &started : news.started) {
        run(started);
    }
}

/// The engine judged by the list that it had then; the server may have said another one meanwhile.
bool McpRunner::isAsApproved(const ToolDesk::Started &started) const
{
    const std::vector<ServerTool> &tools = m_client->tools();
    return m_toolsAreKnown && std::any_of(tools.begin(), tools.end(), [&started](const ServerTool &one) {
               return one.tool.name == started.tool && one.tool.hash == started.definition;
           });
}

/// Its start is committed. From here on it is sent, or the record says that it was not.
void McpRunner::run(const ToolDesk::Started &started)
{
    const RequestId id = started.request;
    Call &call = m_calls[id]; // It may have been asked for before this process began.
    call.state.request = id;
    call.state.tool = started.tool;
    for (ToolInfo &tool : m_tools) {
        if (tool.name() == started.tool && tool.server.tool.hash == started.definition &&
            tool.standing != ToolBook::Standing::AsBefore) {
            tool.standing = ToolBook::Standing::AsBefore; // This very definition was approved just now.
            Q_EMIT toolsChanged();
        }
    }
    call.state.wasEdited = started.wasEdited;
    call.state.words.clear();
    call.state.stage = ToolCallState::Stage::Running;
    call.state.startedAt = m_parts.scheduler.clock().now();
    if (call.state.arguments.isEmpty()) {
        call.state.arguments = started.arguments;
        call.state.askedAt = call.state.startedAt;
    }
    if (!m_client || !m_client->isReady()) {
        CallEnd lost;
        lost.words = u"The connection was lost before the call was sent."_s;
        end(id, lost);
        return;
    }
    if (!isAsApproved(started)) {
        CallEnd changed;
        changed.words = u"The server changed its tools just before the call was sent, so nothing was sent. Call it "
                        "again to see what the tool is now."_s;
        end(id, changed);
        return;
    }
    Client::CallOptions options;
    options.onProgress = [this, id](double progress, std::optional<double> total, const QString &message) {
        change(id, [&](ToolCallState &state) {
            state.progress = total ? u"%1 of %2"_s.arg(QString::number(progress), QString::number(*total))
                                   : QString::number(progress);
            state.progress += message.isEmpty() ? QString() : u" · "_s + message.left(500);
        });
    };
    call.running = m_client->callTool(started.tool, started.arguments, std::move(options),
                                      [this, id](const CallEnd &how) { end(id, how); });
    m_frames.add(m_parts.scheduler.clock().now(), LoggedFrame::Direction::Sent, u"tools/call"_s, started.arguments);
    Q_EMIT callChanged(id);
}

void McpRunner::end(const RequestId &id, const CallEnd &how)
{
    const auto call = m_calls.find(id);
    if (call == m_calls.end() || call->second.state.isOver()) {
        return; // It ended with the connection.
    }
    change(id, [&](ToolCallState &state) {
        state.stage = how.isResult() ? ToolCallState::Stage::Done : ToolCallState::Stage::Failed;
        state.result = how.body;
        state.isToolError = how.isToolError();
        state.isKnownUndone = !how.mayHaveBeenDone();
        state.words = how.words;
        state.took = std::max(0ms, m_parts.scheduler.clock().now() - state.startedAt);
    });
    const bool isAnswer = how.isResult() || how.kind == CallEnd::Kind::Error;
    if (!isAnswer && how.mayHaveBeenDone()) {
        record(id,
               [id, why = how.words.left(1000)](ToolDesk &desk, Engine &engine) { return desk.lose(engine, id, why); });
        return;
    }
    Outcome outcome;
    if (how.isResult()) {
        outcome.error = how.isToolError() ? u"the tool reported an error"_s : QString();
    } else if (isAnswer) {
        outcome.error = u"the server answered with an error: "_s + how.words.left(1000);
    } else {
        outcome.error = how.words.left(1000);
        outcome.note = u"nothing was sent to the server"_s;
    }
    record(id, [id, outcome, body = how.isResult() ? how.body : QByteArray()](ToolDesk &desk, Engine &engine) {
        return desk.finish(engine, id, outcome, body);
    });
}

void McpRunner::record(const RequestId &id, const Recording &how, int tries)
{
    ++m_recording;
    const auto job = [desk = m_desk, how](Engine &engine) { return how(*desk, engine); };
    whenDone(m_parts.door.run(job), this, [this, id, how, tries](const Result<> &done) {
        if (!done && mayPass(done.error()) && tries < mostTriesToRecord) {
            // What the server did is known here and nowhere else.
            m_parts.scheduler.after(lookAgainAfter, this, [this, id, how, tries] {
                --m_recording;
                record(id, how, tries + 1);
            });
            return;
        }
        --m_recording;
        if (!done) {
            qCWarning(logMcp) << "how call" << id.text() << "ended was not recorded:" << done.error().message;
            m_status.trouble = u"How a call ended could not be recorded: "_s + done.error().message;
            Q_EMIT changed();
        }
        look();
    });
}

void McpRunner::change(const RequestId &id, const std::function<void(ToolCallState &)> &edit)
{
    const auto call = m_calls.find(id);
    if (call != m_calls.end() && !call->second.state.isOver()) {
        edit(call->second.state);
        Q_EMIT callChanged(id);
    }
}

} // namespace countersign::mcp
