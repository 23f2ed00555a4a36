// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/mcp/gate.h"
#include "core/connections/mcp/gate_upstream.h"
#include "core/connections/mcp/http_session.h"

namespace countersign::mcp {

/// One client's way through a gate to a server of its own, behind an HTTP front. Lives on the engine's thread.
class GateLink final : public FrontLink
{
    Q_OBJECT
public:
    struct Parts {
        Engine &engine;
        const Clock &clock;
        std::function<void()> keepPresent;
        std::function<void(const QString &sentence)> say; ///< In visible text.
    };
    GateLink(Parts parts, const GateOptions &options, std::unique_ptr<GateUpstream> upstream);
    ~GateLink() override;
    Result<> start() { return m_upstream->start(); }

    void take(const QByteArray &line) override;
    void setPaused(bool paused) override;
    void close(const QString &why) override;

private:
    void upstreamGone(const QString &how);

    Parts m_parts;
    QString m_serverName;
    RequestWatch m_watch;
    std::unique_ptr<GateUpstream> m_upstream;
    std::unique_ptr<Gate> m_gate;
    QTimer m_tick;
    bool m_closing = false;
    bool m_isGone = false;
};

} // namespace countersign::mcp
