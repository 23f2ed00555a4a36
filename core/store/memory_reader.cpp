// SPDX-License-Identifier: Apache-2.0
#include "core/store/memory_state.h"

#include "core/domain/hashes.h"

#include <algorithm>

#include <atomic>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

template<typename Map>
std::optional<typename Map::mapped_type> valueIn(const Map &map, const typename Map::key_type &key)
{
    const auto found = map.constFind(key);
    return found == map.cend() ? std::nullopt : std::optional(*found);
}

/// The values for which \p wanted holds, in the order of their keys.
template<typename Container, typename Predicate>
auto valuesWhere(const Container &container, Predicate wanted)
{
    std::vector<std::decay_t<decltype(*container.cbegin())>> values;
    std::copy_if(container.cbegin(), container.cend(), std::back_inserter(values), wanted);
    return values;
}

/// Sorts by a time, keeping the order of ids where times are equal.
template<typename T, typename Time>
void sortByTime(std::vector<T> &values, Time time)
{
    std::stable_sort(values.begin(), values.end(),
                     [time](const T &left, const T &right) { return time(left) < time(right); });
}

template<typename T>
void limitTo(std::vector<T> &values, int limit)
{
    if (values.size() > static_cast<size_t>(qMax(limit, 0))) {
        values.resize(static_cast<size_t>(qMax(limit, 0)));
    }
}

} // namespace

Result<std::optional<Request>> MemoryReader::request(const RequestId &id)
{
    return valueIn(m_state.requests, id);
}

Result<std::optional<Request>> MemoryReader::requestByKey(const PrincipalId &principal, const QString &key)
{
    const auto found = std::find_if(m_state.requests.cbegin(), m_state.requests.cend(), [&](const Request &request) {
        return request.principal == principal && request.idempotencyKey == key && !key.isEmpty();
    });
    return found == m_state.requests.cend() ? std::optional<Request>() : *found;
}

Result<std::optional<Principal>> MemoryReader::principal(const PrincipalId &id)
{
    return valueIn(m_state.principals, id);
}

Result<std::optional<Principal>> MemoryReader::principalByName(const QString &connection, const QString &osUser,
                                                               const QString &name)
{
    const auto found =
        std::find_if(m_state.principals.cbegin(), m_state.principals.cend(), [&](const Principal &principal) {
            return principal.connection == connection && principal.osUser == osUser && principal.name == name;
        });
    return found == m_state.principals.cend() ? std::optional<Principal>() : *found;
}

Round MemoryReader::withContent(Round round) const
{
    const auto row = m_state.contents.constFind(round.contentId);
    round.contentErased = row == m_state.contents.cend();
    if (!round.contentErased) {
        const Result<RoundContent> content = decodeRoundContent(row->body);
        if (content) {
            round.content = content.value();
        } else {
            round.content.unreviewable = u"The stored content was changed and cannot be read."_s;
        }
    }
    return round;
}

Result<std::vector<Round>> MemoryReader::rounds(const RequestId &id)
{
    std::vector<Round> rounds = valuesWhere(m_state.rounds, [&id](const Round &round) { return round.request == id; });
    std::transform(rounds.begin(), rounds.end(), rounds.begin(),
                   [this](const Round &round) { return withContent(round); });
    return rounds;
}

Result<std::optional<Round>> MemoryReader::round(const RequestId &id, int number)
{
    const std::optional<Round> round = valueIn(m_state.rounds, {id, number});
    return round ? std::optional(withContent(*round)) : std::nullopt;
}

Result<std::vector<Statement>> MemoryReader::statements(const QString &kind, const QString &subject)
{
    return valuesWhere(m_state.statements, [&](const Statement &statement) {
        return statement.kind == kind && statement.subject == subject;
    });
}

Result<std::vector<Statement>> MemoryReader::statementsOfKind(const QString &kind)
{
    return valuesWhere(m_state.statements, [&kind](const Statement &statement) { return statement.kind == kind; });
}

