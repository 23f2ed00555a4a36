// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/domain/request.h"

#include <QtCore/QHash>
#include <QtCore/QObject>

#include <vector>

class QDBusPendingCallWatcher;

namespace countersign::ui {

/// Desktop notifications through org.freedesktop.Notifications: agent and heading only, with Open and Defer, never with
/// a decision. Calls without waiting; without a notification service nothing happens. GUI thread.
class Notifier : public QObject
{
    Q_OBJECT
public:
    explicit Notifier(QObject *parent = nullptr);

    void start(); ///< Connects to the session bus.
    void tell(const std::vector<Request> &requests);
    void withdraw(const RequestId &id);
    void withdrawAll();
    /// What stands on the notification of \p request, as visible text.
    static QString headline(const Request &request);

Q_SIGNALS:
    void openWanted(const countersign::RequestId &id); ///< Empty: only the window.
    void deferWanted(const countersign::RequestId &id);

private Q_SLOTS:
    void act(uint number, const QString &action);
    void forget(uint number);

private:
    void send(const RequestId &id, const QString &headline, const QString &words);

    bool m_connected = false;
    QHash<uint, RequestId> m_shown; ///< By the service's number; bounded by what it shows.
};

} // namespace countersign::ui
