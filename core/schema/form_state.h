// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_model.h"
#include "core/schema/form_shape.h"

#include <map>
#include <set>
#include <unordered_map>

namespace countersign {

/// What was entered in a branch that is not chosen now.
struct FormBranch {
    std::shared_ptr<const JsonValue> value; ///< Shared with the steps of undo; null: nothing.
    std::vector<std::string> secrets;       ///< Pointers into it.
};

/// A field with what only the model needs.
struct FormNode {
    FormField field;
    schema::FormParts base;
    std::shared_ptr<schema::FormShape> shape; ///< Shared by the fields that are alike.
    const schema::FormLook *look = nullptr;   ///< Of the chosen variant; owned by \c shape.
    int chosen = -1;                          ///< Variant of the shape; with a single one it is 0.
    std::optional<int> forced{};              ///< The next projection takes this variant.
    bool slot = false;                        ///< An item or free member: without an answer it holds null.
    bool allowed = true;                      ///< Its schema is not `false`.
    bool loaded = false;                      ///< Its children are made.
    bool secret = false;
    bool guessed = false; ///< Secret only because it has no fields and there are secrets somewhere.
    size_t position = 0;  ///< Where its value was seen last among its parent's. A hint.
    size_t order = 0;     ///< Among its parent's children.
    std::map<int, FormBranch> kept;
    std::unordered_map<std::string_view, FieldId> childOf; ///< Of an object.
};

/// One change of the value that can be taken back.
struct FormOp {
    enum class Kind : quint8 { Root, Put, Insert, Remove, Rename, Move };
    Kind kind = Kind::Put;
    std::string container; ///< Pointer of the object or array.
    size_t index = 0;
    size_t to = 0;
    std::string key;    ///< Of the member; empty for items.
    std::string newKey; ///< Rename.
    std::optional<JsonValue> before;
    std::optional<JsonValue> after;
};

/// What undo restores beside the value.
struct FormMarks {
    struct Variant {
        std::string pointer;
        int chosen = -1;
        std::map<int, FormBranch> kept;
    };
    struct Hidden {
        std::string pointer;
        schema::FormParts base;
    };
    std::vector<Variant> variants;
    std::vector<Hidden> hidden;
};

/// One step of undo.
struct FormStep {
    std::vector<FormOp> ops;
    FormMarks before;
    FormMarks after;
    FieldId typedIn = noField; ///< Further setValue() calls there join.
    size_t weight = 0;         ///< How many values it keeps; 0: not counted yet.
};

/// Are they the same JSON with members in the same order and numbers written alike?
bool isWrittenAlike(const JsonValue &left, const JsonValue &right);
bool isContainer(FieldKind kind);
/// May \p value be set where \p kind is drawn?
bool suitsKind(const JsonValue &value, const FormNode &node);

struct FormModel::Private {
    explicit Private(std::shared_ptr<const CompiledSchema> checked);

    enum class Depth { Shallow, Deep };
    enum class Pick { Keep, Best };
    struct Unfinished {
        QString typed;
        QString why;
    };

    void begin(const std::optional<JsonValue> &draft);

    // form_fields.cpp: the tree
    FormNode *node(FieldId id) const;
    FormNode *parentOf(const FormNode &child) const { return node(child.field.parent); }
    FormNode &make(const FormNode *parent, std::string key, schema::FormParts base);
    void drop(FieldId id);
    void project(FormNode &at, const JsonValue *now, Depth depth, Pick pick);
    bool choose(FormNode &at, const JsonValue *now, Pick pick);
    void dress(FormNode &at);
    void showValue(FormNode &at, const JsonValue *now);
    void syncChildren(FormNode &at, const JsonValue *now, Depth depth, Pick pick);
    void beginFold(FormNode &at, const JsonValue *now) const;
    bool isRecursive(const FormNode &at) const;
    int depthOf(const FormNode &at) const;
    void load(FormNode &at);
    void loadAlong(std::string_view pointer);
    void setPointer(FormNode &at, const std::string &pointer);
    void touch(FieldId id);
    void dropChildren(FormNode &at);

    // form_members.cpp: children of objects and arrays
    void syncObject(FormNode &at, const JsonValue *now, Depth depth, Pick pick);
    void syncArray(FormNode &at, const JsonValue *now, Depth depth, Pick pick);
    FormNode *declaredChild(FormNode &at, const schema::MemberShape &member, const JsonValue *now, size_t position,
                            Depth depth, Pick pick);
    FormNode *extraChild(FormNode &at, const JsonValue::Member &member, size_t position, Depth depth, Pick pick);
    bool mayHide(const FormNode &at) const;
    void hide(FormNode &at);
    FormNode *childOf(const FormNode &at, std::string_view key) const;
    const JsonValue *valueOf(const FormNode &at) const;
    JsonValue *valueOf(const FormNode &at);
    bool isSent(const FormNode &at) const;
    /// The value of \p at without what is not sent; \p kept holds the copy if one is needed.
    const JsonValue *sentValue(const FormNode &at, const JsonValue *now, std::optional<JsonValue> &kept) const;
    JsonValue sentCopy() const;

