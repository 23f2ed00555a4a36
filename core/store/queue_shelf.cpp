// SPDX-License-Identifier: Apache-2.0
#include "core/store/queue_shelf.h"

namespace countersign {

Shelf shelfOf(const Request &request)
{
    if (request.isOpen()) {
        return Shelf::Open;
    }
    const Delivery delivery = request.state.delivery;
    return delivery == Delivery::Staged || delivery == Delivery::Held ? Shelf::Staged : Shelf::Settled;
}

qint64 listKeyOf(const Request &request)
{
    switch (shelfOf(request)) {
    case Shelf::Open:
        return request.expiresAt ? toUnixMs(*request.expiresAt) : neverDueMs;
    case Shelf::Staged:
        return toUnixMs(request.settledAt.value_or(request.createdAt));
    case Shelf::Settled:
        break;
    }
    return request.settledSequence;
}

std::optional<Shelf> shelfOf(QueueQuery::View view)
{
    switch (view) {
    case QueueQuery::View::Inbox:
    case QueueQuery::View::Claimed:
    case QueueQuery::View::Deferred:
        return Shelf::Open;
    case QueueQuery::View::Staged:
        return Shelf::Staged;
    case QueueQuery::View::Settled:
        return Shelf::Settled;
    case QueueQuery::View::All:
        break;
    }
    return std::nullopt;
}

bool isNewestFirst(QueueQuery::View view)
{
    return view == QueueQuery::View::Settled || view == QueueQuery::View::All;
}

QString storedStatus(const Request &request)
{
    return statusWord(request.state, false, request.verdict);
}

} // namespace countersign
