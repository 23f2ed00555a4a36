// SPDX-License-Identifier: Apache-2.0
#include "core/engine/engine.h"

#include "core/engine/engine_private.h"

#include <QtCore/QCoreApplication>

#include <csignal>
#include <limits>
#include <map>
#include <set>

#include <cerrno>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign {

namespace {
constexpr auto aliveFor = 15s;
}

const TierRules &rulesOf(Tier tier)
{
    static constexpr TierRules low{400ms, 3s, false, false, true, true};
    static constexpr TierRules medium{800ms, 8s, true, false, true, true};
    static constexpr TierRules high{1500ms, 15s, true, true, false, false};
    switch (tier) {
    case Tier::Low:
        return low;
    case Tier::Medium:
        return medium;
    case Tier::High:
        break;
    }
    return high;
}

Engine::Engine(Parts parts)
    : m_parts(std::move(parts))
    , m_seat(m_parts.ids.nextId())
    , d(std::make_unique<Private>(*this))
{}

Engine::~Engine() = default;

void Engine::unlock(UnlockedReviewer reviewer)
{
    d->signPreparedReleases();
    m_unlocked = std::move(reviewer);
}

void Engine::lock()
{
    d->signPreparedReleases();
    m_unlocked.reset();
}

const Reviewer *Engine::unlockedReviewer() const
{
    return m_unlocked ? &m_unlocked->reviewer : nullptr;
}

Result<> Engine::together(const std::function<Result<>()> &work)
{
    if (d->isTogether) {
        return work();
    }
    d->isTogether = true;
    Result<> said;
    const Result<> done = m_parts.store.together([&]() -> Result<> {
        said = work();
        return {};
    });
    d->isTogether = false;
    const std::vector<std::function<void()>> then = std::exchange(d->afterCommit, {});
    if (!done) {
        return done;
    }
    for (const auto &call : then) {
        call();
    }
    return said;
}

void Engine::whenCommitted(std::function<void()> then)
{
    if (d->isTogether) {
        d->afterCommit.push_back(std::move(then));
    } else {
        then();
    }
}

Result<ReviewerDirectory> Engine::directory()
{
    return d->directory(m_parts.store);
}

Result<WorkspaceInfo> Engine::Private::workspace()
{
    if (!workspaceInfo) {
        Result<WorkspaceInfo> info = store().workspace();
        if (!info) {
            return info;
        }
        workspaceInfo = *info;
    }
    return *workspaceInfo;
}

Result<std::optional<Digest>> Engine::Private::pinnedAdministrator()
{
    const Result<WorkspaceInfo> info = workspace();
    if (!info) {
        return info.error();
    }
    const std::optional<QByteArray> stamp = q.m_parts.trust.stamp(); // Before the file is read.
    if (stamp && stamp == pinStamp) {
        return stampedPin;
    }
    const Result<std::optional<TrustPin>> pin = q.m_parts.trust.pinFor(q.m_parts.location, info->id);
    if (!pin) {
        return pin.error();
    }
    pinStamp = stamp;
    stampedPin = *pin ? std::optional((*pin)->administrator) : std::nullopt;
    return stampedPin;
}

Engine::Private::Known &Engine::Private::knownAt(const ChangeMark &mark, const std::optional<Digest> &pinned)
{
    if (!known || !known->isOf(mark, pinned)) {
        known.emplace();
        known->mark = mark;
        known->pinned = pinned;
    }
    return *known;
}

Result<ReviewerDirectory> Engine::Private::directory(StoreReader &reader)
{
    const Result<std::optional<Digest>> pinned = pinnedAdministrator();
    const Result<ChangeMark> mark = pinned ? reader.changeMark() : Result<ChangeMark>(pinned.error());
    if (!mark) {
        return mark.error();
    }
    if (const Known &now = knownAt(*mark, *pinned); now.people) {
        return *now.people;
    }
    Result<ReviewerDirectory> people = readDirectory(reader, *pinned);
    if (people) {
        knownAt(*mark, *pinned).people = *people;
    }
    return people;
}

