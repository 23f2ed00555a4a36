// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"
#include "core/base/result.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace countersign {

namespace schema {
struct Program;
}

/// The editions of JSON Schema that are read.
enum class Dialect { Draft04, Draft06, Draft07, Draft201909, Draft202012 };

/// `2020-12`, `2019-09`, `draft-07`, `draft-06`, `draft-04`.
QString dialectName(Dialect dialect);
std::optional<Dialect> dialectFromName(QStringView name);

/// What a `format` that is known does.
enum class FormatRule {
    Asserted,   ///< A value that breaks it is a problem. What reviewers and agents are held to.
    AsDeclared, ///< Only where the dialect's own vocabulary says so; the letter of the specification.
};

/// How a schema is read.
struct CompileOptions {
    /// For schemas without `$schema`.
    Dialect defaultDialect = Dialect::Draft202012;
    /// For the root whatever its `$schema` says.
    std::optional<Dialect> dialect{};
    FormatRule formats = FormatRule::Asserted;
    /// Gives other documents by their absolute URI. Tests only: without it nothing but the schema itself and the
    /// published metaschemas can be referred to, and nothing is ever fetched.
    std::function<std::optional<JsonValue>(const std::string &uri)> loader{};
    int maxSubschemas = 200'000;
};

/// How a value is checked.
struct ValidateOptions {
    /// What a check may cost; about 20 to 50 ns each. Spent: the verdict is CouldNotCheck.
    qint64 maxSteps = 1'000'000;
    /// At most so many problems are described; the verdict does not depend on it.
    size_t maxProblems = 1000;
    /// Also record which subschemas and branches apply where.
    bool annotations = false;
};

/// One thing that is wrong with a value, or that could not be decided. \c message and \c parameters may quote the
/// schema and the value, which somebody else wrote: they go to a screen only through displayText().
struct Problem {
    std::string instance;   ///< JSON Pointer into the value. For a missing member: of the object that lacks it.
    std::string schema;     ///< JSON Pointer along the keywords followed, through references.
    std::string location;   ///< Where the keyword stands: URI of the schema, `#`, JSON Pointer.
    std::string keyword;    ///< `maximum`; for a schema that is `false`: `false schema`.
    JsonValue parameters;   ///< An object, such as `{"limit": 30}` or `{"missing": "amount"}`.
    QString message;        ///< What the value must be: "must be at most 30".
    int parent = -1;        ///< Index of the union's problem that this one explains; -1: counts by itself.
    int branch = -1;        ///< Which branch of that union, from 0.
    bool undecided = false; ///< It could not be checked; \c message says why.
};

/// A branch of `anyOf`, `oneOf` or `if` that the value matched.
struct BranchMatch {
    std::string instance;
    std::string schema; ///< Keyword location of the `anyOf`, `oneOf` or `if`.
    size_t branch = 0;  ///< For `if`: 0 when it held, 1 when it did not.
};

/// A subschema that applied to a place of the value and held.
struct AppliedSchema {
    std::string instance;
    std::string location; ///< As Problem::location.
};

enum class SchemaVerdictKind { Valid, Invalid, CouldNotCheck };

/// What a check came to.
struct SchemaVerdict {
    SchemaVerdictKind kind = SchemaVerdictKind::Valid;
    std::vector<Problem> problems;      ///< A union's problem stands before those of its branches.
    bool problemsLeftOut = false;       ///< There are more than ValidateOptions::maxProblems.
    std::vector<BranchMatch> branches;  ///< With ValidateOptions::annotations.
    std::vector<AppliedSchema> applied; ///< With ValidateOptions::annotations; parents after their parts.
    qint64 steps = 0;

    bool isValid() const { return kind == SchemaVerdictKind::Valid; }
};

/// A JSON Schema made ready for checking values. Immutable; any number of threads may check at once. Shared, because a
/// form, its fields and a check on its way in another thread hold the same one.
class CompiledSchema
{
public:
    /// \p schema is copied. InvalidInput: it is no JSON Schema, refers to something that is not there or to itself
    /// without end, or names an unknown dialect; the message names the place. TooLarge: too many subschemas.
    static Result<std::shared_ptr<const CompiledSchema>> compile(const JsonValue &schema,
                                                                 const CompileOptions &options = {});
    ~CompiledSchema();
    CompiledSchema(const CompiledSchema &) = delete;
    CompiledSchema &operator=(const CompiledSchema &) = delete;

    SchemaVerdict validate(const JsonValue &instance, const ValidateOptions &options = {}) const;
    /// Checks \p part against the subschema at \p pointer (RFC 6901, into the schema as given) alone; instance pointers
    /// then begin at \p part. NotFound: no subschema stands there.
    Result<SchemaVerdict> validateAt(std::string_view pointer, const JsonValue &part,
                                     const ValidateOptions &options = {}) const;

    /// The schema as given.
    const JsonValue &source() const;
    Dialect dialect() const;
    /// What a form is made from. For core/schema only.
    const schema::Program &program() const { return *m_program; }

private:
    explicit CompiledSchema(std::unique_ptr<const schema::Program> program);
    std::unique_ptr<const schema::Program> m_program;
};

} // namespace countersign