Result<std::optional<Statement>> MemoryReader::statement(const StatementId &id)
{
    return valueIn(m_state.statements, id);
}

Result<std::optional<ContentRow>> MemoryReader::content(const ContentId &id)
{
    return valueIn(m_state.contents, id);
}

Result<std::optional<Decision>> MemoryReader::decision(const DecisionId &id)
{
    return valueIn(m_state.decisions, id);
}

Result<std::vector<Decision>> MemoryReader::decisions(const RequestId &id)
{
    std::vector<Decision> decisions =
        valuesWhere(m_state.decisions, [&id](const Decision &decision) { return decision.request == id; });
    sortByTime(decisions, [](const Decision &decision) { return decision.decidedAt; });
    return decisions;
}

Result<std::vector<Outcome>> MemoryReader::outcomes(const RequestId &id)
{
    std::vector<Outcome> outcomes =
        valuesWhere(m_state.outcomes, [&id](const Outcome &outcome) { return outcome.request == id; });
    sortByTime(outcomes, [](const Outcome &outcome) { return outcome.at; });
    return outcomes;
}

Result<std::vector<DeliveryAttempt>> MemoryReader::deliveryAttempts(const DecisionId &id)
{
    std::vector<DeliveryAttempt> attempts =
        valuesWhere(m_state.attempts, [&id](const DeliveryAttempt &attempt) { return attempt.decision == id; });
    sortByTime(attempts, [](const DeliveryAttempt &attempt) { return attempt.intentAt; });
    return attempts;
}

Result<std::vector<DeliveryAttempt>> MemoryReader::unfinishedAttempts(int limit)
{
    std::vector<DeliveryAttempt> attempts =
        valuesWhere(m_state.attempts, [](const DeliveryAttempt &attempt) { return !attempt.finishedAt; });
    sortByTime(attempts, [](const DeliveryAttempt &attempt) { return attempt.intentAt; });
    limitTo(attempts, limit);
    return attempts;
}

Result<std::vector<Reviewer>> MemoryReader::reviewers()
{
    std::vector<Reviewer> reviewers(m_state.reviewers.cbegin(), m_state.reviewers.cend());
    sortByTime(reviewers, [](const Reviewer &reviewer) { return reviewer.enrolledAt; });
    return reviewers;
}

Result<std::optional<PolicyVersion>> MemoryReader::activePolicy()
{
    std::optional<PolicyVersion> newest;
    for (const PolicyVersion &policy : m_state.policies) {
        if (!newest || policy.activeFrom >= newest->activeFrom) {
            newest = policy;
        }
    }
    return newest;
}

Result<std::vector<PolicyVersion>> MemoryReader::policies()
{
    return std::vector<PolicyVersion>(m_state.policies.cbegin(), m_state.policies.cend());
}

Result<std::vector<Seat>> MemoryReader::seats(Timestamp aliveSince)
{
    return valuesWhere(m_state.seats, [aliveSince](const Seat &seat) { return seat.heartbeatAt >= aliveSince; });
}

Result<std::vector<ConnectionRow>> MemoryReader::connections()
{
    return std::vector<ConnectionRow>(m_state.connections.cbegin(), m_state.connections.cend());
}

Result<std::vector<Request>> MemoryReader::liveRequests(const QString &connection, int limit)
{
    std::vector<Request> live = valuesWhere(m_state.requests, [&](const Request &request) {
        const Delivery delivery = request.state.delivery;
        const bool undelivered =
            delivery != Delivery::None && delivery != Delivery::Acknowledged && delivery != Delivery::Undeliverable;
        return request.connection == connection && connection != "local"_L1 && (request.isOpen() || undelivered);
    });
    sortByTime(live, [](const Request &request) { return request.createdAt; });
    limitTo(live, limit);
    return live;
}

Result<std::optional<Seat>> MemoryReader::seat(const SeatId &id)
{
    return valueIn(m_state.seats, id);
}

