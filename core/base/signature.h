// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/digest.h"
#include "core/base/result.h"

#include <QtCore/QByteArray>

#include <array>
#include <memory>

namespace countersign {

/// An Ed25519 public key. All zero means "none".
struct PublicKey {
    std::array<unsigned char, 32> bytes{};

    QByteArray toByteArray() const;
    QString hex() const;
    static std::optional<PublicKey> fromBytes(const QByteArray &bytes);
    static std::optional<PublicKey> fromHex(const QString &hex);
    /// SHA-256 of the key: names it in events, trust files and on screen.
    Digest fingerprint() const;
    friend bool operator==(const PublicKey &, const PublicKey &) = default;
};

/// An Ed25519 private key in locked memory that is zeroed when the last owner goes. Moves, never copies.
class SigningKey
{
public:
    SigningKey(SigningKey &&other) noexcept;
    SigningKey &operator=(SigningKey &&other) noexcept;
    ~SigningKey();

    static SigningKey generate();
    /// From 32 secret bytes; the caller wipes its own copy. Other sizes: InvalidInput.
    static Result<SigningKey> fromSeed(QByteArrayView seed);

    const PublicKey &publicKey() const { return m_publicKey; }
    /// Signs `domain ‖ 0x00 ‖ message`, so that a signature for one purpose never serves another. 64 bytes.
    QByteArray sign(QByteArrayView domain, QByteArrayView message) const;
    /// The seed, for writing a key file. The caller wipes it with wipe().
    QByteArray seed() const;

private:
    SigningKey();
    struct Locked;
    std::unique_ptr<Locked> m_locked;
    PublicKey m_publicKey;
};

bool verifySignature(const PublicKey &key, QByteArrayView domain, QByteArrayView message, const QByteArray &signature);

/// Overwrites the bytes in a way that the compiler keeps.
void wipe(QByteArray &secret);

/// Makes libsodium ready. Call once, first thing in main(); false means no randomness: do not start.
bool initCrypto();

} // namespace countersign
