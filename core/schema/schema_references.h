// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/schema_nodes.h"

#include <map>

namespace countersign::schema {

/// Finds every subschema of a document, its identifiers and anchors, and what a reference means. Fills the documents,
/// nodes, resources and anchors of a Program.
class SchemaReferences
{
public:
    SchemaReferences(Program &program, const CompileOptions &options);

    /// Reads the schema as given.
    Result<NodeIndex> addRoot(const JsonValue &schema);
    /// What \p reference in \p from means. InvalidInput: there is no such thing; other documents are not fetched.
    Result<NodeIndex> resolve(NodeIndex from, std::string_view reference);
    /// The name, as index into Program::anchorNames, under which \p target is found dynamically when \p reference led
    /// there; noNumber when it is not.
    quint32 dynamicName(NodeIndex target, std::string_view reference) const;
    /// The same for `$recursiveRef`.
    quint32 recursiveName(NodeIndex target) const;

    /// An error about \p node, which names its place.
    Error unusable(NodeIndex node, const QString &reason) const;

private:
    /// Where a subschema is found.
    struct Place {
        NodeIndex parent = noNode;
        Keyword keyword = Keyword::None;
        bool isItem = false;
        quint32 index = 0;
        std::string_view name;
        quint32 resource = 0;
        int depth = 0;
    };
    struct DialectFacts {
        Dialect dialect = Dialect::Draft202012;
        quint8 parts = 0xFF;
        bool formatDeclared = false;
    };

    Result<NodeIndex> addDocument(const JsonValue &document, const std::string &uri,
                                  std::optional<Dialect> forced = {});
    Result<NodeIndex> scan(const JsonValue &value, Place place, bool isDocument = false);
    Result<> scanMembers(NodeIndex node, int depth);
    Result<> scanKeyword(NodeIndex node, Keyword keyword, const JsonValue &value, int depth);
    Result<> scanList(NodeIndex node, Keyword keyword, const JsonValue &value, int depth);
    Result<> scanMap(NodeIndex node, Keyword keyword, const JsonValue &value, int depth);
    Result<> identify(NodeIndex node, bool isDocument);
    Result<> addAnchors(NodeIndex node);
    Result<quint32> addResource(NodeIndex node, const std::string &uri);
    Result<DialectFacts> dialectOf(const JsonValue &schema, const DialectFacts &otherwise, int depth = 0) const;
    Result<DialectFacts> customDialect(const std::string &uri, int depth) const;
    Result<quint32> findDocument(NodeIndex from, const std::string &uri);
    Result<NodeIndex> findPointer(NodeIndex from, quint32 resource, const std::string &pointer);
    quint32 anchorName(const std::string &name);
    /// JsonValue::at(), quick among very many members.
    const JsonValue *placeAt(const JsonValue &document, std::string_view pointer);
    const JsonValue *memberOf(const JsonValue &object, const std::string &key);

    Program &m_program;
    const CompileOptions &m_options;
    std::unordered_map<std::string, quint32> m_resourceOf; ///< By URI.
    std::map<std::string, quint32, std::less<>> m_anchorNames;
    std::unordered_map<const JsonValue *, std::unordered_map<std::string_view, const JsonValue *>> m_membersOf;
};

} // namespace countersign::schema
