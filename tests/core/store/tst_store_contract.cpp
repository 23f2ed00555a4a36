// SPDX-License-Identifier: Apache-2.0
#include "tests/core/store/store_contract.h"

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;
using namespace std::chrono_literals;

/// What every store must keep, whatever it keeps its rows in. Each test runs once per store.
class TestStoreContract : public StoreContract
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase_data() { addStores(); }
    void init() { openStore(); }
    void cleanup() { m_store.reset(); }

    void newWorkspaceHasAnIdentity();
    void requestsComeBackAsTheyWere();
    void absentThingsAreAbsent();
    void requestsAreUniqueByIdAndKey();
    void emptyKeyIsNoKey();
    void aRequestNeedsItsPrincipal();
    void updatingIsCompareAndSet();
    void updatingMayChangeEveryMember();
    void principalsAreUniqueByName();
    void roundsCarryTheirContent();
    void aRoundNeedsItsContent();
    void erasedContentLeavesTheRound();
    void changedContentCannotPassAsReviewable();
    void statementsComeInOrder();
    void oneDecisionStandsPerRound();
    void decisionsComeBackAsTheyWere();
    void outcomesComeBackAsTheyWere();
    void aTokenStartsOnce();
    void unfinishedAttemptsAreFound();
    void reviewersComeBackAsTheyWere();
    void newestPolicyIsActive();
    void seatsComeAndGo();
    void connectionsAreKeptByNameAndId();
    void liveRequestsAreThoseThatAPeerMayWaitFor();
    void leaseNeverGoesBack();
    void timersFireOnce();
    void stagedDecisionsComeOldestFirst();
    void draftsAreReplaced();
    void toolDefinitionsAreReplaced();
    void feedbackIsChecked();
    void eventsAreChained();
    void aFailedTransactionLeavesNothing();
    void anIgnoredFailureStillUndoesEverything();
    void whatSharesACommitStandsOrFallsByItself();
    void everyRowIsVisited();
    void consistentReadingHandsOnWhatItsWorkReturns();
};

void TestStoreContract::newWorkspaceHasAnIdentity()
{
    const Result<WorkspaceInfo> info = m_store->workspace();
    VERIFY_DONE(info);
    QVERIFY(!info.value().id.isEmpty());
    QVERIFY(info.value().schemaVersion >= 1);
    QCOMPARE(info.value().createdAt, m_clock->now());
    QCOMPARE(info.value().logKey, PublicKey{});
}

void TestStoreContract::requestsComeBackAsTheyWere()
{
    const Request plain = insert(m_records->request(m_agent));
    const Request full = insert(m_records->fullRequest(m_agent));
    QCOMPARE(m_store->request(plain.id).value(), std::optional(plain));
    QCOMPARE(m_store->request(full.id).value(), std::optional(full));
    QCOMPARE(m_store->requestByKey(m_agent.id, u"key 1"_s).value(), std::optional(full));
    QCOMPARE(m_store->principal(m_agent.id).value(), std::optional(m_agent));
    QCOMPARE(m_store->principalByName(u"local"_s, u"user"_s, u"agent"_s).value(), std::optional(m_agent));
}

void TestStoreContract::absentThingsAreAbsent()
{
    QVERIFY(!m_store->request(RequestId(u"x"_s)).value());
    QVERIFY(!m_store->requestByKey(m_agent.id, u"x"_s).value());
    QVERIFY(!m_store->principal(PrincipalId(u"x"_s)).value());
    QVERIFY(!m_store->principalByName(u"local"_s, u"user"_s, u"x"_s).value());
    QVERIFY(!m_store->round(RequestId(u"x"_s), 1).value());
    QVERIFY(!m_store->statement(StatementId(u"x"_s)).value());
    QVERIFY(!m_store->content(ContentId(u"x"_s)).value());
    QVERIFY(!m_store->decision(DecisionId(u"x"_s)).value());
    QVERIFY(!m_store->activePolicy().value());
    QVERIFY(!m_store->seat(SeatId(u"x"_s)).value());
    QVERIFY(!m_store->lease().value());
    QVERIFY(!m_store->nextTimer().value());
    QVERIFY(!m_store->draft(RequestId(u"x"_s), ReviewerId(u"x"_s)).value());
    QVERIFY(!m_store->toolDefinition(u"x"_s, u"x"_s).value());
    QVERIFY(!m_store->lastSeal().value());
    QVERIFY(m_store->rounds(RequestId(u"x"_s)).value().empty());
    QVERIFY(m_store->statements(u"vote"_s, u"x"_s).value().empty());
    QVERIFY(m_store->statementsOfKind(u"vote"_s).value().empty());
    QVERIFY(m_store->decisions(RequestId(u"x"_s)).value().empty());
    QVERIFY(m_store->outcomes(RequestId(u"x"_s)).value().empty());
    QVERIFY(m_store->deliveryAttempts(DecisionId(u"x"_s)).value().empty());
    QVERIFY(m_store->reviewers().value().empty());
    QVERIFY(m_store->events(0, 10).value().empty());
    QVERIFY(m_store->findRequests({}, {}).value().rows.empty());
}

