// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/input.h"

#include "app/ctl/terminal_prompt.h"
#include "core/base/clock.h"
#include "core/base/json_reader.h"
#include "core/base/key_file.h"
#include "core/base/visible_text.h"

#include <QtCore/QFile>
#include <QtCore/QFileInfo>

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype maxSecretBytes = 4096;

Error usage(const QString &sentence)
{
    return {ErrorCode::InvalidInput, sentence, {}};
}

QString quoted(const QString &outside)
{
    return u"“"_s + outside + u"”"_s;
}

Result<QByteArray> readAtMost(QFile &file, qsizetype maxBytes, const QString &what)
{
    QByteArray bytes = file.read(maxBytes + 1);
    if (file.error() != QFileDevice::NoError) {
        return Error{ErrorCode::NotFound, what + u" could not be read: "_s + file.errorString() + u'.', {}};
    }
    // A pipe hands over what it has; the rest follows.
    while (bytes.size() <= maxBytes) {
        const QByteArray more = file.read(maxBytes + 1 - bytes.size());
        if (more.isEmpty()) {
            return bytes;
        }
        bytes += more;
    }
    return Error{
        ErrorCode::TooLarge, what + u" is larger than the "_s + QString::number(maxBytes) + u" bytes allowed."_s, {}};
}

Result<QByteArray> checkedJson(const QString &option, const QString &given, const JsonLimits &limits)
{
    Result<QByteArray> bytes = bytesOf(option, given, limits.maxBytes);
    if (!bytes) {
        return bytes.error();
    }
    if (Result<JsonValue> value = readJson(*bytes, limits); !value) {
        return usage(option + u": "_s + value.error().message);
    }
    return bytes;
}

} // namespace

Result<QByteArray> bytesOf(const QString &option, const QString &given, qsizetype maxBytes)
{
    if (given == u"-"_s) {
        QFile input;
        if (!input.open(stdin, QIODevice::ReadOnly)) {
            return Error{ErrorCode::NotFound, option + u": standard input could not be read."_s, {}};
        }
        return readAtMost(input, maxBytes, option + u": standard input"_s);
    }
    if (given.startsWith(u'@')) {
        QFile file(given.mid(1));
        if (!file.open(QIODevice::ReadOnly)) {
            return Error{ErrorCode::NotFound,
                         option + u": the file "_s + quoted(given.mid(1)) + u" could not be opened: "_s +
                             file.errorString() + u'.',
                         {}};
        }
        return readAtMost(file, maxBytes, option + u": the file "_s + quoted(given.mid(1)));
    }
    QByteArray bytes = given.toUtf8();
    if (bytes.size() > maxBytes) {
        return Error{ErrorCode::TooLarge,
                     option + u" is larger than the "_s + QString::number(maxBytes) + u" bytes allowed."_s,
                     {}};
    }
    return bytes;
}

Result<QByteArray> jsonOf(const QString &option, const QString &given)
{
    return checkedJson(option, given, JsonLimits::decisionPayload());
}

Result<QByteArray> schemaOf(const QString &option, const QString &given)
{
    return checkedJson(option, given, JsonLimits::schema());
}

Result<std::chrono::milliseconds> durationOf(const QString &option, const QString &given)
{
    const auto duration = parseDuration(given);
    if (!duration) {
        return usage(option + u": "_s + quoted(given) +
                     u" is no duration; write 90s, 30m, 24h, 7d or 2w (at most 10 years)."_s);
    }
    return *duration;
}

Result<Tier> tierOf(const QString &given)
{
    const auto tier = tierFromText(given);
    if (!tier) {
        return usage(u"--tier: "_s + quoted(given) + u" is no tier; there are low, medium and high."_s);
    }
    return *tier;
}

Result<QByteArray> secretOf(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        return Error{ErrorCode::NotFound,
                     u"The file "_s + quoted(path) + u" could not be opened: "_s + file.errorString() + u'.',
                     {}};
    }
    Result<QByteArray> secret = readAtMost(file, maxSecretBytes, u"The file "_s + quoted(path));
    if (secret && secret->endsWith('\n')) {
        secret->chop(secret->endsWith("\r\n") ? 2 : 1);
    }
    if (secret && secret->isEmpty()) {
        return usage(u"The file "_s + quoted(path) + u" is empty."_s);
    }
    return secret;
}

Result<QByteArray> passphraseFor(const QString &keyPath, bool needed, const std::optional<QString> &file,
                                 const QString &fileOption)
{
    if (!needed) {
        return QByteArray();
    }
    if (file) {
        return secretOf(*file);
    }
    if (std::optional<QByteArray> typed = promptForSecret(u"Passphrase of "_s + displayText(keyPath).text + u": "_s)) {
        return *std::move(typed);
    }
    return usage(u"The key in "_s + quoted(keyPath) + u" is kept under a passphrase: give it with "_s + fileOption +
                 u" FILE."_s);
}

Result<SigningKey> openKey(const QString &path, const std::optional<QString> &passphraseFile, const QString &fileOption)
{
    Result<KeyFileInfo> info = readKeyFileInfo(path);
    if (!info) {
        return info.error();
    }
    Result<QByteArray> passphrase = passphraseFor(path, info->needsPassphrase, passphraseFile, fileOption);
    if (!passphrase) {
        return passphrase.error();
    }
    Result<SigningKey> key = readKeyFile(path, *passphrase);
    wipe(*passphrase);
    return key;
}

Result<QByteArray> newPassphrase()
{
    std::optional<QByteArray> first = promptForSecret(u"New passphrase: "_s);
    std::optional<QByteArray> second = first ? promptForSecret(u"The same again: "_s) : std::nullopt;
    if (!first || !second) {
        return usage(u"A new key is kept under a passphrase: give --passphrase-file FILE (or --no-passphrase, and "
                     u"whoever reads the key file can decide)."_s);
    }
    const bool same = *first == *second;
    wipe(*second);
    if (!same || first->isEmpty()) {
        wipe(*first);
        return usage(same ? u"The passphrase was empty: no key was made."_s
                          : u"The two passphrases differ: no key was made."_s);
    }
    return *std::move(first);
}

} // namespace countersign::ctl
