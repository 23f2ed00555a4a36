// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/audit/verifier.h"
#include "core/connections/reconciler.h"
#include "tests/support/engine_rig.h"

namespace countersign::test {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// An engine that serves one peer, and the peer as its connection shows it.
struct ReconcilerRig : EngineRig {
    explicit ReconcilerRig(const SqliteOptions &options = {})
        : EngineRig(options)
    {
        server = newEngine(*store, u"serve"_s);
        const Result<bool> lease = server->holdLease();
        if (!lease || !*lease) {
            qFatal("no lease");
        }
        view.agentName = u"ops-chat/one"_s;
        connect();
    }
    void connect()
    {
        ++view.generation;
        view.openedAt = clock.monotonic();
        view.chatIsKnown = true;
        view.stateIsKnown = true;
        know();
    }
    /// The peer is asked anew and says the same.
    void know()
    {
        view.chatAskedAt = clock.monotonic();
        for (PeerItem &item : view.items) {
            item.knownAt = clock.monotonic();
        }
    }
    PeerItem &add(const QString &key = u"approval/call_1/a1"_s)
    {
        PeerItem item;
        item.key = key;
        item.content.pattern = Pattern::ToolApproval;
        item.content.toolName = u"processPayment"_s;
        item.content.arguments = R"({"amount":250,"recipient":"alice"})";
        item.content.allowed = {Verdict::Approve, Verdict::Reject};
        item.correlation = R"({"toolCallId":"call_1","toolName":"processPayment"})";
        item.repliesDirectly = key.startsWith(u"state/"_s);
        item.knownAt = clock.monotonic();
        view.items.push_back(item);
        return view.items.back();
    }
    void settle(Verdict verdict, const QString &words, const QString &answer = {})
    {
        PeerItem &item = view.items.back();
        item.stand = PeerItem::Stand::Settled;
        item.verdict = verdict;
        item.words = words;
        item.answer = answer;
    }
    Reconciler::Outcome run()
    {
        Result<Reconciler::Outcome> outcome = reconciler->reconcile(*server, view, clock.now(), clock.monotonic());
        if (!outcome) {
            qFatal("%s", qPrintable(outcome.error().message));
        }
        return *std::move(outcome);
    }
    std::vector<QueueRow> all()
    {
        QueueQuery query;
        query.view = QueueQuery::View::All;
        return store->findRequests(query, {}).value().rows;
    }
    Request only()
    {
        const std::vector<QueueRow> rows = all();
        if (rows.size() != 1) {
            qFatal("%d requests", static_cast<int>(rows.size()));
        }
        return rows.front().request;
    }
    size_t count() { return all().size(); }
    /// Filed, approved and released.
    RequestId approved()
    {
        run();
        const RequestId id = only().id;
        decide(id, Verdict::Approve);
        return id;
    }
    bool logHolds()
    {
        const Result<std::optional<TrustPin>> pin = engine->trustPin();
        const Result<AuditReport> report = verifyWorkspace(*store, (*pin)->administrator);
        if (report) {
            for (const AuditFinding &finding : report->findings) {
                qWarning("%s: %s", qPrintable(finding.entry), qPrintable(finding.what));
            }
        }
        return report && report->findings.empty();
    }
    /// The serving process is gone; another one takes over.
    void restart()
    {
        server = newEngine(*store, u"serve"_s);
        clock.advance(20s);
        if (!server->holdLease().value() || !server->runDueTimers()) {
            qFatal("the lease was not taken over");
        }
        reconciler = std::make_unique<Reconciler>(u"shop"_s);
        connect();
    }

    std::unique_ptr<Engine> server;
    PeerView view;
    std::unique_ptr<Reconciler> reconciler = std::make_unique<Reconciler>(u"shop"_s);
};

} // namespace countersign::test
