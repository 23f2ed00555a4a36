// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/problem_text.h"
#include "core/schema/schema_nodes.h"

#include <array>

namespace countersign::schema {

/// Which members or items of one value have been looked at by some keyword.
class Evaluated
{
public:
    explicit Evaluated(size_t count);
    void add(size_t index) { words()[index / bitsPerWord] |= quint64{1} << (index % bitsPerWord); }
    bool has(size_t index) const { return (words()[index / bitsPerWord] >> (index % bitsPerWord)) & 1U; }
    void merge(const Evaluated &other);

private:
    static constexpr size_t bitsPerWord = 64;
    quint64 *words() { return m_more.empty() ? m_few.data() : m_more.data(); }
    const quint64 *words() const { return m_more.empty() ? m_few.data() : m_more.data(); }
    size_t m_count;
    std::array<quint64, 2> m_few{};
    std::vector<quint64> m_more;
};

/// Checks one value. The first walk only decides and allocates nothing; problems are described in a second one.
class SchemaValidator
{
public:
    SchemaValidator(const Program &program, const ValidateOptions &options);
    SchemaVerdict run(NodeIndex node, const JsonValue &instance);
    /// Only whether it fits: nothing is described. \p steps is what it cost.
    SchemaVerdictKind decide(NodeIndex node, const JsonValue &instance, qint64 &steps);

private:
    enum class Outcome : quint8 { Valid, Undecided, Invalid }; // The worst of several is the largest.

    /// A place in the value, linked to the one around it.
    struct Place {
        const Place *parent = nullptr;
        std::string_view key; ///< Without data: \c index counts.
        size_t index = 0;
    };
    /// A subschema being applied: the way here through the schema, and the dynamic scope.
    struct Frame {
        const Frame *parent = nullptr;
        NodeIndex node = noNode;
        Keyword via = Keyword::None; ///< Ref, DynamicRef or RecursiveRef when a reference led here.
        const JsonValue *value = nullptr;
        const Place *place = nullptr;
        Evaluated *evaluated = nullptr; ///< Null: nobody asks.
        int depth = 0;
        bool applicatorFailed = false;
    };
    /// What is switched off while a result is only asked for, not reported.
    struct Quiet {
        explicit Quiet(SchemaValidator &validator);
        ~Quiet();
        Quiet(const Quiet &) = delete;
        Quiet &operator=(const Quiet &) = delete;
        SchemaValidator &validator;
        bool collecting;
        bool annotating;
    };
    /// How much has been recorded.
    struct Mark {
        size_t problems;
        size_t branches;
        size_t applied;
        bool leftOut;
    };

    Outcome evaluate(NodeIndex node, const JsonValue &value, const Place &place, const Frame *parent, Keyword via,
                     Evaluated *evaluated);
    Outcome inPlace(NodeIndex node, const Frame &frame, Keyword via, Evaluated *evaluated);
    Outcome apply(const Instruction &instruction, Frame &frame);
    Outcome applyAnyKind(const Instruction &instruction, Frame &frame);
    Outcome applyNumber(const Instruction &instruction, const Frame &frame);
    Outcome applyString(const Instruction &instruction, const Frame &frame);
    Outcome applyArray(const Instruction &instruction, Frame &frame);
    Outcome applyObject(const Instruction &instruction, Frame &frame);

    Outcome checkLength(const Instruction &instruction, const Frame &frame);
    Outcome checkCount(const Instruction &instruction, const Frame &frame, size_t actual, bool least);
    Outcome checkEnum(const Instruction &instruction, const Frame &frame);
    Outcome checkUnique(const Instruction &instruction, const Frame &frame);
    Outcome checkItems(const Instruction &instruction, const Frame &frame);
    Outcome checkContains(const Instruction &instruction, const Frame &frame);
    Outcome checkUnevaluatedItems(const Instruction &instruction, const Frame &frame);
    Outcome checkMembers(const Instruction &instruction, const Frame &frame);
    Outcome checkMember(const MemberRules &rules, size_t index, const Frame &frame, bool &isEvaluated);
    Outcome checkRequired(const Instruction &instruction, const Frame &frame);
    Outcome checkDependentNames(const Instruction &instruction, const Frame &frame);
    Outcome checkDependentSchemas(const Instruction &instruction, const Frame &frame);
    Outcome checkPropertyNames(const Instruction &instruction, const Frame &frame);
    Outcome checkUnevaluatedProperties(const Instruction &instruction, const Frame &frame);
    Outcome checkReference(const Instruction &instruction, const Frame &frame);
    Outcome checkAllOf(const Instruction &instruction, const Frame &frame);
    Outcome checkUnion(const Instruction &instruction, const Frame &frame);
    Outcome checkBranch(const Instruction &instruction, quint32 branch, const Frame &frame);
    Outcome checkNot(const Instruction &instruction, const Frame &frame);
    Outcome checkIf(const Instruction &instruction, const Frame &frame);

    NodeIndex dynamicTarget(const Instruction &instruction, const Frame &frame) const;
    bool isFalse(NodeIndex node) const;
    bool isDone(Outcome outcome) const; ///< Nothing more can be learnt.
    bool spend(qint64 steps, const Frame &frame);
    bool asksForBranches(const Frame &frame) const { return frame.evaluated || m_annotating; }

    Outcome problem(Keyword keyword, const Frame &frame, JsonValue::Object parameters);
    Outcome undecided(Keyword keyword, const Frame &frame, Hindrance hindrance);
    int addProblem(Keyword keyword, const Frame &frame);
    void describe(size_t index, Keyword keyword, JsonValue::Object parameters);
    Mark mark() const;
    void backTo(const Mark &mark);
    void recordBranch(const Instruction &instruction, const Frame &frame, size_t branch);
    static std::string instancePointer(const Place &place);
    std::string schemaPointer(const Frame &frame) const;

    const Program &m_program;
    const ValidateOptions &m_options;
    SchemaVerdict m_verdict;
    bool m_collecting = false;
    bool m_annotating = false;
    qint64 m_maxSteps;
    bool m_halted = false;
    int m_parent = -1;
    int m_branch = -1;
};

} // namespace countersign::schema
