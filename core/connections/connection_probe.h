// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/cloudflare/chat_adapter.h"
#include "core/connections/cloudflare/session.h"
#include "core/connections/cloudflare/state_adapter.h"
#include "core/connections/cloudflare/transcript_source.h"

#include <optional>

namespace countersign {

/// What a try to reach an agent found.
struct ProbeReport {
    bool reached = false;
    QString words;    ///< One sentence: what happened. Quotes outside text.
    QString identity; ///< `AGENT/INSTANCE` as the agent says; outside text.
    bool hasState = false;
    bool hasChat = false;
    int waiting = 0; ///< Things that wait for a person, as the profile sees it.
    std::chrono::milliseconds took{0};
};

/// Connects once, looks, files nothing, answers nothing, and closes. finished() comes exactly once.
class ConnectionProbe final : public QObject
{
    Q_OBJECT
public:
    ConnectionProbe(Scheduler &scheduler, IdSource &ids, Endpoint endpoint, const cloudflare::Profile &profile,
                    QObject *parent = nullptr);
    ~ConnectionProbe() override;
    void start();

Q_SIGNALS:
    void finished(const countersign::ProbeReport &report);

private:
    void look();
    void finish();

    Scheduler &m_scheduler;
    Endpoint m_endpoint;
    cloudflare::CloudflareSession m_session;
    HttpTranscriptSource m_transcripts;
    cloudflare::ChatAdapter m_chat;
    cloudflare::StateAdapter m_state;
    ProbeReport m_report;
    std::chrono::milliseconds m_startedAt{0};
    bool m_isOver = false;
    bool m_chatIsAnswered = false;
    bool m_stateFollows = false;
    bool m_identityCame = false;
};

} // namespace countersign