Result<std::vector<Timer>> MemoryReader::dueTimers(Timestamp now, int limit)
{
    std::vector<Timer> timers =
        valuesWhere(m_state.timers, [now](const Timer &timer) { return !timer.firedAt && timer.dueAt <= now; });
    sortByTime(timers, [](const Timer &timer) { return timer.dueAt; });
    limitTo(timers, limit);
    return timers;
}

Result<std::optional<Timestamp>> MemoryReader::nextTimer()
{
    std::optional<Timestamp> next;
    for (const Timer &timer : m_state.timers) {
        if (!timer.firedAt && (!next || timer.dueAt < *next)) {
            next = timer.dueAt;
        }
    }
    return next;
}

Result<std::vector<Decision>> MemoryReader::stagedDecisions(int limit)
{
    std::vector<Decision> decisions = valuesWhere(m_state.decisions, [this](const Decision &decision) {
        const std::optional<Request> request = valueIn(m_state.requests, decision.request);
        return !decision.undone && request && request->decision == decision.id &&
               request->state.delivery == Delivery::Staged;
    });
    sortByTime(decisions, [](const Decision &decision) { return decision.decidedAt; });
    limitTo(decisions, limit);
    return decisions;
}

Result<std::optional<Draft>> MemoryReader::draft(const RequestId &request, const ReviewerId &reviewer)
{
    return valueIn(m_state.drafts, {request, reviewer});
}

Result<std::optional<ToolDefinition>> MemoryReader::toolDefinition(const QString &connection, const QString &tool)
{
    return valueIn(m_state.toolDefinitions, {connection, tool});
}

Result<std::vector<StoreReader::SealedEvent>> MemoryReader::events(qint64 fromSequence, int limit)
{
    std::vector<StoreReader::SealedEvent> events =
        valuesWhere(m_state.events, [fromSequence](const StoreReader::SealedEvent &sealed) {
            return sealed.seal.sequence >= fromSequence;
        });
    limitTo(events, limit);
    return events;
}

Result<std::vector<StoreReader::SealedEvent>> MemoryReader::eventsAbout(const QString &subject)
{
    return valuesWhere(m_state.events,
                       [&subject](const StoreReader::SealedEvent &sealed) { return sealed.event.subject == subject; });
}

Result<std::optional<Seal>> MemoryReader::lastSeal()
{
    return m_state.events.isEmpty() ? std::optional<Seal>() : m_state.events.last().seal;
}

Result<> MemoryReader::eachRow(RowKind kind, const std::function<void(const QString &id)> &visit)
{
    const auto visitKeys = [&visit](const auto &rows) {
        for (auto row = rows.keyBegin(); row != rows.keyEnd(); ++row) {
            if constexpr (std::is_same_v<std::decay_t<decltype(*row)>, QString>) {
                visit(*row);
            } else {
                visit(row->text());
            }
        }
    };
    switch (kind) {
    case RowKind::Statement:
        visitKeys(m_state.statements);
        break;
    case RowKind::Content:
        visitKeys(m_state.contents);
        break;
    case RowKind::Request:
        visitKeys(m_state.requests);
        break;
    case RowKind::Round:
        for (const Round &round : m_state.rounds) {
            visit(round.request.text() + u'/' + QString::number(round.number));
        }
        break;
    case RowKind::Decision:
        visitKeys(m_state.decisions);
        break;
    case RowKind::DeliveryAttempt:
        visitKeys(m_state.attempts);
        break;
    case RowKind::Outcome:
        visitKeys(m_state.outcomes);
        break;
    }
    return {};
}

Result<ChangeMark> MemoryReader::changeMark()
{
    static std::atomic<qint64> asked = 0; // Never the same twice: reading again costs nothing here.
    return ChangeMark{0, ++asked};
}

Result<QStringList> MemoryReader::strayRows()
{
    return QStringList(); // An event and its seal are one value here.
}

} // namespace countersign
