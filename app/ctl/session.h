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
        Write,  ///< The command changes something.
        Await,  ///< It acts on what others decide; a workspace that cannot be written serves as well.
        Read,   ///< It only looks: the same, and nobody is trusted anew by it.
        Verify, ///< It proves: nothing is written, not even a missing workspace.
    };
    /// \p url as given with `--workspace`. Creates the workspace on first use unless \p need forbids it. Write
    /// and Await pin its administrator if this machine has never seen it.
    static Result<std::unique_ptr<Session>> open(const QString &url, const QString &seatKind, Need need);
    /// Says goodbye when it had announced itself; what it had staged is held then.
    ~Session();
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;

    /// Nothing can be recorded: no presence, no timers, no acknowledgement.
    bool isReadOnly() const { return m_readOnly; }
    /// Where nothing can be written, changes by others may go unseen: then looks at the workspace afresh.
    Result<> refresh();

    /// The fingerprint that the workspace gives for its own administrator: a claim, not a proof.
    Result<std::optional<Digest>> administratorNamedByFile();

    Engine &engine() { return *m_engine; }
    Store &store() { return *m_store; }
    const TrustStore &trust() const { return m_trust; }
    const Clock &clock() const { return m_clock; }
    const WorkspaceLocation &location() const { return m_location; }
    /// Announces this seat at most every 5 s. A failure is left to the command's own writes to tell.
    void keepPresent();

private:
    Session(WorkspaceLocation location, QString seatKind);
    Result<> openStore(Access access);

    SystemClock m_clock;
    SystemIdSource m_ids;
    WorkspaceLocation m_location;
    QString m_seatKind;
    bool m_readOnly = false;
    TrustStore m_trust;
    std::unique_ptr<Store> m_store;
    std::unique_ptr<Engine> m_engine;
    std::optional<std::chrono::milliseconds> m_announcedAt;
};

} // namespace countersign::ctl
