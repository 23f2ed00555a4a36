// SPDX-License-Identifier: Apache-2.0
#include "core/store/memory_state.h"

#include "core/domain/policy.h"
#include "core/store/queue_shelf.h"
#include "core/store/search_words.h"

#include <algorithm>
#include <tuple>

namespace countersign {

namespace {

using View = QueueQuery::View;

bool isDeferred(const Request &request, Timestamp now)
{
    return request.deferredUntil && *request.deferredUntil > now;
}

bool isInView(const Request &request, const QueueQuery &query)
{
    const std::optional<Shelf> shelf = shelfOf(query.view);
    if (shelf && shelfOf(request) != *shelf) {
        return false;
    }
    switch (query.view) {
    case View::Inbox:
        return !isDeferred(request, query.now);
    case View::Claimed:
        return request.isClaimedAt(query.now) && request.claimedBy == query.reviewer;
    case View::Deferred:
        return isDeferred(request, query.now);
    case View::Staged:
    case View::Settled:
    case View::All:
        break;
    }
    return true;
}

bool isSame(const QString &wanted, const QString &text)
{
    return wanted.isEmpty() || wanted.compare(text, Qt::CaseInsensitive) == 0;
}

bool passesFilters(const Request &request, const QueueQuery &query)
{
    return isSame(query.tool, request.toolName) && isSame(query.agent, request.agentName) &&
           isSame(query.connection, request.connection) &&
           (query.status.isEmpty() || query.status == request.status(query.now)) &&
           (!query.tier || *query.tier == request.tier) && (!query.pattern || *query.pattern == request.pattern);
}

/// Does \p left stand before \p right in a list?
bool standsBefore(const QueueKey &left, const QueueKey &right, bool newestFirst)
{
    const auto parts = [](const QueueKey &key) { return std::make_tuple(key.primary, key.id.toUtf8()); };
    return newestFirst ? parts(right) < parts(left) : parts(left) < parts(right);
}

} // namespace

std::vector<QueueRow> MemoryReader::listed(const QueueQuery &query) const
{
    const QStringList words = searchableWords(query.words);
    const bool newestFirst = isNewestFirst(query.view);
    std::vector<QueueRow> rows;
    for (const Request &request : m_state.requests) {
        const bool found = words.isEmpty() || (m_state.texts.contains(request.id) &&
                                               matchesFullText(m_state.texts.value(request.id), words));
        if (found && isInView(request, query) && passesFilters(request, query)) {
            const qint64 primary = shelfOf(query.view) ? listKeyOf(request) : m_state.arrival.value(request.id);
            rows.push_back({{primary, request.id.text()}, request});
        }
    }
    std::sort(rows.begin(), rows.end(), [newestFirst](const QueueRow &left, const QueueRow &right) {
        return standsBefore(left.key, right.key, newestFirst);
    });
    return rows;
}

Result<QueuePage> MemoryReader::findRequests(const QueueQuery &query, const QueueWindow &window)
{
    const std::vector<QueueRow> rows = listed(query);
    const bool newestFirst = isNewestFirst(query.view);
    auto first = rows.begin();
    auto last = rows.end();
    if (window.after) {
        first = std::find_if(rows.begin(), rows.end(),
                             [&](const QueueRow &row) { return standsBefore(*window.after, row.key, newestFirst); });
    }
    if (window.before) {
        last = std::find_if(rows.begin(), rows.end(),
                            [&](const QueueRow &row) { return !standsBefore(row.key, *window.before, newestFirst); });
    }
    last = std::max(first, last);
    const auto rowCount = std::min<std::ptrdiff_t>(std::clamp(window.rowCount, 1, maxPageRows), last - first);
    if (window.before && !window.after) {
        first = last - rowCount;
    } else {
        last = first + rowCount;
    }
    return QueuePage{.rows = std::vector<QueueRow>(first, last),
                     .moreBefore = first != rows.begin(),
                     .moreAfter = last != rows.end()};
}

Result<QueueExtent> MemoryReader::extent(const QueueQuery &query)
{
    const std::vector<QueueRow> rows = listed(query);
    QueueExtent extent;
    extent.count = static_cast<qint64>(rows.size());
    if (!rows.empty()) {
        extent.firstPrimary = rows.front().key.primary;
        extent.lastPrimary = rows.back().key.primary;
    }
    return extent;
}

Result<QueueCounts> MemoryReader::counts(const ReviewerId &reviewer, Timestamp now)
{
    QueueCounts counts;
    QMap<QByteArray, int> byAgent;
    for (const Request &request : m_state.requests) {
        counts.staged += shelfOf(request) == Shelf::Staged ? 1 : 0;
        if (!request.isOpen()) {
            continue;
        }
        const bool deferred = isDeferred(request, now);
        counts.inbox += deferred ? 0 : 1;
        counts.deferred += deferred ? 1 : 0;
        counts.claimed += request.isClaimedAt(now) && request.claimedBy == reviewer ? 1 : 0;
        counts.highInInbox += !deferred && request.tier == Tier::High ? 1 : 0;
        ++byAgent[request.agentName.toUtf8()];
    }
    for (auto agent = byAgent.cbegin(); agent != byAgent.cend(); ++agent) {
        counts.byAgent.emplace_back(QString::fromUtf8(agent.key()), agent.value());
    }
    std::stable_sort(counts.byAgent.begin(), counts.byAgent.end(),
                     [](const auto &left, const auto &right) { return left.second > right.second; });
    if (counts.byAgent.size() > static_cast<size_t>(maxCountedAgents)) {
        counts.byAgent.resize(static_cast<size_t>(maxCountedAgents));
    }
    return counts;
}

Result<ChangeSet> MemoryReader::changesSince(qint64 sequence)
{
    ChangeSet changes;
    changes.lastSequence = m_state.events.size();
    if (sequence > changes.lastSequence || changes.lastSequence - sequence > maxChangeEvents) {
        changes.truncated = true;
        return changes;
    }
    QSet<RequestId> seen;
    for (const StoreReader::SealedEvent &sealed : m_state.events.mid(qMax<qint64>(sequence, 0))) {
        const RequestId id(sealed.event.subject);
        if (seen.contains(id) || !m_state.requests.contains(id)) {
            continue;
        }
        if (changes.requests.size() == static_cast<size_t>(maxChangedRequests)) {
            changes.truncated = true;
            break;
        }
        seen.insert(id);
        changes.requests.push_back(id);
    }
    return changes;
}

Result<int> MemoryReader::openRequestCount(const PrincipalId &principal)
{
    return static_cast<int>(
        std::count_if(m_state.requests.cbegin(), m_state.requests.cend(), [&principal](const Request &request) {
            return request.isOpen() && request.principal == principal;
        }));
}

Result<int> MemoryReader::requestCountSince(const PrincipalId &principal, Timestamp since)
{
    return static_cast<int>(
        std::count_if(m_state.requests.cbegin(), m_state.requests.cend(), [&](const Request &request) {
            // What a policy settled when it came has not waited for anybody.
            const bool byPolicy =
                request.decision && policyNumberOf(m_state.decisions.value(*request.decision).reviewer.text());
            return request.principal == principal && request.createdAt >= since && !byPolicy;
        }));
}

} // namespace countersign
