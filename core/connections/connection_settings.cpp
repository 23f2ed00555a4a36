// SPDX-License-Identifier: Apache-2.0
#include "core/connections/connection_settings.h"

#include "core/base/json_reader.h"
#include "core/base/private_file.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QUrlQuery>

namespace countersign {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr qsizetype mostSecretBytes = 64 * 1024;

JsonValue string(const QString &value)
{
    return JsonValue::fromString(value);
}

JsonValue strings(const QStringList &values)
{
    JsonValue array = JsonValue::array();
    for (const QString &value : values) {
        array.append(string(value));
    }
    return array;
}

QString text(const JsonValue &object, std::string_view key)
{
    const JsonValue *value = object.find(key);
    return value ? value->toString() : QString();
}

QStringList texts(const JsonValue &object, std::string_view key)
{
    QStringList read;
    const JsonValue *value = object.find(key);
    for (const JsonValue &item : value ? value->items() : JsonValue::Array()) {
        read.append(item.toString());
    }
    return read;
}

/// Scheme, host and port.
QString serverOf(const QUrl &url)
{
    return url.scheme() + u"://"_s + url.host(QUrl::FullyEncoded).toLower() + u':' + QString::number(url.port(-1));
}

} // namespace

QByteArray encodeSettings(const ConnectionSettings &settings)
{
    JsonValue object = JsonValue::object({{"url", string(settings.url.toString(QUrl::FullyEncoded))},
                                          {"profile", string(QString::fromUtf8(settings.profile))},
                                          {"headers", strings(settings.secretHeaders)},
                                          {"query", strings(settings.secretQueryItems)},
                                          {"agent", string(settings.pinnedAgent)},
                                          {"name", string(settings.pinnedName)},
                                          {"command", strings(settings.command)},
                                          {"folder", string(settings.folder)}});
    if (settings.autoContinue) {
        object.set("autoContinue", JsonValue::fromBool(*settings.autoContinue));
    }
    return writeJson(object);
}

Result<ConnectionSettings> decodeSettings(QByteArrayView json)
{
    const Result<JsonValue> value = readJson(json, {.maxBytes = 4 * 1024 * 1024, .maxNodes = 1000, .maxDepth = 8});
    if (!value || !value->isObject()) {
        return Error{ErrorCode::Damaged,
                     u"The settings of this connection cannot be read: remove it and add it again."_s,
                     value ? QString() : value.error().message};
    }
    ConnectionSettings settings;
    settings.url = QUrl(text(*value, "url"), QUrl::StrictMode);
    settings.profile = text(*value, "profile").toUtf8();
    settings.secretHeaders = texts(*value, "headers");
    settings.secretQueryItems = texts(*value, "query");
    settings.pinnedAgent = text(*value, "agent");
    settings.pinnedName = text(*value, "name");
    settings.command = texts(*value, "command");
    settings.folder = text(*value, "folder");
    if (const JsonValue *goesOn = value->find("autoContinue"); goesOn && goesOn->isBool()) {
        settings.autoContinue = goesOn->toBool();
    }
    return settings;
}

QString SecretFiles::pathFor(const QString &connectionId) const
{
    return m_folder + u"/connections/"_s + connectionId + u".secrets"_s;
}

Result<> SecretFiles::save(const QString &connectionId, const QUrl &url, const std::vector<Secret> &secrets) const
{
    remove(connectionId);
    if (secrets.empty()) {
        return {};
    }
    const QString folder = QFileInfo(pathFor(connectionId)).path();
    if (!QDir().mkpath(folder)) {
        return Error{ErrorCode::Storage, u"The folder %1 for the secrets could not be made."_s.arg(folder), {}};
    }
    QFile::setPermissions(folder, QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner);
    JsonValue list = JsonValue::array();
    for (const Secret &secret : secrets) {
        list.append(
            JsonValue::object({{"place", string(secret.place == Secret::Place::Header ? u"header"_s : u"query"_s)},
                               {"name", string(QString::fromUtf8(secret.name))},
                               {"value", string(QString::fromUtf8(secret.value))}}));
    }
    const JsonValue file = JsonValue::object({{"server", string(serverOf(url))}, {"secrets", std::move(list)}});
    return writeNewPrivateFile(pathFor(connectionId), writeJson(file), u"secrets file"_s);
}

Result<std::vector<Secret>> SecretFiles::load(const QString &connectionId, const QUrl &url) const
{
    QByteArray bytes;
    if (const Result<> read = readPrivateFile(pathFor(connectionId), mostSecretBytes, bytes, u"secrets file"_s);
        !read) {
        return read.error();
    }
    const Result<JsonValue> file = readJson(bytes);
    const JsonValue *list = file ? file->find("secrets") : nullptr;
    if (!list) {
        return Error{ErrorCode::Damaged, u"The secrets file %1 cannot be read."_s.arg(pathFor(connectionId)), {}};
    }
    if (text(*file, "server") != serverOf(url)) {
        return Error{ErrorCode::NotAllowed,
                     u"The address of this connection was changed to another server than its secrets were given for; "
                     "they are not sent there. Remove the connection and add it again."_s,
                     {}};
    }
    std::vector<Secret> secrets;
    for (const JsonValue &item : list->items()) {
        secrets.push_back({text(item, "place") == "query"_L1 ? Secret::Place::Query : Secret::Place::Header,
                           text(item, "name").toUtf8(), text(item, "value").toUtf8()});
    }
    return secrets;
}

void SecretFiles::remove(const QString &connectionId) const
{
    QFile::remove(pathFor(connectionId));
}

QString shownAddress(const QUrl &url)
{
    return url.toString(QUrl::RemoveQuery | QUrl::RemoveFragment | QUrl::RemoveUserInfo | QUrl::FullyEncoded);
}

Endpoint endpointOf(const ConnectionSettings &settings, const std::vector<Secret> &secrets, const QString &clientId)
{
    Endpoint endpoint;
    endpoint.url = settings.url;
    endpoint.url.setFragment({});
    QUrlQuery query(settings.url);
    query.removeAllQueryItems(u"_pk"_s);
    query.addQueryItem(u"_pk"_s, clientId);
    QString encoded = query.query(QUrl::FullyEncoded);
    for (const Secret &secret : secrets) {
        if (secret.place == Secret::Place::Header) {
            endpoint.headers.emplace_back(secret.name, secret.value);
        } else {
            encoded += u'&' + QString::fromLatin1(secret.name.toPercentEncoding()) + u'=' +
                       QString::fromLatin1(secret.value.toPercentEncoding());
        }
    }
    endpoint.url.setQuery(encoded, QUrl::StrictMode);
    return endpoint;
}

QString agentInAddress(const QUrl &url)
{
    const QStringList parts = url.path(QUrl::FullyEncoded).split(u'/', Qt::SkipEmptyParts);
    const qsizetype at = parts.indexOf(u"agents"_s);
    return at >= 0 && parts.size() > at + 2 ? parts.mid(at + 1).join(u'/').left(200) : QString();
}

} // namespace countersign
