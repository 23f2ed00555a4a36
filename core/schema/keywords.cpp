// SPDX-License-Identifier: Apache-2.0
#include "core/schema/keywords.h"

#include <algorithm>
#include <array>

namespace countersign::schema {

namespace {

constexpr auto count = static_cast<size_t>(Keyword::Count);
constexpr Dialect d4 = Dialect::Draft04;
constexpr Dialect d6 = Dialect::Draft06;
constexpr Dialect d7 = Dialect::Draft07;
constexpr Dialect d19 = Dialect::Draft201909;
constexpr Dialect d20 = Dialect::Draft202012;

// `definitions`, `$defs` and `dependencies` are read in every dialect: the newer ones keep the old names for the sake
// of old schemas. A list in `items` is a tuple in every dialect: in 2020-12 it can mean nothing else.
constexpr std::array<KeywordInfo, count> infos{{
    {"", Shape::NoSchema, Part::Core, d4, d20},
    {"$id", Shape::NoSchema, Part::Core, d6, d20},
    {"$schema", Shape::NoSchema, Part::Core, d4, d20},
    {"$anchor", Shape::NoSchema, Part::Core, d19, d20},
    {"$dynamicAnchor", Shape::NoSchema, Part::Core, d20, d20},
    {"$recursiveAnchor", Shape::NoSchema, Part::Core, d19, d19},
    {"$ref", Shape::NoSchema, Part::Core, d4, d20},
    {"$dynamicRef", Shape::NoSchema, Part::Core, d20, d20},
    {"$recursiveRef", Shape::NoSchema, Part::Core, d19, d19},
    {"$vocabulary", Shape::NoSchema, Part::Core, d19, d20},
    {"$defs", Shape::SchemaMap, Part::Core, d4, d20},
    {"definitions", Shape::SchemaMap, Part::Core, d4, d20},
    {"type", Shape::NoSchema, Part::Validation, d4, d20},
    {"const", Shape::NoSchema, Part::Validation, d6, d20},
    {"enum", Shape::NoSchema, Part::Validation, d4, d20},
    {"minimum", Shape::NoSchema, Part::Validation, d4, d20},
    {"maximum", Shape::NoSchema, Part::Validation, d4, d20},
    {"exclusiveMinimum", Shape::NoSchema, Part::Validation, d4, d20},
    {"exclusiveMaximum", Shape::NoSchema, Part::Validation, d4, d20},
    {"multipleOf", Shape::NoSchema, Part::Validation, d4, d20},
    {"minLength", Shape::NoSchema, Part::Validation, d4, d20},
    {"maxLength", Shape::NoSchema, Part::Validation, d4, d20},
    {"pattern", Shape::NoSchema, Part::Validation, d4, d20},
    {"format", Shape::NoSchema, Part::Format, d4, d20},
    {"minItems", Shape::NoSchema, Part::Validation, d4, d20},
    {"maxItems", Shape::NoSchema, Part::Validation, d4, d20},
    {"uniqueItems", Shape::NoSchema, Part::Validation, d4, d20},
    {"prefixItems", Shape::SchemaList, Part::Applicator, d20, d20},
    {"items", Shape::SchemaOrList, Part::Applicator, d4, d20},
    {"additionalItems", Shape::Schema, Part::Applicator, d4, d20},
    {"contains", Shape::Schema, Part::Applicator, d6, d20},
    {"minContains", Shape::NoSchema, Part::Validation, d19, d20},
    {"maxContains", Shape::NoSchema, Part::Validation, d19, d20},
    {"unevaluatedItems", Shape::Schema, Part::Unevaluated, d19, d20},
    {"minProperties", Shape::NoSchema, Part::Validation, d4, d20},
    {"maxProperties", Shape::NoSchema, Part::Validation, d4, d20},
    {"required", Shape::NoSchema, Part::Validation, d4, d20},
    {"properties", Shape::SchemaMap, Part::Applicator, d4, d20},
    {"patternProperties", Shape::SchemaMap, Part::Applicator, d4, d20},
    {"additionalProperties", Shape::Schema, Part::Applicator, d4, d20},
    {"propertyNames", Shape::Schema, Part::Applicator, d6, d20},
    {"dependentRequired", Shape::NoSchema, Part::Validation, d19, d20},
    {"dependentSchemas", Shape::SchemaMap, Part::Applicator, d19, d20},
    {"dependencies", Shape::SchemaOrNamesMap, Part::Applicator, d4, d20},
    {"unevaluatedProperties", Shape::Schema, Part::Unevaluated, d19, d20},
    {"allOf", Shape::SchemaList, Part::Applicator, d4, d20},
    {"anyOf", Shape::SchemaList, Part::Applicator, d4, d20},
    {"oneOf", Shape::SchemaList, Part::Applicator, d4, d20},
    {"not", Shape::Schema, Part::Applicator, d4, d20},
    {"if", Shape::Schema, Part::Applicator, d7, d20},
    {"then", Shape::Schema, Part::Applicator, d7, d20},
    {"else", Shape::Schema, Part::Applicator, d7, d20},
    {"contentSchema", Shape::Schema, Part::Core, d19, d20},
    {"false schema", Shape::NoSchema, Part::Core, d4, d20},
}};

struct Named {
    std::string_view name;
    Keyword keyword;
};

const std::array<Named, count - 2> &byName()
{
    static const auto sorted = [] {
        std::array<Named, count - 2> all;
        for (size_t i = 0; i < all.size(); ++i) {
            all[i] = {infos[i + 1].name, static_cast<Keyword>(i + 1)};
        }
        std::sort(all.begin(), all.end(), [](const Named &a, const Named &b) { return a.name < b.name; });
        return all;
    }();
    return sorted;
}

} // namespace

const KeywordInfo &keywordInfo(Keyword keyword)
{
    return infos[static_cast<size_t>(keyword)];
}

Keyword keywordFromName(std::string_view name, Dialect dialect)
{
    if (name == "id") {
        return dialect == Dialect::Draft04 ? Keyword::Id : Keyword::None;
    }
    const auto &all = byName();
    const auto found = std::lower_bound(
        all.begin(), all.end(), name, [](const Named &named, std::string_view wanted) { return named.name < wanted; });
    if (found == all.end() || found->name != name) {
        return Keyword::None;
    }
    const KeywordInfo &info = keywordInfo(found->keyword);
    return dialect < info.first || dialect > info.last ? Keyword::None : found->keyword;
}

} // namespace countersign::schema
