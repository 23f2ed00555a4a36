// SPDX-License-Identifier: Apache-2.0
// What a policy must say before it is put into force, beyond being one: JSON Schema holds for what is absent or of
// another type, so a rule that allows has to name both.
#include "core/base/visible_text.h"
#include "core/engine/policy.h"

#include <algorithm>
#include <set>

using namespace Qt::Literals::StringLiterals;

namespace countersign {

namespace {

using Names = std::set<std::string>;

/// The members of policyView().
constexpr const char *viewMembers[] = {"agent",   "connection", "pattern",   "title",
                                       "message", "tool",       "arguments", "tier"};
constexpr const char *numberBounds[] = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"};
constexpr const char *textBounds[] = {"minLength", "maxLength", "pattern"};
/// Lists of schemas about the same value.
constexpr const char *branches[] = {"allOf", "anyOf", "oneOf"};

QString quoted(const QString &text)
{
    return u'“' + displayText(text).text + u'”';
}

QString below(const QString &place, std::string_view key)
{
    return place + u'/' + QString::fromStdString(pointerToken(key));
}

const JsonValue::Object *membersIn(const JsonValue &schema, std::string_view key)
{
    const JsonValue *found = schema.find(key);
    return found && found->isObject() ? &found->members() : nullptr;
}

Names requiredBy(const JsonValue &schema)
{
    Names names;
    if (const JsonValue *required = schema.find("required"); required && required->isArray()) {
        for (const JsonValue &name : required->items()) {
            names.emplace(name.utf8());
        }
    }
    return names;
}

/// Whether whatever \p schema lets through is of one of \p types.
bool isHeldTo(const JsonValue &schema, const std::set<std::string> &types)
{
    if (schema.find("const") || schema.find("enum")) {
        return true;
    }
    const JsonValue *type = schema.find("type");
    if (!type || !type->isArray()) {
        return type && type->isString() && types.contains(std::string(type->utf8()));
    }
    return std::all_of(type->items().begin(), type->items().end(),
                       [&](const JsonValue &one) { return one.isString() && types.contains(std::string(one.utf8())); });
}

/// Looks through the condition of one rule.
class Strictness
{
public:
    explicit Strictness(QString rule)
        : m_rule(std::move(rule))
    {}

    /// Every name at the top is one that a request has.
    Result<> checkNames(const JsonValue &schema, const QString &place) const
    {
        if (!schema.isObject()) {
            return {};
        }
        if (const auto *properties = membersIn(schema, "properties")) {
            for (const JsonValue::Member &member : *properties) {
                if (!isOfView(member.key)) {
                    return unknown(member.key, below(below(place, "properties"), member.key));
                }
            }
        }
        for (const std::string &name : requiredBy(schema)) {
            if (!isOfView(name)) {
                return unknown(name, below(place, "required"));
            }
        }
        for (const char *key : {"not", "if", "then", "else"}) {
            const JsonValue *same = schema.find(key);
            const Result<> checked = same ? checkNames(*same, below(place, key)) : Result<>();
            if (!checked) {
                return checked;
            }
        }
        return eachBranch(schema, place,
                          [this](const JsonValue &branch, const QString &there) { return checkNames(branch, there); });
    }

    /// Nothing holds because a member is absent or of another type. \p around: what schemas about the same value
    /// require already.
    Result<> checkPresence(const JsonValue &schema, const QString &place, const Names &around = {}) const
    {
        if (!schema.isObject()) {
            return {};
        }
        if (const Result<> bounds = checkBounds(schema, place); !bounds) {
            return bounds;
        }
        Names required = requiredBy(schema);
        required.insert(around.begin(), around.end());
        if (const auto *properties = membersIn(schema, "properties")) {
            for (const JsonValue::Member &member : *properties) {
                const QString there = below(below(place, "properties"), member.key);
                const QString name = quoted(QString::fromStdString(std::string(member.key)));
                const bool mustBeAbsent = member.value.isBool() && !member.value.toBool();
                if (!mustBeAbsent && !required.contains(std::string(member.key))) {
                    return refusal(there, u"it would allow what has no %1; add %1 to the “required” beside that "
                                          "“properties”"_s.arg(name));
                }
                if (const Result<> checked = checkPresence(member.value, there); !checked) {
                    return checked;
                }
            }
        }
        return eachBranch(schema, place, [&](const JsonValue &branch, const QString &there) {
            return checkPresence(branch, there, required);
        });
    }

private:
    static bool isOfView(std::string_view name)
    {
        return std::find(std::begin(viewMembers), std::end(viewMembers), name) != std::end(viewMembers);
    }

    Error refusal(const QString &place, const QString &what) const
    {
        return {ErrorCode::InvalidInput,
                u"The policy cannot be used: rule %1, at %2: %3."_s.arg(quoted(m_rule), quoted(place), what), place};
    }

    Error unknown(std::string_view name, const QString &place) const
    {
        QStringList known;
        for (const char *member : viewMembers) {
            known.append(u'“' + QString::fromLatin1(member) + u'”');
        }
        return refusal(place, u"no request has %1; name one of %2"_s.arg(
                                  quoted(QString::fromStdString(std::string(name))), known.join(u", "_s)));
    }

    Result<> checkBounds(const JsonValue &schema, const QString &place) const
    {
        for (const char *bound : numberBounds) {
            if (schema.find(bound) && !isHeldTo(schema, {"number", "integer"})) {
                return refusal(below(place, bound),
                               u"it would allow what is no number; add “type”: “number” beside it"_s);
            }
        }
        for (const char *bound : textBounds) {
            if (schema.find(bound) && !isHeldTo(schema, {"string"})) {
                return refusal(below(place, bound),
                               u"it would allow what is no text; add “type”: “string” beside it"_s);
            }
        }
        return {};
    }

    template<typename Check>
    static Result<> eachBranch(const JsonValue &schema, const QString &place, Check check)
    {
        for (const char *key : branches) {
            const JsonValue *list = schema.find(key);
            if (!list || !list->isArray()) {
                continue;
            }
            size_t number = 0;
            for (const JsonValue &branch : list->items()) {
                const Result<> checked = check(branch, below(place, key) + u'/' + QString::number(number++));
                if (!checked) {
                    return checked;
                }
            }
        }
        return {};
    }

    QString m_rule;
};

} // namespace

Result<std::shared_ptr<const CompiledPolicy>> CompiledPolicy::readToApply(QByteArrayView file)
{
    Result<std::shared_ptr<const CompiledPolicy>> read = CompiledPolicy::read(file);
    if (!read) {
        return read;
    }
    int number = 0;
    for (const PolicyRule &rule : (*read)->policy().rules) {
        const Strictness strictness(rule.name);
        const QString place = u"/rules/"_s + QString::number(number++) + u"/when"_s;
        Result<> checked = strictness.checkNames(rule.when, place);
        if (checked && rule.action == PolicyAction::Allow) {
            checked = strictness.checkPresence(rule.when, place);
        }
        if (!checked) {
            return checked.error();
        }
    }
    return read;
}

} // namespace countersign
