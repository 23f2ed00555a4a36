// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/audit/outcome_content.h"
#include "core/audit/verifier.h"
#include "core/domain/hashes.h"
#include "core/domain/policy.h"
#include "core/domain/statements.h"
#include "core/domain/summary.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fixed_ids.h"

#include <algorithm>
#include <map>

namespace countersign {

using namespace Qt::StringLiterals;

/// A workspace in memory that a test may tamper with in every place.
class MemoryAuditSource : public AuditSource
{
public:
    Result<WorkspaceId> workspace() override { return id; }

    Result<std::vector<SealedEvent>> events(qint64 fromSequence, int limit) override
    {
        std::vector<SealedEvent> found;
        for (const SealedEvent &sealed : log) {
            if (sealed.seal.sequence >= fromSequence) {
                found.push_back(sealed);
            }
        }
        std::stable_sort(found.begin(), found.end(), [](const SealedEvent &left, const SealedEvent &right) {
            return left.seal.sequence < right.seal.sequence;
        });
        found.resize(std::min(found.size(), static_cast<size_t>(limit)));
        return found;
    }
    Result<std::optional<Statement>> statement(const StatementId &wanted) override
    {
        return lookUp(statements, wanted);
    }
    Result<std::optional<ContentRow>> content(const ContentId &wanted) override { return lookUp(contents, wanted); }
    Result<std::optional<Request>> request(const RequestId &wanted) override { return lookUp(requests, wanted); }
    Result<std::vector<Round>> rounds(const RequestId &wanted) override
    {
        std::vector<Round> found = roundRows[wanted];
        for (Round &round : found) {
            const auto row = contents.find(round.contentId);
            const Result<RoundContent> decoded =
                row == contents.end() ? Result<RoundContent>(Error{}) : decodeRoundContent(row->second.body);
            round.contentErased = !decoded;
            round.content = decoded.valueOr({});
        }
        return found;
    }
    Result<std::vector<Decision>> decisions(const RequestId &wanted) override { return decisionRows[wanted]; }
    Result<std::vector<Outcome>> outcomes(const RequestId &wanted) override { return outcomeRows[wanted]; }
    Result<std::vector<AttemptRow>> attempts(const DecisionId &wanted) override { return attemptRows[wanted]; }
    Result<std::optional<Principal>> principal(const PrincipalId &wanted) override
    {
        return lookUp(principals, wanted);
    }
    Result<std::vector<Reviewer>> reviewers() override { return reviewerRows; }
    Result<std::vector<PolicyRow>> policies() override { return policyRows; }
    Result<> eachRow(RowKind kind, const std::function<void(const QString &)> &visit) override
    {
        const auto visitKeys = [&visit](const auto &rows) {
            for (const auto &[key, row] : rows) {
                visit(key.text());
            }
        };
        const auto visitRows = [&visit](const auto &lists, const auto &idOf) {
            for (const auto &[key, rows] : lists) {
                for (const auto &row : rows) {
                    visit(idOf(row));
                }
            }
        };
        switch (kind) {
        case RowKind::Statement:
            visitKeys(statements);
            break;
        case RowKind::Content:
            visitKeys(contents);
            break;
        case RowKind::Request:
            visitKeys(requests);
            break;
        case RowKind::Round:
            visitRows(roundRows,
                      [](const Round &row) { return row.request.text() + u'/' + QString::number(row.number); });
            break;
        case RowKind::Decision:
            visitRows(decisionRows, [](const Decision &row) { return row.id.text(); });
            break;
        case RowKind::DeliveryAttempt:
            visitRows(attemptRows, [](const AttemptRow &row) { return row.id; });
            break;
        case RowKind::Outcome:
            visitRows(outcomeRows, [](const Outcome &row) { return row.id.text(); });
            break;
        }
        return {};
    }
    Result<QStringList> strayRows() override { return QStringList(); }

