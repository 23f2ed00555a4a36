// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "core/base/visible_text.h"
#include "core/engine/policy.h"
#include "core/schema/schema.h"

#include <QtCore/QFile>

#include <set>

using namespace Qt::Literals::StringLiterals;

/// The linker drops a resource of an archive that nothing names. Cannot stand in a namespace.
static void keepPolicyResources()
{
    Q_INIT_RESOURCE(policies);
}

namespace countersign {

namespace {

constexpr JsonLimits fileLimits{.maxBytes = 1024 * 1024, .maxNodes = 100'000, .maxDepth = 128};

Error unusable(const QString &pointer, const QString &what)
{
    const QString place = pointer.isEmpty() ? u"the file"_s : u"“"_s + displayText(pointer).text + u'”';
    return {ErrorCode::InvalidInput, u"The policy cannot be used: at %1, %2."_s.arg(place, displayText(what).text),
            pointer};
}

std::shared_ptr<const CompiledSchema> fileSchema()
{
    static const std::shared_ptr<const CompiledSchema> schema = [] {
        keepPolicyResources();
        QFile file(u":/policies/policy.schema.json"_s);
        const bool opened = file.open(QIODevice::ReadOnly);
        const Result<JsonValue> json = readJson(opened ? file.readAll() : QByteArray(), JsonLimits::schema());
        auto compiled = json ? CompiledSchema::compile(*json)
                             : Result<std::shared_ptr<const CompiledSchema>>(Error{ErrorCode::Internal, {}, {}});
        return compiled ? *compiled : nullptr;
    }();
    return schema;
}

/// The most telling problem: an unknown member by its own name, not that of the object around it.
Error firstProblem(const SchemaVerdict &verdict)
{
    if (verdict.problems.empty()) {
        return unusable({}, u"it could not be checked"_s);
    }
    const Problem &problem = verdict.problems.front();
    std::string place = problem.instance;
    if (const JsonValue *extra = problem.parameters.find("property"); extra && problem.keyword != "required") {
        place += '/' + pointerToken(extra->utf8());
    }
    return unusable(QString::fromStdString(place), problem.message);
}

Result<> checkShape(const JsonValue &json)
{
    const JsonValue *version = json.find("version");
    if (version && version->toInteger().value_or(0) > 1) {
        return Error{ErrorCode::NewerVersion,
                     u"The policy is written in version %1 of its format, and this Countersign knows version 1: use a "
                     "newer Countersign."_s.arg(QString::fromUtf8(writeJson(*version))),
                     u"/version"_s};
    }
    const std::shared_ptr<const CompiledSchema> schema = fileSchema();
    if (!schema) {
        return Error{ErrorCode::Internal, u"The schema of policies is missing from this program."_s, {}};
    }
    const SchemaVerdict verdict = schema->validate(json);
    return verdict.isValid() ? Result<>() : Result<>(firstProblem(verdict));
}

std::optional<Tier> tierIn(const JsonValue &object)
{
    const JsonValue *tier = object.find("tier");
    return tier ? tierFromText(tier->toString()) : std::nullopt;
}

QString textIn(const JsonValue &object, std::string_view key)
{
    const JsonValue *text = object.find(key);
    return text ? text->toString() : QString();
}

Result<PolicyRule> readRule(const JsonValue &json, const QString &place)
{
    PolicyRule rule;
    rule.name = textIn(json, "name");
    rule.when = *json.find("when");
    rule.tier = tierIn(json);
    rule.message = textIn(json, "message");
    const JsonValue *action = json.find("do");
    const JsonValue *needs = json.find("needsApproval");
    if ((action != nullptr) == (needs != nullptr)) {
        return unusable(place, u"a rule has either “do” or “needsApproval”"_s);
    }
    if (action) {
        rule.action = policyActionFromText(action->toString());
    } else if (needs->isBool()) {
        rule.action = needs->toBool() ? PolicyAction::Ask : PolicyAction::Allow;
    } else {
        rule.needsApproval = *needs;
    }
    const bool asks = rule.needsApproval || rule.action == PolicyAction::Ask;
    if (!rule.message.isEmpty() && rule.action != PolicyAction::Deny) {
        return unusable(place + u"/message"_s, u"only a rule that denies has a message for the agent"_s);
    }
    if (rule.tier && !asks) {
        return unusable(place + u"/tier"_s, u"only a rule that asks has a tier"_s);
    }
    return rule;
}

Result<ToolPolicy> readTool(const JsonValue::Member &member)
{
    ToolPolicy tool;
    tool.tool = JsonValue::fromUtf8(member.key).toString();
    tool.summary = textIn(member.value, "summary");
    tool.tier = tierIn(member.value);
    const QString place = u"/tools/"_s + QString::fromStdString(pointerToken(member.key));
    if (!templateFields(tool.summary)) {
        return unusable(place + u"/summary"_s,
                        u"the names of arguments stand in braces: Pay {amount} to {recipient}"_s);
    }
    if (const JsonValue *critical = member.value.find("critical")) {
        for (const JsonValue &pointer : critical->items()) {
            tool.critical.emplace_back(pointer.utf8());
        }
    }
    if (const JsonValue *commandLine = member.value.find("commandLine")) {
        tool.commandLine = commandLine->toBool();
    }
    return tool;
}

} // namespace

Result<Policy> readPolicy(QByteArrayView file)
{
    const Result<JsonValue> json = readJson(file, fileLimits);
    if (!json) {
        return Error{json.error().code == ErrorCode::TooLarge ? ErrorCode::TooLarge : ErrorCode::InvalidInput,
                     u"The policy cannot be read: "_s + json.error().message, json.error().detail};
    }
    if (const Result<> shape = checkShape(*json); !shape) {
        return shape.error();
    }
    Policy policy;
    policy.name = textIn(*json, "name");
    std::set<QString> names;
    for (const JsonValue &item : json->find("rules")->items()) {
        const QString place = u"/rules/"_s + QString::number(policy.rules.size());
        Result<PolicyRule> rule = readRule(item, place);
        if (!rule) {
            return rule.error();
        }
        if (!names.insert(rule->name).second) {
            return unusable(place + u"/name"_s, u"another rule has this name already"_s);
        }
        policy.rules.push_back(*std::move(rule));
    }
    if (const JsonValue *tools = json->find("tools")) {
        for (const JsonValue::Member &member : tools->members()) {
            Result<ToolPolicy> tool = readTool(member);
            if (!tool) {
                return tool.error();
            }
            policy.tools.push_back(*std::move(tool));
        }
    }
    return policy;
}

} // namespace countersign
