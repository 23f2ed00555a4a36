// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/engine/workspace_threads.h"

#include <QtCore/QObject>

#include <optional>

namespace countersign::ui {

/// What all panes of a window share: the workspace's two threads, who is signed in, and one call per thing a reviewer
/// can do. Results come back as signals; state flows one way. GUI thread.
class ReviewSession : public QObject
{
    Q_OBJECT
public:
    ReviewSession(WorkspaceThreads &threads, const Clock &clock, QObject *parent = nullptr);

    WorkspaceThreads &threads() { return m_threads; }
    const Clock &clock() const { return m_clock; }
    bool isOpen() const { return m_workspace.has_value(); }
    const std::optional<WorkspaceInfo> &workspace() const { return m_workspace; }
    const std::optional<Reviewer> &reviewer() const { return m_reviewer; } ///< Signed in; absent while locked.
    bool isLocked() const { return !m_reviewer; }
    bool isDamaged() const { return m_damaged; } ///< Nothing may be decided.

    /// Opens the key file on the engine thread (Argon2id takes a moment). unlocked() or failed() follows.
    void unlock(const QString &keyFile, const QByteArray &passphrase);
    void lock();
    /// First run: makes the key file and the first administrator. firstAdministratorMade() or failed() follows.
    void createFirstAdministrator(const QString &name, const QByteArray &passphrase, const QString &keyFile);

    void decide(const DecideOrder &order);
    void undo(const RequestId &id);
    void release(const RequestId &id);
    void claim(const RequestId &id);
    void releaseClaim(const RequestId &id);
    void defer(const RequestId &id, Timestamp until);
    void delegate(const RequestId &id, const QString &reviewerName);

Q_SIGNALS:
    void opened();
    void openFailed(const countersign::Error &why);
    void changed(const countersign::ChangeSet &changes);
    void unlocked(const countersign::Reviewer &reviewer);
    void locked();
    void firstAdministratorMade(const countersign::FirstAdministrator &made);
    /// A decision was committed: staged (or a wish for changes).
    void decisionMade(const countersign::Decided &decided);
    void decisionTakenBack(const countersign::Request &request);
    void decisionReleased(const countersign::Request &request);
    void requestUpdated(const countersign::Request &request); ///< Claim, deferral, delegation.
    /// Something that a person asked for did not happen. One sentence.
    void failed(const countersign::Error &why);
    /// A standing trouble (disk full, damage) for the banner; an empty message clears it.
    void troubleChanged(const QString &message);

private:
    void attend(std::function<Result<Request>(Engine &)> work);

    WorkspaceThreads &m_threads;
    const Clock &m_clock;
    std::optional<WorkspaceInfo> m_workspace;
    std::optional<Reviewer> m_reviewer;
    bool m_damaged = false;
};

} // namespace countersign::ui
