// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_field.h"
#include "core/schema/schema_nodes.h"

#include <memory>
#include <unordered_map>
#include <unordered_set>

namespace countersign::schema {

/// A subschema that applies to a place of the value.
struct FormPart {
    NodeIndex node = noNode;
    quint32 scope = 0;     ///< FormScopes: what `$dynamicRef` sees from there.
    bool inBranch = false; ///< It applies only because a branch of a union was chosen.

    friend bool operator==(const FormPart &, const FormPart &) = default;
};
using FormParts = std::vector<FormPart>;

/// The kinds of JSON that a form tells apart: NumberBit always stands with IntegerBit.
inline constexpr Kinds everyKind = AnyKind | IntegerBit;
/// Does \p value have one of \p kinds? Whether a number must be whole is for the validator to say.
inline bool hasKind(const JsonValue &value, Kinds kinds)
{
    return value.isNumber() ? (kinds & (NumberBit | IntegerBit)) != 0 : (kinds & kindBit(value)) != 0;
}

/// A branch of a union that was taken.
struct FormChoice {
    NodeIndex node = noNode; ///< Has the union.
    Keyword keyword = Keyword::OneOf;
    quint32 branch = 0;
    NodeIndex target = noNode;
};

/// A member that the schema names.
struct MemberShape {
    std::string name;
    FormParts base;
    bool required = false;
    bool forbidden = false; ///< Its schema is `false`.
    QString neededBecause;
};

/// May an object have members that are not named?
enum class Extras { Any, Shaped, Forbidden };

/// One way to draw a place: all that the schema says about it.
struct FormLook {
    FormField field; ///< Without what depends on the value, the key and the place.
    Kinds kinds = everyKind;
    bool secret = false; ///< Nothing in it enters a draft or a difference.
    bool scalar = true;

    FormParts parts;
    std::vector<MemberShape> members;
    std::unordered_map<std::string_view, size_t> memberOf;
    Extras extras = Extras::Any;

    std::vector<FormParts> prefix;
    FormParts rest;
    bool restForbidden = false;
    std::unordered_set<quint64> optionHashes; ///< Of a MultiChoice: valueHash() of its options.
};

/// One of the ways between which a person chooses.
struct FormVariant {
    FormParts parts; ///< Everything that applies in place: what references, `allOf`, conditions and choices lead to.
    std::vector<FormChoice> choices;
    Kinds kinds = everyKind;
    QString title;
    bool raw = false;
    std::unique_ptr<const FormLook> look; ///< Made when asked for.
};

/// What a set of subschemas comes to for one place. Shared by all places that they apply to in the same way.
struct FormShape {
    std::vector<FormVariant> variants; ///< At least one.
    bool nullable = false;
    bool conditional = false;             ///< Other values may lead to another shape.
    std::vector<quint8> decisions;        ///< How the conditions went.
    std::vector<const NameList *> needed; ///< Of `dependentRequired`: those whose trigger is there.
    QString refusal;                      ///< Why it cannot be drawn; empty: it can.
    std::vector<std::string> discriminators;
    bool discriminatorsKnown = false;
    bool secret = false;         ///< One of the variants is.
    bool titledByBranch = false; ///< One variant is left of several branches: its words are the field's too.
};

/// What `$dynamicRef` sees: the resources gone through, as links to the one before.
class FormScopes
{
public:
    explicit FormScopes(const Program &program);
    quint32 entered(quint32 scope, quint32 resource);
    NodeIndex dynamicTarget(const Instruction &instruction, quint32 scope) const;

private:
    struct Link {
        quint32 before;
        quint32 resource;
    };
    const Program &m_program;
    bool m_isNeeded = false;
    std::vector<Link> m_links;
};

/// What a union is for a form.
enum class UnionUse { Options, Constraint, Variants };
UnionUse unionUse(const Program &program, const Instruction &instruction);

/// Turns subschemas into shapes, and remembers them.
class FormShapes
{
public:
    explicit FormShapes(const Program &program);

    /// The parts that begin at the schema's root.
    FormParts rootBase();
    /// \p value decides conditions; null: absent.
    std::shared_ptr<FormShape> shapeOf(const FormParts &base, const JsonValue *value);
    const FormLook &lookOf(FormShape &shape, size_t variant);
    /// What applies to the member \p key of an object that looks like \p look. \p forbidden: it must not be there.
    FormParts memberBase(const FormLook &look, std::string_view key, bool &forbidden);
    /// The variant that \p value is, or is most likely meant to be; -1: none of them.
    int bestVariant(FormShape &shape, const JsonValue &value);
    bool holds(NodeIndex node, const JsonValue &value);
    /// Does `propertyNames` forbid \p key? Gives the sentence, or an empty one.
    QString nameProblem(const FormLook &look, std::string_view key);

    /// Do \p parts list the values that there are?
    bool listsValues(const FormParts &parts);
    /// They, without null where others are there.
    FieldOptions::List optionsOf(const FormParts &parts);
    /// The kinds that \p parts allow, by `type`, `const` and `enum`, or else by the keywords that are there.
    Kinds kindsOf(const FormParts &parts);

    /// To be called at the start of each edit: how much conditions and unions may cost until the next.
    void renewBudget();
    /// A field of the form is secret although it cannot be seen which.
    bool hasSecrets() const { return m_hasSecrets; }
    const Program &program() const { return m_program; }

private:
    friend class FormExpander;
    bool isFalse(NodeIndex node) const;
    UnionUse unionUse(const Instruction &instruction);
    Kinds optionKinds(const Instruction &instruction) const;
    void makeTitles(FormShape &shape);
    QString branchTitle(const FormShape &shape, const FormChoice &choice) const;
    void findDiscriminators(FormShape &shape);
    int score(const FormVariant &variant, const JsonValue &value, qint64 &problems, qint64 &depth);
    std::unique_ptr<FormLook> makeLook(FormShape &shape, const FormVariant &variant);
    void readWords(FormLook &look, const FormShape &shape) const;
    void readBounds(FormLook &look) const;
    void readMembers(FormLook &look, const FormShape &shape);
    void sortMembers(FormLook &look) const;
    void readItems(FormLook &look);
    void readTable(FormLook &look);
    FieldKind kindOf(FormLook &look);
    FieldKind textKind(const FormLook &look) const;

    const Program &m_program;
    FormScopes m_scopes;
    std::unordered_map<std::string, std::shared_ptr<FormShape>> m_known;
    std::unordered_map<const Instruction *, UnionUse> m_uses;
    qint64 m_budget = 0;
    bool m_hasSecrets = false;
};

/// `Text`, `Whole number`: the first of \p kinds in words.
QString kindTitle(Kinds kinds);
/// Follows plain references from \p node; gives where they end.
NodeIndex referenceEnd(const Program &program, NodeIndex node);
const Instruction *findInstruction(const Program &program, NodeIndex node, Keyword keyword);

} // namespace countersign::schema