void TestStoreContract::requestsAreUniqueByIdAndKey()
{
    const Request first = insert(m_records->fullRequest(m_agent));
    Request sameId = m_records->request(m_agent);
    sameId.id = first.id;
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.insertRequest(sameId); }), ErrorCode::Conflict);
    Request sameKey = m_records->request(m_agent);
    sameKey.idempotencyKey = first.idempotencyKey;
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.insertRequest(sameKey); }), ErrorCode::Conflict);

    const Principal other = m_records->principal(u"other"_s);
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.insertPrincipal(other); }));
    sameKey.principal = other.id;
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.insertRequest(sameKey); }));
}

void TestStoreContract::emptyKeyIsNoKey()
{
    insert(m_records->request(m_agent));
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.insertRequest(m_records->request(m_agent)); }));
    QVERIFY(!m_store->requestByKey(m_agent.id, u""_s).value());
}

void TestStoreContract::aRequestNeedsItsPrincipal()
{
    const Request request = m_records->request(m_records->principal(u"nobody"_s));
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.insertRequest(request); }), ErrorCode::Conflict);
}

void TestStoreContract::updatingIsCompareAndSet()
{
    Request request = insert(m_records->request(m_agent));
    request.summary = u"changed"_s;
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.updateRequest(request); }), ErrorCode::Conflict);
    request.revision = 3;
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.updateRequest(request); }), ErrorCode::Conflict);
    request.revision = 2;
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.updateRequest(request); }));
    QCOMPARE(m_store->request(request.id).value(), std::optional(request));
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.updateRequest(request); }), ErrorCode::Conflict);
    Request unknown = m_records->request(m_agent);
    unknown.revision = 2;
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.updateRequest(unknown); }), ErrorCode::Conflict);
}

void TestStoreContract::updatingMayChangeEveryMember()
{
    const Request before = insert(m_records->request(m_agent));
    Request after = m_records->fullRequest(m_agent);
    after.id = before.id;
    after.revision = 2;
    after.createdAt = before.createdAt - 1h;
    after.toolName = u"another"_s;
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.updateRequest(after); }));
    QCOMPARE(m_store->request(before.id).value(), std::optional(after));
    Request back = before;
    back.revision = 3;
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.updateRequest(back); }));
    QCOMPARE(m_store->request(before.id).value(), std::optional(back));
}

void TestStoreContract::principalsAreUniqueByName()
{
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.insertPrincipal(m_agent); }), ErrorCode::Conflict);
    const Principal sameName = m_records->principal(m_agent.name);
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.insertPrincipal(sameName); }), ErrorCode::Conflict);
    Principal owned = m_records->principal(u"owned"_s);
    owned.owner = ReviewerId(u"r1"_s);
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.insertPrincipal(owned); }));
    QCOMPARE(m_store->principal(owned.id).value(), std::optional(owned));
}

void TestStoreContract::roundsCarryTheirContent()
{
    const Request request = insert(m_records->request(m_agent));
    const RoundContent content = m_records->content();
    std::vector<Round> expected;
    for (int number = 1; number <= 2; ++number) {
        const ContentRow row = m_records->row(content);
        Round round = m_records->round(request.id, row, content, number);
        if (number == 2) {
            round.expiresAt.reset();
        }
        expected.push_back(round);
        VERIFY_DONE(save([&](StoreWriter &writer) {
            return inOrder({[&] { return writer.insertContent(row); }, [&] { return writer.insertRound(round); }});
        }));
        QCOMPARE(m_store->content(row.id).value(), std::optional(row));
    }
    QCOMPARE(m_store->rounds(request.id).value(), expected);
    QCOMPARE(m_store->round(request.id, 2).value(), std::optional(expected.at(1)));
    QVERIFY(!m_store->round(request.id, 3).value());
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.insertRound(expected.front()); }), ErrorCode::Conflict);
}

