// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/tool_answer.h"

#include "core/base/visible_text.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QRegularExpression>

#include <algorithm>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

JsonValue string(const QString &text)
{
    return JsonValue::fromString(text);
}

JsonValue base64(const QByteArray &bytes)
{
    return JsonValue::fromUtf8(bytes.toBase64().toStdString());
}

JsonValue under(std::string_view key, const JsonValue &value)
{
    JsonValue object = JsonValue::object();
    object.set(key, value);
    return object;
}

void addUnder(std::vector<JsonValue> &shapes, std::initializer_list<std::string_view> keys, const JsonValue &value)
{
    for (const std::string_view key : keys) {
        shapes.push_back(under(key, value));
    }
}

/// The member that an object under \p schema must have, if it is one.
std::string onlyMember(const CompiledSchema &schema)
{
    const JsonValue *required = schema.source().find("required");
    if (required && required->items().size() == 1) {
        return std::string(required->items().front().utf8());
    }
    const JsonValue *properties = schema.source().find("properties");
    return properties && properties->members().size() == 1 ? properties->members().front().key : std::string();
}

} // namespace

AnswerKind suggestedKind(const QString &toolName, bool hasForm)
{
    QString name = toolName.toLower();
    name.remove(QRegularExpression(u"[^a-z]"_s));
    const auto says = [&](std::initializer_list<QStringView> words) {
        return std::any_of(words.begin(), words.end(), [&](QStringView word) { return name.contains(word); });
    };
    if (says({u"clipboard", u"pastebuffer"})) {
        return AnswerKind::Clipboard;
    }
    if (says({u"screenshot", u"screencapture", u"capturescreen", u"screenregion"})) {
        return AnswerKind::Screenshot;
    }
    if (says({u"location", u"geoposition", u"coordinates", u"whereami", u"latitude"})) {
        return AnswerKind::Location;
    }
    if (says({u"readfile", u"getfile", u"openfile", u"pickfile", u"choosefile", u"selectfile", u"uploadfile",
              u"filecontent", u"attachment"})) {
        return AnswerKind::File;
    }
    return hasForm ? AnswerKind::Form : AnswerKind::Free;
}

std::vector<JsonValue> textShapes(const QString &text)
{
    std::vector<JsonValue> shapes{string(text)};
    addUnder(shapes, {"text", "content", "value", "answer", "result"}, shapes.front());
    return shapes;
}

std::vector<JsonValue> fileTextShapes(const QString &text, const QString &name)
{
    if (name.isEmpty()) {
        return textShapes(text);
    }
    return {JsonValue::object({{"name", string(name)}, {"content", string(text)}}),
            JsonValue::object({{"name", string(name)}, {"text", string(text)}}),
            JsonValue::object({{"filename", string(name)}, {"content", string(text)}})};
}

std::vector<JsonValue> fileBytesShapes(const QByteArray &bytes, const QString &name)
{
    const JsonValue data = base64(bytes);
    JsonValue whole = JsonValue::object();
    if (!name.isEmpty()) {
        whole.set("name", string(name));
    }
    whole.set("encoding", string(u"base64"_s));
    whole.set("content", data);
    std::vector<JsonValue> shapes{whole};
    if (name.isEmpty()) {
        shapes.push_back(data);
        addUnder(shapes, {"content", "data", "base64"}, data);
    }
    return shapes;
}

std::vector<JsonValue> pictureShapes(const QByteArray &png, int width, int height)
{
    const JsonValue data = base64(png);
    std::vector<JsonValue> shapes{JsonValue::object({{"mediaType", string(u"image/png"_s)},
                                                     {"encoding", string(u"base64"_s)},
                                                     {"width", JsonValue::fromInteger(width)},
                                                     {"height", JsonValue::fromInteger(height)},
                                                     {"data", data}}),
                                  data};
    addUnder(shapes, {"data", "image", "screenshot", "base64"}, data);
    const JsonValue address = JsonValue::fromUtf8("data:image/png;base64," + std::string(data.utf8()));
    shapes.push_back(address);
    addUnder(shapes, {"url", "dataUrl"}, address);
    return shapes;
}

std::vector<JsonValue> placeShapes(const std::string &latitude, const std::string &longitude)
{
    const JsonValue north = JsonValue::fromNumberText(latitude);
    const JsonValue east = JsonValue::fromNumberText(longitude);
    std::vector<JsonValue> shapes{JsonValue::object({{"latitude", north}, {"longitude", east}}),
                                  JsonValue::object({{"lat", north}, {"lng", east}}),
                                  JsonValue::object({{"lat", north}, {"lon", east}})};
    const JsonValue words = JsonValue::fromUtf8(latitude + ", " + longitude);
    shapes.push_back(words);
    addUnder(shapes, {"location", "coordinates", "position"}, words);
    return shapes;
}

std::vector<JsonValue> placeWordShapes(const QString &words)
{
    std::vector<JsonValue> shapes = textShapes(words);
    addUnder(shapes, {"location", "place", "address", "city"}, shapes.front());
    return shapes;
}

JsonValue shapedFor(const std::vector<JsonValue> &shapes, const CompiledSchema *schema)
{
    if (!schema) {
        return shapes.front();
    }
    for (const JsonValue &shape : shapes) {
        if (schema->validate(shape).isValid()) {
            return shape;
        }
    }
    // A name that nobody could guess, but the only one there is.
    const std::string member = onlyMember(*schema);
    const auto plain = std::find_if(shapes.begin(), shapes.end(), [](const JsonValue &one) { return one.isString(); });
    if (!member.empty() && plain != shapes.end()) {
        JsonValue named = under(member, *plain);
        if (schema->validate(named).isValid()) {
            return named;
        }
    }
    return shapes.front();
}

QString misfit(const JsonValue &value, const CompiledSchema *schema)
{
    if (!schema) {
        return {};
    }
    const SchemaVerdict verdict = schema->validate(value);
    if (verdict.isValid() || verdict.problems.empty()) {
        return {};
    }
    const Problem &first = verdict.problems.front();
    const QString place = first.instance.empty() ? QCoreApplication::translate("countersign::ui::ToolAnswer", "it")
                                                 : QString::fromStdString(first.instance);
    return QCoreApplication::translate("countersign::ui::ToolAnswer",
                                       "This does not fit what the tool takes: %1 %2. Answer in another way.")
        .arg(displayText(place).text, displayText(first.message).text);
}

std::optional<std::string> degrees(const QString &typed, int most, QChar positive, QChar negative)
{
    QString text = typed.simplified().toUpper();
    bool isNegative = false;
    if (text.endsWith(positive) || text.endsWith(negative)) {
        isNegative = text.endsWith(negative);
        text = text.chopped(1).trimmed();
    }
    text.remove(u'°');
    text.replace(u',', u'.').replace(u'\u2212', u'-');
    static const QRegularExpression rule(u"^([+-]?)0*([0-9]{1,3})(\\.[0-9]{1,15})?$"_s);
    const QRegularExpressionMatch match = rule.match(text.trimmed());
    if (!match.hasMatch() || (isNegative && !match.captured(1).isEmpty())) {
        return std::nullopt;
    }
    const QString number = match.captured(2) + match.captured(3);
    if (number.toDouble() > most) {
        return std::nullopt;
    }
    const bool isZero = number.toDouble() == 0;
    return ((isNegative || match.captured(1) == u"-"_s) && !isZero ? u"-"_s + number : number).toStdString();
}

} // namespace countersign::ui
