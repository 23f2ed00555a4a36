// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/serving.h"

#include "app/ctl/exit_code.h"
#include "core/base/visible_text.h"
#include "core/connections/connection_service.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QSocketNotifier>
#include <QtCore/QTimer>

#include <algorithm>
#include <csignal>

namespace countersign::ctl {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto longestPause = 1000ms;
constexpr auto shortestPause = 20ms;
constexpr std::chrono::milliseconds quietPoll = 250ms;
constexpr std::chrono::milliseconds listeningPoll = 50ms;
/// A decision of another process reaches its agent within 20 ms.
constexpr std::chrono::milliseconds servingPoll = 5ms;
constexpr auto oncePatience = 10'000ms;

/// `serve`: timers and connections in the event loop of the process.
class Server : public QObject
{
public:
    Server(Session &session, ProcessState &process, Console &console, Serving serving)
        : m_session(session)
        , m_process(process)
        , m_console(console)
        , m_serving(serving)
        , m_ids(session.clock())
        , m_scheduler(session.clock())
        , m_door(session.engine())
        , m_service({m_door, m_scheduler, m_ids, session.location().configFolder})
        , m_signals(process.signalDescriptor(), QSocketNotifier::Read)
    {
        connect(&m_signals, &QSocketNotifier::activated, this, &Server::takeSignals);
        m_poll.setTimerType(Qt::PreciseTimer);
        connect(&m_poll, &QTimer::timeout, this, &Server::poll);
        connect(&m_service, &ConnectionService::servingChanged, this, &Server::tellLease);
        connect(&m_service, &ConnectionService::failed, this, [this](const Error &why) { tell(why.message); });
        connect(&m_service, &ConnectionService::changed, this, &Server::tellConnection);
        connect(&m_service, &ConnectionService::started, this, [this] {
            m_poll.start(pollInterval());
            if (!m_service.isServing() && m_serving == Serving::On) {
                QTimer::singleShot(longestPause, this, [this] { tellLease(m_service.isServing()); });
            }
        });
    }

    int run()
    {
        m_session.keepPresent();
        m_startedAt = m_session.clock().monotonic();
        if (m_serving == Serving::On) {
            tell(u"serving "_s + displayText(m_session.location().url).text);
        }
        m_service.start();
        return QCoreApplication::exec();
    }

private:
    /// Only where something waits for people can a decision be about to come.
    std::chrono::milliseconds pollInterval() const
    {
        const std::vector<ConnectionStatus> all = m_service.list();
        const bool awaits =
            std::any_of(all.begin(), all.end(), [](const ConnectionStatus &one) { return one.openRequests > 0; });
        return all.empty() ? quietPoll : awaits ? servingPoll : listeningPoll;
    }
    void tell(const QString &visible)
    {
        if (!m_console.isJson() || m_serving == Serving::On) {
            m_console.note(visible);
        }
    }
    void tellLease(bool mine)
    {
        if (m_serving == Serving::Once || m_toldLease == mine) {
            return;
        }
        m_toldLease = mine;
        tell(mine ? u"this process holds the engine lease"_s
                  : u"another process holds the engine lease; waiting for it"_s);
    }
    void tellConnection(const QString &name)
    {
        const std::optional<ConnectionStatus> status = m_service.status(name);
        m_poll.setInterval(pollInterval());
        const QString line =
            !status ? u"removed"_s
                    : toText(status->phase) + u": "_s + displayText(status->words).text +
                          (status->trouble.isEmpty() ? QString() : u' ' + displayText(status->trouble).text) +
                          unansweredWords(*status);
        if (m_told.value(name) != line) {
            m_told.insert(name, line);
            if (status && status->phase != ConnectionStatus::Phase::Off) {
                tell(displayText(name).text + u": "_s + line);
            }
        }
    }
    /// Of a call that may be for somebody here: who serves without a window is told, too.
    static QString unansweredWords(const ConnectionStatus &status)
    {
        return status.unanswered.empty()
                   ? QString()
                   : u" Its call of “%1” has no output, and the profile does not say who is to give it: "
                     "“connection serve-tool” makes it yours."_s.arg(
                         displayText(status.unanswered.front().tool.left(200)).text);
    }
    void takeSignals()
    {
        while (const std::optional<int> signal = m_process.nextSignal(0ms)) {
            if (*signal != SIGCHLD) {
                m_service.disconnect(this);
                m_service.stop();
                tell(u"serving ended"_s);
                QCoreApplication::exit(ExitCode::Done);
                return;
            }
        }
    }
    void fail(const Error &error) { QCoreApplication::exit(m_console.fail(error)); }

    void poll()
    {
        m_session.keepPresent();
        const std::chrono::milliseconds now = m_session.clock().monotonic();
        const bool moved = m_session.store().changedElsewhere();
        bool poke = moved;
        if (m_service.isServing() && (moved || now >= m_dueAt)) {
            const Result<int> fired = m_session.engine().runDueTimers();
            if (!fired && fired.error().code != ErrorCode::Busy) {
                fail(fired.error());
                return;
            }
            m_changes += fired ? *fired : 0;
            poke = poke || (fired && *fired > 0);
            m_dueAt = now + pauseUntilDue();
        }
        if (poke) {
            m_service.poke();
        }
        if (m_serving == Serving::Once && (isDone() || now - m_startedAt > oncePatience)) {
            endOnce();
        }
    }
    bool isDone()
    {
        // Another process serves: then there is nothing to wait for.
        return !m_service.isServing() || m_service.isSettled();
    }
    void endOnce()
    {
        const bool mine = m_service.isServing();
        if (!mine) {
            m_console.note(u"Another process serves this workspace: nothing was left to do."_s);
        }
        m_poll.stop();
        m_service.disconnect(this);
        m_service.stop();
        m_console.json(
            JsonValue::object({{"lease", JsonValue::fromBool(mine)}, {"changes", JsonValue::fromInteger(m_changes)}}));
        m_console.line(QString::number(m_changes) + u" things were due."_s);
        QCoreApplication::exit(ExitCode::Done);
    }
    /// How long nothing is due.
    std::chrono::milliseconds pauseUntilDue()
    {
        const Result<std::optional<Timestamp>> next = m_session.engine().nextDue();
        if (!next || !*next) {
            return longestPause;
        }
        return std::clamp<std::chrono::milliseconds>(**next - m_session.clock().now(), shortestPause, longestPause);
    }

    Session &m_session;
    ProcessState &m_process;
    Console &m_console;
    Serving m_serving;
    SystemIdSource m_ids;
    EventLoopScheduler m_scheduler;
    DirectEngineDoor m_door;
    ConnectionService m_service;
    QSocketNotifier m_signals;
    QTimer m_poll;
    QHash<QString, QString> m_told; ///< The last line about each connection.
    std::optional<bool> m_toldLease;
    std::chrono::milliseconds m_startedAt{0};
    std::chrono::milliseconds m_dueAt{0};
    int m_changes = 0;
};

} // namespace

int serve(Session &session, ProcessState &process, Console &console, Serving serving)
{
    process.watchSignals();
    return Server(session, process, console, serving).run();
}

} // namespace countersign::ctl
