// SPDX-License-Identifier: Apache-2.0
#include "core/engine/policy.h"

#include "core/base/json_reader.h"
#include "core/base/visible_text.h"
#include "core/domain/tool_change.h"
#include "core/schema/keywords.h"
#include "core/schema/schema.h"
#include "core/schema/schema_nodes.h"

using namespace Qt::Literals::StringLiterals;

namespace countersign {

namespace {

std::optional<JsonValue> argumentsOf(const RoundContent &content)
{
    Result<JsonValue> arguments = readJson(content.arguments, JsonLimits::decisionPayload());
    return !content.arguments.isEmpty() && arguments ? std::optional(*std::move(arguments)) : std::nullopt;
}

Tier defaultTier(Pattern pattern)
{
    switch (pattern) {
    case Pattern::Elicitation:
    case Pattern::ElicitationUrl:
    case Pattern::ClientTool:
        return Tier::Low;
    default:
        return Tier::Medium;
    }
}

bool canTake(const RoundContent &content, Verdict verdict)
{
    return std::find(content.allowed.begin(), content.allowed.end(), verdict) != content.allowed.end();
}

} // namespace

JsonValue policyView(const PolicyQuestion &question)
{
    const RoundContent &content = question.content;
    JsonValue view = JsonValue::object({{"agent", JsonValue::fromString(question.agentName)},
                                        {"connection", JsonValue::fromString(question.connection)},
                                        {"pattern", JsonValue::fromString(toText(content.pattern))},
                                        {"title", JsonValue::fromString(content.title)},
                                        {"message", JsonValue::fromString(content.message)}});
    if (!content.toolName.isEmpty()) {
        view.set("tool", JsonValue::fromString(content.toolName));
    }
    if (std::optional<JsonValue> arguments = argumentsOf(content)) {
        view.set("arguments", *std::move(arguments));
    }
    if (content.requestedTier) {
        view.set("tier", JsonValue::fromString(toText(*content.requestedTier)));
    }
    return view;
}

Tier builtinTier(const RoundContent &content)
{
    return content.requestedTier.value_or(defaultTier(content.pattern));
}

std::optional<Verdict> automaticVerdict(PolicyAction action, const RoundContent &content)
{
    switch (action) {
    case PolicyAction::Deny:
        for (const Verdict refusal : {Verdict::Reject, Verdict::Decline, Verdict::Cancel}) {
            if (canTake(content, refusal)) {
                return refusal;
            }
        }
        return {};
    case PolicyAction::Allow:
        // Whoever wrote the rule had another tool in mind.
        return content.unreviewable.isEmpty() && !isToolChanged(content) && canTake(content, Verdict::Approve)
                   ? std::optional(Verdict::Approve)
                   : std::nullopt;
    case PolicyAction::Ask:
        break;
    }
    return {};
}

/// The schemas of the rules, in their order.
struct CompiledPolicy::Conditions {
    struct Rule {
        std::shared_ptr<const CompiledSchema> when;
        std::shared_ptr<const CompiledSchema> needsApproval; ///< Null: the rule has an action.
    };
    std::vector<Rule> rules;
};

namespace {

/// Asks the schemas one after the other within one budget.
class Asking
{
public:
    explicit Asking(qint64 maxSteps)
        : m_left(maxSteps)
    {}

    SchemaVerdictKind holds(const CompiledSchema &schema, const JsonValue &value)
    {
        return check(schema, value, 1).kind;
    }