    // form_edits.cpp
    void replaceWhole(FormNode &at, std::optional<JsonValue> to);

    // form_steps.cpp: changing the value, and taking it back
    void beginStep(FieldId typedIn = noField);
    void endStep();
    void assign(FormNode &at, std::optional<JsonValue> to);
    bool makeParent(FieldId id);
    void perform(FormOp op, FieldId child = noField);
    void run(const FormOp &op);
    static FormOp inverse(const FormOp &op);
    void afterOp(const FormOp &op, FieldId child);
    void afterArrayOp(FormNode &container, const FormOp &op);
    void afterObjectOp(FormNode &container, const FormOp &op, FieldId child);
    void settle();
    void settleConditions();
    void goThrough(FormStep &step, bool back);
    size_t placeFor(const FormNode &at) const;
    bool joinsLast(FormStep &step);

    // form_marks.cpp
    FormMarks marks() const;
    void restore(const FormMarks &marks);

    // form_filling.cpp: what the form fills in by itself
    void fillAppeared();
    std::optional<JsonValue> fillFor(const FormNode &at) const;
    JsonValue initialItem(FormNode &at) const;
    JsonValue initialOf(FormNode &probe);
    FieldId insertItem(FieldId list, size_t index, const JsonValue &first);
    QString refusalOf(const FormNode &group, const QString &key, schema::FormParts &base);
    std::optional<JsonValue> rootStart(FormNode &at);
    void noteMade(FieldId id);
    void switchVariant(FormNode &at, int variant);
    std::optional<JsonValue> valueOfVariant(FormNode &at, int variant, const JsonValue *now);
    std::vector<std::string> secretsIn(const FormNode &at) const;

    // form_problems.cpp
    void check();
    void mapProblems(const SchemaVerdict &found);
    FieldProblem placed(const Problem &problem) const;
    int chosenBranch(const FormNode &at, const Problem &unionProblem) const;
    FormNode *nearest(std::string_view pointer) const;
    QString explained(const SchemaVerdict &found, size_t index) const;
    void sortProblems();
    void noteProblemChanges(const std::vector<FieldProblem> &before);

    // form_rows.cpp
    void makeRows();
    void addRows(const FormNode &at, int depth);

    // form_changes.cpp
    void loadSecrets();

    // form_draft.cpp
    bool loadDraft(const JsonValue &draft);
    std::string identity() const;

    std::shared_ptr<const CompiledSchema> schema; ///< Shared with whoever checks the same value elsewhere.
    schema::FormShapes shapes;
    FormMode mode = FormMode::Answer;
    std::optional<JsonValue> original;
    std::optional<JsonValue> initial;
    std::optional<JsonValue> value; ///< Absent: the root is.
    JsonValue nothing;

    std::vector<std::unique_ptr<FormNode>> nodes{1};
    FieldId root = noField;
    size_t live = 0;
    bool tooLarge = false;
    std::set<FieldId> choosers;
    std::set<FieldId> hidden;
    std::set<std::string> originalSecrets;

    bool filling = false; ///< Fields that appear get their defaults.
    bool hiding = false;  ///< Fields that a condition takes away are kept.
    std::vector<FieldId> appeared;
    std::set<FieldId> made;   ///< Objects made in this step.
    std::set<FieldId> edited; ///< What a person gave a value in this step: no condition takes that away at once.
    /// How often in this step a condition gave back what another took away. Conditions may contradict each other.
    std::map<FieldId, int> returned;
    std::vector<FieldId> touched;

    FormStep step;
    Pick picking = Pick::Best; ///< How what an operation touches chooses its variant.
    bool recording = false;
    std::vector<FormStep> undoSteps;
    std::vector<FormStep> redoSteps;
    std::unordered_map<FieldId, Unfinished> unfinished;

    bool isChecked = false;
    SchemaVerdictKind verdict = SchemaVerdictKind::Valid;
    std::vector<FieldProblem> problems;
    QString couldNotCheck;

    bool rowsKnown = false;
    std::vector<FormRow> rows;
    std::vector<int> rowOf;
    bool rowsChanged = false;
    std::set<FieldId> changed;
    bool everythingChanged = false;
};

} // namespace countersign
