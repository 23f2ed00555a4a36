// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/elicitation.h"

#include "core/base/json_reader.h"
#include "core/connections/json_slices.h"
#include "core/schema/schema.h"

#include <QtCore/QStringList>

namespace countersign::mcp {

using namespace Qt::StringLiterals;

namespace {

Error malformed(const QString &why)
{
    return {ErrorCode::Malformed, why, {}};
}

QString blockWords(const JsonValue &block)
{
    const JsonValue *type = block.find("type");
    const JsonValue *text = block.find("text");
    if (type && type->utf8() == "text" && text) {
        return text->toString();
    }
    return u"["_s + (type ? type->toString() : u"something without a type"_s) + u"]"_s;
}

} // namespace

Result<Elicitation> readElicitation(QByteArrayView params)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(params);
    if (!members) {
        return members.error();
    }
    Elicitation asked;
    asked.message = members->text(u"message");
    const bool namesMode = members->find(u"mode").has_value();
    const QString mode = members->text(u"mode");
    if (mode == "url"_L1) {
        asked.mode = Elicitation::Mode::Url;
        asked.url = members->text(u"url");
        asked.id = members->text(u"elicitationId");
        if (asked.message.isEmpty() || asked.url.isEmpty()) {
            return malformed(u"A request to open an address has a message and a url."_s);
        }
        return asked;
    }
    if (namesMode && mode != "form"_L1) {
        return Error{ErrorCode::InvalidInput, u"Only forms and addresses can be shown here."_s, {}};
    }
    asked.schema = members->value(u"requestedSchema").toByteArray();
    if (asked.message.isEmpty() || !asked.schema.startsWith('{')) {
        return malformed(u"A question has a message and a requestedSchema."_s);
    }
    return asked;
}

Result<> checkFormAnswer(QByteArrayView schemaText, QByteArrayView answer)
{
    const Result<JsonValue> value = readJson(answer);
    const Result<JsonValue> schema = readJson(schemaText, JsonLimits::schema());
    if (!value || !schema || !value->isObject()) {
        return malformed(u"The answer is no object, or its schema cannot be read."_s);
    }
    const auto compiled = CompiledSchema::compile(*schema);
    if (!compiled) {
        return compiled.error();
    }
    if (const SchemaVerdict verdict = (*compiled)->validate(*value); !verdict.isValid()) {
        const QString where = verdict.problems.empty() ? QString() : verdict.problems.front().message;
        return malformed(u"The answer does not fit the question's schema: "_s + where);
    }
    return {};
}

Result<Sampling> readSampling(QByteArrayView params)
{
    const Result<JsonValue> whole = readJson(params);
    if (!whole) {
        return whole.error();
    }
    const JsonValue *messages = whole->find("messages");
    if (!messages || !messages->isArray()) {
        return malformed(u"A request to write for a model has messages."_s);
    }
    Sampling asked;
    QStringList paragraphs;
    if (const JsonValue *system = whole->find("systemPrompt"); system && system->isString()) {
        paragraphs.append(u"system: "_s + system->toString());
    }
    for (const JsonValue &message : messages->items()) {
        const JsonValue *role = message.find("role");
        const JsonValue *content = message.find("content");
        const QString who = role ? role->toString() : QString();
        if (!content) {
            return malformed(u"A message of the conversation has no content."_s);
        }
        if (!content->isArray()) {
            paragraphs.append(who + u": "_s + blockWords(*content));
        }
        for (const JsonValue &block : content->items()) {
            paragraphs.append(who + u": "_s + blockWords(block));
        }
    }
    asked.prompt = paragraphs.join(u"\n\n"_s);
    if (const JsonValue *most = whole->find("maxTokens")) {
        asked.maxTokens = static_cast<int>(std::clamp<qint64>(most->toInteger().value_or(0), 0, 1'000'000'000));
    }
    return asked;
}

QByteArray samplingResult(const QString &text)
{
    return R"({"role":"assistant","content":{"type":"text","text":)" + writeJson(JsonValue::fromString(text)) +
           R"(},"model":"a person","stopReason":"endTurn"})";
}

Result<> checkSamplingResult(QByteArrayView result)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(result);
    if (!members) {
        return members.error();
    }
    if (members->text(u"role").isEmpty() || members->text(u"model").isEmpty() || !members->find(u"content")) {
        return malformed(u"The answer for a model has a role, content and a model."_s);
    }
    return {};
}

} // namespace countersign::mcp
