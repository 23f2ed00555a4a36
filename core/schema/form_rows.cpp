// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_state.h"

namespace countersign {

void FormModel::Private::addRows(const FormNode &at, int depth)
{
    const FormField &field = at.field;
    const bool isRoot = field.id == root;
    const bool hasParts = isContainer(field.kind) && at.chosen >= 0;
    const FormNode *parent = parentOf(at);
    const bool isTableRow = parent && parent->field.kind == FieldKind::Table;
    const bool isSilent = isRoot && field.kind == FieldKind::Group && field.variants.empty();
    if (!isSilent) {
        rows.push_back({field.id, hasParts && !isTableRow ? RowPart::Header : RowPart::Field, depth});
        ++depth;
    }
    if (!hasParts || !field.expanded) {
        return;
    }
    for (const FieldId id : field.children) {
        if (const FormNode *child = node(id)) {
            addRows(*child, depth);
        }
    }
    const bool isList = field.kind == FieldKind::List || field.kind == FieldKind::Table;
    const bool goesOn = field.kind == FieldKind::Tuple && !at.look->restForbidden;
    if (isList || goesOn) {
        rows.push_back({field.id, RowPart::AddItem, depth});
    } else if (field.kind == FieldKind::Map) {
        rows.push_back({field.id, RowPart::AddMember, depth});
    }
}

void FormModel::Private::makeRows()
{
    if (std::exchange(rowsKnown, true)) {
        return;
    }
    rows.clear();
    rows.reserve(live + 1);
    addRows(*node(root), 0);
    rowOf.assign(nodes.size(), -1);
    for (size_t i = rows.size(); i > 0; --i) {
        rowOf[rows[i - 1].field] = static_cast<int>(i - 1); // The first row of a field counts.
    }
    rowsChanged = true;
}

std::span<const FormRow> FormModel::rows() const
{
    d->makeRows();
    return d->rows;
}

int FormModel::rowOf(FieldId id) const
{
    d->makeRows();
    return id < d->rowOf.size() && id != noField ? d->rowOf[id] : -1;
}

void FormModel::setExpanded(FieldId id, bool expanded)
{
    FormNode *at = d->node(id);
    if (!at || !at->field.expandable || at->field.expanded == expanded) {
        return;
    }
    d->shapes.renewBudget();
    if (expanded) {
        d->load(*at);
    }
    at->field.expanded = expanded;
    d->rowsKnown = false;
    d->isChecked = false; // The problems have another order, and may have nearer fields.
    d->touch(id);
}

void FormModel::loadChildren(FieldId id)
{
    if (FormNode *at = d->node(id)) {
        d->shapes.renewBudget();
        d->load(*at);
    }
}

FieldId FormModel::reveal(std::string_view pointer)
{
    for (;;) {
        FormNode *at = d->nearest(pointer);
        if (!at) {
            return noField;
        }
        const FieldId id = at->field.id;
        for (FormNode *around = d->parentOf(*at); around; around = d->parentOf(*around)) {
            setExpanded(around->field.id, true);
        }
        if (at->field.pointer.size() >= pointer.size() || at->loaded || !at->field.expandable) {
            return id;
        }
        setExpanded(id, true);
        if (!d->node(id) || !d->node(id)->loaded) {
            return id;
        }
    }
}

FormChanges FormModel::takeChanges()
{
    d->check();
    d->makeRows();
    FormChanges changes;
    changes.rows = std::exchange(d->rowsChanged, false);
    changes.everything = std::exchange(d->everythingChanged, false);
    if (!changes.everything) {
        changes.fields.assign(d->changed.begin(), d->changed.end());
    }
    d->changed.clear();
    return changes;
}

} // namespace countersign
