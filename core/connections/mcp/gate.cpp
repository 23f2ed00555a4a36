// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/gate.h"

#include "core/base/json_reader.h"
#include "core/base/log.h"
#include "core/base/visible_text.h"

#include <cerrno>
#include <csignal>

namespace countersign::mcp {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr size_t maxOutstanding = 10'000;
constexpr int maxNoiseSaid = 5;
constexpr auto seatAliveFor = 15s;

/// The text at \p name of the object \p text, at most 256 bytes; empty when there is none.
QString peerName(QByteArrayView text, QStringView name)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(text);
    const QString found = members ? members->text(name) : QString();
    return found.toUtf8().size() <= 256 ? found : QString();
}

QByteArrayView memberOf(QByteArrayView object, QStringView name)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(object);
    return members ? members->value(name) : QByteArrayView();
}

} // namespace

QString clientNameIn(QByteArrayView meta)
{
    return peerName(memberOf(meta, u"io.modelcontextprotocol/clientInfo"), u"name");
}

Gate::Gate(Parts parts, GateOptions options)
    : m_parts(std::move(parts))
    , m_options(std::move(options))
    , m_book(m_parts.engine, m_parts.clock, m_options.connection())
{}

Gate::~Gate() = default;

Result<> Gate::withdrawAbandoned()
{
    Store &store = m_parts.engine.store();
    const Result<std::vector<Seat>> seats = store.seats(m_parts.clock.now() - seatAliveFor);
    if (!seats) {
        return seats.error();
    }
    const auto isAlive = [&](const QString &id) {
        return std::any_of(seats->begin(), seats->end(), [&](const Seat &seat) {
            const bool isGone = ::kill(static_cast<pid_t>(seat.processId), 0) != 0 && errno == ESRCH;
            return seat.id.text() == id && !isGone;
        });
    };
    for (const QueueQuery::View view :
         {QueueQuery::View::Inbox, QueueQuery::View::Deferred, QueueQuery::View::Staged}) {
        QueueQuery query;
        query.view = view;
        query.now = m_parts.clock.now();
        query.connection = m_options.connection();
        const Result<QueuePage> page = store.findRequests(query, {.rowCount = 1000});
        if (!page) {
            return page.error();
        }
        for (const QueueRow &row : page->rows) {
            if (!isAlive(QString::fromUtf8(row.request.correlation))) {
                takeBack(row.request.id, row.request.agentName,
                         u"The gate that asked ended, so nobody would act on the answer"_s);
            }
        }
    }
    return {};
}

int Gate::askingCount() const
{
    return static_cast<int>(std::count_if(m_calls.begin(), m_calls.end(),
                                          [](const auto &call) { return call.second.stage == Call::Stage::Asking; }));
}

int Gate::runningCount() const
{
    return static_cast<int>(std::count_if(m_calls.begin(), m_calls.end(), [](const auto &call) {
        return call.second.stage == Call::Stage::Running || call.second.stage == Call::Stage::Paused ||
               call.second.stage == Call::Stage::Asked;
    }));
}

void Gate::countRunning()
{
    m_parts.watch.setRunning(runningCount());
}

void Gate::refuse(const MessageId &id, int code, const QString &why)
{
    if (!m_clientGone) {
        m_parts.toClient(errorLine(id, code, why));
    }
}

bool Gate::isOutstanding(const MessageId &id) const
{
    return m_calls.contains(id.key()) || m_passed.contains(id.key());
}

