// SPDX-License-Identifier: Apache-2.0
#include "core/base/key_file.h"

#include "core/base/json_reader.h"
#include "core/base/private_file.h"
#include "core/base/visible_text.h"

#include <sodium.h>

namespace countersign {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr qsizetype largestFile = 16 * 1024;
constexpr char formatName[] = "countersign-key";
constexpr qint64 formatVersion = 1;
constexpr char kdfName[] = "argon2id13";
constexpr char cipherName[] = "xchacha20poly1305-ietf";
constexpr qint64 mostOperations = 16;
constexpr qint64 mostMemory = 1024LL * 1024 * 1024; // A file must not make the program take all memory.

/// Bytes that are wiped when they go out of scope.
struct Secret {
    QByteArray bytes;
    explicit Secret(QByteArray held = {})
        : bytes(std::move(held))
    {}
    Secret(const Secret &) = delete;
    Secret &operator=(const Secret &) = delete;
    ~Secret() { wipe(bytes); }

    unsigned char *data() { return reinterpret_cast<unsigned char *>(bytes.data()); }
    const unsigned char *data() const { return reinterpret_cast<const unsigned char *>(bytes.constData()); }
};

/// A key file as it stands in the file system.
struct KeyFile {
    KeyFileInfo info;
    QByteArray associated; ///< What the encryption vouches for besides the key: public key and name.
    QByteArray salt;
    QByteArray nonce;
    qint64 operations = 0;
    qint64 memoryBytes = 0;
    Secret sealed; ///< The encrypted seed, or the seed in clear.
};

QString shown(const QString &path)
{
    return u'“' + displayText(path).text + u'”';
}

Error malformed(const QString &path, const QString &why)
{
    return Error{ErrorCode::Malformed,
                 u"The key file %1 cannot be used: %2. Restore it from a copy, or have a new key enrolled."_s.arg(
                     shown(path), why),
                 {}};
}

const unsigned char *unsignedBytes(const QByteArray &bytes)
{
    return reinterpret_cast<const unsigned char *>(bytes.constData());
}

QByteArray associatedData(const PublicKey &key, const QString &name)
{
    return QByteArray(formatName) + '\0' + key.toByteArray() + name.toUtf8();
}

/// The key of the encryption, from the passphrase. Empty: not enough memory.
QByteArray stretched(const QByteArray &passphrase, const QByteArray &salt, qint64 operations, qint64 memoryBytes)
{
    QByteArray key(crypto_aead_xchacha20poly1305_ietf_KEYBYTES, Qt::Uninitialized);
    initCrypto(); // Chooses the fast Argon2id of this processor.
    const int failed = crypto_pwhash(
        reinterpret_cast<unsigned char *>(key.data()), static_cast<unsigned long long>(key.size()),
        passphrase.constData(), static_cast<unsigned long long>(passphrase.size()), unsignedBytes(salt),
        static_cast<unsigned long long>(operations), static_cast<size_t>(memoryBytes), crypto_pwhash_ALG_ARGON2ID13);
    if (failed != 0) {
        key.clear();
    }
    return key;
}

QByteArray randomBytes(int count)
{
    QByteArray bytes(count, Qt::Uninitialized);
    randombytes_buf(bytes.data(), static_cast<size_t>(count));
    return bytes;
}

JsonValue hexText(const QByteArray &bytes)
{
    return JsonValue::fromUtf8(bytes.toHex().toStdString());
}

/// Makes an encrypted KeyFile out of one that holds the seed in clear.
Result<> seal(KeyFile &file, const QByteArray &passphrase, KeyStretching stretching)
{
    const bool fast = stretching == KeyStretching::Fast;
    file.operations = fast ? crypto_pwhash_OPSLIMIT_MIN : crypto_pwhash_OPSLIMIT_INTERACTIVE;
    file.memoryBytes = fast ? crypto_pwhash_MEMLIMIT_MIN : crypto_pwhash_MEMLIMIT_INTERACTIVE;
    file.salt = randomBytes(crypto_pwhash_SALTBYTES);
    file.nonce = randomBytes(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
    const Secret key(stretched(passphrase, file.salt, file.operations, file.memoryBytes));
    if (key.bytes.isEmpty()) {
        return Error{ErrorCode::Internal,
                     u"The key was not written: there is not enough memory to protect it with the passphrase. "
                     u"Close other programs and try again."_s,
                     {}};
    }
    QByteArray sealed(file.sealed.bytes.size() + static_cast<qsizetype>(crypto_aead_xchacha20poly1305_ietf_ABYTES),
                      Qt::Uninitialized);
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        reinterpret_cast<unsigned char *>(sealed.data()), nullptr, file.sealed.data(),
        static_cast<unsigned long long>(file.sealed.bytes.size()), unsignedBytes(file.associated),
        static_cast<unsigned long long>(file.associated.size()), nullptr, unsignedBytes(file.nonce), key.data());
    wipe(file.sealed.bytes);
    file.sealed.bytes = sealed;
    return {};
}

/// The text of the file. The caller wipes it: without a passphrase it has the seed in clear.
QByteArray fileText(const KeyFile &file)
{
    JsonValue json = JsonValue::object();
    json.set("format", JsonValue::fromUtf8(formatName));
    json.set("version", JsonValue::fromInteger(formatVersion));
    json.set("name", JsonValue::fromString(file.info.name));
    json.set("publicKey", hexText(file.info.publicKey.toByteArray()));
    if (file.info.needsPassphrase) {
        json.set("kdf", JsonValue::fromUtf8(kdfName));
        json.set("operations", JsonValue::fromInteger(file.operations));
        json.set("memoryBytes", JsonValue::fromInteger(file.memoryBytes));
        json.set("salt", hexText(file.salt));
        json.set("cipher", JsonValue::fromUtf8(cipherName));
        json.set("nonce", hexText(file.nonce));
        json.set("encryptedSeed", hexText(file.sealed.bytes));
    }
    QByteArray text = writeJsonIndented(json);
    if (!file.info.needsPassphrase) {
        // Added by hand, so that no JsonValue keeps a copy of the seed that cannot be wiped.
        Secret hex(file.sealed.bytes.toHex());
        text.chop(2); // "\n}"
        QByteArray whole;
        whole.reserve(text.size() + 256); // One allocation: growing would leave a copy behind.
        whole.append(text).append(",\n  \"seed\": \"").append(hex.bytes).append("\"\n}");
        text = whole;
    }
    return text;
}

/// Lower-case hex of exactly \p size bytes; empty otherwise.
QByteArray hexMember(const JsonValue &json, std::string_view key, qsizetype size)
{
    const JsonValue *member = json.find(key);
    const std::string_view hex = member ? member->utf8() : std::string_view();
    const bool good = hex.size() == static_cast<size_t>(2 * size) &&
                      hex.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    return good ? QByteArray::fromHex(QByteArray(hex.data(), static_cast<qsizetype>(hex.size()))) : QByteArray();
}

bool hasText(const JsonValue &json, std::string_view key, std::string_view expected)
{
    const JsonValue *member = json.find(key);
    return member && member->isString() && member->utf8() == expected;
}

qint64 integerMember(const JsonValue &json, std::string_view key)
{
    const JsonValue *member = json.find(key);
    return member ? member->toInteger().value_or(-1) : -1;
}

Result<> readEncryption(const QString &path, const JsonValue &json, KeyFile &file)
{
    if (!hasText(json, "kdf", kdfName) || !hasText(json, "cipher", cipherName)) {
        return malformed(path, u"it is protected in a way that this version does not know"_s);
    }
    file.operations = integerMember(json, "operations");
    file.memoryBytes = integerMember(json, "memoryBytes");
    if (file.operations < static_cast<qint64>(crypto_pwhash_OPSLIMIT_MIN) || file.operations > mostOperations ||
        file.memoryBytes < static_cast<qint64>(crypto_pwhash_MEMLIMIT_MIN) || file.memoryBytes > mostMemory) {
        return malformed(path, u"“operations” or “memoryBytes” is missing or out of bounds"_s);
    }
    file.salt = hexMember(json, "salt", crypto_pwhash_SALTBYTES);
    file.nonce = hexMember(json, "nonce", crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
    file.sealed.bytes =
        hexMember(json, "encryptedSeed", crypto_sign_SEEDBYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES);
    if (file.salt.isEmpty() || file.nonce.isEmpty() || file.sealed.bytes.isEmpty()) {
        return malformed(path, u"“salt”, “nonce” or “encryptedSeed” is missing or damaged"_s);
    }
    return {};
}

/// Moves a seed in clear out of \p text, which is left with zeros: so that no parser keeps a copy that nobody wipes.
/// Reads it only where fileText() puts it. Empty: there is none.
QByteArray takeClearSeed(QByteArray &text)
{
    constexpr QByteArrayView before("\"seed\": \"");
    constexpr qsizetype length = 2 * crypto_sign_SEEDBYTES;
    const qsizetype start = text.indexOf(before) + before.size();
    if (start < before.size() || text.size() < start + length) {
        return {};
    }
    const Secret hex(text.mid(start, length));
    const auto isHexDigit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (!std::all_of(hex.bytes.begin(), hex.bytes.end(), isHexDigit)) {
        return {};
    }
    std::fill_n(text.data() + start, length, '0');
    return QByteArray::fromHex(hex.bytes);
}

Result<> parseKeyFile(const QString &path, QByteArray &text, KeyFile &file)
{
    file.sealed.bytes = takeClearSeed(text);
    const auto json = readJson(text, {.maxBytes = largestFile, .maxNodes = 64, .maxDepth = 4});
    if (!json) {
        return Error{ErrorCode::Malformed, malformed(path, u"it is not the JSON that was written"_s).message,
                     json.error().detail};
    }
    if (!hasText(*json, "format", formatName)) {
        return malformed(path, u"it is not a key file of Countersign"_s);
    }
    const qint64 version = integerMember(*json, "version");
    if (version != formatVersion) {
        return version > formatVersion
                   ? Error{ErrorCode::NewerVersion,
                           u"The key file %1 was written by a later version of Countersign. Update this one."_s.arg(
                               shown(path)),
                           {}}
                   : malformed(path, u"“version” is missing or damaged"_s);
    }
    const JsonValue *name = json->find("name");
    const auto publicKey = PublicKey::fromBytes(hexMember(*json, "publicKey", crypto_sign_PUBLICKEYBYTES));
    if (!name || !name->isString() || !publicKey) {
        return malformed(path, u"“name” or “publicKey” is missing or damaged"_s);
    }
    const bool encrypted = json->find("encryptedSeed") != nullptr;
    if (encrypted == (json->find("seed") != nullptr)) {
        return malformed(path, u"it must have either “encryptedSeed” or “seed”"_s);
    }
    file.info = {.name = name->toString(), .publicKey = *publicKey, .needsPassphrase = encrypted};
    file.associated = associatedData(file.info.publicKey, file.info.name);
    if (encrypted) {
        return readEncryption(path, *json, file);
    }
    return file.sealed.bytes.isEmpty() ? Result<>(malformed(path, u"“seed” is damaged"_s)) : Result<>();
}

Result<> loadKeyFile(const QString &path, KeyFile &file)
{
    Secret text;
    if (const auto read = readPrivateFile(path, largestFile, text.bytes, u"key file"_s); !read) {
        return read;
    }
    return parseKeyFile(path, text.bytes, file);
}

/// Puts the seed in clear in the place of the encrypted one.
Result<> unseal(const QString &path, KeyFile &file, const QByteArray &passphrase)
{
    const Error wrong{ErrorCode::WrongPassphrase,
                      u"The key in %1 stays locked: the passphrase is not the right one. Try again."_s.arg(shown(path)),
                      {}};
    if (passphrase.isEmpty()) {
        return Error{ErrorCode::WrongPassphrase,
                     u"The key in %1 is protected by a passphrase. Give the passphrase."_s.arg(shown(path)),
                     {}};
    }
    const Secret key(stretched(passphrase, file.salt, file.operations, file.memoryBytes));
    if (key.bytes.isEmpty()) {
        return Error{ErrorCode::Internal,
                     u"The key in %1 could not be unlocked: there is not enough memory. Close other programs and try "
                     u"again."_s.arg(shown(path)),
                     {}};
    }
    Secret seed(QByteArray(crypto_sign_SEEDBYTES, Qt::Uninitialized));
    const int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
        seed.data(), nullptr, nullptr, file.sealed.data(), static_cast<unsigned long long>(file.sealed.bytes.size()),
        unsignedBytes(file.associated), static_cast<unsigned long long>(file.associated.size()),
        unsignedBytes(file.nonce), key.data());
    if (failed != 0) {
        return wrong;
    }
    std::swap(file.sealed.bytes, seed.bytes);
    return {};
}

} // namespace