    /// What an attacker does who knows how seals are made: there is no secret in them.
    void sealAgain()
    {
        Digest previous;
        qint64 sequence = 0;
        for (SealedEvent &sealed : log) {
            Seal &seal = sealed.seal;
            seal.sequence = ++sequence;
            seal.event = sealed.event.id;
            seal.leafHash = leafHashOf(sealed.event.body);
            seal.previousHash = previous;
            seal.sealHash = sealHashOf(seal.sequence, previous, seal.leafHash);
            previous = seal.sealHash;
        }
    }
    void append(const EventFacts &facts)
    {
        const Digest previous = log.empty() ? Digest{} : log.back().seal.sealHash;
        const auto sequence = static_cast<qint64>(log.size()) + 1;
        SealedEvent sealed;
        sealed.event = toAuditEvent(facts);
        const Digest leaf = leafHashOf(sealed.event.body);
        sealed.seal = {sequence, facts.id, leaf, previous, sealHashOf(sequence, previous, leaf)};
        log.push_back(sealed);
    }

    WorkspaceId id{u"ws1"_s};
    std::vector<SealedEvent> log;
    std::map<StatementId, Statement> statements;
    std::map<ContentId, ContentRow> contents;
    std::map<RequestId, Request> requests;
    std::map<RequestId, std::vector<Round>> roundRows;
    std::map<RequestId, std::vector<Decision>> decisionRows;
    std::map<RequestId, std::vector<Outcome>> outcomeRows;
    std::map<DecisionId, std::vector<AttemptRow>> attemptRows;
    std::map<PrincipalId, Principal> principals;
    std::vector<Reviewer> reviewerRows;
    std::vector<PolicyRow> policyRows;

private:
    template<typename Key, typename Row>
    static Result<std::optional<Row>> lookUp(const std::map<Key, Row> &rows, const Key &wanted)
    {
        const auto found = rows.find(wanted);
        return found == rows.end() ? std::optional<Row>() : std::optional<Row>(found->second);
    }
};

/// A person with their key.
struct Person {
    ReviewerId id;
    QString name;
    SigningKey key = SigningKey::generate();
};

/// Writes a log as the engine does.
class AuditLogBuilder
{
public:
    AuditLogBuilder()
        : recovery(SigningKey::generate())
    {
        admin.id = ReviewerId(ids.nextId());
        admin.name = u"Ada"_s;
    }

    Digest pin() const { return pinned; }

    EventFacts facts(const QString &kind, const QString &subject, Actor actor = {u"seat"_s, u"seat1"_s, {}})
    {
        clock.advance(std::chrono::milliseconds(250));
        EventFacts made;
        made.workspace = source.id;
        made.id = EventId(ids.nextId());
        made.kind = kind;
        made.at = clock.now();
        made.monotonic = clock.monotonic();
        made.actor = std::move(actor);
        made.seat = SeatId(u"seat1"_s);
        made.subject = subject;
        return made;
    }
    static Actor actorOf(const Person &person)
    {
        return {u"reviewer"_s, person.id.text(), person.key.publicKey().fingerprint()};
    }

    void create() { source.append(facts(u"workspace.created"_s, {})); }

