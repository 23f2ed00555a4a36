// SPDX-License-Identifier: Apache-2.0
// From an agent's frame to the list, and from a reviewer's release to the agent: over the loopback interface, against a
// server that answers at once, with everything between as in the program.
#include "core/base/key_file.h"
#include "core/connections/connection_service.h"
#include "core/store/blob_store.h"
#include "core/store/sqlite_store.h"
#include "tests/app/ctl_rig.h"
#include "tests/bench/loopback_agents.h"
#include "tests/bench/report.h"

#include <QtCore/QEventLoop>
#include <QtCore/QTemporaryDir>
#include <QtCore/QTimer>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign::bench {

namespace {

constexpr int rounds = 40; ///< Below the quota of one agent within a minute.
constexpr int manyAgents = 50;
constexpr int manyItems = 20;

double msBetween(Moment from, Moment to)
{
    return std::chrono::duration<double, std::milli>(to - from).count();
}

/// Runs the event loop until \p done or for \p patience.
template<typename Done>
bool waitUntil(Done done, std::chrono::milliseconds patience)
{
    QTimer tick; // So that the loop looks at the time, too.
    tick.start(10);
    const Moment end = std::chrono::steady_clock::now() + patience;
    while (!done()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        QEventLoop().processEvents(QEventLoop::WaitForMoreEvents);
    }
    return true;
}

/// A window's workspace and connections, without its widgets: both threads, the service, and a list of what waits that
/// is asked again whenever something changed.
struct Desk {
    QTemporaryDir folder;
    SystemClock clock;
    SystemIdSource ids{clock};
    EventLoopScheduler scheduler{clock};
    std::unique_ptr<WorkspaceThreads> threads;
    std::unique_ptr<ThreadedEngineDoor> door;
    std::unique_ptr<ConnectionService> service;
    std::vector<QueueRow> rows;
    qint64 count = 0;
    Moment countedAt;
    bool asks = false;
    bool asksAgain = false;