Result<> writeKeyFile(const QString &path, const QString &name, const SigningKey &key, const QByteArray &passphrase,
                      KeyStretching stretching)
{
    KeyFile file;
    file.info = {.name = JsonValue::fromString(name).toString(),
                 .publicKey = key.publicKey(),
                 .needsPassphrase = !passphrase.isEmpty()};
    file.associated = associatedData(file.info.publicKey, file.info.name);
    file.sealed.bytes = key.seed();
    if (file.info.needsPassphrase) {
        if (const auto sealed = seal(file, passphrase, stretching); !sealed) {
            return sealed;
        }
    }
    const Secret text(fileText(file));
    return writeNewPrivateFile(path, text.bytes, u"key file"_s);
}

Result<KeyFileInfo> readKeyFileInfo(const QString &path)
{
    KeyFile file;
    if (const auto loaded = loadKeyFile(path, file); !loaded) {
        return loaded.error();
    }
    return file.info;
}

Result<SigningKey> readKeyFile(const QString &path, const QByteArray &passphrase)
{
    KeyFile file;
    if (const auto loaded = loadKeyFile(path, file); !loaded) {
        return loaded.error();
    }
    if (file.info.needsPassphrase) {
        if (const auto opened = unseal(path, file, passphrase); !opened) {
            return opened.error();
        }
    }
    auto key = SigningKey::fromSeed(file.sealed.bytes);
    if (key && key->publicKey() != file.info.publicKey) {
        return malformed(path, u"its private and public keys do not belong together"_s);
    }
    return key;
}

} // namespace countersign
