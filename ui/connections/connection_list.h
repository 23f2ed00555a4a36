// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/connection_status.h"

#include <QtCore/QHash>
#include <QtWidgets/QListWidget>

namespace countersign::ui {

/// The connections of a workspace: name, how it stands, and why in a line. Painted as plain text.
class ConnectionList : public QListWidget
{
    Q_OBJECT
public:
    explicit ConnectionList(QWidget *parent = nullptr);

    /// Keeps the selected one, by name.
    /// \p wantedSignIns: of connections that wait for a person to sign in, why, by name. Visible text.
    void setConnections(const std::vector<ConnectionStatus> &connections, const QHash<QString, QString> &wantedSignIns,
                        Timestamp now);
    QString selectedName() const;
    void selectName(const QString &name);
    void moveSelection(int rows);
    void keyboardSearch(const QString &) override {} ///< Letters are commands here.

Q_SIGNALS:
    void selectionMoved();
};

} // namespace countersign::ui
