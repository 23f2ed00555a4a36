// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/file_bytes.h"

#include "core/base/visible_text.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QLocale>
#include <QtCore/QSaveFile>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

QString trFile(const char *text)
{
    return QCoreApplication::translate("countersign::ui::FileEditor", text);
}

QString nameOf(const QString &path)
{
    return displayText(QFileInfo(path).fileName()).text;
}

Error tooLarge(const QString &path, qint64 size, qint64 most)
{
    const QLocale locale;
    return {ErrorCode::TooLarge,
            trFile("“%1” was not taken: it has %2 bytes, and a field holds at most %3.")
                .arg(nameOf(path), locale.toString(size), locale.toString(most)),
            {}};
}

} // namespace

Result<QByteArray> readFieldFile(const QString &path, qint64 most)
{
    const QFileInfo info(path);
    if (!info.exists()) {
        return Error{ErrorCode::NotFound, trFile("“%1” was not taken: there is no such file.").arg(nameOf(path)), {}};
    }
    if (!info.isFile()) {
        return Error{ErrorCode::InvalidInput,
                     trFile("“%1” was not taken: it is no file. Choose a plain file.").arg(nameOf(path)),
                     {}};
    }
    if (info.size() > most) {
        return tooLarge(path, info.size(), most);
    }
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        return Error{
            ErrorCode::Storage, trFile("“%1” could not be opened: %2.").arg(nameOf(path), file.errorString()), {}};
    }
    QByteArray bytes = file.read(most + 1); // It may have grown since.
    if (file.error() != QFileDevice::NoError) {
        return Error{
            ErrorCode::Storage, trFile("“%1” could not be read: %2.").arg(nameOf(path), file.errorString()), {}};
    }
    if (bytes.size() > most) {
        return tooLarge(path, bytes.size(), most);
    }
    return bytes;
}

Result<> writeFieldFile(const QString &path, const QByteArray &bytes)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit()) {
        return Error{ErrorCode::Storage,
                     trFile("“%1” was not saved: %2. Choose another place.").arg(nameOf(path), file.errorString()),
                     {}};
    }
    return {};
}

std::optional<QByteArray> bytesOfBase64(std::string_view text)
{
    const QByteArray encoded = QByteArray::fromRawData(text.data(), static_cast<qsizetype>(text.size()));
    const auto decoded = QByteArray::fromBase64Encoding(encoded, QByteArray::AbortOnBase64DecodingErrors);
    // Decoding forgives missing padding and loose bits; what is sent then would not be what is shown.
    if (!decoded || (*decoded).toBase64() != encoded) {
        return {};
    }
    return *decoded;
}

} // namespace countersign::ui
