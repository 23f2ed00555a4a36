// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/argument_kinds.h"

#include <QtCore/QCoreApplication>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

QString trKinds(const char *text)
{
    return QCoreApplication::translate("countersign::ui::ArgumentEditor", text);
}

} // namespace

JsonValue converted(const JsonValue &value, JsonValue::Kind kind)
{
    switch (kind) {
    case JsonValue::Kind::Boolean:
        return JsonValue::fromBool(value.isString() ? value.toString() == u"true"_s : value.toBool());
    case JsonValue::Kind::Number: {
        const std::string text = value.isString() ? value.toString().trimmed().toStdString() : std::string();
        return JsonValue::fromNumberText(isJsonNumber(text) ? text : "0");
    }
    case JsonValue::Kind::String:
        return value.isString() ? value
               : value.isNull() ? JsonValue::fromString({})
                                : JsonValue::fromString(QString::fromUtf8(writeJson(value)));
    default:
        return {};
    }
}

QString kindName(JsonValue::Kind kind)
{
    switch (kind) {
    case JsonValue::Kind::Boolean:
        return trKinds("true/false");
    case JsonValue::Kind::Number:
        return trKinds("number");
    case JsonValue::Kind::String:
        return trKinds("text");
    default:
        return trKinds("null");
    }
}

} // namespace countersign::ui
