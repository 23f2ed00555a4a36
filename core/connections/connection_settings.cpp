// SPDX-License-Identifier: Apache-2.0
#include "core/connections/connection_settings.h"

#include "core/base/json_reader.h"

#include <QtCore/QUrlQuery>

namespace countersign {

using namespace Qt::Literals::StringLiterals;

namespace {

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

QString shownAddress(const QUrl &url)
{
    return url.toString(QUrl::RemoveQuery | QUrl::RemoveFragment | QUrl::RemoveUserInfo | QUrl::FullyEncoded);
}

Endpoint endpointOf(const ConnectionSettings &settings, const QString &clientId)
{
    Endpoint endpoint;
    endpoint.url = settings.url;
    endpoint.url.setFragment({});
    QUrlQuery query(settings.url);
    query.removeAllQueryItems(u"_pk"_s);
    query.addQueryItem(u"_pk"_s, clientId);
    endpoint.url.setQuery(query.query(QUrl::FullyEncoded), QUrl::StrictMode);
    return endpoint;
}

QString agentInAddress(const QUrl &url)
{
    const QStringList parts = url.path(QUrl::FullyEncoded).split(u'/', Qt::SkipEmptyParts);
    const qsizetype at = parts.indexOf(u"agents"_s);
    return at >= 0 && parts.size() > at + 2 ? parts.mid(at + 1).join(u'/').left(200) : QString();
}

} // namespace countersign
