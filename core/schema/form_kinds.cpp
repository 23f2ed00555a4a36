// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_shape.h"

namespace countersign::schema {

namespace {

Kinds typeKinds(Kinds type)
{
    return static_cast<Kinds>((type & NumberBit) ? type | IntegerBit : type);
}

Kinds valueKinds(const JsonValue &value)
{
    return value.isNumber() ? static_cast<Kinds>(NumberBit | IntegerBit) : kindBit(value);
}

Kinds listedKinds(const JsonValue::Array &values)
{
    Kinds kinds = 0;
    for (const JsonValue &value : values) {
        kinds = static_cast<Kinds>(kinds | valueKinds(value));
    }
    return kinds;
}

} // namespace

Kinds FormShapes::optionKinds(const Instruction &instruction) const
{
    Kinds kinds = 0;
    for (quint32 b = 0; b < instruction.second; ++b) {
        const NodeIndex node = referenceEnd(m_program, m_program.lists[instruction.first + b]);
        if (const Instruction *constant = findInstruction(m_program, node, Keyword::Const)) {
            kinds = static_cast<Kinds>(kinds | valueKinds(*m_program.constants[constant->first]));
        } else if (const Instruction *set = findInstruction(m_program, node, Keyword::Enum)) {
            kinds = static_cast<Kinds>(kinds | listedKinds(m_program.sets[set->first].values()));
        } else {
            kinds = static_cast<Kinds>(kinds | NullBit);
        }
    }
    return kinds;
}

bool FormShapes::listsValues(const FormParts &parts)
{
    for (const FormPart &part : parts) {
        const Node &node = m_program.nodes[part.node];
        for (quint32 i = 0; i < node.instructionCount; ++i) {
            const Instruction &instruction = m_program.instructions[node.firstInstruction + i];
            const bool isUnion = instruction.keyword == Keyword::AnyOf || instruction.keyword == Keyword::OneOf;
            if (instruction.keyword == Keyword::Enum || instruction.keyword == Keyword::Const ||
                (isUnion && unionUse(instruction) == UnionUse::Options)) {
                return true;
            }
        }
    }
    return false;
}

UnionUse FormShapes::unionUse(const Instruction &instruction)
{
    const auto [known, isNew] = m_uses.try_emplace(&instruction);
    if (isNew) {
        known->second = schema::unionUse(m_program, instruction);
    }
    return known->second;
}

Kinds FormShapes::kindsOf(const FormParts &parts)
{
    Kinds allowed = everyKind;
    Kinds meant = 0;
    const auto allow = [&allowed](Kinds kinds) { allowed = static_cast<Kinds>(allowed & kinds); };
    for (const FormPart &part : parts) {
        const Node &node = m_program.nodes[part.node];
        for (quint32 i = 0; i < node.instructionCount; ++i) {
            const Instruction &instruction = m_program.instructions[node.firstInstruction + i];
            switch (instruction.keyword) {
            case Keyword::FalseSchema:
                return 0;
            case Keyword::Type:
                allow(typeKinds(static_cast<Kinds>(instruction.first)));
                break;
            case Keyword::Const:
                allow(valueKinds(*m_program.constants[instruction.first]));
                break;
            case Keyword::Enum:
                allow(listedKinds(m_program.sets[instruction.first].values()));
                break;
            case Keyword::AnyOf:
            case Keyword::OneOf:
                if (unionUse(instruction) == UnionUse::Options) {
                    allow(optionKinds(instruction));
                }
                break;
            default:
                if (instruction.kinds != AnyKind) {
                    meant = static_cast<Kinds>(meant | typeKinds(instruction.kinds));
                }
                break;
            }
        }
    }
    // Keywords for one kind say what is meant where nothing says what is allowed.
    return allowed == everyKind && meant != 0 ? meant : allowed;
}

} // namespace countersign::schema
