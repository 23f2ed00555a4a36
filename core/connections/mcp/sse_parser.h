// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QByteArray>

#include <chrono>
#include <functional>
#include <optional>

namespace countersign::mcp {

/// One event of a `text/event-stream`.
struct SseEvent {
    QByteArray type; ///< Empty: a plain message.
    QByteArray data; ///< Its lines joined by line feeds.

    friend bool operator==(const SseEvent &, const SseEvent &) = default;
};

/// Reads an event stream as it comes, in pieces of any size. Holds at most one event.
class SseParser
{
public:
    explicit SseParser(qsizetype maxEventBytes)
        : m_maxEventBytes(maxEventBytes)
    {}

    /// Calls \p take for every event with data that is complete now. False: an event has more bytes than are allowed;
    /// nothing more is read.
    bool feed(QByteArrayView bytes, const std::function<void(SseEvent event)> &take);

    /// The bytes that follow are of a new stream that goes on where this one broke: what was not complete is forgotten.
    void beginStream();
    /// Of the last complete event that had one, with or without data. Only what can stand in a header.
    const QByteArray &lastEventId() const { return m_lastEventId; }
    /// How long the server wants a client to wait before it comes again; absent: it has not said.
    std::optional<std::chrono::milliseconds> retry() const { return m_retry; }
    /// Complete events so far, also those without data.
    qint64 eventCount() const { return m_eventCount; }

private:
    void takeLine(QByteArrayView line, const std::function<void(SseEvent event)> &take);
    void takeField(QByteArrayView name, QByteArrayView value);
    void endEvent(const std::function<void(SseEvent event)> &take);

    qsizetype m_maxEventBytes;
    QByteArray m_line;           ///< The beginning of a line whose end has not come.
    bool m_isFirstLine = true;   ///< A byte order mark may stand before it.
    bool m_skipLineFeed = false; ///< The line before ended with a carriage return.
    bool m_isBroken = false;
    QByteArray m_type;
    QByteArray m_data;
    bool m_hasData = false;
    bool m_hasFields = false;
    std::optional<QByteArray> m_id;
    QByteArray m_lastEventId;
    std::optional<std::chrono::milliseconds> m_retry;
    qint64 m_eventCount = 0;
};

} // namespace countersign::mcp
