// SPDX-License-Identifier: Apache-2.0
#include "core/schema/schema_validator.h"

#include <algorithm>

namespace countersign::schema {

namespace {

JsonValue number(size_t value)
{
    return JsonValue::fromInteger(static_cast<qint64>(value));
}

JsonValue text(std::string_view utf8)
{
    return JsonValue::fromUtf8(std::string(utf8));
}

JsonValue typeNames(Kinds kinds)
{
    JsonValue names = JsonValue::array();
    const std::pair<Kinds, const char *> all[] = {
        {StringBit, "string"}, {IntegerBit, "integer"}, {NumberBit, "number"}, {BooleanBit, "boolean"},
        {ArrayBit, "array"},   {ObjectBit, "object"},   {NullBit, "null"}};
    for (const auto &[bit, name] : all) {
        if (kinds & bit) {
            names.append(text(name));
        }
    }
    return names;
}

size_t codePointCount(std::string_view utf8)
{
    return static_cast<size_t>(std::count_if(utf8.begin(), utf8.end(),
                                             [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool isInteger(const JsonValue &value, Dialect dialect)
{
    const std::string_view digits = value.numberText();
    if (digits.find_first_of(".eE") == std::string_view::npos) {
        return true;
    }
    return dialect != Dialect::Draft04 && NumberValue(digits).isInteger();
}

} // namespace

SchemaValidator::Outcome SchemaValidator::applyAnyKind(const Instruction &instruction, Frame &frame)
{
    const JsonValue &value = *frame.value;
    Outcome outcome = Outcome::Valid;
    switch (instruction.keyword) {
    case Keyword::FalseSchema:
        return problem(Keyword::FalseSchema, frame, {});
    case Keyword::Type: {
        const auto kinds = static_cast<Kinds>(instruction.first);
        if ((kinds & kindBit(value)) != 0) {
            return Outcome::Valid;
        }
        const Dialect dialect = m_program.resources[m_program.nodes[frame.node].resource].dialect;
        if (value.isNumber() && (kinds & IntegerBit) != 0 && isInteger(value, dialect)) {
            return Outcome::Valid;
        }
        return m_collecting ? problem(Keyword::Type, frame, {{"allowed", typeNames(kinds)}}) : Outcome::Invalid;
    }
    case Keyword::Const: {
        const JsonValue &wanted = *m_program.constants[instruction.first];
        if (value == wanted) {
            return Outcome::Valid;
        }
        return m_collecting ? problem(Keyword::Const, frame, {{"wanted", wanted}}) : Outcome::Invalid;
    }
    case Keyword::Enum:
        return checkEnum(instruction, frame);
    case Keyword::Ref:
    case Keyword::DynamicRef:
    case Keyword::RecursiveRef:
        outcome = checkReference(instruction, frame);
        break;
    case Keyword::AllOf:
        outcome = checkAllOf(instruction, frame);
        break;
    case Keyword::AnyOf:
    case Keyword::OneOf:
        outcome = checkUnion(instruction, frame);
        break;
    case Keyword::Not:
        return checkNot(instruction, frame);
    case Keyword::If:
        outcome = checkIf(instruction, frame);
        break;
    default:
        break;
    }
    frame.applicatorFailed = frame.applicatorFailed || outcome != Outcome::Valid;
    return outcome;
}

SchemaValidator::Outcome SchemaValidator::checkEnum(const Instruction &instruction, const Frame &frame)
{
    constexpr size_t mostQuoted = 20;
    const ValueSet &set = m_program.sets[instruction.first];
    if (set.contains(*frame.value)) {
        return Outcome::Valid;
    }
    if (!m_collecting) {
        return Outcome::Invalid;
    }
    const JsonValue::Array &all = set.values();
    const auto quoted = static_cast<std::ptrdiff_t>(std::min(all.size(), mostQuoted));
    return problem(Keyword::Enum, frame,
                   {{"allowed", JsonValue::array({all.begin(), all.begin() + quoted})}, {"count", number(all.size())}});
}

SchemaValidator::Outcome SchemaValidator::applyNumber(const Instruction &instruction, const Frame &frame)
{
    const NumberValue value(frame.value->numberText());
    const NumberValue &limit = m_program.numbers[instruction.first];
    bool holds = true;
    switch (instruction.keyword) {
    case Keyword::Minimum:
        holds = value >= limit;
        break;
    case Keyword::Maximum:
        holds = value <= limit;
        break;
    case Keyword::ExclusiveMinimum:
        holds = value > limit;
        break;
    case Keyword::ExclusiveMaximum:
        holds = value < limit;
        break;
    default:
        holds = value.isMultipleOf(limit);
        break;
    }
    if (holds) {
        return Outcome::Valid;
    }
    if (!m_collecting) {
        return Outcome::Invalid;
    }
    return problem(instruction.keyword, frame,
                   {{instruction.keyword == Keyword::MultipleOf ? "divisor" : "limit",
                     JsonValue::fromNumberText(std::string(limit.text()))}});
}

SchemaValidator::Outcome SchemaValidator::applyString(const Instruction &instruction, const Frame &frame)
{
    const std::string_view value = frame.value->utf8();
    switch (instruction.keyword) {
    case Keyword::Pattern: {
        const Pattern &pattern = m_program.patterns[instruction.first];
        const Match match = pattern.matches(value, m_verdict.steps);
        if (match == Match::Undecided) {
            return undecided(Keyword::Pattern, frame, Hindrance::PatternTooCostly);
        }
        if (match == Match::Yes || !m_collecting) {
            return match == Match::Yes ? Outcome::Valid : Outcome::Invalid;
        }
        return problem(Keyword::Pattern, frame, {{"pattern", text(pattern.source())}});
    }
    case Keyword::Format: {
        const auto format = static_cast<Format>(instruction.first);
        if (hasFormat(format, value)) {
            return Outcome::Valid;
        }
        if (!m_collecting) {
            return Outcome::Invalid;
        }
        const JsonValue *name = m_program.nodes[frame.node].source->find("format");
        return problem(Keyword::Format, frame,
                       {{"format", name ? *name : JsonValue()},
                        {"description", JsonValue::fromString(formatDescription(format))}});
    }
    default:
        return checkLength(instruction, frame);
    }
}

SchemaValidator::Outcome SchemaValidator::checkLength(const Instruction &instruction, const Frame &frame)
{
    const std::string_view value = frame.value->utf8();
    constexpr qint64 bytesPerStep = 128;
    if (!spend(static_cast<qint64>(value.size()) / bytesPerStep, frame)) {
        return Outcome::Undecided;
    }
    return checkCount(instruction, frame, codePointCount(value), instruction.keyword == Keyword::MinLength);
}

SchemaValidator::Outcome SchemaValidator::checkCount(const Instruction &instruction, const Frame &frame, size_t actual,
                                                     bool least)
{
    if (least ? actual >= instruction.first : actual <= instruction.first) {
        return Outcome::Valid;
    }
    if (!m_collecting) {
        return Outcome::Invalid;
    }
    return problem(instruction.keyword, frame, {{"limit", number(instruction.first)}, {"actual", number(actual)}});
}

SchemaValidator::Outcome SchemaValidator::applyArray(const Instruction &instruction, Frame &frame)
{
    switch (instruction.keyword) {
    case Keyword::MinItems:
    case Keyword::MaxItems:
        return checkCount(instruction, frame, frame.value->items().size(), instruction.keyword == Keyword::MinItems);
    case Keyword::UniqueItems:
        return checkUnique(instruction, frame);
    case Keyword::Items:
        return checkItems(instruction, frame);
    case Keyword::Contains:
        return checkContains(instruction, frame);
    default:
        return frame.applicatorFailed ? Outcome::Valid : checkUnevaluatedItems(instruction, frame);
    }
}

SchemaValidator::Outcome SchemaValidator::checkUnique(const Instruction &instruction, const Frame &frame)
{
    const JsonValue::Array &items = frame.value->items();
    if (!spend(static_cast<qint64>(items.size()), frame)) {
        return Outcome::Undecided;
    }
    const auto same = firstRepetition(items);
    if (!same || !m_collecting) {
        return same ? Outcome::Invalid : Outcome::Valid;
    }
    return problem(instruction.keyword, frame, {{"first", number(same->first)}, {"second", number(same->second)}});
}

SchemaValidator::Outcome SchemaValidator::checkItems(const Instruction &instruction, const Frame &frame)
{
    const ItemRules &rules = m_program.items[instruction.first];
    const JsonValue::Array &items = frame.value->items();
    Outcome outcome = Outcome::Valid;
    const size_t inPrefix = std::min(items.size(), rules.prefix.size());
    const bool refusesRest = rules.rest != noNode && isFalse(rules.rest);
    const size_t checked = rules.rest == noNode || refusesRest ? inPrefix : items.size();
    for (size_t i = 0; i < checked; ++i) {
        const NodeIndex node = i < inPrefix ? rules.prefix[i] : rules.rest;
        const Place place{frame.place, {}, i};
        outcome = std::max(outcome, evaluate(node, items[i], place, &frame, Keyword::None, nullptr));
        if (isDone(outcome)) {
            return outcome;
        }
        if (frame.evaluated) {
            frame.evaluated->add(i);
        }
    }
    if (!refusesRest || items.size() <= inPrefix) {
        return outcome;
    }
    return m_collecting ? problem(rules.restKeyword, frame,
                                  {{"limit", number(rules.prefix.size())}, {"actual", number(items.size())}})
                        : Outcome::Invalid;
}

SchemaValidator::Outcome SchemaValidator::checkContains(const Instruction &instruction, const Frame &frame)
{
    const JsonValue::Array &items = frame.value->items();
    const Dialect dialect = m_program.resources[m_program.nodes[frame.node].resource].dialect;
    Evaluated *evaluated = dialect == Dialect::Draft202012 ? frame.evaluated : nullptr;
    const quint32 least = instruction.second;
    const quint32 most = instruction.third;
    size_t fitting = 0;
    size_t open = 0;
    {
        const Quiet quiet(*this);
        for (size_t i = 0; i < items.size() && !m_halted; ++i) {
            const Place place{frame.place, {}, i};
            const Outcome one = evaluate(instruction.first, items[i], place, &frame, Keyword::None, nullptr);
            fitting += one == Outcome::Valid ? 1 : 0;
            open += one == Outcome::Undecided ? 1 : 0;
            if (one == Outcome::Valid && evaluated) {
                evaluated->add(i);
            }
            if (!evaluated && fitting >= least && most == noNumber) {
                return Outcome::Valid;
            }
        }
    }
    if (m_halted) {
        return Outcome::Undecided;
    }
    if (fitting > most || fitting + open < least) {
        JsonValue::Object facts{{"atLeast", number(least)}, {"found", number(fitting)}};
        if (most != noNumber) {
            facts.push_back({"atMost", number(most)});
        }
        return problem(Keyword::Contains, frame, std::move(facts));
    }
    if (fitting >= least && fitting + open <= most) {
        return Outcome::Valid;
    }
    return undecided(Keyword::Contains, frame, Hindrance::PatternTooCostly);
}

SchemaValidator::Outcome SchemaValidator::checkUnevaluatedItems(const Instruction &instruction, const Frame &frame)
{
    const JsonValue::Array &items = frame.value->items();
    Outcome outcome = Outcome::Valid;
    size_t seen = 0;
    for (size_t i = 0; i < items.size(); ++i) {
        if (frame.evaluated->has(i)) {
            ++seen;
            continue;
        }
        if (isFalse(instruction.first)) {
            outcome = Outcome::Invalid;
            continue;
        }
        const Place place{frame.place, {}, i};
        outcome = std::max(outcome, evaluate(instruction.first, items[i], place, &frame, Keyword::None, nullptr));
        if (isDone(outcome)) {
            return outcome;
        }
        frame.evaluated->add(i);
    }
    if (outcome == Outcome::Invalid && isFalse(instruction.first)) {
        return problem(Keyword::UnevaluatedItems, frame, {{"limit", number(seen)}, {"actual", number(items.size())}});
    }
    return outcome;
}

} // namespace countersign::schema
