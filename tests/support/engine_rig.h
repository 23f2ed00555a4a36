// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/engine/engine.h"
#include "core/store/sqlite_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fixed_ids.h"

#include <QtCore/QTemporaryDir>

namespace countersign::test {

/// A submission with sensible values, changed by chaining: `aSubmission().forTool(u"refund"_s).expiringIn(5min)`.
class SubmissionBuilder
{
public:
    SubmissionBuilder()
    {
        m_submission.agentName = QStringLiteral("agent");
        m_submission.osUser = QStringLiteral("user");
        m_submission.content.toolName = QStringLiteral("process_payment");
        m_submission.content.arguments = R"({"amount":4200.00,"currency":"EUR","recipient":"Nordwind GmbH"})";
        m_submission.content.title = QStringLiteral("Pay the invoice");
        m_submission.content.allowed = {Verdict::Approve, Verdict::ApproveEdited, Verdict::Reject,
                                        Verdict::RequestChanges};
    }
    SubmissionBuilder &forTool(const QString &name)
    {
        m_submission.content.toolName = name;
        return *this;
    }
    SubmissionBuilder &withArguments(const QByteArray &json)
    {
        m_submission.content.arguments = json;
        return *this;
    }
    SubmissionBuilder &byAgent(const QString &name)
    {
        m_submission.agentName = name;
        return *this;
    }
    SubmissionBuilder &withKey(const QString &key)
    {
        m_submission.idempotencyKey = key;
        return *this;
    }
    SubmissionBuilder &inTier(Tier tier)
    {
        m_submission.content.requestedTier = tier;
        return *this;
    }
    SubmissionBuilder &expiringIn(std::chrono::milliseconds time)
    {
        m_submission.expiresIn = time;
        return *this;
    }
    SubmissionBuilder &withMessage(const QString &message)
    {
        m_submission.content.message = message;
        return *this;
    }
    operator Submission() const { return m_submission; } // NOLINT(google-explicit-constructor)
    Submission get() const { return m_submission; }

private:
    Submission m_submission;
};
inline SubmissionBuilder aSubmission()
{
    return {};
}

/// A workspace in a temporary folder with everything an Engine needs, and R1 as its first administrator, unlocked.
class EngineRig
{
public:
    explicit EngineRig(const SqliteOptions &options = {})
        : ids(clock)
        , trust(folder.filePath(QStringLiteral("config")))
        , r1Key(SigningKey::generate())
    {
        path = folder.filePath(QStringLiteral("data/workspace.db"));
        location = QStringLiteral("sqlite:") + path;
        store = std::move(openSqliteStore(path, clock, ids, options)).value();
        engine = newEngine(*store);
        r1 = engine->createFirstAdministrator(QStringLiteral("R1"), {}, r1Key, true).value().reviewer;
        unlock(*engine, r1, r1Key);
    }
    Engine::Parts parts(Store &over, const QString &kind = QStringLiteral("window"))
    {
        Engine::Parts parts{over, clock, ids, trust, location, kind};
        parts.requestsPerMinute = 1'000'000;
        parts.openRequests = 1'000'000;
        return parts;
    }
    std::unique_ptr<Engine> newEngine(Store &over, const QString &kind = QStringLiteral("window"))
    {
        return std::make_unique<Engine>(parts(over, kind));
    }
    /// A second connection to the same file, as another process would have.
    std::unique_ptr<Store> secondStore() { return std::move(openSqliteStore(path, clock, ids)).value(); }
    static void unlock(Engine &engine, const Reviewer &reviewer, const SigningKey &key)
    {
        QByteArray seed = key.seed();
        engine.unlock({reviewer, std::move(SigningKey::fromSeed(seed)).value()});
    }
    RequestId submit(const Submission &submission = aSubmission()) { return engine->submit(submission).value().id; }
    Request request(const RequestId &id) { return *store->request(id).value(); }
    Round round(const RequestId &id) { return store->rounds(id).value().back(); }
    DecideOrder order(const RequestId &id, Verdict verdict, Staging staging = Staging::ReleaseAtOnce)
    {
        DecideOrder order;
        order.request = id;
        order.payloadHash = round(id).payloadHash;
        order.verdict = verdict;
        order.shown = WhatWasShown::nothingOnCommandLine();
        order.staging = staging;
        return order;
    }
    /// Decides and insists that it worked.
    Decided decide(const RequestId &id, Verdict verdict, Staging staging = Staging::ReleaseAtOnce)
    {
        return engine->decide(order(id, verdict, staging)).value();
    }
    QString status(const RequestId &id) { return request(id).status(clock.now()); }

    QTemporaryDir folder;
    FakeClock clock;
    SystemIdSource ids;
    TrustStore trust;
    SigningKey r1Key;
    QString path;
    QString location;
    std::unique_ptr<Store> store;
    std::unique_ptr<Engine> engine;
    Reviewer r1;
};

} // namespace countersign::test
