// SPDX-License-Identifier: Apache-2.0
#include "app/desktop/picture_stage.h"

#include "app/desktop/picture_server.h"

#include "app/sample/sample_requests.h"
#include "core/base/key_file.h"
#include "core/store/blob_store.h"
#include "ui/connections/sign_ins.h"

#include <QtCore/QDir>

namespace countersign::desktop {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr QLatin1String reviewerName("finance-1");
constexpr QLatin1String osUser("maria");
const QByteArray passphrase = "picture";

/// One settled payment for the history.
struct Past {
    QByteArray arguments;
    Verdict verdict;
    QString reasonCode;
    QString reason;
    QByteArray edited;
    std::optional<int> exitCode;
};

std::vector<Past> pasts()
{
    return {
        {R"({"amount":370.00,"currency":"EUR","recipient":"Alder Supplies"})",
         Verdict::Approve,
         {},
         u"matches invoice"_s,
         {},
         0},
        {R"({"amount":9400.00,"currency":"EUR","recipient":"unknown IBAN"})",
         Verdict::Reject,
         u"wrong-target"_s,
         u"account not on the vendor list"_s,
         {},
         {}},
        {R"({"amount":6400.00,"currency":"EUR","recipient":"Kestrel Ltd"})",
         Verdict::ApproveEdited,
         {},
         u"amount corrected from 6,400.00"_s,
         R"({"amount":640.00,"currency":"EUR","recipient":"Kestrel Ltd"})",
         0},
        {R"({"amount":75.00,"currency":"EUR","recipient":"Papierhaus"})",
         Verdict::Approve,
         {},
         u"small office order"_s,
         {},
         0},
        {R"({"amount":148.00,"currency":"EUR","recipient":"Alder Supplies"})",
         Verdict::Approve,
         {},
         u"matches invoice"_s,
         {},
         1},
        {R"({"amount":180.00,"currency":"EUR","recipient":"Alder Supplies"})",
         Verdict::Approve,
         {},
         u"matches invoice"_s,
         {},
         0},
    };
}

Submission payment(const QByteArray &arguments)
{
    Submission submission;
    submission.agentName = u"payments-agent"_s;
    submission.osUser = osUser;
    submission.content.toolName = u"process_payment"_s;
    submission.content.arguments = arguments;
    submission.content.requestedTier = Tier::Medium;
    submission.content.title = u"Please approve this invoice"_s;
    submission.content.allowed = {Verdict::Approve, Verdict::ApproveEdited, Verdict::Reject, Verdict::RequestChanges};
    return submission;
}

Result<DecideOrder> orderFor(StoreReader &store, const RequestId &id, Verdict verdict)
{
    const Result<std::vector<Round>> rounds = store.rounds(id);
    if (!rounds) {
        return rounds.error();
    }
    DecideOrder order;
    order.request = id;
    order.payloadHash = rounds->back().payloadHash;
    order.verdict = verdict;
    order.shown = {.view = u"window-1"_s, .linesSeen = 3, .linesTotal = 3, .dwell = 41s};
    return order;
}

Result<> settle(Engine &engine, const Past &past, PictureClock &clock)
{
    const Result<Submitted> submitted = engine.submit(payment(past.arguments));
    if (!submitted) {
        return submitted.error();
    }
    clock.advance(7min);
    Result<DecideOrder> order = orderFor(engine.store(), submitted->id, past.verdict);
    if (!order) {
        return order.error();
    }
    order->reasonCode = past.reasonCode;
    order->content.reason = past.reason;
    order->content.arguments = past.edited;
    order->staging = Staging::ReleaseAtOnce;
    if (const Result<Decided> decided = engine.decide(*order); !decided) {
        return decided.error();
    }
    clock.advance(2s);
    if (past.exitCode) {
        Outcome outcome;
        outcome.exitCode = past.exitCode;
        return engine.reportOutcome(submitted->id, outcome);
    }
    return {};
}

std::vector<std::pair<QString, RequestId>> namesOf(const QueuePage &page)
{
    std::vector<std::pair<QString, RequestId>> names;
    for (const QueueRow &row : page.rows) {
        names.emplace_back(row.request.toolName, row.request.id);
    }
    return names;
}

} // namespace

