// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QString>

#include <chrono>
#include <optional>

namespace countersign {

/// UTC by construction, in milliseconds. Only `ui` turns it into local text.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// Where time comes from. A test owns it; nothing in core reads the system clock another way.
class Clock
{
public:
    virtual ~Clock() = default;
    virtual Timestamp now() const = 0;
    /// Time since some fixed point that no clock change moves. For steps of the wall clock and for dwell.
    virtual std::chrono::milliseconds monotonic() const = 0;
};

/// The machine's clocks. Thread-safe.
class SystemClock final : public Clock
{
public:
    Timestamp now() const override;
    std::chrono::milliseconds monotonic() const override;
};

/// RFC 3339 in UTC with milliseconds: `2026-11-24T09:41:00.000Z`.
QString toRfc3339(Timestamp time);
/// Reads RFC 3339 with any offset. Absent: not such a text.
std::optional<Timestamp> fromRfc3339(const QString &text);
/// Milliseconds since 1970-01-01 UTC, as stored.
qint64 toUnixMs(Timestamp time);
Timestamp fromUnixMs(qint64 ms);
/// Reads `90s`, `30m`, `24h`, `7d`, `2w` (a positive whole number and one unit). Absent: not such a text, or more than
/// 10 years.
std::optional<std::chrono::milliseconds> parseDuration(const QString &text);

} // namespace countersign
