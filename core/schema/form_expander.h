// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_shape.h"

namespace countersign::schema {

/// Follows what applies in place to one value: references, `allOf`, conditions, and every branch of every union.
/// Bounded: what leads to too many ways is refused.
class FormExpander
{
public:
    FormExpander(FormShapes &shapes, const JsonValue *value, FormShape &shape);
    void run(const FormParts &base);

private:
    struct Union {
        FormPart part;
        const Instruction *instruction;
    };
    struct Walk {
        FormParts done;
        FormParts pending; ///< The last comes next.
        std::vector<Union> unions;
        std::vector<FormChoice> choices;
        bool inBranch = false;
    };

    void follow(Walk walk, int depth);
    void enter(Walk &walk, const FormPart &part);
    void addTargets(const FormPart &part, const Instruction &instruction, FormParts &next, std::vector<Union> &unions);
    void addCondition(const FormPart &part, const Instruction &instruction, FormParts &next);
    void addDependents(const FormPart &part, const Instruction &instruction, FormParts &next);
    void noteNeeded(const Instruction &instruction);
    bool hasMember(std::string_view name);
    FormPart entered(const FormPart &from, NodeIndex node) const;
    void finish(Walk walk);
    void splitKinds();
    void refuse();

    FormShapes &m_shapes;
    const Program &m_program;
    const JsonValue *m_value;
    FormShape &m_shape;
    std::unordered_set<std::string_view> m_names;
    bool m_namesKnown = false;
    int m_steps = 0;
};

} // namespace countersign::schema
