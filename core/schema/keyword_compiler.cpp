// SPDX-License-Identifier: Apache-2.0
#include "core/schema/schema_compiler.h"

#include <algorithm>
#include <numeric>

namespace countersign::schema {

using namespace Qt::StringLiterals;

namespace {

constexpr quint32 largestCount = noNumber - 1;

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

Kinds typeBit(std::string_view name)
{
    if (name == "null") {
        return NullBit;
    }
    if (name == "boolean") {
        return BooleanBit;
    }
    if (name == "integer") {
        return IntegerBit;
    }
    if (name == "number") {
        return NumberBit;
    }
    if (name == "string") {
        return StringBit;
    }
    if (name == "array") {
        return ArrayBit;
    }
    return name == "object" ? ObjectBit : 0;
}

} // namespace

SchemaCompiler::Step SchemaCompiler::addAnyKind()
{
    if (const JsonValue *value = found(Keyword::Type)) {
        if (const Step step = addType(*value); !step) {
            return step;
        }
    }
    if (const JsonValue *value = found(Keyword::Const)) {
        emit(Keyword::Const, AnyKind, m_program->constants.size());
        m_program->constants.push_back(value);
    }
    if (const JsonValue *value = found(Keyword::Enum)) {
        if (!value->isArray()) {
            return wrong(Keyword::Enum, u"a list of values"_s);
        }
        emit(Keyword::Enum, AnyKind, m_program->sets.size());
        m_program->sets.emplace_back(value->items());
    }
    return {};
}

SchemaCompiler::Step SchemaCompiler::addType(const JsonValue &value)
{
    Kinds kinds = 0;
    const auto add = [&kinds](const JsonValue &name) {
        const Kinds bit = typeBit(name.utf8());
        kinds = static_cast<Kinds>(kinds | bit);
        return bit != 0;
    };
    const bool good = value.isArray() ? std::all_of(value.items().begin(), value.items().end(), add) : add(value);
    if (!good || kinds == 0) {
        return wrong(Keyword::Type,
                     u"one of string, number, integer, boolean, object, array and null, or a list of them"_s);
    }
    emit(Keyword::Type, AnyKind, kinds);
    return {};
}

SchemaCompiler::Step SchemaCompiler::addNumbers()
{
    const bool flags = m_program->resources[m_program->nodes[m_node].resource].dialect == Dialect::Draft04;
    if (flags) {
        return addExclusiveFlags();
    }
    for (const Keyword keyword : {Keyword::Minimum, Keyword::Maximum, Keyword::ExclusiveMinimum,
                                  Keyword::ExclusiveMaximum, Keyword::MultipleOf}) {
        if (const Step step = addNumber(keyword); !step) {
            return step;
        }
    }
    return {};
}

/// In draft-04 `exclusiveMinimum` is a flag that changes what `minimum` means.
SchemaCompiler::Step SchemaCompiler::addExclusiveFlags()
{
    for (const auto &[bound, exclusive] : {std::pair(Keyword::Minimum, Keyword::ExclusiveMinimum),
                                           std::pair(Keyword::Maximum, Keyword::ExclusiveMaximum)}) {
        const JsonValue *flag = found(exclusive);
        if (flag && !flag->isBool()) {
            return wrong(exclusive, u"true or false in draft-04"_s);
        }
        const size_t before = m_program->instructions.size();
        if (const Step step = addNumber(bound); !step) {
            return step;
        }
        if (flag && flag->toBool() && m_program->instructions.size() > before) {
            m_program->instructions.back().keyword = exclusive;
        }
    }
    return addNumber(Keyword::MultipleOf);
}

SchemaCompiler::Step SchemaCompiler::addNumber(Keyword keyword)
{
    const JsonValue *value = found(keyword);
    if (!value) {
        return {};
    }
    if (!value->isNumber()) {
        return wrong(keyword, u"a number"_s);
    }
    const NumberValue number(value->numberText());
    if (keyword == Keyword::MultipleOf && (number.isZero() || number.isNegative())) {
        return wrong(keyword, u"a number above 0"_s);
    }
    emit(keyword, NumberBit, m_program->numbers.size());
    m_program->numbers.push_back(number);
    return {};
}

SchemaCompiler::Step SchemaCompiler::readCount(Keyword keyword, quint32 &count) const
{
    const JsonValue *value = found(keyword);
    if (!value) {
        return {};
    }
    if (!value->isNumber() || !NumberValue(value->numberText()).isInteger() ||
        NumberValue(value->numberText()).isNegative()) {
        return wrong(keyword, u"a whole number, 0 or more"_s);
    }
    count = static_cast<quint32>(std::min<qint64>(value->toInteger().value_or(largestCount), largestCount));
    return {};
}

SchemaCompiler::Step SchemaCompiler::addCount(Keyword keyword, Kinds kinds)
{
    quint32 count = 0;
    if (const Step step = readCount(keyword, count); !step) {
        return step;
    }
    if (found(keyword)) {
        emit(keyword, kinds, count);
    }
    return {};
}

SchemaCompiler::Step SchemaCompiler::addStrings()
{
    for (const Keyword keyword : {Keyword::MinLength, Keyword::MaxLength}) {
        if (const Step step = addCount(keyword, StringBit); !step) {
            return step;
        }
    }
    if (const Step step = addPattern(); !step) {
        return step;
    }
    const JsonValue *name = m_found[static_cast<size_t>(Keyword::Format)];
    const bool declared = m_program->resources[m_program->nodes[m_node].resource].formatDeclared;
    if (name && (declared || m_options.formats == FormatRule::Asserted)) {
        if (const auto format = formatFromName(name->utf8())) {
            emit(Keyword::Format, StringBit, static_cast<size_t>(*format));
        }
    }
    return {};
}

SchemaCompiler::Step SchemaCompiler::addPattern()
{
    const JsonValue *value = found(Keyword::Pattern);
    if (!value) {
        return {};
    }
    if (!value->isString()) {
        return wrong(Keyword::Pattern, u"a regular expression"_s);
    }
    const Result<quint32> pattern = addPattern(Keyword::Pattern, value->utf8());
    if (!pattern) {
        return pattern.error();
    }
    emit(Keyword::Pattern, StringBit, *pattern);
    return {};
}

Result<quint32> SchemaCompiler::addPattern(Keyword keyword, std::string_view source)
{
    const Result<Pattern> pattern = Pattern::compile(source);
    if (!pattern) {
        return m_references.unusable(m_node, u"the regular expression “%1” of “%2” is not one of ECMA-262: %3"_s.arg(
                                                 text(source), text(keywordName(keyword)), pattern.error().message));
    }
    m_program->patterns.push_back(*pattern);
    return static_cast<quint32>(m_program->patterns.size() - 1);
}

SchemaCompiler::Step SchemaCompiler::addArrays()
{
    for (const Keyword keyword : {Keyword::MinItems, Keyword::MaxItems}) {
        if (const Step step = addCount(keyword, ArrayBit); !step) {
            return step;
        }
    }
    if (const JsonValue *value = found(Keyword::UniqueItems)) {
        if (!value->isBool()) {
            return wrong(Keyword::UniqueItems, u"true or false"_s);
        }
        if (value->toBool()) {
            emit(Keyword::UniqueItems, ArrayBit);
        }
    }
    addItems();
    return addContains();
}

void SchemaCompiler::addItems()
{
    ItemRules rules;
    const JsonValue *prefix = found(Keyword::PrefixItems);
    const JsonValue *items = found(Keyword::Items);
    const JsonValue *additional = found(Keyword::AdditionalItems);
    if (items && items->isArray()) {
        prefix = prefix ? prefix : items;
        rules.restKeyword = Keyword::AdditionalItems;
        items = additional;
    }
    if (!prefix && !items) {
        return;
    }
    if (prefix) {
        for (const JsonValue &item : prefix->items()) {
            rules.prefix.push_back(use(item));
        }
    }
    if (items) {
        rules.rest = use(*items);
    }
    emit(Keyword::Items, ArrayBit, m_program->items.size());
    m_program->items.push_back(std::move(rules));
}

SchemaCompiler::Step SchemaCompiler::addContains()
{
    const JsonValue *value = found(Keyword::Contains);
    quint32 least = 1;
    quint32 most = noNumber;
    for (const auto &[keyword, count] :
         {std::pair(Keyword::MinContains, &least), std::pair(Keyword::MaxContains, &most)}) {
        if (const Step step = readCount(keyword, *count); !step) {
            return step;
        }
    }
    if (value) {
        emit(Keyword::Contains, ArrayBit, use(*value), least, most);
    }
    return {};
}

SchemaCompiler::Step SchemaCompiler::addObjects()
{
    for (const Keyword keyword : {Keyword::MinProperties, Keyword::MaxProperties}) {
        if (const Step step = addCount(keyword, ObjectBit); !step) {
            return step;
        }
    }
    for (const auto add : {&SchemaCompiler::addRequired, &SchemaCompiler::addMembers}) {
        if (const Step step = (this->*add)(); !step) {
            return step;
        }
    }
    if (const JsonValue *value = found(Keyword::PropertyNames)) {
        emit(Keyword::PropertyNames, ObjectBit, use(*value));
    }
    for (const Keyword keyword : {Keyword::DependentRequired, Keyword::Dependencies}) {
        if (const Step step = addDependentNames(keyword); !step) {
            return step;
        }
    }
    addDependentSchemas(Keyword::DependentSchemas);
    addDependentSchemas(Keyword::Dependencies);
    return {};
}

SchemaCompiler::Step SchemaCompiler::addMembers()
{
    const JsonValue *properties = found(Keyword::Properties);
    const JsonValue *matching = found(Keyword::PatternProperties);
    const JsonValue *additional = found(Keyword::AdditionalProperties);
    if (!properties && !matching && !additional) {
        return {};
    }
    MemberRules rules;
    if (properties) {
        for (const JsonValue::Member &property : properties->members()) {
            rules.properties.push_back({property.key, use(property.value)});
        }
        rules.byName.resize(rules.properties.size());
        std::iota(rules.byName.begin(), rules.byName.end(), 0U);
        std::sort(rules.byName.begin(), rules.byName.end(), [&rules](quint32 a, quint32 b) {
            const std::string_view first = rules.properties[a].name;
            const std::string_view second = rules.properties[b].name;
            return first.size() != second.size() ? first.size() < second.size() : first < second;
        });
    }
    if (matching) {
        for (const JsonValue::Member &one : matching->members()) {
            const Result<quint32> pattern = addPattern(Keyword::PatternProperties, one.key);
            if (!pattern) {
                return pattern.error();
            }
            rules.patterns.push_back({*pattern, use(one.value)});
        }
    }
    if (additional) {
        rules.additional = use(*additional);
    }
    emit(Keyword::Properties, ObjectBit, m_program->members.size());
    m_program->members.push_back(std::move(rules));
    return {};
}

SchemaCompiler::Step SchemaCompiler::readNames(Keyword keyword, const JsonValue &value, NameList &list) const
{
    const auto isName = [](const JsonValue &name) { return name.isString(); };
    if (!value.isArray() || !std::all_of(value.items().begin(), value.items().end(), isName)) {
        return wrong(keyword, u"a list of member names"_s);
    }
    for (const JsonValue &name : value.items()) {
        list.names.push_back(name.utf8());
    }
    return {};
}

SchemaCompiler::Step SchemaCompiler::addRequired()
{
    const JsonValue *value = found(Keyword::Required);
    if (!value) {
        return {};
    }
    NameList list;
    if (const Step step = readNames(Keyword::Required, *value, list); !step) {
        return step;
    }
    emit(Keyword::Required, ObjectBit, m_program->names.size());
    m_program->names.push_back(std::move(list));
    return {};
}

SchemaCompiler::Step SchemaCompiler::addDependentNames(Keyword keyword)
{
    const JsonValue *value = found(keyword);
    if (!value) {
        return {};
    }
    if (!value->isObject()) {
        return wrong(keyword, u"an object"_s);
    }
    const size_t first = m_program->names.size();
    for (const JsonValue::Member &member : value->members()) {
        if (keyword == Keyword::Dependencies && !member.value.isArray()) {
            continue; // A schema.
        }
        NameList list;
        list.trigger = member.key;
        if (const Step step = readNames(keyword, member.value, list); !step) {
            return step;
        }
        m_program->names.push_back(std::move(list));
    }
    if (m_program->names.size() > first) {
        emit(keyword, ObjectBit, first, m_program->names.size() - first);
    }
    return {};
}

void SchemaCompiler::addDependentSchemas(Keyword keyword)
{
    const JsonValue *value = found(keyword);
    const size_t first = m_program->dependents.size();
    if (value) {
        for (const JsonValue::Member &member : value->members()) {
            if (!member.value.isArray()) {
                m_program->dependents.push_back({member.key, use(member.value)});
            }
        }
    }
    if (m_program->dependents.size() > first) {
        emit(keyword, ObjectBit, first, m_program->dependents.size() - first, 1);
    }
}

} // namespace countersign::schema
