// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/connection_service.h"
#include "tests/interop/cloudflare/agent_worker.h"
#include "tests/support/worker_process.h"

namespace countersign::test {

/// A workspace that serves connections, and a reviewer who decides on what comes. On the machine's clock: the other
/// side has no other.
class ReviewerRig
{
public:
    ReviewerRig()
        : scheduler(clock)
        , door(*workspace.engine)
        , service({door, scheduler, ids, workspace.folder.filePath(QStringLiteral("config"))})
    {
        service.start();
    }

    /// Adds a connection and waits until it is open. Empty: it is; else how it stands.
    QString connectTo(const QString &name, const QUrl &url, const QByteArray &profile = {},
                      const std::vector<Secret> &secrets = {})
    {
        ConnectionService::NewConnection connection;
        connection.name = name;
        connection.url = url;
        connection.profile = profile;
        connection.secrets = secrets;
        const auto added = service.add(connection);
        if (!QTest::qWaitFor([&] { return added.isFinished(); }, 5000)) {
            return QStringLiteral("the connection is not added");
        }
        if (!added.result()) {
            return added.result().error().message;
        }
        static_cast<void>(QTest::qWaitFor(
            [&] {
                const auto phase = service.status(name)->phase;
                return phase == ConnectionStatus::Phase::Open || phase == ConnectionStatus::Phase::Stopped;
            },
            15'000));
        const ConnectionStatus status = *service.status(name);
        return status.phase == ConnectionStatus::Phase::Open ? QString() : status.words;
    }
    /// Waits for the chat of \p name and says \p text to it.
    bool say(const QString &name, const QString &text)
    {
        return QTest::qWaitFor([&] { return service.status(name)->hasChat; }, 10'000) &&
               service.say(name, text).hasValue();
    }

    /// Requests of the connection that wait for people, oldest first.
    std::vector<Request> waiting(const QString &connection)
    {
        std::vector<Request> open;
        const Result<std::vector<Request>> live = workspace.store->liveRequests(connection, 1000);
        for (const Request &request : live.value()) {
            if (request.isOpen()) {
                open.push_back(request);
            }
        }
        return open;
    }
    /// The one request that waits, once it is there. Its id is empty otherwise.
    Request theOne(const QString &connection)
    {
        static_cast<void>(QTest::qWaitFor([&] { return waiting(connection).size() == 1; }, 20'000));
        const std::vector<Request> found = waiting(connection);
        return found.size() == 1 ? found.front() : Request();
    }
    Request now(const Request &request) { return workspace.store->request(request.id).value().value_or(Request()); }
    Delivery delivery(const Request &request) { return now(request).state.delivery; }
    RoundContent content(const Request &request)
    {
        const std::vector<Round> rounds = workspace.store->rounds(request.id).value();
        return rounds.empty() ? RoundContent() : rounds.back().content;
    }

    /// Decides and releases at once, as the command line does.
    Result<Decided> decide(const Request &request, Verdict verdict, const VoteContent &words = {})
    {
        const std::vector<Round> rounds = workspace.store->rounds(request.id).value();
        if (rounds.empty()) {
            return Error{ErrorCode::NotFound, QStringLiteral("nothing waited"), {}};
        }
        DecideOrder order;
        order.request = request.id;
        order.payloadHash = rounds.back().payloadHash;
        order.verdict = verdict;
        order.content = words;
        order.shown = WhatWasShown::nothingOnCommandLine();
        order.staging = Staging::ReleaseAtOnce;
        const Result<Decided> decided = workspace.engine->decide(order);
        service.poke();
        return decided;
    }
    /// Waits until nothing more will happen to the request.
    bool isDelivered(const Request &request, int patienceMs = 30'000)
    {
        return QTest::qWaitFor([&] { return delivery(request) == Delivery::Acknowledged; }, patienceMs);
    }
    bool isOver(const Request &request, int patienceMs = 30'000)
    {
        return QTest::qWaitFor(
            [&] {
                const RequestState state = now(request).state;
                return state.lifecycle == Lifecycle::Superseded || state.delivery == Delivery::Acknowledged ||
                       state.delivery == Delivery::Undeliverable;
            },
            patienceMs);
    }
    /// What the agent said last in its chat.
    QString lastWords(const QString &name)
    {
        const JsonValue lines = json(service.conversation(name, 1));
        const JsonValue *list = lines.find("conversation");
        const JsonValue *text = list != nullptr && !list->items().empty() ? list->items().back().find("text") : nullptr;
        return text != nullptr ? text->toString() : QString();
    }

    SharedWorkspace workspace;
    SystemClock clock;
    SystemIdSource ids{clock};
    EventLoopScheduler scheduler;
    DirectEngineDoor door;
    ConnectionService service;
};

inline VoteContent reasoned(const QString &reason, const QByteArray &metadata = {})
{
    VoteContent words;
    words.reason = reason;
    words.metadata = metadata;
    return words;
}
inline VoteContent answered(const QByteArray &answer)
{
    VoteContent words;
    words.answer = answer;
    return words;
}

/// How the last thing that happened to a request reads, for failed checks.
inline QByteArray storyOf(const Request &request)
{
    return toText(request.state.lifecycle).toUtf8() + ", " + toText(request.state.delivery).toUtf8() + ": " +
           request.settledNote.toUtf8();
}

} // namespace countersign::test