void Gate::fromClient(const QByteArray &line)
{
    const std::variant<Message, BadMessage> read = readMessage(line);
    if (const auto *bad = std::get_if<BadMessage>(&read)) {
        // Nothing that this gate cannot read for sure reaches the server.
        refuse(bad->id, bad->code, bad->why);
        return;
    }
    const Message &message = std::get<Message>(read);
    const bool isCall = message.method.toCaseFolded() == "tools/call"_L1;
    switch (message.kind) {
    case Message::Kind::Request:
        if (isOutstanding(message.id)) {
            refuse(message.id, Code::InvalidRequest, u"This id is in use: the request before it was not answered."_s);
        } else if (m_calls.size() + m_passed.size() >= maxOutstanding) {
            refuse(message.id, Code::Gone, u"Too many requests wait for an answer; try again later."_s);
        } else if (isCall && message.method != "tools/call"_L1) {
            refuse(message.id, Code::MethodNotFound, u"There is no such method."_s);
        } else if (isCall) {
            beginCall(line, message);
        } else {
            pass(line, message);
        }
        return;
    case Message::Kind::Notification:
        if (isCall) {
            noise(u"The client called a tool without wanting to hear of it: left out, since nobody could be asked."_s);
        } else if (message.method == "notifications/cancelled"_L1) {
            cancelledByClient(line, message);
        } else {
            m_parts.toServer(line);
        }
        return;
    case Message::Kind::Result:
    case Message::Kind::Error:
        if (m_serverAsked.erase(message.id.key()) > 0) {
            m_parts.toServer(line);
        } else {
            qCDebug(logMcp) << "the client answered a request that is not open";
        }
        return;
    }
}

void Gate::pass(const QByteArray &line, const Message &message)
{
    const QByteArrayView meta = memberOf(message.params, u"_meta");
    if (!modernVersionOf(meta).isEmpty()) {
        m_modern = true;
    }
    Passed passed{message.id, message.method, false};
    if (message.method == "tools/list"_L1) {
        passed.firstPage = memberOf(message.params, u"cursor").isEmpty();
    }
    m_passed.insert_or_assign(message.id.key(), passed);
    if (message.method == "initialize"_L1) {
        passInitialize(line, message);
    } else {
        m_parts.toServer(line);
    }
}

void Gate::passInitialize(const QByteArray &line, const Message &message)
{
    m_modern = false;
    m_clientName = peerName(memberOf(message.params, u"clientInfo"), u"name");
    const QByteArrayView capabilities = memberOf(message.params, u"capabilities");
    m_answersQuestions = capabilities.startsWith('{') && !declaresElicitation(capabilities);
    if (!m_answersQuestions) {
        m_parts.toServer(line);
        return;
    }
    // The client cannot put questions to a person, Countersign can: the server may ask.
    const Result<JsonSlices> members = JsonSlices::ofObject(capabilities);
    const auto declared = members ? members->find(u"elicitation") : std::nullopt; // Such as null.
    const QByteArray wider = declared ? withSliceReplaced(capabilities, *declared, "{}")
                                      : withMemberAdded(capabilities, "elicitation", "{}");
    m_parts.toServer(withSliceReplaced(line, capabilities, wider));
}

void Gate::cancelledByClient(const QByteArray &line, const Message &message)
{
    const std::optional<MessageId> id = cancelledId(message.params);
    const auto found = id ? m_calls.find(id->key()) : m_calls.end();
    if (found == m_calls.end()) {
        m_parts.toServer(line);
        return;
    }
    const Call call = found->second;
    m_calls.erase(found);
    if (call.stage == Call::Stage::Running || call.stage == Call::Stage::Paused || call.stage == Call::Stage::Asked) {
        if (call.serverId.key() == call.id.key()) {
            m_parts.toServer(line);
        } else if (call.stage == Call::Stage::Running) {
            m_parts.toServer(
                notificationLine("notifications/cancelled", "{\"requestId\":" + call.serverId.token() + '}'));
        }
        withdrawQuestionsOf(call.id.key(), u"The call that asked it was cancelled"_s);
        Outcome outcome;
        outcome.note = u"cancelled by the client while it ran; how far it came is not known"_s;
        finish(call, outcome);
        if (runningCount() == 0) {
            // Servers do not reliably withdraw what they asked for a call that is gone.
            while (!m_questions.empty()) {
                withdrawQuestion(m_questions.begin()->first, u"The call that asked it was cancelled"_s);
            }
        }
    } else {
        m_parts.watch.forget(call.request);
        takeBack(call.request, call.agent, u"Cancelled by the client"_s);
    }
    countRunning();
}

