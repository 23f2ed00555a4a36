// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/id_source.h"

namespace countersign {

/// How long to wait before the next try to connect: 1 s, 2 s, 4 s … at most 30 s, each between half of that and all of
/// it, so that many clients do not come back at one moment.
class ReconnectDelay
{
public:
    static constexpr std::chrono::milliseconds first{1000};
    static constexpr std::chrono::milliseconds longest{30'000};

    explicit ReconnectDelay(IdSource &randomness)
        : m_randomness(randomness)
    {}
    std::chrono::milliseconds next();
    void reset() { m_tries = 0; } ///< After a connection that lasted.
    int tries() const { return m_tries; }

private:
    IdSource &m_randomness;
    int m_tries = 0;
};

} // namespace countersign
