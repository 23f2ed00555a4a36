// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_field.h"
#include "core/schema/schema.h"

#include <memory>
#include <set>
#include <span>

namespace countersign {

/// MODEL.md section 9. Answer: defaults are filled in and sent. Edit: absent stays absent.
enum class FormMode { Answer, Edit };

/// How a form begins.
struct FormStart {
    FormMode mode = FormMode::Answer;
    std::optional<JsonValue> original{}; ///< What is edited; absent: nothing yet.
    std::optional<JsonValue> draft{};    ///< What FormModel::draft() gave; one that no longer fits is ignored.
};

/// What the rows of a view are: the fields that are open, top to bottom, with their headers and add-buttons.
enum class RowPart {
    Field,     ///< Label and editor.
    Header,    ///< Title of a group, map, list, tuple, or table, with its fold mark and variant switch.
    AddItem,   ///< After the last item of a list.
    AddMember, ///< After the last member of a map, or where optional members may be added.
};
struct FormRow {
    FieldId field = noField;
    RowPart part = RowPart::Field;
    int depth = 0;
};

/// What the last calls changed, for a view that keeps widgets only for the rows it shows.
struct FormChanges {
    bool rows = false;           ///< rows() is another list now: fields came, went or moved.
    std::vector<FieldId> fields; ///< Their value, presence, problems or marks may differ. At most 1,000, else:
    bool everything = false;
};

/// A value being made under a schema: the tree of fields that exist now, their values and problems, differences, undo.
/// No widgets. The schema, the original and every edit may come from strangers: all work is bounded, and what cannot be
/// drawn becomes RawJson with the reason. One thread; edits cost far less than a frame at 5,000 fields.
class FormModel
{
public:
    /// \p schema is shared with whoever checks the same value elsewhere. TooLarge: the form would have more than
    /// 200,000 fields. Draft and original never fail: what does not fit the schema is shown with its problem.
    static Result<std::unique_ptr<FormModel>> create(std::shared_ptr<const CompiledSchema> schema,
                                                     FormStart start = {});
    ~FormModel();
    FormModel(const FormModel &) = delete;
    FormModel &operator=(const FormModel &) = delete;

    // What is there
    FieldId root() const;
    const FormField *field(FieldId id) const;     ///< Null: gone.
    FieldId find(std::string_view pointer) const; ///< noField: no such field is shown (its parents may be collapsed).
    std::span<const FormRow> rows() const;        ///< Valid until the next call that is not const.
    int rowOf(FieldId id) const;                  ///< -1: not in rows().
    const JsonValue *valueOf(FieldId id) const;   ///< Null: absent. Valid until the next call that is not const.
    const JsonValue &value() const;               ///< With everything that the form keeps.
    JsonValue outgoing() const;                   ///< What will be sent: without what a condition took away.
    FormMode mode() const;
    const CompiledSchema &schema() const;

    // Edits: each is one step of undo, except that setValue() on the field edited last joins its step. An id that is
    // gone, or a call that does not fit its field, changes nothing.
    void setValue(FieldId id, JsonValue value);
    void setAbsent(FieldId id); ///< Of a required field too: it is then missing.
    void setNull(FieldId id);
    void resetToDefault(FieldId id);
    void resetToOriginal(FieldId id);
    /// What was typed so far is no value yet (`12,`, a bad date): the last value stays, \p why stands at the field, and
    /// the form cannot be sent. setValue() and the other edits end that.
    void setUnfinished(FieldId id, const QString &typed, const QString &why);
    QString unfinished(FieldId id) const;        ///< What was typed; empty: nothing unfinished.
    void chooseVariant(FieldId id, int variant); ///< Each branch keeps what was entered in it.
    FieldId addItem(FieldId list, int at = -1);  ///< The new item; noField when maxItems is reached. -1: at the end.
    FieldId duplicateItem(FieldId item);
    void removeItems(std::span<const FieldId> items);
    void moveItem(FieldId item, int to);
    /// InvalidInput, with a sentence: the name is taken, or propertyNames or additionalProperties forbid it.
    Result<FieldId> addMember(FieldId group, const QString &key);
    Result<> renameMember(FieldId member, const QString &key);
    void removeMember(FieldId member);
    /// The whole value, from the JSON view or the clipboard. One step of undo.
    void replaceValue(JsonValue value);
    void undo();
    void redo();
    bool canUndo() const;
    bool canRedo() const;

    void setExpanded(FieldId id, bool expanded); ///< Not an edit.
    void loadChildren(FieldId id);               ///< Makes the fields of a collapsed part without opening it.
    /// Opens every parent of \p pointer and gives the field there, or the nearest one that can be shown.
    FieldId reveal(std::string_view pointer);

    // Validity: of outgoing(), always current
    SchemaVerdictKind verdict() const;
    bool canSend() const;                              ///< Valid, and nothing unfinished.
    const std::vector<FieldProblem> &problems() const; ///< In the order of the rows; at most 1,000.
    std::vector<const FieldProblem *> problemsOf(FieldId id) const;
    QString couldNotCheck() const; ///< Why, when the verdict is CouldNotCheck.

    // Counts and differences
    int filledCount() const; ///< Leaf fields with a value.
    int fieldCount() const;  ///< Leaf fields that exist now.
    bool isChanged() const;  ///< outgoing() is written otherwise than the original.
    bool isChanged(FieldId id) const;
    std::vector<FieldChange> changes() const; ///< At most 10,000.

    /// Places of value() that hold secrets (`writeOnly`, `format: password`), whatever they are drawn as, in collapsed
    /// parts too; nobody knows what is secret in a list or object that does not fit, so the whole of it is.
    std::set<std::string> secretPointers() const;
    /// The same for any value under a schema. If that cannot be told, and there are secrets: the whole value.
    static std::set<std::string> secretPointers(const std::shared_ptr<const CompiledSchema> &schema,
                                                const JsonValue &value);
    /// For Engine::saveDraft(): value, unfinished texts and branches; no secrets.
    JsonValue draft() const;
    FormChanges takeChanges(); ///< Since the last call.

private:
    struct Private;
    explicit FormModel(std::unique_ptr<Private> parts);
    std::unique_ptr<Private> d;
};

} // namespace countersign
