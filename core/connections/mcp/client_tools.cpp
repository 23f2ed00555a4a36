// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/client_tools.h"

#include "core/base/json_reader.h"

#include <set>

namespace countersign::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr size_t maxTools = 10'000;
constexpr qint64 safeInteger = (qint64(1) << 53) - 1;
constexpr const char *headerKeyword = "x-mcp-header";
const QByteArray sentinelStart = "=?base64?";

bool isHeaderToken(std::string_view text)
{
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               marks.find(c) != std::string_view::npos;
    });
}

/// Collects the mirrored arguments of a schema, and says what breaks the rules.
class MirrorReader
{
public:
    QString read(const JsonValue &schema)
    {
        walk(schema, {}, true);
        return m_problem;
    }
    std::vector<ServerTool::MirroredArgument> found;

private:
    void walk(const JsonValue &schema, const QStringList &path, bool isReachable)
    {
        if (const JsonValue *header = schema.find(headerKeyword)) {
            take(schema, *header, path, isReachable);
        }
        for (const JsonValue::Member &member : schema.members()) {
            if (member.key == "properties") {
                for (const JsonValue::Member &property : member.value.members()) {
                    walk(property.value, path + QStringList{QString::fromStdString(property.key)}, isReachable);
                }
            } else if (member.key != "default" && member.key != "const" && member.key != "enum" &&
                       member.key != "examples") {
                walkElsewhere(member.value);
            }
        }
    }
    void walkElsewhere(const JsonValue &value)
    {
        if (value.isObject()) {
            walk(value, {}, false);
        }
        for (const JsonValue &item : value.items()) {
            walkElsewhere(item);
        }
    }
    void take(const JsonValue &schema, const JsonValue &header, const QStringList &path, bool isReachable)
    {
        const JsonValue *type = schema.find("type");
        const std::string_view typeName = type ? type->utf8() : std::string_view();
        const QByteArray name = header.toString().toLatin1();
        if (!isReachable || path.isEmpty()) {
            m_problem = u"it mirrors something other than an argument to a header"_s;
        } else if (!header.isString() || !isHeaderToken(header.utf8())) {
            m_problem = u"it mirrors an argument to something that cannot be the name of a header"_s;
        } else if (typeName != "string" && typeName != "integer" && typeName != "boolean") {
            m_problem = u"it mirrors an argument to a header that is no text, whole number or yes and no"_s;
        } else if (!m_names.insert(name.toLower()).second) {
            m_problem = u"it mirrors two arguments to one header"_s;
        } else {
            found.push_back({path, name});
        }
    }

    std::set<QByteArray> m_names;
    QString m_problem;
};

Result<ServerTool> readServerTool(QByteArrayView definition)
{
    Result<Tool> tool = readTool(definition);
    if (!tool) {
        return tool.error();
    }
    ServerTool read;
    read.tool = *std::move(tool);
    const Result<JsonSlices> members = JsonSlices::ofObject(read.tool.definition);
    if (!members) {
        return members.error();
    }
    read.outputSchema = members->value(u"outputSchema").toByteArray();
    if (const Result<JsonSlices> execution = JsonSlices::ofObject(members->value(u"execution"))) {
        const QString support = execution->text(u"taskSupport");
        read.tasks = support == "required"_L1   ? ServerTool::Tasks::Required
                     : support == "optional"_L1 ? ServerTool::Tasks::Optional
                                                : ServerTool::Tasks::Forbidden;
    }
    return read;
}

std::optional<QByteArray> mirroredValue(const JsonValue &value)
{
    switch (value.kind()) {
    case JsonValue::Kind::String: {
        const std::string_view text = value.utf8();
        return headerValue(QByteArrayView(text.data(), static_cast<qsizetype>(text.size())));
    }
    case JsonValue::Kind::Boolean:
        return value.toBool() ? QByteArray("true") : QByteArray("false");
    case JsonValue::Kind::Number: {
        const std::optional<qint64> number = value.toInteger();
        const bool isSafe = number && *number >= -safeInteger && *number <= safeInteger;
        return isSafe ? std::optional(QByteArray::number(*number)) : std::nullopt;
    }
    default:
        return std::nullopt;
    }
}

} // namespace

QString ServerTool::displayName() const
{
    if (!tool.title.isEmpty()) {
        return tool.title;
    }
    const Result<JsonSlices> members = JsonSlices::ofObject(tool.annotations);
    const QString claimed = members ? members->text(u"title") : QString();
    return claimed.isEmpty() ? tool.name : claimed;
}

std::optional<bool> ServerTool::claim(QStringView hint) const
{
    const Result<JsonSlices> members = JsonSlices::ofObject(tool.annotations);
    const QByteArrayView value = members ? members->value(hint) : QByteArrayView();
    if (value != "true" && value != "false") {
        return std::nullopt;
    }
    return value == "true";
}

Result<ToolPage> readToolPage(QByteArrayView result, bool overHttp)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(result);
    if (!members) {
        return members.error();
    }
    const Result<std::vector<QByteArrayView>> items = jsonItems(members->value(u"tools"), maxTools);
    if (!items) {
        return items.error();
    }
    ToolPage page;
    const QByteArrayView cursor = members->value(u"nextCursor");
    page.nextCursor = cursor.startsWith('"') ? cursor.toByteArray() : QByteArray();
    for (const QByteArrayView item : *items) {
        Result<ServerTool> tool = readServerTool(item);
        if (!tool) {
            page.leftOut.append(u"A tool was left out: "_s + tool.error().message);
            continue;
        }
        MirrorReader mirror;
        const Result<JsonValue> schema = readJson(tool->tool.inputSchema, JsonLimits::schema());
        const QString problem = schema ? mirror.read(*schema) : QString();
        if (overHttp && !problem.isEmpty()) {
            page.leftOut.append(u"The tool “%1” was left out: "_s.arg(tool->tool.name) + problem + u'.');
            continue;
        }
        if (problem.isEmpty()) {
            tool->mirrored = std::move(mirror.found);
        }
        page.tools.push_back(*std::move(tool));
    }
    return page;
}

std::vector<HeaderPair> mirroredHeaders(const ServerTool &tool, QByteArrayView arguments)
{
    std::vector<HeaderPair> headers;
    if (tool.mirrored.empty()) {
        return headers;
    }
    const Result<JsonValue> whole = readJson(arguments);
    if (!whole) {
        return headers;
    }
    for (const ServerTool::MirroredArgument &argument : tool.mirrored) {
        const JsonValue *value = &*whole;
        for (const QString &step : argument.path) {
            value = value ? value->find(step.toStdString()) : nullptr;
        }
        if (const auto text = value ? mirroredValue(*value) : std::nullopt) {
            headers.emplace_back("Mcp-Param-" + argument.header, *text);
        }
    }
    return headers;
}

QByteArray headerValue(QByteArrayView utf8)
{
    const auto isBlank = [](char c) { return c == ' ' || c == '\t'; };
    const bool isPlain =
        !utf8.isEmpty() && !isBlank(utf8.front()) && !isBlank(utf8.back()) && !utf8.startsWith(sentinelStart) &&
        std::all_of(utf8.begin(), utf8.end(), [&](char c) { return (c > 0x20 && c < 0x7F) || isBlank(c); });
    const QByteArray value = utf8.toByteArray();
    return isPlain || value.isEmpty() ? value : sentinelStart + value.toBase64() + "?=";
}

} // namespace countersign::mcp