void TestStoreContract::aRoundNeedsItsContent()
{
    const Request request = insert(m_records->request(m_agent));
    const RoundContent content = m_records->content();
    const ContentRow row = m_records->row(content);
    const Round round = m_records->round(request.id, row, content);
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.insertRound(round); }), ErrorCode::Conflict);
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.insertContent(row); }));
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.insertContent(row); }), ErrorCode::Conflict);
    const Round stray = m_records->round(RequestId(u"x"_s), row, content);
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.insertRound(stray); }), ErrorCode::Conflict);
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.insertRound(round); }));
}

void TestStoreContract::erasedContentLeavesTheRound()
{
    const Request request = insert(m_records->request(m_agent));
    const RoundContent content = m_records->content();
    const ContentRow row = m_records->row(content);
    const Round round = m_records->round(request.id, row, content);
    VERIFY_DONE(save([&](StoreWriter &writer) {
        return inOrder({[&] { return writer.insertContent(row); }, [&] { return writer.insertRound(round); },
                        [&] { return writer.eraseContent(row.id); }});
    }));
    QVERIFY(!m_store->content(row.id).value());
    const Round left = *m_store->round(request.id, 1).value();
    QVERIFY(left.contentErased);
    QCOMPARE(left.content, RoundContent{});
    QCOMPARE(left.payloadHash, round.payloadHash);
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.eraseContent(row.id); }), ErrorCode::NotFound);
}

void TestStoreContract::changedContentCannotPassAsReviewable()
{
    const Request request = insert(m_records->request(m_agent));
    ContentRow row = m_records->row(m_records->content());
    row.body = "not what the encoder writes";
    const Round round = m_records->round(request.id, row, m_records->content());
    VERIFY_DONE(save([&](StoreWriter &writer) {
        return inOrder({[&] { return writer.insertContent(row); }, [&] { return writer.insertRound(round); }});
    }));
    const Round read = *m_store->round(request.id, 1).value();
    QVERIFY(!read.contentErased);
    QVERIFY(!read.content.unreviewable.isEmpty());
    QVERIFY(read.content.arguments.isEmpty());
}

void TestStoreContract::statementsComeInOrder()
{
    const Statement first = m_records->statement(u"vote"_s, u"request 1"_s);
    Statement second = m_records->statement(u"vote"_s, u"request 1"_s);
    second.content.reset();
    const Statement other = m_records->statement(u"vote"_s, u"request 2"_s);
    const Statement enrolment = m_records->statement(u"enrol"_s, u"request 1"_s);
    VERIFY_DONE(save([&](StoreWriter &writer) {
        return inOrder({[&] { return writer.insertStatement(enrolment); },
                        [&] { return writer.insertStatement(other); }, [&] { return writer.insertStatement(second); },
                        [&] { return writer.insertStatement(first); }});
    }));
    QCOMPARE(m_store->statements(u"vote"_s, u"request 1"_s).value(), (std::vector{first, second}));
    QCOMPARE(m_store->statementsOfKind(u"vote"_s).value(), (std::vector{first, second, other}));
    QCOMPARE(m_store->statement(second.id).value(), std::optional(second));
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.insertStatement(first); }), ErrorCode::Conflict);
}

void TestStoreContract::oneDecisionStandsPerRound()
{
    const Request request = insert(m_records->request(m_agent));
    Decision first = m_records->decision(request.id);
    const Decision second = m_records->decision(request.id);
    const Decision nextRound = m_records->decision(request.id, 2);
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.insertDecision(first); }));
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.insertDecision(second); }), ErrorCode::Conflict);
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.insertDecision(nextRound); }));
    first.undone = true;
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.updateDecision(first); }));
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.insertDecision(second); }));
    first.undone = false;
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.updateDecision(first); }), ErrorCode::Conflict);
    QCOMPARE(m_store->decisions(request.id).value().size(), size_t(3));
    const Decision stray = m_records->decision(RequestId(u"x"_s));
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.insertDecision(stray); }), ErrorCode::Conflict);
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.updateDecision(stray); }), ErrorCode::NotFound);
}

