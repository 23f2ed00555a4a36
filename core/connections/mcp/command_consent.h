// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QtCore/QStringList>

namespace countersign::mcp {

/// A program that a connection starts, and where.
struct ServerCommand {
    QStringList words;
    QString folder;

    friend bool operator==(const ServerCommand &, const ServerCommand &) = default;
};

/// Which commands of connections this person has allowed on this machine. Kept outside the workspace, in files of mode
/// 0600 in the configuration folder: whoever can write the workspace, from here or from another machine, must not be
/// able to have a program started.
class CommandConsents
{
public:
    explicit CommandConsents(QString configFolder)
        : m_folder(std::move(configFolder))
    {}

    /// From now on \p command may be started for this connection, and no other.
    Result<> allow(const QString &connectionId, const ServerCommand &command) const;
    /// False also when the file cannot be read: then it is asked again.
    bool isAllowed(const QString &connectionId, const ServerCommand &command) const;
    void forget(const QString &connectionId) const;

private:
    QString pathFor(const QString &connectionId) const;

    QString m_folder;
};

/// InvalidInput: nothing that can be started, or too long to be shown whole.
Result<> checkServerCommand(const ServerCommand &command);

/// The words as a shell would take them, each quoted if it needs it, for people. Visible text.
QString shownCommand(const QStringList &words);

} // namespace countersign::mcp
