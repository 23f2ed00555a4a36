// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QObject>

#include <optional>

class QDBusPendingCallWatcher;
class QDBusVariant;

namespace countersign::ui {

/// Whether the desktop prefers dark windows, from the XDG desktop portal (Qt 6.4 does not tell). Asks without waiting:
/// nothing is known at first, and never on a desktop without a portal. GUI thread.
class SystemColourScheme : public QObject
{
    Q_OBJECT
public:
    explicit SystemColourScheme(QObject *parent = nullptr);

    /// Absent: the desktop has not answered, or has no preference.
    std::optional<bool> prefersDark() const { return m_prefersDark; }

Q_SIGNALS:
    void changed();

private Q_SLOTS:
    void applySetting(const QString &group, const QString &key, const QDBusVariant &value);

private:
    void askPortal();
    void apply(const QVariant &value);

    std::optional<bool> m_prefersDark;
};

} // namespace countersign::ui
