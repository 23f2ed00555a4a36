// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/session.h"

namespace countersign::ctl {

namespace {

constexpr std::chrono::seconds heartbeat{5};

} // namespace

Session::Session(WorkspaceLocation location)
    : m_ids(m_clock)
    , m_location(std::move(location))
    , m_trust(m_location.configFolder)
{}

Session::~Session()
{
    if (m_announcedAt) {
        // Nobody is left to tell: without it the seat counts as gone after 15 s.
        [[maybe_unused]] const bool left = m_engine->leave().hasValue();
    }
}

Result<std::unique_ptr<Session>> Session::open(const QString &url, const QString &seatKind, Need need)
{
    Result<WorkspaceLocation> location = locateWorkspace(url);
    if (!location) {
        return location.error();
    }
    std::unique_ptr<Session> session(new Session(*std::move(location)));
    Result<std::unique_ptr<Store>> store =
        openSqliteStore(session->m_location.path, session->m_clock, session->m_ids, {});
    if (!store && store.error().code == ErrorCode::ReadOnly && need == Need::Read) {
        store = openSqliteStore(session->m_location.path, session->m_clock, session->m_ids,
                                {.access = Access::ReadOnly, .createIfMissing = false, .vfs = {}});
    }
    if (!store) {
        return store.error();
    }
    session->m_store = *std::move(store);
    session->m_engine = std::make_unique<Engine>(Engine::Parts{*session->m_store, session->m_clock, session->m_ids,
                                                               session->m_trust, session->m_location.url, seatKind});
    if (Result<> pinned = session->m_engine->pinOnFirstUse(); !pinned) {
        return pinned.error();
    }
    return session;
}

void Session::keepPresent()
{
    const auto now = m_clock.monotonic();
    if (!m_announcedAt || now - *m_announcedAt >= heartbeat) {
        m_announcedAt = now;
        [[maybe_unused]] const bool announced = m_engine->announce().hasValue();
    }
}

} // namespace countersign::ctl
