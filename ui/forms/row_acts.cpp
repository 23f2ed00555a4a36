// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/row_acts.h"

#include "ui/forms/row_words.h"

#include <QtCore/QCoreApplication>

#include <algorithm>
#include <array>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

struct RowActs {
    Q_DECLARE_TR_FUNCTIONS(countersign::ui::RowActs)
};

bool holdsItems(const FormField &field)
{
    return field.kind == FieldKind::List || field.kind == FieldKind::Tuple || field.kind == FieldKind::Table;
}

/// Its place among the items of its list, and how many there are.
struct Place {
    FieldId item = noField;
    int index = -1;
    int count = 0;
};

Place placeOf(const FormModel &model, FieldId field)
{
    const FieldId item = itemAround(model, field);
    const FormField *self = model.field(item);
    const FormField *list = self ? model.field(self->parent) : nullptr;
    if (!list) {
        return {};
    }
    const auto found = std::ranges::find(list->children, item);
    return {item, static_cast<int>(found - list->children.begin()), static_cast<int>(list->children.size())};
}

} // namespace

FieldId itemAround(const FormModel &model, FieldId field)
{
    for (const FormField *at = model.field(field); at; at = model.field(at->parent)) {
        const FormField *parent = model.field(at->parent);
        if (parent && holdsItems(*parent)) {
            return at->id;
        }
    }
    return noField;
}

FieldId removableAround(const FormModel &model, FieldId field)
{
    for (const FormField *at = model.field(field); at; at = model.field(at->parent)) {
        const FormField *parent = model.field(at->parent);
        if (parent && (holdsItems(*parent) || at->extra)) {
            return at->id;
        }
    }
    return noField;
}

std::optional<JsonValue> emptyContainer(const FormField &field)
{
    switch (field.kind) {
    case FieldKind::Group:
    case FieldKind::Map:
        return JsonValue::object();
    case FieldKind::List:
    case FieldKind::Tuple:
    case FieldKind::Table:
        return JsonValue::array();
    default:
        return std::nullopt;
    }
}

std::vector<RowAct> actsOf(const FormModel &model, FieldId field)
{
    using Kind = RowAct::Kind;
    std::vector<RowAct> acts;
    const FormField *self = model.field(field);
    if (!self) {
        return acts;
    }
    const bool writable = !self->readOnly && self->kind != FieldKind::Constant;
    if (canReset(model, *self)) {
        acts.push_back({Kind::Reset, RowActs::tr("Set to the default"), {}});
    }
    if (canRevert(model, *self)) {
        acts.push_back({Kind::Revert, RowActs::tr("Back to the original"), {}});
    }
    if (writable && self->presence != Presence::Value && emptyContainer(*self)) {
        acts.push_back({Kind::SetEmpty, RowActs::tr("Send it empty"), {}});
    }
    if (writable && (self->nullable || self->kind == FieldKind::Null) && self->presence != Presence::Null) {
        acts.push_back({Kind::SetNull, RowActs::tr("Set to null"), {}});
    }
    const FormField *parent = model.field(self->parent);
    const bool isItem = parent && holdsItems(*parent);
    if (!isItem && !self->extra && self->presence != Presence::Absent && self->parent != noField &&
        (writable || self->kind == FieldKind::Constant)) {
        acts.push_back({Kind::LeaveOut, RowActs::tr("Leave out"), {}});
    }
    if (const Place place = placeOf(model, field); place.item != noField) {
        if (place.index > 0) {
            acts.push_back({Kind::MoveUp, RowActs::tr("Move item up"), u"Alt+↑"_s});
        }
        if (place.index + 1 < place.count) {
            acts.push_back({Kind::MoveDown, RowActs::tr("Move item down"), u"Alt+↓"_s});
        }
        acts.push_back({Kind::Duplicate, RowActs::tr("Duplicate item"), u"Ctrl+D"_s});
    }
    if (self->extra && parent && !isItem) {
        acts.push_back({Kind::Rename, RowActs::tr("Rename…"), u"F2"_s});
    }
    if (const FieldId removable = removableAround(model, field); removable != noField) {
        const FormField *list = model.field(model.field(removable)->parent);
        acts.push_back({Kind::Remove,
                        list && holdsItems(*list) ? RowActs::tr("Remove item") : RowActs::tr("Remove member"),
                        u"Shift+Del"_s});
    }
    return acts;
}

FieldId act(FormModel &model, FieldId field, RowAct::Kind kind)
{
    using Kind = RowAct::Kind;
    switch (kind) {
    case Kind::Reset:
        model.resetToDefault(field);
        return field;
    case Kind::Revert:
        model.resetToOriginal(field);
        return field;
    case Kind::LeaveOut:
        model.setAbsent(field);
        return field;
    case Kind::SetEmpty:
        if (const FormField *self = model.field(field)) {
            if (std::optional<JsonValue> empty = emptyContainer(*self)) {
                model.setValue(field, *std::move(empty));
            }
        }
        return field;
    case Kind::SetNull:
        model.setNull(field);
        return field;
    case Kind::MoveUp:
    case Kind::MoveDown: {
        const Place place = placeOf(model, field);
        const int to = place.index + (kind == Kind::MoveUp ? -1 : 1);
        if (place.item == noField || to < 0 || to >= place.count) {
            return noField;
        }
        model.moveItem(place.item, to);
        return field;
    }
    case Kind::Duplicate: {
        const FieldId item = itemAround(model, field);
        return item == noField ? noField : model.duplicateItem(item);
    }
    case Kind::Remove: {
        const FieldId removable = removableAround(model, field);
        const FormField *self = model.field(removable);
        const FormField *parent = self ? model.field(self->parent) : nullptr;
        if (!parent) {
            return noField;
        }
        const auto &all = parent->children;
        const auto at = std::ranges::find(all, removable);
        FieldId next = parent->id; // The focus goes on to what stood below, else above.
        if (at != all.end() && at + 1 != all.end()) {
            next = *(at + 1);
        } else if (at != all.end() && at != all.begin()) {
            next = *(at - 1);
        }
        if (holdsItems(*parent)) {
            const std::array<FieldId, 1> gone{removable};
            model.removeItems(gone);
        } else {
            model.removeMember(removable);
        }
        return next;
    }
    case Kind::Rename:
        return noField;
    }
    return noField;
}

} // namespace countersign::ui
