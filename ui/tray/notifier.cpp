// SPDX-License-Identifier: Apache-2.0
#include "ui/tray/notifier.h"

#include "core/base/visible_text.h"

#include <QtDBus/QDBusConnection>
#include <QtDBus/QDBusMessage>
#include <QtDBus/QDBusPendingCall>
#include <QtDBus/QDBusPendingReply>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr size_t mostSingle = 3; ///< More at once are told as one.
constexpr int longestAgent = 40;
constexpr int longestHeadline = 120;
constexpr QLatin1String service("org.freedesktop.Notifications");
constexpr QLatin1String path("/org/freedesktop/Notifications");

QDBusMessage call(const QString &method)
{
    return QDBusMessage::createMethodCall(service, path, service, method);
}

} // namespace

Notifier::Notifier(QObject *parent)
    : QObject(parent)
{}

void Notifier::start()
{
    QDBusConnection bus = QDBusConnection::sessionBus();
    m_connected = bus.isConnected();
    if (m_connected) {
        bus.connect(service, path, service, u"ActionInvoked"_s, this, SLOT(act(uint, QString)));
        bus.connect(service, path, service, u"NotificationClosed"_s, this, SLOT(forget(uint)));
    }
}

QString Notifier::headline(const Request &request)
{
    return shortened(tr("%1: %2", "agent, what it asks for")
                         .arg(shortened(displayText(request.agentName).text, longestAgent), request.summary),
                     longestHeadline);
}

void Notifier::tell(const std::vector<Request> &requests)
{
    if (!m_connected) {
        return;
    }
    if (requests.size() > mostSingle) {
        send({}, tr("%n new requests", nullptr, static_cast<int>(requests.size())), tr("They wait in Countersign."));
        return;
    }
    for (const Request &request : requests) {
        send(request.id, headline(request), tr("Waits for you in Countersign."));
    }
}

void Notifier::send(const RequestId &id, const QString &headline, const QString &words)
{
    QStringList actions{u"default"_s, tr("Open")};
    if (!id.isEmpty()) {
        actions << u"open"_s << tr("Open") << u"defer"_s << tr("Defer by an hour");
    }
    QDBusMessage notify = call(u"Notify"_s);
    // Services may read markup in the body, never in the summary: what an agent chose stands in the summary only.
    notify << tr("Countersign") << 0U << u"app.countersign.Countersign"_s << headline << words << actions
           << QVariantMap{{u"desktop-entry"_s, u"app.countersign.Countersign"_s}} << -1;
    auto *answer = new QDBusPendingCallWatcher(QDBusConnection::sessionBus().asyncCall(notify), this);
    connect(answer, &QDBusPendingCallWatcher::finished, this, [this, answer, id] {
        answer->deleteLater();
        const QDBusPendingReply<uint> number = *answer;
        if (!number.isError()) {
            m_shown.insert(number.value(), id);
        }
    });
}

void Notifier::withdraw(const RequestId &id)
{
    for (auto shown = m_shown.begin(); shown != m_shown.end(); ++shown) {
        if (shown.value() == id) {
            QDBusMessage close = call(u"CloseNotification"_s);
            close << shown.key();
            QDBusConnection::sessionBus().send(close);
            m_shown.erase(shown);
            return;
        }
    }
}

void Notifier::withdrawAll()
{
    for (auto shown = m_shown.cbegin(); shown != m_shown.cend(); ++shown) {
        QDBusMessage close = call(u"CloseNotification"_s);
        close << shown.key();
        QDBusConnection::sessionBus().send(close);
    }
    m_shown.clear();
}

void Notifier::act(uint number, const QString &action)
{
    if (!m_shown.contains(number)) {
        return; // Another program's.
    }
    const RequestId id = m_shown.value(number);
    if (action == u"defer"_s) {
        Q_EMIT deferWanted(id);
    } else {
        Q_EMIT openWanted(id);
    }
}

void Notifier::forget(uint number)
{
    m_shown.remove(number);
}

} // namespace countersign::ui