Result<ReviewerDirectory> Engine::Private::readDirectory(StoreReader &reader, const std::optional<Digest> &pinned)
{
    std::vector<Statement> statements;
    for (const QString &kind : {u"enrol"_s, u"disable"_s, u"rotate"_s}) {
        Result<std::vector<Statement>> some = reader.statementsOfKind(kind);
        if (!some) {
            return some.error();
        }
        std::move(some->begin(), some->end(), std::back_inserter(statements));
    }
    std::sort(statements.begin(), statements.end(),
              [](const Statement &left, const Statement &right) { return left.id < right.id; });
    if (!directoryCache || directoryPin != pinned || directoryStatements != statements) {
        const Result<std::vector<Statement>> ordered = inLogOrder(reader, statements);
        if (!ordered) {
            return ordered.error();
        }
        directoryCache = ReviewerDirectory::build(workspaceInfo->id, *ordered, pinned);
        directoryPin = pinned;
        directoryStatements = std::move(statements);
    }
    return *directoryCache;
}

Result<std::vector<Statement>> Engine::Private::inLogOrder(StoreReader &reader, std::vector<Statement> statements) const
{
    std::map<QString, qint64> places; // Of the entry that holds on to a statement.
    std::set<QString> people;
    for (const Statement &statement : statements) {
        people.insert(statement.subject);
    }
    for (const QString &subject : people) {
        const Result<std::vector<StoreReader::SealedEvent>> entries = reader.eventsAbout(subject);
        if (!entries) {
            return entries.error();
        }
        for (const StoreReader::SealedEvent &entry : *entries) {
            const Result<EventFacts> facts = decodeEvent(entry.event.body);
            for (const HeldRow &held : facts ? facts->statements : std::vector<HeldRow>()) {
                const bool there = std::any_of(statements.begin(), statements.end(), [&](const Statement &statement) {
                    return statement.id.text() == held.id && statement.digest() == held.digest;
                });
                if (!there) {
                    return Error{ErrorCode::NotAllowed,
                                 u"A signed statement about a reviewer that the log holds on to is gone or changed: "
                                 "somebody altered the workspace. Run “countersignctl audit verify”."_s,
                                 held.id};
                }
                places.emplace(held.id, entry.seal.sequence);
            }
        }
    }
    const auto place = [&](const Statement &statement) {
        const auto found = places.find(statement.id.text());
        // One that no entry holds yet is being written now; it comes last.
        return found == places.end() ? std::numeric_limits<qint64>::max() : found->second;
    };
    std::stable_sort(statements.begin(), statements.end(),
                     [&](const Statement &left, const Statement &right) { return place(left) < place(right); });
    return statements;
}

Actor Engine::Private::reviewerActor() const
{
    Q_ASSERT(q.m_unlocked);
    return {u"reviewer"_s, q.m_unlocked->reviewer.id.text(), q.m_unlocked->key.publicKey().fingerprint()};
}

EventFacts Engine::Private::facts(const QString &kind, const QString &subject, Actor actor)
{
    EventFacts facts;
    facts.workspace = workspaceInfo ? workspaceInfo->id : WorkspaceId();
    facts.id = EventId(newId());
    facts.kind = kind;
    facts.at = now();
    facts.monotonic = q.m_parts.clock.monotonic();
    facts.actor = std::move(actor);
    facts.seat = q.m_seat;
    facts.subject = subject;
    return facts;
}

EventFacts Engine::Private::facts(const QString &kind, const Request &request, Actor actor)
{
    EventFacts result = facts(kind, request.id.text(), std::move(actor));
    result.request = RequestFacts::of(request);
    return result;
}

Result<> Engine::Private::append(StoreWriter &writer, const EventFacts &facts)
{
    Q_ASSERT(!facts.workspace.isEmpty());
    const Result<qint64> sequence = writer.appendEvent(toAuditEvent(facts));
    return sequence ? Result<>() : Result<>(sequence.error());
}