void Gate::fromServer(const QByteArray &line)
{
    const std::variant<Message, BadMessage> read = readMessage(line);
    if (const auto *bad = std::get_if<BadMessage>(&read)) {
        noise(u"The server wrote a line that is no message; it was left out: "_s + bad->why);
        return;
    }
    const Message &message = std::get<Message>(read);
    switch (message.kind) {
    case Message::Kind::Request:
        serverAsks(line, message);
        return;
    case Message::Kind::Notification:
        serverNotifies(line, message);
        return;
    case Message::Kind::Result:
    case Message::Kind::Error:
        serverAnswers(line, message);
        return;
    }
}

void Gate::serverAsks(const QByteArray &line, const Message &message)
{
    if (m_modern) {
        noise(u"The server sent a request, which revision 2026-07-28 does not have; it was left out."_s);
    } else if (m_serverAsked.contains(message.id.key()) || m_questions.contains(message.id.key())) {
        noise(u"The server used the id of a request that is still open; the second one was left out."_s);
    } else if (message.method == "elicitation/create"_L1 && m_answersQuestions) {
        askQuestion(message);
    } else if (m_clientGone || m_serverAsked.size() >= maxOutstanding) {
        m_parts.toServer(errorLine(message.id, Code::Gone, u"Nobody can answer this now."_s));
    } else {
        m_serverAsked.insert_or_assign(message.id.key(), message.id);
        m_parts.toClient(line);
    }
}

void Gate::serverNotifies(const QByteArray &line, const Message &message)
{
    if (message.method == "notifications/tools/list_changed"_L1) {
        m_book.setStale();
        m_listedAll = false;
    }
    if (message.method == "notifications/cancelled"_L1) {
        const std::optional<MessageId> id = cancelledId(message.params);
        if (id && m_questions.contains(id->key())) {
            withdrawQuestion(id->key(), u"Cancelled by the server"_s);
            return;
        }
        if (id) {
            m_serverAsked.erase(id->key());
        }
    }
    if (!m_clientGone) {
        m_parts.toClient(line);
    }
}

void Gate::serverAnswers(const QByteArray &line, const Message &message)
{
    const QString &key = message.id.key();
    if (m_listing && key == m_listing->key()) {
        listedTools(message);
        return;
    }
    const auto retry = m_retries.find(key);
    const QString callKey = retry == m_retries.end() ? key : retry->second;
    if (retry != m_retries.end()) {
        m_retries.erase(retry);
    }
    if (const auto call = m_calls.find(callKey); call != m_calls.end() && call->second.stage == Call::Stage::Running &&
                                                 call->second.serverId.key() == message.id.key()) {
        answered(callKey, message, line);
        return;
    }
    const auto found = m_passed.find(key);
    if (found == m_passed.end()) {
        // Also an error about nothing in particular: nobody waits for it.
        qCDebug(logMcp) << "the server answered a request that is not open";
        return;
    }
    const Passed passed = found->second;
    m_passed.erase(found);
    QByteArray out = line;
    if (passed.method == "tools/list"_L1 && message.kind == Message::Kind::Result) {
        if (const Result<> read = m_book.readPage(message.body, passed.firstPage); !read) {
            noise(u"The server's list of tools could not be kept: "_s + read.error().message);
        }
        m_listedAll = m_listedAll || (passed.firstPage && memberOf(message.body, u"nextCursor").isEmpty());
        if (!m_options.onlyTools.isEmpty()) {
            const Result<QByteArray> fewer = ToolBook::filtered(message.body, m_options.onlyTools);
            out = fewer ? withSliceReplaced(line, message.body, *fewer)
                        : errorLine(message.id, Code::Internal, u"The server's list of tools cannot be read."_s);
        }
    }
    if (!m_clientGone) {
        m_parts.toClient(out);
    }
}

