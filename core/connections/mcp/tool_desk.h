// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/mcp/tool_values.h"
#include "core/engine/wait_end.h"

namespace countersign::mcp {

/// The calls of one connection as the engine has them: files them, finds those that may run, and records how they
/// ended. Used where the engine lives, by one job at a time; holds no sockets.
class ToolDesk
{
public:
    struct Server {
        QString connection;  ///< As the person called it.
        QStringList command; ///< That starts it; empty: it is at \c address.
        QString address;     ///< Without its query.
    };
    /// \p owner: whose calls are carried out here.
    ToolDesk(Server server, QString owner, const Clock &clock);

    /// What the server lists now. Gives how each tool stands, in the same order.
    Result<std::vector<ToolInfo>> takeTools(Engine &engine, const std::vector<ServerTool> &tools);

    struct Order {
        ToolCaller caller;
        QString tool;
        QByteArray arguments; ///< JSON text of an object.
        QString key;          ///< Makes it this call and no other.
    };
    /// NotFound: the server names no such tool. InvalidInput: the arguments do not fit its schema.
    Result<Submitted> file(Engine &engine, const Order &order);

    /// A call that may be sent now: its start is committed.
    struct Started {
        RequestId request;
        QString tool;
        Digest definition;    ///< That it was approved under: to be sent under no other.
        QByteArray arguments; ///< As approved or edited: exactly these bytes.
        bool wasEdited = false;
    };
    /// A call of which something is known that was not known before.
    struct Ended {
        RequestId request;
        QString words;
    };
    struct News {
        std::vector<Started> started;
        std::vector<Ended> refused;
        std::vector<Ended> waiting; ///< Approved and not started, because that could not be recorded: not yet over.
        int open = 0;               ///< Requests of this connection that wait for people.
        bool looksAgain = false;    ///< Something could not be done now: what came before it stands here all the same.
    };
    /// \p watched: calls whose end is wanted. \p maySend: false while the server cannot be reached; nothing starts
    /// then.
    Result<News> look(Engine &engine, const std::vector<RequestId> &watched, bool maySend);

    /// \p body: the result as received, or empty.
    Result<> finish(Engine &engine, const RequestId &id, Outcome outcome, const QByteArray &body);
    /// It was sent, and nobody knows what came of it; \p why is one sentence for people.
    Result<> lose(Engine &engine, const RequestId &id, const QString &why);

private:
    RoundContent contentOf(const ServerTool &tool, const Order &order) const;
    Result<> carryOn(Engine &engine, const Request &request, bool maySend, News &news);
    Result<std::optional<Started>> start(Engine &engine, const Request &request, News &news);
    Result<bool> isLeftBehind(Engine &engine, const QString &owner) const;

    Server m_server;
    QString m_owner;
    const Clock &m_clock;
    std::optional<ToolBook> m_book; ///< Made with the first engine it meets.
    std::vector<ServerTool> m_tools;
};

/// Was the failure one of the moment and of this machine, such as a full disk? Then the same may work later.
bool mayPass(const Error &failure);

/// Ends a request whose decision was released and of which nothing was sent, nor will be; \p why says so to people.
/// WrongState: it is not there, or not any more, such as when somebody has begun to send it; nothing was changed.
Result<> endUnsent(Engine &engine, const RequestId &id, const QString &why);

/// What a person is told about a call that ended without being carried out.
QString whyNotCarriedOut(const WaitEnd &end);

} // namespace countersign::mcp