    void enrolAdministrator()
    {
        pinned = admin.key.publicKey().fingerprint();
        const EnrolBody body{source.id,  admin.id, admin.name, {}, admin.key.publicKey(), true, recovery.publicKey(),
                             clock.now()};
        statement(u"reviewer.enrolled"_s, u"enrol"_s, admin.id.text(), encodeBody(body), admin);
        addReviewer(body);
    }
    Person enrol(const QString &name, bool administrator = false)
    {
        Person person;
        person.id = ReviewerId(ids.nextId());
        person.name = name;
        const EnrolBody body{source.id,     person.id, name,       {u"staff"_s}, person.key.publicKey(),
                             administrator, {},        clock.now()};
        statement(u"reviewer.enrolled"_s, u"enrol"_s, person.id.text(), encodeBody(body), admin);
        addReviewer(body);
        return person;
    }
    void disable(const Person &person)
    {
        const DisableBody body{source.id, person.id, clock.now()};
        statement(u"reviewer.disabled"_s, u"disable"_s, person.id.text(), encodeBody(body), admin);
        reviewerRow(person.id).disabledAt = body.at;
    }
    void rotate(Person &person)
    {
        SigningKey next = SigningKey::generate();
        const RotateBody body{source.id, person.id, next.publicKey(), clock.now()};
        statement(u"reviewer.rotated"_s, u"rotate"_s, person.id.text(), encodeBody(body), person);
        reviewerRow(person.id).key = body.newKey;
        person.key = std::move(next);
    }
    /// Signs, stores and appends; returns the statement's id.
    StatementId statement(const QString &event, const QString &kind, const QString &subject, const QByteArray &body,
                          const Person &by)
    {
        const Statement made = signStatement(StatementId(ids.nextId()), kind, subject, body, by.key);
        source.statements[made.id] = made;
        const bool policy = kind == QLatin1String("policy");
        EventFacts about = facts(event, policy ? policyLogSubject() : subject, actorOf(by));
        about.statements = {{made.id.text(), made.digest()}};
        if (policy) {
            about.more = JsonValue::object({{"version", JsonValue::fromString(subject)}});
        }
        source.append(about);
        return made.id;
    }

    void addReviewer(const EnrolBody &body)
    {
        source.reviewerRows.push_back(
            {body.reviewer, body.name, body.groups, body.key, body.administrator, body.at, {}});
    }
    Reviewer &reviewerRow(const ReviewerId &id)
    {
        return *std::find_if(source.reviewerRows.begin(), source.reviewerRows.end(),
                             [&id](const Reviewer &row) { return row.id == id; });
    }

    RequestId file(const QString &tool, const QByteArray &arguments, int quorum = 1)
    {
        Request request;
        request.id = RequestId(ids.nextId());
        request.agentName = u"agent"_s;
        request.connection = u"local"_s;
        request.principal = PrincipalId(u"agent1"_s);
        request.createdAt = clock.now();
        source.principals[request.principal] = {request.principal, u"agent"_s, u"local"_s, u"user"_s, {}, clock.now()};
        source.requests[request.id] = request;
        addRound(request.id, tool, arguments, quorum);
        return request.id;
    }
    void revise(const RequestId &id, const QByteArray &arguments)
    {
        Request &request = source.requests[id];
        ++request.round;
        ++request.revision;
        request.state = {};
        addRound(id, request.toolName, arguments, request.quorum);
    }
    void step(const RequestId &id, const QString &kind, RequestEvent event)
    {
        Request &request = source.requests[id];
        request.state = nextState(request.state, event).value();
        ++request.revision;
        if (event == RequestEvent::Expire || event == RequestEvent::Withdraw) {
            request.settledAt = clock.now();
            request.settledNote =
                event == RequestEvent::Expire ? u"Its deadline passed"_s : u"Withdrawn by the asker"_s;
            endClaim(request);
        }
        source.append(aboutRequest(kind, id));
    }
    void claim(const RequestId &id)
    {
        Request &request = source.requests[id];
        ++request.revision;
        request.claimedBy = admin.id;
        request.claimedByName = admin.name;
        request.claimedUntil = clock.now() + std::chrono::minutes(5);
        EventFacts about = aboutRequest(u"request.claimed"_s, id, actorOf(admin));
        about.more = JsonValue::object();
        about.more.set("until", JsonValue::fromString(toRfc3339(*request.claimedUntil)));
        source.append(about);
    }
    static void endClaim(Request &request)
    {
        request.claimedBy.reset();
        request.claimedByName.clear();
        request.claimedUntil.reset();
    }

