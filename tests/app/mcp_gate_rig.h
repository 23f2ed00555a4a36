// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/app/mcp_client.h"

namespace countersign::test {

using namespace Qt::Literals::StringLiterals;

/// A home with a reviewer, and a gate in front of the test server.
struct GateRig {
    explicit GateRig(const QStringList &options = {})
        : key(rig.enrolAda())
    {
        start(options);
    }
    void start(const QStringList &options = {})
    {
        client.reset();
        client = std::make_unique<McpClient>(
            rig, QStringList{u"mcp-gate"_s, u"--name"_s, u"bank"_s} + options +
                     QStringList{u"--"_s, QStringLiteral(COUNTERSIGN_BIN_DIR) + u"/mcp_test_server"_s, journalPath()});
    }
    QString journalPath() const { return rig.path(u"journal"_s); }
    /// What the server got, line by line.
    QList<QByteArray> journal() const
    {
        QFile file(journalPath());
        return file.open(QIODevice::ReadOnly) ? file.readAll().split('\n') : QList<QByteArray>();
    }
    /// The tool calls that reached the server.
    QList<QByteArray> calls() const
    {
        QList<QByteArray> lines;
        for (const QByteArray &line : journal()) {
            if (line.contains("tools/call")) {
                lines.append(line);
            }
        }
        return lines;
    }
    void applyPolicy(const QByteArray &rules) const
    {
        const QString file = rig.write(u"policy.json"_s, R"({"version":1,"name":"Test","rules":[)" + rules + "]}");
        const CtlRig::Ran ran = rig.run({u"policy"_s, u"apply"_s, file, u"--by"_s, key});
        if (ran.code != 0) {
            qWarning("%s", ran.err.constData());
        }
    }
    void approve(const QString &id) const
    {
        const CtlRig::Ran ran = rig.decide(id, u"approve"_s, key);
        if (ran.code != 0) {
            qWarning("%s", ran.err.constData());
        }
    }
    /// Decides on what waits next.
    QString decideNext(const QString &decision, const QStringList &more = {}) const
    {
        const QString id = waitingId(rig);
        const CtlRig::Ran ran = rig.decide(id, decision, key, more);
        if (ran.code != 0) {
            qWarning("%s", ran.err.constData());
        }
        return id;
    }

    CtlRig rig;
    QString key;
    std::unique_ptr<McpClient> client;
};

} // namespace countersign::test
