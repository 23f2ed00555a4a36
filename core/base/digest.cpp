// SPDX-License-Identifier: Apache-2.0
#include "core/base/digest.h"

#include <QtCore/QIODevice>

#include <openssl/evp.h>

#include <cstring>

namespace countersign {

namespace {

struct FreeContext {
    void operator()(EVP_MD_CTX *owned) const { EVP_MD_CTX_free(owned); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

/// Borrows the context for one hash.
class Sha256
{
public:
    explicit Sha256(const Context &context)
        : m_context(context.get())
    {
        if (!m_context) {
            qFatal("libcrypto has no memory for SHA-256.");
        }
        check(EVP_DigestInit_ex(m_context, algorithm(), nullptr));
    }

    void add(QByteArrayView bytes)
    {
        if (!bytes.isEmpty()) {
            check(EVP_DigestUpdate(m_context, bytes.data(), static_cast<size_t>(bytes.size())));
        }
    }

    Digest finish()
    {
        Digest digest;
        check(EVP_DigestFinal_ex(m_context, digest.bytes.data(), nullptr));
        return digest;
    }

private:
    static const EVP_MD *algorithm()
    {
        static const EVP_MD *const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
        return fetched;
    }

    /// Going on without a hash would approve what nobody checked.
    static void check(int result)
    {
        if (result != 1) {
            qFatal("libcrypto could not compute SHA-256.");
        }
    }

    EVP_MD_CTX *m_context;
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
    // Making a context costs more than hashing a short message.
    thread_local const Context context(EVP_MD_CTX_new());
    Sha256 hash(context);
    for (const QByteArrayView part : parts) {
        hash.add(part);
    }
    return hash.finish();
}

Result<Digest> sha256(QIODevice &device)
{
    constexpr qint64 blockSize = 256 * 1024;
    QByteArray block(blockSize, Qt::Uninitialized);
    const Context context(EVP_MD_CTX_new()); // Not the thread's: the device may hash while it reads.
    Sha256 hash(context);
    while (true) {
        const qint64 count = device.read(block.data(), blockSize);
        if (count < 0) {
            return Error{ErrorCode::Storage,
                         QStringLiteral("The file could not be read to its end. Check that it is still there and that "
                                        "you may read it, then try again."),
                         device.errorString()};
        }
        if (count == 0) {
            return hash.finish();
        }
        hash.add(QByteArrayView(block.constData(), count));
    }
}

Digest domainHash(QByteArrayView domain, QByteArrayView canonical)
{
    constexpr char version[] = {'\0', '1', '\0'};
    return sha256({domain, QByteArrayView(version, sizeof version), canonical});
}

} // namespace countersign