    StatementId vote(const RequestId &id, Verdict verdict, const Person &by, bool decides = true,
                     const QByteArray &edited = {})
    {
        clock.advance(std::chrono::seconds(5));
        Request &request = source.requests[id];
        const Round round = source.rounds(id)->back();
        VoteContent content;
        content.reason = u"Because of "_s + by.name;
        content.arguments = edited;
        const ContentRow row = store(u"vote"_s, encodeVoteContent(content));
        Vote vote;
        vote.statement = StatementId(ids.nextId());
        vote.request = id;
        vote.round = round.number;
        vote.payloadHash = round.payloadHash;
        vote.effectiveHash = effectiveHash(round.payloadHash, verdict, round.content, content);
        vote.verdict = verdict;
        vote.shown = WhatWasShown::nothingOnCommandLine();
        vote.reviewer = by.id;
        vote.reviewerName = by.name;
        vote.keyId = by.key.publicKey().fingerprint();
        vote.at = clock.now();
        vote.contentId = row.id;
        vote.contentCommitment = row.commitment();
        Statement made = signStatement(vote.statement, u"vote"_s, id.text(), encodeVote(source.id, vote), by.key);
        made.content = row.id;
        source.statements[made.id] = made;
        const bool changes = verdict == Verdict::RequestChanges;
        const RequestEvent event = changes   ? RequestEvent::RequestChanges
                                   : decides ? RequestEvent::Decide
                                             : RequestEvent::Vote;
        request.state = nextState(request.state, event).value();
        ++request.revision;
        if (decides && !changes) {
            addDecision(request, vote);
        }
        EventFacts about = aboutRequest(u"vote.cast"_s, id, actorOf(by));
        about.payloadHash = vote.payloadHash;
        about.effectiveHash = vote.effectiveHash;
        about.statements = {{made.id.text(), made.digest()}};
        about.contents = {{row.id.text(), row.commitment()}};
        source.append(about);
        return made.id;
    }
    void release(const RequestId &id, const Person &by)
    {
        Request &request = source.requests[id];
        Decision &decision = source.decisionRows[id].back();
        const ReleaseBody body{source.id,  id,    decision.id, decision.decidingVote, decision.effectiveHash,
                               u"token"_s, by.id, clock.now()};
        const Statement made =
            signStatement(StatementId(ids.nextId()), u"release"_s, id.text(), encodeBody(body), by.key);
        source.statements[made.id] = made;
        request.state = nextState(request.state, RequestEvent::Release).value();
        ++request.revision;
        decision.release = made.id;
        decision.releasedAt = clock.now();
        endClaim(request);
        EventFacts about = aboutRequest(u"decision.released"_s, id); // Published by the seat's timer.
        about.payloadHash = decision.payloadHash;
        about.effectiveHash = decision.effectiveHash;
        about.statements = {{made.id.text(), made.digest()}};
        source.append(about);
    }
    void undo(const RequestId &id, const Person &by)
    {
        Request &request = source.requests[id];
        Decision &decision = source.decisionRows[id].back();
        const UndoBody body{source.id, id, decision.decidingVote, by.id, clock.now()};
        const Statement made = signStatement(StatementId(ids.nextId()), u"undo"_s, id.text(), encodeBody(body), by.key);
        source.statements[made.id] = made;
        request.state = nextState(request.state, RequestEvent::Undo).value();
        ++request.revision;
        request.decision.reset();
        request.verdict.reset();
        request.settledAt.reset();
        decision.undone = true;
        EventFacts about = aboutRequest(u"decision.undone"_s, id, actorOf(by));
        about.statements = {{made.id.text(), made.digest()}};
        source.append(about);
    }
    void deliver(const RequestId &id)
    {
        Decision &decision = source.decisionRows[id].back();
        step(id, u"delivery.started"_s, RequestEvent::BeginSending);
        step(id, u"delivery.acknowledged"_s, RequestEvent::Acknowledge);
        decision.acknowledgedAt = clock.now();
        source.attemptRows[decision.id] = {{ids.nextId(), u"token"_s, u"acknowledged"_s, true}};
    }
    void outcome(const RequestId &id)
    {
        Outcome row;
        row.id = OutcomeId(ids.nextId());
        row.request = id;
        row.decision = source.requests[id].decision;
        row.exitCode = 0;
        row.at = clock.now();
        source.outcomeRows[id].push_back(row);
        const ContentRow content = store(u"outcome"_s, encodeOutcomeContent(row));
        EventFacts about = facts(u"outcome.reported"_s, id.text(), {u"principal"_s, u"agent1"_s, {}});
        about.contents = {{content.id.text(), content.commitment()}};
        about.more = JsonValue::object();
        about.more.set("outcome", JsonValue::fromString(row.id.text()));
        about.more.set("exitCode", JsonValue::fromInteger(0));
        source.append(about);
    }
    void erase(const ContentId &content)
    {
        source.contents.erase(content);
        EventFacts about = facts(u"content.erased"_s, {});
        about.more = JsonValue::object();
        about.more.set("content", JsonValue::fromString(content.text()));
        source.append(about);
    }
    EventFacts aboutRequest(const QString &kind, const RequestId &id, Actor actor = {u"seat"_s, u"seat1"_s, {}})
    {
        EventFacts about = facts(kind, id.text(), std::move(actor));
        about.request = RequestFacts::of(source.requests[id]);
        return about;
    }
    ContentRow store(const QString &kind, const QByteArray &body)
    {
        const ContentRow row{ContentId(ids.nextId()), kind, ids.randomBytes(32), body};
        source.contents[row.id] = row;
        return row;
    }

