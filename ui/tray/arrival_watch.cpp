// SPDX-License-Identifier: Apache-2.0
#include "ui/tray/arrival_watch.h"

#include "ui/shell/review_session.h"

namespace countersign::ui {
namespace {

constexpr size_t mostAtOnce = 50; ///< Beyond that the count in the tray tells enough.
constexpr qsizetype mostTold = 20'000;

} // namespace

ArrivalWatch::ArrivalWatch(ReviewSession &session, QObject *parent)
    : QObject(parent)
    , m_session(session)
    , m_since(session.clock().now())
{
    connect(&session, &ReviewSession::changed, this, &ArrivalWatch::follow);
}

void ArrivalWatch::follow(const ChangeSet &changes)
{
    if (changes.truncated || changes.requests.empty()) {
        return;
    }
    std::vector<RequestId> ids = changes.requests;
    if (ids.size() > mostAtOnce) {
        ids.erase(ids.begin(), ids.end() - mostAtOnce);
    }
    const auto read = [ids](StoreReader &reader) -> Result<std::vector<Request>> {
        std::vector<Request> found;
        for (const RequestId &id : ids) {
            Result<std::optional<Request>> request = reader.request(id);
            if (!request) {
                return request.error();
            }
            if (*request) {
                found.push_back(**request);
            }
        }
        return found;
    };
    whenDone(m_session.threads().reader(read), this, [this](const Result<std::vector<Request>> &requests) {
        if (requests) {
            sort(*requests);
        }
    });
}

void ArrivalWatch::sort(const std::vector<Request> &requests)
{
    std::vector<Request> fresh;
    const Timestamp now = m_session.clock().now();
    for (const Request &request : requests) {
        const QString id = request.id.text();
        const bool waits = request.isOpen() && request.state.lifecycle == Lifecycle::Pending &&
                           (!request.deferredUntil || *request.deferredUntil <= now);
        if (!waits) {
            if (m_waiting.remove(id)) {
                Q_EMIT settled(request.id);
            }
        } else if (request.createdAt >= m_since && !m_told.contains(id)) {
            if (m_told.size() >= mostTold) {
                m_told.clear();
            }
            m_told.insert(id);
            m_waiting.insert(id);
            fresh.push_back(request);
        }
    }
    if (!fresh.empty()) {
        Q_EMIT arrived(fresh);
    }
}

} // namespace countersign::ui
