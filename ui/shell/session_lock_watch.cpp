// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/session_lock_watch.h"

#include <QtCore/QCoreApplication>
#include <QtDBus/QDBusConnection>
#include <QtDBus/QDBusMessage>
#include <QtDBus/QDBusObjectPath>
#include <QtDBus/QDBusPendingCall>
#include <QtDBus/QDBusPendingReply>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr QLatin1String logind("org.freedesktop.login1");
constexpr QLatin1String logindSession("org.freedesktop.login1.Session");

} // namespace

SessionLockWatch::SessionLockWatch(QObject *parent)
    : QObject(parent)
{}

void SessionLockWatch::start()
{
    QDBusConnection session = QDBusConnection::sessionBus();
    if (session.isConnected()) {
        for (const QString &name : {u"org.freedesktop.ScreenSaver"_s, u"org.gnome.ScreenSaver"_s}) {
            session.connect({}, {}, name, u"ActiveChanged"_s, this, SLOT(hearScreenSaver(bool)));
        }
    }
    QDBusConnection system = QDBusConnection::systemBus();
    if (!system.isConnected()) {
        return;
    }
    QDBusMessage ask = QDBusMessage::createMethodCall(logind, u"/org/freedesktop/login1"_s,
                                                      u"org.freedesktop.login1.Manager"_s, u"GetSessionByPID"_s);
    ask << static_cast<uint>(QCoreApplication::applicationPid());
    auto *answer = new QDBusPendingCallWatcher(system.asyncCall(ask), this);
    connect(answer, &QDBusPendingCallWatcher::finished, this, &SessionLockWatch::followLogind);
}

void SessionLockWatch::followLogind(QDBusPendingCallWatcher *answer)
{
    answer->deleteLater();
    const QDBusPendingReply<QDBusObjectPath> session = *answer;
    // A window outside of any session (started by a service) listens to all of them: locking too often is harmless.
    const QString path = session.isError() ? QString() : session.value().path();
    QDBusConnection::systemBus().connect(logind, path, logindSession, u"Lock"_s, this, SLOT(hearLock()));
}

void SessionLockWatch::hearLock()
{
    Q_EMIT sessionLocked();
}

void SessionLockWatch::hearScreenSaver(bool active)
{
    if (active) {
        Q_EMIT sessionLocked();
    }
}

} // namespace countersign::ui
