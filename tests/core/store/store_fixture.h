// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/domain/hashes.h"
#include "core/store/sqlite_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fixed_ids.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <initializer_list>

namespace countersign::test {

/// Fails the test with the store's own words when \p result is an error.
#define VERIFY_DONE(expression)                                                                                        \
    do {                                                                                                               \
        const auto &outcomeOfIt = (expression);                                                                        \
        QVERIFY2(outcomeOfIt.hasValue(), outcomeOfIt.hasValue() ? ""                                                   \
                                                                : qPrintable(outcomeOfIt.error().message + u' ' +      \
                                                                             outcomeOfIt.error().detail));             \
    } while (false)

#define VERIFY_FAILS(expression, expectedCode)                                                                         \
    do {                                                                                                               \
        const auto &outcomeOfIt = (expression);                                                                        \
        QVERIFY2(!outcomeOfIt.hasValue(), "it should have failed");                                                    \
        QCOMPARE(outcomeOfIt.error().code, expectedCode);                                                              \
        QVERIFY(!outcomeOfIt.error().message.isEmpty());                                                               \
    } while (false)

/// Runs steps one after the other and stops at the first that fails.
inline Result<> inOrder(std::initializer_list<std::function<Result<>()>> steps)
{
    for (const std::function<Result<>()> &step : steps) {
        if (Result<> done = step(); !done) {
            return done;
        }
    }
    return {};
}

/// Values that hold together, each with ids of its own.
class Records
{
public:
    explicit Records(const Clock &clock)
        : m_clock(clock)
    {}

    QString nextId() { return m_ids.nextId(); }
    Digest digest(char fill) const { return *Digest::fromBytes(QByteArray(32, fill)); }

    Principal principal(const QString &name = QStringLiteral("agent"))
    {
        return {.id = PrincipalId(nextId()),
                .name = name,
                .connection = QStringLiteral("local"),
                .osUser = QStringLiteral("user"),
                .owner = {},
                .createdAt = m_clock.now()};
    }
    Request request(const Principal &by)
    {
        Request request;
        request.id = RequestId(nextId());
        request.principal = by.id;
        request.agentName = by.name;
        request.connection = by.connection;
        request.toolName = QStringLiteral("refund");
        request.summary = QStringLiteral("Refund 12.00 EUR");
        request.agentTitle = QStringLiteral("Please refund");
        request.createdAt = m_clock.now();
        return request;
    }
    /// A request in which no member has its default value.
    Request fullRequest(const Principal &by)
    {
        Request full = request(by);
        full.pattern = Pattern::Gate;
        full.tier = Tier::High;
        full.quorum = 2;
        full.idempotencyKey = QStringLiteral("key 1");
        full.correlation = QByteArray("\0\xff raw", 6);
        full.parent = {QStringLiteral("instance"), QStringLiteral("step"), QStringLiteral("call"),
                       QStringLiteral("batch")};
        full.round = 3;
        full.state = {Lifecycle::Decided, Delivery::Held};
        full.expiresAt = m_clock.now() + std::chrono::hours(1);
        full.claimedBy = ReviewerId(QStringLiteral("r1"));
        full.claimedByName = QStringLiteral("R1 \u202e");
        full.claimedUntil = m_clock.now() + std::chrono::minutes(5);
        full.deferredUntil = m_clock.now() + std::chrono::minutes(7);
        full.delegatedTo = ReviewerId(QStringLiteral("r2"));
        full.decision = DecisionId(QStringLiteral("d1"));
        full.verdict = Verdict::ApproveEdited;
        full.settledAt = m_clock.now();
        full.settledSequence = 17;
        full.settledNote = QStringLiteral("note");
        return full;
    }
    RoundContent content()
    {
        RoundContent content;
        content.toolName = QStringLiteral("refund");
        content.arguments = R"({"amount":12.00})";
        content.title = QStringLiteral("Please refund");
        content.allowed = {Verdict::Approve, Verdict::Reject};
        content.evidence = {{QStringLiteral("invoice.pdf"), QStringLiteral("application/pdf"), 1234, digest('e')}};
        return content;
    }
    ContentRow row(const RoundContent &content)
    {
        return {ContentId(nextId()), QStringLiteral("round"), m_ids.randomBytes(32), encodeRoundContent(content)};
    }
    Round round(const RequestId &request, const ContentRow &row, const RoundContent &content, int number = 1)
    {
        Round round;
        round.request = request;
        round.number = number;
        round.contentId = row.id;
        round.content = content;
        round.policy = {QStringLiteral("builtin-1"), QStringLiteral("every refund asks"), Tier::High, 2};
        round.expiresAt = m_clock.now() + std::chrono::hours(1);
        round.createdAt = m_clock.now();
        round.intakeHash = digest('i');
        round.payloadHash = digest('p');
        return round;
    }
    Statement statement(const QString &kind, const QString &subject)
    {
        return {.id = StatementId(nextId()),
                .kind = kind,
                .subject = subject,
                .body = R"({"kind":"x"})",
                .keyId = digest('k'),
                .signature = QByteArray(64, 's'),
                .content = ContentId(nextId())};
    }
    Decision decision(const RequestId &request, int round = 1)
    {
        Decision decision;
        decision.id = DecisionId(nextId());
        decision.request = request;
        decision.round = round;
        decision.verdict = Verdict::Approve;
        decision.decidingVote = StatementId(nextId());
        decision.reviewer = ReviewerId(QStringLiteral("r1"));
        decision.reviewerName = QStringLiteral("R1");
        decision.payloadHash = digest('p');
        decision.effectiveHash = digest('f');
        decision.decidedAt = m_clock.now();
        decision.seat = SeatId(QStringLiteral("seat"));
        return decision;
    }
    DeliveryAttempt attempt(const DecisionId &decision, const QString &token, const QString &result)
    {
        return {.id = nextId(),
                .decision = decision,
                .epoch = 1,
                .token = token,
                .intentAt = m_clock.now(),
                .finishedAt = {},
                .result = result,
                .seat = SeatId(QStringLiteral("seat"))};
    }
    AuditEvent event(const QString &subject)
    {
        return {EventId(nextId()), QStringLiteral("request.changed"), subject, m_clock.now(),
                "{\"subject\":\"" + subject.toUtf8() + "\"}"};
    }
    Timer timer(const RequestId &request, Timestamp due, const QString &kind = QStringLiteral("expire"))
    {
        return {TimerId(nextId()), kind, request, due, {}};
    }

private:
    const Clock &m_clock;
    SequentialIds m_ids{7};
};

/// One write, for tests in which nothing else happens in the transaction.
inline Result<> write(Store &store, const std::function<Result<>(StoreWriter &)> &work)
{
    return store.transact(work);
}

} // namespace countersign::test