    template<typename Work>
    auto onEngine(Work work)
    {
        auto future = threads->engine(std::move(work));
        waitUntil([&] { return future.isFinished(); }, 20s);
        return future.result();
    }
    Desk()
    {
        WorkspaceLocation location;
        location.path = folder.filePath(u"data/workspace.db"_s);
        location.url = u"sqlite:"_s + location.path;
        location.blobFolder = BlobStore::folderFor(location.path);
        location.configFolder = folder.filePath(u"config"_s);
        location.keyFolder = location.configFolder + u"/keys"_s;
        threads = std::make_unique<WorkspaceThreads>(WorkspaceThreads::Options{.location = location}, clock);
        door = std::make_unique<ThreadedEngineDoor>(*threads);
        service =
            std::make_unique<ConnectionService>(ConnectionService::Parts{*door, scheduler, ids, location.configFolder});
        QObject::connect(threads.get(), &WorkspaceThreads::changed, threads.get(), [this] { refresh(); });
        QObject::connect(threads.get(), &WorkspaceThreads::changed, service.get(), &ConnectionService::poke);
        const auto enrol = [](Engine &engine) -> Result<> {
            SigningKey key = SigningKey::generate();
            const Result<FirstAdministrator> made = engine.createFirstAdministrator(u"R1"_s, {}, key, true);
            if (made) {
                engine.unlock({made->reviewer, std::move(key)});
            }
            return made ? Result<>() : Result<>(made.error());
        };
        if (!onEngine(enrol)) {
            qFatal("no reviewer");
        }
    }
    ~Desk()
    {
        service->stop();
        service.reset();
        threads.reset();
    }
    void refresh()
    {
        if (asks) {
            asksAgain = true;
            return;
        }
        asks = true;
        const auto ask = [now = clock.now()](StoreReader &reader) -> Result<std::pair<QueueExtent, QueuePage>> {
            QueueQuery query;
            query.now = now;
            const Result<QueueExtent> extent = reader.extent(query);
            Result<QueuePage> page = reader.findRequests(query, {});
            if (!extent || !page) {
                return extent ? page.error() : extent.error();
            }
            return std::pair(*extent, *std::move(page));
        };
        whenDone(threads->reader(ask), threads.get(), [this](const Result<std::pair<QueueExtent, QueuePage>> &answer) {
            asks = false;
            if (answer) {
                count = answer->first.count;
                rows = answer->second.rows;
                countedAt = std::chrono::steady_clock::now();
            }
            if (std::exchange(asksAgain, false)) {
                refresh();
            }
        });
    }
    void connectTo(const LoopbackAgents &agents, const QString &name)
    {
        ConnectionService::NewConnection connection;
        connection.name = name;
        connection.url = QUrl(agents.address(name));
        auto added = service->add(connection);
        waitUntil([&] { return added.isFinished(); }, 20s);
        if (!added.result()) {
            qFatal("%s", qPrintable(added.result().error().message));
        }
    }
};

DecideOrder approval(const RequestId &id, const Digest &payloadHash)
{
    DecideOrder order;
    order.request = id;
    order.payloadHash = payloadHash;
    order.verdict = Verdict::Approve;
    order.shown = WhatWasShown::nothingOnCommandLine();
    order.staging = Staging::ReleaseAtOnce;
    return order;
}

Figure failed(const QString &what)
{
    return {what, 0, {}, u"must work"_s, false};
}

/// The name under which the server knows what \p request is about.
QString itemOf(const Request &request)
{
    return request.idempotencyKey.section(u'/', -1);
}

std::vector<Figure> benchWindow()
{
    LoopbackAgents agents;
    Desk desk;
    agents.show(u"one"_s, 0);
    desk.connectTo(agents, u"one"_s);
    desk.service->start();
    const auto isOpen = [&] {
        const auto status = desk.service->status(u"one"_s);
        return status && status->phase == ConnectionStatus::Phase::Open;
    };
    if (!waitUntil(isOpen, 10s)) {
        return {failed(u"the connection did not open"_s)};
    }
    waitUntil([] { return false; }, 1500ms); // What an agent says by itself at first is over.
    std::vector<double> toList;
    for (int i = 1; i <= rounds; ++i) {
        const Moment sent = agents.show(u"one"_s, i);
        if (!waitUntil([&] { return desk.count >= i; }, 5s)) {
            return {failed(u"a request did not arrive"_s)};
        }
        toList.push_back(msBetween(sent, desk.countedAt));
        waitUntil([] { return false; }, 40ms);
    }
    std::vector<double> toServer;
    std::vector<double> fromPress;
    for (const QueueRow &row : std::vector<QueueRow>(desk.rows)) {
        Moment released;
        const Moment pressed = std::chrono::steady_clock::now();
        const auto decide = [&released, id = row.request.id](Engine &engine) -> Result<Decided> {
            const Result<std::optional<Round>> round = engine.store().round(id, 1);
            if (!round || !*round) {
                return Error{ErrorCode::NotFound, u"no round"_s, {}};
            }
            Result<Decided> decided = engine.decide(approval(id, (*round)->payloadHash));
            released = std::chrono::steady_clock::now();
            return decided;
        };
        auto decided = desk.threads->engine(decide);
        std::optional<Moment> arrived;
        waitUntil(
            [&] {
                arrived = agents.decidedAt(u"one"_s, itemOf(row.request), 0ms);
                return arrived.has_value();
            },
            5s);
        if (!arrived || !decided.result()) {
            return {failed(u"a decision did not arrive"_s)};
        }
        toServer.push_back(msBetween(released, *arrived));
        fromPress.push_back(msBetween(pressed, *arrived));
        waitUntil([] { return false; }, 60ms);
    }
    const double rowP95 = percentile(toList, 0.95);
    const double serverP95 = percentile(toServer, 0.95);
    return {{u"frame to the list's answer, median"_s, median(toList), u"ms"_s, {}, true},
            {u"frame to the list's answer, p95"_s, rowP95, u"ms"_s, u"<= 50"_s, rowP95 <= 50},
            {u"release to server, same process, median"_s, median(toServer), u"ms"_s, {}, true},
            {u"release to server, same process, p95"_s, serverP95, u"ms"_s, u"<= 20"_s, serverP95 <= 20},
            {u"press to server (decides, releases, sends), median"_s, median(fromPress), u"ms"_s, {}, true},
            {u"press to server (decides, releases, sends), p95"_s, percentile(fromPress, 0.95), u"ms"_s, {}, true}};
}

std::vector<Figure> benchMany()
{
    LoopbackAgents agents;
    Desk desk;
    for (int i = 0; i < manyAgents; ++i) {
        const QString name = u"agent%1"_s.arg(i);
        agents.show(name, manyItems);
        desk.connectTo(agents, name);
    }
    const Moment begin = std::chrono::steady_clock::now();
    desk.service->start();
    const bool all = waitUntil([&] { return desk.count == manyAgents * manyItems; }, 60s);
    const double ms = msBetween(begin, desk.countedAt);
    return {
        all ? Figure{u"50 agents with 20 items each: connect, file and list"_s, ms, u"ms"_s, u"<= 2000"_s, ms <= 2000}
            : failed(u"only %1 of 1000 requests arrived"_s.arg(desk.count))};
}

/// Another process decides, as `countersignctl decide` does, next to `countersignctl serve`.
std::vector<Figure> benchServe()
{
    LoopbackAgents agents;
    agents.show(u"one"_s, rounds);
    test::CtlRig rig;
    const QString keyFile = rig.enrolAda();
    const auto added = rig.run({u"connection"_s, u"add"_s, u"one"_s, u"--cloudflare"_s, agents.address(u"one"_s)});
    if (added.code != 0) {
        return {failed(u"connection add: "_s + QString::fromUtf8(added.err))};
    }
    const std::unique_ptr<QProcess> server = rig.start({u"serve"_s});
    SystemClock clock;
    SystemIdSource ids(clock);
    const QString path = rig.workspaceFile();
    const TrustStore trust(rig.path(u"config/countersign"_s));
    auto store = openSqliteStore(path, clock, ids);
    if (!store) {
        return {failed(store.error().message)};
    }
    Engine engine({**store, clock, ids, trust, u"sqlite:"_s + path, u"command line"_s});
    Result<SigningKey> key = readKeyFile(keyFile, {});
    const auto people = engine.directory();
    if (!key || !people || !people->activeByKey(key->publicKey().fingerprint())) {
        return {failed(u"no reviewer"_s)};
    }
    const Reviewer reviewer = *people->activeByKey(key->publicKey().fingerprint());
    engine.unlock({reviewer, std::move(*key)});
    QueueQuery query;
    query.now = clock.now();
    std::vector<QueueRow> rows;
    const bool filed = waitUntil(
        [&] {
            const auto page = (*store)->findRequests(query, {});
            rows = page ? page->rows : std::vector<QueueRow>();
            return static_cast<int>(rows.size()) == rounds;
        },
        20s);
    if (!filed) {
        return {failed(u"only %1 requests arrived at serve"_s.arg(rows.size()))};
    }
    waitUntil([] { return false; }, 1500ms);
    std::vector<double> toServer;
    for (const QueueRow &row : rows) {
        const auto round = (*store)->round(row.request.id, 1);
        const auto decided = engine.decide(approval(row.request.id, (*round)->payloadHash));
        const Moment released = std::chrono::steady_clock::now();
        const auto arrived = agents.decidedAt(u"one"_s, itemOf(row.request), 5s);
        if (!decided || !arrived) {
            return {failed(u"a decision did not arrive through serve"_s)};
        }
        toServer.push_back(msBetween(released, *arrived));
        waitUntil([] { return false; }, 60ms);
    }
    server->terminate();
    server->waitForFinished();
    const double p95 = percentile(toServer, 0.95);
    return {{u"release to server, another process beside serve, median"_s, median(toServer), u"ms"_s, {}, true},
            {u"release to server, another process beside serve, p95"_s, p95, u"ms"_s, u"<= 20"_s, p95 <= 20}};
}

} // namespace

std::vector<Figure> benchDelivery(const Options &)
{
    std::vector<Figure> figures;
    for (const auto &part : {&benchWindow, &benchMany, &benchServe}) {
        const std::vector<Figure> some = part();
        figures.insert(figures.end(), some.begin(), some.end());
    }
    return figures;
}

} // namespace countersign::bench
