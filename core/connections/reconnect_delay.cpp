// SPDX-License-Identifier: Apache-2.0
#include "core/connections/reconnect_delay.h"

#include <algorithm>

namespace countersign {

std::chrono::milliseconds ReconnectDelay::next()
{
    constexpr int mostDoublings = 10;
    const std::chrono::milliseconds whole = std::min(longest, first * (1 << std::min(m_tries, mostDoublings)));
    ++m_tries;
    const QByteArray bytes = m_randomness.randomBytes(2);
    const int random = (static_cast<unsigned char>(bytes.at(0)) << 8) | static_cast<unsigned char>(bytes.at(1));
    return whole / 2 + std::chrono::milliseconds(whole.count() / 2 * random / 0xFFFF);
}

} // namespace countersign
