// SPDX-License-Identifier: Apache-2.0
#include "ui/style/system_colour_scheme.h"

#include <QtCore/QFileInfo>
#include <QtDBus/QDBusConnection>
#include <QtDBus/QDBusMessage>
#include <QtDBus/QDBusPendingCallWatcher>
#include <QtDBus/QDBusPendingReply>
#include <QtDBus/QDBusVariant>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

const QString portalService = u"org.freedesktop.portal.Desktop"_s;
const QString portalPath = u"/org/freedesktop/portal/desktop"_s;
const QString settingsInterface = u"org.freedesktop.portal.Settings"_s;
const QString appearanceGroup = u"org.freedesktop.appearance"_s;
const QString colourSchemeKey = u"color-scheme"_s;

/// Without an address libdbus may start a bus of its own, which takes long.
bool sessionBusIsAnnounced()
{
    if (qEnvironmentVariableIsSet("DBUS_SESSION_BUS_ADDRESS")) {
        return true;
    }
    const QString runtimeFolder = qEnvironmentVariable("XDG_RUNTIME_DIR");
    return !runtimeFolder.isEmpty() && QFileInfo::exists(runtimeFolder + u"/bus"_s);
}

} // namespace

SystemColourScheme::SystemColourScheme(QObject *parent)
    : QObject(parent)
{
    if (!sessionBusIsAnnounced() || !QDBusConnection::sessionBus().isConnected()) {
        return;
    }
    // No service name: with one, connect() would wait for its owner.
    QDBusConnection::sessionBus().connect(QString(), portalPath, settingsInterface, u"SettingChanged"_s, this,
                                          SLOT(applySetting(QString, QString, QDBusVariant)));
    askPortal();
}

void SystemColourScheme::askPortal()
{
    QDBusMessage question = QDBusMessage::createMethodCall(portalService, portalPath, settingsInterface, u"Read"_s);
    question << appearanceGroup << colourSchemeKey;
    auto *watcher = new QDBusPendingCallWatcher(QDBusConnection::sessionBus().asyncCall(question, 5000), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        watcher->deleteLater();
        const QDBusPendingReply<QDBusVariant> reply = *watcher;
        if (!reply.isError()) {
            apply(reply.value().variant());
        }
    });
}

void SystemColourScheme::applySetting(const QString &group, const QString &key, const QDBusVariant &value)
{
    if (group == appearanceGroup && key == colourSchemeKey) {
        apply(value.variant());
    }
}

void SystemColourScheme::apply(const QVariant &value)
{
    QVariant inner = value;
    if (inner.metaType() == QMetaType::fromType<QDBusVariant>()) { // Read() wraps twice, SettingChanged once.
        inner = inner.value<QDBusVariant>().variant();
    }
    bool isNumber = false;
    const uint preference = inner.toUInt(&isNumber);
    std::optional<bool> prefersDark;
    if (isNumber && (preference == 1 || preference == 2)) { // 0: no preference; others are not defined.
        prefersDark = preference == 1;
    }
    if (prefersDark != m_prefersDark) {
        m_prefersDark = prefersDark;
        Q_EMIT changed();
    }
}

} // namespace countersign::ui
