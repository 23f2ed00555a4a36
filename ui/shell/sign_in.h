// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/engine/trust_store.h"
#include "core/engine/workspace_threads.h"

#include <QtCore/QTimer>

#include <vector>

namespace countersign::ui {

class ReviewSession;

/// A key file that belongs to a reviewer of this workspace.
struct KeyChoice {
    QString path;
    QString reviewerName; ///< As enrolled; outside text for the screen.
    bool needsPassphrase = true;

    friend bool operator==(const KeyChoice &, const KeyChoice &) = default;
};

/// Who could sign in here.
struct SignInStanding {
    bool hasAdministrator = false;
    std::vector<KeyChoice> keys;
    int otherKeys = 0;                   ///< Key files of nobody who is enrolled here.
    std::optional<TrustPin> unconfirmed; ///< The administrator that no person has confirmed yet.
};

/// Finds out who could sign in, on the engine thread: enrolled reviewers, key files of this machine, the pin. Looks
/// again by itself while nobody is signed in and the workspace changes. GUI thread.
class SignIn : public QObject
{
    Q_OBJECT
public:
    explicit SignIn(ReviewSession &session, QObject *parent = nullptr);

    void look(); ///< However early: found() or failed() follows when the workspace is open or cannot be opened.
    const std::optional<SignInStanding> &standing() const { return m_standing; }
    /// A person has seen the administrator's fingerprint and said yes. confirmed() or failed() follows.
    void confirmAdministrator();

Q_SIGNALS:
    void found(const countersign::ui::SignInStanding &standing);
    void confirmed();
    void failed(const countersign::Error &why);

private:
    ReviewSession &m_session;
    std::optional<SignInStanding> m_standing;
    QTimer m_pause; ///< Gathers bursts of changes.
};

} // namespace countersign::ui
