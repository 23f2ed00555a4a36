// SPDX-License-Identifier: Apache-2.0
#include "core/schema/schema_validator.h"

#include <algorithm>

namespace countersign::schema {

namespace {

JsonValue number(size_t value)
{
    return JsonValue::fromInteger(static_cast<qint64>(value));
}

size_t partCount(const JsonValue &value)
{
    return value.isObject() ? value.members().size() : value.items().size();
}

} // namespace

SchemaValidator::Outcome SchemaValidator::checkReference(const Instruction &instruction, const Frame &frame)
{
    const NodeIndex target = instruction.second == noNumber ? instruction.first : dynamicTarget(instruction, frame);
    return inPlace(target, frame, instruction.keyword, frame.evaluated);
}

SchemaValidator::Outcome SchemaValidator::checkAllOf(const Instruction &instruction, const Frame &frame)
{
    Outcome outcome = Outcome::Valid;
    for (quint32 i = 0; i < instruction.second; ++i) {
        outcome =
            std::max(outcome, inPlace(m_program.lists[instruction.first + i], frame, Keyword::None, frame.evaluated));
        if (isDone(outcome)) {
            return outcome;
        }
    }
    return outcome;
}

/// One branch of a union. What it looked at, and what it recorded, counts only when it holds.
SchemaValidator::Outcome SchemaValidator::checkBranch(const Instruction &instruction, quint32 branch,
                                                      const Frame &frame)
{
    const NodeIndex node = m_program.lists[instruction.first + branch];
    const Mark before = mark();
    Outcome outcome = Outcome::Valid;
    if (frame.evaluated) {
        Evaluated looked(partCount(*frame.value));
        outcome = inPlace(node, frame, Keyword::None, &looked);
        if (outcome == Outcome::Valid) {
            frame.evaluated->merge(looked);
        }
    } else {
        outcome = inPlace(node, frame, Keyword::None, nullptr);
    }
    if (outcome != Outcome::Valid && m_annotating) {
        m_verdict.branches.resize(before.branches);
        m_verdict.applied.resize(before.applied);
    }
    if (outcome == Outcome::Valid) {
        recordBranch(instruction, frame, branch);
    }
    return outcome;
}

SchemaValidator::Outcome SchemaValidator::checkUnion(const Instruction &instruction, const Frame &frame)
{
    const bool exactlyOne = instruction.keyword == Keyword::OneOf;
    const size_t firstProblem = m_verdict.problems.size();
    const bool leftOut = m_verdict.problemsLeftOut;
    const int parent = m_parent;
    const int branch = m_branch;
    const int summary = m_collecting ? addProblem(instruction.keyword, frame) : -1;
    JsonValue::Array fitting;
    size_t fits = 0;
    bool open = false;
    for (quint32 i = 0; i < instruction.second; ++i) {
        m_parent = summary >= 0 ? summary : parent;
        m_branch = static_cast<int>(i);
        const Outcome one = checkBranch(instruction, i, frame);
        open = open || one == Outcome::Undecided;
        if (one == Outcome::Valid) {
            ++fits;
            if (summary >= 0) {
                fitting.push_back(number(i));
            }
        }
        const bool decided = exactlyOne ? fits > 1 && !m_collecting : fits > 0 && !asksForBranches(frame);
        if (m_halted || decided) {
            break;
        }
    }
    m_parent = parent;
    m_branch = branch;
    if (m_halted) {
        return Outcome::Undecided;
    }
    const bool good = exactlyOne ? fits == 1 && !open : fits > 0;
    const bool bad = exactlyOne ? fits > 1 || (fits == 0 && !open) : fits == 0 && !open;
    if (m_collecting && (good || fits > 1)) {
        // The branches' own problems explain nothing; the summary stays when it is about too many that fit.
        m_verdict.problems.resize(firstProblem + (good || summary < 0 ? 0 : 1));
        m_verdict.problemsLeftOut = leftOut || (!good && summary < 0);
    }
    if (good) {
        return Outcome::Valid;
    }
    if (summary >= 0) {
        JsonValue::Object facts{{"branches", number(instruction.second)}};
        if (fits > 1) {
            facts.push_back({"matching", JsonValue::array(std::move(fitting))});
        }
        describe(static_cast<size_t>(summary), instruction.keyword, std::move(facts));
        if (!bad) {
            Problem &unsure = m_verdict.problems[static_cast<size_t>(summary)];
            unsure.undecided = true;
            unsure.message = hindranceText(Hindrance::PatternTooCostly);
        }
    }
    return bad ? Outcome::Invalid : Outcome::Undecided;
}

SchemaValidator::Outcome SchemaValidator::checkNot(const Instruction &instruction, const Frame &frame)
{
    Outcome inner = Outcome::Valid;
    {
        const Quiet quiet(*this);
        inner = inPlace(instruction.first, frame, Keyword::None, nullptr);
    }
    if (inner == Outcome::Undecided) {
        return m_halted ? Outcome::Undecided : undecided(Keyword::Not, frame, Hindrance::PatternTooCostly);
    }
    return inner == Outcome::Invalid ? Outcome::Valid : problem(Keyword::Not, frame, {});
}

SchemaValidator::Outcome SchemaValidator::checkIf(const Instruction &instruction, const Frame &frame)
{
    std::optional<Evaluated> looked;
    if (frame.evaluated) {
        looked.emplace(partCount(*frame.value));
    }
    Outcome condition = Outcome::Valid;
    {
        const Quiet quiet(*this);
        condition = inPlace(instruction.first, frame, Keyword::None, looked ? &*looked : nullptr);
    }
    if (condition == Outcome::Undecided) {
        return m_halted ? Outcome::Undecided : undecided(Keyword::If, frame, Hindrance::PatternTooCostly);
    }
    const bool holds = condition == Outcome::Valid;
    if (holds && looked) {
        frame.evaluated->merge(*looked);
    }
    recordBranch(instruction, frame, holds ? 0 : 1);
    const NodeIndex next = holds ? instruction.second : instruction.third;
    return next == noNode ? Outcome::Valid : inPlace(next, frame, Keyword::None, frame.evaluated);
}

} // namespace countersign::schema
