// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"
#include "core/domain/vocabulary.h"

#include <optional>
#include <string>
#include <vector>

namespace countersign {

/// What becomes of a request without anybody looking at it, or that somebody has to look.
enum class PolicyAction { Deny, Ask, Allow };
QString toText(PolicyAction action); ///< `deny`, `ask`, `allow`.
std::optional<PolicyAction> policyActionFromText(const QString &text);

/// One rule, as an administrator wrote it. `"needsApproval": true` and `false` are read as ask and allow.
struct PolicyRule {
    QString name;
    JsonValue when;                     ///< JSON Schema over the request; the rule applies where it holds.
    std::optional<PolicyAction> action; ///< Absent: needsApproval says.
    /// JSON Schema over the arguments: asks where it holds, and where it fails because what it looks into is missing or
    /// of another type; else allows.
    std::optional<JsonValue> needsApproval;
    std::optional<Tier> tier;
    QString message; ///< Told to the agent that is denied. Empty: a sentence of ours.

    friend bool operator==(const PolicyRule &, const PolicyRule &) = default;
};

/// What a policy says about one tool, whatever its rules do.
struct ToolPolicy {
    QString tool;
    QString summary;                   ///< "Pay {amount} {currency} to {recipient}"; empty: ours (domain/summary.h).
    std::vector<std::string> critical; ///< JSON Pointers into the arguments: what is typed before a high-tier approval.
    std::optional<Tier> tier;
    std::optional<bool> commandLine; ///< May it be approved on the command line? Absent: as the tier says.

    friend bool operator==(const ToolPolicy &, const ToolPolicy &) = default;
};

/// A policy file as read. The first rule that applies decides.
struct Policy {
    QString name;
    std::vector<PolicyRule> rules;
    std::vector<ToolPolicy> tools;

    /// Null: the policy does not speak of it.
    const ToolPolicy *tool(const QString &name) const;
    friend bool operator==(const Policy &, const Policy &) = default;
};

/// What a policy makes of one request.
struct PolicyVerdict {
    PolicyAction action = PolicyAction::Ask;
    Tier tier = Tier::Medium;
    QString rule;    ///< Name of the one that applied; empty: none.
    QString trace;   ///< One line for people: which rule, and why.
    QString message; ///< For the agent; not empty when denied.

    friend bool operator==(const PolicyVerdict &, const PolicyVerdict &) = default;
};

/// The version of the rule that holds while a workspace has no policy: everything is asked.
inline QString builtinPolicyVersion()
{
    return QStringLiteral("builtin-1");
}
/// `policy-3`: versions are counted, so that an older one is known as such.
QString policyVersionOf(int number);
/// Absent: not a version that policyVersionOf() makes.
std::optional<int> policyNumberOf(const QString &version);
/// How a decision by a policy names who decided: `policy “Payments” (policy-3)`. Outside text, as every name.
QString policyDeciderName(const QString &name, const QString &version);
/// Every entry of the log about a policy has this subject, so that a deleted one is missed.
inline QString policyLogSubject()
{
    return QStringLiteral("policy");
}

/// The names in braces of a summary template, in order. Absent: a brace without its other half, or an empty name.
std::optional<std::vector<std::string>> templateFields(const QString &summary);

} // namespace countersign
