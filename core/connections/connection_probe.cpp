// SPDX-License-Identifier: Apache-2.0
#include "core/connections/connection_probe.h"

#include "core/base/json_reader.h"
#include "core/connections/web_socket_transport.h"

namespace countersign {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace cloudflare;

namespace {

constexpr auto patience = 12'000ms;
constexpr auto silence = 2000ms; ///< An agent need not say who it is.

} // namespace

ConnectionProbe::ConnectionProbe(Scheduler &scheduler, IdSource &ids, Endpoint endpoint, const Profile &profile,
                                 QObject *parent)
    : QObject(parent)
    , m_scheduler(scheduler)
    , m_endpoint(std::move(endpoint))
    , m_session(scheduler, ids, std::make_unique<WebSocketTransport>(scheduler),
                [this]() -> Result<Endpoint> { return m_endpoint; })
    , m_chat(profile.chat)
    , m_state(profile.rules)
{
    connect(&m_session, &CloudflareSession::opened, this, [this] {
        m_report.reached = true;
        m_report.words = u"Connected."_s;
        m_transcripts.fetch(m_endpoint);
        m_scheduler.after(silence, this, [this] {
            m_identityCame = true;
            m_stateFollows = false;
            look();
        });
    });
    connect(&m_session, &CloudflareSession::received, this, [this](const ServerMessage &message) {
        if (const auto *identity = std::get_if<Identity>(&message)) {
            m_report.identity = identity->agent + u'/' + identity->name;
            m_stateFollows = identity->stateFollows;
            m_identityCame = true;
        }
        m_chat.take(message, m_scheduler.clock().monotonic());
        m_state.take(message);
        look();
    });
    connect(&m_session, &CloudflareSession::ended, this, [this](const Ending &ending) {
        if (!m_report.reached) {
            m_report.words = ending.words;
        }
        finish();
    });
    connect(&m_transcripts, &TranscriptSource::fetched, this, [this](const QByteArray &json) {
        const Result<JsonValue> list = readJson(json, frameLimits());
        if (list && list->isArray()) {
            m_report.hasChat = true;
            m_chat.takeTranscript(readChatMessages(*list), m_scheduler.clock().monotonic());
        }
        m_chatIsAnswered = true;
        look();
    });
    connect(&m_transcripts, &TranscriptSource::failed, this,
            [this](TranscriptSource::Failure failure, const QString &words) {
                if (failure != TranscriptSource::Failure::NoChat) {
                    m_report.words = words;
                }
                m_chatIsAnswered = true;
                look();
            });
}

ConnectionProbe::~ConnectionProbe()
{
    m_session.disconnect(this);
}

void ConnectionProbe::start()
{
    m_startedAt = m_scheduler.clock().monotonic();
    m_scheduler.after(patience, this, [this] {
        if (!m_report.reached) {
            m_report.words = u"The agent did not answer within %1 s."_s.arg(patience.count() / 1000);
        }
        finish();
    });
    m_session.start();
}

/// Everything that the agent says by itself is there.
void ConnectionProbe::look()
{
    if (m_identityCame && m_chatIsAnswered && (!m_stateFollows || m_state.isKnown())) {
        finish();
    }
}

void ConnectionProbe::finish()
{
    if (std::exchange(m_isOver, true)) {
        return;
    }
    m_report.hasState = m_state.isKnown();
    const std::chrono::milliseconds now = m_scheduler.clock().monotonic();
    std::vector<PeerItem> items = m_chat.items();
    const std::vector<PeerItem> inState = m_state.items(m_scheduler.clock().now(), now);
    items.insert(items.end(), inState.begin(), inState.end());
    m_report.waiting = static_cast<int>(std::count_if(
        items.begin(), items.end(), [](const PeerItem &item) { return item.stand == PeerItem::Stand::Waits; }));
    m_report.took = now - m_startedAt;
    m_session.stop();
    Q_EMIT finished(m_report);
}

} // namespace countersign
