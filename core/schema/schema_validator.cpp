// SPDX-License-Identifier: Apache-2.0
#include "core/schema/schema_validator.h"

#include <algorithm>

namespace countersign::schema {

namespace {

constexpr int deepestEvaluation = 1000; // About 2 MiB of stack in an unoptimised build.

} // namespace

Evaluated::Evaluated(size_t count)
    : m_count(count)
{
    if (count > m_few.size() * bitsPerWord) {
        m_more.resize((count + bitsPerWord - 1) / bitsPerWord);
    }
}

void Evaluated::merge(const Evaluated &other)
{
    for (size_t i = 0; i * bitsPerWord < m_count; ++i) {
        words()[i] |= other.words()[i];
    }
}

SchemaValidator::Quiet::Quiet(SchemaValidator &owner)
    : validator(owner)
    , collecting(std::exchange(owner.m_collecting, false))
    , annotating(std::exchange(owner.m_annotating, false))
{}

SchemaValidator::Quiet::~Quiet()
{
    validator.m_collecting = collecting;
    validator.m_annotating = annotating;
}

SchemaValidator::SchemaValidator(const Program &program, const ValidateOptions &options)
    : m_program(program)
    , m_options(options)
    , m_maxSteps(options.maxSteps)
{}

SchemaVerdict SchemaValidator::run(NodeIndex node, const JsonValue &instance)
{
    m_annotating = m_options.annotations;
    m_collecting = m_annotating;
    Outcome outcome = evaluate(node, instance, Place{}, nullptr, Keyword::None, nullptr);
    if (outcome != Outcome::Valid && !m_collecting) {
        const qint64 steps = std::exchange(m_verdict.steps, 0);
        m_collecting = true;
        if (std::exchange(m_halted, false)) {
            m_maxSteps /= 10; // Enough to say where it got stuck, without doing it all again.
        }
        evaluate(node, instance, Place{}, nullptr, Keyword::None,
                 nullptr); // The first walk's outcome stands.
        m_verdict.steps += steps;
    }
    if (outcome != Outcome::Valid) {
        m_verdict.kind = outcome == Outcome::Invalid ? SchemaVerdictKind::Invalid : SchemaVerdictKind::CouldNotCheck;
    }
    return std::move(m_verdict);
}

SchemaVerdictKind SchemaValidator::decide(NodeIndex node, const JsonValue &instance, qint64 &steps)
{
    const Outcome outcome = evaluate(node, instance, Place{}, nullptr, Keyword::None, nullptr);
    steps += m_verdict.steps;
    if (outcome == Outcome::Valid) {
        return SchemaVerdictKind::Valid;
    }
    return outcome == Outcome::Invalid ? SchemaVerdictKind::Invalid : SchemaVerdictKind::CouldNotCheck;
}

SchemaValidator::Outcome SchemaValidator::evaluate(NodeIndex index, const JsonValue &value, const Place &place,
                                                   const Frame *parent, Keyword via, Evaluated *evaluated)
{
    const Node &node = m_program.nodes[index];
    Frame frame{parent, index, via, &value, &place, evaluated, parent ? parent->depth + 1 : 0, false};
    if (frame.depth > deepestEvaluation) {
        return undecided(Keyword::None, frame, Hindrance::TooDeep);
    }
    if (!spend(1, frame)) {
        return Outcome::Undecided;
    }
    // A schema with unevaluated… sees only what it and its parts looked at, never what those around it did.
    std::optional<Evaluated> own;
    const bool asks = node.asksUnevaluated && (value.isObject() || value.isArray());
    if (asks) {
        own.emplace(value.isObject() ? value.members().size() : value.items().size());
        frame.evaluated = &*own;
    }
    const Kinds kind = kindBit(value);
    Outcome outcome = Outcome::Valid;
    const Instruction *instruction = m_program.instructions.data() + node.firstInstruction;
    for (const Instruction *end = instruction + node.instructionCount; instruction != end; ++instruction) {
        if (instruction->kinds & kind) {
            outcome = std::max(outcome, apply(*instruction, frame));
            if (isDone(outcome)) {
                return outcome;
            }
        }
    }
    if (asks && evaluated && outcome == Outcome::Valid) {
        evaluated->merge(*own);
    }
    if (m_annotating && outcome == Outcome::Valid) {
        m_verdict.applied.push_back({instancePointer(place), m_program.locationOf(index)});
    }
    return outcome;
}

SchemaValidator::Outcome SchemaValidator::inPlace(NodeIndex node, const Frame &frame, Keyword via, Evaluated *evaluated)
{
    return evaluate(node, *frame.value, *frame.place, &frame, via, evaluated);
}

bool SchemaValidator::isDone(Outcome outcome) const
{
    return m_halted || (outcome == Outcome::Invalid && !m_collecting);
}

bool SchemaValidator::isFalse(NodeIndex node) const
{
    const JsonValue &source = *m_program.nodes[node].source;
    return source.isBool() && !source.toBool();
}

bool SchemaValidator::spend(qint64 steps, const Frame &frame)
{
    m_verdict.steps += steps;
    if (m_halted) {
        return false;
    }
    if (m_verdict.steps > m_maxSteps) {
        undecided(Keyword::None, frame, Hindrance::TooMuchWork);
        m_halted = true;
        return false;
    }
    return true;
}

SchemaValidator::Outcome SchemaValidator::apply(const Instruction &instruction, Frame &frame)
{
    switch (instruction.kinds) {
    case NumberBit:
        return applyNumber(instruction, frame);
    case StringBit:
        return applyString(instruction, frame);
    case ArrayBit:
        return applyArray(instruction, frame);
    case ObjectBit:
        return applyObject(instruction, frame);
    default:
        return applyAnyKind(instruction, frame);
    }
}

NodeIndex SchemaValidator::dynamicTarget(const Instruction &instruction, const Frame &frame) const
{
    NodeIndex target = instruction.first;
    for (const Frame *around = &frame; around; around = around->parent) {
        const quint32 resource = m_program.nodes[around->node].resource;
        for (const auto &[name, node] : m_program.resources[resource].dynamicAnchors) {
            target = name == instruction.second ? node : target; // The outermost one counts.
        }
    }
    return target;
}

SchemaValidator::Mark SchemaValidator::mark() const
{
    return {m_verdict.problems.size(), m_verdict.branches.size(), m_verdict.applied.size(), m_verdict.problemsLeftOut};
}

void SchemaValidator::backTo(const Mark &mark)
{
    m_verdict.problems.resize(mark.problems);
    m_verdict.branches.resize(mark.branches);
    m_verdict.applied.resize(mark.applied);
    m_verdict.problemsLeftOut = mark.leftOut;
}

void SchemaValidator::recordBranch(const Instruction &instruction, const Frame &frame, size_t branch)
{
    if (m_annotating) {
        std::string pointer = schemaPointer(frame).append("/").append(keywordName(instruction.keyword));
        m_verdict.branches.push_back({instancePointer(*frame.place), std::move(pointer), branch});
    }
}

SchemaValidator::Outcome SchemaValidator::problem(Keyword keyword, const Frame &frame, JsonValue::Object parameters)
{
    if (m_collecting) {
        if (const int index = addProblem(keyword, frame); index >= 0) {
            describe(static_cast<size_t>(index), keyword, std::move(parameters));
        }
    }
    return Outcome::Invalid;
}

SchemaValidator::Outcome SchemaValidator::undecided(Keyword keyword, const Frame &frame, Hindrance hindrance)
{
    if (m_collecting) {
        if (const int index = addProblem(keyword, frame); index >= 0) {
            Problem &added = m_verdict.problems[static_cast<size_t>(index)];
            added.parameters = JsonValue::object();
            added.undecided = true;
            added.message = hindranceText(hindrance);
        }
    }
    return Outcome::Undecided;
}

int SchemaValidator::addProblem(Keyword keyword, const Frame &frame)
{
    if (m_verdict.problems.size() >= m_options.maxProblems) {
        m_verdict.problemsLeftOut = true;
        return -1;
    }
    const bool isKeyword = keyword != Keyword::None && keyword != Keyword::FalseSchema;
    const std::string step = isKeyword ? '/' + std::string(keywordName(keyword)) : std::string();
    Problem added;
    added.instance = instancePointer(*frame.place);
    added.schema = schemaPointer(frame) + step;
    added.location = m_program.locationOf(frame.node) + step;
    added.keyword = keywordName(keyword);
    added.parent = m_parent;
    added.branch = m_branch;
    m_verdict.problems.push_back(std::move(added));
    return static_cast<int>(m_verdict.problems.size()) - 1;
}

void SchemaValidator::describe(size_t index, Keyword keyword, JsonValue::Object parameters)
{
    Problem &added = m_verdict.problems[index];
    added.parameters = JsonValue::object(std::move(parameters));
    added.message = problemText(keyword, added.parameters);
}

std::string SchemaValidator::instancePointer(const Place &place)
{
    std::vector<const Place *> way;
    for (const Place *at = &place; at->parent; at = at->parent) {
        way.push_back(at);
    }
    std::string pointer;
    for (auto step = way.rbegin(); step != way.rend(); ++step) {
        pointer.append("/").append((*step)->key.data() ? pointerToken((*step)->key) : std::to_string((*step)->index));
    }
    return pointer;
}

std::string SchemaValidator::schemaPointer(const Frame &frame) const
{
    std::vector<const Frame *> way;
    for (const Frame *at = &frame; at->parent; at = at->parent) {
        way.push_back(at);
    }
    std::string pointer;
    for (auto step = way.rbegin(); step != way.rend(); ++step) {
        const Keyword via = (*step)->via;
        pointer += via == Keyword::None ? m_program.stepTo(m_program.nodes[(*step)->node])
                                        : '/' + std::string(keywordName(via));
    }
    return pointer;
}

} // namespace countersign::schema