void TestStoreContract::decisionsComeBackAsTheyWere()
{
    const Request request = insert(m_records->request(m_agent));
    Decision undone = m_records->decision(request.id);
    undone.undone = true;
    m_clock->advance(1s);
    Decision full = m_records->decision(request.id);
    full.verdict = Verdict::RequestChanges;
    full.releaseAt = m_clock->now() + 8s;
    full.release = StatementId(u"s"_s);
    full.releasedAt = m_clock->now() + 9s;
    full.acknowledgedAt = m_clock->now() + 10s;
    VERIFY_DONE(save([&](StoreWriter &writer) {
        return inOrder({[&] { return writer.insertDecision(full); }, [&] { return writer.insertDecision(undone); }});
    }));
    QCOMPARE(m_store->decision(full.id).value(), std::optional(full));
    QCOMPARE(m_store->decisions(request.id).value(), (std::vector{undone, full}));
}

void TestStoreContract::outcomesComeBackAsTheyWere()
{
    const Request request = insert(m_records->request(m_agent));
    Outcome full{OutcomeId(m_records->nextId()), request.id, DecisionId(u"d"_s), 0, u"error"_s, R"({"a":1.0})",
                 m_records->digest('o'),         u"note"_s,  m_clock->now()};
    const Outcome empty{OutcomeId(m_records->nextId()), request.id, {}, {}, {}, {}, {}, {}, m_clock->now() + 1s};
    VERIFY_DONE(save([&](StoreWriter &writer) {
        return inOrder({[&] { return writer.insertOutcome(empty); }, [&] { return writer.insertOutcome(full); }});
    }));
    QCOMPARE(m_store->outcomes(request.id).value(), (std::vector{full, empty}));
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.insertOutcome(full); }), ErrorCode::Conflict);
}

void TestStoreContract::aTokenStartsOnce()
{
    const Request request = insert(m_records->request(m_agent));
    const Decision decision = m_records->decision(request.id);
    const Decision other = m_records->decision(request.id, 2);
    VERIFY_DONE(save([&](StoreWriter &writer) {
        return inOrder({[&] { return writer.insertDecision(decision); }, [&] { return writer.insertDecision(other); }});
    }));
    const auto insertAttempt = [this](const DeliveryAttempt &attempt) {
        return save([&](StoreWriter &writer) { return writer.insertDeliveryAttempt(attempt); });
    };
    DeliveryAttempt started = m_records->attempt(decision.id, u"token"_s, u"started"_s);
    VERIFY_DONE(insertAttempt(started));
    VERIFY_FAILS(insertAttempt(m_records->attempt(decision.id, u"token 2"_s, u"started"_s)), ErrorCode::Conflict);
    VERIFY_FAILS(insertAttempt(m_records->attempt(other.id, u"token"_s, u"started"_s)), ErrorCode::Conflict);

    started.result = u"acknowledged"_s;
    started.finishedAt = m_clock->now();
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.updateDeliveryAttempt(started); }));
    VERIFY_FAILS(insertAttempt(m_records->attempt(decision.id, u"token 3"_s, u"started"_s)), ErrorCode::Conflict);
    VERIFY_FAILS(insertAttempt(m_records->attempt(other.id, u"token"_s, u"started"_s)), ErrorCode::Conflict);
    VERIFY_DONE(insertAttempt(m_records->attempt(other.id, u"token 4"_s, u"started"_s)));
    QCOMPARE(m_store->deliveryAttempts(decision.id).value(), std::vector{started});
    const DeliveryAttempt unknown = m_records->attempt(decision.id, u"token 5"_s, u"refused"_s);
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.updateDeliveryAttempt(unknown); }), ErrorCode::NotFound);
}

void TestStoreContract::unfinishedAttemptsAreFound()
{
    const Request request = insert(m_records->request(m_agent));
    const Decision decision = m_records->decision(request.id);
    const DeliveryAttempt first = m_records->attempt(decision.id, {}, u"sending"_s);
    m_clock->advance(1s);
    const DeliveryAttempt second = m_records->attempt(decision.id, {}, u"sending"_s);
    DeliveryAttempt finished = m_records->attempt(decision.id, {}, u"unknown"_s);
    finished.finishedAt = m_clock->now();
    VERIFY_DONE(save([&](StoreWriter &writer) {
        return inOrder({[&] { return writer.insertDecision(decision); },
                        [&] { return writer.insertDeliveryAttempt(second); },
                        [&] { return writer.insertDeliveryAttempt(finished); },
                        [&] { return writer.insertDeliveryAttempt(first); }});
    }));
    QCOMPARE(m_store->unfinishedAttempts(10).value(), (std::vector{first, second}));
    QCOMPARE(m_store->unfinishedAttempts(1).value(), std::vector{first});
}