PictureStage::PictureStage(Contents contents)
    : m_location(makeLocation())
    , m_threads({.location = m_location}, m_clock)
    , m_session(m_threads, m_clock)
    , m_settings(m_location.configFolder)
    , m_window(m_session, m_settings)
{
    whenDone(m_threads.engine([contents, location = m_location, &clock = m_clock](Engine &engine) {
        return fill(engine, contents, location, clock);
    }),
             &m_window, [this, contents](const Result<Filled> &filled) {
                 if (!filled) {
                     m_problem = filled.error().message;
                     return;
                 }
                 m_filled = *filled;
                 if (contents == Contents::Untouched) {
                     m_ready = true;
                 } else {
                     unlock();
                 }
             });
    QObject::connect(&m_session, &ui::ReviewSession::unlocked, &m_window, [this, contents] {
        if (!m_connections) {
            m_connections = std::make_unique<ui::ConnectionDesk>(m_session);
            m_window.setConnections(m_connections->service());
            m_connections->start();
            if (contents == Contents::Connected) {
                makeConnections();
            }
        }
        m_ready = true;
    });
    QObject::connect(&m_session, &ui::ReviewSession::failed, &m_window,
                     [this](const Error &why) { m_problem = why.message; });
    m_window.resize(1440, 900);
    m_window.show();
}

void PictureStage::makeConnections()
{
    m_agent = std::make_unique<PictureAgent>();
    ConnectionService &service = m_connections->service();
    for (const auto &[name, path] :
         {std::pair(u"payments-agent"_s, u"ops-chat/eu"_s), std::pair(u"editorial-bot"_s, u"editor/default"_s),
          std::pair(u"infra-agent"_s, u"gone/one"_s), std::pair(u"helpdesk"_s, u"helpdesk/eu"_s),
          std::pair(u"stockroom"_s, u"stockroom/north"_s)}) {
        ConnectionService::NewConnection connection;
        connection.name = name;
        connection.url = m_agent->address(path);
        service.add(connection);
    }
    ConnectionService::NewConnection server;
    server.name = u"logistics"_s;
    server.kind = u"mcp-stdio"_s;
    QFile program(m_folder.filePath(u"logistics-server"_s));
    if (program.open(QIODevice::WriteOnly)) {
        program.write(pictureServer());
    }
    server.command = {{u"/bin/sh"_s, u"logistics-server"_s}, m_folder.path()};
    service.add(server);
    ConnectionService::NewConnection remote;
    remote.name = u"github"_s;
    remote.kind = u"mcp-http"_s;
    remote.url = m_agent->lockedServer();
    service.add(remote);
}

void PictureStage::askForSignIn()
{
    const std::optional<ConnectionStatus> status = m_connections->service().status(u"github"_s);
    if (!status || m_connections->signIns().of(*status)) {
        return;
    }
    mcp::SignInQuestion question;
    question.server = m_agent->lockedServer();
    question.issuer = u"https://login.example.com"_s;
    question.scope = u"repo:read issues:write"_s;
    question.address = QUrl(u"https://login.example.com/oauth/authorize?response_type=code&client_id=countersign-7f21&"
                            "redirect_uri=http%3A%2F%2F127.0.0.1%3A41523%2Fback&scope=repo%3Aread%20issues%3Awrite&"
                            "code_challenge_method=S256&code_challenge=Wt5Jw0yJc2m0uVjQy3b8n1kq5sZpX9rA4hE6dGfTLoM&"
                            "state=3fQ9&resource=https%3A%2F%2Fmcp.example.com%2Fmcp"_s,
                            QUrl::StrictMode);
    m_connections->signIns().ask(question, [](const Result<> &) {});
}

