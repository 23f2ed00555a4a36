// SPDX-License-Identifier: Apache-2.0
#include "core/schema/schema_validator.h"

#include <algorithm>

namespace countersign::schema {

namespace {

JsonValue text(std::string_view utf8)
{
    return JsonValue::fromUtf8(std::string(utf8));
}

/// The names of an object's members, sorted once where many are looked for.
class MemberNames
{
public:
    MemberNames(const JsonValue &object, size_t lookups)
        : m_object(object)
    {
        constexpr size_t manyComparisons = 4096;
        if (lookups * object.members().size() <= manyComparisons) {
            return;
        }
        m_sorted.reserve(object.members().size());
        for (const JsonValue::Member &member : object.members()) {
            m_sorted.push_back(member.key);
        }
        std::sort(m_sorted.begin(), m_sorted.end());
    }
    bool has(std::string_view name) const
    {
        return m_sorted.empty() ? m_object.find(name) != nullptr
                                : std::binary_search(m_sorted.begin(), m_sorted.end(), name);
    }

private:
    const JsonValue &m_object;
    std::vector<std::string_view> m_sorted;
};

/// Which of \p names are no member of \p object. Values mostly come in the order of the schema.
std::vector<std::string_view> missingNames(const std::vector<std::string_view> &names, const JsonValue &object)
{
    const JsonValue::Object &members = object.members();
    std::vector<std::string_view> missing;
    std::optional<MemberNames> all;
    size_t expected = 0;
    for (const std::string_view name : names) {
        if (expected < members.size() && members[expected].key == name) {
            ++expected;
            continue;
        }
        if (!all) {
            all.emplace(object, names.size());
        }
        if (!all->has(name)) {
            missing.push_back(name);
        }
    }
    return missing;
}

} // namespace

SchemaValidator::Outcome SchemaValidator::applyObject(const Instruction &instruction, Frame &frame)
{
    Outcome outcome = Outcome::Valid;
    switch (instruction.keyword) {
    case Keyword::MinProperties:
    case Keyword::MaxProperties:
        return checkCount(instruction, frame, frame.value->members().size(),
                          instruction.keyword == Keyword::MinProperties);
    case Keyword::Required:
        return checkRequired(instruction, frame);
    case Keyword::Properties:
        return checkMembers(instruction, frame);
    case Keyword::PropertyNames:
        return checkPropertyNames(instruction, frame);
    case Keyword::DependentRequired:
        return checkDependentNames(instruction, frame);
    case Keyword::Dependencies:
        if (instruction.third == 0) {
            return checkDependentNames(instruction, frame);
        }
        [[fallthrough]];
    case Keyword::DependentSchemas:
        outcome = checkDependentSchemas(instruction, frame);
        frame.applicatorFailed = frame.applicatorFailed || outcome != Outcome::Valid;
        return outcome;
    default:
        return frame.applicatorFailed ? Outcome::Valid : checkUnevaluatedProperties(instruction, frame);
    }
}

SchemaValidator::Outcome SchemaValidator::checkRequired(const Instruction &instruction, const Frame &frame)
{
    const std::vector<std::string_view> &names = m_program.names[instruction.first].names;
    if (!spend(static_cast<qint64>(names.size()), frame)) {
        return Outcome::Undecided;
    }
    const std::vector<std::string_view> missing = missingNames(names, *frame.value);
    for (const std::string_view name : missing) {
        if (!m_collecting) {
            break;
        }
        problem(Keyword::Required, frame, {{"missing", text(name)}});
    }
    return missing.empty() ? Outcome::Valid : Outcome::Invalid;
}

SchemaValidator::Outcome SchemaValidator::checkDependentNames(const Instruction &instruction, const Frame &frame)
{
    Outcome outcome = Outcome::Valid;
    size_t lookups = 0;
    for (quint32 i = 0; i < instruction.second; ++i) {
        lookups += 1 + m_program.names[instruction.first + i].names.size();
    }
    const MemberNames present(*frame.value, lookups);
    for (quint32 i = 0; i < instruction.second; ++i) {
        const NameList &list = m_program.names[instruction.first + i];
        if (!spend(1, frame)) {
            return Outcome::Undecided;
        }
        if (!present.has(list.trigger)) {
            continue;
        }
        if (!spend(static_cast<qint64>(list.names.size()), frame)) {
            return Outcome::Undecided;
        }
        for (const std::string_view name : list.names) {
            if (present.has(name)) {
                continue;
            }
            outcome = problem(instruction.keyword, frame, {{"missing", text(name)}, {"because", text(list.trigger)}});
        }
    }
    return outcome;
}

SchemaValidator::Outcome SchemaValidator::checkDependentSchemas(const Instruction &instruction, const Frame &frame)
{
    Outcome outcome = Outcome::Valid;
    const MemberNames present(*frame.value, instruction.second);
    for (quint32 i = 0; i < instruction.second; ++i) {
        const DependentSchema &dependent = m_program.dependents[instruction.first + i];
        if (present.has(dependent.trigger)) {
            outcome = std::max(outcome, inPlace(dependent.node, frame, Keyword::None, frame.evaluated));
        }
        if (isDone(outcome)) {
            return outcome;
        }
    }
    return outcome;
}

SchemaValidator::Outcome SchemaValidator::checkMembers(const Instruction &instruction, const Frame &frame)
{
    const MemberRules &rules = m_program.members[instruction.first];
    const size_t count = frame.value->members().size();
    Outcome outcome = Outcome::Valid;
    for (size_t i = 0; i < count; ++i) {
        bool isEvaluated = false;
        outcome = std::max(outcome, checkMember(rules, i, frame, isEvaluated));
        if (isDone(outcome)) {
            return outcome;
        }
        if (isEvaluated && frame.evaluated) {
            frame.evaluated->add(i);
        }
    }
    return outcome;
}

SchemaValidator::Outcome SchemaValidator::checkMember(const MemberRules &rules, size_t index, const Frame &frame,
                                                      bool &isEvaluated)
{
    const JsonValue::Member &member = frame.value->members()[index];
    const Place place{frame.place, member.key, 0};
    Outcome outcome = Outcome::Valid;
    const int property = rules.find(member.key, index);
    if (property >= 0) {
        isEvaluated = true;
        const NodeIndex node = rules.properties[static_cast<size_t>(property)].node;
        outcome = evaluate(node, member.value, place, &frame, Keyword::None, nullptr);
    }
    for (const MemberRules::Matching &matching : rules.patterns) {
        const Match match = m_program.patterns[matching.pattern].matches(member.key, m_verdict.steps);
        if (match == Match::Undecided) {
            isEvaluated = true; // Whether anything more applies cannot be known.
            outcome = std::max(outcome, undecided(Keyword::PatternProperties, frame, Hindrance::PatternTooCostly));
        } else if (match == Match::Yes) {
            isEvaluated = true;
            outcome = std::max(outcome, evaluate(matching.node, member.value, place, &frame, Keyword::None, nullptr));
        }
        if (!spend(0, frame)) {
            return Outcome::Undecided;
        }
    }
    if (isEvaluated || rules.additional == noNode) {
        return outcome;
    }
    isEvaluated = true;
    if (isFalse(rules.additional)) {
        return m_collecting ? problem(Keyword::AdditionalProperties, frame, {{"property", text(member.key)}})
                            : Outcome::Invalid;
    }
    return evaluate(rules.additional, member.value, place, &frame, Keyword::None, nullptr);
}

SchemaValidator::Outcome SchemaValidator::checkPropertyNames(const Instruction &instruction, const Frame &frame)
{
    Outcome outcome = Outcome::Valid;
    for (const JsonValue::Member &member : frame.value->members()) {
        const JsonValue name = text(member.key);
        const Mark before = mark();
        const int parent = m_parent;
        const int branch = m_branch;
        const int summary = m_collecting ? addProblem(Keyword::PropertyNames, frame) : -1;
        if (summary >= 0) {
            describe(static_cast<size_t>(summary), Keyword::PropertyNames, {{"property", name}});
            m_parent = summary;
            m_branch = 0;
        }
        const Outcome one = evaluate(instruction.first, name, *frame.place, &frame, Keyword::None, nullptr);
        m_parent = parent;
        m_branch = branch;
        if (one == Outcome::Valid && m_collecting) {
            backTo(before);
        } else if (one == Outcome::Undecided && summary >= 0) {
            m_verdict.problems[static_cast<size_t>(summary)].undecided = true;
        }
        outcome = std::max(outcome, one);
        if (isDone(outcome)) {
            return outcome;
        }
    }
    return outcome;
}

SchemaValidator::Outcome SchemaValidator::checkUnevaluatedProperties(const Instruction &instruction, const Frame &frame)
{
    const JsonValue::Object &members = frame.value->members();
    Outcome outcome = Outcome::Valid;
    for (size_t i = 0; i < members.size(); ++i) {
        if (frame.evaluated->has(i)) {
            continue;
        }
        frame.evaluated->add(i);
        if (isFalse(instruction.first)) {
            outcome = problem(Keyword::UnevaluatedProperties, frame, {{"property", text(members[i].key)}});
        } else {
            const Place place{frame.place, members[i].key, 0};
            outcome =
                std::max(outcome, evaluate(instruction.first, members[i].value, place, &frame, Keyword::None, nullptr));
        }
        if (isDone(outcome)) {
            return outcome;
        }
    }
    return outcome;
}

} // namespace countersign::schema
