// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/gate_link.h"

#include "core/base/visible_text.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

GateLink::GateLink(Parts parts, const GateOptions &options, std::unique_ptr<GateUpstream> upstream)
    : m_parts(std::move(parts))
    , m_serverName(displayText(options.name).text)
    , m_watch(m_parts.engine, m_parts.clock, m_parts.keepPresent)
    , m_upstream(std::move(upstream))
{
    m_gate = std::make_unique<Gate>(
        Gate::Parts{m_parts.engine, m_parts.clock, m_watch, [this](const QByteArray &line) { Q_EMIT lineReady(line); },
                    [this](const QByteArray &line) { m_upstream->send(line); }, m_parts.say},
        options);
    connect(m_upstream.get(), &GateUpstream::received, this,
            [this](const QByteArray &line) { m_gate->fromServer(line); });
    connect(m_upstream.get(), &GateUpstream::requestLost, this,
            [this](const QString &key, const QString &why, bool mayBeDone) {
                m_gate->answerLost(key, displayText(why).text, mayBeDone);
            });
    connect(m_upstream.get(), &GateUpstream::noticed, this,
            [this](const QString &sentence) { m_parts.say(displayText(sentence).text); });
    connect(m_upstream.get(), &GateUpstream::gone, this, &GateLink::upstreamGone);
    connect(&m_tick, &QTimer::timeout, this, [this] { m_gate->keepPatient(); });
    m_tick.start(1s);
}

GateLink::~GateLink()
{
    m_upstream->disconnect(this);
}

void GateLink::take(const QByteArray &line)
{
    if (!m_isGone && !m_closing) {
        m_gate->fromClient(line);
    }
}

void GateLink::setPaused(bool paused)
{
    m_upstream->setPaused(paused && !m_closing);
}

void GateLink::close(const QString &why)
{
    if (std::exchange(m_closing, true)) {
        return;
    }
    m_gate->clientGone(why);
    m_upstream->setPaused(false);
    m_upstream->stop();
}

void GateLink::upstreamGone(const QString &how)
{
    if (std::exchange(m_isGone, true)) {
        return;
    }
    m_tick.stop();
    const QString sentence = u"The server “"_s + m_serverName + u"” "_s + displayText(how).text;
    if (!m_closing || !m_upstream->hasStarted()) {
        m_parts.say(sentence + u'.');
    }
    m_gate->serverGone(sentence);
    Q_EMIT gone(sentence);
}

} // namespace countersign::mcp
