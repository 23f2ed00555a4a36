// SPDX-License-Identifier: Apache-2.0
#include "ui/tray/tray.h"

#include "ui/shell/main_window.h"
#include "ui/shell/review_session.h"
#include "ui/shell/sidebar.h"
#include "ui/style/icons.h"
#include "ui/tray/arrival_watch.h"
#include "ui/tray/notifier.h"

#include <QtGui/QPainter>
#include <QtWidgets/QMenu>
#include <QtWidgets/QSystemTrayIcon>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign::ui {
namespace {

constexpr int iconSide = 64;
constexpr auto deferral = 1h;

/// Our mark, with a dot while somebody waits: red when one of them is of the high tier.
QIcon markedIcon(bool waiting, bool high)
{
    QPixmap pixmap = iconPixmap(u"countersign"_s, colours().text, iconSide);
    if (waiting && !pixmap.isNull()) {
        QPainter painter(&pixmap);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(colours().panel, 4));
        painter.setBrush(high ? colours().bad : colours().accent);
        painter.drawEllipse(QRectF(iconSide * 0.58, iconSide * 0.04, iconSide * 0.38, iconSide * 0.38));
    }
    return QIcon(pixmap);
}

} // namespace

Tray::Tray(ReviewSession &session, WindowSettings &settings, MainWindow &window, QObject *parent)
    : QObject(parent)
    , m_session(session)
    , m_settings(settings)
    , m_window(window)
{}

Tray::~Tray()
{
    if (m_notifier) {
        m_notifier->withdrawAll();
    }
}

void Tray::start()
{
    m_arrivals = new ArrivalWatch(m_session, this);
    m_notifier = new Notifier(this);
    m_notifier->start();
    connect(m_arrivals, &ArrivalWatch::arrived, this, [this](const std::vector<Request> &requests) {
        if (!m_window.isInFront() && !m_settings.notificationsPaused()) {
            m_notifier->tell(requests);
        }
    });
    connect(m_arrivals, &ArrivalWatch::settled, m_notifier, &Notifier::withdraw);
    connect(m_notifier, &Notifier::openWanted, this, &Tray::open);
    connect(m_notifier, &Notifier::deferWanted, this, &Tray::defer);
    connect(m_window.sidebar(), &Sidebar::countsChanged, this, &Tray::showCounts);
    if (QSystemTrayIcon::isSystemTrayAvailable()) {
        makeIcon();
    }
}

void Tray::makeIcon()
{
    m_icon = new QSystemTrayIcon(this);
    m_menu = std::make_unique<QMenu>();
    m_count = m_menu->addAction(QString());
    m_count->setEnabled(false);
    m_menu->addAction(tr("Open"), this, &Tray::raiseWindow);
    m_pause = m_menu->addAction(tr("Pause notifications"));
    m_pause->setCheckable(true);
    connect(m_pause, &QAction::triggered, this, [this](bool paused) { m_settings.setNotificationsPaused(paused); });
    connect(m_menu.get(), &QMenu::aboutToShow, this, [this] { m_pause->setChecked(m_settings.notificationsPaused()); });
    m_icon->setContextMenu(m_menu.get());
    connect(m_icon, &QSystemTrayIcon::activated, this, [this](QSystemTrayIcon::ActivationReason reason) {
        if (reason == QSystemTrayIcon::Trigger) {
            raiseWindow();
        }
    });
    showCounts();
    m_icon->show();
}

QString Tray::summary() const
{
    const QueueCounts &counts = m_window.sidebar()->counts();
    if (m_session.isLocked()) {
        return tr("Locked");
    }
    if (counts.inbox == 0) {
        return tr("Nobody waits for you");
    }
    const QString waiting = tr("%n waiting for you", nullptr, counts.inbox);
    return counts.highInInbox > 0 ? tr("%1, %2 high").arg(waiting, QString::number(counts.highInInbox)) : waiting;
}

void Tray::showCounts()
{
    if (!m_icon) {
        return;
    }
    const QueueCounts &counts = m_window.sidebar()->counts();
    m_icon->setIcon(markedIcon(counts.inbox > 0, counts.highInInbox > 0));
    m_icon->setToolTip(tr("Countersign: %1").arg(summary()));
    m_count->setText(summary());
}

void Tray::raiseWindow()
{
    m_window.setWindowState(m_window.windowState() & ~Qt::WindowMinimized);
    m_window.show();
    m_window.raise();
    m_window.activateWindow();
}

void Tray::open(const RequestId &id)
{
    raiseWindow();
    if (id.isEmpty() || m_session.isLocked()) {
        return;
    }
    whenDone(m_session.threads().reader([id](StoreReader &reader) { return reader.request(id); }), this,
             [this](const Result<std::optional<Request>> &request) {
                 if (request && *request) {
                     m_window.showRequest(**request);
                 }
             });
}

void Tray::defer(const RequestId &id)
{
    if (m_session.isLocked()) {
        raiseWindow(); // Deferring needs the reviewer.
        return;
    }
    m_session.defer(id, m_session.clock().now() + deferral);
}

} // namespace countersign::ui
