// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/connections/http_server.h"
#include "core/connections/mcp/mirror_check.h"

#include <QtCore/QPointer>

#include <deque>
#include <map>

namespace countersign::mcp {

/// What stands behind a front: one MCP session, lines in and out. Lives on one thread.
class FrontLink : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;
    virtual void take(const QByteArray &line) = 0; ///< From the client.
    /// The client does not take in what comes: nothing more is to be read, or is to be again.
    virtual void setPaused(bool paused) = 0;
    /// The client is gone. gone() follows, later.
    virtual void close(const QString &why) = 0;

Q_SIGNALS:
    void lineReady(const QByteArray &line); ///< For the client.
    void gone(const QString &why);          ///< Once; nothing comes after it.
};

/// How long and how much a front puts up with.
struct FrontLimits {
    int sessions = 64;
    size_t streams = 2000;                     ///< Unanswered requests of one session.
    std::chrono::milliseconds jsonFor{500};    ///< After this a request that waits is answered by a stream.
    std::chrono::milliseconds comment{15'000}; ///< Between two signs of life on a silent stream.
    std::chrono::milliseconds grace{30'000};   ///< For a client to come back to a stream that broke.
    std::chrono::milliseconds keep{60'000};    ///< How long an answered stream can be read again.
    size_t answered = 256;                     ///< Answered and sent streams of one session that can be read again.
    std::chrono::milliseconds idle{1'800'000}; ///< After which a session that nobody uses ends.
    std::chrono::milliseconds probe{5'000};    ///< For a server to say that it speaks the stateless revision.
    qint64 unsentBytes = 4 * 1024 * 1024;      ///< Above this the session behind is not read from.
    qsizetype keptBytes = 64 * 1024 * 1024;    ///< Of messages that no client has taken yet.
};

/// A session of Streamable HTTP in front of one link: which message goes on which stream. With a handshake it is one
/// client's; without (revision 2026-07-28) all clients share it, under ids of our own.
class FrontSession : public QObject
{
    Q_OBJECT
public:
    enum class Era { Handshake, Stateless };
    FrontSession(std::unique_ptr<FrontLink> link, Era era, QByteArray id, const Clock &clock, const FrontLimits &limits,
                 QObject *parent = nullptr);
    ~FrontSession() override;

    const QByteArray &id() const { return m_id; }
    /// What the tools that were listed here want mirrored in headers (revision 2026-07-28).
    const MirrorCheck &mirrors() const { return m_mirrors; }
    /// A request, answered on \p exchange. \p line is what \p message was read from.
    void post(HttpServerExchange &exchange, const QByteArray &line, const Message &message);
    /// A notification or an answer.
    void tell(const QByteArray &line);
    /// GET: what belongs to no request, or what was missed behind \p lastEventId. False: there is no such event.
    bool listen(HttpServerExchange &exchange, const QByteArray &lastEventId);
    /// Asks the server whether it speaks the stateless revision; probed() tells, within this call or later.
    void probe(const QByteArray &params);
    void close(const QString &why);

    bool isOutstanding(const MessageId &id) const { return m_byKey.contains(id.key()); }
    size_t openCount() const { return m_byKey.size(); }
    bool isFull() const { return m_byKey.size() >= m_limits.streams; }
    bool isOver() const { return m_over || m_closing; }      ///< Or about to be: nothing more is taken.
    bool isSpeaking() const { return !m_version.isEmpty(); } ///< The handshake has succeeded.
    std::chrono::milliseconds usedAt() const { return m_usedAt; }
    void tick();

Q_SIGNALS:
    /// \p versions: an array of those it speaks, as it wrote it; empty: it did not say.
    void probed(bool stateless, const QByteArray &versions);
    void over(); ///< The link is gone and every client was told.

private:
    struct Event {
        int number = 0;
        QByteArray line;
    };
    struct Stream {
        int number = 0;
        QString key;            ///< Of the request's id behind the front; empty: the stream of GET.
        MessageId id;           ///< As the client knows it.
        QByteArray token;       ///< The progress token as the server behind knows it; empty: none.
        QByteArray clientToken; ///< As the client knows it.
        QPointer<HttpServerExchange> exchange;
        bool takesJson = true;
        bool takesEvents = true;
        bool isHandshake = false;
        bool listsTools = false;
        bool isFirstPage = false; ///< Of the tools.
        bool isAnswered = false;
        bool wasSent = true; ///< What is kept went out on a connection.
        std::deque<Event> kept;
        qsizetype keptBytes = 0;
        int events = 0;
        std::chrono::milliseconds since{0}; ///< The request came, or the answer went.
        std::chrono::milliseconds lostAt{0};
        std::chrono::milliseconds spokeAt{0};
    };

    void fromLink(const QByteArray &line);
    void deliverAnswer(const QByteArray &line, const Message &message);
    void deliverOther(const QByteArray &line, const Message &message);
    Stream *streamOfToken(QByteArrayView token);
    Stream *streamFor(const Message &message);
    Stream *latestOpen();
    void attach(Stream &stream, HttpServerExchange &exchange);
    void detach(int number, HttpServerExchange *exchange);
    void beginEvents(Stream &stream);
    void send(Stream &stream, const QByteArray &line);
    void write(Stream &stream, const Event &event);
    void replay(Stream &stream, int behind);
    void giveUp(int number);
    void forgetOld();
    void balance();
    void linkGone(const QString &why);
    bool keepsEvents() const { return m_era == Era::Handshake; }
    HttpServerExchange::Headers headers(const QByteArray &type) const;

    std::unique_ptr<FrontLink> m_link;
    Era m_era;
    QByteArray m_id;
    const Clock &m_clock;
    const FrontLimits &m_limits;
    std::map<int, Stream> m_streams; ///< By their number; 0 is the one of GET.
    std::map<QString, int> m_byKey;  ///< The unanswered ones.
    int m_numbers = 0;
    QString m_version; ///< That the handshake agreed on.
    std::chrono::milliseconds m_usedAt{0};
    bool m_probing = false;
    bool m_paused = false;
    MirrorCheck m_mirrors;
    bool m_over = false;
    bool m_closing = false;
};

} // namespace countersign::mcp
