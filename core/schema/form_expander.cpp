// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_expander.h"

#include <algorithm>

namespace countersign::schema {

using namespace Qt::StringLiterals;

namespace {

constexpr int mostSteps = 20'000;
constexpr size_t mostParts = 2'000;
constexpr size_t mostVariants = 1'000;
constexpr int deepestNesting = 40;

} // namespace

FormExpander::FormExpander(FormShapes &shapes, const JsonValue *value, FormShape &shape)
    : m_shapes(shapes)
    , m_program(shapes.m_program)
    , m_value(value)
    , m_shape(shape)
{}

void FormExpander::run(const FormParts &base)
{
    Walk walk;
    walk.pending.assign(base.rbegin(), base.rend());
    follow(walk, 0);
    if (m_shape.refusal.isEmpty() && m_shape.variants.empty()) {
        // Every branch was null, or none can hold: what stands outside the unions is left.
        const bool onlyNull = m_shape.nullable;
        m_shape.nullable = false;
        FormVariant rest;
        rest.parts = base;
        rest.kinds = onlyNull ? NullBit : Kinds{0};
        m_shape.variants.push_back(std::move(rest));
    }
    if (!m_shape.refusal.isEmpty()) {
        m_shape.variants.clear();
        FormVariant raw;
        raw.parts = base;
        raw.raw = true;
        m_shape.variants.push_back(std::move(raw));
        return;
    }
    splitKinds();
}

void FormExpander::refuse()
{
    m_shape.refusal = u"The schema has more parts, or kinds of value, for this place than a form can offer."_s;
}

void FormExpander::follow(Walk walk, int depth)
{
    while (!walk.pending.empty() && m_shape.refusal.isEmpty()) {
        const FormPart part = walk.pending.back();
        walk.pending.pop_back();
        if (++m_steps > mostSteps || walk.done.size() > mostParts) {
            refuse();
            return;
        }
        enter(walk, part);
    }
    if (!m_shape.refusal.isEmpty()) {
        return;
    }
    if (walk.unions.empty()) {
        finish(std::move(walk));
        return;
    }
    const Union one = walk.unions.front();
    walk.unions.erase(walk.unions.begin());
    const quint32 count = one.instruction->second;
    if (depth > deepestNesting || count > mostVariants) {
        refuse();
        return;
    }
    for (quint32 b = 0; b < count && m_shape.refusal.isEmpty(); ++b) {
        Walk next = walk;
        const NodeIndex target = m_program.lists[one.instruction->first + b];
        FormPart branch = entered(one.part, target);
        branch.inBranch = true;
        next.inBranch = true;
        next.choices.push_back({one.part.node, one.instruction->keyword, b, target});
        next.pending.push_back(branch);
        follow(std::move(next), depth + 1);
    }
}

FormPart FormExpander::entered(const FormPart &from, NodeIndex node) const
{
    return {node, m_shapes.m_scopes.entered(from.scope, m_program.nodes[node].resource), from.inBranch};
}

void FormExpander::enter(Walk &walk, const FormPart &part)
{
    const auto same = [&part](const FormPart &other) { return other.node == part.node && other.scope == part.scope; };
    if (std::any_of(walk.done.begin(), walk.done.end(), same)) {
        return;
    }
    walk.done.push_back(part);
    const Node &node = m_program.nodes[part.node];
    FormParts next;
    for (quint32 i = 0; i < node.instructionCount; ++i) {
        addTargets(part, m_program.instructions[node.firstInstruction + i], next, walk.unions);
    }
    walk.pending.insert(walk.pending.end(), next.rbegin(), next.rend());
}

void FormExpander::addTargets(const FormPart &part, const Instruction &instruction, FormParts &next,
                              std::vector<Union> &unions)
{
    switch (instruction.keyword) {
    case Keyword::Ref:
        next.push_back(entered(part, instruction.first));
        break;
    case Keyword::DynamicRef:
    case Keyword::RecursiveRef:
        next.push_back(entered(part, instruction.second == noNumber
                                         ? instruction.first
                                         : m_shapes.m_scopes.dynamicTarget(instruction, part.scope)));
        break;
    case Keyword::AllOf:
        for (quint32 i = 0; i < instruction.second; ++i) {
            next.push_back(entered(part, m_program.lists[instruction.first + i]));
        }
        break;
    case Keyword::AnyOf:
    case Keyword::OneOf:
        if (m_shapes.unionUse(instruction) == UnionUse::Variants) {
            unions.push_back({part, &instruction});
        }
        break;
    case Keyword::If:
        addCondition(part, instruction, next);
        break;
    case Keyword::Dependencies:
    case Keyword::DependentSchemas:
        if (instruction.keyword == Keyword::DependentSchemas || instruction.third == 1) {
            addDependents(part, instruction, next);
            break;
        }
        [[fallthrough]];
    case Keyword::DependentRequired:
        noteNeeded(instruction);
        break;
    default:
        break;
    }
}

void FormExpander::addCondition(const FormPart &part, const Instruction &instruction, FormParts &next)
{
    static const JsonValue nothingYet = JsonValue::object();
    m_shape.conditional = true;
    const bool holds = m_shapes.holds(instruction.first, m_value ? *m_value : nothingYet);
    m_shape.decisions.push_back(holds ? 1 : 0);
    const NodeIndex target = holds ? instruction.second : instruction.third;
    if (target != noNode) {
        next.push_back(entered(part, target));
    }
}

void FormExpander::addDependents(const FormPart &part, const Instruction &instruction, FormParts &next)
{
    m_shape.conditional = true;
    for (quint32 i = 0; i < instruction.second; ++i) {
        const DependentSchema &dependent = m_program.dependents[instruction.first + i];
        const bool there = hasMember(dependent.trigger);
        m_shape.decisions.push_back(there ? 1 : 0);
        if (there) {
            next.push_back(entered(part, dependent.node));
        }
    }
}

void FormExpander::noteNeeded(const Instruction &instruction)
{
    m_shape.conditional = true;
    for (quint32 i = 0; i < instruction.second; ++i) {
        const NameList &list = m_program.names[instruction.first + i];
        const bool there = hasMember(list.trigger);
        m_shape.decisions.push_back(there ? 1 : 0);
        if (there) {
            m_shape.needed.push_back(&list);
        }
    }
}

bool FormExpander::hasMember(std::string_view name)
{
    if (!m_value) {
        return false;
    }
    constexpr size_t fewMembers = 16;
    if (m_value->members().size() <= fewMembers) {
        return m_value->find(name) != nullptr;
    }
    if (!std::exchange(m_namesKnown, true)) {
        for (const JsonValue::Member &member : m_value->members()) {
            m_names.insert(member.key);
        }
    }
    return m_names.count(name) > 0;
}

void FormExpander::finish(Walk walk)
{
    FormVariant variant;
    variant.kinds = m_shapes.kindsOf(walk.done);
    if (walk.inBranch && (variant.kinds == NullBit || variant.kinds == 0)) {
        m_shape.nullable = m_shape.nullable || variant.kinds == NullBit;
        return;
    }
    variant.parts = std::move(walk.done);
    variant.choices = std::move(walk.choices);
    m_shape.variants.push_back(std::move(variant));
    if (m_shape.variants.size() > mostVariants) {
        refuse();
    }
}

/// Several types in one branch are as many ways to fill it in.
void FormExpander::splitKinds()
{
    static constexpr Kinds each[] = {StringBit, NumberBit, IntegerBit, BooleanBit, ObjectBit, ArrayBit};
    std::vector<FormVariant> split;
    for (FormVariant &variant : m_shape.variants) {
        if ((variant.kinds & NullBit) && variant.kinds != NullBit) {
            m_shape.nullable = true;
            variant.kinds = static_cast<Kinds>(variant.kinds & ~NullBit);
        }
        if (m_shapes.listsValues(variant.parts)) {
            split.push_back(std::move(variant));
            continue;
        }
        const bool any = variant.kinds == (everyKind & ~NullBit);
        std::vector<Kinds> kinds;
        for (const Kinds bit : each) {
            if ((variant.kinds & bit) && !(bit == IntegerBit && (variant.kinds & NumberBit))) {
                kinds.push_back(bit == NumberBit ? static_cast<Kinds>(NumberBit | IntegerBit) : bit);
            }
        }
        if (kinds.size() <= 1) {
            split.push_back(std::move(variant));
            continue;
        }
        for (const Kinds bits : kinds) {
            FormVariant one;
            one.parts = variant.parts;
            one.choices = variant.choices;
            one.kinds = bits;
            one.title = kindTitle(bits);
            split.push_back(std::move(one));
        }
        if (any) {
            FormVariant raw;
            raw.parts = variant.parts;
            raw.choices = variant.choices;
            raw.raw = true;
            raw.title = u"JSON"_s;
            split.push_back(std::move(raw));
        }
    }
    m_shape.variants = std::move(split);
    m_shape.titledByBranch = m_shape.variants.size() == 1;
}

} // namespace countersign::schema
