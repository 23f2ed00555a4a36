// SPDX-License-Identifier: Apache-2.0
#include "core/schema/schema_compiler.h"

#include <algorithm>

namespace countersign::schema {

using namespace Qt::StringLiterals;

namespace {

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

/// Subschemas that apply to the same place of the value as \p instruction itself.
void appendInPlace(const Program &program, const Instruction &instruction, std::vector<NodeIndex> &nodes)
{
    switch (instruction.keyword) {
    case Keyword::Ref:
    case Keyword::Not:
        nodes.push_back(instruction.first);
        break;
    case Keyword::DynamicRef:
    case Keyword::RecursiveRef:
        if (instruction.second == noNumber) {
            nodes.push_back(instruction.first);
        }
        break;
    case Keyword::AllOf:
    case Keyword::AnyOf:
    case Keyword::OneOf:
        for (quint32 i = 0; i < instruction.second; ++i) {
            nodes.push_back(program.lists[instruction.first + i]);
        }
        break;
    case Keyword::If:
        for (const NodeIndex node : {instruction.first, instruction.second, instruction.third}) {
            if (node != noNode) {
                nodes.push_back(node);
            }
        }
        break;
    case Keyword::DependentSchemas:
    case Keyword::Dependencies:
        for (quint32 i = 0; instruction.third == 1 && i < instruction.second; ++i) {
            nodes.push_back(program.dependents[instruction.first + i].node);
        }
        break;
    default:
        break;
    }
}

} // namespace

SchemaCompiler::SchemaCompiler(const CompileOptions &options)
    : m_options(options)
    , m_program(std::make_unique<Program>())
    , m_references(*m_program, options)
{}

Result<std::unique_ptr<const Program>> SchemaCompiler::compile(const JsonValue &schema)
{
    const Result<NodeIndex> root = m_references.addRoot(schema);
    if (!root) {
        return root.error();
    }
    m_program->root = *root;
    use(*root);
    while (!m_pending.empty()) {
        const NodeIndex next = m_pending.back();
        m_pending.pop_back();
        if (const Step step = compileNode(next); !step) {
            return step.error();
        }
        if (m_pending.empty() && m_usesDynamicNames) {
            useDynamicAnchors();
        }
    }
    if (const Result<> ends = refuseEndlessReferences(); !ends) {
        return ends.error();
    }
    return std::unique_ptr<const Program>(std::move(m_program));
}

SchemaCompiler::Step SchemaCompiler::compileNode(NodeIndex node)
{
    m_node = node;
    m_found.fill(nullptr);
    const JsonValue &source = *m_program->nodes[node].source;
    const auto first = static_cast<quint32>(m_program->instructions.size());
    if (source.isBool()) {
        if (!source.toBool()) {
            emit(Keyword::FalseSchema, AnyKind);
        }
    } else {
        const Dialect dialect = m_program->resources[m_program->nodes[node].resource].dialect;
        for (const JsonValue::Member &member : source.members()) {
            m_found[static_cast<size_t>(keywordFromName(member.key, dialect))] = &member.value;
        }
        const bool hidden = dialect <= Dialect::Draft07 && found(Keyword::Ref);
        for (const auto add : {&SchemaCompiler::addReferences, &SchemaCompiler::addAnyKind, &SchemaCompiler::addNumbers,
                               &SchemaCompiler::addStrings, &SchemaCompiler::addArrays, &SchemaCompiler::addObjects}) {
            const Step step = (this->*add)();
            if (!step) {
                return step;
            }
            if (hidden) {
                break; // Up to draft-07 a reference hides what stands beside it.
            }
        }
        if (!hidden) {
            addApplicators();
            addUnevaluated();
        }
    }
    const bool hasUnevaluated =
        !source.isBool() && (found(Keyword::UnevaluatedItems) || found(Keyword::UnevaluatedProperties));
    Node &done = m_program->nodes[node];
    done.asksUnevaluated = hasUnevaluated;
    done.firstInstruction = first;
    done.instructionCount = static_cast<quint32>(m_program->instructions.size()) - first;
    return {};
}

const JsonValue *SchemaCompiler::found(Keyword keyword) const
{
    const Resource &resource = m_program->resources[m_program->nodes[m_node].resource];
    return resource.has(keywordInfo(keyword).part) ? m_found[static_cast<size_t>(keyword)] : nullptr;
}

Error SchemaCompiler::wrong(Keyword keyword, const QString &wanted) const
{
    return m_references.unusable(m_node, u"“%1” must be %2"_s.arg(text(keywordName(keyword)), wanted));
}

void SchemaCompiler::emit(Keyword keyword, Kinds kinds, size_t first, size_t second, size_t third)
{
    m_program->instructions.push_back(
        {keyword, kinds, static_cast<quint32>(first), static_cast<quint32>(second), static_cast<quint32>(third)});
}

quint32 SchemaCompiler::use(const JsonValue &value)
{
    const auto node = m_program->nodeOf.find(&value);
    Q_ASSERT(node != m_program->nodeOf.end());
    return use(node->second);
}

quint32 SchemaCompiler::use(NodeIndex node)
{
    if (!m_program->nodes[node].compiled) {
        m_program->nodes[node].compiled = true;
        m_pending.push_back(node);
    }
    return node;
}

SchemaCompiler::Step SchemaCompiler::addReferences()
{
    for (const Keyword keyword : {Keyword::Ref, Keyword::DynamicRef, Keyword::RecursiveRef}) {
        if (const Step step = addReference(keyword); !step) {
            return step;
        }
    }
    return {};
}

SchemaCompiler::Step SchemaCompiler::addReference(Keyword keyword)
{
    const JsonValue *value = found(keyword);
    if (!value) {
        return {};
    }
    if (!value->isString()) {
        return wrong(keyword, u"a reference such as #/$defs/name"_s);
    }
    const Result<NodeIndex> target = m_references.resolve(m_node, value->utf8());
    if (!target) {
        return target.error();
    }
    quint32 name = noNumber;
    if (keyword == Keyword::DynamicRef) {
        name = m_references.dynamicName(*target, value->utf8());
    } else if (keyword == Keyword::RecursiveRef) {
        name = m_references.recursiveName(*target);
    }
    emit(keyword, AnyKind, use(*target), name);
    m_usesDynamicNames = m_usesDynamicNames || name != noNumber;
    return {};
}

/// Whatever a dynamic name may lead to is needed too, in whichever order it was found.
void SchemaCompiler::useDynamicAnchors()
{
    for (const Resource &resource : m_program->resources) {
        for (const auto &[anchor, node] : resource.dynamicAnchors) {
            use(node);
        }
    }
}

void SchemaCompiler::addApplicators()
{
    addList(Keyword::AllOf);
    addList(Keyword::AnyOf);
    addList(Keyword::OneOf);
    if (const JsonValue *value = found(Keyword::Not)) {
        emit(Keyword::Not, AnyKind, use(*value));
    }
    const JsonValue *condition = found(Keyword::If);
    if (condition) {
        const JsonValue *consequence = found(Keyword::Then);
        const JsonValue *otherwise = found(Keyword::Else);
        emit(Keyword::If, AnyKind, use(*condition), consequence ? use(*consequence) : noNode,
             otherwise ? use(*otherwise) : noNode);
    }
}

void SchemaCompiler::addList(Keyword keyword)
{
    if (const JsonValue *value = found(keyword)) {
        emit(keyword, AnyKind, m_program->lists.size(), value->items().size());
        for (const JsonValue &branch : value->items()) {
            m_program->lists.push_back(use(branch));
        }
    }
}

void SchemaCompiler::addUnevaluated()
{
    if (const JsonValue *value = found(Keyword::UnevaluatedItems)) {
        emit(Keyword::UnevaluatedItems, ArrayBit, use(*value));
    }
    if (const JsonValue *value = found(Keyword::UnevaluatedProperties)) {
        emit(Keyword::UnevaluatedProperties, ObjectBit, use(*value));
    }
}

/// References that come back to where they began without a step into the value would be followed for ever.
Result<> SchemaCompiler::refuseEndlessReferences() const
{
    enum class Mark : quint8 { New, Open, Done };
    std::vector<Mark> marks(m_program->nodes.size(), Mark::New);
    std::vector<NodeIndex> stack;
    std::vector<NodeIndex> next;
    for (NodeIndex start = 0; start < m_program->nodes.size(); ++start) {
        if (!m_program->nodes[start].compiled) {
            continue;
        }
        stack.assign(1, start);
        while (!stack.empty()) {
            const NodeIndex at = stack.back();
            if (marks[at] != Mark::New) {
                marks[at] = Mark::Done;
                stack.pop_back();
                continue;
            }
            marks[at] = Mark::Open;
            const Node &node = m_program->nodes[at];
            next.clear();
            for (quint32 i = 0; i < node.instructionCount; ++i) {
                appendInPlace(*m_program, m_program->instructions[node.firstInstruction + i], next);
            }
            for (const NodeIndex target : next) {
                if (marks[target] == Mark::Open) {
                    return m_references.unusable(at, u"it refers to itself without going deeper into the value, so "
                                                     u"that checking would never end"_s);
                }
                if (marks[target] == Mark::New) {
                    stack.push_back(target);
                }
            }
        }
    }
    return {};
}

} // namespace countersign::schema
