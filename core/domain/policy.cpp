// SPDX-License-Identifier: Apache-2.0
#include "core/domain/policy.h"

#include <algorithm>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

constexpr QLatin1StringView versionPrefix("policy-");

} // namespace

QString toText(PolicyAction action)
{
    switch (action) {
    case PolicyAction::Deny:
        return u"deny"_s;
    case PolicyAction::Ask:
        return u"ask"_s;
    case PolicyAction::Allow:
        return u"allow"_s;
    }
    Q_UNREACHABLE();
}

std::optional<PolicyAction> policyActionFromText(const QString &text)
{
    for (const PolicyAction action : {PolicyAction::Deny, PolicyAction::Ask, PolicyAction::Allow}) {
        if (toText(action) == text) {
            return action;
        }
    }
    return {};
}

const ToolPolicy *Policy::tool(const QString &wanted) const
{
    const auto found = std::ranges::find(tools, wanted, &ToolPolicy::tool);
    return found == tools.end() ? nullptr : &*found;
}

QString policyVersionOf(int number)
{
    return versionPrefix + QString::number(number);
}

std::optional<int> policyNumberOf(const QString &version)
{
    bool isNumber = false;
    const int number = version.startsWith(versionPrefix) ? version.mid(versionPrefix.size()).toInt(&isNumber) : 0;
    // One number has one spelling: "policy-03" and "policy-+3" are none.
    return isNumber && number > 0 && policyVersionOf(number) == version ? std::optional(number) : std::nullopt;
}

QString policyDeciderName(const QString &name, const QString &version)
{
    return u"policy “"_s + name + u"” ("_s + version + u')';
}

std::optional<std::vector<std::string>> templateFields(const QString &summary)
{
    std::vector<std::string> fields;
    qsizetype from = 0;
    while (true) {
        const qsizetype open = summary.indexOf(u'{', from);
        const qsizetype close = summary.indexOf(u'}', from);
        if (open < 0) {
            return close < 0 ? std::optional(fields) : std::nullopt;
        }
        const QString name = close < open ? QString() : summary.mid(open + 1, close - open - 1);
        if (name.isEmpty() || name.contains(u'{')) {
            return {};
        }
        fields.push_back(name.toStdString());
        from = close + 1;
    }
}

} // namespace countersign
