// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/mcp/client_tools.h"
#include "core/connections/mcp/client_transport.h"
#include "core/connections/mcp/codec.h"
#include "core/connections/scheduler.h"

#include <functional>
#include <memory>

namespace countersign::mcp {

/// Which time the two sides speak of: of the handshake (2025-06-18, 2025-11-25) or of the stateless revision.
enum class Era { Unknown, Handshake, Stateless };

/// What a server says of itself: claims.
struct ServerIdentity {
    Era era = Era::Unknown;
    QString protocolVersion;
    QString name; ///< Outside text, as all below.
    QString title;
    QString version;
    QString instructions;
    QByteArray capabilities = "{}"; ///< JSON text as received.

    bool offers(QStringView capability) const; ///< `tools`, `resources` and so on.
};

/// Something that a server wants from a person.
struct InputRequest {
    enum class Kind { Form, Url, Sampling };
    using Id = quint64;
    Id id = 0; ///< Ours, never used twice by one client.
    Kind kind = Kind::Form;
    QByteArray params;                                     ///< JSON text as received.
    QString message;                                       ///< Outside text.
    QByteArray schema;                                     ///< Of a form, as received.
    QString url;                                           ///< The whole address, exactly as received. Never fetched.
    int round = 1;                                         ///< How often the server has asked during this call.
    quint64 call = 0;                                      ///< The tool call that made the server ask; 0: not known.
    QString tool;                                          ///< Of that call.
    QByteArray arguments;                                  ///< Of that call.
    std::optional<std::chrono::milliseconds> answerWithin; ///< Then nobody waits any more.
};

/// What a person said to it.
struct InputAnswer {
    enum class Action { Accept, Decline, Cancel };
    Action action = Action::Cancel;
    /// Of an accepted form: the object, sent as these bytes. Of an accepted sampling: the whole result. Else empty.
    QByteArray content;
};

/// Who puts the questions of a server to people. Called on the client's thread; outlives the client.
class InputHandler
{
public:
    virtual ~InputHandler() = default;
    /// Client::answer() follows, within this call or days later.
    virtual void ask(const InputRequest &request) = 0;
    /// Nobody waits for the answer any more. \p why: one sentence for people, such as that the server took it back.
    virtual void withdraw(InputRequest::Id id, const QString &why) = 0;
};

/// How a request to a server ended.
struct CallEnd {
    enum class Kind {
        Result,    ///< \c body is the result as received. A tool that failed says so within (isError()).
        Error,     ///< The server answered with an error: \c errorCode, \c words its message, \c body the whole error.
        Cancelled, ///< By us, after it was sent: whether it was done is not known.
        TimedOut,  ///< It was sent: whether it was done is not known.
        NotSent,   ///< It was certainly not done.
        Lost,      ///< It was sent and the server or the way to it went away: whether it was done is not known.
    };
    Kind kind = Kind::NotSent;
    QByteArray body;
    int errorCode = 0;
    QString words; ///< One sentence for people when it is no result. May quote outside text.

    bool isResult() const { return kind == Kind::Result; }
    bool isToolError() const; ///< A result with `isError`.
    bool mayHaveBeenDone() const { return kind != Kind::NotSent; }
};

/// One MCP server as its client sees it: which revision it speaks, its tools, calls, and what it wants from people. All
/// three revisions. Everything that comes from the server is taken for hostile: bounded, checked, and named in
/// troubled(). Lives on one thread; never blocks.
class Client : public QObject
{
    Q_OBJECT
public:
    using CallId = quint64; ///< Never 0, never used twice by one client.

    struct Options {
        enum class Prefer { Newest, Handshake, Stateless };
        Prefer prefer = Prefer::Newest; ///< Newest: asks the server whether it speaks the stateless revision first.
        QString newestHandshake = QStringLiteral("2025-11-25"); ///< What is offered in the handshake.
        // Declared only when there is an input handler.
        bool forms = true;
        bool urls = true;
        bool sampling = false;
        std::chrono::milliseconds probe{5000}; ///< A server over a pipe that says nothing until then is an old one.
        std::chrono::milliseconds connecting{30'000};
        std::chrono::milliseconds request{60'000};                    ///< For lists and the like.
        std::chrono::milliseconds person{std::chrono::hours(24 * 7)}; ///< The longest that a call waits for people.
        std::chrono::milliseconds urlPatience{15'000}; ///< After an address was opened, before the call is made again.
        int openInputs = 64;                           ///< What one server may ask at once; more is turned away.
        int rounds = 20;                               ///< How often it may ask during one call.
    };
    struct CallOptions {
        std::chrono::milliseconds quiet{60'000};  ///< Without an answer or progress; stands still while people think.
        std::chrono::milliseconds most{3600'000}; ///< In all, people's time aside.
        std::function<void(double progress, std::optional<double> total, const QString &message)> onProgress;
    };
    using Ended = std::function<void(const CallEnd &end)>;

    /// \p transport and \p scheduler outlive the client. \p input may be null: nothing is declared then.
    Client(ClientTransport &transport, Scheduler &scheduler, InputHandler *input, Options options,
           QObject *parent = nullptr);
    Client(ClientTransport &transport, Scheduler &scheduler, InputHandler *input = nullptr, QObject *parent = nullptr);
    ~Client() override; ///< Tells nobody who waits for a call: close() does.

    /// ready() or closed() follows. May be called again after closed().
    void open();
    /// What is under way ends as Lost, open questions are withdrawn; closed() follows.
    void close();
    bool isReady() const;
    const ServerIdentity &server() const;

    /// All pages. Calls \p done once.
    void listTools(std::function<void(const Result<std::vector<ServerTool>> &tools)> done);
    /// The tools as last listed.
    const std::vector<ServerTool> &tools() const;
    /// Calls a tool with \p arguments (the text of a JSON object) as exactly these bytes. \p done is called once, never
    /// within this call. Questions of the server go to the input handler meanwhile.
    CallId callTool(const QString &name, const QByteArray &arguments, CallOptions options, Ended done);
    /// Any other request: `prompts/get`, `resources/read`, `ping`. \p params is an object.
    CallId request(const QByteArray &method, const QByteArray &params, CallOptions options, Ended done);
    /// Tells the server that nobody waits any more; the call ends as Cancelled, its open questions are withdrawn.
    void cancel(CallId call, const QString &reason);
    int runningCalls() const;

    /// The answer to InputHandler::ask(). NotFound: nobody waits for it any more. Malformed: it does not fit the
    /// question; nothing was sent and the question stays open.
    Result<> answer(InputRequest::Id id, const InputAnswer &answer);
    int openInputs() const;

Q_SIGNALS:
    void ready();
    /// It cannot be used (any more), and \p why says why, in one sentence for people.
    void closed(const countersign::Error &why);
    void toolsChanged(); ///< The server says so: listTools() tells the new ones.
    /// Something that a good server does not do, in one sentence; it was contained. Quotes outside text. At most 100 of
    /// one connection are told.
    void troubled(const QString &words);

private:
    struct Private;
    friend struct Private;
    std::unique_ptr<Private> d;
};

} // namespace countersign::mcp
