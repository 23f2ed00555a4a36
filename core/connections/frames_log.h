// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"

#include <QtCore/QByteArray>

#include <deque>
#include <vector>

namespace countersign {

/// One frame as the log keeps it. All of it is outside text.
struct LoggedFrame {
    enum class Direction { Sent, Received };
    Timestamp at;
    Direction direction = Direction::Received;
    QString type;
    qsizetype bytes = 0; ///< Of the whole frame.
    QString text;        ///< Its beginning, with secrets masked.
};

/// The last frames of one connection, for people who look for a fault. Kept in memory only.
class FramesLog
{
public:
    static constexpr size_t mostFrames = 500;
    static constexpr qsizetype mostText = 4096;

    void add(Timestamp at, LoggedFrame::Direction direction, const QString &type, const QByteArray &utf8);
    void setSecrets(std::vector<QByteArray> secrets) { m_secrets = std::move(secrets); }
    /// \p utf8 without any of the secrets.
    QString masked(const QByteArray &utf8) const;
    std::vector<LoggedFrame> frames() const { return {m_frames.begin(), m_frames.end()}; }

private:
    std::deque<LoggedFrame> m_frames;
    std::vector<QByteArray> m_secrets;
};

} // namespace countersign
