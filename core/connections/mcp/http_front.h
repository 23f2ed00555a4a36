// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/id_source.h"
#include "core/connections/mcp/http_session.h"

namespace countersign::mcp {

/// The server's side of Streamable HTTP in all three revisions: POST, GET and DELETE on one path become lines of
/// sessions. Each client of the time of the handshake gets a link of its own; all that need no handshake share one.
class HttpFront : public QObject
{
    Q_OBJECT
public:
    using OpenLink = std::function<Result<std::unique_ptr<FrontLink>>()>;
    static constexpr QByteArrayView path = "/mcp";

    /// \p open starts what stands behind a new session. \p clock and \p ids outlive the front.
    HttpFront(OpenLink open, const Clock &clock, IdSource &ids, FrontLimits limits = {}, QObject *parent = nullptr);
    ~HttpFront() override;

    /// Answers one request, now or later.
    void take(HttpServerExchange &exchange);
    /// Nothing new is taken; what is there ends. over() follows.
    void close(const QString &why);
    /// What is to be called about twice a second; the front does so itself.
    void tick();
    int sessionCount() const { return static_cast<int>(m_sessions.size()) + (m_shared ? 1 : 0); }

Q_SIGNALS:
    void over(); ///< After close(): nothing is left.

private:
    struct Held {
        QPointer<HttpServerExchange> exchange;
        QByteArray line;
    };

    void post(HttpServerExchange &exchange);
    void postStateless(HttpServerExchange &exchange, const QByteArray &line, const Message &message);
    void postToSession(HttpServerExchange &exchange, const QByteArray &line, const Message &message);
    void begin(HttpServerExchange &exchange, const QByteArray &line, const Message &message);
    void get(HttpServerExchange &exchange);
    void remove(HttpServerExchange &exchange);
    FrontSession *sessionOf(HttpServerExchange &exchange);
    Result<FrontSession *> open(FrontSession::Era era);
    Result<> openShared(const Message &message);
    void sharedIs(bool stateless);
    void postShared(HttpServerExchange &exchange, const QByteArray &line, const Message &message);
    void answerLegacy(HttpServerExchange &exchange);
    void makeRoom();
    void drop(FrontSession *session);

    OpenLink m_open;
    const Clock &m_clock;
    IdSource &m_ids;
    FrontLimits m_limits;
    std::map<QByteArray, std::unique_ptr<FrontSession>> m_sessions;
    std::unique_ptr<FrontSession> m_shared; ///< Of the clients without a handshake.
    /// Whether the server speaks the stateless revision, as far as it was asked.
    enum class Speaks { NotAsked, Asking, Stateless, Handshake };
    Speaks m_speaks = Speaks::NotAsked;
    std::chrono::milliseconds m_askedAt{0};
    std::vector<Held> m_held; ///< Until that is known.
    QByteArray m_versions;    ///< An array of the revisions that it said it speaks; empty: it did not say.
    QTimer m_tick;
    bool m_closing = false;
};

/// Do the headers of a stateless request say what its body says (MCP 2026-07-28 basic/transports/streamable-http)?
/// Malformed: which one does not.
Result<> checkStatelessHeaders(const HttpRequest &request, const Message &message);

/// The text of a header in which anything but plain ASCII stands as `=?base64?…?=`. Absent: it is no such text.
std::optional<QString> decodedHeader(const QByteArray &value);

} // namespace countersign::mcp
