// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/domain/request.h"
#include "core/store/store_types.h"

namespace countersign {

/// The three stretches that every request is in exactly one of; the lists are cut out of them.
enum class Shelf { Open = 0, Staged = 1, Settled = 2 };
Shelf shelfOf(const Request &request);

/// Stands for "waits for ever" in the order of open requests: after every real deadline.
constexpr qint64 neverDueMs = 9'000'000'000'000'000;

/// The first member of the key by which a shelf is ordered: due time (open), time of the decision (staged), settled
/// sequence (settled).
qint64 listKeyOf(const Request &request);

/// The shelf that \p view reads. Absent: all of them, in order of arrival.
std::optional<Shelf> shelfOf(QueueQuery::View view);
/// Settled requests and the list of all stand newest first; what is open or staged stands most urgent first.
bool isNewestFirst(QueueQuery::View view);

/// The status word without the claim, which passes with time.
QString storedStatus(const Request &request);

/// Up to here a list is counted exactly; a longer one is estimated.
constexpr int exactUpTo = 10'000;
/// How many changed requests one change set names, and how many events are looked through for them.
constexpr int maxChangedRequests = 1000;
constexpr int maxChangeEvents = 20'000;
/// How many agents the counts of the sidebar name.
constexpr int maxCountedAgents = 50;
constexpr int maxPageRows = 1000;

} // namespace countersign
