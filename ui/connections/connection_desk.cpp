// SPDX-License-Identifier: Apache-2.0
#include "ui/connections/connection_desk.h"

#include "ui/connections/sign_ins.h"
#include "ui/shell/review_session.h"

namespace countersign::ui {

ConnectionDesk::ConnectionDesk(ReviewSession &session, QObject *parent)
    : QObject(parent)
    , m_session(session)
    , m_ids(session.clock())
    , m_scheduler(session.clock())
    , m_door(session.threads())
    , m_service({m_door, m_scheduler, m_ids, session.threads().location().configFolder, nullptr,
                 [this](const mcp::SignInQuestion &question, const SignIns::Settled &settled) {
                     m_signIns->ask(question, settled);
                 }})
    , m_signIns(new SignIns(m_service))
{}

void ConnectionDesk::start()
{
    if (m_started || m_session.isDamaged()) {
        return;
    }
    if (!m_session.isOpen()) {
        connect(&m_session, &ReviewSession::opened, this, &ConnectionDesk::start, Qt::UniqueConnection);
        return;
    }
    m_started = true;
    // Decisions that this process or another one made wait to be sent.
    connect(&m_session, &ReviewSession::changed, &m_service, &ConnectionService::poke);
    connect(&m_session, &ReviewSession::decisionReleased, &m_service, &ConnectionService::poke);
    connect(&m_session, &ReviewSession::troubleChanged, this, [this] {
        if (m_session.isDamaged()) {
            m_service.stop();
        }
    });
    m_service.start();
}

} // namespace countersign::ui
