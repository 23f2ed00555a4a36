// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"

#include <QtCore/QByteArray>
#include <QtCore/QString>

#include <array>
#include <mutex>

namespace countersign {

/// Where new identifiers and salts come from. A test owns it.
class IdSource
{
public:
    virtual ~IdSource() = default;
    /// 26 characters of `[0-9a-z]`: 10 of the time in milliseconds (so that ids sort by age), 16 random.
    virtual QString nextId() = 0;
    /// \p count bytes fit for salts and tokens.
    virtual QByteArray randomBytes(int count) = 0;
};

/// The kernel's randomness, through libsodium. Thread-safe; two ids of one millisecond still sort in order of creation
/// within one IdSource.
class SystemIdSource final : public IdSource
{
public:
    explicit SystemIdSource(const Clock &clock);
    QString nextId() override;
    QByteArray randomBytes(int count) override;

private:
    static constexpr int timeDigits = 10;
    static constexpr int randomDigits = 16;

    bool countUp(); ///< The next value of the random digits; false when they wrap.
    void drawRandom();

    const Clock &m_clock;
    std::mutex m_mutex;
    qint64 m_lastMs = -1; ///< Never goes back, so that ids sort even when the clock is set back.
    std::array<unsigned char, randomDigits> m_random{};
};

} // namespace countersign