void TestStoreContract::reviewersComeBackAsTheyWere()
{
    const PublicKey key = *PublicKey::fromBytes(QByteArray(32, 'k'));
    Reviewer reviewer{ReviewerId(u"r1"_s), u"R1"_s, {u"ops"_s, u"finance"_s}, key, true, m_clock->now(), {}};
    const Reviewer plain{ReviewerId(u"r0"_s), u"R0"_s, {}, key, false, m_clock->now() + 1s, {}};
    VERIFY_DONE(save([&](StoreWriter &writer) {
        return inOrder({[&] { return writer.saveReviewer(plain); }, [&] { return writer.saveReviewer(reviewer); }});
    }));
    QCOMPARE(m_store->reviewers().value(), (std::vector{reviewer, plain}));
    reviewer.groups = {u"ops"_s};
    reviewer.disabledAt = m_clock->now();
    reviewer.key = *PublicKey::fromBytes(QByteArray(32, 'n'));
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.saveReviewer(reviewer); }));
    QCOMPARE(m_store->reviewers().value(), (std::vector{reviewer, plain}));
}

void TestStoreContract::newestPolicyIsActive()
{
    const PolicyVersion first{u"p1"_s, "{}", StatementId(u"s1"_s), m_clock->now()};
    const PolicyVersion second{u"p2"_s, "[]", StatementId(u"s2"_s), m_clock->now() + 1h};
    VERIFY_DONE(save([&](StoreWriter &writer) {
        return inOrder({[&] { return writer.insertPolicy(second); }, [&] { return writer.insertPolicy(first); }});
    }));
    // Even before its time: a clock that is set back brings no older policy into force.
    QCOMPARE(m_store->activePolicy().value(), std::optional(second));
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.insertPolicy(first); }), ErrorCode::Conflict);
}

void TestStoreContract::seatsComeAndGo()
{
    Seat window{SeatId(u"s1"_s), u"window"_s, ReviewerId(u"r1"_s), 4711, m_clock->now(), m_clock->now()};
    const Seat gate{SeatId(u"s2"_s), u"gate"_s, {}, 4712, m_clock->now(), m_clock->now()};
    VERIFY_DONE(save([&](StoreWriter &writer) {
        return inOrder({[&] { return writer.saveSeat(gate); }, [&] { return writer.saveSeat(window); }});
    }));
    QCOMPARE(m_store->seats(m_clock->now()).value(), (std::vector{window, gate}));
    window.heartbeatAt = m_clock->now() + 5s;
    window.reviewer.reset();
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.saveSeat(window); }));
    QCOMPARE(m_store->seats(m_clock->now() + 1s).value(), std::vector{window});
    QCOMPARE(m_store->seat(window.id).value(), std::optional(window));
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.removeSeat(window.id); }));
    QVERIFY(!m_store->seat(window.id).value());
}

void TestStoreContract::connectionsAreKeptByNameAndId()
{
    ConnectionRow shop{u"c1"_s, u"shop"_s, u"cloudflare"_s, R"({"url":"wss://a.example"})", m_clock->now(), {}};
    const ConnectionRow desk{u"c2"_s, u"desk"_s, u"cloudflare"_s, "{}", m_clock->now(), {}};
    VERIFY_DONE(save([&](StoreWriter &writer) {
        return inOrder({[&] { return writer.saveConnection(shop); }, [&] { return writer.saveConnection(desk); }});
    }));
    QCOMPARE(m_store->connections().value(), (std::vector{desk, shop}));
    shop.removedAt = m_clock->now() + 1s;
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.saveConnection(shop); }));
    QCOMPARE(m_store->connections().value(), (std::vector{desk, shop}));
    const ConnectionRow other{u"c3"_s, u"desk"_s, u"cloudflare"_s, "{}", m_clock->now(), {}};
    const Result<> taken = save([&](StoreWriter &writer) { return writer.saveConnection(other); });
    QVERIFY(!taken);
    QCOMPARE(taken.error().code, ErrorCode::Conflict);
}

