// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_shape.h"

#include <algorithm>

namespace countersign::schema {

FormScopes::FormScopes(const Program &program)
    : m_program(program)
    , m_links(1, Link{0, noNumber})
{
    m_isNeeded = std::any_of(program.resources.begin(), program.resources.end(),
                             [](const Resource &resource) { return !resource.dynamicAnchors.empty(); });
}

quint32 FormScopes::entered(quint32 scope, quint32 resource)
{
    if (!m_isNeeded) {
        return 0;
    }
    // A resource that is in already changes nothing: the outermost one counts.
    for (quint32 at = scope; at != 0; at = m_links[at].before) {
        if (m_links[at].resource == resource) {
            return scope;
        }
    }
    for (quint32 i = 1; i < m_links.size(); ++i) {
        if (m_links[i].before == scope && m_links[i].resource == resource) {
            return i;
        }
    }
    m_links.push_back({scope, resource});
    return static_cast<quint32>(m_links.size()) - 1;
}

NodeIndex FormScopes::dynamicTarget(const Instruction &instruction, quint32 scope) const
{
    NodeIndex target = instruction.first;
    for (quint32 at = scope; at != 0; at = m_links[at].before) {
        for (const auto &[name, node] : m_program.resources[m_links[at].resource].dynamicAnchors) {
            target = name == instruction.second ? node : target;
        }
    }
    return target;
}

const Instruction *findInstruction(const Program &program, NodeIndex node, Keyword keyword)
{
    const Node &at = program.nodes[node];
    for (quint32 i = 0; i < at.instructionCount; ++i) {
        const Instruction &instruction = program.instructions[at.firstInstruction + i];
        if (instruction.keyword == keyword) {
            return &instruction;
        }
    }
    return nullptr;
}

NodeIndex referenceEnd(const Program &program, NodeIndex node)
{
    constexpr int mostSteps = 32;
    for (int i = 0; i < mostSteps; ++i) {
        const Instruction *reference = findInstruction(program, node, Keyword::Ref);
        if (!reference || program.nodes[node].instructionCount > 1) {
            break;
        }
        node = reference->first;
    }
    return node;
}

} // namespace countersign::schema
