// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/app/ctl_rig.h"
#include "tests/interop/cloudflare/agent_worker.h"

namespace countersign::test {

/// A reviewer who has nothing but a terminal: `serve` runs, `list` and `show` are read, `decide` decides. All of them
/// are processes of their own, and know each other by the workspace's file alone.
class ServeStand
{
public:
    ServeStand()
        : key(rig.enrolAda())
    {}
    ~ServeStand() { stop(); }

    void serve()
    {
        m_said.clear();
        m_serving = rig.start({QStringLiteral("serve")});
    }
    /// In order, as a service manager ends it.
    void stop()
    {
        if (m_serving) {
            CtlRig::signal(*m_serving, SIGTERM);
            CtlRig::finish(*m_serving);
            m_serving.reset();
        }
    }
    /// Without any warning.
    void kill()
    {
        m_serving->kill();
        m_serving->waitForFinished();
        m_serving.reset();
    }
    bool isServing() const { return m_serving && m_serving->state() == QProcess::Running; }
    /// Waits until `serve` has said \p words.
    bool hasSaid(const QByteArray &words, int patienceMs = 20'000)
    {
        return QTest::qWaitFor([&] { return (m_said += m_serving->readAllStandardError()).contains(words); },
                               patienceMs);
    }
    /// What comes next is new.
    void forget()
    {
        m_serving->readAllStandardError();
        m_said.clear();
    }
    const QByteArray &said()
    {
        m_said += m_serving ? m_serving->readAllStandardError() : QByteArray();
        return m_said;
    }

    CtlRig::Ran add(const QString &name, const QUrl &url, const QStringList &more = {}) const
    {
        return rig.json(QStringList{QStringLiteral("connection"), QStringLiteral("add"), name,
                                    QStringLiteral("--cloudflare"), url.toString()} +
                        more);
    }
    /// Adds it and waits until it is open. Empty: it is.
    QByteArray connectTo(const QString &name, const QUrl &url, const QStringList &more = {})
    {
        const CtlRig::Ran added = add(name, url, more);
        if (added.code != 0) {
            return added.err;
        }
        if (!m_serving) {
            serve();
        }
        return hasSaid(name.toUtf8() + ": open: ") ? QByteArray() : m_said;
    }

    /// Ids of what waits for a person from \p connection, oldest first.
    QStringList waiting(const QString &connection) const
    {
        const CtlRig::Ran ran =
            rig.json({QStringLiteral("list"), QStringLiteral("--query"), QStringLiteral("status:pending")});
        QStringList ids;
        for (const QByteArray &line : ran.out.split('\n')) {
            const QJsonObject request = QJsonDocument::fromJson(line).object();
            if (request.value(QStringLiteral("connection")).toString() == connection) {
                ids.append(request.value(QStringLiteral("id")).toString());
            }
        }
        return ids;
    }
    /// The one request that waits, once it is there; empty otherwise.
    QString theOne(const QString &connection, int patienceMs = 20'000) const
    {
        static_cast<void>(QTest::qWaitFor([&] { return waiting(connection).size() == 1; }, patienceMs));
        const QStringList ids = waiting(connection);
        return ids.size() == 1 ? ids.front() : QString();
    }
    CtlRig::Ran decide(const QString &id, const QString &word, const QStringList &more = {}) const
    {
        return rig.decide(id, word, key, more);
    }
    QString delivery(const QString &id) const { return rig.show(id).value(QStringLiteral("delivery")).toString(); }
    bool isDelivered(const QString &id, int patienceMs = 30'000) const
    {
        return QTest::qWaitFor([&] { return delivery(id) == u"acknowledged"; }, patienceMs);
    }
    QByteArray story(const QString &id)
    {
        const QJsonObject request = rig.show(id);
        return (request.value(QStringLiteral("status")).toString() + QStringLiteral(", ") +
                request.value(QStringLiteral("delivery")).toString() + QStringLiteral(": ") +
                request.value(QStringLiteral("settledNote")).toString())
                   .toUtf8() +
               "\n" + said();
    }
    /// Names of those who voted, in order.
    QStringList voters(const QString &id) const
    {
        QStringList names;
        for (const QJsonValue &vote : rig.show(id).value(QStringLiteral("votes")).toArray()) {
            names.append(vote.toObject().value(QStringLiteral("reviewer")).toString());
        }
        return names;
    }

    CtlRig rig;
    QString key;

private:
    std::unique_ptr<QProcess> m_serving;
    QByteArray m_said;
};

} // namespace countersign::test
