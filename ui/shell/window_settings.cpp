// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/window_settings.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QSettings>

#include <array>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr int defaultIdleMinutes = 15;
constexpr int longestIdleMinutes = 24 * 60;

using View = QueueQuery::View;
const std::array<std::pair<View, QString>, 5> &viewNames()
{
    static const std::array<std::pair<View, QString>, 5> names{{{View::Inbox, u"inbox"_s},
                                                                {View::Claimed, u"claimed"_s},
                                                                {View::Deferred, u"deferred"_s},
                                                                {View::Staged, u"staged"_s},
                                                                {View::Settled, u"history"_s}}};
    return names;
}

/// Only what is new: a setting that is set makes QSettings write, synchronised, from the event loop.
void remember(QSettings &file, const QString &key, const QVariant &value)
{
    if (file.value(key) != value) {
        file.setValue(key, value);
    }
}

} // namespace

WindowSettings::WindowSettings(const QString &configFolder)
    : m_file(std::make_unique<QSettings>(configFolder + u"/window.ini"_s, QSettings::IniFormat))
{
    m_file->setFallbacksEnabled(false);
}

WindowSettings::~WindowSettings()
{
    save();
}

QByteArray WindowSettings::geometry() const
{
    return m_file->value(u"window/geometry"_s).toByteArray();
}

void WindowSettings::setGeometry(const QByteArray &geometry)
{
    remember(*m_file, u"window/geometry"_s, geometry);
}

QByteArray WindowSettings::panes() const
{
    return m_file->value(u"window/panes"_s).toByteArray();
}

void WindowSettings::setPanes(const QByteArray &state)
{
    remember(*m_file, u"window/panes"_s, state);
}

QueueQuery::View WindowSettings::view() const
{
    const QString stored = m_file->value(u"window/view"_s).toString();
    for (const auto &[view, name] : viewNames()) {
        if (name == stored) {
            return view;
        }
    }
    return View::Inbox;
}

void WindowSettings::setView(QueueQuery::View shown)
{
    for (const auto &[view, name] : viewNames()) {
        if (view == shown) {
            remember(*m_file, u"window/view"_s, name);
        }
    }
}

ColourScheme WindowSettings::scheme() const
{
    const QString stored = m_file->value(u"window/theme"_s).toString();
    if (stored == u"light"_s) {
        return ColourScheme::Light;
    }
    return stored == u"dark"_s ? ColourScheme::Dark : ColourScheme::FollowSystem;
}

void WindowSettings::setScheme(ColourScheme scheme)
{
    const QString name = scheme == ColourScheme::Light  ? u"light"_s
                         : scheme == ColourScheme::Dark ? u"dark"_s
                                                        : u"system"_s;
    remember(*m_file, u"window/theme"_s, name);
}

std::chrono::minutes WindowSettings::idleLock() const
{
    bool isNumber = false;
    const int minutes = m_file->value(u"lock/idleMinutes"_s, defaultIdleMinutes).toInt(&isNumber);
    // Whatever stands in the file, the window locks by itself some day.
    return std::chrono::minutes(isNumber ? std::clamp(minutes, 1, longestIdleMinutes) : defaultIdleMinutes);
}

bool WindowSettings::notificationsPaused() const
{
    return m_file->value(u"notifications/paused"_s, false).toBool();
}

void WindowSettings::setNotificationsPaused(bool paused)
{
    remember(*m_file, u"notifications/paused"_s, paused);
}

QString WindowSettings::path() const
{
    return m_file->fileName();
}

void WindowSettings::save()
{
    m_file->sync();
    QFile::setPermissions(path(), QFile::ReadOwner | QFile::WriteOwner);
}

} // namespace countersign::ui
