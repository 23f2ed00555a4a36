// SPDX-License-Identifier: Apache-2.0
#include "core/base/signature.h"

#include <sodium.h>

#include <cstring>

namespace countersign {

static_assert(crypto_sign_PUBLICKEYBYTES == 32);
static_assert(crypto_sign_SEEDBYTES == 32);

/// Pages of libsodium: never swapped, between guard pages, zeroed when given back.
struct SigningKey::Locked {
    unsigned char *secret = nullptr; ///< Seed and public key, as libsodium wants them.

    Locked()
    {
        if (!initCrypto()) {
            qFatal("The kernel gives no randomness: keys cannot be used.");
        }
        secret = static_cast<unsigned char *>(sodium_malloc(crypto_sign_SECRETKEYBYTES));
        if (!secret) {
            qFatal("There is no memory that can be locked for a key.");
        }
    }
    Locked(const Locked &) = delete;
    Locked &operator=(const Locked &) = delete;
    ~Locked() { sodium_free(secret); }
};

namespace {

/// What is signed for one purpose: the purpose's name, a zero byte, the message.
QByteArray bound(QByteArrayView domain, QByteArrayView message)
{
    QByteArray bytes;
    bytes.reserve(domain.size() + 1 + message.size());
    bytes.append(domain).append('\0').append(message);
    return bytes;
}

const unsigned char *unsignedBytes(const QByteArray &bytes)
{
    return reinterpret_cast<const unsigned char *>(bytes.constData());
}

} // namespace

QByteArray PublicKey::toByteArray() const
{
    return QByteArray(reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size()));
}

QString PublicKey::hex() const
{
    return QString::fromLatin1(toByteArray().toHex());
}

std::optional<PublicKey> PublicKey::fromBytes(const QByteArray &bytes)
{
    PublicKey key;
    if (bytes.size() != static_cast<qsizetype>(key.bytes.size())) {
        return {};
    }
    std::memcpy(key.bytes.data(), bytes.constData(), key.bytes.size());
    return key;
}

std::optional<PublicKey> PublicKey::fromHex(const QString &hex)
{
    const auto digits = Digest::fromHex(hex); // The same 64 digits.
    return digits ? fromBytes(digits->toByteArray()) : std::nullopt;
}

Digest PublicKey::fingerprint() const
{
    return sha256(QByteArrayView(bytes.data(), static_cast<qsizetype>(bytes.size())));
}

SigningKey::SigningKey()
    : m_locked(std::make_unique<Locked>())
{}

SigningKey::SigningKey(SigningKey &&other) noexcept = default;
SigningKey &SigningKey::operator=(SigningKey &&other) noexcept = default;
SigningKey::~SigningKey() = default;

SigningKey SigningKey::generate()
{
    SigningKey key;
    crypto_sign_keypair(key.m_publicKey.bytes.data(), key.m_locked->secret);
    sodium_mprotect_readonly(key.m_locked->secret);
    return key;
}

Result<SigningKey> SigningKey::fromSeed(QByteArrayView seed)
{
    if (seed.size() != static_cast<qsizetype>(crypto_sign_SEEDBYTES)) {
        return Error{
            ErrorCode::InvalidInput,
            QStringLiteral("The private key was not taken: it must have exactly 32 bytes, not %1.").arg(seed.size()),
            {}};
    }
    SigningKey key;
    crypto_sign_seed_keypair(key.m_publicKey.bytes.data(), key.m_locked->secret,
                             reinterpret_cast<const unsigned char *>(seed.data()));
    sodium_mprotect_readonly(key.m_locked->secret);
    return key;
}

QByteArray SigningKey::sign(QByteArrayView domain, QByteArrayView message) const
{
    Q_ASSERT(m_locked);
    const QByteArray bytes = bound(domain, message);
    QByteArray signature(crypto_sign_BYTES, Qt::Uninitialized);
    crypto_sign_detached(reinterpret_cast<unsigned char *>(signature.data()), nullptr, unsignedBytes(bytes),
                         static_cast<unsigned long long>(bytes.size()), m_locked->secret);
    return signature;
}

QByteArray SigningKey::seed() const
{
    Q_ASSERT(m_locked);
    QByteArray seed(crypto_sign_SEEDBYTES, Qt::Uninitialized);
    crypto_sign_ed25519_sk_to_seed(reinterpret_cast<unsigned char *>(seed.data()), m_locked->secret);
    return seed;
}

bool verifySignature(const PublicKey &key, QByteArrayView domain, QByteArrayView message, const QByteArray &signature)
{
    if (signature.size() != static_cast<qsizetype>(crypto_sign_BYTES) || !initCrypto()) {
        return false;
    }
    const QByteArray bytes = bound(domain, message);
    return crypto_sign_verify_detached(unsignedBytes(signature), unsignedBytes(bytes),
                                       static_cast<unsigned long long>(bytes.size()), key.bytes.data()) == 0;
}

void wipe(QByteArray &secret)
{
    // Writing through data() would detach first and leave the shared bytes as they are. Bytes without a header
    // (fromRawData, literals) are not ours to write.
    if (secret.data_ptr().d_ptr()) {
        sodium_memzero(const_cast<char *>(secret.constData()), static_cast<size_t>(secret.capacity()));
    }
    secret.clear();
}

bool initCrypto()
{
    static const bool ready = sodium_init() >= 0;
    return ready;
}

} // namespace countersign
