// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/connection_status.h"
#include "core/connections/mcp/tool_values.h"

#include <QtWidgets/QListWidget>

#include <map>

namespace countersign::ui {

/// A tool of a server, or the server itself. The names as they came: outside text.
struct ToolKey {
    QString connection;
    QString tool; ///< Empty: the server itself.

    bool isEmpty() const { return connection.isEmpty(); }
    friend bool operator==(const ToolKey &, const ToolKey &) = default;
    friend bool operator<(const ToolKey &a, const ToolKey &b)
    {
        return std::pair(a.connection, a.tool) < std::pair(b.connection, b.tool);
    }
};

/// One server with what it offers, as far as it can be reached.
struct ServerTools {
    ConnectionStatus status;
    std::vector<mcp::ToolInfo> tools;
    std::map<QString, mcp::ToolCallState> calls; ///< The newest of each tool, by its name.
};

/// The tools of all servers, grouped by server: name, what it says it does, how its definition stands. A server that
/// cannot be reached has one line that says why. Painted as plain text.
class ToolList : public QListWidget
{
    Q_OBJECT
public:
    explicit ToolList(QWidget *parent = nullptr);

    /// Keeps the selected one. \p filter: words that name, title or description must have; empty: all.
    void setServers(const std::vector<ServerTools> &servers, const QString &filter);
    ToolKey selected() const;
    void select(const ToolKey &key);
    void moveSelection(int rows);
    int shownTools() const { return m_shownTools; }
    void keyboardSearch(const QString &) override {} ///< Letters are commands here.

Q_SIGNALS:
    void selectionMoved();

private:
    int m_shownTools = 0;
};

} // namespace countersign::ui