Result<Request> Engine::Private::existing(StoreReader &reader, const RequestId &id)
{
    const Result<WorkspaceInfo> info = workspace();
    if (!info) {
        return info.error();
    }
    Result<std::optional<Request>> found = reader.request(id);
    if (!found) {
        return found.error();
    }
    if (!*found) {
        return Error{ErrorCode::NotFound, u"There is no request %1 in this workspace."_s.arg(id.text().left(64)), {}};
    }
    return std::move(**found);
}

Result<Round> Engine::Private::soundRound(StoreReader &reader, const Request &request)
{
    Result<std::optional<Round>> round = reader.round(request.id, request.round);
    if (!round) {
        return round.error();
    }
    if (!*round) {
        return Error{ErrorCode::Damaged,
                     u"The content of request %1 is missing from the workspace."_s.arg(request.id.text()),
                     {}};
    }
    if ((*round)->contentErased) {
        return Error{ErrorCode::Damaged, u"The content of request %1 was erased."_s.arg(request.id.text()), {}};
    }
    if (payloadHash(workspaceInfo->id, **round) != (*round)->payloadHash) {
        return Error{ErrorCode::Damaged,
                     u"The stored content of request %1 is not what was filed: somebody changed the workspace."_s.arg(
                         request.id.text()),
                     u"payload hash differs"_s};
    }
    return std::move(**round);
}

Result<> Engine::Private::step(Request &request, RequestEvent event) const
{
    const Result<RequestState> next = nextState(request.state, event);
    if (!next) {
        return next.error();
    }
    request.state = *next;
    ++request.revision;
    return {};
}

Result<> Engine::Private::settle(StoreWriter &writer, Request &request, const QString &note)
{
    const Result<qint64> sequence = writer.nextSettledSequence();
    if (!sequence) {
        return sequence.error();
    }
    request.settledSequence = *sequence;
    if (!request.settledAt) {
        request.settledAt = now();
    }
    if (!note.isEmpty()) {
        request.settledNote = note;
    }
    request.claimedBy.reset();
    request.claimedByName.clear();
    request.claimedUntil.reset();
    return {};
}

ContentRow Engine::Private::newContent(const QString &kind, QByteArray body)
{
    return {ContentId(newId()), kind, q.m_parts.ids.randomBytes(32), std::move(body)};
}

Seat Engine::Private::ownSeat() const
{
    Seat seat;
    seat.id = q.m_seat;
    seat.kind = q.m_parts.seatKind;
    if (q.m_unlocked) {
        seat.reviewer = q.m_unlocked->reviewer.id;
    }
    seat.processId = QCoreApplication::applicationPid();
    seat.startedAt = startedAt.value_or(now());
    seat.heartbeatAt = now();
    return seat;
}

bool Engine::Private::isAlive(const Seat &seat) const
{
    if (seat.id == q.m_seat) {
        return true;
    }
    // A process that is gone needs no time-out; EPERM means that it lives under another user.
    if (::kill(static_cast<pid_t>(seat.processId), 0) != 0 && errno == ESRCH) {
        return false;
    }
    return seat.heartbeatAt + aliveFor > now();
}

Result<Reviewer> Engine::Private::currentReviewer(StoreReader &reader)
{
    if (const Result<> unlocked = requireUnlocked(); !unlocked) {
        return unlocked.error();
    }
    const Result<ReviewerDirectory> people = directory(reader);
    if (!people) {
        return people.error();
    }
    const Reviewer *current = people->activeByKey(q.m_unlocked->key.publicKey().fingerprint());
    if (!current || current->id != q.m_unlocked->reviewer.id) {
        return Error{ErrorCode::NotAllowed,
                     u"Your key is not enrolled in this workspace, or no longer: ask an administrator."_s,
                     {}};
    }
    return *current;
}

Result<> Engine::Private::requireUnlocked() const
{
    if (!q.m_unlocked) {
        return Error{ErrorCode::NotAllowed, u"Nobody is signed in: unlock your reviewer key first."_s, {}};
    }
    return {};
}

