// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/schema_references.h"

#include <array>

namespace countersign::schema {

/// Turns every subschema that the root can reach into instructions.
class SchemaCompiler
{
public:
    explicit SchemaCompiler(const CompileOptions &options);
    Result<std::unique_ptr<const Program>> compile(const JsonValue &schema);

private:
    using Step = Result<>;
    /// The keywords of the subschema being compiled.
    using Found = std::array<const JsonValue *, static_cast<size_t>(Keyword::Count)>;

    Step compileNode(NodeIndex node);
    const JsonValue *found(Keyword keyword) const;
    Error wrong(Keyword keyword, const QString &wanted) const;

    Step addReferences();
    Step addReference(Keyword keyword);
    void useDynamicAnchors();
    Step addAnyKind();
    Step addType(const JsonValue &value);
    Step addNumbers();
    Step addNumber(Keyword keyword);
    Step addExclusiveFlags();
    Step addStrings();
    Step addPattern();
    Step addCount(Keyword keyword, Kinds kinds);
    Step readCount(Keyword keyword, quint32 &count) const;
    Step addArrays();
    void addItems();
    Step addContains();
    Step addObjects();
    Step addMembers();
    Step addRequired();
    Step addDependentNames(Keyword keyword);
    void addDependentSchemas(Keyword keyword);
    Step readNames(Keyword keyword, const JsonValue &value, NameList &list) const;
    void addApplicators();
    void addList(Keyword keyword);
    void addUnevaluated();
    Result<quint32> addPattern(Keyword keyword, std::string_view source);

    void emit(Keyword keyword, Kinds kinds, size_t first = 0, size_t second = 0, size_t third = 0);
    /// The subschema that \p value is; it will be compiled too.
    quint32 use(const JsonValue &value);
    quint32 use(NodeIndex node);
    Result<> refuseEndlessReferences() const;

    const CompileOptions &m_options;
    std::unique_ptr<Program> m_program;
    SchemaReferences m_references;
    std::vector<NodeIndex> m_pending;
    NodeIndex m_node = noNode; ///< The one being compiled.
    bool m_usesDynamicNames = false;
    Found m_found{};
};

} // namespace countersign::schema