void TestStoreContract::liveRequestsAreThoseThatAPeerMayWaitFor()
{
    const auto stored = [&](const QString &connection, RequestState state) {
        return inserted(u"tool"_s, [&](Request &request) {
            request.connection = connection;
            request.state = state;
            request.createdAt = m_clock->now();
            m_clock->advance(1s);
        });
    };
    const Request open = stored(u"shop"_s, {Lifecycle::Pending, Delivery::None});
    stored(u"shop"_s, {Lifecycle::Decided, Delivery::Acknowledged});
    const Request held = stored(u"shop"_s, {Lifecycle::Decided, Delivery::Held});
    const Request released = stored(u"shop"_s, {Lifecycle::Decided, Delivery::Released});
    const Request sending = stored(u"shop"_s, {Lifecycle::Decided, Delivery::Sending});
    const Request unknown = stored(u"shop"_s, {Lifecycle::Decided, Delivery::Unknown});
    stored(u"shop"_s, {Lifecycle::Decided, Delivery::Undeliverable});
    stored(u"shop"_s, {Lifecycle::Superseded, Delivery::None});
    stored(u"desk"_s, {Lifecycle::Pending, Delivery::None});
    stored(u"local"_s, {Lifecycle::Pending, Delivery::None});
    QCOMPARE(m_store->liveRequests(u"shop"_s, 100).value(), (std::vector{open, held, released, sending, unknown}));
    QCOMPARE(m_store->liveRequests(u"shop"_s, 1).value(), std::vector{open});
    QVERIFY(m_store->liveRequests(u"local"_s, 100).value().empty());
}

void TestStoreContract::leaseNeverGoesBack()
{
    EngineLease lease{SeatId(u"s1"_s), 1, m_clock->now() + 15s};
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.saveLease(lease); }));
    lease.until += 5s;
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.saveLease(lease); }));
    const EngineLease taken{SeatId(u"s2"_s), 2, m_clock->now() + 30s};
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.saveLease(taken); }));
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.saveLease(lease); }), ErrorCode::Conflict);
    QCOMPARE(m_store->lease().value(), std::optional(taken));
}

void TestStoreContract::timersFireOnce()
{
    const Request request = insert(m_records->request(m_agent));
    const Timestamp now = m_clock->now();
    const Timer late = m_records->timer(request.id, now + 2s);
    const Timer early = m_records->timer(request.id, now + 1s);
    const Timer other = m_records->timer(request.id, now + 3s, u"remind"_s);
    VERIFY_DONE(save([&](StoreWriter &writer) {
        return inOrder({[&] { return writer.insertTimer(late); }, [&] { return writer.insertTimer(early); },
                        [&] { return writer.insertTimer(other); }});
    }));
    QCOMPARE(m_store->nextTimer().value(), std::optional(early.dueAt));
    QVERIFY(m_store->dueTimers(now, 10).value().empty());
    QCOMPARE(m_store->dueTimers(now + 1s, 10).value(), std::vector{early});
    QCOMPARE(m_store->dueTimers(now + 1h, 10).value(), (std::vector{early, late, other}));
    QCOMPARE(m_store->dueTimers(now + 1h, 2).value(), (std::vector{early, late}));
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.markTimerFired(early.id, now); }));
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.markTimerFired(early.id, now); }), ErrorCode::Conflict);
    QCOMPARE(m_store->nextTimer().value(), std::optional(late.dueAt));
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.removeTimers(request.id, u"expire"_s); }));
    QCOMPARE(m_store->dueTimers(now + 1h, 10).value(), std::vector{other});
    const Timer stray = m_records->timer(RequestId(u"x"_s), now);
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.insertTimer(stray); }), ErrorCode::Conflict);
}

void TestStoreContract::stagedDecisionsComeOldestFirst()
{
    std::vector<Decision> expected;
    for (const Delivery delivery : {Delivery::Staged, Delivery::Held, Delivery::Staged, Delivery::Released}) {
        Request request = m_records->request(m_agent);
        Decision decision = m_records->decision(request.id);
        request.decision = decision.id;
        request.state = {Lifecycle::Decided, delivery};
        request.verdict = Verdict::Approve;
        request.settledAt = m_clock->now();
        request.settledSequence = 1;
        insert(request);
        VERIFY_DONE(save([&](StoreWriter &writer) { return writer.insertDecision(decision); }));
        if (delivery == Delivery::Staged) {
            expected.push_back(decision);
        }
        m_clock->advance(1s);
    }
    QCOMPARE(m_store->stagedDecisions(10).value(), expected);
    QCOMPARE(m_store->stagedDecisions(1).value(), std::vector{expected.front()});
}

