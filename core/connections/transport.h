// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QtCore/QObject>
#include <QtCore/QUrl>

#include <chrono>
#include <optional>
#include <vector>

namespace countersign {

/// Where to connect. Holds secrets: never logged, never shown.
struct Endpoint {
    using Pair = std::pair<QByteArray, QByteArray>;
    QUrl url; ///< With its whole query.
    std::vector<Pair> headers;
};

/// How a connection, or the try to make one, came to its end.
struct Ending {
    enum class Next { TryAgain, Stop };
    Next next = Next::TryAgain;
    QString words;      ///< One sentence for people: what happened. May quote outside text.
    int httpStatus = 0; ///< Of a refused upgrade; 0: none was received.
    int closeCode = 0;  ///< Of a closed WebSocket; 0: it was never open.
};

/// Bytes to and from a peer in whole messages. One connection at a time; asynchronous; lives on one thread.
class Transport : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    /// opened() or ended() follows. What was open before is dropped without a word.
    virtual void open(const Endpoint &endpoint) = 0;
    /// Unreachable: not open. Busy: the peer does not take in what was sent before; the connection is given up.
    virtual Result<> sendText(const QByteArray &utf8) = 0;
    virtual void close() = 0; ///< Without a signal.
    /// While held nothing is handed on: what arrives waits, and the peer with it when that is much. open() and close()
    /// begin without it.
    virtual void hold(bool isHeld) { Q_UNUSED(isHeld) }
    /// When what is being handed on arrived, monotonic; it may have waited here since. Absent: just now.
    virtual std::optional<std::chrono::milliseconds> arrivedAt() const { return std::nullopt; }

Q_SIGNALS:
    void opened();
    void textReceived(const QByteArray &utf8);
    void binaryReceived(qsizetype bytes);
    void ended(const countersign::Ending &ending); ///< Once per open(), and nothing after it.
};

} // namespace countersign
