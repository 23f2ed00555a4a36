// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/session.h"

namespace countersign::ctl {

namespace {

constexpr std::chrono::seconds heartbeat{5};

} // namespace

Session::Session(WorkspaceLocation location, QString seatKind)
    : m_ids(m_clock)
    , m_location(std::move(location))
    , m_seatKind(std::move(seatKind))
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
    std::unique_ptr<Session> session(new Session(*std::move(location), seatKind));
    Result<> opened = session->openStore(need == Need::Verify ? Access::ReadOnly : Access::ReadWrite);
    if (!opened && opened.error().code == ErrorCode::ReadOnly && (need == Need::Read || need == Need::Await)) {
        opened = session->openStore(Access::ReadOnly);
    }
    if (!opened) {
        return opened.error();
    }
    if (need == Need::Write || need == Need::Await) {
        if (Result<> pinned = session->m_engine->pinOnFirstUse(); !pinned) {
            return pinned.error();
        }
    }
    return session;
}

Result<> Session::openStore(Access access)
{
    Result<std::unique_ptr<Store>> store = openSqliteStore(
        m_location.path, m_clock, m_ids, {.access = access, .createIfMissing = access == Access::ReadWrite, .vfs = {}});
    if (!store) {
        return store.error();
    }
    m_engine.reset(); // It borrows the store.
    m_store = *std::move(store);
    m_engine = std::make_unique<Engine>(Engine::Parts{*m_store, m_clock, m_ids, m_trust, m_location.url, m_seatKind});
    m_readOnly = access == Access::ReadOnly;
    return {};
}

Result<> Session::refresh()
{
    return m_readOnly ? openStore(Access::ReadOnly) : Result<>();
}

Result<std::optional<Digest>> Session::administratorNamedByFile()
{
    const Result<WorkspaceInfo> info = m_store->workspace();
    const Result<std::vector<Statement>> enrolments = m_store->statementsOfKind(QStringLiteral("enrol"));
    if (!info || !enrolments) {
        return info ? enrolments.error() : info.error();
    }
    const std::optional<PublicKey> key = ReviewerDirectory::firstAdministratorKey(info->id, *enrolments);
    return key ? std::optional(key->fingerprint()) : std::nullopt;
}

void Session::keepPresent()
{
    const auto now = m_clock.monotonic();
    if (m_readOnly) {
        return;
    }
    if (!m_announcedAt || now - *m_announcedAt >= heartbeat) {
        m_announcedAt = now;
        [[maybe_unused]] const bool announced = m_engine->announce().hasValue();
    }
}

} // namespace countersign::ctl
