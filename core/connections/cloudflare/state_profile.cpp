// SPDX-License-Identifier: Apache-2.0
#include "core/connections/cloudflare/state_profile.h"

#include "core/base/json_reader.h"
#include "core/schema/schema.h"

namespace countersign::cloudflare {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr std::string_view profileSchema = R"json({
"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Connection profile",
"description":"Where the things that wait for a person stand in the state of an agent, and how they are decided.",
"type":"object","additionalProperties":false,
"properties":{
 "$schema":{"type":"string"},
 "name":{"type":"string","maxLength":200},
 "chat":{"type":"object","additionalProperties":false,"properties":{
  "autoContinue":{"type":"boolean","default":true,"description":"The agent goes on by itself once a call is answered."},
  "clientTools":{"type":"array","maxItems":200,"items":{"type":"object","required":["name"],"additionalProperties":false,
   "properties":{"name":{"type":"string","minLength":1,"maxLength":200},"outputSchema":{"type":["object","boolean"]}}}}}},
 "state":{"type":"array","maxItems":50,"items":{"$ref":"#/$defs/rule"}}},
"$defs":{
 "pointer":{"type":"string","pattern":"^(/([^~/]|~0|~1)*)*$","maxLength":500},
 "pointers":{"anyOf":[{"$ref":"#/$defs/pointer"},{"type":"array","minItems":1,"maxItems":10,"items":{"$ref":"#/$defs/pointer"}}]},
 "outcomes":{"type":"object","maxProperties":100,"additionalProperties":{"enum":["approve","reject",null]}},
 "answer":{"oneOf":[
  {"type":"object","required":["call"],"additionalProperties":false,
   "properties":{"call":{"type":"string","minLength":1,"maxLength":200},"args":{"type":"array","maxItems":20}}},
  {"type":"object","required":["send"],"additionalProperties":false,
   "properties":{"send":{"type":"object","required":["type"]}}}]},
 "rule":{"type":"object","required":["items","approve","reject"],"additionalProperties":false,"properties":{
  "name":{"type":"string","maxLength":200},
  "pattern":{"enum":["confirmation","workflow-approval"]},
  "items":{"$ref":"#/$defs/pointer","description":"A list, or a map whose keys are the ids."},
  "id":{"$ref":"#/$defs/pointers"},"title":{"$ref":"#/$defs/pointers"},"message":{"$ref":"#/$defs/pointers"},
  "tool":{"$ref":"#/$defs/pointers"},"toolName":{"type":"string","maxLength":200},
  "arguments":{"$ref":"#/$defs/pointers","description":"Absent: the whole item."},
  "expiresAt":{"$ref":"#/$defs/pointers","description":"RFC 3339, or milliseconds since 1970."},
  "status":{"$ref":"#/$defs/pointers"},"detail":{"$ref":"#/$defs/pointers"},
  "waiting":{"type":"array","maxItems":50,"items":{"type":"string"}},
  "outcomes":{"$ref":"#/$defs/outcomes"},
  "history":{"type":"object","required":["items"],"additionalProperties":false,"properties":{
   "items":{"$ref":"#/$defs/pointer"},"id":{"$ref":"#/$defs/pointers"},"decision":{"$ref":"#/$defs/pointers"},
   "by":{"$ref":"#/$defs/pointers"}}},
  "approve":{"$ref":"#/$defs/answer"},"reject":{"$ref":"#/$defs/answer"},
  "announce":{"type":"object","required":["type"],"additionalProperties":false,"properties":{
   "type":{"type":"string","minLength":1},"item":{"$ref":"#/$defs/pointer"}}}}}}
})json";