    SchemaVerdict check(const CompiledSchema &schema, const JsonValue &value, size_t maxProblems)
    {
        SchemaVerdict verdict;
        verdict.kind = SchemaVerdictKind::CouldNotCheck;
        if (m_left <= 0) {
            return verdict;
        }
        verdict = schema.validate(value, {.maxSteps = m_left, .maxProblems = maxProblems});
        m_left -= std::max<qint64>(verdict.steps, 1);
        return verdict;
    }

private:
    qint64 m_left;
};

/// True when what is missing is only asked for, not looked into: `{"required": ["force"]}`.
bool asksForPresence(const Problem &problem, const JsonValue &predicate)
{
    const JsonValue *missing = problem.parameters.find("missing");
    const std::string_view place = problem.schema;
    const size_t end = place.rfind('/');
    const JsonValue *owner = end == std::string_view::npos ? nullptr : predicate.at(place.substr(0, end));
    if (problem.keyword != "required" || !missing || missing->utf8().empty() || !owner) {
        return false;
    }
    const JsonValue *properties = owner->find("properties");
    return !properties || !properties->find(missing->utf8());
}

/// A predicate that fails because what it looks into is missing or of another type has found nothing harmless.
bool failsUnseen(const SchemaVerdict &verdict, const JsonValue &predicate)
{
    return std::any_of(verdict.problems.begin(), verdict.problems.end(), [&](const Problem &problem) {
        return problem.undecided || problem.keyword == "type" || problem.keyword == "dependentRequired" ||
               (problem.keyword == "required" && !asksForPresence(problem, predicate));
    });
}

/// What a rule that applies says; absent: it could not be checked.
std::optional<PolicyAction> actionOf(const PolicyRule &rule, const CompiledSchema *needsApproval,
                                     const JsonValue *arguments, Asking &asking)
{
    if (rule.action) {
        return rule.action;
    }
    if (!needsApproval || !arguments) {
        return PolicyAction::Ask; // Nothing that could be called harmless.
    }
    constexpr size_t enoughProblems = 256;
    const SchemaVerdict verdict = asking.check(*needsApproval, *arguments, enoughProblems);
    switch (verdict.kind) {
    case SchemaVerdictKind::Valid:
        return PolicyAction::Ask;
    case SchemaVerdictKind::Invalid:
        return verdict.problems.size() >= enoughProblems || failsUnseen(verdict, *rule.needsApproval)
                   ? PolicyAction::Ask
                   : PolicyAction::Allow;
    case SchemaVerdictKind::CouldNotCheck:
        break;
    }
    return {};
}

QString nameOf(const QString &name)
{
    return u'“' + displayText(name).text + u'”';
}

/// The tier and why: the rule's, else the tool's, else the built-in one. What the asker claims never lowers it.
Tier tierOf(const RoundContent &content, const PolicyRule *rule, const ToolPolicy *tool, QString &why)
{
    const std::optional<Tier> fromRule = rule ? rule->tier : std::nullopt;
    const std::optional<Tier> fromTool = tool ? tool->tier : std::nullopt;
    const std::optional<Tier> own = fromRule ? fromRule : fromTool;
    const Tier least = own.value_or(defaultTier(content.pattern));
    if (content.requestedTier && *content.requestedTier > least) {
        why = u"the tier is the higher one that the asker named"_s;
        return *content.requestedTier;
    }
    why = fromRule   ? u"the tier is the rule's"_s
          : fromTool ? u"the tier is the tool's"_s
                     : u"the tier is the default of this kind of request"_s;
    return least;
}

} // namespace

namespace {

bool isAnnotation(std::string_view name)
{
    static constexpr std::string_view names[] = {
        "$comment", "title",     "description",     "default",          "examples", "deprecated",
        "readOnly", "writeOnly", "contentEncoding", "contentMediaType", "$id",      "id"};
    return std::ranges::find(names, name) != std::end(names) || name.starts_with("x-");
}

/// The first member that says nothing in its dialect; empty: none. JSON Schema passes it over, so that a slip of the
/// pen would widen a rule to everything.
std::string_view meaninglessMember(const CompiledSchema &schema)
{
    const schema::Program &program = schema.program();
    for (const schema::Node &node : program.nodes) {
        if (!node.compiled || !node.source->isObject()) {
            continue;
        }
        const Dialect dialect = program.resources[node.resource].dialect;
        for (const JsonValue::Member &member : node.source->members()) {
            if (schema::keywordFromName(member.key, dialect) == schema::Keyword::None && !isAnnotation(member.key)) {
                return member.key;
            }
        }
    }
    return {};
}

Result<std::shared_ptr<const CompiledSchema>> readCondition(const JsonValue &condition, const QString &place)
{
    const auto unusable = [&place](const QString &why) {
        return Error{ErrorCode::InvalidInput,
                     u"The policy cannot be used: at “%1”: %2"_s.arg(place, displayText(why).text), place};
    };
    auto compiled = CompiledSchema::compile(condition);
    if (!compiled) {
        return unusable(compiled.error().message);
    }
    if (const std::string_view member = meaninglessMember(**compiled); !member.empty()) {
        return unusable(u"“%1” is no keyword of %2, so it would be passed over and the rule hold for more than meant; "
                        "mend its spelling, or begin a note of your own with “x-”."_s.arg(
                            QString::fromUtf8(member.data(), static_cast<qsizetype>(member.size())),
                            dialectName((*compiled)->dialect())));
    }
    return compiled;
}

} // namespace

CompiledPolicy::CompiledPolicy(Policy policy, std::unique_ptr<const Conditions> conditions)
    : m_policy(std::move(policy))
    , m_conditions(std::move(conditions))
{}

CompiledPolicy::~CompiledPolicy() = default;

Result<std::shared_ptr<const CompiledPolicy>> CompiledPolicy::read(QByteArrayView file)
{
    Result<Policy> policy = readPolicy(file);
    if (!policy) {
        return policy.error();
    }
    auto conditions = std::make_unique<Conditions>();
    for (const PolicyRule &rule : policy->rules) {
        const QString place = u"/rules/"_s + QString::number(conditions->rules.size());
        const auto when = readCondition(rule.when, place + u"/when"_s);
        if (!when) {
            return when.error();
        }
        Conditions::Rule made{*when, nullptr};
        if (rule.needsApproval) {
            const auto needs = readCondition(*rule.needsApproval, place + u"/needsApproval"_s);
            if (!needs) {
                return needs.error();
            }
            made.needsApproval = *needs;
        }
        conditions->rules.push_back(std::move(made));
    }
    return std::shared_ptr<const CompiledPolicy>(new CompiledPolicy(*std::move(policy), std::move(conditions)));
}

PolicyVerdict CompiledPolicy::evaluate(const PolicyQuestion &question, qint64 maxSteps) const
{
    const RoundContent &content = question.content;
    const JsonValue view = policyView(question);
    const ToolPolicy *tool = m_policy.tool(content.toolName);
    const QString ofPolicy = u" of the policy "_s + nameOf(m_policy.name);
    Asking asking(maxSteps);
    PolicyVerdict verdict;
    QString why;
    for (size_t i = 0; i < m_policy.rules.size(); ++i) {
        const PolicyRule &rule = m_policy.rules[i];
        const Conditions::Rule &conditions = m_conditions->rules[i];
        const SchemaVerdictKind applies = asking.holds(*conditions.when, view);
        if (applies == SchemaVerdictKind::Invalid) {
            continue;
        }
        const std::optional<PolicyAction> action =
            applies == SchemaVerdictKind::Valid
                ? actionOf(rule, conditions.needsApproval.get(), view.find("arguments"), asking)
                : std::nullopt;
        const QString ruleName = u"Rule "_s + nameOf(rule.name) + ofPolicy;
        verdict.rule = rule.name;
        if (!action) {
            verdict.tier = Tier::High;
            verdict.trace =
                ruleName + u" could not be checked within its limits: a person decides, in the high tier."_s;
            return verdict;
        }
        verdict.action = *action;
        verdict.tier = tierOf(content, &rule, tool, why);
        if (*action == PolicyAction::Deny) {
            verdict.message = rule.message.isEmpty()
                                  ? u"The policy of this workspace does not allow it ("_s + rule.name + u")."_s
                                  : rule.message;
        }
        if (*action == PolicyAction::Ask) {
            verdict.trace = ruleName + u": a person decides; "_s + why + u'.';
        } else if (!automaticVerdict(*action, content)) {
            const QString but = isToolChanged(content)
                                    ? u" it, but the tool's definition has changed since a call was last approved; "_s
                                    : u" it, but this kind of request needs a person's answer; "_s;
            verdict.trace = ruleName + u" would "_s + toText(*action) + but + why + u'.';
            verdict.action = PolicyAction::Ask;
            verdict.message.clear();
        } else {
            verdict.trace =
                ruleName + (*action == PolicyAction::Allow ? u": allowed without asking."_s : u": denied."_s);
        }
        return verdict;
    }
    verdict.tier = tierOf(content, nullptr, tool, why);
    verdict.trace = u"No rule"_s + ofPolicy + u" applies: a person decides; "_s + why + u'.';
    return verdict;
}

} // namespace countersign
