// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QThread>

#include <chrono>
#include <map>
#include <memory>
#include <optional>

namespace countersign::bench {

using Moment = std::chrono::steady_clock::time_point;

/// Remote agents on the loopback interface, on a thread of their own: each shows a list of what waits for a person in
/// its state, and takes `decide` calls. Stands for a server that answers at once, so that what is measured is ours.
class LoopbackAgents
{
public:
    LoopbackAgents();
    ~LoopbackAgents();
    LoopbackAgents(const LoopbackAgents &) = delete;
    LoopbackAgents &operator=(const LoopbackAgents &) = delete;

    /// `ws://127.0.0.1:PORT/agents/bench/NAME`.
    QString address(const QString &name) const;
    /// What \p name shows from now on; connected clients hear of it at once. Returns the moment before it was sent.
    Moment show(const QString &name, int count);
    /// When the decision on item \p id of \p name came in; absent: it has not, within \p patience.
    std::optional<Moment> decidedAt(const QString &name, const QString &id, std::chrono::milliseconds patience);
    static QString idOf(int number) { return QStringLiteral("item-%1").arg(number); }

private:
    struct Private;
    std::unique_ptr<Private> d;
    QThread m_thread;
};

} // namespace countersign::bench