void PictureStage::callTool(const QString &tool, const QByteArray &arguments)
{
    whenDone(m_connections->service().callTool(u"logistics"_s, tool, arguments, u"tools pane"_s), &m_window,
             [this](const Result<Submitted> &submitted) {
                 if (submitted) {
                     m_call = submitted->id;
                 } else {
                     m_problem = submitted.error().message;
                 }
             });
}

void PictureStage::approveCall()
{
    decideSoon(m_call, Staging::ReleaseAtOnce);
}

WorkspaceLocation PictureStage::makeLocation() const
{
    WorkspaceLocation location;
    location.path = m_folder.filePath(u"data/workspace.db"_s);
    location.url = u"sqlite:"_s + location.path;
    location.blobFolder = BlobStore::folderFor(location.path);
    location.configFolder = m_folder.filePath(u"config"_s);
    location.keyFolder = location.configFolder + u"/keys"_s;
    return location;
}

Result<PictureStage::Filled> PictureStage::fill(Engine &engine, Contents contents, const WorkspaceLocation &location,
                                                PictureClock &clock)
{
    Filled filled;
    if (contents == Contents::Untouched) {
        return filled;
    }
    SigningKey key = SigningKey::generate();
    QDir().mkpath(location.keyFolder);
    if (const Result<> written =
            writeKeyFile(location.keyFolder + u"/reviewer.key"_s, reviewerName, key, passphrase, KeyStretching::Fast);
        !written) {
        return written.error();
    }
    Result<FirstAdministrator> made = engine.createFirstAdministrator(reviewerName, {u"finance"_s}, key, true);
    if (!made) {
        return made.error();
    }
    if (contents == Contents::Nothing || contents == Contents::Connected) {
        return filled;
    }
    engine.unlock({made->reviewer, std::move(key)});
    for (const Past &past : pasts()) {
        if (const Result<> settled = settle(engine, past, clock); !settled) {
            return settled.error();
        }
    }
    engine.lock();
    const Result<std::vector<Submission>> samples = sample::sampleSubmissions(location.blobFolder, osUser);
    if (!samples) {
        return samples.error();
    }
    for (const Submission &submission : *samples) {
        if (const Result<Submitted> filed = engine.submit(submission); !filed) {
            return filed.error();
        }
    }
    clock.advance(6min); // Time has passed since they came.
    QueueQuery inbox;
    inbox.now = clock.now();
    const Result<QueuePage> page = engine.store().findRequests(inbox, {});
    if (!page) {
        return page.error();
    }
    filled.open = namesOf(*page);
    return filled;
}

RequestId PictureStage::requestFor(const QString &tool) const
{
    for (const auto &[name, id] : m_filled.open) {
        if (name == tool) {
            return id;
        }
    }
    return {};
}

void PictureStage::unlock()
{
    m_session.unlock(keyFile(), passphrase);
}

void PictureStage::stageApproval(const RequestId &id)
{
    decideSoon(id, Staging::Stage);
}

void PictureStage::decideSoon(const RequestId &id, Staging staging)
{
    whenDone(m_threads.reader([id](StoreReader &reader) { return orderFor(reader, id, Verdict::Approve); }), &m_window,
             [this, staging](const Result<DecideOrder> &order) {
                 if (order) {
                     DecideOrder decided = *order;
                     decided.staging = staging;
                     m_session.decide(decided);
                 } else {
                     m_problem = order.error().message;
                 }
             });
}

void PictureStage::lookForRequests()
{
    QueueQuery inbox;
    inbox.now = m_clock.now();
    whenDone(m_threads.reader([inbox](StoreReader &reader) { return reader.findRequests(inbox, {}); }), &m_window,
             [this](const Result<QueuePage> &page) {
                 if (page) {
                     m_filled.open = namesOf(*page);
                 } else {
                     m_problem = page.error().message;
                 }
             });
}

} // namespace countersign::desktop
