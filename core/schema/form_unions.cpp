// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_shape.h"

#include <algorithm>

namespace countersign::schema {

namespace {

/// Does it say what a value looks like, or only how much of it there must be?
struct Structure {
    bool any = false; ///< Members, items or values are named.
    Kinds type = 0;   ///< What `type` says; 0: it is not there.
};

void addStructure(const Program &program, NodeIndex index, int depth, Structure &found)
{
    constexpr int deepest = 6;
    if (depth > deepest) {
        found.any = true;
        return;
    }
    const Node &node = program.nodes[index];
    for (quint32 i = 0; i < node.instructionCount && !found.any; ++i) {
        const Instruction &instruction = program.instructions[node.firstInstruction + i];
        switch (instruction.keyword) {
        case Keyword::Type:
            found.type = static_cast<Kinds>(instruction.first);
            break;
        case Keyword::Const:
        case Keyword::Enum:
        case Keyword::Items:
        case Keyword::Properties:
        case Keyword::AnyOf:
        case Keyword::OneOf:
        case Keyword::If:
        case Keyword::DynamicRef:
        case Keyword::RecursiveRef:
            found.any = true;
            break;
        case Keyword::Ref:
            addStructure(program, instruction.first, depth + 1, found);
            break;
        case Keyword::AllOf:
            for (quint32 b = 0; b < instruction.second && !found.any; ++b) {
                addStructure(program, program.lists[instruction.first + b], depth + 1, found);
            }
            break;
        default:
            break;
        }
    }
}

bool isNullOnly(const Program &program, NodeIndex node)
{
    const Instruction *type = findInstruction(program, node, Keyword::Type);
    return type && type->first == NullBit;
}

/// Is it nothing but a list of values? Only what stands with a title counts.
bool isOption(const Program &program, NodeIndex node)
{
    return (findInstruction(program, node, Keyword::Const) || findInstruction(program, node, Keyword::Enum)) &&
           !findInstruction(program, node, Keyword::Properties) && !findInstruction(program, node, Keyword::Items) &&
           !findInstruction(program, node, Keyword::AnyOf) && !findInstruction(program, node, Keyword::OneOf);
}

QString shown(const JsonValue &value)
{
    return value.isString() ? value.toString() : QString::fromUtf8(writeJson(value));
}

QString word(const JsonValue &source, std::string_view key)
{
    const JsonValue *value = source.find(key);
    return value ? value->toString() : QString();
}

void addBranchOptions(const Program &program, const Instruction &instruction, FieldOptions::List &options)
{
    for (quint32 b = 0; b < instruction.second; ++b) {
        const NodeIndex node = referenceEnd(program, program.lists[instruction.first + b]);
        const JsonValue &source = *program.nodes[node].source;
        const Instruction *constant = findInstruction(program, node, Keyword::Const);
        const Instruction *set = findInstruction(program, node, Keyword::Enum);
        if (constant) {
            const JsonValue &value = *program.constants[constant->first];
            const QString title = word(source, "title");
            options.push_back({value, title.isEmpty() ? shown(value) : title, word(source, "description")});
        } else if (set) {
            const JsonValue::Array &values = program.sets[set->first].values();
            const QString title = word(source, "title");
            for (const JsonValue &value : values) {
                options.push_back({value, values.size() == 1 && !title.isEmpty() ? title : shown(value),
                                   values.size() == 1 ? word(source, "description") : title});
            }
        } else {
            options.push_back({JsonValue(), QStringLiteral("null"), {}});
        }
    }
}

const JsonValue *firstList(const JsonValue &source, std::initializer_list<const char *> keys)
{
    for (const char *key : keys) {
        const JsonValue *value = source.find(key);
        if (value && value->isArray()) {
            return value;
        }
    }
    return nullptr;
}

void addEnumOptions(const ValueSet &set, const JsonValue &source, FieldOptions::List &options)
{
    const JsonValue *titles = firstList(source, {"enumNames", "x-enumNames", "x-enum-varnames"});
    const JsonValue *words = firstList(source, {"enumDescriptions", "x-enumDescriptions", "x-enum-descriptions"});
    options.reserve(set.values().size());
    for (size_t i = 0; i < set.values().size(); ++i) {
        const JsonValue &value = set.values()[i];
        const QString title = titles && i < titles->items().size() ? titles->items()[i].toString() : QString();
        const QString more = words && i < words->items().size() ? words->items()[i].toString() : QString();
        options.push_back({value, title.isEmpty() ? shown(value) : title, more});
    }
}

} // namespace

UnionUse unionUse(const Program &program, const Instruction &instruction)
{
    bool allOptions = instruction.second > 0;
    bool anyOption = false;
    bool structural = false;
    Kinds firstType = 0;
    for (quint32 b = 0; b < instruction.second; ++b) {
        const NodeIndex node = referenceEnd(program, program.lists[instruction.first + b]);
        const bool option = isOption(program, node);
        allOptions = allOptions && (option || isNullOnly(program, node));
        anyOption = anyOption || option;
        if (!structural) {
            Structure found;
            addStructure(program, node, 0, found);
            firstType = b == 0 ? found.type : firstType;
            structural = found.any || found.type != firstType;
        }
    }
    if (allOptions && anyOption) {
        return UnionUse::Options;
    }
    return structural ? UnionUse::Variants : UnionUse::Constraint;
}

FieldOptions::List FormShapes::optionsOf(const FormParts &parts)
{
    const Program &program = m_program;
    FieldOptions::List options;
    bool listed = false;
    const ValueSet *narrower = nullptr;
    for (const FormPart &part : parts) {
        const Node &node = program.nodes[part.node];
        for (quint32 i = 0; i < node.instructionCount; ++i) {
            const Instruction &instruction = program.instructions[node.firstInstruction + i];
            const bool isUnion = instruction.keyword == Keyword::AnyOf || instruction.keyword == Keyword::OneOf;
            if (isUnion && unionUse(instruction) == UnionUse::Options) {
                options.clear(); // They have titles: better than a bare list beside them.
                addBranchOptions(program, instruction, options);
                listed = true;
            } else if (instruction.keyword == Keyword::Enum) {
                narrower = &program.sets[instruction.first];
                if (!listed) {
                    addEnumOptions(*narrower, *node.source, options);
                }
                listed = true;
            }
        }
    }
    const auto unfit = [narrower](const FieldOption &option) { return narrower && !narrower->contains(option.value); };
    options.erase(std::remove_if(options.begin(), options.end(), unfit), options.end());
    const auto null = std::find_if(options.begin(), options.end(), [](const auto &o) { return o.value.isNull(); });
    if (null != options.end() && options.size() > 1) {
        options.erase(null); // The field says that it may be null.
    }
    return options;
}

} // namespace countersign::schema
