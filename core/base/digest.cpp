// SPDX-License-Identifier: Apache-2.0
#include "core/base/digest.h"

#include "core/base/sha256_blocks.h"

#include <QtCore/QIODevice>
#include <QtCore/QtEndian>

#include <cstring>
#include <sodium.h>

namespace countersign {

namespace {

constexpr size_t blockSize = 64;

/// SHA-256 in parts: with the processor's own instructions, else by libsodium, which does not use them and needs five
/// times as long. Not by libcrypto: loading that takes a tenth of what the window needs to come up.
class Sha256
{
public:
    Sha256()
        : m_hasInstructions(hasSha256Instructions())
    {
        if (!m_hasInstructions) {
            crypto_hash_sha256_init(&m_portable);
        }
    }

    void add(QByteArrayView bytes)
    {
        const auto *data = reinterpret_cast<const unsigned char *>(bytes.data());
        auto size = static_cast<size_t>(bytes.size());
        if (size == 0) {
            return;
        }
        if (!m_hasInstructions) {
            crypto_hash_sha256_update(&m_portable, data, size);
            return;
        }
        m_total += size;
        if (m_restSize > 0) {
            const size_t taken = std::min(size, blockSize - m_restSize);
            std::memcpy(m_rest.data() + m_restSize, data, taken);
            m_restSize += taken;
            data += taken;
            size -= taken;
            if (m_restSize < blockSize) {
                return;
            }
            addSha256Blocks(m_state, m_rest.data(), 1);
        }
        addSha256Blocks(m_state, data, size / blockSize);
        m_restSize = size % blockSize;
        std::memcpy(m_rest.data(), data + (size - m_restSize), m_restSize);
    }

    Digest finish()
    {
        Digest digest;
        if (!m_hasInstructions) {
            crypto_hash_sha256_final(&m_portable, digest.bytes.data());
            return digest;
        }
        // FIPS 180-4 section 5.1.1: a one, zeros, and the length in bits in the last eight bytes of a block.
        std::array<unsigned char, 2 * blockSize> end{};
        std::memcpy(end.data(), m_rest.data(), m_restSize);
        end[m_restSize] = 0x80;
        const size_t blocks = m_restSize + 9 > blockSize ? 2 : 1;
        qToBigEndian<quint64>(m_total * 8, end.data() + blocks * blockSize - 8);
        addSha256Blocks(m_state, end.data(), blocks);
        for (size_t i = 0; i < m_state.size(); ++i) {
            qToBigEndian<quint32>(m_state[i], digest.bytes.data() + 4 * i);
        }
        return digest;
    }

private:
    const bool m_hasInstructions;
    crypto_hash_sha256_state m_portable;
    // FIPS 180-4 section 5.3.3.
    Sha256State m_state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<unsigned char, blockSize> m_rest;
    size_t m_restSize = 0;
    quint64 m_total = 0;
};

} // namespace

QString Digest::hex() const
{
    return QString::fromLatin1(toByteArray().toHex());
}

QString Digest::shortHex() const
{
    const QString all = hex();
    return all.left(4) + QChar(0x2026) + all.right(4);
}

QByteArray Digest::toByteArray() const
{
    return QByteArray(reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size()));
}

std::optional<Digest> Digest::fromHex(const QString &hex)
{
    Digest digest;
    if (static_cast<size_t>(hex.size()) != 2 * digest.bytes.size()) {
        return {};
    }
    const auto isHexDigit = [](QChar c) {
        return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f') || (c >= u'A' && c <= u'F');
    };
    if (!std::all_of(hex.begin(), hex.end(), isHexDigit)) {
        return {};
    }
    return fromBytes(QByteArray::fromHex(hex.toLatin1()));
}

std::optional<Digest> Digest::fromBytes(const QByteArray &bytes)
{
    Digest digest;
    if (bytes.size() != static_cast<qsizetype>(digest.bytes.size())) {
        return {};
    }
    std::memcpy(digest.bytes.data(), bytes.constData(), digest.bytes.size());
    return digest;
}

Digest sha256(std::initializer_list<QByteArrayView> parts)
{
    Sha256 hash;
    for (const QByteArrayView part : parts) {
        hash.add(part);
    }
    return hash.finish();
}

Result<Digest> sha256(QIODevice &device)
{
    constexpr qint64 pieceSize = 256 * 1024;
    QByteArray piece(pieceSize, Qt::Uninitialized);
    Sha256 hash;
    while (true) {
        const qint64 count = device.read(piece.data(), pieceSize);
        if (count < 0) {
            return Error{ErrorCode::Storage,
                         QStringLiteral("The file could not be read to its end. Check that it is still there and that "
                                        "you may read it, then try again."),
                         device.errorString()};
        }
        if (count == 0) {
            return hash.finish();
        }
        hash.add(QByteArrayView(piece.constData(), count));
    }
}

Digest domainHash(QByteArrayView domain, QByteArrayView canonical)
{
    constexpr char version[] = {'\0', '1', '\0'};
    return sha256({domain, QByteArrayView(version, sizeof version), canonical});
}

} // namespace countersign