void Gate::answerLost(const QString &key, const QString &why, bool mayBeDone)
{
    if (m_listing && key == m_listing->key()) {
        noise(u"The server did not list its tools: "_s + why);
        endListing();
        return;
    }
    const auto retry = m_retries.find(key);
    const QString callKey = retry == m_retries.end() ? key : retry->second;
    if (retry != m_retries.end()) {
        m_retries.erase(retry);
    }
    if (const auto found = m_calls.find(callKey);
        found != m_calls.end() && found->second.stage == Call::Stage::Running && found->second.serverId.key() == key) {
        const Call call = std::move(found->second);
        m_calls.erase(found);
        withdrawQuestionsOf(callKey, u"The call that asked it was lost"_s);
        Outcome outcome;
        outcome.error = why;
        outcome.note = mayBeDone ? u"the way to the server broke before it answered; how far it came is not known"_s
                                 : u"it did not reach the server; it was not carried out"_s;
        finish(call, outcome);
        refuse(call.id, Code::Gone,
               why + (mayBeDone ? u" Whether the call was carried out is not known."_s
                                : u" The call was not carried out."_s));
        countRunning();
        return;
    }
    if (const auto found = m_passed.find(key); found != m_passed.end()) {
        const MessageId id = found->second.id;
        m_passed.erase(found);
        refuse(id, Code::Gone, why);
    }
}

void Gate::noise(const QString &what)
{
    ++m_noise;
    if (m_noise <= maxNoiseSaid) {
        m_parts.say(displayText(what).text);
    } else if (m_noise == maxNoiseSaid + 1) {
        m_parts.say(u"There is more of this; it is not told any more."_s);
    }
}

void Gate::clientGone(const QString &why)
{
    m_clientGone = true;
    std::vector<QString> asking;
    for (const auto &[key, call] : m_calls) {
        if (call.stage == Call::Stage::Listing || call.stage == Call::Stage::Asking ||
            call.stage == Call::Stage::Checking) {
            asking.push_back(key);
        }
    }
    for (const QString &key : asking) {
        const Call call = m_calls.at(key);
        m_calls.erase(key);
        m_parts.watch.forget(call.request);
        takeBack(call.request, call.agent, why);
    }
    while (!m_questions.empty()) {
        withdrawQuestion(m_questions.begin()->first, why);
    }
    m_serverAsked.clear();
}

void Gate::serverGone(const QString &why)
{
    m_serverGone = true;
    while (!m_questions.empty()) {
        withdrawQuestion(m_questions.begin()->first, why);
    }
    for (const auto &[key, call] : std::exchange(m_calls, {})) {
        if (call.stage == Call::Stage::Paused || call.stage == Call::Stage::Asked) {
            Outcome outcome;
            outcome.note = u"the server asked for input that never came"_s;
            finish(call, outcome);
            if (call.stage == Call::Stage::Asked) {
                refuse(call.id, Code::Gone, why + u" before the call was done."_s);
            }
        } else if (call.stage == Call::Stage::Running) {
            Outcome outcome;
            outcome.error = why;
            outcome.note = u"the server went away before it answered; how far it came is not known"_s;
            finish(call, outcome);
            refuse(call.id, Code::Gone, why + u"; whether the call was carried out is not known."_s);
        } else {
            m_parts.watch.forget(call.request);
            takeBack(call.request, call.agent, why);
            refuse(call.id, Code::Gone, why + u"; the call was not carried out."_s);
        }
    }
    for (const auto &[key, passed] : std::exchange(m_passed, {})) {
        refuse(passed.id, Code::Gone, why + u'.');
    }
    countRunning();
}

} // namespace countersign::mcp