void TestStoreContract::draftsAreReplaced()
{
    const Request request = insert(m_records->request(m_agent));
    Draft draft{request.id, ReviewerId(u"r1"_s), 1, R"({"a":1})", m_clock->now()};
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.saveDraft(draft); }));
    draft.body = R"({"a":2})";
    draft.round = 2;
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.saveDraft(draft); }));
    QCOMPARE(m_store->draft(request.id, draft.reviewer).value(), std::optional(draft));
    QVERIFY(!m_store->draft(request.id, ReviewerId(u"r2"_s)).value());
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.removeDraft(request.id, draft.reviewer); }));
    QVERIFY(!m_store->draft(request.id, draft.reviewer).value());
    draft.request = RequestId(u"x"_s);
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.saveDraft(draft); }), ErrorCode::Conflict);
}

void TestStoreContract::toolDefinitionsAreReplaced()
{
    ToolDefinition definition{u"mcp"_s, u"refund"_s, m_records->digest('a'), "{}", m_clock->now(), {}};
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.saveToolDefinition(definition); }));
    definition.hash = m_records->digest('b');
    definition.approvedAt = m_clock->now();
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.saveToolDefinition(definition); }));
    QCOMPARE(m_store->toolDefinition(u"mcp"_s, u"refund"_s).value(), std::optional(definition));
}

void TestStoreContract::feedbackIsChecked()
{
    const Request request = insert(m_records->request(m_agent));
    Feedback feedback{m_records->nextId(), request.id,    5, {u"clear"_s, u"a \"b\""_s}, ContentId(u"c"_s),
                      ReviewerId(u"r1"_s), m_clock->now()};
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.insertFeedback(feedback); }));
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.insertFeedback(feedback); }), ErrorCode::Conflict);
    feedback.id = m_records->nextId();
    feedback.score = 6;
    VERIFY_FAILS(save([&](StoreWriter &writer) { return writer.insertFeedback(feedback); }), ErrorCode::Conflict);
}

void TestStoreContract::eventsAreChained()
{
    const std::vector<AuditEvent> events{m_records->event(u"a"_s), m_records->event(u"b"_s), m_records->event(u"a"_s)};
    std::vector<qint64> sequences;
    VERIFY_DONE(save([&](StoreWriter &writer) -> Result<> {
        for (const AuditEvent &event : {events.at(0), events.at(1)}) {
            const Result<qint64> sequence = writer.appendEvent(event);
            if (!sequence) {
                return sequence.error();
            }
            sequences.push_back(sequence.value());
        }
        return {};
    }));
    VERIFY_DONE(save([&](StoreWriter &writer) -> Result<> {
        const Result<qint64> sequence = writer.appendEvent(events.at(2));
        sequences.push_back(sequence.value());
        return {};
    }));
    QCOMPARE(sequences, (std::vector<qint64>{1, 2, 3}));
    const std::vector<StoreReader::SealedEvent> stored = m_store->events(1, 10).value();
    QCOMPARE(stored.size(), events.size());
    Digest previous;
    for (size_t i = 0; i < stored.size(); ++i) {
        const Seal &seal = stored.at(i).seal;
        QCOMPARE(stored.at(i).event, events.at(i));
        QCOMPARE(seal.sequence, static_cast<qint64>(i) + 1);
        QCOMPARE(seal.event, events.at(i).id);
        QCOMPARE(seal.leafHash, leafHashOf(events.at(i).body));
        QCOMPARE(seal.previousHash, previous);
        QCOMPARE(seal.sealHash, sealHashOf(seal.sequence, previous, seal.leafHash));
        previous = seal.sealHash;
    }
    QCOMPARE(m_store->lastSeal().value(), std::optional(stored.back().seal));
    QCOMPARE(m_store->events(2, 1).value().size(), size_t(1));
    QCOMPARE(m_store->events(2, 1).value().front().seal, stored.at(1).seal);
    QCOMPARE(m_store->events(4, 10).value().size(), size_t(0));
    const std::vector<StoreReader::SealedEvent> about = m_store->eventsAbout(u"a"_s).value();
    QCOMPARE(about.size(), size_t(2));
    QCOMPARE(about.back().seal.sequence, 3);
}

