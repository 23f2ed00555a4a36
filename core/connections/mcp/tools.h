// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/digest.h"
#include "core/connections/json_slices.h"
#include "core/engine/engine.h"

#include <QtCore/QStringList>

#include <map>

namespace countersign::mcp {

/// A tool as its server described it.
struct Tool {
    QString name;
    QByteArray definition;  ///< The JSON text of the whole.
    QByteArray inputSchema; ///< As received; empty: none, or too large to be shown.
    QByteArray annotations; ///< Claims of the server; empty: none.
    QString title;
    QString description;
    Digest hash; ///< Of what a call depends on: name, title, description, schemas, annotations.
};

/// Reads one tool of `tools/list`. Malformed or TooLarge: it cannot be called by what it says of itself.
Result<Tool> readTool(QByteArrayView definition);

/// The tools of one server: what it says now, and what the workspace remembers of the definitions that calls were
/// approved under.
class ToolBook
{
public:
    /// \p connection: under which the workspace keeps the definitions.
    ToolBook(Engine &engine, const Clock &clock, QString connection);

    /// Takes in one page: the result of `tools/list`. \p first: what was known before is forgotten.
    Result<> readPage(QByteArrayView result, bool first);
    /// What the server says may have changed.
    void setStale() { m_stale = true; }
    bool isStale() const { return m_stale; }
    /// Null: the server has named no such tool.
    const Tool *find(const QString &name) const;

    enum class Standing {
        Unknown,   ///< The server does not name it, or the workspace cannot say.
        New,       ///< No call of it was approved yet.
        AsBefore,  ///< As when a call was last approved.
        Different, ///< The definition is another one than when a call was last approved.
    };
    Standing standing(const QString &name) const;
    /// A call under this very definition was approved.
    Result<> noteApproved(const QString &name, const Digest &definition);

    /// \p result with only the tools of \p names in it.
    static Result<QByteArray> filtered(QByteArrayView result, const QStringList &names);

private:
    Result<> save(const std::vector<ToolDefinition> &definitions);

    Engine &m_engine;
    const Clock &m_clock;
    QString m_connection;
    std::map<QString, Tool> m_tools;
    bool m_stale = true;
};

} // namespace countersign::mcp