Result<> Engine::announce()
{
    if (!d->startedAt) {
        d->startedAt = d->now();
    }
    const Result<> saved = m_parts.store.transact([&](StoreWriter &writer) { return writer.saveSeat(d->ownSeat()); });
    if (saved) {
        whenCommitted([this, at = d->now()] { d->announcedAt = at; });
    }
    return saved;
}

Result<> Engine::leave()
{
    const Result<WorkspaceInfo> info = d->workspace();
    if (!info) {
        return info.error();
    }
    const Result<> done = m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        const Result<std::vector<Decision>> staged = writer.stagedDecisions(1000);
        if (!staged) {
            return staged.error();
        }
        for (const Decision &decision : *staged) {
            if (decision.seat != m_seat) {
                continue;
            }
            Result<Request> request = d->existing(writer, decision.request);
            if (!request) {
                return request.error();
            }
            if (const Result<> held = d->hold(writer, *request, decision); !held) {
                return held;
            }
        }
        return writer.removeSeat(m_seat);
    });
    if (done) {
        whenCommitted([this] {
            d->preparedReleases.clear();
            d->announcedAt.reset();
        });
    }
    return done;
}

Result<SeatPresence> Engine::presence()
{
    const Result<std::vector<Seat>> seats = m_parts.store.seats(d->now() - aliveFor);
    if (!seats) {
        return seats.error();
    }
    SeatPresence presence;
    for (const Seat &seat : *seats) {
        if (!d->isAlive(seat)) {
            continue;
        }
        presence.windows += seat.kind == "window"_L1 ? 1 : 0;
        presence.servers += seat.kind == "serve"_L1 ? 1 : 0;
    }
    return presence;
}

Result<bool> Engine::holdLease()
{
    const Result<WorkspaceInfo> info = d->workspace();
    if (!info) {
        return info.error();
    }
    bool mine = false;
    const Result<> done = m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        const Result<std::optional<EngineLease>> stored = writer.lease();
        if (!stored) {
            return stored.error();
        }
        EngineLease lease = stored->value_or(EngineLease{});
        const bool taken = lease.holder != m_seat;
        if (taken && !lease.holder.isEmpty() && lease.until > d->now()) {
            const Result<std::optional<Seat>> holder = writer.seat(lease.holder);
            if (!holder) {
                return holder.error();
            }
            if (*holder && d->isAlive(**holder)) {
                return {};
            }
        }
        mine = true;
        lease.holder = m_seat;
        lease.epoch += taken ? 1 : 0;
        lease.until = d->now() + aliveFor;
        if (const Result<> saved = writer.saveLease(lease); !saved || !taken) {
            return saved;
        }
        EventFacts facts = d->facts(u"lease.taken"_s, QString(), d->seatActor());
        facts.more = JsonValue::object();
        facts.more.set("epoch", JsonValue::fromInteger(lease.epoch));
        return d->append(writer, facts);
    });
    if (!done) {
        return done.error();
    }
    return mine;
}

Result<> Engine::saveDraft(const RequestId &id, int round, const QByteArray &body)
{
    if (const Result<> unlocked = d->requireUnlocked(); !unlocked) {
        return unlocked;
    }
    const Draft draft{id, m_unlocked->reviewer.id, round, body, d->now()};
    return m_parts.store.transact([&](StoreWriter &writer) { return writer.saveDraft(draft); });
}

Result<std::optional<Draft>> Engine::draft(const RequestId &id)
{
    if (const Result<> unlocked = d->requireUnlocked(); !unlocked) {
        return unlocked.error();
    }
    return m_parts.store.draft(id, m_unlocked->reviewer.id);
}

Result<> Engine::removeDraft(const RequestId &id)
{
    if (const Result<> unlocked = d->requireUnlocked(); !unlocked) {
        return unlocked;
    }
    return m_parts.store.transact([&](StoreWriter &writer) { return writer.removeDraft(id, m_unlocked->reviewer.id); });
}

} // namespace countersign
