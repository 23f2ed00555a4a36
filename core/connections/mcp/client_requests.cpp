// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/client_requests.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto lookStep = 1000ms; ///< Without being poked: deadlines pass without a change.

} // namespace

ClientRequests::ClientRequests(EngineDoor &door, Scheduler &scheduler, QuestionSource source, QObject *parent)
    : QObject(parent)
    , m_door(door)
    , m_scheduler(scheduler)
    , m_source(std::move(source))
{}

void ClientRequests::setClient(Client *client)
{
    m_client = client;
    std::vector<InputRequest::Id> left;
    for (const auto &[key, open] : m_open) {
        left.push_back(open.input);
    }
    for (const InputRequest::Id id : left) {
        withdraw(id, u"The connection that asked ended, so nobody waits for the answer."_s);
    }
}

void ClientRequests::ask(const InputRequest &request)
{
    const quint64 key = ++m_keys;
    m_open.insert_or_assign(key, Open{request.id, {}, false, {}});
    InputRequest numbered = request;
    numbered.id = key; // One number for each question of this seat, over all clients.
    whenDone(m_door.run([source = m_source, numbered](Engine &engine) {
        return QuestionDesk::file(engine, source, numbered);
    }),
             this, [this, key](const Result<RequestId> &id) { filed(key, id); });
    Q_EMIT openCountChanged();
}

void ClientRequests::filed(quint64 key, const Result<RequestId> &id)
{
    const auto found = m_open.find(key);
    if (found == m_open.end()) {
        return;
    }
    if (!id) {
        const InputRequest::Id input = found->second.input;
        m_open.erase(found);
        Q_EMIT troubled(u"A question of “%1” could not be put before a person, so the server was told that nobody "
                        "answers: "_s.arg(m_source.connection) +
                        id.error().message);
        if (m_client) {
            [[maybe_unused]] const bool isTold = m_client->answer(input, {}).hasValue();
        }
        Q_EMIT openCountChanged();
        return;
    }
    if (!found->second.takenBack.isEmpty()) {
        const QString why = found->second.takenBack;
        m_open.erase(found);
        takeBack(*id, why);
        Q_EMIT openCountChanged();
        return;
    }
    found->second.request = *id;
    poke(); // A policy may have answered at once.
    watch();
}

void ClientRequests::withdraw(InputRequest::Id id, const QString &why)
{
    const auto found = std::find_if(m_open.begin(), m_open.end(), [id](const auto &entry) {
        return entry.second.input == id && !entry.second.isTaken;
    });
    if (found == m_open.end()) {
        return;
    }
    if (found->second.request.isEmpty()) {
        found->second.takenBack = why;
        found->second.input = 0;
        return;
    }
    const RequestId request = found->second.request;
    m_open.erase(found);
    takeBack(request, why);
    Q_EMIT openCountChanged();
}

void ClientRequests::takeBack(const RequestId &id, const QString &why)
{
    whenDone(m_door.run([source = m_source, id, why](Engine &engine) {
        return QuestionDesk::withdraw(engine, source, id, why);
    }),
             this, [this](const Result<> &done) {
                 if (!done) {
                     Q_EMIT troubled(u"A question that nobody waits for any more could not be withdrawn: "_s +
                                     done.error().message);
                 }
             });
}

void ClientRequests::watch()
{
    if (m_open.empty() || std::exchange(m_isWatching, true)) {
        return;
    }
    m_scheduler.after(lookStep, this, [this] {
        m_isWatching = false;
        poke();
        watch();
    });
}

void ClientRequests::poke()
{
    if (m_isLooking) {
        m_looksAgain = true;
        return;
    }
    std::vector<RequestId> waiting;
    for (const auto &[key, open] : m_open) {
        if (!open.request.isEmpty() && !open.isTaken) {
            waiting.push_back(open.request);
        }
    }
    if (waiting.empty()) {
        return;
    }
    m_isLooking = true;
    using Found = Result<QuestionDesk::Looked>;
    whenDone(m_door.run([waiting](Engine &engine) -> Found { return QuestionDesk::look(engine, waiting); }), this,
             [this](const Found &found) {
                 m_isLooking = false;
                 const QuestionDesk::Looked looked = found.valueOr(QuestionDesk::Looked());
                 for (const QuestionDesk::Answered &answered : looked.answered) {
                     give(answered);
                 }
                 if (!looked.waits.isEmpty() && looked.waits != m_toldWaits) {
                     Q_EMIT troubled(looked.waits);
                 }
                 m_toldWaits = looked.waits;
                 if (std::exchange(m_looksAgain, false)) {
                     poke();
                 }
             });
}

void ClientRequests::give(const QuestionDesk::Answered &answered)
{
    const auto found = std::find_if(m_open.begin(), m_open.end(), [&answered](const auto &entry) {
        return entry.second.request == answered.request;
    });
    QString problem = u"The server had gone or had taken its question back before the answer could be given."_s;
    if (found != m_open.end()) {
        const InputRequest::Id input = found->second.input;
        m_open.erase(found);
        const Result<> given =
            m_client ? m_client->answer(input, answered.answer)
                     : Result<>(Error{ErrorCode::Unreachable, u"The server is not connected any more."_s, {}});
        problem = given ? QString() : given.error().message;
        if (problem.isEmpty() && answered.isStarted && answered.answer.action != InputAnswer::Action::Accept) {
            problem = u"The answer does not fit the question, so the server was told that nobody answers."_s;
        }
        if (!given && given.error().code == ErrorCode::Malformed && m_client) {
            [[maybe_unused]] const bool isTold = m_client->answer(input, {}).hasValue();
        }
        Q_EMIT openCountChanged();
    }
    if (!answered.isStarted) {
        return;
    }
    whenDone(m_door.run([id = answered.request, problem](Engine &engine) {
        return QuestionDesk::finish(engine, id, problem);
    }),
             this, [this](const Result<> &done) {
                 if (!done) {
                     Q_EMIT troubled(u"What became of an answer could not be recorded: "_s + done.error().message);
                 }
             });
}

} // namespace countersign::mcp
