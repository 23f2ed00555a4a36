// SPDX-License-Identifier: Apache-2.0
#include "core/schema/schema_references.h"
#include "core/schema/uri_reference.h"

#include <array>

namespace countersign {

using namespace Qt::StringLiterals;

QString dialectName(Dialect dialect)
{
    switch (dialect) {
    case Dialect::Draft04:
        return u"draft-04"_s;
    case Dialect::Draft06:
        return u"draft-06"_s;
    case Dialect::Draft07:
        return u"draft-07"_s;
    case Dialect::Draft201909:
        return u"2019-09"_s;
    case Dialect::Draft202012:
        return u"2020-12"_s;
    }
    return {};
}

std::optional<Dialect> dialectFromName(QStringView name)
{
    for (const Dialect dialect :
         {Dialect::Draft04, Dialect::Draft06, Dialect::Draft07, Dialect::Draft201909, Dialect::Draft202012}) {
        if (name == dialectName(dialect)) {
            return dialect;
        }
    }
    return {};
}

namespace schema {

namespace {

struct KnownDialect {
    std::string_view uri;
    Dialect dialect;
};
constexpr std::array<KnownDialect, 6> knownDialects{{
    {"http://json-schema.org/draft-04/schema", Dialect::Draft04},
    {"http://json-schema.org/draft-06/schema", Dialect::Draft06},
    {"http://json-schema.org/draft-07/schema", Dialect::Draft07},
    {"https://json-schema.org/draft/2019-09/schema", Dialect::Draft201909},
    {"https://json-schema.org/draft/2020-12/schema", Dialect::Draft202012},
    {"http://json-schema.org/schema", Dialect::Draft202012}, // "The newest one".
}};

constexpr quint8 bit(Part part)
{
    return static_cast<quint8>(1U << static_cast<unsigned>(part));
}

struct KnownVocabulary {
    std::string_view name;
    quint8 parts;
};
constexpr std::array<KnownVocabulary, 9> vocabularies{{
    {"core", bit(Part::Core)},
    {"applicator", bit(Part::Applicator)},
    {"unevaluated", bit(Part::Unevaluated)},
    {"validation", bit(Part::Validation)},
    {"meta-data", 0},
    {"format", bit(Part::Format)},
    {"format-annotation", bit(Part::Format)},
    {"format-assertion", bit(Part::Format)},
    {"content", 0},
}};

const KnownVocabulary *findVocabulary(std::string_view uri)
{
    const size_t slash = uri.rfind('/');
    const bool ours = uri.starts_with("https://json-schema.org/draft/2019-09/vocab/") ||
                      uri.starts_with("https://json-schema.org/draft/2020-12/vocab/");
    for (const KnownVocabulary &known : vocabularies) {
        if (ours && known.name == uri.substr(slash + 1)) {
            return &known;
        }
    }
    return nullptr;
}

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

} // namespace

Result<SchemaReferences::DialectFacts> SchemaReferences::dialectOf(const JsonValue &schema,
                                                                   const DialectFacts &otherwise, int depth) const
{
    const JsonValue *declared = schema.find("$schema");
    if (!declared) {
        return otherwise;
    }
    if (!declared->isString()) {
        return Error{ErrorCode::InvalidInput, u"The schema cannot be used: “$schema” must be a URI."_s, {}};
    }
    const SplitUri uri = splitFragment(declared->utf8());
    for (const KnownDialect &known : knownDialects) {
        // Written with either scheme often enough; nothing else can be meant.
        const std::string_view path = known.uri.substr(known.uri.find("//"));
        if (uri.document == known.uri || uri.document == "http:" + std::string(path) ||
            uri.document == "https:" + std::string(path)) {
            return DialectFacts{known.dialect, 0xFF, false};
        }
    }
    return customDialect(uri.document, depth);
}

Result<SchemaReferences::DialectFacts> SchemaReferences::customDialect(const std::string &uri, int depth) const
{
    constexpr int longestChain = 8; // Of metaschemas that name each other.
    const auto metaschema = m_options.loader && depth < longestChain ? m_options.loader(uri) : std::nullopt;
    if (!metaschema) {
        return Error{ErrorCode::InvalidInput,
                     u"The schema cannot be used: its dialect “%1” is not known "
                     u"here; there are 2020-12, 2019-09, "
                     u"draft-07, draft-06 and draft-04."_s.arg(text(uri)),
                     {}};
    }
    Result<DialectFacts> facts = dialectOf(*metaschema, {m_options.defaultDialect, 0xFF, false}, depth + 1);
    const JsonValue *chosen = metaschema->find("$vocabulary");
    if (!facts || !chosen || facts->dialect < Dialect::Draft201909) {
        return facts;
    }
    facts->parts = bit(Part::Core);
    for (const JsonValue::Member &vocabulary : chosen->members()) {
        const KnownVocabulary *known = findVocabulary(vocabulary.key);
        if (!known && vocabulary.value.toBool()) {
            return Error{
                ErrorCode::InvalidInput,
                u"The schema cannot be used: its dialect needs the vocabulary “%1”, which is not known here."_s.arg(
                    text(vocabulary.key)),
                {}};
        }
        facts->parts |= known ? known->parts : 0;
        if (known && known->name == "applicator" && facts->dialect == Dialect::Draft201909) {
            facts->parts |= bit(Part::Unevaluated); // 2019-09 counts them with the applicators.
        }
        facts->formatDeclared = facts->formatDeclared || (known && known->name == "format-assertion") ||
                                (known && known->name == "format" && vocabulary.value.toBool());
    }
    return facts;
}

} // namespace schema

} // namespace countersign