constexpr std::string_view builtinText = R"json({
"name":"Shapes of the Agents SDK's documentation",
"chat":{"autoContinue":true},
"state":[
 {"name":"pendingApprovals","pattern":"workflow-approval","items":"/pendingApprovals","id":["/workflowId","/id"],
  "title":["/title","/description","/summary"],"message":["/reason","/message"],"tool":["/tool","/toolName","/workflowName","/type"],
  "arguments":["/arguments","/args","/input","/params","/payload"],"expiresAt":["/expiresAt","/deadline"],
  "status":["/status"],"detail":["/detail","/error"],"waiting":["pending","waiting"],
  "outcomes":{"approved":"approve","complete":"approve","rejected":"reject","denied":"reject"},
  "approve":{"call":"approve","args":["{id}",{"reason":"{reason}","metadata":"{metadata}"}]},
  "reject":{"call":"reject","args":["{id}",{"reason":"{reason}"}]}},
 {"name":"pending and history","pattern":"confirmation","items":"/pending","id":["/id","/workflowId"],
  "title":["/title","/description","/summary"],"message":["/reason","/message"],"tool":["/tool","/toolName","/action","/type"],
  "arguments":["/arguments","/args","/input","/params","/payload"],"expiresAt":["/expiresAt","/deadline"],
  "history":{"items":"/history","id":["/id","/workflowId"],"decision":["/decision","/status"],"by":["/by","/decidedBy"]},
  "outcomes":{"approved":"approve","rejected":"reject","denied":"reject"},
  "approve":{"call":"decide","args":["{id}","{approved}","{reason}"]},
  "reject":{"call":"decide","args":["{id}","{approved}","{reason}"]},
  "announce":{"type":"confirm_request","item":"/item"}},
 {"name":"items with workflowId","pattern":"workflow-approval","items":"/items","id":["/workflowId"],
  "title":["/title","/description","/summary"],"message":["/reason","/message"],"tool":["/tool","/workflowName"],
  "toolName":"workflow","arguments":["/arguments","/args","/input","/params","/payload","/expense"],
  "expiresAt":["/expiresAt","/deadline"],"status":["/status"],"detail":["/detail","/error"],"waiting":["waiting","pending"],
  "outcomes":{"approved":"approve","complete":"approve","rejected":"reject","denied":"reject","errored":null,"terminated":null},
  "approve":{"call":"approve","args":["{id}","{reviewer}"]},
  "reject":{"call":"reject","args":["{id}","{reason}"]}}
]})json";

QByteArrayView view(std::string_view text)
{
    return {text.data(), static_cast<qsizetype>(text.size())};
}

QString text(const JsonValue &object, std::string_view key)
{
    const JsonValue *value = object.find(key);
    return value ? value->toString() : QString();
}

std::string pointer(const JsonValue &object, std::string_view key)
{
    const JsonValue *value = object.find(key);
    return value ? std::string(value->utf8()) : std::string();
}

Pointers pointers(const JsonValue &object, std::string_view key)
{
    Pointers read;
    const JsonValue *value = object.find(key);
    if (value && value->isString()) {
        read.emplace_back(value->utf8());
    }
    for (const JsonValue &item : value ? value->items() : JsonValue::Array()) {
        read.emplace_back(item.utf8());
    }
    return read;
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

AnswerTemplate readAnswer(const JsonValue *value)
{
    AnswerTemplate answer;
    if (!value) {
        return answer;
    }
    answer.method = text(*value, "call");
    if (const JsonValue *arguments = value->find("args")) {
        answer.arguments = arguments->items();
    }
    if (const JsonValue *message = value->find("send")) {
        answer.message = *message;
    }
    return answer;
}

StateRule readRule(const JsonValue &value)
{
    StateRule rule;
    rule.name = text(value, "name");
    rule.pattern = patternFromText(text(value, "pattern")).value_or(Pattern::Confirmation);
    rule.items = pointer(value, "items");
    rule.id = pointers(value, "id");
    rule.title = pointers(value, "title");
    rule.message = pointers(value, "message");
    rule.tool = pointers(value, "tool");
    rule.toolName = text(value, "toolName");
    rule.arguments = pointers(value, "arguments");
    rule.expiresAt = pointers(value, "expiresAt");
    rule.status = pointers(value, "status");
    rule.detail = pointers(value, "detail");
    rule.waiting = texts(value, "waiting");
    if (const JsonValue *outcomes = value.find("outcomes")) {
        for (const JsonValue::Member &outcome : outcomes->members()) {
            rule.outcomes.emplace(QString::fromStdString(outcome.key), verdictFromText(outcome.value.toString()));
        }
    }
    if (const JsonValue *history = value.find("history")) {
        rule.history = HistoryRule{pointer(*history, "items"), pointers(*history, "id"), pointers(*history, "decision"),
                                   pointers(*history, "by")};
    }
    rule.approve = readAnswer(value.find("approve"));
    rule.reject = readAnswer(value.find("reject"));
    if (const JsonValue *announce = value.find("announce")) {
        rule.announcedBy = text(*announce, "type");
        rule.announcedItem = pointer(*announce, "item");
    }
    return rule;
}

ChatProfile readChat(const JsonValue &value)
{
    ChatProfile chat;
    if (const JsonValue *autoContinue = value.find("autoContinue")) {
        chat.autoContinue = autoContinue->toBool(true);
    }
    const JsonValue *tools = value.find("clientTools");
    for (const JsonValue &tool : tools ? tools->items() : JsonValue::Array()) {
        const JsonValue *schema = tool.find("outputSchema");
        chat.clientTools.push_back({text(tool, "name"), schema ? writeJson(*schema) : QByteArray()});
    }
    return chat;
}

bool mentions(const JsonValue &value, std::string_view placeholder)
{
    if (value.isString()) {
        return value.utf8() == placeholder;
    }
    const auto inMember = [&](const JsonValue::Member &member) { return mentions(member.value, placeholder); };
    const auto inItem = [&](const JsonValue &item) { return mentions(item, placeholder); };
    return std::any_of(value.members().begin(), value.members().end(), inMember) ||
           std::any_of(value.items().begin(), value.items().end(), inItem);
}

/// A message that the SDK itself says to agents would set a whole state, or change a conversation; an `rpc` would call
/// a method without anybody to hear its reply. A placeholder would let the agent choose which.
bool isOfTheSdk(const AnswerTemplate &answer)
{
    const QString type = text(answer.message, "type");
    return type.startsWith("cf_"_L1) || type == "rpc"_L1 || type.startsWith(u'{');
}

} // namespace