    FakeClock clock;
    SequentialIds ids;
    MemoryAuditSource source;
    Person admin;
    SigningKey recovery;
    Digest pinned;

private:
    void addRound(const RequestId &id, const QString &tool, const QByteArray &arguments, int quorum)
    {
        Request &request = source.requests[id];
        Round round;
        round.request = id;
        round.number = request.round;
        round.content.toolName = tool;
        round.content.arguments = arguments;
        round.content.allowed = {Verdict::Approve, Verdict::ApproveEdited, Verdict::Reject, Verdict::RequestChanges};
        round.policy = {.version = u"builtin-1"_s, .trace = {}, .tier = Tier::Medium, .quorum = quorum};
        round.expiresAt = clock.now() + std::chrono::hours(24);
        round.createdAt = clock.now();
        round.intakeHash = intakeHash(round.content);
        round.payloadHash = payloadHash(source.id, round);
        const ContentRow row = store(u"round"_s, encodeRoundContent(round.content));
        round.contentId = row.id;
        request.toolName = tool;
        request.summary = summarize(round.content, request.agentName);
        request.quorum = quorum;
        request.expiresAt = round.expiresAt;
        source.roundRows[id].push_back(round);
        EventFacts about = aboutRequest(round.number == 1 ? u"request.filed"_s : u"request.revised"_s, id,
                                        {u"principal"_s, u"agent1"_s, {}});
        about.intakeHash = round.intakeHash;
        about.payloadHash = round.payloadHash;
        about.contents = {{row.id.text(), row.commitment()}};
        source.append(about);
    }
    void addDecision(Request &request, const Vote &vote)
    {
        Decision decision;
        decision.id = DecisionId(ids.nextId());
        decision.request = request.id;
        decision.round = vote.round;
        decision.verdict = vote.verdict;
        decision.decidingVote = vote.statement;
        decision.reviewer = vote.reviewer;
        decision.reviewerName = vote.reviewerName;
        decision.payloadHash = vote.payloadHash;
        decision.effectiveHash = vote.effectiveHash;
        decision.decidedAt = vote.at;
        decision.seat = SeatId(u"seat1"_s);
        source.decisionRows[request.id].push_back(decision);
        request.decision = decision.id;
        request.verdict = vote.verdict;
        request.settledAt = vote.at;
    }
};

} // namespace countersign
