// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/schema.h"

#include <string_view>

namespace countersign::schema {

/// Every keyword that is acted on. In the order of their names in keywords.cpp.
enum class Keyword : quint8 {
    None, ///< Any other place; the document's root.
    Id,
    Schema,
    Anchor,
    DynamicAnchor,
    RecursiveAnchor,
    Ref,
    DynamicRef,
    RecursiveRef,
    Vocabulary,
    Defs,
    Definitions,
    Type,
    Const,
    Enum,
    Minimum,
    Maximum,
    ExclusiveMinimum,
    ExclusiveMaximum,
    MultipleOf,
    MinLength,
    MaxLength,
    Pattern,
    Format,
    MinItems,
    MaxItems,
    UniqueItems,
    PrefixItems,
    Items,
    AdditionalItems,
    Contains,
    MinContains,
    MaxContains,
    UnevaluatedItems,
    MinProperties,
    MaxProperties,
    Required,
    Properties,
    PatternProperties,
    AdditionalProperties,
    PropertyNames,
    DependentRequired,
    DependentSchemas,
    Dependencies,
    UnevaluatedProperties,
    AllOf,
    AnyOf,
    OneOf,
    Not,
    If,
    Then,
    Else,
    ContentSchema,
    FalseSchema, ///< No keyword: the schema `false`.
    Count,
};

/// How the subschemas of a keyword lie in its value.
enum class Shape : quint8 {
    NoSchema,
    Schema,
    SchemaList,
    SchemaMap,
    SchemaOrList,     ///< `items` up to 2019-09.
    SchemaOrNamesMap, ///< `dependencies`
};

/// Which part of a dialect a keyword belongs to; a custom metaschema can leave parts out.
enum class Part : quint8 { Core, Applicator, Unevaluated, Validation, Format };

struct KeywordInfo {
    std::string_view name;
    Shape shape;
    Part part;
    Dialect first; ///< Unknown before this dialect
    Dialect last;  ///< and after this one.
};
const KeywordInfo &keywordInfo(Keyword keyword);
inline std::string_view keywordName(Keyword keyword)
{
    return keywordInfo(keyword).name;
}
/// None when \p name is no keyword of \p dialect.
Keyword keywordFromName(std::string_view name, Dialect dialect);

} // namespace countersign::schema
