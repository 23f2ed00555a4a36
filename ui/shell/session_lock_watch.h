// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QObject>

class QDBusPendingCallWatcher;

namespace countersign::ui {

/// Hears when the desktop session is locked: from logind, and from the screen saver of the session. Asks without
/// waiting; without a bus it never hears anything. GUI thread.
class SessionLockWatch : public QObject
{
    Q_OBJECT
public:
    explicit SessionLockWatch(QObject *parent = nullptr);

    void start(); ///< After the first paint: it connects to both buses.

Q_SIGNALS:
    void sessionLocked();

private Q_SLOTS:
    void hearLock();
    void hearScreenSaver(bool active);

private:
    void followLogind(QDBusPendingCallWatcher *answer);
};

} // namespace countersign::ui
