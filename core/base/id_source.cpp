// SPDX-License-Identifier: Apache-2.0
#include "core/base/id_source.h"

#include "core/base/signature.h"

#include <sodium.h>

namespace countersign {

namespace {

constexpr char idAlphabet[] = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr int idBase = 36;

} // namespace

SystemIdSource::SystemIdSource(const Clock &clock)
    : m_clock(clock)
{
    if (!initCrypto()) {
        qFatal("The kernel gives no randomness: identifiers and salts cannot be made.");
    }
}

QString SystemIdSource::nextId()
{
    const std::scoped_lock lock(m_mutex);
    const qint64 now = std::max<qint64>(0, toUnixMs(m_clock.now()));
    if (now > m_lastMs || !countUp()) {
        m_lastMs = std::max(now, m_lastMs + 1);
        drawRandom();
    }
    QString id(timeDigits + randomDigits, Qt::Uninitialized);
    qint64 rest = m_lastMs;
    for (int i = timeDigits - 1; i >= 0; --i) {
        id[i] = QLatin1Char(idAlphabet[rest % idBase]);
        rest /= idBase;
    }
    for (int i = 0; i < randomDigits; ++i) {
        id[timeDigits + i] = QLatin1Char(idAlphabet[m_random[static_cast<size_t>(i)]]);
    }
    return id;
}

QByteArray SystemIdSource::randomBytes(int count)
{
    QByteArray bytes(std::max(0, count), Qt::Uninitialized);
    randombytes_buf(bytes.data(), static_cast<size_t>(bytes.size()));
    return bytes;
}

bool SystemIdSource::countUp()
{
    for (auto digit = m_random.rbegin(); digit != m_random.rend(); ++digit) {
        if (*digit + 1 < idBase) {
            ++*digit;
            return true;
        }
        *digit = 0;
    }
    return false;
}

void SystemIdSource::drawRandom()
{
    // 252 is the largest multiple of 36 that fits a byte: what lies above would make some digits likelier.
    constexpr unsigned char fair = 252;
    std::array<unsigned char, 32> pool{};
    size_t left = 0;
    for (unsigned char &digit : m_random) {
        unsigned char byte = fair;
        while (byte >= fair) {
            if (left == 0) {
                randombytes_buf(pool.data(), pool.size());
                left = pool.size();
            }
            byte = pool[--left];
        }
        digit = byte % idBase;
    }
}

} // namespace countersign
