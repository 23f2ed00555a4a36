// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/store_types.h"
#include "ui/style/theme.h"

#include <QtCore/QByteArray>

class QSettings;

namespace countersign::ui {

/// What the window remembers between two runs: `window.ini` (mode 0600) in the configuration folder. Never holds
/// anything of a request. A file that cannot be written costs the memory only. GUI thread.
class WindowSettings
{
public:
    explicit WindowSettings(const QString &configFolder);
    ~WindowSettings();
    WindowSettings(const WindowSettings &) = delete;
    WindowSettings &operator=(const WindowSettings &) = delete;

    QByteArray geometry() const; ///< Of the window, as QWidget::saveGeometry() gives it; empty at first.
    void setGeometry(const QByteArray &geometry);
    QByteArray panes() const; ///< Of the splitter.
    void setPanes(const QByteArray &state);
    QueueQuery::View view() const;
    void setView(QueueQuery::View view);
    ColourScheme scheme() const;
    void setScheme(ColourScheme scheme);
    std::chrono::minutes idleLock() const; ///< After how long without input the window locks; 15 unless set.
    bool notificationsPaused() const;
    void setNotificationsPaused(bool paused);
    QString path() const;
    void save(); ///< Writes now; the destructor does too.

private:
    std::unique_ptr<QSettings> m_file;
};

} // namespace countersign::ui
