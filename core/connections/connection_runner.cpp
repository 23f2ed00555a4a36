// SPDX-License-Identifier: Apache-2.0
#include "core/connections/connection_runner.h"

#include "core/base/json_reader.h"
#include "core/base/log.h"
#include "core/base/run_aside.h"
#include "core/base/visible_text.h"

namespace countersign {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace cloudflare;

namespace {

QString pinnedWords(const ConnectionSettings &settings)
{
    const bool isPinned = !settings.pinnedAgent.isEmpty() || !settings.pinnedName.isEmpty();
    return isPinned ? (settings.pinnedAgent + u'/' + settings.pinnedName).left(600) : QString();
}

} // namespace

QString toText(ConnectionStatus::Phase phase)
{
    switch (phase) {
    case ConnectionStatus::Phase::Off:
        return u"off"_s;
    case ConnectionStatus::Phase::Connecting:
        return u"connecting"_s;
    case ConnectionStatus::Phase::Open:
        return u"open"_s;
    case ConnectionStatus::Phase::Waiting:
        return u"waiting"_s;
    case ConnectionStatus::Phase::Stopped:
        break;
    }
    return u"stopped"_s;
}

ConnectionRunner::ConnectionRunner(Parts parts, const ConnectionRow &row, const ConnectionSettings &settings,
                                   Profile profile, QObject *parent)
    : PeerRunner(parent)
    , m_door(parts.door)
    , m_scheduler(parts.scheduler)
    , m_transcripts(std::move(parts.transcripts))
    , m_endpoint(parts.endpoint)
    , m_session(parts.scheduler, parts.ids, std::move(parts.transport), std::move(parts.endpoint))
    , m_chat(profile.chat)
    , m_state(profile.rules)
    , m_reconciler(std::make_shared<Reconciler>(row.name))
    , m_settings(settings)
{
    m_createdAt = row.createdAt;
    m_status.id = row.id;
    m_status.name = row.name;
    m_status.kind = row.kind;
    m_status.address = shownAddress(settings.url);
    m_status.profile = profile.name;
    m_status.pinned = pinnedWords(settings);
    m_chat.setAutoContinue(settings.autoContinue.value_or(profile.chat.autoContinue));
    m_status.autoContinue = m_chat.profile().autoContinue;
    const QString inAddress = agentInAddress(settings.url);
    m_agentName = inAddress.isEmpty() ? row.name : inAddress;
    connect(&m_session, &CloudflareSession::opened, this, &ConnectionRunner::becomeOpen);
    connect(&m_session, &CloudflareSession::received, this, &ConnectionRunner::take);
    connect(&m_session, &CloudflareSession::caughtUp, this, [this] {
        if (m_isDirty) {
            reconcile();
        }
    });
    connect(&m_session, &CloudflareSession::ended, this, &ConnectionRunner::end);
    connect(&m_session, &CloudflareSession::frameSent, this, [this](const QString &type, const QByteArray &utf8) {
        m_frames.add(m_scheduler.clock().now(), LoggedFrame::Direction::Sent, type, utf8);
    });
    connect(&m_session, &CloudflareSession::frameReceived, this, [this](const QString &type, const QByteArray &utf8) {
        m_frames.add(m_scheduler.clock().now(), LoggedFrame::Direction::Received, type, utf8);
    });
    connect(m_transcripts.get(), &TranscriptSource::fetched, this, &ConnectionRunner::readTranscript);
    connect(m_transcripts.get(), &TranscriptSource::failed, this, &ConnectionRunner::missTranscript);
}

ConnectionRunner::~ConnectionRunner()
{
    m_session.disconnect(this);
    m_transcripts->disconnect(this);
}

void ConnectionRunner::start()
{
    setPhase(ConnectionStatus::Phase::Connecting, u"Connecting."_s);
    m_session.start();
}

void ConnectionRunner::stop()
{
    m_transcripts->cancel();
    stopFetching();
    m_session.stop();
    setPhase(ConnectionStatus::Phase::Off, u"Not served by this process."_s);
}

void ConnectionRunner::retryNow()
{
    if (!m_session.isOpen()) {
        setPhase(ConnectionStatus::Phase::Connecting, u"Connecting."_s);
        m_session.retryNow();
    }
}

void ConnectionRunner::setAutoContinue(bool goesOn)
{
    m_settings.autoContinue = goesOn;
    m_chat.setAutoContinue(goesOn);
    if (std::exchange(m_status.autoContinue, goesOn) != goesOn) {
        Q_EMIT changed();
    }
}

void ConnectionRunner::poke()
{
    reconcile();
}

void ConnectionRunner::setPhase(ConnectionStatus::Phase phase, const QString &words)
{
    m_status.phase = phase;
    m_status.words = words;
    m_status.retryAt.reset();
    m_status.openSince =
        phase == ConnectionStatus::Phase::Open ? std::optional(m_scheduler.clock().now()) : std::nullopt;
    Q_EMIT changed();
}

void ConnectionRunner::becomeOpen()
{
    m_acknowledgedStreams.clear();
    m_offered.reset();
    m_isDirty = false;
    m_stateText.reset();
    m_status.offered.clear();
    m_chat.connectionOpened();
    m_state.connectionOpened();
    m_status.trouble.clear();
    setPhase(ConnectionStatus::Phase::Open, u"Connected."_s);
    qCInfo(logAgents) << "connection" << m_status.id << "is open";
    if (m_chat.hasChat()) {
        [[maybe_unused]] const bool probed = m_session.send(StreamResumeRequest{m_session.newId()}).hasValue();
        fetchTranscript();
    }
}

void ConnectionRunner::take(const ServerMessage &message)
{
    if (m_offered) {
        return;
    }
    if (const auto *identity = std::get_if<Identity>(&message)) {
        takeIdentity(*identity);
        return;
    }
    if (const auto *error = std::get_if<StateError>(&message)) {
        m_status.trouble = u"The agent refused a change of its state: “%1”."_s.arg(error->error.left(300));
        Q_EMIT changed();
        return;
    }
    resume(message);
    const bool chatMoved = m_chat.take(message, m_session.heardAt());
    const bool stateMoved = m_state.take(message);
    const bool isChatMessage =
        std::holds_alternative<ChatResponse>(message) || std::holds_alternative<ChatMessages>(message) ||
        std::holds_alternative<MessageUpdated>(message) || std::holds_alternative<ChatCleared>(message);
    if (isChatMessage) {
        Q_EMIT conversationChanged();
    }
    if (chatMoved) {
        watchUnanswered();
    }
    if (std::holds_alternative<StateSent>(message)) {
        m_stateText.reset();
    }
    if (stateMoved && !m_status.hasState && m_state.isKnown()) {
        m_status.hasState = true;
        Q_EMIT changed();
    }
    if (chatMoved || stateMoved) {
        reconcile();
    }
}

/// An offered stream is taken once per connection: until then none of its pieces arrive.
void ConnectionRunner::resume(const ServerMessage &message)
{
    const auto *offer = std::get_if<StreamResuming>(&message);
    if (!offer || offer->id.isEmpty() || m_acknowledgedStreams.contains(offer->id) ||
        m_acknowledgedStreams.size() > 10'000) {
        return;
    }
    m_acknowledgedStreams.insert(offer->id);
    [[maybe_unused]] const bool sent = m_session.send(StreamResumeAck{offer->id}).hasValue();
}

void ConnectionRunner::takeIdentity(const Identity &identity)
{
    const QString said = identity.agent + u'/' + identity.name;
    const bool isPinned = !m_settings.pinnedAgent.isEmpty() || !m_settings.pinnedName.isEmpty();
    if (isPinned && (identity.agent != m_settings.pinnedAgent || identity.name != m_settings.pinnedName)) {
        m_offered = identity;
        m_status.offered = said.left(600);
        m_session.stop();
        setPhase(ConnectionStatus::Phase::Stopped,
                 u"Another agent answers at this address: it calls itself “%1”, and was “%2” when the connection was "
                 "made. Nothing is sent to it. If that is meant, accept the new identity."_s.arg(
                     displayText(said.left(300)).text,
                     displayText((m_settings.pinnedAgent + u'/' + m_settings.pinnedName).left(300)).text));
        return;
    }
    m_status.identity = said.left(600);
    if (!isPinned) {
        m_settings.pinnedAgent = identity.agent;
        m_settings.pinnedName = identity.name;
        m_status.pinned = pinnedWords(m_settings);
        Q_EMIT identityLearned(identity.agent, identity.name);
    }
    Q_EMIT changed();
}

void ConnectionRunner::end(const Ending &ending, qint64 retryInMs)
{
    m_transcripts->cancel();
    stopFetching();
    const bool isFinal = retryInMs < 0;
    setPhase(isFinal ? ConnectionStatus::Phase::Stopped : ConnectionStatus::Phase::Waiting,
             displayText(ending.words).text);
    if (!isFinal) {
        m_status.retryAt = m_scheduler.clock().now() + std::chrono::milliseconds(retryInMs);
        Q_EMIT changed();
    }
}

void ConnectionRunner::fetchTranscript()
{
    if (m_isFetching || !m_session.isOpen() || !m_chat.hasChat()) {
        return;
    }
    const Result<Endpoint> endpoint = m_endpoint();
    if (!endpoint) {
        missTranscript(TranscriptSource::Failure::TryAgain, endpoint.error().message);
        return;
    }
    m_isFetching = true;
    m_chat.transcriptAsked();
    m_askedAt = m_scheduler.clock().monotonic();
    m_transcripts->fetch(*endpoint);
}

void ConnectionRunner::stopFetching()
{
    m_isFetching = false;
    ++m_fetch;
}

/// Not while an answer streams in: it would be asked for again and again.
void ConnectionRunner::fetchTranscriptWhenCalm()
{
    constexpr auto rest = 300ms;
    m_scheduler.after(rest, this, [this, generation = m_session.generation()] {
        if (generation != m_session.generation() || !m_session.isOpen()) {
            return;
        }
        m_chat.isBusy() ? fetchTranscriptWhenCalm() : fetchTranscript();
    });
}

/// Not on this thread when there is much of it.
void ConnectionRunner::readTranscript(const QByteArray &json)
{
    const auto read = [json]() -> ReadTranscript {
        const Result<JsonValue> list = readJson(json, frameLimits());
        if (!list) {
            return Error{
                ErrorCode::Malformed, u"The agent's transcript cannot be read: %1"_s.arg(list.error().message), {}};
        }
        return list->isArray() ? ReadTranscript(readChatMessages(*list))
                               : ReadTranscript(Error{ErrorCode::NotFound, {}, {}});
    };
    if (json.size() <= CloudflareSession::decodedHere) {
        takeTranscript(read());
        return;
    }
    whenDone(runAside(read), this, [this, fetch = m_fetch](const ReadTranscript &messages) {
        if (fetch == m_fetch) {
            takeTranscript(messages);
        }
    });
}

void ConnectionRunner::takeTranscript(const ReadTranscript &messages)
{
    stopFetching();
    if (!messages) {
        const bool isNone = messages.error().code == ErrorCode::NotFound;
        missTranscript(isNone ? TranscriptSource::Failure::NoChat : TranscriptSource::Failure::TryAgain,
                       messages.error().message);
        return;
    }
    m_fetchFailures = 0;
    if (!m_status.hasChat) {
        m_status.hasChat = true;
        Q_EMIT changed();
    }
    if (!m_chat.takeTranscript(*messages, m_askedAt)) {
        fetchTranscriptWhenCalm();
    }
    Q_EMIT conversationChanged();
    watchUnanswered();
    reconcile();
}

void ConnectionRunner::watchUnanswered()
{
    if (!m_session.isOpen() || !m_chat.isKnown()) {
        return; // What was seen last stands until the transcript says otherwise.
    }
    const std::chrono::milliseconds now = m_scheduler.clock().monotonic();
    std::vector<Open> seen;
    std::vector<UnansweredCall> lasting;
    std::optional<std::chrono::milliseconds> lookIn;
    for (const ChatPart *part : m_chat.unanswered()) {
        const auto known = std::find_if(m_openCalls.begin(), m_openCalls.end(), [&](const Open &one) {
            return one.call.call == part->toolCallId && one.call.tool == part->toolName;
        });
        seen.push_back(known != m_openCalls.end()
                           ? *known
                           : Open{{part->toolName, part->toolCallId, m_scheduler.clock().now()}, now});
        const std::chrono::milliseconds left = seen.back().seenAt + unansweredPatience - now;
        if (left.count() <= 0) {
            lasting.push_back(seen.back().call);
        } else {
            lookIn = std::min(lookIn.value_or(left), left);
        }
    }
    m_openCalls = std::move(seen);
    if (lasting != m_status.unanswered) {
        m_status.unanswered = std::move(lasting);
        Q_EMIT changed();
    }
    if (lookIn && !std::exchange(m_willLookAtCalls, true)) {
        m_scheduler.after(*lookIn, this, [this] {
            m_willLookAtCalls = false;
            watchUnanswered();
        });
    }
}

void ConnectionRunner::missTranscript(TranscriptSource::Failure failure, const QString &words)
{
    stopFetching();
    if (failure == TranscriptSource::Failure::NoChat) {
        m_chat.hasNoChat();
        return;
    }
    m_status.trouble = words;
    Q_EMIT changed();
    if (failure == TranscriptSource::Failure::TryAgain) {
        const std::chrono::milliseconds pause = std::min(30'000ms, 1000ms * (1 << std::min(m_fetchFailures, 5)));
        ++m_fetchFailures;
        m_scheduler.after(pause, this, [this, generation = m_session.generation()] {
            if (generation == m_session.generation()) {
                fetchTranscript();
            }
        });
    }
}

PeerView ConnectionRunner::view() const
{
    PeerView view;
    view.agentName = m_agentName;
    view.generation = m_session.generation();
    view.openedAt = m_session.openedAt();
    view.chatIsKnown = m_chat.isKnown() && !m_chat.isBusy();
    view.chatAskedAt = m_chat.askedAt();
    view.chatIdleAt = m_chat.idleAt();
    view.stateIsKnown = m_state.isKnown();
    view.items = m_chat.items();
    std::vector<PeerItem> inState = m_state.items(m_scheduler.clock().now(), m_scheduler.clock().monotonic());
    view.items.insert(view.items.end(), std::make_move_iterator(inState.begin()),
                      std::make_move_iterator(inState.end()));
    return view;
}

const QByteArray &ConnectionRunner::agentStateText() const
{
    if (!m_stateText) {
        m_stateText = agentState() ? writeJsonIndented(*agentState()) : QByteArray();
    }
    return *m_stateText;
}

bool ConnectionRunner::isSettled() const
{
    constexpr auto introduction = 1000ms; ///< For what an agent says by itself.
    if (m_status.phase != ConnectionStatus::Phase::Open) {
        return m_status.phase != ConnectionStatus::Phase::Connecting;
    }
    return !m_isReconciling && !m_isDirty && !m_isFetching && !m_session.isBehind() && !m_lookAgainAt &&
           m_scheduler.clock().monotonic() - m_session.openedAt() >= introduction;
}

void ConnectionRunner::reconcile()
{
    if (!m_session.isOpen() || m_offered) {
        return;
    }
    // Nothing is concluded from what a frame has overtaken that is being read.
    if (m_isReconciling || m_session.isBehind()) {
        m_isDirty = true;
        return;
    }
    m_isReconciling = true;
    m_isDirty = false;
    const auto job = [reconciler = m_reconciler, view = view(), wall = m_scheduler.clock().now(),
                      now = m_scheduler.clock().monotonic()](Engine &engine) {
        return reconciler->reconcile(engine, view, wall, now);
    };
    whenDone(m_door.run(job), this,
             [this, generation = m_session.generation()](const Result<Reconciler::Outcome> &outcome) {
                 m_isReconciling = false;
                 if (outcome) {
                     for (const DeliveryOrder &order : outcome->toSend) {
                         deliver(order, generation);
                     }
                 }
                 apply(outcome);
                 // A policy may have decided at once what was filed.
                 m_isDirty = m_isDirty || (outcome && outcome->filed > 0);
                 if (m_isDirty) {
                     reconcile();
                 }
             });
}

void ConnectionRunner::apply(const Result<Reconciler::Outcome> &outcome)
{
    const QString trouble = outcome ? outcome->troubles.value(0) : outcome.error().message;
    const int open = outcome ? outcome->open : m_status.openRequests;
    if (trouble != m_status.trouble || open != m_status.openRequests) {
        m_status.trouble = trouble;
        m_status.openRequests = open;
        Q_EMIT changed();
    }
    if (outcome && outcome->wantsFreshTranscript) {
        // Whether a turn is on its way does not stand in the transcript.
        [[maybe_unused]] const bool probed = m_session.send(StreamResumeRequest{m_session.newId()}).hasValue();
        fetchTranscript();
    }
    const std::optional<std::chrono::milliseconds> in = outcome ? outcome->lookAgainIn : std::optional(2000ms);
    if (!in) {
        return;
    }
    const std::chrono::milliseconds at = m_scheduler.clock().monotonic() + *in;
    if (m_lookAgainAt && *m_lookAgainAt <= at && *m_lookAgainAt > m_scheduler.clock().monotonic()) {
        return; // Sooner already.
    }
    m_lookAgainAt = at;
    m_scheduler.after(*in, this, [this, at] {
        if (m_lookAgainAt == at) {
            m_lookAgainAt.reset();
            reconcile();
        }
    });
}

void ConnectionRunner::report(const RequestId &id, std::function<Result<>(Reconciler &, Engine &)> work)
{
    const auto job = [reconciler = m_reconciler, work = std::move(work)](Engine &engine) {
        return work(*reconciler, engine);
    };
    whenDone(m_door.run(job), this, [this, id](const Result<> &done) {
        if (!done) {
            qCWarning(logAgents) << "the fate of request" << id.text() << "was not recorded:" << done.error().message;
        }
        reconcile();
    });
}

/// Its intent is committed. From here on it is sent, or it is unknown.
void ConnectionRunner::deliver(const DeliveryOrder &order, int generation)
{
    const auto notSent = [&](const QString &why) {
        report(order.request, [id = order.request, why](Reconciler &reconciler, Engine &engine) {
            return reconciler.notSent(engine, id, why);
        });
    };
    if (!m_session.isOpen() || generation != m_session.generation()) {
        notSent(u"The connection was lost before the decision was sent."_s);
        return;
    }
    const Result<ClientMessage> message = ChatAdapter::isChatItem(order.key)
                                              ? ChatAdapter::answer(order, m_chat.profile())
                                              : m_state.answer(order, m_session.newId());
    if (!message) {
        report(order.request, [id = order.request, why = message.error().message](Reconciler &, Engine &engine) {
            return engine.giveUpDelivery(id, why);
        });
        return;
    }
    if (const auto *request = std::get_if<RpcRequest>(&*message)) {
        call(order, *request);
        return;
    }
    if (const Result<> sent = m_session.send(*message); !sent) {
        notSent(sent.error().message);
        return;
    }
    if (ChatAdapter::isChatItem(order.key) && m_chat.profile().autoContinue) {
        // To see what comes of it: whoever answers is parked until it asks for the continuation.
        [[maybe_unused]] const bool asked = m_session.send(StreamResumeRequest{m_session.newId()}).hasValue();
    }
}

void ConnectionRunner::call(const DeliveryOrder &order, const RpcRequest &request)
{
    m_session.call(request, [this, id = order.request](const Result<JsonValue> &reply) {
        if (reply) {
            report(id, [id](Reconciler &reconciler, Engine &engine) { return reconciler.peerAccepted(engine, id); });
        } else if (reply.error().code == ErrorCode::WrongState) {
            report(id, [id, words = reply.error().message](Reconciler &reconciler, Engine &engine) {
                return reconciler.peerRefused(engine, id, words);
            });
        } else {
            report(id, [id, why = reply.error().message](Reconciler &reconciler, Engine &engine) {
                return reconciler.replyLost(engine, id, why);
            });
        }
    });
}

Result<> ConnectionRunner::say(const QString &text)
{
    if (!m_status.hasChat) {
        return Error{ErrorCode::WrongState, u"This agent has no chat to talk to."_s, {}};
    }
    const JsonValue part =
        JsonValue::object({{"type", JsonValue::fromString(u"text"_s)}, {"text", JsonValue::fromString(text)}});
    // A list with nothing but the new message is merged; whole transcripts could delete what others wrote meanwhile.
    const JsonValue message = JsonValue::object({{"id", JsonValue::fromString(m_session.newId())},
                                                 {"role", JsonValue::fromString(u"user"_s)},
                                                 {"parts", JsonValue::array({part})}});
    const Result<> sent = m_session.send(ChatRequest{m_session.newId(), {message}});
    if (sent) {
        // The agent tells everybody else what was said, but not whoever said it.
        for (ChatMessage &own : readChatMessages(JsonValue::array({message}))) {
            m_chat.take(MessageUpdated{std::move(own)}, m_scheduler.clock().monotonic());
        }
        Q_EMIT conversationChanged();
    }
    return sent;
}

} // namespace countersign