const ClientTool *ChatProfile::clientTool(const QString &toolName) const
{
    const auto found = std::find_if(clientTools.begin(), clientTools.end(), [&](const ClientTool &tool) {
        return tool.name == toolName || tool.name == "*"_L1;
    });
    return found == clientTools.end() ? nullptr : &*found;
}

bool canBeClientTool(const QString &tool)
{
    constexpr qsizetype longestName = 200;
    return !tool.isEmpty() && tool != "*"_L1 && tool.size() <= longestName && tool.isValidUtf16();
}

bool AnswerTemplate::carriesArguments() const
{
    return mentions(message, "{arguments}") || mentions(JsonValue::array(arguments), "{arguments}");
}

Result<Profile> readProfile(QByteArrayView json)
{
    const Result<JsonValue> value = readJson(json);
    if (!value) {
        return Error{value.error().code, u"The profile cannot be read: %1"_s.arg(value.error().message), {}};
    }
    const Result<JsonValue> schemaValue = readJson(view(profileSchema), JsonLimits::schema());
    const Result<std::shared_ptr<const CompiledSchema>> schema =
        schemaValue ? CompiledSchema::compile(*schemaValue)
                    : Result<std::shared_ptr<const CompiledSchema>>(schemaValue.error());
    if (!schema) {
        return schema.error();
    }
    const SchemaVerdict verdict = (*schema)->validate(*value);
    if (!verdict.isValid()) {
        const Problem problem = verdict.problems.empty() ? Problem{} : verdict.problems.front();
        return Error{
            ErrorCode::InvalidInput,
            u"The profile is not one: at “%1” it %2."_s.arg(QString::fromStdString(problem.instance), problem.message),
            {}};
    }
    Profile profile;
    profile.name = text(*value, "name");
    if (const JsonValue *chat = value->find("chat")) {
        profile.chat = readChat(*chat);
    }
    const JsonValue *rules = value->find("state");
    for (const JsonValue &rule : rules ? rules->items() : JsonValue::Array()) {
        profile.rules.push_back(readRule(rule));
        const StateRule &read = profile.rules.back();
        if (isOfTheSdk(read.approve) || isOfTheSdk(read.reject)) {
            return Error{
                ErrorCode::InvalidInput,
                u"The profile is not one: at “/state/%1/%2/send/type” it does not name a message of the "
                "agent itself. Types that begin with “cf_” and “rpc” are the Agents SDK's, and a placeholder could "
                "become one: write the type of a message that the agent defines, or “call” for a method."_s.arg(
                    QString::number(profile.rules.size() - 1), isOfTheSdk(read.approve) ? u"approve"_s : u"reject"_s),
                {}};
        }
    }
    return profile;
}

Result<QByteArray> withClientTool(QByteArrayView profile, const QString &tool)
{
    if (!canBeClientTool(tool)) {
        return Error{
            ErrorCode::InvalidInput, u"No profile can name this tool: its name is empty, too long, or “*”."_s, {}};
    }
    const QByteArrayView kept = profile.isEmpty() ? builtinProfileText() : profile;
    const Result<Profile> read = readProfile(kept);
    if (!read) {
        return read.error();
    }
    if (read->chat.clientTool(tool)) {
        return profile.toByteArray();
    }
    JsonValue value = readJson(kept).value();
    const JsonValue *keptChat = value.find("chat");
    JsonValue chat = keptChat ? *keptChat : JsonValue::object();
    const JsonValue *keptTools = chat.find("clientTools");
    JsonValue tools = keptTools ? *keptTools : JsonValue::array();
    tools.append(JsonValue::object({{"name", JsonValue::fromString(tool)}}));
    chat.set("clientTools", std::move(tools));
    value.set("chat", std::move(chat));
    QByteArray text = writeJson(value);
    if (const Result<Profile> checked = readProfile(text); !checked) {
        return checked.error();
    }
    return text;
}

const Profile &builtinProfile()
{
    static const Profile profile = [] {
        Result<Profile> read = readProfile(builtinProfileText());
        Q_ASSERT(read);
        return read ? *std::move(read) : Profile{};
    }();
    return profile;
}

QByteArrayView builtinProfileText()
{
    return view(builtinText);
}

QByteArrayView profileSchemaText()
{
    return view(profileSchema);
}

} // namespace countersign::cloudflare
