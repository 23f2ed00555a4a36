// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/engine/engine.h"
#include "core/engine/workspace_location.h"
#include "core/store/sqlite_store.h"

#include <memory>

namespace countersign::ctl {

/// An open workspace and the parts that work on it, for the length of one command.
class Session
{
public:
    enum class Need {
        Write, ///< The command changes something.
        Read,  ///< It only looks: a workspace that cannot be written serves as well.
    };
    /// \p url as given with `--workspace`. Creates the workspace on first use, and pins its administrator if this
    /// machine has never seen it.
    static Result<std::unique_ptr<Session>> open(const QString &url, const QString &seatKind, Need need);
    /// Says goodbye when it had announced itself; what it had staged is held then.
    ~Session();
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;

    Engine &engine() { return *m_engine; }
    Store &store() { return *m_store; }
    const TrustStore &trust() const { return m_trust; }
    const Clock &clock() const { return m_clock; }
    const WorkspaceLocation &location() const { return m_location; }
    /// Announces this seat at most every 5 s. A failure is left to the command's own writes to tell.
    void keepPresent();

private:
    explicit Session(WorkspaceLocation location);

    SystemClock m_clock;
    SystemIdSource m_ids;
    WorkspaceLocation m_location;
    TrustStore m_trust;
    std::unique_ptr<Store> m_store;
    std::unique_ptr<Engine> m_engine;
    std::optional<std::chrono::milliseconds> m_announcedAt;
};

} // namespace countersign::ctl