void TestStoreContract::aFailedTransactionLeavesNothing()
{
    const Error why{ErrorCode::WrongState, u"no"_s, {}};
    const Request request = m_records->request(m_agent);
    const Result<> done = save([&](StoreWriter &writer) -> Result<> {
        const Result<> inserted = inOrder({[&] { return writer.insertRequest(request); },
                                           [&] { return writer.indexRequest(request.id, u"words"_s); },
                                           [&] {
                                               return writer.saveSeat({SeatId(u"s"_s), u"window"_s, {}, 1, {}, {}});
                                           }});
        if (!inserted || !writer.appendEvent(m_records->event(request.id.text()))) {
            return inserted;
        }
        return writer.request(request.id).value() ? why : Error{}; // It sees its own writes.
    });
    QCOMPARE(done.error(), why);
    QVERIFY(!m_store->request(request.id).value());
    QVERIFY(m_store->seats({}).value().empty());
    QVERIFY(!m_store->lastSeal().value());
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.insertRequest(request); }));
}

void TestStoreContract::anIgnoredFailureStillUndoesEverything()
{
    const Request request = m_records->request(m_agent);
    const Result<> done = save([&](StoreWriter &writer) -> Result<> {
        if (const Result<> inserted = writer.insertRequest(request); !inserted) {
            return inserted;
        }
        static_cast<void>(writer.insertPrincipal(m_agent)); // A conflict that the work forgets to hand on.
        return {};
    });
    QCOMPARE(done.error().code, ErrorCode::Conflict);
    QVERIFY(!m_store->request(request.id).value());
}

void TestStoreContract::whatSharesACommitStandsOrFallsByItself()
{
    const Request good = m_records->request(m_agent);
    const Request bad = m_records->request(m_agent);
    const Error why{ErrorCode::WrongState, u"no"_s, {}};
    Result<> refused;
    VERIFY_DONE(m_store->together([&]() -> Result<> {
        refused = save([&](StoreWriter &writer) -> Result<> {
            const Result<> inserted = writer.insertRequest(bad);
            return inserted && writer.appendEvent(m_records->event(bad.id.text())) ? Result<>(why) : inserted;
        });
        return m_store->together([&] { return save([&](StoreWriter &w) { return w.insertRequest(good); }); });
    }));
    QCOMPARE(refused.error(), why);
    QVERIFY(m_store->request(good.id).value());
    QVERIFY(!m_store->request(bad.id).value());
    QVERIFY(!m_store->lastSeal().value());
    VERIFY_DONE(save([&](StoreWriter &writer) { return writer.insertRequest(bad); }));
}

void TestStoreContract::everyRowIsVisited()
{
    const auto visited = [this](RowKind kind) {
        QStringList ids;
        [&] { VERIFY_DONE(m_store->eachRow(kind, [&ids](const QString &id) { ids.append(id); })); }();
        ids.sort();
        return ids;
    };
    for (const RowKind kind : allRowKinds) {
        QVERIFY(visited(kind).isEmpty());
    }
    const Request first = inserted(u"a"_s);
    const Request second = inserted(u"a"_s);
    QStringList expected{first.id.text(), second.id.text()};
    expected.sort();
    QCOMPARE(visited(RowKind::Request), expected);
    QVERIFY(m_store->strayRows().value().isEmpty());
}

void TestStoreContract::consistentReadingHandsOnWhatItsWorkReturns()
{
    const Request request = inserted(u"a"_s);
    int runs = 0;
    VERIFY_DONE(m_store->readConsistently([&]() -> Result<> {
        return m_store->readConsistently([&]() -> Result<> {
            ++runs;
            const auto found = m_store->request(request.id);
            return found ? Result<>() : Result<>(found.error());
        });
    }));
    QCOMPARE(runs, 1);
    const Result<> failed = m_store->readConsistently([]() -> Result<> { return Error{ErrorCode::Cancelled, {}, {}}; });
    QCOMPARE(failed.error().code, ErrorCode::Cancelled);
    // And writing goes on afterwards.
    inserted(u"a"_s);
}

QTEST_GUILESS_MAIN(TestStoreContract)
#include "tst_store_contract.moc"
