// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_shape.h"

#include <algorithm>

namespace countersign::schema {

using namespace Qt::StringLiterals;

namespace {

constexpr size_t mostExamples = 100;

void takeText(QString &to, const JsonValue &source, std::string_view key)
{
    const JsonValue *value = to.isEmpty() ? source.find(key) : nullptr;
    if (value && value->isString()) {
        to = value->toString();
    }
}

bool isSet(const JsonValue &source, std::string_view key)
{
    const JsonValue *value = source.find(key);
    return value && value->toBool();
}

/// Keeps the bound that leaves less.
void takeBound(std::string &to, bool &exclusive, const NumberValue &bound, bool isExclusive, bool least)
{
    if (!to.empty()) {
        const NumberValue present(to);
        const bool tighter = least ? bound > present : bound < present;
        if (!tighter && !(bound == present && isExclusive)) {
            return;
        }
    }
    to = bound.text();
    exclusive = isExclusive;
}

void takeCount(std::optional<qint64> &to, quint32 count, bool least)
{
    const auto given = static_cast<qint64>(count);
    to = !to ? given : least ? std::max(*to, given) : std::min(*to, given);
}

} // namespace

void FormShapes::readWords(FormLook &look, const FormShape &shape) const
{
    FormField &field = look.field;
    for (const FormPart &part : look.parts) {
        const JsonValue &source = *m_program.nodes[part.node].source;
        if (source.isBool()) {
            continue;
        }
        const bool own = !part.inBranch || shape.titledByBranch;
        if (own) {
            takeText(field.title, source, "title");
        }
        takeText(field.help, source, "description");
        takeText(field.bounds.format, source, "format");
        takeText(field.bounds.contentEncoding, source, "contentEncoding");
        takeText(field.bounds.contentMediaType, source, "contentMediaType");
        field.readOnly = field.readOnly || isSet(source, "readOnly");
        field.deprecated = field.deprecated || isSet(source, "deprecated");
        look.secret = look.secret || isSet(source, "writeOnly");
        const JsonValue *value = source.find("default");
        if (value && !field.defaultValue && (own || shape.variants.size() > 1)) {
            field.defaultValue = *value;
        }
        if (const JsonValue *examples = source.find("examples"); examples && field.examples.empty()) {
            const size_t count = std::min(examples->items().size(), mostExamples);
            field.examples.assign(examples->items().begin(),
                                  examples->items().begin() + static_cast<std::ptrdiff_t>(count));
        }
        if (const JsonValue *example = source.find("example"); example && field.examples.empty()) {
            field.examples.push_back(*example);
        }
    }
    look.secret = look.secret || field.bounds.format == u"password"_s;
}

void FormShapes::readBounds(FormLook &look) const
{
    FieldBounds &bounds = look.field.bounds;
    for (const FormPart &part : look.parts) {
        const Node &node = m_program.nodes[part.node];
        for (quint32 i = 0; i < node.instructionCount; ++i) {
            const Instruction &instruction = m_program.instructions[node.firstInstruction + i];
            switch (instruction.keyword) {
            case Keyword::Minimum:
            case Keyword::ExclusiveMinimum:
                takeBound(bounds.minimum, bounds.exclusiveMinimum, m_program.numbers[instruction.first],
                          instruction.keyword == Keyword::ExclusiveMinimum, true);
                break;
            case Keyword::Maximum:
            case Keyword::ExclusiveMaximum:
                takeBound(bounds.maximum, bounds.exclusiveMaximum, m_program.numbers[instruction.first],
                          instruction.keyword == Keyword::ExclusiveMaximum, false);
                break;
            case Keyword::MultipleOf:
                if (bounds.multipleOf.empty()) {
                    bounds.multipleOf = m_program.numbers[instruction.first].text();
                }
                break;
            case Keyword::MinLength:
            case Keyword::MaxLength:
                takeCount(instruction.keyword == Keyword::MinLength ? bounds.minLength : bounds.maxLength,
                          instruction.first, instruction.keyword == Keyword::MinLength);
                break;
            case Keyword::MinItems:
            case Keyword::MinProperties:
                takeCount(bounds.minItems, instruction.first, true);
                break;
            case Keyword::MaxItems:
            case Keyword::MaxProperties:
                takeCount(bounds.maxItems, instruction.first, false);
                break;
            case Keyword::UniqueItems:
                bounds.uniqueItems = true;
                break;
            case Keyword::Pattern:
                if (bounds.pattern.isEmpty()) {
                    bounds.pattern = QString::fromStdString(m_program.patterns[instruction.first].source());
                }
                break;
            default:
                break;
            }
        }
    }
}

} // namespace countersign::schema
