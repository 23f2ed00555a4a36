// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/domain/ids.h"

#include <QtCore/QObject>

class QAction;
class QMenu;
class QSystemTrayIcon;

namespace countersign::ui {

class ArrivalWatch;
class MainWindow;
class Notifier;
class ReviewSession;
class WindowSettings;

/// The window's presence outside of itself: the tray icon with how many wait and how urgent, and notifications while
/// the reviewer looks elsewhere. Does nothing until start(). GUI thread.
class Tray : public QObject
{
    Q_OBJECT
public:
    Tray(ReviewSession &session, WindowSettings &settings, MainWindow &window, QObject *parent = nullptr);
    ~Tray() override;

    void start(); ///< After the first paint: asks the desktop for a tray and for notifications.
    QString summary() const;

private:
    void makeIcon();
    void showCounts();
    void raiseWindow();
    void open(const RequestId &id);
    void defer(const RequestId &id);

    ReviewSession &m_session;
    WindowSettings &m_settings;
    MainWindow &m_window;
    ArrivalWatch *m_arrivals = nullptr;
    Notifier *m_notifier = nullptr;
    QSystemTrayIcon *m_icon = nullptr;
    std::unique_ptr<QMenu> m_menu;
    QAction *m_count = nullptr;
    QAction *m_pause = nullptr;
};

} // namespace countersign::ui
