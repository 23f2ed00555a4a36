// SPDX-License-Identifier: Apache-2.0
#include "core/audit/event_body.h"
#include "core/base/key_file.h"
#include "core/domain/hashes.h"
#include "core/domain/summary.h"
#include "core/engine/engine.h"
#include "core/store/sqlite_store.h"
#include "tests/bench/report.h"

#include <QtCore/QDir>
#include <QtCore/QFile>

#include <cstdio>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign::bench {

namespace {

/// One request with its round, content, index text and log entry, written as the engine writes them.
Result<> writeRequest(StoreWriter &writer, const WorkspaceInfo &workspace, IdSource &ids, const PrincipalId &principal,
                      int number, bool settled, Timestamp at)
{
    Request request;
    request.id = RequestId(ids.nextId());
    request.principal = principal;
    request.agentName = u"payments-agent"_s;
    request.connection = u"local"_s;
    request.createdAt = at;
    request.toolName = u"process_payment"_s;
    Round round;
    round.request = request.id;
    round.createdAt = at;
    round.content.pattern = Pattern::ToolApproval;
    round.content.toolName = request.toolName;
    round.content.arguments = "{\"amount\":" + QByteArray::number(number) +
                              ".50,\"currency\":\"EUR\",\"recipient\":\"Customer " + QByteArray::number(number % 5000) +
                              "\"}";
    round.content.title = u"Pay invoice %1"_s.arg(number);
    round.content.allowed = {Verdict::Approve, Verdict::Reject};
    round.policy.version = u"builtin-1"_s;
    round.intakeHash = intakeHash(round.content);
    round.payloadHash = payloadHash(workspace.id, request.id, 1, round.intakeHash, round.policy, {});
    request.summary = summarize(round.content, request.agentName);
    request.agentTitle = round.content.title;
    if (settled) {
        request.state = {Lifecycle::Withdrawn, Delivery::None};
        request.settledAt = at + 1min;
        const Result<qint64> sequence = writer.nextSettledSequence();
        if (!sequence) {
            return sequence.error();
        }
        request.settledSequence = *sequence;
    }
    const ContentRow content{ContentId(ids.nextId()), u"round"_s, ids.randomBytes(32),
                             encodeRoundContent(round.content)};
    round.contentId = content.id;
    EventFacts facts;
    facts.workspace = workspace.id;
    facts.id = EventId(ids.nextId());
    facts.kind = u"request.filed"_s;
    facts.at = at;
    facts.actor = {u"principal"_s, principal.text(), {}};
    facts.subject = request.id.text();
    facts.request = RequestFacts::of(request);
    facts.payloadHash = round.payloadHash;
    facts.contents = {{content.id.text(), content.commitment()}};
    Result<> done = writer.insertRequest(request);
    done = done ? writer.insertContent(content) : done;
    done = done ? writer.insertRound(round) : done;
    done = done ? writer.indexRequest(request.id, request.summary) : done;
    if (!done) {
        return done;
    }
    const Result<qint64> sealed = writer.appendEvent(toAuditEvent(facts));
    return sealed ? Result<>() : Result<>(sealed.error());
}

} // namespace

QString historyWorkspace(const QString &folder, int requests)
{
    QDir().mkpath(folder);
    QFile::setPermissions(folder, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    const QString path = QDir(folder).filePath(u"history-%1.db"_s.arg(requests));
    const QString marker = path + u".complete"_s;
    if (QFile::exists(marker)) {
        return path;
    }
    for (const QString &suffix : {u""_s, u"-wal"_s, u"-shm"_s}) {
        QFile::remove(path + suffix);
    }
    std::fprintf(stderr, "making a workspace with %d decided requests…\n", requests);
    SystemClock clock;
    SystemIdSource ids(clock);
    Result<std::unique_ptr<Store>> opened = openSqliteStore(path, clock, ids);
    if (!opened) {
        std::fprintf(stderr, "%s\n", qUtf8Printable(opened.error().message));
        return {};
    }
    Store &store = **opened;
    const WorkspaceInfo workspace = *store.workspace();
    const PrincipalId principal(ids.nextId());
    const Timestamp start = clock.now() - std::chrono::hours(24 * 365);
    constexpr int batch = 5000;
    constexpr int open = 40;
    for (int from = 0; from < requests + open; from += batch) {
        const Result<> done = store.transact([&](StoreWriter &writer) -> Result<> {
            if (from == 0) {
                if (const Result<> made =
                        writer.insertPrincipal({principal, u"payments-agent"_s, u"local"_s, u"user"_s, {}, start});
                    !made) {
                    return made;
                }
            }
            for (int i = from; i < std::min(from + batch, requests + open); ++i) {
                const Result<> written =
                    writeRequest(writer, workspace, ids, principal, i, i < requests, start + std::chrono::seconds(i));
                if (!written) {
                    return written;
                }
            }
            return {};
        });
        if (!done) {
            std::fprintf(stderr, "%s %s\n", qUtf8Printable(done.error().message), qUtf8Printable(done.error().detail));
            return {};
        }
    }
    opened->reset();
    QFile done(marker);
    return done.open(QIODevice::WriteOnly) ? path : QString();
}

QString reviewerOf(const QString &workspace)
{
    const QString home = workspace + u".config"_s;
    const QString config = home + u"/countersign"_s;
    const QString keyFile = config + u"/keys/bench.key"_s;
    if (QFile::exists(keyFile)) {
        return home;
    }
    for (const QString &folder : {home, config, config + u"/keys"_s}) {
        QDir().mkpath(folder);
        QFile::setPermissions(folder, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }
    SystemClock clock;
    SystemIdSource ids(clock);
    Result<std::unique_ptr<Store>> opened = openSqliteStore(workspace, clock, ids);
    if (!opened) {
        std::fprintf(stderr, "%s\n", qUtf8Printable(opened.error().message));
        return {};
    }
    TrustStore trust(config);
    Engine engine({**opened, clock, ids, trust, u"sqlite:"_s + workspace, u"window"_s});
    const SigningKey key = SigningKey::generate();
    const Result<FirstAdministrator> made = engine.createFirstAdministrator(u"Bench"_s, {}, key, true);
    const Result<> written = made ? writeKeyFile(keyFile, u"Bench"_s, key, {}) : Result<>(made.error());
    if (!written) {
        std::fprintf(stderr, "%s\n", qUtf8Printable(written.error().message));
        return {};
    }
    return home;
}

} // namespace countersign::bench
