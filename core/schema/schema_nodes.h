// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/formats.h"
#include "core/schema/keywords.h"
#include "core/schema/number_value.h"
#include "core/schema/pattern.h"
#include "core/schema/value_set.h"

#include <unordered_map>

namespace countersign::schema {

/// Index into Program::nodes.
using NodeIndex = quint32;
inline constexpr NodeIndex noNode = 0xFFFF'FFFF;
inline constexpr quint32 noNumber = 0xFFFF'FFFF;

/// The kinds of JSON as bits. IntegerBit is for `type` only.
using Kinds = quint8;
inline constexpr Kinds NullBit = 1;
inline constexpr Kinds BooleanBit = 2;
inline constexpr Kinds NumberBit = 4;
inline constexpr Kinds StringBit = 8;
inline constexpr Kinds ArrayBit = 16;
inline constexpr Kinds ObjectBit = 32;
inline constexpr Kinds IntegerBit = 64;
inline constexpr Kinds AnyKind = 63;
inline Kinds kindBit(const JsonValue &value)
{
    return static_cast<Kinds>(1U << static_cast<unsigned>(value.kind()));
}

/// One assertion or application. What \c first, \c second and \c third mean depends on the keyword.
struct Instruction {
    Keyword keyword;
    Kinds kinds = AnyKind; ///< Values of other kinds pass.
    quint32 first = 0;
    quint32 second = 0;
    quint32 third = 0;
};

/// A subschema. Its place is known by its parent, so that pointers are made for problems only.
struct Node {
    const JsonValue *source = nullptr;
    NodeIndex parent = noNode;       ///< noNode: a root, or a place found by pointer outside the known keywords.
    Keyword keyword = Keyword::None; ///< In which keyword of the parent it stands.
    bool isItem = false;             ///< \c index counts; else \c name, if not null, is the member.
    quint32 index = 0;
    std::string_view name;
    quint32 resource = 0;
    quint32 firstInstruction = 0;
    quint32 instructionCount = 0;
    bool compiled = false;
    bool asksUnevaluated = false; ///< It has `unevaluatedItems` or `unevaluatedProperties`.
};

/// A schema with an URI of its own.
struct Resource {
    std::string uri; ///< Without fragment; empty when the schema has none.
    Dialect dialect = Dialect::Draft202012;
    quint8 parts = 0xFF; ///< Which Part bits its dialect has.
    bool formatDeclared = false;
    NodeIndex root = noNode;
    std::unordered_map<std::string, NodeIndex> anchors;
    /// Name index (Program::anchorNames) and where it stands. `$recursiveAnchor` is the name "".
    std::vector<std::pair<quint32, NodeIndex>> dynamicAnchors;

    bool has(Part part) const { return (parts & (1U << static_cast<unsigned>(part))) != 0; }
};

/// `properties`, `patternProperties` and `additionalProperties` of one schema, for one walk over the members.
struct MemberRules {
    struct Property {
        std::string_view name;
        NodeIndex node;
    };
    struct Matching {
        quint32 pattern;
        NodeIndex node;
    };
    std::vector<Property> properties; ///< In the schema's order: values mostly come in it too.
    std::vector<quint32> byName;      ///< Indexes of the properties, by length and then bytes.
    std::vector<Matching> patterns;
    NodeIndex additional = noNode;

    /// Index of the property \p name, or -1. \p expected is tried first.
    int find(std::string_view name, size_t expected) const;
};

/// `required`, or what one member of `dependentRequired` asks for.
struct NameList {
    std::string_view trigger;
    std::vector<std::string_view> names;
};

/// One member of `dependentSchemas`.
struct DependentSchema {
    std::string_view trigger;
    NodeIndex node;
};

/// `prefixItems`/`items`/`additionalItems` of one schema.
struct ItemRules {
    std::vector<NodeIndex> prefix;
    Keyword restKeyword = Keyword::Items;
    NodeIndex rest = noNode;
};

/// A compiled schema: flat tables that refer to each other by index. Never changed once made.
///
/// first/second/third by keyword: Type: kinds with IntegerBit; Const: constants; Enum: sets; Minimum…MultipleOf:
/// numbers; MinLength…MaxProperties: the count; Pattern: patterns; Format: the Format; Properties: members; Items:
/// items; Contains: node, least, most (noNumber: no bound); PropertyNames, Not, Unevaluated…, Ref: node; DynamicRef,
/// RecursiveRef: node, anchor name; AllOf…OneOf: first of Program::lists, length; If: node, then, else; Required:
/// names; DependentRequired: first of names, length; DependentSchemas: first of dependents, length.
struct Program {
    std::vector<std::unique_ptr<const JsonValue>> documents; ///< The first is the schema as given.
    std::vector<Node> nodes;
    std::vector<Resource> resources;
    std::vector<Instruction> instructions;
    std::vector<NodeIndex> lists;
    std::vector<NumberValue> numbers;
    std::vector<const JsonValue *> constants;
    std::vector<ValueSet> sets;
    std::vector<Pattern> patterns;
    std::vector<MemberRules> members;
    std::vector<ItemRules> items;
    std::vector<NameList> names;
    std::vector<DependentSchema> dependents;
    std::vector<std::string> anchorNames;
    std::unordered_map<const JsonValue *, NodeIndex> nodeOf;
    std::unordered_map<NodeIndex, std::string> detachedPlaces; ///< Pointers of nodes without parent, in their resource.
    NodeIndex root = 0;

    /// `/properties/a`: the step from the parent of \p node to it.
    std::string stepTo(const Node &node) const;
    /// JSON Pointer of \p node within its resource.
    std::string pointerTo(NodeIndex node) const;
    /// Absolute location of \p node, as Problem::location.
    std::string locationOf(NodeIndex node) const;
};

} // namespace countersign::schema
